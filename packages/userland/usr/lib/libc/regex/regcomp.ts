/**
 * regcomp(3): regular expressions of POSIX, basic (with GNU's \+ \? \| \< \> \w \W) and extended, to
 * instructions of a machine that follows all alternatives at once (regexec.ts).
 */
import type { _reinst, _reset, regex_t } from '../../../include/regex.h.js';
import {
  REG_BADBR,
  REG_BADRPT,
  REG_EBRACE,
  REG_EBRACK,
  REG_ECOLLATE,
  REG_ECTYPE,
  REG_EESCAPE,
  REG_EPAREN,
  REG_ERANGE,
  REG_ESPACE,
  REG_ESUBREG,
  REG_EXTENDED,
  REG_ICASE,
  REG_NEWLINE,
  RE_DUP_MAX,
  _RE_ANY,
  _RE_BACK,
  _RE_BOL,
  _RE_BOW,
  _RE_CHAR,
  _RE_EOL,
  _RE_EOW,
  _RE_JMP,
  _RE_MATCH,
  _RE_SAVE,
  _RE_SET,
  _RE_SPLIT,
} from '../../../include/regex.h.js';
import { isalnum, isdigit, tolower, toupper } from '../locale/isctype.js';
import { _ctype_class } from '../locale/wctype.js';
import { free, realloc } from '../stdlib/malloc.js';
import { memmove } from '../string/bcopy.js';
import { bzero } from '../string/memset.js';
import { strncmp } from '../string/strncmp.js';
import { strcspn } from '../string/strspn.js';

/**
 * An expression being parsed.
 * @lock p the call of regcomp
 */
interface _reparse extends struct {
  rp_re: regex_t; // (p) what comes of it
  rp_next: str; // (p) what is left of the text
  rp_error: int; // (p) the first error
  rp_depth: int; // (p) open groups
}

/** One of the characters that begin an operator, as both kinds of expressions write it. */
const _RT_CHAR = 0;
const _RT_STAR = 1;
const _RT_PLUS = 2;
const _RT_QUEST = 3;
const _RT_BRACE = 4;
const _RT_ALT = 5;
const _RT_OPEN = 6;
const _RT_CLOSE = 7;
const _RT_END = 8;

/** Notes an error and goes to the end of the text. */
function _refail(p: _reparse, error: int): void {
  if (p.rp_error === 0) p.rp_error = error;
  p.rp_next = '';
}

/** Appends an instruction; its index. */
function _reemit(p: _reparse, op: int, x: int, y: int): int {
  const re = p.rp_re;
  if (re.re_len === re.re_room) {
    const room = 2 * re.re_room + 32;
    const more = realloc($addr(re.re_prog), $u32(room) * $sizeof<_reinst>());
    if (more === 0) {
      _refail(p, REG_ESPACE);
      return 0;
    }
    re.re_prog = $cast<_reinst>(more);
    re.re_room = room;
  }
  const i = $idx(re.re_prog, re.re_len);
  i.ri_op = op;
  i.ri_x = x;
  i.ri_y = y;
  return re.re_len++;
}

/**
 * Makes room for an instruction at `at`: what is behind it moves, and its targets, being relative, stay true.
 */
function _reinsert(p: _reparse, at: int, op: int, x: int, y: int): void {
  const re = p.rp_re;
  _reemit(p, op, x, y);
  if (p.rp_error !== 0) return;
  const n = $u32(re.re_len - 1 - at);
  memmove($addr($idx(re.re_prog, at + 1)), $addr($idx(re.re_prog, at)), n * $sizeof<_reinst>());
  const i = $idx(re.re_prog, at);
  i.ri_op = op;
  i.ri_x = x;
  i.ri_y = y;
}

/** Appends a copy of the instructions from..to. */
function _recopy(p: _reparse, from: int, to: int): void {
  for (let i = from; i < to && p.rp_error === 0; i++) {
    const inst = $idx(p.rp_re.re_prog, i);
    _reemit(p, inst.ri_op, inst.ri_x, inst.ri_y);
  }
}

/**
 * What comes next; its length to `len`. A group's bars, braces and parentheses are escaped in a basic
 * expression.
 */
function _retoken(p: _reparse, len: ptr<int>): int {
  const extended = (p.rp_re.re_flags & REG_EXTENDED) !== 0;
  let c: int = p.rp_next[0];
  len[0] = 1;
  if (c === 0) return _RT_END;
  if (c === $ch('*')) return _RT_STAR;
  if (!extended) {
    if (c !== $ch('\\')) return _RT_CHAR;
    c = p.rp_next[1];
    len[0] = 2;
  }
  switch (c) {
    case $ch('+'):
      return _RT_PLUS;
    case $ch('?'):
      return _RT_QUEST;
    case $ch('|'):
      return _RT_ALT;
    case $ch('('):
      return _RT_OPEN;
    case $ch(')'):
      return extended && p.rp_depth === 0 ? _RT_CHAR : _RT_CLOSE;
    case $ch('{'):
      return extended && !isdigit(p.rp_next[1]) ? _RT_CHAR : _RT_BRACE;
    default:
      len[0] = 1;
      return _RT_CHAR;
  }
}

/** Alternatives. */
function _realternatives(p: _reparse): void {
  const len = $var<int>();
  const begin = p.rp_re.re_len;
  _rebranch(p);
  if (p.rp_error !== 0 || _retoken(p, len) !== _RT_ALT) return;
  p.rp_next = $padd(p.rp_next, len[0]);
  /* split L1, L2; L1: this branch; jmp end; L2: the others; end: */
  const size = p.rp_re.re_len - begin;
  _reinsert(p, begin, _RE_SPLIT, 1, size + 2);
  const jmp = _reemit(p, _RE_JMP, 0, 0);
  _realternatives(p);
  if (p.rp_error === 0) $idx(p.rp_re.re_prog, jmp).ri_x = p.rp_re.re_len - jmp;
}

/** One piece after the other, to a bar, a closing parenthesis or the end. */
function _rebranch(p: _reparse): void {
  const len = $var<int>();
  for (let first = true; p.rp_error === 0; first = false) {
    const token = _retoken(p, len);
    if (token === _RT_END || token === _RT_ALT || token === _RT_CLOSE) return;
    const begin = p.rp_re.re_len;
    const nsub = $i32(p.rp_re.re_nsub);
    if (!_reatom(p, token, len[0], first)) continue;
    _rerepeats(p, begin, nsub);
  }
}

/** One character, set, group or anchor. False if it is an anchor, which is not repeated. */
function _reatom(p: _reparse, token: int, len: int, first: boolean): boolean {
  const extended = (p.rp_re.re_flags & REG_EXTENDED) !== 0;
  if (token === _RT_OPEN) {
    p.rp_next = $padd(p.rp_next, len);
    _regroup(p);
    return true;
  }
  if (token !== _RT_CHAR) {
    /* A repetition of nothing: in a basic expression an ordinary character. */
    if (extended || !first) {
      _refail(p, REG_BADRPT);
      return false;
    }
    _reemit(p, _RE_CHAR, p.rp_next[len - 1], 0);
    p.rp_next = $padd(p.rp_next, len);
    return true;
  }
  const c: int = p.rp_next[0];
  if (c === $ch('^') && (extended || first)) {
    _reemit(p, _RE_BOL, 0, 0);
    p.rp_next = $padd(p.rp_next, 1);
    /* In "^*" of a basic expression the star is a character. */
    if (!extended && p.rp_next[0] === $ch('*')) {
      _reemit(p, _RE_CHAR, $ch('*'), 0);
      p.rp_next = $padd(p.rp_next, 1);
      return true;
    }
    return false;
  }
  if (c === $ch('$') && (extended || _reatend(p))) {
    _reemit(p, _RE_EOL, 0, 0);
    p.rp_next = $padd(p.rp_next, 1);
    return false;
  }
  if (c === $ch('[')) {
    p.rp_next = $padd(p.rp_next, 1);
    return _rebracket(p);
  }
  p.rp_next = $padd(p.rp_next, 1);
  if (c === $ch('.')) _reemit(p, _RE_ANY, 0, 0);
  else if (c === $ch('\\')) return _reescape(p);
  else _rechar(p, c);
  return true;
}

/** Is the dollar sign at the end of a branch? */
function _reatend(p: _reparse): boolean {
  const s = p.rp_next;
  return s[1] === 0 || (s[1] === $ch('\\') && (s[2] === $ch(')') || s[2] === $ch('|')));
}

function _rechar(p: _reparse, c: int): void {
  _reemit(p, _RE_CHAR, p.rp_re.re_flags & REG_ICASE ? tolower(c) : c, 0);
}

/** What is behind a backslash. False if it is not repeated. */
function _reescape(p: _reparse): boolean {
  const c: int = p.rp_next[0];
  if (c === 0) {
    _refail(p, REG_EESCAPE);
    return false;
  }
  p.rp_next = $padd(p.rp_next, 1);
  if (c === $ch('<') || c === $ch('>')) {
    _reemit(p, c === $ch('<') ? _RE_BOW : _RE_EOW, 0, 0);
    return false;
  }
  if (c === $ch('w') || c === $ch('W')) {
    const set = _renewset(p);
    if (set === null) return false;
    for (let i = 0; i < 256; i++) if ((isalnum(i) || i === $ch('_')) === (c === $ch('w'))) _resetadd(set, i);
    return true;
  }
  if (c >= $ch('1') && c <= $ch('9')) {
    if (c - 48 > $i32(p.rp_re.re_nsub)) {
      _refail(p, REG_ESUBREG);
      return false;
    }
    p.rp_re.re_backrefs = 1;
    _reemit(p, _RE_BACK, c - 48, 0);
    return true;
  }
  _rechar(p, c);
  return true;
}

function _regroup(p: _reparse): void {
  const len = $var<int>();
  p.rp_re.re_nsub++;
  const n = $i32(p.rp_re.re_nsub);
  p.rp_depth++;
  _reemit(p, _RE_SAVE, 2 * n, 0);
  _realternatives(p);
  if (p.rp_error !== 0) return;
  if (_retoken(p, len) !== _RT_CLOSE) {
    _refail(p, REG_EPAREN);
    return;
  }
  p.rp_next = $padd(p.rp_next, len[0]);
  p.rp_depth--;
  _reemit(p, _RE_SAVE, 2 * n + 1, 0);
}

/** All the repetitions behind an atom, which begins at `begin`. */
function _rerepeats(p: _reparse, begin: int, nsub: int): void {
  const len = $var<int>();
  for (let many = 0; p.rp_error === 0; many++) {
    const token = _retoken(p, len);
    if (token < _RT_STAR || token > _RT_BRACE) return;
    if (many > 0 && token === _RT_BRACE && p.rp_re.re_len - begin > RE_DUP_MAX) {
      _refail(p, REG_BADRPT);
      return;
    }
    p.rp_next = $padd(p.rp_next, len[0]);
    const size = p.rp_re.re_len - begin;
    if (token === _RT_BRACE) _rebraces(p, begin);
    else if (token === _RT_PLUS) _reemit(p, _RE_SPLIT, -size, 1);
    else if (token === _RT_QUEST) _reinsert(p, begin, _RE_SPLIT, 1, size + 1);
    else _restar(p, begin);
  }
}

/** L1: split L2, end; L2: the atom; jmp L1; end: */
function _restar(p: _reparse, begin: int): void {
  const size = p.rp_re.re_len - begin;
  _reinsert(p, begin, _RE_SPLIT, 1, size + 2);
  _reemit(p, _RE_JMP, -(size + 1), 0);
}

/** A decimal number, -1 if there is none. */
function _recount(p: _reparse): int {
  let n = -1;
  for (; isdigit(p.rp_next[0]) && n <= RE_DUP_MAX; p.rp_next = $padd(p.rp_next, 1))
    n = (n < 0 ? 0 : 10 * n) + p.rp_next[0] - 48;
  return n;
}

/** {m}, {m,} and {m,n}: copies of the atom, the optional ones each inside the one before. */
function _rebraces(p: _reparse, begin: int): void {
  const end = p.rp_re.re_len;
  const from = _recount(p);
  let to = from;
  if (p.rp_next[0] === $ch(',')) {
    p.rp_next = $padd(p.rp_next, 1);
    to = _recount(p);
  }
  if ((p.rp_re.re_flags & REG_EXTENDED) === 0) {
    if (p.rp_next[0] !== $ch('\\')) {
      _refail(p, p.rp_next[0] === 0 ? REG_EBRACE : REG_BADBR);
      return;
    }
    p.rp_next = $padd(p.rp_next, 1);
  }
  if (p.rp_next[0] !== $ch('}')) {
    _refail(p, p.rp_next[0] === 0 ? REG_EBRACE : REG_BADBR);
    return;
  }
  p.rp_next = $padd(p.rp_next, 1);
  if (from < 0 || from > RE_DUP_MAX || to > RE_DUP_MAX || (to >= 0 && to < from)) {
    _refail(p, REG_BADBR);
    return;
  }
  for (let i = 1; i < from; i++) _recopy(p, begin, end);
  if (to < 0) {
    const again = p.rp_re.re_len;
    if (from === 0) {
      _restar(p, begin);
      return;
    }
    _recopy(p, begin, end);
    _restar(p, again);
    return;
  }
  const size = end - begin;
  /* Each of the rest may be left out, and with it all behind it. */
  const optional = to - from;
  if (from === 0) {
    if (to === 0) {
      p.rp_re.re_len = begin;
      return;
    }
    _reinsert(p, begin, _RE_SPLIT, 1, optional * (size + 1));
    for (let i = optional - 1; i > 0; i--) {
      _reemit(p, _RE_SPLIT, 1, i * (size + 1));
      _recopy(p, begin + 1, end + 1);
    }
    return;
  }
  for (let i = optional; i > 0; i--) {
    _reemit(p, _RE_SPLIT, 1, i * (size + 1));
    _recopy(p, begin, end);
  }
}

/** A new set and the instruction that asks for it; null without memory. */
function _renewset(p: _reparse): _reset {
  const re = p.rp_re;
  const more = realloc($addr(re.re_sets), $u32(re.re_nsets + 1) * $sizeof<_reset>());
  if (more === 0) {
    _refail(p, REG_ESPACE);
    return null;
  }
  re.re_sets = $cast<_reset>(more);
  const set = $idx(re.re_sets, re.re_nsets);
  bzero($addr(set), $sizeof<_reset>());
  _reemit(p, _RE_SET, re.re_nsets, 0);
  re.re_nsets++;
  return set;
}

function _resetadd(set: _reset, c: int): void {
  set.rs_bits[c >> 5] |= 1 << (c & 31);
}

/** [...], of which the bracket was read. False after an error, and for the two that are anchors. */
function _rebracket(p: _reparse): boolean {
  const bow = strncmp(p.rp_next, '[:<:]]', 6) === 0;
  if (bow || strncmp(p.rp_next, '[:>:]]', 6) === 0) {
    p.rp_next = $padd(p.rp_next, 6);
    _reemit(p, bow ? _RE_BOW : _RE_EOW, 0, 0);
    return false;
  }
  const set = _renewset(p);
  if (set === null) return false;
  const negate = p.rp_next[0] === $ch('^');
  if (negate) p.rp_next = $padd(p.rp_next, 1);
  for (let first = true; first || p.rp_next[0] !== $ch(']'); first = false) {
    _reelement(p, set);
    if (p.rp_error !== 0) return false;
  }
  p.rp_next = $padd(p.rp_next, 1);
  if (p.rp_re.re_flags & REG_ICASE) {
    for (let i = 0; i < 256; i++) {
      if ((set.rs_bits[i >> 5] & (1 << (i & 31))) === 0) continue;
      _resetadd(set, toupper(i));
      _resetadd(set, tolower(i));
    }
  }
  if (negate) {
    for (let i = 0; i < 8; i++) set.rs_bits[i] = ~set.rs_bits[i];
    if (p.rp_re.re_flags & REG_NEWLINE) set.rs_bits[0] &= ~(1 << 10);
  }
  return true;
}

/** A class, a character or a range. */
function _reelement(p: _reparse, set: _reset): void {
  if (p.rp_next[0] === 0) {
    _refail(p, REG_EBRACK);
    return;
  }
  if (p.rp_next[0] === $ch('[') && p.rp_next[1] === $ch(':')) {
    _reclass(p, set);
    return;
  }
  const lo = _reendpoint(p);
  let hi = lo;
  if (p.rp_next[0] === $ch('-') && p.rp_next[1] !== 0 && p.rp_next[1] !== $ch(']')) {
    p.rp_next = $padd(p.rp_next, 1);
    hi = _reendpoint(p);
  }
  if (p.rp_error !== 0) return;
  if (hi < lo) {
    _refail(p, REG_ERANGE);
    return;
  }
  for (let c = lo; c <= hi; c++) _resetadd(set, c);
}

/** A character of a range; [.x.] and [=x=] are x. */
function _reendpoint(p: _reparse): int {
  const s = p.rp_next;
  const kind: int = s[1];
  if (s[0] !== $ch('[') || (kind !== $ch('.') && kind !== $ch('='))) {
    p.rp_next = $padd(s, 1);
    return s[0];
  }
  if (s[2] === 0 || s[3] !== kind || s[4] !== $ch(']')) {
    _refail(p, REG_ECOLLATE);
    return 0;
  }
  p.rp_next = $padd(s, 5);
  return s[2];
}

/** [:name:] */
function _reclass(p: _reparse, set: _reset): void {
  const word = $padd(p.rp_next, 2);
  const len = strcspn(word, ':');
  if (word[len] === 0 || word[len + 1] !== $ch(']')) {
    _refail(p, REG_EBRACK);
    return;
  }
  const entry = _ctype_class(word, $u32(len));
  if (entry === null) {
    _refail(p, REG_ECTYPE);
    return;
  }
  for (let c = 0; c < 128; c++) if (entry.cc_is(c)) _resetadd(set, c);
  p.rp_next = $padd(word, len + 2);
}

/** 0, or an error; then there is nothing to free. */
export function regcomp(preg: regex_t, pattern: str, cflags: int): int {
  const p = $local<_reparse>();
  const len = $var<int>();
  bzero($addr(preg), $sizeof<regex_t>());
  preg.re_flags = cflags;
  p.rp_re = preg;
  p.rp_next = pattern;
  p.rp_error = 0;
  p.rp_depth = 0;
  _realternatives(p);
  /* A closing parenthesis too many. */
  if (p.rp_error === 0 && _retoken(p, len) !== _RT_END) _refail(p, REG_EPAREN);
  _reemit(p, _RE_MATCH, 0, 0);
  if (p.rp_error !== 0) regfree(preg);
  return p.rp_error;
}

export function regfree(preg: regex_t): void {
  free($addr(preg.re_prog));
  free($addr(preg.re_sets));
  preg.re_prog = null;
  preg.re_sets = null;
}
