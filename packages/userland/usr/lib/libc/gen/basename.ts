/** basename(3) and dirname(3): in memory of their own, good until the next call; null with ENAMETOOLONG. */
import { ENAMETOOLONG } from '../../../../../kernel/src/sys/errno.h.js';
import { MAXPATHLEN } from '../../../../../kernel/src/sys/param.h.js';
import { strlcpy } from '../string/strlcpy.js';
import { strlen } from '../string/strlen.js';

let _bname: array<char, 1024>;
let _dname: array<char, 1024>;

/** The first n characters of a path. */
function _cut(to: str, from: str, n: int): str {
  if (n >= MAXPATHLEN) {
    errno = ENAMETOOLONG;
    return null;
  }
  strlcpy(to, from, $u32(n + 1));
  return to;
}

/** The length without slashes at the end. */
function _trimmed(path: str, len: int): int {
  let n = len;
  while (n > 0 && path[n - 1] === 47) n--;
  return n;
}

export function basename(path: str): str {
  if (path === null || path[0] === 0) return _cut(_bname, '.', 1);
  const end = _trimmed(path, $i32(strlen(path)));
  if (end === 0) return _cut(_bname, '/', 1);
  let from = end;
  while (from > 0 && path[from - 1] !== 47) from--;
  return _cut(_bname, $padd(path, from), end - from);
}

export function dirname(path: str): str {
  if (path === null || path[0] === 0) return _cut(_dname, '.', 1);
  let end = _trimmed(path, $i32(strlen(path)));
  while (end > 0 && path[end - 1] !== 47) end--;
  if (end === 0) return _cut(_dname, path[0] === 47 ? '/' : '.', 1);
  end = _trimmed(path, end);
  return end === 0 ? _cut(_dname, '/', 1) : _cut(_dname, path, end);
}
