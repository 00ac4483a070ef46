import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { beginningOf, glue, isStart } from '../src/dispatch.js';
import { FORMS } from '../src/forms/index.js';
import { byName } from '../src/functions/by-name.js';
import { signsOf } from '../src/functions/index.js';
import { cutLine, dropFirst, joinLines, type Line, lowOf, wordEndOf } from '../src/line.js';
import { LineReader } from '../src/normalise.js';
import { lostLineEnds } from '../src/one-line.js';
import { parseReport } from '../src/parse-report.js';
import { poisonName } from '../src/poison.js';
import { commentsOf } from '../src/program-comments.js';
import { isCommandLine, isSettingLine, PROMPT } from '../src/recipe-command.js';
import { withoutNote } from '../src/recipe-note.js';
import { isSetting } from '../src/recipe-setting.js';
import { hasAny, mayNumber } from '../src/recipe-words.js';
import { numberedLines, onlyRelease } from '../src/told-version.js';
import { hexAdd, hexOf, readPlace } from '../src/scan.js';
import { toldMachine } from '../src/told-machine.js';
import { sparc64Trap } from '../src/trap-names.js';
import type { System } from '../src/types.js';
import { generator } from './fuzz-texts.js';

/*
 * What is asked of a line before its expressions are tried: with the question the answer is the same as
 * without it, for every line of the tests' texts and for these lines with pieces lost.
 */

const FOLDER = new URL('./claims/', import.meta.url);
const TEXTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

function linesOf(text: string): Line[] {
  const reader = new LineReader(text);
  const out: Line[] = [];
  for (let line = reader.next(); line !== null; line = reader.next()) out.push(line);
  return out;
}

/** A text with a piece of each line lost, wherever it stands. */
function spoilt(text: string, seed: number): string {
  const chance = generator(seed);
  return text
    .split('\n')
    .map((line) => {
      const at = chance(Math.min(line.length, chance(2) === 0 ? 6 : 80) + 1);
      return line.slice(0, at) + line.slice(at + chance(5));
    })
    .join('\n');
}

/** Releases without a dot, of which few texts tell. */
const RELEASES = [
  'It is 8-STABLE here.',
  'Kernel: 10-CURRENT',
  'Kernel: 9_ALPHA2',
  'Kernel: 11-ZORP',
  'Subject: panic on 7.2/amd64',
];

const ALL = [
  ...RELEASES,
  ...TEXTS,
  ...TEXTS.map(spoilt),
  ...TEXTS.map((text) => spoilt(text, text.length)),
].map(linesOf);

describe('the table of beginnings', () => {
  const lines = ALL.flat();
  const leads = FORMS.flatMap((form) => form.leads ?? []);

  it('has every form whose beginnings a line has', () => {
    for (const form of FORMS) {
      const { line: read, joins, also = [], first = '' } = form;
      if (read === undefined && joins === undefined) continue;
      const begins = [...(form.leads ?? []), ...also];
      const missed = lines.filter((line) => {
        const low = lowOf(line);
        const may = first.includes(low[0]!) || begins.some((lead) => low.startsWith(lead));
        const { entries } = beginningOf(line);
        return may && !entries.some((entry) => entry.line === read && entry.joins === joins);
      });
      expect(missed.map(({ text }) => text)).toEqual([]);
    }
  });

  it('has the forms in the order of their list', () => {
    const order = new Map(FORMS.map((form, i) => [form.line ?? form.joins, i]));
    for (const line of lines) {
      const places = beginningOf(line).entries.map((entry) => order.get(entry.line ?? entry.joins)!);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it('knows every line that begins like one of a report', () => {
    const begun = lines.filter((line) => leads.some((lead) => lowOf(line).startsWith(lead)));
    expect(begun.length).toBeGreaterThan(1000);
    expect(begun.filter((line) => !isStart(line)).map(({ text }) => text)).toEqual([]);
  });
});

describe('the beginnings of lines within a line', () => {
  it('are found among frames, and behind them', () => {
    const frames = 'zorp_get(1,2) at zorp_get+0x1c zorp_ioctl(1,2) at zorp_ioctl+0x2d';
    const text = `${frames} and the rest of it db> c cpuid = 1`;
    expect(lostLineEnds(text)).toEqual(['zorp_ioctl(', 'db> ', 'cpuid'].map((each) => text.indexOf(each)));
  });
});

describe('a line that may be a register', () => {
  const names = {
    x86: 'cs ds es fs gs ss eax ebx esp esi eip rax rbx rsp rsi rip r8 r15 efl rflags',
    arm64: 'x0 x9 x12 x28 x30 sp lr elr spsr far esr',
    riscv: 'ra sp gp tp sepc scause stval sstatus',
  };
  const line = (text: string): Line => linesOf(text)[0]!;

  it.each(names.x86.split(' '))('begins one: %s 0x12', (name) => {
    expect(isStart(line(`${name} 0x12`))).toBe(true);
  });

  it.each(names.arm64.split(' '))('begins one: %s: ffffa00000a11000', (name) => {
    expect(isStart(line(`${name}: ffffa00000a11000`))).toBe(true);
  });

  it.each(names.riscv.split(' '))('begins one: %s = 0x.. [', (name) => {
    expect(isStart(line(`${name} = 0xffffffc000a11000 [rwx`))).toBe(true);
  });

  it.each(['a[0]', 's[11]', 't[6]'])('begins one: %s == 0x12', (name) => {
    expect(isStart(line(`${name} == 0x12`))).toBe(true);
  });
});

describe('a line that is full', () => {
  /** What is put between a line, filled up to the last column, and the next. */
  const between = (line: string, next: string): string | null => {
    const [first, second] = linesOf(`${line}\n${next}\n`);
    return glue(first!, second!, true);
  };
  const date = '#3: Mon Nov  3 10:00:00 UTC 2014';

  it.each(['FreeBSD', 'NetBSD', 'OpenBSD', 'freebsd', 'openBSD'])('goes on if it is of uname: %s', (name) => {
    const line = `${name} zorp.example.org 7.1 ${date} root@zorp`.padEnd(79, 'x');
    expect(between(line, '/usr/src/sys/amd64/compile/ZORP')).not.toBeNull();
    expect(between(line.replace(/^\w+/, 'zorp'), '/usr/src/sys/amd64/compile/ZORP')).toBeNull();
  });

  it('goes on if it tells who built a kernel, and where', () => {
    const line = 'root@zorp.example.org:/usr/obj/usr/src/amd64.amd64/sys/'.padEnd(76, 'x');
    expect(between(line, 'GENERIC amd64')).not.toBeNull();
    expect(between(line.replace('@', '-'), 'GENERIC amd64')).toBeNull();
  });

  it.each([
    '[...]',
    '[snip]',
    '...',
    '\u2026',
    '<snip>',
  ])('goes on in no mark of what was left out: %s', (mark) => {
    const line = 'panic: zorp_get: the list of zorps is not what it was when it was made, at'.padEnd(79, 'x');
    expect(between(line, 'kern_zorp.c')).not.toBeNull();
    expect(between(line, mark)).toBeNull();
  });
});

describe('the rows of a table in one line', () => {
  it('are found behind its heading', () => {
    const text =
      'TID PID UID PRFLAGS PFLAGS CPU COMMAND 123456 7890 0 0x14000 0x200 0 zorpd 234567 8901 0 0x1 0 1 ksh';
    expect(lostLineEnds(text)).toEqual(['123456', '234567'].map((each) => text.indexOf(each)));
  });
});

describe('the lines with a number', () => {
  const systems: System[] = ['FreeBSD', 'NetBSD', 'OpenBSD', 'DragonFly'];
  const signed = (lines: Line[]): Line[] => {
    const end = lines.findIndex(({ text }) => text === '--');
    return end < 0 ? lines : lines.slice(0, end);
  };

  it('are the same whether their words have been looked at or not', () => {
    expect(RELEASES.flatMap(linesOf).filter((line) => mayNumber(line)).length).toBe(RELEASES.length);
    const lines = ALL.flat();
    const found = lines.filter((line) => mayNumber({ ...line, words: -1 }));
    for (const line of lines) hasAny(line, 0);
    expect(lines.filter(mayNumber)).toEqual(found);
    expect(found.length).toBeGreaterThan(100);
    expect(found.length).toBeLessThan(lines.length / 2);
  });

  it('name whatever release and machine all lines name', () => {
    let found = 0;
    for (const lines of ALL) {
      const own = signed(lines);
      const numbered = numberedLines(lines);
      const machine = toldMachine(own);
      expect(toldMachine(numbered)).toEqual(machine);
      for (const system of systems) {
        const release = onlyRelease(own, system);
        expect(onlyRelease(numbered, system)).toEqual(release);
        if (release !== undefined) found++;
      }
      if (machine.arch !== undefined) found++;
    }
    expect(found).toBeGreaterThan(50);
  });
});

describe('the words of a writer', () => {
  const trace = 'panic: zorp\nzorp_get(1,2) at zorp_get+0x1c\nzorp_ioctl(1,2) at zorp_ioctl+0x2d\n';

  it.each([
    'This is a use-after-free in zorp_ioctl() only.',
    'This is a use-after-free in\nzorp_ioctl() only.',
  ])('name a function, its brackets on their line or on the next: %j', (said) => {
    expect(parseReport(`${trace}\n${said}\n`).details.blamed?.value).toBe('use-after-free in zorp_ioctl');
  });

  it.each(['<- here', '<--- panics', '<= here', '\u2190 here'])('behind a command are a note: %s', (note) => {
    expect(withoutNote(`ifconfig zorp0 up  ${note}`)).toEqual({ text: 'ifconfig zorp0 up', last: true });
  });

  it.each([
    '<-- null',
    '&lt;-- null',
    '<== null',
    '\u2190 null',
  ])('behind a line of a report are none of it: %s', (note) => {
    const { frames } = parseReport(`${trace.trimEnd()}   ${note}\n`);
    expect(frames.map((frame) => frame.function)).toEqual(['zorp_get', 'zorp_ioctl']);
    expect(parseReport(`${trace.trimEnd()}   ${note}\n`).normalised.note).toBe(1);
  });

  it.each(['Machine: amd64', 'Architecture: amd64'])('name the machine: %s', (line) => {
    expect(parseReport(`${line}\n${trace}`).arch).toBe('amd64');
  });
});

describe('what a first letter tells', () => {
  const trace = 'panic: zorp\nzorp_get(1,2) at zorp_get+0x1c\n';

  it('is of a place with its module as well', () => {
    const text = 'Stopped in pid 12.1 (zorp) at netbsd:zorp_get+0x1c: movl 0x4(%eax),%edx\n';
    const below = `${trace}db> sh r\neax 0x12\nnetbsd:zorp_get+0x1c: movl 0x4(%eax),%edx\n`;
    expect(parseReport(below).stoppedAt).toMatchObject({ function: 'zorp_get', offset: 0x1c });
    expect(parseReport(text).stoppedAt).toMatchObject({ function: 'zorp_get', offset: 0x1c });
  });

  it('is of the oldest filling of freed memory as well', () => {
    expect(poisonName('0x12342378')).toContain('ZENTRY_FREE');
    expect(poisonName('0xdeadc0de')).toContain('0xdeadc0de');
    expect(poisonName('0x22342378')).toBeNull();
  });

  it('is of the versions of NetBSD\u2019s system calls as well', () => {
    expect(signsOf('compat_30_sys_getdents')?.system).toBe('NetBSD');
    expect(signsOf('sys___mount50')?.system).toBe('NetBSD');
    expect(signsOf('zorp_mount51')).toBeUndefined();
  });

  it('is of a lock that is shared as well', () => {
    const held = 'shared rw zorp (zorp) r = 0 (0xc35f0db8) locked @ kern/kern_zorp.c:12';
    expect(parseReport(`${trace}db> show locks\n${held}\n`).locks[0]).toMatchObject({ mode: 'shared' });
  });

  it('is of a program\u2019s comment as well', () => {
    const [first, second, third] = linesOf('/*\n * dd if=/dev/zero of=x */\nmain(void)\n');
    expect(commentsOf([first!, second!, third!])).toEqual([[first!.from, second!.end]]);
  });

  it('is of the end of a kernel as well', () => {
    const text = 'panic: zorp\nsyncing disks... 4 4\nFatal trap 12: page fault while in kernel mode\n';
    expect(parseReport(text).others[0]!.consequence?.value).toBe('the disks were synced');
  });
});

describe('what sets up a shell', () => {
  it('is told by the first letters of a line as without them', () => {
    const lines = [
      ...[
        'cd /usr/src',
        'ulimit -m 1000',
        'limit coredumpsize 0',
        'unlimit',
        'export ZORP=1',
        'readonly ZORP',
      ],
      ...[
        'setenv ZORP 1',
        'unset ZORP',
        'set -x',
        'set zorp = 1',
        'umask 022',
        'zorp=1',
        '# cd /',
        '1. cd /',
      ],
      ...ALL.flat().map(({ text }) => text),
    ];
    const found = lines.filter((text) => isSetting(text.replace(PROMPT, '')));
    expect(lines.filter(isSettingLine)).toEqual(found);
    expect(found.length).toBeGreaterThan(14);
  });

  it.each([
    'zorpctl -x now',
    'zorpctl a/b ./c',
    'zorpctl a=b',
    './zorp.sh -x',
    'dd bs=1m count=2',
    '# zorp -x 1',
  ])('or is a command: %s', (line) => {
    expect(isCommandLine(line)).toBe(true);
    expect(isCommandLine(`${line}, and then it died.`)).toBe(false);
  });
});

describe('a number', () => {
  const numbers = [
    0,
    9,
    0xfff_fffe,
    0xfff_ffff,
    0x1000_0000,
    0xc35f_0db8,
    2 ** 52 + 12,
    2 ** 53 - 1,
    2 ** 60,
  ];

  it.each(numbers)('is printed in parts as in one: %d', (n) => {
    expect(hexOf(n)).toBe(`0x${n.toString(16)}`);
    if (n < 2 ** 53) expect(hexAdd('0x1', n)).toBe(`0x${(BigInt(n) + 1n).toString(16)}`);
  });

  it.each(['0x0', '0x1c', 'ABCDEF', '0x1fffffffffffff'])('is read behind a plus: %s', (digits) => {
    expect(readPlace(`zorp_get+${digits}: movl`, 0)?.offset).toBe(Number.parseInt(digits, 16));
  });

  it('is no place where it is beyond what is exact', () => {
    expect(readPlace('zorp_get+0x20000000000000', 0)?.offset).toBeUndefined();
  });
});

describe('the name that a line begins with', () => {
  it('ends where it ends, asked again and after the line was cut', () => {
    for (const line of ALL.flat()) {
      const first = wordEndOf(line);
      expect(first).toBe(/^[\w.$]*/.exec(line.text)![0].length);
      for (const each of [line, cutLine(line, 3), dropFirst(line, 2), joinLines(cutLine(line, 4), line, '')])
        expect(wordEndOf(each)).toBe(/^[\w.$]*/.exec(each.text)![0].length);
    }
  });
});

describe('the lines of a code segment', () => {
  const block = (line: string) =>
    `Fatal trap 12: page fault while in kernel mode\ninstruction pointer = 0x8:0xc027a13e\n${line}\n`;

  it('give their numbers, the last that is given, and no number that others cling to', () => {
    const line =
      'code segment = base 0x0, limit 0xFFFFF, type 0x1b\n = DPL 0, pres 1, def32 2, def32 1, gran 1x';
    expect(parseReport(block(line)).trap?.codeSegment?.value).toEqual({
      base: '0x0',
      limit: '0xfffff',
      type: '0x1b',
      dpl: 0,
      pres: 1,
      def32: 1,
    });
  });
});

describe('a trap of sparc64', () => {
  it('is told by its whole name', () => {
    expect(sparc64Trap('tag overflow tar=0x2000')).toBe('tag overflow');
    expect(sparc64Trap('tag overflows')).toBeUndefined();
    expect(sparc64Trap('trap 0xc')).toBeUndefined();
  });
});

describe('a question about a name', () => {
  it('is answered once', () => {
    const asked: string[] = [];
    const isLong = byName((name) => asked.push(name) > 0 && name.length > 4);
    expect(['zorp_get', 'zorp', 'zorp_get', 'zorp'].map(isLong)).toEqual([true, false, true, false]);
    expect(asked).toEqual(['zorp_get', 'zorp']);
  });
});
