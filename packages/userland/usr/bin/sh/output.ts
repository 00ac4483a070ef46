/**
 * What the shell writes (output.c). Standard output is collected until a builtin has ended, or the shell
 * forks, and its errors are remembered; standard error is written at once.
 */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { write } from '../../lib/libc/sys/syscalls.js';
import { ckfree, ckmalloc } from './memalloc.js';

const OUTBUFSIZ = 1024;

let outbuf: array<char, 1024>;
let outlen: int = 0;
/** An error of a write since it was last asked for. */
let outerr: int = 0;

/** Writes the whole of it, however often that is interrupted. 0, or -1 with errno. */
export function xwrite(fd: int, buf: u32, nbytes: int): int {
  let done = 0;
  while (done < nbytes) {
    const n = write(fd, buf + $u32(done), $u32(nbytes - done));
    if (n < 0) {
      if (errno === EINTR) continue;
      return -1;
    }
    done += n;
  }
  return 0;
}

/** Writes what standard output has collected. */
export function flushall(): void {
  const n = outlen;
  outlen = 0;
  if (n > 0 && xwrite(1, $addr(outbuf), n) < 0) outerr = errno;
}

/** The error of a write to standard output since the last question, 0 if there was none. */
export function outerror(): int {
  flushall();
  const error = outerr;
  outerr = 0;
  return error;
}

/** A character to standard output. */
export function out1c(c: int): void {
  if (outlen === OUTBUFSIZ) flushall();
  outbuf[outlen++] = c;
}

/** A string to standard output. */
export function out1str(s: str): void {
  for (let i = 0; s[i] !== 0; i++) out1c(s[i]);
}

/** A string to standard error. */
export function out2str(s: str): void {
  flushall();
  xwrite(2, $addr(s), $i32(strlen(s)));
}

/** A string of printf's making, from ckmalloc. */
function doformat(fmt: str, ...args: va_list): str {
  const n = snprintf(null, 0, fmt, ...args);
  const s = $cast<str>(ckmalloc($u32(n) + 1));
  snprintf(s, $u32(n) + 1, fmt, ...args);
  return s;
}

/** printf to standard output. */
export function out1fmt(fmt: str, ...args: va_list): void {
  const s = doformat(fmt, ...args);
  out1str(s);
  ckfree($addr(s));
}

/** printf to standard error. */
export function out2fmt(fmt: str, ...args: va_list): void {
  const s = doformat(fmt, ...args);
  out2str(s);
  ckfree($addr(s));
}

/** An argument as it can be read back, in single quotes, to standard output. */
export function out1qstr(s: str): void {
  out1c($ch("'"));
  for (let i = 0; s[i] !== 0; i++) {
    if (s[i] === $ch("'")) out1str("'\\''");
    else out1c(s[i]);
  }
  out1c($ch("'"));
}
