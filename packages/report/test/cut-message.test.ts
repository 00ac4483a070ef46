import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* The line of a panic that stops before its message does. The texts are made up. */

const FRAMES = `zorp_get() at zorp_get+0x1c
zorp_read() at zorp_read+0x80
fork_exit() at fork_exit+0x80
`;
const reasons = (text: string) =>
  parseReport(text)
    .damage.filter((each) => each.what === 'panic message')
    .map((each) => [each.kind, each.reason]);

describe('a panic line that is cut', () => {
  for (const mark of ['...', '\u2026', '[...]', '[snip]'])
    it(`by whoever left out the rest: ${mark}`, () => {
      const text = `panic: zorp_get: the ring of zorp0 holds ${mark}\n${FRAMES}`;
      expect(reasons(text)).toEqual([['truncated', `it ends in "${mark}"`]]);
      const report = parseReport(text);
      expect(report.message?.cut).toBe(true);
      expect(renderReport(report, { text })).toContain('likely truncated: panic message');
    });

  it('by the end of the text', () => {
    const text = `${FRAMES}panic: zorp_get: the ring of zorp0 holds siz`;
    expect(reasons(text)).toContainEqual(['truncated', 'the text ends in its line, and not with it']);
    expect(reasons(`${text}\n`).filter(([kind]) => kind === 'truncated')).toEqual([]);
    // Of one line nobody knows more, and a writer quotes it.
    expect(reasons('panic: zorp_get: the ring of zorp0 holds siz')).toEqual([]);
  });

  it('at the column at which others are', () => {
    const lines = [
      'zorp0 at pci0 dev 1 function 0: vendor 0x1234 product 0x5678 and a long name of it',
      'zorp1 at pci0 dev 2 function 0: vendor 0x1234 product 0x5678 and a long name of it',
      'zorp2 at pci0 dev 3 function 0: vendor 0x1234 product 0x5678 and a long name of it',
      'panic: zorp_get: the ring of zorp0 holds an item of an unknown size, and the operation was',
    ];
    const at = (columns: number) => `${lines.map((line) => line.slice(0, columns)).join('\n')}\n${FRAMES}`;
    expect(reasons(at(60))).toEqual([
      ['truncated', 'its line ends in column 60, as 3 others do, and none is longer'],
    ]);
    expect(parseReport(at(60)).message?.value).toBe('zorp_get: the ring of zorp0 holds an item of an unkno');
    expect(reasons(at(200))).toEqual([]);
    // Prose that ends with its words, one of them in the last column.
    const prose = [59, 57, 60, 55, 60, 58, 53, 60, 56, 54].map((width) => 'x '.repeat(30).slice(0, width));
    expect(reasons(`${prose.join('\n')}\n\n${lines[3]!.slice(0, 60)}\n${FRAMES}`)).toEqual([]);
  });

  it('is none where it ends by itself', () => {
    expect(reasons(`panic: zorp_get: the ring of zorp0 is gone.\n${FRAMES}`)).toEqual([]);
  });
});
