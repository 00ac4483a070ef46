/** The longest stretch of lines that is looked for again behind itself. */
const STRETCH_MAX = 16;
/** So often a stretch is there before it is told once. */
const TIMES_MIN = 4;

/** Lines of which one stretch comes again and again: it is told once, and how often it comes then. */
export interface Folded {
  /** Index of its first line */
  from: number;
  /** Lines of the stretch */
  length: number;
  /** Times that it is there, 1 or more */
  times: number;
}

/**
 * Finds stretches of lines that are repeated without anything in between, the shortest one where several are.
 * @param lines by which they are compared
 * @returns all lines in order; those that are not repeated with 1 for `length` and `times`
 */
export function folded(lines: readonly string[]): Folded[] {
  const all: Folded[] = [];
  for (let from = 0; from < lines.length; ) {
    const found = repeatedAt(lines, from);
    all.push(found);
    from += found.length * found.times;
  }
  return all;
}

function repeatedAt(lines: readonly string[], from: number): Folded {
  for (let length = 1; length <= STRETCH_MAX; length++) {
    let end = from + length;
    while (end < lines.length && lines[end] === lines[end - length]) end++;
    const times = Math.floor((end - from) / length);
    if (times >= TIMES_MIN) return { from, length, times };
  }
  return { from, length: 1, times: 1 };
}
