import { describe, expect, test } from 'vitest';
import { SymbolTable, typeText } from '@trap12/target';
import { imageBytes, parseImage } from '../src/image.js';
import { compileText, errorsOf, machine, siteAt, symbolAt, symbolNamed } from './machine.js';

const structs = (text: string) => {
  const r = compileText(text);
  expect(r.errors).toEqual([]);
  return r.image.structs;
};

describe('struct layouts', () => {
  test('vm_object.paging_in_progress is at 0x3a', () => {
    const { image, errors } = compileText(`
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
      }`);
    expect(errors).toEqual([]);
    const s = image.structs.vm_object;
    expect(s?.fields.paging_in_progress).toEqual({
      offset: 0x3a,
      size: 2,
      type: image.types.findIndex((t) => t.kind === 'int' && t.name === 'u16'),
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
      params: [{ name: 't' }, { name: 'n' }],
      line: 10,
    });
    expect(symbolNamed(image, 'a')?.kind).toBe('data');
    expect(symbolNamed(image, 'b')?.kind).toBe('bss');
    expect(image.constants).toEqual({ PAGE_SIZE: 4096, TOP: 0xc0000000 });
    const bytes = new DataView(imageBytes(image).buffer);
    expect(bytes.getInt32((symbolNamed(image, 'a')?.address ?? 0) - image.base, true)).toBe(7);
    expect(symbolAt(image, (symbolNamed(image, 'f')?.address ?? 0) + 3)?.name).toBe('f');
    expect(symbolAt(image, 0)).toBeUndefined();
    expect(siteAt(image, 1)).toBeUndefined();
  });

  test('is the same every time, whatever the order of the files', () => {
    const one = compileText(text);
    const two = compileText(text);
    expect(two.js).toBe(one.js);
    expect(two.map).toBe(one.map);
    expect(JSON.stringify(two.image)).toBe(JSON.stringify(one.image));
  });

  test('says what guards a variable, and between which accesses nothing comes in', () => {
    const { image } = compileText(`
      /**
       * How often. Locks: the_lock; anybody
       * reads. Never less than 0.
       */
      let a: int = 7;
      /** Of no importance. */
      let b: int;
      /**
       * Both at once. Locks: none. Does not sleep.
       * @indivisible
       */
      function f(): void {
        a = 1;
        b = 2;
      }
      /** One by one. Locks: none. */
      function g(): void {}`);
    expect(symbolNamed(image, 'a')?.locks).toBe('the_lock; anybody reads');
    expect(symbolNamed(image, 'b')).not.toHaveProperty('locks');
    expect(image.indivisible).toEqual([[symbolNamed(image, 'f')?.file, 13, 16]]);
  });

  test('an image of another version is refused by name', () => {
    const { image } = compileText(text);
    expect(parseImage(JSON.stringify(image), 'a.json')).toEqual(image);
    const old = JSON.stringify({ ...image, version: 1 });
    expect(() => parseImage(old, 'a.json')).toThrow('a.json: image version 1, not 3; build the kernel again');
  });

  test('types are data: what a field, a parameter, a variable and a function are', () => {
    const { image } = compileText(`
      /** @lock a x */
      interface thing extends struct {
        f: (t: thing) => Sleeps<int>; // (a)
        t: ptr<thing>; // (a)
        n: array<u16, 6>; // (a)
        i: i64; // (a)
        s: str; // (a)
      }
      let things: array<embed<thing>, 2>;
      function* g(t: thing, s: str): Sleeps<boolean> { return t.i === 0; }`);
    const symbols = new SymbolTable(image);
    const type = (index: number | undefined) => symbols.type(index ?? -1);
    const { f, t, n, i, s } = symbols.struct('thing').fields;
    const thing = image.types.findIndex((row) => row.kind === 'struct' && row.name === 'thing');
    expect(type(i?.type)).toEqual({ kind: 'int', name: 'i64', size: 8, signed: true });
    expect(type(n?.type)).toMatchObject({ kind: 'array', count: 6 });
    const callee = type(f?.type);
    expect(callee.kind === 'pointer' && type(callee.to)).toMatchObject({ kind: 'function', sleeps: true });
    expect(symbols.isPointerTo(symbols.symbol('g').params?.[0]?.type ?? -1, 'thing')).toBe(true);
    expect(type(symbols.symbol('things').type)).toEqual({ kind: 'array', of: thing, count: 2 });
    const texts = [f, t, n, i, s].map((field) => typeText(symbols, field?.type ?? -1));
    expect(texts).toEqual(['(thing) => Sleeps<int>', 'ptr<thing>', 'array<u16, 6>', 'i64', 'str']);
    expect(typeText(symbols, symbols.symbol('g').type)).toBe('(thing, str) => Sleeps<boolean>');
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
