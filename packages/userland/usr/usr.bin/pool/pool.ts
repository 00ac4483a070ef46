/**
 * pool [count [lifetime-ms [pages]]]: a server with `count` idle workers that replaces them all when they have lived long enough: it
 * forks the new ones, then ends the old ones (SIGTERM) and collects them, as servers do when they are told to begin anew.
 */
import { SIGTERM } from '../../../../kernel/src/sys/signal.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { calloc } from '../../lib/libc/stdlib/malloc.js';
import { kill } from '../../lib/libc/sys/syscalls.js';
import { count_operand, idle_child } from '../../lib/libload/child.js';
import { sleep_us } from '../../lib/libutil/clock.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { decimal_read } from '../../lib/libutil/decimal.js';

function usage(): never {
  fprintf(stderr, 'usage: pool [count [lifetime-ms [pages]]]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const life = $local<decimal>();
  const count = count_operand(argc > 1 ? argv[1] : $cast<str>(0), 16);
  const pages = count_operand(argc > 3 ? argv[3] : $cast<str>(0), 16);
  if (!decimal_read(argc > 2 ? argv[2] : '3000', life) || life.d_value <= 0) usage();
  if (argc > 4 || count === 0 || pages === 0) usage();
  let workers = $cast<ptr<int>>(calloc(count, 4));
  let old = $cast<ptr<int>>(calloc(count, 4));
  if (workers === null || old === null) err(1, null);
  for (;;) {
    const last = workers;
    workers = old;
    old = last;
    for (let i: u32 = 0; i < count; i++) workers[i] = idle_child(pages);
    for (let i: u32 = 0; i < count; i++) if (old[i] > 0) kill(old[i], SIGTERM);
    for (let i: u32 = 0; i < count; i++) if (old[i] > 0) waitpid(old[i], null, 0);
    sleep_us(life.d_value / 1000);
  }
}
