import { parseReport, type Report } from '@trap12/report';
import {
  completeOptions,
  createSystem,
  type Kernel,
  NoProgressError,
  oneAtATime,
  runFor,
  type RunHost,
  type System,
  type SystemMaker,
  type SystemOptions,
} from '@trap12/system';
import { checkOptions, NEED, type Need, optional } from '@trap12/target';
import type { Delay } from './delays.js';
import { disturb } from './disturb.js';
import { type Load, loadOf } from './load.js';
import { coverageOf } from './coverage.js';
import { type Difference, type Equivalence, matchReports } from './match.js';
import { lookAround } from './look.js';
import { type Absent, Named } from './named.js';
import { type Crew, ordered, type Source } from './ordered.js';
import { ownReport } from './crash-text.js';
import { panicText } from './panic-text.js';
import { Recorder, STANDARD } from './record.js';
import type { ScheduledChoice } from './schedule.js';
import { stateHash } from './state-hash.js';
import { DEFAULT_STRATEGY, STRATEGIES } from './strategies/index.js';

const NS = 1e9;

/** How a run of the load ended. */
export interface RunOutcome {
  seed: number;
  /**
   * 'same' panic, 'near': the same but for the differences, 'other' panic, 'survived' (virtual time ran out)
   * or 'ended' (the load came to its end), or 'stuck' (the kernel was in an endless loop)
   */
  result: 'same' | 'near' | 'other' | 'survived' | 'ended' | 'stuck';
  /** The panic's title; what became of the run otherwise */
  title: string;
  /** Of a load that came to its end: the exit status of its last program */
  status?: number;
  /** Virtual seconds */
  seconds: number;
  /** It was met around the seed's run (lookAround), not in it */
  look?: true;
  /** Nobody could be kept waiting: there was no process of the suspect's name */
  absent?: Absent;
  differences: Difference[];
  /** Differences that a rule holds to be none */
  equivalences: Equivalence[];
}

/** One run of a load: a plain record. */
export interface SeedTask {
  report: Report;
  /** The machine, whose command is the load's */
  setup: Omit<SystemOptions, 'executables'>;
  /** Name of the schedule strategy (STRATEGIES); DEFAULT_STRATEGY if left out */
  strategy?: string;
  /**
   * Command name of the process that the strategy keeps waiting; the one that the report names if left out
   */
  suspect?: string;
  /** Virtual seconds that a run may take */
  seconds: number;
  /** End with the first panic, whichever it is */
  anyPanic?: boolean;
  /** Not the seed's own run, but what is around it: see lookAround() */
  look?: boolean;
}

/** What came of it. */
export interface SeedResult {
  outcome: RunOutcome;
  /** Of a panic */
  text: string;
  /** It is what was looked for */
  found: Found | undefined;
  /** The run of a panic that is the same but for little, and not what was looked for; without its machine */
  near?: Found;
}

export interface ReproduceOptions extends Omit<SeedTask, 'setup'> {
  kernel: Kernel;
  /** The machine, by default as DEFAULT_OPTIONS has it; its command is the load's */
  setup: Partial<SystemOptions>;
  /** What the machine is made to do; the report's recipe beside the usual background if left out */
  load?: Load;
  /** Seeds to try: setup.seed, setup.seed + 1, ... so many */
  attempts: number;
  onOutcome?(outcome: RunOutcome): void;
  /**
   * Told now and then how far a run is, in virtual seconds, and whether what is around it is looked at; of
   * runs that are made here
   */
  onProgress?(seed: number, seconds: number, look: boolean): void;
  /** Its stop() ends the search */
  host: RunHost;
  /**
   * Of so many seeds what is around their runs is looked at before any is run under the strategy
   * (lookAround); by default LOOKS, but not more than a quarter of the attempts
   */
  looks?: number | undefined;
  /** Who runs seeds; undefined: they are run here, one after the other */
  crew?: Crew<SeedTask, SeedResult | null>;
  /** Who composes the machines of seeds that are run here: one is at work at a time */
  make?: SystemMaker;
}

const LOOKS = 4;

const NEEDS: Readonly<Record<keyof ReproduceOptions, Need>> = {
  ...{ report: NEED.report, kernel: NEED.kernel, setup: NEED.setup, seconds: NEED.seconds },
  ...{ attempts: NEED.whole, host: NEED.host },
  strategy: optional({
    is: (value) => typeof value === 'string' && Object.hasOwn(STRATEGIES, value),
    text: Object.keys(STRATEGIES).join(', '),
  }),
  load: optional({
    is: (value) => typeof (value as Partial<Load> | null)?.command === 'string',
    text: 'what loadOf() gives',
  }),
  crew: optional({
    is: (value) => typeof (value as { run?: unknown } | null)?.run === 'function',
    text: 'a Crew: width, run()',
  }),
  ...{ suspect: optional(NEED.text), looks: optional(NEED.whole) },
  ...{ anyPanic: optional(NEED.flag), look: optional(NEED.flag) },
  ...{ onOutcome: optional(NEED.call), onProgress: optional(NEED.call), make: optional(NEED.call) },
};

export interface Found {
  /** The machine that died; undefined if that was in another process: see machineOf() of found.ts */
  system: System | undefined;
  /** Virtual time of its death, ns since power-on */
  nowNs: number;
  /** stateHash() of it */
  hash: string;
  text: string;
  seed: number;
  report: Report;
  /** It died as the report says */
  same: boolean;
  /** How the schedule was disturbed up to then */
  delays: readonly Delay[];
  /** What the load was: the command that the shell was given */
  command: string;
  /** Every decision that was not the standard one */
  choices: ScheduledChoice[];
  /** Virtual time of the first of them, ns; undefined without any */
  firstNs: number | undefined;
  /** The same of the last of them */
  lastNs: number | undefined;
}

export interface Reproduction {
  load: Load;
  outcomes: RunOutcome[];
  /**
   * The machine that died as the report says (or as it liked, with anyPanic), and its text; undefined if none
   * did
   */
  found: Found | undefined;
  /** The first panic that is the same but for little, where none was the same: its text and its run */
  near: { seed: number; text: string; found: Found } | undefined;
}

/**
 * Gives seeds: looks around some, then the runs of all. Mostly the first look is enough; so nothing else is
 * at work beside it, which would only take the memory's time from it.
 */
class Seeds implements Source<SeedTask, SeedResult | null> {
  private given = 0;
  private known = 0;

  constructor(
    private readonly task: SeedTask,
    private readonly looks: number,
    private readonly attempts: number,
    private readonly conclude: (result: SeedResult) => void,
  ) {}

  next(): SeedTask | 'wait' | undefined {
    const { looks, attempts, task, given } = this;
    if (given >= looks + attempts) return undefined;
    if (looks > 0 && given > 0 && this.known === 0) return 'wait';
    this.given++;
    const { setup } = task;
    return given < looks
      ? { ...task, look: true, setup: { ...setup, seed: setup.seed + given } }
      : { ...task, setup: { ...setup, seed: setup.seed + given - looks } };
  }

  told(_task: SeedTask, result: SeedResult | null): void {
    this.known++;
    if (result !== null) this.conclude(result);
  }
}

/**
 * Looks around a few seeds and then runs seeds, until the report's panic comes. Which seed is found does not
 * depend on how many are at work at a time: the first is.
 * @throws LoadError before the first seed, if the load makes no sense on that machine; RangeError that names
 * what is missing, or is no option
 */
export async function reproduce(options: ReproduceOptions): Promise<Reproduction> {
  checkOptions('reproduce', options, NEEDS);
  const { report, kernel, host, attempts, strategy, suspect, seconds, anyPanic, onProgress } = options;
  const { executables, ...setup } = completeOptions(options.setup);
  const programs = [...kernel.executables, ...executables].map((each) => each.name);
  const load =
    options.load ??
    loadOf(report, { ramBytes: setup.ramBytes, programs, names: { load: 'load', ram: 'setup.ramBytes' } });
  const result: Reproduction = { load, outcomes: [], found: undefined, near: undefined };
  const whole = { ...kernel, executables: [...kernel.executables, ...executables] };
  const make = options.make ?? oneAtATime();
  const here: Crew<SeedTask, SeedResult | null> = {
    width: 1,
    run: (task) => {
      const told = (seed: number, at: number): void => onProgress?.(seed, at, task.look === true);
      return workOffSeed(whole, task, host, told, make);
    },
  };
  const task: SeedTask = {
    ...{ report, seconds, setup: { ...setup, command: load.command } },
    ...(strategy === undefined ? {} : { strategy }),
    ...(suspect === undefined ? {} : { suspect }),
    ...(anyPanic === undefined ? {} : { anyPanic }),
  };
  const looks = options.looks ?? Math.min(LOOKS, Math.floor(attempts / 4));
  const seeds = new Seeds(task, looks, attempts, ({ outcome, text, found, near }) => {
    result.outcomes.push(outcome);
    options.onOutcome?.(outcome);
    const run = near ?? found;
    if (outcome.result === 'near' && run !== undefined)
      result.near ??= { seed: outcome.seed, text, found: run };
    result.found ??= found;
  });
  await ordered<SeedTask, SeedResult | null>(seeds, () => options.crew ?? here, {
    ends: (told) => told?.found !== undefined,
    stop: () => host.stop?.() === true,
    atOnce: true,
  });
  return result;
}

/** Runs one seed, or looks around it: as the task says. @returns null: nothing was found around it */
export function workOffSeed(
  ...[kernel, task, ...rest]: Parameters<typeof reproduceSeed>
): Promise<SeedResult | null> {
  return (task.look === true ? lookAround : reproduceSeed)(kernel, task, ...rest);
}

/** What a load that came to its end had to say for itself: the line before the system went down. */
function endedTitle(console: string): string {
  const lines = console.replaceAll('\r', '').split('\n');
  const end = lines.findIndex((line) => line.startsWith('Waiting (max '));
  const booted = lines.findIndex((line) => line.startsWith('Mounting root '));
  const said = lines.slice(booted + 1, end < 0 ? undefined : end);
  const last = said.findLast((line) => line.trim() !== '');
  return last === undefined ? 'ended, without a word' : `ended: ${last.slice(0, 120)}`;
}

/**
 * Runs one seed.
 * @param onProgress told now and then how far it is, in virtual seconds
 * @param make composes its machine
 */
export async function reproduceSeed(
  kernel: Kernel,
  options: SeedTask,
  host: RunHost,
  onProgress?: (seed: number, seconds: number) => void,
  make: SystemMaker = createSystem,
): Promise<SeedResult> {
  const { report, setup } = options;
  const { seed } = setup;
  const suspect = options.suspect ?? report.process?.value.name;
  const strategy = options.strategy ?? DEFAULT_STRATEGY;
  const system = make(kernel, { ...setup, debuggerOnPanic: true });
  const named = suspect === undefined ? undefined : new Named(system.target, suspect);
  const delays = suspect === undefined ? [] : disturb(system, { process: suspect, strategy }, named);
  const recorder = new Recorder(
    { system, ownCounts: undefined, holds: true },
    system.machine.decisions.decider ?? STANDARD,
  );
  system.decideBy(recorder);
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  const turn = (): Promise<void> => {
    onProgress?.(seed, system.machine.now() / NS);
    return host.turn();
  };
  const why = await runFor(system.machine, options.seconds, { ...host, turn }).catch((error) => {
    if (error instanceof NoProgressError) return 'stuck' as const;
    throw error;
  });
  const seconds = system.machine.now() / NS;
  if (why !== 'panic' && why !== 'debugger') {
    const result = why === 'time' ? 'survived' : why === 'stuck' ? why : 'ended';
    const interrupted = why === 'time' && seconds < options.seconds;
    const title = interrupted ? 'interrupted' : result === 'ended' ? endedTitle(console) : result;
    const none = { differences: [], equivalences: [] };
    const { exitStatus: status } = system;
    const ended = result === 'ended' && status !== undefined ? { status } : {};
    const absent = named?.absent();
    const outcome: RunOutcome = { seed, result, title, ...ended, seconds, ...none };
    if (absent !== undefined) outcome.absent = absent;
    return { outcome, text: '', found: undefined };
  }
  const text = panicText(system.target, console);
  const got = parseReport(text);
  const { verdict, differences, equivalences } = matchReports(
    report,
    ownReport(system.target, text),
    coverageOf(report, kernel).missing,
  );
  const outcome: RunOutcome = { seed, result: verdict, title: got.title, seconds, differences, equivalences };
  const absent = named?.absent();
  if (absent !== undefined) outcome.absent = absent;
  const same = verdict === 'same';
  const isFound = same || options.anyPanic === true;
  if (!isFound && verdict !== 'near') return { outcome, text, found: undefined };
  const { command = '' } = setup;
  const { choices, firstNs, lastNs } = recorder;
  const died = { nowNs: system.machine.now(), hash: stateHash(system), text, seed, report: got, same };
  const found = { ...died, system, delays, command, choices, firstNs, lastNs };
  if (isFound) return { outcome, text, found };
  return { outcome, text, found: undefined, near: { ...found, system: undefined } };
}
