import { describe, expect, test } from 'vitest';
import { machine, siteAt, symbolAt } from './machine.js';

const POINT = `
/**
 * @lock a anything
 */
interface point extends struct {
  x: int; // (a)
  flag: boolean; // (a)
  small: u8; // (a)
  ssmall: i8; // (a)
  half: u16; // (a)
  shalf: i16; // (a)
  big: i64; // (a)
  next: point; // (a)
  list: array<int, 4>; // (a)
  inner: embed<pair>; // (a)
  op: (a: int) => int; // (a)
}
/** @lock a anything */
interface pair extends struct {
  first: u32; // (a)
  second: u32; // (a)
}
let p0: embed<point>;
let p1: embed<point>;
let counter: int = 5;
`;

describe('loads and stores', () => {
  test('fields of every width keep their value and sign', async () => {
    const m = await machine(`${POINT}
      function put(): void {
        p0.x = -1; p0.flag = true; p0.small = 0x1ff; p0.ssmall = 0xff; p0.half = 0x12345; p0.shalf = 0xffff;
        p0.big = -5; p0.next = p1; p0.inner.second = 0xdeadbeef;
      }
      function x(): int { return p0.x; }
      function flag(): boolean { return p0.flag; }
      function small(): int { return p0.small; }
      function ssmall(): int { return p0.ssmall; }
      function half(): int { return p0.half; }
      function shalf(): int { return p0.shalf; }
      function big(): i64 { return p0.big; }
      function next(): point { return p0.next; }
      function second(): u32 { return p0.inner.second; }`);
    m.call('put');
    expect(m.call('x')).toBe(-1);
    expect(m.call('flag')).toBe(true);
    expect(m.call('small')).toBe(0xff);
    expect(m.call('ssmall')).toBe(-1);
    expect(m.call('half')).toBe(0x2345);
    expect(m.call('shalf')).toBe(-1);
    expect(m.call('big')).toBe(-5);
    expect(m.call('next')).toBe(m.address('p1') | 0);
    expect(m.call('second')).toBe(0xdeadbeef | 0);
  });

  test('an assignment has the value that was stored', async () => {
    const m = await machine(`${POINT}
      function narrow(p: point, v: int): int { return (p.small = v); }
      function signed(p: point, v: int): int { return (p.ssmall = v + 0); }
      function bool(p: point, v: int): boolean { return (p.flag = v > 3); }
      function wide(p: point, v: i64): i64 { return (p.big = v); }
      function chain(p: point, q: point, v: int): int { p.x = q.x = v; return p.x + q.x; }`);
    const [a, b] = [m.address('p0') | 0, m.address('p1') | 0];
    expect(m.call('narrow', a, 0x1234)).toBe(0x34);
    expect(m.call('signed', a, 0x80)).toBe(-128);
    expect(m.call('bool', a, 4)).toBe(true);
    expect(m.call('wide', a, 2 ** 40 + 7)).toBe(2 ** 40 + 7);
    expect(m.call('chain', a, b, 21)).toBe(42);
  });

  test('read-modify-write forms, with and without their value', async () => {
    const m = await machine(`${POINT}
      function post(p: point): int { return p.x++; }
      function pre(p: point): int { return --p.x; }
      function add(p: point, v: int): int { p.x += v; p.half += v; p.half |= 0x100; p.half &= 0xff0f; return p.half; }
      function sub(p: point): int { return (p.small -= 1); }
      function postsmall(p: point): int { return p.ssmall--; }
      function mul(p: point): int { p.x *= 3; p.x <<= 1; p.x /= 2; return p.x; }
      function big(p: point): i64 { p.big += 4294967295; p.big++; return p.big++; }
      function global(): int { counter++; counter += 10; return counter; }
      function sum(p: point, q: point): int { p.x += q.x; return p.x; }`);
    const [a, b] = [m.address('p0') | 0, m.address('p1') | 0];
    expect(m.call('post', a)).toBe(0);
    expect(m.call('pre', a)).toBe(0);
    expect(m.call('add', a, 0x10fff)).toBe(0x0f0f);
    expect(m.call('sub', a)).toBe(255);
    expect(m.call('postsmall', a)).toBe(0);
    expect(m.call('postsmall', a)).toBe(-1);
    expect(m.call('mul', a)).toBe(0x10fff * 3);
    expect(m.call('big', a)).toBe(2 ** 32);
    expect(m.call('global')).toBe(16);
    m.store(b, 7);
    m.store(a, 8);
    expect(m.call('sum', a, b)).toBe(15);
  });

  test('arrays, pointers, $idx, $pdiff, $ref, $container', async () => {
    const m = await machine(`${POINT}
      let points: array<embed<point>, 4>;
      let words: array<u16, 8>;
      let cell: ptr<int>;
      function fill(n: int): int { for (let i = 0; i < n; i++) words[i] = i * i; return words[3] + words[n - 1]; }
      function third(): u32 { return $addr(points[3]) - $addr(points); }
      function idx(p: point, i: int): int { return $pdiff($idx(p, i), p); }
      function viaref(p: point): int { let r = $ref(p.list[2]); r[0] = 9; r[1] = 10; return p.list[2] * 100 + p.list[3]; }
      function up(p: point): boolean { return $container<point>(p.inner, 'inner') === p; }
      function padd(): int { cell = $ref(p0.list[0]); cell = $padd(cell, 1); cell[0] = 33; return p0.list[1]; }
      function order(p: point): int { let i = 0; p.list[i++] = i + 40; return p.list[0]; }`);
    const a = m.address('p0') | 0;
    expect(m.call('fill', 6)).toBe(9 + 25);
    expect(m.call('third')).toBe(3 * (m.image.structs.point?.size ?? 0));
    expect(m.call('idx', a, 3)).toBe(3);
    expect(m.call('viaref', a)).toBe(910);
    expect(m.call('up', a)).toBe(true);
    expect(m.call('padd')).toBe(33);
    expect(m.call('order', a)).toBe(41);
  });

  test('the base is evaluated before the value, once', async () => {
    const m = await machine(`${POINT}
      let trace: int = 0;
      function which(n: int): point { trace = trace * 10 + n; return n === 1 ? p0 : p1; }
      function value(n: int): int { trace = trace * 10 + n; return n; }
      function go(): int { which(1).list[value(2)] = value(3); which(1).x += value(4); return trace; }
      function self(p: point): int { p.next = (p = p1); return p.x; }`);
    expect(m.call('go')).toBe(12314);
    expect(m.load(m.address('p0'))).toBe(4);
    m.call('self', m.address('p0') | 0);
    const next = m.image.structs.point?.fields.next?.offset ?? 0;
    expect(m.load(m.address('p0') + next)).toBe(m.address('p1') | 0);
  });

  test('a miss names address and site, and the site says what it is', async () => {
    const m = await machine(`${POINT}
function pip(first_object: point): void {
  first_object.half++;
}`);
    m.call('pip', 0);
    const [kind, va, site] = (m.log[0] ?? '').split(' ');
    expect(kind).toBe('w');
    expect(va).toBe('a');
    const s = siteAt(m.image, Number.parseInt(site ?? '', 16));
    expect(s).toMatchObject({
      text: 'incw 0xa(%eax)',
      lvalue: 'first_object.half',
      struct: 'point',
      field: 'half',
      disp: 10,
      width: 2,
      kind: 'rmw',
      function: 'pip',
      line: 28,
      column: 3,
    });
    expect(symbolAt(m.image, s?.address ?? 0)?.name).toBe('pip');
  });
});

describe('calls', () => {
  test('push return address, ebp and arguments, and give the stack back', async () => {
    const m = await machine(
      `
      function leaf(a: int, b: i64, c: boolean): int { return $ld32(stack()); }
      declare function stack(): u32;
      function caller(): int { return leaf(7, 8589934595, true); }`,
      {},
    );
    const seen: number[] = [];
    const m2 = await machine(
      `declare function look(): void;
       function leaf(a: int, b: i64, c: boolean): int { look(); return a; }
       export function caller(): int { return leaf(7, 8589934595, true); }`,
      {
        look: () => {
          const ebp = m2.REG[1] as number;
          for (let i = 0; i < 6; i++) seen.push(m2.load(ebp + 4 * i));
        },
      },
    );
    expect(m.image.symbols.some((s) => s.name === 'stack')).toBe(true);
    m2.REG[1] = 0x55;
    const before = m2.REG[0];
    expect(m2.call('caller')).toBe(7);
    expect(m2.REG[0]).toBe(before);
    expect(m2.REG[1]).toBe(0x55);
    const [ebp, ra, ...args] = seen;
    expect(args).toEqual([7, 3, 2, 1]);
    expect(m2.load(ebp as number)).toBe(0x55);
    const site = siteAt(m2.image, ra as number);
    expect(site).toMatchObject({ function: 'caller', text: 'addl $0x10,%esp', kind: 'cleanup' });
  });

  test('the clean-up tells the number of arguments', async () => {
    const m = await machine(`
      function none(): void {}
      function one(a: int): void {}
      function two(a: int, b: int): void {}
      function go(): void { none(); one(1); two(1, 2); }`);
    const text = m.image.sites
      .filter((s) => m.image.symbols[s[1]]?.name === 'go')
      .map((s) => m.image.strings[s[9]]);
    expect(text).toEqual([
      'pushl %ebp',
      'movl %esp,%ebp',
      'call none',
      'nop',
      'pushl $0x1',
      'call one',
      'popl %ecx',
      'pushl $0x2',
      'pushl $0x1',
      'call two',
      'addl $0x8,%esp',
      'leave',
      'ret',
    ]);
  });

  test('through function pointers, in structs and tables', async () => {
    const m = await machine(`${POINT}
      function twice(a: int): int { return 2 * a; }
      function thrice(a: int): int { return 3 * a; }
      let ops: embed<point> = $init({ op: twice, x: 4 });
      let tab: array<(a: int) => int, 2> = $init([twice, thrice]);
      function go(i: int): int { return ops.op(ops.x) + tab[i](100); }
      function put(): void { ops.op = thrice; }
      function bad(p: point): int { return p.op(1); }
      function isnull(p: point): boolean { return p.op === null; }
      function nothing(): int { return 77; }
      function fewer(): int { ops.op = nothing; return ops.op(1); }
      function local(): int { let f = twice; f = thrice; return f(5); }`);
    expect(m.call('go', 1)).toBe(308);
    m.call('put');
    expect(m.call('go', 0)).toBe(212);
    expect(m.call('local')).toBe(15);
    expect(m.call('fewer')).toBe(77);
    expect(m.call('isnull', m.address('p1') | 0)).toBe(true);
    expect(() => m.call('bad', m.address('p0') | 0)).toThrow('badcall 0');
    expect(m.table.get(m.address('twice') | 0)?.(0, 8)).toBe(16);
  });

  test('variadic functions', async () => {
    const m = await machine(`
      function sum(fmt: str, ...args: va_list): int {
        let t = $nva(args) * 1000;
        for (let i = 0; i < $nva(args); i++) t += $va(args, i);
        return t;
      }
      function pass(fmt: str, ...args: va_list): int { return sum(fmt, ...args); }
      function go(w: i64): int { return pass('x', 1, 2, true) + sum('y', w); }`);
    expect(m.call('go', 2 ** 32 * 5 + 6)).toBe(3004 + 2011);
  });

  test('a frame by value lies at the esp of the caller', async () => {
    const m = await machine(`${POINT}
      function trap(frame: embed<point>): int { frame.x++; return frame.x; }`);
    m.REG[0] = 0x3e0000;
    m.store(0x3e0000, 41);
    expect(m.call('trap')).toBe(42);
    expect(m.REG[0]).toBe(0x3e0000);
    expect(m.load(0x3e0000 - 4)).toBe(0x1234);
  });

  test('primitives get the site after their arguments', async () => {
    const got: number[][] = [];
    const m = await machine(
      'declare function invlpg(va: u32): void; function f(): void { invlpg(0xfffff000); }',
      {
        invlpg: (...a: number[]) => got.push(a),
      },
    );
    m.call('f');
    expect(got[0]?.[0]).toBe(0xfffff000 | 0);
    expect(siteAt(m.image, got[0]?.[1] ?? 0)?.text).toBe('invlpg (%eax)');
  });

  test('stack variables', async () => {
    const m = await machine(`${POINT}
      function fill(p: point, out: ptr<int>): void { p.x = 5; out[0] = 6; }
      function go(): int { const p = $local<point>(); const v = $var<int>(); const w = $var<i64>(); fill(p, v); w[0] = 2; return p.x * 10 + v[0]; }`);
    expect(m.call('go')).toBe(56);
  });
});

describe('statements', () => {
  test('loops, labels, switch', async () => {
    const m = await machine(`
      const TWO = 1 + 1;
      function loops(n: int): int {
        let t = 0;
        outer: for (let i = 0; i < n; i++) {
          for (let j = 0; ; j++) {
            if (j === 3) continue outer;
            if (i === 4) break outer;
            t += i * j;
          }
        }
        let k = 0;
        do { k++; } while (k < 5);
        while (k > 0) k -= 2;
        return t * 100 + k;
      }
      function sw(n: int): int {
        let r = 0;
        switch (n) {
          case 1: r = 10; break;
          case TWO: r = 20;
          case TWO + 1: { r += 1; break; }
          default: r = -1;
        }
        return r;
      }
      function later(): int { let x: int; for (let i = 0; i < 3; i++) x += i; return x; }`);
    expect(m.call('loops', 10)).toBe(18 * 100 - 1);
    expect([1, 2, 3, 4].map((n) => m.call('sw', n))).toEqual([10, 21, 1, -1]);
    expect(m.call('later')).toBe(3);
  });

  test('conditions take integers, pointers and booleans', async () => {
    const m = await machine(`${POINT}
      function f(p: point, n: int, b: boolean): int {
        let r = 0;
        if (p) r |= 1;
        if (!n) r |= 2;
        if (b && (p || n)) r |= 4;
        if (!(b && n > 3)) r |= 8;
        return p && n ? r : -r;
      }`);
    expect(m.call('f', 16, 0, true)).toBe(-15);
    expect(m.call('f', 0, 5, true)).toBe(-4);
    expect(m.call('f', 16, 5, true)).toBe(5);
  });

  test('constant conditions leave no code', async () => {
    const m = await machine(`
      const DEBUG = 0;
      function f(n: int): int { if (DEBUG) n = 1; else n = 2; return DEBUG ? n + 1 : n; }`);
    expect(m.call('f', 9)).toBe(2);
    expect(m.js).not.toContain('n=1;');
  });
});

describe('inline functions', () => {
  test('evaluate arguments once and belong to their caller', async () => {
    const m = await machine(`${POINT}
      let calls: int = 0;
      function next(): int { calls++; return calls; }
      /** @inline */
      function square(a: int): int { return a * a; }
      /** @inline */
      function bump(p: point, by: int): void { let old = p.x; p.x = old + by; by = 0; }
      /** @inline */
      function twice(p: point): void { bump(p, 1); bump(p, 10); }
      function f(): int { return square(next()) + square(square(3)); }
      function g(p: point, n: int): int { bump(p, n); twice(p); bump(p, n + next()); return p.x + n; }`);
    expect(m.call('f')).toBe(82);
    expect(m.call('g', m.address('p0') | 0, 100)).toBe(100 + 11 + 102 + 100);
    expect(m.image.symbols.find((s) => s.name === 'bump')).toBeUndefined();
    const lvalues = m.image.sites.map((s) => m.image.strings[s[10]]);
    expect(lvalues).toContain('p.x');
  });

  test('name their arguments in the listing', async () => {
    const m = await machine(`${POINT}
      /** @inline */
      function add(o: point): void { o.x++; }
      function f(fs: point): void { add(fs.next); }`);
    expect(m.image.strings).toContain('fs.next.x');
  });

  test('of statements may contain loops and labels, may sleep', async () => {
    const m = await machine(`
      /** @inline */
      function* spin(n: int): Sleeps { again: for (let i = 0; ; i++) { if (i === n) break again; yield* $cpupause(); } }
      function* f(): Sleeps<int> { yield* spin(2); yield* spin(1); return 5; }`);
    expect(m.run('f')).toBe(5);
    expect(m.log.filter((l) => l.startsWith('yield'))).toEqual(['yield 2', 'yield 2', 'yield 2']);
  });
});

describe('may-sleep functions', () => {
  test('yield through every level and return values', async () => {
    const m = await machine(`${POINT}
      function* sleep(n: int): Sleeps<int> { yield* $switch(); return n + 1; }
      function* mid(p: point): Sleeps<int> { p.x = yield* sleep(p.x); if ((yield* sleep(1)) !== 2) return -1; return p.x; }
      function* top(): Sleeps<int> { const f = mid; return yield* f(p0); }`);
    m.store(m.address('p0'), 70);
    expect(m.run('top')).toBe(71);
    expect(m.log.filter((l) => l.startsWith('yield'))).toEqual(['yield 1', 'yield 1']);
  });

  test('take interrupts at entry and on back edges', async () => {
    const sites: number[] = [];
    const m = await machine(
      `declare function ack(eip: u32): void;
       function* Xintr(eip: u32): Sleeps { ack(eip); }
       function plain(): int { let t = 0; for (let i = 0; i < 3; i++) t++; return t; }
       function* f(): Sleeps<int> {
         let t = plain();
         for (let i = 0; i < 3; i++) { if (i === 1) continue; t++; }
         while (t < 7) t++;
         do { t++; } while (t < 9);
         return t;
       }`,
      { ack: (eip: number) => sites.push(eip) },
    );
    m.REG[3] = 0;
    expect(m.run('f')).toBe(9);
    // entry, three rounds of for, two of while, one of do (its last round goes on).
    expect(sites.length).toBe(1 + 3 + 2 + 1);
    expect(sites.slice(1).map((s) => siteAt(m.image, s)?.text.slice(0, 3))).toEqual(Array(6).fill('jmp'));
    const jump = siteAt(m.image, sites[1] ?? 0);
    expect(jump?.line).toBe(6);
  });
});

describe('initialized variables', () => {
  test('objects, arrays, strings, addresses', async () => {
    const m = await machine(`${POINT}
      const N = 3;
      function fn(a: int): int { return a; }
      let whole: embed<point> = $init({ x: N * 2, flag: true, half: 0x1234, big: -2, next: p1, list: [1, 2], inner: { second: 9 }, op: fn });
      let text: array<char, 8> = $init('abc');
      let msg: str = 'hello';
      let names: array<str, 2> = $init(['a', 'bc']);
      let where: ptr<int> = $ref(counter);
      let here: u32 = $addr(p1) + 4;
      function x(): int { return whole.x + whole.list[1] + whole.inner.second + whole.op(1000); }
      function b(): i64 { return whole.big; }
      function c(): int { return text[1] + msg[4] + names[1][1] + text[3]; }
      function w(): int { return where[0]; }`);
    expect(m.call('x')).toBe(6 + 2 + 9 + 1000);
    expect(m.call('b')).toBe(-2);
    expect(m.call('c')).toBe(98 + 111 + 99);
    expect(m.call('w')).toBe(5);
    expect(m.load(m.address('here'))).toBe((m.address('p1') + 4) | 0);
    expect(m.address('p0') & 3).toBe(0);
  });
});

test('KASSERT calls panic with a return address in the function', async () => {
  const got: number[] = [];
  const m = await machine(
    `declare function halt(ra: u32): void;
     function panic(fmt: str, ...args: va_list): never { halt($ld32($addr(fmt))); }
     function f(n: int): int { KASSERT(n > 0, 'n is %d', n); return n; }`,
    { halt: (x: number) => got.push(x) },
  );
  expect(m.call('f', 1)).toBe(1);
  expect(got).toEqual([]);
  m.call('f', 0);
  expect(got).toEqual([Buffer.from('n is').readInt32LE(0)]);
});

test('undefined names stop the machine when they are reached', async () => {
  const m = await machine(
    'function f(n: int): int { if (n > 0) missing(n); return regime === 3 ? 1 : 0; }',
    {},
    { allowUndefined: true },
  );
  expect(() => m.call('f', 1)).toThrow('undefined missing');
  expect(() => m.call('f', 0)).toThrow('undefined regime');
});

test('functions with errors can be left out', async () => {
  const m = await machine(
    'function bad(): int { return {}; }\nfunction good(): int { return 1; }',
    {},
    { allowErrors: true },
  );
  expect(m.call('good')).toBe(1);
  expect(() => m.call('bad')).toThrow('undefined bad (errors)');
});

test('$copy copies every byte, $ld and $st are raw', async () => {
  const m = await machine(`
    /** @lock a x */
    interface odd extends struct { a: array<u8, 7>; // (a)
    }
    let s: embed<odd> = $init({ a: 'abcdefg' });
    let d: embed<odd>;
    function f(): int { $copy(d, s); return d.a[6]; }
    function g(a: u32): u32 { $st8(a, 0x1ff); $st16(a + 2, 0x12345); return $ld32(a) + $ld8(a) + $ld16(a + 2); }`);
  expect(m.call('f')).toBe(103);
  expect(m.call('g', 0x1000)).toBe(0x234500ff + 0xff + 0x2345);
});

test('the table of places has file and line of each call that is asked for its return address', async () => {
  const m = await machine(`
    function plain(): u32 { return $retaddr(); }
    function* waits(): Sleeps<u32> { return $retaddr(); }
    function other(): u32 { return 0; }
    function near(): u32 { return plain(); }
    function* f(): Sleeps<u32> {
      other();
      return yield* waits(); }
    function rows(): u32 { return ($eplaces() - $places()) / 12; }
    function word(i: int, n: int): u32 { return $ld32($places() + $u32(12 * i + 4 * n)); }
    function letter(i: int, n: int): int { return $ld8($ld32($places() + $u32(12 * i + 4)) + $u32(n)); }`);
  expect(m.call('rows')).toBe(2);
  expect([0, 1].map((i) => m.call('word', i, 2))).toEqual([5, 8]);
  expect([m.call('near'), m.call('f')]).toEqual([m.call('word', 0, 0), m.call('word', 1, 0)]);
  const name = m.image.files[0]!;
  expect([...name].map((_, n) => String.fromCharCode(m.call('letter', 0, n) as number)).join('')).toBe(name);
  expect(m.call('letter', 0, name.length)).toBe(0);
});
