import {
  EFL_FIXED,
  EFL_IF,
  R_CYCLES,
  R_DEADLINE,
  R_EAX,
  R_EBP,
  R_EIP,
  R_ESP,
  SEL_UCODE,
  SEL_UDATA,
} from './constants.js';
import type { Machine, UserMode } from './machine.js';
import type { UserPrograms } from './programs.js';
import { InternalError } from './stop.js';

const T_PRIVINFLT = 1;
const T_PAGEFLT = 12;
const FRAME_BYTES = 72;
const TF_EIP = 0x34;
const TF_EFLAGS = 0x3c;
const CARRY = 1;
const SIGCODE = (0xbfbffff0 - 64) | 0;
const SIGF_HANDLER = 0x10;

/** User code as the host runs it. */
export type UserCode = Generator<number, void, unknown>;
/** A place in a program's text that control can be sent to: a signal handler, or what a forked child goes on with. */
export type Continuation = (cpu: UserCpu, arg: number) => UserCode;

/** Starts a program whose entry point is at `entry`; supplied by the userland. */
export type ProgramLoader = (cpu: UserCpu, entry: number) => UserCode;

/** Thrown through user code when exec has replaced the program. */
const REPLACED = Symbol('program replaced');
/** Thrown through signal handlers by a sigreturn, out to the one that interrupted the context number `depth`. */
class SignalDone {
  constructor(readonly depth: number) {}
}
/** A running program's eip lies this far behind its entry, so that an exec of the same entry shows. */
const RUNNING = 0x40;

/** Text addresses that stand for continuations, shared by all processes of a machine. */
export class TextLabels {
  private readonly byAddress = new Map<number, { code: Continuation; once: boolean }>();
  private readonly byCode = new Map<Continuation, number>();
  private next = 0;

  /** An address in the label area of every program's text for `code`. */
  add(code: Continuation, once: boolean): number {
    const known = once ? undefined : this.byCode.get(code);
    if (known !== undefined) return known;
    const address = LABEL_BASE + 4 * this.next;
    this.next = (this.next + 1) % LABEL_COUNT;
    this.byAddress.set(address, { code, once });
    if (!once) this.byCode.set(code, address);
    return address;
  }

  has(address: number): boolean {
    return this.byAddress.has(address);
  }

  take(address: number): Continuation | undefined {
    const label = this.byAddress.get(address);
    if (label?.once) this.byAddress.delete(address);
    return label?.code;
  }
}

/** Labels lie behind every program's text; nothing is mapped there and nothing is fetched from there. */
const LABEL_BASE = 0x07000000;
const LABEL_COUNT = 0x100000;

/**
 * The user-mode half of a processor, for programs written in TypeScript: registers, memory accesses through the user TLB, and
 * entries into the kernel with a trap frame on the process's kernel stack. One per process; the machine knows no more of
 * processes than that.
 */
export class UserCpu implements UserMode {
  eip = 0;
  esp = 0;
  ebp = 0;
  eax = 0;
  edx = 0;
  eflags = EFL_FIXED | EFL_IF;
  /** Where the contexts that signal handlers interrupted go on, innermost last. */
  private readonly interrupted: { eip: number; esp: number }[] = [];

  constructor(
    readonly machine: Machine,
    readonly labels: TextLabels,
    private readonly loader: ProgramLoader,
    private readonly programs: UserPrograms,
  ) {}

  private running: Generator<number, never, unknown> | undefined;

  resume(frame: number): void {
    this.running ??= this.run(frame);
    this.running.next();
  }

  /** Runs user mode for ever, from the trap frame at `frame` (the kernel has just returned to it). */
  private *run(frame: number): Generator<number, never, unknown> {
    this.returnTo(frame);
    for (;;) {
      try {
        yield* this.dispatch();
      } catch (error) {
        if (error !== REPLACED) throw error;
        this.interrupted.length = 0;
      }
    }
  }

  /** Goes on wherever eip points: at a label, or at a program's entry. */
  private *dispatch(): UserCode {
    yield* this.compiled();
    const code = this.labels.take(this.eip);
    if (code !== undefined) {
      yield* code(this, this.eax);
    } else {
      const entry = this.eip;
      this.eip = entry + RUNNING;
      yield* this.loader(this, entry);
    }
    // Falling off the end of a program: what a processor finds there is no instruction.
    for (;;) {
      const rest = this.enterTrap(T_PRIVINFLT, 0);
      if (rest !== null) yield* rest;
    }
  }

  /** Runs programs that kcc has compiled, until there is one that it has not. */
  private *compiled(): UserCode {
    const { reg } = this.machine;
    const frame = (this.machine.cpu.esp0 - FRAME_BYTES) | 0;
    if (this.labels.has(this.eip)) return;
    while (this.programs.resume(frame) === 'waits') yield 0;
    this.eip = reg[R_EIP]!;
    this.esp = reg[R_ESP]!;
    this.ebp = reg[R_EBP]!;
    this.eax = reg[R_EAX]!;
  }

  /**
   * Makes system call `code` with int32 arguments, pushed on the user stack as C does.
   * @returns the result, or the negated error number
   */
  *syscall(code: number, ...args: number[]): Generator<number, number, unknown> {
    const esp = this.esp;
    this.esp = (esp - 4 * (args.length + 1)) | 0;
    for (let i = 0; i < args.length; i++) yield* this.store32((this.esp + 4 + 4 * i) | 0, args[i]!);
    this.eax = code;
    this.machine.reg[R_CYCLES] = this.machine.reg[R_CYCLES]! + 20;
    const { eip } = this;
    const frame = this.pushFrame(0x80, 2);
    const rest = this.leave(this.machine.vectors.syscall(), frame, eip);
    if (rest !== null) yield* rest;
    this.esp = esp;
    return (this.eflags & CARRY) !== 0 ? -this.eax : this.eax;
  }

  /** Forks with `code` as what the child does; otherwise like syscall. */
  *forkTo(syscallCode: number, child: Continuation, ...args: number[]): Generator<number, number, unknown> {
    const parentEip = this.eip;
    const label = this.labels.add((cpu, arg) => {
      cpu.eip = parentEip;
      return child(cpu, arg);
    }, true);
    this.eip = label;
    const pid = yield* this.syscall(syscallCode, ...args);
    this.eip = parentEip;
    if (pid < 0) this.labels.take(label);
    return pid;
  }

  *load32(va: number): Generator<number, number, unknown> {
    if ((va & 3) !== 0) {
      let value = 0;
      for (let i = 0; i < 4; i++) value |= (yield* this.load8((va + i) | 0)) << (8 * i);
      return value;
    }
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.ur[va >>> 12]!) < 0) {
      const rest = this.miss(va, false);
      if (rest !== null) yield* rest;
    }
    return ram.i32[(page | (va & 4095)) >>> 2]!;
  }

  *store32(va: number, value: number): UserCode {
    if ((va & 3) !== 0) {
      for (let i = 0; i < 4; i++) yield* this.store8((va + i) | 0, (value >>> (8 * i)) & 0xff);
      return;
    }
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.uw[va >>> 12]!) < 0) {
      const rest = this.miss(va, true);
      if (rest !== null) yield* rest;
    }
    ram.i32[(page | (va & 4095)) >>> 2] = value;
  }

  *load8(va: number): Generator<number, number, unknown> {
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.ur[va >>> 12]!) < 0) {
      const rest = this.miss(va, false);
      if (rest !== null) yield* rest;
    }
    return ram.u8[page | (va & 4095)]!;
  }

  *store8(va: number, value: number): UserCode {
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.uw[va >>> 12]!) < 0) {
      const rest = this.miss(va, true);
      if (rest !== null) yield* rest;
    }
    ram.u8[page | (va & 4095)] = value;
  }

  /** Reads user memory into host bytes. */
  *read(va: number, length: number): Generator<number, Uint8Array, unknown> {
    const out = new Uint8Array(length);
    const { mmu, ram } = this.machine;
    for (let done = 0; done < length; ) {
      const at = (va + done) | 0;
      const n = Math.min(length - done, 4096 - (at & 4095));
      let page: number;
      while ((page = mmu.ur[at >>> 12]!) < 0) {
        const rest = this.miss(at, false);
        if (rest !== null) yield* rest;
      }
      const from = page | (at & 4095);
      out.set(ram.u8.subarray(from, from + n), done);
      done += n;
    }
    yield* this.work(length >>> 2);
    return out;
  }

  /** Writes host bytes into user memory. */
  *write(va: number, bytes: Uint8Array): UserCode {
    const { mmu, ram } = this.machine;
    for (let done = 0; done < bytes.length; ) {
      const at = (va + done) | 0;
      const n = Math.min(bytes.length - done, 4096 - (at & 4095));
      let page: number;
      while ((page = mmu.uw[at >>> 12]!) < 0) {
        const rest = this.miss(at, true);
        if (rest !== null) yield* rest;
      }
      ram.u8.set(bytes.subarray(done, done + n), page | (at & 4095));
      done += n;
    }
    yield* this.work(bytes.length >>> 2);
  }

  /**
   * Runs `body` on each of `count` pages from `va` on, mapped in for the access: the way to write tight loops. `body` gets the
   * byte index of the page in RAM and the page's virtual address; it must not keep them.
   * @param cyclesPerPage charged for each page
   */
  *eachPage(
    va: number,
    count: number,
    write: boolean,
    cyclesPerPage: number,
    body: (ramIndex: number, va: number) => void,
  ): UserCode {
    const { mmu, reg } = this.machine;
    const tlb = write ? mmu.uw : mmu.ur;
    for (let i = 0; i < count; i++) {
      const at = (va + (i << 12)) | 0;
      let page: number;
      while ((page = tlb[at >>> 12]!) < 0) {
        const rest = this.miss(at, write);
        if (rest !== null) yield* rest;
      }
      body(page, at);
      const cycles = reg[R_CYCLES]! + cyclesPerPage;
      reg[R_CYCLES] = cycles;
      if (cycles >= reg[R_DEADLINE]!) {
        const rest = this.interrupt();
        if (rest !== null) yield* rest;
      }
    }
  }

  /** Charges cycles of computing, taking interrupts as they come. */
  *work(cycles: number): UserCode {
    const { reg } = this.machine;
    while (cycles > 0) {
      const n = Math.min(cycles, 10_000);
      reg[R_CYCLES] = reg[R_CYCLES]! + n;
      cycles -= n;
      if (reg[R_CYCLES]! >= reg[R_DEADLINE]!) {
        const rest = this.interrupt();
        if (rest !== null) yield* rest;
      }
    }
  }

  /** A user access missed the TLB: walk, or fault into the kernel. Returns what is left to be run, as enterTrap does. */
  private miss(va: number, write: boolean): UserCode | null {
    const { machine } = this;
    const { mmu } = machine;
    if (write && mmu.warm(va, true) >= 0) return null;
    const pa = mmu.walk(va, write, true);
    if (pa < 0) {
      machine.cpu.cr2 = va;
      return this.enterTrap(T_PAGEFLT, mmu.error);
    }
    mmu.fill(va, pa, write, true);
    return null;
  }

  /**
   * Enters the kernel by a trap, through an interrupt gate. Most traps come back without having waited: then the result is null. Otherwise
   * it is what has to be run to come back, or to go where the kernel sent control instead (a signal handler, a new program).
   */
  private enterTrap(trapno: number, error: number): UserCode | null {
    const { machine, eip } = this;
    const frame = this.pushFrame(trapno, error);
    machine.disableInterrupts();
    return this.leave(machine.vectors.trap(), frame, eip);
  }

  private interrupt(): UserCode | null {
    const { eip } = this;
    const frame = this.pushFrame(0, 0);
    return this.leave(this.machine.vectors.interruptUser(), frame, eip);
  }

  /** Stores a trap frame at the top of the kernel stack and switches to that; returns its address. */
  private pushFrame(trapno: number, error: number): number {
    const { machine } = this;
    const { reg, mmu } = machine;
    const frame = (machine.cpu.esp0 - FRAME_BYTES) | 0;
    // The kernel keeps the frame within one page, which is in the TLB as a rule.
    const page = mmu.kw[frame >>> 12]!;
    if (page >= 0 && (frame & 4095) <= 4096 - FRAME_BYTES) {
      const { i32 } = machine.ram;
      const at = (page | (frame & 4095)) >>> 2;
      i32[at] = SEL_UDATA;
      i32[at + 1] = SEL_UDATA;
      i32[at + 2] = SEL_UDATA;
      i32[at + 3] = 0;
      i32[at + 4] = 0;
      i32[at + 5] = this.ebp;
      i32[at + 6] = frame + 44;
      i32[at + 7] = 0;
      i32[at + 8] = this.edx;
      i32[at + 9] = 0;
      i32[at + 10] = this.eax;
      i32[at + 11] = trapno;
      i32[at + 12] = error;
      i32[at + 13] = this.eip;
      i32[at + 14] = SEL_UCODE;
      i32[at + 15] = this.eflags;
      i32[at + 16] = this.esp;
      i32[at + 17] = SEL_UDATA;
    } else {
      this.pushFrameSlowly(frame, trapno, error);
    }
    reg[R_ESP] = frame;
    reg[R_EBP] = this.ebp;
    return frame;
  }

  private pushFrameSlowly(frame: number, trapno: number, error: number): void {
    const { eip, ebp, edx, eax, eflags, esp } = this;
    const segments = [SEL_UDATA, SEL_UDATA, SEL_UDATA];
    const registers = [0, 0, ebp, frame + 44, 0, edx, 0, eax];
    const hardware = [trapno, error, eip, SEL_UCODE, eflags, esp, SEL_UDATA];
    this.machine.storeWords(frame, eip, [...segments, ...registers, ...hardware]);
  }

  /** After the handler ran, or has begun to wait: see enterTrap. */
  private leave(waits: boolean, frame: number, eip: number): UserCode | null {
    const { esp } = this;
    if (waits) return this.leaveLater(frame, eip, esp);
    this.returnTo(frame);
    return this.eip === eip ? null : this.redirect(eip, esp);
  }

  private *leaveLater(frame: number, eip: number, esp: number): UserCode {
    yield 0;
    this.returnTo(frame);
    if (this.eip !== eip) yield* this.redirect(eip, esp);
  }

  /** Loads the registers from a trap frame, as iret does. */
  private returnTo(frame: number): void {
    const { machine } = this;
    const page = machine.mmu.kr[frame >>> 12]!;
    if (page >= 0 && (frame & 4095) <= 4096 - FRAME_BYTES) {
      const { i32 } = machine.ram;
      const at = (page | (frame & 4095)) >>> 2;
      this.ebp = i32[at + 5]!;
      this.edx = i32[at + 8]!;
      this.eax = i32[at + 10]!;
      this.eip = i32[at + TF_EIP / 4]!;
      this.eflags = i32[at + TF_EFLAGS / 4]!;
      this.esp = i32[at + 16]!;
      return;
    }
    this.ebp = machine.loadWord(frame + 0x14);
    this.edx = machine.loadWord(frame + 0x20);
    this.eax = machine.loadWord(frame + 0x28);
    this.eip = machine.loadWord(frame + TF_EIP);
    this.eflags = machine.loadWord(frame + TF_EFLAGS);
    this.esp = machine.loadWord(frame + 0x40);
  }

  /**
   * The kernel returned to another place than it was entered from. Of several signals at once each interrupts the one before it at
   * its first instruction: that handler then runs inside the sigreturn of the later one, and its own sigreturn leads past both.
   */
  private *redirect(from: number, esp: number): UserCode {
    const { interrupted } = this;
    for (let i = interrupted.length - 1; i >= 0; i--) {
      if (interrupted[i]!.eip === this.eip && interrupted[i]!.esp === this.esp) throw new SignalDone(i);
    }
    // The signal trampoline calls the handler that its frame names.
    if (this.eip === SIGCODE) this.eip = yield* this.load32((this.esp + SIGF_HANDLER) | 0);
    const handler = this.labels.take(this.eip);
    // Not a label: exec has put a new program here.
    if (handler === undefined) throw REPLACED;
    const depth = interrupted.push({ eip: from, esp }) - 1;
    try {
      yield* handler(this, this.eax);
      throw new InternalError('a signal handler returned without sigreturn');
    } catch (error) {
      if (!(error instanceof SignalDone)) throw error;
      interrupted.length = depth;
      if (error.depth < depth) throw error;
    }
  }
}
