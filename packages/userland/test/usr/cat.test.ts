import { expect, it } from 'vitest';
import { program, run } from './run.js';

it('echo writes its words', async () => {
  const echo = await program('bin/echo');
  expect(run(echo, ['echo', 'a', 'b  c']).stdout).toBe('a b  c\n');
  expect(run(echo, ['echo', '-n', 'x']).stdout).toBe('x');
  expect(run(echo, ['echo']).stdout).toBe('\n');
});

it('cat copies, numbers, shows and complains', async () => {
  const cat = await program('bin/cat');
  const files = { a: 'one\n\n\ntwo\n', b: 'x\ty\x01\x80\n' };
  expect(run(cat, ['cat', 'a', '-', 'b'], { files, stdin: 'in' }).stdout).toBe(`one\n\n\ntwo\nin${files.b}`);
  expect(run(cat, ['cat', '-n', 'a'], { files }).stdout).toBe(
    '     1\tone\n     2\t\n     3\t\n     4\ttwo\n',
  );
  expect(run(cat, ['cat', '-bs', 'a'], { files }).stdout).toBe('     1\tone\n\n     2\ttwo\n');
  expect(run(cat, ['cat', '-et', 'b'], { files }).stdout).toBe('x^Iy^AM-^@$\n');
  const none = run(cat, ['/bin/cat', 'none', 'a'], { files });
  expect([none.status, none.stderr, none.stdout]).toEqual([
    1,
    'cat: none: No such file or directory\n',
    files.a,
  ]);
  const bad = run(cat, ['cat', '-q']);
  expect([bad.status, bad.stderr]).toEqual([
    1,
    'cat: illegal option -- q\nusage: cat [-benstuv] [-] [file ...]\n',
  ]);
});

it('cat numbers lines', async () => {
  const cat = await program('bin/cat');
  const o = run(cat, ['cat', '-n', 'f'], { files: { f: 'one\n' } });
  expect([o.status, o.stdout, o.stderr]).toEqual([0, '     1\tone\n', '']);
});
