import type { System } from '@trap12/system';
import type { SymbolTable } from '@trap12/target';
import { holdsSleepLock, isNamed } from './processes.js';

/**
 * What strategies may ask of the kernel. All of it is read from simulated memory and the image; nothing
 * changes there.
 */
export interface KernelView {
  /** Virtual time on the running CPU, ns */
  readonly nowNs: number;
  readonly symbols: SymbolTable;
  /** Has this process that command name? */
  isNamed(process: number, name: string): boolean;
  /** Does it hold a sleep lock, as far as WITNESS knows? */
  holdsSleepLock(process: number): boolean;
}

export function kernelView({ machine, memory, symbols }: System): KernelView {
  return {
    get nowNs() {
      return machine.now();
    },
    symbols,
    isNamed: (process, name) => isNamed(memory, process, name),
    holdsSleepLock: (process) => holdsSleepLock(memory, process),
  };
}
