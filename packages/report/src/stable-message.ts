import { checkGiven, WANTED } from './given.js';
import { beginsWithLink, sourcePath } from './source-path.js';
import { isDigit, isHexDigit, isHexPrefix, numberEnd } from './scan.js';

/** Takes out of a message what changes from run to run: addresses, counts, line numbers, directories. */
export function stableMessage(message: string): string {
  checkGiven('stableMessage', { message }, { message: WANTED.text });
  let out = '';
  let i = 0;
  const s = message.length > 300 ? message.slice(0, 300) : message;
  const mayName = s.includes('/');
  while (i < s.length) {
    const c = s.charCodeAt(i);
    const before = i > 0 ? s.charCodeAt(i - 1) : 32;
    const wordStart =
      !isDigit(before) &&
      !((before >= 97 && before <= 122) || (before >= 65 && before <= 90) || before === 95);
    const source = mayName && BEFORE_SOURCE.includes(s.charAt(i - 1)) ? sourceAt(s, i) : '';
    if (source !== '') {
      out += sourcePath(source);
      i += source.length;
    } else if (wordStart && isHexPrefix(s, i) && numberEnd(s, i) > i) {
      i = suffixEnd(s, numberEnd(s, i));
      out += 'N';
    } else if (wordStart && isHexDigit(c) && looksLikeAddress(s, i)) {
      i = numberEnd(s, i);
      out += 'N';
    } else if (c === 48 && wordStart && /^0x(?!\w)/i.test(s.slice(i, i + 3))) {
      // A number of which the kernel printed its prefix alone.
      i += 2;
      out += 'N';
    } else if (isDigit(c) && wordStart) {
      while (i < s.length && isDigit(s.charCodeAt(i))) i++;
      i = suffixEnd(s, i);
      out += 'N';
    } else if (
      (c === 47 || (c === 46 && /^\.{1,2}\//.test(s.slice(i, i + 3)))) &&
      (before === 32 || before === 64 || before === 34) &&
      i + 1 < s.length &&
      s.charCodeAt(i + 1) !== 32
    ) {
      // A path: its last part is the same wherever the kernel was built.
      let end = i;
      while (
        end < s.length &&
        s.charCodeAt(end) !== 32 &&
        s.charCodeAt(end) !== 58 &&
        s.charCodeAt(end) !== 34
      )
        end++;
      const path = s.slice(i, end);
      // A file system of that machine: `ufs_dirbad: /var: bad dir`.
      out += s.charCodeAt(end) === 58 ? 'PATH' : basename(path);
      i = end;
    } else {
      out += s[i];
      i++;
    }
  }
  // The name of the process after its number is this run's.
  return out.replace(/\b(pid|process|thread|td|proc|tid)(:? ?N) \([^)]{1,40}\)/g, '$1$2').trim();
}

/** Where a number of C ends with the letters that tell its type (`1ULL`, `0x10u`), if it has them. */
function suffixEnd(s: string, i: number): number {
  const c = s.charCodeAt(i) | 32;
  if (c !== 117 && c !== 108) return i;
  const m = /^(?:u(?:ll?)?|ll?u?)(?!\w)/i.exec(s.slice(i, i + 4));
  return m === null ? i : i + m[0].length;
}

/** What stands before a file of the sources; nothing, at the message's beginning. */
const BEFORE_SOURCE = ' @"\'(=[';
const SOURCE = /[^\s":,;()'=]{1,200}\.[chsSm]{1,2}(?![\w/-]|\.\w)/y;

/** The file of the sources that is named at a place, with its folders; '' where there is none. */
function sourceAt(s: string, at: number): string {
  SOURCE.lastIndex = at;
  const path = SOURCE.exec(s)?.[0] ?? '';
  return path.includes('/') && (path[0] !== '@' || beginsWithLink(path)) ? path : '';
}

function basename(path: string): string {
  const whole = path.replace(/[/.]+$/, '');
  return whole.slice(whole.lastIndexOf('/') + 1);
}

/** Eight or more hex digits that hold a decimal digit and end at a word's end. */
function looksLikeAddress(s: string, i: number): boolean {
  let end = i;
  let digits = 0;
  while (end < s.length && isHexDigit(s.charCodeAt(end))) {
    if (isDigit(s.charCodeAt(end))) digits++;
    end++;
  }
  const next = end < s.length ? s.charCodeAt(end) : 32;
  const word = (next >= 97 && next <= 122) || (next >= 65 && next <= 90) || next === 95;
  return end - i >= 6 && digits > 0 && !word;
}
