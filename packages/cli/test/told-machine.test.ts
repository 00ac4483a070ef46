import { parseReport } from '@trap12/report';
import { describe, expect, it } from 'vitest';
import { machineTold } from '../src/told-machine.js';

/* What of a report's machine the one here is made like, and what is only told. */

const MB = 1 << 20;
const FLAGS = { ram: 64 * MB, ncpu: 1 };
const NONE = { ram: false, ncpu: false };
const reportOf = (text: string) => parseReport(`${text}\n\npanic: vm_page_free: freeing wired page\n`);

describe('the memory of a report', () => {
  const report = reportOf('Hello list, I have a machine with 32 MB RAM which panics.');

  it("is the machine's, which is told with the report's words", () => {
    const told = machineTold(report, FLAGS, NONE);
    expect(told.ram).toBe(32 * MB);
    expect(told.said).toBe('32 MB RAM');
    expect(told.lines).toEqual(['RAM: 32M, as the report tells ("32 MB RAM"); --ram for another size']);
  });

  it('gives way to what somebody has given', () => {
    for (const given of [{ ram: true, ncpu: false }, undefined])
      expect(machineTold(report, FLAGS, given)).toEqual({ ram: 64 * MB, lines: [] });
  });

  it('is told only, where no machine can have it', () => {
    const large = reportOf('real memory  = 8589934592 (8192 MB)');
    expect(machineTold(large, FLAGS, NONE)).toEqual({
      ram: 64 * MB,
      lines: [
        'RAM: 64M; the report tells of 8192M ("real memory = 8589934592"), which this machine cannot have; accepted for --ram: 4M to 2G',
      ],
    });
  });

  it('is nothing where the report does not tell it', () =>
    expect(machineTold(reportOf('It died.'), FLAGS, NONE)).toEqual({ ram: 64 * MB, lines: [] }));
});

describe("the processors of a report's machine", () => {
  const report = parseReport('panic: vm_page_free: freeing wired page\ncpuid = 3\nKDB: enter: panic\n');

  it('are told where they are more than this one has', () => {
    expect(machineTold(report, FLAGS, NONE).lines).toEqual([
      'processors: 1; the report tells of 4 or more (cpuid = 3): --ncpu for more',
    ]);
    expect(machineTold(report, { ...FLAGS, ncpu: 4 }, NONE).lines).toEqual([]);
    expect(machineTold(report, FLAGS, { ram: false, ncpu: true }).lines).toEqual([]);
  });

  it('are not, where the first one is named', () => {
    const first = parseReport('panic: vm_page_free: freeing wired page\ncpuid = 0\nKDB: enter: panic\n');
    expect(machineTold(first, FLAGS, NONE).lines).toEqual([]);
  });
});
