import { parseReport, type Report, ReportError } from '@trap12/report';
import type { Decider } from '@trap12/machine';
import { LockLog } from './detect/lock-log.js';
import { stuckSignature, waitForGraph } from './detect/wait-for.js';
import type { Attempt, Lab } from './lab.js';
import { panicText } from './panic-text.js';
import { Recorder } from './record.js';
import type { ScheduledChoice } from './schedule.js';
import { stateHash } from './state-hash.js';

/** What went wrong in a try. Two tries with the same signature went wrong in the same way. */
export interface Failure {
  signature: string;
  /** For people */
  title: string;
  /** Of a panic */
  report?: Report;
  /** Of a panic: as somebody would have mailed it */
  text?: string;
}

/** A try that was looked at closely: what was decided, what happened. */
export interface Examined {
  attempt: Attempt;
  /** Undefined: all went well */
  failure: Failure | undefined;
  choices: ScheduledChoice[];
  /** Virtual time of the first of them, ns; undefined without any */
  firstNs: number | undefined;
  /** The same of the last of them */
  lastNs: number | undefined;
  /** Locks and sleeps; undefined if nobody asked for them */
  log: LockLog | undefined;
  /** stateHash() of its end; empty where nobody wanted to know, as it takes longer than most tries */
  hash: string;
}

/**
 * Can a try that ended so have failed? Of a command its status has to be asked for, too; but not of a load
 * from power-on, as `reproduce` has it: that need not end, and may lose programs, while the machine lives.
 */
export function hasFailed(lab: Lab, { ended }: Attempt): boolean {
  if (lab.from === 'power-on') return ended === 'panic' || ended === 'stuck';
  return ended !== 'done' || (lab.threads.length === 0 && (lab.system.exitStatus ?? 0) !== 0);
}

/** How a try ended in which nothing failed. */
export const unfailedText = (ended: Attempt['ended']): string =>
  ended === 'time' ? 'it lives as long as it was run' : 'it ends in order';

/** How closely a try is looked at: not at all at its locks, at them, or also at where each was taken. */
export type Closeness = 'no locks' | 'locks' | 'stacks';

/**
 * Runs a try under `decider` with its choices on record, and its locks: by default where threads may wait for
 * each other.
 * @param hashed whether the hash of its end is wanted; 'failed': if it fails
 */
export function examine(
  lab: Lab,
  decider: Decider,
  closeness: Closeness = lab.threads.length > 0 ? 'locks' : 'no locks',
  hashed: boolean | 'failed' = true,
): Examined {
  const recorder = new Recorder(lab, decider);
  const log =
    closeness === 'no locks' ? undefined : new LockLog(lab.system, lab.inScope, closeness === 'stacks');
  const attempt = lab.attempt(recorder, log ?? null);
  const failure = hasFailed(lab, attempt) ? failureOf(lab, attempt, log) : undefined;
  const { choices, firstNs, lastNs } = recorder;
  const wanted = hashed === 'failed' ? failure !== undefined : hashed;
  return { attempt, failure, choices, firstNs, lastNs, log, hash: wanted ? stateHash(lab.system) : '' };
}

/** What went wrong in a try that has ended so, as the lab stands; without a look at its locks. */
export function failureNow(lab: Lab, ended: Attempt['ended']): Failure | undefined {
  const attempt = { ended, nowNs: lab.system.machine.now(), console: lab.shown };
  return hasFailed(lab, attempt) ? failureOf(lab, attempt, undefined) : undefined;
}

function failureOf(lab: Lab, attempt: Attempt, log: LockLog | undefined): Failure {
  const { system } = lab;
  if (attempt.ended === 'panic') return panicFailure(panicText(system.target, `\n${attempt.console}`));
  if (attempt.ended === 'stuck' && log !== undefined) {
    const stuck = waitForGraph(log, lab.unfinished());
    const who = stuck.cycle.length > 0 ? stuck.cycle : stuck.waiters;
    const names = who.map((w) => log.process(w.context)).join(', ');
    const what = stuck.cycle.length > 0 ? 'deadlock' : 'nobody can go on';
    return { signature: stuckSignature(log, stuck), title: `${what}: ${names}` };
  }
  if (attempt.ended === 'time')
    return { signature: 'does not end', title: `it does not end within ${lab.seconds} virtual seconds` };
  const status = system.exitStatus ?? 0;
  return { signature: `status ${status}`, title: `the command ends with status ${status}` };
}

function panicFailure(text: string): Failure {
  try {
    const report = parseReport(text);
    return { signature: report.signature, title: report.title, report, text };
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    return { signature: 'a death without a message', title: 'the machine stopped without a message', text };
  }
}
