import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Crew, keyOf, runCampaign, stateOf, Store } from '../src/index.js';
import { outcome, STRATEGIES, WANTED } from './made-up.mjs';

it('a campaign goes on where it was left, does each unit once, and finds what fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trap12-quick-'));
  const given: string[] = [];
  const crew: Crew = {
    width: 2,
    run: async (task) => {
      given.push(keyOf(task));
      return outcome(task);
    },
  };
  try {
    for (const units of [10, 20]) {
      const store = Store.open(folder, true);
      const subjects = WANTED.map((each) => store.subject(each));
      const strategies = (): string[] => STRATEGIES;
      await runCampaign(store, { subjects, strategies, crew, clock: () => 0, stop: () => false, units });
      store.close();
    }
    expect([given.length, new Set(given).size]).toEqual([30, 30]);
    const store = Store.open(folder, false);
    expect(stateOf(store).scenarios.map(({ name }) => name)).toEqual(['canary', 'a', 'b']);
    // A canary always fails.
    expect(store.failures().length).toBeGreaterThan(0);
    store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
