import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outcome, program, run, type Setting } from './run.js';

const said = (o: Outcome): [number, string, string] => [o.status, o.stdout, o.stderr];
const sort = await program('usr.bin/sort');

describe('sort', () => {
  it.each<[string[], string, [number, string, string]]>([
    [[], 'b\na\nc', [0, 'a\nb\nc\n', '']],
    [['-r'], 'b\na\nc\n', [0, 'c\nb\na\n', '']],
    [['-n'], '10\n9\n-1\nx\n2.5\n2.25\n', [0, '-1\nx\n2.25\n2.5\n9\n10\n', '']],
    [['-nr'], '1\n10\n2\n', [0, '10\n2\n1\n', '']],
    [['-u'], 'b\na\nb\n', [0, 'a\nb\n', '']],
    [['-nu'], '1\n01\n2\n1.0\n', [0, '1\n2\n', '']],
    [['-f'], 'b\nA\na\nB\n', [0, 'A\na\nB\nb\n', '']],
    [['-d'], 'a.c\nab\n-b\n', [0, 'ab\na.c\n-b\n', '']],
    [['-k2'], 'x b\ny a\nz c\n', [0, 'y a\nx b\nz c\n', '']],
    [['-k', '2,2n', '-k', '1,1r'], 'a 2\nb 10\nc 2\n', [0, 'c 2\na 2\nb 10\n', '']],
    [['-t:', '-k3n'], 'a:b:10\nc:d:9\ne\n', [0, 'e\nc:d:9\na:b:10\n', '']],
    [['-t', ':', '-k', '1.2,1.2'], 'ab:1\nba:2\ncc:0\n', [0, 'ba:2\nab:1\ncc:0\n', '']],
    [['-s', '-k1,1'], 'b 1\na 2\nb 0\na 1\n', [0, 'a 2\na 1\nb 1\nb 0\n', '']],
    [['-b', '-k2'], 'x   b\ny a\n', [0, 'y a\nx   b\n', '']],
    [['-m', 'one', 'two'], '', [0, '1\n2\n3\n4\n', '']],
    [['-c'], 'a\nb\n', [0, '', '']],
    [['-c'], 'a\nc\nb\n', [1, '', 'sort: -:3: disorder: b\n']],
    [['-cu', 'one'], '', [0, '', '']],
    [['none'], '', [2, '', 'sort: none: No such file or directory\n']],
    [['-k', '0'], '', [2, '', 'sort: invalid field specification: 0\n']],
    [['-k', '1x'], '', [2, '', 'sort: invalid field specification: 1x\n']],
    [['-t', 'ab'], '', [2, '', 'sort: multi-character tab: ab\n']],
    [
      ['-z'],
      '',
      [
        2,
        '',
        'sort: illegal option -- z\nusage: sort [-bcdfimnrsu] [-k field1[,field2]] [-o output] [-t char] [file ...]\n',
      ],
    ],
  ])('%j < %j', (args, stdin, want) => {
    expect(said(run(sort, ['sort', ...args], { stdin, files: { one: '1\n3\n', two: '2\n4' } }))).toEqual(
      want,
    );
  });

  it('a number ends at its second point', () => {
    expect(run(sort, ['sort', '-n', '-u'], { stdin: '..1\n-\n' }).stdout).toBe('..1\n');
  });

  it('-o may be a file that is sorted', () => {
    expect(run(sort, ['sort', '-o', 'f', 'f'], { files: { f: '2\n1\n' } }).files.text('/f')).toBe('1\n2\n');
  });

  it('sorts what a model sorts', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '2', '0', '.', '-'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.subarray(['-n', '-r', '-u']), (list, flags) => {
        const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
        const value = (s: string): number => Number.parseFloat(/^ *(-?\d*\.?\d*)/.exec(s)![1]!) || 0;
        const number = (a: string, b: string): number => value(a) - value(b);
        const reverse = flags.includes('-r') ? -1 : 1;
        const key = flags.includes('-n') ? number : order;
        let want = [...list].sort(
          (a, b) => reverse * (key(a, b) || (flags.includes('-u') ? 0 : order(a, b))),
        );
        if (flags.includes('-u')) want = want.filter((l, i) => i === 0 || key(l, want[i - 1]!) !== 0);
        const stdin = list.map((l) => `${l}\n`).join('');
        expect(run(sort, ['sort', ...flags], { stdin }).stdout).toBe(want.map((l) => `${l}\n`).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('sorts more lines than fit into small buffers, and says when memory is short', () => {
    const n = 20_000;
    const list = Array.from({ length: n }, (_, i) => String((i * 7919) % n));
    const stdin = list.map((l) => `${l}\n`).join('');
    const o = run(sort, ['sort', '-n'], { stdin });
    expect(o.stdout).toBe(Array.from({ length: n }, (_, i) => `${i}\n`).join(''));
    const long = run(sort, ['sort'], { stdin: 'x'.repeat(3 << 20), memory: 6 << 20 });
    expect(said(long)).toEqual([2, '', 'sort: Cannot allocate memory\n']);
  });
});

describe('seq, jot', () => {
  it.each<[string, string[], Partial<Setting>, [number, string, string]]>([
    ['seq', ['3'], {}, [0, '1\n2\n3\n', '']],
    ['seq', ['3', '-1', '1'], {}, [0, '3\n2\n1\n', '']],
    ['seq', ['0', '.5', '1.5'], {}, [0, '0.0\n0.5\n1.0\n1.5\n', '']],
    ['seq', ['-2.25', '0'], {}, [0, '-2.25\n-1.25\n-0.25\n', '']],
    ['seq', ['5', '1'], {}, [0, '', '']],
    ['seq', ['1', '0', '2'], {}, [1, '', 'usage: seq [first [incr]] last\n']],
    ['seq', ['x'], {}, [1, '', 'usage: seq [first [incr]] last\n']],
    ['jot', ['3'], {}, [0, '1\n2\n3\n', '']],
    ['jot', ['3', '5'], {}, [0, '5\n6\n7\n', '']],
    ['jot', ['3', '1', '2'], {}, [0, '1\n2\n2\n', '']],
    ['jot', ['3', '1.0', '2'], {}, [0, '1.0\n1.5\n2.0\n', '']],
    ['jot', ['-', '1', '10', '4'], {}, [0, '1\n5\n9\n', '']],
    ['jot', ['2', '10', '-', '-3'], {}, [0, '10\n7\n', '']],
    ['jot', ['-b', 'hi', '2'], {}, [0, 'hi\nhi\n', '']],
    ['jot', ['-w', 'x%03d', '-s', ',', '2'], {}, [0, 'x001,x002\n', '']],
    ['jot', ['-n', '-s', ' ', '2'], {}, [0, '1 2', '']],
    ['jot', ['x'], {}, [1, '', 'jot: bad value: x\n']],
    [
      'jot',
      ['1', '2', '3', '4', '5'],
      {},
      [1, '', 'usage: jot [-n] [-b word] [-w word] [-s string] [-p precision] [reps [begin [end [s]]]]\n'],
    ],
  ])('%s %j', async (name, args, setting, want) => {
    expect(said(run(await program(`usr.bin/${name}`), [name, ...args], setting))).toEqual(want);
  });
});

describe('expr', () => {
  it.each<[string, [number, string, string]]>([
    ['1 + 2 * 3', [0, '7\n', '']],
    ['( 1 + 2 ) * 3', [0, '9\n', '']],
    ['7 / 2 % 2 - 1', [1, '0\n', '']],
    ['-7 / 2', [0, '-3\n', '']],
    ['2147483647 + 1', [0, '2147483648\n', '']],
    ['10 > 9', [0, '1\n', '']],
    ['abc < abd', [0, '1\n', '']],
    ['a = a', [0, '1\n', '']],
    ['9 >= 10', [1, '0\n', '']],
    ['a != a', [1, '0\n', '']],
    ['0 | x', [0, 'x\n', '']],
    ['a & b', [0, 'a\n', '']],
    ['0 & b', [1, '0\n', '']],
    ['abcd : ab.', [0, '3\n', '']],
    ['abcd : bc', [1, '0\n', '']],
    ['file.c : \\(.*\\)\\.c', [0, 'file\n', '']],
    ['x : \\(y\\)', [1, '\n', '']],
    ['2 * 3 = 6', [0, '1\n', '']],
    ['', [2, '', 'expr: syntax error\n']],
    ['1 +', [2, '', 'expr: syntax error\n']],
    ['( 1', [2, '', 'expr: syntax error\n']],
    ['1 2', [2, '', 'expr: syntax error\n']],
    ['a + 1', [2, '', 'expr: non-numeric argument\n']],
    ['1 / 0', [2, '', 'expr: division by zero\n']],
    ['x : [', [2, '', 'expr: brackets ([ ]) not balanced\n']],
  ])('expr %s', async (text, want) => {
    const words = text.split(' ').filter((w) => w !== '');
    expect(said(run(await program('bin/expr'), ['expr', ...words]))).toEqual(want);
  });
});
