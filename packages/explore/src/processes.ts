import { commandName, kernelConstants, type Memory } from '@trap12/target';

const K = kernelConstants('MAXCOMLEN');

/** Has the process at address `p` that command name? Names are cut as the kernel cuts them. */
export function isNamed(memory: Memory, p: number, name: string): boolean {
  return commandName(memory, p) === name.slice(0, K(memory).MAXCOMLEN);
}

/** Does the process at address `p` hold a sleep lock, as far as WITNESS knows? */
export function holdsSleepLock(memory: Memory, p: number): boolean {
  const list = memory.field('proc', p, 'p_sleeplocks');
  return list !== 0 && memory.field('lock_list_entry', list, 'll_count') !== 0;
}
