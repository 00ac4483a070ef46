/**
 * A thread sleeps until somebody has brought what it wants, and holds a lock all the while that one needs.
 *
 * Lesson: a sleep channel belongs into the graph of who waits for whom. No lock is in a circle here.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: taker }, { run: bringer }],
});

let room: embed<sx>;
let guard: embed<mtx>;
let brought: int = 0;

function setup(): void {
  sx_init(room, 'room');
  mtx_init(guard, 'guard', MTX_DEF);
}

function* taker(): Sleeps {
  yield* sx_xlock(room);
  yield* mtx_lock(guard);
  while (brought === 0) yield* msleep($addr($ref(brought)), guard, PPAUSE, 'brought', 0);
  mtx_unlock(guard);
  sx_xunlock(room);
}

function* bringer(): Sleeps {
  yield* sx_xlock(room);
  yield* mtx_lock(guard);
  brought = 1;
  wakeup($addr($ref(brought)));
  mtx_unlock(guard);
  sx_xunlock(room);
}
