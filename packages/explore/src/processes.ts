import { commandName, kernelConstants, type Memory } from '@trap12/target';

const K = kernelConstants('LOCK_NCHILDREN', 'MAXCOMLEN');
const NAME_MAX = 32;

/** Has the process at address `p` that command name? Names are cut as the kernel cuts them. */
export function isNamed(memory: Memory, p: number, name: string): boolean {
  return commandName(memory, p) === name.slice(0, K(memory).MAXCOMLEN);
}

/** Does the process at address `p` hold a sleep lock, as far as WITNESS knows? */
export function holdsSleepLock(memory: Memory, p: number): boolean {
  const list = memory.field('proc', p, 'p_sleeplocks');
  return list !== 0 && memory.field('lock_list_entry', list, 'll_count') !== 0;
}

/**
 * Names of the sleep locks that the process at address `p` holds, as far as WITNESS knows, in the order in
 * which it took them.
 */
export function heldLockNames(memory: Memory, p: number): string[] {
  const out: string[] = [];
  const { LOCK_NCHILDREN } = K(memory);
  const { size } = memory.target.symbols.struct('lock_instance');
  let list = memory.field('proc', p, 'p_sleeplocks');
  while (list !== 0) {
    const names: string[] = [];
    const first = memory.address('lock_list_entry', list, 'll_children');
    const count = Math.min(memory.field('lock_list_entry', list, 'll_count'), LOCK_NCHILDREN);
    for (let i = 0; i < count; i++) {
      const lock = memory.field('lock_instance', first + i * size, 'li_lock');
      names.push(memory.string(memory.field('lock_object', lock, 'lo_name'), NAME_MAX));
    }
    out.unshift(...names);
    list = memory.field('lock_list_entry', list, 'll_next');
  }
  return out;
}
