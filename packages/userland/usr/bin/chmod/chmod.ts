/** chmod(1) */
import { ALLPERMS } from '../../../../kernel/src/sys/stat.h.js';
import {
  FTS_COMFOLLOW,
  FTS_D,
  FTS_DNR,
  FTS_DP,
  FTS_ERR,
  FTS_LOGICAL,
  FTS_NS,
  FTS_PHYSICAL,
  FTS_SKIP,
} from '../../include/fts.h.js';
import { err, errx, warn, warnx } from '../../lib/libc/gen/err.js';
import { fts_open, fts_read, fts_set } from '../../lib/libc/gen/fts.js';
import { getmode, setmode } from '../../lib/libc/gen/setmode.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strspn } from '../../lib/libc/string/strspn.js';
import { chmod } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: chmod [-fv] [-R [-H | -L | -P]] mode file ...\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  let Rflag = false;
  let fflag = false;
  let vflag = false;
  let options = FTS_PHYSICAL;
  /* "-x" and the like are modes, not options. */
  for (let done = false; !done && optind < argc; ) {
    const word = argv[optind];
    if (word[0] !== 45 || word[1] === 0 || word[strspn(word, 'RHLPfhv-')] !== 0) break;
    switch (getopt(argc, argv, 'RHLPfhv')) {
      case $ch('R'):
        Rflag = true;
        break;
      case $ch('H'):
        options = FTS_PHYSICAL | FTS_COMFOLLOW;
        break;
      case $ch('L'):
        options = FTS_LOGICAL;
        break;
      case $ch('P'):
      case $ch('h'):
        options = FTS_PHYSICAL;
        break;
      case $ch('f'):
        fflag = true;
        break;
      case $ch('v'):
        vflag = true;
        break;
      case -1:
        done = true;
        break;
      default:
        usage();
    }
  }
  if (argc - optind < 2) usage();
  const mode = argv[optind];
  const set = setmode(mode);
  if (set === 0) errx(1, 'invalid file mode: %s', mode);
  const ftsp = fts_open($padd(argv, optind + 1), Rflag ? options : FTS_LOGICAL, null);
  if (ftsp === null) err(1, null);
  let rval = 0;
  for (let p = fts_read(ftsp); p !== null; p = fts_read(ftsp)) {
    switch (p.fts_info) {
      case FTS_D:
        if (!Rflag) fts_set(ftsp, p, FTS_SKIP);
        break;
      case FTS_DP:
        continue;
      case FTS_DNR:
        warnx('%s: %s', p.fts_path, strerror(p.fts_errno));
        rval = 1;
        break;
      case FTS_ERR:
      case FTS_NS:
        warnx('%s: %s', p.fts_path, strerror(p.fts_errno));
        rval = 1;
        continue;
      default:
        break;
    }
    const newmode = getmode(set, p.fts_statp.st_mode);
    if ((newmode & ALLPERMS) === (p.fts_statp.st_mode & ALLPERMS)) continue;
    if (chmod(p.fts_path, newmode & ALLPERMS) < 0) {
      if (fflag) continue;
      warn('%s', p.fts_path);
      rval = 1;
    } else if (vflag) {
      printf('%s\n', p.fts_path);
    }
  }
  if (errno !== 0) err(1, 'fts_read');
  return rval;
}
