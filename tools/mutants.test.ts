import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addMutation } from '@trap12/kcc';
import { describe, expect, it } from 'vitest';

interface Mutant {
  id: string;
  file: string;
  fn: string;
  from: string;
  to: string;
  wrong: string;
  equivalent?: string;
  tests: string[];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { MUTANTS } = (await import(path('./mutants/list.mjs'))) as { MUTANTS: Mutant[] };

describe('the mutants', () => {
  it('are single changes of the kernel as it is, each another', () => {
    const source = new Map<string, string>();
    for (const m of MUTANTS) {
      const file = path(`../packages/kernel/src/${m.file}`);
      if (!source.has(m.file)) source.set(m.file, readFileSync(file, 'utf8'));
      expect(() => addMutation(new Map(source), m), `${m.file} ${m.fn}`).not.toThrow();
    }
    expect(new Set(MUTANTS.map((m) => m.id)).size).toBe(MUTANTS.length);
  });

  it('say what is wrong with them, and which tests are about the part', () => {
    for (const { id, wrong, tests } of MUTANTS) {
      expect([id, wrong.length > 5, tests.length > 0]).toEqual([id, true, true]);
      for (const t of tests) expect(() => readFileSync(path(`../packages/kernel/test/${t}`))).not.toThrow();
    }
  });

  /* A sample: changes that must be noticed, and one that is none, which nobody may notice. */
  for (const [only, what] of [
    ['pmap_unlink_entry', /^3 of 3 tried, 0 noticed by nobody$/m],
    ['3b97e672', /^3b97e672 nobody/m],
  ] as const)
    it(`are tried, and noticed or not, as they should be: ${only}`, { timeout: 600_000 }, () => {
      const dir = mkdtempSync(join(tmpdir(), 'mutants-'));
      try {
        const args = [path('./mutants.mjs'), '--fast', '--only', only, '--results', join(dir, 'results')];
        expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toMatch(what);
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
});
