import {
  CHANCES,
  DEFAULT_PLAN,
  type Examined,
  explain,
  explanationText,
  type Failure,
  type Lab,
  needsSteps,
  type RaceReport,
  raceText,
  RaceWatch,
  type Schedule,
  scheduleText,
  search,
  planNamed,
  shrink,
  verify,
} from '@trap12/explore';
import { stableMessage } from '@trap12/report';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { signalsTold } from '@trap12/system/interruption.js';
import { basename } from 'node:path';
import { Interrupted } from '../exit.js';
import { clock, SearchHost } from '../work/host.js';
import { labOf, type LoadedSubject, loadSubject, scheduleOf } from '../subject.js';
import type { ScheduleCheck, ScheduleRun } from './lesson.js';
import { isAbout } from './about.js';
import { nameOf } from './handed-in.js';
import { refuseInterrupted } from './interrupt.js';
import { waiting } from './waiting.js';

/** What a search is done with, and its result made small. */
interface Host {
  turn(): Promise<void>;
  clock(): number;
  stop(): boolean;
  cut(): boolean;
}

/**
 * Does a search that is shown to go on.
 * @throws Interrupted if Ctrl-C has come meanwhile
 */
async function shown<T>(what: string, work: (host: Host) => Promise<T>): Promise<T> {
  await refuseInterrupted();
  const host = new SearchHost();
  const turn = (): Promise<void> => {
    waiting.line(what);
    return host.turn();
  };
  try {
    const result = await work({ turn, clock, stop: host.stop, cut: host.cut });
    await signalsTold();
    if (host.interrupted) throw new Interrupted('not all schedules have been tried');
    return result;
  } finally {
    waiting.end();
    host.close();
  }
}

/**
 * Seconds that making failing schedules small may take, and looking how each ends without one of its choices,
 * of all checks of one work together.
 */
export const SHRINK_SECONDS = 15;
/** And of each, where no more is left. */
const SHRINK_LEAST_SECONDS = 1;

/** What is left of that time; each who makes one small takes from it. */
export interface ShrinkTime {
  seconds: number;
}

const load = (
  file: string,
  patches: readonly string[],
  form: 'fast' | 'checked' = 'fast',
): Promise<LoadedSubject> => loadSubject({ file, patches, seconds: undefined }, { ...DEFAULT_OPTIONS }, form);

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
  // What was interrupted is searched for anew.
  known.catch(() => searched.delete(key));
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
  const examined = await shown(`looking for a schedule of ${file} that fails`, async (host) => {
    const { found } = await search(lab, { plan: planNamed(DEFAULT_PLAN), seed, schedules, host });
    return found === undefined ? undefined : (await shrink(lab, found, host)).examined;
  });
  return examined === undefined ? undefined : { subject, lab, examined };
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
  const happened = await whatHappened(found.lab, found.examined, `looking at what happened in ${scenario}`);
  return [title, text, ...happened].join('\n');
}

/** Functions of the kernel and of a scenario that a patch replaces. */
export async function replacedBy(scenario: string, patch: string): Promise<readonly string[]> {
  return (await load(scenario, [patch])).replaced;
}

/** A schedule that fails with a change. */
export interface FailingSchedule {
  /** With the numbers that were printed */
  title: string;
  /** It is one of those that the check is about */
  isMeant: boolean;
  /** It fails as before, by another schedule */
  moved: boolean;
  schedule: string;
  happened: string[];
}

/** No schedule fails with a change; two of its accesses, or one and another's, have no lock in common. */
export interface RacingPatch {
  title: string;
  happened: string[];
}

/** A run that fails with a change, in its lab. */
interface FailsWith {
  subject: LoadedSubject;
  lab: Lab;
  failed: Examined;
  moved: boolean;
}

/** By schedules that fail without the change, and others. */
async function byVerifying(
  { scenario, schedules = 1000, seed = 1 }: ScheduleCheck,
  patch: string,
): Promise<FailsWith | undefined> {
  const failing = await failuresOf(scenario, schedules, seed);
  const subject = await load(scenario, [patch]);
  const lab = labOf(subject, 'start', 'judgeMs');
  const { failed, moved } = await shown(`trying ${nameOf(patch)} by schedules of ${scenario}`, (host) =>
    verify(lab, failing, { schedules, seed, host }),
  );
  return failed && { subject, lab, failed, moved };
}

/** By schedules of one strategy; where races are looked for, up to the first. */
async function bySearching(
  { scenario, schedules = 1000, seed = 1, strategy, races }: ScheduleCheck & { strategy: string },
  patch: string,
): Promise<FailsWith | RacingPatch | undefined> {
  const isChecked = races === true || needsSteps(strategy);
  const subject = await load(scenario, [patch], isChecked ? 'checked' : 'fast');
  const lab = labOf(subject, 'start', 'judgeMs');
  const watch = races === true ? new RaceWatch(lab.system) : undefined;
  const race = (): RaceReport | undefined => watch?.races.find((each) => isOfPatch(each, patch));
  const { found } = await shown(`trying ${nameOf(patch)} by schedules of ${scenario}`, (host) =>
    search(lab, {
      ...{ plan: planNamed(strategy), seed, schedules },
      host: { ...host, stop: () => host.stop() || race() !== undefined },
      ...(watch === undefined ? {} : { onlooker: watch }),
    }),
  );
  watch?.end();
  if (found !== undefined) return { subject, lab, failed: found, moved: false };
  const raced = race();
  return raced && { title: `data race on ${raced.object}`, happened: raceText(raced) };
}

/** Is one of the two accesses in that patch, and a lock needed? A scenario's own are its author's. */
function isOfPatch({ first, second, judgement }: RaceReport, patch: string): boolean {
  const ofPatch = `-${basename(patch)}`;
  const isIn = ({ file }: RaceReport['first']): boolean =>
    file.startsWith('patch/') && file.endsWith(ofPatch);
  return judgement === 'unprotected' && (isIn(first) || isIn(second));
}

/** A failure's title with its message as it was printed, where the title has N for numbers. */
export function printedTitle({ title, report }: Pick<Failure, 'title' | 'report'>): string {
  const message = report?.message?.value;
  if (message === undefined) return title;
  return title.replace(stableMessage(message), () => message.split('\n')[0]!);
}

/**
 * Judges a patch by schedules of a scenario. Undefined: none that was tried fails, or has a race that is
 * looked for.
 * @param left how long making a schedule small may take
 */
export async function judgeBySchedules(
  check: ScheduleCheck,
  patch: string,
  left: ShrinkTime,
): Promise<FailingSchedule | RacingPatch | undefined> {
  const { strategy } = check;
  const fails = await (strategy === undefined
    ? byVerifying(check, patch)
    : bySearching({ ...check, strategy }, patch));
  if (fails === undefined || !('lab' in fails)) return fails;
  const { subject, lab, failed, moved } = fails;
  const begun = clock();
  const until = begun + Math.max(left.seconds, SHRINK_LEAST_SECONDS);
  const isOver = (): boolean => clock() >= until;
  const trying = `trying ${nameOf(patch)} by schedules of ${check.scenario}`;
  try {
    const { examined } = await shown(trying, ({ turn, stop, cut }) =>
      shrink(lab, failed, { turn, stop: () => stop() || isOver(), cut }),
    );
    const failure = examined.failure!;
    const title = printedTitle(failure);
    const told = { ...examined, failure: { ...failure, title } };
    return {
      title,
      isMeant: moved || isAbout(check, title),
      moved,
      schedule: scheduleText(scheduleOf(subject, lab, examined)),
      happened: await whatHappened(lab, told, trying, isOver),
    };
  } finally {
    left.seconds -= clock() - begun;
  }
}

/**
 * What a failing run's explanation says.
 * @param what is said meanwhile
 * @param enough asked before it is looked how the run ends without one of its choices
 * @throws Interrupted if Ctrl-C has come meanwhile
 */
async function whatHappened(
  lab: Lab,
  examined: Examined,
  what: string,
  enough: () => boolean = () => false,
): Promise<string[]> {
  if (lab.threads.length === 0) return [];
  const walk = CHANCES.random!;
  const explanation = await shown(what, ({ turn, stop }) =>
    explain(lab, examined, { walk, seed: 1, tries: 0, enough, turn, stop }),
  );
  const { failing } = explanation;
  const { failure } = failing;
  const printed = failure && { ...failure, title: printedTitle(failure) };
  return explanationText({ ...explanation, failing: { ...failing, failure: printed } });
}
