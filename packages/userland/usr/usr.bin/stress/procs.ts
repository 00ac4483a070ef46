/** Loads on processes: storm, signals. */
import { EAGAIN, EINTR, ENOMEM } from '../../../../kernel/src/sys/errno.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { SIGCONT, SIGSTOP, SIGUSR1 } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { execl } from '../../lib/libc/gen/exec.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { usleep } from '../../lib/libc/gen/sleep.js';
import { _exit, close, kill, pipe, read, vfork, write } from '../../lib/libc/sys/syscalls.js';
import { fill_pages } from '../../lib/libload/pattern.js';
import { squeeze_some } from './pages.js';
import { complain, finish, map_at, reap, rnd, spawn, verify } from './stress.js';

const STORM_AT: u32 = 0x50000000;

/** Executes true(1) in the child of a vfork. */
function vfork_true(): pid_t {
  const pid = vfork();
  if (pid === 0) {
    execl('/bin/true', 'true', null);
    _exit(3);
  }
  return pid;
}

function storm_body(arg: u32): int {
  $st32(arg, 0x7472);
  return 0;
}

export function storm(steps: u32): void {
  const pids = $local<array<pid_t, 8>>();
  map_at(STORM_AT, 16, 0);
  map_at(0x48000000, 4, 0);
  for (let n: u32 = 0; n < steps; n++) {
    fill_pages(STORM_AT, 16, n + 1);
    const count = rnd(8) + 1;
    for (let i: u32 = 0; i < count; i++) {
      const how = rnd(3);
      if (how === 0) pids[i] = vfork_true();
      else {
        pids[i] = spawn(i);
        if (pids[i] === 0) {
          for (let page: u32 = 0; page < 16; page++)
            verify(STORM_AT + page * PAGE_SIZE, STORM_AT + page * PAGE_SIZE, n + 1);
          fill_pages(STORM_AT, 16, n + 77);
          if (how === 1) execl('/bin/true', 'true', null);
          finish();
        }
      }
      if (pids[i] < 0 && errno !== EAGAIN && errno !== ENOMEM) complain('fork: %d', errno);
    }
    for (let i: u32 = 0; i < count; i++) if (pids[i] > 0) reap(pids[i], false);
    for (let page: u32 = 0; page < 16; page++)
      verify(STORM_AT + page * PAGE_SIZE, STORM_AT + page * PAGE_SIZE, n + 1);
    if (rnd(4) === 0) {
      const pid = rfork_thread($i32(RFPROC | RFMEM), 0x48004000, storm_body, STORM_AT);
      if (pid > 0) {
        reap(pid, false);
        if ($ld32(STORM_AT) !== 0x7472) complain('a thread wrote 0x%x', $ld32(STORM_AT));
      }
    }
    if (rnd(8) === 0) squeeze_some();
  }
}

let signals_got: u32 = 0;
function on_signal(sig: int): void {
  signals_got++;
}

/** Reads words from a pipe, which must come in order, whatever signals come. */
function signals_reader(fd: int): never {
  const word = $var<u32>();
  signal(SIGUSR1, $addr(on_signal));
  for (let expected: u32 = 0; ; ) {
    const n = read(fd, $addr(word), 4);
    if (n === 0) break;
    if (n < 0) {
      if (errno !== EINTR) complain('read: %d', errno);
      continue;
    }
    if (n !== 4 || word[0] !== expected) complain('%d bytes, %u instead of %u', n, word[0], expected);
    expected++;
    verified += 4;
    /* Other sleeps. */
    if ((expected & 15) === 0) usleep(1500);
    if ((expected & 63) === 0) {
      const pid = vfork_true();
      if (pid > 0) reap(pid, false);
    }
  }
  finish();
}

export function signals(steps: u32): void {
  const fds = $local<array<int, 2>>();
  const word = $var<u32>();
  if (pipe(fds) !== 0) err(1, 'pipe');
  const pid = spawn(1);
  if (pid < 0) err(1, 'fork');
  if (pid === 0) {
    close(fds[1]);
    signals_reader(fds[0]);
  }
  close(fds[0]);
  usleep(50000);
  for (let n: u32 = 0; n < steps * 8; n++) {
    word[0] = n;
    if (write(fds[1], $addr(word), 4) !== 4) complain('write: %d', errno);
    switch (rnd(6)) {
      case 0:
      case 1:
        kill(pid, SIGUSR1);
        break;
      case 2:
        kill(pid, SIGSTOP);
        usleep(rnd(2000));
        kill(pid, SIGUSR1);
        kill(pid, SIGCONT);
        break;
      case 3:
        usleep(rnd(3000));
        break;
      default:
    }
    verified += 4;
  }
  close(fds[1]);
  reap(pid, false);
}
