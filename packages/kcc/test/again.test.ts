import { expect, it } from 'vitest';
import { type CompileResult, compile, compileForms, format, type Options } from '../src/index.js';

/** A kernel of a few lines: macros of both kinds, strings, a queue, constants, a device, calls. */
const KERNEL = new Map(
  Object.entries({
    'a.ts': `
      /** @lock c nobody */
      export interface item extends struct {
        link: embed<TAILQ_ENTRY<item>>; // (c) of the list
        n: int; // (c) a number
      }
      export declare function cn_putc(c: int): void;
      export declare function rdtsc(): int;
      export const LIMIT = 7;
      export const NAME: str = 'limit';
      export let count: int;
      export let table: array<int, 4> = $init([1, 2, LIMIT]);
      /** @inline */
      export function twice(n: int): int { return n + n; }
      /** @inline */
      export function bump(n: int): void { count += n; cn_putc(n); }
    `,
    'b.ts': `
      export function leaf(n: int): int { return twice(n) + LIMIT; }
      export function say(text: str): void { cn_putc($ld8(text)); }
      export function one(n: int): int { say('one'); bump(n); return leaf(n); }
      export function two(i: item): int { say('two'); return one(i.n) + table[1]; }
      export function* waits(n: int): Sleeps<int> { const kept = n * 3; say('waits'); yield* sleep(); return kept; }
      export function* sleep(): Sleeps { say(NAME); }
      export function listed(): int { const h = $local<TAILQ_HEAD<item>>(); TAILQ_INIT(h); return rdtsc(); }
    `,
    'z.ts': "export function last(): int { say('last'); return two(null); }",
  }),
);

const text = ({ js, map, image }: CompileResult): string => JSON.stringify([js, map, image]);

/** With additions, and all of it anew: options that ask for leniency have nothing kept. */
function bothWays(files: ReadonlyMap<string, string>, options: Options): CompileResult {
  const again = compile(files, options);
  const anew = compile(files, { ...options, allowErrors: true });
  expect(again.errors.map(format)).toEqual(anew.warnings.map(format));
  if (again.errors.length === 0) expect(text(again)).toBe(text(anew));
  return again;
}

const patched = (...texts: string[]): { files: Map<string, string>; options: Options } => {
  const keys = texts.map((_, i) => `patch/${i}.ts`);
  return {
    files: new Map([...KERNEL, ...texts.map((t, i): [string, string] => [keys[i]!, t])]),
    options: { patches: keys, added: keys },
  };
};

const PATCHES: Record<string, string[]> = {
  'a function': ["export function leaf(n: int): int { say('other'); return n - LIMIT; }"],
  'a macro that others expand': ['/** @inline */ export function twice(n: int): int { return n << 3; }'],
  'a macro of statements': ['/** @inline */ export function bump(n: int): void { count -= n; }'],
  'a macro that is none any more': ['export function twice(n: int): int { return n * 2; }'],
  'a function that waits now': [
    "export function* one(n: int): Sleeps<int> { yield* sleep(); say('one'); return n; }",
    'export function* two(i: item): Sleeps<int> { return yield* one(i.n); }',
    'export function last(): int { return 0; }',
  ],
  'a signature': ['export function say(text: str, n: int): void { cn_putc(n); }'],
  'a name that a local of the kernel has': [
    'export let kept: int; export function leaf(n: int): int { return kept; }',
  ],
  'an error': ['export function leaf(n: int): int { return nothing; }'],
  'two, the second over the first': [
    'export function leaf(n: int): int { return more(n); } export function more(n: int): int { return n; }',
    "export function more(n: int): int { say('more'); return n + 1; }",
  ],
};

it('the kernel of these tests has no errors', () => {
  expect(compile(KERNEL).errors.map(format)).toEqual([]);
});

for (const form of ['fast', 'checked'] as const)
  it(`what is compiled again, ${form}, is what is compiled anew, in any order`, () => {
    for (const round of [PATCHES, Object.fromEntries(Object.entries(PATCHES).toReversed())])
      for (const texts of Object.values(round)) {
        const { files, options } = patched(...texts);
        bothWays(files, { ...options, form });
      }
  });

it('both forms have one image, with frames as deep as the checked form wants them', () => {
  for (const texts of Object.values(PATCHES)) {
    const { files, options } = patched(...texts);
    const again = compileForms(files, options);
    if (again.checked.errors.length > 0) continue;
    const anew = compileForms(files, { ...options, allowErrors: true });
    expect(text(again.fast)).toBe(text(anew.fast));
    expect(text(again.checked)).toBe(text(anew.checked));
  }
});

it('files that stand among those of the kernel have their place in the order of all', () => {
  const added = ['m/added.ts'];
  const more = "export function added(): int { say('added'); say('one'); return leaf(2); }";
  const files = new Map([...KERNEL, ['m/added.ts', more]]);
  const { image } = bothWays(files, { added });
  const order = image.symbols.filter((s) => s.kind === 'text').map((s) => s.name);
  expect(order.indexOf('added')).toBe(order.indexOf('last') - 1);
  // Twice the same name: as errors say it that know nothing of a base.
  const twice = new Map([...KERNEL, ['m/added.ts', 'export function last(): int { return 1; }']]);
  const { errors } = bothWays(twice, { added });
  expect(errors.map((e) => e.message)).toEqual(['duplicate global name last (also in m/added.ts:1)']);
});

it('another kernel is not taken for the one before', () => {
  const { files, options } = patched(PATCHES['a function']![0]!);
  bothWays(files, options);
  files.set('a.ts', KERNEL.get('a.ts')!.replace('LIMIT = 7', 'LIMIT = 8'));
  const changed = bothWays(files, options);
  expect(changed.image.constants.LIMIT).toBe(8);
});

it('an error in the kernel itself is told each time', () => {
  const { files, options } = patched(PATCHES['a macro of statements']![0]!);
  files.set('z.ts', 'export function last(): int { return nothing; }');
  for (let round = 0; round < 2; round++) {
    const { errors } = bothWays(files, options);
    expect(errors.map(format)).toEqual(['z.ts:1:38: unknown identifier nothing']);
  }
});

it('what lies in a place that a macro gives is one operand, in both forms', () => {
  const more = `/** @lock c nobody */
export interface pair extends struct {
  a: int; // (c) one
  b: int; // (c) other
}
/** @lock c nobody */
export interface outer extends struct {
  x: int; // (c) before
  both: embed<pair>; // (c) in place
}
/** @lock c nobody */
export interface holder extends struct {
  o: outer; // (c) where
}
/** @inline */
export function both(o: outer): pair { return o.both; }
/** @inline */
export function second(o: outer): pair { return both(o); }
export function reads(h: holder): int { return both(h.o).b; }
export function writes(h: holder, n: int): void { both(h.o).b = n; second(h.o).a += n; }
export function asks(h: holder): pair { return both(h.o); }`;
  const { checked, fast } = compileForms(new Map([...KERNEL, ['m/pair.ts', more]]), {});
  expect(checked.errors.map(format)).toEqual([]);
  expect(fast.errors.map(format)).toEqual([]);
});
