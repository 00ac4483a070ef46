import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/** Texts that look like a report, and are of no BSD's kernel. */
const FOREIGN: readonly [what: string, text: string, says: RegExp][] = [
  [
    'a Linux oops',
    'BUG: unable to handle page fault for address: 0000000000004000\nOops: 0000 [#1] SMP NOPTI\nRIP: 0010:zorp_insert+0x76/0x120 [zorp]\nRAX: 0000000000000000 RBX: ffff88937a49f5d0 RCX: 0000000000005000\nRDX: ffffc90015cbe240 RSI: 0000000000000120 RDI: ffffffffa2eb20d0\n',
    /Linux/,
  ],
  [
    'a panic of macOS',
    'panic(cpu 3 caller 0xffffff80003dc43e): Kernel trap at 0xffffff7f80c78f78, type 14=page fault, registers:\nRAX: 0xffffff8214028a30, RBX: 0xffffff8000236e20, RCX: 0xffffff8214028a30, RDX: 0xffffff7f80b82210\n',
    /macOS/,
  ],
  [
    "illumos's",
    'panic[cpu0]/thread=ffff80004bd5ec20: BAD TRAP: type=25 (Data abort) rp=ffff80004bd5e7d0 addr=ffff80025ba22000\n\n x0: ffff8002b0199500  x1: ffff80025ba22000\n x2: fffffffffe03fcb4\n x3: 0\n x4: 46000000a00270b\n x5: 0\n',
    /illumos/,
  ],
  [
    "U-Boot's abort",
    '"Synchronous Abort" handler, esr 0x96000007, far 0xf0000\nelr: 00000000feaa47bc lr : 00000000feaa895c\nx0 : 00000000000f0000 x1 : 00000001fea2ea4f\nx2 : 0000000000000004 x3 : 00000000000000d5\n',
    /U-Boot/,
  ],
  [
    "Linux's on arm64",
    '<2>[   60.422640] kernel BUG at mm/zorp.c:3950!\n<0>[   60.422643] Internal error: Oops - BUG: 0 [#1] SMP\n<4>[   60.511359] x29: ffffff80099eb5f0 x28: ffffffc224d64628\n<4>[   60.516672] x27: ffffff80099eb7b0 x26: 0000000000000000\n',
    /Linux/,
  ],
  [
    "Linux's double fault",
    'PANIC: double fault, error_code: 0x0\nCPU: 1 PID: 4071 Comm: zorpd Not tainted 4.4.0-21-generic #37\nHardware name: Zorp Inc. Z1\n',
    /Linux/,
  ],
  [
    "xv6's trap",
    'scause 0x000000000000000d\nsepc=0x0000000080001c3e stval=0x0000000000000018\npanic: kerneltrap\n',
    /xv6/,
  ],
  ["xv6's panic", 'xv6...\npanic: bget: no buffers\n', /xv6/],
  [
    'a debugger on macOS',
    '(lldb) bt\n* thread #1: tid = 0x0001, 0xffffff8024d10c12 kernel`panic(str=0xffffff7fa5112345) + 50 at debug.c:367, stop reason = breakpoint 2.1\n  * frame #0: 0xffffff8024d10c12 kernel`panic(str=0xffffff7fa5112345) + 50 at debug.c:367\n    frame #1: 0xffffff7fa57e1086 zorp`zorp_evict + 262\n    frame #2: 0xffffff8024e1a6e7 kernel`call_continuation + 23\n',
    /macOS/,
  ],
  [
    'UNIX System V',
    '#1>qs\n029c4140 zorpread() at 124808(zorpread+1c)\nPANIC: kernel-mode address fault on kernel address 0x00000040\nDumping to dev 01980001\n',
    /UNIX System V/,
  ],
  [
    'code under the word',
    'After the fork:\n\npanic:\n\n``` c\n    if(zorpcpu()->depth != 1)\n    panic("zorp locks");\n```\n',
    /^not read as a panic report/,
  ],
  [
    'a program with a part of a kernel in it',
    '#0  0x00000000011aab5c in zone_zorp (zone=0x7f3a8080280) at /home/z/lib/zorp.c:105\n[Current thread is 1 (Thread 0x7f3a80f9900 (LWP 4136))]\n(gdb) bt\n#0  0x00000000011aab5c in zone_zorp (zone=0x7f3a8080280) at /home/z/lib/zorp.c:105\n#1  0x00000000011ad008 in keg_zorp (keg=0x7f3a8080500) at /home/z/lib/zorp.c:160\n',
    /a program/,
  ],
  [
    "anybody's registers",
    'Page fault\ninterrupt: 000000000000000e\naddress: 0000000000000018\nrax: 0000000000000a20\nrbx: 0000000000000a21\nrcx: 0000000000000004\nrdx: 0000000000000001\nrsi: 0000000000000004\nrip: 0000000000401c2a\n',
    /registers/,
  ],
  [
    'a program in a debugger',
    'Program received signal SIGABRT, Aborted.\n(gdb) bt\n#0  0x00007ffff6eaf369 in raise () from /usr/lib/libc.so.6\n#1  0x00007ffff6eb0768 in abort () from /usr/lib/libc.so.6\n#2  0x00007ffff6ea8456 in zorp_fail () from /usr/lib/libzorp.so.2\n',
    /a program/,
  ],
  [
    "a Go program's panic",
    'panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/zorp.go:7 +0x1b\n',
    /^not read as a panic report/,
  ],
  [
    "the boot loader's",
    'panic: free: guard2 fail @ 0xbf7c5040 + 52 from zorp.c:123\n--> Press a key on the console to reboot <--\n',
    /^not read as a panic report/,
  ],
  [
    'a comment that says when the kernel panics',
    '/*\n * If the zorp is gone we must panic: the caller cannot go on.\n *\n * panic: this is not reached, since the caller holds the lock.\n */\nint zorp(void) { return (0); }\n',
    /^not read as a panic report/,
  ],
  [
    'a program that prints a panic',
    '  kprint("panic: general protection fault\\n\\0");\n  kprintf("descriptor index: %d\\n\\0", descriptorIndex);\n}\n',
    /^not read as a panic report/,
  ],
  [
    "IRIX's panic",
    'IRIX Release 6.5 IP99 Version 01020304 System V\nAll Rights Reserved.\n\nPANIC: zorp_mountroot: no zorp found\n',
    /IRIX/,
  ],
  [
    "System V's panic",
    'WARNING: zorp_mountroot called\nPANIC: vfs_mountroot: no zorp found\n',
    /UNIX System V/,
  ],
  ["Haiku's debugger", 'PANIC: bound zorp 0xffffffff9e58f410 not in hash!\nkdebug> \n', /Haiku/],
  [
    "a table of a program's errors",
    'export const ZORP = {\n  /** no such zorp */\n  INVALID_ZORP: 3,\n  /** the zorp has failed */\n  KERNEL_PANIC: 4,\n  panic: true,\n};\n',
    /^not read as a panic report/,
  ],
  [
    "a service's panic in a table",
    '| what | why |\n|---|---|\n| `panic: ZORP_SIZE must be set` | the service lacks a variable |\n',
    /^not read as a panic report/,
  ],
];

describe('is a text of another kernel, or of a program, taken for a report?', () => {
  it.each(FOREIGN)('%s', (_what, text, says) => {
    expect(() => parseReport(text)).toThrow(says);
    expect(() => parseReport(text)).toThrow(/^not (?:read as )?a panic report/);
  });
});

it('registers without a word of what they were printed for are no trap', () => {
  const { kind, registers, trap } = parseReport(
    'x0: 0xffff0001a4be3fa8 [rwRW,0xffff0001a4be3f98-0xffff0001a4be4020]\nx1: 0xffff0001a4be3f98 [rwRW,0xffff0001a4be3f98-0xffff0001a4be4020]\nx2: 0xffffa0002170c000 [rwRW,0xffffa0002170c000-0xffffa0002170d000]\nx4: 0xffff0000008fbead [rxR,0x0000000000000000-0xffffffffffffffff] (sentry) (zorp_get + 0x0)\nx8: 0x0000000000002000\nx9: 0x0000000000002405\n',
  );
  expect({ kind, trap, count: registers.length }).toEqual({ kind: 'unknown', trap: undefined, count: 6 });
});

it("registers in FreeBSD's own form are a report without a word of what happened", () => {
  const { kind, arch, registers } = parseReport(
    'zorp0: <Zorp Ethernet> mem 0x40000000-0x400000ff irq 7\n   t[0]: 0x0000000000000a01\n   t[1]: 0xffffffc06440a35c\n   t[2]: 0xffffffffa3cea14f\n   s[0]: 0xffffffc045362370\n   a[0]: 0xffffffd001c6a100\n',
  );
  expect({ kind, arch, count: registers.length }).toEqual({ kind: 'unknown', arch: 'riscv', count: 5 });
});

it('registers of capabilities, some of them plain numbers, are a report as well, and no trap', () => {
  const { kind, arch, trap, registers } = parseReport(
    'PING 10.9.8.7 (10.9.8.7): 56 data bytes\nra = 0xffffffc00051c8e2\nsp = 0xffffffc0133f1690 [rwxRW,0x0000000000000000-0xffffffffffffffff]\ngp = 0xffffffc0133f14f0 [rwxRW,0x8000000000000000-0x7fffffffffffffff] (invalid,sealed)\ntp = 0x0000010211c70d38 [,0x000001011c000000-0x0000010800000000] (invalid)\nt[0] = 0x8000000000000009\nt[1] = 0xffffffc0004fd7f4 [rwxRW,0x0000000000000000-0xffffffffffffffff]\nt[2] = 0x0000000000006000\ns[',
  );
  expect({ kind, arch, trap }).toEqual({ kind: 'unknown', arch: 'riscv', trap: undefined });
  expect(registers.map((each) => each.name)).toEqual(['sp', 'gp', 'tp', 't[0]', 't[1]', 't[2]']);
});
