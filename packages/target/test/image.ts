import type { ImageType, KernelImage } from '@trap12/kcc/image.js';

const TYPES: ImageType[] = [
  { kind: 'int', name: 'u8', size: 1, signed: false },
  { kind: 'int', name: 'i16', size: 2, signed: true },
  { kind: 'int', name: 'int', size: 4, signed: true },
  { kind: 'int', name: 'u32', size: 4, signed: false },
  { kind: 'int', name: 'i64', size: 8, signed: true },
  { kind: 'struct', name: 'inner' },
  { kind: 'pointer', to: 5 },
  { kind: 'array', of: 0, count: 4 },
];

const field = (offset: number, size: number, type: number) => ({
  offset,
  size,
  type,
  lock: [],
  comment: '',
});

/** An image with two structs and a few constants, and nothing else. */
export function smallImage(constants: Record<string, number> = {}): KernelImage {
  return {
    version: 3,
    hash: '',
    base: 0xc0100000,
    size: 0,
    segments: [],
    files: [],
    symbols: [],
    strings: [''],
    siteKinds: [],
    sites: [],
    types: TYPES,
    typedefs: {},
    indivisible: [],
    structs: {
      inner: {
        size: 8,
        file: 'a.h.ts',
        line: 1,
        fields: { x: field(0, 4, 3), y: field(4, 2, 1) },
        locks: {},
      },
      outer: {
        size: 32,
        file: 'a.h.ts',
        line: 9,
        fields: {
          n: field(0, 4, 2),
          wide: field(4, 8, 4),
          place: field(12, 8, 5),
          other: field(20, 4, 6),
          name: field(24, 4, 7),
        },
        locks: {},
      },
    },
    constants,
  };
}
