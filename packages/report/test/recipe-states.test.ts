import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { PANIC } from './zorp.js';

/*
 * A list of commands near a word such as `run` that nobody says to run there to get the panic: what the
 * machine is made of, how it was built, what put it right. The texts are made up.
 */

const LIST = ['kldload zorp', 'mount -t tmpfs tmpfs /mnt'];
const recipe = (said: string, mark: string) =>
  parseReport(`${PANIC}\n${said}\n\n${LIST.map((each) => `${mark}${each}`).join('\n')}\n`).recipe.map(
    (each) => each.text,
  );

describe('a list of commands near such a word', () => {
  for (const said of [
    'The box runs on two disks:',
    'The machine is running as a router. It was set up like this:',
    'This machine has run fine for years.',
    'I am running a kernel that was built with:',
    'I am running a custom kernel:',
    'I can run kgdb on the dump:',
    'I will try the patch:',
    'Running services:',
    'I compiled the kernel with:',
    'I upgraded by running:',
    'Workaround: run',
    'Steps I took to debug it:',
    'Doing the following makes it go away:',
    'If more is wanted I can run things. This is how it is set up:',
  ])
    it(`is no way to the panic: ${said}`, () => {
      for (const mark of ['# ', '$ ', 'root@zorp:~ # ']) expect(recipe(said, mark)).toEqual([]);
    });

  for (const said of [
    'I run:',
    'I ran this on it:',
    'Run',
    'I am running this and it panics:',
    'The box runs on two disks and panics when I run:',
    'I can run this and it crashes:',
    'After the fix it still panics when I run:',
    'Steps to reproduce:',
    'Running the following as root:',
    'I tried:',
  ])
    it(`is one: ${said}`, () => {
      for (const mark of ['# ', '$ ']) expect(recipe(said, mark)).toEqual(LIST);
    });
});
