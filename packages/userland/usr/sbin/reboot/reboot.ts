/** reboot(8) and halt(8): stop the system at once, after a sync unless -n. */
import { RB_AUTOBOOT, RB_HALT, RB_NOSYNC } from '../../../../kernel/src/sys/systm.h.js';
import { __progname } from '../../csu/crt0.js';
import { err } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { reboot } from '../../lib/libc/sys/syscalls.js';
import { setexitstatus } from '../../lib/libutil/exitstatus.js';

function usage(): never {
  fprintf(stderr, 'usage: %s [-dlnpq]\n', __progname);
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  let howto = strcmp(__progname, 'halt') === 0 ? RB_HALT : RB_AUTOBOOT;
  for (let ch = getopt(argc, argv, 'dlnpq'); ch !== -1; ch = getopt(argc, argv, 'dlnpq')) {
    if (ch === $ch('?')) usage();
    if (ch === $ch('n')) howto |= RB_NOSYNC;
  }
  if (optind < argc) usage();
  setexitstatus(0, true);
  reboot(howto);
  err(1, null);
}
