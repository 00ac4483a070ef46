import { kernelTests } from './module.js';

/**
 * Entries of a map: which neighbours are one, what is left of a wiring that failed, and that advice is for
 * the pages that it was given for and for no wired ones. And a chain of objects that becomes shorter.
 */
const TEST = `
const AT: u32 = 0x30000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_map: vm_map = null;

function* t_insert(map: vm_map, object: vm_object, va: u32, pages: u32, prot: u32): Sleeps {
  yield* vm_map_lock(map);
  yield* vm_map_insert(map, object, 0, va, va + pages * PAGE_SIZE, prot, T_RW, 0);
  vm_map_unlock(map);
}
function t_entry(map: vm_map, va: u32): vm_map_entry {
  const out = $var<vm_map_entry>();
  return vm_map_lookup_entry(map, va, out) ? out[0] : null;
}
function t_pages(entry: vm_map_entry): int {
  return $i32(atop(entry.end - entry.start));
}

/** The kernel wires half of an entry. */
function* t_wired(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_insert(t_map, object, AT, 8, T_RW);
  say('wired half: told', yield* vm_map_pageable(t_map, AT, AT + 4 * PAGE_SIZE, false));
  yield* vm_map_lock(t_map);
  yield* vm_map_simplify_entry(t_map, t_entry(t_map, AT));
  vm_map_unlock(t_map);
  say('wired half: pages', t_pages(t_entry(t_map, AT)));
  say('wired half: wirings', t_entry(t_map, AT).wired_count);
  say('wired half: pages of the other', t_pages(t_entry(t_map, AT + 4 * PAGE_SIZE)));
  say('wired half: wirings of the other', t_entry(t_map, AT + 4 * PAGE_SIZE).wired_count);
  yield* vm_map_pageable(t_map, AT, AT + 4 * PAGE_SIZE, true);
  yield* vm_map_lock(t_map);
  yield* vm_map_simplify_entry(t_map, t_entry(t_map, AT));
  vm_map_unlock(t_map);
  say('wired half: pages when it is not any more', t_pages(t_entry(t_map, AT)));
  yield* vm_map_remove(t_map, AT, AT + 8 * PAGE_SIZE);
}

/** A process locks memory and unlocks it. */
function* t_locked(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const m = yield* t_inactive_page(object, 1);
  const wired = cnt.v_wire_count;
  yield* t_insert(t_map, object, AT, 4, T_RW);
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, false);
  say('locked: wirings of a page', m.wire_count);
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, true);
  say('locked: when it is not any more', m.wire_count);
  say('locked: on a queue', t_is(m.queue === PQ_ACTIVE || m.queue === PQ_INACTIVE));
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  say('locked: wired in the end', $i32(cnt.v_wire_count - wired));
}

/** A process locks memory that it may not touch. */
function* t_refused(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_insert(t_map, object, AT, 4, T_RW);
  yield* t_insert(t_map, null, AT + 4 * PAGE_SIZE, 4, VM_PROT_NONE);
  const rv = yield* vm_map_user_pageable(t_map, AT, AT + 8 * PAGE_SIZE, false);
  say('refused: told', t_is(rv !== KERN_SUCCESS));
  const closed = t_entry(t_map, AT + 4 * PAGE_SIZE);
  const usable = t_entry(t_map, AT);
  say('refused: wirings', closed.wired_count);
  say('refused: user', closed.eflags & MAP_ENTRY_USER_WIRED);
  say('refused: wirings of the first', usable.wired_count);
  say('refused: user of the first', usable.eflags & MAP_ENTRY_USER_WIRED);
  say('refused: map is free', t_is(vm_map_trylock(t_map) === 0));
  vm_map_unlock(t_map);
  yield* vm_map_remove(t_map, AT, AT + 8 * PAGE_SIZE);
}

/** Which pages of an object are active, a bit each. */
function t_active(object: vm_object): int {
  let bits = 0;
  for (let i: u32 = 0; i < 8; i++) {
    const m = vm_page_lookup(object, i);
    if (m !== null && m.queue === PQ_ACTIVE) bits |= 1 << $i32(i);
  }
  return bits;
}
function* t_advice(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  for (let i: u32 = 0; i < 8; i++) yield* t_inactive_page(object, i);
  yield* t_insert(t_map, object, AT, 8, T_RW);
  say('advice: taken', yield* vm_map_madvise(t_map, AT + 3 * PAGE_SIZE, AT + 5 * PAGE_SIZE, MADV_WILLNEED));
  say('advice: pages', t_active(object));
  /* What is wired, or in somebody's hands, keeps what was written to it. */
  const m = vm_page_lookup(object, 0);
  const n = vm_page_lookup(object, 1);
  const o = vm_page_lookup(object, 2);
  m.dirty = VM_PAGE_BITS_ALL;
  n.dirty = VM_PAGE_BITS_ALL;
  o.dirty = VM_PAGE_BITS_ALL;
  vm_page_wire(m);
  vm_page_hold(n);
  object.flags |= OBJ_ONEMAPPING;
  yield* vm_map_madvise(t_map, AT, AT + 3 * PAGE_SIZE, MADV_FREE);
  say('advice: wired', t_is(m.dirty !== 0));
  say('advice: held', t_is(n.dirty !== 0));
  say('advice: neither', t_is(o.dirty !== 0));
  vm_page_unwire(m, 0);
  vm_page_unhold(n);
  yield* vm_map_remove(t_map, AT, AT + 8 * PAGE_SIZE);
}

/** The space below a map's second entry is used up, and so is that below the only one that the two become. */
function* t_first_free(): Sleeps {
  const at = $var<vm_offset_t>();
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const map = vm.vm_map;
  const low = vm_map_min(map);
  yield* t_insert(map, null, low, 4, T_RW);
  yield* t_insert(map, null, low + 4 * PAGE_SIZE, 4, VM_PROT_READ);
  const first = t_entry(map, low);
  const second = t_entry(map, low + 4 * PAGE_SIZE);
  say('first free: the second', t_is(map.first_free === second));
  second.protection = T_RW;
  yield* vm_map_lock(map);
  yield* vm_map_simplify_entry(map, first);
  vm_map_unlock(map);
  say('first free: one entry', map.nentries);
  say('first free: that', t_is(map.first_free === first));
  say('first free: found', vm_map_findspace(map, low, PAGE_SIZE, at));
  say('first free: behind both', $i32(atop(at[0] - low)));
  yield* vmspace_free(vm);
}

/** Of three objects behind each other the first swallows the one between. */
function* t_chain(): Sleeps {
  const last = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  const middle = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const first = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_set_backing(middle, last);
  middle.backing_object_offset = $i64(3 * PAGE_SIZE);
  vm_object_set_backing(first, middle);
  first.backing_object_offset = $i64(2 * PAGE_SIZE);
  const m = yield* t_inactive_page(middle, 3);
  /* Another page is seen through both, and others have the last one, too. */
  yield* t_inactive_page(last, 7);
  vm_object_reference(last);
  last.flags &= ~OBJ_ONEMAPPING;
  yield* vm_object_collapse(first);
  say('chain: the page between', t_is(vm_page_lookup(first, 1) === m));
  say('chain: behind', t_is(first.backing_object === last));
  say('chain: from', $i32(first.backing_object_offset / $i64(PAGE_SIZE)));
  say('chain: referenced', last.ref_count);
  yield* vm_object_deallocate(first);
  yield* vm_object_deallocate(last);
}

/** Another process, which waits for the end of an object. */
let t_done: int = 0;
export function* t_waiter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep(arg, PVM, 'twait', 0);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_ended(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  yield* kthread_create(t_waiter, $addr(object), null, 0, 'twait');
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('ended: waited for', 1 - t_done);
  yield* vm_object_deallocate(object);
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('ended: told', t_done);
}

function* test(p: proc): Sleeps {
  t_map = p.p_vmspace.vm_map;
  yield* t_wired();
  yield* t_locked();
  yield* t_refused();
  yield* t_advice();
  yield* t_first_free();
  yield* t_chain();
  yield* t_ended();
}
`;

const expected: Record<string, Record<string, number>> = {
  'wired half': {
    told: 0,
    pages: 4,
    wirings: 1,
    'pages of the other': 4,
    'wirings of the other': 0,
    'pages when it is not any more': 8,
  },
  locked: {
    'wirings of a page': 1,
    'when it is not any more': 0,
    'on a queue': 1,
    'wired in the end': 0,
  },
  refused: {
    told: 1,
    wirings: 0,
    user: 0,
    'wirings of the first': 0,
    'user of the first': 0,
    'map is free': 1,
  },
  advice: { taken: 0, pages: 0b11000, wired: 1, held: 1, neither: 0 },
  'first free': { 'the second': 1, 'one entry': 1, that: 1, found: 0, 'behind both': 8 },
  ended: { 'waited for': 1, told: 1 },
  chain: { 'the page between': 1, behind: 1, from: 5, referenced: 2 },
};

kernelTests('entries of a map', TEST, expected);
