/** A kernel for a lesson: two locks, which two system calls take, each in its own order. */
let shelf: embed<mtx>;
let drawer: embed<mtx>;
/** How often something was moved. */
let moves: int = 0;
/** How often move_things() was called. */
let calls_to_move: int = 0;

function* start_limits(dummy: u32): Sleeps {
  limit_init();
  vm_init_limits($addr(proc0));
  mtx_init(shelf, 'shelf', MTX_DEF);
  mtx_init(drawer, 'drawer', MTX_DEF);
}

/** Moves something. Locks: shelf and drawer held. Does not sleep. */
function move_things(): void {
  mtx_assert(shelf, MA_OWNED);
  mtx_assert(drawer, MA_OWNED);
  moves++;
  calls_to_move++;
}

/** What sync(8) calls. Locks: takes and drops shelf, drawer. May sleep. */
export function* sync(p: proc, uap: u32): Sleeps<int> {
  yield* mtx_lock(shelf);
  yield* mtx_lock(drawer);
  move_things();
  mtx_unlock(drawer);
  mtx_unlock(shelf);
  return 0;
}

/** What renice(8) calls. Locks: takes and drops drawer, shelf. May sleep. */
export function* setpriority(p: proc, uap: u32): Sleeps<int> {
  yield* mtx_lock(drawer);
  yield* mtx_lock(shelf);
  move_things();
  mtx_unlock(shelf);
  mtx_unlock(drawer);
  return 0;
}
