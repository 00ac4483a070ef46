/**
 * A process is chosen to be swapped out while it sleeps, and wakes up. There is another processor for it to run
 * on.
 *
 * The process is a thread that the kernel may swap out as it may any user's: it is no system process, and is not
 * held in memory.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  setup: setup,
  threads: [{ run: sleeper }, { run: swapper }, { run: waker }],
});

/** Which of them sleeps. */
const SLEEPER = 0;
let nap_mtx: embed<mtx>;
/** What it waits for. Locks: nap_mtx. */
let woken: int = 0;

/** Who sleeps at all has slept for long enough. */
function setup(): void {
  swap_idle_threshold1 = 0;
  mtx_init(nap_mtx, 'nap', MTX_DEF);
}

function* sleeper(): Sleeps {
  const p = curproc();
  yield* PROC_LOCK(p);
  p.p_flag &= ~P_SYSTEM;
  p.p_lock--;
  PROC_UNLOCK(p);
  yield* mtx_lock(nap_mtx);
  while (woken === 0) yield* msleep($addr($ref(woken)), nap_mtx, PPAUSE, 'nap', 0);
  mtx_unlock(nap_mtx);
  yield* PROC_LOCK(p);
  p.p_lock++;
  p.p_flag |= P_SYSTEM;
  PROC_UNLOCK(p);
}

/** swapout_procs, for the one process. */
function* swapper(): Sleeps {
  const p = scenario_procs[SLEEPER];
  yield* sx_slock(allproc_lock);
  yield* PROC_LOCK(p);
  if (swapout_eligible(p, VM_SWAP_NORMAL)) yield* swapout_one(p, VM_SWAP_NORMAL);
  else PROC_UNLOCK(p);
  sx_sunlock(allproc_lock);
}

function* waker(): Sleeps {
  yield* mtx_lock(nap_mtx);
  woken = 1;
  wakeup($addr($ref(woken)));
  mtx_unlock(nap_mtx);
}
