/**
 * sync02 of SCTBench: two are in the slot at the beginning, two are taken out, and two are to be put in,
 * each when it is empty.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: producer }, { run: consumer }],
});

const TIMES = 2;
let slot: embed<mtx>;
let full: int = 2;
let not_full: int = 0;
let not_empty: int = 0;

function setup(): void {
  mtx_init(slot, 'slot', MTX_DEF);
}

function* producer(): Sleeps {
  for (let i: int = 0; i < TIMES; i++) {
    yield* mtx_lock(slot);
    while (full > 0) yield* msleep($addr($ref(not_full)), slot, PPAUSE, 'full', 0);
    full++;
    mtx_unlock(slot);
    wakeup_one($addr($ref(not_empty)));
  }
}

function* consumer(): Sleeps {
  for (let i: int = 0; i < TIMES; i++) {
    yield* mtx_lock(slot);
    while (full === 0) yield* msleep($addr($ref(not_empty)), slot, PPAUSE, 'empty', 0);
    full--;
    mtx_unlock(slot);
    wakeup_one($addr($ref(not_full)));
  }
}
