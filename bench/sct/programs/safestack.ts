/**
 * safestack of SCTBench (by D. Vyukov): a stack of three items without locks, from which three threads take
 * and to which they give back. Its failure, two who have the same item, needs three threads and many
 * preemptions. Where the original waits for the others by turning round, a thread ends here, which makes no
 * schedule fail that did not.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: user, times: 3 }],
});

const ITEMS = 3;
const NOTHING = -1;
const TIMES = 2;
let top: int = 0;
let left: int = ITEMS;
let nexts: array<int, typeof ITEMS>;
let owners: array<int, typeof ITEMS>;

function setup(): void {
  for (let i: int = 0; i < ITEMS; i++) {
    nexts[i] = i < ITEMS - 1 ? i + 1 : NOTHING;
    owners[i] = NOTHING;
  }
}

function* take(): Sleeps<int> {
  for (;;) {
    yield* interruptible();
    if (left <= 1) return NOTHING;
    yield* interruptible();
    const first = top;
    yield* interruptible();
    const next = nexts[first];
    nexts[first] = NOTHING;
    if (next === NOTHING) return NOTHING;
    yield* interruptible();
    if (top === first) {
      top = next;
      yield* interruptible();
      left--;
      return first;
    }
    yield* interruptible();
    nexts[first] = next;
  }
}

function* give(item: int): Sleeps {
  for (;;) {
    yield* interruptible();
    const first = top;
    yield* interruptible();
    nexts[item] = first;
    yield* interruptible();
    if (top !== first) continue;
    top = item;
    yield* interruptible();
    left++;
    return;
  }
}

function* user(id: int): Sleeps {
  for (let i: int = 0; i < TIMES; i++) {
    const item = yield* take();
    if (item === NOTHING) return;
    yield* interruptible();
    owners[item] = id;
    yield* interruptible();
    KASSERT(owners[item] === id, 'item %d is of %d and of %d', item, id, owners[item]);
    yield* give(item);
  }
}
