/**
 * Resident pages (vm/vm_page.c): the page array, the identity of a page (object, index), allocation and
 * release. The queues on which pages wait are in vm_pageq.ts, valid and dirty bits in vm_page_valid.ts.
 *
 * Invariants, all under the vm lock:
 * 1. A page of the array is in exactly one of these states: on one queue (queue says which: free, cache,
 *    inactive, active or hold), or on none because it is wired, busy with a new owner, or unmanaged.
 * 2. A free page has no object, is not busy, wired, held or mapped, and has no valid or dirty bits.
 * 3. A page with an object is in its memq, once, and in the hash bucket of (object, pindex), once.
 * 4. A page on a cache queue is clean, not busy, not wired and not mapped: it can be freed at once.
 * 5. PG_BUSY has one owner, who alone may change the page's identity or free it. Others sleep on the page
 *    with PG_WANTED set; `busy` counts those who only read its contents (writes to the pager).
 * 6. cnt.v_free_count, v_cache_count, v_inactive_count and v_active_count are the sums of the lengths of
 *    their queues; they change with the queue, through vpgqueues.cntp.
 */
import { curproc } from '../i386/pcpu.h.js';
import { phys_avail } from '../i386/pmap_boot.js';
import { pmap_map } from '../i386/pmap_kern.js';
import { bzero } from '../i386/support.js';
import { pageproc } from '../kern/init_main.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { wakeup } from '../kern/kern_synch.js';
import { printf } from '../kern/subr_prf.js';
import { PAGE_MASK, PAGE_SIZE, PSWP, PVM } from '../sys/param.h.js';
import type { vm_offset_t, vm_pindex_t } from '../sys/types.h.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { vm_object_set_writeable_dirty } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_BUSY,
  PG_FICTITIOUS,
  PG_REFERENCED,
  PG_WANTED,
  PG_WRITEABLE,
  PG_ZERO,
  PHYS_TO_VM_PAGE,
  PQ_CACHE,
  PQ_FREE,
  PQ_HOLD,
  PQ_L2_MASK,
  PQ_NONE,
  VM_ALLOC_INTERRUPT,
  VM_ALLOC_RETRY,
  VM_ALLOC_SYSTEM,
  VM_ALLOC_ZERO,
  VM_PAGE_QUEUE_BASE,
  vm_page_busy,
  vm_page_flag_set,
  vm_page_free,
  vm_page_unqueue_nowakeup,
  vm_page_wakeup,
} from './vm_page.h.js';
import { vm_page_count_min, vm_paging_needed } from './vm_pageout.h.js';
import { pagedaemon_wakeup, vm_pageout_pages_needed, vm_pages_needed } from './vm_pageout.js';
import {
  vm_page_deactivate,
  vm_page_dirty_found,
  vm_page_list_find,
  vm_page_protect,
  vm_page_queues,
  vm_pageq_init,
} from './vm_pageq.js';
import { VM_PROT_NONE, VM_PROT_READ, VM_PROT_WRITE, atop, round_page, trunc_page } from './vm_param.h.js';

/** Page structures of all managed memory, by physical page number from first_page on. */
export let vm_page_array: vm_page = null;
export let vm_page_array_size: int = 0;
/** Physical page number of vm_page_array[0]. */
export let first_page: u32 = 0;
/** Free pages that are known to be zero (at the tails of the free queues). */
export let vm_page_zero_count: int = 0;

/** Heads of the hash chains; vm_page_hash_mask is their number less one. */
let vm_page_buckets: ptr<vm_page> = null;
let vm_page_bucket_count: u32 = 0;
let vm_page_hash_mask: u32 = 0;

/** The page size is the hardware's. Locks: startup. Does not sleep. */
export function vm_set_page_size(): void {
  if (cnt.v_page_size === 0) cnt.v_page_size = PAGE_SIZE;
  if (((cnt.v_page_size - 1) & cnt.v_page_size) !== 0)
    panic('vm_set_page_size: page size not a power of two');
}

/**
 * Puts a new frame on the free queue of its colour.
 * Locks: startup, or the vm lock held. Does not sleep.
 */
export function vm_add_new_page(pa: vm_offset_t): vm_page {
  const m = PHYS_TO_VM_PAGE(pa);
  KASSERT((pa & PAGE_MASK) === 0, 'vm_add_new_page: 0x%x', pa);
  KASSERT(m.queue === PQ_NONE && m.phys_addr === 0, 'vm_add_new_page: page 0x%x is known already', pa);
  cnt.v_page_count++;
  cnt.v_free_count++;
  m.phys_addr = pa;
  m.flags = 0;
  m.pc = atop(pa) & PQ_L2_MASK;
  m.queue = m.pc + PQ_FREE;
  TAILQ_INIT(m.md_pv_list);
  TAILQ_INSERT_HEAD(vm_page_queues[m.queue].pl, m, 'pageq');
  vm_page_queues[m.queue].lcnt++;
  return m;
}

/** The index in phys_avail of the largest range. Locks: startup. Does not sleep. */
function vm_page_biggest_range(): int {
  let best = 0;
  for (let i = 0; phys_avail[i + 1] !== 0; i += 2) {
    if (phys_avail[i + 1] - phys_avail[i] > phys_avail[best + 1] - phys_avail[best]) best = i;
  }
  return best;
}

/**
 * Takes the memory for the hash buckets and the page array from the end of the largest range of phys_avail,
 * maps it from vaddr on, and frees all the rest. Returns the first virtual address behind what it mapped.
 * Locks: startup, one CPU, no interrupts. Does not sleep.
 */
export function vm_page_startup(starta: vm_offset_t, enda: vm_offset_t, vaddr: vm_offset_t): vm_offset_t {
  const virt = $var<vm_offset_t>();
  let total: u32 = 0;
  let last = 0;
  for (let i = 0; phys_avail[i + 1] !== 0; i += 2) {
    phys_avail[i] = round_page(phys_avail[i]);
    phys_avail[i + 1] = trunc_page(phys_avail[i + 1]);
    total += phys_avail[i + 1] - phys_avail[i];
    last = i;
  }
  const biggest = vm_page_biggest_range();
  let end = phys_avail[biggest + 1];
  vm_pageq_init();

  vm_page_bucket_count = 1;
  while (vm_page_bucket_count < atop(total)) vm_page_bucket_count <<= 1;
  vm_page_hash_mask = vm_page_bucket_count - 1;
  virt[0] = round_page(vaddr);
  let new_end = trunc_page(end - vm_page_bucket_count * 4);
  const buckets = pmap_map(virt, new_end, end, VM_PROT_READ | VM_PROT_WRITE);
  bzero(buckets, end - new_end);
  vm_page_buckets = $cast<ptr<vm_page>>(buckets);

  /* The array covers holes, too; nobody ever looks at the structures of those. */
  end = new_end;
  first_page = atop(phys_avail[0]);
  const page_range = atop(phys_avail[last + 1]) - first_page;
  new_end = trunc_page(end - page_range * $sizeof<vm_page>());
  const pages = pmap_map(virt, new_end, end, VM_PROT_READ | VM_PROT_WRITE);
  bzero(pages, end - new_end);
  vm_page_array = $cast<vm_page>(pages);
  vm_page_array_size = $i32(page_range);
  phys_avail[biggest + 1] = new_end;

  /* Descending use of memory: insertion at the head leaves the lowest frames for last, as DMA likes it. */
  for (let i = 0; phys_avail[i + 1] !== 0; i += 2) {
    for (let pa = phys_avail[i]; pa < phys_avail[i + 1]; pa += PAGE_SIZE) vm_add_new_page(pa);
  }
  KASSERT(cnt.v_page_count > 0, 'vm_page_startup: no memory from 0x%x to 0x%x', starta, enda);
  return virt[0];
}

/**
 * Gives a page its identity. If the page is writable somewhere, so is the object now.
 * Locks: V held. Does not sleep.
 */
export function vm_page_insert(m: vm_page, object: vm_object, pindex: vm_pindex_t): void {
  if (m.object !== null) panic('vm_page_insert: already inserted');
  m.object = object;
  m.pindex = pindex;
  const bucket = $padd(vm_page_buckets, $i32((pindex + $u32(object.hash_rand)) & vm_page_hash_mask));
  m.hnext = bucket[0];
  bucket[0] = m;
  TAILQ_INSERT_TAIL(object.memq, m, 'listq');
  object.resident_page_count++;
  object.generation++;
  if ((m.flags & PG_WRITEABLE) !== 0) vm_object_set_writeable_dirty(object);
}

/**
 * Takes a page's identity away: it leaves its object and the hash, and is no longer busy. The queue it may be
 * on is left alone. A page without an object is none of our business. Locks: V held; the page is the caller's
 * (PG_BUSY). Does not sleep.
 */
export function vm_page_remove(m: vm_page): void {
  const object = m.object;
  if (object === null) return;
  if ((m.flags & PG_BUSY) === 0) panic('vm_page_remove: page not busy');
  vm_page_wakeup(m);
  const bucket = $padd(vm_page_buckets, $i32((m.pindex + $u32(object.hash_rand)) & vm_page_hash_mask));
  if (bucket[0] === m) {
    bucket[0] = m.hnext;
  } else {
    let prev = bucket[0];
    for (;;) {
      if (prev === null) panic('vm_page_remove(): page not found in hash');
      if (prev.hnext === m) break;
      prev = prev.hnext;
    }
    prev.hnext = m.hnext;
  }
  m.hnext = null;
  TAILQ_REMOVE(object.memq, m, 'listq');
  KASSERT(object.resident_page_count > 0, 'vm_page_remove: object %p has no pages', $addr(object));
  object.resident_page_count--;
  object.generation++;
  m.object = null;
}

/**
 * The page of an object at an index, or null if it is not resident. The page may be busy.
 * Locks: V held. Does not sleep.
 */
export function vm_page_lookup(object: vm_object, pindex: vm_pindex_t): vm_page {
  let m = vm_page_buckets[$i32((pindex + $u32(object.hash_rand)) & vm_page_hash_mask)];
  while (m !== null && (m.object !== object || m.pindex !== pindex)) m = m.hnext;
  return m;
}

/**
 * Moves a page to another object or index. Swap behind its old identity is no longer its own, so the page
 * becomes dirty, and therefore cannot stay on a cache queue. It is not busy afterwards. Locks: V held; the
 * page is the caller's (PG_BUSY). Does not sleep.
 */
export function vm_page_rename(m: vm_page, new_object: vm_object, new_pindex: vm_pindex_t): void {
  vm_page_remove(m);
  vm_page_insert(m, new_object, new_pindex);
  vm_page_dirty_found(m);
}

/**
 * A page of the cache queues, of the object's colour if possible, or null. Pages that turn out to be in use
 * after all go back to the inactive queue. Locks: V held. Does not sleep.
 */
function vm_page_select_cache(object: vm_object, pindex: vm_pindex_t): vm_page {
  for (;;) {
    const m = vm_page_list_find(PQ_CACHE, $i32((pindex + object.pg_color) & PQ_L2_MASK), false);
    if (m === null) return null;
    if ((m.flags & PG_BUSY) === 0 && m.busy === 0 && m.hold_count === 0 && m.wire_count === 0) return m;
    vm_page_deactivate(m);
  }
}

/**
 * vm_page_alloc's way out when free pages are not enough for the class: turns one cached page into a free
 * one. Returns false if there is none. Locks: V held. Does not sleep.
 */
function vm_page_reclaim_cache(object: vm_object, pindex: vm_pindex_t): boolean {
  const m = vm_page_select_cache(object, pindex);
  if (m === null) {
    if (cnt.v_cache_count > 0) {
      printf('vm_page_alloc: missing pages on cache queue: %d\n', cnt.v_cache_count);
    }
    return false;
  }
  KASSERT(m.dirty === 0, 'Found dirty cache page %p', $addr(m));
  vm_page_busy(m);
  vm_page_protect(m, VM_PROT_NONE);
  vm_page_free(m);
  return true;
}

/**
 * Allocates a page, busy and with no valid bits, as (object, pindex); null if the class's reserve is reached.
 * The classes:
 *   VM_ALLOC_NORMAL     stays above v_free_reserved;
 *   VM_ALLOC_ZERO       the same, and prefers a page that is zero already (PG_ZERO tells);
 *   VM_ALLOC_SYSTEM     may go down to v_interrupt_free_min once the cache is used up;
 *   VM_ALLOC_INTERRUPT  may take the last free page, but no cached one.
 * The page daemon is always VM_ALLOC_SYSTEM: it needs pages to free pages.
 * Locks: V held. Does not sleep.
 */
export function vm_page_alloc(object: vm_object, pindex: vm_pindex_t, page_req: int): vm_page {
  const color = $i32((pindex + object.pg_color) & PQ_L2_MASK);
  let req = page_req;
  vm_assert();
  if (curproc() === pageproc && req !== VM_ALLOC_INTERRUPT) req = VM_ALLOC_SYSTEM;
  while (cnt.v_free_count <= cnt.v_free_reserved) {
    if (req === VM_ALLOC_INTERRUPT) {
      if (cnt.v_free_count > 0) break;
    } else {
      const deep = req === VM_ALLOC_SYSTEM && cnt.v_cache_count === 0;
      if (deep && cnt.v_free_count > cnt.v_interrupt_free_min) break;
      if (vm_page_reclaim_cache(object, pindex)) continue;
    }
    $ref(vm_pageout_deficit)[0]++;
    pagedaemon_wakeup();
    return null;
  }
  const head = vm_page_queues[PQ_FREE + color].pl;
  let m = req === VM_ALLOC_ZERO ? TAILQ_LAST(head, 'pageq') : TAILQ_FIRST(head);
  if (m === null) m = vm_page_list_find(PQ_FREE, color, req === VM_ALLOC_ZERO);
  KASSERT(m !== null, 'vm_page_alloc(): missing page on free queue');
  KASSERT(
    m.dirty === 0 && m.busy === 0 && m.wire_count === 0,
    'vm_page_alloc: free page %p in use',
    $addr(m),
  );
  vm_page_unqueue_nowakeup(m);
  if ((m.flags & PG_ZERO) !== 0) {
    vm_page_zero_count--;
    m.flags = PG_ZERO | PG_BUSY;
  } else {
    m.flags = PG_BUSY;
  }
  m.hold_count = 0;
  m.act_count = 0;
  m.valid = 0;
  vm_page_insert(m, object, pindex);
  if (vm_paging_needed()) pagedaemon_wakeup();
  return m;
}

/**
 * Frees a page: identity, queue and contents go; PG_ZERO says whether the contents are known to be zero
 * (zeroed pages go to the tail of the queue, where vm_page_alloc looks for them). A held page waits on
 * PQ_HOLD for the last vm_page_unhold. Use vm_page_free or vm_page_free_zero. Locks: V held; the page is the
 * caller's (PG_BUSY) or has no object. Does not sleep.
 */
export function vm_page_free_toq(m: vm_page): void {
  vm_assert();
  cnt.v_tfree++;
  if (m.busy !== 0 || VM_PAGE_QUEUE_BASE(m) === PQ_FREE) {
    printf(
      'vm_page_free: pindex(%lu), busy(%d), PG_BUSY(%d), hold(%d)\n',
      m.pindex,
      m.busy,
      m.flags & PG_BUSY,
      m.hold_count,
    );
    if (VM_PAGE_QUEUE_BASE(m) === PQ_FREE) panic('vm_page_free: freeing free page');
    panic('vm_page_free: freeing busy page');
  }
  const fictitious = (m.flags & PG_FICTITIOUS) !== 0;
  vm_page_unqueue_nowakeup(m);
  vm_page_remove(m);
  /* A fictitious page has no frame of ours: its maker disposes of the structure. */
  if (fictitious) return;
  m.valid = 0;
  m.dirty = 0;
  if (m.wire_count !== 0) {
    if (m.wire_count > 1) {
      panic('vm_page_free: invalid wire count (%d), pindex: 0x%lx', m.wire_count, m.pindex);
    }
    panic('vm_page_free: freeing wired page\n');
  }
  KASSERT(m.md_pv_list_count === 0, 'vm_page_free: page %p is still mapped', $addr(m));
  m.flags &= PG_ZERO;
  if (m.hold_count !== 0) {
    m.flags = 0;
    m.queue = PQ_HOLD;
  } else {
    m.queue = PQ_FREE + m.pc;
  }
  const vpq = vm_page_queues[m.queue];
  vpq.lcnt++;
  vpq.cntp[0]++;
  if ((m.flags & PG_ZERO) !== 0) {
    TAILQ_INSERT_TAIL(vpq.pl, m, 'pageq');
    vm_page_zero_count++;
  } else {
    TAILQ_INSERT_HEAD(vpq.pl, m, 'pageq');
  }
  vm_page_free_wakeup();
}

/**
 * Sleeps if the page is busy (or, if asked, soft-busy) until it may be no longer; the caller then has to find
 * the page anew, for it may be gone. Returns TRUE if it slept. "vm_page_sleep_busy" says nothing about the
 * next one to come: whoever needs the page must look again and take it before anything else sleeps. Locks: V
 * held; let go during the sleep. May sleep.
 */
export function* vm_page_sleep_busy(m: vm_page, also_m_busy: int, msg: str): Sleeps<int> {
  if ((m.flags & PG_BUSY) === 0 && (also_m_busy === 0 || m.busy === 0)) return 0;
  vm_page_flag_set(m, PG_WANTED | PG_REFERENCED);
  yield* vm_sleep($addr(m), PVM, msg, 0);
  return 1;
}

/**
 * The page at an index, busy and the caller's, allocated if need be (then its valid bits are clear). Without
 * VM_ALLOC_RETRY null is returned where it would have had to sleep, after the sleep.
 * Locks: V held; let go while it sleeps. May sleep.
 */
export function* vm_page_grab(object: vm_object, pindex: vm_pindex_t, allocflags: int): Sleeps<vm_page> {
  for (;;) {
    let m = vm_page_lookup(object, pindex);
    if (m !== null) {
      if (m.busy === 0 && (m.flags & PG_BUSY) === 0) {
        vm_page_busy(m);
        return m;
      }
      /* As long as nothing left the object, it is the same page. */
      const generation = object.generation;
      while (object.generation === generation && (m.busy !== 0 || (m.flags & PG_BUSY) !== 0)) {
        vm_page_flag_set(m, PG_WANTED | PG_REFERENCED);
        yield* vm_sleep($addr(m), PVM, 'pgrbwt', 0);
        if ((allocflags & VM_ALLOC_RETRY) === 0) return null;
      }
      continue;
    }
    m = vm_page_alloc(object, pindex, allocflags & ~VM_ALLOC_RETRY);
    if (m !== null) return m;
    yield* vm_wait();
    if ((allocflags & VM_ALLOC_RETRY) === 0) return null;
  }
}

/**
 * Waits until there may be free pages again. The page daemon waits for its own reserve, everybody else for
 * the daemon to have got the free pages above their minimum. Called VM_WAIT in BSD. Locks: V held; let go
 * while it sleeps. May sleep.
 */
export function* vm_wait(): Sleeps {
  vm_assert();
  if (curproc() === pageproc) {
    $ref(vm_pageout_pages_needed)[0] = 1;
    yield* vm_sleep($addr($ref(vm_pageout_pages_needed)), PSWP, 'vmwait', 0);
    return;
  }
  if (vm_pages_needed === 0) {
    $ref(vm_pages_needed)[0] = 1;
    wakeup($addr($ref(vm_pages_needed)));
  }
  yield* vm_sleep($addr($ref(cnt.v_free_count)), PVM, 'vmwait', 0);
}

/**
 * After a page became free or cached: wakes the page daemon if it starved for one, and those in vm_wait once
 * the minimum is reached. Locks: V held. Does not sleep.
 */
export function vm_page_free_wakeup(): void {
  if (vm_pageout_pages_needed !== 0 && cnt.v_cache_count + cnt.v_free_count >= cnt.v_pageout_free_min) {
    wakeup($addr($ref(vm_pageout_pages_needed)));
    $ref(vm_pageout_pages_needed)[0] = 0;
  }
  /* High water: everybody may go on, and process 0 may swap in. */
  if (vm_pages_needed !== 0 && !vm_page_count_min()) {
    $ref(vm_pages_needed)[0] = 0;
    wakeup($addr($ref(cnt.v_free_count)));
  }
}
