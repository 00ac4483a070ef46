import type { Exercise, Task } from './lesson.js';

/** An answer that does not do what was asked for: what it does, and its text. */
export interface Sly {
  what: string;
  give: string[];
}

/** What the checks want to be printed, as they say it: all that an answer can know without working it out. */
const printed = ({ checks }: Task): string[] =>
  checks.flatMap((check) =>
    'value' in check && 'console' in check.value && check.equals !== undefined ? [String(check.equals)] : [],
  );

/** A program that prints lines, and does nothing else. */
const programOf = (lines: readonly string[]): string[] => [
  'export function main(argc: int, argv: ptr<str>): int {',
  ...lines.map((line) => `  printf('%s\\n', '${line.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}');`),
  '  return 0;',
  '}',
];

/** The head of a function at the start of a line, up to its brace. */
const HEAD = /^(?:export )?function\s*(\*?)\s*\w+\([^)]*\): ([\w<>]+) \{$/;

/** The functions of a solution, each with nothing in it but what its type demands. */
function emptied(solution: readonly string[]): string[] {
  return solution.flatMap((line) => {
    const [, , type] = HEAD.exec(line) ?? [];
    if (type === undefined) return [];
    return [line, ...(type === 'void' || type === 'Sleeps' ? [] : ['  return 0;']), '}'];
  });
}

/**
 * Answers that any exercise has to refuse: one that does nothing, one that only prints what is wanted, the
 * locking regimes that are there without an answer.
 */
export function slyAnswers(exercise: Exercise): Sly[] {
  const { give, solution, prints: isToPrint } = exercise;
  const lines = isToPrint === true ? [] : printed(exercise);
  const prints = `only prints ${lines.join(', ')}`;
  if (give === 'locking') return [{ what: 'is the giant lock', give: ['giant'] }];
  if (give === 'patch') {
    const stub = emptied(solution);
    return stub.length === 0 ? [] : [{ what: 'does nothing', give: stub }];
  }
  const isProgram = give === 'program';
  const all = [{ what: 'does nothing', give: isProgram ? programOf([]) : ['true'] }];
  if (lines.length === 0) return all;
  const quoted = lines.map((line) => `'${line.replaceAll("'", "'\\''")}'`).join(' ');
  return [...all, { what: prints, give: isProgram ? programOf(lines) : [`printf '%s\\n' ${quoted}`] }];
}
