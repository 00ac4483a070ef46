import type { Compiled } from './compile.js';
import { Files, type Node } from './files.js';
import { type Outcome, Process, program } from './run.js';
import { type Oid, sysctl } from './sysctl.js';
import { Executed, Exit, Killed, type SystemCalls } from './syscalls.js';

/**
 * Programs that fork, over the emulated calls: one process after the other. There is no copying a computation
 * that is under way in the host, but it can be repeated: a child is its parent run again with the same
 * answers of the system, up to the fork, which then gives 0. It runs to its end while its parent forks; so a
 * pipe's writer comes before its reader, and what is in the background is done at once.
 */

const WNOHANG = 1;
const SIG_IGN = 1;
const ECHILD = 10;
const ENOEXEC = 8;
const ENXIO = 6;
const TIOCGPGRP = 0x40047477;
const FIRST_PID = 43;
/** A shell's copies of descriptors, which are marked close-on-exec, begin here. */
const CLOEXEC_FROM = 10;
/** Calls that change the memory of the process, and are made again in a repetition. */
const MEMORY_CALLS = new Set(['break', 'mmap', 'munmap']);

const IMAGE = { memory: 4 << 20, apart: true };

type Args = (i: number) => number;

/** What a call gave: its result or an errno by name or number, and the memory that it wrote. */
interface Answer {
  result: number | string;
  errno?: number;
  edx: number;
  writes: [number, Uint8Array][];
  /** The handler of a signal that came with it. */
  handler?: [number, number];
}

/** The part of SystemCalls that a process shares with its children or hands to them. */
interface Calls {
  call(n: number, ap: number): number | string;
  w: { files: Files };
  fds: ({ node: Node | null; stream: string | null; flags: number; offset: { at: number } } | undefined)[];
  cwd: Node;
  mask: number;
  out: string[];
  err: string[];
  edx: number;
  numbers: Map<number, string>;
}

/** What goes from a process to its child. */
interface Inherited {
  fds: Calls['fds'];
  cwd: Node;
  mask: number;
  handlers: Map<number, number>;
}

/** A process that may fork. */
class Task {
  private process: Process;
  private calls: Calls;
  private log: Answer[] = [];
  private handlers = new Map<number, number>();
  private limits = new Map<number, Uint8Array>();
  private priority = 0;
  private readonly zombies: [number, number][] = [];

  constructor(
    private readonly system: System,
    private compiled: Compiled,
    private argv: readonly string[],
    private env: Record<string, string>,
    readonly pid: number,
    private readonly ppid: number,
  ) {
    this.process = new Process(compiled, { ...IMAGE, ...system.terminal });
    this.calls = this.adopt(undefined);
  }

  /** Makes the calls of a new image this task's. */
  private adopt(from: Inherited | undefined): Calls {
    const calls = this.process.calls as unknown as Calls;
    const original = calls.call.bind(calls);
    calls.w.files = this.system.files;
    calls.cwd = from?.cwd ?? this.system.files.root;
    calls.out = this.system.console;
    calls.err = this.system.console;
    if (from !== undefined) Object.assign(calls, { fds: from.fds.slice(), mask: from.mask });
    calls.call = (n, ap) => this.live(calls.numbers.get(n) ?? String(n), n, ap, original);
    return calls;
  }

  private inherited(): Inherited {
    const { fds, cwd, mask } = this.calls;
    return { fds: fds.slice(), cwd, mask, handlers: new Map(this.handlers) };
  }

  private get emulated(): SystemCalls {
    return this.process.calls;
  }

  /** Runs to the end: the status as wait4 tells it. */
  run(): number {
    for (;;) {
      const outcome = this.process.run(this.argv, this.env);
      if (outcome.executed === undefined) return rawStatus(outcome);
      this.execute(outcome.executed);
    }
  }

  private execute(e: Executed): void {
    const from = this.inherited();
    from.fds.forEach((_, fd) => {
      if (fd >= CLOEXEC_FROM) from.fds[fd] = undefined;
    });
    this.compiled = this.system.programs.get(e.path) as Compiled;
    this.argv = e.argv;
    this.env = Object.fromEntries(
      e.env.map((s) => [s.slice(0, s.indexOf('=')), s.slice(s.indexOf('=') + 1)] as const),
    );
    for (const [sig, handler] of this.handlers) if (handler !== SIG_IGN) this.handlers.delete(sig);
    this.log = [];
    this.process = new Process(this.compiled, { ...IMAGE, ...this.system.terminal });
    this.calls = this.adopt(from);
  }

  /** A call that is made: what it gave is noted. */
  private live(name: string, n: number, ap: number, original: Calls['call']): number | string {
    const { memory } = this.process;
    const answer: Answer = { result: 0, edx: 0, writes: [] };
    const write = memory.write.bind(memory);
    const set32 = memory.set32.bind(memory);
    memory.write = (va, data) => {
      answer.writes.push([va, data.slice()]);
      write(va, data);
    };
    memory.set32 = (va, v) => memory.write(va, new Uint8Array(Int32Array.of(v).buffer));
    try {
      const method = (this as unknown as Record<string, unknown>)[`sys_${name}`];
      const own =
        typeof method === 'function' ? (method as (a: Args, x: Answer) => number | undefined) : undefined;
      const arg: Args = (i) => memory.get32(ap + 4 * i);
      answer.result = own === undefined ? original(n, ap) : (own.call(this, arg, answer) ?? 0);
    } catch (error) {
      if (typeof error !== 'string') throw error;
      answer.result = error;
    } finally {
      Object.assign(memory, { write, set32 });
    }
    answer.edx = this.calls.edx;
    this.log.push(answer);
    return this.give(answer);
  }

  private give(a: Answer): number | string {
    if (a.handler !== undefined) this.process.callAt(a.handler[0], a.handler[1], 0, 0);
    if (a.errno === undefined) return a.result;
    this.process.memory.set32(this.process.address('errno'), a.errno);
    return -1;
  }

  /** Repeats the parent's calls; after them comes its fork. */
  private repeat(answers: readonly Answer[], from: Inherited): void {
    const { calls, process } = this;
    const live = calls.call;
    const original = Object.getPrototypeOf(process.calls).call.bind(process.calls) as Calls['call'];
    let i = 0;
    calls.call = (n, ap) => {
      const a = answers[i++];
      if (a === undefined) {
        calls.call = live;
        Object.assign(calls, { fds: from.fds.slice(), cwd: from.cwd, mask: from.mask });
        this.handlers = from.handlers;
        const zero: Answer = { result: 0, edx: 1, writes: [] };
        this.log = [...answers, zero];
        calls.edx = 1;
        return 0;
      }
      if (MEMORY_CALLS.has(calls.numbers.get(n) ?? '')) return original(n, ap);
      for (const [va, data] of a.writes) process.memory.write(va, data);
      calls.edx = a.edx;
      return this.give(a);
    };
  }

  sys_fork(): number {
    const pid = this.system.nextPid++;
    const child = new Task(this.system, this.compiled, this.argv, this.env, pid, this.pid);
    child.repeat(this.log.slice(), this.inherited());
    this.zombies.push([pid, child.run()]);
    this.calls.edx = 0;
    return pid;
  }
  sys_wait4(a: Args, answer: Answer): number {
    const i = this.zombies.findIndex(([pid]) => a(0) === -1 || a(0) === pid);
    if (i < 0 && (a(2) & WNOHANG) !== 0 && this.zombies.length > 0) return 0;
    if (i < 0) {
      answer.errno = ECHILD;
      return -1;
    }
    const [pid, status] = this.zombies.splice(i, 1)[0] as [number, number];
    if (a(1) !== 0) this.process.memory.set32(a(1), status);
    return pid;
  }
  sys_pipe(): number {
    const { fds } = this.calls;
    const node = this.system.files.node(0o100600);
    const open = (flags: number): number => {
      let fd = 0;
      while (fds[fd] !== undefined) fd++;
      fds[fd] = { node, stream: null, flags, offset: { at: 0 } };
      return fd;
    };
    const read = open(0);
    this.calls.edx = open(9);
    return read;
  }
  sys_getpid(): number {
    return this.pid;
  }
  sys_getppid(): number {
    return this.ppid;
  }
  sys_setpgid(): void {}
  /** All are one process group, which has the terminal if there is one. */
  sys_getpgrp(): number {
    return FIRST_PID - 1;
  }
  sys_ioctl(a: Args): number {
    if (a(1) !== TIOCGPGRP || this.system.terminal.tty !== true) return this.emulated.sys_ioctl(a);
    this.process.memory.set32(a(2), FIRST_PID - 1);
    return 0;
  }
  sys_setitimer(): void {}
  sys_geteuid(): void {}
  sys_getegid(): void {}
  sys_getrusage(a: Args): void {
    this.process.memory.write(a(1), new Uint8Array(72));
  }
  sys_getrlimit(a: Args): void {
    const none = new Uint8Array(new BigInt64Array([2n ** 53n - 1n, 2n ** 53n - 1n]).buffer);
    this.process.memory.write(a(1), this.limits.get(a(0)) ?? none);
  }
  sys_setrlimit(a: Args): void {
    this.limits.set(a(0), this.process.memory.bytes(a(1), 16));
  }
  sys_sigaction(a: Args): void {
    const { memory } = this.process;
    const old = this.handlers.get(a(0)) ?? 0;
    if (a(1) !== 0) this.handlers.set(a(0), memory.get32(a(1)));
    if (a(2) !== 0) memory.write(a(2), new Uint8Array(Int32Array.of(old, 0, 0).buffer));
  }
  sys_kill(a: Args, answer: Answer): number {
    const handler = this.handlers.get(a(1)) ?? 0;
    if (a(0) !== this.pid) {
      answer.errno = 3;
      return -1;
    }
    if (a(1) === 0 || handler === SIG_IGN) return 0;
    if (handler === 0) throw new Killed(a(1));
    answer.handler = [handler, a(1)];
    return 0;
  }
  sys___sysctl(a: Args): void {
    const { memory } = this.process;
    const mib = Array.from({ length: a(1) }, (_, i) => memory.get32(a(0) + 4 * i));
    const value = sysctl(this.system.oids, mib, memory.bytes(a(4), a(4) === 0 ? 0 : a(5)));
    if (a(3) === 0) return;
    const room = memory.get32(a(3));
    if (a(2) !== 0 && value.length > room) throw 'ENOMEM';
    if (a(2) !== 0) memory.write(a(2), value);
    memory.set32(a(3), value.length);
  }
  /** There is no device to swap to. */
  sys_swapon(_a: Args, answer: Answer): number {
    answer.errno = ENXIO;
    return -1;
  }
  sys_reboot(a: Args): void {
    this.system.howto ??= a(0);
    throw new Exit(0);
  }
  sys_setpriority(a: Args): void {
    this.priority = a(2);
  }
  sys_getpriority(): number {
    return this.priority;
  }
  sys_execve(a: Args, answer: Answer): number | string {
    const { memory } = this.process;
    const path = memory.string(a(0));
    const argv = memory.strings(a(1));
    const env = memory.strings(a(2));
    if (this.system.programs.has(path)) throw new Executed(path, argv, env);
    let text: string;
    try {
      const node = this.system.files.lookup(path, this.calls.cwd);
      if ((node.mode & 0o111) === 0 || (node.mode & 0o170000) === 0o040000) return 'EACCES';
      text = Buffer.from(node.data).toString('latin1');
    } catch (error) {
      return error as string;
    }
    const interpreter = /^#! *(\S+)/.exec(text)?.[1];
    if (interpreter !== undefined)
      throw new Executed(interpreter, [interpreter, path, ...argv.slice(1)], env);
    answer.errno = ENOEXEC;
    return -1;
  }
}

function rawStatus(o: Outcome): number {
  return o.status >= 128 ? o.status - 128 : o.status << 8;
}

/** Files, a console and programs by path. */
export class System {
  readonly files = new Files(() => 990_273_600e6);
  readonly console: string[] = [];
  /** What sysctl(3) shows. */
  oids: Oid[] = [];
  /** How reboot(2) stopped it first. */
  howto: number | undefined;
  nextPid = FIRST_PID;

  constructor(
    readonly programs: ReadonlyMap<string, Compiled>,
    files: Record<string, string> = {},
    /** What is typed at a terminal; each process that reads begins at its beginning. */
    readonly terminal: { stdin?: string; tty?: boolean } = {},
  ) {
    for (const [path, text] of Object.entries(files)) this.files.put(path, text);
    for (const path of programs.keys()) this.files.put(path, '', 0o755);
    this.files.put('dev/null', '').mode = 0o020666;
  }

  /** Runs a program; its status as a shell tells it. */
  run(argv: readonly string[], env: Record<string, string> = {}): number {
    const compiled = this.programs.get(argv[0] ?? '') as Compiled;
    const raw = new Task(this, compiled, argv, env, 42, 1).run();
    return (raw & 0x7f) !== 0 ? 128 + (raw & 0x7f) : raw >> 8;
  }
}

/** Programs by where they are installed: `/bin/cat` from `bin/cat`. */
export async function install(dirs: Record<string, string>): Promise<Map<string, Compiled>> {
  const out = new Map<string, Compiled>();
  for (const [path, dir] of Object.entries(dirs)) out.set(path, await program(dir));
  return out;
}
