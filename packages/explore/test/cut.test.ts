import { loadKernel } from '@trap12/system/node.js';
import { expect, test } from 'vitest';
import {
  CHANCES,
  type Examined,
  explain,
  explanationText,
  Lab,
  planNamed,
  type Schedule,
  scheduleText,
  search,
  shrink,
  stateHash,
  unlessCut,
  verify,
} from '../src/index.js';
import { EXAMPLES, labFor, labOfFile, scheduleWith } from './scenario.js';

const PATIENCE = { timeout: 600_000 };
const turn = async (): Promise<void> => {};

/** As Ctrl-C that comes in the middle of something: says so from its nth question on. */
function after(n: number): { stop: () => boolean; asked: () => number } {
  let asked = 0;
  return { stop: () => asked++ >= n, asked: () => asked };
}

/** So many moments of a work, evenly over it. */
const momentsOf = (asked: number, count: number): number[] => [
  ...new Set(Array.from({ length: count }, (_, i) => Math.floor((asked * i) / count))),
];

test('does a run that was given up show nothing, and leave nothing behind?', PATIENCE, async () => {
  const kernel = await loadKernel();
  const options = { ramBytes: 8 << 20, command: 'churn 2; memcheck 2m' };
  const lab = new Lab({ kernel, options, scenario: undefined, seconds: 3, from: 'start' });
  for (const each of [lab, labFor('counter')]) {
    const run = () => {
      const { ended, nowNs } = each.attempt(null);
      return { ended, nowNs, hash: stateHash(each.system) };
    };
    const whole = run();
    const never = after(Number.POSITIVE_INFINITY);
    expect(unlessCut(never.stop, run)).toEqual({ is: whole });
    expect(never.asked()).toBeGreaterThan(each === lab ? 20 : 2);
    for (const n of momentsOf(never.asked(), 5)) {
      const { stop, asked } = after(n);
      expect(unlessCut(stop, run)).toBeUndefined();
      // It was ended by the first answer that was yes.
      expect(asked()).toBe(n + 1);
    }
    expect(run()).toEqual(whole);
    expect(unlessCut(after(0).stop, () => unlessCut(undefined, run))).toBeUndefined();
    expect(unlessCut(after(1).stop, () => unlessCut(undefined, run))).toEqual({ is: { is: whole } });
  }
});

test('does a search count no try that was given up?', PATIENCE, async () => {
  const lab = labFor('counter');
  let whole = 0;
  const onlooker = { classes: [], told: () => void whole++ };
  const searched = (n: number) => {
    const { stop, asked } = after(n);
    whole = 0;
    const host = { turn, clock: () => 0, stop, cut: stop };
    const options = { plan: planNamed('random'), seed: 1, schedules: 300, onlooker, novelty: true };
    return search(lab, { ...options, host }).then((result) => ({ result, asked: asked() }));
  };
  const all = await searched(Number.POSITIVE_INFINITY);
  expect(all.result).toMatchObject({ tries: 300, interrupted: false });
  for (const n of momentsOf(all.asked, 7)) {
    const { result } = await searched(n);
    expect(result).toMatchObject({ tries: whole, interrupted: true, found: undefined });
    expect(whole).toBeLessThan(300);
    expect(result.novelty!.tries).toBe(whole);
  }
});

/** A failing schedule of a scenario. */
async function failureOf(lab: Lab, plan = 'portfolio'): Promise<Examined> {
  const { found } = await search(lab, {
    ...{ plan: planNamed(plan), seed: 1, schedules: 10_000 },
    host: { turn, clock: () => 0 },
  });
  return found!;
}

test('is nothing said to be proved of a schedule whose shrinking was given up?', PATIENCE, async () => {
  const lab = labFor('check-then-act');
  const found = await failureOf(lab, 'random');
  const shrunk = async (n: number) => {
    const { stop, asked } = after(n);
    return { small: await shrink(lab, found, { cut: stop, turn }), asked: asked() };
  };
  const all = await shrunk(Number.POSITIVE_INFINITY);
  expect(all.small).toMatchObject({ minimal: true, fewest: true });
  expect(all.small.examined.choices.length).toBeLessThan(found.choices.length);
  let cut = 0;
  // The pieces that are left out come first.
  for (const n of [...momentsOf(all.asked / 8, 16), ...momentsOf(all.asked, 8)]) {
    const { small } = await shrunk(n);
    expect(small.fewest).toBe(false);
    expect(small.tries).toBeLessThan(all.small.tries);
    expect(small.examined.failure!.signature).toBe(found.failure!.signature);
    // What is proved is what comes of it without Ctrl-C.
    if (small.minimal) expect(small.examined.choices).toEqual(all.small.examined.choices);
    else cut++;
  }
  expect(cut).toBeGreaterThan(0);
});

test(
  'is all that an explanation says, where it was given up, what it says to its end?',
  PATIENCE,
  async () => {
    const lab = labFor('check-then-act');
    const found = await failureOf(lab);
    const checked = (): Lab => labOfFile(`${EXAMPLES}check-then-act.ts`, [], 'checked');
    const explained = async (n: number) => {
      const { stop, asked } = after(n);
      const walk = CHANCES.random!;
      const said = await explain(lab, found, { walk, seed: 1, tries: 2, turn, stop, checked });
      return { said, asked: asked() };
    };
    const all = await explained(Number.POSITIVE_INFINITY);
    expect([all.said.oddsCut, all.said.pairCut, all.said.pair]).toEqual([false, false, expect.anything()]);
    const parts = new Set<string>();
    for (const n of momentsOf(all.asked, 24)) {
      const { said } = await explained(n);
      const { choices, odds, pair, pairCut } = said;
      choices.forEach(({ without }, i) => {
        if (without !== undefined) expect(without).toBe(all.said.choices[i]!.without);
      });
      expect(odds).toEqual(all.said.odds.slice(0, odds.length));
      const text = explanationText(said).join('\n');
      // The pair comes last: whenever it was given up, that is not known.
      expect([pair, pairCut]).toEqual([undefined, true]);
      expect(text).toContain('What raced is not known: interrupted.');
      if (said.oddsCut) expect(text).toContain('interrupted');
      parts.add(said.oddsCut ? (odds.length > 0 ? 'odds' : 'choices') : 'pair');
    }
    expect([...parts].sort()).toEqual(['choices', 'odds', 'pair']);
  },
);

test('is a change not said to have survived what was given up?', PATIENCE, async () => {
  const found = await failureOf(labFor('check-then-act'));
  const lab = labFor('check-then-act', [`${EXAMPLES}check-then-act.cure.ts`]);
  const { failure, choices, attempt, hash } = found;
  const rest = { choices, ended: failure!.signature, endedNs: attempt.nowNs, hash };
  const schedule: Schedule = scheduleWith(lab, rest);
  expect(scheduleText(schedule)).toContain('preempt');
  const verdictOf = async (n: number) => {
    const { stop, asked } = after(n);
    const host = { turn, clock: () => 0, stop, cut: stop };
    return { verdict: await verify(lab, [schedule], { seed: 1, schedules: 30, host }), asked: asked() };
  };
  const all = await verdictOf(Number.POSITIVE_INFINITY);
  expect(all.verdict).toMatchObject({
    interrupted: false,
    failed: undefined,
    replayed: [{ now: undefined }],
  });
  const known = new Set<number>();
  for (const n of momentsOf(all.asked, 24)) {
    const { verdict } = await verdictOf(n);
    const { replayed, around } = verdict;
    expect(verdict).toMatchObject({ interrupted: true, failed: undefined });
    expect(replayed).toEqual(all.verdict.replayed.slice(0, replayed.length));
    expect(around).toBeLessThanOrEqual(all.verdict.around);
    if (replayed.length === 0) expect(around).toBe(0);
    known.add(replayed.length);
  }
  expect([...known].sort()).toEqual([0, 1]);
});
