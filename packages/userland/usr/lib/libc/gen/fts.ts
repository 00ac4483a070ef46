/**
 * fts(3): walks through trees of files, each directory given before and after what is in it. The paths are always good from the
 * current directory, which is not changed.
 */
import { ENOMEM } from '../../../../../kernel/src/sys/errno.h.js';
import type { FTS, FTSENT } from '../../../include/fts.h.js';
import {
  FTS_COMFOLLOW,
  FTS_D,
  FTS_DEFAULT,
  FTS_DNR,
  FTS_DOT,
  FTS_DP,
  FTS_ERR,
  FTS_F,
  FTS_LOGICAL,
  FTS_NS,
  FTS_ROOTLEVEL,
  FTS_SEEDOT,
  FTS_SKIP,
  FTS_SL,
} from '../../../include/fts.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { S_ISDIR, S_ISLNK, S_ISREG } from '../../../include/sys/stat.h.js';
import { calloc, free, malloc } from '../stdlib/malloc.js';
import { qsort } from '../stdlib/qsort.js';
import { memcpy } from '../string/bcopy.js';
import { bzero } from '../string/memset.js';
import { strlen } from '../string/strlen.js';
import { lstat, stat } from '../sys/syscalls.js';
import { closedir, opendir, readdir } from './opendir.js';

/** A new entry named name[0..len-1] in a directory (null: an operand), its status looked up. */
function _fts_alloc(sp: FTS, parent: FTSENT, name: str, len: int): FTSENT {
  const slash = parent !== null && parent.fts_path[parent.fts_pathlen - 1] !== 47 ? 1 : 0;
  const above = parent === null ? 0 : parent.fts_pathlen + slash;
  const p = $cast<FTSENT>(calloc(1, $sizeof<FTSENT>() + $u32(above + len + 1)));
  if (p === null) return null;
  const path = $cast<str>($addr(p) + $sizeof<FTSENT>());
  if (parent !== null) {
    memcpy($addr(path), $addr(parent.fts_path), $u32(parent.fts_pathlen));
    if (slash !== 0) path[above - 1] = 47;
  }
  memcpy($addr($padd(path, above)), $addr(name), $u32(len));
  p.fts_parent = parent;
  p.fts_path = path;
  p.fts_pathlen = above + len;
  p.fts_name = $padd(path, above);
  p.fts_namelen = len;
  p.fts_level = parent === null ? FTS_ROOTLEVEL : parent.fts_level + 1;
  p.fts_info = _fts_stat(sp, p);
  return p;
}

/** . or .. */
function _fts_isdot(name: str): boolean {
  return name[0] === 46 && (name[1] === 0 || (name[1] === 46 && name[2] === 0));
}

function _fts_stat(sp: FTS, p: FTSENT): int {
  const follow =
    (sp.fts_options & FTS_LOGICAL) !== 0 ||
    ((sp.fts_options & FTS_COMFOLLOW) !== 0 && p.fts_level === FTS_ROOTLEVEL);
  const sb = p.fts_statp;
  /* A link to nowhere is a link. */
  if ((!follow || stat(p.fts_path, sb) !== 0) && lstat(p.fts_path, sb) !== 0) {
    p.fts_errno = errno;
    bzero($addr(sb), $sizeof<struct_stat>());
    return FTS_NS;
  }
  if (S_ISDIR(sb.st_mode)) return p.fts_level !== FTS_ROOTLEVEL && _fts_isdot(p.fts_name) ? FTS_DOT : FTS_D;
  if (S_ISLNK(sb.st_mode)) return FTS_SL;
  return S_ISREG(sb.st_mode) ? FTS_F : FTS_DEFAULT;
}

/** A list of entries in the order of the caller; as it is if there is no memory for that. */
function _fts_sort(sp: FTS, head: FTSENT): FTSENT {
  let n: u32 = 0;
  for (let p = head; p !== null; p = p.fts_link) n++;
  if (sp.fts_compar === null || n < 2) return head;
  const list = $cast<ptr<FTSENT>>(malloc(4 * n));
  if (list === null) return head;
  let i: u32 = 0;
  for (let p = head; p !== null; p = p.fts_link) list[i++] = p;
  qsort($addr(list), n, 4, sp.fts_compar);
  for (i = 0; i < n; i++) list[i].fts_link = i + 1 < n ? list[i + 1] : null;
  const first = list[0];
  free($addr(list));
  return first;
}

/** What is in a directory; null if nothing, or (fts_info FTS_DNR) if it cannot be read. */
function _fts_build(sp: FTS, dir: FTSENT): FTSENT {
  const dirp = opendir(dir.fts_path);
  if (dirp === null) {
    dir.fts_info = FTS_DNR;
    dir.fts_errno = errno;
    return null;
  }
  let head: FTSENT = null;
  let tail: FTSENT = null;
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) {
    if ((sp.fts_options & FTS_SEEDOT) === 0 && _fts_isdot(dp.d_name)) continue;
    const p = _fts_alloc(sp, dir, dp.d_name, dp.d_namlen);
    if (p === null) {
      dir.fts_info = FTS_ERR;
      dir.fts_errno = ENOMEM;
      break;
    }
    if (tail === null) head = p;
    else tail.fts_link = p;
    tail = p;
  }
  closedir(dirp);
  return _fts_sort(sp, head);
}

function _fts_lfree(head: FTSENT): void {
  let next: FTSENT = null;
  for (let p = head; p !== null; p = next) {
    next = p.fts_link;
    free($addr(p));
  }
}

/**
 * Begins a walk from each of `argv`, which ends in null. The comparison gets the addresses of pointers to two entries. Null with errno if
 * it cannot.
 */
export function fts_open(argv: ptr<str>, options: int, compar: (a: u32, b: u32) => int): FTS {
  const sp = $cast<FTS>(calloc(1, $sizeof<FTS>()));
  if (sp === null) return null;
  sp.fts_options = options;
  sp.fts_compar = compar;
  let tail: FTSENT = null;
  for (let i = 0; argv[i] !== null; i++) {
    const p = _fts_alloc(sp, null, argv[i], $i32(strlen(argv[i])));
    if (p === null) {
      fts_close(sp);
      return null;
    }
    if (tail === null) sp.fts_roots = p;
    else tail.fts_link = p;
    tail = p;
  }
  sp.fts_roots = _fts_sort(sp, sp.fts_roots);
  return sp;
}

/** The next entry; null at the end (errno 0). An entry is good until the next call, a directory until it was given the second time. */
export function fts_read(sp: FTS): FTSENT {
  const p = sp.fts_cur;
  errno = 0;
  if (p !== null && p.fts_info === FTS_D && p.fts_instr !== FTS_SKIP) {
    const first = _fts_build(sp, p);
    if (first !== null) {
      sp.fts_cur = first;
      return first;
    }
    if (p.fts_info === FTS_D) p.fts_info = FTS_DP;
    return p;
  }
  let next: FTSENT = null;
  if (p === null || p.fts_level === FTS_ROOTLEVEL) {
    next = sp.fts_roots;
    if (next !== null) sp.fts_roots = next.fts_link;
  } else if (p.fts_link !== null) {
    next = p.fts_link;
  } else {
    next = p.fts_parent;
    if (next.fts_info === FTS_D) next.fts_info = FTS_DP;
  }
  if (p !== null) free($addr(p));
  sp.fts_cur = next;
  return next;
}

/** FTS_SKIP: not into the directory that was just given. */
export function fts_set(sp: FTS, p: FTSENT, instr: int): int {
  p.fts_instr = instr;
  return 0;
}

export function fts_close(sp: FTS): int {
  let up: FTSENT = null;
  for (let p = sp.fts_cur; p !== null; p = up) {
    up = p.fts_parent;
    _fts_lfree(p.fts_level === FTS_ROOTLEVEL ? $cast<FTSENT>(0) : p.fts_link);
    free($addr(p));
  }
  _fts_lfree(sp.fts_roots);
  free($addr(sp));
  return 0;
}
