/**
 * What kern.proc.* gives for each process (sys/user.h; struct user itself is in sys/proc.h.ts). FreeBSD's
 * names; the fields are those that ps(1) and top(1) print.
 */
import type { timeval } from './time.h.js';
import type { fixpt_t, pid_t, segsz_t, sigset_t, uid_t, vm_size_t } from './types.h.js';

export const KI_MTXBLOCK = 0x01;
export const KI_LOCKNAMELEN = 8;
export const KI_WMESGLEN = 8;
export const KINFO_PROC_SIZE = 224;

/**
 * A process as programs see it.
 * @lock x copied out
 * @size 224
 */
export interface kinfo_proc extends struct {
  ki_structsize: int; // (x) KINFO_PROC_SIZE
  ki_layout: int; // (x) 0
  ki_paddr: u32; // (x) struct proc
  ki_addr: u32; // (x) struct user
  ki_vmspace: u32; // (x) struct vmspace
  ki_wchan: u32; // (x) sleep address
  ki_pid: pid_t; // (x) process id
  ki_ppid: pid_t; // (x) parent
  ki_pgid: pid_t; // (x) process group
  ki_sid: pid_t; // (x) session
  ki_siglist: sigset_t; // (x) pending
  ki_sigmask: sigset_t; // (x) blocked
  ki_sigignore: sigset_t; // (x) ignored
  ki_sigcatch: sigset_t; // (x) caught
  ki_uid: uid_t; // (x) user
  ki_size: vm_size_t; // (x) virtual size, bytes
  ki_rssize: segsz_t; // (x) resident pages
  ki_swrss: segsz_t; // (x) resident pages before the last swap-out
  ki_tsize: segsz_t; // (x) text pages
  ki_dsize: segsz_t; // (x) data pages
  ki_ssize: segsz_t; // (x) stack pages
  ki_swapcount: u_int; // (x) pages on swap (vmspace_swap_count)
  ki_xstat: int; // (x) exit status
  ki_acflag: int; // (x) accounting flags
  ki_pctcpu: fixpt_t; // (x) %cpu, scaled by 2048
  ki_estcpu: u_int; // (x) recent cpu use
  ki_slptime: u_int; // (x) seconds asleep
  ki_swtime: u_int; // (x) seconds swapped in or out
  ki_runtime: u64; // (x) microseconds run
  ki_start: embed<timeval>; // (x) when it was started
  ki_ru: embed<timeval>; // (x) user time
  ki_rs: embed<timeval>; // (x) system time
  ki_flag: u_int; // (x) P_*
  ki_sflag: u_int; // (x) PS_*
  ki_kiflag: int; // (x) KI_MTXBLOCK
  ki_stat: u8; // (x) S*
  ki_nice: i8; // (x) nice
  ki_lock: u8; // (x) hold count
  ki_rqindex: u8; // (x) run queue
  ki_oncpu: u8; // (x) CPU it runs on, 0xff: none
  ki_lastcpu: u8; // (x) CPU it ran on last
  ki_priority: u8; // (x) priority
  ki_usrpri: u8; // (x) user priority
  ki_comm: array<char, 20>; // (x) command name
  ki_wmesg: array<char, 12>; // (x) what it sleeps for
  ki_mtxname: array<char, 12>; // (x) mutex it is blocked on
  ki_minflt: u_int; // (x) faults without I/O, 0 while it is swapped out
  ki_majflt: u_int; // (x) faults with I/O, 0 while it is swapped out
  ki_spare: array<u32, 2>; // (x) 0
}
