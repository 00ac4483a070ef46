/**
 * Wiring and copying by faults (in BSD within vm/vm_fault.c).
 */
import { pmap_change_wiring, pmap_enter } from '../i386/pmap.js';
import { pmap_pageable } from '../i386/pmap_boot.js';
import { pmap_extract } from '../i386/pmap_kern.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { PAGE_SIZE } from '../sys/param.h.js';
import type { vm_offset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import { vm_fault } from './vm_fault.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import { MAP_ENTRY_IS_SUB_MAP, VM_FAULT_CHANGE_WIRING, VM_FAULT_USER_WIRE } from './vm_map.h.js';
import { vm_map_lookup_entry } from './vm_map.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT } from './vm_object.h.js';
import { vm_object_allocate } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_MAPPED,
  PG_WRITEABLE,
  PG_ZERO,
  PHYS_TO_VM_PAGE,
  VM_ALLOC_NORMAL,
  vm_page_copy,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_wakeup,
} from './vm_page.h.js';
import { vm_page_alloc, vm_page_lookup, vm_wait } from './vm_page.js';
import { vm_page_activate, vm_page_unwire } from './vm_pageq.js';
import { KERN_SUCCESS, OFF_TO_IDX, VM_PROT_READ, VM_PROT_WRITE, atop, ptoa } from './vm_param.h.js';

/**
 * Faults every page of [start, end) in, wired, for vm_map_pageable; the entries are marked wired already. If
 * one fails, those before it are unwired again. Locks: V held, let go while it sleeps; the map is locked
 * shared or marked busy by the caller. May sleep.
 */
export function* vm_fault_wire(map: vm_map, start: vm_offset_t, end: vm_offset_t): Sleeps<int> {
  return yield* vm_fault_wire_range(map, start, end, VM_PROT_READ | VM_PROT_WRITE, VM_FAULT_CHANGE_WIRING);
}

/** The same for mlock(2): a read-only mapping is enough. Locks: as vm_fault_wire. May sleep. */
export function* vm_fault_user_wire(map: vm_map, start: vm_offset_t, end: vm_offset_t): Sleeps<int> {
  return yield* vm_fault_wire_range(map, start, end, VM_PROT_READ, VM_FAULT_USER_WIRE);
}

/** The loop of both. Locks: as vm_fault_wire. May sleep. */
function* vm_fault_wire_range(
  map: vm_map,
  start: vm_offset_t,
  end: vm_offset_t,
  prot: vm_prot_t,
  flags: int,
): Sleeps<int> {
  const pm = map.pmap;
  vm_assert();
  KASSERT(start <= end, 'vm_fault_wire: 0x%x to 0x%x', start, end);
  /* Pages of the kernel's own map need no page-table pages to be kept. */
  if (pm !== null) pmap_pageable(pm, start, end, false);
  for (let va = start; va < end; va += PAGE_SIZE) {
    const rv = yield* vm_fault(map, va, prot, flags);
    if (rv !== KERN_SUCCESS) {
      if (va !== start) vm_fault_unwire(map, start, va);
      return rv;
    }
  }
  return KERN_SUCCESS;
}

/**
 * The page that a user's map has wired at `va`, mapped at `pa` (0: not mapped): found by way of the entry,
 * because the mapping may be gone or may show another page. A sharer of the object has then written what was
 * wired read-only, and got a copy. And a mapping of device memory shows a frame, where the page that is wired
 * is the device pager's. Null: there is none. Locks: V held; the map is locked. Does not sleep.
 */
function vm_fault_wired_page(map: vm_map, va: vm_offset_t, pa: vm_offset_t): vm_page {
  const out = $var<vm_map_entry>();
  let found: vm_page = null;
  /* The lookup must leave no trace: the entry may be on its way out, and must not become the hint. */
  const hint = map.hint;
  const there = vm_map_lookup_entry(map, va, out);
  map.hint = hint;
  const entry = out[0];
  if (!there || (entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) return null;
  let pindex: vm_pindex_t = OFF_TO_IDX(entry.offset + (va - entry.start));
  for (let object = entry.object; object !== null; object = object.backing_object) {
    const m = vm_page_lookup(object, pindex);
    if (m !== null && m.wire_count !== 0) {
      if (m.phys_addr === pa) return m;
      if (found === null) found = m;
    }
    pindex += OFF_TO_IDX(object.backing_object_offset);
  }
  return found;
}

/**
 * Unwires the pages of [start, end), in the kernel's maps where they are mapped.
 * Locks: V held; the map is locked. Does not sleep.
 */
export function vm_fault_unwire(map: vm_map, start: vm_offset_t, end: vm_offset_t): void {
  const pm = map.pmap;
  vm_assert();
  for (let va = start; va < end; va += PAGE_SIZE) {
    const pa = pmap_extract(pm, va);
    if (pa !== 0) pmap_change_wiring(pm, va, false);
    let m: vm_page = null;
    if (map.system_map === 0) m = vm_fault_wired_page(map, va, pa);
    else if (pa !== 0) m = PHYS_TO_VM_PAGE(pa);
    if (m !== null) vm_page_unwire(m, 1);
  }
  pmap_pageable(pm, start, end, true);
}

/**
 * The resident page that an entry shows at an object and index, down the chain. Locks: V held. Does not
 * sleep.
 */
function vm_fault_copy_source(object: vm_object, pindex: vm_pindex_t): vm_page {
  while (object !== null) {
    const m = vm_page_lookup(object, pindex);
    if (m !== null) return m;
    pindex += OFF_TO_IDX(object.backing_object_offset);
    object = object.backing_object;
  }
  return null;
}

/**
 * At fork: the child's copy of a wired entry. Copy on write would make the parent's pages read-only, and they
 * must not fault, so the pages are copied at once, into a new object of the child's entry. The copies are not
 * wired. Locks: V held, let go while it waits for memory; both maps locked. May sleep.
 */
export function* vm_fault_copy_entry(
  dst_map: vm_map,
  src_map: vm_map,
  dst_entry: vm_map_entry,
  src_entry: vm_map_entry,
): Sleeps {
  const src_object = src_entry.object;
  const src_pindex = OFF_TO_IDX(src_entry.offset);
  const npages = atop(dst_entry.end - dst_entry.start);
  KASSERT(src_map !== dst_map, 'vm_fault_copy_entry: one map');
  const dst_object = yield* vm_object_allocate(OBJT_DEFAULT, npages);
  dst_entry.object = dst_object;
  dst_entry.offset = 0;
  const prot = dst_entry.max_protection;
  for (let pi: u32 = 0; pi < npages; pi++) {
    let dst_m = vm_page_alloc(dst_object, pi, VM_ALLOC_NORMAL);
    while (dst_m === null) {
      yield* vm_wait();
      dst_m = vm_page_alloc(dst_object, pi, VM_ALLOC_NORMAL);
    }
    const src_m = vm_fault_copy_source(src_object, src_pindex + pi);
    if (src_m === null) panic('vm_fault_copy_wired: page missing');
    vm_page_copy(src_m, dst_m);
    vm_page_flag_clear(dst_m, PG_ZERO);
    /* Nobody else has this copy, so it must never be taken for one that the pager could bring back. */
    vm_page_dirty(dst_m);
    /* To wait is harmless: nobody else knows the child's map yet, and the copy is busy. */
    while (!pmap_enter(dst_map.pmap, dst_entry.start + ptoa(pi), dst_m, prot, false)) yield* vm_wait();
    vm_page_flag_set(dst_m, PG_WRITEABLE | PG_MAPPED);
    vm_page_activate(dst_m);
    vm_page_wakeup(dst_m);
  }
}
