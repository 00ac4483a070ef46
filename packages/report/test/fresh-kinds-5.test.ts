import { describe, expect, it } from 'vitest';
import { isHelper } from '../src/functions/index.js';
import { explain, parseReport } from '../src/index.js';
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

it('the heading of a core.txt is the panic below it, also where it has the address of the fault', () => {
  const block = (far: string) => `  x0:                0
  x1: ffff0000d5a1d5f0
  sp: ffff0000d5a1d520
  lr: ffff000000398c3c
 elr: ffff000000396f1c
spsr:         60000045
 far:               ${far}
 esr:         96000004
panic: vm_fault failed: ffff000000396f1c error 1
cpuid = 2
time = 1688865203
KDB: stack backtrace:
#0 0xffff0000004fd4ac at kdb_backtrace+0x60
#1 0xffff0000004a7bd8 at vpanic+0x13c
#2 0xffff0000004a7a98 at panic+0x44
#3 0xffff0000007d4e40 at data_abort+0x270
#4 0xffff0000007b4010 at handle_el1h_sync+0x10
#5 0xffff000000396f1c at zorp_cb+0x18
#6 0xffff00000045c50c at fork_exit+0x78
#7 0xffff0000007d3924 at fork_trampoline+0x14
`;
  const head = `panic: vm_fault failed: ffff000000396f1c error 1

Unread portion of the kernel message buffer:
`;
  const { title, others, cpu } = parseReport(`${head}${block('18')}`);
  expect([title, others.length, cpu?.value]).toEqual(['data abort in zorp_cb (kernel read null+0x18)', 0, 2]);
  // Two blocks are two faults.
  expect(parseReport(`${block('18')}\n${block('20')}`).others.length).toBe(1);
});

describe('what hardware tells of is nobody\u2019s fault', () => {
  it('a system error that came in while an interrupt did', () => {
    const { title, ownFrames, suppressed } = parseReport(`  x0:                0
 elr: ffff0000007781e8 (handle_el1h_irq + 8)
spsr:         a00002c5
 far:                0
 esr:         bf000000
panic: Unhandled System Error
cpuid = 1
KDB: stack backtrace:
vpanic() at vpanic+0x13c
panic() at panic+0x44
do_serror() at do_serror+0x40
handle_serror() at handle_serror+0x38
--- system error, esr 0xbf000000
handle_el1h_irq() at handle_el1h_irq+0x8
--- interrupt
zorp_readreg() at zorp_readreg+0x80
fork_exit() at fork_exit+0x88
`);
    expect([title, ownFrames, suppressed]).toEqual([
      'system error (kernel)',
      [],
      'hardware reported an error',
    ]);
    expect(
      parseReport('panic: zorpfs: file system error\npanic() at panic+0x44\n').suppressed,
    ).toBeUndefined();
  });

  it('an interrupt that cannot be masked, in a backtrace typed from a photo', () => {
    const { title, ownFrames, frames } = parseReport(`NMI ISA 3c, EISA ff
panic: NMI indicates hardware failure
cpuid = 5
KDB: stack backtrace
db_trace_self_wrapper() at db_trace_self_wraper+0x2b/frame 0xfffffe00....
vpanic() at vpanic+0x17b/frame 0xffffe0011
panic() at panic+0x43
nmi_calltrap() at nmi_calltrap+0x8
--- trap 0x13, rip = 0xffffffff8115b996, rsp = ..., rbp = ... ---
zorp_idle_acpi
cpu_idle
sched_idletd() at sched_idletd+0x4a
`);
    // Names alone go on with the backtrace; a letter too few in one makes no second frame.
    expect(frames.map((each) => each.function)).toEqual(
      'db_trace_self_wrapper vpanic panic nmi_calltrap zorp_idle_acpi cpu_idle sched_idletd'.split(' '),
    );
    expect([title, ownFrames]).toEqual(['non-maskable interrupt trap (kernel)', []]);
  });

  it('a word alone below a backtrace is no frame', () => {
    const { frames } = parseReport(`panic: zorp
KDB: stack backtrace:
panic() at panic+0x43
zorp_send() at zorp_send+0x4a
thanks
`);
    expect(frames.map((each) => each.function)).toEqual(['panic', 'zorp_send']);
  });
});

describe('messages', () => {
  it.each([
    ['VERIFY(zork_none_valid(ma[i])) failed', 'assertion', { assertion: 'zork_none_valid(ma[i])' }],
    [
      'VERIFY3(zork(tree, &where) != NULL) failed (0x != 0x)',
      'assertion',
      { assertion: 'zork(tree, &where) != NULL' },
    ],
    ['VERIFY0(zork(os)) failed (0 == 17)', 'assertion', { assertion: 'zork(os)' }],
    [
      'solaris assert: zork->z_ref == 0, file: /usr/src/zork.c, line: 81',
      'assertion',
      { assertion: 'zork->z_ref == 0', file: '/usr/src/zork.c', line: 81 },
    ],
    [
      'lockmgr_xlock_hard: recursing on non recursive lockmgr 0xfffff8002b1e5c40 @ /usr/src/sys/kern/vfs_subr.c:3043',
      'lock-recursion',
      { lock: '0xfffff8002b1e5c40', file: '/usr/src/sys/kern/vfs_subr.c', line: 3043 },
    ],
    ['zork: VERIFY is off', 'panic', {}],
  ])('%s', (message, kind, details) => {
    const report = parseReport(`panic: ${message}\ncpuid = 1\npanic() at panic+0x43\nzorp() at zorp+0x4\n`);
    expect(report.kind).toBe(kind);
    for (const [name, value] of Object.entries(details)) expect(report.details[name]?.value).toBe(value);
  });

  it('a number of which only the prefix was printed is one', () => {
    const { title } = parseReport('panic: VERIFY3(a != NULL) failed (0x != 0x)\ncpuid = 1\n');
    expect(title).toBe('panic: VERIFY3(a != NULL) failed (N != N)');
  });
});

it('an address made of freed memory is not what freed memory is filled with', () => {
  const { derived } = parseReport(`Fatal trap 12: page fault while in kernel mode
fault virtual address	= 0xdeadc10a
fault code		= supervisor read, page not present
instruction pointer	= 0x20:0xc05a3c92
stack pointer	        = 0x28:0xd5472c5c
frame pointer	        = 0x28:0xd5472c88
`);
  expect(derived.find(({ rule }) => rule === 'freed-memory')).toMatchObject({
    claim: 'the fault address is 0xdeadc10a: what it was made of was read from memory that had been freed',
    because: 'it is 0x2c more than 0xdeadc0de, with which FreeBSD and its kin fill freed memory',
  });
});

it('the configuration stands behind the directory of its builds, not behind that of the sources', () => {
  const { kernel } = parseReport(
    'FreeBSD 15.0-CURRENT #0 main-n273815: Mon Nov 25 20:01:55 CET 2024     me@box:/usr/src/sys/amd64/compile/ZORK\n\npanic: zorp\n',
  );
  expect([kernel?.config, kernel?.arch]).toEqual(['ZORK', 'amd64']);
});

describe('what came of a panic', () => {
  const dump = (between: string) => `[  37.73] panic: zorp
[  37.73] cpu1: Begin traceback...
[  37.73] vpanic() at netbsd:vpanic+0x1ee
[  37.73] zorp_create() at netbsd:zorp_create+0xaba
[  37.79] cpu1: End traceback...

[  37.79] dumping to dev 168,1 (offset=1039, size=1048446):
${between}[  38.88] panic: zorkstart: channel 0 busy
[  38.88] cpu1: Begin traceback...
[  38.89] vpanic() at netbsd:vpanic+0x1ee
[  38.90] zorkstart() at netbsd:zorkstart+0x671
[  38.99] cpu1: End traceback...
`;
  it('while its dump was written', () => {
    const report = parseReport(dump('[  37.79] dump Skipping crash dump on recursive panic\n'));
    expect(report.others[0]?.consequence?.value).toBe('the dump was written');
    expect(report.dump?.state).toBe('failed');
    const later = parseReport(dump('\nThat was the first.\nHere is\nthe second:\n\n'));
    expect(later.others[0]?.consequence).toBeUndefined();
  });

  it('is a fault in what a sanitizer has told of', () => {
    const text = (
      size: string,
      at: string,
    ) => `ASan: Unauthorized Access In 0xffffffff813ed8d4: Addr 0xffffce81388399d8 [${size} bytes, write, StackMiddle]
#0 0xffffffff815a668e in kasan_memcpy <netbsd>
#1 0xffffffff813ed8d4 in zorp_rename <netbsd>
#2 0xffffffff808044f7 in syscall <netbsd>
uvm_fault(0xffffffff82b7e2a0, ${at}, 2) -> e
fatal page fault in supervisor mode
trap type 6 code 0x2 rip 0xffffffff8184ed2f cs 0x8 rflags 0x10246 cr2 ${at} ilevel 0 rsp 0xffffce81388392d8
panic: trap
cpu3: Begin traceback...
vpanic() at netbsd:vpanic+0x1ee
trap() at netbsd:trap+0x13c8
--- trap (number 6) ---
memcpy() at netbsd:memcpy+0x1f
cpu3: End traceback...
`;
    const came = (size: string, at: string) => parseReport(text(size, at)).others[0]?.consequence?.value;
    // A length of -1, as it is printed.
    expect(came('18446744073709551615', '0xffffce813883a000')).toBe('its address lies in that access');
    expect(came('4096', '0xffffce813883a000')).toBe('its address lies in that access');
    expect(came('16', '0xffffce813883a000')).toBeUndefined();
    expect(came('4096', '0xffffce8138830000')).toBeUndefined();
    // After another boot it is another one's.
    const [first, later] = text('4096', '0xffffce813883a000').split(/(?=uvm_fault)/);
    const boot = '---<<BOOT>>---\n';
    const apart = parseReport(`${boot}${first}${boot}${later}`);
    expect([apart.others.length, apart.others[0]?.consequence]).toEqual([1, undefined]);
  });
});

it('of two machines in one text the system is that of the first', () => {
  const { system, title } =
    parseReport(`--- trap 0x3, eip = 0xc0f1a2b4, esp = 0xe3d5c9a0, ebp = 0xe3d5c9ac ---
kdb_enter() at kdb_enter+0x34/frame 0xe3d5c9ac
panic() at panic+0x14/frame 0xe3d5c9fc
trap_fatal() at trap_fatal+0x2c1/frame 0xe3d5ca3c
calltrap() at calltrap+0x6/frame 0xe3d5cb10
--- trap 0x9, eip = 0xc0c7b11a, esp = 0xe3d5cb50, ebp = 0xe3d5cb70 ---
zorp_output() at zorp_output+0x7a/frame 0xe3d5cb70
zorp_send() at zorp_send+0x133/frame 0xe3d5cbb0
fork_exit() at fork_exit+0x6b/frame 0xe3d5cbe0

And this is what I got on the other machine:

fatal integer divide fault in supervisor mode
trap type 8 code 0 rip 0xffffffff80ee4614 cs 0x8 rflags 0x10246 cr2 0x20000540 ilevel 0x8 rsp 0xffff98816dabfd40
panic: trap
cpu0: Begin traceback...
vpanic() at netbsd:vpanic+0x214
alltraps() at netbsd:alltraps+0xb2
zork_softclock() at netbsd:zork_softclock+0x237
softint_dispatch() at netbsd:softint_dispatch+0x23e
Xsoftintr() at netbsd:Xsoftintr+0x5a
cpu0: End traceback...
`);
  expect([system, title]).toEqual(['FreeBSD', 'general protection fault in zorp_output (kernel)']);
});

it("what a file system's hash does is its caller's", () => {
  const { ownFrames } = parseReport(`panic: zorp
#0 0xffffffff80c694a5 at kdb_backtrace+0x65
#1 0xffffffff80c1b9d3 at panic+0x43
#2 0xffffffff80cf7361 at vget_finish+0x21
#3 0xffffffff80ce7574 at vfs_hash_get+0xb4
#4 0xffffffff8231bc64 at zorp_vget+0xc4
`);
  expect(ownFrames).toEqual(['zorp_vget']);
});

it('what a kernel goes down by after its panic is no function of the panic', () => {
  expect(['panic_boot', 'kern_reboot', 'dumpsys'].filter((name) => !isHelper(name))).toEqual([]);
});

it('a handler that calls through a null pointer does so after the trap that it handles', () => {
  const report = parseReport(`OpenBSD 7.7 (GENERIC) #113: Fri Apr 18 11:15:57 CDT 2025
    me@zork:/usr/src/sys/arch/armv7/compile/GENERIC
Fatal kernel mode prefetch abort at 0x00000000
trapframe: 0xcd06ba70
IFSR=00000005, IFAR=00000000, spsr=80000113
r12=c18e5378, ssp=cd06bac0, slr=c0780344, pc =00000000

Stopped at      0

ddb> trace
0
\t\trlv=0xc032fd30 rfp=0xcd06bb90
exception_exit
\t\trlv=0xc0343800 rfp=0xcd06bee0
zorp_execve+0x2c8 [/usr/src/sys/kern/zorp_exec.c:361]
\t\trlv=0xc04c4450 rfp=0xcd06bfa8
start_init+0x254 [/usr/src/sys/kern/init_main.c:716]
\t\trlv=0xc07976ac rfp=0xc1cb8f90
`);
  expect(report.faultPlace?.caller).toBeUndefined();
  const steps = explain(report)
    .sections.find(({ id }) => id === 'happened')!
    .items.map(({ text }) => text);
  expect(steps.filter((each) => each.includes('called through a null function pointer'))).toHaveLength(1);
  expect(steps.some((each) => /^zorp_execve\(\)\+0x2c8 .*was stopped by a trap/.test(each))).toBe(true);
});

it('64-bit arguments are not of amd64 where the functions are of sparc64', () => {
  for (const told of ['OpenBSD 3.4', 'NetBSD 9.0']) {
    const { arch } = parseReport(`On ${told}:

panic: zorp_copy: len -7 < 0
Stopped at Debugger+0x4: nop
zorp_copy(40006b5e680, e, fffffffffffffff9, 4000069b8c8, ffffffffffffff83, e0017b5c) at zorp_copy+0xf0
zorp_intr(4000069a000, 0, e0017ec8, 40006c4e000, 105ef60, 0) at zorp_intr+0x3a8
sparc_interrupt(188adb0, e0018000, 1515550, 1886f88, 400006dda00, 182ec70) at sparc_interrupt+0x2a0
`);
    expect([told, arch]).toEqual([told, 'sparc64']);
  }
});

it('functions of DragonFly beside one that it shares with FreeBSD are no other machine', () => {
  const { system, others } = parseReport(`panic: zorp: one
doadump() at doadump+0x10
zorp_one() at zorp_one+0x10
zorp_two() at zorp_two+0x10

panic: zork: two
panic() at panic+0x10
zork_one() at zork_one+0x10
lwkt_exit() at lwkt_exit+0x10
`);
  expect([system, others.length]).toEqual(['unknown', 1]);
});
