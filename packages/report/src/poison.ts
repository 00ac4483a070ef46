import type { Hex } from './types.js';

/*
 * What kernels fill freed memory with. A value is the pattern itself or, where a field of a freed structure
 * was used as a pointer, the pattern plus a small offset.
 */
const POISONS: readonly [pattern: RegExp, name: string][] = [
  [
    /^0xdeadc(?:0d[ef]|0[ef][0-9a-f]|1[0-9a-f]{2})$|^0xdeadc0dedeadc(?:0d[ef]|0[ef][0-9a-f]|1[0-9a-f]{2})$/,
    '0xdeadc0de, with which FreeBSD and its kin fill freed memory',
  ],
  [
    /^0xdead(?:beef|bef[0-9a-f]|bf[0-9a-f]{2})$|^0xdeadbeefdead(?:beef|bef[0-9a-f]|bf[0-9a-f]{2})$/,
    '0xdeadbeef, with which some kernels fill freed memory',
  ],
  [
    /^0xdeaf(?:bea[d-f]|be[b-f][0-9a-f]|bf[0-9a-f]{2})$|^0xdeafbeaddeaf(?:bea[d-f]|be[b-f][0-9a-f]|bf[0-9a-f]{2})$/,
    '0xdeafbead, with which OpenBSD fills freed memory',
  ],
  [
    /^0xdea[df]41[0-9a-f]{2}dea[df]41[0-9a-f]{2}$/,
    '0xdead4110 or its like, with which OpenBSD fills freed memory',
  ],
  [/^0x12342378$/, 'ZENTRY_FREE, what the zone allocator of 1996-2002 writes into word 1 of a freed item'],
];

/** All patterns are this long at least, and begin with a `d` or a `1` after the `0x`. */
const LENGTH_MIN = 10;

/** What a value that only freed memory holds is, or null for any other. */
export function poisonName(value: Hex): string | null {
  if (value.length < LENGTH_MIN) return null;
  const c = value.charCodeAt(2);
  if (c !== 100 && c !== 49) return null;
  return POISONS.find(([pattern]) => pattern.test(value))?.[1] ?? null;
}

/** How far a value lies behind the pattern that its name begins with, in bytes; 0 for the pattern itself. */
export function beyondPoison(value: Hex, name: string): number {
  const base = /^0x[0-9a-f]{8}(?=,)/.exec(name)?.[0];
  return base === undefined ? 0 : Number.parseInt(value.slice(-8), 16) - Number(base);
}

export function isPoison(value: Hex): boolean {
  return poisonName(value) !== null;
}
