import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault, nameTwice } from '../src/learn/json-text.js';

/** What the engine says, whose message has no place. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['{', 1, 2],
  ['', 1, 1],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{\n  "a": [1, 2,]\n}', 2, 14],
  ['{ "a": "x\ny" }', 1, 8],
  ['{ "a": tru }', 1, 8],
  ['{ "a": 01 }', 1, 8],
  ["{ 'a': 1 }", 1, 3],
  ['{ "a": 1 } }', 1, 12],
  ['// no\n{}', 1, 1],
])('where is %j no JSON?', (text, line, column) => {
  expect(isJson(text)).toBe(false);
  expect(jsonFault(text)).toEqual({ line, column });
});

test('is what the engine takes taken, and nothing else?', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '}', '"', '\\', 'x', '0', '-', '.'),
      (text, at, more) => {
        const place = at % (text.length + 1);
        for (const each of [text, text.slice(0, place) + more + text.slice(place + 1)])
          expect([each, jsonFault(each) === undefined]).toEqual([each, isJson(each)]);
      },
    ),
  );
});

test.each([
  ['{ "a": 1, "b": {},\n  "a": 2 }', { name: 'a', line: 2, column: 3 }],
  ['[{ "x": [{ "k": 1, "\\u006b": 2 }] }]', { name: 'k', line: 1, column: 20 }],
  ['{ "a": { "a": 1 }, "b": [{ "c": 1 }, { "c": 1 }], "c": "a" }', undefined],
])('which name does %s have twice?', (text, twice) => {
  expect(nameTwice(text)).toEqual(twice);
});
