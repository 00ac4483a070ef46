/**
 * Page faults (vm/vm_fault.c): finds or makes the page for an address and enters it in the physical map.
 * Wiring is in vm_fault_wire.ts, the pager's part in vm_fault_pager.ts.
 *
 * Invariants of one fault, kept from the lookup to the end of vm_fault1 (each has its reason):
 * 1. The map is referenced by the caller and stays so; it is locked shared as long as lookup_still_valid is
 *    set. Whoever slept in a pager has let go of it, and compares the map's timestamp afterwards.
 * 2. first_object has a reference of ours, so that it is not destroyed, and with it everything behind it.
 * 3. paging_in_progress is raised in first_object and in `object` (once if they are the same): a collapse
 *    would otherwise move or free pages under our feet, and termination must wait for us.
 * 4. As soon as we look behind first_object, first_m is a busy page in first_object at first_pindex: it keeps
 *    the place, so that of two faults on one address only one brings the page in.
 * 5. m is busy and ours from the moment it was found: its identity cannot change. A busy page of somebody
 *    else is never waited for with pages of our own in hand: all is given back first, then the fault starts
 *    afresh.
 * 6. Nothing here sleeps but: the map lock, the zone of objects (in vm_map_lookup), a busy page, free memory,
 *    the pager. The vm lock is let go then, and only then.
 * 7. From the last look at the map to the end of pmap_enter nothing sleeps: with the vm lock kept, nobody who
 *    shares the map can unmap the address meanwhile. Without memory for a page table all is given back, as
 *    for a page.
 */
import { curproc } from '../i386/pcpu.h.js';
import { pmap_enter } from '../i386/pmap.js';
import { pmap_prefault } from '../i386/pmap_boot.js';
import { vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { printf } from '../kern/subr_prf.js';
import { PS_INMEM, P_KILLED } from '../sys/_proc.h.js';
import { PVM } from '../sys/param.h.js';
import type { vm_offset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import type { faultstate } from './vm_fault.h.js';
import { vm_fault_getpages } from './vm_fault_pager.js';
import { kernel_map } from './vm_kern.js';
import type { vm_map } from './vm_map.h.js';
import {
  MAP_ENTRY_NOFAULT,
  MAP_ENTRY_NOSYNC,
  VM_FAULT_DIRTY,
  VM_FAULT_HOLD,
  VM_FAULT_USER_WIRE,
  VM_FAULT_WIRE_MASK,
} from './vm_map.h.js';
import { vm_map_lookup, vm_map_lookup_done } from './vm_map_fault.js';
import { vm_map_lock_downgrade, vm_map_trylock } from './vm_map_lock.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import {
  OBJT_DEFAULT,
  OBJT_VNODE,
  OBJ_DEAD,
  OBJ_MIGHTBEDIRTY,
  vm_object_is_anonymous,
  vm_object_pip_wakeup,
} from './vm_object.h.js';
import {
  kernel_object,
  kmem_object,
  vm_object_deallocate,
  vm_object_drop,
  vm_object_reference,
  vm_object_set_writeable_dirty,
} from './vm_object.js';
import {
  PG_BUSY,
  PG_MAPPED,
  PG_NOSYNC,
  PG_REFERENCED,
  PG_WRITEABLE,
  PG_ZERO,
  VM_ALLOC_NORMAL,
  VM_ALLOC_ZERO,
  VM_PAGE_BITS_ALL,
  VM_PAGE_INCACHE,
  vm_page_busy,
  vm_page_copy,
  vm_page_dirty,
  vm_page_free,
  vm_page_hold,
  vm_page_unqueue_nowakeup,
  vm_page_wakeup,
  vm_page_zero_fill,
} from './vm_page.h.js';
import { vm_page_alloc, vm_page_lookup, vm_page_rename, vm_page_sleep_busy, vm_wait } from './vm_page.js';
import { vm_page_zero_invalid } from './vm_page_valid.js';
import { vm_page_count_severe } from './vm_pageout.h.js';
import {
  vm_page_activate,
  vm_page_deactivate,
  vm_page_protect,
  vm_page_unwire,
  vm_page_wire,
} from './vm_pageq.js';
import { vm_pager_page_unswapped } from './vm_pager.h.js';
import { vm_pager_has_page } from './vm_pager.js';
import {
  KERN_PROTECTION_FAILURE,
  KERN_RESOURCE_SHORTAGE,
  KERN_SUCCESS,
  OFF_TO_IDX,
  VM_PROT_NONE,
  VM_PROT_OVERRIDE_WRITE,
  VM_PROT_READ,
  VM_PROT_WRITE,
} from './vm_param.h.js';

/** What vm_fault_walk found, and what the pager's part says. Other values are KERN_*. */
export const VF_FOUND = 100; // fs.m is the page, busy
export const VF_BUSY = 101; // fs.m is somebody else's: wait for it
export const VF_NOMEM = 102; // no memory: wait
export const VF_DEAD = 103; // an object of the chain is being swallowed: wait
export const VF_PAGER = 104; // ask the pager of fs.object
export const VF_NEXT = 105; // nothing here: go on behind fs.object
export const VF_RETRY = 106; // everything was given back: start afresh
export const VF_BEYOND = 107; // the address lies beyond the end of an object, or the object is dead

/**
 * Gives the page back; someone may need it again, so it is only made inactive. Locks: V held. Does not sleep.
 */
export function release_page(fs: faultstate): void {
  vm_page_wakeup(fs.m);
  vm_page_deactivate(fs.m);
  fs.m = null;
}

/** Lets go of the map if it is still locked. Locks: V held; drops the map's. Does not sleep. @inline */
export function unlock_map(fs: faultstate): void {
  if (fs.lookup_still_valid !== 0) {
    vm_map_lookup_done(fs.map, fs.entry);
    fs.lookup_still_valid = 0;
  }
}

/**
 * Ends invariants 1, 3 and 4: announcements, place holder, map. The reference to first_object and fs.m are
 * the caller's. Locks: V held; drops the map's. Does not sleep.
 */
export function unlock_things(fs: faultstate): void {
  vm_object_pip_wakeup(fs.object);
  if (fs.object !== fs.first_object) {
    vm_page_free(fs.first_m);
    fs.first_m = null;
    vm_object_pip_wakeup(fs.first_object);
  }
  unlock_map(fs);
}

/** unlock_things and the reference, too: the way out of every failure and retry. Locks: V held. May sleep. */
export function* unlock_and_deallocate(fs: faultstate): Sleeps {
  unlock_things(fs);
  yield* vm_object_deallocate(fs.first_object);
}

/**
 * Looks for the page from fs.object on down the shadow chain: found in memory, or to be had from a pager, or
 * zero-filled in first_object at the end of the chain. `ask` false: fs.object has been asked in vain, go on
 * behind it. Returns VF_FOUND, VF_BUSY, VF_NOMEM, VF_DEAD, VF_PAGER or VF_BEYOND. Locks: V and the
 * invariants, kept. Does not sleep.
 */
function vm_fault_walk(fs: faultstate, ask: boolean): int {
  const first_object = fs.first_object;
  let object = fs.object;
  let m = fs.m;
  for (;;) {
    if (ask) {
      if ((object.flags & OBJ_DEAD) !== 0) return object === first_object ? VF_BEYOND : VF_DEAD;
      m = vm_page_lookup(object, fs.pindex);
      fs.m = m;
      let pager = object.type !== OBJT_DEFAULT && vm_fault_may_page(fs);
      if (m !== null) {
        if ((m.flags & PG_BUSY) !== 0 || m.busy !== 0) return VF_BUSY;
        if (VM_PAGE_INCACHE(m) && vm_page_count_severe()) {
          vm_page_activate(m);
          return VF_NOMEM;
        }
        vm_page_unqueue_nowakeup(m);
        vm_page_busy(m);
        if (m.valid === VM_PAGE_BITS_ALL || object === kernel_object || object === kmem_object)
          return VF_FOUND;
        KASSERT(pager || object === first_object, 'vm_fault: invalid page %p without a pager', $addr(m));
      } else if (pager || object === first_object) {
        if (fs.pindex >= object.size) return VF_BEYOND;
        if (pager) pager = vm_pager_has_page(object, fs.pindex, null, null);
        if (pager || object === first_object) {
          if (vm_page_count_severe()) return VF_NOMEM;
          const zero = object.backing_object === null && object.type !== OBJT_VNODE;
          m = vm_page_alloc(object, fs.pindex, zero ? VM_ALLOC_ZERO : VM_ALLOC_NORMAL);
          if (m === null) return VF_NOMEM;
          fs.m = m;
        }
      }
      if (pager) return VF_PAGER;
    }
    ask = true;
    if (object === first_object) fs.first_m = m;

    const next_object = object.backing_object;
    if (next_object === null) break;
    KASSERT(object !== next_object, 'object loop %p', $addr(next_object));
    fs.pindex += OFF_TO_IDX(object.backing_object_offset);
    if (object !== first_object) vm_object_pip_wakeup(object);
    object = next_object;
    fs.object = object;
    object.paging_in_progress++;
  }

  /* The end of the chain: zeros, in the top object. */
  if (object !== first_object) {
    vm_object_pip_wakeup(object);
    fs.object = first_object;
    fs.pindex = fs.first_pindex;
    m = fs.first_m;
    fs.m = m;
  }
  fs.first_m = null;
  if ((m.flags & PG_ZERO) === 0) vm_page_zero_fill(m);
  else cnt.v_ozfod++;
  cnt.v_zfod++;
  m.valid = VM_PAGE_BITS_ALL;
  return VF_FOUND;
}

/**
 * Begins the search after a lookup, with the map locked and first_object referenced and announced.
 * Locks: V and the invariants, kept. Does not sleep. @inline
 */
function vm_fault_start(fs: faultstate): void {
  fs.map_generation = fs.map.timestamp;
  fs.lookup_still_valid = 1;
  if (fs.wired !== 0) fs.fault_type = fs.prot;
  fs.m = null;
  fs.first_m = null;
  fs.object = fs.first_object;
  fs.pindex = fs.first_pindex;
}

/** May this fault page in? An unwiring does not: what it is about is in memory. Locks: V held. @inline */
function vm_fault_may_page(fs: faultstate): boolean {
  return (fs.fault_flags & VM_FAULT_WIRE_MASK) === 0 || fs.wired !== 0;
}

/**
 * Can the backing object's page become the top object's, instead of a copy? Yes if nobody else can ever ask
 * for it there: the first object is the only one that refers to the object directly behind it, and both are
 * anonymous. The map must not have changed, and must be (or get) locked, because the entry decides what
 * first_object is. Locks: V held; may take the map's lock shared. Does not sleep.
 */
function vm_fault_can_rename(fs: faultstate): boolean {
  const object = fs.object;
  if (fs.map_generation !== fs.map.timestamp) return false;
  if (object.shadow_count !== 1 || object.ref_count !== 1) return false;
  if (!vm_object_is_anonymous(object) || object !== fs.first_object.backing_object) return false;
  if (fs.lookup_still_valid !== 0) return true;
  if (vm_map_trylock(fs.map) !== 0) return false;
  vm_map_lock_downgrade(fs.map);
  fs.map_generation = fs.map.timestamp;
  fs.lookup_still_valid = 1;
  return true;
}

/**
 * fs.m belongs to an object down the chain. A reader may map it, but not for writing. For a writer it is
 * copied, or moved if possible, into the top object; afterwards fs.m is the top object's page, fs.object the
 * top object. Locks: V and the invariants, kept. Does not sleep.
 */
function vm_fault_private(fs: faultstate): void {
  if ((fs.fault_type & VM_PROT_WRITE) === 0) {
    fs.prot &= ~VM_PROT_WRITE;
    return;
  }
  if (vm_fault_can_rename(fs)) {
    /* The place holder gives way to the page itself, which becomes dirty by that. */
    vm_page_protect(fs.first_m, VM_PROT_NONE);
    vm_page_free(fs.first_m);
    vm_page_rename(fs.m, fs.first_object, fs.first_pindex);
    vm_page_busy(fs.m);
    fs.first_m = fs.m;
    cnt.v_cow_optim++;
  } else {
    /* Dirty as well: if the object comes to bypass the one behind it, this is the only copy. */
    vm_page_copy(fs.m, fs.first_m);
    vm_page_dirty(fs.first_m);
    /*
     * Others who map the top object (shared by fork) may have the old page, read-only: they must fault again
     * and find the new one. A correction of the BSD of 2001, which left them with stale data; FreeBSD did so
     * much later.
     */
    if (fs.first_object.ref_count > 2) vm_page_protect(fs.m, VM_PROT_NONE);
    release_page(fs);
  }
  vm_object_pip_wakeup(fs.object);
  cnt.v_cow_faults++;
  fs.m = fs.first_m;
  fs.first_m = null;
  fs.object = fs.first_object;
  fs.pindex = fs.first_pindex;
}

/**
 * The map was unlocked and changed: is the page still what the address wants? Asks without write permission,
 * so as not to start a copy now; a page that turns out to be read-only will fault again. KERN_SUCCESS: the
 * map is locked again. Else all is given back: VF_RETRY, or KERN_* for the caller. Locks: V and the
 * invariants. May sleep.
 */
function* vm_fault_relookup(fs: faultstate): Sleeps<int> {
  const retry_object = $var<vm_object>();
  const retry_pindex = $var<vm_pindex_t>();
  const retry_prot = $var<u32>();
  let result = yield* vm_map_lookup(
    $ref(fs.map),
    fs.vaddr,
    fs.fault_type & ~VM_PROT_WRITE,
    $ref(fs.entry),
    retry_object,
    retry_pindex,
    retry_prot,
    $ref(fs.wired),
  );
  fs.map_generation = fs.map.timestamp;
  if (result === KERN_SUCCESS) {
    fs.lookup_still_valid = 1;
    if (retry_object[0] === fs.first_object && retry_pindex[0] === fs.first_pindex) {
      /* From read to write is fine, the write will fault; from write to read must be obeyed. */
      fs.prot &= retry_prot[0];
      return KERN_SUCCESS;
    }
    result = VF_RETRY;
  }
  release_page(fs);
  yield* unlock_and_deallocate(fs);
  return result;
}

/**
 * vm_fault's lookup failed for protection. A user who wires a read-only view of a private mapping must get
 * the copy now, because a wired page does not fault later. Locks: V held; takes the map's on success. May
 * sleep.
 */
function* vm_fault_lookup_wire(fs: faultstate, map: vm_map): Sleeps<int> {
  fs.map = map;
  const result = yield* vm_map_lookup(
    $ref(fs.map),
    fs.vaddr,
    VM_PROT_READ | VM_PROT_WRITE | VM_PROT_OVERRIDE_WRITE,
    $ref(fs.entry),
    $ref(fs.first_object),
    $ref(fs.first_pindex),
    $ref(fs.prot),
    $ref(fs.wired),
  );
  if (result === KERN_SUCCESS && (fs.entry.protection & VM_PROT_WRITE) === 0) {
    fs.entry.max_protection &= ~VM_PROT_WRITE;
  }
  return result;
}

/**
 * Goes on where vm_fault_walk got stuck: asks pagers, waits for busy pages and for memory. VF_FOUND: the page
 * is there after all. Else all was given back: VF_RETRY, or KERN_* for the caller, KERN_RESOURCE_SHORTAGE for
 * instance if a process was killed to get memory, and should not wait for some itself. Locks: V and the
 * invariants, ended unless VF_FOUND; V is let go while it sleeps. May sleep.
 */
function* vm_fault_wait(fs: faultstate, why: int): Sleeps<int> {
  while (why === VF_PAGER) {
    why = yield* vm_fault_getpages(fs);
    if (why === VF_NEXT) why = vm_fault_walk(fs, false);
  }
  if (why !== VF_BUSY && why !== VF_DEAD && why !== VF_NOMEM && why !== VF_BEYOND) return why;
  const object = fs.object;
  const m = fs.m;
  unlock_things(fs);
  if (why === VF_BUSY) {
    yield* vm_page_sleep_busy(m, 1, 'vmpfw');
    cnt.v_intrans++;
  } else if (why === VF_DEAD) {
    /* Whoever swallows it wakes us when it is done. */
    yield* vm_sleep($addr(object), PVM, 'vmdead', 0);
  }
  yield* vm_object_deallocate(fs.first_object);
  if (why === VF_BEYOND) return KERN_PROTECTION_FAILURE;
  if (why === VF_NOMEM) {
    if ((curproc().p_flag & P_KILLED) !== 0 && fs.map !== kernel_map) return KERN_RESOURCE_SHORTAGE;
    yield* vm_wait();
  }
  return VF_RETRY;
}

/**
 * The page is found and the map as it was: settles the page's flags for the access. Locks: V held. Does not
 * sleep. @inline
 */
function vm_fault_settle(fs: faultstate): void {
  const m = fs.m;
  KASSERT((m.flags & PG_BUSY) !== 0, 'vm_fault: not busy after main loop');
  if ((fs.prot & VM_PROT_WRITE) !== 0) {
    m.flags |= PG_WRITEABLE;
    if ((m.object.flags & OBJ_MIGHTBEDIRTY) === 0) vm_object_set_writeable_dirty(m.object);
    /* A dirty page keeps its state: what was to be synced is not exempted by another mapping. */
    if ((fs.entry.eflags & MAP_ENTRY_NOSYNC) !== 0) {
      if (m.dirty === 0) m.flags |= PG_NOSYNC;
    } else {
      m.flags &= ~PG_NOSYNC;
    }
    if ((fs.fault_flags & VM_FAULT_DIRTY) !== 0) {
      vm_page_dirty(m);
      vm_pager_page_unswapped(m);
    }
  }
  if (m.valid !== VM_PAGE_BITS_ALL) {
    vm_page_zero_invalid(m, true);
    printf('Warning: page %p partially invalid on fault\n', $addr(m));
  }
}

/**
 * The page is mapped: puts it where the page daemon can find it (or wires it), counts the fault, and gives
 * the page back. Locks: V held. Does not sleep. @inline
 */
function vm_fault_finish(fs: faultstate): void {
  const m = fs.m;
  m.flags = (m.flags & ~PG_ZERO) | PG_MAPPED | PG_REFERENCED;
  if ((fs.fault_flags & VM_FAULT_HOLD) !== 0) vm_page_hold(m);
  if ((fs.fault_flags & VM_FAULT_WIRE_MASK) === 0) vm_page_activate(m);
  else if (fs.wired !== 0) vm_page_wire(m);
  else vm_page_unwire(m, 1);

  const p = curproc();
  if (p.p_stats !== null && (p.p_sflag & PS_INMEM) !== 0) {
    if (fs.hardfault !== 0) p.p_stats.p_ru.ru_majflt++;
    else p.p_stats.p_ru.ru_minflt++;
  }
  vm_page_wakeup(m);
}

/**
 * Handles a page fault at a page address. The map must be referenced and stays so. KERN_SUCCESS: the page is
 * in the map's pmap with at least the access asked for. fault_flags:
 *   VM_FAULT_CHANGE_WIRING  the fault wires (the entry is wired already), or unwires
 *   VM_FAULT_USER_WIRE      the same for mlock
 *   VM_FAULT_HOLD           hold the page (vm_page_hold)
 *   VM_FAULT_DIRTY          it is going to be written at once: do not wait for the modified bit
 * The body is in plain functions as far as it cannot sleep: what a sleeping function keeps across a sleep is
 * paid for at each call. Locks: V held, kept; let go while it sleeps. May sleep.
 */
export function* vm_fault1(
  map: vm_map,
  vaddr: vm_offset_t,
  fault_type: vm_prot_t,
  fault_flags: int,
): Sleeps<int> {
  const fs = $local<faultstate>();
  cnt.v_vm_faults++;
  fs.hardfault = 0;
  fs.vaddr = vaddr;
  fs.fault_flags = fault_flags;

  for (;;) {
    fs.map = map;
    fs.fault_type = fault_type;
    let result = yield* vm_map_lookup(
      $ref(fs.map),
      vaddr,
      fault_type,
      $ref(fs.entry),
      $ref(fs.first_object),
      $ref(fs.first_pindex),
      $ref(fs.prot),
      $ref(fs.wired),
    );
    if (result !== KERN_SUCCESS) {
      if (result !== KERN_PROTECTION_FAILURE) return result;
      if ((fault_flags & VM_FAULT_WIRE_MASK) !== VM_FAULT_USER_WIRE) return result;
      result = yield* vm_fault_lookup_wire(fs, map);
      if (result !== KERN_SUCCESS) return result;
    }
    if ((fs.entry.eflags & MAP_ENTRY_NOFAULT) !== 0) {
      panic('vm_fault: fault on nofault entry, addr: %lx', vaddr);
    }

    vm_object_reference(fs.first_object);
    fs.first_object.paging_in_progress++;

    vm_fault_start(fs);
    result = vm_fault_walk(fs, true);
    if (result !== VF_FOUND) {
      result = yield* vm_fault_wait(fs, result);
      if (result === VF_RETRY) continue;
      if (result !== VF_FOUND) return result;
    }
    if (fs.object !== fs.first_object) vm_fault_private(fs);
    if (fs.lookup_still_valid === 0 && fs.map.timestamp !== fs.map_generation) {
      result = yield* vm_fault_relookup(fs);
      if (result === VF_RETRY) continue;
      if (result !== KERN_SUCCESS) return result;
    }
    vm_fault_settle(fs);
    if (pmap_enter(fs.map.pmap, vaddr, fs.m, fs.prot, fs.wired !== 0)) break;
    release_page(fs);
    result = yield* vm_fault_wait(fs, VF_NOMEM);
    if (result !== VF_RETRY) return result;
  }

  /* A reader will want the neighbours. */
  if ((fault_type & VM_PROT_WRITE) === 0 && (fault_flags & VM_FAULT_WIRE_MASK) === 0 && fs.wired === 0) {
    pmap_prefault(fs.map.pmap, vaddr, fs.entry);
  }
  unlock_things(fs);
  vm_fault_finish(fs);
  if (!vm_object_drop(fs.first_object)) yield* vm_object_deallocate(fs.first_object);
  return KERN_SUCCESS;
}

/**
 * vm_fault1 for callers with and without the vm lock.
 * Locks: takes the vm lock unless the caller has it, and gives back what it took. May sleep.
 */
export function* vm_fault(
  map: vm_map,
  vaddr: vm_offset_t,
  fault_type: vm_prot_t,
  fault_flags: int,
): Sleeps<int> {
  const hadvmlock = vm_owned();
  if (!hadvmlock) yield* vm_lock();
  const rv = yield* vm_fault1(map, vaddr, fault_type, fault_flags);
  if (!hadvmlock) vm_unlock();
  return rv;
}
