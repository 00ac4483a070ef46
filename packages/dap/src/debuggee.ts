import type { History, System } from '@trap12/system';

/** A machine to be debugged: its kernel is in the checked form, and its past is remembered. */
export interface Debuggee {
  readonly system: System;
  readonly history: History;
  /** Virtual time at which it is over, ns since power-on */
  readonly endNs: number;
  /** The session opens where the run ends, breakpoints or not; else it stops at those on the way */
  readonly opensAtEnd: boolean;
  /** What is told of it when it begins, a line each */
  readonly lines: readonly string[];
  /** Asked between turns of the host: why it is over before its time */
  ends?(): string | undefined;
  /** The same from its beginning */
  again(): Promise<Debuggee>;
}

/** What is told to whoever waits for a debuggee. */
export interface LaunchHost {
  tell(line: string): void;
  /** The client no longer wants it */
  stop(): boolean;
}

/**
 * Makes what a launch configuration asks for. @throws Error whose message is one line, for the person who
 * wrote it
 */
export type Launcher = (
  configuration: Readonly<Record<string, unknown>>,
  host: LaunchHost,
) => Promise<Debuggee>;

/** A request that cannot be answered, with the reason in one line. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
