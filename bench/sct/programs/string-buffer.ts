/**
 * stringbuffer-jdk1.4 of SCTBench: one appends a buffer to its own: it asks for the length, and then for so
 * many characters. Each of the two is locked. Another one empties the buffer meanwhile.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: appender }, { run: eraser }],
});

const LENGTH = 3;
let buffer_lock: embed<mtx>;
let length: int = LENGTH;

function setup(): void {
  mtx_init(buffer_lock, 'buffer', MTX_DEF);
}

function* appender(): Sleeps {
  yield* mtx_lock(buffer_lock);
  const wanted = length;
  mtx_unlock(buffer_lock);
  yield* mtx_lock(buffer_lock);
  KASSERT(wanted <= length, '%d characters wanted, there are %d', wanted, length);
  mtx_unlock(buffer_lock);
}

function* eraser(): Sleeps {
  yield* mtx_lock(buffer_lock);
  length = 0;
  mtx_unlock(buffer_lock);
  yield* mtx_lock(buffer_lock);
  length += LENGTH;
  mtx_unlock(buffer_lock);
}
