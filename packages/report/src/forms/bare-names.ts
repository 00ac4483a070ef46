import type { Builder } from '../builder.js';
import { isStackBase, isWayIn, roleOf } from '../functions/index.js';
import { type Line, spanOf } from '../line.js';
import { symbolEnd } from '../scan.js';
import type { Frame } from '../types.js';

const ID = 'trace-ddb';

/** So many names under each other, one of them known from the way to a panic, are no list of words. */
const NAMES_MIN = 4;
const NAME_LENGTH_MIN = 3;

/**
 * Holds a line back that is the name of a function and nothing else. People give a backtrace by its names
 * alone; whether it is one, all of its lines tell.
 */
export function holdName(line: Line, b: Builder): boolean {
  const { text } = line;
  if (isName(text) && !line.afterBlank) {
    b.names.push(line);
    return true;
  }
  if (b.names.length > 0) giveNames(b);
  // The first of a list may stand below a blank line.
  if (!isName(text)) return false;
  b.names.push(line);
  return true;
}

/** `vm_fault`, and not the dots of a writer who leaves lines out. */
function isName(text: string): boolean {
  return text.length >= NAME_LENGTH_MIN && symbolEnd(text, 0) === text.length && /^[A-Za-z_]/.test(text);
}

/** Whether lines that are names are those of a backtrace. */
function areFrames(lines: readonly Line[]): boolean {
  if (lines.length < NAMES_MIN) return false;
  const joined = lines.filter((each) => each.text.includes('_')).length;
  const known = lines.some(
    ({ text }) => ['panic', 'trap', 'fault'].includes(roleOf(text) ?? '') || isStackBase(text),
  );
  return known && joined * 2 >= lines.length;
}

/** A frame of which the name is known, or where the writer could not read all of it, its beginning. */
function frameOf(line: Line): Frame {
  const { text } = line;
  const span = spanOf(line, 0, text.length);
  const dots = text.indexOf('..');
  if (dots < 0) return { function: text, args: [], span };
  return { function: text.slice(0, dots), args: [], span, cut: true };
}

/** Characters between a frame and the name below it: a line end, and what the next is indented by. */
const BELOW = 8;

/** Whether names stand at once below the frames of a trace: its first lines had more than the name. */
function goesOn({ trace }: Builder, line: Line): boolean {
  const last = trace?.frames.at(-1);
  if (trace === null || last === undefined || line.afterBlank || isStackBase(last.function)) return false;
  return line.from >= trace.span[1] && line.from - trace.span[1] <= BELOW;
}

/** Whether few names go on with a trace of whole lines: whoever typed it left their places out. */
const isWithin = (b: Builder, lines: readonly Line[]): boolean =>
  b.trace?.style === 'ddb' &&
  goesOn(b, lines[0]!) &&
  lines.every(({ text }) => !text.includes('..') && (text.includes('_') || roleOf(text) !== null));

/** Reads the lines that were held back as a backtrace, or as prose. */
export function giveNames(b: Builder): void {
  const lines = b.names;
  b.names = [];
  if (lines.length > 0 && lines.length < NAMES_MIN && isWithin(b, lines)) {
    for (const line of lines) {
      b.setLine(line);
      b.frame(
        { function: line.text, args: [], cut: true, span: spanOf(line, 0, line.text.length) },
        'ddb',
        ID,
      );
    }
    return;
  }
  if (!areFrames(lines)) {
    for (const line of lines) {
      b.setLine(line);
      b.keepProse(line);
    }
    return;
  }
  const frames = lines.map(frameOf);
  if (!goesOn(b, lines[0]!)) b.trace = null;
  b.setLine(lines[0]!);
  const [first, last] = [frames[0]!.function, frames.at(-1)!.function];
  const outwards = !(isStackBase(first) || isWayIn(first)) || isStackBase(last) || isWayIn(last);
  for (const frame of outwards ? frames : frames.reverse()) b.frame(frame, 'ddb', ID);
  b.endTrace();
}
