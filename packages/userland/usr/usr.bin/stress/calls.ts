/**
 * calls: system calls with arbitrary arguments, from processes without privileges. Each has a function of its
 * own, since the number of a call is part of its instruction. Those that would end the test rather than the
 * kernel are left out: exit, the forks, kill, reboot, sleeps without end, sigreturn, setrlimit.
 */
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import type { sigaction_t } from '../../../../kernel/src/sys/signal.h.js';
import { SIGALRM, SIG_SETMASK } from '../../../../kernel/src/sys/signal.h.js';
import {
  SYS___sysctl,
  SYS_access,
  SYS_break,
  SYS_chdir,
  SYS_chmod,
  SYS_clock_gettime,
  SYS_close,
  SYS_dup,
  SYS_dup2,
  SYS_execve,
  SYS_fchdir,
  SYS_fcntl,
  SYS_fstat,
  SYS_fsync,
  SYS_ftruncate,
  SYS_getdirentries,
  SYS_getdtablesize,
  SYS_getegid,
  SYS_geteuid,
  SYS_getgid,
  SYS_getitimer,
  SYS_getpgid,
  SYS_getpgrp,
  SYS_getpid,
  SYS_getppid,
  SYS_getpriority,
  SYS_getrlimit,
  SYS_getrusage,
  SYS_getsid,
  SYS_gettimeofday,
  SYS_getuid,
  SYS_ioctl,
  SYS_issetugid,
  SYS_lseek,
  SYS_lstat,
  SYS_madvise,
  SYS_mincore,
  SYS_minherit,
  SYS_mkdir,
  SYS_mknod,
  SYS_mlock,
  SYS_mmap,
  SYS_mprotect,
  SYS_msync,
  SYS_munlock,
  SYS_munmap,
  SYS_open,
  SYS_pipe,
  SYS_read,
  SYS_readv,
  SYS_rename,
  SYS_rmdir,
  SYS_sbrk,
  SYS_sched_yield,
  SYS_setitimer,
  SYS_setpgid,
  SYS_setpriority,
  SYS_setsid,
  SYS_setuid,
  SYS_sigaction,
  SYS_sigaltstack,
  SYS_sigpending,
  SYS_sigprocmask,
  SYS_stat,
  SYS_swapon,
  SYS_sync,
  SYS_truncate,
  SYS_umask,
  SYS_unlink,
  SYS_wait4,
  SYS_write,
  SYS_writev,
} from '../../../../kernel/src/sys/syscall.h.js';
import type { itimerval } from '../../../../kernel/src/sys/time.h.js';
import { ITIMER_REAL } from '../../../../kernel/src/sys/time.h.js';
import type { sigset_t } from '../../../../kernel/src/sys/types.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { sigemptyset } from '../../lib/libc/gen/sigsetops.js';
import { bzero } from '../../lib/libc/string/memset.js';
import { _exit, close, setitimer, setuid, sigaction, sigprocmask } from '../../lib/libc/sys/syscalls.js';
import { fill_pages } from '../../lib/libload/pattern.js';
import { complain, map_at, reap, rnd, spawn, verify } from './stress.js';

const CALLS_AT: u32 = 0x50000000;

function do_read(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_read);
}
function do_write(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_write);
}
function do_open(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_open);
}
function do_close(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_close);
}
function do_wait4(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_wait4);
}
function do_unlink(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_unlink);
}
function do_chdir(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_chdir);
}
function do_fchdir(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_fchdir);
}
function do_mknod(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mknod);
}
function do_chmod(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_chmod);
}
function do_break(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_break);
}
function do_getpid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getpid);
}
function do_setuid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_setuid);
}
function do_getuid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getuid);
}
function do_geteuid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_geteuid);
}
function do_access(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_access);
}
function do_sync(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sync);
}
function do_getppid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getppid);
}
function do_dup(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_dup);
}
function do_pipe(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_pipe);
}
function do_getegid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getegid);
}
function do_getgid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getgid);
}
function do_sigaltstack(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sigaltstack);
}
function do_ioctl(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_ioctl);
}
function do_execve(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_execve);
}
function do_umask(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_umask);
}
function do_msync(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_msync);
}
function do_sbrk(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sbrk);
}
function do_munmap(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_munmap);
}
function do_mprotect(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mprotect);
}
function do_madvise(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_madvise);
}
function do_mincore(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mincore);
}
function do_getpgrp(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getpgrp);
}
function do_setpgid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_setpgid);
}
function do_setitimer(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_setitimer);
}
function do_swapon(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_swapon);
}
function do_getitimer(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getitimer);
}
function do_getdtablesize(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getdtablesize);
}
function do_dup2(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_dup2);
}
function do_fcntl(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_fcntl);
}
function do_fsync(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_fsync);
}
function do_setpriority(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_setpriority);
}
function do_getpriority(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getpriority);
}
function do_gettimeofday(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_gettimeofday);
}
function do_getrusage(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getrusage);
}
function do_readv(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_readv);
}
function do_writev(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_writev);
}
function do_rename(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_rename);
}
function do_mkdir(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mkdir);
}
function do_rmdir(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_rmdir);
}
function do_setsid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_setsid);
}
function do_stat(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_stat);
}
function do_fstat(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_fstat);
}
function do_lstat(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_lstat);
}
function do_getrlimit(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getrlimit);
}
function do_getdirentries(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getdirentries);
}
function do_mmap(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mmap);
}
function do_lseek(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_lseek);
}
function do_truncate(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_truncate);
}
function do_ftruncate(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_ftruncate);
}
function do___sysctl(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS___sysctl);
}
function do_mlock(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_mlock);
}
function do_munlock(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_munlock);
}
function do_getpgid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getpgid);
}
function do_clock_gettime(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_clock_gettime);
}
function do_minherit(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_minherit);
}
function do_issetugid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_issetugid);
}
function do_getsid(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_getsid);
}
function do_sched_yield(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sched_yield);
}
function do_sigprocmask(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sigprocmask);
}
function do_sigaction(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sigaction);
}
function do_sigpending(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int {
  return $syscall(SYS_sigpending);
}

const NCALLS = 72;
let any_call: array<(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32) => int, 72> = $init([
  do_read,
  do_write,
  do_open,
  do_close,
  do_wait4,
  do_unlink,
  do_chdir,
  do_fchdir,
  do_mknod,
  do_chmod,
  do_break,
  do_getpid,
  do_setuid,
  do_getuid,
  do_geteuid,
  do_access,
  do_sync,
  do_getppid,
  do_dup,
  do_pipe,
  do_getegid,
  do_getgid,
  do_sigaltstack,
  do_ioctl,
  do_execve,
  do_umask,
  do_msync,
  do_sbrk,
  do_munmap,
  do_mprotect,
  do_madvise,
  do_mincore,
  do_getpgrp,
  do_setpgid,
  do_setitimer,
  do_swapon,
  do_getitimer,
  do_getdtablesize,
  do_dup2,
  do_fcntl,
  do_fsync,
  do_setpriority,
  do_getpriority,
  do_gettimeofday,
  do_getrusage,
  do_readv,
  do_writev,
  do_rename,
  do_mkdir,
  do_rmdir,
  do_setsid,
  do_stat,
  do_fstat,
  do_lstat,
  do_getrlimit,
  do_getdirentries,
  do_mmap,
  do_lseek,
  do_truncate,
  do_ftruncate,
  do___sysctl,
  do_mlock,
  do_munlock,
  do_getpgid,
  do_clock_gettime,
  do_minherit,
  do_issetugid,
  do_getsid,
  do_sched_yield,
  do_sigprocmask,
  do_sigaction,
  do_sigpending,
]);

/** What arguments may be: small, wild, addresses that are there, at the edges of pages, in the kernel. */
function any_word(): u32 {
  switch (rnd(8)) {
    case 0:
      return rnd(4);
    case 1:
      return rnd(70);
    case 2:
      return CALLS_AT + rnd(8 * PAGE_SIZE);
    case 3:
      return CALLS_AT + rnd(9) * PAGE_SIZE - rnd(3);
    case 4:
      return 0xc0000000 + rnd(1 << 28);
    case 5:
      return 0xffffffff - rnd(5);
    case 6:
      return 1 << $i32(rnd(32));
    default:
      return rnd(0x7fffffff);
  }
}

let alarms: u32 = 0;
function on_alarm(sig: int): void {
  alarms++;
}

/** A process without privileges that makes calls until it dies of one. */
function caller(count: u32): never {
  const it = $local<itimerval>();
  const none = $var<sigset_t>();
  const act = $local<sigaction_t>();
  sigemptyset(none);
  /* Not by signal(3), with which a call that is interrupted begins again. */
  bzero($addr(act), $sizeof<sigaction_t>());
  act.sa_handler = $addr(on_alarm);
  map_at(CALLS_AT, 8, 0);
  for (let i: u32 = 0; i < 8; i++) fill_pages(CALLS_AT + i * PAGE_SIZE, 1, rnd(1000));
  bzero($addr(it), $sizeof<itimerval>());
  if (setuid(65534) !== 0) complain('setuid: %d', errno);
  for (let n: u32 = 0; n < count; n++) {
    /* Who waits for something that never comes is woken, whatever signals he has blocked. */
    sigprocmask(SIG_SETMASK, none, null);
    it.it_value.tv_sec = 1;
    setitimer(ITIMER_REAL, it, null);
    sigaction(SIGALRM, act, null);
    any_call[rnd(NCALLS)](any_word(), any_word(), any_word(), any_word(), any_word(), any_word());
  }
  _exit(0);
}

export function calls(steps: u32): void {
  const each: u32 = 25;
  const mine: u32 = 0x54000000;
  map_at(mine, 8, 0);
  for (let i: u32 = 0; i < 8; i++) fill_pages(mine + i * PAGE_SIZE, 1, i + 5);
  for (let n: u32 = 0; n < steps; n += each) {
    const pid = spawn(n);
    if (pid < 0) err(1, 'fork');
    if (pid === 0) {
      /* Neither the console nor the files of others. */
      close(0);
      close(1);
      close(2);
      caller(each);
    }
    rnd(2);
    reap(pid, true);
    for (let i: u32 = 0; i < 8; i++) verify(mine + i * PAGE_SIZE, mine + i * PAGE_SIZE, i + 5);
  }
}
