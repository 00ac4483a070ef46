/**
 * Two threads give their references up. Each counts down under the lock, and looks at the count after it.
 *
 * Lesson: both may see 0, and the memory is freed twice; the allocator notices. To count down and to see that it was the last one is one
 * step, not two.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: drop, name: 'drop 1' },
    { run: drop, name: 'drop 2' },
  ],
});

let guard: embed<mtx>;
let references: int = 2;
let memory: u32 = 0;

function* setup(): Sleeps {
  mtx_init(guard, 'references', MTX_DEF);
  memory = yield* malloc(64, M_TEMP, M_WAITOK);
}

function* drop(): Sleeps {
  yield* mtx_lock(guard);
  references--;
  mtx_unlock(guard);
  yield* interruptible();
  if (references === 0) free(memory, M_TEMP);
}
