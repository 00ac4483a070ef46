import { type Crew, type SeedResult, type SeedTask, workOffSeed } from '@trap12/explore';
import type { Kernel, RunHost, SystemMaker } from '@trap12/system';
import type { NodeHost } from '@trap12/system/node.js';
import type { Pool } from './pool.js';
import type { Added, Task } from './tasks.js';

/** What a run and the thread that wanted it tell each other: places in a shared Float64Array. */
export const CLOCK = { seconds: 0, stop: 1, length: 2 } as const;

/** A worker that does not hear that it is to stop is ended after this: its kernel may loop. */
const DEAF_MS = 2000;

/** How far a run is. */
export interface SeedProgress {
  seed: number;
  /** Virtual seconds so far */
  seconds: number;
  /** What is around it is looked at, it is not run itself */
  look: boolean;
}

interface Running {
  task: SeedTask;
  clock: Float64Array;
}

/**
 * Runs seeds: one at a time in this thread, the others in workers. What comes after the search begins here,
 * and the code that V8 has compiled for the kernel by then is this thread's own; workers are told to stop
 * instead of being ended, for the same reason.
 */
export class SeedCrew implements Crew<SeedTask, SeedResult | null> {
  private readonly running = new Set<Running>();
  private isBusy = false;
  private ending: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool<Task>,
    private readonly added: Added,
    /** Of this thread: the kernel with all that is added, its host, who composes its machines */
    private readonly here: { kernel: Kernel; host: NodeHost; make: SystemMaker },
  ) {}

  get width(): number {
    return this.pool.width;
  }

  /** The runs at hand, in order of their seeds. */
  get progress(): SeedProgress[] {
    return [...this.running]
      .map(({ task, clock }) => ({
        seed: task.setup.seed,
        seconds: clock[CLOCK.seconds]!,
        look: task.look === true,
      }))
      .sort((a, b) => a.seed - b.seed);
  }

  async run(task: SeedTask): Promise<SeedResult | null | undefined> {
    const clock = new Float64Array(new SharedArrayBuffer(CLOCK.length * Float64Array.BYTES_PER_ELEMENT));
    const it = { task, clock };
    this.running.add(it);
    try {
      const result = await (this.isBusy
        ? this.pool.run<SeedResult | null>({ job: 'seed', task, added: this.added, clock })
        : this.runHere(it));
      return clock[CLOCK.stop] === 0 ? result : undefined;
    } finally {
      this.running.delete(it);
      if (this.running.size === 0) clearTimeout(this.ending);
    }
  }

  private async runHere({ task, clock }: Running): Promise<SeedResult | null> {
    const { kernel, host, make } = this.here;
    this.isBusy = true;
    try {
      // The first pieces are given before anything runs; then others can begin, too.
      await host.turn();
      return await workOffSeed(kernel, task, ...hostOf(host, clock), make);
    } finally {
      this.isBusy = false;
    }
  }

  drop(): void {
    for (const { clock } of this.running) clock[CLOCK.stop] = 1;
    if (this.running.size === 0) return;
    clearTimeout(this.ending);
    this.ending = setTimeout(() => this.pool.drop(), DEAF_MS);
  }
}

/** The host of a run that tells how far it is, and hears when it is to stop. */
export function hostOf(
  host: NodeHost,
  clock: Float64Array | undefined,
): [RunHost, (seed: number, seconds: number) => void] {
  const { turn, guard, elapsedMs } = host;
  const stop = (): boolean => host.stop() || clock?.[CLOCK.stop] === 1;
  const told = (_seed: number, seconds: number): void => {
    if (clock !== undefined) clock[CLOCK.seconds] = seconds;
  };
  return [{ turn, stop, guard, elapsedMs }, told];
}
