import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

const printed = (text: string): string => renderReport(parseReport(text)).replace(/\s+/g, ' ');

/** Kinds of texts that fresh eyes have read wrong: each is somebody's in other words. */

const STACK = `#0  sched_switch (td=0xfffff8002f1a5000, flags=260) at /usr/src/sys/kern/sched_ule.c:2147
#1  0xffffffff80b5e2c4 in mi_switch (flags=260) at /usr/src/sys/kern/kern_synch.c:540
#2  0xffffffff80bb1d60 in _cv_wait (cvp=0xfffff80003b2c1a8, lock=0xfffff80003b2c190) at /usr/src/sys/kern/kern_condvar.c:146
#3  0xffffffff80c7a113 in zorp_drain (zp=0xfffff80003b2c100) at /usr/src/sys/net/if_zorp.c:402
#4  0xffffffff80c7b2a0 in zorp_clone_destroy (ifp=0xfffff80003a01000) at /usr/src/sys/net/if_zorp.c:611
`;
const PANIC =
  'panic: deadlres_td_sleep_q: possible deadlock detected for 0xfffff8004c0e7000 (ifconfig), blocked for 120021 ticks\n';

it.each([
  'tid 100771',
  'thread 412',
  'proc 2207',
  'tid 100771      # the holder',
])('a stack that a debugger shows behind a command that goes to another thread is not the panic\u2019s: %s', (command) => {
  const report = parseReport(`${PANIC}\n(kgdb) ${command}\n(kgdb) bt\n${STACK}`);
  expect(report.frames).toEqual([]);
  expect(report.otherTraces.map(({ purpose, frames }) => [purpose, frames.length])).toEqual([['thread', 5]]);
  expect(report.signatureParts.culprit).toBeUndefined();
});

it('it is where no debugger has left the thread, or where it goes to the one that panicked or trapped', () => {
  const frames = (session: string, stack = STACK): number =>
    parseReport(`panic: zorp: none left\n\n(kgdb) ${session}\n${stack}`).frames.length;
  expect(frames('bt')).toBe(5);
  expect(frames('thread list\n(kgdb) bt')).toBe(5);
  const way = `#0  doadump (textdump=1) at /usr/src/sys/kern/kern_shutdown.c:399
#1  0xffffffff80b4f0a1 in kern_reboot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:486
#2  0xffffffff80b4f57d in vpanic (fmt=0x0, ap=0x0) at /usr/src/sys/kern/kern_shutdown.c:919
#3  0xffffffff80b4f3a3 in panic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:843
#4  0xffffffff80c7a113 in zorp_take (zp=0xfffff80003b2c100) at /usr/src/sys/net/if_zorp.c:402
`;
  expect(frames('tid 100771\n(kgdb) bt', way)).toBe(5);
  const trap = `#0  trap_pfault (frame=0xfffffe0053b2c980) at /usr/src/sys/amd64/amd64/trap.c:741
#1  0xffffffff80fd1a42 in trap (frame=0xfffffe0053b2c980) at /usr/src/sys/amd64/amd64/trap.c:443
#2  <signal handler called>
#3  0xffffffff80c7a113 in zorp_take (zp=0x0) at /usr/src/sys/net/if_zorp.c:402
`;
  expect(frames('tid 100771\n(kgdb) bt', trap)).toBe(3);
  // Of a text without a word of what happened it is all that there is.
  expect(parseReport(`(kgdb) tid 100771\n(kgdb) bt\n${STACK}`).frames).toHaveLength(5);
});

it('a trap whose trace was cut before it stands before the panic that it led to', () => {
  const text = `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0x28
fault code              = supervisor read data, page not present
instruction pointer     = 0x20:0xffffffff80c81a32
current process         = 0 (zorp_0)
trap number             = 12
panic: page fault
cpuid = 1
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe00511d90a0
vpanic() at vpanic+0x152/frame 0xfffffe00511d90f0
panic() at panic+0x43/frame 0xfffffe00511d`;
  const order = printed(text).split('What happened')[1]!;
  const fault = order.indexOf('page fault in kernel mode at 0xffffffff80c81a32');
  expect(fault).toBeGreaterThan(0);
  expect(order.indexOf('on to the panic: ')).toBeGreaterThan(fault);
});

describe('a text that stops within its last line', () => {
  const trace = (last: string): string => `panic: zorp: none left
cpuid = 0
KDB: stack backtrace:
vpanic() at vpanic+0x182/frame 0xfffffe00511d90f0
panic() at panic+0x43/frame 0xfffffe00511d9150
zorp_take() at zorp_take+0x11/frame 0xfffffe00511d9190
${last}`;

  it('is cut, also where a stack begins', () => {
    expect(parseReport(trace('fork_exit() at fork_exit+0x7e/frame 0xfffffe00511d')).traceEnd).toBe('cut');
    expect(parseReport(trace('fork_exit() at fork_exit+0x7e/frame 0xfffffe00511d91b0')).traceEnd).toBe(
      'whole',
    );
    expect(parseReport(trace('fork_exit() at fork_exit+0x7e/frame 0xfffffe00511d\n')).traceEnd).toBe('whole');
  });

  it('has no place where the number may be the beginning of one', () => {
    const last = parseReport(trace('zorp_input() at zorp_input+0')).frames.at(-1)!;
    expect([last.function, last.offset, last.cut]).toEqual(['zorp_input', undefined, true]);
    expect(parseReport(trace('zorp_input() at zorp_input+0\n')).frames.at(-1)!.offset).toBe(0);
  });

  it('has no pointer of half the length of the others', () => {
    const registers = (rip: string): string[] =>
      parseReport(`panic: zorp: none left
Stopped at      db_enter+0x10:  popq    %rbp
ddb> show registers
rdi                              0x1
rbp               0xffff800021c37330
r8                0xffffffff81e0aa31
rip               ${rip}`).registers.map((each) => each.name);
    expect(registers('0xffffffff')).not.toContain('rip');
    expect(registers('0xffffffff81a4c830')).toContain('rip');
  });
});

describe('what follows an arrow, or a request, is no part of a way to the panic', () => {
  const recipe = (line: string): string[] =>
    parseReport(`${line}\n\npanic: zorp: none left\ncpuid = 0\n`).recipe.map((each) => each.text);

  it('arrows', () => {
    expect(recipe('Log in as root.  kldload zorp9 -> kernel panic.')).toEqual(['kldload zorp9']);
    expect(recipe('ifconfig zorp0 mtu 9000 => panic')).toEqual(['ifconfig zorp0 mtu 9000']);
    expect(recipe('kldload zorp9 \u2192 panic')).toEqual(['kldload zorp9']);
    expect(recipe('ifconfig zorp0 mtu 9000 -> no panic')).toEqual([]);
  });

  it('requests', () => {
    expect(recipe('The default is small, can you try with `zorprun kvm -M 128` or similar?')).toEqual([]);
    expect(recipe('Could you please run ifconfig zorp0 mtu 9000 and post the output?')).toEqual([]);
    expect(recipe('I tried `ifconfig zorp0 mtu 9000` and it panicked.')).toEqual(['ifconfig zorp0 mtu 9000']);
  });
});

it.each(['db_sync_cmd', 'db_reboot_cmd'])('commands of a debugger are none of the event: %s', (command) => {
  const report =
    parseReport(`#0  0xffffffff80119f15 in cpu_reboot (howto=256, bootstr=0x0) at /usr/src/sys/arch/amd64/amd64/machdep.c:671
#1  0xffffffff80238426 in ${command} (addr=0, have_addr=false) at /usr/src/sys/ddb/db_command.c:1359
#2  0xffffffff80238be7 in db_command (last_cmdp=0xffffffff806b90a0) at /usr/src/sys/ddb/db_command.c:908
#3  0xffffffff8023c5bd in db_trap (type=6, code=0) at /usr/src/sys/ddb/db_trap.c:90
#4  0xffffffff80116130 in kdb_trap (type=6, code=0, regs=0xfffffe810e5e0cd0) at /usr/src/sys/arch/amd64/amd64/db_interface.c:227
#5  0xffffffff8011a82f in trap (frame=0xfffffe810e5e0cd0) at /usr/src/sys/arch/amd64/amd64/trap.c:287
#6  0xffffffff80100fde in alltraps ()
#7  0xffffffff80332510 in zorp_destroy (zp=0xfffffe810e5e1000) at /usr/src/sys/kern/zorp.c:690
`);
  expect(report.signatureParts.culprit).toBe('zorp_destroy');
});

it('what is read from one place of the text is no check of two facts', () => {
  const trace = `KDB: stack backtrace:
trap() at trap+0x29f/frame 0xfffffe00511d9390
calltrap() at calltrap+0x8/frame 0xfffffe00511d9390
--- trap 0xc, rip = 0xffffffff80d79b37, rsp = 0xfffffe00511d9460, rbp = 0xfffffe00511d9470 ---
zorp_input() at zorp_input+0x47/frame 0xfffffe00511d9470
`;
  const names = (text: string): string[] => parseReport(text).checks.map((each) => each.name);
  expect(names(trace)).not.toContain('trap number in block and trace');
  expect(names(trace)).not.toContain('trap number and name');
  const block = `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0x28
instruction pointer     = 0x20:0xffffffff80d79b37
current process         = 0 (zorp_0)
trap number             = 12
panic: page fault
`;
  expect(names(block + trace)).toContain('trap number in block and trace');
  expect(names(block + trace)).toContain('trap number and name');
});

it('a build\u2019s number with two blanks behind it, and the ports of sparc', () => {
  const version = (line: string): unknown[] => {
    const { kernel, arch } = parseReport(`${line}\npanic: zorp: none left\n`);
    return [kernel?.release, arch];
  };
  expect(
    version(
      'version = FreeBSD 12.1-RELEASE-p9-HBSD #0  5a41517(stable/20.7)-dirty: Fri Feb  5 16:41:22 CET 2021',
    )[0],
  ).toBe('12.1-RELEASE-p9-HBSD');
  const netbsd =
    'NetBSD 3.1 (GENERIC) #0: Mon Dec 19 04:01:27 UTC 2005\n\tbuilds@host:/home/builds/src/sys/arch/sparc/compile/GENERIC';
  expect(version(netbsd)).toEqual(['3.1', 'sparc']);
  expect(version('data fault: pc=0xf02a4f3c addr=0x7ff000\nsfsr=126<PERR=0,LVL=1,AT=1,FT=1,FAV,OW>')[1]).toBe(
    'sparc',
  );
});

it('a check of a sanitizer\u2019s name does not hold against its message where the return address is the next function\u2019s', () => {
  const text = (
    place: string,
  ): string => `panic: ASan: Unauthorized Access in 0xffffffff80e1f2a1: Addr 0xffffb18012345678 [32 bytes, read]
vpanic() at vpanic+0x18f
panic() at panic+0x3c
kasan_report() at kasan_report+0x8c
__asan_storeN() at __asan_storeN${place}
zorp_copy() at zorp_copy+0x11
`;
  const names = (place: string): string[] => parseReport(text(place)).checks.map((each) => each.name);
  expect(names('+0x11')).toContain('sanitizer message and checker');
  expect(names('')).not.toContain('sanitizer message and checker');
});

it('a double fault comes before its handler', () => {
  const order = printed(`Fatal double fault
rip = 0xffffffff806561f4
rsp = 0xfffff800ab4e3000
rbp = 0xfffff800ab4e3000
cpuid = 0; apic id = 00
panic: double fault
cpuid = 0
KDB: stack backtrace:
dblfault_handler() at dblfault_handler+0x10c
`).split('What happened')[1]!;
  expect(order.indexOf('double fault [')).toBeGreaterThan(0);
  expect(order.indexOf('dblfault_handler')).toBeGreaterThan(order.indexOf('double fault ['));
});

it('who reboots is not who waits for the power to go off', () => {
  const order = printed(`panic: page fault
#0  dumpsys () at /usr/src/sys/kern/kern_shutdown.c:487
#1  0xc0164b1b in boot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:316
#2  0xc0164f68 in poweroff_wait (junk=0xc02da66c, howto=-1070749777) at /usr/src/sys/kern/kern_shutdown.c:595
#3  0xc0270d2a in trap_fatal (frame=0xef8b3c40, eva=538976292) at /usr/src/sys/i386/i386/trap.c:974
#4  0xc02709ed in trap_pfault (frame=0xef8b3c40, usermode=0, eva=538976292) at /usr/src/sys/i386/i386/trap.c:867
#5  0xc02705a3 in trap (frame={tf_fs = 16}) at /usr/src/sys/i386/i386/trap.c:466
#6  0xc0191e07 in zorp_lookup (zp=0xefaab200) at /usr/src/sys/kern/zorp.c:391
`)
    .split('What happened')[1]!
    .split('Facts')[0]!;
  expect(order).toContain('trap_fatal > boot');
  expect(order).not.toContain('poweroff_wait');
});

it('a command without what it is for is no way to a panic', () => {
  const recipe = (line: string): string[] =>
    parseReport(`${line}\n\npanic: zorp: none left\ncpuid = 0\n`).recipe.map((each) => each.text);
  expect(recipe('umount -f panics the box')).toEqual([]);
  expect(recipe('I ran `umount -f` and it panicked.')).toEqual([]);
  expect(recipe('umount -f /zorp panics the box')).toEqual(['umount -f /zorp']);
  expect(recipe('I ran `umount -a` and it panicked.')).toEqual(['umount -a']);
});

it('a time whose end cannot be read is none; dots above a version leave nothing of the panic out', () => {
  const time = (line: string): number | undefined =>
    parseReport(`panic: zorp: none left\ncpuid = 0\n${line}\nKDB: stack backtrace:\n`).time?.value;
  expect(time('time = 1651100000')).toBe(1651100000);
  expect(time('time = 16511[unreadable]')).toBeUndefined();
  const gaps = (line: string): string[] =>
    parseReport(
      `panic: zorp: none left\ncpuid = 0\n\nSome days later:\n\nLast login: Tue\n...\n${line}\nzorp# pwd\n`,
    )
      .damage.filter(({ kind }) => kind === 'gap')
      .map(({ what }) => what);
  expect(gaps('NetBSD 10.99.6 (GENERIC) #121: Fri Jul  3 07:33:26 JST 2026')).toEqual([]);
  expect(gaps('vpanic() at vpanic+0x182')).toHaveLength(1);
});

it('the reason of an error code names the bits that are set', () => {
  const because = parseReport(`Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = 0x0
fault code              = supervisor read instruction, page not present
instruction pointer     = 0x20:0x0
current process         = 0 (zorp_0)
trap number             = 12
panic: page fault
version: FreeBSD 13.1-RELEASE amd64
`).derived.find(({ rule }) => rule === 'error-code');
  expect(because?.values.code).toBe(0x10);
  expect(because?.because).toContain('bit 4 instruction fetch 1');
});

it('how often a command on a line of its own was run stands in the heading above it, or alone below it', () => {
  const DD = 'dd if=/dev/zero of=/dev/null bs=3m';
  const times = (text: string): unknown[] =>
    parseReport(`panic: zorp: none left\ncpuid = 0\n\nHow to repeat:\n${text}\n`).recipe.map(
      (each) => each.times,
    );
  expect(times(`I ran this twice:\n$ ${DD}`)).toEqual([2]);
  expect(times(`Run the following 20 times:\n$ ${DD}`)).toEqual([20]);
  expect(times(`$ ${DD}\ntwice in a row.`)).toEqual([2]);
  expect(times(`$ ${DD}\nSeveral times it worked.`)).toEqual([undefined]);
  // Of two commands that is of both.
  expect(times(`Run the following 20 times:\n$ ${DD}\n$ ${DD} count=2`)).toEqual([undefined, undefined]);
});

it('a directory that is gone to is part of a command in a window; what closes an aside is not', () => {
  const recipe = (text: string): string[] =>
    parseReport(`panic: zorp: none left\ncpuid = 0\n\nHow to repeat:\n${text}\n`).recipe.map(
      (each) => each.text,
    );
  const dd = 'dd if=/dev/zero of=/dev/null bs=3m';
  expect(recipe(`In one xterm:\n$ cd /usr/src && make -j8 build\nin another:\n$ ${dd}`)).toEqual([
    `cd /usr/src && make -j8 build & ${dd}`,
  ]);
  expect(recipe(`$ (cd /tmp; ${dd})`)).toEqual([dd]);
});

it.each([
  'kern_assert',
  '__kernassert',
  '__assert',
])('NetBSD\u2019s assertions are none of the event: %s', (name) => {
  const report =
    parseReport(`panic: kernel diagnostic assertion "zp != NULL" failed: file "/usr/src/sys/kern/zorp.c", line 12
cpu0: Begin traceback...
vpanic() at netbsd:vpanic+0x14a
${name}() at netbsd:${name}+0x48
zorp_take() at netbsd:zorp_take+0x11
syscall() at netbsd:syscall+0x1fc
--- syscall (number 1) ---
cpu0: End traceback...
`);
  expect(report.signatureParts.culprit).toBe('zorp_take');
});
