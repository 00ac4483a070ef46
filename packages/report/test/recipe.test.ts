import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

const PANIC = `
panic: vm_page_free: freeing busy page
Debugger("panic")
Stopped at      Debugger+0x44:  pushl   %ebx
`;

const recipeOf = (prose: string): string[] =>
  parseReport(`${prose}\n${PANIC}`).recipe.map(({ text }) => text);

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
