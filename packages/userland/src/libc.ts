import type { Continuation, UserCpu } from '@trap12/machine';
import { BSS_ADDR, BSS_BYTES, HEAP_ADDR } from './aout.js';
import { EINTR, ERRORS, SYS } from './syscalls.js';

/** A computation in user mode that gives an R. */
export type User<R = void> = Generator<number, R, unknown>;
/** A program: its exit status. */
export type Program = (c: Libc) => User<number>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PAGE = 4096;
const TIOCGPGRP = 0x40047477;
/** The upper half of bss holds strings on their way to the kernel, the lower half stdio's buffers. */
const STRINGS_ADDR = BSS_ADDR + BSS_BYTES / 2;
const STRINGS_BYTES = BSS_BYTES / 2;
export const IOBUF_ADDR = BSS_ADDR;
export const IOBUF_BYTES = BSS_BYTES / 2;

/** The library of the program that a process runs now. */
const LIBC_OF = new WeakMap<UserCpu, Libc>();

/** Thrown by a program to end itself from any depth. */
class Exit {
  constructor(readonly status: number) {}
}

/**
 * What a program has: its arguments, system calls by name, a heap and a little stdio. All data that the kernel sees lie in the
 * simulated memory. Results follow libc: a negative number is -errno.
 */
export class Libc {
  private stringNext = 0;
  private brk = HEAP_ADDR;
  private scratchAt = 0;
  private scratchBytes = 0;

  constructor(
    readonly cpu: UserCpu,
    readonly argv: readonly string[],
    readonly env: Map<string, string>,
  ) {
    LIBC_OF.set(cpu, this);
  }

  /** The name the program was called by, without its directory. */
  get progname(): string {
    return (this.argv[0] ?? '?').replace(/^.*\//, '');
  }

  *sys(number: number, ...args: number[]): User<number> {
    return yield* this.cpu.syscall(number, ...args);
  }

  /** Puts a string (with its NUL) where the kernel can read it; good until many more were put. */
  *string(text: string): User<number> {
    return yield* this.bytes(encoder.encode(`${text}\0`));
  }

  /** Puts bytes there. */
  *bytes(data: Uint8Array): User<number> {
    if (data.length > STRINGS_BYTES) throw new RangeError('string too long');
    if (this.stringNext + data.length > STRINGS_BYTES) this.stringNext = 0;
    const at = STRINGS_ADDR + this.stringNext;
    this.stringNext = (this.stringNext + data.length + 3) & ~3;
    yield* this.cpu.write(at, data);
    return at;
  }

  /** Puts int32 words there. */
  *words(values: number[]): User<number> {
    return yield* this.bytes(new Uint8Array(Int32Array.from(values).buffer));
  }

  /** Reads int32 words of the process's memory. */
  *loadWords(at: number, count: number): User<Int32Array> {
    const raw = yield* this.cpu.read(at, 4 * count);
    return new Int32Array(raw.buffer, raw.byteOffset, count);
  }

  // ---- files ---------------------------------------------------------------------------------------------------

  *open(path: string, flags: number, mode = 0o644): User<number> {
    return yield* this.sys(SYS.open, yield* this.string(path), flags, mode);
  }

  *close(fd: number): User<number> {
    return yield* this.sys(SYS.close, fd);
  }

  *read(fd: number, at: number, count: number): User<number> {
    return yield* this.sys(SYS.read, fd, at, count);
  }

  *write(fd: number, at: number, count: number): User<number> {
    return yield* this.sys(SYS.write, fd, at, count);
  }

  /** Writes text whole. */
  *puts(fd: number, text: string): User<number> {
    const data = encoder.encode(text);
    for (let done = 0; done < data.length; ) {
      const part = data.subarray(done, done + 4096);
      const at = yield* this.bytes(part);
      for (let sent = 0; sent < part.length; ) {
        const n = yield* this.write(fd, at + sent, part.length - sent);
        if (n === -EINTR) continue;
        if (n < 0) return n;
        sent += n;
      }
      done += part.length;
    }
    return data.length;
  }

  *print(text: string): User {
    yield* this.puts(1, text);
  }

  /** warnx(3) */
  *warn(text: string): User {
    yield* this.puts(2, `${this.progname}: ${text}\n`);
  }

  /** errx(3): complains and ends the program. */
  *fail(text: string, status = 1): User<never> {
    yield* this.warn(text);
    throw new Exit(status);
  }

  /** Tells how the program is used and ends it with status 1, as BSD's programs do. */
  *usage(text: string): User<never> {
    yield* this.puts(2, `usage: ${text}\n`);
    throw new Exit(1);
  }

  /** exit(3) from any depth. */
  // biome-ignore lint/correctness/useYield: what programs call is a generator
  *leave(status: number): User<never> {
    throw new Exit(status);
  }

  /** tcgetpgrp(3) of the console, 0 if it has no foreground process group. */
  *foregroundGroup(): User<number> {
    const at = yield* this.words([0]);
    const fd = yield* this.open('/dev/tty', 0);
    if (fd < 0) return 0;
    const error = yield* this.sys(SYS.ioctl, fd, TIOCGPGRP, at);
    yield* this.close(fd);
    return error < 0 ? 0 : yield* this.cpu.load32(at);
  }

  /** strerror(3) of -errno */
  strerror(error: number): string {
    return ERRORS[-error] ?? `Unknown error: ${-error}`;
  }

  /** The whole of a file as text, or -errno. */
  *slurp(path: string): User<string | number> {
    const fd = path === '-' ? 0 : yield* this.open(path, 0);
    if (fd < 0) return fd;
    let text = '';
    for (;;) {
      const n = yield* this.read(fd, IOBUF_ADDR, IOBUF_BYTES);
      if (n === -EINTR) continue;
      if (n < 0) return n;
      if (n === 0) break;
      text += decoder.decode(yield* this.cpu.read(IOBUF_ADDR, n));
    }
    if (fd !== 0) yield* this.close(fd);
    return text;
  }

  // ---- memory --------------------------------------------------------------------------------------------------

  /** Gets page-aligned memory from the kernel by brk(2); -errno if it will not give any. */
  *malloc(bytes: number): User<number> {
    const at = this.brk;
    const end = at + Math.ceil(bytes / PAGE) * PAGE;
    if (end >= 0xbfc00000) return -12;
    const error = yield* this.sys(SYS.break, end | 0);
    if (error < 0) return error;
    this.brk = end;
    return at;
  }

  /**
   * Memory for a moment: stdio's buffer, or if that is too small a piece of the heap that is kept for the next one who asks.
   * -errno if there is none.
   */
  *scratch(bytes: number): User<number> {
    if (bytes <= IOBUF_BYTES) return IOBUF_ADDR;
    if (bytes > this.scratchBytes) {
      const at = yield* this.malloc(bytes);
      if (at < 0) return at;
      this.scratchAt = at;
      this.scratchBytes = bytes;
    }
    return this.scratchAt;
  }

  // ---- processes -------------------------------------------------------------------------------------------------

  *exit(status: number): User<never> {
    for (;;) yield* this.sys(SYS.exit, status);
  }

  /** Forks; the child runs `child` and exits with its result. */
  *fork(child: Program): User<number> {
    return yield* this.cpu.forkTo(SYS.fork, this.childOf(child));
  }

  /** The same by vfork(2): the child shares the memory until it executes a program or exits. */
  *vfork(child: Program): User<number> {
    return yield* this.cpu.forkTo(SYS.vfork, this.childOf(child));
  }

  private childOf(child: Program): Continuation {
    const { argv, env, brk, scratchAt, scratchBytes } = this;
    return function* (cpu) {
      const c = new Libc(cpu, argv, new Map(env));
      c.brk = brk;
      c.scratchAt = scratchAt;
      c.scratchBytes = scratchBytes;
      yield* runProgram(child, c);
    };
  }

  /** execve(2); only comes back with -errno. */
  *execve(path: string, argv: readonly string[], env: Map<string, string> = this.env): User<number> {
    const pointers: number[] = [];
    for (const arg of argv) pointers.push(yield* this.string(arg));
    const environment: number[] = [];
    for (const [name, value] of env) environment.push(yield* this.string(`${name}=${value}`));
    const args = yield* this.words([...pointers, 0]);
    const envs = yield* this.words([...environment, 0]);
    return yield* this.sys(SYS.execve, yield* this.string(path), args, envs);
  }

  /** execvp(3): looks along PATH. */
  *execvp(file: string, argv: readonly string[], env: Map<string, string> = this.env): User<number> {
    if (file.includes('/')) return yield* this.execve(file, argv, env);
    let error = -2;
    for (const dir of (this.env.get('PATH') ?? '/bin:/sbin:/usr/bin').split(':')) {
      const e = yield* this.execve(`${dir}/${file}`, argv, env);
      if (e !== -2) error = e;
    }
    return error;
  }

  /** wait4(2): [pid or -errno, status] */
  *wait(pid = -1, options = 0): User<[number, number]> {
    const at = yield* this.words([0]);
    const result = yield* this.sys(SYS.wait4, pid, at, options, 0);
    return [result, yield* this.cpu.load32(at)];
  }

  /** gettimeofday(2) in microseconds */
  *now(): User<number> {
    const at = yield* this.words([0, 0]);
    yield* this.sys(SYS.gettimeofday, at, 0);
    const t = yield* this.loadWords(at, 2);
    return t[0]! * 1e6 + t[1]!;
  }

  *nanosleep(seconds: number): User<number> {
    const whole = Math.floor(seconds);
    return yield* this.sys(SYS.nanosleep, yield* this.words([whole, Math.round((seconds - whole) * 1e9)]), 0);
  }

  /**
   * sigaction(2): runs `handler` on the signal; 'ignore' and 'default' as named. A child that forked keeps its parent's handler,
   * which therefore is given the Libc of the process that it runs in.
   * @returns 0 or -errno
   */
  *signal(sig: number, handler: ((sig: number, c: Libc) => User) | 'ignore' | 'default'): User<number> {
    let address = handler === 'ignore' ? 1 : 0;
    if (typeof handler === 'function') {
      address = this.cpu.labels.add(function* (cpu) {
        const frame = cpu.esp;
        const signum = yield* cpu.load32(frame);
        yield* handler(signum, LIBC_OF.get(cpu)!);
        yield* cpu.syscall(SYS.sigreturn, yield* cpu.load32(frame + 8));
      }, false);
    }
    const act = yield* this.words([address, 0, 0, 0, 0, 0]);
    return yield* this.sys(SYS.sigaction, sig, act, 0);
  }
}

/** Runs a program to its end and exits with its status. */
export function* runProgram(program: Program, c: Libc): User {
  let status: number;
  try {
    status = yield* program(c);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    status = error.status;
  }
  yield* c.exit(status);
}
