import { kernelConstants } from '@trap12/target';
import type { Lab, Onlooker } from './lab.js';

const K = kernelConstants('HW_ACQUIRED', 'HW_EXCLUSIVE', 'HW_SPIN', 'HW_WAKEUP');

/** What a number of tries have shown, and how much they may have left. */
export interface NoveltyReport {
  tries: number;
  /** Distinct orders in which locks and wakeups went from process to process */
  distinct: number;
  /** Those that came once only */
  singletons: number;
  /** Good-Turing: how likely the next try shows an order that none has shown */
  estimate: number;
  /**
   * The estimate after half of the tries, and how often the other half then showed a new one; undefined for
   * very few
   */
  half: { estimate: number; came: number } | undefined;
}

/**
 * Tells tries apart by their orders of hand-offs: for each lock and channel, who came to it after whom.
 * Orders of things that have nothing to do with each other make no difference.
 *
 * How likely the next try is to show something new is about the share of tries whose order came once only (I.
 * J. Good, "The population frequencies of species", Biometrika 1953). That holds for tries that are drawn
 * independently: see the half-time check.
 */
export class Novelty implements Onlooker {
  readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_PROC'];
  private prints: number[] = [];
  private objects = new Map<number, number>();
  private readonly k: ReturnType<typeof K>;

  constructor(private readonly lab: Lab) {
    this.k = K(lab.system);
  }

  happened(kind: number, object: number, arg: number, { context }: { readonly context: number }): void {
    const { HW_ACQUIRED, HW_EXCLUSIVE, HW_SPIN, HW_WAKEUP } = this.k;
    if (kind !== HW_ACQUIRED && kind !== HW_WAKEUP) return;
    if (kind === HW_ACQUIRED && (arg & ~HW_EXCLUSIVE) === HW_SPIN) return;
    if (!this.lab.inScope(context)) return;
    const before = this.objects.get(object) ?? 0x811c_9dc5;
    this.objects.set(object, Math.imul(before ^ (context + kind), 0x0100_0193));
  }

  /** A try has ended. */
  told(): void {
    let sum = 0;
    for (const [object, hash] of this.objects) {
      const mixed = Math.imul(object ^ (hash >>> 15), 0x85eb_ca6b) ^ hash;
      sum = (sum + Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)) | 0;
    }
    this.objects = new Map();
    this.prints.push(sum);
  }

  /** What the tries since the last call were told by, in order. */
  take(): number[] {
    const { prints } = this;
    this.prints = [];
    return prints;
  }
}

/** Gathers what tries were told by. */
export class Seen {
  private readonly prints: number[] = [];
  private readonly counts = new Map<number, number>();
  private singletons = 0;

  add(print: number): void {
    const n = this.counts.get(print) ?? 0;
    this.counts.set(print, n + 1);
    if (n < 2) this.singletons += n === 0 ? 1 : -1;
    this.prints.push(print);
  }

  /** Good-Turing: how likely the next try shows an order that none has shown. */
  get estimate(): number {
    return this.prints.length === 0 ? 1 : this.singletons / this.prints.length;
  }

  report(): NoveltyReport {
    const { prints, counts, singletons, estimate } = this;
    const tries = prints.length;
    const middle = tries >> 1;
    const first = counted(prints.slice(0, middle));
    const came = prints.slice(middle).filter((print) => !first.has(print)).length;
    const half =
      middle < 10 ? undefined : { estimate: countOnce(first) / middle, came: came / (tries - middle) };
    return { tries, distinct: counts.size, singletons, estimate, half };
  }
}

function counted(prints: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const print of prints) counts.set(print, (counts.get(print) ?? 0) + 1);
  return counts;
}

const countOnce = (counts: ReadonlyMap<number, number>): number =>
  [...counts.values()].filter((n) => n === 1).length;
