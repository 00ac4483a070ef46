/*
 * Answers that do nothing: a solution whose functions have bodies without a statement of the solution's. It
 * is asked of the compiler's own parser where they are, so that a head may stand as its writer likes.
 */
import { type TopFunction, topFunctions } from '@trap12/system/compile.js';

/** Types of numbers, by their names: the compiler's own, and those that the kernel calls so. */
const NUMBER = /^(?:u_?)?(?:int|char|short|long)$|^[iu](?:8|16|32|64)$|_t$/;

/** What a function of a type has to do, having nothing. */
function nothingOf(type: string): string {
  if (/^(?:void|Sleeps|Sleeps<void>)$/.test(type)) return '';
  if (type === 'never') return ' for (;;) {} ';
  const of = /^Sleeps<(.*)>$/.exec(type)?.[1] ?? type;
  if (of === 'boolean') return ' return false; ';
  return NUMBER.test(of) ? ' return 0; ' : ' return null; ';
}

/** What stands in place of a body. */
function stubOf({ type, givesBack }: TopFunction): string {
  if (type === undefined) return givesBack ? '{ return 0; }' : '{}';
  return `{${nothingOf(type)}}`;
}

/** The text with nothing in its functions but what their types demand; undefined: it has no function. */
export function emptied(text: string): string | undefined {
  const found = topFunctions(text);
  if (found.length === 0) return undefined;
  return found.reduceRight(
    (before, each) => before.slice(0, each.from) + stubOf(each) + before.slice(each.to),
    text,
  );
}
