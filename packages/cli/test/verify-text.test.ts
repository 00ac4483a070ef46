import { type Reproduction, type Schedule, type SearchResult, verify } from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { suiteOfSearch } from '../src/explore-text.js';
import { failuresOf } from '../src/learn/explored.js';
import { regimeLine, unsearchedLines } from '../src/reproduce-text.js';
import { labOf, loadSubject } from '../src/subject.js';
import { verdictText } from '../src/verify-text.js';

const SCENARIO = fileURLToPath(new URL('../../../examples/scenarios/ab-ba.ts', import.meta.url));

/** What verify says if it is stopped after its host was asked so often. */
async function saidAfter(asked: number, failing: readonly Schedule[]): Promise<string> {
  const subject = await loadSubject(
    { file: SCENARIO, patches: [], seconds: undefined },
    { ...DEFAULT_OPTIONS },
    'fast',
  );
  const host = { turn: async () => {}, clock: () => 0, stop: () => asked-- <= 0 };
  const verdict = await verify(labOf(subject, 'start'), failing, { schedules: 2, seed: 1, host });
  return verdictText(verdict, failing.length, 0).join('\n');
}

test('does verify, stopped before its first replay, say what was not replayed?', async () => {
  const failing = await failuresOf(SCENARIO, 1000, 1);
  expect(failing.length).toBe(1);
  const stopped = await saidAfter(0, failing);
  expect(stopped).toBe(
    'not replayed with the change, as it was interrupted: 1 failing schedule\n\nnot known: interrupted (0.0 s)',
  );
  expect(await saidAfter(0, [...failing, ...failing])).toContain(': 2 failing schedules\n');
  const replayed = await saidAfter(1, failing);
  expect(replayed).toMatch(/^replayed: /);
  expect(replayed).not.toContain('not replayed');
  expect(await saidAfter(0, [])).toMatch(/^without the change no schedule failed, so /);
});

test('is what was not searched to its end told as such?', () => {
  const result = { buckets: [], died: [], tries: 12, seconds: 1, covered: undefined };
  const named = (interrupted: boolean): string =>
    suiteOfSearch('x', { ...result, interrupted } as unknown as SearchResult, '').cases[0]!.name;
  expect(named(true)).toBe('no schedule failed: 12 schedules; interrupted');
  expect(named(false)).toBe('no schedule failed: 12 schedules');
  const none = { outcomes: [] } as unknown as Reproduction;
  expect(regimeLine('giant', none, true)).toBe('giant: no panic in 0 runs (interrupted)');
  expect(regimeLine('giant', none)).toBe('giant: no panic in 0 runs');
  expect(unsearchedLines(['a', 'b'])).toEqual([
    'a: not searched (interrupted)',
    'b: not searched (interrupted)',
  ]);
});
