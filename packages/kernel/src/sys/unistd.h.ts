/** rfork(2) and fork1 flags (sys/unistd.h of May 2001). */
export const RFNAMEG = 0x0001;
export const RFENVG = 0x0002;
export const RFFDG = 0x0004;
export const RFNOTEG = 0x0008;
export const RFPROC = 0x0010;
export const RFMEM = 0x0020;
export const RFNOWAIT = 0x0040;
export const RFCNAMEG = 0x0400;
export const RFCENVG = 0x0800;
export const RFCFDG = 0x1000;
export const RFTHREAD = 0x2000;
export const RFSIGSHARE = 0x4000;
export const RFLINUXTHPN = 0x10000;
/** Kernel only: leave the child in SIDL, the caller starts it. */
export const RFSTOPPED = 0x20000;
/** Kernel only: a pid of 10 or more, without moving nextpid; for interrupt and idle processes during boot. */
export const RFHIGHPID = 0x40000;
/** Kernel only: the parent sleeps until the child execs or exits (vfork). */
export const RFPPWAIT = 0x80000000;
/** Flags that no program may pass. */
export const RFKERNELONLY = 0x80060000;

/** access(2) and lseek(2) are in sys/fcntl.h.ts. */
export const PID_MAX = 99999;
export const NO_PID = 100000;
