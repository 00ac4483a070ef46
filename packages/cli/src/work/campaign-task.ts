import type { Outcome, OutcomeFailure, Task } from '@trap12/campaign';
import {
  CHANCES,
  type Examined,
  examine,
  type Failure,
  formOf,
  type Lab,
  LooseReplay,
  needsSteps,
  neighbours,
  parseSchedule,
  planNamed,
  type ScheduledChoice,
  scheduleText,
  shrink,
  TREES,
  UnitRunner,
} from '@trap12/explore';
import { replay } from '@trap12/machine';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { nodeTurn } from '@trap12/system/node.js';
import { CommandError, usageError } from '../exit.js';
import { labOf, loadSubject, scheduleOf, type Subject } from '../subject.js';
import { clock } from './host.js';

/** What a worker makes the machine of; the record of a campaign's subject. */
export interface CampaignRecord {
  /** The scenario's file and patches, as the user names them */
  file: string;
  patches: readonly string[];
  /** Where they lie, if not there */
  at?: { file: string; patches: readonly string[] };
}

/** Every campaign draws from the same numbers: a unit says which of them. */
const CAMPAIGN_SEED = 1;
/** Machines that a worker keeps: making one takes a second. */
const LABS_MAX = 6;

interface Ready {
  subject: Subject;
  lab: Lab;
  runner: UnitRunner;
}

const ready = new Map<string, Ready>();

/** The machine of a task, as it stands where tries begin. */
async function readyFor({ subject: { record, image }, strategy, schedule }: Task): Promise<Ready> {
  const stepped = needsSteps(strategy) ? 'checked' : 'fast';
  const form = schedule === undefined ? stepped : formOf(parseSchedule(schedule));
  const key = JSON.stringify([record, image, form]);
  const known = ready.get(key);
  ready.delete(key);
  const made = known ?? (await makeReady(record, image, form));
  ready.set(key, made);
  for (const [oldest] of ready) if (ready.size > LABS_MAX) ready.delete(oldest);
  return made;
}

async function makeReady(record: string, image: string, form: Subject['form']): Promise<Ready> {
  const { file, patches, at = { file, patches } } = JSON.parse(record) as CampaignRecord;
  const loaded = await loadSubject({ ...at, seconds: undefined }, DEFAULT_OPTIONS, form);
  // In schedules they have the names that they have for the user.
  const subject = { ...loaded, file, patches };
  if (subject.kernel.image.hash !== image)
    throw usageError(`${[file, ...patches].join(', ')}: the files have changed since this began`);
  const lab = labNamed(subject);
  return { subject, lab, runner: new UnitRunner(lab, { turn: nodeTurn, clock }) };
}

/** Of several scenarios the one is named that no machine can be made of. @throws CommandError */
export function labNamed(subject: Subject): Lab {
  try {
    return labOf(subject);
  } catch (error) {
    const { file, patches } = subject;
    throw usageError(`${[file, ...patches].join(' with ')}: ${(error as Error).message}`);
  }
}

/** Works off a unit of a campaign. What it comes to depends on the unit and the build only. */
export async function campaignOutcome(task: Task): Promise<Outcome> {
  const at = await readyFor(task);
  const { strategy, number, count, schedule } = task;
  if (schedule !== undefined) return outcomeAgain(at, schedule, count);
  if (Object.hasOwn(TREES, strategy)) return outcomeOfTree(at, strategy, count);
  if (!Object.hasOwn(CHANCES, strategy)) throw new CommandError(`no strategy "${strategy}"`, 2);
  const unit = { strategy, seed: CAMPAIGN_SEED, first: number * count, count };
  const { tries, failures } = await at.runner.run(unit, ALL);
  const found = new Found();
  for (const each of failures) found.note(each, each.at, () => examine(at.lab, replay(each.choices)));
  return { tries, failures: await found.outcomes(at) };
}

const ALL = { all: true, novelty: false };
/** Tries at a time of a strategy that goes through everything. */
const TREE_GRAIN = 64;

/** Goes through all schedules in the strategy's order, to the end or to a number of tries. */
async function outcomeOfTree(
  { lab, runner, subject }: Ready,
  strategy: string,
  most: number,
): Promise<Outcome> {
  const plan = planNamed(strategy)(CAMPAIGN_SEED, TREE_GRAIN);
  const found = new Found();
  let tries = 0;
  for (;;) {
    const unit = tries < most ? plan.next(most - tries) : undefined;
    if (unit === undefined || unit === 'wait') break;
    const result = await runner.run(unit, ALL);
    plan.told(unit, result);
    for (const each of result.failures)
      found.note(each, tries + each.at, () => examine(lab, replay(each.choices)));
    tries += result.tries;
  }
  const covered = plan.covered();
  const failures = await found.outcomes({ lab, runner, subject });
  return { tries, failures, ...(covered === undefined ? {} : { covered }) };
}

/** Tries a schedule of another build, as far as its choices still come by, and what is near it. */
async function outcomeAgain(at: Ready, text: string, most: number): Promise<Outcome> {
  const { choices } = parseSchedule(text);
  const found = new Found();
  let tries = 0;
  for (const near of nearby(choices)) {
    if (tries === most) break;
    const run = examine(at.lab, new LooseReplay(at.lab, near));
    if (run.failure !== undefined) found.note(run.failure, tries, () => run);
    tries++;
    await nodeTurn();
  }
  return { tries, failures: await found.outcomes(at) };
}

function* nearby(choices: readonly ScheduledChoice[]): Generator<readonly ScheduledChoice[]> {
  yield choices;
  yield* neighbours(choices);
}

/** Tries that the schedule of a failure is made small in: of threads they are quick, of a command not. */
const SHRINK_THREADS = 200;
const SHRINK_COMMAND = 16;

/** The failures of a unit, by signature. */
class Found {
  private readonly kinds = new Map<string, { first: Examined; failure: OutcomeFailure }>();

  /** @param at which of the unit's tries @param examined that try, looked at closely */
  note(
    { signature, title }: Pick<Failure, 'signature' | 'title'>,
    at: number,
    examined: () => Examined,
  ): void {
    const known = this.kinds.get(signature);
    if (known !== undefined) known.failure.times++;
    else {
      const failure = { signature, title, times: 1, at, schedule: '', size: 0 };
      this.kinds.set(signature, { first: examined(), failure });
    }
  }

  /** All of them, each with its first schedule made small: in so many tries, as time differs on each host. */
  async outcomes({ subject, lab }: Ready): Promise<OutcomeFailure[]> {
    const out: OutcomeFailure[] = [];
    for (const { first, failure } of this.kinds.values()) {
      let left = lab.threads.length > 0 ? SHRINK_THREADS : SHRINK_COMMAND;
      const { examined } = await shrink(lab, first, { stop: () => left-- <= 0, turn: nodeTurn });
      lab.rewind();
      // What is made small is tried a little differently; it counts if it still fails in this way.
      const run = examined.failure?.signature === failure.signature ? examined : first;
      const schedule = scheduleText(scheduleOf(subject, lab, run));
      out.push({ ...failure, schedule, size: run.choices.length });
    }
    return out;
  }
}
