import { describe, expect, it } from 'vitest';
import { compareReports, parseReport, stableMessage } from '../src/index.js';

/*
 * A file of the kernel has one name in titles and buckets, wherever and however the kernel was built, and
 * another one than a file of that name in another folder.
 */

const FILES: Record<string, string[]> = {
  'vm/x.c': [
    'vm/x.c',
    './vm/x.c',
    'sys/vm/x.c',
    '../../vm/x.c',
    '../../../vm/x.c',
    '../../../../vm/x.c',
    '/usr/src/sys/vm/x.c',
    '/sys/vm/x.c',
    '/usr/src/sys/amd64/amd64/../../vm/x.c',
    '/usr/src/sys/modules/zorp/../../vm/x.c',
    '/usr/src/sys/modules/zorp/@/vm/x.c',
    '/syzkaller/jobs/freebsd/kernel/sys/vm/x.c',
    '/home/sys/src/sys/vm/x.c',
    '/home/joe/release/4_8/sys/vm/x.c',
    '/usr/src/lib/librump/../../sys/rump/../vm/x.c',
    '[...]/src/sys/vm/x.c',
    '.../sys/vm/x.c',
  ],
  'arch/x86/x86/x.c': [
    '../../../../arch/x86/x86/x.c',
    '/home/source/ab/HEAD/src/sys/arch/x86/x86/x.c',
    'sys/arch/x86/x86/x.c',
    '/usr/src/sys/arch/amd64/compile/../../x86/x86/x.c',
  ],
  'uvm/x.c': [
    '../../../../uvm/x.c',
    '/syzkaller/managers/multicore/kernel/sys/uvm/x.c',
    '/usr/src/sys/uvm/x.c',
  ],
  'sys/x.h': ['sys/x.h', 'sys/sys/x.h', '../../../sys/x.h', '/usr/src/sys/sys/x.h', '@/sys/x.h'],
  'zorp/x.c': ['sys/zorp/x.c', '/usr/src/sys/zorp/x.c', '/usr/src/zorp/x.c', '../../zorp/x.c'],
  'x_if.c': [
    '/usr/obj/usr/src/amd64.amd64/sys/GENERIC/x_if.c',
    '/usr/src/sys/i386/compile/ZORP/x_if.c',
    '../../compile/ZORP/x_if.c',
    './x_if.c',
  ],
  'common/lib/x.c': ['sys/../common/lib/x.c', '/usr/src/sys/../common/lib/x.c', '/usr/src/common/lib/x.c'],
  'drivers/zorp/x.c': [
    '/wrkdirs/usr/ports/graphics/zorp-kmod/work/zorp-kmod-zorp_v5.10/drivers/zorp/x.c',
    '/usr/ports/graphics/zorp-kmod/work/zorp-kmod-6.1/drivers/zorp/x.c',
  ],
  'x.c': ['x.c'],
};
const MESSAGES = [
  (file: string) => `kernel diagnostic assertion "zp != NULL" failed: file "${file}", line 12`,
  (file: string) => `Assertion zp != NULL failed at ${file}:12`,
  (file: string) => `mutex zorp lock not owned at ${file}:12`,
  (file: string) => `zorp_get: recursed on non-recursive mutex zorp @ ${file}:12`,
  (file: string) => `zorp: gone @${file}:12`,
  (file: string) => `zorp: gone (${file}:12)`,
  (file: string) => `${file}: gone`,
  (file: string) => `zorp: gone in ${file}.`,
];

describe('a file of the sources', () => {
  for (const [name, files] of Object.entries(FILES))
    it(`has one name: ${name}`, () => {
      for (const message of MESSAGES) {
        const expected = stableMessage(message('FILE')).replace('FILE', name);
        for (const file of files) expect(stableMessage(message(file)), file).toBe(expected);
      }
    });

  it('is one in titles, buckets and comparisons', () => {
    const report = (file: string) =>
      parseReport(
        `panic: kernel diagnostic assertion "zp != NULL" failed: file "${file}", line 12\nzorp_get() at zorp_get+0x1c\nzorp_read() at zorp_read+0x80\n`,
      );
    const [first, ...others] = FILES['vm/x.c']!.map(report);
    expect(first!.title).toBe(
      'panic: kernel diagnostic assertion "zp != NULL" failed: file "vm/x.c", line N in zorp_get',
    );
    for (const other of others) {
      expect(other.title).toBe(first!.title);
      expect(other.buckets).toEqual(first!.buckets);
      expect(compareReports(first!, other).verdict).toBe('same');
    }
    const elsewhere = report('/usr/src/sys/dev/zorp/x.c');
    expect(elsewhere.buckets[1]!.key).not.toBe(first!.buckets[1]!.key);
  });

  it('is one where a sanitizer names the place', () => {
    const title = (file: string) =>
      parseReport(
        `UBSan: Undefined Behavior in ${file}:12:7, signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'\n`,
      ).title;
    expect(title('/usr/src/sys/dev/zorp/x.c')).toBe(title('../../../dev/zorp/x.c'));
    expect(title('/usr/src/sys/dev/zorp/x.c')).toContain('dev/zorp/x.c:12');
    expect(title('/usr/src/sys/net/x.c')).not.toBe(title('/usr/src/sys/dev/zorp/x.c'));
  });

  it('is none where a message names a file system or a program', () => {
    expect(stableMessage('zorpfs_dirbad: /var/tmp: bad dir')).toBe('zorpfs_dirbad: PATH: bad dir');
    expect(stableMessage('init died: /sbin/init')).toBe('init died: init');
    expect(stableMessage('read/write of 3/4 pages')).toBe('read/write of N/N pages');
  });
});
