/** touch(1). There is no utimes(2): the time becomes now, by reading a byte and writing it back. */
import { O_CREAT, O_RDWR, O_WRONLY, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import type { off_t } from '../../../../kernel/src/sys/types.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { DEFFILEMODE, S_ISREG } from '../../include/sys/stat.h.js';
import { warn } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { ftruncate, lseek } from '../../lib/libc/sys/offsets.js';
import { close, open, read, stat, write } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: touch [-c] file ...\n');
  exit(1);
}

/** Writes a byte that is there, or one that is taken away again. */
function rewrite(fname: str, size: off_t): boolean {
  const byte = $local<array<char, 4>>();
  const fd = open(fname, O_RDWR, 0);
  if (fd < 0) return false;
  let ok = true;
  if (size !== 0) {
    ok = read(fd, $addr(byte), 1) === 1 && lseek(fd, 0, SEEK_SET) === 0 && write(fd, $addr(byte), 1) === 1;
  } else {
    byte[0] = 0;
    ok = write(fd, $addr(byte), 1) === 1 && ftruncate(fd, 0) === 0;
  }
  if (close(fd) < 0) ok = false;
  return ok;
}

export function main(argc: int, argv: ptr<str>): int {
  const sb = $local<struct_stat>();
  let cflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'c')) !== -1; ) {
    if (ch !== $ch('c')) usage();
    cflag = true;
  }
  if (optind === argc) usage();
  let rval = 0;
  for (let i = optind; i < argc; i++) {
    const fname = argv[i];
    if (stat(fname, sb) < 0) {
      if (cflag) continue;
      const fd = open(fname, O_WRONLY | O_CREAT, DEFFILEMODE);
      if (fd < 0 || close(fd) < 0) {
        rval = 1;
        warn('%s', fname);
      }
    } else if (S_ISREG(sb.st_mode) && !rewrite(fname, sb.st_size)) {
      rval = 1;
      warn('%s', fname);
    }
  }
  return rval;
}
