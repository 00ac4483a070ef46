import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { steps } from '../src/present/steps.js';

/* Further kinds of text on which the reader was found to be wrong, or silent. */

describe("gdb's session on a dump of the 1990s", () => {
  const text = (question: string, address = '0xf01c4d2e') => `panic: because you said to!
current pcb at 1d4e80
(kgdb) bt
#0  boot (arghowto=256) (../../i386/i386/machdep.c line 741)
#1  0xf0114a3d in panic ()
#2  0xf01944c1 in diediedie () (../../i386/i386/machdep.c line 672)
#3  0xf0101742 in db_fncall ()
#4  0xf01015c2 in db_command_loop ()
#5  0xf0103f88 in db_trap ()
#6  0xf0191a12 in kdb_trap (12, 0, -272630436)
#7  0xf019c1e3 in trap_fatal (...)
#8  0xf019bd58 in trap_pfault (...)
#9  0xf019ba27 in trap (...)
#10 0xf01921a5 in exception:calltrap ()
#11 0xf01903f7 in zorp_dispatch (...)
#12 0xf0131b28 in zorp_open ()
#13 0xf019d3df in syscall (...)
(kgdb) up 9
#9  0xf019ba27 in trap (...)
(kgdb) ${question}
Reading in symbols for ../../i386/isa/grib.c...done.
#0  ${address} in grib_start (unit=3, flag=1) (../../i386/isa/grib.c line 212)
212             return ((*sw[gp->g_kind].start)(unit, gp));
`;

  it('the frame at which it begins anew, at what the trap has saved, is the one that was interrupted', () => {
    for (const question of [
      'frame frame->tf_ebp frame->tf_eip',
      'f frame->tf_rbp frame->tf_rip',
      'frame frame.tf_ebp, frame.tf_eip',
    ]) {
      const { title, faultPlace, ownFrames, trap } = parseReport(text(question));
      expect(title).toBe('page fault in grib_start (kernel)');
      expect(faultPlace).toMatchObject({
        function: 'grib_start',
        source: { file: '../../i386/isa/grib.c', line: 212 },
      });
      expect(ownFrames).toEqual(['grib_start', 'zorp_dispatch', 'zorp_open']);
      expect(trap?.ip).toMatchObject({ value: { address: '0xf01c4d2e' }, likely: true });
    }
    // Any other frame says nothing of the trap.
    for (const question of ['frame 0xf7bfff10 0xf01c4d2e', 'frame pcb->pcb_ebp pcb->pcb_eip'])
      expect(parseReport(text(question)).title).toBe('page fault in zorp_dispatch (kernel)');
  });

  it('so is one at the address that the argument of trap() has, under a message with the name of the trap', () => {
    const saved = (eip: number, cs = 8, address = '0xc015492e') =>
      parseReport(`panic: page fault
(kgdb) bt
#0  boot (howto=256) at ../../kern/kern_shutdown.c:312
#1  0xc0154a3d in panic (fmt=0xc02a1b2c "page fault") at ../../kern/kern_shutdown.c:556
#2  0xc0253d3f in trap (frame={tf_fs = 16, tf_es = 16, tf_ds = 16, tf_edi = 0, tf_esi = 0, tf_ebp = -872800900, tf_trapno = 12, tf_err = 0, tf_eip = ${eip}, tf_cs = ${cs}, tf_eflags = 66118}) at ../../i386/i386/trap.c:443
#3  0xc01903f7 in zorp_dispatch (dev=3) at ../../kern/zorp.c:88
#4  0xc0131b28 in zorp_open ()
(kgdb) frame 0xcc0a1d7c ${address}
#0  ${address} in grib_start (unit=3) at ../../dev/grib.c:212
`);
    const { title, trap, faultPlace } = saved(-1072346834);
    expect(title).toBe('page fault in grib_start (kernel)');
    expect([trap?.name?.value, trap?.mode?.value, trap?.mode?.likely]).toEqual([
      'page fault',
      'kernel',
      true,
    ]);
    expect(faultPlace?.source).toEqual({ file: '../../dev/grib.c', line: 212 });
    // Another address, or the one of a program, is none of the kernel's trap.
    expect(saved(-1072346000).title).toBe('panic: page fault in zorp_dispatch');
    expect(saved(-1072346834, 31).title).toBe('panic: page fault in zorp_dispatch');
  });

  it('a label of assembler code stands behind its object, and a line of the source in words', () => {
    const { damage, frames, boundaries, arch, system } = parseReport(text('list'));
    expect(damage.filter((each) => each.kind === 'gap')).toEqual([]);
    expect(frames.map((each) => each.function).slice(9, 12)).toEqual(['trap', 'calltrap', 'zorp_dispatch']);
    expect(boundaries.map((each) => each.after)).toEqual([10]);
    expect(frames[0]?.source).toEqual({ file: '../../i386/i386/machdep.c', line: 741 });
    expect([system, arch]).toEqual(['FreeBSD', 'i386']);
  });

  it('what a person had the debugger call is neither the panic nor to blame', () => {
    const { kind, message, ownFrames } = parseReport(text('list'));
    expect([kind, message, ownFrames]).toEqual(['trap', undefined, ['zorp_dispatch', 'zorp_open']]);
  });
});

const MODIFIED = (who: string) =>
  `Memory modified after free 0xfffff8000a1c4600 (512, malloc-512, ${who}) + 24 = 7`;

describe('modified memory', () => {
  it('has a zone, and a last owner by name or by a pointer to its type', () => {
    const { details } = parseReport(`${MODIFIED('0xffffffff81c2d3e0')}
panic: ${MODIFIED('zorp data')}

cpuid = 2
time = 1700000123
`);
    expect(Object.entries(details).map(([name, fact]) => [name, fact.value])).toEqual(
      expect.arrayContaining([
        ['zone', 'malloc-512'],
        ['userType', '0xffffffff81c2d3e0'],
        ['user', 'zorp data'],
      ]),
    );
    const alone = parseReport(
      'panic: Memory modified after free 0xfffff8000a1c4600 (512, zorp zone) + 24 = 7\ncpuid = 2\n',
    ).details;
    expect([alone.zone?.value, alone.user, alone.userType]).toEqual(['zorp zone', undefined, undefined]);
  });
});

it('a thread is suspended, or on no CPU', () => {
  const { ps } = parseReport(`panic: zorp_get: no grib
cpuid = 0
KDB: enter: panic
db> ps
  pid  ppid  pgrp   uid  state   wmesg   wchan               cmd
  812   810   810     0  T       (threaded)                  zorpd
100211                   Run     CPU -1                      zorpd: worker
100212                   s                                   zorpd: signals
100213                   Run     CPU 3                       zorpd: main
  810   701   810     0  R       CPU -1                      gribd
`);
  expect(ps.map(({ pid, tid, name, state }) => [pid, tid, name, state])).toEqual([
    [812, undefined, 'zorpd', 'T'],
    [812, 100211, 'zorpd: worker', 'Run'],
    [812, 100212, 'zorpd: signals', 's'],
    [812, 100213, 'zorpd: main', 'Run'],
    [810, undefined, 'gribd', 'R'],
  ]);
});

describe('a block of a trap', () => {
  const block = (flags: string, mark = '') =>
    [
      'Fatal trap 12: page fault while in kernel mode',
      'cpuid = 1; apic id = 01',
      'fault virtual address   = 0x18',
      'fault code              = supervisor read, page not present',
      'instruction pointer     = 0x20:0xc0a1b2c4',
      'stack pointer           = 0x28:0xe4c0aff0',
      'frame pointer           = 0x28:0xe4c0b01c',
      'code segment            = base 0x0, limit 0xfffff, type 0x1b',
      '                        = DPL 0, pres 1, def32 1, gran 1',
      `processor eflags        = ${flags}`,
      'current process         = 77 (zorpd)',
    ]
      .map((line) => `${mark}${line}\n`)
      .join('');

  it('has no flags of the processor but those that there are', () => {
    const of = (flags: string) => {
      const { trap, damage } = parseReport(block(flags));
      return [trap?.eflags?.value, damage.find((each) => each.what === 'trap field eflags')?.reason];
    };
    expect(of('trace trap, zorp_get+0x1c/frame 0xe4c0b01c')).toEqual([
      { flags: ['trace trap'] },
      '"zorp_get+0x1c/frame 0xe4c0b01c" is no flag of the processor',
    ]);
    expect(of('interrupt enabled, resume, nested task, vm86, IOPL = 3')[0]).toMatchObject({
      flags: ['interrupt enabled', 'resume', 'nested task', 'vm86'],
      iopl: 3,
    });
    expect(of('at 0x3b')).toEqual([undefined, '"at 0x3b" is no flag of the processor']);
  });

  it('goes on far behind the mark of a comment', () => {
    const { trap, arch } = parseReport(block('resume, IOPL = 0', '# '));
    expect(trap?.codeSegment?.value).toMatchObject({ dpl: 0, pres: 1, def32: 1, gran: 1 });
    expect(arch).toBe('i386');
  });
});

it('the indirect call is not named where no number of a call was found', () => {
  const text = (call: string) => `panic: zorp_get: no grib
cpuid = 0
KDB: stack backtrace:
panic() at panic+0x43/frame 0xfffffe0012345670
zorp_get() at zorp_get+0x31/frame 0xfffffe00123456a0
sys_ioctl() at sys_ioctl+0x101/frame 0xfffffe0012345700
amd64_syscall() at amd64_syscall+0x26b/frame 0xfffffe0012345830
fast_syscall_common() at fast_syscall_common+0xf8/frame 0xfffffe0012345830
--- syscall (${call}), rip = 0x2474da, rsp = 0x820f920f8, rbp = 0x820f92150 ---
`;
  const first = (call: string) => steps(parseReport(text(call)))[0]?.text;
  expect(first('0, FreeBSD ELF64, syscall')).toBe('a process made a system call');
  expect(first('54, FreeBSD ELF64, ioctl')).toBe('a process made the system call ioctl');
  expect(parseReport(text('0, FreeBSD ELF64, syscall')).boundaries[0]?.syscall).toEqual({});
});

it("what DragonFly's slab allocator finds in its own list was done before", () => {
  const text = (message: string, check: string, caller: string) => `panic: ${message}
cpuid = 0
Trace beginning at frame 0xffffff809b407508
panic() at panic+0x236 0xffffffff805e5e66
${check}() at ${check}+0x4c 0xffffffff80295c3c
${caller}() at ${caller}+0x570 0xffffffff80561f90
zorp_alloc() at zorp_alloc+0x29 0xffffffff808add09
zorp_open() at zorp_open+0x71 0xffffffff808afcc1
`;
  const check = (by: string) =>
    `assertion "(((intptr_t)chunk ^ (intptr_t)z) & ZoneMask) == 0" failed in ${by} at /usr/src/sys/kern/kern_slaballoc.c:1480`;
  for (const message of [
    check('chunk_mark_allocated'),
    'memory chunk 0xffffff80a1b2c3d0 is already allocated!',
  ]) {
    const report = parseReport(text(message, 'chunk_mark_allocated', 'kmalloc'));
    expect(report.bystander).toBe('the memory was spoilt before');
    expect(report.title).toMatch(/, met in zorp_alloc$/);
    expect(report.signatureParts.culprit).toBeUndefined();
  }
  // Who frees what is no chunk has done it himself.
  for (const message of [check('chunk_mark_free'), 'memory chunk 0xffffff80a1b2c3d0 is already free!']) {
    const report = parseReport(text(message, 'chunk_mark_free', 'kfree'));
    expect([report.bystander, report.signatureParts.culprit]).toEqual([undefined, 'zorp_alloc']);
  }
});

describe('a fault on an entry that must not fault', () => {
  it('is a panic without the word, where its message stands alone', () => {
    const at = 'addr: 0xffff0000a1b2c000';
    const { kind, message, details, system, arch, natures } = parseReport(`# It dies in zorp_attach

    vm_fault_lookup: fault on nofault entry, ${at}

No dump.
`);
    expect([kind, message?.value, details.address?.value]).toEqual([
      'nofault-entry',
      `vm_fault_lookup: fault on nofault entry, ${at}`,
      '0xffff0000a1b2c000',
    ]);
    expect([system, arch, natures.message]).toEqual(['FreeBSD', 'arm64', 'likely']);
    // DragonFly has the shorter name as well.
    const shorter = parseReport('vm_fault: fault on nofault entry, addr: fffff80012345000\n');
    expect([shorter.kind, shorter.system, shorter.arch]).toEqual(['nofault-entry', 'unknown', 'amd64']);
  });

  it('is one with the panic that it heads, and none in a sentence', () => {
    const line = 'vm_fault: fault on nofault entry, addr: fffff80012345000';
    const twice = parseReport(`${line}

panic: ${line}
cpuid = 1
time = 1700000123
KDB: stack backtrace:
panic() at panic+0x43/frame 0xfffffe0012345670
vm_fault() at vm_fault+0x31/frame 0xfffffe00123456a0
`);
    expect([twice.others, twice.message?.likely]).toEqual([[], undefined]);
    const later = parseReport(`panic: zorp_get: no grib\ncpuid = 1\n\nIt was this before:\n\n${line}\n`);
    expect([later.message?.value, later.others]).toEqual(['zorp_get: no grib', []]);
    expect(() => parseReport(`I have seen ${line} twice.\n`)).toThrow();
  });
});

describe('a trap and its way in a few lines of a writer', () => {
  const text = (chain: string, tail = 'current process = 2311 (zorpd)') => `It stops after an hour:

Fatal trap 9: general protection fault while in kernel mode
rcx: deadc0dedeadc0d8  rax: deadc0dedeadc0de        \u2190 freed

zorp_receive()      +0xaf   \u2190 takes a lock of what was freed
filt_zorp()         +0x1c9  <-- the filter
${chain}
${tail}
`;

  it('names without a second name have their offsets, and the process may come last', () => {
    const { title, frames, process, traceEnd, others, trap } = parseReport(
      text('kqueue_scan() \u2192 kern_kevent() -> sys_kevent()'),
    );
    expect(title).toBe('general protection fault in zorp_receive (kernel)');
    expect(frames.map((each) => [each.function, each.offset])).toEqual([
      ['zorp_receive', 0xaf],
      ['filt_zorp', 0x1c9],
      ['kqueue_scan', undefined],
      ['kern_kevent', undefined],
      ['sys_kevent', undefined],
    ]);
    expect([process?.value, traceEnd, others]).toEqual([{ pid: 2311, name: 'zorpd' }, 'open', []]);
    expect(trap?.number?.value).toBe(9);
  });

  it('arrows that do not end at the way in may point inwards', () => {
    for (const chain of [
      'sys_kevent() -> kern_kevent() -> kqueue_scan()',
      'sys_zorp() -> kern_zorp()',
      'zorp_a() -> zorp_b()',
    ])
      expect(parseReport(text(chain)).frames.map((each) => each.function)).toEqual([
        'zorp_receive',
        'filt_zorp',
      ]);
  });

  it('without a word of a panic such lines are none', () => {
    expect(() =>
      parseReport('zorp_receive()      +0xaf   \u2190 lock\nfilt_zorp()         +0x1c9\n'),
    ).toThrow();
  });
});

describe('what tells of system, architecture and process', () => {
  it("32-bit arguments in FreeBSD's debugger are i386's", () => {
    const text = (args: string) => `panic: lockmgr: locking against myself
cpuid = 2
KDB: enter: panic
[thread pid 2411 tid 100081 ]
db> bt
kdb_enter(c0912345) at kdb_enter+0x2b
panic(${args}) at panic+0x14b
_lockmgr(c0a1b2c4,202122,c479f000,c46f1000,c094b000,12d) at _lockmgr+0x41a
zorp_open(c479f000,5d51940,0,4000,0) at zorp_open+0x13c
`;
    expect(parseReport(text('c0912345,c46f1000,0,12')).arch).toBe('i386');
    // One that is wider, and other systems' machines, decide nothing.
    expect(parseReport(text('fffff80012345678')).arch).not.toBe('i386');
    const other = text('c0912345,c46f1000,0,12')
      .replace('KDB: enter: panic\n', '')
      .replace('db> bt', 'db{0}> bt');
    expect(parseReport(`NetBSD 9.2 (GENERIC)\n${other}`).arch).toBe('unknown');
  });

  it("DragonFly's words of a failed assertion, and its debugger's list, are its own", () => {
    const { system, natures } = parseReport(
      'panic: assertion "zp->count == 0" failed in zorp_create at zorp_chain.c:3320\n',
    );
    expect([system, natures.system]).toEqual(['DragonFly', 'likely']);
    const { process } = parseReport(`Fatal trap 12: page fault while in kernel mode
cpuid = 0; lapic->id = 00000000
fault virtual address   = 0xffffff8041e9a004
fault code              = supervisor read data, page not present
instruction pointer     = 0x8:0xffffffff80687ba7
current process         = 711
kernel: type 12 trap, code=0

[New kernel idle_0]
[New pid 711/0, mount_zorp]
[New pid 710/0, mount]
`);
    expect(process).toMatchObject({ value: { pid: 711, name: 'mount_zorp' }, likely: true });
  });

  it('a code segment is of i386 where the number of the trap is none, and holds no code where it is absent', () => {
    const { arch, checks, derived } = parseReport(`Fatal trap -4099872: UNKNOWN while in kernel mode
cpuid = 1; apic id = 01
error code              = 0xfbaf1234
instruction pointer     = 0x79e4:0x4
stack pointer           = 0x28:0xffc0bff0
frame pointer           = 0x28:0x204621d4
code segment            = base 0x0, limit 0x0, type 0x0
                        = DPL 0, pres 0, def32 0, gran 0
processor eflags        = trace trap, IOPL = 0
`);
    expect(arch).toBe('i386');
    expect(checks.find((each) => each.name === 'code segment')?.ok).toBe(false);
    expect(derived.some((each) => each.rule === 'code-segment')).toBe(false);
  });
});
