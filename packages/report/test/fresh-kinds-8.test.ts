import { describe, expect, it } from 'vitest';
import { parseReport, renderReport, ReportError } from '../src/index.js';

/* Kinds of text on which the reader fell short for the eighth time. */

describe('a sanitizer that says another access than its check', () => {
  const text = (
    said: string,
    checker: string,
  ) => `panic: ASan: Invalid access, ${said} at 0xfffffe0011223344, MallocRedZone(fb)
cpuid = 1
KDB: stack backtrace:
kdb_backtrace() at kdb_backtrace+0xd3/frame 0xfffffe0011220930
vpanic() at vpanic+0x2c5/frame 0xfffffe0011220a10
panic() at panic+0xb5/frame 0xfffffe0011220ad0
${checker}() at ${checker}+0x11a/frame 0xfffffe0011220b90
zorp_ioctl() at zorp_ioctl+0x628/frame 0xfffffe00112222b0
amd64_syscall() at amd64_syscall+0x425/frame 0xfffffe0011222bf0
fast_syscall_common() at fast_syscall_common+0xf8/frame 0xfffffe0011222bf0
`;
  it.each([
    ['1-byte write', '__asan_load1_noabort', false],
    ['1-byte read', '__asan_load1_noabort', true],
    ['8-byte write', '__asan_store8_noabort', true],
    ['8-byte write', '__asan_store4_noabort', false],
    ['300-byte read', '__asan_loadN_noabort', true],
    ['300-byte read', '__asan_storeN_noabort', false],
  ])('%s, found by %s', (said, checker, ok) => {
    const { checks } = parseReport(text(said, checker));
    const about = `"${said.replace(/(\d+)-byte (\w+)/, '$2 of $1 bytes')}", found by ${checker}`;
    expect(checks).toMatchObject([{ name: 'sanitizer message and checker', ok, detail: about }]);
  });
  it('is not asked where no check of that name is in the trace', () => {
    expect(parseReport(text('1-byte write', 'kasan_memset')).checks).toEqual([]);
  });
});

describe('a lock of a reversal that was held', () => {
  const order = (stack: string) => `witness: lock order reversal:
 1st 0xfffffd806d010b48 vnode (&ip->i_lock)
 2nd 0xffffffff8201e670 zorplk (zorplk)
lock order "&ip->i_lock"(rrwlock) -> "zorplk"(rwlock) first seen at:
#0  witness_checkorder+0x65e
#1  rw_enter_write+0x5b
#2  zorp_get+0xeb
#3  Xsyscall+0x128
lock order "zorplk"(rwlock) -> "&ip->i_lock"(rrwlock) first seen at:
#0  witness_checkorder+0x65e
#1  rw_enter+0xd4
#2  zorp_write+0x138
#3  Xsyscall+0x128
Stopped at      db_enter+0x18:  addq    $0x8,%rsp
ddb{1}> show all locks
Process 5133 (zorpd) thread 0xffff8000ffff62a0 (30265)
exclusive rwlock zorplk r = 0 (0xffffffff8201e670)
${stack}exclusive kernel_lock &kernel_lock r = 1 (0xffffffff820cea78)
#0  witness_lock+0x4b0
#1  syscall+0x400
`;
  it('is told with the place where its own list says that it was taken', () => {
    const text = renderReport(
      parseReport(
        order('#0  witness_lock+0x4b0\n#1  rw_enter_write+0x5b\n#2  zorp_io+0x31d\n#3  Xsyscall+0x128\n'),
      ),
    );
    expect(text).toMatch(/lock 2: zorplk \(zorplk\), held, taken in zorp_io\+0x31d/);
  });
  it('is told without a place where the list has none', () => {
    const text = renderReport(parseReport(order('')));
    expect(text).toMatch(/lock 2: zorplk \(zorplk\), held\s+\[at /);
  });
});

describe('locks that were not given back', () => {
  const text = (
    name: string,
    finder: string,
    stack = '',
  ) => `witness: ${name}ing with the following locks held:
exclusive rrwlock zorp r = 0 (0xfffffd8073b011b8)${stack === '' ? ' locked @ /usr/src/sys/kern/zorp.c:1547' : `\n${stack}`}
panic: ${finder === 'userret' ? 'witness_warn' : 'Thread 0xffff800020b92720 cannot exit while holding sleeplocks'}
Stopped at      db_enter+0x18:  addq    $0x8,%rsp
db_enter() at db_enter+0x18
panic() at panic+0x16c
witness_warn(ee1bd254b7968c41,0,ffff800020b932d8) at witness_warn+0x700
${finder}(d3ab1f60032e493c) at ${finder}+0x361
end trace frame: 0x0, count: 9
`;
  it.each([
    ['userret: return', 'userret'],
    ['thread 0xffff800020bba4c8 exit', 'reaper'],
  ])('%s: %s has met them, and is not blamed', (name, finder) => {
    const report = parseReport(text(name, finder));
    expect(report.title).toMatch(new RegExp(`, met in ${finder}$`));
    expect(report.bystander).toMatch(/^it only looks whether locks are held/);
  });
  it('a thread of the kernel that ends with a lock is likely the one that took it', () => {
    const report = parseReport(text('thread 0xffff800020bba4c8 exit', 'zorp_thread'));
    expect(report.title).toMatch(/ in zorp_thread$/);
    expect(report.bystander).toBeUndefined();
  });
  it('where the lock has a stack, the star of the frame to look at stands there', () => {
    const stack = '#0  witness_lock+0x52e\n#1  rw_enter+0x46d\n#2  zorp_write+0x169\n#3  Xsyscall+0x128';
    const report = parseReport(text('userret: return', 'userret', stack));
    expect(report.title).toMatch(/ in zorp_write$/);
    const said = renderReport(report);
    expect(said).toContain('innermost first (* where the lock was found to be held still)');
    expect(said.match(/^ {2}\* .*/gm)!.map((line) => line.trim())).toEqual([
      '* userret(0xd3ab1f60032e493c)+0x361',
      '* zorp_write()+0x169',
    ]);
  });
});

describe('a jump to where no function is, in the traces of debuggers that go by the frame pointer', () => {
  const REGISTERS = `rdi               0xffff800000acf000
rbp               0xffff800014892830
rip               0xfffffd802ea85278
`;
  const text = (version: string, registers = REGISTERS, outermost = 'Xsyscall') => `${version}
uvm_fault(0xffffffff82524170, 0xfffffd802ea85278, 0, 4) -> e
kernel: page fault trap, code=0
Stopped at      0xfffffd802ea85278:     movl    $0xdc4907fc,0(%rdi)
ddb> trace
fffffd802ea85278(b,ffff800014892848) at 0xfffffd802ea85278
zorp_match(fffffd803d4185f8,0,1,0) at zorp_match+0xbe
zorp_connect(ffff8000148929c0) at zorp_connect+0x219
${outermost}(6,0,fffffffffffffed2,0,3,5b77dab0010) at ${outermost}+0x128
end of kernel
ddb> show registers
${registers}`;
  it.each([
    'OpenBSD 7.4 (GENERIC.MP) #0: amd64',
    'OpenBSD 7.4 (GENERIC) #0: i386',
  ])('%s: who jumped has left no frame', (version) => {
    const report = parseReport(text(version));
    expect(report.faultPlace).toMatchObject({ jump: 'bad', lost: true, address: '0xfffffd802ea85278' });
    expect(report.faultPlace!.caller).toBeUndefined();
    expect(report.title).toBe(
      'page fault in an unnamed function called from zorp_match (kernel call through a bad pointer)',
    );
    const said = renderReport(report);
    expect(said).toMatch(
      /a function that the stack leaves out likely called through a bad\s+function\s+pointer/,
    );
    expect(said).not.toMatch(/the operand of the instruction|, in "movl/);
  });
  it('OpenBSD/arm64: it has a register for the return address', () => {
    const report = parseReport(
      text('OpenBSD 7.4 (GENERIC.MP) #0: arm64', 'x0  0x1\nlr  0x2\n', 'svc_handler'),
    );
    expect(report.faultPlace).toMatchObject({ jump: 'bad', caller: { function: 'zorp_match' } });
  });
});

describe('a displacement of 64 bits', () => {
  it('is signed', () => {
    const report = parseReport(`OpenBSD 7.4 (GENERIC.MP) #0: amd64
uvm_fault(0xfffffd8066131938, 0xffff800022d79fff, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      zorp_get+0x12:  movzbl  0xffffffffffffffff(%rdi),%eax
ddb> trace
zorp_get(ffff800022d7a000) at zorp_get+0x12
zorp_ioctl(ffff800022d79838,0) at zorp_ioctl+0x78
Xsyscall(6,0,fffffffffffffed2,0,3,63e63a10010) at Xsyscall+0x128
end of kernel
ddb> show registers
rdi               0xffff800022d7a000
rip               0xffffffff81001012    zorp_get+0x12
`);
    const operand = report.derived.find(({ rule }) => rule === 'operand-address');
    expect(operand?.values).toEqual({ address: '0xffff800022d79fff', displacement: -1 });
  });
});

describe('line ends of a BSD console, LF before CR', () => {
  const lines = [
    'OpenBSD 7.4 (GENERIC.MP) #0: amd64',
    'panic: zorp: bad state 4',
    'Stopped at      db_enter+0x18:  addq    $0x8,%rsp',
    'db_enter() at db_enter+0x18',
    'panic() at panic+0x15c',
    'zorp_poll() at zorp_poll+0x22',
    'Xsyscall(6,0,0,0,3,63e63a10010) at Xsyscall+0x128',
    'end of kernel',
  ];
  const said = (text: string) => renderReport(parseReport(text), { text });
  it.each(['\r\n', '\n\r', '\r'])('%j counts once', (end) => {
    expect(said(lines.join(end))).toBe(said(lines.join('\n')));
  });
  it('and stands before an empty line as itself', () => {
    expect(said(`\n\r\n${lines.join('\n')}`)).toContain('[line 4]');
  });
});

describe('a session in which a writer has put dots for the places, and goes on to speak of a line of it', () => {
  const report = parseReport(`  [console silent after three pokes; breaking to the kernel debugger]

KDB: enter: Break to debugger
[ thread pid 1 tid 100002 ]
Stopped at      kdb_alt_break_internal+0x15d
db> bt
Tracing pid 1 tid 100002 td 0xfffff80004c98000
kdb_alt_break_internal() at ...
kdb_alt_break() at ...
zorp_intr() at ...
Xapic_isr1() at ...
--- interrupt, rip = 0x2c2994c9fd0, rsp = 0x67061406eb30, rbp = ... ---

And the whole of it sits on top of

--- interrupt, rip = 0x2c2994c9fd0 ---
`);
  it('the dots are no name', () => {
    expect(report.frames.map((frame) => frame.function)).toContain('zorp_intr');
    expect(report.damage.filter(({ kind }) => kind === 'garbled')).toEqual([]);
  });
  it('the line is there once', () => {
    expect(report.boundaries).toHaveLength(1);
    expect(report.boundaries[0]).toMatchObject({ ip: '0x2c2994c9fd0', sp: '0x67061406eb30' });
  });
  it('what for is not said to stand nowhere', () => {
    expect(renderReport(report)).toMatch(/\("Break to debugger"\);\s+what\s+for\s+was\s+not\s+read/);
  });
});

describe('a candidate for a release', () => {
  it.each(['6.1 RC2', '6.1_RC2', '6.1-RC2'])('NetBSD %s is no 6.1', (release) => {
    const { kernel } = parseReport(
      `This is NetBSD ${release} amd64, and I get this:\n\npanic: zorp_tag: bad request\n`,
    );
    expect(kernel?.release).toBe(release);
  });
});

describe('the head of a trap behind what the boot was at', () => {
  const block = (mode: string) => `cpuid = 1; apic id = 01
fault virtual address   = 0x18
fault code              = ${mode} read data, page not present
instruction pointer     = 0x20:0xffffffff80ac2563
`;
  it.each([
    [
      'Fatal trap 12: page fault while in kernel mode',
      block('supervisor'),
      'page fault (kernel read null+0x18)',
    ],
    [
      'Fatal data abort:',
      '  x0:                0\n  x1: ffffa00006358580\n  x2:                3\n',
      'data abort (kernel)',
    ],
  ])('%s', (head, rest, title) => {
    for (const before of ['Starting zorpd...', 'Starting zorpd.', 'zorpd: started']) {
      const report = parseReport(`${before}${head}\n${rest}`);
      expect([report.title, report.kind], before).toEqual([title, 'trap']);
      expect(report.damage.map(({ what }) => what)).not.toContain(
        'head of the trap block ("Fatal trap N: ...")',
      );
    }
  });
  it('a sentence that quotes one has none', () => {
    expect(() => parseReport('It says "Fatal data abort:\nand that is all')).toThrow(ReportError);
  });
});

describe('what came of another boot’s panic', () => {
  const FAULT = `Fatal trap 12: page fault while in kernel mode
cpuid = 0; apic id = 00
fault virtual address   = 0x18
fault code              = supervisor read data, page not present
instruction pointer     = 0x20:0xffffffff80ac2563
current process         = 31 (zorpd)
zorp_get() at zorp_get+0x13
zorp_ioctl() at zorp_ioctl+0x628
`;
  const BOOT = `panic: kmem_zorp: no room
syncing disks... panic: trap
dumping to dev 1, offset 0
dump device bad
`;
  it('is none of this one’s, nor is its dump', () => {
    const report = parseReport(
      `${FAULT}\nAnd here is what I had last week, before I changed the size:\n\n${BOOT}`,
    );
    expect(report.kind).toBe('trap');
    expect(report.others).toHaveLength(2);
    expect(report.dump).toBeUndefined();
    expect(renderReport(report)).toMatch(/likely\s+2\s+further\s+events\s+in\s+the\s+text\./);
  });
  it('of one event it is', () => {
    const report = parseReport(BOOT);
    expect(report.dump).toMatchObject({ state: 'failed' });
    expect(renderReport(report)).toMatch(/1\s+further\s+event\s+in\s+the\s+text\s+likely\s+came\s+of\s+it/);
  });
});
