import {
  EFL_RF,
  R_EAX,
  R_EBP,
  R_EBX,
  R_ECX,
  R_EDI,
  R_EDX,
  R_EIP,
  R_ESI,
  R_ESP,
  R_WAIT,
  YIELD_STEP,
} from './constants.js';
import { frameWords } from './frame.js';
import type { PhysicalMemory } from './memory.js';
import type { Mmu } from './mmu.js';
import type { Processors } from './processors.js';
import { Stateful } from './state.js';
import type { Steps } from './steps.js';
import type { Vectors } from './vectors.js';

/** The requested privilege level in a selector; 3 is user mode. */
const SEL_RPL = 3;
/** What trapCall has on the stack above its frame: return address and four arguments. */
const TRAP_CALL_BYTES = 20;

/** What traps work on: a machine. */
interface TrapsHost {
  readonly ram: PhysicalMemory;
  readonly mmu: Mmu;
  readonly reg: Int32Array;
  readonly processors: Processors;
  readonly steps: Steps;
  readonly vectors: Vectors;
  /** The program in which the machine stood at a step, if it did. To be asked once when it goes on. */
  takeProgram(): readonly [first: number, second: number] | null;
}

interface TrapsState {
  /** Entries into the kernel by a trap */
  entries: number;
}

/** Entry into the kernel by a trap, return from it, and the kernel stack that both work on. */
export class Traps extends Stateful<TrapsState> {
  protected state: TrapsState = { entries: 0 };

  constructor(private readonly machine: TrapsHost) {
    super();
  }

  /** Entries into the kernel by a trap from kernel mode. */
  get entries(): number {
    return this.state.entries;
  }

  /**
   * A supervisor read missed the TLB. Returns the page's physical address, after the kernel dealt with a
   * fault; -1 if it waits there, in the checked form: the access is tried again when it is gone on with.
   */
  readMiss(va: number, site: number): number {
    const { mmu } = this.machine;
    for (;;) {
      const pa = mmu.walk(va, false, false);
      if (pa >= 0) {
        mmu.fill(va, pa, false, false);
        return pa;
      }
      if (this.kernelPageFault(va, site)) return -1;
    }
  }

  /** A supervisor write missed the TLB. */
  writeMiss(va: number, site: number): number {
    const { mmu } = this.machine;
    const warm = mmu.warm(va, false);
    if (warm >= 0) return this.told(warm, va, site);
    for (;;) {
      const pa = mmu.walk(va, true, false);
      if (pa >= 0) {
        mmu.fill(va, pa, true, false);
        return this.told(pa, va, site);
      }
      if (this.kernelPageFault(va, site)) return -1;
    }
  }

  /** A store to a page is about to be made, of which somebody may want to know. */
  private told(page: number, va: number, site: number): number {
    this.machine.ram.storing(page | (va & 4095), 0, site, 'kernel');
    return page;
  }

  private kernelPageFault(va: number, site: number): boolean {
    const { mmu, processors, reg, vectors } = this.machine;
    processors.cpu.cr2 = va;
    reg[R_EAX] = (va - vectors.displacement(site)) | 0;
    return this.kernelTrap(vectors.frame.traps.pageFault, mmu.error, site);
  }

  /**
   * A trap in a kernel function: the handler runs on the same kernel stack, inside the access. True if it
   * waits; in the fast form it cannot, because the functions on the host's stack cannot be put aside.
   */
  kernelTrap(trapno: number, errorCode: number, eip: number): boolean {
    const { processors, reg, steps, vectors } = this.machine;
    const { cpu } = processors;
    const esp = reg[R_ESP]!;
    this.pushKernelFrame(trapno, errorCode, eip);
    cpu.nested++;
    processors.disableInterrupts();
    const resumable = vectors.resumable(eip);
    if (!resumable) steps.holdBack(true);
    const waits = vectors.trap();
    if (!resumable) steps.holdBack(false);
    if (waits) {
      if (resumable) {
        // To stand is not to wait: it stays nested.
        if (reg[R_WAIT] !== YIELD_STEP) cpu.nested--;
        return true;
      }
      reg[R_WAIT] = 0;
      vectors.panic(`page fault at ${(eip >>> 0).toString(16)} would sleep in a function that may not`);
    }
    this.checkReturn(esp, eip);
    cpu.nested--;
    this.popKernelFrame(esp);
    processors.arm();
    return false;
  }

  /**
   * Where the handler has the interrupted function go on elsewhere (pcb_onfault, of a copyin further out),
   * the host cannot: it would make the access again for ever.
   */
  private checkReturn(esp: number, eip: number): void {
    const { frame, panic } = this.machine.vectors;
    const back = this.loadWord(((esp - frame.kernelBytes) | 0) + frame.eip);
    if (back === eip) return;
    const [at, to] = [eip, back].map((address) => (address >>> 0).toString(16));
    panic(`page fault at ${at} would go on at ${to}, which is not of the function that faulted`);
  }

  /** Pushes a kernel-mode trap frame: what the processor pushes, then what the kernel's entry code does. */
  pushKernelFrame(trapno: number, errorCode: number, eip: number): number {
    const { processors, reg, vectors } = this.machine;
    const layout = vectors.frame;
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
      eflags: processors.eflags() | (trapno === layout.traps.breakpoint ? 0 : EFL_RF),
    });
    this.storeWords(frame, eip, words);
    reg[R_ESP] = frame;
    return frame;
  }

  /** Takes the registers back from the kernel-mode frame below `esp`. */
  popKernelFrame(esp: number): void {
    const { reg, vectors } = this.machine;
    const layout = vectors.frame;
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

  /**
   * A page fault of the running process in copyin and the like, which may sleep (i386/support.ts): a routine
   * in the text, called with its arguments and its return address on the stack, below which it pushes the
   * frame of the trap.
   * @returns 0, or 1 if the handler resumed elsewhere; nothing that means something if it has to wait
   */
  trapCall(trapno: number, error: number, va: number, eip: number, returnAddress: number): number {
    const { processors, reg, vectors } = this.machine;
    const esp = (reg[R_ESP]! - TRAP_CALL_BYTES) | 0;
    this.storeWords(esp, eip, [returnAddress, trapno, error, va, eip]);
    reg[R_ESP] = esp;
    processors.cpu.cr2 = va;
    this.pushKernelFrame(trapno, error, eip);
    processors.disableInterrupts();
    return vectors.trap() ? 0 : this.returnFromTrapCall(reg[R_ESP]!);
  }

  /** The end of that routine, from its trap frame on. */
  private returnFromTrapCall(frame: number): number {
    const { reg, vectors } = this.machine;
    const layout = vectors.frame;
    const resumed = this.loadWord(frame + layout.eip);
    const esp = (frame + layout.kernelBytes) | 0;
    this.popKernelFrame(esp);
    reg[R_EIP] = this.loadWord(esp);
    reg[R_ESP] = (esp + TRAP_CALL_BYTES) | 0;
    return resumed === this.loadWord(esp + 16) ? 0 : 1;
  }

  /**
   * The running context has come to a text address within no function: it begins there, or returns from a
   * trap.
   * @returns the result for where it goes on, at REG[R_EIP]
   */
  leave(): unknown {
    const { reg, vectors } = this.machine;
    const program = this.machine.takeProgram();
    if (program !== null) return vectors.user.goOn(...program);
    const eip = reg[R_EIP]!;
    if (eip === vectors.calltrap) return this.returnFromTrap(reg[R_ESP]!);
    if (eip === 0) {
      // The end of fork_trampoline: below the frame lies the place of a return address.
      reg[R_ESP] = reg[R_ESP]! + 4;
      return vectors.user.resume(reg[R_ESP]!);
    }
    const entered = vectors.enter(eip);
    if (entered === undefined)
      vectors.panic(`resumed at 0x${(eip >>> 0).toString(16)}, which is no place to go on`);
    if (reg[R_WAIT] === 0) reg[R_EIP] = 0;
    return entered;
  }

  private returnFromTrap(frame: number): unknown {
    const { vectors } = this.machine;
    const layout = vectors.frame;
    if ((this.loadWord(frame + layout.cs) & SEL_RPL) !== 0) return vectors.user.resume(frame);
    return vectors.resumable(this.loadWord(frame + layout.eip))
      ? this.retry(frame)
      : this.returnFromTrapCall(frame);
  }

  /** A page fault in the checked form is over: the access is tried again. */
  private retry(frame: number): undefined {
    const { processors, reg, vectors } = this.machine;
    const layout = vectors.frame;
    reg[R_EIP] = this.loadWord(frame + layout.eip);
    const nested = processors.cpu.nested > 0;
    if (nested) processors.cpu.nested--;
    this.popKernelFrame((frame + layout.kernelBytes) | 0);
    // As kernelTrap() does it: the handler stood at a step, but never waited.
    if (nested) processors.arm();
  }

  /**
   * Stores words on a kernel stack; running off the stack is a double fault, as there is nowhere to push a
   * frame.
   */
  storeWords(va: number, eip: number, words: number[]): void {
    const { ram } = this.machine;
    for (let i = 0; i < words.length; i++) {
      const at = (va + 4 * i) | 0;
      ram.i32[this.stackPlace(at, eip, 4) >>> 2] = words[i]!;
    }
  }

  /** Where a kernel stack's memory lies that is about to be stored to, as storeWords() does. */
  stackPlace(va: number, eip: number, bytes: number): number {
    const { mmu, processors, ram, reg, vectors } = this.machine;
    let page = mmu.kw[va >>> 12]!;
    if (page >= 0) return page | (va & 4095);
    page = mmu.warm(va, false);
    if (page < 0) {
      page = mmu.walk(va, true, false);
      if (page < 0) {
        processors.cpu.cr2 = va;
        vectors.doubleFault(eip, reg[R_ESP]!, reg[R_EBP]!);
      }
      mmu.fill(va, page, true, false);
    }
    ram.storing(page | (va & 4095), bytes, eip, 'kernel');
    return page | (va & 4095);
  }

  loadWord(va: number): number {
    const { mmu, ram } = this.machine;
    let page = mmu.kr[va >>> 12]!;
    if (page < 0) page = this.readMiss(va, 0);
    return ram.i32[(page | (va & 4095)) >>> 2]!;
  }
}
