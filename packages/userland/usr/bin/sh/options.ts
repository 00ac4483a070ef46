/** Options and positional parameters (options.c): set, shift, getopts. */
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { sh_error, sh_warnx } from './error.js';
import { setjobctl } from './jobs.js';
import type { arena } from './memalloc.js';
import { ckfree, ckmalloc, savestr, stalloc } from './memalloc.js';
import { getnumber } from './mystring.js';
import { out1fmt, out1str, out2fmt } from './output.js';
import { setvar, showvarscmd } from './var.js';

/**
 * The options, by their places in optval. The one between aflag and uflag, notify, is taken and means
 * nothing.
 */
export const eflag = 0;
export const fflag = 1;
export const Iflag = 2;
export const iflag = 3;
export const mflag = 4;
export const nflag = 5;
export const sflag = 6;
export const xflag = 7;
export const vflag = 8;
export const Cflag = 9;
export const aflag = 10;
export const uflag = 12;
const NOPTS = 13;

let optletter: array<char, 14> = $init('efIimnsxvCabu');
let optnames: array<str, 13> = $init([
  'errexit',
  'noglob',
  'ignoreeof',
  'interactive',
  'monitor',
  'noexec',
  'stdin',
  'xtrace',
  'verbose',
  'noclobber',
  'allexport',
  'notify',
  'nounset',
]);

/** Which options are on. */
export let optval: array<char, 13>;

/**
 * Positional parameters, and how far getopts has come in them.
 * @lock s the shell
 */
export interface shparam extends struct {
  nparam: int; // (s) how many
  p: ptr<str>; // (s) they, from ckmalloc, and a null
  optnext: int; // (s) getopts: the next argument, from 1
  optoff: int; // (s) getopts: the next letter in it, 0: it begins
}

/** The positional parameters now. */
export let shellparam: embed<shparam>;
/** $0 */
export let arg0: str = 'sh';

/** Positional parameter n, 0 the name of the shell or script; null if there is none. */
export function getparam(n: int): str {
  if (n === 0) return arg0;
  return n <= shellparam.nparam ? shellparam.p[n - 1] : null;
}

/**
 * Makes the strings of a list, which ends in null, the positional parameters. What they were has to be freed
 * or kept before.
 */
export function setparam(argv: ptr<str>): void {
  let n = 0;
  while (argv[n] !== null) n++;
  const p = $cast<ptr<str>>(ckmalloc(4 * $u32(n + 1)));
  for (let i = 0; i < n; i++) p[i] = savestr(argv[i]);
  p[n] = null;
  shellparam.p = p;
  shellparam.nparam = n;
  shellparam.optnext = 1;
  shellparam.optoff = 0;
}

/** Gives the memory of positional parameters back. */
export function freeparam(param: shparam): void {
  if (param.p === null) return;
  for (let i = 0; i < param.nparam; i++) ckfree($addr(param.p[i]));
  ckfree($addr(param.p));
}

/** The letters of the options that are on, for $-. */
export function optletters(ar: arena): str {
  const s = $cast<str>(stalloc(ar, NOPTS + 1));
  let n = 0;
  for (let i = 0; i < NOPTS; i++) if (optval[i]) s[n++] = optletter[i];
  return s;
}

/** Turns the option of a letter on or off; false if there is none. */
export function setoption(letter: int, val: int): boolean {
  for (let i = 0; i < NOPTS; i++) {
    if (optletter[i] !== letter) continue;
    optval[i] = val;
    return true;
  }
  return false;
}

/** Turns the option of a name on or off; false if there is none. */
export function setoptname(name: str, val: int): boolean {
  for (let i = 0; i < NOPTS; i++) {
    if (strcmp(name, optnames[i]) !== 0) continue;
    optval[i] = val;
    return true;
  }
  return false;
}

/** set -o and set +o */
function showoptions(plus: boolean): void {
  if (!plus) out1str('Current option settings\n');
  for (let i = 0; i < NOPTS; i++) {
    if (plus) out1fmt('set %co %s\n', optval[i] ? $ch('-') : $ch('+'), optnames[i]);
    else out1fmt('%-16s%s\n', optnames[i], optval[i] ? 'on' : 'off');
  }
}

/** The option words from argv[first] on, as set has them. Where the rest begins; -1 after a complaint. */
function setoptions(argv: ptr<str>, first: int): int {
  let i = first;
  for (; argv[i] !== null; i++) {
    const word = argv[i];
    if ((word[0] !== $ch('-') && word[0] !== $ch('+')) || word[1] === 0) return i;
    if (strcmp(word, '--') === 0) return i + 1;
    const val = word[0] === $ch('-') ? 1 : 0;
    for (let k = 1; word[k] !== 0; k++) {
      let good = false;
      if (word[k] !== $ch('o')) {
        good = setoption(word[k], val);
      } else if (argv[i + 1] === null) {
        showoptions(val === 0);
        return i + 1;
      } else {
        good = setoptname(argv[++i], val);
      }
      if (good) continue;
      sh_error('set: illegal option %s', argv[i]);
      return -1;
    }
  }
  return i;
}

export function setcmd(argc: int, argv: ptr<str>): int {
  if (argc === 1) return showvarscmd();
  const i = setoptions(argv, 1);
  if (i < 0) return 2;
  setjobctl(optval[mflag]);
  if (argv[i] === null && strcmp(argv[i - 1], '--') !== 0) return 0;
  const old = $local<shparam>();
  $copy(old, shellparam);
  setparam($padd(argv, i));
  freeparam(old);
  return 0;
}

export function shiftcmd(argc: int, argv: ptr<str>): int {
  const n = argc > 1 ? getnumber(argv[0], argv[1]) : 1;
  if (evalskip) return exitstatus;
  const param = shellparam;
  if (n > param.nparam) {
    sh_warnx("shift: can't shift that many");
    return 2;
  }
  for (let i = 0; i < n; i++) ckfree($addr(param.p[i]));
  for (let i = n; i <= param.nparam; i++) param.p[i - n] = param.p[i];
  param.nparam -= n;
  param.optnext = 1;
  param.optoff = 0;
  return 0;
}

/** OPTIND was set. */
export function getoptsreset(val: str): void {
  if (strcmp(val, '1') !== 0) return;
  shellparam.optnext = 1;
  shellparam.optoff = 0;
}

/** getopts optstring name [arg ...] */
export function getoptscmd(argc: int, argv: ptr<str>): int {
  if (argc < 3) {
    sh_warnx('usage: getopts optstring var [arg ...]');
    return 2;
  }
  const args = argc > 3 ? $padd(argv, 3) : shellparam.p;
  const buf = $local<array<char, 12>>();
  const letter = $local<array<char, 2>>();
  const found = nextopt(argv[1], args, letter);
  if (!evalskip) setvar(argv[2], letter, 0);
  const next = shellparam.optnext;
  const off = shellparam.optoff;
  snprintf(buf, 12, '%d', next);
  if (!evalskip) setvar('OPTIND', buf, 0);
  /* Setting OPTIND to 1 begins again; that was not meant. */
  shellparam.optnext = next;
  shellparam.optoff = off;
  return found ? 0 : 1;
}

/**
 * The next option of a list of arguments into `letter`, its argument into OPTARG; false at the end of the
 * options.
 */
function nextopt(optstring: str, args: ptr<str>, letter: str): boolean {
  const param = shellparam;
  const word = args === null ? null : args[param.optnext - 1];
  letter[0] = $ch('?');
  letter[1] = 0;
  if (param.optoff === 0) {
    if (word === null || word[0] !== $ch('-') || word[1] === 0) return false;
    if (strcmp(word, '--') === 0) {
      param.optnext++;
      return false;
    }
    param.optoff = 1;
  }
  const c: int = word[param.optoff++];
  const last = word[param.optoff] === 0;
  const at = c === $ch(':') ? null : strchr(optstring, c);
  const takes = at !== null && at[1] === $ch(':');
  const rest = takes && !last ? $padd(word, param.optoff) : null;
  if (last || takes) {
    param.optnext++;
    param.optoff = 0;
  }
  if (at === null) {
    optcomplain(optstring, 'Illegal option -%c\n', c);
    return true;
  }
  letter[0] = c;
  if (!takes) return true;
  const arg = rest !== null ? rest : args[param.optnext - 1];
  if (arg === null) {
    letter[0] = optstring[0] === $ch(':') ? $ch(':') : $ch('?');
    optcomplain(optstring, 'No arg for -%c option\n', c);
    return true;
  }
  if (rest === null) param.optnext++;
  setvar('OPTARG', arg, 0);
  return true;
}

/** What is wrong with an option: in OPTARG if the option string begins with a colon, else in words. */
function optcomplain(optstring: str, fmt: str, c: int): void {
  const letter = $local<array<char, 2>>();
  letter[0] = c;
  letter[1] = 0;
  if (optstring[0] === $ch(':')) setvar('OPTARG', letter, 0);
  else out2fmt(fmt, c);
}
