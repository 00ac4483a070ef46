import { expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { SLEEP_LOAD, watchSleepLocks, WOKEN } from '../../../tools/mutants/sleep-watch.mjs';
import { kernelTests } from './module.js';
import { BARE, grouped, type Seen, WAKINGS } from './sleep_places.js';

/**
 * Is what belongs to a sleep lock written with it held, does each system call come back without a lock, is
 * who sleeps woken at the event, and has vm_fork a parent that stays in memory? The host watches a machine on
 * which a program makes each system call, well and not, and others do a bit of everything. Most of the kernel
 * runs under Giant, and plain functions exclude each other on this machine, so that little else shows a lock
 * that is not taken.
 */
const TEST = `
let t_ended: int = 0;

export function* t_ends(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_ended++;
  yield* kthread_exit(0);
}
/** A thread of the kernel is a child of process 0, whoever makes it. */
function* test(p: proc): Sleeps {
  const pp = $var<proc>();
  yield* kthread_create(t_ends, 0, pp, 0, 'tends');
  while (t_ended === 0) yield* tsleep($addr($ref(t_ended)), PVM, 'tends', 3);
  say('thread: ended', t_ended);
}
`;

let seen: () => Seen;
const { command, ramMB, machine } = SLEEP_LOAD;

const answers = kernelTests(
  'what is called',
  TEST,
  { thread: { ended: 1 } },
  {
    form: 'checked',
    command,
    ramBytes: ramMB << 20,
    ...machine,
    prepare: (system) => {
      seen = watchSleepLocks(system);
    },
  },
);

test('is what belongs to a sleep lock written with it?', () => {
  const { kept, bare } = seen();
  expect(kept.length).toBeGreaterThan(550);
  expect(grouped(bare)).toEqual(BARE);
});

/** Stores to what belongs to another lock than Giant or the vm lock that the load need not come to. */
const UNSEEN: Record<string, string> = {
  killproc: 'proc.p_flag',
  physio_piece: 'buf.b_flags',
  sigexit_locked: 'proc.p_sigcatch proc.p_sigignore proc.p_sigmask',
  vm_map_pageable: 'vm_map.timestamp',
  vm_map_simplify_entry: 'vm_map.first_free vm_map.hint',
  vm_map_wire_range: 'vm_map.timestamp',
};

test('in which places is not known?', () => {
  const { unseen } = seen();
  const rare = Object.entries(UNSEEN).flatMap(([name, fields]) =>
    fields.split(' ').map((field) => `${name} ${field}`),
  );
  expect(unseen.filter((what) => !rare.includes(what))).toEqual([]);
});

test('does each system call come back without a lock?', () => {
  expect(seen().left).toEqual([]);
});

/** System calls that end in one way only, or whose other end nothing here makes. */
const WELL_ONLY =
  'fork getdtablesize getgid getpgrp getpid getppid getuid issetugid nosys obreak rfork sched_yield sync ' +
  'sys_pipe umask vfork';
/** After execve and sigreturn the number of the call is gone: well, they are seen as number 0, nosys. */
const NOT_WELL = 'execve reboot sbrk sigaltstack sigreturn sigsuspend';

test('has each system call ended well, and not?', () => {
  const { ended, never } = seen();
  const names = (is: (n: { well: number; not: number }) => boolean): string =>
    [...ended]
      .flatMap(([name, n]) => (is(n) ? [name] : []))
      .sort()
      .join(' ');
  expect(never).toEqual(['sys_exit']);
  expect(names(({ not }) => not === 0)).toBe(WELL_ONLY);
  expect(names(({ well }) => well === 0)).toBe(NOT_WELL);
});

test('is a parent that does not run itself held in memory while it is copied?', () => {
  const { others, free } = seen();
  expect(others).toBeGreaterThan(0);
  expect(free).toEqual([]);
});

test('does whoever does what others sleep for wake them?', () => {
  expect(WOKEN.length).toBeGreaterThan(10);
  expect(seen().unwoken).toEqual([]);
});

test('before the next tick of the clock?', () => {
  const { said } = answers();
  expect(Object.fromEntries(WAKINGS.map((what) => [what, said.get(what)]))).toEqual(
    Object.fromEntries(WAKINGS.map((what) => [what, 0])),
  );
  expect([said.get('handled'), said.get('through')]).toEqual([3, 1]);
});
