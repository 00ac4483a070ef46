import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loopOf, promptedCommand, wholeCommand } from '../src/recipe-command.js';
import { bringsIt, doneBehind, leadIn, MAY_BLAME, ONE_WINDOW } from '../src/recipe-said.js';
import { mayTell } from '../src/recipe-words.js';

/** Whatever the reader of recipes asks of a line that nothing before it has made worth reading. */
const ASKED: Record<string, (line: string) => boolean> = {
  leadIn: (line) => leadIn(line) !== null,
  bringsIt,
  doneBehind: (line) => doneBehind(line) >= 0,
  blame: (line) => MAY_BLAME.test(line),
  window: (line) => ONE_WINDOW.test(line),
  whole: (line) => wholeCommand(line) !== null,
  loop: (line) => loopOf([line, 'dd if=/dev/zero of=x', 'done']) !== undefined,
  prompted: (line) => promptedCommand(line, false) !== null,
};

const SOURCE = new URL('../src/', import.meta.url);
/** Every word of the expressions themselves: one that is added there is asked here. */
const WORDS = [
  ...new Set(
    ['recipe-said.ts', 'recipe-command.ts'].flatMap(
      (file) => readFileSync(new URL(file, SOURCE), 'utf8').match(/[A-Za-z]+/g)!,
    ),
  ),
];

const lines = (word: string): string[] => [
  word,
  `${word} -f /tmp/x`,
  `${word} if=/dev/zero of=/dev/null bs=48m`,
  `${word} 3 200`,
  `${word} case`,
  `${word}: dd if=/dev/zero of=x`,
  `${word} true; do dd if=/dev/zero of=x; done`,
  `${word} x in 1 2; do dd if=/dev/zero of=x; done`,
  `${word} true; do`,
  `${word} x in 1 2; do`,
  `Whenever I ${word} dd if=/dev/zero of=/dev/null`,
  `${word} used dd if=/dev/zero of=/dev/null`,
  `it ${word} the machine with:`,
  `it ${word}s:`,
  `${word} repeatable:`,
  `the box ${word}ed when`,
  `the box ${word} with dd if=/dev/zero of=/dev/null`,
  `  In one ${word} dd if=/dev/zero of=/dev/null`,
  `from ${word} A`,
  `dd if=/dev/zero of=/dev/null ${word} it`,
  `# ${word} /dev/x`,
  `root@box:~ # ${word} -f /dev/x`,
  `1. ${word} -f /dev/x`,
  `12) /usr/bin/${word}`,
  `./${word} 1`,
];

const FOLDER = new URL('./claims/', import.meta.url);
const TEXTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .flatMap((name) => readFileSync(new URL(name, FOLDER), 'utf8').split('\n'))
  .map((line) => line.trim());

describe('a line that is passed over', () => {
  it.each(Object.entries(ASKED))('has nothing that %s could find', (_, asked) => {
    const all = [...WORDS.flatMap(lines), ...TEXTS];
    const found = all.filter(asked);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => !mayTell(line))).toEqual([]);
  });

  it('is most of what a kernel prints', () => {
    const printed = [
      'ad0: 9787MB disk at ata0-master using UDMA33, as it stands in the message buffer',
      'pci0: <PCI bus> on pcib0',
      'avail memory  = 134217728 (131072K bytes)',
      'ebx            0x1',
      '_end() at 0xc0e3',
    ];
    expect(printed.filter(mayTell)).toEqual([]);
  });
});
