import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderPage } from '../src/html/page.js';
import { parseReport, renderReport, ReportError } from '../src/index.js';
import { applyDamages, damageSets } from './corpus/damages.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';

/** npm run acceptance reads four times as many. */
const RUNS = Number(process.env.TRAP12_FUZZ_RUNS ?? (process.env.TRAP12_FULL === undefined ? 5000 : 20_000));
const SEED = Number(process.env.TRAP12_FUZZ_SEED ?? 20010523);

/** A small generator: fast-check's own costs more than the parser. */
function generator(seed: number): (n: number) => number {
  let s = seed >>> 0;
  return (n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
}

const example = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

/** One text a form, and the same with damages. */
function seeds(): string[] {
  const out = [example];
  for (const form of CORPUS) {
    const [a, b] = fc.sample(known(form.arch), { numRuns: 2, seed: SEED });
    out.push(form.render(a!).join('\n'));
    const [names] = fc.sample(damageSets, { numRuns: 1, seed: SEED + out.length });
    out.push(applyDamages(form.render(b!), names!, 3));
  }
  // Two CPUs at once: the lines of neighbours in the list alternate.
  const single = out.slice(1);
  for (let i = 0; i + 1 < single.length; i += 5) {
    const [a, b] = [single[i]!.split('\n'), single[i + 1]!.split('\n')];
    out.push(a.flatMap((line, n) => (n < b.length ? [line, b[n]!] : [line])).join('\n'));
  }
  // Line ends that a web page lost.
  for (let i = 0; i < single.length; i += 3)
    out.push(
      single[i]!.split('\n')
        .map((line) => line.trim())
        .join(' '),
    );
  return out;
}

const INSERTS = [
  '\n',
  '\r',
  '\t',
  ' ',
  '(',
  ')',
  ',',
  '0x',
  '+0x',
  ' at ',
  '@',
  '#0 ',
  '--- ',
  '> ',
  '<pre>',
  '&lt;',
  '\u001b[',
  '\0',
  'panic: ',
  'Fatal trap 12: ',
  '= ',
  '...',
  '\ud800',
  'ustar',
  '.txt',
  '99999999999999999999',
  'deadc0de',
  '`',
  '"',
  'run ',
  'where N is ',
];

function mutate(text: string, other: string, next: (n: number) => number): string {
  let out = text;
  for (let k = next(4) + 1; k > 0; k--) {
    const i = next(out.length + 1);
    const j = Math.min(out.length, i + next(60));
    switch (next(8)) {
      case 0:
        out = out.slice(0, i) + out.slice(j);
        break;
      case 1:
        out = out.slice(0, i) + INSERTS[next(INSERTS.length)] + out.slice(i);
        break;
      case 2:
        out = out.slice(0, j) + out.slice(i, j) + out.slice(j);
        break;
      case 3:
        out = out.slice(0, i);
        break;
      case 4:
        out = out.slice(i);
        break;
      case 5:
        out = out.slice(0, i) + String.fromCharCode(next(256)) + out.slice(i + 1);
        break;
      case 6:
        out = out.slice(0, i) + other.slice(next(other.length + 1)).slice(0, 200) + out.slice(i);
        break;
      default: {
        const lines = out.split('\n');
        const a = next(lines.length);
        const b = next(lines.length);
        [lines[a], lines[b]] = [lines[b]!, lines[a]!];
        out = lines.join('\n');
      }
    }
  }
  return out;
}

it(`reads ${RUNS} mutated texts without throwing anything but ReportError`, { timeout: 600_000 }, () => {
  const next = generator(SEED);
  const texts = seeds();
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
