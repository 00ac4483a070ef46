/** The screen of top (display.c). */
import {
  P_SYSTEM,
  SIDL,
  SMTX,
  SRUN,
  SSLEEP,
  SSTOP,
  SWAIT,
  SZOMB,
} from '../../../../kernel/src/sys/_proc.h.js';
import { CPUSTATES } from '../../../../kernel/src/sys/systm.h.js';
import { getpagesize } from '../../lib/libc/gen/getpagesize.js';
import { printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { free } from '../../lib/libc/stdlib/malloc.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';
import { fixpt, loadavgstr } from '../../lib/libutil/fixpt.js';
import type { system_info } from './machine.js';
import { format_k, format_process, get_process_info } from './machine.js';

let cpustatenames: array<str, 5> = $init(['user', 'nice', 'system', 'interrupt', 'idle']);

/** The order in which the states of processes are told, and their words. */
let stateorder: array<int, 7> = $init([SIDL, SRUN, SSLEEP, SSTOP, SZOMB, SWAIT, SMTX]);
let statewords: array<str, 7> = $init([
  'starting',
  'running',
  'sleeping',
  'stopped',
  'zombie',
  'waiting',
  'lock',
]);

/** last pid, load averages, time */
function i_loadave(si: system_info): void {
  const load = $local<array<char, 64>>();
  const first = $local<array<char, 100>>();
  const clock = $local<array<char, 24>>();
  const up = $local<array<char, 64>>();
  const now = $var<int>();
  now[0] = si.clock;
  strftime(clock, 24, '%H:%M:%S', localtime(now));
  loadavgstr(load, 64, 5);
  const n = snprintf(first, 100, 'last pid: %5d;  load averages: %s', si.last_pid, load);
  const t = si.uptime;
  const days = t / 86400;
  snprintf(up, 64, 'up %d+%02d:%02d:%02d  %s', days, (t / 3600) % 24, (t / 60) % 60, t % 60, clock);
  printf('%s%*s\n', first, n < 78 ? 79 - n : 1, up);
}

/** How many processes there are, by state. */
function i_procstates(si: system_info, system: boolean): void {
  const counts = $local<array<int, 8>>();
  let total = 0;
  for (let i = 0; i < 8; i++) counts[i] = 0;
  for (let i = 0; i < si.nproc; i++) {
    const pp = $idx(si.pbase, i);
    if (!system && (pp.ki_flag & P_SYSTEM) !== 0) continue;
    total++;
    if (pp.ki_stat <= SMTX) counts[pp.ki_stat]++;
  }
  printf('%d processes:  ', total);
  let sep: str = '';
  for (let i = 0; i < 7; i++) {
    const n = counts[stateorder[i]];
    if (n === 0) continue;
    printf('%s%d %s', sep, n, statewords[i]);
    sep = ', ';
  }
  putchar($ch('\n'));
}

/** Shares of the time since the ticks in `old`. */
function i_cpustates(si: system_info, old: ptr<u32>): void {
  const buf = $local<array<char, 24>>();
  let total: i64 = 0;
  for (let i = 0; i < CPUSTATES; i++) total += si.cp_time[i] - old[i];
  if (total === 0) total = 1;
  printf('\nCPU states: ');
  for (let i = 0; i < CPUSTATES; i++) {
    const ticks = $i64(si.cp_time[i] - old[i]) * 100;
    printf('%s%s%% %s', i > 0 ? ', ' : '', fixpt(buf, 24, 4, 1, ticks, total), cpustatenames[i]);
  }
  putchar($ch('\n'));
}

/** A number of pages and what they are. */
function pages(n: u32, what: str): void {
  const buf = $local<array<char, 24>>();
  printf('%s %s', format_k(buf, n * $u32(getpagesize() / 1024)), what);
}

function i_memory(si: system_info): void {
  printf('Mem: ');
  pages(si.sum.v_active_count, 'Active, ');
  pages(si.sum.v_inactive_count, 'Inact, ');
  pages(si.sum.v_wire_count, 'Wired, ');
  pages(si.sum.v_cache_count, 'Cache, ');
  pages(si.sum.v_free_count, 'Free\n');
}

function i_swap(si: system_info): void {
  const total = si.swap.ksw_total;
  const used = si.swap.ksw_used;
  printf('Swap: ');
  pages(total, 'Total, ');
  if (used !== 0) pages(used, 'Used, ');
  pages(total - used, 'Free');
  if (used !== 0) printf(', %u%% Inuse', $u32(($i64(used) * 100) / total));
  printf('\n\n\n');
}

/**
 * Prints everything, and at most `lines` processes. `old`: the ticks since which the processor's time is
 * told; those now take their place.
 */
export function show(si: system_info, system: boolean, lines: int, old: ptr<u32>): void {
  const count = $var<int>();
  i_loadave(si);
  i_procstates(si, system);
  i_cpustates(si, old);
  i_memory(si);
  i_swap(si);
  printf(
    '  PID USERNAME PRI NICE  SIZE    RES STATE %s   TIME   WCPU    CPU COMMAND\n',
    si.ncpu > 1 ? ' C' : '',
  );
  const pref = get_process_info(si, system, count);
  for (let i = 0; i < count[0] && i < lines; i++) format_process(pref[i], si.ncpu);
  free($addr(pref));
  for (let i = 0; i < CPUSTATES; i++) old[i] = si.cp_time[i];
}
