/**
 * What maps, objects, pages and faults stand on: a physical map that is a table of 16 pages a space, a swap
 * pager whose blocks hold the first word of a page, no processes, no sleeping. Physical memory is
 * 0x800000..0x880000.
 */
export const STUBS = `
export const TEST_MIN = 0x10000000;
export const TEST_NPAGES = 16;
export const TEST_NSPACES = 8;
export const TEST_NSWAP = 512;

export let Giant: embed<mtx>;
export let pool_mtx: embed<mtx>;
export let cnt: embed<vmmeter>;
export let panicstr: str = null;
export let smp_started: int = 0;
export let kernel_map: vm_map = null;
export let kmem_map: vm_map = null;
export let kernel_pmap: pmap = null;
export let kernel_vm_end: vm_offset_t = 0;
export let kmembase: u32 = 0;
export let pageproc: proc = null;
export let vm_pageout_deficit: int = 0;
export let vm_pages_needed: int = 0;
export let vm_pageout_pages_needed: int = 0;
export let phys_avail: array<vm_offset_t, 10>;
export let test_proc: embed<proc>;
export let test_pcpu: embed<pcpu>;
let heap: u32 = 0xc0400000;

export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
export function printf(fmt: str, ...args: va_list): void {
  machine_stop($i32($addr(fmt)));
}
export function bump(n: u32): u32 {
  const a = heap;
  heap += (n + 31) & ~31;
  return a;
}
export function _mtx_lock_quick(m: mtx): int {
  KASSERT(m.mtx_lock === 0, 'mutex taken twice');
  m.mtx_lock = $addr(test_proc);
  return 1;
}
export function _mtx_unlock(m: mtx): void {
  KASSERT(m.mtx_lock === $addr(test_proc), 'mutex not ours');
  m.mtx_lock = 0;
}
export function mtx_init(m: mtx, name: str, opts: int): void {
  m.mtx_lock = MTX_UNOWNED;
}
export function mtx_lock_spin(m: mtx): void {}
export function mtx_unlock_spin(m: mtx): void {}
export function mtx_pool_find(ident: u32): mtx {
  return pool_mtx;
}
export function bzero(p: u32, len: u32): void {
  hw_bzero(p, len);
}
export function bcopy(src: u32, dst: u32, len: u32): void {
  hw_bcopy(src, dst, len);
}
export function wakeup(ident: u32): void {}
export function pagedaemon_wakeup(): void {}

export function* kmem_alloc(map: vm_map, size: u32): Sleeps<u32> {
  const a = bump(size);
  bzero(a, size);
  return a;
}
export function* kmem_alloc_pageable(map: vm_map, size: u32): Sleeps<u32> {
  return bump(size);
}
export function* kmem_malloc(map: vm_map, size: u32, f: int): Sleeps<u32> {
  return 0;
}

/* The physical map. A pte is frame | 1 valid | 2 writable | 4 modified. */
let test_pmaps: array<pmap, 8>;
let test_ptes: array<u32, 128>;

function test_pte(pm: pmap, va: u32): ptr<u32> {
  let i = 0;
  while (test_pmaps[i] !== pm) i++;
  KASSERT(va >= TEST_MIN && va < TEST_MIN + TEST_NPAGES * 4096, 'test_pte: outside');
  return $ref(test_ptes[i * TEST_NPAGES + $i32((va - TEST_MIN) >> 12)]);
}
function test_unmap(pte: ptr<u32>): void {
  if ((pte[0] & 1) === 0) return;
  const m = PHYS_TO_VM_PAGE(pte[0] & 0xfffff000);
  if ((pte[0] & 4) !== 0) vm_page_dirty(m);
  m.md_pv_list_count--;
  pte[0] = 0;
}
export function* pmap_pinit(p: pmap): Sleeps {
  let i = 0;
  while (test_pmaps[i] !== null) i++;
  KASSERT(i < TEST_NSPACES, 'too many spaces');
  test_pmaps[i] = p;
}
export function* pmap_release(p: pmap): Sleeps {
  for (let i = 0; i < TEST_NSPACES; i++) {
    if (test_pmaps[i] === p) test_pmaps[i] = null;
  }
}
export function pmap_enter(pm: pmap, va: u32, m: vm_page, prot: vm_prot_t, wired: boolean): boolean {
  const pte = test_pte(pm, va);
  const same = (pte[0] & 0xfffff001) === (m.phys_addr | 1);
  const mod = same ? pte[0] & 4 : 0;
  if (!same) {
    test_unmap(pte);
    m.md_pv_list_count++;
  }
  pte[0] = m.phys_addr | 1 | mod | ((prot & VM_PROT_WRITE) !== 0 ? 2 : 0);
  return true;
}
export function pmap_remove(pm: pmap, s: u32, e: u32): void {
  for (let va = s; va < e; va += 4096) test_unmap(test_pte(pm, va));
}
export function pmap_protect(pm: pmap, s: u32, e: u32, prot: int): void {
  if ((prot & VM_PROT_READ) === 0) {
    pmap_remove(pm, s, e);
    return;
  }
  if ((prot & VM_PROT_WRITE) !== 0) return;
  for (let va = s; va < e; va += 4096) {
    const pte = test_pte(pm, va);
    if ((pte[0] & 5) === 5) vm_page_dirty(PHYS_TO_VM_PAGE(pte[0] & 0xfffff000));
    pte[0] &= ~6;
  }
}
export function pmap_page_protect(m: vm_page, prot: vm_prot_t): void {
  for (let i = 0; i < TEST_NSPACES * TEST_NPAGES; i++) {
    const pte = $ref(test_ptes[i]);
    if ((pte[0] & 1) === 0 || (pte[0] & 0xfffff000) !== m.phys_addr) continue;
    if (prot === VM_PROT_NONE) {
      test_unmap(pte);
    } else {
      if ((pte[0] & 4) !== 0) vm_page_dirty(m);
      pte[0] &= ~6;
    }
  }
}
export function pmap_is_modified(m: vm_page): boolean {
  for (let i = 0; i < TEST_NSPACES * TEST_NPAGES; i++) {
    if ((test_ptes[i] & 5) === 5 && (test_ptes[i] & 0xfffff000) === m.phys_addr) return true;
  }
  return false;
}
export function pmap_clear_modify(m: vm_page): void {
  for (let i = 0; i < TEST_NSPACES * TEST_NPAGES; i++) {
    if ((test_ptes[i] & 0xfffff000) === m.phys_addr) test_ptes[i] &= ~4;
  }
}
export function pmap_map(virt: ptr<vm_offset_t>, start: u32, end: u32, prot: vm_prot_t): u32 {
  return KERNBASE + start;
}
export function pmap_zero_page(pa: u32): void {
  hw_bzero(KERNBASE + pa, 4096);
}
export function pmap_zero_page_area(pa: u32, off: int, size: int): void {
  hw_bzero(KERNBASE + pa + $u32(off), $u32(size));
}
export function pmap_copy_page(src: u32, dst: u32): void {
  hw_bcopy(KERNBASE + src, KERNBASE + dst, 4096);
}
export function pmap_extract(pm: pmap, va: u32): u32 {
  const pte = test_pte(pm, va);
  return (pte[0] & 1) !== 0 ? pte[0] & 0xfffff000 : 0;
}
export function pmap_change_wiring(pm: pmap, va: u32, wired: boolean): void {}
export function pmap_pageable(pm: pmap, s: u32, e: u32, pageable: boolean): void {}
export function pmap_growkernel(a: u32): void {}
export function pmap_prefault(pm: pmap, va: u32, entry: vm_map_entry): void {}
export function* pmap_copy(d: pmap, s: pmap, da: u32, len: u32, sa: u32): Sleeps {}
export function* pmap_object_init_pt(p: pmap, a: u32, o: vm_object, i: u32, size: u32, limit: int): Sleeps {}
export function* pmap_init2(): Sleeps {}

/* The swap pager. */
let test_swobj: array<vm_object, 512>;
let test_swpindex: array<u32, 512>;
let test_swword: array<u32, 512>;

function test_slot(object: vm_object, pindex: u32): int {
  for (let i = 0; i < TEST_NSWAP; i++) {
    if (test_swobj[i] === object && test_swpindex[i] === pindex) return i;
  }
  return -1;
}
export function test_swapused(): int {
  let n = 0;
  for (let i = 0; i < TEST_NSWAP; i++) if (test_swobj[i] !== null) n++;
  return n;
}
export function swap_pager_freespace(object: vm_object, start: u32, size: u32): void {
  for (let i = 0; i < TEST_NSWAP; i++) {
    if (test_swobj[i] === object && test_swpindex[i] - start < size) test_swobj[i] = null;
  }
}
export function swap_pager_unswapped(m: vm_page): void {
  swap_pager_freespace(m.object, m.pindex, 1);
}
export function swap_pager_haspage(object: vm_object, pindex: u32, before: ptr<int>, after: ptr<int>): boolean {
  if (before !== null) before[0] = 1;
  if (after !== null) after[0] = 1;
  return test_slot(object, pindex) >= 0;
}
export function* swap_pager_alloc(h: u32, size: vm_ooffset_t, p: vm_prot_t, off: vm_ooffset_t): Sleeps<vm_object> {
  return yield* vm_object_allocate(OBJT_SWAP, OFF_TO_IDX(off + size));
}
export function* swap_pager_dealloc(object: vm_object): Sleeps {
  swap_pager_freespace(object, 0, 0xffffffff);
}
export function* swap_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  for (let i = 0; i < count; i++) {
    const slot = test_slot(object, m[i].pindex);
    if (slot < 0) {
      KASSERT(i !== reqpage, 'swap_pager_getpages: not there');
      vm_page_free(m[i]);
      continue;
    }
    pmap_zero_page(m[i].phys_addr);
    $st32(KERNBASE + m[i].phys_addr, $i32(test_swword[slot]));
    m[i].valid = VM_PAGE_BITS_ALL;
    m[i].dirty = 0;
    m[i].flags &= ~PG_ZERO;
    if (i !== reqpage) {
      vm_page_deactivate(m[i]);
      vm_page_wakeup(m[i]);
    }
  }
  return VM_PAGER_OK;
}
export function* swap_pager_putpages(o: vm_object, m: ptr<vm_page>, c: int, f: int, r: ptr<int>): Sleeps {}
export function* swap_pager_copy(src: vm_object, dst: vm_object, offset: u32, destroy: int): Sleeps {
  for (let i = 0; i < TEST_NSWAP; i++) {
    if (test_swobj[i] !== src) continue;
    const pi = test_swpindex[i] - offset;
    if (test_swpindex[i] >= offset && pi < dst.size && test_slot(dst, pi) < 0) {
      test_swobj[i] = dst;
      test_swpindex[i] = pi;
      dst.type = OBJT_SWAP;
    } else if (destroy !== 0 || (test_swpindex[i] >= offset && pi < dst.size)) {
      test_swobj[i] = null;
    }
  }
  if (destroy !== 0) src.type = OBJT_DEFAULT;
}
export let swappagerops: embed<pagerops> = $init({
  pgo_init: null, pgo_alloc: swap_pager_alloc, pgo_dealloc: swap_pager_dealloc, pgo_getpages: swap_pager_getpages,
  pgo_putpages: swap_pager_putpages, pgo_haspage: swap_pager_haspage, pgo_pageunswapped: swap_pager_unswapped,
});

/* What the test calls. */
export function* test_init(): Sleeps {
  test_pcpu.curproc = test_proc;
  test_proc.p_pid = 7;
  Giant.mtx_lock = MTX_UNOWNED;
  pool_mtx.mtx_lock = MTX_UNOWNED;
  vm_lockp = vm_mtx;
  vm_mtx.mtx_lock = $addr(test_proc);
  vm_set_page_size();
  phys_avail[0] = 0x800000;
  phys_avail[1] = 0x880000;
  vm_page_startup(0x800000, 0x880000, 0xc0800000);
  yield* vm_object_init();
  vm_map_startup();
  yield* vm_object_init2();
  yield* zinitna(mapentzone, null, null, 0, 0, 0, 1);
  yield* vmspace_init();
}
export function* test_space(): Sleeps<u32> {
  const vm = yield* vmspace_alloc(TEST_MIN, TEST_MIN + TEST_NPAGES * 4096);
  yield* test_map(vm, 0, TEST_NPAGES);
  return $addr(vm);
}
/** Maps anonymous memory afresh. */
export function* test_map(vm: vmspace, start: u32, len: u32): Sleeps {
  const a = $var<u32>();
  const map: vm_map = vm.vm_map;
  a[0] = TEST_MIN + start * 4096;
  yield* vm_map_remove(map, a[0], a[0] + len * 4096);
  const rv = yield* vm_map_find(map, null, 0, a, len * 4096, false, VM_PROT_ALL, VM_PROT_ALL, 0);
  KASSERT(rv === 0, 'test_map: no');
}
export function* test_inherit(vm: vmspace, start: u32, len: u32, how: int): Sleeps {
  const va = TEST_MIN + start * 4096;
  yield* vm_map_inherit(vm.vm_map, va, va + len * 4096, how);
}
export function* test_write(vm: vmspace, page: u32, value: u32, flags: int): Sleeps {
  const va = TEST_MIN + page * 4096;
  const pte = test_pte(vmspace_pmap(vm), va);
  if ((pte[0] & 3) !== 3) {
    const rv = yield* vm_fault(vm.vm_map, va, VM_PROT_WRITE, flags);
    KASSERT(rv === 0, 'write fault failed');
    KASSERT((pte[0] & 3) === 3, 'not writable after a write fault');
  }
  pte[0] |= 4;
  $st32(KERNBASE + (pte[0] & 0xfffff000), $i32(value));
}
export function* test_read(vm: vmspace, page: u32): Sleeps<u32> {
  const va = TEST_MIN + page * 4096;
  const pte = test_pte(vmspace_pmap(vm), va);
  if ((pte[0] & 1) === 0) {
    const rv = yield* vm_fault(vm.vm_map, va, VM_PROT_READ, 0);
    KASSERT(rv === 0, 'read fault failed');
    KASSERT((pte[0] & 1) === 1, 'not mapped after a read fault');
  }
  KASSERT($ld32(KERNBASE + (pte[0] & 0xfffff000) + 4092) === 0, 'rest of the page is not zero');
  return $ld32(KERNBASE + (pte[0] & 0xfffff000));
}
/** What the page daemon would do with a page: clean it to swap if it is dirty, and take the frame away. */
export function test_steal(i: int, cache: int): int {
  const m = $idx(vm_page_array, i);
  if (m.object === null || m.wire_count !== 0 || (m.flags & PG_BUSY) !== 0 || m.busy !== 0) return 0;
  if (m.valid === 0) return 0;
  vm_page_protect(m, VM_PROT_NONE);
  vm_page_test_dirty(m);
  if (m.dirty !== 0) {
    let slot = test_slot(m.object, m.pindex);
    if (slot < 0) {
      slot = 0;
      while (test_swobj[slot] !== null) slot++;
      KASSERT(slot < TEST_NSWAP, 'out of swap');
      test_swobj[slot] = m.object;
      test_swpindex[slot] = m.pindex;
      m.object.type = OBJT_SWAP;
    }
    test_swword[slot] = $ld32(KERNBASE + m.phys_addr);
    m.dirty = 0;
  }
  if (cache !== 0) {
    vm_page_cache(m);
  } else {
    vm_page_busy(m);
    vm_page_free(m);
  }
  return 1;
}
export function* test_wire(vm: vmspace, start: u32, len: u32, on: int): Sleeps<int> {
  const va = TEST_MIN + start * 4096;
  return yield* vm_map_user_pageable(vm.vm_map, va, va + len * 4096, on === 0);
}
export function* test_advise(vm: vmspace, start: u32, len: u32, how: int): Sleeps {
  const va = TEST_MIN + start * 4096;
  yield* vm_map_madvise(vm.vm_map, va, va + len * 4096, how);
}
export let test_object: vm_object = null;
export function* test_mkobject(size: u32): Sleeps {
  test_object = yield* vm_object_allocate(OBJT_DEFAULT, size);
}
export function test_flags(m: vm_page, set: int, clear: int): void {
  m.flags = (m.flags | set) & ~clear;
}
export function test_pfree(m: vm_page): void {
  vm_page_free(m);
}
export function test_pwakeup(m: vm_page): void {
  vm_page_wakeup(m);
}
export function test_phold(m: vm_page): void {
  vm_page_hold(m);
}
export function test_pvalid(m: vm_page): void {
  m.valid = VM_PAGE_BITS_ALL;
}
export function test_pzero(m: vm_page): void {
  vm_page_busy(m);
  vm_page_free_zero(m);
}
`;
