import type { StepView } from '@trap12/machine';
import type { TraceItem } from './frames.js';
import type { Site } from './symbols.js';
import type { KnownProgram } from './user.js';

/** Text address at which the machine is to stop when it comes there. */
export interface Breakpoint {
  readonly address: number;
  /** The program whose text that is; undefined: the kernel's, of a user's address whichever runs there */
  readonly program?: KnownProgram | undefined;
  /** It stops there only the so-manieth time */
  count: number;
  /** It goes when it has stopped the machine once */
  readonly temporary: boolean;
}

/**
 * What stops the machine at some memory: a change of it, whoever makes it; a load or copy of the kernel's
 * that reads it; either, and a store of what is there already.
 */
export type WatchKind = 'write' | 'read' | 'access';

/** Registers that have a value between two steps, and may change it: of efl, the interrupt flag. */
export type WatchedRegister = 'esp' | 'ebp' | 'efl' | 'cr2' | 'cr3';

/** Memory that is watched, or a register: then the address is 0. */
export interface Watchpoint {
  readonly address: number;
  readonly bytes: number;
  /** `write` if it is not said */
  readonly kind?: WatchKind;
  readonly register?: { readonly name: WatchedRegister; readonly cpu: number };
}

/**
 * How far a machine is to go on: until something stops it; the next instruction; the next call or return; the
 * return of this function; the next instruction of this function or its caller ('over'), or line of the
 * source ('line'); the same line, unless a function begins before ('into'); this function's caller ('out').
 */
export type How = 'continue' | 'step' | 'until' | 'match' | 'over' | 'line' | 'into' | 'out';

/** Why a machine stands. */
export type Stop =
  | { readonly why: 'step' }
  | { readonly why: 'breakpoint'; readonly breakpoint: Breakpoint }
  | Changed;

/** Watched memory has changed, or was accessed. */
export interface Changed {
  readonly why: 'watchpoint';
  readonly watchpoint: Watchpoint;
  /** Contents before and now; empty where nothing was or is mapped */
  readonly old: Uint8Array;
  readonly now: Uint8Array;
  /** The instruction that stored it; undefined: not known, a bulk copy, what a call pushes, a disk */
  readonly site: number | undefined;
  /** It is an instruction of this program's. */
  readonly program?: KnownProgram | undefined;
  /** It was read, or what was stored was there already. */
  readonly accessed?: true;
  /** The step behind which that was; undefined: the last one */
  readonly after?: number;
}

/** Asked at each step: what has changed since the last one? */
export type Watcher = (view: StepView) => Changed | undefined;

/**
 * Asked at each step: is the machine to stand? The answer is the number of the step before which it is to,
 * this one or one that is over; forwards it then stands before this one, backwards before that. Changes
 * nothing in the machine.
 */
export type Judge = (view: StepView) => number | undefined;

/**
 * How far back: to the last step of what stands; its last call or return; where its function was called; the
 * last place to stop at; the beginning of the line of the source that its function stands in, or of the one
 * before.
 */
export type Back = 'step' | 'until' | 'call' | 'continue' | 'line';

/** A store to memory in the past, or a change of where it is mapped to. */
export interface Written extends Pick<Changed, 'old' | 'now'> {
  /** The step that made it, or after which it was made; the machine can be made to stand before that */
  readonly step: number;
  /** Whose it was, by pid and name as they were then, and when, ns */
  readonly process: string;
  readonly nowNs: number;
  /** A copy has no single instruction; the processor marks entries of page tables and stores trap frames */
  readonly by: 'kernel' | 'program' | 'copy' | 'disk' | 'processor' | 'debugger';
  /** The instruction of the kernel's or the program's, in its listing; undefined: not known */
  readonly site: Site | undefined;
  /** What is mapped there was changed, not what it holds. */
  readonly mapping: boolean;
  /** The kernel's stack before that step */
  readonly trace: readonly TraceItem[];
}

/** A store of the kernel's to what is sought, about to be made. */
export interface KernelStore {
  readonly site: Site;
  /** Where in what is sought, from its beginning; may be below 0 */
  readonly offset: number;
  /** Frame pointer of the function that stores */
  readonly ebp: number;
}

/** What is sought of the stores of the past. */
export interface Sought {
  readonly address: number;
  readonly bytes: number;
  /** Only stores that changed something count. */
  readonly changes?: boolean;
  /** Only single stores of the kernel count that this says yes to, and no change of what is mapped. */
  readonly accepts?: (store: KernelStore) => boolean;
}

/** The memory's last store before here, its first since it is mapped where it is, its next after here. */
export type Which = 'last' | 'first' | 'next';

/** A way back, which is gone in stretches: between two of them a host has its turn. */
export interface WayBack {
  /**
   * Goes through one more stretch. True: the machine stands where it was to be brought; false: there is no
   * such place since power-on, and it stands where it stood; undefined: there is more of the way.
   */
  next(): boolean | undefined;
  /** Has the machine stand where it stood; next() is not called any more. */
  giveUp(): void;
}

/** Something that the kernel told of, or a function of an allocator's that was called. */
export interface PastEvent {
  /** The step that came last */
  readonly step: number;
  readonly nowNs: number;
  readonly cpu: number;
  /** By pid and name as they were then */
  readonly process: string;
  /** HW_* of the kernel's sys/ktr.h, with what it is about; undefined: a call */
  readonly kind: number | undefined;
  readonly object: number;
  readonly arg: number;
  /** Name of the function, and its arguments; undefined: not known */
  readonly call: { readonly name: string; readonly args: readonly number[] | undefined } | undefined;
}

/** What comes to a machine from outside: typed at its console, or changed by a debugger. */
export type Outside =
  | { readonly typed: string }
  | { readonly written: number; readonly bytes: number }
  | { readonly called: string };

/** One of the courses that a machine has taken. */
export interface PastHistory {
  readonly number: number;
  /** Where it left another history, behind which step, and by what; undefined: it began at power-on */
  readonly origin:
    | { readonly history: number; readonly step: number; readonly nowNs: number; readonly by: Outside }
    | undefined;
  /** Its end: the last step, when that is, and why the machine stood there ('time': no reason of its own) */
  readonly step: number;
  readonly nowNs: number;
  readonly why: 'step' | 'time' | 'panic' | 'debugger' | 'halt' | 'reboot';
}

/** Thrown out of a way through the past that was given up: the machine stands where it stood. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';

  constructor() {
    super('interrupted: no answer up to there; the machine stands where it stood');
  }
}

/** The past of a machine, to which it can be brought back. */
export interface Past {
  /**
   * Asked again and again on each way that is gone at once: all but backTo(). True: it is given up, by a
   * GivenUp. A host that hears of Ctrl-C meanwhile puts its own here.
   * @param step the one that the way has come to, which may lead forwards through the past several times
   */
  givesUp: (step: number) => boolean;
  /** Number of the last step that was taken; the machine stands before the next */
  readonly step: number;
  /** Number of the last step that was ever taken in this history */
  readonly end: number;
  /** Number of the history that the machine goes through */
  readonly history: number;
  /** All that are kept, by number */
  readonly histories: readonly PastHistory[];
  /** Brings the machine back; false: there is no such place since power-on, and it stands where it stood. */
  back(how: Back, count?: number): boolean;
  /**
   * The way back to the last step before here that a judge names.
   * @param makeJudge called with the machine as it was where the search begins, and once more for each
   * stretch further back
   */
  backTo(makeJudge: () => Judge): WayBack;
  /** The last step that this history and another one have in common; 0 if there is none of that number. */
  common(history: number): number;
  /** Has the machine stand before a step, of another history if wanted; false if it has not been there. */
  goTo(step: number, history?: number): boolean;
  /** Has the machine stand where a history ends; false if there is none of that number. */
  goToHistory(history: number): boolean;
  /** Has the machine stand before the first step at or behind a virtual time; false if there is none yet. */
  goToTime(nowNs: number): boolean;
  /**
   * A store to memory, as far as the machine has ever been; undefined: there is none. A single store counts
   * even if what it stores was there before; a copy, a disk, a processor if contents have changed.
   */
  write(which: Which, sought: Sought): Written | undefined;
  /**
   * The next load or copy that reads memory, as far as the machine has ever been.
   */
  nextRead(address: number, bytes: number): Written | undefined;
  /** What happened from before one step to another; @throws RangeError for steps that it has not been at */
  events(from: number, to: number): PastEvent[];
  /** The debugger has changed the machine: in the past another history begins. */
  changed(by: Outside): void;
}

/** A step that somebody is told of on the way. */
export interface ToldStep {
  /** Its text address */
  readonly site: number;
  /** The program whose text that is; undefined: the kernel's, or nobody knows it */
  readonly program: KnownProgram | undefined;
}

/** Told what the context that goes on does on the way. */
export interface Told {
  /** A step of its own */
  onStep?(step: ToldStep): void;
  /** A call or a return, with the depth below the function it began in */
  onCall?(step: ToldStep, depth: number): void;
}

/** What a debugger may ask of a machine that lives. */
export interface Execution {
  readonly breakpoints: readonly Breakpoint[];
  readonly watchpoints: readonly Watchpoint[];
  /** Why the machine stands, if it was made to by what was asked here */
  readonly stop: Stop | undefined;
  /**
   * Instructions (steps) since it was last told to go on, and how many of them accessed memory to read and to
   * write
   */
  readonly counts: { readonly steps: number; readonly loads: number; readonly stores: number };
  /**
   * The first place at or behind an address in the same function at which the machine can stand; undefined if
   * there is none.
   * @param program whose text it is; the kernel's unless given
   */
  place(address: number, program?: KnownProgram): number | undefined;
  /**
   * Sets a breakpoint, in place of one at the same address. @throws RangeError where the machine cannot stand
   */
  break(address: number, count: number, temporary: boolean, program?: KnownProgram): void;
  /** False if there is none at that address. */
  deleteBreakpoint(address: number, program?: KnownProgram): boolean;
  /**
   * Watches memory, in place of what is watched from the same address on; @throws RangeError if nothing is
   * mapped there.
   */
  watch(address: number, bytes: number, kind?: WatchKind): void;
  /** Watches a register of the processor that stands. @throws RangeError for one that tells nothing */
  watchRegister(name: string): void;
  /** False if that register of the processor that stands is not watched. */
  deleteRegisterWatch(name: string): boolean;
  /** A watch of its own over some memory; over what is watched by default. */
  watcher(watchpoints?: readonly Watchpoint[]): Watcher;
  /** Is there a breakpoint at this step? */
  breaksAt(view: Pick<StepView, 'site' | 'user'>): boolean;
  /** After somebody else has asked for the machine's steps. */
  askAgain(): void;
  /** What came before, where it is remembered */
  past: Past | undefined;
  /** False if there is none at that address. */
  deleteWatchpoint(address: number): boolean;
  /**
   * Says how the machine is to go on once the host lets it run.
   * @param count of steps, calls or returns
   */
  go(how: How, count?: number, told?: Told): void;
  /** Has it go on until a judge names a step, or something else stops it. */
  goUntil(judge: Judge): void;
  /** Has it stop at the first step from a virtual time on, ns since power-on; undefined: no more. */
  stopAtTime(ns: number | undefined): void;
  /** Has it go on with what it was told last, although something has stopped it on the way. */
  goOn(): void;
  /**
   * Calls a function of the kernel, which may not sleep; takes no virtual time.
   * @throws RangeError for what cannot be called so, or did not come back under the guard
   */
  call(address: number, args: readonly number[]): number;
  /**
   * What call() calls the function with: a host that can take one back which does not return puts its own
   * here. It throws an error whose name is NoProgressError, with the reason as `was interrupted`.
   */
  guard: <T>(call: () => T) => T;
}
