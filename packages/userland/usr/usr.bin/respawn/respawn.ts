/**
 * respawn [count [seconds]]: supervisors, each of which runs sleep(1) for that long by vfork(2) and execve(2), collects it and runs it again, as
 * scripts do that look at something from time to time. While memory is short, execve waits in the middle of making an address space.
 */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { sleep } from '../../lib/libc/gen/sleep.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { _exit, execve, fork, vfork } from '../../lib/libc/sys/syscalls.js';
import { count_operand, wait_all } from '../../lib/libload/child.js';
import { sleep_us } from '../../lib/libutil/clock.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { decimal_read } from '../../lib/libutil/decimal.js';

function usage(): never {
  fprintf(stderr, 'usage: respawn [count [seconds]]\n');
  exit(1);
}

function supervise(argv: ptr<str>): never {
  for (;;) {
    const pid = vfork();
    if (pid === 0) {
      execve('/bin/sleep', argv, environ);
      _exit(1);
    }
    if (pid < 0) sleep(1);
    else while (waitpid(pid, null, 0) < 0 && errno === EINTR);
  }
}

export function main(argc: int, argv: ptr<str>): int {
  const seconds = $local<decimal>();
  const child = $local<array<str, 3>>();
  const count = count_operand(argc > 1 ? argv[1] : $cast<str>(0), 8);
  const text = argc > 2 ? argv[2] : '3';
  if (argc > 3 || count === 0 || !decimal_read(text, seconds) || seconds.d_value < 0) usage();
  child[0] = 'sleep';
  child[1] = text;
  child[2] = null;
  for (let i: u32 = 0; i < count; i++) {
    const pid = fork();
    if (pid < 0) err(1, 'fork');
    if (pid === 0) supervise(child);
    sleep_us(seconds.d_value / $i64(count));
  }
  wait_all();
  return 0;
}
