/**
 * regexec(3): the leftmost match, of those the longest. All alternatives are followed at once, one character after the other, so the
 * time grows with the length of the text and of the expression only. An expression with back references cannot be matched so: it is tried
 * alternative by alternative.
 */
import type { _reinst, regex_t, regmatch_t } from '../../../include/regex.h.js';
import {
  REG_ESPACE,
  REG_ICASE,
  REG_NEWLINE,
  REG_NOMATCH,
  REG_NOSUB,
  REG_NOTBOL,
  REG_NOTEOL,
  REG_STARTEND,
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
import { isalnum, tolower } from '../locale/isctype.js';
import { free, malloc } from '../stdlib/malloc.js';
import { memchr } from '../string/memchr.js';
import { memcmp } from '../string/memcmp.js';
import { bzero } from '../string/memset.js';
import { strncasecmp } from '../string/strcasecmp.js';
import { strlen } from '../string/strlen.js';

/** What regexec goes by. */
const _RX_MAXSUB = 9;
/** Two ends for each group, and for the whole. */
const _RX_SAVES = 20;

/**
 * An alternative being followed.
 * @lock p the call of regexec
 */
interface _rethread extends struct {
  rt_pc: int; // (p) the instruction that looks at the next character
  rt_saves: array<int, 20>; // (p) ends of groups; 0 is where it began
}

/**
 * A match being looked for.
 * @lock p the call of regexec
 */
interface _rematch extends struct {
  rx_re: regex_t; // (p) the expression
  rx_text: str; // (p) the string
  rx_len: int; // (p) its end
  rx_start: int; // (p) and its start
  rx_eflags: int; // (p) REG_NOTBOL, REG_NOTEOL
  rx_now: _rethread; // (p) alternatives at this character
  rx_nnow: int; // (p) how many
  rx_then: _rethread; // (p) those at the next one
  rx_nthen: int; // (p) how many
  rx_marks: ptr<int>; // (p) by instruction: the place where it was entered last
  rx_found: int; // (p) a match was found
  rx_saves: array<int, 20>; // (p) its ends
}

function _rxword(c: int): boolean {
  return isalnum(c) || c === $ch('_');
}

/** Does an anchor hold at a place? */
function _rxanchor(m: _rematch, op: int, at: int): boolean {
  const newline = (m.rx_re.re_flags & REG_NEWLINE) !== 0;
  if (op === _RE_BOL) {
    if (at === m.rx_start) return (m.rx_eflags & REG_NOTBOL) === 0;
    return newline && m.rx_text[at - 1] === 10;
  }
  if (op === _RE_EOL) {
    if (at === m.rx_len) return (m.rx_eflags & REG_NOTEOL) === 0;
    return newline && m.rx_text[at] === 10;
  }
  const before = at > m.rx_start && _rxword(m.rx_text[at - 1]);
  const behind = at < m.rx_len && _rxword(m.rx_text[at]);
  return op === _RE_BOW ? !before && behind : before && !behind;
}

/** Does an instruction take a character? */
function _rxtakes(re: regex_t, i: _reinst, c: int): boolean {
  switch (i.ri_op) {
    case _RE_CHAR:
      return i.ri_x === (re.re_flags & REG_ICASE ? tolower(c) : c);
    case _RE_ANY:
      return c !== 10 || (re.re_flags & REG_NEWLINE) === 0;
    case _RE_SET:
      return ($idx(re.re_sets, i.ri_x).rs_bits[c >> 5] & (1 << (c & 31))) !== 0;
    default:
      return false;
  }
}

/**
 * A match from saves[0] to `at`. It is better than one that begins further right, or as far left and is shorter; what begins further right
 * than the best one is followed no more.
 */
function _rxbetter(m: _rematch, saves: array<int, 20>, at: int): void {
  if (m.rx_found !== 0 && saves[0] === m.rx_saves[0] && at <= m.rx_saves[1]) return;
  m.rx_found = 1;
  $copy(m.rx_saves, saves);
  m.rx_saves[1] = at;
}

/** Enters an alternative at a place, through all that looks at no character. `saves` is changed on the way and put back. */
function _rxadd(m: _rematch, pc: int, at: int, saves: array<int, 20>): void {
  if (m.rx_marks[pc] === at + 1) return;
  m.rx_marks[pc] = at + 1;
  const i = $idx(m.rx_re.re_prog, pc);
  switch (i.ri_op) {
    case _RE_JMP:
      _rxadd(m, pc + i.ri_x, at, saves);
      return;
    case _RE_SPLIT:
      _rxadd(m, pc + i.ri_x, at, saves);
      _rxadd(m, pc + i.ri_y, at, saves);
      return;
    case _RE_SAVE: {
      const old = i.ri_x < _RX_SAVES ? saves[i.ri_x] : 0;
      if (i.ri_x < _RX_SAVES) saves[i.ri_x] = at;
      _rxadd(m, pc + 1, at, saves);
      if (i.ri_x < _RX_SAVES) saves[i.ri_x] = old;
      return;
    }
    case _RE_BOL:
    case _RE_EOL:
    case _RE_BOW:
    case _RE_EOW:
      if (_rxanchor(m, i.ri_op, at)) _rxadd(m, pc + 1, at, saves);
      return;
    case _RE_MATCH:
      _rxbetter(m, saves, at);
      return;
    default: {
      const t = $idx(m.rx_then, m.rx_nthen++);
      t.rt_pc = pc;
      $copy(t.rt_saves, saves);
      return;
    }
  }
}

/** A fresh alternative that begins at a place. */
function _rxbegin(m: _rematch, at: int): void {
  const saves = $local<array<int, 20>>();
  for (let i = 0; i < _RX_SAVES; i++) saves[i] = -1;
  saves[0] = at;
  _rxadd(m, 0, at, saves);
}

/** The character that every match begins with, or -1. */
function _rxfirst(re: regex_t): int {
  return re.re_prog.ri_op === _RE_CHAR && (re.re_flags & REG_ICASE) === 0 ? re.re_prog.ri_x : -1;
}

function _rxfollow(m: _rematch): void {
  const re = m.rx_re;
  const first = _rxfirst(re);
  for (let at = m.rx_start; ; at++) {
    if (m.rx_found === 0) {
      if (m.rx_nthen === 0 && first >= 0) {
        const p = memchr($addr($padd(m.rx_text, at)), first, $u32(m.rx_len - at));
        if (p === 0) return;
        at = $i32(p - $addr(m.rx_text));
      }
      _rxbegin(m, at);
    }
    if (m.rx_found !== 0 && re.re_flags & REG_NOSUB) return;
    if (at >= m.rx_len || (m.rx_nthen === 0 && m.rx_found !== 0)) return;
    const now = m.rx_then;
    m.rx_then = m.rx_now;
    m.rx_now = now;
    m.rx_nnow = m.rx_nthen;
    m.rx_nthen = 0;
    const c: int = m.rx_text[at];
    for (let k = 0; k < m.rx_nnow; k++) {
      const t = $idx(now, k);
      /* It began to the right of what was found. */
      if (m.rx_found !== 0 && t.rt_saves[0] > m.rx_saves[0]) continue;
      if (_rxtakes(re, $idx(re.re_prog, t.rt_pc), c)) _rxadd(m, t.rt_pc + 1, at + 1, t.rt_saves);
    }
  }
}

/** What matches from a place, with back references: all ways, the longest is kept. */
function _rxtry(m: _rematch, pc0: int, at0: int, saves: array<int, 20>): void {
  let pc = pc0;
  let at = at0;
  for (;;) {
    const i = $idx(m.rx_re.re_prog, pc);
    switch (i.ri_op) {
      case _RE_JMP:
        pc += i.ri_x;
        continue;
      case _RE_SPLIT:
        /* A loop that took nothing since it was entered here last is left. */
        if (m.rx_marks[pc] !== at + 1) {
          const old = m.rx_marks[pc];
          m.rx_marks[pc] = at + 1;
          _rxtry(m, pc + i.ri_x, at, saves);
          m.rx_marks[pc] = old;
        }
        pc += i.ri_y;
        continue;
      case _RE_SAVE: {
        const old = i.ri_x < _RX_SAVES ? saves[i.ri_x] : 0;
        if (i.ri_x < _RX_SAVES) saves[i.ri_x] = at;
        _rxtry(m, pc + 1, at, saves);
        if (i.ri_x < _RX_SAVES) saves[i.ri_x] = old;
        return;
      }
      case _RE_MATCH:
        _rxbetter(m, saves, at);
        return;
      case _RE_BACK: {
        const so = saves[2 * i.ri_x];
        const len = saves[2 * i.ri_x + 1] - so;
        if (so < 0 || len < 0 || at + len > m.rx_len) return;
        if (_rxdiffer(m, so, at, len)) return;
        at += len;
        pc++;
        continue;
      }
      case _RE_BOL:
      case _RE_EOL:
      case _RE_BOW:
      case _RE_EOW:
        if (!_rxanchor(m, i.ri_op, at)) return;
        pc++;
        continue;
      default:
        if (at >= m.rx_len || !_rxtakes(m.rx_re, i, m.rx_text[at])) return;
        at++;
        pc++;
        continue;
    }
  }
}

/** Do two parts of the text differ? */
function _rxdiffer(m: _rematch, a: int, b: int, len: int): boolean {
  const s = $padd(m.rx_text, a);
  const t = $padd(m.rx_text, b);
  if (m.rx_re.re_flags & REG_ICASE) return strncasecmp(s, t, $u32(len)) !== 0;
  return memcmp($addr(s), $addr(t), $u32(len)) !== 0;
}

function _rxbacktrack(m: _rematch): void {
  const saves = $local<array<int, 20>>();
  for (let at = m.rx_start; at <= m.rx_len && m.rx_found === 0; at++) {
    for (let i = 0; i < _RX_SAVES; i++) saves[i] = -1;
    saves[0] = at;
    _rxtry(m, 0, at, saves);
  }
}

/** 0 with the places in pmatch[0..nmatch-1], or REG_NOMATCH. */
export function regexec(preg: regex_t, string: str, nmatch: u32, pmatch: regmatch_t, eflags: int): int {
  const m = $local<_rematch>();
  const part = (eflags & REG_STARTEND) !== 0;
  m.rx_re = preg;
  m.rx_text = string;
  m.rx_start = part ? pmatch.rm_so : 0;
  m.rx_len = part ? pmatch.rm_eo : $i32(strlen(string));
  m.rx_eflags = eflags;
  m.rx_found = 0;
  m.rx_nnow = 0;
  m.rx_nthen = 0;
  const n = $u32(preg.re_len);
  const room = malloc(n * 2 * $sizeof<_rethread>() + 4 * n);
  if (room === 0) return REG_ESPACE;
  m.rx_now = $cast<_rethread>(room);
  m.rx_then = $cast<_rethread>(room + n * $sizeof<_rethread>());
  m.rx_marks = $cast<ptr<int>>(room + 2 * n * $sizeof<_rethread>());
  bzero($addr(m.rx_marks), 4 * n);
  if (preg.re_backrefs !== 0) _rxbacktrack(m);
  else _rxfollow(m);
  free(room);
  if (m.rx_found === 0) return REG_NOMATCH;
  if (preg.re_flags & REG_NOSUB && !part) return 0;
  for (let i: u32 = 0; i < nmatch; i++) {
    const out = $idx(pmatch, $i32(i));
    const known = i <= _RX_MAXSUB && i <= preg.re_nsub && m.rx_saves[2 * i + 1] >= 0;
    out.rm_so = known ? m.rx_saves[2 * i] : -1;
    out.rm_eo = known ? m.rx_saves[2 * i + 1] : -1;
  }
  return 0;
}
