/**
 * The system calls (section 2 of the manual): each is a function whose body enters the kernel with its own arguments. A
 * `u32` that BSD declares as `void *` is an address of any kind: give `$addr(p)`.
 */
import type { iovec } from '../../../../../kernel/src/sys/_iovec.h.js';
import type { rlimit, rusage } from '../../../../../kernel/src/sys/resource.h.js';
import type { sigaction_t } from '../../../../../kernel/src/sys/signal.h.js';
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
  SYS_exit,
  SYS_fchdir,
  SYS_fcntl,
  SYS_fork,
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
  SYS_kill,
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
  SYS_nanosleep,
  SYS_open,
  SYS_pipe,
  SYS_read,
  SYS_readv,
  SYS_reboot,
  SYS_rename,
  SYS_rfork,
  SYS_rmdir,
  SYS_sched_yield,
  SYS_setitimer,
  SYS_setpgid,
  SYS_setpriority,
  SYS_setrlimit,
  SYS_setsid,
  SYS_setuid,
  SYS_sigaction,
  SYS_sigaltstack,
  SYS_sigpending,
  SYS_sigprocmask,
  SYS_sigreturn,
  SYS_sigsuspend,
  SYS_stat,
  SYS_swapon,
  SYS_sync,
  SYS_truncate,
  SYS_umask,
  SYS_unlink,
  SYS_vfork,
  SYS_wait4,
  SYS_write,
  SYS_writev,
} from '../../../../../kernel/src/sys/syscall.h.js';
import type { itimerval, timespec, timeval } from '../../../../../kernel/src/sys/time.h.js';
import type { dev_t, off_t, pid_t, sigset_t, uid_t } from '../../../../../kernel/src/sys/types.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';

/** The number of the last error, left alone by calls that succeed. */
export let errno: int = 0;

export function _exit(status: int): never {
  for (;;) $syscall(SYS_exit);
}
export function fork(): int {
  return $syscall(SYS_fork);
}
/** The child borrows its parent's memory, this stack included, until it executes a program or exits. */
export function vfork(): int {
  return $vfork(SYS_vfork);
}
export function rfork(flags: int): int {
  return $syscall(SYS_rfork);
}
export function read(d: int, buf: u32, nbytes: u32): int {
  return $syscall(SYS_read);
}
export function write(d: int, buf: u32, nbytes: u32): int {
  return $syscall(SYS_write);
}
export function readv(d: int, iov: iovec, iovcnt: int): int {
  return $syscall(SYS_readv);
}
export function writev(d: int, iov: iovec, iovcnt: int): int {
  return $syscall(SYS_writev);
}
/** The mode follows the flags if these have O_CREAT. */
export function open(path: str, flags: int, ...args: va_list): int {
  return $syscall(SYS_open);
}
export function close(d: int): int {
  return $syscall(SYS_close);
}
export function wait4(wpid: pid_t, status: ptr<int>, options: int, usage: rusage): pid_t {
  return $syscall(SYS_wait4);
}
export function unlink(path: str): int {
  return $syscall(SYS_unlink);
}
export function chdir(path: str): int {
  return $syscall(SYS_chdir);
}
export function fchdir(fd: int): int {
  return $syscall(SYS_fchdir);
}
export function mknod(path: str, mode: int, dev: dev_t): int {
  return $syscall(SYS_mknod);
}
export function chmod(path: str, mode: int): int {
  return $syscall(SYS_chmod);
}
export function getpid(): pid_t {
  return $syscall(SYS_getpid);
}
export function getppid(): pid_t {
  return $syscall(SYS_getppid);
}
export function setuid(uid: uid_t): int {
  return $syscall(SYS_setuid);
}
export function getuid(): uid_t {
  return $syscall(SYS_getuid);
}
export function geteuid(): uid_t {
  return $syscall(SYS_geteuid);
}
export function getgid(): uid_t {
  return $syscall(SYS_getgid);
}
export function getegid(): uid_t {
  return $syscall(SYS_getegid);
}
export function issetugid(): int {
  return $syscall(SYS_issetugid);
}
export function access(path: str, mode: int): int {
  return $syscall(SYS_access);
}
/** Always 0. */
export function sync(): int {
  return $syscall(SYS_sync);
}
export function kill(pid: pid_t, sig: int): int {
  return $syscall(SYS_kill);
}
export function dup(oldd: int): int {
  return $syscall(SYS_dup);
}
export function dup2(oldd: int, newd: int): int {
  return $syscall(SYS_dup2);
}
/** fildes[0] is for reading, fildes[1] for writing. */
export function pipe(fildes: ptr<int>): int {
  const rd = $syscall(SYS_pipe);
  if (rd === -1) return -1;
  fildes[1] = $edx();
  fildes[0] = rd;
  return 0;
}
export function sigaltstack(ss: u32, oss: u32): int {
  return $syscall(SYS_sigaltstack);
}
/** The argument is the address of what the request reads or writes. */
export function ioctl(d: int, request: u32, argp: u32): int {
  return $syscall(SYS_ioctl);
}
export function reboot(howto: int): int {
  return $syscall(SYS_reboot);
}
export function execve(path: str, argv: ptr<str>, envp: ptr<str>): int {
  return $syscall(SYS_execve);
}
export function umask(numask: int): int {
  return $syscall(SYS_umask);
}
export function msync(addr: u32, len: u32, flags: int): int {
  return $syscall(SYS_msync);
}
export function munmap(addr: u32, len: u32): int {
  return $syscall(SYS_munmap);
}
export function mprotect(addr: u32, len: u32, prot: int): int {
  return $syscall(SYS_mprotect);
}
export function madvise(addr: u32, len: u32, behav: int): int {
  return $syscall(SYS_madvise);
}
export function mincore(addr: u32, len: u32, vec: str): int {
  return $syscall(SYS_mincore);
}
export function minherit(addr: u32, len: u32, inherit: int): int {
  return $syscall(SYS_minherit);
}
export function mlock(addr: u32, len: u32): int {
  return $syscall(SYS_mlock);
}
export function munlock(addr: u32, len: u32): int {
  return $syscall(SYS_munlock);
}
export function getpgrp(): pid_t {
  return $syscall(SYS_getpgrp);
}
export function getpgid(pid: pid_t): pid_t {
  return $syscall(SYS_getpgid);
}
export function setpgid(pid: pid_t, pgrp: pid_t): int {
  return $syscall(SYS_setpgid);
}
export function setsid(): pid_t {
  return $syscall(SYS_setsid);
}
export function getsid(pid: pid_t): pid_t {
  return $syscall(SYS_getsid);
}
export function setitimer(which: int, value: itimerval, ovalue: itimerval): int {
  return $syscall(SYS_setitimer);
}
export function getitimer(which: int, value: itimerval): int {
  return $syscall(SYS_getitimer);
}
export function swapon(special: str): int {
  return $syscall(SYS_swapon);
}
export function getdtablesize(): int {
  return $syscall(SYS_getdtablesize);
}
export function fcntl(fd: int, cmd: int, ...args: va_list): int {
  return $syscall(SYS_fcntl);
}
export function fsync(fd: int): int {
  return $syscall(SYS_fsync);
}
export function setpriority(which: int, who: int, prio: int): int {
  return $syscall(SYS_setpriority);
}
/** -1 may be a priority: set errno to 0 before and look at it. */
export function getpriority(which: int, who: int): int {
  return $syscall(SYS_getpriority);
}
/** The time zone is not kept by the kernel: `tzp` is 0. */
export function gettimeofday(tp: timeval, tzp: u32): int {
  return $syscall(SYS_gettimeofday);
}
export function clock_gettime(clock_id: int, tp: timespec): int {
  return $syscall(SYS_clock_gettime);
}
export function nanosleep(rqtp: timespec, rmtp: timespec): int {
  return $syscall(SYS_nanosleep);
}
export function getrusage(who: int, usage: rusage): int {
  return $syscall(SYS_getrusage);
}
export function getrlimit(resource: int, rlp: rlimit): int {
  return $syscall(SYS_getrlimit);
}
export function setrlimit(resource: int, rlp: rlimit): int {
  return $syscall(SYS_setrlimit);
}
export function rename(from: str, to: str): int {
  return $syscall(SYS_rename);
}
export function mkdir(path: str, mode: int): int {
  return $syscall(SYS_mkdir);
}
export function rmdir(path: str): int {
  return $syscall(SYS_rmdir);
}
export function stat(path: str, sb: struct_stat): int {
  return $syscall(SYS_stat);
}
export function fstat(fd: int, sb: struct_stat): int {
  return $syscall(SYS_fstat);
}
export function lstat(path: str, sb: struct_stat): int {
  return $syscall(SYS_lstat);
}
export function getdirentries(fd: int, buf: u32, nbytes: int, basep: ptr<int>): int {
  return $syscall(SYS_getdirentries);
}
export function sched_yield(): int {
  return $syscall(SYS_sched_yield);
}
export function sigaction(sig: int, act: sigaction_t, oact: sigaction_t): int {
  return $syscall(SYS_sigaction);
}
export function sigprocmask(how: int, set: ptr<sigset_t>, oset: ptr<sigset_t>): int {
  return $syscall(SYS_sigprocmask);
}
export function sigsuspend(sigmask: ptr<sigset_t>): int {
  return $syscall(SYS_sigsuspend);
}
export function sigpending(set: ptr<sigset_t>): int {
  return $syscall(SYS_sigpending);
}
/** Goes back to what a signal interrupted: `ucp` is the context that the handler was given. */
export function sigreturn(ucp: u32): int {
  return $syscall(SYS_sigreturn);
}
export function __sysctl(
  name: ptr<int>,
  namelen: u_int,
  oldp: u32,
  oldlenp: ptr<u32>,
  newp: u32,
  newlen: u32,
): int {
  return $syscall(SYS___sysctl);
}
/** The end of the data segment; brk(2) and sbrk(2) are made of it. */
export function __break(nsize: u32): int {
  return $syscall(SYS_break);
}

/* Where an off_t is an argument the kernel wants a word of padding before it. */

export function __lseek(fd: int, pad: int, offset: off_t, whence: int): off_t {
  return $syscall64(SYS_lseek);
}
export function __truncate(path: str, pad: int, length: off_t): int {
  return $syscall(SYS_truncate);
}
export function __ftruncate(fd: int, pad: int, length: off_t): int {
  return $syscall(SYS_ftruncate);
}
export function __mmap(addr: u32, len: u32, prot: int, flags: int, fd: int, pad: int, offset: off_t): int {
  return $syscall(SYS_mmap);
}
