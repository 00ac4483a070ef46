/** Kernel mappings, page windows and kernel stacks (i386/pmap.c). */
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { PAGE_MASK, PAGE_SIZE, UPAGES } from '../sys/param.h.js';
import type { proc, user } from '../sys/proc.h.js';
import type { vm_offset_t, vm_prot_t } from '../sys/types.h.js';
import { swap_pager_freespace } from '../vm/swap_pager.js';
import { kernel_map, kmem_alloc_nofault } from '../vm/vm_kern.js';
import { cnt } from '../vm/vm_meter.js';
import { OBJT_DEFAULT } from '../vm/vm_object.h.js';
import { vm_object_allocate } from '../vm/vm_object.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_MAPPED,
  PG_WRITEABLE,
  PG_ZERO,
  PHYS_TO_VM_PAGE,
  VM_ALLOC_NORMAL,
  VM_ALLOC_RETRY,
  VM_PAGE_BITS_ALL,
  VM_PAGE_TO_PHYS,
  vm_page_busy,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_free,
  vm_page_hold,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_grab, vm_page_lookup } from '../vm/vm_page.js';
import { vm_page_unwire, vm_page_wire } from '../vm/vm_pageq.js';
import { VM_PAGER_OK } from '../vm/vm_pager.h.js';
import { vm_pager_get_pages } from '../vm/vm_pager.js';
import { VM_PROT_WRITE, ptoa } from '../vm/vm_param.h.js';
import { hw_bzero, invlpg } from './cpufunc.h.js';
import type { pmap } from './pmap.h.js';
import { PG_A, PG_FRAME, PG_M, PG_MANAGED, PG_RW, PG_V } from './pmap.h.js';
import { pmap_inv_page, pmap_pte, vtopte } from './pmap.js';
import { CADDR1, CADDR2, CMAP1, CMAP2, kernel_pmap } from './pmap_boot.js';
import { bcopy, bzero } from './support.js';

/**
 * Maps a kernel page, replacing what was there. Locks: none of its own: the address belongs to the caller.
 * Does not sleep.
 */
export function pmap_kenter(va: vm_offset_t, pa: vm_offset_t): void {
  const pte = vtopte(va);
  const opte = pte[0];
  pte[0] = pa | PG_RW | PG_V;
  if ((opte & PG_V) !== 0) pmap_inv_page(kernel_pmap, va);
}

/** Unmaps a kernel page. Locks: as pmap_kenter. Does not sleep. */
export function pmap_kremove(va: vm_offset_t): void {
  const pte = vtopte(va);
  pte[0] = 0;
  pmap_inv_page(kernel_pmap, va);
}

/** Maps a range of physical memory into the kernel at *virt, which moves on. Used at boot. Locks: none. */
export function pmap_map(
  virt: ptr<vm_offset_t>,
  start: vm_offset_t,
  end: vm_offset_t,
  prot: vm_prot_t,
): vm_offset_t {
  const sva = virt[0];
  let va = sva;
  for (; start < end; start += PAGE_SIZE) {
    pmap_kenter(va, start);
    va += PAGE_SIZE;
  }
  virt[0] = va;
  return sva;
}

/** Maps pages one after the other at va, for transient use. Locks: as pmap_kenter. Does not sleep. */
export function pmap_qenter(va: vm_offset_t, m: ptr<vm_page>, count: int): void {
  for (let i = 0; i < count; i++) pmap_kenter(va + ptoa(i), VM_PAGE_TO_PHYS(m[i]));
}

/** Takes such mappings away. Locks: as pmap_kenter. Does not sleep. */
export function pmap_qremove(va: vm_offset_t, count: int): void {
  for (let i = 0; i < count; i++) pmap_kremove(va + ptoa(i));
}

/** Physical address of a kernel address. Locks: none. Does not sleep. */
export function pmap_kextract(va: vm_offset_t): vm_offset_t {
  return (vtopte(va)[0] & PG_FRAME) | (va & PAGE_MASK);
}

/** Physical address that a map has at va, 0 if none. Locks: vm lock. Does not sleep. */
export function pmap_extract(pmap: pmap, va: vm_offset_t): vm_offset_t {
  if (pmap === null) return 0;
  const pte = pmap_pte(pmap, va);
  if (pte === null || (pte[0] & PG_V) === 0) return 0;
  return (pte[0] & PG_FRAME) | (va & PAGE_MASK);
}

/**
 * The page that a map has at va with at least `prot`, held (vm_page_hold); null if there is none, or none
 * that is the page daemon's business (device memory). Locks: vm lock. Does not sleep.
 */
export function pmap_extract_and_hold(pmap: pmap, va: vm_offset_t, prot: vm_prot_t): vm_page {
  const pte = pmap_pte(pmap, va);
  if (pte === null || (pte[0] & PG_V) === 0) return null;
  if ((prot & VM_PROT_WRITE) !== 0 && (pte[0] & PG_RW) === 0) return null;
  if ((pte[0] & PG_MANAGED) === 0) return null;
  const m = PHYS_TO_VM_PAGE(pte[0] & PG_FRAME);
  vm_page_hold(m);
  return m;
}

/** Clears a physical page through the window CADDR2. Locks: vm lock. Does not sleep. */
export function pmap_zero_page(phys: vm_offset_t): void {
  KASSERT(CMAP2[0] === 0, 'pmap_zero_page: CMAP2 busy');
  CMAP2[0] = PG_V | PG_RW | (phys & PG_FRAME) | PG_A | PG_M;
  invlpg(CADDR2);
  $st32(CADDR2, 0);
  hw_bzero(CADDR2, PAGE_SIZE);
  CMAP2[0] = 0;
}

/** Clears part of a physical page. Locks: vm lock. Does not sleep. */
export function pmap_zero_page_area(phys: vm_offset_t, off: int, size: int): void {
  KASSERT(CMAP2[0] === 0, 'pmap_zero_page: CMAP2 busy');
  CMAP2[0] = PG_V | PG_RW | (phys & PG_FRAME) | PG_A | PG_M;
  invlpg(CADDR2);
  bzero(CADDR2 + $u32(off), $u32(size));
  CMAP2[0] = 0;
}

/** Copies a physical page through the windows CADDR1 and CADDR2. Locks: vm lock. Does not sleep. */
export function pmap_copy_page(src: vm_offset_t, dst: vm_offset_t): void {
  KASSERT(CMAP1[0] === 0, 'pmap_copy_page: CMAP1 busy');
  KASSERT(CMAP2[0] === 0, 'pmap_copy_page: CMAP2 busy');
  CMAP1[0] = PG_V | (src & PG_FRAME) | PG_A;
  CMAP2[0] = PG_V | PG_RW | (dst & PG_FRAME) | PG_A | PG_M;
  invlpg(CADDR1);
  invlpg(CADDR2);
  bcopy(CADDR1, CADDR2, PAGE_SIZE);
  CMAP1[0] = 0;
  CMAP2[0] = 0;
}

/** Gives a new process its kernel stack with a guard page below. Locks: vm lock. May sleep. */
export function* pmap_new_proc(p: proc): Sleeps {
  vm_assert();
  let upobj = p.p_upages_obj;
  if (upobj === null) {
    upobj = yield* vm_object_allocate(OBJT_DEFAULT, UPAGES);
    p.p_upages_obj = upobj;
  }
  if (p.p_addr === null) {
    const up = yield* kmem_alloc_nofault(kernel_map, (UPAGES + 1) * PAGE_SIZE);
    if (up === 0) panic('pmap_new_proc: upage allocation failed');
    /* The first page stays unmapped: a stack that runs over meets it. */
    p.p_addr = $cast<user>(up + PAGE_SIZE);
  }
  for (let i = 0; i < UPAGES; i++) {
    const m = yield* vm_page_grab(upobj, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
    m.wire_count++;
    cnt.v_wire_count++;
    pmap_kenter($addr(p.p_addr) + ptoa(i), VM_PAGE_TO_PHYS(m));
    vm_page_wakeup(m);
    vm_page_flag_clear(m, PG_ZERO);
    vm_page_flag_set(m, PG_MAPPED | PG_WRITEABLE);
    m.valid = VM_PAGE_BITS_ALL;
  }
  bzero($addr(p.p_addr), $sizeof<user>());
}

/**
 * Frees a dead process's kernel stack; the address range and the object stay with the proc. Locks: vm lock.
 * May sleep.
 */
export function* pmap_dispose_proc(p: proc): Sleeps {
  vm_assert();
  const upobj = p.p_upages_obj;
  for (let i = 0; i < UPAGES; i++) {
    const m = vm_page_lookup(upobj, i);
    if (m === null) panic('pmap_dispose_proc: upage already missing?');
    vm_page_busy(m);
    pmap_kremove($addr(p.p_addr) + ptoa(i));
    vm_page_flag_clear(m, PG_MAPPED | PG_WRITEABLE);
    vm_page_unwire(m, 0);
    vm_page_free(m);
  }
  /* What a swapout left on the disk goes too. */
  swap_pager_freespace(upobj, 0, UPAGES);
}

/** Lets the kernel stack of a swapped-out process be paged. Locks: vm lock. Does not sleep. */
export function* pmap_swapout_proc(p: proc): Sleeps {
  vm_assert();
  const upobj = p.p_upages_obj;
  for (let i = 0; i < UPAGES; i++) {
    const m = vm_page_lookup(upobj, i);
    if (m === null) panic('pmap_swapout_proc: upage already missing?');
    m.dirty = VM_PAGE_BITS_ALL;
    vm_page_flag_clear(m, PG_MAPPED | PG_WRITEABLE);
    vm_page_unwire(m, 0);
    pmap_kremove($addr(p.p_addr) + ptoa(i));
  }
}

/** Brings a kernel stack back. Locks: vm lock. May sleep for pages and for the pager. */
export function* pmap_swapin_proc(p: proc): Sleeps {
  const mp = $var<vm_page>();
  vm_assert();
  const upobj = p.p_upages_obj;
  for (let i = 0; i < UPAGES; i++) {
    let m = yield* vm_page_grab(upobj, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
    pmap_kenter($addr(p.p_addr) + ptoa(i), VM_PAGE_TO_PHYS(m));
    if (m.valid !== VM_PAGE_BITS_ALL) {
      mp[0] = m;
      const rv = yield* vm_pager_get_pages(upobj, mp, 1, 0);
      if (rv !== VM_PAGER_OK) panic('pmap_swapin_proc: cannot get upages for proc: %d', p.p_pid);
      m = vm_page_lookup(upobj, i);
      m.valid = VM_PAGE_BITS_ALL;
      pmap_kenter($addr(p.p_addr) + ptoa(i), VM_PAGE_TO_PHYS(m));
    }
    vm_page_wire(m);
    vm_page_wakeup(m);
    vm_page_flag_set(m, PG_MAPPED | PG_WRITEABLE);
  }
}
