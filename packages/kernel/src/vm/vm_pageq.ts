/**
 * Page queues (in BSD a part of vm/vm_page.c, later vm/vm_pageq.c): how pages move between free, cache,
 * inactive, active and hold, and how they are wired. Free and cache have a queue for each of PQ_L2_SIZE
 * colours, so that neighbouring pages of an object fall into different parts of a physically indexed cache.
 * The invariants are those at the top of vm_page.ts.
 */
import { pmap_page_protect } from '../i386/pmap.js';
import { panic } from '../kern/kern_shutdown.js';
import { printf } from '../kern/subr_prf.js';
import { cnt } from './vm_meter.js';
import type { vm_page, vpgqueues } from './vm_page.h.js';
import {
  ACT_INIT,
  PG_BUSY,
  PG_MAPPED,
  PG_UNMANAGED,
  PG_WINATCFLS,
  PG_WRITEABLE,
  PQ_ACTIVE,
  PQ_CACHE,
  PQ_COUNT,
  PQ_FREE,
  PQ_HOLD,
  PQ_INACTIVE,
  PQ_L2_MASK,
  PQ_L2_SIZE,
  PQ_NONE,
  VM_PAGE_INCACHE,
  VM_PAGE_QUEUE_BASE,
  vm_page_busy,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_free,
  vm_page_unqueue_nowakeup,
} from './vm_page.h.js';
import { vm_page_free_toq, vm_page_free_wakeup } from './vm_page.js';
import { vm_page_test_dirty } from './vm_page_valid.js';
import { vm_paging_needed } from './vm_pageout.h.js';
import { pagedaemon_wakeup } from './vm_pageout.js';
import { VM_PROT_NONE, VM_PROT_READ } from './vm_param.h.js';

export let vm_page_queues: array<embed<vpgqueues>, 36>;

/** Counts calls of vm_page_dontneed, for its weighting. */
let dnweight: int = 0;

/** Empties the queues and tells each its counter. Locks: startup. Does not sleep. */
export function vm_pageq_init(): void {
  for (let i = 0; i < PQ_COUNT; i++) {
    TAILQ_INIT(vm_page_queues[i].pl);
    vm_page_queues[i].lcnt = 0;
  }
  for (let i = 0; i < PQ_L2_SIZE; i++) {
    vm_page_queues[PQ_FREE + i].cntp = $ref(cnt.v_free_count);
    vm_page_queues[PQ_CACHE + i].cntp = $ref(cnt.v_cache_count);
  }
  vm_page_queues[PQ_NONE].cntp = null;
  vm_page_queues[PQ_INACTIVE].cntp = $ref(cnt.v_inactive_count);
  /* As in BSD, held pages count as active: they are not for the taking. */
  vm_page_queues[PQ_ACTIVE].cntp = $ref(cnt.v_active_count);
  vm_page_queues[PQ_HOLD].cntp = $ref(cnt.v_active_count);
}

/**
 * Puts a page that is on no queue at the tail of one. Locks: V held. Does not sleep. @inline
 */
function vm_pageq_enqueue(m: vm_page, queue: int): void {
  KASSERT(m.queue === PQ_NONE, 'vm_pageq_enqueue: page %p is on queue %d', $addr(m), m.queue);
  const tailq = vm_page_queues[queue];
  m.queue = queue;
  TAILQ_INSERT_TAIL(tailq.pl, m, 'pageq');
  tailq.lcnt++;
  tailq.cntp[0]++;
}

/**
 * Takes a page off its queue, if it is on one; the page daemon hears of it if that was a cached page and
 * pages are short. Locks: V held. Does not sleep.
 */
export function vm_page_unqueue(m: vm_page): void {
  const cached = VM_PAGE_INCACHE(m);
  vm_page_unqueue_nowakeup(m);
  if (cached && vm_paging_needed()) pagedaemon_wakeup();
}

/**
 * A page of the free or cache queues: of the wanted colour, else of the nearest colour that has one. Zeroed
 * pages are at the tails. The page stays on its queue. Locks: V held. Does not sleep.
 */
export function vm_page_list_find(basequeue: int, index: int, prefer_zero: boolean): vm_page {
  const head = vm_page_queues[basequeue + index].pl;
  if (!TAILQ_EMPTY(head)) return prefer_zero ? TAILQ_LAST(head, 'pageq') : TAILQ_FIRST(head);
  for (let i = PQ_L2_SIZE / 2; i > 0; i--) {
    let m = TAILQ_FIRST(vm_page_queues[basequeue + ((index + i) & PQ_L2_MASK)].pl);
    if (m !== null) return m;
    m = TAILQ_FIRST(vm_page_queues[basequeue + ((index - i) & PQ_L2_MASK)].pl);
    if (m !== null) return m;
  }
  return null;
}

/**
 * Makes a page active, or tells an active one that it is wanted. Wired and unmanaged pages stay off the
 * queues. Locks: V held. Does not sleep.
 */
export function vm_page_activate(m: vm_page): void {
  if (m.queue !== PQ_ACTIVE) {
    KASSERT(VM_PAGE_QUEUE_BASE(m) !== PQ_FREE, 'vm_page_activate: free page %p', $addr(m));
    if (VM_PAGE_INCACHE(m)) cnt.v_reactivated++;
    if (m.queue !== PQ_NONE) vm_page_unqueue(m);
    if (m.wire_count !== 0 || (m.flags & PG_UNMANAGED) !== 0) return;
    vm_pageq_enqueue(m, PQ_ACTIVE);
  }
  if (m.act_count < ACT_INIT) m.act_count = ACT_INIT;
}

/**
 * Makes a page inactive: at the head of the queue it goes soon, at the tail later. Wired and unmanaged pages
 * stay off the queues. Locks: V held. Does not sleep.
 */
function _vm_page_deactivate(m: vm_page, athead: boolean): void {
  if (m.queue === PQ_INACTIVE) return;
  if (m.wire_count !== 0 || (m.flags & PG_UNMANAGED) !== 0) return;
  if (VM_PAGE_INCACHE(m)) cnt.v_reactivated++;
  vm_page_flag_clear(m, PG_WINATCFLS);
  vm_page_unqueue(m);
  if (athead) {
    const inactive = vm_page_queues[PQ_INACTIVE];
    m.queue = PQ_INACTIVE;
    TAILQ_INSERT_HEAD(inactive.pl, m, 'pageq');
    inactive.lcnt++;
    inactive.cntp[0]++;
  } else {
    vm_pageq_enqueue(m, PQ_INACTIVE);
  }
}

/** Makes a page inactive, as the last in its queue. Locks: V held. Does not sleep. */
export function vm_page_deactivate(m: vm_page): void {
  _vm_page_deactivate(m, false);
}

/**
 * Makes a clean page cached: it keeps its identity, but anybody may take the frame.
 * Locks: V held; unmaps the page. Does not sleep.
 */
export function vm_page_cache(m: vm_page): void {
  if ((m.flags & (PG_BUSY | PG_UNMANAGED)) !== 0 || m.busy !== 0 || m.wire_count !== 0) {
    printf('vm_page_cache: attempting to cache busy page\n');
    return;
  }
  if (VM_PAGE_INCACHE(m)) return;
  vm_page_protect(m, VM_PROT_NONE);
  if (m.dirty !== 0) panic('vm_page_cache: caching a dirty page, pindex: %ld', m.pindex);
  vm_page_unqueue_nowakeup(m);
  vm_pageq_enqueue(m, PQ_CACHE + m.pc);
  cnt.v_tcached++;
  vm_page_free_wakeup();
}

/** Caches the page if it is clean and in nobody's hands; TRUE if so. Locks: V held. Does not sleep. */
export function vm_page_try_to_cache(m: vm_page): boolean {
  if (m.dirty !== 0 || m.hold_count !== 0 || m.busy !== 0 || m.wire_count !== 0) return false;
  if ((m.flags & (PG_BUSY | PG_UNMANAGED)) !== 0) return false;
  vm_page_test_dirty(m);
  if (m.dirty !== 0) return false;
  vm_page_cache(m);
  return true;
}

/** Frees the page if it is clean and in nobody's hands; TRUE if so. Locks: V held. Does not sleep. */
export function vm_page_try_to_free(m: vm_page): boolean {
  if (m.dirty !== 0 || m.hold_count !== 0 || m.busy !== 0 || m.wire_count !== 0) return false;
  if ((m.flags & (PG_BUSY | PG_UNMANAGED)) !== 0) return false;
  vm_page_test_dirty(m);
  if (m.dirty !== 0) return false;
  vm_page_busy(m);
  vm_page_protect(m, VM_PROT_NONE);
  vm_page_free(m);
  return true;
}

/**
 * The owner will hardly use the page again soon: lowers its rank, but with restraint (most of the time to the
 * head of the inactive queue, now and then to its tail, now and then nothing), so that a caller who streams
 * through data with madvise does not flush everything. Locks: V held. Does not sleep.
 */
export function vm_page_dontneed(m: vm_page): void {
  dnweight++;
  const dnw = dnweight;
  if ((dnw & 0x01f0) === 0 || m.queue === PQ_INACTIVE || VM_PAGE_INCACHE(m)) {
    if (m.act_count >= ACT_INIT) m.act_count--;
    return;
  }
  if (m.dirty === 0) vm_page_test_dirty(m);
  _vm_page_deactivate(m, m.dirty === 0 && (dnw & 0x0070) !== 0);
}

/**
 * The contents of a page that the caller has found in its object are changed: it leaves the cache, whose
 * pages are clean, and is dirty. vm_page_dirty is for pages that are mapped or the caller's own. Locks: V
 * held. Does not sleep.
 */
export function vm_page_dirty_found(m: vm_page): void {
  if (VM_PAGE_INCACHE(m)) vm_page_deactivate(m);
  vm_page_dirty(m);
}

/**
 * Wires a page: it leaves the queues and stays resident until the last vm_page_unwire.
 * Locks: V held. Does not sleep.
 */
export function vm_page_wire(m: vm_page): void {
  if (m.wire_count === 0) {
    KASSERT(VM_PAGE_QUEUE_BASE(m) !== PQ_FREE, 'vm_page_wire: page %p is free', $addr(m));
    if ((m.flags & PG_UNMANAGED) === 0) vm_page_unqueue(m);
    cnt.v_wire_count++;
  }
  m.wire_count++;
  KASSERT(m.wire_count !== 0, 'vm_page_wire: wire_count overflow m=%p', $addr(m));
  vm_page_flag_set(m, PG_MAPPED);
}

/**
 * Takes one wiring away. With the last, the page becomes active or inactive as the caller wishes; a page that
 * is about to be freed passes through the queue. Locks: V held. Does not sleep.
 */
export function vm_page_unwire(m: vm_page, activate: int): void {
  if (m.wire_count === 0) panic('vm_page_unwire: invalid wire count: %d\n', m.wire_count);
  m.wire_count--;
  if (m.wire_count !== 0) return;
  cnt.v_wire_count--;
  if ((m.flags & PG_UNMANAGED) !== 0) return;
  if (activate !== 0) {
    vm_pageq_enqueue(m, PQ_ACTIVE);
    return;
  }
  vm_page_flag_clear(m, PG_WINATCFLS);
  vm_pageq_enqueue(m, PQ_INACTIVE);
}

/**
 * Takes one hold away; if the page was freed meanwhile, its frame is free now. Locks: V held. Does not sleep.
 */
export function vm_page_unhold(m: vm_page): void {
  KASSERT(m.hold_count > 0, 'vm_page_unhold: hold count < 0!!!');
  m.hold_count--;
  if (m.hold_count === 0 && m.queue === PQ_HOLD) vm_page_free_toq(m);
}

/**
 * Lowers the protection of all mappings of a page; PG_MAPPED and PG_WRITEABLE save the work where there is
 * none. Locks: V held. Does not sleep.
 */
export function vm_page_protect(m: vm_page, prot: u32): void {
  if (prot === VM_PROT_NONE) {
    if ((m.flags & (PG_WRITEABLE | PG_MAPPED)) !== 0) {
      pmap_page_protect(m, VM_PROT_NONE);
      vm_page_flag_clear(m, PG_WRITEABLE | PG_MAPPED);
    }
  } else if (prot === VM_PROT_READ && (m.flags & PG_WRITEABLE) !== 0) {
    pmap_page_protect(m, VM_PROT_READ);
    vm_page_flag_clear(m, PG_WRITEABLE);
  }
}
