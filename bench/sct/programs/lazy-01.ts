/**
 * lazy01 of SCTBench: one adds 1, one adds 2, and the third does not want to see 3.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: adder, name: 'one', arg: 1 }, { run: adder, name: 'two', arg: 2 }, { run: checker }],
});

let guard: embed<mtx>;
let sum: int = 0;

function setup(): void {
  mtx_init(guard, 'sum', MTX_DEF);
}

function* adder(n: int): Sleeps {
  yield* mtx_lock(guard);
  sum += n;
  mtx_unlock(guard);
}

function* checker(): Sleeps {
  yield* mtx_lock(guard);
  KASSERT(sum < 3, 'sum is %d', sum);
  mtx_unlock(guard);
}
