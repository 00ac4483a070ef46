/** fseeko(3), fseek(3), ftello(3), ftell(3), rewind(3) and clearerr(3) */
import { EFBIG } from '../../../../../kernel/src/sys/errno.h.js';
import { SEEK_CUR, SEEK_SET } from '../../../../../kernel/src/sys/fcntl.h.js';
import type { off_t } from '../../../../../kernel/src/sys/types.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SEOF, __SERR, __SRD, __SRW, __SWR } from '../../../include/stdio.h.js';
import { lseek } from '../sys/offsets.js';
import { __sflush } from './fflush.js';

/** Where the stream is in its file, -1 with errno if it has no place. */
export function ftello(fp: FILE): off_t {
  const pos = lseek(fp._file, 0, SEEK_CUR);
  if (pos < 0) return -1;
  if (fp._flags & __SRD) return pos - $i64(fp._r);
  return fp._flags & __SWR && fp._bf !== 0 ? pos + $i64($i32(fp._p - fp._bf)) : pos;
}
export function ftell(fp: FILE): int {
  const pos = ftello(fp);
  if (pos > 0x7fffffff) {
    errno = EFBIG;
    return -1;
  }
  return $i32(pos);
}
export function fseeko(fp: FILE, offset: off_t, whence: int): int {
  let to = offset;
  if (fp._flags & __SWR && __sflush(fp) !== 0) return EOF;
  if (whence === SEEK_CUR && fp._flags & __SRD) to = offset - $i64(fp._r);
  if (lseek(fp._file, to, whence) < 0) return EOF;
  fp._r = 0;
  fp._p = fp._bf;
  fp._flags &= ~__SEOF;
  if (fp._flags & __SRW) {
    fp._flags &= ~(__SRD | __SWR);
    fp._w = 0;
  }
  return 0;
}
export function fseek(fp: FILE, offset: int, whence: int): int {
  return fseeko(fp, $i64(offset), whence);
}
export function rewind(fp: FILE): void {
  fseeko(fp, 0, SEEK_SET);
  clearerr(fp);
}
export function clearerr(fp: FILE): void {
  fp._flags &= ~(__SERR | __SEOF);
}
