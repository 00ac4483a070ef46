import { getpid, kill } from '../sys/syscalls.js';

/** raise(3): a signal to oneself. */
export function raise(s: int): int {
  return kill(getpid(), s);
}
