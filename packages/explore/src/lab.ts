import { processes } from '@trap12/kernel';
import type { Decider, Observer, Snapshot } from '@trap12/machine';
import {
  createSystem,
  type Ending,
  type Kernel,
  type Scenario,
  type System,
  type SystemMaker,
  type SystemOptions,
} from '@trap12/system';
import { checkOptions, kernelConstants, NEED, type Need, optional } from '@trap12/target';
import { mayBeCut, refuseCut } from './cut.js';
import { placeName } from './hold.js';
import { ifMapped, isNamed } from './processes.js';
import { OwnCounts, STANDARD } from './record.js';
import { SharedSteps } from './shared-steps.js';
import type { Profile } from './walks/walk.js';

/** How a try ended: in order, by the machine's death, with threads that wait for each other, by its time. */
export type Ended = 'done' | 'panic' | 'stuck' | 'time';

export interface Attempt {
  ended: Ended;
  /** Virtual time, ns since power-on */
  nowNs: number;
  /** What the console showed since the beginning of the try */
  console: string;
}

/** Who looks on during a try, and which trace points it wants (names of KTR_* constants). */
export interface Onlooker extends Observer {
  readonly classes: readonly string[];
}

export interface LabSetup {
  kernel: Kernel;
  options: Partial<SystemOptions>;
  /** What the kernel was compiled with, if anything */
  scenario: Scenario | undefined;
  /** Virtual seconds of a try */
  seconds: number;
  /**
   * Where a try begins: where the load does, or where the machine does (then without KTR_POINT, as `run` has
   * it)
   */
  from: 'start' | 'power-on';
  /**
   * Calls what may never come back, as RunHost.guard of @trap12/system does; without it a kernel that loops
   * is waited for without end
   */
  guard?: (<T>(call: () => T, system: System) => T) | undefined;
  /** Who composes the machine; createSystem() by default */
  make?: SystemMaker | undefined;
  /** Told again and again while the machine runs, outside of the guard: virtual ns since power-on */
  onSlice?: ((nowNs: number) => void) | undefined;
}

/** Where tries of a lab may begin. */
export interface Beginning {
  snapshot: Snapshot;
  /** What processes had decided by then */
  counts: OwnCounts;
  ns: number;
}

/** What callers from JavaScript may have left out. */
const NEEDS: Readonly<Record<keyof LabSetup, Need>> = {
  kernel: NEED.kernel,
  options: NEED.setup,
  seconds: NEED.seconds,
  from: { is: (value) => value === 'start' || value === 'power-on', text: "'start' or 'power-on'" },
  scenario: optional({
    is: (value) => Array.isArray((value as Partial<Scenario> | null)?.threads),
    text: 'the scenario that compileScenario() gives',
  }),
  ...{ guard: optional(NEED.call), make: optional(NEED.call), onSlice: optional(NEED.call) },
};

const K = kernelConstants(
  'KERNBASE',
  'KTR_POINT',
  'KTR_PROC',
  'HW_FORK',
  'P_NOLOAD',
  'PS_SLPTIMO',
  'SMTX',
  'SSLEEP',
);
/** The kernel's own start takes less; what does not come to its beginning within that never will. */
const BOOT_SECONDS = 30;
/**
 * The first look at whether threads wait for each other comes after this; each next one after twice the time.
 */
const FIRST_LOOK_NS = 1e6;
/** More than the time between two points where a machine can stop: a few turns of the clock. */
const LEAD_NS = 0.05e9;
/** Virtual time that is run at once. */
const SLICE_NS = 1e8;
/** The same where somebody is told of each, or may give it up: step by step that takes the host long. */
const TOLD_SLICE_NS = 1e7;
/** So far up the stack a function of the focus is looked for. */
const FOCUS_DEPTH = 8;
/** So long nothing may happen before they are said to wait for ever: a few turns of the clock. */
const QUIET_NS = 35e6;

/**
 * A machine that stands where tries begin, and is put back there before each. With a scenario's threads, that
 * is where they have been made and nobody has run; with a command, where init has forked the shell that runs
 * it.
 */
export class Lab {
  readonly system: System;
  private readonly onSlice: LabSetup['onSlice'];
  readonly options: Partial<SystemOptions>;
  readonly start: Snapshot;
  readonly startNs: number;
  /** Decisions about processes up to there */
  readonly decisionsAtStart: number;
  readonly seconds: number;
  readonly from: LabSetup['from'];
  /** Processes of the scenario's threads, in order; none with a command */
  readonly threads: readonly number[];
  /** Processes of the kernel's own that may be kept waiting as those may */
  readonly daemons: readonly number[];
  private readonly constants: ReturnType<typeof K>;
  private readonly guard: NonNullable<LabSetup['guard']>;
  private isGuarded = false;
  /** Virtual time at which a try is over; may be set to less for a while */
  endNs: number;
  /** ktr_mask when nobody looks on */
  private readonly mask: number;
  private onlooker: Onlooker | null = null;
  private console = '';
  /** Where tries begin if not at the start: see advance() */
  private later: Beginning | undefined;
  private readonly scopeOf = new Map<number, boolean>();
  /** By return address: is that call in a function of the focus? */
  private readonly nearCalls = new Map<number, boolean>();

  /**
   * @throws RangeError that names what is missing, or if the machine does not come to the beginning of a try
   */
  constructor(setup: LabSetup) {
    checkOptions('Lab', setup, NEEDS);
    const { kernel, options, scenario, seconds, from, make = createSystem } = setup;
    this.guard = setup.guard ?? ((call) => call());
    this.onSlice = setup.onSlice;
    const threaded = scenario !== undefined && scenario.threads.length > 0;
    this.options = {
      ...options,
      ...scenario?.machine,
      command: scenario?.command ?? options.command ?? (threaded ? ':' : undefined),
      debuggerOnPanic: true,
    };
    // Composing a machine takes its time, too.
    this.onSlice?.(0);
    const system = make(kernel, this.options);
    this.system = system;
    this.tellSlice();
    this.constants = K(system);
    this.from = from;
    this.mask = from === 'start' ? this.constants.KTR_POINT : 0;
    system.set('ktr_mask', this.mask);
    system.machine.console.onOutput = (text) => {
      this.console += text;
    };
    system.machine.observe({
      happened: (...told) => this.onlooker?.happened?.(...told),
      decided: (...told) => this.onlooker?.decided?.(...told),
    });
    if (from === 'start') this.guarded(() => (threaded ? this.toThreads() : this.toCommand()));
    this.threads = threaded ? this.threadProcs(scenario.threads.length) : [];
    this.daemons = threaded ? scenario.daemons.map((name) => this.daemonProc(name)) : [];
    this.start = system.machine.save();
    this.startNs = system.machine.now();
    this.decisionsAtStart = processDecisions(system);
    this.seconds = seconds;
    this.endNs = this.startNs + seconds * 1e9;
  }

  /** Runs the kernel's start up to where a scenario's threads are about to run. */
  private toThreads(): void {
    const { system } = this;
    const begun = system.symbols.constant('SCENARIO_BEGUN');
    const ms = 1e6;
    this.bootUntil(
      () => system.get('scenario_state') >= begun,
      () => (system.get('scenario_state') === 0 ? ms : 1),
    );
  }

  /** Runs up to the first fork of init's. */
  private toCommand(): void {
    const { HW_FORK, KTR_PROC } = this.constants;
    const { system } = this;
    let forked = false;
    this.onlooker = {
      classes: [],
      happened: (kind, _object, parent) => {
        if (kind !== HW_FORK || parent !== (system.get('initproc') | 0)) return;
        forked = true;
        system.machine.stopSoon();
      },
    };
    system.set('ktr_mask', this.mask | KTR_PROC);
    this.bootUntil(
      () => forked,
      () => 1e9,
    );
    this.onlooker = null;
    system.set('ktr_mask', this.mask);
  }

  private bootUntil(there: () => boolean, stepNs: () => number): void {
    const { machine } = this.system;
    while (!there()) {
      const why = this.inPieces(machine.now() + stepNs());
      if ((why !== 'time' && why !== 'step') || machine.now() > BOOT_SECONDS * 1e9)
        throw new RangeError(
          `the machine does not come to the beginning of a try (${why}): ${lastLine(this.console)}`,
        );
    }
  }

  private threadProcs(count: number): number[] {
    const { memory, symbols } = this.system;
    const at = symbols.address('scenario_procs');
    return Array.from({ length: count }, (_, i) => memory.i32(at + 4 * i));
  }

  /** @throws RangeError if there is no such process */
  private daemonProc(name: string): number {
    const { memory } = this.system;
    const all = [...processes(memory)].map((p) => p | 0);
    const found = all.find((p) => !this.threads.includes(p) && isNamed(memory, p, name));
    if (found === undefined) throw new RangeError(`daemons: the kernel has no process ${name}`);
    return found;
  }

  /**
   * One try: from the beginning to its end, under `decider` (null: the standard choices). It leaves the
   * machine where the try ended. Decider and onlooker may be made here, where the machine stands at the
   * beginning.
   */
  attempt(decider: Decider | null, onlooker: Onlooker | null = null): Attempt {
    this.begin(decider, onlooker);
    const ended = this.runOn();
    return { ended, nowNs: this.system.machine.now(), console: this.console };
  }

  /** The beginning of a try: for those who go on in steps of their own. */
  begin(decider: Decider | null, onlooker: Onlooker | null = null): void {
    this.goTo(this.later?.snapshot ?? this.start, decider, onlooker);
  }

  /** What processes had decided where tries begin. */
  get ownCounts(): OwnCounts | undefined {
    return this.later?.counts;
  }

  /**
   * Has tries begin later: where the run without any choice has come to at that time. For runs that have
   * nothing but standard choices up to there it makes no difference but that they take less of the host's
   * time. What onlookers would have been told before is lost.
   * @param ns virtual time since power-on
   * @param told told of each place at which a process might have been made to wait, and how often it had been
   * there; of a command
   * @param onlooker who looks on up to there
   */
  advance(
    ns: number,
    told?: (context: number, place: string, nth: number) => void,
    onlooker: Onlooker | null = null,
  ): void {
    const counts = new OwnCounts(this.later?.counts);
    const { holds, system } = this;
    const { machine } = system;
    const decider: Decider = {
      decide: ({ kind, standard }) => {
        const { context } = machine.cpu;
        counts.next(kind, context);
        if (holds && kind === 'preempt') {
          const place = placeName(system);
          const nth = counts.places.next(context, place);
          told?.(context, place, nth);
        }
        return standard;
      },
    };
    this.begin(decider, onlooker);
    // Where it ends before, tries begin as they did.
    if (this.run(ns) !== 'time') return;
    this.later = { snapshot: machine.save(), counts, ns: machine.now() };
  }

  /**
   * Has tries begin where those of another lab of the same machine do: one with the kernel's other form, say.
   */
  beginAs({ later, start, startNs }: Lab): void {
    this.later = later ?? { snapshot: start, counts: new OwnCounts(), ns: startNs };
  }

  /**
   * Keeping a process waiting is one choice, but among threads: there each decision counts, and there are
   * few.
   */
  get holds(): boolean {
    return this.threads.length === 0;
  }

  /**
   * Has tries begin shortly before that time: a machine stops only where it looks at the time, which may be
   * later than asked.
   */
  approach(ns: number): void {
    if (ns - LEAD_NS > this.beginNs) this.advance(ns - LEAD_NS);
  }

  /** What approach() is to be given for tries to begin at a time. */
  approaching(ns: number): number {
    return ns + LEAD_NS;
  }

  /** Where tries begin, ns since power-on. */
  get beginNs(): number {
    return this.later?.ns ?? this.startNs;
  }

  /** Has tries begin at the start again, or where they began at some time before. */
  rewind(to?: Beginning): void {
    this.later = to;
  }

  /** For rewind(): where tries begin now; undefined: at the start. */
  get beginning(): Beginning | undefined {
    return this.later;
  }

  /** Goes on from a snapshot of this machine. */
  goTo(snapshot: Snapshot, decider: Decider | null, onlooker: Onlooker | null = null): void {
    const { system } = this;
    system.machine.restore(snapshot);
    this.console = '';
    this.scopeOf.clear();
    this.look(onlooker);
    system.decideBy(decider);
  }

  private look(onlooker: Onlooker | null): void {
    const { system } = this;
    this.onlooker = onlooker;
    let { mask } = this;
    for (const name of onlooker?.classes ?? []) mask |= system.symbols.constant(name);
    if (mask !== (system.get('ktr_mask') | 0)) system.set('ktr_mask', mask);
  }

  /** What the console has shown since the beginning of the try. */
  get shown(): string {
    return this.console;
  }

  /**
   * Calls what has the machine run, under the guard. That costs as much as a short try does, so several of
   * those are best made by one call; what is called by it is under it already.
   * @throws what the guard throws
   */
  guarded<T>(call: () => T): T {
    if (this.isGuarded) return call();
    this.isGuarded = true;
    try {
      return this.guard(call, this.system);
    } finally {
      this.isGuarded = false;
    }
  }

  /** Runs until the try ends. */
  runOn(): Ended {
    const { threads } = this;
    // Of a command one try may take minutes, so it is watched from look to look.
    return threads.length > 0 ? this.guarded(() => this.runToItsEnd()) : this.runToItsEnd();
  }

  /** Runs the machine in slices, each under the guard. */
  run(untilNs: number): Ending {
    const { machine } = this.system;
    const sliceNs = this.onSlice === undefined ? SLICE_NS : TOLD_SLICE_NS;
    let why: Ending = 'time';
    while (why === 'time' && machine.now() < untilNs) {
      why = this.guarded(() => this.inPieces(Math.min(machine.now() + sliceNs, untilNs)));
      this.tellSlice();
    }
    return why;
  }

  /**
   * Runs the machine as it stands, without the guard; in pieces that take the host little, if the run may be
   * given up (unlessCut).
   */
  inPieces(untilNs: number, untilPoll = Number.POSITIVE_INFINITY): Ending {
    const { machine } = this.system;
    if (!mayBeCut()) return machine.run(untilNs, untilPoll);
    let why: Ending = 'time';
    do {
      refuseCut();
      why = machine.run(Math.min(machine.now() + TOLD_SLICE_NS, untilNs), untilPoll);
    } while (why === 'time' && machine.now() < untilNs);
    return why;
  }

  /** For those who run its machine in steps of their own. */
  tellSlice(): void {
    refuseCut();
    if (!this.isGuarded) this.onSlice?.(this.system.machine.now());
  }

  private runToItsEnd(): Ended {
    const { machine } = this.system;
    let look = this.threads.length > 0 ? FIRST_LOOK_NS : 1e8;
    for (;;) {
      const why = this.run(Math.min(machine.now() + look, this.endNs));
      if (why === 'halt') return 'done';
      if (why !== 'time') return 'panic';
      if (this.isStuck()) {
        const again = this.run(machine.now() + QUIET_NS);
        if (again === 'time' && this.isStuck()) return 'stuck';
        if (again !== 'time') return again === 'halt' ? 'done' : 'panic';
      }
      if (machine.now() >= this.endNs) return this.isWhole ? this.leftAlone() : 'time';
      if (this.threads.length > 0) look *= 2;
    }
  }

  /** Is a try of a command that has all its time? One that is cut short says nothing of what comes later. */
  private get isWhole(): boolean {
    return this.holds && this.from === 'start' && this.endNs === this.startNs + this.seconds * 1e9;
  }

  /**
   * A command that has not ended may only be late, as processes were kept waiting: nobody is any more, and it
   * has its time once again.
   */
  private leftAlone(): Ended {
    this.system.decideBy(null);
    const why = this.run(this.endNs + this.seconds * 1e9);
    if (why === 'halt') return 'done';
    return why === 'time' ? 'time' : 'panic';
  }

  /**
   * Does each thread that has not ended, and each daemon, wait, without a time after which it would go on by
   * itself?
   */
  isStuck(): boolean {
    if (this.threads.length === 0) return false;
    const { memory } = this.system;
    const { PS_SLPTIMO, SMTX, SSLEEP } = this.constants;
    const waiting = [...this.unfinished(), ...this.daemons];
    // Who is done may still be on its way out, kept waiting.
    if (waiting.length === 0) return false;
    return waiting.every((p) => {
      const stat = memory.field('proc', p, 'p_stat');
      if (stat === SMTX) return true;
      return stat === SSLEEP && (memory.field('proc', p, 'p_sflag') & PS_SLPTIMO) === 0;
    });
  }

  /** Threads that have not come to their end. */
  unfinished(): number[] {
    const { memory, symbols } = this.system;
    const done = symbols.address('scenario_done');
    return this.threads.filter((_, i) => memory.u32(done + 4 * i) === 0);
  }

  /**
   * Is a context one of those that a strategy may keep waiting: not an interrupt's, not an idle process; with
   * threads, one of those or of the daemons.
   */
  readonly inScope = (context: number): boolean => {
    let scope = this.scopeOf.get(context);
    if (scope === undefined) {
      const { memory } = this.system;
      scope =
        this.threads.length > 0
          ? this.threads.includes(context) || this.daemons.includes(context)
          : ifMapped(
              () =>
                memory.field('proc', context, 'p_ithd') === 0 &&
                (memory.field('proc', context, 'p_flag') & this.constants.P_NOLOAD) === 0,
            );
      if (scope === undefined) return false;
      this.scopeOf.set(context, scope);
    }
    return scope;
  };

  private profiled: Profile | undefined;

  /** What a run without any choice shows of how long runs are. It is made when this is first asked for. */
  profile(): Profile {
    this.profiled ??= this.profileOf();
    return this.profiled;
  }

  private sharedSteps: readonly (readonly number[])[] | undefined;

  /** Steps of that run at which shared memory is accessed, by place; none in the kernel's fast form. */
  shared(): readonly (readonly number[])[] {
    this.sharedSteps ??= this.sharedOf();
    return this.sharedSteps;
  }

  private sharedOf(): number[][] {
    const { steps } = this.system.machine;
    const watch = new SharedSteps(this.system, (context) => this.inScope(context));
    const asked = steps.asked;
    steps.askFrom(watch);
    try {
      this.attempt(STANDARD);
    } finally {
      steps.askFrom(asked);
    }
    return watch.places;
  }

  get processors(): number {
    return this.system.machine.cpus.length;
  }

  private profileOf(): Profile {
    const byObject = new Map<number, Map<number, number>>();
    let points = 0;
    this.attempt({
      decide: ({ kind, standard, objects }) => {
        const [context = 0, object = 0] = objects;
        if (kind !== 'preempt' || !this.inScope(context)) return standard;
        points++;
        const counts = byObject.get(object) ?? new Map<number, number>();
        byObject.set(object, counts);
        counts.set(context, (counts.get(context) ?? 0) + 1);
        return standard;
      },
    });
    return { points, byObject };
  }

  /** How many processes wait for the processor. */
  readonly runnable = (): number => this.system.get('runq_length');

  readonly now = (): number => this.system.machine.now();

  /**
   * Functions that the search is about: those around a change of the kernel's. A strategy may look more
   * closely at who is in one of them.
   */
  focus: ReadonlySet<string> = new Set();

  readonly isNear = (): boolean => {
    if (this.focus.size === 0) return false;
    const { memory } = this.system;
    const { symbols } = this.system;
    let frame = memory.target.cpu.registers?.ebp ?? 0;
    for (let i = 0; i < FOCUS_DEPTH && frame >>> 0 >= this.constants.KERNBASE >>> 0; i++) {
      const here = frame;
      const from = ifMapped(() => memory.u32(here + 4));
      if (from === undefined) return false;
      let near = this.nearCalls.get(from);
      if (near === undefined) {
        near = this.focus.has(symbols.nearest(from - 1)?.symbol.name ?? '');
        this.nearCalls.set(from, near);
      }
      if (near) return true;
      frame = ifMapped(() => memory.u32(here)) ?? 0;
    }
    return false;
  };
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? 'it printed nothing';
}

/** How many decisions about processes a machine has made since power-on. */
export function processDecisions({ machine }: System): number {
  return machine.decisions.count('preempt') + machine.decisions.count('run');
}
