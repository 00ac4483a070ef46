import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { Tail } from '../src/console.js';
import { called, told } from './call.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const EXAMPLE = 'examples/vmdaemon-2001.txt';

function trap12(args: string[], input?: string) {
  const result = spawnSync(process.execPath, ['packages/cli/bin/trap12.js', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 50_000,
    ...(input === undefined ? {} : { input }),
  });
  return { status: result.status, out: result.stdout, err: told(result.stderr) };
}

describe('what does wrong usage get?', () => {
  const cases: [string, string[], RegExp][] = [
    ['too little RAM', ['run', '--ram', '3M', '--', 'true'], /accepted: 4M to 2G/],
    ['too much RAM', ['run', '--ram', '5G', '--', 'true'], /accepted: 4M to 2G/],
    ['RAM that is no size', ['run', '--ram', 'lots', '--', 'true'], /accepted: 4M to 2G/],
    ['no processor', ['run', '--ncpu', '0', '--', 'true'], /accepted: 1 to 8/],
    ['an impossible rate of disk errors', ['run', '--disk-errors', '2', '--', 'true'], /accepted: 0 to 1/],
    ['a rate that is none', ['run', '--disk-errors', 'often', '--', 'true'], /accepted: 0 to 1/],
    ['a negative seed', ['run', '--seed', '-1', '--', 'true'], /accepted: 0 to 9007199254740991/],
    ['an unknown regime', ['explore', '--jobs', '1', '--locking', 'none', '--', 'true'], /accepted: giant, /],
    [
      "a regime by the name of an object's method",
      ['explore', '--jobs', '1', '--locking', 'toString', '--', 'true'],
      /accepted: giant, /,
    ],
    ['a prompt and an object at once', ['run', '--json', '--ddb', '--', 'true'], /--ddb is a prompt/],
    [
      'a switch that is none',
      ['explore', '--jobs', '1', '--locking', 'giant,nope=1', '--', 'true'],
      /sets no switch; accepted: vm_mtx, /,
    ],
    [
      'a switch that is half on',
      ['explore', '--jobs', '1', '--locking', 'giant,vm_mtx=2', '--', 'true'],
      /each =0 or =1/,
    ],
    ['an unknown strategy', ['reproduce', '--strategy', 'hope', '-'], /accepted: lock-gap, random-delay/],
    [
      'a recipe that leaves less than nothing',
      ['reproduce', '--ram', '4M', EXAMPLE],
      /leaves -8 MB of 4 MB; accepted: --ram above 12 MB/,
    ],
    [
      'a machine saved on the way of a debugged run',
      ['run', '--break', 'vm_fault', '--save-at', '1=x', '--', 'true'],
      /leave --save-at out/,
    ],
    ['a load that is not there', ['reproduce', '--load', 'frob', EXAMPLE], /no program frob/],
    [
      'a load that ends too early',
      ['reproduce', '--load', 'while', EXAMPLE],
      /not run "while": Syntax error/,
    ],
    [
      'a load that is not there, hidden',
      ['reproduce', '--load', 'f() { frob; }; f', EXAMPLE],
      /: frob: not found/,
    ],
    [
      'a background that is none',
      ['reproduce', '--background', 'noise', EXAMPLE],
      /accepted: servers, forks, none/,
    ],
    [
      'more looks than seeds',
      ['reproduce', '--looks', '900', '--attempts', '4', EXAMPLE],
      /--looks 900: accepted: 0 to 4, as many as --attempts/,
    ],
    [
      'letters in a load that stand for a number, as the report has them',
      ['reproduce', '--load', 'true; dd if=/dev/zero of=/dev/null bs=N', EXAMPLE],
      /"bs=N" in the command .*: N stands for a number; in the report it is 54525952 on this machine/,
    ],
    [
      'letters in a load of which the report says nothing',
      ['reproduce', '--load', 'while true; do memcheck SIZE; done', EXAMPLE],
      /"SIZE" in the command .*: SIZE stands for a number, a size as 52m or 524288/,
    ],
    [
      'a suspect in a debugger',
      ['run', '--debug', '--suspect', 'vmdaemon', '--', 'true'],
      /--debug, --break and --at leave the schedule alone: leave --suspect out/,
    ],
    [
      'a list of regimes with one that is none',
      ['reproduce', '--regimes', 'giant,x', EXAMPLE],
      /"x"; accepted: all, giant/,
    ],
    ...['0', '-1', 'x', '1e3', '100001'].map((seconds): (typeof cases)[number] => [
      `${seconds} virtual seconds`,
      ['reproduce', `--seconds=${seconds}`, EXAMPLE],
      /accepted: above 0, to 100000 virtual seconds/,
    ]),
    [
      'one regime and several',
      ['reproduce', '--regimes', 'all', '--locking', 'giant', EXAMPLE],
      /choose one of the options/,
    ],
    [
      'a command that no schedule can run',
      ['explore', '--', 'frob 3 & true'],
      /^trap12: the machine has no program frob; accepted: FILE\.ts, or a command/,
    ],
    [
      'a file that is no scenario',
      ['explore', 'package.json'],
      /^trap12: package\.json: it is no scenario; accepted: FILE\.ts, or a command\n$/,
    ],
    ['a scenario that is not there', ['explore', 'nosuch.ts'], /^trap12: scenario nosuch\.ts: ENOENT: /],
    [
      'a patch that is not there',
      ['reproduce', '--patch', 'nosuch.ts', EXAMPLE],
      /^trap12: patch nosuch\.ts: ENOENT: /,
    ],
    [
      'a patch that is a directory',
      ['boot', '--patch', 'examples'],
      /^trap12: patch examples: it is a directory\n$/,
    ],
    ['an unknown command', ['frobnicate'], /unknown command/],
    ['a word of two lines', ['run', '--ram', 'x\n  at y', '--', 'true'], /^error: .*'x\\x0a {2}at y'/],
    ['a command of two lines', ['fro\nb'], /^error: unknown command 'fro\\x0ab'\n\(/],
    ['a file of two lines', ['grade', 'fro\nb'], /^trap12: cannot read fro\\x0ab: [^\n]*\n$/],
    [
      'a file about one run of several regimes',
      ['reproduce', '--regimes', 'all', '--html', 'page.html', EXAMPLE],
      /--html is about one run/,
    ],
    ['a report that is not there', ['reproduce', '/nonexistent'], /cannot read/],
    ['an empty report', ['reproduce', '/dev/null'], /not read as a panic report/],
    ['a text about something else', ['reproduce', 'package.json'], /not read as a panic report/],
  ];
  for (const [what, args, message] of cases) {
    test(`${what}: one line and exit 2`, async () => {
      const { status, err } = await called(args);
      expect(status).toBe(2);
      expect(err).toMatch(message);
      expect(err).not.toMatch(/\n\s+at /);
    });
  }

  test('a schedule whose scenario is gone says what names it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-cli-'));
    const file = join(dir, 'gone.sched');
    const made = join(dir, 'gone.ts');
    writeFileSync(made, readFileSync(`${ROOT}examples/scenarios/ab-ba.ts`));
    await called(['explore', '--shrink', '0', '--odds', '0', '--schedule', file, made]);
    rmSync(made);
    const { status, err } = await called(['replay', file]);
    rmSync(dir, { recursive: true });
    expect([status, err]).toEqual([
      2,
      expect.stringMatching(/^trap12: named in the schedule: scenario \S+gone\.ts: ENOENT: [^\n]*\n$/),
    ]);
  }, 60_000);

  test('the process ends so, too', () => {
    const { status, err } = trap12(['run', '--locking', 'none', '--', 'true'], '');
    expect([status, err]).toEqual([2, expect.stringMatching(/^trap12: .*accepted: giant, .*\n$/)]);
  });

  test('a report without a recipe: what was understood, and exit 1', () => {
    const text = readFileSync(`${ROOT}examples/vmdaemon-2001.txt`, 'utf8')
      .split('\n')
      .slice(0, 12)
      .join('\n');
    const { status, err } = trap12(['reproduce', '--batch', '-'], text);
    expect(status).toBe(1);
    expect(err).toMatch(/understood as "page fault .*no command to load/);
    expect(err).toMatch(/trap12 reproduce --load 'COMMAND' REPORT/);
  });
});

describe("a report of one's own, with a load of one's own", () => {
  const MAILED = [
    'panic: mutex vm not owned at ../../vm/swap_pager.c:1553',
    'Debugger("panic")',
    'Stopped at      Debugger+0x44:  pushl   %ebx',
    'db> t',
    'Debugger(c02e9b3b) at Debugger+0x44',
    'panic(c02e8a60,c02fbd3b,c02fbc41,611) at panic+0x70',
    '_mtx_assert(c0388de0,1,c02fbc41,611) at _mtx_assert+0x5d',
    'swp_pager_async_iodone(c30d5540) at swp_pager_async_iodone+0x4b',
    '',
  ].join('\n');
  const LOAD = 'dd if=/dev/zero of=/dev/null bs=20m';
  const args = [
    'reproduce',
    '--ram',
    '16M',
    '--load',
    LOAD,
    '--background',
    'none',
    '--attempts',
    '2',
    '--seconds',
    '5',
  ];
  const regimes = ['--regimes', 'giant,vm_mtx-20010519,vm_mtx=1'];

  test('--patch plants a hole, whose panic is found', () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-cli-'));
    const [hole, report] = [join(dir, 'hole.ts'), join(dir, 'report.txt')];
    writeFileSync(
      hole,
      `/** Frees a page without busying it first. Locks: vm lock. Does not sleep. */
function vm_pageout_page_free(m: vm_page): void {
  vm_page_protect(m, VM_PROT_NONE);
  if (m.busy === 0) panic('vm_page_free: freeing free page');
  vm_page_free(m);
}
`,
    );
    const frames = ['Debugger', 'panic', 'vm_pageout_page_free', 'vm_pageout_free_cache', 'vm_pageout_scan'];
    const trace = frames.map((name, i) => `${name}(c${i}) at ${name}+0x${i + 20}`).join('\n');
    writeFileSync(report, `panic: vm_page_free: freeing free page\nDebugger("panic")\ndb> trace\n${trace}\n`);
    const few = [
      '--batch',
      '--shrink',
      '0',
      '--odds',
      '0',
      '--judge',
      '0',
      '--background',
      'none',
      '--ram',
      '8M',
    ];
    const page = join(dir, 'page.html');
    const given = ['--load', 'memcheck 12m', '--attempts', '1', '--patch', hole, '--html', page];
    const { status, out } = trap12(['reproduce', ...few, ...given, report]);
    // Of a schedule that nobody shrinks there is a page, too.
    expect(readFileSync(page, 'utf8')).toContain('as the machine does by itself');
    const object = JSON.parse(trap12(['reproduce', ...few, ...given, '--json', report]).out);
    expect(object.machine).toEqual({
      ...{ ram: 8 << 20, swap: 64 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks', diskErrors: 0 },
      ...{ patches: [hole], programs: [] },
    });
    const odds = few.map((word, i) => (few[i - 1]?.match(/^--(shrink|odds|judge)$/) ? '2' : word));
    const whole = trap12(['reproduce', ...odds, ...given, report]).out;
    rmSync(dir, { recursive: true });
    // Nothing can be shrunk, and by nobody's wait a regime be judged; how likely it was can be told.
    expect(whole).toMatch(
      /^It fails without any choice: as the machine does by itself\.\n\nHow likely it was/m,
    );
    expect(whole).toMatch(/^Whether other regimes fail so is not known: .*\n.*\(--regimes all/m);
    expect(whole).not.toContain('not judged');
    expect(out).toContain('vm_pageout_page_free(');
    expect(out).toContain(`--patch ${hole}`);
    expect(out).toContain(`functions of the kernel replaced or added by ${hole}\nload: `);
    expect(status).toBe(0);
  }, 60_000);

  test('in the debugger the whole way to the panic can be gone back, and changed', () => {
    const few = ['--any', '--shrink', '0', '--odds', '0', '--judge', '0', '--locking', 'vm_mtx-20010519'];
    const typed = 'rstep\nwrite cnt+14 9\nhistory 1\nlast-write cnt+14\nquit\n';
    const report = join(mkdtempSync(join(tmpdir(), 'trap12-cli-')), 'report.txt');
    writeFileSync(report, MAILED);
    const { status, out } = trap12([...args, ...few, report], typed);
    rmSync(dirname(report), { recursive: true });
    expect(status).toBe(1);
    const said = out.slice(out.indexOf('db> rstep'));
    expect(said).toMatch(/^db> rstep\nStopped at.*\n.*, step \d+\n/);
    expect(said).toMatch(
      /\nhistory 2 begins at step \d+; what came after stays: 'history 1' goes to its end/,
    );
    expect(said).toMatch(/db> history 1\nStopped at\s+Debugger\+0x/);
    expect(said).toMatch(/step \d+, [\d.]+ s, pid \d+ "\w+"\n\s+by vm_fault1\+/);
  }, 60_000);

  test('which regimes die how, what was run, and why it is not quite the same', () => {
    const { status, out } = trap12([...args, ...regimes, '-'], MAILED);
    expect(status).toBe(1);
    expect(out).toContain(`load: ulimit -d unlimited; ${LOAD} (as given, nothing beside it)\n`);
    expect(out).toMatch(/^giant: no panic in 2 runs$/m);
    expect(out).toMatch(/^vm_mtx-20010519,vm_mtx=1: 2 other panics in 2 runs, 2 of them nearly the same$/m);
    expect(out).toMatch(
      /^the same but for:\n +2 {2}panic: mutex vm not owned at vm\/\S+:N in \w+ \(seed 1\)\n +functions: the innermost/m,
    );
  });

  test('the same as JSON', () => {
    const { status, out } = trap12([...args, ...regimes, '--attempts', '1', '--json', '-'], MAILED);
    expect(status).toBe(1);
    const { load, reproduced, regimes: results } = JSON.parse(out);
    expect(load).toMatchObject({ recipe: LOAD, from: 'given', background: { name: 'none', command: '' } });
    expect(reproduced).toBe(false);
    expect(results.map((each: { near: unknown }) => each.near !== null)).toEqual([false, true]);
    expect(results[1].runs[0]).toMatchObject({ result: 'near', differences: [{ what: 'functions' }] });
  });

  test('what is nearly the same is written where a file is wanted, and called so', () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-cli-'));
    const file = join(dir, 'near.sched');
    const few = ['--batch', '--shrink', '0', '--odds', '0', '--judge', '0', '--attempts', '1'];
    const wanted = ['--schedule', file, '-'];
    const near = trap12([...args, ...few, '--locking', 'vm_mtx-20010519', ...wanted], MAILED);
    expect(near.status).toBe(1);
    expect(near.err).toContain(
      `trap12: --schedule ${file}: written of seed 1, which died the same but for little\n`,
    );
    expect(near.out).toMatch(/\nthe same but for:\n {4}functions: /);
    expect(near.out).toMatch(/^panic: mutex vm not owned at [\s\S]*^replay: trap12 replay .*near\.sched$/m);
    const replayed = trap12(['replay', file]);
    expect(replayed.status).toBe(0);
    expect(replayed.out).toContain('panic: mutex vm not owned');
    rmSync(file);
    const none = trap12([...args, ...few, '--locking', 'giant', ...wanted], MAILED);
    rmSync(dir, { recursive: true });
    expect(none.status).toBe(1);
    expect(none.err).toContain(
      `trap12: --schedule ${file}: not written: no run died as the report says, or nearly so\n`,
    );
  }, 60_000);

  test('a load that the program of its name here does not take is an error behind the first run', () => {
    const load = (text: string) =>
      trap12(['reproduce', '--batch', '--background', 'none', '--seconds', '5', '--load', text, '-'], MAILED);
    const { status, err } = load('stress --vm 8 --vm-bytes 2G');
    expect(status).toBe(2);
    expect(err).toMatch(
      /\ntrap12: this machine's program of that name does not take "stress --vm 8 --vm-bytes 2G": usage: stress .*\n$/,
    );
    expect(load('dd iff=/dev/zero').err).toContain(
      'does not take "dd iff=/dev/zero": dd: unknown operand iff',
    );
    // One that was at work before may come to a panic with another seed; so may one that goes on behind it.
    const later = trap12(
      [
        'reproduce',
        '--batch',
        '--looks',
        '0',
        '--attempts',
        '2',
        '--seconds',
        '5',
        '--background',
        'none',
      ].concat(['--load', 'sleep 2; stress', '-']),
      MAILED,
    );
    expect([later.status, later.out.includes('2  ended: usage: stress')]).toEqual([1, true]);
  }, 60_000);

  test('a load that fails at once in the first two seeds alike is told of, with what it printed', () => {
    const few = ['reproduce', '--batch', '--looks', '0', '--attempts', '3', '--seconds', '3'];
    const load = (text: string, ...more: string[]) => trap12([...few, ...more, '--load', text, '-'], MAILED);
    const said = (text: string, why: string): string =>
      `\nthe load "${text}" fails at once, with status 1, in the first two seeds alike; ${why}\n`;
    const dd = load('dd if=/dev/zero of=');
    expect([dd.status, dd.out]).toEqual([
      1,
      expect.stringContaining(
        said('dd if=/dev/zero of=', 'the last that it printed: dd: no value specified for of'),
      ),
    ]);
    const jot = load('jot ten', '--regimes', 'giant,vm_mtx-20010519');
    expect([jot.status, jot.out]).toEqual([
      1,
      expect.stringContaining(said('jot ten', 'the last that it printed: jot: bad value: ten')),
    ]);
    const mute = load('false');
    expect(mute.out).toContain(said('false', 'it printed nothing'));
    const json = load('torment x', '--json');
    expect([json.status, json.out]).toEqual([1, '']);
    expect(json.err).toContain('the load "torment x" fails at once');
    // One that was at work before, and one that did well, may come to a panic with another seed.
    for (const text of ['sleep 2; false', 'true']) {
      const { status, out } = load(text);
      expect([text, status, out]).toEqual([text, 1, expect.stringContaining('not reproduced in 3 runs')]);
    }
  }, 120_000);

  test('--suspect of nobody is an error, with the names that there are', () => {
    const whom = ['--suspect', 'nosuch', '--looks', '0', '--locking', 'giant'];
    const { status, err } = trap12([...args, ...whom, '-'], MAILED);
    expect(status).toBe(2);
    expect(err).toMatch(
      /^trap12: --suspect nosuch: no process of that name ran; accepted: .*\bdd, .*pagedaemon, .*vmdaemon$/m,
    );
    const run = trap12(['run', '--quiet', '--suspect', 'vmdemon', '--', 'sh -c "exec echo x"']);
    expect([run.status, run.out]).toEqual([2, 'x\n']);
    expect(run.err).toMatch(/^trap12: --suspect vmdemon: no process of that name ran; accepted: .*\becho, /);
    // The last name that a process has had counts, too, and one that is as long as the kernel keeps it.
    const known = trap12(['run', '--quiet', '--suspect', 'echo', '--', 'sh -c "exec echo x"; exit 4']);
    expect([known.status, known.err]).toEqual([4, '']);
    const late = ['--ram', '8M', '--seconds', '2', '--suspect', 'nosuch', '--', 'sleep 9'];
    expect(trap12(['run', '--quiet', ...late]).status).toBe(2);
  }, 60_000);

  test('what is nearly the same is shown first; the replay has the load', () => {
    const { status, out } = trap12([...args, '--locking', 'vm_mtx-20010519', '-'], MAILED);
    expect(status).toBe(1);
    expect(out).toMatch(
      /^the same but for:\n {4}functions: .*\nseed 1 of regime .*\nload: .*\nnobody is kept waiting: .*\n\npanic: mutex vm not owned/,
    );
    expect(out).toMatch(
      /^replay: trap12 reproduce --seed 1 .* --load 'dd if=[^']*' --background none REPORT$/m,
    );
  });
});

test('the console of a program that never stops talking is kept to its end', () => {
  const tail = new Tail(10);
  for (let i = 0; i < 1000; i++) tail.put(`${i % 10}`);
  expect(tail.text.length).toBeLessThanOrEqual(20);
  expect(tail.text.length + tail.dropped).toBe(1000);
  expect(tail.text.endsWith('0123456789')).toBe(true);
});

describe('what does a run end with?', () => {
  test("the command's status", () => {
    expect(trap12(['run', '--quiet', '--', 'exit', '7']).status).toBe(7);
    expect(trap12(['run', '--quiet', '--', 'true']).status).toBe(0);
  });

  test("with --quiet, what the command wrote alone on standard output, the kernel's messages apart", () => {
    const load = 'printf one; sh -c \'kill -SEGV $$\'; printf "two\\0"; memcheck 20m; sleep 1; kill -KILL $$';
    const r = trap12(['run', '--quiet', '--ram', '8M', '--swap', '1M', '--', load]);
    expect(r.out).toBe('oneSegmentation fault\ntwo\0Killed\n');
    expect(r.err).toMatch(/^pid \d+ \(sh\), uid 0: exited on signal 11\nswap_pager: out of swap space\n/);
    expect(r.err).toMatch(/\npid \d+ \(memcheck\), uid 0, was killed: out of swap space\n/);
    expect(r.err).not.toMatch(/trap12|Copyright|syncing/);
  });

  test("with --quiet, the message of the kernel's death on standard output, whole", () => {
    const load = 'dd if=/dev/zero of=/dev/null bs=90m';
    const r = trap12(['run', '--quiet', '--locking', 'vm_mtx-20010519', '--', load]);
    expect(r.out).toMatch(/^panic: mutex vm not owned at \S+\nDebugger\("panic"\)\nStopped at /);
    expect([r.status, r.err]).toEqual([3, '']);
  });

  test('3 when the kernel panicked, with the trace', () => {
    const { status, out } = trap12([
      'run',
      '--quiet',
      '--ram',
      '16M',
      '--locking',
      'vm_mtx-20010519',
      '--',
      'dd',
      'if=/dev/zero',
      'of=/dev/null',
      'bs=24m',
    ]);
    expect(status).toBe(3);
    expect(out).toMatch(/^panic: /m);
    expect(out).toMatch(/^panic\(.*\) at panic\+0x/m);
    expect(out).toMatch(/swp_pager/);
  });

  test('its standard input is that of the host, byte for byte; with --quiet its output is all there is', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    let word = 1;
    const random = Buffer.alloc(1 << 20).map(() => {
      word = (Math.imul(word, 1664525) + 1013904223) | 0;
      return word >>> 24;
    });
    const bytes = Buffer.concat([all, random]);
    const run = [
      'packages/cli/bin/trap12.js',
      'run',
      '--quiet',
      '--ncpu',
      '2',
      '--',
      'cat; printf end; exit 3',
    ];
    const options = { cwd: ROOT, input: bytes, encoding: 'latin1', maxBuffer: 1 << 22 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, run, options);
    expect(status).toBe(3);
    expect(stderr).toBe('');
    expect(stdout === `${bytes.toString('latin1')}end`).toBe(true);
    // The debugger's run writes the same.
    const at = [...run.slice(0, 3), '--at', '3', '--', 'sleep 5; printf "\\0\\377\\t\\n"'];
    const debugged = spawnSync(process.execPath, at, { ...options, input: 'c\n' });
    expect([debugged.status, debugged.stdout.endsWith('db> c\n\0\xff\t\n')]).toEqual([0, true]);
  });

  test('a device that is at its end has one, and one that has none is refused', async () => {
    const run = (device: string) => {
      const stdin = openSync(device, 'r');
      const args = ['packages/cli/bin/trap12.js', 'run', '--quiet', '--seconds', '5', '--', 'cat; echo end'];
      const { stdout, stderr } = spawnSync(process.execPath, args, {
        ...{ cwd: ROOT, encoding: 'utf8', stdio: [stdin, 'pipe', 'pipe'] },
      });
      closeSync(stdin);
      return { stdout, stderr };
    };
    expect(run('/dev/null')).toEqual({ stdout: 'end\n', stderr: '' });
    // What does not read is the same machine as where nothing is said of the input.
    const input = openSync('/dev/null', 'r');
    const ps = ['packages/cli/bin/trap12.js', 'run', '--json', '--', 'ps'];
    const { stdout } = spawnSync(process.execPath, ps, {
      ...{ cwd: ROOT, encoding: 'utf8', stdio: [input, 'pipe', 'pipe'] },
    });
    closeSync(input);
    const { machine } = createSystem(await loadKernel(), { command: 'ps' });
    machine.run();
    expect((JSON.parse(stdout) as { seconds: number }).seconds).toBe(machine.now() / 1e9);
    const zero = { stdout: '', stderr: 'trap12: standard input is too long; accepted: up to 64M\n' };
    expect(run('/dev/zero')).toEqual(zero);
  });

  test('the kernel has the last word even where little was to be shown', () => {
    const { status, out } = trap12([
      'run',
      '--quiet',
      '--',
      'false; reboot -n & sysctl kern.ostype > /dev/null',
    ]);
    expect(status).toBe(0);
    expect(out).toBe('');
  });

  test('JSON on request', () => {
    const { status, out } = trap12(['run', '--json', '--', 'echo', 'hello']);
    expect(status).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ schema: 1, ended: 'halt', status: 0, seed: 1 });
    expect(result.console).toContain('hello\n');
    expect(result.consoleDropped).toBe(0);
  });

  test('an output that cannot be written is named, and exit 2', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, ['packages/cli/bin/trap12.js', 'configs'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^trap12: cannot write to standard output: ENOSPC.*\n$/);
  });

  test('a machine is saved when it has come so far, and what was not saved is told', () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-save-'));
    try {
      const saved = join(dir, 'machine');
      const at = ['--save-at', `0.1=${saved}`, '--save-at', `50=${saved}2`];
      const all = trap12(['run', '--quiet', '--ram', '8M', ...at, '--', 'sleep 1; exit 5']);
      expect([all.status, all.err]).toEqual([
        5,
        expect.stringMatching(
          /^trap12: --save-at 50=.*machine2: not saved, the run was from 0 to 1\.\d+ s\n$/,
        ),
      ]);
      expect(trap12(['resume', saved]).status).toBe(5);
      expect(trap12(['resume', `${saved}2`])).toMatchObject({
        status: 2,
        err: expect.stringMatching(/^trap12: cannot read .*machine2: ENOENT/),
      });
      const nowhere = join(dir, 'no', 'machine');
      const r = trap12(['run', '--quiet', '--ram', '8M', '--save-at', `0.1=${nowhere}`, '--', 'sleep 1']);
      expect([r.status, r.err]).toEqual([2, expect.stringMatching(/^trap12: --save-at [^\n]*\n$/)]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('a reader that goes away ends it quietly', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell's
    const shell = '"$0" packages/cli/bin/trap12.js run -- yes | head -1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = spawnSync('bash', ['-c', shell, process.execPath], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^Copyright .*\n0\n$/);
    expect(stderr).toBe('');
  });
});

test('dd prints its records, and every page and block is accounted for afterwards', () => {
  const { status, out } = trap12([
    'run',
    '--quiet',
    '--',
    'dd if=/dev/zero of=/dev/null bs=52m count=1; sysctl vm.stats.vm; swapinfo',
  ]);
  expect(status).toBe(0);
  expect(out).toMatch(/^1\+0 records in\n1\+0 records out\n54525952 bytes transferred/m);
  const count = (name: string): number =>
    Number(new RegExp(`vm\\.stats\\.vm\\.${name}: (\\d+)`).exec(out)?.[1]);
  const states = ['v_free_count', 'v_cache_count', 'v_inactive_count', 'v_active_count', 'v_wire_count'];
  expect(states.reduce((sum, name) => sum + count(name), 0)).toBeGreaterThan(count('v_page_count') - 16);
  expect(states.reduce((sum, name) => sum + count(name), 0)).toBeLessThanOrEqual(count('v_page_count'));
  const [, blocks, used, avail] = /ad0b\s+(\d+)\s+(\d+)\s+(\d+)/.exec(out)!.map(Number);
  expect(used! + avail!).toBe(blocks);
});

test('configs lists every regime and switch', () => {
  const { out } = trap12(['configs', '--json']);
  const { regimes, switches } = JSON.parse(out);
  for (const regime of Object.values(regimes) as { switches: object }[])
    expect(Object.keys(regime.switches).sort()).toEqual(Object.keys(switches).sort());
});

test('explain-report reads the example', () => {
  const { status, out } = trap12(['explain-report', 'examples/vmdaemon-2001.txt']);
  expect(status).toBe(0);
  expect(out).toMatch(/^page fault in get_ptbase/);
});

/** Runs it, and sends it Ctrl-C's signal so many ms after it has begun to say something. */
async function interruptedAt(ms: number, args: string[]): Promise<{ status: number | null; out: string }> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  // Until it says what it is about to do, Ctrl-C is the end of the process.
  await Promise.race([new Promise((resolve) => child.stderr.once('data', resolve)), ended]);
  child.stderr.resume();
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGINT');
  return { status: await ended, out };
}

test.each([
  [1, 0],
  [1, 1],
  [2, 2],
])('a search of %i jobs and %i looks that is interrupted tells what it has', async (jobs, looks) => {
  const args = [
    'packages/cli/bin/trap12.js',
    'reproduce',
    '--batch',
    '--locking',
    'giant',
    '--jobs',
    `${jobs}`,
    '--looks',
    `${looks}`,
    'examples/vmdaemon-2001.txt',
  ];
  const { status, out } = await interruptedAt(1500, args);
  expect(status).toBe(1);
  expect(out).toMatch(/not reproduced in \d+ runs? \(interrupted\)\n/);
  // What a worker was at is thrown away with it.
  if (looks === 0) expect(out).toMatch(/^ +1 {2}interrupted$/m);
});

test('a load under suspicion dies, and the account of the schedule says who came between', () => {
  const load = 'pool 6 2600 1 & hog burst 14m 60 & while memcheck 56m > /dev/null; do :; done';
  const seen: string[] = [];
  for (let seed = 1; seed <= 8; seed++) {
    const { status, out } = trap12([
      'run',
      '--json',
      '--suspect',
      'vmdaemon',
      '--seconds',
      '30',
      '--seed',
      `${seed}`,
      '--',
      load,
    ]);
    const result = JSON.parse(out) as {
      ended: string;
      panic?: string;
      delays?: { lock?: string; takings: unknown[] }[];
    };
    seen.push(result.ended);
    if (status !== 3) continue;
    expect(result.panic).toMatch(/^vm_daemon\(0,c[0-9a-f]+\) at vm_daemon\+/m);
    expect(result.delays!.some((delay) => delay.lock === 'allproc' && delay.takings.length > 0)).toBe(true);
    return;
  }
  expect.fail(`no panic in 8 runs: ${seen.join(' ')}`);
}, 300_000);
