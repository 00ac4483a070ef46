import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const OUTPUT = join(tmpdir(), `trap12-stdin-${process.pid}`);

/** A command with a file as its standard input, opened in some way. */
function fed(path: string, flags: string, words: readonly string[]): { status: number | null; said: string } {
  const input = openSync(path, flags);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words], {
      stdio: [input, 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    return { status, said: `${stdout}${stderr}`.split('\n').slice(-2, -1).join('') };
  } finally {
    closeSync(input);
  }
}

afterAll(() => rmSync(OUTPUT, { force: true }));

const STDIN = 'trap12: cannot read standard input:';

/** Everything that reads standard input, and how it names it. */
const READERS: [words: string[], before: string][] = [
  [['run', '--quiet', '--ram', '16M', '--', 'cat'], STDIN],
  [['run', '--quiet', '--ram', '16M', '--break', 'vm_fault', '--', 'true'], STDIN],
  [['boot', '--ram', '16M'], STDIN],
  [['dap'], STDIN],
  [['replay', '-'], 'trap12: cannot read -:'],
  [['certify', '-'], 'trap12: cannot read -:'],
  [['reproduce', '-'], 'trap12: cannot read -:'],
  [['explain-report', '-'], '-:'],
];

describe('standard input that cannot be read', () => {
  it.each(READERS)('is a directory: %j', (words, before) => {
    const { status, said } = fed(tmpdir(), 'r', words);
    expect(said).toMatch(/is a directory$/);
    expect(said.startsWith(before), said).toBe(true);
    expect(status).toBe(2);
  });

  it.each(READERS)('is open for writing only: %j', (words, before) => {
    const { status, said } = fed(OUTPUT, 'w', words);
    expect(said).toContain(`${before} EBADF`);
    expect(status).toBe(2);
  });
});
