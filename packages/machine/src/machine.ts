import { AtaDisk } from './ata.js';
import { Console } from './console.js';
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
  R_WAIT,
  REG_COUNT,
  SEL_KCODE,
  SEL_KDATA,
  SEL_KPRIV,
  YIELD_SWITCH,
} from './constants.js';
import { Cpu } from './cpu.js';
import { EventQueue } from './events.js';
import { PhysicalMemory } from './memory.js';
import { Mmu } from './mmu.js';
import { Prng } from './prng.js';
import { InternalError, MachineStop } from './stop.js';
import { EVENT_ACQUIRED, EVENT_RELEASED, type ScheduleStrategy } from './strategy.js';

/** Where the processor enters the kernel; the loader fills this in from the kernel image. */
export interface Vectors {
  /** Goes on at REG[R_EIP] until the context waits; returns YIELD_SWITCH or YIELD_PAUSE. */
  go(): number;
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
  /** A new process's user mode: what runs there once the kernel returns to it. */
  startUser(): UserMode;
  /** Displacement in the memory operand of the instruction at a text address. */
  displacement(site: number): number;
  /** Panics in the simulated kernel, from host code that has found an impossible state. */
  panic(message: string): never;
}

/** User mode of a process. */
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
  /** Where the RAM lives; a new buffer by default */
  buffer?: ArrayBufferLike;
}

/** Bytes of a trap frame from kernel mode, and offsets in it; the requested privilege level of a selector. */
const KERNEL_FRAME_BYTES = 64;
const TF_EIP = 0x34;
const TF_CS = 0x38;
const SEL_RPL = 3;
/** What trapCall has on the stack above its frame: return address and four arguments. */
const TRAP_CALL_BYTES = 20;

const CLOCK_PERIOD_NS = NS_PER_SECOND / 100;
/** Alone, a CPU goes back to the host loop this often; it is no event of the simulation. */
const SLICE_ALONE_NS = 10_000_000;
/** With others, it runs this long before the others catch up: at least, and at most this much more. */
const SLICE_MIN_NS = 1_000;
const SLICE_SPREAD_NS = 9_000;

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
  readonly random: Prng;
  readonly cpus: Cpu[];
  cpu: Cpu;
  vectors!: Vectors;
  /** Who is kept waiting although it could run; nobody without one. */
  strategy: ScheduleStrategy | undefined;
  /** Times that a page fault was taken in a plain kernel function. */
  nestedFaults = 0;
  /** What the first process said its status was before it halted the machine (semihosting). */
  exitStatus: number | undefined;

  private readonly events = new EventQueue();
  private readonly users = new Map<number, UserMode>();
  private irqMasked = 0;
  /** The deadline as it was when interrupts went off, while nothing has happened that would change it; else -1. */
  private keptDeadline = -1;

  constructor(readonly options: MachineOptions) {
    const { ncpu, seed } = options;
    if (!Number.isInteger(ncpu) || ncpu < 1 || ncpu > 8)
      throw new RangeError(`ncpu ${ncpu} is not from 1 to 8`);
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed ${seed} is not from 0 to 2^53 - 1`);
    this.ram = new PhysicalMemory(options.ramBytes, options.buffer);
    this.mmu = new Mmu(this.ram);
    this.random = new Prng(seed);
    this.cpus = Array.from({ length: ncpu }, (_, i) => new Cpu(i, options.pcpuAddresses[i]!));
    for (const cpu of this.cpus) cpu.parked = cpu.id !== 0;
    this.cpu = this.cpus[0]!;
    this.reg.set(this.cpu.savedRegisters);
    this.disk = new AtaDisk(options.diskSectors, {
      ram: this.ram,
      random: this.random,
      now: () => this.now(),
      at: (time, run) => this.at(time, run),
      interrupt: () => this.raise(IRQ_ATA, 0),
    });
    this.at(this.random.below(CLOCK_PERIOD_NS), () => this.clockTick());
    if ((options.packetsPerSecond ?? 0) > 0) this.schedulePacket();
  }

  /** Virtual time on the running CPU, ns since power-on. */
  now(): number {
    return this.cpu.timeNs + this.reg[R_CYCLES]!;
  }

  /** Has `run` called once virtual time reaches `time`. */
  at(time: number, run: () => void): void {
    this.events.schedule(time, run);
    this.arm();
  }

  /** Queues console input. */
  type(text: string): void {
    this.console.type(text);
    this.raise(IRQ_CONSOLE, 0);
  }

  /** The kernel has no more use for this context. */
  forgetContext(id: number): void {
    this.users.delete(id | 0);
  }

  /** Lets an application processor begin with context `id` at a text address on a stack, with CR3. */
  startCpu(cpuId: number, id: number, eip: number, esp: number, cr3: number): void {
    const cpu = this.cpus[cpuId]!;
    cpu.parked = false;
    cpu.context = id | 0;
    cpu.timeNs = this.now();
    cpu.savedRegisters[R_EIP] = eip;
    cpu.savedRegisters[R_ESP] = esp;
    cpu.savedTlb = { cr3, entries: [], dropped: new Set() };
  }

  /**
   * Runs until the machine stops, or until virtual time passes `untilNs` on the running CPU.
   * @returns why it stopped, or 'time'
   */
  run(untilNs = Number.POSITIVE_INFINITY): MachineStop['why'] | 'time' {
    try {
      while (this.now() < untilNs) {
        this.chooseCpu();
        this.turn();
      }
      return 'time';
    } catch (error) {
      if (!(error instanceof MachineStop)) throw error;
      this.console.flush();
      return error.why;
    }
  }

  /** Lets the chosen CPU run until it pauses or its slice ends. */
  private turn(): void {
    while (this.vectors.go() === YIELD_SWITCH) this.reg[R_EIP] = this.cpu.nextEip;
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
    if (eip === vectors.calltrap) return this.returnFromTrap(result);
    if (eip === 0) {
      // The end of fork_trampoline: below the frame lies the place of a return address.
      reg[R_ESP] = reg[R_ESP]! + 4;
      return this.returnToUser();
    }
    const entered = vectors.enter(eip);
    if (entered === undefined) vectors.panic(`resumed at 0x${(eip >>> 0).toString(16)}, which is no place to go on`);
    if (reg[R_WAIT] === 0) reg[R_EIP] = 0;
    return entered;
  }

  private returnFromTrap(result: unknown): unknown {
    const frame = this.reg[R_ESP]!;
    if ((this.loadWord(frame + TF_CS) & SEL_RPL) !== 0) return this.returnToUser();
    void result;
    return this.returnFromTrapCall(frame);
  }

  private returnToUser(): undefined {
    const { context } = this.cpu;
    let user = this.users.get(context);
    if (user === undefined) {
      user = this.vectors.startUser();
      this.users.set(context, user);
    }
    user.resume(this.reg[R_ESP]!);
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
    const resumed = this.loadWord(frame + TF_EIP);
    const esp = (frame + KERNEL_FRAME_BYTES) | 0;
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
    const slice = this.isAlone(cpu) ? SLICE_ALONE_NS : SLICE_MIN_NS + this.random.below(SLICE_SPREAD_NS);
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
    return (cpu.pending & ~this.irqMasked) !== 0;
  }

  private clockTick(): void {
    this.raise(IRQ_CLOCK, 0);
    this.events.schedule(this.tickAt(), () => this.clockTick());
  }

  /** A frame of other people's traffic: an interrupt at a time that has nothing to do with what the kernel does. */
  private schedulePacket(): void {
    // Evenly up to twice the mean: the library's logarithm may differ from host to host in the last bit.
    const mean = NS_PER_SECOND / this.options.packetsPerSecond!;
    this.events.schedule(this.now() + 1 + this.random.below(Math.ceil(2 * mean)), () => {
      this.raise(IRQ_NET, 0);
      this.schedulePacket();
    });
  }

  /** When the next tick is due: whole periods after the first, however late this one ran. */
  private tickAt(): number {
    this.nextTickNs = (this.nextTickNs === 0 ? this.now() : this.nextTickNs) + CLOCK_PERIOD_NS;
    return this.nextTickNs;
  }
  private nextTickNs = 0;

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
    this.keptDeadline = -1;
  }

  /** Computes when the running CPU has to poll for interrupts next. */
  private arm(): void {
    const { cpu, reg } = this;
    this.keptDeadline = -1;
    if (!cpu.interruptsEnabled || cpu.nested > 0) {
      reg[R_DEADLINE] = DEADLINE_NEVER;
    } else if (this.deliverable(cpu)) {
      reg[R_DEADLINE] = DEADLINE_NOW;
    } else {
      const due = Math.min(this.events.nextAt, cpu.sliceEndNs) - cpu.timeNs;
      reg[R_DEADLINE] = due > DEADLINE_NEVER ? DEADLINE_NEVER : due < 0 ? 0 : Math.ceil(due);
    }
  }

  // ---- faults -----------------------------------------------------------------------------------------------

  /** A supervisor read missed the TLB. Returns the page's physical address, after the kernel dealt with a fault. */
  readMiss(va: number, site: number): number {
    for (;;) {
      const pa = this.mmu.walk(va, false, false);
      if (pa >= 0) {
        this.mmu.fill(va, pa, false, false);
        return pa;
      }
      this.kernelPageFault(va, site);
    }
  }

  /** A supervisor write missed the TLB. */
  writeMiss(va: number, site: number): number {
    for (;;) {
      const pa = this.mmu.walk(va, true, false);
      if (pa >= 0) {
        this.mmu.fill(va, pa, true, false);
        return pa;
      }
      this.kernelPageFault(va, site);
    }
  }

  private kernelPageFault(va: number, site: number): void {
    this.cpu.cr2 = va;
    this.reg[R_EAX] = (va - this.vectors.displacement(site)) | 0;
    this.kernelTrap(12, this.mmu.error, site);
  }

  /**
   * A trap in a plain kernel function: the handler runs to its end on the same kernel stack, inside the access. It cannot
   * sleep there, because the host's stack cannot be put aside.
   */
  kernelTrap(trapno: number, errorCode: number, eip: number): void {
    const { cpu, reg } = this;
    this.nestedFaults++;
    const esp = reg[R_ESP]!;
    this.pushKernelFrame(trapno, errorCode, eip);
    cpu.nested++;
    this.disableInterrupts();
    if (this.vectors.trap()) {
      reg[R_WAIT] = 0;
      this.vectors.panic(`page fault at ${(eip >>> 0).toString(16)} would sleep in a function that may not`);
    }
    cpu.nested--;
    this.popKernelFrame(esp);
    this.arm();
  }

  /** Pushes a kernel-mode trap frame: what the processor pushes, then what alltraps pushes. */
  pushKernelFrame(trapno: number, errorCode: number, eip: number): number {
    const { reg } = this;
    const esp = reg[R_ESP]!;
    const frame = (esp - 64) | 0;
    this.storeWords(frame, eip, [
      SEL_KPRIV,
      SEL_KDATA,
      SEL_KDATA,
      reg[R_EDI]!,
      reg[R_ESI]!,
      reg[R_EBP]!,
      frame + 44,
      reg[R_EBX]!,
      reg[R_EDX]!,
      reg[R_ECX]!,
      reg[R_EAX]!,
      trapno,
      errorCode,
      eip,
      SEL_KCODE,
      this.eflags() | EFL_RF,
    ]);
    reg[R_ESP] = frame;
    return frame;
  }

  popKernelFrame(esp: number): void {
    const { reg } = this;
    const frame = (esp - 64) | 0;
    reg[R_EDI] = this.loadWord(frame + 0x0c);
    reg[R_ESI] = this.loadWord(frame + 0x10);
    reg[R_EBP] = this.loadWord(frame + 0x14);
    reg[R_EBX] = this.loadWord(frame + 0x1c);
    reg[R_EDX] = this.loadWord(frame + 0x20);
    reg[R_ECX] = this.loadWord(frame + 0x24);
    reg[R_EAX] = this.loadWord(frame + 0x28);
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
    if (cpu.nested === 0) this.keptDeadline = reg[R_DEADLINE]!;
    cpu.interruptsEnabled = false;
    reg[R_DEADLINE] = DEADLINE_NEVER;
    return EFL_FIXED | EFL_IF;
  }

  restoreInterrupts(eflags: number): void {
    const enabled = (eflags & EFL_IF) !== 0;
    if (enabled === this.cpu.interruptsEnabled) return;
    this.cpu.interruptsEnabled = enabled;
    // Somebody's interrupt, at which the kernel chooses again whom to run.
    if (enabled && this.strategy?.interruptsEnabled(this.cpu.context, this.now()) === true) {
      this.raise(IRQ_NET, 0);
    } else if (enabled && this.keptDeadline >= 0) {
      this.reg[R_DEADLINE] = this.keptDeadline;
      this.keptDeadline = -1;
    } else {
      this.arm();
    }
  }

  /** Is this context to be kept waiting? */
  held(context: number): boolean {
    return this.strategy?.isHeld(context | 0, this.now()) === true;
  }

  /** The kernel tells of something that the running context does. */
  event(kind: number, a: number, b: number): void {
    if (kind === EVENT_ACQUIRED) this.strategy?.acquired?.(this.cpu.context, a, b !== 0, this.now());
    else if (kind === EVENT_RELEASED) this.strategy?.released?.(this.cpu.context, a, b !== 0, this.now());
  }

  /** Takes the pending interrupt with the highest priority (lowest line; IPIs after the clock), or -1. */
  takeInterrupt(): number {
    this.sync();
    this.events.runDue(this.cpu.timeNs);
    const { cpu } = this;
    const ready = cpu.pending & ~this.irqMasked;
    let irq = -1;
    if (ready !== 0) {
      irq = 31 - Math.clz32(ready & -ready);
      cpu.pending &= ~(1 << irq);
    }
    this.arm();
    return irq;
  }

  sliceExpired(): boolean {
    return this.now() >= this.cpu.sliceEndNs;
  }

  maskIrq(irq: number, masked: boolean): void {
    if (masked) this.irqMasked |= 1 << irq;
    else this.irqMasked &= ~(1 << irq);
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
      if (va === -1) cpu.savedTlb = { cr3: cpu.savedTlb.cr3, entries: [], dropped: new Set() };
      else cpu.savedTlb.dropped.add(va >>> 12);
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
