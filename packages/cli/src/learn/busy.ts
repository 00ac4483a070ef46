import { processes } from '@trap12/kernel';
import type { System } from '@trap12/system';
import { commandName, kernelConstants, type Memory } from '@trap12/target';
import { runningProcesses } from './running.js';

const K = kernelConstants('CP_USER', 'CP_NICE', 'CP_SYS', 'CP_INTR');

/** So many processes of one name are not there by design. */
const CROWD = 40;

/**
 * How long the processors of a machine have worked, all together. Nobody in the machine stops a program that
 * loops, or forks for ever, and a virtual second of work takes the host several of its own.
 */
export class Busy {
  private readonly memory: Memory;

  /** @param seconds of work that it may take; undefined: any */
  constructor(
    private readonly system: System,
    private readonly seconds: number | undefined,
  ) {
    this.memory = system.memory;
  }

  /** Has it worked for longer than it may? That stays so, whenever it is asked. */
  get isOver(): boolean {
    return this.seconds !== undefined && this.worked() >= this.seconds;
  }

  /** Seconds, by the statistics clock. */
  private worked(): number {
    const { memory } = this;
    const { CP_USER, CP_NICE, CP_SYS, CP_INTR } = K(memory);
    const at = memory.symbols.address('cp_time');
    const ticks = [CP_USER, CP_NICE, CP_SYS, CP_INTR].map((state) => memory.u32(at + 4 * state));
    return ticks.reduce((sum, each) => sum + each, 0) / memory.u32(memory.symbols.address('stathz'));
  }

  /** Who is at work, and what that may come from. Empty: nobody. */
  told(): string {
    const counts = new Map<string, number>();
    for (const p of processes(this.memory)) {
      const name = commandName(this.memory, p);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const crowd = [...counts].find(([, count]) => count >= CROWD);
    if (crowd !== undefined) return `${crowd[1]} processes are called ${crowd[0]}: does it fork for ever?`;
    const [runs] = runningProcesses(this.system);
    return runs === undefined ? '' : `${commandName(this.memory, runs)} runs: does it loop, or poll?`;
  }
}
