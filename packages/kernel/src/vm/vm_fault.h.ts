/** What vm_fault1 and its helpers share (in BSD private to vm/vm_fault.c). */
import type { vm_offset_t, vm_pindex_t } from '../sys/types.h.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import type { vm_object } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';

/** Pages brought in with the one asked for: behind it, ahead of it, and in all. */
export const VM_FAULT_READ_AHEAD = 8;
export const VM_FAULT_READ_BEHIND = 7;
export const VM_FAULT_READ = 16;

/**
 * The state of one fault, on the kernel stack of the process that takes it.
 * @lock k the faulting process only
 */
export interface faultstate extends struct {
  m: vm_page; // (k) busy page being worked on
  object: vm_object; // (k) object it belongs to
  pindex: vm_pindex_t; // (k) page index in it
  first_m: vm_page; // (k) busy page in the top object that holds the place
  first_object: vm_object; // (k) object of the map entry
  first_pindex: vm_pindex_t; // (k) page index in it
  map: vm_map; // (k) map, a submap perhaps, in which the entry was found
  entry: vm_map_entry; // (k) entry that holds the address
  lookup_still_valid: int; // (k) the map is still locked
  prot: u32; // (k) protection to enter the page with
  wired: int; // (k) the entry is wired
  map_generation: u_int; // (k) timestamp of the map at the lookup
  vaddr: vm_offset_t; // (k) page address of the fault
  fault_type: u32; // (k) access wanted
  fault_flags: int; // (k) VM_FAULT_*
  hardfault: int; // (k) pagers asked with success
}
