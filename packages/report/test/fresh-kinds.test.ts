import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/** The report as it is printed, its line breaks and columns made single blanks. */
const printed = (text: string): string => renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');

const BLOCK = `Fatal trap 12: page fault while in kernel mode
fault virtual address   = 0x30
fault code              = supervisor read, page not present
instruction pointer     = 0x8:0xc0d4b1e2
stack pointer           = 0x10:0xc02c8e88
frame pointer           = 0x10:0xc02c8ea4
code segment            = base 0x0, limit 0xfffff, type 0x1b
                        = DPL 0, pres 1, def32 1, gran 1
processor eflags        = interrupt enabled, resume, IOPL = 0
current process         = 71 (zorpd)
trap number             = 12
panic: page fault
`;

describe('a fault in code without a name', () => {
  const trace = (unnamed: string): string => `${BLOCK}
#0  dumpsys () at ../../kern/kern_shutdown.c:487
#1  0xc0161a0f in trap_fatal (frame=0xc02c8e48, eva=48) at ../../i386/i386/trap.c:974
#2  0xc0240d6f in trap_pfault (frame=0xc02c8e48, usermode=0, eva=48) at ../../i386/i386/trap.c:867
#3  0xc0240d70 in trap (frame={tf_fs = 16}) at ../../i386/i386/trap.c:466
${unnamed}#8  0xc01b4b9e in zorp_demux (ifp=0xc0bb6000) at ../../net/if_zorp.c:614
#9  0xc0225f07 in zorp_rxeof (sc=0xc0bb6000) at ../../pci/if_zorp.c:1951
`;

  it('is not the next function that has one', () => {
    const text = trace('#6  0xc0d4b1e2 in ?? ()\n#7  0xc0d3e0ab in ?? ()\n');
    const report = parseReport(text);
    expect(report.title).toBe('page fault in unnamed code called from zorp_demux (kernel read null+0x30)');
    expect(report.buckets.at(-2)!.title).toContain('in unnamed code called from zorp_demux');
    expect(printed(text)).toContain(
      'What faulted has no name in the backtrace; the innermost function that has one is zorp_demux',
    );
    expect(printed(text)).not.toContain('The frame to look at is');
  });

  it('was called by it, if no other code stands between', () => {
    const { title, faultPlace } = parseReport(trace('#7  0xc0d4b1e2 in ?? ()\n'));
    expect(title).toBe('page fault in an unnamed function called from zorp_demux (kernel read null+0x30)');
    expect(faultPlace).toMatchObject({ address: '0xc0d4b1e2', caller: { function: 'zorp_demux' } });
  });
});

describe('virtual-8086 mode', () => {
  const block = (head: string, flags: string): string => `${head}
cpuid = 0; apic id = 00
fault virtual address	= 0x30
fault code		= user read, page not present
instruction pointer	= 0xf000:0xa10
stack pointer	        = 0x0:0xfb2
frame pointer	        = 0x0:0xfc0
code segment		= base 0x0, limit 0xfffff, type 0x1b
			= DPL 0, pres 1, def32 0, gran 1
processor eflags	= ${flags}, IOPL = 0
current process		= 0 (swapper)
trap number		= 12
`;
  const HEAD = 'Fatal trap 12: page fault while in vm86 mode';

  it.each([
    ['by the head', block(HEAD, 'interrupt enabled, vm86')],
    ['by the flags', block('Fatal trap 12: page fault', 'interrupt enabled, vm86')],
    ['with the stop of the debugger', `${HEAD}\n...\nStopped at      0xa10:  cli\ndb> \n`],
  ])('is not the kernel: %s', (_, text) => {
    const report = parseReport(text);
    expect(report.trap?.mode?.value).toBe('vm86');
    expect(report.arch).toBe('i386');
    expect(report.title).toMatch(/^page fault \(vm86 mode/);
    expect(report.faultPlace?.jump).toBeUndefined();
    expect(`${printed(text)}${report.signature}`).not.toMatch(
      /kernel mode|function pointer|null pointer|null\+/,
    );
    // Segments and offsets of the BIOS are no addresses of the kernel.
    const rules = report.derived.map((each) => each.rule);
    for (const rule of ['frame-size', 'code-segment', 'null-pointer-field', 'function-start'])
      expect(rules).not.toContain(rule);
    expect(report.checks.filter((each) => !each.ok)).toEqual([]);
  });
});

describe('a backtrace of names', () => {
  const list = (first: string, second: string): string => `Fatal trap 12: page fault while in kernel mode
fault virtual address = 0x0
fault code = supervisor instruction fetch, page not present
instruction pointer = 0x20:0x0
panic: page fault
...
${first}
lkpi_zorp_end
${second}
taskqueue_run_locked
taskqueue_thread_loop
fork_exit
fork_trampoline
`;

  it.each(['??() at 0', '??() at 0x0'])('goes on below a line with more than the name: %s', (first) => {
    const report = parseReport(list(first, 'zorp_swscan'));
    expect(report.otherTraces).toEqual([]);
    expect(report.frames.map((each) => each.function)).toEqual([
      ...['??', 'lkpi_zorp_end', 'zorp_swscan', 'taskqueue_run_locked', 'taskqueue_thread_loop'],
      ...['fork_exit', 'fork_trampoline'],
    ]);
    expect(report.faultPlace).toMatchObject({ jump: 'null', caller: { function: 'lkpi_zorp_end' } });
  });

  it('has no name for what its writer could not read', () => {
    const report = parseReport(list('??() at 0', 'zorp_swscan_...something'));
    expect(report.frames[2]).toMatchObject({ function: 'zorp_swscan_', cut: true });
  });
});

describe('the panic that the debugger was told to make', () => {
  it.each([
    ['DragonFly', 'panic: from debugger\nmp_lock = 00000001; cpuid = 1\nboot() called on cpu#1\n'],
    ['FreeBSD', 'panic: from debugger\ncpuid = 1\ntime = 1700000009\nKDB: stack backtrace:\n'],
    ['a sync', 'panic: sync\ncpuid = 1\n'],
  ])('is no event of its own, nor are the lines below it: %s', (_, end) => {
    const text = `${BLOCK.replace('fault virtual', 'cpuid = 3; apic id = 03\nfault virtual').replace('panic: page fault\n', '')}
Stopped at      zorp_lookup+0x1ca:       movl    0x30(%eax),%edx
db> trace
zorp_lookup(d8c57b54,0) at zorp_lookup+0x1ca
syscall(d8c57d40) at syscall+0x1e9
db> panic
${end}`;
    const report = parseReport(text);
    expect(report.others).toEqual([]);
    expect(report.trap?.cpuid?.value).toBe(3);
    expect(report.time).toBeUndefined();
    expect(report.damage.filter((each) => each.kind === 'contradictory')).toEqual([]);
  });
});

describe('one event in several lines', () => {
  it.each([
    ['NMI indicates hardware failure', 'NMI ISA 3c, EISA ff\nNMI/cpu3 ... going to debugger\n'],
    ['non-maskable interrupt trap', 'NMI ... going to debugger\n'],
  ])('an interrupt that cannot be masked, and its panic: %s', (message, lines) => {
    const report = parseReport(`${lines}panic: ${message}
cpuid = 3
KDB: stack backtrace:
#0 0xffffffff80b4c5e7 at kdb_backtrace+0x67
#1 0xffffffff80b05513 at panic+0x43
#2 0xffffffff80f9f1e2 at nmi_handle_intr+0x172
#3 0xffffffff80fa8a13 at trap+0x663
#4 0xffffffff80f85f1e at nmi_calltrap+0x8
#5 0xffffffff8045c1ee at zorp_idle+0x6e
`);
    expect(report.others).toEqual([]);
    expect(report.message?.value).toBe(message);
    expect(report.trap?.number?.value).toBe(19);
    expect(report.suppressed).toContain('non-maskable');
  });
});

it('a field that is missing is looked for in the block, also where the newest line comes first', () => {
  const lines = [
    ...['current process		= 0 (zorp_tqg_3)', 'instruction pointer	= 0x20:0xffffffff8284e7ae'],
    ...['cpuid = 3; apic id = 06', 'Fatal trap 9: general protection fault while in kernel mode'],
  ];
  const before = [
    ...['Uptime: 5h31m12s', 'KDB: enter: panic', 'fork_exit() at fork_exit+0x7b/frame 0xfffffe00a41bef30'],
    ...['zorp_decrypt() at zorp_decrypt+0x3c1/frame 0xfffffe00a41beef0'],
    ...[
      'calltrap() at calltrap+0x8/frame 0xfffffe00a41bed20',
      'panic() at panic+0x43/frame 0xfffffe00a41becc0',
    ],
    ...['vpanic() at vpanic+0x131/frame 0xfffffe00a41bec60', 'KDB: stack backtrace:'],
    'panic: general protection fault',
  ];
  const text = [...before, ...lines].map((each) => `2024-09-12T07:40:20	Notice	kernel	${each}\n`).join('');
  const missing = parseReport(text).damage.filter((each) => each.what === 'stack pointer');
  expect(missing).toHaveLength(1);
  expect(missing[0]!.span![0]).toBeGreaterThan(text.indexOf('panic: general'));
});

describe('what a writer says', () => {
  const PANIC = `panic: ASan: Invalid access, 8-byte read at 0xfffffe01a3f4c2d0, UMAUseAfterFree(fd)
cpuid = 7
KDB: stack backtrace:
panic() at panic+0xb5/frame 0xfffffe01a1d2f9a0
__asan_load8_noabort() at __asan_load8_noabort+0x376/frame 0xfffffe01a1d2fa70
zorp_handle_wq() at zorp_handle_wq+0x291/frame 0xfffffe01a1d2fb20
`;

  it.each([
    'KASAN: stack/heap report from stable/14 amd64 GENERIC-KASAN, host zorp:',
    'KASAN: this is from the stress tests',
    'KMSAN: zorp_input, seen with GENERIC-KMSAN',
    'UBSan: found while booting',
    'panic: I got this with a GENERIC-KASAN kernel of stable/14:',
    'panic: this is what happens on boot',
    'panic: happened again after the upgrade',
    'panic: with the new driver:',
    'panic: any ideas?',
    'Fatal trap 12: I get this on every boot',
  ])('is no message of a kernel: %s', (said) => {
    const report = parseReport(`${said}\n\n${PANIC}`);
    expect(report.message?.value).toMatch(/^ASan: Invalid access/);
    expect(report.others).toEqual([]);
    expect(report.system).toBe('FreeBSD');
    expect(report.signatureParts.culprit).toBe('zorp_handle_wq');
    // Nor is it one behind the panic.
    const behind = parseReport(`${PANIC}\n${said}\n`);
    expect(behind.others).toEqual([]);
    expect(behind.system).toBe('FreeBSD');
  });

  it.each([
    ['kASan: Unauthorized Access In 0xffffffff80a4049c: Addr 0xffffc90004a5f6f4 [4 bytes, read]', 'kasan'],
    ['KASAN: invalid write of 36 bytes at 0xffff8000018cabc0 from pc 0xffffffff83b24217', 'kasan'],
    ['UBSan: Undefined Behavior in ../../zorp.c:12:3, shift exponent 33 is too large', 'kubsan'],
  ])('is told from the lines of kernels: %s', (line, kind) => {
    expect(parseReport(`${line}\n`).kind).toBe(kind);
  });

  it('is none where a kernel goes on with it', () => {
    const text = 'panic: this is what zorp_get must not see\ncpuid = 1\nKDB: stack backtrace:\n';
    expect(parseReport(text).message?.value).toBe('this is what zorp_get must not see');
  });
});

describe('numbers and names that were typed by hand', () => {
  const trace = `panic: zorp held too long
cpuid = 2
KDB: stack backtrace:
#0 0xffffffff80b3d577 at kdb_backtrace+0x67
#1 0xffffffff80af6b17 at vpanic+0x177
#2 0xffffffff80af6993 at panic+0x43
#3 0xffffffff80ad8d0d at zorp_lock+0xd5
#4 0xfffffff80b4f4a1 at zorp_rendezvous+0x1d1
#5 0xffffffff80e06a35 at zorp_protect+0x3c5
#6 0xffffffff80e0c93e at fork_exit+0x4e
`;
  const starts = (text: string): string[] =>
    parseReport(text).derived.flatMap((each) =>
      each.rule === 'function-start' ? [`${each.confidence} ${String(each.values.function)}`] : [],
    );

  it('an address that has lost a digit gives no start of a function', () => {
    expect(starts(trace)).toEqual(['certain zorp_lock', 'certain zorp_protect']);
  });

  it.each([
    'I could only take a photo of the console, typing it down here, sorry for typos:',
    'Typed by hand from the screen:',
    'The following is hand-transcribed:',
  ])('nor does a name that nobody knows, in such a text: %s', (said) => {
    expect(starts(`${said}\n\n${trace}`)).toEqual([]);
    // The lines of a debugger give each name twice; their digits may be wrong all the same.
    const typed = `${said}\n\n${BLOCK}Stopped at      zorp_get+0x1ca:       movl    0x30(%eax),%edx
db> trace
zorp_get(d8c57b54,0) at zorp_get+0x1ca
syscall(d8c57d40) at syscall+0x1e9
`;
    expect(starts(typed).every((each) => each.startsWith('likely'))).toBe(true);
  });
});

describe('the answer to `show panic`, and no panic before it', () => {
  const of = (answer: string): string => `Crashes about once a week:

ddb{0}> show panic
${answer}
ddb{0}> trace
db_enter() at db_enter+0x4
panic(d0c61cb1) at panic+0xd3
zorp_alloc(d1ba2000,d1ba2b2c) at zorp_alloc+0x1a
zorp_rxeof(d1ba2000) at zorp_rxeof+0x192
ddb{0}> boot reboot
`;

  it.each([
    ['zorp_magic_check: mbufpl cpu free list modified: item addr 0xd2f1c500+16 0xd2f1c5a0!=0xc6a2b1f5', ''],
    ['ffs_valloc: dup alloc', ''],
    ['mtx 0xffffffff82345678: locking against myself', ''],
    ['ffs_valloc: dup alloc', '*cpu0: '],
    ['ffs_valloc: dup alloc', 'panic: '],
    ['ffs_valloc: dup alloc', 'Panic string: '],
  ])('is its message: %s behind "%s"', (message, before) => {
    const report = parseReport(of(`${before}${message}`));
    expect(report.message?.value).toBe(message);
    expect(report.signatureParts.culprit).toBe('zorp_alloc');
    expect(report.others).toEqual([]);
  });

  it('names the one who met a spoilt free list as a bystander', () => {
    const text = of(
      'pool_cache_item_magic_check: mbufpl cpu free list modified: item addr 0xd2f1c500+16 0xd2f1c5a0!=0xc6a2b1f5',
    );
    expect(parseReport(text).kind).toBe('modified-after-free');
    expect(printed(text)).toContain('The frame that met it, zorp_alloc, is likely a bystander');
  });

  it.each([
    'the kernel did not panic',
    'kernel: page fault trap, code=0',
  ])('but not of others: %s', (answer) => {
    expect(parseReport(of(answer)).message).toBeUndefined();
  });
});

describe('the end of a backtrace', () => {
  it("riscv's line of a system call is whole", () => {
    const text = `panic: zorp
cpuid = 1
KDB: stack backtrace:
vpanic() at vpanic+0x158
panic() at panic+0x26
zorp_close() at zorp_close+0x12
do_trap_user() at do_trap_user+0xf2
cpu_exception_handler_user() at cpu_exception_handler_user+0x72
--- syscall (1, FreeBSD ELF64, exit)
`;
    expect(parseReport(text).traceEnd).toBe('whole');
    // On other processors more comes behind it.
    expect(
      parseReport(
        text.replace(
          'cpu_exception_handler_user() at cpu_exception_handler_user',
          'Xfast_syscall() at Xfast_syscall',
        ),
      ).traceEnd,
    ).toBe('cut');
  });

  it("sparc64's entry code of a trap has no name, and the outermost is of a process", () => {
    const report = parseReport(`cpu0: data fault: pc=1258b54 rpc=1258b2c addr=8
panic: kernel fault
kdb breakpoint at 14f8d20
Stopped in pid 137.1 (zorp) at netbsd:cpu_Debugger+0x4:        nop
db> tr
data_access_fault(e0b4f50, 30, 1258b54, 8, 8, 800009) at netbsd:data_access_fault+0x234
?(0, 0, 20, 22f7d80, 8, 1ba5c00) at 0x1008f08
zorp_getpages(e0b53c8, e0b5408, 22f7d80, 8, 1, 0) at netbsd:zorp_getpages+0x7a8
uvm_fault_internal(1d0be28, 14a000, 1, 0, 0, 4) at netbsd:uvm_fault_internal+0xf30
data_access_fault(e0b5ed0, 30, 40b85f4c, 14a010, 14a010, 800001) at netbsd:data_access_fault+0x120
?(0, 14a010, 0, 1, 40d3e2a0, ffffffffffff91e0) at 0x1008f08
db> 
`);
    expect(report.title).toBe('data fault in zorp_getpages (kernel null+0x8)');
    expect(report).toMatchObject({ arch: 'sparc64', traceEnd: 'whole', kind: 'trap' });
    expect(report.trap).toMatchObject({
      ip: { value: { address: '0x1258b54' } },
      faultAddress: { value: '0x8' },
    });
    expect(report.boundaries.map((each) => each.what)).toEqual(['trap', 'trap']);
    expect(report.damage.filter((each) => each.kind === 'truncated')).toEqual([]);
  });

  it("sparc's backtrace has no names", () => {
    const report = parseReport(`zorp0: unexpected disconnect
data fault: pc=0xf00c2d18 addr=0x14 ser=0x80<INVAL>
panic: kernel fault
Frame pointer is at 0xf5cb1a50
Call traceback:
  pc = 0xf0139e1c  args = (0x0, 0x0, 0x0, 0x1, 0x14, 0xf5cb1b38) fp = 0xf5cb1ab8
  pc = 0xf00c2d18  args = (0xf0a0b400, 0x0, 0xf0a3c000, 0x2, 0x20, 0x87) fp = 0xf5cb1c40
syncing disks... 7 4 done
`);
    expect(report).toMatchObject({ arch: 'sparc', kind: 'trap', message: { value: 'kernel fault' } });
    expect(report.trap).toMatchObject({
      faultAddress: { value: '0x14' },
      ip: { value: { address: '0xf00c2d18' } },
    });
    expect(report.frames.map((each) => each.address)).toEqual(['0xf0139e1c', '0xf00c2d18']);
    expect(report.corrupted).toBe('no function of the backtrace is named');
  });
});

it.each([
  [
    'VERIFY3(0 == zorp_free(os, 0, -1ULL, tx)) failed (0 == 97)',
    'VERIFY3(N == zorp_free(os, N, -N, tx)) failed (N == N)',
  ],
  ['zorp: 10u of 0x20UL, 7L and 8ll', 'zorp: N of N, N and N'],
  ['zorp: 10units of 7level', 'zorp: Nunits of Nlevel'],
])('the letters of a number of C go with it: %s', (message, stable) => {
  expect(parseReport(`panic: ${message}\ncpuid = 1\n`).title).toBe(`panic: ${stable}`);
});

it("powerpc's return address behind a trap is no call of its own", () => {
  const text = (behind: string): string => `fatal kernel trap:

   exception       = 0x300 (data storage interrupt)
   virtual address = 0x28
   srr0            = 0xc00800004f6e3a5c (0x13a5c)
   lr              = 0xc00800004f6e3a30 (0x13a30)
          pid = 1402, comm = zorpload

panic: data storage interrupt trap
KDB: stack backtrace:
0xc00800004b5d2cf0: at panic+0x44
0xc00800004b5d2e50: at trap+0x3a8
0xc00800004b5d2f30: at powerpc_interrupt+0x1a8
0xc00800004b5d2fd0: kernel DSI read trap @ 0x28 by zorp_attach+0x4fc: srr1=0x9000000000009033
0xc00800004b5d3280: at ${behind}+0x4d0
0xc00800004b5d3350: at device_attach+0x508
`;
  const names = (behind: string): string[] =>
    parseReport(text(behind))
      .frames.slice(3)
      .map((each) => each.function);
  expect(names('zorp_attach')).toEqual(['zorp_attach', 'device_attach']);
  expect(names('zorp_probe')).toEqual(['zorp_attach', 'zorp_probe', 'device_attach']);
});

describe('what stands there and was not read', () => {
  it.each([
    '0x...',
    '0x\u2026',
    '0xXXXXXXXX',
  ])('frames whose addresses a writer has left out: %s', (address) => {
    const { frames } = parseReport(`panic: AP #1 (PHY# 1) failed!
KDB: stack backtrace:
#0 ${address} at kdb_backtrace+0x67
#1 ${address} at panic+0x43
#2 ${address} at zorp_start_all_aps+0x344
#3 ${address} at mi_startup+0x118
`);
    expect(frames.map((each) => [each.function, each.offset])).toEqual([
      ['kdb_backtrace', 0x67],
      ['panic', 0x43],
      ['zorp_start_all_aps', 0x344],
      ['mi_startup', 0x118],
    ]);
  });

  it('the trap for which the debugger of a dump shows that the kernel stopped', () => {
    const report = parseReport(`(kgdb) bt
#0  doadump (textdump=16777216)
#1  0xffffffff804cf91f in db_trap (...)
#2  0xffffffff8088b553 in kdb_trap (type=9, code=0, tf=<optimized out>)
#3  0xffffffff80badce1 in trap_fatal (frame=0xfffffe00188da6b0, eva=0)
#4  0xffffffff80bad1dd in trap (frame=0xfffffe00188da6b0)
#5  <signal handler called>
#6  0xffffffff808594cf in zorp_process (now=1960148907297521)
#7  0xffffffff80c329b8 in zorp_events (now=1960148907297521, fake=0)
`);
    expect(report.title).toBe('general protection fault in zorp_process (kernel)');
    expect(report.trap?.ip?.value.address).toBe('0xffffffff808594cf');
  });

  it('where the lock of an error was made, taken and released', () => {
    const { details } = parseReport(`Mutex error: mutex_vector_enter,540: locking against myself

lock address : 0xffffd5e40b3cf840
initialized  : zorp_clone_create+0x8e
last locked* : zorp_ioctl_del+0x5d
unlocked     : zorp_ioctl_add+0x2ee
panic: LOCKDEBUG: Mutex error: mutex_vector_enter,540: locking against myself
cpu3: Begin traceback...
panic() at netbsd:panic+0x3c
zorp_delete() at netbsd:zorp_delete+0x6b
db{3}> show all locks /t
lock address : 0xffffd5e40b3cf840
last locked* : gribble+0x5d
`);
    expect(details).toMatchObject({
      'lock initialized at': { value: 'zorp_clone_create+0x8e' },
      'lock last taken at': { value: 'zorp_ioctl_del+0x5d' },
      'lock last released at': { value: 'zorp_ioctl_add+0x2ee' },
    });
  });

  it.each([
    [
      'mode = 0100640, inum = 23553, fs = /zorp\npanic: ffs_valloc: dup alloc',
      { inode: 23553, 'file system': '/zorp', 'file mode': '0100640' },
    ],
    [
      'dev = 0xa804, block = 40213520, fs = /zorp\npanic: ffs_blkfree_common: freeing free block',
      { device: '0xa804', block: 40213520, 'file system': '/zorp' },
    ],
  ])('what a file system says before it panics: %s', (text, expected) => {
    const { details } = parseReport(`${text}\ncpu1: Begin traceback...\n`);
    const values = Object.fromEntries(Object.entries(details).map(([name, { value }]) => [name, value]));
    expect(values).toMatchObject(expected);
  });

  it('a letter in a return address of mips, and whose stack it was', () => {
    const report = parseReport(`Trap cause = 2 Frame 0x980000000f3c3a18
Trap PC 0xffffffff812a4f18 RA 0xffffffff812a4ef0 fault 0x18
zorp_lookup+0x98 (980000000f3c3c50,0,18,1) ra ffffffff812bbOd4 sp 980000000f3c3b30, sz 96
zorp_test+0x6ec (2,1,c0000000052b4800,980000000f3c3d88) ra ffffffff81190e2c sp 980000000f3c3b90, sz 304
User-level: pid 28411
`);
    expect(report.frames.map((each) => each.function)).toEqual(['zorp_lookup', 'zorp_test']);
    expect(report.process?.value).toEqual({ pid: 28411 });
  });

  it('functions that call each other in a circle, where the stack was full', () => {
    const frames = [
      'zorp_output',
      'gif_zorp',
      'zorp_send',
      'zorp_output',
      'gif_zorp',
      'zorp_send',
      'zorp_output',
    ];
    const text = (names: readonly string[]): string => `Fatal double fault
rip 0xffffffff80d5f6a1 rsp 0xfffffe00b2ff2f90 rbp 0xfffffe00b2ff3040
panic: double fault
cpuid = 3
KDB: stack backtrace:
panic() at panic+0x43/frame 0xffffffff81e6fdc0
dblfault_handler() at dblfault_handler+0x1ce/frame 0xffffffff81e6fe80
Xdblfault() at Xdblfault+0xd7/frame 0xffffffff81e6fe80
--- trap 0x17, rip = 0xffffffff80d5f6a1, rsp = 0xfffffe00b2ff2f90, rbp = 0xfffffe00b2ff3040 ---
${names.map((each, i) => `${each}() at ${each}+0x41/frame 0xfffffe00b2ff3${i}40\n`).join('')}`;
    expect(printed(text(frames))).toContain(
      'in the backtrace stand zorp_output 3 times, gif_zorp 2 times, zorp_send 2 times (likely)',
    );
    expect(parseReport(text(frames.slice(0, 4))).derived.map((each) => each.rule)).not.toContain('recursion');
  });
});

describe('the release in a heading or a list of parts', () => {
  const FREEBSD =
    'panic: zorp\ncpuid = 1\nKDB: stack backtrace:\n#0 0xffffffff80b3d577 at kdb_backtrace+0x67\n';
  const OPENBSD =
    'ddb{0}> show panic\nzorp_get: free list modified\nddb{0}> trace\ndb_enter() at db_enter+0x4\nzorp(2) at zorp+0x4\n';
  const NETBSD = 'panic: zorp\nStopped in pid 0.3 (system) at  netbsd:breakpoint+0x4:  popl    %ebp\n';

  it.each([
    ['Subject: 13.2: panic on zorp import after power loss', FREEBSD, '13.2'],
    ['Subject: 6.8 i386: zorp_get: free list modified', OPENBSD, '6.8'],
    [
      'FreeBSD 14.1-RELEASE-p3, ThinkPad X1C9, fresh install from memstick. I run',
      FREEBSD,
      '14.1-RELEASE-p3',
    ],
    ['Talos II, FreeBSD 13.1-STABLE powerpc64le, self built.', FREEBSD, '13.1-STABLE'],
    ['10.99.12 from 2024-10-21, amd64 with DEBUG, in qemu:', NETBSD, '10.99.12'],
    ['my old EPIA running 8.2_STABLE (i386, GENERIC) died again last night.', NETBSD, '8.2_STABLE'],
  ])('is likely the kernel\u2019s: %s', (line, panic, release) => {
    expect(parseReport(`${line}\n\n${panic}`).kernel).toMatchObject({ release, likely: true });
  });

  it.each([
    ['Since the update to FreeBSD 13.1-STABLE, two of them panic.', FREEBSD],
    ['Works on FreeBSD 13.1-STABLE, self built.', FREEBSD],
    ['FreeBSD 13.1-STABLE, FreeBSD 14.0-RELEASE, both do it.', FREEBSD],
  ])('is not where others are meant: %s', (line, panic) => {
    expect(parseReport(`${line}\n\n${panic}`).kernel?.release).toBeUndefined();
  });
});

describe('the way to a panic', () => {
  const PANIC = 'panic: zorp_get: free list modified\ncpuid = 1\n';
  const recipe = (text: string): string[] => parseReport(text).recipe.map((each) => each.text);

  it.each([
    [`${PANIC}\n\`find /mnt/zorp -type f | wc -l' is enough.\n`, 'find /mnt/zorp -type f | wc -l'],
    [`${PANIC}\nIt needs two or three \`zorpconf -s 3\` until it happens.\n`, 'zorpconf -s 3'],
    [
      `This happens when I do \`zorptest -k /usr/tests/zorp/Zorpfile\`\nover NFS root. Console:\n\n${PANIC}`,
      'zorptest -k /usr/tests/zorp/Zorpfile',
    ],
    [
      `Booted from the install stick, then\n\n    # zpool import -f -N zorp\n\ngives within a few seconds:\n\n${PANIC}`,
      'zpool import -f -N zorp',
    ],
    [
      `${PANIC}\n>How-To-Repeat:\n\tzorplog -F & zorpd daily\n\ton a card which is slow\n>Fix:\n`,
      'zorplog -F & zorpd daily',
    ],
    [
      `I ran zorp bulkfree /home in a\nloop with a snapshot delete next to it:\n\n   while :; do zorp bulkfree /home; done &\n   for s in $(zorp list /home); do zorp delete $s; done\n\n${PANIC}`,
      'while :; do zorp bulkfree /home; done & for s in $(zorp list /home); do zorp delete $s; done',
    ],
    [
      `e.g. on the 5800x based server  I do\n\`\`\`\n$\nzorpsh migrate --verbose --live 13Test qemu+ssh://zorp/system\n13Test\n\`\`\`\n\n${PANIC}`,
      'zorpsh migrate --verbose --live 13Test qemu+ssh://zorp/system',
    ],
  ])('is read in words: %#', (text, command) => {
    expect(recipe(text)).toEqual([command]);
  });

  it.each([
    `${PANIC}\n\`find /mnt/zorp -type f' is not enough.\n`,
    `${PANIC}\nI do not do \`zorptest -k /usr/tests/zorp\` any more.\n`,
    `${PANIC}\nIt needs two "-f -N" for that.\n`,
  ])('is not read where it is denied, or none: %#', (text) => {
    expect(recipe(text)).toEqual([]);
  });
});
