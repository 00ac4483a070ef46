/**
 * The slot of examples/scenarios/check-then-act.ts, and who has it: a taker who comes out and finds himself its owner keeps it, so that there is only one such.
 * Who comes out holds the mutex for a while, too, and looks whether the other one writes to the slot all the same.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: claimant, name: 'taker 1', arg: 1 },
    { run: claimant, name: 'taker 2', arg: 2 },
  ],
  check: check,
});

/** So often others are let on while a claimant has the mutex. */
const PATIENCE = 4;
let guard: embed<mtx>;
let owner: u32 = 0;
let taken: int = 0;
/** Takers who have found themselves the owner. */
let winners: int = 0;

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

function* claimant(me: u32): Sleeps {
  yield* taker(me);
  yield* mtx_lock(guard);
  const has = owner;
  const times = taken;
  for (let i: int = 0; i < PATIENCE; i++) {
    yield* let_on();
    KASSERT(owner === has && taken === times, 'the slot was written to while somebody else held its mutex');
  }
  if (owner === me) winners++;
  mtx_unlock(guard);
}

function check(): void {
  KASSERT(winners !== 2, 'the slot of one taker was taken away by the other');
  KASSERT(owner === 1 || owner === 2, 'the slot has owner %d, who is no taker', owner);
}
