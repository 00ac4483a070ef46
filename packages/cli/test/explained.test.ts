import type { Examined, Lab } from '@trap12/explore';
import { expect, test } from 'vitest';
import { explained } from '../src/explained.js';
import { shrunkText } from '../src/explore-text.js';
import { lostLines } from '../src/found-run.js';
import type { Stage } from '../src/progress.js';
import type { SearchHost } from '../src/work/host.js';

/** Of a command: no threads of a scenario. Nothing else of it is looked at behind Ctrl-C. */
const lab = { threads: [] } as unknown as Lab;
const host = { interrupted: true, stop: () => true, turn: async () => {} } as unknown as SearchHost;

test('is it said of a failing run what Ctrl-C has left unknown, and what somebody is at?', async () => {
  const said: string[] = [];
  const stage = { at: (what: () => string) => said.push(what()), look: () => {} } as unknown as Stage;
  const told = async (more: object) =>
    (await explained(lab, {} as Examined, { checked: undefined, host, seed: 1, ...more })).text;
  expect(await told({ stage })).toEqual([
    'Not known, as Ctrl-C came before: what raced; how likely it was to fail so.',
    '',
  ]);
  expect(said).toEqual(['looking at what met, step by step']);
  // Odds that nobody wanted are not lost.
  expect(await told({ tries: 0 })).toEqual(['Not known, as Ctrl-C came before: what raced.', '']);
  expect(lostLines({ lost: [] })).toEqual([]);
});

test('has shrinking come to its end where nothing is left?', () => {
  const small = (left: number, minimal: boolean) =>
    shrunkText({
      ...{ before: 238, tries: 2, minimal, fewest: false, endNs: 1e9 },
      examined: { choices: Array.from({ length: left }, () => ({})) } as unknown as Examined,
    });
  expect(small(0, false)).toEqual(['238 choices, shrunk to 0 in 2 tries']);
  expect(small(3, false)).toEqual(['238 choices, shrunk to 3 in 2 tries (not to the end)']);
  expect(small(3, true)).toEqual(['238 choices, shrunk to 3 in 2 tries']);
});
