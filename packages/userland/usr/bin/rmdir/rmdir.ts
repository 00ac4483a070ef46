/** rmdir(1): empty directories; with -p those above them, too. */
import { warn } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strrchr } from '../../lib/libc/string/strrchr.js';
import { rmdir } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: rmdir [-p] directory ...\n');
  exit(1);
}

/** Removes the directories above a path that was removed. */
function rm_path(path: str): int {
  for (;;) {
    let end = $i32(strlen(path));
    while (end > 0 && path[end - 1] === 47) end--;
    path[end] = 0;
    const slash = strrchr(path, $ch('/'));
    if (slash === null) return 0;
    slash[0] = 0;
    if (path[0] === 0) return 0;
    if (rmdir(path) < 0) {
      warn('%s', path);
      return 1;
    }
  }
}

export function main(argc: int, argv: ptr<str>): int {
  let pflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'p')) !== -1; ) {
    if (ch !== $ch('p')) usage();
    pflag = true;
  }
  if (optind === argc) usage();
  let errors = 0;
  for (let i = optind; i < argc; i++) {
    if (rmdir(argv[i]) < 0) {
      warn('%s', argv[i]);
      errors = 1;
    } else if (pflag) {
      errors |= rm_path(argv[i]);
    }
  }
  return errors;
}
