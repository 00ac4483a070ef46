/**
 * The daemons of the vm system (vm/vm_pageout.c): the page daemon (process 2), which keeps pages free and
 * cached, and vm_daemon (process 3), which swaps processes out and holds them to their resident-set limits.
 * What the page daemon does in one pass is in vm_pageout_scan.ts.
 *
 * Invariants:
 *   D1 vm_pages_needed is set by who runs short and cleared only by the page daemon and by
 *   vm_page_free_wakeup, both
 *       under the vm lock, with which the daemon also goes to sleep: no call is lost.
 *   D2  the thresholds are 0 until the page daemon has started; nobody waits for memory before that.
 *   D3  while vm_daemon works on a map, that map's address space must exist: see regime.vm_daemon_allproc and
 *       regime.vm_daemon_vmspace_ref for who sees to it. The map's lock keeps its entries, the vm lock
 *       everything else.
 */
import type { trapframe } from '../i386/frame.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { pmap_remove } from '../i386/pmap.js';
import { pmap_page_exists, pmap_ts_referenced } from '../i386/pmap_bits.js';
import { pageproc } from '../kern/init_main.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from '../kern/kern_mutex.js';
import { allproc, allproc_lock } from '../kern/kern_proc.js';
import { vm_assert, vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { regime, vm_sleep } from '../kern/kern_regime.js';
import { sx_slock, sx_sunlock } from '../kern/kern_sx.js';
import { hz, wakeup } from '../kern/kern_synch.js';
import { ticks } from '../kern/kern_timeout.js';
import { PS_INMEM, P_SYSTEM, P_WEXIT, SRUN, SSLEEP } from '../sys/_proc.h.js';
import { mtx_lock } from '../sys/mutex.h.js';
import { PAGE_SIZE, PPAUSE, PVM } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_RSS, RLIM_INFINITY } from '../sys/resource.h.js';
import type { rlim_t, vm_pindex_t } from '../sys/types.h.js';
import { swap_pager_swap_init } from './swap_pager.js';
import type { vm_map, vmspace } from './vm_map.h.js';
import { MAP_ENTRY_IS_SUB_MAP, vm_map_pmap, vmspace_resident_count } from './vm_map.h.js';
import { vm_map_trylock, vm_map_unlock } from './vm_map_lock.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEVICE, OBJT_PHYS } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';
import {
  ACT_ADVANCE,
  ACT_DECLINE,
  PG_BUSY,
  PG_REFERENCED,
  PG_UNMANAGED,
  PQ_ACTIVE,
  PQ_INACTIVE,
  PQ_L2_SIZE,
  vm_page_flag_clear,
  vm_page_flag_set,
} from './vm_page.h.js';
import { vm_page_count_min, vm_paging_needed } from './vm_pageout.h.js';
import {
  vm_page_act_advance,
  vm_page_requeue,
  vm_pageout_page_stats,
  vm_pageout_scan,
} from './vm_pageout_scan.js';
import { vm_page_activate, vm_page_deactivate, vm_page_protect } from './vm_pageq.js';
import { VM_MAXUSER_ADDRESS, VM_MIN_ADDRESS, VM_PROT_NONE } from './vm_param.h.js';
import { swapout_procs } from './vm_swapout.js';
import { vmspace_free } from './vm_vmspace.js';

/** Somebody needs pages: what the page daemon sleeps on ("psleep"). */
export let vm_pages_needed: int = 0;
/** The page daemon itself waits for a page. */
export let vm_pageout_pages_needed: int = 0;
/** Allocations that failed since the last pass: pages to get on top of the target. */
export let vm_pageout_deficit: int = 0;
/** What vm_daemon sleeps on, and VM_SWAP_*: what it is to swap out. */
export let vm_daemon_needed: int = 0;
export let vm_pageout_req_swapout: int = 0;

/**
 * sysctl vm.*: deactivate as soon as a page is not referenced; pages per statistics scan, its intervals in
 * seconds.
 */
export let vm_pageout_algorithm: int = 0;
export let vm_pageout_stats_max: int = 0;
export let vm_pageout_stats_interval: int = 0;
export let vm_pageout_full_stats_interval: int = 0;
/** sysctl vm.max_page_launder: dirty pages that a first pass may write. */
export let vm_max_launder: int = 32;
/**
 * sysctl vm.swap_enabled, vm.swap_idle_enabled: swap processes out when memory is short, and idle ones
 * always.
 */
export let vm_swap_enabled: int = 1;
export let vm_swap_idle_enabled: int = 0;
/** sysctl vm.defer_swap_pageouts, vm.disable_swap_pageouts. */
export let defer_swap_pageouts: int = 0;
export let disable_swap_pageouts: int = 0;
/** sysctl vm.max_wired: pages that processes may wire. */
export let vm_page_max_wired: int = 0;
/** Pages of a pageout cluster: half on machines with less than 8 MB. */
export let vm_pageout_page_count: int = 16;

/** MAXBSIZE of BSD: the largest file system block. */
const MAXBSIZE = 65536;
/** Machines with less pages than this have smaller clusters. */
const SMALL_MACHINE_PAGES = 2000;

/**
 * Tells the page daemon that pages are short. The daemon itself need not be told.
 * Locks: vm lock held, kept. Does not sleep.
 */
export function pagedaemon_wakeup(): void {
  if (vm_pages_needed === 0 && curproc() !== pageproc) {
    vm_pages_needed++;
    wakeup($addr($ref(vm_pages_needed)));
  }
}

/** When vm_daemon was last asked for, in ticks. */
let vm_daemon_lastrun: int = 0;

/**
 * Asks vm_daemon to look at the processes, once a second at most. Locks: vm lock held, kept. Does not sleep.
 */
export function vm_req_vmdaemon(): void {
  if (ticks - vm_daemon_lastrun > hz || ticks - vm_daemon_lastrun < 0) {
    wakeup($addr($ref(vm_daemon_needed)));
    vm_daemon_lastrun = ticks;
  }
}

/**
 * Sets the thresholds, all in pages. N is the number of pages, F of free ones now, C the pages of a cluster.
 *
 *   v_interrupt_free_min 2                                    for interrupts alone
 *   v_pageout_free_min   2 * MAXBSIZE / PAGE_SIZE + the above for the page daemon's own needs
 *   v_free_reserved      C + v_pageout_free_min + N / 768 + colours   below this only the system gets pages
 *   v_free_severe        min' / 2 + v_free_reserved           no more forks, and clean pages are cached at once
 *   v_free_min           min' + v_free_reserved               processes wait; min' = 4 + (N - 1024) / 200
 *   v_free_target        4 (F > 6144) or 2 times v_free_min, + v_free_reserved   the daemon's goal
 *   v_cache_min, _max    v_free_target and twice that; 0 on a small machine (F <= 2048)
 *   v_inactive_target    3/2 v_free_target, at most F / 3; F / 4 on a small machine
 *
 * The daemon is called when free and cached pages are below v_free_reserved + v_cache_min (vm_paging_needed)
 * and goes on until they reach v_free_target + v_cache_min (vm_paging_target). Locks: vm lock held, kept.
 * Does not sleep.
 */
function vm_pageout_thresholds(): void {
  const pages: u32 = cnt.v_page_count;
  const freecnt: u32 = cnt.v_free_count;
  vm_assert();
  KASSERT(pages > 0 && freecnt > 0, 'vm_pageout: %d pages, %d free', pages, freecnt);
  cnt.v_interrupt_free_min = 2;
  if (pages < SMALL_MACHINE_PAGES) vm_pageout_page_count = 8;

  const min: u32 = pages > 1024 ? 4 + (pages - 1024) / 200 : 4;
  cnt.v_pageout_free_min = (2 * MAXBSIZE) / PAGE_SIZE + cnt.v_interrupt_free_min;
  cnt.v_free_reserved = $u32(vm_pageout_page_count) + cnt.v_pageout_free_min + pages / 768 + PQ_L2_SIZE;
  cnt.v_free_severe = min / 2 + cnt.v_free_reserved;
  cnt.v_free_min = min + cnt.v_free_reserved;
  cnt.v_free_target = (freecnt > 6144 ? 4 : 2) * cnt.v_free_min + cnt.v_free_reserved;
  if (freecnt > 2048) {
    cnt.v_cache_min = cnt.v_free_target;
    cnt.v_cache_max = 2 * cnt.v_cache_min;
    cnt.v_inactive_target = (3 * cnt.v_free_target) / 2;
  } else {
    cnt.v_cache_min = 0;
    cnt.v_cache_max = 0;
    cnt.v_inactive_target = freecnt / 4;
  }
  if (cnt.v_inactive_target > freecnt / 3) cnt.v_inactive_target = freecnt / 3;

  if (vm_page_max_wired === 0) vm_page_max_wired = $i32(freecnt / 3);
  if (vm_pageout_stats_max === 0) vm_pageout_stats_max = $i32(cnt.v_free_target);
  if (vm_pageout_stats_interval === 0) vm_pageout_stats_interval = 5;
  if (vm_pageout_full_stats_interval === 0) vm_pageout_full_stats_interval = vm_pageout_stats_interval * 4;
}

/**
 * Process 2, the page daemon. It sleeps until pages are needed, and every few seconds looks at the active
 * pages. While pages stay needed it makes pass after pass: the first careful, the next all out, then with
 * half a second between them. Locks: none; takes the vm lock, and Giant first under regime.vm_daemons_giant.
 * Never returns. Sleeps.
 */
export function* vm_pageout(dummy: u32, frame: trapframe): Sleeps {
  let pass: int = 0;
  if (regime.vm_daemons_giant !== 0) yield* mtx_lock(Giant);
  yield* swap_pager_swap_init();
  yield* vm_lock();
  vm_pageout_thresholds();
  for (;;) {
    /* D1: not cleared before the target is reached, or every page would call us again. */
    if (vm_pages_needed !== 0 && !vm_page_count_min()) {
      if (!vm_paging_needed()) vm_pages_needed = 0;
      wakeup($addr($ref(cnt.v_free_count)));
    }
    if (vm_pages_needed !== 0) {
      pass++;
      if (pass > 1) yield* vm_sleep($addr($ref(vm_pages_needed)), PVM, 'psleep', hz / 2);
    } else {
      pass = pass > 1 ? 1 : 0;
      const error = yield* vm_sleep(
        $addr($ref(vm_pages_needed)),
        PVM,
        'psleep',
        vm_pageout_stats_interval * hz,
      );
      if (error !== 0 && vm_pages_needed === 0) {
        pass = 0;
        yield* vm_pageout_page_stats();
        continue;
      }
    }
    if (vm_pages_needed !== 0) cnt.v_pdwakeups++;
    yield* vm_pageout_scan(pass);
    vm_pageout_deficit = 0;
  }
}

/**
 * One page of an object that a map is to lose: an inactive one is unmapped, an active one ages, and is made
 * inactive when it is old enough, unless others share it (remove_mode). Locks: vm lock held, kept. Does not
 * sleep.
 */
function vm_pageout_page_deactivate(p: vm_page, remove_mode: boolean): void {
  const referenced = pmap_ts_referenced(p);
  let actcount: int = referenced;
  if (referenced !== 0) vm_page_flag_set(p, PG_REFERENCED);
  else if ((p.flags & PG_REFERENCED) !== 0) actcount = 1;

  if (p.queue !== PQ_ACTIVE) {
    if ((p.flags & PG_REFERENCED) !== 0) {
      vm_page_activate(p);
      vm_page_act_advance(p, actcount);
      vm_page_flag_clear(p, PG_REFERENCED);
    } else if (p.queue === PQ_INACTIVE) {
      vm_page_protect(p, VM_PROT_NONE);
    }
    return;
  }
  if ((p.flags & PG_REFERENCED) !== 0) {
    vm_page_activate(p);
    vm_page_flag_clear(p, PG_REFERENCED);
    vm_page_act_advance(p, ACT_ADVANCE);
    vm_page_requeue(p);
    return;
  }
  p.act_count -= p.act_count < ACT_DECLINE ? p.act_count : ACT_DECLINE;
  if (!remove_mode && (vm_pageout_algorithm !== 0 || p.act_count === 0)) {
    vm_page_protect(p, VM_PROT_NONE);
    vm_page_deactivate(p);
  } else {
    vm_page_requeue(p);
  }
}

/**
 * Lowers the rank of the pages of an object, and of those behind it, that a map has resident, until the map
 * has no more than `desired`. With map_remove_only, or where an object has several shadows, pages are only
 * aged. Locks: vm lock held, kept. Does not sleep; a generator so that its long loop can be preempted.
 */
export function* vm_pageout_object_deactivate_pages(
  map: vm_map,
  first: vm_object,
  desired: vm_pindex_t,
  map_remove_only: boolean,
): Sleeps {
  const pmap = vm_map_pmap(map);
  if (first.type === OBJT_DEVICE || first.type === OBJT_PHYS) return;
  for (let object = first; object !== null; object = object.backing_object) {
    if ($u32(pmap.pm_resident_count) <= desired || object.paging_in_progress !== 0) return;
    const remove_mode = map_remove_only || object.shadow_count > 1;
    let rcount: int = object.resident_page_count;
    let p = TAILQ_FIRST(object.memq);
    while (p !== null && rcount-- > 0) {
      if ($u32(pmap.pm_resident_count) <= desired) return;
      const next = TAILQ_NEXT(p, 'listq');
      cnt.v_pdpages++;
      const held = p.wire_count !== 0 || p.hold_count !== 0 || p.busy !== 0;
      if (!held && (p.flags & (PG_BUSY | PG_UNMANAGED)) === 0 && pmap_page_exists(pmap, p)) {
        vm_pageout_page_deactivate(p, remove_mode);
      }
      p = next;
    }
  }
}

/**
 * Deactivates pages of a map until no more than `desired` are resident: of its biggest object first, then of
 * the others in the order of addresses. With desired 0 (the process is swapped out) all mappings go, and the
 * page tables with them. Does nothing if the map is locked: its owner may be waiting for memory. Locks: vm
 * lock held, kept; takes and drops the map's lock. Does not sleep.
 */
export function* vm_pageout_map_deactivate_pages(map: vm_map, desired: vm_pindex_t): Sleeps {
  vm_assert();
  if (vm_map_trylock(map) !== 0) return;
  /* First the biggest object, of those that the map has for itself. */
  let bigobj: vm_object = null;
  for (let tmpe = map.header.next; tmpe !== map.header; tmpe = tmpe.next) {
    const obj = tmpe.object;
    if ((tmpe.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || obj === null || obj.shadow_count > 1) continue;
    if (bigobj === null || bigobj.resident_page_count < obj.resident_page_count) bigobj = obj;
  }
  if (bigobj !== null) yield* vm_pageout_object_deactivate_pages(map, bigobj, desired, false);

  for (let tmpe = map.header.next; tmpe !== map.header; tmpe = tmpe.next) {
    if ($u32(vm_map_pmap(map).pm_resident_count) <= desired) break;
    if ((tmpe.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || tmpe.object === null) continue;
    yield* vm_pageout_object_deactivate_pages(map, tmpe.object, desired, false);
  }
  if (desired === 0) pmap_remove(vm_map_pmap(map), VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  vm_map_unlock(map);
}

/** vm_daemon_limit: leave the process alone. */
const RSS_LEAVE = 0xffffffff;

/**
 * How many pages a process may have resident: what RLIMIT_RSS says, none if it is swapped out. RSS_LEAVE if
 * it is not to be touched: a system process, one that exits, or one that is neither running nor asleep.
 * Locks: allproc_lock; takes and drops sched_lock. Does not sleep.
 */
function vm_daemon_limit(p: proc): vm_pindex_t {
  if ((p.p_flag & (P_SYSTEM | P_WEXIT)) !== 0) return RSS_LEAVE;
  mtx_lock_spin(sched_lock);
  const alive = p.p_stat === SRUN || p.p_stat === SSLEEP;
  const inmem = (p.p_sflag & PS_INMEM) !== 0;
  mtx_unlock_spin(sched_lock);
  if (!alive || p.p_vmspace === null) return RSS_LEAVE;
  if (!inmem) return 0;
  const rss = p.p_limit.pl_rlimit[RLIMIT_RSS];
  const bytes: rlim_t = rss.rlim_cur < rss.rlim_max ? rss.rlim_cur : rss.rlim_max;
  if (bytes >= $i64(RLIM_INFINITY)) return RSS_LEAVE;
  const limit: i64 = bytes >> 12;
  return limit < $i64(RSS_LEAVE) ? $u32(limit) : RSS_LEAVE;
}

/** Address spaces that vm_daemon notes at a time when it does not keep allproc_lock. */
const VM_DAEMON_BATCH = 32;

/**
 * Notes up to VM_DAEMON_BATCH address spaces that are over their limits, after the first `skip` of them; with
 * a reference on each under regime.vm_daemon_vmspace_ref. Returns how many. Locks: takes and drops
 * allproc_lock (shared) and, for the references, the vm lock. May sleep.
 */
function* vm_daemon_note(vms: ptr<vmspace>, limits: ptr<vm_pindex_t>, skip: int): Sleeps<int> {
  let n: int = 0;
  let over: int = 0;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null && n < VM_DAEMON_BATCH; p = LIST_NEXT(p, 'p_list')) {
    const limit = vm_daemon_limit(p);
    if (limit === RSS_LEAVE || vmspace_resident_count(p.p_vmspace) < limit) continue;
    if (over++ < skip) continue;
    let vm = p.p_vmspace;
    if (regime.vm_daemon_vmspace_ref !== 0) {
      yield* vm_lock();
      /* An exec while we waited has made it another address space. */
      vm = p.p_vmspace;
      vm.vm_refcnt++;
      vm_unlock();
    }
    vms[n] = vm;
    limits[n] = limit;
    n++;
  }
  sx_sunlock(allproc_lock);
  return n;
}

/**
 * Process 3. When asked for: swaps out processes that sleep for long, then goes through all processes and
 * takes pages from those with more than their limit, and all mappings from those that are swapped out.
 *
 * What keeps a process's address space while we wait for the vm lock and work on its map (D3) is the
 * regime's: with vm_daemon_allproc allproc_lock is kept, so that the process cannot be reaped, though it can
 * exec. Without it (reconstructed) allproc_lock is not held while we wait for the vm lock: we note the
 * address spaces that are over their limits, let go of allproc_lock, and work through them. What keeps them
 * then is a reference with vm_daemon_vmspace_ref, and nothing without: the state of the report. Locks: none;
 * Giant for good under regime.vm_daemons_giant; takes and drops the vm lock, allproc_lock (shared) and what
 * swapout_procs takes. Never returns. Sleeps.
 */
export function* vm_daemon(dummy: u32, frame: trapframe): Sleeps {
  const vms = $local<array<vmspace, 32>>();
  const limits = $local<array<vm_pindex_t, 32>>();
  if (regime.vm_daemons_giant !== 0) yield* mtx_lock(Giant);
  for (;;) {
    yield* vm_lock();
    yield* vm_sleep($addr($ref(vm_daemon_needed)), PPAUSE, 'psleep', 0);
    const action = vm_pageout_req_swapout;
    vm_pageout_req_swapout = 0;
    vm_unlock();
    if (action !== 0) yield* swapout_procs(action);

    if (regime.vm_daemon_allproc !== 0) {
      yield* sx_slock(allproc_lock);
      for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
        const limit = vm_daemon_limit(p);
        if (limit === RSS_LEAVE || vmspace_resident_count(p.p_vmspace) < limit) continue;
        yield* vm_lock();
        /* An exec while we waited has made it another address space; we have no reference on the old one. */
        const vm = p.p_vmspace;
        if (regime.vm_daemon_vmspace_ref !== 0) vm.vm_refcnt++;
        yield* vm_pageout_map_deactivate_pages(vm.vm_map, limit);
        vm_unlock();
        if (regime.vm_daemon_vmspace_ref !== 0) yield* vmspace_free(vm);
      }
      sx_sunlock(allproc_lock);
      continue;
    }
    for (let done: int = 0; ; ) {
      const n = yield* vm_daemon_note($ref(vms[0]), $ref(limits[0]), done);
      for (let i: int = 0; i < n; i++) {
        const vm = vms[i];
        yield* vm_lock();
        yield* vm_pageout_map_deactivate_pages(vm.vm_map, limits[i]);
        vm_unlock();
        if (regime.vm_daemon_vmspace_ref !== 0) yield* vmspace_free(vm);
      }
      if (n < VM_DAEMON_BATCH) break;
      done += n;
    }
  }
}
