import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { PANIC } from './zorp.js';

/*
 * Commands that a text gives on lines of their own, one below the other, or in quotation marks. The texts are
 * made up.
 */

const recipe = (text: string) => parseReport(`${PANIC}\n${text}\n`).recipe.map((each) => each.text);
const LIST = [
  'ifconfig zagr0 create',
  'ifconfig zagr0 zport wm0',
  'ifconfig zlan0 create',
  'ifconfig zagr0 -zport wm0',
];

describe('a list of commands', () => {
  const filler = Array.from({ length: 5 }, (_, i) => `Nothing to see in line ${i}.`).join('\n');

  it('is whole, however far from the sentence that names it', () => {
    for (const prompt of ['# ', '$ ', 'root@zorp:/root # '])
      expect(
        recipe(`I can reproduce this.\n${filler}\n\n${LIST.map((each) => prompt + each).join('\n')}`),
      ).toEqual(LIST);
  });

  for (const mark of ['<-- here', '<- panic!', '<=== crashes', '\u2190 here it dies'])
    it(`ends with the command that is marked, without the mark: ${mark}`, () => {
      const lines = LIST.map((each, i) => `# ${each}${i === 2 ? `     ${mark}` : ''}`);
      const expected = LIST.slice(0, 3);
      expect(recipe(`I can reproduce this:\n\n${lines.join('\n')}`)).toEqual(expected);
      expect(recipe(`>How-To-Repeat:\n${lines.map((each) => `\t${each}`).join('\n')}\n>Fix:`)).toEqual(
        expected,
      );
      expect(
        recipe(`>How-To-Repeat:\n${lines.map((each) => `\t${each.slice(2)}`).join('\n')}\n>Fix:`),
      ).toEqual(expected);
    });

  it('goes on behind a note that says nothing of an end', () => {
    const lines = LIST.map((each, i) => `# ${each}${i === 1 ? '   <-- any will do' : ''}`);
    expect(recipe(`I can reproduce this:\n\n${lines.join('\n')}`)).toEqual(LIST);
  });

  it('is numbered, with commands set off or not, and with steps of the hand between', () => {
    for (const tick of ['', '`']) {
      const text = `**To Reproduce**
1. ${tick}kldload zorpkms${tick}
2. plug the dock
3. ${tick}xrandr --output DP-3-1 --auto${tick}

**Additional context**
1. ${tick}ifconfig zorp0 down${tick}
`;
      expect(recipe(text)).toEqual(['kldload zorpkms', 'xrandr --output DP-3-1 --auto']);
    }
  });

  it('below the heading of a section is never glued to one command', () => {
    for (const first of [
      'mount_msdos /dev/zfd0s4 /zip',
      'newfs_msdos /dev/zfd0s4',
      'zorpmount -x /dev/zfd0s4 /zip',
    ]) {
      const text = `>How-To-Repeat:
\t${first}
\tcp /etc/termcap /zip
\tpress the button, then wait half a minute
>Fix:
`;
      expect(recipe(text)).toEqual([first, 'cp /etc/termcap /zip']);
    }
  });

  it('without prompts, behind a word of the first, is never glued to one command', () => {
    expect(
      recipe('Command:\nkldload zorp_hw3.0_a.bin\nkldload zorp_hw3.0_b-4.bin\nkldload if_zorp\n'),
    ).toEqual(['kldload zorp_hw3.0_a.bin', 'kldload zorp_hw3.0_b-4.bin', 'kldload if_zorp']);
  });

  it('a sentence that goes over two lines is still one', () => {
    expect(
      recipe('>How-To-Repeat:\n\tJust run dd if=/dev/zero of=/dev/zorp bs=64k\n\tcount=10 as root.\n>Fix:'),
    ).toEqual(['dd if=/dev/zero of=/dev/zorp bs=64k count=10']);
  });
});

describe('a command of a sentence', () => {
  it('in quotation marks, with what is said of it behind', () => {
    const { recipe: found } = parseReport(
      `${PANIC}\n"ifconfig zorp0 down; ifconfig zorp0 up" in a loop while iperf3 runs:\n`,
    );
    expect(found).toMatchObject([{ text: 'ifconfig zorp0 down; ifconfig zorp0 up', times: 0 }]);
  });

  it('on a line of its own, below the words that blame it', () => {
    for (const said of [
      'It survives 1400 bytes, and dies with',
      'Happens with every',
      'It always happens with this',
      'This occurs whenever I do',
    ])
      expect([said, recipe(`${said}\n\n  ping6 -s 2000 fe80::a00%zorp0\n\non the other side.`)]).toEqual([
        said,
        ['ping6 -s 2000 fe80::a00%zorp0'],
      ]);
    expect(recipe('It never happens with\n\n  ping6 -s 200 fe80::a00%zorp0\n\non the other side.')).toEqual(
      [],
    );
  });

  it('behind the words that blame it, in quotation marks', () => {
    expect(recipe('The box dies with "fetch -o /dev/null http://zorp.example.org/z".')).toEqual([
      'fetch -o /dev/null http://zorp.example.org/z',
    ]);
  });

  it('on a line of its own, below a sentence that it ends', () => {
    const command = 'dd if=/dev/zero of=/dev/null bs=70m';
    for (const said of [
      'It has 64 MB. To reproduce I start',
      'The box is a PII. To trigger it I just ran',
      'It can be provoked by running',
      'To repeat, run',
    ])
      expect([said, recipe(`${said}\n\n\t${command}\n\nin two xterms at once, and soon:`)]).toEqual([
        said,
        [command],
      ]);
    for (const said of ['I could not reproduce it. Before that I start', 'It cannot be triggered by running'])
      expect([said, recipe(`${said}\n\n\t${command}\n\nas before.`)]).toEqual([said, []]);
  });

  it('with the value of its variable beside it', () => {
    for (const said of ['I ran:', 'what was proposed in\nthe thread about it:', 'To reproduce:'])
      expect(
        parseReport(
          `${said}\n\n   dd if=/dev/zero of=/dev/null bs=N        (N = RAM size - 12 MB)\n\n${PANIC}`,
        ).recipe,
        said,
      ).toMatchObject([
        {
          text: 'dd if=/dev/zero of=/dev/null bs=N',
          size: { variable: 'N', relativeToRam: true, deltaBytes: -12 * 1024 * 1024 },
        },
      ]);
    // Of another variable nothing is said of this one.
    expect(recipe('what was proposed:\n\n   dd if=/dev/zero of=/dev/null bs=N   (M = 12 MB)\n')).toEqual([]);
  });

  it('that is enough, as often as it was started', () => {
    const said = (enough: string) =>
      parseReport(`${enough} dd if=/dev/zero of=/dev/null bs=70m twice.\n\n${PANIC}`).recipe;
    for (const enough of ['It is enough to start', 'It was sufficient to run', 'It suffices to start'])
      expect(said(enough), enough).toMatchObject([{ text: 'dd if=/dev/zero of=/dev/null bs=70m', times: 2 }]);
    expect(said('It is not enough to start')).toEqual([]);
  });

  it('in a loop of the shell, below the words of a loop', () => {
    const loop = 'while :; do dd if=/dev/zero of=/dev/null bs=70m count=1; done';
    expect(recipe(`My way to it: a shell loop,\n\n  ${loop}\n\nand then wait.`)).toEqual([loop]);
    expect(recipe(`It does not need a shell loop,\n\n  ${loop}\n\nI think.`)).toEqual([]);
    const lines = 'while :; do\n  dd if=/dev/zero of=/dev/null bs=70m count=1\n  done';
    expect(recipe(`My way to it: an endless loop:\n\n  ${lines}\n`)).toHaveLength(1);
  });
});

describe('a command above the panic', () => {
  const above = (text: string, panic = PANIC) =>
    parseReport(`${text}\n${panic}`).recipe.map((each) => each.text);

  it('is what the sentence that leads to it quotes as run', () => {
    expect(above('Eight cores.  During "make -j16 buildworld":\n')).toEqual(['make -j16 buildworld']);
    expect(above('When I pull a disk and do a "zorp start raid.p0.s2" with I/O\ngoing on:\n')).toEqual([
      'zorp start raid.p0.s2',
    ]);
    expect(above('I took out the\ncard while running `zagr -i 4 /dev/zagr0`:\n\nzagr0: gone\n')).toEqual([
      'zagr -i 4 /dev/zagr0',
    ]);
  });

  it('is none where the sentence is of something else', () => {
    for (const text of [
      'During "make -j16 buildworld".\n',
      'The message "zorp start raid.p0.s2" came up:\n',
      'It does not come with "make -j16 buildworld":\n',
      `During "make -j16 buildworld":\n\n${'And then a long story of mine that has nothing to do with it. '.repeat(5)}\n`,
    ])
      expect([text, above(text)]).toEqual([text, []]);
  });

  it('stands at a prompt, and drivers answer it', () => {
    const stamped = PANIC.replace(/^/gm, '[  81.1012334] ');
    expect(
      above(
        'root# drvctl -d zagr0\n[  81.0210341] zagr0: error: no ring for\n[  81.0210355] zagr0: detached',
        stamped,
      ),
    ).toEqual(['drvctl -d zagr0']);
    expect(above('root# drvctl -d zagr0\nThat went well, and then:', PANIC)).toEqual([]);
    expect(above(`root# drvctl -d zagr0\n${'zagr0: still there\n'.repeat(8)}`, PANIC)).toEqual([]);
  });

  it('is on a line of its own behind a sentence that goes on with it', () => {
    const run = 'cd /usr/src/tools/test; ./all.sh -n zorp.sh';
    expect(above(`While testing the changes with\n\n  ${run}\n\nI got:\n`)).toEqual([run]);
    expect(above(`While testing the changes with\n\n  ${run}\n\nnothing came:\n`)).toEqual([]);
    expect(recipe('The machine runs a test of zorp on NFS:\n\n\tcd /usr/src/regress/zorp && make')).toEqual([
      'cd /usr/src/regress/zorp && make',
    ]);
    expect(recipe('The machine runs on NFS.\n\n\tcd /usr/src/regress/zorp && make')).toEqual([]);
  });
});

describe('what is no command', () => {
  for (const text of [
    'To reproduce:\n# zfs encounters verify3 PANIC during boot',
    'The panic in question, from `/var/log/dmesg.today`, kills it:',
    'It crashes in `pid 0 lid 2` each time.',
    'This brings damage to `/opt` and it crashes.',
  ])
    it(text, () => {
      expect(recipe(text)).toEqual([]);
    });

  it('is left out of what stands at a prompt', () => {
    expect(recipe('To repeat it:\n# newfs -f 1024 -O2 md0c on a 64 Mb FS')).toEqual([
      'newfs -f 1024 -O2 md0c',
    ]);
  });

  it('is not said twice', () => {
    expect(
      recipe(
        'Doing "ifconfig zagr0 scan" crashes it.\nTo reproduce:\n# while :; do ifconfig zagr0 scan; done',
      ),
    ).toEqual(['while :; do ifconfig zagr0 scan; done']);
  });
});

describe('a command of a program that nobody knows', () => {
  const section = (line: string) => recipe(`>How-To-Repeat:\n\t${line}\n>Fix:\n\tnone known`);

  it('is whole in its section, without the words behind it', () => {
    for (const program of ['zorp', 'zorp++', 'zorp9+x', 'z.orp', 'bonnie++'])
      expect(section(`${program} -d /mnt -u root   on the zvme`)).toEqual([`${program} -d /mnt -u root`]);
  });

  it('is never what a person does, or a path that is the operand of something', () => {
    for (const line of [
      'running -current on /dev/zd0',
      'boot -s from /dev/zd0',
      'zorps are in -stable as well',
      'Zorp with -d /mnt -u root',
    ])
      expect(section(line)).toEqual([]);
  });

  it('is set off as the item of a list, with words behind it or not', () => {
    const list = (item: string) => recipe(`**To Reproduce**\n1. ${item}\n2. pull the dongle`);
    for (const words of ['', ' over ue0', ' under load', ' twice'])
      expect(list(`iperf3 -c 10.0.0.2 -t 600${words}`)).toEqual(['iperf3 -c 10.0.0.2 -t 600']);
    expect(list('`iperf3 -c 10.0.0.2 -t 600` over ue0')).toEqual(['iperf3 -c 10.0.0.2 -t 600']);
  });
});

describe('a command that a sentence says was run', () => {
  const COMMAND = 'zorpctl -k 10.1.0.0/16';
  const above = (text: string) => parseReport(`${text}\n\n${PANIC}`).recipe.map((each) => each.text);

  it.each([
    `After \`${COMMAND}\` in a zorp job:`,
    `\`${COMMAND}\` in a cron job:`,
    `\`${COMMAND}\` to a tape ends like this after a while:`,
    `\`${COMMAND}\` panics it:`,
    `Two cores.  "${COMMAND}" does this:`,
  ])('above the panic: %s', (text) => {
    expect(above(text)).toEqual([COMMAND]);
  });

  it.each([
    `Mending it with \`fsck -y /dev/zd0\`:`,
    `After \`make installkernel\`:`,
    `After \`${COMMAND}\` and a reboot:`,
    `The output of \`${COMMAND}\`:`,
    `Before \`${COMMAND}\`:`,
    `Without \`${COMMAND}\` it never does this:`,
  ])('above the panic is none: %s', (text) => {
    expect(above(text)).toEqual([]);
  });

  it.each([
    [
      'How: xrandr --output eDP-1 --off; xrandr --output eDP-1 --auto',
      'xrandr --output eDP-1 --off; xrandr --output eDP-1 --auto',
    ],
    ['Happened during a "make build" (make -j8) with src on NFS.', 'make build'],
    ['Time is when "zfs send -R tank@weekly | ssh" runs.', 'zfs send -R tank@weekly | ssh'],
    [
      'Guest was being destroyed with bhyvectl --destroy --vm=w11 while it did I/O.',
      'bhyvectl --destroy --vm=w11',
    ],
    ['No idea. Flushing with pfctl -F states under load makes it more likely.', 'pfctl -F states'],
    ['i can crash it by sending ping -s 9000 from the lan', 'ping -s 9000'],
    [
      'In rc.local I do devctl set driver -f pci0:4:0:0 nvme to get it back.',
      'devctl set driver -f pci0:4:0:0 nvme',
    ],
    ['`xl create web.cfg` kills the dom0.', 'xl create web.cfg'],
    [
      '`zpool import -o readonly=on z` passe, mais `zpool import z` donne la m\u00eame panique.',
      'zpool import z',
    ],
    ['Here `zorpctl -x web` gives the same panic.', 'zorpctl -x web'],
  ])('below it: %s', (text, command) => {
    expect(recipe(text)).toEqual([command]);
  });

  it.each([
    '`fsck -y /dev/zd0` fixes it until the next crash.',
    'The panic goes away with `sysctl kern.zorp=0`.',
    'A workaround is running `sysctl kern.zorp=0`.',
    'Here `zorpctl -x web` gives no panic.',
    'It happens when `kldstat -v` shows zorp.',
    'Failures of the crash are counted as `zorplore --all` does it.',
    'Before the crash `zorp -e 0` takes 82 ms.',
    'Flushing with pfctl -F states makes it less likely.',
    '| it crashed | `zorp -e 0` kills it |',
  ])('below it is none: %s', (text) => {
    expect(recipe(text)).toEqual([]);
  });

  it('at a prompt right above the panic brings those at the prompts above it', () => {
    const three = [
      'mount -t zullfs /z/base /z/a',
      'mount -t zullfs /z/a /z/base/a',
      'ls -R /z/a > /dev/null',
    ];
    expect(above(`I made a loop...\n\n${three.map((each) => `# ${each}`).join('\n')}`)).toEqual(three);
    expect(above(`I made a loop...\n\n# ${three[0]}\n\nIt was fine.\n\n# ${three[2]}`)).not.toContain(
      three[0],
    );
  });
});
