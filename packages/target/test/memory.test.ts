import { describe, expect, test } from 'vitest';
import { BadAddress, Memory, SymbolTable, type Target } from '../src/index.js';
import { smallImage } from './image.js';

const BASE = 0xc0001000;

/** 64 bytes of memory at BASE, nothing else mapped. */
function target(bytes: Uint8Array): Target {
  const cpu = { id: 0, cr3: 0, pcpu: undefined, registers: undefined, tlb: undefined };
  return {
    symbols: new SymbolTable(smallImage()),
    ramBytes: bytes.length,
    cpu,
    cpus: [cpu],
    read: (va, length) => (va < BASE ? new Uint8Array() : bytes.slice(va - BASE, va - BASE + length)),
    write: (va, data) => bytes.set(data, va - BASE),
    readPhysical: (pa, length) => bytes.slice(pa, pa + length),
  };
}

describe('does a field have the value that its type gives it?', () => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -7, true);
  view.setBigInt64(4, -5_000_000_000n, true);
  view.setUint32(12, 0xfffffff0, true);
  view.setInt16(16, -2, true);
  view.setUint32(20, BASE + 40, true);
  view.setUint32(40, 0x89abcdef, true);
  view.setInt16(44, -300, true);
  const memory = new Memory(target(bytes));

  test('numbers with their sign, of every size', () => {
    expect(memory.field('outer', BASE, 'n')).toBe(-7);
    expect(memory.field('outer', BASE, 'wide')).toBe(-5_000_000_000);
    expect(memory.field('outer', BASE, 'place.x')).toBe(0xfffffff0);
    expect(memory.field('outer', BASE, 'place.y')).toBe(-2);
  });

  test('through a pointer, and the address of what lies in place', () => {
    expect(memory.field('outer', BASE, 'other.x')).toBe(0x89abcdef);
    expect(memory.field('outer', BASE, 'other.y')).toBe(-300);
    expect(memory.field('outer', BASE, 'place')).toBe(BASE + 12);
    expect(memory.field('outer', BASE, 'name')).toBe(BASE + 24);
  });

  test('what is not there says so', () => {
    expect(() => memory.field('outer', BASE, 'gone')).toThrow('struct outer has no field gone');
    expect(() => memory.field('outer', BASE, 'n.x')).toThrow('no struct before x');
    expect(() => memory.u32(BASE + 62)).toThrow(new BadAddress(BASE + 64));
    expect(() => memory.u8(4)).toThrow('address 0x4 is not mapped');
  });
});
