/**
 * reorder_4 of SCTBench: 3 threads set two variables, one after the other, another looks at both.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  threads: [
    { run: setter, times: 3 },
    { run: checker },
  ],
});

let a: int = 0;
let b: int = 0;

function* setter(): Sleeps {
  yield* interruptible();
  a = 1;
  yield* interruptible();
  b = -1;
}

function* checker(): Sleeps {
  KASSERT(yield* consistent(), 'a and b do not belong together');
}

/** Neither is set, or both. */
function* consistent(): Sleeps<boolean> {
  yield* interruptible();
  if (a === 0) {
    yield* interruptible();
    if (b === 0) return true;
  }
  yield* interruptible();
  if (a !== 1) return false;
  yield* interruptible();
  return b === -1;
}
