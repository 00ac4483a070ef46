import { shellWord } from '../words.js';
import type { Exercise, Numbered, Step } from './lesson.js';

/** Words as a shell takes them. */
export function commandLine(words: readonly string[]): string {
  const quoted = words.map((word) => {
    if (/^[\w@%+=:,./-]+$/.test(word)) return word;
    return word.includes("'") ? `"${word}"` : `'${word}'`;
  });
  return ['trap12', ...quoted].join(' ');
}

/** What is to be given, and how it is tried. */
export function handIn({ word, exercise }: Numbered): string {
  const what = { command: "'COMMAND'", program: 'FILE.ts', locking: 'REGIME', patch: 'FILE.ts' }[
    exercise.give
  ];
  return `trap12 learn ${shellWord(word)} --exercise ${what}`;
}

function stepText(step: Step, lesson: Numbered, questions: { n: number }): string {
  if ('text' in step) return step.text.join('\n\n');
  if ('type' in step)
    return `${step.why === undefined ? '' : `${step.why}\n\n`}    $ ${commandLine(step.type)}`;
  questions.n++;
  const { ask, hint } = step.question;
  return `**Question ${questions.n}.** ${ask}\n\n    $ trap12 learn ${shellWord(lesson.word)} --answer ${questions.n}=...\n\n<details><summary>A hint</summary>\n\n${hint}\n\n</details>`;
}

function exerciseText(lesson: Numbered): string {
  const { task, checks, hint }: Exercise = lesson.exercise;
  return [
    '## Exercise',
    ...task,
    `    $ ${handIn(lesson)}`,
    ['What is checked:', '', ...checks.map((check) => `- ${check.name}`)].join('\n'),
    `<details><summary>A hint</summary>\n\n${hint}\n\n</details>`,
  ].join('\n\n');
}

/** What stands over a lesson. */
export const headingOf = ({ number, title }: Numbered): string =>
  number === undefined ? title : `Lesson ${number}: ${title}`;

/** A lesson as a page of docs/course, in Markdown. */
export function lessonPage(lesson: Numbered): string {
  const questions = { n: 0 };
  const parts = [
    `# ${headingOf(lesson)}`,
    `${lesson.about} About ${lesson.minutes} minutes. \`trap12 learn ${shellWord(lesson.word)}\` takes you through it in a terminal.`,
    ...lesson.steps.map((step) => stepText(step, lesson, questions)),
    exerciseText(lesson),
  ];
  return `${parts.join('\n\n')}\n`;
}

export const pageName = ({ number, id }: Numbered): string => `${String(number).padStart(2, '0')}-${id}.md`;

/** The course's first page. */
export function coursePage(course: readonly Numbered[]): string {
  const rows = course.map(
    (lesson) =>
      `| ${lesson.number} | [${lesson.title}](${pageName(lesson)}) | ${lesson.about} | ${lesson.minutes} |`,
  );
  return `# The course

Each lesson has commands to type, questions whose answers are checked against the machine, and an exercise that is graded on it.
\`trap12 learn\` lists them and keeps what you have done (in \`~/.local/state/trap12/progress.json\`, or where \`TRAP12_PROGRESS\` says).
Files of the kernel, \`packages/kernel/src/...\` here, lie in \`node_modules/trap12/node_modules/@trap12/kernel/src\` of an installed package.
[teaching.md](teaching.md) is for who teaches with it or writes lessons.

| | lesson | what it is about | minutes |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
