/**
 * WITNESS: what the checker of lock orders remembers. Code in kern/subr_witness.ts.
 */
import type { lock_class, lock_object } from './mutex.h.js';
import type { pid_t } from './types.h.js';

/**
 * How many kinds of locks (by name) it can tell apart, and how many orders between two kinds it can remember.
 */
export const WITNESS_COUNT = 96;
export const WITNESS_WORDS = 3;
export const WITNESS_EDGES = 512;
/** Locks in one lock_list_entry, and how many such entries there are beside one for each process and CPU. */
export const LOCK_NCHILDREN = 6;
export const LOCK_CHILDCOUNT = 64;

/** flags of witness_lock, witness_unlock and witness_checkorder */
export const LOP_EXCLUSIVE = 0x01;
export const LOP_TRYLOCK = 0x02;
/** li_flags: the recursion depth in the low 16 bits, and */
export const LI_RECURSEMASK = 0x0000ffff;
export const LI_EXCLUSIVE = 0x00010000;

/**
 * A kind of locks: all that were initialised with the same name.
 * @lock w witness (see struct lock_object)
 */
export interface witness extends struct {
  w_name: str; // (w) the name
  w_class: lock_class; // (w) sleep mutex, spin mutex or sx
  w_index: int; // (w) row and column in the matrices
  w_refcount: u_int; // (w) locks of this kind that exist
  w_site: u32; // (w) where one was last acquired (text address)
  w_after: array<u32, 3>; // (w) kinds that come after it, by a rule or a chain of rules: bit w_index
  w_same_squawked: u8; // (w) reported: two of them held at once
  w_sleep_squawked: u8; // (w) reported: slept on
}

/**
 * An order that was learnt: `we_after` was acquired while `we_before` was held.
 * @lock w witness
 */
export interface witness_edge extends struct {
  we_before: witness; // (w) held
  we_after: witness; // (w) acquired then
  we_site_before: u32; // (w) where it had been acquired (text address), 0 for an order given in advance
  we_site_after: u32; // (w) where the second was acquired
  we_pid: pid_t; // (w) by whom
}

/**
 * A lock that is held.
 * @lock k the process that holds it
 */
export interface lock_instance extends struct {
  li_lock: lock_object; // (k) the lock
  li_site: u32; // (k) where it was acquired (text address)
  li_flags: u_int; // (k) LI_* and depth of recursion
}

/**
 * Some locks held by a process (sleep locks, proc.p_sleeplocks) or a CPU (spin locks, pcpu.spinlocks), newest
 * entry first, within it newest last. No entry of a list is empty. The oldest one is proc.p_locklist or the
 * CPU's own, further ones come from a pool.
 * @lock k the process that holds them, or the CPU
 */
export interface lock_list_entry extends struct {
  ll_next: lock_list_entry; // (k) older ones
  ll_count: u_int; // (k) used slots of ll_children
  ll_children: array<embed<lock_instance>, 6>; // (k) LOCK_NCHILDREN locks
}

/**
 * A place where the kernel calls a function that notes its return address, one of the rows that kcc puts into
 * rodata ($places).
 * @lock c constant
 * @size 12
 */
export interface place extends struct {
  pl_retaddr: u32; // (c) where that call returns to
  pl_file: str; // (c) source file
  pl_line: int; // (c) line
}
