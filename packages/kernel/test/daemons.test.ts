import { kernelTests } from './module.js';

/**
 * What the daemons do for others: whom the page daemon wakes and how often it looks, pages that cannot be
 * written, swap space that runs out, and a process that others wait for while it is swapped.
 */
const TEST = `
let t_object: vm_object = null;
let t_next: u32 = 0;
let t_chan: int = 0;
let t_error: int = 0;
let t_done: int = 0;

function* t_nap(timo: int): Sleeps {
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', timo);
}
/** A new page of the object: whole, dirty, unmapped, at the end of the inactive queue. */
function* t_page(): Sleeps<vm_page> {
  const m = yield* vm_page_grab(t_object, t_next++, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  m.valid = VM_PAGE_BITS_ALL;
  m.dirty = VM_PAGE_BITS_ALL;
  m.flags &= ~(PG_ZERO | PG_REFERENCED);
  vm_page_wakeup(m);
  vm_page_deactivate(m);
  return m;
}

/** Another process, which waits for pages. */
export function* t_waiter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_error = yield* tsleep($addr($ref(cnt.v_free_count)), PVM, 'twait', 10 * hz);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_wakeups(): Sleeps {
  vm_pages_needed = 0;
  say('page daemon: asleep', t_is(pageproc.p_stat === SSLEEP && pageproc.p_wchan === $addr($ref(vm_pages_needed))));
  yield* kthread_create(t_waiter, 0, null, 0, 'twait');
  yield* t_nap(3);
  say('page daemon: others wait', 1 - t_done);
  pagedaemon_wakeup();
  say('page daemon: called', t_is(pageproc.p_stat === SRUN));
  yield* t_nap(3);
  say('page daemon: has enough', vm_pages_needed);
  say('page daemon: others woken', t_done);
  say('page daemon: in time', t_error);
}

/** As long as there are too few pages it goes on, with half a second between its passes. */
function* t_passes(): Sleeps {
  const woken = cnt.v_pdwakeups;
  const before = cnt.v_free_min;
  for (let i = 0; i < 4; i++) yield* t_page();
  /* What it frees is never enough. */
  cnt.v_free_min = cnt.v_page_count;
  pagedaemon_wakeup();
  yield* t_nap(3 * hz);
  cnt.v_free_min = before;
  const passes = cnt.v_pdwakeups - woken;
  say('short: looks again', t_is(passes >= 4));
  say('short: looks now and then', t_is(passes <= 12));
  yield* t_nap(hz);
  say('short: has enough', vm_pages_needed);
}

/** Pages that cannot be written. */
function* t_failures(): Sleeps {
  const m = yield* t_page();
  vm_page_io_start(m);
  vm_object_pip_add(t_object, 1);
  say('failed: counts', t_is(vm_pageout_flushed(t_object, m, VM_PAGER_FAIL)));
  say('failed: active', t_is(m.queue === PQ_ACTIVE));
  say('failed: dirty', t_is(m.dirty !== 0));
  say('failed: in transfer', m.busy);
  say('failed: paging', t_object.paging_in_progress);
}

/** Swap space is taken until there is no more; three blocks are left, and no two of them side by side. */
function* t_no_swap(): Sleeps {
  let n: int = BLIST_MAX_ALLOC;
  let last = SWAPBLK_NONE;
  while (n > 0) {
    const blk = swp_pager_getswapspace(n);
    if (blk === SWAPBLK_NONE) n >>= 1;
    else last = blk + n - 1;
  }
  for (let i = 0; i < 3; i++) swp_pager_freeswapspace(last - 2 * i, 1);
  say('reserve: left', vm_swap_size);
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  say('reserve: too many', yield* swap_pager_reserve(o, 1, 4));
  say('reserve: none lost', vm_swap_size);
  let kept = 0;
  for (let i: u32 = 0; i < 16; i++) if (swp_pager_meta_ctl(o, i, 0) !== SWAPBLK_NONE) kept++;
  say('reserve: none kept', kept);
  say('reserve: enough', yield* swap_pager_reserve(o, 1, 3));
  say('reserve: all taken', vm_swap_size);
  /* A page that finds no room leaves the queue; its neighbour is the next to be looked at. */
  const m = yield* t_page();
  t_next += 32;
  const next = yield* t_page();
  const cleaned = $var<int>();
  const found = yield* vm_pageout_launder(m, cleaned);
  say('no room: cleaned', cleaned[0]);
  say('no room: active', t_is(m.queue === PQ_ACTIVE));
  say('no room: goes on', t_is(found === next));
  /* A front that begins in the middle of what it swallows has its blocks where they belong. */
  const front = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  front.backing_object_offset = $i64(2 * PAGE_SIZE);
  vm_object_set_backing(front, o);
  const second = swp_pager_meta_ctl(o, 2, 0);
  const third = swp_pager_meta_ctl(o, 3, 0);
  yield* vm_object_collapse(front);
  say('collapse: swallowed', t_is(front.backing_object === null));
  say('collapse: first block', t_is(swp_pager_meta_ctl(front, 0, 0) === second));
  say('collapse: second block', t_is(swp_pager_meta_ctl(front, 1, 0) === third));
  say('collapse: other blocks', vm_swap_size);
  yield* vm_object_deallocate(front);
  say('collapse: given back', vm_swap_size);
}

/** No window of a buffer shows a page when its transfer is over. */
function* t_windows(): Sleeps {
  const m = yield* t_page();
  yield* vm_pageout_clean(m);
  while (m.busy !== 0) yield* t_nap(1);
  let shown = 0;
  for (let i = 0; i < nswbuf; i++) {
    const bp = $idx(swbuf, i);
    for (let va = bp.b_kvabase; va < bp.b_kvabase + MAXPHYS; va += PAGE_SIZE)
      if (pmap_kextract(va) !== 0) shown++;
  }
  say('buffers: on swap', t_is(swp_pager_meta_ctl(t_object, m.pindex, 0) !== SWAPBLK_NONE));
  say('buffers: pages shown', shown);
}

/** Another process that wants this one in memory. */
export function* t_wants(arg: u32, frame: trapframe): Sleeps {
  const p = $cast<proc>(arg);
  yield* mtx_lock(Giant);
  yield* PROC_LOCK(p);
  yield* faultin(p);
  PROC_UNLOCK(p);
  t_done = 1;
  yield* kthread_exit(0);
}
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_chan)), PVM, 'tsleep', 0);
  yield* kthread_exit(0);
}
function* t_swapped(): Sleeps {
  const pp = $var<proc>();
  t_done = 0;
  yield* kthread_create(t_sleeper, 0, pp, 0, 'tsleep');
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  const p = pp[0];
  /* It is on its way out, says its flag. */
  p.p_sflag &= ~PS_INMEM;
  p.p_sflag |= PS_SWAPPING;
  yield* kthread_create(t_wants, $addr(p), null, 0, 'twants');
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('swapping: waited for', 1 - t_done);
  const holds = p.p_lock;
  yield* pmap_swapout_proc(p);
  say('swapping: stack mapped', t_is(pmap_kextract($addr(p.p_addr)) !== 0));
  p.p_sflag &= ~PS_SWAPPING;
  yield* PROC_LOCK(p);
  yield* faultin(p);
  PROC_UNLOCK(p);
  say('swapping: held as before', p.p_lock - holds);
  say('swapping: in', t_is((p.p_sflag & (PS_INMEM | PS_SWAPPING)) === PS_INMEM));
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('swapping: told', t_done);
}

/** What keeps a process in memory. */
function* t_stays(): Sleeps {
  const pp = $var<proc>();
  yield* kthread_create(t_sleeper, 0, pp, 0, 'tsleep');
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  const p = pp[0];
  p.p_slptime = 100;
  say('may go: in an important wait', t_is(swapout_idle(p, VM_SWAP_NORMAL)));
  p.p_priority = PSOCK;
  say('may go: in another', t_is(swapout_idle(p, VM_SWAP_NORMAL)));
  p.p_slptime = 0;
  say('may go: for a moment', t_is(swapout_idle(p, VM_SWAP_NORMAL)));
  p.p_slptime = 100;
  const flags = p.p_flag;
  const held = p.p_lock;
  p.p_flag &= ~P_SYSTEM;
  yield* PROC_LOCK(p);
  p.p_lock = 0;
  say('may go: nobody holds it', t_is(swapout_eligible(p, VM_SWAP_NORMAL)));
  p.p_lock++;
  say('may go: held', t_is(swapout_eligible(p, VM_SWAP_NORMAL)));
  p.p_lock = 1;
  say('may go: held meanwhile', t_is(yield* swapout(p, VM_SWAP_NORMAL)));
  yield* PROC_LOCK(p);
  p.p_sflag &= ~PS_INMEM;
  say('limit: swapped out', $i32(vm_daemon_limit(p)));
  p.p_sflag |= PS_INMEM;
  p.p_lock = held;
  PROC_UNLOCK(p);
  p.p_flag = flags;
}

/** Who takes a page when there are few tells the page daemon. */
function* t_tells(): Sleeps {
  const most = cnt.v_cache_min;
  const m = yield* t_page();
  vm_page_undirty(m);
  vm_page_cache(m);
  cnt.v_cache_min = cnt.v_page_count;
  vm_pages_needed = 0;
  const n = vm_page_alloc(t_object, t_next++, VM_ALLOC_NORMAL);
  say('told: by alloc', vm_pages_needed);
  vm_pages_needed = 0;
  vm_page_unqueue(m);
  say('told: by unqueue', vm_pages_needed);
  cnt.v_cache_min = most;
  vm_pageout_pages_needed = 1;
  vm_page_busy(m);
  vm_page_free(m);
  say('told: once only', vm_pageout_pages_needed);
  vm_page_free(n);
  vm_pages_needed = 0;
  const o = yield* t_page();
  yield* swap_pager_reserve(t_object, o.pindex, 1);
  swap_pager_unswapped(o);
  say('unswapped: block', t_is(swp_pager_meta_ctl(t_object, o.pindex, 0) !== SWAPBLK_NONE));
  /* No more than are short, and who is in use is made up for. */
  for (let i = 0; i < 3; i++) vm_page_undirty(yield* t_page());
  const before = cnt.v_free_count + cnt.v_cache_count;
  yield* vm_pageout_scan_inactive(0, 1, 0);
  say('shortage: no more than that', t_is(cnt.v_free_count + cnt.v_cache_count <= before + 1));
  for (let i = 0; i < 3; i++) {
    const old = yield* t_page();
    vm_page_activate(old);
    old.act_count = 0;
  }
  const active = cnt.v_active_count;
  yield* vm_pageout_scan_active(1);
  say('shortage: one of the active', $i32(active - cnt.v_active_count));
  const held = yield* t_page();
  vm_page_hold(held);
  say('shortage: in use', t_is((yield* vm_pageout_scan_inactive(0, 1000, 0)) >= 1));
  vm_page_unhold(held);
}

/** A page becomes free: those who wait for one hear of it at once. */
function* t_freed(): Sleeps {
  t_done = 0;
  const m = yield* t_page();
  yield* kthread_create(t_waiter, 0, null, 0, 'twait');
  yield* t_nap(3);
  vm_pages_needed = 1;
  vm_page_busy(m);
  vm_page_free(m);
  say('freed: nobody waits', vm_pages_needed);
  yield* t_nap(1);
  say('freed: woken', t_done);
  t_done = 0;
  const n = yield* t_page();
  vm_page_undirty(n);
  yield* kthread_create(t_waiter, 0, null, 0, 'twait');
  yield* t_nap(3);
  vm_pages_needed = 1;
  vm_page_cache(n);
  say('cached: nobody waits', vm_pages_needed);
  yield* t_nap(1);
  say('cached: woken', t_done);
  vm_pageout_deficit = 7;
  yield* vm_pageout_scan(0);
  say('scan: deficit', vm_pageout_deficit);
}

/** What is read along: neighbours whose blocks are neighbours, too. */
function* t_along(): Sleeps {
  const pages = $local<array<vm_page, 4>>();
  const end = $var<int>();
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* swap_pager_reserve(o, 0, 4);
  for (let i: u32 = 0; i < 4; i++) {
    pages[i] = yield* vm_page_grab(o, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  }
  const blk = swp_pager_meta_ctl(o, 1, 0);
  say('along: in one piece', t_is(swp_pager_meta_ctl(o, 3, 0) === blk + 2));
  say('along: from', swp_pager_getrange($ref(pages[0]), 4, 1, blk, end));
  say('along: to', end[0]);
  /* The outer ones change places. */
  const first = swp_pager_meta_ctl(o, 0, SWM_POP);
  const last = swp_pager_meta_ctl(o, 3, SWM_POP);
  yield* swp_pager_meta_build(o, 0, last);
  yield* swp_pager_meta_build(o, 3, first);
  say('along: not from elsewhere, from', swp_pager_getrange($ref(pages[0]), 4, 1, blk, end));
  say('along: not from elsewhere, to', end[0]);
  for (let i: u32 = 0; i < 4; i++) vm_page_free(pages[i]);
  yield* vm_object_deallocate(o);
}

/** A process that runs is said to run, and where, after a switch to nobody else, too. */
function* t_running(p: proc): Sleeps {
  mtx_lock_spin(sched_lock);
  setrunqueue(p);
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
  say('running: here', p.p_oncpu - get_pcpu().cpuid);
}

/** A first pass writes no more than a few dirty pages. */
function* t_bound(): Sleeps {
  for (let i = 0; i < 8; i++) {
    const m = yield* t_page();
    m.flags |= PG_WINATCFLS;
    /* No neighbours that would be written along. */
    t_next++;
  }
  const written = cnt.v_swapout;
  const most = vm_max_launder;
  vm_max_launder = 2;
  yield* vm_pageout_scan_inactive(0, 1000, 0);
  vm_max_launder = most;
  say('first pass: writes', $i32(cnt.v_swapout - written));
}

/** Who wants a page written before he goes on is told when it is. */
function* t_synchronous(): Sleeps {
  const mp = $var<vm_page>();
  const status = $var<int>();
  const m = yield* t_page();
  const begun = ticks;
  mp[0] = m;
  vm_page_io_start(m);
  vm_object_pip_add(t_object, 1);
  yield* vm_pager_put_pages(t_object, mp, 1, VM_PAGER_PUT_SYNC, status);
  say('synchronous: at once', t_is(ticks - begun < hz));
  say('synchronous: written', t_is(status[0] === VM_PAGER_OK || status[0] === VM_PAGER_PEND));
  say('synchronous: in transfer', m.busy);
}

/** Without memory for what is known of a swap block, its owner waits. */
export function* t_builder(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* swp_pager_meta_build(t_object, 200, $i32(arg));
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_no_memory(): Sleeps {
  const blk = swp_pager_getswapspace(1);
  const most = swap_zone.zpagemax;
  const items = swap_zone.zitems;
  const unused = swap_zone.zfreecnt;
  t_done = 0;
  swap_zone.zpagemax = swap_zone.zpagecount;
  swap_zone.zitems = 0;
  swap_zone.zfreecnt = 0;
  yield* kthread_create(t_builder, $u32(blk), null, 0, 'tbuild');
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('no memory: waits', 1 - t_done);
  swap_zone.zpagemax = most;
  swap_zone.zitems = items;
  swap_zone.zfreecnt = unused;
  vm_pages_needed = 0;
  pagedaemon_wakeup();
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
  say('no memory: done', t_done);
  say('no memory: block', t_is(swp_pager_meta_ctl(t_object, 200, 0) === blk));
}

/** A process id that is in use is nobody else's. */
function* t_pids(p: proc): Sleeps {
  yield* sx_xlock(allproc_lock);
  nextpid = p.p_pid - 1;
  pidchecked = 0;
  say('pid: taken', t_is(fork_newpid(0) === p.p_pid));
  sx_xunlock(allproc_lock);
}

/** A size that wraps has no place. */
function t_space(p: proc): void {
  const addr = $var<vm_offset_t>();
  say('space: all but a page', vm_map_findspace(p.p_vmspace.vm_map, 0x2000, 0xfffff000, addr));
  say('space: a page', vm_map_findspace(p.p_vmspace.vm_map, 0x2000, 0x1000, addr));
}

/** Of two references one goes: then one mapping is left, unless another object looks through it. */
function* t_one_mapping(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const front = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_set_backing(front, o);
  vm_object_reference(o);
  vm_object_clear_flag(o, OBJ_ONEMAPPING);
  say('drop: shadowed', t_is(vm_object_drop(o)));
  say('drop: shadowed, mappings', t_is((o.flags & OBJ_ONEMAPPING) !== 0));
  vm_object_unshadow(front);
  front.backing_object = null;
  say('drop: alone', t_is(vm_object_drop(o)));
  say('drop: alone, mappings', t_is((o.flags & OBJ_ONEMAPPING) !== 0));
  yield* vm_object_deallocate(front);
  yield* vm_object_deallocate(o);
}

/** This process has more pages than it may, and the daemon notes that, in one way or the other. */
function* t_over(p: proc, keeps: int): Sleeps {
  const kept = regime.vm_daemon_allproc;
  const refers = regime.vm_daemon_vmspace_ref;
  const most = p.p_limit.pl_rlimit[RLIMIT_RSS].rlim_cur;
  const references = p.p_vmspace.vm_refcnt;
  regime.vm_daemon_allproc = keeps;
  regime.vm_daemon_vmspace_ref = 1;
  p.p_limit.pl_rlimit[RLIMIT_RSS].rlim_cur = $i64(PAGE_SIZE);
  wakeup($addr($ref(vm_daemon_needed)));
  yield* t_nap(5);
  p.p_limit.pl_rlimit[RLIMIT_RSS].rlim_cur = most;
  regime.vm_daemon_vmspace_ref = refers;
  regime.vm_daemon_allproc = kept;
  printf('= over %d: more references %d\\n', keeps, p.p_vmspace.vm_refcnt - references);
}
/** Address spaces that are given to their zone late, by who wants another one. */
function* t_late(): Sleeps {
  const now = regime.vmspace_zfree_now;
  const used = vmspace_zone.ztotal - vmspace_zone.zfreecnt;
  regime.vmspace_zfree_now = 0;
  yield* vmspace_free(yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS));
  say('late: used', vmspace_zone.ztotal - vmspace_zone.zfreecnt - used);
  yield* vmspace_free(yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS));
  say('late: no more', vmspace_zone.ztotal - vmspace_zone.zfreecnt - used);
  regime.vmspace_zfree_now = now;
  yield* vmspace_free(yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS));
  if (now !== 0) say('late: in the end', vmspace_zone.ztotal - vmspace_zone.zfreecnt - used);
}

function* test(p: proc): Sleeps {
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 256);
  yield* t_wakeups();
  yield* t_passes();
  yield* t_failures();
  yield* t_windows();
  yield* t_swapped();
  yield* t_stays();
  yield* t_tells();
  yield* t_freed();
  yield* t_along();
  yield* t_running(p);
  yield* t_bound();
  yield* t_synchronous();
  yield* t_no_memory();
  yield* t_pids(p);
  t_space(p);
  yield* t_one_mapping();
  yield* t_over(p, 0);
  yield* t_over(p, 1);
  yield* t_late();
  yield* t_no_swap();
}
`;

const expected: Record<string, Record<string, number>> = {
  'page daemon': {
    asleep: 1,
    'others wait': 1,
    called: 1,
    'has enough': 0,
    'others woken': 1,
    'in time': 0,
  },
  short: { 'looks again': 1, 'looks now and then': 1, 'has enough': 0 },
  failed: { counts: 0, active: 1, dirty: 1, 'in transfer': 0, paging: 0 },
  buffers: { 'on swap': 1, 'pages shown': 0 },
  swapping: { 'stack mapped': 0, 'held as before': 0, 'waited for': 1, in: 1, told: 1 },
  'may go': {
    'in an important wait': 0,
    'in another': 1,
    'for a moment': 0,
    'nobody holds it': 1,
    held: 0,
    'held meanwhile': 0,
  },
  limit: { 'swapped out': 0 },
  told: { 'by alloc': 1, 'by unqueue': 1, 'once only': 0 },
  unswapped: { block: 0 },
  shortage: { 'no more than that': 1, 'one of the active': 1, 'in use': 1 },
  freed: { 'nobody waits': 0, woken: 1 },
  cached: { 'nobody waits': 0, woken: 1 },
  scan: { deficit: 0 },
  along: {
    'in one piece': 1,
    from: 0,
    to: 4,
    'not from elsewhere, from': 1,
    'not from elsewhere, to': 3,
  },
  running: { here: 0 },
  'first pass': { writes: 2 },
  synchronous: { 'at once': 1, written: 1, 'in transfer': 0 },
  'no memory': { waits: 1, done: 1, block: 1 },
  pid: { taken: 0 },
  space: { 'all but a page': 1, 'a page': 0 },
  drop: { shadowed: 0, 'shadowed, mappings': 0, alone: 1, 'alone, mappings': 1 },
  'over 0': { 'more references': 0 },
  'over 1': { 'more references': 0 },
  late: { used: 1, 'no more': 1, 'in the end': 0 },
  reserve: { left: 3, 'too many': -1, 'none lost': 3, 'none kept': 0, enough: 0, 'all taken': 0 },
  'no room': { cleaned: 0, active: 1, 'goes on': 1 },
  collapse: { swallowed: 1, 'first block': 1, 'second block': 1, 'other blocks': 1, 'given back': 3 },
};

kernelTests('daemons', TEST, expected);
