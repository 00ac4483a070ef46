/**
 * Valid and dirty bits of pages (in BSD a part of vm/vm_page.c): one bit for each DEV_BSIZE bytes.
 * `valid` says which parts hold the object's data, `dirty` which of them differ from the pager's.
 */
import { pmap_clear_modify, pmap_is_modified } from '../i386/pmap_bits.js';
import { pmap_zero_page_area } from '../i386/pmap_kern.js';
import { DEV_BSHIFT, DEV_BSIZE, PAGE_SIZE } from '../sys/param.h.js';
import type { vm_page } from './vm_page.h.js';
import { PG_NOSYNC, VM_PAGE_BITS_ALL, vm_page_dirty, vm_page_flag_clear } from './vm_page.h.js';

/**
 * The bits of a byte range within a page. A part counts if the range touches it.
 * Locks: none. Does not sleep.
 */
export function vm_page_bits(base: u32, size: u32): int {
  KASSERT(base + size <= PAGE_SIZE, 'vm_page_bits: illegal base/size %d/%d', base, size);
  if (size === 0) return 0;
  const first_bit = $i32(base >> DEV_BSHIFT);
  const last_bit = $i32((base + size - 1) >> DEV_BSHIFT);
  return (2 << last_bit) - (1 << first_bit);
}

/**
 * The file system read this range from the device: valid and clean. The parts of blocks outside the range that had no data
 * are zeroed, because from now on the whole block counts. A whole clean page also loses the modified bits of its mappings.
 * Locks: V held, the page busy or soft-busy. Does not sleep.
 */
export function vm_page_set_validclean(m: vm_page, base: u32, size: u32): void {
  if (size === 0) return;
  /* The range's ends may lie inside a block of which nothing is valid yet. */
  let frag = base & ~(DEV_BSIZE - 1);
  if (frag !== base && (m.valid & (1 << $i32(base >> DEV_BSHIFT))) === 0) {
    pmap_zero_page_area(m.phys_addr, frag, base - frag);
  }
  const endoff = base + size;
  frag = endoff & ~(DEV_BSIZE - 1);
  if (frag !== endoff && (m.valid & (1 << $i32(endoff >> DEV_BSHIFT))) === 0) {
    pmap_zero_page_area(m.phys_addr, endoff, DEV_BSIZE - (endoff & (DEV_BSIZE - 1)));
  }
  const pagebits = vm_page_bits(base, size);
  m.valid |= pagebits;
  m.dirty &= ~pagebits;
  if (base === 0 && size === PAGE_SIZE) {
    pmap_clear_modify(m);
    vm_page_flag_clear(m, PG_NOSYNC);
  }
}

/**
 * Zeroes the parts of a page that hold no data, so that it can be mapped; marks them valid if asked.
 * Locks: V held, the page busy. Does not sleep.
 */
export function vm_page_zero_invalid(m: vm_page, setvalid: boolean): void {
  const nblocks = PAGE_SIZE / DEV_BSIZE;
  let start = 0;
  for (let i = 0; i <= nblocks; i++) {
    if (i === nblocks || (m.valid & (1 << i)) !== 0) {
      if (i > start) {
        pmap_zero_page_area(m.phys_addr, $u32(start << DEV_BSHIFT), $u32((i - start) << DEV_BSHIFT));
      }
      start = i + 1;
    }
  }
  if (setvalid) m.valid = VM_PAGE_BITS_ALL;
}

/** Takes the modified bits of the page's mappings into `dirty`. Locks: V held. Does not sleep. */
export function vm_page_test_dirty(m: vm_page): void {
  if (m.dirty !== VM_PAGE_BITS_ALL && pmap_is_modified(m)) vm_page_dirty(m);
}
