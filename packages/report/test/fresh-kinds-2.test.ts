import { describe, expect, it } from 'vitest';
import { isHelper, parseReport, renderReport } from '../src/index.js';

/** The report as it is printed, its line breaks and columns made single blanks. */
const printed = (text: string): string => renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');

/** A block of trap_fatal, by the address of the fault. */
const block = (ip: string, more = ''): string => `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address	= 0x30
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:${ip}
${more}trap number		= 12
panic: page fault
`;

/** KDB's own trace, by what stands outside the trap. */
const kdb = (...frames: string[]): string => `KDB: stack backtrace:
#0 0xffffffff80c69465 at kdb_backtrace+0x65
#1 0xffffffff80c1bb1f at vpanic+0x17f
#2 0xffffffff80c1b993 at panic+0x43
#3 0xffffffff810afdf5 at trap_fatal+0x385
#4 0xffffffff81085f28 at calltrap+0x8
${frames.map((each, i) => `#${i + 5} ${each}\n`).join('')}`;

describe('a name beside the address that faulted', () => {
  const trap = (named: string): string => `panic: trap type 300 at 4b6a2c${named} lr 4b6a08
Stopped at    panic+0x134:   cmpwi  r29, 0
panic+0x130
trap+0x554
trapagain+0x4
--- trap (number 300) ---
0x4b6a2c
zorp_complete+0x218
zorp_softintr+0x1c8
softintr_dispatch+0xd0
`;

  it('is the function of the fault, and the frame without a name stays one', () => {
    const report = parseReport(trap(' (zorp_intr+0x6c)'));
    expect(report.faultPlace).toMatchObject({ function: 'zorp_intr', offset: 0x6c });
    expect(report.title).toBe('data storage interrupt in zorp_intr (kernel)');
    expect(report.frames[3]).toMatchObject({ function: '??', address: '0x4b6a2c' });
  });

  it('is missed where it is not there: the next frame does not take its place', () => {
    const report = parseReport(trap(''));
    expect(report.faultPlace?.function).toBeUndefined();
    expect(report.title).toContain('in an unnamed function called from zorp_complete');
  });

  it('stands above the instructions that a disassembler lists', () => {
    const listed = `${block('0xffffffff80fd18a4')}${kdb('0xffffffff80b45a21 at zorp_init+0x271')}
ffffffff80fd18a0 <zorp_low>:
ffffffff80fd18a0: 55          pushq   %rbp
ffffffff80fd18a4: 0f 01 f9    rdtscp           ; <--- here
`;
    expect(parseReport(listed).title).toBe('page fault in zorp_low (kernel read null+0x30)');
    expect(parseReport(listed.replaceAll('80fd18a4:', '80fd18a7:')).title).toContain(
      'in an unnamed function called from zorp_init',
    );
  });
});

describe('two names in one line', () => {
  const text = (line: string): string => `panic: Fatal page fault at 0xffffffc0003a1c9e: 0x28
panic() at panic+0x26
page_fault_handler() at page_fault_handler+0x246
do_trap_supervisor() at do_trap_supervisor+0x74
cpu_exception_handler_supervisor() at cpu_exception_handler_supervisor+0x74
--- exception 13, tval = 0x28
${line}
zorp_init() at zorp_init+0x1be
zorp_ioctl() at zorp_ioctl+0x112
`;

  it('are not joined: the offset is one of the function that stands with it', () => {
    const report = parseReport(text('zorp_poke() at zorp_start+0x3e'));
    expect(report.title).toContain('in zorp_start');
    expect(printed(text('zorp_poke() at zorp_start+0x3e'))).not.toContain('zorp_poke()+0x3e');
    expect(report.damage).toContainEqual(expect.objectContaining({ kind: 'garbled' }));
  });

  it('are those of callee and caller where the trace gives places so', () => {
    const { frames } = parseReport(`panic: zorp
panic() at zorp_start+0x98
zorp_start() at zorp_init+0x70
zorp_ioctl() at zorp_soo+0x16a
`);
    expect(frames.map((each) => `${each.function}+${each.offset ?? ''}${each.gap ? ' gap' : ''}`)).toEqual([
      'panic+',
      'zorp_start+152',
      'zorp_init+112',
      'zorp_ioctl+ gap',
      'zorp_soo+362',
    ]);
  });
});

describe('helpers', () => {
  it.each([
    ...['bus_read_4', 'bus_write_multi_2', 'bus_space_read_4', 'bus_space_set_region_1', 'bus_space_barrier'],
    ...['generic_bs_r_4', 'generic_bs_w_4', 'bs_le_rs_4', 'generic_space_write_4', 'x86_bus_space_io_read_1'],
    ...['zfs_kmem_alloc', 'spl_kmem_zalloc', 'zio_buf_alloc', 'lkpi_kmalloc', 'AcpiOsAllocate'],
    ...[
      'xpq_flush_queue',
      'xpq_queue_pte_update',
      'HYPERVISOR_mmu_update',
      '_xen_flush_queue',
      'vm_wait_doms',
    ],
  ])('%s says nothing of the cause', (name) => {
    expect(isHelper(name)).toBe(true);
  });

  it.each([
    'bus_dmamap',
    'bus_setup_intr',
    'bus_generic_attach',
    'bs_zorp',
    'arc_get_data_buf',
  ])('%s may', (name) => {
    expect(isHelper(name)).toBe(false);
  });

  it('do not hide that a function without a name was met in what they called', () => {
    const text =
      block('0xffffffff80d4b1e2') +
      kdb('0xffffffff80c0aa3b at lockmgr_lock_flags+0x9b', '0xffffffff80d0bb11 at zorp_stat+0x31');
    expect(parseReport(text).title).toBe(
      'page fault in zorp_stat (kernel read null+0x30, met in an unnamed function called from lockmgr_lock_flags)',
    );
  });
});

describe('a double fault', () => {
  const text = (rip: string): string => `Fatal double fault
${rip} rsp 0xfffffe0090d3bff8 rbp 0xfffffe0090d3c020
panic: double fault
KDB: stack backtrace:
#0 0xffffffff80c0f615 at kdb_backtrace+0x65
#1 0xffffffff80bc3b3f at vpanic+0x17f
#2 0xffffffff80bc39b3 at panic+0x43
#3 0xffffffff81089f4b at dblfault_handler+0x1db
#4 0xffffffff8106058e at Xdblfault+0xae
${Array.from({ length: 8 }, (_, i) => `#${i + 5} 0xffffffff82a1730c at ${i % 2 === 0 ? 'null_lock+0x9c' : 'VOP_LOCK1_APV+0x3b'}`).join('\n')}
`;

  it('was in a function that the stack leaves out, where its rip is none of it', () => {
    const report = parseReport(text('rip 0xffffffff80c9a3f1'));
    expect(report.title).toBe('double fault in an unnamed function called from null_lock');
    expect(printed(text('rip 0xffffffff80c9a3f1'))).not.toContain('null_lock()+0x9c was stopped');
    expect(parseReport(text('rip = 0xffffffff80c9a3f1\n')).title).toBe(report.title);
  });

  it('comes of recursion also where those that call each other are helpers', () => {
    const { derived } = parseReport(text('rip 0xffffffff80c9a3f1'));
    expect(derived.find((each) => each.rule === 'recursion')?.claim).toContain('null_lock 4 times');
  });
});

describe('the address of a fault and the beginnings of functions', () => {
  const text = (elr: string): string => `  x0: fffffd0001d3e800
  x1:                0
  lr: ffff000000893d34
 elr: ${elr}
spsr:         60000145
 far:               30
 esr:         96000044
panic: vm_fault failed: ${elr}
KDB: stack backtrace:
panic() at data_abort+0x1dc
	 pc = 0xffff000000404be8  lr = 0xffff000000748f34
	 sp = 0xffff00004043d2a0  fp = 0xffff00004043d350

data_abort() at handle_el1h_sync+0x78
	 pc = 0xffff000000748f34  lr = 0xffff00000072f078
	 sp = 0xffff00004043d360  fp = 0xffff00004043d390

handle_el1h_sync() at zorp_done+0x44
	 pc = 0xffff00000072f078  lr = 0xffff000000893d30
	 sp = 0xffff00004043d4c0  fp = 0xffff00004043d540

zorp_done() at zorp_timeout+0x70
	 pc = 0xffff000000893d30  lr = 0xffff0000008943a4
	 sp = 0xffff00004043d550  fp = 0xffff00004043d560
`;

  it('are compared: outside of the function, it is one that this called', () => {
    const report = parseReport(text('ffff000000893c98'));
    expect(report.title).toContain('in an unnamed function called from zorp_done');
    expect(report.registers[0]).toMatchObject({ name: 'x0' });
  });

  it('give the offset where it lies inside', () => {
    expect(parseReport(text('ffff000000893d00')).faultPlace).toMatchObject({
      function: 'zorp_done',
      offset: 0x14,
      likely: true,
    });
  });
});

describe('a letter in an offset', () => {
  it.each([
    [
      'of DDB',
      'panic: zorp\nvpanic() at netbsd:vpanic+0x160\nzorp_get() at netbsd:zorp_get+0x4l\nzorp_put() at netbsd:zorp_put+0xab\n',
    ],
    ['of KDB', kdb('0xffffffff80b45a21 at zorp_get+0x4l', '0xffffffff80b45b21 at zorp_put+0x4')],
  ])('is no digit: %s', (_, text) => {
    const report = parseReport(text);
    const frame = report.frames.find((each) => each.function === 'zorp_get');
    expect(frame).toBeDefined();
    expect(frame!.offset).toBeUndefined();
    expect(report.damage).toContainEqual(
      expect.objectContaining({ kind: 'garbled', reason: expect.stringContaining('"0x4l"') }),
    );
  });
});

describe('a frame without its offset', () => {
  it('is not at the beginning of its function where every line has one', () => {
    const text = (line: string): string => `panic: zorp_get: free list modified
panic+0x15c (ffffffff81d0d3f0,1)  ra 0xffffffff81390a6c sp 0x980000040fb0fb40, sz 128
pool_get+0xd8 (ffffffff81d0d3f0,2)  ra 0xffffffff81288560 sp 0x980000040fb0fc40, sz 112
${line} (?)  ra 0xffffffff81165c04 sp 0x980000040fb0fcf0, sz 48
zorp_rx+0x120 (980000041b0a5000,10)  ra 0xffffffff8137a208 sp 0x980000040fb0fd20, sz 96
`;
    expect(printed(text('zorp_buf_get...'))).not.toContain('begins');
    expect(parseReport(text('zorp_buf')).ownFrames).toEqual(['zorp_buf', 'zorp_rx']);
  });
});

describe('a thread that slept with a lock', () => {
  it('is the one to look at, and its backtrace is said to be its own', () => {
    const text = `Sleeping thread (tid 100312, pid 40122) owns a non-sleepable lock
KDB: stack backtrace of thread 100312:
sched_switch() at sched_switch+0x4b8
mi_switch() at mi_switch+0xf4
_sleep() at _sleep+0x23a
zorp_alloc() at zorp_alloc+0x12e
zorp_enter() at zorp_enter+0x2f6
panic: sleeping thread
cpuid = 3
KDB: stack backtrace:
vpanic() at vpanic+0x16a
panic() at panic+0x26
propagate_priority() at propagate_priority+0x2c8
turnstile_wait() at turnstile_wait+0x2f6
zorp_remove() at zorp_remove+0x54
sys_exit() at sys_exit+0x12
`;
    const report = parseReport(text);
    expect(report.title).toContain('in zorp_alloc');
    expect(report.otherTraces[0]).toMatchObject({ purpose: 'slept', process: { tid: 100312, pid: 40122 } });
    expect(report.frames.at(-2)).toMatchObject({ function: 'zorp_remove' });
    expect(printed(text)).toContain('zorp_alloc, in the backtrace of the thread that slept with the lock');
    // The same without a thread in the heading.
    expect(parseReport(text.replace(' of thread 100312', '')).title).toBe(report.title);
  });
});

describe('tables of processes', () => {
  it('are read by the names of their columns', () => {
    const { ps } = parseReport(`panic: zorp
db> ps/l
 PID         LID S     FLAGS       STRUCT LWP *               NAME WAIT
 412           1 3        84           c2ab2540             zorpd select
 0     >       6 7       204           c1bff7c0       softclk/0
               5 1       204           c1bffa40       softnet/0
`);
    expect(ps.map(({ pid, tid, name, wmesg }) => [pid, tid, name, wmesg])).toEqual([
      [412, 1, 'zorpd', 'select'],
      [0, 6, 'softclk/0', undefined],
      [0, 5, 'softnet/0', undefined],
    ]);
  });
});

describe('what a writer says of the machine beside a release', () => {
  const PANIC = 'panic: zorp\ncpuid = 1\nKDB: stack backtrace:\nvpanic() at vpanic+0x1\nzorp() at zorp+0x2\n';

  it.each([
    ['FreeBSD 13.1-RELEASE-p2 GENERIC amd64, zorp-kmod. Loading it works,', 'amd64'],
    ['the old box, 9.3-RELEASE-p5 i386 with 2 GB', 'i386'],
    ['my NetBSD/alpha 4.0.1 machine', 'alpha'],
    ['Subject: panic on 12.1-RELEASE arm64 (Pine64)', 'arm64'],
  ])('is said: %s', (line, arch) => {
    const report = parseReport(
      `${line}\n\n${PANIC.replace('KDB: ', line.includes('NetBSD') ? '' : 'KDB: ')}`,
    );
    expect([report.arch, report.natures.arch]).toEqual([arch, 'quoted']);
  });

  it.each([
    'It works on FreeBSD 13.1-RELEASE amd64.',
    'the host is FreeBSD 13.1-RELEASE amd64',
    'FreeBSD 13.1-RELEASE amd64, FreeBSD 13.1-RELEASE i386: the same.',
  ])('is not where another is meant: %s', (line) => {
    expect(parseReport(`${line}\n\n${PANIC}`).natures.arch).not.toBe('quoted');
  });

  it('is said by sendbug', () => {
    const { arch, natures } = parseReport(
      `>Environment:\n\tArchitecture: OpenBSD.riscv64\n${PANIC.replace('KDB: ', '')}`,
    );
    expect([arch, natures.arch, natures.system]).toEqual(['riscv', 'quoted', 'quoted']);
  });
});

describe('the CPU of a panic', () => {
  it('is the one that the debugger\u2019s prompt names', () => {
    const text =
      'panic: zorp\nStopped at      db_enter+0x8:   nop\nzorp() at zorp+0x2\nddb{3}> trace\nddb{1}> \n';
    expect(parseReport(text).cpu).toMatchObject({ value: 3, likely: true });
    expect(printed(text)).toContain('n cpu 3 (likely)');
  });
});

describe('fields of the trap block', () => {
  it('have process and thread in one line', () => {
    const report = parseReport(
      block('0xffffffff80d9c577', 'current thread		= 79018/155403 (zorpd/zorpd: 1)\n'),
    );
    expect(report.process?.value).toEqual({ pid: 79018, tid: 155403, name: 'zorpd' });
  });

  it('are missed within the block where its last line is there', () => {
    const reasons = parseReport(block('0xffffffff80d9c577')).damage.map(
      (each) => `${each.what}: ${each.reason}`,
    );
    expect(reasons).toContain('current process: the block goes on after the place where it is printed');
    expect(reasons.join()).not.toContain('the block ends before it');
  });

  it('have the address among the arguments of a debugger\u2019s backtrace, of a page fault alone', () => {
    const text = (handler: string): string => `(lldb) bt
* thread #1, name = '(pid 1763) zorpd (crashed)'
  * frame #0: 0xffffffff80b7aeed kernel\`vpanic(fmt="%s", ap=0xfffffe014b6d7a10) at kern_shutdown.c:967:2
    frame #1: 0xffffffff8104f1ab kernel\`trap_fatal(frame=0xfffffe014b6d7b00, eva=112) at trap.c:969:3
    frame #2: 0xffffffff8104f206 kernel\`${handler}(frame=0xfffffe014b6d7b00) at trap.c:763:6
    frame #3: 0xffffffff810260d8 kernel\`calltrap at exception.S:289
    frame #4: 0xffffffff82d1c7f0 zorp.ko\`zorp_get(sc=0x0) at zorp.c:1444:6
`;
    expect(parseReport(text('trap_pfault')).trap?.faultAddress?.value).toBe('0x70');
    expect(parseReport(text('trap')).trap?.faultAddress).toBeUndefined();
  });
});

describe('ports', () => {
  it('vax has frame pointers in front of its frames', () => {
    const report = parseReport(`panic: SEGV in kernel mode: pc 0x8013a6e2 addr 0x24
cpu0: Begin traceback...
0x8f6c1dd8: panic+0x1a(0x8028e2d1,0x8013a6e2,0x24)
0x8f6c1e00: trap+0x33b(0x8f6c1ea4)
0x8f6c1ea4: trap type=0x8 code=0x24 pc=0x8013a6e2 psl=0x4150000
0x8f6c1e6c: zorp_dma_intr+0x42(0x80e1a000)
0x8f6c1f10: zorp_intr+0x2a6(0x80e1a000)
cpu0: End traceback...
`);
    expect(report.arch).toBe('vax');
    expect(report.title).toBe('memory fault in zorp_dma_intr (kernel null+0x24)');
    expect(report.faultPlace).toMatchObject({ function: 'zorp_dma_intr', offset: 0x42 });
  });

  it('riscv of NetBSD has registers in its trap frame', () => {
    const { registers, registersOf } =
      parseReport(`Trapframe @ 0xffffffc02d3b7b60 (cause=13 (load page fault), status=0x120, pc=0xffffffc0004b1d92, va=0x10):
                        ra =0xffffffc0004b1d7a  sp =0xffffffc02d3b7c80  gp =0xffffffc000c02a40
tp =0xffffffc03a01c880  t0 =                 0  t1 =0xffffffc000523a1e  t2 =              0x41
panic: cpu_trap: fatal kernel trap
`);
    expect(registers.map((each) => each.name)).toEqual(['ra', 'sp', 'gp', 'tp', 't0', 't1', 't2']);
    expect(registersOf).toBe('fault');
  });

  it('arm64 of NetBSD: the handler\u2019s line is the trap, and no address is called a return address', () => {
    const text = `panic: Trap: Data Abort (EL1): External Abort with read access for ffffc00041200018: pc ffffc000003b1d88: opcode b9400000: ldr w0, [x0]
fp ffffc00000a5f860 panic() at ffffc000004b7e08 netbsd:panic+0x44
tf ffffc00000a5fa10 el1_trap() at ffffc00000083350 netbsd:el1_trap
fp ffffc00000a5fb50 generic_bs_r_4() at ffffc000003b1d88 netbsd:generic_bs_r_4
fp ffffc00000a5fb70 zorp_reset() at ffffc00000236de0 netbsd:zorp_reset+0x90
`;
    expect(parseReport(text).title).toBe('data abort in zorp_reset (kernel read, met in generic_bs_r_4)');
    expect(printed(text)).not.toMatch(/return address|handled the trap: generic_bs_r_4/);
  });

  it('OpenBSD\u2019s message of user addresses does not name its trap', () => {
    const { trap } = parseReport(
      'panic: attempt to access user address 0x110 from EL1\nStopped at panic+0x160:    cmp     w21, #0x0\n',
    );
    expect(trap?.name).toMatchObject({ value: 'data abort', likely: true });
  });
});

describe('where a writer says that the bug is', () => {
  const text = (sentence: string): string =>
    `${sentence}\n\n${block('0xffffffff80d9c577')}zorp_match() at zorp_match+0x47\nzorp_lookup() at zorp_lookup+0x6c\nzorp_add() at zorp_add+0x5e\n`;

  it.each([
    'Root cause identified: a use-after-free in the append path of\n`zorp_add()`, a regression.',
    'There is a **use-after-free in zorp_add()**.',
  ])('is given beside, and the frame to look at is likely: %#', (sentence) => {
    const report = parseReport(text(sentence));
    expect(report.details.blamed?.value).toBe('use-after-free in zorp_add');
    expect(report.natures.culprit).toBe('likely');
    expect(report.ownFrames[0]).toBe('zorp_match');
    expect(printed(text(sentence))).toContain('The text itself says: use-after-free in zorp_add.');
  });

  it.each([
    'Maybe a use-after-free in zorp_add().',
    'Is it a use-after-free in zorp_add()?',
    'It is not the use-after-free in zorp_add().',
    'A use-after-free in zorp_gone().',
    'A use-after-free in zorp_match().',
    'A use-after-free in zorp_add(). Or a double free in zorp_lookup().',
  ])('is not a guess, nor a function that the backtrace lacks: %s', (sentence) => {
    expect(parseReport(text(sentence)).details.blamed).toBeUndefined();
  });
});

describe('lines that are referred to', () => {
  it('are those in which it stands', () => {
    const out = printed(`(lldb) bt
* thread #1, name = '(pid 1763) zorpd (crashed)'
  * frame #0: 0xffffffff80b7aeed kernel\`vpanic(fmt="%s", ap=0xfffffe014b6d7a10) at kern_shutdown.c:967:2
    frame #1: 0xffffffff82d1c7f0 zorp.ko\`zorp_get(sc=0x0) at zorp.c:1444:6
`);
    expect(out).toContain('process: zorpd (pid 1763) (likely) [line 2]');
    const dump = printed(
      'Dump header from device: /dev/zd0\n  Panic String: zorp\n  Dump Parity: 1\n  Dump Status: good\n',
    );
    expect(dump).toContain('Dump good [line 4]');
  });
});

it('a block of registers begins below a full line of a driver', () => {
  const block = [
    'x0: fffffd0001d3e800',
    'x1: 0',
    'x2: 0',
    'x3: 3e8',
    'sp: ffff00004043d520',
    'lr: ffff000000893d34',
  ];
  const text = `g_zorp_done():mmcsd1s2a[READ(offset=1311768576, length=32768)]error = 5
${block.map((each) => each.padStart(24)).join('\n')}
     elr: ffff000000893c98
    spsr: 60000145
     far: 30
     esr: 96000044
panic: vm_fault failed: ffff000000893c98
`;
  expect(parseReport(text).registers.map((each) => each.name)).toContain('x0');
});
