/**
 * The table of examples/scenarios/dining.ts with its four philosophers, one after the other, and a guest, who has a fork of theirs in his hand for a while: he
 * looks whether they wait for it, whether they hold the other one meanwhile, and whether they keep both until they have eaten.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: guest },
    { run: diner, name: 'philosopher 0', arg: 0 },
    { run: diner, name: 'philosopher 1', arg: 1 },
    { run: diner, name: 'philosopher 2', arg: 2 },
    { run: diner, name: 'philosopher 3', arg: 3 },
  ],
  check: check,
});

const SEATS = 4;
/** So often others are let on until a philosopher has to have come to where he waits. */
const PATIENCE = 50;
/** So often he may be on the processor until then: he may be interrupted on his way. */
const LOOKS_MAX = 20;
/** So often the guest takes a philosopher's last fork again. */
const TAKEN_MAX = 3;
let forks: array<embed<mtx>, 4>;
let meals: int = 0;
let door: embed<mtx>;
/** Who may come to the table. */
let admitted: int = -1;

function setup(): void {
  mtx_init(forks[0], 'fork 0', MTX_DEF);
  mtx_init(forks[1], 'fork 1', MTX_DEF);
  mtx_init(forks[2], 'fork 2', MTX_DEF);
  mtx_init(forks[3], 'fork 3', MTX_DEF);
  mtx_init(door, 'door', MTX_DEF);
}

function* philosopher(seat: u32): Sleeps {
  const left = $int(seat);
  const right = (left + 1) % SEATS;
  const low = left < right ? left : right;
  const high = left < right ? right : left;
  yield* mtx_lock(forks[low]);
  yield* mtx_lock(forks[high]);
  meals++;
  mtx_unlock(forks[high]);
  mtx_unlock(forks[low]);
}

function* diner(seat: u32): Sleeps {
  yield* mtx_lock(door);
  while (admitted < $int(seat)) yield* msleep($addr($ref(admitted)), door, PPAUSE, 'door', 0);
  mtx_unlock(door);
  yield* philosopher(seat);
}

function* admit(seat: int): Sleeps {
  yield* mtx_lock(door);
  admitted = seat;
  wakeup($addr($ref(admitted)));
  mtx_unlock(door);
}

/** Lets all others on that can go on. */
function* let_on(): Sleeps {
  mtx_lock_spin(sched_lock);
  curproc().p_priority = PRI_MAX_TIMESHARE;
  setrunqueue(curproc());
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
}

/**
 * Waits until the philosopher of that thread waits for a fork; so many meals have been eaten before. A schedule that does not let him come so far says
 * nothing of him; one who has been on the processor again and again, and waits for nothing, polls.
 */
function* until_he_waits(thread: int, eaten: int): Sleeps {
  const he = scenario_procs[thread];
  let looks: int = 0;
  for (let i: int = 0; i < PATIENCE; i++) {
    const since = he.p_runtime;
    yield* let_on();
    if (he.p_runtime !== since) looks++;
    KASSERT(meals === eaten, 'a philosopher has eaten without the fork that the guest holds');
    KASSERT(scenario_done[thread] === 0, 'a philosopher has left without a meal');
    KASSERT((he.p_sflag & PS_SLPTIMO) === 0, 'a philosopher sleeps with a time-out');
    KASSERT(looks < LOOKS_MAX, 'a philosopher does not wait for his fork: he looks again and again');
    if (he.p_stat === SMTX && he.p_blocked !== door) return;
  }
}

function holds(he: proc, m: mtx): boolean {
  return (m.mtx_lock & ~MTX_FLAGMASK) === $addr(he);
}

/**
 * The guest has a fork of that philosopher's. Has he taken the other one, he has to keep it while he waits; if not, the guest takes that, too, gives the
 * first back, and is to see him wait again. Then he gets his last fork, and has to keep both until he has eaten. The lock notes where it was taken last
 * (`untouched`: before he came), so that a fork that he had for a moment is seen, too.
 */
function* hold_up(thread: int, mine: int, his: int, eaten: int, untouched: u32): Sleeps {
  const he = scenario_procs[thread];
  let first = his;
  let last = mine;
  yield* until_he_waits(thread, eaten);
  // Nobody else is at the table: who has taken it since, and has it no more, was he.
  const hasTaken = forks[his].mtx_object.lo_line !== untouched;
  KASSERT(!hasTaken || holds(he, forks[his]), 'a philosopher gives a fork back before he has eaten');
  const hasCome = he.p_stat === SMTX && he.p_blocked === forks[mine];
  const isFree = mtx_trylock(forks[his]) !== 0;
  if (isFree) {
    first = mine;
    last = his;
    mtx_unlock(forks[mine]);
    yield* until_he_waits(thread, eaten);
    // The fork that he waited for was his then: who waits for the other one without it has not kept it.
    const waits = hasCome && he.p_stat === SMTX && he.p_blocked === forks[his];
    KASSERT(!waits || holds(he, forks[mine]), 'a philosopher gives a fork back before he has eaten');
  }
  // In a schedule that has not let him come so far he may take them in another order.
  const isKnown = holds(he, forks[first]);
  let taken: int = 0;
  let hasGiven: boolean = false;
  mtx_unlock(forks[last]);
  for (let i: int = 0; i < PATIENCE && meals === eaten && scenario_done[thread] === 0; i++) {
    yield* let_on();
    if (!isKnown || meals !== eaten) continue;
    if (!holds(he, forks[first])) hasGiven = true;
    if (hasGiven || holds(he, forks[last]) || taken === TAKEN_MAX || mtx_trylock(forks[last]) === 0) continue;
    // He has not taken it yet, and waits again; or he has given it back, and is seen to eat without it.
    taken++;
    yield* until_he_waits(thread, eaten);
    mtx_unlock(forks[last]);
  }
  // Of one who never eats it is said that he does not, and not that he gave something back before.
  KASSERT(meals !== eaten || scenario_done[thread] === 0, 'a philosopher has left without a meal');
  KASSERT(meals <= eaten + 1, 'one philosopher has eaten %d meals', meals - eaten);
  KASSERT(!hasGiven, 'a philosopher gives a fork back before he has eaten');
}

/** In a schedule that does not let one eat nothing is known of the next: all may come, and nobody is looked at. */
function* guest(): Sleeps {
  for (let seat: int = 0; seat < SEATS; seat++) {
    const mine = (seat + 1) % SEATS;
    if (meals !== seat) {
      yield* admit(SEATS);
      return;
    }
    yield* mtx_lock(forks[seat]);
    const untouched = forks[seat].mtx_object.lo_line;
    mtx_unlock(forks[seat]);
    yield* mtx_lock(forks[mine]);
    yield* admit(seat);
    yield* hold_up(seat + 1, mine, seat, seat, untouched);
  }
}

function check(): void {
  KASSERT(meals === SEATS, '%d meals for %d philosophers', meals, SEATS);
  for (let i: int = 0; i < SEATS; i++)
    KASSERT(forks[i].mtx_lock === MTX_UNOWNED, 'fork %d was not given back', i);
}
