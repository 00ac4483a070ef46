import type { Memory } from '@trap12/target';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, ExpressionError, type Scope } from '../src/index.js';

const SYMBOLS: Record<string, number> = { kernel_map: 0xc0120000, beef: 0xc0999999 };

/** Names and memory for expressions, without a machine: a word at address a holds a + 1. */
const scope: Scope = {
  memory: {
    u32: (va: number) => (va + 1) >>> 0,
    target: {
      symbols: { has: (n: string) => Object.hasOwn(SYMBOLS, n), address: (n: string) => SYMBOLS[n] },
    },
  } as unknown as Memory,
  radix: 16,
  dot: 0x100,
  prev: 0xfc,
  next: 0x104,
  last: 0x200,
  variable: (name) => new Map([['eax', 7]]).get(name),
  typed: () => undefined,
};

const value = (text: string, radix = 16): number => evaluate(text, { ...scope, radix });

describe('expressions', () => {
  it.each([
    ['10', 0x10],
    ['0x10', 0x10],
    ['0t10', 10],
    ['0o17', 15],
    ['kernel_map', 0xc0120000],
    ['kernel_map+4', 0xc0120004],
    ['beef', 0xc0999999],
    ['deadbeef', 0xdeadbeef],
    ['$eax', 7],
    ['.', 0x100],
    ['..', 0xfc],
    ['+', 0x104],
    ['"', 0x200],
    ['.+4', 0x104],
    ['..-4', 0xf8],
    ['*10', 0x11],
    ['**10', 0x12],
    ['*(kernel_map+8)', 0xc0120009],
    ['-1', 0xffffffff],
    ['~0', 0xffffffff],
    ['2+3*4', 14],
    ['(2+3)*4', 20],
    ['0t17/5', 3],
    ['0t17%5', 2],
    ['11#4', 0x14],
    ['1<<4|1', 0x11],
    ['f0&3c', 0x30],
    ['80000000>>1f', 1],
    ['1<<20', 0],
    ['ffffffff+1', 0],
    ['1-2', 0xffffffff],
    ['10000*10000', 0],
    ['  1  +  2  ', 3],
  ])('%s', (text, wanted) => {
    expect(value(text)).toBe(wanted >>> 0);
  });

  it('read numbers in the radix', () => {
    expect(value('10', 10)).toBe(10);
    expect(value('17', 8)).toBe(15);
    expect(value('0x10', 10)).toBe(16);
    expect(() => value('9', 8)).toThrow('Bad character in number');
    expect(() => value('deadbeef', 10)).toThrow('Symbol not found');
  });

  it.each([
    ['', 'Syntax error'],
    ['1+', 'Syntax error'],
    ['(1', 'Syntax error'],
    [')', 'Syntax error'],
    ['1 2', '?'],
    ['1,2', '?'],
    ['1@', '?'],
    ['@', 'Syntax error'],
    ['nosuch', 'Symbol not found'],
    ['$nosuch', 'Unknown variable'],
    ['$', 'Unknown variable'],
    ['1/0', 'Divide by 0'],
    ['1#0', 'Divide by 0'],
    ['1g', 'Bad character in number'],
    ['0t', 'Bad character in number'],
    ['123456789', 'Number too large: accepted: up to 0xffffffff'],
    ['100000000', 'Number too large: accepted: up to 0xffffffff'],
    ['0t4294967296', 'Number too large: accepted: up to 0xffffffff'],
    ['7777777777777777777', 'Number too large: accepted: up to 0xffffffff'],
    [`${'('.repeat(500)}1`, 'Expression too deep'],
    [`${'-'.repeat(500)}1`, 'Expression too deep'],
  ])('refuse %s', (text, message) => {
    expect(() => value(text)).toThrow(new ExpressionError(message));
  });

  it('agree with 32-bit arithmetic', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(u32, u32, u32, (a, b, c) => {
        const [x, y, z] = [BigInt(a), BigInt(b), BigInt(c)];
        const text = `0x${a.toString(16)} * 0x${b.toString(16)} + 0x${c.toString(16)} - 0x${a.toString(16)}`;
        expect(BigInt(value(text))).toBe(BigInt.asUintN(32, x * y + z - x));
      }),
    );
  });

  it('take any text and answer with a value or an ExpressionError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        try {
          const v = value(text);
          expect(Number.isInteger(v) && v >= 0 && v <= 0xffffffff).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
