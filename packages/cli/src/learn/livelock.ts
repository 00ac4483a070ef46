import { Ddb } from '@trap12/ddb';
import type { System } from '@trap12/system';
import { kernelConstants, Memory } from '@trap12/target';

const K = kernelConstants('CP_USER', 'CP_NICE', 'CP_IDLE');

/** Virtual time, ns, after which a kernel that lets nobody on is taken to be in a livelock. */
const PATIENCE_NS = 10e9;

/**
 * Watches a machine for a livelock: its kernel looks at the time, and takes interrupts, but for ten virtual
 * seconds no program has run, called or faulted, and no processor has been idle.
 */
export class Livelock {
  private readonly memory: Memory;
  private before = '';
  private sinceNs = 0;
  /** What is said of it, with the trace of where it is, once that is so */
  found: string | undefined;

  constructor(private readonly system: System) {
    this.memory = new Memory(system.target);
  }

  /** To be called now and then while the machine stands. */
  look(): void {
    const now = this.system.machine.now();
    const progress = this.progress();
    if (progress !== this.before) {
      this.before = progress;
      this.sinceNs = now;
    } else if (now - this.sinceNs >= PATIENCE_NS) this.found ??= this.told();
  }

  /** Of what counts a program's or an idle processor's time. */
  private progress(): string {
    const { memory } = this;
    const { CP_USER, CP_NICE, CP_IDLE } = K(memory);
    const ticks = memory.symbols.address('cp_time');
    const cnt = memory.symbols.address('cnt');
    return [
      ...[CP_USER, CP_NICE, CP_IDLE].map((state) => memory.u32(ticks + 4 * state)),
      ...['v_syscall', 'v_trap'].map((name) => memory.field('vmmeter', cnt, name)),
    ].join();
  }

  private told(): string {
    const ddb = new Ddb(this.system.target);
    ddb.session.setVariable('srclines', 1);
    const what = `no progress: no program has run, and no processor been idle, for ${PATIENCE_NS / 1e9} virtual seconds (a livelock?)`;
    return [what, ...ddb.execute('t')].join('\n');
  }
}
