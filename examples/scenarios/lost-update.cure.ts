/** With the lock prefix. */
function* count(): Sleeps {
  for (let i = 0; i < TIMES; i++) {
    yield* interruptible();
    atomic_add_int($cast<ptr<u_int>>($addr($ref(counter))), 1);
  }
}
