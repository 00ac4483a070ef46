import { kernelConstants, type Memory } from '@trap12/target';

const K = kernelConstants('MAXCOMLEN');

/** Command name of the process at address `p`. */
export function processName(memory: Memory, p: number): string {
  return memory.string(memory.address('proc', p, 'p_comm'), K(memory).MAXCOMLEN + 1);
}

/** Has the process at address `p` that command name? Names are cut as the kernel cuts them. */
export function isNamed(memory: Memory, p: number, name: string): boolean {
  return processName(memory, p) === name.slice(0, K(memory).MAXCOMLEN);
}

/** Does the process at address `p` hold a sleep lock, as far as WITNESS knows? */
export function holdsSleepLock(memory: Memory, p: number): boolean {
  const list = memory.field('proc', p, 'p_sleeplocks');
  return list !== 0 && memory.field('lock_list_entry', list, 'll_count') !== 0;
}
