/**
 * Signals as programs see them (sys/signal.h). A set of signals is one word (sigset_t): signal n is bit n -
 * 1. FreeBSD of 2001 has room for 128 signals; the 31 that exist here fit into one word.
 */
import type { sigset_t } from './types.h.js';

export const NSIG = 32;
export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGEMT = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGBUS = 10;
export const SIGSEGV = 11;
export const SIGSYS = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGURG = 16;
export const SIGSTOP = 17;
export const SIGTSTP = 18;
export const SIGCONT = 19;
export const SIGCHLD = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGIO = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGINFO = 29;
export const SIGUSR1 = 30;
export const SIGUSR2 = 31;

/** Handlers that are not addresses */
export const SIG_DFL = 0;
export const SIG_IGN = 1;
export const SIG_ERR = -1;

/** sa_flags */
export const SA_ONSTACK = 0x0001;
export const SA_RESTART = 0x0002;
export const SA_RESETHAND = 0x0004;
export const SA_NOCLDSTOP = 0x0008;
export const SA_NODEFER = 0x0010;
export const SA_NOCLDWAIT = 0x0020;
export const SA_SIGINFO = 0x0040;

/** sigprocmask */
export const SIG_BLOCK = 1;
export const SIG_UNBLOCK = 2;
export const SIG_SETMASK = 3;

/**
 * The argument of sigaction(2).
 * @lock x copied in or out
 * @size 12
 */
export interface sigaction_t extends struct {
  sa_handler: u32; // (x) SIG_DFL, SIG_IGN or the address of a function
  sa_flags: int; // (x) SA_*
  sa_mask: sigset_t; // (x) signals blocked while the handler runs
}
