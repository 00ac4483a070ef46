import { expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/*
 * Statements that the reader made with too little evidence, by kinds: here what would make each of them false
 * stands in a text, and the statement is not made.
 */

const printed = (text: string): string => renderReport(parseReport(text)).replace(/\n {2,}/g, ' ');

const PANIC = 'panic: zorp_free: freeing free zorp\ncpuid = 1\n';

it('a command that somebody ran is a way to the panic where the words around it, or the panic, say so', () => {
  const recipe = (text: string): string[] => parseReport(text).recipe.map((each) => each.text);
  const story = (behind: string): string =>
    `My laptop was three years old. I wanted a new userland, so I ran

$ ./mk.sh -u distribution install=/

${behind}

It was late by then.

${PANIC}`;
  expect(recipe(story('and went to bed. In the morning all was built.'))).toEqual([]);
  expect(recipe(story('and it panics.'))).toEqual(['./mk.sh -u distribution install=/']);
  // A program that does it is there, and how it is built.
  expect(recipe(`${story('and went to bed.')}\n#include <stdio.h>\n`)).toEqual([
    './mk.sh -u distribution install=/',
  ]);
  // At once above the panic and below it.
  expect(recipe(`I ran:\n\n# mount -t zorp /dev/zorp0 /mnt\n\n${PANIC}`)).toEqual([
    'mount -t zorp /dev/zorp0 /mnt',
  ]);
  expect(recipe(`${PANIC}\nI ran:\n\n# mount -t zorp /dev/zorp0 /mnt\n`)).toEqual([
    'mount -t zorp /dev/zorp0 /mnt',
  ]);
});

it('what a place lies far behind is the symbol below it, and no function to name', () => {
  const stop = (offset: string): string => `Trap cause = 2 (TLB miss (load or instr. fetch) - kernel mode)
[ thread pid 2 tid 100015 ]
Stopped at      zorp_attach+${offset}: lbu     at,1016(v1)
`;
  const far = parseReport(stop('0x29c4'));
  expect(far.natures.culprit).toBe('not known');
  expect(far.title).toBe('TLB miss (load or instr. fetch) (kernel)');
  expect(printed(stop('0x29c4'))).toContain('zorp_attach is the symbol below the place, 0x29c4 before it');
  const near = parseReport(stop('0x2c'));
  expect(near.natures.culprit).toBe('quoted');
  expect(near.title).toContain('in zorp_attach');
  expect(printed(stop('0x2c'))).not.toContain('the symbol below');
});

it('a frame so far behind its symbol is of code without symbols: what it was is not known', () => {
  const trace = (offset: string): string => `${PANIC}KDB: stack backtrace:
vpanic() at vpanic+0x151/frame 0xfffffe00aa110760
panic() at panic+0x43/frame 0xfffffe00aa1107c0
zorp_last() at zorp_last+${offset}/frame 0xfffffe00aa110800
zorp_ioctl() at zorp_ioctl+0x99/frame 0xfffffe00aa110850
`;
  expect(parseReport(trace('0x41')).title).toContain(' in zorp_last');
  expect(parseReport(trace('0x9a85d')).title).not.toContain(' in ');
});

it('a name that a mailer has folded is one function, and the line of the call into the kernel is whole', () => {
  const text = `lock order reversal:
 1st 0xffffff81ef08ce98 zorpwait (zorpwait) @ /usr/src/sys/kern/zorp_bio.c:2636
 2nd 0xffffff00157b4600 zorphash (zorphash) @ /usr/src/sys/kern/zorp_hash.c:285
KDB: stack backtrace:
_witness_debugger() at _witness_debugger+0x49
witness_checkorder() at witness_checkorder+0x7d3
_sx_xlock() at _sx_xlock+0x4a
zorphash_add() at
zorphash_add+0x19
zorp_dire
nter() at
zorp_direnter+0x876
syscall() at
syscall+0x55
Xfast_syscall() at
Xfast_syscall+0xe2
--- syscall (5, FreeBSD ELF64
, open)
, rip =
0x8009
a4a7c,
rsp = 0x
7ffffff
e918, r
bp = 0x1 ---
That was all of it.
`;
  const report = parseReport(text);
  expect(report.frames.map((each) => each.function)).toContain('zorp_direnter');
  expect(report.frames.map((each) => each.function)).not.toContain('zorp_dire');
  expect(report.traceEnd).toBe('whole');
  expect(report.damage.map((each) => each.what)).not.toContain('outer end of the backtrace');
  // A line of the same kind that stops, and nothing of it below, is cut.
  const cut = parseReport(`${text.slice(0, text.indexOf('\n, open)'))}\nThat was all of it.\n`);
  expect(cut.traceEnd).toBe('cut');
});

it('a text that ends inside a further line does not end in the function above it', () => {
  const trace = (end: string): string => `${PANIC}KDB: stack backtrace:
vpanic() at vpanic+0x151/frame 0xfffffe00aa110760
panic() at panic+0x43/frame 0xfffffe00aa1107c0
zorp_last() at zorp_last+0x41/frame 0xfffffe00aa110800
zorp_ioctl() at zorp_ioctl+0x99/frame 0xfffffe00aa110850
${end}`;
  expect(printed(trace('sy'))).toContain('the text ends inside the line behind that of zorp_ioctl');
  expect(printed(trace('That was all.\n'))).toContain('it ends in zorp_ioctl, where no kernel stack');
});

it('an interrupt that came in by the entry of traps is told as one', () => {
  const trace = (inner: string): string => `panic: zorp: none left
cpuid = 2
KDB: stack backtrace:
panic() at panic+0x2a
zorp_intr() at zorp_intr+0x3c
${inner}do_trap_supervisor() at do_trap_supervisor+0x72
cpu_exception_handler_supervisor() at cpu_exception_handler_supervisor+0x70
sched_idletd() at sched_idletd+0x1a4
fork_exit() at fork_exit+0x80
`;
  const kinds = (text: string): unknown[] => parseReport(text).boundaries.map((each) => each.what);
  expect(kinds(trace('riscv_cpu_intr() at riscv_cpu_intr+0x3e\n'))).toEqual(['interrupt']);
  expect(kinds(trace(''))).toEqual(['trap']);
});

it('a release in a text whose language is not read is not taken for that of the machine', () => {
  const text = (line: string): string =>
    `${line}\n\n    panic: zorp_make: bad request\n\n* zorpd, kvm : 1.2.0\n* NetBSD 6.1 RC2 amd64\n`;
  expect(parseReport(text('It panics as it starts.')).kernel?.release).toBe('6.1 RC2');
  const other = text('\u4e0b\u8a18\u306e\u7d44\u307f\u5408\u308f\u305b\u3067\u52d5\u4f5c\u3057\u305f\u3002');
  expect(parseReport(other).kernel).toBeUndefined();
});

it('the memory of a later boot, which died otherwise, is not told of this panic', () => {
  const boot = 'real mem  = 67764224\n';
  const first = 'panic: zorp_free: freeing free zorp\ncpuid = 1\n';
  const second = 'panic: zarp_alloc: no zarp\n';
  expect(parseReport(`${boot}${first}`).memory?.ramBytes).toBe(67764224);
  expect(parseReport(`${first}\nThe same machine again:\n\n${boot}`).memory?.ramBytes).toBe(67764224);
  const both = parseReport(`${first}KDB: stack backtrace:
vpanic() at vpanic+0x151
panic() at panic+0x43
zorp_last() at zorp_last+0x41
Rebooting...
With less memory it stops before that:

${boot}${second}`);
  expect(both.title).toContain('zorp_free');
  expect(both.others).toHaveLength(1);
  expect(both.memory).toBeUndefined();
});
