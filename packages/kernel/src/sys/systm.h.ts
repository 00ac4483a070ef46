/**
 * What every part of the kernel uses of the clock, the messages and the stop (sys/systm.h, sys/syslog.h,
 * sys/reboot.h).
 */
/** Priorities of log(9). */
export const LOG_EMERG = 0;
export const LOG_ALERT = 1;
export const LOG_CRIT = 2;
export const LOG_ERR = 3;
export const LOG_WARNING = 4;
export const LOG_NOTICE = 5;
export const LOG_INFO = 6;
export const LOG_DEBUG = 7;
export const LOG_PRIMASK = 7;

/** Where a message goes (subr_prf). */
export const TOCONS = 0x01;
export const TOTTY = 0x02;
export const TOLOG = 0x04;

/** reboot(2) */
export const RB_AUTOBOOT = 0x0000;
export const RB_ASKNAME = 0x0001;
export const RB_SINGLE = 0x0002;
export const RB_NOSYNC = 0x0004;
export const RB_HALT = 0x0008;
export const RB_DUMP = 0x0100;
export const RB_POWEROFF = 0x4000;
export const RB_BOOTINFO = 0x80000000;

/** Stages of a shutdown at which shutdown_register's functions are called. */
export const SHUTDOWN_PRE_SYNC = 0;
export const SHUTDOWN_POST_SYNC = 1;
export const SHUTDOWN_FINAL = 2;
export const SHUTDOWN_PRI_FIRST = 0;
export const SHUTDOWN_PRI_DEFAULT = 10000;
export const SHUTDOWN_PRI_LAST = 20000;

/** Fixed point of the load average and %cpu. */
export const FSHIFT = 11;
export const FSCALE = 2048;

/** States of a CPU, for cp_time. */
export const CP_USER = 0;
export const CP_NICE = 1;
export const CP_SYS = 2;
export const CP_INTR = 3;
export const CP_IDLE = 4;
export const CPUSTATES = 5;

/** No CPU (proc.p_oncpu). */
export const NOCPU = 0xff;

/**
 * A function to be called during a shutdown.
 * @lock G Giant
 */
export interface shutdown_entry extends struct {
  se_func: (arg: u32, howto: int) => Sleeps; // (G) what to call
  se_arg: u32; // (G) its first argument
  se_stage: int; // (G) SHUTDOWN_*
  se_pri: int; // (G) order, low numbers first
}
