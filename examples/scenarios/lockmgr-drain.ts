/**
 * One thread drains a lock and ends its object's life; another has found the object before and locks it afterwards.
 *
 * Lesson: draining waits for those who hold or want the lock, not for those who are about to. Who finds an object has to hold a
 * reference before the lock under which it was found is given back.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: user }, { run: ender }],
});

let list: embed<mtx>;
let object: embed<lock>;
let listed: int = 1;
let alive: int = 1;

function setup(): void {
  mtx_init(list, 'list', MTX_DEF);
  lockinit(object, PVM, 'object', 0, 0);
}

function* user(): Sleeps {
  yield* mtx_lock(list);
  const found = listed;
  mtx_unlock(list);
  if (found === 0) return;
  yield* lockmgr(object, LK_SHARED, null, curproc());
  KASSERT(alive !== 0, 'the object is used after its end');
  yield* lockmgr(object, LK_RELEASE, null, curproc());
}

function* ender(): Sleeps {
  yield* mtx_lock(list);
  listed = 0;
  mtx_unlock(list);
  yield* lockmgr(object, LK_DRAIN, null, curproc());
  alive = 0;
  yield* lockmgr(object, LK_RELEASE, null, curproc());
}
