/**
 * Writing a range of a map back to its file (part of vm/vm_map.c). Locking as told in vm_map.ts.
 */
import { pmap_remove } from '../i386/pmap.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { vm_offset_t, vm_ooffset_t, vm_pindex_t, vm_size_t } from '../sys/types.h.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import { MAP_ENTRY_IS_SUB_MAP, vm_map_max, vm_map_min } from './vm_map.h.js';
import { vm_map_lookup_entry } from './vm_map.js';
import { vm_map_lock_read, vm_map_unlock_read } from './vm_map_lock.js';
import { OBJPC_INVAL, OBJPC_SYNC, OBJT_VNODE } from './vm_object.h.js';
import { vm_object_deallocate, vm_object_page_remove, vm_object_reference } from './vm_object.js';
import { vm_object_page_clean } from './vm_object_clean.js';
import {
  KERN_INVALID_ADDRESS,
  KERN_INVALID_ARGUMENT,
  KERN_SUCCESS,
  OFF_TO_IDX,
  VM_PROT_WRITE,
} from './vm_param.h.js';

/**
 * Writes the dirty pages of files mapped in [start, end) back, waiting for it if `syncio`, and throws the
 * cached pages away if `invalidate`. Anonymous memory has nothing to be written to and is passed over. The
 * range must have no holes. Locks: Giant and the vm lock held, kept; takes and drops the map's lock shared;
 * the vm lock is let go of meanwhile (L1). May sleep.
 */
export function* vm_map_clean(
  map: vm_map,
  startp: vm_offset_t,
  endp: vm_offset_t,
  syncio: boolean,
  invalidate: boolean,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  yield* vm_map_lock_read(map);
  let start: vm_offset_t = startp < vm_map_min(map) ? vm_map_min(map) : startp;
  const end: vm_offset_t = endp > vm_map_max(map) ? vm_map_max(map) : endp;
  if (!vm_map_lookup_entry(map, start, out)) {
    vm_map_unlock_read(map);
    return KERN_INVALID_ADDRESS;
  }
  const entry = out[0];
  let current: vm_map_entry = null;
  for (current = entry; current !== map.header && current.start < end; current = current.next) {
    let error: int = KERN_SUCCESS;
    if ((current.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) error = KERN_INVALID_ARGUMENT;
    else if (end > current.end && (current.next === map.header || current.end !== current.next.start)) {
      error = KERN_INVALID_ADDRESS;
    }
    if (error !== KERN_SUCCESS) {
      vm_map_unlock_read(map);
      return error;
    }
  }
  if (invalidate) pmap_remove(map.pmap, start, end);
  for (current = entry; current !== map.header && current.start < end; current = current.next) {
    const e: vm_offset_t = end <= current.end ? end : current.end;
    yield* vm_map_clean_entry(current, start, e - start, syncio, invalidate);
    start = e;
  }
  vm_map_unlock_read(map);
  return KERN_SUCCESS;
}

/**
 * Cleans `len` bytes from `start` on, which lie in one entry. The file is at the end of the chain of shadows.
 * Locks: Giant, the vm lock and the shared lock of the map held, kept; the vm lock is let go of meanwhile.
 * May sleep.
 */
function* vm_map_clean_entry(
  entry: vm_map_entry,
  start: vm_offset_t,
  len: vm_size_t,
  syncio: boolean,
  invalidate: boolean,
): Sleeps<void> {
  let offset: vm_ooffset_t = entry.offset + (start - entry.start);
  let object = entry.object;
  KASSERT(start >= entry.start && start < entry.end, 'vm_map_clean_entry: %#x', start);
  if (object === null) return;
  while (object.backing_object !== null) {
    offset += object.backing_object_offset;
    object = object.backing_object;
  }
  if (object.type !== OBJT_VNODE || (entry.protection & VM_PROT_WRITE) === 0) return;

  /*
   * The reference keeps the object while we wait. Pages under I/O are waited for one by one in
   * vm_object_page_remove: to lock the vnode and then wait for paging as a whole would deadlock with a fault
   * that has a page and wants the vnode.
   */
  const first: vm_pindex_t = OFF_TO_IDX(offset);
  const last: vm_pindex_t = OFF_TO_IDX(offset + len + PAGE_MASK);
  let flags: int = syncio || invalidate ? OBJPC_SYNC : 0;
  if (invalidate) flags |= OBJPC_INVAL;
  vm_object_reference(object);
  yield* vm_object_page_clean(object, first, last, flags);
  if (invalidate) yield* vm_object_page_remove(object, first, last, false);
  yield* vm_object_deallocate(object);
}
