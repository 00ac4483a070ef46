import type { dirent } from '../../../../../kernel/src/sys/dirent.h.js';
import { EINVAL, ENAMETOOLONG, ENOENT, ERANGE } from '../../../../../kernel/src/sys/errno.h.js';
import { MAXPATHLEN } from '../../../../../kernel/src/sys/param.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { memcpy } from '../string/bcopy.js';
import { strcpy } from '../string/strcpy.js';
import { strdup } from '../string/strdup.js';
import { strlcat } from '../string/strlcat.js';
import { lstat } from '../sys/syscalls.js';
import { closedir, opendir, readdir } from './opendir.js';

/**
 * getcwd(3): the path of the current directory, into `pt` of `size` bytes or, if that is null, into memory from malloc. There is no call
 * of the kernel for it: it climbs to the root and looks for itself in each parent. Null with errno if it cannot.
 */
export function getcwd(pt: str, size: u32): str {
  /* Both grow: `path` to the front of its buffer, `up` to the end of its own. */
  const path = $local<array<char, 1024>>();
  const up = $local<array<char, 1024>>();
  const here = $local<struct_stat>();
  const parent = $local<struct_stat>();
  let at = MAXPATHLEN - 1;
  path[at] = 0;
  strcpy(up, '.');
  for (;;) {
    if (lstat(up, here) < 0) return null;
    if (strlcat(up, '/..', MAXPATHLEN) >= MAXPATHLEN) {
      errno = ENAMETOOLONG;
      return null;
    }
    if (lstat(up, parent) < 0) return null;
    if (here.st_ino === parent.st_ino && here.st_dev === parent.st_dev) break;
    at = _prepend(path, at, up, here);
    if (at < 0) return null;
  }
  if (path[at] === 0) path[--at] = $ch('/');
  const len = $u32(MAXPATHLEN - at);
  if (pt === null) return strdup($padd(path, at));
  if (len > size) {
    errno = size === 0 ? EINVAL : ERANGE;
    return null;
  }
  return strcpy(pt, $padd(path, at));
}

/** Puts "/name" of the directory `self`, as its parent `up` knows it, before what is there; where that begins, or -1. */
function _prepend(path: str, at: int, up: str, self: struct_stat): int {
  const dirp = opendir(up);
  if (dirp === null) return -1;
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) {
    if (dp.d_fileno !== self.st_ino || _isdot(dp)) continue;
    const len: int = dp.d_namlen;
    if (at < len + 2) {
      closedir(dirp);
      errno = ENAMETOOLONG;
      return -1;
    }
    const start_ = at - len - 1;
    path[start_] = $ch('/');
    memcpy($addr($padd(path, start_ + 1)), $addr(dp.d_name), $u32(len));
    closedir(dirp);
    return start_;
  }
  closedir(dirp);
  errno = ENOENT;
  return -1;
}

function _isdot(dp: dirent): boolean {
  return dp.d_name[0] === 46 && (dp.d_namlen === 1 || (dp.d_namlen === 2 && dp.d_name[1] === 46));
}
