/**
 * token_ring of SCTBench: three copy a value around a ring, each in one step; the fourth wants all to be
 * equal when all have.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  threads: [{ run: first }, { run: second }, { run: third }, { run: checker }],
});

let x1: int = 1;
let x2: int = 2;
let x3: int = 1;
let done: int = 0;

function* first(): Sleeps {
  yield* interruptible();
  x1 = (x3 + 1) % 4;
  done |= 1;
}

function* second(): Sleeps {
  yield* interruptible();
  x2 = x1;
  done |= 2;
}

function* third(): Sleeps {
  yield* interruptible();
  x3 = x2;
  done |= 4;
}

function* checker(): Sleeps {
  yield* interruptible();
  if (done === 7) KASSERT(x1 === x2 && x2 === x3, 'the ring has %d, %d, %d', x1, x2, x3);
}
