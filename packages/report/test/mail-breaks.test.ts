import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * Lines that quoted-printable has broken, and that were quoted afterwards: the marks of both stand within
 * them. The texts are made up.
 */

const message = (text: string) => parseReport(text).message?.value;

describe('a break of quoted-printable within a quotation', () => {
  for (const marks of ['> ', '> > ', '>>', '>> > '])
    it(`is undone with the quotation marks before the rest of the line: ${JSON.stringify(marks)}`, () => {
      const again = marks.trim().slice(0, 1);
      const text = `${marks}panic: zorp_malloc(16384): zorp_map too small: 235544320 total alloca=
${again} ted
${marks}cpuid =3D 0
${marks}Uptime: 11d2h40m10s
`;
      expect(message(text)).toBe('zorp_malloc(16384): zorp_map too small: 235544320 total allocated');
    });

  it('takes no more marks than the line had that it goes on from', () => {
    const text = `panic: zorp_check(a -=
> b) failed
cpuid =3D 0
`;
    expect(message(text)).toBe('zorp_check(a -> b) failed');
  });

  it('keeps a blank that stood before or behind the break', () => {
    const text = `> panic: zorp: the quick brown fox jumped over =
> it
> cpuid =3D 0
`;
    expect(message(text)).toBe('zorp: the quick brown fox jumped over it');
  });
});

describe('a break of quoted-printable in a text that has no other trace of it', () => {
  const stop = (line: string, rest: string) => `uvm_fault(0xc0b2ffc0, 0, 1) -> 0xe
fatal page fault in supervisor mode
trap type 6 code 0 eip c0547b8e cs 8 eflags 10246 cr2 8 ilevel 4
${line}
${rest}
db{0}> bt
zorp_vlan_del(c3a2d004,0,cc7b6c2c,c0547e5b,c3a2d004) at netbsd:zorp_vlan_del+0x2e
zorp_remport(c3a2d004,c3b6e034,1,0,c0b34a00) at netbsd:zorp_remport+0x11e
`;

  for (const marks of ['', '> ', '>> '])
    it(`an instruction is put together: ${JSON.stringify(marks)}`, () => {
      const text = stop(
        'Stopped in pid 0.5 (system) at  netbsd:zorp_vlan_del+0x2e:      movl    0x8(%e=',
        'ax),%edx',
      );
      const quoted = text
        .split('\n')
        .map((line) => `${marks}${line}`)
        .join('\n');
      expect(parseReport(quoted).stoppedAt?.instruction).toBe('movl 0x8(%eax),%edx');
    });

  it('an instruction that is cut is none', () => {
    for (const cut of ['movl    0x8(%e=', 'movl    0x8(%e', 'movl    0x8(%eax),']) {
      const text = stop(`Stopped in pid 0.5 (system) at  netbsd:zorp_vlan_del+0x2e:      ${cut}`, '');
      expect([cut, parseReport(text).stoppedAt?.instruction]).toEqual([cut, undefined]);
    }
  });

  it('a value that its field announces goes on where a mailer broke the line', () => {
    const text = `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0x18
instruction pointer     = 0x20:0xffffffff80aaaaaa
frame pointer           =
0x28:0xfffffe0000aaaa40
`;
    expect(parseReport(text).trap?.ip?.value.address).toBe('0xffffffff80aaaaaa');
  });
});

describe('a quotation of lines of the backtrace, in an answer', () => {
  const LINES = `panic() at panic+0x43/frame 0xfffffe0085f1b830
trap_fatal() at trap_fatal+0x40c/frame 0xfffffe0085f1b890
calltrap() at calltrap+0x8/frame 0xfffffe0085f1b8f0
--- trap 0xc, rip = 0xffffffff80f2ba5d, rsp = 0xfffffe0085f1b9c0, rbp = 0xfffffe0085f1ba10 ---
zorp_dequeue() at zorp_dequeue+0x1bd/frame 0xfffffe0085f1ba10
zorp_send() at zorp_send+0x1c6/frame 0xfffffe0085f1ba60
zorp_task() at zorp_task+0x2a9/frame 0xfffffe0085f1bac0
fork_exit() at fork_exit+0x7f/frame 0xfffffe0085f1bbf0
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0085f1bbf0`.split('\n');
  const text = (quoted: readonly string[]) => `panic: page fault
cpuid = 2
KDB: stack backtrace:
${LINES.join('\n')}

somebody wrote:
${quoted.map((line) => `> ${line}`).join('\n')}

Which address was it?
`;
  const others = (quoted: readonly string[]) => parseReport(text(quoted)).otherTraces.length;

  it('is no other backtrace, of whichever lines', () => {
    expect(others(LINES.slice(3, 5))).toBe(0);
    expect(others(LINES.slice(4, 7))).toBe(0);
    expect(others([LINES[0]!, LINES[4]!, LINES[6]!])).toBe(0);
  });

  it('is one where a line differs', () => {
    expect(others([LINES[4]!, LINES[5]!.replace('0x1c6', '0x1d6')])).toBe(1);
    expect(others([LINES[4]!, LINES[5]!.replace('ba60', 'ca60')])).toBe(1);
  });
});
