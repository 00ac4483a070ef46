/** mv(1), within the one file system. */
import { F_OK, W_OK } from '../../../../kernel/src/sys/fcntl.h.js';
import { MAXPATHLEN } from '../../../../kernel/src/sys/param.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISDIR } from '../../include/sys/stat.h.js';
import { EX_USAGE } from '../../include/sysexits.h.js';
import { basename } from '../../lib/libc/gen/basename.js';
import { warn, warnx } from '../../lib/libc/gen/err.js';
import { isatty } from '../../lib/libc/gen/termios.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { access, rename, stat } from '../../lib/libc/sys/syscalls.js';
import { answered_yes, ask_override } from '../../lib/libcmd/ask.js';

let fflg: int = 0;
let iflg: int = 0;
let vflg: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: mv [-f | -i] [-v] source target\n');
  fprintf(stderr, '       mv [-f | -i] [-v] source ... directory\n');
  exit(EX_USAGE);
}

/** Whether what is there may be written over. */
function may_overwrite(to: str): boolean {
  const sb = $local<struct_stat>();
  if (fflg !== 0 || access(to, F_OK) !== 0) return true;
  if (iflg !== 0) {
    fprintf(stderr, 'overwrite %s? (y/n [n]) ', to);
  } else {
    if (access(to, W_OK) === 0 || stat(to, sb) !== 0 || !isatty(0)) return true;
    ask_override(to, sb, '(y/n [n]) ');
  }
  if (answered_yes()) return true;
  fprintf(stderr, 'not overwritten\n');
  return false;
}

function do_move(from: str, to: str): int {
  if (!may_overwrite(to)) return 0;
  if (rename(from, to) !== 0) {
    warn('rename %s to %s', from, to);
    return 1;
  }
  if (vflg !== 0) printf('%s -> %s\n', from, to);
  return 0;
}

export function main(argc: int, argv: ptr<str>): int {
  const sb = $local<struct_stat>();
  const path = $local<array<char, 1024>>();
  for (let ch = 0; (ch = getopt(argc, argv, 'fiv')) !== -1; ) {
    switch (ch) {
      case $ch('f'):
        fflg = 1;
        iflg = 0;
        break;
      case $ch('i'):
        iflg = 1;
        fflg = 0;
        break;
      case $ch('v'):
        vflg = 1;
        break;
      default:
        usage();
    }
  }
  const n = argc - optind;
  if (n < 2) usage();
  const target = argv[argc - 1];
  if (stat(target, sb) !== 0 || !S_ISDIR(sb.st_mode)) {
    if (n > 2) usage();
    return do_move(argv[optind], target);
  }
  let rval = 0;
  for (let i = optind; i < argc - 1; i++) {
    const name = basename(argv[i]);
    const slash = target[strlen(target) - 1] === 47 ? '' : '/';
    if (name === null || snprintf(path, MAXPATHLEN, '%s%s%s', target, slash, name) >= MAXPATHLEN) {
      warnx('%s: destination pathname too long', argv[i]);
      rval = 1;
    } else {
      rval |= do_move(argv[i], path);
    }
  }
  return rval;
}
