import type { MachineView, Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';
import type { Onlooker } from '../lab.js';
import type { Clock, LockSet } from './clocks.js';
import { Order } from './order.js';
import type { SiteDeed, SiteDeeds } from './site-deeds.js';

/** One access of a run whose accesses are all kept. */
export interface LoggedAccess {
  /** Number among all that were kept */
  index: number;
  step: number;
  /** Virtual time, ns since power-on */
  ns: number;
  context: number;
  deed: SiteDeed;
  write: boolean;
  address: number;
  locks: LockSet;
  /** The same in two runs for the same access: who, where, and the how manyth time at this word */
  id: string;
  /** Index of the thread, its own clock, and what it knew of others */
  thread: number;
  epoch: number;
  knows: Clock;
}

/** So many are kept: a run that has more is known up to there only. */
const MOST = 400_000;

/**
 * Keeps each access of the processes in scope, by the word of physical memory: to compare two runs. What the
 * kernel's locks do inside is left out, and so is what is one processor's own.
 */
export class AccessLog implements Onlooker, Stepper {
  readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_PROC'];
  readonly order: Order;
  readonly words = new Map<number, LoggedAccess[]>();
  private count = 0;
  private readonly counts = new Map<string, number>();
  private readonly kernbase: number;

  constructor(
    private readonly system: System,
    private readonly inScope: (context: number) => boolean,
    private readonly deeds: SiteDeeds,
  ) {
    this.order = new Order(system);
    this.kernbase = system.symbols.constant('KERNBASE') >>> 0;
  }

  happened(kind: number, object: number, arg: number, view: MachineView): void {
    this.order.happened(kind, object, arg, view);
  }

  step({ address, site, bytes, number }: StepView): boolean {
    if (address >>> 0 < this.kernbase || bytes > 0 || this.count >= MOST) return false;
    const { context } = this.system.machine.cpu;
    if (!this.inScope(context)) return false;
    const deed = this.deeds.at(site);
    if (deed === null || deed.key?.kind === 'cpu' || deed.key?.kind === 'none') return false;
    const word = this.system.machine.mmu.inspect(address).pa & ~3;
    const me = this.order.thread(context);
    const place = `${context} ${site}`;
    const nth = (this.counts.get(`${place} ${word}`) ?? 0) + 1;
    this.counts.set(`${place} ${word}`, nth);
    const list = this.words.get(word) ?? [];
    this.words.set(word, list);
    list.push({
      index: this.count++,
      step: number,
      ns: this.system.machine.now(),
      context,
      deed,
      write: deed.writes,
      address: address >>> 0,
      locks: me.held,
      id: `${place} ${nth}`,
      thread: me.index,
      epoch: me.clock[me.index]!,
      knows: me.clock.slice(),
    });
    return false;
  }
}
