import type { ImageSymbol, KernelImage } from '@trap12/kcc/image.js';
import { REGISTER_NAMES, type Registers, SymbolTable } from '@trap12/target';
import { describe, expect, it } from 'vitest';
import {
  formatBoundary,
  formatChar,
  formatFrame,
  formatLocation,
  formatRegisters,
  hash,
  symbolic,
} from '../src/index.js';

/** The report's kernel: three functions at the addresses that its trace implies, one listed instruction. */
function reportSymbols(): SymbolTable {
  const symbol = (name: string, address: number, size: number): ImageSymbol => ({
    name,
    address,
    size,
    kind: 'text',
    file: 'f',
    line: 1,
    type: 0,
  });
  const image = {
    symbols: [
      symbol('vm_fault1', 0xc027a01c, 0x800),
      symbol('get_ptbase', 0xc02ac27c, 0x40),
      symbol('huge', 0xc0300000, 0x20000),
    ],
    sites: [[0xc027a13e, 0, 0, 1, 1, 0, 4, 0x3a, 2, 0, 1, 1, 1]],
    files: ['vm/vm_fault.ts'],
    strings: ['incw 0x3a(%eax)', ''],
    siteKinds: ['rmw'],
    typedefs: {},
    structs: {},
  } as unknown as KernelImage;
  return new SymbolTable(image);
}

const registers: Registers = {
  cs: 8,
  ds: 0x10,
  es: 0x10,
  fs: 0x18,
  ss: 0x10,
  eax: 0,
  ecx: 0xc35f0e04,
  edx: 7,
  ebx: 0,
  esp: 0xc35f0db8,
  ebp: 0xc35f0e58,
  esi: 1,
  edi: 0xc38a5000,
  eip: 0xc027a13e,
  efl: 0x10286,
};

describe('the layouts of the report', () => {
  const symbols = reportSymbols();

  it('registers: name in 12, value right-aligned in 10, a tab and the symbol', () => {
    expect(formatRegisters(registers, new Set(REGISTER_NAMES), symbols)).toEqual([
      'cs                 0x8',
      'ds                0x10',
      'es                0x10',
      'fs                0x18',
      'ss                0x10',
      'eax                  0',
      'ecx         0xc35f0e04',
      'edx                0x7',
      'ebx                  0',
      'esp         0xc35f0db8',
      'ebp         0xc35f0e58',
      'esi                0x1',
      'edi         0xc38a5000',
      'eip         0xc027a13e\tvm_fault1+0x122',
      'efl            0x10286',
    ]);
    expect(REGISTER_NAMES).toHaveLength(15);
  });

  it('registers that have no value', () => {
    expect(formatRegisters(registers, new Set(['eip'] as const), symbols).slice(12)).toEqual([
      'edi           not kept',
      'eip         0xc027a13e\tvm_fault1+0x122',
      'efl           not kept',
    ]);
  });

  it('the location, with the instruction set apart by tabs', () => {
    expect(formatLocation(symbols, 0xc027a13e)).toBe('vm_fault1+0x122:\tincw\t0x3a(%eax)');
    expect(formatLocation(symbols, 0xc02ac27c)).toBe('get_ptbase:');
  });

  it('a frame', () => {
    const frame = {
      function: 'get_ptbase',
      offset: 8,
      pc: 0xc02ac284,
      fp: 0,
      args: [0xc325faac, 0xc325fa40, 0xc325fa40, 0, 0],
    };
    expect(formatFrame(frame)).toBe('get_ptbase(c325faac,c325fa40,c325fa40,0,0) at get_ptbase+0x8');
    expect(formatFrame({ ...frame, offset: 0, args: [] })).toBe('get_ptbase() at get_ptbase');
    expect(formatFrame({ ...frame, function: undefined, args: [] })).toBe('0xc02ac284() at 0xc02ac284');
  });

  it('the line across a trap, a system call and an interrupt', () => {
    const trap = {
      kind: 'trap' as const,
      trapno: 12,
      eip: 0xc02ac284,
      esp: 0xc35f0f24,
      ebp: 0xc35f0f24,
      frame: 0,
      user: false,
    };
    expect(formatBoundary(trap)).toBe(
      '--- trap 0xc, eip = 0xc02ac284, esp = 0xc35f0f24, ebp = 0xc35f0f24 ---',
    );
    expect(formatBoundary({ ...trap, kind: 'syscall', trapno: 4, ebp: 0 })).toBe(
      '--- syscall 0x4, eip = 0xc02ac284, esp = 0xc35f0f24, ebp = 0 ---',
    );
    expect(formatBoundary({ ...trap, kind: 'interrupt' })).toBe(
      '--- interrupt, eip = 0xc02ac284, esp = 0xc35f0f24, ebp = 0xc35f0f24 ---',
    );
  });

  it('symbols with offsets below $maxoff', () => {
    expect(symbolic(symbols, 0xc0300000)).toBe('huge');
    expect(symbolic(symbols, 0xc030ffff)).toBe('huge+0xffff');
    expect(symbolic(symbols, 0xc0310000)).toBe('0xc0310000');
    expect(symbolic(symbols, 0xc0310000, 0x20000)).toBe('huge+0x10000');
    expect(symbolic(symbols, 0)).toBe('0');
  });

  it('numbers and characters', () => {
    expect([hash(0), hash(-1), hash(10)]).toEqual(['0', '0xffffffff', '0xa']);
    expect([0x41, 0x0a, 0, 0xff, 0x7e, 0x7f].map(formatChar)).toEqual([
      'A',
      '\\012',
      '\\000',
      '\\377',
      '~',
      '\\177',
    ]);
  });
});
