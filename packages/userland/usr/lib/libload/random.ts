/** Numbers that look random, the same for the same seed on every machine. */

/** A number below `n`; `state`, which must not be 0, goes on to the next (xorshift of 13, 17, 5). */
export function xorshift(state: ptr<u32>, n: u32): u32 {
  let x = state[0];
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  state[0] = x;
  return x % n;
}
