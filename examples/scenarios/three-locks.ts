/**
 * Three locks in a circle: any two threads get on with each other, all three do not.
 *
 * Lesson: an order of locks is a matter of all their users at once. Looking at pairs finds nothing.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: mover, name: 'map', arg: 0 },
    { run: mover, name: 'object', arg: 1 },
    { run: mover, name: 'pager', arg: 2 },
  ],
});

let locks: array<embed<mtx>, 3>;

function setup(): void {
  mtx_init(locks[0], 'map lock', MTX_DEF);
  mtx_init(locks[1], 'object lock', MTX_DEF);
  mtx_init(locks[2], 'pager lock', MTX_DEF);
}

/** Holds its own lock and needs the next one's. */
function* mover(which: u32): Sleeps {
  const own = $int(which);
  yield* mtx_lock(locks[own]);
  yield* mtx_lock(locks[(own + 1) % 3]);
  mtx_unlock(locks[(own + 1) % 3]);
  mtx_unlock(locks[own]);
}
