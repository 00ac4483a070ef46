/** Public panics, as examples/panics has them: is each found, and does each cure hold? */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLAN, type Lab, planNamed, search } from '../src/index.js';
import { labOfFile } from './scenario.js';

const PANICS = fileURLToPath(new URL('../../../examples/panics/', import.meta.url));
const PATIENCE = { timeout: 120_000 };
/** Others: npm run acceptance. */
const SEEDS = process.env.TRAP12_FULL === undefined ? [1] : [1, 2, 3];

function explore(lab: Lab, seed: number, schedules: number) {
  return search(lab, {
    plan: planNamed(DEFAULT_PLAN),
    seed,
    schedules,
    host: { turn: async () => {}, clock: () => 0 },
  });
}

const labWith = (name: string, ...patches: string[]): Lab =>
  labOfFile(
    `${PANICS}${name}/scenario.ts`,
    patches.map((file) => `${PANICS}${name}/${file}.ts`),
  );

/** What each dies of. */
const DEATHS: Record<string, RegExp> = {
  'kernel-grows': /^page fault in pmap_enter_pte /,
  'pagedaemon-wakeup': /^it does not end within 1 virtual seconds$/,
  'vmspace-freed-twice': /^page fault in vm_map_lookup_entry \(kernel read pointer\+0x8\)$/,
  'vmspace-leaked': /^panic: the memory of nobody has N references in check$/,
};

for (const [name, death] of Object.entries(DEATHS))
  describe(name, () => {
    test('is it found with the hole?', PATIENCE, async () => {
      const lab = labWith(name, 'hole');
      for (const seed of SEEDS) {
        const { found } = await explore(lab, seed, 2000);
        expect(found?.failure?.title).toMatch(death);
      }
    });

    test('does the cure hold?', PATIENCE, async () => {
      const { found, tries } = await explore(labWith(name, 'hole', 'cure'), 1, 300);
      expect(found?.failure?.title).toBeUndefined();
      expect(tries).toBe(300);
    });
  });

test('is half a cure told from a whole one?', PATIENCE, async () => {
  const { found } = await explore(labWith('vmspace-freed-twice', 'hole', 'half'), 1, 2000);
  expect(found?.failure?.title).toMatch(DEATHS['vmspace-freed-twice']!);
});

test('is every panic looked at here?', () => {
  expect(readdirSync(PANICS).sort()).toEqual(Object.keys(DEATHS).sort());
});
