import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Line } from '../src/line.js';
import { LineReader } from '../src/normalise.js';
import { TYPED } from '../src/parse-report.js';
import { AFTER_IT } from '../src/recipe.js';
import {
  bareIn,
  commandBehind,
  loopOf,
  MAY_BEGIN,
  PROMPT,
  promptedCommand,
  wholeCommand,
} from '../src/recipe-command.js';
import {
  bringsIt,
  doneBehind,
  isDoing,
  leadIn,
  MAY_BLAME,
  ONE_WINDOW,
  toldInWords,
} from '../src/recipe-said.js';
import {
  AFTER,
  BLAMES,
  COLON,
  DIES,
  hasAll,
  hasAny,
  IN,
  LEADS,
  mayBePrompted,
  mayCommand,
  mayDo,
  mayPrompt,
  mayTell,
  MEANWHILE,
  MEMORY,
  NUMBERED,
  PLACE,
  PROGRAMS,
  QUOTE,
  REPEATS,
  TYPES,
  waysDone,
} from '../src/recipe-words.js';
import { SAID } from '../src/told-memory.js';
import { toldRelease } from '../src/told-version.js';
import { generator } from './fuzz-texts.js';

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

/** What is asked of a line only if its words let it be, and whether they do. */
const GATED: Record<string, readonly [asked: (text: string) => boolean, gate: (line: Line) => boolean]> = {
  leadIn: [(text) => leadIn(text) !== null, (line) => hasAny(line, LEADS)],
  bringsIt: [bringsIt, (line) => hasAny(line, DIES | REPEATS)],
  doneBehind: [(text) => doneBehind(text) >= 0, mayDo],
  'ways of doneBehind': [
    (text) => doneBehind(text) >= 0,
    (line) => doneBehind(line.text, waysDone(line)) === doneBehind(line.text),
  ],
  blame: [(text) => MAY_BLAME.test(text), (line) => hasAny(line, BLAMES | QUOTE)],
  window: [(text) => ONE_WINDOW.test(text), (line) => hasAll(line, IN | PLACE)],
  prompt: [(text) => PROMPT.test(text), mayPrompt],
  'prompt of a text': [(text) => PROMPT.test(text), ({ text }) => mayBePrompted(text)],
  'command of a section': [
    (text) => commandBehind(text, null, true) !== null,
    ({ text }) => MAY_BEGIN.test(text),
  ],
  doing: [isDoing, (line) => hasAny(line, MEANWHILE)],
  memory: [(text) => SAID.some((each) => text.search(each) >= 0), (line) => hasAny(line, MEMORY)],
  release: [(text) => toldRelease(text) !== undefined, (line) => hasAny(line, NUMBERED)],
  command: [(text) => bareIn(text, 0)?.at === 0, (line) => mayCommand(line.text)],
  loop: [
    (text) => loopOf([text, 'dd if=/dev/zero of=x', 'done']) !== undefined,
    (line) => mayCommand(line.text),
  ],
  after: [(text) => AFTER_IT.test(text), (line) => hasAll(line, AFTER | QUOTE | COLON)],
  typed: [(text) => TYPED.test(text), (line) => hasAny(line, TYPES)],
  words: [(text) => toldInWords(text) !== undefined, (line) => hasAny(line, PROGRAMS)],
};

const SOURCE = new URL('../src/', import.meta.url);
/** Every word of the expressions themselves: one that is added there is asked here. */
const WORDS = [
  ...new Set(
    ['recipe-said.ts', 'recipe-command.ts', 'told-memory.ts', 'parse-report.ts'].flatMap(
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
  `It died, but ${word} removing an old disk`,
  `It ${word} two "zorp -f"`,
  `a ${word} with 64 MB`,
  `64 MB of ${word}`,
  `${word}_9_STABLE, ${word}.5-x`,
  `my server running 12.1 ${word} and crashes`,
  `dd if=/dev/zero of=/dev/null ${word} it`,
  `# ${word} /dev/x`,
  `root@box:~ # ${word} -f /dev/x`,
  `1. ${word} -f /dev/x`,
  `12) /usr/bin/${word}`,
  `./${word} 1`,
  `It began when I started ${word} with a block size of 60 megabytes`,
  `After running "${word} -f /tmp/x" this:`,
  `I ${word}ped it by hand, sorry for ${word}`,
  `${word} from a photo`,
  `hand${word}ped`,
  `  From two ${word}s: dd if=/dev/zero of=/dev/null`,
];

const FOLDER = new URL('./claims/', import.meta.url);
const TEXTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .flatMap((name) => readFileSync(new URL(name, FOLDER), 'utf8').split('\n'))
  .map((line) => line.trim());

/** A line of this text, whatever the reader would make of it. */
const asLine = (text: string): Line => ({ ...new LineReader('zorp').next()!, text, words: -1 });

/** The lines with a piece of each lost, or the next line on its end. */
function spoilt(lines: readonly string[], seed: number): string[] {
  const chance = generator(seed);
  return lines.map((line, i) => {
    const at = chance(line.length);
    return chance(2) === 0
      ? line.slice(0, at) + line.slice(at + 1 + chance(4))
      : `${line} ${lines[i + 1] ?? ''}`;
  });
}

describe('the words of a line', () => {
  const texts = TEXTS.filter((line) => line !== '');
  const all = [...WORDS.flatMap(lines), ...texts, ...[1, 2, 3].flatMap((seed) => spoilt(texts, seed))];

  it.each(Object.entries(GATED))('let through whatever %s could find', (_, [asked, gate]) => {
    const found = all.filter(asked);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => !gate(asLine(line)))).toEqual([]);
  });

  it('say of a number whether it may be a release\u2019s, and of no other', () => {
    const signs = [
      '9.1',
      '8-STABLE',
      '9_BETA',
      '9_beta',
      '8-stable',
      'v9.x',
      'a.1',
      '1.',
      '-9.1',
      '3--A',
      '1_.2',
    ];
    const numbered = [...all, ...signs].filter((line) => hasAny(asLine(line), NUMBERED));
    expect(numbered).toEqual([...all, ...signs].filter((line) => /\d(?:\.\d|[-_][A-Z])/.test(line)));
    expect(numbered.length).toBeGreaterThan(100);
  });
});

describe('a line that is passed over', () => {
  it.each(Object.entries(ASKED))('has nothing that %s could find', (_, asked) => {
    const all = [...WORDS.flatMap(lines), ...TEXTS];
    const found = all.filter(asked);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => !mayTell(asLine(line)))).toEqual([]);
  });

  it('is most of what a kernel prints', () => {
    const printed = [
      'ad0: 9787MB disk at ata0-master using UDMA33, as it stands in the message buffer',
      'pci0: <PCI bus> on pcib0',
      'avail memory  = 134217728 (131072K bytes)',
      'ebx            0x1',
      '_end() at 0xc0e3',
    ];
    expect(printed.filter((line) => mayTell(asLine(line)))).toEqual([]);
  });
});
