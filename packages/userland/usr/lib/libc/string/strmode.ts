/** strmode(3): a mode as ls(1) shows it, "-rwxr-xr-x ", into 12 bytes. */
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISGID,
  S_ISTXT,
  S_ISUID,
} from '../../../../../kernel/src/sys/stat.h.js';
import { toupper } from '../locale/isctype.js';

function _filetype(mode: int): int {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return $ch('d');
    case S_IFCHR:
      return $ch('c');
    case S_IFBLK:
      return $ch('b');
    case S_IFREG:
      return $ch('-');
    case S_IFLNK:
      return $ch('l');
    case S_IFSOCK:
      return $ch('s');
    case S_IFIFO:
      return $ch('p');
    default:
      return $ch('?');
  }
}

/** What stands for execution: `special` is the set-id or sticky bit, `letter` its lower-case sign. */
function _execute(mode: int, bit: int, special: int, letter: int): int {
  if (mode & special) return mode & bit ? letter : toupper(letter);
  return mode & bit ? $ch('x') : $ch('-');
}

export function strmode(mode: int, p: str): void {
  p[0] = _filetype(mode);
  for (let who = 0; who < 3; who++) {
    const bits = mode >> (6 - 3 * who);
    p[1 + 3 * who] = bits & 4 ? $ch('r') : $ch('-');
    p[2 + 3 * who] = bits & 2 ? $ch('w') : $ch('-');
  }
  p[3] = _execute(mode, 0o100, S_ISUID, $ch('s'));
  p[6] = _execute(mode, 0o010, S_ISGID, $ch('s'));
  p[9] = _execute(mode, 0o001, S_ISTXT, $ch('t'));
  p[10] = $ch(' ');
  p[11] = 0;
}
