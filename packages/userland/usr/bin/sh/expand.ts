/**
 * What becomes of words (expand.c): ~, parameters, commands, arithmetic, the splitting into fields, file
 * names, and the end of quotes. How words are coded is told in parser.h.ts; a field that is being made is
 * coded like a word, but that nothing is left to substitute.
 */
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { arith } from './arith.js';
import { sh_error } from './error.js';
import { evalbackcmd } from './eval.js';
import { expandmeta, hasmeta, patmatch } from './expmeta.js';
import { backgndpid, rootpid } from './jobs.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_new, stalloc, stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { is_digit, namelen, sb_free, sb_init, sb_putc, sb_puts, sb_str } from './mystring.js';
import type { narg, nodelist } from './nodes.h.js';
import { fflag, getparam, optletters, optval, shellparam, uflag } from './options.js';
import {
  CTLARI,
  CTLBACKQ,
  CTLENDARI,
  CTLENDVAR,
  CTLESC,
  CTLQUOTE,
  CTLQUOTEMARK,
  CTLVAR,
  VSASSIGN,
  VSLENGTH,
  VSMINUS,
  VSNORMAL,
  VSNUL,
  VSPLUS,
  VSQUOTE,
  VSTRIMLEFT,
  VSTRIMLEFTMAX,
  VSTRIMRIGHT,
  VSTRIMRIGHTMAX,
  VSTYPE,
} from './parser.h.js';
import { ifsval, lookupvar, setvar } from './var.js';

/** Split and look for files. */
const EXP_FULL = 0x01;
/** Make a pattern: what was quoted stays behind a CTLESC. */
const EXP_PATTERN = 0x02;
/** A value: ~ counts behind a colon, too. */
const EXP_VARTILDE = 0x04;

/**
 * What separated the last two fields (e_sep): blanks only, or another character of IFS (or nothing: the
 * beginning).
 */
const SEP_WHITE = 1;
const SEP_OTHER = 2;

/**
 * A list of strings, of an arena.
 * @lock s the shell
 */
export interface strlist extends struct {
  next: strlist; // (s) the next one
  text: str; // (s) the string
}

/**
 * What words are expanded to.
 * @lock s the shell
 */
export interface expdest extends struct {
  e_flags: int; // (s) EXP_*
  e_arena: arena; // (s) where the results go
  e_field: embed<sbuf>; // (s) the field that is being made
  e_have: int; // (s) it is one, although it may be empty
  e_sep: int; // (s) SEP_*
  e_first: strlist; // (s) the fields
  e_last: strlist; // (s) the last of them
}

/** The commands that are still to be substituted in the word that is being expanded. */
let argbackq: nodelist = null;

function e_init(e: expdest, ar: arena, flags: int): void {
  e.e_flags = flags;
  e.e_arena = ar;
  sb_init(e.e_field);
  e.e_have = 0;
  e.e_sep = SEP_OTHER;
  e.e_first = null;
  e.e_last = null;
}

/** Enters a finished field. */
export function e_add(e: expdest, text: str): void {
  const sp = $cast<strlist>(stalloc(e.e_arena, $sizeof<strlist>()));
  sp.text = text;
  if (e.e_first === null) e.e_first = sp;
  else e.e_last.next = sp;
  e.e_last = sp;
}

/** Ends the field that is being made, if there is one: file names, or itself. */
function endfield(e: expdest): void {
  const field = e.e_field;
  if (!e.e_have) return;
  if (optval[fflag] || !hasmeta(sb_str(field), field.sb_len) || !expandmeta(e, sb_str(field))) {
    const text = stsavestr(e.e_arena, sb_str(field), $u32(field.sb_len));
    rmescapes(text);
    e_add(e, text);
  }
  field.sb_len = 0;
  e.e_have = 0;
}

/** Takes the CTLESCs out of a coded text. */
export function rmescapes(text: str): void {
  let to = 0;
  for (let i = 0; text[i] !== 0; i++) {
    if (text[i] === CTLQUOTEMARK) continue;
    if (text[i] === CTLESC) i++;
    text[to++] = text[i];
  }
  text[to] = 0;
}

/** Expands words to arguments. */
export function expandargs(args: narg, ar: arena): strlist {
  const e = $local<expdest>();
  e_init(e, ar, EXP_FULL);
  for (let n = args; n !== null && !evalskip; n = n.next) {
    expandinto(e, n.text, n.backquote);
    endfield(e);
    e.e_sep = SEP_OTHER;
  }
  sb_free(e.e_field);
  return e.e_first;
}

/** Expands a word to one string, neither split nor a pattern. */
export function expandstr(n: narg, ar: arena): str {
  return expandtext(n, n.text, ar, 0);
}

/** Expands the value of an assignment. */
export function expandvalue(n: narg, ar: arena): str {
  return expandtext(n, $padd(n.text, namelen(n.text) + 1), ar, EXP_VARTILDE);
}

function expandtext(n: narg, from: str, ar: arena, flags: int): str {
  const e = $local<expdest>();
  e_init(e, ar, flags);
  expandinto(e, from, n.backquote);
  return finish(e);
}

/** What was expanded to one string. */
function finish(e: expdest): str {
  const text = stsavestr(e.e_arena, sb_str(e.e_field), $u32(e.e_field.sb_len));
  sb_free(e.e_field);
  return text;
}

function expandinto(e: expdest, text: str, backq: nodelist): void {
  const saved = argbackq;
  argbackq = backq;
  argstr(e, text, false);
  argbackq = saved;
}

/** Does the pattern of a case match a value? */
export function casematch(pattern: narg, val: str): boolean {
  const ar = ar_new();
  const matched = patmatch(expandtext(pattern, pattern.text, ar, EXP_PATTERN), val);
  ar_drop(ar);
  return matched && !evalskip;
}

/** A character that has no meaning any more. */
function putquoted(e: expdest, c: int): void {
  if (e.e_flags & (EXP_FULL | EXP_PATTERN)) sb_putc(e.e_field, CTLESC);
  sb_putc(e.e_field, c);
  e.e_have = 1;
}

/** A character that may be part of a pattern. */
function putplain(e: expdest, c: int): void {
  if (c >= CTLESC && c <= CTLQUOTEMARK) {
    putquoted(e, c);
    return;
  }
  sb_putc(e.e_field, c);
  e.e_have = 1;
}

/** A character that may be part of a pattern, or separate fields. */
function putsplit(e: expdest, c: int): void {
  const ifs = ifsval();
  if (!(e.e_flags & EXP_FULL) || c === 0 || strchr(ifs, c) === null) {
    e.e_sep = 0;
    putplain(e, c);
    return;
  }
  const white = c === $ch(' ') || c === $ch('\t') || c === $ch('\n');
  const had = e.e_have;
  if (!white && !had && e.e_sep !== SEP_WHITE) e.e_have = 1;
  endfield(e);
  if (!white) e.e_sep = SEP_OTHER;
  else if (had) e.e_sep = SEP_WHITE;
}

/** A value. */
function putvalue(e: expdest, s: str, quoted: boolean): void {
  for (let i = 0; s[i] !== 0; i++) {
    if (quoted) {
      putquoted(e, s[i]);
    } else if (e.e_flags & EXP_PATTERN && s[i] === $ch('\\') && s[i + 1] !== 0) {
      putquoted(e, s[++i]);
    } else {
      putsplit(e, s[i]);
    }
  }
}

/**
 * Expands a coded text up to its end, or the end of the substitution that it stands in: where that is.
 * `split`: it is the word of a substitution outside of quotes, whose characters may separate fields.
 */
function argstr(e: expdest, text: str, split: boolean): str {
  let p = exptilde(e, text);
  while (!evalskip) {
    const c = p[0];
    p = $padd(p, 1);
    switch (c) {
      case 0:
      case CTLENDVAR:
      case CTLENDARI:
        return $padd(p, -1);
      case CTLESC:
        putquoted(e, p[0]);
        p = $padd(p, 1);
        break;
      case CTLQUOTEMARK:
        e.e_have = 1;
        break;
      case CTLVAR:
        p = evalvar(e, p);
        break;
      case CTLBACKQ:
      case CTLBACKQ | CTLQUOTE:
        expbackq(e, c !== CTLBACKQ);
        break;
      case CTLARI:
        p = expari(e, p);
        break;
      default:
        if (split) putsplit(e, c);
        else putplain(e, c);
        if (c === $ch(':') && e.e_flags & EXP_VARTILDE) p = exptilde(e, p);
    }
  }
  return p;
}

/** Puts the home directory for a ~ that is alone or before a slash. Where the text goes on. */
function exptilde(e: expdest, p: str): str {
  if (p[0] !== $ch('~')) return p;
  const ends = p[1] === 0 || p[1] === $ch('/') || p[1] === CTLENDVAR;
  const home = lookupvar('HOME');
  if (home === null || !(ends || (p[1] === $ch(':') && e.e_flags & EXP_VARTILDE))) return p;
  putvalue(e, home, true);
  return $padd(p, 1);
}

/** Behind the CTLENDVAR that ends the word at p, which is not wanted. */
function skipword(from: str): str {
  let depth = 1;
  let p = from;
  for (;;) {
    const c = p[0];
    if (c === 0) return p;
    p = $padd(p, 1);
    if (c === CTLESC) p = $padd(p, 1);
    if (c === CTLBACKQ || c === (CTLBACKQ | CTLQUOTE)) argbackq = argbackq.next;
    if (c === CTLVAR) {
      p = $padd(p, 1);
      depth++;
    }
    if (c === CTLENDVAR && --depth === 0) return p;
  }
}

/** Behind the CTLENDVAR that p is at, unless expansion has ended before it. */
function behind(p: str): str {
  return p[0] === CTLENDVAR ? $padd(p, 1) : p;
}

/** Expands the parameter whose subtype p is at. Where the text goes on. */
function evalvar(e: expdest, p: str): str {
  const subtype = p[0];
  const type = subtype & VSTYPE;
  const quoted = (subtype & VSQUOTE) !== 0;
  let n = 1;
  while (p[n] !== $ch('=')) n++;
  const name = stsavestr(e.e_arena, $padd(p, 1), $u32(n - 1));
  const word = $padd(p, n + 1);
  const val = paramval(name, e.e_arena);
  const set = val !== null && !(subtype & VSNUL && val[0] === 0);
  if (quoted && name[0] !== $ch('@')) e.e_have = 1;
  const all = name[0] === $ch('@') || name[0] === $ch('*');
  if (val === null && optval[uflag] && !all && (type === VSNORMAL || type >= VSTRIMLEFT)) {
    sh_error('%s: parameter not set', name);
    return word;
  }
  switch (type) {
    case VSLENGTH:
      putnumber(e, val === null ? 0 : $i32(strlen(val)), true);
      return skipword(word);
    case VSNORMAL:
      putparam(e, name, val, quoted);
      return skipword(word);
    case VSPLUS:
      return set ? behind(argstr(e, word, !quoted)) : skipword(word);
    case VSTRIMLEFT:
    case VSTRIMLEFTMAX:
    case VSTRIMRIGHT:
    case VSTRIMRIGHTMAX:
      return trim(e, val, type, word, quoted);
    default:
      if (set) {
        putparam(e, name, val, quoted);
        return skipword(word);
      }
      if (type === VSMINUS) return behind(argstr(e, word, !quoted));
      return type === VSASSIGN ? assign(e, name, word, quoted) : complain(e, name, word);
  }
}

/** ${name=word} of a parameter that is not set. */
function assign(e: expdest, name: str, word: str, quoted: boolean): str {
  const inner = $local<expdest>();
  e_init(inner, e.e_arena, 0);
  const p = behind(argstr(inner, word, false));
  const val = finish(inner);
  if (!evalskip) setvar(name, val, 0);
  if (!evalskip) putvalue(e, val, quoted);
  return p;
}

/** ${name?word} of a parameter that is not set. */
function complain(e: expdest, name: str, word: str): str {
  const inner = $local<expdest>();
  e_init(inner, e.e_arena, 0);
  const p = behind(argstr(inner, word, false));
  const message = finish(inner);
  if (!evalskip) sh_error('%s: %s', name, message[0] !== 0 ? message : 'parameter not set or null');
  return p;
}

/** ${name#word} and its relatives. */
function trim(e: expdest, val: str, type: int, word: str, quoted: boolean): str {
  const inner = $local<expdest>();
  e_init(inner, e.e_arena, EXP_PATTERN);
  const p = behind(argstr(inner, word, false));
  const pattern = finish(inner);
  if (evalskip || val === null) return p;
  const text = stsavestr(e.e_arena, val, strlen(val));
  if (type === VSTRIMLEFT || type === VSTRIMLEFTMAX) {
    putvalue(e, trimleft(text, pattern, type === VSTRIMLEFTMAX), quoted);
  } else {
    trimright(text, pattern, type === VSTRIMRIGHTMAX);
    putvalue(e, text, quoted);
  }
  return p;
}

/** What is left behind the shortest or the longest beginning that matches. */
function trimleft(text: str, pattern: str, longest: boolean): str {
  const len = $i32(strlen(text));
  for (let i = 0; i <= len; i++) {
    const n = longest ? len - i : i;
    const c = text[n];
    text[n] = 0;
    const matched = patmatch(pattern, text);
    text[n] = c;
    if (matched) return $padd(text, n);
  }
  return text;
}

/** Cuts the shortest or the longest end that matches. */
function trimright(text: str, pattern: str, longest: boolean): void {
  const len = $i32(strlen(text));
  for (let i = 0; i <= len; i++) {
    const n = longest ? i : len - i;
    if (patmatch(pattern, $padd(text, n))) {
      text[n] = 0;
      return;
    }
  }
}

/** Puts the value of a parameter; that of $@, and of $* outside of quotes, as fields of their own. */
function putparam(e: expdest, name: str, val: str, quoted: boolean): void {
  if (name[0] !== $ch('@') && (name[0] !== $ch('*') || quoted)) {
    if (val !== null) putvalue(e, val, quoted);
    return;
  }
  for (let i = 0; i < shellparam.nparam; i++) {
    if (i > 0 && e.e_flags & EXP_FULL) {
      endfield(e);
      e.e_sep = SEP_OTHER;
    } else if (i > 0) {
      putquoted(e, $ch(' '));
    }
    if (quoted) e.e_have = 1;
    putvalue(e, shellparam.p[i], quoted);
  }
}

function putnumber(e: expdest, n: int, quoted: boolean): void {
  const buf = $local<array<char, 12>>();
  snprintf(buf, 12, '%d', n);
  putvalue(e, buf, quoted);
}

/** The value of a parameter, null if it is not set. */
function paramval(name: str, ar: arena): str {
  const buf = $local<array<char, 12>>();
  switch (name[0]) {
    case $ch('?'):
      snprintf(buf, 12, '%d', exitstatus);
      break;
    case $ch('$'):
      snprintf(buf, 12, '%d', rootpid);
      break;
    case $ch('#'):
      snprintf(buf, 12, '%d', shellparam.nparam);
      break;
    case $ch('!'):
      if (backgndpid === 0) return '';
      snprintf(buf, 12, '%d', backgndpid);
      break;
    case $ch('-'):
      return optletters(ar);
    case $ch('@'):
      return shellparam.nparam === 0 ? null : joinparams($ch(' '), ar);
    case $ch('*'): {
      const ifs = ifsval();
      return shellparam.nparam === 0 ? null : joinparams(ifs[0], ar);
    }
    default:
      return is_digit(name[0]) ? getparam(atoi(name)) : lookupvar(name);
  }
  return stsavestr(ar, buf, strlen(buf));
}

/** The positional parameters as one string, with sep (unless it is 0) between them. */
function joinparams(sep: int, ar: arena): str {
  const sb = $local<sbuf>();
  sb_init(sb);
  for (let i = 0; i < shellparam.nparam; i++) {
    if (i > 0 && sep !== 0) sb_putc(sb, sep);
    sb_puts(sb, shellparam.p[i]);
  }
  const s = stsavestr(ar, sb_str(sb), $u32(sb.sb_len));
  sb_free(sb);
  return s;
}

/** Puts the output of the next command to be substituted, without the newlines at its end. */
function expbackq(e: expdest, quoted: boolean): void {
  const sb = $local<sbuf>();
  const n = argbackq.n;
  const saved = argbackq.next;
  sb_init(sb);
  evalbackcmd(n, sb);
  argbackq = saved;
  while (sb.sb_len > 0 && sb.sb_buf[sb.sb_len - 1] === $ch('\n')) sb.sb_len--;
  if (quoted) e.e_have = 1;
  if (!evalskip) putvalue(e, sb_str(sb), quoted);
  sb_free(sb);
}

/** Puts the value of the arithmetic whose quote p is at. Where the text goes on. */
function expari(e: expdest, p: str): str {
  const inner = $local<expdest>();
  e_init(inner, e.e_arena, 0);
  const end = argstr(inner, $padd(p, 1), false);
  const text = finish(inner);
  const value = evalskip ? 0 : arith(text);
  if (!evalskip) putnumber(e, value, p[0] === $ch('"'));
  return end[0] === CTLENDARI ? $padd(end, 1) : end;
}
