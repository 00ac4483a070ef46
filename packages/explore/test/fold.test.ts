import { expect, test } from 'vitest';
import { folded } from '../src/explain/fold.js';

/** What is told of it: `ab*3` is a stretch that is there three times. */
const told = (lines: string): string =>
  folded([...lines])
    .map(({ from, length, times }) => lines.slice(from, from + length) + (times > 1 ? `*${times}` : ''))
    .join(' ');

test('are lines that come again and again told once, and all others as they are?', () => {
  expect(told('')).toBe('');
  expect(told('abcabd')).toBe('a b c a b d');
  expect(told('aaa')).toBe('a a a');
  expect(told('xaaaay')).toBe('x a*4 y');
  expect(told('xabababababy')).toBe('x ab*5 y');
  // What is left of a stretch that is not whole is there.
  expect(told('abcdabcdabcdabcdab')).toBe('abcd*4 a b');
  expect(told('ababababcdcdcdcd')).toBe('ab*4 cd*4');
});

test('is no line lost, and none told twice?', () => {
  const lines = [...'xxabababababxabcabcabcabcabcaaaaaaaaaaabbabbabbabby'];
  const again = folded(lines).flatMap(({ from, length, times }) =>
    Array.from({ length: times }, () => lines.slice(from, from + length)).flat(),
  );
  expect(again).toEqual(lines);
});
