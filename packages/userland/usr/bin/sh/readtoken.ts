/** The tokens of the shell (parser.c), and the texts of its here-documents. */
import { memset } from '../../lib/libc/string/memset.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { rmescapes } from './expand.js';
import { curfile, pgetc, pgetc_eatbnl, pungetc } from './input.js';
import { stalloc, stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { sb_free, sb_init, sb_putc, sb_str } from './mystring.js';
import type { nfile, nodelist } from './nodes.h.js';
import { NAPPEND, NCLOBBER, NFROM, NFROMFD, NFROMTO, NHERE, NTO, NTOFD, NXHERE } from './nodes.h.js';
import {
  CTLENDARI,
  CTLESC,
  CTLVAR,
  PEOF,
  TAND,
  TBACKGND,
  TENDCASE,
  TEOF,
  TLP,
  TNL,
  TNOT,
  TOR,
  TPIPE,
  TREDIR,
  TRP,
  TSEMI,
  TWORD,
} from './parser.h.js';
import { newnode, synerror } from './parser.js';
import { readhere, readword } from './readword.js';

/**
 * A here-document whose text is still to come.
 * @lock s the shell
 */
interface heredoc extends struct {
  next: heredoc; // (s) the one announced behind it
  here: nfile; // (s) where its text goes
  striptabs: int; // (s) tabs in front of its lines do not count
}

/**
 * What the parser knows of the token that was read last; kept while a command inside a word is parsed.
 * @lock s the shell
 */
export interface token extends struct {
  t_type: int; // (s) T*
  t_pushed: int; // (s) it is to be read again
  t_checkkwd: int; // (s) the next word may be a reserved one; with 2 newlines before it do not count
  t_quoted: int; // (s) there were quotes in the word
  t_start: int; // (s) where it begins in the text of the command
  t_text: str; // (s) a word, coded
  t_backquote: nodelist; // (s) the commands that are substituted in it
  t_redir: nfile; // (s) a redirection
  t_striptabs: int; // (s) that is <<-
  t_heredocs: heredoc; // (s) here-documents whose texts begin behind the next newline
}

/** The token that was read last. */
export let curtoken: embed<token>;

/** The reserved words, from TNOT on. */
let reserved: array<str, 15> = $init([
  '!',
  'case',
  'do',
  'done',
  'elif',
  'else',
  'esac',
  'fi',
  'for',
  'if',
  'then',
  'until',
  'while',
  '{',
  '}',
]);

/** Forgets what was read: another text begins. */
export function resettokens(): void {
  memset($addr(curtoken), 0, $sizeof<token>());
}

/** Lets the last token be read again. */
export function pushtoken(): void {
  curtoken.t_pushed = 1;
}

/** The next token, which stays. */
export function peektoken(): int {
  const tok = readtoken();
  curtoken.t_pushed = 1;
  return tok;
}

/** The next token. When the command is given up this is the end of everything. */
export function readtoken(): int {
  const checkkwd = curtoken.t_checkkwd;
  curtoken.t_checkkwd = 0;
  let tok = nexttoken();
  while (tok === TNL && checkkwd === 2) tok = nexttoken();
  if (tok === TWORD && checkkwd !== 0 && !curtoken.t_quoted) {
    for (let i = 0; i < 15; i++) if (strcmp(curtoken.t_text, reserved[i]) === 0) tok = TNOT + i;
  }
  if (evalskip) tok = TEOF;
  curtoken.t_type = tok;
  return tok;
}

/** The next token, or the last again, before a look at reserved words. */
function nexttoken(): int {
  if (evalskip) return TEOF;
  if (curtoken.t_pushed) {
    curtoken.t_pushed = 0;
    return curtoken.t_type;
  }
  for (;;) {
    const c = pgetc_eatbnl();
    if (c === $ch(' ') || c === $ch('\t') || c === $ch('\r')) continue;
    if (c === $ch('#')) {
      skipcomment();
      continue;
    }
    curtoken.t_start = curfile.pf_text.sb_len - (c === PEOF ? 0 : 1);
    return tokenof(c);
  }
}

function skipcomment(): void {
  let c = pgetc();
  while (c !== $ch('\n') && c !== PEOF) c = pgetc();
  pungetc(c);
}

/** `two` if the next character is c, else `one`. */
export function either(c: int, two: int, one: int): int {
  const next = pgetc_eatbnl();
  if (next === c) return two;
  pungetc(next);
  return one;
}

/** The token that begins with c. */
function tokenof(c: int): int {
  switch (c) {
    case PEOF:
      readheredocs();
      return TEOF;
    case $ch('\n'):
      readheredocs();
      return TNL;
    case $ch('&'):
      return either($ch('&'), TAND, TBACKGND);
    case $ch('|'):
      return either($ch('|'), TOR, TPIPE);
    case $ch(';'):
      return either($ch(';'), TENDCASE, TSEMI);
    case $ch('('):
      return TLP;
    case $ch(')'):
      return TRP;
    case $ch('<'):
    case $ch('>'):
      return redirtoken(c, c === $ch('<') ? 0 : 1);
    default:
      return readword(c);
  }
}

/** The redirection of fd that begins with c. */
export function redirtoken(c: int, fd: int): int {
  curtoken.t_redir = $cast<nfile>(newnode(c === $ch('<') ? fromtype() : totype(), $sizeof<nfile>()));
  curtoken.t_redir.fd = fd;
  return TREDIR;
}

/** What follows a >. */
function totype(): int {
  const c = pgetc_eatbnl();
  if (c === $ch('>')) return NAPPEND;
  if (c === $ch('&')) return NTOFD;
  if (c === $ch('|')) return NCLOBBER;
  pungetc(c);
  return NTO;
}

/** What follows a <. */
function fromtype(): int {
  const c = pgetc_eatbnl();
  if (c === $ch('>')) return NFROMTO;
  if (c === $ch('&')) return NFROMFD;
  if (c === $ch('<')) {
    curtoken.t_striptabs = either($ch('-'), 1, 0);
    return NHERE;
  }
  pungetc(c);
  return NFROM;
}

/** Notes a here-document, whose delimiter is the last word. */
export function announce(n: nfile): void {
  const h = $cast<heredoc>(stalloc(parsearena, $sizeof<heredoc>()));
  h.here = n;
  h.striptabs = curtoken.t_striptabs;
  n.type = curtoken.t_quoted ? NHERE : NXHERE;
  if (hassubst(n.fname.text)) synerror('Illegal eof marker for << redirection');
  rmescapes(n.fname.text);
  let last = $ref(curtoken.t_heredocs);
  while (last[0] !== null) last = $ref(last[0].next);
  last[0] = h;
}

/** Is something to be substituted in a word? */
function hassubst(text: str): boolean {
  for (let i = 0; text[i] !== 0; i++) {
    if (text[i] === CTLESC) i++;
    else if (text[i] >= CTLVAR && text[i] <= CTLENDARI) return true;
  }
  return false;
}

/** Reads the texts of the here-documents that the line just ended has announced. */
function readheredocs(): void {
  while (curtoken.t_heredocs !== null && !evalskip) {
    const h = curtoken.t_heredocs;
    curtoken.t_heredocs = h.next;
    const sb = $local<sbuf>();
    sb_init(sb);
    readlines(sb, h.here.fname.text, h.striptabs !== 0);
    if (h.here.type === NXHERE) readhere(h.here.fname, sb_str(sb));
    else h.here.fname.text = stsavestr(parsearena, sb_str(sb), $u32(sb.sb_len));
    sb_free(sb);
  }
}

/** Reads lines up to the one that is eofmark. */
function readlines(sb: sbuf, eofmark: str, striptabs: boolean): void {
  for (;;) {
    const from = sb.sb_len;
    let c = pgetc();
    while (striptabs && c === $ch('\t')) c = pgetc();
    while (c !== $ch('\n') && c !== PEOF) {
      sb_putc(sb, c);
      c = pgetc();
    }
    const ends = strcmp($padd(sb_str(sb), from), eofmark) === 0;
    if (ends || (c === PEOF && sb.sb_len === from)) {
      sb.sb_len = from;
      return;
    }
    sb_putc(sb, $ch('\n'));
    if (c === PEOF) return;
  }
}
