import { describe, expect, test } from 'vitest';
import {
  examine,
  parseSchedule,
  replaySchedule,
  replayUpTo,
  type Schedule,
  type ScheduledChoice,
  ScheduleError,
  scheduleText,
  search,
  planNamed,
  textHash,
} from '../src/index.js';
import { labFor, scheduleWith } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };
const lab = labFor('ab-ba');

async function failing(): Promise<Schedule> {
  const { found } = await search(lab, {
    plan: planNamed('random'),
    seed: 1,
    schedules: 1000,
    host: HOST,
  });
  const { choices, failure, attempt, hash } = found!;
  return scheduleWith(lab, { choices, ended: failure!.signature, endedNs: attempt.nowNs, hash });
}
const schedule = await failing();
const text = scheduleText(schedule);

describe('is a schedule its text?', () => {
  test('what is written is read', () => {
    expect(parseSchedule(text)).toEqual(schedule);
    expect(schedule.choices.length).toBeGreaterThan(0);
  });

  const reseal = (t: string): string => scheduleText(parseSchedule(t));
  const cases: [string, string, RegExp][] = [
    [
      'a report',
      'panic: free\n',
      /it is no schedule: its first line is not "trap12 schedule" and a version from 1 to 2/,
    ],
    ['nothing', '', /it is no schedule/],
    [
      'another version',
      text.replace('schedule 1', 'schedule 3'),
      /of version 3 .*; this program knows versions 1 to 2/,
    ],
    ['half of it', text.slice(0, text.length / 2), /cut short/],
    ['all but the last line', text.replace(/end .*\n/, ''), /cut short/],
    [
      'a choice taken out',
      text.replace(/\npreempt .*/, ''),
      /it was edited: its lines have the hash \w{16}, its last line/,
    ],
    [
      'a number changed',
      text.replace(/^at .*/m, 'at 1'),
      /it was edited: its lines have the hash \w{16}, its last line/,
    ],
  ];
  for (const [what, bad, message] of cases)
    test(`${what}: what is wrong, in one line`, () => {
      expect(() => parseSchedule(bad)).toThrow(message);
      expect(() => reseal(text)).not.toThrow();
    });

  const hold: ScheduledChoice = {
    ...{ kind: 'hold', number: 7, process: 'vmdaemon/3', own: 5, choice: 1, chosen: undefined },
    hold: { forNs: 900, place: 'vm_daemon:397', nth: 2 },
  };
  const endless: ScheduledChoice = { ...hold, number: 9, hold: { ...hold.hold!, forNs: undefined } };
  const held = { ...schedule, choices: [hold, ...schedule.choices, endless] };

  test('with holds it is of version 2, and without any of 1, as ever', () => {
    expect(text).toMatch(/^trap12 schedule 1\n/);
    expect(scheduleText(held)).toMatch(/^trap12 schedule 2\n/);
    expect(parseSchedule(scheduleText(held))).toEqual(held);
  });

  test('a hold that is none is named', () => {
    const bad = { ...hold, process: 'no name' };
    expect(() => parseSchedule(scheduleText({ ...schedule, choices: [bad] }))).toThrow(
      /line 8: no hold: "hold 7 no/,
    );
  });

  /** Somebody who knows the form has changed a line, and put the sum right. */
  const resealed = (from: RegExp, to: string): string => {
    const body = scheduleText(held)
      .replace(from, to)
      .replace(/end .*\n$/, '');
    return `${body}end ${textHash(body)}\n`;
  };
  const impossible: [string, RegExp, string, RegExp][] = [
    [
      'a line that breaks off',
      /^hold .*/m,
      'p\r,',
      /^line \d+: no decision: "p\\r,"; expected KIND [^\r\n]*$/,
    ],
    [
      'more choices than any',
      /^choices .*/m,
      'choices 5000000000',
      /^line \d+: choices: "5000000000"; accepted: 0 to/,
    ],
    [
      'a number of choices that is none',
      /^choices .*/m,
      'choices many',
      /^line \d+: choices: "many"; accepted: 0 to/,
    ],
    ['a time that is none', /^seconds .*/m, 'seconds -1', /^line \d+: seconds: "-1"; accepted: 0 to/],
    ['an end before power-on', /^at .*/m, 'at -5', /^line \d+: at: "-5"; accepted: 0 to/],
    ['no machine', /^machine .*/m, 'machine null', /^line \d+: machine: expected the options of a machine$/],
    ['an impossible machine', /"ncpu":\d+/, '"ncpu":99', /^line \d+: machine: ncpu 99: accepted: 1 to 8$/],
    ['an option of another kind', /"ncpu":\d+/, '"ncpu":"1"', /^line \d+: machine: "ncpu" is no option/],
    ['an option that is none', /"ncpu":/, '"files":', /^line \d+: machine: "files" is no option/],
    ['an end that is no text', /^ended .*/m, 'ended {}', /^line \d+: ended: expected a text$/],
    [
      'a decision beyond all',
      /^hold \d+/m,
      'hold 99999999999999999999',
      /is no number of a decision; accepted: up to/,
    ],
  ];
  for (const [what, from, to, message] of impossible)
    test(`${what}, with the right sum: what is wrong, in one line`, () => {
      expect(resealed(from, to)).not.toBe(scheduleText(held));
      expect(() => parseSchedule(resealed(from, to))).toThrow(ScheduleError);
      expect(() => parseSchedule(resealed(from, to))).toThrow(message);
    });

  test('a carriage return from the mail does no harm', () => {
    expect(parseSchedule(text.replaceAll('\n', '\r\n'))).toEqual(schedule);
  });
});

describe('is a replayed schedule the run?', () => {
  test('to the last byte of RAM, devices and console, also in another machine', () => {
    for (const where of [lab, labFor('ab-ba')]) {
      const { examined, divergence } = replaySchedule(where, parseSchedule(text));
      expect(divergence).toBeUndefined();
      expect([examined.hash, examined.attempt.nowNs, examined.failure?.signature]).toEqual([
        schedule.hash,
        schedule.endedNs,
        schedule.ended,
      ]);
    }
  });

  test('whoever looks on', () => {
    const { choices } = schedule;
    for (const closeness of ['no locks', 'locks', 'stacks'] as const) {
      const decide = replayDecider(choices);
      expect(examine(lab, decide, closeness).hash, closeness).toBe(schedule.hash);
    }
  });

  test('and another run has another hash', () => {
    const { examined } = replaySchedule(lab, { ...schedule, choices: [] });
    expect(examined.hash).not.toBe(schedule.hash);
  });

  test('up to a choice: the machine stands behind it and can go on to the same end', () => {
    expect(replayUpTo(lab, schedule, schedule.choices.length)).toBeUndefined();
    const { machine } = lab.system;
    expect(machine.now()).toBeLessThan(schedule.endedNs);
    expect(lab.runOn()).toBe('stuck');
  });
});

function replayDecider(choices: Schedule['choices']) {
  const byKey = new Map(choices.map((c) => [`${c.kind} ${c.number}`, c.choice]));
  return {
    decide: (d: { kind: string; number: number; standard: number }) =>
      byKey.get(`${d.kind} ${d.number}`) ?? d.standard,
  };
}

describe('does a strict replay say where the run departs from the schedule?', () => {
  const { choices } = schedule;
  const at = choices.findIndex((c) => c.kind === 'preempt');
  const changed = (change: Partial<Schedule['choices'][number]>) =>
    replaySchedule(lab, {
      ...schedule,
      choices: choices.map((c, i) => (i === at ? { ...c, ...change } : c)),
    }).divergence;

  test('another process makes the decision', () => {
    const departed = changed({ process: 'nobody/99' })!;
    expect(departed.index).toBe(at);
    expect(departed.recorded).toContain("nobody/99's decision");
    expect(departed.found).toContain(`${choices[at]!.process}'s decision ${choices[at]!.own}`);
  });

  test('it is the process, but another decision of its own', () => {
    expect(changed({ own: 77 })?.recorded).toContain('decision 77');
  });

  test('the choice is out of range', () => {
    expect(changed({ choice: 5 })?.found).toBe('a decision with the choices 0 to 1');
  });

  test('the decision is not reached', () => {
    const departed = changed({ number: 1e6 })!;
    expect(departed.recorded).toContain('preempt 1000000');
    expect(departed.found).toMatch(/not reached: the run ended .* after \d+ decisions/);
  });
});
