/** The values of the columns (print.c). */
import {
  PS_INMEM,
  PS_SINTR,
  P_PPWAIT,
  P_SYSTEM,
  P_WEXIT,
  SIDL,
  SMTX,
  SRUN,
  SSLEEP,
  SSTOP,
  SWAIT,
  SZOMB,
} from '../../../../kernel/src/sys/_proc.h.js';
import { PAGE_SIZE, PZERO } from '../../../../kernel/src/sys/param.h.js';
import { FSCALE } from '../../../../kernel/src/sys/systm.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';
import { user_from_uid } from '../../lib/libc/gen/pwcache.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strncmp } from '../../lib/libc/string/strncmp.js';
import { fixpt } from '../../lib/libutil/fixpt.js';
import type { kinfo } from './ps.h.js';

/** Seconds of sleep after which a process counts as idle. */
const MAXSLP = 20;
const HOUR = 3600;

/** Kilobytes of a page. */
const PAGEK = PAGE_SIZE / 1024;

/** Seconds since 1970, pages of memory, the foreground process group of the console; set by main. */
export let now: int = 0;
export let mempages: int = 0;
export let foreground: pid_t = 0;
/** -c */
export let commonly: int = 0;

/** The state, then what else is worth a letter. */
export function state(k: kinfo, buf: str, size: u32): void {
  const p = k.ki_p;
  const zombie = p.ki_stat === SZOMB;
  const issystem = (p.ki_flag & P_SYSTEM) !== 0;
  let n = 0;
  buf[n++] = stateletter(p);
  if ((p.ki_sflag & PS_INMEM) === 0 && !zombie) buf[n++] = $ch('W');
  if (p.ki_nice < 0) buf[n++] = $ch('<');
  else if (p.ki_nice > 0) buf[n++] = $ch('N');
  if ((p.ki_flag & P_WEXIT) !== 0 && !zombie) buf[n++] = $ch('E');
  if ((p.ki_flag & P_PPWAIT) !== 0) buf[n++] = $ch('V');
  if (issystem || p.ki_lock > 0) buf[n++] = $ch('L');
  if (p.ki_sid === p.ki_pid && !issystem) buf[n++] = $ch('s');
  if (foreground > 0 && p.ki_pgid === foreground) buf[n++] = $ch('+');
  buf[n] = 0;
}

function stateletter(p: kinfo_proc): int {
  switch (p.ki_stat) {
    case SSTOP:
      return $ch('T');
    case SSLEEP:
      if ((p.ki_sflag & PS_SINTR) === 0) return $ch('D');
      return p.ki_slptime >= MAXSLP ? $ch('I') : $ch('S');
    case SRUN:
    case SIDL:
      return $ch('R');
    case SWAIT:
      return $ch('W');
    case SMTX:
      return $ch('M');
    case SZOMB:
      return $ch('Z');
    default:
      return $ch('?');
  }
}

/** Is the first of the arguments the name of the program, perhaps with a dash or directories? */
function callsitself(k: kinfo): boolean {
  let p = k.ki_args;
  if (p[0] === $ch('-')) p = $padd(p, 1);
  let base = p;
  for (; p[0] !== 0 && p[0] !== $ch(' '); p = $padd(p, 1)) if (p[0] === $ch('/')) base = $padd(p, 1);
  const len = $u32($i32($addr(p) - $addr(base)));
  return strlen(k.ki_p.ki_comm) === len && strncmp(base, k.ki_p.ki_comm, len) === 0;
}

/**
 * The arguments; behind them in parentheses the program's name if the first argument is another. Processes of
 * the system, those that are no more and those whose arguments are too long to be kept have only that.
 */
export function command(k: kinfo, buf: str, size: u32): void {
  if (commonly) ucomm(k, buf, size);
  else if (k.ki_args === null || k.ki_p.ki_stat === SZOMB) snprintf(buf, size, '(%s)', k.ki_p.ki_comm);
  else if (callsitself(k)) strlcpy(buf, k.ki_args, size);
  else snprintf(buf, size, '%s (%s)', k.ki_args, k.ki_p.ki_comm);
}

export function ucomm(k: kinfo, buf: str, size: u32): void {
  strlcpy(buf, k.ki_p.ki_comm, size);
}

export function user(k: kinfo, buf: str, size: u32): void {
  strlcpy(buf, user_from_uid(k.ki_p.ki_uid, 0), size);
}

/** Everybody but the system's own processes and init has the console: there is no other terminal. */
export function hasterminal(p: kinfo_proc): boolean {
  return (p.ki_flag & P_SYSTEM) === 0 && p.ki_pid > 1;
}

export function tname(k: kinfo, buf: str, size: u32): void {
  strlcpy(buf, hasterminal(k.ki_p) ? 'con ' : '?? ', size);
}

/** What it waits for. */
export function wchan(k: kinfo, buf: str, size: u32): void {
  const p = k.ki_p;
  if (p.ki_stat === SMTX) snprintf(buf, 7, '*%s', p.ki_mtxname);
  else if (p.ki_stat === SSLEEP && p.ki_wmesg[0] !== 0) snprintf(buf, 7, '%s', p.ki_wmesg);
  else strlcpy(buf, '-', size);
}

export function started(k: kinfo, buf: str, size: u32): void {
  const then = $var<int>();
  then[0] = k.ki_p.ki_start.tv_sec;
  const age = now - then[0];
  if (then[0] === 0) {
    strlcpy(buf, '-', size);
    return;
  }
  let fmt: str = '%e%b%y';
  if (age < 24 * HOUR) fmt = '%l:%M%p';
  else if (age < 7 * 24 * HOUR) fmt = '%a%I%p';
  strftime(buf, size, fmt, localtime(then));
}

/** m:ss.cc */
export function cputime(k: kinfo, buf: str, size: u32): void {
  const hundredths = (k.ki_p.ki_runtime + 5000) / 10000;
  const secs = $u32(hundredths / 100);
  snprintf(buf, size, '%u:%02u.%02u', secs / 60, secs % 60, $u32(hundredths % 100));
}

export function pcpu(k: kinfo, buf: str, size: u32): void {
  fixpt(buf, size, 0, 1, $i64(k.ki_p.ki_pctcpu) * 100, FSCALE);
}

export function pmem(k: kinfo, buf: str, size: u32): void {
  fixpt(buf, size, 0, 1, $i64(k.ki_p.ki_rssize) * 100, $i64(mempages));
}

function decimal(buf: str, size: u32, n: int): void {
  snprintf(buf, size, '%d', n);
}

function kilobytes(buf: str, size: u32, npages: u32): void {
  snprintf(buf, size, '%u', npages * PAGEK);
}

/** Seconds, of which more than 127 are not told. */
function upto127(buf: str, size: u32, n: u32): void {
  snprintf(buf, size, '%u', n < 127 ? n : 127);
}

export function cpu(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%u', k.ki_p.ki_estcpu);
}

export function flags(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%x', k.ki_p.ki_flag);
}

/** Nobody counts the jobs of a process group. */
export function jobc(k: kinfo, buf: str, size: u32): void {
  strlcpy(buf, '0', size);
}

/** Nor are there limits of memory. */
export function memlimit(k: kinfo, buf: str, size: u32): void {
  strlcpy(buf, '-', size);
}

export function majflt(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%u', k.ki_p.ki_majflt);
}

export function minflt(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%u', k.ki_p.ki_minflt);
}

export function pnice(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_nice);
}

export function paddr(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%x', k.ki_p.ki_paddr);
}

export function pgid(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_pgid);
}

export function procid(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_pid);
}

export function ppid(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_ppid);
}

export function pri(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_priority - PZERO);
}

export function re(k: kinfo, buf: str, size: u32): void {
  upto127(buf, size, k.ki_p.ki_swtime);
}

export function rss(k: kinfo, buf: str, size: u32): void {
  kilobytes(buf, size, k.ki_p.ki_rssize);
}

export function sess(k: kinfo, buf: str, size: u32): void {
  decimal(buf, size, k.ki_p.ki_sid);
}

export function sl(k: kinfo, buf: str, size: u32): void {
  upto127(buf, size, k.ki_p.ki_slptime);
}

export function tsize(k: kinfo, buf: str, size: u32): void {
  kilobytes(buf, size, k.ki_p.ki_tsize);
}

export function uid(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%u', k.ki_p.ki_uid);
}

export function vsize(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%u', k.ki_p.ki_size / 1024);
}

export function xstat(k: kinfo, buf: str, size: u32): void {
  snprintf(buf, size, '%x', k.ki_p.ki_xstat);
}
