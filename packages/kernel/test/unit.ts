import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kernelSources } from './sources.js';
import { BOTTOM, type Step, Threads } from './thread.js';
import { compile, format, imageBytes, type KernelImage } from '@trap12/kcc';
import { SymbolTable } from '@trap12/target';

/**
 * A few kernel files, compiled against stubs, over 16 MB of memory that virtual addresses map onto by their
 * low bits. For tests that ask one module a question without booting a kernel. No interrupts, no other
 * process: a sleeping function that really sleeps is an error unless a stub says how.
 */
export interface Unit {
  image: KernelImage;
  call(name: string, ...args: number[]): number;
  /** Begins a may-sleep function; its waits are the caller's to answer. */
  start(name: string, ...args: number[]): { next(): Step };
  /** Runs a may-sleep function to its end. */
  run(name: string, ...args: number[]): number;
  address(name: string): number;
  load32(address: number): number;
  store32(address: number, value: number): void;
  /** Reads a field of a struct: `field(p, 'vm_map', 'nentries')`, unsigned. */
  field(address: number, struct: string, name: string): number;
}

const SIZE = 16 << 20;
const STACK = SIZE - 0x10000;
/** Of each of the threads that are under way at once; the first lies below the stack of plain calls. */
const THREAD_STACK = 0x4000;

type Fn = (ra: number, ...args: unknown[]) => unknown;

/**
 * Compiles all headers, `files` (paths below src) and the text `stubs`. `hw` answers the primitives that are
 * called.
 */
export async function unit(
  files: readonly string[],
  stubs: string,
  hw: Record<string, unknown> = {},
): Promise<Unit> {
  const { sources, options } = kernelSources(files, stubs);
  const r = compile(sources, options);
  const own = r.errors.concat(r.warnings).filter((d) => {
    const text = format(d);
    return (
      !text.includes('unknown identifier') &&
      (files.some((f) => text.includes(f)) || text.includes('stubs.ts'))
    );
  });
  if (own.length > 0) throw new Error(own.map(format).join('\n'));

  const path = join(mkdtempSync(join(tmpdir(), 'kernel-unit-')), 'kernel.mjs');
  writeFileSync(path, r.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const buffer = new ArrayBuffer(SIZE);
  const MEM8 = new Uint8Array(buffer);
  const MEM32 = new Int32Array(buffer);
  const REG = new Int32Array(16);
  REG[0] = STACK;
  const physical = (va: number): number => va & (SIZE - 1) & ~4095;
  const TLBR = new Int32Array(1 << 20).fill(-1);
  const TLBW = new Int32Array(1 << 20).fill(-1);
  const miss = (tlb: Int32Array) => (va: number) => {
    if (va >>> 12 === 0) throw new Error(`null dereference at ${(va >>> 0).toString(16)}`);
    tlb[va >>> 12] = physical(va);
    return physical(va);
  };
  const at = (va: number): number => ((physical(va) | (va & 4095)) >>> 2) | 0;
  const str = (va: number): string => {
    let s = '';
    for (let i = va & (SIZE - 1); MEM8[i] !== 0; i++) s += String.fromCharCode(MEM8[i] as number);
    return s;
  };
  const { createKernel } = (await import(pathToFileURL(path).href)) as {
    createKernel(h: unknown): { functions: Record<string, Fn>; go(): number };
  };
  const threads: Threads = new Threads(REG, () => kernel.go());
  const kernel = createKernel({
    leave: threads.leave,
    MEM8,
    MEM16: new Uint16Array(buffer),
    MEM32,
    TLBR,
    TLBW,
    REG,
    rmiss: miss(TLBR),
    wmiss: miss(TLBW),
    kpush: (_site: number, bp: number, words: number[]) => {
      words.forEach((w, i) => {
        MEM32[at(bp + 4 * i)] = w;
      });
    },
    divzero: () => 0,
    badcall: (a: number) => {
      throw new Error(`call of ${(a >>> 0).toString(16)}`);
    },
    undefined_symbol: (name: string) => {
      throw new Error(`undefined ${name}`);
    },
    /* panic of the stubs ends here: the argument is the address of the message. */
    machine_stop: (message: number) => {
      throw new Error(`panic: ${str(message)}`);
    },
    read_ebp: () => STACK,
    hw_bzero: (dst: number, len: number) => MEM8.fill(0, dst & (SIZE - 1), (dst & (SIZE - 1)) + len),
    hw_bcopy: (src: number, dst: number, len: number) =>
      MEM8.copyWithin(dst & (SIZE - 1), src & (SIZE - 1), (src & (SIZE - 1)) + len),
    ...hw,
  });
  MEM8.set(imageBytes(r.image), r.image.base & (SIZE - 1));
  const fn = (name: string): Fn => {
    const f = kernel.functions[name];
    if (f === undefined) throw new Error(`no function ${name}`);
    return f;
  };
  const symbols = new SymbolTable(r.image);
  const isWide = (index: number | undefined): boolean => {
    const type = index === undefined ? undefined : symbols.type(index);
    return type?.kind === 'int' && type.size === 8;
  };
  /** Arguments as lowered code has them: an address is a signed word. */
  const words = (name: string, args: readonly number[]): number[] =>
    args.map((a, i) => (isWide(symbols.symbol(name).params?.[i]?.type) ? a : a | 0));
  let started = 0;
  const begin = (name: string, args: readonly number[], n: number) =>
    threads.start(STACK - (n % 4) * THREAD_STACK, () => fn(name)(BOTTOM, ...words(name, args)));
  return {
    image: r.image,
    call: (name, ...args) => fn(name)(BOTTOM, ...words(name, args)) as number,
    start: (name, ...args) => begin(name, args, ++started),
    run: (name, ...args) => {
      const s = begin(name, args, 0).next();
      if (!s.done) throw new Error(`${name} slept`);
      return s.value as number;
    },
    address: (name) => (r.image.symbols.find((s) => s.name === name)?.address ?? 0) >>> 0,
    load32: (a) => (MEM32[at(a)] as number) >>> 0,
    store32: (a, v) => {
      MEM32[at(a)] = v;
    },
    field: (a, struct, name) => {
      const f = r.image.structs[struct]?.fields[name];
      if (f === undefined) throw new Error(`no field ${struct}.${name}`);
      const va = a + f.offset;
      const i = va & (SIZE - 1);
      if (f.size === 1) return MEM8[i] as number;
      if (f.size === 2) return (MEM8[i] as number) | ((MEM8[i + 1] as number) << 8);
      return (MEM32[at(va)] as number) >>> 0;
    },
  };
}
