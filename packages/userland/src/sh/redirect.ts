/** Redirections: < > >> >| <> <& >& and here-documents. */
import type { Libc, User } from '../libc.js';
import { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, SYS } from '../syscalls.js';
import { expandHere, expandWord } from './expand.js';
import type { Redirect } from './parse.js';
import type { Shell } from './sh.js';

/** Descriptors as they were: `copy` holds what `fd` was, -1 if it was closed. */
export type Saved = { fd: number; copy: number }[];

/** Thrown for a redirection that cannot be made; what was done before is undone. */
export class RedirectError extends Error {}

const F_DUPFD = 0;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** Copies lie above what a script can name. */
const FIRST_COPY = 10;

/** Makes redirections in order. */
export function* applyRedirects(shell: Shell, redirects: readonly Redirect[]): User<Saved> {
  const { c } = shell;
  const saved: Saved = [];
  try {
    for (const r of redirects) {
      const copy = yield* c.sys(SYS.fcntl, r.fd, F_DUPFD, FIRST_COPY);
      if (copy >= 0) yield* c.sys(SYS.fcntl, copy, F_SETFD, FD_CLOEXEC);
      saved.push({ fd: r.fd, copy });
      yield* apply(shell, r);
    }
  } catch (error) {
    yield* restoreRedirects(c, saved);
    throw error;
  }
  return saved;
}

function* apply(shell: Shell, r: Redirect): User {
  const { c } = shell;
  if (r.op === '<<') return yield* hereDocument(shell, r);
  const target = yield* expandWord(shell, r.target);
  if (r.op === '<&' || r.op === '>&') {
    if (target === '-') {
      yield* c.close(r.fd);
      return;
    }
    if (!/^\d+$/.test(target)) throw new RedirectError('Bad fd number');
    const error = yield* c.sys(SYS.dup2, Number(target), r.fd);
    if (error < 0) throw new RedirectError(`${target}: ${c.strerror(error)}`);
    return;
  }
  const flags = {
    '<': O_RDONLY,
    '<>': O_RDWR | O_CREAT,
    '>>': O_WRONLY | O_CREAT | O_APPEND,
    '>': O_WRONLY | O_CREAT | O_TRUNC,
    '>|': O_WRONLY | O_CREAT | O_TRUNC,
  }[r.op];
  const fd = yield* c.open(target, flags, 0o666);
  if (fd < 0)
    throw new RedirectError(`cannot ${r.op === '<' ? 'open' : 'create'} ${target}: ${c.strerror(fd)}`);
  if (fd === r.fd) return;
  yield* c.sys(SYS.dup2, fd, r.fd);
  yield* c.close(fd);
}

/** A pipe that holds the text, written by a child because it may be longer than a pipe is. */
function* hereDocument(shell: Shell, r: Redirect): User {
  const { c } = shell;
  const here = r.here ?? { body: '', literal: true };
  const text = here.literal ? here.body : yield* expandHere(shell, here.body);
  const read = yield* c.sys(SYS.pipe);
  if (read < 0) throw new RedirectError(`Pipe call failed: ${c.strerror(read)}`);
  const write = c.cpu.edx;
  const pid = yield* c.fork(function* (child) {
    // A writer that is in nobody's job: its parent does not wait for it, so it is init's to collect.
    const writer = yield* child.fork(function* (grandchild) {
      yield* grandchild.close(read);
      yield* grandchild.puts(write, text);
      return 0;
    });
    return writer < 0 ? 1 : 0;
  });
  yield* c.close(write);
  if (pid > 0) yield* c.wait(pid);
  if (read === r.fd) return;
  yield* c.sys(SYS.dup2, read, r.fd);
  yield* c.close(read);
}

/** Puts descriptors back as they were. */
export function* restoreRedirects(c: Libc, saved: Saved): User {
  for (const { fd, copy } of [...saved].reverse()) {
    if (copy < 0) {
      yield* c.close(fd);
      continue;
    }
    yield* c.sys(SYS.dup2, copy, fd);
    yield* c.close(copy);
  }
}
