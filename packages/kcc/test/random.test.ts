import fc from 'fast-check';
import { expect, test } from 'vitest';
import { machine } from './machine.js';

/** A random C expression: its text, and its meaning as (unsigned?, value). */
interface Expr {
  text: string;
  unsigned: boolean;
  value(env: Env): bigint;
}
interface Env {
  a: number;
  b: number;
  h: number;
  c: number;
}

const HEADER = `/** @lock a x */
interface rec extends struct {
  h: u16; // (a)
  c: i8; // (a)
  n: int; // (a)
  next: rec; // (a)
}
let r0: embed<rec>;
let calls: int = 0;
/** @inline */
function twice(x: int): int { return x + x; }
function same(x: u32): u32 { calls++; return x; }
`;

const as32 = (unsigned: boolean, n: bigint): bigint =>
  unsigned ? BigInt.asUintN(32, n) : BigInt.asIntN(32, n);

const leaf: fc.Arbitrary<Expr> = fc.oneof(
  fc.constant<Expr>({ text: 'a', unsigned: false, value: (e) => BigInt(e.a) }),
  fc.constant<Expr>({ text: 'b', unsigned: true, value: (e) => BigInt(e.b >>> 0) }),
  fc.constant<Expr>({ text: 'p.h', unsigned: false, value: (e) => BigInt(e.h & 0xffff) }),
  fc.constant<Expr>({ text: 'p.next.next.c', unsigned: false, value: (e) => BigInt((e.c << 24) >> 24) }),
  fc.nat(100).map<Expr>((n) => ({ text: String(n), unsigned: false, value: () => BigInt(n) })),
  fc
    .integer({ min: 0x80000000, max: 0xffffffff })
    .map<Expr>((n) => ({ text: String(n), unsigned: true, value: () => BigInt(n) })),
);

type Op = (a: bigint, b: bigint) => bigint;
const ARITH: [string, Op][] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['&', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['/', (a, b) => (b === 0n ? 0n : a / b)],
  ['%', (a, b) => (b === 0n ? 0n : a % b)],
];
const COMPARE: [string, (a: bigint, b: bigint) => boolean][] = [
  ['<', (a, b) => a < b],
  ['>=', (a, b) => a >= b],
  ['===', (a, b) => a === b],
];

/** C's conversion of two operands to their common type. */
function common(x: Expr, y: Expr, env: Env): { a: bigint; b: bigint; unsigned: boolean } {
  const unsigned = x.unsigned || y.unsigned;
  return { a: as32(unsigned, x.value(env)), b: as32(unsigned, y.value(env)), unsigned };
}

const { expression } = fc.letrec<{ expression: Expr }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'e' },
    { weight: 2, arbitrary: leaf },
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie('expression'), tie('expression'), fc.constantFrom(...ARITH))
        .map(([x, y, [op, f]]) => ({
          text: `(${x.text} ${op} ${y.text})`,
          unsigned: x.unsigned || y.unsigned,
          value: (env: Env) => {
            const { a, b, unsigned } = common(x, y, env);
            return as32(unsigned, f(a, b));
          },
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          tie('expression'),
          tie('expression'),
          tie('expression'),
          tie('expression'),
          fc.constantFrom(...COMPARE),
        )
        .map(([x, y, u, v, [op, f]]) => ({
          text: `(${x.text} ${op} ${y.text} ? ${u.text} : ${v.text})`,
          unsigned: u.unsigned || v.unsigned,
          value: (env: Env) => {
            const { a, b } = common(x, y, env);
            const { a: t, b: e } = common(u, v, env);
            return f(a, b) ? t : e;
          },
        })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('expression'), fc.nat(31), fc.constantFrom('<<', '>>')).map(([x, n, op]) => ({
        text: `(${x.text} ${op} ${n})`,
        unsigned: x.unsigned,
        value: (env: Env) =>
          as32(x.unsigned, op === '<<' ? x.value(env) << BigInt(n) : x.value(env) >> BigInt(n)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('expression'), fc.constantFrom('-', '~')).map(([x, op]) => ({
        text: `(${op}${x.text})`,
        unsigned: x.unsigned,
        value: (env: Env) => as32(x.unsigned, op === '-' ? -x.value(env) : ~x.value(env)),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('expression').map((x) => ({
        text: `twice(${x.text})`,
        unsigned: false,
        value: (env: Env) => as32(false, 2n * x.value(env)),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('expression').map((x) => ({
        text: `same(${x.text})`,
        unsigned: true,
        value: (env: Env) => as32(true, x.value(env)),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('expression').map((x) => ({
        text: `(p.next.h = ${x.text})`,
        unsigned: false,
        value: (env: Env) => as32(false, x.value(env)) & 0xffffn,
      })),
    },
  ),
}));

test('random expressions mean what they mean in C', async () => {
  const value = fc.oneof(
    fc.constantFrom(0, 1, -1, -0x80000000),
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  );
  const env = fc.record({ a: value, b: value, h: value, c: value });
  await fc.assert(
    fc.asyncProperty(
      fc.array(expression, { minLength: 15, maxLength: 15 }),
      fc.array(env, { minLength: 8, maxLength: 8 }),
      async (list, envs) => {
        const functions = list.map(
          (e, i) => `function f${i}(p: rec, a: int, b: u32): u32 { return ${e.text}; }`,
        );
        const m = await machine(HEADER + functions.join('\n'));
        const [p, q, s] = [0x100000, 0x200000, 0x300000];
        for (const e of envs) {
          list.forEach((x, i) => {
            // Two more records, so that assigning to one does not change what is read from another.
            m.store(p, (e.h & 0xffff) | 0);
            m.store(p + 8, q);
            m.store(q + 8, s);
            m.store(s, (e.c & 0xff) << 16);
            const got = m.call(`f${i}`, p, e.a, e.b);
            expect(got, `${x.text} with ${JSON.stringify(e)}`).toBe(Number(as32(false, x.value(e))));
          });
        }
      },
    ),
    { numRuns: 40 },
  );
});
