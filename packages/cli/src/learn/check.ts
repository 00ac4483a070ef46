import { CommandError, Interrupted } from '../exit.js';
import { signalName, takesAnother } from './also.js';
import { commandFault } from './commands.js';
import { grade, GradeError, type Graded, isTaken, rightAnswer } from './grade.js';
import { placedIn, withFile } from './handed-in.js';
import { type Exercise, type Numbered, type Question, questionsOf } from './lesson.js';
import { commandLine } from './page.js';
import { slyAnswers } from './sly.js';

/** What was looked at in a lesson, and what is wrong with it. */
export interface Checked {
  what: string;
  /** undefined: nothing */
  fault: string | undefined;
  /** Why it was not looked at, and is for the teacher to try */
  untried?: string;
}

/** Is there an answer that only the machine has, and are answers that look right refused? */
export async function questionFault(question: Question): Promise<string | undefined> {
  const answer = await rightAnswer(question);
  const { right } = answer;
  if (/^(?:nothing|no panic|none|nan|)$/i.test(right)) return `the machine has no answer: "${right}"`;
  for (const wrong of question.wrong)
    if (await isTaken(question, wrong, answer))
      return `"${wrong}", which is to be wrong, is the machine's answer`;
  for (const pattern of question.also ?? []) {
    const another = takesAnother(pattern, right);
    if (another !== undefined) return `also "${pattern}" takes "${another}", which the machine does not say`;
  }
  if (question.signal === true && (await signalName(right)) === undefined)
    return `${right}, which is to be a signal, is the number of none`;
  const words = `${question.ask} ${question.hint}`.split(/[^\w/.]+/);
  return words.includes(right) ? `its own text has the answer, ${right}` : undefined;
}

/**
 * What a learner would hand in: a text, or a file with it.
 * @param where the field of the lesson that has the lines, or what they are, for messages
 */
async function handedIn(exercise: Exercise, lines: readonly string[], where: string): Promise<Graded[]> {
  if (exercise.give !== 'program' && exercise.give !== 'patch') return grade(exercise, lines.join('\n'));
  return withFile(lines, where, async (file) => {
    try {
      const graded = await grade(exercise, file);
      return graded.map((each) => ({ ...each, says: placedIn(each.says, file, where) }));
    } catch (error) {
      if (error instanceof Error) error.message = placedIn(error.message, file, where);
      throw error;
    }
  });
}

/** Does the solution pass every check? */
export async function solutionFault(exercise: Exercise): Promise<string | undefined> {
  const failed = (await handedIn(exercise, exercise.solution, 'exercise.solution')).find(
    (each) => !each.passed,
  );
  return failed && `it fails "${failed.name}": ${failed.says}`;
}

/** Does a wrong try fail by the check that it names, and is it told what was found and wanted? */
export async function wrongFault(
  exercise: Exercise,
  wrong: Exercise['wrong'][number],
): Promise<string | undefined> {
  const { give, fails } = wrong;
  const where = `exercise.wrong[${exercise.wrong.indexOf(wrong) + 1}].give`;
  // Other schedules than those that it is to fail by take their time, and say nothing of it.
  const named = exercise.checks.find(({ name }) => name === fails);
  const isBySchedules = named !== undefined && 'scenario' in named;
  const checks = exercise.checks.filter(
    (check) => !(isBySchedules && 'scenario' in check) || check === named,
  );
  const failed = (await handedIn({ ...exercise, checks }, give, where)).filter((each) => !each.passed);
  const names = failed.map((each) => `"${each.name}"`).join(', ');
  if (!failed.some((each) => each.name === fails)) return `it fails by ${names || 'nothing'}`;
  const mute = failed.find(({ says }) => !/^found .*, wanted .+: .+/.test(says));
  return mute && `what is said of it does not tell what was found and wanted: ${mute.says}`;
}

/** Does an answer that does not do the work fail? Undefined: it does, or it cannot even be tried. */
export const slyFault = async (exercise: Exercise, give: readonly string[]): Promise<string | undefined> =>
  (await slyTried(exercise, give)).fault;

/** The same, and of a patch why it cannot be tried: it was made of the solution, and shows nothing then. */
async function slyTried(
  exercise: Exercise,
  give: readonly string[] | undefined,
): Promise<Pick<Checked, 'fault' | 'untried'>> {
  if (give === undefined) return { fault: undefined, untried: 'the solution has no function' };
  try {
    const graded = await handedIn(exercise, give, 'the answer that was made');
    const passed = graded.every((each) => each.passed);
    return { fault: passed ? `it passes, so the checks are too weak: ${give.join('\n')}` : undefined };
  } catch (error) {
    if (!(error instanceof GradeError)) throw error;
    const [why] = error.message.split('\n');
    return { fault: undefined, ...(exercise.give === 'patch' ? { untried: why! } : {}) };
  }
}

/**
 * Looks at all of a lesson, one after the other; each takes as long as its machines.
 * @param command the file of trap12's command, for what is to be typed
 */
export async function* checkLesson(
  lesson: Numbered,
  command: string = process.argv[1]!,
): AsyncGenerator<Checked> {
  const tried = async (fault: Promise<string | undefined>): Promise<string | undefined> => {
    try {
      return await fault;
    } catch (error) {
      // What a file of the teacher's cannot be: a program of a question that does not compile, say.
      const isOfFile = error instanceof RangeError || error instanceof CommandError;
      if (isOfFile && !(error instanceof Interrupted)) return error.message;
      throw error;
    }
  };
  for (const step of lesson.steps)
    if ('type' in step) yield { what: commandLine(step.type), fault: await commandFault(command, step.type) };
  for (const [i, question] of questionsOf(lesson).entries())
    yield { what: `question ${i + 1}`, fault: await tried(questionFault(question)) };
  const { exercise } = lesson;
  yield { what: "the exercise's solution", fault: await tried(solutionFault(exercise)) };
  for (const [i, wrong] of exercise.wrong.entries())
    yield { what: `wrong try ${i + 1} (${wrong.fails})`, fault: await tried(wrongFault(exercise, wrong)) };
  for (const { what, give } of await slyAnswers(exercise)) {
    let untried: string | undefined;
    const fault = await tried(
      slyTried(exercise, give).then((each) => {
        untried = each.untried;
        return each.fault;
      }),
    );
    yield { what: `an answer that ${what}`, fault, ...(untried === undefined ? {} : { untried }) };
  }
}
