import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/*
 * A driver that gives up says so and goes to the debugger by a breakpoint: what it says is what happened. The
 * texts are made up.
 */

const STOP = `Stopped in pid 0.18 (system) at netbsd:cpu_Debugger+0x4: jr ra
db> bt
cpu_Debugger() at cpu_Debugger+0x4
zbic_abort() at zbic_abort+0x88
zbic_intr() at zbic_intr+0x118
`;
const NOWHERE = 'Stopped in pid 0.18 (system) at 88074d2c:  jr  ra\n';
const FATAL = `fatal breakpoint trap in supervisor mode
trap type 1 code 0 rip 0xffffffff8021ddf5 cs 0x8 rflags 0x202 cr2 0x0 ilevel 0x8 rsp 0xffff
curlwp 0xffff pid 0.3 lowest kstack 0xffff
Stopped in pid 0.3 (system) at  netbsd:breakpoint+0x5:  leave
breakpoint() at netbsd:breakpoint+0x5
zbic_abort() at netbsd:zbic_abort+0xaf7
zbic_intr() at netbsd:zbic_intr+0xaf7
`;

describe('what a driver says in front of a breakpoint', () => {
  for (const [said, stable] of [
    ['zbic0: timeout, aborting asr 0xc0 csr 0x40', 'zbic0: timeout, aborting asr N csr N'],
    ['next: aborting asr 0xc0 csr 0x40', 'next: aborting asr N csr N'],
    ['zd0(zbic0:0:1:0): drive is gone', 'zd0(zbic0:N:N:N): drive is gone'],
  ])
    it(`is what happened: ${said}`, () => {
      const stamped = `[   3.0245535] ${said}\n[   3.0418753] kernel: breakpoint trap\n`;
      for (const text of [
        `${said}\nkernel: breakpoint trap\n${STOP}`,
        `${stamped}${STOP}`,
        `${said}\n${FATAL}`,
      ]) {
        const report = parseReport(text);
        expect(report.title).toBe(`${stable} in zbic_abort`);
        expect(report.message?.value).toBe(said);
        expect(text.slice(...report.message!.span)).toBe(said);
        expect(report.trap).toBeUndefined();
        expect(report.others).toEqual([]);
      }
      const bare = `${stamped}${NOWHERE}`;
      const report = parseReport(bare);
      expect(report.title).toBe(stable);
      expect(renderReport(report, { text: bare })).not.toContain('breakpoint trap in');
    });

  it('is not what stands further up, or what nobody of the kernel says', () => {
    for (const above of [
      'zbic0: timeout, aborting asr 0xc0\n\n',
      'zbic0: timeout, aborting asr 0xc0\nSome words between.\n',
      'login: zorp on the console\n',
      'It then goes to the debugger:\n',
      'from: somebody somewhere\n',
      'entropy: ready\n',
      'zorp0: 1000 packets ready\n',
    ])
      expect([above, parseReport(`${above}kernel: breakpoint trap\n${STOP}`).title]).toEqual([
        above,
        'breakpoint trap in zbic_abort (kernel)',
      ]);
  });

  it('gives way to the panic', () => {
    const report = parseReport(`zbic0: timeout\npanic: zorp: gone\nkernel: breakpoint trap\n${STOP}`);
    expect(report.title).toBe('panic: zorp: gone in zbic_abort');
    const trap = parseReport(`zbic0: timeout, aborting\nkernel: page fault trap\n${NOWHERE}`);
    expect(trap.kind).toBe('trap');
  });
});
