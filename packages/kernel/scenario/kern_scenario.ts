/**
 * What stands in init's place in a kernel that is built with a scenario (docs/scenarios.md): kernel processes
 * that run the scenario's functions. There is no user land; the devices, the clock and the kernel's own
 * processes are there.
 *
 * The host looks at scenario_state: where it becomes SCENARIO_BEGUN, every try begins. The functions of
 * scenario_table.ts are made from the scenario.
 */
import { hw_point, machine_halt } from '../src/i386/cpufunc.h.js';
import { interrupted } from '../src/i386/exception.js';
import type { trapframe } from '../src/i386/frame.h.js';
import { curproc } from '../src/i386/pcpu.h.js';
import { kthread_create } from '../src/kern/kern_kthread.js';
import { ktr_mask } from '../src/kern/kern_ktr.js';
import { Giant, mtx_lock_spin, sched_lock } from '../src/kern/kern_mutex.js';
import { panic } from '../src/kern/kern_shutdown.js';
import { setrunqueue } from '../src/kern/kern_switch.js';
import { hz, mi_switch, tsleep } from '../src/kern/kern_synch.js';
import { SRUN, SSLEEP } from '../src/sys/_proc.h.js';
import { KTR_POINT } from '../src/sys/ktr.h.js';
import { mtx_lock, mtx_unlock } from '../src/sys/mutex.h.js';
import { PPAUSE } from '../src/sys/param.h.js';
import type { proc } from '../src/sys/proc.h.js';
import { RFSTOPPED } from '../src/sys/unistd.h.js';
import {
  SCENARIO_THREADS,
  scenario_check,
  scenario_name,
  scenario_setup,
  scenario_thread,
} from './scenario_table.js';

export const SCENARIO_SETTLING = 1;
export const SCENARIO_BEGUN = 2;
export const SCENARIO_ENDED = 3;
/** At most so many threads. */
export const SCENARIO_MAX = 128;

/**
 * How far it is: 0 while the kernel starts, then SCENARIO_*. Locks: none, one process at a time writes it.
 */
export let scenario_state: int = 0;
/** The threads' processes. Written once, before they run. */
export let scenario_procs: array<proc, typeof SCENARIO_MAX>;
/** Which of them have come to their end. Each writes its own. */
export let scenario_done: array<int, typeof SCENARIO_MAX>;
/** How many have not. Locks: changed by plain code only, in one step. */
export let scenario_left: int = 0;

/**
 * Takes the place of init's first function: makes the threads, waits until the rest of the kernel sleeps,
 * starts them. Never returns.
 */
function* start_init(dummy: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* scenario_setup();
  for (let i: int = 0; i < SCENARIO_THREADS; i++) {
    const error = yield* kthread_create(
      scenario_main,
      $u32(i),
      $ref(scenario_procs[i]),
      RFSTOPPED,
      '%s',
      scenario_name(i),
    );
    if (error !== 0) panic('scenario: no process for thread %d: error %d', i, error);
  }
  scenario_left = SCENARIO_THREADS;
  mtx_unlock(Giant);
  scenario_state = SCENARIO_SETTLING;
  yield* tsleep($addr($ref(scenario_state)), PPAUSE, 'settle', hz + hz / 2);
  scenario_state = SCENARIO_BEGUN;
  /* The host looks on here. */
  yield* $cpupause();
  yield* scenario_begin();
}

/** Starts all threads at once and sleeps from then on. Locks: takes sched_lock. Never returns. */
function* scenario_begin(): Sleeps {
  mtx_lock_spin(sched_lock);
  for (let i: int = 0; i < SCENARIO_THREADS; i++) {
    scenario_procs[i].p_stat = SRUN;
    setrunqueue(scenario_procs[i]);
  }
  scenario_park('begun');
  yield* mi_switch();
  panic('scenario: init runs again');
}

/** The running process is on no queue that anybody looks at. Locks: sched_lock. Does not sleep. */
function scenario_park(wmesg: str): void {
  const p = curproc();
  p.p_wmesg = wmesg;
  p.p_stat = SSLEEP;
}

/**
 * A thread's first function. The last one to end asks whether all is well and ends the run. Never returns.
 */
function* scenario_main(i: u32, frame: trapframe): Sleeps {
  yield* scenario_thread($int(i));
  scenario_done[$int(i)] = 1;
  scenario_left--;
  if (scenario_left === 0) {
    yield* scenario_check();
    scenario_state = SCENARIO_ENDED;
    machine_halt(0);
  }
  mtx_lock_spin(sched_lock);
  scenario_park('done');
  yield* mi_switch();
  panic('scenario: thread %d runs again', i);
}

/**
 * Between two statements of a scenario: here an interrupt may come and take the processor away, as it may
 * between any two instructions of a real machine. Locks: any but a spin mutex. May switch.
 */
export function* interruptible(): Sleeps {
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point($addr(curproc())) !== 0) yield* interrupted();
}
