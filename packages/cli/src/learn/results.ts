import type { JUnitSuite } from '../junit.js';
import type { Graded } from './grade.js';
import { detailsOf } from './session.js';

/** How a submission was graded. */
export interface Grading {
  /** What was handed in, as it was given */
  what: string;
  graded: readonly Graded[];
  /** Why it could not be tried at all: then nothing of it has passed */
  refused?: string;
  /** Seconds of the host that it took */
  seconds: number;
}

export const pointsOf = (graded: readonly Graded[]): [number, number] => [
  graded.reduce((sum, { passed, points }) => sum + (passed ? points : 0), 0),
  graded.reduce((sum, { points }) => sum + points, 0),
];

const outputOf = (each: Graded): string =>
  [...(each.passed ? [] : detailsOf(each)), ...(each.schedule === undefined ? [] : ['', each.schedule])].join(
    '\n',
  );

/**
 * The result file of Gradescope's autograders, results/results.json: a list of tests with score, max_score,
 * name, output, status (https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format").
 * Others read it, too.
 */
export function resultsJson({ graded, refused, seconds }: Grading): string {
  const tests = graded.map((each, i) => ({
    name: each.name,
    number: String(i + 1),
    score: each.passed ? each.points : 0,
    max_score: each.points,
    status: each.passed ? 'passed' : 'failed',
    output: outputOf(each),
    output_format: 'text',
  }));
  const whole = {
    score: pointsOf(graded)[0],
    execution_time: Math.round(seconds),
    output: refused ?? '',
    output_format: 'text',
    tests,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** The same for JUnit: a test case a check. */
export const suiteOf = ({ what, graded, refused, seconds }: Grading): JUnitSuite => ({
  name: what,
  seconds,
  cases: graded.map((each) => ({
    name: each.name,
    ...(each.passed ? {} : { failure: { message: refused ?? each.says, text: outputOf(each) } }),
  })),
});
