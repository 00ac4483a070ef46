/**
 * The slot of examples/scenarios/check-then-act.ts with one taker, on two processors. On the other one a guest has the mutex again and again, and looks whether the slot is written to meanwhile: a processor with its interrupts off, or one that has another lock, is not alone.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2 },
  setup: setup,
  threads: [{ run: guest }, { run: claimant, name: 'taker 2', arg: 2 }],
  check: check,
});

/** The taker's place among the threads. */
const TAKER = 1;
/** So often the guest takes the mutex, at most. */
const ROUNDS_MAX = 200;
/** For so many steps he has it, and then has not. */
const TURNS = 20;
let guard: embed<mtx>;
let owner: u32 = 0;
let taken: int = 0;
/** Is the guest there? The taker is not to come before him. */
let began: int = 0;

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

function* claimant(me: u32): Sleeps {
  for (let i: int = 0; i < ROUNDS_MAX && began === 0; i++) yield* interruptible();
  yield* taker(me);
}

/** He goes on until the taker is done, and has the mutex once more then. */
function* guest(): Sleeps {
  let isDone: int = 0;
  began = 1;
  for (let i: int = 0; i < ROUNDS_MAX && isDone === 0; i++) {
    isDone = scenario_done[TAKER];
    yield* mtx_lock(guard);
    const has = owner;
    const before = taken;
    for (let j: int = 0; j < TURNS; j++) {
      yield* interruptible();
      KASSERT(owner === has && taken === before, 'the slot was written to while somebody else held its mutex');
    }
    mtx_unlock(guard);
    for (let j: int = 0; j < TURNS; j++) yield* interruptible();
  }
}

function check(): void {
  KASSERT(taken === 1, 'a free slot was taken %d times by taker 2', taken);
  KASSERT(owner === 2, 'the slot of taker 2 has owner %d', owner);
}
