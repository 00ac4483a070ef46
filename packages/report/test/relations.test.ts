import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';
import { TEXTS } from './texts/index.js';

/*
 * What must not change what is said of a text: words about other machines, what a line is written with, what
 * stood there before and was survived. And a line that is lost takes statements away and makes none.
 */

const FOLDER = new URL('./claims/', import.meta.url);
const texts: [name: string, text: string][] = [
  ...readdirSync(FOLDER)
    .filter((each) => each.endsWith('.txt'))
    .map((each): [string, string] => [each.slice(0, -4), readFileSync(new URL(each, FOLDER), 'utf8')]),
  ...Object.entries(TEXTS).map(([name, text]): [string, string] => [`text ${name}`, text]),
];

const read = (text: string): Report | null => {
  try {
    return parseReport(text);
  } catch {
    return null;
  }
};
const reports = new Map(texts.map(([name, text]) => [name, read(text)]));
const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** What each text says anew or otherwise under a change, by name; what it says no more does not count. */
function otherwise(change: (text: string) => string, said: (report: Report) => object): object {
  const out: Record<string, string> = {};
  for (const [name, text] of texts) {
    const [was, is] = [reports.get(name), read(change(text))];
    if (was === null || was === undefined || is === null) continue;
    const before = said(was) as Record<string, unknown>;
    for (const [field, value] of Object.entries(said(is)))
      if (value !== undefined && value !== 'unknown' && value !== before[field])
        out[`${name}: ${field}`] = `${before[field]} => ${value}`;
  }
  return out;
}

const machine = ({ system, arch, kernel }: Report): object => ({ system, arch, release: kernel?.release });

describe('what a writer says of other machines is not said of his', () => {
  it.each([
    'OpenBSD 7.3 on sparc64 boots fine here.',
    'A friend of mine has it as well. He runs DragonFly 6.4 at home.',
    'On my NetBSD box (NetBSD 10.1, amd64) the same disk works.',
    'Could you try OpenBSD 6.1 or FreeBSD 9.3-STABLE and look whether it is in the trace there, too?',
    'Somebody else on the list uses FreeBSD 12.4-RELEASE and cannot reproduce it.',
  ])('%s', (words) => {
    for (const change of [
      (text: string) => `Hi all,\n\n${words}\n\n${text}`,
      (text: string) => `${line(text)}\n${words}\n`,
    ])
      expect(otherwise(change, machine)).toEqual({});
  });
});

it('but a sentence of the machine that crashed still is', () => {
  const panic = 'panic: zorp_get: bad magic\ncpuid = 1\n';
  expect(parseReport(`I have installed OpenBSD 6.8 on it.\n\n${panic}`).system).toBe('OpenBSD');
  expect(parseReport(`The machine is an old laptop with DragonFly 6.4.\n\n${panic}`).system).toBe(
    'DragonFly',
  );
});

describe('what a text is written with says nothing', () => {
  const facts = (report: Report): object => {
    const { title, process, cpu, trap, message } = report;
    return {
      title,
      pid: process?.value.pid,
      cpu: cpu?.value,
      cpuid: trap?.cpuid?.value,
      address: trap?.faultAddress?.value,
      ip: trap?.ip?.value.address,
      message: message?.value,
    };
  };

  it('the mark of the coding', () => {
    const found: string[] = [];
    for (const [name, text] of texts) {
      const [was, is] = [reports.get(name), read(`\ufeff${text}`)];
      if (JSON.stringify(was && facts(was)) !== JSON.stringify(is && facts(is))) found.push(name);
    }
    expect(found).toEqual([]);
  });

  it('equals signs as MIME writes them', () => {
    const coded = (text: string): string =>
      / = /.test(text) && !text.includes('=3D') && !text.includes('\\n') ? text.replace(/=/g, '=3D') : text;
    expect(otherwise(coded, facts)).toEqual({});
  });

  it('equals signs alone, in a text that has others', () => {
    const { cpu, trap } = parseReport(
      'see http://example.org/?id=7\n\nFatal trap 12: page fault while in kernel mode\ncpuid =3D 5\nfault virtual address =3D 0x28\nstuff =20 behind\n',
    );
    expect([cpu?.value ?? trap?.cpuid?.value, trap?.faultAddress?.value]).toEqual([5, '0x28']);
  });

  it.each([
    ['kernel diagnostic assertion "zp->z_ref > 0" failed: file "/usr/src/sys/dev/zorp.c", line 212'],
    ['assertion "zp->z_ref > 0" failed in zorp_rele at /usr/src/sys/dev/zorp.c:212'],
  ])('quotation marks that a mailer has bent: %s', (message) => {
    const bent = message.replace(/"([^"]*)"/g, '\u201c$1\u201d');
    const [was, is] = [message, bent].map((each) => parseReport(`panic: ${each}\ncpuid = 1\n`));
    expect(is!.kind).toBe('assertion');
    expect([is!.title, is!.details.assertion?.value]).toEqual([was!.title, was!.details.assertion?.value]);
  });
});

const REVERSAL = `lock order reversal:
 1st 0xfffff80005a1b7c8 zorp (zorp) @ /usr/src/sys/kern/zorp.c:1332
 2nd 0xfffff80005d6c418 gnat (gnat) @ /usr/src/sys/kern/gnat.c:2500
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b/frame 0xfffffe0085f0b4c0
kdb_backtrace() at kdb_backtrace+0x39/frame 0xfffffe0085f0b570
witness_checkorder() at witness_checkorder+0xe27/frame 0xfffffe0085f0b600
__lockmgr_args() at __lockmgr_args+0x99a/frame 0xfffffe0085f0b740
gnat_lock() at gnat_lock+0x3c/frame 0xfffffe0085f0b760
sys_gnat() at sys_gnat+0x33/frame 0xfffffe0085f0b880
`;
const DEATH = `kdb_enter() at kdb_enter+0x37/frame 0xfffffe0074a1b8a0
vpanic() at vpanic+0x182/frame 0xfffffe0074a1b8f0
panic() at panic+0x43/frame 0xfffffe0074a1b950
frob_drain() at frob_drain+0x11/frame 0xfffffe0074a1b980
frob_close() at frob_close+0x31/frame 0xfffffe0074a1b9b0
fork_exit() at fork_exit+0x83/frame 0xfffffe0074a1b9f0
fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0074a1b9f0
`;
const SESSION = `#0  doadump (textdump=1) at pcpu.h:222
#1  0xffffffff80a2b4d5 in kern_reboot (howto=260) at /usr/src/sys/kern/kern_shutdown.c:366
#2  0xffffffff80a2baf8 in vpanic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:759
#3  0xffffffff80a2b933 in panic (fmt=0x0) at /usr/src/sys/kern/kern_shutdown.c:688
#4  0xffffffff80c1d2e1 in frob_drain (fp=0xfffff80003d1a000) at /usr/src/sys/net/frob.c:411
#5  0xffffffff80c1c0b4 in frob_close (fp=0xfffff80003d1a000) at /usr/src/sys/net/frob.c:188
`;

describe("a panic behind witness's warning is the event, without a line of its message too", () => {
  it.each([
    ['at once', DEATH],
    ['in the debugger', `KDB: enter: panic\ndb> bt\n${DEATH}`],
    ['on the dump', `(kgdb) bt\n${SESSION}`],
  ])('%s', (_, death) => {
    const { title, others } = parseReport(REVERSAL + death);
    expect(title).toBe('panic in frob_drain (its message was not read)');
    expect(others.map((each) => [each.kind, each.frames.at(-1)?.function])).toEqual([
      ['lock-order-reversal', 'sys_gnat'],
    ]);
  });

  it('but not the backtraces of the orders', () => {
    const { kind, others } = parseReport(REVERSAL);
    expect([kind, others]).toEqual(['lock-order-reversal', []]);
  });
});

const TRAP = `Fatal trap 12: page fault while in kernel mode
cpuid = 3; apic id = 03
fault virtual address	= 0x28
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:0xffffffff80a1b3c4
stack pointer	        = 0x28:0xfffffe0085f0b9c0
frame pointer	        = 0x28:0xfffffe0085f0ba10
current process		= 1402 (zorpd)
trap number		= 12
panic: page fault
cpuid = 3
KDB: stack backtrace:
trap_pfault() at trap_pfault+0x49/frame 0xfffffe0085f0b8f0
calltrap() at calltrap+0x8/frame 0xfffffe0085f0b8f0
--- trap 0xc, rip = 0xffffffff80a1b3c4, rsp = 0xfffffe0085f0b9c0, rbp = 0xfffffe0085f0ba10 ---
zorp_dequeue() at zorp_dequeue+0x1c4/frame 0xfffffe0085f0ba10
zorp_send() at zorp_send+0x1c6/frame 0xfffffe0085f0ba60
fork_exit() at fork_exit+0x80/frame 0xfffffe0085f0bab0
`;
const starts = ({ derived }: Report): unknown[] =>
  derived.filter((each) => each.rule === 'function-start').map((each) => each.values.function);

describe('a line that is lost makes no statement', () => {
  const without = (text: string, n: number): string => text.split('\n').toSpliced(n, 1).join('\n');

  it('the frame of the fault: the next one is not at its address', () => {
    expect(starts(parseReport(TRAP))).toEqual(['zorp_dequeue']);
    const rows = TRAP.split('\n');
    const lost = parseReport(
      without(
        TRAP,
        rows.findIndex((each) => each.startsWith('zorp_dequeue')),
      ),
    );
    expect(starts(lost)).toEqual([]);
    expect(lost.title).toContain('unnamed function called from zorp_send');
  });

  it('a numbered frame inside the one that would be named: nothing is named', () => {
    const panic = `panic: trouble\n${SESSION}`;
    expect(parseReport(panic).title).toBe('panic: trouble in frob_drain');
    const rows = panic.split('\n');
    const lost = parseReport(
      without(
        panic,
        rows.findIndex((each) => each.startsWith('#4')),
      ),
    );
    expect(lost.title).toBe('panic: trouble');
  });

  it('a numbered frame: no CPUs have printed at once', () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const [name, text] of texts) {
      if (reports.get(name)?.damage.some((each) => each.kind === 'interleaved') !== false) continue;
      const rows = text.split('\n');
      for (let n = 0; n < rows.length; n++) {
        // A stack that ends without its beginning, or begins without its end, is no stack with a hole.
        if (!/^\W{0,4}#\d/.test(rows[n]!) || !/^\W{0,4}#\d/.test(rows[n + 1] ?? '')) continue;
        if (!/^\W{0,4}#\d/.test(rows[n - 1] ?? '') || /#0/.test(rows[n]!)) continue;
        tried++;
        if (read(without(text, n))?.damage.some((each) => each.kind === 'interleaved') === true)
          wrong.push(`${name}: ${rows[n]}`);
      }
    }
    expect(tried).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  });

  it('any line: no register is without a name', () => {
    const wrong: string[] = [];
    for (const [name, text] of texts) {
      if (!/\btf_|\brax|\beax/.test(text)) continue;
      const rows = text.split('\n');
      for (let n = 0; n < rows.length; n++)
        if (read(without(text, n))?.registers.some((each) => each.name === '')) wrong.push(`${name}: ${n}`);
    }
    expect(wrong).toEqual([]);
  });

  it("a block without its head does not tell that a CPU's line is missing", () => {
    const block = `Fatal trap 12: page fault while in kernel mode
fault virtual address	= 0x30
fault code		= supervisor read, page not present
instruction pointer	= 0x8:0xc01b3d6e
stack pointer	        = 0x10:0xeb2dbd18
frame pointer	        = 0x10:0xeb2dbd20
current process		= 73 (zorpd)
interrupt mask		= none
trap number		= 12
panic: page fault
`;
    const told = (text: string): boolean =>
      parseReport(`FreeBSD 4.7-RELEASE #0: Mon Oct 7\n${text}`).derived.some(
        (each) => each.rule === 'processors',
      );
    expect([told(block), told(block.slice(block.indexOf('fault virtual')))]).toEqual([true, false]);
  });
});

it('an argument below zero is no address of amd64', () => {
  const { arch } = parseReport(`panic: zorp_copy: len -7 < 0
Stopped at Debugger+0x4: nop
ddb> trace
zorp_copy(40006b5e680, e, fffffffffffffff9, 4000069b8c8, ffffffffffffff83, e0017b5c) at zorp_copy+0xf0
zorp_start(4000069a048, 0, 3b9aca00, 1, 0, 8) at zorp_start+0x4b4
`);
  expect(arch).toBe('unknown');
});

it("4.4BSD's words on a changed free list are no sign of FreeBSD", () => {
  const { system } = parseReport(
    'Data modified on freelist: word 3 of object 0xd2a1b200 size 0x68 previous type devbuf (0xdeaf1000 != 0xdeafbeef)\npanic: free: non-malloced addr 0xd2a1b200 type zemp\n',
  );
  expect(system).toBe('unknown');
});

it('what is at a prompt behind the panic was not said to lead there by a sentence before it', () => {
  const panic = 'panic: zorp_get: bad magic\ncpuid = 1\nKDB: stack backtrace:\nzorp_get() at zorp_get+0x12\n';
  const after = '\n$ uname -m\n# mount -a\n# fsck -y /usr\n';
  const said = 'It happens when I run the tests.\n\n';
  expect(parseReport(`${said}# sh tests.sh\n\n${panic}${after}`).recipe.map((each) => each.text)).toEqual([
    'sh tests.sh',
  ]);
});
