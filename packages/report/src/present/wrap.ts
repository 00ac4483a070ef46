/** Columns of a terminal, and of a mail. */
export const COLUMNS = 80;

/**
 * Breaks a text at its blanks so that no line is longer than `columns`; runs of blanks within a line stay. A
 * word that is longer than a line is broken behind a `,`, `<`, `/` or `;`, or where the line ends.
 *
 * @param first what the first line begins with
 * @param rest what each further line begins with
 */
export function wrap(text: string, first: string, rest: string, columns = COLUMNS): string[] {
  const out: string[] = [];
  let prefix = first;
  let at = 0;
  do {
    const room = Math.max(columns - prefix.length, 20);
    if (text.length - at <= room) {
      out.push(`${prefix}${text.slice(at)}`);
      return out;
    }
    const end = breakBefore(text, at, at + room);
    out.push(`${prefix}${text.slice(at, end).trimEnd()}`);
    at = end;
    while (at < text.length && text[at] === ' ') at++;
    prefix = rest;
  } while (at < text.length);
  return out;
}

/** Where a line that starts at `from` and may reach `limit` ends. */
function breakBefore(text: string, from: number, limit: number): number {
  const blank = text.lastIndexOf(' ', limit);
  if (blank > from) return blank;
  for (let i = limit; i > from + 1; i--) if (',</;'.includes(text[i - 1]!)) return i;
  // Two halves of one character stay together.
  const half = text.charCodeAt(limit);
  return half >= 0xdc00 && half <= 0xdfff ? limit - 1 : limit;
}

/**
 * What a terminal or a page would obey instead of showing, made visible: control characters and marks that
 * change the direction of writing. A report is a stranger's text.
 *
 * @param except characters that are let through
 */
export function printable(text: string, except = ''): string {
  return text.replaceAll('\u00a0', ' ').replace(UNPRINTABLE, (c) => {
    if (except.includes(c)) return c;
    const code = c.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
