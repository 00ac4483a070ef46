/** Directories, file status, and the names of users. */
import type { Libc, User } from '../libc.js';
import { ENOENT, O_RDONLY, SYS } from '../syscalls.js';

export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
const STAT_BYTES = 96;
const DIR_BYTES = 4096;
const TIOCGETA = 0x402c7413;
const decoder = new TextDecoder();

/** struct stat */
export interface Stat {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  mtime: number;
  size: number;
  blocks: number;
}

export function decodeStat(bytes: Uint8Array): Stat {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    dev: v.getUint32(0, true),
    ino: v.getUint32(4, true),
    mode: v.getUint16(8, true),
    nlink: v.getUint16(10, true),
    uid: v.getUint32(12, true),
    gid: v.getUint32(16, true),
    rdev: v.getUint32(20, true),
    mtime: v.getInt32(32, true),
    size: Number(v.getBigInt64(48, true)),
    blocks: Number(v.getBigInt64(56, true)),
  };
}

/** stat(2), or lstat(2): the status or -errno. */
export function* stat(c: Libc, path: string, follow = true): User<Stat | number> {
  const buffer = yield* c.bytes(new Uint8Array(STAT_BYTES));
  const error = yield* c.sys(follow ? SYS.stat : SYS.lstat, yield* c.string(path), buffer);
  return error < 0 ? error : decodeStat(yield* c.cpu.read(buffer, STAT_BYTES));
}

export function* fstat(c: Libc, fd: number): User<Stat | number> {
  const buffer = yield* c.bytes(new Uint8Array(STAT_BYTES));
  const error = yield* c.sys(SYS.fstat, fd, buffer);
  return error < 0 ? error : decodeStat(yield* c.cpu.read(buffer, STAT_BYTES));
}

export function isDirectory(s: Stat): boolean {
  return (s.mode & S_IFMT) === S_IFDIR;
}

/** One entry of a directory. */
export interface Entry {
  ino: number;
  type: number;
  name: string;
}

/** opendir(3) and readdir(3) to the end: the entries in the directory's order, "." and ".." too; or -errno. */
export function* readDirectory(c: Libc, path: string): User<Entry[] | number> {
  const fd = yield* c.open(path, O_RDONLY);
  if (fd < 0) return fd;
  const out: Entry[] = [];
  const base = yield* c.words([0]);
  const buffer = yield* c.scratch(DIR_BYTES);
  let n: number;
  while ((n = yield* c.sys(SYS.getdirentries, fd, buffer, DIR_BYTES, base)) > 0) {
    const bytes = yield* c.cpu.read(buffer, n);
    const v = new DataView(bytes.buffer, bytes.byteOffset, n);
    for (let at = 0; at < n; ) {
      const length = v.getUint16(at + 4, true);
      const name = decoder.decode(bytes.subarray(at + 8, at + 8 + v.getUint8(at + 7)));
      const ino = v.getUint32(at, true);
      if (ino !== 0) out.push({ ino, type: v.getUint8(at + 6), name });
      if (length === 0) break;
      at += length;
    }
  }
  yield* c.close(fd);
  return n < 0 ? n : out;
}

/** getcwd(3) as it was before the kernel had a call for it: climbs to the root and looks for itself in each parent. */
export function* getcwd(c: Libc): User<string | number> {
  let path = '';
  let up = '.';
  for (;;) {
    const here = yield* stat(c, up);
    const parent = yield* stat(c, `${up}/..`);
    if (typeof here === 'number') return here;
    if (typeof parent === 'number') return parent;
    if (here.ino === parent.ino && here.dev === parent.dev) return path === '' ? '/' : path;
    const entries = yield* readDirectory(c, `${up}/..`);
    if (typeof entries === 'number') return entries;
    const self = entries.find((e) => e.ino === here.ino && e.name !== '.' && e.name !== '..');
    if (self === undefined) return -ENOENT;
    path = `/${self.name}${path}`;
    up = `${up}/..`;
  }
}

/** isatty(3) */
export function* isatty(c: Libc, fd: number): User<boolean> {
  const termios = yield* c.bytes(new Uint8Array(44));
  return (yield* c.sys(SYS.ioctl, fd, TIOCGETA, termios)) === 0;
}

const USERS: Record<number, string> = { 0: 'root', 1: 'daemon', 65534: 'nobody' };
const GROUPS: Record<number, string> = { 0: 'wheel', 1: 'daemon', 65534: 'nobody' };

/** user_from_uid(3); the system has no password file. */
export function userName(uid: number): string {
  return USERS[uid] ?? String(uid);
}

export function groupName(gid: number): string {
  return GROUPS[gid] ?? String(gid);
}

/** devname(3): the name of a character device in /dev, '??' if it has none. */
export function* deviceName(c: Libc, rdev: number): User<string> {
  const entries = yield* readDirectory(c, '/dev');
  if (typeof entries === 'number') return '??';
  for (const { name } of entries) {
    const s = yield* stat(c, `/dev/${name}`);
    if (typeof s !== 'number' && (s.mode & S_IFMT) === S_IFCHR && s.rdev === rdev) return name;
  }
  return '??';
}

/** fts(3), depth first: calls `visit` with every path below and including `path`, directories last. */
export function* walk(c: Libc, path: string, visit: (path: string, s: Stat) => User): User {
  const s = yield* stat(c, path, false);
  if (typeof s === 'number') return;
  if (isDirectory(s)) {
    const entries = yield* readDirectory(c, path);
    if (typeof entries !== 'number') {
      for (const { name } of entries)
        if (name !== '.' && name !== '..') yield* walk(c, `${path}/${name}`, visit);
    }
  }
  yield* visit(path, s);
}
