import { expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/*
 * Statements that the reader made with too little evidence, by kinds: here what would make each of them false
 * stands in a text, and the statement is not made.
 */

const printed = (text: string): string => renderReport(parseReport(text)).replace(/\n {2,}/g, ' ');

const PANIC = 'panic: zorp_free: freeing free zorp\ncpuid = 1\n';

it('a command that somebody ran is a way to the panic where the words around it, or the panic, say so', () => {
  const recipe = (text: string): string[] => parseReport(text).recipe.map((each) => each.text);
  const story = (behind: string): string =>
    `My laptop was three years old. I wanted a new userland, so I ran

$ ./mk.sh -u distribution install=/

${behind}

It was late by then.

${PANIC}`;
  expect(recipe(story('and went to bed. In the morning all was built.'))).toEqual([]);
  expect(recipe(story('and it panics.'))).toEqual(['./mk.sh -u distribution install=/']);
  // A program that does it is there, and how it is built.
  expect(recipe(`${story('and went to bed.')}\n#include <stdio.h>\n`)).toEqual([
    './mk.sh -u distribution install=/',
  ]);
  // At once above the panic and below it.
  expect(recipe(`I ran:\n\n# mount -t zorp /dev/zorp0 /mnt\n\n${PANIC}`)).toEqual([
    'mount -t zorp /dev/zorp0 /mnt',
  ]);
  expect(recipe(`${PANIC}\nI ran:\n\n# mount -t zorp /dev/zorp0 /mnt\n`)).toEqual([
    'mount -t zorp /dev/zorp0 /mnt',
  ]);
});

it('what a place lies far behind is the symbol below it, and no function to name', () => {
  const stop = (offset: string): string => `Trap cause = 2 (TLB miss (load or instr. fetch) - kernel mode)
[ thread pid 2 tid 100015 ]
Stopped at      zorp_attach+${offset}: lbu     at,1016(v1)
`;
  const far = parseReport(stop('0x29c4'));
  expect(far.natures.culprit).toBe('not known');
  expect(far.title).toBe('TLB miss (load or instr. fetch) (kernel)');
  expect(printed(stop('0x29c4'))).toContain('zorp_attach is the symbol below the place, 0x29c4 before it');
  const near = parseReport(stop('0x2c'));
  expect(near.natures.culprit).toBe('quoted');
  expect(near.title).toContain('in zorp_attach');
  expect(printed(stop('0x2c'))).not.toContain('the symbol below');
});

it('a frame so far behind its symbol is of code without symbols: what it was is not known', () => {
  const trace = (offset: string): string => `${PANIC}KDB: stack backtrace:
vpanic() at vpanic+0x151/frame 0xfffffe00aa110760
panic() at panic+0x43/frame 0xfffffe00aa1107c0
zorp_last() at zorp_last+${offset}/frame 0xfffffe00aa110800
zorp_ioctl() at zorp_ioctl+0x99/frame 0xfffffe00aa110850
`;
  expect(parseReport(trace('0x41')).title).toContain(' in zorp_last');
  expect(parseReport(trace('0x9a85d')).title).not.toContain(' in ');
});
