import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * System, release and port in one word, in the ways in which the users of the four systems write them. The
 * texts are made up.
 */

const PANIC = `panic: zorp: nothing left
panic() at panic+0x43
zorp_get() at zorp_get+0x1c
zorp_read() at zorp_read+0x80
`;

const SAID: [said: string, system: string, release: string, arch: string][] = [
  ['NetBSD 10.2/sgimips', 'NetBSD', '10.2', 'mips'],
  ['NetBSD 9.3/macppc', 'NetBSD', '9.3', 'powerpc'],
  ['NetBSD 8.2/cobalt', 'NetBSD', '8.2', 'mips'],
  ['NetBSD 10.0_STABLE/amd64', 'NetBSD', '10.0_STABLE', 'amd64'],
  ['NetBSD 11.99.4/riscv64', 'NetBSD', '11.99.4', 'riscv'],
  ['NetBSD/amd64 9.99.81', 'NetBSD', '9.99.81', 'amd64'],
  ['NetBSD/sparc64 6.1.5', 'NetBSD', '6.1.5', 'sparc64'],
  ['NetBSD/shark 5.2', 'NetBSD', '5.2', 'arm'],
  ['NetBSD/evbarm 9.1', 'NetBSD', '9.1', 'unknown'],
  ['NetBSD-10.0_RC3/hp300', 'NetBSD', '10.0_RC3', 'm68k'],
  ['OpenBSD 3.3-beta', 'OpenBSD', '3.3-beta', 'unknown'],
  ['OpenBSD 5.6-current/i386', 'OpenBSD', '5.6-current', 'i386'],
  ['OpenBSD/macppc 6.8', 'OpenBSD', '6.8', 'powerpc'],
  ['OpenBSD/octeon 7.1', 'OpenBSD', '7.1', 'mips'],
  ['OpenBSD-7.5 amd64', 'OpenBSD', '7.5', 'amd64'],
  ['FreeBSD/amd64 13.2-RELEASE', 'FreeBSD', '13.2-RELEASE', 'amd64'],
  ['FreeBSD/i386 4.8-STABLE', 'FreeBSD', '4.8-STABLE', 'i386'],
  ['FreeBSD 14.1-RELEASE-p3/arm64', 'FreeBSD', '14.1-RELEASE-p3', 'arm64'],
  ['FreeBSD-12.4-STABLE amd64', 'FreeBSD', '12.4-STABLE', 'amd64'],
  ['DragonFly/x86_64 6.4-RELEASE', 'DragonFly', '6.4-RELEASE', 'amd64'],
  ['DragonFly 6.4.0-RELEASE/x86_64', 'DragonFly', '6.4.0-RELEASE', 'amd64'],
];

const PLACES: Record<string, (said: string) => string> = {
  'on a line of its own': (said) => said,
  'in a sentence': (said) => `This is ${said}.`,
  'of a machine that panics': (said) => `My machine is running ${said} and panics:`,
  'in a heading': (said) => `Subject: ${said} panic in zorp\n\nHello,`,
  'in a list': (said) => `An Indy, ${said}, 64 MB.`,
};

describe('a release with its port', () => {
  for (const [said, system, release, arch] of SAID)
    it(`is read whole: ${said}`, () => {
      for (const [name, place] of Object.entries(PLACES)) {
        const report = parseReport(`${place(said)}\n\n${PANIC}`);
        expect([name, report.system, report.kernel?.release, report.arch]).toEqual([
          name,
          system,
          release,
          arch,
        ]);
      }
    });

  it('is none in the name of a file, nor where two are compared', () => {
    for (const line of [
      'fetch https://zorp.example.org/FreeBSD-14.0-RELEASE-amd64-zorp.img.xz',
      'FreeBSD-14.0-RELEASE-amd64-disc1.iso was fine',
      'The port NetBSD/shark is old.',
    ])
      expect([line, parseReport(`${line}\n\n${PANIC}`).kernel?.release]).toEqual([line, undefined]);
    const two = parseReport(`NetBSD/i386 1.6.2 works, NetBSD/i386 2.0 does not.\n\n${PANIC}`);
    expect(two.kernel?.release).toBeUndefined();
    const any = parseReport(`Subject: panics on NetBSD/vax 3.0_* and 4.0_BETA\n\nHello,\n\n${PANIC}`);
    expect(any.kernel?.release).toBeUndefined();
  });

  it('is the whole of a login banner', () => {
    const { system, arch } = parseReport(`NetBSD/sgimips (zorp) (console)\n\nlogin: ${PANIC}`);
    expect([system, arch]).toEqual(['NetBSD', 'mips']);
  });
});
