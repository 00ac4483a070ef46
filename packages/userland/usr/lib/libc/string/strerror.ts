/**
 * strerror(3): what an error number means. The texts are those of BSD's sys_errlist, for the numbers that the kernel's
 * errno.h has.
 */
import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  ECHILD,
  EDEADLK,
  EDOM,
  EEXIST,
  EFAULT,
  EFBIG,
  EINTR,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  EMFILE,
  EMLINK,
  ENAMETOOLONG,
  ENFILE,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  ENOTBLK,
  ENOTDIR,
  ENOTEMPTY,
  ENOTTY,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  EPROCLIM,
  ERANGE,
  EROFS,
  ESPIPE,
  ESRCH,
  ETXTBSY,
  EXDEV,
} from '../../../../../kernel/src/sys/errno.h.js';
import { snprintf } from '../stdio/printf.js';

/**
 * @lock c constant
 */
interface _errtext extends struct {
  num: int; // (c) errno
  text: str; // (c) what it means
}

let _sys_errlist: array<embed<_errtext>, 45> = $init([
  { num: 0, text: 'Undefined error: 0' },
  { num: EPERM, text: 'Operation not permitted' },
  { num: ENOENT, text: 'No such file or directory' },
  { num: ESRCH, text: 'No such process' },
  { num: EINTR, text: 'Interrupted system call' },
  { num: EIO, text: 'Input/output error' },
  { num: ENXIO, text: 'Device not configured' },
  { num: E2BIG, text: 'Argument list too long' },
  { num: ENOEXEC, text: 'Exec format error' },
  { num: EBADF, text: 'Bad file descriptor' },
  { num: ECHILD, text: 'No child processes' },
  { num: EDEADLK, text: 'Resource deadlock avoided' },
  { num: ENOMEM, text: 'Cannot allocate memory' },
  { num: EACCES, text: 'Permission denied' },
  { num: EFAULT, text: 'Bad address' },
  { num: ENOTBLK, text: 'Block device required' },
  { num: EBUSY, text: 'Device busy' },
  { num: EEXIST, text: 'File exists' },
  { num: EXDEV, text: 'Cross-device link' },
  { num: ENODEV, text: 'Operation not supported by device' },
  { num: ENOTDIR, text: 'Not a directory' },
  { num: EISDIR, text: 'Is a directory' },
  { num: EINVAL, text: 'Invalid argument' },
  { num: ENFILE, text: 'Too many open files in system' },
  { num: EMFILE, text: 'Too many open files' },
  { num: ENOTTY, text: 'Inappropriate ioctl for device' },
  { num: ETXTBSY, text: 'Text file busy' },
  { num: EFBIG, text: 'File too large' },
  { num: ENOSPC, text: 'No space left on device' },
  { num: ESPIPE, text: 'Illegal seek' },
  { num: EROFS, text: 'Read-only file system' },
  { num: EMLINK, text: 'Too many links' },
  { num: EPIPE, text: 'Broken pipe' },
  { num: EDOM, text: 'Numerical argument out of domain' },
  { num: ERANGE, text: 'Result too large' },
  { num: EAGAIN, text: 'Resource temporarily unavailable' },
  { num: EOPNOTSUPP, text: 'Operation not supported' },
  { num: ELOOP, text: 'Too many levels of symbolic links' },
  { num: ENAMETOOLONG, text: 'File name too long' },
  { num: ENOTEMPTY, text: 'Directory not empty' },
  { num: EPROCLIM, text: 'Too many processes' },
  { num: ENOSYS, text: 'Function not implemented' },
]);

let _ebuf: array<char, 40>;

export function strerror(errnum: int): str {
  const n = $i32($sizeof<array<embed<_errtext>, 45>>() / $sizeof<_errtext>());
  for (let i = 0; i < n; i++) {
    const e = _sys_errlist[i];
    if (e.num === errnum && e.text !== null) return e.text;
  }
  snprintf(_ebuf, 40, 'Unknown error: %d', errnum);
  return _ebuf;
}
