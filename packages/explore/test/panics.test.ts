/**
 * Public panics, as examples/panics has them: is each found, and does each cure hold? `npm run panics` asks
 * the same of 20 seeds and of 3,000 schedules.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLAN, type Lab, planNamed, search } from '../src/index.js';
import { labOfFile } from './scenario.js';

const PANICS = fileURLToPath(new URL('../../../examples/panics/', import.meta.url));
const PATIENCE = { timeout: 120_000 };

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
  'caching-dirty': /^panic: vm_page_cache: caching a dirty page, pindex: N in vm_page_cache$/,
  'kernel-grows': /^page fault in pmap_enter_pte /,
  'no-pv-entries': /^panic: get_pv_entry: no pv entries: increase PMAP_SHPGPERPROC in pmap_insert_entry$/,
  'pagedaemon-wakeup': /^it does not end within 1 virtual seconds$/,
  'rawio-page-reclaimed': /^panic: vm_page_unhold: hold count < N!!! in vm_page_unhold$/,
  'stale-after-idle': /^panic: the page that was there before is still seen in reader$/,
  // Its stack went while it ran, or it was to be put on a run queue.
  'swapped-out-running': /^double fault in |^panic: setrunqueue: proc N swapped out in setrunqueue$/,
  'vmspace-freed-twice': /^page fault in vm_map_lookup_entry \(kernel read pointer\+0x8\)$/,
  'vmspace-leaked': /^panic: the memory of nobody has N references in check$/,
  'wiring-refuses-write': /^panic: a valid write is refused in writer$/,
};

for (const [name, death] of Object.entries(DEATHS))
  describe(name, () => {
    test('is it found with the hole?', PATIENCE, async () => {
      const lab = labWith(name, 'hole');
      const { found } = await explore(lab, 1, 2000);
      expect(found?.failure?.title).toMatch(death);
    });

    test('does the cure hold?', PATIENCE, async () => {
      const { found, tries } = await explore(labWith(name, 'hole', 'cure'), 1, 150);
      expect(found?.failure?.title).toBeUndefined();
      expect(tries).toBe(150);
    });
  });

test('is half a cure told from a whole one?', PATIENCE, async () => {
  const { found } = await explore(labWith('vmspace-freed-twice', 'hole', 'half'), 1, 2000);
  expect(found?.failure?.title).toMatch(DEATHS['vmspace-freed-twice']!);
});

test('is every panic looked at here?', () => {
  expect(readdirSync(PANICS).sort()).toEqual(Object.keys(DEATHS).sort());
});
