import {
  CHANCES,
  DEFAULT_PLAN,
  type Examined,
  explain,
  explanationText,
  type Lab,
  type Schedule,
  scheduleText,
  search,
  planNamed,
  shrink,
  verify,
} from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { nodeTurn } from '@trap12/system/node.js';
import { clock } from '../work/host.js';
import { labOf, type LoadedSubject, loadSubject, scheduleOf } from '../subject.js';
import type { ScheduleCheck, ScheduleRun } from './lesson.js';
import { waiting } from './waiting.js';

/** The host of a search that is shown to go on. */
const hostFor = (what: string): { turn(): Promise<void>; clock(): number } => ({
  turn: () => {
    waiting.line(what);
    return nodeTurn();
  },
  clock,
});
/** Seconds that making a failing schedule small may take. */
const SHRINK_SECONDS = 20;

const load = (file: string, patches: readonly string[]): Promise<LoadedSubject> =>
  loadSubject({ file, patches, seconds: undefined }, { ...DEFAULT_OPTIONS });

/** A scenario fails: in its lab, by this run, made small. */
interface Found {
  subject: LoadedSubject;
  lab: Lab;
  examined: Examined;
}

/** Failing schedules that were searched for, by scenario, patches, number of schedules and seed. */
const searched = new Map<string, Promise<Found | undefined>>();

/** How a scenario fails, made small. Undefined if it does not. */
function failureOf(
  file: string,
  patches: readonly string[],
  schedules: number,
  seed: number,
): Promise<Found | undefined> {
  const key = JSON.stringify([file, patches, schedules, seed]);
  const known = searched.get(key) ?? searchFor(file, patches, schedules, seed);
  searched.set(key, known);
  return known;
}

async function searchFor(
  file: string,
  patches: readonly string[],
  schedules: number,
  seed: number,
): Promise<Found | undefined> {
  const subject = await load(file, patches);
  const lab = labOf(subject);
  const host = hostFor(`looking for a schedule of ${file} that fails`);
  const { found } = await search(lab, { plan: planNamed(DEFAULT_PLAN), seed, schedules, host });
  waiting.end();
  return found === undefined ? undefined : { subject, lab, examined: (await shrink(lab, found)).examined };
}

/** How a scenario fails without a change: the schedule, made small. Nothing if it does not. */
export async function failuresOf(file: string, schedules: number, seed: number): Promise<Schedule[]> {
  const found = await failureOf(file, [], schedules, seed);
  return found === undefined ? [] : [scheduleOf(found.subject, found.lab, found.examined)];
}

/** Schedules that are tried for a question. */
const QUESTION_SCHEDULES = 10_000;

/** What `trap12 explore` says of a scenario's failing schedule; empty if none fails. */
export async function exploredText({ scenario, patches = [] }: ScheduleRun): Promise<string> {
  const found = await failureOf(scenario, patches, QUESTION_SCHEDULES, DEFAULT_OPTIONS.seed);
  if (found === undefined) return '';
  const { title, text = '' } = found.examined.failure!;
  return [title, text, ...whatHappened(found.lab, found.examined)].join('\n');
}

/** Functions of the kernel and of a scenario that a patch replaces. */
export async function replacedBy(scenario: string, patch: string): Promise<readonly string[]> {
  return (await load(scenario, [patch])).replaced;
}

/** A schedule that fails with a change. */
export interface FailingSchedule {
  title: string;
  /** It fails as before, by another schedule */
  moved: boolean;
  schedule: string;
  happened: string[];
}

/** Judges a patch by schedules of a scenario. Undefined: none that was tried fails. */
export async function judgeBySchedules(
  { scenario, schedules = 1000, seed = 1 }: ScheduleCheck,
  patch: string,
): Promise<FailingSchedule | undefined> {
  const failing = await failuresOf(scenario, schedules, seed);
  const subject = await load(scenario, [patch]);
  const lab = labOf(subject);
  const host = hostFor(`trying ${patch} by schedules of ${scenario}`);
  const verdict = await verify(lab, failing, { schedules, seed, host });
  waiting.end();
  if (verdict.failed === undefined) return undefined;
  const until = clock() + SHRINK_SECONDS;
  const { examined } = await shrink(lab, verdict.failed, { stop: () => clock() >= until });
  return {
    title: examined.failure!.title,
    moved: verdict.moved,
    schedule: scheduleText(scheduleOf(subject, lab, examined)),
    happened: whatHappened(lab, examined),
  };
}

function whatHappened(lab: Lab, examined: Examined): string[] {
  if (lab.threads.length === 0) return [];
  return explanationText(explain(lab, examined, { walk: CHANCES.random!, seed: 1, tries: 0 }));
}
