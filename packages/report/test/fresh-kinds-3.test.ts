import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* What texts of strangers showed: one case a kind. */

const printed = (text: string): string => renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');

describe('DragonFly', () => {
  const console_ = (process: string, worker: string) => `Fatal trap 12: page fault while in kernel mode
cpuid = 2; lapic id = 2
fault virtual address	= 0x1a0
fault code		= supervisor write data, page not present
instruction pointer	= 0x8:0xffffffff8286b7c1
stack pointer	        = 0x10:0xfffff80117cbb5e0
frame pointer	        = 0x10:0xfffff80117cbb620
processor eflags	= interrupt enabled, resume, IOPL = 0
current process		= ${process}
current thread          = pri 10
trap number		= 12
panic: page fault
cpuid = 2
Trace beginning at frame 0xfffff80117cbb300
trap() at trap+0x2a5 0xffffffff80bfe025
calltrap() at calltrap+0xe 0xffffffff80bd43ae
--- trap 000000000000000c, rip = ffffffff8286b7c1, rsp = fffff80117cbb5e0, rbp = fffff80117cbb620 ---
zorp_unpin() at zorp_unpin+0x21 0xffffffff8286b7c1
zorp_work() at zorp_work+0x64 0xffffffff828728f4
${worker}() at ${worker}+0x9b 0xffffffff8274362b
Debugger("panic")
`;

  it('prints the number of a trap in sixteen hexadecimal digits', () => {
    const { boundaries } = parseReport(console_('Idle', 'wq_worker_thread'));
    expect(boundaries.map((each) => each.trap)).toEqual([12]);
    expect(printed(console_('Idle', 'wq_worker_thread'))).not.toMatch(/trap 0\b/);
  });

  it('calls a thread idle that has no process', () => {
    const kernel = parseReport(console_('Idle', 'wq_worker_thread'));
    expect([kernel.system, kernel.process, kernel.trap?.process]).toEqual([
      'DragonFly',
      undefined,
      undefined,
    ]);
    expect(kernel.signatureParts.process).toBeUndefined();
    expect(parseReport(console_('Idle', 'cpu_idle')).process?.value).toEqual({ idle: true });
    expect(parseReport(console_('713 (zorpd)', 'wq_worker_thread')).process?.value.name).toBe('zorpd');
  });
});

it('a buffer of messages shows a panic again behind a boot: it is one, by its second', () => {
  const panic = (
    time: number,
    frames: string,
  ) => `panic: zorp_dirbad: /var: bad dir ino 1926144 at offset 4608: mangled entry
cpuid = 3
time = ${time}
KDB: stack backtrace:
panic() at panic+0x43
zorp_dirbad() at zorp_dirbad+0x45
${frames}`;
  const rest = 'zorp_lookup() at zorp_lookup+0x12\namd64_syscall() at amd64_syscall+0x111\n';
  const boot = '\n---<<BOOT>>---\nCopyright (c) 1992-2021 The FreeBSD Project.\n';
  const of = (second: number) => parseReport(`${panic(1692065302, rest)}${boot}${panic(second, '')}`).others;
  expect(of(1692065302)).toEqual([]);
  expect(of(1692065999)).toHaveLength(1);
});

describe('the deadlock resolver', () => {
  const found = (
    td: string,
  ) => `panic: deadlres_td_sleep_q: possible deadlock detected for 0xfffffe0184a9e720 (zorpd), blocked for 1800771 ticks
cpuid = 11
KDB: stack backtrace:
vpanic() at vpanic+0x182
panic() at panic+0x43
deadlkres() at deadlkres+0x34f
fork_exit() at fork_exit+0x7f
fork_trampoline() at fork_trampoline+0xe

(kgdb) thread apply 1412 bt
Thread 1412 (Thread 102290 "zorpd"):
#0  sched_switch (td=td@entry=${td}, flags=259) at /usr/src/sys/kern/sched_ule.c:2289
#1  0xffffffff80c0ea26 in mi_switch (flags=flags@entry=259) at /usr/src/sys/kern/kern_synch.c:542
#2  0xffffffff80bd59d1 in sleeplk (lk=0xfffff8103b0a3ce0) at /usr/src/sys/kern/kern_lock.c:302
#3  0xffffffff81198ee2 in VOP_LOCK1 (vp=0xfffff8103b0a3c70) at ./vnode_if.h:1082
#4  0xffffffff80ac1d50 in zorp_nget (mntp=0x0) at /usr/src/sys/fs/zorp/zorp.c:204
#5  0xffffffff80ab3bf6 in zorp_lookup (ap=0x0) at /usr/src/sys/fs/zorp/zorp.c:1413
`;

  it('only found it: the frame to look at is the blocked thread\u2019s', () => {
    const report = parseReport(found('0xfffffe0184a9e720'));
    expect([report.signatureParts.culprit, report.ownFrames]).toEqual([
      'zorp_nget',
      ['zorp_nget', 'zorp_lookup'],
    ]);
    expect(printed(found('0xfffffe0184a9e720'))).toContain(
      'The frame to look at is likely zorp_nget, in the backtrace of the thread that was blocked.',
    );
  });

  it('has none where no backtrace is of that thread', () => {
    expect(parseReport(found('0xfffffe0184a9e000')).signatureParts.culprit).toBeUndefined();
  });
});

it('the breakpoint by which a panic enters the debugger stopped nobody', () => {
  const trace = `vpanic() at vpanic+0x1dc
panic() at panic+0x48
data_abort() at data_abort+0x288
handle_el1h_sync() at handle_el1h_sync+0x18
--- exception, esr 0x96000044
zorp_rxintr() at zorp_rxintr+0x14c
ithread_loop() at ithread_loop+0x2a0
fork_exit() at fork_exit+0x78
fork_trampoline() at fork_trampoline+0x18
`;
  const kdb = `panic: vm_fault failed: ffff0000008a1b3c error 1
KDB: stack backtrace:
db_trace_self() at db_trace_self
${trace}KDB: enter: panic
`;
  const asked = `${kdb}[ thread pid 12 tid 100064 ]
Stopped at      kdb_enter+0x48: str     xzr, [x19, #2176]
db> bt
Tracing pid 12 tid 100064 td 0xffff0000a17d0000
db_trace_self() at db_trace_self
db_stack_trace() at db_stack_trace+0x120
db_command() at db_command+0x36c
kdb_trap() at kdb_trap+0x318
handle_el1h_sync() at handle_el1h_sync+0x18
--- exception, esr 0xf2000000
kdb_enter() at kdb_enter+0x48
${trace}db>
`;
  const [short, long] = [parseReport(kdb), parseReport(asked)];
  expect(long.signatureParts.chain).toEqual(short.signatureParts.chain);
  expect(printed(asked)).not.toMatch(/kdb_enter\(\)\+0x48 was stopped/);
});

describe('marks of comments', () => {
  it('stand before the process and the flags of a block as before its other lines', () => {
    const block = `Fatal trap 12: page fault while in kernel mode
fault virtual address	= 0x18
instruction pointer	= 0x20:0xffffffff80a1b3c4
processor eflags	= resume, IOPL = 0
current process		= 744 (zorp-executor)
trap number		= 12
`;
    for (const mark of ['# ', '// ', ' * ', '> # ']) {
      const { trap, process } = parseReport(block.replace(/^/gm, mark));
      expect([mark, process?.value, trap?.eflags?.value.flags]).toEqual([
        mark,
        { pid: 744, name: 'zorp-executor' },
        ['resume'],
      ]);
    }
    expect(printed(`${block}# current ideas: none\n# processor 0 was idle\n`)).not.toContain('ideas');
  });
});

describe('a message that was copied out of a dump\u2019s header', () => {
  const said = `Panic String: zorpq_remove: Attempt to remove out-of-bounds index -3
              from queue 0xffffa00001443038 of size 1
`;

  it('says nothing of the dump', () => {
    expect(parseReport(said).dump).toBeUndefined();
    expect(parseReport(`Dump Length: 4096\n${said}`).dump?.state).toBe('good');
  });

  it('is what the heading over it tells of in a writer\u2019s words', () => {
    const { message, others } = parseReport(
      `### Panic: zorpq_remove out-of-bounds index -3\n\nSeen with zorp.\n\n${said}`,
    );
    expect(message?.value).toMatch(/^zorpq_remove: Attempt to remove/);
    expect(others).toEqual([]);
    const another = parseReport(`### Panic: gnat_release still held\n\nSeen with zorp.\n\n${said}`);
    expect(another.others).toHaveLength(1);
    const few = parseReport(
      `### Panic: zorpq_remove wants another queue whenever gnat runs with little memory left\n\nSeen.\n\n${said}`,
    );
    expect(few.others).toHaveLength(1);
  });
});

it('a heap that cannot be made smaller is no want of memory', () => {
  expect(parseReport('panic: kmem_suballoc: bad status return of 3\n').suppressed).toBeUndefined();
  expect(parseReport('panic: kmem_malloc(4096): kmem_map too small: 1 total allocated\n').suppressed).toBe(
    'out of memory',
  );
});

it('what is left of a stop is no function', () => {
  const report = parseReport(`panic: zorp
cpuid = 0
KDB: stack backtrace:
panic() at panic+0x43
zorp_get() at zorp_get+0x12
amd64_syscall() at amd64_syscall+0x111
KDB: enter: panic
[ thread pid 2876 tid 100222 ]
Stopped at      x32: movq    $0,0x12a1323(%rip)
`);
  expect(report.stoppedAt).toBeUndefined();
  expect(report.damage.map((each) => each.what)).toContain('place where the debugger stopped');
});

it('a debugger that was attached to a machine at rest shows nobody to look at', () => {
  const report = parseReport(`(kgdb) target remote localhost:1234
(kgdb) bt
#0  cpu_idle_acpi (sbt=3323420) at /usr/src/sys/x86/x86/cpu_machdep.c:550
#1  0xffffffff8106e4c5 in cpu_idle (busy=0) at /usr/src/sys/x86/x86/cpu_machdep.c:668
#2  0xffffffff80c1a2d5 in sched_idletd (dummy=0x0) at /usr/src/sys/kern/sched_ule.c:2982
#3  0xffffffff80b8a2e0 in fork_exit (callout=0xffffffff80c19d80, arg=0x0) at /usr/src/sys/kern/kern_fork.c:1151
`);
  expect([report.signatureParts.culprit, report.ownFrames]).toEqual([undefined, []]);
});

it('a program begins with what it defines before its first include', () => {
  const { programs } = parseReport(`panic: zorp
cat > /tmp/zorp.c <<EOF
// made by a fuzzer

#define _GNU_SOURCE

#include <stdio.h>
int
main(void)
{
  return (0);
}
EOF
`);
  expect(programs.map((each) => [each.name, each.lines])).toEqual([['zorp.c', 10]]);
  const apart = parseReport(`panic: zorp
#define is what I have not tried.
It goes down with this:
#include <stdio.h>
int
main(void)
{
}
`);
  expect(apart.programs.map((each) => each.lines)).toEqual([5]);
  const listed = parseReport(`panic: zorp
 * run it twice
 * with two processors

#include <stdio.h>
int
main(void)
{
}
`);
  expect(listed.programs.map((each) => each.lines)).toEqual([5]);
  const commented = parseReport(`panic: zorp
/*
 * Run it twice.
 */

#include <stdio.h>
int
main(void)
{
}
`);
  expect(commented.programs.map((each) => each.lines)).toEqual([9]);
});

describe('a recipe', () => {
  const console_ = `

Fatal trap 12: page fault while in kernel mode
fault virtual address	= 0x3a
fault code		= supervisor write, page not present
instruction pointer	= 0x8:0xc02d8f2a
current process		= 3 (vmdaemon)
trap number		= 12
panic: page fault
`;
  const recipe = (said: string) => parseReport(`${said}${console_}`).recipe.map((each) => each.text);

  it('stands behind a sentence that leads to none', () => {
    expect(recipe('I am running 5.0-CURRENT. Run dd if=/dev/zero of=/dev/null bs=60m and it dies.')).toEqual([
      'dd if=/dev/zero of=/dev/null bs=60m',
    ]);
    expect(recipe('I am running FreeBSD 5.0 (i386, SMP). Run memcheck 56m and it panics.')).toEqual([
      'memcheck 56m',
    ]);
  });

  it('is the half that is not denied', () => {
    for (const said of [
      'It does not panic with memcheck 20m, but memcheck 56m does it every time.',
      'With memcheck 20m nothing happens; memcheck 56m panics it every time.',
      'Under FreeBSD 4.3-RELEASE this never happened; with 5.0-CURRENT "memcheck 56m" kills the box.',
    ])
      expect([said, recipe(said)]).toEqual([said, ['memcheck 56m']]);
    expect(recipe('It does not panic with memcheck 20m, nor with memcheck 56m.')).toEqual([]);
    expect(recipe('memcheck 56m never panics it.')).toEqual([]);
    expect(recipe('I do not think that memcheck 20m panics it.')).toEqual([]);
  });

  it('is that of the first sentence which has one', () => {
    expect(recipe('Run memcheck 56m and it panics. My colleague tried to run memcheck 20m, too.')).toEqual([
      'memcheck 56m',
    ]);
  });
});

describe('the frame past a trap', () => {
  const block = `Fatal trap 12: page fault while in kernel mode
fault virtual address	= 0x28
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:0xffffffff81549dea
current process		= 3050 (zorpd)
trap number		= 12
panic: page fault
KDB: stack backtrace:
panic() at panic+0xb5/frame 0xfffffe01d8688fb0
trap_fatal() at trap_fatal+0x52e/frame 0xfffffe01d86890b0
calltrap() at calltrap+0x8/frame 0xfffffe01d86893b0
--- trap 0xc, rip = 0xffffffff81549dea, rsp = 0xfffffe01d8689480, rbp = 0xfffffe01d8689490 ---
`;
  const rest = `zorp_register() at zorp_register+0xea3/frame 0xfffffe01d86895d0
zorp_kevent() at zorp_kevent+0x26a/frame 0xfffffe01d86899c0
amd64_syscall() at amd64_syscall+0x31e/frame 0xfffffe01d8689f30
`;

  it('is read without the word before its place', () => {
    const { title } = parseReport(`${block}filt_zorp() filt_zorp+0x4a/frame 0xfffffe01d8689490\n${rest}`);
    expect(title).toBe('page fault in filt_zorp (kernel read null+0x28)');
  });

  it('is not that of the fault where the line between is lost, by its frame pointer', () => {
    for (const lost of ['', 'filt_zo() at f%%lt+\n']) {
      const report = parseReport(`${block}${lost}${rest}`);
      expect([lost, report.title]).toEqual([
        lost,
        'page fault in an unnamed function called from zorp_register (kernel read null+0x28)',
      ]);
      expect(printed(`${block}${lost}${rest}`)).toContain('of which no line was read');
    }
    // Without pointers, by the line that could not be read.
    const bare = `${block}filt_zo() at f%%lt+\n${rest}`.replace(/\/frame 0x\w+/g, '');
    expect(parseReport(bare).title).toContain('an unnamed function called from zorp_register');
    // At its beginning a function has not set the pointer yet.
    const early = rest.replace('+0xea3', '+0x4');
    expect(parseReport(`${block}${early}`).title).toContain('in zorp_register (');
  });
});

it('a word behind `at` that is no place of the function is said to be none', () => {
  const text = `panic: zorp
KDB: stack backtrace:
panic() at panic+0x43
zorp_get() at zorp_get+0x12
sigexit() at sigfce20
amd64_syscall() at amd64_syscall+0x111
`;
  expect(parseReport(text).damage.map((each) => each.what)).toContain('line of sigexit');
  expect(printed(text)).not.toContain('ends where');
});

it('lldb\u2019s frame without a name has its address', () => {
  const { title, frames } = parseReport(`(lldb) bt
* thread #1, name = '(pid 1860) sysctl'
  * frame #0: 0xffffffff80b42bbe kernel\`doadump + 46
    frame #1: 0xffffffff80b42c73 kernel\`panic + 67
    frame #2: 0xffffffff8100b81c kernel\`trap_fatal + 1036
    frame #3: 0xffffffff80fe2378 kernel\`calltrap + 8
    frame #4: 0xffffffff83e1d024
    frame #5: 0xffffffff80b54590 kernel\`zorp_handler + 144
    frame #6: 0xffffffff80b539c1 kernel\`zorp_root + 577
`);
  expect(frames[4]!.address).toBe('0xffffffff83e1d024');
  expect(title).toContain('an unnamed function called from zorp_handler');
});

it('the hardware\u2019s own report is nobody\u2019s fault', () => {
  const report = parseReport(`panic: Unrecoverable machine check exception
cpuid = 1
KDB: stack backtrace:
vpanic() at vpanic+0x182
panic() at panic+0x43
mca_intr() at mca_intr+0x9b
mchk_calltrap() at mchk_calltrap+0x8
zorp_idle() at zorp_idle+0x55
fork_exit() at fork_exit+0x80
`);
  expect([report.suppressed, report.ownFrames]).toEqual(['hardware reported an error', []]);
});

it('who stops a machine that is well is not looked for', () => {
  for (const [why, own] of [
    ['sysctl debug.kdb.enter', []],
    ['manual escape to debugger', []],
    ['panic', ['zorp_enter', 'zorp_root']],
  ] as const) {
    const { ownFrames } = parseReport(`KDB: enter: ${why}
[ thread pid 578 tid 100063 ]
Stopped at      kdb_enter+0x2b: nop
db> bt
Tracing pid 578 tid 100063 td 0xfffff80003d1a000
kdb_enter() at kdb_enter+0x2b
zorp_enter() at zorp_enter+0x5e
zorp_root() at zorp_root+0x101
amd64_syscall() at amd64_syscall+0x111
`);
    expect([why, ownFrames]).toEqual([why, own]);
  }
});

describe('small things', () => {
  it('a logger\u2019s line without its date', () => {
    for (const before of ['', '/netbsd: ', 'zork /netbsd: ', 'zork /bsd: ']) {
      const text = `uvm_fault(0xfffffe8079bc8e80, 0x0, 1) -> e
fatal page fault in supervisor mode
trap type 6 code 0 rip ffffffff8066 cs 8 rflags 10246 cr2 18 ilevel 0 rsp fffffe80
panic: trap`;
      expect([before, parseReport(text.replace(/^/gm, before)).trap?.name?.value]).toEqual([
        before,
        'page fault',
      ]);
    }
  });

  it('blanks around the code of a trap', () => {
    const text =
      'kernel: page fault trap, code = 0\nStopped at      zorp_get+0x12:  movl    0x4(%eax),%eax\n';
    expect(parseReport(text).title).toMatch(/^page fault in zorp_get /);
  });

  it('a variable of a shell is no file\u2019s name', () => {
    const of = (file: string) =>
      parseReport(`panic: zorp\ncat > /tmp/${file} <<EOF\n#include <stdio.h>\nint\nmain(void)\n{\n}\nEOF\n`)
        .programs[0]!.name;
    expect([of('$prog.c'), of('prog.c')]).toEqual([undefined, 'prog.c']);
  });

  it('threads of a process are told as such', () => {
    const text = `panic: zorp
db> ps
  pid  ppid  pgrp   uid  state   wmesg   wchan               cmd
 2404   814   814     0  R       (threaded)                  zorp-executor
100068                   RunQ                                zorp-executor
103271                   Run     CPU 0                       zorp-executor
`;
    expect(printed(text)).toContain('2404 zorp-executor, thread 100068');
  });
});
