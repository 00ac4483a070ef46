import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { refuseUnknown } from '../src/learn/asked.js';
import { lessons, ownLesson, readTask } from '../src/learn/lesson.js';
import { called } from './call.js';

const DIR = mkdtempSync(join(tmpdir(), 'trap12-teacher-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const LESSONS = fileURLToPath(new URL('../lessons/', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: what a teacher writes may be anything
type Json = any;

const check = (): Json => ({ name: 'x', says: 'y', value: { status: true }, equals: 0 });

/** A task about a command, changed. */
function taskFile(change: (task: Json, check: Json) => void): string {
  const task = { give: 'command', run: { command: 'ANSWER' }, checks: [check()] };
  change(task, task.checks[0]);
  const path = join(DIR, 'task.json');
  writeFileSync(path, JSON.stringify(task));
  return path;
}

/** A lesson, changed. */
function lessonFile(change: (lesson: Json, question: Json, step: Json) => void): string {
  const question = {
    ...{ ask: 'a', run: { command: 'true' }, value: { status: true }, hint: 'h', so: 's', wrong: ['1'] },
  };
  const step = { question };
  const exercise = {
    ...{ task: ['z'], hint: 'h', give: 'command', run: { command: 'ANSWER' }, checks: [check()] },
    ...{ solution: ['true'], wrong: [{ give: ['false'], fails: 'x' }] },
  };
  const lesson = { title: 'x', minutes: 1, about: 'y', steps: [step], exercise };
  change(lesson, question, step);
  const path = join(DIR, 'lesson.json');
  writeFileSync(path, JSON.stringify(lesson));
  return path;
}

describe('what cannot be meant in a task is told when it is read, in one line with what is accepted', () => {
  const patch = (task: Json): void => {
    writeFileSync(join(DIR, 's.ts'), 'function* waiter(): Sleeps {\n}\n');
    task.give = 'patch';
    task.checks = [{ name: 'x', says: 'y', scenario: 's.ts' }];
    delete task.run;
  };
  const cases: [string, (task: Json, check: Json) => void, RegExp][] = [
    [
      'a counter',
      (_, c) => Object.assign(c, { value: { counter: 'v_zfood' } }),
      /checks\[1\] "x"\.value\.counter: no counter "v_zfood" \(did you mean "v_zfod"\?\); accepted: v_swtch, /,
    ],
    ...['console', 'panic'].map((kind): [string, (task: Json, check: Json) => void, RegExp] => [
      `a pattern, ${kind}`,
      (_, c) => Object.assign(c, { value: { [kind]: '^(\\d+' } }),
      new RegExp(`value\\.${kind}: Invalid regular expression: .*Unterminated group; accepted: `),
    ]),
    [
      'a pattern of the debugger',
      (_, c) => Object.assign(c, { value: { ddb: 'ps', find: '*' } }),
      /value\.find: Invalid regular expression: .*Nothing to repeat; accepted: /,
    ],
    [
      'three groups',
      (_, c) => Object.assign(c, { value: { console: '(a)(b)(c)' } }),
      /has 3 groups; accepted: up to 2/,
    ],
    ...['console', 'panic', 'find'].map((kind): [string, (task: Json, check: Json) => void, RegExp] => [
      `a pattern without a group, ${kind}`,
      (_, c) =>
        Object.assign(c, { value: { [kind]: '^a (?:b|\\()$', ...(kind === 'find' ? { ddb: 'ps' } : {}) } }),
      new RegExp(`value\\.${kind}: the pattern "\\^a .*" has no group; accepted: \\( and \\) around what is`),
    ]),
    ['an empty pattern', (_, c) => Object.assign(c, { value: { console: '' } }), /an empty pattern/],
    [
      'two kinds in a value',
      (_, c) => Object.assign(c, { value: { status: true, console: 'a' } }),
      /value has console and status; accepted: one of counter, /,
    ],
    [
      'no kind',
      (_, c) => Object.assign(c, { value: {} }),
      /says not what is read; accepted: one of counter, /,
    ],
    [
      'schedules of a machine',
      (_, c) => Object.assign(c, { value: { explored: 'a' } }),
      /value has explored, which is none of a machine; accepted: one of/,
    ],
    ['ddb alone', (_, c) => Object.assign(c, { value: { ddb: 'ps' } }), /ddb without find; accepted: both/],
    ['find alone', (_, c) => Object.assign(c.value, { find: '(a)' }), /find without ddb; accepted: both/],
    [
      'bounds',
      (_, c) => Object.assign(c, { value: { counter: 'v_zfod' }, equals: undefined, atLeast: 3, atMost: 2 }),
      /at least 3 and at most 2 is nothing; accepted: atLeast up to atMost/,
    ],
    [
      'equals beside bounds',
      (_, c) => Object.assign(c, { equals: 1, atLeast: 3 }),
      /equals is 1, which is not within atLeast and atMost/,
    ],
    [
      'a bound of no number',
      (_, c) => Object.assign(c, { value: { ended: true }, equals: undefined, atLeast: 1 }),
      /atLeast: that value is no number; accepted: equals/,
    ],
    [
      'less of no number',
      (_, c) => Object.assign(c, { value: { invariants: true }, equals: 'none', less: { command: 'true' } }),
      /less: nothing can be taken off that value/,
    ],
    [
      'a text of a counter',
      (_, c) => Object.assign(c, { value: { counter: 'v_zfod' }, equals: 'ten' }),
      /equals is "ten"; accepted: a number/,
    ],
    ['a status', (_, c) => Object.assign(c, { equals: 256 }), /equals is 256; accepted: 0 to 255, or none/],
    [
      'an ending',
      (_, c) => Object.assign(c, { value: { ended: true }, equals: 'halted' }),
      /equals is "halted"; accepted: halt, panic, time, reboot, no progress/,
    ],
    [
      'schedules for a machine',
      (_, c) => Object.assign(c, { schedules: 3 }),
      /a check by a machine has no schedules; accepted: name, /,
    ],
    [
      'equals for schedules',
      (t) => {
        patch(t);
        t.checks[0].equals = 0;
      },
      /a check by schedules has no equals; accepted: name, says, points, scenario, schedules, seed/,
    ],
    [
      'races without a strategy',
      (t) => {
        patch(t);
        t.checks[0].races = true;
      },
      /races needs a strategy; accepted: strategy, as "random"/,
    ],
    [
      'what it is about, of no pattern',
      (t) => {
        patch(t);
        t.checks[0].about = ['a', '('];
      },
      /checks\[1\] "x"\.about\[2\]: Invalid regular expression: .*; accepted: a regular expression/,
    ],
    [
      'what a machine is about',
      (_, c) => Object.assign(c, { about: ['a'] }),
      /a check by a machine has no about; accepted: name, /,
    ],
    [
      'a system call that is none',
      (_, c) => Object.assign(c, { value: { calls: [210, 345] }, equals: 'none' }),
      /calls: no system call 345; accepted: 0 to 344/,
    ],
    ['a name twice', (t) => t.checks.push(check()), /two are called "x"; accepted: a name for each/],
    [
      'no points at all',
      (_, c) => Object.assign(c, { points: 0 }),
      /points are 0 in sum; accepted: more than 0/,
    ],
    [
      'a command that does not run the answer',
      (t) => Object.assign(t.run, { command: 'true' }),
      /run\.command does not run the command that is given; accepted: one with ANSWER in it/,
    ],
    ['an empty command', (t) => Object.assign(t.run, { command: ' ' }), /run\.command is empty; accepted: /],
    [
      'ANSWER where none is',
      (_, c) => Object.assign(c, { less: { command: 'ANSWER' } }),
      /less\.command has ANSWER, .*; accepted: in the run of a task/,
    ],
    ['only of a command', (t) => Object.assign(t, { only: ['sync'] }), /only is of a patch/],
    [
      'only of no function',
      (t) => {
        patch(t);
        t.only = ['waitr', 'waiter'];
      },
      /only: no function waitr\(\).* in the kernel or in s\.ts/,
    ],
    [
      'only of nothing',
      (t) => {
        patch(t);
        t.only = [];
      },
      /only is empty.*; accepted: names of functions/,
    ],
    ['a size', (t) => Object.assign(t.run, { ram: '1K' }), /run\.ram is "1K"; accepted: 4M to 2G/],
    ['swap', (t) => Object.assign(t.run, { swap: '9G' }), /run\.swap is "9G"; accepted: 1M to 2G, or 0 for/],
    ['ncpu', (t) => Object.assign(t.run, { ncpu: 9 }), /run\.ncpu is 9; accepted: 1 to 8/],
    ['a seed', (t) => Object.assign(t.run, { seed: 0.5 }), /run\.seed is not a whole number, 0 or more/],
    ['seconds', (t) => Object.assign(t.run, { seconds: 1e9 }), /run\.seconds is 1000000000; accepted: up to/],
    [
      'a regime',
      (t) => Object.assign(t.run, { locking: 'gaint' }),
      /run\.locking is "gaint"; no locking regime "gaint"; accepted: giant, /,
    ],
    [
      'a switch of one',
      (t) => Object.assign(t.run, { locking: 'giant,swap=2' }),
      /"swap=2" sets no switch; accepted: /,
    ],
    [
      'the regime that is given',
      (t) => Object.assign(t, { give: 'locking', run: { command: 'true', locking: 'giant' } }),
      /run\.locking is what is given/,
    ],
    [
      'a file',
      (t) => Object.assign(t.run, { patches: ['gone.ts'] }),
      /run\.patches\[1\]: no file .*gone\.ts/,
    ],
    [
      'a file of another kind',
      (t) => Object.assign(t.run, { programs: ['task.json'] }),
      /run\.programs\[1\]: task\.json is no file of TypeScript; accepted: NAME\.ts/,
    ],
  ];

  test.each(cases)('%s', (_, change, says) => {
    const path = taskFile(change);
    expect(() => readTask(path)).toThrow(says);
    expect(() => readTask(path)).toThrow(path);
    expect(() => readTask(path)).not.toThrow(/\n/);
  });

  test('and what can be meant is not refused', () => {
    expect(readTask(taskFile(() => undefined))).toMatchObject({ give: 'command' });
    const open = taskFile((task) => {
      patch(task);
      task.only = ['waiter', 'sync'];
    });
    expect(readTask(open)).toMatchObject({ only: ['waiter', 'sync'] });
  });
});

test.each<[string, (lesson: Json, question: Json, step: Json) => void, RegExp]>([
  [
    'a counter',
    (_, q) => Object.assign(q, { value: { counter: 'zfod' } }),
    /steps\[1\]\.question\.value\.counter: no counter "zfod" \(did you mean "v_zfod"\?\)/,
  ],
  [
    'a machine',
    (_, q) => Object.assign(q.run, { ram: '3G' }),
    /steps\[1\]\.question\.run\.ram is "3G"; accepted/,
  ],
  [
    'ANSWER',
    (_, q) => Object.assign(q.run, { command: 'ANSWER' }),
    /steps\[1\]\.question\.run\.command has ANSWER/,
  ],
  [
    'both a scenario and a machine',
    (_, q) => Object.assign(q, { run: { scenario: 'examples/scenarios/ab-ba.ts', ram: '8M' } }),
    /question\.run: one of a scenario has no ram; accepted: scenario, patches/,
  ],
  [
    'what is read of a scenario',
    (_, q) => Object.assign(q, { run: { scenario: 'examples/scenarios/ab-ba.ts' } }),
    /question\.value has status, which is none of schedules; accepted: one of explored/,
  ],
  ...[
    'SIGBUS',
    '(?:.*/)?x\\.ts(?::ANSWER)?',
    'ANSWER|[a-z]+',
    '(?=ANSWER).*',
    '(?:a|ANSWER)',
    'ANSWER{0,1}',
  ].map((also): [string, (lesson: Json, question: Json) => void, RegExp] => [
    `another writing that is taken whatever the machine says, ${also}`,
    (_, q) => Object.assign(q, { also: ['x:ANSWER', also] }),
    /question\.also\[2\]: ".*" takes a text without the machine's answer, so whatever it is; accepted: one/,
  ]),
  ['a signal that is none', (_, q) => Object.assign(q, { signal: 'yes' }), /question\.signal is not true/],
  [
    'two kinds of step',
    (_l, _q, s) => Object.assign(s, { text: ['x'] }),
    /step 1 has text and question; accepted: one of them/,
  ],
  [
    'the check that a wrong try fails',
    (l) => Object.assign(l.exercise.wrong[0], { fails: 'y' }),
    /exercise\.wrong\[1\]\.fails is "y"; accepted: "x"/,
  ],
  [
    'its exercise',
    (l) => Object.assign(l.exercise.checks[0], { value: { console: '(' } }),
    /exercise\.checks\[1\] "x"\.value\.console: Invalid regular expression/,
  ],
])('nor is it in a lesson: %s', (_, change, says) => {
  expect(() => ownLesson(lessonFile(change))).toThrow(says);
});

test('do our own lessons have only what can be meant?', async () => {
  for (const { id, number } of lessons()) {
    const path = `${LESSONS}${String(number).padStart(2, '0')}-${id}.json`;
    await refuseUnknown(path, ownLesson(path));
  }
});

describe('what only a machine knows is asked of one before anybody is judged', { timeout: 60_000 }, () => {
  test.each<[string, (task: Json, check: Json) => void, RegExp]>([
    [
      'a command of the debugger',
      (_, c) => Object.assign(c, { value: { ddb: 'shwo lock Giant', find: '(a)' } }),
      /checks\[1\] "x"\.value\.ddb: to "shwo lock Giant" the debugger says "No such command"; accepted: /,
    ],
    [
      'a lock',
      (_, c) => Object.assign(c, { value: { ddb: 'show lock vm_mutex', find: '(a)' } }),
      /to "show lock vm_mutex" the debugger says "Symbol not found"; accepted: /,
    ],
    [
      'a process',
      (t) => Object.assign(t.run, { suspect: 'vmdeamon' }),
      /run\.suspect: no process "vmdeamon" \(did you mean "vmdaemon"\?\); accepted: .*pagedaemon.*, or a program/,
    ],
    [
      'a program that there is not',
      (t) => {
        t.run.command = 'ANSWER; memchek 3m';
      },
      /run.command: the machine has no program "memchek" \(did you mean "memcheck"\?\)/,
    ],
  ])('%s', async (_, change, says) => {
    const path = taskFile(change);
    await expect(refuseUnknown(path, readTask(path))).rejects.toThrow(says);
    const { status, err } = await called(['grade', 'true', '--task', path]);
    expect([status, err]).toEqual([2, expect.stringMatching(says)]);
    expect(err.split('\n').length).toBe(2);
  });

  test('but a function of the shell is none', async () => {
    const path = taskFile((task) => {
      task.run.command = 'memchek() { memcheck $1; }; ANSWER; memchek 3m';
    });
    await refuseUnknown(path, readTask(path));
  });

  test('but a name of a patch may be any', async () => {
    const value = { ddb: 'x/d moves', find: '(a)' };
    const of = async (change: (task: Json, check: Json) => void): Promise<void> => {
      const path = taskFile((task, c) => {
        Object.assign(c, { value });
        change(task, c);
      });
      await refuseUnknown(path, readTask(path));
    };
    await expect(of(() => undefined)).rejects.toThrow(/Symbol not found/);
    await of((task) => Object.assign(task.run, { patches: ['examples/lessons/wrong-order.ts'] }));
    await of((task) => Object.assign(task, { give: 'patch', run: { command: 'true' } }));
  });
});

test('is a file taken with a mark before it, and one told of in a line that is none?', async () => {
  const path = taskFile(() => undefined);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, `\ufeff${text}`);
  expect(readTask(path)).toMatchObject({ give: 'command' });
  const twice = text.replace('"give"', '"give":"patch","give"');
  const minutes = (n: string): string =>
    readFileSync(
      lessonFile(() => undefined),
      'utf8',
    ).replace('"minutes":1', `"minutes":${n}`);
  for (const [name, bytes, says] of [
    ['gone', undefined, 'gone.json: no such file'],
    [
      'binary',
      Buffer.from([0x7f, 0x45, 0x0a, 0xff, 0, 10, 13, 7]),
      'binary.json: it is no text; accepted: JSON',
    ],
    ['twice', twice, 'twice.json:1:17: "give" is there a second time; accepted: each field once'],
    ['past', minutes('-3'), 'past.json: minutes is not a number above 0 and up to 1000'],
    ['long', minutes('1e300'), 'long.json: minutes is not a number above 0 and up to 1000'],
  ] as const) {
    const file = join(DIR, `${name}.json`);
    if (bytes !== undefined) writeFileSync(file, bytes);
    const { status, err } = await called(['learn', file]);
    expect([status, err]).toEqual([2, expect.stringContaining(says)]);
    expect(err.split('\n').length).toBe(2);
  }
});
