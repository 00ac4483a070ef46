/** What programs know of processes: the flags and states that kern.proc tells (sys/proc.h). */

/** p_stat */
export const SIDL = 1;
export const SRUN = 2;
export const SSLEEP = 3;
export const SSTOP = 4;
export const SZOMB = 5;
export const SWAIT = 6;
export const SMTX = 7;

/** p_flag */
export const P_ADVLOCK = 0x00001;
export const P_CONTROLT = 0x00002;
export const P_KTHREAD = 0x00004;
export const P_NOLOAD = 0x00008;
export const P_PPWAIT = 0x00010;
export const P_SUGID = 0x00100;
export const P_SYSTEM = 0x00200;
export const P_WAITED = 0x01000;
export const P_WEXIT = 0x02000;
export const P_EXEC = 0x04000;
export const P_KILLED = 0x08000;
export const P_STOPPED_SIG = 0x20000;

/** p_sflag (sched_lock) */
export const PS_INMEM = 0x00001;
export const PS_PROFIL = 0x00002;
export const PS_ALRMPEND = 0x00004;
export const PS_CVWAITQ = 0x00008;
export const PS_SINTR = 0x00010;
export const PS_TIMEOUT = 0x00020;
export const PS_SWAPINREQ = 0x00100;
export const PS_SWAPPING = 0x00200;
export const PS_ASTPENDING = 0x00400;
export const PS_NEEDRESCHED = 0x00800;
/** p_priority is lent by a process that waits for one of our mutexes; our own is in p_nativepri. */
export const PS_PRIOLENT = 0x01000;
/** It gave a mutex to a process of higher priority, which runs at the next interrupt. */
export const PS_PREEMPT = 0x02000;
/** p_slpcallout belongs to the sleep that it is in. */
export const PS_SLPTIMO = 0x04000;
/** SIGPROF is to be sent on the way back to user mode, as PS_ALRMPEND is for SIGVTALRM. */
export const PS_PROFPEND = 0x08000;
/** It has used more processor time than its limit: SIGXCPU on the way back to user mode. */
export const PS_XCPU = 0x10000;
