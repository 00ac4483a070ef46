import { expect, it } from 'vitest';
import { kernelTests } from './module.js';

/**
 * Pages, their queues and the page daemon's looks at them, one page at a time, on the machine. Nothing else
 * wants memory meanwhile.
 */
const TEST = `
const AT: u32 = 0x30000000;
const T_RW = VM_PROT_READ | VM_PROT_WRITE;
let t_object: vm_object = null;
let t_me: pmap = null;
let t_next: u32 = 0;
/** What the other process got, and how often it had to look. */
let t_got: vm_page = null;
let t_how: int = 0;
let t_turns: int = 0;

/** A new page of the object: whole, clean, unmapped, in nobody's hands, on no queue. */
function* t_page(): Sleeps<vm_page> {
  return yield* t_clean_page(t_object, t_next++);
}
function t_active(m: vm_page): int {
  return m.queue === PQ_ACTIVE ? 1 : 0;
}
function t_inactive(m: vm_page): int {
  return m.queue === PQ_INACTIVE ? 1 : 0;
}
function t_cached(m: vm_page): int {
  return VM_PAGE_INCACHE(m) ? 1 : 0;
}
function t_free(m: vm_page): int {
  return VM_PAGE_QUEUE_BASE(m) === PQ_FREE ? 1 : 0;
}
/** Queues whose length is not what they say, or whose pages say that they are elsewhere. */
function t_queues(): int {
  let wrong = 0;
  for (let q = 0; q < PQ_COUNT; q++) {
    let n = 0;
    for (let m = TAILQ_FIRST(vm_page_queues[q].pl); m !== null; m = TAILQ_NEXT(m, 'pageq')) {
      if (m.queue !== q) wrong++;
      n++;
    }
    if (n !== vm_page_queues[q].lcnt) wrong++;
  }
  return wrong;
}
function t_write(m: vm_page): void {
  pmap_enter(t_me, AT, m, T_RW, false);
  m.flags |= PG_MAPPED | PG_WRITEABLE;
  $st32(AT, 1);
}
function t_use(m: vm_page): void {
  pmap_enter(t_me, AT, m, VM_PROT_READ, false);
  m.flags |= PG_MAPPED;
  const word = $ld32(AT);
}
function t_unmap(): void {
  pmap_remove(t_me, AT, AT + PAGE_SIZE);
}
/** Mapped and unmapped without a trace. */
function t_quiet(m: vm_page): void {
  pmap_clear_reference(m);
  pmap_clear_modify(m);
  m.flags &= ~PG_REFERENCED;
}

function* t_queue_moves(): Sleeps {
  const m = yield* t_page();
  const active = cnt.v_active_count;
  const wired = cnt.v_wire_count;
  vm_page_activate(m);
  say('activate: active', t_active(m));
  say('activate: counted', $i32(cnt.v_active_count - active));
  say('activate: usage', m.act_count === ACT_INIT ? 1 : 0);
  vm_page_wire(m);
  say('wire: queue', m.queue);
  say('wire: counted', $i32(cnt.v_wire_count - wired));
  vm_page_activate(m);
  say('wire: activated', m.queue);
  vm_page_deactivate(m);
  say('wire: deactivated', m.queue);
  vm_page_wire(m);
  vm_page_unwire(m, 1);
  say('unwire: once of two', m.queue);
  vm_page_unwire(m, 0);
  say('unwire: inactive', t_inactive(m));
  say('unwire: counted', $i32(cnt.v_wire_count - wired));
  m.flags |= PG_WINATCFLS;
  vm_page_activate(m);
  vm_page_deactivate(m);
  say('deactivate: looked at', m.flags & PG_WINATCFLS);
  const n = yield* t_page();
  _vm_page_deactivate(n, true);
  say('deactivate: first', TAILQ_FIRST(vm_page_queues[PQ_INACTIVE].pl) === n ? 1 : 0);
  vm_page_requeue(n);
  say('requeue: last', TAILQ_LAST(vm_page_queues[PQ_INACTIVE].pl, 'pageq') === n ? 1 : 0);
  m.act_count = ACT_MAX - 1;
  vm_page_act_advance(m, 100);
  say('usage: most', m.act_count === ACT_MAX ? 1 : 0);
  say('queues', t_queues());
}

function* t_cache(): Sleeps {
  const m = yield* t_page();
  t_use(m);
  t_quiet(m);
  vm_page_cache(m);
  say('cache: cached', t_cached(m));
  say('cache: mappings', m.md_pv_list_count);
  vm_page_dirty_found(m);
  say('cache: dirty ones leave', t_inactive(m));
  const n = yield* t_page();
  t_write(n);
  n.dirty = 0;
  say('try to cache: written', vm_page_try_to_cache(n) ? 1 : 0);
  t_write(n);
  n.dirty = 0;
  say('try to free: written', vm_page_try_to_free(n) ? 1 : 0);
  t_unmap();
  n.dirty = 0;
  vm_page_hold(n);
  say('try to cache: held', vm_page_try_to_cache(n) ? 1 : 0);
  n.hold_count = 0;
  say('try to cache: clean', vm_page_try_to_cache(n) ? 1 : 0);
  const o = yield* t_page();
  vm_page_busy(o);
  say('try to free: busy', vm_page_try_to_free(o) ? 1 : 0);
  vm_page_wakeup(o);
  vm_page_hold(o);
  vm_page_busy(o);
  const unused = cnt.v_free_count;
  vm_page_free(o);
  say('hold: queue', o.queue === PQ_HOLD ? 1 : 0);
  say('hold: not free', $i32(cnt.v_free_count - unused));
  vm_page_unhold(o);
  say('hold: free', t_free(o));
  say('hold: free counted', $i32(cnt.v_free_count - unused));
  /* Any clean cached page may be taken, but one in somebody's hands. */
  const p = yield* t_page();
  vm_page_cache(p);
  vm_page_busy(p);
  vm_page_hold(p);
  const taken = vm_page_select_cache(t_object, p.pindex);
  say('select: not the busy one', taken === p ? 0 : 1);
  vm_page_wakeup(p);
  say('select: it went', t_cached(p));
  p.hold_count = 0;
  const q = yield* t_page();
  t_use(q);
  t_quiet(q);
  vm_page_cache(q);
  /* As it would be if somebody had mapped it again. */
  t_use(q);
  while (t_cached(q) !== 0 && vm_page_reclaim_cache(t_object, q.pindex));
  say('reclaim: free', t_free(q));
  say('reclaim: mappings', q.md_pv_list_count);
  t_unmap();
  const r = yield* t_page();
  vm_page_cache(r);
  const reserved = cnt.v_free_reserved;
  cnt.v_free_reserved = cnt.v_free_count + 1000;
  vm_page_hold(r);
  vm_pageout_free_cache();
  cnt.v_free_reserved = reserved;
  r.hold_count = 0;
  say('free cache: held one stays', t_free(r));
}

/** What a free page is, and a new one. */
function* t_alloc(): Sleeps {
  const m = yield* t_page();
  m.dirty = 255;
  m.flags |= PG_REFERENCED;
  m.act_count = 9;
  vm_page_busy(m);
  vm_page_free(m);
  say('free: dirty', m.dirty);
  say('free: valid', m.valid);
  say('free: flags', m.flags);
  say('free: object', m.object === null ? 0 : 1);
  const zeroed = vm_page_zero_count;
  const n = yield* t_page();
  vm_page_busy(n);
  pmap_zero_page(VM_PAGE_TO_PHYS(n));
  vm_page_free_zero(n);
  say('free zero: counted', vm_page_zero_count - zeroed);
  const generation = t_object.generation;
  const pages = t_object.resident_page_count;
  const o = vm_page_alloc(t_object, t_next - 1, VM_ALLOC_ZERO);
  say('alloc: valid', o.valid);
  say('alloc: flags', (o.flags & ~PG_ZERO) === PG_BUSY ? 1 : 0);
  say('alloc: hold', o.hold_count);
  say('alloc: generation', t_object.generation !== generation ? 1 : 0);
  say('alloc: counted', t_object.resident_page_count - pages);
  say('alloc: found', vm_page_lookup(t_object, o.pindex) === o ? 1 : 0);
  say('alloc: zeroed counted', vm_page_zero_count - zeroed);
  o.flags |= PG_WANTED;
  vm_page_wakeup(o);
  say('wakeup: wanted', o.flags & (PG_WANTED | PG_BUSY));
  /* Two objects that hash alike. */
  const other = yield* vm_object_allocate(OBJT_DEFAULT, 16);
  other.hash_rand = t_object.hash_rand;
  say('lookup: of another', vm_page_lookup(other, o.pindex) === null ? 1 : 0);
  const x = vm_page_alloc(other, o.pindex, VM_ALLOC_NORMAL);
  say('lookup: both', vm_page_lookup(other, o.pindex) === x && vm_page_lookup(t_object, o.pindex) === o ? 1 : 0);
  vm_page_busy(o);
  vm_page_free(o);
  say('lookup: gone', vm_page_lookup(t_object, t_next - 1) === null ? 1 : 0);
  say('lookup: the other is left', vm_page_lookup(other, t_next - 1) === x ? 1 : 0);
  x.valid = VM_PAGE_BITS_ALL;
  x.flags |= PG_WRITEABLE;
  t_object.flags &= ~(OBJ_WRITEABLE | OBJ_MIGHTBEDIRTY);
  vm_page_rename(x, t_object, t_next++);
  say('rename: dirty', x.dirty !== 0 ? 1 : 0);
  say('rename: object might be', (t_object.flags & OBJ_MIGHTBEDIRTY) !== 0 ? 1 : 0);
  say('rename: pages', other.resident_page_count);
  yield* vm_object_deallocate(other);
  say('bits', vm_page_bits(0, 512) + 1000 * vm_page_bits(3584, 512) + 1000000 * vm_page_bits(0, 1));
  /* With no free page to spare the daemon is told. */
  const reserved = cnt.v_free_reserved;
  const smallest = cnt.v_interrupt_free_min;
  const deficit = vm_pageout_deficit;
  cnt.v_free_reserved = cnt.v_free_count;
  cnt.v_interrupt_free_min = cnt.v_free_count;
  while (vm_page_reclaim_cache(t_object, 0)) cnt.v_free_reserved = cnt.v_free_count;
  cnt.v_free_reserved = cnt.v_free_count;
  cnt.v_interrupt_free_min = cnt.v_free_count;
  vm_pages_needed = 0;
  say('alloc: none', vm_page_alloc(t_object, t_next, VM_ALLOC_NORMAL) === null ? 0 : 1);
  say('alloc: daemon told', vm_pages_needed);
  say('alloc: deficit', vm_pageout_deficit - deficit);
  say('alloc: none for the system', vm_page_alloc(t_object, t_next, VM_ALLOC_SYSTEM) === null ? 0 : 1);
  const last = vm_page_alloc(t_object, t_next++, VM_ALLOC_INTERRUPT);
  say('alloc: one for interrupts', last === null ? 0 : 1);
  cnt.v_free_reserved = reserved;
  cnt.v_interrupt_free_min = smallest;
  if (last !== null) vm_page_free(last);
}

/** The look at a page of the inactive queue. */
function* t_inactive_looks(): Sleeps {
  const m = yield* t_page();
  vm_page_deactivate(m);
  m.hold_count = 1;
  say('inactive: held', vm_pageout_inactive_page(m, 0));
  m.hold_count = 0;
  m.busy = 1;
  say('inactive: in transfer', vm_pageout_inactive_page(m, 0));
  m.busy = 0;
  vm_page_busy(m);
  say('inactive: busy', vm_pageout_inactive_page(m, 0));
  vm_page_wakeup(m);
  m.flags |= PG_REFERENCED;
  say('inactive: referenced', vm_pageout_inactive_page(m, 0));
  say('inactive: referenced, active', t_active(m));
  say('inactive: referenced, not again', m.flags & PG_REFERENCED);
  vm_page_deactivate(m);
  t_use(m);
  m.flags &= ~PG_REFERENCED;
  say('inactive: used', vm_pageout_inactive_page(m, 0));
  say('inactive: used, active', t_active(m));
  vm_page_deactivate(m);
  t_write(m);
  pmap_clear_reference(m);
  m.flags &= ~PG_REFERENCED;
  m.dirty = 0;
  say('inactive: written', vm_pageout_inactive_page(m, 0));
  say('inactive: written, queue', t_inactive(m));
  say('inactive: written, second look', vm_pageout_inactive_page(m, 0));
  say('inactive: written, dirty', m.dirty !== 0 ? 1 : 0);
  t_unmap();
  m.flags &= ~PG_REFERENCED;
  m.dirty = 0;
  say('inactive: clean', vm_pageout_inactive_page(m, 0));
  say('inactive: clean, cached', t_cached(m));
  const n = yield* t_page();
  vm_page_deactivate(n);
  t_use(n);
  t_quiet(n);
  n.valid = 0;
  say('inactive: not valid', vm_pageout_inactive_page(n, 0));
  say('inactive: not valid, free', t_free(n));
  say('inactive: not valid, mappings', n.md_pv_list_count);
}

/** The look at a page of the active queue. */
function* t_active_looks(): Sleeps {
  const m = yield* t_page();
  vm_page_activate(m);
  m.act_count = 10;
  t_use(m);
  m.flags &= ~PG_REFERENCED;
  say('active: used', vm_pageout_active_page(m) ? 1 : 0);
  say('active: used, rises', m.act_count > 10 ? 1 : 0);
  t_unmap();
  m.act_count = 10;
  m.flags |= PG_REFERENCED;
  say('active: referenced', vm_pageout_active_page(m) ? 1 : 0);
  say('active: referenced, not again', m.flags & PG_REFERENCED);
  m.act_count = ACT_DECLINE + 1;
  say('active: ages', vm_pageout_active_page(m) ? 1 : 0);
  say('active: is older', m.act_count);
  say('active: last', TAILQ_LAST(vm_page_queues[PQ_ACTIVE].pl, 'pageq') === m ? 1 : 0);
  say('active: old', vm_pageout_active_page(m) ? 1 : 0);
  say('active: old, inactive', t_inactive(m));
  vm_page_activate(m);
  m.dirty = 255;
  t_object.ref_count = 0;
  vm_pageout_active_page(m);
  t_object.ref_count = 1;
  say('active: dirty of nobody', t_cached(m));
  vm_page_activate(m);
  vm_page_busy(m);
  say('active: busy', vm_pageout_page_inuse(m) ? 1 : 0);
  vm_page_wakeup(m);
  m.hold_count = 1;
  say('active: held', vm_pageout_page_inuse(m) ? 1 : 0);
  m.hold_count = 0;
  t_use(m);
  t_quiet(m);
  m.act_count = 0;
  vm_pageout_stats_page(m);
  say('stats: old, unmapped', m.md_pv_list_count);
  say('stats: old, inactive', t_inactive(m));
  m.dirty = 0;
  /* What vm_daemon does with the pages of a process that has too many. */
  vm_page_deactivate(m);
  t_use(m);
  m.flags &= ~PG_REFERENCED;
  vm_pageout_page_deactivate(m, false);
  say('limit: used', t_active(m));
  t_unmap();
}

/** Which neighbours are written along. */
function* t_clusters(): Sleeps {
  const m = yield* t_page();
  vm_page_deactivate(m);
  say('cluster: clean', vm_pageout_clusterable(m) ? 1 : 0);
  t_write(m);
  m.dirty = 0;
  say('cluster: written', vm_pageout_clusterable(m) ? 1 : 0);
  t_unmap();
  m.dirty = 255;
  say('cluster: dirty', vm_pageout_clusterable(m) ? 1 : 0);
  vm_page_busy(m);
  say('cluster: busy', vm_pageout_clusterable(m) ? 1 : 0);
  vm_page_wakeup(m);
  m.busy = 1;
  say('cluster: in transfer', vm_pageout_clusterable(m) ? 1 : 0);
  m.busy = 0;
  m.hold_count = 1;
  say('cluster: held', vm_pageout_clusterable(m) ? 1 : 0);
  say('clean: held', yield* vm_pageout_clean(m));
  m.hold_count = 0;
  m.busy = 1;
  say('clean: in transfer', yield* vm_pageout_clean(m));
  m.busy = 0;
  vm_page_activate(m);
  say('cluster: active', vm_pageout_clusterable(m) ? 1 : 0);
  vm_page_deactivate(m);
  /* Written out: read-only while it is, clean and idle afterwards. */
  t_write(m);
  /* As the page daemon, for which alone nobody waits until a page is written. */
  const daemon = pageproc;
  pageproc = curproc();
  const n = yield* vm_pageout_clean(m);
  pageproc = daemon;
  say('clean: written', n);
  say('clean: under way', m.busy);
  say('clean: store', yield* suword(AT, 7));
  while (m.busy !== 0 || t_object.paging_in_progress !== 0) yield* tsleep($addr(t_object), PVM, 'tclean', 1);
  say('clean: dirty', m.dirty);
  say('clean: written again', pmap_is_modified(m) ? 1 : 0);
  say('clean: paging', t_object.paging_in_progress);
  say('clean: on swap', swp_pager_meta_ctl(t_object, m.pindex, 0) !== SWAPBLK_NONE ? 1 : 0);
  say('allowed', vm_pageout_allowed(t_object) ? 1 : 0);
  t_object.flags |= OBJ_DEAD;
  say('allowed: dead', vm_pageout_allowed(t_object) ? 1 : 0);
  t_object.flags &= ~OBJ_DEAD;
  const o = yield* t_page();
  vm_page_deactivate(o);
  o.dirty = 255;
  const cleaned = $var<int>();
  yield* vm_pageout_launder(o, cleaned);
  say('launder: cleaned', cleaned[0]);
  while (o.busy !== 0) yield* tsleep($addr(t_object), PVM, 'tclean', 1);
  let markers = 0;
  for (let q = TAILQ_FIRST(vm_page_queues[PQ_INACTIVE].pl); q !== null; q = TAILQ_NEXT(q, 'pageq'))
    if ((q.flags & PG_MARKER) !== 0) markers++;
  say('launder: markers', markers);
}

/** Another process that wants a page which we have. */
export function* t_other(arg: u32, frame: trapframe): Sleeps {
  const m = $cast<vm_page>(arg);
  yield* mtx_lock(Giant);
  if (t_how === 0) t_got = yield* vm_page_grab(t_object, m.pindex, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  else {
    while ((yield* vm_page_sleep_busy(m, 1, 'tother')) !== 0) t_turns++;
    vm_page_busy(m);
    t_got = m;
  }
  vm_page_wakeup(m);
  yield* kthread_exit(0);
}
function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_turns)), PVM, 'tnap', 3);
}
function* t_wanted(how: int, soft: boolean, name: str): Sleeps {
  const m = yield* t_page();
  t_got = null;
  t_how = how;
  if (soft) vm_page_io_start(m);
  else vm_page_busy(m);
  yield* kthread_create(t_other, $addr(m), null, 0, 'tother');
  yield* t_nap();
  printf('= %s: waits %d\\n', name, t_got === null ? 1 : 0);
  /* Woken, but somebody else was faster. */
  if (soft) {
    vm_page_io_finish(m);
    vm_page_io_start(m);
  } else {
    vm_page_wakeup(m);
    vm_page_busy(m);
  }
  yield* t_nap();
  printf('= %s: waits again %d\\n', name, t_got === null ? 1 : 0);
  if (soft) vm_page_io_finish(m);
  else vm_page_wakeup(m);
  yield* t_nap();
  printf('= %s: got it %d\\n', name, t_got === m ? 1 : 0);
}

function* test(p: proc): Sleeps {
  t_me = vmspace_pmap(p.p_vmspace);
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 128);
  yield* t_queue_moves();
  yield* t_alloc();
  yield* t_inactive_looks();
  yield* t_active_looks();
  yield* t_clusters();
  yield* t_wanted(0, false, 'grab');
  yield* t_wanted(0, true, 'grab in transfer');
  yield* t_wanted(1, false, 'busy');
  yield* t_wanted(1, true, 'in transfer');
  yield* t_cache();
  say('queues in the end', t_queues());
}
`;

const [KEPT, GOT, INUSE, DIRTY] = [0, 1, 2, 3];
const woken = { waits: 1, 'waits again': 1, 'got it': 1 };
const expected: Record<string, Record<string, number>> = {
  activate: { active: 1, counted: 1, usage: 1 },
  wire: { queue: 0, counted: 1, activated: 0, deactivated: 0 },
  unwire: { 'once of two': 0, inactive: 1, counted: 0 },
  deactivate: { 'looked at': 0, first: 1 },
  requeue: { last: 1 },
  usage: { most: 1 },
  free: { dirty: 0, valid: 0, flags: 0, object: 0 },
  'free zero': { counted: 1 },
  alloc: {
    valid: 0,
    flags: 1,
    hold: 0,
    generation: 1,
    counted: 1,
    found: 1,
    'zeroed counted': 0,
    none: 0,
    'daemon told': 1,
    deficit: 1,
    'none for the system': 0,
    'one for interrupts': 1,
  },
  wakeup: { wanted: 0 },
  lookup: { 'of another': 1, both: 1, gone: 1, 'the other is left': 1 },
  rename: { dirty: 1, 'object might be': 1, pages: 0 },
  inactive: {
    held: INUSE,
    'in transfer': INUSE,
    busy: INUSE,
    referenced: KEPT,
    'referenced, active': 1,
    'referenced, not again': 0,
    used: KEPT,
    'used, active': 1,
    written: KEPT,
    'written, queue': 1,
    'written, second look': DIRTY,
    'written, dirty': 1,
    clean: GOT,
    'clean, cached': 1,
    'not valid': GOT,
    'not valid, free': 1,
    'not valid, mappings': 0,
  },
  active: {
    used: 0,
    'used, rises': 1,
    referenced: 0,
    'referenced, not again': 0,
    ages: 0,
    'is older': 1,
    last: 1,
    old: 1,
    'old, inactive': 1,
    'dirty of nobody': 0,
    busy: 1,
    held: 1,
  },
  stats: { 'old, unmapped': 0, 'old, inactive': 1 },
  limit: { used: 1 },
  cluster: { clean: 0, written: 1, dirty: 1, busy: 0, 'in transfer': 0, held: 0, active: 0 },
  clean: {
    held: 0,
    'in transfer': 0,
    written: 1,
    'under way': 1,
    'written again': 0,
    store: -1,
    dirty: 0,
    paging: 0,
    'on swap': 1,
  },
  allowed: { dead: 0 },
  launder: { cleaned: 1, markers: 0 },
  grab: woken,
  'grab in transfer': woken,
  busy: woken,
  'in transfer': woken,
  cache: { cached: 1, mappings: 0, 'dirty ones leave': 1 },
  'try to cache': { written: 0, held: 0, clean: 1 },
  'try to free': { written: 0, busy: 0 },
  hold: { queue: 1, 'not free': 0, free: 1, 'free counted': 1 },
  select: { 'not the busy one': 1, 'it went': 0 },
  reclaim: { free: 1, mappings: 0 },
  'free cache': { 'held one stays': 0 },
};

const answers = kernelTests('pages and the page daemon', TEST, expected);

it('has queues that are what they say', () => {
  const one = ['queues', 'queues in the end', 'allowed', 'bits'].map((k) => answers().said.get(k));
  expect(one).toEqual([0, 0, 1, 1 + 1000 * 128 + 1000000]);
});
