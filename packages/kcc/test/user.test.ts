import fc from 'fast-check';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/compile.js';
import { format } from '../src/diag.js';
import { imageBytes } from '../src/image.js';
import { machine } from './machine.js';

/*
 * A program in user space must not notice that any access of it may enter the kernel, which may take pages
 * away, move them, and run others meanwhile. Here the kernel is the test: at each miss it has saved registers
 * only, moves the page elsewhere, and puts them back.
 */
const PROGRAM = `
/** @lock a x */
interface rec extends struct {
  x: int; // (a)
  next: rec; // (a)
  small: u8; // (a)
  sign: i8; // (a)
  flag: boolean; // (a)
  wide: i64; // (a)
  list: array<int, 8>; // (a)
}
let r0: embed<rec>;
let r1: embed<rec>;
let counter: int = 0;
let ops: array<(n: int) => int, 2> = $init([twice, thrice]);
let big: array<int, 3000>;

function twice(n: int): int { counter++; return n * 2; }
function thrice(n: int): int { counter += 2; return n * 3; }
function odd(n: int): boolean { counter ^= n; return (n & 1) !== 0; }
function far(n: i64): i64 { r0.wide = n * 3; return r0.wide + n; }
function fact(n: int): int { if (n <= 1) return 1; return n * fact(n - 1); }
function sum(n: int, ...args: va_list): int {
  let s = n;
  for (let i = 0; i < $nva(args); i++) s = s * 3 + $va(args, i);
  return s;
}
function pass(n: int, ...args: va_list): int { return sum(n, ...args) + $nva(args); }
/** @inline */
function larger(a: int, b: int): int { return a > b ? a : b; }
/** @inline */
function bump(p: rec, n: int): void { for (let i = 0; i < n; i++) { if (i === 2) continue; p.x += i; } }
function mixed(p: rec, a: int): int {
  let i = a;
  let r = (i + 1) * twice(i) - (i++ - thrice(i));
  r += p.x + twice(r) * (p.x = thrice(7));
  p.small += 250; p.small -= 3; p.sign = $u8(r) as unknown as int; p.flag = odd(r);
  p.next.list[twice(1)]++;
  const was = p.next.list[2]--;
  r = (p.flag && odd(p.x)) || !odd(p.small) ? p.sign + p.x++ : --p.x - was;
  const q = $local<rec>();
  $copy(q, p);
  q.wide = far(q.wide + 5) - p.wide;
  p.list[q.list[3] & 7] ^= larger(p.list[2], q.list[i & 7] + twice(i));
  bump(q, 5);
  for (let k = 0; k < p.next.list[2] + 4 && odd(k | 1); k += twice(1)) { r += k * p.list[k & 7]; if (k === 4) continue; r ^= q.x; }
  do { i--; r -= p.list[i & 7]; } while (i > a - 3 && (odd(i) || p.x > 3));
  switch (p.list[1] & 3) {
    case 0: let kept = twice(r); r += kept;
    case 1: kept = p.x; r += kept / (p.next.list[2] | 1); break;
    default: r = r % (q.x | 1) + ops[i & 1](r);
  }
  const out = $var<int>();
  out[0] = r;
  out[0] += pass(out[0], i, a, q.x, $i64(7));
  return out[0] + $i32(q.wide >> 2) + (q.flag ? p.small : q.sign) + $i32(p.wide);
}
/** @inline */
function low(s: int): int { return s & 0x7f; }
/** @inline */
function exited(s: int): boolean { return (s & 0x7f) === 0; }
/** @inline */
function signaled(s: int): boolean { return low(s) !== 0x7f && low(s) !== 0; }
function chosen(p: rec, i: int): int {
  let s = 0;
  if (signaled(p.list[1])) s = sum(p.next.x, low(p.list[1]));
  else if (exited(p.list[0]) && low(p.list[2]) !== 0) s = sum(i, low(p.list[2]));
  return s;
}
function many(n: int): int {
  let s = 0;
  for (let i = 0; i < 3000; i += n) big[i] = i ^ n;
  outer: for (let i = 0; ; i++) { for (let j = 0; j < 9; j++) { if (i * j > 300) break outer; if (j === 5) continue outer; s += big[(i * 37 + j) % 3000]; } }
  return s;
}
function all(a: int): int {
  r0.next = r1; r1.next = r0;
  r0.x = a; r0.wide = 1;
  for (let i = 0; i < 8; i++) { r0.list[i] = i * a; r1.list[i] = i; }
  const m = mixed(r0, a);
  return m * 31 + mixed(r1, a + 1) + fact(9) + many(7) + chosen(r0, a) + chosen(r1, a) + counter + $i32(far(5000000000) >> 5) + r0.x;
}
`.replaceAll('$u8(r) as unknown as int', '$u8(r)');

const SIZE = 1 << 20;
/** A throw of the dice at which nothing happens that need not. */
const CALM = 6;
const TOP = 0xbfbf0000;
const BOTTOM = 0x1234;
/** Frames of the pretended physical memory, and where virtual pages are in it. */
const FRAMES = SIZE >>> 12;

async function program(text: string) {
  const r = compile(new Map([['a.ts', text]]), { form: 'user' });
  if (r.errors.length > 0) throw new Error(r.errors.map(format).join('\n'));
  const path = join(mkdtempSync(join(tmpdir(), 'kcc-user-')), 'program.mjs');
  writeFileSync(path, r.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const { createProgram } = (await import(pathToFileURL(path).href)) as {
    createProgram(hw: unknown): { go(): number };
  };
  const buffer = new ArrayBuffer(SIZE);
  const MEM8 = new Uint8Array(buffer);
  const [TLBR, TLBW] = [new Int32Array(1 << 20), new Int32Array(1 << 20)];
  const [REG, UREG] = [new Int32Array(24), new Int32Array(128)];
  let page = new Map<number, number>();
  let free: number[] = [];
  let faulted = -1;
  const miss = (va: number, site: number): number => {
    faulted = va >>> 12;
    REG[11] = site;
    REG[12] = 3;
    return -1;
  };
  const hw = { MEM8, MEM16: new Uint16Array(buffer), MEM32: new Int32Array(buffer), TLBR, TLBW, REG, UREG };
  const { go } = createProgram({ ...hw, rmiss: miss, wmiss: miss });
  const frameOf = (vpn: number): number => {
    let frame = page.get(vpn);
    if (frame === undefined) {
      frame = free.pop()!;
      MEM8.fill(0, frame << 12, (frame + 1) << 12);
      page.set(vpn, frame);
    }
    return frame;
  };
  const address = (name: string): number => r.image.symbols.find((s) => s.name === name)!.address;

  /** Runs a function; the dice say what else happens each time that it enters the kernel. */
  const run = (name: string, args: number[], dice: () => number) => {
    page = new Map();
    free = Array.from({ length: FRAMES }, (_, i) => i);
    TLBR.fill(-1);
    TLBW.fill(-1);
    const bytes = imageBytes(r.image);
    for (let i = 0; i < bytes.length; i++)
      MEM8[(frameOf((0x1000 + i) >>> 12) << 12) | (i & 4095)] = bytes[i]!;
    REG.fill(0);
    REG[0] = TOP | 0;
    REG[3] = 0x7fffffff;
    REG[11] = address(name);
    UREG.set([BOTTOM, ...args]);
    REG[13] = 1 + args.length;
    let faults = 0;
    for (;;) {
      const why = go();
      if (why === 0 && REG[11] === BOTTOM) return { result: REG[4], esp: REG[0], cycles: REG[2], faults };
      if (why !== 3 && why !== 5) throw new Error(`left for ${why} at ${REG[11]!.toString(16)}`);
      faults++;
      const saved = [REG.slice(), UREG.slice(0, REG[13])] as const;
      UREG.fill(0x5a5a5a5a);
      // Another frame for the page: what was cached of its place is gone.
      if (why === 3) {
        const from = frameOf(faulted);
        const to = free.shift()!;
        MEM8.copyWithin(to << 12, from << 12, (from + 1) << 12);
        MEM8.fill(0xaa, from << 12, (from + 1) << 12);
        free.push(from);
        page.set(faulted, to);
      }
      const keep = dice();
      if (keep % 3 !== 0) for (const vpn of page.keys()) TLBR[vpn] = TLBW[vpn] = -1;
      if (keep % 5 === 0 && page.size > 0) TLBW.fill(-1);
      if (why === 3) TLBR[faulted] = TLBW[faulted] = page.get(faulted)! << 12;
      const deadline = 1 + (dice() % 16);
      REG.set(saved[0]);
      REG[3] = keep === CALM ? 0x7fffffff : REG[2]! + deadline;
      UREG.set(saved[1]);
    }
  };
  return { run };
}

describe('a program in user space', () => {
  test('computes what plain functions compute', async () => {
    const { run } = await program(PROGRAM);
    const m = await machine(PROGRAM);
    for (const a of [0, 1, 2, 5, 9]) {
      for (const s of m.image.symbols) {
        if (s.kind !== 'bss') continue;
        for (let i = 0; i < s.size; i += 4) m.store(s.address + i, 0);
      }
      m.store(m.address('counter'), 0);
      const { result, esp } = run('all', [a], () => CALM);
      expect(result, `a ${a}`).toBe(m.call('all', a));
      expect(esp).toBe(TOP | 0);
    }
  });

  test('does not notice where it enters the kernel, nor that its pages move', async () => {
    const { run } = await program(PROGRAM);
    for (const a of [1, 6]) {
      const calm = run('all', [a], () => CALM);
      let most = 0;
      const check = (seed: number) => {
        let state = seed;
        const dice = () => ((state = (Math.imul(state, 1103515245) + 12345) | 0) >>> 16) & 0xff;
        const { faults, ...rest } = run('all', [a], dice);
        const { faults: _, ...wanted } = calm;
        expect(rest).toEqual(wanted);
        most = Math.max(most, faults);
      };
      fc.assert(fc.property(fc.nat(), check), { numRuns: 25 });
      expect(most).toBeGreaterThan(300);
    }
  });

  test('may call itself deeper than the host could', async () => {
    const { run } = await program(
      `export function down(n: int): int { if (n === 0) return 0; return 1 + down(n - 1); }`,
    );
    expect(run('down', [9000], () => CALM)).toMatchObject({ result: 9000, esp: TOP | 0 });
  });
});
