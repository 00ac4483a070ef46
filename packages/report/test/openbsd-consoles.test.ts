import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* What is said of OpenBSD's consoles beside the lists of claims: the sentences, and whose a lock is. */

function claimsText(name: string): string {
  return readFileSync(new URL(`./claims/${name}.txt`, import.meta.url), 'utf8');
}

/** The report for people, without the breaks of its lines. */
function said(text: string): string {
  return renderReport(parseReport(text), { text }).replace(/\s+/g, ' ');
}

/** A panic in a function that another called, with the way in around it. */
function panicIn(message: string, ...names: string[]): string {
  const frames = ['db_enter', 'panic', ...names, 'syscall', 'Xsyscall'];
  return `panic: ${message}\n${frames.map((each) => `${each}() at ${each}+0x18`).join('\n')}\nend of kernel\n`;
}

describe('a message that was cut', () => {
  it('is said to be a beginning, in its own place', () => {
    const text = claimsText('hosts-words-in-the-message');
    expect(parseReport(text).message).toMatchObject({ value: 'zorp_generic_b', cut: true });
    expect(said(text)).toContain('The message begins "zorp_generic_b".');
    expect(said(text)).not.toContain('The message is');
  });

  it('is whole where nothing runs into it', () => {
    const report = parseReport(panicIn('zorp: connection closed', 'zorp_put'));
    expect(report.message).toMatchObject({ value: 'zorp: connection closed' });
    expect(report.message?.cut).toBeUndefined();
  });
});

describe('what the debugger lists', () => {
  it('names the holder of a lock, and of its backtrace', () => {
    const report = parseReport(claimsText('inlined-with-its-number'));
    const holder = { pid: 3391, name: 'zorpd', tid: 301834 };
    expect(report.locks[0]!.holder).toEqual(holder);
    expect(report.otherTraces[0]!.process).toEqual(holder);
    expect(said(claimsText('inlined-with-its-number'))).toContain('held by zorpd (pid 3391, thread 301834)');
  });

  it('tells how far an access reached past its slot', () => {
    expect(said(claimsText('openbsd-kasan-slot'))).toContain(
      'the 24 bytes begin 8 bytes into the 24-byte malloc slot at 0xffff8000018cabc0, and 8 of them lie past its end',
    );
  });

  it('names the CPU of another panic', () => {
    expect(said(claimsText('another-cpu-panicked-too'))).toContain('quux_tick: late by N ticks, on cpu 1');
  });

  it('reads states and wait channels by both columns of flags', () => {
    const { ps } = parseReport(claimsText('two-columns-of-flags'));
    expect(ps.map(({ state, wmesg }) => [state, wmesg])).toEqual([
      ['2', undefined],
      ['7', undefined],
      ['3', 'fsleep'],
      ['3', 'wait'],
      ['3', 'tmoslp'],
      ['7', undefined],
      ['3', 'netcon'],
    ]);
  });
});

describe('a checker is not the frame to look at', () => {
  for (const name of ['kqueue_do_check', 'unhandled_af', 'zorp_badop', 'badop', 'vop_eopnotsupp'])
    it(name, () => {
      expect(parseReport(panicIn('quux', name, 'zorp_put')).ownFrames[0]).toBe('zorp_put');
    });
});

describe('a lock of a reversal', () => {
  it('is not taken where it is asked for', () => {
    const text = said(claimsText('openbsd-lor-held-was-second'));
    expect(text).toContain('lock 1: zinode (&zp->i_lock), asked for');
    expect(text).toContain('lock 2: quuxlk (quuxlk), held');
  });

  it('has no part where nothing tells', () => {
    const report = parseReport(claimsText('openbsd-lor-direction-not-told'));
    expect(report.locks.map((each) => each.part)).toEqual([undefined, undefined]);
  });

  it('may be without data on its orders', () => {
    expect(said(claimsText('openbsd-lor-data-missing'))).toContain(
      'the kernel says that it has no data of that',
    );
  });
});

describe('a stack with inlined functions', () => {
  it('is one stack, whatever stands beside it', () => {
    const stack = (of: string) =>
      `#0  witness_lock+0x632 quux_save sys/quux.h:37 [inline]\n#0  witness_lock+0x632 sys/witness.c:1160\n#1  rw_enter+0x53e sys/rwlock.c:320\n#2  ${of}+0x56 sys/zorp.c:275\n#3  syscall+0x489 mi_syscall sys/syscall_mi.h:176 [inline]\n#3  syscall+0x489 sys/trap.c:783\n#4  Xsyscall+0x128\n`;
    const lock = (name: string) => `exclusive rwlock ${name} r = 0 (0xffffffff8290aa10)\n`;
    const text = `${panicIn('quux', 'zorp_put')}ddb{0}> show all locks\nProcess 3391 (zorpd) thread 0xffff800020ad6018 (301834)\n${lock('a')}${stack('zorp_read')}${lock('b')}${stack('zorp_write')}ddb{0}>\n`;
    const report = parseReport(text);
    expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
    expect(report.otherTraces.map((each) => each.frames.length)).toEqual([7, 7]);
  });
});
