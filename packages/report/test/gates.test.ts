import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { beginningOf, isStart } from '../src/dispatch.js';
import { FORMS } from '../src/forms/index.js';
import { byName } from '../src/functions/by-name.js';
import { type Line, lowOf } from '../src/line.js';
import { LineReader } from '../src/normalise.js';
import { numberedLines, onlyRelease } from '../src/told-version.js';
import { toldMachine } from '../src/told-machine.js';
import type { System } from '../src/types.js';
import { generator } from './fuzz-texts.js';

/*
 * What is asked of a line before its expressions are tried: with the question the answer is the same as
 * without it, for every line of the tests' texts and for these lines with pieces lost.
 */

const FOLDER = new URL('./claims/', import.meta.url);
const TEXTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

function linesOf(text: string): Line[] {
  const reader = new LineReader(text);
  const out: Line[] = [];
  for (let line = reader.next(); line !== null; line = reader.next()) out.push(line);
  return out;
}

/** A text with a piece of each line lost, wherever it stands. */
function spoilt(text: string, seed: number): string {
  const chance = generator(seed);
  return text
    .split('\n')
    .map((line) => {
      const at = chance(Math.min(line.length, chance(2) === 0 ? 6 : 80) + 1);
      return line.slice(0, at) + line.slice(at + chance(5));
    })
    .join('\n');
}

const ALL = [...TEXTS, ...TEXTS.map(spoilt), ...TEXTS.map((text) => spoilt(text, text.length))].map(linesOf);

describe('the table of beginnings', () => {
  const lines = ALL.flat();
  const leads = FORMS.flatMap((form) => form.leads ?? []);

  it('has every form whose beginnings a line has', () => {
    for (const form of FORMS) {
      const { line: read, joins, also = [], first = '' } = form;
      if (read === undefined && joins === undefined) continue;
      const begins = [...(form.leads ?? []), ...also];
      const missed = lines.filter((line) => {
        const low = lowOf(line);
        const may = first.includes(low[0]!) || begins.some((lead) => low.startsWith(lead));
        const { entries } = beginningOf(low);
        return may && !entries.some((entry) => entry.line === read && entry.joins === joins);
      });
      expect(missed.map(({ text }) => text)).toEqual([]);
    }
  });

  it('has the forms in the order of their list', () => {
    const order = new Map(FORMS.map((form, i) => [form.line ?? form.joins, i]));
    for (const line of lines) {
      const places = beginningOf(lowOf(line)).entries.map((entry) => order.get(entry.line ?? entry.joins)!);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it('knows every line that begins like one of a report', () => {
    const begun = lines.filter((line) => leads.some((lead) => lowOf(line).startsWith(lead)));
    expect(begun.length).toBeGreaterThan(1000);
    expect(begun.filter((line) => !isStart(line)).map(({ text }) => text)).toEqual([]);
  });
});

describe('the lines with a number', () => {
  const systems: System[] = ['FreeBSD', 'NetBSD', 'OpenBSD', 'DragonFly'];
  const signed = (lines: Line[]): Line[] => {
    const end = lines.findIndex(({ text }) => text === '--');
    return end < 0 ? lines : lines.slice(0, end);
  };

  it('name whatever release and machine all lines name', () => {
    let found = 0;
    for (const lines of ALL) {
      const own = signed(lines);
      const numbered = numberedLines(lines);
      const machine = toldMachine(own);
      expect(toldMachine(numbered)).toEqual(machine);
      for (const system of systems) {
        const release = onlyRelease(own, system);
        expect(onlyRelease(numbered, system)).toEqual(release);
        if (release !== undefined) found++;
      }
      if (machine.arch !== undefined) found++;
    }
    expect(found).toBeGreaterThan(50);
  });
});

describe('a question about a name', () => {
  it('is answered once', () => {
    const asked: string[] = [];
    const isLong = byName((name) => asked.push(name) > 0 && name.length > 4);
    expect(['zorp_get', 'zorp', 'zorp_get', 'zorp'].map(isLong)).toEqual([true, false, true, false]);
    expect(asked).toEqual(['zorp_get', 'zorp']);
  });
});
