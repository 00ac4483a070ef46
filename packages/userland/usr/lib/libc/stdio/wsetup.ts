import { EBADF } from '../../../../../kernel/src/sys/errno.h.js';
import { SEEK_CUR } from '../../../../../kernel/src/sys/fcntl.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SEOF, __SLBF, __SNBF, __SRD, __SRW, __SWR } from '../../../include/stdio.h.js';
import { lseek } from '../sys/offsets.js';
import { __smakebuf } from './makebuf.js';

/** Before the first write after something else (wsetup.c): EOF if the stream cannot be written. */
export function __swsetup(fp: FILE): int {
  if ((fp._flags & __SWR) === 0) {
    if ((fp._flags & __SRW) === 0) {
      errno = EBADF;
      return EOF;
    }
    if (fp._flags & __SRD) {
      /* What was read ahead is not part of what has been read. */
      if (fp._r > 0) lseek(fp._file, -fp._r, SEEK_CUR);
      fp._flags &= ~(__SRD | __SEOF);
      fp._r = 0;
      fp._p = fp._bf;
    }
    fp._flags |= __SWR;
  }
  if (fp._bf === 0) __smakebuf(fp);
  fp._w = fp._flags & (__SLBF | __SNBF) ? 0 : fp._bfsize - $i32(fp._p - fp._bf);
  return 0;
}
