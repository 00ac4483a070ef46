import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/* Words of another machine or another kernel, wherever a system, a release or a product is told. */

const PANIC = `panic: zorp: nothing left
panic() at panic+0x43
zorp_get() at zorp_get+0x1c
zorp_read() at zorp_read+0x80
`;
const told = (line: string) => {
  const { product, kernel, arch } = parseReport(`${line}\n\n${PANIC}`);
  return [product, kernel?.release, arch];
};

describe('a sentence of another machine', () => {
  it('is told from one of this', () => {
    expect(told('It is my pfSense 2.6 box.')[0]).toBe('pfSense');
    expect(told('It is NetBSD 9.3/macppc.')).toEqual([undefined, '9.3', 'powerpc']);
  });

  for (const words of [
    'another',
    'other',
    'both',
    'also',
    'the same',
    'unlike',
    'worked',
    'ok',
    'before',
    'instead',
  ])
    it(`by its words: ${words}`, () => {
      expect(told(`Here ${words} on my pfSense 2.6 box.`)[0]).toBeUndefined();
      expect(told(`Here ${words} on NetBSD 9.3/macppc.`)[1]).toBeUndefined();
    });
});
