/** devname(3): the name of a device in /dev, "??" if it has none. */
import { S_IFMT } from '../../../../../kernel/src/sys/stat.h.js';
import type { dev_t } from '../../../../../kernel/src/sys/types.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { snprintf } from '../stdio/printf.js';
import { strlcpy } from '../string/strlcpy.js';
import { lstat } from '../sys/syscalls.js';
import { closedir, opendir, readdir } from './opendir.js';

let _devbuf: array<char, 256>;

export function devname(dev: dev_t, type: int): str {
  const path = $local<array<char, 264>>();
  const sb = $local<struct_stat>();
  const dirp = opendir('/dev');
  let found: str = '??';
  if (dirp === null) return found;
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) {
    snprintf(path, 264, '/dev/%s', dp.d_name);
    if (lstat(path, sb) < 0 || (sb.st_mode & S_IFMT) !== type || sb.st_rdev !== dev) continue;
    strlcpy(_devbuf, dp.d_name, 256);
    found = _devbuf;
    break;
  }
  closedir(dirp);
  return found;
}
