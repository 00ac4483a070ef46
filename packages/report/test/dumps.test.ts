import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * What became of the dump: each system's words for one that was never begun, one that came to nothing and one
 * that was written; and lines that have the word and tell of none.
 */

const PANIC = 'panic: zorp_free: page 7 is not mine\ncpuid = 0\n';
const stateOf = (lines: string): string | undefined => parseReport(`${PANIC}${lines}\n`).dump?.state;

describe('a dump that was never begun', () => {
  it.each([
    'dump device not configured',
    'dump device not configured / not set up',
    'dump device not set up',
    'dump device is unavailable',
    'dump device: none',
    'dump device is none',
    'dump device not defined',
    'dump area unavailable',
    'no dump device defined',
    'Cannot dump: no dump device defined.',
    'Cannot dump. Device not defined or unavailable.',
    'dump to dev 4,1 not possible',
    'dumping to dev 4,1 not possible',
  ])('%s', (line) => {
    expect(stateOf(`${line}\nrebooting...`)).toBe('none');
  });
});

describe('a dump that came to nothing', () => {
  it.each([
    'dump 255 254 253 i/o error',
    'dump device bad',
    'dump device not ready',
    'dump area improper',
    'dump aborted from console',
    'dump 12 11 error 22',
    'dump unknown',
    'Dump failed. Partition too small.',
    '** DUMP FAILED (ERROR 5) **',
  ])('%s', (line) => {
    expect(stateOf(`dumping to dev 4,1 offset 99\n${line}`)).toBe('failed');
  });
});

it('tells a dump that goes on from one that was written', () => {
  expect(stateOf('dumping to dev 4,1 offset 99\ndump 255 254 253')).toBe('started');
  expect(stateOf('dumping to dev 4,1 offset 99\ndump 3 2 1 succeeded')).toBe('succeeded');
  expect(stateOf('Dumping 121 out of 1011 MB:..14%..27%')).toBe('started');
});

it.each([
  'dump device is /dev/zd0b',
  'dump ata0: resetting devices .. done',
  'dump 0uaf of /var was running',
  'dump 0 of /var was running',
])('a line that tells of no dump of the kernel: %s', (line) => {
  expect(stateOf(line)).toBeUndefined();
});

describe("NetBSD's answer to `show panic`", () => {
  it('is no header of a dump', () => {
    const report = parseReport(`${PANIC}db{0}> bt\nPanic string: zorp_free: page 7 is not mine\n`);
    expect(report.dump).toBeUndefined();
    expect(report.message?.value).toBe('zorp_free: page 7 is not mine');
    expect(report.others).toEqual([]);
  });

  it('gives the message where the text has no other', () => {
    const report = parseReport('Panic string: zorp_hold: count 0 of zp\nvpanic() at netbsd:vpanic+0x183\n');
    expect(report.dump).toBeUndefined();
    expect(report.message?.value).toBe('zorp_hold: count 0 of zp');
    const asked = 'db{0}> show panic\nPanic string: zorp_hold: count 0 of zp\n';
    const trace = 'vpanic() at netbsd:vpanic+0x183\nzorp_hold() at netbsd:zorp_hold+0x41\n';
    expect(parseReport(`${trace}${asked}`).message?.value).toBe('zorp_hold: count 0 of zp');
  });

  it('is told from the header that savecore writes', () => {
    const { system, message, dump } = parseReport('  Panic String: zorp_free: page 7 is not mine\n');
    expect([system, message?.value]).toEqual(['unknown', 'zorp_free: page 7 is not mine']);
    // One line of the header says nothing of how the dump ended.
    expect(dump).toBeUndefined();
  });
});
