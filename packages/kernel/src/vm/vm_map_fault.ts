/**
 * What a page fault asks of a map (part of vm/vm_map.c): which object backs an address, and may the stack
 * grow to it. Locking as told in vm_map.ts.
 */
import { curproc } from '../i386/pcpu.h.js';
import { lockmgr_try } from '../kern/kern_lock.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { LK_SHARED } from '../sys/lockmgr.h.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_STACK } from '../sys/resource.h.js';
import type { rlim_t, vm_offset_t, vm_pindex_t, vm_prot_t, vm_size_t } from '../sys/types.h.js';
import type { vm_map, vm_map_entry, vmspace } from './vm_map.h.js';
import {
  MAP_ENTRY_COW,
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NEEDS_COPY,
  MAP_ENTRY_USER_WIRED,
  vm_map_entry_submap,
} from './vm_map.h.js';
import { vm_map_clip_end, vm_map_entry_object_create, vm_map_insert, vm_map_lookup_entry } from './vm_map.js';
import {
  vm_map_lock,
  vm_map_lock_downgrade,
  vm_map_lock_read,
  vm_map_lock_upgrade,
  vm_map_unlock,
  vm_map_unlock_read,
} from './vm_map_lock.js';
import type { vm_object } from './vm_object.h.js';
import { vm_object_shadow } from './vm_object.js';
import {
  KERN_INVALID_ADDRESS,
  KERN_NO_SPACE,
  KERN_PROTECTION_FAILURE,
  KERN_SUCCESS,
  OFF_TO_IDX,
  SGROWSIZ,
  VM_PROT_ALL,
  VM_PROT_OVERRIDE_WRITE,
  VM_PROT_WRITE,
  atop,
  btoc,
  ptoa,
  round_page,
  trunc_page,
} from './vm_param.h.js';

/**
 * Finds what backs a fault address: the entry, the object and page index, the protection to enter the page
 * with. Does the lazy part of mapping on the way: a copy-on-write entry gets its shadow object at the first
 * write, an anonymous entry its object at the first touch, but NOT in a system map. There an entry without an
 * object is address space whose pages are entered by hand, and the lookup succeeds with *object null.
 *
 * KERN_SUCCESS: *mapp, the submap perhaps, is locked shared until vm_map_lookup_done(); if *wired is set,
 * *out_prot is what the page must be entered with whatever the fault was. Locks: vm lock held, kept, but may
 * be let go of meanwhile (L1, L3); takes the map's lock shared and keeps it on success. May sleep.
 */
export function* vm_map_lookup(
  mapp: ptr<vm_map>,
  vaddr: vm_offset_t,
  fault_typea: int,
  out_entry: ptr<vm_map_entry>,
  objectp: ptr<vm_object>,
  pindex: ptr<vm_pindex_t>,
  out_prot: ptr<u32>,
  wired: ptr<int>,
): Sleeps<int> {
  vm_assert();
  for (;;) {
    const map = mapp[0];
    /* The lock is free as a rule: save a level of sleeping call on the way of every fault. */
    if (lockmgr_try(map.lock, LK_SHARED, curproc()) !== 0) yield* vm_map_lock_read(map);
    let entry = map.hint;
    if (entry === map.header || vaddr < entry.start || vaddr >= entry.end) {
      if (!vm_map_lookup_entry(map, vaddr, out_entry)) {
        vm_map_unlock_read(map);
        return KERN_INVALID_ADDRESS;
      }
      entry = out_entry[0];
    } else {
      out_entry[0] = entry;
    }
    const eflags = entry.eflags;
    if ((eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) {
      mapp[0] = vm_map_entry_submap(entry);
      vm_map_unlock_read(map);
      continue;
    }

    /* OVERRIDE_WRITE: a debugger forces a private copy where the process itself may only read. */
    let prot: int = (fault_typea & VM_PROT_OVERRIDE_WRITE) !== 0 ? entry.max_protection : entry.protection;
    let fault_type: int = fault_typea & VM_PROT_ALL;
    if (
      (fault_type & prot) !== fault_type ||
      /* A copy of a page that the user has wired would take the wiring's place silently. */
      ((eflags & MAP_ENTRY_USER_WIRED) !== 0 &&
        (eflags & MAP_ENTRY_COW) !== 0 &&
        (fault_type & VM_PROT_WRITE) !== 0 &&
        (fault_typea & VM_PROT_OVERRIDE_WRITE) === 0)
    ) {
      vm_map_unlock_read(map);
      return KERN_PROTECTION_FAILURE;
    }

    /* A wired page does not fault again: get it with every access that the entry allows. */
    if (entry.wired_count !== 0) {
      wired[0] = 1;
      prot = entry.protection;
      fault_type = prot;
    } else {
      wired[0] = 0;
    }

    if ((eflags & MAP_ENTRY_NEEDS_COPY) !== 0) {
      if ((fault_type & VM_PROT_WRITE) !== 0) {
        /*
         * Put a new object in front of the shared one. The entry's reference moves to it, so no object gains
         * or loses one.
         */
        if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
        if ((entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0) {
          yield* vm_object_shadow($ref(entry.object), $ref(entry.offset), atop(entry.end - entry.start));
          entry.eflags &= ~MAP_ENTRY_NEEDS_COPY;
        }
        vm_map_lock_downgrade(map);
      } else {
        prot &= ~VM_PROT_WRITE;
      }
    }

    if (entry.object === null && map.system_map === 0) {
      if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
      yield* vm_map_entry_object_create(map, entry);
      vm_map_lock_downgrade(map);
    }

    pindex[0] = OFF_TO_IDX(entry.offset + (vaddr - entry.start));
    objectp[0] = entry.object;
    out_prot[0] = prot;
    return KERN_SUCCESS;
  }
}

/**
 * Ends what a successful vm_map_lookup began. Locks: vm lock held, kept; drops the map's shared lock. Does
 * not sleep.
 */
export function vm_map_lookup_done(map: vm_map, entry: vm_map_entry): void {
  KASSERT(entry !== map.header, 'vm_map_lookup_done: the header');
  vm_map_unlock_read(map);
}

/*
 * Stacks. A stack is an entry at its upper end that may grow down by avail_ssize; the space below is reserved
 * by nothing but that number.
 */

/**
 * Maps a stack of at most max_ssize bytes at addrbos; its uppermost SGROWSIZ bytes are there at once.
 * Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_stack(
  map: vm_map,
  addrbos: vm_offset_t,
  max_ssize: vm_size_t,
  prot: vm_prot_t,
  max: vm_prot_t,
  cow: int,
): Sleeps<int> {
  const out = $var<vm_map_entry>();
  const top: vm_offset_t = addrbos + max_ssize;
  const init_ssize: vm_size_t = max_ssize < SGROWSIZ ? max_ssize : SGROWSIZ;
  if (top < addrbos) return KERN_NO_SPACE;

  yield* vm_map_lock(map);
  if (vm_map_lookup_entry(map, addrbos, out)) {
    vm_map_unlock(map);
    return KERN_NO_SPACE;
  }
  const prev_entry = out[0];
  /* All of it must be free now, although nothing keeps it so. */
  if (prev_entry.next !== map.header && prev_entry.next.start < top) {
    vm_map_unlock(map);
    return KERN_NO_SPACE;
  }
  const rv = yield* vm_map_insert(map, null, 0, top - init_ssize, top, prot, max, cow);
  if (rv === KERN_SUCCESS) {
    yield* vm_map_stack_entry(map, prev_entry, top - init_ssize, top, max_ssize - init_ssize);
  }
  vm_map_unlock(map);
  return rv;
}

/**
 * Makes sure that a piece of stack just inserted behind prev_entry is an entry of its own (vm_map_insert may
 * have extended prev_entry instead, and merged that with the entry behind) and notes how far it may grow.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May
 * sleep.
 */
function* vm_map_stack_entry(
  map: vm_map,
  prev_entry: vm_map_entry,
  bot: vm_offset_t,
  top: vm_offset_t,
  avail: vm_size_t,
): Sleeps<vm_map_entry> {
  if (prev_entry !== map.header) yield* vm_map_clip_end(map, prev_entry, bot);
  const new_entry = prev_entry.next;
  /* An extended prev_entry may even have been merged with what follows. */
  yield* vm_map_clip_end(map, new_entry, top);
  if (new_entry.end !== top || new_entry.start !== bot) {
    panic('Bad stack grow start/end in new stack entry');
  }
  new_entry.avail_ssize = avail;
  return new_entry;
}

/**
 * Grows a stack down to `addr` if it is in the reach of one. KERN_SUCCESS also if the address is mapped
 * already or belongs to no stack: the fault then goes the ordinary way. Locks: vm lock held, kept; takes and
 * drops the lock of the process's map (L1). May sleep.
 */
export function* vm_map_growstack(p: proc, faddr: vm_offset_t): Sleeps<int> {
  const vm = p.p_vmspace;
  const map: vm_map = vm.vm_map;
  const out = $var<vm_map_entry>();
  KASSERT(map.system_map === 0, 'vm_map_growstack: a map of the kernel');
  for (;;) {
    yield* vm_map_lock_read(map);
    if (vm_map_lookup_entry(map, faddr, out)) {
      vm_map_unlock_read(map);
      return KERN_SUCCESS;
    }
    const prev_entry = out[0];
    const stack_entry = prev_entry.next;
    if (
      stack_entry === map.header ||
      stack_entry.avail_ssize < 1 ||
      faddr >= stack_entry.start ||
      faddr < stack_entry.start - stack_entry.avail_ssize
    ) {
      vm_map_unlock_read(map);
      return KERN_SUCCESS;
    }
    const bottom: vm_offset_t =
      prev_entry === map.header ? stack_entry.start - stack_entry.avail_ssize : prev_entry.end;

    let grow: vm_size_t = round_page(stack_entry.start - faddr);
    if (grow > stack_entry.start - bottom) {
      /* Something was mapped into the room that the stack had: it can never grow so far. */
      if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
      stack_entry.avail_ssize = stack_entry.start - bottom;
      vm_map_unlock(map);
      return KERN_NO_SPACE;
    }
    const is_procstack: boolean = faddr >= vm.vm_maxsaddr;
    const used: vm_size_t = ptoa($u32(vm.vm_ssize));
    const limit: rlim_t = p.p_limit.pl_rlimit[RLIMIT_STACK].rlim_cur;
    if (grow > stack_entry.avail_ssize || (is_procstack && $i64(used) + $i64(grow) > limit)) {
      vm_map_unlock_read(map);
      return KERN_NO_SPACE;
    }
    /* By whole steps, as far as there is room and the limit allows. */
    grow = (grow + (SGROWSIZ - 1)) & ~(SGROWSIZ - 1);
    if (grow > stack_entry.avail_ssize) grow = stack_entry.avail_ssize;
    if (is_procstack && $i64(used) + $i64(grow) > limit) grow = trunc_page($u32(limit - $i64(used)));

    if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
    const rv = yield* vm_map_growstack_by(map, vm, prev_entry, stack_entry, bottom, grow, is_procstack);
    vm_map_unlock(map);
    return rv;
  }
}

/**
 * Maps `grow` more bytes below stack_entry, no further than to `bottom`. Locks: vm lock and the map's
 * exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_growstack_by(
  map: vm_map,
  vm: vmspace,
  prev_entry: vm_map_entry,
  stack_entry: vm_map_entry,
  bottom: vm_offset_t,
  grow: vm_size_t,
  is_procstack: boolean,
): Sleeps<int> {
  const top: vm_offset_t = stack_entry.start;
  let addr: vm_offset_t = top - grow;
  KASSERT(grow !== 0 && (grow & PAGE_MASK) === 0, 'vm_map_growstack_by: %#x bytes', grow);
  if (addr < bottom) {
    stack_entry.avail_ssize = top - bottom;
    addr = bottom;
  }
  const avail: vm_size_t = stack_entry.avail_ssize - (top - addr);
  const rv = yield* vm_map_insert(
    map,
    null,
    0,
    addr,
    top,
    stack_entry.protection,
    stack_entry.max_protection,
    0,
  );
  if (rv === KERN_SUCCESS) {
    const new_entry = yield* vm_map_stack_entry(map, prev_entry, addr, top, avail);
    if (is_procstack) vm.vm_ssize += $i32(btoc(new_entry.end - new_entry.start));
  }
  return rv;
}
