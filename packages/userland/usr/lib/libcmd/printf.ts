/** printf(1): printf format [argument ...]. A program, and a builtin of sh. */
import { warnx } from '../libc/gen/err.js';
import { isdigit } from '../libc/locale/isctype.js';
import { stderr } from '../libc/stdio/findfp.js';
import { fputs } from '../libc/stdio/fputs.js';
import { printf, snprintf } from '../libc/stdio/printf.js';
import { putchar } from '../libc/stdio/putc.js';
import { strtol, strtoul } from '../libc/stdlib/strtol.js';
import { strchr } from '../libc/string/strchr.js';
import { strcpy } from '../libc/string/strcpy.js';
import { strlcat } from '../libc/string/strlcat.js';
import { backslash_char } from '../libutil/escape.js';

/** Room for a directive. */
const FMTSIZE = 40;

/**
 * The arguments that are left, and whether something was wrong with one.
 * @lock p the program
 */
interface printfargs extends struct {
  p_argv: ptr<str>; // (p) the next argument; null at the end
  p_bad: int; // (p) status
  p_stop: int; // (p) \c: nothing more
}

function nextarg(pa: printfargs): str {
  const arg = pa.p_argv[0];
  if (arg === null) return '';
  pa.p_argv = $padd(pa.p_argv, 1);
  return arg;
}

/** A number as C writes it, or a quote and a character. */
function nextnumber(pa: printfargs): int {
  const end = $var<str>();
  const arg = nextarg(pa);
  if (arg[0] === $ch('"') || arg[0] === $ch("'")) return arg[1];
  if (arg[0] === 0) return 0;
  const val = arg[0] === $ch('-') ? strtol(arg, end, 0) : $i32(strtoul(arg, end, 0));
  if (end[0] === arg || end[0][0] !== 0) {
    warnx('%s: illegal number', arg);
    pa.p_bad = 1;
  }
  return val;
}

/** The character that is written as a backslash and what p is at; `lenp` gets how much that is. */
function backslash(p: str, lenp: ptr<int>): int {
  lenp[0] = 1;
  if (p[0] < $ch('0') || p[0] > $ch('7')) {
    if (p[0] === 0) lenp[0] = 0;
    return p[0] === 0 ? $ch('\\') : backslash_char(p[0]);
  }
  let n = 0;
  let val = 0;
  for (; n < 3 && p[n] >= $ch('0') && p[n] <= $ch('7'); n++) val = val * 8 + (p[n] - $ch('0'));
  lenp[0] = n;
  return val & 0xff;
}

/**
 * %b: a string in which backslashes count; \0 may stand before the digits of an octal number, \c ends
 * everything.
 */
function printescaped(pa: printfargs, s: str): void {
  const len = $var<int>();
  for (let i = 0; s[i] !== 0 && !pa.p_stop; i++) {
    if (s[i] !== $ch('\\')) {
      putchar(s[i]);
    } else if (s[i + 1] === $ch('c')) {
      pa.p_stop = 1;
    } else {
      if (s[i + 1] === $ch('0') && isdigit(s[i + 2])) i++;
      putchar(backslash($padd(s, i + 1), len));
      i += len[0];
    }
  }
}

/**
 * Copies flags, width and precision of a directive from p on to fmt; a * takes an argument. How long they
 * are.
 */
function directive(pa: printfargs, fmt: str, p: str): int {
  const one = $local<array<char, 12>>();
  let n = 0;
  strcpy(fmt, '%');
  for (; p[n] !== 0 && strchr('#-+ 0123456789.*', p[n]) !== null; n++) {
    if (p[n] === $ch('*')) snprintf(one, 12, '%d', nextnumber(pa));
    else snprintf(one, 12, '%c', p[n]);
    strlcat(fmt, one, FMTSIZE);
  }
  return n;
}

/** Prints one directive whose % is before p. How long it is, 0 after a complaint. */
function convert(pa: printfargs, p: str): int {
  const fmt = $local<array<char, 40>>();
  const text = $local<array<char, 2>>();
  const n = directive(pa, fmt, p);
  const letter = p[n];
  text[0] = letter === $ch('c') ? $ch('s') : letter;
  text[1] = 0;
  if (strlcat(fmt, text, FMTSIZE) >= FMTSIZE) {
    warnx('directive is too long');
    return 0;
  }
  switch (letter) {
    case $ch('%'):
      putchar($ch('%'));
      break;
    case $ch('c'): {
      const arg = nextarg(pa);
      text[0] = arg[0];
      printf(fmt, text);
      break;
    }
    case $ch('s'):
      printf(fmt, nextarg(pa));
      break;
    case $ch('b'):
      printescaped(pa, nextarg(pa));
      break;
    case $ch('d'):
    case $ch('i'):
    case $ch('o'):
    case $ch('u'):
    case $ch('x'):
    case $ch('X'):
      printf(fmt, nextnumber(pa));
      break;
    default:
      warnx('illegal format character %c', letter);
      return 0;
  }
  return n + 1;
}

/** Prints the format once; false after a complaint. */
function printonce(pa: printfargs, format: str): boolean {
  const len = $var<int>();
  for (let i = 0; format[i] !== 0 && !pa.p_stop; i++) {
    if (format[i] === $ch('\\')) {
      putchar(backslash($padd(format, i + 1), len));
      i += len[0];
    } else if (format[i] === $ch('%')) {
      const n = convert(pa, $padd(format, i + 1));
      if (n === 0) return false;
      i += n;
    } else {
      putchar(format[i]);
    }
  }
  return true;
}

/** The format is used again as long as there are arguments. */
export function printfcmd(argc: int, argv: ptr<str>): int {
  const pa = $local<printfargs>();
  if (argc < 2) {
    fputs('usage: printf format [arg ...]\n', stderr);
    return 1;
  }
  pa.p_argv = $padd(argv, 2);
  pa.p_bad = 0;
  pa.p_stop = 0;
  for (;;) {
    const before = pa.p_argv;
    if (!printonce(pa, argv[1])) return 1;
    if (pa.p_stop || pa.p_argv[0] === null || pa.p_argv === before) return pa.p_bad;
  }
}
