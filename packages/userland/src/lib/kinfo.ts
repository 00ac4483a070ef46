/** What the kernel tells of processes, pages and swap: its binary records, decoded (the kernel's sys/user.h, sys/vmmeter.h, vm/swap_pager.h). */
import type { Libc, User } from '../libc.js';
import { cText, sysctl, sysctlInt, sysctlView } from './sysctl.js';

const CTL_KERN = 1;
const KERN_PROC = 14;
const KERN_PROC_ALL = 0;
const KERN_PROC_PID = 1;
const KERN_PROC_ARGS = 7;
/** Layout of struct kinfo_proc; a test compares it with the kernel's. */
export const KINFO = {
  size: 224,
  pid: 24,
  ppid: 28,
  pgid: 32,
  sid: 36,
  uid: 56,
  vsize: 60,
  rssize: 64,
  tsize: 72,
  dsize: 76,
  ssize: 80,
  xstat: 88,
  pctcpu: 96,
  estcpu: 100,
  slptime: 104,
  swtime: 108,
  runtime: 112,
  start: 120,
  ru: 128,
  rs: 136,
  flag: 144,
  sflag: 148,
  kiflag: 152,
  stat: 156,
  nice: 157,
  lock: 158,
  oncpu: 160,
  lastcpu: 161,
  priority: 162,
  comm: 164,
  wmesg: 184,
  mtxname: 196,
  wchan: 20,
  paddr: 8,
} as const;

/** Process states. */
export const SIDL = 1;
export const SRUN = 2;
export const SSLEEP = 3;
export const SSTOP = 4;
export const SZOMB = 5;
export const SWAIT = 6;
export const SMTX = 7;
export const P_PPWAIT = 0x10;
export const P_SYSTEM = 0x200;
export const P_WEXIT = 0x2000;
export const PS_INMEM = 1;
export const PS_SINTR = 0x10;
/** Priorities above this are those of user mode and of sleeps that do not end soon. */
export const PZERO = 88;
/** Seconds of sleep after which a process counts as idle. */
export const MAXSLP = 20;
export const FSCALE = 2048;

/** A process as kern.proc shows it. */
export interface Proc {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  uid: number;
  paddr: number;
  wchan: number;
  /** Bytes of virtual memory. */
  vsize: number;
  /** Pages. */
  rssize: number;
  tsize: number;
  dsize: number;
  ssize: number;
  xstat: number;
  pctcpu: number;
  estcpu: number;
  slptime: number;
  swtime: number;
  /** Microseconds. */
  runtime: number;
  userTime: number;
  systemTime: number;
  /** Seconds since the epoch. */
  start: number;
  flag: number;
  sflag: number;
  kiflag: number;
  stat: number;
  nice: number;
  lock: number;
  oncpu: number;
  lastcpu: number;
  priority: number;
  comm: string;
  wmesg: string;
  mtxname: string;
}

function micros(v: DataView, at: number): number {
  return v.getInt32(at, true) * 1e6 + v.getInt32(at + 4, true);
}

/** Decodes one struct kinfo_proc at the start of `bytes`. */
export function decodeProc(bytes: Uint8Array): Proc {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => v.getUint32(at, true);
  const text = (at: number, size: number): string => cText(bytes.subarray(at, at + size));
  return {
    pid: v.getInt32(KINFO.pid, true),
    ppid: v.getInt32(KINFO.ppid, true),
    pgid: v.getInt32(KINFO.pgid, true),
    sid: v.getInt32(KINFO.sid, true),
    uid: word(KINFO.uid),
    paddr: word(KINFO.paddr),
    wchan: word(KINFO.wchan),
    vsize: word(KINFO.vsize),
    rssize: word(KINFO.rssize),
    tsize: word(KINFO.tsize),
    dsize: word(KINFO.dsize),
    ssize: word(KINFO.ssize),
    xstat: word(KINFO.xstat),
    pctcpu: word(KINFO.pctcpu),
    estcpu: word(KINFO.estcpu),
    slptime: word(KINFO.slptime),
    swtime: word(KINFO.swtime),
    runtime: Number(v.getBigUint64(KINFO.runtime, true)),
    userTime: micros(v, KINFO.ru),
    systemTime: micros(v, KINFO.rs),
    start: v.getInt32(KINFO.start, true),
    flag: word(KINFO.flag),
    sflag: word(KINFO.sflag),
    kiflag: word(KINFO.kiflag),
    stat: v.getUint8(KINFO.stat),
    nice: v.getInt8(KINFO.nice),
    lock: v.getUint8(KINFO.lock),
    oncpu: v.getUint8(KINFO.oncpu),
    lastcpu: v.getUint8(KINFO.lastcpu),
    priority: v.getUint8(KINFO.priority),
    comm: text(KINFO.comm, 20),
    wmesg: text(KINFO.wmesg, 12),
    mtxname: text(KINFO.mtxname, 12),
  };
}

/** All processes, or the one with `pid`, in the kernel's order. -errno on failure. */
export function* processes(c: Libc, pid?: number): User<Proc[] | number> {
  const mib =
    pid === undefined ? [CTL_KERN, KERN_PROC, KERN_PROC_ALL] : [CTL_KERN, KERN_PROC, KERN_PROC_PID, pid];
  const raw = yield* sysctl(c, mib);
  if (typeof raw === 'number') return raw;
  const out: Proc[] = [];
  for (let at = 0; at + KINFO.size <= raw.length; at += KINFO.size)
    out.push(decodeProc(raw.subarray(at, at + KINFO.size)));
  return out;
}

/** The arguments with which a process executed its program; none if the kernel has not kept them or it is gone. */
export function* processArgs(c: Libc, pid: number): User<string[]> {
  const raw = yield* sysctl(c, [CTL_KERN, KERN_PROC, KERN_PROC_ARGS, pid]);
  if (typeof raw === 'number' || raw.length === 0) return [];
  return new TextDecoder().decode(raw.subarray(0, raw.length - 1)).split('\0');
}

/** The counters of struct vmmeter that vmstat and top show, by the names of their sysctl nodes. */
const COUNTERS = {
  sys: ['v_swtch', 'v_trap', 'v_syscall', 'v_intr', 'v_soft'],
  vm: [
    'v_vm_faults',
    'v_cow_faults',
    'v_cow_optim',
    'v_zfod',
    'v_ozfod',
    'v_swapin',
    'v_swapout',
    'v_swappgsin',
    'v_swappgsout',
    'v_vnodein',
    'v_vnodeout',
    'v_vnodepgsin',
    'v_vnodepgsout',
    'v_intrans',
    'v_reactivated',
    'v_pdwakeups',
    'v_pdpages',
    'v_tcached',
    'v_dfree',
    'v_pfree',
    'v_tfree',
    'v_page_size',
    'v_page_count',
    'v_free_count',
    'v_wire_count',
    'v_active_count',
    'v_inactive_count',
    'v_cache_count',
    'v_forks',
    'v_vforks',
    'v_rforks',
    'v_kthreads',
  ],
} as const;

export type Counter = (typeof COUNTERS.sys)[number] | (typeof COUNTERS.vm)[number];
export type Counters = Record<Counter, number>;

/** The counters now. */
export function* vmmeter(c: Libc): User<Counters> {
  const out: Partial<Counters> = {};
  for (const [group, names] of Object.entries(COUNTERS)) {
    for (const name of names)
      out[name] = (yield* sysctlView(c, `vm.stats.${group}.${name}`)).getUint32(0, true);
  }
  return out as Counters;
}

/** struct vmtotal */
export interface Totals {
  running: number;
  diskWait: number;
  pageWait: number;
  sleeping: number;
  swapped: number;
  vm: number;
  activeVm: number;
  real: number;
  activeReal: number;
  sharedVm: number;
  activeSharedVm: number;
  sharedReal: number;
  activeSharedReal: number;
  free: number;
}

export function* vmtotal(c: Libc): User<Totals> {
  const v = yield* sysctlView(c, 'vm.vmtotal');
  const short = (at: number): number => v.getInt16(at, true);
  const long = (at: number): number => v.getInt32(at, true);
  return {
    running: short(0),
    diskWait: short(2),
    pageWait: short(4),
    sleeping: short(6),
    swapped: short(8),
    vm: long(12),
    activeVm: long(16),
    real: long(20),
    activeReal: long(24),
    sharedVm: long(28),
    activeSharedVm: long(32),
    sharedReal: long(36),
    activeSharedReal: long(40),
    free: long(44),
  };
}

/** A swap device; sizes in pages. */
export interface SwapDevice {
  dev: number;
  flags: number;
  total: number;
  used: number;
}

const XSWDEV_BYTES = 20;
/** The first stripe of each device is left alone (dmmax pages). */
const DMMAX = 16;

export function* swapDevices(c: Libc): User<SwapDevice[]> {
  const v = yield* sysctlView(c, 'vm.swap_info');
  const out: SwapDevice[] = [];
  for (let at = 0; at + XSWDEV_BYTES <= v.byteLength; at += XSWDEV_BYTES) {
    out.push({
      dev: v.getUint32(at + 4, true),
      flags: v.getInt32(at + 8, true),
      total: v.getInt32(at + 12, true) - DMMAX,
      used: v.getInt32(at + 16, true),
    });
  }
  return out;
}

/** getloadavg(3) */
export function* loadAverages(c: Libc): User<number[]> {
  const v = yield* sysctlView(c, 'vm.loadavg');
  const scale = v.getInt32(12, true);
  return [0, 4, 8].map((at) => v.getUint32(at, true) / scale);
}

/** Ticks in user, nice, system, interrupt and idle state since the boot. */
export function* cpuTimes(c: Libc): User<number[]> {
  const v = yield* sysctlView(c, 'kern.cp_time');
  return [0, 4, 8, 12, 16].map((at) => v.getUint32(at, true));
}

/** Seconds since the epoch at which the kernel was started. */
export function* bootTime(c: Libc): User<number> {
  return yield* sysctlInt(c, 'kern.boottime');
}
