import type { Line } from './line.js';

/*
 * What a writer says between two events of a text. The lines are those that no form has read; some of them
 * are a console's nevertheless.
 */

/** What kernels say on their way down, in words that could be a writer's. */
const CONSOLE =
  /^(?:all buffers|swap device|waiting|syncing|vnodes|buffers|giving up|done|dump|reboot|automatic|uptime|physical memory|the operating system|please press|\S{1,24}\d: )/i;
/** A sentence, or a part of one: words, and no values. */
const SENTENCE =
  /^["'(]?[A-Za-z][\w'-]*,?(?: [("']?[A-Za-z][\w'()"-]*[.,;:!?]*){3,}|^[A-Za-z][\w' ,-]* [\w'-]+[.:!?]$/;
/** Words by which a sentence tells of another time, or of another panic. */
const OTHER =
  /\b(?:another|others?|older|old|previous(?:ly)?|earlier|last (?:time|week|month|year|night)|second|next|later|again|also|yesterday|different(?:ly)?|new(?:er)?)\b/i;

/** Lines between two events that are looked at. */
const LINES_MAX = 200;

/** The lines between two places; the lines of a text that was read from its end are not searched. */
function between(prose: readonly Line[], from: number, to: number): Line[] {
  let [low, high] = [0, prose.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (prose[mid]!.from < from) low = mid + 1;
    else high = mid;
  }
  return prose.slice(low, low + LINES_MAX).filter((line) => line.from >= from && line.end <= to);
}

/** Whether a line that no form has read is a writer's, or the mark before his signature. */
export function isWriters({ text }: Line): boolean {
  return text === '--' || (!CONSOLE.test(text) && SENTENCE.test(text));
}

/** Whether a paragraph of a writer's, or his signature, stands between two places of the text. */
export function isParted(prose: readonly Line[], from: number, to: number): boolean {
  const lines = between(prose, from, to);
  if (lines[0]?.afterBlank !== true) return false;
  return lines.some(isWriters);
}

/** Whether a writer says between two places of the text that what follows is another panic. */
export function tellsOfOther(prose: readonly Line[], from: number, to: number): boolean {
  return between(prose, from, to).some((line) => isWriters(line) && OTHER.test(line.text));
}

/** The head of the part of a textdump that holds the message buffer. */
const MESSAGE_BUFFER = /^\W{0,12}msgbuf\.txt\b/;

/** Whether what follows is the message buffer of the same dump, with all that the kernel had ever said. */
export function isSameDump(prose: readonly Line[], from: number, to: number): boolean {
  return between(prose, from, to).some(({ text }) => MESSAGE_BUFFER.test(text));
}
