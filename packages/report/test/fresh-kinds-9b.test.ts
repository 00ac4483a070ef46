import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';

/*
 * Pages are kept up to some character, in the middle of a line: whatever a text ends with may lack its last
 * letters or digits. Each of these texts is cut inside its last word.
 */

const BLOCK = `Fatal trap 12: page fault while in kernel mode
cpuid = 0; apic id = 00
fault virtual address   = 0x28
fault code              = supervisor read, page not present
instruction pointer     = 0x20:0xffffffff80d79b37
`;
const PANIC = 'panic: zorp: none left\ncpuid = 1\nKDB: stack backtrace:\npanic() at panic+0x43\n';

/** What of a report must not be said, and is said of the same text with the end of a line. */
const ENDS: readonly [what: string, text: string, of: (report: Report) => unknown, without: unknown][] = [
  [
    'the name of a process',
    `${BLOCK}current process         = 81 (mo`,
    (report) => report.process?.value,
    { pid: 81 },
  ],
  [
    'a code segment',
    `${BLOCK}code segment            = base 0x0, limit 0xfff`,
    (report) => report.trap?.codeSegment,
    undefined,
  ],
  [
    'a register of 64 bits',
    `${PANIC}zorp_last() at zorp_last+0x41\nrdi  0xffff800000023080\nrsi  0x1\nrbp  0xffff800020a37330\nr12  0x30000`,
    (report) => report.registers.map((each) => each.name),
    ['rdi', 'rsi', 'rbp'],
  ],
  [
    'the instruction of a stop',
    `${PANIC}Stopped at      zorp_last+0x41: movq    %rcx,0x`,
    (report) => report.stoppedAt?.instruction,
    undefined,
  ],
  [
    'the function of a stop',
    'uvm_fault(0xfffffd8000000000, 0x10, 0, 1) -> e\nkernel: page fault trap, code=0\nStopped at      zor',
    (report) => report.ownFrames,
    [],
  ],
  [
    'the place of a lock',
    `${PANIC}exclusive sleep mutex zorp (zorp) r = 0 (0xfffff8000392b1a0) locked @ /usr/src/sys/netinet/zo`,
    (report) => report.locks.map((each) => each.at),
    [undefined],
  ],
  [
    'the line of an assertion',
    'panic: Assertion zorp != NULL failed at /usr/src/sys/kern/zorp.c:2',
    (report) => report.details.line,
    undefined,
  ],
  [
    'the address of a modified word, and how far in that is',
    'panic: Memory modified after free 0xfffff802d0430800(256) val=deadf5ee @ 0xfffff802',
    (report) => [report.details.at, report.details.offset],
    [undefined, undefined],
  ],
];

describe('a text that ends inside a word', () => {
  for (const [what, text, of, without] of ENDS)
    it(`does not tell ${what}`, () => {
      expect(of(parseReport(text))).toEqual(without);
      expect(of(parseReport(`${text}\n`))).not.toEqual(without);
    });

  it('calls a trap by its name, and not by the words behind that', () => {
    for (const end of [' w', ' whil', ' while in ker'])
      expect(parseReport(`cpuid = 1\nFatal trap 12: page fault${end}`).title).not.toContain(' w');
  });

  it('does not take a name out of a line that goes on behind it', () => {
    const { process, stoppedAt } = parseReport(
      `panic: zorp: none left\nStopped in pid 0.7 (zorpd) at netbsd:zorp_enter+0x4: bx r1`,
    );
    expect(process?.value.name).toBe('zorpd');
    expect([stoppedAt?.offset, stoppedAt?.instruction]).toEqual([4, undefined]);
  });

  it('tells what has an end of its own', () => {
    expect(parseReport(`${BLOCK}current process         = 81 (mount)`).process?.value.name).toBe('mount');
    expect(
      parseReport(`${PANIC}Stopped at      zorp_last+0x41: movq    %rcx,0x10(%r13)`).stoppedAt?.instruction,
    ).toBe('movq %rcx,0x10(%r13)');
    const registers = 'rdi  0xffff800000023080\nrsi  0x1\nrbp  0xffff800020a37330\nr12  0xffff800020a37330';
    expect(parseReport(`${PANIC}zorp_last() at zorp_last+0x41\n${registers}`).registers).toHaveLength(4);
  });
});
