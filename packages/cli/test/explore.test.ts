import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { called, told } from './call.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-explore-'));
afterAll(() => rmSync(DIR, { recursive: true }));

function trap12(args: string[], input = '') {
  const result = spawnSync(process.execPath, ['packages/cli/bin/trap12.js', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 100_000,
    input,
  });
  return { status: result.status, out: result.stdout, err: told(result.stderr) };
}

function file(name: string, text: string): string {
  const path = join(DIR, name);
  writeFileSync(path, text);
  return path;
}

const SCENARIO = 'examples/scenarios/ab-ba.ts';
const CURE = 'examples/scenarios/ab-ba.cure.ts';
const PATIENCE = { timeout: 200_000 };

/** How far it is, now and then, and nothing else. */
const PROGRESS = expect.stringMatching(/^(?:trap12: (?:\d+ schedules?,|shrinking|looking) .*\n)*$/) as string;

describe('a failing schedule', PATIENCE, () => {
  const path = join(DIR, 'schedule.txt');
  const [page, junit] = [join(DIR, 'page.html'), join(DIR, 'junit.xml')];
  const own = file('own.ts', readFileSync(join(ROOT, SCENARIO), 'utf8'));
  const files = ['--schedule', path, '--html', page, '--junit', junit];
  const first = trap12(['explore', own, ...files, '--odds', '20']);

  test('is found, explained, written, and has one command that replays it', () => {
    expect([first.status, first.err]).toEqual([1, PROGRESS]);
    expect(first.out).toMatch(/^deadlock: /);
    expect(first.out).toMatch(/\d+ choices, shrunk to 1 in \d+ tries\n/);
    expect(first.out).toContain('Each waits for what the next one holds:');
    expect(first.out).toMatch(/without this: it ends in order/);
    expect(first.out).toContain(`replay: trap12 replay ${path}\n`);
    for (const line of first.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('replays to the same end, from a file and from standard input', () => {
    const core = join(DIR, 'replayed.core');
    const again = trap12(['replay', path, '--core', core]);
    expect(readFileSync(core).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(trap12(['replay', path, '--core', core, '--ddb']).err).toMatch(
      /^[^\n]*leave --ddb and --to out\n$/,
    );
    expect([again.status, again.err]).toEqual([0, '']);
    expect(again.out).toMatch(/^deadlock: .*\n.* virtual seconds, hash [0-9a-f]{16}: as recorded\n$/);
    expect(trap12(['replay', '-'], readFileSync(path, 'utf8')).out).toBe(again.out);
  });

  test('has a page of its own, and JUnit XML', () => {
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/<h1>deadlock: /);
    expect(html).toMatch(/<span class="lit"> +\d+ {4}yield\* mtx_lock\([ab]\);<\/span>/);
    expect(html).toContain('trap12 schedule 1\n');
    const xml = readFileSync(junit, 'utf8');
    expect(xml).toMatch(/<testsuites tests="1" failures="1" /);
    expect(xml).toMatch(/<testcase classname="explore \S+" name="deadlock: /);
    expect(xml).toMatch(/1 schedule failed so, the first was number \d+">[\s\S]*trap12 schedule 1\n/);
  });

  test('can be gone into with the debugger, at its end and behind a choice', () => {
    const end = trap12(['replay', path, '--ddb'], 'ps\nquit\n');
    expect(end.out).toMatch(/db> ps\n[\s\S]*\bab\b/);
    const middle = trap12(['replay', path, '--to', '1'], 'ps\nquit\n');
    expect(middle.out).toMatch(/^choice 1 of 1 is made, at [\d.]+ virtual seconds\n/);
  });

  test('verifies a cure, and what is none', () => {
    const none = join(DIR, 'none.txt');
    const cured = trap12(['verify', path, '--patch', CURE, '--schedules', '200', '--schedule', none]);
    const unwritten = `trap12: --schedule ${none}: not written: no schedule failed with the change\n`;
    expect([cured.status, cured.err.endsWith(unwritten)]).toEqual([0, true]);
    expect([cured.status, cured.err.slice(0, -unwritten.length)]).toEqual([0, PROGRESS]);
    expect(cured.out).toMatch(/with the change: it ends in order \(\d of 1 choices came by\)/);
    expect(cured.out).toMatch(/in order: all \d+ schedules that differ at locks and sleeps/);
    expect(cured.out).toMatch(/survived \([\d.]+ s\)\n$/);
    const same = file(
      'same.ts',
      readFileSync(join(ROOT, SCENARIO), 'utf8').replace(/^[\s\S]*(?=function\* ba)/, ''),
    );
    const other = join(DIR, 'other.txt');
    const junit = join(DIR, 'verify.xml');
    const more = ['--schedules', '200', '--schedule', other, '--junit', junit, '--certificate', none];
    const failed = trap12(['verify', path, '--patch', same, ...more]);
    expect(failed.status).toBe(1);
    const lines = failed.err.split('\n').filter((line) => line.includes('not written'));
    expect(lines).toEqual([`trap12: --certificate ${none}: not written: the change did not survive`]);
    expect(readFileSync(junit, 'utf8')).toMatch(
      /tests="1" failures="1"[\s\S]*name="replayed: deadlock; [^"]*">\n *<failure message="deadlock: /,
    );
    expect(failed.out).toMatch(/failed: deadlock: /);
    expect(trap12(['replay', other]).out).toContain('as recorded');
  });

  const text = readFileSync(path, 'utf8');
  const cases: [string, string, RegExp][] = [
    ['none at all', 'panic: free\n', /^trap12: \S+: it is no schedule: its first line is not/],
    ['of another version', text.replace('schedule 1', 'schedule 9'), /version 9 .* knows versions 1 to 2/],
    ['cut short', text.slice(0, -30), /cut short: its last line is not "end/],
    ['edited', text.replace('"seed":1', '"seed":2'), /it was edited/],
  ];
  for (const [what, bad, message] of cases)
    test(`${what}: one line and exit 2`, async () => {
      const { status, err } = await called(['replay', file('bad.txt', bad)]);
      expect(status).toBe(2);
      expect(err).toMatch(message);
      expect(err.trim().split('\n')).toHaveLength(1);
    });

  test('of another kernel: one line and exit 2', () => {
    const was = readFileSync(own, 'utf8');
    writeFileSync(own, `${was}\nlet more: int = 0;\n`);
    const { status, err } = trap12(['replay', path]);
    writeFileSync(own, was);
    expect(status).toBe(2);
    expect(err).toMatch(/it is of kernel [0-9a-f]+; this one is [0-9a-f]+\n$/);
  });
});

describe('what does a wrong scenario or patch get?', PATIENCE, () => {
  const whole = readFileSync(join(ROOT, SCENARIO), 'utf8');
  const broken = (name: string, from: string, to: string): string => {
    expect(whole).toContain(from);
    return file(name, whole.replace(from, to));
  };
  const cases: [string, () => string[], RegExp][] = [
    ['a file that is not there', () => ['explore', 'nowhere.ts'], /no such file/],
    ['a file without $scenario', () => ['explore', CURE], /it is no scenario: it has no \$scenario/],
    [
      'a name that is none',
      () => ['explore', broken('a.ts', 'mtx_unlock(a)', 'mtx_unlok(a)')],
      /a\.ts:22:3: unknown identifier mtx_unlok/,
    ],
    [
      'a function that it does not have',
      () => ['explore', broken('b.ts', 'setup: setup', 'setup: start')],
      /b\.ts:6:10: the file has no function start/,
    ],
    [
      'a field that is none',
      () => ['explore', broken('c.ts', 'setup: setup', 'begin: setup')],
      /has no field begin; accepted: machine, threads/,
    ],
    [
      'more threads than there may be',
      () => ['explore', broken('f.ts', '{ run: ab }', '{ run: ab, times: 200 }')],
      /thread 0: times: accepted: 1 to 128/,
    ],
    [
      'a daemon that the kernel does not have',
      () => ['explore', broken('g.ts', 'setup: setup', "setup: setup, daemons: ['nobody']")],
      /daemons: the kernel has no process nobody/,
    ],
    [
      'something that would have to be executed',
      () => ['explore', broken('d.ts', '8 << 20', 'Math.random()')],
      /d\.ts:5:24: the description of a scenario is made of literals/,
    ],
    [
      'too little memory',
      () => ['explore', broken('e.ts', '8 << 20', '1 << 20')],
      /ramBytes 1048576: accepted: 4M to 2G/,
    ],
    [
      'a patch that replaces nothing',
      () => ['explore', SCENARIO, '--patch', file('p.ts', '// function vm_fault\n')],
      /p\.ts:1:1: it replaces no function/,
    ],
    [
      'a patch that is meant to replace something',
      () => ['explore', SCENARIO, '--patch', file('m.ts', '\nfunction vm_falut(): void {}\n')],
      /m\.ts:2:1: it replaces no function of the kernel: did you mean vm_fault by vm_falut\?\n/,
    ],
    [
      'a patch that is to be judged, and replaces nothing',
      () => ['verify', SCENARIO, '--patch', file('n.ts', 'function nobody(): void {}\n')],
      /n\.ts: it replaces no function: there is no change to judge\n/,
    ],
    [
      'a patch with an error',
      () => ['explore', SCENARIO, '--patch', file('q.ts', '\nfunction* ba(): Sleeps {\n  mtx_lock(b);\n}\n')],
      /q\.ts:3:3: /,
    ],
    [
      'a strategy that is none',
      () => ['explore', '--strategy', 'hope', SCENARIO],
      /accepted: portfolio, random/,
    ],
    ['no change', () => ['verify', SCENARIO], /verify wants a change: --locking REGIME or --patch FILE/],
  ];
  for (const [what, args, message] of cases)
    test(`${what}: one line and exit 2`, async () => {
      const { status, err } = await called(args());
      expect(err).toMatch(message);
      expect(status).toBe(2);
      expect(err).not.toMatch(/\n\s+at /);
    });
});

test('may a patch only add functions, for the debugger to call?', PATIENCE, () => {
  const patch = join(DIR, 'only.ts');
  writeFileSync(patch, 'function answer(n: int): int {\n  return n + 41;\n}\n');
  const args = [
    'packages/cli/bin/trap12.js',
    'run',
    '--debug',
    '--ram',
    '8M',
    '--patch',
    patch,
    '--',
    'true',
  ];
  const r = spawnSync(process.execPath, args, { encoding: 'utf8', input: 'call answer(1)\nquit\n' });
  expect(r.stdout).toContain('db> call answer(1)\n= 0x2a\n');
  expect(told(r.stderr)).toBe(`trap12: ${patch}: it replaces no function of the kernel, and adds answer\n`);
});

test('does --json give one object?', PATIENCE, () => {
  const { status, out } = trap12(['explore', SCENARIO, '--odds', '5', '--json']);
  const result = JSON.parse(out);
  expect(status).toBe(1);
  expect(result).toMatchObject({
    schema: 1,
    failed: true,
    shrunk: { choices: 1, minimal: true, fewest: true },
  });
  expect(result.schedule).toMatch(/^trap12 schedule 1\n/);
});

test('do all processors find the same as one?', PATIENCE, () => {
  const what = ['explore', 'examples/scenarios/counter.ts', '--strategy', 'bounded', '--schedules', '4000'];
  const [one, two] = ['1', '2'].map((jobs) => trap12([...what, '--jobs', jobs, '--json']));
  const plain = (out: string): object => ({ ...JSON.parse(out), seconds: 0 });
  expect([one!.status, two!.status]).toEqual([0, 0]);
  expect(plain(two!.out)).toEqual(plain(one!.out));
});

test('is a command explored, too?', PATIENCE, async () => {
  const files = { schedule: join(DIR, 'none.sched'), html: join(DIR, 'none.html') };
  const wanted = Object.entries(files).flatMap(([option, file]) => [`--${option}`, file]);
  const passing = trap12(['explore', '--ram', '16M', ...wanted, '--schedules', '20', '--', 'echo a | cat']);
  const lines = passing.err.split('\n').filter((line) => !/^trap12: \d+ schedules?, /.test(line));
  const unwritten = Object.entries(files).map(
    ([option, file]) => `trap12: --${option} ${file}: not written: no schedule failed`,
  );
  expect([passing.status, lines]).toEqual([0, [...unwritten, '']]);
  expect(passing.out).toMatch(/^no schedule failed: 20 schedules in /);
  expect((await called(['explore', '--jobs', '0', '--', 'true'])).err).toMatch(/accepted: 1 to 256/);
  const failing = trap12([
    'explore',
    '--ram',
    '16M',
    '--schedules',
    '20',
    '--shrink',
    '0',
    '--odds',
    '2',
    '--',
    'test -d nothing',
  ]);
  expect(failing.status).toBe(1);
  expect(failing.out).toMatch(/^the command ends with status 1\n/);
  expect(failing.out).toContain('The moment of no return is before the first of these: all runs failed.');
});

test('does a schedule keep the rate of disk errors?', PATIENCE, () => {
  const path = join(DIR, 'errors.txt');
  const machine = [
    '--ram',
    '8M',
    '--disk-errors',
    '0.99',
    '--schedules',
    '1',
    '--shrink',
    '0',
    '--odds',
    '0',
  ];
  // Fails by the disk's errors alone.
  const reads = 'dd if=/dev/ad0b of=/dev/null count=1';
  const found = trap12(['explore', ...machine, '--schedule', path, '--', reads]);
  expect(found.status).toBe(1);
  expect(readFileSync(path, 'utf8')).toContain('"diskErrorRate":0.99');
  expect(trap12(['replay', path]).out).toMatch(/^the command ends with status 1\n.*: as recorded\n$/);
});
