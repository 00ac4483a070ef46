/** Bitmaps of blocks with a radix tree above them (sys/blist.h). Code in kern/subr_blist.ts. */
import type { daddr_t } from './types.h.js';

/** No block: what blist_alloc returns if there is none. */
export const SWAPBLK_NONE = -1;
/** Blocks that one leaf keeps, children of an inner node, and the longest run that one call can allocate. */
export const BLIST_BMAP_RADIX = 32;
export const BLIST_META_RADIX = 16;
export const BLIST_MAX_ALLOC = BLIST_BMAP_RADIX;
/** bm_bighint of the node behind the last one that is used. */
export const BLIST_TERMINATOR = -1;

/**
 * A node of the tree. The lock is that of the blist's user.
 * @lock u the user's lock on the blist
 * @size 8
 */
export interface blmeta extends struct {
  bm_u: u32; // (u) leaf: a bit a block, 1 is free; inner node: number of free blocks below
  bm_bighint: daddr_t; // (u) no run below is longer than this
}

/**
 * A bitmap.
 * @lock u the user's lock on it
 * @lock c constant after blist_create
 */
export interface blist extends struct {
  bl_blocks: daddr_t; // (c) blocks that it covers
  bl_radix: daddr_t; // (c) blocks that the root could cover
  bl_skip: int; // (c) nodes below the root, were the tree complete
  bl_free: daddr_t; // (u) free blocks
  bl_root: blmeta; // (c) nodes, the root first, each followed by all of its first child, then of its second ...
  bl_rootblks: int; // (c) number of nodes
}
