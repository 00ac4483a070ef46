import {
  EFL_FIXED,
  EFL_IF,
  R_CYCLES,
  R_DEADLINE,
  R_EAX,
  R_EBP,
  R_EDX,
  R_EFLAGS,
  R_EIP,
  R_ESP,
  R_HELD,
  R_NSAVED,
  R_TRAPNO,
  R_WAIT,
  WAIT_FAULT,
  WAIT_INTERRUPT,
  WAIT_SYSCALL,
  WAIT_TRAP,
  YIELD_STEP,
} from './constants.js';
import { type FrameLayout, type FrameWords, frameWordsOf } from './frame.js';
import type { Machine } from './machine.js';

/** `int $0x80`: its vector, and its bytes, which stand in the frame for an error code. */
const SYSCALL_VECTOR = 0x80;
const SYSCALL_BYTES = 2;
/** Cycles of the way into the kernel and back. */
const SYSCALL_CYCLES = 20;
/** Where the text of every program begins, and what identifies it behind the header of its file. */
const TEXT_ADDR = 0x1000;
const IDENTITY_ADDR = TEXT_ADDR + 32;

/** A program's code, bound to a machine. */
export interface Program {
  /**
   * Goes on at REG[R_EIP]. Returns why the kernel is to be entered (WAIT_...), 0: there is no code of the
   * program at that address.
   */
  go(): number;
  /** Words of arguments of the function that begins at an address; undefined if none does. */
  arity(address: number): number | undefined;
}

/** The code of the programs that a machine may come to execute, by the two words that identify their text. */
export type ProgramTable = (first: number, second: number) => ((hw: ProgramHardware) => Program) | undefined;

/**
 * What a compiled program runs on: memory, the user half of the TLB, registers, and what happens when the TLB
 * misses.
 */
export interface ProgramHardware {
  MEM8: Uint8Array;
  MEM16: Uint16Array;
  MEM32: Int32Array;
  TLBR: Int32Array;
  TLBW: Int32Array;
  REG: Int32Array;
  UREG: Int32Array;
  rmiss(va: number, site: number): number;
  wmiss(va: number, site: number): number;
  /** Steps, as the kernel's primitives have them (Steps) */
  STEP: Int32Array;
  step(site: number, address: number, from?: number, bytes?: number): boolean;
  returned(frame: number, value: number | boolean): void;
  /** A word of user memory, read as if by nobody */
  peek(va: number): number;
}

/**
 * The user mode of a processor for programs that kcc has compiled: runs from a trap frame until the kernel
 * that it entered has to wait. It keeps nothing: what a process is in user mode lies in its memory and in the
 * frame, with the registers behind it.
 */
export class UserPrograms {
  // A buffer of its own keeps the array out of the host's heap, as with the register file.
  readonly registers = new Int32Array(new ArrayBuffer(4 * 128));
  private readonly bound = new Map<string, Program>();
  private readonly hardware: ProgramHardware;
  private readonly words: FrameWords;
  /** The program that ran last, and the words that identify it. */
  private latest: Program | undefined;
  private first = 0;
  private second = 0;

  constructor(
    private readonly machine: Machine,
    private readonly table: ProgramTable,
    private readonly layout: FrameLayout,
  ) {
    this.words = frameWordsOf(layout);
    const { ram, mmu, reg } = machine;
    this.hardware = {
      MEM8: ram.u8,
      MEM16: ram.u16,
      MEM32: ram.i32,
      TLBR: mmu.ur,
      TLBW: mmu.uw,
      REG: reg,
      UREG: this.registers,
      rmiss: (va, site) => this.miss(va, false, site),
      wmiss: (va, site) => this.miss(va, true, site),
      STEP: machine.steps.counters,
      step: (site, address, from = 0, bytes = 0) => machine.programAtStep(site, address, from, bytes),
      returned: (frame, value) => machine.steps.returned(frame, value, true),
      peek: (va) => ram.i32[mmu.inspect(va).pa >>> 2]!,
    };
  }

  /**
   * Returns to user mode by the frame at `frame`, and runs there until the kernel that it enters waits, or
   * until the machine is to stand at a step.
   */
  resume(frame: number): void {
    this.load(frame);
    this.runOn();
  }

  /** Goes on from a step of the program of that identity, at which the machine stood. */
  goOn(first: number, second: number): void {
    const { lent, reg } = this.machine;
    const from = (this.frameAddress + this.layout.registers) | 0;
    const count = reg[R_NSAVED]!;
    for (let i = 0; i < count; i++) this.registers[i] = lent.reloaded((from + 4 * i) | 0);
    lent.drop();
    this.runOn(this.identified(first, second));
  }

  /** @param standing the program that runs already: to go on in it the processor fetches nothing */
  private runOn(standing?: Program): void {
    for (let program = standing; ; program = undefined) {
      const why = (program?.go() ?? 0) || this.run();
      if (why === YIELD_STEP) {
        this.stand();
        return;
      }
      this.machine.reg[R_WAIT] = 0;
      const frame = this.pushFrame(why);
      if (this.enter(why)) return;
      this.load(frame);
    }
  }

  /**
   * The machine stands in user mode: whoever looks finds a frame as of a trap after an instruction, which is
   * not there any more when it goes on. What is in the register file stays there.
   */
  private stand(): void {
    const { layout, machine } = this;
    const { lent, reg, traps } = machine;
    const frame = this.frameAddress;
    const esp = reg[R_ESP]!;
    const words = (layout.registers >>> 2) + reg[R_NSAVED]!;
    const before = Array.from({ length: words }, (_, i) => traps.loadWord((frame + 4 * i) | 0));
    this.pushFrame(YIELD_STEP);
    for (const [i, word] of before.entries()) lent.overwritten((frame + 4 * i) | 0, word);
    reg[R_ESP] = esp;
    reg[R_WAIT] = YIELD_STEP;
  }

  get frameAddress(): number {
    return (this.machine.cpu.esp0 - this.layout.userBytes) | 0;
  }

  /** No program has run. */
  forget(): void {
    this.latest = undefined;
    this.first = 0;
    this.second = 0;
  }

  /** The two words that identify the text of the program that ran last. */
  get running(): readonly [first: number, second: number] {
    return [this.first, this.second];
  }

  /** Runs until the kernel is to be entered; returns why. */
  private run(): number {
    const { reg } = this.machine;
    for (;;) {
      const eip = reg[R_EIP]!;
      // The processor fetches instructions: what it has no right to read it cannot execute.
      if (this.fetch(eip) < 0) return WAIT_FAULT;
      const page = this.fetch(IDENTITY_ADDR);
      if (page < 0) return WAIT_FAULT;
      const program = this.program(page | (IDENTITY_ADDR & 4095));
      const why = program?.go() || this.interpret(program);
      if (why !== 0) return why;
      // What is interpreted may jump to itself, and must not keep the machine for ever.
      reg[R_CYCLES] = reg[R_CYCLES]! + 1;
      if (reg[R_CYCLES]! >= reg[R_DEADLINE]!) return WAIT_INTERRUPT;
    }
  }

  /** The program whose identity lies at a place in memory. */
  private program(at: number): Program | undefined {
    const { i32 } = this.machine.ram;
    return this.identified(i32[at >>> 2]!, i32[(at >>> 2) + 1]!);
  }

  private identified(first: number, second: number): Program | undefined {
    // One program runs for many entries into the kernel.
    if (this.latest !== undefined && first === this.first && second === this.second) return this.latest;
    const key = `${first} ${second}`;
    let program = this.bound.get(key);
    if (program === undefined) {
      program = this.table(first, second)?.(this.hardware);
      if (program !== undefined) this.bound.set(key, program);
    }
    this.first = first;
    this.second = second;
    this.latest = program;
    return program;
  }

  private fetch(va: number): number {
    const page = this.machine.mmu.ur[va >>> 12]!;
    return page >= 0 ? page : this.miss(va, false, this.machine.reg[R_EIP]!);
  }

  /** An access missed the TLB: walk, or leave for the kernel from `site`. */
  private miss(va: number, write: boolean, site: number): number {
    const { mmu, ram, cpu, reg } = this.machine;
    let pa = write ? mmu.warm(va, true) : -1;
    if (pa < 0) {
      pa = mmu.walk(va, write, true);
      if (pa >= 0) mmu.fill(va, pa, write, true);
    }
    if (pa >= 0) {
      if (write) ram.storing(pa | (va & 4095), 0, site, 'program');
      return pa;
    }
    cpu.cr2 = va;
    reg[R_EIP] = site;
    reg[R_WAIT] = WAIT_FAULT;
    return -1;
  }

  /**
   * One instruction that is no compiled function's: those of the signal trampoline, which the kernel puts on
   * the stack, are known; all others are none. Returns why the kernel is to be entered, 0: the program goes
   * on.
   */
  private interpret(program: Program | undefined): number {
    const { reg } = this.machine;
    const eip = reg[R_EIP]!;
    const esp = reg[R_ESP]!;
    const code = this.bytes(eip, 4);
    if (code === undefined) return WAIT_FAULT;
    const [op, second, third, fourth] = code as [number, number, number, number];
    if (op === 0x50) {
      // pushl %eax
      if (!this.store((esp - 4) | 0, reg[R_EAX]!)) return WAIT_FAULT;
      reg[R_ESP] = esp - 4;
      reg[R_EIP] = eip + 1;
    } else if (op === 0xb8) {
      // movl $n,%eax
      const value = this.word((eip + 1) | 0);
      if (value === undefined) return WAIT_FAULT;
      reg[R_EAX] = value;
      reg[R_EIP] = eip + 5;
    } else if (op === 0x8d && second === 0x44 && third === 0x24) {
      // leal n(%esp),%eax
      reg[R_EAX] = (esp + ((fourth << 24) >> 24)) | 0;
      reg[R_EIP] = eip + 4;
    } else if (op === 0xff && second === 0x54 && third === 0x24) {
      return this.call(program, (esp + ((fourth << 24) >> 24)) | 0, (eip + 4) | 0);
    } else if (op === 0xcd && second === 0x80) {
      reg[R_EIP] = eip + 2;
      reg[R_NSAVED] = 0;
      return WAIT_SYSCALL;
    } else {
      reg[R_NSAVED] = 0;
      reg[R_TRAPNO] = this.layout.traps.privileged;
      return WAIT_TRAP;
    }
    return 0;
  }

  /** call *(pointer): compiled functions take their arguments from registers and push them themselves. */
  private call(program: Program | undefined, pointer: number, returnAddress: number): number {
    const { reg } = this.machine;
    const callee = this.word(pointer);
    if (callee === undefined) return WAIT_FAULT;
    const words = program?.arity(callee) ?? 0;
    for (let i = 0; i < words; i++) {
      const word = this.word((reg[R_ESP]! + 4 * i) | 0);
      if (word === undefined) return WAIT_FAULT;
      this.registers[1 + i] = word;
    }
    this.registers[0] = returnAddress;
    reg[R_NSAVED] = 1 + words;
    reg[R_EIP] = callee;
    return 0;
  }

  private bytes(va: number, count: number): number[] | undefined {
    const out: number[] = [];
    for (let i = 0; i < count; i++) {
      const page = this.fetch((va + i) | 0);
      if (page < 0) return undefined;
      out.push(this.machine.ram.u8[page | ((va + i) & 4095)]!);
    }
    return out;
  }

  private word(va: number): number | undefined {
    const b = this.bytes(va, 4);
    return b === undefined ? undefined : b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24);
  }

  private store(va: number, value: number): boolean {
    const { mmu, ram, reg } = this.machine;
    let page = mmu.uw[va >>> 12]!;
    if (page < 0) page = this.miss(va, true, reg[R_EIP]!);
    if (page >= 0) ram.i32[(page | (va & 4095)) >>> 2] = value;
    return page >= 0;
  }

  /** Enters the kernel by the gate of `why`, with the frame pushed. True if it waits. */
  private enter(why: number): boolean {
    const { machine } = this;
    if (why === WAIT_SYSCALL) {
      machine.reg[R_CYCLES] = machine.reg[R_CYCLES]! + SYSCALL_CYCLES;
      return machine.vectors.syscall();
    }
    if (why === WAIT_INTERRUPT) return machine.vectors.interruptUser();
    machine.processors.disableInterrupts();
    return machine.vectors.trap();
  }

  /**
   * Pushes what the processor and alltraps push onto the kernel stack, behind the other registers; returns
   * its address.
   */
  private pushFrame(why: number): number {
    const { layout, machine, registers, words } = this;
    const { reg } = machine;
    const { i32 } = machine.ram;
    const { userCode, userData } = layout.selectors;
    const frame = this.frameAddress;
    // All of it lies in one page.
    const at = machine.traps.stackPlace(frame, reg[R_EIP]!, layout.userBytes) >>> 2;
    i32[at + words.fs] = userData;
    i32[at + words.es] = userData;
    i32[at + words.ds] = userData;
    i32[at + words.edi] = 0;
    i32[at + words.esi] = 0;
    i32[at + words.ebp] = reg[R_EBP]!;
    i32[at + words.isp] = frame + layout.trapno;
    i32[at + words.ebx] = 0;
    i32[at + words.edx] = reg[R_EDX]!;
    i32[at + words.ecx] = 0;
    i32[at + words.eax] = reg[R_EAX]!;
    i32[at + words.trapno] = this.trapno(why);
    i32[at + words.err] = why === WAIT_FAULT ? machine.mmu.error : why === WAIT_SYSCALL ? SYSCALL_BYTES : 0;
    i32[at + words.eip] = reg[R_EIP]!;
    i32[at + words.cs] = userCode;
    i32[at + words.eflags] = reg[R_EFLAGS]! | EFL_FIXED | EFL_IF;
    i32[at + words.esp] = reg[R_ESP]!;
    i32[at + words.ss] = userData;
    const count = reg[R_NSAVED]!;
    i32[at + words.count] = count;
    for (let i = 0; i < count; i++) i32[at + words.registers + i] = registers[i]!;
    reg[R_TRAPNO] = 0;
    reg[R_ESP] = frame;
    if (why !== YIELD_STEP) reg.fill(0, R_HELD);
    return frame;
  }

  private trapno(why: number): number {
    if (why === WAIT_FAULT) return this.layout.traps.pageFault;
    if (why === WAIT_SYSCALL) return SYSCALL_VECTOR;
    if (why === YIELD_STEP) return this.layout.traps.trace;
    return why === WAIT_TRAP ? this.machine.reg[R_TRAPNO]! : 0;
  }

  /** Loads the registers from a trap frame and from behind it, as iret does. */
  private load(frame: number): void {
    const { machine, registers, words } = this;
    const { reg, mmu } = machine;
    const { i32 } = machine.ram;
    if (mmu.kr[frame >>> 12]! < 0) machine.traps.loadWord(frame);
    const at = (mmu.kr[frame >>> 12]! | (frame & 4095)) >>> 2;
    reg[R_EBP] = i32[at + words.ebp]!;
    reg[R_EDX] = i32[at + words.edx]!;
    reg[R_EAX] = i32[at + words.eax]!;
    reg[R_EIP] = i32[at + words.eip]!;
    reg[R_EFLAGS] = i32[at + words.eflags]!;
    reg[R_ESP] = i32[at + words.esp]!;
    const count = i32[at + words.count]!;
    reg[R_NSAVED] = count;
    for (let i = 0; i < count; i++) registers[i] = i32[at + words.registers + i]!;
  }
}
