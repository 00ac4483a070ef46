import { describe, expect, it } from 'vitest';
import { parseReport } from '../src/index.js';
import { PANIC } from './zorp.js';

/*
 * Builtins of the shell that set it up for the command behind them: where it runs, under which limits, with
 * which variables. The texts are made up.
 */

const DD = 'dd if=/dev/zero of=/dev/null bs=60m';
const recipe = (text: string) =>
  parseReport(`${PANIC}\n${text}\n`).recipe.map(({ text, follows }) => (follows ? `.. ${text}` : text));

const SETTINGS = [
  'ulimit -m 1000',
  'ulimit -S -d unlimited',
  'limit datasize 500m',
  'unlimit',
  'cd /usr/src/regress/zorp',
  'cd ..',
  'export ZORP=4',
  'export ZORP="a b" ZARP',
  'ZORP=4',
  'setenv ZORP /mnt',
  'set -x',
  'umask 022',
];

describe('what sets up the shell', () => {
  for (const set of SETTINGS) {
    it(`is the first line of a recipe: ${set}`, () => {
      for (const each of [
        'It panics every time I do the following:\n\n',
        'I do the following:\n',
        'I ran:\n\n',
      ])
        expect(recipe(`${each}    ${set}\n    memcheck 60m`), each).toEqual([set, '.. memcheck 60m']);
      for (const prompt of ['# ', '$ ', '% ', 'root@zorp:~ # '])
        expect(recipe(`To reproduce:\n\n${prompt}${set}\n${prompt}${DD}`)).toEqual([set, `.. ${DD}`]);
      expect(recipe(`>How-To-Repeat:\n\t${set}\n\t${DD}\n>Fix:`)).toEqual([set, `.. ${DD}`]);
    });

    it(`is a further line, with another one: ${set}`, () => {
      const lines = ['kldload zorp', 'ulimit -c 0', set, DD];
      expect(recipe(`To reproduce:\n\n${lines.map((each) => `# ${each}`).join('\n')}`)).toEqual(
        lines.map((each, i) => (i === 0 ? each : `.. ${each}`)),
      );
      expect(recipe(`I ran:\n\n${lines.map((each) => `  ${each}`).join('\n')}`)).toHaveLength(4);
    });

    it(`stands on the line of a command: ${set}`, () => {
      for (const sign of ['; ', ' && ']) {
        const line = `${set}${sign}${DD}`;
        expect(recipe(`To reproduce:\n\n# ${line}`)).toEqual([line]);
        expect(recipe(`I ran:\n\n  ${line}\n`)).toEqual([line]);
        const loop = `${set}; while :; do ${DD}; done`;
        expect(recipe(`To reproduce:\n\n# ${loop}`)).toEqual([loop]);
      }
    });

    it(`is none where no command comes behind it: ${set}`, () => {
      expect(recipe(`To reproduce:\n\n# ${set}`)).toEqual([]);
      expect(recipe(`To reproduce:\n\n# kldload zorp\n# ${set}\n\nand wait.`)).toEqual(['kldload zorp']);
      expect(recipe(`>How-To-Repeat:\n\t${set}\n\twait for it\n>Fix:`)).toEqual([]);
    });
  }

  it('stands in front of a command of a sentence, and above the panic', () => {
    expect(recipe('I did ulimit -m 1000; memcheck 60m and it died.')).toEqual([
      'ulimit -m 1000; memcheck 60m',
    ]);
    expect(recipe(`I ran "cd /mnt; ${DD}" and it died.`)).toEqual([`cd /mnt; ${DD}`]);
    const found = parseReport(`# ulimit -d unlimited\n# ${DD}\n${PANIC}`).recipe;
    expect(found.map((each) => each.text)).toEqual(['ulimit -d unlimited', DD]);
  });

  it('gives the variable that the command takes', () => {
    expect(recipe('To reproduce:\n\n$ export ZORP=4\n$ ./zorp -n $ZORP')).toEqual([
      'export ZORP=4',
      '.. ./zorp -n $ZORP',
    ]);
    expect(recipe('To reproduce:\n\n$ ZORP=4 ./zorp -x')).toEqual(['ZORP=4 ./zorp -x']);
    expect(recipe('To reproduce:\n\n$ export ZARP=4\n$ ./zorp -n $ZORP')).toEqual([]);
  });

  it('is told from sentences and from what a debugger was told', () => {
    for (const line of [
      'set a mark in zorp_get',
      'limit the size to 20 MB',
      'export the pool',
      'cd into it, then',
    ])
      expect(recipe(`>How-To-Repeat:\n\t${line}\n\t${DD}\n>Fix:`), line).toEqual([DD]);
    expect(recipe('To reproduce the trace:\n(kgdb) set print pretty on\n(kgdb) bt')).toEqual([]);
  });

  it('is told where no command behind it was read', () => {
    const told = (text: string) =>
      parseReport(`${PANIC}\n${text}\n`).damage.filter((each) => each.reason.includes('sets up the shell'));
    const text = `${PANIC}\nTo reproduce:\n\n# ulimit -d 4000\n# umask 022\n\nand the test of yesterday.\n`;
    const [found, ...more] = told(text.slice(PANIC.length + 1));
    expect(found?.reason).toBe('"ulimit -d 4000" only sets up the shell; no command behind it was read');
    expect(text.slice(...found!.span!)).toBe('ulimit -d 4000');
    expect(more).toEqual([]);
    expect(told(`To reproduce:\n\n# ulimit -d 4000\n# ${DD}`)).toEqual([]);
    // Nobody says what it was for, and that it is one.
    expect(told('To reproduce:\n\nzorp0: flags=3<UP> mtu 1500\noptions=3<RX,TX>\nzopt=4\n')).toEqual([]);
    expect(told('The machine is a small one.\n\n# cd /tmp\n')).toEqual([]);
  });

  it('stands where it was read', () => {
    const text = `${PANIC}\nI ran:\n\n  ulimit -m 1000\n  memcheck 60m\n`;
    for (const { text: said, span } of parseReport(text).recipe) expect(text.slice(...span)).toBe(said);
  });
});
