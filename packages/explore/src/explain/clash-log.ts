import { type Decider, type Decision, R_ESP, type Stepper, type StepView } from '@trap12/machine';
import { kernelConstants, type Site } from '@trap12/target';
import { pidAt } from '../processes.js';
import type { Lab } from '../lab.js';
import { WAIT_FILES } from '../places.js';
import { StrictReplay } from '../record.js';
import type { ScheduledChoice } from '../schedule.js';

const K = kernelConstants('KERNBASE', 'KSTACK_TOP', 'PAGE_SIZE', 'UPAGES');
/**
 * Files whose accesses are locks, sleeps and changes of the processor themselves: they differ from run to run
 * and mean nothing.
 */
const SYNCHRONISING: ReadonlySet<string> = new Set([
  ...WAIT_FILES,
  'i386/locore.ts',
  'kern/kern_switch.ts',
  'kern/subr_witness_report.ts',
]);
/** A copy of more bytes than these is looked at up to there. */
const COPY_MAX = 4096;
/** Functions that a death begins with. */
const DEATHS = ['trap', 'panic'];

/** A word that the waiting process read before. */
export interface Read {
  step: number;
  site: number;
  address: number;
  value: number;
}

/** A word that others changed while the process waited, and that it read afterwards. */
export interface Use {
  address: number;
  /** What was there when the wait began; undefined if nothing was mapped there */
  old: number | undefined;
  /** What the process found; undefined: nothing was mapped there any more */
  now: number | undefined;
  /** Step and instruction that changed it last, or that took away the mapping */
  changed: { step: number; site: number };
  used: { step: number; site: number };
}

interface Written {
  old: number | undefined;
  step: number;
  site: number;
}

/**
 * Looks at each access of a run in which a process is kept waiting: what it read before, what others changed
 * meanwhile, and which of that it used afterwards, up to its death. It is a decider as well: decisions tell
 * when the wait begins and ends.
 */
export class ClashLog implements Decider, Stepper {
  /** The process that waits; 0 until it does */
  waiter = 0;
  fromNs: number | undefined;
  untilNs: number | undefined;
  /** The step before which the wait begins */
  heldStep = 0;
  /** Latest read of each word before the wait */
  readonly reads = new Map<number, Read>();
  readonly uses: Use[] = [];
  private readonly written = new Map<number, Written>();
  /** Words that the process has written or used itself since */
  private readonly own = new Set<number>();
  /** Steps at which functions were entered that it may die of, and the stack pointers there */
  private readonly deaths: { step: number; esp: number }[] = [];
  private readonly deathSites: ReadonlySet<number>;
  private running = { context: 0, mine: false };
  private readonly sites = new Map<number, Site | undefined>();
  private readonly replay: StrictReplay;
  private readonly pid: number;
  private readonly low: number;
  private readonly stack: readonly [low: number, high: number];
  private readonly tables: number;

  /** @param hold the choice that makes it wait, one of `choices` */
  constructor(
    private readonly lab: Lab,
    choices: readonly ScheduledChoice[],
    private readonly hold: ScheduledChoice,
  ) {
    const { symbols } = lab.system;
    const { KERNBASE, KSTACK_TOP, PAGE_SIZE, UPAGES } = K(lab.system);
    this.replay = new StrictReplay(lab, choices);
    this.pid = Number(hold.process?.replace(/^.*\//, ''));
    this.stack = [(KSTACK_TOP - UPAGES * PAGE_SIZE) >>> 0, KSTACK_TOP >>> 0];
    this.tables = symbols.constant('PTmap') >>> 0;
    // The tables of what all processes share, and what they map.
    this.low = this.entryOf(KERNBASE >>> 0);
    this.deathSites = new Set(DEATHS.map((name) => symbols.address(name) | 0));
  }

  /** Where the page-table entry of an address is seen. */
  private entryOf(address: number): number {
    return (this.tables + (address >>> 12) * 4) >>> 0;
  }

  nextStall(from: number): number | undefined {
    return this.replay.nextStall(from);
  }

  decide(decision: Decision): number {
    const { kind, number, objects } = decision;
    const { machine } = this.lab.system;
    const choice = this.replay.decide(decision);
    if (kind === 'preempt' && number === this.hold.number) {
      this.waiter = objects[0]!;
      this.fromNs = machine.now();
      this.heldStep = machine.steps.number;
    }
    if (kind === 'run' && this.fromNs !== undefined && objects[choice] === this.waiter)
      this.untilNs ??= machine.now();
    return choice;
  }

  /** The step at which the process began to die; undefined if it did not. */
  get deathStep(): number | undefined {
    return this.deaths[0]?.step;
  }

  step(view: StepView): boolean {
    const { context } = this.lab.system.machine.cpu;
    const mine = this.fromNs === undefined ? this.isWaiter(context) : context === this.waiter;
    if (mine && this.untilNs !== undefined) this.follow(view);
    const address = view.address >>> 0;
    if (address < this.low || (address >= this.stack[0] && address < this.stack[1])) return false;
    const site = this.site(view.site);
    if (site === undefined || site.kind === 'prologue') return false;
    const writes = site.kind === 'store' || site.kind === 'rmw' || view.bytes > 0;
    const word = (address & ~3) >>> 0;
    if (this.fromNs === undefined) {
      if (mine && !writes)
        this.reads.set(word, { step: view.number, site: view.site, address, value: this.peek(word)! });
    } else if (!mine) {
      if (writes) this.change(word, view);
    } else if (this.untilNs !== undefined && this.deaths.length === 0) {
      if (site.kind !== 'store') this.use(word, address, view);
      if (writes) this.own.add(word);
    }
    return false;
  }

  /**
   * Before the wait the process is known by its number alone. Looked up when the processor changes over:
   * steps are many.
   */
  private isWaiter(context: number): boolean {
    if (context !== this.running.context)
      this.running = { context, mine: pidAt(this.lab.system.memory, context) === this.pid };
    return this.running.mine;
  }

  /** Keeps which functions that may be its death the process is in. */
  private follow({ site, number }: StepView): void {
    const { deaths } = this;
    const esp = this.lab.system.machine.reg[R_ESP]! >>> 0;
    while (deaths.length > 0 && esp > deaths.at(-1)!.esp) deaths.pop();
    if (this.deathSites.has(site)) deaths.push({ step: number, esp });
  }

  private change(word: number, { number: step, site, bytes }: StepView): void {
    for (let at = 0; at < Math.max(1, Math.min(bytes, COPY_MAX)); at += 4) {
      const before = this.written.get(word + at);
      if (before === undefined) this.written.set(word + at, { old: this.peek(word + at), step, site });
      else Object.assign(before, { step, site });
      this.own.delete(word + at);
    }
  }

  private use(word: number, address: number, { number: step, site }: StepView): void {
    if (this.own.has(word)) return;
    const now = this.peek(word);
    const changed = this.written.get(now === undefined ? this.entryOf(word) : word);
    if (changed === undefined || (now !== undefined && changed.old === now)) return;
    this.own.add(word);
    if (this.isNoise(site) || this.isNoise(changed.site)) return;
    // Of what is not mapped any more the word itself may have been changed before.
    const old = now === undefined ? (this.written.get(word)?.old ?? changed.old) : changed.old;
    const { step: changedStep, site: changedSite } = changed;
    this.uses.push({
      address,
      old,
      now,
      changed: { step: changedStep, site: changedSite },
      used: { step, site },
    });
  }

  private isNoise(address: number): boolean {
    const site = this.site(address);
    return site === undefined || SYNCHRONISING.has(site.file) || site.struct === 'pcpu';
  }

  private peek(word: number): number | undefined {
    const { mmu, ram } = this.lab.system.machine;
    const { pa } = mmu.inspect(word | 0);
    return pa < 0 ? undefined : ram.i32[pa >>> 2]! >>> 0;
  }

  private site(address: number): Site | undefined {
    if (!this.sites.has(address)) this.sites.set(address, this.lab.system.symbols.site(address));
    return this.sites.get(address);
  }
}
