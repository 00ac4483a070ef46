/**
 * Changing the attributes of ranges of a map (part of vm/vm_map.c): submaps, protection, inheritance, advice.
 * Locking as told in vm_map.ts.
 */
import { pmap_protect } from '../i386/pmap.js';
import { pmap_object_init_pt } from '../i386/pmap_boot.js';
import { panic } from '../kern/kern_shutdown.js';
import {
  MADV_AUTOSYNC,
  MADV_CORE,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_NOCORE,
  MADV_NORMAL,
  MADV_NOSYNC,
  MADV_RANDOM,
  MADV_SEQUENTIAL,
  MADV_WILLNEED,
} from '../sys/mman.h.js';
import type { vm_inherit_t, vm_offset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import {
  MAP_ENTRY_BEHAV_MASK,
  MAP_ENTRY_BEHAV_NORMAL,
  MAP_ENTRY_BEHAV_RANDOM,
  MAP_ENTRY_BEHAV_SEQUENTIAL,
  MAP_ENTRY_COW,
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NOCOREDUMP,
  MAP_ENTRY_NOSYNC,
  MAP_PREFAULT_MADVISE,
  vm_map_max,
  vm_map_min,
} from './vm_map.h.js';
import { vm_map_clip_end, vm_map_clip_start, vm_map_lookup_entry, vm_map_simplify_entry } from './vm_map.js';
import { vm_map_lock, vm_map_lock_read, vm_map_unlock, vm_map_unlock_read } from './vm_map_lock.js';
import type { vm_object } from './vm_object.h.js';
import { vm_object_madvise } from './vm_object.js';
import {
  KERN_INVALID_ARGUMENT,
  KERN_PROTECTION_FAILURE,
  KERN_SUCCESS,
  OFF_TO_IDX,
  VM_INHERIT_NONE,
  VM_PROT_ALL,
  VM_PROT_WRITE,
  atop,
  ptoa,
} from './vm_param.h.js';

/**
 * Finds the first entry that ends behind `start`, cut so that it begins there if it contains it. Part of
 * every function that changes a range. Locks: vm lock and the map's exclusive one held, kept; the vm lock may
 * be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_range_start(map: vm_map, start: vm_offset_t): Sleeps<vm_map_entry> {
  const out = $var<vm_map_entry>();
  if (vm_map_lookup_entry(map, start, out)) {
    const entry = out[0];
    yield* vm_map_clip_start(map, entry, start);
    return entry;
  }
  return out[0].next;
}

/**
 * Puts a map below [start, end), which must be one range without an object: lookups there go on in `submap`.
 * Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_submap(
  map: vm_map,
  start: vm_offset_t,
  end: vm_offset_t,
  submap: vm_map,
): Sleeps<int> {
  let result: int = KERN_INVALID_ARGUMENT;
  KASSERT(submap !== map, 'vm_map_submap: a map below itself');
  yield* vm_map_lock(map);
  const entry = yield* vm_map_range_start(map, start);
  if (entry !== map.header) yield* vm_map_clip_end(map, entry, end);
  if (
    entry !== map.header &&
    entry.start === start &&
    entry.end === end &&
    (entry.eflags & (MAP_ENTRY_COW | MAP_ENTRY_IS_SUB_MAP)) === 0 &&
    entry.object === null
  ) {
    entry.object = $cast<vm_object>(submap);
    entry.eflags |= MAP_ENTRY_IS_SUB_MAP;
    result = KERN_SUCCESS;
  }
  vm_map_unlock(map);
  return result;
}

/**
 * Sets the protection of a range, or with set_max the most it may become. All or nothing. Holes are passed
 * over. Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_protect(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  new_prot: vm_prot_t,
  set_max: boolean,
): Sleeps<int> {
  let current: vm_map_entry = null;
  yield* vm_map_lock(map);
  const start: vm_offset_t = startp < vm_map_min(map) ? vm_map_min(map) : startp;
  const end: vm_offset_t = endp > vm_map_max(map) ? vm_map_max(map) : endp;
  const entry = yield* vm_map_range_start(map, start);

  for (current = entry; current !== map.header && current.start < end; current = current.next) {
    let error: int = 0;
    if ((current.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) error = KERN_INVALID_ARGUMENT;
    else if ((new_prot & current.max_protection) !== new_prot) error = KERN_PROTECTION_FAILURE;
    if (error !== 0) {
      vm_map_unlock(map);
      return error;
    }
  }
  for (current = entry; current !== map.header && current.start < end; current = current.next) {
    yield* vm_map_clip_end(map, current, end);
    const old_prot: int = current.protection;
    if (set_max) {
      current.max_protection = new_prot;
      current.protection = new_prot & old_prot;
    } else {
      current.protection = new_prot;
    }
    if (current.protection !== old_prot) {
      /* A page of a copy-on-write entry may be shared: leave write access to the fault. */
      const mask: int = (current.eflags & MAP_ENTRY_COW) !== 0 ? ~VM_PROT_WRITE : VM_PROT_ALL;
      pmap_protect(map.pmap, current.start, current.end, current.protection & mask);
    }
    yield* vm_map_simplify_entry(map, current);
  }
  vm_map_unlock(map);
  return KERN_SUCCESS;
}

/**
 * Sets what a child gets of a range at fork.
 * Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_inherit(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  new_inheritance: vm_inherit_t,
): Sleeps<int> {
  if (new_inheritance > VM_INHERIT_NONE) return KERN_INVALID_ARGUMENT;
  yield* vm_map_lock(map);
  const start: vm_offset_t = startp < vm_map_min(map) ? vm_map_min(map) : startp;
  const end: vm_offset_t = endp > vm_map_max(map) ? vm_map_max(map) : endp;
  let entry = yield* vm_map_range_start(map, start);
  for (; entry !== map.header && entry.start < end; entry = entry.next) {
    yield* vm_map_clip_end(map, entry, end);
    entry.inheritance = new_inheritance;
    yield* vm_map_simplify_entry(map, entry);
  }
  vm_map_unlock(map);
  return KERN_SUCCESS;
}

/** True if this advice changes entries and not pages. Locks: none. Does not sleep. */
function vm_map_madvise_modifies(behav: int): boolean {
  switch (behav) {
    case MADV_NORMAL:
    case MADV_SEQUENTIAL:
    case MADV_RANDOM:
    case MADV_NOSYNC:
    case MADV_AUTOSYNC:
    case MADV_NOCORE:
    case MADV_CORE:
      return true;
    default:
      return false;
  }
}

/** Writes advice into an entry. Locks: map's exclusive lock held, kept. Does not sleep. */
function vm_map_madvise_entry(entry: vm_map_entry, behav: int): void {
  switch (behav) {
    case MADV_NORMAL:
      entry.eflags = (entry.eflags & ~MAP_ENTRY_BEHAV_MASK) | MAP_ENTRY_BEHAV_NORMAL;
      break;
    case MADV_SEQUENTIAL:
      entry.eflags = (entry.eflags & ~MAP_ENTRY_BEHAV_MASK) | MAP_ENTRY_BEHAV_SEQUENTIAL;
      break;
    case MADV_RANDOM:
      entry.eflags = (entry.eflags & ~MAP_ENTRY_BEHAV_MASK) | MAP_ENTRY_BEHAV_RANDOM;
      break;
    case MADV_NOSYNC:
      entry.eflags |= MAP_ENTRY_NOSYNC;
      break;
    case MADV_AUTOSYNC:
      entry.eflags &= ~MAP_ENTRY_NOSYNC;
      break;
    case MADV_NOCORE:
      entry.eflags |= MAP_ENTRY_NOCOREDUMP;
      break;
    case MADV_CORE:
      entry.eflags &= ~MAP_ENTRY_NOCOREDUMP;
      break;
    default:
      panic('vm_map_madvise_entry: advice %d', behav);
  }
}

/**
 * Takes advice on a range: MADV_WILLNEED, DONTNEED and FREE act on pages now, the rest is noted in the
 * entries. Locks: vm lock held, kept; takes and drops the map's lock, exclusive for what changes entries,
 * else shared (L1). May sleep.
 */
export function* vm_map_madvise(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  behav: int,
): Sleeps<int> {
  const start: vm_offset_t = startp < vm_map_min(map) ? vm_map_min(map) : startp;
  const end: vm_offset_t = endp > vm_map_max(map) ? vm_map_max(map) : endp;
  if (vm_map_madvise_modifies(behav)) {
    yield* vm_map_lock(map);
    let entry = yield* vm_map_range_start(map, start);
    for (; entry !== map.header && entry.start < end; entry = entry.next) {
      if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) continue;
      yield* vm_map_clip_end(map, entry, end);
      vm_map_madvise_entry(entry, behav);
      yield* vm_map_simplify_entry(map, entry);
    }
    vm_map_unlock(map);
    return KERN_SUCCESS;
  }
  if (behav !== MADV_WILLNEED && behav !== MADV_DONTNEED && behav !== MADV_FREE) {
    return KERN_INVALID_ARGUMENT;
  }
  yield* vm_map_lock_read(map);
  const out = $var<vm_map_entry>();
  let current: vm_map_entry = null;
  if (vm_map_lookup_entry(map, start, out)) current = out[0];
  else current = out[0].next;
  for (; current !== map.header && current.start < end; current = current.next) {
    if ((current.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) continue;
    yield* vm_map_madvise_pages(map, current, start, end, behav);
  }
  vm_map_unlock_read(map);
  return KERN_SUCCESS;
}

/**
 * Advice on the pages of one entry, as far as it lies in [start, end).
 * Locks: vm lock and the map's shared one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_madvise_pages(
  map: vm_map,
  current: vm_map_entry,
  start: vm_offset_t,
  end: vm_offset_t,
  behav: int,
): Sleeps<void> {
  let pindex: vm_pindex_t = OFF_TO_IDX(current.offset);
  let count: vm_pindex_t = atop(current.end - current.start);
  let use_start: vm_offset_t = current.start;
  if (current.object === null) return;
  if (use_start < start) {
    pindex += atop(start - use_start);
    count -= atop(start - use_start);
    use_start = start;
  }
  if (current.end > end) count -= atop(current.end - end);
  if ($i32(count) <= 0) return;
  yield* vm_object_madvise(current.object, pindex, $i32(count), behav);
  if (behav === MADV_WILLNEED) {
    yield* pmap_object_init_pt(
      map.pmap,
      use_start,
      current.object,
      pindex,
      ptoa(count),
      MAP_PREFAULT_MADVISE,
    );
  }
}

/**
 * True if every page of [start, end) is mapped and allows `protection`.
 * Locks: vm lock and the map's lock (shared will do) held, kept. Does not sleep.
 */
export function vm_map_check_protection(
  map: vm_map,
  start: vm_offset_t,
  end: vm_offset_t,
  protection: vm_prot_t,
): boolean {
  const out = $var<vm_map_entry>();
  let s: vm_offset_t = start;
  if (!vm_map_lookup_entry(map, start, out)) return false;
  let entry = out[0];
  while (s < end) {
    if (entry === map.header || s < entry.start) return false;
    if ((entry.protection & protection) !== protection) return false;
    s = entry.end;
    entry = entry.next;
  }
  return true;
}
