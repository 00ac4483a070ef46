import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReport } from '@trap12/report';
import { describe, expect, it } from 'vitest';
import { machineTold } from '../src/told-machine.js';
import { called } from './call.js';

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

describe('trap12 reproduce', () => {
  const PANIC = 'panic: vm_page_free: freeing wired page\nDebugger("panic")\n';
  const reproduced = async (text: string, ...more: string[]) => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-told-'));
    const file = join(dir, 'report.txt');
    writeFileSync(file, `${text}\n\n${PANIC}`);
    const few = '--batch --attempts 1 --looks 0 --seconds 0.1 --jobs 1 --background none'.split(' ');
    try {
      return await called(['reproduce', ...few, ...more, file]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  const TEXT = `My machine with 32 MB RAM dies.
How to repeat:
  ulimit -d unlimited
  kldload zorp
  dd if=/dev/zero of=/dev/null bs=N     (N = RAM - 12 MB)`;

  it("runs a report's script on a machine with the report's memory, and says what it left out", async () => {
    const { out, err } = await reproduced(TEXT);
    const ram = 'RAM: 32M, as the report tells ("32 MB RAM"); --ram for another size\n';
    const left = 'not run of the report: kldload zorp (not on this machine: kldload)\n';
    expect(out).toContain(`ulimit -d unlimited; dd if=/dev/zero of=/dev/null bs=${20 * MB} (the report's`);
    for (const said of [out, err]) for (const line of [ram, left]) expect(said).toContain(line);
    const { out: json } = await reproduced(TEXT, '--json');
    expect(JSON.parse(json)).toMatchObject({
      memory: { bytes: 32 * MB, said: '32 MB RAM' },
      load: { left: [{ text: 'kldload zorp', because: 'not on this machine: kldload' }] },
    });
  }, 120_000);

  it('takes the memory that is given', async () => {
    const { out } = await reproduced(TEXT, '--ram', '48M');
    expect(out).toContain(`bs=${36 * MB} (the report's`);
    expect(out).not.toContain('RAM: ');
  }, 120_000);

  it('does not search with what only prepares', async () => {
    const { status, err } = await reproduced('How to repeat:\n  swapon /dev/ad0b\n  make -j4 buildworld');
    expect(status).toBe(1);
    expect(err).toMatch(
      /none of its commands loads this machine: "swapon \/dev\/ad0b" \(by itself it only prepares something\), "make -j4 buildworld" \(not on this machine: make\); needed: make /,
    );
  });
});
