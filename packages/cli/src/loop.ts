import { Ddb } from '@trap12/ddb';
import type { LabSetup } from '@trap12/explore';
import { NoProgressError, type System } from '@trap12/system';
import { guardedCall } from '@trap12/system/node.js';
import { LoopError } from './exit.js';
import { sentinel } from './sentinel/sentinel.js';

/**
 * Host time, ms, that is waited for a kernel that does not look at the time. Of a run: for one turn of it.
 * Of a search: for a tenth of a virtual second, or for each virtual second of a scenario's threads, which is
 * several times what a busy host takes. Of schedules by which somebody's work is judged it is less:
 * scenarios for that are small, and who polls is to be told soon.
 */
export const patience = { runMs: 30_000, searchMs: 60_000, judgeMs: 20_000 };

/** Where a machine stands that was taken out of an endless loop of its kernel, with file and line. */
export function loopLines(ddb: Ddb): string[] {
  const { session } = ddb;
  session.stoppedInLoop();
  const { srclines } = session.settings;
  session.setVariable('srclines', 1);
  try {
    return ddb.execute('t');
  } finally {
    session.setVariable('srclines', srclines);
  }
}

/**
 * What watches over a lab's kernel: where that loops, the command ends and says where.
 * @param seconds virtual seconds that are run at once; 0: a part of one
 * @param kind whose patience it is
 * @throws LoopError
 */
export const guardFor =
  (seconds: number, kind: 'searchMs' | 'judgeMs'): NonNullable<LabSetup['guard']> =>
  (call, system) => {
    try {
      const result = guardedCall(call, patience[kind] * Math.max(1, seconds));
      // A try may take many such calls before the host's events have their turn, and Ctrl-C is seen.
      sentinel.goesOn();
      return result;
    } catch (error) {
      throw loopOf(error, system);
    }
  };

/** The kernel's endless loop as an error of the command's; any other error as it is. */
export function loopOf(error: unknown, system: System): unknown {
  if (!(error instanceof NoProgressError)) return error;
  return new LoopError([error.message, ...loopLines(new Ddb(system.target))].join('\n'));
}
