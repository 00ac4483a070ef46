import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machine } from './machine.js';

/** C's 32-bit arithmetic, by BigInt. */
const wrap = (n: bigint): number => Number(BigInt.asIntN(32, n));
const unsigned = (n: number): bigint => BigInt(n >>> 0);
const signed = (n: number): bigint => BigInt(n | 0);

const OPS = ['+', '-', '*', '/', '%', '&', '|', '^', '<', '<=', '>', '>=', '===', '!=='] as const;
const NAMES = ['add', 'sub', 'mul', 'div', 'rem', 'and', 'or', 'xor', 'lt', 'le', 'gt', 'ge', 'eq', 'ne'];

function reference(op: string, a: bigint, b: bigint): bigint | boolean {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? 0n : a / b;
    case '%':
      return b === 0n ? 0n : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '===':
      return a === b;
    default:
      return a !== b;
  }
}

const isComparison = (op: string): boolean => OPS.indexOf(op as (typeof OPS)[number]) >= 8;
const functions = (suffix: string, a: string, b: string, r: string): string =>
  OPS.map(
    (op, i) =>
      `function ${NAMES[i]}_${suffix}(a: ${a}, b: ${b}): ${isComparison(op) ? 'boolean' : r} { return a ${op} b; }`,
  ).join('\n');

/** Edge values, and any. */
const word = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 0x7fffffff, -0x80000000, 0xff, 0xffff, -0x10000, 3),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);

describe('32-bit arithmetic is that of C', () => {
  const program = [
    functions('ii', 'int', 'int', 'int'),
    functions('uu', 'u32', 'u32', 'u32'),
    functions('iu', 'int', 'u32', 'u32'),
    functions('hi', 'u16', 'int', 'int'),
    `function shl(a: int, n: int): int { return a << n; }
     function sar(a: int, n: int): int { return a >> n; }
     function shr(a: u32, n: int): u32 { return a >> n; }
     function shr3(a: int, n: int): u32 { return a >>> n; }
     function not(a: int): int { return ~a; }
     function neg(a: int): int { return -a; }
     function u8of(a: int): int { return $u8(a); }
     function u16of(a: int): int { return $u16(a); }
     function by8(a: u32): u32 { return a / 8 * 100 + a % 8; }
     function by7(a: int): int { return a / 7 * 10 + a % 7; }
     function ret8(a: int): u8 { return a; }
     function ret16(a: int): i16 { let x: i16 = a; return x; }
     function mixed(a: int, b: u32): boolean { return a - 1 < b + 1; }`,
  ].join('\n');

  test('binary operators', async () => {
    const m = await machine(program);
    fc.assert(
      fc.property(
        word,
        word,
        fc.nat(OPS.length - 1),
        fc.constantFrom('ii', 'uu', 'iu', 'hi'),
        (a, b, i, kind) => {
          const op = OPS[i] as string;
          const x = kind === 'hi' ? a & 0xffff : a;
          // INT_MIN / -1 traps on the i386; here it wraps.
          const conv = kind === 'uu' || kind === 'iu' ? unsigned : signed;
          const want = reference(op, conv(x), conv(b));
          const got = m.call(`${NAMES[i]}_${kind}`, x, b);
          expect(Object.is(got, typeof want === 'boolean' ? want : wrap(want))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('shifts, unary operators, constants and narrowing', async () => {
    const m = await machine(program);
    fc.assert(
      fc.property(word, fc.nat(31), word, (a, n, b) => {
        expect(m.call('shl', a, n)).toBe(wrap(signed(a) << BigInt(n)));
        expect(m.call('sar', a, n)).toBe(wrap(signed(a) >> BigInt(n)));
        expect(m.call('shr', a, n)).toBe(wrap(unsigned(a) >> BigInt(n)));
        expect(m.call('shr3', a, n)).toBe(wrap(unsigned(a) >> BigInt(n)));
        expect(m.call('not', a)).toBe(wrap(~signed(a)));
        expect(m.call('neg', a)).toBe(wrap(-signed(a)));
        expect(m.call('u8of', a)).toBe(a & 0xff);
        expect(m.call('u16of', a)).toBe(a & 0xffff);
        expect(m.call('ret8', a)).toBe(a & 0xff);
        expect(m.call('ret16', a)).toBe(Number(BigInt.asIntN(16, signed(a))));
        expect(m.call('by8', a)).toBe(wrap((unsigned(a) / 8n) * 100n + (unsigned(a) % 8n)));
        expect(m.call('by7', a)).toBe(wrap((signed(a) / 7n) * 10n + (signed(a) % 7n)));
        expect(m.call('mixed', a, b)).toBe(
          BigInt.asUintN(32, signed(a) - 1n) < BigInt.asUintN(32, unsigned(b) + 1n),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('division by zero traps at its instruction', async () => {
    const m = await machine(program);
    expect(m.call('div_ii', 5, 0)).toBe(0);
    expect(m.call('rem_uu', 5, 0)).toBe(0);
    expect(m.log.map((l) => l.split(' ')[0])).toEqual(['divzero', 'divzero']);
  });
});

describe('constant folding agrees with the code', () => {
  test('for every operator', async () => {
    const pairs: [number, number][] = [
      [7, 3],
      [0x7fffffff, 2],
      [0xffffffff, 16],
      [0x80000000, 1],
      [0xc0000000, 0xffffffff],
      [12, 31],
    ];
    const ops = OPS.filter((op) => !isComparison(op)).concat(['<<', '>>', '>>>'] as never[]);
    const text = pairs
      .flatMap(([a, b], i) =>
        ops.map(
          (op, j) => `const C${i}_${j} = ${a} ${op} ${b};
            let a${i}_${j}: ${a > 0x7fffffff ? 'u32' : 'int'} = ${a}; let b${i}_${j}: ${b > 0x7fffffff ? 'u32' : 'int'} = ${b};
            function f${i}_${j}(): boolean { return C${i}_${j} === (a${i}_${j} ${op} b${i}_${j}); }`,
        ),
      )
      .join('\n');
    const m = await machine(text);
    pairs.forEach((_, i) => {
      ops.forEach((op, j) => {
        expect([i, op, m.call(`f${i}_${j}`)]).toEqual([i, op, true]);
      });
    });
  });
});

const big = fc.maxSafeInteger();
const half = fc.integer({ min: -(2 ** 51), max: 2 ** 51 });

describe('64-bit arithmetic is exact to 2^53', () => {
  test('operators', async () => {
    const m = await machine(`
      function add(a: i64, b: i64): i64 { return a + b; }
      function sub(a: i64, b: i64): i64 { return a - b; }
      function mul(a: i64, b: int): i64 { return a * b; }
      function div(a: i64, b: i64): i64 { return a / b; }
      function rem(a: i64, b: i64): i64 { return a % b; }
      function lt(a: i64, b: u32): boolean { return a < b; }
      function shr12(a: i64): i64 { return a >> 12; }
      function shl12(a: int): i64 { return $i64(a) << 12; }
      function page(a: i64): i64 { return a & ~4095; }
      function low(a: i64): i64 { return a & 0xfff; }
      function word(a: i64, b: u32): i64 { return a & b; }
      function cut(a: i64): int { return a; }
      function cut8(a: i64): u8 { return a; }
      function fromu(a: u32): i64 { return a; }
      function fromi(a: int): i64 { return a; }
      let cell: i64 = 0;
      function through(a: i64): i64 { cell = a; return cell; }
      function plus(a: i64): i64 { cell = a; cell += 1; cell -= a; return cell; }`);
    const exact = (n: bigint): boolean => n >= -(2n ** 53n) && n <= 2n ** 53n;
    fc.assert(
      fc.property(half, half, word, (a, b, n) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        expect(m.call('add', a, b)).toBe(Number(x + y));
        expect(m.call('sub', a, b)).toBe(Number(x - y));
        if (exact(x * signed(n))) expect(m.call('mul', a, n)).toBe(Number(x * signed(n)) + 0);
        if (b !== 0) {
          expect(m.call('div', a, b)).toBe(Number(x / y));
          expect(m.call('rem', a, b)).toBe(Number(x % y));
        }
        expect(m.call('lt', a, n)).toBe(x < unsigned(n));
        expect(m.call('shl12', n)).toBe(Number(signed(n) << 12n));
        expect(m.call('plus', a)).toBe(1);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(big, word, (a, n) => {
        const x = BigInt(a);
        expect(m.call('shr12', a)).toBe(Number(x >> 12n));
        expect(m.call('page', a)).toBe(Number(x & ~4095n));
        expect(m.call('low', a)).toBe(Number(x & 0xfffn));
        expect(m.call('word', a, n)).toBe(Number(x & unsigned(n)));
        expect(m.call('cut', a)).toBe(wrap(x));
        expect(m.call('cut8', a)).toBe(Number(x & 255n));
        expect(m.call('fromu', n)).toBe(n >>> 0);
        expect(m.call('fromi', n)).toBe(n);
        expect(m.call('through', a)).toBe(a);
      }),
      { numRuns: 500 },
    );
  });
});
