import { describe, expect, it } from 'vitest';
import { compareReports, parseReport, renderReport, systemText } from '../src/index.js';

/* Kinds of text on which the reader was found to be wrong, or silent, for the sixth time. */

describe('traps of sparc64 on FreeBSD', () => {
  const trace = (line: string, message = '') => `${message}KDB: stack backtrace:
panic() at panic+0x1d0
trap() at trap+0x55c
-- ${line} %o7=0xc0512f40 --
zonk_start() at zonk_start+0x44
fork_exit() at fork_exit+0x9c
fork_trampoline() at fork_trampoline+0x8
`;

  it.each([
    ['fast data access mmu miss', 'tar=0x0', '', 'near null'],
    ['fast data access mmu miss', 'tar=0x4000', '', ''],
    ['fast data access protection', 'tar=0x4000', 'write', ''],
    ['fast instruction access mmu miss', 'tar=0x70004000', 'execute', ''],
    ['data access protection', 'tar=0x4000', '', ''],
    ['data access exception', 'sfar=0x4008 sfsr=0x9', '', ''],
    ['memory address not aligned', 'sfar=0x4009 sfsr=0x9', '', ''],
    ['illegal instruction', '', '', ''],
    ['privileged action', '', '', ''],
    ['kernel stack fault', '', '', ''],
  ])('has its whole name: %s %s', (name, at, access, where) => {
    const what = ['kernel', access, where].filter(Boolean).join(' ');
    const report = parseReport(trace(`${name} ${at}`));
    expect(report.title).toBe(`${name} in zonk_start (${what})`);
    expect(report.buckets[0]!.title).toBe(name);
    expect(report.signatureParts.class).toBe(name.replaceAll(' ', '-'));
    expect(report.arch).toBe('sparc64');
    // What the panic's message says of it is no other kind.
    const told = parseReport(trace(`${name} ${at}`, `panic: trap: ${name} (kernel)\n`));
    expect([told.kind, told.others]).toEqual(['trap', []]);
    expect(told.buckets).toEqual(report.buckets);
  });

  it('gives the page of the access without the number of the address space, or the address', () => {
    const page = parseReport(trace('fast data access mmu miss tar=0x6017'));
    expect([page.trap?.faultAddress?.value, page.trap?.pageOnly?.value]).toEqual(['0x6000', true]);
    const exact = parseReport(trace('memory address not aligned sfar=0x6017 sfsr=0x9'));
    expect([exact.trap?.faultAddress?.value, exact.trap?.pageOnly]).toEqual(['0x6017', undefined]);
    expect(page.registers.map(({ name, value }) => [name, value])).toEqual([['o7', '0xc0512f40']]);
    expect(page.registersOf).toBe('fault');
  });
});

describe("the head of OpenBSD's table of threads behind the debugger's stop", () => {
  const text = (head: string) => `panic: zonk: bad state 4
Stopped at      panic+0x10a:    ${head}
 271828  18284      0     0x14000      0x200    0  zonkpool
*314159  27182   1000        0x3          0    1  zonkd
panic() at panic+0x10a
zonk_poll() at zonk_poll+0x50
`;

  it.each([
    ['in its line', 'addi    a0,zero,256    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND'],
    ['behind one blank', 'addi    a0,zero,256 TID PID UID PRFLAGS PFLAGS CPU COMMAND'],
    ['broken at a blank', 'addi    a0,zero,256    TID    PID    UID\n     PRFLAGS     PFLAGS  CPU  COMMAND'],
    ['broken in a word', 'addi    a0,zero,256    TID    PID    UID     PRFL\nAGS     PFLAGS  CPU  COMMAND'],
  ])('%s is no operand', (_, head) => {
    const { stoppedAt, process, cpu, message } = parseReport(text(head));
    expect(stoppedAt?.instruction).toBe('addi a0,zero,256');
    expect(process?.value).toEqual({ tid: 314159, pid: 27182, name: 'zonkd' });
    expect([cpu?.value, cpu?.likely]).toEqual([1, true]);
    expect([message?.value, message?.likely]).toEqual(['zonk: bad state 4', undefined]);
  });

  it('of an older kernel is none either', () => {
    const { stoppedAt } = parseReport(text('ld      r0,16(r1)    PID   PPID   UID  S  COMMAND'));
    expect(stoppedAt?.instruction).toBe('ld r0,16(r1)');
  });
});

describe('a debugger on another CPU than the panic', () => {
  const text = (stop: string, cpu: number) => `panic: zonk: bad state 4
Stopped at      ${stop}:   movl    $0,%gs:0x690
    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
 271828  18284      0         0x2          0    ${cpu}  zonkd
*314159  27182   1000        0x3          0    0  idler
${stop.split('+')[0]}() at ${stop}
end of kernel
ddb{0}> show panic
*cpu${cpu}: zonk: bad state 4
ddb{0}> show registers
rax                 0x4
ddb{0}> machine ddbcpu 3
Stopped at      x86_ipi_db+0x16:        leave
ddb{3}> trace
x86_ipi_db(ffff80002201dff0) at x86_ipi_db+0x16
x86_ipi_handler() at x86_ipi_handler+0x80
Xresume_lapic_ipi() at Xresume_lapic_ipi+0x27
grib_wait(4) at grib_wait+0x1f0
sched_idle(ffff80002201dff0) at sched_idle+0x298
end trace frame: 0x0, count: -5
`;

  it.each(['savectx+0xa2', 'x86_ipi_db+0x16', 'grib_enter+0x40'])('stopped at %s is no way in', (stop) => {
    const report = parseReport(text(stop, 1));
    const printed = renderReport(report);
    expect(printed).toContain(`the debugger was on cpu 0, and not on cpu 1: stopped at ${stop}`);
    expect(printed).not.toContain('own way in');
    expect(printed).toContain('Registers (of cpu 0, where the debugger was)');
    expect(report.process?.value.name).toBe('zonkd');
    expect(report.frames).toEqual([]);
  });

  it('shows the trace of a third CPU as that', () => {
    expect(renderReport(parseReport(text('savectx+0xa2', 1)))).toMatch(
      /another thread's: cpu 3\n +x86_ipi_db/,
    );
  });

  it('leaves alone the trace that was asked for on the CPU of the panic', () => {
    const report = parseReport(`panic: zonk: bad state 4
Stopped at      db_enter+0x14:  popq    %rbp
ddb{1}> trace
db_enter() at db_enter+0x14
panic(ffffffff8210a0b0) at panic+0xd5
zonk_poll(4) at zonk_poll+0x50
end trace frame: 0x0, count: -3
ddb{1}> machine ddbcpu 0
ddb{0}> trace
x86_ipi_db(ffff80002201dff0) at x86_ipi_db+0x16
grib_wait(4) at grib_wait+0x1f0
grib_loop(4) at grib_loop+0x10
grib_main(4) at grib_main+0x20
sched_idle(ffff80002201dff0) at sched_idle+0x298
end trace frame: 0x0, count: -5
`);
    expect(report.signatureParts.culprit).toBe('zonk_poll');
    expect(renderReport(report)).toContain('the debugger stopped at db_enter+0x14, on its own way in');
  });

  it('says of a place where a stopped CPU waits no more than that', () => {
    const printed = renderReport(parseReport(text('x86_ipi_db+0x16', 0)));
    expect(printed).toContain('the debugger stopped at x86_ipi_db+0x16, which says nothing of this');
  });
});

describe('damage that was found later', () => {
  const text = (message: string, by: string) => `panic: ${message}
Stopped at      db_enter+0x14:  popq    %rbp
db_enter() at db_enter+0x14
panic(ffffffff8210a0b0) at panic+0xd5
malloc(100,2,a) at malloc+0x9f1
${by}(4) at ${by}+0x50
sys_${by}(4) at sys_${by}+0x20
`;
  const DATA = 'Data modified on freelist: word 3 of object 0xffff8000004a1c00 size 0x80 previous type';

  it.each([
    [`${DATA} temp (0x7 != 0xdeafbead)`, 'temp'],
    [
      'pool_do_get: zonkpl free list modified: page 0xffff8000004a1000; item addr 0xffff8000004a1c00',
      'zonkpl',
    ],
    ['pool_do_get(zonkpl): free list modified: page 0xd4a1000; item addr 0xd4a1c00; offset 0x20', 'zonkpl'],
    ['pool_get: [zonkpl] free list modified: magic=4; page 0xd4a1000; item addr 0xd4a1c00', 'zonkpl'],
    ['pool_redzone_check: [zonkpl] 0x02 != 0x4f', 'zonkpl'],
    ['Most recently used by zonkbuf', 'zonkbuf'],
  ])('does not blame who met it: %s', (message, object) => {
    const [first, second] = [
      parseReport(text(message, 'grib_open')),
      parseReport(text(message, 'zonk_read')),
    ];
    expect(first.title).not.toContain('grib_open');
    expect(first.title).toContain(object);
    expect(first.signatureParts.culprit).toBeUndefined();
    expect(first.signature).not.toContain('grib_open');
    expect(first.buckets).toEqual(second.buckets);
    expect(first.buckets.at(-1)).toMatchObject({ level: 'culprit', key: expect.stringContaining(object) });
    expect(first.unbucketed).toBeUndefined();
    expect(first.ownFrames[0]).toBe('grib_open');
    expect(first.bystander).toBe('the memory was spoilt before');
    // Two who write to what they have given back can both have had such items.
    expect(compareReports(first, second).verdict).toBe('perhaps');
    expect(compareReports(first, first).verdict).toBe('perhaps');
  });

  it('tells two types apart', () => {
    const [first, second] = ['temp', 'ttys'].map((type) =>
      parseReport(text(`${DATA} ${type} (0x7 != 0x8)`, 'f')),
    );
    expect(compareReports(first!, second!).verdict).toBe('different');
  });

  it('is counted with nothing where it is not told what the item had been', () => {
    const report = parseReport(text('kmem_redzone_check: [0xffff8000004a1c00] 0x42 != 0x4f', 'grib_open'));
    expect(report.title).toBe('panic: kmem_redzone_check: [N] N != N, met in grib_open');
    expect(report.unbucketed).toBe('who spoilt the memory is not in the text');
  });

  it.each([
    'TAILQ_INSERT_HEAD head 0xffffffc0058049a0 /usr/src/sys/kern/zonk.c:55',
    'Bad tailq NEXT(0xc1->tqh_last) != NULL',
  ])('says of the links of a list that they were spoilt before: %s', (message) => {
    const report = parseReport(text(message, 'grib_open'));
    expect(report.bystander).toBe('the links of the list were spoilt before');
    // The function tells which list it is.
    expect(report.signatureParts.culprit).toBe('grib_open');
  });
});

describe('kin of FreeBSD', () => {
  const PANIC = `panic: zonk: bad state 4
cpuid = 1
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe00a1b2c000
vpanic() at vpanic+0x17b/frame 0xfffffe00a1b2c010
zonk_poll() at zonk_poll+0x20/frame 0xfffffe00a1b2c040
`;
  const of = (line: string) => systemText(parseReport(`${line}\n\n${PANIC}`));

  it.each([
    ['MidnightBSD 3.2-RELEASE amd64 GENERIC', 'FreeBSD (MidnightBSD 3.2-RELEASE), amd64'],
    ['GhostBSD 25.01-R14.2 amd64 GENERIC', 'FreeBSD (GhostBSD 25.01-R14.2), amd64'],
    ['CheriBSD 23.11 GENERIC', 'FreeBSD (CheriBSD 23.11), amd64'],
  ])('number their releases themselves: %s', (line, system) => {
    expect(of(line)).toBe(system);
  });

  it.each([
    ['- MidnightBSD 3.2, `stable-n14001-a1b2c3d4e5` (amd64).', 'FreeBSD (MidnightBSD), amd64'],
    ['OS: GhostBSD 25.01', 'FreeBSD (GhostBSD 25.01), amd64'],
    ['Four ports, OPNsense 24.1.3, and a modem.', 'FreeBSD (OPNsense), amd64'],
    ['My little pfSense box fell over again.', 'FreeBSD (pfSense), amd64'],
    ['Notre TrueNAS était en version 13.0 depuis mai.', 'FreeBSD (TrueNAS), amd64'],
    ['Our NomadBSD laptop does this.', 'FreeBSD (NomadBSD), amd64'],
    ['- helloSystem 0.8.1', 'FreeBSD (helloSystem), amd64'],
    ['HardenedBSD 14.1 here', 'FreeBSD (HardenedBSD), amd64'],
  ])('are told in words: %s', (line, system) => {
    expect(of(line)).toBe(system);
  });

  it.each([
    'It also happens on pfSense 2.7.1.',
    'Downloaded for my pfSense box first.',
    'I had downloaded the update, OPNsense 24.1.3, that day.',
    'GhostBSD 25.01 works fine on it.',
    'Our TrueNAS 24.10 is the peer.',
    'My TrueNAS SCALE box mounts it.',
    'Our TrueNAS 24.10 does this.',
    'The client behind our OPNsense 24.1 saw nothing.',
    'Is OPNsense 24.1.3 better?',
    '- OPNsense 24.1\n- pfSense 2.7.1',
  ])('say nothing where another machine is meant, or either: %s', (line) => {
    expect(of(line)).toBe('FreeBSD, amd64');
  });

  it('are told by where their sources lie', () => {
    const text = PANIC.replace(
      /db_trace[\s\S]*$/,
      '#0  doadump (textdump=1) at /usr/local/BSDRP/cur/FreeBSD/src/sys/kern/kern_shutdown.c:100\n#1  0xffffffff80a1b2c0 in zonk_poll (x=4) at /usr/local/BSDRP/cur/FreeBSD/src/sys/kern/zonk.c:20\n',
    );
    expect(parseReport(text).product).toBe('BSDRP');
  });
});

describe('a way to the panic', () => {
  const text = (line: string) => `${line}

Fatal trap 18: integer divide fault while in kernel mode
cpuid = 0; apic id = 00
instruction pointer     = 0x20:0xffffffff80a1b2c0
`;
  it.each([
    ["[*] Thu Sep 14 05:11:09 CEST 2017 mount 'zonk.img' '/dev/md3'"],
    ["[*] running 'grib' on 'zonk.img'\n[*] Thu Sep 14 05:11:09 CEST 2017 mount 'zonk.img' '/dev/md3'"],
    ["[+] mount -t msdosfs '/dev/md3' /mnt"],
    ["2017-09-14 05:11:09 mount 'zonk.img' '/dev/md3'"],
    ['$ mount -t msdosfs zonk\u2014disk\u201312.img /mnt'],
  ])('is no line in which a program says what it does: %s', (line) => {
    expect(parseReport(text(line)).recipe).toEqual([]);
  });

  it('is one that somebody typed', () => {
    const { recipe } = parseReport(text('$ mount -t msdosfs zonk-disk-12.img /mnt'));
    expect(recipe.map((each) => each.command[0])).toEqual(['mount']);
  });
});

it.each([
  'zonk_assfail',
  'zonk_assfail3',
  'grib_assert_fail',
  '__assert_zonk',
  'zonk_assert3',
  'assertfail',
])('%s reports what does not hold, and is not at fault', (name) => {
  const report = parseReport(`Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0xfffffdffd8ecf3e2
fault code              = supervisor read data, page not present
instruction pointer     = 0x20:0xffffffff81d0b2c0
KDB: stack backtrace:
trap_pfault() at trap_pfault+0x23b/frame 0xfffffe00a1b2bf00
trap() at trap+0x3f4/frame 0xfffffe00a1b2bf40
calltrap() at calltrap+0x8/frame 0xfffffe00a1b2bf60
--- trap 0xc, rip = 0xffffffff81d0b2c0, rsp = 0xfffffe00a1b2c000, rbp = 0xfffffe00a1b2c010 ---
${name}() at ${name}+0x20/frame 0xfffffe00a1b2c010
zonk_fork() at zonk_fork+0x1bb/frame 0xfffffe00a1b2c040
fork1() at fork1+0x100/frame 0xfffffe00a1b2c080
`);
  expect(report.signatureParts.culprit).toBe('zonk_fork');
  expect(report.title).toBe(`page fault in zonk_fork (kernel read, met in ${name})`);
});

describe('what a writer says of his system', () => {
  const openbsd = `panic: zonk: bad state 4
Stopped at      db_enter+0x14:  popq    %rbp
db_enter() at db_enter+0x14
panic(4) at panic+0xd5
zonk_poll(4) at zonk_poll+0x50
ddb{0}> ps /o
    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
`;
  const netbsd = `panic: zonk: bad state 4
cpu0: Begin traceback...
vpanic(4,4) at netbsd:vpanic+0x160
zonk_poll(4,4) at netbsd:zonk_poll+0x50
cpu0: End traceback...
`;
  const of = (line: string, panic: string) => {
    const report = parseReport(`${line}\n\n${panic}`);
    return [report.system, report.kernel?.release, report.kernel?.likely, report.arch];
  };

  it.each([
    ['We were able to reproduce this issue on OpenBSD 6.1 release running i386.', '6.1', 'i386'],
    ['I was installing an OpenBSD 6.9 virtual machine on my new laptop.', '6.9', 'amd64'],
    ['This happens on OpenBSD 6.8 on amd64.', '6.8', 'amd64'],
  ])('OpenBSD: %s', (line, release, arch) => {
    const panic = arch === 'i386' ? openbsd.replace('%rbp', '%ebp') : openbsd;
    expect(of(line, panic)).toEqual(['OpenBSD', release, true, arch]);
  });

  it.each([
    ['NetBSD **9.3**/macppc, installed from the serial console.', '9.3', 'powerpc'],
    ['NetBSD/hppa and NetBSD/vax have this driver.', undefined, 'unknown'],
    ['My disk of NetBSD/hppa has a driver for it.', undefined, 'hppa'],
    ['To: port-macppc@NetBSD.org', undefined, 'powerpc'],
    ['To: port-masters@NetBSD.org', undefined, 'unknown'],
  ])('NetBSD: %s', (line, release, arch) => {
    const [system, found, , port] = of(line, netbsd);
    expect([system, found, port]).toEqual(['NetBSD', release, arch]);
  });

  it.each([
    'On OpenBSD 6.1 it worked.',
    'We were not able to reproduce this on OpenBSD 6.1.',
    'It was reproduced on OpenBSD 6.1 but not on OpenBSD 6.2.',
  ])('is not taken from another machine or day: %s', (line) => {
    expect(of(line, openbsd)[1]).toBeUndefined();
  });

  it('and the version that a later login shows is likely only', () => {
    const later = `${netbsd}
NetBSD/amd64 (zonk) (constty)

login: root
NetBSD 10.99.5 (GENERIC) #7: Fri Jul  3 07:33:26 UTC 2026
`;
    const report = parseReport(later);
    expect([report.kernel?.release, report.kernel?.likely]).toEqual(['10.99.5', true]);
    const before = parseReport(`NetBSD 10.99.5 (GENERIC) #7: Fri Jul  3 07:33:26 UTC 2026\n${netbsd}`);
    expect([before.kernel?.release, before.kernel?.likely]).toEqual(['10.99.5', undefined]);
  });
});

describe('what was not read', () => {
  it('a stop with a letter of another CPU in front', () => {
    const { stoppedAt } = parseReport(`panic: zonk: bad state 4
oStopped at     db_enter+0x14:  popq    %rbp
db_enter() at db_enter+0x14
zonk_poll(4) at zonk_poll+0x50
`);
    expect([stoppedAt?.function, stoppedAt?.instruction]).toEqual(['db_enter', 'popq %rbp']);
  });

  it("the address that a writer gives of arm64's abort", () => {
    const text = (said: string) => `panic: vm_fault failed: 0xffff00000054a1b2 error 1

${said}
`;
    const { trap } = parseReport(text('with `far=0x7a6f6e6b00000010`, which is text'));
    expect(trap?.faultAddress).toMatchObject({ value: '0x7a6f6e6b00000010', likely: true });
    expect(parseReport(text('That is as far as 0x10 goes.')).trap?.faultAddress).toBeUndefined();
  });

  it('symbols behind calls that do not come back are in no chain', () => {
    const { signatureParts } = parseReport(`panic: Mutex error: zonk: locking against myself
cpu0: Begin traceback...
vpanic(4,4) at netbsd:vpanic+0x160
snprintf(4,4) at netbsd:snprintf
zonk_enter(4,4) at netbsd:zonk_enter+0x370
grib_write(4,4) at netbsd:grib_write+0x50
cpu0: End traceback...
`);
    expect(signatureParts.chain).not.toContain('snprintf');
    expect(signatureParts.culprit).toBe('zonk_enter');
    // Where somebody has left the places out, all are functions that called.
    const bare = parseReport(`panic: zonk: bad state 4
KDB: stack backtrace:
panic() at panic+0x43
zonk_enter() at zonk_enter
grib_write() at grib_write
grib_open() at grib_open
`);
    expect(bare.signatureParts.chain).toContain('grib_open');
    expect(bare.signatureParts.chain).toContain('zonk_enter');
  });

  it("the process of an interrupt's thread", () => {
    const text = (more: string) => `panic: zonk: bad state 4
cpuid = 0
KDB: enter: panic
[ thread pid 12 tid 100031 ]
Stopped at      kdb_enter+0x37: movq    $0,kdb_why
db> bt
Tracing pid 12 tid 100031 td 0xfffff80003a4b000
kdb_enter() at kdb_enter+0x37/frame 0xfffffe00a1b2c000
zonk_poll() at zonk_poll+0x20/frame 0xfffffe00a1b2c040
${more}`;
    const table = `db> ps
  pid  ppid  pgrp   uid   state   wmesg         wchan        cmd
   12     0     0     0  WL      (threaded)                  [intr]
100031                   Run     CPU 0                       [irq44: zonk0]
100032                   I                                   [swi4: clock]
`;
    const locks = `db> show alllocks
Process 12 (intr) thread 0xfffff80003a4b000 (100031)
exclusive sleep mutex zonk0 (network driver) r = 0 (0xfffff80003a4b0d8) locked @ /usr/src/sys/dev/zonk.c:18
`;
    for (const more of [table, locks, locks + table])
      expect(parseReport(text(more)).process?.value).toEqual({ pid: 12, tid: 100031, name: 'intr' });
  });
});
