/** The table first, then the statistics: as readers do. */
function* writer(): Sleeps {
  yield* sx_xlock(table);
  yield* sx_xlock(counts);
  writes++;
  sx_xunlock(counts);
  sx_xunlock(table);
}
