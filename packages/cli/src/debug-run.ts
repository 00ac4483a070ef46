import { type Ending, History, NoProgressError, runFor, type System } from '@trap12/system';
import { LONGEST_TURN_NS } from '@trap12/machine';
import { NodeHost } from '@trap12/system/node.js';
import type { Breakpoint } from '@trap12/target';
import { printLines, TabExpander, write, writeConsole } from './console.js';
import { DebuggerPrompt } from './ddb-prompt.js';
import { loopLines } from './loop.js';
import { closePipedInput } from './piped-input.js';
import { type Phase, watchPhase } from './phase.js';
import { EXIT, usageError } from './exit.js';

export interface DebugFlags {
  /** Breakpoints, as `break` of the debugger takes them */
  break: readonly string[];
  /** Virtual seconds after which it stops in the debugger */
  at: readonly number[];
  seconds: number;
  /** Bytes of snapshots, by which the machine can be brought back */
  memory: number;
  /** The command's own output alone is shown */
  quiet: boolean;
}

/**
 * Runs a machine with a kernel in its checked form: stops in the debugger before it begins or at breakpoints,
 * and whenever it stops.
 */
export async function debugRun(system: System, flags: DebugFlags): Promise<DebugEnd> {
  const history = new History(system, flags.memory);
  const prompt = new DebuggerPrompt(system.target, true);
  const breaks = flags.break.map((place) => setBreak(system, prompt, place));
  if (flags.break.length === 0 && flags.at.length === 0) {
    prompt.showStop();
    if (!(await prompt.ask())) return { status: EXIT.done, inLoop: false };
  }
  const stopsNs = flags.at.map((seconds) => seconds * NS).sort((a, b) => a - b);
  const wanted = { endNs: flags.seconds * NS, stopsNs, breaks };
  const debugged: Debugged = { system, history, prompt, ...wanted, quiet: flags.quiet };
  const status = await debug(debugged);
  return { status, inLoop: debugged.inLoop === true };
}

/** How a run in the debugger has ended. */
interface DebugEnd {
  status: number;
  /** The machine was taken out of an endless loop of its kernel */
  inLoop: boolean;
}

/** A machine that a debugger is to work on, forwards and backwards. */
export interface DebugMachine {
  system: System;
  history: History;
  /** Virtual time at which it is over */
  endNs: number;
  /** Virtual times at which it stops in the debugger, in order */
  stopsNs?: readonly number[];
  /** Asked between turns of the host: why it is over before */
  ends?: () => string | undefined;
}

/** A machine under this program's own debugger. */
export interface Debugged extends DebugMachine {
  prompt: DebuggerPrompt;
  /** It has stopped, and somebody has been shown where */
  stands?: boolean;
  /** Of the console the command's own output alone is shown */
  quiet?: boolean;
  /** Set at the end: it was taken out of an endless loop of its kernel */
  inLoop?: boolean;
  /** Breakpoints that the command line has set */
  breaks?: readonly SetBreak[];
}

/** A breakpoint of the command line's. */
interface SetBreak {
  /** As it was given */
  place: string;
  /** A line may be at several places */
  at: readonly Breakpoint[];
}

const NS = 1e9;
/** Between two turns of the host the past is noted, too. */
const SLICE_NS = 2e7;

/** Where it stops next by its time: at one of the stops that are still to come, or at its end. */
function nextStopNs({ system, endNs, stopsNs = [] }: DebugMachine): number {
  const now = system.machine.now();
  return Math.min(endNs, ...stopsNs.filter((stop) => stop > now));
}

/** Lets a machine run, with its past noted, to its next stop. @throws NoProgressError */
export async function runOn(machine: DebugMachine, host: NodeHost): Promise<Ending> {
  const { system, history, ends } = machine;
  const { execution } = system.target;
  const { turn, guard, elapsedMs } = host;
  const stop = (): boolean => host.interrupted || ends?.() !== undefined;
  const to = (ns: number): Promise<Ending> =>
    runFor(history, ns / NS, { turn, guard, stop, elapsedMs }, SLICE_NS);
  const stopNs = nextStopNs(machine);
  if (stopNs >= machine.endNs) return to(stopNs);
  const why = await to(Math.max(0, stopNs - LONGEST_TURN_NS));
  if (why !== 'time' || stop()) return why;
  // By itself it comes to a stand where a processor's turn is over: a whole run may be shorter than one.
  execution?.stopAtTime(stopNs);
  try {
    return await to(stopNs);
  } finally {
    execution?.stopAtTime(undefined);
  }
}

/** The end of a machine whose kernel loops: where it stands. @throws any other error, as it is */
export function stuck(error: unknown, prompt: DebuggerPrompt): number {
  if (!(error instanceof NoProgressError)) throw error;
  process.stderr.write(`\ntrap12: ${error.message}\n`);
  printLines(loopLines(prompt.ddb));
  closePipedInput();
  return EXIT.notReproduced;
}

/**
 * The status of a run that was left in the debugger, where its kernel has stopped: it has panicked, or a
 * program had it enter the debugger (`debug.enter_debugger`), which is no end but a stop as that of --at.
 */
export const leftStatus = (system: System, why: Ending): number =>
  why === 'debugger' && system.get('panicstr') === 0 ? EXIT.done : EXIT.panicked;

/** Lets a machine run, with the debugger whenever it stops, until somebody has enough of it. */
export async function debug(debugged: Debugged): Promise<number> {
  const { system, prompt, endNs, ends } = debugged;
  const tabs = new TabExpander();
  const phase = debugged.quiet === true ? watchPhase(system) : (): Phase => 'command';
  system.machine.console.onOutput = (chunk) => {
    if (phase() !== 'command') return;
    // What a pipe gets is what the command has written, and the tabs of kernel messages are a console's.
    const text = tabs.expand(chunk);
    writeConsole(debugged.quiet === true ? chunk : text);
  };
  if (debugged.stands === true && !(await prompt.ask())) return leftStatus(system, 'debugger');
  const unreached = new Unreached(debugged);
  for (;;) {
    const host = new NodeHost();
    let why: Ending;
    try {
      why = await runOn(debugged, host);
      unreached.stopped(why);
    } catch (error) {
      const status = stuck(error, prompt);
      debugged.inLoop = true;
      return status;
    } finally {
      host.close();
      system.machine.console.flush();
    }
    if (why === 'halt' || why === 'reboot') {
      closePipedInput();
      return system.exitStatus ?? EXIT.done;
    }
    if (!tabs.atLineStart) write(tabs.expand('\n'));
    const over = ends?.() !== undefined || system.machine.now() >= endNs;
    if (why === 'time' && !host.interrupted && over)
      process.stderr.write(`trap12: ${ends?.() ?? lateText(debugged)}\n`);
    prompt.showStop();
    if (await prompt.ask()) continue;
    if (why === 'panic' || why === 'debugger') return leftStatus(system, why);
    // Of a schedule the end is where it ends.
    return over && ends === undefined ? EXIT.notReproduced : EXIT.done;
  }
}

/** Of a run that is not over when its time is; that of a schedule has its time from there. */
const lateText = ({ endNs, ends }: DebugMachine): string =>
  `not done after ${endNs / 1e9} virtual seconds${ends === undefined ? ', which --seconds sets' : ''}`;

/** Where somebody wanted a machine to stop; says at its end where it has never come to. */
class Unreached {
  private breaks: readonly SetBreak[];
  private said = false;

  constructor(private readonly debugged: Debugged) {
    this.breaks = debugged.breaks ?? [];
  }

  /** It stands. */
  stopped(why: Ending): void {
    const { system, stopsNs = [], endNs } = this.debugged;
    const nowNs = system.machine.now();
    const stop = system.target.execution?.stop;
    if (stop?.why === 'breakpoint')
      this.breaks = this.breaks.filter(({ at }) => !at.includes(stop.breakpoint));
    const ended = why === 'step' ? false : why !== 'time' || nowNs >= endNs;
    if (!ended || this.said) return;
    this.said = true;
    // Those that somebody has taken away are not missed.
    const there = system.target.execution?.breakpoints ?? [];
    const left = [
      ...this.breaks
        .filter(({ at }) => at.some((each) => there.includes(each)))
        .map(({ place }) => `--break ${place}`),
      ...stopsNs.filter((ns) => ns > nowNs).map((ns) => `--at ${ns / NS}`),
    ];
    for (const each of left)
      process.stderr.write(
        `trap12: ${each}: not reached: the run ended after ${(nowNs / NS).toFixed(6)} virtual seconds\n`,
      );
  }
}

/** How a place to stop at is written. */
export const BREAK_PLACES = 'FUNCTION[+OFFSET], FUNCTION:LINE, FILE:LINE or PROGRAM:FUNCTION';

/** Sets a breakpoint at what `break` of the debugger takes: an address, a function, a line. */
function setBreak(system: System, prompt: DebuggerPrompt, place: string): SetBreak {
  // The debugger's own `break` takes the place where it stands; nobody has seen that yet.
  if (/^\s*(,|$)/.test(place)) throw usageError(`--break '${place}': accepted: ${BREAK_PLACES}`);
  const execution = system.target.execution!;
  const before = new Set(execution.breakpoints);
  const said = prompt.ddb.execute(`break ${place}`);
  const refused = said.find((text) => !text.startsWith('breakpoint at'));
  if (refused !== undefined) throw usageError(`--break ${place}: ${refused}`);
  for (const other of said) {
    // Of a function's name the first place in it is meant.
    if (!other.includes(', line ') && /^(?:[\w-]+:)?[A-Za-z_]\w*$/.test(place)) continue;
    process.stderr.write(`trap12: --break ${place}: the machine cannot stand there; ${other}\n`);
  }
  return { place, at: execution.breakpoints.filter((each) => !before.has(each)) };
}
