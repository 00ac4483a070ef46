/*
 * What callers gave whose language does not check it: looked at once where they come in, and refused in one
 * line that names the call, what it got and what it takes.
 */

/** What an argument has to be. */
export interface Wanted {
  is(value: unknown): boolean;
  text: string;
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isText = (value: unknown): boolean => typeof value === 'string';

const optional = ({ is, text }: Wanted): Wanted => ({
  is: (value) => value === undefined || is(value),
  text,
});

/** What the calls of this package take. */
export const WANTED = {
  report: {
    is: (value) => {
      const { title, signature, frames, buckets, ownFrames } = fieldsOf(value);
      return isText(title) && isText(signature) && [frames, buckets, ownFrames].every(Array.isArray);
    },
    text: 'what parseReport() gives',
  },
  triage: {
    is: (value) => {
      const { title, signature, buckets, ownFrames } = fieldsOf(value);
      return isText(title) && isText(signature) && [buckets, ownFrames].every(Array.isArray);
    },
    text: 'what parseReport() or triageReport() gives',
  },
  event: {
    is: (value) => {
      const { kind, forms, frames, boundaries } = fieldsOf(value);
      return isText(kind) && [forms, frames, boundaries].every(Array.isArray);
    },
    text: 'a panic, as parseReport() gives it',
  },
  parts: {
    is: (value) => {
      const { class: kind, what, chain } = fieldsOf(value);
      return isText(kind) && isText(what) && Array.isArray(chain);
    },
    text: 'what signatureParts() gives',
  },
  counted: {
    is: (value) =>
      Array.isArray(value) &&
      value.every((each) => isText(fieldsOf(each).file) && Array.isArray(fieldsOf(each).levels)),
    text: 'an array of what countedOf() gives',
  },
  text: { is: isText, text: 'a string' },
  mayBeText: optional({ is: isText, text: 'a string' }),
  flag: optional({ is: (value) => typeof value === 'boolean', text: 'true or false' }),
  call: optional({ is: (value) => typeof value === 'function', text: 'a function' }),
  columns: optional({
    is: (value) => typeof value === 'number' && value >= 1,
    text: 'a number from 1 on',
  }),
  options: {
    is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    text: 'an object of options',
  },
} satisfies Record<string, Wanted>;

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? '(a long string)' : JSON.stringify(value);
  if (Array.isArray(value)) return '(an array)';
  if (typeof value === 'function') return '(a function)';
  return typeof value === 'object' && value !== null ? '(an object)' : String(value);
}

/**
 * Of options, of which there are no others: what is misspelt would be as if it were left out.
 * @throws RangeError for the first that is none, or something else
 */
export function checkOptions(who: string, given: object, wanted: Readonly<Record<string, Wanted>>): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(wanted, name));
  if (unknown !== undefined)
    throw new RangeError(`${who}: no option ${unknown}; accepted: ${Object.keys(wanted).join(', ')}`);
  checkGiven(who, given, wanted);
}

/**
 * @param who the call, as its caller knows it
 * @param given its arguments by name
 * @throws RangeError for the first that is missing or something else
 */
export function checkGiven(who: string, given: object, wanted: Readonly<Record<string, Wanted>>): void {
  const has = given as Record<string, unknown>;
  for (const [name, { is, text }] of Object.entries(wanted)) {
    const value = has[name];
    if (is(value)) continue;
    throw new RangeError(
      value === undefined
        ? `${who}: no ${name}; accepted: ${text}`
        : `${who}: ${name} ${shown(value)}: accepted: ${text}`,
    );
  }
}
