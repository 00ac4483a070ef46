import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addMutation, compile, format, type Mutation, readSources } from '@trap12/kcc';
import type { Kernel, KernelModule } from '@trap12/system';
import { loadExecutables, loadKernel } from '@trap12/system/node.js';
import { describe, expect, it } from 'vitest';

interface Failure {
  at: number;
  from: number;
  what: string;
  input: string;
}

interface Outcome {
  failures: Failure[];
  late: number;
}

interface Part {
  name: string;
  run(seed: number, from: number, count: number): Promise<Outcome>;
}

interface Input {
  argv: string[];
  uid?: number;
}

type RunInputs = (
  part: string,
  seed: number,
  from: number,
  count: number,
  make: (r: unknown, at: number) => Input,
) => Promise<Outcome>;

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { PARTS } = (await import(path('./fuzz/parts.mjs'))) as { PARTS: Part[] };
const { runInputs } = (await import(path('./fuzz/in-machine.mjs'))) as { runInputs: RunInputs };
const { useKernel } = (await import(path('./fuzz/machine.mjs'))) as {
  useKernel: (kernel: Kernel) => Promise<void>;
};

/**
 * How many of each; with those of the debugger's own test and the report reader's, 12000 in all. With
 * TRAP12_FUZZ=20 there are twenty times as many; in npm run acceptance, four times.
 */
const COUNTS: Record<string, number> = {
  sh: 100,
  programs: 150,
  exec: 150,
  image: 1200,
  cli: 300,
  ddb: 100,
  report: 300,
};
const SCALE = Number(process.env.TRAP12_FUZZ ?? (process.env.TRAP12_FULL === undefined ? 1 : 4));
const SEED = Number(process.env.TRAP12_FUZZ_SEED ?? 2001);

interface Count {
  part: { name: string; weight: number; batch: number };
  done: number;
  took: number;
}

const { byInputs, byTime, leftOut } = (await import(path('./fuzz/shares.mjs'))) as {
  byInputs(counts: Count[], left: number): { count: Count; many: number };
  byTime(counts: Count[], left: number, leftMs: number): { count: Count; many: number };
  leftOut(counts: Count[]): string | undefined;
};

describe('a limit of time', () => {
  /* Milliseconds for an input of each, on a host that has much else to do. */
  const COSTS = { slow: 150, usual: 20, quick: 1 };
  const counts = (): Count[] =>
    Object.keys(COSTS).map((name) => ({ part: { name, weight: 10, batch: 120 }, done: 0, took: 0 }));

  function run(list: Count[], limitMs: number): number {
    let now = 0;
    while (now < limitMs) {
      const { count, many } = byTime(list, 1e6, limitMs - now);
      const cost = many * COSTS[count.part.name as keyof typeof COSTS];
      count.done += many;
      count.took += cost;
      now += cost;
    }
    return now;
  }

  it('is shared by all parts, however slow one is', () => {
    const list = counts();
    expect(run(list, 60_000)).toBeLessThan(62_000);
    for (const { took } of list) expect(took).toBeGreaterThan(12_000);
    expect(leftOut(list)).toBeUndefined();
  });

  it('that is over too soon: who was not tried is told', () => {
    const list = counts();
    run(list, 500);
    expect(leftOut(list)).toBe('fuzz: not tried: usual, quick (--only PART tries one)');
  });

  it('that is none: each part has its share of the inputs', () => {
    const list = counts();
    list[0]!.part.weight = 20;
    for (let done = 0; done < 4000; ) {
      const { count, many } = byInputs(list, 4000 - done);
      count.done += many;
      done += many;
    }
    expect(list[0]!.done / list[1]!.done).toBeCloseTo(2, 0);
  });
});

describe('inputs by chance', () => {
  it.each(PARTS)('$name', { timeout: 600_000 }, async ({ name, run }) => {
    const { failures } = await run(SEED, 0, Math.round(COUNTS[name]! * SCALE));
    expect(failures, `npm run fuzz -- --only ${name} --seed ${SEED} --at ${failures[0]?.at}`).toEqual([]);
  });

  it('are the same for the same seed, each by itself', { timeout: 120_000 }, async () => {
    const seen = new Map<number, string>();
    const note = (r: unknown, at: number): Input => {
      const argv = ['echo', String((r as { word(): number }).word())];
      const text = argv.join(' ');
      expect(seen.get(at) ?? text).toBe(text);
      seen.set(at, text);
      return { argv };
    };
    await runInputs('same', 1, 0, 3, note);
    await runInputs('same', 1, 2, 2, note);
    expect(new Set(seen.values()).size).toBe(4);
  });
});

/* Of nine inputs one is wrong. */
const oneOf = (wrong: Input) => (_: unknown, at: number) => (at === 5 ? wrong : { argv: ['true'] });

describe('what is wrong is seen, and which input it is', () => {
  it('a program that dies of an error of its own', { timeout: 120_000 }, async () => {
    const { failures } = await runInputs('x', 1, 0, 9, oneOf({ argv: ['sh', '-c', 'kill -SEGV $$'] }));
    expect(failures.map(({ at, what }) => [at, what])).toEqual([[5, 'sh ended by SIGSEGV']]);
  });

  it('a kernel that panics', { timeout: 120_000 }, async () => {
    const kmem = 'dd if=/etc/long of=/dev/kmem bs=4k seek=786688 count=400';
    const { failures } = await runInputs('x', 1, 0, 9, oneOf({ argv: ['sh', '-c', kmem], uid: 0 }));
    expect(failures.map(({ at, from }) => [at, from])).toEqual([[5, 0]]);
    expect(failures[0]!.what).toMatch(/^(panic: |Fatal )/);
  });
});

/** The kernel with a change that makes it wrong. */
async function wrongKernel(mutation: Mutation): Promise<Kernel> {
  const files = readSources(path('../packages/kernel/src'));
  const built = compile(files, { patches: addMutation(files, mutation) });
  if (built.errors.length > 0) throw new Error(format(built.errors[0]!));
  const dir = mkdtempSync(join(tmpdir(), 'fuzz-kernel-'));
  try {
    writeFileSync(join(dir, 'kernel.mjs'), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
    const module = (await import(pathToFileURL(join(dir, 'kernel.mjs')).href)) as KernelModule;
    return { module, image: built.image, executables: loadExecutables() };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('a wrong execve is seen', () => {
  const [aout, exec] = ['kern/imgact_aout.ts', 'kern/kern_exec.ts'];
  it.each([
    [
      'that leaves the first page wired',
      [exec, 'exec_unmap_first_page', 'vm_page_unwire(imgp.ip_firstpage, 1);'],
      /^wired pages of files is \d+ at the end, \d+ without inputs$/,
      4,
    ],
    [
      'that keeps its file',
      [exec, 'exec_finish', 'if (oldtext !== null) yield* vrele(oldtext);'],
      /^references of vnodes is \d+ at the end, \d+ without inputs$/,
      4,
    ],
    [
      'that executes a file which ends too early',
      [aout, 'aout_check', 'if ($i64(hdr.a_text) + $i64(hdr.a_data) > imgp.ip_size) return EFAULT;'],
      /^ended with \d+, not refused by EFAULT$/,
      8,
    ],
    [
      'that refuses a file with much to be zeroed',
      [aout, 'aout_check', 'hdr.a_bss > MAXDSIZ', 'hdr.a_bss > 0x8000'],
      /^refused with 123, and nothing is wrong with it$/,
      40,
    ],
  ] as const)('%s', { timeout: 300_000 }, async (_, [file, fn, from, to = ''], what, count) => {
    const part = PARTS.find(({ name }) => name === 'exec')!;
    await useKernel(await wrongKernel({ file, fn, from, to }));
    try {
      const { failures } = await part.run(2001, 0, count);
      expect(failures.length).toBeGreaterThan(0);
      expect(failures[0]!.what).toMatch(what);
    } finally {
      await useKernel(await loadKernel());
    }
  });
});

it('says what it accepts', () => {
  for (const [args, text] of [
    [['--only', 'nope'], /^fuzz: no part "nope"; accepted: sh, programs, /],
    [['--inputs=-1'], /^fuzz: --inputs "-1"; accepted: numbers from 1 on$/],
    [['--at', '3'], /^fuzz: --at wants --only PART$/],
    [['--nope'], /^fuzz: Unknown option '--nope'/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [path('./fuzz.mjs'), ...args], {
      encoding: 'utf8',
    });
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr.trim()).toMatch(text);
  }
});
