/** What an argument has to be, for callers whose language does not check it. */
export interface Need {
  /** Is a value such a one? */
  is(value: unknown): boolean;
  /** What is accepted, for a message */
  readonly text: string;
}

/** A value that is not what was wanted, for a message: a text in quotes, anything long by what it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? '(a long string)' : JSON.stringify(value);
  if (Array.isArray(value)) return '(an array)';
  if (typeof value === 'function') return '(a function)';
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'object' && value !== null ? '(an object)' : String(value);
}

/** A record that has all of these fields, none of them undefined. */
const having = (text: string, ...fields: readonly string[]): Need => ({
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    fields.every((field) => (value as Record<string, unknown>)[field] !== undefined),
  text,
});

const need = (text: string, is: (value: unknown) => boolean): Need => ({ is, text });

/** The same, or nothing. */
export const optional = ({ is, text }: Need): Need => need(text, (value) => value === undefined || is(value));

/** A function, or nothing. */
const isFunction = (value: unknown): boolean => typeof value === 'function';

/** A record of names: no list, and nothing else that holds its values in some order of its own. */
const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(Symbol.iterator in value);

const number = (text: string, is: (value: number) => boolean): Need => ({
  is: (value) => typeof value === 'number' && is(value),
  text,
});

/** What several calls need. */
export const NEED = {
  kernel: having('what `await loadKernel()` gives', 'module', 'image', 'executables'),
  report: having('what parseReport() gives', 'title', 'signature'),
  setup: need('options of a machine (SystemOptions), {} for none', isRecord),
  /** What completeOptions() gives */
  options: having('all options of the machine, as completeOptions() gives them', 'ramBytes', 'executables'),
  system: having('what createSystem() gives', 'machine', 'memory', 'target'),
  form: need('fast, checked', (value) => value === 'fast' || value === 'checked'),
  host: need(
    'a RunHost, as `new NodeHost()`',
    (value) => typeof (value as { turn?: unknown } | null | undefined)?.turn === 'function',
  ),
  machine: need('the machine of a system, or its History', (value) =>
    ['run', 'now'].every(
      (name) => typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'function',
    ),
  ),
  target: having('the target of a system or of a dump', 'symbols', 'read'),
  symbols: having('a SymbolTable', 'image', 'address'),
  image: having("a kernel's image, as loadKernel() has it", 'symbols', 'structs', 'sites'),
  text: need('a string', (value) => typeof value === 'string'),
  texts: need(
    'an array of strings',
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ),
  list: need('an array', Array.isArray),
  record: need('an object', isRecord),
  call: need('a function', isFunction),
  flag: need('true or false', (value) => typeof value === 'boolean'),
  bytes: need('a Uint8Array', (value) => value instanceof Uint8Array),
  seconds: number('a number from 0 on, of virtual seconds', (n) => n >= 0),
  count: number('a number from 0 on', (n) => n >= 0),
  whole: number(
    'a whole number from 0 on',
    (n) => n >= 0 && (Number.isInteger(n) || n === Number.POSITIVE_INFINITY),
  ),
  /** Of memory that is read: there is no more */
  length: number('a whole number from 0 to 2^32', (n) => Number.isInteger(n) && n >= 0 && n <= 2 ** 32),
  seed: number('0 to 2^53 - 1', (n) => Number.isSafeInteger(n) && n >= 0),
} satisfies Record<string, Need>;

/**
 * Looks whether a call has what it needs, in one line for all that it lacks.
 * @param who the call, as its caller knows it
 * @param given its arguments or options by name
 * @throws RangeError that names each that is missing or something else, and says what is accepted
 */
export function checkNeeds(who: string, given: unknown, needs: Readonly<Record<string, Need>>): void {
  const has = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  const wrong = Object.entries(needs).filter(([name, need]) => !need.is(has[name]));
  if (wrong.length === 0) return;
  const each = wrong.map(([name, { text }]) => {
    const value = has[name];
    return value === undefined
      ? `no ${name}; accepted: ${text}`
      : `${name} ${shown(value)}: accepted: ${text}`;
  });
  throw new RangeError(`${who}: ${each.join('; ')}`);
}

/**
 * The same of options, of which there are no others: what is misspelt would be as if it were left out.
 * @param needs of all that there are
 */
export function checkOptions(who: string, given: unknown, needs: Readonly<Record<string, Need>>): void {
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const unknown = names.find((name) => !Object.hasOwn(needs, name));
  if (unknown !== undefined)
    throw new RangeError(`${who}: no option ${unknown}; accepted: ${Object.keys(needs).join(', ')}`);
  checkNeeds(who, given, needs);
}
