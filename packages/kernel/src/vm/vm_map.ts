/**
 * Address maps (vm/vm_map.c of May 2001): the sorted list of entries, its lock, and the operations that every other one
 * is made of: lookup, insert, find space, simplify, clip, delete. BSD's file holds all of maps; ours is split:
 *   vm_map_lock.ts   the lock of a map
 *   vm_map_fault.ts  what vm_fault asks: vm_map_lookup, and the growing of stacks
 *   vm_map_prot.ts   protect, inherit, madvise, check_protection, submap
 *   vm_map_wire.ts   pageable, user_pageable
 *   vm_map_copy.ts   copy_entry, split (fork's copy-on-write)
 *   vm_map_sync.ts   clean (msync)
 *   vm_vmspace.ts    vmspaces: alloc, free, fork, exec, unshare
 *
 * Locking. All functions here are called with the vm lock (vm_mtx, or Giant under the giant regime) and return with it.
 * The map's own lock is a lockmgr lock: it is held over sleeps, the vm lock never is. Therefore
 *   L1  vm_map_lock() and its relatives may let go of the vm lock to wait; what the caller knew about pages and objects
 *       before the call is only a hint after it. What it knows about the *entries* of a map holds for as long as it has
 *       that map's lock.
 *   L2  map.timestamp counts exclusive acquisitions. Who lets go of a map and takes it again (vm_fault, mincore)
 *       compares timestamps and looks its entry up again if they differ.
 *   L3  Allocating an entry for a map that is not a system map, and anything that makes or drops an object, may sleep
 *       with the map lock held: again the vm lock is let go of meanwhile.
 *   L4  Entries of system maps come from a ZONE_INTERRUPT zone: such maps are changed without sleeping for memory.
 *
 * Invariants of a map (I1-I5 are checked by vm_map_entry_link and the test of the map against a plain model):
 *   I1  the entries from header.next on are sorted, disjoint, not empty and within [header.start, header.end);
 *   I2  nentries is their number, size the sum of their lengths;
 *   I3  hint is an entry of the map or the header;
 *   I4  first_free is the header or an entry in front of whose end the map has no gap: a search for space from the
 *       map's first address may start behind it;
 *   I5  an entry with MAP_ENTRY_IS_SUB_MAP has a map where others have an object;
 *   I6  entry.object holds one reference on the object.
 */
import type { pmap } from '../i386/pmap.h.js';
import { pmap_remove } from '../i386/pmap.js';
import { pmap_init2, pmap_object_init_pt } from '../i386/pmap_boot.js';
import { pmap_growkernel } from '../i386/pmap_pinit.js';
import { lockinit } from '../kern/kern_lock.js';
import { maxproc } from '../kern/kern_proc.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { PVM } from '../sys/param.h.js';
import type { vm_offset_t, vm_ooffset_t, vm_pindex_t, vm_prot_t, vm_size_t } from '../sys/types.h.js';
import { swap_pager_freespace } from './swap_pager.js';
import { kernel_map } from './vm_kern.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import {
  MAP_COPY_ON_WRITE,
  MAP_DISABLE_COREDUMP,
  MAP_DISABLE_SYNCER,
  MAP_ENTRY_COW,
  MAP_ENTRY_IS_SUB_MAP,
  MAP_ENTRY_NEEDS_COPY,
  MAP_ENTRY_NOCOREDUMP,
  MAP_ENTRY_NOFAULT,
  MAP_ENTRY_NOSYNC,
  MAP_NOFAULT,
  MAP_PREFAULT,
  MAP_PREFAULT_PARTIAL,
  MAX_KMAP,
  MAX_KMAPENT,
  MAX_MAPENT,
  vm_map_max,
  vm_map_min,
} from './vm_map.h.js';
import { vm_map_lock, vm_map_unlock } from './vm_map_lock.js';
import { vm_map_entry_unwire } from './vm_map_wire.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT, OBJT_SWAP, OBJ_NOSPLIT, OBJ_ONEMAPPING, vm_object_clear_flag } from './vm_object.h.js';
import {
  kernel_object,
  kmem_object,
  vm_object_allocate,
  vm_object_coalesce,
  vm_object_deallocate,
  vm_object_init2,
  vm_object_page_remove,
  vm_object_reference,
} from './vm_object.js';
import { vm_object_collapse } from './vm_object_collapse.js';
import {
  KERN_INVALID_ADDRESS,
  KERN_NO_SPACE,
  KERN_SUCCESS,
  OFF_TO_IDX,
  VM_INHERIT_DEFAULT,
  atop,
  round_page,
} from './vm_param.h.js';
import { vmspace_init } from './vm_vmspace.js';
import type { vm_zone } from './vm_zone.h.js';
import { ZONE_INTERRUPT } from './vm_zone.h.js';
import { zalloc, zalloci, zbootinit, zfree, zfreei, zinitna } from './vm_zone.js';

/** Entries and maps for the start, before zones can grow. */
let map_init: array<embed<vm_map>, 10>; // MAX_KMAP
let kmap_entry_init: array<embed<vm_map_entry>, 128>; // MAX_KMAPENT
let map_entry_init: array<embed<vm_map_entry>, 128>; // MAX_MAPENT

let mapzone_store: embed<vm_zone>;
let kmapentzone_store: embed<vm_zone>;
let mapentzone_store: embed<vm_zone>;
let kmapentobj: embed<vm_object>;

export let mapzone: vm_zone = null;
export let kmapentzone: vm_zone = null;
export let mapentzone: vm_zone = null;

/**
 * Prepares the zones of maps and entries with static items, so that kernel maps can exist before kernel memory does.
 * Locks: none (boot). Does not sleep.
 */
export function vm_map_startup(): void {
  mapzone = mapzone_store;
  zbootinit(mapzone, 'MAP', $sizeof<vm_map>(), $addr(map_init), MAX_KMAP);
  kmapentzone = kmapentzone_store;
  zbootinit(kmapentzone, 'KMAP ENTRY', $sizeof<vm_map_entry>(), $addr(kmap_entry_init), MAX_KMAPENT);
  mapentzone = mapentzone_store;
  zbootinit(mapentzone, 'MAP ENTRY', $sizeof<vm_map_entry>(), $addr(map_entry_init), MAX_MAPENT);
}

/** Entries of kernel_map that a process takes: its kernel stack and its page directory, which lie alternately and do not merge. */
const KMAPENT_PER_PROC = 2;

/**
 * Lets the zones of maps grow from now on: entries of the kernel's maps within an address range that is set aside here
 * (they must never wait, L4), entries of users' maps from anywhere.
 * Locks: vm lock held; may be let go of meanwhile. May sleep.
 */
export function* vm_init2(): Sleeps<void> {
  vm_assert();
  /* In 2001 a quarter of the pages was all: with little memory, fewer than maxproc processes need, and then a panic. */
  const nentries: int = $i32(cnt.v_page_count / 4) + KMAPENT_PER_PROC * maxproc;
  yield* zinitna(kmapentzone, kmapentobj, null, 0, nentries, ZONE_INTERRUPT, 1);
  yield* zinitna(mapentzone, null, null, 0, 0, 0, 1);
  yield* zinitna(mapzone, null, null, 0, 0, 0, 1);
  yield* vm_object_init2();
  yield* vmspace_init();
  yield* pmap_init2();
}

/**
 * Makes a map of the range [min, max) over a physical map.
 * Locks: vm lock held; may be let go of meanwhile. May sleep.
 */
export function* vm_map_create(pm: pmap, min: vm_offset_t, max: vm_offset_t): Sleeps<vm_map> {
  vm_assert();
  const result = $cast<vm_map>(yield* zalloc(mapzone));
  if (result === null) panic('vm_map_create: out of maps');
  vm_map_init(result, min, max);
  result.pmap = pm;
  return result;
}

/**
 * Makes an empty map of a chunk of memory. The physical map is left alone: a reused vmspace keeps its own.
 * Locks: none needed, nobody knows the map yet. Does not sleep.
 */
export function vm_map_init(map: vm_map, min: vm_offset_t, max: vm_offset_t): void {
  KASSERT(min < max, 'vm_map_init: empty range %#x to %#x', min, max);
  map.header.next = map.header;
  map.header.prev = map.header;
  map.nentries = 0;
  map.size = 0;
  map.system_map = 0;
  map.infork = 0;
  map.header.start = min;
  map.header.end = max;
  map.first_free = map.header;
  map.hint = map.header;
  map.timestamp = 0;
  lockinit(map.lock, PVM, 'thrd_sleep', 0, 0);
}

/*
 * Entries.
 */

/**
 * Gets an entry for a map.
 * Locks: vm lock held; for a map of a user it may be let go of meanwhile (L3). May sleep (not for a system map).
 */
export function* vm_map_entry_create(map: vm_map): Sleeps<vm_map_entry> {
  let item: u32 = 0;
  if (map.system_map !== 0 || mapentzone === null) item = zalloci(kmapentzone);
  else item = yield* zalloc(mapentzone);
  if (item === 0) panic('vm_map_entry_create: kernel resources exhausted');
  return $cast<vm_map_entry>(item);
}

/** Gives an entry back to its zone. Locks: vm lock held, kept. Does not sleep. */
export function vm_map_entry_dispose(map: vm_map, entry: vm_map_entry): void {
  KASSERT(map.hint !== entry, 'vm_map_entry_dispose: entry %p is the hint', $addr(entry));
  KASSERT(map.first_free !== entry, 'vm_map_entry_dispose: entry %p is first_free', $addr(entry));
  if (map.system_map !== 0 || mapentzone === null) zfreei(kmapentzone, $addr(entry));
  else zfree(mapentzone, $addr(entry));
}

/** Inserts an entry behind another. Locks: vm lock and the map's exclusive one held, kept. Does not sleep. */
export function vm_map_entry_link(map: vm_map, after_where: vm_map_entry, entry: vm_map_entry): void {
  KASSERT(entry.start < entry.end, 'vm_map_entry_link: empty entry %#x', entry.start);
  KASSERT(
    after_where === map.header || after_where.end <= entry.start,
    'vm_map_entry_link: %#x overlaps the entry in front',
    entry.start,
  );
  map.nentries++;
  entry.prev = after_where;
  entry.next = after_where.next;
  entry.next.prev = entry;
  after_where.next = entry;
}

/** Takes an entry out of the list. Locks: vm lock and the map's exclusive one held, kept. Does not sleep. */
export function vm_map_entry_unlink(map: vm_map, entry: vm_map_entry): void {
  const eprev = entry.prev;
  const enext = entry.next;
  KASSERT(entry !== map.header, 'vm_map_entry_unlink: the header');
  enext.prev = eprev;
  eprev.next = enext;
  map.nentries--;
}

/**
 * Finds the entry that contains `address`, or the one in front of it (the header if there is none). True if it contains
 * the address. Starts at the hint and moves the hint.
 * Locks: vm lock and the map's lock (shared will do) held, kept. Does not sleep.
 */
export function vm_map_lookup_entry(map: vm_map, address: vm_offset_t, entryp: ptr<vm_map_entry>): boolean {
  const head: vm_map_entry = map.header;
  let last: vm_map_entry = head;
  let cur = map.hint;
  if (cur === head) cur = cur.next;
  if (address >= cur.start) {
    if (cur !== last && cur.end > address) {
      entryp[0] = cur;
      return true;
    }
  } else {
    /* From the front up to and with the hint. */
    last = cur.next;
    cur = head.next;
  }
  for (; cur !== last; cur = cur.next) {
    if (cur.end > address) {
      if (address >= cur.start) {
        entryp[0] = cur;
        map.hint = cur;
        return true;
      }
      break;
    }
  }
  cur = cur.prev;
  entryp[0] = cur;
  map.hint = cur;
  return false;
}

/**
 * Maps [start, end) to an object from `offset` on. A null object is anonymous memory whose object is made when it is first
 * touched; such a range that continues one like it extends that one's object instead, and its entry if the
 * protections agree. On success the caller's reference on the object is the map's.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_insert(
  map: vm_map,
  object: vm_object,
  offset: vm_ooffset_t,
  start: vm_offset_t,
  end: vm_offset_t,
  prot: vm_prot_t,
  max: vm_prot_t,
  cow: int,
): Sleeps<int> {
  vm_assert();
  const out = $var<vm_map_entry>();
  let eobject = object;
  let eoffset: vm_ooffset_t = offset;
  if (start < vm_map_min(map) || end > vm_map_max(map) || start >= end) return KERN_INVALID_ADDRESS;
  if (vm_map_lookup_entry(map, start, out)) return KERN_NO_SPACE;
  const prev_entry = out[0];
  if (prev_entry.next !== map.header && prev_entry.next.start < end) return KERN_NO_SPACE;

  let protoeflags: u_int = 0;
  if ((cow & MAP_COPY_ON_WRITE) !== 0) protoeflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
  if ((cow & MAP_NOFAULT) !== 0) {
    KASSERT(object === null, 'vm_map_insert: paradoxical MAP_NOFAULT request');
    protoeflags |= MAP_ENTRY_NOFAULT;
  }
  if ((cow & MAP_DISABLE_SYNCER) !== 0) protoeflags |= MAP_ENTRY_NOSYNC;
  if ((cow & MAP_DISABLE_COREDUMP) !== 0) protoeflags |= MAP_ENTRY_NOCOREDUMP;

  if (eobject !== null) {
    /* Somebody else may map it too: then pages may not be thrown away with this mapping. */
    if (eobject.ref_count > 1 || eobject.shadow_count !== 0) vm_object_clear_flag(eobject, OBJ_ONEMAPPING);
  } else if (
    prev_entry !== map.header &&
    prev_entry.eflags === protoeflags &&
    prev_entry.end === start &&
    prev_entry.wired_count === 0
  ) {
    let grown: boolean = prev_entry.object === null;
    if (!grown) {
      grown = yield* vm_object_coalesce(
        prev_entry.object,
        OFF_TO_IDX(prev_entry.offset),
        prev_entry.end - prev_entry.start,
        end - prev_entry.end,
      );
    }
    if (grown) {
      if (
        prev_entry.inheritance === VM_INHERIT_DEFAULT &&
        prev_entry.protection === prot &&
        prev_entry.max_protection === max
      ) {
        map.size += end - prev_entry.end;
        prev_entry.end = end;
        yield* vm_map_simplify_entry(map, prev_entry);
        return KERN_SUCCESS;
      }
      /* The object is long enough now but the entry differs: a new entry with a reference of its own. */
      eobject = prev_entry.object;
      eoffset = prev_entry.offset + (prev_entry.end - prev_entry.start);
      vm_object_reference(eobject);
    }
  }

  const new_entry = yield* vm_map_entry_create(map);
  new_entry.start = start;
  new_entry.end = end;
  new_entry.avail_ssize = 0;
  new_entry.object = eobject;
  new_entry.offset = eoffset;
  new_entry.eflags = protoeflags;
  new_entry.protection = prot;
  new_entry.max_protection = max;
  new_entry.inheritance = VM_INHERIT_DEFAULT;
  new_entry.wired_count = 0;
  new_entry.lastr = 0;
  vm_map_entry_link(map, prev_entry, new_entry);
  map.size += end - start;
  if (
    map.first_free === prev_entry &&
    (prev_entry === map.header ? vm_map_min(map) : prev_entry.end) >= start
  ) {
    map.first_free = new_entry;
  }
  if ((cow & (MAP_PREFAULT | MAP_PREFAULT_PARTIAL)) !== 0 && eobject !== null) {
    yield* pmap_object_init_pt(
      map.pmap,
      start,
      eobject,
      OFF_TO_IDX(eoffset),
      end - start,
      cow & MAP_PREFAULT_PARTIAL,
    );
  }
  return KERN_SUCCESS;
}

/**
 * Finds `length` free bytes at or behind `start`; 0 and *addr if there are, else 1. Space in the kernel's map gets its
 * page-table pages here, so that mapping it never has to wait.
 * Locks: vm lock and the map's exclusive one held, kept. Does not sleep.
 */
export function vm_map_findspace(
  map: vm_map,
  start: vm_offset_t,
  length: vm_size_t,
  addr: ptr<vm_offset_t>,
): int {
  let s: vm_offset_t = start;
  let entry: vm_map_entry = map.header;
  if (s < vm_map_min(map)) s = vm_map_min(map);
  if (s > vm_map_max(map)) return 1;

  if (s === vm_map_min(map)) {
    entry = map.first_free;
    if (entry !== map.header) s = entry.end;
  } else {
    const out = $var<vm_map_entry>();
    if (vm_map_lookup_entry(map, s, out)) s = out[0].end;
    entry = out[0];
  }
  /* From gap to gap: either it is big enough, or it lies behind the last entry. */
  for (;;) {
    const e: vm_offset_t = s + length;
    if (e > vm_map_max(map) || e < s) return 1;
    const following = entry.next;
    if (following === map.header || following.start >= e) break;
    entry = following;
    s = entry.end;
  }
  map.hint = entry;
  addr[0] = s;
  if (map === kernel_map) {
    const ksize: vm_offset_t = round_page(s + length);
    if (ksize > kernel_vm_end) pmap_growkernel(ksize);
  }
  return 0;
}

/**
 * Maps an object at *addr, or, with find_space, at the first free range behind it (then *addr tells where).
 * Locks: vm lock held, kept, takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_find(
  map: vm_map,
  object: vm_object,
  offset: vm_ooffset_t,
  addr: ptr<vm_offset_t>,
  length: vm_size_t,
  find_space: boolean,
  prot: vm_prot_t,
  max: vm_prot_t,
  cow: int,
): Sleeps<int> {
  yield* vm_map_lock(map);
  if (find_space) {
    if (vm_map_findspace(map, addr[0], length, addr) !== 0) {
      vm_map_unlock(map);
      return KERN_NO_SPACE;
    }
  }
  const start: vm_offset_t = addr[0];
  const result = yield* vm_map_insert(map, object, offset, start, start + length, prot, max, cow);
  vm_map_unlock(map);
  return result;
}

/** True if `second` continues `first` in every respect, so that one entry would do. Locks: map's lock. Does not sleep. */
function vm_map_mergeable(first: vm_map_entry, second: vm_map_entry): boolean {
  if (first.end !== second.start || first.object !== second.object) return false;
  if (first.object !== null && first.offset + (first.end - first.start) !== second.offset) return false;
  return (
    first.eflags === second.eflags &&
    first.protection === second.protection &&
    first.max_protection === second.max_protection &&
    first.inheritance === second.inheritance &&
    first.wired_count === second.wired_count
  );
}

/**
 * Merges an entry with its neighbours where one entry says the same. The entry itself stays, its neighbours go. The
 * reference of a neighbour is dropped last: the entry has another on the same object, so the object lives on.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_simplify_entry(map: vm_map, entry: vm_map_entry): Sleeps<void> {
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) return;

  const eprev = entry.prev;
  if (eprev !== map.header && vm_map_mergeable(eprev, entry)) {
    const object = eprev.object;
    if (map.first_free === eprev) map.first_free = entry;
    if (map.hint === eprev) map.hint = entry;
    vm_map_entry_unlink(map, eprev);
    entry.start = eprev.start;
    entry.offset = eprev.offset;
    entry.avail_ssize = eprev.avail_ssize; /* what is left to grow lies below the lower one */
    vm_map_entry_dispose(map, eprev);
    if (object !== null) yield* vm_object_deallocate(object);
  }

  const enext = entry.next;
  if (enext !== map.header && vm_map_mergeable(entry, enext)) {
    const object2 = enext.object;
    if (map.first_free === enext) map.first_free = entry;
    if (map.hint === enext) map.hint = entry;
    vm_map_entry_unlink(map, enext);
    entry.end = enext.end;
    vm_map_entry_dispose(map, enext);
    if (object2 !== null) yield* vm_object_deallocate(object2);
  }
}

/**
 * Gives an anonymous entry its object before it is cut: else every piece would get one of its own later. System maps
 * keep null objects (their pages are entered by hand).
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_entry_object_create(map: vm_map, entry: vm_map_entry): Sleeps<void> {
  if (entry.object !== null || map.system_map !== 0) return;
  const object = yield* vm_object_allocate(OBJT_DEFAULT, atop(entry.end - entry.start));
  entry.object = object;
  entry.offset = 0;
}

/**
 * Cuts an entry so that it begins at `start`: the front part becomes an entry of its own, before it.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_clip_start(map: vm_map, entry: vm_map_entry, start: vm_offset_t): Sleeps<void> {
  if (start <= entry.start) return;
  KASSERT(start < entry.end, 'vm_map_clip_start: %#x is behind the entry', start);
  yield* vm_map_simplify_entry(map, entry);
  yield* vm_map_entry_object_create(map, entry);

  const new_entry = yield* vm_map_entry_create(map);
  $copy(new_entry, entry);
  new_entry.end = start;
  entry.offset += start - entry.start;
  entry.start = start;
  vm_map_entry_link(map, entry.prev, new_entry);
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) === 0) vm_object_reference(new_entry.object);
}

/**
 * Cuts an entry so that it ends at `end`: the rest becomes an entry of its own, behind it.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_clip_end(map: vm_map, entry: vm_map_entry, end: vm_offset_t): Sleeps<void> {
  if (end >= entry.end) return;
  KASSERT(end > entry.start, 'vm_map_clip_end: %#x is before the entry', end);
  yield* vm_map_entry_object_create(map, entry);

  const new_entry = yield* vm_map_entry_create(map);
  $copy(new_entry, entry);
  entry.end = end;
  new_entry.start = end;
  new_entry.offset += end - entry.start;
  vm_map_entry_link(map, entry, new_entry);
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) === 0) vm_object_reference(new_entry.object);
}

/*
 * Deletion.
 */

/**
 * Takes an entry out of the map and drops its object.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_entry_delete(map: vm_map, entry: vm_map_entry): Sleeps<void> {
  KASSERT(entry.wired_count === 0, 'vm_map_entry_delete: entry at %#x is wired', entry.start);
  vm_map_entry_unlink(map, entry);
  map.size -= entry.end - entry.start;
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) === 0 && entry.object !== null) {
    yield* vm_object_deallocate(entry.object);
  }
  vm_map_entry_dispose(map, entry);
}

/**
 * Throws away the pages of an object behind a mapping that goes: they are nobody else's (OBJ_ONEMAPPING), so neither RAM
 * nor swap space needs to keep them until the last reference is dropped.
 * Locks: vm lock held, may be let go of meanwhile (L3). May sleep.
 */
function* vm_map_discard_pages(object: vm_object, pindex: vm_pindex_t, count: vm_pindex_t): Sleeps<void> {
  yield* vm_object_collapse(object);
  yield* vm_object_page_remove(object, pindex, pindex + count, false);
  if (object.type === OBJT_SWAP) swap_pager_freespace(object, pindex, count);
  if (pindex + count >= object.size && pindex < object.size) object.size = pindex;
}

/**
 * Removes all mappings in [start, end). Order in each entry: unwire, then take the pages out of the physical map, then drop
 * the object; a page must not be freed while a mapping of it is left.
 * Locks: vm lock and the map's exclusive one held, kept; the vm lock may be let go of meanwhile (L3). May sleep.
 */
export function* vm_map_delete(map: vm_map, start: vm_offset_t, end: vm_offset_t): Sleeps<int> {
  vm_assert();
  const out = $var<vm_map_entry>();
  let entry: vm_map_entry = null;
  if (!vm_map_lookup_entry(map, start, out)) {
    entry = out[0].next;
  } else {
    entry = out[0];
    yield* vm_map_clip_start(map, entry, start);
    map.hint = entry.prev; /* once for all, no entry that goes may be the hint */
  }
  if (entry === map.header) map.first_free = map.header;
  else if (map.first_free.start >= start) map.first_free = entry.prev;

  while (entry !== map.header && entry.start < end) {
    yield* vm_map_clip_end(map, entry, end);
    const following = entry.next;
    const s: vm_offset_t = entry.start;
    const e: vm_offset_t = entry.end;
    const pindex: vm_pindex_t = OFF_TO_IDX(entry.offset);
    const count: vm_pindex_t = atop(e - s);
    if (entry.wired_count !== 0) vm_map_entry_unwire(map, entry);

    if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) {
      pmap_remove(map.pmap, s, e);
    } else {
      const object = entry.object;
      if (object !== null && (object === kernel_object || object === kmem_object)) {
        yield* vm_object_page_remove(object, pindex, pindex + count, false);
      } else {
        pmap_remove(map.pmap, s, e);
        if (
          object !== null &&
          object.ref_count !== 1 &&
          (object.flags & (OBJ_NOSPLIT | OBJ_ONEMAPPING)) === OBJ_ONEMAPPING &&
          (object.type === OBJT_DEFAULT || object.type === OBJT_SWAP)
        ) {
          yield* vm_map_discard_pages(object, pindex, count);
        }
      }
    }
    yield* vm_map_entry_delete(map, entry);
    entry = following;
  }
  return KERN_SUCCESS;
}

/**
 * Removes [start, end) from a map. Bounds beyond the map are cut to it.
 * Locks: vm lock held, kept; takes and drops the map's lock (L1). May sleep.
 */
export function* vm_map_remove(map: vm_map, start: vm_offset_t, end: vm_offset_t): Sleeps<int> {
  let s: vm_offset_t = start;
  let e: vm_offset_t = end;
  yield* vm_map_lock(map);
  if (s < vm_map_min(map)) s = vm_map_min(map);
  if (e > vm_map_max(map)) e = vm_map_max(map);
  if (s > e) s = e;
  const result = yield* vm_map_delete(map, s, e);
  vm_map_unlock(map);
  return result;
}
