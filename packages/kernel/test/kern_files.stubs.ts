import { STUBS as VM_STUBS } from './vm_object.stubs.js';

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`vm_object.stubs.ts changed: no ${from}`);
  return text.replace(from, to);
}

/** The vm stubs, with mutexes that may be free or recursed, and a swap that keeps whole pages. */
function vmStubs(): string {
  let s = replaced(
    VM_STUBS,
    "KASSERT(m.mtx_lock === 0, 'mutex taken twice');",
    'if (m.mtx_lock === $addr(test_proc)) m.mtx_recurse++;',
  );
  s = replaced(
    s,
    "KASSERT(m.mtx_lock === $addr(test_proc), 'mutex not ours');\n  m.mtx_lock = 0;",
    "KASSERT(m.mtx_lock === $addr(test_proc), 'mutex not ours');\n  if (m.mtx_recurse > 0) m.mtx_recurse--;\n  else m.mtx_lock = MTX_UNOWNED;",
  );
  s = replaced(
    s,
    'export function printf(fmt: str, ...args: va_list): void {\n  machine_stop($i32($addr(fmt)));\n}',
    'export function printf(fmt: str, ...args: va_list): void {}',
  );
  s = replaced(
    s,
    '$st32(KERNBASE + m[i].phys_addr, $i32(test_swword[slot]));',
    'hw_bcopy(0xc0a00000 + $u32(slot) * 4096, KERNBASE + m[i].phys_addr, 4096);',
  );
  return replaced(
    s,
    'test_swword[slot] = $ld32(KERNBASE + m.phys_addr);',
    'hw_bcopy(KERNBASE + m.phys_addr, 0xc0a00000 + $u32(slot) * 4096, 4096);',
  );
}

/**
 * What the files stand on: user memory is kernel memory, one process, a sleep that runs test_action (or is
 * interrupted), interrupt threads that the test calls itself.
 */
export const STUBS = `${vmStubs()}
export let initproc: proc = null;
export let time_second: int = 1000;
export let hz: int = 100;
export let lbolt: int = 0;
export let do_minidump: int = 0;
export let dump_watchdog: int = 60;
export let test_dump: embed<dumperinfo>;
export function dump_machdep(di: dumperinfo, mini: int): int {
  $copy(test_dump, di);
  return di.di_write(di.di_unit, 0x40000 - 1024, di.di_first + di.di_size - 2, 2);
}
export let swdevt: array<embed<swdevt_t>, 4>;
export let test_limit: embed<plimit>;
export let test_sleeps: int = 0;
export let test_action: (ident: u32) => Sleeps = null;
export let test_signals: u32 = 0;
export let M_TEMP: embed<malloc_type> = $init({ ks_shortdesc: 'temp' });
export let test_blocks: int = 0;
export let test_ih: embed<intrhand>;
export let test_swis: int = 0;

export function* malloc(size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  const a = bump(size + 32) + 32;
  $st32(a - 4, $i32($addr(type)));
  hw_bzero(a, size);
  if ((flags & M_ZERO) === 0) $st32(a, 0x5eadbeef);
  test_blocks++;
  return a;
}
export function free(a: u32, type: malloc_type): void {
  KASSERT($u32($ld32(a - 4)) === $addr(type), 'free: wrong type or twice');
  $st32(a - 4, 0);
  test_blocks--;
}
export function* kmem_free(map: vm_map, a: u32, size: u32): Sleeps {}
export function bcmp(a: u32, b: u32, len: u32): int {
  for (let i: u32 = 0; i < len; i++) if ($ld8(a + i) !== $ld8(b + i)) return 1;
  return 0;
}
export function* copyin(u: u32, k: u32, len: u32): Sleeps<int> {
  if (u < 4096) return EFAULT;
  hw_bcopy(u, k, len);
  return 0;
}
export function* copyout(k: u32, u: u32, len: u32): Sleeps<int> {
  if (u < 4096) return EFAULT;
  hw_bcopy(k, u, len);
  return 0;
}
export function copystr(from: u32, to: u32, max: u32, done: ptr<u32>): int {
  for (let i: u32 = 0; i < max; i++) {
    $st8(to + i, $ld8(from + i));
    if ($ld8(from + i) === 0) return 0;
  }
  return ENAMETOOLONG;
}
export function* copyinstr(from: u32, to: u32, max: u32, done: ptr<u32>): Sleeps<int> {
  if (from < 4096) return EFAULT;
  return copystr(from, to, max, done);
}
export function snprintf(a: u32, n: int, fmt: str, ...args: va_list): int {
  return 0;
}
export function log(level: int, fmt: str, ...args: va_list): void {}
export function* msleep(ident: u32, m: mtx, pri: int, wmesg: str, timo: int): Sleeps<int> {
  test_sleeps++;
  if (test_action === null) return EINTR;
  yield* test_action(ident);
  return 0;
}
export function* tsleep(ident: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  return yield* msleep(ident, null, pri, wmesg, timo);
}
export function* msleep_spin(ident: u32, m: mtx, pri: int, wmesg: str, timo: int): Sleeps<int> {
  return yield* msleep(ident, null, pri, wmesg, timo);
}
export function mtx_destroy(m: mtx): void {}
export function psignal(p: proc, sig: int): void {
  test_signals |= 1 << sig;
}
export function* pgsignal(pgid: pid_t, sig: int, c: int): Sleeps {
  test_signals |= 1 << sig;
}
export function* pgfind(pgid: pid_t): Sleeps<boolean> {
  return pgid === 7;
}
/* A window onto a page is a copy of it: virtual addresses are fixed here. */
let test_window: vm_offset_t = 0;
export function pmap_kenter(va: u32, pa: u32): void {
  KASSERT(test_window === 0, 'window used twice');
  test_window = pa;
  hw_bcopy(KERNBASE + pa, va, 4096);
}
export function pmap_kremove(va: u32): void {
  hw_bcopy(va, KERNBASE + test_window, 4096);
  test_window = 0;
}
export function pmap_kextract(va: u32): u32 {
  return va & 0xffffff;
}
export function* inthand_add(n: str, i: int, h: (a: u32) => Sleeps, a: u32, p: int, f: int, c: ptr<intrhand>): Sleeps<int> {
  test_ih.ih_handler = h;
  test_ih.ih_argument = a;
  return 0;
}
export function* swi_add(i: ptr<ithd>, n: str, h: (a: u32) => Sleeps, a: u32, p: int, f: int, c: ptr<intrhand>): Sleeps<int> {
  return 0;
}
export function swi_sched(ih: intrhand, flags: int): void {
  test_swis++;
}
export function callout_init(c: callout, mpsafe: int): void {
  c.c_flags = 0;
}
export function callout_reset(c: callout, t: int, f: (a: u32) => Sleeps, a: u32): void {
  c.c_flags = CALLOUT_PENDING;
}
export function callout_stop(c: callout): int {
  c.c_flags = 0;
  return 0;
}

export function* test_files(image: u32, size: u32): Sleeps {
  yield* test_init();
  vm_unlock();
  mdroot_start = image;
  mdroot_size = size;
  test_limit.pl_rlimit[RLIMIT_NOFILE].rlim_cur = $i64(64);
  test_limit.pl_rlimit[RLIMIT_FSIZE].rlim_cur = $i64(0x40000000);
  test_proc.p_limit = test_limit;
  test_proc.p_pgid = 7;
  test_proc.p_mtx.mtx_lock = MTX_UNOWNED;
  test_proc.p_fd = yield* fdinit(test_proc);
  vntblinit();
  bufinit();
  yield* cninit();
  yield* vfs_mountroot(0);
}
export function test_retval(i: int): int {
  return test_proc.p_retval[i];
}
/** Maps a file at TEST_MIN. */
export function* test_mapfile(fd: int, pages: u32): Sleeps<u32> {
  const a = $var<u32>();
  const fp = fget(test_proc.p_fd, fd);
  const vp = $cast<vnode>(fp.f_data);
  yield* vm_lock();
  const vm = yield* vmspace_alloc(TEST_MIN, TEST_MIN + TEST_NPAGES * 4096);
  const object = yield* vnode_pager_alloc($addr(vp), $i64(0), 0, $i64(0));
  a[0] = TEST_MIN;
  const rv = yield* vm_map_find(vm.vm_map, object, $i64(0), a, pages * 4096, false, VM_PROT_ALL, VM_PROT_ALL, 0);
  KASSERT(rv === 0, 'test_mapfile: no');
  vm_unlock();
  return $addr(vm);
}
/** The kernel address of a mapped file's byte, after the faults that it takes; 0 if there is no such page. */
export function* test_touch(vm: vmspace, off: u32, wr: int): Sleeps<u32> {
  const va = TEST_MIN + trunc_page(off);
  const pte = test_pte(vmspace_pmap(vm), va);
  yield* vm_lock();
  if ((pte[0] & (wr !== 0 ? 3 : 1)) !== (wr !== 0 ? 3 : 1)) {
    const rv = yield* vm_fault(vm.vm_map, va, wr !== 0 ? VM_PROT_WRITE : VM_PROT_READ, wr !== 0 ? VM_FAULT_DIRTY : 0);
    if (rv !== 0) {
      vm_unlock();
      return 0;
    }
  }
  if (wr !== 0) pte[0] |= 4;
  vm_unlock();
  return KERNBASE + (pte[0] & 0xfffff000) + (off & PAGE_MASK);
}
/** What the page daemon would do with page i: of a file, back to the file; of anonymous memory, to swap. */
export function* test_clean(i: int): Sleeps {
  const m = $idx(vm_page_array, i);
  const rt = $var<int>();
  const mp = $var<vm_page>();
  yield* vm_lock();
  if (m.object === null || m.object.type !== OBJT_VNODE) {
    test_steal(i, 0);
    vm_unlock();
    return;
  }
  if (m.wire_count === 0 && (m.flags & PG_BUSY) === 0 && m.busy === 0 && m.valid !== 0) {
    vm_page_test_dirty(m);
    vm_page_protect(m, VM_PROT_NONE);
    if (m.dirty !== 0) {
      mp[0] = m;
      vm_page_io_start(m);
      yield* VOP_PUTPAGES($cast<vnode>(m.object.handle), mp, 1, 0, rt);
      vm_page_io_finish(m);
    }
    if (m.dirty === 0) {
      vm_page_busy(m);
      vm_page_free(m);
    }
  }
  vm_unlock();
}
export function* vm_pageout_flush(mc: ptr<vm_page>, count: int, flags: int): Sleeps<int> {
  const rt = $local<array<int, 16>>();
  for (let i = 0; i < count; i++) {
    vm_page_io_start(mc[i]);
    vm_page_protect(mc[i], VM_PROT_READ);
  }
  vm_object_pip_add(mc[0].object, count);
  yield* vm_pager_put_pages(mc[0].object, mc, count, flags, $ref(rt[0]));
  for (let i = 0; i < count; i++) {
    KASSERT(rt[i] === VM_PAGER_OK, 'vm_pageout_flush: not written');
    vm_object_pip_wakeup(mc[i].object);
    vm_page_io_finish(mc[i]);
  }
  return count;
}
export function* test_sync(): Sleeps {
  yield* sync_all(MNT_WAIT);
  yield* vinact_drain();
}
/** Pages that belong to something. */
export function test_used(): int {
  let n = 0;
  for (let i = 0; i < vm_page_array_size; i++) if ($idx(vm_page_array, i).object !== null) n++;
  return n;
}
export function* test_peer(ident: u32): Sleeps {
  /* The reader of the pipe test: args at test_peerargs. */
  yield* read(test_proc, $addr(test_peerargs));
}
export let test_peerargs: array<u32, 4>;
export function* test_type(c: int): Sleeps {
  yield* ttyinput(c, constty);
}
export let test_echo: array<char, 256>;
export let test_echon: int = 0;
export function test_tty(): void {
  constty.t_putc = test_putc;
}
function test_putc(c: int): void {
  test_echo[test_echon++ & 255] = c;
}

export let test_bios: array<embed<bio>, 64>;
export let test_bioq: embed<bio_queue_head>;
let test_ready: int = 0;
export function test_bio_insert(i: int, block: int): void {
  if (!test_ready) bioq_init(test_bioq);
  test_ready = 1;
  test_bios[i].bio_pblkno = block;
  bioqdisksort(test_bioq, test_bios[i]);
}
export function test_bio_take(): int {
  const bp = bioq_first(test_bioq);
  if (bp === null) return -1;
  bioq_remove(test_bioq, bp);
  return $pdiff(bp, test_bios[0]);
}
export let test_done: array<int, 64>;
export function* test_biodone(bp: bio): Sleeps {
  test_done[$pdiff(bp, test_bios[0])]++;
}
export function test_bio_start(i: int, cmd: int, block: int, count: int, data: u32): void {
  const bp = test_bios[i];
  hw_bzero($addr(bp), $sizeof<bio>());
  bp.bio_cmd = cmd;
  bp.bio_dev = makedev(AD_MAJOR, 1);
  bp.bio_blkno = block;
  bp.bio_bcount = count;
  bp.bio_data = data;
  bp.bio_done = test_biodone;
  adstrategy(bp);
}
export function* test_intr(): Sleeps {
  yield* test_ih.ih_handler(test_ih.ih_argument);
}
export function test_bio(i: int): bio {
  return test_bios[i];
}
`;
