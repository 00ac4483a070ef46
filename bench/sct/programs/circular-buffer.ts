/**
 * circular_buffer of SCTBench: sender and receiver take turns by two flags, and both count rounds, also
 * those in which it was not their turn.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: sender }, { run: receiver }],
});

const ROOM = 10;
const TIMES = 7;
let guard: embed<mtx>;
let buffer: array<int, typeof ROOM>;
let next_in: int = 0;
let next_out: int = 0;
let may_send: int = 1;
let may_receive: int = 0;

function setup(): void {
  mtx_init(guard, 'buffer', MTX_DEF);
}

function* sender(): Sleeps {
  for (let i: int = 0; i < TIMES; i++) {
    yield* mtx_lock(guard);
    if (may_send !== 0) {
      buffer[next_in] = i;
      next_in = (next_in + 1) % ROOM;
      may_send = 0;
      may_receive = 1;
    }
    mtx_unlock(guard);
  }
}

function* receiver(): Sleeps {
  for (let i: int = 0; i < TIMES; i++) {
    yield* mtx_lock(guard);
    if (may_receive !== 0) {
      const got = buffer[next_out];
      next_out++;
      KASSERT(got === i, 'round %d received %d', i, got);
      may_receive = 0;
      may_send = 1;
    }
    mtx_unlock(guard);
  }
}
