import type { Line } from './line.js';
import type { Place } from './recipe-place.js';

/*
 * Pages of notes tell of a panic in one section, and in the others of what else was done with the machine:
 * how it was built, set up, mended. What is run for the firmware of a card is no way to a panic three
 * headings on.
 */

/** A heading as Markdown has it; after one hash a command can stand behind a prompt. */
const HEADING = /^(?:#{2,6} \S|# [A-Z])/;
/** Beginnings of words that tell of a death, or of a way to it. */
const OF_DEATH =
  'reproduc|repeat|trigger|provok|recipe|test ?case|panic|crash|hung|dies|died|dying|freez|froze|wedge|(?:every|each) time';
/** What makes of a section one that tells of the panic. */
const OF_PANIC = new RegExp(`\\b(?:${OF_DEATH}|how-to|steps|hang|kill|lock(?:s|ed) up|reboots)`, 'i');

/** Headings under which people tell of a crash itself, and of how they came to it. */
const OF_CRASH =
  /\b(?:descri\w+|bug|problem|issue|symptoms?|summary|overview|background|details|what (?:i|we|it|happen\w*|was|were)\b|how (?:i|we) (?:got|came|did|ran)|how it (?:came|comes|goes|happen\w*))\b/i;

/**
 * Whether a line stands in another section than the panic, of which neither its heading nor a word in it up
 * to the end of the line's paragraph says that it is about a machine that dies.
 */
export function isOfAnotherSection(prose: readonly Line[], i: number, panic: Place): boolean {
  const line = prose[i]!;
  const isBefore = line.end <= panic.begins;
  if (!isBefore && line.from < panic.ends) return false;
  panic.headings ??= headingsOf(prose);
  if (!hasHeadingBetween(prose, i, isBefore ? panic.begins : panic.ends, panic.headings)) return false;
  let last = i;
  while (last + 1 < prose.length && !prose[last + 1]!.afterBlank && !HEADING.test(prose[last + 1]!.text))
    last++;
  for (let n = last; n >= 0; n--) {
    const { text, from } = prose[n]!;
    // The panic's own section may go on behind it.
    if (!isBefore && from < panic.ends) return false;
    if (OF_PANIC.test(text)) return false;
    if (n <= i && HEADING.test(text)) return !OF_CRASH.test(text);
  }
  // Above the first heading stands what all of it is about.
  return false;
}

/** Whether a heading stands between a line and a place of the panic, in front of it or behind. */
function hasHeadingBetween(
  prose: readonly Line[],
  i: number,
  place: number,
  headings: readonly number[],
): boolean {
  const line = prose[i]!;
  const isBefore = line.end <= place;
  return headings.some((n) => {
    const { from, end } = prose[n]!;
    return isBefore ? n > i && end <= place : n <= i && from >= place;
  });
}

/** The headings among the lines of a text. */
function headingsOf(prose: readonly Line[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < prose.length; i++) {
    const { text } = prose[i]!;
    if (text.charCodeAt(0) === 35 && HEADING.test(text)) out.push(i);
  }
  return out;
}

/** What says of a machine that it died, or that what is told leads to that. */
const TELLS_OF_IT = new RegExp(`\\b(?:${OF_DEATH}|hangs?\\b|kills|killed|lock(?:s|ed)? up|reboots\\b)`, 'i');
/** Paragraphs around one with a command that are its own: what stands on a line of its own, and the next. */
const AROUND = 2;
/** Lines on either side that are looked at: a text can be one paragraph. */
const LINES_AROUND = 40;

/**
 * Whether the words around a command say what came of it: its own paragraph or those behind it tell of a
 * machine that dies, or the panic stands at once above or below. That somebody ran something, and of a panic
 * elsewhere in the text, is no way from the one to the other.
 */
export function isTiedToPanic(prose: readonly Line[], i: number, panic: Place): boolean {
  const { begins, ends } = panic;
  if (prose[i]!.from < ends && prose[i]!.end > begins) return true;
  let paragraphs = 0;
  for (let n = i; n >= 0 && i - n <= LINES_AROUND && paragraphs < AROUND; n--) {
    const { afterBlank, from, text } = prose[n]!;
    if (paragraphs === 0 && TELLS_OF_IT.test(text)) return true;
    if (from >= ends && (n === 0 || prose[n - 1]!.end <= begins)) return true;
    if (afterBlank) paragraphs++;
  }
  paragraphs = 0;
  for (let n = i + 1; n < prose.length; n++) {
    if (n - i > LINES_AROUND) return false;
    const { afterBlank, from, text } = prose[n]!;
    if (from >= ends && prose[n - 1]!.end <= begins) return true;
    if (afterBlank && ++paragraphs > AROUND) return false;
    if (TELLS_OF_IT.test(text)) return true;
  }
  return prose.at(-1)!.end <= begins;
}
