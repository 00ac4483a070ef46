/**
 * The swap pager (vm/swap_pager.c): backing store for anonymous memory on the swap devices. Swap space is
 * assigned to a page when the page daemon writes it, anew for each write, so that what is written together
 * lies together. BSD's file is split:
 *   swap_pager.ts       the pager's objects: making, ending, moving and asking about them
 *   swap_pager_meta.ts  which swap block a page has, and free space
 *   swap_pager_io.ts    pages in and out
 *   vm_swap.ts          the devices
 *
 * Invariant W5: a page that is dirty has no use for its swap block: who dirties a page for good calls
 * swap_pager_unswapped; until then the block only occupies space, for the page is written to a new one.
 *
 * Locks: all under the vm lock, which is let go of in sleeps. Deviation: there is no swapoff, as in 2001.
 */
import { vm_assert } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { wakeup } from '../kern/kern_synch.js';
import { BLIST_MAX_ALLOC, SWAPBLK_NONE } from '../sys/blist.h.js';
import { PAGE_MASK, PVM } from '../sys/param.h.js';
import type { vm_ooffset_t, vm_pindex_t, vm_prot_t, vm_size_t } from '../sys/types.h.js';
import { SWAP_META_MASK, SWAP_META_PAGES, SWM_FREE, SWM_POP } from './swap_pager.h.js';
import { swap_pager_getpages, swap_pager_putpages, swp_pager_io_init } from './swap_pager_io.js';
import {
  NOBJLIST,
  swp_pager_adopt,
  swp_pager_getswapspace,
  swp_pager_list_init,
  swp_pager_meta_build,
  swp_pager_meta_ctl,
  swp_pager_meta_free,
  swp_pager_meta_free_all,
  swp_pager_meta_init,
  swp_pager_meta_present,
  swp_pager_meta_set,
} from './swap_pager_meta.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT, OBJT_SWAP, OBJ_DEAD } from './vm_object.h.js';
import { vm_object_allocate, vm_object_pip_wait, vm_object_reference } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import { VM_WAIT } from './vm_page.h.js';
import { vm_page_lookup } from './vm_page.js';
import type { pagerops } from './vm_pager.h.js';
import { OFF_TO_IDX, SWB_NPAGES } from './vm_param.h.js';
import { swapgeom } from './vm_swap.js';

/** The swap pager's operations. */
export let swappagerops: embed<pagerops> = $init({
  pgo_init: swap_pager_init,
  pgo_alloc: swap_pager_alloc,
  pgo_dealloc: swap_pager_dealloc,
  pgo_getpages: swap_pager_getpages,
  pgo_putpages: swap_pager_putpages,
  pgo_haspage: swap_pager_haspage,
  pgo_pageunswapped: swap_pager_unswapped,
});

/** Somebody is making a named object: -1 if others wait. */
let sw_alloc_interlock: int = 0;
/** Has swap_pager_swap_init run? Before, nothing can go to swap. */
export let swap_pager_ready: int = 0;

/**
 * Early start: the lists of objects, and the geometry of the devices. Locks: none needed (boot). Does not
 * sleep.
 */
export function* swap_pager_init(): Sleeps {
  swp_pager_list_init();
  swapgeom();
}

/**
 * Late start, called by the page daemon: shares out the pbufs and makes the metadata's zone and hash.
 * Locks: vm lock not held. May sleep.
 */
export function* swap_pager_swap_init(): Sleeps {
  KASSERT(swap_pager_ready === 0, 'swap_pager_swap_init: called twice');
  swp_pager_io_init();
  yield* swp_pager_meta_init();
  swap_pager_ready = 1;
}

/** The living object with a handle, null if there is none. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_lookup(handle: u32): vm_object {
  let object = TAILQ_FIRST(NOBJLIST(handle));
  while (object !== null && (object.handle !== handle || (object.flags & OBJ_DEAD) !== 0)) {
    object = TAILQ_NEXT(object, 'pager_object_list');
  }
  return object;
}

/**
 * Makes an object of `size` bytes backed by swap, or gives a reference to the one with that handle if there
 * is one (0: anonymous). No swap space is taken yet. Locks: vm lock held; let go of meanwhile. May sleep.
 */
export function* swap_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  offset: vm_ooffset_t,
): Sleeps<vm_object> {
  const pages = OFF_TO_IDX(offset + $i64(PAGE_MASK) + size);
  vm_assert();
  if (handle === 0) {
    const anon = yield* vm_object_allocate(OBJT_DEFAULT, pages);
    swp_pager_adopt(anon);
    return anon;
  }
  /* One at a time: two must not make an object for the same handle while either sleeps for memory. */
  while (sw_alloc_interlock !== 0) {
    sw_alloc_interlock = -1;
    yield* vm_sleep($addr($ref(sw_alloc_interlock)), PVM, 'swpalc', 0);
  }
  sw_alloc_interlock = 1;
  let object = swp_pager_lookup(handle);
  if (object !== null) {
    vm_object_reference(object);
  } else {
    object = yield* vm_object_allocate(OBJT_DEFAULT, pages);
    object.handle = handle;
    swp_pager_adopt(object);
  }
  const waiting = sw_alloc_interlock < 0;
  sw_alloc_interlock = 0;
  if (waiting) wakeup($addr($ref(sw_alloc_interlock)));
  return object;
}

/**
 * The object dies: takes it off the pager's list and frees its swap space. Its pages are gone or going.
 * Locks: vm lock held; let go of while it waits for I/O to end. May sleep.
 */
export function* swap_pager_dealloc(object: vm_object): Sleeps {
  vm_assert();
  KASSERT(object.type === OBJT_SWAP, 'swap_pager_dealloc: object %p has type %d', $addr(object), object.type);
  TAILQ_REMOVE(NOBJLIST(object.handle), object, 'pager_object_list');
  yield* vm_object_pip_wait(object, 'swpdea');
  swp_pager_meta_free_all(object);
}

/** Frees the swap space of pages [start, start + size). Locks: vm lock held, kept. Does not sleep. */
export function swap_pager_freespace(object: vm_object, start: vm_pindex_t, size: vm_size_t): void {
  swp_pager_meta_free(object, start, size);
}

/**
 * Assigns swap space to pages [start, start + size) now; what they had is freed. 0, or -1 if there is not
 * enough: then none of them has any. Locks: vm lock held; let go of while it waits for memory. May sleep.
 */
export function* swap_pager_reserve(object: vm_object, start: vm_pindex_t, size: vm_size_t): Sleeps<int> {
  let index: vm_pindex_t = start;
  let left: u32 = size;
  let n: int = BLIST_MAX_ALLOC;
  vm_assert();
  while (left > 0) {
    if (n > $i32(left)) n = $i32(left);
    const blk = swp_pager_getswapspace(n);
    if (blk === SWAPBLK_NONE) {
      /* Free space may be in smaller pieces. */
      n >>= 1;
      if (n !== 0) continue;
      swp_pager_meta_free(object, start, index - start);
      return -1;
    }
    for (let i: int = 0; i < n; i++) yield* swp_pager_meta_build(object, index + $u32(i), blk + i);
    index += $u32(n);
    left -= $u32(n);
  }
  return 0;
}

/**
 * Moves swap blocks of srcobject, from page `offset` on, to the pages of dstobject that have none; where
 * dstobject has one, or a page in memory, the source's is freed. With destroysource the rest is freed too and
 * srcobject is no swap object any more. The caller keeps paging_in_progress raised on both, for this may
 * sleep: neither can be paged in or collapsed meanwhile. Locks: vm lock held; let go of while it waits for
 * memory. May sleep.
 */
export function* swap_pager_copy(
  srcobject: vm_object,
  dstobject: vm_object,
  offset: vm_pindex_t,
  destroysource: int,
): Sleeps {
  vm_assert();
  KASSERT(
    srcobject.type === OBJT_SWAP,
    'swap_pager_copy: source %p has type %d',
    $addr(srcobject),
    srcobject.type,
  );
  if (destroysource !== 0) TAILQ_REMOVE(NOBJLIST(srcobject.handle), srcobject, 'pager_object_list');

  let i: vm_pindex_t = 0;
  while (i < dstobject.size && srcobject.swp_bcount > 0) {
    const sindex: vm_pindex_t = i + offset;
    if (!swp_pager_meta_present(srcobject, sindex)) {
      /* Nothing up to the next block of metadata. */
      i += SWAP_META_PAGES - (sindex & SWAP_META_MASK);
      continue;
    }
    const blk = swp_pager_meta_ctl(srcobject, sindex, 0);
    const wanted =
      vm_page_lookup(dstobject, i) === null && swp_pager_meta_ctl(dstobject, i, 0) === SWAPBLK_NONE;
    if (blk !== SWAPBLK_NONE && wanted) {
      swp_pager_adopt(dstobject);
      /*
       * Not out of the one before it is in the other: while we wait the page may get a newer block, which
       * must not be lost.
       */
      if (!swp_pager_meta_set(dstobject, i, blk)) {
        yield* VM_WAIT();
        continue;
      }
      swp_pager_meta_ctl(srcobject, sindex, SWM_POP);
    } else {
      swp_pager_meta_ctl(srcobject, sindex, SWM_FREE);
    }
    i++;
  }
  if (destroysource !== 0) {
    swp_pager_meta_free_all(srcobject);
    /* It is on no list of ours any more (W4). */
    srcobject.type = OBJT_DEFAULT;
  }
}

/**
 * Does the page have a swap block? `before` and `after`, unless null, get the numbers of neighbours whose
 * blocks are neighbours too, up to half a metadata block each way: what may be read with it in one transfer
 * (a stripe may end before). Locks: vm lock held, kept. Does not sleep.
 */
export function swap_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  const blk0 = swp_pager_meta_ctl(object, pindex, 0);
  if (before !== null) before[0] = 0;
  if (after !== null) after[0] = 0;
  if (blk0 === SWAPBLK_NONE) return false;
  if (before !== null) {
    let n: int = 1;
    while (n < SWB_NPAGES && $u32(n) <= pindex) {
      if (swp_pager_meta_ctl(object, pindex - $u32(n), 0) !== blk0 - n) break;
      n++;
    }
    before[0] = n - 1;
  }
  if (after !== null) {
    let n: int = 1;
    while (n < SWB_NPAGES) {
      if (swp_pager_meta_ctl(object, pindex + $u32(n), 0) !== blk0 + n) break;
      n++;
    }
    after[0] = n - 1;
  }
  return true;
}

/** The page was dirtied: frees its swap block (W5). Locks: vm lock held, kept. Does not sleep. */
export function swap_pager_unswapped(m: vm_page): void {
  swp_pager_meta_ctl(m.object, m.pindex, SWM_FREE);
}
