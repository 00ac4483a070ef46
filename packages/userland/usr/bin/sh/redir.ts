/** Redirections (redir.c). */
import { EEXIST } from '../../../../kernel/src/sys/errno.h.js';
import {
  FD_CLOEXEC,
  F_DUPFD,
  F_SETFD,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from '../../../../kernel/src/sys/fcntl.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISREG } from '../../include/sys/stat.h.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { _exit, close, dup2, fcntl, open, pipe, stat } from '../../lib/libc/sys/syscalls.js';
import { sh_warnx } from './error.js';
import { expandstr } from './expand.js';
import { FORK_NOJOB, forkshell } from './jobs.js';
import { ar_drop, ar_new, ckfree, ckmalloc } from './memalloc.js';
import { is_number } from './mystring.js';
import type { nfile } from './nodes.h.js';
import { NAPPEND, NFROM, NFROMFD, NFROMTO, NHERE, NTO, NTOFD, NXHERE } from './nodes.h.js';
import { Cflag, optval } from './options.js';
import { flushall, xwrite } from './output.js';

/** What redirect is to do: keep what was there for popredir. */
export const REDIR_PUSH = 1;

/** A descriptor that was redirected. */
const FD_UNTOUCHED = -2;
const FD_CLOSED = -1;
/** Copies of descriptors lie above what a script can name. */
const FIRSTCOPY = 10;
/** What surely fits into a pipe. */
const PIPESIZE = 4096;

/**
 * The descriptors 0 to 9 before a redirection.
 * @lock s the shell
 */
interface redirtab extends struct {
  next: redirtab; // (s) the redirection around it
  saved: array<int, 10>; // (s) a copy, or FD_UNTOUCHED or FD_CLOSED
}

let redirlist: redirtab = null;

/**
 * Makes redirections in their order. With REDIR_PUSH popredir (or dropredir) has to follow if it succeeds.
 * False after a complaint; then all is as before.
 */
export function redirect(redir: nfile, flags: int): boolean {
  if (redir === null && !(flags & REDIR_PUSH)) return true;
  const rp = $cast<redirtab>(ckmalloc($sizeof<redirtab>()));
  rp.next = redirlist;
  for (let i = 0; i < 10; i++) rp.saved[i] = FD_UNTOUCHED;
  redirlist = rp;
  flushall();
  for (let n = redir; n !== null; n = n.next) {
    if (rp.saved[n.fd] === FD_UNTOUCHED) rp.saved[n.fd] = copyfd(n.fd);
    if (openredirect(n)) continue;
    popredir();
    return false;
  }
  if (!(flags & REDIR_PUSH)) dropredir();
  return true;
}

/** A copy of a descriptor that programs do not get, FD_CLOSED if it is not open. */
function copyfd(fd: int): int {
  const copy = fcntl(fd, F_DUPFD, FIRSTCOPY);
  if (copy >= 0) fcntl(copy, F_SETFD, FD_CLOEXEC);
  return copy < 0 ? FD_CLOSED : copy;
}

/** Undoes the last redirections. */
export function popredir(): void {
  const rp = redirlist;
  flushall();
  for (let i = 0; i < 10; i++) {
    if (rp.saved[i] === FD_UNTOUCHED) continue;
    if (rp.saved[i] === FD_CLOSED) {
      close(i);
      continue;
    }
    dup2(rp.saved[i], i);
    close(rp.saved[i]);
  }
  redirlist = rp.next;
  ckfree($addr(rp));
}

/** Makes the last redirections last. */
export function dropredir(): void {
  const rp = redirlist;
  for (let i = 0; i < 10; i++) if (rp.saved[i] >= 0) close(rp.saved[i]);
  redirlist = rp.next;
  ckfree($addr(rp));
}

/** Makes fd what newfd is, and closes that. */
function movefd(newfd: int, fd: int): void {
  if (newfd === fd) return;
  dup2(newfd, fd);
  close(newfd);
}

/** Makes one redirection; false after a complaint. */
function openredirect(n: nfile): boolean {
  if (n.type === NHERE || n.type === NXHERE) return openhere(n);
  const ar = ar_new();
  const target = expandstr(n.fname, ar);
  let done = false;
  if (!evalskip) done = n.type === NFROMFD || n.type === NTOFD ? dupredirect(n, target) : openfile(n, target);
  ar_drop(ar);
  return done;
}

/** n<&m, n>&m, and - to close. */
function dupredirect(n: nfile, target: str): boolean {
  if (strcmp(target, '-') === 0) {
    close(n.fd);
    return true;
  }
  if (!is_number(target)) {
    sh_warnx('Bad fd number');
    return false;
  }
  if (dup2(atoi(target), n.fd) >= 0) return true;
  sh_warnx('%s: %s', target, strerror(errno));
  return false;
}

function openflags(n: nfile): int {
  switch (n.type) {
    case NFROM:
      return O_RDONLY;
    case NFROMTO:
      return O_RDWR | O_CREAT;
    case NAPPEND:
      return O_WRONLY | O_CREAT | O_APPEND;
    default:
      return O_WRONLY | O_CREAT | O_TRUNC;
  }
}

/** Does noclobber forbid to write over a file? */
function clobbers(n: nfile, target: str): boolean {
  const sb = $local<struct_stat>();
  return n.type === NTO && optval[Cflag] && stat(target, sb) === 0 && S_ISREG(sb.st_mode);
}

function openfile(n: nfile, target: str): boolean {
  let fd = -1;
  if (clobbers(n, target)) errno = EEXIST;
  else fd = open(target, openflags(n), 0o666);
  if (fd >= 0) {
    movefd(fd, n.fd);
    return true;
  }
  sh_warnx('cannot %s %s: %s', n.type === NFROM ? 'open' : 'create', target, strerror(errno));
  return false;
}

/** A here-document: a pipe with its text, which a child writes if it may be more than a pipe holds. */
function openhere(n: nfile): boolean {
  const ar = ar_new();
  const pip = $local<array<int, 2>>();
  const text = n.type === NHERE ? n.fname.text : expandstr(n.fname, ar);
  let done = false;
  if (evalskip) {
    ar_drop(ar);
    return false;
  }
  if (pipe(pip) < 0) {
    sh_warnx('Pipe call failed: %s', strerror(errno));
  } else {
    writehere(pip, text);
    close(pip[1]);
    movefd(pip[0], n.fd);
    done = true;
  }
  ar_drop(ar);
  return done;
}

function writehere(pip: ptr<int>, text: str): void {
  const len = $i32(strlen(text));
  if (len <= PIPESIZE) {
    xwrite(pip[1], $addr(text), len);
    return;
  }
  if (forkshell(null, FORK_NOJOB) !== 0) return;
  close(pip[0]);
  xwrite(pip[1], $addr(text), len);
  _exit(0);
}
