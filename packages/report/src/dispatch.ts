import type { Builder } from './builder.js';
import type { Form } from './forms/form.js';
import { FORMS } from './forms/index.js';
import type { Line } from './normalise.js';

/** Forms by the first character (lower case) that their lines can have. */
let table: (readonly Form[])[] | null = null;

function build(): (readonly Form[])[] {
  const out: Form[][] = Array.from({ length: 128 }, () => []);
  for (const form of FORMS) {
    const chars = new Set<number>();
    for (const lead of form.leads ?? []) chars.add(lead.charCodeAt(0));
    for (const c of form.first ?? '') chars.add(c.charCodeAt(0));
    for (const c of chars) out[c]!.push(form);
  }
  return out;
}

function formsFor(c: number): readonly Form[] {
  table ??= build();
  if (c >= 65 && c <= 90) c += 32;
  return c < 128 ? table[c]! : [];
}

/** Offers the line to the forms; whether one took it. */
export function dispatch(line: Line, b: Builder): boolean {
  b.setLine(line);
  for (const form of formsFor(line.text.charCodeAt(0))) {
    if (form.line?.(b.line, b) === true) return true;
  }
  return false;
}

/** What to put between a line that was cut and its continuation; null if it was not cut. */
export function glue(line: Line, next: Line): string | null {
  for (const form of formsFor(line.text.charCodeAt(0))) {
    const found = form.joins?.(line.text, next.text);
    if (found !== undefined && found !== null) return found;
  }
  return null;
}
