import type { Line } from './line.js';

/** Width of the text console and of the default terminal. */
export const CONSOLE_WIDTH = 80;

/** Mailers break lines that would be longer than this. */
const MAIL_WIDTH = 70;

/** Whether the first word of the next line would not have fitted into one of this width. */
export function hasNoRoom(width: number, next: Line): boolean {
  const blank = next.text.indexOf(' ');
  const word = blank < 0 ? next.text.length : blank;
  return width + 1 + word > MAIL_WIDTH;
}

/** Whether a mailer or a console would have broken a line before the next. */
export const isFull = (line: Line, next: Line): boolean => hasNoRoom(line.width, next);
