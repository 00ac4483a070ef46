import type { Decision, MachineView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { kernelConstants, type Memory } from '@trap12/target';
import { commandAt, ifMapped, pidAt } from '../processes.js';
import { type Onlooker, processDecisions } from '../lab.js';
import { type Place, runningStack, WAIT_FILES } from '../places.js';

/** What a process did, as the kernel's trace points tell. */
export type Act =
  | 'takes'
  | 'gives back'
  | 'waits for'
  | 'sleeps on'
  | 'wakes'
  | 'begins'
  | 'ends'
  | 'is made to wait'
  | 'is chosen';

export interface LockEvent {
  /** Number in the run, from 0 */
  index: number;
  ns: number;
  /** Decisions about processes before it, since power-on */
  decisions: number;
  cpu: number;
  context: number;
  act: Act;
  /** The lock or channel; 0 for none */
  object: number;
  /** Of locks: exclusively; of sleeps: ticks; of wakes: how many slept there */
  arg: number;
  /** Innermost first, without the functions of the locks; empty unless it was asked for */
  stack: Place[];
}

export interface Hold {
  exclusive: boolean;
  /** How often: shared holds of one process count */
  count: number;
  since: LockEvent;
}

/** What a process waits for. */
export interface Wait {
  object: number;
  /** A lock; otherwise a sleep channel */
  isLock: boolean;
  exclusive: boolean;
  since: LockEvent;
}

const K = kernelConstants(
  'HW_ACQUIRED',
  'HW_CONTESTED',
  'HW_EXCLUSIVE',
  'HW_EXIT',
  'HW_LOCKMGR',
  'HW_RELEASED',
  'HW_SLEEP',
  'HW_SPIN',
  'HW_WAKEUP',
);
const STACK_DEPTH = 6;
const NAME_MAX = 32;

/**
 * Follows locks, sleeps and wakeups of the processes in scope: who holds what since when and where, who waits
 * for what. Spin mutexes are left out: nobody waits for one for long. Everything is read from trace points
 * and memory.
 */
export class LockLog implements Onlooker {
  readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_PROC'];
  readonly events: LockEvent[] = [];
  readonly held = new Map<number, Map<number, Hold>>();
  readonly waits = new Map<number, Wait>();
  private readonly names = new Map<number, string>();
  private readonly pids = new Map<number, number>();
  private readonly kinds = new Map<number, number>();
  private readonly memory: Memory;
  private readonly k: ReturnType<typeof K>;

  /**
   * @param inScope whose deeds are followed
   * @param stacks note where each was done: takes longer
   */
  constructor(
    private readonly system: System,
    private readonly inScope: (context: number) => boolean,
    private readonly stacks: boolean,
  ) {
    this.memory = system.memory;
    this.k = K(system);
  }

  decided({ kind, objects }: Decision, choice: number, view: MachineView): void {
    if (kind === 'preempt' && choice === 1 && this.inScope(objects[0]!))
      this.add('is made to wait', 0, 0, view);
    const chosen = kind === 'run' ? objects[choice] : undefined;
    if (chosen !== undefined && this.inScope(chosen)) this.add('is chosen', 0, 0, view, chosen);
  }

  happened(kind: number, object: number, arg: number, view: MachineView): void {
    const { k } = this;
    if (!this.inScope(view.context)) return;
    if (kind === k.HW_ACQUIRED || kind === k.HW_RELEASED || kind === k.HW_CONTESTED) {
      const exclusive = (arg & k.HW_EXCLUSIVE) !== 0;
      const type = arg & ~k.HW_EXCLUSIVE;
      if (type === k.HW_SPIN) return;
      this.kinds.set(object, type);
      if (kind === k.HW_ACQUIRED) this.acquired(object, exclusive, view);
      else if (kind === k.HW_RELEASED) this.released(object, exclusive, view);
      else this.contested(object, exclusive, view);
    } else if (kind === k.HW_SLEEP) this.sleeps(object, arg, view);
    else if (kind === k.HW_WAKEUP) {
      this.runs(view.context);
      this.add('wakes', object, this.sleepersOn(object), view);
    } else if (kind === k.HW_EXIT) this.add('ends', 0, arg, view);
  }

  private acquired(object: number, exclusive: boolean, view: MachineView): void {
    this.waits.delete(view.context);
    const event = this.add('takes', object, exclusive ? 1 : 0, view);
    const mine = this.held.get(view.context) ?? new Map<number, Hold>();
    this.held.set(view.context, mine);
    const hold = mine.get(object);
    if (hold === undefined) mine.set(object, { exclusive, count: 1, since: event });
    else hold.count++;
  }

  private released(object: number, exclusive: boolean, view: MachineView): void {
    this.runs(view.context);
    this.add('gives back', object, exclusive ? 1 : 0, view);
    const mine = this.held.get(view.context);
    const hold = mine?.get(object);
    if (hold !== undefined && --hold.count === 0) mine!.delete(object);
  }

  private contested(object: number, exclusive: boolean, view: MachineView): void {
    const before = this.waits.get(view.context);
    // It may look again and again: it waits since the first time.
    if (before?.object === object && before.isLock) return;
    const since = this.add('waits for', object, exclusive ? 1 : 0, view);
    this.waits.set(view.context, { object, isLock: true, exclusive, since });
  }

  private sleeps(channel: number, ticks: number, view: MachineView): void {
    // Locks that may be held for long are waited for by a sleep.
    if (this.waits.get(view.context)?.isLock === true) return;
    const since = this.add('sleeps on', channel, ticks, view);
    this.waits.set(view.context, { object: channel, isLock: false, exclusive: false, since });
  }

  /** It does something, so it does not sleep. */
  private runs(context: number): void {
    if (this.waits.get(context)?.isLock === false) this.waits.delete(context);
  }

  /** How many are on a channel's sleep queue, as this log knows. */
  private sleepersOn(channel: number): number {
    let n = 0;
    for (const wait of this.waits.values()) if (!wait.isLock && wait.object === channel) n++;
    return n;
  }

  private add(
    act: Act,
    object: number,
    arg: number,
    { nowNs, cpuId, context: running }: MachineView,
    context = running,
  ): LockEvent {
    const stack =
      this.stacks && context === running ? runningStack(this.memory, STACK_DEPTH, WAIT_FILES) : [];
    const event = {
      index: this.events.length,
      ns: nowNs,
      decisions: processDecisions(this.system),
      cpu: cpuId,
      context,
      act,
      object,
      arg,
      stack,
    };
    this.events.push(event);
    if (!this.names.has(context)) {
      this.names.set(context, commandAt(this.memory, context));
      this.pids.set(context, pidAt(this.memory, context));
    }
    return event;
  }

  /** A process's name when it was first met. */
  process(context: number): string {
    return this.names.get(context) ?? commandAt(this.memory, context);
  }

  /** Its pid, when it was first met. */
  pid(context: number): number {
    return this.pids.get(context) ?? pidAt(this.memory, context);
  }

  /** Name of a lock or channel. */
  name(object: number): string {
    const kind = this.kinds.get(object);
    return kind === undefined ? channelName(this.memory, object) : lockName(this.memory, object, kind);
  }
}

/** What a lock was called when it was made. @param kind HW_* of the kernel, without HW_EXCLUSIVE */
export function lockName(memory: Memory, lock: number, kind: number): string {
  const read = (): string => {
    const name =
      kind === K(memory).HW_LOCKMGR
        ? memory.field('lock', lock, 'lk_wmesg')
        : memory.field('lock_object', lock, 'lo_name');
    return name === 0 ? 'a lock without a name' : memory.string(name, NAME_MAX);
  };
  return ifMapped(read) ?? 'a lock whose name is not known';
}

/** The variable that a sleep channel is the address of. */
function channelName(memory: Memory, channel: number): string {
  const near = memory.symbols.nearest(channel);
  if (near === undefined || near.offset >= near.symbol.size) return `0x${(channel >>> 0).toString(16)}`;
  return near.offset === 0 ? near.symbol.name : `${near.symbol.name}+0x${near.offset.toString(16)}`;
}
