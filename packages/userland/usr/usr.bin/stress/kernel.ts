/** Loads on what the kernel keeps and on what it promises: leaks, wakes. */
import { ECHILD, EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { O_CREAT, O_RDWR, O_TRUNC } from '../../../../kernel/src/sys/fcntl.h.js';
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import type { rlimit, rusage } from '../../../../kernel/src/sys/resource.h.js';
import { RLIMIT_FSIZE, RUSAGE_CHILDREN } from '../../../../kernel/src/sys/resource.h.js';
import { SIGCHLD, SIGCONT, SIGSTOP, SIG_DFL } from '../../../../kernel/src/sys/signal.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { WAIT_ANY } from '../../../../kernel/src/sys/wait.h.js';
import { MAP_FAILED } from '../../include/sys/mman.h.js';
import { WIFSIGNALED } from '../../include/sys/wait.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { execl } from '../../lib/libc/gen/exec.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { usleep } from '../../lib/libc/gen/sleep.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { ftruncate, mmap } from '../../lib/libc/sys/offsets.js';
import {
  _exit,
  close,
  execve,
  fork,
  getpid,
  getrlimit,
  getrusage,
  gettimeofday,
  kill,
  mkdir,
  mlock,
  mprotect,
  munmap,
  open,
  pipe,
  read,
  setrlimit,
  unlink,
  vfork,
  write,
} from '../../lib/libc/sys/syscalls.js';
import { fill_pages } from '../../lib/libload/pattern.js';
import { getsysctlint } from '../../lib/libutil/sysctlbuf.js';
import { squeeze_some } from './pages.js';
import { complain, finish, map_at, reap, spawn, verify } from './stress.js';

const KERNEL_AT: u32 = 0x50000000;
/** Where the kernel's text begins: nobody may look. */
const KERNEL_TEXT: u32 = 0xc0100000;

function now_ms(): int {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return (tv.tv_sec % 100000) * 1000 + tv.tv_usec / 1000;
}

function leak_files(): void {
  const buf = $local<array<char, 32>>();
  snprintf(buf, 32, '/tmp/l%d', getpid());
  const fd = open(buf, O_RDWR | O_CREAT | O_TRUNC, 0o600);
  if (fd < 0) err(1, '%s', buf);
  fill_pages(KERNEL_AT, 4, 7);
  if (write(fd, KERNEL_AT, 4 * PAGE_SIZE) !== 4 * $i32(PAGE_SIZE)) complain('write: %d', errno);
  const at = mmap(0, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at === MAP_FAILED) complain('mmap of a file: %d', errno);
  else {
    for (let i: u32 = 0; i < 4; i++) verify(at + i * PAGE_SIZE, KERNEL_AT + i * PAGE_SIZE, 7);
    $st32(at, 1);
    munmap(at, 4 * PAGE_SIZE);
  }
  ftruncate(fd, 100);
  close(fd);
  unlink(buf);
}

function leak_pipes(): void {
  const fds = $local<array<int, 2>>();
  const word = $var<u32>();
  if (pipe(fds) !== 0) {
    complain('pipe: %d', errno);
    return;
  }
  word[0] = 5;
  write(fds[1], $addr(word), 4);
  close(fds[0]);
  close(fds[1]);
}

function leak_thread(arg: u32): int {
  $st32(arg, 1);
  return 0;
}

/** A child that has limits of its own, memory wired, shared and not, and grandchildren. */
function leak_child(): never {
  const rl = $local<rlimit>();
  getrlimit(RLIMIT_FSIZE, rl);
  rl.rlim_cur = 1 << 20;
  setrlimit(RLIMIT_FSIZE, rl);
  map_at(0x52000000, 8, 0);
  map_at(0x53000000, 8, MAP_SHARED);
  fill_pages(0x52000000, 8, 3);
  fill_pages(0x53000000, 8, 4);
  mlock(0x52000000, 4 * PAGE_SIZE);
  const pid = fork();
  if (pid === 0) {
    fill_pages(0x52000000, 8, 5);
    _exit(0);
  }
  reap(pid, false);
  for (let i: u32 = 0; i < 8; i++) verify(0x52000000 + i * PAGE_SIZE, 0x52000000 + i * PAGE_SIZE, 3);
  if (fork() === 0) _exit(0);
  finish();
}

/** Each step takes and gives back one of everything: after it the kernel must hold no more than before. */
export function leaks(steps: u32): void {
  const argv = $local<array<str, 4>>();
  mkdir('/tmp', 0o777);
  map_at(KERNEL_AT, 4, 0);
  map_at(0x48000000, 4, 0);
  for (let n: u32 = 0; n < steps; n++) {
    leak_files();
    leak_pipes();
    const pid = spawn(1);
    if (pid === 0) leak_child();
    reap(pid, false);
    const other = fork();
    if (other === 0) {
      argv[0] = 'sh';
      argv[1] = '-c';
      argv[2] = 'true | cat; /bin/true some words';
      argv[3] = null;
      execve('/bin/sh', argv, environ);
      _exit(3);
    }
    reap(other, false);
    const third = rfork_thread($i32(RFPROC | RFMEM), 0x48004000, leak_thread, KERNEL_AT);
    reap(third, false);
    if (n % 4 === 0) squeeze_some();
  }
  /* Orphans have time to be reaped, and what waits for the syncer to be reclaimed. */
  usleep(40000000);
}

/** Two processes that answer each other: each has to be woken by the other's few bytes. */
function wakes_pipes(): void {
  const there = $local<array<int, 2>>();
  const back = $local<array<int, 2>>();
  const word = $var<u32>();
  if (pipe(there) !== 0 || pipe(back) !== 0) err(1, 'pipe');
  const pid = spawn(1);
  if (pid === 0) {
    for (let n: u32 = 0; n < 20; n++) {
      read(there[0], $addr(word), 4);
      word[0]++;
      write(back[1], $addr(word), 4);
    }
    /* More than the pipe holds: the other makes room, but reads no more until this is through. */
    write(there[1], KERNEL_AT, 20000);
    write(back[1], $addr(word), 4);
    finish();
  }
  for (let n: u32 = 0; n < 20; n++) {
    word[0] = n;
    write(there[1], $addr(word), 4);
    read(back[0], $addr(word), 4);
    if (word[0] !== n + 1) complain('%u came back as %u', n, word[0]);
  }
  usleep(50000);
  if (read(there[0], KERNEL_AT, 12000) !== 12000) complain('read of a full pipe: %d', errno);
  if (read(back[0], $addr(word), 4) !== 4) complain('the writer got no room');
  reap(pid, false);
  for (let i = 0; i < 2; i++) {
    close(there[i]);
    close(back[i]);
  }
}

/** A process that is stopped while it waits for a time is through when it goes on. */
function wakes_stopped(): void {
  const pid = spawn(1);
  if (pid === 0) {
    usleep(30000);
    finish();
  }
  usleep(10000);
  kill(pid, SIGSTOP);
  usleep(100000);
  const began = now_ms();
  kill(pid, SIGCONT);
  reap(pid, false);
  if (now_ms() - began > 500) complain('a stopped sleeper took %d ms more', now_ms() - began);
}

function free_pages(): int {
  return $i32(getsysctlint('vm.stats.vm.v_free_count'));
}

/** The dead give back their memory at once, and init reaps those whose parent did not. */
function wakes_dead(): void {
  const fds = $local<array<int, 2>>();
  const child = $var<pid_t>();
  const before = free_pages();
  const pid = spawn(1);
  if (pid === 0) {
    map_at(0x54000000, 200, 0);
    fill_pages(0x54000000, 200, 1);
    finish();
  }
  usleep(200000);
  if (free_pages() < before - 100) complain('the dead keep %d pages', before - free_pages());
  reap(pid, false);
  if (pipe(fds) !== 0) err(1, 'pipe');
  const parent = spawn(2);
  if (parent === 0) {
    child[0] = fork();
    if (child[0] === 0) _exit(0);
    usleep(50000);
    write(fds[1], $addr(child), 4);
    finish();
  }
  reap(parent, false);
  read(fds[0], $addr(child), 4);
  usleep(300000);
  if (kill(child[0], 0) === 0) complain('orphan %d is a zombie still', child[0]);
  close(fds[0]);
  close(fds[1]);
}

function busy(ms: int): void {
  for (let i = 0; i < ms; i++) $work(1000000);
}

/** Two that compute take no longer than one, if there are two processors. */
function wakes_processors(): void {
  const ncpu = getsysctlint('hw.ncpu');
  if (ncpu < 2) return;
  const began = now_ms();
  const pid = spawn(1);
  if (pid === 0) {
    busy(300);
    finish();
  }
  busy(300);
  reap(pid, false);
  if (now_ms() - began > 450) complain('300 ms on two processors took %d ms', now_ms() - began);
}

function now_us(): u32 {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return $u32(tv.tv_sec % 1000) * 1000000 + $u32(tv.tv_usec);
}

/** Who is woken runs at once where a processor is idle, not at its next tick. */
function wakes_idle(): void {
  const fds = $local<array<int, 2>>();
  const word = $var<u32>();
  if (getsysctlint('hw.ncpu') < 2) return;
  if (pipe(fds) !== 0) err(1, 'pipe');
  const pid = spawn(1);
  if (pid === 0) {
    let late: u32 = 0;
    for (let n = 0; n < 10; n++) {
      read(fds[0], $addr(word), 4);
      late += now_us() - word[0];
    }
    if (late > 20000) complain('ten wakeups took %u us', late);
    finish();
  }
  for (let n = 0; n < 10; n++) {
    usleep(20000);
    word[0] = now_us();
    write(fds[1], $addr(word), 4);
    busy(9);
  }
  reap(pid, false);
  close(fds[0]);
  close(fds[1]);
}

let wakes_children: int = 0;
function on_child(sig: int): void {
  wakes_children++;
}

/** Does touching an address kill? */
function kills(va: u32, writing: boolean): boolean {
  const status = $var<int>();
  const pid = fork();
  if (pid === 0) {
    if (writing) $st32(va, 1);
    else if ($ld32(va) === 12345) _exit(1);
    _exit(0);
  }
  while (waitpid(pid, status, 0) < 0 && errno === EINTR) {}
  const how = status[0];
  return WIFSIGNALED(how);
}

function wakes_fences(): void {
  const word = $var<u32>();
  if (!kills(KERNEL_TEXT, false)) complain('a program read the kernel');
  if (!kills(KERNEL_TEXT, true)) complain('a program wrote to the kernel');
  if (!kills(0x57000000, false)) complain('a program read what is not there');
  if (!kills($addr(word) - 0x8000000, true)) complain('the stack has no end');
  map_at(0x54000000, 2, 0);
  mprotect(0x54000000, PAGE_SIZE, PROT_READ);
  if (!kills(0x54000000, true)) complain('a program wrote to a read-only page');
  munmap(0x54000000, PAGE_SIZE);
  if (!kills(0x54000000, false)) complain('a program read what it has unmapped');
  munmap(0x54001000, PAGE_SIZE);
}

function wakes_waits(): void {
  const ru = $local<rusage>();
  const status = $var<int>();
  if (waitpid(WAIT_ANY, status, 0) !== -1 || errno !== ECHILD) complain('wait without children: %d', errno);
  signal(SIGCHLD, $addr(on_child));
  const first = spawn(1);
  if (first === 0) finish();
  const second = spawn(2);
  if (second === 0) {
    /* A grandchild's time counts, too. */
    const third = spawn(3);
    if (third === 0) {
      busy(200);
      finish();
    }
    reap(third, false);
    finish();
  }
  reap(second, false);
  reap(first, false);
  signal(SIGCHLD, SIG_DFL);
  if (wakes_children === 0) complain('no SIGCHLD');
  getrusage(RUSAGE_CHILDREN, ru);
  if (ru.ru_utime.tv_sec === 0 && ru.ru_utime.tv_usec < 150000)
    complain('children used %d us', ru.ru_utime.tv_usec);
  const began = now_ms();
  const pid = vfork();
  if (pid === 0) {
    usleep(60000);
    execl('/bin/true', 'true', null);
    _exit(1);
  }
  if (now_ms() - began < 50) complain('vfork came back after %d ms', now_ms() - began);
  reap(pid, false);
}

/** Whoever waits is woken, in time, and what must not be is refused. */
export function wakes(steps: u32): void {
  map_at(KERNEL_AT, 8, 0);
  for (let n: u32 = 0; n < steps; n++) {
    wakes_pipes();
    wakes_stopped();
    wakes_dead();
    wakes_processors();
    wakes_idle();
    wakes_fences();
    wakes_waits();
    verified += 4;
  }
}
