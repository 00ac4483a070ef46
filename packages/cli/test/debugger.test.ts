import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ddb } from '@trap12/ddb';
import { openDump } from '@trap12/dump';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { SymbolTable } from '@trap12/target';
import { expect, it } from 'vitest';
import { loadSubject } from '../src/subject.js';
import { IMPATIENT } from './call.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A patch under which `sysctl kern.locking` comes to these statements, and to no end. */
const loopText = (statements: string): string =>
  `export function regime_text(buf: u32, size: u32): int {\n  ${statements}\n  return 0;\n}\n`;

/** A trap12 that somebody types at, who waits for what comes. */
class Conversation {
  text = '';
  private readonly child;
  private seen = 0;
  private wake: () => void = () => undefined;
  readonly ended: Promise<number | null>;

  constructor(...args: string[]) {
    // Words for Node stand in front of the command's.
    const own = args[0] === IMPATIENT[0] ? IMPATIENT : [];
    const words = [...own, 'packages/cli/bin/trap12.js', ...args.slice(own.length)];
    this.child = spawn(process.execPath, words, { cwd: ROOT });
    const more = (chunk: Buffer): void => {
      this.text += chunk.toString('latin1');
      this.wake();
    };
    this.child.stdout.on('data', more);
    this.child.stderr.on('data', more);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (status) => {
        resolve(status);
        this.wake();
      });
    });
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** The end of what is typed. */
  close(): void {
    this.child.stdin.end();
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** Waits until a text has come behind what was waited for last. */
  async until(wanted: string): Promise<void> {
    while (!this.text.slice(this.seen).includes(wanted)) {
      const how = this.child.exitCode ?? this.child.signalCode;
      if (how !== null) throw new Error(`it ended (${how}) without "${wanted}":\n${this.text}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.seen += this.text.slice(this.seen).indexOf(wanted) + wanted.length;
  }
}

it('boot: a key stops the machine, which goes on to a breakpoint, by steps, and back to its shell', async () => {
  const c = new Conversation('boot', '--ram', '16M');
  await c.until('# ');
  c.type('/bin/echo one\n');
  await c.until('one\n');
  c.type('\x1c');
  await c.until('Stopped at');
  c.type('break vm_fault\nc\n');
  await c.until('db> c\n');
  c.type('/bin/echo two\n');
  await c.until('Breakpoint at');
  c.type('tbreak vm_map_lookup\nc\n');
  await c.until('vm_map_lookup:');
  c.type('s\nbt full,2\nrs\n');
  await c.until('fault_type = ');
  await c.until('Stopped at    ');
  c.type('d vm_fault\nc\n');
  await c.until('two\n');
  c.type('exit\n');
  expect(await c.ended).toBe(0);
  expect(c.text).toContain('The operating system has halted');
}, 120_000);

it('boot: debug.enter_debugger stops the machine from within, and it goes on', async () => {
  const c = new Conversation('boot', '--ram', '16M');
  await c.until('# ');
  c.type('sysctl debug.enter_debugger=gdb\n');
  await c.until("sysctl: debug.enter_debugger: 'gdb': Invalid argument; it is 'ddb'\n# ");
  c.type('sysctl debug.enter_debugger=ddb; echo on $?\n');
  await c.until('Debugger("debug.enter_debugger")\nStopped at      Debugger+');
  c.type('t\nc\n');
  await c.until('sysctl_debug_enter_debugger(');
  await c.until('debug.enter_debugger: ddb');
  await c.until('on 0\n# ');
  c.type('exit\n');
  expect(await c.ended).toBe(0);
}, 120_000);

it('run --debug: Ctrl-C stops the machine wherever it is, and it goes on in order', async () => {
  const c = new Conversation(
    'run',
    '--debug',
    '--ram',
    '16M',
    '--',
    'memcheck 14m && memcheck 14m && echo done',
  );
  await c.until('Stopped at');
  c.type('c\n');
  await c.until('Mounting root');
  c.interrupt();
  await c.until('Stopped at');
  c.type('t\nc\n');
  await c.until('done');
  expect(await c.ended).toBe(0);
  expect(c.text.match(/verified, 0 errors/g)).toHaveLength(2);
}, 120_000);

it('run --break: a line of the source; what is none is an error', async () => {
  const c = new Conversation('run', '--break', 'vm_fault.ts:99999', '--', 'true');
  expect(await c.ended).toBe(2);
  expect(c.text).toContain('the machine cannot stand at line 99999 of vm_fault.ts');
  const f = new Conversation('run', '--break', 'vm_fault:1', '--', 'true');
  expect(await f.ended).toBe(2);
  expect(f.text).toContain('--break vm_fault:1: the machine can stand in vm_fault at lines from ');
  const d = new Conversation('run', '--break', 'no_such', '--', 'true');
  expect(await d.ended).toBe(2);
  expect(d.text).toBe('trap12: --break no_such: Symbol not found\n');
  for (const none of ['', ' ', ',2']) {
    const n = new Conversation('run', `--break=${none}`, '--', 'true');
    expect(await n.ended).toBe(2);
    expect(n.text).toBe(
      `trap12: --break '${none}': accepted: FUNCTION[+OFFSET], FUNCTION:LINE, FILE:LINE or PROGRAM:FUNCTION\n`,
    );
  }
  const e = new Conversation('run', '--break', 'nanosleep', '--', 'sleep 1; echo done');
  await e.until('Breakpoint at');
  e.type('t\nc\n');
  await e.until('done');
  expect(await e.ended).toBe(0);
  expect(e.text).toContain('syscall 0xf0');
}, 120_000);

it('run --at: a run that is shorter than a turn of the processor stops, too, and what is not reached is told', async () => {
  const end = 'not reached: the run ended after 0.00';
  const flags = ['--quiet', '--at', '0.004', '--at', '5', '--break', 'panic', '--break', 'vm_fault.ts:7'];
  const between = ['--break', 'vm_pageout_oom+1'];
  const c = new Conversation('run', ...flags, ...between, '--', 'ps');
  await c.until('trap12: --break vm_fault.ts:7: the machine cannot stand there; breakpoint at ');
  await c.until(
    'trap12: --break vm_pageout_oom+1: the machine cannot stand there; breakpoint at vm_pageout_oom+0x',
  );
  await c.until('Stopped at');
  await c.until('step ');
  c.type('d release_page\ns\nrs\nc\n');
  await c.until('db> rs\n');
  expect(await c.ended).toBe(0);
  const steps = [...c.text.matchAll(/, step (\d+)$/gm)].map(([, step]) => Number(step));
  expect(steps).toEqual([steps[0], steps[0]! + 1, steps[0]]);
  expect(c.text).toContain(`trap12: --at 5: ${end}`);
  expect(c.text).toContain(`trap12: --break panic: ${end}`);
  // Of a function's name the first place in it is meant.
  expect(c.text.match(/the machine cannot stand there/g)).toHaveLength(2);
  expect(c.text.match(/not reached/g)).toHaveLength(3);
  const d = new Conversation('run', '--quiet', '--break', 'vm_fault', '--at', '0.006', '--', 'true');
  await d.until('Breakpoint at');
  d.type('d vm_fault\nc\nc\n');
  expect(await d.ended).toBe(0);
  expect(d.text).not.toContain('--');
}, 120_000);

it('run --break --core: the core of an endless loop has no register that is older than the loop', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-debugger-'));
  try {
    const [patch, core] = [join(dir, 'loop.ts'), join(dir, 'core')];
    writeFileSync(patch, loopText('for (;;) {}'));
    const flags = ['--quiet', '--patch', patch, '--break', 'sysctl_root', '--core', core];
    const c = new Conversation(...IMPATIENT, 'run', ...flags, '--', 'sysctl kern.locking');
    await c.until('Breakpoint at');
    c.type('d sysctl_root\nc\n');
    expect(await c.ended).toBe(1);
    expect(c.text).toMatch(/^regime_text\(\w+,\w+\) at regime_text\t? +\[patch\/0-loop\.ts:1\]$/m);
    const { kernel } = await loadSubject(
      { file: undefined, patches: [patch], seconds: undefined },
      DEFAULT_OPTIONS,
      'checked',
    );
    const { target } = openDump(readFileSync(core), new SymbolTable(kernel.image));
    expect(new Ddb(target).execute('t')[0]).toMatch(/^regime_text\(\w+,\w+\) at regime_text\+0x3$/);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 180_000);

it('call of a function that loops: its time is up, or SIGINT ends it, and the machine is as it was', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-debugger-'));
  try {
    const patch = join(dir, 'loop.ts');
    const printing = 'for (;;) { ticks++; printf("again\\n"); }';
    writeFileSync(patch, loopText(printing));
    const back = '; the machine is as it was before the call';
    const c = new Conversation(
      'run',
      '--patch',
      patch,
      '--break',
      'sysctl_root',
      '--',
      'sysctl kern.locking',
    );
    await c.until('Breakpoint at');
    c.type('p *ticks\ncall regime_text(0,0)\n');
    await c.until('again\n');
    await c.until('[what it printed behind that is left out]\n');
    await c.until(`regime_text has not come back in 10 s (an endless loop?)${back}`);
    c.type('call regime_text(0,0)\n');
    await c.until('db> call');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    c.interrupt();
    await c.until(`regime_text was interrupted${back}`);
    c.type('p *ticks\nt\nq\nquit\n');
    expect(await c.ended).toBe(0);
    const [before, after] = [...c.text.matchAll(/db> p \*ticks\n *(\w+)/g)].map(([, n]) => n);
    expect(after).toBe(before);
    expect(c.text).toContain('db> q\n(`quit` leaves the debugger.)\ndb> quit\n');
    expect(c.text).toMatch(/^sysctl_root\(.*\) at sysctl_root\s/m);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 180_000);

it('run --at: stops in the debugger at its times, goes on, and comes to its end; --ddb opens it when time is over', async () => {
  const c = new Conversation(
    'run',
    '--ram',
    '8M',
    '--at',
    '1.5',
    '--at',
    '0.5',
    '--',
    'sleep 2; echo slept; exit 5',
  );
  for (const clock of [0.5, 1.5]) {
    await c.until('Stopped at');
    c.type(`x/d ticks\nc\n`);
    await c.until('db> x/d ticks\n');
    await c.until('db> c\n');
    // 100 ticks a second, of which the first comes after the clock was started.
    const ticks = Number(
      /ticks:\s+(\d+)\ndb> c\n$/.exec(c.text.slice(0, c.text.lastIndexOf('db> c\n') + 6))?.[1],
    );
    expect(Math.abs(ticks - clock * 100)).toBeLessThan(3);
  }
  expect(await c.ended).toBe(5);
  expect(c.text).toContain('slept\n');
  const over = new Conversation('run', '--ram', '8M', '--ddb', '--seconds', '1', '--', 'sleep 100');
  await over.until('not done after 1 virtual seconds, which --seconds sets');
  over.type('ps\nquit\n');
  await over.until('sleep');
  expect(await over.ended).toBe(1);
  // As --at has it: somebody wants to know where it stands.
  expect(over.text).toMatch(/\nStopped at {6}\S+:\t? *\S.*\n(?:.*\n)*db> ps\n/);
}, 120_000);

it('run --ddb: a machine that was made to stop there goes on, and ends with the status of its command', async () => {
  const c = new Conversation('run', '--ddb', '--', 'sysctl debug.enter_debugger=ddb; echo on; exit 7');
  await c.until('db> ');
  c.type('c\n');
  await c.until('on\n');
  expect(await c.ended).toBe(7);
  expect(c.text.match(/Debugger\("debug\.enter_debugger"\)/g)).toHaveLength(1);
});

it.each([
  'quit\n',
  'ps\n',
])('a program had it stop in the debugger, which was left by %j: no panic', async (typed) => {
  const enter = 'sysctl debug.enter_debugger=ddb';
  const args = ['--ram', '8M', '--', enter];
  for (const flags of [['--ddb'], ['--break', 'Debugger']]) {
    const c = new Conversation('run', ...flags, ...args);
    c.type(flags.length === 1 ? typed : `c\n${typed}`);
    if (typed !== 'quit\n') c.close();
    expect(await c.ended, c.text).toBe(0);
    expect(c.text).toContain('Debugger("debug.enter_debugger")');
  }
  // Where nobody is to see it, the command has not come to its end.
  const alone = new Conversation('run', ...args);
  alone.close();
  expect(await alone.ended).toBe(1);
  expect(alone.text).toContain('it stopped in the debugger, where nobody lets it go on');
  const boot = new Conversation('boot', '--ram', '8M');
  await boot.until('# ');
  boot.type(`${enter}\n`);
  await boot.until('Stopped at');
  boot.type('quit\n');
  expect(await boot.ended).toBe(0);
}, 60_000);

it('Ctrl-C ends what runs with the codes that the README says', async () => {
  const run = new Conversation('run', '--ram', '8M', '--seconds', '1000000', '--', 'while :; do :; done');
  run.close();
  await run.until('Mounting root');
  run.interrupt();
  expect(await run.ended, run.text).toBe(1);
  expect(run.text).toContain('trap12: interrupted\n');
  const server = new Conversation('gdbserver', '--port', '0', '--', 'sleep 100');
  await server.until('waiting for gdb');
  server.interrupt();
  expect(await server.ended).toBe(0);
  const reader = new Conversation('explain-report', '-');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  reader.interrupt();
  // By the signal, which a shell makes 130 of.
  expect(await reader.ended).toBe(null);
}, 60_000);

it('run --break: commands of a pipe that has ended, and nothing of Node is in between', async () => {
  const c = new Conversation('run', '--quiet', '--break', 'fork1', '--', 'true');
  c.type(`${'s\n'.repeat(14)}quit\n`);
  c.close();
  expect(await c.ended).toBe(0);
  expect(c.text.match(/^db> s$/gm)).toHaveLength(14);
  expect(c.text).not.toContain('Warning');
}, 60_000);

it('a panic is one however its debugger is left', async () => {
  const flags = ['--ram', '8M', '--locking', 'vm_mtx-20010519', '--ddb'];
  const c = new Conversation('run', ...flags, '--', 'dd if=/dev/zero of=/dev/null bs=14m');
  await c.until('db> ');
  c.type('quit\n');
  expect(await c.ended).toBe(3);
  expect(c.text).toContain('panic: ');
}, 60_000);

it.each(['--ddb', '--at=1'])('run %s: a run whose time is over has not ended well', async (flag) => {
  const c = new Conversation('run', flag, '--seconds', '2', '--', 'sleep 100');
  c.type('c\n');
  await c.until('not done after 2 virtual seconds');
  c.type('quit\n');
  expect(await c.ended).toBe(1);
});

it('boot --patch: the kernel has the functions of the file, and a program of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trap12-boot-'));
  const [patch, program] = [join(folder, 'regime.ts'), join(folder, 'count.ts')];
  writeFileSync(
    patch,
    'export function regime_text(buf: u32, size: u32): int {\n  return $i32(snprintf(buf, size, "of mine"));\n}\n',
  );
  writeFileSync(program, "export function main(): int {\n  printf('one, two\\n');\n  return 0;\n}\n");
  const c = new Conversation('boot', '--patch', patch, '--program', program);
  await c.until('# ');
  c.type('sysctl kern.locking; count; exit\n');
  await c.until('kern.locking: of mine');
  await c.until('one, two');
  expect(await c.ended).toBe(0);
  rmSync(folder, { recursive: true });
});
