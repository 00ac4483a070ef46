import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Process, source } from './run.js';

/** What the questions below need of libc, linked once. */
const LIBC = await source(`
export function sort_words(base: u32, n: u32): void {
  qsort(base, n, 4, by_word);
}
export function sort_bytes(base: u32, n: u32, size: u32): void {
  qsort(base, n, size, by_byte);
}
export function merge_words(base: u32, n: u32): int {
  return mergesort(base, n, 4, by_half);
}
export function find_word(key: u32, base: u32, n: u32): u32 {
  return bsearch(key, base, n, 4, by_word);
}
let compares: int = 0;
function by_word(a: u32, b: u32): int {
  compares++;
  return $i32($ld32(a)) < $i32($ld32(b)) ? -1 : $ld32(a) === $ld32(b) ? 0 : 1;
}
function by_byte(a: u32, b: u32): int {
  return $ld8(a) - $ld8(b);
}
/** By the low halves only: equal ones must stay in order. */
function by_half(a: u32, b: u32): int {
  return $ld16(a) - $ld16(b);
}
export let keep: array<u32, 40> = $init([
  $addr(malloc), $addr(free), $addr(calloc), $addr(realloc), $addr(snprintf), $addr(strtol), $addr(strtoul), $addr(strtoq),
  $addr(memmove), $addr(memset), $addr(memcmp), $addr(strlcpy), $addr(strlcat), $addr(strstr), $addr(strcasecmp),
  $addr(strspn), $addr(strcspn), $addr(strchr), $addr(strrchr), $addr(strsep), $addr(fnmatch), $addr(basename), $addr(dirname),
  $addr(strftime), $addr(gmtime_r), $addr(timegm), $addr(strerror), $addr(strmode), $addr(strncmp), $addr(getbsize), $addr(sbrk),
]);
`);

/** Words in a process's memory. */
const words = (p: Process, at: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => p.memory.get32(at + 4 * i));
const put = (p: Process, list: readonly number[]): number =>
  p.push(new Uint8Array(Int32Array.from(list).buffer));

it('malloc never gives a byte twice, keeps contents through realloc, and takes everything back', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('malloc'), size: fc.oneof(fc.nat(300), fc.nat(5000), fc.nat(40_000)) }),
    fc.record({ op: fc.constant('free'), size: fc.nat() }),
    fc.record({ op: fc.constant('realloc'), size: fc.oneof(fc.nat(3000), fc.nat(30_000)) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, salt) => {
      const p = new Process(LIBC);
      const live: { at: number; size: number; mark: number }[] = [];
      let mark = salt;
      const fill = (at: number, size: number): void => {
        live.push({ at, size, mark: ++mark & 0xff });
        p.call('memset', at, mark, size);
      };
      const whole = (b: { at: number; size: number; mark: number }, size = b.size): void =>
        expect(p.memory.bytes(b.at, size).every((x) => x === b.mark)).toBe(true);
      const pick = (n: number): { at: number; size: number; mark: number } | undefined =>
        live.splice(n % Math.max(1, live.length), 1)[0];
      for (const { op, size } of steps) {
        if (op === 'malloc') {
          const at = p.call('malloc', size) >>> 0;
          expect(at & 15).toBe(0);
          for (const b of live) expect(at >= b.at + b.size || at + size <= b.at || size === 0).toBe(true);
          fill(at, size);
        } else {
          const b = pick(size);
          if (b === undefined) continue;
          whole(b);
          if (op === 'free') p.call('free', b.at);
          else {
            const at = p.call('realloc', b.at, size) >>> 0;
            whole({ ...b, at }, Math.min(size, b.size));
            fill(at, size);
          }
        }
      }
      for (const b of live) {
        whole(b);
        p.call('free', b.at);
      }
      /* All has gone back, but for a few pages that malloc keeps. */
      const heap = (p.call('sbrk', 0) >>> 0) - p.calls.end();
      expect(heap).toBeLessThan(24 * 4096);
    }),
    { numRuns: 150 },
  );
});

it('malloc gives the end of the heap back, but for a little, and uses again what is free in between', () => {
  const p = new Process(LIBC);
  const heap = (): number => (p.call('sbrk', 0) >>> 0) - p.calls.end();
  const big = p.call('malloc', 4 << 20);
  expect(heap()).toBeGreaterThan(4 << 20);
  p.call('free', big);
  expect(heap()).toBeLessThan(20 * 4096);
  const [a, b, c] = [1, 2, 3].map(() => p.call('malloc', 100_000)) as [number, number, number];
  p.call('free', b);
  p.call('free', a);
  const before = heap();
  expect(p.call('malloc', 200_000)).toBeLessThan(c);
  expect(heap()).toBe(before);
});

it('calloc gives zeroes, also of memory that was used, and refuses what does not fit', () => {
  const p = new Process(LIBC);
  const a = p.call('malloc', 100);
  p.call('memset', a, 0xee, 100);
  p.call('free', a);
  expect(p.memory.bytes(p.call('calloc', 25, 4) >>> 0, 100).every((x) => x === 0)).toBe(true);
  expect(p.call('calloc', 0x10000, 0x10000)).toBe(0);
  expect(p.call('malloc', 0x70000000)).toBe(0);
  expect(p.memory.get32(p.address('errno'))).toBe(12);
});

it.each([
  [
    'a chunk twice',
    (p: Process) => [p.call('malloc', 20) && p.call('malloc', 20), 0, 0],
    'free',
    'chunk is already free',
  ],
  ['pages twice', (p: Process) => [p.call('malloc', 9000), 0, 0], 'free', 'page is already free'],
  [
    'the middle of a chunk',
    (p: Process) => [p.call('malloc', 64), 3, 1],
    'free',
    'modified \\(chunk-\\) pointer',
  ],
  [
    'the middle of a page',
    (p: Process) => [p.call('malloc', 9000), 8, 1],
    'free',
    'modified \\(page-\\) pointer',
  ],
  [
    'a page in the middle',
    (p: Process) => [p.call('malloc', 9000), 4096, 1],
    'free',
    'junk pointer, wrong page',
  ],
  [
    'the stack',
    (p: Process) => [p.call('malloc', 1) && 0xefbf0000, 0, 1],
    'free',
    'junk pointer, too high to make sense',
  ],
  [
    'a string of the program',
    (p: Process) => [p.call('malloc', 1) && p.address('keep'), 0, 1],
    'free',
    'junk pointer, too low to make sense',
  ],
  ['nothing of ours', () => [64, 0, 1], 'free', 'malloc\\(\\) has never been called'],
  [
    'what was freed',
    (p: Process) => [p.call('malloc', 50) && p.call('malloc', 50), 0, 0],
    'realloc',
    'chunk is already free',
  ],
])('freeing %s ends the program', (_, make, func, text) => {
  const p = new Process(LIBC);
  const [at, add, times] = make(p) as [number, number, number];
  if (times === 0) p.call('free', at);
  expect(() => p.call(func, at + add, 10)).toThrow(expect.objectContaining({ signal: 6 }));
  expect(p.calls.err.join('')).toMatch(new RegExp(`^ in ${func}\\(\\): error: ${text}\n$`));
});

it('qsort sorts as the host does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })), { maxLength: 300 }),
      (list) => {
        const p = new Process(LIBC);
        const at = put(p, list);
        p.call('sort_words', at, list.length);
        expect(words(p, at, list.length)).toEqual([...list].sort((a, b) => a - b));
        for (const key of list.slice(0, 5)) {
          const found = p.call('find_word', put(p, [key]), at, list.length);
          expect(p.memory.get32(found)).toBe(key);
        }
        expect(p.call('find_word', put(p, [12345]), at, list.length) === 0).toBe(!list.includes(12345));
      },
    ),
  );
});

it('qsort compares about n log n times, whatever the order was', () => {
  const n = 3000;
  const orders: Record<string, (i: number) => number> = {
    rising: (i) => i,
    falling: (i) => -i,
    equal: () => 7,
    few: (i) => (i * 7919) % 5,
    mixed: (i) => Math.imul(i, 0x9e3779b1),
    organ: (i) => Math.min(i, n - i),
  };
  for (const [name, f] of Object.entries(orders)) {
    const p = new Process(LIBC);
    const list = Array.from({ length: n }, (_, i) => f(i) | 0);
    const at = put(p, list);
    p.call('sort_words', at, n);
    expect([name, words(p, at, n)]).toEqual([name, [...list].sort((a, b) => a - b)]);
    expect([name, p.memory.get32(p.address('compares')) < 2.2 * n * Math.log2(n)]).toEqual([name, true]);
  }
});

it('qsort moves elements of odd sizes whole', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 100 }), fc.integer({ min: 1, max: 9 }), (keys, size) => {
      const p = new Process(LIBC);
      const at = p.push(Uint8Array.from(keys.flatMap((k) => new Array<number>(size).fill(k))));
      p.call('sort_bytes', at, keys.length, size);
      const sorted = [...keys].sort((a, b) => a - b);
      expect([...p.memory.bytes(at, keys.length * size)]).toEqual(
        sorted.flatMap((k) => new Array<number>(size).fill(k)),
      );
    }),
  );
});

it('mergesort keeps equal elements in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (keys) => {
      const p = new Process(LIBC);
      const list = keys.map((k, i) => (i << 16) | k);
      const at = put(p, list);
      expect(p.call('merge_words', at, list.length)).toBe(0);
      expect(words(p, at, list.length)).toEqual([...list].sort((a, b) => (a & 0xffff) - (b & 0xffff)));
    }),
  );
});

/** strtol as the standard has it. */
function model(
  text: string,
  base: number,
  min: bigint,
  max: bigint,
): { value: bigint; end: number; range: boolean } {
  const head = /^[ \t\n\v\f\r]*/.exec(text)![0].length;
  const sign = /^[+-]?/.exec(text.slice(head))![0];
  let at = head + sign.length;
  let radix = base;
  const hex = /^0[xX][0-9a-fA-F]/.test(text.slice(at));
  if ((base === 0 || base === 16) && hex) [at, radix] = [at + 2, 16];
  else if (base === 0) radix = text[at] === '0' ? 8 : 10;
  let value = 0n;
  const from = at;
  for (; at < text.length; at++) {
    const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(text[at]!.toLowerCase());
    if (digit < 0 || digit >= radix) break;
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (at === from) return { value: 0n, end: 0, range: false };
  if (sign === '-') value = -value;
  const range = value < min || value > max;
  return { value: value < min ? min : value > max ? max : value, end: at, range };
}

it('strtol, strtoq and strtoul read numbers as the standard says', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789abfxzXF'), maxLength: 20 });
  const text = fc.tuple(
    fc.constantFrom('', ' ', '\t\n '),
    fc.constantFrom('', '-', '+', '--'),
    fc.constantFrom('', '0x', '0'),
    digits,
  );
  const bases = fc.constantFrom(0, 2, 8, 10, 16, 36, 7);
  fc.assert(
    fc.property(text, bases, (parts, base) => {
      const s = parts.join('');
      const p = new Process(LIBC);
      const at = p.push(s);
      const endp = put(p, [0]);
      const errno = p.address('errno');
      for (const [name, min, max] of [
        ['strtol', -(2n ** 31n), 2n ** 31n - 1n],
        ['strtoq', -(2n ** 53n) + 1n, 2n ** 53n - 1n],
      ] as const) {
        p.memory.set32(errno, 0);
        const want = model(s, base, min, max);
        expect([
          BigInt(p.call(name, at, endp, base)),
          p.memory.get32(endp) - at,
          p.memory.get32(errno),
        ]).toEqual([want.value, want.end, want.range ? 34 : 0]);
      }
      const want = model(s, base, -(2n ** 53n) + 1n, 2n ** 53n - 1n);
      const over = want.value > 2n ** 32n - 1n || want.value < -(2n ** 32n - 1n);
      expect(p.call('strtoul', at, endp, base) >>> 0).toBe(
        over ? 0xffffffff : Number(BigInt.asUintN(32, want.value)),
      );
    }),
    { numRuns: 400 },
  );
});

it('strtol refuses a base that is none', () => {
  const p = new Process(LIBC);
  for (const base of [1, 37, -2]) {
    p.memory.set32(p.address('errno'), 0);
    expect([p.call('strtol', p.push('11'), 0, base), p.memory.get32(p.address('errno'))]).toEqual([0, 22]);
  }
});

interface Conversion {
  flags: string;
  width: number | undefined;
  prec: number | undefined;
  size: string;
  letter: string;
  value: bigint;
}

/** printf's integers, from the words of the standard. */
function integer(c: Conversion): string {
  const signed = 'di'.includes(c.letter);
  const bits = c.size === 'hh' ? 8 : c.size === 'h' ? 16 : ['ll', 'q', 'j'].includes(c.size) ? 64 : 32;
  const v = signed ? BigInt.asIntN(bits, c.value) : BigInt.asUintN(bits, c.value);
  const has = (f: string): boolean => c.flags.includes(f);
  const radix = { o: 8, x: 16, X: 16 }[c.letter] ?? 10;
  let digits = (v < 0n ? -v : v).toString(radix);
  if (v === 0n && c.prec === 0) digits = '';
  if (c.prec !== undefined) digits = digits.padStart(c.prec, '0');
  if (c.letter === 'o' && has('#') && !digits.startsWith('0')) digits = `0${digits}`;
  let head = !signed ? '' : v < 0n ? '-' : has('+') ? '+' : has(' ') ? ' ' : '';
  if (has('#') && v !== 0n && 'xX'.includes(c.letter)) head += `0${c.letter}`;
  if (c.letter === 'X') digits = digits.toUpperCase();
  const width = c.width ?? 0;
  if (has('-')) return (head + digits).padEnd(width);
  if (has('0') && c.prec === undefined) digits = digits.padStart(width - head.length, '0');
  return (head + digits).padStart(width);
}

it('snprintf formats integers of all sizes as the standard says', () => {
  const conversion = fc.record({
    flags: fc.uniqueArray(fc.constantFrom('-', '0', '+', ' ', '#'), { maxLength: 4 }).map((f) => f.join('')),
    width: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    prec: fc.option(fc.nat(40), { nil: undefined }),
    size: fc.constantFrom('', 'h', 'hh', 'l', 'll', 'q', 'j'),
    letter: fc.constantFrom('d', 'i', 'u', 'o', 'x', 'X'),
    value: fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -300n, max: 300n }),
    ),
  });
  fc.assert(
    fc.property(fc.array(conversion, { minLength: 1, maxLength: 3 }), fc.boolean(), (list, star) => {
      const p = new Process(LIBC);
      const args: number[] = [];
      let format = '';
      for (const c of list) {
        let [width, prec] = [String(c.width ?? ''), c.prec === undefined ? '' : `.${c.prec}`];
        if (star && c.width !== undefined) [width] = ['*', args.push(c.width)];
        if (star && c.prec !== undefined) [prec] = ['.*', args.push(c.prec)];
        args.push(Number(BigInt.asIntN(32, c.value)));
        if (['ll', 'q', 'j'].includes(c.size)) args.push(Number(BigInt.asIntN(32, c.value >> 32n)));
        format += `<%${c.flags}${width}${prec}${c.size}${c.letter}>`;
      }
      const want = list.map((c) => `<${integer(c)}>`).join('');
      const buf = p.push(new Uint8Array(400));
      expect(p.call('snprintf', buf, 400, p.push(format), ...args)).toBe(want.length);
      expect(p.memory.string(buf)).toBe(want);
    }),
    { numRuns: 500 },
  );
});

it.each<[string, (string | number)[], string]>([
  ['%s|%5s|%-5s|%.2s|%.0s', ['ab', 'ab', 'ab', 'abc', 'x'], 'ab|   ab|ab   |ab|'],
  ['%c%c|%3c|%%|%5%', [65, 66, 67], 'AB|  C|%|    %'],
  ['%s', [0], '(null)'],
  ['%p %p', [0x1234, 0], '0x1234 0x0'],
  ['%*d|%-*d', [-4, 7, 4, 7], '7   |7   '],
  ['%y', [], 'y'],
  ['100%', [], '100'],
  ['%D %U %O', [-1, -1, 8], '-1 4294967295 10'],
  ['%lld', [-1, -1], '-1'],
  ['%lld', [0, -1], '-4294967296'],
])('snprintf %j', (format, args, want) => {
  const p = new Process(LIBC);
  const buf = p.push(new Uint8Array(100));
  p.call('snprintf', buf, 100, p.push(format), ...args.map((a) => (typeof a === 'string' ? p.push(a) : a)));
  expect(p.memory.string(buf)).toBe(want);
});

it('snprintf cuts off what does not fit and says how long it would be', () => {
  const p = new Process(LIBC);
  const buf = p.push('xxxxxxxxxx');
  expect(p.call('snprintf', buf, 4, p.push('%d%s'), 12, p.push('abc'))).toBe(5);
  expect(p.memory.string(buf)).toBe('12a');
  expect(p.memory.string(buf + 4)).toBe('xxxxxx');
  expect(p.call('snprintf', buf + 5, 0, p.push('abc'))).toBe(3);
  expect(p.memory.string(buf + 4)).toBe('xxxxxx');
});

it('memmove moves overlapping memory of any alignment', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(40), fc.nat(60), (from, to, n) => {
      const p = new Process(LIBC);
      const bytes = Uint8Array.from({ length: 120 }, (_, i) => i);
      const at = p.push(bytes);
      p.call('memmove', at + to, at + from, n);
      bytes.copyWithin(to, from, from + n);
      expect(p.memory.bytes(at, 120)).toEqual(bytes);
    }),
  );
});

it('strings are cut, joined, found and compared as the host does it', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '/', '.'), maxLength: 12 });
  fc.assert(
    fc.property(short, short, fc.nat(16), (a, b, size) => {
      const p = new Process(LIBC);
      const [pa, pb] = [p.push(a), p.push(b)];
      const found = p.call('strstr', pa, pb);
      expect(found === 0 ? -1 : found - pa).toBe(a.indexOf(b));
      expect(Math.sign(p.call('strcasecmp', pa, pb))).toBe(
        Math.sign(Buffer.compare(Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase()))),
      );
      const room = p.push('################################');
      expect(p.call('strlcpy', room, pa, size)).toBe(a.length);
      if (size > 0) expect(p.memory.string(room)).toBe(a.slice(0, size - 1));
      expect(p.memory.get8(room + Math.max(size, 0))).toBe(35);
      if (size > a.length) {
        expect(p.call('strlcat', room, pb, size)).toBe(a.length + b.length);
        expect(p.memory.string(room)).toBe((a + b).slice(0, size - 1));
      }
      const last = p.call('strrchr', pa, 47);
      expect(last === 0 ? -1 : last - pa).toBe(a.lastIndexOf('/'));
    }),
  );
});

it.each([
  ['/usr/lib', 'lib', '/usr'],
  ['/usr/', 'usr', '/'],
  ['usr', 'usr', '.'],
  ['/', '/', '/'],
  ['//', '/', '/'],
  ['', '.', '.'],
  ['a//b//', 'b', 'a'],
])('basename and dirname of %j', (path, base, dir) => {
  const p = new Process(LIBC);
  expect(p.memory.string(p.call('basename', p.push(path)))).toBe(base);
  expect(p.memory.string(p.call('dirname', p.push(path)))).toBe(dir);
});

it.each([
  ['*', 'abc', true],
  ['*', '.abc', false],
  ['.*', '.abc', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]-]x', ']x', true],
  ['[abc', '[abc', true],
  ['*b*d', 'abcd', true],
  ['*b*d', 'abce', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a*', 'a', true],
])('fnmatch %j %j', (pattern, name, want) => {
  const p = new Process(LIBC);
  const FNM_PERIOD = 4;
  expect(p.call('fnmatch', p.push(pattern), p.push(name), FNM_PERIOD)).toBe(want ? 0 : 1);
});

it('calendar times are those of the host, there and back', () => {
  fc.assert(
    fc.property(fc.integer(), (seconds) => {
      const p = new Process(LIBC);
      const tm = p.push(new Uint8Array(36));
      p.call('gmtime_r', put(p, [seconds]), tm);
      const d = new Date(seconds * 1000);
      const start = Date.UTC(d.getUTCFullYear(), 0, 1);
      expect(words(p, tm, 9)).toEqual([
        d.getUTCSeconds(),
        d.getUTCMinutes(),
        d.getUTCHours(),
        d.getUTCDate(),
        d.getUTCMonth(),
        d.getUTCFullYear() - 1900,
        d.getUTCDay(),
        Math.floor((d.getTime() - start) / 86_400_000),
        0,
      ]);
      expect(p.call('timegm', tm)).toBe(seconds);
    }),
    { numRuns: 500 },
  );
});

it('strftime has the conversions of the C locale', () => {
  const p = new Process(LIBC);
  const tm = p.push(new Uint8Array(36));
  const text = (seconds: number, format: string): string => {
    const buf = p.push(new Uint8Array(200));
    p.call('gmtime_r', put(p, [seconds]), tm);
    p.call('strftime', buf, 200, p.push(format), tm);
    return p.memory.string(buf);
  };
  const may = 990_249_307; // Sat May 19 05:15:07 UTC 2001
  expect(text(may, '%A %a %B %b %C %d %e %j %m %U %W %V %G %u %w %Y %y %D %F %v')).toBe(
    'Saturday Sat May May 20 19 19 139 05 19 20 20 2001 6 6 2001 01 05/19/01 2001-05-19 19-May-2001',
  );
  expect(text(may, '%c|%H %I %k %l %M %p %R %r %S %s %T %Z %z %n%t%% %Q')).toBe(
    `Sat May 19 05:15:07 2001|05 05  5  5 15 AM 05:15 05:15:07 AM 07 ${may} 05:15:07 UTC +0000 \n\t% Q`,
  );
  const small = p.push('#####');
  p.call('gmtime_r', put(p, [may]), tm);
  expect(p.call('strftime', small, 4, p.push('%Y'), tm)).toBe(0);
  expect(p.call('strftime', small, 5, p.push('%Y'), tm)).toBe(4);
});
