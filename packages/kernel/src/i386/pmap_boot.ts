/**
 * Setting up the physical map (i386/pmap.c): variables, windows, the kernel's own map, pv entries; and
 * prefaulting.
 */
import { maxproc } from '../kern/kern_proc.js';
import { vm_assert } from '../kern/kern_regime.h.js';
import { printf } from '../kern/subr_prf.js';
import { NBPDR, NPDEPG, PAGE_MASK, PAGE_SIZE } from '../sys/param.h.js';
import type { pd_entry_t, pt_entry_t, vm_offset_t, vm_pindex_t, vm_size_t } from '../sys/types.h.js';
import { kernel_map, kmem_alloc } from '../vm/vm_kern.js';
import type { vm_map_entry } from '../vm/vm_map.h.js';
import type { vm_object } from '../vm/vm_object.h.js';
import { OBJT_DEFAULT } from '../vm/vm_object.h.js';
import { vm_object_allocate } from '../vm/vm_object.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_BUSY,
  PG_FICTITIOUS,
  PG_MAPPED,
  PG_UNMANAGED,
  PQ_CACHE,
  VM_PAGE_BITS_ALL,
  vm_page_busy,
  vm_page_flag_set,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_array, vm_page_array_size, vm_page_lookup } from '../vm/vm_page.js';
import { vm_page_deactivate } from '../vm/vm_pageq.js';
import { KERNBASE, OFF_TO_IDX, VM_MAX_KERNEL_ADDRESS } from '../vm/vm_param.h.js';
import type { vm_zone } from '../vm/vm_zone.h.js';
import { ZONE_INTERRUPT } from '../vm/vm_zone.h.js';
import { zbootinit, zinitna } from '../vm/vm_zone.js';
import { curproc } from './pcpu.h.js';
import type { pmap, pv_entry } from './pmap.h.js';
import { pmap_enter_quick, pmap_remove_all, vtopte } from './pmap.js';

export const MINPV = 2048;
export const PMAP_SHPGPERPROC = 200;

/** Left by the loader: physical address of the boot page directory, and where free memory begins. */
export let IdlePTD: vm_offset_t = 0;
export let physfree: vm_offset_t = 0;
export let nkpt: int = 0;
export let kernel_pmap_store: embed<pmap>;
export let kernel_pmap: pmap = null;
export let phys_avail: array<vm_offset_t, 10>;
export let avail_start: vm_offset_t = 0;
export let avail_end: vm_offset_t = 0;
export let virtual_avail: vm_offset_t = 0;
export let virtual_end: vm_offset_t = 0;
export let kernel_vm_end: vm_offset_t = 0;
export let kptobj: vm_object = null;
export let pmap_initialized: int = 0;
export let pvzone: vm_zone = null;
export let pvzone_store: embed<vm_zone>;
export let pvzone_obj: embed<vm_object>;
/**
 * Pages that a process shares, for the number of pv entries; what later kernels set with vm.pmap.shpgperproc.
 */
export let pmap_shpgperproc: int = PMAP_SHPGPERPROC;
/** pv entries in use. Locks: vm lock (Giant or vm_mtx, by regime); anybody reads. */
export let pv_entry_count: int = 0;
export let pv_entry_max: int = 0;
export let pv_entry_high_water: int = 0;
export let pmap_pagedaemon_waken: int = 0;
export let all_cpus: u_int = 1;
/** Page windows: entries and addresses. */
export let CMAP1: ptr<pt_entry_t> = null;
export let CMAP2: ptr<pt_entry_t> = null;
export let CADDR1: vm_offset_t = 0;
export let CADDR2: vm_offset_t = 0;
export let PMAP1: ptr<pt_entry_t> = null;
export let PADDR1: vm_offset_t = 0;
/** Window of /dev/mem. */
export let ptvmmap: vm_offset_t = 0;

/** Takes n pages of kernel address space at boot. Locks: none (boot). */
function pmap_boot_va(n: u32): vm_offset_t {
  const va = virtual_avail;
  virtual_avail += n * PAGE_SIZE;
  return va;
}

/** Sets the module up over what the loader mapped. Locks: none (boot). */
export function pmap_bootstrap(firstaddr: vm_offset_t, loadaddr: vm_offset_t): void {
  avail_start = firstaddr;
  virtual_avail = KERNBASE + firstaddr;
  virtual_end = VM_MAX_KERNEL_ADDRESS;
  kernel_pmap = kernel_pmap_store;
  kernel_pmap.pm_pdir = $cast<ptr<pd_entry_t>>(KERNBASE + IdlePTD);
  kernel_pmap.pm_count = 1;
  kernel_pmap.pm_active = -1;
  TAILQ_INIT(kernel_pmap.pm_pvlist);
  kernel_vm_end = KERNBASE + $u32(nkpt) * NBPDR;
  CADDR1 = pmap_boot_va(1);
  CMAP1 = vtopte(CADDR1);
  CADDR2 = pmap_boot_va(1);
  CMAP2 = vtopte(CADDR2);
  PADDR1 = pmap_boot_va(1);
  ptvmmap = pmap_boot_va(1);
  PMAP1 = vtopte(PADDR1);
  CMAP1[0] = 0;
  CMAP2[0] = 0;
  PMAP1[0] = 0;
}

/** Initialises pv entries once pages and kernel memory exist. Locks: vm lock. May sleep. */
export function* pmap_init(phys_start: vm_offset_t, phys_end: vm_offset_t): Sleeps {
  kptobj = yield* vm_object_allocate(OBJT_DEFAULT, NPDEPG);
  let initial_pvs = vm_page_array_size;
  if (initial_pvs < MINPV) initial_pvs = MINPV;
  pvzone = pvzone_store;
  const pvinit = yield* kmem_alloc(kernel_map, $u32(initial_pvs) * $sizeof<pv_entry>());
  zbootinit(pvzone, 'PV ENTRY', $int($sizeof<pv_entry>()), pvinit, initial_pvs);
  pmap_initialized = 1;
}

/** Lets the pv zone grow, when it is known how many processes there can be. Locks: vm lock. May sleep. */
export function* pmap_init2(): Sleeps {
  pv_entry_max = pmap_shpgperproc * maxproc + vm_page_array_size;
  pv_entry_high_water = 9 * (pv_entry_max / 10);
  yield* zinitna(pvzone, pvzone_obj, 'PV ENTRY', 0, pv_entry_max, ZONE_INTERRUPT, 1);
}

/** May a page's mappings be taken away to get their pv entries? Locks: vm lock. Does not sleep. */
function pmap_collectable(m: vm_page): boolean {
  if (m.wire_count !== 0 || m.hold_count !== 0 || m.busy !== 0) return false;
  return (m.flags & (PG_BUSY | PG_UNMANAGED)) === 0 && !TAILQ_EMPTY(m.md_pv_list);
}

/** Warnings of pmap_collect so far. */
let pmap_collect_warnings: int = 0;

/** Removes mappings when pv entries run short. Called by the page daemon. Locks: vm lock. Does not sleep. */
export function pmap_collect(): void {
  if (pmap_pagedaemon_waken === 0) return;
  if (pmap_collect_warnings < 5) {
    printf('pmap_collect: collecting pv entries -- suggest increasing PMAP_SHPGPERPROC\n');
    pmap_collect_warnings++;
  }
  for (let i = 0; i < vm_page_array_size; i++) {
    const m = $idx(vm_page_array, i);
    if (pmap_collectable(m)) pmap_remove_all(m);
  }
  pmap_pagedaemon_waken = 0;
}

/**
 * sysctl vm.pmap.pv_entry_reclaim: 0 is 2001, where a mapping without a pv entry to be had was a null
 * pointer's end.
 */
export let pv_entry_reclaim: int = 1;
/** Where pmap_pv_reclaim looks next. */
let pv_reclaim_rover: int = 0;

/**
 * No pv entry is to be had, neither from the zone nor of a free page for it: takes the mappings of some page
 * away, which will fault again. One page after the other in turn, so that it does not hit the same ones.
 * FALSE if there is none. A correction of the BSD of 2001. Locks: vm lock; the page that is being mapped is
 * busy, its page table held. Does not sleep.
 */
export function pmap_pv_reclaim(): boolean {
  if (pv_entry_reclaim === 0) return false;
  for (let n = 0; n < vm_page_array_size; n++) {
    const m = $idx(vm_page_array, pv_reclaim_rover);
    pv_reclaim_rover = pv_reclaim_rover + 1 < vm_page_array_size ? pv_reclaim_rover + 1 : 0;
    if (!pmap_collectable(m)) continue;
    pmap_remove_all(m);
    return true;
  }
  return false;
}

/** Would make a range of kernel memory pageable; nothing to do on this machine. Locks: none. */
export function pmap_pageable(pmap: pmap, sva: vm_offset_t, eva: vm_offset_t, pageable: boolean): void {
  KASSERT(sva <= eva, 'pmap_pageable: range');
}

/**
 * Copies mappings at fork to save faults: an optimisation that BSD allows to be left out, and it is here.
 * Locks: vm lock.
 */
export function* pmap_copy(
  dst: pmap,
  src: pmap,
  dst_addr: vm_offset_t,
  len: vm_size_t,
  src_addr: vm_offset_t,
): Sleeps {
  vm_assert();
}

const PFBAK = 4;
const PFFOR = 4;

/**
 * Enters the resident neighbours of a faulting page, if they are ready to be used. Locks: vm lock. Does not
 * sleep.
 */
export function pmap_prefault(pmap: pmap, addra: vm_offset_t, entry: vm_map_entry): void {
  let mpte: vm_page = null;
  if (curproc() === null || pmap !== curproc().p_vmspace.vm_pmap) return;
  const object = entry.object;
  let starta = addra - PFBAK * PAGE_SIZE;
  if (starta < entry.start || starta > addra) starta = entry.start;
  for (let addr = starta; addr <= addra + PFFOR * PAGE_SIZE; addr += PAGE_SIZE) {
    if (addr === addra || addr < entry.start || addr >= entry.end) continue;
    if (pmap.pm_pdir[addr >> 22] === 0 || vtopte(addr)[0] !== 0) continue;
    const m = pmap_prefault_page(object, OFF_TO_IDX($i64(addr - entry.start) + entry.offset));
    if (m === null) continue;
    vm_page_busy(m);
    mpte = pmap_enter_quick(pmap, addr, m, mpte);
    vm_page_flag_set(m, PG_MAPPED);
    vm_page_wakeup(m);
  }
}

/** The page of a shadow chain at this index, if it is valid and idle. Locks: vm lock. Does not sleep. */
function pmap_prefault_page(object: vm_object, pindex: vm_pindex_t): vm_page {
  let lobject = object;
  let m = vm_page_lookup(lobject, pindex);
  while (m === null && lobject.type === OBJT_DEFAULT && lobject.backing_object !== null) {
    if ((lobject.backing_object_offset & PAGE_MASK) !== 0) return null;
    pindex += OFF_TO_IDX(lobject.backing_object_offset);
    lobject = lobject.backing_object;
    m = vm_page_lookup(lobject, pindex);
  }
  if (m === null) return null;
  if (m.valid !== VM_PAGE_BITS_ALL || m.busy !== 0 || (m.flags & (PG_BUSY | PG_FICTITIOUS)) !== 0)
    return null;
  if (m.queue - m.pc === PQ_CACHE) vm_page_deactivate(m);
  return m;
}

/**
 * Maps what is resident of a file when it is mapped: an optimisation of exec; the first faults do it here.
 * Locks: vm lock.
 */
export function* pmap_object_init_pt(
  pmap: pmap,
  addr: vm_offset_t,
  object: vm_object,
  pindex: vm_pindex_t,
  size: vm_size_t,
  limit: int,
): Sleeps {
  vm_assert();
}
