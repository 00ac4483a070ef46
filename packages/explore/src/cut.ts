/*
 * Runs that are given up in the middle: a machine's run is one call, which may take the host many seconds,
 * and Ctrl-C is not to wait for its end. Between two slices of it the host is asked. Of a run that was given
 * up nothing is known: how far it came is chance of the host's.
 */

/** A run was given up before its end. */
class RunCut extends Error {
  override readonly name = 'RunCut';
}

/** Who is asked during the call at hand; undefined: its runs are made to their end */
let asked: (() => boolean) | undefined;

/**
 * Calls what makes runs which nobody has to have: these are given up where the host wants it. Where it wants
 * that already, none begins.
 * @param stop asked before the call, and again and again during it; it may say true at any time
 * @returns undefined: given up; else what the call gives
 */
export function unlessCut<T>(stop: (() => boolean) | undefined, call: () => T): { is: T } | undefined {
  if (stop?.() === true) return undefined;
  const around = asked;
  asked = stop;
  try {
    return { is: call() };
  } catch (error) {
    if (!(error instanceof RunCut)) throw error;
    return undefined;
  } finally {
    asked = around;
  }
}

/** May the run at hand be given up? Then it is to come by refuseCut() often. */
export const mayBeCut = (): boolean => asked !== undefined;

/** Between two slices of a run. @throws what unlessCut() catches, if the run is to be given up */
export function refuseCut(): void {
  if (asked?.() === true) throw new RunCut('a run was given up');
}
