/**
 * Moving data between the kernel and whoever a uio describes (kern/kern_subr.c). Not here: ureadc, uiomoveco
 * and the hash-table helpers.
 */
import { curproc } from '../i386/pcpu.h.js';
import { bcopy, copyin, copyout } from '../i386/support.js';
import type { iovec } from '../sys/_iovec.h.js';
import { EINVAL } from '../sys/errno.h.js';
import type { proc } from '../sys/proc.h.js';
import type { uio } from '../sys/uio.h.js';
import {
  UIO_NOCOPY,
  UIO_READ,
  UIO_SYSSPACE,
  UIO_USERISPACE,
  UIO_USERSPACE,
  UIO_WRITE,
} from '../sys/uio.h.js';
import { panic } from './kern_shutdown.js';

/**
 * Moves up to n bytes between kernel memory at cp and the memory that `uio` describes, and advances the uio.
 * UIO_READ copies out of cp. Errno; what was moved before the error is accounted for. Locks: no vm lock and
 * no mutex but Giant, for user memory may have to be paged in. May sleep.
 */
export function* uiomove(cp: u32, n: int, uio: uio): Sleeps<int> {
  KASSERT(uio.uio_rw === UIO_READ || uio.uio_rw === UIO_WRITE, 'uiomove: mode');
  KASSERT(uio.uio_segflg !== UIO_USERSPACE || uio.uio_procp === curproc(), 'uiomove proc');
  while (n > 0 && uio.uio_resid > 0) {
    const iov = uio.uio_iov;
    let len: int = $i32(iov.iov_len);
    if (len === 0) {
      uio.uio_iov = $idx(iov, 1);
      uio.uio_iovcnt--;
      KASSERT(uio.uio_iovcnt > 0, 'uiomove: residue %d without a vector', uio.uio_resid);
      continue;
    }
    if ($u32(len) > $u32(n)) len = n;
    const error = yield* uiomove_piece(cp, iov.iov_base, $u32(len), uio);
    if (error !== 0) return error;
    iov.iov_base += $u32(len);
    iov.iov_len -= $u32(len);
    uio.uio_resid -= len;
    uio.uio_offset += $i64(len);
    cp += $u32(len);
    n -= len;
  }
  return 0;
}

/** One contiguous piece of a uiomove. Locks: as uiomove. May sleep. */
function* uiomove_piece(cp: u32, base: u32, len: u32, uio: uio): Sleeps<int> {
  switch (uio.uio_segflg) {
    case UIO_USERSPACE:
    case UIO_USERISPACE:
      if (uio.uio_rw === UIO_READ) return yield* copyout(cp, base, len);
      return yield* copyin(base, cp, len);
    case UIO_SYSSPACE:
      if (uio.uio_rw === UIO_READ) bcopy(cp, base, len);
      else bcopy(base, cp, len);
      return 0;
    case UIO_NOCOPY:
      return 0;
    default:
      panic('uiomove: segflg %d', uio.uio_segflg);
  }
  return EINVAL;
}

/**
 * Makes a uio of one piece. The iovec and uio are the caller's, usually on its stack.
 * Locks: none. Does not sleep.
 */
export function uio_init(uio: uio, iov: iovec, base: u32, len: u32, segflg: int, rw: int, p: proc): void {
  iov.iov_base = base;
  iov.iov_len = len;
  uio.uio_iov = iov;
  uio.uio_iovcnt = 1;
  uio.uio_offset = $i64(0);
  uio.uio_resid = $i32(len);
  uio.uio_segflg = segflg;
  uio.uio_rw = rw;
  uio.uio_procp = p;
}
