/** fopen(3), fdopen(3) and freopen(3): null with errno if they cannot. */
import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import { F_GETFL, O_ACCMODE, O_RDWR, SEEK_END } from '../../../../../kernel/src/sys/fcntl.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { __SAPP, __SWR } from '../../../include/stdio.h.js';
import { DEFFILEMODE } from '../../../include/sys/stat.h.js';
import { lseek } from '../sys/offsets.js';
import { close, dup2, fcntl, open } from '../sys/syscalls.js';
import { fclose } from './fclose.js';
import { __sflush } from './fflush.js';
import { __sfp } from './findfp.js';
import { __sflags } from './flags.js';
import { __sfreebuf } from './makebuf.js';

export function fopen(path: str, mode: str): FILE {
  const oflags = $var<int>();
  const flags = __sflags(mode, oflags);
  if (flags === 0) return null;
  const fp = __sfp();
  if (fp === null) return null;
  const fd = open(path, oflags[0], DEFFILEMODE);
  if (fd < 0) return null;
  return __sattach(fp, fd, flags);
}

export function fdopen(fd: int, mode: str): FILE {
  const oflags = $var<int>();
  const flags = __sflags(mode, oflags);
  if (flags === 0) return null;
  const fdflags = fcntl(fd, F_GETFL, 0);
  if (fdflags < 0) return null;
  const have = fdflags & O_ACCMODE;
  if (have !== O_RDWR && have !== (oflags[0] & O_ACCMODE)) {
    errno = EINVAL;
    return null;
  }
  const fp = __sfp();
  return fp === null ? null : __sattach(fp, fd, flags);
}

/** Closes what `fp` was and makes it the file `path`, if possible with the same descriptor. */
export function freopen(path: str, mode: str, fp: FILE): FILE {
  const oflags = $var<int>();
  const flags = __sflags(mode, oflags);
  if (flags === 0) {
    fclose(fp);
    return null;
  }
  const wanted = fp._file;
  if (fp._flags & __SWR) __sflush(fp);
  __sfreebuf(fp);
  let fd = open(path, oflags[0], DEFFILEMODE);
  if (fd < 0) {
    fp._flags = 0;
    close(wanted);
    return null;
  }
  if (fd !== wanted && dup2(fd, wanted) >= 0) {
    close(fd);
    fd = wanted;
  }
  return __sattach(fp, fd, flags);
}

/** Makes a free FILE a stream over a descriptor. */
export function __sattach(fp: FILE, fd: int, flags: int): FILE {
  fp._p = 0;
  fp._r = 0;
  fp._w = 0;
  fp._bf = 0;
  fp._bfsize = 0;
  fp._file = fd;
  fp._flags = flags;
  if (flags & __SAPP) lseek(fd, 0, SEEK_END);
  return fp;
}
