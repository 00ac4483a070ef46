import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { called } from './call.js';

/* Variables that name a folder or a file: what is there, and what else they may name. */

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const IMAGE = fileURLToPath(new URL('../../kernel/dist/image', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-environment-'));
for (const name of ['empty', 'half', 'old']) mkdirSync(join(DIR, name));
writeFileSync(join(DIR, 'half/kernel.json'), '{"version": 1, "strings"');
writeFileSync(join(DIR, 'old/kernel.json'), '{"version": 0}');
symlinkSync(IMAGE, join(DIR, 'image'), 'dir');
afterAll(() => rmSync(DIR, { recursive: true }));

/** A command line in this process, which has the variable meanwhile. */
async function calledWith(name: string, value: string, words: string) {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return await called(words.split(' '));
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

describe('TRAP12_KERNEL', { timeout: 60_000 }, () => {
  test.each(['image', ''])('"%s": the kernel there', (folder) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [COMMAND, 'run', '--quiet', '--', 'echo', 'here'],
      {
        cwd: DIR,
        encoding: 'utf8',
        timeout: 50_000,
        input: '',
        env: { ...process.env, TRAP12_KERNEL: folder },
      },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'here\n', stderr: '' });
  });

  test.each([
    ['gone', 'no kernel image in DIR/gone, which TRAP12_KERNEL names: ENOENT'],
    ['empty/', 'no kernel image in DIR/empty/, which TRAP12_KERNEL names: ENOENT'],
    ['old/kernel.json', 'no kernel image in DIR/old/kernel.json, which TRAP12_KERNEL names: ENOTDIR'],
    ['half', 'DIR/half/kernel.json is no kernel image: '],
    ['old', 'DIR/old/kernel.json: image version 0, not '],
  ])('%s: one line, and wrong usage', async (folder, says) => {
    for (const words of ['configs', 'completion bash']) {
      const { status, out, err } = await calledWith('TRAP12_KERNEL', `${DIR}/${folder}`, words);
      expect([status, out, err.split('\n').length]).toEqual([2, '', 2]);
      expect(err.startsWith(`trap12: ${says.replace('DIR', DIR)}`), err).toBe(true);
    }
  });
});

test('TRAP12_PROGRESS: a folder stays where it is', async () => {
  const { status, err } = await calledWith('TRAP12_PROGRESS', `${DIR}/empty`, 'learn 1');
  expect({ status, err }).toEqual({
    status: 2,
    err: `trap12: progress cannot be kept in ${DIR}/empty, a folder; TRAP12_PROGRESS names a file\n`,
  });
  expect(existsSync(join(DIR, 'empty'))).toBe(true);
});
