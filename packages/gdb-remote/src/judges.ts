import { R_ESP, type StepView } from '@trap12/machine';
import { Follower, type System } from '@trap12/system';
import type { Judge, KnownProgram, WatchKind, Watchpoint } from '@trap12/target';
import { type CodePoint, programPoint } from './code-points.js';
import { type Passed, Passing, type Position } from './passing.js';

/** Why a machine stands. */
export type Reason =
  | { readonly why: 'breakpoint'; readonly point: Point; readonly position: Position }
  | { readonly why: 'watchpoint'; readonly kind: WatchKind; readonly address: number }
  /** A step is done, or something else that gdb need not know has stopped it */
  | { readonly why: 'step' };

/** A breakpoint of gdb's; `hard` if it has asked for one of the processor's. */
export interface Point extends CodePoint {
  readonly hard: boolean;
}

/** Memory of whose accesses gdb wants to know. */
export interface Watch extends Watchpoint {
  readonly kind: WatchKind;
}

/** Which thread is to go on by one instruction, or until it leaves a range of them. */
export interface Stepping {
  readonly context: number;
  /** Stack pointer of the thread, where it is known */
  readonly esp: number | undefined;
  readonly range: { readonly from: number; readonly to: number } | undefined;
}

export interface Wanted {
  points: readonly Point[];
  watches: readonly Watch[];
  stepping: Stepping | undefined;
}

/**
 * A judge that has the machine stand at gdb's breakpoints, behind accesses of what is watched (backwards:
 * before them), and where a step ends.
 * @param note told of the step before which the machine is to stand and why, in the order in which it has
 * come by; the last call for a step counts
 */
export function makeJudge(
  system: System,
  { points, watches, stepping }: Wanted,
  backwards: boolean,
  note: (step: number, reasons: readonly Reason[]) => unknown,
): Judge {
  const passing = passings(system, points);
  const seen = watches.length === 0 ? undefined : watchers(system, watches);
  const stepped = stepping === undefined ? undefined : stepper(system, stepping, backwards);
  const execution = system.target.execution!;
  // What was asked for in DDB; forwards the machine sees to it itself.
  const changed =
    backwards && execution.watchpoints.length > 0 ? execution.watcher() : (): undefined => undefined;
  return (view) => {
    const accessed = seen?.(view) ?? (changed(view) && STEPPED);
    const passed = passing(view);
    const done = stepped?.(view) === true || (backwards && execution.breaksAt(view));
    if (accessed === undefined && passed.length === 0 && !done) return undefined;
    const reasons: Reason[] = passed.map(({ point, position }) =>
      position === undefined ? STEPPED : { why: 'breakpoint', point: point as Point, position },
    );
    if (done) reasons.push(STEPPED);
    if (backwards && reasons.length === 0) {
      note(view.number - 1, [accessed!]);
      return view.number - 1;
    }
    if (!backwards && accessed !== undefined) reasons.unshift(accessed);
    note(view.number, reasons);
    return view.number;
  };
}

const STEPPED: Reason = { why: 'step' };

/** Tells which points have been passed: those of the kernel, and of each program from where it runs first. */
function passings(system: System, points: readonly Point[]): (view: StepView) => Passed[] {
  const inPrograms = points.filter(({ trigger }) => trigger.at === 'program');
  const inKernel = points.filter((point) => !inPrograms.includes(point));
  const kernel = inKernel.length === 0 ? undefined : new Passing(system, inKernel);
  const programs = new Map<KnownProgram, Passing | undefined>();
  const ofProgram = (program: KnownProgram): Passing | undefined => {
    if (!programs.has(program)) {
      const own = inPrograms.flatMap((point) => {
        const known = programPoint(program.symbols, point.address);
        return known === undefined ? [] : [{ ...point, ...known }];
      });
      programs.set(program, own.length === 0 ? undefined : new Passing(system, own, program));
    }
    return programs.get(program);
  };
  // Where the machine stands has to be seen by them before it goes on.
  if (inPrograms.length > 0 && system.machine.program !== null && system.program !== undefined)
    ofProgram(system.program);
  tellReturns(system, points, (user) => (user ? system.program && programs.get(system.program) : kernel));
  return (view) => {
    if (!view.user) return kernel?.step(view) ?? [];
    const { program } = system;
    if (inPrograms.length === 0 || program === undefined) return [];
    return ofProgram(program)?.step(view) ?? [];
  };
}

/**
 * Has those who wait for functions to return told of what they return. Another judge's wish ends it, or
 * tellReturns(null).
 */
function tellReturns(
  { machine }: System,
  points: readonly Point[],
  waiting: (user: boolean) => Passing | undefined,
): void {
  const waits = points.some(({ trigger: { at } }) => at === 'return' || at === 'leave' || at === 'program');
  machine.steps.tellReturns(waits ? (fp, value, user) => waiting(user)?.returned(fp, value) : null);
}

/** Tells of accesses of watched memory by the step before. */
function watchers(system: System, watches: readonly Watch[]): (view: StepView) => Reason | undefined {
  const watcher = system.target.execution!.watcher(watches);
  return (view) => {
    const seen = watcher(view)?.watchpoint;
    return seen && { why: 'watchpoint', kind: seen.kind ?? 'write', address: seen.address };
  };
}

/** Tells at which steps a thread has gone as far as it was to. */
function stepper(
  system: System,
  { context, esp, range }: Stepping,
  backwards: boolean,
): (view: StepView) => boolean {
  const follower = new Follower(system);
  const { cpu, program, reg } = system.machine;
  // As under a system: who steps through a program goes over its system calls.
  const alone = program !== null && cpu.context === context;
  // The way back begins elsewhere: where the thread's stack was then is not known.
  if (backwards) follower.follow(context, { program: alone });
  else follower.follow(context, { esp: esp ?? reg[R_ESP]! >>> 0, program: alone });
  return (view) => {
    if (!follower.own(view)) return false;
    const at = view.site >>> 0;
    return range === undefined || at < range.from || at >= range.to;
  };
}
