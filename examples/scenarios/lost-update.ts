/**
 * Two processors count in one word, by an increment without a lock prefix: one instruction, but a read and a write on the bus.
 *
 * Lesson: what one processor cannot interrupt, another one can. (nonatomic_add_int is what kernels of 2001 had in vmspace.vm_refcnt.)
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2 },
  threads: [{ run: count, name: 'count 1' }, { run: count, name: 'count 2' }],
  check: check,
});

const TIMES = 8;
let counter: int = 0;

function* count(): Sleeps {
  for (let i = 0; i < TIMES; i++) yield* nonatomic_add_int($ref(counter), 1);
}

function check(): void {
  KASSERT(counter === 2 * TIMES, 'counter is %d', counter);
}
