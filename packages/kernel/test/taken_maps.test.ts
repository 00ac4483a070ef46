import { fileURLToPath } from 'node:url';
import { readSources } from '@trap12/kcc';
import { expect, test } from 'vitest';
import { kernelTests } from './module.js';

/**
 * Does each function that says so take the lock of a map, in the way in which it says so, and give it back?
 * Here this process has the lock exclusively while another one calls the function: that one must stand where
 * it waits for the lock, and the map must be as it was. When the lock becomes a shared one, who wants to read
 * gets through, and nobody else; when it is given back, all do, and hold nothing.
 */
const TEST = `
const AT: u32 = 0x30000000;
/** The address of another map below t_map. */
const T_SUB: u32 = 0x31000000;
/** The lower end of what a stack may grow to. */
const T_STACK: u32 = 0x32000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;

/* Whose map, and when this process takes its lock. */
const T_USER = 0;
const T_KERNEL = 1;
const T_KMEM = 2;
/** Not before the other one waits for something else, and shared: what it does until then needs the lock. */
const T_LATER = 4;
/* Cases that need something of their own. */
const T_UNLOCK = 18;
const T_BEHIND = 20;
const T_UNWIRE = 21;
const T_BUSY = 22;
const T_NO_PAGE = 27;

let t_worker: proc = null;
let t_go: int = 0;
let t_ready: int = 0;
let t_done: int = 0;
let t_left: int = 0;
let t_vm: vmspace = null;
let t_kernel: vm_map = null;
/** The map of the case. */
let t_map: vm_map = null;
/** A map below it. */
let t_sub: vm_map = null;
/** What is at AT, or for the cases with T_LATER what has the page that is waited for. */
let t_object: vm_object = null;
/** Where the kernel's map has something to be freed or wired. */
let t_va: u32 = 0;
let t_words: array<u32, 8>;

let t_name: str = null;
let t_kind: int = 0;
let t_what: int = 0;
let t_reads: boolean = false;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_go)) + 1, PVM, 'tnap', 3);
}
function t_reader(i: int, what: str, kind: int): boolean {
  if (i !== t_what) return false;
  t_name = what;
  t_kind = kind;
  t_reads = true;
  return true;
}
function t_writer(i: int, what: str, kind: int): boolean {
  if (!t_reader(i, what, kind)) return false;
  t_reads = false;
  return true;
}
function t_entry(map: vm_map, va: u32): vm_map_entry {
  const out = $var<vm_map_entry>();
  return vm_map_lookup_entry(map, va, out) ? out[0] : null;
}
function* t_insert(map: vm_map, object: vm_object, va: u32, pages: u32, cow: int): Sleeps {
  yield* vm_map_lock(map);
  vm_object_reference(object);
  yield* vm_map_insert(map, object, 0, va, va + pages * PAGE_SIZE, T_RW, T_RW, cow);
  vm_map_unlock(map);
}

function* t_lookup(va: u32): Sleeps {
  const fs = $local<faultstate>();
  fs.map = t_map;
  yield* vm_map_lookup(
    $ref(fs.map), va, VM_PROT_WRITE, $ref(fs.entry), $ref(fs.first_object), $ref(fs.first_pindex), $ref(fs.prot),
    $ref(fs.wired),
  );
  vm_map_lookup_done(t_map, fs.entry);
}
function* t_find(): Sleeps {
  const addr = $var<vm_offset_t>();
  addr[0] = AT;
  yield* vm_map_find(t_map, null, 0, addr, PAGE_SIZE, true, T_RW, T_RW, 0);
}
/** The worker gets its reference from a fork: here the last one. */
function* t_last(): Sleeps {
  yield* vmspace_free(t_vm);
  t_vm = null;
}
function* t_fork(): Sleeps {
  yield* vmspace_free(yield* vmspace_fork(t_vm));
}
/** No page for it: it gives the lock away to wait for one. */
function* t_malloc(): Sleeps {
  yield* vm_map_lock(t_map);
  yield* kmem_malloc_pages(t_map, t_va, PAGE_SIZE, 0);
  vm_map_unlock(t_map);
}
/** Its page is busy. A map of the kernel is not locked while one waits for that. */
function* t_wire(): Sleeps {
  yield* vm_map_lock(t_map);
  yield* vm_map_wire_range(t_map, t_entry(t_map, t_va), t_va, t_va + PAGE_SIZE);
}
function* t_call_user(p: proc, nr: int): Sleeps {
  t_words[1] = PAGE_SIZE;
  t_words[2] = 0;
  /* There is nothing: msync does not go on. */
  if (nr === SYS_msync) t_words[1] = 0;
  t_words[0] = nr === SYS_msync ? AT - PAGE_SIZE : AT;
  /* Into memory of the kernel: refused without a fault, which would want the lock, too. */
  if (nr === SYS_mincore) t_words[2] = VM_MIN_KERNEL_ADDRESS;
  vm_unlock();
  yield* sysent[nr].sy_call(p, $addr(t_words));
  yield* vm_lock();
}

/** Makes the call of case t_what if go; else only says which it is. False if there is none. */
function* t_call(p: proc, go: boolean): Sleeps<boolean> {
  if (t_writer(0, 'aout_map', T_USER)) {
    if (go) yield* aout_map(t_vm, t_object, PAGE_SIZE, 0, 0);
  } else if (t_reader(1, 'vm_map_lookup', T_USER)) {
    if (go) yield* t_lookup(AT);
  } else if (t_writer(2, 'vm_map_lookup, to copy', T_USER)) {
    if (go) yield* t_lookup(AT + 4 * PAGE_SIZE);
  } else if (t_writer(3, 'vm_map_lookup, anonymous', T_USER)) {
    if (go) yield* t_lookup(AT + 8 * PAGE_SIZE);
  } else if (t_writer(4, 'vm_map_stack', T_USER)) {
    if (go) yield* vm_map_stack(t_map, AT + 64 * PAGE_SIZE, 4 * PAGE_SIZE, T_RW, T_RW, 0);
  } else if (t_reader(5, 'vm_map_growstack', T_USER)) {
    if (go) yield* vm_map_growstack(p, AT);
  } else if (t_writer(6, 'vm_map_growstack, grows', T_USER)) {
    if (go) yield* vm_map_growstack(p, t_entry(t_map, T_STACK + 63 * PAGE_SIZE).start - PAGE_SIZE);
  } else if (t_writer(7, 'vm_map_submap', T_USER)) {
    /* That is in use: refused, with the lock. */
    if (go) yield* vm_map_submap(t_map, AT, AT + 4 * PAGE_SIZE, t_sub);
  } else if (t_writer(8, 'vm_map_protect', T_USER)) {
    if (go) yield* vm_map_protect(t_map, AT, AT + PAGE_SIZE, VM_PROT_READ, false);
  } else if (t_writer(9, 'vm_map_inherit', T_USER)) {
    if (go) yield* vm_map_inherit(t_map, AT, AT + PAGE_SIZE, VM_INHERIT_NONE);
  } else if (t_writer(10, 'vm_map_madvise', T_USER)) {
    if (go) yield* vm_map_madvise(t_map, AT, AT + PAGE_SIZE, MADV_NOSYNC);
  } else if (t_reader(11, 'vm_map_madvise, of pages', T_USER)) {
    if (go) yield* vm_map_madvise(t_map, AT, AT + PAGE_SIZE, MADV_WILLNEED);
  } else if (t_writer(12, 'vm_map_find', T_USER)) {
    if (go) yield* t_find();
  } else if (t_writer(13, 'vm_map_remove', T_USER)) {
    if (go) yield* vm_map_remove(t_map, AT, AT + PAGE_SIZE);
  } else if (t_writer(14, 'munmap', T_USER)) {
    if (go) yield* t_call_user(p, SYS_munmap);
  } else if (t_reader(15, 'msync', T_USER)) {
    if (go) yield* t_call_user(p, SYS_msync);
  } else if (t_reader(16, 'mincore', T_USER)) {
    if (go) yield* t_call_user(p, SYS_mincore);
  } else if (t_reader(17, 'vm_map_clean', T_USER)) {
    if (go) yield* vm_map_clean(t_map, AT, AT + PAGE_SIZE, true, false);
  } else return yield* t_call2(p, go);
  return true;
}
function* t_call2(p: proc, go: boolean): Sleeps<boolean> {
  if (t_writer(T_UNLOCK, 'vm_map_user_pageable', T_USER)) {
    if (go) yield* vm_map_user_pageable(t_map, AT, AT + PAGE_SIZE, true);
  } else if (t_writer(19, 'vm_map_user_wire', T_USER | T_LATER)) {
    if (go) yield* vm_map_user_pageable(t_map, T_SUB, T_SUB + PAGE_SIZE, false);
  } else if (t_writer(T_BEHIND, 'vm_map_user_wire, behind another', T_USER | T_LATER)) {
    if (go) yield* vm_map_user_pageable(t_map, T_SUB, T_SUB + PAGE_SIZE, false);
  } else if (t_writer(T_UNWIRE, 'vm_map_pageable', T_USER)) {
    if (go) yield* vm_map_pageable(t_map, AT, AT + PAGE_SIZE, true);
  } else if (t_writer(T_BUSY, 'vm_map_wire_range', T_KERNEL | T_LATER)) {
    if (go) yield* t_wire();
  } else if (t_writer(23, 'vmspace_free', T_USER)) {
    if (go) yield* t_last();
  } else if (t_writer(24, 'vmspace_fork', T_USER)) {
    if (go) yield* t_fork();
  } else if (t_writer(25, 'kmem_alloc', T_KERNEL)) {
    if (go) yield* kmem_alloc(t_map, PAGE_SIZE);
  } else if (t_writer(26, 'kmem_malloc', T_KMEM)) {
    if (go) yield* kmem_free(kmem_map, yield* kmem_malloc(kmem_map, PAGE_SIZE, 0), PAGE_SIZE);
  } else if (t_writer(T_NO_PAGE, 'kmem_malloc_pages', T_KERNEL | T_LATER)) {
    if (go) yield* t_malloc();
  } else if (t_writer(28, 'kmem_alloc_wait', T_KERNEL)) {
    if (go) yield* kmem_alloc_wait(t_map, PAGE_SIZE);
  } else if (t_writer(29, 'kmem_free_wakeup', T_KERNEL)) {
    if (go) yield* kmem_free_wakeup(t_map, t_va, PAGE_SIZE);
  } else return false;
  return true;
}

export function* t_work(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  const p = curproc();
  const vm = p.p_vmspace;
  const locks = p.p_locks;
  if (t_vm !== null) p.p_vmspace = t_vm;
  t_ready = 1;
  yield* tsleep($addr($ref(t_go)), PVM, 'tgo', 0);
  yield* vm_lock();
  yield* t_call(p, true);
  vm_unlock();
  p.p_vmspace = vm;
  t_left = p.p_locks - locks;
  t_done = 1;
  yield* kthread_exit(0);
}

/** A map with a bit of everything. */
function* t_make_user(): Sleeps {
  t_vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  t_vm.vm_maxsaddr = VM_MAXUSER_ADDRESS;
  t_map = t_vm.vm_map;
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  yield* t_clean_page(t_object, 0);
  yield* t_insert(t_map, t_object, AT, 4, 0);
  yield* t_insert(t_map, t_object, AT + 4 * PAGE_SIZE, 4, MAP_COPY_ON_WRITE);
  yield* t_insert(t_map, null, AT + 8 * PAGE_SIZE, 4, 0);
  yield* vm_map_stack(t_map, T_STACK, 64 * PAGE_SIZE, T_RW, T_RW, 0);
  if (t_what === T_UNWIRE) yield* vm_map_pageable(t_map, AT, AT + PAGE_SIZE, false);
  if (t_what === T_UNLOCK) yield* vm_map_user_pageable(t_map, AT, AT + PAGE_SIZE, false);
  if (t_kind !== (T_USER | T_LATER)) return;
  t_sub = yield* vm_map_create(vmspace_pmap(t_vm), T_SUB, T_SUB + PAGE_SIZE);
  yield* t_insert(t_sub, t_object, T_SUB, 1, 0);
  /* Or the fault would not wire. */
  t_entry(t_sub, T_SUB).wired_count = 1;
  yield* t_insert(t_map, null, T_SUB, 1, 0);
  say('submap', yield* vm_map_submap(t_map, T_SUB, T_SUB + PAGE_SIZE, t_sub));
}
function* t_make(): Sleeps {
  t_vm = null;
  if ((t_kind & T_KMEM) !== 0) t_map = kmem_map;
  else if ((t_kind & T_KERNEL) !== 0) t_map = t_kernel;
  else yield* t_make_user();
  if ((t_kind & T_KERNEL) === 0) return;
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 1);
  t_va = vm_map_min(t_map);
  if (t_what !== T_NO_PAGE) yield* t_insert(t_map, t_object, t_va, 1, 0);
}
function* t_unmake(): Sleeps {
  if ((t_kind & T_KERNEL) !== 0) yield* vm_map_remove(t_map, vm_map_min(t_map), vm_map_max(t_map));
  if (t_kind !== T_KMEM) yield* vm_object_deallocate(t_object);
  if (t_vm === null) return;
  if (t_kind === (T_USER | T_LATER)) {
    yield* vm_map_user_pageable(t_map, T_SUB, T_SUB + PAGE_SIZE, true);
    vm_page_unwire(vm_page_lookup(t_object, 0), 0);
    t_entry(t_sub, T_SUB).wired_count = 0;
    yield* vm_map_remove(t_sub, T_SUB, T_SUB + PAGE_SIZE);
  }
  yield* vmspace_free(t_vm);
}

/*
 * What the other one waits for before it comes to the lock of t_map again: that of a map below it, a busy
 * page, or that there is one.
 */
let t_page: vm_page = null;
let t_reserved: u_int = 0;
let t_interrupt: u_int = 0;

function* t_shut(): Sleeps {
  if ((t_kind & T_LATER) === 0) return;
  if (t_what === T_BUSY) {
    t_page = yield* t_clean_page(t_object, 0);
    vm_page_busy(t_page);
  } else if (t_what === T_NO_PAGE) {
    t_reserved = cnt.v_free_reserved;
    t_interrupt = cnt.v_interrupt_free_min;
    cnt.v_free_reserved = 1000000;
    cnt.v_interrupt_free_min = 1000000;
    /* As if the page daemon had been told. */
    vm_pages_needed = 1;
  } else yield* vm_map_lock(t_sub);
}
function t_open(): void {
  if (t_what === T_BUSY) vm_page_wakeup(t_page);
  else if (t_what === T_NO_PAGE) {
    cnt.v_free_reserved = t_reserved;
    cnt.v_interrupt_free_min = t_interrupt;
    vm_pages_needed = 0;
    wakeup($addr($ref(cnt.v_free_count)));
  } else vm_map_unlock(t_sub);
}

/** This process takes the lock, and lets the other one come to where it wants it. */
function* t_take(): Sleeps {
  if ((t_kind & T_LATER) === 0) {
    yield* vm_map_lock(t_map);
    return wakeup($addr($ref(t_go)));
  }
  yield* t_shut();
  wakeup($addr($ref(t_go)));
  yield* t_nap();
  yield* vm_map_lock_read(t_map);
  /* As if this process wanted to change the map, and was first. */
  if (t_what === T_BEHIND) t_map.lock.lk_flags |= LK_WANT_UPGRADE;
  t_open();
}
/** And now only reads. */
function t_ease(): void {
  if ((t_kind & T_LATER) === 0) vm_map_lock_downgrade(t_map);
  if (t_what !== T_BEHIND) return;
  t_map.lock.lk_flags &= ~LK_WANT_UPGRADE;
  wakeup($addr(t_map.lock));
}
/** Does the other one stand where it waits for the lock? */
function t_waits(): int {
  return t_is(t_worker.p_stat === SSLEEP && t_worker.p_wchan === $addr(t_map.lock)) & (1 - t_done);
}
function t_free(): int {
  const state = LK_HAVE_EXCL | LK_SHARE_NONZERO | LK_WANT_EXCL | LK_WANT_UPGRADE;
  return t_is((t_map.lock.lk_flags & state) === 0 && t_map.lock.lk_waitcount === 0);
}

function* t_one(): Sleeps {
  const pp = $var<proc>();
  yield* t_make();
  t_ready = 0;
  t_done = 0;
  t_left = 0;
  yield* kthread_create(t_work, 0, pp, 0, 'tworker');
  t_worker = pp[0];
  while (t_ready === 0) yield* t_nap();
  yield* t_take();
  const entries = t_map.nentries;
  const size = t_map.size;
  const changes = t_map.timestamp;
  yield* t_nap();
  printf('= %s: waits %d\\n', t_name, t_waits());
  printf('= %s: has changed %d\\n', t_name, t_is(entries !== t_map.nentries || size !== t_map.size));
  printf('= %s: has had it %d\\n', t_name, $i32(t_map.timestamp - changes));
  t_ease();
  yield* t_nap();
  printf('= %s: when we only read %d\\n', t_name, t_done);
  printf('= %s: has changed by then %d\\n', t_name, t_is(entries !== t_map.nentries || size !== t_map.size));
  vm_map_unlock(t_map);
  yield* t_nap();
  printf('= %s: done %d\\n', t_name, t_done);
  printf('= %s: free %d\\n', t_name, t_free());
  printf('= %s: left %d\\n', t_name, t_left);
  yield* t_unmake();
}

/*
 * Who must not wait for a map passes it by while another process has it. That one is, too, the one to be
 * swapped out.
 */
let t_state: str = null;

export function* t_holds(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* vm_lock();
  yield* vm_map_lock(t_map);
  yield* tsleep($addr($ref(t_go)), PVM, 'tgo', 0);
  vm_map_unlock(t_map);
  vm_unlock();
  yield* tsleep($addr($ref(t_ready)), PVM, 'tgo', 0);
  yield* kthread_exit(0);
}
function t_say(what: str, n: int): void {
  printf('= %s: %s %d\\n', t_state, what, n);
}
/** A page could move up, instead of being copied. */
function* t_rename(): Sleeps {
  const fs = $local<faultstate>();
  const behind = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_set_backing(object, behind);
  fs.map = t_map;
  fs.map_generation = t_map.timestamp;
  fs.first_object = object;
  fs.object = behind;
  fs.lookup_still_valid = 0;
  const may = vm_fault_can_rename(fs);
  t_say('a page may move', t_is(may));
  t_say('the map is read', t_map.lock.lk_sharecount);
  if (t_map.lock.lk_sharecount !== 0) vm_map_unlock_read(t_map);
  yield* vm_object_deallocate(object);
}
function* t_swap(): Sleeps {
  const q = t_worker;
  const vm = q.p_vmspace;
  const holds = q.p_lock;
  q.p_vmspace = t_vm;
  q.p_lock = 0;
  q.p_priority = PUSER;
  q.p_slptime = 1000;
  if (regime.swapout_vmspace_ref === 0) t_vm.vm_refcnt++;
  yield* PROC_LOCK(q);
  t_say('is swapped out', t_is(yield* swapout_one(q, VM_SWAP_NORMAL)));
  t_say('references', t_vm.vm_refcnt);
  q.p_vmspace = vm;
  yield* PROC_LOCK(q);
  yield* faultin(q);
  PROC_UNLOCK(q);
  q.p_lock = holds;
}
function* t_pass(state: str): Sleeps {
  const total = $local<vmtotal_t>();
  bzero($addr(total), $sizeof<vmtotal_t>());
  t_state = state;
  vm_object_clear_flag(t_object, OBJ_ACTIVE);
  vmtotal_objects(total, t_map);
  t_say('is counted', t_is((t_object.flags & OBJ_ACTIVE) !== 0));
  t_say('is free', t_free());
  yield* t_rename();
  yield* t_swap();
  yield* vm_pageout_map_deactivate_pages(t_map, 0);
  t_say('has mappings', t_is(pmap_extract(t_map.pmap, AT) !== 0));
}
function* t_malloc_now(state: str): Sleeps {
  t_state = state;
  const va = yield* kmem_malloc(kmem_map, PAGE_SIZE, M_NOWAIT);
  t_say('memory', t_is(va !== 0));
  if (va !== 0) yield* kmem_free(kmem_map, va, PAGE_SIZE);
}
function* t_hold(map: vm_map): Sleeps {
  const pp = $var<proc>();
  t_map = map;
  yield* kthread_create(t_holds, 0, pp, 0, 'tholds');
  t_worker = pp[0];
  yield* t_nap();
}
function* t_let_go(): Sleeps {
  wakeup($addr($ref(t_go)));
  yield* t_nap();
}
function* t_by(): Sleeps {
  t_kind = T_USER;
  yield* t_make();
  yield* vm_fault(t_map, AT, VM_PROT_READ, VM_FAULT_NORMAL);
  yield* t_hold(t_map);
  yield* t_pass('locked');
  yield* t_let_go();
  yield* t_pass('free');
  wakeup($addr($ref(t_ready)));
  yield* t_unmake();
  yield* t_hold(kmem_map);
  yield* t_malloc_now('locked kernel');
  yield* t_let_go();
  yield* t_malloc_now('free kernel');
  wakeup($addr($ref(t_ready)));
}

function* test(p: proc): Sleeps {
  const min = $var<vm_offset_t>();
  const max = $var<vm_offset_t>();
  yield* vm_lock();
  t_kernel = yield* kmem_suballoc(kernel_map, min, max, 8 * PAGE_SIZE);
  for (t_what = 0; yield* t_call(p, false); t_what++) yield* t_one();
  say('cases', t_what);
  yield* t_by();
  vm_unlock();
}
`;

const CASES = [...TEST.matchAll(/t_(reader|writer)\(\w+, '([^']+)'/g)].map(([, how, name]) => ({
  name: name!,
  reads: how === 'reader' ? 1 : 0,
}));
const waits = {
  waits: 1,
  'has changed': 0,
  'has had it': 0,
  'has changed by then': 0,
  done: 1,
  free: 1,
  left: 0,
};

const answers = kernelTests('takes the lock of its map and gives it back', TEST, {
  ...Object.fromEntries(CASES.map(({ name, reads }) => [name, { ...waits, 'when we only read': reads }])),
  locked: {
    'is counted': 0,
    'is free': 0,
    'a page may move': 0,
    'the map is read': 0,
    'is swapped out': 0,
    references: 1,
    'has mappings': 1,
  },
  free: {
    'is counted': 1,
    'is free': 1,
    'a page may move': 1,
    'the map is read': 1,
    'is swapped out': 1,
    references: 1,
    'has mappings': 0,
  },
  'locked kernel': { memory: 0 },
  'free kernel': { memory: 1 },
});

test('has each of the cases been tried?', () => {
  expect(CASES.length).toBeGreaterThan(25);
  expect(answers().said.get('cases')).toBe(CASES.length);
});

/** How often functions take such a lock, by their text. */
function takers(): Map<string, number> {
  const files = [...readSources(fileURLToPath(new URL('../src/', import.meta.url))).values()];
  const functions = files.flatMap((text) => text.split(/^(?=(?:export )?function\*? )/m));
  const found = new Map<string, number>();
  for (const text of functions) {
    const n = text.match(/yield\* vm_map_lock(?:_read|_upgrade)?\(/g)?.length ?? 0;
    if (n > 0) found.set(/^(?:export )?function\*? (\w+)/.exec(text)![1]!, n);
  }
  return found;
}

test('has each place where such a lock is taken a case?', () => {
  const cases = (taker: string): number => CASES.filter(({ name }) => name.split(',')[0] === taker).length;
  const found = takers();
  // It runs once, when nobody else knows the map.
  found.delete('kmem_init');
  // Its first upgrade is for an address below what bounds the stack: then the lookup finds another entry.
  found.set('vm_map_growstack', found.get('vm_map_growstack')! - 1);
  expect(found.size).toBeGreaterThan(20);
  expect([...found].filter(([taker, n]) => cases(taker) < n)).toEqual([]);
});
