import { describe, expect, it } from 'vitest';
import { isPanicHelper } from '../src/functions/index.js';
import { parseReport, renderReport } from '../src/index.js';

/* What further texts of strangers showed: one case a kind. */

const printed = (text: string): string => renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');

describe('a name that stands with a bare address is of whatever lies below it', () => {
  const text = (innermost: string) => `uvm_fault(0xc0ae9c40, 0, 1) -> 0xe
fatal page fault in supervisor mode
trap type 6 code 0 eip c02d7b61 cs 8 eflags 10246 cr2 10 ilevel 5
panic: trap
Begin traceback...
${innermost}
panic(c09b6f9c,c2c31000,cba0bb50,c0563ab8,6,0,c02d7b61,8,10246,10) at netbsd:panic+0x18
trap() at netbsd:trap+0xbe4
--- trap (number 6) ---
zorp_leave(c2c34004,c2d70000,8,c2c34004,cba0bc1c,c02e1d07,c2d70000,0,0,c2d7003c) at netbsd:zorp_leave+0xe1
zorp_timeout(c2c347d8,0,cba0bc5c,c02d82bd,c2c34004,c2c34004,c2c34004,0,c2c34900,c2c34004) at netbsd:zorp_timeout+0x13f
softint_dispatch(cb9ae500,2,0,0,0,0,cba0bd90,cba0bbd8,cba0bbf0,0) at netbsd:softint_dispatch+0x9d
End traceback...
`;

  it.each(['copyright', '__kernel_end', 'zorp'])('%s inside panic() makes no second backtrace', (name) => {
    const report = parseReport(text(`${name}(c09b6f9c,cba0ba98,cba0badc,c0571b14) at 0xc0af8b08`));
    expect(report.title).toBe('page fault in zorp_leave (kernel read null+0x10)');
    expect(report.frames[0]!.function).toBe('??');
    expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
  });

  it('but one that the debugger knows otherwise keeps its name', () => {
    expect(parseReport(text('breakpoint(c09b6f9c) at 0xc0af8b08')).frames[0]!.function).toBe('breakpoint');
  });
});

describe('where the debugger stopped', () => {
  const stop = (rest: string) =>
    parseReport(`panic: zorp
cpuid = 1
KDB: enter: panic
[ thread pid 32490 tid 141239 ]
Stopped at      ${rest}
db> `);

  it.each([
    'movq    $0,0x1278043(%rip)',
    '78043(%rip)',
    '78043',
    'x32: movq    $0,0x12a1323(%rip)',
    'x32',
    'nop',
  ])('%s is what is left of a line, and no place', (rest) => {
    const report = stop(rest);
    expect(report.stoppedAt).toBeUndefined();
    expect(report.damage.map(({ what }) => what)).toContain('place where the debugger stopped');
  });

  it.each([
    ['kdb_enter+0x3d: movq $0,0x1(%rip)', 'kdb_enter', 0x3d],
    ['kdb_enter:   leave', 'kdb_enter', undefined],
    ['kdb_enter', 'kdb_enter', undefined],
  ])('%s is one', (rest, name, offset) => {
    expect([stop(rest).stoppedAt?.function, stop(rest).stoppedAt?.offset]).toEqual([name, offset]);
  });

  it('and so is an address', () => {
    expect(stop('0xffffffff80195655').stoppedAt?.address).toBe('0xffffffff80195655');
  });
});

describe('64-bit powerpc of the first ABI', () => {
  const text = `fatal kernel trap:

   exception       = 0x380 (data segment)
   virtual address = 0xc800000000000148
   srr0            = 0xc000000000a3b418 (0xa3b418)
   curthread       = 0xc00000000d8a2560
          pid = 0, comm = zorp0 taskq

panic: data segment trap
cpuid = 12
KDB: stack backtrace:
0xe00000003f3a5510: at .vpanic+0x184
0xe00000003f3a55d0: at .panic+0x34
0xe00000003f3a5660: at .trap+0x200
0xe00000003f3a5810: at .powerpc_interrupt+0x1a0
0xe00000003f3a58b0: kernel DSE trap @ 0xc800000000000148 by .zorp_add+0x6d8: srr1=0x9000000000009032
            r1=0xe00000003f3a5b60 cr=0x44008042 xer=0 ctr=0xc0000000005ad2f0 r2=0xc000000001a10228
0xe00000003f3a5b60: at .zorp_add+0x694
0xe00000003f3a5d40: at .zorp_work+0x90c
0xe00000003f3a5ff0: at .fork_exit+0xd0
0xe00000003f3a6090: at .fork_trampoline+0x18
0xe00000003f3a60c0: at -0x4
KDB: enter: panic
`;
  it('calls its helpers so as well', () => {
    expect(isPanicHelper('.vpanic')).toBe(true);
  });

  it('has a dot before the names of its code, and the place of the trap is that of its line', () => {
    const report = parseReport(text);
    expect(report.title).toBe('data segment in zorp_add (kernel)');
    expect(report.frames.map((each) => each.function)).not.toContain('.zorp_add');
    expect(report.faultPlace).toMatchObject({ function: 'zorp_add', offset: 0x6d8 });
    expect(report.damage).toEqual([]);
    expect(printed(text)).toContain('the kernel handled the trap: powerpc_interrupt > trap > panic > vpanic');
  });
});

it("OpenBSD's mips64: the frame below the block is none of it, and a system call comes by way of trap", () => {
  const text = `Trap cause = 2 Frame 0x980000000ff5b738
Trap PC 0xffffffff8134f4b0 RA 0xffffffff8134f488 fault 0x88
zorp_start+b8 (980000000f6d2800,ffffffff81a1c0b0,0,1)  ra ffffffff812a1f0c sp 980000000ff5b8d0, sz 112
zorp_task+9c (980000000f6d2a90,0,0,ffffffff81a1c000)  ra ffffffff812a2314 sp 980000000ff5b940, sz 64
sys_ioctl+398 (980000000fb1cd28,980000000ff5be70,980000000ff5bee0,0)  ra ffffffff812f6270 sp 980000000ff5bd60, sz 240
itsa+a10 (980000000ff5bf20,980000000fb1cd28,20,0)  ra ffffffff8100ea34 sp 980000000ff5be50, sz 208
trap+2ec (0,0,0,0)  ra 0 sp 980000000ff5bf20, sz 0
User-level: pid 44591
Stopped at      zorp_start+0xb8:        ld      v0,136(s3)
`;
  const report = parseReport(text);
  expect(report.trap?.faultAddress?.value).toBe('0x88');
  expect(report.frames[0]).toMatchObject({ function: 'zorp_start', offset: 0xb8 });
  expect(printed(text)).toContain('by way of trap > itsa');
  expect(printed(text)).not.toContain('handled the trap');
});

it('32-bit arm of a later age calls its registers DFSR and DFAR', () => {
  const report = parseReport(`uvm_fault(0xc0a94b5c, 0, 1, 0) -> e
Fatal kernel mode data abort: 'Translation Fault (S)'
trapframe: 0xc9c4fdb0
DFSR=00000005, DFAR=00000014, spsr=20000013
r0 =00000000, r1 =c9c4fe34, r2 =00000000, r3 =00000000
r12=c9c4fdf8, ssp=c9c4fe00, slr=c0590b5c, pc =c058c0e4
`);
  expect(report.trap?.faultAddress?.value).toBe('0x14');
});

it("NetBSD's ps marks the running thread behind a number that fills its column", () => {
  const report =
    parseReport(`panic: kernel diagnostic assertion "zorped(so)" failed: file "/usr/src/sys/kern/uipc_zorp.c", line 594
cpu11: Begin traceback...
vpanic() at netbsd:vpanic+0x183
kern_assert() at netbsd:kern_assert+0x4b
zorpwakeup() at netbsd:zorpwakeup+0x114
cpu11: End traceback...
crash> ps
PID    LID S CPU     FLAGS       STRUCT LWP *               NAME WAIT
17720>17720 7  11         0   ffffd4a3b1c8e8c0              zorpc
17719  17719 3   2        80   ffffd4a3a91d0480              zorpc parked
`);
  expect(report.process?.value).toEqual({ pid: 17720, tid: 17720, name: 'zorpc' });
});

it("frames of another system's panic are no part of its message", () => {
  const report = parseReport(`panic: Kernel trap, type 14 = page fault, CR2 0x0, RDI 0x0, R8 0x1
  ZorpX6000: ZorpResource::BatchPrepareMappings + 0x1ee
  ZorpFamily2: ZorpCommandQueue::processCommandBuffer + 0x2f8
`);
  expect(report.message?.value).toBe('Kernel trap, type 14 = page fault, CR2 0x0, RDI 0x0, R8 0x1');
});

it('the address in front of a trap is no return address', () => {
  const text = `FreeBSD/sparc64 9.3
panic: trap: fast data access mmu miss (kernel)
cpuid = 0
KDB: stack backtrace:
#0 0xc04ba7f4 at panic+0x1f4
#1 0xc07a3f28 at trap+0x4c8
#2 0xc0074fe0 at tl1_trap+0xa0
-- fast data access mmu miss tar=0x2000 %o7=0xc01c68d0 --
#3 0xc01c6914 at zorp_start_locked+0x54
#4 0xc01c70a8 at zorp_mediachange+0x44
`;
  expect(printed(text)).toContain('0xc01c6914 (the address in its line) minus its offset 0x54');
  expect(printed(text)).toContain('0xc01c70a8 (a return address) minus its offset 0x44');
});

describe('the system', () => {
  const fault = (told: string) => `${told}
uvm_fault(0xc0a1b2c0, 0x0, 0, 1) -> 1
kernel: page fault trap, code=0
Stopped in pid 212 (dd) at      zorp_enter+0x12c:       movl    0(%edx),%eax
db> bt
zorp_enter(c0a1b2c0,8048000,1000,5,1) at zorp_enter+0x12c
trap() at trap+0x3e8
--- trap (number 6) ---
`;
  it('is that which the writer gives the machine, not that of which most signs are', () => {
    expect(parseReport(fault('My NetBSD/i386 1.5.1 box shows this:')).system).toBe('NetBSD');
    expect(parseReport(fault('My box shows this:')).system).not.toBe('OpenBSD');
  });
  it('is not known where signs and the writer are of two', () => {
    const text = fault('My FreeBSD/i386 4.11 box shows this:').replace('in pid 212 (dd) at', 'at');
    expect(parseReport(text).system).toBe('unknown');
  });
  it('likely is said once', () => {
    const text = `Subject: 5.0-CURRENT (May 20): panic: mutex zorp not owned

panic: mutex zorp not owned at /usr/src/sys/vm/zorp.c:1571
cpuid = 0; lapic.id = 00000000
Debugger("panic")
Stopped at      Debugger+0x44:  pushl   %ebx
db> t
_mtx_assert(c0388de0,1,c02fbc41,611) at _mtx_assert+0x5d
swp_zorp_iodone(c30d5540) at swp_zorp_iodone+0x4b
bufdone(c30d5540) at bufdone+0x7d
`;
    // The arguments of 32 bits show the architecture.
    expect(printed(text)).toContain('FreeBSD 5.0-CURRENT (likely), i386 (likely, by signs)');
    const bare = text.replaceAll(/\(c\w*[,\w]*\) at/g, '() at');
    expect(printed(bare)).toContain('FreeBSD 5.0-CURRENT (likely, by signs), architecture not known');
    for (const each of [text, bare]) expect(printed(each)).not.toContain('(likely) (likely');
  });
});

describe('the release', () => {
  const told = (line: string) =>
    parseReport(`${line}

panic: zorp_find() succeeded inside zorp_add()
cpuid = 3
KDB: stack backtrace:
#0 0xffffffff8098e7e0 at kdb_backtrace+0x60
#3 0xffffffff81a09b0e at zorp_add+0x4e
`).kernel?.release;

  it.each([
    ['10.4-STABLE r332050, amd64, 2x raidz1, pool upgraded from v28.', '10.4-STABLE'],
    ['FreeBSD 10.4-STABLE r332050, amd64, a pool', '10.4-STABLE'],
    ['This is 12.3-RELEASE, i386, custom kernel with INVARIANTS', '12.3-RELEASE'],
    ['It came at night. This is 13.1-STABLE.', '13.1-STABLE'],
    ['13.1-STABLE amd64 here (an old box)', '13.1-STABLE'],
  ])('%s', (line, release) => {
    expect(told(line)).toBe(release);
  });

  it.each(['powerpc64', 'mips64', 'macppc'])('before a machine that is %s', (arch) => {
    const report = parseReport(`Subject: panic with zorp on 5.1/${arch}

panic: kernel diagnostic assertion "zorp" failed: file "../zorp.c", line 5
cpu0: Begin traceback...
vpanic() at netbsd:vpanic+0x183
kern_assert() at netbsd:kern_assert+0x4b
zorpwakeup() at netbsd:zorpwakeup+0x114
`);
    expect(report.kernel?.release).toBe('5.1');
  });

  it.each([
    'This is not 13.1-STABLE.',
    'This is 13.1-STABLE, 12.0-RELEASE was fine',
    'This was fine on 13.1-STABLE.',
  ])('not of: %s', (line) => {
    expect(told(line)).toBeUndefined();
  });
});

it('vput and vrele are looked through, as other helpers of locks on vnodes are', () => {
  const report = parseReport(`panic: lockmgr: LK_RELEASE: no lock held
cpuid = 1
Trace beginning at frame 0xfffff800a0fd3488
lockmgr_release() at lockmgr_release+0x1ab 0xffffffff80665f5b
vn_unlock() at vn_unlock+0x14 0xffffffff806ed5a4
vput() at vput+0x11 0xffffffff806e7d41
zorp_nrename() at zorp_nrename+0x2d4 0xffffffff8084ec84
vop_nrename() at vop_nrename+0xa3 0xffffffff806f5793
Debugger("panic")
`);
  expect(report.title).toContain('zorp_nrename');
});

describe('which trace and which event', () => {
  const gdb = `(gdb) bt
#0  0xc05166f6 in cpu_reboot (howto=256, bootstr=0x0) at /usr/src/sys/arch/i386/i386/machdep.c:925
#1  0xc04b2d95 in panic (fmt=0xc0a4f7c4 "trap") at /usr/src/sys/kern/subr_prf.c:246
#2  0xc0521ac0 in trap (frame=0xcbe0eb98) at /usr/src/sys/arch/i386/i386/trap.c:394
#3  0xc010cc67 in calltrap ()
#4  0xc0487d11 in zorp_connect (dlc=0x0) at /usr/src/sys/zorp/zorp_dlc.c:411
#5  0xc048957f in zorp_connected (arg=0xc2bd2200) at /usr/src/sys/zorp/zorp_session.c:391
`;
  it("of two faults a debugger's backtrace is that of the one at whose address it was stopped", () => {
    const report = parseReport(`uvm_fault(0xc0bd2e40, 0, 1) -> 0xe
fatal page fault in supervisor mode
trap type 6 code 0 eip c0487d11 cs 8 eflags 10246 cr2 c ilevel 4
panic: trap
Begin traceback...
uvm_fault(0xc0bd2e40, 0xbf7f2000, 1) -> 0xe
fatal page fault in supervisor mode
trap type 6 code 0 eip c0110f3a cs 8 eflags 10282 cr2 bf7f2e04 ilevel 8
panic: trap
Faulted in mid-traceback; aborting...

${gdb}`);
    expect(report.title).toBe('page fault in zorp_connect (kernel read null+0xc)');
    expect(report.others.map(({ frames }) => frames.length)).toEqual([0]);
  });

  it('but one that crosses both is of the later one', () => {
    const both = `(gdb) bt
#0  0xc05166f6 in cpu_reboot (howto=256, bootstr=0x0) at /usr/src/sys/arch/i386/i386/machdep.c:925
#1  0xc04b2d95 in panic (fmt=0xc0a4f7c4 "trap") at /usr/src/sys/kern/subr_prf.c:246
#2  0xc0521b00 in trap (frame=0xcbe0e998) at /usr/src/sys/arch/i386/i386/trap.c:394
#3  0xc010cc67 in calltrap ()
#4  0xc0110f3a in zorp_peek (p=0xbf7f2e04) at /usr/src/sys/zorp/zorp_peek.c:7
#5  0xc0521ac0 in trap (frame=0xcbe0eb98) at /usr/src/sys/arch/i386/i386/trap.c:394
#6  0xc010cc67 in calltrap ()
#7  0xc0487d11 in zorp_connect (dlc=0x0) at /usr/src/sys/zorp/zorp_dlc.c:411
`;
    const report = parseReport(`fatal page fault in supervisor mode
trap type 6 code 0 eip c0487d11 cs 8 eflags 10246 cr2 c ilevel 4
panic: trap
fatal page fault in supervisor mode
trap type 6 code 0 eip c0110f3a cs 8 eflags 10282 cr2 bf7f2e04 ilevel 8
panic: trap

${both}`);
    const traced = [report, ...report.others].filter(({ frames }) => frames.length > 0);
    expect(traced.map(({ trap }) => trap?.ip?.value.address)).toEqual(['0xc0110f3a']);
  });

  it('the block of a trap can stand below the backtrace of a debugger that crosses it', () => {
    const report = parseReport(`(kgdb) bt
#0  doadump (textdump=1) at /usr/src/sys/kern/kern_shutdown.c:405
#1  0xffffffff80b3ab53 in panic (fmt=<unavailable>) at /usr/src/sys/kern/kern_shutdown.c:891
#2  0xffffffff81003e7b in trap_fatal (frame=0xfffffe0063f4f9a0, eva=72) at /usr/src/sys/amd64/amd64/trap.c:952
#3  0xffffffff80fdb0e8 in calltrap () at /usr/src/sys/amd64/amd64/exception.S:264
#4  0xffffffff8283c3a9 in zorp_find (la=0xfffffe00a51f7000) at /usr/src/sys/zorp/zorp_db.c:1124
#5  0xffffffff8283a0f6 in zorp_in (la=0xfffffe00a51f7000) at /usr/src/sys/zorp/zorp_db.c:1199

dmesg tail:

Fatal trap 12: page fault while in kernel mode
cpuid = 0; apic id = 00
fault virtual address	= 0x48
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:0xffffffff8283c3a9
stack pointer	        = 0x28:0xfffffe0063f4fa60
frame pointer	        = 0x28:0xfffffe0063f4faa0
current process		= 12 (swi1: netisr 0)
`);
    expect(report.others).toEqual([]);
    expect(report.title).toBe('page fault in zorp_find (kernel read null+0x48)');
  });

  it('an interrupt that cannot be masked is announced, and one event', () => {
    const report = parseReport(`NMI ISA 2c, EISA ff
NMI/cpu9 ... going to debugger

Fatal trap 19: non-maskable interrupt trap while in kernel mode
cpuid = 9; apic id = 13
instruction pointer       = 0x20:0xffffffff8045b0e6
stack pointer             = 0x28:0xfffffe0075f72a40
frame pointer             = 0x28:0xfffffe0075f72a80
current process           = 11 (idle: cpu9)
trap number               = 19
panic: non-maskable interrupt trap
`);
    expect(report.others).toEqual([]);
    expect(report.trap?.ip?.value.address).toBe('0xffffffff8045b0e6');
  });

  it("arm's abort is the fault that WITNESS has warned of", () => {
    const report = parseReport(`Kernel page fault with the following non-sleepable locks held:
exclusive sleep mutex zorp_mtx (USB serial) r = 0 (0xc24a2bf0) locked @ /usr/src/sys/dev/zorp/zorp.c:1180
stack backtrace:
Fatal kernel mode data abort: 'Alignment Fault' on read
trapframe: 0xdcd8d9d8
FSR=00000001, FAR=c2550e2e, spsr=20000013
r12=00000000, ssp=dcd8da68, slr=c030fb7c, pc =c030c5e8
`);
    expect([report.kind, report.others]).toEqual(['trap', []]);
    expect(report.locks.map(({ name }) => name)).toEqual(['zorp_mtx']);
  });

  it('a line before what WITNESS warns of is no beginning of it, however long', () => {
    const line = 'pid 22817 (zorpc), jid 3, uid 0: exited on signal 6 (no core dump - bad address)';
    const report = parseReport(`login: Oct 17 19:40:02 build3 kernel: ${line}
Kernel page fault with the following non-sleepable locks held:
exclusive rw zorphs (zorphs) r = 0 (0xffffffff82e1e0a8) locked @ /usr/src/sys/fs/zorp/zorp_subr.c:205
stack backtrace:
#0 0xffffffff80bc7485 at witness_debugger+0x65
#1 0xffffffff80bc86ad at witness_warn+0x41d
#2 0xffffffff8108b2fa at trap_pfault+0x8a
#3 0xffffffff8105e468 at calltrap+0x8
#4 0xffffffff82e1b7e2 at zorp_reclaim+0xc2
`);
    expect(report.message?.value).toBe('Kernel page fault with the following non-sleepable locks held:');
    expect(report.others).toEqual([]);
  });
});

it('a jump to nowhere from the first function of a thread: who jumped has left no line', () => {
  const text = `Fatal trap 12: page fault while in kernel mode
fault virtual address   = 0x0
fault code              = supervisor read instruction, page not present
instruction pointer     = 0x20:0x0
current process         = 35 (zorpd1)
panic: page fault
KDB: stack backtrace:
panic() at panic+0x43/frame 0xfffffe0131d058d0
calltrap() at calltrap+0x8/frame 0xfffffe0131d05aa0
--- trap 0xc, rip = 0, rsp = 0xfffffe0131d05b78, rbp = 0xfffffe0131d05bb0 ---
??() at 0/frame 0xfffffe0131d05bb0
fork_exit() at fork_exit+0x80/frame 0xfffffe0131d05bf0
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0131d05bf0
`;
  expect(printed(text)).not.toContain('fork_exit called through');
  expect(parseReport(text).title).toBe(
    'page fault in an unnamed function called from fork_exit (kernel call through a null pointer)',
  );
});

it('an offset that a mail has broken with a sign of its coding is whole again', () => {
  const report = parseReport(`panic: zorp
Stopped at      db_enter+0x18:  nop
ddb{0}> trace
panic(ffffffff8208a000) at panic+0x126
zorp_ioctl(ffff800000089000,c0206466,ffff80002205bd80) at zorp_ioctl+0x7=
84
VOP_IOCTL(fffffd81f1b2eab0) at VOP_IOCTL+0x60
`);
  expect(report.frames.find((each) => each.function === 'zorp_ioctl')?.offset).toBe(0x784);
});

it("NetBSD's powerpc has FreeBSD's lines, and an interrupt among them", () => {
  const text = `trap: kernel read DSI trap @ 0x1c by 0x3a91d4 (DSISR 0x40000000, err=14), lr 0x3a91b0
panic: trap
cpu0: Begin traceback...
0xe4f2bab0: at vpanic+0x150
0xe4f2bae0: at panic+0x50
0xe4f2bb20: at trap+0xb8
0xe4f2bbb0: kernel DSI read trap @ 0x1c by zorp_rint+0x1c8: srr1=0x9032
            r1=0xe4f2bc70 cr=0x42000084 xer=0 ctr=0x3a8f6c dsisr=0x40000000
0xe4f2bc70: at zorp_rint+0x1a4
0xe4f2bcc0: at zorp_intr+0x10c
0xe4f2bd40: at trapagain+0x4
0xe4f2be00: external interrupt by cpu_idle+0x14: srr1=0x9032
            r1=0xe4f2bec0 cr=0x44000082 xer=0 ctr=0x35d09c
0xe4f2bec0: at idle_loop+0x164
0xe4f2bef0: at cpu_lwp_bootstrap+0x10
saved LR(0xfffffffc) is invalid.cpu0: End traceback...
`;
  const report = parseReport(text);
  expect(report.system).not.toBe('FreeBSD');
  expect(report.boundaries.map(({ what }) => what)).toEqual(['trap', 'interrupt']);
  expect(printed(text)).not.toContain('handled the trap: trapagain');
  expect(report.damage.map(({ what }) => what)).not.toContain('outer end of the backtrace');
});

it('a field whose name is misspelt is not said to be missing', () => {
  const report = parseReport(`Fatal trap 12: page fault while in kernel mode
cpuid = 0; lapic id = 0
fault virtual address	= 0x50
fault code		= supervisor read data, page not present
instruction pointer	= 0x8:0xffffffff826b07c1
stack pointer	        = 0x10:0xfffff80117cbb5e0
frame pointer	        = 0x10:0xfffff80117cbb620
procesor eflags	= interrupt enabled, resume, IOPL = 0
panic: page fault
cpuid = 0
`);
  expect(report.damage.map(({ what }) => what)).not.toContain('processor eflags');
});

describe('the way to the panic', () => {
  const commands = (said: string, below = '') =>
    parseReport(`${said}

panic: zorp_free: free list modified
cpuid = 1
KDB: stack backtrace:
panic() at panic+0x43
zorp_free() at zorp_free+0x1a
zorp_done() at zorp_done+0x2b
${below}`).recipe.map(({ command }) => command.join(' '));

  it('is no option of a configuration', () => {
    expect(commands('Please try with "option ZORPMode" off.')).toEqual([]);
  });

  it('is nothing of which nothing came', () => {
    expect(commands('After "ifconfig zorp0 tso4" nothing, and then this:')).toEqual([]);
    expect(commands('After "ifconfig zorp0 tso4" this:')).toEqual(['ifconfig zorp0 tso4']);
  });

  it('is not what leads to another one below', () => {
    const other = `
and on Thursday, with a different face, while I ran "tcpdump -ni zorp0":

panic: zorp_get: page 0xfffffd85b1c3e000 is gone
cpuid = 5
KDB: stack backtrace:
panic() at panic+0x43
zorp_get() at zorp_get+0x321
zorp_state() at zorp_state+0x8f
`;
    expect(commands('', other)).toEqual([]);
    expect(commands('This came while I ran "tcpdump -ni zorp0":', '')).toEqual(['tcpdump -ni zorp0']);
  });
});
