/**
 * The page daemon sees that a page is clean, and caches it then. The vm lock keeps nobody from storing to a page
 * that is mapped.
 */

/** Need nothing be written to have the page again? Locks: vm lock held, kept. May be interrupted. */
export function* vm_pageout_is_clean(m: vm_page): Sleeps<boolean> {
  if (m.dirty === 0) vm_page_test_dirty(m);
  else vm_page_dirty(m);
  yield* interruptible();
  return m.dirty === 0;
}

/** As the kernel's vm_pageout_inactive_page, but for the above. Locks: vm lock held, kept. Does not sleep. */
export function* vm_pageout_inactive_look(m: vm_page, pass: int): Sleeps<int> {
  if (m.hold_count !== 0) {
    vm_page_requeue(m);
    return IP_INUSE;
  }
  if (m.busy !== 0 || (m.flags & PG_BUSY) !== 0) return IP_INUSE;
  if (m.object.ref_count === 0) {
    vm_page_flag_clear(m, PG_REFERENCED);
    pmap_clear_reference(m);
  } else {
    const known = (m.flags & PG_REFERENCED) !== 0;
    const actcount = pmap_ts_referenced(m);
    if (known || actcount !== 0) {
      vm_page_flag_clear(m, PG_REFERENCED);
      vm_page_activate(m);
      vm_page_act_advance(m, actcount + ACT_ADVANCE + (known ? 1 : 0));
      return IP_KEPT;
    }
  }
  if (yield* vm_pageout_is_clean(m)) {
    if (m.valid === 0) vm_pageout_page_free(m);
    else vm_page_cache(m);
    return IP_GOT;
  }
  if ((m.flags & PG_WINATCFLS) === 0 && pass === 0) {
    vm_page_flag_set(m, PG_WINATCFLS);
    vm_page_requeue(m);
    return IP_KEPT;
  }
  return IP_DIRTY;
}

/** As the kernel's, but that it writes nothing. Locks: vm lock held, kept. Does not sleep. */
export function* vm_pageout_scan_inactive(pass: int, shortage: int, in_use: int): Sleeps<int> {
  let page_shortage = shortage;
  let skipped = in_use;
  let maxscan: int = $i32(cnt.v_inactive_count);
  let m = TAILQ_FIRST(vm_page_queues[PQ_INACTIVE].pl);
  while (m !== null && maxscan-- > 0 && page_shortage > 0) {
    cnt.v_pdpages++;
    KASSERT(m.queue === PQ_INACTIVE, 'vm_pageout_scan: page %p is on queue %d', $addr(m), m.queue);
    const next = TAILQ_NEXT(m, 'pageq');
    const fate = yield* vm_pageout_inactive_look(m, pass);
    if (fate === IP_GOT) page_shortage--;
    else if (fate === IP_INUSE) skipped++;
    m = next;
  }
  return skipped;
}
