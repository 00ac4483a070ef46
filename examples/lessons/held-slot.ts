/**
 * The slot of examples/scenarios/check-then-act.ts with one taker, and a guest who has its mutex for a while and looks whether the taker waits for that.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: guest }, { run: taker, name: 'taker 2', arg: 2 }],
  check: check,
});

/** The taker's place among the threads. */
const TAKER = 1;
/** So often others are let on until the taker has to have come to where he waits. */
const PATIENCE = 50;
/** So often he may be on the processor until then: he may be interrupted on his way. */
const LOOKS_MAX = 20;
let guard: embed<mtx>;
let owner: u32 = 0;
let taken: int = 0;

function setup(): void {
  mtx_init(guard, 'slot', MTX_DEF);
}

function* taker(me: u32): Sleeps {
  yield* mtx_lock(guard);
  if (owner === 0) {
    owner = me;
    taken++;
  }
  mtx_unlock(guard);
}

/** Lets all others on that can go on. */
function* let_on(): Sleeps {
  mtx_lock_spin(sched_lock);
  curproc().p_priority = PRI_MAX_TIMESHARE;
  setrunqueue(curproc());
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
}

/** While the guest has the mutex, the taker waits for it. A schedule that does not let him come so far says nothing of him. */
function* guest(): Sleeps {
  const he = scenario_procs[TAKER];
  let looks: int = 0;
  yield* mtx_lock(guard);
  const before = taken;
  for (let i: int = 0; i < PATIENCE && before === 0 && he.p_stat !== SMTX; i++) {
    const since = he.p_runtime;
    yield* let_on();
    if (he.p_runtime !== since) looks++;
    KASSERT(taken === 0, 'the slot was taken without its mutex');
    KASSERT(scenario_done[TAKER] === 0, 'the taker has left a free slot');
    KASSERT((he.p_sflag & PS_SLPTIMO) === 0, 'the taker sleeps with a time-out');
    KASSERT(looks < LOOKS_MAX, 'the taker does not wait for the mutex: it looks again and again');
  }
  mtx_unlock(guard);
}

function check(): void {
  KASSERT(taken === 1, 'a free slot was taken %d times by taker 2', taken);
  KASSERT(owner === 2, 'the slot of taker 2 has owner %d', owner);
  KASSERT(guard.mtx_lock === MTX_UNOWNED, 'the taker has not given the mutex back');
}
