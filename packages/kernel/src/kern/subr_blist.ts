/**
 * Bitmaps of blocks with a radix tree above them (kern/subr_blist.c): the free space of the swap devices.
 * Allocation is first fit of runs of up to BLIST_MAX_ALLOC blocks; its cost grows with the depth of the tree,
 * not with the space.
 *
 * The tree. A leaf has a bit for each of BLIST_BMAP_RADIX blocks. An inner node has BLIST_META_RADIX
 * children, each of the same radix (the number of blocks that it could cover). Nodes lie in one array: a
 * node, then its first child with all that is below it, then the second. If a child subtree has `skip` nodes
 * below its own top, its siblings are skip + 1 nodes apart. Where the space ends before the children do, the
 * next child's place holds BLIST_TERMINATOR.
 *
 * Invariants (the property tests check them against a plain array):
 *   B1 bit i of a leaf is set if and only if block i of it is free; B2 an inner node counts the set bits of
 *   all leaves below it, bl_free those of the whole tree; B3 no run of free blocks inside a leaf is longer
 *   than the leaf's bm_bighint, nor than those of the nodes above it. Hints
 *       may be too large, never too small: too large costs a search, too small would lose space.
 *   B4  bits of blocks that do not exist (bl_blocks and beyond) are clear.
 *
 * Locks: the user's; nothing here sleeps but blist_create and blist_resize, which allocate. Differences to
 * BSD: inner nodes are kept up to date down to the leaves (BSD leaves the inside of wholly free or wholly
 * used subtrees stale), and freeing is checked block by block.
 */
import type { blist, blmeta } from '../sys/blist.h.js';
import {
  BLIST_BMAP_RADIX,
  BLIST_MAX_ALLOC,
  BLIST_META_RADIX,
  BLIST_TERMINATOR,
  SWAPBLK_NONE,
} from '../sys/blist.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { daddr_t } from '../sys/types.h.js';
import { free, malloc } from './kern_malloc.js';
import { panic } from './kern_shutdown.js';

export let M_SWAP: embed<malloc_type> = $init({ ks_shortdesc: 'SWAP' });

/**
 * Lays out the nodes of a subtree for `count` blocks, all of them allocated; with a null scan it only counts.
 * Returns the number of nodes behind the top. Locks: none, nobody has the blist yet. Does not sleep.
 */
function blst_radix_init(scan: blmeta, radix: daddr_t, skip: int, count: daddr_t): int {
  if (scan !== null) {
    scan.bm_u = 0;
    scan.bm_bighint = 0;
  }
  if (radix === BLIST_BMAP_RADIX) return 0;
  const sub: daddr_t = radix / BLIST_META_RADIX;
  const step: int = skip / BLIST_META_RADIX;
  let left: daddr_t = count;
  let i: int = 1;
  let used: int = 0;
  while (i <= skip && left > 0) {
    const n: daddr_t = left < sub ? left : sub;
    used = i + blst_radix_init(scan !== null ? $idx(scan, i) : null, sub, step - 1, n);
    left -= n;
    i += step;
  }
  KASSERT(left === 0, 'blst_radix_init: %d blocks do not fit', left);
  if (i <= skip) {
    if (scan !== null) $idx(scan, i).bm_bighint = BLIST_TERMINATOR;
    used = i;
  }
  return used;
}

/**
 * Makes a blist of `blocks` blocks, all of them allocated; the user frees what there is.
 * Locks: none that must not be held asleep. May sleep for memory.
 */
export function* blist_create(blocks: daddr_t): Sleeps<blist> {
  KASSERT(blocks > 0, 'blist_create: %d blocks', blocks);
  let radix: daddr_t = BLIST_BMAP_RADIX;
  let skip: int = 0;
  while (radix < blocks) {
    radix *= BLIST_META_RADIX;
    skip = (skip + 1) * BLIST_META_RADIX;
    KASSERT(radix > 0, 'blist_create: %d blocks are too many', blocks);
  }
  const bl = $cast<blist>(yield* malloc($sizeof<blist>(), M_SWAP, M_WAITOK | M_ZERO));
  bl.bl_blocks = blocks;
  bl.bl_radix = radix;
  bl.bl_skip = skip;
  bl.bl_free = 0;
  bl.bl_rootblks = 1 + blst_radix_init(null, radix, skip, blocks);
  bl.bl_root = $cast<blmeta>(yield* malloc($u32(bl.bl_rootblks) * $sizeof<blmeta>(), M_SWAP, M_WAITOK));
  blst_radix_init(bl.bl_root, radix, skip, blocks);
  return bl;
}

/** Throws a blist away. Locks: none, nobody else may have it. Does not sleep. */
export function blist_destroy(bl: blist): void {
  free($addr(bl.bl_root), M_SWAP);
  free($addr(bl), M_SWAP);
}

/** The bits of n blocks from `first` on in a leaf. Locks: none. Does not sleep. */
function blst_mask(first: int, n: int): u32 {
  KASSERT(n > 0 && first >= 0 && first + n <= BLIST_BMAP_RADIX, 'blst_mask: %d blocks at %d', n, first);
  const run: u32 = n === BLIST_BMAP_RADIX ? 0xffffffff : $u32((1 << n) - 1);
  return run << first;
}

/**
 * Allocates the first run of `count` blocks in a leaf whose first block is blk.
 * Locks: the user's. Does not sleep.
 */
function blst_leaf_alloc(scan: blmeta, blk: daddr_t, count: int): daddr_t {
  const bits: u32 = scan.bm_u;
  const last: int = BLIST_BMAP_RADIX - count;
  let mask: u32 = blst_mask(0, count);
  for (let j: int = 0; j <= last && bits >>> j !== 0; j++) {
    if ((bits & mask) === mask) {
      scan.bm_u = bits & ~mask;
      return blk + j;
    }
    mask = mask << 1;
  }
  /* All of the leaf was searched, so this is as exact as a failure can tell. */
  scan.bm_bighint = count - 1;
  return SWAPBLK_NONE;
}

/**
 * Allocates the first run of `count` blocks in a subtree whose first block is blk.
 * Locks: the user's. Does not sleep.
 */
function blst_alloc(scan: blmeta, blk: daddr_t, count: int, radix: daddr_t, skip: int): daddr_t {
  if (radix === BLIST_BMAP_RADIX) return blst_leaf_alloc(scan, blk, count);
  const sub: daddr_t = radix / BLIST_META_RADIX;
  const step: int = skip / BLIST_META_RADIX;
  let at: daddr_t = blk;
  for (let i: int = 1; i <= skip && scan.bm_u >= $u32(count); i += step) {
    const child = $idx(scan, i);
    if (child.bm_bighint === BLIST_TERMINATOR) break;
    if (child.bm_bighint >= count) {
      const found = blst_alloc(child, at, count, sub, step - 1);
      if (found !== SWAPBLK_NONE) {
        scan.bm_u -= $u32(count);
        return found;
      }
    }
    at += sub;
  }
  if (scan.bm_bighint >= count) scan.bm_bighint = count - 1;
  return SWAPBLK_NONE;
}

/**
 * Allocates a run of `count` blocks, at most BLIST_MAX_ALLOC: its first block, or SWAPBLK_NONE. Runs do not
 * cross the border of a leaf. Locks: the user's. Does not sleep.
 */
export function blist_alloc(bl: blist, count: int): daddr_t {
  KASSERT(count > 0 && count <= BLIST_MAX_ALLOC, 'blist_alloc: %d blocks', count);
  if (bl === null || bl.bl_root.bm_bighint < count || bl.bl_free < count) return SWAPBLK_NONE;
  const blk = blst_alloc(bl.bl_root, 0, count, bl.bl_radix, bl.bl_skip);
  if (blk !== SWAPBLK_NONE) bl.bl_free -= count;
  return blk;
}

/**
 * Frees blocks [first, first + count), all within the subtree whose first block is blk.
 * Locks: the user's. Does not sleep.
 */
function blst_free(
  scan: blmeta,
  first: daddr_t,
  count: daddr_t,
  radix: daddr_t,
  skip: int,
  blk: daddr_t,
): void {
  if (radix === BLIST_BMAP_RADIX) {
    const mask = blst_mask(first - blk, count);
    if ((scan.bm_u & mask) !== 0) panic('blst_radix_free: freeing free block');
    scan.bm_u |= mask;
    /* Runs may have joined: let the next search find out. */
    scan.bm_bighint = BLIST_MAX_ALLOC;
    return;
  }
  scan.bm_u += $u32(count);
  scan.bm_bighint = BLIST_MAX_ALLOC;
  const sub: daddr_t = radix / BLIST_META_RADIX;
  const step: int = skip / BLIST_META_RADIX;
  const nth: int = (first - blk) / sub;
  let at: daddr_t = blk + nth * sub;
  let from: daddr_t = first;
  let left: daddr_t = count;
  for (let i: int = 1 + nth * step; left > 0; i += step) {
    KASSERT(i <= skip, 'blst_free: block %d behind the end', from);
    const n: daddr_t = at + sub - from < left ? at + sub - from : left;
    blst_free($idx(scan, i), from, n, sub, step - 1, at);
    left -= n;
    from += n;
    at += sub;
  }
}

/** Frees `count` blocks from `blkno` on, which must all be allocated. Locks: the user's. Does not sleep. */
export function blist_free(bl: blist, blkno: daddr_t, count: daddr_t): void {
  KASSERT(bl !== null && count > 0, 'blist_free: %d blocks at %d', count, blkno);
  if (blkno < 0 || blkno + count > bl.bl_blocks)
    panic('blist_free: %d blocks at %d of %d', count, blkno, bl.bl_blocks);
  blst_free(bl.bl_root, blkno, count, bl.bl_radix, bl.bl_skip, 0);
  bl.bl_free += count;
}

/** Number of bits set in a word. Locks: none. Does not sleep. */
function blst_bitcount(word: u32): int {
  let x: u32 = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return $i32((x + (x >>> 8) + (x >>> 16) + (x >>> 24)) & 0x3f);
}

/**
 * Allocates whatever is free in [first, first + count), all within the subtree whose first block is blk.
 * Returns how many blocks that were. Locks: the user's. Does not sleep.
 */
function blst_fill(
  scan: blmeta,
  first: daddr_t,
  count: daddr_t,
  radix: daddr_t,
  skip: int,
  blk: daddr_t,
): daddr_t {
  if (radix === BLIST_BMAP_RADIX) {
    const mask = blst_mask(first - blk, count);
    const nfree = blst_bitcount(scan.bm_u & mask);
    scan.bm_u &= ~mask;
    return nfree;
  }
  const sub: daddr_t = radix / BLIST_META_RADIX;
  const step: int = skip / BLIST_META_RADIX;
  const nth: int = (first - blk) / sub;
  let at: daddr_t = blk + nth * sub;
  let from: daddr_t = first;
  let left: daddr_t = count;
  let filled: daddr_t = 0;
  for (let i: int = 1 + nth * step; left > 0; i += step) {
    KASSERT(i <= skip, 'blst_fill: block %d behind the end', from);
    const n: daddr_t = at + sub - from < left ? at + sub - from : left;
    filled += blst_fill($idx(scan, i), from, n, sub, step - 1, at);
    left -= n;
    from += n;
    at += sub;
  }
  scan.bm_u -= $u32(filled);
  return filled;
}

/**
 * Allocates these very blocks, whether free or not. Returns how many of them were free.
 * Locks: the user's. Does not sleep.
 */
export function blist_fill(bl: blist, blkno: daddr_t, count: daddr_t): daddr_t {
  KASSERT(bl !== null && count > 0, 'blist_fill: %d blocks at %d', count, blkno);
  if (blkno < 0 || blkno + count > bl.bl_blocks)
    panic('blist_fill: %d blocks at %d of %d', count, blkno, bl.bl_blocks);
  const filled = blst_fill(bl.bl_root, blkno, count, bl.bl_radix, bl.bl_skip, 0);
  bl.bl_free -= filled;
  return filled;
}

/**
 * Frees in newbl what is free in the first `count` blocks of a subtree whose first block is blk.
 * Locks: the user's. Does not sleep.
 */
function blst_copy(
  scan: blmeta,
  blk: daddr_t,
  radix: daddr_t,
  skip: int,
  newbl: blist,
  count: daddr_t,
): void {
  if (radix === BLIST_BMAP_RADIX) {
    for (let i: int = 0; i < BLIST_BMAP_RADIX && i < count; i++) {
      if ((scan.bm_u & (1 << i)) !== 0) blist_free(newbl, blk + i, 1);
    }
    return;
  }
  const sub: daddr_t = radix / BLIST_META_RADIX;
  const step: int = skip / BLIST_META_RADIX;
  let at: daddr_t = blk;
  let left: daddr_t = count;
  for (let i: int = 1; i <= skip && left > 0; i += step) {
    const child = $idx(scan, i);
    if (child.bm_bighint === BLIST_TERMINATOR) break;
    blst_copy(child, at, sub, step - 1, newbl, left < sub ? left : sub);
    at += sub;
    left -= sub;
  }
}

/**
 * Frees in newbl, which was just created, what is free in bl, as far as newbl goes; with freenew also all
 * blocks that bl did not have. The plain part of blist_resize, for users who must not let go of their lock
 * meanwhile. Locks: the user's. Does not sleep.
 */
export function blist_transfer(bl: blist, newbl: blist, freenew: boolean): void {
  KASSERT(newbl.bl_free === 0, 'blist_transfer: %d blocks are free already', newbl.bl_free);
  const common: daddr_t = bl.bl_blocks < newbl.bl_blocks ? bl.bl_blocks : newbl.bl_blocks;
  blst_copy(bl.bl_root, 0, bl.bl_radix, bl.bl_skip, newbl, common);
  if (freenew && newbl.bl_blocks > common) blist_free(newbl, common, newbl.bl_blocks - common);
}

/**
 * Replaces *pbl by a blist of `count` blocks with the same blocks free. New ones are allocated, or free with
 * freenew. Locks: the user's must not be one that is dropped asleep, for *pbl must not change meanwhile. May
 * sleep for memory.
 */
export function* blist_resize(pbl: ptr<blist>, count: daddr_t, freenew: boolean): Sleeps {
  const newbl = yield* blist_create(count);
  const save = pbl[0];
  blist_transfer(save, newbl, freenew);
  pbl[0] = newbl;
  blist_destroy(save);
}
