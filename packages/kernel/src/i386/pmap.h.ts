/** The i386 physical map (i386/include/pmap.h). */
import type { pd_entry_t, vm_offset_t } from '../sys/types.h.js';
import type { vm_object } from '../vm/vm_object.h.js';
import type { vm_page } from '../vm/vm_page.h.js';

export const PG_V = 0x001;
export const PG_RW = 0x002;
export const PG_U = 0x004;
export const PG_NC_PWT = 0x008;
export const PG_NC_PCD = 0x010;
export const PG_A = 0x020;
export const PG_M = 0x040;
export const PG_PS = 0x080;
export const PG_G = 0x100;
export const PG_W = 0x200;
export const PG_MANAGED = 0x400;
export const PG_FRAME = 0xfffff000;
export const PGEX_P = 1;
export const PGEX_W = 2;
export const PGEX_U = 4;

/**
 * A physical map.
 * @lock S vm lock (Giant or vm_mtx, by regime); anybody reads
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant after creation
 */
export interface pmap extends struct {
  pm_pdir: ptr<pd_entry_t>; // (V) kernel virtual address of the page directory
  pm_pteobj: vm_object; // (c) object of the page-table pages
  pm_pvlist: embed<TAILQ_HEAD<pv_entry>>; // (V) mappings of managed pages
  pm_count: int; // (V) references
  pm_active: int; // (V) CPUs using it, one bit each
  pm_resident_count: int; // (S) statistics: pages mapped
  pm_wired_count: int; // (V) statistics: of those wired
  pm_ptphint: vm_page; // (V) page-table page used last
}

/**
 * One mapping of a managed page.
 * @lock V vm lock (Giant or vm_mtx, by regime)
 */
export interface pv_entry extends struct {
  pv_pmap: pmap; // (V) map that has it
  pv_va: vm_offset_t; // (V) at this address
  pv_list: embed<TAILQ_ENTRY<pv_entry>>; // (V) mappings of the page
  pv_plist: embed<TAILQ_ENTRY<pv_entry>>; // (V) mappings of the map
  pv_ptem: vm_page; // (V) page-table page that holds the entry
}
