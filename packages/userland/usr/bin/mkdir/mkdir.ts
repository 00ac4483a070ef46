/** mkdir(1) */
import { EEXIST, EISDIR, ENOTDIR } from '../../../../kernel/src/sys/errno.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISDIR } from '../../include/sys/stat.h.js';
import { EX_USAGE } from '../../include/sysexits.h.js';
import { errx, warn } from '../../lib/libc/gen/err.js';
import { getmode, setmode } from '../../lib/libc/gen/setmode.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { free } from '../../lib/libc/stdlib/malloc.js';
import { strspn } from '../../lib/libc/string/strspn.js';
import { chmod, mkdir, stat } from '../../lib/libc/sys/syscalls.js';

let vflag: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: mkdir [-pv] [-m mode] directory ...\n');
  exit(EX_USAGE);
}

/** One directory with what is missing above it. 0, or 1 after a complaint. */
function build(path: str, omode: int): int {
  const sb = $local<struct_stat>();
  for (let i = 1; ; i++) {
    const c: int = path[i];
    if (c !== 0 && c !== 47) continue;
    /* A slash at the end, or two in a row. */
    if (path[i - 1] !== 47 || i === 1) {
      const last = c === 0 || path[i + strspn($padd(path, i), '/')] === 0;
      path[i] = 0;
      if (mkdir(path, last ? omode : 0o777) < 0) {
        if (errno !== EEXIST && errno !== EISDIR) {
          warn('%s', path);
          return 1;
        }
        if (stat(path, sb) === 0 && !S_ISDIR(sb.st_mode)) {
          errno = last ? EEXIST : ENOTDIR;
          warn('%s', path);
          return 1;
        }
      } else if (vflag !== 0) {
        printf('%s\n', path);
      }
      path[i] = c;
    }
    if (c === 0) return 0;
  }
}

export function main(argc: int, argv: ptr<str>): int {
  let pflag = false;
  let mode: str = null;
  let omode = 0o777;
  for (let ch = 0; (ch = getopt(argc, argv, 'm:pv')) !== -1; ) {
    switch (ch) {
      case $ch('m'):
        mode = optarg;
        break;
      case $ch('p'):
        pflag = true;
        break;
      case $ch('v'):
        vflag = 1;
        break;
      default:
        usage();
    }
  }
  if (optind === argc) usage();
  if (mode !== null) {
    const set = setmode(mode);
    if (set === 0) errx(1, 'invalid file mode: %s', mode);
    omode = getmode(set, 0o777);
    free(set);
  }
  let exitval = 0;
  for (let i = optind; i < argc; i++) {
    let ok = true;
    if (pflag) {
      if (argv[i][0] === 0 || build(argv[i], omode) !== 0) ok = false;
    } else if (mkdir(argv[i], omode) < 0) {
      warn('%s', argv[i]);
      ok = false;
    } else if (vflag !== 0) {
      printf('%s\n', argv[i]);
    }
    if (!ok) exitval = 1;
    /* The mask of new files has nothing to say about -m. */ else if (
      mode !== null &&
      chmod(argv[i], omode) === -1
    ) {
      warn('%s', argv[i]);
      exitval = 1;
    }
  }
  return exitval;
}
