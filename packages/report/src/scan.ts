import type { Hex } from './types.js';

/*
 * Hand scanners. They work on a string and a position and never look back, so the time to read a line is
 * linear in its length whatever the line holds.
 */

/** Characters of a number of 64 and of 32 bits with all its digits, `0x` included. */
export const WIDE = 18;
export const NARROW = 10;

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

export function isHexDigit(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);
}

export function isAlpha(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
}

/**
 * Letters, digits, `_`, `$`, `.`: what kernel symbols are made of (`.` for compiler clones such as
 * `foo.isra.0`).
 */
export function isSymbol(c: number): boolean {
  return (
    (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95 || c === 46 || c === 36
  );
}

export function isSymbolStart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
}

/** Position of the first character at or after `i` that is no blank. */
export function skipBlanks(s: string, i: number): number {
  while (i < s.length && s.charCodeAt(i) === 32) i++;
  return i;
}

/** Position after the run of symbol characters at `i`. */
export function symbolEnd(s: string, i: number): number {
  while (i < s.length && isSymbol(s.charCodeAt(i))) i++;
  return i;
}

export function hexEnd(s: string, i: number): number {
  while (i < s.length && isHexDigit(s.charCodeAt(i))) i++;
  return i;
}

export function digitsEnd(s: string, i: number): number {
  while (i < s.length && isDigit(s.charCodeAt(i))) i++;
  return i;
}

/** Whether a `0x` stands at `i`; a typed letter O for the zero is let through. */
export function isHexPrefix(s: string, i: number): boolean {
  const c = s.charCodeAt(i);
  const d = s.charCodeAt(i + 1);
  return (c === 48 || c === 79) && (d === 120 || d === 88);
}

/** End of the number at `i` (hex digits with or without `0x`), or `i` if there is none. */
export function numberEnd(s: string, i: number): number {
  if (!isHexPrefix(s, i)) return hexEnd(s, i);
  const end = hexEnd(s, i + 2);
  return end === i + 2 ? i : end;
}

/** Canonical form of a run of hex digits, with or without its `0x`. */
export function canonHex(text: string): Hex {
  let i = isHexPrefix(text, 0) ? 2 : 0;
  const end = text.length;
  while (i < end - 1 && text.charCodeAt(i) === 48) i++;
  return `0x${text.slice(i, end).toLowerCase() || '0'}`;
}

/** Adds two canonical numbers, or a number and a small integer. 64-bit values stay exact. */
export function hexAdd(a: Hex, delta: number): Hex {
  if (a.length <= 14) {
    const sum = hexNumber(a) + delta;
    if (sum >= 0) return hexOf(sum);
  }
  const sum = BigInt(a) + BigInt(delta);
  return sum < 0n ? `-0x${(-sum).toString(16)}` : `0x${sum.toString(16)}`;
}

/** a - b; exact while the difference is below 2^53, which is all that callers use. */
export function hexDiff(a: Hex, b: Hex): number {
  if (a.length <= 14 && b.length <= 14) return hexNumber(a) - hexNumber(b);
  return Number(BigInt(a) - BigInt(b));
}

/** Characters of a canonical number below 2^52, with its `0x`. */
const EXACT = 15;

/** The value as a number; exact up to 2^53. */
export function hexNumber(a: Hex): number {
  const { length } = a;
  if (length > 2 && length <= EXACT && a.charCodeAt(0) === 48 && a.charCodeAt(1) === 120) {
    let value = 0;
    let i = 2;
    for (; i < length; i++) {
      const c = a.charCodeAt(i);
      // The canonical form has no capitals.
      if (c >= 48 && c <= 57) value = value * 16 + (c - 48);
      else if (c >= 97 && c <= 102) value = value * 16 + (c - 87);
      else break;
    }
    if (i === length) return value;
  }
  return Number.parseInt(a, 16);
}

/** A decimal number as it was printed: as a number while one holds it exactly, else by its digits. */
export function exactNumber(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

/** A number in the canonical form of Hex. */
export function hexOf(n: number): Hex {
  // Numbers of more bits take the long way there, in two parts they do not.
  if (n > HALF && n <= Number.MAX_SAFE_INTEGER && Number.isInteger(n))
    return `${hexOf(Math.floor(n / (HALF + 1)))}${(n % (HALF + 1)).toString(16).padStart(HALF_DIGITS, '0')}`;
  return n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`;
}

/** What fits into seven digits. */
const HALF = 0xfff_ffff;
const HALF_DIGITS = 7;

/** The value of the hexadecimal digits [i, j); exact up to 2^53. */
function hexValue(s: string, i: number, j: number): number {
  let value = 0;
  for (; i < j; i++) {
    const c = s.charCodeAt(i);
    value = value * 16 + (c <= 57 ? c - 48 : (c | 32) - 87);
  }
  return value;
}

export interface Placed {
  function: string;
  offset?: number;
  /** The offset was printed without `0x`: of another radix, or typed by hand. */
  bare?: true;
  /** What stands where the offset should, if a letter is in it. */
  spoilt?: string;
  end: number;
}

/**
 * Reads `symbol+0xoffset` at `i`; blanks around the plus (hand-typed reports), a `netbsd:` or module prefix,
 * and a lone address in place of a symbol are accepted. Returns null if there is no symbol.
 */
export function readPlace(s: string, i: number): Placed | null {
  i = skipBlanks(s, i);
  let start = i;
  let end = symbolEnd(s, i);
  if (end === i) return null;
  if (s.charCodeAt(end) === 58 && end + 1 < s.length && isSymbolStart(s.charCodeAt(end + 1))) {
    // NetBSD writes the module before the symbol: netbsd:vpanic
    start = end + 1;
    end = symbolEnd(s, start);
  }
  const name = s.slice(start, end);
  let j = skipBlanks(s, end);
  if (s.charCodeAt(j) !== 43) return { function: name, end };
  j = skipBlanks(s, j + 1);
  const stop = numberEnd(s, j);
  if (stop === j) return { function: name, end };
  const value = hexValue(s, isHexPrefix(s, j) ? j + 2 : j, stop);
  if (!Number.isSafeInteger(value)) return { function: name, end };
  // A letter that is no digit: which digit it stands for is not known.
  const letters = isSymbolStart(s.charCodeAt(stop))
    ? /^[a-z_]\w{0,15}(?![\w=])/i.exec(s.slice(stop, stop + 18))
    : null;
  if (letters !== null && isHexPrefix(s, j))
    return { function: name, end: stop + letters[0].length, spoilt: s.slice(j, stop + letters[0].length) };
  return isHexPrefix(s, j)
    ? { function: name, offset: value, end: stop }
    : { function: name, offset: value, bare: true, end: stop };
}

/** Reads `file:line` from `i` to the end of the text; the line number is absent where the text is cut. */
export function readFileLine(s: string, i: number): { file: string; line?: number; end: number } | null {
  i = skipBlanks(s, i);
  let end = i;
  while (end < s.length && s.charCodeAt(end) !== 32 && s.charCodeAt(end) !== 44) end++;
  if (end === i) return null;
  const word = s.slice(i, end);
  // The writer has left it out.
  if (/^[.\u2026]+(?::|$)/.test(word)) return null;
  const colon = word.lastIndexOf(':');
  if (colon > 0) {
    const stop = digitsEnd(word, colon + 1);
    if (stop > colon + 1) {
      return { file: word.slice(0, colon), line: Number(word.slice(colon + 1, stop)), end: i + stop };
    }
    return { file: word.slice(0, colon), end };
  }
  return { file: word, end };
}

/** A decimal number, also a negative or a long one, in canonical form. */
export function decimalHex(text: string): string {
  const value = text.length < 15 ? Number(text) : BigInt(text);
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Whether a carriage return stands there that is not the first half of a CR LF. */
export const isLoneReturn = (text: string, at: number): boolean =>
  text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) !== 10;
