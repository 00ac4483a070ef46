/** glob(3): the paths that match a pattern, in order. 0, or GLOB_NOSPACE. */
import { MAXPATHLEN } from '../../../../../kernel/src/sys/param.h.js';
import type { glob_t } from '../../../include/glob.h.js';
import {
  GLOB_APPEND,
  GLOB_MARK,
  GLOB_NOCHECK,
  GLOB_NOMAGIC,
  GLOB_NOSORT,
  GLOB_NOSPACE,
} from '../../../include/glob.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { S_ISDIR } from '../../../include/sys/stat.h.js';
import { free, malloc, realloc } from '../stdlib/malloc.js';
import { qsort } from '../stdlib/qsort.js';
import { strchr } from '../string/strchr.js';
import { strcmp } from '../string/strcmp.js';
import { strcpy } from '../string/strcpy.js';
import { strdup } from '../string/strdup.js';
import { strlcat } from '../string/strlcat.js';
import { strlcpy } from '../string/strlcpy.js';
import { strlen } from '../string/strlen.js';
import { strcspn } from '../string/strspn.js';
import { lstat } from '../sys/syscalls.js';
import { FNM_PERIOD, fnmatch } from './fnmatch.js';
import { closedir, opendir, readdir } from './opendir.js';

const _GLOB_MAGIC = '*?[';

/** Does it have to be looked for? */
function _hasmagic(s: str, len: u32): boolean {
  for (let i: u32 = 0; i < len; i++) if (strchr(_GLOB_MAGIC, s[i]) !== null && s[i] !== 0) return true;
  return false;
}

/** Enters a path: a copy of it. */
function _globextend(path: str, pglob: glob_t): int {
  if (pglob.gl_pathc + 2 > pglob.gl_room) {
    const room = 2 * (pglob.gl_pathc + 8);
    const more = realloc($addr(pglob.gl_pathv), 4 * $u32(room));
    if (more === 0) return GLOB_NOSPACE;
    pglob.gl_pathv = $cast<ptr<str>>(more);
    pglob.gl_room = room;
  }
  const copy = strdup(path);
  if (copy === null) return GLOB_NOSPACE;
  pglob.gl_pathv[pglob.gl_pathc++] = copy;
  pglob.gl_pathv[pglob.gl_pathc] = null;
  pglob.gl_matchc++;
  return 0;
}

/** A whole path that was put together: is it there? */
function _finished(path: str, pglob: glob_t): int {
  const sb = $local<struct_stat>();
  if (lstat(path, sb) < 0) return 0;
  if (pglob.gl_flags & GLOB_MARK && S_ISDIR(sb.st_mode)) strlcat(path, '/', MAXPATHLEN);
  return _globextend(path, pglob);
}

/** `path` is what was found so far, `len` long, `pattern` what is left. */
function _glob1(path: str, len: u32, pattern: str, pglob: glob_t): int {
  let at = len;
  let p = pattern;
  for (;;) {
    for (; p[0] === 47; p = $padd(p, 1)) {
      if (at + 1 >= MAXPATHLEN) return 0;
      path[at++] = 47;
    }
    path[at] = 0;
    if (p[0] === 0) return _finished(path, pglob);
    const n = strcspn(p, '/');
    if (_hasmagic(p, n)) return _glob2(path, at, p, n, pglob);
    if (at + n >= MAXPATHLEN) return 0;
    for (let i: u32 = 0; i < n; i++) {
      if (p[i] === 92 && p[i + 1] !== 0 && i + 1 < n) i++;
      path[at++] = p[i];
    }
    p = $padd(p, n);
  }
}

/** The part of n characters has magic: every name of the directory that fits it. */
function _glob2(path: str, len: u32, pattern: str, n: u32, pglob: glob_t): int {
  const part = $cast<str>(malloc(n + 1));
  if (part === null) return GLOB_NOSPACE;
  strlcpy(part, pattern, n + 1);
  const dirp = opendir(len === 0 ? '.' : path);
  let ret = 0;
  if (dirp !== null) {
    for (let dp = readdir(dirp); dp !== null && ret === 0; dp = readdir(dirp)) {
      if (fnmatch(part, dp.d_name, FNM_PERIOD) !== 0 || len + dp.d_namlen >= MAXPATHLEN) continue;
      strcpy($padd(path, len), dp.d_name);
      ret = _glob1(path, len + dp.d_namlen, $padd(pattern, n), pglob);
    }
    closedir(dirp);
  }
  free($addr(part));
  path[len] = 0;
  return ret;
}

function _compare(a: u32, b: u32): int {
  return strcmp($cast<str>($ld32(a)), $cast<str>($ld32(b)));
}

export function glob(pattern: str, flags: int, pglob: glob_t): int {
  const path = $local<array<char, 1024>>();
  if ((flags & GLOB_APPEND) === 0) {
    pglob.gl_pathc = 0;
    pglob.gl_room = 0;
    pglob.gl_pathv = null;
  }
  pglob.gl_flags = flags;
  pglob.gl_matchc = 0;
  const old = pglob.gl_pathc;
  const ret = _glob1(path, 0, pattern, pglob);
  if (ret !== 0) return ret;
  if (pglob.gl_pathc === old) {
    const plain = flags & GLOB_NOMAGIC && !_hasmagic(pattern, strlen(pattern));
    if (flags & GLOB_NOCHECK || plain) return _globextend(pattern, pglob);
    return 0;
  }
  if ((flags & GLOB_NOSORT) === 0)
    qsort($addr($padd(pglob.gl_pathv, old)), $u32(pglob.gl_pathc - old), 4, _compare);
  return 0;
}

export function globfree(pglob: glob_t): void {
  for (let i = 0; i < pglob.gl_pathc; i++) free($addr(pglob.gl_pathv[i]));
  free($addr(pglob.gl_pathv));
  pglob.gl_pathc = 0;
  pglob.gl_pathv = null;
}
