import type { KernelImage } from '@trap12/kcc';
import { type Files, isDirectory, type Node, S_IFDIR, S_IFMT, S_IFREG } from './files.js';
import type { Memory } from './memory.js';

/** Thrown by exit(2). */
export class Exit {
  constructor(readonly status: number) {}
}
/** Thrown where a program ends itself by a signal. */
export class Killed {
  constructor(readonly signal: number) {}
}
/** Thrown by an execve(2) that finds its file. */
export class Executed {
  constructor(
    readonly path: string,
    readonly argv: string[],
    readonly env: string[],
  ) {}
}

interface Descriptor {
  node: Node | null;
  /** Of the descriptors without a node: what is read, and where it goes. */
  stream: 'in' | 'out' | 'err' | null;
  flags: number;
  offset: { at: number };
}

const PAGE = 4096;
const pageUp = (n: number): number => Math.ceil(n / PAGE) * PAGE;
const MMAP_BASE = 0xd0000000;
const CTL_AUTO = 1000;
const decoder = new TextDecoder('latin1');

/** What the program's surroundings are. */
export interface World {
  memory: Memory;
  image: KernelImage;
  files: Files;
  stdin: Uint8Array;
  /** Is the console a terminal? */
  tty: boolean;
  /** sysctl nodes by name: the bytes of their value. */
  sysctls: Record<string, Uint8Array>;
  /** RLIMIT_DATA. */
  dataLimit: number;
  /** Files that execve finds. */
  programs: readonly string[];
}

/**
 * A few system calls, enough for programs that work on files and memory: one process, no signals but those that end it.
 * A method is named like the call's constant; it gets the addresses of its argument words' values and returns the result, or throws
 * the name of an errno.
 */
export class SystemCalls {
  readonly out: string[] = [];
  readonly err: string[] = [];
  /** Each write(2): descriptor and length. */
  readonly writes: [number, number][] = [];
  /** Signals that were sent to children. */
  readonly killed: [number, number][] = [];
  /** Processes that were forked. */
  get forked(): number {
    return this.pid - 42;
  }
  /** When the program is ended from outside, as by a timeout; microseconds since 1970. */
  until = Number.POSITIVE_INFINITY;
  edx = 0;
  /** Virtual microseconds since 1970. */
  clock = 990_273_600e6;
  /** Cycles that $work charged. */
  worked = 0;
  private readonly fds: (Descriptor | undefined)[];
  private cwd: Node;
  private mask = 0o022;
  private brk: number;
  private mapped = MMAP_BASE;
  private ignored = 0;
  private input = 0;
  private pid = 42;
  /** Children that were not waited for. */
  private readonly children: number[] = [];
  private readonly numbers = new Map<number, string>();

  constructor(private readonly w: World) {
    this.cwd = w.files.root;
    this.brk = this.end();
    const stream = (s: Descriptor['stream'], flags: number): Descriptor => ({
      node: null,
      stream: s,
      flags,
      offset: { at: 0 },
    });
    this.fds = [stream('in', 0), stream('out', 1), stream('err', 1)];
    for (const [name, n] of Object.entries(w.image.constants))
      if (name.startsWith('SYS_')) this.numbers.set(n, name.slice(4));
  }

  private constant(name: string): number {
    const n = this.w.image.constants[name];
    if (n === undefined) throw new Error(`the program does not know ${name}`);
    return n;
  }

  /** Where the bss ends. */
  end(): number {
    return Math.max(...this.w.image.segments.map((s) => s.address + s.size));
  }

  /** Calls by number; the arguments' words are at `ap`. The result, or the name of an errno. */
  call(n: number, ap: number): number | string {
    const name = this.numbers.get(n);
    const method = (this as unknown as Record<string, unknown>)[`sys_${name}`];
    if (typeof method !== 'function') throw new Error(`system call ${name ?? n} is not emulated`);
    const arg = (i: number): number => this.w.memory.get32(ap + 4 * i);
    try {
      return (method as (arg: (i: number) => number) => number).call(this, arg) ?? 0;
    } catch (error) {
      if (typeof error === 'string') return error;
      throw error;
    }
  }

  private path(arg: number): string {
    return this.w.memory.string(arg);
  }
  private fd(n: number): Descriptor {
    const d = this.fds[n];
    if (d === undefined) throw 'EBADF';
    return d;
  }
  private lowest(d: Descriptor, from = 0): number {
    let n = from;
    while (this.fds[n] !== undefined) n++;
    if (n >= 64) throw 'EMFILE';
    this.fds[n] = d;
    return n;
  }

  sys_exit(a: (i: number) => number): number {
    throw new Exit(a(0) & 0xff);
  }
  sys_open(a: (i: number) => number): number {
    const flags = a(1);
    const at = this.w.files.find(this.path(a(0)), this.cwd);
    let { node } = at;
    if (node === undefined) {
      if ((flags & 0x200) === 0) throw 'ENOENT';
      node = this.w.files.create(at, S_IFREG | (a(2) & 0o777 & ~this.mask));
    } else if ((flags & 0xa00) === 0xa00) throw 'EEXIST';
    if ((flags & 3) !== 0 && isDirectory(node)) throw 'EISDIR';
    if ((flags & 3) !== 0 && (node.mode & 0o222) === 0) throw 'EACCES';
    if ((flags & 0x400) !== 0) node.data = new Uint8Array();
    return this.lowest({ node, stream: null, flags, offset: { at: 0 } });
  }
  sys_close(a: (i: number) => number): void {
    this.fd(a(0));
    this.fds[a(0)] = undefined;
  }
  sys_read(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if ((d.flags & 3) === 1) throw 'EBADF';
    if (d.node === null) {
      const left = this.w.stdin.subarray(this.input);
      const nl = left.indexOf(10);
      const line = this.w.tty && nl >= 0 ? nl + 1 : left.length;
      const part = left.subarray(0, Math.min(line, a(2) >>> 0));
      this.w.memory.write(a(1), part);
      this.input += part.length;
      return part.length;
    }
    if (isDirectory(d.node)) throw 'EISDIR';
    const part = d.node.data.subarray(d.offset.at, d.offset.at + (a(2) >>> 0));
    this.w.memory.write(a(1), part);
    d.offset.at += part.length;
    return part.length;
  }
  sys_write(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if ((d.flags & 3) === 0) throw 'EBADF';
    const data = this.w.memory.bytes(a(1), a(2));
    this.writes.push([a(0), data.length]);
    if (d.node === null) {
      (d.stream === 'err' ? this.err : this.out).push(decoder.decode(data));
      return data.length;
    }
    if ((d.flags & 8) !== 0) d.offset.at = d.node.data.length;
    const end = d.offset.at + data.length;
    if (end > d.node.data.length) {
      const more = new Uint8Array(end);
      more.set(d.node.data);
      d.node.data = more;
    }
    d.node.data.set(data, d.offset.at);
    d.offset.at = end;
    d.node.mtime = this.clock;
    return data.length;
  }
  sys_lseek(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if (d.node === null) throw 'ESPIPE';
    const offset = (a(2) >>> 0) + a(3) * 2 ** 32;
    const base = [0, d.offset.at, d.node.data.length][a(4)];
    if (base === undefined || base + offset < 0) throw 'EINVAL';
    d.offset.at = base + offset;
    return d.offset.at;
  }
  sys_dup(a: (i: number) => number): number {
    return this.lowest(this.fd(a(0)));
  }
  sys_dup2(a: (i: number) => number): number {
    this.fds[a(1)] = this.fd(a(0));
    return a(1);
  }
  sys_fcntl(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if (a(1) === 0) return this.lowest(d, a(2));
    if (a(1) === 3) return d.flags;
    return 0;
  }
  sys_ioctl(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if (d.node !== null || !this.w.tty) throw 'ENOTTY';
    if (a(1) === (0x40087468 | 0)) this.w.memory.set32(a(2), (80 << 16) | 24);
    return 0;
  }
  sys_fsync(a: (i: number) => number): void {
    this.fd(a(0));
  }
  sys_sync(): void {}

  private status(n: Node | null, buf: number): void {
    const { memory, image } = this.w;
    const fields = image.structs.stat?.fields ?? {};
    const put = (name: string, v: number): void => {
      const f = fields[name];
      if (f === undefined) throw new Error(`struct stat has no ${name}`);
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(v), true);
      memory.write(buf + f.offset, bytes.subarray(0, f.size));
    };
    memory.write(buf, new Uint8Array(96));
    put('st_mode', n === null ? (this.w.tty ? 0o020620 : 0o010600) : n.mode);
    put('st_nlink', n === null ? 1 : n.nlink);
    put('st_ino', n === null ? 1 : n.ino);
    put('st_blksize', 8192);
    if (n === null) return;
    put('st_rdev', n.rdev);
    put('st_mtime', Math.floor(n.mtime / 1e6));
    const size = isDirectory(n) ? 512 : n.data.length;
    put('st_size', size);
    put('st_blocks', 8 * Math.ceil(size / PAGE));
  }
  sys_stat(a: (i: number) => number): void {
    this.status(this.w.files.lookup(this.path(a(0)), this.cwd), a(1));
  }
  sys_lstat(a: (i: number) => number): void {
    this.sys_stat(a);
  }
  sys_fstat(a: (i: number) => number): void {
    this.status(this.fd(a(0)).node, a(1));
  }
  sys_access(a: (i: number) => number): void {
    const n = this.w.files.lookup(this.path(a(0)), this.cwd);
    if (((n.mode >> 6) & a(1)) !== a(1)) throw 'EACCES';
  }
  sys_getdirentries(a: (i: number) => number): number {
    const d = this.fd(a(0));
    if (d.node === null || !isDirectory(d.node)) throw 'EINVAL';
    const all: [string, Node][] = [['.', d.node], ['..', d.node.parent], ...d.node.entries];
    let n = 0;
    for (; d.offset.at < all.length; d.offset.at++) {
      const [name, node] = all[d.offset.at] as [string, Node];
      const reclen = 8 + ((name.length + 4) & ~3);
      if (n + reclen > a(2)) break;
      const record = new Uint8Array(reclen);
      const v = new DataView(record.buffer);
      v.setUint32(0, node.ino, true);
      v.setUint16(4, reclen, true);
      v.setUint8(6, (node.mode & S_IFMT) >> 12);
      v.setUint8(7, name.length);
      record.set(Buffer.from(name, 'latin1'), 8);
      this.w.memory.write(a(1) + n, record);
      n += reclen;
    }
    return n;
  }
  sys_mkdir(a: (i: number) => number): void {
    this.w.files.create(this.w.files.find(this.path(a(0)), this.cwd), S_IFDIR | (a(1) & 0o777 & ~this.mask));
  }
  sys_mknod(a: (i: number) => number): void {
    const n = this.w.files.create(this.w.files.find(this.path(a(0)), this.cwd), a(1) & ~this.mask);
    n.rdev = a(2);
  }
  sys_rmdir(a: (i: number) => number): void {
    this.w.files.remove(this.w.files.find(this.path(a(0)), this.cwd), true);
  }
  sys_unlink(a: (i: number) => number): void {
    this.w.files.remove(this.w.files.find(this.path(a(0)), this.cwd), false);
  }
  sys_rename(a: (i: number) => number): void {
    const { files } = this.w;
    files.rename(files.find(this.path(a(0)), this.cwd), files.find(this.path(a(1)), this.cwd));
  }
  sys_chmod(a: (i: number) => number): void {
    const n = this.w.files.lookup(this.path(a(0)), this.cwd);
    n.mode = (n.mode & S_IFMT) | (a(1) & 0o7777);
  }
  sys_chdir(a: (i: number) => number): void {
    const n = this.w.files.lookup(this.path(a(0)), this.cwd);
    if (!isDirectory(n)) throw 'ENOTDIR';
    this.cwd = n;
  }
  sys_umask(a: (i: number) => number): number {
    const old = this.mask;
    this.mask = a(0) & 0o777;
    return old;
  }
  private resize(n: Node, length: number): void {
    const data = new Uint8Array(length);
    data.set(n.data.subarray(0, length));
    n.data = data;
  }
  sys_truncate(a: (i: number) => number): void {
    this.resize(this.w.files.lookup(this.path(a(0)), this.cwd), (a(2) >>> 0) + a(3) * 2 ** 32);
  }
  sys_ftruncate(a: (i: number) => number): void {
    const { node } = this.fd(a(0));
    if (node === null) throw 'EINVAL';
    this.resize(node, (a(2) >>> 0) + a(3) * 2 ** 32);
  }

  sys_break(a: (i: number) => number): void {
    const to = a(0) >>> 0;
    const [old, end] = [pageUp(this.brk), pageUp(to)];
    if (to < this.end()) throw 'EINVAL';
    if (to - this.end() > this.w.dataLimit) throw 'ENOMEM';
    if (end > old && !this.w.memory.map(old, end)) throw 'ENOMEM';
    if (end < old) this.w.memory.unmap(end, old);
    this.brk = to;
  }
  sys_mmap(a: (i: number) => number): number {
    const size = pageUp(a(1) >>> 0);
    const at = this.mapped;
    if (size === 0) throw 'EINVAL';
    if (!this.w.memory.map(at, at + size)) throw 'ENOMEM';
    this.mapped += size + PAGE;
    return at | 0;
  }
  sys_munmap(a: (i: number) => number): void {
    this.w.memory.unmap(a(0) >>> 0, (a(0) >>> 0) + pageUp(a(1) >>> 0));
  }

  sys_getpid(): number {
    return 42;
  }
  sys_getppid(): number {
    return 1;
  }
  sys_getuid(): number {
    return 0;
  }
  /** A look at the clock takes ten microseconds, so that who waits for it gets there. */
  sys_gettimeofday(a: (i: number) => number): void {
    this.clock += 10;
    this.w.memory.set32(a(0), Math.floor(this.clock / 1e6));
    this.w.memory.set32(a(0) + 4, this.clock % 1e6);
  }
  sys_nanosleep(a: (i: number) => number): void {
    const [sec, nsec] = [this.w.memory.get32(a(0)), this.w.memory.get32(a(0) + 4)];
    if (sec < 0 || nsec < 0 || nsec >= 1e9) throw 'EINVAL';
    this.clock += sec * 1e6 + Math.floor(nsec / 1000);
    if (this.clock > this.until) throw new Killed(15);
  }
  sys_sigaction(a: (i: number) => number): void {
    if (a(1) === 0) return;
    const bit = 1 << (a(0) - 1);
    if (this.w.memory.get32(a(1)) === 1) this.ignored |= bit;
    else this.ignored &= ~bit;
  }
  sys_sigprocmask(): void {}
  sys_kill(a: (i: number) => number): void {
    if (this.children.includes(a(0))) {
      this.killed.push([a(0), a(1)]);
      return;
    }
    if (a(0) !== 42) throw 'ESRCH';
    if (a(1) < 0 || a(1) > 31) throw 'EINVAL';
    if (a(1) !== 0 && (this.ignored & (1 << (a(1) - 1))) === 0) throw new Killed(a(1));
  }
  /** Children do nothing and have ended when they are waited for. */
  sys_fork(): number {
    this.children.push(++this.pid);
    return this.pid;
  }
  sys_wait4(a: (i: number) => number): number {
    const i = a(0) === -1 ? 0 : this.children.indexOf(a(0));
    const [pid] = i < 0 ? [] : this.children.splice(i, 1);
    if (pid === undefined) throw 'ECHILD';
    if (a(1) !== 0) this.w.memory.set32(a(1), 0);
    return pid;
  }
  sys_setpriority(): void {}
  sys_getpriority(): number {
    return 0;
  }
  sys_execve(a: (i: number) => number): number {
    const path = this.path(a(0));
    if (!this.w.programs.includes(path)) throw 'ENOENT';
    throw new Executed(path, this.w.memory.strings(a(1)), this.w.memory.strings(a(2)));
  }
  sys___sysctl(a: (i: number) => number): void {
    const { memory, sysctls } = this.w;
    const mib = Array.from({ length: a(1) }, (_, i) => memory.get32(a(0) + 4 * i));
    const names = Object.keys(sysctls);
    let value: Uint8Array | undefined;
    if (mib[0] === 0 && mib[1] === this.constant('CTL_SYSCTL_NAME2OID')) {
      const i = names.indexOf(decoder.decode(memory.bytes(a(4), a(5))));
      if (i >= 0) value = new Uint8Array(Int32Array.of(CTL_AUTO + i).buffer);
    } else value = sysctls[names[(mib[0] as number) - CTL_AUTO] ?? ''];
    if (value === undefined) throw 'ENOENT';
    if (a(2) !== 0) {
      if (value.length > memory.get32(a(3))) throw 'ENOMEM';
      memory.write(a(2), value);
    }
    memory.set32(a(3), value.length);
  }
}
