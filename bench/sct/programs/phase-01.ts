/**
 * phase01 of SCTBench: each of two takes a lock, gives it back, takes it again, and keeps it.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: phases, times: 2 }],
});

let x: embed<mtx>;
let y: embed<mtx>;

function setup(): void {
  mtx_init(x, 'x', MTX_DEF);
  mtx_init(y, 'y', MTX_DEF);
}

function* phases(): Sleeps {
  yield* mtx_lock(x);
  mtx_unlock(x);
  yield* mtx_lock(x);
  yield* mtx_lock(y);
  mtx_unlock(y);
  yield* mtx_lock(y);
  mtx_unlock(y);
}
