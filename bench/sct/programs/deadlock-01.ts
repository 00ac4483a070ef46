/**
 * deadlock01 of SCTBench: two threads, two locks, two orders.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: up }, { run: down }],
});

let a: embed<mtx>;
let b: embed<mtx>;
let counter: int = 1;

function setup(): void {
  mtx_init(a, 'a', MTX_DEF);
  mtx_init(b, 'b', MTX_DEF);
}

function* up(): Sleeps {
  yield* mtx_lock(a);
  yield* mtx_lock(b);
  counter++;
  mtx_unlock(b);
  mtx_unlock(a);
}

function* down(): Sleeps {
  yield* mtx_lock(b);
  yield* mtx_lock(a);
  counter--;
  mtx_unlock(a);
  mtx_unlock(b);
}
