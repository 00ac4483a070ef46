/**
 * vmstat(8): lines of rates (the first since the boot), -s counters, -m the kernel's memory by type, -z its
 * zones. Disks are not counted by this kernel.
 */
import type { malloc_stat } from '../../../../kernel/src/sys/malloc.h.js';
import { CPUSTATES } from '../../../../kernel/src/sys/systm.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import type { vmmeter } from '../../../../kernel/src/sys/vmmeter.h.js';
import type { vmtotal_t } from '../../../../kernel/src/sys/vmtotal.h.js';
import { getpagesize } from '../../lib/libc/gen/getpagesize.js';
import { sleep } from '../../lib/libc/gen/sleep.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { memset } from '../../lib/libc/string/memset.js';
import { gettimeofday } from '../../lib/libc/sys/syscalls.js';
import { getsysctl, getsysctlbuf } from '../../lib/libutil/sysctlbuf.js';
import { getvmmeter } from '../../lib/libutil/vmmeter.js';

/** The header comes again after so many lines. */
const PAGE_LINES = 20;

/**
 * What one line is made of.
 * @lock p the program
 */
interface sample extends struct {
  s_time: i64; // (p) microseconds since 1970
  s_sum: embed<vmmeter>; // (p) counters
  s_total: embed<vmtotal_t>; // (p) processes and memory
  s_cp_time: array<u32, 5>; // (p) ticks by state
}

function usage(): never {
  fprintf(stderr, 'usage: vmstat [-smz] [-c count] [-w wait] [wait [count]]\n');
  exit(1);
}

function pcount(n: u32, what: str): void {
  printf('%9u %s\n', n, what);
}

/** -s, in the order and words of 2001; what this kernel does not count is left out. */
function dosum(): void {
  const sum = $local<vmmeter>();
  getvmmeter(sum);
  pcount(sum.v_swtch, 'cpu context switches');
  pcount(sum.v_intr, 'device interrupts');
  pcount(sum.v_soft, 'software interrupts');
  pcount(sum.v_trap, 'traps');
  pcount(sum.v_syscall, 'system calls');
  pcount(sum.v_kthreads, 'kernel threads created');
  pcount(sum.v_forks, ' fork() calls');
  pcount(sum.v_vforks, 'vfork() calls');
  pcount(sum.v_rforks, 'rfork() calls');
  pcount(sum.v_swapin, 'swap pager pageins');
  pcount(sum.v_swappgsin, 'swap pager pages paged in');
  pcount(sum.v_swapout, 'swap pager pageouts');
  pcount(sum.v_swappgsout, 'swap pager pages paged out');
  pcount(sum.v_vnodein, 'vnode pager pageins');
  pcount(sum.v_vnodepgsin, 'vnode pager pages paged in');
  pcount(sum.v_vnodeout, 'vnode pager pageouts');
  pcount(sum.v_vnodepgsout, 'vnode pager pages paged out');
  pcount(sum.v_pdwakeups, 'page daemon wakeups');
  pcount(sum.v_pdpages, 'pages examined by the page daemon');
  pcount(sum.v_reactivated, 'pages reactivated');
  pcount(sum.v_cow_faults, 'copy-on-write faults');
  pcount(sum.v_cow_optim, 'copy-on-write optimized faults');
  pcount(sum.v_zfod, 'zero fill pages zeroed');
  pcount(sum.v_ozfod, 'zero fill pages prezeroed');
  pcount(sum.v_intrans, 'intransit blocking page faults');
  pcount(sum.v_vm_faults, 'total VM faults taken');
  pcount(sum.v_tfree, 'pages freed');
  pcount(sum.v_dfree, 'pages freed by daemon');
  pcount(sum.v_pfree, 'pages freed by exiting processes');
  pcount(sum.v_active_count, 'pages active');
  pcount(sum.v_inactive_count, 'pages inactive');
  pcount(sum.v_cache_count, 'pages in VM cache');
  pcount(sum.v_wire_count, 'pages wired down');
  pcount(sum.v_free_count, 'pages free');
  pcount(sum.v_page_size, 'bytes per page');
}

/** The sizes of blocks of a type: a bit for each power of 2. */
function domemsizes(sizes: u32): void {
  let sep: str = '  ';
  for (let bit = 4; bit < 32; bit++) {
    if (((sizes >>> bit) & 1) === 0) continue;
    if (bit < 10) printf('%s%d', sep, 1 << bit);
    else printf('%s%dK', sep, 1 << (bit - 10));
    sep = ',';
  }
  putchar($ch('\n'));
}

/** -m */
function domem(): void {
  const len = $var<u32>();
  const buf = getsysctlbuf('kern.malloc', len);
  let totuse: u32 = 0;
  let totreq: u32 = 0;
  printf('Memory statistics by type                          Type\n');
  printf('        Type  InUse MemUse HighUse  Limit Requests Limit  Size(s)\n');
  for (let at: u32 = 0; at + $sizeof<malloc_stat>() <= len[0]; at += $sizeof<malloc_stat>()) {
    const ms = $cast<malloc_stat>(buf + at);
    if (ms.ms_calls === 0) continue;
    totuse += ms.ms_memuse;
    totreq += ms.ms_calls;
    printf('%12s%7u%6uK', ms.ms_name, ms.ms_inuse, (ms.ms_memuse + 1023) / 1024);
    printf('%7uK%6uK', (ms.ms_maxused + 1023) / 1024, (ms.ms_limit + 1023) / 1024);
    printf('%9u%6u', ms.ms_calls, ms.ms_limblocks);
    domemsizes(ms.ms_size);
  }
  printf('\nMemory Totals:  In Use    Requests\n');
  printf('              %7uK    %8u\n', (totuse + 1023) / 1024, totreq);
}

/** -z */
function dozmem(): void {
  const len = $var<u32>();
  fputs($cast<str>(getsysctlbuf('vm.zone', len)), stdout);
}

function takesample(s: sample): void {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  s.s_time = $i64(tv.tv_sec) * 1000000 + tv.tv_usec;
  getvmmeter(s.s_sum);
  getsysctl('vm.vmtotal', $addr(s.s_total), $sizeof<vmtotal_t>());
  getsysctl('kern.cp_time', $addr(s.s_cp_time), 4 * CPUSTATES);
}

function printhdr(): void {
  printf(' procs      memory     page                      faults      cpu\n');
  printf(' r b w     avm    fre  flt  re  pi  po  fr  sr   in   sy  cs us sy id\n');
}

/** Shares of the time, in percent. */
function cpustats(now: sample, old: sample): void {
  const ticks = $local<array<u32, typeof CPUSTATES>>();
  let total: u32 = 0;
  for (let i = 0; i < CPUSTATES; i++) {
    ticks[i] = now.s_cp_time[i] - old.s_cp_time[i];
    total += ticks[i];
  }
  if (total === 0) total = 1;
  printf(' %2u', percent(ticks[0] + ticks[1], total));
  printf(' %2u', percent(ticks[2] + ticks[3], total));
  printf(' %2u\n', percent(ticks[4], total));
}

function percent(ticks: u32, total: u32): u32 {
  return $u32(($i64(ticks) * 200 + total) / ($i64(total) * 2));
}

/** A count over so many seconds, each. */
function rate(count: u32, secs: u32): u32 {
  return (count + secs / 2) / secs;
}

/** A line: what has changed between two samples. */
function printline(now: sample, old: sample): void {
  const kb = getpagesize() / 1024;
  const t = now.s_total;
  const a = now.s_sum;
  const b = old.s_sum;
  const span = $u32((now.s_time - old.s_time + 500000) / 1000000);
  const secs: u32 = span > 0 ? span : 1;
  /* This process runs, which is not worth telling. */
  printf('%2d%2d%2d', t.t_rq > 0 ? t.t_rq - 1 : 0, t.t_dw + t.t_pw, t.t_sw);
  printf(' %7d %6d ', t.t_avm * kb, t.t_free * kb);
  printf(
    '%4u %3u ',
    rate(a.v_vm_faults - b.v_vm_faults, secs),
    rate(a.v_reactivated - b.v_reactivated, secs),
  );
  printf('%3u ', rate(a.v_swapin + a.v_vnodein - b.v_swapin - b.v_vnodein, secs));
  printf('%3u ', rate(a.v_swapout + a.v_vnodeout - b.v_swapout - b.v_vnodeout, secs));
  printf('%3u %3u ', rate(a.v_tfree - b.v_tfree, secs), rate(a.v_pdpages - b.v_pdpages, secs));
  printf('%4u %4u ', rate(a.v_intr - b.v_intr, secs), rate(a.v_syscall - b.v_syscall, secs));
  printf('%3u', rate(a.v_swtch - b.v_swtch, secs));
  cpustats(now, old);
}

/** Lines: reps of them (0: without end), interval seconds apart. */
function dovmstat(interval: int, reps: int): void {
  const boottime = $local<timeval>();
  const now = $local<sample>();
  const old = $local<sample>();
  memset($addr(old), 0, $sizeof<sample>());
  getsysctl('kern.boottime', $addr(boottime), $sizeof<timeval>());
  old.s_time = $i64(boottime.tv_sec) * 1000000;
  for (let n = 0; reps === 0 || n < reps; n++) {
    if (n > 0) sleep($u32(interval));
    takesample(now);
    if (n % PAGE_LINES === 0) printhdr();
    printline(now, old);
    fflush(stdout);
    $copy(old, now);
  }
}

/** A number of seconds or lines. */
function positive(s: str): int {
  const end = $var<str>();
  const n = strtol(s, end, 10);
  if (end[0] === s || end[0][0] !== 0 || n <= 0) usage();
  return n;
}

export function main(argc: int, argv: ptr<str>): int {
  let interval = 0;
  let reps = 0;
  for (let ch = getopt(argc, argv, 'c:msw:z'); ch !== -1; ch = getopt(argc, argv, 'c:msw:z')) {
    switch (ch) {
      case $ch('c'):
        reps = positive(optarg);
        break;
      case $ch('w'):
        interval = positive(optarg);
        break;
      case $ch('m'):
        domem();
        return 0;
      case $ch('s'):
        dosum();
        return 0;
      case $ch('z'):
        dozmem();
        return 0;
      default:
        usage();
    }
  }
  let i = optind;
  if (i < argc && interval === 0) interval = positive(argv[i++]);
  if (i < argc && reps === 0) reps = positive(argv[i++]);
  if (i < argc) usage();
  if (interval === 0 && reps === 0) reps = 1;
  dovmstat(interval === 0 ? 1 : interval, reps);
  return 0;
}
