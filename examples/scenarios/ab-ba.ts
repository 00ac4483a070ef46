/**
 * Two threads take two mutexes, in opposite orders.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: ab }, { run: ba }],
});

let a: embed<mtx>;
let b: embed<mtx>;

function setup(): void {
  mtx_init(a, 'a', MTX_DEF);
  mtx_init(b, 'b', MTX_DEF);
}

function* ab(): Sleeps {
  yield* mtx_lock(a);
  yield* mtx_lock(b);
  mtx_unlock(b);
  mtx_unlock(a);
}

function* ba(): Sleeps {
  yield* mtx_lock(b);
  yield* mtx_lock(a);
  mtx_unlock(a);
  mtx_unlock(b);
}
