import type { DiskTransfer, MachineView, Observer } from '@trap12/machine';
import { kernelConstants, kernelFlags, Memory, type Target } from '@trap12/target';
import { commandAt, ifMapped } from '../processes.js';
import { type EventBody, PerfettoWriter } from './perfetto.js';
import { functionsBefore } from './stacks.js';

const HW = kernelFlags(
  'HW_',
  'ACQUIRED',
  'CONTESTED',
  'EXIT',
  'FORK',
  'EXCLUSIVE',
  'INTR',
  'LOCKMGR',
  'RELEASED',
  'SLEEP',
  'SWITCH',
  'TRAP',
  'WAKEUP',
);
const K = kernelConstants('MAXCOMLEN', 'T_PAGEFLT');

/**
 * What is counted, sampled when the processor passes to another process, by fields of cnt or variables; in
 * pages.
 */
const COUNTERS: Readonly<Record<string, string>> = {
  'free pages': 'v_free_count',
  'active pages': 'v_active_count',
  'inactive pages': 'v_inactive_count',
  'cached pages': 'v_cache_count',
  'wired pages': 'v_wire_count',
};
const SWAP_FREE = 'free swap';
const SAMPLE_NS = 1_000_000;
const DISK = 90;
const FIRST_CPU = 1;
const FIRST_COUNTER = 100;
const FIRST_PROCESS = 1000;

/** Slices that are begun in more than one place. */
const SLICE = {
  lock: { type: 'begin', category: 'lock' },
  function: { type: 'begin', category: 'function' },
} as const;
/** Of a track that is not there yet. */
const NOTHING = new Uint8Array(0);

interface ProcessTrack {
  uuid: number;
  pid: number;
  /** What it is called: another program's name when it has executed that */
  name: string;
  /** p_comm as it was when it was looked at last */
  command: Int32Array;
  /** Is a slice open that says what it waits for? */
  waits: boolean;
  /** Address on which it sleeps, or lock for which it waits */
  channel: number;
  /** Locks that it has ever held */
  locks: Map<number, LockTrack>;
  /** The track of its functions, and those that are open, outermost first */
  functionTrack: number;
  functions: readonly string[];
  /** How a function's slice begins there, and how the innermost ends */
  begins: Map<string, EventBody>;
  end: EventBody;
  /** Of the last event on that track */
  functionsNs: number;
}

/** A lock of a process: the track on which it is held, and how its slices begin and end there. */
interface LockTrack {
  uuid: number;
  begin: EventBody;
  end: EventBody;
  held: boolean;
}

/**
 * Writes down what the kernel's trace points tell, as a trace to look at: a track a processor (who runs), a
 * track a process (what it waits for), under it one for each lock while it is held, interrupts and faults as
 * instants, counters of memory; arrows from a wakeup to who runs because of it, and from a lock given back to
 * who has waited for it. The disk tells of its requests. Functions have no trace points: the stack is looked
 * at where one of processes, traps or interrupts is, and stands for the time since the one before; a function
 * that waits stays open.
 */
export class TraceLog implements Observer {
  /** Trace points that it wants */
  static readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_PROC', 'KTR_INTR', 'KTR_TRAP'];
  private readonly out = new PerfettoWriter();
  private readonly memory: Memory;
  private readonly kinds: ReturnType<typeof HW>;
  /** Of what is read at every trace point */
  private readonly offsets: { readonly p_comm: number; readonly p_pid: number };
  private readonly processes = new Map<number, ProcessTrack>();
  /** Process that has an open slice on each processor's track */
  private readonly running = new Map<number, number>();
  /** How many wait, by sleep channel or lock */
  private readonly waiting = new Map<number, number>();
  /** Arrows under way, by sleep channel or lock */
  private readonly flows = new Map<number, number>();
  private tracks = FIRST_PROCESS;
  private lastFlow = 0;
  private sampledNs = -SAMPLE_NS;
  private lastNs = 0;
  /** Of each processor, when its stack was looked at last */
  private readonly lookedNs = new Map<number, number>();
  /** Is a request under way? undefined: there has been none */
  private isDiskBusy: boolean | undefined;

  constructor(target: Target) {
    this.memory = new Memory(target.onlooker ?? target);
    this.kinds = HW(this.memory);
    const { symbols } = this.memory;
    this.offsets = { p_comm: symbols.offset('proc', 'p_comm'), p_pid: symbols.offset('proc', 'p_pid') };
    let uuid = FIRST_COUNTER;
    for (const name of [...Object.keys(COUNTERS), SWAP_FREE])
      this.out.track({ uuid: uuid++, name, unit: 'pages' });
  }

  happened(kind: number, object: number, arg: number, view: MachineView): void {
    const { ACQUIRED, CONTESTED, EXIT, FORK, INTR, RELEASED, SLEEP, SWITCH, TRAP, WAKEUP } = this.kinds;
    this.lastNs = Math.max(this.lastNs, view.nowNs);
    if (kind !== ACQUIRED && kind !== RELEASED) {
      this.nameAgain(view);
      // Whoever wakes somebody goes on at once: where it is then is seen soon enough.
      if (kind !== CONTESTED && kind !== WAKEUP) this.look(kind === INTR || kind === TRAP, view);
    }
    if (kind === ACQUIRED) this.acquired(object, arg, view);
    else if (kind === RELEASED) this.released(object, view);
    else if (kind === CONTESTED)
      this.waits(view.context, object, `lock ${this.lockName(object, arg)}`, view.nowNs);
    else if (kind === SLEEP) this.waits(view.context, object, this.sleepName(view.context), view.nowNs);
    else if (kind === WAKEUP) this.wakeup(object, view);
    else if (kind === SWITCH) this.switched(object, view);
    else if (kind === INTR)
      this.out.event({
        atNs: view.nowNs,
        track: this.cpu(view.cpuId),
        type: 'instant',
        category: 'interrupt',
        name: `irq ${object}`,
      });
    else if (kind === TRAP) this.trap(object, arg, view);
    else if (kind === FORK) this.instant(view, 'fork', { pid: this.pidText(object) });
    else if (kind === EXIT) this.instant(view, 'exit', { status: arg });
  }

  disk({ op, sector, count, done, failed }: DiskTransfer, { nowNs }: MachineView): void {
    // One that was under way before anybody looked has no beginning here.
    if (done && !this.isDiskBusy) return;
    this.lastNs = Math.max(this.lastNs, nowNs);
    if (this.isDiskBusy === undefined) this.out.track({ uuid: DISK, name: 'disk' });
    this.isDiskBusy = !done;
    if (done && failed)
      this.out.event({ atNs: nowNs, track: DISK, type: 'instant', category: 'disk', name: 'error' });
    if (done) this.out.event({ atNs: nowNs, track: DISK, type: 'end' });
    else
      this.out.event({
        atNs: nowNs,
        track: DISK,
        type: 'begin',
        category: 'disk',
        name: op,
        notes: { sector, count },
      });
  }

  /** The trace, ended by what the machine died of, if it did. */
  finish(panic = ''): Uint8Array {
    const atNs = this.lastNs;
    for (const [cpuId, p] of this.running) {
      if (panic !== '')
        this.out.event({
          atNs,
          track: this.process(p).uuid,
          type: 'instant',
          category: 'panic',
          name: panic,
        });
      this.out.event({ atNs, track: this.cpu(cpuId), type: 'end' });
    }
    for (const process of this.processes.values()) this.close(process, atNs);
    if (this.isDiskBusy) this.out.event({ atNs, track: DISK, type: 'end' });
    return this.out.finish();
  }

  private switched(p: number, { cpuId, nowNs }: MachineView): void {
    const track = this.cpu(cpuId);
    if (this.running.has(cpuId)) this.out.event({ atNs: nowNs, track, type: 'end' });
    this.running.set(cpuId, p);
    this.runs(p, track, nowNs);
    const process = this.process(p);
    if (process.waits) {
      const flow = this.flows.get(process.channel);
      this.out.event({
        atNs: nowNs,
        track: process.uuid,
        type: 'end',
        flowEnds: flow === undefined ? [] : [flow],
      });
      this.waitsNoMore(process);
    }
    this.sample(nowNs);
  }

  /** What the processor did until now: the functions of who ran there. */
  private look(entered: boolean, { context, cpuId, nowNs }: MachineView): void {
    const since = this.lookedNs.get(cpuId) ?? nowNs;
    this.lookedNs.set(cpuId, nowNs);
    if (nowNs <= since) return;
    const process = this.process(this.running.get(cpuId) ?? context);
    this.stack(process, functionsBefore(this.memory, entered), since);
  }

  /** From then on a process's stack is another. */
  private stack(process: ProcessTrack, names: readonly string[], sinceNs: number): void {
    const { functions } = process;
    let same = 0;
    while (same < functions.length && functions[same] === names[same]) same++;
    if (same === functions.length && same === names.length) return;
    const atNs = Math.max(sinceNs, process.functionsNs);
    process.functionsNs = atNs;
    if (process.functionTrack === 0) {
      process.functionTrack = ++this.tracks;
      process.end = this.out.body({ type: 'end', track: process.functionTrack });
      this.out.track({ uuid: process.functionTrack, name: 'functions', parent: process.uuid });
    }
    for (let i = functions.length; i > same; i--) this.out.at(atNs, process.end);
    for (let i = same; i < names.length; i++) this.out.at(atNs, this.begin(process, names[i]!));
    process.functions = names;
  }

  /** How the slice of a function begins. */
  private begin({ begins, functionTrack }: ProcessTrack, name: string): EventBody {
    let body = begins.get(name);
    if (body === undefined) {
      body = this.out.body({ ...SLICE.function, track: functionTrack, name });
      begins.set(name, body);
    }
    return body;
  }

  private runs(p: number, track: number, atNs: number): void {
    const notes = { pid: this.pidText(p) };
    this.out.event({ atNs, track, type: 'begin', category: 'run', name: this.nameOf(p), notes });
  }

  /** Who has executed another program is called like that from now on. */
  private nameAgain({ context, cpuId, nowNs }: MachineView): void {
    const process = this.processes.get(context);
    if (process === undefined || process.pid !== this.pid(context)) return;
    if (!this.isRenamed(process, context)) return;
    const name = this.nameOf(context);
    if (name === process.name) return;
    process.name = name;
    this.out.track({ uuid: process.uuid, name, pid: process.pid });
    if (this.running.get(cpuId) !== context) return;
    const track = this.cpu(cpuId);
    this.out.event({ atNs: nowNs, track, type: 'end' });
    this.runs(context, track, nowNs);
  }

  /** Are the words of p_comm others than they were when it was asked last? */
  private isRenamed({ command }: ProcessTrack, p: number): boolean {
    let changed = false;
    for (let i = 0; i < command.length; i++) {
      const word = (this.memory.wordAt(p + this.offsets.p_comm + 4 * i) ?? 0) | 0;
      changed ||= word !== command[i];
      command[i] = word;
    }
    return changed;
  }

  private waits(p: number, channel: number, name: string, atNs: number): void {
    const process = this.process(p);
    if (process.waits) this.out.event({ atNs, track: process.uuid, type: 'end' });
    this.waitsNoMore(process);
    Object.assign(process, { waits: true, channel });
    this.waiting.set(channel, (this.waiting.get(channel) ?? 0) + 1);
    this.out.event({ atNs, track: process.uuid, type: 'begin', category: 'wait', name });
  }

  private wakeup(channel: number, view: MachineView): void {
    const flow = ++this.lastFlow;
    this.flows.set(channel, flow);
    const track = this.process(view.context).uuid;
    this.out.event({
      atNs: view.nowNs,
      track,
      type: 'instant',
      category: 'wakeup',
      name: 'wakeup',
      flows: [flow],
    });
  }

  private waitsNoMore(process: ProcessTrack): void {
    if (!process.waits) return;
    process.waits = false;
    const others = this.waiting.get(process.channel)! - 1;
    if (others === 0) this.waiting.delete(process.channel);
    else this.waiting.set(process.channel, others);
  }

  private acquired(address: number, how: number, { context, nowNs }: MachineView): void {
    const process = this.process(context);
    if (process.waits && process.channel === address) {
      this.out.event({ atNs: nowNs, track: process.uuid, type: 'end' });
      this.waitsNoMore(process);
    }
    const lock = process.locks.get(address) ?? this.lock(process, address, how);
    if (lock.held) return;
    lock.held = true;
    const flow = this.flows.get(address);
    if (flow === undefined) {
      this.out.at(nowNs, lock.begin);
      return;
    }
    const name = this.lockName(address, how);
    this.out.event({ ...SLICE.lock, atNs: nowNs, track: lock.uuid, name, flowEnds: [flow] });
    this.flows.delete(address);
  }

  private lock(process: ProcessTrack, address: number, how: number): LockTrack {
    const uuid = ++this.tracks;
    const name = this.lockName(address, how);
    this.out.track({ uuid, name, parent: process.uuid });
    const lock = {
      uuid,
      begin: this.out.body({ ...SLICE.lock, track: uuid, name }),
      end: this.out.body({ type: 'end', track: uuid }),
      held: false,
    };
    process.locks.set(address, lock);
    return lock;
  }

  private released(address: number, { context, nowNs }: MachineView): void {
    const lock = this.process(context).locks.get(address);
    if (lock === undefined || !lock.held) return;
    lock.held = false;
    if (!this.waiting.has(address)) {
      this.out.at(nowNs, lock.end);
      return;
    }
    this.flows.set(address, ++this.lastFlow);
    this.out.event({ atNs: nowNs, track: lock.uuid, type: 'end', flows: [this.lastFlow] });
  }

  /** Ends the slices of a process that are open. */
  private close(process: ProcessTrack, atNs: number): void {
    if (process.waits) this.out.event({ atNs, track: process.uuid, type: 'end' });
    this.waitsNoMore(process);
    for (const lock of process.locks.values()) {
      if (lock.held) this.out.at(atNs, lock.end);
      lock.held = false;
    }
    this.stack(process, [], atNs);
  }

  private trap(trapno: number, eip: number, view: MachineView): void {
    const near = this.memory.symbols.nearest(eip);
    const at = near === undefined ? `0x${(eip >>> 0).toString(16)}` : near.symbol.name;
    const name = trapno === K(this.memory).T_PAGEFLT ? 'page fault' : `trap ${trapno}`;
    this.instant(view, name, { at });
  }

  private instant(view: MachineView, name: string, notes: Record<string, string | number>): void {
    const track = this.process(view.context).uuid;
    this.out.event({ atNs: view.nowNs, track, type: 'instant', category: 'kernel', name, notes });
  }

  private sample(atNs: number): void {
    if (atNs < this.sampledNs + SAMPLE_NS) return;
    this.sampledNs = atNs;
    const { memory } = this;
    const cnt = memory.symbols.address('cnt');
    const values = ifMapped(() => [
      ...Object.values(COUNTERS).map((field) => memory.field('vmmeter', cnt, field)),
      memory.global('vm_swap_size') | 0,
    ]);
    values?.forEach((value, i) => {
      this.out.event({ atNs, track: FIRST_COUNTER + i, type: 'counter', value });
    });
  }

  private cpu(id: number): number {
    const uuid = FIRST_CPU + id;
    if (!this.running.has(id)) this.out.track({ uuid, name: `cpu ${id}` });
    return uuid;
  }

  /** A process's track. A struct proc that is used again is another process, with another pid. */
  private process(p: number): ProcessTrack {
    const known = this.processes.get(p);
    const pid = this.pid(p);
    if (known?.pid === pid) return known;
    if (known !== undefined) this.close(known, this.lastNs);
    const made = {
      uuid: ++this.tracks,
      pid,
      name: this.nameOf(p),
      command: new Int32Array(K(this.memory).MAXCOMLEN / 4),
      waits: false,
      channel: 0,
      locks: new Map<number, LockTrack>(),
      functionTrack: 0,
      functions: [],
      begins: new Map<string, EventBody>(),
      end: NOTHING,
      functionsNs: 0,
    };
    this.processes.set(p, made);
    this.out.track({ uuid: made.uuid, name: made.name, ...(pid < 0 ? {} : { pid }) });
    return made;
  }

  /** -1, which none has, where its struct is not mapped */
  private pid(p: number): number {
    return (this.memory.wordAt(p + this.offsets.p_pid) ?? -1) | 0;
  }

  /** For people. */
  private pidText(p: number): number | string {
    const pid = this.pid(p);
    return pid < 0 ? '?' : pid;
  }

  private nameOf(p: number): string {
    return commandAt(this.memory, p) || `pid ${this.pidText(p)}`;
  }

  /** @param how HW_MTX and so on: lockmgr locks have a name of another kind */
  private lockName(lock: number, how: number): string {
    const { EXCLUSIVE, LOCKMGR } = this.kinds;
    const [struct, field] =
      (how & ~EXCLUSIVE) === LOCKMGR ? ['lock', 'lk_wmesg'] : ['lock_object', 'lo_name'];
    return this.text(() => this.memory.string(this.memory.field(struct!, lock, field!), 32));
  }

  private sleepName(p: number): string {
    return this.text(() => this.memory.string(this.memory.field('proc', p, 'p_wmesg'), 16));
  }

  private text(read: () => string): string {
    return ifMapped(read) ?? '?';
  }
}
