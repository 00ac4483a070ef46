/**
 * Copying address space lazily (part of vm/vm_map.c): the virtual copy of an entry for fork, and the
 * splitting of an object that is too large for its entry. Locking as told in vm_map.ts.
 */
import { pmap_protect } from '../i386/pmap.js';
import { pmap_copy } from '../i386/pmap_boot.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { PVM } from '../sys/param.h.js';
import type { vm_ooffset_t, vm_pindex_t } from '../sys/types.h.js';
import { swap_pager_copy } from './swap_pager.js';
import { vm_fault_copy_entry } from './vm_fault_wire.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import { MAP_ENTRY_COW, MAP_ENTRY_IS_SUB_MAP, MAP_ENTRY_NEEDS_COPY } from './vm_map.h.js';
import {
  OBJT_DEFAULT,
  OBJT_SWAP,
  OBJ_DEAD,
  OBJ_NOSPLIT,
  OBJ_ONEMAPPING,
  vm_object_clear_flag,
  vm_object_is_anonymous,
  vm_object_pip_add,
  vm_object_pip_wakeup,
} from './vm_object.h.js';
import { vm_object_deallocate, vm_object_reference, vm_object_set_backing } from './vm_object.js';
import { vm_object_collapse } from './vm_object_collapse.js';
import { vm_page_busy, vm_page_wakeup } from './vm_page.h.js';
import { vm_page_lookup, vm_page_rename, vm_page_sleep_busy } from './vm_page.js';
import { vm_pager_allocate } from './vm_pager.js';
import { IDX_TO_OFF, OFF_TO_IDX, VM_PROT_ALL, VM_PROT_WRITE, atop } from './vm_param.h.js';

/**
 * Gives the part of an anonymous object that an entry maps an object of its own, if others refer to the
 * object too. Without that, the pages of a part that was unmapped (or that belongs to another entry) would be
 * carried along through every generation of forks. Pages and swap blocks move to the new object.
 * (vm_object_split of later years.) Locks: vm lock and the exclusive lock of the entry's map held, kept; the
 * vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_split(entry: vm_map_entry): Sleeps<void> {
  const orig_object = entry.object;
  if (orig_object.type !== OBJT_DEFAULT && orig_object.type !== OBJT_SWAP) return;
  if (orig_object.ref_count <= 1) return;

  const offset: vm_ooffset_t = entry.offset;
  const offidxstart: vm_pindex_t = OFF_TO_IDX(offset);
  const count: vm_pindex_t = atop(entry.end - entry.start);
  KASSERT(count !== 0, 'vm_map_split: empty entry');

  const new_object = yield* vm_pager_allocate(orig_object.type, 0, IDX_TO_OFF(count), VM_PROT_ALL, 0);
  if (new_object === null) return;

  /*
   * Somebody else who let go of a reference may be collapsing: no new reference to what is being swallowed.
   */
  let source = orig_object.backing_object;
  while (source !== null && (source.flags & OBJ_DEAD) !== 0) {
    yield* vm_sleep($addr(source), PVM, 'spltdd', 0);
    source = orig_object.backing_object;
  }
  if (source !== null) {
    vm_object_reference(source); /* by new_object */
    vm_object_clear_flag(source, OBJ_ONEMAPPING);
    vm_object_set_backing(new_object, source);
    new_object.backing_object_offset = orig_object.backing_object_offset + offset;
  }

  /*
   * Rename page by page. Whoever does I/O on a page must finish first; mappings stay, for they show the same
   * frame at the same address. Renamed pages stay busy until the swap blocks have followed them.
   */
  let idx: vm_pindex_t = 0;
  while (idx < count) {
    const m = vm_page_lookup(orig_object, offidxstart + idx);
    if (m !== null) {
      if ((yield* vm_page_sleep_busy(m, 1, 'spltwt')) !== 0) continue;
      vm_page_busy(m);
      vm_page_rename(m, new_object, idx);
      vm_page_busy(m);
    }
    idx++;
  }
  if (orig_object.type === OBJT_SWAP) {
    vm_object_pip_add(orig_object, 1);
    yield* swap_pager_copy(orig_object, new_object, offidxstart, 0);
    vm_object_pip_wakeup(orig_object);
  }
  for (idx = 0; idx < count; idx++) {
    const m2 = vm_page_lookup(new_object, idx);
    if (m2 !== null) vm_page_wakeup(m2);
  }

  entry.object = new_object;
  entry.offset = 0;
  yield* vm_object_deallocate(orig_object);
}

/**
 * Makes dst_entry a virtual copy of src_entry: both refer to the object and copy what they write. Pages that
 * are wired are copied at once instead, since they can neither be write-protected nor given up. Locks: vm
 * lock and the exclusive lock of src_map held, dst_map is nobody else's yet; the vm lock may be let go of
 * meanwhile (L3). May sleep.
 */
export function* vm_map_copy_entry(
  src_map: vm_map,
  dst_map: vm_map,
  src_entry: vm_map_entry,
  dst_entry: vm_map_entry,
): Sleeps<void> {
  if (((src_entry.eflags | dst_entry.eflags) & MAP_ENTRY_IS_SUB_MAP) !== 0) return;
  KASSERT(dst_entry.object === null, 'vm_map_copy_entry: destination has an object');
  if (src_entry.wired_count !== 0) {
    yield* vm_fault_copy_entry(dst_map, src_map, dst_entry, src_entry);
    return;
  }

  /* If the entry needs a copy already, it is write-protected already. */
  if ((src_entry.eflags & MAP_ENTRY_NEEDS_COPY) === 0) {
    pmap_protect(src_map.pmap, src_entry.start, src_entry.end, src_entry.protection & ~VM_PROT_WRITE);
  }
  let src_object = src_entry.object;
  if (src_object !== null) {
    if (vm_object_is_anonymous(src_object)) {
      yield* vm_object_collapse(src_object);
      if ((src_object.flags & (OBJ_NOSPLIT | OBJ_ONEMAPPING)) === OBJ_ONEMAPPING) {
        yield* vm_map_split(src_entry);
        src_object = src_entry.object;
      }
    }
    vm_object_reference(src_object);
    vm_object_clear_flag(src_object, OBJ_ONEMAPPING);
    dst_entry.object = src_object;
    src_entry.eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
    dst_entry.eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
    dst_entry.offset = src_entry.offset;
  } else {
    dst_entry.object = null;
    dst_entry.offset = 0;
  }
  yield* pmap_copy(
    dst_map.pmap,
    src_map.pmap,
    dst_entry.start,
    dst_entry.end - dst_entry.start,
    src_entry.start,
  );
}
