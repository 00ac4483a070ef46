import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderPage } from '../src/html/page.js';
import { parseReport, renderReport, ReportError } from '../src/index.js';
import { generator, mutate, seeds } from './fuzz-texts.js';

/** npm run acceptance reads four times as many. */
const RUNS = Number(process.env.TRAP12_FUZZ_RUNS ?? (process.env.TRAP12_FULL === undefined ? 5000 : 20_000));
const SEED = Number(process.env.TRAP12_FUZZ_SEED ?? 20010523);
const example = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

it(`reads ${RUNS} mutated texts without throwing anything but ReportError`, { timeout: 600_000 }, () => {
  const next = generator(SEED);
  const texts = seeds(example, SEED);
  for (let n = 0; n < RUNS; n++) {
    const text = mutate(texts[next(texts.length)]!, texts[next(texts.length)]!, next);
    try {
      const report = parseReport(text);
      if (n % 16 === 0) renderReport(report, { text });
      if (n % 64 === 0) renderPage(report, text);
      if (n % 64 === 0) expectSpans(report, text.length);
    } catch (error) {
      if (error instanceof ReportError) {
        expect(error.message).not.toContain('\n');
        continue;
      }
      throw new Error(`seed ${SEED}, input ${n}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
});

/** Every span lies in the text, wherever in the structure it is. */
function expectSpans(value: unknown, length: number): void {
  if (Array.isArray(value)) {
    for (const each of value) expectSpans(each, length);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, each] of Object.entries(value)) {
      if (key !== 'span') expectSpans(each, length);
      else {
        const [from, to] = each as [number, number];
        if (!(from >= 0 && from <= to && to <= length)) throw new Error(`span ${from}, ${to} of ${length}`);
      }
    }
  }
}

it('reads any bytes', () => {
  const next = generator(SEED + 1);
  for (let n = 0; n < 2000; n++) {
    const bytes = Uint8Array.from({ length: next(600) }, () => next(256));
    try {
      parseReport(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ReportError);
    }
  }
});

it('reads every prefix of the example, and facts only come with more text', () => {
  let frames = 0;
  for (let end = 0; end <= example.length; end += 7) {
    try {
      const report = parseReport(example.slice(0, end));
      if (report.kind === 'trap') {
        expect(report.frames.length).toBeGreaterThanOrEqual(Math.min(frames, 11) - 1);
        frames = report.frames.length;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ReportError);
    }
  }
  expect(frames).toBe(11);
});
