/**
 * Arguments of the system calls (sys/sysproto.h): the words that syscall() copied in from the program's
 * stack, in order. Addresses of the program are u32. A 64-bit argument takes two words and has a word of
 * padding before it (`pad`) where the call has one, as the i386 interface of __syscall has.
 */
import type { off_t, pid_t, uid_t } from './types.h.js';

/**
 * exit(2).
 * @lock k the calling process
 */
export interface exit_args extends struct {
  rval: int; // (k)
}

/**
 * read(2).
 * @lock k the calling process
 */
export interface read_args extends struct {
  fd: int; // (k)
  buf: u32; // (k)
  nbyte: u32; // (k)
}

/**
 * write(2).
 * @lock k the calling process
 */
export interface write_args extends struct {
  fd: int; // (k)
  buf: u32; // (k)
  nbyte: u32; // (k)
}

/**
 * open(2).
 * @lock k the calling process
 */
export interface open_args extends struct {
  path: u32; // (k)
  flags: int; // (k)
  mode: int; // (k)
}

/**
 * close(2).
 * @lock k the calling process
 */
export interface close_args extends struct {
  fd: int; // (k)
}

/**
 * wait4(2).
 * @lock k the calling process
 */
export interface wait_args extends struct {
  pid: pid_t; // (k)
  status: u32; // (k)
  options: int; // (k)
  rusage: u32; // (k)
}

/**
 * link(2).
 * @lock k the calling process
 */
export interface link_args extends struct {
  path: u32; // (k)
  link: u32; // (k)
}

/**
 * unlink(2).
 * @lock k the calling process
 */
export interface unlink_args extends struct {
  path: u32; // (k)
}

/**
 * chdir(2).
 * @lock k the calling process
 */
export interface chdir_args extends struct {
  path: u32; // (k)
}

/**
 * fchdir(2).
 * @lock k the calling process
 */
export interface fchdir_args extends struct {
  fd: int; // (k)
}

/**
 * mknod(2).
 * @lock k the calling process
 */
export interface mknod_args extends struct {
  path: u32; // (k)
  mode: int; // (k)
  dev: int; // (k)
}

/**
 * chmod(2).
 * @lock k the calling process
 */
export interface chmod_args extends struct {
  path: u32; // (k)
  mode: int; // (k)
}

/**
 * break (obreak)(2).
 * @lock k the calling process
 */
export interface obreak_args extends struct {
  nsize: u32; // (k)
}

/**
 * setuid(2).
 * @lock k the calling process
 */
export interface setuid_args extends struct {
  uid: uid_t; // (k)
}

/**
 * access(2).
 * @lock k the calling process
 */
export interface access_args extends struct {
  path: u32; // (k)
  flags: int; // (k)
}

/**
 * kill(2).
 * @lock k the calling process
 */
export interface kill_args extends struct {
  pid: pid_t; // (k)
  signum: int; // (k)
}

/**
 * dup(2).
 * @lock k the calling process
 */
export interface dup_args extends struct {
  fd: u_int; // (k)
}

/**
 * pipe(2).
 * @lock k the calling process
 */
export interface pipe_args extends struct {
  fds: u32; // (k)
}

/**
 * ioctl(2).
 * @lock k the calling process
 */
export interface ioctl_args extends struct {
  fd: int; // (k)
  com: u32; // (k)
  data: u32; // (k)
}

/**
 * reboot(2).
 * @lock k the calling process
 */
export interface reboot_args extends struct {
  opt: int; // (k)
}

/**
 * execve(2).
 * @lock k the calling process
 */
export interface execve_args extends struct {
  fname: u32; // (k)
  argv: u32; // (k)
  envv: u32; // (k)
}

/**
 * umask(2).
 * @lock k the calling process
 */
export interface umask_args extends struct {
  newmask: int; // (k)
}

/**
 * msync(2).
 * @lock k the calling process
 */
export interface msync_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  flags: int; // (k)
}

/**
 * sbrk(2).
 * @lock k the calling process
 */
export interface sbrk_args extends struct {
  incr: int; // (k)
}

/**
 * munmap(2).
 * @lock k the calling process
 */
export interface munmap_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
}

/**
 * mprotect(2).
 * @lock k the calling process
 */
export interface mprotect_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  prot: int; // (k)
}

/**
 * madvise(2).
 * @lock k the calling process
 */
export interface madvise_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  behav: int; // (k)
}

/**
 * mincore(2).
 * @lock k the calling process
 */
export interface mincore_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  vec: u32; // (k)
}

/**
 * setpgid(2).
 * @lock k the calling process
 */
export interface setpgid_args extends struct {
  pid: pid_t; // (k)
  pgid: pid_t; // (k)
}

/**
 * setitimer(2).
 * @lock k the calling process
 */
export interface setitimer_args extends struct {
  which: u_int; // (k)
  itv: u32; // (k)
  oitv: u32; // (k)
}

/**
 * getitimer(2).
 * @lock k the calling process
 */
export interface getitimer_args extends struct {
  which: u_int; // (k)
  itv: u32; // (k)
}

/**
 * swapon(2).
 * @lock k the calling process
 */
export interface swapon_args extends struct {
  name: u32; // (k)
}

/**
 * dup2(2).
 * @lock k the calling process
 */
export interface dup2_args extends struct {
  from: u_int; // (k)
  to: u_int; // (k)
}

/**
 * fcntl(2).
 * @lock k the calling process
 */
export interface fcntl_args extends struct {
  fd: int; // (k)
  cmd: int; // (k)
  arg: int; // (k)
}

/**
 * fsync(2).
 * @lock k the calling process
 */
export interface fsync_args extends struct {
  fd: int; // (k)
}

/**
 * setpriority(2).
 * @lock k the calling process
 */
export interface setpriority_args extends struct {
  which: int; // (k)
  who: int; // (k)
  prio: int; // (k)
}

/**
 * getpriority(2).
 * @lock k the calling process
 */
export interface getpriority_args extends struct {
  which: int; // (k)
  who: int; // (k)
}

/**
 * gettimeofday(2).
 * @lock k the calling process
 */
export interface gettimeofday_args extends struct {
  tp: u32; // (k)
  tzp: u32; // (k)
}

/**
 * getrusage(2).
 * @lock k the calling process
 */
export interface getrusage_args extends struct {
  who: int; // (k)
  rusage: u32; // (k)
}

/**
 * readv(2).
 * @lock k the calling process
 */
export interface readv_args extends struct {
  fd: int; // (k)
  iovp: u32; // (k)
  iovcnt: u_int; // (k)
}

/**
 * writev(2).
 * @lock k the calling process
 */
export interface writev_args extends struct {
  fd: int; // (k)
  iovp: u32; // (k)
  iovcnt: u_int; // (k)
}

/**
 * rename(2).
 * @lock k the calling process
 */
export interface rename_args extends struct {
  from: u32; // (k)
  to: u32; // (k)
}

/**
 * mkdir(2).
 * @lock k the calling process
 */
export interface mkdir_args extends struct {
  path: u32; // (k)
  mode: int; // (k)
}

/**
 * rmdir(2).
 * @lock k the calling process
 */
export interface rmdir_args extends struct {
  path: u32; // (k)
}

/**
 * stat(2).
 * @lock k the calling process
 */
export interface stat_args extends struct {
  path: u32; // (k)
  ub: u32; // (k)
}

/**
 * fstat(2).
 * @lock k the calling process
 */
export interface fstat_args extends struct {
  fd: int; // (k)
  sb: u32; // (k)
}

/**
 * lstat(2).
 * @lock k the calling process
 */
export interface lstat_args extends struct {
  path: u32; // (k)
  ub: u32; // (k)
}

/**
 * getrlimit, setrlimit(2).
 * @lock k the calling process
 */
export interface getrlimit_args extends struct {
  which: u_int; // (k)
  rlp: u32; // (k)
}

/**
 * getdirentries(2).
 * @lock k the calling process
 */
export interface getdirentries_args extends struct {
  fd: int; // (k)
  buf: u32; // (k)
  count: u_int; // (k)
  basep: u32; // (k)
}

/**
 * mmap(2).
 * @lock k the calling process
 */
export interface mmap_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  prot: int; // (k)
  flags: int; // (k)
  fd: int; // (k)
  pad: int; // (k)
  pos: off_t; // (k)
}

/**
 * lseek(2).
 * @lock k the calling process
 */
export interface lseek_args extends struct {
  fd: int; // (k)
  pad: int; // (k)
  offset: off_t; // (k)
  whence: int; // (k)
}

/**
 * truncate(2).
 * @lock k the calling process
 */
export interface truncate_args extends struct {
  path: u32; // (k)
  pad: int; // (k)
  length: off_t; // (k)
}

/**
 * ftruncate(2).
 * @lock k the calling process
 */
export interface ftruncate_args extends struct {
  fd: int; // (k)
  pad: int; // (k)
  length: off_t; // (k)
}

/**
 * __sysctl(2).
 * @lock k the calling process
 */
export interface sysctl_args extends struct {
  name: u32; // (k)
  namelen: u_int; // (k)
  old: u32; // (k)
  oldlenp: u32; // (k)
  newp: u32; // (k)
  newlen: u32; // (k)
}

/**
 * mlock(2).
 * @lock k the calling process
 */
export interface mlock_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
}

/**
 * munlock(2).
 * @lock k the calling process
 */
export interface munlock_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
}

/**
 * getpgid, getsid(2).
 * @lock k the calling process
 */
export interface getpgid_args extends struct {
  pid: pid_t; // (k)
}

/**
 * clock_gettime, clock_getres(2).
 * @lock k the calling process
 */
export interface clock_gettime_args extends struct {
  clock_id: int; // (k)
  tp: u32; // (k)
}

/**
 * nanosleep(2).
 * @lock k the calling process
 */
export interface nanosleep_args extends struct {
  rqtp: u32; // (k)
  rmtp: u32; // (k)
}

/**
 * minherit(2).
 * @lock k the calling process
 */
export interface minherit_args extends struct {
  addr: u32; // (k)
  len: u32; // (k)
  inherit: int; // (k)
}

/**
 * rfork(2).
 * @lock k the calling process
 */
export interface rfork_args extends struct {
  flags: int; // (k)
}

/**
 * sigprocmask(2).
 * @lock k the calling process
 */
export interface sigprocmask_args extends struct {
  how: int; // (k)
  set: u32; // (k)
  oset: u32; // (k)
}

/**
 * sigsuspend(2).
 * @lock k the calling process
 */
export interface sigsuspend_args extends struct {
  sigmask: u32; // (k)
}

/**
 * sigaction(2).
 * @lock k the calling process
 */
export interface sigaction_args extends struct {
  sig: int; // (k)
  act: u32; // (k)
  oact: u32; // (k)
}

/**
 * sigpending(2).
 * @lock k the calling process
 */
export interface sigpending_args extends struct {
  set: u32; // (k)
}

/**
 * sigreturn(2).
 * @lock k the calling process
 */
export interface sigreturn_args extends struct {
  sigcntxp: u32; // (k)
}

/**
 * sigaltstack(2).
 * @lock k the calling process
 */
export interface sigaltstack_args extends struct {
  ss: u32; // (k)
  oss: u32; // (k)
}

/**
 * mlockall(2).
 * @lock k the calling process
 */
export interface mlockall_args extends struct {
  how: int; // (k)
}
