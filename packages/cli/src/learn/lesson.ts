import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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
  /** Shell command; `ANSWER` stands for what a learner gives */
  command: string;
}

/** What is read from a machine when its run is over. */
export type Value =
  /** A counter of the kernel's struct vmmeter */
  | { counter: string }
  /** What the pattern's group finds on the console; with two groups, the second less the first */
  | { console: string }
  /** What the pattern's group finds in the panic's text; `no panic` without one */
  | { panic: string }
  /** How the run ended: `halt`, `panic`, `time` ... */
  | { ended: true }
  /** The command's exit status */
  | { status: true };

export interface Question {
  ask: string;
  /** The right answer is what this machine says */
  run: MachineRun;
  value: Value;
  /** The same value of this machine is taken off it */
  less?: MachineRun;
  hint: string;
  /** What it means, once it was found */
  so: string;
  /** Answers that look right and are not; tests hold them to be refused */
  wrong: string[];
}

export interface Check {
  /** What is demanded, for the learner */
  name: string;
  value: Value;
  less?: MachineRun;
  equals?: string | number;
  atLeast?: number;
  atMost?: number;
  /** Why it matters, shown where the check fails */
  says: string;
}

export interface Exercise {
  task: string[];
  /** A shell command, a program in a file, or a locking regime */
  give: 'command' | 'program' | 'locking';
  run: MachineRun;
  checks: Check[];
  hint: string;
  /** One that passes; tests hold it to */
  solution: string[];
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

/** A lesson and where it stands in the course. */
export interface Numbered extends Lesson {
  number: number;
  /** Under which progress is kept: the file's name without its number */
  id: string;
}

/**
 * A file that comes with the command, by its path from the packages' folder or from the package: modules lie in src/learn, dist/learn
 * or, bundled, in dist/quick.
 */
function shipped(...paths: string[]): string {
  const places = paths.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${paths[0]} is not there`);
  return found;
}

/** `examples/FILE` where it lies: at the root of the house, or of the package that holds it. */
export function examplePath(word: string): string {
  return word.startsWith('examples/') ? shipped(`../../../../${word}`, `../../../../../${word}`) : word;
}

/** A file is no lesson. The message says what is missing. */
export class LessonError extends RangeError {
  override readonly name = 'LessonError';
}

/** @throws LessonError that names the file and what is wrong with it */
export function readLesson(path: string): Lesson {
  let lesson: Lesson;
  try {
    lesson = JSON.parse(readFileSync(path, 'utf8')) as Lesson;
  } catch (error) {
    throw new LessonError(`${path}: ${(error as Error).message}`);
  }
  const fail = (what: string): never => {
    throw new LessonError(`${path}: ${what} (docs/course/teaching.md says what a lesson has)`);
  };
  for (const field of ['title', 'minutes', 'about', 'steps', 'exercise'] as const)
    if (lesson[field] === undefined) fail(`no ${field}`);
  for (const [i, step] of lesson.steps.entries()) {
    if ('question' in step) {
      for (const field of ['ask', 'run', 'value', 'hint', 'so', 'wrong'] as const)
        if (step.question[field] === undefined) fail(`step ${i + 1}: the question has no ${field}`);
    } else if (!('text' in step || 'type' in step)) fail(`step ${i + 1} is neither text, type nor question`);
  }
  for (const field of ['task', 'give', 'run', 'checks', 'hint', 'solution', 'wrong'] as const)
    if (lesson.exercise[field] === undefined) fail(`the exercise has no ${field}`);
  return lesson;
}

/** The lessons of the course, in order. */
export function lessons(dir = shipped('../../lessons/')): Numbered[] {
  const files = readdirSync(dir).filter((name) => /^\d\d-[\w-]+\.json$/.test(name));
  return files.sort().map((name, i) => ({
    ...readLesson(`${dir}${name}`),
    number: i + 1,
    id: name.slice(3, -'.json'.length),
  }));
}

export const questionsOf = ({ steps }: Lesson): Question[] =>
  steps.flatMap((step) => ('question' in step ? [step.question] : []));
