import { Ddb } from '@trap12/ddb';
import type { System } from '@trap12/system';
import { kernelConstants, type Memory } from '@trap12/target';
import { runningProcesses } from './running.js';

const K = kernelConstants('CP_USER', 'CP_NICE', 'CP_SYS', 'CP_INTR', 'CP_IDLE');

/** Virtual time, ns, after which a kernel that lets nobody on is taken to be in a livelock. */
const PATIENCE_NS = 10e9;

/** What the processors' time went into, in ticks of the statistics clock. */
interface Ticks {
  idle: number;
  kernel: number;
}

/**
 * Watches a machine for a livelock: its kernel looks at the time, and takes interrupts, but for ten virtual
 * seconds no program has run, called or faulted, and at least one processor has not been idle; of others it
 * does not matter.
 */
export class Livelock {
  private readonly memory: Memory;
  private readonly ncpu: number;
  private before = '';
  private sinceNs = 0;
  private since: Ticks = { idle: 0, kernel: 0 };
  /** What is said of it, with the trace of where it is, once that is so */
  found: string | undefined;

  constructor(private readonly system: System) {
    this.memory = system.memory;
    this.ncpu = system.options.ncpu;
  }

  /** To be called now and then while the machine stands. */
  look(): void {
    const now = this.system.machine.now();
    const progress = this.progress();
    const ticks = this.ticks();
    if (progress !== this.before || this.isIdle(ticks)) {
      this.before = progress;
      this.sinceNs = now;
      this.since = ticks;
    } else if (now - this.sinceNs >= PATIENCE_NS) this.found ??= this.told();
  }

  /** Of what counts a program's time, and what it asks for. */
  private progress(): string {
    const { memory } = this;
    const { CP_USER, CP_NICE } = K(memory);
    const cnt = memory.symbols.address('cnt');
    return [
      ...[CP_USER, CP_NICE].map((state) => this.spent(state)),
      ...['v_syscall', 'v_trap'].map((name) => memory.field('vmmeter', cnt, name)),
    ].join();
  }

  private spent(state: number): number {
    return this.memory.u32(this.memory.symbols.address('cp_time') + 4 * state);
  }

  private ticks(): Ticks {
    const { CP_SYS, CP_INTR, CP_IDLE } = K(this.memory);
    return { idle: this.spent(CP_IDLE), kernel: this.spent(CP_SYS) + this.spent(CP_INTR) };
  }

  /**
   * Were all processors idle for a while since there was progress? Otherwise the kernel has had as much time
   * as one of them has: the clock of one may be a tick ahead.
   */
  private isIdle({ idle, kernel }: Ticks): boolean {
    const [idled, worked] = [idle - this.since.idle, kernel - this.since.kernel];
    return idled > (this.ncpu - 1) * (worked + 1);
  }

  private told(): string {
    const ddb = new Ddb(this.system.target);
    ddb.session.setVariable('srclines', 1);
    const nobody = this.ncpu === 1 ? 'no processor' : 'not every processor';
    const what = `no progress: no program has run, and ${nobody} been idle, for ${PATIENCE_NS / 1e9} virtual seconds (a livelock?)`;
    const traces =
      this.ncpu === 1
        ? ['t']
        : runningProcesses(this.system).map((p) => `t ${this.memory.field('proc', p, 'p_pid')}`);
    return [what, ...traces.flatMap((each) => ddb.execute(each))].join('\n');
  }
}
