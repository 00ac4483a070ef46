/** grep(1): lines that match. 0: there are some, 1: none, 2: trouble. */
import { __progname } from '../../csu/crt0.js';
import { FTS_DNR, FTS_ERR, FTS_F, FTS_NOCHDIR, FTS_NS, FTS_PHYSICAL } from '../../include/fts.h.js';
import type { regex_t, regmatch_t } from '../../include/regex.h.js';
import {
  REG_BASIC,
  REG_EXTENDED,
  REG_ICASE,
  REG_NOSUB,
  REG_NOTBOL,
  REG_STARTEND,
} from '../../include/regex.h.js';
import type { FILE } from '../../include/stdio.h.js';
import { ferror } from '../../include/stdio.h.js';
import { err, errx, warn, warnx } from '../../lib/libc/gen/err.js';
import { fts_open, fts_read } from '../../lib/libc/gen/fts.js';
import { regcomp } from '../../lib/libc/regex/regcomp.js';
import { regerror } from '../../lib/libc/regex/regerror.js';
import { regexec } from '../../lib/libc/regex/regexec.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { fgetln } from '../../lib/libc/stdio/fgetln.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { puts } from '../../lib/libc/stdio/fputs.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg } from '../../lib/libc/stdlib/getopt.js';
import { free, malloc } from '../../lib/libc/stdlib/malloc.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { strcspn } from '../../lib/libc/string/strspn.js';

/** What is asked for. */
let cflag: int = 0;
let hflag: int = 0; // names before lines: 0 if there are several files, 1 always, -1 never
let lflag: int = 0; // names only: 1 of files with a match, -1 of those without
let nflag: int = 0;
let oflag: int = 0;
let qflag: int = 0;
let rflag: int = 0;
let sflag: int = 0;
let vflag: int = 0;
let wflag: int = 0;
let xflag: int = 0;
let mcount: int = -1;
let cflags: int = REG_BASIC;
let fixed: int = 0;
let several: int = 0;
let found: int = 0;
let trouble: int = 0;

/**
 * A pattern; a line has to match one of them.
 * @lock p the program
 */
interface pattern extends struct {
  p_next: pattern; // (p) the next
  p_re: embed<regex_t>; // (p) compiled
}
let patterns: pattern = null;

function usage(): never {
  fprintf(stderr, 'usage: grep [-EFHLchilnoqrsvwx] [-m num] [-e pattern] [-f file] [pattern] [file ...]\n');
  exit(2);
}

/** A string as an expression that matches it and nothing else. */
function escape_fixed(text: str, len: u32, to: str): void {
  let n = 0;
  for (let i: u32 = 0; i < len; i++) {
    if (strchr('.[]*^$\\', text[i]) !== null) to[n++] = $ch('\\');
    to[n++] = text[i];
  }
  to[n] = 0;
}

/** Enters one pattern. */
function add_pattern(text: str, len: u32): void {
  const errbuf = $local<array<char, 80>>();
  const room = 2 * len + 32;
  const plain = $cast<str>(malloc(room));
  const whole = $cast<str>(malloc(room));
  const p = $cast<pattern>(malloc($sizeof<pattern>()));
  if (plain === null || whole === null || p === null) err(2, null);
  if (fixed !== 0) escape_fixed(text, len, plain);
  else strlcpy(plain, text, len + 1);
  const group = xflag !== 0 || wflag !== 0;
  const extended = (cflags & REG_EXTENDED) !== 0;
  snprintf(
    whole,
    room,
    '%s%s%s%s%s',
    xflag !== 0 ? '^' : wflag !== 0 ? '[[:<:]]' : '',
    group ? (extended ? '(' : '\\(') : '',
    plain,
    group ? (extended ? ')' : '\\)') : '',
    xflag !== 0 ? '$' : wflag !== 0 ? '[[:>:]]' : '',
  );
  const bad = regcomp(p.p_re, whole, cflags | (oflag !== 0 ? 0 : REG_NOSUB));
  if (bad !== 0) {
    regerror(bad, p.p_re, errbuf, 80);
    errx(2, '%s', errbuf);
  }
  free($addr(plain));
  free($addr(whole));
  p.p_next = patterns;
  patterns = p;
}

/** Each line of a text is a pattern. */
function add_patterns(text: str): void {
  let p = text;
  for (;;) {
    const len = strcspn(p, '\n');
    add_pattern(p, len);
    if (p[len] === 0) return;
    p = $padd(p, len + 1);
  }
}

function read_patterns(name: str): void {
  const len = $var<u32>();
  const fp = strcmp(name, '-') === 0 ? stdin : fopen(name, 'r');
  if (fp === null) err(2, '%s', name);
  for (let p = fgetln(fp, len); p !== null; p = fgetln(fp, len))
    add_pattern(p, p[len[0] - 1] === 10 ? len[0] - 1 : len[0]);
  if (fp !== stdin) fclose(fp);
}

/** The best match in line[from..len]: the leftmost, then the longest. */
function find(line: str, from: int, len: int, best: regmatch_t): boolean {
  const m = $local<regmatch_t>();
  let any = false;
  for (let p = patterns; p !== null; p = p.p_next) {
    m.rm_so = from;
    m.rm_eo = len;
    const eflags = REG_STARTEND | (from > 0 ? REG_NOTBOL : 0);
    if (regexec(p.p_re, line, 1, m, eflags) !== 0) continue;
    if (oflag === 0) return true;
    if (!any || m.rm_so < best.rm_so || (m.rm_so === best.rm_so && m.rm_eo > best.rm_eo)) $copy(best, m);
    any = true;
  }
  return any;
}

function prefix(name: str, line: int): void {
  if (hflag > 0 || (hflag === 0 && several !== 0)) printf('%s:', name);
  if (nflag !== 0) printf('%d:', line);
}

/** -o: the parts of a line that match. */
function parts(name: str, number: int, line: str, len: int): void {
  const m = $local<regmatch_t>();
  for (let from = 0; from <= len && find(line, from, len, m); ) {
    if (m.rm_eo > m.rm_so) {
      prefix(name, number);
      fwrite($addr($padd(line, m.rm_so)), 1, $u32(m.rm_eo - m.rm_so), stdout);
      putchar(10);
      from = m.rm_eo;
    } else {
      from = m.rm_eo + 1;
    }
  }
}

function procfile(fp: FILE, name: str): void {
  const lenp = $var<u32>();
  const m = $local<regmatch_t>();
  let count = 0;
  let number = 0;
  for (let line = fgetln(fp, lenp); line !== null; line = fgetln(fp, lenp)) {
    number++;
    const len = $i32(line[lenp[0] - 1] === 10 ? lenp[0] - 1 : lenp[0]);
    if (mcount >= 0 && count >= mcount) break;
    if (find(line, 0, len, m) === (vflag !== 0)) continue;
    count++;
    found = lflag < 0 ? found : 1;
    if (qflag !== 0) exit(0);
    if (lflag !== 0) break;
    if (cflag !== 0) continue;
    if (oflag !== 0) {
      if (vflag === 0) parts(name, number, line, len);
      continue;
    }
    prefix(name, number);
    fwrite($addr(line), 1, $u32(len), stdout);
    putchar(10);
  }
  if (ferror(fp)) {
    trouble = 1;
    if (sflag === 0) warn('%s', name);
  }
  if (lflag !== 0) {
    if (lflag > 0 === count > 0) {
      puts(name);
      found = 1;
    }
  } else if (cflag !== 0) {
    if (hflag > 0 || (hflag === 0 && several !== 0)) printf('%s:', name);
    printf('%d\n', count);
  }
}

function one(path: str): void {
  const fp = fopen(path, 'r');
  if (fp === null) {
    trouble = 1;
    if (sflag === 0) warn('%s', path);
    return;
  }
  procfile(fp, path);
  fclose(fp);
}

/** -r: all files of trees. */
function trees(argv: ptr<str>): void {
  const fts = fts_open(argv, FTS_PHYSICAL | FTS_NOCHDIR, null);
  if (fts === null) err(2, null);
  for (let p = fts_read(fts); p !== null; p = fts_read(fts)) {
    if (p.fts_info === FTS_F) {
      one(p.fts_path);
    } else if (p.fts_info === FTS_NS || p.fts_info === FTS_DNR || p.fts_info === FTS_ERR) {
      trouble = 1;
      if (sflag === 0) warnx('%s: %s', p.fts_path, strerror(p.fts_errno));
    }
  }
}

function option(ch: int): void {
  switch (ch) {
    case $ch('E'):
      cflags |= REG_EXTENDED;
      fixed = 0;
      break;
    case $ch('F'):
      fixed = 1;
      cflags &= ~REG_EXTENDED;
      break;
    case $ch('G'):
      fixed = 0;
      cflags &= ~REG_EXTENDED;
      break;
    case $ch('H'):
      hflag = 1;
      break;
    case $ch('h'):
      hflag = -1;
      break;
    case $ch('i'):
    case $ch('y'):
      cflags |= REG_ICASE;
      break;
    case $ch('L'):
      lflag = -1;
      break;
    case $ch('l'):
      lflag = 1;
      break;
    case $ch('c'):
      cflag = 1;
      break;
    case $ch('n'):
      nflag = 1;
      break;
    case $ch('o'):
      oflag = 1;
      break;
    case $ch('q'):
      qflag = 1;
      break;
    case $ch('r'):
    case $ch('R'):
      rflag = 1;
      break;
    case $ch('s'):
      sflag = 1;
      break;
    case $ch('v'):
      vflag = 1;
      break;
    case $ch('w'):
      wflag = 1;
      break;
    case $ch('x'):
      xflag = 1;
      break;
    default:
      usage();
  }
}

const OPTIONS = 'EFGHLRce:f:hilm:noqrsvwxy';

/** The options twice: the patterns are compiled when all that is about them is known. */
function options(argc: int, argv: ptr<str>, second: boolean): boolean {
  const ep = $var<str>();
  let any = false;
  optind = 1;
  optreset = 1;
  for (let ch = 0; (ch = getopt(argc, argv, OPTIONS)) !== -1; ) {
    if (ch === $ch('e') || ch === $ch('f')) {
      any = true;
      if (second && ch === $ch('e')) add_patterns(optarg);
      else if (second) read_patterns(optarg);
    } else if (ch === $ch('m')) {
      mcount = strtol(optarg, ep, 10);
      if (ep[0][0] !== 0 || mcount < 0) errx(2, 'invalid max count');
    } else if (!second) {
      option(ch);
    }
  }
  return any;
}

export function main(argc: int, argv: ptr<str>): int {
  if (__progname[0] === $ch('e')) cflags |= REG_EXTENDED;
  if (__progname[0] === $ch('f')) fixed = 1;
  const given = options(argc, argv, false);
  if (given) options(argc, argv, true);
  let at = optind;
  if (!given) {
    if (at === argc) usage();
    add_patterns(argv[at++]);
  }
  several = argc - at > 1 || rflag !== 0 ? 1 : 0;
  if (at === argc) procfile(stdin, '(standard input)');
  else if (rflag !== 0) trees($padd(argv, at));
  for (; at < argc && rflag === 0; at++) {
    if (strcmp(argv[at], '-') === 0) procfile(stdin, '(standard input)');
    else one(argv[at]);
  }
  if (fflush(stdout) !== 0) err(2, 'stdout');
  if (trouble !== 0) return 2;
  return found !== 0 ? 0 : 1;
}
