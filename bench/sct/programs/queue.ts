/**
 * queue of SCTBench: the same by a queue of twenty, into which the first goes before the turns begin.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: enqueuer }, { run: dequeuer }],
});

const SIZE = 20;
let guard: embed<mtx>;
let queue: array<int, typeof SIZE>;
let stored: array<int, typeof SIZE>;
let head: int = 0;
let tail: int = 0;
let may_enqueue: int = 1;
let may_dequeue: int = 0;

function setup(): void {
  mtx_init(guard, 'queue', MTX_DEF);
}

function enqueue(value: int): void {
  queue[tail] = value;
  tail++;
}

function* enqueuer(): Sleeps {
  let value: int = 0;
  yield* mtx_lock(guard);
  enqueue(value);
  stored[0] = value;
  mtx_unlock(guard);
  for (let i: int = 0; i < SIZE - 1; i++) {
    yield* mtx_lock(guard);
    if (may_enqueue !== 0) {
      value++;
      enqueue(value);
      stored[i + 1] = value;
      may_enqueue = 0;
      may_dequeue = 1;
    }
    mtx_unlock(guard);
  }
}

function* dequeuer(): Sleeps {
  for (let i: int = 0; i < SIZE; i++) {
    yield* mtx_lock(guard);
    if (may_dequeue !== 0) {
      const got = queue[head];
      head++;
      KASSERT(got === stored[i], 'round %d got %d, stored was %d', i, got, stored[i]);
      may_dequeue = 0;
      may_enqueue = 1;
    }
    mtx_unlock(guard);
  }
}
