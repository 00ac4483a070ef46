import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bucketTree, countedOf, parseReport, type Triage, triageReport } from '../src/index.js';
import { generator, mutate } from './fuzz-texts.js';
import { TEXTS } from './texts/index.js';

/* What sorts a report is the same whether the rest of it is read or not. */

const FOLDER = new URL('./claims/', import.meta.url);
const CLAIMS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

const chance = generator(22);
const WHOLE = [...Object.values(TEXTS), ...CLAIMS];
const ALL = [
  ...WHOLE,
  ...WHOLE.map((text) => mutate(text, WHOLE[chance(WHOLE.length)]!, chance)),
  ...WHOLE.map((text) => text.slice(chance(text.length))),
  ...WHOLE.map((text) => `${text}\n${WHOLE[chance(WHOLE.length)]}`),
];

/** Each field of Triage; the type sees to it that none is left out. */
const FIELDS: Record<keyof Triage, true> = {
  system: true,
  product: true,
  arch: true,
  kind: true,
  kernel: true,
  title: true,
  signature: true,
  signatureParts: true,
  ownFrames: true,
  buckets: true,
  unbucketed: true,
  suppressed: true,
  bystander: true,
  corrupted: true,
};
const NAMES = Object.keys(FIELDS) as (keyof Triage)[];

/** What a reader gives of a text, or says why it gives nothing. */
function given<T extends Triage>(read: (text: string) => T, text: string): T | string {
  try {
    return read(text);
  } catch (error) {
    return String(error);
  }
}

describe('triage', () => {
  it('has of each text what the report has, and refuses in the same words', () => {
    const seen = new Map<string, number>();
    for (const text of ALL) {
      const [report, triage] = [given(parseReport, text), given(triageReport, text)];
      if (typeof report === 'string' || typeof triage === 'string') {
        expect(triage).toBe(report);
        seen.set('refused', (seen.get('refused') ?? 0) + 1);
        continue;
      }
      const same = Object.fromEntries(
        NAMES.filter((name) => name in report).map((name) => [name, report[name]]),
      );
      expect(triage).toEqual(same);
      for (const name of Object.keys(triage)) seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    // The texts have each field, and one that is refused.
    for (const name of [...NAMES, 'refused']) expect(seen.get(name), name).toBeGreaterThan(0);
  });

  it('is enough for a tree of buckets', () => {
    const read = (of: (text: string) => Triage) =>
      Object.entries(TEXTS).map(([name, text]) => countedOf(name, of(text)));
    expect(bucketTree(read(triageReport))).toEqual(bucketTree(read(parseReport)));
  });
});
