import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

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
