/** Ends the transfer of one page that was read. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_iodone_read(m: vm_page, error: boolean, wanted: boolean): void {
  vm_page_flag_clear(m, PG_ZERO);
  if (error) {
    m.valid = 0;
    /* The wanted page stays its reader's, busy, who finds it not valid (W9). */
    if (wanted) vm_page_flash(m);
    else vm_page_free(m);
    return;
  }
  pmap_clear_modify(m);
  m.valid = VM_PAGE_BITS_ALL;
  vm_page_undirty(m);
  if (wanted) {
    /* planted: who waits for the page is not woken */
    return;
  }
  vm_page_deactivate(m);
  vm_page_wakeup(m);
}
