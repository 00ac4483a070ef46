import type { Command } from 'commander';
import { printLines } from './console.js';
import { EXIT, Interrupted } from './exit.js';
import { junitXml } from './junit.js';
import { refuseEndless } from './named-files.js';
import { writeFor, writeMeanwhile } from './output.js';
import { grade, type Graded, GradeError } from './learn/grade.js';
import { interruptible } from './learn/interrupt.js';
import type { Check } from './learn/lesson.js';
import { type Grading, pointsOf, resultsJson, suiteOf } from './learn/results.js';
import { gradedLines, passedAll } from './learn/session.js';
import { SCHEDULE_HELP, showSchedule } from './learn/schedule.js';
import { taskFor, Unreadable } from './learn/tasks.js';

interface GradeFlags {
  task?: string;
  scenario?: string;
  results?: string;
  junit?: string;
  schedule?: string;
}

/** trap12 grade: judges somebody's work. */
export function addGrade(program: Command, setStatus: (status: number) => void): void {
  program
    .command('grade')
    .description(
      "judge a program, a kernel patch or a scenario's cure: what machines say that run with it, what must hold in the kernel, schedules that may fail",
    )
    .argument('<file>', 'what was handed in (for a task that asks for a command or a regime: that text)')
    .option(
      '--task <file>',
      "what it is judged by: a teacher's file (docs/course/teaching.md), or a lesson's number",
    )
    .option(
      '--scenario <file>',
      'judge it as the cure of this scenario (default for NAME.cure.ts beside NAME.ts)',
    )
    .option('--results <file>', "write the result file of Gradescope's autograders, results.json")
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--schedule <file>', SCHEDULE_HELP)
    .addHelpText(
      'after',
      '\nExit code 0: all has passed, 1: not all, 2: it cannot be tried, 130: Ctrl-C came before that was known, 143: so it did, and the simulated kernel did not come to where it can stop. A result file is there in any case: from the beginning one of no points, which says that grading has not come to its end.\n\nExamples:\n  $ trap12 grade examples/scenarios/ab-ba.cure.ts\n  $ trap12 grade answer.ts --task 6 --results results.json\n',
    )
    .action(async (file: string, flags: GradeFlags) => setStatus(await run(file, flags)));
}

async function run(file: string, flags: GradeFlags): Promise<number> {
  const begun = performance.now();
  const grading: Grading = { what: file, graded: [], seconds: 0 };
  let refusal: unknown;
  let checks: Demanded = [{ name: 'what was handed in can be read' }];
  writeUnfinished(file, checks, flags);
  try {
    if (flags.task !== undefined) refuseEndless('--task', flags.task);
    grading.graded = await interruptible(async () => {
      const task = await taskFor(file, flags);
      checks = task.checks;
      writeUnfinished(file, checks, flags);
      return grade(task, file);
    });
  } catch (error) {
    const isOurs = ![GradeError, Unreadable, Interrupted].some((known) => error instanceof known);
    // Of a fault of the grader's own, too, whoever waits for the files is to be told.
    const { message } = error as Error;
    grading.refused = isOurs ? `the grader itself has failed: ${message}` : message;
    refusal = error instanceof GradeError ? error.asCommandError() : error;
    grading.graded = nothingOf(checks, grading.refused);
  }
  grading.seconds = (performance.now() - begun) / 1000;
  writeFiles(grading, flags);
  if (refusal !== undefined) throw refusal;
  printLines(gradedLines(grading.graded));
  showSchedule(grading.graded, flags.schedule);
  const [got, all] = pointsOf(grading.graded);
  printLines([`${got} of ${all} point${all === 1 ? '' : 's'}`]);
  return passedAll(grading.graded) ? EXIT.done : EXIT.notReproduced;
}

/** What is to be told of checks that were not tried. */
type Demanded = readonly Pick<Check, 'name' | 'points'>[];

/** What comes of work that cannot be tried. */
const nothingOf = (checks: Demanded, says: string): Graded[] =>
  checks.map(({ name, points = 1 }) => ({ name, passed: false, points, says, show: '' }));

const UNFINISHED = 'grading has not come to its end: nothing is known of this work';

/** Whatever ends the process, be it the lack of memory, who reads the files then does not find older ones. */
function writeUnfinished(what: string, checks: Demanded, { results, junit }: GradeFlags): void {
  const graded = nothingOf(checks, UNFINISHED);
  const grading: Grading = { what, graded, refused: UNFINISHED, seconds: 0 };
  if (results !== undefined) writeMeanwhile('--results', results, resultsJson(grading));
  if (junit !== undefined) writeMeanwhile('--junit', junit, junitXml(suiteOf(grading)));
}

function writeFiles(grading: Grading, { results, junit }: GradeFlags): void {
  if (results !== undefined) writeFor('--results', results, resultsJson(grading));
  if (junit !== undefined) writeFor('--junit', junit, junitXml(suiteOf(grading)));
}
