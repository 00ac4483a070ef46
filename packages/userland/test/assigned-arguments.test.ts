import { describe, expect, it } from 'vitest';
import { runPrograms } from './compiled.js';

/*
 * What an argument assigns to a local, where whom it is given to has to wait: for a page, for another
 * process. The right values are JavaScript's own: the expressions are evaluated by it as well.
 */

/** Expressions over the locals k, m, b (a boolean), f (a function) and p (a page that nobody has touched). */
const EXPRESSIONS = [
  'put(p, k++)',
  'put(p, k--)',
  'put(p, ++k)',
  'put(p, k += 2)',
  'put(p, k = 5)',
  'put(p, k++ + 1)',
  'put(p, -(k++))',
  'put(p, (k++, k))',
  'put(p, k++ > 3 ? k : -k)',
  'put(p, k++ > 0 ? m++ : m--)',
  'three(p, k, k++)',
  'three(p, k++, k)',
  'three(p, k++, k++)',
  'three(p, m++, k += m)',
  'three(p, put(p, k++), k++)',
  'three(p, k++, put(p, k++))',
  'put(p, put(p, put(p, k++)))',
  'f(p, k++)',
  'sum(p, 3, k++, k, ++k)',
  'sum(p, 2, k++, put(p, k++))',
  'put(p, k++) + put(p, k++)',
  'k++ + put(p, k++)',
  'k + put(p, k++) + k',
  'put(p, m++) / k++',
  'm = put(p, k++) + m++',
  'k = put(p, k++)',
  '(k++ > 0 && put(p, k++) > 1) ? put(p, m++) : 0',
  '(k < 0 || put(p, k++) > 100) ? 1 : put(p, m++)',
  'flag(p, b = !b)',
  'put(p, (b = k++ > 2) ? 1 : 2)',
];
const TIMES = 3;

const HELPERS = `
function put(p: ptr<int>, v: int): int { p[0] = v; return p[0]; }
function three(p: ptr<int>, v: int, w: int): int { p[0] = v * 100 + w; return p[0]; }
function flag(p: ptr<int>, v: boolean): int { p[0] = v ? 7 : 9; return p[0]; }
function sum(p: ptr<int>, n: int, ...args: va_list): int {
  let s = 0;
  let i = 0;
  while (i < n) s = s * 10 + put(p, $va(args, i++));
  return s;
}
`;

/** Each expression in a function of its own, on pages of its own, several times over. */
const PROGRAM = `${HELPERS}
${EXPRESSIONS.map(
  (text, i) => `function e${i}(page: u32): void {
  let k = 4;
  let m = 30;
  let b = false;
  let f = put;
  let x = 0;
  for (let n = 0; n < ${TIMES}; n++) {
    const p = $cast<ptr<int>>(page + $u32(n) * 4096);
    x = ${text};
    printf('${i} %d %d %d %d\\n', x, k, m, b ? 1 : 0);
  }
}`,
).join('\n')}
export function main(argc: int, argv: ptr<str>): int {
  const page = $u32(malloc(4096 * ${EXPRESSIONS.length * TIMES + 1}) + 4095) & ~4095;
${EXPRESSIONS.map((_, i) => `  e${i}(page + ${i * TIMES * 4096});`).join('\n')}
  return 0;
}
`;

/** What it has to print, by JavaScript. */
function expected(): string[] {
  const put = (_p: number, v: number): number => v;
  const three = (_p: number, v: number, w: number): number => v * 100 + w;
  const flag = (_p: number, v: boolean): number => (v ? 7 : 9);
  const sum = (_p: number, _n: number, ...args: number[]): number => args.reduce((s, v) => s * 10 + v, 0);
  return EXPRESSIONS.flatMap((text, i) => {
    const body = `let k = 4, m = 30, b = false, f = put, p = 0, x = 0, out = [];
      for (let n = 0; n < ${TIMES}; n++) {
        x = (${text}) | 0;
        out.push('${i} ' + [x, k | 0, m | 0, b ? 1 : 0].join(' '));
      }
      return out;`;
    return new Function('put', 'three', 'flag', 'sum', body)(put, three, flag, sum) as string[];
  });
}

describe('what an argument of a call assigns', () => {
  it.each([
    ['one processor, pages that have to be made', 'assigns', {}],
    [
      'two processors, with programs that interrupt each other',
      'assigns & assigns > /dev/null & assigns > /dev/null; wait',
      { ncpu: 2 },
    ],
    ['one processor, little memory', 'assigns', { ramBytes: 8 << 20 }],
  ])('is there when it is gone on with: %s', async (_, command, options) => {
    const { console } = await runPrograms({ assigns: PROGRAM }, command, options);
    const printed = console.split(/\r?\n/).filter((line) => /^\d+ -?\d+ -?\d+ -?\d+ [01]$/.test(line));
    expect(printed).toEqual(expected());
  });
});
