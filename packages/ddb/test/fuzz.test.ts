import { showCommands } from '@trap12/kernel';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, Ddb } from '../src/index.js';
import { machine, runUntil, type Stopped, swappedOut } from './machines.js';

/** TRAP12_FUZZ=20 makes it twenty times as thorough; npm run acceptance, four times. */
const SCALE = Number(process.env.TRAP12_FUZZ ?? (process.env.TRAP12_FULL === undefined ? 1 : 4));

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

const plausible = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom('', ' ', ' ', ' ')), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.map(([word, space]) => word + space).join(''));
const shows = fc
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
const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 4000 }).map((b) => Buffer.from(b).toString('latin1')),
);

function check(lines: readonly string[]): void {
  for (const line of lines) {
    expect(line).not.toContain('internal error');
    expect(typeof line).toBe('string');
  }
}

describe('no input makes the debugger throw or hang', () => {
  let m: Stopped;
  let ram: Uint8Array;
  const restore = (): void => m.system.machine.ram.u8.set(ram);

  beforeAll(async () => {
    m = await machine({
      command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3; sleep 2000',
      ncpu: 2,
    });
    runUntil(m, () => swappedOut(m).length > 0, 100e6);
    ram = m.system.machine.ram.u8.slice();
  });

  const session = (lines: readonly string[]): void => {
    const ddb = new Ddb(m.target);
    check(ddb.banner());
    for (const line of lines) check(ddb.execute(line));
    check(ddb.execute(''));
    if (lines.some((l) => /^\s*w/.test(l))) restore();
  };

  it('random bytes', () => {
    fc.assert(
      fc.property(garbage, (line) => session([line])),
      { numRuns: 1000 * SCALE },
    );
  });

  it('lines of words that mean something', () => {
    fc.assert(fc.property(fc.array(plausible, { minLength: 1, maxLength: 3 }), session), {
      numRuns: 1000 * SCALE,
    });
  });

  it('show commands with any arguments', () => {
    fc.assert(
      fc.property(shows, (line) => check(new Ddb(m.target).execute(line))),
      { numRuns: 400 * SCALE },
    );
  });

  it('memory in any state: every show command over a kernel with random words in its data', () => {
    const { symbols } = m.target;
    const data = symbols.image.segments.filter((s) => s.name === 'data' || s.name === 'bss');
    const where = fc
      .constantFrom(...data)
      .chain((s) => fc.integer({ min: 0, max: (s.size >>> 2) - 1 }).map((i) => s.address + 4 * i));
    // Pointers into memory, into nothing, and small numbers.
    const what = fc.oneof(
      fc.integer({ min: 0xc0000000, max: 0xc1000000 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: -4, max: 100 }),
      where,
    );
    const all = [
      ...showCommands.map((c) => `show ${c.name}`),
      't',
      'sh r',
      't 1',
      't 3',
      'show object kernel_object',
      'show map kernel_map',
      'show pmap 1',
      'show procvm 1',
      'show locks 7',
      'show lock Giant',
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(where, what), { minLength: 1, maxLength: 300 }), (pokes) => {
        const { u8 } = m.system.machine.ram;
        const view = new DataView(u8.buffer, u8.byteOffset);
        for (const [at, value] of pokes) view.setUint32((at >>> 0) - 0xc0000000, value >>> 0, true);
        const ddb = new Ddb(m.target);
        for (const line of all) check(ddb.execute(line));
        restore();
      }),
      { numRuns: 10 * SCALE },
    );
  });
});
