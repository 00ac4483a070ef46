/** rand(3) and srand(3): x = 7^5 * x mod (2^31 - 1), without overflowing 31 bits (Park and Miller). */

export const RAND_MAX = 0x7fffffff;
let _rand_next: u32 = 1;

export function rand(): int {
  const x = $i32(_rand_next);
  const t = 16807 * (x % 127773) - 2836 * (x / 127773);
  _rand_next = $u32(t <= 0 ? t + 0x7fffffff : t);
  return $i32(_rand_next % (RAND_MAX + 1));
}
export function srand(seed: u32): void {
  _rand_next = seed;
}
