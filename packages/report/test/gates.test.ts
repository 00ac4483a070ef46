import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { beginningOf, isStart } from '../src/dispatch.js';
import { FORMS } from '../src/forms/index.js';
import { byName } from '../src/functions/by-name.js';
import { type Line, lowOf } from '../src/line.js';
import { LineReader } from '../src/normalise.js';
import { lostLineEnds } from '../src/one-line.js';
import { parseReport } from '../src/parse-report.js';
import { withoutNote } from '../src/recipe-note.js';
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

/** Releases without a dot, of which few texts tell. */
const RELEASES = ['It is 8-STABLE here.', 'Kernel: 10-CURRENT', 'Subject: panic on 7.2/amd64'];

const ALL = [
  ...RELEASES,
  ...TEXTS,
  ...TEXTS.map(spoilt),
  ...TEXTS.map((text) => spoilt(text, text.length)),
].map(linesOf);

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

describe('the beginnings of lines within a line', () => {
  it('are found among frames, and behind them', () => {
    const frames = 'zorp_get(1,2) at zorp_get+0x1c zorp_ioctl(1,2) at zorp_ioctl+0x2d';
    const text = `${frames} and the rest of it db> c cpuid = 1`;
    expect(lostLineEnds(text)).toEqual(['zorp_ioctl(', 'db> ', 'cpuid'].map((each) => text.indexOf(each)));
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

describe('the words of a writer', () => {
  const trace = 'panic: zorp\nzorp_get(1,2) at zorp_get+0x1c\nzorp_ioctl(1,2) at zorp_ioctl+0x2d\n';

  it.each([
    'This is a use-after-free in zorp_ioctl() only.',
    'This is a use-after-free in\nzorp_ioctl() only.',
  ])('name a function, its brackets on their line or on the next: %j', (said) => {
    expect(parseReport(`${trace}\n${said}\n`).details.blamed?.value).toBe('use-after-free in zorp_ioctl');
  });

  it.each(['<- here', '<--- panics', '<= here', '\u2190 here'])('behind a command are a note: %s', (note) => {
    expect(withoutNote(`ifconfig zorp0 up  ${note}`)).toEqual({ text: 'ifconfig zorp0 up', last: true });
  });

  it.each(['<-- null', '<== null', '\u2190 null'])('behind a line of a report are none of it: %s', (note) => {
    const { frames } = parseReport(`${trace.trimEnd()}   ${note}\n`);
    expect(frames.map((frame) => frame.function)).toEqual(['zorp_get', 'zorp_ioctl']);
    expect(parseReport(`${trace.trimEnd()}   ${note}\n`).normalised.note).toBe(1);
  });

  it.each(['Machine: amd64', 'Architecture: amd64'])('name the machine: %s', (line) => {
    expect(parseReport(`${line}\n${trace}`).arch).toBe('amd64');
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
