import { describe, expect, it } from 'vitest';
import { parseReport, renderReport, roleOf } from '../src/index.js';

/*
 * Traps of powerpc, mips64, sparc64 and m68k that kernels print in lines before they panic or enter their
 * debugger, and traces of these ports. The texts are made up.
 */

const names = (frames: readonly { function: string }[]) => frames.map((frame) => frame.function).join(' ');
const said = (text: string) => renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');

describe('m68k, in a kernel of the format a.out', () => {
  const BLOCK = `trap type 8, code = 0x145, v = 0x1c
kernel program counter = 0x15bb1c
kernel: MMU fault trap
pid = 211, pc = 0015BB1C, ps = 2504, sfc = 1, dfc = 1
`;
  const TEXT = `${BLOCK}panic: MMU fault
Stopped in pid 211 (zcat) at    _cpu_Debugger+0x6:     unlk    a6
db> t
_cpu_Debugger(1c2ba4,1c2bac,4b1fc2c,4fa0a,8) + 6
_panic(19e7ae,0,145,1c,8) + 68
_trap(8,145,1c) + 2c0
faultstkadj(?)
_zorp_dma_intr(f5d800,ffff) + 2c
_zorp_intr(f5d800) + 76e
_intr_dispatch(68) + 30
_zread(4b1fe84) + 3c0
_sys_read(2f0de4,4b1ff88,4b1ff80) + 70
_syscall(3) + 15c
`;

  it('the debugger\u2019s stop is not the place of the fault, and no start of a function is made of both', () => {
    const { stoppedAt, faultPlace, derived, signatureParts } = parseReport(TEXT);
    expect(stoppedAt).toMatchObject({ function: '_cpu_Debugger', debugger: true });
    expect(faultPlace).toMatchObject({ address: '0x15bb1c', function: '_zorp_dma_intr', likely: true });
    expect(signatureParts.culprit).toBe('_zorp_dma_intr');
    expect(derived.filter((each) => each.rule === 'function-start')).toEqual([]);
  });

  it('the trace is read, and the line with a question mark is no frame with the offset of the next', () => {
    const { frames, boundaries } = parseReport(TEXT);
    expect(names(frames)).toBe(
      '_cpu_Debugger _panic _trap faultstkadj _zorp_dma_intr _zorp_intr _intr_dispatch _zread _sys_read _syscall',
    );
    expect(frames[4]).toMatchObject({ args: ['0xf5d800', '0xffff'] });
    expect(frames[4]!.offset).toBeUndefined();
    expect(frames[5]!.offset).toBe(0x76e);
    expect(boundaries).toMatchObject([
      { after: 3, what: 'trap', implied: true },
      { after: 6, what: 'interrupt', implied: true },
    ]);
    expect(said(TEXT)).toContain('_zread(0x4b1fe84)+0x3c0 was interrupted');
    expect(said(TEXT)).toContain('because _intr_dispatch is entry code of interrupts');
  });

  it('nothing is made of a stop under a name that no list has, once the kernel has panicked', () => {
    const stop = `Stopped in pid 211 (zcat) at    _zorp_stop+0x6:     unlk    a6\n`;
    const start = (text: string) =>
      parseReport(text).derived.filter((each) => each.rule === 'function-start');
    expect(start(`${BLOCK}panic: MMU fault\n${stop}`)).toEqual([]);
    expect(start(`${BLOCK}${stop}`)).toHaveLength(1);
  });

  it('an underscore makes no other function of a helper, of any list', () => {
    for (const [name, role] of [
      ['_panic', 'panic'],
      ['_trap', 'trap'],
      ['_uvm_fault', 'fault'],
      ['_pool_get', 'check'],
      ['_copyin', 'check'],
      ['_sys_write', 'way'],
      ['_softclock', 'way'],
      ['_zorp_get', null],
      ['__zorp', null],
    ] as const)
      expect([name, roleOf(name)]).toEqual([name, role]);
  });
});

describe('OpenBSD on powerpc', () => {
  const text = (layout: 'old' | 'new', told = 'kern dsi on addr 24 iar 2e1bcc\n') => {
    const frame = (name: string, offset: string, at: string) =>
      layout === 'old'
        ? `${name}+${offset} fp ${at}00 nfp ${at}40`
        : `${name}(${at},0,0) at ${name}+${offset}`;
    return `OpenBSD 4.8 (GENERIC) #12: Mon Aug 16 09:14:44 MDT 2010
    zorp@macppc.example.org:/usr/src/sys/arch/macppc/compile/GENERIC
${told}panic: trap type 300 at 2e1bcc (zgem_start+0x5c) lr 2e1b98
Stopped at      Debugger+0x10:  lwz     r0, r1, 0x14
ddb> trace
${frame('panic', '0x10c', 'e9045a')}
${frame('trap', '0x33c', 'e9045b')}
${frame('trapagain', '0x4', 'e9045c')}
--- trap (type 0x300) ---
${frame('zgem_start', '0x5c', 'e9045d')}
${frame('zgem_intr', '0x1fc', 'e9045e')}
`;
  };

  for (const layout of ['old', 'new'] as const)
    it(`the entry of traps is none of the event\u2019s own: ${layout} layout`, () => {
      const report = parseReport(text(layout));
      expect(report.kind).toBe('trap');
      expect(report.arch).toBe('powerpc');
      expect(report.signatureParts.culprit).toBe('zgem_start');
      expect(report.ownFrames).toEqual(['zgem_start', 'zgem_intr']);
      expect(report.trap).toMatchObject({
        name: { value: 'data storage interrupt' },
        mode: { value: 'kernel' },
        faultAddress: { value: '0x24' },
        ip: { value: { address: '0x2e1bcc' } },
      });
      expect(report.others).toEqual([]);
    });

  it('the message alone tells the trap and its place, and no address', () => {
    const { trap, kind } = parseReport(text('new', ''));
    expect(kind).toBe('trap');
    expect(trap).toMatchObject({
      name: { value: 'data storage interrupt' },
      ip: { value: { address: '0x2e1bcc' } },
    });
    expect(trap?.faultAddress).toBeUndefined();
    const isi = parseReport('panic: trap type 400 srr1 40009032 at 10 lr 2e1b98\n');
    expect(isi.trap?.name?.value).toBe('instruction storage interrupt');
  });
});

it('the entry code of each port\u2019s traps and interrupts is a helper, or a way in', () => {
  const TRAPS = `trapagain trapexit realtrap disitrap s_trap faultstkadj buserr addrerr k_general
    mips3_KernGenException mipsr5900_KernGenException MipsTLBInvalidException Lslowtrap_reenter
    Ldatafault_internal Ltextfault_internal winfixspill XentMM XentUna Xaccess_v Xtransl_v Xarithflt
    general_exception tlb_exception sh_vector_generic m88100_trap m88110_setup_phase_two data_exception_handler
    data_abort_entry prefetch_abort_entry undefined_entry`;
  const WAYS = `sparc_interrupt sparc_intr_retry softnet k_intr mips3_KernIntr XentInt intr_dispatch intrhand
    extint_call ext_intr_openpic sh_vector_interrupt intc_intr irq_entry`;
  for (const name of TRAPS.split(/\s+/)) expect([name, roleOf(name)]).toEqual([name, 'trap']);
  for (const name of WAYS.split(/\s+/)) expect([name, roleOf(name)]).toEqual([name, 'way']);
});

describe('OpenBSD on mips64', () => {
  const text = (cause: number, pc: string, fault: string) => `Trap cause = ${cause} Frame 0x9800000010067950
Trap PC ${pc} RA 0xffffffff81198d20 fault ${fault}
zorp_tag_delete+2c (ffffffff816a4cc0,10,0,0) ra ffffffff81198d20 sp 9800000010067a98, sz 48
zorp_free+c8 (ffffffff816a4cc0,10,0,0) ra ffffffff8119906c sp 9800000010067ac8, sz 48
k_intr+11c (ffffffff816a4cc0,10,0,0) ra ffffffff8119907c sp 9800000010067c98, sz 16
zorp_idle+14 (ffffffff816a4cc0,10,0,0) ra 0 sp 9800000010067ca8, sz 0
stopped on non ddb fault
Stopped at      zorp_tag_delete+0x2c:        ld      s0,16(a0)
`;
  const PC = '0xffffffff81198d5c';

  it('the cause, the place and the address are read', () => {
    const report = parseReport(text(2, PC, '0x10'));
    expect([report.kind, report.arch, report.signatureParts.culprit]).toEqual([
      'trap',
      'mips',
      'zorp_tag_delete',
    ]);
    expect(report.trap).toMatchObject({
      name: { value: 'TLB miss (load or instr. fetch)' },
      mode: { value: 'kernel' },
      faultAddress: { value: '0x10' },
      faultCode: { value: { by: 'supervisor', access: 'read' } },
      ip: { value: { address: PC } },
    });
    expect(report.boundaries).toMatchObject([{ after: 2, what: 'interrupt', implied: true }]);
  });

  it('one cause stands for a load and a fetch; the register is a leftover of other causes', () => {
    expect(parseReport(text(2, '0x40', '0x40')).trap?.faultCode?.value.access).toBe('execute');
    expect(parseReport(text(3, PC, '0x10')).trap?.faultCode?.value.access).toBe('write');
    expect(parseReport(text(35, PC, '0x10')).trap?.mode?.value).toBe('user');
    const bus = parseReport(text(7, PC, '0x10')).trap;
    expect(bus?.name?.value).toBe('bus error (load or store)');
    expect([bus?.faultAddress, bus?.faultCode]).toEqual([undefined, undefined]);
  });
});

describe('NetBSD on sparc64', () => {
  const LINE = 'trap type 0x34: cpu 1, pc=12491ac npc=12491b0 pstate=0x82000006<PRIV,IE>\n';
  const NAMED = 'kernel trap 34: mem address not aligned\n';
  const STACK = `Stopped in pid 9 (ioflush) at   netbsd:zfrag_input+0x2cc:       ldx             [%o1 + 0x8], %g2
db> bt
zfrag_input(e0027aa8, e0027aa4, 2c, 1c1e4c0, 1c1e400, 14) at netbsd:zfrag_input+0x2cc
softnet(0, e0027ed0, 0, 0, 1, 3b9aca00) at netbsd:softnet+0x90
sparc_intr_retry(1c1c000, 1, 17efc00, 400, 1abae8c, 1) at netbsd:sparc_intr_retry+0x5c
zfs_sync(1aa3c00, 3, 1a8ddc0, 1a5d9f0, 7f, 0) at netbsd:zfs_sync+0x110
`;

  it('both lines tell one trap', () => {
    const report = parseReport(`${LINE}${NAMED}${STACK}`);
    expect(report.others).toEqual([]);
    expect([report.kind, report.arch, report.cpu?.value]).toEqual(['trap', 'sparc64', 1]);
    expect(report.trap).toMatchObject({
      name: { value: 'mem address not aligned' },
      mode: { value: 'kernel' },
      ip: { value: { address: '0x12491ac' } },
    });
    expect(report.ownFrames).toEqual(['zfrag_input']);
  });

  it('each of them alone tells it as well', () => {
    for (const line of [LINE, NAMED]) {
      const { kind, trap } = parseReport(`${line}${STACK}`);
      expect([kind, trap?.name?.value]).toEqual(['trap', 'mem address not aligned']);
    }
    expect(parseReport(LINE.replace('PRIV,', '')).trap?.mode?.value).toBe('user');
  });

  it('an interrupt between two frames is told as one', () => {
    const text = `${LINE}${STACK}`;
    expect(said(text)).toContain(
      'zfs_sync(0x1aa3c00, 0x3, 0x1a8ddc0, 0x1a5d9f0, 0x7f, 0x0)+0x110 was interrupted',
    );
    expect(said(text)).not.toContain('then zfs_sync');
  });

  it('the way into the debugger is no trap', () => {
    const report = parseReport(`panic: zorp\nkernel trap 101: breakpoint\n${STACK}`);
    expect([report.kind, report.others.length]).toEqual(['panic', 0]);
  });
});
