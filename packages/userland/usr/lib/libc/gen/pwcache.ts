/** user_from_uid(3) and group_from_gid(3). There is no password file: the names are those of the system as it comes. */
import type { uid_t } from '../../../../../kernel/src/sys/types.h.js';
import { snprintf } from '../stdio/printf.js';

let _uidbuf: array<char, 12>;
let _gidbuf: array<char, 12>;

/** The name of a user; a number for one without, or null if `nouser` is not 0. */
export function user_from_uid(uid: uid_t, nouser: int): str {
  switch (uid) {
    case 0:
      return 'root';
    case 1:
      return 'daemon';
    case 65534:
      return 'nobody';
    default:
      break;
  }
  if (nouser !== 0) return null;
  snprintf(_uidbuf, 12, '%u', uid);
  return _uidbuf;
}
export function group_from_gid(gid: u32, nogroup: int): str {
  switch (gid) {
    case 0:
      return 'wheel';
    case 1:
      return 'daemon';
    case 65534:
      return 'nobody';
    default:
      break;
  }
  if (nogroup !== 0) return null;
  snprintf(_gidbuf, 12, '%u', gid);
  return _gidbuf;
}
