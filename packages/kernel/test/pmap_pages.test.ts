import { kernelTests } from './module.js';

/**
 * What the physical map does with pages of its own: page tables that go, or that somebody else has in hand
 * when a map goes, tables of the kernel, kernel stacks, and pv entries that have to be taken from others.
 */
const TEST = `
const AT: u32 = 0x30000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_object: vm_object = null;
let t_me: pmap = null;
let t_window: u32 = 0;
let t_chan: int = 0;
let t_done: int = 0;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
}

/** A page table of another map, seen through the window, goes with its last mapping. */
function* t_table(): Sleeps {
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const map = vmspace_pmap(vm);
  const m = yield* t_clean_page(t_object, 0);
  pmap_enter(map, AT, m, T_RW, false);
  pmap_pte_quick(map, AT);
  const table = vm_page_lookup(map.pm_pteobj, AT >> 22);
  say('table: in the window', t_is((PMAP1[0] & PG_FRAME) === VM_PAGE_TO_PHYS(table)));
  pmap_remove(map, AT, AT + PAGE_SIZE);
  say('table: free', t_is(VM_PAGE_QUEUE_BASE(table) === PQ_FREE));
  say('table: flags but that it is zero', table.flags & ~PG_ZERO);
  say('table: still in the window', t_is((PMAP1[0] & PG_FRAME) === VM_PAGE_TO_PHYS(table)));
  yield* vmspace_free(vm);
}

/** No pv entry is left: another page gives its own away. */
function* t_no_entries(): Sleeps {
  const victim = yield* t_clean_page(t_object, 1);
  const m = yield* t_clean_page(t_object, 2);
  pmap_enter(t_me, AT, victim, T_RW, false);
  pmap_enter(t_me, AT + PAGE_SIZE, m, T_RW, false);
  pmap_remove(t_me, AT + PAGE_SIZE, AT + 2 * PAGE_SIZE);
  victim.flags |= PG_MAPPED | PG_WRITEABLE;
  const most = pvzone.zpagemax;
  const items = pvzone.zitems;
  const unused = pvzone.zfreecnt;
  pvzone.zpagemax = pvzone.zpagecount;
  pvzone.zitems = 0;
  pvzone.zfreecnt = 0;
  pv_reclaim_rover = $i32(atop(VM_PAGE_TO_PHYS(victim)) - first_page);
  say('entries: entered', t_is(pmap_enter(t_me, AT + PAGE_SIZE, m, T_RW, false)));
  say('entries: of the other page', victim.md_pv_list_count);
  say('entries: of this page', m.md_pv_list_count);
  say('entries: other mapping', $i32(pmap_extract(t_me, AT)));
  pvzone.zpagemax = most;
  pvzone.zitems = items;
  pvzone.zfreecnt = unused;
  pmap_remove(t_me, AT, AT + 2 * PAGE_SIZE);
}

/** The kernel stack of a process that is no process's yet. */
let t_proc: embed<proc>;
function* t_stack(): Sleeps {
  yield* pmap_new_proc(t_proc);
  const free_blocks = vm_swap_size;
  yield* swap_pager_reserve(t_proc.p_upages_obj, 0, UPAGES);
  say('stack: on swap', free_blocks - vm_swap_size);
  yield* pmap_dispose_proc(t_proc);
  say('stack: left on swap', free_blocks - vm_swap_size);
  say('stack: pages left', t_proc.p_upages_obj.resident_page_count);
}

/** Another process, which releases a map that nobody uses any more. */
export function* t_releaser(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* pmap_release($cast<pmap>(arg));
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_release(): Sleeps {
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const map = vmspace_pmap(vm);
  const directory = TAILQ_FIRST(map.pm_pteobj.memq);
  vm_page_busy(directory);
  t_done = 0;
  yield* kthread_create(t_releaser, $addr(map), null, 0, 'trelease');
  yield* t_nap();
  say('release: waits', 1 - t_done);
  /* Woken, but somebody else was faster. */
  vm_page_wakeup(directory);
  vm_page_busy(directory);
  yield* t_nap();
  say('release: waits again', 1 - t_done);
  vm_page_wakeup(directory);
  yield* t_nap();
  say('release: done', t_done);
  say('release: pages left', map.pm_pteobj.resident_page_count);
}

/** New directories, and tables of the kernel, are empty, whatever was in the pages before. */
function* t_grow(): Sleeps {
  let n: u32 = 0;
  let dirty: u32 = 0;
  for (; n < 200; n++) {
    const m = vm_page_alloc(t_object, 16 + n, VM_ALLOC_NORMAL);
    if (m === null) break;
    pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
    for (let at: u32 = 0; at < PAGE_SIZE; at += 4) $st32(t_window + at, 7);
    pmap_kremove(t_window);
  }
  for (let i: u32 = 0; i < n; i++) {
    const m = vm_page_lookup(t_object, 16 + i);
    m.flags &= ~PG_ZERO;
    vm_page_free(m);
  }
  /* The first of each colour is what a table is made of. */
  for (let q = 0; q < PQ_L2_SIZE; q++) {
    const m = TAILQ_FIRST(vm_page_queues[PQ_FREE + q].pl);
    pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
    if ($ld32(t_window) === 7) dirty++;
    pmap_kremove(t_window);
  }
  say('grow: pages that are not zero', t_is(dirty === PQ_L2_SIZE));
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const dir = vmspace_pmap(vm).pm_pdir;
  let users = 0;
  for (let i: u32 = 0; i < PTDPTDI; i++) if (dir[i] !== 0) users++;
  say('grow: tables in a new directory', users);
  const from = kernel_vm_end;
  pmap_growkernel(from + NBPDR);
  say('grow: by', $i32((kernel_vm_end - from) / NBPDR));
  let filled = 0;
  for (let va = from; va < kernel_vm_end; va += PAGE_SIZE) if (vtopte(va)[0] !== 0) filled++;
  say('grow: entries', filled);
}

function* test(p: proc): Sleeps {
  t_me = vmspace_pmap(p.p_vmspace);
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 256);
  yield* t_table();
  yield* t_no_entries();
  yield* t_stack();
  yield* t_release();
  yield* t_grow();
}
`;

const expected: Record<string, Record<string, number>> = {
  table: { 'in the window': 1, free: 1, 'flags but that it is zero': 0, 'still in the window': 0 },
  entries: { entered: 1, 'of the other page': 0, 'of this page': 1, 'other mapping': 0 },
  stack: { 'on swap': 2, 'left on swap': 0, 'pages left': 0 },
  release: { waits: 1, 'waits again': 1, done: 1, 'pages left': 0 },
  grow: { 'pages that are not zero': 1, 'tables in a new directory': 0, by: 2, entries: 0 },
};

kernelTests('pages of the physical map', TEST, expected);
