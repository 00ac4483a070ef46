/**
 * twostage_100 of SCTBench: 99 threads set a first value under one lock and a second one, which belongs to
 * it, under another. A reader that comes between the two sees the first only.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: writer, times: 99 }, { run: reader }],
});

let first_lock: embed<mtx>;
let second_lock: embed<mtx>;
let first: int = 0;
let second: int = 0;

function setup(): void {
  mtx_init(first_lock, 'first', MTX_DEF);
  mtx_init(second_lock, 'second', MTX_DEF);
}

function* writer(): Sleeps {
  yield* mtx_lock(first_lock);
  first = 1;
  mtx_unlock(first_lock);
  yield* mtx_lock(second_lock);
  second = first + 1;
  mtx_unlock(second_lock);
}

function* reader(): Sleeps {
  yield* mtx_lock(first_lock);
  const seen = first;
  mtx_unlock(first_lock);
  if (seen === 0) return;
  yield* mtx_lock(second_lock);
  const then = second;
  mtx_unlock(second_lock);
  KASSERT(then === seen + 1, 'the second value is %d, the first %d', then, seen);
}
