/** What JUnit calls a test case. */
export interface JUnitCase {
  name: string;
  /** Why it has not passed: in a line, and at length */
  failure?: { message: string; text: string };
}

/** What JUnit calls a test suite. */
export interface JUnitSuite {
  /** What was tried */
  name: string;
  cases: readonly JUnitCase[];
  /** Seconds of the host that it took */
  seconds: number;
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

/** The same in an attribute, whose ends of lines would be read as blanks. */
const attribute = (text: string): string => xml(text).replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);

/** JUnit's XML, which build servers read: a suite with its cases. */
export function junitXml({ name, cases, seconds }: JUnitSuite): string {
  const failures = cases.filter((each) => each.failure !== undefined).length;
  const lines = cases.map((each) => {
    const head = `    <testcase classname="${attribute(name)}" name="${attribute(each.name)}"`;
    if (each.failure === undefined) return `${head}/>`;
    const { message, text } = each.failure;
    return `${head}>\n      <failure message="${attribute(message)}">${xml(text)}</failure>\n    </testcase>`;
  });
  const counts = `tests="${cases.length}" failures="${failures}" time="${seconds.toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${attribute(name)}" ${counts}>
${lines.join('\n')}
  </testsuite>
</testsuites>
`;
}
