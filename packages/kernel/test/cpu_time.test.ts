import { expect, it } from 'vitest';
import { runInKernel } from './boot.js';

const CP_USER = 0;
const CP_SYS = 2;
const HZ = 100;

/**
 * Has as many children as its argument says work in user mode only, a second each at 1 GHz, and tells what
 * they are charged, in us.
 */
const PROGRAM = `
const STEPS = 10000;
const STEP_CYCLES = 100000;

function hog(): void {
  for (let i = 0; i < STEPS; i++) $work(STEP_CYCLES);
}
function us(t: timeval): int {
  return 1000000 * t.tv_sec + t.tv_usec;
}

export function main(argc: int, argv: ptr<str>): int {
  const pids = $local<array<int, 8>>();
  const used = $local<rusage>();
  const n = atoi(argv[1]);
  for (let i = 0; i < n; i++) {
    pids[i] = fork();
    if (pids[i] === 0) {
      hog();
      _exit(0);
    }
  }
  for (let i = 0; i < n; i++) {
    say('collected', wait4(pids[i], null, 0, used) === pids[i] ? 1 : 0);
    say('user', us(used.ru_utime));
    say('sys', us(used.ru_stime));
  }
  return 0;
}
`;

for (const ncpu of [1, 2, 4, 8]) {
  it(`is time in user mode charged as such, with ${ncpu} busy CPUs?`, async () => {
    const { why, system, said } = await runInKernel(PROGRAM, `${ncpu}`, { ncpu, locking: 'giant' });
    expect(why).toBe('halt');
    const told = (what: string): number[] =>
      said.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(' ')[1]));
    expect(told('collected')).toEqual(Array<number>(ncpu).fill(1));
    const [user, sys] = [told('user'), told('sys')];
    for (let i = 0; i < ncpu; i++) {
      expect(user[i]).toBeGreaterThan(0.95e6);
      expect(user[i]! + sys[i]!).toBeLessThan(1.1e6);
    }
    const cpTime = (state: number): number =>
      system.memory.u32(system.symbols.address('cp_time') + 4 * state);
    expect(cpTime(CP_USER)).toBeGreaterThan(0.95 * HZ * ncpu);
    expect(cpTime(CP_SYS)).toBeLessThan(0.2 * HZ * ncpu);
  });
}
