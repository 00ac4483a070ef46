/** The grammar of the shell (parser.c): from tokens, which readtoken.ts makes, to trees. */
import { isspace } from '../../lib/libc/locale/isctype.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { sh_error } from './error.js';
import { curfile } from './input.js';
import type { arena } from './memalloc.js';
import { stalloc, stsavestr } from './memalloc.js';
import { goodname, namelen } from './mystring.js';
import type {
  narg,
  nbinary,
  ncase,
  nclist,
  ncmd,
  ndefun,
  nfile,
  nfor,
  nif,
  nnot,
  node,
  nodelist,
  npipe,
  nredir,
} from './nodes.h.js';
import {
  NAND,
  NBACKGND,
  NCASE,
  NCMD,
  NDEFUN,
  NFOR,
  NHERE,
  NIF,
  NNOT,
  NOR,
  NPIPE,
  NREDIR,
  NSEMI,
  NSUBSHELL,
  NUNTIL,
  NWHILE,
} from './nodes.h.js';
import {
  TAND,
  TBACKGND,
  TBEGIN,
  TCASE,
  TDO,
  TDONE,
  TELIF,
  TELSE,
  TEND,
  TENDCASE,
  TEOF,
  TESAC,
  TFI,
  TFOR,
  TIF,
  TLP,
  TNL,
  TNOT,
  TOR,
  TPIPE,
  TREDIR,
  TRP,
  TSEMI,
  TTHEN,
  TUNTIL,
  TWHILE,
  TWORD,
} from './parser.h.js';
import { announce, curtoken, peektoken, pushtoken, readtoken, resettokens } from './readtoken.js';

/** What parsecmd gives at the end of the input, where a tree would be. */
export const NEOF = 1;

/** Where the tree that is being made lies. */
export let parsearena: arena = null;

/** The names of the tokens. */
let tokname: array<str, 27> = $init([
  'end of file',
  'newline',
  '";"',
  '"&"',
  '"&&"',
  '"||"',
  '"|"',
  '"("',
  '")"',
  '";;"',
  'redirection',
  'word',
  '"!"',
  '"case"',
  '"do"',
  '"done"',
  '"elif"',
  '"else"',
  '"esac"',
  '"fi"',
  '"for"',
  '"if"',
  '"then"',
  '"until"',
  '"while"',
  '"{"',
  '"}"',
]);

/** Complains of the grammar, unless the command is given up already. */
export function synerror(msg: str): void {
  if (!evalskip) sh_error('Syntax error: %s', msg);
}

/** Complains of a token that must not be there. */
function synunexpected(tok: int): void {
  if (!evalskip) sh_error('Syntax error: %s unexpected', tokname[tok]);
}

/** Complains of a token where `wanted` should have been. */
export function synexpect(tok: int, wanted: int): void {
  if (!evalskip) sh_error('Syntax error: %s unexpected (expecting %s)', tokname[tok], tokname[wanted]);
}

/** Takes a token, which must be this one. */
function taketoken(wanted: int): void {
  const tok = readtoken();
  if (tok !== wanted) synexpect(tok, wanted);
}

/** May a list end before this token? */
function endslist(tok: int): boolean {
  switch (tok) {
    case TEOF:
    case TRP:
    case TENDCASE:
    case TDO:
    case TDONE:
    case TELIF:
    case TELSE:
    case TESAC:
    case TFI:
    case TTHEN:
    case TEND:
      return true;
    default:
      return false;
  }
}

/** A node in the arena of the tree, zeroed. */
export function newnode(type: int, size: u32): node {
  const n = $cast<node>(stalloc(parsearena, size));
  n.type = type;
  return n;
}

function newbinary(type: int, ch1: node, ch2: node): node {
  const n = $cast<nbinary>(newnode(type, $sizeof<nbinary>()));
  n.ch1 = ch1;
  n.ch2 = ch2;
  return $cast<node>(n);
}

function newredir(type: int, com: node): nredir {
  const n = $cast<nredir>(newnode(type, $sizeof<nredir>()));
  n.n = com;
  return n;
}

/** The word that was read last. */
function makeword(): narg {
  const n = $cast<narg>(stalloc(parsearena, $sizeof<narg>()));
  n.text = curtoken.t_text;
  n.backquote = curtoken.t_backquote;
  return n;
}

/** The command from `from` to the last token as it was written, without the blanks around it. */
function textfrom(from: int): str {
  const text = curfile.pf_text.sb_buf;
  let to = curtoken.t_start;
  while (to > from && isspace(text[to - 1])) to--;
  return stsavestr(parsearena, $padd(text, from), $u32(to - from));
}

/**
 * Reads a command of one or more whole lines. Gives its tree, null for an empty line, NEOF at the end of the
 * input; after an error evalskip is set.
 */
export function parsecmd(): node {
  resettokens();
  whichprompt = 1;
  curfile.pf_text.sb_len = 0;
  curtoken.t_checkkwd = 1;
  const tok = readtoken();
  if (evalskip) return null;
  if (tok === TEOF) return $cast<node>(NEOF);
  if (tok === TNL) return null;
  pushtoken();
  return parselist(true);
}

/**
 * Commands one after the other: to the end of the line, or (`!oneline`) to a token that ends a list, which
 * stays.
 */
export function parselist(oneline: boolean): node {
  let n1: node = null;
  let last: nbinary = null;
  for (;;) {
    curtoken.t_checkkwd = oneline ? 1 : 2;
    let tok = peektoken();
    if (n1 !== null && (oneline ? tok === TNL || tok === TEOF : endslist(tok))) {
      if (tok === TNL) readtoken();
      return n1;
    }
    const from = curtoken.t_start;
    let n2 = andor();
    tok = readtoken();
    if (evalskip) return null;
    if (tok === TBACKGND) n2 = background(n2, textfrom(from));
    if (n1 === null) {
      n1 = n2;
    } else if (last === null) {
      n1 = newbinary(NSEMI, n1, n2);
      last = $cast<nbinary>(n1);
    } else {
      last.ch2 = newbinary(NSEMI, last.ch2, n2);
      last = $cast<nbinary>(last.ch2);
    }
    if (tok === TNL && oneline) return n1;
    if (tok !== TNL && tok !== TSEMI && tok !== TBACKGND) {
      pushtoken();
      if (oneline && tok !== TEOF) synunexpected(tok);
      return n1;
    }
  }
}

/** The same command in the background; `text` is what it looks like. */
function background(com: node, text: str): node {
  if (com.type === NPIPE) {
    const p = $cast<npipe>(com);
    p.backgnd = 1;
    p.text = text;
    return com;
  }
  const n = newredir(NBACKGND, com);
  n.text = text;
  return $cast<node>(n);
}

/** Pipelines joined by && and ||. */
function andor(): node {
  let n = pipeline();
  for (;;) {
    const tok = readtoken();
    if (tok !== TAND && tok !== TOR) {
      pushtoken();
      return n;
    }
    curtoken.t_checkkwd = 2;
    n = newbinary(tok === TAND ? NAND : NOR, n, pipeline());
  }
}

/** Commands joined by |, perhaps behind a !. */
function pipeline(): node {
  let negate = false;
  while (readtoken() === TNOT) {
    negate = !negate;
    curtoken.t_checkkwd = 1;
  }
  pushtoken();
  const from = curtoken.t_start;
  let n = parsecommand();
  if (readtoken() === TPIPE) {
    const p = $cast<npipe>(newnode(NPIPE, $sizeof<npipe>()));
    let last = newlist(n);
    p.cmdlist = last;
    do {
      curtoken.t_checkkwd = 2;
      last.next = newlist(parsecommand());
      last = last.next;
    } while (readtoken() === TPIPE);
    p.text = textfrom(from);
    n = $cast<node>(p);
  }
  pushtoken();
  if (!negate) return n;
  const not = $cast<nnot>(newnode(NNOT, $sizeof<nnot>()));
  not.com = n;
  return $cast<node>(not);
}

/** A list of one command. */
export function newlist(n: node): nodelist {
  const lp = $cast<nodelist>(stalloc(parsearena, $sizeof<nodelist>()));
  lp.n = n;
  return lp;
}

/** A simple command, a compound one with its redirections, or a function. */
function parsecommand(): node {
  let n: node = null;
  const tok = readtoken();
  const from = curtoken.t_start;
  switch (tok) {
    case TIF:
      n = ifcmd();
      break;
    case TWHILE:
    case TUNTIL:
      n = whilecmd(tok === TWHILE ? NWHILE : NUNTIL);
      break;
    case TFOR:
      n = forcmd();
      break;
    case TCASE:
      n = casecmd();
      break;
    case TLP:
      n = $cast<node>(newredir(NSUBSHELL, parselist(false)));
      taketoken(TRP);
      break;
    case TBEGIN:
      n = parselist(false);
      taketoken(TEND);
      break;
    case TWORD:
    case TREDIR:
      pushtoken();
      return simplecmd();
    default:
      synunexpected(tok);
      return null;
  }
  if (evalskip) return null;
  return compound(n, from);
}

/** The redirections behind a compound command that began at `from`. */
function compound(com: node, from: int): node {
  const redir = $var<nfile>();
  redir[0] = null;
  let last = redir;
  curtoken.t_checkkwd = 1;
  while (readtoken() === TREDIR) {
    last = redirection(last);
    curtoken.t_checkkwd = 1;
  }
  pushtoken();
  let n = $cast<nredir>(com);
  if (com.type !== NSUBSHELL && redir[0] === null) return com;
  if (com.type !== NSUBSHELL) n = newredir(NREDIR, com);
  n.redirect = redir[0];
  n.text = textfrom(from);
  return $cast<node>(n);
}

/** Behind "if" or "elif". */
function ifcmd(): node {
  const n = $cast<nif>(newnode(NIF, $sizeof<nif>()));
  n.test = parselist(false);
  taketoken(TTHEN);
  n.ifpart = parselist(false);
  const tok = readtoken();
  if (tok === TELIF) {
    n.elsepart = ifcmd();
    return $cast<node>(n);
  }
  if (tok === TELSE) n.elsepart = parselist(false);
  else pushtoken();
  taketoken(TFI);
  return $cast<node>(n);
}

/** do list done */
function dogroup(): node {
  taketoken(TDO);
  if (evalskip) return null;
  const n = parselist(false);
  taketoken(TDONE);
  return n;
}

/** Behind "while" or "until". */
function whilecmd(type: int): node {
  const cond = parselist(false);
  return newbinary(type, cond, dogroup());
}

/** Is the last token this word, without quotes? */
function isplainword(s: str): boolean {
  return curtoken.t_type === TWORD && !curtoken.t_quoted && strcmp(curtoken.t_text, s) === 0;
}

/** Words, as long as there are any. */
function wordlist(): narg {
  let first: narg = null;
  let last: narg = null;
  while (readtoken() === TWORD) {
    const n = makeword();
    if (first === null) first = n;
    else last.next = n;
    last = n;
  }
  return first;
}

/** Behind "for". */
function forcmd(): node {
  const n = $cast<nfor>(newnode(NFOR, $sizeof<nfor>()));
  const tok = readtoken();
  if (tok === TEOF) synunexpected(tok);
  else if (tok !== TWORD || curtoken.t_quoted || !goodname(curtoken.t_text))
    synerror('Bad for loop variable');
  if (evalskip) return null;
  n.name = curtoken.t_text;
  curtoken.t_checkkwd = 2;
  readtoken();
  if (isplainword('in')) {
    n.inwords = 1;
    n.args = wordlist();
    if (curtoken.t_type !== TNL && curtoken.t_type !== TSEMI) synunexpected(curtoken.t_type);
  } else if (curtoken.t_type !== TSEMI) {
    pushtoken();
  }
  curtoken.t_checkkwd = 2;
  n.body = dogroup();
  return $cast<node>(n);
}

/** Behind "case". */
function casecmd(): node {
  const n = $cast<ncase>(newnode(NCASE, $sizeof<ncase>()));
  let tok = readtoken();
  if (tok !== TWORD) synunexpected(tok);
  if (evalskip) return null;
  n.expr = makeword();
  curtoken.t_checkkwd = 2;
  tok = readtoken();
  if (!evalskip && !isplainword('in')) sh_error('Syntax error: %s unexpected (expecting "in")', tokname[tok]);
  let last: nclist = null;
  for (;;) {
    curtoken.t_checkkwd = 2;
    tok = readtoken();
    if (tok === TESAC || evalskip) return $cast<node>(n);
    const cp = casebranch(tok);
    if (last === null) n.cases = cp;
    else last.next = cp;
    last = cp;
  }
}

/** A branch of a case, which begins with a token that is read already. */
function casebranch(first: int): nclist {
  const cp = $cast<nclist>(stalloc(parsearena, $sizeof<nclist>()));
  let last: narg = null;
  let tok = first === TLP ? readtoken() : first;
  for (;;) {
    /* A reserved word is a pattern like any other. */
    if (tok < TWORD) synunexpected(tok);
    if (evalskip) return cp;
    const n = makeword();
    if (last === null) cp.pattern = n;
    else last.next = n;
    last = n;
    tok = readtoken();
    if (tok !== TPIPE) break;
    tok = readtoken();
  }
  if (tok !== TRP) synexpect(tok, TRP);
  curtoken.t_checkkwd = 2;
  tok = peektoken();
  if (tok !== TENDCASE && tok !== TESAC) cp.body = parselist(false);
  curtoken.t_checkkwd = 2;
  tok = readtoken();
  if (tok === TESAC) pushtoken();
  else if (tok !== TENDCASE) synexpect(tok, TENDCASE);
  return cp;
}

/** Enters the redirection that was read last, with its word, behind `last`. Gives the place behind it. */
function redirection(last: ptr<nfile>): ptr<nfile> {
  const n = curtoken.t_redir;
  const tok = readtoken();
  if (tok !== TWORD) synunexpected(tok);
  if (evalskip) return last;
  n.fname = makeword();
  if (n.type === NHERE) announce(n);
  last[0] = n;
  return $ref(n.next);
}

/** Is a word a variable's name and =? */
function isassignment(text: str): boolean {
  const n = namelen(text);
  return n > 0 && text[n] === $ch('=');
}

/** Words, assignments in front of them, and redirections. */
function simplecmd(): node {
  const n = $cast<ncmd>(newnode(NCMD, $sizeof<ncmd>()));
  const redir = $var<nfile>();
  const assign = $var<narg>();
  const args = $var<narg>();
  redir[0] = null;
  assign[0] = null;
  args[0] = null;
  let lastredir = redir;
  let lastassign = assign;
  let lastarg = args;
  let from = -1;
  let quoted = false;
  for (;;) {
    const tok = readtoken();
    if (from < 0) from = curtoken.t_start;
    if (tok === TWORD) {
      const word = makeword();
      if (args[0] === null && isassignment(word.text)) {
        lastassign[0] = word;
        lastassign = $ref(word.next);
      } else {
        if (args[0] === null) quoted = curtoken.t_quoted !== 0;
        lastarg[0] = word;
        lastarg = $ref(word.next);
      }
    } else if (tok === TREDIR) {
      lastredir = redirection(lastredir);
    } else if (tok === TLP) {
      const alone = args[0] !== null && args[0].next === null && assign[0] === null && redir[0] === null;
      if (alone && !quoted && goodname(args[0].text) && readtoken() === TRP) return defun(args[0].text);
      synunexpected(TLP);
    } else {
      pushtoken();
      break;
    }
    if (evalskip) return null;
  }
  n.assign = assign[0];
  n.args = args[0];
  n.redirect = redir[0];
  n.text = textfrom(from);
  return $cast<node>(n);
}

/** Behind "name ( )". */
function defun(name: str): node {
  const n = $cast<ndefun>(newnode(NDEFUN, $sizeof<ndefun>()));
  n.name = name;
  curtoken.t_checkkwd = 2;
  n.body = parsecommand();
  return $cast<node>(n);
}
