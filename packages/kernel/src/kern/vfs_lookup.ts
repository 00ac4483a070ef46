/**
 * Pathname lookup (kern/vfs_lookup.c). One file system and no mounts on directories, so a walk never crosses
 * a mount point. All under Giant; the file system's lookup of one component does not sleep, so a walk needs
 * no vnode locks; only a parent that is about to be changed (LOCKPARENT) is locked, before its entry is
 * looked up.
 */
import { curproc } from '../i386/pcpu.h.js';
import { bcopy, copyinstr, copystr } from '../i386/support.js';
import type { iovec } from '../sys/_iovec.h.js';
import { MAXNAMLEN } from '../sys/dirent.h.js';
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from '../sys/errno.h.js';
import { LK_EXCLUSIVE } from '../sys/lockmgr.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import type { nameidata } from '../sys/namei.h.js';
import { CREATE, FOLLOW, LOCKPARENT, LOOKUP, RENAME, WILLBEDIR } from '../sys/namei.h.js';
import { MAXPATHLEN } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { uio } from '../sys/uio.h.js';
import { UIO_READ, UIO_SYSSPACE } from '../sys/uio.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { MAXSYMLINKS, VDIR, VEXEC, VLNK } from '../sys/vnode.h.js';
import { free, malloc } from './kern_malloc.js';
import { uio_init } from './kern_subr.js';
import { VOP_UNLOCK, vn_lock, vput, vref, vrele } from './vfs_subr.js';
import { VOP_ACCESS, VOP_LOOKUP, VOP_READLINK } from './vnode_if.js';

export let M_NAMEI: embed<malloc_type> = $init({ ks_shortdesc: 'namei' });

/** Prepares a lookup. Locks: none. Does not sleep. */
export function NDINIT(ndp: nameidata, op: int, flags: int, segflg: int, dirp: u32, p: proc): void {
  ndp.ni_dirp = dirp;
  ndp.ni_segflg = segflg;
  ndp.ni_op = op;
  ndp.ni_flags = flags;
  ndp.ni_proc = p;
  ndp.ni_vp = null;
  ndp.ni_dvp = null;
  ndp.ni_pnbuf = 0;
  ndp.ni_nameptr = 0;
  ndp.ni_namelen = 0;
  ndp.ni_loopcnt = 0;
}

/**
 * Ends a successful lookup: frees the name, unlocks and drops the parent if there is one. ni_vp stays the
 * caller's. Locks: Giant. May sleep.
 */
export function* NDFREE(ndp: nameidata): Sleeps {
  if (ndp.ni_pnbuf !== 0) {
    free(ndp.ni_pnbuf, M_NAMEI);
    ndp.ni_pnbuf = 0;
  }
  if (ndp.ni_dvp !== null) {
    yield* vput(ndp.ni_dvp);
    ndp.ni_dvp = null;
  }
}

/**
 * Looks a pathname up. On success ni_vp is referenced and not locked (null if CREATE or RENAME found no
 * entry), with LOCKPARENT ni_dvp is referenced and locked exclusively, ni_nameptr/ni_namelen name the last
 * component, and the caller ends with NDFREE. On an error nothing is held. Locks: Giant. May sleep.
 */
export function* namei(ndp: nameidata): Sleeps<int> {
  const p = ndp.ni_proc;
  ndp.ni_pnbuf = yield* malloc(MAXPATHLEN, M_NAMEI, M_WAITOK);
  let error: int = 0;
  if (ndp.ni_segflg === UIO_SYSSPACE) error = copystr(ndp.ni_dirp, ndp.ni_pnbuf, MAXPATHLEN, null);
  else error = yield* copyinstr(ndp.ni_dirp, ndp.ni_pnbuf, MAXPATHLEN, null);
  /* The empty name is no file. */
  if (error === 0 && $ld8(ndp.ni_pnbuf) === 0) error = ENOENT;
  ndp.ni_nameptr = ndp.ni_pnbuf;
  let dp: vnode = namei_start(ndp, p);
  if (error === 0 && dp === null) error = ENOENT;
  if (error === 0) vref(dp);
  while (error === 0) {
    error = yield* namei_walk(ndp, dp);
    if (error !== 0 || ndp.ni_vp === null || ndp.ni_vp.v_type !== VLNK || !namei_follows(ndp)) break;
    dp = ndp.ni_vp;
    const dirvp = ndp.ni_dvp;
    ndp.ni_vp = null;
    ndp.ni_dvp = null;
    error = yield* namei_link(ndp, dp);
    yield* vrele(dp);
    /* The target is relative to the directory that holds the link. */
    if (ndp.ni_flags & LOCKPARENT) VOP_UNLOCK(dirvp, 0, p);
    dp = dirvp;
    if (error === 0 && $ld8(ndp.ni_nameptr) === 47) {
      yield* vrele(dp);
      dp = namei_root(p);
      vref(dp);
    }
    if (error !== 0) yield* vrele(dp);
  }
  if (error !== 0) {
    free(ndp.ni_pnbuf, M_NAMEI);
    ndp.ni_pnbuf = 0;
    return error;
  }
  if (!(ndp.ni_flags & LOCKPARENT) && ndp.ni_dvp !== null) {
    yield* vrele(ndp.ni_dvp);
    ndp.ni_dvp = null;
  }
  return 0;
}

/** The process's root directory. Locks: Giant. Does not sleep. */
function namei_root(p: proc): vnode {
  const fdp = p.p_fd;
  return fdp !== null && fdp.fd_rdir !== null ? fdp.fd_rdir : rootvnode;
}

/** Where the walk starts. Locks: Giant. Does not sleep. */
function namei_start(ndp: nameidata, p: proc): vnode {
  const fdp = p.p_fd;
  if ($ld8(ndp.ni_nameptr) === 47 || fdp === null || fdp.fd_cdir === null) return namei_root(p);
  return fdp.fd_cdir;
}

/** Is the symbolic link that was found to be followed? Locks: Giant. Does not sleep. */
function namei_follows(ndp: nameidata): boolean {
  return (ndp.ni_flags & FOLLOW) !== 0 || $ld8(ndp.ni_nameptr + $u32(ndp.ni_namelen)) === 47;
}

/** Puts a link's target before what is left of the name. ELOOP, ENAMETOOLONG. Locks: Giant. May sleep. */
function* namei_link(ndp: nameidata, vp: vnode): Sleeps<int> {
  const aiov = $local<iovec>();
  const auio = $local<uio>();
  if (++ndp.ni_loopcnt > MAXSYMLINKS) return ELOOP;
  const next = ndp.ni_nameptr + $u32(ndp.ni_namelen);
  let rest: u32 = 1;
  while ($ld8(next + rest - 1) !== 0) rest++;
  const cp = yield* malloc(MAXPATHLEN, M_NAMEI, M_WAITOK);
  uio_init(auio, aiov, cp, MAXPATHLEN, UIO_SYSSPACE, UIO_READ, null);
  let error = yield* VOP_READLINK(vp, auio);
  const len = MAXPATHLEN - $u32(auio.uio_resid);
  if (error === 0 && len === 0) error = ENOENT;
  if (error === 0 && len + rest > MAXPATHLEN) error = ENAMETOOLONG;
  if (error !== 0) {
    free(cp, M_NAMEI);
    return error;
  }
  bcopy(next, cp + len, rest);
  free(ndp.ni_pnbuf, M_NAMEI);
  ndp.ni_pnbuf = cp;
  ndp.ni_nameptr = cp;
  return 0;
}

/**
 * Walks from dp, whose reference it takes over, to the last component, or to a symbolic link on the way. On
 * success ni_dvp is referenced (and locked, if LOCKPARENT), ni_vp is referenced or null. On an error nothing
 * is held. Locks: Giant. May sleep.
 */
function* namei_walk(ndp: nameidata, dp: vnode): Sleeps<int> {
  const p = ndp.ni_proc;
  const vpp = $var<vnode>();
  let dvp = dp;
  for (;;) {
    const last = namei_component(ndp);
    const locked = last && (ndp.ni_flags & LOCKPARENT) !== 0;
    let error: int = ndp.ni_namelen > MAXNAMLEN ? ENAMETOOLONG : 0;
    if (error === 0 && dvp.v_type !== VDIR) error = ENOTDIR;
    if (error === 0) error = VOP_ACCESS(dvp, VEXEC, p);
    if (error !== 0) {
      yield* vrele(dvp);
      return error;
    }
    if (locked) yield* vn_lock(dvp, LK_EXCLUSIVE, p);
    vpp[0] = null;
    if (ndp.ni_namelen === 0) {
      /* Only slashes: the root itself. */
      vref(dvp);
      vpp[0] = dvp;
    } else {
      error = yield* VOP_LOOKUP(dvp, ndp.ni_nameptr, ndp.ni_namelen, vpp);
    }
    const creating = last && (ndp.ni_op === CREATE || ndp.ni_op === RENAME);
    if (error === ENOENT && creating) error = 0;
    if (error === 0 && last && vpp[0] !== null && ndp.ni_flags & WILLBEDIR && vpp[0].v_type !== VDIR) {
      if (vpp[0].v_type !== VLNK) error = ENOTDIR;
    }
    if (error !== 0) {
      if (vpp[0] !== null) yield* vrele(vpp[0]);
      if (locked) VOP_UNLOCK(dvp, 0, p);
      yield* vrele(dvp);
      return error;
    }
    if (last || (vpp[0] !== null && vpp[0].v_type === VLNK)) {
      if (!locked && ndp.ni_flags & LOCKPARENT) yield* vn_lock(dvp, LK_EXCLUSIVE, p);
      ndp.ni_dvp = dvp;
      ndp.ni_vp = vpp[0];
      return 0;
    }
    yield* vrele(dvp);
    dvp = vpp[0];
    ndp.ni_nameptr += $u32(ndp.ni_namelen);
  }
}

/**
 * Finds the next component: skips slashes, sets ni_nameptr and ni_namelen. True if nothing but slashes
 * follows. Locks: none. Does not sleep.
 */
function namei_component(ndp: nameidata): boolean {
  let cp: u32 = ndp.ni_nameptr;
  while ($ld8(cp) === 47) cp++;
  let end: u32 = cp;
  while ($ld8(end) !== 0 && $ld8(end) !== 47) end++;
  ndp.ni_nameptr = cp;
  ndp.ni_namelen = $i32(end - cp);
  const slash = $ld8(end) === 47;
  while ($ld8(end) === 47) end++;
  if ($ld8(end) !== 0) return false;
  if (slash) ndp.ni_flags |= WILLBEDIR;
  return true;
}

/**
 * The plain form: the vnode of a name, links followed, referenced and not locked. Locks: Giant. May sleep.
 */
export function* lookup(path: u32, segflg: int, vpp: ptr<vnode>): Sleeps<int> {
  const nd = $local<nameidata>();
  NDINIT(nd, LOOKUP, FOLLOW, segflg, path, curproc());
  vpp[0] = null;
  const error = yield* namei(nd);
  if (error !== 0) return error;
  vpp[0] = nd.ni_vp;
  yield* NDFREE(nd);
  return 0;
}
