import { AtaDisk, type AtaRecord } from './ata.js';
import { Console, type ConsoleState } from './console.js';
import {
  DEADLINE_NEVER,
  DEADLINE_NOW,
  EFL_FIXED,
  EFL_IF,
  EFL_RF,
  IRQ_ATA,
  IRQ_CLOCK,
  IRQ_CONSOLE,
  IRQ_IPI,
  IRQ_NET,
  IRQ_RESCHED,
  NS_PER_SECOND,
  R_CYCLES,
  R_DEADLINE,
  R_EAX,
  R_EBP,
  R_EBX,
  R_ECX,
  R_EDI,
  R_EDX,
  R_EIP,
  R_ESI,
  R_ESP,
  R_PCPU,
  R_UNDO,
  R_WAIT,
  REG_COUNT,
  YIELD_STEP,
  YIELD_SWITCH,
} from './constants.js';
import { type Cpu, newCpu } from './cpu.js';
import { Decisions, type DecisionsState } from './decisions.js';
import { type EventKind, EventQueue, type EventQueueState } from './events.js';
import { type FrameLayout, frameWords } from './frame.js';
import { type Page, PhysicalMemory } from './memory.js';
import { dropFrom, emptyTlb, Mmu } from './mmu.js';
import type { MachineView, Observer } from './observer.js';
import { copyState } from './state.js';
import { Steps } from './steps.js';
import { MachineStop, type StopWhy } from './stop.js';

/** Where the processor enters the kernel; the loader fills this in from the kernel image. */
export interface Vectors {
  /** Goes on at REG[R_EIP] until the context waits; returns YIELD_SWITCH or YIELD_PAUSE. */
  go(): number;
  /** Can the access at this text address be tried again after the host's stack was left? Any can in the kernel's checked form, none in the fast. */
  resumable(site: number): boolean;
  /** trap(frame), with the frame at esp. True if it has to wait: then it has left the host's stack, as with the next two. */
  trap(): boolean;
  /** syscall(frame), with the frame at esp */
  syscall(): boolean;
  /** An interrupt that found the processor in user mode, with the frame at esp */
  interruptUser(): boolean;
  /** Where trap and the like return to: the text behind their call. */
  calltrap: number;
  /** Calls the function at a text address, which returns to 0; undefined if no function begins there. */
  enter(address: number): unknown;
  /** The handler on the double-fault stack; never returns. Arguments: faulting eip, esp, ebp */
  doubleFault(eip: number, esp: number, ebp: number): never;
  /** What runs in user mode */
  user: UserMode;
  /** Displacement in the memory operand of the instruction at a text address. */
  displacement(site: number): number;
  /** Panics in the simulated kernel, from host code that has found an impossible state. */
  panic(message: string): never;
  /** How the kernel wants its trap frames */
  frame: FrameLayout;
}

/** The user mode of the processors (programs.ts): the seam at which another one may be put, with real i386 code. */
export interface UserMode {
  /** Goes on from the trap frame at `frame`, until the kernel that it entered has to wait. */
  resume(frame: number): void;
}

export interface MachineOptions {
  ramBytes: number;
  /** 1 to 8 */
  ncpu: number;
  /** Size of disk 0 in 512-byte sectors, 0 for none */
  diskSectors: number;
  /** Any integer from 0 to 2^53 - 1 */
  seed: number;
  /** Addresses of the pcpu structures, one a CPU */
  pcpuAddresses: number[];
  /** Frames a second that arrive from the network, at random times; 0: there is no network card */
  packetsPerSecond?: number;
  /** Probability with which a disk command fails by chance, 0 to 1; 0 by default */
  diskErrorRate?: number;
  /** Where the RAM lives; a new buffer by default */
  buffer?: ArrayBufferLike;
}

/** The requested privilege level in a selector; 3 is user mode. */
const SEL_RPL = 3;
/** What trapCall has on the stack above its frame: return address and four arguments. */
const TRAP_CALL_BYTES = 20;

const CLOCK_PERIOD_NS = NS_PER_SECOND / 100;
/** Alone, a CPU goes back to the host loop this often; it is no event of the simulation. */
const SLICE_ALONE_NS = 10_000_000;
/** With others, it runs this long before the others catch up: at least, and at most this much more. */
const SLICE_MIN_NS = 1_000;
const SLICE_SPREAD_NS = 9_000;

/** A word of a frame that was stored for the host's sake alone. */
interface Lent {
  va: number;
  /** What memory does not have: the frame's word, or while it is shown there what would be there without */
  word: number;
  shown: boolean;
}

/** What the machine keeps besides RAM, TLBs, user modes and its devices. Plain data. */
interface BoardState {
  /** Power is on: the clock runs */
  on: boolean;
  irqMasked: number;
  /** The deadline as it was when interrupts went off, while nothing has happened that would change it; else -1 */
  keptDeadline: number;
  nextTickNs: number;
  nestedFaults: number;
  /** Entries into the kernel by a trap */
  entries: number;
  /** Times that the interrupt controller was asked */
  polls: number;
  /** run() returned at a poll or a step: the running CPU's turn goes on */
  midTurn: boolean;
  /** Words of frames of the running context: see overwritten() */
  lent: Lent[];
  /** What observers were told */
  happenings: number;
  /** Why it stopped for good */
  ended: StopWhy | null;
}

/** A machine as plain data, but for what its options say. */
export interface Snapshot {
  devices: DevicesRecord;
  pages: readonly Page[];
  /** Of the running CPU; those of the others are in their records. */
  tlb: Int32Array;
}

/** All devices and processors as plain data, to be given to restoreDevices(). RAM, the running CPU's TLB and user modes are not in it. */
export interface DevicesRecord {
  board: BoardState;
  /** Number of the CPU whose registers are in `reg` */
  running: number;
  reg: Int32Array;
  cpus: Cpu[];
  events: EventQueueState;
  decisions: DecisionsState;
  steps: ReturnType<Steps['save']>;
  console: ConsoleState;
  disk: AtaRecord;
}

/** Where a run has come to: each count names a moment, together with its kind. */
export interface Step {
  entries: number;
  polls: number;
  /** Decisions of all kinds */
  decisions: number;
}

/**
 * The computer: RAM, processors, interrupt controller, clock, disk, console, and the loop that runs them all in virtual time.
 * One number (the seed) decides everything that hardware leaves to chance.
 */
export class Machine {
  readonly ram: PhysicalMemory;
  readonly mmu: Mmu;
  // A buffer of its own keeps the array out of the host's heap, where V8 moves small ones and cannot take their address for a constant.
  readonly reg = new Int32Array(new ArrayBuffer(4 * REG_COUNT));
  readonly console = new Console();
  readonly disk: AtaDisk;
  /** What is left to chance or to a strategy. */
  readonly decisions: Decisions;
  /** Of a kernel in its checked form. */
  readonly steps = new Steps();
  readonly cpus: Cpu[];
  cpu: Cpu;
  vectors!: Vectors;

  private state: BoardState = {
    on: false,
    irqMasked: 0,
    keptDeadline: -1,
    nextTickNs: 0,
    nestedFaults: 0,
    entries: 0,
    polls: 0,
    midTurn: false,
    lent: [],
    happenings: 0,
    ended: null,
  };
  private readonly events = new EventQueue((kind) => this.happen(kind));
  private untilPoll = Number.POSITIVE_INFINITY;
  /** stopSoon() was called */
  private stopping = false;
  private readonly observers: Observer[] = [];
  /** Candidates for the decision of who runs next, while the kernel names them. */
  private readonly candidates: number[] = [];
  private readonly view: MachineView;

  constructor(readonly options: MachineOptions) {
    const { ncpu, seed } = options;
    if (!Number.isInteger(ncpu) || ncpu < 1 || ncpu > 8)
      throw new RangeError(`ncpu ${ncpu} is not from 1 to 8`);
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed ${seed} is not from 0 to 2^53 - 1`);
    this.ram = new PhysicalMemory(options.ramBytes, options.buffer);
    this.mmu = new Mmu(this.ram);
    this.decisions = new Decisions(seed);
    this.decisions.onChoice = (decision, choice) => {
      for (const observer of this.observers) observer.decided?.(decision, choice, this.view);
    };
    this.cpus = Array.from({ length: ncpu }, (_, i) => newCpu(i, options.pcpuAddresses[i]!));
    this.cpu = this.cpus[0]!;
    this.reg.set(this.cpu.savedRegisters);
    const errorRate = options.diskErrorRate ?? 0;
    if (!(errorRate >= 0 && errorRate <= 1))
      throw new RangeError(`disk error rate ${errorRate} is not from 0 to 1`);
    const host = {
      ram: this.ram,
      decisions: this.decisions,
      now: () => this.now(),
      completeAt: (time: number) => this.at(time, 'disk'),
      interrupt: () => this.raise(IRQ_ATA, 0),
    };
    this.disk = new AtaDisk(options.diskSectors, host, errorRate);
    this.view = machineView(this);
  }

  /** Times that a page fault was taken in a plain kernel function. */
  get nestedFaults(): number {
    return this.state.nestedFaults;
  }

  get step(): Step {
    const { entries, polls } = this.state;
    return { entries, polls, decisions: this.decisions.total };
  }

  /** Number of things that observers were told. */
  get happenings(): number {
    return this.state.happenings;
  }

  /** Has `observer` told of what happens. What the kernel tells it tells only if it is asked to (System.observe). */
  observe(observer: Observer): void {
    this.observers.push(observer);
  }

  /**
   * The whole machine as it is now. What this one and an earlier one of the same run have alike they share.
   * To be called between two calls of run(), and not after the machine has stopped inside a function of the kernel.
   */
  save(): Snapshot {
    const devices = this.saveDevices();
    return { devices, pages: this.ram.save(), tlb: this.mmu.snapshot() };
  }

  /** Goes on from a snapshot of this machine, or of another one that was made with the same options. */
  restore({ devices, pages, tlb }: Snapshot): void {
    if (pages.length !== this.ram.bytes >>> 12)
      throw new RangeError(
        `a machine of ${pages.length / 256}M does not fit one of ${this.ram.bytes >> 20}M`,
      );
    this.ram.restore(pages);
    this.restoreDevices(devices);
    this.mmu.recall(tlb);
  }

  /** Devices and processors as they are now. The record shares the disk's contents, which are copied when they are written. */
  saveDevices(): DevicesRecord {
    return {
      board: copyState(this.state),
      running: this.cpu.id,
      reg: this.reg.slice(),
      cpus: copyState(this.cpus),
      events: this.events.save(),
      decisions: this.decisions.save(),
      steps: this.steps.save(),
      console: this.console.save(),
      disk: this.disk.save(),
    };
  }

  /** Puts devices and processors back to what saveDevices() gave, of this machine or of one with the same options. */
  restoreDevices(record: DevicesRecord): void {
    if (record.cpus.length !== this.cpus.length)
      throw new RangeError(`a machine of ${record.cpus.length} CPUs does not fit one of ${this.cpus.length}`);
    this.state = copyState(record.board);
    this.reg.set(record.reg);
    record.cpus.forEach((cpu, i) => {
      this.cpus[i] = copyState(cpu);
    });
    this.cpu = this.cpus[record.running]!;
    this.events.restore(record.events);
    this.decisions.restore(record.decisions);
    this.steps.restore(record.steps);
    this.console.restore(record.console);
    this.disk.restore(record.disk);
  }

  /** Virtual time on the running CPU, ns since power-on. */
  now(): number {
    return this.cpu.timeNs + this.reg[R_CYCLES]!;
  }

  /** Has `kind` happen once virtual time reaches `time`. */
  private at(time: number, kind: EventKind): void {
    this.events.schedule(time, kind);
    this.arm();
  }

  private happen(kind: EventKind): void {
    if (kind === 'clock') this.clockTick();
    else if (kind === 'disk') this.disk.complete();
    else this.packet();
  }

  /** Starts what runs by itself. */
  private powerOn(): void {
    const { state } = this;
    state.on = true;
    state.nextTickNs = this.decisions.draw('clock', CLOCK_PERIOD_NS);
    this.at(state.nextTickNs, 'clock');
    if ((this.options.packetsPerSecond ?? 0) > 0) this.schedulePacket();
  }

  /** Queues console input. */
  type(text: string): void {
    this.console.type(text);
    this.raise(IRQ_CONSOLE, 0);
  }

  /** Lets an application processor begin with context `id` at a text address on a stack, with CR3. */
  startCpu(cpuId: number, id: number, eip: number, esp: number, cr3: number): void {
    const cpu = this.cpus[cpuId]!;
    cpu.parked = false;
    cpu.context = id | 0;
    cpu.timeNs = this.now();
    cpu.savedRegisters[R_EIP] = eip;
    cpu.savedRegisters[R_ESP] = esp;
    cpu.savedTlb = emptyTlb(cr3);
  }

  /**
   * Runs until the machine stops, or until virtual time passes `untilNs` on the running CPU, or it has polled for interrupts `untilPoll` times
   * in all. Between two calls nothing of the machine is on the host's stack: save() takes it as it is.
   * @returns why it stopped, or 'time'; 'step' if it stands at a poll, or at a step where a Stepper wanted it to. In the checked form a
   * machine that stopped for a panic or the debugger stands as well, and goes on as the kernel does if its debugger is left.
   */
  run(untilNs = Number.POSITIVE_INFINITY, untilPoll = Number.POSITIVE_INFINITY): StopWhy | 'time' | 'step' {
    if (this.state.ended !== null) return this.state.ended;
    if (!this.state.on) this.powerOn();
    this.untilPoll = untilPoll;
    this.stopping = false;
    this.steps.begin();
    this.showFrames(false);
    try {
      while (this.state.midTurn || this.now() < untilNs) {
        if (!this.state.midTurn) this.chooseCpu();
        this.state.midTurn = false;
        this.turn();
        if (this.state.midTurn) return this.standing();
        if (this.state.polls >= this.untilPoll) return 'step';
      }
      return 'time';
    } catch (error) {
      if (!(error instanceof MachineStop)) throw error;
      this.console.flush();
      this.state.ended = error.why;
      return error.why;
    }
  }

  private standing(): StopWhy | 'step' {
    this.showFrames(true);
    const why = this.steps.takeWhy();
    if (why !== 'step') this.console.flush();
    return why;
  }

  /** Lowered code has come to a step that somebody waits for (see Steps.arrived). True: it leaves the host's stack there. */
  arrivedAtStep(site: number, address: number, from: number, bytes: number): boolean {
    if (!this.steps.arrived(site, address, from, bytes)) return false;
    const { reg } = this;
    reg[R_EIP] = site;
    reg[R_WAIT] = YIELD_STEP;
    reg[R_UNDO] = 1;
    this.state.midTurn = true;
    return true;
  }

  /** The kernel stops the machine. Where it can be gone on with it stands at the next step instead. */
  stop(why: 'panic' | 'debugger'): void {
    if (!this.steps.stopAtNext(why)) throw new MachineStop(why);
  }

  /**
   * Has run() return 'step' as soon as the running CPU can poll for interrupts. To be called while it runs, by an observer. Unlike where
   * run() is told to stop, this shows: there is one poll more.
   */
  stopSoon(): void {
    this.stopping = true;
    this.untilPoll = this.state.polls + 1;
    this.arm();
  }

  /** Lets the chosen CPU run until it pauses or its slice ends. */
  private turn(): void {
    for (;;) {
      const why = this.vectors.go();
      if (this.state.midTurn) return;
      this.keepFrames();
      if (why !== YIELD_SWITCH) return;
      this.reg[R_EIP] = this.cpu.nextEip;
    }
  }

  /**
   * A suspended function has stored a local into its frame. Where run() returned in the middle of a turn it would not have done so but
   * for the host: while the machine stands the words are in memory for whoever looks, while it runs memory is as it would be without.
   * @param word what was there before
   */
  overwritten(va: number, word: number): void {
    const { lent } = this.state;
    const i = lent.findIndex((l) => l.va === va);
    if (i >= 0) lent.splice(i, 1);
    lent.push({ va, word, shown: true });
  }

  /** The word of a frame, for the function that goes on. */
  reloaded(va: number): number {
    const { state, reg } = this;
    const i = state.lent.findIndex((l) => l.va === va);
    if (i < 0) return this.loadWord(va);
    const [{ word }] = state.lent.splice(i, 1) as [Lent];
    if (state.lent.length === 0) reg[R_UNDO] = 0;
    return word;
  }

  /** Puts the words of frames into memory where somebody may look at them, or takes them out again. */
  private showFrames(shown: boolean): void {
    for (const l of this.state.lent) {
      if (l.shown === shown) continue;
      const other = this.loadWord(l.va);
      this.storeWords(l.va, 0, [l.word]);
      l.word = other;
      l.shown = shown;
    }
  }

  /** The context waits by itself: its frames would have been stored in any case. */
  private keepFrames(): void {
    this.showFrames(true);
    this.state.lent.length = 0;
    this.reg[R_UNDO] = 0;
    // Handlers that stood at a step and then waited are not nested in anything any more.
    this.cpu.nested = 0;
  }

  /** The running CPU goes on with context `id` on that stack and at that text address, once the kernel waits. */
  contextSwitch(id: number, esp: number, ebp: number, eip: number): void {
    const { cpu, reg } = this;
    cpu.context = id | 0;
    cpu.nextEip = eip;
    reg[R_ESP] = esp;
    reg[R_EBP] = ebp;
  }

  /**
   * The running context has come to a text address within no function: it begins there, or returns from a trap.
   * @param result of the function that has returned there
   * @returns the result for where it goes on, at REG[R_EIP]
   */
  leave(result: unknown): unknown {
    const { reg, vectors } = this;
    const eip = reg[R_EIP]!;
    if (eip === vectors.calltrap) return this.returnFromTrap();
    if (eip === 0) {
      // The end of fork_trampoline: below the frame lies the place of a return address.
      reg[R_ESP] = reg[R_ESP]! + 4;
      return this.returnToUser();
    }
    const entered = vectors.enter(eip);
    if (entered === undefined)
      vectors.panic(`resumed at 0x${(eip >>> 0).toString(16)}, which is no place to go on`);
    if (reg[R_WAIT] === 0) reg[R_EIP] = 0;
    return entered;
  }

  private returnFromTrap(): unknown {
    const frame = this.reg[R_ESP]!;
    const layout = this.vectors.frame;
    if ((this.loadWord(frame + layout.cs) & SEL_RPL) !== 0) return this.returnToUser();
    return this.vectors.resumable(this.loadWord(frame + layout.eip))
      ? this.retry(frame)
      : this.returnFromTrapCall(frame);
  }

  /** A page fault in the checked form is over: the access is tried again. */
  private retry(frame: number): undefined {
    const { reg } = this;
    const layout = this.vectors.frame;
    reg[R_EIP] = this.loadWord(frame + layout.eip);
    const nested = this.cpu.nested > 0;
    if (nested) this.cpu.nested--;
    this.popKernelFrame((frame + layout.kernelBytes) | 0);
    // As kernelTrap() does it: the handler stood at a step, but never waited.
    if (nested) this.arm();
  }

  private returnToUser(): undefined {
    this.vectors.user.resume(this.reg[R_ESP]!);
  }

  /**
   * A page fault of the running process in copyin and the like, which may sleep (i386/support.ts): a routine in the text, called with its
   * arguments and its return address on the stack, below which it pushes the frame of the trap.
   * @returns 0, or 1 if the handler resumed elsewhere; nothing that means something if it has to wait
   */
  trapCall(trapno: number, error: number, va: number, eip: number, returnAddress: number): number {
    const { reg } = this;
    const esp = (reg[R_ESP]! - TRAP_CALL_BYTES) | 0;
    this.storeWords(esp, eip, [returnAddress, trapno, error, va, eip]);
    reg[R_ESP] = esp;
    this.cpu.cr2 = va;
    this.pushKernelFrame(trapno, error, eip);
    this.disableInterrupts();
    return this.vectors.trap() ? 0 : this.returnFromTrapCall(reg[R_ESP]!);
  }

  /** The end of that routine, from its trap frame on. */
  private returnFromTrapCall(frame: number): number {
    const { reg } = this;
    const layout = this.vectors.frame;
    const resumed = this.loadWord(frame + layout.eip);
    const esp = (frame + layout.kernelBytes) | 0;
    this.popKernelFrame(esp);
    reg[R_EIP] = this.loadWord(esp);
    reg[R_ESP] = (esp + TRAP_CALL_BYTES) | 0;
    return resumed === this.loadWord(esp + 16) ? 0 : 1;
  }

  private chooseCpu(): void {
    this.sync();
    if (this.cpus.length > 1) this.activate(this.earliestCpu());
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
      : SLICE_MIN_NS + this.decisions.draw('slice', SLICE_SPREAD_NS);
    cpu.sliceEndNs = cpu.timeNs + slice;
    this.arm();
  }

  /** Do all other CPUs wait for an interrupt? Then nobody has to catch up until one of them gets it: see raise(). */
  private isAlone(cpu: Cpu): boolean {
    for (const other of this.cpus)
      if (other !== cpu && !other.parked && (!other.halted || this.deliverable(other))) return false;
    return true;
  }

  /** The CPU that is furthest behind; halted ones with nothing pending stand at the time of the next event. */
  private earliestCpu(): Cpu {
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
    old.savedRegisters.set(this.reg);
    old.savedTlb = this.mmu.save();
    this.cpu = cpu;
    this.reg.set(cpu.savedRegisters);
    this.reg[R_CYCLES] = 0;
    this.mmu.restore(cpu.savedTlb);
  }

  private deliverable(cpu: Cpu): boolean {
    return (cpu.pending & ~this.state.irqMasked) !== 0;
  }

  private clockTick(): void {
    this.raise(IRQ_CLOCK, 0);
    // Whole periods after the first one, however late this one ran.
    this.state.nextTickNs += CLOCK_PERIOD_NS;
    this.events.schedule(this.state.nextTickNs, 'clock');
  }

  /** A frame of other people's traffic: an interrupt at a time that has nothing to do with what the kernel does. */
  private packet(): void {
    this.raise(IRQ_NET, 0);
    this.schedulePacket();
  }

  private schedulePacket(): void {
    // Evenly up to twice the mean: the library's logarithm may differ from host to host in the last bit.
    const mean = NS_PER_SECOND / this.options.packetsPerSecond!;
    this.events.schedule(this.now() + 1 + this.decisions.draw('packet', Math.ceil(2 * mean)), 'packet');
  }

  /** Raises an interrupt line at a CPU. */
  raise(irq: number, cpuId: number): void {
    const target = this.cpus[cpuId]!;
    target.pending |= 1 << irq;
    this.wake(target);
    this.arm();
  }

  /** If a CPU that has halted can go on now: it does so now, not in the past where it halted, and the running one is not alone any more. */
  private wake(target: Cpu): void {
    if (target === this.cpu || !target.halted || !this.deliverable(target)) return;
    const now = this.now();
    target.timeNs = Math.max(target.timeNs, now);
    this.cpu.sliceEndNs = Math.min(this.cpu.sliceEndNs, now + SLICE_MIN_NS);
  }

  /** Moves the cycles counted in REG into the CPU's time. */
  private sync(): void {
    this.cpu.timeNs += this.reg[R_CYCLES]!;
    this.reg[R_CYCLES] = 0;
    this.state.keptDeadline = -1;
  }

  /** Computes when the running CPU has to poll for interrupts next. */
  private arm(): void {
    const { cpu, reg } = this;
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

  // ---- faults -----------------------------------------------------------------------------------------------

  /**
   * A supervisor read missed the TLB. Returns the page's physical address, after the kernel dealt with a fault; -1 if it waits there, in
   * the checked form: the access is tried again when it is gone on with.
   */
  readMiss(va: number, site: number): number {
    for (;;) {
      const pa = this.mmu.walk(va, false, false);
      if (pa >= 0) {
        this.mmu.fill(va, pa, false, false);
        return pa;
      }
      if (this.kernelPageFault(va, site)) return -1;
    }
  }

  /** A supervisor write missed the TLB. */
  writeMiss(va: number, site: number): number {
    const warm = this.mmu.warm(va, false);
    if (warm >= 0) return warm;
    for (;;) {
      const pa = this.mmu.walk(va, true, false);
      if (pa >= 0) {
        this.mmu.fill(va, pa, true, false);
        return pa;
      }
      if (this.kernelPageFault(va, site)) return -1;
    }
  }

  private kernelPageFault(va: number, site: number): boolean {
    this.cpu.cr2 = va;
    this.reg[R_EAX] = (va - this.vectors.displacement(site)) | 0;
    return this.kernelTrap(this.vectors.frame.traps.pageFault, this.mmu.error, site);
  }

  /**
   * A trap in a kernel function: the handler runs on the same kernel stack, inside the access. True if it waits; in the fast form it cannot,
   * because the functions on the host's stack cannot be put aside.
   */
  kernelTrap(trapno: number, errorCode: number, eip: number): boolean {
    const { cpu, reg } = this;
    this.state.nestedFaults++;
    const esp = reg[R_ESP]!;
    this.pushKernelFrame(trapno, errorCode, eip);
    cpu.nested++;
    this.disableInterrupts();
    const resumable = this.vectors.resumable(eip);
    if (!resumable) this.steps.holdBack(true);
    const waits = this.vectors.trap();
    if (!resumable) this.steps.holdBack(false);
    if (waits) {
      if (resumable) {
        // To stand is not to wait: it stays nested.
        if (reg[R_WAIT] !== YIELD_STEP) cpu.nested--;
        return true;
      }
      reg[R_WAIT] = 0;
      this.vectors.panic(`page fault at ${(eip >>> 0).toString(16)} would sleep in a function that may not`);
    }
    cpu.nested--;
    this.popKernelFrame(esp);
    this.arm();
    return false;
  }

  /** Pushes a kernel-mode trap frame: what the processor pushes, then what the kernel's entry code does. */
  pushKernelFrame(trapno: number, errorCode: number, eip: number): number {
    const { reg } = this;
    const layout = this.vectors.frame;
    const { kernelCode, kernelData, kernelPrivate } = layout.selectors;
    const frame = (reg[R_ESP]! - layout.kernelBytes) | 0;
    this.state.entries++;
    const words = frameWords(layout, layout.kernelBytes, {
      fs: kernelPrivate,
      es: kernelData,
      ds: kernelData,
      edi: reg[R_EDI]!,
      esi: reg[R_ESI]!,
      ebp: reg[R_EBP]!,
      // pusha comes after trapno and what lies behind it.
      isp: frame + layout.trapno,
      ebx: reg[R_EBX]!,
      edx: reg[R_EDX]!,
      ecx: reg[R_ECX]!,
      eax: reg[R_EAX]!,
      trapno,
      err: errorCode,
      eip,
      cs: kernelCode,
      // So that the instruction can be tried again; a breakpoint lies behind us.
      eflags: this.eflags() | (trapno === layout.traps.breakpoint ? 0 : EFL_RF),
    });
    this.storeWords(frame, eip, words);
    reg[R_ESP] = frame;
    return frame;
  }

  /** Takes the registers back from the kernel-mode frame below `esp`. */
  popKernelFrame(esp: number): void {
    const { reg } = this;
    const layout = this.vectors.frame;
    const frame = (esp - layout.kernelBytes) | 0;
    reg[R_EDI] = this.loadWord(frame + layout.edi);
    reg[R_ESI] = this.loadWord(frame + layout.esi);
    reg[R_EBP] = this.loadWord(frame + layout.ebp);
    reg[R_EBX] = this.loadWord(frame + layout.ebx);
    reg[R_EDX] = this.loadWord(frame + layout.edx);
    reg[R_ECX] = this.loadWord(frame + layout.ecx);
    reg[R_EAX] = this.loadWord(frame + layout.eax);
    reg[R_ESP] = esp;
  }

  eflags(): number {
    return EFL_FIXED | (this.cpu.interruptsEnabled ? EFL_IF : 0);
  }

  /** Stores words on a kernel stack; running off the stack is a double fault, as there is nowhere to push a frame. */
  storeWords(va: number, eip: number, words: number[]): void {
    const { mmu, ram, reg } = this;
    for (let i = 0; i < words.length; i++) {
      const at = (va + 4 * i) | 0;
      let page = mmu.kw[at >>> 12]!;
      if (page < 0) page = mmu.warm(at, false);
      if (page < 0) {
        page = mmu.walk(at, true, false);
        if (page < 0) {
          this.cpu.cr2 = at;
          this.vectors.doubleFault(eip, reg[R_ESP]!, reg[R_EBP]!);
        }
        mmu.fill(at, page, true, false);
      }
      ram.i32[(page | (at & 4095)) >>> 2] = words[i]!;
    }
  }

  loadWord(va: number): number {
    let page = this.mmu.kr[va >>> 12]!;
    if (page < 0) page = this.readMiss(va, 0);
    return this.ram.i32[(page | (va & 4095)) >>> 2]!;
  }

  // ---- interrupt flag and lines --------------------------------------------------------------------------------

  disableInterrupts(): number {
    const { cpu, reg } = this;
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
    if (enabled && this.decisions.preempts(this.cpu.context)) {
      this.raise(IRQ_RESCHED, this.cpu.id);
    } else if (enabled && this.state.keptDeadline >= 0) {
      this.reg[R_DEADLINE] = this.state.keptDeadline;
      this.state.keptDeadline = -1;
    } else {
      this.arm();
    }
  }

  // ---- decisions and observers -------------------------------------------------------------------------------

  /** The running context may lose the processor to an interrupt before it does something with `object`: does one come? */
  point(object: number): boolean {
    if (!this.decisions.preempts(this.cpu.context, object | 0)) return false;
    this.raise(IRQ_RESCHED, this.cpu.id);
    return true;
  }

  /** The kernel is about to choose whom to run. False: by its own rule; true: it names the candidates and asks chosen(). */
  choosesContext(): boolean {
    this.candidates.length = 0;
    return this.decisions.decidesRun();
  }

  /** Somebody who could run, in the kernel's own order. */
  addCandidate(context: number): void {
    this.candidates.push(context | 0);
  }

  /** The candidate that is to run; 0 for none of them. */
  chosen(): number {
    const { candidates } = this;
    return candidates[this.decisions.choose('run', candidates.length + 1, 0, candidates)] ?? 0;
  }

  /** The kernel tells of something that the running context does. */
  happened(kind: number, object: number, arg: number): void {
    for (const observer of this.observers) observer.happened?.(kind, object | 0, arg | 0, this.view);
    this.state.happenings++;
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

  /** Is the running CPU to give the others their turn? To stop at a poll is to do so without an end of the turn. */
  sliceExpired(): boolean {
    const expired = this.now() >= this.cpu.sliceEndNs;
    if (expired || this.state.polls < this.untilPoll) return expired;
    this.state.midTurn = true;
    this.reg[R_UNDO] = 1;
    return true;
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

  /** Drops one page (or all, with a page number of -1) from the TLBs of other CPUs, as their IPI handlers would. */
  broadcastInvalidate(mask: number, va: number): void {
    for (const cpu of this.cpus) {
      if (cpu === this.cpu || (mask & (1 << cpu.id)) === 0) continue;
      if (va === -1) cpu.savedTlb = emptyTlb(cpu.savedTlb.cr3);
      else dropFrom(cpu.savedTlb, va);
    }
  }

  halt(): void {
    this.cpu.halted = true;
  }

  /** Polled disk operation: virtual time jumps to the command's end. */
  pollDisk(ms: number): number {
    this.sync();
    const limit = this.cpu.timeNs + ms * 1_000_000;
    while (this.disk.doneAt >= 0 && this.disk.doneAt <= limit) {
      this.cpu.timeNs = Math.max(this.cpu.timeNs, this.events.nextAt);
      this.events.runDue(this.cpu.timeNs);
    }
    this.arm();
    return this.disk.doneAt >= 0 ? -1 : 0;
  }

  get pcpu(): number {
    return this.reg[R_PCPU]!;
  }
}

/** The machine as an observer may see it. */
function machineView(machine: Machine): MachineView {
  return {
    get nowNs() {
      return machine.now();
    },
    get context() {
      return machine.cpu.context;
    },
    get cpuId() {
      return machine.cpu.id;
    },
    get happenings() {
      return machine.happenings;
    },
  };
}
