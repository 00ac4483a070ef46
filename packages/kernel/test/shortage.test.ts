import { kernelTests } from './module.js';

/**
 * When there are too few pages: the page daemon goes on until there are enough, and is told when there is
 * what it waits for itself; a process that is swapped out gives all its mappings back; and when swap is full,
 * too, somebody is killed.
 */
const TEST = `
const AT: u32 = 0x30000000;
let t_object: vm_object = null;
let t_chan: int = 0;
let t_done: int = 0;

function* t_nap(timo: int): Sleeps {
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', timo);
}

/** Another process, which waits as the page daemon does when it has no page for its own work. */
export function* t_waiter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(vm_pageout_pages_needed)), PVM, 'twait', 0);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_daemon_waits(): Sleeps {
  const m = yield* t_inactive_page(t_object, 0);
  yield* kthread_create(t_waiter, 0, null, 0, 'twait');
  yield* t_nap(3);
  vm_page_busy(m);
  vm_page_free(m);
  yield* t_nap(1);
  say('daemon: waits though nobody said so', 1 - t_done);
  const n = yield* t_inactive_page(t_object, 0);
  vm_pageout_pages_needed = 1;
  vm_page_busy(n);
  vm_page_free(n);
  yield* t_nap(1);
  say('daemon: told of a free page', t_done);
  say('daemon: once', vm_pageout_pages_needed);
}

/** A page in somebody's hands is mapped by a process that is swapped out. */
function* t_swapped(): Sleeps {
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  const map = vmspace_pmap(vm);
  const rw = VM_PROT_READ | VM_PROT_WRITE;
  vm_object_reference(t_object);
  yield* vm_map_lock(vm.vm_map);
  yield* vm_map_insert(vm.vm_map, t_object, 0, AT, AT + 4 * PAGE_SIZE, rw, rw, 0);
  vm_map_unlock(vm.vm_map);
  const m = yield* t_inactive_page(t_object, 1);
  const n = yield* t_inactive_page(t_object, 2);
  pmap_enter(map, AT + PAGE_SIZE, m, VM_PROT_READ, false);
  pmap_enter(map, AT + 2 * PAGE_SIZE, n, VM_PROT_READ, false);
  m.flags |= PG_MAPPED;
  n.flags |= PG_MAPPED;
  vm_page_hold(m);
  vm_page_busy(n);
  yield* vm_pageout_object_deactivate_pages(vm.vm_map, t_object, 0, false);
  say('limit: a busy page stays where it is', t_is(n.queue === PQ_INACTIVE && n.md_pv_list_count === 1));
  vm_page_wakeup(n);
  yield* vm_pageout_map_deactivate_pages(vm.vm_map, 3);
  say('limit: within it', map.pm_resident_count);
  yield* vm_pageout_map_deactivate_pages(vm.vm_map, 0);
  say('limit: swapped out', map.pm_resident_count);
  say('limit: mappings of the held page', m.md_pv_list_count);
  say('limit: map is free', t_is(vm_map_trylock(vm.vm_map) === 0));
  vm_map_unlock(vm.vm_map);
  vm_page_unhold(m);
  yield* vmspace_free(vm);
}

/** All pages of the queues are in somebody's hands; a byte each says which. */
function* t_hold_all(): Sleeps<u32> {
  const held = yield* malloc($u32(vm_page_array_size), M_TEMP, M_WAITOK | M_ZERO);
  for (let i = 0; i < vm_page_array_size; i++) {
    const m = $idx(vm_page_array, i);
    if (m.queue !== PQ_ACTIVE && m.queue !== PQ_INACTIVE) continue;
    vm_page_hold(m);
    $st8(held + $u32(i), 1);
  }
  return held;
}
function t_unhold(held: u32): void {
  for (let i = 0; i < vm_page_array_size; i++)
    if ($ld8(held + $u32(i)) !== 0) vm_page_unhold($idx(vm_page_array, i));
  free(held, M_TEMP);
}

/** There are enough for those who wait, and not as many as the daemon is to have. */
function* t_half_way(): Sleeps {
  const cache_min = cnt.v_cache_min;
  const swapping = vm_swap_enabled;
  vm_swap_enabled = 0;
  cnt.v_cache_min = cnt.v_page_count;
  /* Each page that is freed would end the call for more: there are none that can be. */
  const held = yield* t_hold_all();
  const woken = cnt.v_pdwakeups;
  pagedaemon_wakeup();
  yield* t_nap(3 * hz);
  t_unhold(held);
  cnt.v_cache_min = cache_min;
  vm_swap_enabled = swapping;
  say('half way: goes on', t_is(cnt.v_pdwakeups - woken >= 4));
  say('half way: now and then', t_is(cnt.v_pdwakeups - woken <= 12));
  yield* t_nap(hz);
  say('half way: has enough', vm_pages_needed);
}

/** pv entries run short: the page daemon takes mappings away, of pages in use, too. */
function* t_collected(p: proc): Sleeps {
  const map = vmspace_pmap(p.p_vmspace);
  const m = yield* t_inactive_page(t_object, 3);
  vm_page_activate(m);
  pmap_enter(map, AT, m, VM_PROT_READ, false);
  m.flags |= PG_MAPPED;
  yield* vm_pageout_scan(0);
  say('pv entries: kept while there are some', m.md_pv_list_count);
  pmap_pagedaemon_waken = 1;
  yield* vm_pageout_scan(0);
  say('pv entries: taken', m.md_pv_list_count);
  say('pv entries: asked for', pmap_pagedaemon_waken);
}

/** Somebody's mark on the inactive queue is no page. */
let t_marker: embed<vm_page>;
function* t_marked(): Sleeps {
  const q = vm_page_queues[PQ_INACTIVE].pl;
  const m = yield* t_inactive_page(t_object, 4);
  /* Looked at once only: what is busy stays where it is, at the head. */
  vm_page_unqueue(m);
  _vm_page_deactivate(m, true);
  vm_page_busy(m);
  yield* vm_pageout_scan_inactive(0, 1000, 0);
  const in_use = yield* vm_pageout_scan_inactive(0, 1000, 0);
  /* The mark is one of the many that are looked at: here is one more, which is not in use. */
  yield* t_inactive_page(t_object, 5);
  t_marker.flags = PG_BUSY | PG_FICTITIOUS | PG_MARKER;
  t_marker.queue = PQ_INACTIVE;
  t_marker.wire_count = 1;
  TAILQ_INSERT_HEAD(q, t_marker, 'pageq');
  say('marker: in use with it', (yield* vm_pageout_scan_inactive(0, 1000, 0)) - in_use);
  TAILQ_REMOVE(q, t_marker, 'pageq');
  say('marker: in use', in_use);
  vm_page_wakeup(m);
}

/** Another process, which is swapped out, as its flag says, and wanted while there is no memory. */
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_done)), PVM, 'tsleep', 0);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_wanted(): Sleeps {
  const pp = $var<proc>();
  t_done = 0;
  yield* kthread_create(t_sleeper, 0, pp, 0, 'tsleeper');
  yield* t_nap(3);
  const p = pp[0];
  p.p_sflag &= ~PS_INMEM;
  yield* pmap_swapout_proc(p);
  const free_min = cnt.v_free_min;
  cnt.v_free_min = cnt.v_page_count;
  wakeup($addr($ref(t_done)));
  yield* t_nap(3);
  say('swapped: stays out without memory', t_is((p.p_sflag & PS_INMEM) === 0));
  cnt.v_free_min = free_min;
  pagedaemon_wakeup();
  yield* t_nap(2 * hz);
  say('swapped: runs when there is some', t_done);
}

/** Neither memory nor swap: of all processes only this one may be killed. */
function* t_killed(p: proc): Sleeps {
  const flags = $cast<ptr<int>>(yield* malloc(4096, M_TEMP, M_WAITOK));
  const free_min = cnt.v_free_min;
  const left = vm_swap_size;
  const nice = p.p_nice;
  /* It has something to give back. */
  const map = vmspace_pmap(p.p_vmspace);
  const m = yield* t_inactive_page(t_object, 6);
  vm_page_hold(m);
  pmap_enter(map, AT, m, VM_PROT_READ, false);
  m.flags |= PG_MAPPED;
  let i = 0;
  for (let q = LIST_FIRST(allproc); q !== null && i < 1000; q = LIST_NEXT(q, 'p_list')) {
    flags[i++] = q.p_flag;
    if (q !== p) q.p_flag |= P_SYSTEM;
  }
  say('full: not yet killed', t_is((p.p_flag & P_KILLED) !== 0));
  yield* vm_pageout_scan(0);
  say('full: memory and swap are left', t_is((p.p_flag & P_KILLED) !== 0));
  cnt.v_free_min = cnt.v_page_count;
  vm_swap_size = 0;
  yield* vm_pageout_scan(0);
  cnt.v_free_min = free_min;
  vm_swap_size = left;
  say('full: killed', t_is((p.p_flag & P_KILLED) !== 0));
  i = 0;
  for (let q = LIST_FIRST(allproc); q !== null && i < 1000; q = LIST_NEXT(q, 'p_list')) q.p_flag = flags[i++];
  p.p_siglist = 0;
  p.p_nice = nice;
  pmap_remove(map, AT, AT + PAGE_SIZE);
  vm_page_unhold(m);
  free($addr(flags), M_TEMP);
}

function* test(p: proc): Sleeps {
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  yield* t_daemon_waits();
  yield* t_swapped();
  yield* t_half_way();
  yield* t_collected(p);
  yield* t_marked();
  yield* t_wanted();
  yield* t_killed(p);
}
`;

const expected: Record<string, Record<string, number>> = {
  daemon: { 'waits though nobody said so': 1, 'told of a free page': 1, once: 0 },
  limit: {
    'a busy page stays where it is': 1,
    'within it': 3,
    'swapped out': 0,
    'mappings of the held page': 0,
    'map is free': 1,
  },
  'half way': { 'goes on': 1, 'now and then': 1, 'has enough': 0 },
  'pv entries': { 'kept while there are some': 1, taken: 0, 'asked for': 0 },
  marker: { 'in use with it': 0, 'in use': 1 },
  swapped: { 'stays out without memory': 1, 'runs when there is some': 1 },
  full: { 'not yet killed': 0, 'memory and swap are left': 0, killed: 1 },
};

kernelTests('too few pages', TEST, expected);
