/** An upgrade that says so when somebody else was first. */
function* adder(): Sleeps {
  for (;;) {
    yield* lockmgr(table, LK_SHARED, null, curproc());
    const was = sum;
    if ((yield* lockmgr(table, LK_EXCLUPGRADE, null, curproc())) !== 0) continue;
    sum = was + 1;
    yield* lockmgr(table, LK_RELEASE, null, curproc());
    return;
  }
}
