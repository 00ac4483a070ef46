import type { Kernel, System, SystemMaker, SystemOptions } from '@trap12/system';
import { unlessCut } from './cut.js';
import { type Delay, DelayLog } from './delays.js';
import { type Clashes, findClashes } from './explain/clash.js';
import type { Examined } from './failure.js';
import { Lab, type LabSetup } from './lab.js';
import { StrictReplay } from './record.js';
import type { Found } from './reproduce.js';
import type { ScheduledChoice } from './schedule.js';
import { shrink, type ShrinkOptions, type Shrunk } from './shrink.js';

/** What `reproduce` has found, made small. */
export interface SmallFound {
  /** Its machine stands where the small run ended, unless that was not made again */
  lab: Lab;
  shrunk: Shrunk;
  /** Who was kept waiting in the small run; undefined: it was not made again, and that is not known */
  delays: readonly Delay[] | undefined;
}

export interface FoundSetup {
  kernel: Kernel;
  /** The machine, as the search had it; seed and command are those of the run that was found */
  setup: Partial<SystemOptions>;
  /** Virtual seconds that a run may take */
  seconds: number;
  /** Who composes machines; createSystem() by default */
  make?: SystemMaker | undefined;
  /** As a lab has it */
  guard?: LabSetup['guard'] | undefined;
  /** The same */
  onSlice?: LabSetup['onSlice'];
}

/** A lab for the run that was found. */
export function labOfFound(found: Pick<Found, 'seed' | 'command'>, { setup, ...rest }: FoundSetup): Lab {
  const options = { ...setup, seed: found.seed, command: found.command };
  return new Lab({ ...rest, options, scenario: undefined, from: 'power-on' });
}

/** The machine that died, made again if that was in another process. */
export function machineOf(found: Found, setup: FoundSetup): System {
  if (found.system !== undefined) return found.system;
  const lab = labOfFound(found, setup);
  lab.attempt(new StrictReplay(lab, found.choices));
  return lab.system;
}

/**
 * Makes the schedule of the run that was found as small as it can be, and the small run once more: where that
 * may be given up, it is not made to its end by then.
 */
export async function shrinkFound(
  found: Found,
  setup: FoundSetup,
  options: ShrinkOptions = {},
): Promise<SmallFound> {
  const lab = labOfFound(found, setup);
  const shrunk = await shrink(lab, examinedOf(found), options);
  const delays = unlessCut(options.cut, () => delaysIn(lab, shrunk.examined.choices));
  return { lab, shrunk, delays: delays?.is };
}

/** Makes a run again, and tells who was kept waiting. The lab's machine then stands where it ended. */
export function delaysIn(lab: Lab, choices: readonly ScheduledChoice[]): readonly Delay[] {
  const log = new DelayLog(lab.system.target);
  lab.attempt(new StrictReplay(lab, choices), {
    classes: DelayLog.classes,
    decided: (...told) => log.decided(...told),
    happened: (...told) => log.happened(...told),
  });
  return log.delays;
}

/**
 * What met in the small run: undefined if that is not known (findClashes).
 * @param checked the setup, with the kernel in its checked form
 */
export function clashesOf(
  { lab, shrunk }: SmallFound,
  found: Found,
  checked: FoundSetup,
): Clashes | undefined {
  const observed = labOfFound(found, checked);
  observed.beginAs(lab);
  return findClashes(observed, shrunk.examined.choices);
}

/** The run that was found, as a lab would have examined it. */
function examinedOf({ nowNs, report, text, choices, firstNs, lastNs, hash }: Found): Examined {
  return {
    attempt: { ended: 'panic', nowNs, console: text },
    failure: { signature: report.signature, title: report.title, report, text },
    choices,
    firstNs,
    lastNs,
    log: undefined,
    hash,
  };
}
