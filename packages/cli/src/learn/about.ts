/*
 * What a check by schedules is about. Of a kernel that dies of something else its `says` is no cause: who
 * gives a mutex back twice has not looked at a slot without it.
 */
import { readFileSync } from 'node:fs';
import type { ScheduleCheck } from './lesson.js';
import { examplePath } from './shipped.js';

/** A message of an assertion or a panic in a text of the kernel's language. */
const MESSAGE = /'((?:[^'\\\n]|\\.)+)'/g;

/** What is printed for a conversion of a format. */
const CONVERSION = /%[-#0]*\d*[a-z]/g;

/** Messages of a scenario's own assertions, as patterns. */
function ownMessages(scenario: string): RegExp[] {
  const text = readFileSync(examplePath(scenario), 'utf8');
  const formats = [...text.matchAll(/\b(?:KASSERT|panic)\(/g)].flatMap(({ index }) => {
    const end = text.indexOf(');', index);
    return [...text.slice(index, end < 0 ? text.length : end).matchAll(MESSAGE)].map((match) => match[1]!);
  });
  return formats.map((format) => {
    const parts = format.split(CONVERSION).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^panic: ${parts.join('.*')}(?: in \\w+)?$`);
  });
}

/**
 * Is a failure one of those that a check is about? Those that its `about` has; without that, what its
 * scenario asserts, and whatever is no panic: who waits for ever waits in it.
 * @param title of the failure, with the message as it was printed
 */
export function isAbout(
  { about, scenario }: Pick<ScheduleCheck, 'about' | 'scenario'>,
  title: string,
): boolean {
  if (about !== undefined) return about.some((pattern) => new RegExp(pattern).test(title));
  return !title.startsWith('panic: ') || ownMessages(scenario).some((message) => message.test(title));
}
