/** Builtins that fit nowhere else (miscbltin.c): read, umask, ulimit, times. */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import type { rlimit, rusage } from '../../../../kernel/src/sys/resource.h.js';
import {
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_STACK,
  RLIM_INFINITY,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
} from '../../../../kernel/src/sys/resource.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import type { rlim_t } from '../../../../kernel/src/sys/types.h.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { strtoul } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { getrlimit, getrusage, read, setrlimit, umask } from '../../lib/libc/sys/syscalls.js';
import { checkint, sh_warnx } from './error.js';
import { rmescapes } from './expand.js';
import type { sbuf } from './mystring.js';
import { is_number, sb_free, sb_init, sb_putc, sb_str } from './mystring.js';
import { out1c, out1fmt, out2str } from './output.js';
import { CTLESC, CTLQUOTEMARK } from './parser.h.js';
import { dotrap, pendingsigs } from './trap.js';
import { ifsval, setvar } from './var.js';

/** A line that read has read: a character behind a CTLESC is no separator. False at the end of the input. */
function readline(sb: sbuf, raw: boolean): boolean {
  const buf = $local<array<char, 4>>();
  let backslash = false;
  for (;;) {
    const n = read(0, $addr(buf), 1);
    if (n < 0 && errno === EINTR) {
      checkint();
      if (!evalskip && pendingsigs) dotrap();
      if (evalskip) return false;
      continue;
    }
    if (n <= 0) return false;
    const c = buf[0];
    if (backslash) {
      backslash = false;
      if (c === $ch('\n')) continue;
      sb_putc(sb, CTLESC);
      sb_putc(sb, c);
    } else if (c === $ch('\\') && !raw) {
      backslash = true;
    } else if (c === $ch('\n')) {
      return true;
    } else if (c !== 0) {
      if (c >= CTLESC && c <= CTLQUOTEMARK) sb_putc(sb, CTLESC);
      sb_putc(sb, c);
    }
  }
}

function isifs(c: int): boolean {
  return c !== 0 && c !== CTLESC && strchr(ifsval(), c) !== null;
}

function isifswhite(c: int): boolean {
  return (c === $ch(' ') || c === $ch('\t') || c === $ch('\n')) && isifs(c);
}

/** Ends the field at p. Where the next one begins. */
function readfield(p: str): str {
  let q = p;
  while (q[0] !== 0 && !isifs(q[0])) q = $padd(q, q[0] === CTLESC ? 2 : 1);
  const end = q;
  while (isifswhite(q[0])) q = $padd(q, 1);
  if (q[0] !== 0 && isifs(q[0])) q = $padd(q, 1);
  while (isifswhite(q[0])) q = $padd(q, 1);
  end[0] = 0;
  return q;
}

/** Takes the blanks off the end of what the last variable gets. */
function trimend(p: str): void {
  let keep = 0;
  for (let i = 0; p[i] !== 0; i++) {
    if (p[i] === CTLESC) i++;
    else if (isifswhite(p[i])) continue;
    keep = i + 1;
  }
  p[keep] = 0;
}

/** read [-r] [-p prompt] [name ...] */
export function readcmd(argc: int, argv: ptr<str>): int {
  const sb = $local<sbuf>();
  let raw = false;
  let i = 1;
  for (; i < argc && argv[i][0] === $ch('-'); i++) {
    if (strcmp(argv[i], '-r') === 0) raw = true;
    else if (strcmp(argv[i], '-p') === 0 && i + 1 < argc) out2str(argv[++i]);
    else if (strcmp(argv[i], '--') !== 0) {
      sh_warnx('read: illegal option %s', argv[i]);
      return 2;
    }
  }
  sb_init(sb);
  const whole = readline(sb, raw);
  let p = sb_str(sb);
  while (isifswhite(p[0])) p = $padd(p, 1);
  for (; i < argc && !evalskip; i++) {
    let next = p;
    if (i + 1 < argc) next = readfield(p);
    else trimend(p);
    rmescapes(p);
    setvar(argv[i], p, 0);
    p = next;
  }
  sb_free(sb);
  return whole ? 0 : 1;
}

/** umask [mask] */
export function umaskcmd(argc: int, argv: ptr<str>): int {
  if (argc < 2) {
    const mask = umask(0);
    umask(mask);
    out1fmt('%04o\n', mask);
    return 0;
  }
  for (let i = 0; argv[1][i] !== 0 || i === 0; i++) {
    if (argv[1][i] >= $ch('0') && argv[1][i] <= $ch('7')) continue;
    sh_warnx('umask: Illegal number: %s', argv[1]);
    return 2;
  }
  umask($i32(strtoul(argv[1], null, 8)));
  return 0;
}

function out1time(tv: timeval): void {
  const hundredths = (tv.tv_sec % 60) * 100 + (tv.tv_usec + 5000) / 10000;
  out1fmt('%dm%d.%02ds', tv.tv_sec / 60, hundredths / 100, hundredths % 100);
}

/** times: user and system time of the shell, and of its children */
export function timescmd(argc: int, argv: ptr<str>): int {
  const ru = $local<rusage>();
  for (let i = 0; i < 2; i++) {
    getrusage(i === 0 ? RUSAGE_SELF : RUSAGE_CHILDREN, ru);
    out1time(ru.ru_utime);
    out1c($ch(' '));
    out1time(ru.ru_stime);
    out1c($ch('\n'));
  }
  return 0;
}

/**
 * A resource that has a limit.
 * @lock s the shell
 */
interface limits extends struct {
  letter: int; // (s) option
  cmd: int; // (s) RLIMIT_*
  name: str; // (s) what it is
  factor: int; // (s) bytes or whatever of a unit
  units: str; // (s) what that is called
}

const NLIMITS = 9;
let limittab: array<embed<limits>, 9> = $init([
  { letter: $ch('t'), cmd: RLIMIT_CPU, name: 'cpu time', factor: 1, units: '(seconds)' },
  { letter: $ch('f'), cmd: RLIMIT_FSIZE, name: 'file size', factor: 512, units: '(512-blocks)' },
  { letter: $ch('d'), cmd: RLIMIT_DATA, name: 'data seg size', factor: 1024, units: '(kbytes)' },
  { letter: $ch('s'), cmd: RLIMIT_STACK, name: 'stack size', factor: 1024, units: '(kbytes)' },
  { letter: $ch('c'), cmd: RLIMIT_CORE, name: 'core file size', factor: 512, units: '(512-blocks)' },
  { letter: $ch('m'), cmd: RLIMIT_RSS, name: 'max memory size', factor: 1024, units: '(kbytes)' },
  { letter: $ch('l'), cmd: RLIMIT_MEMLOCK, name: 'locked memory', factor: 1024, units: '(kbytes)' },
  { letter: $ch('u'), cmd: RLIMIT_NPROC, name: 'max user processes', factor: 1, units: '' },
  { letter: $ch('n'), cmd: RLIMIT_NOFILE, name: 'open files', factor: 1, units: '' },
]);

function findlimit(letter: int): limits {
  for (let i = 0; i < NLIMITS; i++) if (limittab[i].letter === letter) return limittab[i];
  return null;
}

/** A limit as text. */
function limitstr(buf: str, size: u32, val: rlim_t, factor: int): void {
  if (val >= RLIM_INFINITY) strlcpy(buf, 'unlimited', size);
  else snprintf(buf, size, '%qd', $i64(val / $i64(factor)));
}

function showlimit(lp: limits, hard: boolean, all: boolean): void {
  const rl = $local<rlimit>();
  const buf = $local<array<char, 24>>();
  getrlimit(lp.cmd, rl);
  limitstr(buf, 24, hard ? rl.rlim_max : rl.rlim_cur, lp.factor);
  if (all) out1fmt('%-18s %-12s %s\n', lp.name, lp.units, buf);
  else out1fmt('%s\n', buf);
}

/** Sets the hard limit, the soft one, or both. */
function setlimit(lp: limits, word: str, soft: boolean, hard: boolean): int {
  const rl = $local<rlimit>();
  let val: rlim_t = RLIM_INFINITY;
  if (strcmp(word, 'unlimited') !== 0) {
    if (!is_number(word)) {
      sh_warnx('ulimit: bad number');
      return 2;
    }
    val = 0;
    for (let i = 0; word[i] !== 0; i++) val = val * 10 + (word[i] - $ch('0'));
    val = val * lp.factor;
  }
  getrlimit(lp.cmd, rl);
  if (soft || !hard) rl.rlim_cur = val;
  if (hard || !soft) rl.rlim_max = val;
  if (setrlimit(lp.cmd, rl) === 0) return 0;
  sh_warnx('ulimit: bad limit: %s', strerror(errno));
  return 2;
}

/** ulimit [-HSa] [-tfdscmlun] [limit] */
export function ulimitcmd(argc: int, argv: ptr<str>): int {
  let soft = false;
  let hard = false;
  let all = false;
  let which = findlimit($ch('f'));
  let i = 1;
  for (; i < argc && argv[i][0] === $ch('-'); i++) {
    for (let k = 1; argv[i][k] !== 0; k++) {
      const letter = argv[i][k];
      if (letter === $ch('H')) hard = true;
      else if (letter === $ch('S')) soft = true;
      else if (letter === $ch('a')) all = true;
      else which = findlimit(letter);
      if (which !== null) continue;
      sh_warnx('ulimit: Illegal option -%c', letter);
      return 2;
    }
  }
  if (i < argc) return setlimit(which, argv[i], soft, hard);
  for (let k = 0; all && k < NLIMITS; k++) showlimit(limittab[k], hard, true);
  if (!all) showlimit(which, hard, false);
  return 0;
}
