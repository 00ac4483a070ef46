/** renice(8): changes the priority of running processes. */
import {
  PRIO_MAX,
  PRIO_MIN,
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
} from '../../../../kernel/src/sys/resource.h.js';
import { warn, warnx } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { getpriority, setpriority } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: renice priority [[-p] pid ...] [[-g] pgrp ...] [[-u] user ...]\n');
  exit(1);
}

/** Changes one; 0, or 1 after a complaint. */
function donice(which: int, who: int, prio: int): int {
  errno = 0;
  const oldprio = getpriority(which, who);
  if (oldprio === -1 && errno !== 0) {
    warn('%d: getpriority', who);
    return 1;
  }
  if (setpriority(which, who, prio) < 0) {
    warn('%d: setpriority', who);
    return 1;
  }
  printf('%d: old priority %d, new priority %d\n', who, oldprio, prio);
  return 0;
}

export function main(argc: int, argv: ptr<str>): int {
  const end = $var<str>();
  let which = PRIO_PROCESS;
  let errs = 0;
  if (argc < 3) usage();
  let prio = strtol(argv[1], end, 10);
  if (end[0] === argv[1] || end[0][0] !== 0) usage();
  if (prio > PRIO_MAX) prio = PRIO_MAX;
  if (prio < PRIO_MIN) prio = PRIO_MIN;
  for (let i = 2; i < argc; i++) {
    if (strcmp(argv[i], '-g') === 0) {
      which = PRIO_PGRP;
    } else if (strcmp(argv[i], '-u') === 0) {
      which = PRIO_USER;
    } else if (strcmp(argv[i], '-p') === 0) {
      which = PRIO_PROCESS;
    } else {
      const who = strtol(argv[i], end, 10);
      if (end[0] === argv[i] || end[0][0] !== 0 || who < 0) {
        warnx('%s: bad value', argv[i]);
        errs++;
        continue;
      }
      errs += donice(which, who, prio);
    }
  }
  return errs !== 0 ? 1 : 0;
}
