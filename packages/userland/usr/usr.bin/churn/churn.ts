/**
 * churn [rate [seconds [lifetime-ms]]]: starts `rate` processes a second, each of which executes sleep(1) for its lifetime and is
 * collected, as cron jobs and mail deliveries come and go. Without `seconds` for ever.
 */
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { WAIT_ANY, WNOHANG } from '../../../../kernel/src/sys/wait.h.js';
import { execl } from '../../lib/libc/gen/exec.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { QUAD_MAX } from '../../lib/libc/stdlib/strtol.js';
import { _exit, fork } from '../../lib/libc/sys/syscalls.js';
import { wait_all } from '../../lib/libload/child.js';
import { now_us, sleep_us } from '../../lib/libutil/clock.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { DECIMAL_ONE } from '../../lib/libutil/decimal.h.js';
import { decimal_read } from '../../lib/libutil/decimal.js';

function usage(): never {
  fprintf(stderr, 'usage: churn [rate [seconds [lifetime-ms]]]\n');
  exit(1);
}

/** A child that executes sleep(1). */
function spawn(lifetime: str): pid_t {
  const pid = fork();
  if (pid !== 0) return pid;
  execl('/bin/sleep', 'sleep', lifetime, null);
  _exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const rate = $local<decimal>();
  const seconds = $local<decimal>();
  const life = $local<decimal>();
  const lifetime = $local<array<char, 32>>();
  if (argc > 4 || !decimal_read(argc > 1 ? argv[1] : '10', rate) || rate.d_value <= 0) usage();
  if (argc > 2 && (!decimal_read(argv[2], seconds) || seconds.d_value <= 0)) usage();
  if (!decimal_read(argc > 3 ? argv[3] : '500', life) || life.d_value < 0) usage();
  /* Milliseconds in millionths are nanoseconds. */
  const us = life.d_value / 1000;
  snprintf(lifetime, 32, '%lld.%06d', us / DECIMAL_ONE, $i32(us % DECIMAL_ONE));
  const end = argc > 2 ? now_us() + seconds.d_value : $i64(QUAD_MAX);
  const pause_us = ($i64(DECIMAL_ONE) * DECIMAL_ONE) / rate.d_value;
  let alive = 0;
  while (now_us() < end) {
    if (spawn(lifetime) > 0) alive++;
    sleep_us(pause_us);
    while (alive > 0 && waitpid(WAIT_ANY, null, WNOHANG) > 0) alive--;
  }
  wait_all();
  return 0;
}
