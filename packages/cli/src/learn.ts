import type { Command } from 'commander';
import { printLines, write } from './console.js';
import { EXIT, usageError } from './exit.js';
import { grade, GradeError, isRight } from './learn/grade.js';
import { refuseUnknown } from './learn/asked.js';
import { checkLesson } from './learn/check.js';
import { interruptible } from './learn/interrupt.js';
import {
  isOwn,
  LessonError,
  lessons,
  type Numbered,
  ownLesson,
  pathOfOwn,
  type Question,
  questionsOf,
} from './learn/lesson.js';
import { lessonPage } from './learn/page.js';
import { ProgressFile } from './learn/progress.js';
import { refuseEndless } from './named-files.js';
import { collect } from './options.js';
import { SCHEDULE_HELP, showSchedule } from './learn/schedule.js';
import { gradedLines, passedAll, Session } from './learn/session.js';

interface LearnFlags {
  answer: string[];
  exercise?: string;
  schedule?: string;
  check: boolean;
}

/** trap12 learn: a course whose answers are checked against the machine. */
export function addLearn(program: Command, setStatus: (status: number) => void): void {
  program
    .command('learn')
    .description('a course on the machine: lessons, questions that it answers, exercises that it grades')
    .argument('[lesson]', 'number of a lesson, or the file of one; without it, the list')
    .option('--answer <n=text>', 'answer question N of the lesson (may be repeated)', collect, [])
    .option('--exercise <what>', "hand the lesson's exercise in: a command, a file or a regime")
    .option('--schedule <file>', `with --exercise: ${SCHEDULE_HELP}`)
    .option(
      '--check',
      'for who writes lessons: answer, solution and wrong tries, each tried (docs/course/teaching.md)',
      false,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 learn\n  $ trap12 learn 1\n  $ trap12 learn 1 --answer 1=1026\n  $ trap12 learn 1 --exercise ten-pages.ts\n',
    )
    .action(async (number: string | undefined, flags: LearnFlags) => setStatus(await learn(number, flags)));
}

/** One of them would be left undone, without a word. */
function refuseSeveral({ answer: given, exercise, schedule, check: isCheck }: LearnFlags): void {
  const all = [given.length > 0 && '--answer', exercise !== undefined && '--exercise', isCheck && '--check'];
  const named = all.filter((each) => each !== false);
  if (named.length > 1) throw usageError(`${named.join(' and ')}: choose one`);
  if (schedule !== undefined && exercise === undefined)
    throw usageError('--schedule is of what is handed in: give --exercise, too');
}

async function learn(number: string | undefined, flags: LearnFlags): Promise<number> {
  const course = lessons();
  const progress = new ProgressFile(undefined, (text) => process.stderr.write(`trap12: ${text}\n`));
  if (number === undefined) {
    const { answer: given, exercise, schedule } = flags;
    if (given.length > 0 || exercise !== undefined || schedule !== undefined || flags.check)
      throw usageError(
        '--answer, --exercise, --schedule and --check need the number of a lesson, or its file',
      );
    printLines([
      ...course.map((lesson) => listLine(lesson, progress)),
      ...ownLines(progress),
      '`trap12 learn N` goes through lesson N; what is done is kept.',
    ]);
    return EXIT.done;
  }
  refuseSeveral(flags);
  const lesson =
    course.find((each) => each.word === number) ??
    (await interruptible(() => lessonFile(number, course.length)));
  if (flags.check) return interruptible(() => check(lesson));
  if (flags.answer.length > 0) return answers(lesson, flags.answer, progress);
  if (flags.exercise !== undefined) return handIn(lesson, flags.exercise, flags.schedule, progress);
  if (process.stdin.isTTY === true && process.stdout.isTTY === true)
    await new Session(lesson, progress).run();
  else
    write(
      lessonPage(lesson)
        .replace(/^# /, '')
        .replaceAll('**', '')
        .replace(/<\/?(?:details|summary)>/g, ''),
    );
  return EXIT.done;
}

/** A lesson of one's own. */
async function lessonFile(path: string, shipped: number): Promise<Numbered> {
  if (!path.endsWith('.json'))
    throw usageError(`no lesson ${path}; accepted: 1 to ${shipped}, or FILE.json (docs/course/teaching.md)`);
  refuseEndless('lesson', path);
  try {
    const lesson = ownLesson(path);
    await refuseUnknown(path, lesson);
    return lesson;
  } catch (error) {
    if (error instanceof LessonError) throw usageError(error.message);
    throw error;
  }
}

/** Tries all that a lesson says of itself. */
async function check(lesson: Numbered): Promise<number> {
  let status: number = EXIT.done;
  for await (const { what, fault, untried } of checkLesson(lesson)) {
    const good = untried === undefined ? `ok      ${what}` : `not tried  ${what}: ${untried}`;
    printLines([fault === undefined ? good : `FAULT   ${what}: ${fault}`]);
    if (fault !== undefined) status = EXIT.notReproduced;
  }
  return status;
}

function doneOf(lesson: Numbered, progress: ProgressFile): string {
  const { questions, exercise } = progress.of(lesson.id);
  const all = questionsOf(lesson).length;
  return `${questions.length} of ${all} question${all === 1 ? '' : 's'}${exercise ? ', exercise' : ''}`;
}

const listLine = (lesson: Numbered, progress: ProgressFile): string =>
  `${String(lesson.number).padStart(3)}  ${lesson.title.padEnd(40)} ${String(lesson.minutes).padStart(3)} min  ${doneOf(lesson, progress)}`;

/** Lessons of one's own of which something was done: where they lie, or lay, and what. */
function ownLines(progress: ProgressFile): string[] {
  return progress.lessons.filter(isOwn).map((id) => {
    const path = pathOfOwn(id);
    try {
      const lesson = ownLesson(path);
      return `     ${lesson.title.padEnd(40)} ${String(lesson.minutes).padStart(3)} min  ${doneOf(lesson, progress)}  ${path}`;
    } catch (error) {
      // It is gone, or is none any more; what was done of it is kept.
      if (!(error instanceof LessonError || (error as NodeJS.ErrnoException).code !== undefined)) throw error;
      const { questions, exercise } = progress.of(id);
      const of = `${questions.length} question${questions.length === 1 ? '' : 's'}`;
      return `     (cannot be read) ${of}${exercise ? ', exercise' : ''}  ${path}`;
    }
  });
}

/** An answer to a question, by its number. */
interface Answer {
  n: number;
  question: Question;
  given: string;
}

/** Judges all, in order; what one of them is does not keep the others from it. */
async function answers(lesson: Numbered, texts: readonly string[], progress: ProgressFile): Promise<number> {
  const questions = questionsOf(lesson);
  const all = texts.map((text): Answer => {
    const [, n, given] = /^(\d+)=(.+)$/s.exec(text) ?? [];
    const question = questions[Number(n) - 1];
    if (question === undefined)
      throw usageError(`--answer "${text}": accepted: N=TEXT, with N from 1 to ${questions.length}`);
    return { n: Number(n), question, given: given! };
  });
  let status: number = EXIT.done;
  for (const { n, question, given } of all) {
    const isSo = await interruptible(() => isRight(question, given));
    if (isSo) progress.answered(lesson.id, n);
    else status = EXIT.notReproduced;
    const said = isSo
      ? [`Right. ${question.so}`]
      : ['That is not what the machine says.', `A hint: ${question.hint}`];
    // Of several it is to be seen which one is meant.
    printLines(all.length === 1 ? said : [`${n}: ${said[0]}`, ...said.slice(1)]);
  }
  return status;
}

/** @param schedule where a failing schedule is written to; undefined: to standard output */
async function handIn(
  lesson: Numbered,
  given: string,
  schedule: string | undefined,
  progress: ProgressFile,
): Promise<number> {
  try {
    const graded = await interruptible(() => grade(lesson.exercise, given));
    printLines(gradedLines(graded));
    showSchedule(graded, schedule);
    if (!passedAll(graded)) return EXIT.notReproduced;
    progress.exercised(lesson.id);
    return EXIT.done;
  } catch (error) {
    if (error instanceof GradeError) throw error.asCommandError();
    throw error;
  }
}
