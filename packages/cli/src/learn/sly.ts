import type { Exercise, Task } from './lesson.js';

/** An answer that does not do what was asked for: what it does, and its text. */
export interface Sly {
  what: string;
  /** undefined: it cannot be made */
  give: string[] | undefined;
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

/**
 * Answers that any exercise has to refuse: one that does nothing, one that only prints what is wanted, the
 * locking regimes that are there without an answer.
 */
export async function slyAnswers(exercise: Exercise): Promise<Sly[]> {
  const { give, solution, prints: isToPrint } = exercise;
  const lines = isToPrint === true ? [] : printed(exercise);
  const prints = `only prints ${lines.join(', ')}`;
  if (give === 'locking') return [{ what: 'is the giant lock', give: ['giant'] }];
  if (give === 'patch') {
    // The compiler is loaded where it is needed only.
    const { emptied } = await import('./stubs.js');
    return [{ what: 'does nothing', give: emptied(solution.join('\n'))?.split('\n') }];
  }
  const isProgram = give === 'program';
  const all = [{ what: 'does nothing', give: isProgram ? programOf([]) : ['true'] }];
  if (lines.length === 0) return all;
  const quoted = lines.map((line) => `'${line.replaceAll("'", "'\\''")}'`).join(' ');
  return [...all, { what: prints, give: isProgram ? programOf(lines) : [`printf '%s\\n' ${quoted}`] }];
}
