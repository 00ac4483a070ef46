import type { struct_stat } from '../../../include/sys/stat.h.js';
import { S_ISDIR } from '../../../include/sys/stat.h.js';
import { lstat, rmdir, unlink } from '../sys/syscalls.js';

/** remove(3): a file or an empty directory. */
export function remove(path: str): int {
  const sb = $local<struct_stat>();
  if (lstat(path, sb) < 0) return -1;
  return S_ISDIR(sb.st_mode) ? rmdir(path) : unlink(path);
}
