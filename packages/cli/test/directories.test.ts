import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const REPORT = fileURLToPath(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-directories-'));
for (const name of ['d', 'd.ts', 'd.json']) mkdirSync(join(DIR, name));
writeFileSync(join(DIR, 'answer.ts'), 'function main(): int {\n  return 0;\n}\n');
afterAll(() => rmSync(DIR, { recursive: true }));

/** Words of a command line that name a directory where a file is wanted, and what is said of it. */
const WORDS: [words: string, says: string][] = [
  ['explore d', 'cannot read d: it is a directory; accepted: FILE.ts, or a command'],
  ['explore d.ts', 'scenario d.ts: it is a directory'],
  ['replay d', 'cannot read d: it is a directory'],
  ['verify --patch d.ts d.ts', 'scenario d.ts: it is a directory'],
  ['verify --locking giant d', 'cannot read d: it is a directory'],
  ['certify d', 'cannot read d: it is a directory'],
  ['resume d', 'cannot read d: it is a directory'],
  ['ddb d', 'cannot read d: it is a directory'],
  ['savecore d out', 'cannot read d: it is a directory'],
  ['grade d.ts', 'cannot read d.ts: it is a directory'],
  ['grade answer.ts --task d.json', 'd.json: it is a directory'],
  ['learn d.json', 'd.json: it is a directory'],
  ['run --patch d -- true', 'patch d: it is a directory'],
  ['boot --patch d', 'patch d: it is a directory'],
  ['run --program d.ts -- true', '--program d.ts: it is a directory'],
  ['run --disk d -- true', '--disk d: it is a directory'],
  [`reproduce --patch d ${REPORT}`, 'patch d: it is a directory'],
];

test.each(WORDS)('trap12 %s: one line that says what it is', { timeout: 60_000 }, (words, says) => {
  const options = { cwd: DIR, encoding: 'utf8', timeout: 50_000, input: '' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words.split(' ')], options);
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `trap12: ${says}\n` });
});
