import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';
import { WAYS } from './carried-ways.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';
import { TEXTS } from './texts/index.js';

/*
 * Does the reader say the same of a text, however people have carried it? What each way leaves in the text, a
 * careful reader would still read.
 */

const FOLDER = new URL('./claims/', import.meta.url);

const said = (report: Report): Record<string, unknown> => ({
  title: report.title,
  culprit: report.signatureParts.culprit,
  system: report.system,
  arch: report.arch,
  process: report.process?.value.pid,
  events: report.others.length + 1,
  recipe: report.recipe.map((each) => each.text).join('; '),
});

const saidOf = (text: string): Record<string, unknown> => {
  try {
    return said(parseReport(text));
  } catch (error) {
    return { title: (error as Error).message.slice(0, 40) };
  }
};

/** Texts that a way changes, and what of them it destroys. */
const LOST: Record<string, Record<string, string>> = {
  logged: { 'one-line-openbsd': 'a line as long as the whole report' },
  stamped: { 'one-line-openbsd': 'a line as long as the whole report' },
  'broken by a mailer': {
    'back-slash-at-the-edge': 'broken once more, behind which no mark stands at the edge',
    'literal-of-csharp': 'a line as long as the whole report',
    'one-line-freebsd': 'a line as long as the whole report',
    'one-line-openbsd': 'a line as long as the whole report',
    'openbsd-reversal-in-one-line': 'a line as long as the whole report',
    'panic-behind-a-file-systems-words': 'the message cannot be told from the sentence below',
    'reversal-in-one-line': 'a line as long as the whole report',
  },
  'broken by a console': {
    'json-of-a-ticket': 'a line as long as the whole report',
    'one-line-freebsd': 'a line as long as the whole report',
    'one-line-openbsd': 'a line as long as the whole report',
    'syzkaller-hit-line': 'the rest of the word and its parenthesis look like a call',
  },
  'spaced twice': { 'quoted-message-of-two-lines': 'two lines tell of no spacing' },
};

const texts: [name: string, text: string][] = [
  ...readdirSync(FOLDER)
    .filter((each) => each.endsWith('.txt'))
    .map((each): [string, string] => [each.slice(0, -4), readFileSync(new URL(each, FOLDER), 'utf8')]),
  ...Object.entries(TEXTS).map(([name, text]): [string, string] => [`text ${name}`, text]),
  ...CORPUS.map((form): [string, string] => {
    const [one] = fc.sample(known(form.arch), { numRuns: 1, seed: 18 });
    return [`form ${form.name}`, form.render(one!).join('\n')];
  }),
];

describe('a text is read the same however it was carried', () => {
  const plain = new Map(texts.map(([name, text]) => [name, saidOf(text)]));
  for (const [way, carry] of Object.entries(WAYS)) {
    it(way, () => {
      const lost = LOST[way] ?? {};
      const changed: Record<string, string> = {};
      for (const [name, text] of texts) {
        const [was, is] = [plain.get(name)!, saidOf(carry(text))];
        const fields = Object.keys(was).filter((each) => was[each] !== is[each]);
        if (fields.length > 0)
          changed[name] = fields.map((each) => `${each}: ${was[each]} => ${is[each]}`).join('; ');
      }
      for (const name of Object.keys(lost)) expect(changed, `${name} is lost no more`).toHaveProperty([name]);
      for (const name of Object.keys(lost)) delete changed[name];
      expect(changed).toEqual({});
    });
  }
});
