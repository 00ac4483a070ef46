/**
 * Swap devices (vm/vm_swap.c): which there are, swapon(2), and how a block of swap space becomes a block of a
 * device.
 *
 * Swap space is one range of blocks of PAGE_SIZE, striped over NSWAPDEV places in pieces of dmmax blocks:
 * piece k belongs to place k % NSWAPDEV, and is its piece k / NSWAPDEV. Places without a device leave holes
 * that are never freed into the bitmap. The first piece of each device is left alone: a label may be there.
 */
import { devsw } from '../kern/kern_conf.js';
import { vm_assert, vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { tsleep, wakeup } from '../kern/kern_synch.js';
import { SYSCTL_OUT } from '../kern/kern_sysctl.js';
import { blist_create, blist_destroy, blist_free, blist_transfer } from '../kern/subr_blist.js';
import { printf } from '../kern/subr_prf.js';
import { DEV_STRATEGY } from '../kern/vfs_bio.js';
import { lookup } from '../kern/vfs_lookup.js';
import { vrele } from '../kern/vfs_subr.js';
import { VOP_CLOSE, VOP_OPEN } from '../kern/vnode_if.js';
import type { blist } from '../sys/blist.h.js';
import { BLIST_META_RADIX } from '../sys/blist.h.js';
import type { buf } from '../sys/buf.h.js';
import { EBUSY, EINVAL, ENOTBLK, ENXIO, EPERM } from '../sys/errno.h.js';
import { FREAD, FWRITE } from '../sys/fcntl.h.js';
import { DEV_BSHIFT, PAGE_SHIFT, PAGE_SIZE, PVFS } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { sysctl_oid, sysctl_req } from '../sys/sysctlvar.h.js';
import type { swapon_args } from '../sys/sysproto.h.js';
import type { daddr_t, dev_t } from '../sys/types.h.js';
import { UIO_USERSPACE } from '../sys/uio.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { VBLK, VCHR } from '../sys/vnode.h.js';
import type { swdevt_t } from './swap_pager.h.js';
import { MAX_PAGEOUT_CLUSTER, NSWAPDEV, SW_FREED } from './swap_pager.h.js';
import type { xswdev } from './vm_param.h.js';
import { SWB_NPAGES, XSWDEV_VERSION } from './vm_param.h.js';

/** Pages of a stripe, and the mask that gives a block's stripe. */
export let dmmax: int = 0;
export let dmmax_mask: int = 0;
/** Places, of which those with SW_FREED are in use; the number of those; blocks that the bitmap covers. */
export let nswdev: int = NSWAPDEV;
export let nswapdev: int = 0;
let nswap: int = 0;
export let swdevt: array<embed<swdevt_t>, 4>;
/** Somebody is in swapon: 1, and -1 if others wait. */
let swap_syscall_active: int = 0;

/** Most blocks: beyond, the numbers of the bitmap's tree overflow. */
const SWAP_MAXBLKS = 0x40000000 / BLIST_META_RADIX / NSWAPDEV;

/** Sets the geometry. Locks: none needed (boot). Does not sleep. */
export function swapgeom(): void {
  dmmax = SWB_NPAGES * 2;
  dmmax_mask = ~(dmmax - 1);
  KASSERT(dmmax === MAX_PAGEOUT_CLUSTER, 'swapgeom: stripes of %d pages', dmmax);
}

/** The place of the device that has a swap block. Locks: none. @inline */
export function BLK2DEVIDX(blk: daddr_t): int {
  return (blk / dmmax) % nswdev;
}

/**
 * Counts `npages` blocks from blk on as used (or, if negative, as free) by their devices: a run may cross
 * stripes. Locks: vm lock held, kept. Does not sleep.
 */
export function swap_account(blk: daddr_t, npages: int): void {
  const sign: int = npages < 0 ? -1 : 1;
  let left: int = npages * sign;
  let at: daddr_t = blk;
  while (left > 0) {
    const room: int = dmmax - (at & (dmmax - 1));
    const n: int = left < room ? left : room;
    const sp = swdevt[BLK2DEVIDX(at)];
    sp.sw_used += n * sign;
    KASSERT(
      sp.sw_used >= 0 && sp.sw_used <= sp.sw_nblks,
      'swap_account: %d of %d blocks used',
      sp.sw_used,
      sp.sw_nblks,
    );
    at += n;
    left -= n;
  }
}

/**
 * Starts a transfer of a pbuf whose b_blkno is a swap block: finds device and block, and hands it to the
 * driver. A transfer lies within one stripe, or it would have to be split. Locks: vm lock held, or any: the
 * devices of swap do not change. Does not sleep.
 */
export function swapdev_strategy(bp: buf): void {
  const blk = bp.b_blkno;
  const n: int = bp.b_bcount / PAGE_SIZE;
  const off: int = blk & (dmmax - 1);
  const sp = swdevt[BLK2DEVIDX(blk)];
  const devblk: daddr_t = (blk / dmmax / nswdev) * dmmax + off;
  if (off + n > dmmax) panic('swapdev_strategy: %d blocks at %d cross a stripe', n, blk);
  if ((sp.sw_flags & SW_FREED) === 0 || sp.sw_vp === null)
    panic('swapdev_strategy: no device for block %d', blk);
  if (devblk + n > sp.sw_nblks) panic('swapdev_strategy: %d blocks at %d of %d', n, devblk, sp.sw_nblks);
  bp.b_dev = sp.sw_device;
  bp.b_vp = sp.sw_vp;
  bp.b_blkno = devblk << (PAGE_SHIFT - DEV_BSHIFT);
  DEV_STRATEGY(bp);
}

/** One swapon at a time, for it sleeps between looking and doing. Locks: Giant. May sleep. */
function* swapon_enter(): Sleeps {
  while (swap_syscall_active !== 0) {
    swap_syscall_active = -1;
    yield* tsleep($addr($ref(swap_syscall_active)), PVFS, 'swpon', 0);
  }
  swap_syscall_active = 1;
}

/** Locks: Giant. Does not sleep. */
function swapon_leave(): void {
  const waiting = swap_syscall_active < 0;
  swap_syscall_active = 0;
  if (waiting) wakeup($addr($ref(swap_syscall_active)));
}

/** swapon(2): swaps on a device, given by name. Locks: Giant. May sleep. */
export function* swapon(p: proc, uap: u32): Sleeps<int> {
  const vpp = $var<vnode>();
  if (p.p_ucred_uid !== 0) return EPERM;
  let error = yield* lookup($cast<swapon_args>(uap).name, UIO_USERSPACE, vpp);
  if (error !== 0) return error;
  const vp = vpp[0];
  if (vp.v_type !== VCHR && vp.v_type !== VBLK) {
    yield* vrele(vp);
    return ENOTBLK;
  }
  yield* swapon_enter();
  error = yield* swaponvp(p, vp, vp.v_rdev, 0);
  swapon_leave();
  /* On success the reference is swap's. */
  if (error !== 0) yield* vrele(vp);
  return error;
}

/** A free place for a device, -1 if there is none, -2 if the device has one. Locks: Giant. Does not sleep. */
function swap_place(vp: vnode, dev: dev_t): int {
  let place: int = -1;
  for (let i: int = nswdev - 1; i >= 0; i--) {
    const sp = swdevt[i];
    if (sp.sw_vp === null) place = i;
    else if (sp.sw_vp === vp || sp.sw_device === dev) return -2;
  }
  return place;
}

/** Size of a device in pages, 0 if it has none. Locks: none. Does not sleep. */
function swap_devsize(dev: dev_t): int {
  const dp = devsw(dev);
  if (dp === null) return 0;
  const nblks = dp.d_psize(dev);
  return nblks <= 0 ? 0 : nblks >> (PAGE_SHIFT - DEV_BSHIFT);
}

/**
 * Swaps on `nblks` pages of a device, 0 for all of it. The caller's reference on the vnode becomes swap's. 0,
 * EBUSY (it is in use), EINVAL (no more places), ENXIO (no space), or what opening it says. Locks: Giant, and
 * swapon is ours alone; takes and drops the vm lock. May sleep.
 */
export function* swaponvp(p: proc, vp: vnode, dev: dev_t, nblks: int): Sleeps<int> {
  const index = swap_place(vp, dev);
  if (index === -2) return EBUSY;
  if (index < 0) return EINVAL;
  const error = yield* VOP_OPEN(vp, FREAD | FWRITE, p);
  if (error !== 0) return error;
  let size = nblks !== 0 ? nblks : swap_devsize(dev);
  if (size > SWAP_MAXBLKS) {
    printf('WARNING: reducing size to maximum of %d blocks per swap unit\n', SWAP_MAXBLKS);
    size = SWAP_MAXBLKS;
  }
  if (size <= dmmax) {
    yield* VOP_CLOSE(vp, FREAD | FWRITE, p);
    return ENXIO;
  }
  /*
   * A larger bitmap first: that sleeps. Nobody else makes one (swapon_enter), and the old one is in use
   * meanwhile.
   */
  const aligned: int = ((size + dmmax - 1) & dmmax_mask) * nswdev;
  let newbl: blist = null;
  if (aligned > nswap) newbl = yield* blist_create(aligned);

  yield* vm_lock();
  const oldbl = swapblist;
  if (newbl !== null) {
    if (oldbl !== null) blist_transfer(oldbl, newbl, false);
    swapblist = newbl;
    nswap = aligned;
  }
  const sp = swdevt[index];
  sp.sw_vp = vp;
  sp.sw_dev = dev;
  sp.sw_device = dev;
  sp.sw_nblks = size;
  sp.sw_flags |= SW_FREED;
  swap_addspace(index, size);
  nswapdev++;
  vm_unlock();
  if (newbl !== null && oldbl !== null) blist_destroy(oldbl);
  return 0;
}

/**
 * Frees the blocks of a new device, stripe by stripe, into the bitmap; all but the first stripe.
 * Locks: vm lock held, kept. Does not sleep.
 */
function swap_addspace(index: int, size: int): void {
  vm_assert();
  swdevt[index].sw_used = 0;
  for (let dvbase: int = dmmax; dvbase < size; dvbase += dmmax) {
    const n: int = size - dvbase < dmmax ? size - dvbase : dmmax;
    blist_free(swapblist, index * dmmax + dvbase * nswdev, n);
    vm_swap_size += n;
  }
  swap_pager_full = 0;
}

/** sysctl vm.swap_info: one struct xswdev for each device. Locks: Giant. Does not sleep. */
export function* sysctl_vm_swap_info(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const xs = $local<xswdev>();
  for (let i: int = 0; i < nswdev; i++) {
    const sp = swdevt[i];
    if ((sp.sw_flags & SW_FREED) === 0) continue;
    xs.xsw_version = XSWDEV_VERSION;
    xs.xsw_dev = sp.sw_dev;
    xs.xsw_flags = sp.sw_flags;
    xs.xsw_nblks = sp.sw_nblks;
    xs.xsw_used = sp.sw_used;
    const error = SYSCTL_OUT(req, $addr(xs), $sizeof<xswdev>());
    if (error !== 0) return error;
  }
  return 0;
}
