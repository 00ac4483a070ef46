import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../src/main.js';
import { called } from './call.js';

/*
 * What somebody gets who calls a command for the first time: with nothing, with --help, or with a file that
 * is not there, is a directory, is empty, or is something else. One line that says what is wrong, exit 2.
 */

const DIR = mkdtempSync(join(tmpdir(), 'trap12-entry-'));
afterAll(() => rmSync(DIR, { recursive: true }));

/** Where a name's end says what a file is to be. */
const BY_NAME: [end: string, words: string[]][] = [
  ['.ts', ['explore']],
  ['.ts', ['boot', '--patch']],
  ['.ts', ['boot', '--program']],
  ['.ts', ['grade']],
  ['.json', ['learn']],
];

/** A megabyte that looks like nothing, the same in every run. */
function bytes(): Buffer {
  const blocks = Array.from({ length: 1 << 15 }, (_, i) => createHash('sha256').update(`${i}`).digest());
  return Buffer.concat(blocks);
}
const BINARY = bytes();

const ARGUMENTS: [what: string, make: (path: string) => void][] = [
  ['a file that is not there', () => undefined],
  ['a directory', (path) => mkdirSync(path)],
  ['an empty file', (path) => writeFileSync(path, '')],
  ['a binary file', (path) => writeFileSync(path, BINARY)],
];

/** Without a word these do something: they run a machine, wait for an editor or gdb, or show a list. */
const GO_ON = ['run', 'boot', 'gdbserver', 'dap', 'configs', 'learn'];
/** These take a word as a command of the machine's, or write the file that is named. */
const TAKE_ANY = ['run', 'symbols'];

const names = (await makeProgram()).commands.map((command) => command.name());

/** Exit 2, and a line of which none is a stack's or blames the command itself. */
function expectRefusal({ status, out, err }: Awaited<ReturnType<typeof called>>): void {
  expect([status, err + out]).toEqual([2, expect.not.stringMatching(/internal error|^\s+at .*:\d+/m)]);
  expect((err + out).trim()).not.toBe('');
  // The parser tells of --help in a line of its own.
  expect(err.split('\n').length).toBeLessThanOrEqual(3);
}

describe('each command, called for the first time', { timeout: 60_000 }, () => {
  test.each(names.filter((name) => !GO_ON.includes(name)))('%s alone', async (name) => {
    expectRefusal(await called([name]));
  });

  test.each(names)('%s --help', async (name) => {
    const { status, out, err } = await called([name, '--help']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: trap12 /);
  });

  const cases = names
    .filter((name) => !TAKE_ANY.includes(name))
    .flatMap((name) => ARGUMENTS.map(([what], i): [string, string, number] => [name, what, i]));
  test.each(cases)('%s with %s', async (name, _what, i) => {
    const path = join(DIR, `${name}-${i}`);
    ARGUMENTS[i]![1](path);
    expectRefusal(await called([name, path]));
    // Of two files, or with an option, the file that is read is this one.
    if (['core', 'savecore'].includes(name)) expectRefusal(await called([name, path, `${path}.out`]));
    if (name === 'verify') expectRefusal(await called([name, '--locking', 'giant', path]));
    if (name === 'grade') expectRefusal(await called([name, path, '--task', path]));
  });

  const named = BY_NAME.flatMap(([end, words]) =>
    ARGUMENTS.map(([what], i): [string, string, string[], string, number] => [
      ...([words.join(' '), what] as const),
      ...([words, end, i] as const),
    ]),
  );
  test.each(named)('%s with %s that is named so', async (_words, _what, words, end, i) => {
    const path = join(DIR, `${words.join('')}-${i}${end}`);
    ARGUMENTS[i]![1](path);
    expectRefusal(await called([...words, path]));
  });
});

test('an option of another command: that one is named, not one that is spelt alike', async () => {
  const said = async (...words: string[]): Promise<string[]> => {
    const { status, err } = await called(words);
    expect(status).toBe(2);
    return err.trim().split('\n');
  };
  const help = '(--help tells more)';
  expect(await said('explore', '--batch', 'true')).toEqual([
    "error: unknown option '--batch'",
    '(trap12 reproduce has it)',
    help,
  ]);
  expect((await said('reproduce', '--schedules', '3', 'x'))[1]).toMatch(/^\(.*explore.* have it\)$/);
  expect((await said('explore', '--schedulez', '3', 'x'))[1]).toMatch(/^\(Did you mean .*--schedules/);
  expect(await said('explore', '--frobnicate', 'x')).toEqual(["error: unknown option '--frobnicate'", help]);
  // For a program it is one line; behind --, the word belongs to the command.
  expect(await said('explore', '--json', '--schedulez', '3', 'x')).toEqual([
    "error: unknown option '--schedulez'",
  ]);
  expect((await said('run', '--frobnicate', '--', 'echo', '--json')).at(-1)).toBe(help);
});
