import { describe, expect, it } from 'vitest';
import { parseReport, ReportError } from '../src/index.js';

/*
 * What is left of a report whose first line was cut, quoted or wrapped, and backtraces of bare names: read as
 * far as it goes, and never given as whole.
 */

describe('a first line that was cut', () => {
  it('the name of a trap is completed where one alone begins so', () => {
    const of = (text: string) => parseReport(text);
    expect(of('Fatal trap 12: page fau').title).toBe('page fault (kernel)');
    expect(of('Fatal trap 12: page fau').natures.kind).toBe('likely');
    expect(of('Fatal trap 12: page fault').natures.kind).toBe('quoted');
  });

  it('a sleeping thread is one, without a number that may lack digits', () => {
    const report = parseReport('zorp0: link state changed to UP\nSleeping thread (tid 10053');
    expect(report.kind).toBe('sleeping-thread');
    expect(report.details.tid).toBeUndefined();
    expect(report.natures.message).toBe('likely');
    expect(() => parseReport('Sleeping thread (as we call them)\n')).toThrow(ReportError);
  });

  it('a message may go on in the line below, if nothing is known to begin there', () => {
    const text = (below: string) => parseReport(`> panic: zorp_alloc: map corr\n${below}\n`).natures.message;
    expect(text('> upted in the block of /usr')).toBe('likely');
    expect(text('> cpuid = 0')).toBe('quoted');
    expect(text('>')).toBe('quoted');
  });

  it('a path that was broken in the name of its file has no blank there', () => {
    const text = '> panic: mutex zorp lock not owned at /usr/src/sys/kern/kern_\n> zorp.c:312\n> cpuid = 1\n';
    expect(parseReport(text).message?.value).toBe(
      'mutex zorp lock not owned at /usr/src/sys/kern/kern_zorp.c:312',
    );
  });
});

describe('marks of a sentence around a message', () => {
  it("half a pair of quotation marks or parentheses is not the message's", () => {
    const of = (text: string) => parseReport(`${text}\ncpuid = 0\n`).message?.value;
    expect(of('panic: "zorp: freeing a free zorp')).toBe('zorp: freeing a free zorp');
    expect(of('panic: zorp: freeing a free zorp"')).toBe('zorp: freeing a free zorp');
    expect(of('(panic: zorp: freeing a free zorp)')).toBe('zorp: freeing a free zorp');
    expect(of('panic: zorp "left" is free')).toBe('zorp "left" is free');
    expect(of('panic: zorp_free("left")')).toBe('zorp_free("left")');
    expect(of('panic: zorp: freeing (again)')).toBe('zorp: freeing (again)');
  });
});

describe('a backtrace of bare names', () => {
  const names = ['zorp_insert', 'remap_zorp', 'vm_fault', 'trap_pfault', 'trap', 'calltrap'];

  it('is one where the way to a panic or a trap is among them', () => {
    const report = parseReport(`The backtrace is:\n\n${names.join('\n')}\n\nThat is all.\n`);
    expect(report.frames.map((each) => each.function)).toEqual(names);
    expect(report.title).toBe('backtrace in zorp_insert (what happened was not read)');
  });

  it('goes to the panic above it, and may stand the other way round', () => {
    const outwards = ['fork_exit', 'zorp_thread', 'zorp_get', 'panic'];
    const report = parseReport(`panic: zorp: none left\n${outwards.join('\n')}\n`);
    expect(report.message?.value).toBe('zorp: none left');
    expect(report.frames.map((each) => each.function)).toEqual([...outwards].reverse());
    expect(report.ownFrames[0]).toBe('zorp_get');
  });

  it('is none in words under each other', () => {
    for (const words of [
      ['milk', 'eggs', 'panic', 'trap', 'bread'],
      ['zorp_get', 'zorp_put', 'zorp_set', 'zorp_all'],
      ['zorp_get', 'vm_fault', 'trap'],
    ])
      expect(() => parseReport(`${words.join('\n')}\n`), words.join(' ')).toThrow(ReportError);
  });
});

describe('CheriBSD on mips', () => {
  it('its exceptions in the kernel are traps', () => {
    const text = `KERNEL_CHERI_EXCEPTION: pid 22 tid 100038 (zorpd), uid 0: CP2 fault (type 0x12)
Trapframe Register Dump:
$0: 0                  at: 0x98000000028a8000 v0: 0x1000
`;
    const report = parseReport(text);
    expect([report.title, report.system, report.arch]).toEqual(['CP2 fault (kernel)', 'FreeBSD', 'mips']);
    expect(report.process?.value).toEqual({ pid: 22, tid: 100038, name: 'zorpd' });
    expect(() => parseReport(text.replace('KERNEL_', 'USER_'))).toThrow(ReportError);
  });
});
