/** uname(1) */
import { isspace } from '../../lib/libc/locale/isctype.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { getsysctlbuf } from '../../lib/libutil/sysctlbuf.js';

const MFLAG = 0x01; // machine type
const NFLAG = 0x02; // node name
const RFLAG = 0x04; // operating system release
const SFLAG = 0x08; // operating system name
const VFLAG = 0x10; // operating system version

/** Something has been printed. */
let space: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: uname [-amnrsv]\n');
  exit(1);
}

function flagof(ch: int): int {
  switch (ch) {
    case $ch('a'):
      return MFLAG | NFLAG | RFLAG | SFLAG | VFLAG;
    case $ch('m'):
      return MFLAG;
    case $ch('n'):
      return NFLAG;
    case $ch('r'):
      return RFLAG;
    case $ch('s'):
      return SFLAG;
    case $ch('v'):
      return VFLAG;
    default:
      usage();
  }
}

/** Prints the value of a node, without a newline at its end, if it is wanted. */
function prid(wanted: int, name: str): void {
  const len = $var<u32>();
  if (wanted === 0) return;
  const value = $cast<str>(getsysctlbuf(name, len));
  for (let n = $i32(strlen(value)); n > 0 && isspace(value[n - 1]); n--) value[n - 1] = 0;
  printf('%s%s', space ? ' ' : '', value);
  space = 1;
}

export function main(argc: int, argv: ptr<str>): int {
  let flags = 0;
  for (let ch = getopt(argc, argv, 'amnrsv'); ch !== -1; ch = getopt(argc, argv, 'amnrsv'))
    flags |= flagof(ch);
  if (optind < argc) usage();
  if (flags === 0) flags = SFLAG;
  prid(flags & SFLAG, 'kern.ostype');
  prid(flags & NFLAG, 'kern.hostname');
  prid(flags & RFLAG, 'kern.osrelease');
  prid(flags & VFLAG, 'kern.version');
  prid(flags & MFLAG, 'hw.machine');
  putchar($ch('\n'));
  return 0;
}
