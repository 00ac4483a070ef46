/** The reader of reports: texts of panics with damages, of the same making as its own test's. */
import { readFileSync } from 'node:fs';
import { parseReport, ReportError, renderReport } from '@trap12/report';
import { renderPage } from '@trap12/report/html';
import { testModule } from './tests.mjs';

/** What the texts are made with, once for a seed: the numbers alone change what is damaged. */
let made;
async function texts(seed) {
  if (made?.seed !== seed) {
    const { generator, mutate, seeds } = await testModule('packages/report/test/fuzz-texts.ts');
    const example = readFileSync(new URL('../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');
    made = { seed, generator, mutate, all: seeds(example, seed) };
  }
  return made;
}

function readText(text, n) {
  try {
    const report = parseReport(text);
    if (n % 16 === 0) renderReport(report, { text });
    if (n % 64 === 0) renderPage(report, text);
    return '';
  } catch (error) {
    if (!(error instanceof ReportError)) return `${error.stack ?? error}`;
    return error.message.includes('\n') ? `a message of several lines: ${error.message}` : '';
  }
}

async function run(seed, from, count) {
  const { generator, mutate, all } = await texts(seed);
  const failures = [];
  for (let at = from; at < from + count; at++) {
    const next = generator(Math.imul(at + 1, 0x9e3779b1) ^ seed);
    // The first numbers of neighbours are neighbours.
    for (let i = 0; i < 4; i++) next(2);
    const text = mutate(all[next(all.length)], all[next(all.length)], next);
    const what = readText(text, at);
    if (what !== '') failures.push({ at, from: at, what, input: JSON.stringify(text) });
  }
  return { failures, late: 0 };
}

export const report = { name: 'report', what: 'reports of panics', batch: 1000, weight: 18, run };
