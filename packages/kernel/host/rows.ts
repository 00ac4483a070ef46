import { follow, type Followed, PROCESS_LISTS, processList, reasonOf, type ShowContext } from './show.js';

/*
 * How the `show` commands tell of what is damaged. A wild pointer takes with it what hangs on it, and nothing
 * else: of a row the part that cannot be read is `?`, with the reason behind the row (part); what cannot be
 * shown at all has one line with its name (guarded); a list ends where its links do, and says which list it
 * is (each).
 */

/** How a command prints: what is said by `unsure` stands behind the line that is printed next. */
export function printing(print: (line: string) => void): Pick<ShowContext, 'print' | 'unsure'> {
  const reasons = new Set<string>();
  return {
    print(line) {
      const odd = [...reasons].map((reason) => ` *** ${reason} ***`);
      reasons.clear();
      print(`${line}${odd.join('')}`);
    },
    unsure(reason) {
      reasons.add(reason);
    },
  };
}

/** Where something is that a line has no better name for. */
const place = (at: number): string => `0x${(at >>> 0).toString(16)}`;

/** Part of a row, or `?` where a wild address is in the way. @param what it hangs on: a field, most often */
export function part(context: ShowContext, what: string, read: () => string | number): string {
  try {
    return String(read());
  } catch (error) {
    context.unsure(`${what}: ${reasonOf(error)}`);
    return '?';
  }
}

/** A string of the kernel's as part of a row; what cannot be printed of it becomes `?`. */
export function nameAt(context: ShowContext, what: string, at: number, limit = 64): string {
  if (at >>> 0 === 0) return '(null)';
  return part(context, what, () =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    context.memory.string(at, limit).replace(/[\u0000-\u001f\u007f-\uffff]/g, '?'),
  );
}

/** Says what is wrong, in a line of its own. */
export function complain({ print }: ShowContext, odd: string | undefined): void {
  if (odd !== undefined) print(`*** ${odd} ***`);
}

/** Shows something that may be damaged; what was printed until then stays. @returns whether all was shown */
export function guarded(context: ShowContext, what: string, tell: () => void): boolean {
  try {
    tell();
    return true;
  } catch (error) {
    complain(context, `${what}: ${reasonOf(error)}`);
    return false;
  }
}

/**
 * Shows the elements of a list, each on its own, and then where the list breaks off, if it does.
 * @param what an element is
 */
export function each(
  context: ShowContext,
  list: string,
  walk: () => Iterable<number>,
  what: string,
  tell: (at: number) => void,
): Followed {
  const followed = follow(list, walk);
  for (const at of followed.elements) guarded(context, `${what} ${place(at)}`, () => tell(at));
  complain(context, followed.broken);
  return followed;
}

/** Shows every process, the zombies behind the others. */
export function eachProcess(context: ShowContext, tell: (p: number) => void): void {
  for (const list of PROCESS_LISTS)
    each(context, list, () => processList(context.memory, list), 'process', tell);
}

/** A count of what was found on lists: if one of them broke off there may be more. */
export const counted = (n: number, whole: boolean): string => (whole ? String(n) : `at least ${n}`);

/** The same of one list. */
export const countOf = ({ elements, broken }: Followed): string =>
  counted(elements.length, broken === undefined);
