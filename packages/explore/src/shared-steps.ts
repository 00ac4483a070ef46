import type { Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { SiteDeeds } from './races/site-deeds.js';

/** No more accesses than these, of processes in scope, are looked at. */
const STEPS_MAX = 5_000_000;

interface Touched {
  context: number;
  shared: boolean;
  written: boolean;
  /** Steps by the text address of the access */
  steps: Map<number, number[]>;
}

/**
 * Notes which memory several contexts touch in a run of the kernel's checked form, and at which steps: where
 * one of them writes, what comes in between makes a difference.
 */
export class SharedSteps implements Stepper {
  private readonly touched = new Map<number, Touched>();
  private readonly deeds: SiteDeeds;
  private seen = 0;

  constructor(
    private readonly system: System,
    private readonly inScope: (context: number) => boolean,
  ) {
    this.deeds = new SiteDeeds(system);
  }

  step({ number, site, address, bytes }: StepView): boolean {
    if (address === 0 || bytes !== 0 || this.seen > STEPS_MAX) return false;
    const deed = this.deeds.at(site);
    if (deed === null) return false;
    const { context } = this.system.machine.cpu;
    if (!this.inScope(context)) return false;
    this.seen++;
    let one = this.touched.get(address);
    if (one === undefined) {
      one = { context, shared: false, written: false, steps: new Map() };
      this.touched.set(address, one);
    }
    if (one.context !== context) one.shared = true;
    if (deed.writes) one.written = true;
    const steps = one.steps.get(site);
    if (steps === undefined) one.steps.set(site, [number]);
    else steps.push(number);
    return false;
  }

  /** For each access of memory that is shared and written, by instruction and address: its steps. */
  get places(): number[][] {
    return [...this.touched.values()]
      .filter(({ shared, written }) => shared && written)
      .flatMap(({ steps }) => [...steps.values()]);
  }
}
