import { describe, expect, it } from 'vitest';
import { type Outcome, program, run, type Setting } from './run.js';

/** Status, what it wrote, and what it complained about. */
const said = (o: Outcome): [number, string, string] => [o.status, o.stdout, o.stderr];

/** Runs a program of usr by the words of its command line. */
async function sh(line: string, setting: Partial<Setting> = {}): Promise<Outcome> {
  const argv = line.split(' ').filter((w) => w !== '');
  const places: Record<string, string> = {
    true: 'usr.bin',
    false: 'usr.bin',
    touch: 'usr.bin',
    mknod: 'sbin',
  };
  return run(await program(`${places[argv[0]!] ?? 'bin'}/${argv[0]}`), argv, setting);
}

const TREE = { 'a/x': 'one', 'a/b/y': 'two', 'a/c/': '', f: 'file' };

it('true and false', async () => {
  expect((await sh('true')).status).toBe(0);
  expect((await sh('false')).status).toBe(1);
});

describe('sleep', () => {
  it.each([
    ['2', 2e6],
    ['0.25', 250_000],
    ['.5', 500_000],
    ['1.000001', 1_000_001],
  ])('sleeps %s', async (text, us) => {
    const o = await sh(`sleep ${text}`);
    expect([o.status, o.calls.clock - 990_273_600e6]).toEqual([0, us]);
  });
  it.each(['', 'x', '1x', '1 2', '-1', '.', '99999999999'])('refuses %j', async (text) => {
    expect(said(await sh(`sleep ${text}`))).toEqual([1, '', 'usage: sleep seconds\n']);
  });
});

describe('mkdir and rmdir', () => {
  it('make and remove directories, with -p a whole path', async () => {
    const o = await sh('mkdir -pv p/q//r/ s');
    expect(said(o)).toEqual([0, 'p\np/q\np/q//r\ns\n', '']);
    expect((await sh('mkdir -p a/b', { files: TREE })).status).toBe(0);
    expect(said(await sh('rmdir -p p/q/r', { files: { 'p/q/r/': '' } }))).toEqual([0, '', '']);
  });
  it('complain', async () => {
    const files = TREE;
    expect(said(await sh('mkdir a', { files }))).toEqual([1, '', 'mkdir: a: File exists\n']);
    expect(said(await sh('mkdir n/o', { files }))).toEqual([
      1,
      '',
      'mkdir: n/o: No such file or directory\n',
    ]);
    expect(said(await sh('mkdir -p f/g', { files }))).toEqual([1, '', 'mkdir: f: Not a directory\n']);
    expect(said(await sh('mkdir -p f', { files }))).toEqual([1, '', 'mkdir: f: File exists\n']);
    expect(said(await sh('mkdir -m 9 z', { files }))).toEqual([1, '', 'mkdir: invalid file mode: 9\n']);
    expect(said(await sh('mkdir'))).toEqual([64, '', 'usage: mkdir [-pv] [-m mode] directory ...\n']);
    expect(said(await sh('rmdir a f none', { files }))).toEqual([
      1,
      '',
      'rmdir: a: Directory not empty\nrmdir: f: Not a directory\nrmdir: none: No such file or directory\n',
    ]);
  });
  it('-m gives the mode whatever the mask', async () => {
    const o = await sh('mkdir -m u=rwx,go=w d');
    expect(o.files.lookup('/d', o.files.root).mode & 0o777).toBe(0o722);
  });
});

describe('rm', () => {
  it('removes files, with -r trees', async () => {
    const o = await sh('rm -rv a f', { files: TREE });
    expect(said(o)).toEqual([0, 'a/x\na/b/y\na/b\na/c\na\nf\n', '']);
    expect([...o.files.root.entries.keys()]).toEqual([]);
  });
  it('complains, with -f not about what is not there', async () => {
    const files = TREE;
    expect(said(await sh('rm a none f', { files }))).toEqual([
      1,
      '',
      'rm: a: is a directory\nrm: none: No such file or directory\n',
    ]);
    expect(said(await sh('rm -f none'))).toEqual([0, '', '']);
    expect(said(await sh('rm -rf none'))).toEqual([0, '', '']);
    expect(said(await sh('rm -r none'))).toEqual([1, '', 'rm: none: No such file or directory\n']);
    expect(said(await sh('rm -r a/. ..', { files }))).toEqual([
      1,
      '',
      'rm: "." and ".." may not be removed\n',
    ]);
    expect(said(await sh('rm -f'))).toEqual([0, '', '']);
    expect(said(await sh('rm'))).toEqual([64, '', 'usage: rm [-f | -i] [-dRrv] file ...\n']);
  });
  it('asks with -i', async () => {
    const o = await sh('rm -i f g', { files: { f: '1', g: '2' }, stdin: 'n\nyes\n' });
    expect([o.stderr, o.files.text('/f'), o.files.text('/g')]).toEqual([
      'remove f? remove g? ',
      '1',
      undefined,
    ]);
  });
});

describe('cp', () => {
  it('copies files, into directories too, and trees with -R', async () => {
    const o = await sh('cp a/x f a/c', { files: TREE });
    expect([o.status, o.files.text('/a/c/x'), o.files.text('/a/c/f')]).toEqual([0, 'one', 'file']);
    const t = await sh('cp -Rv a new', { files: TREE });
    expect(said(t)).toEqual([
      0,
      'a -> new\na/x -> new/x\na/b -> new/b\na/b/y -> new/b/y\na/c -> new/c\n',
      '',
    ]);
    expect(t.files.text('/new/b/y')).toBe('two');
    const into = await sh('cp -R a/b/ a/c', { files: TREE });
    expect(into.files.text('/a/c/b/y')).toBe('two');
    const big = await sh('cp f g', { files: { f: 'x'.repeat(200_000) } });
    expect(big.files.text('/g')?.length).toBe(200_000);
  });
  it('keeps the mode', async () => {
    const cp = await program('bin/cp');
    const o = run(cp, ['cp', 'f', 'g'], { files: { f: 'x' } });
    expect(o.files.lookup('/g', o.files.root).mode & 0o777).toBe(0o644);
  });
  it('complains', async () => {
    const files = TREE;
    expect(said(await sh('cp a g', { files }))).toEqual([1, '', 'cp: a is a directory (not copied).\n']);
    expect(said(await sh('cp none g', { files }))).toEqual([1, '', 'cp: none: No such file or directory\n']);
    expect(said(await sh('cp f f', { files }))).toEqual([1, '', 'cp: f and f are identical (not copied).\n']);
    expect((await sh('cp f a/x g', { files })).status).toBe(64);
    expect((await sh('cp f')).stderr).toBe(
      'usage: cp [-R [-H | -L | -P]] [-f | -i] [-pv] src target\n       cp [-R [-H | -L | -P]] [-f | -i] [-pv] src1 ... srcN directory\n',
    );
  });
});

describe('mv', () => {
  it('renames, and moves into directories', async () => {
    const o = await sh('mv -v f a/x a/c', { files: TREE });
    expect(said(o)).toEqual([0, 'f -> a/c/f\na/x -> a/c/x\n', '']);
    expect(o.files.text('/a/c/x')).toBe('one');
  });
  it('complains and asks', async () => {
    const files = TREE;
    expect(said(await sh('mv none g', { files }))).toEqual([
      1,
      '',
      'mv: rename none to g: No such file or directory\n',
    ]);
    expect((await sh('mv f')).status).toBe(64);
    const o = await sh('mv -i f a/x', { files, stdin: 'n\n' });
    expect([o.stderr, o.files.text('/f')]).toEqual(['overwrite a/x? (y/n [n]) not overwritten\n', 'file']);
  });
});

describe('touch and chmod', () => {
  it('touch makes files and renews times', async () => {
    const o = await sh('touch f new a', { files: TREE });
    expect([o.status, o.files.text('/new'), o.files.text('/f')]).toEqual([0, '', 'file']);
    expect((await sh('touch -c none')).files.text('/none')).toBe(undefined);
    expect(said(await sh('touch none/x'))).toEqual([1, '', 'touch: none/x: No such file or directory\n']);
    const e = await sh('touch e', { files: { e: '' } });
    expect(e.files.text('/e')).toBe('');
  });
  it.each([
    ['600', 0o600],
    ['u+x', 0o744],
    ['go-r', 0o600],
    ['a=rx', 0o555],
    ['+x', 0o755],
    ['-w', 0o444],
    ['u=rwx,g=u,o=', 0o770],
    ['4755', 0o4755],
    ['u+s', 0o4644],
    ['+X', 0o644],
    ['-x', 0o644],
    ['g+w', 0o664],
  ])('chmod %s', async (mode, want) => {
    const o = await sh(`chmod ${mode} f`, { files: TREE });
    expect([o.stderr, o.files.lookup('/f', o.files.root).mode & 0o7777]).toEqual(['', want]);
  });
  it('chmod -R, and complaints', async () => {
    const o = await sh('chmod -Rv go= a', { files: TREE });
    expect(said(o)).toEqual([0, 'a\na/x\na/b\na/b/y\na/c\n', '']);
    expect(said(await sh('chmod 888 f', { files: TREE }))).toEqual([
      1,
      '',
      'chmod: invalid file mode: 888\n',
    ]);
    expect(said(await sh('chmod 644 none'))).toEqual([1, '', 'chmod: none: No such file or directory\n']);
    expect(said(await sh('chmod 644'))).toEqual([
      1,
      '',
      'usage: chmod [-fv] [-R [-H | -L | -P]] mode file ...\n',
    ]);
  });
});

describe('of the system', () => {
  it('pwd climbs to the root', async () => {
    expect(said(await sh('pwd'))).toEqual([0, '/\n', '']);
    expect((await sh('pwd x')).status).toBe(1);
  });
  it('mknod', async () => {
    const o = await sh('mknod n c 3 7');
    const n = o.files.lookup('/n', o.files.root);
    expect([n.mode, n.rdev]).toEqual([0o020644, 0x307]);
    expect(said(await sh('mknod n p 3 7'))).toEqual([1, '', "mknod: node must be type 'b' or 'c'\n"]);
  });
});
