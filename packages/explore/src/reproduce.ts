import { parseReport, type RecipeCommand, type Report, ReportError } from '@trap12/report';
import {
  completeOptions,
  createSystem,
  type Kernel,
  runFor,
  type RunHost,
  type System,
  type SystemOptions,
} from '@trap12/system';
import type { Delay } from './delays.js';
import { disturb } from './disturb.js';
import { type Difference, differences } from './match.js';
import { panicText } from './panic-text.js';
import { Recorder, STANDARD } from './record.js';
import type { ScheduledChoice } from './schedule.js';
import { DEFAULT_STRATEGY } from './strategies/index.js';

const NS = 1e9;

/** How a run of the load ended. */
export interface RunOutcome {
  seed: number;
  /** 'same' or 'other' panic, 'survived' (virtual time ran out) or 'ended' (the load came to its end) */
  result: 'same' | 'other' | 'survived' | 'ended';
  /** The panic's title; what became of the run otherwise */
  title: string;
  /** Virtual seconds */
  seconds: number;
  differences: Difference[];
}

export interface ReproduceOptions {
  report: Report;
  kernel: Kernel;
  /** The machine, by default as DEFAULT_OPTIONS has it; its command is the report's */
  setup: Partial<SystemOptions>;
  /** Name of the schedule strategy (STRATEGIES); DEFAULT_STRATEGY if left out */
  strategy?: string;
  /** Command name of the process that the strategy keeps waiting; the one that the report names if left out */
  suspect?: string;
  /** Seeds to try: setup.seed, setup.seed + 1, ... so many */
  attempts: number;
  /** Virtual seconds that a run may take */
  seconds: number;
  /** End with the first panic, whichever it is */
  anyPanic?: boolean;
  onOutcome?(outcome: RunOutcome): void;
  /** Its stop() ends the search */
  host: RunHost;
}

export interface Found {
  system: System;
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
  choices: readonly ScheduledChoice[];
}

export interface Reproduction {
  outcomes: RunOutcome[];
  /** The machine that died as the report says (or as it liked, with anyPanic), and its text; undefined if none did */
  found: Found | undefined;
}

/** The shell command that loads the machine as the report's recipe tells. */
export function loadCommand(report: Report, ramBytes: number): string {
  const recipe = report.recipe[0];
  if (recipe === undefined)
    throw new ReportError('the report has a panic but no recipe: no command to load the machine with');
  return `${BACKGROUND_LOAD}${recipeCommand(recipe, ramBytes)}`;
}

/**
 * What runs on a machine besides the recipe, so that its processes are swapped out, come and go: a server whose idle workers are
 * replaced now and then, and bursts of other work, which need more memory than the recipe leaves. Without limits on data, as a
 * login class of the time has it.
 */
const BACKGROUND_LOAD = 'ulimit -d unlimited; pool 6 2600 1 & hog burst 14m 1000000 & ';

function recipeCommand(recipe: RecipeCommand, ramBytes: number): string {
  const { size } = recipe;
  if (size === undefined) return recipe.command.join(' ');
  const bytes = Math.max(
    4096,
    Math.round((size.relativeToRam ? size.ramFactor * ramBytes : 0) + size.deltaBytes),
  );
  return recipe.command
    .map((word) => word.replace(new RegExp(`\\b${size.variable}$`), String(bytes)))
    .join(' ');
}

/** Runs seeds until the report's panic comes. */
export async function reproduce(options: ReproduceOptions): Promise<Reproduction> {
  const outcomes: RunOutcome[] = [];
  const setup = completeOptions(options.setup);
  for (let i = 0; i < options.attempts; i++) {
    if (options.host.stop?.() === true) break;
    const run = await attempt(options, { ...setup, seed: setup.seed + i });
    outcomes.push(run.outcome);
    options.onOutcome?.(run.outcome);
    if (run.found !== undefined) return { outcomes, found: run.found };
  }
  return { outcomes, found: undefined };
}

/** What a load that came to its end had to say for itself: the line before the system went down. */
function endedTitle(console: string): string {
  const lines = console.replaceAll('\r', '').split('\n');
  const end = lines.findIndex((line) => line.startsWith('Waiting (max '));
  const last = lines.slice(0, end < 0 ? undefined : end).findLast((line) => line.trim() !== '');
  return last === undefined ? 'ended' : `ended: ${last.slice(0, 120)}`;
}

async function attempt(
  options: ReproduceOptions,
  setup: SystemOptions,
): Promise<{ outcome: RunOutcome; found: Reproduction['found'] }> {
  const { report } = options;
  const { seed } = setup;
  const command = loadCommand(report, setup.ramBytes);
  const suspect = options.suspect ?? report.process?.value.name;
  const strategy = options.strategy ?? DEFAULT_STRATEGY;
  const system = createSystem(options.kernel, { ...setup, command, debuggerOnPanic: true });
  const delays = suspect === undefined ? [] : disturb(system, { process: suspect, strategy });
  const recorder = new Recorder(
    { system, ownCounts: undefined },
    system.machine.decisions.decider ?? STANDARD,
  );
  system.decideBy(recorder);
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  const why = await runFor(system.machine, options.seconds, options.host);
  const seconds = system.machine.now() / NS;
  if (why !== 'panic' && why !== 'debugger') {
    const result = why === 'time' ? 'survived' : 'ended';
    const interrupted = why === 'time' && seconds < options.seconds;
    const title = interrupted ? 'interrupted' : why === 'time' ? result : endedTitle(console);
    return { outcome: { seed, result, title, seconds, differences: [] }, found: undefined };
  }
  const text = panicText(system.target, console);
  const got = parseReport(text);
  const diff = differences(report, got);
  const outcome: RunOutcome = {
    seed,
    result: diff.length === 0 ? 'same' : 'other',
    title: got.title,
    seconds,
    differences: diff,
  };
  const same = diff.length === 0;
  if (!same && options.anyPanic !== true) return { outcome, found: undefined };
  return {
    outcome,
    found: { system, text, seed, report: got, same, delays, command, choices: recorder.choices },
  };
}
