import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* Kinds of text on which the reader was found to be wrong for the seventh time: stops, handlers, repairs. */

describe('a stop of the debugger that is not of the panic', () => {
  const TABLE = `    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
*161803  16180      0           0          0    1  blatterd
 141421  14142      0           0          0    0  blatterd
`;
  const PANIC = `panic: zonk: bad state 4
Starting stack trace...
panic(ffffffff82011223) at panic+0x1d0
zonk_poll(4) at zonk_poll+0x50
zonk_ioctl(ffff800022b1a080) at zonk_ioctl+0x31
end trace frame: 0xd4f0718, count: 250
End of stack trace.
`;
  const LEFT = 'WARNING: SPL NOT LOWERED ON SYSCALL 54 3 EXIT 0 9\n';
  const text = (between: string, stop: string) =>
    `${PANIC}${between}Stopped at      ${stop}:   movl $0,%gs:0x688
${TABLE}${stop.split('+')[0]}() at ${stop}
end of kernel
end trace frame: 0x71f0, count: 14
ddb{1}> show proc
PROC (blatterd) tid=161803 pid=16180 tcnt=1 stat=onproc
ddb{1}> ps
   PID     TID   PPID    UID  S       FLAGS  WAIT          COMMAND
*16180  161803  71903      0  7         0x3                blatterd
`;

  it.each([
    ['on its way out with its priority raised', LEFT, 'savectx+0xae'],
    ['the same in a function with a name of its own', LEFT, 'Xgrib_untramp+0xc0'],
    ['where another CPU told it to stop', '', 'x86_ipi_db+0x16'],
    ['where only the symbol before the place is known', '', 'savectx+0xae'],
  ])('%s: its thread is another', (_, between, stop) => {
    const report = parseReport(text(between, stop));
    expect([report.process, report.cpu, report.title]).toEqual([
      undefined,
      undefined,
      'panic: zonk: bad state N in zonk_poll',
    ]);
    expect(report.signature).not.toContain('blatterd');
    expect(renderReport(report)).toContain(`the debugger stopped at ${stop}, which says nothing of this`);
    // The CPU that is told to have panicked is the panic's.
    const shown = parseReport(`${text(between, stop)}ddb{1}> show panic\n*cpu1: zonk: bad state 4\n`);
    expect([shown.process, shown.cpu?.value]).toEqual([undefined, 1]);
  });

  it('in the entry of the debugger it is that thread', () => {
    const report = parseReport(text('', 'db_enter+0x14'));
    expect([report.process?.value.name, report.cpu?.value]).toEqual(['blatterd', 1]);
  });

  it('in front of a panic such a warning says nothing of its stop', () => {
    const report = parseReport(`${LEFT}${text('', 'db_enter+0x14')}`);
    expect(report.process?.value).toEqual({ tid: 161803, pid: 16180, name: 'blatterd' });
  });
});

describe('a fault in the handler of a trap', () => {
  const text = (place: string, trace = '') => `uvm_fault(0xc04a12e0, 0, 1) -> 0xe
fatal page fault in supervisor mode
trap type 6 code 0 eip 0xc0115533 cs 0x8 eflags 0x10246 cr2 0 ilevel 0
Stopped in pid 0.3 (system) at netbsd:${place}: movzbl 0(%edx),%eax
${trace}`;

  it.each(['trap+0x5c1', 'calltrap+0x11', 'alltraps+0x3b', 'trap0e+0x9'])('at %s has no culprit', (place) => {
    const report = parseReport(text(place));
    expect(report.title).toBe('page fault (kernel read null+0x0)');
    expect(report.signatureParts.culprit).toBeUndefined();
    expect(report.natures.culprit).toBe('not known');
    expect(renderReport(report)).toContain(`page fault in kernel mode at ${place}`);
  });

  it('leaves who was interrupted by the first, where the trace shows it', () => {
    const trace = `trap(c5121f10,0) at netbsd:trap+0x5c1
--- trap (number 6) ---
zonk_idle(c5120000,4) at netbsd:zonk_idle+0x2c
grib_loop(c5120000) at netbsd:grib_loop+0x90
`;
    const report = parseReport(text('trap+0x5c1', trace));
    expect(report.signatureParts.culprit).toBe('zonk_idle');
    // The block's place is the second fault's.
    expect([report.faultPlace?.function, report.faultPlace?.offset]).toEqual(['trap', 0x5c1]);
  });

  it('of a function of its own is named', () => {
    expect(parseReport(text('zonk_idle+0x2c')).title).toBe('page fault in zonk_idle (kernel read null+0x0)');
  });
});

describe('a breakpoint by which a kernel goes into its debugger', () => {
  it.each([
    ['an address', '8812f4c0', '0x8812f4c0'],
    ['a function', 'netbsd:zonk_intr+0x4c', 'zonk_intr+0x4c'],
  ])('was not where the debugger stands behind it: %s', (_, at, shown) => {
    const report = parseReport(`zonk0: giving up asr 0x80 csr 0x22
kernel: breakpoint trap
Stopped in pid 0.12 (system) at ${at}:  jr      ra
`);
    expect(report.title).toBe('zonk0: giving up asr N csr N');
    expect([report.faultPlace, report.signatureParts.culprit]).toEqual([undefined, undefined]);
    const printed = renderReport(report);
    expect(printed).toContain(`the debugger stopped at ${shown}, on its own way in`);
    expect(printed).not.toContain(`breakpoint trap in kernel mode at`);
    expect(printed).not.toContain(`"jr ra"`);
  });

  it('with a pointer of its own stays where that is', () => {
    const report = parseReport(`fatal breakpoint trap in supervisor mode
trap type 1 code 0 rip ffffffff8021aa85 cs 8 rflags 246 cr2 0 ilevel 0x8 rsp ffffa00030e0fb20
curlwp 0xffffa00011c0b080 pid 0.4 lowest kstack 0xffffa00030e0c2c0
Stopped in pid 0.4 (system) at netbsd:zonk_intr+0x45:  leave
`);
    expect(report.signatureParts.culprit).toBe('zonk_intr');
  });

  it.each([
    ['mips of NetBSD', 'kernel: breakpoint trap'],
    ['mips of OpenBSD', 'Trap cause = 9 Frame 0xffffffff90a1f7c0'],
    ['x86', 'fatal breakpoint trap in supervisor mode'],
    ['old mips of NetBSD', 'pid 0(system): trap: breakpoint in kernel mode'],
    ['mips of FreeBSD', 'Trap cause = 9 (break point - kernel mode)'],
    ['m68k', 'trap type 7, code = 0, v = 0'],
    ['vax', 'trap: type 3, code 0, pc 80021aa4, psl 4150009'],
    ['sh3', 'fatal unconditional trap (TRAPA) in kernel mode'],
    ['sparc64', 'kernel trap 101: breakpoint'],
  ])('behind a panic is none of its own: %s', (_, line) => {
    const report = parseReport(`panic: zonk: bad state 4
${line}
Stopped in pid 0.12 (system) at netbsd:cpu_Debugger+0x4:  jr      ra
`);
    expect([report.title, report.others]).toEqual(['panic: zonk: bad state N', []]);
  });
});

describe('what was run behind the panic', () => {
  const PANIC = `panic: zonk: bad state 4
cpuid = 0
KDB: stack backtrace:
#0 0xffffffff80c0a1b5 at kdb_backtrace+0x65
#1 0xffffffff80bbe1d6 at panic+0x43
#2 0xffffffff80bae0b2 at zonk_poll+0x50

`;
  const of = (said: string) => parseReport(`${PANIC}${said}\n`).recipe.map(({ text }) => text);

  it.each([
    [
      'under another system',
      'So I booted Linux from a stick and looked around. Then I ran\n\n$ mount -o rw /dev/zd0 /mnt',
    ],
    [
      'from a live CD',
      'I booted a live CD. It saw the disk, and then I ran:\n\n# mount -o ro /dev/zd0s1a /mnt',
    ],
    ['in single user mode', 'After that I booted single user, then ran "tunefs -p /dev/zd0s1a" there.'],
    ['to repair it', 'I wanted to repair the disk, and ran "fsck_zfs -y /dev/zd0s1a" on it.'],
    ['to recover', 'Hoping to recover my files I typed\n\n# dd if=/dev/zd0 of=/mnt/zd0.img bs=1m'],
    ['to fix it', 'I had to fix the label by hand; I ran "newfs -U /dev/zd0s1a" then.'],
    ['over three lines', 'I booted the rescue\nimage of the release\nand ran\n\n# mount -o rw /dev/zd0 /mnt'],
  ])('%s is no way to it', (_, said) => {
    expect(of(said)).toEqual([]);
  });

  it.each([
    ['without such a story', 'I ran\n\n# mount -o rw /dev/zd0 /mnt', 'mount -o rw /dev/zd0 /mnt'],
    [
      'to see it again',
      'I booted single user, and to reproduce it I ran:\n\n# mount -o rw /dev/zd0 /mnt',
      'mount -o rw /dev/zd0 /mnt',
    ],
    [
      'in the section for it',
      '>How-To-Repeat:\n\tI booted the live CD, and ran\n\n\t# mount -o rw /dev/zd0 /mnt',
      'mount -o rw /dev/zd0 /mnt',
    ],
    [
      'of which it died again',
      'I booted the live CD. There the same happens when I run "mount -o rw /dev/zd0 /mnt".',
      'mount -o rw /dev/zd0 /mnt',
    ],
    [
      'in a sentence of that',
      '>How-To-Repeat:\n\tIt is easy. I booted the live CD and ran "mount -o rw /dev/zd0 /mnt" there.',
      'mount -o rw /dev/zd0 /mnt',
    ],
  ])('%s is one', (_, said, command) => {
    expect(of(said)).toEqual([command]);
  });

  it('in front of the panic it is one, whatever was started', () => {
    const report = parseReport(`I booted the live CD, and ran\n\n# mount -o rw /dev/zd0 /mnt\n\n${PANIC}`);
    expect(report.recipe.map(({ text }) => text)).toEqual(['mount -o rw /dev/zd0 /mnt']);
  });
});

describe('the thread of a process that other lines name', () => {
  it("is in FreeBSD's line beside the debugger's stop", () => {
    const block = `fatal kernel trap:

   exception       = 0x300 (data storage interrupt)
   virtual address = 0x38
   dsisr           = 0x40000000
   srr0            = 0xc000000000a1c8f4 (0xa1c8f4)
   curthread       = 0xc00800008f0aa740
          pid = 27, comm = zonkd

panic: data storage interrupt trap
KDB: enter: panic
`;
    const stop = 'Stopped at      kdb_enter+0x70: ori     r0, r0, 0x0\n';
    const of = (line: string) => parseReport(`${block}${line}${stop}`).process?.value;
    expect(of('[ thread pid 27 tid 100233 ]\n')).toEqual({ pid: 27, tid: 100233, name: 'zonkd' });
    expect(of('[ thread pid 28 tid 100233 ]\n')).toEqual({ pid: 27, name: 'zonkd' });
  });

  it("is in OpenBSD's table", () => {
    const report = parseReport(`fatal kernel trap:

    trap entry = 0x2 (memory management fault)
    a0         = 0x30
    a1         = 0x1
    a2         = 0x0
    pc         = 0xfffffc00005b1c7c
    ra         = 0xfffffc00005b1c58
    curproc    = 0xfffffc003e02b5f0
        pid = 28182, comm = zonkd

panic: trap
Stopped at      db_enter+0x10:  ret     zero,(ra)
    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
*314159  28182      0         0x3          0    0K zonkd
`);
    expect(report.process?.value).toEqual({ pid: 28182, tid: 314159, name: 'zonkd' });
  });
});

describe('a panic that a sentence quotes', () => {
  const of = (quoted: string) => () => parseReport(`- zonk 0.4 started init, then ${quoted}`);

  it('with the address of its trap is read', () => {
    const report = of('`panic: SEGV in kernel mode: pc 0x7f5d1a04 addr 0xc`. Frame was fine.')();
    expect([report.kind, report.arch, report.trap?.ip?.value.address]).toEqual(['trap', 'vax', '0x7f5d1a04']);
    expect(report.message?.likely).toBe(true);
  });

  it.each([
    '`panic: trap: uvm_fault(0x1a2b3c, 0x4000, 0, 1): 14`',
    '`panic: zonk`',
    'panic: SEGV in kernel mode: pc 0x7f5d1a04 addr 0xc',
  ])('and no more of it is not: %s', (quoted) => {
    expect(of(quoted)).toThrow('not read as a panic report');
  });
});

describe('the mark that ends a sentence', () => {
  const of = (line: string) =>
    parseReport(`panic: zonk: bad state 4\ncpuid = 0\n\n>How-To-Repeat:\n\t${line}\n>Fix:\n`).recipe.map(
      ({ text }) => text,
    );

  it.each([
    ['umount -af.', 'umount -af'],
    ['umount -f /zork;', 'umount -f /zork'],
    ['umount -f /zork,', 'umount -f /zork'],
    ['umount -f /zork!', 'umount -f /zork'],
    ['# umount -f /zork.', 'umount -f /zork.'],
  ])('is none of the command: %s', (line, command) => {
    expect(of(line)).toEqual([command]);
  });

  it.each(['cp -R /zork .', 'cp -R /zork ..', './zork -C /a/b/.'])('is none: %s', (line) => {
    expect(of(line)).toContain(line);
  });
});
