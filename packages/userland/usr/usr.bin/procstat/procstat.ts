/** procstat(1): a process's address space (-v), read from the kernel's memory as programs with libkvm do. */
import { SZOMB } from '../../../../kernel/src/sys/_proc.h.js';
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { KERN_PROC_PID } from '../../../../kernel/src/sys/sysctl.h.js';
import { __progname } from '../../csu/crt0.js';
import { warnx } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import type { kvm_t } from '../../lib/libkvm/kvm.h.js';
import { kvm_getprocs, kvm_open } from '../../lib/libkvm/kvm_proc.js';
import { procstat_vm } from './procstat_vm.js';

function usage(): never {
  fprintf(stderr, 'usage: procstat [-h] -v pid ...\n');
  exit(1);
}

/** Prints the map of one process; 0, or 1 after a complaint. */
function procstat_pid(kd: kvm_t, arg: str, heading: boolean): int {
  const end = $var<str>();
  const count = $var<int>();
  const pid = strtol(arg, end, 10);
  if (end[0] === arg || end[0][0] !== 0 || pid < 0) {
    warnx('%s: not a process id', arg);
    return 1;
  }
  const kp = kvm_getprocs(kd, KERN_PROC_PID, pid, count);
  if (kp === null || count[0] < 1) {
    warnx('%s: no such process', arg);
    return 1;
  }
  if (kp.ki_stat === SZOMB) {
    warnx('%s: it has exited, and its memory is gone', arg);
    return 1;
  }
  return procstat_vm(kd, kp, heading);
}

export function main(argc: int, argv: ptr<str>): int {
  let heading = true;
  let map = false;
  let errs = 0;
  for (let ch = getopt(argc, argv, 'hv'); ch !== -1; ch = getopt(argc, argv, 'hv')) {
    if (ch === $ch('h')) heading = false;
    else if (ch === $ch('v')) map = true;
    else usage();
  }
  if (!map || optind >= argc) usage();
  const kd = kvm_open(null, null, null, O_RDONLY, __progname);
  if (kd === null) return 1;
  for (let i = optind; i < argc; i++) {
    errs |= procstat_pid(kd, argv[i], heading);
    heading = false;
  }
  return errs;
}
