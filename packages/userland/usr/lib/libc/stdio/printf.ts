/**
 * printf(3) and its family: how many characters there were, or would have been; EOF if they could not be written. A variadic
 * function passes its arguments on by `...args`, so there is no vprintf.
 */
import { ENOMEM } from '../../../../../kernel/src/sys/errno.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SERR, __SNBF, __SSTR, __SWR } from '../../../include/stdio.h.js';
import { malloc } from '../stdlib/malloc.js';
import { bzero } from '../string/memset.js';
import { __sflush } from './fflush.js';
import { stdout } from './findfp.js';
import { __vfprintf } from './vfprintf.js';

export function fprintf(fp: FILE, fmt: str, ...args: va_list): int {
  if ((fp._flags & __SNBF) === 0) return __vfprintf(fp, fmt, ...args);
  /* One write for the whole text, not one for each piece of it. */
  const fake = $local<FILE>();
  const buf = $local<array<char, 1024>>();
  bzero($addr(fake), $sizeof<FILE>());
  fake._flags = __SWR;
  fake._file = fp._file;
  fake._bf = $addr(buf);
  fake._p = fake._bf;
  fake._bfsize = 1024;
  fake._w = 1024;
  let ret = __vfprintf(fake, fmt, ...args);
  if (__sflush(fake) !== 0) ret = EOF;
  if (fake._flags & __SERR) fp._flags |= __SERR;
  return ret;
}
export function printf(fmt: str, ...args: va_list): int {
  return fprintf(stdout, fmt, ...args);
}
/** At most n - 1 characters and a NUL; nothing is written if n is 0. */
export function snprintf(s: str, n: u32, fmt: str, ...args: va_list): int {
  const f = $local<FILE>();
  bzero($addr(f), $sizeof<FILE>());
  f._flags = __SWR | __SSTR;
  f._file = -1;
  f._bf = $addr(s);
  f._p = f._bf;
  f._w = n === 0 ? 0 : $i32(n > 0x7fffffff ? 0x7fffffff : n) - 1;
  const ret = __vfprintf(f, fmt, ...args);
  if (n !== 0) $st8(f._p, 0);
  return ret;
}
export function sprintf(s: str, fmt: str, ...args: va_list): int {
  return snprintf(s, 0xffffffff, fmt, ...args);
}
/** Into memory from malloc(3), whose address goes to `strp`; -1 and null there if there is none. */
export function asprintf(strp: ptr<str>, fmt: str, ...args: va_list): int {
  const len = snprintf(null, 0, fmt, ...args);
  strp[0] = $cast<str>(malloc($u32(len + 1)));
  if (strp[0] === null) {
    errno = ENOMEM;
    return -1;
  }
  return snprintf(strp[0], $u32(len + 1), fmt, ...args);
}
