import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { atTerminal, hasTerminal, type Sitting, type Step } from './terminal.js';

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-learn-terminal-'));
afterAll(() => rmSync(DIR, { recursive: true }));

const KEYS = /\(Enter runs it, s goes on without, q ends\) /.source;
const ANSWER = /\(an answer, h for a hint, s goes on without, q ends\) /.source;

/** A lesson that has these commands typed, and asks for 6 * 7. */
function lesson(...commands: string[][]): string {
  const question = {
    ...{ ask: 'What is 6 * 7?', run: { command: 'expr 6 \\* 7' }, value: { console: '^(\\d+)\\n' } },
    ...{ hint: 'Ask expr.', so: 'So it is.', wrong: ['43'] },
  };
  const exercise = {
    ...{ task: ['Do well.'], hint: 'true', give: 'command', run: { command: 'ANSWER' } },
    checks: [{ name: 'it does well', value: { status: true }, equals: 0, says: 'so it was wanted' }],
    ...{ solution: ['true'], wrong: [] },
  };
  const path = join(DIR, 'lesson.json');
  const steps = [...commands.map((type) => ({ type })), { question }];
  writeFileSync(path, JSON.stringify({ title: 'x', minutes: 1, about: 'y', steps, exercise }));
  return path;
}

function session(path: string, steps: Step[]): Promise<Sitting> {
  const progress = join(DIR, 'progress.json');
  rmSync(progress, { force: true });
  const words = ['env', `TRAP12_PROGRESS=${progress}`, process.execPath, COMMAND, 'learn', path];
  return atTerminal(words, DIR, steps);
}

/** What is typed behind a command is the session's again. */
const ANSWERED: Step[] = [
  ['await', ANSWER, 60],
  ['type', '42\r'],
  ['await', 'So it is\\.', 60],
  ['await', 'q ends the lesson\\) ', 60],
  ['type', 'q\r'],
  ['end', 60],
];

describe.skipIf(!hasTerminal)('has a command of a lesson the terminal', { timeout: 300_000 }, () => {
  test("while it runs: its debugger takes commands, and what is typed behind it is the session's", async () => {
    const dies = ['run', '--quiet', '--ddb', '--patch', 'dies.ts', '--', 'sysctl kern.locking'];
    writeFileSync(
      join(DIR, 'dies.ts'),
      "export function regime_text(buf: u32, size: u32): int {\n  panic('it is to die');\n}\n",
    );
    const path = lesson(dies);
    const sitting = await session(path, [
      ['await', KEYS, 60],
      ['type', '\r'],
      ['await', 'panic: it is to die[\\s\\S]*db> ', 90],
      ['type', 't\r'],
      ['await', 'regime_text[\\s\\S]*db> ', 60],
      ['type', 'quit\r'],
      ...ANSWERED,
    ]);
    expect(sitting).toMatchObject({ failed: null, status: 0, same: true });
  });

  test('and Ctrl-C, which ends it and not the session', async () => {
    const path = lesson(['run', '--quiet', '--', 'echo it begins; sleep 1000000']);
    const sitting = await session(path, [
      ['await', KEYS, 60],
      ['type', '\r'],
      ['await', 'it begins', 60],
      ['type', '\x03'],
      ...ANSWERED,
    ]);
    expect(sitting).toMatchObject({ failed: null, status: 0, same: true });
  });
});
