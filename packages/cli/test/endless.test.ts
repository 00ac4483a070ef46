import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/* Devices and pipes without an end, where a file is read: it is said, and does not take for ever. */

/** Far more than any of these takes, and far less than for ever. */
const PATIENCE_MS = 60_000;

/** @param input shell: what goes before the command and the pipe into it */
function trap12(args: readonly string[], shell = 'exec'): Promise<{ status: number | null; err: string }> {
  const child = spawn(
    'sh',
    ['-c', `${shell} "$@"`, 'sh', process.execPath, 'packages/cli/bin/trap12.js', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: PATIENCE_MS },
  );
  let err = '';
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, err })));
}

const DIR = mkdtempSync(join(tmpdir(), 'trap12-endless-'));
afterAll(() => rmSync(DIR, { recursive: true }));
/** A link, for the device itself is not to be lost by whatever is wrong with who writes. */
const ZERO = join(DIR, 'zero');
symlinkSync('/dev/zero', ZERO);
const SCENARIO = 'examples/scenarios/ab-ba.ts';
const TOO_LONG = /^trap12: [^\n]*zero: more than 64 MB; no more is read\n$/;
const COMMANDS: [args: string[], says: RegExp][] = [
  [['replay', ZERO], TOO_LONG],
  [['certify', ZERO], TOO_LONG],
  [['reproduce', ZERO], TOO_LONG],
  [['gdbserver', ZERO], TOO_LONG],
  [['verify', '--locking', 'giant', ZERO], TOO_LONG],
  [['explore', '--patch', ZERO, '--', 'ls'], TOO_LONG],
  [['run', '--patch', ZERO, 'ls'], TOO_LONG],
  [['run', '--program', ZERO, 'ls'], TOO_LONG],
  [['grade', ZERO], TOO_LONG],
  [['grade', SCENARIO, '--task', ZERO], TOO_LONG],
  [['run', '--disk', ZERO, 'ls'], /^trap12: --disk \S+zero: it is a character device\n$/],
  [['ddb', ZERO], /^trap12: \S+zero: no crash dump: [^\n]*\n$/],
  [['crashinfo', ZERO], /^trap12: \S+zero: no crash dump: [^\n]*\n$/],
  [['resume', ZERO], /^trap12: \S+zero: it is no snapshot of a machine\n$/],
];

describe('an input without an end', () => {
  for (const [args, says] of COMMANDS)
    it(
      `ends: ${args.join(' ')}`,
      async () => {
        expect(await trap12(args)).toEqual({ status: 2, err: expect.stringMatching(says) });
      },
      PATIENCE_MS,
    );

  for (const [command, says] of [
    ['replay -', /^trap12: cannot read -: more than 64 MB; no more is read\n$/],
    ['certify -', /^trap12: cannot read -: more than 64 MB; no more is read\n$/],
    // No terminal's: a pipe's, which has none either.
    ['ddb /dev/stdin', /^trap12: \/dev\/stdin: no crash dump: [^\n]*\n$/],
  ] as const)
    it(
      `ends in a pipe: ${command}`,
      async () => {
        expect(await trap12(command.split(' '), 'yes |')).toEqual({
          status: 2,
          err: expect.stringMatching(says),
        });
      },
      PATIENCE_MS,
    );
});
