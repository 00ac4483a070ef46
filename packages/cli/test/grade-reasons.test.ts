import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isAbout } from '../src/learn/about.js';
import { grade } from '../src/learn/grade.js';
import { type Check, lessons, type Task } from '../src/learn/lesson.js';
import { taskFor } from '../src/learn/tasks.js';
import { patience } from '../src/loop.js';

const DIR = mkdtempSync(join(tmpdir(), 'trap12-reasons-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const PATIENCE = { timeout: 300_000 };

const LOST = 'examples/lessons/lost-wakeup.ts';
const MISSED = 'examples/scenarios/missed-wakeup.ts';

function patch(name: string, lines: readonly string[]): string {
  const path = join(DIR, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

test('is a work that never ends waited for once, and not by each check?', PATIENCE, async () => {
  const before = patience.judgeMs;
  patience.judgeMs = 3000;
  try {
    const path = patch('endless.ts', ['function* waiter(): Sleeps {', '  for (;;) {}', '}']);
    const checks: Check[] = [MISSED, LOST].map((scenario) => ({
      name: scenario,
      scenario,
      schedules: 10,
      says: 'it must end',
    }));
    const graded = await grade({ give: 'patch', checks }, path);
    const goes = 'found that waiter() goes round and lets nobody on (polling, or an endless loop)';
    expect(graded.map(({ passed, says }) => [passed, says])).toEqual([
      [false, `${goes}, wanted no schedule that fails: it must end`],
      [
        false,
        `${goes}, by a check above: this one was not tried, wanted no schedule that fails: it must end`,
      ],
    ]);
  } finally {
    patience.judgeMs = before;
  }
});

const OTHER = 'the kernel died of that, which is another mistake than the one that this check looks for';

test('is the reason of a check none of another panic, and are its numbers there?', PATIENCE, async () => {
  const file = 'gives-it-back-twice.ts';
  const path = patch(file, [
    'function* waiter(): Sleeps {',
    '  yield* mtx_lock(guard);',
    '  mtx_unlock(guard);',
    '  mtx_unlock(guard);',
    '}',
  ]);
  const check: Check = { name: 'x', scenario: MISSED, schedules: 3, says: 'it must be woken' };
  const died = `panic: mutex guard not owned at patch/0-${file}:4 in waiter`;
  const found = `found ${died}, wanted no schedule that fails; a schedule fails: `;
  const of = async (about: string[] | undefined) =>
    (await grade({ give: 'patch', checks: [about ? { ...check, about } : check] }, path))[0]!;
  const other = await of(undefined);
  expect(other.says).toBe(`${found}${OTHER}`);
  expect(other.happened!.join(' ').replace(/\s+/g, ' ')).toContain(died);
  expect((await of(['^panic: mutex guard not owned'])).says).toBe(`${found}it must be woken`);
});

test("is of a lesson's checks each about its own failures?", PATIENCE, async () => {
  const lesson = lessons().find(({ id }) => id === 'break-a-lock')!;
  const checks = lesson.exercise.checks.filter(({ name }) => /^(?:who has taken|nobody comes in)/.test(name));
  const path = patch('keeps.ts', [
    'function* taker(me: u32): Sleeps {',
    '  yield* mtx_lock(guard);',
    '  if (owner !== 0) return;',
    '  owner = me;',
    '  taken++;',
    '  mtx_unlock(guard);',
    '}',
  ]);
  const graded = await grade({ give: 'patch', only: ['taker'], checks }, path);
  const found = 'found panic: recurse in claimant, wanted no schedule that fails; a schedule fails: ';
  expect(graded.map(({ says }) => says)).toEqual([`${found}${checks[0]!.says}`, `${found}${OTHER}`]);
});

test('is a failure meant that the scenario asserts, or that is no panic, unless the check says which?', () => {
  const scenario = 'examples/lessons/held-slot.ts';
  for (const [title, about, meant] of [
    ['panic: a free slot was taken 0 times by taker 2 in check', undefined, true],
    ['panic: the taker has left a free slot in guest', undefined, true],
    ['panic: the taker has left a free slot and more in guest', undefined, false],
    ['panic: mutex slot not owned at patch/0-x.ts:9 in taker', undefined, false],
    ['deadlock: taker 2, guest', undefined, true],
    ['panic: the taker has left a free slot in guest', ['^panic: a free slot'], false],
    ['deadlock: taker 2, guest', ['^panic: a free slot'], false],
    ['panic: a free slot was taken 0 times by taker 2 in check', ['x', '^panic: a free slot'], true],
  ] as const)
    expect([title, isAbout({ scenario, ...(about && { about: [...about] }) }, title)]).toEqual([
      title,
      meant,
    ]);
});

const OK: Check = { name: 'status', value: { status: true }, equals: 0, says: 'it must do well' };

test('is what a program complains of told with its status?', PATIENCE, async () => {
  const task: Task = { give: 'command', run: { ram: '8M', command: 'ANSWER' }, checks: [OK] };
  const [said] = await grade(task, 'echo one; echo two is the reason; false');
  expect(said!.says).toBe('found 1, wanted 0: it must do well (said last: two is the reason)');
  const [mute] = await grade(task, 'false');
  expect(mute!.says).toBe('found 1, wanted 0: it must do well');
});

test(
  'is it told that a program had no more time, or had ended before it was looked at?',
  PATIENCE,
  async () => {
    const main = 'export function main(argc: int, argv: ptr<str>): int {';
    const endless = patch('endless.ts', [main, '  for (;;) {}', '  return 0;', '}']);
    const task = await taskFor(endless, {});
    const [status] = await grade({ ...task, checks: [task.checks[0]!] }, endless);
    expect(status!.says).toBe(
      'found 137, wanted 0: a program that did well says so by its status (endless was killed: exceeded maximum CPU limit)',
    );
    const soon = patch('soon.ts', [main, '  return 0;', '}']);
    const { exercise } = lessons().find(({ id }) => id === 'copy-on-write')!;
    const checks = exercise.checks.filter(({ name }) => /^the parent (?:has|waits)/.test(name));
    const found = (await grade({ ...exercise, checks }, soon)).map(({ says }) => says.split(',')[0]);
    expect(found).toEqual(['found ended', 'found ended']);
  },
);

test('is the end of its time no reason, where a machine is to live so long?', PATIENCE, async () => {
  const lives: Check = { name: 'lives', value: { ended: true }, equals: 'time', says: 'it must live' };
  const regime: Check = {
    name: 'regime',
    value: { ddb: 'show regime', find: '^ vm_mtx +(\\d) ' },
    equals: 1,
    says: 'the mutex stays',
  };
  const run = { ram: '8M', seconds: 1, command: 'sleep 100' };
  const task: Task = { give: 'locking', run, checks: [lives, regime] };
  expect((await grade(task, 'giant')).map(({ says }) => says)).toEqual([
    '',
    'found 0, wanted 1: the mutex stays',
  ]);
  const ends: Task = { ...task, checks: [{ ...lives, equals: 'halt' }, regime] };
  expect((await grade(ends, 'giant')).map(({ says }) => says)).toEqual([
    'found time, wanted halt: it must live (not done in 1 virtual second)',
    'found 0, wanted 1: the mutex stays (not done in time, as above)',
  ]);
  // Blanks around a regime are no part of its name.
  expect(await grade(task, ' vm_mtx-20010519 ')).toMatchObject([{ passed: true }, { passed: true }]);
});

test('is a program that is handed in as a patch told to be one?', async () => {
  const main = 'export function main(argc: int, argv: ptr<str>): int {';
  const path = patch('program.ts', [main, '  const line = fgetln(stdin, null);', '  return 0;', '}']);
  const checks: Check[] = [{ name: 'x', scenario: MISSED, schedules: 1, says: 'y' }];
  await expect(grade({ give: 'patch', checks }, path)).rejects.toThrow(
    /program\.ts: it is a program \(it has main\(\)\); accepted: functions of the kernel$/,
  );
});
