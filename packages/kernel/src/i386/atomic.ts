/**
 * Atomic operations (atomic(9)). A plain function is never interrupted between its accesses, so the locked
 * instruction of the real machine is an ordinary read-modify-write here. What is not atomic on the real
 * machine is at the end.
 */
import { intr_disable, intr_restore } from './cpufunc.h.js';
import { smp_started } from './mp_machdep.js';

/** Adds v to *p. Locks: none. Does not sleep. @inline */
export function atomic_add_int(p: ptr<u_int>, v: u_int): void {
  p[0] += v;
}
/** Subtracts v from *p. Locks: none. @inline */
export function atomic_subtract_int(p: ptr<u_int>, v: u_int): void {
  p[0] -= v;
}
/** Sets bits of *p. Locks: none. @inline */
export function atomic_set_int(p: ptr<u_int>, v: u_int): void {
  p[0] |= v;
}
/** Clears bits of *p. Locks: none. @inline */
export function atomic_clear_int(p: ptr<u_int>, v: u_int): void {
  p[0] &= ~v;
}
/** Adds v to a 16-bit *p. Locks: none. @inline */
export function atomic_add_short(p: ptr<u16>, v: int): void {
  p[0] += v;
}
/** Subtracts v from a 16-bit *p. Locks: none. @inline */
export function atomic_subtract_short(p: ptr<u16>, v: int): void {
  p[0] -= v;
}
/** Sets bits of a 16-bit *p. Locks: none. @inline */
export function atomic_set_short(p: ptr<u16>, v: int): void {
  p[0] |= v;
}
/** Clears bits of a 16-bit *p. Locks: none. @inline */
export function atomic_clear_short(p: ptr<u16>, v: int): void {
  p[0] &= ~v;
}
/** cmpxchg: if *p is `old`, stores `val` and returns 1; else 0. Locks: none. Does not sleep. @indivisible */
export function atomic_cmpset_int(p: ptr<u_int>, old: u_int, val: u_int): int {
  if (p[0] !== old) return 0;
  p[0] = val;
  return 1;
}
/** The same for a word that holds a pointer. Locks: none. Does not sleep. @indivisible */
export function atomic_cmpset_ptr(p: ptr<u32>, old: u32, val: u32): int {
  if (p[0] !== old) return 0;
  p[0] = val;
  return 1;
}
/** Reads *p. Locks: none. @inline */
export function atomic_load_acq_int(p: ptr<u_int>): u_int {
  return p[0];
}
/** Stores v in *p. Locks: none. @inline */
export function atomic_store_rel_ptr(p: ptr<u32>, v: u32): void {
  p[0] = v;
}

/**
 * `incl` or `decl` without a lock prefix: one instruction for this CPU, so nothing interrupts it, and two bus
 * cycles, a read and a write, for the others. With several processors another one may have its turn between
 * the two, and what it does to the word is lost. Adds v to *p and returns the sum. Locks: none. May sleep in
 * form only: the process is not switched.
 */
export function* nonatomic_add_int(p: ptr<int>, v: int): Sleeps<int> {
  const eflags = intr_disable();
  const sum: int = p[0] + v;
  if (smp_started !== 0) yield* $cpupause();
  p[0] = sum;
  intr_restore(eflags);
  return sum;
}
