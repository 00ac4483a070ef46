import { describe, expect, it } from 'vitest';
import { memoryOperand, operandWidth, touchesElsewhere, writes } from '../src/operand.js';
import { parseReport, renderReport } from '../src/index.js';

/*
 * When would a sentence be false? For each sentence whose conditions were found too wide, a text in which it
 * would have been.
 */

/** A trap on amd64 in an instruction, with the debugger's registers. */
function trapIn(instruction: string, { access = 'read', address = '0x10', rax = '0x10' } = {}): string {
  return `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 02
fault virtual address	= ${address}
fault code		= supervisor ${access} data, page not present
instruction pointer	= 0x20:0xffffffff80b0f1a0
stack pointer	        = 0x28:0xfffffe00c0a0b8e0
frame pointer	        = 0x28:0xfffffe00c0a0b930
code segment		= base 0x0, limit 0xfffff, type 0x1b
			= DPL 0, pres 1, long 1, def32 0, gran 1
processor eflags	= interrupt enabled, resume, IOPL = 0
current process		= 914 (zorpd)
trap number		= 12
panic: page fault
KDB: enter: panic
[ thread pid 914 tid 100161 ]
Stopped at      zorp_get+0x40:  ${instruction}
db> show registers
rax         ${rax}
rcx         0
rdx         0
rbx         0
rsp         0xfffffe00c0a0b8e0
rbp         0xfffffe00c0a0b930
rip         0xffffffff80b0f1a0  zorp_get+0x40
rflags      0x10246
`;
}

function failed(text: string): string[] {
  return parseReport(text)
    .checks.filter((each) => !each.ok)
    .map((each) => each.name);
}

describe('instructions', () => {
  it('the width is said only where the last letter of the mnemonic is one', () => {
    const widths = Object.entries({
      'movl 0x8(%rax),%ecx': 4,
      'movslq 0x8(%rax),%rcx': 4,
      'movzbl 0x8(%rax),%ecx': 1,
      'lock cmpxchgq %rdx,0x8(%rax)': 8,
      'incw 0x3a(%eax)': 2,
      'cmovl 0x8(%rax),%rcx': undefined,
      'setb 0x8(%rax)': undefined,
      'imul 0x8(%rax),%rcx': undefined,
      'fldl 0x8(%rax)': undefined,
      'paddq 0x10(%rax),%xmm1': undefined,
      'call *0x8(%rax)': undefined,
    });
    for (const [instruction, width] of widths) expect(operandWidth(instruction), instruction).toBe(width);
  });

  it('an exchange writes its operand, whichever of the two it is', () => {
    const of = (instruction: string) => writes(instruction, memoryOperand(instruction)!);
    expect(of('xchgq 0x8(%rax),%rcx')).toBe(true);
    expect(of('xchgq %rcx,0x8(%rax)')).toBe(true);
    expect(of('cmpq 0x8(%rax),%rcx')).toBe(false);
    expect(of('lock xaddl %ecx,(%rax)')).toBe(true);
    expect(failed(trapIn('xchgq %rcx,0(%rax)', { access: 'write' }))).toEqual([]);
    expect(failed(trapIn('xchgq 0(%rax),%rcx', { access: 'write' }))).toEqual([]);
    expect(failed(trapIn('movq 0(%rax),%rcx', { access: 'write' }))).toEqual([
      'instruction and kind of access',
    ]);
  });

  it('a bit that a register names lies elsewhere; widened bytes do not', () => {
    for (const each of [
      'btl %ecx,0x8(%rax)',
      'lock btsq %rcx,(%rax)',
      'btr %ecx,0x8(%rax)',
      'movsl (%rsi),(%rdi)',
    ])
      expect(touchesElsewhere(each), each).toBe(true);
    for (const each of ['movsbl 0x8(%rax),%ecx', 'movslq (%rax),%rcx'])
      expect(touchesElsewhere(each), each).toBe(false);
  });

  it('an operand that runs into the next page faults there, and nothing is contradictory', () => {
    expect(
      failed(trapIn('movq 0(%rax),%rcx', { rax: '0xfffff8000234fffc', address: '0xfffff80002350000' })),
    ).toEqual([]);
    expect(
      failed(trapIn('movq 0(%rax),%rcx', { rax: '0xfffff8000234ff00', address: '0xfffff80002350000' })),
    ).toEqual(['operand and fault address']);
  });
});

describe('what a line says of the access', () => {
  it('of a fault that is known to the page, the address is not said to be its first byte', () => {
    const text = `uvm_fault(0xfffffd801e8a4c70, 0x0, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      zorp_get+0x40:  movl    0x38(%rax),%ecx
zorp_get(ffff8000ffff0d40) at zorp_get+0x40
sys_zorp(ffff8000ffff0d40,ffff8000211f0e10,ffff8000211f0d90) at sys_zorp+0x1c
`;
    const said = renderReport(parseReport(text)).replace(/\s+/g, ' ');
    expect(said).toContain('at or past address 0x0');
    expect(said).not.toMatch(/[^t] address 0x0\b/);
  });

  it('dsisr is read of a data storage interrupt alone', () => {
    const text = (name: string) => `fatal kernel trap:

   exception       = 0x600 (${name})
   virtual address = 0x7
   dsisr           = 0x40000000
   srr0            = 0xc00000000063b1a4
   srr1            = 0x9000000000009032
   current msr     = 0x9000000000009032
   lr              = 0xc00000000063b100
   curthread       = 0xc000000003d7a000
          pid = 914, comm = zorpd

panic: ${name} trap
`;
    expect(parseReport(text('data storage interrupt')).trap?.faultCode?.value.access).toBe('read');
    const other = parseReport(text('alignment'));
    expect(other.trap?.faultCode).toBeUndefined();
    expect(other.derived.filter((each) => each.rule === 'syndrome')).toEqual([]);
  });

  it("an access of a user on riscv is not said to be the supervisor's", () => {
    const text = (status: string) => `t[0] == 0x0000000000000001
t[1] == 0x0000000000000002
a[0] == 0x0000000000000000
a[1] == 0x0000000000000003
sepc == 0x000000000001a2b4
sstatus == ${status}
stval == 0x0000000000000010
scause == 0x000000000000000d
panic: Unknown userland exception d, trap value 10
`;
    expect(parseReport(text('0x8000000200006020')).trap?.faultCode?.value.by).toBe('user');
    expect(parseReport(text('0x8000000200006120')).trap?.faultCode?.value.by).toBe('supervisor');
  });
});

describe('versions and messages', () => {
  const banner = (release: string) => `FreeBSD ${release} #0: Sat Mar 2 11:02:30 UTC 2019\n`;
  const panic = 'panic: zorp: no zorps left\ncpuid = 1\n';

  it('a release is likely where another is given as formally', () => {
    const said = (text: string) => renderReport(parseReport(text), { brief: true });
    expect(said(banner('12.0-RELEASE') + panic)).toContain('FreeBSD 12.0-RELEASE');
    expect(said(banner('12.0-RELEASE') + panic)).not.toContain('12.0-RELEASE (likely)');
    expect(said(banner('12.0-RELEASE') + panic + banner('11.2-RELEASE'))).toContain('12.0-RELEASE (likely)');
    expect(said(banner('12.0-RELEASE') + panic + banner('12.0-RELEASE-p3'))).not.toContain('(likely)\n');
  });

  it('a message that a writer broke off only begins so', () => {
    for (const end of ['...', '…', ' [...]'])
      expect(renderReport(parseReport(`panic: zorp: no zorps of${end}\ncpuid = 1\n`))).toContain(
        'The message begins "zorp',
      );
    expect(renderReport(parseReport(panic))).toContain('The message is "zorp: no zorps left"');
  });

  it('a message that ends with the last character of the text may go on', () => {
    expect(parseReport('panic: zorp: no zo').natures.message).toBe('likely');
    expect(parseReport('panic: zorp: no zorps left\n').natures.message).toBe('quoted');
  });
});
