import { kernelTests } from './module.js';

/**
 * Sleeping and waking where it seldom comes to: a sleeper that is stopped or swapped out, and what a switch
 * counts; objects that go, lose pages or are merged while others work on them.
 */
const TEST = `
const T_CHANNELS = 256;
let t_chan: array<int, 256>;
let t_done: int = 0;
let t_error: int = 0;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
}
/** Another process, which sleeps for so many ticks; 0: for ever. */
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_error = yield* tsleep($addr($ref(t_chan[0])), PSWP, 'tsleep', $i32(arg));
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_asleep(time: int): Sleeps<proc> {
  const pp = $var<proc>();
  t_done = 0;
  t_error = -1;
  yield* kthread_create(t_sleeper, $u32(time), pp, 0, 'tsleeper');
  yield* t_nap();
  KASSERT(pp[0].p_stat === SSLEEP && t_done === 0, 't_asleep: it is %d', pp[0].p_stat);
  return pp[0];
}
function t_wakeup(): void {
  wakeup($addr($ref(t_chan[0])));
}
/** How often a process stands on run queues. */
function t_queued(p: proc): int {
  let n = 0;
  for (let i = 0; i < RQ_NQS; i++)
    for (let q = TAILQ_FIRST(runq[i]); q !== null; q = TAILQ_NEXT(q, 'p_procq')) if (q === p) n++;
  return n;
}

function* t_stopped(): Sleeps {
  const p = yield* t_asleep(1000);
  p.p_stat = SSTOP;
  callout_stop(p.p_slpcallout);
  yield* endtsleep($addr(p));
  say('timeout of a stopped one: stopped', t_is(p.p_stat === SSTOP));
  say('timeout of a stopped one: waits', t_is(p.p_wchan !== 0));
  yield* t_nap();
  say('timeout of a stopped one: runs', t_done);
  setrunnable(p);
  yield* t_nap();
  say('timeout of a stopped one: done', t_done);
  say('timeout of a stopped one: told', t_is(t_error === EWOULDBLOCK));
  const q = yield* t_asleep(0);
  q.p_stat = SSTOP;
  t_wakeup();
  say('wakeup of a stopped one: stopped', t_is(q.p_stat === SSTOP));
  say('wakeup of a stopped one: waits', t_is(q.p_wchan !== 0));
  yield* t_nap();
  say('wakeup of a stopped one: runs', t_done);
  setrunnable(q);
  yield* t_nap();
  say('wakeup of a stopped one: done', t_done);
  say('wakeup of a stopped one: told', t_error);
}

/** One that is swapped out, as its flag says, is asked for and not run. */
function* t_swapped(how: int, name: str): Sleeps {
  const p = yield* t_asleep(0);
  p.p_sflag &= ~PS_INMEM;
  if (how === 0) t_wakeup();
  else setrunnable(p);
  printf('= %s: runnable %d\\n', name, t_is(p.p_stat === SRUN));
  printf('= %s: queued %d\\n', name, t_queued(p));
  printf('= %s: asked for %d\\n', name, t_is((p.p_sflag & PS_SWAPINREQ) !== 0));
  p.p_sflag = (p.p_sflag | PS_INMEM) & ~PS_SWAPINREQ;
  mtx_lock_spin(sched_lock);
  setrunqueue(p);
  mtx_unlock_spin(sched_lock);
  yield* t_nap();
  printf('= %s: done %d\\n', name, t_done);
}

function* t_channels(): Sleeps {
  const p = yield* t_asleep(0);
  for (let i = 1; i < T_CHANNELS; i++) wakeup($addr($ref(t_chan[i])));
  say('other channels: woken', t_is(p.p_stat !== SSLEEP));
  /* It is more important than who wakes it. */
  const me = curproc();
  me.p_priority = PUSER;
  me.p_sflag &= ~PS_NEEDRESCHED;
  t_wakeup();
  say('its channel: queued', t_queued(p));
  say('its channel: first', t_is((me.p_sflag & PS_NEEDRESCHED) !== 0));
  me.p_sflag |= PS_PREEMPT;
  yield* t_nap();
  say('its channel: told', t_error);
  say('switch: asked for once', me.p_sflag & (PS_NEEDRESCHED | PS_PREEMPT));
  say('switch: on this processor', t_is(me.p_oncpu === get_pcpu().cpuid));
  say('switch: with Giant', t_is(mtx_owned(Giant)));
  yield* t_asleep(5);
  yield* t_nap();
  yield* t_nap();
  say('timeout: told', t_is(t_error === EWOULDBLOCK));
}

/** Time asleep is nobody's, time at work is one's own. */
function* t_runtime(): Sleeps {
  const me = curproc();
  yield* t_nap();
  const before = me.p_runtime;
  for (let i = 0; i < 4; i++) yield* t_nap();
  const asleep = me.p_runtime - before;
  say('runtime: asleep', t_is(asleep < 10000));
  cpu_delay(20000000);
  yield* t_nap();
  say('runtime: at work', t_is(me.p_runtime - before - asleep >= 20000));
}

let t_object: vm_object = null;

/** A new object with so many pages: whole, clean, in nobody's hands. */
function* t_pages(n: u32): Sleeps<vm_object> {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  for (let i: u32 = 0; i < n; i++) yield* t_clean_page(object, i);
  return object;
}
/** Pages of an object, a bit each. */
function t_has(object: vm_object): int {
  let bits = 0;
  for (let i: u32 = 0; i < 16; i++) if (vm_page_lookup(object, i) !== null) bits |= 1 << $i32(i);
  return bits;
}
export function* t_remover(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* vm_object_page_remove(t_object, 0, 4, false);
  t_done = 1;
  yield* kthread_exit(0);
}
export function* t_dropper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* vm_object_deallocate(t_object);
  t_done = 1;
  yield* kthread_exit(0);
}

/** Pages 0 to 3 of six go, when the one that is being transferred has come to its end. */
function* t_remove(): Sleeps {
  t_object = yield* t_pages(6);
  t_done = 0;
  const m = vm_page_lookup(t_object, 1);
  vm_page_io_start(m);
  yield* kthread_create(t_remover, 0, null, 0, 'tremove');
  yield* t_nap();
  say('remove: waits', 1 - t_done);
  say('remove: announced', t_object.paging_in_progress);
  say('remove: the busy page stays', t_is(m.object === t_object));
  /* Its neighbour goes meanwhile, and is somebody else's. */
  const next = vm_page_lookup(t_object, 2);
  const other = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  vm_page_busy(next);
  vm_page_rename(next, other, 2);
  vm_page_io_finish(m);
  yield* t_nap();
  say('remove: done', t_done);
  say('remove: left', t_has(t_object));
  say('remove: of the other', t_has(other));
  say('remove: announced in the end', t_object.paging_in_progress);
  yield* vm_object_deallocate(other);
  yield* vm_object_deallocate(t_object);
}

/** An object goes when nobody transfers its pages any more. */
function* t_terminate(): Sleeps {
  t_object = yield* t_pages(2);
  t_done = 0;
  vm_object_pip_add(t_object, 2);
  yield* kthread_create(t_dropper, 0, null, 0, 'tdrop');
  yield* t_nap();
  say('terminate: waits', 1 - t_done);
  wakeup($addr(t_object));
  yield* t_nap();
  say('terminate: waits again', 1 - t_done);
  vm_object_pip_wakeup(t_object);
  yield* t_nap();
  say('terminate: waits for all', 1 - t_done);
  vm_object_pip_wakeup(t_object);
  yield* t_nap();
  say('terminate: done', t_done);
}

/** An object in front of another one, which is seen from its page 1 on. */
function* t_front(behind: vm_object): Sleeps<vm_object> {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_set_backing(object, behind);
  object.backing_object_offset = PAGE_SIZE;
  return object;
}

function* t_collapse(): Sleeps {
  /* Seen by others, too. */
  const b = yield* t_pages(6);
  const a = yield* t_front(b);
  b.ref_count++;
  yield* vm_object_qcollapse(a);
  say('collapse: of a shared one', t_has(a));
  yield* vm_object_collapse(a);
  say('collapse: shared and not covered', t_is(a.backing_object === b));
  b.ref_count--;
  /* One page is busy, one in transfer, one held: the others move, those that cannot be seen go. */
  vm_page_busy(vm_page_lookup(b, 1));
  vm_page_io_start(vm_page_lookup(b, 2));
  vm_page_hold(vm_page_lookup(b, 3));
  b.paging_in_progress++;
  yield* vm_object_collapse(a);
  say('collapse: while paging, above', t_has(a));
  say('collapse: while paging, behind', t_has(b));
  say('collapse: while paging, still behind', t_is(a.backing_object === b));
  say('collapse: while paging, referenced', b.ref_count);
  b.paging_in_progress--;
  vm_page_wakeup(vm_page_lookup(b, 1));
  vm_page_io_finish(vm_page_lookup(b, 2));
  vm_page_unhold(vm_page_lookup(b, 3));
  a.flags |= OBJ_DEAD;
  yield* vm_object_collapse(a);
  say('collapse: of one that goes', t_is(a.backing_object === b));
  a.flags &= ~OBJ_DEAD;
  const objects = vm_object_count;
  yield* vm_object_collapse(a);
  say('collapse: above', t_has(a));
  say('collapse: nothing behind', t_is(a.backing_object === null));
  say('collapse: objects', vm_object_count - objects);
  /* The one behind is wholly covered, and can be left out if nobody will look for a page there. */
  const c = yield* t_pages(2);
  const d = yield* t_front(c);
  const m = yield* vm_page_grab(d, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  m.valid = 0;
  vm_page_wakeup(m);
  say('covered: by a page not valid', t_is(vm_object_all_shadowed(d, c)));
  m.valid = VM_PAGE_BITS_ALL;
  say('covered: by a page', t_is(vm_object_all_shadowed(d, c)));
  vm_page_wire(vm_page_lookup(c, 1));
  say('covered: a wired one', t_is(vm_object_all_shadowed(d, c)));
  vm_page_unwire(vm_page_lookup(c, 1), 0);
  c.ref_count++;
  yield* vm_object_collapse(d);
  say('bypass: nothing behind', t_is(d.backing_object === null));
  say('bypass: referenced', c.ref_count);
  yield* vm_object_deallocate(d);
  yield* vm_object_deallocate(c);
  yield* vm_object_deallocate(a);
}

function* test(p: proc): Sleeps {
  yield* t_stopped();
  yield* t_swapped(0, 'wakeup of a swapped one');
  yield* t_swapped(1, 'setrunnable of a swapped one');
  yield* t_channels();
  yield* t_runtime();
  yield* t_remove();
  yield* t_terminate();
  yield* t_collapse();
}
`;

const stopped = { stopped: 1, waits: 0, runs: 0, done: 1 };
const swapped = { runnable: 1, queued: 0, 'asked for': 1, done: 1 };
const expected: Record<string, Record<string, number>> = {
  'timeout of a stopped one': { ...stopped, told: 1 },
  'wakeup of a stopped one': { ...stopped, told: 0 },
  'wakeup of a swapped one': swapped,
  'setrunnable of a swapped one': swapped,
  'other channels': { woken: 0 },
  'its channel': { queued: 1, first: 1, told: 0 },
  switch: { 'asked for once': 0, 'on this processor': 1, 'with Giant': 1 },
  timeout: { told: 1 },
  runtime: { asleep: 1, 'at work': 1 },
  remove: {
    waits: 1,
    announced: 1,
    'the busy page stays': 1,
    done: 1,
    left: 0b110000,
    'of the other': 0b100,
    'announced in the end': 0,
  },
  terminate: { waits: 1, 'waits again': 1, 'waits for all': 1, done: 1 },
  collapse: {
    'of a shared one': 0,
    'shared and not covered': 1,
    'while paging, above': 0b1000,
    'while paging, behind': 0b1110,
    'while paging, still behind': 1,
    'while paging, referenced': 1,
    'of one that goes': 1,
    above: 0b1111,
    'nothing behind': 1,
    objects: -1,
  },
  covered: { 'by a page not valid': 0, 'by a page': 1, 'a wired one': 0 },
  bypass: { 'nothing behind': 1, referenced: 1 },
};

kernelTests('waits', TEST, expected);
