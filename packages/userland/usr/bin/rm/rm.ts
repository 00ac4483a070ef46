/** rm(1) */
import { ENOENT } from '../../../../kernel/src/sys/errno.h.js';
import { W_OK } from '../../../../kernel/src/sys/fcntl.h.js';
import {
  FTS_D,
  FTS_DNR,
  FTS_DP,
  FTS_ERR,
  FTS_NOCHDIR,
  FTS_NS,
  FTS_PHYSICAL,
  FTS_SKIP,
} from '../../include/fts.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISDIR, S_ISLNK } from '../../include/sys/stat.h.js';
import { EX_USAGE } from '../../include/sysexits.h.js';
import { basename } from '../../lib/libc/gen/basename.js';
import { err, errc, warn, warnx } from '../../lib/libc/gen/err.js';
import { fts_close, fts_open, fts_read, fts_set } from '../../lib/libc/gen/fts.js';
import { isatty } from '../../lib/libc/gen/termios.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { access, lstat, rmdir, unlink } from '../../lib/libc/sys/syscalls.js';
import { answered_yes, ask_override } from '../../lib/libcmd/ask.js';

let dflag: int = 0;
let eval_: int = 0;
let fflag: int = 0;
let iflag: int = 0;
let vflag: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: rm [-f | -i] [-dRrv] file ...\n');
  exit(EX_USAGE);
}

/** May it be removed? Asks if it has to. */
function check(path: str, sb: struct_stat): boolean {
  if (iflag !== 0) {
    fprintf(stderr, 'remove %s? ', path);
  } else {
    if (fflag !== 0 || S_ISLNK(sb.st_mode) || access(path, W_OK) === 0 || !isatty(0)) return true;
    ask_override(path, sb, '');
  }
  fflush(stderr);
  return answered_yes();
}

function complain(path: str): void {
  warn('%s', path);
  eval_ = 1;
}

/** Whole trees. */
function rm_tree(argv: ptr<str>): void {
  const fts = fts_open(argv, FTS_PHYSICAL | FTS_NOCHDIR, null);
  if (fts === null) err(1, null);
  for (let p = fts_read(fts); p !== null; p = fts_read(fts)) {
    switch (p.fts_info) {
      case FTS_DNR:
        if (fflag === 0 || p.fts_errno !== ENOENT) {
          errno = p.fts_errno;
          complain(p.fts_path);
        }
        continue;
      case FTS_ERR:
        errc(1, p.fts_errno, '%s', p.fts_path);
        break;
      case FTS_NS:
        if (fflag === 0 || p.fts_errno !== ENOENT) {
          errno = p.fts_errno;
          complain(p.fts_path);
        }
        continue;
      case FTS_D:
        if (iflag !== 0 && !check(p.fts_path, p.fts_statp)) {
          fts_set(fts, p, FTS_SKIP);
          p.fts_number = 1;
        }
        continue;
      case FTS_DP:
        if (p.fts_number === 1) continue;
        break;
      default:
        if (!check(p.fts_path, p.fts_statp)) continue;
        break;
    }
    const isdir = p.fts_info === FTS_DP;
    if ((isdir ? rmdir(p.fts_path) : unlink(p.fts_path)) === 0) {
      if (vflag !== 0) printf('%s\n', p.fts_path);
    } else if (fflag === 0 || errno !== ENOENT) {
      complain(p.fts_path);
    }
  }
  if (errno !== 0) err(1, 'fts_read');
  fts_close(fts);
}

/** Files, and with -d empty directories. */
function rm_file(argv: ptr<str>): void {
  const sb = $local<struct_stat>();
  for (let i = 0; argv[i] !== null; i++) {
    const f = argv[i];
    if (lstat(f, sb) < 0) {
      if (fflag === 0 || errno !== ENOENT) complain(f);
      continue;
    }
    if (S_ISDIR(sb.st_mode) && dflag === 0) {
      warnx('%s: is a directory', f);
      eval_ = 1;
      continue;
    }
    if (!check(f, sb)) continue;
    if ((S_ISDIR(sb.st_mode) ? rmdir(f) : unlink(f)) === 0) {
      if (vflag !== 0) printf('%s\n', f);
    } else if (fflag === 0 || errno !== ENOENT) {
      complain(f);
    }
  }
}

/** Takes . and .. out of the operands. */
function checkdot(argv: ptr<str>): void {
  let kept = 0;
  let complained = false;
  for (let i = 0; argv[i] !== null; i++) {
    const name = basename(argv[i]);
    if (name !== null && (strcmp(name, '.') === 0 || strcmp(name, '..') === 0)) {
      if (!complained) warnx('"." and ".." may not be removed');
      complained = true;
      eval_ = 1;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argv[kept] = null;
}

export function main(argc: int, argv: ptr<str>): int {
  let rflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'dfiRrv')) !== -1; ) {
    switch (ch) {
      case $ch('d'):
        dflag = 1;
        break;
      case $ch('f'):
        fflag = 1;
        iflag = 0;
        break;
      case $ch('i'):
        fflag = 0;
        iflag = 1;
        break;
      case $ch('R'):
      case $ch('r'):
        rflag = true;
        break;
      case $ch('v'):
        vflag = 1;
        break;
      default:
        usage();
    }
  }
  if (optind === argc) {
    if (fflag !== 0) return 0;
    usage();
  }
  const files = $padd(argv, optind);
  checkdot(files);
  if (files[0] === null) return eval_;
  if (rflag) rm_tree(files);
  else rm_file(files);
  return eval_;
}
