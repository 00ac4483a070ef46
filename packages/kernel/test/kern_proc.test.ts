import { describe, expect, it } from 'vitest';
import { type RunOptions, runInKernel } from './boot.js';

const SIGKILL = 9;
const SIGSEGV = 11;
const SIGTERM = 15;
const SIGSTOP = 17;
const SIGUSR1 = 30;
const ECHILD = -10;
const EINVAL = -22;
const ESRCH = -3;
const KINFO_SIZE = 224;
const SZOMB = 5;

const signalled = (sig: number): number => sig;
const exited = (code: number): number => code << 8;
const stopped = (sig: number): number => (sig << 8) | 0x7f;

const PROGRAM = String.raw`
/** The status of the last wait. */
let status: int = 0;
let rings: int = 0;

/** wait4 for any child or a certain one; its status is said too if it gave one. */
function reap(what: str, pid: pid_t, options: int): pid_t {
  const found = got(waitpid(pid, $ref(status), options));
  if (found > 0) say(what, status);
  else say(what, found);
  return found;
}
/** Executes a program with up to two arguments; comes back only if that fails. */
function exec(path: str, arg0: str, arg1: str): int {
  const args = $local<array<str, 3>>();
  args[0] = arg0;
  args[1] = arg1;
  args[2] = null;
  return got(execve(path, args, environ));
}
/** A child that sleeps until something ends it. */
function sleeper(): pid_t {
  const pid = fork();
  if (pid === 0) for (;;) sleep(100);
  return pid;
}
/** All processes, a line each, by sysctl. */
function processes(): void {
  const size = $var<u32>();
  size[0] = 32768;
  const buf = malloc(size[0]);
  say('sysctl', got(sysctlbyname('kern.proc.all', buf, size, 0, 0)));
  for (let at = buf; at < buf + size[0]; at += $sizeof<kinfo_proc>()) {
    const kp = $cast<kinfo_proc>(at);
    const inmem = (kp.ki_sflag & PS_INMEM) !== 0;
    printf('= proc %d %d %d ', kp.ki_structsize, kp.ki_pid, kp.ki_ppid);
    printf('%d %d %u %s\n', kp.ki_stat, inmem ? 1 : 0, kp.ki_vmspace, kp.ki_comm);
  }
}
function free_count(what: str): void {
  const value = $var<int>();
  const size = $var<u32>();
  size[0] = 4;
  say('sysctl', got(sysctlbyname('vm.stats.vm.v_free_count', $addr(value), size, 0, 0)));
  say(what, value[0]);
}

function test_wait(): void {
  const me = getpid();
  const kid = fork();
  if (kid === 0) {
    say('mine', getppid() === me ? 1 : 0);
    _exit(7);
  }
  say('other', reap('status', WAIT_ANY, 0) - kid);
  reap('none', WAIT_ANY, 0);
  reap('bad', WAIT_ANY, 0x80);
}

function test_apart(): void {
  const at = malloc(4096);
  $st32(at, 1);
  const kid = fork();
  if (kid === 0) {
    $st32(at, 2);
    _exit(0);
  }
  reap('fork', kid, 0);
  say('word', $i32($ld32(at)));
  const vkid = vfork();
  if (vkid === 0) {
    $st32(at, 3);
    nap(200);
    exec('/bin/false', 'false', null);
    _exit(127);
  }
  /* vfork returns when the child has executed its program. */
  say('word', $i32($ld32(at)));
  reap('vfork', vkid, 0);
}

function test_orphan(): void {
  const kid = fork();
  if (kid === 0) {
    if (fork() === 0) {
      nap(100);
      say('ppid', getppid());
      _exit(3);
    }
    _exit(0);
  }
  reap('kid', kid, 0);
  nap(300);
  processes();
}

function false_once(i: int): void {
  const kid = i % 2 === 0 ? fork() : vfork();
  if (kid === 0) {
    exec('/bin/false', 'false', null);
    _exit(127);
  }
  say('other', reap('status', kid, 0) - kid);
}

function test_many(): void {
  false_once(0);
  false_once(1);
  free_count('before');
  for (let i = 0; i < 150; i++) false_once(i);
  free_count('after');
}

function test_execve(): void {
  const kid = fork();
  if (kid === 0) {
    const args = $local<array<str, 5>>();
    const env = $local<array<str, 2>>();
    args[0] = 'sh';
    args[1] = '-c';
    args[2] = 'echo $0 $WORD';
    args[3] = 'zero';
    args[4] = null;
    env[0] = 'WORD=env';
    env[1] = null;
    execve('/bin/sh', args, env);
    _exit(127);
  }
  reap('sh', kid, 0);
  const text = '#!/bin/echo  one two\nnothing of this\n';
  const fd = open('/tmp/script', O_CREAT | O_WRONLY, 0o755);
  write(fd, $addr(text), strlen(text));
  close(fd);
  const script = fork();
  if (script === 0) {
    exec('/tmp/script', 'ignored', 'three');
    _exit(127);
  }
  reap('script', script, 0);
}

function test_refuse(): void {
  say('nonexistent', exec('/nonexistent', 'x', null));
  say('data', exec('/etc/data', 'x', null));
  say('directory', exec('/bin', 'x', null));
  say('bad path', got(execve($cast<str>(0x10), null, null)));
  const long = malloc(1701);
  memset(long, $ch('x'), 1700);
  $st8(long + 1700, 0);
  const args = $local<array<str, 21>>();
  for (let i = 0; i < 20; i++) args[i] = $cast<str>(long);
  args[20] = null;
  say('too long', got(execve('/bin/echo', args, null)));
}

function on_usr1(sig: int): void {
  say('handler', sig);
}

function test_signals(): void {
  signal(SIGUSR1, $addr(on_usr1));
  kill(getpid(), SIGUSR1);
  const kid = sleeper();
  nap(50);
  kill(kid, SIGTERM);
  reap('sleeper', kid, 0);
  const spinner = fork();
  if (spinner === 0) for (;;) $work(100000);
  nap(50);
  kill(spinner, SIGKILL);
  reap('spinner', spinner, 0);
  const faulter = fork();
  if (faulter === 0) {
    $st32(0x10, 1);
    _exit(0);
  }
  reap('faulter', faulter, 0);
  say('nobody', got(kill(9999, SIGTERM)));
}

function test_stop(): void {
  const kid = sleeper();
  nap(50);
  kill(kid, SIGSTOP);
  reap('stopped', kid, WUNTRACED);
  reap('told once', kid, WUNTRACED | WNOHANG);
  kill(kid, SIGTERM);
  nap(50);
  reap('still there', kid, WNOHANG);
  kill(kid, SIGCONT);
  reap('continued', kid, 0);
}

function test_group(): void {
  let leader = 0;
  for (let i = 0; i < 3; i++) {
    const kid = sleeper();
    if (leader === 0) leader = kid;
    say('setpgid', got(setpgid(kid, leader)));
  }
  nap(50);
  say('kill', got(kill(-leader, SIGTERM)));
  for (let i = 0; i < 3; i++) reap('member', -leader, 0);
  say('kill', got(kill(-leader, SIGTERM)));
}

function on_alarm(sig: int): void {
  rings++;
}
function now(): int {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return (tv.tv_sec % 1000) * 1000000 + tv.tv_usec;
}

function test_timer(): void {
  const it = $local<itimerval>();
  const mask = $var<sigset_t>();
  mask[0] = 0;
  signal(SIGALRM, $addr(on_alarm));
  it.it_interval.tv_sec = 0;
  it.it_interval.tv_usec = 50000;
  it.it_value.tv_sec = 0;
  it.it_value.tv_usec = 50000;
  const from = now();
  setitimer(ITIMER_REAL, it, null);
  while (rings < 4) sigsuspend(mask);
  const elapsed = now() - from;
  it.it_interval.tv_usec = 0;
  it.it_value.tv_usec = 0;
  setitimer(ITIMER_REAL, it, null);
  say('elapsed', elapsed);
}

function test_swapped(): void {
  const kids = $local<array<int, 4>>();
  const size: u32 = 62 << 20;
  for (let i = 0; i < 4; i++) kids[i] = sleeper();
  nap(12000);
  const at = malloc(size);
  for (let i: u32 = 0; i < size; i += 4096) $st32(at + i, i);
  processes();
  for (let i = 0; i < 4; i++) kill(kids[i], SIGKILL);
  for (let i = 0; i < 4; i++) reap('sleeper', kids[i], 0);
  let right = 0;
  for (let i: u32 = 0; i < size; i += 4096) if ($ld32(at + i) === i) right++;
  say('right', right);
}

function is(what: str, name: str): boolean {
  return strcmp(what, name) === 0;
}

export function main(argc: int, argv: ptr<str>): int {
  const what = argv[1];
  if (is(what, 'wait')) test_wait();
  else if (is(what, 'apart')) test_apart();
  else if (is(what, 'orphan')) test_orphan();
  else if (is(what, 'many')) test_many();
  else if (is(what, 'processes')) processes();
  else if (is(what, 'execve')) test_execve();
  else if (is(what, 'refuse')) test_refuse();
  else if (is(what, 'signals')) test_signals();
  else if (is(what, 'stop')) test_stop();
  else if (is(what, 'group')) test_group();
  else if (is(what, 'timer')) test_timer();
  else if (is(what, 'swapped')) test_swapped();
  say('done', 0);
  return 0;
}
`;

interface Found {
  console: string;
  /** What the program said, besides the processes */
  lines: string[];
  processes: Kinfo[];
}

/** Runs the program as the only command, to its end, and expects the machine to halt in good order. */
async function run(what: string, options: RunOptions = {}): Promise<Found> {
  const { console, why, said } = await runInKernel(PROGRAM, what, options);
  expect(console).toContain('The operating system has halted.');
  expect([why, said.at(-1)]).toEqual(['halt', 'done 0']);
  const lines = said.slice(0, -1).filter((l) => !l.startsWith('proc '));
  return { console, lines, processes: said.filter((l) => l.startsWith('proc ')).map(kinfo) };
}

/** The number that a program said of something. */
function number(lines: string[], what: string): number {
  const line = lines.find((l) => l.startsWith(`${what} `));
  return Number(line?.slice(what.length));
}

describe('fork, exit and wait4', () => {
  it('give the child its parent, and the parent the status of each child once', async () => {
    expect((await run('wait')).lines).toEqual([
      'mine 1',
      `status ${exited(7)}`,
      'other 0',
      `none ${ECHILD}`,
      `bad ${EINVAL}`,
    ]);
  });

  it('keep parent and child apart after a fork, and together in vfork until the exec', async () => {
    expect((await run('apart')).lines).toEqual([
      `fork ${exited(0)}`,
      'word 1',
      'word 3',
      `vfork ${exited(1)}`,
    ]);
  });

  it('give orphans to init, which reaps them', async () => {
    const { lines, processes } = await run('orphan');
    expect(lines).toEqual([`kid ${exited(0)}`, 'ppid 1', 'sysctl 0']);
    expect(processes.length).toBeGreaterThan(0);
    expect(processes.filter((p) => p.stat === SZOMB)).toEqual([]);
  });

  it('leave nothing behind after some hundred processes, whatever the seed and the regime', async () => {
    for (const [seed, locking] of [
      [1, 'giant'],
      [2, 'vm_mtx-20010519+swaplocks'],
      [3, 'vm_mtx-20010519+swaplocks+vmspace-ref'],
    ] as const) {
      const { lines } = await run('many', { seed, locking });
      const children = lines.filter((l) => /^(status|other) /.test(l));
      expect(children).toEqual(
        Array(152)
          .fill([`status ${exited(1)}`, 'other 0'])
          .flat(),
      );
      // Zones and malloc may have grown by a few pages.
      expect(Math.abs(number(lines, 'before') - number(lines, 'after'))).toBeLessThan(16);
    }
  });

  it('run the system processes under their numbers', async () => {
    const { processes: list } = await run('processes');
    const byPid = new Map(list.map((p) => [p.pid, p.comm]));
    expect([0, 1, 2, 3, 4, 5].map((pid) => byPid.get(pid))).toEqual([
      'swapper',
      'init',
      'pagedaemon',
      'vmdaemon',
      'bufdaemon',
      'syncer',
    ]);
    for (const p of list) if (/^(idle|irq|swi)/.test(p.comm)) expect(p.pid).toBeGreaterThanOrEqual(10);
    for (const p of list) expect(p.vmspace === list.find((q) => q.pid === 0)?.vmspace).toBe(isKernel(p));
  });
});

describe('execve', () => {
  it('hands over arguments and environment, and follows #! lines', async () => {
    const { console } = await run('execve');
    expect(console).toContain('zero env\n');
    expect(console).toContain('one two /tmp/script three\n');
  });

  it('refuses what it cannot execute, and leaves the caller as it was', async () => {
    expect((await run('refuse')).lines).toEqual([
      'nonexistent -2',
      'data -13',
      'directory -13',
      'bad path -14',
      'too long -7',
    ]);
  });
});

describe('signals', () => {
  it('run handlers, end sleepers and spinners, and turn faults into deaths', async () => {
    const { lines, console } = await run('signals');
    expect(lines).toEqual([
      `handler ${SIGUSR1}`,
      `sleeper ${signalled(SIGTERM)}`,
      `spinner ${signalled(SIGKILL)}`,
      `faulter ${signalled(SIGSEGV)}`,
      `nobody ${ESRCH}`,
    ]);
    expect(console).toMatch(/pid \d+ \(probe\), uid 0: exited on signal 11/);
  });

  it('stop and continue a process', async () => {
    expect((await run('stop')).lines).toEqual([
      `stopped ${stopped(SIGSTOP)}`,
      'told once 0',
      'still there 0',
      `continued ${signalled(SIGTERM)}`,
    ]);
  });

  it('reach all members of a group', async () => {
    expect((await run('group')).lines).toEqual([
      'setpgid 0',
      'setpgid 0',
      'setpgid 0',
      'kill 0',
      ...[SIGTERM, SIGTERM, SIGTERM].map((s) => `member ${signalled(s)}`),
      `kill ${ESRCH}`,
    ]);
  });

  it('come from the interval timer at its rate', async () => {
    const elapsed = number((await run('timer')).lines, 'elapsed');
    expect(elapsed).toBeGreaterThanOrEqual(200_000);
    expect(elapsed).toBeLessThan(250_000);
  });

  it('reach processes that are swapped out', async () => {
    const { lines, processes } = await run('swapped', { locking: 'giant' });
    expect(processes.filter((p) => !p.inmem).length).toBeGreaterThan(0);
    expect(lines).toEqual([
      'sysctl 0',
      ...[SIGKILL, SIGKILL, SIGKILL, SIGKILL].map((s) => `sleeper ${signalled(s)}`),
      `right ${(62 << 20) / 4096}`,
    ]);
  });
});

interface Kinfo {
  pid: number;
  ppid: number;
  stat: number;
  comm: string;
  inmem: boolean;
  vmspace: number;
}

const isKernel = (p: Kinfo): boolean => p.pid === 0 || (p.ppid === 0 && p.pid !== 1);

/** A process, from the line that the program said of it. */
function kinfo(line: string): Kinfo {
  const [, size, pid, ppid, stat, inmem, vmspace, comm] =
    /^proc (\d+) (\d+) (\d+) (\d+) (\d) (\d+) (.*)$/.exec(line) ?? [];
  expect([line, Number(size)]).toEqual([line, KINFO_SIZE]);
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    stat: Number(stat),
    comm: comm!,
    inmem: inmem === '1',
    vmspace: Number(vmspace),
  };
}
