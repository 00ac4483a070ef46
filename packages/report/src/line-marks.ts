import { isStart } from './dispatch.js';
import { dropFirst, type Line } from './line.js';
import { stripLogPrefix } from './prefixes.js';

/*
 * What stands before a line of a report and is no part of it: the prompt that the console had printed, the
 * mark of a comment or of a difference. It is taken off only where a line of a report follows, so that shell
 * prompts, numbered frames and rows of tables stay as they are.
 */

const LOGIN = /^(?:[\w.-]{1,40} )?(?:login|password): ?(?=\S)/i;
const COMMENT = /^(?:[#*+%;|$]|\/\/|--|REM)[ \t]{1,8}(?=\S)/;
const DIFFERENCE = /^\+(?=[A-Za-z#])/;
const MARKS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [LOGIN, 'console prompt'],
  [COMMENT, 'comment'],
  [DIFFERENCE, 'comment'],
];

/** Takes off the mark before a line of a report. */
export function stripMark(line: Line, count: (what: string) => void): Line {
  const { text } = line;
  if (!canMark(text.charCodeAt(0), text)) return line;
  for (const [pattern, what] of MARKS) {
    const m = pattern.exec(text);
    if (m === null) continue;
    let rest = dropFirst(line, m[0].length);
    // The kernel stamps its line, whatever stands before it on the console.
    const stamp = pattern === LOGIN ? stripLogPrefix(rest.text) : null;
    if (stamp !== null) rest = dropFirst(rest, stamp.length);
    if (!isStart(rest) || isProse(rest.text)) continue;
    rest.indent = line.indent;
    count(what);
    return rest;
  }
  return line;
}

/** `# dump -0af /dev/nsa0` begins like the dump line of a console, and is a command. */
function isProse(text: string): boolean {
  return /^(?:dump -|savecore |version |release |current |processor )/i.test(text);
}

function canMark(c: number, text: string): boolean {
  if (c < 48) return c === 35 || c === 42 || c === 43 || c === 37 || c === 36 || c === 47 || c === 45;
  if (c === 59 || c === 124) return true;
  return c === 80 ? text.startsWith('Password:') : text.indexOf('ogin: ') > 0;
}
