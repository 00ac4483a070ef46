import {
  DEADLINE_NEVER,
  DEADLINE_NOW,
  EFL_FIXED,
  EFL_IF,
  IRQ_CLOCK,
  IRQ_IPI,
  IRQ_NET,
  IRQ_RESCHED,
  NS_PER_SECOND,
  R_CYCLES,
  R_DEADLINE,
  R_EIP,
  R_ESP,
} from './constants.js';
import { type Cpu, newCpu } from './cpu.js';
import type { Decisions } from './decisions.js';
import { type EventKind, EventQueue, type EventQueueState } from './events.js';
import { dropFrom, emptyTlb, type Mmu } from './mmu.js';
import { copyState } from './state.js';

const CLOCK_PERIOD_NS = NS_PER_SECOND / 100;
/** Alone, a CPU goes back to the host loop this often; it is no event of the simulation. */
const SLICE_ALONE_NS = 10_000_000;
/** Virtual time between two points at which a machine can stop, at most, but for the way to the next poll. */
export const LONGEST_TURN_NS = SLICE_ALONE_NS;
/** With others, it runs this long before the others catch up: at least, and at most this much more. */
const SLICE_MIN_NS = 1_000;
const SLICE_SPREAD_NS = 9_000;

/** Interrupt controller, clock and deadlines. Plain data. */
interface LinesState {
  /** Power is on: the clock runs */
  on: boolean;
  irqMasked: number;
  /**
   * The deadline as it was when interrupts went off, while nothing has happened that would change it; else -1
   */
  keptDeadline: number;
  nextTickNs: number;
  /** Times that the interrupt controller was asked */
  polls: number;
}

export interface ProcessorsRecord {
  lines: LinesState;
  /** Number of the CPU whose registers are in the register file */
  running: number;
  cpus: Cpu[];
  events: EventQueueState;
}

/** What processors are wired to. */
export interface ProcessorsHost {
  /** Register file and TLB of the CPU that runs */
  reg: Int32Array;
  mmu: Mmu;
  decisions: Decisions;
  /** Frames a second that arrive from the network; 0: there is no card */
  packetsPerSecond: number;
  /** Addresses of the pcpu structures, one a CPU */
  pcpuAddresses: readonly number[];
  /** A disk command is done. */
  diskDone(): void;
}

/**
 * The processors and what moves them through virtual time: their turns, the interrupt lines, the clock, and
 * whatever happens at a moment. One of them runs, with its registers and TLB in the machine's; the others
 * keep theirs in their records.
 */
export class Processors {
  readonly cpus: Cpu[];
  cpu: Cpu;
  /** How many polls there may be before the machine may stop at one */
  private untilPoll = Number.POSITIVE_INFINITY;
  /** stopSoon() was called */
  private stopping = false;
  private state: LinesState = { on: false, irqMasked: 0, keptDeadline: -1, nextTickNs: 0, polls: 0 };
  private readonly events = new EventQueue((kind) => this.happen(kind));

  /** @param ncpu 1 to 8 */
  constructor(
    ncpu: number,
    private readonly host: ProcessorsHost,
  ) {
    if (!Number.isInteger(ncpu) || ncpu < 1 || ncpu > 8)
      throw new RangeError(`ncpu ${ncpu} is not from 1 to 8`);
    this.cpus = Array.from({ length: ncpu }, (_, i) => newCpu(i, host.pcpuAddresses[i]!));
    this.cpu = this.cpus[0]!;
    host.reg.set(this.cpu.savedRegisters);
  }

  get polls(): number {
    return this.state.polls;
  }

  save(): ProcessorsRecord {
    return {
      lines: copyState(this.state),
      running: this.cpu.id,
      cpus: copyState(this.cpus),
      events: this.events.save(),
    };
  }

  restore(record: ProcessorsRecord): void {
    this.state = copyState(record.lines);
    record.cpus.forEach((cpu, i) => {
      this.cpus[i] = copyState(cpu);
    });
    this.cpu = this.cpus[record.running]!;
    this.events.restore(record.events);
  }

  /** Virtual time on the running CPU, ns since power-on. */
  now(): number {
    return this.cpu.timeNs + this.host.reg[R_CYCLES]!;
  }

  /** Starts what runs by itself, unless it has been started. */
  powerOn(): void {
    const { state } = this;
    if (state.on) return;
    state.on = true;
    state.nextTickNs = this.host.decisions.draw('clock', CLOCK_PERIOD_NS);
    this.at(state.nextTickNs, 'clock');
    if (this.host.packetsPerSecond > 0) this.schedulePacket();
  }

  /** Lets an application processor begin with context `id` at a text address on a stack, with CR3. */
  start(cpuId: number, id: number, eip: number, esp: number, cr3: number): void {
    const cpu = this.cpus[cpuId]!;
    cpu.parked = false;
    cpu.context = id | 0;
    cpu.timeNs = this.now();
    cpu.savedRegisters[R_EIP] = eip;
    cpu.savedRegisters[R_ESP] = esp;
    cpu.savedTlb = emptyTlb(cr3);
  }

  // ---- events
  // ----------------------------------------------------------------------------------------------------

  /** Has `kind` happen once virtual time reaches `time`. */
  at(time: number, kind: EventKind): void {
    this.events.schedule(time, kind);
    this.arm();
  }

  private happen(kind: EventKind): void {
    if (kind === 'clock') this.clockTick();
    else if (kind === 'disk') this.host.diskDone();
    else this.packet();
  }

  private clockTick(): void {
    this.raise(IRQ_CLOCK, 0);
    // Whole periods after the first one, however late this one ran.
    this.state.nextTickNs += CLOCK_PERIOD_NS;
    this.events.schedule(this.state.nextTickNs, 'clock');
  }

  /**
   * A frame of other people's traffic: an interrupt at a time that has nothing to do with what the kernel
   * does.
   */
  private packet(): void {
    this.raise(IRQ_NET, 0);
    this.schedulePacket();
  }

  private schedulePacket(): void {
    // Evenly up to twice the mean: the library's logarithm may differ from host to host in the last bit.
    const mean = NS_PER_SECOND / this.host.packetsPerSecond;
    this.events.schedule(this.now() + 1 + this.host.decisions.draw('packet', Math.ceil(2 * mean)), 'packet');
  }

  /** Lets virtual time jump from event to event as long as `waits`, at most `ns` from now. */
  jump(ns: number, waits: (limitNs: number) => boolean): void {
    this.sync();
    const limit = this.cpu.timeNs + ns;
    while (waits(limit)) {
      this.cpu.timeNs = Math.max(this.cpu.timeNs, this.events.nextAt);
      this.events.runDue(this.cpu.timeNs);
    }
    this.arm();
  }

  // ---- turns
  // -----------------------------------------------------------------------------------------------------

  /** Chooses the CPU that runs next, and how long. */
  choose(): void {
    this.sync();
    if (this.cpus.length > 1) this.activate(this.earliest());
    const { cpu } = this;
    if (cpu.halted && !this.deliverable(cpu)) {
      // Nothing to do until something happens.
      const next = this.events.nextAt;
      if (next > cpu.timeNs) cpu.timeNs = next;
      this.events.runDue(cpu.timeNs);
    }
    if (this.deliverable(cpu)) cpu.halted = false;
    const slice = this.isAlone(cpu)
      ? SLICE_ALONE_NS
      : SLICE_MIN_NS + this.host.decisions.draw('slice', SLICE_SPREAD_NS);
    cpu.sliceEndNs = cpu.timeNs + slice;
    this.arm();
  }

  /**
   * Do all other CPUs wait for an interrupt? Then nobody has to catch up until one of them gets it: see
   * raise().
   */
  private isAlone(cpu: Cpu): boolean {
    for (const other of this.cpus)
      if (other !== cpu && !other.parked && (!other.halted || this.deliverable(other))) return false;
    return true;
  }

  /**
   * The CPU that is furthest behind; halted ones with nothing pending stand at the time of the next event.
   */
  private earliest(): Cpu {
    let best: Cpu | undefined;
    let bestTime = Number.POSITIVE_INFINITY;
    const idleTime = this.events.nextAt;
    for (const cpu of this.cpus) {
      if (cpu.parked) continue;
      const time = cpu.halted && !this.deliverable(cpu) ? Math.max(cpu.timeNs, idleTime) : cpu.timeNs;
      if (time < bestTime) {
        best = cpu;
        bestTime = time;
      }
    }
    return best!;
  }

  private activate(cpu: Cpu): void {
    const old = this.cpu;
    if (cpu === old) return;
    const { reg, mmu } = this.host;
    old.savedRegisters.set(reg);
    old.savedTlb = mmu.save();
    this.cpu = cpu;
    reg.set(cpu.savedRegisters);
    reg[R_CYCLES] = 0;
    mmu.restore(cpu.savedTlb);
  }

  /** The running CPU stands for so long, ns; its turn is over. */
  stall(ns: number): void {
    this.sync();
    this.cpu.timeNs += ns;
    this.cpu.stalled = true;
  }

  /** The same in user mode, where an interrupt comes in between two instructions that ends its turn. */
  stallInProgram(ns: number): void {
    this.sync();
    this.cpu.timeNs += ns;
    if (this.cpus.length === 1) this.cpu.pending |= 1 << IRQ_RESCHED;
    this.arm();
  }

  /**
   * A CPU that stood goes on. True: an interrupt has come meanwhile that it takes now. Where there is no
   * other CPU that could have gone on, one that ends the running context's share of it has come.
   */
  afterStall(): boolean {
    const { cpu } = this;
    cpu.stalled = false;
    this.sync();
    this.events.runDue(cpu.timeNs);
    if (this.cpus.length === 1) cpu.pending |= 1 << IRQ_RESCHED;
    this.arm();
    return cpu.interruptsEnabled && cpu.nested === 0 && this.deliverable(cpu);
  }

  /** Has the running CPU's turn come to its end? */
  turnIsOver(): boolean {
    return this.now() >= this.cpu.sliceEndNs;
  }

  /** The machine may stop once the CPUs have polled for interrupts so many times in all. */
  stopAfter(polls: number): void {
    this.untilPoll = polls;
    this.stopping = false;
  }

  /** It may stop as soon as the running CPU can poll. */
  stopSoon(): void {
    this.stopping = true;
    this.untilPoll = this.state.polls + 1;
    this.arm();
  }

  /** Have they polled as often as was said? */
  get mayStop(): boolean {
    return this.state.polls >= this.untilPoll;
  }

  /** Moves the cycles counted in REG into the CPU's time. */
  private sync(): void {
    const { reg } = this.host;
    this.cpu.timeNs += reg[R_CYCLES]!;
    reg[R_CYCLES] = 0;
    this.state.keptDeadline = -1;
  }

  /** Computes when the running CPU has to poll for interrupts next. */
  arm(): void {
    const { cpu } = this;
    const { reg } = this.host;
    this.state.keptDeadline = -1;
    if (!cpu.interruptsEnabled || cpu.nested > 0) {
      reg[R_DEADLINE] = DEADLINE_NEVER;
    } else if (this.deliverable(cpu) || this.stopping) {
      reg[R_DEADLINE] = DEADLINE_NOW;
    } else {
      const due = Math.min(this.events.nextAt, cpu.sliceEndNs) - cpu.timeNs;
      reg[R_DEADLINE] = due > DEADLINE_NEVER ? DEADLINE_NEVER : due < 0 ? 0 : Math.ceil(due);
    }
  }

  // ---- interrupt flag and lines
  // ----------------------------------------------------------------------------------

  private deliverable(cpu: Cpu): boolean {
    return (cpu.pending & ~this.state.irqMasked) !== 0;
  }

  /** Raises an interrupt line at a CPU. */
  raise(irq: number, cpuId: number): void {
    const target = this.cpus[cpuId]!;
    target.pending |= 1 << irq;
    this.wake(target);
    this.arm();
  }

  /**
   * If a CPU that has halted can go on now: it does so now, not in the past where it halted, and the running
   * one is not alone any more.
   */
  private wake(target: Cpu): void {
    if (target === this.cpu || !target.halted || !this.deliverable(target)) return;
    const now = this.now();
    target.timeNs = Math.max(target.timeNs, now);
    this.cpu.sliceEndNs = Math.min(this.cpu.sliceEndNs, now + SLICE_MIN_NS);
  }

  halt(): void {
    this.cpu.halted = true;
  }

  eflags(): number {
    return EFL_FIXED | (this.cpu.interruptsEnabled ? EFL_IF : 0);
  }

  disableInterrupts(): number {
    const { cpu } = this;
    const { reg } = this.host;
    if (!cpu.interruptsEnabled) return EFL_FIXED;
    if (cpu.nested === 0) this.state.keptDeadline = reg[R_DEADLINE]!;
    cpu.interruptsEnabled = false;
    reg[R_DEADLINE] = DEADLINE_NEVER;
    return EFL_FIXED | EFL_IF;
  }

  restoreInterrupts(eflags: number): void {
    const enabled = (eflags & EFL_IF) !== 0;
    if (enabled === this.cpu.interruptsEnabled) return;
    this.cpu.interruptsEnabled = enabled;
    if (enabled && this.host.decisions.preempts(this.cpu.context)) {
      this.raise(IRQ_RESCHED, this.cpu.id);
    } else if (enabled && this.state.keptDeadline >= 0) {
      this.host.reg[R_DEADLINE] = this.state.keptDeadline;
      this.state.keptDeadline = -1;
    } else {
      this.arm();
    }
  }

  /** Takes the pending interrupt with the highest priority (lowest line; IPIs after the clock), or -1. */
  takeInterrupt(): number {
    this.sync();
    this.state.polls++;
    this.events.runDue(this.cpu.timeNs);
    const { cpu } = this;
    const ready = cpu.pending & ~this.state.irqMasked;
    let irq = -1;
    if (ready !== 0) {
      irq = 31 - Math.clz32(ready & -ready);
      cpu.pending &= ~(1 << irq);
    }
    this.arm();
    return irq;
  }

  maskIrq(irq: number, masked: boolean): void {
    if (masked) this.state.irqMasked |= 1 << irq;
    else this.state.irqMasked &= ~(1 << irq);
    if (!masked) for (const cpu of this.cpus) this.wake(cpu);
    this.arm();
  }

  sendIpi(mask: number, vector: number): void {
    for (const cpu of this.cpus)
      if ((mask & (1 << cpu.id)) !== 0 && !cpu.parked) this.raise(IRQ_IPI + vector, cpu.id);
  }

  /**
   * Drops one page (or all, with a page number of -1) from the TLBs of other CPUs, as their IPI handlers
   * would.
   */
  broadcastInvalidate(mask: number, va: number): void {
    for (const cpu of this.cpus) {
      if (cpu === this.cpu || (mask & (1 << cpu.id)) === 0) continue;
      if (va === -1) cpu.savedTlb = emptyTlb(cpu.savedTlb.cr3);
      else dropFrom(cpu.savedTlb, va);
    }
  }
}
