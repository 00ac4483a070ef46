/**
 * Descriptors and open files (kern/kern_descrip.c). All of it runs under Giant. Not here: advisory locks,
 * SIGIO ownership, /dev/fd; ftruncate and fsync are in vfs_syscalls.ts.
 *
 * Invariants:
 *  1. f_count is the number of descriptors of all tables that name the file, plus the system calls that are
 *     using it (fhold .. fdrop). At 0 the file is closed.
 *  2. No descriptor below fd_freefile is free; none above fd_lastfile is in use.
 *  3. A slot that is null is free: falloc fills the slot before anything may sleep.
 */
import { bcopy, copyout } from '../i386/support.js';
import { EBADF, EINVAL, EMFILE, ENFILE } from '../sys/errno.h.js';
import {
  FCNTLFLAGS,
  FD_CLOEXEC,
  FFLAGS,
  F_DUPFD,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  OFLAGS,
  O_ACCMODE,
} from '../sys/fcntl.h.js';
import type { file, fileops } from '../sys/file.h.js';
import type { filedesc, filedesc0 } from '../sys/filedesc.h.js';
import { NDEXTENT, NDFILE, UF_EXCLOSE } from '../sys/filedesc.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_NOFILE } from '../sys/resource.h.js';
import type { stat } from '../sys/stat.h.js';
import type { close_args, dup2_args, dup_args, fcntl_args, fstat_args } from '../sys/sysproto.h.js';
import { LOG_ERR } from '../sys/systm.h.js';
import type { uio } from '../sys/uio.h.js';
import { free, malloc } from './kern_malloc.js';
import { log } from './subr_prf.js';
import { vref, vrele } from './vfs_subr.js';

export let filehead: embed<LIST_HEAD<file>>;
export let nfiles: int = 0;
export let maxfiles: int = 1064;
export let maxfilesperproc: int = 1064;
export let M_FILE: embed<malloc_type> = $init({ ks_shortdesc: 'file' });
export let M_FILEDESC: embed<malloc_type> = $init({ ks_shortdesc: 'file desc' });

/** getdtablesize(2): the most descriptors the process may have. Locks: Giant. Does not sleep. */
export function* getdtablesize(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = fd_limit(p);
  return 0;
}

/** The most descriptors the process may have. Locks: Giant. Does not sleep. */
function fd_limit(p: proc): int {
  const lim = p.p_limit.pl_rlimit[RLIMIT_NOFILE].rlim_cur;
  return lim < $i64(maxfilesperproc) ? $i32(lim) : maxfilesperproc;
}

/** dup2(2): makes `to` name the same file as `from`. Locks: Giant. May sleep. */
export function* dup2(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<dup2_args>(uap);
  const fdp = p.p_fd;
  const from: int = $i32(args.from);
  const to: int = $i32(args.to);
  if (fget(fdp, from) === null || to < 0 || to >= fd_limit(p)) return EBADF;
  if (from === to) {
    p.p_retval[0] = to;
    return 0;
  }
  if (to >= fdp.fd_nfiles) {
    const error = yield* fd_grow(p, to);
    if (error !== 0) return error;
  }
  return yield* do_dup(p, from, to);
}

/** dup(2): gives the lowest free descriptor to the same file. Locks: Giant. May sleep. */
export function* dup(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<dup_args>(uap);
  const from: int = $i32(args.fd);
  if (fget(p.p_fd, from) === null) return EBADF;
  const result = $var<int>();
  const error = yield* fdalloc(p, 0, result);
  if (error !== 0) return error;
  return yield* do_dup(p, from, result[0]);
}

/** fcntl(2): F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL. Locks: Giant. May sleep. */
export function* fcntl(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<fcntl_args>(uap);
  const fdp = p.p_fd;
  const fd = args.fd;
  const fp = fget(fdp, fd);
  if (fp === null) return EBADF;
  switch (args.cmd) {
    case F_DUPFD: {
      if (args.arg < 0 || args.arg >= fd_limit(p)) return EINVAL;
      const result = $var<int>();
      const error = yield* fdalloc(p, args.arg, result);
      if (error !== 0) return error;
      return yield* do_dup(p, fd, result[0]);
    }
    case F_GETFD:
      p.p_retval[0] = fdp.fd_ofileflags[fd] & UF_EXCLOSE ? FD_CLOEXEC : 0;
      return 0;
    case F_SETFD:
      if (args.arg & FD_CLOEXEC) fdp.fd_ofileflags[fd] = fdp.fd_ofileflags[fd] | UF_EXCLOSE;
      else fdp.fd_ofileflags[fd] = fdp.fd_ofileflags[fd] & ~UF_EXCLOSE;
      return 0;
    case F_GETFL:
      p.p_retval[0] = OFLAGS(fp.f_flag);
      return 0;
    case F_SETFL:
      fp.f_flag = (fp.f_flag & ~FCNTLFLAGS) | (FFLAGS(args.arg & ~O_ACCMODE) & FCNTLFLAGS);
      return 0;
    default:
      return EINVAL;
  }
}

/**
 * Makes `to` name the file of `from`; what `to` named is closed. p_retval is `to`.
 * Locks: Giant. May sleep (closing), after the table is right.
 */
function* do_dup(p: proc, from: int, to: int): Sleeps<int> {
  const fdp = p.p_fd;
  /* The allocation of `to` may have slept: with a shared table `from` may be gone. */
  const fp = fget(fdp, from);
  if (fp === null) return EBADF;
  KASSERT(to >= 0 && to < fdp.fd_nfiles && to !== from, 'do_dup: %d to %d', from, to);
  const old = fdp.fd_ofiles[to];
  fhold(fp);
  fdp.fd_ofiles[to] = fp;
  fdp.fd_ofileflags[to] = fdp.fd_ofileflags[from] & ~UF_EXCLOSE;
  if (to > fdp.fd_lastfile) fdp.fd_lastfile = to;
  p.p_retval[0] = to;
  if (old !== null) yield* closef(old, p);
  return 0;
}

/** close(2). Locks: Giant. May sleep. */
export function* close(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<close_args>(uap);
  const fd = args.fd;
  const fp = fget(p.p_fd, fd);
  if (fp === null) return EBADF;
  fdclear(p.p_fd, fd);
  return yield* closef(fp, p);
}

/** fstat(2). Locks: Giant. May sleep. */
export function* fstat(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<fstat_args>(uap);
  const fp = fget(p.p_fd, args.fd);
  if (fp === null) return EBADF;
  const sb = $local<stat>();
  fhold(fp);
  let error = yield* fp.f_ops.fo_stat(fp, sb, p);
  if (error === 0) error = yield* copyout($addr(sb), args.sb, $sizeof<stat>());
  yield* fdrop(fp, p);
  return error;
}

/** The open file of a descriptor, or null. Takes no reference. Locks: Giant. Does not sleep. */
export function fget(fdp: filedesc, fd: int): file {
  if ($u32(fd) >= $u32(fdp.fd_nfiles)) return null;
  return fdp.fd_ofiles[fd];
}

/**
 * The open file of a descriptor if it is open for all of `flag` (FREAD, FWRITE; 0: any), with a reference, or
 * null. Locks: Giant. Does not sleep.
 */
export function holdfp(fdp: filedesc, fd: int, flag: int): file {
  const fp = fget(fdp, fd);
  if (fp === null || (fp.f_flag & flag) !== flag) return null;
  fhold(fp);
  return fp;
}

/** One more reference. Locks: Giant. Does not sleep. */
export function fhold(fp: file): void {
  KASSERT(fp.f_count > 0, 'fhold: count %d', fp.f_count);
  fp.f_count++;
}

/** Drops a reference; with the last one the file is closed. Errno of the close. Locks: Giant. May sleep. */
export function* fdrop(fp: file, p: proc): Sleeps<int> {
  KASSERT(fp.f_count > 0, 'fdrop: count %d', fp.f_count);
  if (--fp.f_count > 0) return 0;
  const error = yield* fp.f_ops.fo_close(fp, p);
  ffree(fp);
  return error;
}

/** Drops a descriptor's reference. Locks: Giant. May sleep. */
export function* closef(fp: file, p: proc): Sleeps<int> {
  return yield* fdrop(fp, p);
}

/** Empties a slot; the reference is the caller's now. Locks: Giant. Does not sleep. */
function fdclear(fdp: filedesc, fd: int): void {
  KASSERT(fdp.fd_ofiles[fd] !== null, 'fdclear: %d is free', fd);
  fdp.fd_ofiles[fd] = null;
  fdp.fd_ofileflags[fd] = 0;
  if (fd < fdp.fd_freefile) fdp.fd_freefile = fd;
  while (fdp.fd_lastfile >= 0 && fdp.fd_ofiles[fdp.fd_lastfile] === null) fdp.fd_lastfile--;
}

/**
 * Finds the lowest free descriptor from `want` on; the slot stays free, so the caller fills it before it
 * sleeps. EMFILE. Locks: Giant. May sleep (to enlarge the table).
 */
export function* fdalloc(p: proc, want: int, result: ptr<int>): Sleeps<int> {
  const fdp = p.p_fd;
  const lim = fd_limit(p);
  for (;;) {
    const last = fdp.fd_nfiles < lim ? fdp.fd_nfiles : lim;
    let fd: int = want > fdp.fd_freefile ? want : fdp.fd_freefile;
    while (fd < last && fdp.fd_ofiles[fd] !== null) fd++;
    if (fd < last) {
      if (fd > fdp.fd_lastfile) fdp.fd_lastfile = fd;
      if (want <= fdp.fd_freefile) fdp.fd_freefile = fd;
      result[0] = fd;
      return 0;
    }
    if (fdp.fd_nfiles >= lim) return EMFILE;
    const error = yield* fd_grow(p, fdp.fd_nfiles);
    if (error !== 0) return error;
  }
}

/** Enlarges the table until it has a slot `fd`. Locks: Giant. May sleep. */
function* fd_grow(p: proc, fd: int): Sleeps<int> {
  const fdp = p.p_fd;
  while (fd >= fdp.fd_nfiles) {
    const old = fdp.fd_nfiles;
    let want: int = old < NDEXTENT ? NDEXTENT : 2 * old;
    while (want <= fd) want *= 2;
    const space = yield* malloc($u32(want * 5), M_FILEDESC, M_WAITOK | M_ZERO);
    if (fdp.fd_nfiles !== old) {
      /* Somebody who shares the table enlarged it while we slept. */
      free(space, M_FILEDESC);
      continue;
    }
    const files = space;
    const fileflags = space + $u32(want * 4);
    bcopy($addr(fdp.fd_ofiles), files, $u32(old * 4));
    bcopy($addr(fdp.fd_ofileflags), fileflags, $u32(old));
    if (old > NDFILE) free($addr(fdp.fd_ofiles), M_FILEDESC);
    fdp.fd_ofiles = $cast<ptr<file>>(files);
    fdp.fd_ofileflags = $cast<ptr<char>>(fileflags);
    fdp.fd_nfiles = want;
  }
  return 0;
}

/**
 * Makes an open file and gives it the lowest free descriptor; the slot holds the only reference. The caller
 * sets f_flag, f_type, f_ops, f_data. ENFILE, EMFILE. Locks: Giant. May sleep.
 */
export function* falloc(p: proc, resultfp: ptr<file>, resultfd: ptr<int>): Sleeps<int> {
  if (nfiles >= maxfiles) {
    log(LOG_ERR, 'kern.maxfiles limit exceeded by uid %d, please see tuning(7).\n', p.p_ucred_uid);
    return ENFILE;
  }
  const fp = $cast<file>(yield* malloc($sizeof<file>(), M_FILE, M_WAITOK | M_ZERO));
  const error = yield* fdalloc(p, 0, resultfd);
  if (error !== 0) {
    free($addr(fp), M_FILE);
    return error;
  }
  nfiles++;
  fp.f_count = 1;
  fp.f_cred = p.p_ucred_uid;
  fp.f_ops = badfileops;
  LIST_INSERT_HEAD(filehead, fp, 'f_list');
  p.p_fd.fd_ofiles[resultfd[0]] = fp;
  p.p_fd.fd_ofileflags[resultfd[0]] = 0;
  resultfp[0] = fp;
  return 0;
}

/**
 * Takes back a falloc whose open failed: frees slot and file. What the open has made of the file so far is
 * closed by its own operations, with the last reference. Locks: Giant. May sleep.
 */
export function* fdundo(p: proc, fp: file, fd: int): Sleeps {
  /* The file may have been replaced in its slot by dup2 of a process that shares the table. */
  if (p.p_fd.fd_ofiles[fd] !== fp) return;
  fdclear(p.p_fd, fd);
  yield* fdrop(fp, p);
}

/** Frees an open file that is closed. Locks: Giant. Does not sleep. */
function ffree(fp: file): void {
  KASSERT(fp.f_count === 0, 'ffree: fp_fcount not 0!');
  LIST_REMOVE(fp, 'f_list');
  nfiles--;
  free($addr(fp), M_FILE);
}

/** An empty table with the directories of p's. Locks: Giant. May sleep. */
export function* fdinit(p: proc): Sleeps<filedesc> {
  const newfdp = $cast<filedesc0>(yield* malloc($sizeof<filedesc0>(), M_FILEDESC, M_WAITOK | M_ZERO));
  const fdp = newfdp.fd_fd;
  const ofdp = p.p_fd;
  if (ofdp !== null) {
    fdp.fd_cdir = ofdp.fd_cdir;
    if (fdp.fd_cdir !== null) vref(fdp.fd_cdir);
    fdp.fd_rdir = ofdp.fd_rdir;
    if (fdp.fd_rdir !== null) vref(fdp.fd_rdir);
    fdp.fd_cmask = ofdp.fd_cmask;
  } else {
    fdp.fd_cmask = 0o22;
  }
  fdp.fd_refcnt = 1;
  fdp.fd_ofiles = newfdp.fd_dfiles;
  fdp.fd_ofileflags = newfdp.fd_dfileflags;
  fdp.fd_nfiles = NDFILE;
  fdp.fd_lastfile = -1;
  return fdp;
}

/** One more process shares p's table (rfork without RFFDG). Locks: Giant. Does not sleep. */
export function fdshare(p: proc): filedesc {
  p.p_fd.fd_refcnt++;
  return p.p_fd;
}

/** A copy of p's table for a child, null if p has none. Locks: Giant. May sleep. */
export function* fdcopy(p: proc): Sleeps<filedesc> {
  const fdp = p.p_fd;
  if (fdp === null) return null;
  const newfdp = yield* fdinit(p);
  let space: u32 = 0;
  let want: int = NDFILE;
  /* Allocating may sleep, and then a process that shares the table may enlarge it. */
  while (fdp.fd_lastfile >= want) {
    if (space !== 0) free(space, M_FILEDESC);
    want = fdp.fd_nfiles;
    space = yield* malloc($u32(want * 5), M_FILEDESC, M_WAITOK | M_ZERO);
  }
  if (space !== 0) {
    newfdp.fd_ofiles = $cast<ptr<file>>(space);
    newfdp.fd_ofileflags = $cast<ptr<char>>(space + $u32(want * 4));
    newfdp.fd_nfiles = want;
  }
  newfdp.fd_lastfile = fdp.fd_lastfile;
  newfdp.fd_freefile = fdp.fd_freefile;
  for (let i: int = 0; i <= fdp.fd_lastfile; i++) {
    const fp = fdp.fd_ofiles[i];
    if (fp === null) continue;
    fhold(fp);
    newfdp.fd_ofiles[i] = fp;
    newfdp.fd_ofileflags[i] = fdp.fd_ofileflags[i];
  }
  return newfdp;
}

/** Gives up p's table; the last process closes what is open. p_fd becomes null. Locks: Giant. May sleep. */
export function* fdfree(p: proc): Sleeps {
  const fdp = p.p_fd;
  if (fdp === null) return;
  KASSERT(fdp.fd_refcnt > 0, 'fdfree: refcnt %d', fdp.fd_refcnt);
  if (--fdp.fd_refcnt > 0) {
    p.p_fd = null;
    return;
  }
  for (let i: int = 0; i <= fdp.fd_lastfile; i++) {
    const fp = fdp.fd_ofiles[i];
    if (fp === null) continue;
    fdp.fd_ofiles[i] = null;
    yield* closef(fp, p);
  }
  p.p_fd = null;
  if (fdp.fd_nfiles > NDFILE) free($addr(fdp.fd_ofiles), M_FILEDESC);
  if (fdp.fd_cdir !== null) yield* vrele(fdp.fd_cdir);
  if (fdp.fd_rdir !== null) yield* vrele(fdp.fd_rdir);
  free($addr(fdp), M_FILEDESC);
}

/** Closes what is marked close-on-exec. Locks: Giant. May sleep. */
export function* fdcloseexec(p: proc): Sleeps {
  const fdp = p.p_fd;
  if (fdp === null) return;
  for (let i: int = 0; i <= fdp.fd_lastfile; i++) {
    const fp = fdp.fd_ofiles[i];
    if (fp === null || !(fdp.fd_ofileflags[i] & UF_EXCLOSE)) continue;
    fdclear(fdp, i);
    yield* closef(fp, p);
  }
}

/** Operations of a file whose open is not complete. */
export let badfileops: embed<fileops> = $init({
  fo_read: badfo_readwrite,
  fo_write: badfo_readwrite,
  fo_ioctl: badfo_ioctl,
  fo_poll: badfo_poll,
  fo_stat: badfo_stat,
  fo_close: badfo_close,
});

/** EBADF. Locks: Giant. Does not sleep. */
function* badfo_readwrite(fp: file, uio: uio, flags: int, p: proc): Sleeps<int> {
  return EBADF;
}
/** EBADF. Locks: Giant. Does not sleep. */
function* badfo_ioctl(fp: file, com: u32, data: u32, p: proc): Sleeps<int> {
  return EBADF;
}
/** No events. Locks: Giant. Does not sleep. */
function badfo_poll(fp: file, events: int, p: proc): int {
  return 0;
}
/** EBADF. Locks: Giant. Does not sleep. */
function* badfo_stat(fp: file, sb: stat, p: proc): Sleeps<int> {
  return EBADF;
}
/** Nothing to close. Locks: Giant. Does not sleep. */
function* badfo_close(fp: file, p: proc): Sleeps<int> {
  return 0;
}
