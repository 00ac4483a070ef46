/**
 * Address spaces of processes (in BSD part of vm/vm_map.c): made by fork and exec, shared by vfork and rfork,
 * torn down with the last reference.
 *
 * Invariants:
 *   S1 vm_refcnt counts the processes whose p_vmspace it is, and temporary holders (swapout_procs, the reader
 *   of another
 *       process's memory). regime.vmspace_refcnt_locked: it changes under the vm lock only; or, as
 *       reconstructed for May 2001, also by bare increments and decrements of who does not have that lock.
 *   S2 Who has a pointer to a vmspace and neither a reference nor a lock that keeps one from being dropped
 *   may find it torn
 *       down, or as another process's: the zone is type-stable, so the memory still looks like a vmspace.
 *   S3 vm_pmap.pm_pdir, the kernel address of the page directory, outlives the teardown; what is mapped there
 *   does not.
 *       pmap_pinit of the next life maps a new directory there, after it has waited for a page.
 */
import { nonatomic_add_int } from '../i386/atomic.js';
import { curproc } from '../i386/pcpu.h.js';
import { pmap_copy } from '../i386/pmap_boot.js';
import { pmap_activate, pmap_pinit, pmap_pinit2, pmap_release } from '../i386/pmap_pinit.js';
import { bcopy } from '../i386/support.js';
import { vm_assert, vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { regime } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import type { proc } from '../sys/proc.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { SWAP_META_PAGES } from './swap_pager.h.js';
import type { vm_map, vm_map_entry, vmspace } from './vm_map.h.js';
import {
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NEEDS_COPY,
  MAP_ENTRY_USER_WIRED,
  vm_map_max,
  vm_map_min,
  vmspace_pmap,
} from './vm_map.h.js';
import {
  vm_map_delete,
  vm_map_entry_create,
  vm_map_entry_link,
  vm_map_entry_object_create,
  vm_map_init,
} from './vm_map.js';
import { vm_map_copy_entry } from './vm_map_copy.js';
import { vm_map_lock, vm_map_unlock } from './vm_map_lock.js';
import { OBJT_SWAP, OBJ_ONEMAPPING, vm_object_clear_flag } from './vm_object.h.js';
import { vm_object_deallocate, vm_object_reference, vm_object_shadow } from './vm_object.js';
import { VM_INHERIT_COPY, VM_INHERIT_NONE, VM_INHERIT_SHARE, atop } from './vm_param.h.js';
import type { vm_zone } from './vm_zone.h.js';
import { zalloc, zfree, zinitna } from './vm_zone.js';

/** All vmspaces but proc0's. */
export let vmspace_zone: vm_zone = null;
let vmspace_zone_store: embed<vm_zone>;
/**
 * Address spaces torn down that are still to be given to the zone, linked by vm_shm (regime.vmspace_zfree_now
 * 0).
 */
let vmspace_released: vmspace = null;

/** Makes the zone. Locks: vm lock held; may be let go of meanwhile (boot). May sleep. */
export function* vmspace_init(): Sleeps<void> {
  KASSERT(vmspace_zone === null, 'vmspace_init: called twice');
  yield* zinitna(vmspace_zone_store, null, 'VMSPACE', $i32($sizeof<vmspace>()), 0, 0, 3);
  vmspace_zone = vmspace_zone_store;
}

/**
 * Makes an empty address space with one reference.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* vmspace_alloc(min: vm_offset_t, max: vm_offset_t): Sleeps<vmspace> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  vmspace_zfree_released();
  const vm = $cast<vmspace>(yield* zalloc(vmspace_zone));
  if (vm === null) panic('vmspace_alloc: no memory');
  vm_map_init(vm.vm_map, min, max);
  yield* pmap_pinit(vmspace_pmap(vm));
  vm.vm_map.pmap = vmspace_pmap(vm);
  vm.vm_refcnt = 1;
  vm.vm_shm = 0;
  if (!had) vm_unlock();
  return vm;
}

/** Gives the zone what vmspace_free has put off. Locks: vm lock held, kept. Does not sleep. */
function vmspace_zfree_released(): void {
  vm_assert();
  while (vmspace_released !== null) {
    const vm = vmspace_released;
    vmspace_released = $cast<vmspace>(vm.vm_shm);
    zfree(vmspace_zone, $addr(vm));
  }
}

/**
 * Takes a reference away and returns how many are left. Under the vm lock, or, as reconstructed for May 2001
 * (S1), as a bare `decl` (nonatomic_add_int). The other half is vmspace_ref in vm_glue.ts. Locks: vm lock
 * held under regime.vmspace_refcnt_locked, else none needed. May sleep in form only.
 */
function* vmspace_unref(vm: vmspace): Sleeps<int> {
  if (vm.vm_refcnt === 0) panic('vmspace_free: attempt to free already freed vmspace');
  if (regime.vmspace_refcnt_locked !== 0) {
    vm_assert();
    vm.vm_refcnt--;
    return vm.vm_refcnt;
  }
  return yield* nonatomic_add_int($ref(vm.vm_refcnt), -1);
}

/**
 * Drops a reference; with the last one the address space goes: mappings, page tables, page directory.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* vmspace_free(vm: vmspace): Sleeps<void> {
  const had = vm_owned();
  if (!had && regime.vmspace_refcnt_locked !== 0) yield* vm_lock();
  if ((yield* vmspace_unref(vm)) === 0) {
    if (!vm_owned()) yield* vm_lock();
    const map: vm_map = vm.vm_map;
    /* Normally empty by now (exit1 unmaps), unless the last holder was not a process. */
    yield* vm_map_lock(map);
    yield* vm_map_delete(map, vm_map_min(map), vm_map_max(map));
    vm_map_unlock(map);
    yield* pmap_release(vmspace_pmap(vm));
    if (regime.vmspace_zfree_now !== 0) {
      zfree(vmspace_zone, $addr(vm));
    } else {
      /* Torn down, but not yet the zone's: lock and empty map look whole until the next vmspace_alloc. */
      vm.vm_shm = $addr(vmspace_released);
      vmspace_released = vm;
    }
  }
  if (!had && vm_owned()) vm_unlock();
}

/**
 * Copies what of a vmspace is not map, pmap or reference count: sizes and addresses of text, data and stack.
 * Locks: vm lock held, kept. Does not sleep.
 */
function vmspace_copy_sizes(src: vmspace, dst: vmspace): void {
  const from: u32 = $addr($ref(src.vm_rssize));
  bcopy(from, $addr($ref(dst.vm_rssize)), $addr(src) + $sizeof<vmspace>() - from);
}

/**
 * Clones an entry that parent and child share. An anonymous one gets its object now, a copy-on-write one its
 * private copy, so that both see each other's writes. Locks: vm lock and the exclusive lock of old_map held,
 * kept; the vm lock may be let go of meanwhile. May sleep.
 */
function* vmspace_fork_share(old_map: vm_map, new_map: vm_map, old_entry: vm_map_entry): Sleeps<void> {
  yield* vm_map_entry_object_create(old_map, old_entry);
  let object = old_entry.object;
  /* The child's reference first: with just one, vm_object_shadow would see no need for a copy. */
  vm_object_reference(object);
  if ((old_entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0) {
    yield* vm_object_shadow(
      $ref(old_entry.object),
      $ref(old_entry.offset),
      atop(old_entry.end - old_entry.start),
    );
    old_entry.eflags &= ~MAP_ENTRY_NEEDS_COPY;
    /* The child's reference belongs to the new object too. */
    vm_object_reference(old_entry.object);
    yield* vm_object_deallocate(object);
    object = old_entry.object;
  }
  vm_object_clear_flag(object, OBJ_ONEMAPPING);
  const new_entry = yield* vmspace_fork_entry(new_map, old_entry);
  yield* pmap_copy(
    new_map.pmap,
    old_map.pmap,
    new_entry.start,
    old_entry.end - old_entry.start,
    old_entry.start,
  );
}

/**
 * Appends a copy of an entry to the child's map, with no wiring.
 * Locks: vm lock held, may be let go of meanwhile; new_map is nobody else's yet. May sleep.
 */
function* vmspace_fork_entry(new_map: vm_map, old_entry: vm_map_entry): Sleeps<vm_map_entry> {
  const new_entry = yield* vm_map_entry_create(new_map);
  $copy(new_entry, old_entry);
  new_entry.eflags &= ~MAP_ENTRY_USER_WIRED;
  new_entry.wired_count = 0;
  vm_map_entry_link(new_map, new_map.header.prev, new_entry);
  new_map.size += new_entry.end - new_entry.start;
  return new_entry;
}

/**
 * Makes the child's address space out of the parent's, each range as its inheritance says. Locks: vm lock
 * held or not; takes and drops the lock of the parent's map; the vm lock may be let go of meanwhile. May
 * sleep.
 */
export function* vmspace_fork(vm1: vmspace): Sleeps<vmspace> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const old_map: vm_map = vm1.vm_map;
  yield* vm_map_lock(old_map);
  old_map.infork = 1;
  const vm2 = yield* vmspace_alloc(vm_map_min(old_map), vm_map_max(old_map));
  vmspace_copy_sizes(vm1, vm2);
  const new_map: vm_map = vm2.vm_map;
  new_map.timestamp = 1;

  let old_entry = old_map.header.next;
  for (; old_entry !== old_map.header; old_entry = old_entry.next) {
    if ((old_entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) panic('vm_map_fork: encountered a submap');
    switch (old_entry.inheritance) {
      case VM_INHERIT_NONE:
        break;
      case VM_INHERIT_SHARE:
        yield* vmspace_fork_share(old_map, new_map, old_entry);
        break;
      case VM_INHERIT_COPY: {
        const new_entry = yield* vmspace_fork_entry(new_map, old_entry);
        new_entry.object = null;
        yield* vm_map_copy_entry(old_map, new_map, old_entry, new_entry);
        break;
      }
      default:
        panic('vmspace_fork: inheritance %d', old_entry.inheritance);
    }
  }
  old_map.infork = 0;
  vm_map_unlock(old_map);
  if (!had) vm_unlock();
  return vm2;
}

/**
 * Gives a process an empty address space of its own in place of the one it has (execve), and drops the
 * latter. Loads the new page directory before the old one can go. Locks: vm lock held or not; may be let go
 * of meanwhile. May sleep.
 */
export function* vmspace_exec(p: proc): Sleeps<void> {
  const had = vm_owned();
  const oldvmspace = p.p_vmspace;
  const map: vm_map = oldvmspace.vm_map;
  if (!had) yield* vm_lock();
  const newvmspace = yield* vmspace_alloc(vm_map_min(map), vm_map_max(map));
  vmspace_copy_sizes(oldvmspace, newvmspace);
  p.p_vmspace = newvmspace;
  pmap_pinit2(vmspace_pmap(newvmspace));
  if (p === curproc()) pmap_activate(p);
  yield* vmspace_free(oldvmspace);
  if (!had) vm_unlock();
}

/**
 * Gives a process that shares its address space a copy of its own (rfork without RFMEM).
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* vmspace_unshare(p: proc): Sleeps<void> {
  const had = vm_owned();
  const oldvmspace = p.p_vmspace;
  if (oldvmspace.vm_refcnt === 1) return;
  if (!had) yield* vm_lock();
  const newvmspace = yield* vmspace_fork(oldvmspace);
  p.p_vmspace = newvmspace;
  pmap_pinit2(vmspace_pmap(newvmspace));
  if (p === curproc()) pmap_activate(p);
  yield* vmspace_free(oldvmspace);
  if (!had) vm_unlock();
}

/**
 * Estimates the pages of swap that an address space holds: of each anonymous object the part that its entry
 * covers. What the killer of processes goes by when swap is full. Locks: vm lock held, kept. Walks the
 * entries without the map's lock (it cannot wait for it): only a guess. Does not sleep.
 */
export function vmspace_swap_count(vm: vmspace): int {
  const map: vm_map = vm.vm_map;
  let count: int = 0;
  vm_assert();
  for (let cur = map.header.next; cur !== map.header; cur = cur.next) {
    const object = cur.object;
    if ((cur.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || object === null) continue;
    if (object.type !== OBJT_SWAP || object.swp_bcount === 0) continue;
    const n: u32 = atop(cur.end - cur.start);
    if (object.size === 0) continue;
    /* A metadata block covers SWAP_META_PAGES pages; scale it by the share that this entry maps. */
    const held: u32 = $u32(object.swp_bcount) * SWAP_META_PAGES;
    if (n >= object.size) count += $i32(held);
    else count += $i32($u32(($i64(held) * $i64(n)) / $i64(object.size))) + 1;
  }
  return count;
}
