import { EBADF } from '../../../../../kernel/src/sys/errno.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SERR, __SLBF, __SNBF, __SRW, __SSTR, __SWR } from '../../../include/stdio.h.js';
import { write } from '../sys/syscalls.js';
import { _fwalk_flush } from './findfp.js';

/** fflush(3): writes out what a stream holds, or with null all of them. EOF if that fails. */
export function fflush(fp: FILE): int {
  if (fp === null) return _fwalk_flush();
  if ((fp._flags & (__SWR | __SRW)) === 0) {
    errno = EBADF;
    return EOF;
  }
  return __sflush(fp);
}

/** The same for a stream that is being written. */
export function __sflush(fp: FILE): int {
  if ((fp._flags & __SWR) === 0 || fp._bf === 0 || fp._flags & __SSTR) return 0;
  let p = fp._bf;
  let n = $i32(fp._p - p);
  fp._p = p;
  fp._w = fp._flags & (__SLBF | __SNBF) ? 0 : fp._bfsize;
  while (n > 0) {
    const t = write(fp._file, p, $u32(n));
    if (t <= 0) {
      fp._flags |= __SERR;
      return EOF;
    }
    p += $u32(t);
    n -= t;
  }
  return 0;
}
