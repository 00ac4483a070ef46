import type { StepView } from '@trap12/machine';

/** Text address at which the machine is to stop when it comes there. */
export interface Breakpoint {
  readonly address: number;
  /** It stops there only the so-manieth time */
  count: number;
  /** It goes when it has stopped the machine once */
  readonly temporary: boolean;
}

/** Memory of which a change stops the machine. */
export interface Watchpoint {
  readonly address: number;
  readonly bytes: number;
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

/** Watched memory has changed. */
export interface Changed {
  readonly why: 'watchpoint';
  readonly watchpoint: Watchpoint;
  /** Contents before and now; empty where nothing was or is mapped */
  readonly old: Uint8Array;
  readonly now: Uint8Array;
  /** The instruction that stored it; undefined: not known, a bulk copy, a disk or a program in user mode */
  readonly site: number | undefined;
}

/** Asked at each step: what has changed since the last one? */
export type Watcher = (view: { readonly site: number; readonly address: number }) => Changed | undefined;

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

/** A change of memory in the past. */
export interface Written extends Pick<Changed, 'old' | 'now' | 'site'> {
  /** The step that made it; the machine can be made to stand before it */
  readonly step: number;
  /** Whose it was, by pid and name as they were then, and when, ns */
  readonly process: string;
  readonly nowNs: number;
}

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

/** The past of a machine, to which it can be brought back. */
export interface Past {
  /** Number of the last step that was taken; the machine stands before the next */
  readonly step: number;
  /** Number of the last step that was ever taken */
  readonly end: number;
  /** Brings the machine back; false: there is no such place since power-on, and it stands where it stood. */
  back(how: Back, count?: number): boolean;
  /**
   * The way back to the last step before here that a judge names.
   * @param makeJudge called with the machine as it was where the search begins, and once more for each
   * stretch further back
   */
  backTo(makeJudge: () => Judge): WayBack;
  /** Has the machine stand before a step; false if it has not been there. */
  goTo(step: number): boolean;
  /** The last change of memory before here; undefined: none since power-on, or since it is mapped. */
  lastWrite(address: number, bytes: number): Written | undefined;
  /** The debugger has changed the machine: what came after is forgotten. */
  changed(): void;
}

/** Told what the context that goes on does on the way. */
export interface Told {
  /** A step, with its text address */
  onStep?(site: number): void;
  /** A call or a return, with the depth below the function it began in */
  onCall?(site: number, depth: number): void;
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
   */
  place(address: number): number | undefined;
  /**
   * Sets a breakpoint, in place of one at the same address. @throws RangeError where the machine cannot stand
   */
  break(address: number, count: number, temporary: boolean): void;
  /** False if there is none at that address. */
  deleteBreakpoint(address: number): boolean;
  /**
   * Watches memory, in place of what is watched from the same address on; @throws RangeError if nothing is
   * mapped there.
   */
  watch(address: number, bytes: number): void;
  /** A watch of its own over some memory; over what is watched by default. */
  watcher(watchpoints?: readonly Watchpoint[]): Watcher;
  /** Is there a breakpoint at this address (int32)? */
  breaksAt(site: number): boolean;
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
  /** Has it go on with what it was told last, although something has stopped it on the way. */
  goOn(): void;
  /**
   * Calls a function of the kernel, which may not sleep; takes no virtual time.
   * @throws RangeError for what cannot be called so
   */
  call(address: number, args: readonly number[]): number;
}
