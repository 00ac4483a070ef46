import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { grade, GradeError, type Graded } from '../src/learn/grade.js';
import { readTask, type Task } from '../src/learn/lesson.js';
import { junitXml } from '../src/junit.js';
import { pointsOf, resultsJson, suiteOf } from '../src/learn/results.js';
import { taskFor } from '../src/learn/tasks.js';
import { patience } from '../src/loop.js';
import { waiting } from '../src/learn/waiting.js';
import { called, TOLD_SOON } from './call.js';

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-grade-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const PATIENCE = { timeout: 400_000 };

/** In a folder of one's own, without the house's examples. */
function trap12(...args: string[]) {
  const r = spawnSync(process.execPath, [COMMAND, ...args], { cwd: DIR, encoding: 'utf8', timeout: 190_000 });
  // What takes long on this computer says that it goes on.
  const err = r.stderr.replace(/^trap12: (?:running|looking|trying|compiling) .*\n/gm, '');
  return { status: r.status, out: r.stdout, err };
}

function file(name: string, text: string): string {
  writeFileSync(join(DIR, name), text);
  return name;
}

const read = (name: string): string => readFileSync(join(DIR, name), 'utf8');

/** It looks once more, and gives the mutex back again before it sleeps. */
const NO_CURE = `function* waiter(): Sleeps {
  yield* mtx_lock(guard);
  if (ready === 0) {
    mtx_unlock(guard);
    yield* mtx_lock(guard);
    yield* msleep($addr($ref(ready)), guard, PPAUSE, 'ready', 0);
  }
  mtx_unlock(guard);
}
`;
const TASK = JSON.stringify({
  give: 'patch',
  only: ['waiter'],
  checks: [
    {
      name: 'nobody sleeps <for ever>',
      points: 3,
      scenario: 'examples/scenarios/missed-wakeup.ts',
      schedules: 30,
      says: 'a wakeup is lost',
    },
  ],
});

describe("a scenario's cure", PATIENCE, () => {
  test('that is none gets the failing schedule, which replays, and result files', () => {
    file('task.json', TASK);
    file('no-cure.ts', NO_CURE);
    const flags = ['--results', 'results.json', '--junit', 'junit.xml', '--schedule', 'fails.txt'];
    const r = trap12('grade', 'no-cure.ts', '--task', 'task.json', ...flags);
    expect([r.status, r.err]).toEqual([1, '']);
    expect(r.out).toMatch(
      /^ {2}failed {2}nobody sleeps <for ever>\n {10}found nobody can go on: waiter, wanted/,
    );
    expect(r.out).toContain('A wakeup is lost: starter woke ready when nobody slept there');
    expect(r.out).toMatch(/replay: trap12 replay fails\.txt\n\n0 of 3 points\n$/);
    const again = trap12('replay', 'fails.txt');
    expect([again.status, again.err]).toEqual([0, '']);
    expect(again.out).toMatch(/^nobody can go on: waiter\n.*: as recorded\n$/);

    const results = JSON.parse(read('results.json'));
    expect(results).toMatchObject({
      score: 0,
      tests: [{ score: 0, max_score: 3, status: 'failed', number: '1' }],
    });
    expect(results.tests[0].output).toContain('trap12 schedule 1\n');
    const junit = read('junit.xml');
    expect(junit).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="1" failures="1" /);
    expect(junit).toContain('<testcase classname="no-cure.ts" name="nobody sleeps &lt;for ever&gt;">');
    expect(junit).toContain('trap12 schedule 1\n');
  });

  test('that is one passes', async () => {
    const cure = fileURLToPath(new URL('../../../examples/scenarios/missed-wakeup.cure.ts', import.meta.url));
    const graded = await grade(JSON.parse(TASK) as Task, cure);
    expect(graded).toEqual([
      { name: 'nobody sleeps <for ever>', passed: true, points: 3, says: '', show: '' },
    ]);
  });

  test('may replace only what it is allowed to, and a refusal has a result file as well', () => {
    file('task.json', TASK);
    file(
      'cheat.ts',
      '  export  function * msleep(a: u32, m: mtx, pri: int, wmesg: str, timo: int): Sleeps<int> {\n  return 0;\n}\n',
    );
    const r = trap12('grade', 'cheat.ts', '--task', 'task.json', '--results', 'refused.json');
    expect([r.status, r.out, r.err]).toEqual([
      2,
      '',
      'trap12: cheat.ts: it replaces msleep(); accepted: waiter()\n',
    ]);
    expect(JSON.parse(read('refused.json'))).toMatchObject({
      score: 0,
      output: 'cheat.ts: it replaces msleep(); accepted: waiter()',
      tests: [{ score: 0, max_score: 3, status: 'failed' }],
    });
  });
});

describe('a program that works for longer than it may', PATIENCE, () => {
  test('fails every check soon, and it is told who was at work', async () => {
    for (const [name, body, who] of [
      ['looper', 'for (;;);', /looper runs: does it loop, or poll\?/],
      ['forker', 'for (;;) fork();', /\d+ processes are called forker: does it fork for ever\?/],
    ] as const) {
      file(`${name}.ts`, `export function main(): int {\n  ${body}\n}\n`);
      const checks = [
        { name: 'it ends', value: { ended: true as const }, equals: 'halt', says: 'it must' },
        { name: 'few forks', value: { counter: 'v_forks' }, atMost: 100_000, says: 'it may' },
      ];
      const graded = await grade(
        { give: 'program', run: { command: 'ANSWER', busy: 1 }, checks },
        join(DIR, `${name}.ts`),
      );
      expect(graded.map(({ passed }) => passed)).toEqual([false, false]);
      for (const { says } of graded)
        expect(says).toMatch(/^found more than 1 second of the processor, wanted /);
      expect(graded[0]!.says).toMatch(who);
      expect(graded[1]!.says).toMatch(/ \(too much work, as above\)$/);
    }
  });

  test('and one that sleeps does not', async () => {
    file('sleeper.ts', 'export function main(): int {\n  sleep(20);\n  return 0;\n}\n');
    const checks = [{ name: 'it ends', value: { status: true as const }, equals: 0, says: 'it must' }];
    const graded = await grade(
      { give: 'program', run: { command: 'ANSWER', busy: 1 }, checks },
      join(DIR, 'sleeper.ts'),
    );
    expect(graded.map(({ passed }) => passed)).toEqual([true]);
  });
});

describe('a program', PATIENCE, () => {
  const task: Task = {
    give: 'program',
    run: { ram: '8M', command: 'ANSWER 7' },
    checks: [
      {
        name: 'it ends with the status that it is given',
        value: { status: true },
        equals: 7,
        seeds: 2,
        points: 2,
        says: 'so it was wanted',
      },
      { name: 'the structures add up', value: { invariants: true }, equals: 'none', says: 'they count' },
      {
        name: 'init still runs',
        value: { ddb: 'ps', find: '^ +1 .*(init)$' },
        equals: 'init',
        says: 'it must',
      },
    ],
  };

  test('is run on several machines, and the command that shows a failure shows it', async () => {
    const good = join(
      DIR,
      file(
        'gives.ts',
        'export function main(argc: int, argv: ptr<str>): int {\n  return atoi(argv[1]);\n}\n',
      ),
    );
    const graded = await grade(task, good);
    expect(graded.filter((each) => !each.passed)).toEqual([]);
    expect(pointsOf(graded)).toEqual([4, 4]);
    const bad = join(
      DIR,
      file('eight.ts', 'export function main(argc: int, argv: ptr<str>): int {\n  return 8;\n}\n'),
    );
    const [first] = await grade(task, bad);
    expect(first!.says).toBe('found 8, wanted 7: so it was wanted');
    const words = first!.show.replace(/^trap12 /, '');
    const shown = spawnSync('sh', ['-c', `"$0" "$1" ${words}`, process.execPath, COMMAND], {
      encoding: 'utf8',
    });
    expect(shown.status).toBe(8);
  });

  test('that does not compile, or is called like one of the system, is refused in one line', async () => {
    for (const [name, text, says] of [
      ['broken.ts', 'export function main(): int {\n  return nosuch;\n}\n', /broken\.ts:2:10: .*nosuch/],
      ['sort.ts', 'export function main(): int {\n  return 0;\n}\n', /the system has a program sort/],
      ['a b.ts', '', /1 to 16 letters/],
    ] as const) {
      const refused = grade(task, join(DIR, file(name, text)));
      await expect(refused).rejects.toThrow(GradeError);
      await expect(refused).rejects.toThrow(says);
    }
  });
});

test(
  'does somebody who waits see how far a program is that never ends, and a search?',
  PATIENCE,
  async () => {
    const line = vi.spyOn(waiting, 'line').mockImplementation(() => {});
    try {
      const endless = file('endless.ts', 'export function main(): int { for (;;); return 0; }\n');
      const check = { name: 'it ends', value: { ended: true as const }, equals: 'halt', says: 'it must' };
      const run = { ram: '8M', command: 'ANSWER', seconds: 1 };
      const [graded] = await grade({ give: 'program', run, checks: [check] }, join(DIR, endless));
      expect(graded).toMatchObject({
        passed: false,
        says: 'found time, wanted halt: it must (not done in 1 virtual second)',
      });
      const said = line.mock.calls.map(([what]) => what);
      expect(said).toContainEqual(
        expect.stringMatching(/^running the machine with seed 1: 0\.\d of 1 virtual seconds$/),
      );
      line.mockClear();
      const noCure = join(DIR, file('no-cure-2.ts', NO_CURE));
      await grade(JSON.parse(TASK.replace('30', '31')) as Task, noCure);
      // A search may have found what it looks for before it has its first turn.
      expect(line.mock.calls.map(([what]) => what)).toContain(
        `trying ${noCure} by schedules of examples/scenarios/missed-wakeup.ts`,
      );
    } finally {
      line.mockRestore();
    }
  },
);

test('is a file that is not there called by its name, and no option that nobody gave?', async () => {
  for (const give of ['program', 'patch'] as const)
    await expect(grade({ give, checks: [] }, 'nowhere.ts')).rejects.toThrow(
      new GradeError('nowhere.ts: no such file'),
    );
});

test('does a patch that kills the kernel say how?', PATIENCE, async () => {
  const patch = join(
    DIR,
    file(
      'kill.ts',
      "export function* sync(p: proc, uap: u32): Sleeps<int> {\n  panic('sync by %d', p.p_pid);\n}\n",
    ),
  );
  const task: Task = {
    give: 'patch',
    run: { ram: '8M', command: 'sync' },
    checks: [
      { name: 'it lives', value: { ended: true }, equals: 'halt', says: 'a kernel has to' },
      { name: 'it adds up', value: { invariants: true }, equals: 'none', says: 'it must' },
      { name: 'it swaps little', value: { counter: 'v_swapout' }, atMost: 9, says: 'it may' },
    ],
  };
  const [graded, ...others] = await grade(task, patch);
  if (graded!.passed) throw new Error('nobody has called sync');
  const [first, , last] = task.checks;
  const wanted = { ...first!, value: { ended: true }, equals: 'panic' } as const;
  const asWanted = await grade({ ...task, checks: [wanted, last!] }, patch);
  expect(asWanted.map(({ passed }) => passed)).toEqual([true, true]);
  // What could not be judged.
  expect(others.map(({ passed, says }) => [passed, says])).toEqual([
    [false, 'found panic, wanted none: it must (the kernel died, as above)'],
    [false, 'found panic, wanted at most 9: it may (the kernel died, as above)'],
  ]);
  expect(graded!.says).toMatch(
    /^found panic, wanted halt: a kernel has to \(the kernel died: sync by \d+\)$/,
  );
  expect(graded!.show).toMatch(/^trap12 run --ram 8M --seed 1 --seconds 60 --patch \S+kill\.ts -- sync$/);
});

test('and of a trap, which trap it was', PATIENCE, async () => {
  const text =
    'export function* sync(p: proc, uap: u32): Sleeps<int> {\n  $st32(0xdeadbe00, 1);\n  return 0;\n}\n';
  const task: Task = {
    give: 'patch',
    run: { ram: '8M', command: 'sync' },
    checks: [{ name: 'it lives', value: { ended: true }, equals: 'halt', says: 'a kernel has to' }],
  };
  const [graded] = await grade(task, join(DIR, file('wild.ts', text)));
  if (graded!.passed) throw new Error('nobody has called sync');
  expect(graded!.says).toMatch(
    /a kernel has to \(the kernel died: Fatal trap 12: page fault while in kernel mode\)$/,
  );
});

test('does who ends the system himself get points for an end in order?', PATIENCE, async () => {
  const checks = (ended: string): Task['checks'] => [
    { name: 'ends', value: { ended: true }, equals: ended, says: 'a' },
    { name: 'status', value: { status: true }, equals: 0, says: 'b' },
    { name: 'adds up', value: { invariants: true }, equals: 'none', says: 'c' },
  ];
  const of = async (command: string, given: string, ended = 'halt', ncpu = 1): Promise<unknown[]> => {
    const task: Task = { give: 'command', run: { ram: '8M', ncpu, command }, checks: checks(ended) };
    return (await grade(task, given)).map(({ passed, says }) => passed || says);
  };
  const cut = (name: string, wanted: string, why: string): string =>
    `found a system that ${name} has ended, wanted ${wanted}: ${why}`;
  const by = (name: string): string[] => [cut(name, '0', 'b'), cut(name, 'none', 'c')];
  expect(await of('ANSWER; false', 'reboot')).toEqual(['found reboot, wanted halt: a', ...by('reboot')]);
  const halt = 'cp /sbin/reboot /tmp/halt; /tmp/halt';
  expect(await of('ANSWER; false', halt)).toEqual([cut('halt', 'halt', 'a'), ...by('halt')]);
  expect(await of('ANSWER', 'true')).toEqual([true, true, true]);
  expect(await of('ANSWER', 'true', 'halt', 2)).toEqual([true, true, true]);
  expect(await of('ANSWER; reboot', 'true', 'reboot')).toEqual([true, true, true]);
});

test(
  "is a program of the system's that was replaced seen from outside, when it is there again, too?",
  PATIENCE,
  async () => {
    const task: Task = {
      give: 'command',
      run: { ram: '8M', command: 'ANSWER; true' },
      checks: [{ name: 'programs', value: { programs: true }, equals: 'none', says: 'a' }],
    };
    for (const [given, found] of [
      ['cp /bin/ls /tmp/ls; ls -l /bin > /tmp/list; mkdir /tmp/bin', undefined],
      ['echo echo 24 > /bin/grep', '/bin/grep'],
      ['printf "" >> /bin/grep; cat /bin/grep > /tmp/g; cat /tmp/g > /bin/grep', '/bin/grep'],
      ['cp /bin/echo /tmp/e; mv /tmp/e /bin/ps', '/bin/ps'],
      ['mv /bin/yes /tmp/y; mv /tmp/y /bin/yes', '/bin/yes'],
      ['mv /bin/cat /tmp/c; mv /tmp/c /bin/cat', '/bin/cat'],
      ['cp /bin/echo /bin/sysctl', '/bin/sysctl'],
      ['cp /bin/echo /bin/sysctl; rm /bin/sysctl', '/bin'],
      ['rm /sbin/sysctl', '/sbin/sysctl'],
    ] as const) {
      const [{ says }] = (await grade(task, given)) as [Graded];
      expect([given, says]).toEqual([given, found === undefined ? '' : `found ${found}, wanted none: a`]);
    }
  },
);

describe('a kernel that loops where it does not look at the time', PATIENCE, () => {
  const quick = (run: () => Promise<void>) => async () => {
    const before = { ...patience };
    Object.assign(patience, { runMs: 5000, searchMs: 5000, judgeMs: 5000 });
    try {
      await run();
    } finally {
      Object.assign(patience, before);
    }
  };

  test(
    'is judged by all checks, and where it loops is told',
    quick(async () => {
      const text = 'export function vm_page_activate(m: vm_page): void {\n  for (;;) {}\n}\n';
      const patch = join(DIR, file('loop.ts', text));
      const task: Task = {
        give: 'patch',
        run: { ram: '8M', command: 'memcheck 1m' },
        checks: [
          { name: 'it lives', value: { ended: true }, equals: 'halt', says: 'a kernel has to' },
          { name: 'it adds up', value: { invariants: true }, equals: 'none', says: 'it must' },
        ],
      };
      const graded = await grade(task, patch);
      expect(graded.map(({ passed, says }) => [passed, says])).toEqual([
        [false, 'found no progress, wanted halt: a kernel has to'],
        [false, 'found no progress, wanted none: it must'],
      ]);
      expect(graded[0]!.happened![0]).toMatch(/^no progress: .* for 5 s \(an endless loop\?\)$/);
      expect(graded[0]!.happened![1]).toMatch(
        /^vm_page_activate\(c\w+\) at vm_page_activate\t\[patch\/0-loop\.ts:1\]$/,
      );
    }),
  );

  test.each([
    [1, 'no'],
    [2, 'not every'],
  ])('and where it does look at it, but lets nobody on, that is told long before the end of its time (%d CPUs)', async (ncpu, which) => {
    const text =
      'export function* sync(p: proc, uap: u32): Sleeps<int> {\n  for (;;) {\n    yield* mtx_lock(Giant);\n    mtx_unlock(Giant);\n  }\n}\n';
    const task: Task = {
      give: 'patch',
      run: { ram: '8M', ncpu, seconds: 1000, command: 'sleep 20; sync' },
      checks: [{ name: 'it lives', value: { ended: true }, equals: 'halt', says: 'a kernel has to' }],
    };
    const [graded] = await grade(task, join(DIR, file('livelock.ts', text)));
    expect(graded).toMatchObject({ passed: false, says: 'found no progress, wanted halt: a kernel has to' });
    expect(graded!.happened![0]).toBe(
      `no progress: no program has run, and ${which} processor been idle, for 10 virtual seconds (a livelock?)`,
    );
    expect(graded!.happened!.join('\n')).toMatch(/^sync\(.*\) at sync.*\t\[patch\/0-livelock\.ts:\d\]$/m);
  });

  test('but a machine that sleeps, with processors that are idle, is none', async () => {
    for (const ncpu of [1, 2]) {
      const task: Task = {
        give: 'command',
        run: { ram: '8M', ncpu, seconds: 1000, command: 'ANSWER' },
        checks: [{ name: 'it lives', value: { ended: true }, equals: 'halt', says: 'a kernel has to' }],
      };
      expect(await grade(task, 'sleep 200')).toMatchObject([{ passed: true }]);
    }
  });

  test(
    'is no cure of a scenario, and ends the search',
    quick(async () => {
      const text =
        'function endless(): void {\n  for (;;) {}\n}\nfunction* waiter(): Sleeps {\n  endless();\n}\n';
      const [graded] = await grade(JSON.parse(TASK) as Task, join(DIR, file('loop-cure.ts', text)));
      expect(graded).toMatchObject({
        passed: false,
        says: 'found that endless() goes round and lets nobody on (polling, or an endless loop), wanted no schedule that fails: a wakeup is lost',
      });
      expect(graded!.happened!.slice(0, 3)).toEqual([
        expect.stringMatching(/^no progress/),
        expect.stringMatching(/^endless\(.*\) at endless\t\[patch\/\S+:1\]$/),
        expect.stringMatching(/^waiter\(.*\) at waiter\+0x\w+\t\[patch\/\S+:5\]$/),
      ]);
      const cure = ['--patch', join(DIR, 'loop-cure.ts'), 'examples/scenarios/missed-wakeup.ts'];
      const { status, err } = await called(['explore', '--jobs', '1', ...cure]);
      expect(err).toMatch(
        /^trap12: no progress: .* for 5 s \(an endless loop\?\)\nendless\(.*\) at endless\t\[.*:1\]\n/,
      );
      expect(status).toBe(1);
    }),
  );
});

test(
  'is a program that never ends told of when it has had its share of the processor?',
  PATIENCE,
  async () => {
    const endless = file('endless-2.ts', 'export function main(): int { for (;;); return 0; }\n');
    const path = join(DIR, endless);
    const task = await taskFor(path, {});
    expect(task.run).toEqual({ command: 'ulimit -t 3; ANSWER', busy: 9 });
    // Time of the processor is what this costs: less of it, once.
    const checks = task.checks.map((check) => ({ ...check, seeds: 1 }));
    const graded = await grade(
      { ...task, checks, run: { ...task.run, command: 'ulimit -t 1; ANSWER' } } as Task,
      path,
    );
    expect(graded.map(({ name, passed }) => [name, passed])).toEqual([
      ['it ends with status 0, within 3 seconds of the processor', false],
      ['the system goes down in order', true],
      ["the kernel's structures add up when it has ended", true],
    ]);
    expect(graded[0]!.says).toMatch(/^found 137, wanted 0: /);
  },
);

test('is what is no TypeScript told so, and are errors of the compiler lines of their own?', PATIENCE, () => {
  file('notes.md', '# Notes');
  expect(trap12('grade', 'notes.md')).toEqual({
    status: 2,
    out: '',
    err: 'trap12: notes.md: it is no file of TypeScript; accepted: NAME.ts\n',
  });
  file('two.ts', 'export function main(): int {\n  return nosuch + other;\n}\n');
  const lines = /^trap12: .*two\.ts:2:10: .*nosuch.*\n.*two\.ts:2:19: .*other.*\n$/;
  const { err, status } = trap12('grade', 'two.ts', '--results', 'two.json', '--junit', 'two.xml');
  expect(err).toMatch(lines);
  expect(status).toBe(2);
  expect(JSON.parse(read('two.json')).tests[0].output).toMatch(/:10: .*\n.*:19: /);
  // Ends of lines in an attribute are blanks to who reads XML.
  expect(read('two.xml')).toMatch(/<failure message="[^"\n]*:10: [^"\n]*&#10;[^"\n]*:19: [^"\n]*">/);
  expect(trap12('learn', '6', '--exercise', 'two.ts')).toMatchObject({
    status: 2,
    err: expect.stringMatching(lines),
  });
  const wrong = { ...JSON.parse(lesson), exercise: { ...JSON.parse(lesson).exercise } };
  wrong.exercise.run = { command: 'ANSWER', programs: ['two.ts'] };
  file('two-lesson.json', JSON.stringify(wrong));
  expect(trap12('learn', 'two-lesson.json', '--check').out).toMatch(/^FAULT .*two\.ts:2:10: .*\n.*:19: /m);
});

/** As short as a lesson can be. */
const lesson = JSON.stringify({
  ...{ title: 'x', minutes: 1, about: 'y', steps: [{ text: ['x'] }] },
  exercise: {
    ...{ task: ['z'], hint: 'h', give: 'command', run: { command: 'ANSWER' } },
    checks: [{ name: 'it ends well', value: { status: true }, equals: 0, says: 'it must' }],
    ...{ solution: ['true'], wrong: [{ give: ['false'], fails: 'it ends well' }] },
  },
});

test('is who reads from the console told that there is nothing, and does the command shown say so?', async () => {
  const task = (command: string): Task => ({
    give: 'command',
    run: { ram: '8M', command },
    checks: [
      { name: 'it ends', value: { ended: true }, equals: 'halt', says: 'it must' },
      { name: 'with 7', value: { status: true }, equals: 7, says: 'so it was wanted' },
    ],
  });
  const [ended, status] = await grade(task('ANSWER; exit 7'), 'cat; cat');
  expect([ended!.passed, status!.passed]).toEqual([true, true]);
  const [, read7] = await grade(task('ANSWER'), 'cat');
  expect(read7!.show).toMatch(/^trap12 run .* -- cat < \/dev\/null$/);
  const [, reads] = await grade(task('ANSWER'), 'true');
  expect(reads!.show).toMatch(/ -- true$/);
});

test('does a command that is handed in leave alone what is run behind it?', PATIENCE, async () => {
  const task: Task = {
    give: 'command',
    run: { ram: '8M', command: 'ANSWER; echo counted; false' },
    checks: [
      { name: 'counted', value: { console: '^(counted)$' }, equals: 'counted', says: 'it was' },
      { name: 'false', value: { status: true }, equals: 1, says: 'it is last' },
    ],
  };
  for (const sly of [
    'exit 0',
    'exec true',
    'echo() { true; }',
    'alias false=true',
    'true; (exit 0',
    "echo 'x",
  ]) {
    const graded = await grade(task, sly);
    expect([sly, ...graded.map(({ passed }) => passed)]).toEqual([sly, true, true]);
  }
});

test('does learn keep the schedule that fails where --schedule says, as grade does?', PATIENCE, () => {
  file('no-cure-3.ts', NO_CURE);
  const handIn = ['learn', '11', '--exercise', 'no-cure-3.ts'];
  const r = trap12(...handIn, '--schedule', 'of-learn.txt');
  expect([r.status, r.err]).toEqual([1, '']);
  expect(r.out).toContain('save the schedule (--schedule FILE)');
  expect(r.out).toMatch(/\nreplay: trap12 replay of-learn\.txt\n/);
  expect(trap12('replay', 'of-learn.txt').out).toMatch(/: as recorded\n$/);
  // And where none fails, what lies there is of before.
  const cure = fileURLToPath(new URL('../../../examples/scenarios/missed-wakeup.cure.ts', import.meta.url));
  expect(trap12('learn', '11', '--exercise', cure, '--schedule', 'of-learn.txt')).toMatchObject({
    status: 0,
    err: 'trap12: --schedule of-learn.txt: not written: no schedule failed\n',
  });
  expect(trap12('learn', '11', '--schedule', 'x.txt')).toMatchObject({
    status: 2,
    err: 'trap12: --schedule is of what is handed in: give --exercise, too\n',
  });
});

test('is there a result file of work that cannot even be read?', PATIENCE, () => {
  mkdirSync(join(DIR, 'dir.ts'));
  const says = 'cannot read dir.ts: it is a directory';
  expect(trap12('grade', 'dir.ts', '--results', 'unread.json', '--junit', 'unread.xml')).toEqual({
    status: 2,
    out: '',
    err: `trap12: ${says}\n`,
  });
  expect(JSON.parse(read('unread.json'))).toMatchObject({
    score: 0,
    tests: [{ status: 'failed', output: says }],
  });
  expect(read('unread.xml')).toContain(`<failure message="${says}">`);
});

describe('whatever ends grading, no older result is left', PATIENCE, () => {
  const busy = JSON.stringify({
    give: 'command',
    run: { command: 'ANSWER', seconds: 100_000 },
    checks: ['a', 'b'].map((name) => ({ name, points: 2, says: 's', value: { status: true }, equals: 0 })),
  });
  const unfinished = 'grading has not come to its end: nothing is known of this work';

  /** Ends a command by a signal once a machine is run. */
  async function ended(args: readonly string[], signal: NodeJS.Signals): Promise<unknown[]> {
    const child = spawn(process.execPath, [...TOLD_SOON, COMMAND, 'grade', ...args], {
      ...{ cwd: DIR, detached: true },
    });
    const end = once(child, 'close');
    let said = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (/running the machine/.test(said)) resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    process.kill(-child.pid!, signal);
    return end;
  }

  test.each(['SIGKILL', 'SIGTERM'] as const)('%s', async (signal) => {
    file('busy.json', busy);
    file('killed.json', 'an older one');
    file('killed.xml', 'an older one');
    const files = ['--results', 'killed.json', '--junit', 'killed.xml'];
    expect(await ended(['while :; do :; done', '--task', 'busy.json', ...files], signal)).toEqual([
      null,
      signal,
    ]);
    expect(JSON.parse(read('killed.json'))).toMatchObject({
      score: 0,
      output: unfinished,
      tests: ['a', 'b'].map((name) => ({
        name,
        score: 0,
        max_score: 2,
        status: 'failed',
        output: unfinished,
      })),
    });
    expect(read('killed.xml')).toContain(`<failure message="${unfinished}">`);
  });

  test('but to what is no file only the result goes', () => {
    file('ok.json', command(',"equals":0'));
    const r = spawnSync(
      'sh',
      [
        '-c',
        '"$0" "$1" grade true --task ok.json --results /dev/stderr 2>&1 >/dev/null | cat',
        process.execPath,
        COMMAND,
      ],
      { cwd: DIR, encoding: 'utf8' },
    );
    expect(r.stdout).toContain('"score": 1');
    expect(r.stdout).not.toContain(unfinished);
  });
});

test('are odd characters written so that the files can be read?', () => {
  const graded: Graded[] = [
    { name: 'a & b', passed: false, points: 1, says: 'a\u0007"<&>\u001b[1m', show: '' },
    { name: 'c', passed: true, points: 0.5, says: '', show: '' },
  ];
  const grading = { what: 'x<y>.ts', graded, seconds: 1.5 };
  expect(JSON.parse(resultsJson(grading))).toMatchObject({ score: 0.5, execution_time: 2 });
  const xml = junitXml(suiteOf(grading));
  expect(xml).toContain('message="a?&quot;&lt;&amp;&gt;?[1m"');
  // Nothing but whole tags and known entities is left.
  const left = xml
    .replace(/<\/?[\w?]+(?: [\w.]+="[^"<&]*(?:&\w+;[^"<&]*)*")*[/?]?>/g, '')
    .replace(/&(?:amp|lt|gt|quot);/g, '');
  expect(left).not.toMatch(/[<&>]/);
});

/** A task about a command's status; `more` is put into its check. */
const command = (more: string): string =>
  `{"give":"command","run":{"command":"ANSWER"},"checks":[{"name":"x","says":"y","value":{"status":true}${more}}]}`;

test("is a teacher's file that cannot be used refused with the reason?", () => {
  for (const [text, says] of [
    ['{', /task-x\.json:1:2: it is no JSON from here on/],
    [
      '{"give":"essay","checks":[]}',
      /has "essay" for give, which is none; accepted: command, program, locking, patch/,
    ],
    ['{"checks":[]}', /has no give; accepted: command/],
    ['{"give":"patch","checks":[]}', /no checks/],
    ['{"give":"patch","checks":[{"name":"x","says":"y"}]}', /no run with a command for "x"/],
    [
      '{"give":"program","run":{"command":"ANSWER"},"checks":[{"name":"x","says":"y","scenario":"z.ts"}]}',
      /only a patch/,
    ],
    [
      '{"give":"patch","checks":[{"name":"x","says":"y","scenario":"z.ts","points":-1}]}',
      /points is not a number, 0 or more/,
    ],
    [
      command(',"atLest":3'),
      /checks\[1\] has a field "atLest" .*mean "atLeast".*; accepted: name, says, points,/,
    ],
    [command(',"equals":3,"pionts":3'), /"pionts" that is none \(did you mean "points"\?\)/],
    [command(',"equals":3,"frobnicate":3'), /"frobnicate" that is none; accepted/],
    [command(',"atLeast":"3"'), /checks\[1\]\.atLeast is not a number/],
    // What is tried not even once passes everybody.
    ...['0', '-2', '1.5'].map(
      (n) => [command(`,"equals":0,"seeds":${n}`), /seeds is not a whole number, 1/] as const,
    ),
    [
      '{"give":"patch","checks":[{"name":"x","says":"y","scenario":"z.ts","schedules":0}]}',
      /checks\[1\]\.schedules is not a whole number, 1 or more/,
    ],
    [command(',"equals":0').replace('"ANSWER"', '"ANSWER","ram":"3Q"'), /run\.ram is not a size, as 64M/],
    [
      command(',"equals":0').replace('"ANSWER"', '"ANSWER","seconds":-1'),
      /run\.seconds is not a number above 0/,
    ],
    [command(',"equals":0').replace('"x"', '" "'), /checks\[1\]\.name is not a text that is not empty/],
    [command(''), /demands nothing by "x": it has none of equals, atLeast, atMost/],
  ] as const) {
    const path = join(DIR, file('task-x.json', text));
    expect(() => readTask(path)).toThrow(says);
  }
  const z = '{"give":"patch","checks":[{"name":"x","says":"y","scenario":"z.ts"}]}';
  const path = join(DIR, file('task-x.json', z));
  expect(() => readTask(path)).toThrow(/checks\[1\] "x"\.scenario: no file .*z\.ts/);
  file('z.ts', '');
  expect(readTask(path).checks[0]).toMatchObject({ scenario: join(DIR, 'z.ts') });
});
