/** Children of the programs that put load on the system. */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { sleep } from '../libc/gen/sleep.js';
import { wait } from '../libc/gen/wait.js';
import { malloc } from '../libc/stdlib/malloc.js';
import { strtol } from '../libc/stdlib/strtol.js';
import { fork } from '../libc/sys/syscalls.js';
import { touch_pages } from './memory.js';

/** A child that has touched some memory once and sleeps for ever; its process id. */
export function idle_child(pages: u32): pid_t {
  const pid = fork();
  if (pid !== 0) return pid;
  const at = malloc(pages * PAGE_SIZE);
  if (at !== 0) touch_pages(at, pages, true, 100);
  for (;;) sleep(3600);
}

/** Collects children until there are none. */
export function wait_all(): void {
  while (wait(null) >= 0 || errno === EINTR);
}

/** An operand that is a whole number from 1 on; `fallback` if it is missing, 0 if it is none. */
export function count_operand(text: str, fallback: u32): u32 {
  const ep = $var<str>();
  if (text === null) return fallback;
  errno = 0;
  const n = strtol(text, ep, 10);
  return errno !== 0 || ep[0] === text || ep[0][0] !== 0 || n < 1 ? 0 : $u32(n);
}
