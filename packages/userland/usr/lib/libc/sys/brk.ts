/** The break, the end of the heap (brk.S, sbrk.S). */
import { __break } from './syscalls.js';

/** Where it is now; 0: still behind the bss. */
let _curbrk: u32 = 0;

/** Moves the break to `addr`. */
export function brk(addr: u32): int {
  const nsize = addr < $end() ? $end() : addr;
  if (__break(nsize) !== 0) return -1;
  _curbrk = nsize;
  return 0;
}
/** Moves the break by `incr` bytes: where it was, or -1. */
export function sbrk(incr: int): u32 {
  const old = _curbrk === 0 ? $end() : _curbrk;
  if (incr !== 0 && __break(old + $u32(incr)) !== 0) return $u32(-1);
  _curbrk = old + $u32(incr);
  return old;
}
