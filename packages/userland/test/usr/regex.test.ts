import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Process, source } from './run.js';

const REGEX = await source(`
export let keep: array<u32, 4> = $init([$addr(regcomp), $addr(regexec), $addr(regerror), $addr(regfree)]);
`);
const REG_EXTENDED = 1;
const REG_ICASE = 2;
const REG_NEWLINE = 8;
const REGEX_BYTES = 32;
const NMATCH = 4;

/** The ends of the match and of three groups; null: none; a text: the pattern's error. */
function match(p: Process, pattern: string, text: string, cflags: number): (string | null)[] | null | string {
  const re = p.push(new Uint8Array(REGEX_BYTES));
  const error = p.call('regcomp', re, p.push(pattern), cflags);
  if (error !== 0) {
    const buf = p.push(new Uint8Array(64));
    p.call('regerror', error, re, buf, 64);
    return p.memory.string(buf);
  }
  const ends = p.push(new Uint8Array(8 * NMATCH));
  const r = p.call('regexec', re, p.push(text), NMATCH, ends, 0);
  p.call('regfree', re);
  if (r !== 0) return null;
  return Array.from({ length: NMATCH }, (_, i) => {
    const [so, eo] = [p.memory.get32(ends + 8 * i), p.memory.get32(ends + 8 * i + 4)];
    return so < 0 ? null : text.slice(so, eo);
  });
}

/** An expression as a tree, and the places where a match of it may end. */
type Tree =
  | { k: 'char' | 'any' | 'bol' | 'eol'; c: string }
  | { k: 'set'; c: string; not: boolean }
  | { k: 'cat' | 'alt'; list: Tree[] }
  | { k: 'rep'; of: Tree; min: number; max: number };

function ends(t: Tree, s: string, at: number): Set<number> {
  switch (t.k) {
    case 'char':
      return new Set(s[at] === t.c ? [at + 1] : []);
    case 'any':
      return new Set(at < s.length ? [at + 1] : []);
    case 'set':
      return new Set(at < s.length && t.c.includes(s[at]!) !== t.not ? [at + 1] : []);
    case 'bol':
      return new Set(at === 0 ? [at] : []);
    case 'eol':
      return new Set(at === s.length ? [at] : []);
    case 'cat': {
      let from = new Set([at]);
      for (const u of t.list) from = new Set([...from].flatMap((i) => [...ends(u, s, i)]));
      return from;
    }
    case 'alt':
      return new Set(t.list.flatMap((u) => [...ends(u, s, at)]));
    default: {
      const out = new Set<number>();
      let from = new Set([at]);
      const most = Math.min(t.max, t.min + s.length + 1);
      for (let n = 0; n <= most; n++) {
        if (n >= t.min) for (const i of from) out.add(i);
        from = new Set([...from].flatMap((i) => [...ends(t.of, s, i)]));
      }
      return out;
    }
  }
}

/** The tree as text: extended, or basic. */
function text(t: Tree, ext: boolean): string {
  const q = ext ? '' : '\\';
  switch (t.k) {
    case 'char':
      return t.c;
    case 'any':
      return '.';
    case 'bol':
      return ext ? '(^)' : '\\(^\\)';
    case 'eol':
      return ext ? '($)' : '\\($\\)';
    case 'set':
      return `[${t.not ? '^' : ''}${t.c}]`;
    case 'cat':
      return t.list.map((u) => (u.k === 'alt' ? `${q}(${text(u, ext)}${q})` : text(u, ext))).join('');
    case 'alt':
      return t.list.map((u) => text(u, ext)).join(`${q}|`);
    default: {
      const inner = `${q}(${text(t.of, ext)}${q})`;
      if (t.min === 0 && t.max === Number.POSITIVE_INFINITY) return `${inner}*`;
      if (t.min === 1 && t.max === Number.POSITIVE_INFINITY) return `${inner}${q}+`;
      if (t.min === 0 && t.max === 1) return `${inner}${q}?`;
      const max = t.max === t.min ? '' : t.max === Number.POSITIVE_INFINITY ? ',' : `,${t.max}`;
      return `${inner}${q}{${t.min}${max}${q}}`;
    }
  }
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ k: fc.constant('char' as const), c: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ k: fc.constantFrom('any' as const, 'bol' as const, 'eol' as const), c: fc.constant('') }),
    fc
      .record({
        k: fc.constant('set' as const),
        c: fc.constantFrom('a', 'ab', 'bc', 'a-b'),
        not: fc.boolean(),
      })
      .map((t) => t),
    fc.record({
      k: fc.constantFrom('cat' as const, 'alt' as const),
      list: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
    fc
      .record({
        k: fc.constant('rep' as const),
        of: tie('tree'),
        min: fc.nat(3),
        max: fc.oneof(fc.nat(3), fc.constant(Number.POSITIVE_INFINITY)),
      })
      .map((r) => ({ ...r, max: Math.max(r.min, r.max) })),
  ),
}));

it('finds the leftmost, of those the longest match, as both kinds of expressions', () => {
  const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 });
  fc.assert(
    fc.property(tree, subject, fc.boolean(), (t, s, ext) => {
      const p = new Process(REGEX);
      let want: string | null = null;
      for (let at = 0; at <= s.length && want === null; at++) {
        const found = ends(t, s, at);
        if (found.size > 0) want = s.slice(at, Math.max(...found));
      }
      const got = match(p, text(t, ext), s, ext ? REG_EXTENDED : 0);
      expect(got === null ? null : got[0]).toBe(want);
    }),
    { numRuns: 1500 },
  );
});

it.each<[string, string, number, (string | null)[] | null | string]>([
  ['\\(a*\\)b\\(c\\)', 'xaabc', 0, ['aabc', 'aa', 'c', null]],
  ['(a)|(b)', 'b', 1, ['b', null, 'b', null]],
  ['\\(.\\)\\1', 'abccd', 0, ['cc', 'c', null, null]],
  ['(a*)*', 'aab', 1, ['aa', 'aa', null, null]],
  ['(a|ab)(c|bcd)', 'abcd', 1, ['abcd', 'a', 'bcd', null]],
  ['^*a', '*a', 0, ['*a', null, null, null]],
  ['*a', '*a', 0, ['*a', null, null, null]],
  ['a\\{2,3\\}', 'aaaa', 0, ['aaa', null, null, null]],
  ['a{,2}', 'a{,2}', 1, ['a{,2}', null, null, null]],
  ['a|b', 'a|b', 0, ['a|b', null, null, null]],
  ['[[:digit:]]+', 'ab12', 1, ['12', null, null, null]],
  ['[]a]+', 'x]a]', 1, [']a]', null, null, null]],
  ['[^]a]', ']ab', 1, ['b', null, null, null]],
  ['[a-]+', 'x-a', 1, ['-a', null, null, null]],
  ['\\<ab\\>', 'xab ab', 0, ['ab', null, null, null]],
  ['[[:<:]]b', 'ab b', 1, ['b', null, null, null]],
  ['a\\.b', 'axb a.b', 0, ['a.b', null, null, null]],
  ['AbC', 'xaBc', REG_EXTENDED | REG_ICASE, ['aBc', null, null, null]],
  ['[A-C]x', 'bX', REG_EXTENDED | REG_ICASE, ['bX', null, null, null]],
  ['^b.*', 'a\nbc\nd', REG_EXTENDED | REG_NEWLINE, ['bc', null, null, null]],
  ['a$', 'a\nb', REG_EXTENDED, null],
  ['\\(', 'x', 0, 'parentheses not balanced'],
  ['(a', 'x', 1, 'parentheses not balanced'],
  ['a\\)', 'x', 0, 'parentheses not balanced'],
  ['a)', 'a)', 1, ['a)', null, null, null]],
  ['[a', 'x', 1, 'brackets ([ ]) not balanced'],
  ['[b-a]', 'x', 1, 'invalid character range'],
  ['[[:foo:]]', 'x', 1, 'invalid character class'],
  ['a{3,2}', 'x', 1, 'invalid repetition count(s)'],
  ['a{1', 'x', 1, 'braces not balanced'],
  ['a{256}', 'x', 1, 'invalid repetition count(s)'],
  ['*a', 'x', 1, 'repetition-operator operand invalid'],
  ['a\\', 'x', 1, 'trailing backslash (\\)'],
  ['\\(a\\)\\2', 'x', 0, 'invalid backreference number'],
])('%j on %j', (pattern, subject, cflags, want) => {
  expect(match(new Process(REGEX), pattern, subject, cflags)).toEqual(want);
});

it('takes time that grows with the text only', () => {
  const p = new Process(REGEX);
  expect(match(p, '(a*)*(a*)*(a|aa)*c', 'a'.repeat(300), REG_EXTENDED)).toBe(null);
});
