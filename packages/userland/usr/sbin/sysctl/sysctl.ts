/**
 * sysctl(8): -a all, -n values only, -N names only, -e with = between, -b as bytes, -o and -x what has no
 * form in hexadecimal (-x all of it); name, name=value, whole branches.
 */
import { EINVAL } from '../../../../kernel/src/sys/errno.h.js';
import type { loadavg } from '../../../../kernel/src/sys/resource.h.js';
import type { clockinfo } from '../../../../kernel/src/sys/sysctl.h.js';
import {
  CTLFLAG_WR,
  CTLTYPE,
  CTLTYPE_INT,
  CTLTYPE_NODE,
  CTLTYPE_STRING,
  CTLTYPE_UINT,
  CTL_KERN,
  CTL_MAXNAME,
  CTL_SYSCTL,
  CTL_SYSCTL_NAME,
  CTL_SYSCTL_NEXT,
  CTL_SYSCTL_OIDFMT,
} from '../../../../kernel/src/sys/sysctl.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import type { vmtotal_t } from '../../../../kernel/src/sys/vmtotal.h.js';
import { warnx } from '../../lib/libc/gen/err.js';
import { getpagesize } from '../../lib/libc/gen/getpagesize.js';
import { sysctl, sysctlnametomib } from '../../lib/libc/gen/sysctl.js';
import { isspace } from '../../lib/libc/locale/isctype.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { free } from '../../lib/libc/stdlib/malloc.js';
import { strtol, strtoul } from '../../lib/libc/stdlib/strtol.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';
import { memcpy } from '../../lib/libc/string/bcopy.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strdup } from '../../lib/libc/string/strdup.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { fixpt } from '../../lib/libutil/fixpt.js';
import { sysctlbuf } from '../../lib/libutil/sysctlbuf.js';

const MAXOID = 24;
const OPTIONS = 'AabeNnowx';

let aflag: int = 0;
let nflag: int = 0;
let Nflag: int = 0;
let bflag: int = 0;
let eflag: int = 0;
let oflag: int = 0;
let xflag: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: sysctl [-beNnox] variable[=value] ...\n');
  fprintf(stderr, '       sysctl [-beNnox] -a\n');
  exit(1);
}

/**
 * Asks the interface itself, {0, what}, about a node: the answer, from malloc, and its length; 0 if there is
 * none.
 */
function qoid(what: int, oid: ptr<int>, len: int, lenp: ptr<u32>): u32 {
  const mib = $local<array<int, 26>>();
  mib[0] = CTL_SYSCTL;
  mib[1] = what;
  for (let i = 0; i < len; i++) mib[i + 2] = oid[i];
  return sysctlbuf(mib, len + 2, lenp);
}

/** Kind of a node, and to *fmtp its format, from malloc; 0 if it is not there. */
function oidfmt(oid: ptr<int>, len: int, fmtp: ptr<str>): u32 {
  const n = $var<u32>();
  const buf = qoid(CTL_SYSCTL_OIDFMT, oid, len, n);
  if (buf === 0) return 0;
  fmtp[0] = strdup($cast<str>(buf + 4));
  const kind = $ld32(buf);
  free(buf);
  return kind;
}

/** Numbers, signed or not. */
function S_ints(p: u32, len: u32, signed: boolean): void {
  for (let i: u32 = 0; i + 4 <= len; i += 4) {
    if (i > 0) putchar($ch(' '));
    printf(signed ? '%d' : '%u', $ld32(p + i));
  }
}

/** Text, without the NULs before it (a buffer that has not been filled) and a newline at its end. */
function S_string(p: u32, len: u32): void {
  let from: u32 = 0;
  while (from < len && $ld8(p + from) === 0) from++;
  const s = $cast<str>(p + from);
  const n = $i32(strlen(s));
  if (n > 0 && s[n - 1] === $ch('\n')) s[n - 1] = 0;
  fputs(s, stdout);
}

function S_clockinfo(p: u32): void {
  const ci = $cast<clockinfo>(p);
  printf('{ hz = %d, tick = %d, tickadj = %d, ', ci.ci_hz, ci.ci_tick, ci.ci_spare);
  printf('profhz = %d, stathz = %d }', ci.ci_profhz, ci.ci_stathz);
}

function S_timeval(p: u32): void {
  const tv = $cast<timeval>(p);
  const buf = $local<array<char, 64>>();
  const tval = $var<int>();
  tval[0] = tv.tv_sec;
  strftime(buf, 64, '%c', localtime(tval));
  printf('{ sec = %d, usec = %d } %s', tv.tv_sec, tv.tv_usec, buf);
}

function S_loadavg(p: u32): void {
  const la = $cast<loadavg>(p);
  const buf = $local<array<char, 16>>();
  printf('{');
  for (let i = 0; i < 3; i++) printf(' %s', fixpt(buf, 16, 0, 2, $i64(la.ldavg[i]), $i64(la.fscale)));
  printf(' }');
}

function S_vmtotal(p: u32): void {
  const v = $cast<vmtotal_t>(p);
  const kb = getpagesize() / 1024;
  printf('\nSystem wide totals computed every five seconds: (values in kilobytes)\n');
  printf('===============================================\n');
  printf('Processes:\t\t(RUNQ: %d Disk Wait: %d ', v.t_rq, v.t_dw);
  printf('Page Wait: %d Sleep: %d)\n', v.t_pw, v.t_sl);
  printf('Virtual Memory:\t\t(Total: %dK, Active %dK)\n', v.t_vm * kb, v.t_avm * kb);
  printf('Real Memory:\t\t(Total: %dK Active %dK)\n', v.t_rm * kb, v.t_arm * kb);
  printf('Shared Virtual Memory:\t(Total: %dK Active: %dK)\n', v.t_vmshr * kb, v.t_avmshr * kb);
  printf('Shared Real Memory:\t(Total: %dK Active: %dK)\n', v.t_rmshr * kb, v.t_armshr * kb);
  printf('Free Memory Pages:\t%dK\n', v.t_free * kb);
}

/** Any value, in hexadecimal. */
function S_opaque(fmt: str, p: u32, len: u32): void {
  printf('Format:%s Length:%u Dump:0x', fmt, len);
  for (let i: u32 = 0; i < len && (xflag || i < 16); i++) printf('%02x', $ld8(p + i));
  if (!xflag && len > 16) printf('...');
}

/** Has a value of this kind and format a form of its own? */
function hasform(kind: u32, fmt: str): boolean {
  if ((kind & CTLTYPE) === CTLTYPE_STRING || strcmp(fmt, 'A') === 0) return true;
  if (strcmp(fmt, 'I') === 0 || strcmp(fmt, 'L') === 0) return true;
  if (strcmp(fmt, 'IU') === 0 || strcmp(fmt, 'LU') === 0) return true;
  if (strcmp(fmt, 'S,clockinfo') === 0 || strcmp(fmt, 'S,timeval') === 0) return true;
  return strcmp(fmt, 'S,loadavg') === 0 || strcmp(fmt, 'S,vmtotal') === 0;
}

/** Can it be shown? */
function printable(kind: u32, fmt: str): boolean {
  return (bflag | oflag | xflag) !== 0 || hasform(kind, fmt);
}

/** Prints a value that is printable. */
function show_value(kind: u32, fmt: str, p: u32, len: u32): void {
  if (bflag) fwrite(p, 1, len, stdout);
  else if (!hasform(kind, fmt)) S_opaque(fmt, p, len);
  else if ((kind & CTLTYPE) === CTLTYPE_STRING || strcmp(fmt, 'A') === 0) S_string(p, len);
  else if (strcmp(fmt, 'S,clockinfo') === 0) S_clockinfo(p);
  else if (strcmp(fmt, 'S,timeval') === 0) S_timeval(p);
  else if (strcmp(fmt, 'S,loadavg') === 0) S_loadavg(p);
  else if (strcmp(fmt, 'S,vmtotal') === 0) S_vmtotal(p);
  else S_ints(p, len, fmt[1] !== $ch('U'));
}

/** Prints the value of a node, nothing if that cannot be shown. */
function show_oid(kind: u32, fmt: str, oid: ptr<int>, len: int): void {
  const n = $var<u32>();
  const buf = sysctlbuf(oid, len, n);
  if (buf === 0) return;
  if (printable(kind, fmt)) show_value(kind, fmt, buf, n[0]);
  free(buf);
}

/** Prints a variable, if it can be shown. */
function show_var(name: str, oid: ptr<int>, len: int): void {
  const fmt = $var<str>();
  const n = $var<u32>();
  const kind = oidfmt(oid, len, fmt);
  if (kind === 0) return;
  if (Nflag) {
    printf('%s\n', name);
  } else if (printable(kind, fmt[0])) {
    const buf = sysctlbuf(oid, len, n);
    if (buf !== 0) {
      if (!nflag && !bflag) printf(eflag ? '%s=' : '%s: ', name);
      show_value(kind, fmt[0], buf, n[0]);
      if (!bflag) putchar($ch('\n'));
      free(buf);
    }
  }
  free($addr(fmt[0]));
}

/** Does a number begin with the `len` parts of another? */
function below(oid: ptr<int>, root: ptr<int>, len: int): boolean {
  for (let i = 0; i < len; i++) if (oid[i] !== root[i]) return false;
  return true;
}

/** Prints every variable below a node, the whole tree below one of no parts. */
function sysctl_all(root: ptr<int>, rootlen: int): void {
  const oid = $local<array<int, typeof MAXOID>>();
  const n = $var<u32>();
  /* The leaves before CTL_KERN are the interface itself. */
  oid[0] = CTL_KERN;
  let len = 1;
  for (let i = 0; i < rootlen; i++) oid[i] = root[i];
  if (rootlen > 0) len = rootlen;
  for (;;) {
    const next = qoid(CTL_SYSCTL_NEXT, oid, len, n);
    if (next === 0) return;
    len = $i32(n[0] / 4);
    memcpy($addr(oid), next, n[0]);
    free(next);
    if (!below(oid, root, rootlen)) return;
    const name = qoid(CTL_SYSCTL_NAME, oid, len, n);
    if (name === 0) continue;
    show_var($cast<str>(name), oid, len);
    free(name);
  }
}

/** Is a text an integer as C writes it? */
function isinteger(s: str): boolean {
  const end = $var<str>();
  if (s[0] === 0 || isspace(s[0])) return false;
  strtoul(s, end, 0);
  return end[0] !== s && end[0][0] === 0;
}

/**
 * Complains of a value that the kernel has refused. What it would take is in its handlers only; the value
 * that it has is an example, and of debug.enter_debugger the only one.
 */
function refused(name: str, text: str, error: int, kind: u32, old: u32): void {
  const why = strerror(error);
  const type = kind & CTLTYPE;
  if (error !== EINVAL || old === 0) warnx('%s: %s', name, why);
  else if (type === CTLTYPE_STRING) warnx("%s: '%s': %s; it is '%s'", name, text, why, $cast<str>(old));
  else
    warnx(
      type === CTLTYPE_UINT ? '%s: %s: %s; it is %u' : '%s: %s: %s; it is %d',
      name,
      text,
      why,
      $ld32(old),
    );
}

/** Sets a node: 0, or 1 after a complaint. */
function set_oid(name: str, text: str, kind: u32, fmt: str, oid: ptr<int>, len: int): int {
  const value = $var<u32>();
  const oldlen = $var<u32>();
  const type = kind & CTLTYPE;
  const string = type === CTLTYPE_STRING;
  const number = (type === CTLTYPE_INT || type === CTLTYPE_UINT) && isinteger(text);
  if (!string && !number) {
    const wanted = type === CTLTYPE_INT || type === CTLTYPE_UINT ? ': it takes an integer' : '';
    warnx("oid '%s' is type %s, cannot set '%s'%s", name, fmt[0] === 0 ? 'node' : fmt, text, wanted);
    return 1;
  }
  if ((kind & CTLFLAG_WR) === 0) {
    warnx("oid '%s' is read only", name);
    return 1;
  }
  if (number) value[0] = text[0] === $ch('-') ? $u32(strtol(text, null, 0)) : strtoul(text, null, 0);
  const newp = string ? $addr(text) : $addr(value);
  const newlen = string ? strlen(text) + 1 : 4;
  const old = sysctlbuf(oid, len, oldlen);
  if (sysctl(oid, $u32(len), 0, null, newp, newlen) < 0) {
    refused(name, text, errno, kind, old);
    free(old);
    return 1;
  }
  if (!nflag) printf('%s: ', name);
  if (old !== 0 && printable(kind, fmt)) show_value(kind, fmt, old, oldlen[0]);
  free(old);
  printf(' -> ');
  show_oid(kind, fmt, oid, len);
  putchar($ch('\n'));
  return 0;
}

/** An operand: name or name=value. 0, or 1 after a complaint. */
function parse(word: str): int {
  const oid = $local<array<int, typeof MAXOID>>();
  const n = $var<u32>();
  const fmt = $var<str>();
  const value = strchr(word, $ch('='));
  if (value !== null) value[0] = 0;
  n[0] = CTL_MAXNAME;
  if (sysctlnametomib(word, oid, n) < 0) {
    fflush(stdout);
    warnx("unknown oid '%s'", word);
    return 1;
  }
  const len = $i32(n[0]);
  const kind = oidfmt(oid, len, fmt);
  if (value !== null) {
    fflush(stdout);
    return set_oid(word, $padd(value, 1), kind, kind === 0 ? '' : fmt[0], oid, len);
  }
  if ((kind & CTLTYPE) === CTLTYPE_NODE) sysctl_all(oid, len);
  else show_var(word, oid, len);
  return 0;
}

export function main(argc: int, argv: ptr<str>): int {
  let status = 0;
  for (let ch = getopt(argc, argv, OPTIONS); ch !== -1; ch = getopt(argc, argv, OPTIONS)) {
    switch (ch) {
      case $ch('A'):
      case $ch('a'):
        aflag = 1;
        break;
      case $ch('N'):
        Nflag = 1;
        break;
      case $ch('n'):
        nflag = 1;
        break;
      case $ch('b'):
        bflag = 1;
        break;
      case $ch('e'):
        eflag = 1;
        break;
      case $ch('o'):
        oflag = 1;
        break;
      case $ch('x'):
        xflag = 1;
        break;
      /* As it was before 4.0: it is not needed. */
      case $ch('w'):
        break;
      default:
        usage();
    }
  }
  if (optind >= argc && !aflag) usage();
  if (optind >= argc) sysctl_all(null, 0);
  for (let i = optind; i < argc; i++) status |= parse(argv[i]);
  return status;
}
