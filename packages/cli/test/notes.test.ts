import { DEFAULT_BACKGROUND, type Reproduction, type RunOutcome } from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { expect, test } from 'vitest';
import { parseReport } from '@trap12/report';
import type { ReproduceFlags } from '../src/reproduce-search.js';
import { absentLines, instead, noteOn, othersLines, unnamedLines } from '../src/reproduce-text.js';

const none = { seconds: 1, differences: [], equivalences: [] };
const ended = (seed: number, title: string, status = 2): RunOutcome => ({
  ...{ seed, result: 'ended', title, status },
  ...none,
});

test('somebody who waits is told of a load that only complains, once', () => {
  const all = [1, 2, 3, 4].map((seed) => ended(seed, 'ended: Syntax error'));
  const notes = all.map((_, i) => noteOn(all.slice(0, i + 1)));
  expect(notes.map((note) => note !== undefined)).toEqual([false, false, true, false]);
  expect(notes[2]).toBe(
    'the first 3 seeds all ended with status 2, ended: Syntax error: is the load as it was meant?',
  );
});

test('and not of one that ends in order, or in several ways', () => {
  expect(noteOn([1, 2, 3].map((seed) => ended(seed, 'ended: done', 0)))).toBeUndefined();
  expect(noteOn([1, 2, 3].map((seed) => ended(seed, `ended: ${seed} bytes`)))).toBeUndefined();
});

test('and of the first panic that is nearly the same', () => {
  const near: RunOutcome = {
    ...{ ...none, seed: 4, result: 'near', title: 'panic: x' },
    differences: [{ what: 'functions', wanted: 'a', got: 'b', because: 'behind a comes b' }],
  };
  expect(noteOn([ended(3, 'ended: x'), near])).toMatch(
    /^seed 4 died the same but for functions; the search goes on/,
  );
  expect(noteOn([near, { ...near, seed: 5 }])).toBeUndefined();
});

test('where one regime did not die so, the others are named, and the command that tries them', () => {
  const known = ['giant', 'a', 'a+b'];
  const plain = {
    ...{ ram: 64 << 20, ncpu: 1, swap: DEFAULT_OPTIONS.swapBytes, diskErrors: 0 },
    ...{ background: DEFAULT_BACKGROUND, program: [], patch: [], given: { ram: false, ncpu: false } },
  } as unknown as ReproduceFlags;
  const of = (path: string, flags: Partial<ReproduceFlags> = {}, searched = 'a'): string[] =>
    othersLines(searched, known, path, { ...plain, ...flags });
  expect(of('my report.txt')).toEqual([
    "only a was searched; the other regimes (giant, a+b): trap12 reproduce --regimes all 'my report.txt'",
  ]);
  expect(of('-')[0]).toMatch(/ --regimes all REPORT$/);
  expect(of('r.txt', {}, 'a,switch=0')).toEqual([]);
  // What was run, on what, is the same there.
  const given = { ram: 8 << 20, given: { ram: true, ncpu: false } };
  const work = { load: 'hog fork 1m 1', background: 'none', patch: ['hole.ts'], suspect: 'dd' };
  expect(of('r.txt', { ...given, ...work })[0]).toMatch(
    / --regimes all --ram 8M --suspect dd --load 'hog fork 1m 1' --background none --patch hole\.ts r\.txt$/,
  );
});

test('and that nobody is kept waiting where nobody says who', () => {
  const silent = parseReport('panic: zorp\npanic() at panic+0x43\nzorp() at zorp+0x4\n');
  expect(unnamedLines(silent, undefined)).toEqual([
    'nobody is kept waiting: the report names no process (--suspect NAME does)',
  ]);
  expect(unnamedLines(silent, 'dd')).toEqual([]);
  const named = { ...silent, process: { value: { name: 'dd' }, span: [0, 0] as const } };
  expect(unnamedLines(named, undefined)).toEqual([]);
});

test('and, once, that there was nobody of the name that the report has', () => {
  const absent = { name: 'httpd', others: ['dd', 'init'] };
  const lacking: RunOutcome = { ...ended(2, 'survived'), result: 'survived', absent };
  expect(noteOn([ended(1, 'ended: x'), lacking])).toBe(
    'seed 2: nobody was kept waiting: httpd: no process of that name ran; accepted: dd, init',
  );
  expect(noteOn([lacking, lacking])).toBeUndefined();
});

test('that of a run which died nearly so, too, at once and with what is said of it', () => {
  const near: RunOutcome = {
    ...{ ...none, seed: 4, result: 'near', title: 'panic: x' },
    differences: [{ what: 'functions', wanted: 'a', got: 'b', because: 'behind a comes b' }],
    absent: { name: 'httpd', others: ['dd', 'init'] },
  };
  const nobody = 'nobody was kept waiting: httpd: no process of that name ran; accepted: dd, init';
  expect(noteOn([near])).toMatch(new RegExp(`^seed 4 died the same but for .*; ${nobody}$`));
  expect(absentLines(near)).toEqual([nobody]);
  expect(absentLines(ended(1, 'ended: x'))).toEqual([]);
});

test('programs that end with the same words but for numbers are one line of what came instead', () => {
  const told = (...outcomes: RunOutcome[]): string[] =>
    instead(parseReport('panic: x'), { outcomes } as unknown as Reproduction, false).slice(2);
  expect(
    told(
      ended(1, 'ended: 800 bytes in 2.096031 secs (400 bytes/sec)', 0),
      ended(2, 'ended: 800 bytes in 2.1 secs (399 bytes/sec)', 0),
      ended(3, 'ended: 800 bytes in 2.096031 secs (400 bytes/sec)', 0),
      ended(4, 'ended: 800 bytes in 2.2 secs (398 bytes/sec)', 1),
    ),
  ).toEqual([
    '     3  ended: 800 bytes in N secs (N bytes/sec)',
    '     1  ended: 800 bytes in 2.2 secs (398 bytes/sec)',
  ]);
  // Of a panic a number is no matter of chance.
  const died = (seed: number, title: string): RunOutcome => ({ seed, result: 'other', title, ...none });
  expect(told(died(1, 'fault at 0x18'), died(2, 'fault at 0x19'))).toHaveLength(2);
});
