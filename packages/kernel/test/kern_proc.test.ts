import { describe, expect, it } from 'vitest';
import { O_CREAT, O_WRONLY, SYS } from '../../userland/src/syscalls.js';
import { type Libc, type Program, type RunOptions, runInKernel, type User } from './boot.js';

const SIGKILL = 9;
const SIGSEGV = 11;
const SIGALRM = 14;
const SIGTERM = 15;
const SIGSTOP = 17;
const SIGCONT = 19;
const SIGUSR1 = 30;
const WNOHANG = 1;
const WUNTRACED = 2;
const ECHILD = -10;
const ESRCH = -3;
const KINFO_SIZE = 224;

const signalled = (sig: number): number => sig;
const exited = (code: number): number => code << 8;
const stopped = (sig: number): number => (sig << 8) | 0x7f;

/** Runs a program as the only command and expects the machine to halt in good order. */
async function run(program: Program, options: Partial<RunOptions> = {}): Promise<string> {
  const result = await runInKernel(program, options);
  expect(result.console).toContain('The operating system has halted.');
  expect(result.why).toBe('halt');
  return result.console;
}

/** A child that sleeps until something ends it. */
function* sleeper(c: Libc): User<number> {
  for (;;) yield* c.nanosleep(100);
}

describe('fork, exit and wait4', () => {
  it('give the child its parent, and the parent the status of each child once', async () => {
    const seen: Record<string, unknown> = {};
    await run(function* (c) {
      const me = yield* c.sys(SYS.getpid);
      const kid = yield* c.fork(function* (d) {
        seen.ppid = (yield* d.sys(SYS.getppid)) === me;
        return 7;
      });
      seen.wait = yield* c.wait();
      seen.kid = kid;
      seen.none = (yield* c.wait())[0];
      seen.bad = (yield* c.wait(-1, 0x80))[0];
      return 0;
    });
    expect(seen.ppid).toBe(true);
    expect(seen.wait).toEqual([seen.kid, exited(7)]);
    expect(seen.none).toBe(ECHILD);
    expect(seen.bad).toBe(-22);
  });

  it('keep parent and child apart after a fork, and together in vfork until the exec', async () => {
    const seen: number[] = [];
    await run(function* (c) {
      const at = yield* c.malloc(4096);
      yield* c.cpu.store32(at, 1);
      const kid = yield* c.fork(function* (d) {
        yield* d.cpu.store32(at, 2);
        return 0;
      });
      yield* c.wait(kid);
      seen.push(yield* c.cpu.load32(at));
      const vkid = yield* c.vfork(function* (d) {
        yield* d.cpu.store32(at, 3);
        yield* d.nanosleep(0.2);
        return yield* d.execve('/bin/false', ['false']);
      });
      // vfork returns when the child has executed its program.
      seen.push(yield* c.cpu.load32(at));
      const [, status] = yield* c.wait(vkid);
      seen.push(status);
      return 0;
    });
    expect(seen).toEqual([1, 3, exited(1)]);
  });

  it('give orphans to init, which reaps them', async () => {
    let ppid = 0;
    let left: number[] = [];
    await run(function* (c) {
      const kid = yield* c.fork(function* (d) {
        yield* d.fork(function* (e) {
          yield* e.nanosleep(0.1);
          ppid = yield* e.sys(SYS.getppid);
          return 3;
        });
        return 0;
      });
      yield* c.wait(kid);
      yield* c.nanosleep(0.3);
      left = (yield* processes(c)).filter((p) => p.stat === 5).map((p) => p.pid);
      return 0;
    });
    expect(ppid).toBe(1);
    expect(left).toEqual([]);
  });

  it('leave nothing behind after some hundred processes, whatever the seed and the regime', async () => {
    for (const [seed, locking] of [
      [1, 'giant'],
      [2, 'vm_mtx-20010519+swaplocks'],
      [3, 'vm_mtx-20010519+swaplocks+vmspace-ref'],
    ] as const) {
      let before = 0;
      let after = 0;
      const one = function* (c: Libc, i: number): User {
        const child: Program = function* (d) {
          return yield* d.execve('/bin/false', ['false']);
        };
        const kid = i % 2 === 0 ? yield* c.fork(child) : yield* c.vfork(child);
        const [pid, status] = yield* c.wait(kid);
        expect([pid, status]).toEqual([kid, exited(1)]);
      };
      await run(
        function* (c) {
          yield* one(c, 0);
          yield* one(c, 1);
          before = yield* sysctlWord(c, 'vm.stats.vm.v_free_count');
          for (let i = 0; i < 150; i++) yield* one(c, i);
          after = yield* sysctlWord(c, 'vm.stats.vm.v_free_count');
          return 0;
        },
        { seed, locking },
      );
      // Zones and malloc may have grown by a few pages.
      expect(Math.abs(before - after)).toBeLessThan(16);
    }
  });

  it('run the system processes under their numbers', async () => {
    let list: Kinfo[] = [];
    await run(function* (c) {
      list = yield* processes(c);
      return 0;
    });
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
    const console = await run(function* (c) {
      const kid = yield* c.fork(function* (d) {
        return yield* d.execve('/bin/sh', ['sh', '-c', 'echo $0 $WORD', 'zero'], new Map([['WORD', 'env']]));
      });
      yield* c.wait(kid);
      const fd = yield* c.open('/tmp/script', O_CREAT | O_WRONLY, 0o755);
      yield* c.puts(fd, '#!/bin/echo  one two\nnothing of this\n');
      yield* c.close(fd);
      const script = yield* c.fork(function* (d) {
        return yield* d.execve('/tmp/script', ['ignored', 'three']);
      });
      yield* c.wait(script);
      return 0;
    });
    expect(console).toContain('zero env\n');
    expect(console).toContain('one two /tmp/script three\n');
  });

  it('refuses what it cannot execute, and leaves the caller as it was', async () => {
    const errors: number[] = [];
    await run(function* (c) {
      errors.push(yield* c.execve('/nonexistent', ['x']));
      errors.push(yield* c.execve('/etc/data', ['x']));
      errors.push(yield* c.execve('/bin', ['x']));
      errors.push(yield* c.sys(SYS.execve, 0x10, 0, 0));
      const long = yield* c.string('x'.repeat(1700));
      const argv = yield* c.words([...Array<number>(20).fill(long), 0]);
      errors.push(yield* c.sys(SYS.execve, yield* c.string('/bin/echo'), argv, 0));
      return 0;
    });
    expect(errors).toEqual([-2, -13, -13, -14, -7]);
  });
});

describe('signals', () => {
  it('run handlers, end sleepers and spinners, and turn faults into deaths', async () => {
    const seen: number[] = [];
    const console = await run(function* (c) {
      // biome-ignore lint/correctness/useYield: a handler is user code
      yield* c.signal(SIGUSR1, function* (sig) {
        seen.push(sig);
      });
      yield* c.sys(SYS.kill, yield* c.sys(SYS.getpid), SIGUSR1);
      const kid = yield* c.fork(sleeper);
      yield* c.nanosleep(0.05);
      yield* c.sys(SYS.kill, kid, SIGTERM);
      seen.push((yield* c.wait(kid))[1]);
      const spinner = yield* c.fork(function* (d) {
        for (;;) yield* d.cpu.work(100000);
      });
      yield* c.nanosleep(0.05);
      yield* c.sys(SYS.kill, spinner, SIGKILL);
      seen.push((yield* c.wait(spinner))[1]);
      const faulter = yield* c.fork(function* (d) {
        yield* d.cpu.store32(0x10, 1);
        return 0;
      });
      seen.push((yield* c.wait(faulter))[1]);
      seen.push(yield* c.sys(SYS.kill, 9999, SIGTERM));
      return 0;
    });
    expect(seen).toEqual([SIGUSR1, signalled(SIGTERM), signalled(SIGKILL), signalled(SIGSEGV), ESRCH]);
    expect(console).toMatch(/pid \d+ \(true\), uid 0: exited on signal 11/);
  });

  it('stop and continue a process', async () => {
    const seen: unknown[] = [];
    await run(function* (c) {
      const kid = yield* c.fork(sleeper);
      yield* c.nanosleep(0.05);
      yield* c.sys(SYS.kill, kid, SIGSTOP);
      seen.push((yield* c.wait(kid, WUNTRACED))[1]);
      seen.push((yield* c.wait(kid, WUNTRACED | WNOHANG))[0]);
      yield* c.sys(SYS.kill, kid, SIGTERM);
      yield* c.nanosleep(0.05);
      seen.push((yield* c.wait(kid, WNOHANG))[0]);
      yield* c.sys(SYS.kill, kid, SIGCONT);
      seen.push((yield* c.wait(kid))[1]);
      return 0;
    });
    expect(seen).toEqual([stopped(SIGSTOP), 0, 0, signalled(SIGTERM)]);
  });

  it('reach all members of a group', async () => {
    const statuses: number[] = [];
    await run(function* (c) {
      let leader = 0;
      for (let i = 0; i < 3; i++) {
        const kid = yield* c.fork(sleeper);
        if (leader === 0) leader = kid;
        expect(yield* c.sys(SYS.setpgid, kid, leader)).toBe(0);
      }
      yield* c.nanosleep(0.05);
      expect(yield* c.sys(SYS.kill, -leader, SIGTERM)).toBe(0);
      for (let i = 0; i < 3; i++) statuses.push((yield* c.wait(-leader))[1]);
      expect(yield* c.sys(SYS.kill, -leader, SIGTERM)).toBe(ESRCH);
      return 0;
    });
    expect(statuses).toEqual([SIGTERM, SIGTERM, SIGTERM].map(signalled));
  });

  it('come from the interval timer at its rate', async () => {
    let rings = 0;
    let elapsed = 0;
    await run(function* (c) {
      // biome-ignore lint/correctness/useYield: a handler is user code
      yield* c.signal(SIGALRM, function* () {
        rings++;
      });
      const from = yield* c.now();
      yield* c.sys(SYS.setitimer, 0, yield* c.words([0, 50_000, 0, 50_000]), 0);
      while (rings < 4) yield* c.sys(SYS.sigsuspend, yield* c.words([0]));
      elapsed = (yield* c.now()) - from;
      yield* c.sys(SYS.setitimer, 0, yield* c.words([0, 0, 0, 0]), 0);
      return 0;
    });
    expect(elapsed).toBeGreaterThanOrEqual(200_000);
    expect(elapsed).toBeLessThan(250_000);
  });

  it('reach processes that are swapped out', async () => {
    let out = 0;
    const statuses: number[] = [];
    await run(
      function* (c) {
        const kids: number[] = [];
        for (let i = 0; i < 4; i++) kids.push(yield* c.fork(sleeper));
        yield* c.nanosleep(12);
        const size = 62 << 20;
        const at = yield* c.malloc(size);
        for (let i = 0; i < size; i += 4096) yield* c.cpu.store32(at + i, i);
        out = (yield* processes(c)).filter((p) => !p.inmem).length;
        for (const kid of kids) yield* c.sys(SYS.kill, kid, SIGKILL);
        for (const kid of kids) statuses.push((yield* c.wait(kid))[1]);
        for (let i = 0; i < size; i += 4096) expect(yield* c.cpu.load32(at + i)).toBe(i);
        return 0;
      },
      { locking: 'giant' },
    );
    expect(out).toBeGreaterThan(0);
    expect(statuses).toEqual([SIGKILL, SIGKILL, SIGKILL, SIGKILL].map(signalled));
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

/** A value by name: its bytes. */
function* sysctl(c: Libc, name: string): User<Uint8Array> {
  const size = 32768;
  const out = yield* c.malloc(size);
  const len = yield* c.words([48]);
  const text = yield* c.string(name);
  expect(yield* c.sys(SYS.__sysctl, yield* c.words([0, 3]), 2, out, len, text, name.length)).toBe(0);
  const n = (yield* c.cpu.load32(len)) >> 2;
  const oid = yield* c.words([...(yield* c.loadWords(out, n))]);
  yield* c.cpu.store32(len, size);
  expect(yield* c.sys(SYS.__sysctl, oid, n, out, len, 0, 0)).toBe(0);
  return yield* c.cpu.read(out, yield* c.cpu.load32(len));
}

function* sysctlWord(c: Libc, name: string): User<number> {
  const bytes = yield* sysctl(c, name);
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

/** All processes, by sysctl kern.proc.all. Offsets as in sys/user.h.ts. */
function* processes(c: Libc): User<Kinfo[]> {
  const bytes = yield* sysctl(c, 'kern.proc.all');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const list: Kinfo[] = [];
  for (let at = 0; at < bytes.length; at += KINFO_SIZE) {
    expect(view.getInt32(at, true)).toBe(KINFO_SIZE);
    list.push({
      pid: view.getInt32(at + 24, true),
      ppid: view.getInt32(at + 28, true),
      stat: view.getUint8(at + 156),
      comm: new TextDecoder().decode(bytes.subarray(at + 164, at + 181)).replace(/\0.*$/s, ''),
      inmem: (view.getUint32(at + 148, true) & 1) !== 0,
      vmspace: view.getUint32(at + 16, true),
    });
  }
  return list;
}
