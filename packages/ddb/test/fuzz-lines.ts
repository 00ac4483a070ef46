import { showCommands } from '@trap12/kernel';
import fc from 'fast-check';
import { COMMANDS } from '../src/index.js';

/* What the debugger is asked by chance: its test and tools/fuzz draw from the same. */

/** Words that mean something to one command or another. */
const WORDS = [
  ...COMMANDS.flatMap((c) => [c.name, ...(c.aliases ?? [])]),
  ...showCommands.map((c) => c.name),
  'kernel_map',
  'proc0',
  'Giant',
  'vm_mtx',
  'allproc',
  'version',
  'calltrap',
  'kernel_object',
  'kernel_pmap',
  'allproc_lock',
  'swapblist',
  'zlist',
  '$eax',
  '$esp',
  '$radix',
  '$lines',
  '$maxoff',
  '$maxwidth',
  '*',
  '+',
  '-',
  '/',
  '#',
  '<<',
  '(',
  ')',
  '.',
  '..',
  '"',
  ',',
  '=',
  '/x',
  '/bx',
  '/f',
  '/s',
  '/i',
  '/aS',
  '/m',
  '/hm',
  '/Ai',
  '0',
  '1',
  '2',
  '3',
  '7',
  '10',
  'ff',
  'fff',
  '10000',
  '7fffffff',
  'bfbff000',
  'bfc00000',
  'c0000000',
  'c0100000',
  'c1800000',
  'ffb00000',
  'ffc00000',
  'ffffffff',
  '0t10',
  '0o7',
];

/** Lines of words that mean something. */
export const plausible = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom('', ' ', ' ', ' ')), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.map(([word, space]) => word + space).join(''));
/** Show commands with any arguments. */
export const shows = fc
  .tuple(
    fc.constantFrom(...showCommands.map((c) => c.name)),
    fc.constantFrom('', '/f'),
    fc.array(
      fc.oneof(
        fc.constantFrom(...WORDS),
        fc.integer({ min: 0, max: 0xffffffff }).map((n) => n.toString(16)),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([name, mods, args]) => `show ${name}${mods} ${args.join(' ')}`);
/** Bytes. */
export const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 4000 }).map((b) => Buffer.from(b).toString('latin1')),
);

/** Where the kernel's data are, of its image. */
interface Segment {
  name: string;
  address: number;
  size: number;
}

/** A word of the kernel's data, and what it is to be: a pointer into memory or nothing, a small number. */
export function poke(segments: readonly Segment[]): fc.Arbitrary<[number, number]> {
  const data = segments.filter((s) => s.name === 'data' || s.name === 'bss');
  const where = fc
    .constantFrom(...data)
    .chain((s) => fc.integer({ min: 0, max: (s.size >>> 2) - 1 }).map((i) => s.address + 4 * i));
  const what = fc.oneof(
    fc.integer({ min: 0xc0000000, max: 0xc1000000 }),
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.integer({ min: -4, max: 100 }),
    where,
  );
  return fc.tuple(where, what);
}
