import { describe, expect, it } from 'vitest';
import { recipeSizeText } from '../src/present/words.js';
import { parseReport, RECIPE_DOUBT } from '../src/index.js';

const PANIC = `
panic: vm_page_free: freeing busy page
Debugger("panic")
Stopped at      Debugger+0x44:  pushl   %ebx
`;

const recipeOf = (prose: string): string[] =>
  parseReport(`${prose}\n${PANIC}`).recipe.map(({ text }) => text);

const DD = 'dd if=/dev/zero of=/dev/null bs=48m';

describe('a command without a prompt', () => {
  it.each([
    'This is reproducible with the following command:',
    'This crashes the machine:',
    'Easily repeated:',
    'The machine panics with',
    'The following command panics the box:',
  ])('stands behind a sentence, or on its line: %s', (sentence) => {
    expect(recipeOf(`${sentence}\n\n   ${DD}\n\nThat is all.`)).toEqual([DD]);
    if (sentence.endsWith(':')) expect(recipeOf(`${sentence} ${DD}\n`)).toEqual([DD]);
  });

  it.each([
    `It does not panic with\n\n   ${DD}`,
    `It does not panic with: ${DD}`,
    `I could not reproduce it with\n\n   # ${DD}`,
    `I couldn't reproduce it with ${DD}`,
    `I have not been able to reproduce it with ${DD}`,
    `It is not reproducible by running ${DD}.`,
    `Running ${DD} does not panic.`,
    `Running "${DD}" doesn't crash it.`,
    `It panics, and I do not know why:\n\nThe log of that night is\n\n   ${DD}`,
  ])('is none where the sentence denies it: %s', (text) => {
    expect(recipeOf(`${text}\n`)).toEqual([]);
  });

  it('is one where only another way was in vain, and ends where the sentence goes on', () => {
    expect(recipeOf(`I could not reproduce it at home, but when running ${DD} panics at once.\n`)).toEqual([
      DD,
    ]);
  });
});

describe('what is to run in the background', () => {
  const section = (text: string): string[] => recipeOf(`>How-To-Repeat:\n${text}\n>Fix:\n`);

  it.each([
    `memcheck 40m & ${DD}`,
    `pool 6 2600 1 & hog burst 14m 60 & ${DD}`,
    'memcheck 40m & memcheck 30m',
  ])('belongs to the command on its line: %s', (line) => {
    expect(section(`\t${line}`)).toEqual([line]);
    expect(section(`\t# ${line}`)).toEqual([line]);
    expect(section(`\t${line.replaceAll(' & ', ' &\n\t')}`)).toEqual([line]);
    if (line.endsWith(DD)) expect(recipeOf(`Just run ${line}\n`)).toEqual([line]);
  });

  it('is no sentence that begins like it', () => {
    expect(section('\tpool 6 disks and wait for - say - an hour')).toEqual([]);
  });
});

describe('a command behind a prompt', () => {
  it.each([
    'I can make the box panic every time within a minute with',
    'It crashes reliably when I do this:',
    'The machine panics whenever root types',
    'It hangs by',
    'This crashes the machine:',
    'This is reproducible with the following command:',
    'Easily repeated:',
    'It does not matter what else runs. It panics with',
  ])('is the way where the sentence before it says so: %s', (sentence) => {
    expect(recipeOf(`${sentence}\n\n   # dd if=/dev/zero of=/dev/null bs=48m\n\nwhile make runs.`)).toEqual([
      'dd if=/dev/zero of=/dev/null bs=48m',
    ]);
  });

  it.each([
    'It panicked last night. The swap is made with',
    'This is the panic of last night, on a machine set up by hand.',
    'Here is what the crash left:',
    'It does not panic with',
    "The box doesn't crash when I do this:",
    'I have never seen it hang with',
    'It is not reproducible with the following command:',
  ])('is none where it does not: %s', (sentence) => {
    expect(recipeOf(`${sentence}\n\n   # swapon /dev/ad0s1b\n`)).toEqual([]);
  });
});

const M = 'memcheck 40m';
const filled = (text: string): string => text.replace(/\bD\b/g, DD).replace(/\bM\b/g, M);

describe('what people say of a command', () => {
  it.each([
    ['It was running D when it died.', ['D']],
    ['When I run D it panics.', ['D']],
    ['If I run\n\n    D\n\nthe box panics.', ['D']],
    ['The machine panics whenever I do a D', ['D']],
    ['It panics whenever I do a "D".', ['D']],
    ['It died from D.', ['D']],
    ["The command 'D' reliably kills it.", ['D']],
    ['A simple D crashes the machine.', ['D']],
    ['D caused this panic.', ['D']],
    ['Command line: D', ['D']],
    ['I ran:\n\nD\n\nand it died.', ['D']],
    ['Run this:\n\nD\n', ['D']],
    ['Just do:\n\n  $ D\n', ['D']],
    ['To reproduce:\nD\n', ['D']],
    ['A simple\n\nD\n\ncrashes the machine', ['D']],
    ['I used the following commands:\n\nM &\nD\n', ['M & D']],
    ['Steps:\n1. M &\n2. D\n', ['M & D']],
    ['Running D crashes here but works fine on 4.3.', ['D']],
    ['Do this as root: D', ['D']],
    ['To crash it, do D', ['D']],
    ['With D it panics at once.', ['D']],
    ['It panicked in the middle of D.', ['D']],
    ['Running D somehow kills it.', ['D']],
    ['Running D | cat > /dev/null works, but makes it panic.', ['D | cat > /dev/null']],
    ['D; M kills it.', ['D; M']],
    ['D; D kills it.', ['D; D']],
    ['I tried D, but no luck. It panics with M.', ['M']],
    ["Run sh -c 'M; D' as root.", ["sh -c 'M; D'"]],
  ])('%s', (text, wanted) => expect(recipeOf(filled(`${text}\n`))).toEqual(wanted.map(filled)));

  it.each([
    'Please do NOT run D',
    'Never do D in a loop.',
    'Nobody should ever run D again.',
    "Running D won't hurt.",
    'I tried to reproduce it with D, in vain.',
    'It used to die from D.',
    '>How-To-Repeat:\n\tDo NOT run D on a box of yours. It will panic.\n>Fix:',
    'On 4.3 D works fine, on 5.0 it panics.',
    'You should not run D, it kills the box.',
    'I ran D without any problem.',
    'I ran D twice and nothing happened.',
    'The box was fine after I ran D, several times.',
    "It didn't die when I ran D.",
    'A simple\n\nD\n\ndoes not crash the machine',
    'Doing D triggers no panic.',
    'I used to run M in the past.',
    'The panic came with "page fault" when it was used.',
    'It crashes when I use "the machine" here.',
    'The command "show pcpu" kills ddb.',
    'I looked at it with gdb -k /kernel vmcore.0',
    'I ran:\n\n  gdb -k kernel.0 vmcore.0\n',
    'I run a kernel with "options QUOTA".',
    'It was running for 3 days when it died.',
    'find the place where it died',
  ])('is none: %s', (text) => expect(recipeOf(filled(`${text}\n`))).toEqual([]));

  it.each([
    '/*\n * To reproduce: run\n *   D\n */\nint main(void) { return 0; }',
    '/*\n * To reproduce: run D\n */\n#include <stdio.h>\nint main(void) { return 0; }',
  ])('is none in a comment of a program: %s', (text) => {
    expect(recipeOf(filled(`${text}\n`))).toEqual([]);
    const said = text.split('\n').filter((line) => line.startsWith(' * '));
    expect(recipeOf(filled(`${said.map((line) => line.slice(3)).join('\n')}\n`))).toEqual([DD]);
  });

  it('is not taken where two things are said of it, and the reason is given', () => {
    const { recipe, damage } = parseReport(`I ran ${DD}, which worked fine, or it died.\n${PANIC}`);
    expect(recipe).toEqual([]);
    expect(damage.filter(({ what }) => what === RECIPE_DOUBT).map(({ reason }) => reason)).toEqual([
      `the sentence says of "${DD}" both that it brings the panic on and that it does not`,
    ]);
  });
});

describe('how often', () => {
  const timesOf = (text: string) =>
    parseReport(`${filled(text)}\n${PANIC}`).recipe.map((each) => [each.text, each.times]);

  it.each([
    ['D twice.', 2],
    ['I ran D twice.', 2],
    ['Run D three times.', 3],
    ['Run "D" 20 times in a row.', 20],
    ['I did D, several times', 0],
    ['I executed D about 20 times.', 0],
    ['Running D in a loop', 0],
    ['Run in a loop: D', 0],
    ['Repeatedly running D kills it.', 0],
    ['>How-To-Repeat:\n\tD twice.\n>Fix:', 2],
    ['>How-To-Repeat:\n\tBoot.\n\n\tD (several times)\n>Fix:', 0],
    ['It crashes when I do this:\n\n  # D three times\n', 3],
    ['I ran D once.', undefined],
    ['I ran D.', undefined],
  ])('%s', (text, times) => expect(timesOf(text)).toEqual([[DD, times]]));

  it.each([
    ["To trigger it: I start three copies of 'D' in three xterms on a box with 64 MB", 3],
    ['How to repeat: start two instances of D', 2],
    ['To reproduce, run D in two xterms at once.', 2],
    ['To reproduce, run this in two xterms:\n\n$ D\n', 2],
    ['Run "D" in 3 terminals.', 3],
    ['Run D, two of them at the same time.', 2],
    ['I ran D four times in parallel.', 4],
    ['Running D twice at the same time panics it.', 2],
    ['>How-To-Repeat:\n\tD (three of them at once)\n>Fix:', 3],
    ['I ran D three times in a row.', undefined],
    ['I ran D on two machines at the same time.', undefined],
  ])('at once: %s', (text, copies) => {
    const { recipe } = parseReport(`${filled(text)}\n${PANIC}`);
    expect(recipe.map((each) => [each.text, each.copies])).toEqual([[DD, copies]]);
    if (copies === undefined) return;
    expect(recipe[0]!.times).toBeUndefined();
    expect(recipeSizeText(recipe[0]!)).toBe(` (${copies} at once)`);
  });

  it.each([
    'while true; do D; done',
    'until false; do M; D; done',
    'for i in 1 2 3; do M & done; wait',
  ])('a loop is whole: %s', (loop) => {
    for (const text of [`To reproduce: ${loop}`, `Run ${loop} as root.`, `${loop} kills the box.`])
      expect(timesOf(text)).toEqual([[filled(loop), undefined]]);
  });
});

describe('a loop over several lines', () => {
  const loop = 'while true; do\n  D\ndone';
  it.each([
    `I ran:\n\n${loop}\n`,
    `>How-To-Repeat:\n${loop}\n>Fix:`,
    `Run this script:\n\n#!/bin/sh\n${loop}\n`,
    `>How-To-Repeat:\n${loop.replace('; do', '\ndo')}\n>Fix:`,
  ])('is one command: %s', (text) => {
    expect(recipeOf(filled(`${text}\n`))).toEqual([filled('while true; do D; done')]);
  });

  it('without its end is none', () => {
    expect(recipeOf(filled('I ran:\n\nwhile true; do\n  D\n'))).toEqual([]);
  });
});

describe('two windows', () => {
  it.each([
    'In one window M in another D',
    'In one window run M, in another D.',
    'In one window "M", and in another "D".',
    'In one terminal, run M. In another, run D.',
    'In one window:\n\n  M\n\nIn another:\n\n  D\n',
    'To trigger it, start M in one window and D in another.',
    'Run M in one terminal. Run D in a second one.',
    'In window 1: M\nIn window 2: D',
  ])('%s', (text) => expect(recipeOf(filled(`${text}\n`))).toEqual([filled('M & D')]));

  it('is nothing if one of them cannot be read, and that is said', () => {
    const text = `In one window run ${M}, in another something else.`;
    const { recipe, damage } = parseReport(`${text}\n${PANIC}`);
    expect(recipe).toEqual([]);
    expect(damage.some(({ reason }) => reason.includes('two windows cannot be read'))).toBe(true);
  });
});

describe('a prompt on the console of the panic', () => {
  const prompts = ['# ', '$ ', 'root@box# ', 'root@box:~ # ', 'root@box:~# ', '[root@box ~]# '];
  it.each(prompts)('right above it, or the last line behind it: %s', (prompt) => {
    expect(recipeOf(`Hi,\n\n${prompt}${DD}`)).toEqual([DD]);
    const behind = (line: string): string[] =>
      parseReport(`${PANIC}${prompt}${line}\n`).recipe.map(({ text }) => text);
    expect(behind(DD)).toEqual([DD]);
    expect(behind('fsck -y /dev/ad0s1a')).toEqual([]);
    expect(behind('dd if=/dev/ad0s1b of=/var/crash/core')).toEqual([]);
    expect(recipeOf(`${prompt}gdb -k /kernel`)).toEqual([]);
    expect(recipeOf(`It does not die of\n${prompt}${DD}`)).toEqual([]);
    expect(recipeOf(`${prompt}${DD}\n\nThat was a week ago. Today:\n`)).toEqual([]);
  });
});

describe("a variable's value", () => {
  const N = 'dd if=/dev/zero of=/dev/null bs=N';
  const sizesOf = (text: string) =>
    parseReport(`${text}\n${PANIC}`).recipe.map((each) => [each.text, each.size?.deltaBytes]);

  it.each<[text: string, mb: number, command?: string]>([
    [`To reproduce: ${N}, N being 12 MB less than RAM`, -12],
    [`To reproduce: ${N} where N = RAM - 4 MB`, -4],
    [`${N}\n\nwhere N = RAM - 4 MB`, -4],
    [`To reproduce:\n\n  ${N}\n\nwith N being 12 MB less than RAM.`, -12],
    [`${N} (N = RAM - 12 MB) kills it`, -12],
    [`>How-To-Repeat:\n\tBoot.\n\n\t${N}, where N = RAM - 4 MB\n>Fix:`, -4],
    [`>How-To-Repeat:\n\t# ${N} (N being 12 MB less than RAM)\n>Fix:`, -12],
    ['Run memcheck N, where N is RAM - 12 MB', -12, 'memcheck N'],
    [`In one window run ${M}, in another ${N}, N being 12 MB less than RAM.`, -12, `${M} & ${N}`],
  ])('%s', (text, mb, command = N) => expect(sizesOf(text)).toEqual([[command, mb * 2 ** 20]]));
});

describe('what a person says of a command instead of giving it', () => {
  const doubts = (prose: string): string[] =>
    parseReport(`${prose}\n${PANIC}`)
      .damage.filter(({ what }) => what === RECIPE_DOUBT)
      .map(({ reason }) => reason);

  it.each([
    [
      'To reproduce, start dd with a block size of 60 megabytes and wait.',
      'dd with a block size of 60 megabytes',
    ],
    ['How-To-Repeat:\nRun several dd from /dev/zero, that is all.', 'dd from /dev/zero'],
    ['The box panics whenever I run memcheck with most of the memory.', 'memcheck with most of the memory'],
  ])('is no command, and it is said what is missing: %s', (prose, words) => {
    expect(recipeOf(prose)).toEqual([]);
    const [program] = words.split(' ');
    expect(doubts(prose)).toEqual([
      `"${words}" tells in words how ${program} was run; the command itself is missing`,
    ]);
  });

  it('is not told beside a command, nor where it is denied, or about nothing', () => {
    expect(doubts(`To reproduce, start dd with a block size of 48 megabytes:\n\n   ${DD}`)).toEqual([]);
    expect(doubts('I cannot reproduce it. I did not run dd with large blocks.')).toEqual([]);
    expect(doubts('I use dd for backups on this box.')).toEqual([]);
  });
});

describe('a prompt right above the panic, and nobody who says anything of it', () => {
  it.each([
    ...['$ ', '# ', 'box# ', 'root@box ~ # ', 'root@box # ', '~ $ ', 'box:~ $ ', 'box:/root# ', '# sudo '],
    ...['FreeBSD 12.1-RELEASE-p3 box amd64\n$ ', 'login: root\n# ', '# uname -r\n5.0-CURRENT\n\n# '],
    'Hello all\n\n$ ',
  ])('is the recipe: %s', (above) => {
    expect(recipeOf(`${above}${DD}`)).toEqual([DD]);
  });

  it.each([
    'I do not use\n# ',
    'The machine never minds\n\n# ',
    'The following works fine\n\n# ',
  ])('is none behind: %s', (above) => {
    expect(recipeOf(`${above}${DD}`)).toEqual([]);
  });
});

describe('what is run in two windows, told at once', () => {
  it.each([
    `To reproduce, from two xterms: $ ${DD} in the first, $ memcheck 30m in the second.`,
    `From two xterms: $ ${DD} and in the second $ memcheck 30m, and it dies.`,
    `It can be triggered from two terminals:\n\n    $ ${DD}\n\nand in the second\n\n    $ memcheck 30m\n`,
    `How to repeat: in two different shells\n$ ${DD}\nin the other\n$ memcheck 30m\n`,
  ])('is both: %s', (prose) => {
    expect(recipeOf(prose)).toEqual([`${DD} & memcheck 30m`]);
  });

  it('is both if both are the same, and not doubled where nothing is said of a second', () => {
    expect(recipeOf(`To reproduce, from two xterms: $ ${DD} in the first, $ ${DD} in the second`)).toEqual([
      `${DD} & ${DD}`,
    ]);
    expect(recipeOf(`To reproduce, run this in two xterms:\n\n$ ${DD}\n`)).toEqual([DD]);
  });
});

describe('a command in the background', () => {
  it('is not joined to words of the sentence, but to the command that they lead to', () => {
    const told = `>How-To-Repeat:
\twhile :; do ls >/dev/null; done &
\tin one terminal and in another
\t${DD}
\tTakes about 10 seconds.
>Fix:
`;
    expect(recipeOf(told)).toEqual([`while :; do ls >/dev/null; done & ${DD}`]);
  });
});

describe('what stands behind "after" and in front of "this:"', () => {
  it.each([
    ['amd64, 16 GB. After `stress-ng --vm 8 -t 60` this:', 'stress-ng --vm 8 -t 60'],
    [`After running "${DD}" I got the following:`, DD],
  ])('is a command: %s', (text, command) => expect(recipeOf(`${text}\n\n`)).toEqual([command]));

  it.each(['After "the upgrade" this:', 'It was not after `stress-ng --vm 8` this:'])('is none: %s', (text) =>
    expect(recipeOf(`${text}\n\n`)).toEqual([]));
});
