import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

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
