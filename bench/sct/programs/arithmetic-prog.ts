/**
 * arithmetic_prog of SCTBench: two threads hand over through a slot and two channels, and the sum of it all
 * is to be another one than it is.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: producer }, { run: consumer }],
  check: check,
});

const TIMES = 3;
let slot: embed<mtx>;
let full: int = 0;
let not_full: int = 0;
let not_empty: int = 0;

function setup(): void {
  mtx_init(slot, 'slot', MTX_DEF);
}
let total: int = 0;

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
    total = total + i;
    full--;
    mtx_unlock(slot);
    wakeup_one($addr($ref(not_full)));
  }
  total = total + TIMES;
}

function check(): void {
  KASSERT(total !== (TIMES * (TIMES + 1)) / 2, 'total is %d', total);
}
