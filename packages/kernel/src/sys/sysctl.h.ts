/**
 * The sysctl(3) tree as programs see it (sys/sysctl.h). What only the kernel knows of it is in
 * sys/sysctlvar.h.ts.
 */

export const CTL_MAXNAME = 12;
export const CTLTYPE = 0xf;
export const CTLTYPE_NODE = 1;
export const CTLTYPE_INT = 2;
export const CTLTYPE_STRING = 3;
export const CTLTYPE_QUAD = 4;
export const CTLTYPE_OPAQUE = 5;
export const CTLTYPE_UINT = 6;
export const CTLFLAG_RD = 0x80000000;
export const CTLFLAG_WR = 0x40000000;
export const CTLFLAG_RW = 0xc0000000;
/** Anybody may set it. */
export const CTLFLAG_ANYBODY = 0x10000000;
export const OID_AUTO = -1;
export const CTL_AUTO_START = 0x100;

/** Top-level names */
export const CTL_SYSCTL = 0;
export const CTL_KERN = 1;
export const CTL_VM = 2;
export const CTL_VFS = 3;
export const CTL_NET = 4;
export const CTL_DEBUG = 5;
export const CTL_HW = 6;
export const CTL_MACHDEP = 7;
export const CTL_USER = 8;
/** {0, n} */
export const CTL_SYSCTL_NAME = 1;
export const CTL_SYSCTL_NEXT = 2;
export const CTL_SYSCTL_NAME2OID = 3;
export const CTL_SYSCTL_OIDFMT = 4;
/** kern.* */
export const KERN_OSTYPE = 1;
export const KERN_OSRELEASE = 2;
export const KERN_OSREV = 3;
export const KERN_VERSION = 4;
export const KERN_MAXVNODES = 5;
export const KERN_MAXPROC = 6;
export const KERN_MAXFILES = 7;
export const KERN_ARGMAX = 8;
export const KERN_SECURELVL = 9;
export const KERN_HOSTNAME = 10;
export const KERN_CLOCKRATE = 12;
export const KERN_PROC = 14;
export const KERN_BOOTTIME = 21;
export const KERN_OSRELDATE = 24;
export const KERN_MAXPROCPERUID = 28;
/** kern.proc.* */
export const KERN_PROC_ALL = 0;
export const KERN_PROC_PID = 1;
export const KERN_PROC_PGRP = 2;
export const KERN_PROC_UID = 5;
export const KERN_PROC_ARGS = 7;
/** hw.* */
export const HW_MACHINE = 1;
export const HW_MODEL = 2;
export const HW_NCPU = 3;
export const HW_BYTEORDER = 4;
export const HW_PHYSMEM = 5;
export const HW_USERMEM = 6;
export const HW_PAGESIZE = 7;
/** vm.* */
export const VM_METER = 1;
export const VM_TOTAL = 1;
export const VM_LOADAVG = 2;
export const VM_V_FREE_MIN = 3;
export const VM_V_FREE_TARGET = 4;
export const VM_V_FREE_RESERVED = 5;
export const VM_V_INACTIVE_TARGET = 6;
export const VM_V_CACHE_MIN = 7;
export const VM_V_CACHE_MAX = 8;
export const VM_V_PAGEOUT_FREE_MIN = 9;
export const VM_PAGEOUT_ALGORITHM = 10;
export const VM_SWAPPING_ENABLED = 11;

/**
 * kern.clockrate.
 * @lock x copied out
 */
export interface clockinfo extends struct {
  ci_hz: int; // (x) clock ticks a second
  ci_tick: int; // (x) microseconds a tick
  ci_spare: int; // (x) 0
  ci_stathz: int; // (x) statistics ticks a second
  ci_profhz: int; // (x) the same
}
