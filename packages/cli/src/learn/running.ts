import type { System } from '@trap12/system';
import { Memory } from '@trap12/target';

/** Processes (addresses of their struct proc) on processors that are not idle. */
export function runningProcesses({ target, options }: System): number[] {
  const memory = new Memory(target);
  const base = memory.symbols.address('__globaldata');
  const { size } = memory.symbols.struct('pcpu');
  const all = Array.from({ length: options.ncpu }, (_, i) => base + i * size);
  return all.flatMap((pc) => {
    const p = memory.field('pcpu', pc, 'curproc');
    return p === 0 || p === memory.field('pcpu', pc, 'idleproc') ? [] : [p];
  });
}
