/**
 * sysctl(3): a tree of numbered and named values in memory. The base system's nodes are entered by
 * kern_mib.ts.
 *
 * Deviation: a request's old and new values pass through kernel buffers, filled and copied out in one piece
 * by userland_sysctl, where BSD wires the program's buffer. So SYSCTL_OUT and SYSCTL_IN are plain and
 * handlers may use them with locks held.
 */
import { bcopy, bzero, copyin, copyout } from '../i386/support.js';
import { EINVAL, EISDIR, ENOENT, ENOMEM, ENOTDIR, EPERM } from '../sys/errno.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { proc } from '../sys/proc.h.js';
import type { sx } from '../sys/sx.h.js';
import {
  CTLFLAG_ANYBODY,
  CTLFLAG_RD,
  CTLFLAG_RW,
  CTLFLAG_WR,
  CTLTYPE,
  CTLTYPE_INT,
  CTLTYPE_NODE,
  CTLTYPE_OPAQUE,
  CTLTYPE_STRING,
  CTLTYPE_UINT,
  CTL_AUTO_START,
  CTL_MAXNAME,
  CTL_SYSCTL,
  CTL_SYSCTL_NAME,
  CTL_SYSCTL_NAME2OID,
  CTL_SYSCTL_NEXT,
  CTL_SYSCTL_OIDFMT,
  OID_AUTO,
} from '../sys/sysctl.h.js';
import type { sysctl_handler_t, sysctl_oid, sysctl_req } from '../sys/sysctlvar.h.js';
import type { sysctl_args } from '../sys/sysproto.h.js';
import { M_SYSCTLOID, M_TEMP, free, malloc } from './kern_malloc.js';
import { suser } from './kern_prot.js';
import { sx_init, sx_xlock, sx_xunlock } from './kern_sx.js';
import { strcmp, strlen } from './libkern.js';
import { snprintf } from './subr_prf.js';

/** Largest value that a program can get or set in one call. */
const SYSCTL_MAXOLD = 262144;
const SYSCTL_MAXNEW = 4096;

/** Guards the tree and, with sysctl_request, the values. */
export let sysctl_lock: embed<sx>;
/** The nodes of the first level. */
export let sysctl__children: embed<SLIST_HEAD<sysctl_oid>>;
/** Next number for OID_AUTO. */
let sysctl_nextauto: int = CTL_AUTO_START;

/** The list in which a parent (null: the top) keeps its children. Locks: none. Does not sleep. */
export function sysctl_children(parent: sysctl_oid): SLIST_HEAD<sysctl_oid> {
  return parent === null ? sysctl__children : parent.oid_children;
}

/** A child by name, or null. Locks: sysctl_lock shared. Does not sleep. */
export function sysctl_find_name(parent: sysctl_oid, name: str): sysctl_oid {
  let oidp = SLIST_FIRST(sysctl_children(parent));
  while (oidp !== null && strcmp(oidp.oid_name, name) !== 0) oidp = SLIST_NEXT(oidp, 'oid_link');
  return oidp;
}

/**
 * Enters a node. number may be OID_AUTO. kind is CTLTYPE_* | CTLFLAG_*; arg1, arg2 are the handler's; strings
 * must be constant. Locks: none; takes and drops sysctl_lock. May sleep.
 */
export function* sysctl_add_oid(
  parent: sysctl_oid,
  num: int,
  name: str,
  kind: u32,
  arg1: u32,
  arg2: int,
  handler: sysctl_handler_t,
  fmt: str,
): Sleeps<sysctl_oid> {
  const oidp = $cast<sysctl_oid>(yield* malloc($sizeof<sysctl_oid>(), M_SYSCTLOID, M_WAITOK | M_ZERO));
  KASSERT(parent === null || (parent.oid_kind & CTLTYPE) === CTLTYPE_NODE, 'sysctl: %s under a leaf', name);
  oidp.oid_parent = parent;
  oidp.oid_kind = kind;
  oidp.oid_arg1 = arg1;
  oidp.oid_arg2 = arg2;
  oidp.oid_name = name;
  oidp.oid_handler = handler;
  oidp.oid_fmt = fmt;
  yield* sx_xlock(sysctl_lock);
  KASSERT(sysctl_find_name(parent, name) === null, "can't re-use a leaf (%s)!", name);
  oidp.oid_number = num === OID_AUTO ? sysctl_nextauto++ : num;
  sysctl_insert(sysctl_children(parent), oidp);
  sx_xunlock(sysctl_lock);
  return oidp;
}

/** Inserts a node by its number. Locks: sysctl_lock exclusive, kept. Does not sleep. */
function sysctl_insert(list: SLIST_HEAD<sysctl_oid>, oidp: sysctl_oid): void {
  let prev: sysctl_oid = null;
  for (let q = SLIST_FIRST(list); q !== null && q.oid_number < oidp.oid_number; q = SLIST_NEXT(q, 'oid_link'))
    prev = q;
  if (prev === null) {
    SLIST_INSERT_HEAD(list, oidp, 'oid_link');
  } else {
    oidp.oid_link.sle_next = prev.oid_link.sle_next;
    prev.oid_link.sle_next = oidp;
  }
}

/** Enters a node of others. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_NODE(parent: sysctl_oid, num: int, name: str): Sleeps<sysctl_oid> {
  return yield* sysctl_add_oid(parent, num, name, CTLTYPE_NODE | CTLFLAG_RW, 0, 0, null, 'N');
}

/** Enters an int variable; rw is CTLFLAG_RD or CTLFLAG_RW. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_INT(parent: sysctl_oid, num: int, name: str, rw: u32, ptr: ptr<int>): Sleeps {
  yield* sysctl_add_oid(parent, num, name, CTLTYPE_INT | rw, $addr(ptr), 0, sysctl_handle_int, 'I');
}

/** Enters an unsigned variable. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_UINT(parent: sysctl_oid, num: int, name: str, rw: u32, ptr: ptr<u_int>): Sleeps {
  yield* sysctl_add_oid(parent, num, name, CTLTYPE_UINT | rw, $addr(ptr), 0, sysctl_handle_int, 'IU');
}

/** Enters an int that never changes. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_CONST(parent: sysctl_oid, num: int, name: str, value: int): Sleeps {
  yield* sysctl_add_oid(parent, num, name, CTLTYPE_INT | CTLFLAG_RD, 0, value, sysctl_handle_int, 'I');
}

/** Enters a string in a buffer of `size` bytes. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_STRING(
  parent: sysctl_oid,
  num: int,
  name: str,
  rw: u32,
  buf: u32,
  size: int,
): Sleeps {
  yield* sysctl_add_oid(parent, num, name, CTLTYPE_STRING | rw, buf, size, sysctl_handle_string, 'A');
}

/** Enters a structure of `size` bytes. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_OPAQUE(
  parent: sysctl_oid,
  num: int,
  name: str,
  rw: u32,
  addr: u32,
  size: u32,
  fmt: str,
): Sleeps {
  yield* sysctl_add_oid(parent, num, name, CTLTYPE_OPAQUE | rw, addr, $i32(size), sysctl_handle_opaque, fmt);
}

/** Enters a value that a handler makes; type is CTLTYPE_*. Locks: as sysctl_add_oid. May sleep. */
export function* SYSCTL_ADD_PROC(
  parent: sysctl_oid,
  num: int,
  name: str,
  kind: u32,
  handler: sysctl_handler_t,
  fmt: str,
): Sleeps {
  yield* sysctl_add_oid(parent, num, name, kind, 0, 0, handler, fmt);
}

/**
 * Gives bytes of the old value: counts them all, keeps those that fit. ENOMEM if they do not.
 * Locks: any. Does not sleep.
 */
export function SYSCTL_OUT(req: sysctl_req, addr: u32, len: u32): int {
  const at: u32 = req.oldidx;
  req.oldidx += len;
  if (req.oldptr === 0) return 0;
  let n: u32 = at < req.oldlen ? req.oldlen - at : 0;
  if (n > len) n = len;
  if (n > 0) bcopy(addr, req.oldptr + at, n);
  return n < len ? ENOMEM : 0;
}

/** Takes bytes of the new value. EINVAL if it is too short. Locks: any. Does not sleep. */
export function SYSCTL_IN(req: sysctl_req, addr: u32, len: u32): int {
  if (req.newptr === 0) return 0;
  if (req.newlen - req.newidx < len) return EINVAL;
  bcopy(req.newptr + req.newidx, addr, len);
  req.newidx += len;
  return 0;
}

/** Handler: the int at arg1, or the constant arg2. Locks: sysctl_lock. Does not sleep. */
export function* sysctl_handle_int(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const value = $var<int>();
  value[0] = arg1 !== 0 ? $i32($ld32(arg1)) : arg2;
  const error = SYSCTL_OUT(req, $addr(value), 4);
  if (error !== 0 || req.newptr === 0) return error;
  if (arg1 === 0) return EPERM;
  if (req.newlen !== 4) return EINVAL;
  return SYSCTL_IN(req, arg1, 4);
}

/** Handler: the string at arg1, in a buffer of arg2 bytes. Locks: sysctl_lock. Does not sleep. */
export function* sysctl_handle_string(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  let len: u32 = 0;
  while (len + 1 < $u32(arg2) && $ld8(arg1 + len) !== 0) len++;
  const error = SYSCTL_OUT(req, arg1, len + 1);
  if (error !== 0 || req.newptr === 0) return error;
  if (req.newlen - req.newidx >= $u32(arg2)) return EINVAL;
  const n: u32 = req.newlen - req.newidx;
  $st8(arg1 + n, 0);
  return SYSCTL_IN(req, arg1, n);
}

/** Handler: the arg2 bytes at arg1. Locks: sysctl_lock. Does not sleep. */
export function* sysctl_handle_opaque(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const error = SYSCTL_OUT(req, arg1, $u32(arg2));
  if (error !== 0 || req.newptr === 0) return error;
  return SYSCTL_IN(req, arg1, $u32(arg2));
}

/**
 * Finds the node of a name of `namelen` numbers; *indx is how many were used. null: none. Locks: sysctl_lock.
 * Does not sleep.
 */
export function sysctl_find_oid(name: ptr<int>, namelen: int, indx: ptr<int>): sysctl_oid {
  let list = sysctl__children;
  let i: int = 0;
  while (i < namelen) {
    let oidp = SLIST_FIRST(list);
    while (oidp !== null && oidp.oid_number !== name[i]) oidp = SLIST_NEXT(oidp, 'oid_link');
    if (oidp === null) return null;
    i++;
    if ((oidp.oid_kind & CTLTYPE) !== CTLTYPE_NODE || oidp.oid_handler !== null || i === namelen) {
      indx[0] = i;
      return oidp;
    }
    list = oidp.oid_children;
  }
  return null;
}

/** The root of all requests: finds the node and calls its handler. Locks: sysctl_lock held. May sleep. */
function* sysctl_root(name: ptr<int>, namelen: int, req: sysctl_req): Sleeps<int> {
  const indx = $var<int>();
  const oidp = sysctl_find_oid(name, namelen, indx);
  if (oidp === null) return ENOENT;
  const node = (oidp.oid_kind & CTLTYPE) === CTLTYPE_NODE;
  if (node && oidp.oid_handler === null) return EISDIR;
  if (!node && indx[0] !== namelen) return ENOTDIR;
  if (req.newptr !== 0) {
    if ((oidp.oid_kind & CTLFLAG_WR) === 0) return EPERM;
    if (req.rq_p !== null && (oidp.oid_kind & CTLFLAG_ANYBODY) === 0 && suser(req.rq_p) !== 0) return EPERM;
  }
  if (oidp.oid_handler === null) return EINVAL;
  if (node) {
    /* The handler gets the rest of the name. */
    return yield* oidp.oid_handler(oidp, $addr($padd(name, indx[0])), namelen - indx[0], req);
  }
  return yield* oidp.oid_handler(oidp, oidp.oid_arg1, oidp.oid_arg2, req);
}

/**
 * A request in kernel memory. *retval is the length of the old value. Locks: none; takes and drops
 * sysctl_lock. May sleep.
 */
export function* kernel_sysctl(
  p: proc,
  name: ptr<int>,
  namelen: int,
  oldp: u32,
  oldlen: u32,
  newp: u32,
  newlen: u32,
  retval: ptr<u32>,
): Sleeps<int> {
  const req = $local<sysctl_req>();
  bzero($addr(req), $sizeof<sysctl_req>());
  req.rq_p = p;
  req.oldptr = oldp;
  req.oldlen = oldlen;
  req.newptr = newp;
  req.newlen = newlen;
  req.rq_kernel = 1;
  yield* sx_xlock(sysctl_lock);
  const error = yield* sysctl_root(name, namelen, req);
  sx_xunlock(sysctl_lock);
  retval[0] = req.oldptr !== 0 && req.oldidx > req.oldlen ? req.oldlen : req.oldidx;
  return error;
}

/** __sysctl(2). Locks: Giant. May sleep. */
export function* __sysctl(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<sysctl_args>(uap);
  const name = $local<array<int, 12>>();
  if (args.namelen < 2 || args.namelen > CTL_MAXNAME) return EINVAL;
  let error = yield* copyin(args.name, $addr(name), args.namelen * 4);
  if (error !== 0) return error;
  const oldlen = $var<u32>();
  oldlen[0] = 0;
  if (args.oldlenp !== 0) {
    error = yield* copyin(args.oldlenp, $addr(oldlen), 4);
    if (error !== 0) return error;
  }
  error = yield* userland_sysctl(p, $cast<ptr<int>>(name), $i32(args.namelen), args, oldlen);
  if (error !== 0 && error !== ENOMEM) return error;
  if (args.oldlenp !== 0) {
    const error2 = yield* copyout($addr(oldlen), args.oldlenp, 4);
    if (error2 !== 0) return error2;
  }
  return error;
}

/**
 * A request with the program's buffers. *oldlen: room, then length. Locks: Giant; takes and drops
 * sysctl_lock. May sleep.
 */
function* userland_sysctl(
  p: proc,
  name: ptr<int>,
  namelen: int,
  args: sysctl_args,
  oldlen: ptr<u32>,
): Sleeps<int> {
  let oldbuf: u32 = 0;
  let newbuf: u32 = 0;
  let room: u32 = oldlen[0];
  let error: int = 0;
  if (room > SYSCTL_MAXOLD) room = SYSCTL_MAXOLD;
  if (args.newp !== 0 && args.newlen > SYSCTL_MAXNEW) return EINVAL;
  if (args.old !== 0 && room !== 0) oldbuf = yield* malloc(room, M_TEMP, M_WAITOK);
  if (args.newp !== 0) {
    newbuf = yield* malloc(args.newlen + 1, M_TEMP, M_WAITOK);
    error = yield* copyin(args.newp, newbuf, args.newlen);
  }
  if (error === 0) {
    error = yield* kernel_sysctl(p, name, namelen, oldbuf, room, newbuf, args.newlen, oldlen);
    if ((error === 0 || error === ENOMEM) && oldbuf !== 0) {
      const error2 = yield* copyout(oldbuf, args.old, oldlen[0]);
      if (error2 !== 0) error = error2;
    }
  }
  if (oldbuf !== 0) free(oldbuf, M_TEMP);
  if (newbuf !== 0) free(newbuf, M_TEMP);
  return error;
}

/** {0,1,...}: the name in words of the node whose number follows. Locks: sysctl_lock. Does not sleep. */
function* sysctl_sysctl_name(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const name = $cast<ptr<int>>(arg1);
  let list = sysctl__children;
  let error: int = 0;
  for (let i: int = 0; i < arg2 && error === 0; i++) {
    let q = SLIST_FIRST(list);
    while (q !== null && q.oid_number !== name[i]) q = SLIST_NEXT(q, 'oid_link');
    if (i !== 0) error = SYSCTL_OUT(req, $addr('.'), 1);
    if (error !== 0) break;
    if (q === null) return yield* sysctl_name_tail(req, name, i, arg2);
    error = SYSCTL_OUT(req, $addr(q.oid_name), strlen(q.oid_name));
    if ((q.oid_kind & CTLTYPE) === CTLTYPE_NODE) list = q.oid_children;
  }
  if (error !== 0) return error;
  return SYSCTL_OUT(req, $addr(''), 1);
}

/**
 * Numbers that have no node (the N of kern.proc.pid.N) are given as digits. Locks: sysctl_lock. Does not
 * sleep.
 */
function* sysctl_name_tail(req: sysctl_req, name: ptr<int>, from: int, n: int): Sleeps<int> {
  const buf = $local<array<char, 12>>();
  for (let i = from; i < n; i++) {
    if (i !== from) SYSCTL_OUT(req, $addr('.'), 1);
    const len = snprintf($addr(buf), 12, '%d', name[i]);
    const error = SYSCTL_OUT(req, $addr(buf), $u32(len));
    if (error !== 0) return error;
  }
  return SYSCTL_OUT(req, $addr(''), 1);
}

/**
 * The first leaf of `list` that comes behind `name` (namelen numbers; 0: the very first). Its number goes to
 * next[0..*len). Recursive by level, of which there are few. Locks: sysctl_lock. Does not sleep.
 */
function sysctl_next_leaf(
  list: SLIST_HEAD<sysctl_oid>,
  name: ptr<int>,
  namelen: int,
  next: ptr<int>,
  len: ptr<int>,
  level: int,
): sysctl_oid {
  for (let q = SLIST_FIRST(list); q !== null; q = SLIST_NEXT(q, 'oid_link')) {
    if (level >= CTL_MAXNAME) return null;
    next[level] = q.oid_number;
    len[0] = level + 1;
    if (namelen > 0 && q.oid_number < name[0]) continue;
    const node = (q.oid_kind & CTLTYPE) === CTLTYPE_NODE;
    const same = namelen > 0 && q.oid_number === name[0];
    if (!node || q.oid_handler !== null) {
      if (!same) return q;
      continue;
    }
    const rest = same ? namelen - 1 : 0;
    const found = sysctl_next_leaf(q.oid_children, $padd(name, 1), rest, next, len, level + 1);
    if (found !== null) return found;
  }
  return null;
}

/**
 * {0,2,...}: the number of the leaf behind the one whose number follows. Locks: sysctl_lock. Does not sleep.
 */
function* sysctl_sysctl_next(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const next = $local<array<int, 12>>();
  const len = $var<int>();
  const found = sysctl_next_leaf(
    sysctl__children,
    $cast<ptr<int>>(arg1),
    arg2,
    $cast<ptr<int>>(next),
    len,
    0,
  );
  if (found === null) return ENOENT;
  return SYSCTL_OUT(req, $addr(next), $u32(len[0]) * 4);
}

/** {0,3}: the number of the node whose name is the new value. Locks: sysctl_lock. Does not sleep. */
function* sysctl_sysctl_name2oid(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const oid = $local<array<int, 12>>();
  const word = $local<array<char, 64>>();
  let parent: sysctl_oid = null;
  let n: int = 0;
  if (req.newptr === 0 || req.newlen === 0) return ENOENT;
  let at: u32 = 0;
  while (at < req.newlen && $ld8(req.newptr + at) !== 0) {
    let i: int = 0;
    for (; at < req.newlen; at++) {
      const c = $ld8(req.newptr + at);
      if (c === 0 || c === 46 || i === 63) break;
      word[i++] = c;
    }
    word[i] = 0;
    if (at < req.newlen && $ld8(req.newptr + at) === 46) at++;
    const q = n < CTL_MAXNAME ? sysctl_find_name(parent, $cast<str>($addr(word))) : null;
    if (q === null) return ENOENT;
    oid[n++] = q.oid_number;
    if ((q.oid_kind & CTLTYPE) !== CTLTYPE_NODE) {
      if (at < req.newlen && $ld8(req.newptr + at) !== 0) return ENOENT;
      break;
    }
    parent = q;
  }
  if (n === 0) return ENOENT;
  return SYSCTL_OUT(req, $addr(oid), $u32(n) * 4);
}

/**
 * {0,4,...}: kind (a word) and format string of the node whose number follows. Locks: sysctl_lock. Does not
 * sleep.
 */
function* sysctl_sysctl_oidfmt(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const indx = $var<int>();
  const q = sysctl_find_oid($cast<ptr<int>>(arg1), arg2, indx);
  if (q === null) return ENOENT;
  const kind = $var<u32>();
  kind[0] = q.oid_kind;
  const error = SYSCTL_OUT(req, $addr(kind), 4);
  if (error !== 0) return error;
  return SYSCTL_OUT(req, $addr(q.oid_fmt), strlen(q.oid_fmt) + 1);
}

/** Makes the tree and its own branch, {0,...}. SYSINIT. Locks: Giant. May sleep. */
export function* sysctl_init(dummy: u32): Sleeps {
  sx_init(sysctl_lock, 'sysctl lock');
  SLIST_INIT(sysctl__children);
  const top = yield* SYSCTL_ADD_NODE(null, CTL_SYSCTL, 'sysctl');
  yield* SYSCTL_ADD_PROC(top, CTL_SYSCTL_NAME, 'name', CTLTYPE_NODE | CTLFLAG_RD, sysctl_sysctl_name, '');
  yield* SYSCTL_ADD_PROC(top, CTL_SYSCTL_NEXT, 'next', CTLTYPE_NODE | CTLFLAG_RD, sysctl_sysctl_next, '');
  const kind: u32 = CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_ANYBODY;
  yield* SYSCTL_ADD_PROC(top, CTL_SYSCTL_NAME2OID, 'name2oid', kind, sysctl_sysctl_name2oid, 'I');
  yield* SYSCTL_ADD_PROC(
    top,
    CTL_SYSCTL_OIDFMT,
    'oidfmt',
    CTLTYPE_NODE | CTLFLAG_RD,
    sysctl_sysctl_oidfmt,
    '',
  );
}
