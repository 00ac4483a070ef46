import { expect, it } from 'vitest';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, runInKernel, type User } from './generators.js';

const RUSAGE_BYTES = 72;
/** Work of one process: a second at 1 GHz. */
const SECOND_NS = 1e9;
const STEP_NS = 1e5;
const CP_USER = 0;
const CP_SYS = 2;
const HZ = 100;

/** Works in user mode only; gives the seconds that the kernel charges for that. */
function* hog(k: Libc): User<number> {
  for (let done = 0; done < SECOND_NS; done += STEP_NS) yield* k.cpu.work(STEP_NS);
  return 0;
}

/** Collects a child: its user and system seconds. */
function* collect(c: Libc, pid: number): User<[number, number]> {
  const at = yield* c.bytes(new Uint8Array(RUSAGE_BYTES));
  expect(yield* c.sys(SYS.wait4, pid, 0, 0, at)).toBe(pid);
  const t = yield* c.loadWords(at, 4);
  return [t[0]! + t[1]! / 1e6, t[2]! + t[3]! / 1e6];
}

for (const ncpu of [1, 2, 4, 8]) {
  it(`is time in user mode charged as such, with ${ncpu} busy CPUs?`, async () => {
    const times: [number, number][] = [];
    const { why, system } = await runInKernel(
      function* (c) {
        const pids: number[] = [];
        for (let n = 0; n < ncpu; n++) pids.push(yield* c.fork(hog));
        for (const pid of pids) times.push(yield* collect(c, pid));
        return 0;
      },
      { ncpu, locking: 'giant' },
    );
    expect(why).toBe('halt');
    for (const [user, sys] of times) {
      expect(user).toBeGreaterThan(0.95);
      expect(user + sys).toBeLessThan(1.1);
    }
    const cpTime = (state: number): number => system.peek32(system.symbols.address('cp_time') + 4 * state)!;
    expect(cpTime(CP_USER)).toBeGreaterThan(0.95 * HZ * ncpu);
    expect(cpTime(CP_SYS)).toBeLessThan(0.2 * HZ * ncpu);
  });
}
