/**
 * The scenario of examples/scenarios/missed-wakeup.ts with somebody who looks whether the waiter waits, and how: at first there is nothing to
 * wake it for a while. At the end the mutex has to be free.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: waiter }, { run: starter }],
  check: check,
});

/** So often it may be on the processor until it sleeps: it may be interrupted on its way. */
const LOOKS_MAX = 8;
/** For so long, µs, between two of the starter's looks: on its way it is there for a few dozen. */
const RUN_MAX = 10000;
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
  const it = scenario_procs[0];
  let looks: int = 0;
  for (let i: int = 0; i < 20; i++) {
    const since = it.p_runtime;
    yield* tsleep($addr($ref(later)), PPAUSE, 'later', 3);
    if (it.p_runtime !== since) looks++;
    if (it.p_runtime - since >= RUN_MAX) looks = LOOKS_MAX;
    KASSERT(scenario_done[0] === 0, 'the waiter went on although nobody had set ready');
    KASSERT((it.p_sflag & PS_SLPTIMO) === 0, 'the waiter sleeps with a time-out');
    KASSERT(looks < LOOKS_MAX, 'the waiter does not sleep until it is woken: it looks again and again');
    KASSERT(
      it.p_stat !== SSLEEP || it.p_wchan === $addr($ref(ready)),
      'the waiter sleeps where the wakeup does not come, and looks again when it is woken for something else'
    );
  }
  yield* mtx_lock(guard);
  ready = 1;
  wakeup($addr($ref(ready)));
  mtx_unlock(guard);
}

function check(): void {
  KASSERT(guard.mtx_lock === MTX_UNOWNED, 'the waiter has not given the mutex back');
}
