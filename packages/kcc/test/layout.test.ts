import { describe, expect, test } from 'vitest';
import { imageBytes, loadImage, siteAt, symbolAt, symbolNamed } from '../src/image.js';
import { compileText, errorsOf, machine } from './machine.js';

const structs = (text: string) => {
  const r = compileText(text);
  expect(r.errors).toEqual([]);
  return r.image.structs;
};

describe('struct layouts', () => {
  test('vm_object.paging_in_progress is at 0x3a', () => {
    const s = structs(`
      type vm_ooffset_t = i64;
      /** @lock m vm_mtx
       * @lock c constant after creation */
      export interface vm_object extends struct {
        object_list: embed<TAILQ_ENTRY<vm_object>>; // (m) @0x0
        shadow_head: embed<TAILQ_HEAD<vm_object>>; // (m) @0x8 objects that this one is backing
        shadow_list: embed<TAILQ_ENTRY<vm_object>>; // (m) @0x10
        memq: embed<TAILQ_HEAD<vm_object>>; // (m) @0x18
        generation: int; // (m) @0x20
        size: u32; // (m)
        ref_count: int; // (m) @0x28
        shadow_count: int; // (m)
        hash_rand: int; // (c) @0x30
        type: u8; // (c)
        flags: u16; // (m) @0x36
        pg_color: u16; // (m)
        paging_in_progress: u16; // (m) @0x3a paging or copying in progress
        behavior: u16; // (m)
        resident_page_count: int; // (m,c) @0x40
        backing_object_offset: vm_ooffset_t; // (m)
      }`).vm_object;
    expect(s?.fields.paging_in_progress).toEqual({
      offset: 0x3a,
      size: 2,
      type: 'u16',
      lock: ['m'],
      comment: 'paging or copying in progress',
    });
    expect(s?.fields.resident_page_count?.lock).toEqual(['m', 'c']);
    expect(s?.fields.backing_object_offset).toMatchObject({ offset: 0x44, size: 8 });
    expect(s?.size).toBe(0x4c);
    expect(s?.locks).toEqual({ m: 'vm_mtx', c: 'constant after creation' });
  });

  test('alignment and padding are those of gcc on i386', () => {
    const s = structs(`
      const N = 3;
      /** @lock a x */
      interface in_ extends struct { c: u8; // (a)
        h: u16; // (a)
      }
      /** @lock a x */
      interface out extends struct {
        c: char; // (a)
        b: boolean; // (a)
        w: i64; // (a)
        d: i8; // (a)
        e: embed<in_>; // (a)
        a: array<u16, typeof N>; // (a)
        s: array<embed<in_>, 2>; // (a)
        p: ptr<u8>; // (a)
        f: (x: int) => Sleeps<int>; // (a)
        z: u8; // (a)
      }`);
    const offsets = Object.fromEntries(Object.entries(s.out?.fields ?? {}).map(([k, v]) => [k, v.offset]));
    expect(offsets).toEqual({ c: 0, b: 4, w: 8, d: 16, e: 18, a: 22, s: 28, p: 36, f: 40, z: 44 });
    expect(s.out?.size).toBe(48);
    expect(s.in_?.size).toBe(4);
    expect(s.out?.fields.f?.type).toBe('(int) => Sleeps<int>');
  });

  test('$sizeof and $offsetof are constants', async () => {
    const m = await machine(`
      /** @lock a x */
      interface s extends struct { a: int; // (a)
        b: array<u8, 5>; // (a)
      }
      const SIZE = $sizeof<s>() * 2;
      type block = array<u16, 6>;
      let x: array<u8, typeof SIZE>;
      function f(): int { return $offsetof<s>('b') * 1000 + $sizeof<block>() * 10 + $sizeof<u16>(); }`);
    expect(m.image.constants.SIZE).toBe(24);
    expect(m.call('f')).toBe(4122);
    expect(symbolNamed(m.image, 'x')?.size).toBe(24);
  });
});

describe('the image', () => {
  const text = `
    export const PAGE_SIZE = 4096;
    export const TOP = 0xc0000000;
    /** @lock a x */
    interface thing extends struct { n: int; // (a)
    }
    let a: int = 7;
    let b: embed<thing>;
    let s: str = 'hi';
    function* f(t: thing, n: i64): Sleeps<int> { t.n = a; return 1; }
    function g(): void {}`;

  test('segments lie on pages, functions on 16 bytes, symbols in order', () => {
    const { image } = compileText(text);
    expect(image.base).toBe(0xc0100000);
    for (const s of image.segments) expect(s.address % 4096).toBe(0);
    expect(image.segments.map((s) => s.name)).toEqual(['text', 'rodata', 'data', 'bss']);
    for (const s of image.symbols) if (s.kind === 'text') expect(s.address % 16).toBe(0);
    const addresses = image.symbols.map((s) => s.address);
    expect(addresses).toEqual([...addresses].sort((x, y) => x - y));
    expect(symbolNamed(image, 'f')).toMatchObject({
      kind: 'text',
      sleeps: true,
      params: [
        { name: 't', type: 'thing' },
        { name: 'n', type: 'i64' },
      ],
      line: 10,
    });
    expect(symbolNamed(image, 'a')?.kind).toBe('data');
    expect(symbolNamed(image, 'b')?.kind).toBe('bss');
    expect(image.constants).toEqual({ PAGE_SIZE: 4096, TOP: 0xc0000000 });
    const bytes = new DataView(imageBytes(image).buffer);
    expect(bytes.getInt32((symbolNamed(image, 'a')?.address ?? 0) - image.base, true)).toBe(7);
    expect(symbolAt(image, (symbolNamed(image, 'f')?.address ?? 0) + 3)?.name).toBe('f');
    expect(symbolAt(image, 0)).toBeNull();
    expect(siteAt(image, 1)).toBeNull();
  });

  test('is the same every time, whatever the order of the files', () => {
    const one = compileText(text);
    const two = compileText(text);
    expect(two.js).toBe(one.js);
    expect(two.map).toBe(one.map);
    expect(JSON.stringify(two.image)).toBe(JSON.stringify(one.image));
  });

  test('loadImage refuses another version', () => {
    expect(() => loadImage('/nowhere/kernel.json')).toThrow();
  });

  test('text can be followed instruction by instruction', () => {
    const { image } = compileText(text);
    for (let i = 1; i < image.sites.length; i++) {
      const [p, q] = [image.sites[i - 1], image.sites[i]];
      if (p !== undefined && q !== undefined && p[1] === q[1]) expect(q[0]).toBe(p[0] + p[6]);
    }
  });

  test('errors leave nothing half done', () => {
    expect(errorsOf('let a: int = ;').length).toBeGreaterThan(0);
  });
});
