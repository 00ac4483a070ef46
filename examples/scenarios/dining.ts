/**
 * Four philosophers at a round table, a fork between any two of them. Each takes the fork at his left, then the one at his right.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: philosopher, name: 'philosopher 0', arg: 0 },
    { run: philosopher, name: 'philosopher 1', arg: 1 },
    { run: philosopher, name: 'philosopher 2', arg: 2 },
    { run: philosopher, name: 'philosopher 3', arg: 3 },
  ],
  check: check,
});

const SEATS = 4;
let forks: array<embed<mtx>, 4>;
let meals: int = 0;

function setup(): void {
  mtx_init(forks[0], 'fork 0', MTX_DEF);
  mtx_init(forks[1], 'fork 1', MTX_DEF);
  mtx_init(forks[2], 'fork 2', MTX_DEF);
  mtx_init(forks[3], 'fork 3', MTX_DEF);
}

function* philosopher(seat: u32): Sleeps {
  const left = $int(seat);
  const right = (left + 1) % SEATS;
  yield* mtx_lock(forks[left]);
  yield* mtx_lock(forks[right]);
  meals++;
  mtx_unlock(forks[right]);
  mtx_unlock(forks[left]);
}

function check(): void {
  KASSERT(meals === SEATS, '%d meals for %d philosophers', meals, SEATS);
}
