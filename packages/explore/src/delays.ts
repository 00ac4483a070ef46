import type { Decision, MachineView, Observer } from '@trap12/machine';
import { kernelConstants, Memory, type Target } from '@trap12/target';
import { ifMapped, whoAt, whoText } from './processes.js';
import { LOCK_FILES, type Place, placeText, runningStack } from './places.js';

/** Somebody took the lock of a delay while it lasted. */
export interface Taking {
  process: string;
  pid: number;
  atNs: number;
  stack: Place[];
}

/** A process was kept waiting although it could run. */
export interface Delay {
  process: string;
  pid: number;
  fromNs: number;
  /** Absent while it lasts */
  untilNs?: number;
  /** Where it stood, innermost first, without the functions of the locks themselves */
  stack: Place[];
  /** Name of the lock that it had just given back, if that is why */
  lock?: string;
  /** Who has taken that lock exclusively since */
  takings: Taking[];
}

const K = kernelConstants('HW_ACQUIRED', 'HW_EXCLUSIVE', 'HW_RELEASED', 'HW_SWITCH', 'HW_SX');
const STACK_DEPTH = 8;

/** A process that has been told to wait and has not run since. */
interface Waiting {
  delay: Delay;
  /** Address of the lock that it had just given back */
  lock: number | undefined;
}

/**
 * Keeps the record of who was kept waiting, by whatever decider: from the decision that sent it back to the
 * run queue until the processor passes to it again. Everything in it is read from simulated memory.
 */
export class DelayLog implements Observer {
  /** Trace points that it wants */
  static readonly classes = ['KTR_LOCK', 'KTR_PROC'];
  /** In order of their beginnings */
  readonly delays: Delay[] = [];
  /** Decided, but still on the processor: it may be that nobody else can run */
  private readonly told = new Map<number, Waiting>();
  private readonly waiting = new Map<number, Waiting>();
  /** Last sx lock given back, of processes that have taken none since, nor left the processor */
  private readonly lastReleased = new Map<number, number>();
  private readonly memory: Memory;
  private readonly kinds: ReturnType<typeof K>;

  constructor(target: Target) {
    this.memory = new Memory(target.onlooker ?? target);
    this.kinds = K(this.memory);
  }

  decided({ kind, objects }: Decision, _choice: number, { nowNs }: MachineView): void {
    if (kind !== 'preempt') return;
    const context = objects[0]!;
    const delay: Delay = { ...whoAt(this.memory, context), fromNs: nowNs, stack: this.stack(), takings: [] };
    const lock = this.lastReleased.get(context);
    if (lock !== undefined) delay.lock = this.lockName(lock);
    this.told.set(context, { delay, lock });
  }

  happened(kind: number, object: number, arg: number, { context, nowNs }: MachineView): void {
    const { HW_ACQUIRED, HW_EXCLUSIVE, HW_RELEASED, HW_SWITCH, HW_SX } = this.kinds;
    if (kind === HW_SWITCH) this.switched(object, context, nowNs);
    else if ((kind === HW_ACQUIRED || kind === HW_RELEASED) && (arg & ~HW_EXCLUSIVE) === HW_SX) {
      // It goes on, so it was not kept waiting.
      this.told.delete(context);
      if (kind === HW_RELEASED) this.lastReleased.set(context, object);
      else this.lastReleased.delete(context);
      if (kind === HW_ACQUIRED && (arg & HW_EXCLUSIVE) !== 0) this.taken(object, context, nowNs);
    }
  }

  /** The processor passes from a context to another. */
  private switched(to: number, from: number, nowNs: number): void {
    const begun = this.told.get(from);
    if (begun !== undefined) {
      this.delays.push(begun.delay);
      this.waiting.set(from, begun);
    }
    this.told.delete(from);
    this.lastReleased.delete(from);
    const ended = this.waiting.get(to);
    if (ended !== undefined) ended.delay.untilNs = nowNs;
    this.waiting.delete(to);
  }

  private taken(lock: number, taker: number, nowNs: number): void {
    for (const [context, { delay, lock: theirs }] of this.waiting)
      if (context !== taker && theirs === lock)
        delay.takings.push({ ...whoAt(this.memory, taker), atNs: nowNs, stack: this.stack() });
  }

  private lockName(lock: number): string {
    const { memory } = this;
    return ifMapped(() => memory.string(memory.field('lock_object', lock, 'lo_name'), 32)) ?? '?';
  }

  private stack(): Place[] {
    return runningStack(this.memory, STACK_DEPTH, LOCK_FILES);
  }
}

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(6)} s`;
/** A function and its caller. */
const where = (stack: readonly Place[]): string => stack.slice(0, 2).map(placeText).join(', called from ');

/**
 * For people: how the schedule was disturbed before the end. The last delay in full, since what came of it
 * came next; who took the lock meanwhile is counted by process and function.
 * @returns lines; none if nobody was delayed
 */
export function delaysText(delays: readonly Delay[]): string[] {
  const last = delays.findLast((delay) => delay.untilNs !== undefined);
  if (last === undefined) return [];
  const { lock, takings } = last;
  const times = delays.length === 1 ? 'once' : `${delays.length} times, the last time`;
  const lines = [
    `schedule: ${whoText(last)} was kept waiting ${times} from ${seconds(last.fromNs)} to ${seconds(last.untilNs!)}`,
    `    ${lock === undefined ? 'in' : `where it had just given back ${lock}: in`} ${where(last.stack)}`,
  ];
  if (lock === undefined) return lines;
  lines.push(
    `    meanwhile ${lock} was taken exclusively ${takings.length} times${takings.length > 0 ? ':' : ''}`,
  );
  const counts = new Map<string, number>();
  for (const taking of takings) {
    const key = `${taking.process}: ${where(taking.stack)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, n] of counts) lines.push(`${String(n).padStart(8)}  ${key}`);
  return lines;
}
