import { expect, test } from 'vitest';
import { kernelTests } from './module.js';

/**
 * System calls at their limits, each called as trap.ts calls it: does it answer with the error of its manual
 * page, and is all that it took on the way given back, however it ends? And what a child has of its parent's
 * files, signals and limits.
 */
const TEST = `
/** A place where no program has memory, and one that belongs to the kernel. */
const T_NOWHERE = 0x60000000;
const T_KERNEL = 0xc0100000;
let t_words: array<u32, 8>;
/** The fifth word of a call: where an lseek is from, the descriptor of an mmap. */
let t_fifth: u32 = 0;
/** A page of this process. */
let t_user: u32 = 0;
let t_file: u32 = 0;
let t_dir: u32 = 0;
let t_pipe: u32 = 0;

/** What calls take for a while: files, vnodes and objects, their locks, memory, room for arguments. */
function t_held(p: proc): int {
  let n: int = nfiles + p.p_locks + p.p_lock + exec_map.nentries;
  for (let fp = LIST_FIRST(filehead); fp !== null; fp = LIST_NEXT(fp, 'f_list')) n += fp.f_count;
  for (let mp = TAILQ_FIRST(mountlist); mp !== null; mp = TAILQ_NEXT(mp, 'mnt_list'))
    for (let vp = LIST_FIRST(mp.mnt_vnodelist); vp !== null; vp = LIST_NEXT(vp, 'v_mntvnodes'))
      n += vp.v_usecount + vp.v_writecount + (vp.v_object === null ? 0 : vp.v_object.ref_count);
  n += $i32(M_NAMEI.ks_inuse + M_IOV.ks_inuse + M_IOCTLOPS.ks_inuse + M_TEMP.ks_inuse + M_PIPE.ks_inuse);
  n += $i32(M_SUBPROC.ks_inuse + M_FILEDESC.ks_inuse + M_FILE.ks_inuse + amountpipekva);
  return n + p.p_vmspace.vm_map.nentries;
}
function* t_sys(p: proc, nr: int, a: u32, b: u32, c: u32, d: u32): Sleeps<int> {
  t_words[0] = a;
  t_words[1] = b;
  t_words[2] = c;
  t_words[3] = d;
  t_words[4] = t_fifth;
  p.p_retval[0] = 0;
  return yield* sysent[nr].sy_call(p, $addr(t_words));
}
/** Makes a call, which is to end with that error, and looks at what it leaves. */
function* t_try4(p: proc, what: str, want: int, nr: int, a: u32, b: u32, c: u32, d: u32): Sleeps {
  const before = t_held(p);
  const error = yield* t_sys(p, nr, a, b, c, d);
  printf('= %s: told %d\\n', what, error);
  printf('= %s: left %d\\n', what, t_held(p) - before);
}
function* t_try(p: proc, what: str, want: int, nr: int, a: u32, b: u32, c: u32): Sleeps {
  yield* t_try4(p, what, want, nr, a, b, c, 0);
}
/** A name in this process's memory, one at a time in each half of its page. */
function* t_path(name: str, half: u32): Sleeps<u32> {
  let n: u32 = 0;
  while ($ld8($addr(name) + n) !== 0) n++;
  yield* copyout($addr(name), t_user + half * 1024, n + 1);
  return t_user + half * 1024;
}
function* t_open(p: proc, name: str, flags: int): Sleeps<u32> {
  const error = yield* t_sys(p, SYS_open, yield* t_path(name, 0), $u32(flags), 420, 0);
  KASSERT(error === 0, 't_open: %d', error);
  return $u32(p.p_retval[0]);
}
function* t_poke(at: u32, a: u32, b: u32): Sleeps {
  yield* suword(at, $i32(a));
  yield* suword(at + 4, $i32(b));
}

/** Where results do not go, and arguments do not come from. */
function* t_nowhere(p: proc): Sleeps {
  const iov = t_user + 2048;
  const name = yield* t_path('/tmp/limits', 0);
  yield* t_try(p, 'fstat of a file', EFAULT, SYS_fstat, t_file, T_NOWHERE, 0);
  yield* t_try(p, 'fstat of a pipe', EFAULT, SYS_fstat, t_pipe, T_KERNEL, 0);
  yield* t_try(p, 'stat', EFAULT, SYS_stat, name, T_NOWHERE, 0);
  yield* t_try(p, 'lstat', EFAULT, SYS_lstat, name, T_KERNEL, 0);
  yield* t_try(p, 'read', EFAULT, SYS_read, t_file, T_NOWHERE, 4);
  yield* t_try(p, 'write', EFAULT, SYS_write, t_file, T_NOWHERE, 4);
  yield* t_try(p, 'write to a pipe', EFAULT, SYS_write, t_pipe, T_KERNEL, 4);
  yield* t_try(p, 'readv, vector', EFAULT, SYS_readv, t_file, T_NOWHERE, 1);
  yield* t_try(p, 'writev, long vector', EFAULT, SYS_writev, t_file, T_NOWHERE, 100);
  yield* t_poke(iov, T_NOWHERE, 4);
  yield* t_try(p, 'readv, data', EFAULT, SYS_readv, t_file, iov, 1);
  yield* t_try(p, 'writev, data', EFAULT, SYS_writev, t_file, iov, 1);
  yield* t_try(p, 'ioctl, result', EFAULT, SYS_ioctl, 0, 0x402c7413, T_NOWHERE);
  yield* t_try(p, 'ioctl, argument', EFAULT, SYS_ioctl, 0, 0x802c7414, T_NOWHERE);
  yield* t_try(p, 'ioctl, long argument', EFAULT, SYS_ioctl, 0, 0x82007414, T_NOWHERE);
  yield* t_try(p, 'getdirentries', EFAULT, SYS_getdirentries, t_dir, T_NOWHERE, 512);
  yield* t_sys(p, SYS_lseek, t_dir, 0, 0, 0);
  yield* t_try4(p, 'getdirentries, base', EFAULT, SYS_getdirentries, t_dir, iov, 512, T_NOWHERE);
  yield* t_try(p, 'getrlimit', EFAULT, SYS_getrlimit, 0, T_KERNEL, 0);
  yield* t_try(p, 'setrlimit', EFAULT, SYS_setrlimit, 0, T_NOWHERE, 0);
  yield* t_try(p, 'getrusage', EFAULT, SYS_getrusage, 0, T_NOWHERE, 0);
  yield* t_try(p, 'sigaction', EFAULT, SYS_sigaction, SIGUSR1, T_NOWHERE, 0);
  yield* t_try(p, 'sigaction, old', EFAULT, SYS_sigaction, SIGUSR1, 0, T_NOWHERE);
  yield* t_try(p, 'sigprocmask, old', EFAULT, SYS_sigprocmask, SIG_BLOCK, 0, T_NOWHERE);
  yield* t_try(p, 'sigpending', EFAULT, SYS_sigpending, T_NOWHERE, 0, 0);
  yield* t_try(p, 'setitimer', EFAULT, SYS_setitimer, ITIMER_REAL, T_NOWHERE, 0);
  yield* t_try(p, 'getitimer', EFAULT, SYS_getitimer, ITIMER_REAL, T_NOWHERE, 0);
  yield* t_try(p, 'gettimeofday', EFAULT, SYS_gettimeofday, T_NOWHERE, 0, 0);
  yield* t_try(p, 'nanosleep', EFAULT, SYS_nanosleep, T_NOWHERE, 0, 0);
  yield* t_try(p, 'open', EFAULT, SYS_open, T_NOWHERE, O_RDONLY, 0);
  yield* t_try(p, 'open to make', EFAULT, SYS_open, T_KERNEL, O_CREAT | O_RDWR, 420);
  yield* t_try(p, 'mkdir', EFAULT, SYS_mkdir, T_NOWHERE, 493, 0);
  yield* t_try(p, 'rename, from', EFAULT, SYS_rename, T_NOWHERE, name, 0);
  yield* t_try(p, 'rename, to', EFAULT, SYS_rename, name, T_NOWHERE, 0);
  yield* t_try(p, 'swapon', EFAULT, SYS_swapon, T_NOWHERE, 0, 0);
  yield* t_try(p, 'execve', EFAULT, SYS_execve, T_NOWHERE, 0, 0);
  yield* t_path('/bin/sh', 0);
  yield* t_try(p, 'execve, arguments', EFAULT, SYS_execve, name, T_NOWHERE, 0);
  yield* t_path('/tmp/limits', 0);
}

/** Descriptors: of the wrong kind, too many, out of range. */
function* t_descriptors(p: proc): Sleeps {
  const iov = t_user + 2048;
  const reads = yield* t_open(p, '/etc/motd', O_RDONLY);
  const writes = yield* t_open(p, '/tmp/limits', O_WRONLY);
  yield* t_poke(iov, t_user, 0x7fffffff);
  yield* t_poke(iov + 8, t_user, 1);
  yield* t_try(p, 'read what is open to write', EBADF, SYS_read, writes, t_user, 1);
  yield* t_try(p, 'write what is open to read', EBADF, SYS_write, reads, t_user, 1);
  yield* t_try(p, 'read a directory', EISDIR, SYS_read, t_dir, t_user, 1);
  yield* t_try(p, 'read too much', EINVAL, SYS_read, t_file, t_user, 0x80000000);
  yield* t_try(p, 'write too much', EINVAL, SYS_write, t_file, t_user, 0x80000000);
  yield* t_try(p, 'readv of nothing', EINVAL, SYS_readv, t_file, iov, 0);
  yield* t_try(p, 'readv of 1025', EINVAL, SYS_readv, t_file, iov, 1025);
  yield* t_try(p, 'readv too much', EINVAL, SYS_readv, t_file, iov, 2);
  yield* t_try(p, 'writev too much', EINVAL, SYS_writev, t_file, iov, 2);
  yield* t_try4(p, 'lseek in a pipe', ESPIPE, SYS_lseek, t_pipe, 0, 0, 0);
  yield* t_try4(p, 'lseek before the beginning', EINVAL, SYS_lseek, t_file, 0, 0xffffffff, 0xffffffff);
  yield* t_try(p, 'ftruncate what is open to read', EINVAL, SYS_ftruncate, reads, 0, 0);
  yield* t_try(p, 'ftruncate a pipe', EINVAL, SYS_ftruncate, t_pipe, 0, 0);
  yield* t_try4(p, 'ftruncate to less than nothing', EINVAL, SYS_ftruncate, t_file, 0, 0xffffffff, 0xffffffff);
  yield* t_try(p, 'fsync a pipe', EINVAL, SYS_fsync, t_pipe, 0, 0);
  yield* t_try(p, 'fchdir to a file', ENOTDIR, SYS_fchdir, t_file, 0, 0);
  yield* t_try(p, 'fchdir to a pipe', EINVAL, SYS_fchdir, t_pipe, 0, 0);
  yield* t_try(p, 'getdirentries of a file', EINVAL, SYS_getdirentries, t_file, t_user, 512);
  yield* t_try(p, 'getdirentries of a pipe', EINVAL, SYS_getdirentries, t_pipe, t_user, 512);
  yield* t_try(p, 'ioctl of a file', ENOTTY, SYS_ioctl, t_file, 0x402c7413, t_user);
  yield* t_try(p, 'ioctl of a pipe', ENOTTY, SYS_ioctl, t_pipe, 0x402c7413, t_user);
  yield* t_try(p, 'fcntl of nothing', EBADF, SYS_fcntl, 19, F_GETFD, 0);
  yield* t_try(p, 'fcntl of no kind', EINVAL, SYS_fcntl, t_file, 99, 0);
  yield* t_try(p, 'dup2 to less than none', EBADF, SYS_dup2, t_file, 0xffffffff, 0);
  yield* t_try(p, 'dup2 to itself', 0, SYS_dup2, t_file, t_file, 0);
  say('dup2 to itself: answers', t_is(p.p_retval[0] === $i32(t_file)));
  t_fifth = 3;
  yield* t_try4(p, 'lseek from nowhere', EINVAL, SYS_lseek, t_file, 0, 0, 0);
  t_fifth = reads;
  yield* t_try4(p, 'mmap to write what is open to read', EACCES, SYS_mmap, 0, PAGE_SIZE, PROT_WRITE, MAP_SHARED);
  t_fifth = writes;
  yield* t_try4(p, 'mmap to read what is open to write', EACCES, SYS_mmap, 0, PAGE_SIZE, PROT_READ, MAP_SHARED);
  t_fifth = t_file;
  const last = VM_MAXUSER_ADDRESS - PAGE_SIZE;
  yield* t_try4(p, 'mmap without room', ENOMEM, SYS_mmap, last, 2 * PAGE_SIZE, PROT_READ, MAP_SHARED);
  t_fifth = t_dir;
  yield* t_try4(p, 'mmap a directory', EINVAL, SYS_mmap, 0, PAGE_SIZE, PROT_READ, MAP_SHARED);
  t_fifth = 0;
  yield* t_sys(p, SYS_close, reads, 0, 0, 0);
  yield* t_sys(p, SYS_close, writes, 0, 0, 0);
}

/** The most descriptors that a process, and files that a system, may have. */
function* t_most(p: proc): Sleeps {
  const name = yield* t_path('/tmp/limits', 0);
  const most = maxfiles;
  const had = $u32(fd_limit(p));
  /* All are in use; then one is free. */
  maxfilesperproc = p.p_fd.fd_lastfile + 1;
  const all = $u32(maxfilesperproc);
  yield* t_try(p, 'open one too many', EMFILE, SYS_open, name, O_RDONLY, 0);
  yield* t_try(p, 'dup one too many', EMFILE, SYS_dup, t_file, 0, 0);
  yield* t_try(p, 'fcntl, one too many', EMFILE, SYS_fcntl, t_file, F_DUPFD, 3);
  yield* t_try(p, 'fcntl at the limit', EINVAL, SYS_fcntl, t_file, F_DUPFD, all);
  yield* t_try(p, 'fcntl beyond the limit', EINVAL, SYS_fcntl, t_file, F_DUPFD, all + 1);
  yield* t_try(p, 'fcntl of less than none', EINVAL, SYS_fcntl, t_file, F_DUPFD, 0xffffffff);
  yield* t_try(p, 'dup2 to the limit', EBADF, SYS_dup2, t_file, all, 0);
  yield* t_try(p, 'pipe, two too many', EMFILE, SYS_pipe, 0, 0, 0);
  maxfilesperproc++;
  yield* t_try(p, 'pipe, one too many', EMFILE, SYS_pipe, 0, 0, 0);
  maxfilesperproc = $i32(had);
  maxfiles = nfiles;
  yield* t_try(p, 'open with all files in use', ENFILE, SYS_open, name, O_RDONLY, 0);
  yield* t_try(p, 'pipe with all files in use', ENFILE, SYS_pipe, 0, 0, 0);
  maxfiles++;
  yield* t_try(p, 'pipe with one file left', ENFILE, SYS_pipe, 0, 0, 0);
  maxfiles = most;
}

/** So many pages may be wired on the machine. */
function* t_wire(p: proc): Sleeps {
  const most = vm_page_max_wired;
  vm_page_max_wired = $i32(cnt.v_wire_count);
  yield* t_try(p, 'mlock, and the machine has no more', EAGAIN, SYS_mlock, t_user, PAGE_SIZE, 0);
  vm_page_max_wired++;
  yield* t_try(p, 'mlock of the last one', 0, SYS_mlock, t_user, PAGE_SIZE, 0);
  vm_page_max_wired = most;
  yield* t_try(p, 'munlock', 0, SYS_munlock, t_user, PAGE_SIZE, 0);
}

/** A script whose interpreter is not there. */
function* t_script(p: proc): Sleeps {
  const name = yield* t_path('/tmp/script', 0);
  yield* t_sys(p, SYS_open, name, O_CREAT | O_WRONLY, 493, 0);
  const fd = $u32(p.p_retval[0]);
  yield* t_sys(p, SYS_write, fd, yield* t_path('#!/bin/none -x\\n', 1), 15, 0);
  yield* t_sys(p, SYS_close, fd, 0, 0, 0);
  yield* t_try(p, 'execve a script', ENOENT, SYS_execve, name, 0, 0);
}

/** Names: of what is not there, of what is there already, of the wrong kind. */
function* t_names(p: proc): Sleeps {
  const a = yield* t_path('/tmp/limits', 0);
  const b = yield* t_path('', 1);
  yield* t_try(p, 'open no name', ENOENT, SYS_open, b, O_RDONLY, 0);
  yield* t_try(p, 'open for neither', EINVAL, SYS_open, a, O_ACCMODE, 0);
  yield* t_try(p, 'open what must not be there', EEXIST, SYS_open, a, O_CREAT | O_EXCL | O_RDWR, 420);
  yield* t_try(p, 'open a file as a directory', ENOTDIR, SYS_open, a, O_DIRECTORY, 0);
  yield* t_try(p, 'chdir to a file', ENOTDIR, SYS_chdir, a, 0, 0);
  yield* t_try(p, 'mkdir what is there', EEXIST, SYS_mkdir, a, 493, 0);
  yield* t_try(p, 'rmdir a file', ENOTDIR, SYS_rmdir, a, 0, 0);
  yield* t_try(p, 'mknod what is there', EEXIST, SYS_mknod, a, 0o20666, 0x202);
  yield* t_try(p, 'mknod of a file', EINVAL, SYS_mknod, a, 0o100666, 0);
  yield* t_try(p, 'swapon a file', ENOTBLK, SYS_swapon, a, 0, 0);
  yield* t_try(p, 'execve what cannot be', EACCES, SYS_execve, a, 0, 0);
  yield* t_try4(p, 'truncate to less than nothing', EINVAL, SYS_truncate, a, 0, 0xffffffff, 0xffffffff);
  yield* t_path('/tmp/limits/x', 1);
  yield* t_try(p, 'open through a file', ENOTDIR, SYS_open, b, O_RDONLY, 0);
  yield* t_try(p, 'stat through a file', ENOTDIR, SYS_stat, b, t_user + 2048, 0);
  yield* t_path('/tmp/none/x', 1);
  yield* t_try(p, 'open in no directory', ENOENT, SYS_open, b, O_CREAT | O_RDWR, 420);
  yield* t_try(p, 'rename into no directory', ENOENT, SYS_rename, a, b, 0);
  yield* t_try(p, 'execve what is not there', ENOENT, SYS_execve, b, 0, 0);
  yield* t_path('/bin/sync', 1);
  yield* t_try(p, 'open a running program', ETXTBSY, SYS_open, b, O_RDWR, 0);
  yield* t_try(p, 'truncate a running program', ETXTBSY, SYS_truncate, b, 0, 0);
  yield* t_path('/tmp', 1);
  yield* t_try(p, 'open a directory to write', EISDIR, SYS_open, b, O_RDWR, 0);
  yield* t_try(p, 'truncate a directory', EISDIR, SYS_truncate, b, 0, 0);
  yield* t_try(p, 'unlink a directory', EPERM, SYS_unlink, b, 0, 0);
  yield* t_try(p, 'rmdir what is not empty', ENOTEMPTY, SYS_rmdir, b, 0, 0);
  yield* t_try(p, 'rename a file to a directory', EISDIR, SYS_rename, a, b, 0);
  yield* t_try(p, 'rename a directory to a file', ENOTDIR, SYS_rename, b, a, 0);
  yield* t_try(p, 'execve a directory', EACCES, SYS_execve, b, 0, 0);
  yield* t_path('/', 1);
  yield* t_try(p, 'rmdir the root', EBUSY, SYS_rmdir, b, 0, 0);
  yield* t_try(p, 'rename the root', EBUSY, SYS_rename, b, a, 0);
  yield* t_path('/tmp/.', 1);
  yield* t_try(p, 'rmdir .', EINVAL, SYS_rmdir, b, 0, 0);
  yield* t_try(p, 'rename .', EINVAL, SYS_rename, b, a, 0);
  yield* t_script(p);
  yield* t_path('/dev/ad0b', 0);
  yield* t_try(p, 'swapon twice', EBUSY, SYS_swapon, a, 0, 0);
  yield* t_path('/dev/console', 0);
  yield* t_try(p, 'swapon a terminal', ENXIO, SYS_swapon, a, 0, 0);
  yield* t_path('/tmp', 0);
  yield* t_path('/tmp/x', 1);
  yield* t_try(p, 'rename below itself', EINVAL, SYS_rename, a, b, 0);
  yield* t_path('/tmp/limits', 0);
  yield* t_try(p, 'rename to itself', 0, SYS_rename, a, a, 0);
  /* A directory that somebody works in, and that is no more. */
  yield* t_path('/tmp/gone', 1);
  yield* t_try(p, 'mkdir to work in', 0, SYS_mkdir, b, 493, 0);
  yield* t_try(p, 'chdir into it', 0, SYS_chdir, b, 0, 0);
  yield* t_try(p, 'rmdir where one is', 0, SYS_rmdir, b, 0, 0);
  yield* t_path('x', 1);
  yield* t_try(p, 'rename into what is gone', ENOENT, SYS_rename, a, b, 0);
  yield* t_try(p, 'open in what is gone', ENOENT, SYS_open, b, O_CREAT | O_RDWR, 420);
  yield* t_try(p, 'mkdir in what is gone', ENOENT, SYS_mkdir, b, 493, 0);
  yield* t_try(p, 'mknod in what is gone', ENOENT, SYS_mknod, b, 0o20666, 0x202);
  yield* t_path('/', 1);
  yield* t_try(p, 'chdir out of it', 0, SYS_chdir, b, 0, 0);
}

/** What root may and others may not. */
function* t_other(p: proc): Sleeps {
  const lim = t_user + 2048;
  const a = yield* t_path('/tmp/limits', 0);
  const b = yield* t_path('/etc/limits', 1);
  const nice = p.p_nice;
  yield* t_poke(lim, 100, 0);
  yield* t_poke(lim + 8, 200, 0);
  yield* t_sys(p, SYS_setrlimit, RLIMIT_NPROC, lim, 0, 0);
  yield* t_sys(p, SYS_chmod, a, 384, 0, 0);
  p.p_ucred_uid = 100;
  yield* t_try(p, 'others: nicer', 0, SYS_setpriority, PRIO_PROCESS, 0, $u32(nice + 5));
  yield* t_try(p, 'others: less nice again', EACCES, SYS_setpriority, PRIO_PROCESS, 0, $u32(nice + 4));
  say('others: less nice again: nice', p.p_nice - nice);
  yield* t_try(p, 'others: as nice', 0, SYS_setpriority, PRIO_PROCESS, 0, $u32(nice + 5));
  yield* t_try(p, 'others: the nice of init', EPERM, SYS_setpriority, PRIO_PROCESS, 1, 20);
  yield* t_poke(lim + 8, 201, 0);
  yield* t_try(p, 'others: a higher limit', EPERM, SYS_setrlimit, RLIMIT_NPROC, lim, 0);
  yield* t_poke(lim + 8, 200, 0);
  yield* t_poke(lim, 200, 0);
  yield* t_try(p, 'others: up to the limit', 0, SYS_setrlimit, RLIMIT_NPROC, lim, 0);
  yield* t_try(p, 'others: open', EACCES, SYS_open, a, O_RDONLY, 0);
  yield* t_try(p, 'others: access', EACCES, SYS_access, a, R_OK, 0);
  yield* t_try(p, 'others: truncate', EACCES, SYS_truncate, a, 0, 0);
  yield* t_try(p, 'others: chmod', EPERM, SYS_chmod, a, 511, 0);
  yield* t_try(p, 'others: make', EACCES, SYS_open, b, O_CREAT | O_RDWR, 420);
  yield* t_try(p, 'others: mkdir', EACCES, SYS_mkdir, b, 493, 0);
  yield* t_path('/etc/motd', 1);
  yield* t_try(p, 'others: unlink', EACCES, SYS_unlink, b, 0, 0);
  yield* t_try(p, 'others: rename', EACCES, SYS_rename, b, a, 0);
  yield* t_try(p, 'others: mknod', EPERM, SYS_mknod, b, 0o20666, 0x202);
  yield* t_try(p, 'others: swapon', EPERM, SYS_swapon, b, 0, 0);
  yield* t_try(p, 'others: setuid', EPERM, SYS_setuid, 0, 0, 0);
  yield* t_try(p, 'others: kill', EPERM, SYS_kill, 1, SIGUSR1, 0);
  yield* t_try(p, 'others: reboot', EPERM, SYS_reboot, 0, 0, 0);
  p.p_ucred_uid = 0;
  yield* t_try(p, 'root: less nice again', 0, SYS_setpriority, PRIO_PROCESS, 0, $u32(-100));
  say('root: less nice again: nice', p.p_nice);
  yield* t_try(p, 'root: nicest', 0, SYS_setpriority, PRIO_PROCESS, 0, 100);
  say('root: nicest: nice', p.p_nice);
  yield* t_sys(p, SYS_setpriority, PRIO_PROCESS, 0, $u32(nice), 0);
}

/** Numbers that name nothing. */
function* t_numbers(p: proc): Sleeps {
  const at = t_user + 2048;
  yield* t_poke(at, 0, 0);
  yield* t_poke(at + 8, 0, 1000000);
  yield* t_try(p, 'getpriority of no kind', EINVAL, SYS_getpriority, 3, 0, 0);
  yield* t_try(p, 'setpriority of no kind', EINVAL, SYS_setpriority, 0xffffffff, 0, 0);
  yield* t_try(p, 'getpriority of nobody', ESRCH, SYS_getpriority, PRIO_PROCESS, 9999, 0);
  yield* t_try(p, 'setpriority of nobody', ESRCH, SYS_setpriority, PRIO_PGRP, 9999, 0);
  yield* t_try(p, 'getrlimit of no kind', EINVAL, SYS_getrlimit, RLIM_NLIMITS, at, 0);
  yield* t_try(p, 'setrlimit of no kind', EINVAL, SYS_setrlimit, RLIM_NLIMITS, at, 0);
  yield* t_try(p, 'getrusage of no kind', EINVAL, SYS_getrusage, 1, at, 0);
  yield* t_try(p, 'sigaction of none', EINVAL, SYS_sigaction, 0, 0, 0);
  yield* t_try(p, 'sigaction of 32', EINVAL, SYS_sigaction, NSIG, 0, 0);
  yield* t_try(p, 'sigprocmask of no kind', EINVAL, SYS_sigprocmask, 0, at, 0);
  yield* t_try(p, 'setitimer of no kind', EINVAL, SYS_setitimer, 3, at, 0);
  yield* t_try(p, 'setitimer of a second of microseconds', EINVAL, SYS_setitimer, ITIMER_REAL, at, 0);
  yield* t_try(p, 'nanosleep of less than nothing', EINVAL, SYS_nanosleep, t_user + 2100, 0, 0);
  yield* t_try(p, 'clock_gettime of no kind', EINVAL, SYS_clock_gettime, 99, at, 0);
  yield* t_try(p, 'kill with 32', EINVAL, SYS_kill, $u32(p.p_pid), NSIG, 0);
  yield* t_try(p, 'kill nobody', ESRCH, SYS_kill, 9999, 0, 0);
  yield* t_try(p, 'kill no group', ESRCH, SYS_kill, $u32(-9999), 0, 0);
  yield* t_try(p, 'setpgid to less than none', EINVAL, SYS_setpgid, 0, $u32(-1), 0);
  yield* t_try(p, 'setpgid of nobody', ESRCH, SYS_setpgid, 9999, 0, 0);
  yield* t_try(p, 'setpgid of one that is no child', ESRCH, SYS_setpgid, 1, 0, 0);
  yield* t_try(p, 'getpgid of nobody', ESRCH, SYS_getpgid, 9999, 0, 0);
  yield* t_try(p, 'getsid of nobody', ESRCH, SYS_getsid, 9999, 0, 0);
  yield* t_try(p, 'wait4 without a child', ECHILD, SYS_wait4, $u32(-1), 0, 0);
  yield* t_try(p, 'wait4 in no way', EINVAL, SYS_wait4, $u32(-1), 0, 0x100);
}

/** Limits are shared until somebody changes his. */
function* t_limits(p: proc): Sleeps {
  const lim = t_user + 2048;
  const old = p.p_limit;
  const shared = old.p_refcnt;
  yield* t_poke(lim, 50, 0);
  yield* t_poke(lim + 8, 60, 0);
  say('limits: shared before', t_is(shared > 1));
  say('limits: set', yield* t_sys(p, SYS_setrlimit, RLIMIT_NPROC, lim, 0, 0));
  say('limits: of its own', t_is(p.p_limit !== old && p.p_limit.p_refcnt === 1));
  say('limits: sharers less', shared - old.p_refcnt);
  say('limits: now', $i32(p.p_limit.pl_rlimit[RLIMIT_NPROC].rlim_cur));
  say('limits: of the others', t_is(old.pl_rlimit[RLIMIT_NPROC].rlim_cur !== $i64(50)));
  const own = p.p_limit;
  yield* t_poke(lim, 70, 0);
  say('limits: set again', yield* t_sys(p, SYS_setrlimit, RLIMIT_NPROC, lim, 0, 0));
  say('limits: the same', t_is(p.p_limit === own && own.p_refcnt === 1));
  say('limits: no more than the most', $i32(own.pl_rlimit[RLIMIT_NPROC].rlim_cur));
  yield* t_poke(lim, 0xffffffff, 0xffffffff);
  say('limits: less than nothing', yield* t_sys(p, SYS_setrlimit, RLIMIT_NPROC, lim, 0, 0));
  yield* t_poke(lim, 1000000, 0);
  yield* t_poke(lim + 8, 1000000, 0);
  yield* t_sys(p, SYS_setrlimit, RLIMIT_NPROC, lim, 0, 0);
  say('limits: no more than the system has', t_is(own.pl_rlimit[RLIMIT_NPROC].rlim_max === maxprocperuid));
}

function t_cloexec(fdp: filedesc, fd: u32): int {
  return fdp.fd_ofileflags[$i32(fd)];
}
/** A child before it has run: this process has Giant, which it needs for its first system call. */
function* t_fork(p: proc): Sleeps {
  const pp = $var<proc>();
  const fdp = p.p_fd;
  const was = p.p_fd.fd_cdir;
  const fp = fdp.fd_ofiles[$i32(t_file)];
  const handler = t_user + 64;
  yield* t_sys(p, SYS_fcntl, t_file, F_SETFD, FD_CLOEXEC, 0);
  yield* t_sys(p, SYS_umask, 0o27, 0, 0, 0);
  yield* t_sys(p, SYS_umask, 0o27, 0, 0, 0);
  say('fork: umask of the parent, told', p.p_retval[0]);
  yield* t_sys(p, SYS_chdir, yield* t_path('/tmp', 1), 0, 0, 0);
  const nice = p.p_nice;
  const mask = p.p_sigmask;
  const dir = fdp.fd_cdir;
  yield* PROC_LOCK(p);
  p.p_nice = 3;
  p.p_sigmask = sigmask(SIGUSR2);
  p.p_sigignore |= sigmask(SIGHUP);
  p.p_sigcatch |= sigmask(SIGUSR1);
  p.p_siglist |= sigmask(SIGUSR2);
  p.p_sigacts.ps_sigact[SIGUSR1 - 1] = handler;
  p.p_flag |= P_SUGID;
  PROC_UNLOCK(p);
  p.p_realtimer.it_value.tv_sec = 1000;
  const limits = p.p_limit.p_refcnt;
  const files = fp.f_count;
  const dirs = dir.v_usecount;
  p.p_ucred_uid = 100;
  say('fork: made', yield* fork1(p, RFFDG | RFPROC, pp));
  const q = pp[0];
  p.p_ucred_uid = 0;
  say('fork: a table of its own', t_is(q.p_fd !== fdp && q.p_fd.fd_refcnt === 1 && fdp.fd_refcnt === 1));
  say('fork: the same files', t_is(q.p_fd.fd_ofiles[$i32(t_file)] === fp));
  say('fork: one reference more', fp.f_count - files);
  say('fork: closed by exec', t_cloexec(q.p_fd, t_file));
  say('fork: not closed by exec', t_cloexec(q.p_fd, t_pipe));
  say('fork: the last descriptor', q.p_fd.fd_lastfile - fdp.fd_lastfile);
  say('fork: none free below', q.p_fd.fd_freefile - fdp.fd_freefile);
  say('fork: umask', q.p_fd.fd_cmask);
  say('fork: directory', t_is(q.p_fd.fd_cdir === dir && dir.v_usecount === dirs + 1));
  say('fork: nice', q.p_nice);
  say('fork: blocks', t_is(q.p_sigmask === sigmask(SIGUSR2)));
  say('fork: ignores', t_is(q.p_sigignore === p.p_sigignore));
  say('fork: catches', t_is(q.p_sigcatch === p.p_sigcatch));
  say('fork: by the same handler', t_is(q.p_sigacts.ps_sigact[SIGUSR1 - 1] === handler));
  say('fork: no signal yet', $i32(q.p_siglist));
  say('fork: no alarm', q.p_realtimer.it_value.tv_sec);
  say('fork: has been another user', t_is((q.p_flag & P_SUGID) !== 0));
  say('fork: user', $i32(q.p_ucred_uid));
  say('fork: group and session', t_is(q.p_pgid === p.p_pgid && q.p_sid === p.p_sid));
  say('fork: shares the limits', t_is(q.p_limit === p.p_limit && p.p_limit.p_refcnt === limits + 1));
  say('fork: called', t_is($ld8($addr(q.p_comm)) === $ld8($addr(p.p_comm))));
  yield* PROC_LOCK(p);
  p.p_nice = nice;
  p.p_sigmask = mask;
  p.p_sigignore &= ~sigmask(SIGHUP);
  p.p_sigcatch &= ~sigmask(SIGUSR1);
  p.p_siglist &= ~sigmask(SIGUSR2);
  p.p_sigacts.ps_sigact[SIGUSR1 - 1] = SIG_DFL;
  PROC_UNLOCK(p);
  p.p_realtimer.it_value.tv_sec = 0;
  /* It ends, and gives all back. */
  while (q.p_stat !== SZOMB) yield* tsleep($addr($ref(t_user)), PVM, 'tnap', 3);
  say('fork: ended, references', fp.f_count - files);
  say('fork: ended, directory', dir.v_usecount - dirs);
  say('fork: ended, waited for', yield* t_sys(p, SYS_wait4, $u32(q.p_pid), 0, 0, 0));
  say('fork: ended, limits', p.p_limit.p_refcnt - limits);
  vref(was);
  yield* change_dir(p, was);
}
/** rfork: a child without files, and one that shares them. */
function* t_rfork(p: proc): Sleeps {
  const pp = $var<proc>();
  const fdp = p.p_fd;
  const fp = fdp.fd_ofiles[$i32(t_file)];
  const files = fp.f_count;
  say('rfork: both', yield* t_sys(p, SYS_rfork, $u32(RFPROC | RFFDG | RFCFDG), 0, 0, 0));
  say('rfork: for the kernel', yield* t_sys(p, SYS_rfork, $u32(RFPROC | RFHIGHPID), 0, 0, 0));
  say('rfork: made', yield* fork1(p, RFPROC | RFCFDG, pp));
  const q = pp[0];
  say('rfork: no file', q.p_fd.fd_lastfile);
  say('rfork: references', fp.f_count - files);
  say('rfork: umask', q.p_fd.fd_cmask);
  say('rfork: directory', t_is(q.p_fd.fd_cdir === fdp.fd_cdir));
  say('rfork: made to share', yield* fork1(p, RFPROC, pp));
  say('rfork: shares', t_is(pp[0].p_fd === fdp));
  say('rfork: sharers', fdp.fd_refcnt);
  say('rfork: references of sharers', fp.f_count - files);
  while (pp[0].p_stat !== SZOMB || q.p_stat !== SZOMB) yield* tsleep($addr($ref(t_user)), PVM, 'tnap', 3);
  say('rfork: sharers then', fdp.fd_refcnt);
  say('rfork: open still', t_is(fdp.fd_ofiles[$i32(t_file)] === fp && fp.f_count === files));
}

function* test(p: proc): Sleeps {
  t_fifth = $u32(-1);
  yield* t_sys(p, SYS_mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE);
  t_user = $u32(p.p_retval[0]);
  t_fifth = 0;
  t_file = yield* t_open(p, '/tmp/limits', O_CREAT | O_RDWR);
  t_dir = yield* t_open(p, '/etc', O_RDONLY);
  yield* t_sys(p, SYS_pipe, 0, 0, 0, 0);
  t_pipe = $u32(p.p_retval[0]);
  /* There is something to read; and what a first call of a kind makes for good is made. */
  yield* t_sys(p, SYS_write, t_file, t_user, 64, 0);
  yield* t_sys(p, SYS_lseek, t_file, 0, 0, 0);
  yield* t_nowhere(p);
  yield* t_descriptors(p);
  yield* t_most(p);
  yield* t_wire(p);
  yield* t_names(p);
  yield* t_numbers(p);
  yield* t_limits(p);
  yield* t_other(p);
  yield* t_fork(p);
  yield* t_rfork(p);
}
`;

/** By intro(2); 0 for what is no error. */
const ERRNO: Record<string, number> = {
  '0': 0,
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  ENXIO: 6,
  EBADF: 9,
  ECHILD: 10,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  ESPIPE: 29,
  EAGAIN: 35,
  ENOTEMPTY: 66,
};
const CALLS = [...TEST.matchAll(/t_try4?\(p, '([^']+)', (\w+), SYS_/g)];
const calls = Object.fromEntries(CALLS.map(([, what, error]) => [what!, { told: ERRNO[error!]!, left: 0 }]));

const expected: Record<string, Record<string, number>> = {
  'dup2 to itself': { answers: 1 },
  'others: less nice again': { nice: 5 },
  'root: less nice again': { nice: -20 },
  'root: nicest': { nice: 20 },
  limits: {
    'shared before': 1,
    set: 0,
    'of its own': 1,
    'sharers less': 1,
    now: 50,
    'of the others': 1,
    'set again': 0,
    'the same': 1,
    'no more than the most': 60,
    'less than nothing': 22,
    'no more than the system has': 1,
  },
  fork: {
    'umask of the parent, told': 0o27,
    made: 0,
    'a table of its own': 1,
    'the same files': 1,
    'one reference more': 1,
    'closed by exec': 1,
    'not closed by exec': 0,
    'the last descriptor': 0,
    'none free below': 0,
    umask: 0o27,
    directory: 1,
    nice: 3,
    blocks: 1,
    ignores: 1,
    catches: 1,
    'by the same handler': 1,
    'no signal yet': 0,
    'no alarm': 0,
    'has been another user': 1,
    user: 100,
    'group and session': 1,
    'shares the limits': 1,
    called: 1,
    'ended, references': 0,
    'ended, directory': 0,
    'ended, waited for': 0,
    'ended, limits': 0,
  },
  rfork: {
    both: 22,
    'for the kernel': 22,
    made: 0,
    'no file': -1,
    references: 0,
    umask: 0o27,
    directory: 1,
    'made to share': 0,
    shares: 1,
    sharers: 2,
    'references of sharers': 0,
    'sharers then': 1,
    'open still': 1,
  },
};

const all = Object.entries({ ...calls });
for (const [what, more] of Object.entries(expected)) all.push([what, { ...calls[what], ...more }]);

kernelTests('system calls at their limits', TEST, Object.fromEntries(all));

test('has each call that is tried a name and an error of its own?', () => {
  expect(new Set(CALLS.map(([, what]) => what)).size).toBe(CALLS.length);
  expect(CALLS.length).toBeGreaterThan(150);
  expect(CALLS.filter(([, , error]) => ERRNO[error!] === undefined)).toEqual([]);
  expect(CALLS.length).toBe(TEST.split(/t_try4?\(p, '/).length - 1);
});
