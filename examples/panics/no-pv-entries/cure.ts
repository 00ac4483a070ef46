/**
 * Without a pv entry the mappings of another page are taken away, which will fault again.
 */

/** FALSE if no page has any. Locks: vm lock; the page that is being mapped is busy. Does not sleep. */
export function pmap_pv_reclaim(): boolean {
  for (let n = 0; n < vm_page_array_size; n++) {
    const m = $idx(vm_page_array, pv_reclaim_rover);
    pv_reclaim_rover = pv_reclaim_rover + 1 < vm_page_array_size ? pv_reclaim_rover + 1 : 0;
    if (!pmap_collectable(m)) continue;
    pmap_remove_all(m);
    return true;
  }
  return false;
}
