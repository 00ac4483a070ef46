import type { Memory } from '@trap12/target';
import { DdbError } from '../errors.js';

export type Size = 1 | 2 | 4;
const SIZES: Record<string, Size> = { b: 1, h: 2, l: 4 };

/** The size that modifiers say. */
export function sizeOf(modifiers: string, otherwise: Size): Size {
  let size = otherwise;
  for (const c of modifiers) {
    const named = SIZES[c];
    if (named === undefined) throw new DdbError('Bad modifier');
    size = named;
  }
  return size;
}

export function isSize(letter: string): boolean {
  return Object.hasOwn(SIZES, letter);
}

/** A value of a size, widened. */
export function readValue(memory: Memory, at: number, size: Size, signed: boolean): number {
  const value = size === 1 ? memory.u8(at) : size === 2 ? memory.u16(at) : memory.u32(at);
  if (!signed) return value >>> 0;
  const shift = 32 - 8 * size;
  return (value << shift) >> shift;
}
