import { describe, expect, it } from 'vitest';
import { type Outcome, program, run, type Setting } from './run.js';

const said = (o: Outcome): [number, string, string] => [o.status, o.stdout, o.stderr];

async function sh(argv: string[], setting: Partial<Setting> = {}): Promise<Outcome> {
  const name = argv[0] as string;
  const dir = { egrep: 'grep', fgrep: 'grep' }[name] ?? name;
  return run(
    await program(`${dir === 'expr' || dir === 'dd' || dir === 'ls' ? 'bin' : 'usr.bin'}/${dir}`),
    argv,
    setting,
  );
}

type Case = [string[], string, [number, string, string]];
const NUMBERS = Array.from({ length: 12 }, (_, i) => `${i + 1}\n`).join('');
const FILES = { f: 'a\nb b\nc', g: NUMBERS, e: '' };

/** Runs each command line with FILES and a standard input. */
function cases(list: Case[]): void {
  it.each(list)('%j < %j', async (argv, stdin, want) => {
    expect(said(await sh(argv, { files: FILES, stdin }))).toEqual(want);
  });
}

describe('head', () => {
  const none = 'head: none: No such file or directory\n';
  cases([
    [['head', '-2', 'g'], '', [0, '1\n2\n', '']],
    [['head', '-n', '1', 'f', 'g'], '', [0, '==> f <==\na\n\n==> g <==\n1\n', '']],
    [['head', '-c', '3'], NUMBERS, [0, '1\n2', '']],
    [['head', 'none'], 'x', [1, '', none]],
    [['head', 'none', 'none'], 'x', [1, '', none + none]],
    [['head', '-1', 'none', 'f'], 'x', [1, '==> f <==\na\n', none]],
  ]);
});

describe('wc', () => {
  cases([
    [['wc', 'f'], '', [0, '       2       4       7 f\n', '']],
    [['wc', '-l'], NUMBERS, [0, '      12\n', '']],
    [
      ['wc', '-wc', 'f', 'g', 'e'],
      '',
      [0, '       4       7 f\n      12      27 g\n       0       0 e\n      16      34 total\n', ''],
    ],
    [
      ['wc', 'none', 'e'],
      '',
      [
        1,
        '       0       0       0 e\n       0       0       0 total\n',
        'wc: none: open: No such file or directory\n',
      ],
    ],
    [['wc', '-z'], '', [1, '', 'wc: illegal option -- z\nusage: wc [-clmw] [file ...]\n']],
  ]);
});

describe('head', () => {
  cases([
    [['head', 'g'], '', [0, NUMBERS.slice(0, 21), '']],
    [['head', '-n', '2'], NUMBERS, [0, '1\n2\n', '']],
    [['head', '-2', 'f', 'g'], '', [0, '==> f <==\na\nb b\n\n==> g <==\n1\n2\n', '']],
    [['head', '-c', '4', 'f'], '', [0, 'a\nb ', '']],
    [['head', 'f'], '', [0, FILES.f, '']],
    [['head', '-n', '0'], '', [1, '', 'head: illegal line count -- 0\n']],
    [['head', 'none', 'e'], '', [1, '==> e <==\n', 'head: none: No such file or directory\n']],
  ]);
});

describe('tail', () => {
  cases([
    [['tail', 'g'], '', [0, NUMBERS.slice(4), '']],
    [['tail', '-n', '2'], NUMBERS, [0, '11\n12\n', '']],
    [['tail', '-2', 'f'], '', [0, 'b b\nc', '']],
    [['tail', '-1'], 'x\ny', [0, 'y', '']],
    [['tail', '-c', '4', 'g'], '', [0, '\n12\n', '']],
    [['tail', '-c', '4'], NUMBERS, [0, '\n12\n', '']],
    [['tail', '-n', '+11', 'g'], '', [0, '11\n12\n', '']],
    [['tail', '+11'], NUMBERS, [0, '11\n12\n', '']],
    [['tail', '-c', '+3', 'f'], '', [0, 'b b\nc', '']],
    [['tail', '-r', 'f'], '', [0, 'cb b\na\n', '']],
    [['tail', '-r', '-n', '2', 'g'], '', [0, '12\n11\n', '']],
    [['tail', '-n', '0', 'g'], '', [0, '', '']],
    [['tail', '-n', '0'], NUMBERS, [0, '', '']],
    [['tail', '-1', 'f', 'g'], '', [0, '==> f <==\nc\n==> g <==\n12\n', '']],
    [['tail', '-n', 'x'], '', [1, '', 'tail: illegal offset -- x\n']],
    [['tail', 'none'], '', [1, '', 'tail: none: No such file or directory\n']],
    [['tail', '-fr'], '', [1, '', 'usage: tail [-f | -r] [-b # | -c # | -n #] [file ...]\n']],
  ]);
  it('finds its lines however far from the end they begin, in files and in pipes', async () => {
    const text = Array.from({ length: 5000 }, (_, i) => `${'x'.repeat(i % 37)}${i}\n`).join('');
    const want = text.split('\n').slice(-4001).join('\n');
    expect((await sh(['tail', '-n', '4000', 'big'], { files: { big: text } })).stdout).toBe(want);
    expect((await sh(['tail', '-n', '4000'], { stdin: text })).stdout).toBe(want);
    expect((await sh(['tail', '-c', '30000'], { stdin: text })).stdout).toBe(text.slice(-30000));
    expect((await sh(['tail', '-n', '9999', 'big'], { files: { big: text } })).stdout).toBe(text);
  });
});

describe('tee, cmp, yes', () => {
  it('tee writes everywhere', async () => {
    const o = await sh(['tee', '-a', 'f', 'n'], { files: FILES, stdin: 'xyz' });
    expect([...said(o), o.files.text('/f'), o.files.text('/n')]).toEqual([
      0,
      'xyz',
      '',
      `${FILES.f}xyz`,
      'xyz',
    ]);
    const t = await sh(['tee', 'f', 'no/x'], { files: FILES, stdin: '1' });
    expect([...said(t), t.files.text('/f')]).toEqual([1, '1', 'tee: no/x: No such file or directory\n', '1']);
  });
  cases([
    [['cmp', 'f', '-'], FILES.f, [0, '', '']],
    [['cmp', 'f', '-'], 'a\nb c\nc', [1, 'f - differ: char 5, line 2\n', '']],
    [['cmp', '-l', 'f', '-'], 'a\nbxb\nd', [1, '     4  40 170\n     7 143 144\n', '']],
    [['cmp', '-s', 'f', 'g'], '', [1, '', '']],
    [['cmp', 'f', 'e'], '', [1, '', 'cmp: EOF on e\n']],
    [['cmp', 'f', '-', '2'], 'b b\nc', [0, '', '']],
    [['cmp', 'f'], '', [2, '', 'usage: cmp [-l | -s] file1 file2 [skip1 [skip2]]\n']],
    [['cmp', 'none', 'f'], '', [2, '', 'cmp: none: No such file or directory\n']],
  ]);
});

describe('cut', () => {
  const usage =
    'usage: cut -b list [-n] [file ...]\n       cut -c list [file ...]\n       cut -f list [-s] [-d delim] [file ...]\n';
  cases([
    [['cut', '-c', '1,3-4'], 'abcdef\nxy\n', [0, 'acd\nx\n', '']],
    [['cut', '-b', '-2,5-'], 'abcdef\n', [0, 'abef\n', '']],
    [['cut', '-d', ':', '-f', '2'], 'a:b:c\nnone\n', [0, 'b\nnone\n', '']],
    [['cut', '-sd:', '-f', '3,1'], 'a:b:c\nnone\nx\n', [0, 'a:c\n', '']],
    [['cut', '-f2-', 'tabs'], '', [1, '', 'cut: tabs: No such file or directory\n']],
    [['cut', '-d:', '-f4'], 'a:b\n:::d', [0, '\nd\n', '']],
    [['cut', '-c', '0'], '', [1, '', 'cut: [-cf] list: values may not include zero\n']],
    [['cut', '-c', '3-1'], '', [1, '', 'cut: [-cf] list: illegal list value\n']],
    [['cut'], '', [1, '', usage]],
    [['cut', '-c', '1', '-d', ':'], '', [1, '', usage]],
  ]);
});

describe('tr', () => {
  cases([
    [['tr', 'a-c', 'A-C'], 'abcabd', [0, 'ABCABd', '']],
    [['tr', '[:lower:]', '[:upper:]'], 'Mixed', [0, 'MIXED', '']],
    [['tr', 'abc', 'x'], 'aabbcd', [0, 'xxxxxd', '']],
    [['tr', '-d', '0-9\\n'], 'a1b\n2', [0, 'ab', '']],
    [['tr', '-s', 'a-z'], 'aabbc11', [0, 'abc11', '']],
    [['tr', '-cs', 'a-z', '\\n'], 'one, two;;three', [0, 'one\ntwo\nthree', '']],
    [['tr', '-cd', 'a-z'], 'a1B c', [0, 'ac', '']],
    [['tr', '-ds', 'a', 'b'], 'abbacc', [0, 'bcc', '']],
    [['tr', '\\101\\t', 'xy'], 'A\tB', [0, 'xyB', '']],
    [['tr', 'a-d', '[x*2]y'], 'abcd', [0, 'xxyy', '']],
    [['tr', 'a-c', '[z*]'], 'abc', [0, 'zzz', '']],
    [['tr', 'z-a', '123'], 'z-a', [0, '123', '']],
    [['tr', '[:foo:]', 'x'], '', [1, '', 'tr: unknown class foo\n']],
    [
      ['tr', 'a'],
      '',
      [
        1,
        '',
        'usage: tr [-csu] string1 string2\n       tr [-cu] -d string1\n       tr [-cu] -s string1\n       tr [-cu] -ds string1 string2\n',
      ],
    ],
  ]);
});

describe('grep', () => {
  const text = 'one two\nTwo\nthree\n\nnone|x\n';
  const usage = 'usage: grep [-EFHLchilnoqrsvwx] [-m num] [-e pattern] [-f file] [pattern] [file ...]\n';
  cases([
    [['grep', 'o.e'], text, [0, 'one two\nnone|x\n', '']],
    [['grep', '-ci', 'two'], text, [0, '2\n', '']],
    [['grep', '-v', 'e'], text, [0, 'Two\n\n', '']],
    [['grep', '-n', '^$'], text, [0, '4:\n', '']],
    [['grep', '-w', 'one'], text, [0, 'one two\n', '']],
    [['grep', '-x', 't.*e'], text, [0, 'three\n', '']],
    [['grep', '-E', 'th|Tw'], text, [0, 'Two\nthree\n', '']],
    [['egrep', '-o', '[et]w?o?'], 'two e', [0, 'two\ne\n', '']],
    [['fgrep', 'e|x'], text, [0, 'none|x\n', '']],
    [['grep', '-F', '.'], 'a\n.\n', [0, '.\n', '']],
    [['grep', '-e', 'Two', '-e', 'three'], text, [0, 'Two\nthree\n', '']],
    [['grep', 'Two\nthree'], text, [0, 'Two\nthree\n', '']],
    [['grep', '-f', 'f', '-c'], 'aaa\nb b\nx\n', [0, '2\n', '']],
    [['grep', '-m', '1', 'o'], text, [0, 'one two\n', '']],
    [['grep', 'b', 'f', 'g'], '', [0, 'f:b b\n', '']],
    [['grep', '-h', '1', 'f', 'g'], '', [0, '1\n10\n11\n12\n', '']],
    [['grep', '-c', '1', 'f', 'g'], '', [0, 'f:0\ng:4\n', '']],
    [['grep', '-l', 'a', 'f', 'g'], '', [0, 'f\n', '']],
    [['grep', '-L', 'a', 'f', 'g'], '', [0, 'g\n', '']],
    [['grep', '-q', 'a', 'f'], '', [0, '', '']],
    [['grep', 'zz', 'f'], '', [1, '', '']],
    [['grep', 'c', 'f'], '', [0, 'c\n', '']],
    [['grep', 'a', 'none', 'f'], '', [2, 'f:a\n', 'grep: none: No such file or directory\n']],
    [['grep', '-s', 'a', 'none'], '', [2, '', '']],
    [['grep', '\\(', 'f'], '', [2, '', 'grep: parentheses not balanced\n']],
    [['grep'], '', [2, '', usage]],
  ]);
  it('-r looks into trees', async () => {
    const files = { 'd/a': 'x1\n', 'd/e/b': 'x2\n', 'd/c': 'y\n' };
    expect(said(await sh(['grep', '-r', 'x', 'd'], { files }))).toEqual([0, 'd/a:x1\nd/e/b:x2\n', '']);
  });
});
