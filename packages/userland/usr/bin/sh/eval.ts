/** The evaluation of commands (eval.c). */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { memcpy } from '../../lib/libc/string/bcopy.js';
import { strcpy } from '../../lib/libc/string/strcpy.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { close, dup2, pipe, read } from '../../lib/libc/sys/syscalls.js';
import type { builtincmd } from './builtins.js';
import { findbuiltin } from './builtins.js';
import {
  SKIPBREAK,
  SKIPCONT,
  SKIPERROR,
  SKIPFUNC,
  checkint,
  raise_error,
  sh_error,
  sh_warnx,
} from './error.js';
import type { function_t } from './exec.js';
import { dropfunc, findfunc, holdfunc, setfunc, shellexec } from './exec.js';
import type { strlist } from './expand.js';
import { casematch, expandargs, expandstr, expandvalue } from './expand.js';
import { popfile, setinputstring } from './input.js';
import {
  FORK_BG,
  FORK_FG,
  FORK_NOJOB,
  deletejob,
  foreground,
  forkshell,
  jobstatus,
  makejob,
  rootshell,
  waitforjob,
} from './jobs.js';
import { cmdloop } from './main.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_new, stalloc, stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { getnumber, namelen, sb_free, sb_init, sb_putc, sb_puts, sb_str } from './mystring.js';
import type {
  nbinary,
  ncase,
  nclist,
  ncmd,
  ndefun,
  nfor,
  nif,
  nnot,
  node,
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
import type { shparam } from './options.js';
import { eflag, freeparam, iflag, nflag, optval, setparam, shellparam, xflag } from './options.js';
import { out2str, outerror } from './output.js';
import { REDIR_PUSH, dropredir, popredir, redirect } from './redir.js';
import { dotrap, exitshell, hastraps, pendingsigs } from './trap.js';
import { VEXPORT, mklocal, poplocalvars, ps4val, pushlocalvars, setvar, setvareq } from './var.js';

/** The process ends with this command: a program need not be forked for. */
const EV_EXIT = 0x01;
/** A failure of the command is an answer, about which set -e does not care. */
const EV_TESTED = 0x02;

/** Where the tree lies that is being evaluated. */
export let evalarena: arena = null;
/** Loops that are running in this function. */
export let loopnest: int = 0;
/** Functions that are running. */
export let funcnest: int = 0;
/** The status of the last command that was substituted. */
let backstatus: int = 0;

/** The functions nest so deep that the stack would end. */
const MAXFUNCNEST = 400;

/** Parses and evaluates a string, command by command. */
export function evalstring(s: str): void {
  setinputstring(s);
  cmdloop(false);
  popfile();
}

/** Evaluates a tree; its status is exitstatus. */
export function evaltree(n: node, flags: int): void {
  if (n === null) {
    exitstatus = 0;
    return;
  }
  if (optval[nflag] && !optval[iflag]) return;
  let checkexit = false;
  switch (n.type) {
    case NCMD:
      evalcommand($cast<ncmd>(n), flags);
      checkexit = true;
      break;
    case NPIPE:
      evalpipe($cast<npipe>(n));
      checkexit = true;
      break;
    case NSUBSHELL:
      evalsubshell($cast<nredir>(n), flags);
      checkexit = true;
      break;
    case NBACKGND:
      evalbackground($cast<nredir>(n));
      break;
    case NREDIR:
      evalredir($cast<nredir>(n), flags);
      break;
    case NDEFUN:
      evaldefun($cast<ndefun>(n));
      break;
    default:
      evalcontrol(n, flags);
  }
  checkint();
  if (pendingsigs && !evalskip) dotrap();
  if (checkexit && optval[eflag] && exitstatus !== 0 && !(flags & EV_TESTED) && !evalskip)
    exitshell(exitstatus);
}

/** Evaluates lists, conditions and loops. */
function evalcontrol(n: node, flags: int): void {
  const b = $cast<nbinary>(n);
  switch (n.type) {
    case NSEMI:
      evallist(b, flags);
      break;
    case NAND:
      evaltree(b.ch1, EV_TESTED);
      if (!evalskip && exitstatus === 0) evaltree(b.ch2, flags);
      break;
    case NOR:
      evaltree(b.ch1, EV_TESTED);
      if (!evalskip && exitstatus !== 0) evaltree(b.ch2, flags);
      break;
    case NNOT:
      evaltree($cast<nnot>(n).com, EV_TESTED);
      if (!evalskip) exitstatus = exitstatus === 0 ? 1 : 0;
      break;
    case NIF:
      evalif($cast<nif>(n), flags);
      break;
    case NWHILE:
    case NUNTIL:
      evalloop(b, flags);
      break;
    case NFOR:
      evalfor($cast<nfor>(n), flags);
      break;
    case NCASE:
      evalcase($cast<ncase>(n), flags);
      break;
    default:
      return;
  }
}

/** Commands one after the other. */
function evallist(first: nbinary, flags: int): void {
  let n = first;
  for (;;) {
    evaltree(n.ch1, flags & EV_TESTED);
    if (evalskip) return;
    if (n.ch2.type !== NSEMI) break;
    n = $cast<nbinary>(n.ch2);
  }
  evaltree(n.ch2, flags);
}

function evalif(n: nif, flags: int): void {
  evaltree(n.test, EV_TESTED);
  if (evalskip) return;
  if (exitstatus === 0) evaltree(n.ifpart, flags);
  else if (n.elsepart !== null) evaltree(n.elsepart, flags);
  else exitstatus = 0;
}

/** Has a break, or what goes beyond the loop, come? A continue of this loop is taken. */
function leaveloop(): boolean {
  if (evalskip !== SKIPBREAK && evalskip !== SKIPCONT) return evalskip !== 0;
  const again = evalskip === SKIPCONT;
  if (--skipcount > 0) return true;
  evalskip = 0;
  return !again;
}

function evalloop(n: nbinary, flags: int): void {
  let status = 0;
  loopnest++;
  for (;;) {
    evaltree(n.ch1, EV_TESTED);
    if (evalskip) {
      if (leaveloop()) break;
      continue;
    }
    if ((exitstatus === 0) !== (n.type === NWHILE)) {
      exitstatus = status;
      break;
    }
    evaltree(n.ch2, flags & EV_TESTED);
    status = exitstatus;
    if (evalskip && leaveloop()) break;
  }
  loopnest--;
}

function evalfor(n: nfor, flags: int): void {
  const ar = ar_new();
  const words = n.inwords ? expandargs(n.args, ar) : paramlist(ar);
  if (!evalskip) {
    exitstatus = 0;
    loopnest++;
    for (let sp = words; sp !== null; sp = sp.next) {
      setvar(n.name, sp.text, 0);
      if (!evalskip) evaltree(n.body, flags & EV_TESTED);
      if (evalskip && leaveloop()) break;
    }
    loopnest--;
  }
  ar_drop(ar);
}

/** The positional parameters as a list. */
function paramlist(ar: arena): strlist {
  let first: strlist = null;
  for (let i = shellparam.nparam - 1; i >= 0; i--) {
    const sp = $cast<strlist>(stalloc(ar, $sizeof<strlist>()));
    sp.text = stsavestr(ar, shellparam.p[i], strlen(shellparam.p[i]));
    sp.next = first;
    first = sp;
  }
  return first;
}

function evalcase(n: ncase, flags: int): void {
  const ar = ar_new();
  const val = expandstr(n.expr, ar);
  let found: nclist = null;
  for (let cp = n.cases; cp !== null && found === null && !evalskip; cp = cp.next)
    for (let pattern = cp.pattern; pattern !== null && found === null; pattern = pattern.next)
      if (casematch(pattern, val)) found = cp;
  ar_drop(ar);
  if (evalskip) return;
  if (found === null) exitstatus = 0;
  else evaltree(found.body, flags);
}

/** Keeps a function. */
function evaldefun(n: ndefun): void {
  setfunc(n.name, n.body);
  exitstatus = 0;
}

/** A compound command with redirections. */
function evalredir(n: nredir, flags: int): void {
  if (!redirect(n.redirect, REDIR_PUSH)) {
    if (!evalskip) exitstatus = 2;
    return;
  }
  evaltree(n.n, flags & EV_TESTED);
  popredir();
}

/** What a child does for ( ) and &, to its end. */
function evalchild(n: nredir, flags: int): never {
  if (redirect(n.redirect, 0)) evaltree(n.n, flags | EV_EXIT);
  else if (!evalskip) exitstatus = 2;
  exitshell(exitstatus);
}

function evalsubshell(n: nredir, flags: int): void {
  if (flags & EV_EXIT && !hastraps()) evalchild(n, flags);
  const jp = makejob(1, n.text, FORK_FG);
  const pid = forkshell(jp, FORK_FG);
  if (pid === 0) evalchild(n, flags & EV_TESTED);
  if (pid > 0) foreground(jp);
  else deletejob(jp);
}

function evalbackground(n: nredir): void {
  const jp = makejob(1, n.text, FORK_BG);
  const pid = forkshell(jp, FORK_BG);
  if (pid === 0) evalchild(n, 0);
  if (pid > 0) exitstatus = 0;
  else deletejob(jp);
}

/**
 * Makes the ends of pipes the standard input (`from`, -1: as it is) and output of a child; `next` is the
 * other end of that.
 */
function joinpipe(from: int, next: int, to: int): void {
  if (from > 0) {
    dup2(from, 0);
    close(from);
  }
  if (to < 0) return;
  if (next > 0) close(next);
  if (to === 1) return;
  dup2(to, 1);
  close(to);
}

function evalpipe(n: npipe): void {
  const pip = $local<array<int, 2>>();
  const mode = n.backgnd ? FORK_BG : FORK_FG;
  let nprocs = 0;
  let from = -1;
  for (let lp = n.cmdlist; lp !== null; lp = lp.next) nprocs++;
  const jp = makejob(nprocs, n.text, mode);
  for (let lp = n.cmdlist; lp !== null; lp = lp.next) {
    pip[0] = -1;
    pip[1] = -1;
    if (lp.next !== null && pipe(pip) < 0) {
      sh_warnx('Pipe call failed: %s', strerror(errno));
      exitstatus = 2;
      break;
    }
    const pid = forkshell(jp, mode);
    if (pid === 0) {
      joinpipe(from, pip[0], pip[1]);
      evaltree(lp.n, EV_EXIT);
      exitshell(exitstatus);
    }
    if (from >= 0) close(from);
    if (pip[1] >= 0) close(pip[1]);
    from = pip[0];
    if (pid < 0) break;
  }
  if (from >= 0) close(from);
  if (jp.nprocs === 0) deletejob(jp);
  else if (n.backgnd) exitstatus = 0;
  else foreground(jp);
}

/** Runs a command in a child and puts what it writes into sb. */
export function evalbackcmd(n: node, sb: sbuf): void {
  const pip = $local<array<int, 2>>();
  backstatus = 0;
  if (n === null) return;
  if (pipe(pip) < 0) {
    sh_error('Pipe call failed: %s', strerror(errno));
    return;
  }
  const jp = makejob(1, null, FORK_NOJOB);
  const pid = forkshell(jp, FORK_NOJOB);
  if (pid === 0) {
    joinpipe(-1, pip[0], pip[1]);
    evaltree(n, EV_EXIT);
    exitshell(exitstatus);
  }
  close(pip[1]);
  if (pid > 0) readoutput(pip[0], sb);
  close(pip[0]);
  backstatus = 2;
  if (pid > 0) {
    waitforjob(jp, false);
    backstatus = jobstatus(jp);
  }
  deletejob(jp);
  checkint();
}

/** Reads to the end; NULs are no part of a string. */
function readoutput(fd: int, sb: sbuf): void {
  const buf = $local<array<char, 512>>();
  for (;;) {
    const n = read(fd, $addr(buf), 512);
    if (n < 0 && errno === EINTR) continue;
    if (n <= 0) return;
    for (let i = 0; i < n; i++) if (buf[i] !== 0) sb_putc(sb, buf[i]);
  }
}

/** The strings of a list as an array, which ends in null. `argcp`: how many. */
function makeargv(list: strlist, ar: arena, argcp: ptr<int>): ptr<str> {
  let n = 0;
  for (let sp = list; sp !== null; sp = sp.next) n++;
  const argv = $cast<ptr<str>>(stalloc(ar, 4 * $u32(n + 1)));
  argcp[0] = n;
  n = 0;
  for (let sp = list; sp !== null; sp = sp.next) argv[n++] = sp.text;
  return argv;
}

/** The assignments in front of a command, as "name=value". */
function expandassigns(cmd: ncmd, ar: arena): strlist {
  const head = $var<strlist>();
  let last = head;
  head[0] = null;
  for (let n = cmd.assign; n !== null && !evalskip; n = n.next) {
    const len = $u32(namelen(n.text));
    const val = expandvalue(n, ar);
    const sp = $cast<strlist>(stalloc(ar, $sizeof<strlist>()));
    sp.text = $cast<str>(stalloc(ar, len + strlen(val) + 2));
    memcpy($addr(sp.text), $addr(n.text), len + 1);
    strcpy($padd<char>(sp.text, $i32(len) + 1), val);
    last[0] = sp;
    last = $ref(sp.next);
  }
  return head[0];
}

/** set -x */
function xtrace(assigns: strlist, words: strlist): void {
  const sb = $local<sbuf>();
  sb_init(sb);
  sb_puts(sb, ps4val());
  for (let sp = assigns; sp !== null; sp = sp.next) {
    sb_puts(sb, sp.text);
    if (sp.next !== null || words !== null) sb_putc(sb, $ch(' '));
  }
  for (let sp = words; sp !== null; sp = sp.next) {
    sb_puts(sb, sp.text);
    if (sp.next !== null) sb_putc(sb, $ch(' '));
  }
  sb_putc(sb, $ch('\n'));
  out2str(sb_str(sb));
  sb_free(sb);
}

function setassigns(assigns: strlist, flags: int): void {
  for (let sp = assigns; sp !== null && !evalskip; sp = sp.next) setvareq(sp.text, flags);
}

/** Sets variables until poplocalvars. */
function localassigns(assigns: strlist): void {
  pushlocalvars();
  for (let sp = assigns; sp !== null && !evalskip; sp = sp.next) mklocal(sp.text);
}

/** A simple command. */
function evalcommand(cmd: ncmd, flags: int): void {
  const ar = ar_new();
  const argc = $var<int>();
  backstatus = 0;
  const words = expandargs(cmd.args, ar);
  const assigns = evalskip ? null : expandassigns(cmd, ar);
  if (!evalskip) {
    if (optval[xflag]) xtrace(assigns, words);
    const argv = makeargv(words, ar, argc);
    const func = argc[0] > 0 ? findfunc(argv[0]) : null;
    const bltin = argc[0] > 0 ? findbuiltin(argv[0]) : null;
    if (argc[0] === 0) evalassigns(cmd, assigns);
    else if (func !== null) evalfun(cmd, func, argv, assigns, flags);
    else if (bltin !== null) evalbuiltin(cmd, bltin, argc[0], argv, assigns);
    else evalprogram(cmd, argv, assigns, flags);
  }
  ar_drop(ar);
}

/** A command of assignments and redirections only. */
function evalassigns(cmd: ncmd, assigns: strlist): void {
  setassigns(assigns, 0);
  if (evalskip) return;
  const done = redirect(cmd.redirect, REDIR_PUSH);
  if (done) popredir();
  /* Without a command it is the last command substitution that counts. */
  if (!evalskip) exitstatus = done ? backstatus : 2;
}

function evalfun(cmd: ncmd, func: function_t, argv: ptr<str>, assigns: strlist, flags: int): void {
  const saved = $local<shparam>();
  const savedloop = loopnest;
  const savedarena = evalarena;
  if (funcnest >= MAXFUNCNEST) {
    sh_error('%s: functions nest too deeply', argv[0]);
    return;
  }
  if (!redirect(cmd.redirect, REDIR_PUSH)) {
    if (!evalskip) exitstatus = 2;
    return;
  }
  $copy(saved, shellparam);
  holdfunc(func);
  setparam($padd(argv, 1));
  localassigns(assigns);
  evalarena = func.tree;
  loopnest = 0;
  funcnest++;
  if (!evalskip) evaltree(func.body, flags & EV_TESTED);
  if (evalskip === SKIPFUNC) evalskip = 0;
  funcnest--;
  loopnest = savedloop;
  evalarena = savedarena;
  poplocalvars();
  freeparam(shellparam);
  $copy(shellparam, saved);
  dropfunc(func);
  popredir();
}

function evalbuiltin(cmd: ncmd, bltin: builtincmd, argc: int, argv: ptr<str>, assigns: strlist): void {
  const special = bltin.special !== 0;
  if (!redirect(cmd.redirect, REDIR_PUSH)) {
    if (!evalskip && special) raise_error(2);
    if (!evalskip) exitstatus = 2;
    return;
  }
  const lasting = special || assigns === null;
  if (lasting) setassigns(assigns, 0);
  else localassigns(assigns);
  if (!evalskip) {
    if (!special) mildnest++;
    const status = bltin.func(argc, argv);
    if (!special) mildnest--;
    /* Those that leave something have set the status themselves. */
    if (evalskip < SKIPERROR) exitstatus = status;
    if (!special && evalskip === SKIPERROR) evalskip = 0;
  }
  if (outerror() !== 0 && exitstatus === 0 && !evalskip) exitstatus = 1;
  if (!lasting) poplocalvars();
  /* The redirections of an exec without a command last. */
  if (bltin.func === execcmd && argc === 1) dropredir();
  else popredir();
}

/** What a child does to become a program. */
function runprogram(cmd: ncmd, argv: ptr<str>, assigns: strlist): never {
  if (!redirect(cmd.redirect, 0)) exitshell(evalskip ? exitstatus : 2);
  setassigns(assigns, VEXPORT);
  if (evalskip) exitshell(exitstatus);
  exitshell(shellexec(argv));
}

function evalprogram(cmd: ncmd, argv: ptr<str>, assigns: strlist, flags: int): void {
  if (flags & EV_EXIT && !hastraps()) runprogram(cmd, argv, assigns);
  const jp = makejob(1, cmd.text, FORK_FG);
  const pid = forkshell(jp, FORK_FG);
  if (pid === 0) runprogram(cmd, argv, assigns);
  if (pid > 0) foreground(jp);
  else deletejob(jp);
}

/** break and continue */
function skipcmd(argc: int, argv: ptr<str>, skip: int): int {
  const n = argc > 1 ? getnumber(argv[0], argv[1]) : 1;
  if (!evalskip && n < 1) sh_error('%s: Illegal number: %s', argv[0], argv[1]);
  if (evalskip) return exitstatus;
  if (loopnest === 0) return 0;
  skipcount = n > loopnest ? loopnest : n;
  evalskip = skip;
  return 0;
}

export function breakcmd(argc: int, argv: ptr<str>): int {
  return skipcmd(argc, argv, SKIPBREAK);
}

export function continuecmd(argc: int, argv: ptr<str>): int {
  return skipcmd(argc, argv, SKIPCONT);
}

export function returncmd(argc: int, argv: ptr<str>): int {
  const status = argc > 1 ? getnumber(argv[0], argv[1]) & 0xff : exitstatus;
  if (evalskip) return exitstatus;
  evalskip = SKIPFUNC;
  return status;
}

export function truecmd(argc: int, argv: ptr<str>): int {
  return 0;
}

export function falsecmd(argc: int, argv: ptr<str>): int {
  return 1;
}

/** eval word ... */
export function evalcmd(argc: int, argv: ptr<str>): int {
  const sb = $local<sbuf>();
  sb_init(sb);
  for (let i = 1; i < argc; i++) {
    if (i > 1) sb_putc(sb, $ch(' '));
    sb_puts(sb, argv[i]);
  }
  exitstatus = 0;
  evalstring(sb_str(sb));
  sb_free(sb);
  return exitstatus;
}

/** exec [command ...] */
export function execcmd(argc: int, argv: ptr<str>): int {
  if (argc < 2) return 0;
  const status = shellexec($padd(argv, 1));
  if (!(rootshell && optval[iflag])) exitshell(status);
  return status;
}
