/** The last philosopher takes the right fork first: forks are taken in the order of their numbers, so no circle can close. */
function* philosopher(seat: u32): Sleeps {
  const left = $int(seat);
  const right = (left + 1) % SEATS;
  const first = left < right ? left : right;
  const second = left < right ? right : left;
  yield* mtx_lock(forks[first]);
  yield* mtx_lock(forks[second]);
  meals++;
  mtx_unlock(forks[second]);
  mtx_unlock(forks[first]);
}
