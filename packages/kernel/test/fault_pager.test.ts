import { kernelTests } from './module.js';

/**
 * A page fault that asks the pager: the map is anybody's while the page is read, a device puts a page of its
 * own in the place, and nothing is read from beyond an object's end.
 */
const TEST = `
const AT: u32 = 0x30000000;
const FAR: u32 = 0x32000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_map: vm_map = null;
let t_window: u32 = 0;
let t_chan: int = 0;
let t_done: int = 0;
let t_result: int = -1;

export function* t_faulter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  wakeup($addr($ref(t_chan)));
  t_result = yield* vm_fault(t_map, arg, VM_PROT_READ, VM_FAULT_NORMAL);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_insert(object: vm_object, va: u32, pages: u32): Sleeps {
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, 0, va, va + pages * PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_unlock(t_map);
}

/** A page that is on swap. */
function* t_swapped(): Sleeps {
  const pp = $var<proc>();
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  yield* swap_pager_reserve(object, 0, 1);
  yield* t_insert(object, AT, 4);
  t_done = 0;
  yield* kthread_create(t_faulter, AT, pp, 0, 'tfault');
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 0);
  const m = vm_page_lookup(object, 0);
  say('swapped: is being read', t_is(m !== null && pp[0].p_wchan === $addr(m)));
  say('swapped: map is free', t_is(vm_map_trylock(t_map) === 0));
  if (lockstatus(t_map.lock, curproc()) === LK_EXCLUSIVE) vm_map_unlock(t_map);
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 10);
  say('swapped: done', t_done);
  say('swapped: told', t_result);
  say('swapped: mapped', t_is(pmap_extract(t_map.pmap, AT) === VM_PAGE_TO_PHYS(m)));
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
}

/** Memory as a device: its page is none that the fault has allocated. */
function* t_device(): Sleeps {
  const word = $var<int>();
  const dev = makedev(MEM_MAJOR, MEM_MINOR_MEM);
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 1);
  const m = yield* vm_page_grab(o, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  $st32(t_window, 77);
  pmap_kremove(t_window);
  const pa = VM_PAGE_TO_PHYS(m);
  const object = yield* dev_pager_alloc(dev, $i64(PAGE_SIZE), T_RW, $i64(pa));
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, $i64(pa), FAR, FAR + PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_unlock(t_map);
  say('device: told', yield* vm_fault(t_map, FAR, T_RW, VM_FAULT_NORMAL));
  say('device: frame', t_is(pmap_extract(t_map.pmap, FAR) === pa));
  say('device: word', yield* fuword(FAR));
  const fake = vm_page_lookup(object, OFF_TO_IDX($i64(pa)));
  say('device: page', t_is((fake.flags & PG_FICTITIOUS) !== 0 && (fake.flags & PG_BUSY) === 0));
  yield* vm_map_remove(t_map, FAR, FAR + PAGE_SIZE);
  vm_page_free(m);
  yield* vm_object_deallocate(o);
}

/** An object that has more on swap than it is long. */
function* t_beyond(): Sleeps {
  const pages = $local<array<vm_page, 16>>();
  const reqpage = $var<int>();
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* swap_pager_reserve(object, 0, 8);
  const m = yield* vm_page_grab(object, 1, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  object.size = 4;
  const n = vm_fault_additional_pages(m, 1, 6, $ref(pages[0]), reqpage);
  say('beyond: pages', n);
  say('beyond: this one', reqpage[0]);
  say('beyond: last', $i32(pages[n - 1].pindex));
  object.size = 8;
  for (let i = 0; i < n; i++) vm_page_free(pages[i]);
  yield* vm_object_deallocate(object);
}

/** The pager of an object behind another one has the page no more: the search goes on, without it. */
function* t_behind(): Sleeps {
  const fs = $local<faultstate>();
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  fs.map = t_map;
  fs.first_object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  fs.object = behind;
  fs.pindex = 1;
  fs.m = vm_page_alloc(behind, 1, VM_ALLOC_NORMAL);
  fs.lookup_still_valid = 0;
  const rv = yield* vm_fault_getpages(fs);
  say('behind: goes on', t_is(rv === VF_NEXT));
  say('behind: has a page', t_is(fs.m !== null));
  say('behind: pages', behind.resident_page_count);
  yield* vm_object_deallocate(fs.first_object);
  yield* vm_object_deallocate(behind);
}

/** A fault takes a page's wiring away, of which the entry does not know any more. */
function* t_unwired(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  yield* t_insert(object, AT, 4);
  yield* vm_fault(t_map, AT, VM_PROT_READ, VM_FAULT_NORMAL);
  const m = vm_page_lookup(object, 0);
  vm_page_wire(m);
  say('unwired: told', yield* vm_fault(t_map, AT, VM_PROT_READ, VM_FAULT_CHANGE_WIRING));
  say('unwired: wirings', m.wire_count);
  say('unwired: active', t_is(m.queue === PQ_ACTIVE));
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
}

/**
 * Three pages are to be read with another one, but there is just one. Those in the cache would do, but they
 * are in somebody's hands.
 */
function* t_luxury(): Sleeps {
  const reqpage = $var<int>();
  const pages = $local<array<vm_page, 16>>();
  const cached = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const used = swap_zone.ztotal - swap_zone.zfreecnt;
  yield* swap_pager_reserve(object, 0, 8);
  const reserved = cnt.v_free_reserved;
  for (let i: u32 = 0; i < 8; i++) {
    const m = yield* t_clean_page(cached, i);
    vm_page_cache(m);
    vm_page_hold(m);
  }
  const m = vm_page_alloc(object, 6, VM_ALLOC_NORMAL);
  const left = cnt.v_free_count;
  cnt.v_free_reserved = left - 1;
  vm_pages_needed = 1;
  say('luxury: pages', vm_fault_additional_pages(m, 3, 0, $cast<ptr<vm_page>>(pages), reqpage));
  say('luxury: the one', t_is(pages[0] === m));
  say('luxury: of the object', object.resident_page_count);
  say('luxury: free pages', $i32(cnt.v_free_count - left));
  /* It need not try if it is plain that there are too few, but then the page daemon is told. */
  cnt.v_free_reserved = left + cnt.v_cache_count;
  vm_pages_needed = 0;
  say('luxury: none', vm_fault_additional_pages(m, 3, 0, $cast<ptr<vm_page>>(pages), reqpage));
  say('luxury: the daemon is told', vm_pages_needed);
  vm_pages_needed = 0;
  cnt.v_free_reserved = reserved;
  for (let i: u32 = 0; i < 8; i++) vm_page_unhold(vm_page_lookup(cached, i));
  vm_page_free(m);
  yield* vm_object_deallocate(object);
  say('luxury: records of swap', swap_zone.ztotal - swap_zone.zfreecnt - used);
  yield* vm_object_deallocate(cached);
}
/** A page beyond the end of its file. */
function* t_no_page(): Sleeps {
  const vpp = $var<vnode>();
  const fs = $local<faultstate>();
  yield* lookup($addr('/bin/true'), UIO_SYSSPACE, vpp);
  const object = yield* vm_pager_allocate(OBJT_VNODE, $addr(vpp[0]), PAGE_SIZE, VM_PROT_ALL, 0);
  const pages = object.resident_page_count;
  vm_object_pip_add(object, 1);
  fs.map = t_map;
  fs.first_object = object;
  fs.object = object;
  fs.pindex = object.size + 1;
  fs.m = vm_page_alloc(object, fs.pindex, VM_ALLOC_NORMAL);
  fs.lookup_still_valid = 0;
  say('no page: told', yield* vm_fault_getpages(fs));
  say('no page: more pages', object.resident_page_count - pages);
  say('no page: references', object.ref_count + object.paging_in_progress);
  yield* vrele(vpp[0]);
}

function* test(p: proc): Sleeps {
  t_map = p.p_vmspace.vm_map;
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  yield* t_swapped();
  yield* t_device();
  yield* t_beyond();
  yield* t_behind();
  yield* t_unwired();
  yield* t_luxury();
  yield* t_no_page();
}
`;

const expected: Record<string, Record<string, number>> = {
  swapped: { 'is being read': 1, 'map is free': 1, done: 1, told: 0, mapped: 1 },
  device: { told: 0, frame: 1, word: 77, page: 1 },
  behind: { 'goes on': 1, 'has a page': 0, pages: 0 },
  unwired: { told: 0, wirings: 0, active: 1 },
  luxury: {
    pages: 1,
    'the one': 1,
    'of the object': 1,
    'free pages': 0,
    none: 1,
    'the daemon is told': 1,
    'records of swap': 0,
  },
  'no page': { told: 2, 'more pages': 0, references: 0 },
  beyond: { pages: 4, 'this one': 1, last: 3 },
};

kernelTests('faults that ask the pager', TEST, expected);
