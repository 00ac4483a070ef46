import { expect, it } from 'vitest';
import { type Outcome, Process, program, type Setting } from './run.js';

const ls = await program('bin/ls');
const NOW = 990_273_600; // 19 May 2001 12:00

/** A tree with times, modes and a device. */
function go(line: string, setting: Partial<Setting> = {}): Outcome {
  const p = new Process(ls, {
    files: { 'd/b': 'x'.repeat(5000), 'd/a': '1', 'd/.h': '', 'd/sub/z': 'zz', f: 'abc', prog: '#!' },
    ...setting,
  });
  const at = (path: string) => p.files.lookup(path, p.files.root);
  at('/d/a').mtime = (NOW - 60) * 1e6;
  at('/d/b').mtime = (NOW - 300 * 86_400) * 1e6;
  at('/prog').mode = 0o100755;
  const dev = p.files.put('dev/', '');
  dev.entries.set('null', p.files.node(0o020666));
  at('/dev/null').rdev = 0x202;
  return p.run(['ls', ...line.split(' ').filter((w) => w !== '')], setting.env);
}

it.each<[string, string]>([
  ['', 'd\ndev\nf\nprog\n'],
  ['d', 'a\nb\nsub\n'],
  ['-a d', '.\n..\n.h\na\nb\nsub\n'],
  ['-A d', '.h\na\nb\nsub\n'],
  ['-f d', '.\n..\nb\na\n.h\nsub\n'],
  ['-r', 'prog\nf\ndev\nd\n'],
  ['-t d', 'sub\na\nb\n'],
  ['-S d', 'b\nsub\na\n'],
  ['-F', 'd/\ndev/\nf\nprog*\n'],
  ['-p', 'd/\ndev/\nf\nprog\n'],
  ['-d d f', 'd\nf\n'],
  ['d f prog', 'f\nprog\n\nd:\na\nb\nsub\n'],
  ['-R d', 'd:\na\nb\nsub\n\nd/sub:\nz\n'],
  ['-s d', 'total 32\n 8 a\n16 b\n 8 sub\n'],
  ['-sk d', 'total 16\n4 a\n8 b\n4 sub\n'],
  [
    '-l d',
    'total 32\n-rw-r--r--  1 root  wheel     1 May 19 11:59 a\n-rw-r--r--  1 root  wheel  5000 Jul 23  2000 b\ndrwxr-xr-x  2 root  wheel   512 May 19 12:00 sub\n',
  ],
  ['-lT f', '-rw-r--r--  1 root  wheel  3 May 19 12:00:00 2001 f\n'],
  ['-n f', '-rw-r--r--  1 0  0  3 May 19 12:00 f\n'],
  ['-l dev', 'total 0\ncrw-rw-rw-  1 root  wheel    2,   2 May 19 12:00 null\n'],
  ['-i f', '9 f\n'],
  ['-C', 'd\tdev\tf\tprog\n'],
])('ls %s', (line, want) => {
  const o = go(line);
  expect([o.status, o.stderr, o.stdout]).toEqual([0, '', want]);
});

it('fills columns downwards at a terminal, -x across, as wide as COLUMNS', () => {
  const names = ['alpha', 'b', 'charlie-long', 'd', 'e', 'f?'];
  const files = Object.fromEntries(names.map((n) => [n.replace('?', '\x01'), '']));
  const show = (line: string, columns: string): string =>
    new Process(ls, { files, tty: true }).run(['ls', ...line.split(' ')], { COLUMNS: columns }).stdout;
  expect(show('-C', '40')).toBe('alpha\t\td\nb\t\te\ncharlie-long\tf?\n');
  expect(show('-x', '40')).toBe('alpha\t\tb\ncharlie-long\td\ne\t\tf?\n');
  expect(show('-C', '20')).toBe('alpha\nb\ncharlie-long\nd\ne\nf?\n');
  expect(show('-1', '40')).toBe('alpha\nb\ncharlie-long\nd\ne\nf?\n');
});

it('complains', () => {
  const o = go('none f nope');
  expect([o.status, o.stdout, o.stderr]).toEqual([
    1,
    'f\n',
    'ls: none: No such file or directory\nls: nope: No such file or directory\n',
  ]);
  expect(go('-z').stderr).toBe('ls: illegal option -- z\nusage: ls [-1ACFRSTadfiklnpqrstx] [file ...]\n');
});
