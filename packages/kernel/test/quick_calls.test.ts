import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, expect, it } from 'vitest';
// @ts-expect-error a script without declarations
import { SLEEP_LOAD, watchSleepLocks } from '../../../tools/mutants/sleep-watch.mjs';
import { BARE, grouped, type Seen, WAKINGS } from './sleep_places.js';

/*
 * A program makes each system call, well and not, on the kernel as built, in its checked form: does one come
 * back with a lock, is anything written without the sleep lock that it belongs to, and is who sleeps woken
 * before the next tick? sleep_locks.test.ts asks the same of a machine that does much more.
 */

let seen: Seen;
let why = '';
let text = '';

beforeAll(async () => {
  const { executables } = SLEEP_LOAD.machine;
  const system = createSystem(await loadKernel(undefined, 'checked'), {
    ramBytes: 8 << 20,
    swapBytes: 4 << 20,
    locking: 'giant',
    command: 'every',
    executables,
  });
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const told: () => Seen = watchSleepLocks(system);
  why = system.machine.run(60e9);
  system.machine.console.flush();
  seen = told();
}, 60_000);

it('comes to its end, without a complaint of the kernel', () => {
  expect([why, /panic|Fatal|lock order|duplicate lock|could sleep/.exec(text)]).toEqual(['halt', null]);
  expect(
    seen.never,
    'system calls that nobody has made: the program of tools/mutants/every-call.mjs should',
  ).toEqual(['rfork', 'sbrk', 'sys_exit']);
});

it('comes back from each system call without a lock', () => {
  expect(seen.left).toEqual([]);
});

it('writes nothing without the sleep lock that it belongs to', () => {
  expect(seen.kept.length).toBeGreaterThan(300);
  const standing = (name: string): string[] => BARE[name]?.split(' ') ?? [];
  const bare = seen.bare.filter((what) => {
    const [name, field] = what.split(' ') as [string, string];
    return !standing(name).includes(field);
  });
  expect(grouped(bare)).toEqual({});
});

it('is woken by whoever does what it sleeps for, before the next tick', () => {
  expect(seen.unwoken).toEqual(['swp_pager_iodone swp_pager_iodone_read: swread']);
  const said = new Map([...text.matchAll(/^= (.*) (-?\d+)\r?$/gm)].map((m) => [m[1]!, Number(m[2])]));
  expect(Object.fromEntries(WAKINGS.map((what) => [what, said.get(what)]))).toEqual(
    Object.fromEntries(WAKINGS.map((what) => [what, 0])),
  );
  expect(said.get('through')).toBe(1);
});
