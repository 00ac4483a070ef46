import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { IMPATIENT, TOLD_SOON } from './call.js';
import { atTerminal, hasTerminal, type Sitting, type Step } from './terminal.js';

const COMMAND = fileURLToPath(new URL('../bin/trap12.js', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-sentinel-'));
afterAll(() => rmSync(DIR, { recursive: true }));

/** `sysctl kern.locking` does not come back, and nothing in it looks at the time. */
writeFileSync(
  join(DIR, 'loop.ts'),
  'export function regime_text(buf: u32, size: u32): int {\n  for (;;) {}\n  return 0;\n}\n',
);
writeFileSync(
  join(DIR, 'healthy.ts'),
  'export function regime_text(buf: u32, size: u32): int {\n  return $i32(snprintf(buf, size, "none"));\n}\n',
);
/** The first cannot be tried without its end. */
writeFileSync(
  join(DIR, 'cure.ts'),
  'function endless(): void {\n  for (;;) {}\n}\nfunction* waiter(): Sleeps {\n  endless();\n}\n',
);

const ENDED =
  /^trap12: interrupted: it has not come to a point where it can stop for 2 s \(an endless loop in the simulated kernel\?\)\n$/m;

interface End {
  status: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  /** Since the signal */
  seconds: number;
}

/** A command that is at nothing of its own between two works, with a sentinel beside it. */
writeFileSync(
  join(DIR, 'between.mjs'),
  `import { sentinel } from ${JSON.stringify(new URL('../dist/sentinel/sentinel.js', import.meta.url).href)};
sentinel.start();
console.log('it begins');
if (process.argv[2] === 'listening') process.on('SIGINT', () => {});
const until = Date.now() + Number(process.argv[3]);
while (Date.now() < until);
`,
);

/**
 * As a terminal does: the signal goes to all processes of the group, a while after the sign that is awaited.
 * @param sign undefined: none, only the time
 * @param times so many of them, half a second apart
 * @param node what Node is told
 */
const interrupted = (
  args: readonly string[],
  sign: RegExp | undefined,
  afterMs: number,
  times = 1,
  node: readonly string[] = [],
): Promise<End> => ended([...node, COMMAND, ...args], sign, afterMs, times);

/** The same of any command of Node's. */
async function ended(
  args: readonly string[],
  sign: RegExp | undefined,
  afterMs: number,
  times = 1,
): Promise<End> {
  const child = spawn(process.execPath, args, {
    ...{ cwd: DIR, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  const said = { out: '', err: '' };
  await new Promise<void>((resolve) => {
    const look = (where: 'out' | 'err') => (chunk: Buffer) => {
      said[where] += chunk.toString();
      if (sign?.test(said.out + said.err) === true) resolve();
    };
    child.stdout!.on('data', look('out'));
    child.stderr!.on('data', look('err'));
    if (sign === undefined) resolve();
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const begun = performance.now();
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (...how) => resolve(how)),
  );
  for (let n = 1; n <= times; n++) {
    process.kill(-child.pid!, 'SIGINT');
    if (n < times) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const [status, signal] = await closed;
  return { status, signal, ...said, seconds: (performance.now() - begun) / 1000 };
}

describe('Ctrl-C, where the kernel is not ours', { timeout: 180_000 }, () => {
  test('ends a run whose kernel loops, long before the watchdog would', async () => {
    const args = ['run', '--patch', 'loop.ts', '--', 'echo it begins; sysctl kern.locking'];
    const end = await interrupted(args, /^it begins/m, 3000);
    expect(end.err).toMatch(ENDED);
    expect(end).toMatchObject({ status: null, signal: 'SIGTERM' });
    expect(end.seconds).toBeLessThan(15);
  });

  test('ends the grading of a cure that loops', async () => {
    const args = ['grade', 'cure.ts', '--scenario', 'examples/scenarios/missed-wakeup.ts'];
    let end: End;
    // Before it has come to the loop the signal ends it as usual.
    for (let ms = 8000; ; ms *= 2) {
      end = await interrupted(args, undefined, ms);
      if (ENDED.test(end.err) || ms > 50_000) break;
    }
    expect(end.err).toMatch(ENDED);
    expect(end.signal).toBe('SIGTERM');
  });

  test('is left to a machine that can stop, which says so in its own way', async () => {
    const args = ['run', '--patch', 'healthy.ts', '--', 'echo it begins; hog loop 3000'];
    const end = await interrupted(args, /^it begins/m, 3000);
    expect(end.err).toMatch(/^(?:trap12: compiling .*\n)?trap12: interrupted\n$/);
    expect(end).toMatchObject({ status: 1, signal: null });
  });
});

describe('between two works of a command', { timeout: 180_000 }, () => {
  const pressed = (args: readonly string[], ms: number): Promise<End> =>
    ended([join(DIR, 'between.mjs'), ...args], /^it begins/m, ms);

  test('Ctrl-C ends it at once, and that is said', async () => {
    let end: End;
    // A sentinel takes a while to be there.
    for (let ms = 1000; ; ms *= 3) {
      end = await pressed(['', '60000'], ms);
      if (end.err !== '' || ms > 30_000) break;
    }
    expect(end).toMatchObject({ status: null, signal: 'SIGINT', err: 'trap12: interrupted\n' });
    expect(end.seconds).toBeLessThan(15);
  });

  test('nothing is said of one that was listened to, or that has come to its end', async () => {
    expect(await pressed(['listening', '6000'], 3000)).toMatchObject({ status: 0, signal: null, err: '' });
    // Nobody has pressed it.
    const end = await ended([join(DIR, 'between.mjs'), '', '1000'], /^it begins/m, 0, 0);
    expect(end).toMatchObject({ status: 0, signal: null, err: '' });
  });
});

test(
  'Ctrl-C ends a search in the middle of a try, which is not counted, whoever has the kernel',
  { timeout: 300_000 },
  async () => {
    // One try takes half a minute on a fast computer: there is no other point at which it could stop so soon.
    const load = Array.from({ length: 90 }, () => 'hog loop 3000').join('; ');
    const search = ['--jobs', '1', '--virtual', '1000', '--', load];
    for (const patch of [[], ['--patch', 'healthy.ts']]) {
      let end: End;
      // Before the search has begun nothing was tried.
      for (let ms = 5000; ; ms *= 2) {
        end = await interrupted(['explore', ...patch, ...search], undefined, ms);
        if (end.signal !== 'SIGINT' || ms > 50_000) break;
      }
      expect(end.err).not.toContain('interrupted');
      expect(end.out).toMatch(/^no schedule failed: 0 schedules in .*; interrupted$/m);
      expect(end).toMatchObject({ status: 1, signal: null });
    }
  },
);

test(
  'Ctrl-C ends a search of many short tries, whoever works at it, and what was found is kept',
  {
    timeout: 180_000,
  },
  async () => {
    const args = [
      'explore',
      '--strategy',
      'random',
      '--schedules',
      '10000000',
      'examples/scenarios/counter.ts',
    ];
    for (const jobs of ['1', '2']) {
      // After so many of them all who are to work at it do.
      const many = /\d{5,} schedules, /;
      const end = await interrupted([...args, '--jobs', jobs], many, 300, 1, TOLD_SOON);
      expect(end.err).not.toContain('interrupted');
      expect(end.out).toMatch(/^no schedule failed: \d+ schedules in .*; interrupted$/m);
      expect(end).toMatchObject({ status: 1, signal: null });
    }
  },
);

describe.skipIf(!hasTerminal)('Ctrl-C in boot, at a terminal in raw mode', { timeout: 180_000 }, () => {
  const bootBy = (node: readonly string[], patch: string, ...steps: Step[]): Promise<Sitting> => {
    const command = [process.execPath, ...node, COMMAND, 'boot', '--patch', patch];
    return atTerminal(command, DIR, [['await', '# $', 60], ...steps]);
  };
  const boot = (patch: string, ...steps: Step[]): Promise<Sitting> => bootBy([], patch, ...steps);
  const loops: Step[] = [
    ['type', 'sysctl kern.locking\r'],
    ['signals', true, 15],
  ];
  /** As a kernel that loops, to whoever looks, but it goes on. */
  const late: Step[] = [
    ['type', 'cat\r'],
    ['await', 'cat\r\n', 10],
    ['stop'],
    ['type', 'one\r'],
    ['signals', true, 15],
  ];
  const leaves: Step[] = [
    ['type', '\x04'],
    ['end', 20],
  ];

  test('ends a kernel that loops', async () => {
    const end = await boot('loop.ts', ...loops, ['type', '\x03'], ['end', 15]);
    expect(end).toMatchObject({ failed: null, status: -15, same: true });
    expect(end.shown.replaceAll('\r', '')).toMatch(ENDED);
  });

  test('ends one also if it was pressed before that was known, with what was typed before it', async () => {
    const end = await boot(
      'loop.ts',
      ['type', 'sysctl kern.locking\r'],
      ['wait', 0.5],
      ['type', 'ls\r\x03'],
      ['end', 15],
    );
    expect(end).toMatchObject({ failed: null, status: -15, same: true });
    expect(end.shown.replaceAll('\r', '')).toMatch(ENDED);
  });

  test("is the machine's, pressed that early, if that is late only; and none of what was typed is lost", async () => {
    const end = await boot(
      'healthy.ts',
      ['type', 'cat\r'],
      ['await', 'cat\r\n', 10],
      ['stop'],
      ['type', 'one\rtwo\x03echo ei"ght"\r'],
      ['signals', true, 15],
      ['type', 'echo ni"ne"\r'],
      ['wait', 0.3],
      ['go on'],
      ['await', 'eight\r\n', 10],
      ['await', 'nine\r\n', 10],
      ['signals', false, 10],
      ...leaves,
    );
    expect(end).toMatchObject({ failed: null, same: true });
    expect(end.shown).not.toContain('interrupted');
    expect(end.shown).toMatch(/cat\r\none\r\n(?:one\r\n)?two\^C/);
  });

  test('leaves one to the watchdog, which leaves the terminal as it was', async () => {
    const end = await bootBy(IMPATIENT, 'loop.ts', ...loops, ['end', 60]);
    expect(end).toMatchObject({ failed: null, status: 1, same: true });
    expect(end.shown).toContain('trap12: no progress: ');
  });

  test('takes back what the debugger calls, at once and every time; then it is a key again', async () => {
    const call: Step[] = [
      ['type', 'call regime_text(0,0)\r'],
      ['signals', true, 10],
      ['wait', 0.5],
      ['type', '\x03'],
      ['await', 'regime_text was interrupted; the machine is as it was before the call\r\n', 3],
      ['await', 'db> ', 5],
      ['signals', false, 1],
    ];
    const end = await boot(
      'loop.ts',
      ['type', '\x1c'],
      ['await', 'db> ', 30],
      ...call,
      ...call,
      // The sentinel takes no answer that comes late for one that does not.
      ['wait', 3],
      ['type', 'p 1\x03'],
      ['await', '\\^C', 5],
      ['type', 'c\r'],
      ['wait', 1],
      ['type', 'echo go"es" on\r'],
      ['await', 'goes on\r\n', 20],
      ...leaves,
    );
    expect(end).toMatchObject({ failed: null, same: true });
  });

  test('asks at db> whether to leave, and the answer is no line of the history', async () => {
    const end = await boot(
      'healthy.ts',
      ['type', '\x1c'],
      ['await', 'db> ', 30],
      ['type', 'p 0t20+1\r'],
      ['await', '15\r\n', 5],
      ['type', '\x03'],
      ['await', 'leaves the debugger', 5],
      ['type', '\x03'],
      ['await', 'Leave the debugger', 5],
      // What answers is no command, which would be completed.
      ['type', 'sho\t\t'],
      ['wait', 0.5],
      ['type', '\x15n\r'],
      ['await', 'db> ', 5],
      // The key for the line before.
      ['type', '\x1b[A\r'],
      ['await', '15\r\n', 5],
      ['type', 'quit\r'],
      ['end', 30],
    );
    expect(end).toMatchObject({ failed: null, same: true });
    expect(end.shown).toContain('sho');
    expect(end.shown).not.toContain('show');
  });

  test("is the machine's again if it was late only, and Ctrl-\\ stays a byte", async () => {
    const end = await boot(
      'healthy.ts',
      ...late,
      ['go on'],
      ['signals', false, 10],
      ['await', 'one\r\none\r\n', 10],
      ['type', '\x03'],
      ['await', '\\^C\r\n# $', 10],
      ['stop'],
      ['signals', true, 15],
      ['type', '\x1c'],
      ['wait', 0.5],
      ['go on'],
      ['await', 'db> ', 30],
      // At its prompt the debugger reads keys, however long it waits for one.
      ['wait', 3],
      ['signals', false, 1],
      ['type', 'c\r'],
      ['wait', 1],
      ['type', '\r'],
      ['await', '# $', 10],
      ...leaves,
    );
    expect(end).toMatchObject({ failed: null, status: 130, same: true });
  });

  test("is the machine's also if it comes while it is late, behind what was typed before", async () => {
    const end = await boot(
      'healthy.ts',
      ...late,
      ['type', 'two\r\x03'],
      ['wait', 0.3],
      ['go on'],
      ['signals', false, 10],
      ['await', '# $', 10],
      ...leaves,
    );
    expect(end).toMatchObject({ failed: null, same: true });
    expect(end.shown).not.toContain('interrupted');
    expect(end.shown).toMatch(/one\r\ntwo\r\n(?:one\r\ntwo\r\n)?\^C\r\n# /);
  });
});
