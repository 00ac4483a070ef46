import type { PanicEvent } from './types.js';

/** Few functions are as long as that. */
const FAR = 0x1000;

/**
 * How far a place is behind its symbol, if it may be in a function that has none: a debugger takes the symbol
 * below an address. With a backtrace nobody asks; without one the place is all that there is.
 */
export function farFrom({ faultPlace, stoppedAt, frames }: PanicEvent): number | undefined {
  const offset = frames.length > 0 ? undefined : (faultPlace ?? stoppedAt)?.offset;
  return offset !== undefined && offset >= FAR ? offset : undefined;
}
