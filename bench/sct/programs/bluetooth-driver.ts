/**
 * bluetooth_driver of SCTBench: a request looks whether the driver is being stopped, and then counts itself
 * as one that is under way.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  threads: [{ run: stopper }, { run: request }],
});

let pending: int = 1;
let stopping: int = 0;
let idle: int = 0;
let stopped: int = 0;

function* begin_request(): Sleeps<boolean> {
  yield* interruptible();
  if (stopping !== 0) return false;
  yield* interruptible();
  pending++;
  return true;
}

function* end_request(): Sleeps {
  yield* interruptible();
  const left = --pending;
  yield* interruptible();
  if (left === 0) idle = 1;
}

function* request(): Sleeps {
  if (yield* begin_request()) {
    yield* interruptible();
    KASSERT(stopped === 0, 'a request is under way in a driver that has stopped');
  }
  yield* end_request();
}

function* stopper(): Sleeps {
  yield* interruptible();
  stopping = 1;
  yield* end_request();
  yield* interruptible();
  if (idle === 0) return;
  yield* interruptible();
  stopped = 1;
}
