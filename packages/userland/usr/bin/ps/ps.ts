/** ps(1): a, c, j, l, m, o, O, p, r, u, U, v, w, x and L, with or without a dash. */
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { KERN_PROC_ALL, KERN_PROC_PID } from '../../../../kernel/src/sys/sysctl.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { user_from_uid } from '../../lib/libc/gen/pwcache.js';
import { tcgetpgrp } from '../../lib/libc/gen/termios.js';
import { time } from '../../lib/libc/gen/time.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { puts } from '../../lib/libc/stdio/fputs.js';
import { fprintf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { free, malloc } from '../../lib/libc/stdlib/malloc.js';
import { qsort } from '../../lib/libc/stdlib/qsort.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strdup } from '../../lib/libc/string/strdup.js';
import { strlcat } from '../../lib/libc/string/strlcat.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { close, open } from '../../lib/libc/sys/syscalls.js';
import type { kvm_t } from '../../lib/libkvm/kvm.h.js';
import { kvm_getargv, kvm_getprocs, kvm_open } from '../../lib/libkvm/kvm_proc.js';
import { getsysctlint } from '../../lib/libutil/sysctlbuf.js';
import { freefmt, parsefmt, showkey, vhead } from './keyword.js';
import { hasterminal } from './print.js';
import type { kinfo, varent } from './ps.h.js';
import { COMM, LJUST } from './ps.h.js';

const DFMT = 'pid,tt,state,time,command';
const JFMT = 'user,pid,ppid,pgid,sess,jobc,state,tt,time,command';
const LFMT = 'uid,pid,ppid,cpu,pri,nice,vsz,rss,mwchan,state,tt,time,command';
const UFMT = 'user,pid,%cpu,%mem,vsz,rss,tt,state,start,time,command';
const VFMT = 'pid,state,time,sl,re,pagein,vsz,rss,lim,tsiz,%cpu,%mem,command';

const SORTMEM = 1;
const SORTCPU = 2;
/** Columns of a line, by the number of w options; there is no telling how wide the console is. */
const NARROW = 79;
const WIDE = 131;
/** Room for a value. */
const VALUESIZE = 4096;

/**
 * What is wanted.
 * @lock p the program
 */
interface psopts extends struct {
  o_xflag: int; // (p) processes without a terminal, too
  o_wflag: int; // (p) how often w was given
  o_sortby: int; // (p) SORT*
  o_fmt: str; // (p) columns; null: those of -o
  o_extra: str; // (p) -O: columns behind the first; null: none
  o_pid: int; // (p) one process, -1: all
  o_uid: int; // (p) those of a user, -1: of all
}

let opts: embed<psopts>;

function usage(): never {
  fprintf(stderr, 'usage: ps [-acjlmruvwx] [-O fmt] [-o fmt] [-p pid] [-U user]\n       ps -L\n');
  exit(1);
}

/** Complains of an option as getopt does. */
function badoption(what: str, letter: int): never {
  fprintf(stderr, 'ps: %s -- %c\n', what, letter);
  usage();
}

/** A number that is not negative, all of the text. */
function number(s: str): int {
  for (let i = 0; s[i] !== 0; i++) if (!isdigit(s[i])) usage();
  return s[0] === 0 ? -1 : atoi(s);
}

/** A user by name or number. */
function userid(s: str): int {
  if (isdigit(s[0])) return number(s);
  /* Names without a password file are those that user_from_uid knows. */
  for (let id = 0; id < 65536; id++) {
    const name = user_from_uid($u32(id), 1);
    if (name !== null && strcmp(name, s) === 0) return id;
  }
  errx(1, '%s: no such user', s);
}

function onlypid(s: str): void {
  opts.o_pid = number(s);
  opts.o_xflag = 1;
}

/** An option without an argument; false if there is none of that letter. */
function letteroption(letter: int): boolean {
  switch (letter) {
    case $ch('A'):
    case $ch('x'):
      opts.o_xflag = 1;
      return true;
    /* Other people's processes are shown anyway, h would repeat the header. */
    case $ch('a'):
    case $ch('h'):
      return true;
    case $ch('c'):
      commonly = 1;
      return true;
    case $ch('w'):
      opts.o_wflag++;
      return true;
    case $ch('m'):
      opts.o_sortby = SORTMEM;
      return true;
    case $ch('r'):
      opts.o_sortby = SORTCPU;
      return true;
    default:
      return formatoption(letter);
  }
}

function formatoption(letter: int): boolean {
  switch (letter) {
    case $ch('j'):
      opts.o_fmt = JFMT;
      return true;
    case $ch('l'):
      opts.o_fmt = LFMT;
      return true;
    case $ch('u'):
      opts.o_fmt = UFMT;
      opts.o_sortby = SORTCPU;
      return true;
    case $ch('v'):
      opts.o_fmt = VFMT;
      opts.o_sortby = SORTMEM;
      return true;
    default:
      return false;
  }
}

/** An option with an argument. */
function valueoption(letter: int, value: str): void {
  if (letter === $ch('p')) {
    onlypid(value);
  } else if (letter === $ch('U')) {
    opts.o_uid = userid(value);
    opts.o_xflag = 1;
  } else if (letter === $ch('O')) {
    opts.o_extra = value;
  } else {
    if (opts.o_fmt !== null) freefmt();
    opts.o_fmt = null;
    parsefmt(value, null);
  }
}

/** Takes a word of options, whose arguments may be the next word: how many words there were. */
function optionword(word: str, next: str): int {
  for (let i = word[0] === $ch('-') ? 1 : 0; word[i] !== 0; i++) {
    const letter = word[i];
    if (isdigit(letter)) {
      onlypid($padd(word, i));
      return 1;
    }
    if (strchr('oOpU', letter) !== null) {
      const joined = word[i + 1] !== 0;
      if (!joined && next === null) badoption('option requires an argument', letter);
      valueoption(letter, joined ? $padd(word, i + 1) : next);
      return joined ? 1 : 2;
    }
    if (letter === $ch('L')) {
      showkey();
      exit(0);
    }
    if (!letteroption(letter)) badoption('illegal option', letter);
  }
  return 1;
}

/** The columns that are wanted. */
function setcolumns(): void {
  if (opts.o_fmt !== null) parsefmt(opts.o_fmt, null);
  if (opts.o_extra !== null && vhead !== null) parsefmt(opts.o_extra, vhead);
}

/** The foreground process group of the console, 0 if it has none. */
function getforeground(): pid_t {
  const fd = open('/dev/tty', O_RDONLY);
  if (fd < 0) return 0;
  const pgrp = tcgetpgrp(fd);
  close(fd);
  return pgrp;
}

/** The arguments of a process with blanks between, from malloc; null: none. */
function getargs(kd: kvm_t, kp: kinfo_proc): str {
  const argv = kvm_getargv(kd, kp, 0);
  let size: u32 = 1;
  if (argv === null) return null;
  for (let i = 0; argv[i] !== null; i++) size += strlen(argv[i]) + 1;
  const text = $cast<str>(malloc(size));
  if (text === null) err(1, null);
  text[0] = 0;
  for (let i = 0; argv[i] !== null; i++) {
    if (i > 0) strlcat(text, ' ', size);
    strlcat(text, argv[i], size);
  }
  return text;
}

function pscomp(a: u32, b: u32): int {
  const p = $cast<kinfo>(a).ki_p;
  const q = $cast<kinfo>(b).ki_p;
  if (opts.o_sortby === SORTCPU && p.ki_pctcpu !== q.ki_pctcpu) return p.ki_pctcpu > q.ki_pctcpu ? -1 : 1;
  if (opts.o_sortby === SORTMEM && p.ki_rssize !== q.ki_rssize) return p.ki_rssize > q.ki_rssize ? -1 : 1;
  return p.ki_pid - q.ki_pid;
}

/** The processes that are wanted, in their order, as an array from malloc; how many to *countp. */
function getkinfo(kd: kvm_t, countp: ptr<int>): kinfo {
  const nentries = $var<int>();
  const one = opts.o_pid >= 0;
  const kp = kvm_getprocs(kd, one ? KERN_PROC_PID : KERN_PROC_ALL, one ? opts.o_pid : 0, nentries);
  if (kp === null) err(1, 'kern.proc');
  const ki = $cast<kinfo>(malloc($u32(nentries[0] + 1) * $sizeof<kinfo>()));
  if (ki === null) err(1, null);
  let n = 0;
  for (let i = 0; i < nentries[0]; i++) {
    const p = $idx(kp, i);
    if (!opts.o_xflag && !hasterminal(p)) continue;
    if (opts.o_uid >= 0 && p.ki_uid !== opts.o_uid) continue;
    const k = $idx(ki, n++);
    k.ki_p = p;
    k.ki_args = null;
  }
  countp[0] = n;
  qsort($addr(ki), $u32(n), $sizeof<kinfo>(), pscomp);
  return ki;
}

/** Do the columns show arguments? */
function wantsargs(): boolean {
  for (let ve = vhead; ve !== null; ve = ve.next) if (ve.v.flag & COMM && !commonly) return true;
  return false;
}

/**
 * A value, from malloc. Arguments have no end; where something stands behind them they keep to their column.
 */
function value(ve: varent, k: kinfo): str {
  const buf = $local<array<char, typeof VALUESIZE>>();
  ve.v.oproc(k, buf, VALUESIZE);
  if (ve.v.flag & COMM && ve.next !== null && strlen(buf) > $u32(ve.v.width)) buf[ve.v.width] = 0;
  const text = strdup(buf);
  if (text === null) err(1, null);
  return text;
}

/** Makes a column wide enough for a text. */
function sizevar(ve: varent, text: str): void {
  const len = $i32(strlen(text));
  if (len > ve.width) ve.width = len;
}

/** Prints a line of values; the last is not padded but cut where the line ends. */
function printrow(cells: ptr<str>, termwidth: int): void {
  let n = 0;
  let size: u32 = 2;
  for (let ve = vhead; ve !== null; ve = ve.next) {
    const len = strlen(cells[n++]);
    size += len + $u32(ve.width) + 1;
  }
  const line = $cast<str>(malloc(size));
  if (line === null) err(1, null);
  let at = 0;
  n = 0;
  for (let ve = vhead; ve !== null; ve = ve.next) {
    const room = size - $u32(at);
    const sep = ve.next === null ? '' : ' ';
    const left = (ve.v.flag & LJUST) !== 0;
    let width = ve.width;
    if (left) width = ve.next === null ? 0 : -width;
    at += snprintf($padd(line, at), room, '%*s%s', width, cells[n++], sep);
  }
  if (at > termwidth) at = termwidth;
  while (at > 0 && line[at - 1] === $ch(' ')) at--;
  line[at] = 0;
  puts(line);
  free($addr(line));
}

/** Prints the header and a line for each process. */
function printtable(ki: kinfo, count: int): void {
  let ncols = 0;
  for (let ve = vhead; ve !== null; ve = ve.next) ncols++;
  const cells = $cast<ptr<str>>(malloc(4 * $u32(ncols * (count + 1) + 1)));
  if (cells === null) err(1, null);
  let col = 0;
  for (let ve = vhead; ve !== null; ve = ve.next) {
    ve.width = ve.v.width;
    cells[col] = ve.header;
    sizevar(ve, ve.header);
    for (let i = 0; i < count; i++) {
      const text = value(ve, $idx(ki, i));
      cells[(i + 1) * ncols + col] = text;
      sizevar(ve, text);
    }
    col++;
  }
  let termwidth = 0x7fffffff;
  if (opts.o_wflag === 0) termwidth = NARROW;
  else if (opts.o_wflag === 1) termwidth = WIDE;
  for (let i = 0; i <= count; i++) printrow($padd(cells, i * ncols), termwidth);
}

export function main(argc: int, argv: ptr<str>): int {
  const tval = $var<int>();
  const count = $var<int>();
  opts.o_fmt = DFMT;
  opts.o_pid = -1;
  opts.o_uid = -1;
  for (let i = 1; i < argc; ) i += optionword(argv[i], argv[i + 1]);
  setcolumns();
  const kd = kvm_open(null, null, null, O_RDONLY, 'ps');
  if (kd === null) exit(1);
  const ki = getkinfo(kd, count);
  now = time(tval);
  mempages = getsysctlint('vm.stats.vm.v_page_count');
  foreground = getforeground();
  for (let i = 0; wantsargs() && i < count[0]; i++) $idx(ki, i).ki_args = getargs(kd, $idx(ki, i).ki_p);
  printtable(ki, count[0]);
  return count[0] > 0 ? 0 : 1;
}
