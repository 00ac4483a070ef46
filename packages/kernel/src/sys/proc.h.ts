/** Processes as before KSE: a process is what is scheduled (sys/proc.h of May 2001). */
import type { trapframe } from '../i386/frame.h.js';
import type { pcb } from '../i386/pcb.h.js';
import type { vmspace } from '../vm/vm_map.h.js';
import type { vm_object } from '../vm/vm_object.h.js';
import { faultin } from '../vm/vm_swapout.js';
import { PS_INMEM } from './_proc.h.js';
import type { callout } from './callout.h.js';
import type { filedesc } from './filedesc.h.js';
import type { ithd } from './interrupt.h.js';
import type { mtx } from './mutex.h.js';
import { mtx_lock, mtx_unlock } from './mutex.h.js';
import type { rusage } from './resource.h.js';
import type { plimit, pstats } from './resourcevar.h.js';
import type { sigacts } from './signalvar.h.js';
import type { itimerval } from './time.h.js';
import type { fixpt_t, pid_t, sigset_t, uid_t } from './types.h.js';
import type { vnode } from './vnode.h.js';
import type { lock_list_entry } from './witness.h.js';

/**
 * The arguments of a program as execve got them, for ps(1): what it does to its own copy later is not seen.
 * Shared by fork.
 * @lock b created at exec, never changes
 * @lock G Giant
 */
export interface pargs extends struct {
  ar_ref: u_int; // (G) processes that have it
  ar_length: u_int; // (b) bytes of the strings that follow, each with its NUL
}

/**
 * A process.
 * @lock a allproc_lock
 * @lock b created at fork, never changes
 * @lock c the process's own mutex (p_mtx)
 * @lock e proctree_lock
 * @lock j sched_lock
 * @lock J sched_lock; anybody reads
 * @lock k only the process itself changes it
 * @lock v vm lock (Giant or vm_mtx, by regime)
 * @lock G Giant
 */
export interface proc extends struct {
  p_procq: embed<TAILQ_ENTRY<proc>>; // (j) run queue or mutex queue
  p_slpq: embed<TAILQ_ENTRY<proc>>; // (j) sleep queue
  p_list: embed<LIST_ENTRY<proc>>; // (a) allproc or zombproc
  p_fd: filedesc; // (k) open files
  p_vmspace: vmspace; // (b) address space (exec and fork change it)
  p_addr: user; // (b) kernel stack pages: struct user at the bottom
  p_upages_obj: vm_object; // (b) object of the kernel stack pages
  p_md_regs: trapframe; // (k) user registers at the last entry
  p_flag: u_int; // (c) P_*
  p_sflag: u_int; // (J) PS_*
  p_stat: u8; // (J) S*
  p_pid: pid_t; // (b) process id
  p_hash: embed<LIST_ENTRY<proc>>; // (a) pid hash
  p_pglist: embed<LIST_ENTRY<proc>>; // (e) process group members (unused links kept)
  p_pptr: proc; // (e) parent
  p_sibling: embed<LIST_ENTRY<proc>>; // (e) siblings
  p_children: embed<LIST_HEAD<proc>>; // (e) children
  p_pgid: pid_t; // (e) process group id
  p_mtx: embed<mtx>; // (b) the process lock
  p_xstat: u16; // (c) exit status as wait4 returns it
  p_oppid: pid_t; // (c) original parent
  p_sigacts: sigacts; // (c) signal actions
  p_siglist: sigset_t; // (c) pending
  p_sigmask: sigset_t; // (c) blocked
  p_sigignore: sigset_t; // (c) ignored
  p_sigcatch: sigset_t; // (c) caught
  p_estcpu: u_int; // (j) recent cpu use
  p_cpticks: int; // (j) ticks since last schedcpu
  p_pctcpu: fixpt_t; // (j) %cpu, scaled by 2048
  p_slptime: u_int; // (j) seconds asleep
  p_swtime: u_int; // (j) seconds swapped in or out
  p_runtime: u64; // (j) time running, microseconds
  p_uticks: u_int; // (j) statclock ticks in user mode
  p_sticks: u_int; // (j) statclock ticks in the kernel
  p_iticks: u_int; // (j) statclock ticks in interrupts
  p_switchtime: u64; // (j) when it was switched in, ns
  p_wchan: u32; // (j) sleep address
  p_wmesg: str; // (j) reason for the sleep
  p_slpcallout: embed<callout>; // (j) sleep timeout
  p_blocked: mtx; // (j) mutex it is blocked on
  p_mtxname: str; // (j) name of that mutex
  p_contested: embed<LIST_HEAD<mtx>>; // (j) contested mutexes it owns
  p_sleeplocks: u32; // (k) witness: list of held sleep locks
  p_intr_nesting_level: int; // (k) depth of interrupts on its stack
  p_lastcpu: u8; // (j) CPU it ran on last
  p_oncpu: u8; // (j) CPU it runs on, 0xff: none
  p_rqindex: u8; // (j) run queue it is on
  p_priority: u8; // (j) current priority
  p_usrpri: u8; // (j) priority in user mode
  p_nativepri: u8; // (j) priority before propagation
  p_nice: i8; // (j) nice value
  p_locks: int; // (k) lockmgr locks held
  p_lock: int; // (c) hold count against swapout
  p_swtick: int; // (j) ticks when swapped in or out
  p_comm: array<char, 17>; // (b) command name
  p_ithd: ithd; // (b) if it is an interrupt thread
  p_ucred_uid: uid_t; // (b) user id (root is 0)
  p_limit: plimit; // (c) resource limits
  p_stats: pstats; // (b) accounting and timers (in struct user)
  p_acflag: u16; // (c) accounting flags
  p_textvp: vnode; // (b) vnode of the executable
  p_retval: array<int, 2>; // (k) results of a system call
  p_sched_entry: u32; // (b) fork_exit's function for a new process
  p_sched_arg: u32; // (b) and its argument
  p_profthread: int; // (k) inhibits WITNESS in panics
  p_acctflag: u16; // (k) bits for accounting
  p_leavers: u16; // (k) reserved, zero
  p_sid: pid_t; // (e) session id
  p_sigparent: int; // (c) signal to send to the parent at exit, 0: SIGCHLD
  p_oldsigmask: sigset_t; // (k) mask to restore after sigsuspend (PS_OLDMASK)
  p_sig: int; // (c) signal that is about to kill it, for the core dump
  p_code: u_int; // (c) and its code
  p_ru: rusage; // (c) final accounting of a zombie, M_ZOMBIE
  p_realtimer: embed<itimerval>; // (c) alarm timer
  p_itcallout: embed<callout>; // (c) its callout
  p_uu: u64; // (j) user microseconds as last reported, so that they never go back
  p_su: u64; // (j) system microseconds as last reported
  p_iu: u64; // (j) interrupt microseconds as last reported
  p_peers: proc; // (b) reserved for RFTHREAD, null
  p_leader: proc; // (b) the process itself
  p_locklist: embed<lock_list_entry>; // (k) witness: the first entry of p_sleeplocks
  p_args: pargs; // (c) arguments, null if there are none or they are too long to be kept
}

/**
 * The swappable part of a process: two pages, with the kernel stack growing down from their end.
 * @lock k the process itself
 */
export interface user extends struct {
  u_pcb: embed<pcb>; // (k) machine state
  u_stats: embed<pstats>; // (k) accounting
  u_sigacts: embed<sigacts>; // (k) signal actions
}

/**
 * Locks the process. Locks: none held of the same class; leaves p.p_mtx held. May sleep.
 * @inline
 */
export function* PROC_LOCK(p: proc): Sleeps {
  yield* mtx_lock(p.p_mtx);
}

/**
 * Unlocks the process. Locks: p.p_mtx held, dropped. Does not sleep.
 * @inline
 */
export function PROC_UNLOCK(p: proc): void {
  mtx_unlock(p.p_mtx);
}

/**
 * Keeps a process from being swapped out, and brings it in if it is out.
 * Locks: p.p_mtx not held; takes and drops it. May sleep.
 * @inline
 */
export function* PHOLD(p: proc): Sleeps {
  yield* mtx_lock(p.p_mtx);
  p.p_lock++;
  if ((p.p_sflag & PS_INMEM) === 0) yield* faultin(p);
  mtx_unlock(p.p_mtx);
}

/**
 * Lets go of one hold. Locks: p.p_mtx not held; takes and drops it. May sleep.
 * @inline
 */
export function* PRELE(p: proc): Sleeps {
  yield* mtx_lock(p.p_mtx);
  p.p_lock--;
  mtx_unlock(p.p_mtx);
}

/** p_acflag */
export const AFORK = 0x01;
export const ASU = 0x02;
export const ACORE = 0x08;
export const AXSIG = 0x10;
