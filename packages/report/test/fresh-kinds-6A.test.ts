import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* Kinds of text on which judges found the reader to be wrong, or silent: one event told as two, and kin. */

describe('one event, of which another CPU has printed between two lines', () => {
  const registers = (elr: string) => `  x0: ffff000000b21000
  x1:                4
  sp: ffff00005b2e1060
  lr: ffff000000431290
 elr: ${elr}
spsr:              2c5
 far:               48
 esr:         96000004
`;
  const another = `panic: spin lock held too long
cpuid = 0
KDB: stack backtrace:
#0 0xffff0000004f1111 at kdb_backtrace+0x60
#1 0xffff0000004a2222 at vpanic+0x178
#2 0xffff0000004a3333 at panic+0x44
#3 0xffff000000474444 at zorp_spin+0x88
#4 0xffff000000475555 at zorp_wait+0xd8
`;
  const own = (message: string) => `panic: ${message}
cpuid = 1
KDB: stack backtrace:
#0 0xffff0000004f1111 at kdb_backtrace+0x60
#1 0xffff0000004a2222 at vpanic+0x178
#2 0xffff0000004a3333 at panic+0x44
#3 0xffff0000007d6666 at data_abort+0x268
#4 0xffff0000007b7777 at handle_el1h_sync+0x10
#5 0xffff000000431290 at zorp_get+0x10
#6 0xffff000000438888 at zorp_poll+0x20
`;
  const told = (text: string) => {
    const report = parseReport(text);
    return [report, ...report.others].map((each) => [
      each.kind,
      each.cpu?.value,
      each.trap?.faultAddress?.value,
      each.frames[3]?.function,
    ]);
  };

  it('the registers of an abort are those of the panic over it', () => {
    for (const message of [
      'data abort in critical section or under mutex',
      'vm_fault failed: ffff0000004312a8 error 1',
    ])
      expect(told(registers('ffff0000004312a8') + another + own(message))).toEqual([
        ['trap', 1, '0x48', 'data_abort'],
        ['spin-lock-timeout', 0, undefined, 'zorp_spin'],
      ]);
  });

  it('registers without a syndrome are those of the address that the message names', () => {
    const bare = registers('ffff0000004312a8').replace(/ esr: .*\n/, '');
    const of = (message: string) => told(bare + another + own(message)).length;
    expect(of('vm_fault failed: ffff0000004312a8 error 1')).toBe(2);
    expect(of('data abort in critical section or under mutex')).toBe(3);
  });

  it('not where the message names another address, or two CPUs have printed registers', () => {
    const elsewhere = own('vm_fault failed: ffff0000004319a8 error 1');
    expect(told(registers('ffff0000004312a8') + another + elsewhere).length).toBe(3);
  });
});

it('of two traps by one name, the CPU tells which the panic is of', () => {
  const block = (cpu: number, ip: string, far: string) => `Fatal trap 12: page fault while in kernel mode
cpuid = ${cpu}; apic id = 0${cpu}
fault virtual address   = ${far}
fault code              = supervisor read, page not present
instruction pointer     = 0x20:${ip}
trap number             = 12
`;
  const panic = (cpu: number, name: string, ip: string) => `panic: page fault
cpuid = ${cpu}
KDB: stack backtrace:
#0 0xffffffff80c1bb1f at vpanic+0x17f
#1 0xffffffff80c1b993 at panic+0x43
#2 0xffffffff810afdf5 at trap_fatal+0x385
#3 0xffffffff81087528 at calltrap+0x8
#4 ${ip} at ${name}+0x13
`;
  const [a, b] = ['0xffffffff80a1b2c3', '0xffffffff80b1b2c3'];
  const blocks = block(0, a, '0x18') + block(1, b, '0x28');
  for (const panics of [
    panic(0, 'zorp_a', a) + panic(1, 'zorp_b', b),
    panic(1, 'zorp_b', b) + panic(0, 'zorp_a', a),
  ]) {
    const report = parseReport(blocks + panics);
    expect(
      [report, ...report.others].map(({ cpu, trap, frames }) => [
        cpu?.value,
        trap?.faultAddress?.value,
        frames.at(-1)?.function,
      ]),
    ).toEqual([
      [0, '0x18', 'zorp_a'],
      [1, '0x28', 'zorp_b'],
    ]);
  }
});

describe('a panic inside a panic', () => {
  const block = `Fatal trap 12: page fault while in kernel mode
cpuid = 0; apic id = 00
fault virtual address   = 0x1c
fault code              = supervisor read, page not present
instruction pointer     = 0x8:0xc0511a2c
stack pointer           = 0x10:0xd7f0ab40
frame pointer           = 0x10:0xd7f0ab5c
current process         = 77 (zorpd)
trap number             = 12
panic: page fault
cpuid = 0

syncing disks, buffers remaining... 12 12 panic: zorp_switch: switch while held
cpuid = 0
Uptime: 1h2m3s
Dumping 64 MB
`;
  const bt = `(kgdb) backtrace
#0  doadump () at /usr/src/sys/kern/kern_shutdown.c:240
#1  0xc0531111 in boot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:372
#2  0xc0532222 in panic () at /usr/src/sys/kern/kern_shutdown.c:550
#3  0xc0533333 in zorp_switch () at /usr/src/sys/kern/kern_zorp.c:47
#4  0xc0531100 in boot (howto=256) at /usr/src/sys/kern/kern_shutdown.c:312
#5  0xc0532222 in panic () at /usr/src/sys/kern/kern_shutdown.c:550
#6  0xc0724444 in trap_fatal (frame=0xd7f0ab00, eva=0)
    at /usr/src/sys/i386/i386/trap.c:821
#7  0xc0725555 in trap (frame=
      {tf_fs = 24, tf_es = 16, tf_ds = 16, tf_edi = 1, tf_esi = 0, tf_ebp = -672093348, tf_isp = -672093376, tf_ebx = 0, tf_edx = 0, tf_ecx = 1, tf_eax = 2, tf_trapno = 12, tf_err = 0, tf_eip = -1068426708, tf_cs = 8, tf_eflags = 65670, tf_esp = 3, tf_ss = 0})
    at /usr/src/sys/i386/i386/trap.c:250
#8  0xc0706666 in calltrap () at {standard input}:94
#9  0xc0511a2c in zorp_send (sc=0x0) at /usr/src/sys/dev/zorp/zorp.c:733
#10 0xc0517777 in zorp_ioctl (cmd=1) at /usr/src/sys/dev/zorp/zorp.c:115
#11 0xc0728888 in syscall (frame=0xd7f0ad48) at /usr/src/sys/i386/i386/trap.c:1010
#12 0xc0706a4d in Xint0x80_syscall () at {standard input}:136
`;

  it('one backtrace holds both, each from its own place on', () => {
    const report = parseReport(block + bt);
    const [later] = report.others;
    expect([report.title, report.frames.map((each) => each.number)]).toEqual([
      'page fault in zorp_send (kernel read null+0x1c)',
      [5, 6, 7, 8, 9, 10, 11, 12],
    ]);
    expect(report.registers.find((each) => each.name === 'eip')?.value).toBe('0xc0511a2c');
    expect([later?.frames.map((each) => each.function), later?.registers.length]).toEqual([
      ['doadump', 'boot', 'panic', 'zorp_switch', 'boot'],
      0,
    ]);
    // The numbers before the first are the later panic's.
    expect(report.damage.filter((each) => each.what.startsWith('frame'))).toEqual([]);
  });

  it('without a word of the later panic, the backtrace is the one event\u2019s as it stands', () => {
    const report = parseReport(block.slice(0, block.indexOf('syncing')) + bt);
    expect([report.others.length, report.frames.length]).toEqual([0, 13]);
  });

  it('a warning before it is no panic', () => {
    const { others } = parseReport(`lock order reversal:
 1st 0xc1111111 zorp (zorp) @ /usr/src/sys/zorp.c:1
 2nd 0xc2222222 porz (porz) @ /usr/src/sys/zorp.c:2
panic: zorp_switch: switch while held
cpuid = 0
${bt}`);
    expect(others.map((each) => [each.kind, each.frames.length])).toEqual([['lock-order-reversal', 0]]);
  });

  it('a fault while the disks were synced has its own functions alone', () => {
    const report = parseReport(`panic: zorp_free: freeing free block
cpuid = 1

syncing disks, buffers remaining... 4
Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0x4
fault code              = supervisor read, page not present
instruction pointer     = 0x8:0xc0544444
trap number             = 12
db> bt
db_enter() at db_enter+0x5
trap_fatal(1,4,2) at trap_fatal+0x66
trap(18,10,10,1,0) at trap+0x83
calltrap() at calltrap+0x5
--- trap 0xc, eip = 0xc0544444, esp = 0xd7f0ab40, ebp = 0xd7f0ab5c ---
zorp_sync(1) at zorp_sync+0x24
boot(100) at boot+0x11
panic(c0611111) at panic+0x44
zorp_free(2) at zorp_free+0x31
zorp_close(3) at zorp_close+0x15
`);
    expect([report, ...report.others].map((each) => [each.kind, each.frames.map((f) => f.function)])).toEqual(
      [
        ['panic', ['panic', 'zorp_free', 'zorp_close']],
        ['trap', ['db_enter', 'trap_fatal', 'trap', 'calltrap', 'zorp_sync', 'boot']],
      ],
    );
    expect(report.ownFrames).toEqual(['zorp_free', 'zorp_close']);
  });
});

describe('the header of a dump', () => {
  const header = (message: string, date: string) => `Dump header from device: /dev/ada0s1b
  Architecture: amd64
  Dumptime: ${date}
  Magic: FreeBSD Kernel Dump
  Version String: FreeBSD 14.0-CURRENT #2 main-n1: Mon Mar 27 16:15:25 UTC 2023
  Panic String: ${message}
  Dump Status: good

`;
  const panic = `panic: zorp_detach: still in use
cpuid = 2
time = 1706644478
KDB: stack backtrace:
vpanic() at vpanic+0x132
panic() at panic+0x43
zorp_detach() at zorp_detach+0x25b
zorp_close() at zorp_close+0x51
`;
  const told = (text: string) => {
    const { dump, kernel } = parseReport(text);
    return [dump?.state, dump?.header?.dumptime?.value, kernel?.release];
  };

  it('is of the panic and of the day that it names', () => {
    const own = 'zorp_detach: still in use';
    for (const date of ['2024-01-30 20:54:38 +0100', 'Tue Jan 30 19:54:38 2024'])
      expect(told(header(own, date) + panic)).toEqual(['good', date, '14.0-CURRENT']);
    const nothing = [undefined, undefined, undefined];
    expect(told(header('zorp_free: free twice', '2024-01-30 20:54:38 +0100') + panic)).toEqual(nothing);
    for (const date of ['2023-05-17 14:07:58 +0100', 'Wed May 17 14:07:58 2023'])
      expect(told(header(own, date) + panic)).toEqual(nothing);
  });

  it('takes nothing from what the console says of the dump', () => {
    const text = `${header('zorp_free: free twice', '2023-05-17 14:07:58 +0100')}${panic}Dumping 64 out of 511 MB:\n`;
    expect(told(text)).toEqual(['started', undefined, undefined]);
  });
});

it('the version that a kernel gives as it starts after the panic is likely that of the panic', () => {
  const panic = `panic: zorp_detach: still in use
cpuid = 2
KDB: stack backtrace:
vpanic() at vpanic+0x132
panic() at panic+0x43
zorp_detach() at zorp_detach+0x25b
`;
  const freebsd = `Copyright (c) 1992-2016 The FreeBSD Project.
Copyright (c) 1979, 1980, 1983, 1986, 1988, 1989, 1991, 1992, 1993, 1994
The Regents of the University of California. All rights reserved.
FreeBSD 11.0-RELEASE-p1 #0 r306420: Thu Sep 29 01:43:23 UTC 2016
`;
  const netbsd = `Copyright (c) 1996, 1997, 1998, 1999, 2000, 2001, 2002, 2003
    The NetBSD Foundation, Inc.  All rights reserved.
NetBSD 9.3 (GENERIC) #0: Thu Aug  4 15:30:37 UTC 2022
`;
  const likely = (text: string) => {
    const { kernel } = parseReport(text);
    return [kernel?.release, kernel?.likely];
  };
  const login = `Last login: Tue Jul  1 19:24:47 2025 on tty constty

NetBSD 10.1 (ZORP) #121: Fri Jul  3 07:33:26 JST 2026
`;
  for (const [banner, release] of [
    [login, '10.1'],
    [freebsd, '11.0-RELEASE-p1'],
    [netbsd, '9.3'],
  ] as const) {
    expect(likely(panic + banner)).toEqual([release, true]);
    expect(likely(banner + panic)).toEqual([release, undefined]);
    // The line alone is somebody's word on the machine.
    expect(likely(`${panic}\n${banner.split('\n').at(-2)}\n`)).toEqual([release, undefined]);
  }
});

describe('half a recipe is none', () => {
  const told = (words: string) => {
    const { recipe, damage } = parseReport(`${words}

panic: zorp_detach: still in use
cpuid = 2
KDB: stack backtrace:
vpanic() at vpanic+0x132
panic() at panic+0x43
zorp_detach() at zorp_detach+0x25b
fork_exit() at fork_exit+0x80
`);
    return [recipe.map(({ text }) => text), damage.some(({ what }) => what === 'a command as a way to it')];
  };

  it('a further step that is no command', () => {
    for (const step of [' and then shut zorpd down', ', then unplug the disk,', ' followed by zorpctl'])
      expect(told(`If you run "ktrace -p zorpd"${step} you will get a panic:`)).toEqual([[], true]);
    expect(told('To reproduce run "ktrace -p zorpd" and then it panics.')).toEqual([
      ['ktrace -p zorpd'],
      false,
    ]);
  });

  it('a further step that is one is taken with the first', () => {
    for (const second of ['and then kldunload zorp', ', then run "kldunload zorp".'])
      expect(told(`To reproduce run "ktrace -p zorpd"${second.startsWith(',') ? '' : ' '}${second}`)).toEqual(
        [['ktrace -p zorpd', 'kldunload zorp'], false],
      );
  });

  it('a command whose variable another line of the script sets', () => {
    expect(told('To reproduce:\n\n# mount $dev /mnt\n# ls /mnt')).toEqual([[], true]);
    expect(told('To reproduce:\n\n# for i in 1 2; do mount /dev/md$i /mnt; done')).toEqual([
      ['for i in 1 2; do mount /dev/md$i /mnt; done'],
      false,
    ]);
    expect(told("To reproduce:\n\n# cp '/tmp/$x' /mnt/zorp\n# cat $HOME/zorp > /mnt/zorp")).toEqual([
      ["cp '/tmp/$x' /mnt/zorp", 'cat $HOME/zorp > /mnt/zorp'],
      false,
    ]);
  });

  it('the comment behind a command is none of its words', () => {
    for (const comment of ['# panics', '#', '# the last step'])
      expect(told(`To reproduce:\n\n# ls -lR /mnt > /dev/null\t${comment}`)).toEqual([
        ['ls -lR /mnt > /dev/null'],
        false,
      ]);
  });
});

describe('frames without a name', () => {
  it('have their addresses, and a 0 at the end of the stack is none', () => {
    const report = parseReport(`panic: zorp_table: unknown entry 68
cpuid = 0
(kgdb) bt
#0  doadump () at /usr/src/sys/kern/kern_shutdown.c:240
#1  0xffffffff80a11111 in panic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:550
#2  0xffffffff82c22222 in zorp_attach () from /boot/kernel/zorp.ko
#3  0xffffffff82c33333 in ?? ()
#4  0x0000000000000000 in ?? ()
`);
    expect(report.frames.map((each) => each.function)).toEqual(['doadump', 'panic', 'zorp_attach', '??']);
    expect(renderReport(report)).toContain('??() at 0xffffffff82c33333');
    // What lies beyond that 0, nobody has left out.
    const { damage } = parseReport(`panic: zorp_table: unknown entry 68
cpuid = 0
(kgdb) bt
#0  0xffffffff80a11111 in panic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:550
#1  0xffffffff82c22222 in zorp_attach () from /boot/kernel/zorp.ko
#2  0x0000000000000000 in ?? ()

(kgdb) quit
`);
    expect(damage.map((each) => each.what)).not.toContain('outer end of the backtrace');
  });
});

describe('a fault on a nofault entry', () => {
  const text = (
    page: string,
    args: string,
    ip: string,
  ) => `panic: vm_fault: fault on nofault entry, addr: ${page}
cpuid = 2
KDB: stack backtrace:
panic(150acba,14ec1ab,0) at panic+0x14
vm_fault(1e360c8,0,4,0,0) at vm_fault+0x1725
trap_pfault(${args}) at trap_pfault+0x176
trap(ffc0df6c,8,28) at trap+0x2d9
calltrap() at calltrap+0x5
--- trap 0xc, eip = ${ip}, esp = 0xffc0dfac, ebp = 0xffc0340c ---
zorp_start() at zorp_start+0x3b
`;
  const shown = (...of: [string, string, string]) => renderReport(parseReport(text(...of)), { columns: 200 });

  it('tells the address in the page, and a jump to where no code is', () => {
    expect(shown('deadc000', 'e6b4499c,0,deadc144', '0xc0667def')).toContain(
      'the address was likely 0xdeadc144, in the page that the message names',
    );
    expect(shown('0', '2c,0,0', '0x2c')).toContain('the processor was to execute at 0x2c, where no code is');
    // Flags, and two that it may be.
    for (const args of ['1,0,0', 'deadc144,0,deadc148'])
      expect(shown(args === '1,0,0' ? '0' : 'deadc000', args, '0xc0667def')).not.toMatch(
        /was likely 0x|was to execute/,
      );
  });
});

it('the kernel handles a trap after it has come', () => {
  const out = renderReport(
    parseReport(`uvm_fault(0xd4a1e2b0, 0x0, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at zorp_rx+0x14: movl 0x14(%eax),%eax
ddb> trace
panic(d0394f5b) at panic+0x9c
trap() at trap+0x2b1
--- trap (number 6) ---
zorp_rx(0) at zorp_rx+0x14
zorp_intr(0) at zorp_intr+0x31
`),
  );
  const [came, handled] = [
    out.search(/\d\. page fault in kernel mode/),
    out.indexOf('the kernel handled the trap'),
  ];
  expect(came).toBeGreaterThan(0);
  expect(handled).toBeGreaterThan(came);
});

it("OpenBSD's code of a page fault says why, where it is the processor's", () => {
  const code = (access: number, number: string) =>
    parseReport(`uvm_fault(0xffffffff82a51111, 0x18, 0, ${access}) -> e
kernel: page fault trap, code=${number}
Stopped at      zorp_option+0x158:  movq    %rcx,0x18(%r13)
`).trap?.faultCode?.value.why;
  expect([code(2, '2'), code(2, '3'), code(1, '1'), code(4, '10')]).toEqual([
    'page not present',
    'protection violation',
    'protection violation',
    'page not present',
  ]);
  // Old kernels say 0 of all, and one that does not fit is something else.
  expect([code(1, '0'), code(1, '2'), code(2, '6'), code(2, 'a')]).toEqual(Array(4).fill('unknown'));
});

describe('a lock that its thread takes twice', () => {
  const text = (
    asks: string,
    owner: string,
    error = 'locking against myself',
  ) => `Mutex error: zorp_enter,17: ${error}

lock address : 0xffffa28005d31111
current cpu  :                  0
current lwp  : ${asks}
owner field  : ${owner} wait/spin:                0/0

panic: lock error: Mutex: zorp_enter,17: ${error}: lock 0xffffa28005d31111 cpu 0 lwp ${asks}
cpu0: Begin traceback...
vpanic() at netbsd:vpanic+0x14a
lockdebug_abort() at netbsd:lockdebug_abort+0xe6
zorp_getpages() at netbsd:zorp_getpages+0x1c1
`;
  const TWICE = 'the thread that asked for the lock had it already: lwp 0xffffa28006602222';

  it('only where the numbers are equal', () => {
    const own = '0xffffa28006602222';
    const report = parseReport(text(own, own));
    expect(renderReport(report, { columns: 200 })).toContain(TWICE);
    expect(report.message?.value).toMatch(/^lock error: Mutex: zorp_enter,17/);
    expect(renderReport(parseReport(text(own, '0xffffa28006603333')), { columns: 200 })).not.toContain(
      'had it already',
    );
    // The newest form has the last holder beside it.
    const last = text(own, '0x0000000000000000').replace(
      `current lwp  : ${own}`,
      `current lwp  : ${own} last held: ${own}`,
    );
    expect(renderReport(parseReport(last), { columns: 200 })).toContain(TWICE);
    const other = last.replaceAll('locking against myself', 'sleeping lock held');
    expect(renderReport(parseReport(other), { columns: 200 })).not.toContain('had it already');
  });
});

describe('what the kernel says before a panic', () => {
  const told = (before: string, message = 'no init') => {
    const report = parseReport(`${before}panic: ${message}
cpuid = 2
KDB: stack backtrace:
panic() at panic+0x1ce
zorp_init() at zorp_init+0x27a
`);
    return renderReport(report, { columns: 200 });
  };

  it('no init, no swap space', () => {
    expect(told('init: not found in path /sbin/init:/rescue/init\n')).toContain(
      'the kernel had found no program to start as init, as the text says before the panic (likely)',
    );
    for (const line of [
      'swap_pager_getswapspace(16): failed',
      'pid 77 (zorpd), jid 0, uid 0, was killed: out of swap space',
      'was killed: failed to reclaim memory',
      'UVM: pid 77 (zorpd), uid 0 killed: out of swap',
    ])
      expect(told(`${line}\n`, 'zorp_grow: no memory')).toContain('the machine was out of memory');
    expect(told(`swap_pager_getswapspace(16): failed\n${'zorp0: link up\n'.repeat(20)}`)).not.toContain(
      'out of memory',
    );
  });
});

it('a report that lost its line ends, with nothing in their places', () => {
  const glued =
    'Fatal trap 12: page fault while in kernel modecpuid = 3; apic id = 03fault virtual address   = 0x18fault code              = supervisor read data, page not presentinstruction pointer     = 0x20:0xffffffff80a1b2c3stack pointer           = 0x28:0xfffffe00a8001900frame pointer           = 0x28:0xfffffe00a8001910code segment            = base 0x0, limit 0xfffff, type 0x1b                        = DPL 0, pres 1, long 1, def32 0, gran 1processor eflags        = interrupt enabled, resume, IOPL = 0current process         = 679 (zorpd)trap number             = 12panic: page faultcpuid = 3time = 1653511702KDB: stack backtrace:#0 0xffffffff80c69465 at kdb_backtrace+0x65#1 0xffffffff80c1b993 at panic+0x43#2 0xffffffff810afdf5 at trap_fatal+0x385#3 0xffffffff81087528 at calltrap+0x8#4 0xffffffff80a1b2c3 at zorp_poll+0x13Uptime: 4m8s\n';
  const { title, trap, process, cpu, frames, time } = parseReport(glued);
  expect(title).toBe('page fault in zorp_poll (kernel read null+0x18)');
  expect([trap?.sp?.value.address, trap?.fp?.value.address, trap?.codeSegment?.value.base]).toEqual([
    '0xfffffe00a8001900',
    '0xfffffe00a8001910',
    '0x0',
  ]);
  expect([process?.value.name, cpu?.value, frames.length, time?.value]).toEqual(['zorpd', 3, 5, 1653511702]);
});
