/** Making, growing and releasing physical maps (i386/pmap.c). */
import { allproc, zombproc } from '../kern/kern_proc.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { NBPDR, PAGE_SIZE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { pd_entry_t, vm_offset_t } from '../sys/types.h.js';
import { kernel_map, kmem_alloc_pageable } from '../vm/vm_kern.js';
import { cnt } from '../vm/vm_meter.js';
import { OBJT_DEFAULT } from '../vm/vm_object.h.js';
import { vm_object_allocate } from '../vm/vm_object.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_MAPPED,
  PG_ZERO,
  VM_ALLOC_NORMAL,
  VM_ALLOC_RETRY,
  VM_ALLOC_SYSTEM,
  VM_PAGE_BITS_ALL,
  VM_PAGE_TO_PHYS,
  vm_page_busy,
  vm_page_flag_clear,
  vm_page_free_zero,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_alloc, vm_page_grab, vm_page_sleep_busy } from '../vm/vm_page.js';
import { vm_page_wire } from '../vm/vm_pageq.js';
import { APTDPTDI, APTDpde, KPTDI, PTD, PTDPTDI } from '../vm/vm_param.h.js';
import { get_pcpu, invltlb, load_cr3 } from './cpufunc.h.js';
import type { pmap } from './pmap.h.js';
import { PG_A, PG_FRAME, PG_M, PG_RW, PG_V } from './pmap.h.js';
import { IdlePTD, kernel_pmap, kptobj } from './pmap_boot.js';
import { pmap_kenter, pmap_kextract, pmap_kremove, pmap_zero_page } from './pmap_kern.js';
import { bcopy, bzero } from './support.js';

/** Sets up process 0's map, which runs on the directory that the loader made. Locks: vm lock. May sleep. */
export function* pmap_pinit0(pmap: pmap): Sleeps {
  const pdir = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  pmap.pm_pdir = $cast<ptr<pd_entry_t>>(pdir);
  pmap_kenter(pdir, IdlePTD);
  pmap_pinit_common(pmap);
  if (pmap.pm_pteobj === null) pmap.pm_pteobj = yield* vm_object_allocate(OBJT_DEFAULT, PTDPTDI + 1);
}

/** What both initialisers set. Locks: vm lock. Does not sleep. */
function pmap_pinit_common(pmap: pmap): void {
  pmap.pm_count = 1;
  pmap.pm_active = 0;
  pmap.pm_ptphint = null;
  TAILQ_INIT(pmap.pm_pvlist);
  pmap.pm_resident_count = 0;
  pmap.pm_wired_count = 0;
}

/**
 * Makes a map: a page directory with the kernel's entries and the recursive one. The directory's kernel
 * address and the object of the page-table pages stay with the (type-stable) map when it is released. Locks:
 * vm lock. May sleep.
 */
export function* pmap_pinit(pmap: pmap): Sleeps {
  vm_assert();
  if (pmap.pm_pdir === null)
    pmap.pm_pdir = $cast<ptr<pd_entry_t>>(yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE));
  if (pmap.pm_pteobj === null) pmap.pm_pteobj = yield* vm_object_allocate(OBJT_DEFAULT, PTDPTDI + 1);
  const ptdpg = yield* vm_page_grab(pmap.pm_pteobj, PTDPTDI, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  ptdpg.wire_count = 1;
  cnt.v_wire_count++;
  vm_page_flag_clear(ptdpg, PG_MAPPED);
  ptdpg.valid = VM_PAGE_BITS_ALL;
  vm_page_wakeup(ptdpg);
  pmap_kenter($addr(pmap.pm_pdir), VM_PAGE_TO_PHYS(ptdpg));
  if ((ptdpg.flags & PG_ZERO) === 0) bzero($addr(pmap.pm_pdir), PAGE_SIZE);
  vm_page_flag_clear(ptdpg, PG_ZERO);
  bcopy(PTD + KPTDI * 4, $addr(pmap.pm_pdir) + KPTDI * 4, $u32(nkpt) * 4);
  pmap.pm_pdir[PTDPTDI] = VM_PAGE_TO_PHYS(ptdpg) | PG_V | PG_RW | PG_A | PG_M;
  pmap_pinit_common(pmap);
}

/**
 * A process has the map as its own now: fills the kernel's part of the directory in again. pmap_pinit did
 * that long ago and slept since, and pmap_growkernel finds directories by way of processes only. Locks: vm
 * lock. Does not sleep.
 */
export function pmap_pinit2(pmap: pmap): void {
  KASSERT(pmap.pm_count === 1, 'pmap_pinit2: map in use');
  bcopy(PTD + KPTDI * 4, $addr(pmap.pm_pdir) + KPTDI * 4, $u32(nkpt) * 4);
}

/**
 * Frees one page of a map that is being released. False if it slept and the caller must look again.
 * Locks: vm lock. May sleep for a busy page.
 */
function* pmap_release_free_page(pmap: pmap, m: vm_page): Sleeps<boolean> {
  const slept = yield* vm_page_sleep_busy(m, 0, 'pmaprl');
  if (slept) return false;
  vm_page_busy(m);
  const pde = pmap.pm_pdir;
  pde[m.pindex] = 0;
  pmap.pm_resident_count--;
  KASSERT(m.hold_count === 0, 'pmap_release: freeing held page table page');
  if (m.pindex === PTDPTDI) {
    /*
     * Clear the kernel's part, so that the page can go to the zeroed ones; then the directory is mapped no
     * more.
     */
    bzero($addr(pde) + KPTDI * 4, $u32(nkpt) * 4);
    pde[APTDPTDI] = 0;
    pmap_kremove($addr(pmap.pm_pdir));
  }
  if (pmap.pm_ptphint === m) pmap.pm_ptphint = null;
  m.wire_count--;
  cnt.v_wire_count--;
  vm_page_free_zero(m);
  return true;
}

/** Releases what a map holds: its page-table pages, then its directory. Locks: vm lock. May sleep. */
export function* pmap_release(pmap: pmap): Sleeps {
  vm_assert();
  const object = pmap.pm_pteobj;
  KASSERT(object.ref_count === 1, 'pmap_release: pteobj reference count != 1');
  /* Nobody may go on using the directory through the alternate map. */
  if ((pmap.pm_pdir[PTDPTDI] & PG_FRAME) === ($ld32(APTDpde) & PG_FRAME)) {
    $st32(APTDpde, 0);
    invltlb();
  }
  /* A page freed or a sleep changes the list: look from its head again. */
  for (;;) {
    let m = TAILQ_FIRST(object.memq);
    if (m === null) return;
    if (m.pindex === PTDPTDI && TAILQ_NEXT(m, 'listq') !== null) m = TAILQ_NEXT(m, 'listq');
    yield* pmap_release_free_page(pmap, m);
  }
}

/** Adds a reference. Locks: vm lock. */
export function pmap_reference(pmap: pmap): void {
  if (pmap !== null) pmap.pm_count++;
}

/**
 * Gives the kernel page tables up to addr, in every directory. Locks: vm lock, or boot. Does not sleep;
 * panics without memory.
 */
export function pmap_growkernel(addr: vm_offset_t): void {
  addr = (addr + NBPDR) & ~(NBPDR - 1);
  while (kernel_vm_end < addr) {
    const index = kernel_vm_end >> 22;
    if (index >= APTDPTDI) panic('pmap_growkernel: no more kernel address space');
    if ($ld32(PTD + index * 4) === 0) {
      const nkpg = vm_page_alloc(kptobj, nkpt, VM_ALLOC_SYSTEM);
      if (nkpg === null) panic('pmap_growkernel: no memory to grow kernel');
      nkpt++;
      vm_page_wire(nkpg);
      vm_page_wakeup(nkpg);
      pmap_zero_page(VM_PAGE_TO_PHYS(nkpg));
      pmap_growkernel_pde(index, VM_PAGE_TO_PHYS(nkpg) | PG_V | PG_RW | PG_A | PG_M);
    }
    kernel_vm_end = (kernel_vm_end + NBPDR) & ~(NBPDR - 1);
  }
}

/**
 * Enters a kernel page table into all page directories; those of exiting processes, too, which are on
 * zombproc already and run on their directories until they leave the processor. Locks: vm lock, or boot. Does
 * not sleep.
 */
function pmap_growkernel_pde(index: u32, newpde: pd_entry_t): void {
  $st32(PTD + index * 4, $int(newpde));
  pmap_growkernel_list(LIST_FIRST(allproc), index, newpde);
  pmap_growkernel_list(LIST_FIRST(zombproc), index, newpde);
  kernel_pmap.pm_pdir[index] = newpde;
}

/** The same for the processes of a list. Locks: vm lock, or boot. Does not sleep. */
function pmap_growkernel_list(first: proc, index: u32, newpde: pd_entry_t): void {
  for (let p = first; p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_vmspace !== null && p.p_vmspace.vm_pmap.pm_pdir !== null)
      p.p_vmspace.vm_pmap.pm_pdir[index] = newpde;
  }
}

/**
 * Loads a process's address space if it is the running one. Locks: sched_lock not needed: it is curproc's
 * own. Does not sleep.
 */
export function pmap_activate(p: proc): void {
  const pmap = p.p_vmspace.vm_pmap;
  const pc = get_pcpu();
  const cr3 = pmap_kextract($addr(pmap.pm_pdir));
  p.p_addr.u_pcb.pcb_cr3 = cr3;
  if (p !== pc.curproc) return;
  pmap.pm_active |= $int(pc.cpumask);
  load_cr3(cr3);
}
