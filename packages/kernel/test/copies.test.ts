import { kernelTests } from './module.js';

/**
 * What is copied and what is shared: entries of a map in a child, objects in front of others, swap blocks of
 * objects that hash alike, and a copy that nobody has written to yet.
 */
const TEST = `
const AT: u32 = 0x30000000;
const FAR: u32 = 0x32000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_map: vm_map = null;

/** An object of four pages in front of another one, from its page on; that one's reference is taken over. */
function* t_front(behind: vm_object, page: u32): Sleeps<vm_object> {
  const front = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_set_backing(front, behind);
  front.backing_object_offset = $i64(page * PAGE_SIZE);
  return front;
}
/** An entry of a map of ours, of an object from a page on. */
function* t_entry(object: vm_object, page: u32, va: u32): Sleeps<vm_map_entry> {
  const out = $var<vm_map_entry>();
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, $i64(page * PAGE_SIZE), va, va + 4 * PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_lookup_entry(t_map, va, out);
  vm_map_unlock(t_map);
  return out[0];
}
function t_child_entry(vm: vmspace, va: u32): vm_map_entry {
  const out = $var<vm_map_entry>();
  return vm_map_lookup_entry(vm.vm_map, va, out) ? out[0] : null;
}

function* t_fork(p: proc): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  const copied = yield* t_entry(object, 5, AT);
  vm_object_reference(object);
  const shared = yield* t_entry(object, 9, FAR);
  shared.inheritance = VM_INHERIT_SHARE;
  shared.eflags |= MAP_ENTRY_NEEDS_COPY | MAP_ENTRY_COW;
  const references = object.ref_count;
  const vm = yield* vmspace_fork(p.p_vmspace);
  const mine = t_child_entry(vm, AT);
  say('child: same object', t_is(mine.object === object));
  say('child: same part', t_is(mine.offset === copied.offset));
  say('child: copies', t_is((mine.eflags & MAP_ENTRY_NEEDS_COPY) !== 0));
  say('child: parent copies', t_is((copied.eflags & MAP_ENTRY_NEEDS_COPY) !== 0));
  const both = t_child_entry(vm, FAR);
  say('share: same object', t_is(both.object === shared.object));
  say('share: not the one behind', t_is(both.object !== object));
  say('share: copies', both.eflags & MAP_ENTRY_NEEDS_COPY);
  say('share: referenced', shared.object.ref_count);
  /* The child's copy has one more, and what is shared looks through with the parent's. */
  say('share: behind', object.ref_count - references);
  yield* vmspace_free(vm);
  say('share: alone again', shared.object.ref_count);
  say('share: behind, without the child', object.ref_count - references);
  /* What is locked in memory is the parent's affair. */
  for (let i: u32 = 0; i < 4; i++) yield* suword(AT + i * PAGE_SIZE, 1);
  const wired = yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, false);
  const other = yield* vmspace_fork(p.p_vmspace);
  const theirs = t_child_entry(other, AT);
  say('wired: done', wired);
  say('wired: by the parent', t_child_entry(p.p_vmspace, AT).wired_count);
  say('wired: by the child', theirs.wired_count);
  say('wired: has its own', t_is(theirs.object !== null && theirs.object !== t_child_entry(p.p_vmspace, AT).object));
  yield* vmspace_free(other);
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, true);
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  yield* vm_map_remove(t_map, FAR, FAR + 4 * PAGE_SIZE);
}

/** An object of which an entry has a part only is split for a copy: both begin at its beginning. */
function* t_split(p: proc): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  const entry = yield* t_entry(object, 5, AT);
  const last = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  /* Seen through the other one, so that it stays behind. */
  yield* t_inactive_page(last, 13);
  vm_object_set_backing(object, last);
  object.backing_object_offset = $i64(3 * PAGE_SIZE);
  vm_object_reference(last);
  vm_object_reference(object);
  object.flags |= OBJ_ONEMAPPING;
  const m = yield* t_inactive_page(object, 6);
  /* What is in memory is newer than what is on swap. */
  yield* swap_pager_reserve(object, 6, 2);
  const vm = yield* vmspace_fork(p.p_vmspace);
  const mine = t_child_entry(vm, AT);
  say('split: another object', t_is(entry.object !== object));
  say('split: both', t_is(mine.object === entry.object));
  say('split: from', $i32(entry.offset / $i64(PAGE_SIZE)));
  say('split: in the child from', $i32(mine.offset / $i64(PAGE_SIZE)));
  say('split: behind', t_is(entry.object.backing_object === last));
  say('split: behind, from', $i32(entry.object.backing_object_offset / $i64(PAGE_SIZE)));
  say('split: old block', t_is(swp_pager_meta_ctl(object, 6, 0) !== SWAPBLK_NONE));
  say('split: block', t_is(swp_pager_meta_ctl(entry.object, 2, 0) !== SWAPBLK_NONE));
  say('split: page', t_is(vm_page_lookup(entry.object, 1) === m));
  yield* vmspace_free(vm);
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  yield* vm_object_deallocate(object);
  yield* vm_object_deallocate(last);
}

/** Neighbours in a map are one entry only if they show one piece of an object. */
function* t_neighbours(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 32);
  vm_object_reference(object);
  vm_object_reference(object);
  const first = yield* t_entry(object, 5, AT);
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, $i64(12 * PAGE_SIZE), AT + 4 * PAGE_SIZE, AT + 8 * PAGE_SIZE, T_RW, T_RW, 0);
  yield* vm_map_simplify_entry(t_map, first);
  say('neighbours: other parts', $i32(atop(first.end - first.start)));
  vm_map_unlock(t_map);
  yield* vm_map_remove(t_map, AT + 4 * PAGE_SIZE, AT + 8 * PAGE_SIZE);
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, $i64(9 * PAGE_SIZE), AT + 4 * PAGE_SIZE, AT + 8 * PAGE_SIZE, T_RW, T_RW, 0);
  const out = $var<vm_map_entry>();
  vm_map_lookup_entry(t_map, AT + 4 * PAGE_SIZE, out);
  t_map.hint = out[0];
  yield* vm_map_simplify_entry(t_map, first);
  say('neighbours: hint', t_is(t_map.hint === first));
  say('neighbours: the next part', $i32(atop(first.end - first.start)));
  vm_map_unlock(t_map);
  /* What is locked by its user is that no more. */
  yield* vm_map_user_pageable(t_map, AT, AT + 8 * PAGE_SIZE, false);
  say('user: locked', t_is((first.eflags & MAP_ENTRY_USER_WIRED) !== 0));
  yield* vm_map_user_pageable(t_map, AT, AT + 8 * PAGE_SIZE, true);
  say('user: unlocked', t_is((first.eflags & MAP_ENTRY_USER_WIRED) !== 0));
  yield* vm_map_remove(t_map, AT, AT + 8 * PAGE_SIZE);
  /* An object grows for a new neighbour if nobody else sees what lies there. */
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  vm_object_reference(o);
  say('grows: others have it', t_is(yield* vm_object_coalesce(o, 0, 4 * PAGE_SIZE, 4 * PAGE_SIZE)));
  say('grows: at its end', t_is(yield* vm_object_coalesce(o, 0, 8 * PAGE_SIZE, 4 * PAGE_SIZE)));
  say('grows: size', $i32(o.size));
  o.ref_count--;
  say('grows: alone', t_is(yield* vm_object_coalesce(o, 0, 4 * PAGE_SIZE, 4 * PAGE_SIZE)));
  yield* t_inactive_page(o, 5);
  yield* swap_pager_reserve(o, 6, 1);
  yield* vm_object_coalesce(o, 0, 4 * PAGE_SIZE, 4 * PAGE_SIZE);
  say('grows: old pages', t_is(vm_page_lookup(o, 5) !== null));
  say('grows: old blocks', t_is(swp_pager_meta_ctl(o, 6, 0) !== SWAPBLK_NONE));
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_inactive_page(behind, 2);
  vm_object_reference(behind);
  behind.flags &= ~OBJ_ONEMAPPING;
  vm_object_set_backing(o, behind);
  say('grows: in front of another', t_is(yield* vm_object_coalesce(o, 0, 4 * PAGE_SIZE, 4 * PAGE_SIZE)));
  yield* vm_object_deallocate(o);
  yield* vm_object_deallocate(behind);
}

/** Two objects behind one another; the one between is left out. */
function* t_between(): Sleeps {
  const last = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  const middle = yield* t_front(last, 3);
  /* The front can see this one, so that the last one has to stay. */
  yield* t_inactive_page(last, 6);
  const first = yield* t_front(middle, 2);
  vm_object_reference(middle);
  middle.flags &= ~OBJ_ONEMAPPING;
  const generation = middle.generation;
  yield* vm_object_collapse(first);
  say('bypass: seen by who sleeps', t_is(middle.generation !== generation));
  say('bypass: behind', t_is(first.backing_object === last));
  say('bypass: from', $i32(first.backing_object_offset / $i64(PAGE_SIZE)));
  say('bypass: referenced', last.ref_count * 10 + middle.ref_count);
  yield* vm_object_deallocate(first);
  yield* vm_object_deallocate(middle);
}

/** What the front has on swap is newer than what is in memory behind it. */
function* t_newer(): Sleeps {
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_inactive_page(behind, 2);
  const other = yield* t_inactive_page(behind, 3);
  const front = yield* t_front(behind, 2);
  yield* swap_pager_reserve(front, 0, 1);
  const blk = swp_pager_meta_ctl(front, 0, 0);
  yield* vm_object_collapse(front);
  say('newer: swallowed', t_is(front.backing_object === null));
  say('newer: stays on swap', t_is(swp_pager_meta_ctl(front, 0, 0) === blk));
  say('newer: nothing over it', t_is(vm_page_lookup(front, 0) === null));
  say('newer: others come', t_is(vm_page_lookup(front, 1) === other));
  yield* vm_object_deallocate(front);
}

/** What both have on swap is the front's; the other block is free. */
function* t_twice(): Sleeps {
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const front = yield* t_front(behind, 2);
  yield* swap_pager_reserve(front, 0, 1);
  const free_blocks = vm_swap_size;
  yield* swap_pager_reserve(behind, 2, 2);
  const blk = swp_pager_meta_ctl(front, 0, 0);
  yield* vm_object_collapse(front);
  say('twice: its own', t_is(swp_pager_meta_ctl(front, 0, 0) === blk));
  say('twice: taken over', free_blocks - vm_swap_size);
  yield* vm_object_deallocate(front);
}

/** New memory beside what is wired is not wired, and so has an entry of its own. */
function* t_beside(): Sleeps {
  const first = yield* t_entry(null, 0, AT);
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, false);
  first.eflags &= ~MAP_ENTRY_USER_WIRED;
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, null, 0, AT + 4 * PAGE_SIZE, AT + 8 * PAGE_SIZE, T_RW, T_RW, 0);
  vm_map_unlock(t_map);
  say('beside: pages', $i32(atop(first.end - first.start)));
  first.eflags |= MAP_ENTRY_USER_WIRED;
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, true);
  yield* vm_map_remove(t_map, AT, AT + 8 * PAGE_SIZE);
}

/** One page of the object behind, which the front has as well: it goes, and nobody sees it any more. */
function* t_covered(): Sleeps {
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const front = yield* t_front(behind, 2);
  const p = yield* t_inactive_page(behind, 2);
  yield* t_inactive_page(front, 0);
  const q = yield* t_inactive_page(behind, 3);
  yield* swap_pager_reserve(behind, 3, 1);
  pmap_enter(t_map.pmap, FAR, p, VM_PROT_READ, false);
  p.flags |= PG_MAPPED;
  vm_object_collapse_page(front, behind, p);
  say('covered: mapped', t_is(t_map.pmap.pm_pdir[FAR >> 22] !== 0 && (vtopte(FAR)[0] & PG_V) !== 0));
  vm_object_collapse_page(front, behind, q);
  say('covered: moved', t_is(vm_page_lookup(front, 1) === q));
  say('covered: old block', t_is(swp_pager_meta_ctl(behind, 3, 0) !== SWAPBLK_NONE));
  yield* vm_object_deallocate(front);
}

/** What is unmapped for good is not kept on swap; what is wired and still to be copied is copied first. */
function* t_gone(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_entry(object, 0, AT);
  vm_object_reference(object);
  object.flags |= OBJ_ONEMAPPING;
  yield* swap_pager_reserve(object, 0, 4);
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  say('unmapped: blocks', t_is(swp_pager_meta_ctl(object, 1, 0) !== SWAPBLK_NONE));
  const entry = yield* t_entry(object, 4, AT);
  vm_object_reference(object);
  entry.eflags |= MAP_ENTRY_NEEDS_COPY | MAP_ENTRY_COW;
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, false);
  say('wired copy: of its own', t_is(entry.object !== object));
  yield* vm_map_user_pageable(t_map, AT, AT + 4 * PAGE_SIZE, true);
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  yield* vm_object_deallocate(object);
}

/** Swap blocks of two objects that hash alike. */
function* t_alike(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  const n = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  n.hash_rand = o.hash_rand;
  yield* swap_pager_reserve(o, 1, 1);
  yield* swap_pager_reserve(n, 2, 1);
  say('alike: first', t_is(swp_pager_meta_ctl(o, 1, 0) !== SWAPBLK_NONE));
  say('alike: not the second', t_is(swp_pager_meta_ctl(o, 2, 0) !== SWAPBLK_NONE));
  say('alike: not the first', t_is(swp_pager_meta_ctl(n, 1, 0) !== SWAPBLK_NONE));
  yield* vm_object_deallocate(n);
  say('alike: left', t_is(swp_pager_meta_ctl(o, 1, 0) !== SWAPBLK_NONE));
  yield* vm_object_deallocate(o);
}

/** Only clean pages go; what is written counts, whether it is known or not. */
function* t_clean(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_inactive_page(o, 0);
  const m = yield* t_inactive_page(o, 1);
  m.dirty = VM_PAGE_BITS_ALL;
  const n = yield* t_inactive_page(o, 2);
  pmap_enter(t_map.pmap, FAR, n, T_RW, false);
  n.flags |= PG_MAPPED | PG_WRITEABLE;
  $st32(FAR, 1);
  n.dirty = 0;
  yield* vm_object_page_remove(o, 0, 8, true);
  say('clean only: clean', t_is(vm_page_lookup(o, 0) !== null));
  say('clean only: dirty', t_is(vm_page_lookup(o, 1) === m));
  say('clean only: written', t_is(vm_page_lookup(o, 2) === n));
  pmap_remove(t_map.pmap, FAR, FAR + PAGE_SIZE);
  yield* vm_object_page_remove(o, 0, 8, false);
  say('all: left', o.resident_page_count);
  yield* vm_object_deallocate(o);
}

/** A copy that was made for a write is the only one, even before the write. */
function* t_copied(): Sleeps {
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* t_inactive_page(behind, 0);
  const front = yield* t_front(behind, 0);
  vm_object_reference(behind);
  yield* t_entry(front, 0, FAR);
  say('copy: made', yield* vm_fault(t_map, FAR, T_RW, VM_FAULT_NORMAL));
  const m = vm_page_lookup(front, 0);
  say('copy: there', t_is(m !== null));
  say('copy: dirty', t_is(m !== null && m.dirty !== 0));
  yield* vm_map_remove(t_map, FAR, FAR + 4 * PAGE_SIZE);
  yield* vm_object_deallocate(behind);
}

function* test(p: proc): Sleeps {
  t_map = p.p_vmspace.vm_map;
  yield* t_fork(p);
  yield* t_split(p);
  yield* t_neighbours();
  yield* t_between();
  yield* t_newer();
  yield* t_twice();
  yield* t_covered();
  yield* t_gone();
  yield* t_beside();
  yield* t_alike();
  yield* t_clean();
  yield* t_copied();
}
`;

const expected: Record<string, Record<string, number>> = {
  child: { 'same object': 1, 'same part': 1, copies: 1, 'parent copies': 1 },
  share: {
    'same object': 1,
    'not the one behind': 1,
    copies: 0,
    referenced: 2,
    behind: 1,
    'alone again': 1,
    'behind, without the child': 0,
  },
  wired: { done: 0, 'by the parent': 1, 'by the child': 0, 'has its own': 1 },
  split: {
    behind: 1,
    'behind, from': 8,
    'another object': 1,
    both: 1,
    from: 0,
    'in the child from': 0,
    'old block': 0,
    block: 1,
    page: 1,
  },
  neighbours: { 'other parts': 4, 'the next part': 8, hint: 1 },
  user: { locked: 1, unlocked: 0 },
  grows: {
    'others have it': 0,
    'at its end': 1,
    size: 12,
    alone: 1,
    'old pages': 0,
    'old blocks': 0,
    'in front of another': 0,
  },
  bypass: { 'seen by who sleeps': 1, behind: 1, from: 5, referenced: 21 },
  newer: { swallowed: 1, 'stays on swap': 1, 'nothing over it': 1, 'others come': 1 },
  covered: { mapped: 0, moved: 1, 'old block': 0 },
  unmapped: { blocks: 0 },
  'wired copy': { 'of its own': 1 },
  twice: { 'its own': 1, 'taken over': 1 },
  beside: { pages: 4 },
  alike: { first: 1, 'not the second': 0, 'not the first': 0, left: 1 },
  'clean only': { clean: 0, dirty: 1, written: 1 },
  all: { left: 0 },
  copy: { made: 0, there: 1, dirty: 1 },
};

kernelTests('copies', TEST, expected);
