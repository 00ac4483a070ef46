/** wait4(2) (sys/wait.h). */
export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WAIT_ANY = -1;
export const WAIT_MYPGRP = 0;
export const WCOREFLAG = 0x80;

/** Status of a process that ended with exit code `ret` or by signal `sig`. Locks: none. @inline */
export function W_EXITCODE(ret: int, sig: int): int {
  return (ret << 8) | sig;
}
/** Status of a process stopped by `sig`. Locks: none. @inline */
export function W_STOPCODE(sig: int): int {
  return (sig << 8) | 0x7f;
}
/** Exit code of a status. Locks: none. @inline */
export function WEXITSTATUS(x: int): int {
  return (x >> 8) & 0xff;
}
/** Signal of a status. Locks: none. @inline */
export function WTERMSIG(x: int): int {
  return x & 0x7f;
}
