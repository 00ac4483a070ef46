import type { Libc, Program, User } from '../libc.js';
import { right } from '../lib/fmt.js';
import {
  bootTime,
  type Counter,
  type Counters,
  cpuTimes,
  type Totals,
  vmmeter,
  vmtotal,
} from '../lib/kinfo.js';
import { sysctlText } from '../lib/sysctl.js';

const USAGE = 'vmstat [-smz] [-c count] [-w wait] [wait [count]]';
const KB_PER_PAGE = 4;
/** The header comes again after so many lines. */
const PAGE_LINES = 20;

/** vmstat -s, in the order and words of 2001; what this kernel does not count is left out. */
const SUMS: [Counter, string][] = [
  ['v_swtch', 'cpu context switches'],
  ['v_intr', 'device interrupts'],
  ['v_soft', 'software interrupts'],
  ['v_trap', 'traps'],
  ['v_syscall', 'system calls'],
  ['v_kthreads', 'kernel threads created'],
  ['v_forks', ' fork() calls'],
  ['v_vforks', 'vfork() calls'],
  ['v_rforks', 'rfork() calls'],
  ['v_swapin', 'swap pager pageins'],
  ['v_swappgsin', 'swap pager pages paged in'],
  ['v_swapout', 'swap pager pageouts'],
  ['v_swappgsout', 'swap pager pages paged out'],
  ['v_vnodein', 'vnode pager pageins'],
  ['v_vnodepgsin', 'vnode pager pages paged in'],
  ['v_vnodeout', 'vnode pager pageouts'],
  ['v_vnodepgsout', 'vnode pager pages paged out'],
  ['v_pdwakeups', 'page daemon wakeups'],
  ['v_pdpages', 'pages examined by the page daemon'],
  ['v_reactivated', 'pages reactivated'],
  ['v_cow_faults', 'copy-on-write faults'],
  ['v_cow_optim', 'copy-on-write optimized faults'],
  ['v_zfod', 'zero fill pages zeroed'],
  ['v_ozfod', 'zero fill pages prezeroed'],
  ['v_intrans', 'intransit blocking page faults'],
  ['v_vm_faults', 'total VM faults taken'],
  ['v_tfree', 'pages freed'],
  ['v_dfree', 'pages freed by daemon'],
  ['v_pfree', 'pages freed by exiting processes'],
  ['v_active_count', 'pages active'],
  ['v_inactive_count', 'pages inactive'],
  ['v_cache_count', 'pages in VM cache'],
  ['v_wire_count', 'pages wired down'],
  ['v_free_count', 'pages free'],
  ['v_page_size', 'bytes per page'],
];

function* sums(c: Libc): User<number> {
  const now = yield* vmmeter(c);
  yield* c.print(SUMS.map(([name, text]) => `${right(now[name], 9)} ${text}\n`).join(''));
  return 0;
}

const HEADER =
  ' procs      memory     page                      faults      cpu\n' +
  ' r b w     avm    fre  flt  re  pi  po  fr  sr   in   sy  cs us sy id\n';

/** What one line is made of. */
interface Sample {
  seconds: number;
  counters: Counters;
  totals: Totals;
  cpu: number[];
}

function* sample(c: Libc): User<Sample> {
  return {
    seconds: (yield* c.now()) / 1e6,
    counters: yield* vmmeter(c),
    totals: yield* vmtotal(c),
    cpu: yield* cpuTimes(c),
  };
}

function line(now: Sample, before: Sample | undefined, boot: number): string {
  const seconds = Math.max(1, Math.round(now.seconds - (before?.seconds ?? boot)));
  const delta = (name: Counter): number => now.counters[name] - (before?.counters[name] ?? 0);
  const rate = (...names: Counter[]): number =>
    Math.floor((names.reduce((sum, n) => sum + delta(n), 0) + Math.floor(seconds / 2)) / seconds);
  const t = now.totals;
  const cpu = now.cpu.map((ticks, i) => ticks - (before?.cpu[i] ?? 0));
  const all = cpu.reduce((a, b) => a + b, 0) || 1;
  const percent = (ticks: number): string => right(Math.round((100 * ticks) / all), 2);
  return (
    // This process runs, which is not worth telling.
    `${right(Math.max(0, t.running - 1), 2)}${right(t.diskWait + t.pageWait, 2)}${right(t.swapped, 2)}` +
    ` ${right(t.activeVm * KB_PER_PAGE, 7)} ${right(t.free * KB_PER_PAGE, 6)} ` +
    `${right(rate('v_vm_faults'), 4)} ${right(rate('v_reactivated'), 3)} ${right(rate('v_swapin', 'v_vnodein'), 3)} ` +
    `${right(rate('v_swapout', 'v_vnodeout'), 3)} ${right(rate('v_tfree'), 3)} ${right(rate('v_pdpages'), 3)} ` +
    `${right(rate('v_intr'), 4)} ${right(rate('v_syscall'), 4)} ${right(rate('v_swtch'), 3)} ` +
    `${percent(cpu[0]! + cpu[1]!)} ${percent(cpu[2]! + cpu[3]!)} ${percent(cpu[4]!)}\n`
  );
}

/** vmstat(8): lines of rates (the first since the boot), -s counters, -z zones. Disks are not counted by this kernel. */
export const vmstat: Program = function* (c) {
  const numbers: number[] = [];
  let count: number | undefined;
  let wait: number | undefined;
  const args = c.argv.slice(1);
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-s') return yield* sums(c);
    if (args[i] === '-z') {
      yield* c.print(yield* sysctlText(c, 'vm.zone'));
      return 0;
    }
    if (args[i] === '-c') count = Number(args[++i]);
    else if (args[i] === '-w') wait = Number(args[++i]);
    else numbers.push(Number(args[i]));
  }
  wait ??= numbers.shift();
  count ??= numbers.shift() ?? (wait === undefined ? 1 : Number.POSITIVE_INFINITY);
  wait ??= 1;
  if (!(wait > 0 && count > 0) || numbers.length > 0) return yield* c.usage(USAGE);
  const boot = yield* bootTime(c);
  let before: Sample | undefined;
  for (let n = 0; n < count; n++) {
    if (n > 0) yield* c.nanosleep(wait);
    const now = yield* sample(c);
    yield* c.print((n % PAGE_LINES === 0 ? HEADER : '') + line(now, before, boot));
    before = now;
  }
  return 0;
};
