import type { MachineView, Observer } from '@trap12/machine';
import { kernelConstants } from '@trap12/target';
import type { KernelView } from '../view.js';

const K = kernelConstants('HW_ACQUIRED', 'HW_EXCLUSIVE', 'HW_RELEASED', 'HW_SX');

/**
 * Hears where a gap between two critical sections opens: a process has just given back the last lock that it
 * held, and what it learnt under that lock may cease to be true. Only sx locks count: sections under one
 * mutex follow each other so closely that a gap is hardly ever one (tried: the example was found more
 * slowly).
 */
export class Gaps implements Observer {
  /** Trace points that it wants (names of KTR_* constants) */
  static readonly classes = ['KTR_LOCK'] as const;
  private readonly constants: ReturnType<typeof K>;
  private readonly lastReleased = new Map<number, number>();

  constructor(
    private readonly view: KernelView,
    /** Command name of the process whose gaps are asked for */
    private readonly process: string,
  ) {
    this.constants = K(view);
  }

  /** @returns the lock that was taken, if somebody has taken one exclusively */
  happened(kind: number, lock: number, arg: number, { context }: MachineView): number | undefined {
    const { HW_ACQUIRED, HW_EXCLUSIVE, HW_RELEASED, HW_SX } = this.constants;
    if ((arg & ~HW_EXCLUSIVE) !== HW_SX) return undefined;
    if (kind === HW_RELEASED) this.lastReleased.set(context, lock);
    if (kind !== HW_ACQUIRED) return undefined;
    this.lastReleased.delete(context);
    return (arg & HW_EXCLUSIVE) !== 0 ? lock : undefined;
  }

  /** The lock whose gap has opened for who runs: said once; undefined: it stands in no gap. */
  opened(context: number): number | undefined {
    const lock = this.lastReleased.get(context);
    if (lock === undefined || !this.view.isNamed(context, this.process) || this.view.holdsSleepLock(context))
      return undefined;
    this.lastReleased.delete(context);
    return lock;
  }
}
