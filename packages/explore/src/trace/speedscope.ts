import type { MachineView, Observer } from '@trap12/machine';
import { kernelFlags, Memory, type Target } from '@trap12/target';
import { commandAt, pidAt } from '../processes.js';
import { functionsBefore } from './stacks.js';

const HW = kernelFlags('HW_', 'INTR', 'SWITCH', 'TRAP');
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
    this.memory = new Memory(target.onlooker ?? target);
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
    const names = functionsBefore(this.memory, entered);
    const pid = pidAt(this.memory, p);
    const process = `${commandAt(this.memory, p)} (${pid < 0 ? '?' : pid})`;
    const stack = [process, ...(names.length === 0 ? [USER] : names)].map((name) => this.frame(name));
    const last = profile.samples.at(-1);
    if (last !== undefined && last.length === stack.length && last.every((frame, i) => frame === stack[i]))
      profile.weights[profile.weights.length - 1]! += weight;
    else {
      profile.samples.push(stack);
      profile.weights.push(weight);
    }
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
