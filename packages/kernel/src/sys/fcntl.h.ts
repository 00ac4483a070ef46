/** Flags of open and fcntl (sys/fcntl.h), modes of access and whence values (sys/unistd.h). */
export const O_RDONLY = 0x0000;
export const O_WRONLY = 0x0001;
export const O_RDWR = 0x0002;
export const O_ACCMODE = 0x0003;
export const O_NONBLOCK = 0x0004;
export const O_APPEND = 0x0008;
export const O_SHLOCK = 0x0010;
export const O_EXLOCK = 0x0020;
export const O_ASYNC = 0x0040;
export const O_FSYNC = 0x0080;
export const O_NOFOLLOW = 0x0100;
export const O_CREAT = 0x0200;
export const O_TRUNC = 0x0400;
export const O_EXCL = 0x0800;
export const O_NOCTTY = 0x8000;
export const O_DIRECTORY = 0x00020000;
/** The kernel's own form of the access mode: FREAD and FWRITE are bits. */
export const FREAD = 0x0001;
export const FWRITE = 0x0002;
/** f_flag bits that fcntl(F_SETFL) may change. */
export const FCNTLFLAGS = O_APPEND | O_ASYNC | O_FSYNC | O_NONBLOCK;
export const FAPPEND = O_APPEND;
export const FASYNC = O_ASYNC;
export const FNONBLOCK = O_NONBLOCK;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;

export const F_OK = 0;
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const L_SET = 0;
export const L_INCR = 1;
export const L_XTND = 2;

/** Locks: none. open(2) flags to f_flag: the access mode becomes FREAD and FWRITE bits. @inline */
export function FFLAGS(oflags: int): int {
  return oflags + 1;
}
/** Locks: none. f_flag to open(2) flags. @inline */
export function OFLAGS(fflags: int): int {
  return fflags - 1;
}
