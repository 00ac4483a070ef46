/**
 * Wiring ranges of a map (part of vm/vm_map.c). Locking as told in vm_map.ts; in addition
 *   W1 wired_count of an entry is raised before its pages are faulted in, so nobody takes them out again
 *   meanwhile; W2 faulting needs the map's lock shared, and may sleep. In a user's map the exclusive lock is
 *   downgraded for
 *       it; in a kernel map it is dropped: memory is allocated there while faulting, and the kernel does not
 *       unmap what it is just wiring. As in 2001 there is no mark on an entry in transition.
 * Known weakness, as in 2001: if another process that shares a user's map (rfork with RFMEM) comes to wait
 * for the exclusive lock between the downgrade and the fault, the fault's shared lock waits behind it, and
 * both wait for ever.
 */
import { kernel_pmap } from '../i386/pmap_boot.js';
import { panic } from '../kern/kern_shutdown.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { vm_fault_unwire, vm_fault_user_wire, vm_fault_wire } from './vm_fault_wire.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import {
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NEEDS_COPY,
  MAP_ENTRY_USER_WIRED,
  vm_map_max,
  vm_map_min,
} from './vm_map.h.js';
import {
  vm_map_clip_end,
  vm_map_clip_start,
  vm_map_entry_object_create,
  vm_map_lookup_entry,
  vm_map_simplify_entry,
} from './vm_map.js';
import { vm_map_lock, vm_map_lock_downgrade, vm_map_lock_upgrade, vm_map_unlock } from './vm_map_lock.js';
import { vm_object_shadow } from './vm_object.js';
import {
  KERN_INVALID_ADDRESS,
  KERN_INVALID_ARGUMENT,
  KERN_SUCCESS,
  VM_PROT_WRITE,
  atop,
} from './vm_param.h.js';

/** Cuts a range to the map. Locks: none. @inline */
function vm_map_range_lo(map: vm_map, addr: vm_offset_t): vm_offset_t {
  return addr < vm_map_min(map) ? vm_map_min(map) : addr;
}

/** Cuts a range to the map. Locks: none. @inline */
function vm_map_range_hi(map: vm_map, addr: vm_offset_t): vm_offset_t {
  return addr > vm_map_max(map) ? vm_map_max(map) : addr;
}

/**
 * Ends the wiring of an entry that goes. Locks: vm lock and the map's exclusive one held, kept. Does not
 * sleep.
 */
export function vm_map_entry_unwire(map: vm_map, entry: vm_map_entry): void {
  KASSERT(entry.wired_count > 0, 'vm_map_entry_unwire: %#x is not wired', entry.start);
  vm_fault_unwire(map, entry.start, entry.end);
  entry.wired_count = 0;
}

/**
 * Does what a first write fault would do to the entry's object, since wired pages must be the final ones: the
 * shadow of a copy-on-write entry, the object of an anonymous one. Locks: vm lock and the map's exclusive one
 * held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_wire_object(map: vm_map, entry: vm_map_entry): Sleeps<void> {
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) return;
  if ((entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0 && (entry.protection & VM_PROT_WRITE) !== 0) {
    yield* vm_object_shadow($ref(entry.object), $ref(entry.offset), atop(entry.end - entry.start));
    entry.eflags &= ~MAP_ENTRY_NEEDS_COPY;
  } else {
    yield* vm_map_entry_object_create(map, entry);
  }
}

/**
 * mlock and munlock: wires a range for the user (new_pageable false) or undoes it. Each entry has one wiring
 * of the user's, however often it is locked. Locks: vm lock held, kept; takes and drops the map's lock (L1,
 * W2). May sleep.
 */
export function* vm_map_user_pageable(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  new_pageable: boolean,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  let rv: int = KERN_SUCCESS;
  yield* vm_map_lock(map);
  const start = vm_map_range_lo(map, startp);
  const end = vm_map_range_hi(map, endp);
  if (!vm_map_lookup_entry(map, start, out)) {
    vm_map_unlock(map);
    return KERN_INVALID_ADDRESS;
  }
  if (!new_pageable) return yield* vm_map_user_wire(map, out[0], start, end);

  let entry = out[0];
  yield* vm_map_clip_start(map, entry, start);
  for (; entry !== map.header && entry.start < end; entry = entry.next) {
    if ((entry.eflags & MAP_ENTRY_USER_WIRED) !== 0) {
      yield* vm_map_clip_end(map, entry, end);
      KASSERT(entry.wired_count > 0, 'vm_map_user_pageable: %#x has no wiring', entry.start);
      entry.eflags &= ~MAP_ENTRY_USER_WIRED;
      entry.wired_count--;
      if (entry.wired_count === 0) vm_fault_unwire(map, entry.start, entry.end);
    }
    yield* vm_map_simplify_entry(map, entry);
  }
  map.timestamp++;
  vm_map_unlock(map);
  return rv;
}

/**
 * The wiring half of vm_map_user_pageable, from `first`, the entry that contains `start`. If a page cannot be
 * had, what was wired is unwired again. Locks: vm lock and the map's exclusive one held; the latter is
 * dropped; both are let go of meanwhile (W2). May sleep.
 */
function* vm_map_user_wire(
  map: vm_map,
  first: vm_map_entry,
  start: vm_offset_t,
  end: vm_offset_t,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  let entry = first;
  while (entry !== map.header && entry.start < end) {
    if ((entry.eflags & MAP_ENTRY_USER_WIRED) !== 0) {
      entry = entry.next;
      continue;
    }
    if (entry.wired_count === 0) yield* vm_map_wire_object(map, entry);
    yield* vm_map_clip_start(map, entry, start);
    yield* vm_map_clip_end(map, entry, end);
    const estart: vm_offset_t = entry.start;
    const eend: vm_offset_t = entry.end;
    entry.wired_count++;
    entry.eflags |= MAP_ENTRY_USER_WIRED;
    if (entry.wired_count > 1) {
      entry = entry.next;
      continue;
    }

    vm_map_lock_downgrade(map);
    const rv = yield* vm_fault_user_wire(map, estart, eend);
    if (rv !== KERN_SUCCESS) {
      /* The shared lock has kept the entry; only its two words change, and nobody else reads them shared. */
      entry.wired_count--;
      entry.eflags &= ~MAP_ENTRY_USER_WIRED;
      vm_map_unlock(map);
      if (start < estart) yield* vm_map_user_pageable(map, start, estart, true);
      return rv;
    }
    if ((yield* vm_map_lock_upgrade(map)) !== 0) {
      yield* vm_map_lock(map);
      if (!vm_map_lookup_entry(map, estart, out)) {
        vm_map_unlock(map);
        if (start < estart) yield* vm_map_user_pageable(map, start, estart, true);
        return KERN_INVALID_ADDRESS;
      }
      entry = out[0];
    }
    /* Stands on the entry just wired; the next turn passes over it. */
    yield* vm_map_simplify_entry(map, entry);
  }
  map.timestamp++;
  vm_map_unlock(map);
  return KERN_SUCCESS;
}

/**
 * Wires a range for the kernel (new_pageable false) or undoes one such wiring. The range must have no holes.
 * Wirings count. Locks: vm lock held, kept; takes and drops the map's lock (L1, W2). May sleep.
 */
export function* vm_map_pageable(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  new_pageable: boolean,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  yield* vm_map_lock(map);
  const start = vm_map_range_lo(map, startp);
  const end = vm_map_range_hi(map, endp);
  if (!vm_map_lookup_entry(map, start, out)) {
    vm_map_unlock(map);
    return KERN_INVALID_ADDRESS;
  }
  if (new_pageable) {
    const rv = yield* vm_map_unwire_range(map, out[0], start, end);
    map.timestamp++;
    vm_map_unlock(map);
    return rv;
  }
  return yield* vm_map_wire_range(map, out[0], start, end);
}

/**
 * True if an entry is the last before `end` or touches its successor. Locks: map's lock held, kept. Does not
 * sleep.
 */
function vm_map_entry_contiguous(map: vm_map, entry: vm_map_entry, end: vm_offset_t): boolean {
  if (entry.end >= end) return true;
  return entry.next !== map.header && entry.next.start <= entry.end;
}

/**
 * Takes one wiring from each entry of a range, if all of them have one. Locks: vm lock and the map's
 * exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_unwire_range(
  map: vm_map,
  first: vm_map_entry,
  start: vm_offset_t,
  end: vm_offset_t,
): Sleeps<int> {
  let entry = first;
  yield* vm_map_clip_start(map, first, start);
  for (; entry !== map.header && entry.start < end; entry = entry.next) {
    if (entry.wired_count === 0 || !vm_map_entry_contiguous(map, entry, end)) return KERN_INVALID_ARGUMENT;
  }
  for (entry = first; entry !== map.header && entry.start < end; entry = entry.next) {
    yield* vm_map_clip_end(map, entry, end);
    entry.wired_count--;
    if (entry.wired_count === 0) vm_fault_unwire(map, entry.start, entry.end);
    yield* vm_map_simplify_entry(map, entry);
  }
  return KERN_SUCCESS;
}

/**
 * Adds a wiring to each entry of a range, from `first`, which contains `start`. First all counts are raised
 * (W1), then the pages of entries that were not wired are faulted in. A failure undoes everything. Locks: vm
 * lock and the map's exclusive one held; the latter is dropped; both are let go of meanwhile (W2). May sleep.
 */
function* vm_map_wire_range(
  map: vm_map,
  first: vm_map_entry,
  start: vm_offset_t,
  end: vm_offset_t,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  let entry = first;
  for (; entry !== map.header && entry.start < end; entry = entry.next) {
    if (entry.wired_count === 0) yield* vm_map_wire_object(map, entry);
    yield* vm_map_clip_start(map, entry, start);
    yield* vm_map_clip_end(map, entry, end);
    entry.wired_count++;
    if (!vm_map_entry_contiguous(map, entry, end)) {
      /* A hole. Objects that were made may stay, the counts may not. */
      for (; entry !== map.header && entry.end > start; entry = entry.prev) entry.wired_count--;
      map.timestamp++;
      vm_map_unlock(map);
      return KERN_INVALID_ARGUMENT;
    }
  }

  const kern: boolean = map.pmap === kernel_pmap;
  let rv: int = KERN_SUCCESS;
  let failed: vm_offset_t = end;
  if (kern) vm_map_unlock(map);
  else vm_map_lock_downgrade(map);
  /* By address: while a fault sleeps, others may merge entries of a kernel map, which is not locked. */
  for (let at: vm_offset_t = start; at < end; ) {
    if (!vm_map_lookup_entry(map, at, out)) panic('vm_map_pageable: %#x is gone', at);
    entry = out[0];
    const eend: vm_offset_t = entry.end < end ? entry.end : end;
    if (rv !== KERN_SUCCESS) {
      entry.wired_count--;
    } else if (entry.wired_count === 1) {
      rv = yield* vm_fault_wire(map, at, eend);
      if (rv !== KERN_SUCCESS) {
        failed = at;
        if (vm_map_lookup_entry(map, at, out)) out[0].wired_count--;
      }
    }
    at = eend;
  }
  if (kern) yield* vm_map_lock(map);
  if (rv !== KERN_SUCCESS) {
    vm_map_unlock(map);
    if (start < failed) yield* vm_map_pageable(map, start, failed, true);
    return rv;
  }
  /* Entries of kernel maps may have been merged by others while the lock was not ours: look again. */
  if (kern && vm_map_lookup_entry(map, start, out)) yield* vm_map_simplify_entry(map, out[0]);
  vm_map_unlock(map);
  return KERN_SUCCESS;
}
