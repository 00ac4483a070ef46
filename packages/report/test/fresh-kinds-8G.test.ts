import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/* Kinds of text on which the reader fell short for the eighth time: pages of notes with a panic in them. */

const TRACE = `panic: zorp: queue busy
cpuid = 1
KDB: stack backtrace:
panic() at panic+0x43/frame 0xfffffe00aa1107c0
zorp_rele() at zorp_rele+0x1d5/frame 0xfffffe00aa110800
zorp_ioctl() at zorp_ioctl+0x99/frame 0xfffffe00aa110850
`;

describe('dots in a text', () => {
  const gaps = (text: string) =>
    parseReport(text)
      .damage.filter((each) => each.kind === 'gap')
      .map((each) => each.what);
  const SOURCE = `
  sc = zorp_of(dev);
  ...
  zorp_rele(sc);
`;
  it.each([
    ['in a source behind the panic', `${TRACE}\nThe code there:\n\n\`\`\`c${SOURCE}\`\`\`\n`],
    ['in a source in front of it', `It is in zorp.c:\n${SOURCE}\n${TRACE}`],
    [
      'between paragraphs of a writer',
      `${TRACE}\nI have seen this before.\n\n[...]\n\nThat was on another disk.\n`,
    ],
    ['in a part of their own behind it', `${TRACE}\n...\n\nThat was on another disk.\n`],
  ])('%s are no gap of the report', (_, text) => {
    expect(gaps(text)).toEqual([]);
  });

  const line = (n: number) =>
    TRACE.split('\n')
      .slice(n, n + 1)
      .join('');
  it.each([
    ['between frames', TRACE.replace('zorp_ioctl()', '...\nzorp_ioctl()'), ['frames of the backtrace']],
    ['behind the last frame', `${TRACE}[...]\n\nThat was all.\n`, ['frames of the backtrace']],
    ['behind the message', `panic: zorp: queue busy\n[snip]\nThe rest is lost.\n`, ['lines']],
    ['in front of a frame', `panic: zorp\n\nIt says further down:\n...\n${line(4)}\n${line(5)}\n`, ['lines']],
  ])('%s are one', (_, text, expected) => {
    expect(gaps(text)).toEqual(expected);
  });
});

describe('the name of a program', () => {
  const PROGRAM = `#include <sys/ioctl.h>
int
main(void)
{
        ioctl(3, 0x20007a01, 0);
}
`;
  const nameIn = (above: string, program = PROGRAM) =>
    parseReport(`${TRACE}\n${above}\n${program}`).programs.map((each) => each.name);

  it.each([
    ['the path of an address', 'Fixed in https://cvs.example.org/src/sys/dev/zorp/zorp_queue.c?rev=1.7'],
    [
      'a sentence about the kernel',
      'The queue is drained too early in zorp_queue.c, I think. This shows it:',
    ],
    ['a place in the sources', 'zorp_queue.c:144 is where it dies'],
  ])('is not taken from %s', (_, above) => {
    expect(nameIn(above)).toEqual([undefined]);
  });

  it.each([
    ['its file', '=== drain.c ==='],
    ['its file, set off', '**`drain.c`**:'],
    ['an attachment', 'Attachment #2: drain.c (text/x-csrc)'],
    ['a part of a mail', 'Content-Disposition: attachment; filename="drain.c"'],
    ['a file that a shell writes', "cat > /tmp/drain.c <<'EOF'"],
    ['a file that a shell shows', '$ cat tools/drain.c'],
    ['a sentence that ends above it', 'This is drain.c:'],
    ['a sentence that calls it a program', 'My program, drain.c, does it here:'],
  ])('is taken from the heading of %s', (_, above) => {
    expect(nameIn(above)).toEqual(['drain.c']);
  });

  it('is the one that its first comment gives', () => {
    expect(nameIn('', `/*\n * drain.c -- drains a queue\n */\n${PROGRAM}`)).toEqual(['drain.c']);
    const whole = `/*\n * drain.c\n *   Drains a queue.\n */\n\n#ifdef NOTES\nIt ends with\n${TRACE}#endif\n\n${PROGRAM}`;
    const { programs } = parseReport(whole);
    // The end of the condition is of the notes.
    expect(programs.map(({ name, lines }) => [name, lines])).toEqual([['drain.c', 6]]);
    const own = parseReport(
      `${TRACE}\n#ifndef OLD\n#define NEW\n#else\n#define NEW 0\n#endif\n${PROGRAM}`,
    ).programs;
    expect(own.map(({ lines }) => lines)).toEqual([11]);
  });
});

describe('what is run in another section than the panic', () => {
  const page = (section: string, heading = '## Building it') =>
    `# Notes on the zorp driver\n\n${heading}\n\n${section}\n\n## The queue\n\n\`\`\`\n${TRACE}\`\`\`\n`;
  const recipe = (text: string) => parseReport(text).recipe.map((each) => each.text);
  const behind = (section: string) => `## The queue\n\n${TRACE}\n## Firmware\n\n${section}\n`;

  it.each([
    ['in a sentence', 'The card comes without firmware: run `sh tools/zorp-firmware.sh` for it.'],
    ['by somebody', 'I ran `sh tools/zorp-firmware.sh -f` for the card.'],
    ['below a sentence', 'Then run this:\n\nmake -C sys/modules/zorp'],
    ['behind a prompt', 'Then run the build:\n\n# make -C sys/modules/zorp'],
  ])('%s is no way to it', (_, section) => {
    expect([recipe(page(section)), recipe(behind(section))]).toEqual([[], []]);
  });

  it.each([
    ['its heading tells of it', 'Run `sh tools/drain.sh -f` as root.', '## How it crashes'],
    [
      'the text above tells of it',
      'It has panicked here since May.\n\nRun `sh tools/drain.sh -f` as root.',
      undefined,
    ],
    ['the sentence tells of it', 'If I run `sh tools/drain.sh -f` it panics.', undefined],
  ])('is one where %s', (_, section, heading) => {
    expect(recipe(page(section, heading))).toEqual(['sh tools/drain.sh -f']);
  });

  it.each(['## What I did', '### Describe the bug', '## Summary'])('is one below %s', (heading) => {
    expect(recipe(page('I ran `sh tools/drain.sh -f`.', heading))).toEqual(['sh tools/drain.sh -f']);
  });

  it.each([
    'To reproduce:\n\n# ',
    'It panics when I run in a container:\n\n$ ',
  ])('half a command is none: %j', (lead) => {
    const half = `${lead}cc -static -o drain drain.c \\\n    -L lib -lzorp -lpthread\n`;
    expect(recipe(`${half}\n${TRACE}`)).toEqual([]);
    expect(recipe(`${lead}cc -static -o drain drain.c\n\n${TRACE}`)).toEqual(['cc -static -o drain drain.c']);
  });

  it.each(['## How it is built and linked', '## Building'])('is none below %s', (heading) => {
    expect(recipe(page('Then run `cc -static -o drain drain.c`.', heading))).toEqual([]);
  });

  it('is one above all headings', () => {
    const text = `I ran \`sh tools/drain.sh -f\`.\n\n## Backtrace\n\n\`\`\`\n${TRACE}\`\`\`\n`;
    expect(recipe(text)).toEqual(['sh tools/drain.sh -f']);
  });

  it('is one in the same section', () => {
    expect(recipe(`## The queue\n\nRun \`sh tools/drain.sh -f\` as root.\n\n${TRACE}\n## More\n`)).toEqual([
      'sh tools/drain.sh -f',
    ]);
  });
});

describe('fields of a trap as a writer gives them', () => {
  const FRAMES = `--- trap 0xc, rip = 0, rsp = 0xfffffe00bb2207e8 ---
??() at 0/frame 0xfffffe00bb220810
zorp_up() at zorp_up+0x6b2
zorp_attach() at zorp_attach+0x41c
zorp_ioctl() at zorp_ioctl+0x2d9
`;

  it('a boundary on a kernel stack gives the kind, wherever the code went', () => {
    const { title, kind, trap } = parseReport(FRAMES);
    expect(title).toBe('page fault in zorp_up (kernel call through a null pointer)');
    expect([kind, trap?.number?.value, trap?.ip?.value.address]).toEqual(['trap', 12, '0x0']);
    const wild = parseReport(FRAMES.replace('rip = 0,', 'rip = 0x7a6f7270,'));
    expect(wild.kind).toBe('trap');
    // A process was interrupted.
    const user = parseReport(FRAMES.replace('0xfffffe00bb2207e8', '0x7fffffffe8d8'));
    expect(user.kind).toBe('unknown');
    const low = parseReport(`--- trap 0xc, eip = 0x8048123, esp = 0xbfbfe9ac, ebp = 0xbfbfe9d8 ---
zorp_up(c1a2b3c0,2) at zorp_up+0x6b2
zorp_attach(c1a2b3c0) at zorp_attach+0x41c
`);
    expect(low.kind).toBe('unknown');
  });

  it('below the backtrace they are of its trap, in any order and two in a line', () => {
    const report = parseReport(`${FRAMES}current process = zorpctl,  fault virtual address = 0x0
fault code = supervisor read instruction, page not present
stack pointer = 0x28:0xfffffe00bb2207e8
`);
    expect(report.others).toEqual([]);
    expect(report.title).toBe('page fault in zorp_up (kernel call through a null pointer)');
    expect(report.process?.value).toEqual({ name: 'zorpctl' });
    expect(report.trap).toMatchObject({
      faultAddress: { value: '0x0' },
      faultCode: { value: { by: 'supervisor', access: 'execute', why: 'page not present' } },
      sp: { value: { address: '0xfffffe00bb2207e8' } },
    });
    expect(report.damage.filter(({ what }) => /pointer|segment|eflags|head of/.test(what))).toEqual([]);
  });

  it('behind a blank line, or a head of their own, they are of another event', () => {
    const block = 'fault virtual address = 0x0\nfault code = supervisor read data, page not present\n';
    expect(parseReport(`${FRAMES}\n${block}`).others).toHaveLength(1);
    const other = parseReport(`${FRAMES}Fatal trap 9: general protection fault while in kernel mode\n`);
    expect(other.others).toHaveLength(1);
  });

  it.each([
    ['current process = 812 (zorpload)', { pid: 812, name: 'zorpload' }],
    ['current process = <pid> (zorpload)', { name: 'zorpload' }],
    ['current process = NNN (zorpload)', { name: 'zorpload' }],
    ['current process = zorpload', { name: 'zorpload' }],
    ['current process = Idle', { idle: true }],
    ['current process = unknown', undefined],
  ])('%s behind the number of the trap takes no backtrace away', (line, process) => {
    const report = parseReport(`panic: page fault
trap number = 12
cpuid = 0
${line}
KDB: stack backtrace:
zorp_exit+0x5a
amd64_syscall+0x119
fast_syscall_common+0xf8
`);
    expect(report.others).toEqual([]);
    expect(report.process?.value).toEqual(process);
    expect(report.frames.map((each) => each.function)).toContain('zorp_exit');
    expect(report.title).toBe('page fault in zorp_exit (kernel)');
    expect(report.damage.map(({ what }) => what)).not.toContain('instruction pointer');
  });

  it('two fields of a block in a line keep their own values', () => {
    const { trap } = parseReport(`Fatal trap 12: page fault while in kernel mode
fault virtual address = 0x18, fault code = supervisor write data, page not present
instruction pointer = 0x20:0xffffffff80b1c2d4; stack pointer = 0x28:0xfffffe00aa110700
processor eflags = interrupt enabled, resume, IOPL = 0
`);
    expect([trap?.faultAddress?.value, trap?.ip?.value.address, trap?.sp?.value.address]).toEqual([
      '0x18',
      '0xffffffff80b1c2d4',
      '0xfffffe00aa110700',
    ]);
    expect(trap?.faultCode?.value).toEqual({ by: 'supervisor', access: 'write', why: 'page not present' });
    expect(trap?.eflags?.value).toEqual({ flags: ['interrupt enabled', 'resume'], iopl: 0 });
  });
});

describe('what a page sets off', () => {
  it.each([
    ['bullets and back-ticks', ['  - `', '`\n']],
    ['bullets', ['* ', '\n']],
    ['numbers and bold marks', ['1. **', '**\n']],
    ['both', ['+ **`', '`**.\n']],
  ])('lines of an abort in %s', (_, [before, behind]) => {
    const lines = ['Fatal data abort', 'elr: zorp_send + 0x9c', 'far: 0x18'];
    const { title, trap, faultPlace } = parseReport(
      `What was on the screen:\n\n${lines.map((each) => `${before}${each}${behind}`).join('')}and nothing more.\n`,
    );
    expect(title).toBe('data abort in zorp_send (kernel null+0x18)');
    expect([trap?.faultAddress?.value, faultPlace?.offset]).toEqual(['0x18', 0x9c]);
  });

  it('a panic at the head of an item ends where its marks do', () => {
    const report = parseReport(`1. **Not a panic.** It only got slow.
2. **\`panic: zorp_attach: no slot left\`** \u2014 seen twice, with
   \`zorpsize\` set to 3.
3. **\`panic: assertion "zorp_refs > 0" failed\`**: the
   \`zorp_refs\` of a dead one.
`);
    expect(report.message?.value).toBe('zorp_attach: no slot left');
    expect(report.others.map((each) => each.message?.value)).toEqual(['assertion "zorp_refs > 0" failed']);
  });

  it.each([
    '- `fault virtual address = 0x10` is what I saw on the other one, too.\n',
    '- fix a panic: the queue was not drained\n',
    '- `zorp_get` is called by `zorp_put`\n',
    '- **panic:** what a kernel does when it gives up\n',
    '1. current process control is in zorp.c\n',
  ])('%s is no report', (text) => {
    expect(() => parseReport(text)).toThrow(/^not read as a panic report/);
  });

  it('a text in the source of a page', () => {
    const { title, trap } = parseReport(`        <pre><code>{\`Fatal trap 12: page fault while in kernel mode
instruction pointer     = 0x20:0xffffffff80b1c2d4
frame pointer           = 0x28:0xfffffe00aa110700\`}</code></pre>
`);
    expect(title).toBe('page fault (kernel)');
    expect(trap?.fp?.value.address).toBe('0xfffffe00aa110700');
    const frame = parseReport(
      '{`panic: zorp: queue busy\nzorp_rele() at zorp_rele+0x1d5\nzorp_ioctl() at zorp_ioctl+0x99`}\n',
    );
    expect(frame.frames.map(({ function: name, offset }) => [name, offset])).toEqual([
      ['zorp_rele', 0x1d5],
      ['zorp_ioctl', 0x99],
    ]);
  });
});

describe('which trap a block without its head is of', () => {
  it('a code or an address of an access makes it a page fault', () => {
    const report = parseReport(`fault code              = supervisor write data, protection violation
instruction pointer     = 0x20:0xffffffff80b1c2d4
current process         = 4107 (zorpd)
`);
    expect(report.title).toBe('page fault (kernel write)');
    expect(report.trap?.name).toMatchObject({ value: 'page fault', likely: true });
    expect(report.damage.map(({ what }) => what)).toContain('head of the trap block ("Fatal trap N: ...")');
  });

  it('without them, it may be any', () => {
    const { title, trap } = parseReport(`instruction pointer     = 0x20:0xffffffff80b1c2d4
stack pointer           = 0x28:0xfffffe00aa110700
current process         = 4107 (zorpd)
`);
    expect([title, trap?.name]).toEqual(['trap (kernel)', undefined]);
  });
});

describe('systems by what their consoles and logs begin lines with', () => {
  const system = (above: string) => parseReport(`${above}panic: zorp: not yet\n`).system;
  it.each([
    [
      'DragonFly',
      'Copyright (c) 2003-2024 The DragonFly Project.\nCopyright (c) 1992-2003 The FreeBSD Project.\n',
    ],
    ['DragonFly', 'Copyright (c) 2003, 2004 The DragonFly Project.\n'],
    ['FreeBSD', 'Copyright (c) 1992-2021 The FreeBSD Project.\n'],
    ['OpenBSD', 'Copyright (c) 1995-2025 OpenBSD. All rights reserved.  https://www.OpenBSD.org\n'],
    [
      'NetBSD',
      'Copyright (c) 1996, 1997,\n    2018, 2019 The NetBSD Foundation, Inc.  All rights reserved.\n',
    ],
    ['OpenBSD', 'Apr  3 04:05:06 zork /bsd: zorp0 detached\n'],
    ['OpenBSD', '/bsd: '],
    ['NetBSD', 'zork /netbsd: '],
    ['unknown', '/bsd: zorp0 detached\n/netbsd: zorp0 detached\n'],
    ['unknown', ' * Copyright (c) 2008 The NetBSD Foundation, Inc.\n'],
    ['unknown', 'It begins with Copyright (c) 2003-2024 The DragonFly Project.\n'],
    ['unknown', 'Copyright (c) 1992-2003 The FreeBSD Project.\n'],
  ])('%s', (expected, above) => {
    expect(system(above)).toBe(expected);
  });

  it('a pointer in a block that is wider than 32 bits is of no i386', () => {
    const arch = (ip: string, mode = 'kernel') =>
      parseReport(`Fatal trap 12: page fault while in ${mode} mode\ninstruction pointer = 0x20:${ip}\n`).arch;
    expect([arch('0x5a4f52503a4e4f20'), arch('0x5a4f5250'), arch('0xc0b1c2d4')]).toEqual([
      'amd64',
      'unknown',
      'i386',
    ]);
  });
});
