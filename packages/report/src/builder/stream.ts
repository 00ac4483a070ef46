import type { PanicEvent, Trace, Trap } from '../types.js';

/** A trap block that is being read. */
export interface OpenTrap {
  event: PanicEvent;
  trap: Trap;
  /** Rank of the last field read; the fields of one block come in a fixed order. */
  rank: number;
  /** The ranks of all fields read, and the row behind the last. */
  seen: Set<number>;
  row: number;
  /** It stands below the backtrace. */
  below?: true;
}

/** What a heading, or the command before it, says of the trace that follows. */
export interface Announced {
  purpose?: string;
  firstSeen?: true;
  pid?: number;
  tid?: number;
  name?: string;
  /** The CPU on which the debugger is by its prompt. */
  cpu?: number;
}

/**
 * What goes on at one place of the text: usually there is one, and one for each CPU where lines name the CPU.
 */
export class Stream {
  /** The event that facts now go to. */
  current: PanicEvent | null = null;
  /** The trace that frames now go to. */
  trace: Trace | null = null;
  /** Set by a line that announces a trace; used by the next frame. */
  announced: Announced | null = null;
  openTraps: OpenTrap[] = [];
  lastTrap: OpenTrap | null = null;
  /** What a numbered stack that follows without a heading is. */
  hint: string | undefined;
  runLength = 0;
  lastRank = -1;
  /** A panic whose trace was announced when another CPU's line came between. */
  waiting: PanicEvent | null = null;

  constructor(readonly cpu: number) {}
}
