/** tee(1) */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { SIGINT, SIG_IGN } from '../../../../kernel/src/sys/signal.h.js';
import { DEFFILEMODE } from '../../include/sys/stat.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { open, read, write } from '../../lib/libc/sys/syscalls.js';

const BSIZE = 8192;

function usage(): never {
  fprintf(stderr, 'usage: tee [-ai] [file ...]\n');
  exit(1);
}

/** All of a buffer to a descriptor. */
function put(fd: int, buf: u32, len: int): boolean {
  for (let done = 0; done < len; ) {
    const wval = write(fd, buf + $u32(done), $u32(len - done));
    if (wval === -1 && errno !== EINTR) return false;
    if (wval > 0) done += wval;
  }
  return true;
}

export function main(argc: int, argv: ptr<str>): int {
  const buf = $local<array<char, 8192>>();
  let append = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'ai')) !== -1; ) {
    if (ch === $ch('a')) append = true;
    else if (ch === $ch('i')) signal(SIGINT, SIG_IGN);
    else usage();
  }
  const n = argc - optind;
  const fds = $cast<ptr<int>>(malloc(4 * $u32(n + 1)));
  if (fds === null) err(1, null);
  let exitval = 0;
  for (let i = 0; i < n; i++) {
    fds[i] = open(argv[optind + i], O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), DEFFILEMODE);
    if (fds[i] >= 0) continue;
    warn('%s', argv[optind + i]);
    exitval = 1;
  }
  let rval = 0;
  while ((rval = read(0, $addr(buf), BSIZE)) !== 0) {
    if (rval < 0) {
      if (errno === EINTR) continue;
      err(1, 'read');
    }
    if (!put(1, $addr(buf), rval)) {
      warn('stdout');
      exitval = 1;
    }
    for (let i = 0; i < n; i++) {
      if (fds[i] < 0 || put(fds[i], $addr(buf), rval)) continue;
      warn('%s', argv[optind + i]);
      exitval = 1;
    }
  }
  return exitval;
}
