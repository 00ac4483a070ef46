import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
