/** test(1) and [: an expression in words. A program, and a builtin of sh. */
import { R_OK, W_OK, X_OK } from '../../../../kernel/src/sys/fcntl.h.js';
import { S_IFMT, S_IFSOCK } from '../../../../kernel/src/sys/stat.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISLNK, S_ISREG } from '../../include/sys/stat.h.js';
import { basename } from '../libc/gen/basename.js';
import { warnx } from '../libc/gen/err.js';
import { isatty } from '../libc/gen/termios.js';
import { isdigit, isspace } from '../libc/locale/isctype.js';
import { atoi } from '../libc/stdlib/strtol.js';
import { strchr } from '../libc/string/strchr.js';
import { strcmp } from '../libc/string/strcmp.js';
import { access, lstat, stat } from '../libc/sys/syscalls.js';

/**
 * An expression that is being evaluated.
 * @lock p the program
 */
interface testexpr extends struct {
  t_words: ptr<str>; // (p) its words
  t_count: int; // (p) how many
  t_next: int; // (p) the next one
  t_bad: int; // (p) it is no expression; a complaint has been made
}

/** The word at a place, null behind the end. */
function testword(t: testexpr, i: int): str {
  return i < t.t_count ? t.t_words[i] : null;
}

/** Is the word at a place this one? */
function testis(t: testexpr, i: int, s: str): boolean {
  return i < t.t_count && strcmp(t.t_words[i], s) === 0;
}

function testerror(t: testexpr, fmt: str, ...args: va_list): boolean {
  if (!t.t_bad) warnx(fmt, ...args);
  t.t_bad = 1;
  return false;
}

/** 0 it is true, 1 it is false, 2 it is none, after a complaint. */
export function testcmd(argc: int, argv: ptr<str>): int {
  const t = $local<testexpr>();
  t.t_words = $padd(argv, 1);
  t.t_count = argc - 1;
  t.t_next = 0;
  t.t_bad = 0;
  if (strcmp(basename(argv[0]), '[') === 0) {
    if (!testis(t, t.t_count - 1, ']')) testerror(t, 'missing ]');
    t.t_count--;
  }
  if (t.t_bad) return 2;
  if (t.t_count <= 0) return 1;
  const value = testor(t);
  if (t.t_next < t.t_count) testerror(t, '%s: unexpected operator', testword(t, t.t_next));
  return t.t_bad ? 2 : value ? 0 : 1;
}

/** expression -o expression */
function testor(t: testexpr): boolean {
  let value = testand(t);
  while (testis(t, t.t_next, '-o')) {
    t.t_next++;
    value = testand(t) || value;
  }
  return value;
}

/** expression -a expression */
function testand(t: testexpr): boolean {
  let value = testnot(t);
  while (testis(t, t.t_next, '-a')) {
    t.t_next++;
    value = testnot(t) && value;
  }
  return value;
}

/** ! expression, if the ! is not compared with something */
function testnot(t: testexpr): boolean {
  const more = t.t_next + 1 < t.t_count;
  if (!testis(t, t.t_next, '!') || !more || isbinary(t, t.t_next + 1)) return testprimary(t);
  t.t_next++;
  return !testnot(t);
}

/** Is the word at a place an operator of two sides, and there is something behind it? */
function isbinary(t: testexpr, i: int): boolean {
  const op = testword(t, i);
  if (op === null || i + 1 >= t.t_count) return false;
  return stringop(op) || numberop(op);
}

function stringop(op: str): boolean {
  return (
    strcmp(op, '=') === 0 ||
    strcmp(op, '==') === 0 ||
    strcmp(op, '!=') === 0 ||
    strcmp(op, '<') === 0 ||
    strcmp(op, '>') === 0
  );
}

function numberop(op: str): boolean {
  return (
    strcmp(op, '-eq') === 0 ||
    strcmp(op, '-ne') === 0 ||
    strcmp(op, '-gt') === 0 ||
    strcmp(op, '-ge') === 0 ||
    strcmp(op, '-lt') === 0 ||
    strcmp(op, '-le') === 0
  );
}

function testprimary(t: testexpr): boolean {
  const word = testword(t, t.t_next);
  if (word === null) return testerror(t, 'argument expected');
  if (isbinary(t, t.t_next + 1)) return testbinary(t, word);
  t.t_next++;
  if (strcmp(word, '(') === 0) {
    const value = testor(t);
    if (!testis(t, t.t_next++, ')')) testerror(t, 'closing paren expected');
    return value;
  }
  const operand = testword(t, t.t_next);
  const letter = word[0] === $ch('-') && word[1] !== 0 && word[2] === 0 ? word[1] : 0;
  if (operand === null || letter === 0 || strchr('nzefdcpbhLSrwxst', letter) === null) return word[0] !== 0;
  t.t_next++;
  if (letter === $ch('n')) return operand[0] !== 0;
  if (letter === $ch('z')) return operand[0] === 0;
  return filetest(letter, operand);
}

function testbinary(t: testexpr, left: str): boolean {
  const op = testword(t, t.t_next + 1);
  const right = testword(t, t.t_next + 2);
  t.t_next += 3;
  if (stringop(op)) {
    const order = strcmp(left, right);
    if (op[0] === $ch('=')) return order === 0;
    if (op[0] === $ch('!')) return order !== 0;
    return op[0] === $ch('<') ? order < 0 : order > 0;
  }
  const a = testnumber(t, left);
  const b = testnumber(t, right);
  if (strcmp(op, '-eq') === 0) return a === b;
  if (strcmp(op, '-ne') === 0) return a !== b;
  if (strcmp(op, '-gt') === 0) return a > b;
  if (strcmp(op, '-ge') === 0) return a >= b;
  return strcmp(op, '-lt') === 0 ? a < b : a <= b;
}

/** A number with a sign, blanks around it. */
function testnumber(t: testexpr, s: str): i64 {
  let p = s;
  let val: i64 = 0;
  while (isspace(p[0])) p = $padd(p, 1);
  const negative = p[0] === $ch('-');
  if (negative || p[0] === $ch('+')) p = $padd(p, 1);
  if (!isdigit(p[0])) testerror(t, '%s: bad number', s);
  for (; isdigit(p[0]); p = $padd(p, 1)) val = val * 10 + (p[0] - $ch('0'));
  while (isspace(p[0])) p = $padd(p, 1);
  if (p[0] !== 0) testerror(t, '%s: bad number', s);
  return negative ? -val : val;
}

/** -r file and so on, and -t descriptor */
function filetest(letter: int, name: str): boolean {
  const sb = $local<struct_stat>();
  switch (letter) {
    case $ch('t'):
      return isatty(atoi(name));
    case $ch('r'):
      return access(name, R_OK) === 0;
    case $ch('w'):
      return access(name, W_OK) === 0;
    case $ch('x'):
      return access(name, X_OK) === 0;
    default:
      break;
  }
  const link = letter === $ch('h') || letter === $ch('L');
  if (name[0] === 0 || (link ? lstat(name, sb) : stat(name, sb)) < 0) return false;
  switch (letter) {
    case $ch('f'):
      return S_ISREG(sb.st_mode);
    case $ch('d'):
      return S_ISDIR(sb.st_mode);
    case $ch('c'):
      return S_ISCHR(sb.st_mode);
    case $ch('b'):
      return S_ISBLK(sb.st_mode);
    case $ch('p'):
      return S_ISFIFO(sb.st_mode);
    case $ch('S'):
      return (sb.st_mode & S_IFMT) === S_IFSOCK;
    case $ch('s'):
      return sb.st_size > 0;
    case $ch('e'):
      return true;
    default:
      return S_ISLNK(sb.st_mode);
  }
}
