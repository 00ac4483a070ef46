import { EFL_FIXED, EFL_IF, R_CYCLES, R_DEADLINE, R_EBP, R_ESP, SEL_UCODE, SEL_UDATA } from './constants.js';
import type { Machine } from './machine.js';
import { InternalError } from './stop.js';

const T_PRIVINFLT = 1;
const T_PAGEFLT = 12;
const FRAME_BYTES = 72;
const TF_EIP = 0x34;
const TF_EFLAGS = 0x3c;
const CARRY = 1;

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
export class UserCpu {
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
  ) {}

  /** Runs user mode for ever, from the trap frame at `frame` (the kernel has just returned to it). */
  *run(frame: number): Generator<number, never, unknown> {
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
    const code = this.labels.take(this.eip);
    if (code !== undefined) {
      yield* code(this, this.eax);
    } else {
      const entry = this.eip;
      this.eip = entry + RUNNING;
      yield* this.loader(this, entry);
    }
    // Falling off the end of a program: what a processor finds there is no instruction.
    for (;;) yield* this.enter('trap', T_PRIVINFLT, 0);
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
    yield* this.enter('syscall', 0x80, 2);
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
    while ((page = mmu.ur[va >>> 12]!) < 0) yield* this.miss(va, false);
    return ram.i32[(page | (va & 4095)) >>> 2]!;
  }

  *store32(va: number, value: number): UserCode {
    if ((va & 3) !== 0) {
      for (let i = 0; i < 4; i++) yield* this.store8((va + i) | 0, (value >>> (8 * i)) & 0xff);
      return;
    }
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.uw[va >>> 12]!) < 0) yield* this.miss(va, true);
    ram.i32[(page | (va & 4095)) >>> 2] = value;
  }

  *load8(va: number): Generator<number, number, unknown> {
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.ur[va >>> 12]!) < 0) yield* this.miss(va, false);
    return ram.u8[page | (va & 4095)]!;
  }

  *store8(va: number, value: number): UserCode {
    const { mmu, ram } = this.machine;
    let page: number;
    while ((page = mmu.uw[va >>> 12]!) < 0) yield* this.miss(va, true);
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
      while ((page = mmu.ur[at >>> 12]!) < 0) yield* this.miss(at, false);
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
      while ((page = mmu.uw[at >>> 12]!) < 0) yield* this.miss(at, true);
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
        page = mmu.walk(at, write, true);
        if (page >= 0) mmu.fill(at, page, write, true);
        else yield* this.fault(at);
      }
      body(page, at);
      const cycles = reg[R_CYCLES]! + cyclesPerPage;
      reg[R_CYCLES] = cycles;
      if (cycles >= reg[R_DEADLINE]!) yield* this.interrupt();
    }
  }

  /** Charges cycles of computing, taking interrupts as they come. */
  *work(cycles: number): UserCode {
    const { reg } = this.machine;
    while (cycles > 0) {
      const n = Math.min(cycles, 10_000);
      reg[R_CYCLES] = reg[R_CYCLES]! + n;
      cycles -= n;
      if (reg[R_CYCLES]! >= reg[R_DEADLINE]!) yield* this.interrupt();
    }
  }

  /** A user access missed the TLB: walk, or fault into the kernel. */
  private *miss(va: number, write: boolean): UserCode {
    const { mmu } = this.machine;
    const pa = mmu.walk(va, write, true);
    if (pa >= 0) mmu.fill(va, pa, write, true);
    else yield* this.fault(va);
  }

  private *fault(va: number): UserCode {
    this.machine.cpu.cr2 = va;
    yield* this.enter('trap', T_PAGEFLT, this.machine.mmu.error);
  }

  private *interrupt(): UserCode {
    yield* this.enter('interruptUser', 0, 0);
  }

  /**
   * Enters the kernel with a frame at the top of the kernel stack, and comes back by it. When the kernel sends control elsewhere (a
   * signal handler, a new program), that runs here.
   */
  private *enter(vector: 'trap' | 'syscall' | 'interruptUser', trapno: number, error: number): UserCode {
    const { machine } = this;
    const { reg } = machine;
    const frame = (machine.cpu.esp0 - FRAME_BYTES) | 0;
    const { eip, esp } = this;
    machine.storeWords(frame, eip, [
      SEL_UDATA,
      SEL_UDATA,
      SEL_UDATA,
      0,
      0,
      this.ebp,
      frame + 44,
      0,
      this.edx,
      0,
      this.eax,
      trapno,
      error,
      eip,
      SEL_UCODE,
      this.eflags,
      this.esp,
      SEL_UDATA,
    ]);
    reg[R_ESP] = frame;
    reg[R_EBP] = this.ebp;
    // Traps go through an interrupt gate.
    if (vector === 'trap') machine.disableInterrupts();
    yield* machine.vectors[vector]();
    this.returnTo(frame);
    if (this.eip !== eip) yield* this.redirect(eip, esp);
  }

  /** Loads the registers from a trap frame, as iret does. */
  private returnTo(frame: number): void {
    const { machine } = this;
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
