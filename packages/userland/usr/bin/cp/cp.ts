/** cp(1) */
import { EINTR, ENOTDIR } from '../../../../kernel/src/sys/errno.h.js';
import { F_OK, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { MAXPATHLEN } from '../../../../kernel/src/sys/param.h.js';
import type { FTS, FTSENT } from '../../include/fts.h.js';
import {
  FTS_COMFOLLOW,
  FTS_D,
  FTS_DEFAULT,
  FTS_DNR,
  FTS_DP,
  FTS_ERR,
  FTS_LOGICAL,
  FTS_NOCHDIR,
  FTS_NS,
  FTS_PHYSICAL,
  FTS_ROOTLEVEL,
  FTS_SKIP,
} from '../../include/fts.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISDIR } from '../../include/sys/stat.h.js';
import { EX_USAGE } from '../../include/sysexits.h.js';
import { err, warn, warnx } from '../../lib/libc/gen/err.js';
import { fts_close, fts_open, fts_read, fts_set } from '../../lib/libc/gen/fts.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strncmp } from '../../lib/libc/string/strncmp.js';
import {
  access,
  chmod,
  close,
  mkdir,
  mknod,
  open,
  read,
  stat,
  unlink,
  write,
} from '../../lib/libc/sys/syscalls.js';
import { answered_yes } from '../../lib/libcmd/ask.js';

let fflag: int = 0;
let iflag: int = 0;
let pflag: int = 0;
let vflag: int = 0;

const COPYBUF = 65536;
let copybuf: u32 = 0;

function usage(): never {
  fprintf(stderr, 'usage: cp [-R [-H | -L | -P]] [-f | -i] [-pv] src target\n');
  fprintf(stderr, '       cp [-R [-H | -L | -P]] [-f | -i] [-pv] src1 ... srcN directory\n');
  exit(EX_USAGE);
}

/** A place for the copy: a descriptor, -1 after a complaint, -2 if the user wants none. */
function opento(to: str, mode: int): int {
  const sb = $local<struct_stat>();
  if (stat(to, sb) !== 0) {
    const made = open(to, O_WRONLY | O_TRUNC | O_CREAT, mode);
    if (made < 0) warn('%s', to);
    return made;
  }
  if (iflag !== 0) {
    fprintf(stderr, 'overwrite %s? (y/n [n]) ', to);
    if (!answered_yes()) {
      fprintf(stderr, 'not overwritten\n');
      return -2;
    }
  }
  if (fflag !== 0) {
    unlink(to);
    const made = open(to, O_WRONLY | O_TRUNC | O_CREAT, mode);
    if (made < 0) warn('%s', to);
    return made;
  }
  const fd = open(to, O_WRONLY | O_TRUNC, 0);
  if (fd < 0) warn('%s', to);
  return fd;
}

/** The bytes of one descriptor to another. */
function transfer(from_fd: int, to_fd: int, from: str, to: str): int {
  if (copybuf === 0) copybuf = malloc(COPYBUF);
  if (copybuf === 0) err(1, 'buffer');
  for (;;) {
    const rcount = read(from_fd, copybuf, COPYBUF);
    if (rcount === 0) return 0;
    if (rcount < 0) {
      if (errno === EINTR) continue;
      warn('%s', from);
      return 1;
    }
    for (let done = 0; done < rcount; ) {
      const wcount = write(to_fd, copybuf + $u32(done), $u32(rcount - done));
      if (wcount < 0) {
        if (errno === EINTR) continue;
        warn('%s', to);
        return 1;
      }
      done += wcount;
    }
  }
}

function copy_file(from: str, to: str, sb: struct_stat): int {
  const from_fd = open(from, O_RDONLY);
  if (from_fd < 0) {
    warn('%s', from);
    return 1;
  }
  const mode: int = sb.st_mode & 0o777;
  const to_fd = opento(to, mode);
  if (to_fd < 0) {
    close(from_fd);
    return to_fd === -2 ? 0 : 1;
  }
  let rval = transfer(from_fd, to_fd, from, to);
  close(from_fd);
  if (close(to_fd) < 0) {
    warn('%s', to);
    rval = 1;
  }
  if (pflag !== 0 && chmod(to, sb.st_mode & 0o7777) < 0) {
    warn('chmod: %s', to);
    rval = 1;
  }
  return rval;
}

/** A node for a device or a pipe. */
function copy_special(from: str, to: str, sb: struct_stat): int {
  if (access(to, F_OK) === 0 && unlink(to) < 0) {
    warn('unlink: %s', to);
    return 1;
  }
  if (mknod(to, sb.st_mode, sb.st_rdev) < 0) {
    warn('mknod: %s', to);
    return 1;
  }
  return 0;
}

/** One entry of a walk; `to` is where it goes. */
function copy_entry(fts: FTS, p: FTSENT, to: str, recursive: boolean): int {
  const sb = $local<struct_stat>();
  const exists = stat(to, sb) === 0;
  if (exists && sb.st_dev === p.fts_statp.st_dev && sb.st_ino === p.fts_statp.st_ino) {
    warnx('%s and %s are identical (not copied).', to, p.fts_path);
    if (p.fts_info === FTS_D) fts_set(fts, p, FTS_SKIP);
    return 1;
  }
  if (p.fts_info === FTS_D) {
    if (!recursive) {
      warnx('%s is a directory (not copied).', p.fts_path);
      fts_set(fts, p, FTS_SKIP);
      return 1;
    }
    if (!exists) {
      /* Writable while it is filled. */
      if (mkdir(to, (p.fts_statp.st_mode & 0o777) | 0o700) < 0) err(1, '%s', to);
      p.fts_number = 1;
    } else if (!S_ISDIR(sb.st_mode)) {
      errno = ENOTDIR;
      err(1, '%s: %s', to, strerror(ENOTDIR));
    }
    return 0;
  }
  if (exists && S_ISDIR(sb.st_mode)) {
    warnx('cannot overwrite directory %s with non-directory %s', to, p.fts_path);
    return 1;
  }
  if (p.fts_info === FTS_DEFAULT && recursive) return copy_special(p.fts_path, to, p.fts_statp);
  return copy_file(p.fts_path, to, p.fts_statp);
}

/** Copies all operands; into the directory `target` if `into` says so, else to that name. */
function copy(argv: ptr<str>, target: str, into: boolean, options: int, recursive: boolean): int {
  const to = $local<array<char, 1024>>();
  const fts = fts_open(argv, options, null);
  if (fts === null) err(1, null);
  let rval = 0;
  let base: u32 = 0;
  for (let p = fts_read(fts); p !== null; p = fts_read(fts)) {
    if (p.fts_info === FTS_NS || p.fts_info === FTS_ERR || p.fts_info === FTS_DNR) {
      warnx('%s: %s', p.fts_path, strerror(p.fts_errno));
      rval = 1;
      continue;
    }
    /* What of an operand's path belongs to the copy: all from its last component on, or all behind it. */
    if (p.fts_level === FTS_ROOTLEVEL) base = into ? last_component(p.fts_path) : $u32(p.fts_pathlen);
    const rest = $padd(p.fts_path, base);
    const skip = rest[0] === 47 ? 1 : 0;
    const slash = rest[skip] === 0 || target[strlen(target) - 1] === 47 ? '' : '/';
    if (snprintf(to, MAXPATHLEN, '%s%s%s', target, slash, $padd(rest, skip)) >= MAXPATHLEN) {
      warnx('%s/%s: name too long (not copied)', target, rest);
      rval = 1;
      continue;
    }
    if (p.fts_info === FTS_DP) {
      const mode: int = p.fts_statp.st_mode & 0o7777;
      if (p.fts_number === 1 && (pflag !== 0 || (mode | 0o700) !== mode)) chmod(to, mode);
      continue;
    }
    const bad = copy_entry(fts, p, to, recursive);
    rval |= bad;
    if (bad === 0 && vflag !== 0) printf('%s -> %s\n', p.fts_path, to);
  }
  if (errno !== 0) err(1, 'fts_read');
  fts_close(fts);
  return rval;
}

/** Where the last component of a path begins; . and .. stand for what is in them. */
function last_component(path: str): u32 {
  let end = strlen(path);
  while (end > 1 && path[end - 1] === 47) end--;
  let at = end;
  while (at > 0 && path[at - 1] !== 47) at--;
  const name = $padd(path, at);
  const dots = strncmp(name, '..', 2) === 0 ? 2 : name[0] === 46 ? 1 : 0;
  return dots !== 0 && at + $u32(dots) === end ? end : at;
}

export function main(argc: int, argv: ptr<str>): int {
  const sb = $local<struct_stat>();
  let options = FTS_NOCHDIR | FTS_LOGICAL;
  let Rflag = false;
  let Hflag = false;
  let Lflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'HLPRfiprv')) !== -1; ) {
    switch (ch) {
      case $ch('H'):
        Hflag = true;
        Lflag = false;
        break;
      case $ch('L'):
        Lflag = true;
        Hflag = false;
        break;
      case $ch('P'):
        Lflag = false;
        Hflag = false;
        break;
      case $ch('R'):
      case $ch('r'):
        Rflag = true;
        break;
      case $ch('f'):
        fflag = 1;
        iflag = 0;
        break;
      case $ch('i'):
        iflag = 1;
        fflag = 0;
        break;
      case $ch('p'):
        pflag = 1;
        break;
      case $ch('v'):
        vflag = 1;
        break;
      default:
        usage();
    }
  }
  if (argc - optind < 2) usage();
  if (Rflag && !Lflag) options = FTS_NOCHDIR | FTS_PHYSICAL | (Hflag ? FTS_COMFOLLOW : 0);
  const target = argv[argc - 1];
  argv[argc - 1] = null;
  const known = stat(target, sb) === 0;
  const isdir = known && S_ISDIR(sb.st_mode);
  if (!isdir && argc - optind > 2) usage();
  return copy($padd(argv, optind), target, isdir, options, Rflag);
}
