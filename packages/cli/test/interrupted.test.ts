import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { atTerminal, hasTerminal, type Sitting, type Step } from './terminal.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMMAND = join(ROOT, 'packages/cli/bin/trap12.js');
const DIR = mkdtempSync(join(tmpdir(), 'trap12-interrupted-'));
afterAll(() => rmSync(DIR, { recursive: true }));

const PATIENCE = { timeout: 600_000 };
const PRESS: Step = ['type', '\x03'];
const END: Step = ['end', 200];

const sitting = (args: readonly string[], ...steps: Step[]): Promise<Sitting> =>
  atTerminal([process.execPath, COMMAND, ...args], DIR, steps);
/** What was shown from the key on, line by line. */
const behind = ({ shown }: Sitting): string => shown.slice(shown.lastIndexOf('^C')).replaceAll('\r', '\n');

/** By how long it went on behind the key, and how long it had taken up to where it was looked at. */
const longer = ({ times: [looking, , pressed, ended] }: Sitting): [number, number] => [
  ended! - pressed!,
  looking!,
];

describe.skipIf(!hasTerminal)('is Ctrl-C heard while machines are looked at, and said what is lost?', () => {
  // It fails without any choice; each access of some ten virtual seconds is looked at, again and again.
  const explore = [
    ...['explore', '--locking', 'vm_mtx-20010519', '--ram', '16M', '--shrink', '0', '--jobs', '1'],
    ...['--', 'churn 20; churn 20; churn 20 & memcheck 20m'],
  ];
  const LOOKING: Step = ['await', 'looking at what met', 300];

  test('explore: at once, and nothing is said of the run that was looked at', PATIENCE, async () => {
    // By then it is in the middle of that: before, each look was a call of many seconds.
    const end = await sitting(explore, LOOKING, ['wait', 1.5], PRESS, END);
    expect(end).toMatchObject({ failed: null, status: 1, same: true });
    expect(behind(end)).toContain(
      'Not known, as Ctrl-C came before: what raced; how likely it was to fail so.',
    );
    expect(behind(end)).not.toContain('looking for the moment');
    // What is looked at takes several times as long as all before it.
    const [after, before] = longer(end);
    expect(after).toBeLessThan(before);
    // What was found before is there, and the way to it.
    expect(behind(end)).toMatch(/found by loads after 1 schedule[\s\S]*\ntrap12 schedule[\s\S]*\nreplay: /);
  });

  test('reproduce: a run that is made smaller is told as it is by then, and replays', PATIENCE, async () => {
    // Found by chance it has more choices than by looking around, and much can be left out.
    const search = ['--looks', '0', '--seed', '3', '--jobs', '1'];
    const args = ['reproduce', '--batch', ...search, '--schedule', 'of_shrinking.sched'];
    const report = join(ROOT, 'examples/vmdaemon-2001.txt');
    const end = await sitting([...args, report], ['await', 'shrinking: ', 300], PRESS, END);
    expect(end).toMatchObject({ failed: null, status: 0, same: true });
    expect(behind(end)).toMatch(/\n\d+ choices?, shrunk to \d in \d+ tries \(not to the end\)\n/);
    expect(behind(end)).toMatch(/\nNot known, as Ctrl-C came before: .*what raced; how likely/);
    expect(behind(end)).not.toContain('once more');
    const again = await sitting(['replay', 'of_shrinking.sched'], END);
    expect(again).toMatchObject({ failed: null, status: 0 });
    expect(again.shown).toMatch(/: as recorded\r\n$/);
  });

  test('reproduce: what raced is not known, and nobody is judged', PATIENCE, async () => {
    const args = ['reproduce', '--batch', '--shrink', '1', '--jobs', '1'];
    const report = join(ROOT, 'examples/vmdaemon-2001.txt');
    const end = await sitting([...args, report], LOOKING, ['wait', 0.3], PRESS, END);
    expect(end).toMatchObject({ failed: null, status: 0, same: true });
    expect(behind(end)).toContain(
      'Not known, as Ctrl-C came before: what raced; how likely it was to fail so.',
    );
    expect(behind(end)).toContain('giant: not judged (interrupted)');
    expect(behind(end)).not.toContain('looking for the moment');
  });

  test('reproduce: who does not want to go back has the machine that was found', PATIENCE, async () => {
    const report = join(ROOT, 'examples/vmdaemon-2001.txt');
    const again: Step = ['await', 'making the run once more, to go back through', 300];
    const prompt: Step = ['await', 'db> (\\x1b\\[\\w+)*$', 300];
    const asked: Step[] = [['type', 'trace\r'], prompt, ['type', 'quit\r']];
    const args = ['reproduce', '--shrink', '1', '--jobs', '1', report];
    const end = await sitting(args, LOOKING, ['wait', 0.3], PRESS, again, PRESS, prompt, ...asked, END);
    expect(end).toMatchObject({ failed: null, status: 0, same: true });
    // With the lines of the source, as a debugger at a terminal shows it, and no report.
    expect(end.shown).toMatch(/^vm_fault1\(.* at vm_fault1\+0x\w+\s+\[vm\/vm_fault\.ts:\d+\]\r$/m);
  });
});

/** So many functions take any computer longer to compile than what is not worth a word. */
const FUNCTIONS = 10;

/** A change that nobody has compiled yet. */
const fresh = (name: string): string => {
  const one = (i: number): string =>
    `export function ${name.replace('.ts', '')}_${process.pid}_${i}(x: int): int {\n  let y: int = x;\n  while (y < ${i}) y += x;\n  return y;\n}\n`;
  writeFileSync(join(DIR, name), Array.from({ length: FUNCTIONS }, (_, i) => one(i)).join(''));
  return name;
};

describe('is it said what is compiled, and that Ctrl-C has ended that?', () => {
  test.each([
    ['run', ['run', '--patch', fresh('of_run.ts'), '--', 'true']],
    ['explore', ['explore', '--patch', fresh('of_explore.ts'), '--', 'true']],
    ['verify', ['verify', 'examples/scenarios/dining.ts', '--patch', fresh('of_verify.ts')]],
    ['grade', ['grade', fresh('of_grade.ts'), '--scenario', 'examples/scenarios/dining.ts']],
  ])('by %s', PATIENCE, async (_, args) => {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      ...{ cwd: DIR, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    let [out, err] = ['', ''];
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const ended = new Promise((resolve) => child.on('close', (...how) => resolve(how)));
    const says = new Promise<void>((resolve) =>
      child.stderr!.on('data', (chunk: Buffer) => {
        err += chunk.toString();
        if (/compiling .*of_/.test(err)) resolve();
      }),
    );
    await Promise.race([says, ended]);
    expect(err).toMatch(/^trap12: compiling the kernel with (?:dining\.ts, )?of_\w+\.ts$/m);
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(err).toMatch(/\ntrap12: interrupted: what was to run was not compiled\n$/);
    expect(out).toBe('');
  });
});

describe.skipIf(!hasTerminal)('the debugger: does Ctrl-C give up a way through the past?', () => {
  const AT_PROMPT = 'db> (\\x1b\\[\\w+)*$';
  const line = (text: string): Step[] => [
    ['type', `${text}\r`],
    ['await', AT_PROMPT, 300],
  ];
  /** Nobody presses it before it is under way; what is typed with it is a command behind it. */
  const givenUp = (command: string, typed: string): Step[] => [
    ['type', `${command}\r`],
    ['await', 'looking through the past, at step \\d+', 300],
    ['type', `${typed}\x03\x03\x03`],
    ['await', 'interrupted: no answer up to there', 300],
    ['await', 'db> ', 300],
    ['type', '\r'],
    ['await', AT_PROMPT, 300],
  ];

  test('rcontinue: the machine stands where it stood, keys are commands', PATIENCE, async () => {
    const end = await sitting(
      ['run', '--break', 'fork1', '--', 'hog loop 1m 100000'],
      ['await', AT_PROMPT, 300],
      ...line('delete fork1'),
      ['type', 'c\r'],
      ['wait', 6],
      PRESS,
      ['await', AT_PROMPT, 300],
      ...line('watch allproc'),
      ...line('mark before'),
      ...givenUp('rcontinue', 'mark typed\r'),
      ...line('mark behind'),
      ...givenUp('rcontinue,2', 'mark more\r'),
      ...line('mark'),
      ['type', 'quit\r'],
      END,
    );
    expect(end).toMatchObject({ failed: null, status: 0, same: true });
    const marks = new Map(
      [...end.shown.matchAll(/^ +(\d+) {2}(\w+)\r$/gm)].map(([, step, name]) => [name, step]),
    );
    expect([...marks.keys()]).toEqual(['before', 'typed', 'behind', 'more']);
    expect(new Set(marks.values()).size).toBe(1);
    expect(end.shown).not.toContain('Leave the debugger');
  });
});
