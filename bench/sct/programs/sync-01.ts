/**
 * sync01 of SCTBench: one waits until the slot is empty, the other looks into it and does not take what is
 * there. Nothing empties it.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: producer }, { run: consumer }],
});

let slot: embed<mtx>;
let full: int = 1;
let not_full: int = 0;
let not_empty: int = 0;

function setup(): void {
  mtx_init(slot, 'slot', MTX_DEF);
}

function* producer(): Sleeps {
  yield* mtx_lock(slot);
  while (full > 0) yield* msleep($addr($ref(not_full)), slot, PPAUSE, 'full', 0);
  full++;
  mtx_unlock(slot);
  wakeup_one($addr($ref(not_empty)));
}

function* consumer(): Sleeps {
  yield* mtx_lock(slot);
  while (full === 0) yield* msleep($addr($ref(not_empty)), slot, PPAUSE, 'empty', 0);
  mtx_unlock(slot);
  wakeup_one($addr($ref(not_full)));
}
