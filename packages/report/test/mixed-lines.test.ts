import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* Two CPUs that print at once can mix their letters: what stands in such lines is nobody's name or place. */

const MIXED = `lock order reversal:
 1st 0xfffff8001ca2b3b8 zorp lock (zorp lock) @ /usr/src/sys/dev/zo 2nd 0xfffff8001cca7cd8 zap lock (zap lock) @ /usr/src/sys/dev/zap.c:1886
 2nd 0xfffff8001cdbe318 zip lock (zip lock) @ /usr/src/sys/dev/zip.c:3352
stack backtrace:
#0 0xffffffff80c116d3 at witnes#0 0xffffffff80c116d3 at witness_debugger+0x73
#1 0xffffffff80c114d9 at witness_checkorder+0xs_debugger+0x73
#1 0xffffffff80c114d9 at witness_checkorder+0x999
#2 0xffffffff80bb9354 at _sx_xlock+0x24
#3 0xffffffff82999099 at zorp_rele+0x39
#4 0xffffffff82994ba3 at zappl+0x1b3
#5 0xffffffff82862fee at zorp_quacheflush+0x10e
`;

describe('lines in which two CPUs mixed their letters', () => {
  const report = parseReport(MIXED);

  it('name no function to look at, and no lock of the two lines', () => {
    expect(report.title).toBe('lock order reversal');
    expect(report.signatureParts.culprit).toBeUndefined();
    expect(report.locks.map((lock) => lock.name)).toEqual(['zip lock']);
  });

  it('give no start of a function', () => {
    expect(report.derived.filter((each) => each.claim.includes('starts at'))).toEqual([]);
  });

  it('are said to be mixed, and not to be trusted', () => {
    expect(report.damage.some((each) => each.kind === 'garbled' && each.what === 'lines')).toBe(true);
    expect(report.corrupted).toBeDefined();
  });

  it('a whole line with the sign of a number in it is none of them', () => {
    const whole = parseReport(`panic: zorp #1 0xfffff800 of many\ncpuid = 0\nKDB: stack backtrace:
#0 0xffffffff80c116d3 at kdb_backtrace+0x73
#1 0xffffffff80c114d9 at panic+0x99
#2 0xffffffff82994ba3 at zorp_get+0x1b3
`);
    expect(whole.title).toContain('zorp_get');
    expect(whole.damage.some((each) => each.what === 'lines')).toBe(false);
  });
});

describe('a console without a debugger of our days', () => {
  it('names with the underscore of a.out are the same functions', () => {
    const report = parseReport('panic: zorp_line()\nStopped at _Debugger+0x6: unlk a6\ndb>\n');
    expect(report.stoppedAt?.debugger).toBe(true);
    expect(report.title).toBe('panic: zorp_line()');
  });

  it('a stop at an address without a name is told by the address', () => {
    const text = 'panic: zorp\ncpuid = 0\nKDB: enter: panic\nStopped at      0xffffffff80612f13\n';
    const told = renderReport(parseReport(text), { text });
    expect(told).toContain('the debugger stopped at 0xffffffff80612f13');
    expect(told).not.toContain('??');
  });

  it('a command on which the kernel printed is no way to the panic', () => {
    const report = parseReport(
      '# /sbin/mount -uKernel FPU trap.\ntrap type 16, code = 0x0, v=0x0\nkernel program counter = 0x194\n',
    );
    expect(report.recipe ?? []).toEqual([]);
  });
});
