import { kernelTests } from './module.js';

/**
 * A file's pages one at a time: what a cut leaves behind its end, in the file and where it is mapped, what is
 * taken for contents, and who reads a page that is busy, or cannot be read; a pipe whose reader goes while a
 * writer waits for it.
 */
const TEST = `
let t_window: u32 = 0;

function t_word(m: vm_page, at: u32): int {
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  const word = $i32($ld32(t_window + at));
  pmap_kremove(t_window);
  return word;
}
/** A new file of so many pages, whose words are 7. */
function* t_file(p: proc, name: str, pages: u32): Sleeps<vnode> {
  const nd = $local<nameidata>();
  const flags = $var<int>();
  NDINIT(nd, LOOKUP, FOLLOW, UIO_SYSSPACE, $addr(name), p);
  flags[0] = FREAD | FWRITE | O_CREAT;
  const error = yield* vn_open(nd, flags, 420);
  KASSERT(error === 0, 't_file: %d', error);
  const vp = nd.ni_vp;
  yield* NDFREE(nd);
  const buf = yield* malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
  for (let at: u32 = 0; at < PAGE_SIZE; at += 4) $st32(buf + at, 7);
  yield* memfs_setsize(vp, pages * PAGE_SIZE);
  for (let n: u32 = 0; n < pages; n++) yield* memfs_put($cast<memnode>(vp.v_data), n, 0, buf, PAGE_SIZE);
  free(buf, M_TEMP);
  return vp;
}

function* t_cut(p: proc): Sleeps {
  const vp = yield* t_file(p, '/tmp/cut', 2);
  const mn = $cast<memnode>(vp.v_data);
  const m = vm_page_lookup(mn.mn_aobj, 0);
  /* Somebody has mapped it and read it. */
  const mp = $var<vm_page>();
  const mapped = yield* vm_page_grab(vp.v_object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  mp[0] = mapped;
  mapped.dirty = VM_PAGE_BITS_ALL;
  say('cut: read', yield* vm_pager_get_pages(vp.v_object, mp, 1, 0));
  say('cut: read, dirty', mapped.dirty);
  vm_page_wakeup(mapped);
  vp.v_flag &= ~VOBJDIRTY;
  vm_object_set_writeable_dirty(vp.v_object);
  say('cut: to be synced', t_is((vp.v_flag & VOBJDIRTY) !== 0));
  say('cut: mapped before', t_word(mapped, 2000));
  /* The page was on swap, and nothing of it is new. */
  yield* swap_pager_reserve(mn.mn_aobj, 0, 2);
  vm_page_undirty(m);
  pmap_clear_modify(m);
  say('cut: done', yield* memfs_setsize(vp, 1000));
  say('cut: within', t_word(m, 996));
  say('cut: behind', t_word(m, 1000));
  say('cut: mapped, within', t_word(mapped, 996));
  say('cut: mapped, behind', t_word(mapped, 1000));
  say('cut: dirty', t_is(m.dirty !== 0));
  say('cut: no more on swap', t_is(swp_pager_meta_ctl(mn.mn_aobj, 0, 0) !== SWAPBLK_NONE));
  say('cut: nor what was cut off', t_is(swp_pager_meta_ctl(mn.mn_aobj, 1, 0) !== SWAPBLK_NONE));
  say('cut: second page', t_is(vm_page_lookup(mn.mn_aobj, 1) !== null));
  /* Longer again: zeros, whatever somebody has stored behind the end through his mapping. */
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(mapped));
  $st32(t_window + 2000, 9);
  pmap_kremove(t_window);
  say('grown: done', yield* memfs_setsize(vp, 3000));
  say('grown: behind', t_word(m, 2000));
  say('grown: mapped, behind', t_word(mapped, 2000));
  /* Nor does that get into the file when the page is written back. */
  yield* memfs_setsize(vp, 1000);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(mapped));
  $st32(t_window + 996, 8);
  $st32(t_window + 2000, 9);
  pmap_kremove(t_window);
  yield* swap_pager_reserve(mn.mn_aobj, 0, 1);
  say('written back: told', yield* memfs_putpage(mn, mapped, true));
  say('written back: old block', t_is(swp_pager_meta_ctl(mn.mn_aobj, 0, 0) !== SWAPBLK_NONE));
  say('written back: within', t_word(m, 996));
  say('written back: behind', t_word(m, 2000));
  /* And what is written to the file is new in both pages. */
  const word = $var<int>();
  word[0] = 3;
  yield* swap_pager_reserve(mn.mn_aobj, 0, 1);
  vm_page_undirty(m);
  vm_page_undirty(mapped);
  say('put: told', yield* memfs_put(mn, 0, 8, $addr(word), 4));
  say('put: word', t_word(m, 8));
  say('put: mapped', t_word(mapped, 8));
  say('put: dirty', t_is(m.dirty !== 0 && mapped.dirty !== 0));
  say('put: old block', t_is(swp_pager_meta_ctl(mn.mn_aobj, 0, 0) !== SWAPBLK_NONE));
  /* A page that the file did not have. */
  const error = $var<int>();
  yield* memfs_setsize(vp, 2 * PAGE_SIZE);
  const fresh = yield* memfs_apage_make(mn, 1, error);
  say('made: dirty', t_is(fresh.dirty !== 0));
  say('made: word', t_word(fresh, 0));
}

/** The object of a file's mappings goes: what was written through them is the file's. */
function* t_gone(p: proc): Sleeps {
  const vp = yield* t_file(p, '/tmp/gone', 1);
  const mp = $var<vm_page>();
  const mapped = yield* vm_page_grab(vp.v_object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  mp[0] = mapped;
  yield* vm_pager_get_pages(vp.v_object, mp, 1, 0);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(mapped));
  $st32(t_window + 8, 9);
  pmap_kremove(t_window);
  mapped.dirty = VM_PAGE_BITS_ALL;
  vm_page_wakeup(mapped);
  vm_object_set_writeable_dirty(vp.v_object);
  const mn = $cast<memnode>(vp.v_data);
  say('gone: in the file before', t_word(vm_page_lookup(mn.mn_aobj, 0), 8));
  yield* VOP_DESTROYVOBJECT(vp);
  say('gone: object', t_is(vp.v_object !== null));
  say('gone: in the file', t_word(vm_page_lookup(mn.mn_aobj, 0), 8));
}

/** Another process, which reads a word of a file. */
let t_read_error: int = -1;
export function* t_reader(arg: u32, frame: trapframe): Sleeps {
  const word = $var<int>();
  yield* mtx_lock(Giant);
  word[0] = 0;
  t_read_error = yield* memfs_get($cast<memnode>(arg), 0, 0, $addr(word), 4);
  if (t_read_error === 0) t_read_error = word[0];
  yield* kthread_exit(0);
}
/** Another process, which writes a word to a file. */
let t_put_error: int = -1;
export function* t_puts(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_put_error = yield* memfs_put($cast<memnode>(arg), 0, 8, $addr($ref(t_data)), 4);
  yield* kthread_exit(0);
}
/** While it waits for the page of the mappings that of the file goes: there is another one then. */
function* t_written(p: proc): Sleeps {
  const vp = yield* t_file(p, '/tmp/written', 1);
  const mn = $cast<memnode>(vp.v_data);
  const mp = $var<vm_page>();
  const mapped = yield* vm_page_grab(vp.v_object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  mp[0] = mapped;
  yield* vm_pager_get_pages(vp.v_object, mp, 1, 0);
  yield* kthread_create(t_puts, $addr(mn), null, 0, 'tputs');
  yield* tsleep($addr($ref(t_put_error)), PVM, 'tnap', 3);
  say('written: waits', t_put_error);
  const old = vm_page_lookup(mn.mn_aobj, 0);
  vm_page_busy(old);
  vm_page_free(old);
  vm_page_wakeup(mapped);
  yield* tsleep($addr($ref(t_put_error)), PVM, 'tnap', 3);
  say('written: told', t_put_error);
  const m = vm_page_lookup(mn.mn_aobj, 0);
  say('written: word', m === null ? -1 : t_word(m, 8));
  say('written: mapped', t_word(mapped, 8));
}

/** A page of the file that is in somebody's hands, and one that cannot be had from swap. */
function* t_read(p: proc): Sleeps {
  const vp = yield* t_file(p, '/tmp/read', 2);
  const mn = $cast<memnode>(vp.v_data);
  const m = vm_page_lookup(mn.mn_aobj, 0);
  vm_page_busy(m);
  yield* kthread_create(t_reader, $addr(mn), null, 0, 'treader');
  yield* tsleep($addr($ref(t_read_error)), PVM, 'tnap', 3);
  say('busy: waits', t_read_error);
  vm_page_wakeup(m);
  vm_page_busy(m);
  yield* tsleep($addr($ref(t_read_error)), PVM, 'tnap', 3);
  say('busy: waits again', t_read_error);
  vm_page_wakeup(m);
  yield* tsleep($addr($ref(t_read_error)), PVM, 'tnap', 3);
  say('busy: word', t_read_error);
  const word = $var<int>();
  yield* swap_pager_reserve(mn.mn_aobj, 1, 1);
  const n = vm_page_lookup(mn.mn_aobj, 1);
  vm_page_busy(n);
  vm_page_free(n);
  ad0_softc.ad_flags |= AD_F_DEAD;
  say('unreadable: told', yield* memfs_get(mn, 1, 0, $addr(word), 4));
  ad0_softc.ad_flags &= ~AD_F_DEAD;
  say('unreadable: page', t_is(vm_page_lookup(mn.mn_aobj, 1) !== null));
  say('unreadable: on swap still', t_is(swp_pager_meta_ctl(mn.mn_aobj, 1, 0) !== SWAPBLK_NONE));
  say('unreadable: from a drive that works', yield* memfs_get(mn, 1, 0, $addr(word), 4));
}

/** A page that is there and has no contents is none of the file's. */
function* t_contents(p: proc): Sleeps {
  const vp = yield* t_file(p, '/tmp/contents', 2);
  const mn = $cast<memnode>(vp.v_data);
  const error = $var<int>();
  const m = vm_page_lookup(mn.mn_aobj, 1);
  say('contents: there', t_is((yield* memfs_apage(mn, 1, error)) === m));
  m.valid = 0;
  m.dirty = 0;
  say('contents: not valid', t_is((yield* memfs_apage(mn, 1, error)) === null));
  say('contents: no error', error[0]);
}

/** Another process, which writes to a pipe that somebody else has locked. */
let t_pipe: pipe_t = null;
let t_error: int = -1;
let t_data: int = 5;
export function* t_writer(arg: u32, frame: trapframe): Sleeps {
  const uio = $local<uio>();
  const iov = $local<iovec>();
  yield* mtx_lock(Giant);
  iov.iov_base = $addr($ref(t_data));
  iov.iov_len = 4;
  uio.uio_iov = iov;
  uio.uio_iovcnt = 1;
  uio.uio_offset = $i64(0);
  uio.uio_resid = 4;
  uio.uio_segflg = UIO_SYSSPACE;
  uio.uio_rw = UIO_WRITE;
  uio.uio_procp = null;
  t_error = yield* pipe_put(t_pipe, uio, true);
  yield* kthread_exit(0);
}
function* t_closed(): Sleeps {
  t_pipe = yield* pipe_create();
  yield* pipelock(t_pipe, false);
  yield* kthread_create(t_writer, 0, null, 0, 'twriter');
  yield* tsleep($addr($ref(t_error)), PVM, 'tnap', 3);
  say('pipe: waits', t_error);
  /* Woken, but somebody else was faster. */
  pipeunlock(t_pipe);
  yield* pipelock(t_pipe, false);
  yield* tsleep($addr($ref(t_error)), PVM, 'tnap', 3);
  say('pipe: waits again', t_error);
  t_pipe.pipe_state |= PIPE_EOF;
  pipeunlock(t_pipe);
  yield* tsleep($addr($ref(t_error)), PVM, 'tnap', 3);
  say('pipe: told', t_error);
  say('pipe: written', $i32(t_pipe.pipe_buffer.cnt));
  /* A small write is not cut: where there is no room for all of it none is written. */
  t_pipe.pipe_state &= ~PIPE_EOF;
  t_pipe.pipe_buffer.cnt = t_pipe.pipe_buffer.size - 2;
  yield* kthread_create(t_writer, 0, null, 0, 'twriter');
  yield* tsleep($addr($ref(t_error)), PVM, 'tnap', 3);
  say('pipe: small, told', t_error);
  say('pipe: small, room', $i32(t_pipe.pipe_buffer.size - t_pipe.pipe_buffer.cnt));
}

function* test(p: proc): Sleeps {
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  yield* t_cut(p);
  yield* t_gone(p);
  yield* t_read(p);
  yield* t_written(p);
  yield* t_contents(p);
  yield* t_closed();
}
`;

const [EIO, EPIPE] = [5, 32];
const expected: Record<string, Record<string, number>> = {
  cut: {
    read: 0,
    'read, dirty': 0,
    'to be synced': 1,
    'mapped before': 7,
    done: 0,
    within: 7,
    behind: 0,
    'mapped, within': 7,
    'mapped, behind': 0,
    dirty: 1,
    'no more on swap': 0,
    'nor what was cut off': 0,
    'second page': 0,
  },
  grown: { done: 0, behind: 0, 'mapped, behind': 0 },
  'written back': { told: 0, 'old block': 0, within: 8, behind: 0 },
  put: { told: 0, word: 3, mapped: 3, dirty: 1, 'old block': 0 },
  made: { dirty: 1, word: 0 },
  gone: { 'in the file before': 7, object: 0, 'in the file': 9 },
  busy: { waits: -1, 'waits again': -1, word: 7 },
  written: { waits: -1, told: 0, word: 5, mapped: 5 },
  unreadable: { told: EIO, page: 0, 'on swap still': 1, 'from a drive that works': 0 },
  contents: { there: 1, 'not valid': 1, 'no error': 0 },
  pipe: { waits: -1, 'waits again': -1, told: EPIPE, written: 0, 'small, told': 0, 'small, room': 2 },
};

kernelTests('files', TEST, expected);
