/**
 * WorkStealQueue of SCTBench (from CHESS): the owner pushes and pops at one end and takes the lock only
 * where it meets a thief, who takes items from the other end under the lock. Each item is to be done once.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: thief }, { run: owner }],
  check: check,
});

const ITEMS = 4;
const STEALS = 2;
const NOTHING = -1;
/** Of the array; never more than this is in it at once. */
const ROOM = 8;
let guard: embed<mtx>;
let head: int = 0;
let tail: int = 0;
let room: int = 2;
let slots: array<int, typeof ROOM>;
let done: array<int, typeof ITEMS>;

function setup(): void {
  mtx_init(guard, 'queue', MTX_DEF);
}

function* get_head(): Sleeps<int> {
  yield* interruptible();
  return head;
}

function* get_tail(): Sleeps<int> {
  yield* interruptible();
  return tail;
}

function* set_head(to: int): Sleeps {
  yield* interruptible();
  head = to;
}

function* set_tail(to: int): Sleeps {
  yield* interruptible();
  tail = to;
}

function* steal(): Sleeps<int> {
  let got: int = NOTHING;
  yield* mtx_lock(guard);
  const h = yield* get_head();
  yield* set_head(h + 1);
  if (h < (yield* get_tail())) got = slots[h & (room - 1)];
  else yield* set_head(h);
  mtx_unlock(guard);
  return got;
}

function* pop(): Sleeps<int> {
  const t = (yield* get_tail()) - 1;
  yield* set_tail(t);
  if ((yield* get_head()) <= t) return slots[t & (room - 1)];
  yield* set_tail(t + 1);
  return yield* pop_locked();
}

function* pop_locked(): Sleeps<int> {
  let got: int = NOTHING;
  yield* mtx_lock(guard);
  const t = (yield* get_tail()) - 1;
  yield* set_tail(t);
  if ((yield* get_head()) <= t) got = slots[t & (room - 1)];
  else yield* set_tail(t + 1);
  if ((yield* get_head()) > t) {
    yield* set_head(0);
    yield* set_tail(0);
    got = NOTHING;
  }
  mtx_unlock(guard);
  return got;
}

function* push(item: int): Sleeps {
  const t = yield* get_tail();
  if (t < (yield* get_head()) + room) {
    slots[t & (room - 1)] = item;
    yield* set_tail(t + 1);
  } else yield* push_locked(item);
}

function* push_locked(item: int): Sleeps {
  yield* mtx_lock(guard);
  let h = yield* get_head();
  const count = (yield* get_tail()) - h;
  h = h & (room - 1);
  yield* set_head(h);
  yield* set_tail(h + count);
  if (count >= room - 1) yield* grow(h, count);
  const t = yield* get_tail();
  slots[t & (room - 1)] = item;
  yield* set_tail(t + 1);
  mtx_unlock(guard);
}

/** Twice the room; what is there comes to its beginning. */
function* grow(from: int, count: int): Sleeps {
  const moved = $local<array<int, typeof ROOM>>();
  for (let i: int = 0; i < count; i++) moved[i] = slots[(from + i) & (room - 1)];
  for (let i: int = 0; i < count; i++) slots[i] = moved[i];
  room = 2 * room;
  KASSERT(room <= ROOM, 'the queue grows beyond %d', ROOM);
  yield* set_head(0);
  yield* set_tail(count);
}

function* thief(): Sleeps {
  for (let i: int = 0; i < STEALS; i++) finish(yield* steal());
}

function* owner(): Sleeps {
  for (let i: int = 0; i < ITEMS; i += 2) {
    yield* push(i);
    yield* push(i + 1);
    finish(yield* pop());
  }
  for (let i: int = 0; i < ITEMS; i += 2) finish(yield* pop());
}

function finish(item: int): void {
  if (item !== NOTHING) done[item]++;
}

function check(): void {
  for (let i: int = 0; i < ITEMS; i++) KASSERT(done[i] === 1, 'item %d was done %d times', i, done[i]);
}
