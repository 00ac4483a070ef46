/** Signals as the kernel keeps them (sys/signalvar.h). Code in kern/kern_sig.ts and kern/kern_sigsys.ts. */
import type { sigset_t } from './types.h.js';

/** Signals that cannot be caught, blocked or ignored: SIGKILL and SIGSTOP. */
export const SIGCANTMASK = 0x00010100;
/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
export const STOPSIGMASK = 0x00330000;
/** SIGCONT. */
export const CONTSIGMASK = 0x00040000;

/** ps_flag */
export const PS_NOCLDWAIT = 0x0001;
export const PS_NOCLDSTOP = 0x0002;
/** p_oldsigmask of struct proc is to be restored by postsig (ps_flag). */
export const SAS_OLDMASK = 0x0004;

/**
 * Signal actions of a process. They lie in struct user (out of memory when the process is swapped out); what
 * psignal needs for another process (p_sigignore, p_sigcatch, p_sigmask) is in struct proc.
 * @lock c the process's own mutex (p_mtx)
 */
export interface sigacts extends struct {
  ps_sigact: array<u32, 32>; // (c) handler of each signal, index signal - 1
  ps_catchmask: array<sigset_t, 32>; // (c) blocked while that handler runs
  ps_sigonstack: sigset_t; // (c) handlers that want the signal stack
  ps_sigintr: sigset_t; // (c) handlers that interrupt system calls
  ps_sigreset: sigset_t; // (c) handlers that are reset when called
  ps_signodefer: sigset_t; // (c) signals not blocked while their own handler runs
  ps_siginfo: sigset_t; // (c) handlers that want siginfo
  ps_flag: int; // (c) PS_NOCLDWAIT, PS_NOCLDSTOP, SAS_OLDMASK
  ps_sigstk_sp: u32; // (c) signal stack
  ps_sigstk_size: u32; // (c) its size, 0: none
}

/** The bit of a signal. Locks: none. @inline */
export function sigmask(sig: int): sigset_t {
  return $u32(1 << (sig - 1));
}

/** Is the signal in the set? Locks: that of the set. @inline */
export function SIGISMEMBER(set: sigset_t, sig: int): boolean {
  return (set & $u32(1 << (sig - 1))) !== 0;
}
