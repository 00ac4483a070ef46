/**
 * din_phil5_sat of SCTBench: 5 philosophers eat one at a time, each counts, without a lock, and the last one
 * says so; which is the failure that is sought.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: philosopher, times: 5 }],
});

const PHILOSOPHERS = 5;
let table: embed<mtx>;
let forks: array<embed<mtx>, typeof PHILOSOPHERS>;
let done: int = 0;

function setup(): void {
  mtx_init(table, 'table', MTX_DEF);
  mtx_init(forks[0], 'fork 0', MTX_DEF);
  mtx_init(forks[1], 'fork 1', MTX_DEF);
  mtx_init(forks[2], 'fork 2', MTX_DEF);
  mtx_init(forks[3], 'fork 3', MTX_DEF);
  mtx_init(forks[4], 'fork 4', MTX_DEF);
}

function* philosopher(left: int): Sleeps {
  const right = (left + 1) % PHILOSOPHERS;
  yield* mtx_lock(table);
  yield* mtx_lock(forks[right]);
  yield* mtx_lock(forks[left]);
  mtx_unlock(forks[left]);
  mtx_unlock(forks[right]);
  mtx_unlock(table);
  yield* interruptible();
  const was = done;
  yield* interruptible();
  done = was + 1;
  yield* interruptible();
  KASSERT(done !== PHILOSOPHERS, 'all philosophers have eaten');
}
