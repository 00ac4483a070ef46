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

interface Result {
  id: string;
  by: string;
  what?: string;
}

/** What is known of each: the latest line counts. */
const RESULTS = new Map<string, Result>();
for (const line of readFileSync(path('./mutants/results.jsonl'), 'utf8').trim().split('\n')) {
  const result = JSON.parse(line) as Result;
  RESULTS.set(result.id, result);
}

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

  /*
   * A test that was edited while the mutants were tried answers other questions than before: then everything
   * seems to be noticed.
   */
  it('have results that answer the question which was asked', () => {
    const question = (answer: string): string => answer.replace(/ -?\d+$/, '');
    for (const { id, what = '' } of RESULTS.values()) {
      const answers = /: (= .*), not (= .*)$/.exec(what);
      if (answers !== null) expect([id, question(answers[1]!)]).toEqual([id, question(answers[2]!)]);
    }
  });

  it('that are said to be none are noticed by nobody', () => {
    const none = MUTANTS.filter(({ equivalent }) => equivalent !== undefined);
    expect(none.filter(({ id }) => (RESULTS.get(id)?.by ?? 'nobody') !== 'nobody')).toEqual([]);
  });

  /* A sample: a change that must be noticed, and one that is none, which nobody may notice. */
  it('are tried, and noticed or not, as they should be', { timeout: 600_000 }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'mutants-'));
    try {
      const args = ['--fast', '--only', 'ecac81ac', '--only', '3b97e672', '--results', join(dir, 'results')];
      const { stdout } = spawnSync(process.execPath, [path('./mutants.mjs'), ...args], { encoding: 'utf8' });
      expect(stdout).toMatch(/^ecac81ac (?:unit test|load) /m);
      expect(stdout).toMatch(/^3b97e672 nobody /m);
      expect(stdout).toMatch(/^2 of 2 tried, 0 noticed by nobody$/m);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
