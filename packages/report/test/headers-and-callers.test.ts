import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/* Messages that a header had no room for, and the functions that are called where locks are held. */

const HEADER = `Dump header from device: /dev/zz0s1b
  Architecture: amd64
  Architecture Version: 2
  Dump Length: 370741248
  Magic: FreeBSD Kernel Dump
  Version String: FreeBSD 11.0-CURRENT #673 r275748: Sat Dec 13 21:33:19 CET 2014
    root@zorp:/usr/obj/usr/src/sys/ZORP
  Panic String: `;

const LONG = `zorp assert: ${'zorp_left(sc) && '.repeat(14)}1, file: /usr/src/sys/dev/zorp/zorp.c, line: 12`;

describe('a message in the header of a dump', () => {
  it('as long as there is room for is likely its beginning, and what follows it in memory is none', () => {
    const { message } = parseReport(`${HEADER}${LONG.slice(0, 192)}E\u00c7 FreeBSD Kernel Dump\n`);
    expect(message?.value).toBe(LONG.slice(0, 192).trim());
    expect(message?.likely).toBe(true);
  });

  it('a shorter one is whole', () => {
    const { message } = parseReport(`${HEADER}zorp: none left\n`);
    expect(message?.value).toBe('zorp: none left');
    expect(message?.likely).toBeUndefined();
  });

  it('that the console gives in full is told from there', () => {
    const report = parseReport(`${HEADER}${LONG.slice(0, 191)}\n\npanic: ${LONG}\ncpuid = 1\n`);
    expect(report.message?.value).toBe(LONG);
    expect(report.message?.likely).toBeUndefined();
  });
});

describe('a function that was called with locks held', () => {
  const warning = (called: string) => `calling ${called} with the following non-sleepable locks held:
exclusive sleep mutex zorp (zorp) r = 0 (0xffffffff81d5bbf0) locked @ /usr/src/sys/dev/zorp/zorp.c:170
stack backtrace:
#0 0xffffffff8070dd23 at witness_debugger+0x73
#1 0xffffffff8070f101 at witness_warn+0x461
#2 0xffffffff806c1739 at zorp_drain+0x49
#3 0xffffffff81c8341e at zorp_wake+0x1e
#4 0xffffffff81c590eb at zorp_work+0x17b
#5 0xffffffff80669144 at fork_exit+0x84
`;

  it('is not the culprit: its caller is', () => {
    const report = parseReport(warning('zorp_drain'));
    expect(report.signatureParts.culprit).toBe('zorp_wake');
    expect(report.title).toBe('calling zorp_drain with non-sleepable locks held in zorp_wake');
  });

  it('where the trace shows another, the innermost function is named', () => {
    expect(parseReport(warning('zorp_get')).signatureParts.culprit).toBe('zorp_drain');
  });
});

it('a division in a message is no path', () => {
  const { title } = parseReport('panic: zorp: size (a / b) == c\ncpuid = 0\n');
  expect(title).toBe('panic: zorp: size (a / b) == c');
});

it('a path over two lines of a terminal is read without the back-slash at its end', () => {
  const report = parseReport(
    'panic: kernel diagnostic assertion "zorp > 0" failed: file "/usr/src/sy\\\ns/dev/zorp.c",line 209\n',
  );
  expect(report.details.file?.value).toBe('/usr/src/sys/dev/zorp.c');
});

it('an exception of CheriBSD on mips with the heading of its registers on the same line', () => {
  const report = parseReport(
    `KERNEL_CHERI_EXCEPTION: pid 22 tid 100038 (zorpd), uid 0: CP2 fault (type 0x12)${' '.repeat(60)}Trapframe Register Dump:\n`,
  );
  expect(report.title).toBe('CP2 fault (kernel)');
  expect(report.process?.value.name).toBe('zorpd');
});

it('the branch and the revision behind the number of a build are of a version', () => {
  const line = 'FreeBSD 12.3-STABLE #1 plus-devel-12-n226734 pfSense amd64';
  expect(parseReport(`${line}\npanic: zorp\ncpuid = 0\n`).kernel?.release).toBe('12.3-STABLE');
});
