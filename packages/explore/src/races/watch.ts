import type { MachineView, StepView, Stepper } from '@trap12/machine';
import type { System } from '@trap12/system';
import type { Onlooker } from '../lab.js';
import { HappensBefore } from './happens-before.js';
import { type KeyReport, KeyWatch } from './key-watch.js';
import { type RaceReport, raceReport } from './report.js';
import { StaleTlb } from './stale-tlb.js';
import { type StaleReport, staleReport } from './stale-report.js';
import { SiteDeeds } from './site-deeds.js';
import { type WrongMapping, WrongMappings } from './wrong-mapping.js';

/**
 * Looks for races, stale and wrong translations in every try of a search, and keeps each pair of places once.
 * The kernel is to be in its checked form; begins() belongs before each try, told() behind it, end() behind
 * the last one.
 */
export class RaceWatch implements Onlooker, Stepper {
  readonly classes: readonly string[];
  private readonly deeds: SiteDeeds;
  private readonly found = new Map<string, RaceReport>();
  private readonly foundStale = new Map<string, StaleReport>();
  private current: HappensBefore;
  private tlb: StaleTlb;
  private mappingWatch: WrongMappings;
  private readonly foundMappings = new Map<string, WrongMapping>();
  private keyWatch: KeyWatch;
  /**
   * Between the beginning of a try and its end: of runs besides, of checks and shrinking, nobody has asked.
   */
  private isTry = true;
  private tries = 0;

  constructor(private readonly system: System) {
    this.deeds = new SiteDeeds(system);
    this.current = new HappensBefore(system, this.deeds);
    this.tlb = new StaleTlb(system);
    this.mappingWatch = new WrongMappings(system);
    this.keyWatch = new KeyWatch(system, () => this.current.order, this.deeds);
    this.classes = this.current.classes;
    system.machine.steps.askFrom(this);
  }

  /** In the order in which they were seen first. */
  get races(): RaceReport[] {
    return [...this.found.values()];
  }

  /** One for each place that changed a page-table entry. */
  get stale(): StaleReport[] {
    return [...this.foundStale.values()];
  }

  /** Page-table entries that their maps do not give, one for each place that entered one. */
  get mappings(): WrongMapping[] {
    return [...this.foundMappings.values()];
  }

  /** Writes without the lock that the field declares. */
  get keys(): KeyReport[] {
    return this.keyWatch.found;
  }

  happened(kind: number, object: number, arg: number, view: MachineView): void {
    this.current.happened(kind, object, arg, view);
    this.keyWatch.happened(kind, object, view.context);
    this.mappingWatch.happened(kind, object, view.context);
  }

  step(view: StepView): boolean {
    this.tlb.step(view);
    if (this.isTry) this.keyWatch.step(view);
    this.mappingWatch.step(view);
    return this.current.step(view);
  }

  /** A try begins: what was seen before it is of runs that nobody asked about. */
  begins(): void {
    this.isTry = true;
    if (this.tries === 0) this.keyWatch = new KeyWatch(this.system, () => this.current.order, this.deeds);
    else this.keyWatch.begins();
    this.current = new HappensBefore(this.system, this.deeds);
    this.tlb = new StaleTlb(this.system);
    this.mappingWatch = new WrongMappings(this.system);
  }

  told(): void {
    const { system, current } = this;
    this.isTry = false;
    this.tries++;
    for (const race of current.races) {
      const report = raceReport(system, current.order, race);
      // The same two places, whoever they were and whichever came first.
      const key = [report.first, report.second].map(({ file, line, does }) => `${file}:${line} ${does}`);
      const before = this.found.get(key.sort().join());
      if (before === undefined) this.found.set(key.join(), report);
      else before.times += report.times;
    }
    for (const stale of this.tlb.found) {
      const report = staleReport(system, stale);
      const key = `${report.how} ${report.store.file}:${report.store.line}`;
      if (!this.foundStale.has(key)) this.foundStale.set(key, report);
    }
    for (const mapping of this.mappingWatch.found) {
      const key = mapping.entered.stack.map(({ file, line }) => `${file}:${line}`).join();
      if (!this.foundMappings.has(key)) this.foundMappings.set(key, mapping);
    }
  }

  end(): void {
    this.system.machine.steps.askFrom(null);
  }
}
