/**
 * String functions of the C library that the kernel has of its own (libkern). Arguments may be any kernel
 * addresses.
 */

/** Length of a string without its NUL. Locks: none. Does not sleep. */
export function strlen(s: str): u32 {
  const start = $addr(s);
  let a: u32 = start;
  while ($ld8(a) !== 0) a++;
  return a - start;
}

/** Negative, 0 or positive as a is before, the same as or behind b. Locks: none. Does not sleep. */
export function strcmp(a: str, b: str): int {
  let p: u32 = $addr(a);
  let q: u32 = $addr(b);
  while ($ld8(p) === $ld8(q)) {
    if ($ld8(p) === 0) return 0;
    p++;
    q++;
  }
  return $i32($ld8(p)) - $i32($ld8(q));
}

/** strcmp of at most n bytes. Locks: none. Does not sleep. */
export function strncmp(a: str, b: str, n: u32): int {
  const p = $addr(a);
  const q = $addr(b);
  for (let i: u32 = 0; i < n; i++) {
    const c = $i32($ld8(p + i)) - $i32($ld8(q + i));
    if (c !== 0 || $ld8(p + i) === 0) return c;
  }
  return 0;
}
