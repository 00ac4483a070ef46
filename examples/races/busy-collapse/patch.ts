/**
 * Walks the pages of the object's backing object.
 *   OBSC_TEST_ALL_SHADOWED  only looks; returns whether a bypass is possible
 *   OBSC_COLLAPSE_WAIT      moves every page, waiting for busy ones; the backing object is marked dead first, so that
 *                           nobody takes a new interest in it
 *   OBSC_COLLAPSE_NOWAIT    moves those pages that are easy to move
 * Locks: V held; with OBSC_COLLAPSE_WAIT let go during sleeps. May sleep.
 */
function* vm_object_backing_scan(object: vm_object, op: int): Sleeps<boolean> {
  const backing = object.backing_object;
  vm_assert();
  if (op === OBSC_TEST_ALL_SHADOWED) return vm_object_all_shadowed(object, backing);
  if (op === OBSC_COLLAPSE_WAIT) vm_object_set_flag(backing, OBJ_DEAD);
  let p = TAILQ_FIRST(backing.memq);
  while (p !== null) {
    const next = TAILQ_NEXT(p, 'listq');
    if (op === OBSC_COLLAPSE_NOWAIT) {
      const easy = p.valid !== 0 && p.hold_count === 0 && p.wire_count === 0;
      /* planted: whether the page is busy is not looked at */
      if (!easy) {
        p = next;
        continue;
      }
    } else if ((yield* vm_page_sleep_busy(p, 1, 'vmocol')) !== 0) {
      /* Anything may have happened, but a dead object cannot have got a new place in the chain. */
      KASSERT(object.backing_object === backing, 'vm_object_backing_scan: %p moved', $addr(object));
      p = TAILQ_FIRST(backing.memq);
      continue;
    }
    vm_object_collapse_page(object, backing, p);
    p = next;
  }
  return true;
}
