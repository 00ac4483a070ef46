/* Ways in which people carry the text of a panic: each leaves every word of it in its place. */

const MAIL_COLUMNS = 76;
const CONSOLE_COLUMNS = 80;

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Puts something before every line. */
const before =
  (mark: string) =>
  (text: string): string =>
    text
      .split('\n')
      .map((line) => mark + line)
      .join('\n');

/** Breaks lines at blanks, as a mailer does that fills its columns. */
function mailed(text: string): string {
  const out: string[] = [];
  for (let line of text.split('\n')) {
    while (line.length > MAIL_COLUMNS) {
      const at = line.lastIndexOf(' ', MAIL_COLUMNS);
      if (at <= 0) break;
      out.push(line.slice(0, at));
      line = line.slice(at + 1);
    }
    out.push(line);
  }
  return out.join('\n');
}

/** Breaks lines at the last column, wherever that is. */
function onConsole(text: string): string {
  const out: string[] = [];
  for (const line of text.split('\n')) {
    for (let at = 0; at === 0 || at < line.length; at += CONSOLE_COLUMNS)
      out.push(line.slice(at, at + CONSOLE_COLUMNS));
  }
  return out.join('\n');
}

/** Seconds since the kernel began, some lines a moment. */
const stamped = (text: string): string =>
  text
    .split('\n')
    .map((line, n) => `[ ${(12_100 + Math.floor(n / 30) + 0.01 * (n % 30)).toFixed(7)}] ${line}`)
    .join('\n');

export const WAYS: Readonly<Record<string, (text: string) => string>> = {
  quoted: before('> '),
  'quoted twice': before('>> '),
  'behind bars': before('| '),
  'carriage returns': (text) => text.replace(/\n/g, '\r\n'),
  logged: before('Nov  3 12:01:22 zorba kernel: '),
  'with priorities': before('<2>'),
  'broken by a mailer': mailed,
  'broken by a console': onConsole,
  indented: before('    '),
  'behind tabs': before('\t'),
  'spaced twice': (text) => text.replace(/\n/g, '\n\n'),
  'on a page': (text) => `<html><body><pre>${escaped(text)}</pre></body></html>`,
  'in a fence': (text) =>
    `Hello,\n\nsince the upgrade my machine does this:\n\n\`\`\`\n${text}\n\`\`\`\n\nAny ideas?\n`,
  'in a mail': (text) =>
    `From: A. B. <ab@example.org>\nTo: list@example.org\nSubject: it went down\nDate: Mon, 3 Nov 2014 10:00:00 +0100\n\nHi all,\n\n${text}\n\n-- \nA. B.\n`,
  'with blanks behind': (text) =>
    text
      .split('\n')
      .map((line) => `${line}   `)
      .join('\n'),
  'without tabs': (text) => text.replace(/\t/g, '    '),
  'with line ends of a page': (text) => escaped(text).replace(/\n/g, '<br>\n'),
  stamped,
  'with hard blanks': (text) => text.replace(/ {2}/g, ' \u00a0'),
  answered: (text) =>
    `On Mon, Nov 3, 2014 at 10:00 AM, A. B. <ab@example.org> wrote:\n${before('> ')(text)}\n\nMe too.\n`,
};
