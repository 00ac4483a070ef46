/**
 * A fork copies the kernel stack of its parent and has to wait for a page meanwhile; the swapper takes the stacks of those who
 * sleep, to have pages.
 *
 * Lesson: who sleeps in the middle of something may be taken for idle. What must stay until the end needs to be held, and
 * whoever takes it away has to look at the hold under the lock under which it is made.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: swapper }, { run: forker }],
});

let proc_lock: embed<mtx>;
/** (proc_lock) the parent's kernel stack is in memory, and how many want it to stay there */
let resident: int = 1;
let held: int = 0;
/** (proc_lock) free pages, and whether somebody waits for one */
let pages: int = 0;
let wanted: int = 0;

function setup(): void {
  mtx_init(proc_lock, 'process lock', MTX_DEF);
}

function* get_page(): Sleeps {
  while (pages === 0) {
    wanted = 1;
    yield* msleep($addr($ref(pages)), proc_lock, PVM, 'fork', 0);
  }
  pages--;
}

function* swapper(): Sleeps {
  yield* mtx_lock(proc_lock);
  if (held === 0) resident = 0;
  pages++;
  if (wanted !== 0) wakeup($addr($ref(pages)));
  mtx_unlock(proc_lock);
}

function* forker(): Sleeps {
  yield* mtx_lock(proc_lock);
  resident = 1;
  yield* get_page();
  KASSERT(resident !== 0, 'a stack is copied that was swapped out');
  mtx_unlock(proc_lock);
}
