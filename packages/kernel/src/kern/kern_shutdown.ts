/**
 * Panic, reboot, crash dumps (kern/kern_shutdown.c).
 *
 * There are two ways down. reboot(2) takes boot(), which may sleep: it stops system processes, writes what is dirty and
 * calls whoever has registered. A panic takes panic_boot(), which is plain from end to end: it polls, it sleeps never and it takes
 * no locks, for any of them may be held by the process that died.
 */
import {
  ata_poll,
  bios_ncpu,
  cn_getc,
  cpu_delay,
  get_pcpu,
  intr_disable,
  machine_halt,
} from '../i386/cpufunc.h.js';
import { Debugger } from '../i386/db_interface.js';
import { savectx } from '../i386/locore.js';
import { Maxmem, cpu_halt, cpu_reset } from '../i386/machdep.js';
import type { pcb } from '../i386/pcb.h.js';
import { AD_MAJOR, NODEV, makedev } from '../sys/conf.h.js';
import { SWAP_PART } from '../sys/disk.h.js';
import { EFAULT, EINTR, EINVAL, EIO, ENODEV, ENOMEM, ENXIO, EWOULDBLOCK } from '../sys/errno.h.js';
import { MNT_WAIT } from '../sys/mount.h.js';
import { mtx_owned } from '../sys/mutex.h.js';
import { DEV_BSIZE, PAGE_SIZE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { reboot_args } from '../sys/sysproto.h.js';
import type { shutdown_entry } from '../sys/systm.h.js';
import {
  RB_AUTOBOOT,
  RB_DUMP,
  RB_HALT,
  RB_NOSYNC,
  RB_POWEROFF,
  SHUTDOWN_FINAL,
  SHUTDOWN_POST_SYNC,
  SHUTDOWN_PRE_SYNC,
} from '../sys/systm.h.js';
import type { timespec } from '../sys/time.h.js';
import type { dev_t } from '../sys/types.h.js';
import { devsw } from './kern_conf.js';
import { suspend_kproc } from './kern_kthread.js';
import { Giant } from './kern_mutex.js';
import { suser } from './kern_prot.js';
import { hz } from './kern_synch.js';
import { getnanouptime } from './kern_tc.js';
import { printf, snprintf } from './subr_prf.js';
import { sync_all } from './vfs_subr.js';

/** The text of the first panic, null while the kernel is well. */
export let panicstr: str = null;
/** 1: verbose boot messages (boot -v; set by the loader). */
export let bootverbose: int = 0;
/** 1: panics write a dump, if there is a device for it (kern.dodump). */
export let dodump: int = 1;
/** Where the dump goes, and its first block there. */
export let dumpdev: dev_t = NODEV;
export let dumplo: int = 0;
/** 1: only what the kernel has mapped (debug.minidump), as kernels of 2006 do; so it is anyway where all of memory does not fit. */
export let do_minidump: int = 0;
/** Seconds after which a dump that does not get on is given up; at least 1. */
export let dump_watchdog: int = 60;
/** Registers of the process that panicked, for debuggers of the dump. */
export let dumppcb: embed<pcb>;
/** Seconds between a panic's last words and the reset. */
export let panic_reboot_wait: int = 15;
/** Seconds that a system process gets to stop in. */
export let kproc_shutdown_wait: int = 60;

/** 1: stop in the debugger on a panic or a fatal trap; 0: go on to the dump and the reboot. Set by the loader. */
export let debugger_on_panic: int = 1;
let panic_buf: array<char, 256>;
let panic_depth: int = 0;
let dumping: int = 0;
let boot_howto: int = 0;

const NSHUTDOWN = 16;
let shutdown_list: array<embed<shutdown_entry>, 16>;
let shutdown_count: int = 0;

/**
 * The kernel cannot go on: says why and goes down. The first call's text stays in panicstr; a panic during the way down
 * skips the sync, and one during the dump resets the machine.
 * Locks: any; none is looked at. Never returns, never sleeps.
 */
export function panic(fmt: str, ...args: va_list): never {
  let bootopt = RB_AUTOBOOT | RB_DUMP;
  intr_disable();
  witness_watch = 0;
  if (panicstr !== null) bootopt |= RB_NOSYNC;
  else {
    panicstr = fmt;
    snprintf($addr(panic_buf), 256, fmt, ...args);
    panicstr = $cast<str>($addr(panic_buf));
  }
  printf('panic: ');
  printf(fmt, ...args);
  printf('\n');
  if (bios_ncpu() > 1) printf('cpuid = %d\n', get_pcpu().cpuid);
  if (++panic_depth > 3) machine_halt(1);
  if (debugger_on_panic !== 0) Debugger('panic');
  panic_boot(bootopt);
}

/** Goes down after a panic. Locks: any. Polls, never sleeps; never returns. */
function panic_boot(howto: int): never {
  /* Nothing that a file system here keeps is on a disk, and what is dirty may be what killed us. */
  if ((howto & RB_NOSYNC) === 0) printf('\nsyncing disks... done\n');
  print_uptime();
  if ((howto & (RB_HALT | RB_DUMP)) === RB_DUMP && cold === 0) doadump();
  if (panic_reboot_wait > 0) {
    printf('Automatic reboot in %d seconds - press a key on the console to abort\n', panic_reboot_wait);
    for (let i = 0; i < panic_reboot_wait * 10; i++) {
      panic_delay();
      if (cn_getc() >= 0) {
        printf('--> Press a key on the console to reboot <--\n');
        cpu_halt();
      }
    }
  }
  shutdown_reset();
}

/** A tenth of a second passes. The polled disk makes the machine take the time. Locks: any. Does not sleep. */
function panic_delay(): void {
  cpu_delay(100000000);
  ata_poll(0, 0);
}

/** reboot(2). Locks: Giant. Returns only an errno. Sleeps. */
export function* reboot(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<reboot_args>(uap);
  const error = suser(p);
  if (error !== 0) return error;
  yield* boot(args.opt);
  return 0;
}

/** Goes down in good order: RB_HALT, RB_NOSYNC, RB_DUMP, RB_POWEROFF or RB_AUTOBOOT. Locks: Giant. Sleeps; never returns. */
export function* boot(howto: int): Sleeps<never> {
  const how = howto | boot_howto;
  if (panicstr !== null) panic_boot(how);
  KASSERT(mtx_owned(Giant), 'boot: without Giant');
  yield* shutdown_call(SHUTDOWN_PRE_SYNC, how);
  if (cold === 0 && (how & RB_NOSYNC) === 0) {
    printf('\nsyncing disks... ');
    yield* sync_all(MNT_WAIT);
    printf('\ndone\n');
  }
  print_uptime();
  yield* shutdown_call(SHUTDOWN_POST_SYNC, how);
  intr_disable();
  if ((how & (RB_HALT | RB_DUMP)) === RB_DUMP && cold === 0) doadump();
  yield* shutdown_call(SHUTDOWN_FINAL, how);
  if ((how & (RB_HALT | RB_POWEROFF)) !== 0) {
    printf('\nThe operating system has halted.\n');
    printf('Please press any key to reboot.\n\n');
    cpu_halt();
  }
  shutdown_reset();
}

/** The last line. Locks: any. Never returns. */
function shutdown_reset(): never {
  printf('Rebooting...\n');
  cpu_delay(1000000);
  cpu_reset();
}

/** How long it ran. Locks: none. Does not sleep. */
function print_uptime(): void {
  const ts = $local<timespec>();
  getnanouptime(ts);
  let t = ts.ts_sec;
  let f = 0;
  printf('Uptime: ');
  if (t >= 86400) {
    printf('%dd', t / 86400);
    t %= 86400;
    f = 1;
  }
  if (f !== 0 || t >= 3600) {
    printf('%dh', t / 3600);
    t %= 3600;
    f = 1;
  }
  if (f !== 0 || t >= 60) {
    printf('%dm', t / 60);
    t %= 60;
  }
  printf('%ds\n', t);
}

/**
 * Has func(arg, howto) called in a stage of the shutdown (not in a panic), low pri first. ENOMEM if there are too many.
 * Locks: Giant or startup. Does not sleep.
 */
export function shutdown_register(
  stage: int,
  func: (arg: u32, howto: int) => Sleeps,
  arg: u32,
  pri: int,
): int {
  if (shutdown_count === NSHUTDOWN) return ENOMEM;
  let i = shutdown_count++;
  for (; i > 0 && shutdown_list[i - 1].se_pri > pri; i--) $copy(shutdown_list[i], shutdown_list[i - 1]);
  const se = shutdown_list[i];
  se.se_func = func;
  se.se_arg = arg;
  se.se_stage = stage;
  se.se_pri = pri;
  return 0;
}

/** Calls those of a stage. Locks: Giant. May sleep. */
function* shutdown_call(stage: int, howto: int): Sleeps {
  for (let i = 0; i < shutdown_count; i++) {
    const se = shutdown_list[i];
    if (se.se_stage === stage) yield* se.se_func(se.se_arg, howto);
  }
}

/** A shutdown_register function: stops the system process `arg`. Locks: Giant. Sleeps. */
export function* kproc_shutdown(arg: u32, howto: int): Sleeps {
  const p = $cast<proc>(arg);
  if (panicstr !== null) return;
  printf("Waiting (max %d seconds) for system process `%s' to stop...", kproc_shutdown_wait, $addr(p.p_comm));
  const error = yield* suspend_kproc(p, kproc_shutdown_wait * hz);
  printf(error === EWOULDBLOCK ? 'timed out\n' : 'stopped\n');
}

/**
 * Chooses the device for crash dumps, NODEV for none. ENXIO: no such device, ENODEV: no disk.
 * Locks: Giant. Does not sleep.
 */
export function setdumpdev(dev: dev_t): int {
  if (dev === NODEV) {
    dumpdev = dev;
    return 0;
  }
  const dsw = devsw(dev);
  if (dsw === null) return ENXIO;
  const psize = dsw.d_psize(dev);
  if (psize === -1) return ENODEV;
  dumpdev = dev;
  /* At the end, where swapping comes last. */
  dumplo = psize - Maxmem * (PAGE_SIZE / DEV_BSIZE);
  return 0;
}

/**
 * What dumpon(8) in the start-up scripts would have done: dumps go to the swap partition of the first disk. Where memory does not fit
 * into it, they are of mapped kernel pages only. Locks: any. Does not sleep.
 */
function dump_conf(): void {
  if (dumpdev === NODEV) setdumpdev(makedev(AD_MAJOR, SWAP_PART));
  if (dumplo < 0 && do_minidump === 0) {
    printf('\nmemory does not fit into the dump device: mapped kernel pages only');
    do_minidump = 1;
  }
  if (do_minidump !== 0) dumplo = 0;
}

/**
 * Dumps, with where the caller is for debuggers of the dump; from DDB as well (call doadump). Locks: any. Polls; does not sleep.
 */
export function doadump(): void {
  savectx(dumppcb);
  dumpsys();
}

/** Writes memory to the dump device. Locks: any. Polls; does not sleep. */
function dumpsys(): void {
  if (dumping !== 0) {
    printf('Dump already in progress, bailing...\n');
    return;
  }
  dumping = 1;
  dump_conf();
  if (dodump === 0 || dumpdev === NODEV) return;
  const dsw = devsw(dumpdev);
  if (dsw === null) return;
  printf('\ndumping to dev %lx, offset %ld\n', dumpdev, dumplo);
  printf('dump ');
  switch (dsw.d_dump(dumpdev)) {
    case 0:
      printf('succeeded\n');
      break;
    case ENXIO:
      printf('device bad\n');
      break;
    case EFAULT:
      printf('device not ready\n');
      break;
    case EINVAL:
      printf('area improper\n');
      break;
    case EIO:
      printf('i/o error\n');
      break;
    case EINTR:
      printf('aborted from console\n');
      break;
    case EWOULDBLOCK:
      printf('timed out\n');
      break;
    default:
      printf('unknown error\n');
      break;
  }
}
