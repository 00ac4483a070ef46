/**
 * Two readers of a lockmgr lock ask for an upgrade, LK_UPGRADE, and go on with what they have read.
 *
 * Lesson: the second one to ask has lost its shared hold while it waited, and the first has written meanwhile. LK_EXCLUPGRADE fails
 * instead, and so says that one has to look again.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: adder, name: 'adder 1' },
    { run: adder, name: 'adder 2' },
  ],
  check: check,
});

let table: embed<lock>;
let sum: int = 0;

function setup(): void {
  lockinit(table, PVM, 'table', 0, 0);
}

function* adder(): Sleeps {
  yield* lockmgr(table, LK_SHARED, null, curproc());
  const was = sum;
  yield* lockmgr(table, LK_UPGRADE, null, curproc());
  sum = was + 1;
  yield* lockmgr(table, LK_RELEASE, null, curproc());
}

function check(): void {
  KASSERT(sum === 2, 'sum is %d', sum);
}
