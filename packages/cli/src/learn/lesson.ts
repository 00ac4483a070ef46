import { whyNot } from '../exit.js';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { readText } from '@trap12/system/read-file.js';
import { lessonFault, taskFault } from './fields.js';
import { jsonFault, nameTwice } from './json-text.js';
import { questionMeaning, taskMeaning } from './meant.js';
import { shipped } from './shipped.js';

/** A machine to ask, in the words of the options of `trap12 run`. */
export interface MachineRun {
  ram?: string;
  ncpu?: number;
  swap?: string;
  locking?: string;
  seed?: number;
  /** Seeds to try, one after the other, until one panics; 1 if left out */
  attempts?: number;
  suspect?: string;
  /** Virtual seconds that it may take; 60 if left out */
  seconds?: number;
  /** Seconds for which its processors may work, all together; any number if left out */
  busy?: number;
  /** Files of functions that replace the kernel's */
  patches?: string[];
  /** Files of programs that are put into /bin */
  programs?: string[];
  /** Shell command; `ANSWER` stands for what a learner gives */
  command: string;
}

/** Schedules of a scenario, tried until one fails, as `trap12 explore` does. */
export interface ScheduleRun {
  /** Its file */
  scenario: string;
  patches?: string[];
}

/** What is read from a machine when its run is over. */
export type Value =
  /** What the pattern's group finds in what is said of a scenario's failing schedule */
  | { explored: string }
  /** A counter of the kernel's struct vmmeter */
  | { counter: string }
  /** What the pattern's group finds on the console; with two groups, the second less the first */
  | { console: string }
  /** What the pattern's group finds in the panic's text; `no panic` without one */
  | { panic: string }
  /** How the run ended: `halt`, `panic`, `time` ... */
  | { ended: true }
  /** The command's exit status */
  | { status: true }
  /** What is wrong with the kernel's structures when the run is over: `none`, or the first thing */
  | { invariants: true }
  /** A program of the system's that was replaced: `none`, or the first one */
  | { programs: true }
  /** `none`, or the number of the first system call that is not what it was; those named may be others */
  | { calls: number[] }
  /** What the pattern's group finds in what a command of the debugger says when the run is over */
  | { ddb: string; find: string };

export interface Question {
  ask: string;
  /** The right answer is what this machine says, or what is found among these schedules */
  run: MachineRun | ScheduleRun;
  value: Value;
  /** The same value of this machine is taken off it */
  less?: MachineRun;
  hint: string;
  /** What it means, once it was found */
  so: string;
  /** The right answer in other writings: whole patterns; ANSWER stands for the machine's */
  also?: string[];
  /** The answer is the number of a signal: its name, by the kernel's table, is one as well */
  signal?: true;
  /** The answer is how many there are: where there are none, the word says so as well */
  count?: true;
  /** Answers that look right and are not; tests hold them to be refused */
  wrong: string[];
}

interface AnyCheck {
  /** What is demanded, for the learner */
  name: string;
  /** Why it matters, shown where the check fails */
  says: string;
  /** What it is worth; 1 if left out */
  points?: number;
}

/** A check of what a machine says. */
export interface ValueCheck extends AnyCheck {
  value: Value;
  less?: MachineRun;
  equals?: string | number;
  atLeast?: number;
  atMost?: number;
  /** It has to hold on so many machines, which differ in their seeds; 1 if left out */
  seeds?: number;
}

/**
 * A check of a patch by schedules of a scenario: those that fail without it, what is near them, and others
 * (docs/scenarios.md).
 */
export interface ScheduleCheck extends AnyCheck {
  /** Its file */
  scenario: string;
  /** Schedules to try; 1000 if left out */
  schedules?: number;
  /** What the schedules by chance depend on; 1 if left out */
  seed?: number;
  /** How they are chosen, in the words of `trap12 explore --strategy`, instead of all that */
  strategy?: string;
  /** A data race of the patch is a failure, too: two accesses without a lock in common; needs a strategy */
  races?: true;
  /**
   * Patterns of the failures that `says` speaks of, as they are told behind `found`; of others it is no
   * cause. If left out: what the scenario asserts, and whatever is no panic
   */
  about?: string[];
}

export type Check = ValueCheck | ScheduleCheck;

/** What somebody's work is judged by: the part of an exercise that a teacher's file has, too. */
export interface Task {
  /**
   * What is handed in: a shell command, a program in a file, a locking regime, or a file of functions that
   * replace the kernel's or a scenario's
   */
  give: 'command' | 'program' | 'locking' | 'patch';
  /** Of a patch: the only functions that it may replace */
  only?: string[];
  /** The machine whose values are checked; checks by schedules need none */
  run?: MachineRun;
  checks: Check[];
}

export interface Exercise extends Task {
  task: string[];
  hint: string;
  /** One that passes; tests hold it to */
  solution: string[];
  /** To print something is all that is asked for: an answer that only prints what is wanted is right */
  prints?: true;
  /** Tries that fail, and by which check */
  wrong: { give: string[]; fails: string }[];
}

/** One step of a lesson: prose, a command to type (words after `trap12`), or a question. */
export type Step = { text: string[] } | { type: string[]; why?: string } | { question: Question };

export interface Lesson {
  title: string;
  minutes: number;
  about: string;
  steps: Step[];
  exercise: Exercise;
}

/** A lesson and where it stands in the course; one of a teacher's own has a file in place of a number. */
export interface Numbered extends Lesson {
  number: number | undefined;
  /** By what `trap12 learn` knows it: its number, or its file */
  word: string;
  /** Under which progress is kept: the file's name without its number; of one's own, its whole path */
  id: string;
}

/** A file is no lesson. The message says what is missing. */
export class LessonError extends RangeError {
  override readonly name = 'LessonError';
}

/** What no text has: a file with it is of another kind, and of its bytes nothing is to be shown. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const BINARY = /[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/;

/** The text of a file, without the mark that some editors put before it. */
function textOf(path: string): string {
  try {
    return readText(path).replace(/^\ufeff/, '');
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LessonError(`${path}: ${isGone ? 'no such file' : whyNot(error)}`);
  }
}

/** @throws LessonError that names the file, and the place where it is no JSON */
function readJson(path: string): unknown {
  const text = textOf(path);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    if (BINARY.test(text)) throw new LessonError(`${path}: it is no text; accepted: JSON, in UTF-8`);
    const { line, column } = jsonFault(text)!;
    throw new LessonError(`${path}:${line}:${column}: it is no JSON from here on (${whyNot(error)})`);
  }
  const twice = nameTwice(text);
  if (twice !== undefined)
    throw new LessonError(
      `${path}:${twice.line}:${twice.column}: "${twice.name}" is there a second time; accepted: each field once`,
    );
  return read;
}

/** @throws LessonError that names the file and what is wrong with it */
export function readLesson(path: string): Lesson {
  const lesson = readJson(path) as Lesson;
  const fail = (what: string): never => {
    throw new LessonError(`${path}: ${what} (docs/course/teaching.md says what a lesson has)`);
  };
  const fault = lessonFault(lesson);
  if (fault !== undefined) fail(fault);
  for (const field of ['title', 'minutes', 'about', 'steps', 'exercise'] as const)
    if (lesson[field] === undefined) fail(`no ${field}`);
  if (lesson.steps.length === 0) fail('steps is empty; accepted: at least one text, type or question');
  for (const [i, step] of lesson.steps.entries()) {
    if ('question' in step) {
      for (const field of ['ask', 'run', 'value', 'hint', 'so', 'wrong'] as const)
        if (step.question[field] === undefined) fail(`step ${i + 1}: the question has no ${field}`);
    } else if (!('text' in step || 'type' in step)) fail(`step ${i + 1} is neither text, type nor question`);
    const kinds = ['text', 'type', 'question'].filter((kind) => kind in step);
    if (kinds.length > 1) fail(`step ${i + 1} has ${kinds.join(' and ')}; accepted: one of them`);
    if ('why' in step && !('type' in step)) fail(`step ${i + 1} has why without type`);
  }
  const { exercise } = lesson;
  for (const field of ['task', 'hint', 'solution', 'wrong'] as const)
    if (exercise[field] === undefined) fail(`the exercise has no ${field}`);
  checkTask(exercise, (what) => fail(`the exercise ${what}`));
  const named = exercise.checks.map(({ name }) => name);
  for (const [i, { give, fails }] of exercise.wrong.entries()) {
    if (give === undefined) fail(`exercise.wrong[${i + 1}] has no give; accepted: lines of an answer`);
    if (!named.includes(fails))
      fail(
        `exercise.wrong[${i + 1}].fails is "${fails}"; accepted: ${named.map((name) => `"${name}"`).join(', ')}`,
      );
  }
  return lesson;
}

/** What a check demands of a value. */
const BOUNDS = ['equals', 'atLeast', 'atMost'] as const;
const GIVEN = ['command', 'program', 'locking', 'patch'];

/** Holds a task to its form. `fail` is told what is wrong with it. */
function checkTask(task: Task, fail: (what: string) => never): void {
  const { give, run, checks } = task;
  if (!GIVEN.includes(give)) {
    const what = give === undefined ? 'has no give' : `has ${JSON.stringify(give)} for give, which is none`;
    fail(`${what}; accepted: ${GIVEN.join(', ')}`);
  }
  if (!Array.isArray(checks) || checks.length === 0) fail('has no checks');
  for (const [i, check] of checks.entries()) {
    if (typeof check.name !== 'string') fail(`has no name for check ${i + 1}`);
    if (typeof check.says !== 'string') fail(`does not say why "${check.name}" matters (says)`);
    if ('scenario' in check) {
      if (give !== 'patch') fail(`checks by schedules ("${check.name}"), which only a patch can be`);
    } else if (run?.command === undefined) fail(`has no run with a command for "${check.name}"`);
    else if (check.value === undefined) fail(`has neither value nor scenario for "${check.name}"`);
    else if (BOUNDS.every((bound) => check[bound] === undefined))
      fail(`demands nothing by "${check.name}": it has none of ${BOUNDS.join(', ')}`);
  }
}

/**
 * A teacher's file: a task as JSON, or a lesson, whose exercise it is. Paths in it are relative to it.
 * @throws LessonError that names the file and what is wrong with it
 */
export function readTask(path: string): Task {
  const read = readJson(path) as Task & { exercise?: Task };
  const fail = (what: string): never => {
    throw new LessonError(`${path}: ${what} (docs/course/teaching.md says what a task has)`);
  };
  const fault = taskFault(read);
  if (fault !== undefined) fail(fault);
  const task = read.exercise ?? read;
  checkTask(task, (what) => fail(`it ${what}`));
  const near = nearTo(path);
  const meaning = taskMeaning(task, task === read ? '' : 'exercise.', near);
  if (meaning !== undefined) fail(meaning);
  const { run } = task;
  return {
    ...task,
    ...(run === undefined ? {} : { run: { ...run, ...nearAll(run, near) } }),
    checks: task.checks.map((check): Check => {
      if ('scenario' in check) return { ...check, scenario: near(check.scenario) };
      const { less } = check;
      return less === undefined ? check : { ...check, less: { ...less, ...nearAll(less, near) } };
    }),
  };
}

/** Where a file lies that the file at `path` names. */
const nearTo =
  (path: string) =>
  (file: string): string =>
    file.startsWith('examples/') || isAbsolute(file) ? file : join(dirname(path), file);

const nearAll = <T extends MachineRun | ScheduleRun>(run: T, near: (file: string) => string): Partial<T> => {
  const { patches, programs, scenario } = run as Partial<MachineRun & ScheduleRun>;
  const all = {
    ...(patches === undefined ? {} : { patches: patches.map(near) }),
    ...(programs === undefined ? {} : { programs: programs.map(near) }),
    ...(scenario === undefined ? {} : { scenario: near(scenario) }),
  };
  return all as Partial<T>;
};

/** The lessons of the course, in order. */
export function lessons(dir = shipped('../../lessons/')!): Numbered[] {
  const files = readdirSync(dir).filter((name) => /^\d\d-[\w-]+\.json$/.test(name));
  return files.sort().map((name, i) => ({
    ...readLesson(`${dir}${name}`),
    number: i + 1,
    word: String(i + 1),
    id: name.slice(3, -'.json'.length),
  }));
}

/** What stands in progress before the whole path of a lesson that is none of the course. */
const OWN = 'own';

/** Is progress under that name of a lesson of one's own? */
export const isOwn = (id: string): boolean => isAbsolute(pathOfOwn(id)) && id.startsWith(OWN);

/** Where it lies. */
export const pathOfOwn = (id: string): string => id.slice(OWN.length);

/**
 * A lesson of a teacher's own. Paths in it are relative to it.
 * @throws LessonError that names the file and what is wrong with it
 */
export function ownLesson(path: string): Numbered {
  const lesson = readLesson(path);
  const near = nearTo(path);
  const steps = lesson.steps.map((step, i): Step => {
    if (!('question' in step)) return step;
    const fault = questionMeaning(step.question, `steps[${i + 1}].question`, near);
    if (fault !== undefined)
      throw new LessonError(`${path}: ${fault} (docs/course/teaching.md says what a lesson has)`);
    const { run, less } = step.question;
    const question = { ...step.question, run: { ...run, ...nearAll(run, near) } };
    return {
      question: less === undefined ? question : { ...question, less: { ...less, ...nearAll(less, near) } },
    };
  });
  // Two that are called alike in two folders are two.
  const id = `${OWN}${realpathSync(path)}`;
  return {
    ...lesson,
    steps,
    exercise: { ...lesson.exercise, ...readTask(path) },
    number: undefined,
    word: path,
    id,
  };
}

export const questionsOf = ({ steps }: Lesson): Question[] =>
  steps.flatMap((step) => ('question' in step ? [step.question] : []));
