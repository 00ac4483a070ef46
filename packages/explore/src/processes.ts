import type { System } from '@trap12/system';
import { BadAddress, commandName, kernelConstants, type Memory } from '@trap12/target';

const K = kernelConstants('LI_EXCLUSIVE', 'LI_RECURSEMASK', 'LOCK_NCHILDREN', 'MAXCOMLEN');
const NAME_MAX = 32;

/**
 * What is read of the kernel while a machine runs; undefined where that is not mapped. A kernel whose page
 * tables are wrong may have lost the structs of its processes, and goes on until it needs them itself.
 */
export function ifMapped<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}

/** The number of the process at address `p`; -1, which none has, where its struct is not mapped. */
export const pidAt = (memory: Memory, p: number): number =>
  ifMapped(() => memory.field('proc', p, 'p_pid')) ?? -1;

/** The command of the process at address `p`; `?` where its struct is not mapped. */
export const commandAt = (memory: Memory, p: number): string => ifMapped(() => commandName(memory, p)) ?? '?';

/** Who a process is, for people and for schedules. */
export interface Who {
  process: string;
  pid: number;
}

/** The process at address `p`, as commandAt() and pidAt() have it. */
export const whoAt = (memory: Memory, p: number): Who => ({
  process: commandAt(memory, p),
  pid: pidAt(memory, p),
});

/** For people: with its number, if that is known. */
export const whoText = ({ process, pid }: Who): string => `${process} (pid ${pid < 0 ? 'not known' : pid})`;

/** Has the process at address `p` that command name? Names are cut as the kernel cuts them. */
export function isNamed(memory: Memory, p: number, name: string): boolean {
  return commandAt(memory, p) === name.slice(0, K(memory).MAXCOMLEN);
}

/** Does the process at address `p` hold a sleep lock, as far as WITNESS knows? */
export function holdsSleepLock(memory: Memory, p: number): boolean {
  return heldLocks(memory, p).length > 0;
}

/** A lock that WITNESS has seen a process take and not give back. */
export interface HeldLock {
  /** Address of its lock_object, which begins it */
  lock: number;
  exclusive: boolean;
  /** How often it is held */
  count: number;
}

/**
 * The sleep locks (not those of lockmgr) that the process at address `p` holds, as far as WITNESS knows, in
 * the order in which it took them; none where its struct is not mapped.
 */
export const heldLocks = (memory: Memory, p: number): HeldLock[] =>
  ifMapped(() => listedLocks(memory, memory.field('proc', p, 'p_sleeplocks'))) ?? [];

/** The spin locks of the processor that the process at address `p` is on, in the same way. */
export function heldSpinLocks({ memory, machine, symbols }: System, p: number): HeldLock[] {
  const cpu = machine.cpus.findIndex(({ context }) => context === p);
  if (cpu < 0) return [];
  const pcpu = symbols.address('__globaldata') + cpu * symbols.struct('pcpu').size;
  return ifMapped(() => listedLocks(memory, memory.field('pcpu', pcpu, 'spinlocks'))) ?? [];
}

function listedLocks(memory: Memory, first: number): HeldLock[] {
  const out: HeldLock[] = [];
  const { LI_EXCLUSIVE, LI_RECURSEMASK, LOCK_NCHILDREN } = K(memory);
  const { size } = memory.target.symbols.struct('lock_instance');
  let list = first;
  while (list !== 0) {
    const entry: HeldLock[] = [];
    const children = memory.address('lock_list_entry', list, 'll_children');
    const used = Math.min(memory.field('lock_list_entry', list, 'll_count'), LOCK_NCHILDREN);
    for (let i = 0; i < used; i++) {
      const flags = memory.field('lock_instance', children + i * size, 'li_flags');
      entry.push({
        lock: memory.field('lock_instance', children + i * size, 'li_lock') | 0,
        exclusive: (flags & LI_EXCLUSIVE) !== 0,
        count: (flags & LI_RECURSEMASK) + 1,
      });
    }
    out.unshift(...entry);
    list = memory.field('lock_list_entry', list, 'll_next');
  }
  return out;
}

/** Names of the sleep locks that the process at address `p` holds, as heldLocks() has them. */
export const heldLockNames = (memory: Memory, p: number): string[] =>
  heldLocks(memory, p).map(({ lock }) =>
    memory.string(memory.field('lock_object', lock, 'lo_name'), NAME_MAX),
  );
