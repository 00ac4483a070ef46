import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import {
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from '../../../../../kernel/src/sys/fcntl.h.js';
import { __SAPP, __SRD, __SRW, __SWR } from '../../../include/stdio.h.js';

/**
 * __sflags: what fopen's mode means (flags.c): the stream's flags, and open(2)'s in `optr`. 0 with EINVAL if it is no mode.
 */
export function __sflags(mode: str, optr: ptr<int>): int {
  let ret = __SRD;
  let m = O_RDONLY;
  let o = 0;
  if (mode[0] === $ch('w')) {
    ret = __SWR;
    m = O_WRONLY;
    o = O_CREAT | O_TRUNC;
  } else if (mode[0] === $ch('a')) {
    ret = __SWR | __SAPP;
    m = O_WRONLY;
    o = O_CREAT | O_APPEND;
  } else if (mode[0] !== $ch('r')) {
    errno = EINVAL;
    return 0;
  }
  if (mode[1] === $ch('+') || (mode[1] === $ch('b') && mode[2] === $ch('+'))) {
    ret = __SRW | (ret & __SAPP);
    m = O_RDWR;
  }
  optr[0] = m | o;
  return ret;
}
