import type { FrameLayout } from './frame.js';

/** Where the processor enters the kernel; the loader fills this in from the kernel image. */
export interface Vectors {
  /** Goes on at REG[R_EIP] until the context waits; returns YIELD_SWITCH or YIELD_PAUSE. */
  go(): number;
  /**
   * Can the access at this text address be tried again after the host's stack was left? Any can in the
   * kernel's checked form, none in the fast.
   */
  resumable(site: number): boolean;
  /**
   * May a processor stand before the access at this text address, with its functions on the stack at ebp? Not
   * where the kernel says that nothing comes in.
   */
  divisible(site: number, ebp: number): boolean;
  /**
   * trap(frame), with the frame at esp. True if it has to wait: then it has left the host's stack, as with
   * the next three.
   */
  trap(): boolean;
  /** syscall(frame), with the frame at esp */
  syscall(): boolean;
  /** An interrupt between two instructions of the kernel: Xintr, which returns to text address `eip` */
  interruptKernel(eip: number): boolean;
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

/**
 * The user mode of the processors (programs.ts): the seam at which another one may be put, with real i386
 * code.
 */
export interface UserMode {
  /** The two words that identify the text of the program that ran last */
  readonly running: readonly [first: number, second: number];
  /** Where the frame of a trap from user mode lies on the kernel stack of the process that runs */
  readonly frameAddress: number;
  /** Goes on from the trap frame at `frame`, until the kernel that it entered has to wait. */
  resume(frame: number): void;
  /** Goes on from a step of the program of that identity, at which the machine stood. */
  goOn(first: number, second: number): void;
  /** No program has run yet. */
  forget(): void;
}
