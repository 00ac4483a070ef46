import type { System } from '@trap12/kernel';

/** What strategies may ask of the kernel. All of it is read from simulated memory and the image; nothing changes there. */
export interface KernelView {
  /** Virtual time on the running CPU, ns */
  readonly nowNs: number;
  /** Has this process that command name? */
  isNamed(process: number, name: string): boolean;
  /** Does it hold a sleep lock, as far as WITNESS knows? */
  holdsSleepLock(process: number): boolean;
  /** A constant of the kernel's headers */
  constant(name: string): number;
}

export function kernelView(system: System): KernelView {
  return {
    get nowNs() {
      return system.machine.now();
    },
    isNamed: (process, name) => system.isNamed(process, name),
    holdsSleepLock: (process) => system.holdsSleepLock(process),
    constant: (name) => system.symbols.constant(name),
  };
}
