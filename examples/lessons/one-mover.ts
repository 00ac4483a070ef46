/**
 * The two system calls of examples/lessons/wrong-order.ts, one after the other, each looked at by itself: whichever came before it, it moves things once, and has given both locks back when it returns.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  patches: ['wrong-order.ts'],
  setup: setup,
  threads: [{ run: caller }, { run: another }],
  check: check,
});

let turn: embed<mtx>;
/** Who calls first is done. */
let isDone: int = 0;

function setup(): void {
  mtx_init(turn, 'turn', MTX_DEF);
}

/** Nobody else is about: the one who has a lock can only be who has called last. */
function* call_sync(): Sleeps {
  const before = moves;
  const called = calls_to_move;
  const error = yield* sync(curproc(), 0);
  KASSERT(error === 0, 'sync gives error %d', error);
  KASSERT(shelf.mtx_lock === MTX_UNOWNED, 'sync has not given shelf back');
  KASSERT(drawer.mtx_lock === MTX_UNOWNED, 'sync has not given drawer back');
  KASSERT(moves === before + 1, 'one call of sync has moved things %d times', moves - before);
  KASSERT(calls_to_move === called + 1, 'one call of sync has called move_things() %d times', calls_to_move - called);
}

function* call_setpriority(): Sleeps {
  const before = moves;
  const called = calls_to_move;
  const error = yield* setpriority(curproc(), 0);
  KASSERT(error === 0, 'setpriority gives error %d', error);
  KASSERT(shelf.mtx_lock === MTX_UNOWNED, 'setpriority has not given shelf back');
  KASSERT(drawer.mtx_lock === MTX_UNOWNED, 'setpriority has not given drawer back');
  KASSERT(moves === before + 1, 'one call of setpriority has moved things %d times', moves - before);
  KASSERT(calls_to_move === called + 1, 'one call of setpriority has called move_things() %d times', calls_to_move - called);
}

/** Each call behind each other one and behind itself. */
function* caller(): Sleeps {
  yield* call_setpriority();
  yield* call_setpriority();
  yield* call_sync();
  yield* call_sync();
  yield* call_setpriority();
  yield* mtx_lock(turn);
  isDone = 1;
  wakeup($addr($ref(isDone)));
  mtx_unlock(turn);
}

/** Another process, which calls once. */
function* another(): Sleeps {
  yield* mtx_lock(turn);
  while (isDone === 0) yield* msleep($addr($ref(isDone)), turn, PPAUSE, 'turn', 0);
  mtx_unlock(turn);
  yield* call_sync();
}

function check(): void {
  KASSERT(moves === 6, 'things were moved %d times by six calls', moves);
}
