/**
 * The slot of examples/scenarios/check-then-act.ts, and who has it: a taker who comes out and finds himself its owner keeps it, so that there is only one such.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: claimant, name: 'taker 1', arg: 1 },
    { run: claimant, name: 'taker 2', arg: 2 },
  ],
  check: check,
});

let guard: embed<mtx>;
let owner: u32 = 0;
let taken: int = 0;
/** Takers who have found themselves the owner. */
let winners: int = 0;

function setup(): void {
  mtx_init(guard, 'slot', MTX_DEF);
}

function* taker(me: u32): Sleeps {
  yield* mtx_lock(guard);
  if (owner === 0) {
    owner = me;
    taken++;
  }
  mtx_unlock(guard);
}

function* claimant(me: u32): Sleeps {
  yield* taker(me);
  yield* mtx_lock(guard);
  if (owner === me) winners++;
  mtx_unlock(guard);
}

function check(): void {
  KASSERT(winners !== 2, 'the slot of one taker was taken away by the other');
  KASSERT(owner === 1 || owner === 2, 'the slot has owner %d, who is no taker', owner);
}
