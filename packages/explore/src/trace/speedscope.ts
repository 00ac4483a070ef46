import type { MachineView, Observer } from '@trap12/machine';
import { commandName, frameOwner, kernelFlags, Memory, type Target, walkStack } from '@trap12/target';

const HW = kernelFlags('HW_', 'INTR', 'SWITCH', 'TRAP');
/** The first functions of what is entered without a call. */
const HANDLERS = ['calltrap', 'Xintr', 'Xintr_user'];
/** No stack of this kernel is deeper. */
const FRAMES_MAX = 64;
const USER = 'user mode';

/** What a processor did: stacks, outermost first, as numbers of frames, each with how long it lasted. */
interface Profile {
  startNs: number;
  lastNs: number;
  /** struct proc of who runs; 0: not known yet */
  running: number;
  samples: number[][];
  weights: number[];
}

/**
 * Where the time of each processor went, as a profile in the form of speedscope (speedscope.app). At trace
 * points of processes, traps and interrupts the kernel's stack is looked at, and stands for the time since
 * the one before: below the process its functions, or `user mode` for what came before a trap from there.
 * What a function did between two trace points is the next one's.
 */
export class SpeedscopeLog implements Observer {
  /** Trace points that it wants */
  static readonly classes = ['KTR_PROC', 'KTR_INTR', 'KTR_TRAP'];
  private readonly memory: Memory;
  private readonly kinds: ReturnType<typeof HW>;
  private readonly frames = new Map<string, number>();
  private readonly places: { name: string; file?: string; line?: number }[] = [];
  private readonly profiles = new Map<number, Profile>();

  constructor(target: Target) {
    this.memory = new Memory(target);
    this.kinds = HW(this.memory);
  }

  happened(kind: number, object: number, _arg: number, { context, cpuId, nowNs }: MachineView): void {
    const { INTR, SWITCH, TRAP } = this.kinds;
    const profile = this.profile(cpuId, nowNs);
    const p = profile.running === 0 ? context : profile.running;
    this.sample(profile, p, kind === INTR || kind === TRAP, nowNs);
    profile.running = kind === SWITCH ? object : context;
  }

  private profile(cpuId: number, nowNs: number): Profile {
    let profile = this.profiles.get(cpuId);
    if (profile === undefined) {
      profile = { startNs: nowNs, lastNs: nowNs, running: 0, samples: [], weights: [] };
      this.profiles.set(cpuId, profile);
    }
    return profile;
  }

  /** @param entered a handler has begun: the time before was that of what it has interrupted */
  private sample(profile: Profile, p: number, entered: boolean, nowNs: number): void {
    const weight = nowNs - profile.lastNs;
    if (weight <= 0) return;
    profile.lastNs = nowNs;
    const all = this.kernelStack();
    const handler = entered ? all.findLastIndex((name) => HANDLERS.includes(name)) : -1;
    const names = handler < 0 ? all : all.slice(0, handler);
    const process = `${commandName(this.memory, p)} (${this.memory.field('proc', p, 'p_pid')})`;
    const stack = [process, ...(names.length === 0 ? [USER] : names)].map((name) => this.frame(name));
    const last = profile.samples.at(-1);
    if (last !== undefined && last.length === stack.length && last.every((frame, i) => frame === stack[i]))
      profile.weights[profile.weights.length - 1]! += weight;
    else {
      profile.samples.push(stack);
      profile.weights.push(weight);
    }
  }

  /**
   * The functions on the stack of the running processor, outermost first. Their frames are in memory; which
   * is the innermost its caller tells.
   */
  private kernelStack(): string[] {
    const { memory } = this;
    const ebp = memory.target.cpu.registers?.ebp ?? 0;
    const owner = frameOwner(memory, ebp);
    if (owner === undefined) return [];
    const out: string[] = [];
    for (const item of walkStack(memory, memory.symbols.address(owner), ebp, FRAMES_MAX, undefined, false))
      if ('frame' in item && item.frame.function !== undefined) out.push(item.frame.function);
    return out.reverse();
  }

  private frame(name: string): number {
    let index = this.frames.get(name);
    if (index === undefined) {
      index = this.places.length;
      this.frames.set(name, index);
      const { symbols } = this.memory;
      this.places.push(
        symbols.has(name)
          ? { name, file: symbols.symbol(name).file, line: symbols.symbol(name).line }
          : { name },
      );
    }
    return index;
  }

  /** The profile so far, as text. */
  finish(): string {
    const profiles = [...this.profiles].map(([cpuId, { startNs, lastNs, samples, weights }]) => ({
      type: 'sampled',
      name: `cpu ${cpuId}`,
      unit: 'nanoseconds',
      startValue: startNs,
      endValue: lastNs,
      samples,
      weights,
    }));
    const $schema = 'https://www.speedscope.app/file-format-schema.json';
    return `${JSON.stringify({ $schema, exporter: 'trap12', shared: { frames: this.places }, profiles })}\n`;
  }
}
