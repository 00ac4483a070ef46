import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PanicEvent, parseReport, renderReport, type Report } from '../src/index.js';

/*
 * Two CPUs print a panic with its backtrace each, and their lines come mixed. Whatever the mixture, no
 * backtrace may hold a line of the other without saying that it could be the other's.
 */

const SEED = Number(process.env.TRAP12_SEED ?? 20010523);
fc.configureGlobal({ seed: SEED });

interface Stack {
  names: string[];
  lines: string[];
  message: string;
}

/** The way to a panic, and the two ways in which stacks begin. */
const PROLOGUE = ['kdb_backtrace', 'vpanic', 'panic'];
const BASES = [
  ['fork_exit', 'fork_trampoline'],
  ['amd64_syscall', 'fast_syscall_common'],
];
const WORDS = ['ip', 'tcp', 'ufs', 'vm', 'vfs', 'uma', 'kern', 'pmap'];

/** Names that only this CPU's stack has: the letter tells them apart. */
const middle = (letter: string) =>
  fc
    .array(fc.constantFrom(...WORDS), { minLength: 2, maxLength: 6 })
    .map((words) => words.map((word, i) => `${word}_${letter}${i}`));

type Style = 'numbers' | 'pointers' | 'arguments';

function render(style: Style, names: readonly string[], stack: number): string[] {
  return names.map((name, i) => {
    const at = (stack + 0x60 * i).toString(16);
    switch (style) {
      case 'numbers':
        return `#${i} 0xffffffff80${(0x100000 + name.length * 64 + i).toString(16)} at ${name}+0x${(i + 5).toString(16)}`;
      case 'pointers':
        return `${name}() at ${name}+0x${(i + 5).toString(16)}/frame 0xfffffe00${at.padStart(8, '0')}`;
      default:
        return `${name}(c0a1e2b1,${at},0,1,2) at ${name}+0x${(i + 5).toString(16)}`;
    }
  });
}

function stackOf(style: Style, cpu: number, names: string[], base: number): Stack {
  const all = [...PROLOGUE, ...names, ...BASES[base]!];
  return {
    names: all,
    message: `trouble of kind ${'ab'[cpu]}`,
    lines: [
      `panic: trouble of kind ${'ab'[cpu]}`,
      `cpuid = ${cpu}`,
      'KDB: stack backtrace:',
      ...render(style, all, style === 'pointers' ? 0x11000000 + cpu * 0x30000 : 0xe4f5b000 + cpu * 0x24000),
    ],
  };
}

/** Lines of both, each in its own order; a bit says whose is next. */
function mix(a: readonly string[], b: readonly string[], bits: readonly boolean[]): string {
  const out: string[] = [];
  let i = 0;
  let j = 0;
  for (let n = 0; i < a.length || j < b.length; n++) {
    if (j >= b.length || (i < a.length && bits[n % bits.length]!)) out.push(a[i++]!);
    else out.push(b[j++]!);
  }
  return `${out.join('\n')}\n`;
}

const events = (r: Report): PanicEvent[] => [r, ...r.others];

/** Whose the frames of a backtrace are, leaving out what both have and what is marked as not sure. */
function owners(event: { frames: Report['frames'] }): Set<string> {
  const out = new Set<string>();
  for (const frame of event.frames) {
    const letter = /_([ab])\d+$/.exec(frame.function);
    if (letter !== null && frame.unsure !== true) out.add(letter[1]!);
  }
  return out;
}

const mixture = (style: Style) =>
  fc
    .tuple(
      middle('a'),
      middle('b'),
      fc.nat(1),
      fc.nat(1),
      fc.array(fc.boolean(), { minLength: 2, maxLength: 40 }),
    )
    .map(([a, b, baseA, baseB, bits]) => ({
      a: stackOf(style, 0, a, baseA),
      b: stackOf(style, 1, b, baseB),
      bits,
    }));

describe('lines of two CPUs, in any mixture', () => {
  for (const style of ['numbers', 'pointers', 'arguments'] as const) {
    it(`never mixes backtraces without saying so: ${style}`, () => {
      fc.assert(
        fc.property(mixture(style), ({ a, b, bits }) => {
          const report = parseReport(mix(a.lines, b.lines, bits));
          for (const event of events(report)) {
            for (const trace of [event, ...event.otherTraces])
              expect([...owners(trace)].length).toBeLessThanOrEqual(1);
          }
          // No frame is lost.
          const count = events(report).flatMap((event) => [
            ...event.frames,
            ...event.otherTraces.flatMap((trace) => trace.frames),
          ]).length;
          expect(count).toBe(a.names.length + b.names.length);
        }),
        { numRuns: 300 },
      );
    });
  }

  for (const style of ['pointers', 'arguments'] as const) {
    it(`gives every stack all of its frames: ${style}`, () => {
      fc.assert(
        fc.property(mixture(style), ({ a, b, bits }) => {
          const report = parseReport(mix(a.lines, b.lines, bits));
          const found = events(report)
            .flatMap((event) => [event, ...event.otherTraces])
            .map((trace) => trace.frames.map((frame) => frame.function).join(' '))
            .filter((each) => each !== '')
            .sort();
          expect(found).toEqual([a.names.join(' '), b.names.join(' ')].sort());
        }),
        { numRuns: 300 },
      );
    });
  }

  it('goes by the CPU that a prefix names', () => {
    const prefixes = ['cpu0: ', 'CPU 1: ', '[cpu0] ', '(cpu#1) '];
    for (const [left, right] of [
      [prefixes[0]!, prefixes[1]!],
      [prefixes[2]!, prefixes[3]!],
    ] as const) {
      fc.assert(
        fc.property(mixture('numbers'), ({ a, b, bits }) => {
          const text = mix(
            a.lines.map((line) => left + line),
            b.lines.map((line) => right + line),
            bits,
          );
          const report = parseReport(text);
          const found = events(report).map((event) => ({
            message: event.message?.value,
            cpu: event.cpu?.value,
            names: event.frames.map((frame) => frame.function),
          }));
          expect(found.sort((x, y) => x.cpu! - y.cpu!)).toEqual([
            { message: a.message, cpu: 0, names: a.names },
            { message: b.message, cpu: 1, names: b.names },
          ]);
          expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('leaves alone what was printed one after the other', () => {
    for (const style of ['numbers', 'pointers', 'arguments'] as const) {
      fc.assert(
        fc.property(mixture(style), fc.nat(4), ({ a, b }, cut) => {
          // The first is cut short, as by a console that lost its end.
          const text = `${[...a.lines.slice(0, a.lines.length - cut), ...b.lines].join('\n')}\n`;
          const report = parseReport(text);
          expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
          expect(events(report).map((event) => event.message?.value)).toEqual([a.message, b.message]);
          expect(report.others[0]!.frames.map((frame) => frame.function)).toEqual(b.names);
        }),
        { numRuns: 100 },
      );
    }
  });
});

const TWO_TRAPS = `Fatal trap 12: page fault while in kernel mode
Fatal trap 9: general protection fault while in kernel mode
cpuid = 0; apic id = 00
cpuid = 1; apic id = 02
fault virtual address   = 0x18
instruction pointer     = 0x20:0xffffffff80aaaaaa
instruction pointer     = 0x20:0xffffffff80bbbbbb
stack pointer           = 0x28:0xfffffe0000aaaa00
stack pointer           = 0x28:0xfffffe0000bbba00
frame pointer           = 0x28:0xfffffe0000aaaa40
frame pointer           = 0x28:0xfffffe0000bbba40
current process         = 11 (idle: cpu0)
current process         = 42 (dd)
panic: page fault
cpuid = 0
panic: general protection fault
cpuid = 1
KDB: stack backtrace:
KDB: stack backtrace:
vpanic() at vpanic+0x182/frame 0xfffffe0000bbb600
vpanic() at vpanic+0x182/frame 0xfffffe0000aaa600
panic() at panic+0x43/frame 0xfffffe0000bbb660
panic() at panic+0x43/frame 0xfffffe0000aaa660
trap_fatal() at trap_fatal+0x35f/frame 0xfffffe0000bbb700
calltrap() at calltrap+0x8/frame 0xfffffe0000bbb900
--- trap 0x9, rip = 0xffffffff80bbbbbb, rsp = 0xfffffe0000bbba00, rbp = 0xfffffe0000bbba40 ---
trap_fatal() at trap_fatal+0x35f/frame 0xfffffe0000aaa700
knote_fdclose() at knote_fdclose+0x10a/frame 0xfffffe0000bbba40
calltrap() at calltrap+0x8/frame 0xfffffe0000aaa900
--- trap 0xc, rip = 0xffffffff80aaaaaa, rsp = 0xfffffe0000aaaa00, rbp = 0xfffffe0000aaaa40 ---
amd64_syscall() at amd64_syscall+0x10c/frame 0xfffffe0000bbbbf0
acpi_cpu_idle() at acpi_cpu_idle+0x2ee/frame 0xfffffe0000aaaa40
fast_syscall_common() at fast_syscall_common+0xf8/frame 0xfffffe0000bbbbf0
fork_exit() at fork_exit+0x7e/frame 0xfffffe0000aaaaf0
--- syscall (6, FreeBSD ELF64, sys_close), rip = 0x8011b, rsp = 0x7fffffffe1a8, rbp = 0x7fffffffe1c0 ---
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0000aaaaf0
`;

describe('which backtrace belongs to which panic', () => {
  it('goes by the instruction pointer and the stack, not by the order of printing', () => {
    const report = parseReport(TWO_TRAPS);
    const [page, protection] = [report, report.others[0]!];
    expect(page.trap?.number?.value).toBe(12);
    expect(page.frames.map((frame) => frame.function)).toEqual(
      'vpanic panic trap_fatal calltrap acpi_cpu_idle fork_exit fork_trampoline'.split(' '),
    );
    expect(page.boundaries).toMatchObject([{ after: 3, trap: 12 }]);
    expect(protection.trap?.number?.value).toBe(9);
    expect(protection.frames.map((frame) => frame.function)).toEqual(
      'vpanic panic trap_fatal calltrap knote_fdclose amd64_syscall fast_syscall_common'.split(' '),
    );
    expect(protection.boundaries).toMatchObject([
      { after: 3, trap: 9 },
      { after: 6, what: 'syscall' },
    ]);
    expect([page.message?.value, protection.message?.value]).toEqual([
      'page fault',
      'general protection fault',
    ]);
    const said = report.damage.filter((each) => each.kind === 'interleaved').map((each) => each.what);
    expect(said).toEqual(['trap block', 'backtraces']);
  });

  it('says what cannot be told', () => {
    const lines = ['panic: one', 'panic: two', 'KDB: stack backtrace:', 'KDB: stack backtrace:'];
    for (const [i, pair] of [
      ['panic', 'panic'],
      ['alpha', 'beta'],
      ['gamma', 'delta'],
    ].entries())
      for (const name of pair) lines.push(`#${i} 0xffffffff80b3${i}a9${name.length} at ${name}+0x1`);
    const text = `${lines.join('\n')}\n`;
    const report = parseReport(text);
    expect(report.frames.map((frame) => [frame.function, frame.unsure === true])).toEqual([
      ['panic', false],
      ['alpha', false],
      ['gamma', true],
    ]);
    expect(report.damage.map((each) => each.what)).toEqual(
      expect.arrayContaining(['frames gamma, delta', 'owner of the backtraces']),
    );
    expect(renderReport(report, { text })).toContain("gamma()+0x1  (or of the other CPU's backtrace)");
  });
});

describe('a backtrace that was cut in front of a whole one', () => {
  const ORDER = `lock order reversal
 1st 0xc0b14a10 zorp (zorp) @ /usr/src/sys/netzorp/zorp_usrreq.c:331
 2nd 0xc2a0cd44 znp (znp) @ /usr/src/sys/netzorp/in_znp.c:208
Stack backtrace:
backtrace(c09b61c1,c2a0cd44,c09bb7f0,c09bb7f0,c09bb831) at backtrace+0x17
witness_lock(c2a0cd44,8,c09bb831,d0,c2a0cd44) at witness_lock+0x612
_mtx_lock_flags(c2a0cd44,0,c09bb831,d0,c2d87a00) at _mtx_lock_flags+0x9a
zorp_setaddr(c2d87a00,d16dcc98,c2e1d130,c2d87a00,c09f0720) at zorp_setaddr+0x31
`;
  const PANIC = `panic: mutex znp not owned at /usr/src/sys/netzorp/zorp_output.c:77
`;
  const STACK = `Debugger(c09953c9,c0a0a3e0,c0994b17,d16dcb04,100) at Debugger+0x54
panic(c0994b17,c09bb7f0,c09bd35e,4d,c2a0cc60) at panic+0xd5
_mtx_assert(c2a0cd44,1,c09bd35e,4d,0) at _mtx_assert+0xdc
zorp_output(c2a0cba0,c2d87a00,d16dcbd8,c07c3ad5,c2d87a00) at zorp_output+0x4b
zorp_rcvd(c2d87a00,0,c09b55cc,3f2,c2d87a4c) at zorp_rcvd+0x5a
zorp_receive(c2d87a00,0,d16dcc68,0,0) at zorp_receive+0x8ab
dofileread(c2e1d130,c2e7a330,4,8062000,4000) at dofileread+0xd2
read(c2e1d130,d16dcd14,c09d51e2,3ee,3) at read+0x6b
syscall(2f,2f,2f,4,8062000) at syscall+0x2b0
Xint0x80_syscall() at Xint0x80_syscall+0x1d
--- syscall (3, FreeBSD ELF32, read), eip = 0x282ba14f, esp = 0xbfbfe9cc, ebp = 0xbfbfea08 ---
`;
  const NAMES =
    'Debugger panic _mtx_assert zorp_output zorp_rcvd zorp_receive dofileread read syscall Xint0x80_syscall';

  for (const [how, text] of [
    [
      'with the debugger between',
      `${ORDER}${PANIC}Stopped at      Debugger+0x54:  xchgl   %ebx,0\ndb> tr\n${STACK}`,
    ],
    ['printed by the panic itself', `${ORDER}${PANIC}Stack backtrace:\n${STACK}`],
  ] as const)
    it(`is not torn: ${how}`, () => {
      const report = parseReport(text);
      expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
      expect(report.frames.map((frame) => frame.function)).toEqual(NAMES.split(' '));
      expect(report.otherTraces).toEqual([]);
      expect(report.signatureParts.culprit).toBe('zorp_output');
    });

  const shown = (command: string, before = '') =>
    parseReport(`${PANIC}${before}Stopped at      Debugger+0x54:  xchgl   %ebx,0
db> ${command}
cpuid        = 1
curthread    = 0xc2e1d130: pid 614 "zorpget"
curpcb       = 0xd16dcda0
`);

  it('the thread of the CPU that the debugger stopped on is the process', () => {
    expect(shown('show pcpu').process).toMatchObject({ value: { pid: 614, name: 'zorpget' } });
    expect(shown('show pcpu').process?.likely).toBeUndefined();
    expect(shown('show pcpu').cpu?.value).toBe(1);
  });

  it('of a CPU that was asked for, its thread may be another; of all, nothing is said', () => {
    expect(shown('show pcpu 1').process).toMatchObject({ value: { pid: 614 }, likely: true });
    expect(shown('show pcpu 1').cpu).toBeUndefined();
    expect(shown('show pcpu 1', 'cpuid = 1\n').process?.likely).toBeUndefined();
    expect(shown('show pcpu 1', 'cpuid = 0\n').process).toBeUndefined();
    expect(shown('show allpcpu').process).toBeUndefined();
  });
});
