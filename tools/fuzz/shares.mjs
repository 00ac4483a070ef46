/**
 * Which part of the fuzzing is next, and how many of its inputs. Parts have their counts: `done` inputs, the
 * milliseconds that they `took`, and the `part` with `weight` and `batch`.
 */

/** With an end in time each part begins with this share of a batch, so that all have had some early. */
const FIRST = 8;

const least = (counts, of) => counts.reduce((a, b) => (of(b) < of(a) ? b : a));

/** Without an end in time: in turn whoever is furthest behind its share of the inputs. */
export function byInputs(counts, left) {
  const count = least(counts, ({ done, part }) => done / part.weight);
  return { count, many: Math.min(count.part.batch, left) };
}

/**
 * With one, in `leftMs`: in turn whoever has had least of the time, and no more of it than is expected to be
 * through by then.
 */
export function byTime(counts, left, leftMs) {
  const count = least(counts, ({ done, took }) => (done === 0 ? -1 : took));
  const { done, took, part } = count;
  const fits = done === 0 ? part.batch / FIRST : (done / Math.max(took, 1)) * leftMs;
  return { count, many: Math.max(1, Math.min(part.batch, left, Math.floor(fits))) };
}

/** What to say of parts that had no input; undefined if all had. */
export function leftOut(counts) {
  const names = counts.filter(({ done }) => done === 0).map(({ part }) => part.name);
  if (names.length === 0) return undefined;
  return `fuzz: not tried: ${names.join(', ')} (--only PART tries one)`;
}
