import { AtaDisk, type AtaRecord } from './ata.js';
import { Console, type ConsoleState } from './console.js';
import {
  IRQ_ATA,
  IRQ_CONSOLE,
  IRQ_RESCHED,
  R_EIP,
  R_ESP,
  R_EBP,
  R_BEGIN,
  R_PCPU,
  R_UNDO,
  R_WAIT,
  REG_COUNT,
  WAIT_INTERRUPT,
  YIELD_PAUSE,
  YIELD_STEP,
  YIELD_SWITCH,
} from './constants.js';
import type { Cpu } from './cpu.js';
import { Decisions, type DecisionsState } from './decisions.js';
import { LentFrames } from './lent.js';
import { type Page, PhysicalMemory } from './memory.js';
import { Mmu } from './mmu.js';
import type { DiskTransfer, MachineView, Observer } from './observer.js';
import { Processors, type ProcessorsRecord } from './processors.js';
import { copyState } from './state.js';
import { Steps } from './steps.js';
import { MachineStop, type StopWhy } from './stop.js';
import type { StoreWatch } from './stores.js';
import { Traps } from './traps.js';
import type { Vectors } from './vectors.js';

/** A CPU that waits for another one lets it run for so long before it looks again, ns. */
const SPIN_NS = 1_000;

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

/** What the machine keeps besides its parts. Plain data. */
interface BoardState {
  /** run() returned at a poll or a step: the running CPU's turn goes on */
  midTurn: boolean;
  /** What identifies the program of which that was a step; null: none */
  program: readonly [first: number, second: number] | null;
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

/**
 * All devices and processors as plain data, to be given to restoreDevices(). RAM, the running CPU's TLB and
 * user modes are not in it.
 */
export interface DevicesRecord {
  board: BoardState;
  processors: ProcessorsRecord;
  /** Register file of the CPU that runs */
  reg: Int32Array;
  traps: ReturnType<Traps['save']>;
  lent: ReturnType<LentFrames['save']>;
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
 * The computer: RAM, processors, interrupt controller, clock, disk, console, and the loop that runs them all
 * in virtual time. One number (the seed) decides everything that hardware leaves to chance.
 */
export class Machine {
  readonly ram: PhysicalMemory;
  readonly mmu: Mmu;
  // A buffer of its own keeps the array out of the host's heap, where V8 moves small ones and cannot take
  // their address for a constant.
  readonly reg = new Int32Array(new ArrayBuffer(4 * REG_COUNT));
  readonly console = new Console();
  readonly disk: AtaDisk;
  /** What is left to chance or to a strategy. */
  readonly decisions: Decisions;
  readonly processors: Processors;
  readonly traps: Traps;
  /** Of a kernel in its checked form. */
  readonly steps = new Steps();
  /** Words of frames that are in memory only while the machine stands. */
  readonly lent: LentFrames;
  vectors!: Vectors;

  private state: BoardState = { midTurn: false, program: null, happenings: 0, ended: null };
  private readonly observers: Observer[] = [];
  /** Candidates for the decision of who runs next, while the kernel names them. */
  private readonly candidates: number[] = [];
  private readonly view: MachineView;

  constructor(private given: MachineOptions) {
    const options = given;
    const { ncpu, pcpuAddresses, seed, packetsPerSecond = 0, diskErrorRate = 0 } = options;
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed ${seed} is not from 0 to 2^53 - 1`);
    if (!(diskErrorRate >= 0 && diskErrorRate <= 1))
      throw new RangeError(`disk error rate ${diskErrorRate} is not from 0 to 1`);
    this.ram = new PhysicalMemory(options.ramBytes, options.buffer);
    this.mmu = new Mmu(this.ram);
    this.decisions = new Decisions(seed);
    this.decisions.onChoice = (decision, choice) => {
      for (const observer of this.observers) observer.decided?.(decision, choice, this.view);
    };
    const { reg, mmu, decisions } = this;
    const diskDone = (): void => this.disk.complete();
    this.processors = new Processors(ncpu, {
      reg,
      mmu,
      decisions,
      packetsPerSecond,
      pcpuAddresses,
      diskDone,
    });
    this.traps = new Traps(this);
    this.lent = new LentFrames(reg, this.traps);
    const host = {
      ram: this.ram,
      decisions,
      now: () => this.now(),
      completeAt: (time: number) => this.processors.at(time, 'disk'),
      interrupt: () => this.processors.raise(IRQ_ATA, 0),
      tell: (transfer: DiskTransfer) => {
        for (const observer of this.observers) observer.disk?.(transfer, this.view);
      },
    };
    this.disk = new AtaDisk(options.diskSectors, host, diskErrorRate);
    this.view = machineView(this);
  }

  get options(): Readonly<MachineOptions> {
    return this.given;
  }

  /**
   * Makes it the machine that it was before it was first switched on, but with another seed; whoever looked
   * on, or decided, does so no more. The host compiles code that is bound to a machine for its arrays, as it
   * runs: on another machine all of that would have to begin again.
   */
  renew(seed: number): void {
    const options = { ...this.given, seed };
    const fresh = new Machine({ ...options, buffer: this.ram.u8.buffer });
    this.given = options;
    this.observers.length = 0;
    this.decisions.decider = null;
    this.console.forget();
    this.steps.askNobody();
    this.ram.clear();
    this.restoreDevices(fresh.saveDevices());
    this.mmu.recall(fresh.mmu.snapshot());
  }

  /** The processor that runs. */
  get cpu(): Cpu {
    return this.processors.cpu;
  }

  get cpus(): readonly Cpu[] {
    return this.processors.cpus;
  }

  get step(): Step {
    const { decisions, processors, traps } = this;
    return { entries: traps.entries, polls: processors.polls, decisions: decisions.total };
  }

  /** Number of things that observers were told. */
  get happenings(): number {
    return this.state.happenings;
  }

  /**
   * Has `observer` told of what happens. What the kernel tells it tells only if it is asked to
   * (System.observe).
   */
  observe(observer: Observer): void {
    this.observers.push(observer);
  }

  /** No more of it. */
  unobserve(observer: Observer): void {
    const at = this.observers.indexOf(observer);
    if (at >= 0) this.observers.splice(at, 1);
  }

  /** Has `watch` told of stores to the pages that it names, from now on; null: nobody. */
  watchStores(watch: StoreWatch | null): void {
    this.ram.watch = watch;
    if (watch !== null) this.mmu.cool();
  }

  /**
   * The whole machine as it is now. What this one and an earlier one of the same run have alike they share.
   * To be called between two calls of run(), and not after the machine has stopped inside a function of the
   * kernel.
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

  /**
   * Devices and processors as they are now. The record shares the disk's contents, which are copied when they
   * are written.
   */
  saveDevices(): DevicesRecord {
    return {
      board: copyState(this.state),
      processors: this.processors.save(),
      reg: this.reg.slice(),
      traps: this.traps.save(),
      lent: this.lent.save(),
      decisions: this.decisions.save(),
      steps: this.steps.save(),
      console: this.console.save(),
      disk: this.disk.save(),
    };
  }

  /**
   * Puts devices and processors back to what saveDevices() gave, of this machine or of one with the same
   * options.
   */
  restoreDevices(record: DevicesRecord): void {
    const { cpus } = record.processors;
    if (cpus.length !== this.cpus.length)
      throw new RangeError(`a machine of ${cpus.length} CPUs does not fit one of ${this.cpus.length}`);
    this.state = copyState(record.board);
    this.processors.restore(record.processors);
    this.reg.set(record.reg);
    this.traps.restore(record.traps);
    this.lent.restore(record.lent);
    this.decisions.restore(record.decisions);
    this.steps.restore(record.steps);
    this.console.restore(record.console);
    this.disk.restore(record.disk);
  }

  /** Virtual time on the running CPU, ns since power-on. */
  now(): number {
    return this.processors.now();
  }

  /** Queues console input. @throws RangeError if that is no text */
  type(text: string): void {
    if (typeof text !== 'string') throw new RangeError(`type: text ${shown(text)}: accepted: a string`);
    this.console.type(text);
    this.processors.raise(IRQ_CONSOLE, 0);
  }

  /**
   * Runs until the machine stops, or until virtual time passes `untilNs` on the running CPU, or it has polled
   * for interrupts `untilPoll` times in all. Between two calls nothing of the machine is on the host's stack:
   * save() takes it as it is.
   * @returns why it stopped, or 'time'; 'step' if it stands at a poll, or at a step where a Stepper wanted it
   * to. In the checked form a machine that stopped for a panic or the debugger stands as well, and goes on as
   * the kernel does if its debugger is left.
   * @throws RangeError if a bound is no number from 0 on
   */
  run(untilNs = Number.POSITIVE_INFINITY, untilPoll = Number.POSITIVE_INFINITY): StopWhy | 'time' | 'step' {
    checkBound('untilNs', untilNs, ', ns since power-on');
    checkBound('untilPoll', untilPoll, '');
    if (this.state.ended !== null) return this.state.ended;
    const { processors } = this;
    processors.powerOn();
    processors.stopAfter(untilPoll);
    this.steps.begin();
    this.steps.decideAt(this.decisions.nextStall);
    this.lent.show(false);
    try {
      while (this.state.midTurn || this.now() < untilNs) {
        if (!this.state.midTurn) processors.choose();
        this.state.midTurn = false;
        this.turn();
        if (this.state.midTurn) return this.standing();
        if (processors.mayStop) return 'step';
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
    this.lent.show(true);
    const why = this.steps.takeWhy();
    if (why !== 'step') this.console.flush();
    return why;
  }

  /**
   * Lowered code has come to a step that somebody waits for (see Steps.arrived). True: it leaves the host's
   * stack there.
   */
  arrivedAtStep(site: number, address: number, from: number, bytes: number): boolean {
    if (this.steps.takeSpin()) return this.stand(site, SPIN_NS);
    if (this.steps.decides) {
      const ns = this.stallBefore(site, address);
      if (ns > 0) return this.stand(site, ns);
    }
    if (!this.steps.arrived(site, address, from, bytes)) return false;
    const { reg } = this;
    reg[R_EIP] = site;
    reg[R_WAIT] = YIELD_STEP;
    reg[R_UNDO] = 1;
    this.state.midTurn = true;
    return true;
  }

  /** The same for the code of a program: it leaves the host's stack with its registers in UserPrograms. */
  programAtStep(site: number, address: number, from: number, bytes: number): boolean {
    const { cpu, decisions, reg, steps } = this;
    let ns = steps.takeSpin() ? SPIN_NS : 0;
    if (steps.decides) {
      ns = decisions.stall(steps.number, [cpu.context, site, address]);
      steps.decideAt(decisions.nextStall);
    }
    if (ns > 0) {
      steps.putOff();
      this.processors.stallInProgram(ns);
    } else if (!steps.arrived(site, address, from, bytes, true)) return false;
    else {
      this.state.midTurn = true;
      this.state.program = [...this.vectors.user.running];
    }
    reg[R_EIP] = site;
    reg[R_WAIT] = ns > 0 ? WAIT_INTERRUPT : YIELD_STEP;
    return true;
  }

  /** What identifies the program at a step of which the machine stands, in user mode; null: it does not. */
  get program(): readonly [first: number, second: number] | null {
    return this.state.program;
  }

  takeProgram(): readonly [first: number, second: number] | null {
    const { program } = this.state;
    this.state.program = null;
    return program;
  }

  /** For how long is the running CPU to stand before the step that it has come to? ns */
  private stallBefore(site: number, address: number): number {
    const { cpu, decisions, reg, steps, vectors } = this;
    const may = steps.canBeLeft && vectors.divisible(site, reg[R_EBP]!);
    const ns = may
      ? decisions.stall(steps.number, [cpu.context, site, address])
      : decisions.passStall(steps.number);
    steps.decideAt(decisions.nextStall);
    return ns;
  }

  /**
   * The running CPU stands before the step that it has come to, for `ns`: its context waits there as if it
   * had paused, and the step is taken when the CPU's turn comes again.
   */
  private stand(site: number, ns: number): true {
    const { reg } = this;
    this.steps.putOff();
    this.processors.stall(ns);
    reg[R_EIP] = site;
    reg[R_WAIT] = YIELD_PAUSE;
    return true;
  }

  /**
   * The running CPU waits for a word that another one is to change. True: the others run before its next
   * step.
   */
  spinWait(): boolean {
    const { cpus, steps } = this;
    if (cpus.length === 1 || steps.number === 0 || !steps.canBeLeft) return false;
    steps.leaveAtNext();
    return true;
  }

  /** The kernel stops the machine. Where it can be gone on with it stands at the next step instead. */
  stop(why: 'panic' | 'debugger'): void {
    if (!this.steps.stopAtNext(why)) throw new MachineStop(why);
  }

  /**
   * Has run() return 'step' as soon as the running CPU can poll for interrupts. To be called while it runs,
   * by an observer. Unlike where run() is told to stop, this shows: there is one poll more.
   */
  stopSoon(): void {
    this.processors.stopSoon();
  }

  /** Lets the chosen CPU run until it pauses or its slice ends. */
  private turn(): void {
    let why = this.cpu.stalled ? this.afterStall() : this.vectors.go();
    for (;;) {
      if (this.state.midTurn) return;
      // The context waits by itself. Handlers that stood at a step and then waited are not nested in anything
      // any more.
      this.lent.keep();
      this.cpu.nested = 0;
      if (why !== YIELD_SWITCH) return;
      this.reg[R_EIP] = this.cpu.nextEip;
      why = this.vectors.go();
    }
  }

  /**
   * The running CPU goes on at the step before which it stood, as Vectors.go does. An interrupt that has come
   * meanwhile comes in first; at the beginning of a function, where there is no frame yet, it has to wait for
   * the next poll.
   */
  private afterStall(): number {
    const { processors, reg, vectors } = this;
    if (processors.afterStall() && reg[R_BEGIN] === 0 && vectors.interruptKernel(reg[R_EIP]!)) {
      const why = reg[R_WAIT]!;
      reg[R_WAIT] = 0;
      return why;
    }
    return vectors.go();
  }

  /**
   * The running CPU goes on with context `id` on that stack and at that text address, once the kernel waits.
   */
  contextSwitch(id: number, esp: number, ebp: number, eip: number): void {
    const { cpu, reg } = this;
    cpu.context = id | 0;
    cpu.nextEip = eip;
    reg[R_ESP] = esp;
    reg[R_EBP] = ebp;
  }

  /**
   * Is the running CPU to give the others their turn? To stop at a poll is to do so without an end of the
   * turn.
   */
  sliceExpired(): boolean {
    const { processors } = this;
    const over = processors.turnIsOver();
    if (over || !processors.mayStop) return over;
    this.state.midTurn = true;
    this.reg[R_UNDO] = 1;
    return true;
  }

  // ---- decisions and observers
  // -------------------------------------------------------------------------------

  /**
   * The running context may lose the processor to an interrupt before it does something with `object`: does
   * one come?
   */
  point(object: number): boolean {
    if (!this.decisions.preempts(this.cpu.context, object | 0)) return false;
    this.processors.raise(IRQ_RESCHED, this.cpu.id);
    return true;
  }

  /**
   * The kernel is about to choose whom to run. False: by its own rule; true: it names the candidates and asks
   * chosen().
   */
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

  /** Polled disk operation: virtual time jumps to the command's end. */
  pollDisk(ms: number): number {
    const { disk } = this;
    this.processors.jump(ms * 1_000_000, (limitNs) => disk.doneAt >= 0 && disk.doneAt <= limitNs);
    return disk.doneAt >= 0 ? -1 : 0;
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

/** Of a run; not every caller has a compiler that looks. */
function checkBound(name: string, value: number, unit: string): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new RangeError(`run: ${name} ${shown(value)}: accepted: a number from 0 on${unit}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? '(an object)' : String(value);
}
