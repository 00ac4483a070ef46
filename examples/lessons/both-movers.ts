/**
 * The two system calls of examples/lessons/wrong-order.ts at the same time, and a guest who has one of their locks for a while: first the one, then the other.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  patches: ['wrong-order.ts'],
  threads: [{ run: guest }, { run: syncs }, { run: renices }],
  check: check,
});

/** So often others are let on while the guest has a lock. */
const PATIENCE = 20;
/** So often each of them may be on the processor meanwhile: it may be interrupted on its way. */
const LOOKS_MAX = 12;
/** So often while somebody is kept who was interrupted. */
const KEPT_MAX = 5000;

function* syncs(): Sleeps {
  const error = yield* sync(curproc(), 0);
  KASSERT(error === 0, 'sync gives error %d', error);
}

function* renices(): Sleeps {
  const error = yield* setpriority(curproc(), 0);
  KASSERT(error === 0, 'setpriority gives error %d', error);
}

/** Lets all others on that can go on. */
function* let_on(): Sleeps {
  mtx_lock_spin(sched_lock);
  curproc().p_priority = PRI_MAX_TIMESHARE;
  setrunqueue(curproc());
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
}

/** Nobody may move things while somebody else has one of the locks. */
function* keep(lock: mtx): Sleeps {
  yield* mtx_lock(lock);
  const before = moves;
  let sync_looks: int = 0;
  let renice_looks: int = 0;
  for (let i: int = 0; i < PATIENCE; i++) {
    const sync_since = scenario_procs[1].p_runtime;
    const renice_since = scenario_procs[2].p_runtime;
    yield* let_on();
    if (scenario_procs[1].p_runtime !== sync_since) sync_looks++;
    if (scenario_procs[2].p_runtime !== renice_since) renice_looks++;
    KASSERT(moves === before, 'things were moved without a lock that somebody else holds');
    KASSERT((scenario_procs[1].p_sflag & PS_SLPTIMO) === 0, 'sync sleeps with a time-out');
    KASSERT((scenario_procs[2].p_sflag & PS_SLPTIMO) === 0, 'setpriority sleeps with a time-out');
    KASSERT(sync_looks < LOOKS_MAX, 'sync does not wait for its locks: it looks again and again');
    KASSERT(renice_looks < LOOKS_MAX, 'setpriority does not wait for its locks: it looks again and again');
  }
  mtx_unlock(lock);
}

function holds(he: proc, m: mtx): boolean {
  return (m.mtx_lock & ~MTX_FLAGMASK) === $addr(he);
}

/**
 * One who is on his way and has not that lock is not to move things: the guest takes it until he waits for it, or has left. He may have been interrupted,
 * and be kept for a while.
 */
function* without(thread: int, lock: mtx): Sleeps {
  const he = scenario_procs[thread];
  if (scenario_done[thread] !== 0 || he.p_stat !== SRUN || holds(he, lock) || mtx_trylock(lock) === 0) return;
  const before = moves;
  for (let i: int = 0; i < KEPT_MAX && scenario_done[thread] === 0 && he.p_stat === SRUN; i++) {
    yield* let_on();
    KASSERT(moves === before, 'things were moved without a lock, which has been given back or was never taken');
  }
  mtx_unlock(lock);
}

function* guest(): Sleeps {
  yield* keep(shelf);
  yield* keep(drawer);
  for (let i: int = 0; i < PATIENCE && (scenario_done[1] === 0 || scenario_done[2] === 0); i++) {
    yield* without(1, shelf);
    yield* without(1, drawer);
    yield* without(2, shelf);
    yield* without(2, drawer);
    yield* let_on();
  }
}

function check(): void {
  KASSERT(moves === 2, 'things were moved %d times by two calls', moves);
  KASSERT(shelf.mtx_lock === MTX_UNOWNED && drawer.mtx_lock === MTX_UNOWNED, 'a lock was not given back');
}
