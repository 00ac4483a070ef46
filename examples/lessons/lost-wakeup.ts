/**
 * The scenario of examples/scenarios/missed-wakeup.ts with somebody who looks whether the waiter waits, and how: at first there is nothing to
 * wake it for a while.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: waiter }, { run: starter }],
});

let guard: embed<mtx>;
let ready: int = 0;
let later: int = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function* waiter(): Sleeps {
  yield* mtx_lock(guard);
  while (ready === 0) yield* msleep($addr($ref(ready)), guard, PPAUSE, 'ready', 0);
  mtx_unlock(guard);
}

function* starter(): Sleeps {
  for (let i: int = 0; i < 20; i++) {
    yield* tsleep($addr($ref(later)), PPAUSE, 'later', 3);
    KASSERT(scenario_done[0] === 0, 'the waiter went on although nobody had set ready');
    KASSERT((scenario_procs[0].p_sflag & PS_SLPTIMO) === 0, 'the waiter sleeps with a time-out');
  }
  yield* mtx_lock(guard);
  ready = 1;
  wakeup($addr($ref(ready)));
  mtx_unlock(guard);
}
