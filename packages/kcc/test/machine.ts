import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SymbolTable } from '@trap12/target';
import { compile } from '../src/compile.js';
import { type Diagnostic, format } from '../src/diag.js';
import { imageBytes, type KernelImage } from '../src/image.js';
import type { Options } from '../src/program.js';

/** The listed instruction at exactly this address. */
export function siteAt(image: KernelImage, address: number) {
  const site = new SymbolTable(image).site(address);
  if (site === undefined || site.address !== address >>> 0) return undefined;
  return { ...site, function: site.function.name, text: site.instruction };
}

export const symbolAt = (image: KernelImage, address: number) =>
  new SymbolTable(image).nearest(address)?.symbol;

export const symbolNamed = (image: KernelImage, name: string) => image.symbols.find((s) => s.name === name);

/** Four megabytes of memory that virtual addresses map onto by their low 22 bits. */
const SIZE = 4 << 20;
const STACK = 0x3f0000;

/** REG[12]: why the running context waits, and what stands there when it has come to its end. */
const R_WAITS = 12;
const FINISHED = -1;

type KernelFunction = (ra: number, ...args: unknown[]) => unknown;

export interface Machine {
  image: KernelImage;
  js: string;
  REG: Int32Array;
  MEM32: Int32Array;
  /** Miss, call and stop events in order. */
  log: string[];
  hw: Record<string, unknown>;
  /** Calls a plain function. */
  call(name: string, ...args: unknown[]): unknown;
  /** Runs a may-sleep function to its end; each time that it waits goes to the log. `between` may look meanwhile. */
  run(name: string, ...args: unknown[]): unknown;
  between: () => void;
  address(name: string): number;
  load(address: number): number;
  store(address: number, value: number): void;
  table: Map<number, KernelFunction>;
  /** Goes on with a suspended may-sleep function; undefined if it waits again, else its result. */
  go(): { result: unknown } | undefined;
}

export const compileText = (text: string, options: Options = {}) =>
  compile(new Map([['a.ts', text]]), options);

export const errorsOf = (text: string, options: Options = {}): string[] =>
  compileText(text, options).errors.map((d: Diagnostic) => format(d));

const dir = mkdtempSync(join(tmpdir(), 'kcc-test-'));
let serial = 0;

/** Compiles a program and puts it into a small machine. Misses are logged and then served. */
export async function machine(
  text: string,
  hwExtra: Record<string, unknown> = {},
  options: Options = {},
): Promise<Machine> {
  const r = compileText(text, options);
  if (r.errors.length > 0) throw new Error(r.errors.map(format).join('\n'));
  const path = join(dir, `kernel${serial++}.mjs`);
  writeFileSync(path, r.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const buffer = new ArrayBuffer(SIZE);
  const MEM8 = new Uint8Array(buffer);
  const MEM16 = new Uint16Array(buffer);
  const MEM32 = new Int32Array(buffer);
  const TLBR = new Int32Array(1 << 20).fill(-1);
  const TLBW = new Int32Array(1 << 20).fill(-1);
  const REG = new Int32Array(16);
  REG[0] = STACK;
  REG[3] = 0x7fffffff;
  const log: string[] = [];
  const physical = (va: number): number => va & (SIZE - 1) & ~4095;
  const miss = (kind: string, tlb: Int32Array) => (va: number, site: number) => {
    log.push(`${kind} ${(va >>> 0).toString(16)} ${(site >>> 0).toString(16)}`);
    tlb[va >>> 12] = physical(va);
    return physical(va);
  };
  const hw: Record<string, unknown> = {
    MEM8,
    MEM16,
    MEM32,
    TLBR,
    TLBW,
    REG,
    rmiss: miss('r', TLBR),
    wmiss: miss('w', TLBW),
    kpush: (_site: number, bp: number, words: number[]) => {
      words.forEach((w, i) => {
        const va = bp + 4 * i;
        TLBW[va >>> 12] = physical(va);
        MEM32[(physical(va) | (va & 4095)) >>> 2] = w;
      });
    },
    divzero: (site: number) => {
      log.push(`divzero ${(site >>> 0).toString(16)}`);
      return 0;
    },
    badcall: (address: number) => {
      throw new Error(`badcall ${(address >>> 0).toString(16)}`);
    },
    undefined_symbol: (name: string) => {
      throw new Error(`undefined ${name}`);
    },
    ...hwExtra,
  };
  let left: { result: unknown } | undefined;
  hw.leave = (result: unknown) => {
    left = { result };
    REG[R_WAITS] = FINISHED;
  };
  const { createKernel } = (await import(pathToFileURL(path).href)) as {
    createKernel(h: unknown): {
      functions: Record<string, KernelFunction>;
      table: Map<number, KernelFunction>;
      go(): number;
    };
  };
  const kernel = createKernel(hw);
  MEM8.set(imageBytes(r.image), r.image.base & (SIZE - 1));
  const fn = (name: string): KernelFunction => {
    const f = kernel.functions[name];
    if (f === undefined) throw new Error(`no function ${name}`);
    return f;
  };
  const at = (address: number): number => ((physical(address) | (address & 4095)) >>> 2) | 0;
  const machine: Machine = {
    image: r.image,
    js: r.js,
    REG,
    MEM32,
    log,
    hw,
    call: (name, ...args) => fn(name)(0x1234, ...args),
    run(name, ...args) {
      const result = fn(name)(0x1234, ...args);
      if (REG[R_WAITS] === 0) return result;
      log.push(`yield ${String(REG[R_WAITS])}`);
      REG[R_WAITS] = 0;
      for (;;) {
        machine.between();
        const end = machine.go();
        if (end !== undefined) return end.result;
      }
    },
    between() {},
    go() {
      left = undefined;
      const why = kernel.go();
      if (left === undefined) log.push(`yield ${String(why)}`);
      return left;
    },
    address: (name) => r.image.symbols.find((s) => s.name === name)?.address ?? 0,
    load: (address) => MEM32[at(address)] as number,
    store: (address, value) => {
      MEM32[at(address)] = value;
    },
    table: kernel.table,
  };
  return machine;
}
