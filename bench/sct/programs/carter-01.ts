/**
 * carter01 of SCTBench: the first of a class takes a lock for all of it, while it holds the lock of the
 * count; to give it back it needs that one.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: class_a }, { run: class_b }, { run: bystander, times: 2 }],
});

let count_lock: embed<mtx>;
let room: embed<mtx>;
let as: int = 0;
let bs: int = 0;

function setup(): void {
  mtx_init(count_lock, 'count', MTX_DEF);
  mtx_init(room, 'room', MTX_DEF);
}

function* class_a(): Sleeps {
  yield* mtx_lock(count_lock);
  as++;
  if (as === 1) yield* mtx_lock(room);
  mtx_unlock(count_lock);
  yield* mtx_lock(count_lock);
  as--;
  if (as === 0) mtx_unlock(room);
  mtx_unlock(count_lock);
}

function* class_b(): Sleeps {
  yield* mtx_lock(count_lock);
  bs++;
  if (bs === 1) yield* mtx_lock(room);
  mtx_unlock(count_lock);
  yield* mtx_lock(count_lock);
  bs--;
  if (bs === 0) mtx_unlock(room);
  mtx_unlock(count_lock);
}

function* bystander(): Sleeps {
  yield* interruptible();
}
