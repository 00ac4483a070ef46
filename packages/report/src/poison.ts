import type { Hex } from './types.js';

/*
 * What kernels fill freed memory with. A value is the pattern itself or, where a field of a freed structure was used as
 * a pointer, the pattern plus a small offset.
 */
const POISONS: readonly [pattern: RegExp, name: string][] = [
  [
    /^0x(?:ffffff?)?deadc0d[0-9a-f](?:eadc0[0-9a-f]{3})?$|^0xdeadc0[0-9a-f]{2}$|^0xdeadc0dedeadc[0-9a-f]{3}$/,
    '0xdeadc0de, what FreeBSD fills freed memory with',
  ],
  [
    /^0xdeadbe[0-9a-f]{2}$|^0xdeadbeefdeadb[0-9a-f]{3}$|^0xdeaf[0-9a-f]{4}$|^0xdead[0-9a-f]{3}beef[0-9a-f]*$/,
    '0xdeadbeef and its like, what freed memory is filled with',
  ],
  [/^0x12342378$/, 'ZENTRY_FREE, what the zone allocator writes into word 1 of a freed item'],
  [
    /^0xd0d0d0[0-9a-f]{2}$|^0x5a5a5a[0-9a-f]{2}$|^0x5a5a5a5a5a5a5a[0-9a-f]{2}$|^0xa5a5a5[0-9a-f]{2}$/,
    'a fill pattern of freed or fresh memory',
  ],
];

/** All patterns are this long at least, and begin with one of these digits after the `0x`. */
const LENGTH_MIN = 10;
const FIRST = 'd15af';

/** What a value that only freed memory holds is, or null for any other. */
export function poisonName(value: Hex): string | null {
  if (value.length < LENGTH_MIN || !FIRST.includes(value[2]!)) return null;
  return POISONS.find(([pattern]) => pattern.test(value))?.[1] ?? null;
}

export function isPoison(value: Hex): boolean {
  return poisonName(value) !== null;
}
