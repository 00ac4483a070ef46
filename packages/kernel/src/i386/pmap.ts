/**
 * The i386 physical map (i386/pmap.c): page tables by the recursive map PTmap, another process's by the
 * alternate map APTmap or the window PADDR1, pv entries for managed pages, page-table pages in the pmap's own
 * object. Entering, removing and changing mappings; pmap_boot.ts sets the module up, pmap_pinit.ts makes and
 * releases maps, pmap_kern.ts has kernel mappings and kernel stacks, pmap_bits.ts the referenced and modified
 * bits.
 *
 * Invariants:
 * 1. A page-table page is held once for every mapping in it, and goes when the last one does.
 * 2. pm_resident_count counts user mappings and page-table pages. The page directory is not counted when a
 *    map is made but is when it is released, so that a released map stands at -1 until it is made again (as
 *    in BSD of that time).
 * 3. A managed page has one pv entry for each mapping, linked to the page and to the map.
 *
 * Locks: the vm lock (vm_assert) for everything here, unless a function says otherwise.
 */
import { vm_assert } from '../kern/kern_regime.h.js';
import { NPTEPG, PAGE_SIZE } from '../sys/param.h.js';
import type { pt_entry_t, vm_offset_t, vm_prot_t } from '../sys/types.h.js';
import { clean_eva, clean_sva } from '../vm/vm_kern.js';
import { cnt } from '../vm/vm_meter.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_BUSY,
  PG_FICTITIOUS,
  PG_MAPPED,
  PG_REFERENCED,
  PG_UNMANAGED,
  PG_WRITEABLE,
  PG_ZERO,
  PHYS_TO_VM_PAGE,
  VM_ALLOC_ZERO,
  VM_PAGE_BITS_ALL,
  VM_PAGE_TO_PHYS,
  vm_page_busy,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_free_zero,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_alloc, vm_page_lookup } from '../vm/vm_page.js';
import { pagedaemon_wakeup } from '../vm/vm_pageout.js';
import {
  APTDpde,
  APTmap,
  PTDPTDI,
  PTDpde,
  PTmap,
  UPT_MIN_ADDRESS,
  VM_MIN_KERNEL_ADDRESS,
  VM_PROT_EXECUTE,
  VM_PROT_READ,
  VM_PROT_WRITE,
} from '../vm/vm_param.h.js';
import { zalloci, zfreei } from '../vm/vm_zone.js';
import { get_pcpu, invlpg, invltlb, smp_invlpg, smp_invltlb } from './cpufunc.h.js';
import { mp_ncpus } from './mp_machdep.js';
import { curproc } from './pcpu.h.js';
import type { pmap, pv_entry } from './pmap.h.js';
import { PG_A, PG_FRAME, PG_M, PG_MANAGED, PG_RW, PG_U, PG_V, PG_W } from './pmap.h.js';
import { pmap_changebit } from './pmap_bits.js';
import {
  PADDR1,
  PMAP1,
  kernel_pmap,
  pmap_initialized,
  pmap_pv_reclaim,
  pv_entry_high_water,
  pvzone,
} from './pmap_boot.js';
import { pmap_zero_page } from './pmap_kern.js';

/** Locks: none. The kernel's page-table entry of an address, through the recursive map. @inline */
export function vtopte(va: vm_offset_t): ptr<pt_entry_t> {
  return $cast<ptr<pt_entry_t>>(PTmap + (va >> 12) * 4);
}

/** True if modifications of pages in this range count (not those of the buffer maps). Locks: none. @inline */
export function pmap_track_modified(va: vm_offset_t): boolean {
  return va < clean_sva || va >= clean_eva;
}

/** Locks: vm lock. Drops one page's translation on every CPU that may have it. Does not sleep. */
export function pmap_inv_page(pmap: pmap, va: vm_offset_t): void {
  const me = get_pcpu().cpumask;
  const mask: u_int = pmap === kernel_pmap ? all_cpus : $u32(pmap.pm_active);
  if ((mask & me) !== 0) invlpg(va);
  if ((mask & ~me) !== 0) smp_invlpg(mask & ~me, va);
}

/** Locks: vm lock. Drops all translations on every CPU that uses the map. Does not sleep. */
export function pmap_inv_all(pmap: pmap): void {
  const me = get_pcpu().cpumask;
  const mask: u_int = pmap === kernel_pmap ? all_cpus : $u32(pmap.pm_active);
  if ((mask & me) !== 0) invltlb();
  if ((mask & ~me) !== 0) smp_invltlb(mask & ~me);
}

/**
 * The base of the map's page tables in the address space: PTmap if it is the current one, else APTmap after
 * pointing APTDpde at it. Locks: vm lock. Does not sleep.
 */
export function get_ptbase(pmap: pmap): ptr<pt_entry_t> {
  const frame = pmap.pm_pdir[PTDPTDI] & PG_FRAME;
  if (pmap === kernel_pmap || frame === ($ld32(PTDpde) & PG_FRAME)) return $cast<ptr<pt_entry_t>>(PTmap);
  if (frame !== ($ld32(APTDpde) & PG_FRAME)) {
    $st32(APTDpde, $int(frame | PG_RW | PG_V));
    invltlb();
  } else if (mp_ncpus > 1) {
    /*
     * Kernel processes share a directory: another CPU may have set the entry, and this one still has what was
     * there before.
     */
    invltlb();
  }
  return $cast<ptr<pt_entry_t>>(APTmap);
}

/**
 * The page-table entry of va in a map, or null if it has no page table there. Locks: vm lock. Does not sleep.
 * @inline
 */
export function pmap_pte(pmap: pmap, va: vm_offset_t): ptr<pt_entry_t> {
  return pmap.pm_pdir[va >> 22] === 0 ? null : $padd(get_ptbase(pmap), $int(va >> 12));
}

/**
 * The same without disturbing APTmap: another map's page table appears at PADDR1 until the next call.
 * Locks: vm lock. Does not sleep.
 */
export function pmap_pte_quick(pmap: pmap, va: vm_offset_t): ptr<pt_entry_t> {
  const pde = pmap.pm_pdir[va >> 22];
  if (pde === 0) return null;
  if (pmap === kernel_pmap || (pmap.pm_pdir[PTDPTDI] & PG_FRAME) === ($ld32(PTDpde) & PG_FRAME))
    return vtopte(va);
  const frame = pde & PG_FRAME;
  if ((PMAP1[0] & PG_FRAME) !== frame) {
    PMAP1[0] = frame | PG_RW | PG_V | PG_A | PG_M;
    invlpg(PADDR1);
  } else if (mp_ncpus > 1) {
    /* The window is shared, the TLB is not. */
    invlpg(PADDR1);
  }
  return $cast<ptr<pt_entry_t>>(PADDR1 + ((va >> 12) & (NPTEPG - 1)) * 4);
}

/** Protection bits of a page-table entry. Locks: none. @inline */
export function pte_prot(prot: vm_prot_t): u32 {
  return (prot & VM_PROT_WRITE) !== 0 ? $u32(PG_RW) : $u32(0);
}

/** Counts a pv entry that is about to be taken. Locks: vm lock. Does not sleep. @inline */
function pv_entry_taken(): void {
  pv_entry_count++;
  if (pv_entry_high_water !== 0 && pv_entry_count > pv_entry_high_water && pmap_pagedaemon_waken === 0) {
    pmap_pagedaemon_waken = 1;
    pagedaemon_wakeup();
  }
}

/** Gives one back. Locks: vm lock. Does not sleep. @inline */
export function free_pv_entry(pv: pv_entry): void {
  pv_entry_count--;
  zfreei(pvzone, $addr(pv));
}

/** Records that `pmap` maps m at va. Locks: vm lock. Does not sleep. */
function pmap_insert_entry(pmap: pmap, va: vm_offset_t, mpte: vm_page, m: vm_page): void {
  pv_entry_taken();
  let pv = $cast<pv_entry>(zalloci(pvzone));
  while (pv === null && pmap_pv_reclaim()) pv = $cast<pv_entry>(zalloci(pvzone));
  KASSERT(pv !== null, 'get_pv_entry: no pv entries: increase PMAP_SHPGPERPROC');
  pv.pv_va = va;
  pv.pv_pmap = pmap;
  pv.pv_ptem = mpte;
  TAILQ_INSERT_TAIL(pmap.pm_pvlist, pv, 'pv_plist');
  TAILQ_INSERT_TAIL(m.md_pv_list, pv, 'pv_list');
  m.md_pv_list_count++;
}

/** Unlinks and frees a pv entry. Locks: vm lock. Does not sleep. */
export function pmap_unlink_entry(pmap: pmap, m: vm_page, pv: pv_entry): void {
  TAILQ_REMOVE(m.md_pv_list, pv, 'pv_list');
  m.md_pv_list_count--;
  KASSERT(m.md_pv_list_count >= 0, 'pmap: pv list count of page %p below zero', $addr(m));
  if (TAILQ_EMPTY(m.md_pv_list)) m.flags &= ~(PG_MAPPED | PG_WRITEABLE);
  TAILQ_REMOVE(pmap.pm_pvlist, pv, 'pv_plist');
  free_pv_entry(pv);
}

/**
 * Removes the pv entry of (pmap, va), looking through the shorter list. True if a page-table page went.
 * Locks: vm lock.
 */
function pmap_remove_entry(pmap: pmap, m: vm_page, va: vm_offset_t): boolean {
  let pv: pv_entry = null;
  if (m.md_pv_list_count < pmap.pm_resident_count) {
    for (pv = TAILQ_FIRST(m.md_pv_list); pv !== null; pv = TAILQ_NEXT(pv, 'pv_list'))
      if (pv.pv_pmap === pmap && pv.pv_va === va) break;
  } else {
    for (pv = TAILQ_FIRST(pmap.pm_pvlist); pv !== null; pv = TAILQ_NEXT(pv, 'pv_plist'))
      if (pv.pv_va === va) break;
  }
  KASSERT(pv !== null, 'pmap_remove_entry: no pv entry for va 0x%x', va);
  const gone = pmap_unuse_pt(pmap, va, pv.pv_ptem);
  pmap_unlink_entry(pmap, m, pv);
  return gone;
}

/**
 * Drops one hold of the page-table page of va; frees it with the last. True if it went. Locks: vm lock. Does
 * not sleep.
 */
export function pmap_unuse_pt(pmap: pmap, va: vm_offset_t, mpte: vm_page): boolean {
  if (va >= UPT_MIN_ADDRESS) return false;
  if (mpte === null) {
    const ptepindex = va >> 22;
    if (pmap.pm_ptphint !== null && pmap.pm_ptphint.pindex === ptepindex) mpte = pmap.pm_ptphint;
    else {
      mpte = vm_page_lookup(pmap.pm_pteobj, ptepindex);
      pmap.pm_ptphint = mpte;
    }
  }
  KASSERT(mpte.hold_count > 0, 'pmap_unuse_pt: page table page %p not held', $addr(mpte));
  mpte.hold_count--;
  if (mpte.hold_count !== 0) return false;
  pmap_free_ptp(pmap, mpte);
  return true;
}

/** Unmaps and frees a page-table page whose last mapping went. Locks: vm lock. Does not sleep. */
function pmap_free_ptp(pmap: pmap, m: vm_page): void {
  KASSERT((m.flags & PG_BUSY) === 0, 'pmap_free_ptp: busy page table page');
  pmap.pm_pdir[m.pindex] = 0;
  pmap.pm_resident_count--;
  /* The window of the table in the recursive map, wherever the map is active; in the alternate map, here. */
  pmap_inv_page(pmap, UPT_MIN_ADDRESS + (m.pindex << 12));
  if ((pmap.pm_pdir[PTDPTDI] & PG_FRAME) === ($ld32(APTDpde) & PG_FRAME)) invlpg(APTmap + (m.pindex << 12));
  if (PMAP1[0] !== 0 && (PMAP1[0] & PG_FRAME) === VM_PAGE_TO_PHYS(m)) {
    PMAP1[0] = 0;
    invlpg(PADDR1);
  }
  if (pmap.pm_ptphint === m) pmap.pm_ptphint = null;
  KASSERT(m.wire_count === 1, 'pmap_free_ptp: page table page wired %d times', m.wire_count);
  m.wire_count--;
  cnt.v_wire_count--;
  vm_page_busy(m);
  vm_page_free_zero(m);
}

/**
 * Makes a page table for the 4 MB with this index, held once; null without memory. It never waits: the map
 * may be shared, and whoever slept here would come back to a page table that a sharer has made, and to a page
 * that is mapped no more. Locks: vm lock. Does not sleep.
 */
function _pmap_allocpte(pmap: pmap, ptepindex: u32): vm_page {
  const m = vm_page_alloc(pmap.pm_pteobj, ptepindex, VM_ALLOC_ZERO);
  if (m === null) return null;
  if (m.wire_count === 0) cnt.v_wire_count++;
  m.wire_count++;
  m.hold_count++;
  pmap.pm_resident_count++;
  const ptepa = VM_PAGE_TO_PHYS(m);
  if ((m.flags & PG_ZERO) === 0) pmap_zero_page(ptepa);
  pmap.pm_pdir[ptepindex] = ptepa | PG_U | PG_RW | PG_V | PG_A | PG_M;
  pmap.pm_ptphint = m;
  m.valid = VM_PAGE_BITS_ALL;
  vm_page_flag_clear(m, PG_ZERO);
  vm_page_flag_set(m, PG_MAPPED);
  vm_page_wakeup(m);
  return m;
}

/**
 * The page-table page of va with one more hold, made if there is none; null without memory. Locks: vm lock.
 * Does not sleep.
 */
function pmap_allocpte(pmap: pmap, va: vm_offset_t): vm_page {
  const ptepindex = va >> 22;
  if (pmap.pm_pdir[ptepindex] === 0) return _pmap_allocpte(pmap, ptepindex);
  let m = pmap.pm_ptphint;
  if (m === null || m.pindex !== ptepindex) {
    m = vm_page_lookup(pmap.pm_pteobj, ptepindex);
    pmap.pm_ptphint = m;
  }
  KASSERT(m !== null, 'pmap_allocpte: page directory names no page table page');
  m.hold_count++;
  return m;
}

/**
 * Maps page m at va with the given protection, replacing what was there. FALSE, and nothing was done, if a
 * page table is needed and there is no memory for it: the caller waits (vm_wait), and then looks again at all
 * that it has decided. Cannot fail for kernel addresses. Locks: vm lock. Does not sleep.
 */
export function pmap_enter(
  pmap: pmap,
  va: vm_offset_t,
  m: vm_page,
  prot: vm_prot_t,
  wired: boolean,
): boolean {
  let mpte: vm_page = null;
  vm_assert();
  KASSERT(
    va < UPT_MIN_ADDRESS || va >= VM_MIN_KERNEL_ADDRESS,
    'pmap_enter: invalid to pmap_enter page table pages',
  );
  if (va < UPT_MIN_ADDRESS) {
    mpte = pmap_allocpte(pmap, va);
    if (mpte === null) return false;
  }
  pmap_enter_pte(pmap, va & PG_FRAME, m, prot, wired, mpte);
  return true;
}

/** The part of pmap_enter behind the page table. Consumes the hold on mpte. Locks: vm lock. */
function pmap_enter_pte(
  pmap: pmap,
  va: vm_offset_t,
  m: vm_page,
  prot: vm_prot_t,
  wired: boolean,
  mpte: vm_page,
): void {
  const pte = pmap_pte(pmap, va);
  KASSERT(pte !== null, 'pmap_enter: invalid page directory, pdir=%p, va=0x%x', $addr(pmap.pm_pdir), va);
  let pa: u32 = VM_PAGE_TO_PHYS(m);
  const origpte = pte[0];
  if ((origpte & PG_V) !== 0 && (origpte & PG_FRAME) === pa) {
    /* The same page: only wiring or protection change. */
    if (wired && (origpte & PG_W) === 0) pmap.pm_wired_count++;
    else if (!wired && (origpte & PG_W) !== 0) pmap.pm_wired_count--;
    if (mpte !== null) mpte.hold_count--;
    if ((origpte & PG_MANAGED) !== 0) {
      if ((origpte & PG_M) !== 0 && pmap_track_modified(va)) vm_page_dirty(m);
      pa |= PG_MANAGED;
    }
  } else {
    if (origpte !== 0) {
      const gone = pmap_remove_pte(pmap, pte, va);
      KASSERT(!gone, 'pmap_enter: pte vanished, va: 0x%x', va);
    }
    if (pmap_initialized !== 0 && (m.flags & (PG_FICTITIOUS | PG_UNMANAGED)) === 0) {
      pmap_insert_entry(pmap, va, mpte, m);
      pa |= PG_MANAGED;
    }
    pmap.pm_resident_count++;
    if (wired) pmap.pm_wired_count++;
  }
  let newpte: u32 = pa | pte_prot(prot) | PG_V;
  if (wired) newpte |= PG_W;
  if (va < UPT_MIN_ADDRESS) newpte |= PG_U;
  if ((origpte & ~(PG_M | PG_A)) !== newpte) {
    pte[0] = newpte | PG_A;
    if ((origpte & PG_V) !== 0) pmap_inv_page(pmap, va);
  }
}

/**
 * Enters a read-only mapping of a resident page for prefaulting, if a page table is there or can be had at
 * once. `mpte` is the page-table page of the last call or null; the result is the one to pass next. Locks: vm
 * lock. Does not sleep.
 */
export function pmap_enter_quick(pmap: pmap, va: vm_offset_t, m: vm_page, mpte: vm_page): vm_page {
  vm_assert();
  KASSERT(va < UPT_MIN_ADDRESS, 'pmap_enter_quick: kernel address');
  if (mpte !== null && mpte.pindex === va >> 22 && pmap.pm_pdir[va >> 22] !== 0) mpte.hold_count++;
  else mpte = pmap_allocpte(pmap, va);
  if (mpte === null) return null;
  const pte = pmap_pte(pmap, va);
  if (pte[0] !== 0) {
    pmap_unuse_pt(pmap, va, mpte);
    return pmap.pm_pdir[va >> 22] !== 0 ? mpte : null;
  }
  let flags: u32 = PG_V | PG_U;
  if ((m.flags & (PG_FICTITIOUS | PG_UNMANAGED)) === 0) {
    pmap_insert_entry(pmap, va, mpte, m);
    flags |= PG_MANAGED;
  }
  pmap.pm_resident_count++;
  pte[0] = VM_PAGE_TO_PHYS(m) | flags;
  return mpte;
}

/**
 * Removes one mapping. True if its page-table page went with it. The caller drops the TLB entry. Locks: vm
 * lock.
 */
export function pmap_remove_pte(pmap: pmap, ptq: ptr<pt_entry_t>, va: vm_offset_t): boolean {
  const oldpte = ptq[0];
  ptq[0] = 0;
  if ((oldpte & PG_W) !== 0) pmap.pm_wired_count--;
  pmap.pm_resident_count--;
  if ((oldpte & PG_MANAGED) === 0) return pmap_unuse_pt(pmap, va, null);
  const m = PHYS_TO_VM_PAGE(oldpte & PG_FRAME);
  if ((oldpte & PG_M) !== 0 && pmap_track_modified(va)) vm_page_dirty(m);
  if ((oldpte & PG_A) !== 0) vm_page_flag_set(m, PG_REFERENCED);
  return pmap_remove_entry(pmap, m, va);
}

/** Removes the mapping of one page, if there is one. Locks: vm lock. Does not sleep. */
function pmap_remove_page(pmap: pmap, va: vm_offset_t): void {
  if (pmap.pm_pdir[va >> 22] === 0) return;
  const ptq = $padd(get_ptbase(pmap), $int(va >> 12));
  if (ptq[0] === 0) return;
  pmap_remove_pte(pmap, ptq, va);
  pmap_inv_page(pmap, va);
}

/** Removes all mappings in [sva, eva), page aligned. Locks: vm lock. Does not sleep. */
export function pmap_remove(pmap: pmap, sva: vm_offset_t, eva: vm_offset_t): void {
  let anyvalid = 0;
  if (pmap === null) return;
  vm_assert();
  if (pmap.pm_resident_count === 0) return;
  if (sva + PAGE_SIZE === eva) {
    pmap_remove_page(pmap, sva);
    return;
  }
  const ptbase = get_ptbase(pmap);
  let sindex = sva >> 12;
  const eindex = eva >> 12;
  let pdnxt: u32 = 0;
  for (; sindex < eindex; sindex = pdnxt) {
    pdnxt = (sindex + NPTEPG) & ~(NPTEPG - 1);
    if (pmap.pm_resident_count === 0) break;
    /* The page directory is always mapped in the kernel, while the map lives. */
    if (pmap.pm_pdir[sindex >> 10] === 0) continue;
    if (pdnxt > eindex) pdnxt = eindex;
    for (; sindex !== pdnxt; sindex++) {
      if (ptbase[sindex] === 0) continue;
      anyvalid++;
      if (pmap_remove_pte(pmap, $padd(ptbase, $int(sindex)), sindex << 12)) break;
    }
  }
  if (anyvalid !== 0) pmap_inv_all(pmap);
}

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
    if ((tpte & PG_M) !== 0 && pmap_track_modified(va)) vm_page_dirty(m);
    pmap_inv_page(pmap, va);
    pmap_unuse_pt(pmap, va, pv.pv_ptem);
    pmap_unlink_entry(pmap, m, pv);
  }
}

/** Lowers the protection of a range. Locks: vm lock. Does not sleep. */
export function pmap_protect(pmap: pmap, sva: vm_offset_t, eva: vm_offset_t, prot: vm_prot_t): void {
  let anychanged = 0;
  if (pmap === null) return;
  vm_assert();
  if ((prot & VM_PROT_READ) === 0) {
    pmap_remove(pmap, sva, eva);
    return;
  }
  if ((prot & VM_PROT_WRITE) !== 0) return;
  const ptbase = get_ptbase(pmap);
  let sindex = sva >> 12;
  const eindex = eva >> 12;
  let pdnxt: u32 = 0;
  for (; sindex < eindex; sindex = pdnxt) {
    pdnxt = (sindex + NPTEPG) & ~(NPTEPG - 1);
    if (pmap.pm_pdir[sindex >> 10] === 0) continue;
    if (pdnxt > eindex) pdnxt = eindex;
    for (; sindex !== pdnxt; sindex++) {
      const pbits = ptbase[sindex];
      if ((pbits & PG_V) === 0) continue;
      if ((pbits & PG_MANAGED) !== 0) pmap_protect_bits(pbits, sindex << 12);
      const nbits = pbits & ~(PG_RW | PG_M | PG_A);
      if (nbits !== pbits) {
        ptbase[sindex] = nbits;
        anychanged = 1;
      }
    }
  }
  if (anychanged !== 0) pmap_inv_all(pmap);
}

/** Keeps what the bits of a page-table entry say before they are cleared. Locks: vm lock. Does not sleep. */
function pmap_protect_bits(pbits: pt_entry_t, va: vm_offset_t): void {
  const m = PHYS_TO_VM_PAGE(pbits & PG_FRAME);
  if ((pbits & PG_A) !== 0) vm_page_flag_set(m, PG_REFERENCED);
  if ((pbits & PG_M) !== 0 && pmap_track_modified(va)) vm_page_dirty(m);
}

/** Lowers the protection of all mappings of a page. Locks: vm lock. Does not sleep. */
export function pmap_page_protect(m: vm_page, prot: vm_prot_t): void {
  vm_assert();
  if ((prot & VM_PROT_WRITE) !== 0) return;
  if ((prot & (VM_PROT_READ | VM_PROT_EXECUTE)) !== 0) pmap_changebit(m, PG_RW, false);
  else pmap_remove_all(m);
}

/** Marks a mapping wired or not. Locks: vm lock. Does not sleep. */
export function pmap_change_wiring(pmap: pmap, va: vm_offset_t, wired: boolean): void {
  if (pmap === null) return;
  const pte = pmap_pte(pmap, va);
  KASSERT(pte !== null, 'pmap_change_wiring: no page table for va 0x%x', va);
  const old = pte[0];
  if (wired && (old & PG_W) === 0) {
    pmap.pm_wired_count++;
    pte[0] = old | PG_W;
  } else if (!wired && (old & PG_W) !== 0) {
    pmap.pm_wired_count--;
    pte[0] = old & ~PG_W;
  }
}

/**
 * Removes all mappings of the current process in a range at once, when it exits: faster than pmap_remove.
 * Locks: vm lock. Does not sleep.
 */
export function pmap_remove_pages(pmap: pmap, sva: vm_offset_t, eva: vm_offset_t): void {
  let npv: pv_entry = null;
  vm_assert();
  KASSERT(pmap === curproc().p_vmspace.vm_pmap, 'pmap_remove_pages: not the current map');
  for (let pv = TAILQ_FIRST(pmap.pm_pvlist); pv !== null; pv = npv) {
    npv = TAILQ_NEXT(pv, 'pv_plist');
    const va = pv.pv_va;
    if (va < sva || va >= eva) continue;
    const pte = vtopte(va);
    const tpte = pte[0];
    /* Wired mappings go with vm_map_remove. */
    if ((tpte & PG_W) !== 0) continue;
    pte[0] = 0;
    const m = PHYS_TO_VM_PAGE(tpte & PG_FRAME);
    KASSERT((tpte & PG_V) !== 0, 'pmap_remove_pages: pv entry without mapping, va 0x%x', va);
    pmap.pm_resident_count--;
    if ((tpte & PG_M) !== 0) vm_page_dirty(m);
    pmap_unuse_pt(pmap, va, pv.pv_ptem);
    pmap_unlink_entry(pmap, m, pv);
  }
  pmap_inv_all(pmap);
}
