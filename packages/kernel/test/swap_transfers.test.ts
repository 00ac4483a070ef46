import { kernelTests } from './module.js';

/**
 * Transfers from and to swap: what they reach over, what becomes of the pages that are not read with the one
 * that is wanted, of those that cannot be read, and when a write is over.
 */
const TEST = `
const AT: u32 = 0x30000000;
let t_object: vm_object = null;
let t_chan: int = 0;
let t_done: int = 0;

function* t_nap(timo: int): Sleeps {
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', timo);
}
/** A new page i of an object: busy, not valid. */
function* t_page(object: vm_object, i: u32): Sleeps<vm_page> {
  const m = yield* vm_page_grab(object, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  m.valid = 0;
  m.dirty = 0;
  m.flags &= ~PG_ZERO;
  return m;
}

/** Blocks that follow each other, from one stripe to the next. */
function* t_stripes(): Sleeps {
  const pages = $local<array<vm_page, 4>>();
  const end = $var<int>();
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* swap_pager_reserve(o, 7, 1);
  const border = 8 * dmmax;
  for (let i: u32 = 0; i < 4; i++) {
    pages[i] = yield* t_page(o, i);
    yield* swp_pager_meta_build(o, i, border - 2 + $i32(i));
  }
  say('stripes: before the border, from', swp_pager_getrange($ref(pages[0]), 4, 1, border - 1, end));
  say('stripes: before the border, to', end[0]);
  say('stripes: behind the border, from', swp_pager_getrange($ref(pages[0]), 4, 2, border, end));
  say('stripes: behind the border, to', end[0]);
  for (let i: u32 = 0; i < 4; i++) {
    swp_pager_meta_ctl(o, i, SWM_POP);
    vm_page_free(pages[i]);
  }
  yield* vm_object_deallocate(o);
}

/** A page is wanted; one before and one behind it lie beside it on swap, the last one is not there. */
function* t_read(): Sleeps {
  const pages = $local<array<vm_page, 4>>();
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 8);
  yield* swap_pager_reserve(o, 0, 3);
  for (let i: u32 = 0; i < 4; i++) pages[i] = yield* t_page(o, i);
  const m = pages[1];
  /* They were zero when they were allocated. */
  for (let i: u32 = 0; i < 3; i++) pages[i].flags |= PG_ZERO;
  const rv = yield* swap_pager_getpages(o, $ref(pages[0]), 4, 1);
  say('read: told', rv);
  say('read: valid', t_is(m.valid === VM_PAGE_BITS_ALL));
  say('read: is ours', t_is((m.flags & PG_BUSY) !== 0));
  say('read: along', t_is(pages[0].valid === VM_PAGE_BITS_ALL && pages[2].valid === VM_PAGE_BITS_ALL));
  say('read: along, idle', (pages[0].flags | pages[2].flags) & PG_BUSY);
  say('read: zero', (pages[0].flags | m.flags | pages[2].flags) & PG_ZERO);
  say('read: not there', t_is(vm_page_lookup(o, 3) !== null));
  /* And once more from a drive that is gone. */
  for (let i: u32 = 0; i < 3; i++) {
    const old = vm_page_lookup(o, i);
    if (old !== m) vm_page_busy(old);
    vm_page_free(old);
  }
  for (let i: u32 = 0; i < 4; i++) pages[i] = yield* t_page(o, i);
  ad0_softc.ad_flags |= AD_F_DEAD;
  say('dead drive: told', yield* swap_pager_getpages(o, $ref(pages[0]), 4, 1));
  ad0_softc.ad_flags &= ~AD_F_DEAD;
  say('dead drive: valid', pages[1].valid);
  say('dead drive: is ours', t_is(vm_page_lookup(o, 1) === pages[1] && (pages[1].flags & PG_BUSY) !== 0));
  say('dead drive: others', o.resident_page_count - 1);
  say('dead drive: under way', o.paging_in_progress);
  vm_page_free(pages[1]);
  yield* vm_object_deallocate(o);
}

/** A run of free blocks goes on from one stripe to the next, which is another device's. */
function* t_cluster(): Sleeps {
  const np = $var<int>();
  let n: int = BLIST_MAX_ALLOC;
  while (n > 0) {
    const blk = swp_pager_getswapspace(n);
    if (blk === SWAPBLK_NONE) n >>= 1;
  }
  say('cluster: none left', vm_swap_size);
  /* The second device, as far as it is looked at here. */
  const border = 2 * nswdev * dmmax + dmmax;
  swdevt[1].sw_nblks = 4;
  swdevt[1].sw_used = 4;
  swp_pager_freeswapspace(border - 4, 8);
  say('cluster: first', t_is(swp_pager_getcluster(8, np) === border - 4));
  say('cluster: blocks', np[0]);
  say('cluster: free', vm_swap_size);
  say('cluster: second', t_is(swp_pager_getcluster(4, np) === border));
  say('cluster: blocks of it', np[0]);
  say('cluster: free in the end', vm_swap_size);
  swdevt[1].sw_nblks = 0;
  swdevt[1].sw_used = 0;
}

/** Another process, which writes a page and waits until that is done. */
export function* t_writer(arg: u32, frame: trapframe): Sleeps {
  const m = $var<vm_page>();
  const status = $var<int>();
  yield* mtx_lock(Giant);
  m[0] = $cast<vm_page>(arg);
  vm_page_io_start(m[0]);
  vm_object_pip_add(t_object, 1);
  wakeup($addr($ref(t_chan)));
  yield* swap_pager_putpages(t_object, m, 1, VM_PAGER_PUT_SYNC, status);
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_others(p: proc): Sleeps {
  mtx_unlock(Giant);
  yield* t_turn(p);
  yield* mtx_lock(Giant);
}
function* t_written(p: proc): Sleeps {
  const pp = $var<proc>();
  t_object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const m = yield* t_page(t_object, 0);
  m.valid = VM_PAGE_BITS_ALL;
  vm_page_wakeup(m);
  vm_page_deactivate(m);
  t_done = 0;
  yield* kthread_create(t_writer, $addr(m), pp, 0, 'twriter');
  yield* t_nap(0);
  const writer = pp[0];
  const chan = writer.p_wchan;
  say('write: waits for its buffer', t_is(chan >= $addr(swbuf) && chan < $addr($idx(swbuf, nswbuf))));
  /* Woken, but not because it is over. */
  wakeup(chan);
  yield* t_others(p);
  say('write: waits again', t_is(writer.p_stat === SSLEEP && writer.p_wchan === chan));
  say('write: under way', m.busy);
  say('write: dirty meanwhile', t_is(m.dirty !== 0));
  yield* t_nap(10);
  say('write: done', t_done);
  say('write: in transfer', m.busy);
  say('write: dirty', m.dirty);
  say('write: announced', t_object.paging_in_progress);
  /* Whatever its mappings said before the write is over, it is clean then. */
  const map = vmspace_pmap(p.p_vmspace);
  pmap_enter(map, AT, m, VM_PROT_READ | VM_PROT_WRITE, false);
  m.flags |= PG_MAPPED | PG_WRITEABLE;
  $st32(AT, 5);
  say('written: modified before', t_is(pmap_is_modified(m)));
  vm_page_io_start(m);
  swp_pager_iodone_write(m, false);
  vm_page_test_dirty(m);
  say('written: dirty', m.dirty);
  say('written: can be stored to', yield* suword(AT, 6));
  pmap_remove(map, AT, AT + PAGE_SIZE);
}

/** Another process, which gives all blocks of an object back. */
export function* t_forgets(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* swap_pager_dealloc($cast<vm_object>(arg));
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_forgotten(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const free_blocks = vm_swap_size;
  yield* swap_pager_reserve(o, 0, 2);
  vm_object_pip_add(o, 1);
  t_done = 0;
  yield* kthread_create(t_forgets, $addr(o), null, 0, 'tforgets');
  yield* t_nap(3);
  say('forgotten: waits for the transfer', 1 - t_done);
  say('forgotten: blocks kept', free_blocks - vm_swap_size);
  vm_object_pip_wakeup(o);
  yield* t_nap(3);
  say('forgotten: done', t_done);
  say('forgotten: blocks', free_blocks - vm_swap_size);
}

function* test(p: proc): Sleeps {
  yield* t_forgotten();
  yield* t_stripes();
  yield* t_read();
  yield* t_written(p);
  yield* t_cluster();
}
`;

const [OK, ERROR] = [0, 4];
const expected: Record<string, Record<string, number>> = {
  stripes: {
    'before the border, from': 0,
    'before the border, to': 2,
    'behind the border, from': 2,
    'behind the border, to': 4,
  },
  read: { told: OK, valid: 1, 'is ours': 1, along: 1, 'along, idle': 0, zero: 0, 'not there': 0 },
  'dead drive': { told: ERROR, valid: 0, 'is ours': 1, others: 0, 'under way': 0 },
  forgotten: { 'waits for the transfer': 1, 'blocks kept': 2, done: 1, blocks: 0 },
  cluster: {
    'none left': 0,
    first: 1,
    blocks: 4,
    free: 4,
    second: 1,
    'blocks of it': 4,
    'free in the end': 0,
  },
  write: {
    'waits for its buffer': 1,
    'waits again': 1,
    'under way': 1,
    'dirty meanwhile': 1,
    done: 1,
    'in transfer': 0,
    dirty: 0,
    announced: 0,
  },
  written: { 'modified before': 1, dirty: 0, 'can be stored to': -1 },
};

kernelTests('transfers of the swap pager', TEST, expected);
