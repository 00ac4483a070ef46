/**
 * What a scenario has, as kern_scenario.ts calls it: made anew from each scenario. This one is for the type
 * checker.
 */

export const SCENARIO_THREADS = 0;

/** Name of thread i. Locks: none. Does not sleep. */
export function scenario_name(i: int): str {
  return 'thread';
}

/** Runs thread i to its end. Locks: none. May sleep. */
export function* scenario_thread(i: int): Sleeps {}

/** Runs before there are threads. Locks: Giant. May sleep. */
export function* scenario_setup(): Sleeps {}

/** Runs when all threads have come to their end. Locks: none. May sleep. */
export function* scenario_check(): Sleeps {}
