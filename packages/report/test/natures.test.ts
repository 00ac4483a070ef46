import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, NATURES, parseReport, renderReport, type Report } from '../src/index.js';
import { known } from './corpus/known.js';
import { CORPUS } from './corpus/forms.js';
import { TEXTS } from './texts/index.js';

/*
 * Whatever is said of a text is quoted, computed, likely or not known. What is quoted must stand in the text;
 * what is likely must say so; and that nothing was read is never put as if the text had nothing.
 */

const FOLDER = new URL('./claims/', import.meta.url);
const ALL: [name: string, text: string][] = [
  ...readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .map((name): [string, string] => [name, readFileSync(new URL(name, FOLDER), 'latin1')]),
  ...Object.entries(TEXTS),
];

/** Words by which a text would be said to lack something, or to have had something happen for certain. */
const TOO_SURE =
  /\b(?:missing|there is no|not in the text|the kernel died|was running|called by|no line in the text)\b|\bcalled [a-z_]\w*\(/;

/** The statements of a report in words, without those that quote the text at length. */
function statements(report: Report): string[] {
  const { inShort, sections } = explain(report);
  const quoting = new Set([
    'backtrace',
    'registers',
    'locks',
    'processes',
    'recipe',
    'names',
    'dump',
    'facts',
  ]);
  return [
    inShort,
    ...sections
      .filter(({ id }) => !quoting.has(id) && !/^(?:trace|other)/.test(id))
      .flatMap(({ title, items }) => [title, ...items.map(({ text }) => text)]),
  ].map((each) => (report.message === undefined ? each : each.replaceAll(report.message.value, '')));
}

/** What a quoted message is made of, without blanks: those of a console's or a mailer's lines may differ. */
function bare(text: string): string {
  return text.replace(/\\.|[\s"']/g, '');
}

function holds(text: string, report: Report): void {
  const { natures, message, process } = report;
  for (const nature of Object.values(natures)) expect(NATURES).toContain(nature);
  if (natures.message === 'quoted') {
    const [from, to] = message!.span;
    expect(bare(text.slice(from, to))).toContain(bare(message!.value).slice(0, 40));
    expect(text.slice(from, to).trim()).not.toMatch(/[\r\n]/);
  }
  if (natures.process === 'quoted' && process?.value.pid !== undefined) {
    const line = text.slice(text.lastIndexOf('\n', process.span[0]) + 1, process.span[1]);
    expect(line).toContain(String(process.value.pid));
  }
  if (natures.culprit === 'quoted')
    expect(
      report.faultPlace?.evidence.some(([i, j]) => text.slice(i, j).includes(report.ownFrames[0]!)),
    ).toBe(true);
  expect(natures.system === 'not known').toBe(report.system === 'unknown');
  expect(natures.arch === 'not known').toBe(report.arch === 'unknown');
}

describe('what every statement rests on', () => {
  for (const [name, text] of ALL) {
    it(name, () => {
      const report = parseReport(text);
      holds(text, report);
      for (const each of statements(report)) expect(each).not.toMatch(TOO_SURE);
      const out = renderReport(report, { text, columns: 200 });
      const [, system] = out.split('\n');
      expect(system!.includes('likely')).toBe(
        report.natures.system === 'likely' ||
          report.natures.arch === 'likely' ||
          report.kernel?.likely === true,
      );
    });
  }

  it('of every form', () => {
    for (const form of CORPUS) {
      fc.assert(
        fc.property(known(form.arch), (k) => {
          const text = `${form.render(k).join('\n')}\n`;
          holds(text, parseReport(text));
        }),
        { numRuns: 5 },
      );
    }
  });
});

describe('quoted or likely?', () => {
  const naturesOf = (text: string) => parseReport(text).natures;

  it('a message in one line is quoted, one that was put together of two is likely', () => {
    expect(naturesOf('panic: zorp: bad refcount\n').message).toBe('quoted');
    expect(naturesOf('panic: zorp: bad refcount in\n zorp_put\ncpuid = 1\n').message).toBe('likely');
  });
  it('a panic in the middle of a line is likely', () => {
    expect(naturesOf('gribble0: panic: zorp: bad refcount\ncpuid = 1\n').message).toBe('likely');
    expect(naturesOf('login: panic: zorp: bad refcount\ncpuid = 1\n').message).toBe('quoted');
  });
  it('a system and an architecture are quoted where a line is there to state them', () => {
    const body = 'panic: zorp\nKDB: stack backtrace:\nzorp_put() at zorp_put+0x10/frame 0xfffffe0045612340\n';
    expect(naturesOf(body)).toMatchObject({ system: 'likely', arch: 'likely' });
    const banner = 'FreeBSD 14.1-RELEASE #0 releng/14.1: Thu May 30 2024 amd64\n';
    expect(naturesOf(banner + body)).toMatchObject({ system: 'quoted', arch: 'quoted' });
    expect(naturesOf(`FreeBSD/amd64 (zorp) (ttyu0)\n\n${body}`)).toMatchObject({
      system: 'quoted',
      arch: 'quoted',
    });
  });
  it('a process whose name the table of processes gives is likely', () => {
    const trace =
      'panic: zorp\n[ thread pid 41 tid 100041 ]\nStopped at      kdb_enter+0x37: movq $0,0x1(%rip)\n';
    const table =
      'db> ps\n  pid  ppid  pgrp   uid  state   wmesg   wchan               cmd\n   41     1    41     0  R                           zorpd\n';
    expect(naturesOf(trace).process).toBe('quoted');
    expect(parseReport(trace + table).process).toMatchObject({ value: { name: 'zorpd' }, likely: true });
  });
  it('the function of a fault is quoted by its address, and likely by the order of lines', () => {
    const head = 'Fatal trap 12: page fault while in kernel mode\nfault virtual address = 0x18\n';
    const ip = 'instruction pointer = 0x20:0xffffffff80a0b0c4\ntrap number = 12\npanic: page fault\n';
    const trace = (at: string) =>
      `trap() at trap+0x43\ncalltrap() at calltrap+0x8\n--- trap 0xc, rip = ${at}, rsp = 0xfffffe00ca110c10, rbp = 0xfffffe00ca110c60 ---\nzorp_start() at zorp_start+0x64\n`;
    expect(naturesOf(head + ip + trace('0xffffffff80a0b0c4')).culprit).toBe('quoted');
    const without = head + ip + trace('0xffffffff80a0b0c4').replace(/^---.*\n/m, '');
    expect(naturesOf(without).culprit).toBe('likely');
  });
  it('that a trap happened is likely where only the functions of the trace say so', () => {
    const frames = 'trap_fatal() at trap_fatal+0x43\ntrap_pfault() at trap_pfault+0x8\nzorp() at zorp+0x1\n';
    expect(naturesOf(frames).kind).toBe('likely');
  });
});
