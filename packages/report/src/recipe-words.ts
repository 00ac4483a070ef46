/*
 * Which words a line of prose has, by the first three letters of each: one look at a line, which all
 * expressions that read recipes ask before they are tried. It must let through whatever an expression could
 * find (a test asks it of every line of every text); what it lets through in vain costs time only.
 */

import type { Line } from './line.js';
import { PROGRAM_BEGINNINGS } from './recipe-programs.js';
import { GIVES_VARIABLE, SETTING_BEGINNINGS } from './recipe-setting.js';

/** LEAD of recipe-said.ts. */
export const LEADS = 1 << 0;
/** What happens to a machine: BRINGS and ON_DOING of recipe-said.ts; with REPEATS, BRINGS_THIS. */
export const DIES = 1 << 1;
export const REPEATS = 1 << 2;
/** MAY_BLAME of recipe-said.ts. */
export const BLAMES = 1 << 3;
/** What DOING of recipe-said.ts has where it does not say who does something. */
export const NEEDS = 1 << 4;
/** AFTER_IT of recipe.ts. */
export const AFTER = 1 << 5;
/** Somebody, and what somebody does: DOING of recipe-said.ts has both. */
const WHO = 1 << 6;
const DOES = 1 << 7;
/** `in one window`: a line that nobody has asked for needs all three. */
export const IN = 1 << 8;
const ONE = 1 << 9;
export const PLACE = 1 << 10;
/** Programs of IN_WORDS of recipe-said.ts. */
export const PROGRAMS = 1 << 11;
/** What the first word of a line begins like: a label, or a command. */
const LABEL = 1 << 12;
const COMMAND = 1 << 13;
/** Words of who has typed a screen's text by hand. */
export const TYPES = 1 << 14;
/** What WHILE_DOING of recipe-said.ts begins with. */
export const MEANWHILE = 1 << 15;
/** What a line has that gives a size of memory (SAID of told-memory.ts). */
export const MEMORY = 1 << 16;
/** A number that may be a release's: `12.1`, `8-STABLE`, `9_BETA`. */
export const NUMBERED = 1 << 17;
/** Characters: a quotation mark, a colon, a bar, a bracket; a prompt's sign with its blank. */
export const QUOTE = 1 << 20;
export const COLON = 1 << 21;
export const BAR = 1 << 22;
export const BRACKET = 1 << 23;
const SIGN = 1 << 24;

const FIRST_ONLY = LABEL | COMMAND;
/** Any of these words makes a line worth reading. */
const TELLS = LEADS | DIES | REPEATS | BLAMES | NEEDS | AFTER;
const SOMEBODY_DOES = WHO | DOES;
const IN_ONE_WINDOW = IN | ONE | PLACE;

const BEGINNINGS: readonly [number, string][] = [
  [LEADS, 'dup rep rec tri pro how tes ste try run ran typ exe doi iss com'],
  [DIES, 'pan cra die han hap occ kil fre reb loc'],
  [REPEATS, 'rep eas rea rel alw'],
  [
    BLAMES,
    `kil cra pan han hun die fre fro wed loc tri pro rep doe did mak bri bro tak too cau eno suf twi thr tim
     loo aga ove`,
  ],
  [NEEDS, 'bei nee tak too suf eno'],
  [AFTER, 'aft'],
  [WHO, 'i we you roo som any one he she the use'],
  [DOES, 'do doe did doi use usi sta run ran try tri typ ent exe iss inv cal lau giv gav'],
  [IN, 'in on fro'],
  [ONE, 'one fir a 1'],
  [PLACE, 'win ter xte she ses vty con scr tty log'],
  [PROGRAMS, 'dd mem hog chu sle tor res fsx pos bon dbe ipe str'],
  [LABEL, 'how the my com cmd to jus ple sim run try do typ exe use'],
  // SHELL and LOOP; then the programs of the machine's own
  [COMMAND, 'whi unt for mem hog poo chu sle thr tor res'],
  [COMMAND, PROGRAM_BEGINNINGS],
  [COMMAND, SETTING_BEGINNINGS],
  [MEANWHILE, 'whi whe aft'],
  [MEMORY, 'ram mem cor wit'],
  [TYPES, 'typ cop tra sor han man'],
];

/** Letters are 1 to 26, digits 27 and 28 the underscore; what is in no word is 0. */
const DIGIT = 27;
const UNDERSCORE = 28;
const LETTER = new Uint8Array(128);
for (let c = 97; c < 123; c++) LETTER[c] = LETTER[c - 32] = c - 96;
for (let c = 48; c < 58; c++) LETTER[c] = DIGIT;
LETTER[95] = UNDERSCORE;

const letterAt = (text: string, at: number): number => {
  const c = text.charCodeAt(at);
  // Behind the end it is NaN, which is no letter either.
  return c < 128 ? LETTER[c]! : 0;
};

/** Where the first three letters of the word at a place stand in the table: five bits each. */
function wordAt(text: string, at: number): number {
  const second = letterAt(text, at + 1);
  return (letterAt(text, at) * 32 + second) * 32 + (second === 0 ? 0 : letterAt(text, at + 2));
}

const BITS = new Int32Array(32 * 32 * 32);
for (const [bit, words] of BEGINNINGS)
  for (const word of words.split(/\s+/)) {
    const at = wordAt(word, 0);
    BITS[at] = BITS[at]! | bit;
  }

const MARKS = new Int32Array(128);
for (const [bit, marks] of [
  [QUOTE, '"\'`'],
  [COLON, ':'],
  [BAR, '|'],
  [BRACKET, '('],
] as const)
  for (const mark of marks) MARKS[mark.charCodeAt(0)] = bit;
for (const sign of ['#', '$', '%']) MARKS[sign.charCodeAt(0)] = SIGN;

/** The words of WHO whole: `the` is no `they`. */
const WHOLE = /(?:I|we|you|root|somebody|someone|anybody|one|he|she|they|users?)\b/iy;

/** The fourth letters of those that have one, by the first three. */
const FOURTH = new Map(
  ['root', 'someone', 'anybody', 'they', 'user'].map((word) => [wordAt(word, 0), LETTER[word.charCodeAt(3)]]),
);

/** Whether the word at a place, of which the table says that it may be of WHO, is. */
function isSomebody(text: string, at: number, word: number): boolean {
  const fourth = FOURTH.get(word);
  if (fourth !== undefined && letterAt(text, at + 3) !== fourth) return false;
  WHOLE.lastIndex = at;
  return WHOLE.test(text);
}

/** What the word at a place says, by its number in the table. */
function wordBits(text: string, at: number, word: number): number {
  let found = BITS[word]!;
  if (found === 0) return 0;
  if ((found & WHO) !== 0 && !isSomebody(text, at, word)) found &= ~WHO;
  return at === 0 ? found : found & ~FIRST_ONLY;
}

/** Whether the sign at a place parts the numbers of a release, or its number and its name. */
function isNumbered(text: string, at: number, c: number): boolean {
  if (letterAt(text, at - 1) !== DIGIT) return false;
  const next = text.charCodeAt(at + 1);
  return c === 46 ? next >= 48 && next <= 57 : next >= 65 && next <= 90;
}

function look(text: string): number {
  let bits = 0;
  /** The number of the word so far, and how many of its letters are in it. */
  let word = 0;
  let taken = 0;
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const c = text.charCodeAt(at);
    const letter = c < 128 ? LETTER[c]! : 0;
    if (letter === 0) {
      if (taken === 1) bits |= wordBits(text, at - 1, word << 10);
      else if (taken === 2) bits |= wordBits(text, at - 2, word << 5);
      taken = 0;
      const mark = c < 128 ? MARKS[c]! : 0;
      if (mark !== SIGN || (at + 1 < length && text.charCodeAt(at + 1) === 32)) bits |= mark;
      if ((c === 45 || c === 46) && isNumbered(text, at, c)) bits |= NUMBERED;
      continue;
    }
    if (letter === UNDERSCORE && isNumbered(text, at, c)) bits |= NUMBERED;
    if (taken > 2) continue;
    word = taken === 0 ? letter : word * 32 + letter;
    taken++;
    if (taken === 3) bits |= wordBits(text, at - 2, word);
  }
  if (taken === 1) bits |= wordBits(text, length - 1, word << 10);
  else if (taken === 2) bits |= wordBits(text, length - 2, word << 5);
  return bits;
}

/** The words and marks of a line, kept with it. */
function wordsOf(line: Line): number {
  if (line.words < 0) line.words = look(line.text);
  return line.words;
}

/** Can a line have one of these words or marks? */
export const hasAny = (line: Line, bits: number): boolean => (wordsOf(line) & bits) !== 0;

/** Can a line have each of these? */
export const hasAll = (line: Line, bits: number): boolean => (wordsOf(line) & bits) === bits;

/** A release's number, as `isNumbered` tells it. */
const RELEASE = /\d(?:\.\d|[-_][A-Z])/;

/** Of a line whose words nobody has looked at: it was asked for a number alone, and has none, or has one. */
const UNNUMBERED = -2;
const JUST_NUMBERED = -3;

/**
 * Can a line have a release's number? Every line is asked, and of most nothing else is wanted: their words
 * are not looked at for it.
 */
export function mayNumber(line: Line): boolean {
  if (line.words >= 0) return (line.words & NUMBERED) !== 0;
  if (line.words === -1) line.words = RELEASE.test(line.text) ? JUST_NUMBERED : UNNUMBERED;
  return line.words === JUST_NUMBERED;
}

/** Is what a text begins with the number of a step, with its stop or bracket? */
function beginsNumbered(text: string): boolean {
  const c = text.charCodeAt(0);
  if (c < 48 || c > 57) return false;
  const behind = text.charCodeAt(LETTER[text.charCodeAt(1)] === DIGIT ? 2 : 1);
  return behind === 46 || behind === 41;
}

/** Can a line begin with a prompt (PROMPT of recipe-command.ts)? */
export const mayPrompt = (line: Line): boolean => hasAny(line, SIGN) || beginsNumbered(line.text);

/** The same of a text of which nothing is kept. */
export const mayBePrompted = (text: string): boolean =>
  text.includes('# ') || text.includes('$ ') || text.includes('% ') || beginsNumbered(text);

/** Can a text begin with a command that `wholeCommand` knows: a path, a loop, a program? */
export function mayCommand(text: string): boolean {
  const c = text.charCodeAt(0);
  if (c === 46 || c === 47 || (BITS[wordAt(text, 0)]! & COMMAND) !== 0) return true;
  return text.includes('=') && GIVES_VARIABLE.test(text);
}

/**
 * In which ways a line can say of what stands behind some words of it that it was done: the expressions of
 * `doneBehind`, a bit each in their order. (The last takes some 10 ms when a process first uses it.)
 */
export function waysDone(line: Line): number {
  const doing = hasAny(line, NEEDS) || hasAll(line, SOMEBODY_DOES) ? 4 : 0;
  return (hasAny(line, LABEL) ? 1 : 0) | (hasAny(line, DIES) ? 2 : 0) | doing;
}

/** Can it in any? */
export const mayDo = (line: Line): boolean => waysDone(line) !== 0;

/** Can a line, by itself, say anything of the way to a panic? */
export function mayTell(line: Line): boolean {
  const c = line.text.charCodeAt(0);
  if (c === 46 || c === 47 || mayPrompt(line)) return true;
  if (line.text.includes('=') && GIVES_VARIABLE.test(line.text)) return true;
  return hasAny(line, TELLS | FIRST_ONLY) || hasAll(line, SOMEBODY_DOES) || hasAll(line, IN_ONE_WINDOW);
}
