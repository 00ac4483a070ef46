/**
 * Three threads add to a counter, each under the mutex that guards it.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: add, name: 'add 1' },
    { run: add, name: 'add 2' },
    { run: add, name: 'add 3' },
  ],
  check: check,
});

let guard: embed<mtx>;
let counter: int = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function* add(): Sleeps {
  for (let i = 0; i < 2; i++) {
    yield* mtx_lock(guard);
    const was = counter;
    yield* interruptible();
    counter = was + 1;
    mtx_unlock(guard);
  }
}

function check(): void {
  KASSERT(counter === 6, 'counter is %d', counter);
}
