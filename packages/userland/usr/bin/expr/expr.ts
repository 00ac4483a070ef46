/** expr(1): 0, 1 if the value is nothing or 0, 2 if it is no expression. */
import type { regex_t, regmatch_t } from '../../include/regex.h.js';
import { REG_BASIC } from '../../include/regex.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { regcomp, regfree } from '../../lib/libc/regex/regcomp.js';
import { regerror } from '../../lib/libc/regex/regerror.js';
import { regexec } from '../../lib/libc/regex/regexec.js';
import { asprintf, printf } from '../../lib/libc/stdio/printf.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strtoq } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strncmp } from '../../lib/libc/string/strncmp.js';
import { strcspn } from '../../lib/libc/string/strspn.js';

/** The words, and the next one. */
let words: ptr<str> = null;

/**
 * A value: a string, and a number if it looks like one.
 * @lock p the program
 */
interface val extends struct {
  v_text: str; // (p) as text
  v_isnum: int; // (p) is it a number?
  v_num: i64; // (p) which
}

function make_str(s: str): val {
  const vp = $cast<val>(malloc($sizeof<val>()));
  const ep = $var<str>();
  if (vp === null) err(2, null);
  vp.v_text = s;
  errno = 0;
  vp.v_num = strtoq(s, ep, 10);
  const digits = s[0] === $ch('-') ? 1 : 0;
  vp.v_isnum = isdigit(s[digits]) && ep[0][0] === 0 && errno === 0 ? 1 : 0;
  return vp;
}

function make_integer(i: i64): val {
  const text = $var<str>();
  if (asprintf(text, '%lld', i) < 0) err(2, null);
  return make_str(text[0]);
}

function make_bool(b: boolean): val {
  return make_str(b ? '1' : '0');
}

function is_zero_or_null(vp: val): boolean {
  return vp.v_isnum !== 0 ? vp.v_num === 0 : vp.v_text[0] === 0;
}

function to_integer(vp: val): i64 {
  if (vp.v_isnum === 0) errx(2, 'non-numeric argument');
  return vp.v_num;
}

/** Is the next word one of the operators of a list, which are separated by blanks? Takes it, or gives null. */
function operator(list: str): str {
  const w = words[0];
  if (w === null || w[0] === 0 || strchr(w, 32) !== null) return null;
  const len = strlen(w);
  for (let p = list; p[0] !== 0; ) {
    const n = strcspn(p, ' ');
    if (n === len && strncmp(p, w, n) === 0) {
      words = $padd(words, 1);
      return w;
    }
    p = $padd(p, p[n] === 0 ? n : n + 1);
  }
  return null;
}

/** The operators, loosest first. */
let levels: array<str, 6> = $init(['|', '&', '= > >= < <= !=', '+ -', '* / %', ':']);
const NLEVELS = 6;

function eval_(level: int): val {
  if (level === NLEVELS) return primary();
  let a = eval_(level + 1);
  for (let op = operator(levels[level]); op !== null; op = operator(levels[level])) {
    const b = eval_(level + 1);
    if (level === 0) a = is_zero_or_null(a) ? b : a;
    else if (level === 1) a = is_zero_or_null(a) || is_zero_or_null(b) ? make_integer(0) : a;
    else if (level === 2) a = comparison(op, a, b);
    else if (level === NLEVELS - 1) a = op_colon(a, b);
    else a = arithmetic(op[0], to_integer(a), to_integer(b));
  }
  return a;
}

function primary(): val {
  const w = words[0];
  if (w === null) errx(2, 'syntax error');
  words = $padd(words, 1);
  if (strcmp(w, '(') !== 0) return make_str(w);
  const v = eval_(0);
  if (operator(')') === null) errx(2, 'syntax error');
  return v;
}

function comparison(op: str, a: val, b: val): val {
  let d = 0;
  if (a.v_isnum !== 0 && b.v_isnum !== 0) d = a.v_num < b.v_num ? -1 : a.v_num > b.v_num ? 1 : 0;
  else d = strcmp(a.v_text, b.v_text);
  const equal = op[1] === $ch('=');
  switch (op[0]) {
    case $ch('='):
      return make_bool(d === 0);
    case $ch('!'):
      return make_bool(d !== 0);
    case $ch('<'):
      return make_bool(d < 0 || (equal && d === 0));
    default:
      return make_bool(d > 0 || (equal && d === 0));
  }
}

function arithmetic(op: int, a: i64, b: i64): val {
  switch (op) {
    case $ch('+'):
      return make_integer(a + b);
    case $ch('-'):
      return make_integer(a - b);
    case $ch('*'):
      return make_integer(a * b);
    default:
      if (b === 0) errx(2, 'division by zero');
      return make_integer(op === $ch('/') ? a / b : a % b);
  }
}

/** string : pattern, a basic regular expression from the string's start: the group, or how many characters matched. */
function op_colon(a: val, b: val): val {
  const rp = $local<regex_t>();
  const rm = $local<array<embed<regmatch_t>, 2>>();
  const errbuf = $local<array<char, 256>>();
  const bad = regcomp(rp, b.v_text, REG_BASIC);
  if (bad !== 0) {
    regerror(bad, rp, errbuf, 256);
    errx(2, '%s', errbuf);
  }
  const matched = regexec(rp, a.v_text, 2, rm[0], 0) === 0 && rm[0].rm_so === 0;
  const groups = rp.re_nsub !== 0;
  regfree(rp);
  if (!matched) return groups ? make_str('') : make_integer(0);
  if (!groups) return make_integer($i64(rm[0].rm_eo));
  if (rm[1].rm_so < 0) return make_str('');
  const len = $u32(rm[1].rm_eo - rm[1].rm_so);
  const part = $cast<str>(malloc(len + 1));
  if (part === null) err(2, null);
  strlcpy(part, $padd(a.v_text, rm[1].rm_so), len + 1);
  return make_str(part);
}

export function main(argc: int, argv: ptr<str>): int {
  words = $padd(argv, 1);
  const result = eval_(0);
  if (words[0] !== null) errx(2, 'syntax error');
  printf('%s\n', result.v_text);
  return is_zero_or_null(result) ? 1 : 0;
}
