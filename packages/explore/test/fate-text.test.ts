import { expect, test } from 'vitest';
import { type Fate, fateText, type Moment } from '../src/index.js';

const place = { function: 'cpu_switch', file: 'i386/locore.ts', line: 54 };
const moment = (ns: number, failed: number, rest: Partial<Moment> = {}): Moment => ({
  ...{ decision: ns, ns, process: 'pool', pid: 7, place, chosen: undefined, failed, tries: 10 },
  ...rest,
});

/** Odds that rise, stay high, dip, and are certain at the end. */
const fate = (rest: Partial<Moment> = {}): Fate => ({
  moments: [
    moment(0, 0, { tries: 4 }),
    moment(1000, 10),
    moment(2000, 9),
    moment(3000, 10, rest),
    moment(4000, 10),
  ],
  ...{ noReturn: 3, exact: true, jump: 1, endNs: 5_004_000 },
});
const said = (...given: Parameters<typeof fateText>): string =>
  fateText(...given)
    .join(' ')
    .replace(/\s+/g, ' ');

test('the moment of no return says who is chosen there, where that is decided', () => {
  expect(said(fate())).toContain('3.00 us, when pool (pid 7) runs; before it 9 of 10');
  const chosen = { process: 'vmdaemon', pid: 3 };
  expect(said(fate({ chosen }))).toContain(
    '3.00 us, when vmdaemon (pid 3) is chosen to run behind pool (pid 7); before it 9 of 10 runs failed',
  );
});

test('what was likely before it is said, and how many runs there were', () => {
  expect(said(fate())).toContain('Already from 1.00 us on at least 90 % failed.');
  expect(said(fate())).toContain('10 runs from each moment, or 4 where these all passed; one passes');
  const certain = { ...fate(), moments: fate().moments.slice(2), noReturn: 1, jump: undefined };
  expect(said(certain)).not.toContain('where these all passed');
  const unlikely = { ...fate(), moments: [moment(0, 0), moment(1000, 5), moment(3000, 10)], noReturn: 2 };
  expect(said(unlikely)).not.toContain('Already');
});

test('an end before all moments were looked at is said, and nothing concluded of too few', () => {
  const ended = { by: 'time', runs: 47, ns: 2500, tries: 3, wanted: 10 } as const;
  expect(said(fate())).not.toContain('Not all');
  expect(said({ ...fate(), ended })).toContain(
    'Not all of its moments were looked at: its time was over after 47 runs; at the next one, 2.50 us, 3 of at most 10 were made.',
  );
  expect(said({ ...fate(), ended: { ...ended, by: 'interrupted', runs: 1 } })).toContain(
    'it was interrupted after 1 run; ',
  );
  const only = (moments: Moment[]): Fate => ({
    ...fate(),
    moments,
    noReturn: undefined,
    jump: undefined,
    ended,
  });
  for (const failed of [4, 10]) {
    const one = said(only([moment(0, failed)]));
    expect(one).toContain('Where the moment of no return is, is not known.');
    expect(one).not.toMatch(/no moment of no return|is before the first/);
  }
  expect(said(only([]))).toBe(
    'How likely it was to fail so is not known: its time was over after 47 runs; at the first one, 0.000003 s, 3 of at most 10 were made. ',
  );
});

test('what is behind the death is marked', () => {
  const dead = (diedNs?: number): number =>
    fateText(fate(), diedNs).filter((line) => /\(dead\)$/.test(line)).length;
  expect([dead(), dead(3500), dead(1000)]).toEqual([0, 1, 4]);
});
