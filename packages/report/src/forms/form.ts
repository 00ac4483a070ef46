import type { Builder, MessageClass } from '../builder.js';
import type { Line } from '../line.js';
import type { Fact, PanicEvent } from '../types.js';

export type { MessageClass } from '../builder.js';

/**
 * One form of report text. A form is one file, registered in `forms/index.ts`; no other code knows of it.
 * docs/report-formats.md has a row for each, which a test wants.
 *
 * A line is offered to the forms whose `leads` or `first` match its beginning, in the order of the list,
 * until one takes it.
 */
export interface Form {
  readonly id: string;
  /** One line for the documentation: what it reads. */
  readonly reads: string;
  /** Which systems print it. */
  readonly systems: string;
  /** Lower-case beginnings of the lines of this form. */
  readonly leads?: readonly string[];
  /** Beginnings of further lines of this form, which prose has as well: they do not end what was wrapped. */
  readonly also?: readonly string[];
  /** Looks at lines that no form has taken; what it looks for can stand anywhere in them. */
  rest?(line: Line, b: Builder): boolean;
  /** First characters (lower case) of the lines of this form that have no fixed beginning. */
  readonly first?: string;
  /** Beginnings of lines whose continuation, if they are cut, can look like a line of its own. */
  readonly open?: readonly string[];
  /** Reads a line; false if it is not of this form. */
  line?(line: Line, b: Builder): boolean;
  /**
   * Whether a line was cut in the middle and the next one carries it on: the text to put between the two;
   * false if the line is known to be whole; null if this form cannot tell.
   *
   * @param low `text` in lower case
   */
  joins?(text: string, next: string, low: string): string | false | null;
  /** Classifies the text after `panic: `. */
  message?(text: string): MessageClass | null;
  /** What to put before the message in a headline, where the message alone does not say it. */
  headline?(event: PanicEvent): string | null;
  /**
   * One or more lines for people: what this kind of event means.
   *
   * @returns with `before`, what was so before the way to the event began
   */
  explain?(event: PanicEvent): { text: string; evidence?: Fact<unknown>; before?: boolean }[];
}

export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
