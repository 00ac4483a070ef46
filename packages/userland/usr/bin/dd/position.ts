/** dd(1): to the first block of the input and of the output (position.c). */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { SEEK_CUR, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import { err, errx, warn } from '../../lib/libc/gen/err.js';
import { lseek } from '../../lib/libc/sys/offsets.js';
import { read } from '../../lib/libc/sys/syscalls.js';
import { ddflags } from './args.js';
import { C_NOERROR, ISPIPE } from './dd.h.js';
import { in_ } from './dd.js';
import { summary } from './misc.js';

/** Skips blocks of the input: by a seek, or where that is not possible by reading them. */
export function pos_in(): void {
  if ((in_.flags & ISPIPE) === 0) {
    if (lseek(in_.fd, in_.offset * $i64(in_.dbsz), SEEK_CUR) === -1) err(1, '%s', in_.name);
    return;
  }
  let warned = false;
  for (let cnt = in_.offset; cnt > 0; ) {
    const nr = read(in_.fd, in_.db, in_.dbsz);
    if (nr > 0) {
      cnt--;
    } else if (nr === 0) {
      errx(1, 'skip reached end of input');
    } else if (errno !== EINTR) {
      if ((ddflags & C_NOERROR) === 0) err(1, '%s', in_.name);
      if (!warned) {
        warn('%s', in_.name);
        warned = true;
        summary();
      }
      cnt--;
    }
  }
}

/** Seeks over blocks of the output. */
export function pos_out(): void {
  if (lseek(out.fd, out.offset * $i64(out.dbsz), SEEK_SET) === -1) err(1, '%s', out.name);
}
