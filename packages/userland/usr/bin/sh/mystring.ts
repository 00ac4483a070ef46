/** Strings that grow, and questions about strings (mystring.c). */
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { memcpy } from '../../lib/libc/string/bcopy.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strncmp } from '../../lib/libc/string/strncmp.js';
import { sh_error } from './error.js';
import { ckfree, ckmalloc, ckrealloc } from './memalloc.js';

/**
 * A string that grows. It owns its memory until sb_free.
 * @lock s the shell
 */
export interface sbuf extends struct {
  sb_buf: ptr<char>; // (s) the characters; null while there are none
  sb_len: int; // (s) how many
  sb_size: int; // (s) room
}

/** An empty string, without memory. */
export function sb_init(sb: sbuf): void {
  sb.sb_buf = null;
  sb.sb_len = 0;
  sb.sb_size = 0;
}

/** Gives the memory back. */
export function sb_free(sb: sbuf): void {
  if (sb.sb_buf !== null) ckfree($addr(sb.sb_buf));
  sb_init(sb);
}

/** Makes room for n more bytes and a NUL. */
function sb_room(sb: sbuf, n: int): void {
  const need = sb.sb_len + n + 1;
  if (need <= sb.sb_size) return;
  const size = need > 2 * sb.sb_size ? need + 28 : 2 * sb.sb_size;
  if (sb.sb_buf === null) sb.sb_buf = $cast<ptr<char>>(ckmalloc($u32(size)));
  else sb.sb_buf = $cast<ptr<char>>(ckrealloc($addr(sb.sb_buf), $u32(size)));
  sb.sb_size = size;
}

/** Puts a character at the end. */
export function sb_putc(sb: sbuf, c: int): void {
  if (sb.sb_len + 2 > sb.sb_size) sb_room(sb, 1);
  sb.sb_buf[sb.sb_len++] = c;
}

/** Puts n bytes at the end. */
export function sb_write(sb: sbuf, s: str, n: int): void {
  sb_room(sb, n);
  memcpy($addr(sb.sb_buf) + $u32(sb.sb_len), $addr(s), $u32(n));
  sb.sb_len += n;
}

/** Puts a string at the end. */
export function sb_puts(sb: sbuf, s: str): void {
  sb_write(sb, s, $i32(strlen(s)));
}

/** The string as it is now, ended by a NUL; good until it changes. */
export function sb_str(sb: sbuf): str {
  sb_room(sb, 0);
  sb.sb_buf[sb.sb_len] = 0;
  return sb.sb_buf;
}

/** May a name begin with it? */
export function is_name(c: int): boolean {
  return (c >= $ch('a') && c <= $ch('z')) || (c >= $ch('A') && c <= $ch('Z')) || c === $ch('_');
}

/** A digit? */
export function is_digit(c: int): boolean {
  return c >= $ch('0') && c <= $ch('9');
}

/** May it stand in a name? */
export function is_in_name(c: int): boolean {
  return is_name(c) || is_digit(c);
}

/** Characters of a special parameter's name: $# $? ... */
export function is_special(c: int): boolean {
  return c > 0 && strchr('#?$!-*@', c) !== null;
}

/** Length of the name that a string begins with, 0 if it is none. */
export function namelen(s: str): int {
  let n = 0;
  if (!is_name(s[0])) return 0;
  while (is_in_name(s[n])) n++;
  return n;
}

/** Is the whole string a name? */
export function goodname(s: str): boolean {
  const n = namelen(s);
  return n > 0 && s[n] === 0;
}

/** Is the string made of digits only? */
export function is_number(s: str): boolean {
  let n = 0;
  while (is_digit(s[n])) n++;
  return n > 0 && s[n] === 0;
}

/** More digits are no number of anything here. */
const DIGITS_MAX = 9;

/** The number that an argument of a builtin is; of one that is none an error (sh_error), and -1. */
export function getnumber(builtin: str, s: str): int {
  if (is_number(s) && strlen(s) <= DIGITS_MAX) return atoi(s);
  sh_error('%s: Illegal number: %s', builtin, s);
  return -1;
}

/** Does a string begin with another? */
export function isprefix(pfx: str, s: str): boolean {
  return strncmp(pfx, s, strlen(pfx)) === 0;
}
