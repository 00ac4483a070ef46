/** What a wait status says (<sys/wait.h>); WEXITSTATUS and WTERMSIG are in the kernel's header. */
import { WCOREFLAG } from '../../../../kernel/src/sys/wait.h.js';

export const _WSTOPPED = 0x7f;

/** Ended by exit? @inline */
export function WIFEXITED(x: int): boolean {
  return (x & 0x7f) === 0;
}
/** Ended by a signal? @inline */
export function WIFSIGNALED(x: int): boolean {
  return (x & 0x7f) !== _WSTOPPED && (x & 0x7f) !== 0;
}
/** Stopped? @inline */
export function WIFSTOPPED(x: int): boolean {
  return (x & 0xff) === _WSTOPPED;
}
/** The signal that stopped it. @inline */
export function WSTOPSIG(x: int): int {
  return (x >> 8) & 0xff;
}
/** Did it leave a core file? @inline */
export function WCOREDUMP(x: int): boolean {
  return (x & WCOREFLAG) !== 0;
}
