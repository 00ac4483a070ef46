/** What top shows of the machine (machine.c). */
import { PS_INMEM, P_SYSTEM, SMTX, SRUN, SSLEEP, SZOMB } from '../../../../kernel/src/sys/_proc.h.js';
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { PZERO } from '../../../../kernel/src/sys/param.h.js';
import { KERN_PROC_ALL } from '../../../../kernel/src/sys/sysctl.h.js';
import { CPUSTATES, FSCALE } from '../../../../kernel/src/sys/systm.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';
import type { vmmeter } from '../../../../kernel/src/sys/vmmeter.h.js';
import { __progname } from '../../csu/crt0.js';
import { err } from '../../lib/libc/gen/err.js';
import { getpagesize } from '../../lib/libc/gen/getpagesize.js';
import { user_from_uid } from '../../lib/libc/gen/pwcache.js';
import { time } from '../../lib/libc/gen/time.js';
import { printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { qsort } from '../../lib/libc/stdlib/qsort.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import type { kvm_swap, kvm_t } from '../../lib/libkvm/kvm.h.js';
import { kvm_getswapinfo } from '../../lib/libkvm/kvm_getswapinfo.js';
import { kvm_getprocs, kvm_open } from '../../lib/libkvm/kvm_proc.js';
import { fixpt } from '../../lib/libutil/fixpt.js';
import { getsysctl, getsysctlint } from '../../lib/libutil/sysctlbuf.js';
import { getvmmeter } from '../../lib/libutil/vmmeter.js';

/** Seconds of sleep after which a process counts as idle. */
const MAXSLP = 20;

/**
 * What one screen is made of.
 * @lock p the program
 */
export interface system_info extends struct {
  last_pid: int; // (p) the last process id that was given
  ncpu: int; // (p) processors
  uptime: int; // (p) seconds since the boot
  clock: int; // (p) seconds since 1970
  cp_time: array<u32, 5>; // (p) ticks by state since the boot
  sum: embed<vmmeter>; // (p) counters
  swap: embed<kvm_swap>; // (p) all swap space
  pbase: kinfo_proc; // (p) the processes, as the kernel gave them
  nproc: int; // (p) how many
}

let kd: kvm_t = null;

/** Prepares the questions. */
export function machine_init(): void {
  kd = kvm_open(null, null, null, O_RDONLY, __progname);
  if (kd === null) exit(1);
}

/** Asks for everything. */
export function get_system_info(si: system_info): void {
  const boottime = $local<timeval>();
  const now = $var<int>();
  const nproc = $var<int>();
  si.pbase = kvm_getprocs(kd, KERN_PROC_ALL, 0, nproc);
  if (si.pbase === null) err(1, 'kern.proc');
  si.nproc = nproc[0];
  si.clock = time(now);
  getsysctl('kern.boottime', $addr(boottime), $sizeof<timeval>());
  si.uptime = si.clock - boottime.tv_sec;
  si.last_pid = getsysctlint('kern.lastpid');
  si.ncpu = getsysctlint('hw.ncpu');
  getsysctl('kern.cp_time', $addr(si.cp_time), 4 * CPUSTATES);
  getvmmeter(si.sum);
  if (kvm_getswapinfo(kd, si.swap, 1, 0) < 0) err(1, 'swapinfo');
}

/** Is a process shown? Those of the system only with -S. */
function isshown(pp: kinfo_proc, system: boolean): boolean {
  return pp.ki_stat !== SZOMB && (system || (pp.ki_flag & P_SYSTEM) === 0);
}

function rank(pp: kinfo_proc): int {
  if (pp.ki_stat === SRUN) return 2;
  return pp.ki_stat === SSLEEP && pp.ki_slptime < MAXSLP ? 1 : 0;
}

/** Order: what uses the processor most, then what has used it most, what runs, what is older. */
function proc_compare(a: u32, b: u32): int {
  const p = $cast<kinfo_proc>($ld32(a));
  const q = $cast<kinfo_proc>($ld32(b));
  if (p.ki_pctcpu !== q.ki_pctcpu) return p.ki_pctcpu > q.ki_pctcpu ? -1 : 1;
  if (p.ki_runtime !== q.ki_runtime) return p.ki_runtime > q.ki_runtime ? -1 : 1;
  if (rank(p) !== rank(q)) return rank(q) - rank(p);
  return p.ki_pid - q.ki_pid;
}

/** The processes that are shown, in their order, as an array from malloc; how many to *countp. */
export function get_process_info(si: system_info, system: boolean, countp: ptr<int>): ptr<kinfo_proc> {
  const pref = $cast<ptr<kinfo_proc>>(malloc(4 * $u32(si.nproc) + 4));
  let n = 0;
  if (pref === null) err(1, null);
  for (let i = 0; i < si.nproc; i++) {
    const pp = $idx(si.pbase, i);
    if (isshown(pp, system)) pref[n++] = pp;
  }
  qsort($addr(pref), $u32(n), 4, proc_compare);
  countp[0] = n;
  return pref;
}

let state_names: array<str, 8> = $init(['?', 'START', 'RUN', 'SLEEP', 'STOP', 'ZOMB', 'WAIT', 'LOCK']);

/** The STATE column. */
function statestr(pp: kinfo_proc, ncpu: int, buf: str): void {
  const asleep = pp.ki_stat === SSLEEP && pp.ki_wmesg[0] !== 0;
  if (pp.ki_stat === SRUN && ncpu > 1 && pp.ki_oncpu !== 0xff) snprintf(buf, 8, 'CPU%d', pp.ki_oncpu);
  else if (pp.ki_stat === SMTX) snprintf(buf, 7, '*%s', pp.ki_mtxname);
  else if (asleep) snprintf(buf, 7, '%s', pp.ki_wmesg);
  else strlcpy(buf, pp.ki_stat <= SMTX ? state_names[pp.ki_stat] : '?', 8);
}

/** Prints the line of a process. */
export function format_process(pp: kinfo_proc, ncpu: int): void {
  const pagek = getpagesize() / 1024;
  const a = $local<array<char, 24>>();
  const b = $local<array<char, 24>>();
  const secs = $u32((pp.ki_runtime + 500000) / 1000000);
  const inmem = (pp.ki_sflag & PS_INMEM) !== 0;
  printf('%5d %-8s %3d %4d', pp.ki_pid, user_from_uid(pp.ki_uid, 0), pp.ki_priority - PZERO, pp.ki_nice);
  printf('%7s', format_k(a, pp.ki_size / 1024));
  printf(' %6s', format_k(b, pp.ki_rssize * $u32(pagek)));
  statestr(pp, ncpu, a);
  printf(' %-6s', a);
  if (ncpu > 1) printf(' %1d', pp.ki_lastcpu === 0xff ? 0 : pp.ki_lastcpu);
  snprintf(a, 24, '%u:%02u', secs / 60, secs % 60);
  printf('%7s', a);
  const cpu = 100 * pp.ki_pctcpu;
  /* The weighted percentage needs the time in memory; what has been there for a while has both alike. */
  printf(' %s%%', fixpt(a, 24, 5, 2, pp.ki_swtime === 0 ? 0 : $i64(cpu), FSCALE));
  printf(' %s%%', fixpt(b, 24, 5, 2, $i64(cpu), FSCALE));
  printf(inmem ? ' %s\n' : ' <%s>\n', pp.ki_comm);
}

/** Kilobytes as top writes them: in M from 10000K on. */
export function format_k(buf: str, amt: u32): str {
  let n = amt;
  let tag = $ch('K');
  if (n >= 10000) {
    n = (n + 512) / 1024;
    tag = $ch('M');
    if (n >= 10000) {
      n = (n + 512) / 1024;
      tag = $ch('G');
    }
  }
  snprintf(buf, 24, '%u%c', n, tag);
  return buf;
}
