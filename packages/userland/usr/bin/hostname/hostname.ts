/** hostname(1): prints the name of the system, or sets it. */
import { err } from '../../lib/libc/gen/err.js';
import { sysctlbyname } from '../../lib/libc/gen/sysctl.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { getsysctlbuf } from '../../lib/libutil/sysctlbuf.js';

function usage(): never {
  fprintf(stderr, 'usage: hostname [-s] [name-of-host]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const len = $var<u32>();
  let sflag = false;
  for (let ch = getopt(argc, argv, 's'); ch !== -1; ch = getopt(argc, argv, 's')) {
    if (ch !== $ch('s')) usage();
    sflag = true;
  }
  if (optind + 1 < argc) usage();
  if (optind < argc) {
    const name = argv[optind];
    if (sysctlbyname('kern.hostname', 0, null, $addr(name), strlen(name)) < 0) err(1, 'sethostname');
    return 0;
  }
  const hostname = $cast<str>(getsysctlbuf('kern.hostname', len));
  const dot = sflag ? strchr(hostname, $ch('.')) : null;
  if (dot !== null) dot[0] = 0;
  printf('%s\n', hostname);
  return 0;
}
