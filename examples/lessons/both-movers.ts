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

function* syncs(): Sleeps {
  yield* sync(curproc(), 0);
}

function* renices(): Sleeps {
  yield* setpriority(curproc(), 0);
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
  for (let i: int = 0; i < PATIENCE; i++) {
    yield* let_on();
    KASSERT(moves === before, 'things were moved without a lock that somebody else holds');
    KASSERT((scenario_procs[1].p_sflag & PS_SLPTIMO) === 0, 'sync sleeps with a time-out');
    KASSERT((scenario_procs[2].p_sflag & PS_SLPTIMO) === 0, 'setpriority sleeps with a time-out');
  }
  mtx_unlock(lock);
}

function* guest(): Sleeps {
  yield* keep(shelf);
  yield* keep(drawer);
}

function check(): void {
  KASSERT(moves === 2, 'things were moved %d times by two calls', moves);
}
