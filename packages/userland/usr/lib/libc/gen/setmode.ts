/**
 * setmode(3) and getmode(3): modes as chmod(1) takes them, in octal or as "u=rw,go-w" and the like.
 */
import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import { S_IFDIR, S_IFMT } from '../../../../../kernel/src/sys/stat.h.js';
import { isdigit } from '../locale/isctype.js';
import { calloc, free } from '../stdlib/malloc.js';
import { strtol } from '../stdlib/strtol.js';
import { strchr } from '../string/strchr.js';
import { umask } from '../sys/syscalls.js';

/**
 * One change of a mode.
 * @lock p the program
 */
interface _bitcmd extends struct {
  bc_cmd: int; // (p) + - =, or 0 at the end
  bc_who: int; // (p) the bits that it is about
  bc_bits: int; // (p) those that are changed
  bc_copy: int; // (p) u, g or o: take the bits of those
  bc_exec: int; // (p) X: execution only if a directory, or if somebody may execute
}

const _SETMODE_MAX = 16;
const _WHO_U = 0o4700;
const _WHO_G = 0o2070;
const _WHO_O = 0o1007;

/** A compiled mode from malloc, for getmode; 0 with EINVAL if it is no mode. */
export function setmode(p: str): u32 {
  const ep = $var<str>();
  const set = $cast<_bitcmd>(calloc(_SETMODE_MAX + 1, $sizeof<_bitcmd>()));
  if (set === null) return 0;
  if (isdigit(p[0])) {
    const perm = strtol(p, ep, 8);
    if (ep[0][0] === 0 && perm >= 0 && perm <= 0o7777) {
      set.bc_cmd = $ch('=');
      set.bc_who = 0o7777;
      set.bc_bits = perm;
      return $addr(set);
    }
  } else if (_setclauses(p, set)) {
    return $addr(set);
  }
  free($addr(set));
  errno = EINVAL;
  return 0;
}

/** who op perm op perm, who ... */
function _setclauses(text: str, set: _bitcmd): boolean {
  const mask = umask(0);
  umask(mask);
  let p = text;
  let n = 0;
  for (;;) {
    let who = 0;
    for (; strchr('ugoa', p[0]) !== null && p[0] !== 0; p = $padd(p, 1)) who |= _setwho(p[0]);
    const all = who === 0;
    if (strchr('+-=', p[0]) === null || p[0] === 0) return false;
    while (strchr('+-=', p[0]) !== null && p[0] !== 0) {
      if (n === _SETMODE_MAX) return false;
      const cmd = $idx(set, n++);
      cmd.bc_cmd = p[0];
      /* Without a "who" the file mode creation mask holds. */
      cmd.bc_who = all ? 0o7777 & ~mask : who;
      p = _setperms($padd(p, 1), cmd);
    }
    if (p[0] === 0) return true;
    if (p[0] !== $ch(',')) return false;
    p = $padd(p, 1);
  }
}

function _setwho(c: int): int {
  if (c === $ch('u')) return _WHO_U;
  if (c === $ch('g')) return _WHO_G;
  return c === $ch('o') ? _WHO_O : 0o7777;
}

/** The permissions behind an operator; where they end. */
function _setperms(text: str, cmd: _bitcmd): str {
  for (let p = text; ; p = $padd(p, 1)) {
    switch (p[0]) {
      case $ch('r'):
        cmd.bc_bits |= 0o444;
        break;
      case $ch('w'):
        cmd.bc_bits |= 0o222;
        break;
      case $ch('x'):
        cmd.bc_bits |= 0o111;
        break;
      case $ch('s'):
        cmd.bc_bits |= 0o6000;
        break;
      case $ch('t'):
        cmd.bc_bits |= 0o1000;
        break;
      case $ch('X'):
        cmd.bc_exec = 1;
        break;
      case $ch('u'):
      case $ch('g'):
      case $ch('o'):
        cmd.bc_copy = p[0];
        break;
      default:
        return p;
    }
  }
}

/** The mode that becomes of `omode`. */
export function getmode(bbox: u32, omode: int): int {
  let mode = omode;
  for (let set = $cast<_bitcmd>(bbox); set.bc_cmd !== 0; set = $idx(set, 1)) {
    let bits = set.bc_bits;
    if (set.bc_exec !== 0 && ((omode & S_IFMT) === S_IFDIR || (mode & 0o111) !== 0)) bits |= 0o111;
    if (set.bc_copy !== 0) {
      const shift = set.bc_copy === $ch('u') ? 6 : set.bc_copy === $ch('g') ? 3 : 0;
      bits |= ((mode >> shift) & 7) * 0o111;
    }
    bits &= set.bc_who;
    if (set.bc_cmd === $ch('+')) mode |= bits;
    else if (set.bc_cmd === $ch('-')) mode &= ~bits;
    else mode = (mode & ~(set.bc_who & 0o7777)) | bits;
  }
  return mode;
}
