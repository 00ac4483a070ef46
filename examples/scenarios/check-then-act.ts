/**
 * Two threads want the one free slot. Each looks under the lock, gives the lock back, and takes the slot under the lock.
 *
 * Lesson: every access was locked, and it is wrong all the same. What was learnt under a lock is true as long as the lock is held.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: taker, name: 'taker 1', arg: 1 },
    { run: taker, name: 'taker 2', arg: 2 },
  ],
  check: check,
});

let guard: embed<mtx>;
let owner: u32 = 0;
let taken: int = 0;

function setup(): void {
  mtx_init(guard, 'slot', MTX_DEF);
}

function* taker(me: u32): Sleeps {
  yield* mtx_lock(guard);
  const isFree = owner === 0;
  mtx_unlock(guard);
  if (!isFree) return;
  yield* mtx_lock(guard);
  owner = me;
  taken++;
  mtx_unlock(guard);
}

function check(): void {
  KASSERT(taken === 1, 'the slot was taken %d times', taken);
}
