import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * Which release the kernel was of that crashed, where no line of a kernel says it; and who ran, by the table
 * of NetBSD's crash(8). The texts are made up.
 */

const FREEBSD = `panic: zorp: nothing left
cpuid = 1
KDB: stack backtrace:
panic() at panic+0x43
zorp_get() at zorp_get+0x1c
fork_exit() at fork_exit+0x80
`;
const OPENBSD = `uvm_fault(0xfffffd801e8a4c70, 0x0, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      zorp_get+0x40:  movl    0x38(%rax),%ecx
ddb{1}> trace
zorp_get(ffff8000ffff0d40) at zorp_get+0x40
sys_zorp(ffff8000ffff0d40,ffff8000211f0e10,ffff8000211f0d90) at sys_zorp+0x1c
`;
const NETBSD = `[ 32.4817264] panic: kernel diagnostic assertion "zorplocked(zo)" failed: file "/usr/src/sys/kern/zorp.c", line 33
[ 32.4817264] cpu2: Begin traceback...
[ 32.4917251] vpanic() at netbsd:vpanic+0x160
[ 32.4917251] zorp_wakeup() at netbsd:zorp_wakeup+0xd1
[ 32.4917251] sys_close() at netbsd:sys_close+0x20
[ 32.4917251] cpu2: End traceback...
`;

const kernel = (text: string) => parseReport(text).kernel;
const told = (before: string, stack: string) => kernel(`${before}\n\n${stack}`);

describe('a sentence that gives a release to the machine that crashed', () => {
  for (const [said, release] of [
    ['Hello, my server running 12.1 crashes every night at 3:01.', '12.1'],
    ['Our old file server, which is running FreeBSD 9.3-RELEASE, panics under load.', '9.3-RELEASE'],
    ['My router which runs 8.2-STABLE reboots each hour.', '8.2-STABLE'],
    ['Hi, with 8.1-STABLE r211642 amd64 I get this when "zfs rollback" is run:', '8.1-STABLE'],
    ['On FreeBSD 11.2-RELEASE I always see the following:', '11.2-RELEASE'],
  ] as const)
    it(said, () => {
      const found = told(said, FREEBSD);
      expect(found).toMatchObject({ system: 'FreeBSD', release, likely: true });
    });

  it('names another system than the text is of: then it is of another machine', () => {
    const said = 'My ERL (OpenBSD 5.6 GENERIC, not MP) falls into ddb when the other one is rebooted.';
    expect(told(said, OPENBSD)).toMatchObject({ system: 'OpenBSD', release: '5.6', likely: true });
    expect(told(said, FREEBSD)).toBeUndefined();
  });

  for (const said of [
    'My server running 12.1 never crashed in three years.',
    'My server running 12.1 crashes, the one with 12.0 does not.',
    'With 12.1 I see no such thing.',
    'And 12.1 will be at its end soon, upgrade to 12.2.',
    'My server running since 12.1 crashes.',
    'It works fine with 8.1-STABLE and I get this with a newer one.',
    'My disk of 12.1 GB crashed.',
  ])
    it(`is none: ${said}`, () => {
      expect(told(said, FREEBSD)).toBeUndefined();
    });

  it('counts less than a line of the kernel', () => {
    const banner = 'FreeBSD 13.2-RELEASE-p1 #0: Fri Apr  7 02:34:12 UTC 2023';
    expect(told(`My server running 12.1 crashes.\n${banner}`, FREEBSD)).toMatchObject({
      release: '13.2-RELEASE-p1',
    });
  });
});

describe('the only release that the writer names', () => {
  for (const [said, stack, release] of [
    ['5.3-STABLE, two disks in a mirror. When I pull one:', FREEBSD, '5.3-STABLE'],
    ['Subject: 7.1-RELEASE amd64: zorp has nothing left', FREEBSD, '7.1-RELEASE'],
    ['INVARIANTS (12.0-STABLE r342700, amd64, in bhyve):', FREEBSD, '12.0-STABLE'],
    ['Got this on one of our servers running 4.11-RELEASE-p2:', FREEBSD, '4.11-RELEASE-p2'],
    ['On FreeBSD/arm64 15.1 with zorp loaded:', FREEBSD, '15.1'],
    ['10.0_BETA amd64 with zagr(4) in qemu:', NETBSD, '10.0_BETA'],
    ['A domU of mine (6.99.23, PAE):', NETBSD, '6.99.23'],
    ['NetBSD-8.99.1-evbarm-earmv6hf-201707292150Z', NETBSD, '8.99.1'],
    ['On NetBSD 9.1. It has two CPUs.\nThis is 9.1_STABLE of June.', NETBSD, undefined],
    ['DragonFly 1.2-RELEASE here.\nThis DragonFly 1.2.0-RELEASE has one CPU.', FREEBSD, undefined],
    ['7.3-current of yesterday, amd64:', OPENBSD, '7.3-current'],
    ['4.3-RELEASE here, and 4.4-STABLE there:', FREEBSD, undefined],
    ['OpenBSD 7.8 errata 025 tells of it.', OPENBSD, undefined],
    ['This is found in FreeBSD 5-CURRENT kernels:', FREEBSD, undefined],
    ['A patch of 12.1-RELEASE:', FREEBSD, undefined],
    ['zorp-1.2-RELEASE is installed:', FREEBSD, undefined],
    ['The host has 13.1-RELEASE:', FREEBSD, undefined],
    ['X-Operating-System: FreeBSD 4.10-STABLE i386', FREEBSD, undefined],
    ['--\nFreeBSD 4.10-STABLE up 20 days', FREEBSD, undefined],
  ] as const)
    it(said, () => {
      const found = told(said, stack);
      expect(found?.release).toBe(release);
      expect(found?.likely).toBe(release === undefined ? undefined : true);
    });

  it('is one where it is given with and without its last number', () => {
    const said = 'Subject: 1.2-RELEASE, nothing left\n\nDragonFly 1.2.0-RELEASE with one CPU:';
    const found = told(said, FREEBSD.replace('KDB: stack backtrace:', 'Trace beginning at frame 0xdb0d9c5c'));
    expect(found).toMatchObject({ system: 'DragonFly', release: '1.2.0-RELEASE' });
  });
});

describe('a heading of a crash', () => {
  for (const [subject, stack, release] of [
    ['Re: NetBSD-5.0_RC3 crash with zagr(4)', NETBSD, '5.0_RC3'],
    ['OpenBSD 7.4: panic in zorp_get', OPENBSD, '7.4'],
    ['15-CURRENT on a small board: Fatal page fault in zorp_get', FREEBSD, '15-CURRENT'],
    ['NetBSD-5.0 crash, gone in NetBSD-5.1', NETBSD, undefined],
    ['crash since NetBSD 9.1', NETBSD, undefined],
    ['OpenBSD 7.4: panic in zorp_get', NETBSD, undefined],
  ] as const)
    it(subject, () => {
      expect(told(`Subject: ${subject}`, stack)?.release).toBe(release);
    });
});

describe('NetBSD\u2019s crash(8)', () => {
  const shown = (rows: string, versions = 'Crash version 9.99.1, image version 9.0_STABLE.') =>
    parseReport(`${NETBSD}
# crash -M netbsd.3.core -N netbsd.3
${versions}
crash> ps
PID    LID S CPU     FLAGS       STRUCT LWP *               NAME WAIT
${rows}`);
  const ROWS = `2217 >   1 7   2         0   ffffe4a6a1c1f4a0                  zaft
1881     1 3   2        80   ffffe4a6a6a25080                  tmux kqueue
0    >   7 7   1       200   ffffe4a6a56e0180             softnet/1
`;

  it('the image is what crashed', () => {
    expect(shown(ROWS).kernel).toMatchObject({ system: 'NetBSD', release: '9.0_STABLE' });
    expect(shown(ROWS).kernel?.likely).toBeUndefined();
  });

  it('who ran on the CPU of the panic is the process', () => {
    const { cpu, process } = shown(ROWS);
    expect(cpu?.value).toBe(2);
    expect(process).toMatchObject({ value: { pid: 2217, tid: 1, name: 'zaft' }, likely: true });
  });

  it('nobody is named where none ran there', () => {
    expect(shown(ROWS.replace('7   2', '7   3')).process).toBeUndefined();
    expect(shown(ROWS.replaceAll('>', ' ')).process).toBeUndefined();
  });
});

describe('a build of a product', () => {
  it('names the product, and no release of the system', () => {
    for (const [line, product] of [
      ['Build: FreeNAS-9.3-STABLE-201502271818', 'FreeNAS'],
      ['Version: TrueNAS-13.0-U6.1', 'TrueNAS'],
      ['FreeNAS-11.1-U7', 'FreeNAS'],
      ['Version: TrueNAS-SCALE-22.12.3', undefined],
      ['Version: TrueNAS-24.10.0', undefined],
    ] as const) {
      const report = parseReport(`${line}\n\n${FREEBSD}`);
      expect([line, report.product, report.kernel]).toEqual([line, product, undefined]);
    }
  });
});

it('a C program that is indented as a whole is found', () => {
  const program = `	#include <sys/socket.h>

	int
	main(void)
	{
		int s = socket(2, 1, 0);

		listen(s, 5);
		return 0;
	}
`;
  for (const mark of ['', '> '])
    expect(
      parseReport(`${FREEBSD}\nThe program:\n\n${program.replace(/^/gm, mark)}\nIt needs root.\n`).programs,
    ).toMatchObject([{ language: 'c', lines: 10, calls: ['socket', 'listen'] }]);
});

describe('a release that stands in a text in passing', () => {
  const DOM0 = 'Xen 4.5 dom0, NetBSD 7.0.1 XEN3_DOM0 amd64.  It died when a guest came up:';
  it.each([
    [
      '8< -- from /var/log/messages, old box, 9.3-RELEASE-p5 i386 with 2 GB and ZFS --',
      FREEBSD,
      '9.3-RELEASE-p5',
    ],
    [
      'Onion, FreeBSD 12.0-CURRENT mips (ZORP kernel, r320112), log from the usb serial:',
      FREEBSD,
      '12.0-CURRENT',
    ],
    ['mac mini G4, OpenBSD/macppc 6.9, written down from the TV:', OPENBSD, '6.9'],
    ['it died again tonight, this time i had the console on. 4.9 release, generic.', OPENBSD, '4.9'],
    ['EdgeRouter 4 with 7.3, crashed after 2 weeks:', OPENBSD, '7.3'],
    [
      'no serial port here, from the photo (NetBSD 9.2 amd64, the GENERIC kernel), when resuming:',
      NETBSD,
      '9.2',
    ],
    [DOM0, NETBSD, '7.0.1'],
    [
      'This is with the kernel from the release ISO, NetBSD 9.3 (GENERIC) #0: Thu Aug  4 15:30:37 UTC 2022.',
      NETBSD,
      '9.3',
    ],
    ['Subject: panic with zath and hostap on 5.1/i386', NETBSD, '5.1'],
    ['Subject: panic on 5.1/i386\n\nAny patch to try? Is 5.1_STABLE better?', NETBSD, '5.1'],
  ])('%s', (said, stack, release) => {
    expect(told(said, stack)).toMatchObject({ release, likely: true });
  });

  it.each([
    ['My other box, 9.3-RELEASE i386, has no such thing.', FREEBSD],
    ['The NFS client (NetBSD 9.2 amd64) hangs then.', NETBSD],
    ['It works with the kernel of the ISO, NetBSD 9.3 (GENERIC) #0: Thu Aug  4 15:30:37 UTC 2022.', NETBSD],
    ['Is 5.1_STABLE better?', NETBSD],
    ['Would OpenBSD 7.4 help?', OPENBSD],
    ['It was so before the 4.9 release of it.', OPENBSD],
    ['I have waited for the 4.9 release.', OPENBSD],
    ['Subject: zath is fixed in 5.1', NETBSD],
    ['Subject: panic with a disk of 5.1 GB', NETBSD],
    ['Subject: panic with zfirmware on 17.2', NETBSD],
    ['A box with 7.3, and one with 7.4, crashed after 2 weeks:', OPENBSD],
    ['A box with 7.3, from the shop:', OPENBSD],
    ['The host in it, Xen 4.5 dom0, NetBSD 7.0.1 amd64, is fine:', NETBSD],
    ['Machine A, NetBSD 9.2 amd64, and machine B, NetBSD 9.3 amd64:', NETBSD],
  ])('is none: %s', (said, stack) => {
    expect(told(said, stack)).toBeUndefined();
  });

  it('of a product is the product alone', () => {
    for (const said of ['Mon TrueNAS (13.0-U6.1) est mort.', 'My TrueNAS box, 13.0-U5, died.']) {
      const { kernel: version, product } = parseReport(`${said}\n\n${FREEBSD}`);
      expect({ version, product }).toEqual({ version: undefined, product: 'TrueNAS' });
    }
    for (const said of ['My TrueNAS (24.04-U1) died.', 'A friend has a TrueNAS (13.0-U6.1).'])
      expect(parseReport(`${said}\n\n${FREEBSD}`).product).toBeUndefined();
  });
});

describe('beside a release', () => {
  const of = (said: string) => {
    const { kernel, arch } = parseReport(`${said}\n\npanic: zorp is busy\nStopped at      zorp_get+0x12\n`);
    return [kernel?.release, arch];
  };

  it('stands the architecture, with a word or a bracket between', () => {
    expect(of('OpenBSD 7.3 release, arm64.')).toEqual(['7.3', 'arm64']);
    expect(of('OpenBSD 7.3 release (arm64) on a Honeycomb')).toEqual(['7.3', 'arm64']);
  });

  it('stands the day of a kernel that moves on', () => {
    expect(of('This is FreeBSD 5.0-CURRENT from May 25.')[0]).toBe('5.0-CURRENT');
    expect(of('This is FreeBSD 5.0-CURRENT from 2001-05-25.')[0]).toBe('5.0-CURRENT');
    expect(of('I took FreeBSD 5.0-CURRENT from the ports tree.')[0]).toBeUndefined();
  });
});
