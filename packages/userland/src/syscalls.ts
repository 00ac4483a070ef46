/** System call numbers of FreeBSD (sys/syscall.h). */
export const SYS = {
  exit: 1,
  fork: 2,
  read: 3,
  write: 4,
  open: 5,
  close: 6,
  wait4: 7,
  link: 9,
  unlink: 10,
  chdir: 12,
  fchdir: 13,
  mknod: 14,
  break: 17,
  getpid: 20,
  getuid: 24,
  access: 33,
  sync: 36,
  kill: 37,
  getppid: 39,
  dup: 41,
  pipe: 42,
  ioctl: 54,
  reboot: 55,
  execve: 59,
  msync: 65,
  vfork: 66,
  munmap: 73,
  mprotect: 74,
  madvise: 75,
  mincore: 78,
  setitimer: 83,
  swapon: 85,
  dup2: 90,
  fcntl: 92,
  fsync: 95,
  setpriority: 96,
  getpriority: 100,
  gettimeofday: 116,
  getrusage: 117,
  mkdir: 136,
  rmdir: 137,
  setpgid: 82,
  stat: 188,
  fstat: 189,
  getrlimit: 194,
  setrlimit: 195,
  getdirentries: 196,
  mmap: 197,
  lseek: 199,
  truncate: 200,
  ftruncate: 201,
  __sysctl: 202,
  mlock: 203,
  munlock: 204,
  nanosleep: 240,
  minherit: 250,
  rfork: 251,
  sigprocmask: 340,
  sigsuspend: 341,
  sigaction: 342,
  sigpending: 343,
  sigreturn: 344,
  chmod: 15,
  setuid: 23,
  geteuid: 25,
  getegid: 43,
  getgid: 47,
  sigaltstack: 53,
  umask: 60,
  getpgrp: 81,
  getitimer: 86,
  getdtablesize: 89,
  readv: 120,
  writev: 121,
  rename: 128,
  setsid: 147,
  lstat: 190,
  getpgid: 207,
  clock_gettime: 232,
  sched_yield: 331,
} as const;

/** errno texts (strerror(3)). */
export const ERRORS: Record<number, string> = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  3: 'No such process',
  4: 'Interrupted system call',
  5: 'Input/output error',
  6: 'Device not configured',
  7: 'Argument list too long',
  8: 'Exec format error',
  9: 'Bad file descriptor',
  10: 'No child processes',
  11: 'Resource deadlock avoided',
  12: 'Cannot allocate memory',
  13: 'Permission denied',
  14: 'Bad address',
  16: 'Device busy',
  17: 'File exists',
  18: 'Cross-device link',
  19: 'Operation not supported by device',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  23: 'Too many open files in system',
  24: 'Too many open files',
  25: 'Inappropriate ioctl for device',
  26: 'Text file busy',
  27: 'File too large',
  28: 'No space left on device',
  29: 'Illegal seek',
  30: 'Read-only file system',
  31: 'Too many links',
  32: 'Broken pipe',
  33: 'Numerical argument out of domain',
  34: 'Result too large',
  35: 'Resource temporarily unavailable',
  45: 'Operation not supported',
  63: 'File name too long',
  66: 'Directory not empty',
  67: 'Too many processes',
  78: 'Function not implemented',
};

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_APPEND = 8;
export const O_CREAT = 0x200;
export const O_TRUNC = 0x400;
export const ENOENT = 2;
export const EINTR = 4;
export const EEXIST = 17;
export const ENXIO = 6;
export const ENOEXEC = 8;
export const ECHILD = 10;
export const ENOMEM = 12;

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANON = 0x1000;

/** reboot(2) */
export const RB_AUTOBOOT = 0;
export const RB_NOSYNC = 4;
export const RB_HALT = 8;
/** wait4(2) */
export const WNOHANG = 1;
export const WUNTRACED = 2;
