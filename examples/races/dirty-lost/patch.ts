/** Removes every mapping of a page. Locks: vm lock. Does not sleep. */
export function pmap_remove_all(m: vm_page): void {
  let pv: pv_entry = null;
  KASSERT(
    (m.flags & PG_FICTITIOUS) === 0,
    'pmap_page_protect: illegal for unmanaged page, va: 0x%x',
    VM_PAGE_TO_PHYS(m),
  );
  while ((pv = TAILQ_FIRST(m.md_pv_list)) !== null) {
    const pmap = pv.pv_pmap;
    const va = pv.pv_va;
    const pte = pmap_pte_quick(pmap, va);
    const tpte = pte[0];
    KASSERT(
      (tpte & PG_FRAME) === VM_PAGE_TO_PHYS(m),
      'pmap_remove_all: pte 0x%x is not of page 0x%x',
      tpte,
      VM_PAGE_TO_PHYS(m),
    );
    pte[0] = 0;
    pmap.pm_resident_count--;
    if ((tpte & PG_W) !== 0) pmap.pm_wired_count--;
    if ((tpte & PG_A) !== 0) vm_page_flag_set(m, PG_REFERENCED);
    /* planted: that the page was written to is forgotten */
    pmap_inv_page(pmap, va);
    pmap_unuse_pt(pmap, va, pv.pv_ptem);
    pmap_unlink_entry(pmap, m, pv);
  }
}
