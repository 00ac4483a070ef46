/*
 * Which lines of prose can say anything of the way to a panic: a look at the first three letters of each
 * word, instead of a dozen expressions over each line. It must let through whatever one of those
 * expressions could find (a test asks it of every line of every text); what it lets through in vain costs
 * time only.
 */

import { PROGRAM_BEGINNINGS } from './recipe-programs.js';

/** A word by which alone a line may be worth reading. */
const TELLS = 1;
/** The same, of the first word of a line. */
const FIRST = 2;
/** Somebody, and what somebody does: a line needs both. */
const WHO = 4;
const DOES = 8;
/** `in one window`: a line needs all three. */
const IN = 16;
const ONE = 32;
const PLACE = 64;

const BEGINNINGS: readonly [number, string][] = [
  [
    TELLS,
    // LEAD, BRINGS, BRINGS_THIS, ON_DOING and MAY_BLAME of recipe-said.ts
    `dup rep rec tri pro how tes ste try run ran typ exe doi iss com pan cra die han hun kil eas rea rel alw fre
     fro reb loc wed doe did bri hap occ bro tak too cau twi thr tim loo aga ove eno suf nee aft mak bei`,
  ],
  [
    FIRST,
    // LABEL, SHELL and LOOP; then `cd` and the programs of the machine's own
    `the my com cmd to jus ple sim run try do typ exe use whi unt for
     cd mem hog poo chu sle thr tor res`,
  ],
  [FIRST, PROGRAM_BEGINNINGS],
  [WHO, 'i we you roo som any one he she the use'],
  [DOES, 'do doe did doi use usi sta run ran try tri typ ent exe iss inv cal lau giv gav'],
  [IN, 'in on fro'],
  [ONE, 'one fir a 1'],
  [PLACE, 'win ter xte she ses vty con scr tty log'],
];

/** Letters are 1 to 26, digits 27 and 28 the underscore; what is in no word is 0. */
const LETTER = new Uint8Array(128);
for (let c = 97; c < 123; c++) LETTER[c] = LETTER[c - 32] = c - 96;
for (let c = 48; c < 58; c++) LETTER[c] = 27;
LETTER[95] = 28;

const letterAt = (text: string, at: number): number => {
  const c = text.charCodeAt(at);
  // Behind the end it is NaN, which is no letter either.
  return c < 128 ? LETTER[c]! : 0;
};

/** By the first three letters of a word, five bits each. */
const BITS = new Uint8Array(32 * 32 * 32);
for (const [bit, words] of BEGINNINGS)
  for (const word of words.split(/\s+/)) {
    const at = (letterAt(word, 0) * 32 + letterAt(word, 1)) * 32 + letterAt(word, 2);
    BITS[at] = BITS[at]! | bit;
  }

/** The words of WHO whole: `the` is no `they`. */
const WHOLE = /(?:I|we|you|root|somebody|someone|anybody|one|he|she|they|users?)\b/iy;

function isSomebody(text: string, at: number): boolean {
  WHOLE.lastIndex = at;
  return WHOLE.test(text);
}

const SOMEBODY_DOES = WHO | DOES;
const IN_ONE_WINDOW = IN | ONE | PLACE;

/** Can a line begin with a prompt, a path, or the number of a step? */
function beginsOddly(text: string): boolean {
  const c = text.charCodeAt(0);
  if (c === 46 || c === 47) return true;
  if (c >= 48 && c <= 57) {
    const behind = text.charCodeAt(LETTER[text.charCodeAt(1)] === 27 ? 2 : 1);
    if (behind === 46 || behind === 41) return true;
  }
  return text.includes('# ') || text.includes('$ ') || text.includes('% ');
}

/** Can a line, by itself, say anything of the way to a panic? */
export function mayTell(text: string): boolean {
  if (beginsOddly(text)) return true;
  let bits = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const first = letterAt(text, at);
    if (first !== 0 && !inside) {
      const second = letterAt(text, at + 1);
      const word = (first * 32 + second) * 32 + (second === 0 ? 0 : letterAt(text, at + 2));
      const found = BITS[word]!;
      if ((found & TELLS) !== 0 || (at === 0 && (found & FIRST) !== 0)) return true;
      bits |= (found & WHO) !== 0 && !isSomebody(text, at) ? found & ~WHO : found;
    }
    inside = first !== 0;
  }
  return (bits & SOMEBODY_DOES) === SOMEBODY_DOES || (bits & IN_ONE_WINDOW) === IN_ONE_WINDOW;
}
