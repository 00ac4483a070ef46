import type { Outcome, OutcomeFailure, Task } from '@trap12/campaign';
import {
  CHANCES,
  type Examined,
  examine,
  formOf,
  type Lab,
  LooseReplay,
  needsSteps,
  neighbours,
  parseSchedule,
  type ScheduledChoice,
  scheduleText,
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
  if (task.schedule !== undefined) return outcomeAgain(at, task.schedule, task.count);
  if (!Object.hasOwn(CHANCES, task.strategy)) throw new CommandError(`no strategy "${task.strategy}"`, 2);
  const { strategy, number, count } = task;
  const unit = { strategy, seed: CAMPAIGN_SEED, first: number * count, count };
  const { tries, failures } = await at.runner.run(unit, { all: true, novelty: false });
  const bySignature = new Map<string, OutcomeFailure>();
  for (const { signature, title, at: index, choices } of failures) {
    const known = bySignature.get(signature);
    if (known !== undefined) known.times++;
    else {
      const schedule = textOf(at, examine(at.lab, replay(choices)));
      bySignature.set(signature, { signature, title, times: 1, at: index, schedule });
    }
  }
  return { tries, failures: [...bySignature.values()] };
}

/** Tries a schedule of another build, as far as its choices still come by, and what is near it. */
async function outcomeAgain(at: Ready, text: string, most: number): Promise<Outcome> {
  const { choices } = parseSchedule(text);
  const bySignature = new Map<string, OutcomeFailure>();
  let tries = 0;
  for (const near of nearby(choices)) {
    if (tries === most) break;
    const run = examine(at.lab, new LooseReplay(at.lab, near));
    const index = tries++;
    await nodeTurn();
    if (run.failure === undefined) continue;
    const { signature, title } = run.failure;
    const known = bySignature.get(signature);
    if (known !== undefined) known.times++;
    else bySignature.set(signature, { signature, title, times: 1, at: index, schedule: textOf(at, run) });
  }
  return { tries, failures: [...bySignature.values()] };
}

function* nearby(choices: readonly ScheduledChoice[]): Generator<readonly ScheduledChoice[]> {
  yield choices;
  yield* neighbours(choices);
}

const textOf = ({ subject, lab }: Ready, run: Examined): string =>
  scheduleText(scheduleOf(subject, lab, run));
