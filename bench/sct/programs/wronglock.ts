/**
 * wronglock of SCTBench: a thread counts under one lock, 7 under another one.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: owner }, { run: other, times: 7 }],
});

let right_lock: embed<mtx>;
let wrong_lock: embed<mtx>;
let counter: int = 0;

function setup(): void {
  mtx_init(right_lock, 'right', MTX_DEF);
  mtx_init(wrong_lock, 'wrong', MTX_DEF);
}

function* owner(): Sleeps {
  yield* mtx_lock(right_lock);
  yield* interruptible();
  const was = counter;
  yield* count();
  yield* interruptible();
  KASSERT(counter === was + 1, 'counter went from %d to %d', was, counter);
  mtx_unlock(right_lock);
}

function* other(): Sleeps {
  yield* mtx_lock(wrong_lock);
  yield* count();
  mtx_unlock(wrong_lock);
}

function* count(): Sleeps {
  yield* interruptible();
  const was = counter;
  yield* interruptible();
  counter = was + 1;
}
