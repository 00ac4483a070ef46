import { kernelTests } from './module.js';

/**
 * What the vm system owes: who waits for space, for a buffer or for another one's end is woken when it is
 * there, and what could not be done, or was done by somebody else meanwhile, has given back the references,
 * pages and objects that it took.
 */
const TEST = `
let t_go: int = 0;
let t_done: int = 0;
let t_map: vm_map = null;
let t_space: u32 = 0;
let t_type: u8 = 0;
let t_handle: u32 = 0;
let t_objects: array<vm_object, 2>;
let t_buf: buf = null;
let t_bufs: int = 0;
/** Whom another process waits for. */
let t_proc: proc = null;

/* What another process does. */
const T_SPACE = 0;
const T_SWAPON = 1;
const T_BUF = 2;
const T_COUNTED = 3;
const T_PAGING = 4;
const T_FAULTIN = 5;
const T_NOTHING = 6;
const T_MEMORY = 7;
/** And 9 for the second one. */
const T_OBJECT = 8;
const T_MALLOC = 10;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
}
export function* t_other(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep(arg === T_NOTHING ? $addr($ref(t_proc)) : $addr($ref(t_go)), PVM, 'tgo', 0);
  if (arg === T_SWAPON) {
    yield* swapon_enter();
    swapon_leave();
  } else if (arg === T_BUF || arg === T_COUNTED) {
    const count = arg === T_BUF ? null : $ref(t_bufs);
    t_buf = yield* getpbuf(count);
    relpbuf(t_buf, count);
  } else if (arg === T_FAULTIN) {
    yield* PROC_LOCK(t_proc);
    yield* faultin(t_proc);
    PROC_UNLOCK(t_proc);
  } else if (arg === T_MALLOC) {
    free(yield* malloc(64, M_OWED, M_WAITOK), M_OWED);
  } else if (arg === T_MEMORY) {
    yield* vm_lock();
    /* As if the page daemon had been told. */
    vm_pages_needed = 1;
    yield* vm_wait();
    vm_unlock();
  } else if (arg !== T_NOTHING) {
    yield* vm_lock();
    if (arg === T_SPACE) t_space = yield* kmem_alloc_wait(t_map, PAGE_SIZE);
    else if (arg === T_PAGING) yield* vm_object_pip_wait(t_objects[0], 'tpip');
    else t_objects[arg & 1] = yield* vm_pager_allocate(t_type, t_handle, PAGE_SIZE, VM_PROT_ALL, 0);
    vm_unlock();
  }
  t_done++;
  yield* kthread_exit(0);
}
function* t_start(what: u32): Sleeps {
  t_done = 0;
  yield* kthread_create(t_other, what, null, 0, 'tother');
  yield* t_nap();
}
function* t_let_go(): Sleeps {
  wakeup($addr($ref(t_go)));
  yield* t_nap();
}

/** A type of memory that may have no more: it sleeps for a second at most, and is to be woken long before. */
let M_OWED: embed<malloc_type> = $init({ ks_shortdesc: 'owed' });
function* t_limit(): Sleeps {
  const mine = yield* malloc(64, M_OWED, M_WAITOK);
  M_OWED.ks_limit = 64;
  yield* t_start(T_MALLOC);
  yield* t_let_go();
  say('limit: waits', 1 - t_done);
  free(mine, M_OWED);
  yield* t_nap();
  say('limit: done', t_done);
  say('limit: in the end', $i32(M_OWED.ks_inuse));
}
function* t_full(): Sleeps {
  const min = $var<vm_offset_t>();
  const max = $var<vm_offset_t>();
  t_map = yield* kmem_suballoc(kernel_map, min, max, 4 * PAGE_SIZE);
  say('full map: more than it has', $i32(yield* kmem_alloc_wait(t_map, 5 * PAGE_SIZE)));
  const all = yield* kmem_alloc_wait(t_map, 4 * PAGE_SIZE);
  say('full map: all', t_is(all === min[0]));
  yield* t_start(T_SPACE);
  yield* t_let_go();
  say('full map: waits', 1 - t_done);
  yield* kmem_free_wakeup(t_map, all + 2 * PAGE_SIZE, PAGE_SIZE);
  yield* t_nap();
  say('full map: done', t_done);
  say('full map: has what was given back', t_is(t_space === all + 2 * PAGE_SIZE));
  yield* kmem_free_wakeup(t_map, all, 4 * PAGE_SIZE);
  say('full map: left', t_map.nentries + $i32(t_map.size));
}
function* t_swapon(): Sleeps {
  yield* swapon_enter();
  yield* t_start(T_SWAPON);
  yield* t_let_go();
  say('swapon: waits', 1 - t_done);
  swapon_leave();
  yield* t_nap();
  say('swapon: done', t_done);
}
/** All buffers are out, or all that a kind of transfer may have. */
function* t_pbufs(): Sleeps {
  let out: buf = null;
  let last: buf = null;
  for (let bp = trypbuf(null); bp !== null; bp = trypbuf(null)) {
    $st32($addr(bp) + $offsetof<buf>('b_driver1'), $addr(out));
    out = bp;
  }
  yield* t_start(T_BUF);
  yield* t_let_go();
  say('buffer: waits', 1 - t_done);
  last = out;
  out = $cast<buf>($ld32($addr(out) + $offsetof<buf>('b_driver1')));
  relpbuf(last, null);
  yield* t_nap();
  say('buffer: done', t_done);
  say('buffer: has that', t_is(t_buf === last));
  while (out !== null) {
    last = out;
    out = $cast<buf>($ld32($addr(out) + $offsetof<buf>('b_driver1')));
    relpbuf(last, null);
  }
  t_bufs = 1;
  const only = yield* getpbuf($ref(t_bufs));
  yield* t_start(T_COUNTED);
  yield* t_let_go();
  say('counted buffer: waits', 1 - t_done);
  relpbuf(only, $ref(t_bufs));
  yield* t_nap();
  say('counted buffer: done', t_done);
  say('counted buffer: has that', t_is(t_buf === only));
  say('counted buffer: in the end', t_bufs);
}
/** The daemon that looks at processes: asked for, and once more too soon. */
function* t_daemon(): Sleeps {
  const q = yield* pfind(3);
  PROC_UNLOCK(q);
  const chan = $addr($ref(vm_daemon_needed));
  vm_daemon_lastrun = ticks - 2 * hz;
  say('daemon: sleeps', t_is(q.p_wchan === chan));
  vm_req_vmdaemon();
  say('daemon: is woken', t_is(q.p_wchan !== chan));
  yield* t_nap();
  say('daemon: sleeps again', t_is(q.p_wchan === chan));
  vm_req_vmdaemon();
  say('daemon: is let alone', t_is(q.p_wchan === chan));
}
/** Transfers of one page of an object and of three come to their ends. */
function* t_paging(): Sleeps {
  t_objects[0] = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_pip_add(t_objects[0], 4);
  yield* t_start(T_PAGING);
  yield* t_let_go();
  say('paging: waits', 1 - t_done);
  vm_object_pip_wakeupn(t_objects[0], 1);
  yield* t_nap();
  say('paging: waits for all', 1 - t_done);
  vm_object_pip_wakeupn(t_objects[0], 3);
  yield* t_nap();
  say('paging: done', t_done);
  yield* vm_object_deallocate(t_objects[0]);
}
/** A process that is wanted in memory while another processor swaps it out. */
function* t_swapped(): Sleeps {
  const pp = $var<proc>();
  yield* kthread_create(t_other, T_NOTHING, pp, 0, 'tswapped');
  yield* t_nap();
  t_proc = pp[0];
  yield* t_start(T_FAULTIN);
  t_proc.p_priority = PUSER;
  t_proc.p_slptime = 1000;
  /* So far swapout has come there. */
  t_proc.p_sflag |= PS_SWAPPING;
  yield* t_let_go();
  say('swapped: waits', 1 - t_done);
  t_proc.p_sflag &= ~PS_SWAPPING;
  /* One of the kernel's stays, else. */
  const holds = t_proc.p_lock;
  t_proc.p_lock = 0;
  yield* PROC_LOCK(t_proc);
  say('swapped: goes', t_is(yield* swapout(t_proc, VM_SWAP_NORMAL)));
  say('swapped: is out', t_is((t_proc.p_sflag & PS_INMEM) === 0));
  yield* t_nap();
  say('swapped: done', t_done);
  say('swapped: is in', t_is((t_proc.p_sflag & PS_INMEM) !== 0));
  /* Process 0, which brings others in, is told that there is room. */
  const threshold = swap_idle_threshold1;
  swap_idle_threshold1 = 1000;
  t_proc.p_flag &= ~P_SYSTEM;
  say('swapped: process 0 sleeps', t_is(proc0.p_wchan === $addr(proc0)));
  yield* swapout_procs(VM_SWAP_NORMAL);
  say('swapped: is out again', t_is((t_proc.p_sflag & PS_INMEM) === 0));
  say('swapped: process 0 is woken', t_is(proc0.p_wchan !== $addr(proc0)));
  swap_idle_threshold1 = threshold;
  t_proc.p_flag |= P_SYSTEM;
  t_proc.p_lock = holds;
  wakeup($addr($ref(t_proc)));
  yield* t_nap();
}
/**
 * Memory and swap are used up, as far as it looks. The biggest process, which is this one's double, has been
 * killed already: who waits for memory is to try again, for it may be the dead one that waits.
 */
function* t_oom(p: proc): Sleeps {
  const pp = $var<proc>();
  const spared = $local<array<proc, 16>>();
  const target = cnt.v_free_target;
  let n = 0;
  for (let q = LIST_FIRST(allproc); q !== null && n < 16; q = LIST_NEXT(q, 'p_list')) {
    if ((q.p_flag & P_SYSTEM) !== 0) continue;
    q.p_flag |= P_SYSTEM;
    spared[n++] = q;
  }
  yield* kthread_create(t_other, T_NOTHING, pp, 0, 'tkilled');
  const q = pp[0];
  yield* t_start(T_MEMORY);
  yield* t_let_go();
  vm_pages_needed = 0;
  say('killed: waits', 1 - t_done);
  const vm = q.p_vmspace;
  q.p_vmspace = p.p_vmspace;
  q.p_flag = (q.p_flag & ~P_SYSTEM) | P_KILLED;
  oom_passes = 0;
  cnt.v_free_target = 1000000;
  swap_pager_full = 1;
  yield* vm_lock();
  yield* vm_pageout_oom();
  vm_unlock();
  swap_pager_full = 0;
  cnt.v_free_target = target;
  q.p_vmspace = vm;
  q.p_flag = (q.p_flag | P_SYSTEM) & ~P_KILLED;
  while (n > 0) spared[--n].p_flag &= ~P_SYSTEM;
  yield* t_nap();
  say('killed: done', t_done);
  wakeup($addr($ref(t_proc)));
  yield* t_nap();
}
/** Mappings are short. */
function* t_mappings(): Sleeps {
  const most = pv_entry_high_water;
  pv_entry_high_water = 1;
  pmap_pagedaemon_waken = 0;
  vm_pages_needed = 0;
  pv_entry_taken();
  say('mappings: the daemon is asked', vm_pages_needed);
  say('mappings: and woken', t_is(pageproc.p_wchan !== $addr($ref(vm_pages_needed))));
  pv_entry_taken();
  say('mappings: once', vm_pages_needed);
  pv_entry_count -= 2;
  pv_entry_high_water = most;
  yield* t_nap();
}

/*
 * Who makes an object waits for memory while another one makes one for the same handle: the zone of objects
 * must grow, and both maps of which it could are locked.
 */
let t_least: int = 0;
function* t_block(): Sleeps {
  t_least = obj_zone.zfreemin;
  obj_zone.zfreemin = 1000000;
  yield* vm_map_lock(kernel_map);
  yield* vm_map_lock(kmem_map);
}
function t_unblock(): void {
  vm_map_unlock(kmem_map);
  vm_map_unlock(kernel_map);
}
function* t_race(name: str, type: u8, handle: u32): Sleeps {
  t_type = type;
  t_handle = handle;
  yield* t_start(T_OBJECT);
  const before = vm_object_count;
  yield* t_block();
  yield* t_let_go();
  printf('= %s: waits %d\\n', name, 1 - t_done);
  obj_zone.zfreemin = t_least;
  const mine = yield* vm_pager_allocate(type, handle, PAGE_SIZE, VM_PROT_ALL, 0);
  t_unblock();
  yield* t_nap();
  printf('= %s: done %d\\n', name, t_done);
  printf('= %s: same object %d\\n', name, t_is(t_objects[0] === mine));
  printf('= %s: references %d\\n', name, mine.ref_count);
  printf('= %s: more objects %d\\n', name, vm_object_count - before);
  yield* vm_object_deallocate(mine);
  yield* vm_object_deallocate(mine);
  printf('= %s: in the end %d\\n', name, vm_object_count - before);
}
/** A device that has been mapped already. */
function* t_device(): Sleeps {
  const dev = makedev(MEM_MAJOR, MEM_MINOR_MEM);
  const before = vm_object_count;
  const first = yield* vm_pager_allocate(OBJT_DEVICE, dev, PAGE_SIZE, VM_PROT_ALL, 0);
  const second = yield* vm_pager_allocate(OBJT_DEVICE, dev, 2 * PAGE_SIZE, VM_PROT_ALL, 0);
  say('device: same object', t_is(first === second));
  say('device: references', first.ref_count);
  say('device: pages', $i32(first.size));
  yield* vm_object_deallocate(first);
  yield* vm_object_deallocate(second);
  say('device: in the end', vm_object_count - before);
  /* Its page stands for a frame that is none of vm's. The last time the zone need not grow. */
  let used: int = 0;
  let left: u_int = 0;
  for (let i = 0; i < 4; i++) {
    const object = yield* vm_pager_allocate(OBJT_DEVICE, dev, PAGE_SIZE, VM_PROT_ALL, 0);
    const m = $local<array<vm_page, 1>>();
    used = fakepg_zone.ztotal - fakepg_zone.zfreecnt;
    left = cnt.v_free_count;
    m[0] = vm_page_alloc(object, 0, VM_ALLOC_NORMAL);
    yield* vm_pager_get_pages(object, $cast<ptr<vm_page>>(m), 1, 0);
    vm_page_wakeup(m[0]);
    yield* vm_object_deallocate(object);
  }
  say('device: frames', fakepg_zone.ztotal - fakepg_zone.zfreecnt - used);
  say('device: free pages', $i32(cnt.v_free_count - left));
}
/** The first page of a program cannot be read. */
function* t_unread(): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEAD, 1);
  const left = cnt.v_free_count;
  const m = vm_page_alloc(object, 0, VM_ALLOC_NORMAL);
  say('unread: page', t_is((yield* exec_pagein(object, m)) !== null));
  say('unread: of the object', object.resident_page_count);
  say('unread: free pages', $i32(cnt.v_free_count - left));
  object.type = OBJT_DEFAULT;
  yield* vm_object_deallocate(object);
}
/** The second of two pages was not asked for. */
function* t_physical(): Sleeps {
  const object = yield* vm_pager_allocate(OBJT_PHYS, 0, 2 * PAGE_SIZE, VM_PROT_ALL, 0);
  const m = $local<array<vm_page, 2>>();
  m[0] = vm_page_alloc(object, 0, VM_ALLOC_NORMAL);
  m[1] = vm_page_alloc(object, 1, VM_ALLOC_NORMAL);
  yield* vm_pager_get_pages(object, $cast<ptr<vm_page>>(m), 2, 0);
  say('pages of memory: busy', t_is((m[0].flags & PG_BUSY) !== 0));
  say('pages of memory: the other', t_is((m[1].flags & PG_BUSY) !== 0));
  vm_page_wakeup(m[0]);
  if ((m[1].flags & PG_BUSY) !== 0) vm_page_wakeup(m[1]);
  yield* vm_object_deallocate(object);
}
/** Here the second one waits for the first, not for memory. */
function* t_turns(): Sleeps {
  t_type = OBJT_SWAP;
  t_handle = 77;
  yield* t_start(T_OBJECT);
  yield* t_start(T_OBJECT + 1);
  const before = vm_object_count;
  yield* t_block();
  yield* t_let_go();
  say('in turn: wait', 2 - t_done);
  say('in turn: one for the other', t_is(sw_alloc_interlock === -1));
  obj_zone.zfreemin = t_least;
  t_unblock();
  yield* t_nap();
  say('in turn: done', t_done);
  say('in turn: same object', t_is(t_objects[0] === t_objects[1]));
  say('in turn: references', t_objects[0].ref_count);
  say('in turn: more objects', vm_object_count - before);
  yield* vm_object_deallocate(t_objects[0]);
  yield* vm_object_deallocate(t_objects[1]);
  say('in turn: in the end', vm_object_count - before);
}

/** A file's references, and what else a mapping of it has. */
function t_held(vp: vnode): int {
  return vp.v_usecount + (vp.v_object === null ? 0 : vp.v_object.ref_count) + t_map.nentries;
}
function* t_mmap(name: str, vp: vnode, flags: int, at: u32, off: u32): Sleeps {
  const addr = $var<vm_offset_t>();
  const before = t_held(vp);
  const objects = vm_object_count - t_is(vp.v_object !== null);
  addr[0] = at;
  const error = yield* vm_mmap(
    t_map, addr, 2 * PAGE_SIZE, VM_PROT_READ, VM_PROT_READ, flags, $addr(vp), $i64(off),
  );
  printf('= %s: told %d\\n', name, error);
  printf('= %s: left %d\\n', name, t_held(vp) - before);
  /* That of a file is kept with it. */
  printf('= %s: other objects %d\\n', name, vm_object_count - t_is(vp.v_object !== null) - objects);
}
function* t_node(name: str): Sleeps<vnode> {
  const vpp = $var<vnode>();
  const error = yield* lookup($addr(name), UIO_SYSSPACE, vpp);
  KASSERT(error === 0, 't_node: %s, %d', name, error);
  return vpp[0];
}
function* t_mmaps(): Sleeps {
  const last = VM_MAXUSER_ADDRESS - PAGE_SIZE;
  const file = yield* t_node('/bin/false');
  const memory = yield* t_node('/dev/mem');
  const tty = yield* t_node('/dev/console');
  const vm = yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  t_map = vm.vm_map;
  yield* t_mmap('mmap without room', file, MAP_SHARED, last, 0);
  yield* t_mmap('mmap without room, private', file, MAP_PRIVATE, last, 0);
  yield* t_mmap('mmap beyond the end', file, MAP_SHARED | MAP_FIXED, last, 0);
  yield* t_mmap('mmap of half a page', file, MAP_SHARED, PAGE_SIZE, 2048);
  yield* t_mmap('mmap at half a page', file, MAP_SHARED | MAP_FIXED, 2048, 0);
  yield* t_mmap('mmap of a device', memory, MAP_SHARED, last, 0);
  yield* t_mmap('mmap of what has no memory', tty, MAP_SHARED, PAGE_SIZE, 0);
  yield* t_mmap('mmap', file, MAP_SHARED, PAGE_SIZE, 0);
  yield* t_mmap('mmap once more', file, MAP_PRIVATE, PAGE_SIZE, 0);
  file.v_flag |= VTEXT;
  yield* vm_map_remove(t_map, PAGE_SIZE, 3 * PAGE_SIZE);
  say('mmap: is a text', t_is((file.v_flag & VTEXT) !== 0));
  yield* vmspace_free(vm);
  say('mmap: is none in the end', t_is((file.v_flag & VTEXT) === 0));
  say('mmap: users in the end', file.v_usecount);
  say('mmap: references in the end', file.v_object.ref_count);
  yield* vrele(file);
  yield* vrele(memory);
  yield* vrele(tty);
}

/** The first page of a program, as execve maps it and unmaps it. */
function* t_header(p: proc, file: vnode): Sleeps {
  const imgp = $local<image_params>();
  bzero($addr(imgp), $sizeof<image_params>());
  imgp.ip_vp = file;
  imgp.ip_image_header = yield* kmem_alloc_wait(exec_map, PAGE_SIZE);
  yield* vfs_object_create(file, p);
  const wired = cnt.v_wire_count;
  say('header: told', yield* exec_map_first_page(imgp));
  const m = imgp.ip_firstpage;
  say('header: wired', $i32(cnt.v_wire_count - wired) + m.wire_count);
  say('header: busy', t_is((m.flags & PG_BUSY) !== 0));
  yield* exec_unmap_first_page(imgp);
  say('header: wired in the end', $i32(cnt.v_wire_count - wired) + m.wire_count);
  yield* kmem_free_wakeup(exec_map, imgp.ip_image_header, PAGE_SIZE);
}

/** Two have an address space, and one wants one of his own. */
function* t_unshare(p: proc): Sleeps {
  const old = p.p_vmspace;
  old.vm_refcnt++;
  yield* vmspace_unshare(p);
  say('unshare: another', t_is(p.p_vmspace !== old));
  say('unshare: references', p.p_vmspace.vm_refcnt);
  say('unshare: references of the old one', old.vm_refcnt);
  say('unshare: same size', t_is(old.vm_map.size === p.p_vmspace.vm_map.size));
  yield* vmspace_free(old);
}
/** Memory for the kernel which must not wait: all pages but the last are there. */
function* t_malloc(): Sleeps {
  const reserved = cnt.v_free_reserved;
  const interrupt = cnt.v_interrupt_free_min;
  const entries = kmem_map.nentries;
  const pages = kmem_object.resident_page_count;
  const references = kmem_object.ref_count;
  const left = cnt.v_free_count;
  cnt.v_free_reserved = 1000000;
  cnt.v_interrupt_free_min = left - 3;
  vm_pages_needed = 1;
  const va = yield* kmem_malloc(kmem_map, 4 * PAGE_SIZE, M_NOWAIT | M_USE_RESERVE);
  cnt.v_free_reserved = reserved;
  cnt.v_interrupt_free_min = interrupt;
  vm_pages_needed = 0;
  say('malloc: told', $i32(va));
  say('malloc: entries', kmem_map.nentries - entries);
  say('malloc: pages', kmem_object.resident_page_count - pages);
  say('malloc: references', kmem_object.ref_count - references);
  say('malloc: free pages', $i32(cnt.v_free_count - left));
  const other = yield* kmem_malloc(kmem_map, 4 * PAGE_SIZE, M_NOWAIT | M_USE_RESERVE);
  say('malloc: and then', t_is(other !== 0));
  yield* kmem_free(kmem_map, other, 4 * PAGE_SIZE);
}

function* test(p: proc): Sleeps {
  const file = yield* t_node('/bin/true');
  yield* t_limit();
  yield* t_full();
  yield* t_swapon();
  yield* t_pbufs();
  yield* t_daemon();
  yield* t_paging();
  yield* t_swapped();
  yield* t_oom(p);
  yield* t_mappings();
  yield* t_device();
  yield* t_unread();
  yield* t_physical();
  yield* t_race('physical', OBJT_PHYS, 4711);
  yield* t_race('device race', OBJT_DEVICE, makedev(MEM_MAJOR, MEM_MINOR_MEM));
  say('file: users', file.v_usecount);
  yield* t_race('file', OBJT_VNODE, $addr(file));
  say('file: users in the end', file.v_usecount);
  yield* t_turns();
  yield* t_mmaps();
  yield* t_header(p, file);
  yield* vrele(file);
  yield* t_unshare(p);
  yield* t_malloc();
}
`;

const ENOMEM = 12;
const EINVAL = 22;
const race = { waits: 1, done: 1, 'same object': 1, references: 2, 'more objects': 1, 'in the end': 0 };
const fails = (told: number): object => ({ told, left: 0, 'other objects': 0 });

kernelTests('gives what it owes', TEST, {
  limit: { waits: 1, done: 1, 'in the end': 0 },
  'full map': { 'more than it has': 0, all: 1, waits: 1, done: 1, 'has what was given back': 1, left: 0 },
  swapon: { waits: 1, done: 1 },
  buffer: { waits: 1, done: 1, 'has that': 1 },
  'counted buffer': { waits: 1, done: 1, 'has that': 1, 'in the end': 1 },
  daemon: { sleeps: 1, 'is woken': 1, 'sleeps again': 1, 'is let alone': 1 },
  paging: { waits: 1, 'waits for all': 1, done: 1 },
  swapped: {
    waits: 1,
    goes: 1,
    'is out': 1,
    done: 1,
    'is in': 1,
    'process 0 sleeps': 1,
    'is out again': 1,
    'process 0 is woken': 1,
  },
  killed: { waits: 1, done: 1 },
  mappings: { 'the daemon is asked': 1, 'and woken': 1, once: 1 },
  device: { 'same object': 1, references: 2, pages: 2, 'in the end': 0, frames: 0, 'free pages': 0 },
  unread: { page: 0, 'of the object': 0, 'free pages': 0 },
  'pages of memory': { busy: 1, 'the other': 0 },
  header: { told: 0, wired: 2, busy: 0, 'wired in the end': 0 },
  physical: race,
  'device race': race,
  /* Its object is kept with it. */
  file: { ...race, users: 1, 'in the end': 1, 'users in the end': 1 },
  'in turn': {
    wait: 2,
    'one for the other': 1,
    done: 2,
    'same object': 1,
    references: 2,
    'more objects': 1,
    'in the end': 0,
  },
  'mmap without room': { ...fails(ENOMEM) },
  'mmap without room, private': { ...fails(ENOMEM) },
  'mmap beyond the end': { ...fails(ENOMEM) },
  'mmap of half a page': { ...fails(EINVAL) },
  'mmap at half a page': { ...fails(EINVAL) },
  'mmap of a device': { ...fails(ENOMEM) },
  'mmap of what has no memory': { ...fails(EINVAL) },
  /* A mapping, its reference to the object, and the object's to the file. */
  mmap: {
    told: 0,
    left: 3,
    'other objects': 0,
    'is a text': 1,
    'is none in the end': 1,
    'users in the end': 1,
    'references in the end': 0,
  },
  'mmap once more': { told: 0, left: 3, 'other objects': 0 },
  unshare: { another: 1, references: 1, 'references of the old one': 1, 'same size': 1 },
  malloc: { told: 0, entries: 0, pages: 0, references: 0, 'free pages': 0, 'and then': 1 },
});
