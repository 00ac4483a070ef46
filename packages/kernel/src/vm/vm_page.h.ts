/** Physical pages (vm/vm_page.h of May 2001). */
import type { pv_entry } from '../i386/pmap.h.js';
import { pmap_copy_page, pmap_zero_page } from '../i386/pmap_kern.js';
import { wakeup } from '../kern/kern_synch.js';
import type { vm_offset_t, vm_pindex_t } from '../sys/types.h.js';
import type { vm_object } from './vm_object.h.js';
import { first_page, vm_page_array, vm_page_free_toq, vm_wait } from './vm_page.js';
import { vm_page_queues } from './vm_pageq.js';
import { atop } from './vm_param.h.js';

export const PQ_NONE = 0;
export const PQ_FREE = 1;
export const PQ_L2_SIZE = 16;
export const PQ_L2_MASK = 15;
export const PQ_PRIME1 = 5;
export const PQ_PRIME2 = 3;
export const PQ_INACTIVE = 17;
export const PQ_ACTIVE = 18;
export const PQ_CACHE = 19;
export const PQ_HOLD = 35;
export const PQ_COUNT = 36;
/** flags */
export const PG_BUSY = 0x0001;
export const PG_WANTED = 0x0002;
export const PG_WINATCFLS = 0x0004;
export const PG_FICTITIOUS = 0x0008;
export const PG_WRITEABLE = 0x0010;
export const PG_MAPPED = 0x0020;
export const PG_ZERO = 0x0040;
export const PG_REFERENCED = 0x0080;
export const PG_CLEANCHK = 0x0100;
export const PG_SWAPINPROG = 0x0200;
export const PG_NOSYNC = 0x0400;
export const PG_UNMANAGED = 0x0800;
export const PG_MARKER = 0x1000;
/** act_count */
export const ACT_DECLINE = 1;
export const ACT_ADVANCE = 3;
export const ACT_INIT = 5;
export const ACT_MAX = 64;
/** vm_page_alloc classes */
export const VM_ALLOC_NORMAL = 0;
export const VM_ALLOC_INTERRUPT = 1;
export const VM_ALLOC_SYSTEM = 2;
export const VM_ALLOC_ZERO = 3;
export const VM_ALLOC_RETRY = 0x80;
export const VM_PAGE_BITS_ALL = 0xff;

/**
 * A physical page.
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant after startup
 */
export interface vm_page extends struct {
  pageq: embed<TAILQ_ENTRY<vm_page>>; // (V) free, cache, inactive, active or hold queue
  hnext: vm_page; // (V) next in the hash bucket
  listq: embed<TAILQ_ENTRY<vm_page>>; // (V) pages of the object
  object: vm_object; // (V) object it belongs to
  pindex: vm_pindex_t; // (V) page index in the object
  phys_addr: vm_offset_t; // (c) physical address
  md_pv_list: embed<TAILQ_HEAD<pv_entry>>; // (V) mappings
  md_pv_list_count: int; // (V) number of mappings
  queue: u16; // (V) PQ_*
  flags: u16; // (V) PG_*
  pc: u16; // (c) colour
  wire_count: u16; // (V) wirings
  hold_count: i16; // (V) holds
  act_count: u8; // (V) usage
  busy: u8; // (V) soft-busy count
  valid: u8; // (V) valid bits, one a DEV_BSIZE
  dirty: u8; // (V) dirty bits
}

/**
 * Head of a page queue.
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant after startup
 */
export interface vpgqueues extends struct {
  pl: embed<TAILQ_HEAD<vm_page>>; // (V) the pages
  cntp: ptr<u_int>; // (c) counter in cnt for this kind of queue
  lcnt: int; // (V) length
}

/** Locks: none; the array never changes after startup. The page structure of a physical address. @inline */
export function PHYS_TO_VM_PAGE(pa: vm_offset_t): vm_page {
  return $idx(vm_page_array, $i32(atop(pa) - first_page));
}
/** Locks: none. The physical address of a page. @inline */
export function VM_PAGE_TO_PHYS(m: vm_page): vm_offset_t {
  return m.phys_addr;
}
/**
 * Locks: V held. The kind of queue a page is on, whatever its colour: PQ_FREE, PQ_CACHE, or one that has no
 * colours. @inline
 */
export function VM_PAGE_QUEUE_BASE(m: vm_page): int {
  return m.queue - m.pc;
}
/** Locks: V held. The page is on a cache queue. @inline */
export function VM_PAGE_INCACHE(m: vm_page): boolean {
  return m.queue - m.pc === PQ_CACHE;
}
/** Locks: V held. Does not sleep. @inline */
export function vm_page_flag_set(m: vm_page, bits: u16): void {
  m.flags |= bits;
}
/** Locks: V held. Does not sleep. @inline */
export function vm_page_flag_clear(m: vm_page, bits: u16): void {
  m.flags &= ~bits;
}
/** Makes the page the caller's own. Locks: V held. Does not sleep: see vm_page_sleep_busy. @inline */
export function vm_page_busy(m: vm_page): void {
  KASSERT((m.flags & PG_BUSY) === 0, 'vm_page_busy: page already busy!!!');
  m.flags |= PG_BUSY;
}
/** Wakes whoever waits for the page. Locks: V held. Does not sleep. @inline */
export function vm_page_flash(m: vm_page): void {
  if ((m.flags & PG_WANTED) !== 0) {
    m.flags &= ~PG_WANTED;
    wakeup($addr(m));
  }
}
/** Gives a busy page back to the world. Locks: V held. Does not sleep. @inline */
export function vm_page_wakeup(m: vm_page): void {
  KASSERT((m.flags & PG_BUSY) !== 0, 'vm_page_wakeup: page not busy!!!');
  m.flags &= ~PG_BUSY;
  vm_page_flash(m);
}
/**
 * Soft-busies the page: it may be read and mapped while it is written out. Locks: V held. Does not sleep.
 * @inline
 */
export function vm_page_io_start(m: vm_page): void {
  m.busy++;
}
/** Ends one vm_page_io_start. Locks: V held. Does not sleep. @inline */
export function vm_page_io_finish(m: vm_page): void {
  KASSERT(m.busy !== 0, 'vm_page_io_finish: page %p not in I/O', $addr(m));
  m.busy--;
  if (m.busy === 0) vm_page_flash(m);
}
/** Keeps the frame from being reused, even if the page is freed. Locks: V held. Does not sleep. @inline */
export function vm_page_hold(m: vm_page): void {
  m.hold_count++;
}
/** The page's contents were changed. Locks: V held. Does not sleep. @inline */
export function vm_page_dirty(m: vm_page): void {
  KASSERT(m.queue - m.pc !== PQ_CACHE, 'vm_page_dirty: page in cache!');
  m.dirty = VM_PAGE_BITS_ALL;
}
/** The page's contents equal what the pager has. Locks: V held. Does not sleep. @inline */
export function vm_page_undirty(m: vm_page): void {
  m.dirty = 0;
}
/** Frees a page whose contents are anything. Locks: V held. Does not sleep. @inline */
export function vm_page_free(m: vm_page): void {
  m.flags &= ~PG_ZERO;
  vm_page_free_toq(m);
}
/** Frees a page that the caller knows to be all zeros. Locks: V held. Does not sleep. @inline */
export function vm_page_free_zero(m: vm_page): void {
  m.flags |= PG_ZERO;
  vm_page_free_toq(m);
}
/**
 * Fills the frame with zeros; valid and dirty bits are the caller's. Locks: V held. Does not sleep. @inline
 */
export function vm_page_zero_fill(m: vm_page): void {
  pmap_zero_page(m.phys_addr);
}
/**
 * Copies a frame; the new page becomes wholly valid. Locks: V held, both pages busy. Does not sleep. @inline
 */
export function vm_page_copy(src_m: vm_page, dest_m: vm_page): void {
  pmap_copy_page(src_m.phys_addr, dest_m.phys_addr);
  dest_m.valid = VM_PAGE_BITS_ALL;
}
/**
 * Locks: V held. Waits until there may be free pages again: see vm_wait. May sleep, without the vm lock.
 * @inline
 */
export function* VM_WAIT(): Sleeps {
  yield* vm_wait();
}
/**
 * Takes a page off whatever queue it is on, without a word to the page daemon (vm_page_unqueue has one).
 * Locks: V held. Does not sleep. @inline
 */
export function vm_page_unqueue_nowakeup(m: vm_page): void {
  if (m.queue !== PQ_NONE) {
    const vpq = vm_page_queues[m.queue];
    KASSERT(vpq.lcnt > 0, 'vm_page_unqueue: queue %d is empty', m.queue);
    m.queue = PQ_NONE;
    TAILQ_REMOVE(vpq.pl, m, 'pageq');
    vpq.cntp[0]--;
    vpq.lcnt--;
  }
}
