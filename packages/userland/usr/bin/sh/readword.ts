/**
 * Words (parser.c): their quotes, and what is to be substituted in them. parser.h.ts says how they are coded.
 */
import { strchr } from '../../lib/libc/string/strchr.js';
import { curfile, pgetc, pgetc_eatbnl, popfile, pungetc, pushstring, setinputstring } from './input.js';
import { stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { is_digit, is_in_name, is_name, is_special, sb_free, sb_init, sb_putc, sb_str } from './mystring.js';
import type { narg, node, nodelist } from './nodes.h.js';
import {
  CTLARI,
  CTLBACKQ,
  CTLENDARI,
  CTLENDVAR,
  CTLESC,
  CTLQUOTE,
  CTLQUOTEMARK,
  CTLVAR,
  PEOF,
  TEOF,
  TRP,
  TWORD,
  VSASSIGN,
  VSLENGTH,
  VSMINUS,
  VSNORMAL,
  VSNUL,
  VSPLUS,
  VSQUESTION,
  VSQUOTE,
  VSTRIMLEFT,
  VSTRIMLEFTMAX,
  VSTRIMRIGHT,
  VSTRIMRIGHTMAX,
  VSTYPE,
} from './parser.h.js';
import { newlist, parselist, synerror, synexpect } from './parser.js';
import type { token } from './readtoken.js';
import { curtoken, either, peektoken, readtoken, redirtoken, resettokens } from './readtoken.js';

/**
 * A word that is being read.
 * @lock s the shell
 */
interface wordstate extends struct {
  w_out: embed<sbuf>; // (s) its text so far
  w_first: nodelist; // (s) the commands to be substituted
  w_last: nodelist; // (s) the last of them
  w_quoted: int; // (s) there were quotes
}

function initword(w: wordstate): void {
  sb_init(w.w_out);
  w.w_first = null;
  w.w_last = null;
  w.w_quoted = 0;
}

/** Makes a word the last token. */
function endword(w: wordstate): void {
  const out = w.w_out;
  curtoken.t_text = stsavestr(parsearena, sb_str(out), $u32(out.sb_len));
  curtoken.t_backquote = w.w_first;
  curtoken.t_quoted = w.w_quoted;
  sb_free(out);
}

/** Does it end a word that is not quoted? */
function isseparator(c: int): boolean {
  switch (c) {
    case PEOF:
    case $ch(' '):
    case $ch('\t'):
    case $ch('\r'):
    case $ch('\n'):
    case $ch(';'):
    case $ch('&'):
    case $ch('|'):
    case $ch('<'):
    case $ch('>'):
    case $ch('('):
    case $ch(')'):
      return true;
    default:
      return false;
  }
}

/** A character that stands for itself. */
function literal(w: wordstate, c: int): void {
  if (c >= CTLESC && c <= CTLQUOTEMARK) sb_putc(w.w_out, CTLESC);
  sb_putc(w.w_out, c);
}

/** A character in quotes. */
function escaped(w: wordstate, c: int): void {
  sb_putc(w.w_out, CTLESC);
  sb_putc(w.w_out, c);
}

/** Reads the word that begins with c, or the number of a redirection and that. */
export function readword(first: int): int {
  const w = $local<wordstate>();
  initword(w);
  let c = first;
  while (!isseparator(c) && !evalskip) {
    unquoted(w, c);
    c = pgetc_eatbnl();
  }
  const out = w.w_out;
  const number = out.sb_len === 1 && is_digit(out.sb_buf[0]) && !w.w_quoted;
  if (number && (c === $ch('<') || c === $ch('>'))) {
    const fd = out.sb_buf[0] - $ch('0');
    sb_free(out);
    return redirtoken(c, fd);
  }
  pungetc(c);
  endword(w);
  return TWORD;
}

/** What c begins outside of quotes. */
function unquoted(w: wordstate, c: int): void {
  switch (c) {
    case $ch('\\'): {
      const next = pgetc();
      w.w_quoted = 1;
      escaped(w, next === PEOF ? c : next);
      return;
    }
    case $ch("'"):
      singlequotes(w);
      return;
    case $ch('"'):
      doublequotes(w);
      return;
    case $ch('`'):
      backquotes(w, 0);
      return;
    case $ch('$'):
      dollar(w, 0);
      return;
    default:
      literal(w, c);
  }
}

/** Behind a single quote, to the next. */
function singlequotes(w: wordstate): void {
  const from = w.w_out.sb_len;
  w.w_quoted = 1;
  for (;;) {
    const c = pgetc();
    if (c === PEOF) {
      synerror('Unterminated quoted string');
      return;
    }
    if (c === $ch("'")) break;
    escaped(w, c);
  }
  if (w.w_out.sb_len === from) sb_putc(w.w_out, CTLQUOTEMARK);
}

/** Behind a double quote, to the next. */
function doublequotes(w: wordstate): void {
  const from = w.w_out.sb_len;
  w.w_quoted = 1;
  for (;;) {
    const c = pgetc_eatbnl();
    if (evalskip) return;
    if (c === PEOF) {
      synerror('Unterminated quoted string');
      return;
    }
    if (c === $ch('"')) break;
    indouble(w, c, '$`"\\');
  }
  if (w.w_out.sb_len === from) sb_putc(w.w_out, CTLQUOTEMARK);
}

/**
 * What c begins inside of double quotes; a backslash takes the meaning only from the characters of `special`.
 */
function indouble(w: wordstate, c: int, special: str): void {
  if (c === $ch('$')) {
    dollar(w, VSQUOTE);
  } else if (c === $ch('`')) {
    backquotes(w, VSQUOTE);
  } else if (c === $ch('\\')) {
    const next = pgetc();
    if (next !== PEOF && strchr(special, next) !== null) {
      escaped(w, next);
    } else {
      escaped(w, c);
      pungetc(next);
    }
  } else {
    escaped(w, c);
  }
}

/** The text of a here-document, which is as if in double quotes, becomes the word n. */
export function readhere(n: narg, text: str): void {
  const saved = $local<token>();
  const w = $local<wordstate>();
  initword(w);
  $copy(saved, curtoken);
  setinputstring(text);
  for (let c = pgetc_eatbnl(); c !== PEOF && !evalskip; c = pgetc_eatbnl()) indouble(w, c, '$`\\');
  popfile();
  endword(w);
  n.text = curtoken.t_text;
  n.backquote = curtoken.t_backquote;
  $copy(curtoken, saved);
}

/** Behind a $; quote is VSQUOTE in double quotes, else 0. */
function dollar(w: wordstate, quote: int): void {
  const c = pgetc_eatbnl();
  if (c === $ch('(')) {
    const next = pgetc_eatbnl();
    if (next === $ch('(') && arithmetic(w, quote)) return;
    if (next !== $ch('(')) pungetc(next);
    commandsub(w, quote);
  } else if (c === $ch('{')) {
    braces(w, quote);
  } else if (is_name(c) || is_digit(c) || is_special(c)) {
    const out = w.w_out;
    sb_putc(out, CTLVAR);
    sb_putc(out, VSNORMAL | quote);
    sb_putc(out, c);
    if (is_name(c)) restofname(out);
    sb_putc(out, $ch('='));
    sb_putc(out, CTLENDVAR);
  } else {
    pungetc(c);
    escaped(w, $ch('$'));
  }
}

/** The characters of a name from the second on. */
function restofname(out: sbuf): void {
  let c = pgetc_eatbnl();
  while (is_in_name(c)) {
    sb_putc(out, c);
    c = pgetc_eatbnl();
  }
  pungetc(c);
}

/** The name of a parameter in braces that begins with c; false if there is none. */
function bracedname(out: sbuf, c: int): boolean {
  sb_putc(out, c);
  if (is_name(c)) {
    restofname(out);
    return true;
  }
  if (!is_digit(c)) return is_special(c);
  let next = pgetc_eatbnl();
  while (is_digit(next)) {
    sb_putc(out, next);
    next = pgetc_eatbnl();
  }
  pungetc(next);
  return true;
}

/** Behind ${ */
function braces(w: wordstate, quote: int): void {
  const out = w.w_out;
  sb_putc(out, CTLVAR);
  const typeat = out.sb_len;
  sb_putc(out, VSNORMAL);
  let c = pgetc_eatbnl();
  let type = 0;
  if (c === $ch('#')) {
    const next = pgetc_eatbnl();
    if (is_in_name(next) || is_special(next)) {
      type = VSLENGTH;
      c = next;
    } else {
      pungetc(next);
    }
  }
  const named = bracedname(out, c);
  sb_putc(out, $ch('='));
  c = pgetc_eatbnl();
  if (type === 0) {
    type = c === $ch('}') ? VSNORMAL : operator(c);
    if (c === $ch(':') && type !== 0) type |= VSNUL;
  } else if (c !== $ch('}')) {
    type = 0;
  }
  if (c === PEOF) synerror("Missing '}'");
  else if (!named || type === 0) synerror('Bad substitution');
  if (evalskip) return;
  out.sb_buf[typeat] = type | quote;
  type &= VSTYPE;
  if (c !== $ch('}')) bracedword(w, type >= VSTRIMLEFT && type <= VSTRIMRIGHTMAX ? 0 : quote);
  sb_putc(out, CTLENDVAR);
}

/** The operator of a ${} that begins with c, 0 if it is none. */
function operator(c: int): int {
  switch (c === $ch(':') ? pgetc_eatbnl() : c) {
    case $ch('-'):
      return VSMINUS;
    case $ch('+'):
      return VSPLUS;
    case $ch('?'):
      return VSQUESTION;
    case $ch('='):
      return VSASSIGN;
    case $ch('#'):
      return c === $ch(':') ? 0 : either($ch('#'), VSTRIMLEFTMAX, VSTRIMLEFT);
    case $ch('%'):
      return c === $ch(':') ? 0 : either($ch('%'), VSTRIMRIGHTMAX, VSTRIMRIGHT);
    default:
      return 0;
  }
}

/** The word behind an operator, to the closing brace. */
function bracedword(w: wordstate, quote: int): void {
  let inner = quote;
  for (;;) {
    const c = pgetc_eatbnl();
    if (evalskip) return;
    if (c === PEOF) {
      synerror("Missing '}'");
      return;
    }
    if (c === $ch('}') && inner === quote) return;
    if (quote !== 0 && c === $ch('"')) inner ^= quote;
    else if (inner !== 0) indouble(w, c, '$`"\\}');
    else unquoted(w, c);
  }
}

/** Puts a command to be substituted. */
function substitute(w: wordstate, n: node, quote: int): void {
  const lp = newlist(n);
  if (w.w_first === null) w.w_first = lp;
  else w.w_last.next = lp;
  w.w_last = lp;
  sb_putc(w.w_out, quote !== 0 ? CTLBACKQ | CTLQUOTE : CTLBACKQ);
}

/** The commands up to a token that is not theirs; null if there are none. */
function innerlist(): node {
  resettokens();
  curtoken.t_checkkwd = 2;
  const tok = peektoken();
  return tok === TRP || tok === TEOF ? null : parselist(false);
}

/** Behind $( */
function commandsub(w: wordstate, quote: int): void {
  const saved = $local<token>();
  $copy(saved, curtoken);
  const n = innerlist();
  const tok = readtoken();
  if (tok === TEOF) synerror("Missing ')'");
  else if (tok !== TRP) synexpect(tok, TRP);
  $copy(curtoken, saved);
  substitute(w, n, quote);
}

/** Behind a backquote, to the next. */
function backquotes(w: wordstate, quote: int): void {
  const sb = $local<sbuf>();
  sb_init(sb);
  for (;;) {
    let c = pgetc();
    if (c === PEOF) {
      sb_free(sb);
      synerror('EOF in backquote substitution');
      return;
    }
    if (c === $ch('`')) break;
    if (c === $ch('\\')) {
      c = pgetc();
      const special = quote !== 0 ? '$`\\"' : '$`\\';
      if (c === PEOF || strchr(special, c) === null) sb_putc(sb, $ch('\\'));
      if (c === PEOF) continue;
    }
    sb_putc(sb, c);
  }
  backquoted(w, sb_str(sb), quote);
  sb_free(sb);
}

/** Parses the text between backquotes. */
function backquoted(w: wordstate, text: str, quote: int): void {
  const saved = $local<token>();
  $copy(saved, curtoken);
  setinputstring(text);
  const n = innerlist();
  const tok = readtoken();
  if (tok !== TEOF) synexpect(tok, TEOF);
  popfile();
  $copy(curtoken, saved);
  substitute(w, n, quote);
}

/**
 * Behind $((. It is no arithmetic but a ( ) in a $( ) if its parentheses do not close together: then false,
 * and what was read since the second one, and that one, too, comes again.
 */
function arithmetic(w: wordstate, quote: int): boolean {
  const out = w.w_out;
  const before = out.sb_len;
  const last = w.w_last;
  const from = curfile.pf_text.sb_len - 1;
  let depth = 0;
  sb_putc(out, CTLARI);
  sb_putc(out, quote !== 0 ? $ch('"') : $ch(' '));
  for (;;) {
    const c = pgetc_eatbnl();
    if (evalskip) return true;
    if (c === PEOF) break;
    if (c === $ch(')') && depth === 0) {
      if (either($ch(')'), 1, 0)) {
        sb_putc(out, CTLENDARI);
        return true;
      }
      break;
    }
    if (c === $ch('(')) depth++;
    if (c === $ch(')')) depth--;
    indouble(w, c, '$`"\\');
  }
  out.sb_len = before;
  w.w_last = last;
  if (last === null) w.w_first = null;
  else last.next = null;
  rereadfrom(from);
  return false;
}

/** Reads again what came since the text of the command had this length. */
function rereadfrom(from: int): void {
  const text = curfile.pf_text;
  pushstring($padd(sb_str(text), from));
  text.sb_len = from;
}
