/**
 * stack of SCTBench: once something has been pushed, the other thread pops as often as it likes.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: pusher }, { run: popper }],
});

const SIZE = 10;
let guard: embed<mtx>;
let items: array<int, typeof SIZE>;
let top: int = 0;
let filled: int = 0;

function setup(): void {
  mtx_init(guard, 'stack', MTX_DEF);
}

function* pusher(): Sleeps {
  for (let i: int = 0; i < SIZE; i++) {
    yield* mtx_lock(guard);
    items[top] = i;
    top++;
    filled = 1;
    mtx_unlock(guard);
  }
}

function* popper(): Sleeps {
  for (let i: int = 0; i < SIZE; i++) {
    yield* mtx_lock(guard);
    if (filled !== 0) {
      KASSERT(top !== 0, 'nothing to pop');
      top--;
    }
    mtx_unlock(guard);
  }
}
