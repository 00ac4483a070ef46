/** Programs that make, move and remove files: mkdir, rmdir, rm, mv, cp, touch, chmod, pwd. */
import { IOBUF_ADDR, IOBUF_BYTES, type Libc, type Program, type User } from '../libc.js';
import { getcwd, isDirectory, stat, walk } from '../lib/files.js';
import { EEXIST, EINTR, ENOENT, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, SYS } from '../syscalls.js';

/** Splits leading options off: their letters, and the rest. Ends the program for a letter that is not in `known`. */
export function* options(
  c: Libc,
  known: string,
  usage: string,
): User<{ flags: Set<string>; rest: string[] }> {
  const flags = new Set<string>();
  const rest = c.argv.slice(1);
  while (rest[0]?.startsWith('-') && rest[0] !== '-') {
    const word = rest.shift()!;
    if (word === '--') break;
    for (const letter of word.slice(1)) {
      if (!known.includes(letter)) {
        yield* c.puts(2, `${c.progname}: illegal option -- ${letter}\n`);
        return yield* c.usage(usage);
      }
      flags.add(letter);
    }
  }
  return { flags, rest };
}

function* complain(c: Libc, path: string, error: number): User<number> {
  yield* c.warn(`${path}: ${c.strerror(error)}`);
  return 1;
}

/** pwd(1) */
export const pwd: Program = function* (c) {
  const path = yield* getcwd(c);
  if (typeof path === 'number') return yield* complain(c, '.', path);
  yield* c.print(`${path}\n`);
  return 0;
};

/** mkdir(1) */
export const mkdir: Program = function* (c) {
  const { flags, rest } = yield* options(c, 'p', 'mkdir [-p] directory ...');
  if (rest.length === 0) return yield* c.usage('mkdir [-p] directory ...');
  let status = 0;
  for (const path of rest) {
    const parts = path.split('/');
    for (let i = flags.has('p') ? 1 : parts.length; i <= parts.length; i++) {
      const prefix = parts.slice(0, i).join('/');
      if (prefix === '') continue;
      const error = yield* c.sys(SYS.mkdir, yield* c.string(prefix), 0o777);
      if (error < 0 && !(flags.has('p') && error === -EEXIST)) {
        status = yield* complain(c, prefix, error);
        break;
      }
    }
  }
  return status;
};

/** rmdir(1) */
export const rmdir: Program = function* (c) {
  const { rest } = yield* options(c, '', 'rmdir directory ...');
  if (rest.length === 0) return yield* c.usage('rmdir directory ...');
  let status = 0;
  for (const path of rest) {
    const error = yield* c.sys(SYS.rmdir, yield* c.string(path));
    if (error < 0) status = yield* complain(c, path, error);
  }
  return status;
};

/** rm(1) */
export const rm: Program = function* (c) {
  const { flags, rest } = yield* options(c, 'fRr', 'rm [-f] [-Rr] file ...');
  const recursive = flags.has('R') || flags.has('r');
  if (rest.length === 0 && !flags.has('f')) return yield* c.usage('rm [-f] [-Rr] file ...');
  let status = 0;
  for (const path of rest) {
    const s = yield* stat(c, path, false);
    if (typeof s === 'number') {
      if (s !== -ENOENT || !flags.has('f')) status = yield* complain(c, path, s);
    } else if (isDirectory(s) && !recursive) {
      yield* c.warn(`${path}: is a directory`);
      status = 1;
    } else {
      yield* walk(c, path, function* (each, each_s) {
        const error = yield* c.sys(isDirectory(each_s) ? SYS.rmdir : SYS.unlink, yield* c.string(each));
        if (error < 0) status = yield* complain(c, each, error);
      });
    }
  }
  return status;
};

/** Where `from` goes if the last operand is a directory. */
function* into(c: Libc, from: string, to: string): User<string> {
  const s = yield* stat(c, to);
  return typeof s !== 'number' && isDirectory(s) ? `${to}/${from.replace(/^.*\//, '')}` : to;
}

/** mv(1) */
export const mv: Program = function* (c) {
  const { rest } = yield* options(c, 'f', 'mv [-f] source ... target');
  const target = rest.pop();
  if (target === undefined || rest.length === 0) return yield* c.usage('mv [-f] source ... target');
  let status = 0;
  for (const from of rest) {
    const to = yield* into(c, from, target);
    const error = yield* c.sys(SYS.rename, yield* c.string(from), yield* c.string(to));
    if (error < 0) {
      yield* c.warn(`rename ${from} to ${to}: ${c.strerror(error)}`);
      status = 1;
    }
  }
  return status;
};

function* copy(c: Libc, from: string, to: string): User<number> {
  const input = yield* c.open(from, O_RDONLY);
  if (input < 0) return yield* complain(c, from, input);
  const s = yield* stat(c, from);
  if (typeof s !== 'number' && isDirectory(s)) {
    yield* c.close(input);
    yield* c.warn(`${from} is a directory (not copied).`);
    return 1;
  }
  const output = yield* c.open(
    to,
    O_WRONLY | O_CREAT | O_TRUNC,
    typeof s === 'number' ? 0o666 : s.mode & 0o777,
  );
  if (output < 0) return yield* complain(c, to, output);
  let status = 0;
  for (;;) {
    const n = yield* c.read(input, IOBUF_ADDR, IOBUF_BYTES);
    if (n === -EINTR) continue;
    if (n < 0) status = yield* complain(c, from, n);
    if (n <= 0) break;
    const w = yield* c.write(output, IOBUF_ADDR, n);
    if (w < 0) {
      status = yield* complain(c, to, w);
      break;
    }
  }
  yield* c.close(input);
  yield* c.close(output);
  return status;
}

/** cp(1), of files */
export const cp: Program = function* (c) {
  const { rest } = yield* options(c, 'fp', 'cp [-f] source ... target');
  const target = rest.pop();
  if (target === undefined || rest.length === 0) return yield* c.usage('cp [-f] source ... target');
  let status = 0;
  for (const from of rest) status |= yield* copy(c, from, yield* into(c, from, target));
  return status;
};

/** touch(1): makes files that are not there; the times of others it cannot set. */
export const touch: Program = function* (c) {
  const { rest } = yield* options(c, 'c', 'touch [-c] file ...');
  if (rest.length === 0) return yield* c.usage('touch [-c] file ...');
  let status = 0;
  for (const path of rest) {
    const fd = yield* c.open(path, O_WRONLY | O_CREAT, 0o666);
    if (fd < 0) status = yield* complain(c, path, fd);
    else yield* c.close(fd);
  }
  return status;
};

/** chmod(1), with octal modes */
export const chmod: Program = function* (c) {
  const { rest } = yield* options(c, '', 'chmod mode file ...');
  const mode = rest.shift();
  if (mode === undefined || rest.length === 0) return yield* c.usage('chmod mode file ...');
  if (!/^[0-7]{1,4}$/.test(mode)) return yield* c.fail(`invalid file mode: ${mode}`);
  let status = 0;
  for (const path of rest) {
    const error = yield* c.sys(SYS.chmod, yield* c.string(path), Number.parseInt(mode, 8));
    if (error < 0) status = yield* complain(c, path, error);
  }
  return status;
};
