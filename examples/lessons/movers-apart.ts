/**
 * The two system calls of examples/lessons/wrong-order.ts on two processors. On the other one a guest has one of their locks again and again, and looks whether things are moved meanwhile: a processor with its interrupts off is not alone, and who has had both locks before may not have them any more.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2 },
  patches: ['wrong-order.ts'],
  threads: [{ run: guest }, { run: mover }],
  check: check,
});

/** The mover's place among the threads. */
const MOVER = 1;
/** So often the guest takes a lock, at most. */
const ROUNDS_MAX = 200;
/** For so many steps he has it, and then has not. */
const TURNS = 20;
/** Is the guest there? The mover is not to come before him. */
let began: int = 0;

function* mover(): Sleeps {
  for (let i: int = 0; i < ROUNDS_MAX && began === 0; i++) yield* interruptible();
  yield* setpriority(curproc(), 0);
  yield* sync(curproc(), 0);
}

function* keep(lock: mtx): Sleeps {
  yield* mtx_lock(lock);
  const before = moves;
  for (let j: int = 0; j < TURNS; j++) {
    yield* interruptible();
    KASSERT(moves === before, 'things were moved while somebody else held one of the locks');
  }
  mtx_unlock(lock);
  for (let j: int = 0; j < TURNS; j++) yield* interruptible();
}

/** He goes on until the mover is done, and has each lock once more then. */
function* guest(): Sleeps {
  let isDone: int = 0;
  began = 1;
  for (let i: int = 0; i < ROUNDS_MAX && isDone === 0; i++) {
    isDone = scenario_done[MOVER];
    yield* keep(shelf);
    yield* keep(drawer);
  }
}

function check(): void {
  KASSERT(moves === 2, 'things were moved %d times by two calls', moves);
}
