import { kernelTests } from './module.js';

/**
 * Page faults, one at a time, on pages of objects of ours that are in the state that the test wants. Where a
 * fault has to wait another process takes it. And how an object is split, whose pages may be busy, too.
 */
const TEST = `
const AT: u32 = 0x30000000;
/** Here lies an object in front of another one, at its page 2, with one page less than its entry. */
const CHAIN: u32 = 0x31000000;
/** Nothing is mapped here at first. */
const FAR: u32 = 0x32000000;
const T_PAGES: u32 = 16;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_object: vm_object = null;
let t_behind: vm_object = null;
let t_top: vm_object = null;
let t_map: vm_map = null;
let t_window: u32 = 0;
let t_done: int = 0;
let t_result: int = 0;

/** Page i of an object: whole, clean, in nobody's hands, its first word set. */
function* t_page(object: vm_object, i: u32, word: u32): Sleeps<vm_page> {
  const m = yield* t_inactive_page(object, i);
  pmap_zero_page(VM_PAGE_TO_PHYS(m));
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  $st32(t_window, $i32(word));
  pmap_kremove(t_window);
  return m;
}
function t_word(m: vm_page): int {
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  const word = $i32($ld32(t_window));
  pmap_kremove(t_window);
  return word;
}
function t_pte(va: u32, bit: u32): int {
  return t_map.pmap.pm_pdir[va >> 22] !== 0 && (vtopte(va)[0] & bit) !== 0 ? 1 : 0;
}
function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
}

/** What a fault leaves behind. */
function* t_settled(): Sleeps {
  const m = yield* t_page(t_object, 0, 41);
  const n = yield* t_page(t_object, 1, 42);
  say('read: word', yield* fuword(AT));
  say('read: flags', m.flags & (PG_BUSY | PG_MAPPED | PG_REFERENCED | PG_WRITEABLE | PG_ZERO));
  say('read: active', t_is(m.queue === PQ_ACTIVE));
  n.flags |= PG_ZERO;
  t_object.flags &= ~(OBJ_WRITEABLE | OBJ_MIGHTBEDIRTY);
  say('write: done', yield* suword(AT + PAGE_SIZE, 43));
  say('write: flags', n.flags & (PG_BUSY | PG_MAPPED | PG_REFERENCED | PG_WRITEABLE | PG_ZERO));
  say('write: object might be dirty', t_is((t_object.flags & OBJ_MIGHTBEDIRTY) !== 0));
  say('write: active', t_is(n.queue === PQ_ACTIVE));
  say('write: object', t_object.ref_count * 10 + t_object.paging_in_progress);
  say('write: map is free', t_is(vm_map_trylock(t_map) === 0));
  vm_map_unlock(t_map);
  const o = yield* t_page(t_object, 2, 44);
  say('hold: result', yield* vm_fault(t_map, AT + 2 * PAGE_SIZE, VM_PROT_READ, VM_FAULT_HOLD));
  say('hold: held', o.hold_count);
  vm_page_unhold(o);
  yield* swap_pager_reserve(t_object, 2, 1);
  say('dirty: result', yield* vm_fault(t_map, AT + 2 * PAGE_SIZE, T_RW, VM_FAULT_DIRTY));
  say('dirty: all of it', t_is(o.dirty === VM_PAGE_BITS_ALL));
  say('dirty: old block', t_is(swp_pager_meta_ctl(t_object, 2, 0) !== SWAPBLK_NONE));
}

/** Another process, which faults at an address. */
export function* t_faulter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_result = yield* vm_fault(t_map, arg, VM_PROT_WRITE, 0);
  t_done = 1;
  yield* kthread_exit(0);
}

/** A fault on a page in somebody's hands; \`soft\`: which is being transferred. */
function* t_waits(va: u32, top: vm_object, m: vm_page, soft: boolean, name: str): Sleeps {
  const references = top.ref_count;
  const pages = top.resident_page_count;
  const waits = cnt.v_intrans;
  t_done = 0;
  if (soft) vm_page_io_start(m);
  else vm_page_busy(m);
  yield* kthread_create(t_faulter, va, null, 0, 'tfault');
  yield* t_nap();
  printf('= %s: waits %d\\n', name, 1 - t_done);
  printf('= %s: meanwhile referenced %d\\n', name, top.ref_count - references);
  printf('= %s: meanwhile announced %d\\n', name, top.paging_in_progress + m.object.paging_in_progress);
  printf('= %s: meanwhile pages %d\\n', name, top.resident_page_count - pages);
  printf('= %s: meanwhile the map is free %d\\n', name, t_is(vm_map_trylock(t_map) === 0));
  vm_map_unlock(t_map);
  /* Woken, but somebody else was faster. */
  if (soft) {
    vm_page_io_finish(m);
    vm_page_io_start(m);
  } else {
    vm_page_wakeup(m);
    vm_page_busy(m);
  }
  yield* t_nap();
  printf('= %s: waits again %d\\n', name, 1 - t_done);
  if (soft) vm_page_io_finish(m);
  else vm_page_wakeup(m);
  yield* t_nap();
  printf('= %s: done %d\\n', name, t_done);
  printf('= %s: result %d\\n', name, t_result);
  printf('= %s: turns %d\\n', name, $i32(cnt.v_intrans - waits));
  printf('= %s: referenced %d\\n', name, top.ref_count - references);
  printf('= %s: announced %d\\n', name, top.paging_in_progress + m.object.paging_in_progress);
}

/** An object that is being swallowed. */
function* t_dead(): Sleeps {
  const m = yield* t_page(t_behind, 8, 88);
  t_behind.flags |= OBJ_DEAD;
  t_done = 0;
  yield* kthread_create(t_faulter, CHAIN + 6 * PAGE_SIZE, null, 0, 'tfault');
  yield* t_nap();
  say('dead: waits', 1 - t_done);
  say('dead: meanwhile announced', t_top.paging_in_progress + t_behind.paging_in_progress);
  t_behind.flags &= ~OBJ_DEAD;
  wakeup($addr(t_behind));
  yield* t_nap();
  say('dead: done', t_done);
  say('dead: word', yield* fuword(CHAIN + 6 * PAGE_SIZE));
}

/** There is a free page of each colour that is zero. */
function* t_zeroed(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, PQ_L2_SIZE);
  for (let i: u32 = 0; i < PQ_L2_SIZE; i++) {
    pmap_zero_page(VM_PAGE_TO_PHYS(yield* vm_page_grab(o, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY)));
  }
  for (let i: u32 = 0; i < PQ_L2_SIZE; i++) vm_page_free_zero(vm_page_lookup(o, i));
  yield* vm_object_deallocate(o);
}

/** A page of the object behind: read there, copied for a writer, or moved if nobody else can ask for it. */
function* t_chain(): Sleeps {
  const m = yield* t_page(t_behind, 2, 51);
  const n = yield* t_page(t_behind, 3, 52);
  const o = yield* t_page(t_behind, 4, 53);
  say('behind: word', yield* fuword(CHAIN));
  say('behind: writable', t_pte(CHAIN, PG_RW));
  say('behind: place holder', t_is(vm_page_lookup(t_top, 0) !== null));
  say('behind: announced', t_top.paging_in_progress + t_behind.paging_in_progress);
  yield* t_zeroed();
  const zeroed = vm_page_zero_count;
  say('copy: done', yield* suword(CHAIN, 61));
  say('copy: zeroed pages that it took', zeroed - vm_page_zero_count);
  const copy = vm_page_lookup(t_top, 0);
  say('copy: of its own', t_is(copy !== null && copy !== m));
  say('copy: dirty', t_is(copy.dirty === VM_PAGE_BITS_ALL));
  say('copy: the one behind', t_word(m));
  say('copy: is still there', t_is(vm_page_lookup(t_behind, 2) === m));
  say('copy: and idle', m.flags & PG_BUSY);
  /* Of those that share the top object nobody keeps the page before. */
  const other = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  yield* fuword(CHAIN + PAGE_SIZE);
  pmap_enter(vmspace_pmap(other), CHAIN + PAGE_SIZE, n, VM_PROT_READ, false);
  t_top.ref_count += 2;
  say('sharers: mappings at first', n.md_pv_list_count);
  say('sharers: done', yield* suword(CHAIN + PAGE_SIZE, 62));
  say('sharers: mappings', n.md_pv_list_count);
  t_top.ref_count -= 2;
  pmap_remove(vmspace_pmap(other), CHAIN, CHAIN + 2 * PAGE_SIZE);
  yield* vmspace_free(other);
  /* The last reference but that of the object in front goes. */
  const moved = cnt.v_cow_optim;
  t_behind.ref_count--;
  say('move: done', yield* suword(CHAIN + 2 * PAGE_SIZE, 63));
  t_behind.ref_count++;
  say('move: counted', $i32(cnt.v_cow_optim - moved));
  say('move: the page itself', t_is(vm_page_lookup(t_top, 2) === o));
  say('move: not behind', t_is(vm_page_lookup(t_behind, 4) === null));
  say('move: dirty', t_is(o.dirty === VM_PAGE_BITS_ALL));
  say('move: idle', o.flags & PG_BUSY);
  say('beyond: as much as there is', yield* vm_fault(t_map, CHAIN + 7 * PAGE_SIZE, VM_PROT_READ, 0));
  say('beyond: more', yield* vm_fault(t_map, CHAIN + 8 * PAGE_SIZE, VM_PROT_READ, 0));
  say('beyond: announced', t_top.paging_in_progress);
  say('end: referenced', t_top.ref_count * 10 + t_behind.ref_count);
}

/** A fault at va as it is behind its lookup: map locked, object referenced and announced. */
function* t_begin(fs: faultstate, va: u32): Sleeps {
  fs.map = t_map;
  fs.vaddr = va;
  fs.fault_type = VM_PROT_WRITE;
  fs.fault_flags = 0;
  fs.hardfault = 0;
  yield* vm_map_lookup(
    $ref(fs.map), va, VM_PROT_WRITE, $ref(fs.entry), $ref(fs.first_object), $ref(fs.first_pindex), $ref(fs.prot),
    $ref(fs.wired),
  );
  vm_object_reference(fs.first_object);
  fs.first_object.paging_in_progress++;
  vm_fault_start(fs);
}

/** When may a page be moved? */
function* t_may_move(): Sleeps {
  const fs = $local<faultstate>();
  yield* t_begin(fs, CHAIN + 5 * PAGE_SIZE);
  fs.object = t_behind;
  say('may move: shared', t_is(vm_fault_can_rename(fs)));
  t_behind.ref_count--;
  say('may move: alone', t_is(vm_fault_can_rename(fs)));
  fs.map_generation--;
  say('may move: the map changed', t_is(vm_fault_can_rename(fs)));
  fs.map_generation++;
  unlock_map(fs);
  say('may move: not locked', t_is(vm_fault_can_rename(fs)));
  say('may move: locked', fs.lookup_still_valid);
  t_behind.ref_count++;
  fs.object = fs.first_object;
  yield* unlock_and_deallocate(fs);
}

/** The map has changed while the fault slept: says what comes of it. */
function* t_look_again(how: int, name: str): Sleeps {
  const m = yield* t_page(t_object, 12, 71);
  const va = AT + 12 * PAGE_SIZE;
  const references = t_object.ref_count;
  const fs = $local<faultstate>();
  yield* t_begin(fs, va);
  vm_page_busy(m);
  fs.m = m;
  unlock_map(fs);
  if (how === 1) yield* vm_map_protect(t_map, va, va + PAGE_SIZE, VM_PROT_READ, false);
  else if (how === 2) fs.first_pindex++;
  else if (how === 3) yield* vm_map_protect(t_map, va, va + PAGE_SIZE, VM_PROT_NONE, false);
  const result = yield* vm_fault_relookup(fs);
  printf('= %s: result %d\\n', name, result);
  if (result === KERN_SUCCESS) {
    printf('= %s: writable %d\\n', name, t_is((fs.prot & VM_PROT_WRITE) !== 0));
    printf('= %s: readable %d\\n', name, t_is((fs.prot & VM_PROT_READ) !== 0));
    printf('= %s: locked %d\\n', name, fs.lookup_still_valid);
    release_page(fs);
    yield* unlock_and_deallocate(fs);
  }
  printf('= %s: busy %d\\n', name, m.flags & PG_BUSY);
  /* The parts of the entry become one again. */
  yield* vm_map_protect(t_map, va, va + PAGE_SIZE, T_RW, false);
  printf('= %s: referenced %d\\n', name, t_object.ref_count - references);
}

/** Somebody reads on and on: what becomes of the pages that lie behind him? */
function* t_sequential(): Sleeps {
  const fs = $local<faultstate>();
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  for (let i: u32 = 0; i < 5; i++) yield* t_page(object, i, i);
  vm_page_busy(vm_page_lookup(object, 1));
  const written = vm_page_lookup(object, 2);
  pmap_enter(t_map.pmap, FAR, written, T_RW, false);
  written.flags |= PG_MAPPED | PG_WRITEABLE;
  $st32(FAR, 9);
  written.dirty = 0;
  const held = vm_page_lookup(object, 4);
  vm_page_activate(held);
  vm_page_hold(held);
  fs.first_object = object;
  fs.first_pindex = 5;
  vm_fault_deactivate_behind(fs);
  say('sequential: held', t_is(held.queue === PQ_ACTIVE));
  say('sequential: clean', t_is(VM_PAGE_INCACHE(vm_page_lookup(object, 3))));
  say('sequential: written', t_is(written.queue === PQ_INACTIVE));
  say('sequential: dirty', t_is(written.dirty !== 0));
  say('sequential: busy', t_is(vm_page_lookup(object, 1).queue === PQ_INACTIVE));
  say('sequential: the first', t_is(VM_PAGE_INCACHE(vm_page_lookup(object, 0))));
  vm_page_unhold(held);
  vm_page_wakeup(vm_page_lookup(object, 1));
  yield* vm_object_deallocate(object);
}

/** Another process, which splits the object of the entry at an address. */
export function* t_splitter(arg: u32, frame: trapframe): Sleeps {
  const out = $var<vm_map_entry>();
  yield* mtx_lock(Giant);
  yield* vm_map_lock(t_map);
  vm_map_lookup_entry(t_map, arg, out);
  yield* vm_map_split(out[0]);
  vm_map_unlock(t_map);
  t_done = 1;
  yield* kthread_exit(0);
}

/** Half of an object becomes an object of its own, once its pages are in nobody's hands. */
function* t_split(): Sleeps {
  const out = $var<vm_map_entry>();
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const n = yield* t_page(object, 3, 3);
  const m = yield* t_page(object, 5, 5);
  vm_object_reference(object);
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, 4 * PAGE_SIZE, FAR, FAR + 4 * PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_unlock(t_map);
  vm_page_io_start(m);
  t_done = 0;
  yield* kthread_create(t_splitter, FAR, null, 0, 'tsplit');
  yield* t_nap();
  say('split: waits', 1 - t_done);
  say('split: page in transfer stays', t_is(m.object === object));
  vm_page_io_finish(m);
  yield* t_nap();
  say('split: done', t_done);
  vm_map_lookup_entry(t_map, FAR, out);
  say('split: another object', t_is(out[0].object !== object));
  say('split: from its beginning', $i32(OFF_TO_IDX(out[0].offset)));
  say('split: its page', t_is(vm_page_lookup(out[0].object, 1) === m));
  say('split: idle', m.flags & PG_BUSY);
  say('split: the rest', t_is(vm_page_lookup(object, 3) === n));
  say('split: referenced', object.ref_count);
  say('split: word', yield* fuword(FAR + PAGE_SIZE));
  yield* vm_object_deallocate(object);
}

function* test(p: proc): Sleeps {
  const top = $var<vm_object>();
  const offset = $var<vm_ooffset_t>();
  t_map = p.p_vmspace.vm_map;
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, T_PAGES);
  t_behind = yield* vm_object_allocate(OBJT_DEFAULT, T_PAGES);
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, t_object, 0, AT, AT + T_PAGES * PAGE_SIZE, T_RW, T_RW, 0);
  vm_object_reference(t_behind);
  top[0] = t_behind;
  offset[0] = 2 * PAGE_SIZE;
  yield* vm_object_shadow(top, offset, 8);
  t_top = top[0];
  yield* vm_map_insert(t_map, t_top, 0, CHAIN, CHAIN + 9 * PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_unlock(t_map);
  yield* t_settled();
  yield* t_waits(AT + 3 * PAGE_SIZE, t_object, yield* t_page(t_object, 3, 1), false, 'busy');
  yield* t_waits(AT + 4 * PAGE_SIZE, t_object, yield* t_page(t_object, 4, 1), true, 'transfer');
  yield* t_waits(CHAIN + 3 * PAGE_SIZE, t_top, yield* t_page(t_behind, 5, 1), false, 'busy behind');
  yield* t_waits(CHAIN + 4 * PAGE_SIZE, t_top, yield* t_page(t_behind, 6, 1), true, 'transfer behind');
  yield* t_chain();
  yield* t_may_move();
  yield* t_dead();
  yield* t_look_again(0, 'as it was');
  yield* t_look_again(1, 'read-only now');
  yield* t_look_again(2, 'another page');
  yield* t_look_again(3, 'nothing left');
  yield* t_sequential();
  yield* t_split();
}
`;

const [SUCCESS, PROTECTION_FAILURE, RETRY] = [0, 2, 106];
const F = { WRITEABLE: 0x10, MAPPED: 0x20, REFERENCED: 0x80 };
const waited = {
  waits: 1,
  'meanwhile referenced': 1,
  'meanwhile announced': 0,
  'meanwhile pages': 0,
  'meanwhile the map is free': 1,
  'waits again': 1,
  done: 1,
  result: SUCCESS,
  turns: 2,
  referenced: 0,
  announced: 0,
};
const given = { busy: 0, referenced: 0 };
const expected: Record<string, Record<string, number>> = {
  read: { word: 41, flags: F.MAPPED | F.REFERENCED | F.WRITEABLE, active: 1 },
  write: {
    'object might be dirty': 1,
    done: 0,
    flags: F.MAPPED | F.REFERENCED | F.WRITEABLE,
    active: 1,
    object: 10,
    'map is free': 1,
  },
  hold: { result: SUCCESS, held: 1 },
  dirty: { result: SUCCESS, 'all of it': 1, 'old block': 0 },
  busy: waited,
  transfer: waited,
  'busy behind': waited,
  'transfer behind': waited,
  behind: { word: 51, writable: 0, 'place holder': 0, announced: 0 },
  copy: {
    done: 0,
    'zeroed pages that it took': 0,
    'of its own': 1,
    dirty: 1,
    'the one behind': 51,
    'is still there': 1,
    'and idle': 0,
  },
  sharers: { 'mappings at first': 2, done: 0, mappings: 0 },
  move: { done: 0, counted: 1, 'the page itself': 1, 'not behind': 1, dirty: 1, idle: 0 },
  beyond: { 'as much as there is': SUCCESS, more: PROTECTION_FAILURE, announced: 0 },
  end: { referenced: 12 },
  'may move': { shared: 0, alone: 1, 'the map changed': 0, 'not locked': 1, locked: 1 },
  dead: { waits: 1, 'meanwhile announced': 0, done: 1, word: 88 },
  'as it was': { result: SUCCESS, writable: 1, readable: 1, locked: 1, ...given },
  'read-only now': { result: SUCCESS, writable: 0, readable: 1, locked: 1, ...given },
  'another page': { result: RETRY, ...given },
  'nothing left': { result: SUCCESS, writable: 0, readable: 0, locked: 1, ...given },
  split: {
    waits: 1,
    'page in transfer stays': 1,
    done: 1,
    'another object': 1,
    'from its beginning': 0,
    'its page': 1,
    idle: 0,
    'the rest': 1,
    referenced: 1,
    word: 5,
  },
  sequential: { held: 1, clean: 1, written: 1, dirty: 1, busy: 1, 'the first': 1 },
};

kernelTests('faults, and the split of an object', TEST, expected);
