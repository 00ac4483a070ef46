/** /dev/null and /dev/zero (dev/null/null.c); dev/mem.ts calls these by minor number. */
import { uiomove } from '../kern/kern_subr.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';

/** What /dev/zero reads from. */
const ZBUFSIZE = 16384;
let zbuf: array<char, 16384>;

/** Reading /dev/null is at end of file. Locks: Giant. Does not sleep. */
export function* null_read(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  return 0;
}

/** Writing to either discards, without a look at the data. Locks: Giant. Does not sleep. */
export function* null_write(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  uio.uio_offset += $i64(uio.uio_resid);
  uio.uio_resid = 0;
  return 0;
}

/** Reading /dev/zero. Locks: Giant; released while a page of the reader is brought in. May sleep. */
export function* zero_read(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  let error: int = 0;
  while (uio.uio_resid > 0 && error === 0) {
    const n: int = uio.uio_resid < ZBUFSIZE ? uio.uio_resid : ZBUFSIZE;
    error = yield* uiomove($addr(zbuf), n, uio);
  }
  return error;
}
