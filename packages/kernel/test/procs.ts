import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kernelSources } from './sources.js';
import { BOTTOM, type Step, Threads } from './thread.js';
import { compile, format, imageBytes, type KernelImage } from '@trap12/kcc';

/**
 * Kernel files compiled against stubs, run by several processes that the kernel's own scheduler switches
 * between: for the tests of locks, sleeping and the run queues. Memory is 16 MB, addressed by the low bits.
 * Whenever interrupts are on and a may-sleep function is entered or a loop in one turns, the stub's Xintr is
 * called, which may preempt.
 */
export interface Procs {
  image: KernelImage;
  call(name: string, ...args: number[]): number;
  /** Runs processes until all are done (true) or nothing can run any more (false). Throws on a panic. */
  schedule(): boolean;
  /** Makes process i run the function. */
  spawn(i: number, name: string, ...args: number[]): void;
  address(name: string): number;
  load32(address: number): number;
  store32(address: number, value: number): void;
  string(text: string): number;
  text(address: number): string;
  console(): string;
  /** What the kernel told of, by hw_event: kind, object, arg */
  told: [kind: number, object: number, arg: number][];
  /** What schedule() has done so far. */
  counts(): Counts;
}

/** What became of the processes of all schedules together. */
export interface Counts {
  /** Times that a process got the processor */
  turns: number;
  /** Those of them in which it was another process than in the turn before */
  switches: number;
  /**
   * Choices that were asked of `dice`: of processes about what they do, and of interrupts whether to preempt
   */
  decisions: number;
}

/**
 * A change of a kernel file, as text, to ask whether a test would notice: the first occurrence of `from`
 * becomes `to`.
 */
export interface Patch {
  file: string;
  from: string;
  to: string;
}

const SIZE = 16 << 20;
const HEAP = 0xc0800000;
const STACKS = 0xc0a00000;
const STACK_BYTES = 0x4000;
const [ESP, EBP, CYCLES, DEADLINE] = [0, 1, 2, 3];
const NEVER = 0x7fffffff;
const NOW = -0x80000000;

type Fn = (ra: number, ...args: unknown[]) => unknown;

function patched(found: Map<string, string>, patches: readonly Patch[]): Map<string, string> {
  for (const { file, from, to } of patches) {
    const text = found.get(file);
    if (!text?.includes(from)) throw new Error(`${file} has no "${from}"`);
    found.set(
      file,
      text.replace(from, () => to),
    );
  }
  return found;
}

async function load(files: readonly string[], stubs: string, patches: readonly Patch[]) {
  const { sources, options } = kernelSources(files, stubs);
  const r = compile(patched(sources, patches), options);
  const own = r.errors
    .concat(r.warnings)
    .map(format)
    .filter((t) => !t.includes('unknown identifier') && [...files, 'stubs.ts'].some((f) => t.includes(f)));
  if (own.length > 0) throw new Error(own.join('\n'));
  const dir = mkdtempSync(join(tmpdir(), 'kernel-procs-'));
  const path = join(dir, 'kernel.mjs');
  writeFileSync(path, r.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const module = (await import(pathToFileURL(path).href)) as {
    createKernel(h: unknown): { functions: Record<string, Fn>; go(): number };
  };
  rmSync(dir, { recursive: true });
  return { image: r.image, createKernel: module.createKernel };
}

const loaded = new Map<string, ReturnType<typeof load>>();

/**
 * `dice()` answers cn_getc(), by which the stubs make their choices. Interrupts come at every poll, or, with
 * `distance`, that many cycles after the one before.
 */
export async function procs(
  files: readonly string[],
  stubs: string,
  dice: () => number,
  distance?: () => number,
  patches: readonly Patch[] = [],
): Promise<Procs> {
  const key = JSON.stringify([stubs, patches]);
  let once = loaded.get(key);
  if (once === undefined) {
    once = load(files, stubs, patches);
    loaded.set(key, once);
  }
  const { image, createKernel } = await once;
  const buffer = new ArrayBuffer(SIZE);
  const MEM8 = new Uint8Array(buffer);
  const MEM32 = new Int32Array(buffer);
  const REG = new Int32Array(16);
  const TLBR = new Int32Array(1 << 20).fill(-1);
  const TLBW = new Int32Array(1 << 20).fill(-1);
  const low = (va: number): number => va & (SIZE - 1);
  const miss = (tlb: Int32Array) => (va: number) => {
    if (va >>> 12 === 0) throw new Error(`null dereference at ${(va >>> 0).toString(16)}`);
    tlb[va >>> 12] = low(va) & ~4095;
    return low(va) & ~4095;
  };
  const text = (va: number): string => {
    let s = '';
    for (let i = low(va); MEM8[i] !== 0; i++) s += String.fromCharCode(MEM8[i] as number);
    return s;
  };
  const told: Procs['told'] = [];
  let out = '';
  let time = 0;
  const counts: Counts = { turns: 0, switches: 0, decisions: 0 };
  let enabled = true;
  let due = distance === undefined ? NOW : distance();
  const arm = () => {
    REG[DEADLINE] = enabled ? due : NEVER;
  };
  const symbols = new Map(image.symbols.map((s) => [s.name, s.address | 0]));
  const address = (name: string): number => symbols.get(name) ?? 0;
  const pcpu = address('test_pcpu');
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
    kpush: (_site: number, bp: number, words: number[]) =>
      words.forEach((w, i) => {
        MEM32[low(bp + 4 * i) >>> 2] = w;
      }),
    divzero: () => 0,
    badcall: (a: number) => {
      throw new Error(`call of ${(a >>> 0).toString(16)}`);
    },
    undefined_symbol: (name: string) => {
      throw new Error(`undefined ${name}`);
    },
    machine_stop: () => {
      throw new Error(out.slice(out.lastIndexOf('panic: ')).trim());
    },
    read_ebp: () => REG[EBP],
    get_pcpu: () => pcpu,
    rdtsc: () => (time += 1000),
    cpu_delay: () => undefined,
    irq_mask: () => undefined,
    hw_deciding: () => 0,
    hw_event: (kind: number, object: number, arg: number) => told.push([kind, object >>> 0, arg]),
    cn_putc: (c: number) => {
      out += String.fromCharCode(c);
    },
    cn_getc: () => {
      counts.decisions++;
      if (distance !== undefined) due = (REG[CYCLES] as number) + distance();
      return dice();
    },
    intr_disable: () => {
      const was = enabled ? 0x202 : 2;
      enabled = false;
      arm();
      return was;
    },
    intr_restore: (flags: number) => {
      enabled = (flags & 0x200) !== 0;
      arm();
    },
  });
  MEM8.set(imageBytes(image), low(image.base));

  const fn = (name: string): Fn => {
    const f = kernel.functions[name];
    if (f === undefined) throw new Error(`no function ${name}`);
    return f;
  };
  const onStack = <T>(i: number, f: () => T): T => {
    REG[ESP] = STACKS + (i + 1) * STACK_BYTES - 16;
    REG[EBP] = REG[ESP] as number;
    return f();
  };
  const call = (name: string, ...args: number[]): number =>
    onStack(31, () => fn(name)(BOTTOM, ...args) as number);

  interface Context {
    thread: { next(): Step };
    done: boolean;
  }
  const contexts = new Map<number, Context>();
  const idleProc = address('test_idle');
  const curprocIndex = low(pcpu) >>> 2;
  const curproc = (): number => MEM32[curprocIndex] as number;
  let heap = HEAP;
  call('test_init');

  return {
    image,
    call,
    address: (name) => address(name) >>> 0,
    load32: (a) => (MEM32[low(a) >>> 2] as number) >>> 0,
    store32: (a, v) => {
      MEM32[low(a) >>> 2] = v;
    },
    string: (s) => {
      const at = heap;
      for (const c of `${s}\0`) MEM8[low(heap++)] = c.charCodeAt(0);
      return at;
    },
    text,
    console: () => out,
    told,
    counts: () => ({ ...counts }),
    spawn: (i, name, ...args) => {
      const p = call('test_spawn', i) | 0;
      const top = STACKS + (i + 1) * STACK_BYTES - 16;
      const thread = threads.start(top, () => fn(name)(BOTTOM, ...args));
      contexts.set(p, { thread, done: false });
    },
    schedule: () => {
      let last = 0;
      for (let turns = 0; turns < 1_000_000; turns++) {
        if (curproc() === idleProc) {
          if (call('test_idle_pick') === 0) return [...contexts.values()].every((c) => c.done);
          continue;
        }
        const c = contexts.get(curproc());
        if (c === undefined || c.done) throw new Error(`process ${curproc() >>> 0} cannot run`);
        counts.turns++;
        if (last !== 0 && last !== curproc()) counts.switches++;
        last = curproc();
        if (distance !== undefined) due = Math.max(0, due - (REG[CYCLES] as number));
        REG[CYCLES] = 0;
        arm();
        const r = c.thread.next();
        if (r.done) c.done = true;
        if (r.done) call('test_exit');
      }
      throw new Error('the processes do not come to an end');
    },
  };
}
