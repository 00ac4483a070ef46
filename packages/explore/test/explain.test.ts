import { describe, expect, test } from 'vitest';
import {
  CHANCES,
  DEFAULT_PLAN,
  examine,
  explain,
  explanationText,
  type Lab,
  lockOrderCircles,
  lostWakeups,
  search,
  planNamed,
  shrink,
  STANDARD,
  waitForGraph,
} from '../src/index.js';
import { EXAMPLES, labFor } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };

/** A failing run as it was found: it has choices that can be spared. */
async function foundIn(lab: Lab) {
  const plan = planNamed('random');
  return (await search(lab, { plan, seed: 1, schedules: 5000, host: HOST })).found!;
}

test('are choices left out for as long as somebody wants, and is of the rest said that nothing is known?', async () => {
  const lab = labFor('dining');
  const found = await foundIn(lab);
  const choices = found.choices.length;
  expect(choices).toBeGreaterThan(10);
  for (const looked of [0, 1, choices]) {
    let asked = 0;
    const options = { walk: CHANCES.random!, seed: 1, tries: 0, enough: () => asked++ >= looked };
    const explanation = await explain(lab, found, options);
    const known = explanation.choices.map(({ without }) => without !== undefined);
    expect(known).toEqual(found.choices.map((_, i) => i < looked));
    const text = explanationText(explanation).join(' ').replace(/\s+/g, ' ');
    expect(text.includes('is not known:')).toBe(looked < choices);
    expect(text.includes('none of them can be spared')).toBe(looked === choices);
    const shown = looked < choices ? Math.min(choices, Math.max(looked, 10)) : choices;
    expect(text.split('without this: ').length - 1).toBe(shown);
    expect(text.includes(`... ${choices - shown} more`)).toBe(choices > shown);
  }
});

test('is of odds that were interrupted said that nothing is known of the rest?', async () => {
  const lab = labFor('dining');
  const found = (await shrink(lab, await foundIn(lab))).examined;
  const saidWhere = async (stop: () => boolean): Promise<string> => {
    const options = { walk: CHANCES.random!, seed: 1, tries: 2, stop };
    return explanationText(await explain(lab, found, options))
      .join(' ')
      .replace(/\s+/g, ' ');
  };
  const told = [/after that is not known/, /How likely it was is not known: interrupted\./, /rises most/];
  const said = (text: string): boolean[] => told.map((each) => each.test(text));
  let asked = 0;
  expect(said(await saidWhere(() => asked++ < 0))).toEqual([false, false, true]);
  const whole = asked;
  asked = 0;
  expect(said(await saidWhere(() => asked++ >= whole - 3))).toEqual([true, false, false]);
  const first = await saidWhere(() => true);
  expect(said(first)).toEqual([false, true, false]);
  expect(first).not.toContain('nearest');
});

test('before each run that is made for it the host has its turn, and can end it', async () => {
  const lab = labFor('dining');
  const found = await foundIn(lab);
  let turns = 0;
  const turn = async (): Promise<void> => void turns++;
  const shrunk = await shrink(lab, found, { turn });
  // Those that look for fewer interruptions are among them.
  expect(turns).toBeGreaterThanOrEqual(shrunk.tries);
  expect([shrunk.tries > 10, shrunk.fewest]).toEqual([true, true]);
  const all = turns;
  turns = 0;
  const ended = await shrink(lab, found, { turn, stop: () => turns >= all / 2 });
  expect(ended).toMatchObject({ minimal: true, tries: Math.ceil(all / 2) - 1 });

  turns = 0;
  const options = { walk: CHANCES.random!, seed: 1, tries: 3, turn };
  const whole = await explain(lab, shrunk.examined, options);
  expect(turns).toBeGreaterThanOrEqual(whole.choices.length + 3 * whole.odds.length);
  turns = 0;
  const some = await explain(lab, shrunk.examined, {
    ...options,
    stop: () => turns > whole.choices.length + 3,
  });
  expect([some.odds.length, whole.odds.length > 1]).toEqual([1, true]);
});

async function explained(lab: Lab, tries: number) {
  const { found } = await search(lab, {
    plan: planNamed(DEFAULT_PLAN),
    seed: 1,
    schedules: 5000,
    host: HOST,
  });
  return explain(lab, (await shrink(lab, found!)).examined, {
    walk: CHANCES.random!,
    seed: 1,
    tries,
  });
}

/** A text without its times, which any change of the kernel moves. */
const timeless = (lines: readonly string[]): string =>
  lines.map((line) => line.replace(/^ *\d+\.\d\d /, '')).join('\n');

describe('a deadlock', async () => {
  const lab = labFor('ab-ba');
  const explanation = await explained(lab, 40);
  const lines = explanationText(explanation);

  test('is a circle, each with what it holds and where it took that', () => {
    const { stuck, log } = explanation;
    const who = stuck!.cycle.map((w) => log.process(w.context)).sort();
    expect(who).toEqual(['ab', 'ba']);
    for (const { context, wait, holders } of stuck!.cycle) {
      const own = log.process(context);
      expect(log.name(wait.object)).toBe(own === 'ab' ? 'b' : 'a');
      expect(wait.since.stack[0]?.function).toBe(own);
      expect(holders.map((h) => log.process(h.context))).toEqual([own === 'ab' ? 'ba' : 'ab']);
      expect(holders[0]!.hold.since.stack[0]?.file).toBe('scenario/ab-ba.ts');
    }
  });

  test('takes one interruption: between the two locks, and without it all is well', () => {
    expect(explanation.choices).toHaveLength(1);
    const [{ choice, event, without }] = explanation.choices as [(typeof explanation.choices)[0]];
    expect(choice.kind).toBe('preempt');
    expect(event?.act).toBe('is made to wait');
    expect(without).toBe('it ends in order');
    const source = event!.stack[0]!;
    expect(source.function).toBe(choice.process?.replace(/\/.*/, ''));
    expect(timeless(lines)).toMatch(
      /is interrupted after it takes (a|b)\n\s+in (ab|ba) \(scenario\/ab-ba\.ts:\d+\)\n\s+before it waits for (a|b)\n/,
    );
  });

  test('has a nearest run that passes, which begins alike', () => {
    const { passing } = explanation;
    expect(passing!.run.failure).toBeUndefined();
    expect(passing!.dropped).toBe(0);
    expect(passing!.common).toBe(1);
  });

  test('was unlikely at first and certain at last', () => {
    const { odds, jump } = explanation;
    expect(odds[0]!.failed).toBeLessThan(odds[0]!.tries / 2);
    expect(odds.at(-1)!.failed).toBe(odds.at(-1)!.tries);
    const before = odds[jump! - 1]!;
    expect(odds[jump!]!.failed - before.failed).toBeGreaterThan(0);
  });

  test('is told in 80 columns', () => {
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

describe('a lost wakeup', async () => {
  const lab = labFor('missed-wakeup');
  const explanation = await explained(lab, 0);

  test('is told with who woke nobody, and who slept too late', () => {
    const { lost, log } = explanation;
    expect(lost).toHaveLength(1);
    const [{ sleeper, wakeup }] = lost as [(typeof lost)[0]];
    expect([log.process(sleeper.context), log.process(wakeup.context)]).toEqual(['waiter', 'starter']);
    expect(log.name(wakeup.object)).toBe('ready');
    expect(wakeup.index).toBeLessThan(sleeper.wait.since.index);
    expect(explanationText(explanation).join('\n')).toContain(
      'A wakeup is lost: starter woke ready when nobody slept there',
    );
  });

  test('and is none where the sleeper was woken, or sleeps with a lock that the waker needs', () => {
    const other = labFor('sleep-with-lock');
    const { log } = examine(other, STANDARD, 'stacks');
    const stuck = waitForGraph(log!, other.unfinished());
    expect(stuck.waiters.map((w) => log!.process(w.context))).toEqual(['taker', 'bringer']);
    expect(lostWakeups(log!, stuck)).toEqual([]);
    expect(stuck.cycle).toEqual([]);
  });
});

describe('a circle in the order of locks', () => {
  const circles = (lab: Lab) => {
    const { log, failure } = examine(lab, STANDARD, 'stacks');
    expect(failure).toBeUndefined();
    return lockOrderCircles(log!).map((circle) =>
      circle.map((e) => `${log!.process(e.context)}: ${log!.name(e.from)}, ${log!.name(e.to)}`),
    );
  };

  test('is told with its whole chain although nothing happened', () => {
    expect(circles(labFor('three-locks'))).toEqual([
      ['map: map lock, object lock', 'object: object lock, pager lock', 'pager: pager lock, map lock'],
    ]);
    expect(circles(labFor('ab-ba'))).toEqual([['ab: a, b', 'ba: b, a']]);
  });

  test('and is none where there is an order', () => {
    expect(circles(labFor('counter'))).toEqual([]);
    expect(circles(labFor('three-locks', [`${EXAMPLES}three-locks.cure.ts`]))).toEqual([]);
  });
});
