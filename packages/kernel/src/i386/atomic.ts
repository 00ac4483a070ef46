/**
 * Atomic operations (atomic(9)). A plain function is never interrupted between its accesses, so the locked instruction of
 * the real machine is an ordinary read-modify-write here.
 */

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
/** cmpxchg: if *p is `old`, stores `val` and returns 1; else 0. Locks: none. Does not sleep. */
export function atomic_cmpset_int(p: ptr<u_int>, old: u_int, val: u_int): int {
  if (p[0] !== old) return 0;
  p[0] = val;
  return 1;
}
/** The same for a word that holds a pointer. Locks: none. Does not sleep. */
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
