/**
 * One pass of the page daemon (part of vm/vm_pageout.c): the scans of the inactive and of the active queue
 * and the cleaning of dirty pages in clusters. What is done when there is neither memory nor swap is in
 * vm_pageout_oom.ts.
 *
 * Invariants:
 *   O1 a page is written only while it is soft-busy and no mapping of it is writable: what the pager sends is
 *   what memory has
 *       when the transfer ends. The pager, not we, marks it clean.
 *   O2 the marker page (PG_MARKER) is on the inactive queue only while vm_pageout_clean may sleep. It has no
 *   object; who walks
 *       that queue skips it. It is not counted.
 *
 * Locks: the vm lock throughout; it is let go of in sleeps. Deviation: dirty pages of files are written
 * without a reference on or a lock of the vnode: paging_in_progress keeps the object and thereby the vnode,
 * and memfs's putpages needs no more.
 */
import { pmap_clear_modify, pmap_clear_reference, pmap_ts_referenced } from '../i386/pmap_bits.js';
import { pmap_collect } from '../i386/pmap_boot.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { time_second } from '../kern/kern_tc.js';
import { printf } from '../kern/subr_prf.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT, OBJT_SWAP, OBJ_DEAD, vm_object_pip_add, vm_object_pip_wakeup } from './vm_object.h.js';
import { kernel_object } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import {
  ACT_ADVANCE,
  ACT_DECLINE,
  ACT_MAX,
  PG_BUSY,
  PG_FICTITIOUS,
  PG_MARKER,
  PG_REFERENCED,
  PG_UNMANAGED,
  PG_WINATCFLS,
  PQ_ACTIVE,
  PQ_CACHE,
  PQ_INACTIVE,
  PQ_L2_MASK,
  PQ_PRIME2,
  VM_PAGE_BITS_ALL,
  VM_PAGE_INCACHE,
  vm_page_busy,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_free,
  vm_page_io_finish,
  vm_page_io_start,
  vm_page_undirty,
} from './vm_page.h.js';
import { vm_page_lookup } from './vm_page.js';
import { vm_page_test_dirty } from './vm_page_valid.js';
import {
  VM_SWAP_IDLE,
  VM_SWAP_NORMAL,
  vm_page_count_min,
  vm_page_count_severe,
  vm_page_count_target,
  vm_paging_target,
} from './vm_pageout.h.js';
import {
  defer_swap_pageouts,
  disable_swap_pageouts,
  vm_max_launder,
  vm_pageout_algorithm,
  vm_pageout_full_stats_interval,
  vm_pageout_page_count,
  vm_pageout_stats_interval,
  vm_pageout_stats_max,
  vm_req_vmdaemon,
  vm_swap_enabled,
  vm_swap_idle_enabled,
} from './vm_pageout.js';
import { vm_pageout_oom } from './vm_pageout_oom.js';
import {
  vm_page_activate,
  vm_page_cache,
  vm_page_deactivate,
  vm_page_list_find,
  vm_page_protect,
  vm_page_queues,
  vm_page_try_to_cache,
} from './vm_pageq.js';
import {
  VM_PAGER_AGAIN,
  VM_PAGER_BAD,
  VM_PAGER_ERROR,
  VM_PAGER_FAIL,
  VM_PAGER_OK,
  VM_PAGER_PEND,
  VM_PAGER_PUT_SYNC,
} from './vm_pager.h.js';
import { vm_pager_put_pages } from './vm_pager.js';
import { VM_PROT_NONE, VM_PROT_READ } from './vm_param.h.js';

/** Where the scan of the inactive queue goes on after a pageout (O2). */
let vm_pageout_marker: embed<vm_page>;
/** Colour of the cache queue to free from next. */
let cache_rover: int = 0;
/** Seconds since the last full statistics scan. */
let fullintervalcount: int = 0;
/** Second in which idle processes were last swapped out. */
let idle_lsec: int = 0;
/** Dirty pages that later passes may write: as many as there are. */
const LAUNDER_ALL = 10000;
/** Largest cluster (vm_pageout_page_count may be less). */
const CLUSTER_MAX = 16;

/**
 * Puts a page that is on the active or inactive queue at the tail of it. Locks: vm lock held, kept. Does not
 * sleep.
 */
export function vm_page_requeue(m: vm_page): void {
  const q = vm_page_queues[m.queue];
  KASSERT(m.queue === PQ_ACTIVE || m.queue === PQ_INACTIVE, 'vm_page_requeue: queue %d', m.queue);
  TAILQ_REMOVE(q.pl, m, 'pageq');
  TAILQ_INSERT_TAIL(q.pl, m, 'pageq');
}

/** Raises a page's usage count, up to ACT_MAX. Locks: vm lock held, kept. Does not sleep. */
export function vm_page_act_advance(m: vm_page, n: int): void {
  const count: int = m.act_count + n;
  m.act_count = count < ACT_MAX ? count : ACT_MAX;
}

/*
 * Cleaning.
 */

/**
 * Can the page be written in one cluster with a neighbour? Dirty, inactive and in nobody's hands.
 * Locks: vm lock held, kept. Does not sleep.
 */
function vm_pageout_clusterable(p: vm_page): boolean {
  if (p === null || VM_PAGE_INCACHE(p)) return false;
  if ((p.flags & (PG_BUSY | PG_UNMANAGED)) !== 0 || p.busy !== 0) return false;
  vm_page_test_dirty(p);
  if ((p.dirty & p.valid) === 0 || p.queue !== PQ_INACTIVE) return false;
  return p.wire_count === 0 && p.hold_count === 0;
}

/**
 * Writes a page, together with neighbours in its object that need it too: backwards up to a cluster's
 * boundary first, then forwards, then backwards beyond it. Returns how many pages were written or are under
 * way, 0 if the page cannot be now. Locks: vm lock held; let go of in the pager. May sleep.
 */
export function* vm_pageout_clean(m: vm_page): Sleeps<int> {
  const mc = $local<array<vm_page, 32>>();
  const object = m.object;
  const pindex = m.pindex;
  vm_assert();
  if (m.hold_count !== 0 || m.busy !== 0 || (m.flags & (PG_BUSY | PG_UNMANAGED)) !== 0) return 0;

  let base: int = CLUSTER_MAX;
  mc[base] = m;
  let n: int = 1;
  let back: u32 = 1;
  let ahead: u32 = 1;
  let stop: boolean = false;
  while (n < vm_pageout_page_count && !stop) {
    if (back > pindex) break;
    const p = vm_page_lookup(object, pindex - back);
    if (!vm_pageout_clusterable(p)) {
      back = pindex + 1;
      break;
    }
    mc[--base] = p;
    n++;
    stop = (pindex - back) % $u32(vm_pageout_page_count) === 0;
    back++;
  }
  while (n < vm_pageout_page_count && pindex + ahead < object.size) {
    const p = vm_page_lookup(object, pindex + ahead);
    if (!vm_pageout_clusterable(p)) break;
    mc[base + n] = p;
    n++;
    ahead++;
  }
  while (n < vm_pageout_page_count && back <= pindex) {
    const p = vm_page_lookup(object, pindex - back);
    if (!vm_pageout_clusterable(p)) break;
    mc[--base] = p;
    n++;
    back++;
  }
  return yield* vm_pageout_flush($ref(mc[base]), n, 0);
}

/**
 * Has the pager write `count` pages that follow each other in one object. Returns how many were written or
 * are under way. The others are as dirty as before; those for which there was no room, or an error, become
 * active, so that they do not clog the inactive queue. Locks: vm lock held; let go of in the pager. May
 * sleep.
 */
export function* vm_pageout_flush(mc: ptr<vm_page>, count: int, flags: int): Sleeps<int> {
  const pageout_status = $local<array<int, 16>>();
  let numpagedout: int = 0;
  vm_assert();
  KASSERT(count > 0 && count <= CLUSTER_MAX, 'vm_pageout_flush: %d pages', count);
  const object = mc[0].object;
  for (let i: int = 0; i < count; i++) {
    const m = mc[i];
    KASSERT(
      m.valid === VM_PAGE_BITS_ALL,
      'vm_pageout_flush page %p index %d/%d: partially valid page',
      $addr(m),
      i,
      count,
    );
    vm_page_io_start(m);
    vm_page_protect(m, VM_PROT_READ);
  }
  vm_object_pip_add(object, count);
  const how = flags | (object === kernel_object ? VM_PAGER_PUT_SYNC : 0);
  yield* vm_pager_put_pages(object, mc, count, how, $ref(pageout_status[0]));
  for (let i: int = 0; i < count; i++) {
    const status = pageout_status[i];
    /* Under way or over: page and count are the completion's. The page may be anything by now. */
    if (status === VM_PAGER_PEND) numpagedout++;
    else if (vm_pageout_flushed(object, mc[i], status)) numpagedout++;
  }
  return numpagedout;
}

/**
 * Ends the pageout of a page with which the pager is done. True if the page was written.
 * Locks: vm lock held, kept. Does not sleep.
 */
function vm_pageout_flushed(object: vm_object, mt: vm_page, status: int): boolean {
  switch (status) {
    case VM_PAGER_OK:
    case VM_PAGER_AGAIN:
      break;
    case VM_PAGER_BAD:
      /* Beyond the end of the object: as good as written. */
      pmap_clear_modify(mt);
      vm_page_undirty(mt);
      break;
    case VM_PAGER_ERROR:
    case VM_PAGER_FAIL:
      vm_page_activate(mt);
      break;
    default:
      panic('vm_pageout_flush: status %d', status);
  }
  vm_object_pip_wakeup(object);
  vm_page_io_finish(mt);
  if (!vm_page_count_severe() || !vm_page_try_to_cache(mt)) vm_page_protect(mt, VM_PROT_READ);
  return status === VM_PAGER_OK;
}

/*
 * The inactive queue.
 */

/** vm_pageout_inactive_page: what became of a page. */
const IP_KEPT = 0; /* it stays, or became active */
const IP_GOT = 1; /* it is free or cached */
const IP_INUSE = 2; /* somebody has it: one more to find elsewhere */
const IP_DIRTY = 3; /* it could be written */

/** Frees a page that nobody has in hand. Locks: vm lock held, kept. Does not sleep. */
function vm_pageout_page_free(m: vm_page): void {
  vm_page_busy(m);
  vm_page_protect(m, VM_PROT_NONE);
  vm_page_free(m);
  cnt.v_dfree++;
}

/**
 * Looks at a page of the inactive queue: activates it if it was used, frees or caches it if it is clean. A
 * dirty one goes round the queue once more in the first pass (PG_WINATCFLS), since writing it costs so much
 * more than taking a clean one. Locks: vm lock held, kept. Does not sleep.
 */
function vm_pageout_inactive_page(m: vm_page, pass: int): int {
  if (m.hold_count !== 0) {
    vm_page_requeue(m);
    return IP_INUSE;
  }
  /* At the head of the queue it stays: it is probably being written. */
  if (m.busy !== 0 || (m.flags & PG_BUSY) !== 0) return IP_INUSE;

  if (m.object.ref_count === 0) {
    /* Nobody can refer to it any more. */
    vm_page_flag_clear(m, PG_REFERENCED);
    pmap_clear_reference(m);
  } else {
    const known = (m.flags & PG_REFERENCED) !== 0;
    const actcount = pmap_ts_referenced(m);
    if (known || actcount !== 0) {
      vm_page_flag_clear(m, PG_REFERENCED);
      vm_page_activate(m);
      vm_page_act_advance(m, actcount + ACT_ADVANCE + (known ? 1 : 0));
      return IP_KEPT;
    }
  }
  if (m.dirty === 0) vm_page_test_dirty(m);
  else vm_page_dirty(m);

  if (m.valid === 0) {
    vm_pageout_page_free(m);
    return IP_GOT;
  }
  if (m.dirty === 0) {
    vm_page_cache(m);
    return IP_GOT;
  }
  if ((m.flags & PG_WINATCFLS) === 0 && pass === 0) {
    vm_page_flag_set(m, PG_WINATCFLS);
    vm_page_requeue(m);
    return IP_KEPT;
  }
  return IP_DIRTY;
}

/** May dirty pages of this object be written now? Locks: vm lock held, kept. Does not sleep. */
function vm_pageout_allowed(object: vm_object): boolean {
  if ((object.flags & OBJ_DEAD) !== 0) return false;
  if (object.type !== OBJT_SWAP && object.type !== OBJT_DEFAULT) return true;
  if (disable_swap_pageouts !== 0) return false;
  return defer_swap_pageouts === 0 || vm_page_count_min();
}

/**
 * Writes a dirty page of the inactive queue and returns the one to go on with. The marker keeps our place
 * meanwhile (O2): the neighbour may be written along, or go anywhere while the pager sleeps. *cleaned becomes
 * 1 if it was written. Locks: vm lock held; let go of in the pager. May sleep.
 */
function* vm_pageout_launder(m: vm_page, cleaned: ptr<int>): Sleeps<vm_page> {
  const q = vm_page_queues[PQ_INACTIVE].pl;
  TAILQ_INSERT_AFTER(q, m, vm_pageout_marker, 'pageq');
  cleaned[0] = (yield* vm_pageout_clean(m)) !== 0 ? 1 : 0;
  const next = TAILQ_NEXT(vm_pageout_marker, 'pageq');
  TAILQ_REMOVE(q, vm_pageout_marker, 'pageq');
  return next;
}

/**
 * Goes through the inactive queue for pages to free, cache or write, until `shortage` are found or all pages
 * were seen. Returns how many could not be had because they were in use. Locks: vm lock held; let go of in
 * the pager. May sleep.
 */
function* vm_pageout_scan_inactive(pass: int, shortage: int, in_use: int): Sleeps<int> {
  const cleaned = $var<int>();
  const q = vm_page_queues[PQ_INACTIVE].pl;
  let maxlaunder: int = pass !== 0 ? LAUNDER_ALL : vm_max_launder;
  if (maxlaunder < 1) maxlaunder = 1;
  let page_shortage = shortage;
  let skipped = in_use;
  let maxscan: int = $i32(cnt.v_inactive_count);
  let m = TAILQ_FIRST(q);
  while (m !== null && maxscan-- > 0 && page_shortage > 0) {
    cnt.v_pdpages++;
    /* We have had the lock since we found it, or the marker's place. */
    KASSERT(m.queue === PQ_INACTIVE, 'vm_pageout_scan: page %p is on queue %d', $addr(m), m.queue);
    let next = TAILQ_NEXT(m, 'pageq');
    if ((m.flags & PG_MARKER) !== 0) {
      m = next;
      continue;
    }
    const fate = vm_pageout_inactive_page(m, pass);
    if (fate === IP_GOT) page_shortage--;
    else if (fate === IP_INUSE) skipped++;
    else if (fate === IP_DIRTY && maxlaunder > 0) {
      if (!vm_pageout_allowed(m.object)) {
        vm_page_requeue(m);
      } else {
        next = yield* vm_pageout_launder(m, cleaned);
        /* It will be clean: counting it now keeps us from writing too much. */
        if (cleaned[0] !== 0) {
          page_shortage--;
          maxlaunder--;
        }
      }
    }
    m = next;
  }
  return skipped;
}

/*
 * The active queue.
 */

/** Somebody works on the page: it is neither aged nor moved. Locks: vm lock held, kept. Does not sleep. */
function vm_pageout_page_inuse(m: vm_page): boolean {
  return m.busy !== 0 || (m.flags & PG_BUSY) !== 0 || m.hold_count !== 0;
}

/**
 * Looks at a page of the active queue: used, it rises; else it ages, and an old one becomes inactive (or
 * cached, if it is clean and its object is nobody's). True if it did. Locks: vm lock held, kept. Does not
 * sleep.
 */
function vm_pageout_active_page(m: vm_page): boolean {
  const owned = m.object.ref_count !== 0;
  let actcount: int = 0;
  cnt.v_pdpages++;
  if (owned) {
    if ((m.flags & PG_REFERENCED) !== 0) actcount = 1;
    actcount += pmap_ts_referenced(m);
  }
  vm_page_flag_clear(m, PG_REFERENCED);
  if (actcount !== 0) {
    vm_page_act_advance(m, ACT_ADVANCE + actcount);
    vm_page_requeue(m);
    return false;
  }
  m.act_count -= m.act_count < ACT_DECLINE ? m.act_count : ACT_DECLINE;
  if (owned && vm_pageout_algorithm === 0 && m.act_count !== 0) {
    vm_page_requeue(m);
    return false;
  }
  if (!owned) {
    vm_page_protect(m, VM_PROT_NONE);
    if (m.dirty === 0) {
      vm_page_cache(m);
      return true;
    }
  }
  vm_page_deactivate(m);
  return true;
}

/**
 * Goes through the active queue for `shortage` pages to make inactive.
 * Locks: vm lock held, kept. Does not sleep; a generator so that its long loop can be preempted.
 */
function* vm_pageout_scan_active(shortage: int): Sleeps {
  let page_shortage = shortage;
  let pcount: int = $i32(cnt.v_active_count);
  let m = TAILQ_FIRST(vm_page_queues[PQ_ACTIVE].pl);
  while (m !== null && pcount-- > 0 && page_shortage > 0) {
    KASSERT(m.queue === PQ_ACTIVE, "vm_pageout_scan: page %p isn't active", $addr(m));
    const next = TAILQ_NEXT(m, 'pageq');
    if (vm_pageout_page_inuse(m)) vm_page_requeue(m);
    else if (vm_pageout_active_page(m)) page_shortage--;
    m = next;
  }
}

/**
 * Every few seconds without a shortage: ages active pages, a share of them or now and then all, so that their
 * counts mean something when it comes to it. An old page is unmapped too, which makes resident-set sizes
 * exact. Locks: vm lock held, kept. Does not sleep; a generator so that its long loop can be preempted.
 */
export function* vm_pageout_page_stats(): Sleeps {
  const avail: u32 = cnt.v_free_count + cnt.v_inactive_count + cnt.v_cache_count;
  vm_assert();
  if (cnt.v_inactive_target + cnt.v_cache_max + cnt.v_free_min <= avail) return;
  let pcount: u32 = cnt.v_active_count;
  fullintervalcount += vm_pageout_stats_interval;
  if (fullintervalcount < vm_pageout_full_stats_interval) {
    const tpcount: u32 = $u32(
      ($i64(vm_pageout_stats_max) * $i64(cnt.v_active_count)) / $i64(cnt.v_page_count),
    );
    if (pcount > tpcount) pcount = tpcount;
  } else {
    fullintervalcount = 0;
  }
  let m = TAILQ_FIRST(vm_page_queues[PQ_ACTIVE].pl);
  for (; m !== null && pcount > 0; pcount--) {
    const next = TAILQ_NEXT(m, 'pageq');
    if (vm_pageout_page_inuse(m)) vm_page_requeue(m);
    else vm_pageout_stats_page(m);
    m = next;
  }
}

/** One page of that. Locks: vm lock held, kept. Does not sleep. */
function vm_pageout_stats_page(m: vm_page): void {
  let actcount: int = (m.flags & PG_REFERENCED) !== 0 ? 1 : 0;
  vm_page_flag_clear(m, PG_REFERENCED);
  actcount += pmap_ts_referenced(m);
  if (actcount !== 0) {
    vm_page_act_advance(m, ACT_ADVANCE + actcount);
    vm_page_requeue(m);
  } else if (m.act_count === 0) {
    vm_page_protect(m, VM_PROT_NONE);
    vm_page_deactivate(m);
  } else {
    m.act_count -= m.act_count < ACT_DECLINE ? m.act_count : ACT_DECLINE;
    vm_page_requeue(m);
  }
}

/*
 * The pass.
 */

/**
 * Frees cached pages until v_free_reserved are really free: interrupts cannot take cached ones.
 * Locks: vm lock held, kept. Does not sleep.
 */
function vm_pageout_free_cache(): void {
  while (cnt.v_free_count < cnt.v_free_reserved) {
    const m = vm_page_list_find(PQ_CACHE, cache_rover, false);
    if (m === null) return;
    if (
      (m.flags & (PG_BUSY | PG_UNMANAGED)) !== 0 ||
      m.busy !== 0 ||
      m.hold_count !== 0 ||
      m.wire_count !== 0
    ) {
      printf('Warning: busy page %p found in cache\n', $addr(m));
      vm_page_deactivate(m);
      continue;
    }
    cache_rover = (cache_rover + PQ_PRIME2) & PQ_L2_MASK;
    vm_pageout_page_free(m);
  }
}

/** Prepares the marker. Locks: vm lock held, kept. Does not sleep. */
function vm_pageout_marker_init(): void {
  vm_pageout_marker.flags = PG_BUSY | PG_FICTITIOUS | PG_MARKER;
  vm_pageout_marker.queue = PQ_INACTIVE;
  vm_pageout_marker.wire_count = 1;
}

/**
 * One pass: frees and caches what it can of the inactive queue, refills that from the active one, and calls
 * for help where that was not enough: for vm_daemon to swap processes out, and for a process to be killed
 * when swap is full too. `pass` 0 is the careful one. Locks: vm lock held; let go of in sleeps. May sleep.
 */
export function* vm_pageout_scan(pass: int): Sleeps {
  vm_assert();
  vm_pageout_marker_init();
  pmap_collect();
  const deficit = vm_pageout_deficit;
  vm_pageout_deficit = 0;
  const in_use = yield* vm_pageout_scan_inactive(pass, vm_paging_target() + deficit, deficit);

  const wanted = vm_paging_target() + $i32(cnt.v_inactive_target) - $i32(cnt.v_inactive_count);
  yield* vm_pageout_scan_active(wanted + in_use);
  vm_pageout_free_cache();

  if (vm_paging_target() > 0 && vm_swap_enabled !== 0 && vm_page_count_target()) {
    vm_pageout_req_swapout |= VM_SWAP_NORMAL;
    vm_req_vmdaemon();
  }
  if (vm_swap_idle_enabled !== 0 && time_second !== idle_lsec) {
    idle_lsec = time_second;
    vm_pageout_req_swapout |= VM_SWAP_IDLE;
    vm_req_vmdaemon();
  }
  yield* vm_pageout_oom();
}
