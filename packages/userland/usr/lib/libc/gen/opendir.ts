/** opendir(3), readdir(3), rewinddir(3), closedir(3) */
import type { dirent } from '../../../../../kernel/src/sys/dirent.h.js';
import { ENOTDIR } from '../../../../../kernel/src/sys/errno.h.js';
import {
  FD_CLOEXEC,
  F_SETFD,
  O_NONBLOCK,
  O_RDONLY,
  SEEK_SET,
} from '../../../../../kernel/src/sys/fcntl.h.js';
import type { DIR } from '../../../include/dirent.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { S_ISDIR } from '../../../include/sys/stat.h.js';
import { free, malloc } from '../stdlib/malloc.js';
import { lseek } from '../sys/offsets.js';
import { close, fcntl, fstat, getdirentries, open } from '../sys/syscalls.js';

const _DIRBUF = 4096;

export function opendir(filename: str): DIR {
  const sb = $local<struct_stat>();
  const fd = open(filename, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return null;
  if (fstat(fd, sb) < 0 || !S_ISDIR(sb.st_mode)) {
    close(fd);
    errno = ENOTDIR;
    return null;
  }
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  const dirp = $cast<DIR>(malloc($sizeof<DIR>()));
  if (dirp === null) {
    close(fd);
    return null;
  }
  dirp.dd_fd = fd;
  dirp.dd_loc = 0;
  dirp.dd_size = 0;
  return dirp;
}

/** The next entry, good until the next call; null at the end or (errno) where it cannot be read. */
export function readdir(dirp: DIR): dirent {
  const base = $var<int>();
  for (;;) {
    if (dirp.dd_loc >= dirp.dd_size) {
      dirp.dd_loc = 0;
      dirp.dd_size = getdirentries(dirp.dd_fd, $addr(dirp.dd_buf), _DIRBUF, base);
      if (dirp.dd_size <= 0) return null;
    }
    const dp = $cast<dirent>($addr(dirp.dd_buf) + $u32(dirp.dd_loc));
    const reclen: int = dp.d_reclen;
    if (reclen <= 0 || reclen > _DIRBUF - dirp.dd_loc) return null;
    dirp.dd_loc += reclen;
    if (dp.d_fileno !== 0) return dp;
  }
}
export function rewinddir(dirp: DIR): void {
  lseek(dirp.dd_fd, 0, SEEK_SET);
  dirp.dd_loc = 0;
  dirp.dd_size = 0;
}
export function dirfd(dirp: DIR): int {
  return dirp.dd_fd;
}
export function closedir(dirp: DIR): int {
  const fd = dirp.dd_fd;
  free($addr(dirp));
  return close(fd);
}
