import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Pager, pagerKeys } from '../src/pager.js';

const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => `line ${i + 1}`);

test('does long output come page by page, and every line once?', () => {
  const pager = new Pager(() => ({ rows: 5, columns: 80 }));
  expect(pager.show(numbered(10))).toEqual(numbered(4));
  expect(pager.prompt('db> ')).toBe('--More-- (6 lines; space or Enter goes on, q ends) ');
  expect(pager.next()).toEqual(numbered(10).slice(4, 8));
  expect(pager.next()).toEqual(numbered(10).slice(8));
  expect([pager.waiting, pager.prompt('db> '), pager.next()]).toEqual([0, 'db> ', []]);
});

test('do long lines count as the rows that they take, and does one that fills the screen come all the same?', () => {
  const pager = new Pager(() => ({ rows: 4, columns: 10 }));
  expect(pager.show(['a'.repeat(25), 'b', 'c'])).toEqual(['a'.repeat(25)]);
  expect(pager.next()).toEqual(['b', 'c']);
  expect(pager.show(['a'.repeat(1000), 'b'])).toEqual(['a'.repeat(1000)]);
  expect(pager.prompt('db> ')).toBe('--More-- (1 line; space or Enter goes on, q ends) ');
  pager.drop();
  expect(pager.next()).toEqual([]);
});

test('does q end it at once, at the beginning of a line and while something waits?', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines = createInterface({ input, output, terminal: true });
  const pager = new Pager(() => ({ rows: 3, columns: 80 }));
  let prompts = 0;
  const release = pagerKeys(input, lines, pager, () => prompts++);
  const entered: string[] = [];
  lines.on('line', (line) => entered.push(line));
  const type = async (keys: string): Promise<void> => {
    input.write(keys);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await type('q\n');
  pager.show(numbered(10));
  await type('seq\n');
  expect([pager.waiting, prompts]).toEqual([8, 0]);
  await type('q');
  expect([pager.waiting, prompts, lines.line]).toEqual([0, 1, '']);
  await type('t\n');
  release();
  pager.show(numbered(10));
  await type('q\n');
  expect([pager.waiting, prompts]).toEqual([8, 1]);
  expect(entered).toEqual(['q', 'seq', 't', 'q']);
  lines.close();
});

test('does space show the next page at once, and leave nothing in front of what is typed then?', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines = createInterface({ input, output, terminal: true });
  const pager = new Pager(() => ({ rows: 3, columns: 80 }));
  const shown: string[][] = [];
  const release = pagerKeys(input, lines, pager, (page) => shown.push([...page]));
  const entered: string[] = [];
  lines.on('line', (line) => entered.push(line));
  const type = async (keys: string): Promise<void> => {
    input.write(keys);
    await new Promise((resolve) => setImmediate(resolve));
  };
  expect(pager.show(numbered(5))).toEqual(['line 1', 'line 2']);
  // Within a command it is a space as ever.
  await type('t 1\n');
  await type(' ');
  expect([shown, pager.waiting, lines.line]).toEqual([[['line 3', 'line 4']], 1, '']);
  await type(' ');
  expect([shown.at(-1), pager.waiting]).toEqual([['line 5'], 0]);
  await type(' ps\n');
  release();
  expect([shown.length, entered]).toEqual([2, ['t 1', ' ps']]);
  lines.close();
});
