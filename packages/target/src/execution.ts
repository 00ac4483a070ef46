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

/** How far a machine is to go on: until something stops it; the next instruction; the next call or return; the return of this function. */
export type How = 'continue' | 'step' | 'until' | 'match';

/** Why a machine stands. */
export type Stop =
  | { readonly why: 'step' }
  | { readonly why: 'breakpoint'; readonly breakpoint: Breakpoint }
  | {
      readonly why: 'watchpoint';
      readonly watchpoint: Watchpoint;
      /** Contents before and now */
      readonly old: Uint8Array;
      readonly now: Uint8Array;
      /** The instruction that stored it; undefined: no instruction of the kernel, or a bulk copy */
      readonly site: number | undefined;
    };

/** Told what the context that goes on does on the way. */
export interface Told {
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
  /** Instructions (steps) since it was last told to go on, and how many of them accessed memory to read and to write */
  readonly counts: { readonly steps: number; readonly loads: number; readonly stores: number };
  /** The first place at or behind an address in the same function at which the machine can stand; undefined if there is none. */
  place(address: number): number | undefined;
  /** Sets a breakpoint, in place of one at the same address. @throws RangeError where the machine cannot stand */
  break(address: number, count: number, temporary: boolean): void;
  /** False if there is none at that address. */
  deleteBreakpoint(address: number): boolean;
  /** Watches memory, in place of what is watched from the same address on; @throws RangeError if nothing is mapped there. */
  watch(address: number, bytes: number): void;
  /** False if there is none at that address. */
  deleteWatchpoint(address: number): boolean;
  /**
   * Says how the machine is to go on once the host lets it run.
   * @param count of steps, calls or returns
   */
  go(how: How, count?: number, told?: Told): void;
  /**
   * Calls a function of the kernel, which may not sleep; takes no virtual time.
   * @throws RangeError for what cannot be called so
   */
  call(address: number, args: readonly number[]): number;
}
