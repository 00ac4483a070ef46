import type { Task as CampaignTask } from '@trap12/campaign';
import {
  type Lab,
  labOfFound,
  type SeedTask,
  TryRunner,
  type TryTask,
  type Unit,
  type UnitOptions,
  UnitRunner,
  workOffSeed,
} from '@trap12/explore';
import { type BoundKernel, completeOptions, type Kernel, oneAtATime } from '@trap12/system';
import { NodeHost, nodeTurn } from '@trap12/system/node.js';
import { compileAll } from '../own-programs.js';
import { type FoundRecord, judgeRegime, type JudgeTask } from '../reproduce-judge.js';
import { clock } from './host.js';
import { hostOf } from './seed-crew.js';
import { labOf, loadSubject, type SubjectRecord, subjectOfRecord } from '../subject.js';

/** A piece of work: a plain record, which can be worked off in any process that has the same files. */
export type Task =
  | { job: 'unit'; subject: SubjectRecord; unit: Unit; options: UnitOptions }
  | { job: 'seed'; task: SeedTask; added: Added; clock?: Float64Array }
  | { job: 'judge'; task: JudgeTask; added: Added }
  | { job: 'try'; of: FoundRecord; task: TryTask; added: Added }
  | { job: 'campaign'; task: CampaignTask };

/** The lab of the last units, as most are of the same. */
let known: { key: string; runner: UnitRunner } | undefined;

async function runnerOf(record: SubjectRecord): Promise<UnitRunner> {
  const key = JSON.stringify(record);
  if (known?.key !== key) {
    const lab: Lab = labOf(await subjectOfRecord(record), record.from);
    known = { key, runner: new UnitRunner(lab, { turn: nodeTurn, clock }) };
  }
  return known.runner;
}

/** Works off a task. What it gives is plain data. */
export async function workOff(task: Task): Promise<unknown> {
  if (task.job === 'unit') return (await runnerOf(task.subject)).run(task.unit, task.options);
  if (task.job === 'campaign') return (await import('./campaign-task.js')).campaignOutcome(task.task);
  const kernel = await kernelOnce(task.added);
  if (task.job === 'try') return trierOf(task.of, kernel).run(task.task);
  // They take the machine that the tries had.
  trier = undefined;
  if (task.job === 'judge') return judgeRegime(kernel, task.task, {}, make);
  const host = new NodeHost();
  try {
    const result = await workOffSeed(kernel, task.task, ...hostOf(host, task.clock), make);
    return result?.found === undefined
      ? result
      : { ...result, found: { ...result.found, system: undefined } };
  } finally {
    host.close();
  }
}

/** Of seeds, tries and judging: one at a time is at work here. */
const make = oneAtATime();

/** The lab of the last tries. */
let trier: { key: string; kernel: Kernel; runner: TryRunner } | undefined;

function trierOf(of: FoundRecord, kernel: Kernel): TryRunner {
  const key = JSON.stringify(of);
  if (trier?.key !== key || trier.kernel !== kernel) {
    const { found, ...setup } = of;
    trier = { key, kernel, runner: new TryRunner(labOfFound(found, { kernel, ...setup, make })) };
  }
  return trier.runner;
}

/** The kernel of the last seeds, as most are on the same. */
let made: { key: string; kernel: Promise<Kernel> } | undefined;

function kernelOnce(added: Added): Promise<Kernel> {
  const key = JSON.stringify(added);
  if (made?.key !== key) made = { key, kernel: kernelWith(added) };
  return made.kernel;
}

/** What users have given of their own: files. */
export interface Added {
  program: readonly string[];
  patch: readonly string[];
}

/** A kernel with the user's own programs and patches. @throws CommandError if they do not compile */
export async function kernelWith({ program, patch }: Added, form?: BoundKernel['form']): Promise<Kernel> {
  const wanted = { file: undefined, patches: patch, seconds: undefined };
  const { kernel } = await loadSubject(wanted, completeOptions({}), form);
  return { ...kernel, executables: [...kernel.executables, ...(await compileAll(program))] };
}
