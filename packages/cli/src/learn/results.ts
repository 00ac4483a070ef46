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

/** A text in XML 1.0, which has no place for most control characters. */
const xml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is not allowed
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** The same as JUnit's XML, which build servers read: a suite, a test case a check. */
export function junitXml({ what, graded, refused, seconds }: Grading): string {
  const failures = graded.filter((each) => !each.passed).length;
  const cases = graded.map((each) => {
    const head = `    <testcase classname="${xml(what)}" name="${xml(each.name)}"`;
    if (each.passed) return `${head}/>`;
    return `${head}>\n      <failure message="${xml(refused ?? each.says)}">${xml(outputOf(each))}</failure>\n    </testcase>`;
  });
  const counts = `tests="${graded.length}" failures="${failures}" time="${seconds.toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${xml(what)}" ${counts}>
${cases.join('\n')}
  </testsuite>
</testsuites>
`;
}
