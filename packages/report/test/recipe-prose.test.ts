import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * Commands that people tell in sentences: in two windows, in a loop, one beside the other, one and not the
 * other; and on a line of its own that a sentence above goes on with. The texts are made up.
 */

const PANIC = 'panic: vm_page_free: freeing wired page\nDebugger("panic")\n';
const told = (text: string) =>
  parseReport(`${text}\n\n${PANIC}`).recipe.map(({ text: command, times }) =>
    times === undefined ? command : `${command} (${times})`,
  );
const DD = 'dd if=/dev/zero of=/dev/null bs=20m';
const LOOP = 'while true; do memcheck 24m; done';

describe('of what ran in two windows', () => {
  for (const [text, expected] of [
    [`In one xterm I ran memcheck 24m in a loop, in another one ${DD}.`, `${LOOP} & ${DD}`],
    [`In one window run "memcheck 24m" as root, in a loop, in the other one "${DD}".`, `${LOOP} & ${DD}`],
    [`Two xterms; in the first one I ran "memcheck 24m", in the other one "${DD}".`, `memcheck 24m & ${DD}`],
    [
      `I had two terminals open. In the first I ran "memcheck 24m" in a loop, in the second "${DD}".`,
      `${LOOP} & ${DD}`,
    ],
    [
      `In one window I ran memcheck 24m twice, in another ${DD} in a loop.`,
      `for i in 1 2; do memcheck 24m; done & while true; do ${DD}; done`,
    ],
  ] as const)
    it(`both are taken, each as often as it ran: ${text}`, () => expect(told(text)).toEqual([expected]));
});

describe('of what had to run beside another', () => {
  for (const [text, expected] of [
    [
      `I can panic it with '${DD}', but only if 'memcheck 24m' is running in another xterm.`,
      `memcheck 24m & ${DD}`,
    ],
    [
      `It dies when I run ${DD} while memcheck 24m is running in a loop in another window.`,
      `${LOOP} & ${DD}`,
    ],
    [`It dies when I run ${DD} with memcheck 24m running in the background.`, `memcheck 24m & ${DD}`],
    [`It dies when I run ${DD}, but not if memcheck 24m is running in another window.`, DD],
    [`It dies when I run ${DD} while memcheck 24m is running on another machine.`, DD],
  ] as const)
    it(text, () => expect(told(text)).toEqual([expected]));
});

describe('of two that ran at the same time', () => {
  for (const words of ['at the same time', 'in parallel', 'both at once'])
    it(`both are one command: ${words}`, () => {
      expect(told(`I ran "memcheck 24m" and "${DD}" ${words}, and it died.`)).toEqual([
        `memcheck 24m & ${DD}`,
      ]);
      expect(told(`I ran memcheck 24m and ${DD} ${words}.`)).toEqual([`memcheck 24m & ${DD}`]);
    });
  it('one after the other they are two', () =>
    expect(told(`I ran "memcheck 24m" and "${DD}", and it died.`)).toEqual(['memcheck 24m', DD]));
});

describe('of the halves of a sentence', () => {
  for (const [text, expected] of [
    [`It does not panic with memcheck 10m, only with ${DD}.`, [DD]],
    [`It never crashes with "memcheck 10m", but always with "${DD}".`, [DD]],
    [`It does not die with memcheck 10m; only when I run ${DD}.`, [DD]],
    [`It does not panic with "zorpctl -a 1", only with "zorpctl -b 2".`, ['zorpctl -b 2']],
    ['It panics with memcheck 10m, only with memcheck 100m it does not.', ['memcheck 10m']],
    [`It does not panic with memcheck 10m, with ${DD} it does not, either.`, []],
  ] as const)
    it(text, () => expect(told(text)).toEqual(expected));
});

it('another that does the same is taken as well, and not what does nothing', () => {
  const text = `It dies whenever I do a make -j8 buildworld. Sometimes also with a simple
"cat /dev/zero | sort > /dev/null". It did not happen with
${DD}, that one works fine.`;
  expect(told(text)).toEqual(['make -j8 buildworld', 'cat /dev/zero | sort > /dev/null']);
  expect(told(`It dies when I run memcheck 24m, and also with ${DD}.`)).toEqual(['memcheck 24m', DD]);
});

describe('how often', () => {
  it('may be told behind a few words', () => {
    for (const words of [
      'for that, in an endless loop',
      'as root, in a loop',
      'on the console, and in a loop',
    ])
      expect(told(`I used memcheck 150m ${words}, and it panicked.`)).toEqual(['memcheck 150m (0)']);
    expect(told('To reproduce: run memcheck 40m; run it in an endless loop.')).toEqual(['memcheck 40m (0)']);
    expect(told('To reproduce: run memcheck 40m; run it as root.')).toEqual(['memcheck 40m']);
  });
});

describe('of steps with a number and a prompt', () => {
  it('all are taken', () => {
    for (const [first, second] of [
      ['1. $', '2. #'],
      ['1) #', '2) #'],
      ['- #', '- #'],
    ])
      expect(told(`Steps to reproduce:\n\n${first} memcheck 20m\n${second} memcheck 70m`)).toEqual([
        'memcheck 20m',
        'memcheck 70m',
      ]);
  });

  it('a loop is one', () => {
    const loop = 'for i in 1 2 3 4; do memcheck 20m & done; wait';
    expect(told(`Steps to reproduce:\n1. boot single user\n2. swapon -a\n3. $ ${loop}\n4. watch`)).toEqual([
      'swapon -a',
      loop,
    ]);
    expect(told(`This is how I made it fall over:\n\n$ ${loop}`)).toEqual([loop]);
    expect(told('Some notes.\n\n$ for i in a b; do ls $i; done')).toEqual([]);
  });
});

describe('of programs that nobody knows', () => {
  for (const [text, expected] of [
    ['I get the panic below when I start `drill @10.0.0.2 example.org`.', ['drill @10.0.0.2 example.org']],
    [
      'This gives a LOR and then the panic\nbelow when I start `drill @10.0.0.2 zorp`.',
      ['drill @10.0.0.2 zorp'],
    ],
    ['I did "zorpvol start raid.p0.s2" and after a while it rebooted.', ['zorpvol start raid.p0.s2']],
    ['I did "zorpvol start raid.p0.s2" and it was fine.', []],
    ['I did "zorpvol start raid.p0.s2" and saw nothing.', []],
    ['I ran\n\n# zorpctl prune /build', ['zorpctl prune /build']],
    [
      'It panicked during a "hammer prune /build", again.\n\nI ran\n\n# hammer2 bulkfree /build',
      ['hammer prune /build', 'hammer2 bulkfree /build'],
    ],
  ] as const)
    it(text.replaceAll('\n', '/'), () => expect(told(text)).toEqual(expected));
});

describe('above the panic', () => {
  for (const [text, expected] of [
    ['just "camcontrol rescan all" with an LSI in slot 2:', ['camcontrol rescan all']],
    ['"camcontrol rescan all" says:', []],
    [
      'While removing an old disk image\n\n    rm -f /images/old.img\n\nthe machine panicked:',
      ['rm -f /images/old.img'],
    ],
    [
      'It is an old box. While removing an\nold disk image\n\n    rm -f /images/old.img\n\nI got:',
      ['rm -f /images/old.img'],
    ],
    ['While removing an old disk image\n\n# rm -f /images/old.img\n\nI got:', ['rm -f /images/old.img']],
    ['While removing an old disk image\n\n    # zorprm -f /images/old.img', ['zorprm -f /images/old.img']],
    ['After repairing the file system with\n\n    fsck -y /dev/da0\n\nthe panic went away:', []],
    ['While looking at the dump with\n\n    less /var/crash/info.0\n\nI got:', []],
    ['# ls -l /tank/studio/Fonts', ['ls -l /tank/studio/Fonts']],
    ['`ls /tank/Fonts` works, but\n\n  # ls -l /tank/Fonts', ['ls -l /tank/Fonts']],
    ['# ls -l /var/crash', []],
    ['# ls -l /tank/studio/Fonts\nSome words of the writer.', []],
    ['Do not do this on\n\n  # zpool scrub tank', []],
  ] as const)
    it(text.replaceAll('\n', '/'), () => expect(told(text)).toEqual(expected));
});

it('what a line of a script says of its number, or how often it ran, is none of the command', () => {
  const aside = parseReport(
    `How to repeat:\n  swapon -a\n  dd if=/zorp bs=N     (N = RAM - 12 MB)\n\n${PANIC}`,
  );
  expect(aside.recipe.map(({ text, size }) => [text, size?.deltaBytes])).toEqual([
    ['swapon -a', undefined],
    ['dd if=/zorp bs=N', -12 * 1024 * 1024],
  ]);
  expect(told('How to repeat:\n  swapon -a\n  memcheck 20m (three times)')).toEqual([
    'swapon -a',
    'memcheck 20m (3)',
  ]);
});
