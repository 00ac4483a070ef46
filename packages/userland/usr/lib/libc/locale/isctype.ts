/** <ctype.h>, of ASCII. */

export function isdigit(c: int): boolean {
  return c >= 48 && c <= 57;
}
export function isupper(c: int): boolean {
  return c >= 65 && c <= 90;
}
export function islower(c: int): boolean {
  return c >= 97 && c <= 122;
}
export function isalpha(c: int): boolean {
  return isupper(c) || islower(c);
}
export function isalnum(c: int): boolean {
  return isalpha(c) || isdigit(c);
}
export function isxdigit(c: int): boolean {
  return isdigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
}
/** Blank, \t, \n, \v, \f, \r. */
export function isspace(c: int): boolean {
  return c === 32 || (c >= 9 && c <= 13);
}
export function isblank(c: int): boolean {
  return c === 32 || c === 9;
}
export function iscntrl(c: int): boolean {
  return (c >= 0 && c < 32) || c === 127;
}
/** Printing, the blank included. */
export function isprint(c: int): boolean {
  return c >= 32 && c < 127;
}
/** Printing, the blank excluded. */
export function isgraph(c: int): boolean {
  return c > 32 && c < 127;
}
export function ispunct(c: int): boolean {
  return isgraph(c) && !isalnum(c);
}
export function isascii(c: int): boolean {
  return c >= 0 && c < 128;
}
export function toupper(c: int): int {
  return islower(c) ? c - 32 : c;
}
export function tolower(c: int): int {
  return isupper(c) ? c + 32 : c;
}
