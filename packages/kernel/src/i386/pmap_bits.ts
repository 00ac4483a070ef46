/** Referenced and modified bits of pages (i386/pmap.c). Locks: the vm lock for all of it. */
import {
  MINCORE_INCORE,
  MINCORE_MODIFIED,
  MINCORE_MODIFIED_OTHER,
  MINCORE_REFERENCED,
  MINCORE_REFERENCED_OTHER,
} from '../sys/mman.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import { PG_FICTITIOUS, PG_REFERENCED, PHYS_TO_VM_PAGE, vm_page_dirty } from '../vm/vm_page.h.js';
import type { pmap, pv_entry } from './pmap.h.js';
import { PG_A, PG_FRAME, PG_M, PG_MANAGED, PG_RW, PG_V } from './pmap.h.js';
import { pmap_inv_page, pmap_pte, pmap_pte_quick, pmap_track_modified } from './pmap.js';

/**
 * Changes one bit in all mappings of a page; clearing saves what the modified bit said. Locks: vm lock. Does
 * not sleep.
 */
export function pmap_changebit(m: vm_page, bit: u32, setem: boolean): void {
  if ((m.flags & PG_FICTITIOUS) !== 0) return;
  for (let pv = TAILQ_FIRST(m.md_pv_list); pv !== null; pv = TAILQ_NEXT(pv, 'pv_list')) {
    if (!setem && bit === PG_RW && !pmap_track_modified(pv.pv_va)) continue;
    const pte = pmap_pte_quick(pv.pv_pmap, pv.pv_va);
    KASSERT(pte !== null, 'pmap_changebit: null va 0x%x', pv.pv_va);
    const pbits = pte[0];
    if (setem) {
      pte[0] = pbits | bit;
      pmap_inv_page(pv.pv_pmap, pv.pv_va);
    } else if ((pbits & bit) !== 0) {
      if (bit === PG_RW) {
        if ((pbits & PG_M) !== 0) vm_page_dirty(m);
        pte[0] = pbits & ~(PG_M | PG_RW);
      } else {
        pte[0] = pbits & ~bit;
      }
      pmap_inv_page(pv.pv_pmap, pv.pv_va);
    }
  }
}

/** True if any mapping of the page has the bit. Locks: vm lock. Does not sleep. */
function pmap_testbit(m: vm_page, bit: u32): boolean {
  if ((m.flags & PG_FICTITIOUS) !== 0) return false;
  for (let pv = TAILQ_FIRST(m.md_pv_list); pv !== null; pv = TAILQ_NEXT(pv, 'pv_list')) {
    if ((bit & (PG_A | PG_M)) !== 0 && !pmap_track_modified(pv.pv_va)) continue;
    const pte = pmap_pte_quick(pv.pv_pmap, pv.pv_va);
    if (pte !== null && (pte[0] & bit) !== 0) return true;
  }
  return false;
}

/**
 * Counts and clears the reference bits of a page's mappings, at most five at a call; the list is rotated so
 * that all get their turn. Locks: vm lock. Does not sleep.
 */
export function pmap_ts_referenced(m: vm_page): int {
  let rtval = 0;
  let pvn: pv_entry = null;
  if ((m.flags & PG_FICTITIOUS) !== 0) return 0;
  const first = TAILQ_FIRST(m.md_pv_list);
  if (first === null) return 0;
  for (let pv = first; pv !== null; pv = pvn) {
    pvn = TAILQ_NEXT(pv, 'pv_list');
    TAILQ_REMOVE(m.md_pv_list, pv, 'pv_list');
    TAILQ_INSERT_TAIL(m.md_pv_list, pv, 'pv_list');
    if (pmap_track_modified(pv.pv_va)) {
      const pte = pmap_pte_quick(pv.pv_pmap, pv.pv_va);
      if (pte !== null && (pte[0] & PG_A) !== 0) {
        pte[0] &= ~PG_A;
        pmap_inv_page(pv.pv_pmap, pv.pv_va);
        rtval++;
        if (rtval > 4) break;
      }
    }
    if (pvn === first) break;
  }
  return rtval;
}

/** True if a mapping of the page was written through. Locks: vm lock. Does not sleep. */
export function pmap_is_modified(m: vm_page): boolean {
  return pmap_testbit(m, PG_M);
}

/** Clears the modified bits. Locks: vm lock. Does not sleep. */
export function pmap_clear_modify(m: vm_page): void {
  pmap_changebit(m, PG_M, false);
}

/** Clears the reference bits. Locks: vm lock. Does not sleep. */
export function pmap_clear_reference(m: vm_page): void {
  pmap_changebit(m, PG_A, false);
}

/**
 * True if the map maps the page (looks at the first sixteen mappings, as BSD). Locks: vm lock. Does not
 * sleep.
 */
export function pmap_page_exists(pmap: pmap, m: vm_page): boolean {
  let loops = 0;
  if ((m.flags & PG_FICTITIOUS) !== 0) return false;
  for (let pv = TAILQ_FIRST(m.md_pv_list); pv !== null && loops < 16; pv = TAILQ_NEXT(pv, 'pv_list')) {
    if (pv.pv_pmap === pmap) return true;
    loops++;
  }
  return false;
}

/** What mincore(2) says of an address. Locks: vm lock. Does not sleep. */
export function pmap_mincore(pmap: pmap, addr: vm_offset_t): int {
  let val = 0;
  const ptep = pmap_pte(pmap, addr);
  if (ptep === null || (ptep[0] & PG_V) === 0) return 0;
  const pte = ptep[0];
  val = MINCORE_INCORE;
  if ((pte & PG_MANAGED) === 0) return val;
  const m = PHYS_TO_VM_PAGE(pte & PG_FRAME);
  if ((pte & PG_M) !== 0) val |= MINCORE_MODIFIED | MINCORE_MODIFIED_OTHER;
  else if (m.dirty !== 0 || pmap_is_modified(m)) val |= MINCORE_MODIFIED_OTHER;
  if ((pte & PG_A) !== 0) val |= MINCORE_REFERENCED | MINCORE_REFERENCED_OTHER;
  else if ((m.flags & PG_REFERENCED) !== 0 || pmap_testbit(m, PG_A)) val |= MINCORE_REFERENCED_OTHER;
  return val;
}
