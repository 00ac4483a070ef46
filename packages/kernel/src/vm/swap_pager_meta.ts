/**
 * Where the pages of an object are on swap (part of vm/swap_pager.c): blocks of metadata, found by a hash of
 * object and page index, and the free space of the swap devices that they are filled from.
 *
 * Invariants (numbers go on in swap_pager.ts and swap_pager_io.ts):
 *   W1 a swap block is either free in swapblist, or stands in exactly one place of exactly one swblock, or is
 *   in the hands of
 *       a function that is moving it;
 *   W2 vm_swap_size is the number of blocks free in swapblist, sw_used of a device that of its blocks that
 *   are not; W3 a swblock's swb_count is the number of its blocks, never 0 while it is in the hash;
 *   object.swp_bcount is the number
 *       of its swblocks;
 *   W4 only objects of type OBJT_SWAP have swblocks, and every object of that type is on one of the pager's
 *   lists.
 *
 * Locks: everything here is under the vm lock. Nothing sleeps but swp_pager_meta_build, which needs memory.
 */
import { malloc } from '../kern/kern_malloc.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { M_SWAP, blist_alloc, blist_free } from '../kern/subr_blist.js';
import { printf } from '../kern/subr_prf.js';
import type { blist } from '../sys/blist.h.js';
import { BLIST_MAX_ALLOC, SWAPBLK_NONE } from '../sys/blist.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { daddr_t, vm_pindex_t } from '../sys/types.h.js';
import type { swblock } from './swap_pager.h.js';
import { NOBJLISTS, SWAP_META_MASK, SWAP_META_PAGES, SWM_FREE, SWM_POP } from './swap_pager.h.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT, OBJT_SWAP } from './vm_object.h.js';
import { VM_WAIT } from './vm_page.h.js';
import { swap_account } from './vm_swap.js';
import type { vm_zone } from './vm_zone.h.js';
import { ZONE_INTERRUPT } from './vm_zone.h.js';
import { zalloci, zfreei, zinit } from './vm_zone.js';

/** Free space, null before the first swapon, and the number of free blocks in it. */
export let swapblist: blist = null;
export let vm_swap_size: int = 0;
/** 1: an allocation failed, 2: and it was said on the console; 0 again with the next block that is freed. */
export let swap_pager_full: int = 0;
/** Set when less than nswap_lowat blocks are free, cleared above nswap_hiwat. */
export let swap_pager_almost_full: int = 0;
export let nswap_lowat: int = 128;
export let nswap_hiwat: int = 512;

/** The hash table, its number of buckets less one, and the zone of its swblocks. */
let swhash: ptr<swblock> = null;
let swhash_mask: u32 = 0;
let swap_zone: vm_zone = null;

/** Swap objects: those with a handle by its hash, and the anonymous ones. */
export let swap_pager_object_list: array<embed<TAILQ_HEAD<vm_object>>, 8>;
export let swap_pager_un_object_list: embed<TAILQ_HEAD<vm_object>>;

/** The list for objects with this handle, 0 for anonymous ones. Locks: vm lock held, kept. Does not sleep. */
export function NOBJLIST(handle: u32): TAILQ_HEAD<vm_object> {
  if (handle === 0) return swap_pager_un_object_list;
  return swap_pager_object_list[$i32((handle >>> 4) & (NOBJLISTS - 1))];
}

/** Empties the lists of objects. Locks: none needed (boot). Does not sleep. */
export function swp_pager_list_init(): void {
  for (let i: int = 0; i < NOBJLISTS; i++) TAILQ_INIT(swap_pager_object_list[i]);
  TAILQ_INIT(swap_pager_un_object_list);
}

/**
 * Makes the zone and the hash table of swblocks. As many as twice the pages of memory may exist, for pages
 * may be scattered; the zone takes address space for them now and memory when they are needed. Called once by
 * the page daemon. Locks: vm lock not held. May sleep.
 */
export function* swp_pager_meta_init(): Sleeps {
  let n: int = $i32(cnt.v_page_count) * 2;
  KASSERT(swhash === null, 'swp_pager_meta_init: called twice');
  const want: int = n;
  do {
    swap_zone = yield* zinit('SWAPMETA', $i32($sizeof<swblock>()), n, ZONE_INTERRUPT, 1);
    if (swap_zone !== null) break;
    /* Not so much address space: settle for two thirds of it. */
    n -= (n + 2) / 3;
  } while (n > 0);
  if (swap_zone === null) panic('failed to zinit swap_zone.');
  if (want !== n) printf('Swap zone entries reduced from %d to %d.\n', want, n);

  /* A bucket for each eight possible swblocks: most of them will never exist. */
  let size: u32 = 1;
  while (size < $u32(n) / 8) size <<= 1;
  swhash = $cast<ptr<swblock>>(yield* malloc(size * 4, M_SWAP, M_WAITOK | M_ZERO));
  swhash_mask = size - 1;
}

/*
 * Space.
 */

/**
 * Sets swap_pager_full and swap_pager_almost_full by the space left. Locks: vm lock held, kept. Does not
 * sleep.
 */
function swp_sizecheck(): void {
  if (vm_swap_size < nswap_lowat) {
    if (swap_pager_almost_full === 0) {
      printf('swap_pager: out of swap space\n');
      swap_pager_almost_full = 1;
    }
    return;
  }
  swap_pager_full = 0;
  if (vm_swap_size > nswap_hiwat) swap_pager_almost_full = 0;
}

/**
 * Takes a run of npages swap blocks, at most BLIST_MAX_ALLOC: the first of them, or SWAPBLK_NONE. It may
 * cross from one device to the next (see swp_pager_stripe). Locks: vm lock held, kept. Does not sleep.
 */
export function swp_pager_getswapspace(npages: int): daddr_t {
  vm_assert();
  KASSERT(npages > 0 && npages <= BLIST_MAX_ALLOC, 'swp_pager_getswapspace: %d pages', npages);
  const blk = swapblist !== null ? blist_alloc(swapblist, npages) : SWAPBLK_NONE;
  if (blk === SWAPBLK_NONE) {
    if (swap_pager_full !== 2) {
      if (swapblist !== null) printf('swap_pager_getswapspace: failed\n');
      swap_pager_full = 2;
      swap_pager_almost_full = 1;
    }
    return SWAPBLK_NONE;
  }
  vm_swap_size -= npages;
  KASSERT(vm_swap_size >= 0, 'swp_pager_getswapspace: vm_swap_size %d', vm_swap_size);
  swap_account(blk, npages);
  swp_sizecheck();
  return blk;
}

/** Gives a run of swap blocks back. Locks: vm lock held, kept. Does not sleep. */
export function swp_pager_freeswapspace(blk: daddr_t, npages: int): void {
  vm_assert();
  KASSERT(blk !== SWAPBLK_NONE && npages > 0, 'swp_pager_freeswapspace: %d pages at %d', npages, blk);
  blist_free(swapblist, blk, npages);
  vm_swap_size += npages;
  swap_account(blk, -npages);
  swp_sizecheck();
}

/*
 * Metadata.
 */

/**
 * The place that points to the swblock of a page (or would, if there were one): it can be read, set or
 * unlinked through. Locks: vm lock held, kept. Does not sleep.
 */
function swp_pager_hash(object: vm_object, pindex: vm_pindex_t): ptr<swblock> {
  const index: vm_pindex_t = pindex & ~SWAP_META_MASK;
  const bucket: u32 = (index / SWAP_META_PAGES + $u32(object.hash_rand)) & swhash_mask;
  let pswap = $padd(swhash, $i32(bucket));
  let swap = pswap[0];
  while (swap !== null) {
    if (swap.swb_object === object && swap.swb_index === index) break;
    pswap = $ref(swap.swb_hnext);
    swap = pswap[0];
  }
  return pswap;
}

/** Unlinks an empty swblock and frees it. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_meta_unlink(pswap: ptr<swblock>): void {
  const swap = pswap[0];
  const object = swap.swb_object;
  KASSERT(swap.swb_count === 0, 'swp_pager_meta_unlink: %d blocks left', swap.swb_count);
  KASSERT(object.swp_bcount > 0, 'swp_pager_meta_unlink: object %p has no metadata', $addr(object));
  pswap[0] = swap.swb_hnext;
  object.swp_bcount--;
  zfreei(swap_zone, $addr(swap));
}

/** Makes the object one of the swap pager's. Locks: vm lock held, kept. Does not sleep. */
export function swp_pager_adopt(object: vm_object): void {
  if (object.type === OBJT_SWAP) return;
  KASSERT(object.type === OBJT_DEFAULT, 'swp_pager_adopt: object %p has type %d', $addr(object), object.type);
  object.type = OBJT_SWAP;
  object.swp_bcount = 0;
  TAILQ_INSERT_TAIL(NOBJLIST(object.handle), object, 'pager_object_list');
}

/**
 * Allocates an empty swblock at a place that has none; null without memory. Locks: vm lock held, kept. Does
 * not sleep.
 */
function swp_pager_meta_alloc(pswap: ptr<swblock>, object: vm_object, pindex: vm_pindex_t): swblock {
  const swap = $cast<swblock>(zalloci(swap_zone));
  if (swap === null) return null;
  swap.swb_hnext = null;
  swap.swb_object = object;
  swap.swb_index = pindex & ~SWAP_META_MASK;
  swap.swb_count = 0;
  for (let i: int = 0; i < SWAP_META_PAGES; i++) swap.swb_pages[i] = SWAPBLK_NONE;
  pswap[0] = swap;
  object.swp_bcount++;
  return swap;
}

/**
 * Enters a swap block as that of a page, whose former one is freed. False if there was no memory to note it:
 * nothing is changed then. Locks: vm lock held, kept. Does not sleep.
 */
export function swp_pager_meta_set(object: vm_object, pindex: vm_pindex_t, swapblk: daddr_t): boolean {
  const pswap = swp_pager_hash(object, pindex);
  let swap = pswap[0];
  if (swap === null) {
    swap = swp_pager_meta_alloc(pswap, object, pindex);
    if (swap === null) return false;
  }
  const i = $i32(pindex & SWAP_META_MASK);
  const old = swap.swb_pages[i];
  if (old !== SWAPBLK_NONE) swp_pager_freeswapspace(old, 1);
  else swap.swb_count++;
  swap.swb_pages[i] = swapblk;
  return true;
}

/**
 * Enters a swap block as that of a page of an object, whose former one is freed; the object becomes
 * OBJT_SWAP. Locks: vm lock held; let go of while it waits for memory. May sleep.
 */
export function* swp_pager_meta_build(object: vm_object, pindex: vm_pindex_t, swapblk: daddr_t): Sleeps {
  vm_assert();
  KASSERT(swapblk !== SWAPBLK_NONE, 'swp_pager_meta_build: no block for page %d', pindex);
  swp_pager_adopt(object);
  while (!swp_pager_meta_set(object, pindex, swapblk)) yield* VM_WAIT();
}

/**
 * The swap block of a page, or SWAPBLK_NONE. With SWM_POP the page loses it and the caller has it; with
 * SWM_FREE it is freed and SWAPBLK_NONE returned. Locks: vm lock held, kept. Does not sleep.
 */
export function swp_pager_meta_ctl(object: vm_object, pindex: vm_pindex_t, flags: int): daddr_t {
  vm_assert();
  if (object.type !== OBJT_SWAP) return SWAPBLK_NONE;
  const pswap = swp_pager_hash(object, pindex);
  const swap = pswap[0];
  if (swap === null) return SWAPBLK_NONE;
  const i = $i32(pindex & SWAP_META_MASK);
  let blk = swap.swb_pages[i];
  if (blk === SWAPBLK_NONE || (flags & (SWM_FREE | SWM_POP)) === 0) return blk;
  if ((flags & SWM_FREE) !== 0) {
    swp_pager_freeswapspace(blk, 1);
    blk = SWAPBLK_NONE;
  }
  swap.swb_pages[i] = SWAPBLK_NONE;
  swap.swb_count--;
  if (swap.swb_count === 0) swp_pager_meta_unlink(pswap);
  return blk;
}

/**
 * Does any page of the swblock-sized range around pindex have a swap block? Locks: vm lock held, kept. Does
 * not sleep.
 */
export function swp_pager_meta_present(object: vm_object, pindex: vm_pindex_t): boolean {
  return swp_pager_hash(object, pindex)[0] !== null;
}

/** Frees the swap blocks of the pages [pindex, pindex + count). Locks: vm lock held, kept. Does not sleep. */
export function swp_pager_meta_free(object: vm_object, pindex: vm_pindex_t, count: vm_pindex_t): void {
  vm_assert();
  if (object.type !== OBJT_SWAP) return;
  let index: vm_pindex_t = pindex;
  let left: vm_pindex_t = count;
  while (left > 0 && object.swp_bcount > 0) {
    let n: u32 = SWAP_META_PAGES - (index & SWAP_META_MASK);
    if (n > left) n = left;
    if (swp_pager_meta_present(object, index)) {
      for (let i: u32 = 0; i < n; i++) swp_pager_meta_ctl(object, index + i, SWM_FREE);
    }
    index += n;
    left -= n;
  }
}

/**
 * Frees all swap blocks of an object. Looks at every place up to the object's last swblock, wherever that is:
 * pages may have been cut off the object's size before. Locks: vm lock held, kept. Does not sleep.
 */
export function swp_pager_meta_free_all(object: vm_object): void {
  let index: vm_pindex_t = 0;
  vm_assert();
  if (object.type !== OBJT_SWAP) return;
  while (object.swp_bcount > 0) {
    const pswap = swp_pager_hash(object, index);
    const swap = pswap[0];
    if (swap !== null) {
      for (let i: int = 0; i < SWAP_META_PAGES; i++) {
        const blk = swap.swb_pages[i];
        if (blk === SWAPBLK_NONE) continue;
        swp_pager_freeswapspace(blk, 1);
        swap.swb_count--;
      }
      if (swap.swb_count !== 0) panic('swap_pager_meta_free_all: swb_count != 0');
      swp_pager_meta_unlink(pswap);
    }
    index += SWAP_META_PAGES;
    if (index > 0x20000000) panic('swp_pager_meta_free_all: failed to locate all swap meta blocks');
  }
}
