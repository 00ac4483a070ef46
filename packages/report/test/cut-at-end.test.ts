import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/*
 * A text that ends without the end of a line may have been cut within its last number or name. Of each kind
 * of last line: nothing that may lack digits is given as whole, and with a line end it is.
 */

const BLOCK = `Fatal trap 12: page fault while in kernel mode
cpuid = 3; apic id = 03
fault virtual address	= 0xfffff7ffb48e19a8
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:`;

const TRACE = `panic: zorp: none left
cpuid = 0
KDB: stack backtrace:
#0 0xffffffff80984780 at kdb_backtrace+0x60
#1 0xffffffff809495e6 at vpanic+0x126
#2 0xffffffff809494b9 at panic+0x43
#3 0xffffffff80950757 at zorp_get+0xe7
#4 0xffffffff81e57732 at zorp_span+0x6`;

describe('what ends with the last character of a text', () => {
  it('an instruction pointer is left out: its first digits would be a jump to nowhere', () => {
    const cut = parseReport(`${BLOCK}0xfff`);
    expect(cut.trap?.ip).toBeUndefined();
    expect(cut.title).not.toContain('pointer');
    expect(parseReport(`${BLOCK}0xfff\n`).faultPlace?.jump).toBe('bad');
  });

  it('the number of a process without its name is left out', () => {
    const text = `${BLOCK}0xffffffff8450817d\ncurrent process            = 9`;
    expect(parseReport(text).process).toBeUndefined();
    expect(parseReport(`${text}14 (zorpd)`).process?.value).toEqual({ pid: 914, name: 'zorpd' });
    expect(parseReport(`${text}\n`).process?.value.pid).toBe(9);
  });

  it('of a frame, the place in the function is marked, and no start follows from it', () => {
    const cut = parseReport(TRACE);
    expect(cut.frames.at(-1)?.cut).toBe(true);
    expect(cut.derived.map((each) => each.values.function)).not.toContain('zorp_span');
    const whole = parseReport(`${TRACE}\n`);
    expect(whole.frames.at(-1)?.cut).toBeUndefined();
    expect(whole.derived.map((each) => each.values.function)).toContain('zorp_span');
  });

  it('of arguments whose parenthesis does not close, the last is not given', () => {
    const text =
      'panic: zorp: none left\nzorp_get(c09da7c0,e6b44a7c) at zorp_get+0x95\nzorp_read(c50d2be0,c09da7';
    expect(parseReport(text).frames.at(-1)?.args).toEqual(['0xc50d2be0']);
    expect(parseReport(`${text},`).frames.at(-1)?.args).toEqual(['0xc50d2be0', '0xc09da7']);
  });

  it('a short instruction pointer among registers is left out', () => {
    const text = `kernel: page fault trap, code=0
Stopped at      zorp_get+0x18:    cmpq    $0,0x68(%rbx)
ddb> show registers
rdi                              0x6
rbx                                0
r15               0xffff8000004f7a00
rip               0xff`;
    expect(parseReport(text).registers.map((each) => each.name)).not.toContain('rip');
    expect(parseReport(`${text.slice(0, -4)}0xffffffff81001234`).registers.at(-1)?.name).toBe('rip');
  });
});

describe('an inner end that is not there', () => {
  it('has no culprit: frames that begin with a number past 0, and no word of what happened', () => {
    const frames = `#25 0xffffffff80e8cf83 in zorp_object (fs=0xfffffe00fc3e5ca0) at /usr/src/sys/zorp/zorp.c:1595
#26 zorp_lookup (map=0xfffffe0002c57ce8, vaddr=35538210816) at /usr/src/sys/zorp/zorp.c:1752
`;
    const report = parseReport(frames);
    expect([report.title, report.ownFrames]).toEqual(['backtrace (what happened was not read)', []]);
    expect(parseReport(frames.replace('#25', '#0').replace('#26', '#1')).ownFrames[0]).toBe('zorp_object');
  });
});

describe('names and paths', () => {
  it('VOP layers and the break into the debugger are no culprits', () => {
    const trace = (inner: string) => `panic: zorp goof\ncpuid = 0\nKDB: stack backtrace:
vpanic() at vpanic+0x1c7
panic() at panic+0x43
${inner}() at ${inner}+0x78
zorp_mount() at zorp_mount+0x114
`;
    for (const inner of ['VOP_READDIR_APV', 'kdb_alt_break_internal'])
      expect(parseReport(trace(inner)).ownFrames[0]).toBe('zorp_mount');
  });

  it('a path that was broken in a directory has no blank there', () => {
    const text = `panic: zorp_assert: page 0xfffff802681e9840 not busy @ /usr/home/zorp/sys/modules/kpi/../../compat/zorp
kpi/common/src/zorp_compat.c:698
cpuid = 1
`;
    expect(parseReport(text).message?.value).toMatch(/compat\/zorpkpi\/common\/src\/zorp_compat\.c:698$/);
  });

  it("a format of panic() is read past a capability's bounds", () => {
    const text = `(kgdb) bt
#0  doadump (textdump=1) at /usr/src/sys/kern/kern_shutdown.c:411
#1  0xffff0000005837d0 in panic (fmt=0xffff000000b039b3 [rR,0xffff000000b039b3-0xffff000000b039da] (invalid) "zorp abort: %s") at /usr/src/sys/kern/kern_shutdown.c:913
#2  0xffff00000094d050 in zorp_abort (td=0x0) at /usr/src/sys/zorp/zorp.c:335
`;
    expect(parseReport(text).title).toBe('panic: zorp abort: %s in zorp_abort');
  });

  it('a trap of which the message alone has the name is called by it', () => {
    const text = `stack pointer           = 0x28:0xfffffe00008e3a80
frame pointer           = 0x28:0xfffffe00008e3ab0
code segment            = base 0x0, limit 0xfffff, type 0x1b
panic: page fault
cpuid = 0
`;
    expect(parseReport(text).title).toBe('page fault (kernel)');
    expect(parseReport(text).natures.kind).toBe('likely');
  });
});

describe('versions of something else', () => {
  const rest = 'panic: zorp: none left\ncpuid = 1\n';
  const said = (text: string) => renderReport(parseReport(text), { brief: true });

  it('the number of an erratum is no build', () => {
    expect(said(`- OpenBSD 7.8 Errata #025 (https://example.org)\n${rest}`)).not.toContain('7.8');
    expect(said(`OpenBSD 7.8 (GENERIC.MP) #25: Sun Mar 1 2026\n${rest}`)).toContain('OpenBSD 7.8');
  });

  it("the host's may not be the guest's", () => {
    const banner = 'FreeBSD zorp 15.0-CURRENT FreeBSD 15.0-CURRENT #2: Tue Feb 18 16:54:41 GMT 2025\n';
    expect(said(`Host:\n${banner}${rest}`)).toContain('15.0-CURRENT (likely)');
    expect(said(`${banner}${rest}`)).not.toContain('15.0-CURRENT (likely)');
  });

  it('an old form of the sanitizer without its comma is one of it', () => {
    const report = parseReport(
      'panic: ASan: Invalid access 4-byte read at 0xfffffe00043f6308, MallocRedZone\ncpuid = 1\n',
    );
    expect([report.kind, report.details.state?.value]).toEqual(['kasan', 'MallocRedZone']);
  });

  it('the last argument of a debugger’s frame is left out', () => {
    const trace = `panic: zorp: none left
#0  doadump (textdump=1) at pcpu.h:228
#1  0xffffffff80688192 in kern_reboot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:415
#2  0xffffffff806887a3 in panic (fmt=0xffffffff80b56a51 "zorp: none left") at /usr/src/sys/kern/kern_shutdown.c:738
#3  0xffffffff80950757 in zorp_get (sc=0xfffff8021f7ffff8) at /usr/src/sys/dev/zorp/zorp.c:99
#4  0xffffffff80950999 in zorp_span (sc=0xfffff8021f7ffff8, frame=0`;
    const last = parseReport(trace).frames.at(-1);
    expect(last).toMatchObject({ function: 'zorp_span', argNames: ['sc'], args: ['0xfffff8021f7ffff8'] });
  });
});
