import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { inShort } from '../src/present/in-short.js';

/* Kinds of text on which the reader was found to be wrong, or silent, once more. */

it('who enters the debugger by hand has not met a panic', () => {
  const report = parseReport(`The box hangs once a week.

KDB: enter: Line break on console
[ thread pid 12 tid 100035 ]
Stopped at      kdb_enter+0x3b: movq    $0,kdb_why
db> bt 24
Tracing pid 24 tid 100080 td 0xfffff80003a4b000
sched_switch() at sched_switch+0x5bc/frame 0xfffffe00004b1a10
mi_switch() at mi_switch+0xe1/frame 0xfffffe00004b1a40
zorp_proc() at zorp_proc+0x5a1/frame 0xfffffe00004b1bb0
`);
  expect(report.title).toBe('debugger entered by hand (why was not read)');
  expect(inShort(report)).toMatch(/^Somebody entered the debugger by hand \("Line break on console"\)/);
});

describe('traps of old kernels', () => {
  it("m68k's state names the thread, too", () => {
    for (const [who, process] of [
      ['pid = 3, lid = 4,', { pid: 3, tid: 4 }],
      ['pid = 3,', { pid: 3 }],
      ['pid = -1,', undefined],
    ] as const) {
      const { trap, process: found } = parseReport(`trap type 8, code = 0x145, v = 0x10
${who} pc = 000A1B2C, ps = 2000, sfc = 1, dfc = 1
Registers:
dreg: 00000000 00000010 00000003 00000000 00000001 00000000 00000000 00000000
panic: MMU fault
`);
      expect([trap?.ip?.value.address, found?.value]).toEqual(['0xa1b2c', process]);
    }
  });

  it('386BSD and 4.4BSD have an equals sign behind some names, and numbers of their own', () => {
    const text = (type: number) =>
      `trap type ${type} code = 2 eip = f0123a4c cs = 8 eflags = 10246 cr2 1c cpl 0\npanic: trap\n`;
    const { trap, title, system, arch } = parseReport(text(12));
    expect([title, trap?.faultAddress?.value, trap?.ip?.value, system, arch]).toEqual([
      'page fault (kernel write null+0x1c)',
      '0x1c',
      { address: '0xf0123a4c', selector: '0x8' },
      'unknown',
      'i386',
    ]);
    // Of any other trap the register has what an earlier fault left.
    const other = parseReport(text(9)).trap;
    expect([other?.name?.value, other?.faultAddress, other?.faultCode]).toEqual([
      'general protection fault',
      undefined,
      undefined,
    ]);
  });
});
