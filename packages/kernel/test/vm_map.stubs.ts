/**
 * What vm_map stands on, as little of it as the test of vm_map needs: objects are counters, physical maps do
 * nothing.
 */
export const STUBS = `
export let Giant: embed<mtx>;
export let pool_mtx: embed<mtx>;
export let cnt: embed<vmmeter>;
export let panicstr: str = null;
export let smp_started: int = 0;
export let kernel_map: vm_map = null;
export let kmem_map: vm_map = null;
export let kernel_object: vm_object = null;
export let kmem_object: vm_object = null;
export let kernel_pmap: pmap = null;
export let kernel_vm_end: vm_offset_t = 0;
export let kmembase: u32 = 0;
export let test_proc: embed<proc>;
export let test_pcpu: embed<pcpu>;
export let test_pmap: embed<pmap>;
export let test_objs: array<vm_object, 4096>;
export let test_nobjs: int = 0;
let heap: u32 = 0xc0400000;

export function place_file(site: u32): str {
  return '?';
}
export function place_line(site: u32): int {
  return 0;
}
export function panic(fmt: str, ...args: va_list): never {
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

export function* vm_object_allocate(type: objtype_t, size: vm_pindex_t): Sleeps<vm_object> {
  const o = $cast<vm_object>(bump($sizeof<vm_object>()));
  bzero($addr(o), $sizeof<vm_object>());
  o.type = type;
  o.size = size;
  o.ref_count = 1;
  o.flags = OBJ_ONEMAPPING;
  test_objs[test_nobjs] = o;
  test_nobjs++;
  return o;
}
export function _vm_object_allocate(type: objtype_t, size: vm_pindex_t, o: vm_object): void {}
export function* vm_object_init2(): Sleeps {}
export function vm_object_reference(o: vm_object): void {
  if (o !== null) o.ref_count++;
}
export function* vm_object_deallocate(o: vm_object): Sleeps {
  KASSERT(o.ref_count > 0, 'object without references dropped');
  o.ref_count--;
  if (o.ref_count === 0 && o.backing_object !== null) yield* vm_object_deallocate(o.backing_object);
}
export function* vm_object_coalesce(prev: vm_object, pindex: u32, psize: u32, nsize: u32): Sleeps<boolean> {
  if (prev === null) return true;
  if (prev.type !== OBJT_DEFAULT || prev.backing_object !== null) return false;
  const end: u32 = pindex + atop(psize);
  if (prev.ref_count > 1 && prev.size !== end) return false;
  if (end + atop(nsize) > prev.size) prev.size = end + atop(nsize);
  return true;
}
export function* vm_object_shadow(op: ptr<vm_object>, off: ptr<vm_ooffset_t>, len: vm_size_t): Sleeps {
  const source = op[0];
  if (source !== null && source.ref_count === 1 && source.type === OBJT_DEFAULT) return;
  const o = yield* vm_object_allocate(OBJT_DEFAULT, len);
  o.backing_object = source;
  o.backing_object_offset = off[0];
  op[0] = o;
  off[0] = 0;
}
export function vm_object_set_backing(o: vm_object, b: vm_object): void {
  o.backing_object = b;
}
export function* vm_object_collapse(o: vm_object): Sleeps {}
export function swap_pager_freespace(o: vm_object, i: u32, n: u32): void {}
export function* vm_object_page_remove(o: vm_object, s: u32, e: u32, c: boolean): Sleeps {}
export function* vm_pager_allocate(t: int, h: u32, size: vm_ooffset_t, p: vm_prot_t, off: vm_ooffset_t): Sleeps<vm_object> {
  return yield* vm_object_allocate(t, OFF_TO_IDX(size));
}
export function vm_page_lookup(o: vm_object, i: u32): vm_page {
  return null;
}
export function vm_fault_unwire(map: vm_map, s: u32, e: u32): void {}
export function* vm_fault_wire(map: vm_map, s: u32, e: u32): Sleeps<int> {
  return 0;
}
export function* vm_fault_user_wire(map: vm_map, s: u32, e: u32): Sleeps<int> {
  return 0;
}
export function* vm_fault_copy_entry(dm: vm_map, sm: vm_map, de: vm_map_entry, se: vm_map_entry): Sleeps {
  de.object = yield* vm_object_allocate(OBJT_DEFAULT, atop(de.end - de.start));
  de.offset = 0;
}
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
export function pmap_remove(pm: pmap, s: u32, e: u32): void {}
export function pmap_protect(pm: pmap, s: u32, e: u32, prot: int): void {}
export function pmap_growkernel(a: u32): void {}
export function* pmap_copy(d: pmap, s: pmap, da: u32, len: u32, sa: u32): Sleeps {}
export function* pmap_object_init_pt(p: pmap, a: u32, o: vm_object, i: u32, size: u32, limit: int): Sleeps {}
export function* pmap_init2(): Sleeps {}
export function* pmap_pinit(p: pmap): Sleeps {}
export function* pmap_release(p: pmap): Sleeps {}

export function* test_init(): Sleeps {
  test_pcpu.curproc = test_proc;
  test_proc.p_pid = 7;
  Giant.mtx_lock = MTX_UNOWNED;
  pool_mtx.mtx_lock = MTX_UNOWNED;
  vm_lockp = vm_mtx;
  vm_mtx.mtx_lock = $addr(test_proc);
  vm_map_startup();
  yield* zinitna(mapentzone, null, null, 0, 0, 0, 1);
  yield* vmspace_init();
}
export let maxproc: int = 10;
export function* test_space(min: u32, max: u32): Sleeps<u32> {
  return $addr(yield* vmspace_alloc(min, max));
}
/** An address, or a KERN_ error. */
export function* test_find(map: vm_map, addr: u32, len: u32, find: int, prot: int, max: int): Sleeps<u32> {
  const a = $var<u32>();
  a[0] = addr;
  const rv = yield* vm_map_find(map, null, 0, a, len, find !== 0, prot, max, 0);
  return rv !== 0 ? $u32(rv) : a[0];
}
/** Looks an address up as a fault would: -1 with the object's index in test_last, or a KERN_ error. */
export let test_last_object: vm_object = null;
export let test_last_pindex: u32 = 0;
export let test_last_prot: u32 = 0;
export function* test_lookup(map: vm_map, va: u32, type: int): Sleeps<int> {
  const mapp = $var<vm_map>();
  const entry = $var<vm_map_entry>();
  const object = $var<vm_object>();
  const pindex = $var<u32>();
  const prot = $var<u32>();
  const wired = $var<int>();
  mapp[0] = map;
  const rv = yield* vm_map_lookup(mapp, va, type, entry, object, pindex, prot, wired);
  if (rv !== 0) return rv;
  test_last_object = object[0];
  test_last_pindex = pindex[0];
  test_last_prot = prot[0];
  vm_map_lookup_done(mapp[0], entry[0]);
  return 0;
}
/** Faults at an address of the stack of a process with this address space. */
export let test_limit: embed<plimit>;
export function* test_grow(vm: vmspace, addr: u32, limit: u32): Sleeps<int> {
  test_proc.p_vmspace = vm;
  test_proc.p_limit = test_limit;
  test_limit.pl_rlimit[RLIMIT_STACK].rlim_cur = $i64(limit);
  return yield* vm_map_growstack(test_proc, addr);
}
export function test_setstack(vm: vmspace, bottom: u32, npages: int): void {
  vm.vm_maxsaddr = bottom;
  vm.vm_ssize = npages;
}
export function* test_sysmap(map: vm_map): Sleeps {
  map.system_map = 1;
}
`;
