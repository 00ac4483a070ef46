/**
 * The swap pager (vm/swap_pager.h) and the swap devices (sys/conf.h). Code in vm/swap_pager*.ts and
 * vm/vm_swap.ts.
 */
import type { daddr_t, dev_t, vm_pindex_t } from '../sys/types.h.js';
import type { vnode } from '../sys/vnode.h.js';
import type { vm_object } from './vm_object.h.js';

/**
 * Pages that a metadata block covers. Swap space is striped over the devices in pieces of the same size, and
 * that is also the most pages of one pageout.
 */
export const SWAP_META_PAGES = 16; // SWB_NPAGES * 2
export const SWAP_META_MASK = 15; // SWAP_META_PAGES - 1
export const MAX_PAGEOUT_CLUSTER = 16;
/** Places for swap devices. */
export const NSWAPDEV = 4;
/** Lists of named objects, by a hash of the handle: see NOBJLIST. */
export const NOBJLISTS = 8;
/** swp_pager_meta_ctl: forget the block and free it; forget it and return it. */
export const SWM_FREE = 0x02;
export const SWM_POP = 0x04;
/** sw_flags: in use; being taken into use; its space is in the bitmap. */
export const SW_FREED = 0x01;
export const SW_SEQUENTIAL = 0x02;

/**
 * Where the pages [swb_index, swb_index + SWAP_META_PAGES) of an object are on swap. Never empty: with the
 * last block the structure goes back to its zone.
 * @lock V vm lock (Giant or vm_mtx, by regime)
 */
export interface swblock extends struct {
  swb_hnext: swblock; // (V) next in the hash bucket
  swb_object: vm_object; // (V) object
  swb_index: vm_pindex_t; // (V) first page index, a multiple of SWAP_META_PAGES
  swb_count: int; // (V) blocks that are not SWAPBLK_NONE
  swb_pages: array<daddr_t, 16>; // (V) block of each page, or SWAPBLK_NONE
}

/**
 * A swap device.
 * @lock G Giant (swapon)
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant once SW_FREED is set
 */
export interface swdevt_t extends struct {
  sw_dev: dev_t; // (c) the device, as programs know it
  sw_flags: int; // (G) SW_*
  sw_nblks: int; // (c) size in pages
  sw_used: int; // (V) pages in use
  sw_vp: vnode; // (c) its vnode, referenced and open; null: the place is free
  sw_device: dev_t; // (c) the device, as its driver knows it
}
