import { EBADF } from '../../../../../kernel/src/sys/errno.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SWR } from '../../../include/stdio.h.js';
import { close } from '../sys/syscalls.js';
import { __sflush } from './fflush.js';
import { __sfreebuf } from './makebuf.js';

/** fclose(3): EOF if what was written did not reach the file. */
export function fclose(fp: FILE): int {
  if (fp._flags === 0) {
    errno = EBADF;
    return EOF;
  }
  let r = fp._flags & __SWR ? __sflush(fp) : 0;
  __sfreebuf(fp);
  if (close(fp._file) < 0) r = EOF;
  fp._flags = 0;
  fp._file = -1;
  return r;
}
