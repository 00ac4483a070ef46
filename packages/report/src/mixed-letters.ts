import type { Builder } from './builder.js';
import { spanOf } from './line.js';
import type { PanicEvent } from './types.js';

/*
 * Two CPUs that print a panic at the same time mix their letters: `panpaincic:: ...`. Such a line is known by
 * having every letter of `panic:` twice at its beginning, and taken apart only where a clean copy of a
 * message exists.
 */

/** Lines longer than this are not taken apart. */
const LENGTH_MAX = 240;
/** Characters at the head of a line in which both beginnings must stand. */
const HEAD = 24;

function looksMixed(text: string): boolean {
  if (text.length < 14 || text.length > LENGTH_MAX || !/^p/i.test(text) || /^panic: /.test(text))
    return false;
  const head = text.slice(0, HEAD).toLowerCase();
  for (const c of 'panic:') {
    const first = head.indexOf(c);
    if (first < 0 || !head.includes(c, first + 1)) return false;
  }
  return true;
}

/** Whether a text is two others, each in its order, blanks aside. */
function isMixture(text: string, a: string, b: string): boolean {
  const [s, x, y] = [text, a, b].map((each) => each.replace(/\s/g, ''));
  if (s!.length !== x!.length + y!.length) return false;
  // Row by row: whether the first i of x and j of y give the first i + j of s.
  let row: boolean[] = [];
  for (let i = 0; i <= x!.length; i++) {
    const next: boolean[] = [];
    for (let j = 0; j <= y!.length; j++) {
      next[j] =
        (i === 0 && j === 0) ||
        (i > 0 && row[j] === true && x![i - 1] === s![i + j - 1]) ||
        (j > 0 && next[j - 1] === true && y![j - 1] === s![i + j - 1]);
    }
    row = next;
  }
  return row[y!.length] === true;
}

/** Notes a line in which two panic messages are mixed letter by letter. */
export function noteMixedLetters(b: Builder, events: readonly PanicEvent[]): void {
  for (const line of b.prose) {
    const c = line.text.charCodeAt(0);
    if ((c !== 112 && c !== 80) || !looksMixed(line.text)) continue;
    const clean = [
      ...events.flatMap((event) => event.message?.value ?? []),
      ...b.cpuMessages.map((each) => each.message),
    ];
    const known = clean.some((x) => clean.some((y) => isMixture(line.text, `panic: ${x}`, `panic: ${y}`)));
    b.damage.push({
      kind: known ? 'interleaved' : 'garbled',
      what: 'panic messages',
      reason: known
        ? "the letters of two CPUs' messages are mixed; the clean copies that the debugger shows are used"
        : "the letters of two CPUs' messages are mixed, and no clean copy of them is in the text",
      span: spanOf(line),
    });
    return;
  }
}

/** Of backtraces in whose lines those of two CPUs are mixed, no frame is sure to be whole, or of this CPU. */
export function markMixed(b: Builder): void {
  if (b.mixed === null) return;
  for (const { otherTraces } of b.events)
    for (const { frames, style } of otherTraces)
      if (style === 'kdb') for (const frame of frames) frame.unsure = true;
  b.damage.push({
    kind: 'garbled',
    what: MIXED_LINES,
    reason: 'two CPUs printed at the same time, and their letters are mixed',
    span: [...b.mixed],
  });
}

export const MIXED_LINES = 'lines';
