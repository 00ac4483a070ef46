/** Address maps (vm/vm_map.h of May 2001; sizes pinned by the report). */
import type { pmap } from '../i386/pmap.h.js';
import type { lock } from '../sys/lockmgr.h.js';
import type {
  caddr_t,
  segsz_t,
  vm_inherit_t,
  vm_offset_t,
  vm_ooffset_t,
  vm_pindex_t,
  vm_prot_t,
  vm_size_t,
} from '../sys/types.h.js';
import type { vm_object } from './vm_object.h.js';

export const MAP_ENTRY_NOSYNC = 0x01;
export const MAP_ENTRY_IS_SUB_MAP = 0x02;
export const MAP_ENTRY_COW = 0x04;
export const MAP_ENTRY_NEEDS_COPY = 0x08;
export const MAP_ENTRY_NOFAULT = 0x10;
export const MAP_ENTRY_USER_WIRED = 0x20;
export const MAP_ENTRY_STACK = 0x40;
export const MAP_ENTRY_NOCOREDUMP = 0x80;
/** madvise(2) advice for read-ahead; see vm_map_entry_behavior */
export const MAP_ENTRY_BEHAV_NORMAL = 0x000;
export const MAP_ENTRY_BEHAV_SEQUENTIAL = 0x100;
export const MAP_ENTRY_BEHAV_RANDOM = 0x200;
export const MAP_ENTRY_BEHAV_MASK = 0x300;
/** vm_map_insert/vm_map_find cow argument */
export const MAP_INHERIT_SHARE = 0x0001;
export const MAP_COPY_ON_WRITE = 0x0002;
export const MAP_NOFAULT = 0x0004;
export const MAP_PREFAULT = 0x0008;
export const MAP_PREFAULT_PARTIAL = 0x0010;
export const MAP_DISABLE_SYNCER = 0x0020;
export const MAP_DISABLE_COREDUMP = 0x0100;
export const MAP_PREFAULT_MADVISE = 0x0200;
/** vm_fault flags */
export const VM_FAULT_NORMAL = 0;
export const VM_FAULT_CHANGE_WIRING = 1;
export const VM_FAULT_USER_WIRE = 2;
export const VM_FAULT_WIRE_MASK = 3;
export const VM_FAULT_HOLD = 4;
export const VM_FAULT_DIRTY = 8;

/**
 * A range of an address map.
 * @lock m the map's lock (lockmgr), exclusive to write
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @size 48
 */
export interface vm_map_entry extends struct {
  prev: vm_map_entry; // (m) previous entry
  next: vm_map_entry; // (m) next entry
  start: vm_offset_t; // (m) first address
  end: vm_offset_t; // (m) first address behind
  avail_ssize: vm_offset_t; // (m) stack may grow by this
  object: vm_object; // (m,V) object (or sub map, $cast) mapped here
  offset: vm_ooffset_t; // (m) offset in the object
  eflags: u_int; // (m) @0x20 MAP_ENTRY_* (a word: the map's 108 bytes come out with it)
  protection: vm_prot_t; // (m) protection
  max_protection: vm_prot_t; // (m) most it may become
  inheritance: vm_inherit_t; // (m) at fork
  wired_count: int; // (m,V) wirings
  lastr: vm_pindex_t; // (m) last read, for sequential detection
}

/**
 * An address map.
 * @lock m this map's lock (lockmgr), exclusive to write
 * @lock c constant after creation
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @size 108
 */
export interface vm_map extends struct {
  header: embed<vm_map_entry>; // (m) @0 list of entries; start/end are the map's bounds
  lock: embed<lock>; // (c) lock of the map; not first: kmem_alloc_wait sleeps on the map's address, lockmgr on the lock's
  nentries: int; // (m) number of entries
  size: vm_size_t; // (m) virtual size
  system_map: u8; // (c) a map of the kernel
  infork: u8; // (m) being forked
  hint: vm_map_entry; // (m) where to look first
  timestamp: u_int; // (m) version
  first_free: vm_map_entry; // (m) first free space
  pmap: pmap; // (c) physical map
}

/**
 * A process's address space: shareable.
 * @lock S vm lock (Giant or vm_mtx, by regime); anybody reads
 * @lock c constant after creation
 * @lock V vm lock (Giant or vm_mtx, by regime)
 */
export interface vmspace extends struct {
  vm_map: embed<vm_map>; // (c) address map
  vm_pmap: embed<pmap>; // (c) @0x6c private physical map
  vm_refcnt: int; // (V) references
  vm_shm: u32; // (V) System V shared memory (unused)
  vm_rssize: segsz_t; // (V) current resident set size in pages
  vm_swrss: segsz_t; // (V) resident set size before the last swap
  vm_tsize: segsz_t; // (S) text size in pages
  vm_dsize: segsz_t; // (S) data size in pages
  vm_ssize: segsz_t; // (S) stack size in pages
  vm_taddr: caddr_t; // (V) address of text
  vm_daddr: caddr_t; // (V) address of data
  vm_maxsaddr: caddr_t; // (V) lowest address of the stack
  vm_minsaddr: caddr_t; // (V) highest
}

/** Boot-time entries and maps, until the zones can grow (vm_map.c). */
export const MAX_KMAP = 10;
export const MAX_KMAPENT = 128;
export const MAX_MAPENT = 128;

/** Locks: none. First address of the map. @inline */
export function vm_map_min(map: vm_map): vm_offset_t {
  return map.header.start;
}
/** Locks: none. First address behind the map. @inline */
export function vm_map_max(map: vm_map): vm_offset_t {
  return map.header.end;
}
/** Locks: none. The map's physical map. @inline */
export function vm_map_pmap(map: vm_map): pmap {
  return map.pmap;
}
/** Locks: none. The physical map inside an address space. @inline */
export function vmspace_pmap(vm: vmspace): pmap {
  return vm.vm_pmap;
}
/** Locks: vm lock, or none for a guess. Resident pages of an address space. @inline */
export function vmspace_resident_count(vm: vmspace): u_int {
  return $u32(vm.vm_pmap.pm_resident_count);
}
/** Locks: map lock. The map below an entry with MAP_ENTRY_IS_SUB_MAP. @inline */
export function vm_map_entry_submap(entry: vm_map_entry): vm_map {
  return $cast<vm_map>(entry.object);
}
/** Locks: map lock. MAP_ENTRY_BEHAV_* of an entry. @inline */
export function vm_map_entry_behavior(entry: vm_map_entry): u_int {
  return entry.eflags & MAP_ENTRY_BEHAV_MASK;
}
