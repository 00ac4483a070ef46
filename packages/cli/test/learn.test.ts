import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { signalWords } from '../src/learn/also.js';
import { checkLesson, questionFault, slyFault, solutionFault, wrongFault } from '../src/learn/check.js';
import { grade, isRight, isTaken, rightAnswer } from '../src/learn/grade.js';
import { outcomeOf } from '../src/learn/outcome.js';
import { signalsTold } from '@trap12/system/interruption.js';
import { interruptible, refuseInterrupted } from '../src/learn/interrupt.js';
import { called } from './call.js';
import {
  type Check,
  type Exercise,
  lessons,
  type Numbered,
  ownLesson,
  type Question,
  questionsOf,
  readLesson,
} from '../src/learn/lesson.js';
import { nameOf, placedIn, withFile } from '../src/learn/handed-in.js';
import { commandFault } from '../src/learn/commands.js';
import { coursePage, lessonPage, pageName } from '../src/learn/page.js';
import { ProgressFile } from '../src/learn/progress.js';
import { gradedLines, Session } from '../src/learn/session.js';
import { slyAnswers } from '../src/learn/sly.js';

const course = lessons();
const DOCS = new URL('../../../docs/course/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'trap12-learn-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PATIENCE = { timeout: 300_000 };
const FULL = process.env.TRAP12_FULL !== undefined;
const SLY = new Map(
  await Promise.all(course.map(async (each) => [each, FULL ? await slyAnswers(each.exercise) : []] as const)),
);
/** As it was built: processes of their own have it from there. */
const PROGRESS = fileURLToPath(new URL('../dist/learn/progress.js', import.meta.url));
const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));

/** What a learner types that no question runs; searches for panics and schedules have tests of their own. */
function typedOnly(lesson: Numbered): (readonly string[])[] {
  const asked = questionsOf(lesson).flatMap(({ run }) => ('command' in run ? [run.command] : []));
  return lesson.steps.flatMap((step) =>
    'type' in step && !asked.includes(step.type.at(-1)!) && !/^(?:explore|reproduce)$/.test(step.type[0]!)
      ? [step.type]
      : [],
  );
}

for (const lesson of course) {
  describe(`lesson ${lesson.number}, ${lesson.title}`, () => {
    for (const [i, question] of questionsOf(lesson).entries()) {
      test(
        `the machine answers question ${i + 1}, and looks that are wrong are refused`,
        PATIENCE,
        async () => {
          expect(await questionFault(question)).toBeUndefined();
        },
      );
    }

    test('the exercise takes its solution', PATIENCE, async () => {
      expect(await solutionFault(lesson.exercise)).toBeUndefined();
    });

    for (const [i, wrong] of lesson.exercise.wrong.entries()) {
      // Of one check one try; npm run acceptance asks all.
      const before = lesson.exercise.wrong.slice(0, i);
      if (!FULL && before.some(({ fails }) => fails === wrong.fails)) continue;
      test(`and refuses wrong try ${i + 1}: ${wrong.fails}`, PATIENCE, async () => {
        expect(await wrongFault(lesson.exercise, wrong)).toBeUndefined();
      });
    }

    for (const { what, give } of SLY.get(lesson) ?? []) {
      test(`and an answer that ${what}`, PATIENCE, async () => {
        expect(await slyFault(lesson.exercise, give!)).toBeUndefined();
      });
    }

    for (const words of typedOnly(lesson)) {
      test(`and ${words.join(' ')} is taken`, PATIENCE, async () => {
        expect(await commandFault(COMMAND, words)).toBeUndefined();
      });
    }

    test('its page is the generated one (node tools/course.mjs)', () => {
      expect(readFileSync(new URL(pageName(lesson), DOCS), 'utf8')).toBe(lessonPage(lesson));
    });
  });
}

test(
  'is what the hint of lesson 3 names done in time, where memory is but little too small?',
  PATIENCE,
  async () => {
    for (const command of ['memcheck -r 36m', 'memcheck 52m'])
      expect(await solutionFault({ ...course[2]!.exercise, solution: [command] })).toBeUndefined();
  },
);

// Not by the host's patience with an endless loop, which a fast host does not come to.
for (const id of ['a-deadlock', 'a-lost-wakeup', 'break-a-lock'])
  test(`does the scenario of ${id} itself tell of who polls?`, PATIENCE, async () => {
    const { exercise } = course.find((lesson) => lesson.id === id)!;
    const [poller] = exercise.wrong.filter(({ give }) => give.some((line) => line.includes('mi_switch()')));
    const file = join(folder, 'poller.ts');
    writeFileSync(file, poller!.give.join('\n'));
    const checks = exercise.checks.filter(({ name }) => name === poller!.fails);
    const [graded] = await grade({ ...exercise, checks }, file);
    expect(graded!.says).toMatch(/^found panic: .*looks again and again/);
  });

/** A right answer to lesson 2 with lines of its own before it maps, before it touches, before it forks. */
const forking = (mapped: string, touched: string, forked: string): string[] => [
  'export function main(argc: int, argv: ptr<str>): int {',
  mapped,
  '  const p = mmap(0, 64 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);',
  touched,
  '  for (let i: u32 = 0; i < 64; i++) $st8(p + i * PAGE_SIZE, 1);',
  forked,
  '  if (fork() === 0) {',
  '    for (let i: u32 = 0; i < 8; i++) $st8(p + i * PAGE_SIZE, 2);',
  "    printf('written\\n');",
  '    sleep(3);',
  '    exit(0);',
  '  }',
  '  wait(null);',
  '  return 0;',
  '}',
];

// The buffer of printf() lies beside the 64 pages: it may not become one piece with them.
for (const [when, lines] of Object.entries({
  'before it maps': forking("  printf('mapping\\n');", '', ''),
  'before it touches': forking('', "  printf('mapped\\n');", ''),
  'before it forks': forking('', '', "  printf('touched\\n');"),
}))
  test(`is a program of lesson 2 taken that prints ${when}?`, PATIENCE, async () => {
    expect(await solutionFault({ ...course[1]!.exercise, solution: lines })).toBeUndefined();
  });

/** Where another command has the same answer: it counts what the one that is typed lists. */
const ALIKE = ['ps -axo state | grep -c IW', 'wc -c /bin/sh'];

test('is a question about the very run that was typed? Another command comes to other numbers', () => {
  for (const { id, steps } of course) {
    let typed: readonly string[] = [];
    for (const step of steps) {
      if ('type' in step) typed = step.type;
      if (!('question' in step) || !('command' in step.question.run)) continue;
      const { command } = step.question.run;
      if (!ALIKE.some((end) => command.endsWith(end))) expect([id, typed.at(-1)]).toEqual([id, command]);
    }
  }
});

test('is a right answer taken in other writings of it, and only of it?', async () => {
  for (const [lesson, n, right, given, others] of [
    [
      1,
      0,
      '1051',
      [
        ...['0x41b', '0X41B', ' 1051 ', '+1051', '1051 pages', '1051 faults'],
        ...['1,051', '1_051', "1'051", '+1,051 pages', '1 051', '1 051 pages'],
      ],
      [
        ...[
          '1051 bytes',
          '41b',
          '-1051',
          '10511',
          '1051.5',
          '1051 pages 2',
          'pages',
          '0x',
          '',
          ' ',
          'not known',
        ],
        ...[
          '1.051',
          '1 051 1',
          '10 51',
          '0 1 051',
          '1 051 bytes',
          '10,51',
          '105,1',
          '1,0,51',
          ',1051',
          '1,051,',
          '1051,',
          '1,051.5',
          '1,051 bytes',
          '-1,051',
        ],
        ...['0,1051', '1,051,051', '1,052', 'none', '01,051', '1,051e0', '2,1,051'],
      ],
    ],
    [1, 1, '1100', ['1100 faults', '+1100'], ['1100 pages', '110', '11 00', 'faults', '']],
    [2, 0, '300', ['300 faults', '300 copy-on-write faults', '0x12c'], ['300 pages', '3000 faults', '']],
    [2, 1, '3', ['3 forks', '+3', '0x3'], ['3 processes', '33 forks', '2', 'three or so', '']],
    [3, 0, '3000', ['3000 pages', '0xbb8'], ['3000 bytes', '3000 reads', '3000K', 'pages', '']],
    [3, 1, '400', ['400 reads', '0x190'], ['400 pages', '4000 reads', '40', '']],
    [4, 0, '9', ['9 processes', '0x9'], ['19 processes', '9 pages', 'IW 9', '', 'not known']],
    [
      4,
      1,
      '0',
      ['0 processes', '0x0', 'none', ' None '],
      ['', ' ', 'not known', 'processes', '9', '0x', 'no', 'nothing'],
    ],
    [4, 1, '9', [], ['none', 'None']],
    [12, 0, '0', ['0'], ['none', 'nothing']],
    [
      5,
      0,
      '10',
      ['SIGBUS', 'sigbus', 'BUS', ' 10', 'signal 10'],
      ['SIGSEGV', '11', 'SIGBUS 11', 'SIG', 'signal 1', 'signal', '10 pages', ''],
    ],
    [
      6,
      0,
      '1234567',
      ['1,234,567 bytes', '1_234_567'],
      ['1,234567', '1234,567', '1,234_567', '1,234', '567'],
    ],
    [
      6,
      0,
      '45056',
      ['45056 bytes', '0xb000', ' 45056', '45,056 bytes'],
      ['45056 pages', '44K', '11', '45056 /bin/sh 1', ''],
    ],
    [5, 1, '15', ['SIGTERM', 'term'], ['SIGKILL', '9', 'SIGBUS']],
    [5, 1, '9', ['SIGKILL'], ['SIGTERM']],
    [5, 1, '0', [], ['0x', 'SIG0', 'SIG', 'none']],
    [7, 0, '12', ['SIGSYS', 'sys', 'signal 12', '0xc'], ['SIGBUS', 'signal 1', 'signal', '12 pages']],
    [
      8,
      1,
      'vm/swap_pager.ts',
      ['packages/kernel/src/vm/swap_pager.ts', 'vm/swap_pager.ts:12'],
      ['pager.ts', 'kern/vm/swap_pager.ts'],
    ],
    [9, 1, '4', ['pid 4', 'process 4'], ['pid 40', 'pid', 'not known']],
    [
      10,
      1,
      '36',
      ['dining.ts:36', 'examples/scenarios/dining.ts:36', 'line 36'],
      ['dining.ts:3', 'dining.ts:360', 'x:36', 'line 360'],
    ],
    [12, 1, '5', ['no-lock.ts:5', 'patch/0-no-lock.ts:5'], ['no-lock.ts:55', 'no-lock.ts']],
  ] as const) {
    const question = questionsOf(course[lesson - 1]!)[n]!;
    for (const each of given) expect([each, await isTaken(question, each, { right })]).toEqual([each, true]);
    for (const each of others)
      expect([each, await isTaken(question, each, { right })]).toEqual([each, false]);
  }
});

test('is a line taken as the machine prints it, by every question for one?', async () => {
  const asked: string[] = [];
  for (const { id, steps } of course)
    for (const step of steps) {
      if (!('question' in step)) continue;
      const pattern = Object.values(step.question.value).join(' ');
      const [, place] = /\(([^:()]+):\(\\d\+\)/.exec(pattern) ?? [];
      if (place === undefined) continue;
      asked.push(id);
      const file = place.replaceAll('\\', '');
      for (const given of [`${file}:123`, `${file.replace(/.*\//, '')}:123`])
        expect([given, await isTaken(step.question, given, { right: '123' })]).toEqual([given, true]);
    }
  expect(asked).toEqual(['a-deadlock', 'a-lost-wakeup', 'a-lost-wakeup', 'break-a-lock']);
});

test('are quotes, an article, a small number as a word and a signal with its number taken, and no others?', async () => {
  for (const [given, right, signal, taken] of [
    ['"drawer"', 'drawer', false, true],
    ['the drawer', 'drawer', false, true],
    ["'drawer", 'drawer', false, false],
    ['nine', '9', false, true],
    ['`9`', '9', false, true],
    ['nine', '8', false, false],
    ['none', '0', false, false],
    ['10 (SIGBUS)', '10', true, true],
    ['10 SIGBUS', '10', true, true],
    ['10 (SIGSEGV)', '10', true, false],
    ['11 (SIGBUS)', '10', true, false],
    ['10 (SIGBUS)', '10', false, false],
    ['48', '49152', false, false],
  ] as const)
    expect([given, right, await isTaken(signal ? { signal } : {}, given, { right })]).toEqual([
      given,
      right,
      taken,
    ]);
});

test('are words of the question taken beside a number, a file without its folder, and none that say else?', async () => {
  for (const [lesson, n, right, given, others] of [
    [2, 1, '3', ['by 3', 'By three'], ['by 4', 'by 3 or 4', '3 of 4']],
    [3, 0, '4965', ['4965 pages paged out', '4,965 pages'], ['4965 megabytes', '4966 pages paged out']],
    [
      4,
      0,
      '9',
      ['nine processes', '9 processes'],
      ['nine seconds', 'ten processes', 'not 9', '9 9 processes'],
    ],
    [4, 1, '0', ['zero', 'Zero processes', '0 processes'], ['without 0', '0 seconds', 'zero one']],
    [
      5,
      0,
      '10',
      ['SIGBUS (10)', 'SIGBUS, number 10', 'signal 10 (SIGBUS)'],
      ['SIGBUS (11)', '10 10', 'number'],
    ],
    [
      5,
      1,
      '15',
      ['SIGTERM (15)', 'signal 15 (SIGTERM)'],
      ['SIGTERM (10)', 'SIGBUS (15)', 'signal 15 (SIGBUS)'],
    ],
    [
      ...[8, 1, 'vm/swap_pager_io.ts'],
      ...[
        ['swap_pager_io.ts', 'in vm/swap_pager_io.ts', 'in the file swap_pager_io.ts', 'swap_pager_io.ts:9'],
        ['pager_io.ts', 'in kern/vm/swap_pager_io.ts', 'swap_pager_io.tsx', 'swap_pager_io', 'in'],
      ],
    ],
    [10, 0, '3', ['fork number 3', 'fork 3', 'number 3'], ['philosopher 3', 'fork 2', 'line 3']],
    [12, 0, '4', ['counter is 4', 'the counter is 4'], ['counter is 5', 'counter is not 4', 'thread 4']],
  ] as [number, number, string, string[], string[]][]) {
    const question = questionsOf(course[lesson - 1]!)[n]!;
    for (const each of given) expect([each, await isTaken(question, each, { right })]).toEqual([each, true]);
    for (const each of others)
      expect([each, await isTaken(question, each, { right })]).toEqual([each, false]);
  }
  const wrong = { ask: 'In which file?', wrong: ['b.ts'] };
  expect(await isTaken(wrong, 'b.ts', { right: 'a/b.ts' })).toBe(false);
});

test('are a call, the shell\'s words of a signal, a kind, "no" and a verb taken, and none that say else?', async () => {
  for (const [lesson, n, right, given, others] of [
    [
      ...[8, 0, 'swp_pager_iodone'],
      ['swp_pager_iodone()+0x24', 'swp_pager_iodone+0x24', 'the function swp_pager_iodone()'],
      [
        'not swp_pager_iodone',
        'vm_daemon()+0x24',
        'the function',
        'swp_pager_iodone lock',
        'x swp_pager_iodone',
      ],
    ],
    [13, 1, 'vm_daemon', ['vm_daemon()+0x123', 'vm_daemon()'], ['vm_daemon()+x', 'fork_exit()+0x123']],
    [
      ...[5, 0, '10'],
      ['Bus error', 'bus error (core dumped)', 'Bus error (10)', 'SIGBUS (Bus error)', 'signal no. 10'],
      ['Segmentation fault', 'no Bus error', 'not Bus error', 'Bus error 11', 'no SIGBUS', 'error'],
    ],
    [5, 1, '15', ['Terminated'], ['Killed', 'Bus error', 'not Terminated', '']],
    [
      ...[9, 0, 'drawer'],
      ['the drawer lock', 'drawer lock', 'lock drawer', 'the lock "drawer"'],
      ['not drawer', 'the shelf lock', 'drawer shelf', 'the lock', 'no drawer lock', 'drawer process'],
    ],
    [
      ...[4, 1, '0'],
      ['no processes', 'None.', 'No processes'],
      ['no', 'no pages', 'not processes', 'no 9 processes', 'no processes but nine', 'no no processes'],
    ],
    [4, 0, '9', [], ['no processes', 'none']],
    [3, 0, '0', [], ['no pages']],
    [
      ...[6, 0, '30006'],
      ['30 006', '30,006', '30 006 bytes', '30,006 bytes'],
      [
        '30 006 1',
        '30 06',
        '3 0006',
        '30 007',
        '30 006 pages',
        'not 30 006',
        '-30 006',
        '030 006',
        '30 006 30 006',
      ],
    ],
    [
      ...[2, 1, '3'],
      ['three forks', 'v_forks goes up by 3', 'goes up by three', 'vm.stats.vm.v_forks goes up by 3'],
      [
        ...['v_forks goes down by 3', 'v_forks goes up by 4', 'four forks', 'three processes'],
        ...['not three forks', 'three or four forks', 'v_forks does not go up by 3', 'less than three forks'],
      ],
    ],
  ] as [number, number, string, string[], string[]][]) {
    const question = questionsOf(course[lesson - 1]!)[n]!;
    for (const each of given) expect([each, await isTaken(question, each, { right })]).toEqual([each, true]);
    for (const each of others)
      expect([each, await isTaken(question, each, { right })]).toEqual([each, false]);
  }
});

test('does the shell say of a signal what is taken for it?', () => {
  const siglist = readFileSync(
    new URL('../../userland/usr/lib/libc/gen/siglist.ts', import.meta.url),
    'utf8',
  );
  const [, list] = /sys_siglist: array<str, 32> = \$init\(\[([^\]]*)\]/.exec(siglist)!;
  const words = [...list!.matchAll(/'([^']*)'/g)].map((match) => match[1]);
  expect(words.length).toBe(32);
  expect(words.map((_, n) => signalWords(String(n)))).toEqual(words);
});

test('is the id of a process taken for it where the panic has it?', PATIENCE, async () => {
  const question = questionsOf(course.at(-1)!)[0]!;
  for (const [given, pid, taken] of [
    ...(['3', 'pid 3', '3 (vmdaemon)', 'vmdaemon (pid 3)'] as const).map(
      (each) => [each, '3', true] as const,
    ),
    ['4', '3', false],
    ['4 (vmdaemon)', '3', false],
    ['3', undefined, false],
  ] as const) {
    const answer = { right: 'vmdaemon', ...(pid === undefined ? {} : { pid }) };
    expect([given, await isTaken(question, given, answer)]).toEqual([given, taken]);
  }
  const other = questionsOf(course.at(-1)!)[1]!;
  expect(await isTaken(other, '3', { right: 'vm_daemon', pid: '3' })).toBe(false);
  const { right, pid } = await rightAnswer(question);
  expect([right, pid]).toEqual(['vmdaemon', expect.stringMatching(/^\d+$/)]);
});

test('is the line taken that has the answer, and none that has more numbers than the question names?', async () => {
  const run = { command: 'calls 211' };
  for (const [given, line, right, taken] of [
    ['211 gives 13', '211 gives 13', '13', true],
    ['  211  gives 13 ', '211 gives 13', '13', true],
    ['211 gives 14', '211 gives 13', '13', false],
    ['gives 13', '211 gives 13', '13', false],
    ['212 gives 13', '212 gives 13', '13', false],
    ['211 gives 13 of 0x20', '211 gives 13 of 0x20', '13', false],
    ['13 of 1.5', '13 of 1.5', '13', false],
    ['it was sh', 'it was sh', 'sh', false],
  ] as const)
    expect([given, await isTaken({ ask: 'What?', run }, given, { right, line })]).toEqual([given, taken]);
});

test('is the line that the machine prints an answer to its question?', PATIENCE, async () => {
  const call = course.find(({ id }) => id === 'a-system-call')!;
  const question = questionsOf(call).at(-1)!;
  const { line = '' } = await rightAnswer(question);
  expect(line).toMatch(/^211 gives \d+$/);
  expect(await isRight(question, line)).toBe(true);
  expect(await isRight(question, `${line}0`)).toBe(false);
});

test('is a program whose name the shell has for itself run all the same?', PATIENCE, async () => {
  const { exercise } = course.find(({ id }) => id === 'a-program')!;
  const checks = exercise.checks.slice(0, 2);
  for (const name of ['wait', 'if']) {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, exercise.solution.join('\n'));
    const graded = await grade({ ...exercise, checks }, file);
    expect(graded.map(({ passed, says }) => [passed, says])).toEqual(checks.map(() => [true, '']));
  }
});

test('is a patch refused that replaces none of what it is to replace?', PATIENCE, async () => {
  const { exercise } = course.find(({ id }) => id === 'a-tlb-entry-too-many')!;
  const file = join(folder, 'misspelt.ts');
  writeFileSync(file, 'export function my_inv_all(pmap: pmap): void {\n  invltlb();\n}\n');
  await expect(grade(exercise, file)).rejects.toThrow(
    /misspelt\.ts: it replaces no function of the kernel; accepted: pmap_inv_all\(\)$/,
  );
});

test('is what ended a run told once, and the command that shows it?', PATIENCE, async () => {
  const { run, ...rest } = course.find(({ id }) => id === 'a-program')!.exercise;
  const checks = rest.checks.slice(0, 3);
  const file = join(folder, 'goes-on.ts');
  writeFileSync(file, 'export function main(argc: int, argv: ptr<str>): int {\n  for (;;) {}\n}\n');
  for (const [limit, first, later] of [
    [{ seconds: 1 }, /not done in 1 virtual second/, /not done in time, as above/],
    [{ busy: 1 }, /worked|second/, /too much work, as above/],
  ] as const) {
    const graded = await grade({ ...rest, checks, run: { ...run!, ...limit } }, file);
    expect(graded[0]!.says).toMatch(first);
    for (const { says } of graded.slice(1)) expect(says).toMatch(later);
    expect(gradedLines(graded).filter((line) => line.includes('to see it: ')).length).toBe(1);
  }
});

test('is another writing refused that takes what the machine does not say?', PATIENCE, async () => {
  const question = { ...questionsOf(tiny)[0]!, run: { command: 'expr 6 \\* 7' } };
  for (const [also, says] of [
    ['n=ANSWER', undefined],
    ['(?:a|b\\.)?ANSWER', undefined],
    ['.*ANSWER', '"142"'],
    ['x:ANSWER\\d*', '"x:421"'],
    ['ANSWER|x\\d?ANSWER', '"x142"'],
    ['[xy]:ANSWER', undefined],
  ] as const) {
    const fault = await questionFault({ ...question, also: [also] });
    expect([also, fault]).toEqual([
      also,
      says === undefined ? undefined : `also "${also}" takes ${says}, which the machine does not say`,
    ]);
  }
  const signal = { ...question, signal: true as const };
  expect(await questionFault(signal)).toBe('42, which is to be a signal, is the number of none');
});

test('is it said how a program ended that comes to nothing?', PATIENCE, async () => {
  const { run, ...rest } = course.find(({ id }) => id === 'a-program')!.exercise;
  const exercise = { ...rest, run: { ...run!, seconds: 1 } };
  const main = 'export function main(argc: int, argv: ptr<str>): int {';
  for (const [name, lines, says] of [
    ['crasher', ['const p: ptr<int> = null;', 'p[0] = 1;', 'return 0;'], /crasher exited on signal 1[01]/],
    ['looper', ['let n = 0;', 'for (;;) n++;'], /^found not done in 1 virtual second, wanted :6\//],
  ] as const) {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, [main, ...lines, '}'].join('\n'));
    const [first] = await grade(exercise, file);
    expect(first!.says).toMatch(says);
  }
});

// frozen has its counter killed on a right kernel, too.
test(
  'is of a status told what the program complained of, not who was killed meanwhile?',
  PATIENCE,
  async () => {
    const { exercise } = course.find(({ id }) => id === 'a-tlb-entry-too-many')!;
    const { give, fails } = exercise.wrong.find(({ give }) => give.some((line) => line.includes('n % 64')))!;
    const file = join(folder, 'forgets.ts');
    writeFileSync(file, give.join('\n'));
    const checks = exercise.checks.filter(({ name }) => name === fails);
    const [graded] = await grade({ ...exercise, checks }, file);
    expect(graded!.says).toMatch(
      /^found 1, wanted 0: .* \(said last: read-only \d+ times, and still counted: \d+/,
    );
  },
);

test('is what the kernel died of told once?', PATIENCE, async () => {
  const { exercise } = course.find(({ id }) => id === 'a-system-call')!;
  const { give } = exercise.wrong.find(({ give }) => !give.some((line) => line.includes('limit_init')))!;
  const file = join(folder, 'unlimited.ts');
  writeFileSync(file, give.join('\n'));
  const [first, ...others] = await grade(exercise, file);
  expect(first!.says).toMatch(
    /^found the kernel died: no init, wanted the machine is up, with limits 131072 8192: .*limit_init\(\)/,
  );
  for (const { says } of others) expect(says).toMatch(/the kernel died, as above/);
});

test('is it said that what is missing may not have been reached?', PATIENCE, async () => {
  const [check] = tiny.exercise.checks;
  const of = async (answer: string): Promise<string> =>
    (await grade({ ...tiny.exercise, checks: [check!] }, answer))[0]!.says;
  expect(await of('echo early; exit 3; echo 42')).toBe(
    'found nothing, which may not have been reached: the command ended with status 3, said last: early, wanted 42: so it was wanted',
  );
  expect(await of('echo early')).toBe('found nothing, wanted 42: so it was wanted');
});

test("is what the system says when it goes down nobody's answer?", PATIENCE, async () => {
  const { console } = await outcomeOf({ command: 'echo last; printf word' });
  expect(console).toMatch(/last\nword$/);
});

test('does the course have a first page, and no page of a lesson that is gone?', () => {
  expect(readFileSync(new URL('README.md', DOCS), 'utf8')).toBe(coursePage(course));
  expect(readdirSync(DOCS).sort()).toEqual([...course.map(pageName), 'README.md', 'teaching.md'].sort());
});

describe('is progress kept, and never lost?', () => {
  test('what was done is there again', () => {
    const path = join(folder, 'a/b/progress.json');
    const first = new ProgressFile(path);
    first.answered('x', 2);
    first.answered('x', 1);
    first.exercised('y');
    const again = new ProgressFile(path);
    expect(again.of('x')).toEqual({ questions: [1, 2], exercise: false });
    expect(again.of('y')).toEqual({ questions: [], exercise: true });
  });

  test('where it cannot be, that is told once, and the lesson goes on', () => {
    const path = join(folder, 'file/progress.json');
    writeFileSync(join(folder, 'file'), 'no folder');
    const told: string[] = [];
    const progress = new ProgressFile(path, (line) => told.push(line));
    progress.answered('x', 1);
    progress.exercised('x');
    expect(progress.of('x')).toEqual({ questions: [1], exercise: true });
    expect(told).toEqual([expect.stringMatching(/^progress cannot be kept: E\w+.*; TRAP12_PROGRESS=FILE/)]);
  });

  test('of several sessions at once, each in a process of its own', PATIENCE, async () => {
    const path = join(folder, 'several.json');
    const program = `
      const { ProgressFile } = await import(${JSON.stringify(PROGRESS)});
      const progress = new ProgressFile(${JSON.stringify(path)}, (text) => process.stderr.write(text));
      process.stdout.write('ready');
      process.stdin.once('data', () => {
        for (let n = 1; n <= 20; n++) progress.answered('x' + process.argv[1], n);
        progress.answered('all', Number(process.argv[1]));
        process.exit(0);
      });`;
    const all = [1, 2, 3, 4].map((n) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, String(n)]);
      let said = '';
      child.stderr.on('data', (text) => {
        said += String(text);
      });
      const ready = new Promise((resolve) => child.stdout.once('data', resolve));
      const over = new Promise((resolve) => child.once('exit', () => resolve(said)));
      return { child, ready, over };
    });
    // All have read the file before anybody writes it.
    await Promise.all(all.map(({ ready }) => ready));
    for (const { child } of all) child.stdin.write('go');
    expect(await Promise.all(all.map(({ over }) => over))).toEqual(['', '', '', '']);
    const of = (id: string): number[] => new ProgressFile(path).of(id).questions;
    expect(of('all')).toEqual([1, 2, 3, 4]);
    for (const n of [1, 2, 3, 4]) expect(of(`x${n}`)).toHaveLength(20);
    expect(readdirSync(folder).filter((name) => name.startsWith('several'))).toEqual(['several.json']);
  });

  test('a lock that a crash has left is taken over', () => {
    const path = join(folder, 'left-lock.json');
    writeFileSync(`${path}.lock`, '');
    utimesSync(`${path}.lock`, 1, 1);
    const told: string[] = [];
    new ProgressFile(path, (line) => told.push(line)).answered('x', 1);
    expect(told).toEqual([]);
    expect(new ProgressFile(path).of('x').questions).toEqual([1]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test('a place that takes no folder is told of, and does not hang', () => {
    const program = `
      const { ProgressFile } = await import(${JSON.stringify(PROGRESS)});
      new ProgressFile('/proc/nope/x', (text) => console.log(text)).answered('x', 1);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      ...{ encoding: 'utf8', timeout: 20_000 },
    });
    expect(stdout).toMatch(/^progress cannot be kept: E\w+: .*; TRAP12_PROGRESS=FILE/);
  });

  test('a file that cannot be written whole leaves the old one, and nothing else', () => {
    const path = join(folder, 'full.json');
    new ProgressFile(path).answered('x', 1);
    const program = `
      const { ProgressFile } = await import(${JSON.stringify(PROGRESS)});
      new ProgressFile(${JSON.stringify(path)}, (text) => console.log(text)).answered('y', 1);`;
    // No file may grow: as on a disk that is full.
    const { stdout } = spawnSync(
      'sh',
      ['-c', 'ulimit -f 0; exec "$0" --input-type=module -e "$1"', process.execPath, program],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(stdout).toMatch(/^progress cannot be kept: EFBIG/);
    expect(new ProgressFile(path).of('x').questions).toEqual([1]);
    expect(readdirSync(folder).filter((name) => name.startsWith('full.json'))).toEqual(['full.json']);
  });

  test('a file that cannot be read is put aside, twice even', () => {
    const path = join(folder, 'damaged.json');
    const told: string[] = [];
    const done = { questions: [2], exercise: true };
    const other = JSON.stringify({ schema: 9, lessons: { x: done }, more: 'kept' });
    for (const text of ['{ "lessons": ', 'null', other, JSON.stringify({ lessons: { x: done } })]) {
      writeFileSync(path, text);
      new ProgressFile(path, (line) => told.push(line)).answered('x', 1);
    }
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('{ "lessons": ');
    expect(readFileSync(`${path}.damaged.1`, 'utf8')).toBe('null');
    expect(told[0]).toMatch(/cannot be read .* kept as .*\.damaged$/);
    // Nor is one of another form written over, of which this one has no place for all.
    expect(readFileSync(`${path}.damaged.2`, 'utf8')).toBe(other);
    expect(told[2]).toMatch(/cannot be read \(it is of schema 9, and this trap12 knows 1\); it is kept as/);
    expect(told[3]).toMatch(/it is of schema none/);
    expect(new ProgressFile(path).of('x').questions).toEqual([1]);
  });
});

/** One of each. */
const tiny: Numbered = {
  number: 1,
  word: '1',
  id: 'tiny',
  title: 'Tiny',
  minutes: 1,
  about: 'One of each.',
  steps: [
    { text: ['Prose.'] },
    { type: ['run', '--', 'true'] },
    {
      question: {
        ask: 'What is 6 * 7?',
        run: { command: 'expr 6 \\* 7' },
        value: { console: '^(\\d+)\\n' },
        hint: 'Ask expr.',
        so: 'So it is.',
        wrong: ['43'],
      },
    },
  ],
  exercise: {
    task: ['Say 42.'],
    give: 'command',
    run: { command: 'ANSWER' },
    checks: [{ name: 'it says 42', value: { console: '^(42)\\n' }, equals: 42, says: 'so it was wanted' }],
    hint: 'echo',
    solution: ['echo 42'],
    wrong: [],
  },
};

test('does a session lead through a lesson, and keep each answer at once?', PATIENCE, async () => {
  const path = join(folder, 'session.json');
  const input = new PassThrough();
  const output = new PassThrough();
  const commands: string[][] = [];
  input.end(['vmstat', '', 'h', '43', '0x2a', 'echo 41', 'echo 42', ''].join('\n'));
  // Ctrl-C ends the command that is shown, and not the lesson: it has to be a signal meanwhile, not a key.
  const raw: boolean[] = [];
  const keyboard = Object.assign(input, { isRaw: true, setRawMode: (on: boolean) => void raw.push(on) });
  const command = (words: readonly string[]): void => {
    commands.push([...words]);
    expect(raw).toEqual([false]);
    process.kill(process.pid, 'SIGINT');
  };
  await new Session(tiny, new ProgressFile(path), { input: keyboard, output, command }).run();
  const shown = String(output.read());
  expect(commands).toEqual([['run', '--', 'true']]);
  expect(raw.slice(0, 2)).toEqual([false, true]);
  for (const text of [
    'Prose.',
    'Only the command above is run here.',
    'Ask expr.',
    'not what the machine says',
    'Right. So it is.',
    'found nothing, wanted 42',
    'Done.',
  ])
    expect(shown).toContain(text);
  expect(new ProgressFile(path).of('tiny')).toEqual({ questions: [1], exercise: true });
});

test('is Ctrl-C heard that comes between two machines?', async () => {
  const work = interruptible(async () => {
    process.kill(process.pid, 'SIGINT');
    // How soon a process has its own signal is the system's.
    for (let i = 0; i < 1000; i++) await refuseInterrupted();
    return 'all of it';
  });
  await expect(work).rejects.toThrow('interrupted: not all of it has been tried');
  // The next one is another.
  await expect(interruptible(refuseInterrupted)).resolves.toBeUndefined();
});

test.each(['--exercise', '--answer'])(
  'is Ctrl-C heard whenever it comes, by learn %s?',
  PATIENCE,
  async (option) => {
    const { exercise, number } = course.find(({ id }) => id === 'a-deadlock')!;
    const file = join(folder, 'interrupted.ts');
    writeFileSync(file, exercise.solution.join('\n'));
    // A machine that no other test asks: what is known already is said at once, before the signal is there.
    const { id: _id, number: _number, word: _word, ...mine } = structuredClone(tiny);
    Object.assign(questionsOf(mine as Numbered)[0]!.run, { command: 'sleep 5; expr 41 + 1' });
    const own = join(folder, 'interrupted.json');
    writeFileSync(own, JSON.stringify(mine));
    const words = option === '--answer' ? [own, option, '1=1'] : [String(number), option, file];
    // What the last work has left of the signal is let go.
    await signalsTold();
    // Who listens first is who hears it before any machine is there, and between two.
    const listening = new Promise<string>((resolve) => {
      process.on('newListener', function told(event) {
        if (event !== 'SIGINT') return;
        process.off('newListener', told);
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 50;
        resolve(new Error().stack!);
        Error.stackTraceLimit = stackTraceLimit;
      });
    });
    const done = called(['learn', ...words]);
    expect(await listening).toContain('interruptible');
    process.kill(process.pid, 'SIGINT');
    const { status, out, err } = await done;
    expect([status, out]).toEqual([130, '']);
    expect(err).toMatch(/interrupted: /);
  },
);

test('is learn --check ended by Ctrl-C, with its command, and says so?', PATIENCE, async () => {
  const { id: _id, number: _number, word: _word, ...mine } = structuredClone(tiny);
  // One command that is done soon, and one that is not.
  const steps = [{ type: ['run', '--', 'true'] }, { type: ['run', '--seconds', '1000000', '--', 'yes'] }];
  const own = join(folder, 'check-interrupted.json');
  writeFileSync(own, JSON.stringify({ ...mine, steps: [...steps, ...mine.steps] }));
  const child = spawn(process.execPath, [COMMAND, 'learn', own, '--check'], { detached: true });
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
      if (out.startsWith('ok ')) resolve();
    });
  });
  const isLeft = (): boolean => {
    try {
      return process.kill(-child.pid!, 0);
    } catch {
      return false;
    }
  };
  // To this process alone, as by kill -INT: its command is to end all the same.
  child.kill('SIGINT');
  const [status, signal] = await once(child, 'close');
  expect([status, signal, out.split('\n').length]).toEqual([null, 'SIGINT', 2]);
  expect(err).toMatch(/^trap12: interrupted: not all of it has been tried\n$/);
  for (let i = 0; i < 600 && isLeft(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(isLeft()).toBe(false);
});

/** The tiny lesson with a program for its exercise. */
function withProgram(command: string, solution: string[], wrong: Exercise['wrong']): string {
  const { id: _id, number: _number, word: _word, ...mine } = structuredClone(tiny);
  const checks: Check[] = [{ name: 'status', value: { status: true }, equals: 0, says: 'so it was wanted' }];
  const own = join(folder, 'program.json');
  const exercise = { ...mine.exercise, give: 'program', run: { command }, checks, solution, wrong };
  writeFileSync(own, JSON.stringify({ ...mine, steps: mine.steps.slice(2), exercise }));
  return own;
}

const MAIN = 'export function main(argc: int, argv: ptr<str>): int {';

test('does learn --check name the place in the lesson, and no file of its own?', PATIENCE, async () => {
  const wrong = [{ give: [MAIN, '', '  retrn 1;', '}'], fails: 'status' }];
  const lesson = ownLesson(withProgram('ANSWER', [MAIN, '  return nix;', '}'], wrong));
  const faults: (string | undefined)[] = [];
  for await (const { fault } of checkLesson(lesson, COMMAND)) faults.push(fault);
  expect(faults.slice(1, 3)).toEqual([
    'exercise.solution[2]:10: unknown identifier nix',
    expect.stringMatching(/^exercise\.wrong\[1\]\.give\[3\]:3: syntax: /),
  ]);
  expect(faults.join('\n')).not.toContain(tmpdir());
  await withFile(['x'], 'exercise.solution', async (file) => {
    expect([nameOf(file), nameOf('x.ts'), readFileSync(file, 'utf8')]).toEqual([
      'exercise.solution',
      'x.ts',
      'x\n',
    ]);
    expect(placedIn(`${file}: a; ${file}:3: b, x.ts:3:4`, file, 's')).toBe('s: a; s[3]: b, x.ts:3:4');
  });
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'does learn --check leave no folder where %s ends it?',
  PATIENCE,
  async (signal) => {
    const own = withProgram('ANSWER; while :; do :; done', [MAIN, '  return 0;', '}'], []);
    const TMPDIR = mkdtempSync(join(folder, 'tmp-'));
    const env = { ...process.env, TMPDIR };
    const child = spawn(process.execPath, [COMMAND, 'learn', own, '--check'], { env, stdio: 'ignore' });
    const left = (): string[] => readdirSync(TMPDIR).filter((name) => name.startsWith('trap12-lesson-'));
    const until = async (isSo: () => boolean): Promise<void> => {
      for (let i = 0; i < 600 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await until(() => left().length > 0);
    expect(left().length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([null, signal]);
    await until(() => left().length === 0);
    expect(left()).toEqual([]);
  },
);

test('are several answers judged, each, in order?', PATIENCE, async () => {
  const { id: _id, number: _number, word: _word, ...mine } = structuredClone(tiny);
  const own = join(folder, 'several.json');
  const [, , question] = mine.steps;
  const other = structuredClone(question) as { question: Question };
  other.question.so = 'So it is again.';
  writeFileSync(own, JSON.stringify({ ...mine, steps: [question, other] }));
  const before = process.env.TRAP12_PROGRESS;
  process.env.TRAP12_PROGRESS = join(folder, 'several-progress.json');
  const give = (...all: string[]) => called(['learn', own, ...all.flatMap((each) => ['--answer', each])]);
  try {
    // Nothing is judged where one of them cannot be.
    expect(await give('1=42', '3=1')).toMatchObject({ status: 2, out: '' });
    expect(await give('1=41', '2=42')).toMatchObject({
      status: 1,
      out: '1: That is not what the machine says.\nA hint: Ask expr.\n2: Right. So it is again.\n',
    });
    expect(new ProgressFile().of(ownLesson(own).id).questions).toEqual([2]);
    expect(await give('1=42', '2=41')).toMatchObject({ status: 1 });
    expect(new ProgressFile().of(ownLesson(own).id).questions).toEqual([1, 2]);
    expect(await give('2=42', '1=42')).toMatchObject({
      status: 0,
      out: '2: Right. So it is again.\n1: Right. So it is.\n',
    });
    expect(await give('1=42')).toMatchObject({ status: 0, out: 'Right. So it is.\n' });
  } finally {
    if (before === undefined) delete process.env.TRAP12_PROGRESS;
    else process.env.TRAP12_PROGRESS = before;
  }
});

test('is a lesson that was begun gone on with, and nothing asked again?', PATIENCE, async () => {
  const progress = new ProgressFile(join(folder, 'begun.json'));
  const [first] = questionsOf(tiny);
  const two = { ...tiny, steps: [...tiny.steps, { question: { ...first!, ask: 'And 6 * 7?' } }] };
  progress.answered('tiny', 1);
  const of = async (...given: string[]): Promise<string> => {
    const input = new PassThrough();
    const output = new PassThrough();
    input.end(['s', ...given, ''].join('\n'));
    await new Session(two, progress, { input, output, command: () => undefined }).run();
    return String(output.read());
  };
  const shown = await of('42', 'echo 42');
  expect(shown).toContain('Answered before: question 1.\n');
  expect(shown).toContain('Question 1: What is 6 * 7?\n\nYou have answered it. So it is.\n');
  expect(shown).toContain('Right. So it is.');
  expect(shown).toContain('Done.');
  expect(progress.of('tiny')).toEqual({ questions: [1, 2], exercise: true });
  const again = await of('s');
  expect(again).toContain('Answered before: questions 1 and 2.\nThe exercise was done before.\n');
  expect(again).not.toContain('an answer, h for a hint');
});

test("does the list have lessons of one's own that were begun, and those that are gone?", PATIENCE, () => {
  const path = join(folder, 'list.json');
  const { id: _id, number: _number, word: _word, ...mine } = structuredClone(tiny);
  const file = join(folder, 'listed.json');
  writeFileSync(file, JSON.stringify(mine));
  const progress = new ProgressFile(path);
  progress.answered(`own${file}`, 1);
  progress.exercised(`own${folder}/gone.json`);
  progress.answered('zero-fill', 1);
  const { stdout, status } = spawnSync(process.execPath, [COMMAND, 'learn'], {
    ...{ encoding: 'utf8', env: { ...process.env, TRAP12_PROGRESS: path } },
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}1 {2}Memory that nobody has touched .* 1 of 2 questions$/m);
  expect(stdout).toContain(`     Tiny ${' '.repeat(35)}   1 min  1 of 1 question  ${file}\n`);
  expect(stdout).toContain(`     (cannot be read) 0 questions, exercise  ${folder}/gone.json\n`);
  expect(stdout.split('\n').length).toBe(course.length + 4);
});

test('is it said how a schedule that fails is kept?', PATIENCE, async () => {
  const { exercise, ...lost } = course.find(({ id }) => id === 'a-lost-wakeup')!;
  const file = join(folder, 'no-cure.ts');
  writeFileSync(file, exercise.wrong[0]!.give.join('\n'));
  const input = new PassThrough();
  const output = new PassThrough();
  input.end(`${file}\nq\n`);
  const lesson = { ...lost, steps: [], exercise: { ...exercise, checks: exercise.checks.slice(0, 1) } };
  const progress = new ProgressFile(join(folder, 'kept.json'));
  await new Session(lesson, progress, { input, output, command: () => undefined }).run();
  expect(String(output.read())).toContain(`its schedule: trap12 learn 11 --exercise ${file} --schedule FILE`);
});

test('does a person get a hint by any name of it, and out?', async () => {
  const path = join(folder, 'left.json');
  const input = new PassThrough();
  const output = new PassThrough();
  input.end(['skip', 'help', '?', 'quit', '42', 'echo 42', ''].join('\n'));
  const commands: string[] = [];
  const terminal = { input, output, command: (words: readonly string[]) => void commands.push(...words) };
  await new Session(tiny, new ProgressFile(path), terminal).run();
  const shown = String(output.read());
  expect(commands).toEqual([]);
  expect(shown.split('Ask expr.').length).toBe(3);
  expect(shown).not.toContain('not what the machine says');
  expect(shown).not.toContain('Exercise');
  expect(existsSync(path)).toBe(false);
});

test('is a patch that does nothing made of a solution, however its functions are written?', async () => {
  const { exercise } = course.find(({ id }) => id === 'a-lost-wakeup')!;
  for (const [solution, stub] of [
    ['function* a(): Sleeps { b(); }', 'function* a(): Sleeps {}'],
    [
      'let n = 0;\nfunction a(x: int,\n  y: int,\n): int\n{\n  return x;\n}',
      /^let n = 0;\n[\s\S]*int\n\{ return 0; \}$/,
    ],
    [
      'export function* a(p: ptr<{}>): Sleeps< vm_page > { // no }\n}',
      /Sleeps< vm_page > \{ return null; \}$/,
    ],
    [
      "function a(): boolean { return b('}'); } function b(): never { for (;;) n++; }",
      /n false; \} .*\(;;\) \{\} \}$/,
    ],
    ['function a(x) { return x; } function b(x) { x = 1; }', 'function a(x) { return 0; } function b(x) {}'],
    ['const a = 1;', undefined],
  ] as const) {
    const [sly] = await slyAnswers({ ...exercise, solution: solution.split('\n') });
    const given = sly!.give?.join('\n');
    if (stub instanceof RegExp) expect(given).toMatch(stub);
    else expect(given).toBe(stub);
  }
});

test(
  'is a check that a patch passes which does nothing told, and one that cannot be tried?',
  PATIENCE,
  async () => {
    const path = join(folder, 'patch.json');
    const lesson = (solution: string): void => {
      const { id: _id, number: _number, word: _word, ...rest } = structuredClone(tiny);
      const check = {
        name: 'it goes down',
        value: { ended: true },
        equals: 'halt',
        says: 'so it was wanted',
      };
      const exercise = { ...rest.exercise, give: 'patch', run: { command: 'true' }, checks: [check] };
      const own = { ...exercise, only: ['sync'], solution: [solution] };
      writeFileSync(path, JSON.stringify({ ...rest, steps: [{ text: ['x'] }], exercise: own }));
    };
    lesson('export function* sync(p: proc, uap: u32): Sleeps<int> { return 0; }');
    const weak = await called(['learn', path, '--check']);
    expect(weak.status).toBe(1);
    expect(weak.out).toMatch(
      /^FAULT {3}an answer that does nothing: it passes, so the checks are too weak: /m,
    );
    // It is a number, and its name does not tell.
    lesson(
      'export function* sync(p: proc, uap: u32): Sleeps<int> { return 0; }\ntype serial = u32;\nfunction other(): serial { return 1; }',
    );
    const { out } = await called(['learn', path, '--check']);
    expect(out).toMatch(/^not tried {2}an answer that does nothing: .*$/m);
  },
);

test("is a lesson of a teacher's own looked at like ours?", PATIENCE, async () => {
  const path = join(folder, '07-mine.json');
  const check = async (change: (lesson: Numbered) => void): Promise<(string | undefined)[]> => {
    // What a file has: by which number and word a lesson is called is not in it.
    const { id: _id, number: _number, word: _word, ...rest } = structuredClone(tiny);
    const lesson = rest as Numbered;
    lesson.exercise.wrong = [{ give: ['echo 41'], fails: 'it says 42' }];
    change(lesson);
    writeFileSync(path, JSON.stringify(lesson));
    const faults: (string | undefined)[] = [];
    for await (const { fault } of checkLesson(ownLesson(path), COMMAND)) faults.push(fault);
    return faults;
  };
  expect(await check(({ exercise }) => Object.assign(exercise, { prints: true }))).toEqual(
    Array(5).fill(undefined),
  );
  // The last two are an answer that does nothing, and one that only prints what is wanted.
  expect((await check(() => undefined)).slice(4)).toEqual([
    undefined,
    "it passes, so the checks are too weak: printf '%s\\n' '42'",
  ]);
  const faults = await check(({ steps, exercise }) => {
    steps[1] = { type: ['run', '--', 'mmcheck 1m; true'] };
    exercise.prints = true;
    const step = steps.at(-1)!;
    if ('question' in step) step.question.wrong = ['42'];
    exercise.solution = ['echo 43'];
    exercise.wrong[0]!.give = ['echo 42'];
  });
  expect(faults).toEqual([
    'what it is for does not take it: mmcheck: not found',
    '"42", which is to be wrong, is the machine\'s answer',
    'it fails "it says 42": found nothing, wanted 42: so it was wanted',
    'it fails by nothing',
    undefined,
  ]);
  expect(ownLesson(path)).toMatchObject({ id: `own${path}`, number: undefined, word: path });
  // Another one of that name, elsewhere, is another one.
  const other = join(mkdtempSync(join(folder, 'other-')), '07-mine.json');
  cpSync(path, other);
  expect(ownLesson(other).id).not.toBe(ownLesson(path).id);
  expect(ownLesson(join(folder, '../', basename(folder), '07-mine.json')).id).toBe(ownLesson(path).id);
});

test('is a command that is not taken told of, by whom?', PATIENCE, async () => {
  for (const [words, says] of [
    [['rnu', '--', 'true'], /^trap12 does not take it: error: unknown command 'rnu'/],
    [['run', '--rma', '8M', '--', 'true'], /^trap12 does not take it: error: unknown option '--rma'/],
    [['run', '--program', 'gone.ts', '--', 'true'], /^trap12 does not take it: trap12: --program gone\.ts: /],
    [['run', '--quiet', '--', 'true; frob 1 | cat'], /does not take it: frob: not found$/],
    [['run', '--quiet', '--', 'echo )'], /does not take it: Syntax error: "\)" unexpected$/],
    [
      ['run', '--quiet', '--', 'sysctl vm.nosuch; true'],
      /does not take it: sysctl: unknown oid 'vm\.nosuch'/,
    ],
    [['run', '--quiet', '--', 'memcheck; true'], /does not take it: usage: memcheck /],
  ] as const)
    expect(await commandFault(COMMAND, words)).toMatch(says);
  // Another status is no fault, nor is a panic.
  for (const command of ['exit 2', 'ls /nosuch', 'cat'])
    expect(await commandFault(COMMAND, ['run', '--quiet', '--', command])).toBeUndefined();
});

test('does a file that is no lesson get one line that says why?', () => {
  const path = join(folder, 'no-lesson.json');
  writeFileSync(path, '{ "title": "x", "minutes": 1, "about": "y", "steps": [{}], "exercise": {} }');
  expect(() => readLesson(path)).toThrow(/step 1 is neither text, type nor question/);
  for (const [steps, says] of [
    ['[{ "ask": 1 }]', /steps\[1\] has a field "ask" that is none; accepted: text, type, why, question/],
    ['[{ "question": { "les": {} } }]', /steps\[1\]\.question has a field "les" .*mean "less".*accepted: /],
    ['[{ "question": { "run": { "comand": "" } } }]', /question\.run has .*"comand" .*mean "command"/],
    ['{}', /steps is no list/],
    ['[]', /steps is empty; accepted: at least one /],
  ] as const) {
    writeFileSync(path, `{ "title": "x", "minutes": 1, "about": "y", "steps": ${steps}, "exercise": {} }`);
    expect(() => readLesson(path)).toThrow(says);
  }
  writeFileSync(path, '{ "title": "x", "minutes": 1, "about": "y", "steps": [] }');
  expect(() => readLesson(path)).toThrow(/no exercise/);
  writeFileSync(path, '{ "title": ');
  expect(() => readLesson(path)).toThrow(path);
  expect(existsSync(path)).toBe(true);
});

test('is one thing done at a time, and none left out without a word?', async () => {
  for (const [flags, says] of [
    [['--answer', '1=49152', '--exercise', 'nosuch.ts'], '--answer and --exercise: choose one'],
    [['--check', '--answer', '1=1'], '--answer and --check: choose one'],
    [['--check', '--exercise', 'x.ts', '--schedule', 's'], '--exercise and --check: choose one'],
    [['--answer', '1=1', '--schedule', 's'], '--schedule is of what is handed in: give --exercise, too'],
    [['--check', '--schedule', 's'], '--schedule is of what is handed in: give --exercise, too'],
  ] as const) {
    const { status, err } = await called(['learn', '6', ...flags]);
    expect([status, err]).toEqual([2, expect.stringContaining(`${says}\n`)]);
  }
});
