import { imageBytes } from '@trap12/kcc';
import type { Compiled, Fn } from './compile.js';
import { Files } from './files.js';
import { Fault, Memory } from './memory.js';
import { Executed, Exit, Killed, SystemCalls } from './syscalls.js';

export { program, source } from './compile.js';

/** What a program is given. */
export interface Setting {
  stdin: string;
  env: Record<string, string>;
  /** Files by path; one that ends in a slash is a directory. */
  files: Record<string, string>;
  tty: boolean;
  /** Bytes of memory that it can have. */
  memory: number;
  /** Bytes that its heap may have. */
  dataLimit: number;
  /** It runs beside others: its memory is its own. */
  apart: boolean;
  sysctls: Record<string, Uint8Array>;
  programs: readonly string[];
}

/** What became of it. */
export interface Outcome {
  /** Exit status; 128 + the signal that ended it. */
  status: number;
  stdout: string;
  stderr: string;
  files: Files;
  /** What it executed, if it did. */
  executed: Executed | undefined;
  calls: SystemCalls;
}

const STACK_TOP = 0xefc00000;
const STACK_BYTES = 1 << 20;
const PAGE = 4096;
const pageUp = (n: number): number => Math.ceil(n / PAGE) * PAGE;
const SIGSEGV = 11;

/** A program in a memory of its own, its functions callable one by one. */
export class Process {
  readonly memory: Memory;
  readonly files: Files;
  readonly calls: SystemCalls;
  private readonly reg = new Int32Array(16);
  private readonly kernel: ReturnType<Compiled['create']>;
  private readonly addresses: Map<string, number>;

  constructor(compiled: Compiled, setting: Partial<Setting> = {}) {
    const { image } = compiled;
    this.memory = new Memory(setting.memory, setting.apart);
    const { memory } = this;
    this.files = new Files(() => this.calls?.clock ?? 990_273_600e6);
    for (const [path, text] of Object.entries(setting.files ?? {})) this.files.put(path, text);
    this.calls = new SystemCalls({
      memory,
      image,
      files: this.files,
      stdin: Buffer.from(setting.stdin ?? '', 'latin1'),
      tty: setting.tty ?? false,
      sysctls: setting.sysctls ?? {},
      dataLimit: setting.dataLimit ?? Number.POSITIVE_INFINITY,
      programs: setting.programs ?? [],
    });
    memory.map(image.base, pageUp(this.calls.end()));
    memory.map(STACK_TOP - STACK_BYTES, STACK_TOP);
    memory.write(image.base, imageBytes(image));
    this.reg[0] = STACK_TOP - 64;
    this.addresses = new Map(image.symbols.map((s) => [s.name, s.address]));
    this.kernel = compiled.create(this.hardware());
  }

  private hardware(): Record<string, unknown> {
    const { memory, reg, calls } = this;
    const { MEM8, MEM16, MEM32, TLBR, TLBW } = memory;
    const call = (n: number): number => {
      const r = calls.call(n, (reg[1] as number) + 8);
      if (typeof r === 'number') return r;
      memory.set32(this.address('errno'), this.errno(r));
      return -1;
    };
    return {
      MEM8,
      MEM16,
      MEM32,
      TLBR,
      TLBW,
      REG: reg,
      rmiss: memory.miss(TLBR),
      wmiss: memory.miss(TLBW),
      kpush: (_site: number, bp: number, words: number[]) => {
        words.forEach((word, i) => {
          if (memory.at(bp + 4 * i) === undefined) throw new Fault(bp);
          memory.set32(bp + 4 * i, word);
        });
      },
      divzero: () => {
        throw new Killed(8);
      },
      badcall: (a: number) => {
        throw new Fault(a);
      },
      undefined_symbol: (name: string) => {
        throw new Error(`undefined ${name}`);
      },
      hw_syscall: call,
      hw_syscall64: call,
      hw_vfork: call,
      hw_rfork: () => {
        throw new Error('threads need a machine');
      },
      hw_edx: () => calls.edx,
      hw_work: (cycles: number) => {
        calls.worked += cycles;
        calls.clock += cycles / 1000;
      },
      hw_setjmp: () => 0,
      hw_longjmp: () => {
        throw new Error('longjmp needs a machine');
      },
    };
  }

  private errno(name: string): number {
    const known: Record<string, number> = ERRNO;
    const n = known[name];
    if (n === undefined) throw new Error(`no errno ${name}`);
    return n;
  }

  address(name: string): number {
    const a = this.addresses.get(name);
    if (a === undefined) throw new Error(`no symbol ${name}`);
    return a;
  }

  /** The names of its functions and variables. */
  symbols(): string[] {
    return [...this.addresses.keys()];
  }

  /** Calls a function of the program; its arguments are words. */
  call(name: string, ...args: number[]): number {
    const f = this.kernel.functions[name] as Fn | undefined;
    if (f === undefined) throw new Error(`no function ${name}`);
    return f(0x1234, ...args.map((a) => a | 0)) as number;
  }

  /** Calls the function at an address: a handler. */
  callAt(address: number, ...args: number[]): void {
    const f = this.kernel.table.get(address);
    if (f === undefined) throw new Fault(address);
    f(0x1234, ...args);
  }

  /** Puts a string on the top of the stack, to be left there; its address. */
  push(text: string | Uint8Array): number {
    const bytes = typeof text === 'string' ? Buffer.from(`${text}\0`, 'latin1') : text;
    this.reg[0] = ((this.reg[0] as number) - bytes.length) & ~3;
    this.memory.write(this.reg[0] as number, bytes);
    return this.reg[0] as number;
  }

  /** Runs it from crt0's start to its end. */
  run(argv: readonly string[], env: Record<string, string> = {}): Outcome {
    const words = [argv.length, ...argv.map((a) => this.push(a)), 0];
    for (const [name, value] of Object.entries(env)) words.push(this.push(`${name}=${value}`));
    this.push(new Uint8Array(Int32Array.from([...words, 0]).buffer));
    let status = 0;
    let executed: Executed | undefined;
    try {
      this.call('start');
    } catch (error) {
      if (error instanceof Exit) status = error.status;
      else if (error instanceof Killed) status = 128 + error.signal;
      else if (error instanceof Executed) executed = error;
      else if (error instanceof Fault) status = 128 + SIGSEGV;
      else throw error;
    }
    const { files, calls } = this;
    return { status, stdout: calls.out.join(''), stderr: calls.err.join(''), files, executed, calls };
  }
}

/** errno by name, of those that the emulation gives. */
const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EBADF: 9,
  ECHILD: 10,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ENOTTY: 25,
  ESPIPE: 29,
  ENAMETOOLONG: 63,
  ENOTEMPTY: 66,
};

/** Runs a compiled program once. */
export function run(compiled: Compiled, argv: readonly string[], setting: Partial<Setting> = {}): Outcome {
  return new Process(compiled, setting).run(argv, setting.env);
}
