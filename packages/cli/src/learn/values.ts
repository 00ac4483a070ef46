import { readFileSync } from 'node:fs';
import type { SymbolTable } from '@trap12/target';
import { nearest } from '@trap12/system/nearest.js';
import type { Value } from './lesson.js';

/** Kinds of values; `find` belongs to `ddb`. */
const KINDS = [
  ...['counter', 'console', 'panic', 'ended', 'status', 'explored', 'invariants', 'programs', 'calls', 'ddb'],
];

/** Fields that hold a pattern. */
const PATTERNS = ['console', 'panic', 'explored', 'find'];

/**
 * What is wrong with what is to be read from a machine, in one line; undefined: nothing.
 * @param where the way to the value in its file
 * @param ofSchedules it is read from schedules of a scenario, not from a machine
 */
export function valueFault(
  value: Value,
  where: string,
  ofSchedules: boolean,
  symbols: SymbolTable,
): string | undefined {
  const given = KINDS.filter((kind) => kind in value);
  const accepted = ofSchedules ? ['explored'] : KINDS.filter((kind) => kind !== 'explored');
  if (given.length > 1) return `${where} has ${given.join(' and ')}; accepted: one of ${accepted.join(', ')}`;
  if (given.length === 0 || !accepted.includes(given[0]!)) {
    const of = ofSchedules ? 'of schedules' : 'of a machine';
    const says = given.length === 0 ? 'says not what is read' : `has ${given[0]}, which is none ${of}`;
    return `${where} ${says}; accepted: one of ${accepted.join(', ')}`;
  }
  if ('ddb' in value !== 'find' in value)
    return `${where} has ${'ddb' in value ? 'ddb without find' : 'find without ddb'}; accepted: both`;
  if ('counter' in value) {
    const counters = Object.keys(symbols.struct('vmmeter').fields);
    if (!counters.includes(value.counter)) {
      const near = nearest(value.counter, counters);
      const meant = near === undefined ? '' : ` (did you mean "${near}"?)`;
      return `${where}.counter: no counter "${value.counter}"${meant}; accepted: ${counters.join(', ')}`;
    }
  }
  if ('calls' in value) {
    const last = symbols.symbol('sysent').size / symbols.struct('sysent_t').size - 1;
    const none = value.calls.find((code) => code > last);
    if (none !== undefined) return `${where}.calls: no system call ${none}; accepted: 0 to ${last}`;
  }
  for (const [field, text] of Object.entries(value))
    if (PATTERNS.includes(field)) {
      const fault = patternFault(String(text)) ?? groupFault(String(text));
      if (fault !== undefined) return `${where}.${field}: ${fault}`;
    }
  return undefined;
}

/** Groups of which something is read (outcome.ts, found). */
const GROUPS_MAX = 2;

/** Groups of a pattern that is one. */
const groupsOf = (text: string): number => new RegExp(`${text}|`, 'm').exec('')!.length - 1;

/** What is read is what a group finds: of a pattern without one it is not said what is meant. */
const groupFault = (text: string): string | undefined =>
  groupsOf(text) === 0
    ? `the pattern "${text}" has no group; accepted: ( and ) around what is to be read, as in "^(\\\\d+)$"`
    : undefined;

/** What is wrong with a regular expression; undefined: nothing. */
export function patternFault(text: string): string | undefined {
  if (text === '') return 'an empty pattern finds nothing; accepted: a regular expression';
  try {
    const groups = groupsOf(text);
    if (groups > GROUPS_MAX)
      return `the pattern "${text}" has ${groups} groups; accepted: up to ${GROUPS_MAX}, others as (?:...)`;
    new RegExp(text, 'm');
    return undefined;
  } catch (error) {
    return `${(error as Error).message}; accepted: a regular expression of JavaScript, each \\ twice in JSON`;
  }
}

/** Is what is read always a number? */
export const yieldsNumber = (value: Value): boolean => 'counter' in value;

/** Does the text of a file have a function of that name at its top level? False where it cannot be read. */
export function definesFunction(path: string, name: string): boolean {
  try {
    return functionNames(readFileSync(path, 'utf8')).includes(name);
  } catch {
    return false;
  }
}

/** Names of the functions at the top level of a text. */
export const functionNames = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:export\s+)?function\s*\*?\s*(\w+)\s*\(/gm)].map((match) => match[1]!);
