import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machine, type Machine } from './machine.js';

/*
 * Does a may-sleep function do the same wherever it has to wait? Every call of pause() and every interrupt
 * poll asks the host whether to wait there; what the functions do (note) and return must not depend on the
 * answers.
 */
const PROGRAM = `
/** @lock a x */
interface rec extends struct {
  x: int; // (a)
  next: rec; // (a)
  list: array<int, 8>; // (a)
}
let r0: embed<rec>;
let r1: embed<rec>;
let counter: int = 0;
declare function wait(): int;
declare function note(what: int): void;

function* Xintr(eip: u32): Sleeps { if (wait() !== 0) yield* $switch(); }
function* pause(n: int): Sleeps<int> { if (wait() !== 0) yield* $switch(); note(n); return n * 2; }
function* odd(n: int): Sleeps<boolean> { yield* pause(n); return (n & 1) !== 0; }
/** @inline */
function* twice(n: int): Sleeps { const m = n + 100; yield* pause(m); yield* pause(m + 1); }
/** @inline */
function add(n: int): void { for (let i = 0; i < n; i++) { if (i === 2) continue; counter += i; } }

function* branches(a: int, b: boolean): Sleeps<int> {
  let r = a;
  if (yield* odd(a)) { const k = yield* pause(a + 1); r += k; }
  else if (b) r = yield* pause(r);
  else { yield* pause(3); r--; }
  if (!(yield* odd(r))) r += 1000;
  const t = (yield* pause(r)) > 10 ? r : -r;
  return t + r;
}
function* loops(n: int): Sleeps<int> {
  let sum = 0;
  outer: for (let i = 0, k = 5; i < n; i++, k += 2) {
    if (i === 1) continue;
    for (let j = 0; ; j++) {
      if (j === 4) break;
      if (j === 2 && i === 2) continue outer;
      const got = yield* pause(i * 10 + j);
      sum += got;
      if (sum > 400) break outer;
    }
    let w = 3;
    while (w > 0) { w--; if (w === 1) continue; yield* twice(w + k); }
    do { w++; const more = yield* pause(w); sum += more; if (w === 2) continue; note(-w); } while (w < 4);
  }
  return sum;
}
function* cases(n: int): Sleeps<int> {
  let r = 0;
  for (let i = 0; i < n; i++) {
    switch (yield* pause(i)) {
      case 0: r += 1; yield* pause(50); break;
      case 2: yield* pause(51);
      case 4: { const inner = yield* pause(52); r += inner; break; }
      case 6: if (i === 3) continue; r = -1; break;
      default: yield* pause(53); r += 7;
    }
    note(r);
  }
  return r;
}
function* memory(p: rec, n: int): Sleeps<int> {
  const here = $local<rec>();
  const out = $var<int>();
  out[0] = n;
  here.x = yield* pause(n);
  p.x = yield* pause(here.x);
  const q = p.next;
  q.x = yield* pause(p.x);
  here.list[n & 7] = yield* pause(5);
  add(4);
  const last = yield* pause(here.list[n & 7]);
  out[0] += last;
  return out[0] + here.x + p.next.x;
}
/** Calls that may not be reached, or come after a load. */
function* shortcut(a: int): Sleeps<int> {
  if (a > 2 && (yield* odd(a))) return yield* pause(a);
  while ((yield* pause(a)) > 4) a--;
  return a;
}
/** @inline */
function* larger(a: int, b: int): Sleeps<int> { return (yield* pause(a)) > (yield* pause(b)) ? a : b + (yield* pause(a - b)); }
/** @inline */
function* both(a: int, b: int): Sleeps<boolean> { return (yield* odd(a)) && (yield* odd(b)); }
function* long(n: i64): Sleeps<i64> { yield* pause(2); return n * 2; }
function* three(a: int, b: i64, c: boolean, d: int): Sleeps<int> { yield* pause(a + d); return $i32(b >> 3) + (c ? d : -d) + a; }
function* mixed(p: rec, a: int): Sleeps<int> {
  let i = a;
  let r = (i + 1) * (yield* pause(i)) - (i++ - (yield* pause(i)));
  r += p.x + (yield* pause(r)) * (p.x = yield* pause(7));
  const q = yield* three(yield* pause(i), (yield* long(7000000000)) + $i64(i), yield* odd(i), yield* larger(i, yield* pause(i - 3)));
  r = (yield* odd(r)) || (yield* odd(q)) ? (yield* pause(q)) + i : r > 3 ? yield* pause(r) : i;
  p.list[(yield* pause(i)) & 7] = (yield* pause(r)) + p.list[i & 7];
  p.list[i & 7] += yield* pause(p.list[(i + 1) & 7]);
  p.next.list[yield* pause(1)] = p.next.x - (yield* larger(p.x, r));
  for (let k = yield* pause(1); k + (yield* pause(k)) < 14 && (yield* odd(k | 1)); k += yield* pause(1)) r ^= k, i += k;
  do { i--; if (i === a + 1) continue; r += i; } while (i > a && !(yield* both(i, yield* pause(i))));
  switch ((yield* pause(r)) & 3) {
    case 0: let kept = yield* pause(60); r += kept;
    case 1: kept = yield* pause(61); r += kept; yield* pause(62); r += kept; break;
    default: const own = yield* pause(63); r -= own + (yield* pause(own));
  }
  const far = $i64(r) * 4294967296 + (yield* long($i64(i)));
  return $i32(far >> 32) + (yield* pause(r)) + ((yield* odd(i)) ? 1 : 0) + p.list[3];
}
function* behind(p: rec): Sleeps { p.next.x = yield* pause(p.x); }
function* fact(n: int): Sleeps<int> { if (n <= 1) { yield* pause(0); return 1; } const rest = yield* fact(n - 1); return n * rest; }
function* variadic(n: int, ...args: va_list): Sleeps<int> {
  let sum = 0;
  for (let i = 0; i < $nva(args); i++) sum += yield* pause($va(args, i) + n);
  return sum;
}
function* wide(n: i64): Sleeps<i64> { const big = n * 3; yield* pause(1); return big + n; }
function* nothing(): Sleeps { yield* pause(9); }
function* all(a: int): Sleeps<int> {
  const f = branches;
  r0.next = r1;
  r0.x = a;
  let h = yield* f(a, true);
  const l = yield* loops(a & 3);
  h = h * 31 + l;
  const c = yield* cases(5);
  yield* nothing();
  yield* behind(r0);
  const m = yield* memory(r0, a);
  const s = yield* shortcut(a);
  const v = yield* variadic(2, a, 5);
  const w = yield* wide(5000000000);
  const k = (yield* fact(5)) + (yield* mixed(r0, a)) * 13;
  return h + c * 7 + m * 3 + s + v + $i32(w >> 4) + k + counter;
}
`;

/** The same program of plain functions, which never wait: what the language means. */
const plain = (text: string): string =>
  text
    .replace(/function\*/g, 'function')
    .replace(/yield\* (?!\$)/g, '')
    .replace(/Sleeps<([^>]*)>/g, '$1')
    .replace(/Sleeps/g, 'void')
    .replace(/function Xintr[^\n]*/, '')
    .replace(/if \(wait\(\)[^;]*;/, '');

/** Every run begins with the same memory. */
function clear(m: Machine): void {
  for (const name of ['counter', 'r0', 'r1']) {
    const symbol = m.image.symbols.find((s) => s.name === name);
    for (let i = 0; i < (symbol?.size ?? 0); i += 4) m.store((symbol?.address ?? 0) + i, 0);
  }
}

async function program() {
  let answers: readonly boolean[] = [];
  let asked = 0;
  const log: number[] = [];
  const m = await machine(PROGRAM, {
    wait: () => (answers.length > 0 && answers[asked++ % answers.length] ? 1 : 0),
    note: (what: number) => log.push(what),
  });
  m.REG[3] = 0; // every poll is due
  const wait = (given: readonly boolean[]) => {
    answers = given;
    asked = 0;
  };
  const run = (name: string, args: readonly unknown[], given: readonly boolean[]) => {
    wait(given);
    log.length = 0;
    m.log.length = 0;
    clear(m);
    const [esp, ebp] = [m.REG[0], m.REG[1]];
    const result = m.run(name, ...args);
    expect([m.REG[0], m.REG[1]]).toEqual([esp, ebp]);
    return { result, log: [...log], waits: m.log.filter((l) => l.startsWith('yield')).length };
  };
  return { m, run, wait };
}

describe('frames of suspended functions', () => {
  test('the same comes of it wherever it waits', async () => {
    const { run } = await program();
    for (const a of [0, 1, 2, 3, 7]) {
      const straight = run('all', [a], []);
      expect(straight.waits).toBe(0);
      const check = (answers: boolean[]) => {
        const other = run('all', [a], answers);
        expect(other.result).toBe(straight.result);
        expect(other.log).toEqual(straight.log);
      };
      check([true]);
      fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 400 }), check), {
        numRuns: 40,
      });
    }
  });

  test('the order of evaluation is that of plain functions', async () => {
    const { run } = await program();
    const log: number[] = [];
    const m = await machine(plain(PROGRAM), { wait: () => 0, note: (what: number) => log.push(what) });
    for (const a of [0, 1, 2, 3, 7, 12]) {
      log.length = 0;
      clear(m);
      const result = m.call('all', a);
      const other = run('all', [a], [true, false, true]);
      expect([other.log, other.result]).toEqual([log, result]);
    }
  });

  test('it waits as often as it is told to', async () => {
    const { run } = await program();
    const all = run('loops', [3], [true]);
    const polls = all.waits - all.log.filter((n) => n >= 0).length;
    expect(polls).toBeGreaterThan(20);
    expect(run('fact', [6], [true]).result).toBe(720);
  });
});
