/** Reading more into a stream's buffer (refill.c). */
import { EBADF } from '../../../../../kernel/src/sys/errno.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import {
  EOF,
  __SEOF,
  __SERR,
  __SLBF,
  __SNBF,
  __SRD,
  __SRW,
  __SSTR,
  __SWR,
} from '../../../include/stdio.h.js';
import { read } from '../sys/syscalls.js';
import { __sflush } from './fflush.js';
import { stdout } from './findfp.js';
import { __smakebuf } from './makebuf.js';

/** Has a stream read that may have written before; EOF, with errno set, if it is not open for that. */
export function __sreading(fp: FILE): int {
  if (fp._flags & __SRD) return 0;
  if ((fp._flags & __SRW) === 0) {
    errno = EBADF;
    return EOF;
  }
  if (fp._flags & __SWR) {
    if (__sflush(fp) !== 0) return EOF;
    fp._flags &= ~__SWR;
    fp._w = 0;
  }
  fp._flags |= __SRD;
  return 0;
}

/** EOF at the end of the file or after an error; otherwise there is at least a byte. */
export function __srefill(fp: FILE): int {
  fp._r = 0;
  if (fp._flags & __SEOF || fp._flags & __SSTR) return EOF;
  if (__sreading(fp) !== 0) return EOF;
  if (fp._bf === 0) __smakebuf(fp);
  /* Whoever waits for what is typed has to see the question. */
  if (fp._flags & (__SLBF | __SNBF) && stdout._flags & __SLBF) __sflush(stdout);
  fp._p = fp._bf;
  const n = read(fp._file, fp._p, $u32(fp._bfsize));
  if (n > 0) {
    fp._r = n;
    return 0;
  }
  fp._flags |= n === 0 ? __SEOF : __SERR;
  return EOF;
}
