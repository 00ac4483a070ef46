import {
  DEFAULT_SEARCHER,
  type Examined,
  explain,
  explanationText,
  type Lab,
  type Schedule,
  scheduleText,
  search,
  searcherNamed,
  shrink,
  verify,
} from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { nodeTurn } from '@trap12/system/node.js';
import { labOf, type LoadedSubject, loadSubject, scheduleOf } from '../subject.js';
import type { ScheduleCheck } from './lesson.js';

const HOST = { turn: nodeTurn };
const clock = (): number => performance.now() / 1000;
/** Seconds that making a failing schedule small may take. */
const SHRINK_SECONDS = 20;

const load = (file: string, patches: readonly string[]): Promise<LoadedSubject> =>
  loadSubject({ file, patches, seconds: undefined }, { ...DEFAULT_OPTIONS });

/** How a scenario fails without a change: the schedule, made small. Nothing if it does not. */
export async function failuresOf(file: string, schedules: number, seed: number): Promise<Schedule[]> {
  const subject = await load(file, []);
  const lab = labOf(subject);
  const { found } = await search(lab, {
    searcher: searcherNamed(DEFAULT_SEARCHER),
    seed,
    schedules,
    seconds: undefined,
    clock,
    host: HOST,
  });
  return found === undefined ? [] : [scheduleOf(subject, lab, shrink(lab, found).examined)];
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

/** Failures of scenarios without a change, found once. */
const failures = new Map<string, Promise<Schedule[]>>();

/** Judges a patch by schedules of a scenario. Undefined: none that was tried fails. */
export async function judgeBySchedules(
  { scenario, schedules = 1000, seed = 1 }: ScheduleCheck,
  patch: string,
): Promise<FailingSchedule | undefined> {
  const key = JSON.stringify([scenario, schedules, seed]);
  const failing = failures.get(key) ?? failuresOf(scenario, schedules, seed);
  failures.set(key, failing);
  const subject = await load(scenario, [patch]);
  const lab = labOf(subject);
  const verdict = await verify(lab, await failing, { schedules, seed, clock, host: HOST });
  if (verdict.failed === undefined) return undefined;
  const until = clock() + SHRINK_SECONDS;
  const { examined } = shrink(lab, verdict.failed, { stop: () => clock() >= until });
  return {
    title: examined.failure!.title,
    moved: verdict.moved,
    schedule: scheduleText(scheduleOf(subject, lab, examined)),
    happened: whatHappened(lab, examined),
  };
}

function whatHappened(lab: Lab, examined: Examined): string[] {
  if (lab.threads.length === 0) return [];
  return explanationText(explain(lab, examined, { searcher: searcherNamed('random'), seed: 1, tries: 0 }));
}
