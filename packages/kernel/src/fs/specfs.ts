/**
 * Device nodes: the vnode operations that go to the driver (fs/specfs, BSD's miscfs/specfs). File systems put these into
 * their vectors for devices.
 */
import { devsw } from '../kern/kern_conf.js';
import { panic } from '../kern/kern_shutdown.js';
import { DEV_STRATEGY } from '../kern/vfs_bio.js';
import type { buf } from '../sys/buf.h.js';
import { D_TTY, NODEV } from '../sys/conf.h.js';
import { EINVAL, ENOTDIR, ENOTTY, ENXIO } from '../sys/errno.h.js';
import type { proc } from '../sys/proc.h.js';
import { S_IFCHR } from '../sys/stat.h.js';
import type { uio } from '../sys/uio.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import { VISTTY } from '../sys/vnode.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import { VM_PAGER_BAD } from '../vm/vm_pager.h.js';

/** Opens the device. ENXIO without a driver. Locks: Giant. May sleep. */
export function* spec_open(vp: vnode, mode: int, p: proc): Sleeps<int> {
  const dsw = devsw(vp.v_rdev);
  if (dsw === null) return ENXIO;
  if (dsw.d_flags & D_TTY) vp.v_flag |= VISTTY;
  return yield* dsw.d_open(vp.v_rdev, mode, S_IFCHR, p);
}

/** Closes the device with the last open of it through this vnode. Locks: Giant. May sleep. */
export function* spec_close(vp: vnode, fflag: int, p: proc): Sleeps<int> {
  const dsw = devsw(vp.v_rdev);
  if (dsw === null || vp.v_usecount > 1) return 0;
  return yield* dsw.d_close(vp.v_rdev, fflag, S_IFCHR, p);
}

/** Locks: Giant. May sleep. */
export function* spec_read(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  if (uio.uio_resid === 0) return 0;
  const dsw = devsw(vp.v_rdev);
  if (dsw === null) return ENXIO;
  return yield* dsw.d_read(vp.v_rdev, uio, ioflag);
}

/** Locks: Giant. May sleep. */
export function* spec_write(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  const dsw = devsw(vp.v_rdev);
  if (dsw === null) return ENXIO;
  return yield* dsw.d_write(vp.v_rdev, uio, ioflag);
}

/** Locks: Giant. May sleep. */
export function* spec_ioctl(vp: vnode, com: u32, data: u32, fflag: int, p: proc): Sleeps<int> {
  const dsw = devsw(vp.v_rdev);
  if (dsw === null) return ENXIO;
  return yield* dsw.d_ioctl(vp.v_rdev, com, data, fflag, p);
}

/** Locks: Giant. Does not sleep. */
export function spec_poll(vp: vnode, events: int, p: proc): int {
  const dsw = devsw(vp.v_rdev);
  return dsw === null ? 0 : dsw.d_poll(vp.v_rdev, events, p);
}

/** Starts a transfer on the device. Locks: none. Does not sleep. */
export function spec_strategy(vp: vnode, bp: buf): void {
  KASSERT(vp.v_rdev !== NODEV, 'spec_strategy: no device');
  bp.b_dev = vp.v_rdev;
  DEV_STRATEGY(bp);
}

/** Nothing to write back. Locks: Giant. Does not sleep. */
export function* spec_fsync(vp: vnode, waitfor: int, p: proc): Sleeps<int> {
  return 0;
}

/** A device's pages belong to the device pager, not to its vnode. Locks: any. Does not sleep. */
export function* spec_getpages(vp: vnode, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  panic('spec_getpages: device %x', vp.v_rdev);
  return VM_PAGER_BAD;
}

/** As spec_getpages. Locks: any. Does not sleep. */
export function* spec_putpages(vp: vnode, m: ptr<vm_page>, count: int, flags: int, rtvals: ptr<int>): Sleeps {
  panic('spec_putpages: device %x', vp.v_rdev);
}

/** Operations that make no sense on the vnode, in all file systems. */

/** ENOTDIR. Locks: Giant. Does not sleep. */
export function* vop_nolookup(dvp: vnode, name: u32, namelen: int, vpp: ptr<vnode>): Sleeps<int> {
  return ENOTDIR;
}
/** ENOTDIR. Locks: Giant. Does not sleep. */
export function* vop_nocreate(dvp: vnode, vpp: ptr<vnode>, name: u32, namelen: int, vap: vattr): Sleeps<int> {
  return ENOTDIR;
}
/** ENOTDIR. Locks: Giant. Does not sleep. */
export function* vop_noremove(dvp: vnode, vp: vnode, name: u32, namelen: int): Sleeps<int> {
  return ENOTDIR;
}

/** EINVAL. Locks: Giant. Does not sleep. */
export function* vop_noreaddir(vp: vnode, uio: uio): Sleeps<int> {
  return EINVAL;
}
/** EINVAL. Locks: Giant. Does not sleep. */
export function* vop_noreadlink(vp: vnode, uio: uio): Sleeps<int> {
  return EINVAL;
}
/** ENOTTY. Locks: Giant. Does not sleep. */
export function* vop_noioctl(vp: vnode, com: u32, data: u32, fflag: int, p: proc): Sleeps<int> {
  return ENOTTY;
}
/** A file is always ready. Locks: Giant. Does not sleep. */
export function vop_nopoll(vp: vnode, events: int, p: proc): int {
  return events;
}
/** A file has no blocks on a device. Locks: none. Does not sleep. */
export function vop_nostrategy(vp: vnode, bp: buf): void {
  panic('vop_nostrategy: vnode %p', $addr(vp));
}
/** Nothing to do on open. Locks: Giant. Does not sleep. */
export function* vop_nullopen(vp: vnode, mode: int, p: proc): Sleeps<int> {
  return 0;
}
/** Nothing to do on close. Locks: Giant. Does not sleep. */
export function* vop_nullclose(vp: vnode, fflag: int, p: proc): Sleeps<int> {
  return 0;
}
