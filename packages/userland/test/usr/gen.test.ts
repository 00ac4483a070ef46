import { describe, expect, it } from 'vitest';
import { Process, run, type Setting, source } from './run.js';

/** A program that answers a question by what it is given; the cases are its first argument. */
const GEN = await source(`
function list(): int {
  const dirp = opendir('/d');
  if (dirp === null) err(1, '/d');
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) printf('%s ', dp.d_name);
  rewinddir(dirp);
  printf('%s\\n', readdir(dirp).d_name);
  return closedir(dirp);
}
function environment(): int {
  printf('%s %s\\n', getenv('A'), getenv('NONE'));
  setenv('A', 'two', 0);
  printf('%s ', getenv('A'));
  setenv('A', 'three', 1);
  setenv('B', 'new', 0);
  putenv('C=put');
  printf('%s %s %s\\n', getenv('A'), getenv('B'), getenv('C'));
  unsetenv('A');
  printf('%s %d\\n', getenv('A'), putenv('nothing'));
  for (let i = 0; environ[i] !== null; i++) printf('%s\\n', environ[i]);
  return 0;
}
function options(argc: int, argv: ptr<str>): int {
  optind = 2;
  for (let ch = 0; (ch = getopt(argc, argv, argv[1])) !== -1; )
    printf('%c%s%s ', ch, ch === $ch('?') || ch === $ch(':') ? '!' : '', optarg === null ? '' : optarg);
  printf('|');
  for (let i = optind; i < argc; i++) printf(' %s', argv[i]);
  printf('\\n');
  return 0;
}
function globs(pattern: str): int {
  const g = $local<glob_t>();
  const r = glob(pattern, GLOB_NOMAGIC | GLOB_MARK, g);
  for (let i = 0; i < g.gl_pathc; i++) printf('%s ', g.gl_pathv[i]);
  printf('%d\\n', r);
  globfree(g);
  return 0;
}
function directory(path: str): int {
  const buf = $local<array<char, 100>>();
  if (chdir(path) < 0) err(3, '%s', path);
  printf('%s ', getcwd(buf, 100));
  if (getcwd(buf, 3) === null) warn('short');
  return 0;
}
function last(): void {
  printf('last ');
}
function first(): void {
  printf('first ');
}
export function main(argc: int, argv: ptr<str>): int {
  const what = argv[1];
  if (strcmp(what, 'list') === 0) return list();
  if (strcmp(what, 'env') === 0) return environment();
  if (strcmp(what, 'glob') === 0) return globs(argv[2]);
  if (strcmp(what, 'cwd') === 0) return directory(argv[2]);
  if (strcmp(what, 'execlp') === 0) {
    execlp(argv[2], 'zero', 'one', 'two', null);
    err(4, '%s', argv[2]);
  }
  if (strcmp(what, 'atexit') === 0) {
    atexit(last);
    atexit(first);
    printf('main ');
    exit(5);
  }
  if (strcmp(what, 'abort') === 0) {
    signal(SIGABRT, SIG_IGN);
    abort();
  }
  if (strcmp(what, 'errx') === 0) errx(6, 'no %s', 'way');
  if (strcmp(what, 'null') === 0) return $ld8(0);
  return options(argc, argv);
}
`);
const gen = (args: string[], setting: Partial<Setting> = {}) => run(GEN, ['/usr/bin/gen', ...args], setting);

describe('gen', () => {
  const files = { 'd/b': '', 'd/a': '', 'd/.h': '', 'd/e/c1': '', 'd/e/c2': '', 'd/f/c1': '' };

  it('opendir, readdir, rewinddir', () => {
    expect(gen(['list'], { files }).stdout).toBe('. .. b a .h e f .\n');
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d/file-${i}`, '']));
    expect(gen(['list'], { files: many }).stdout.split(' ').length).toBe(303);
    expect(gen(['list'])).toMatchObject({ status: 1, stderr: 'gen: /d: No such file or directory\n' });
    expect(gen(['list'], { files: { d: '' } }).stderr).toBe('gen: /d: Not a directory\n');
  });

  it('the environment is read, changed, added to and taken from', () => {
    expect(gen(['env'], { env: { A: 'one', AB: 'x' } }).stdout).toBe(
      'one (null)\none three new put\n(null) -1\nAB=x\nB=new\nC=put\n',
    );
  });

  it.each([
    [['ab:c', '-a', '-b', 'x', 'y', '-c'], 'a bx | y -c\n', ''],
    [['ab:c', '-acbx', '--', '-a'], 'a c bx | -a\n', ''],
    [['a', '-', '-a'], '| - -a\n', ''],
    [['a', '-x', '-a'], '?! a |\n', 'gen: illegal option -- x\n'],
    [['a:', '-a'], '?! |\n', 'gen: option requires an argument -- a\n'],
    [[':a:', '-a'], ':! |\n', ''],
    [[':a', '-z'], '?! |\n', ''],
  ])('getopt %j', (args, stdout, stderr) => {
    expect(gen(args)).toMatchObject({ stdout, stderr });
  });

  it.each([
    ['/d/*', '/d/a /d/b /d/e/ /d/f/ 0\n'],
    ['/d/.*', '/d/../ /d/./ /d/.h 0\n'],
    ['d/[ef]/c?', 'd/e/c1 d/e/c2 d/f/c1 0\n'],
    ['/*/e', '/d/e/ 0\n'],
    ['plain', 'plain 0\n'],
    ['no*', '0\n'],
    ['d/*/c2', 'd/e/c2 0\n'],
  ])('glob %s', (pattern, want) => {
    expect(gen(['glob', pattern], { files }).stdout).toBe(want);
  });

  it('getcwd finds its way to the root', () => {
    expect(gen(['cwd', 'd/e'], { files })).toMatchObject({
      stdout: '/d/e ',
      stderr: 'gen: short: Result too large\n',
    });
    expect(gen(['cwd', '/'], { files }).stdout).toBe('/ ');
    expect(gen(['cwd', 'zz'], { files })).toMatchObject({
      status: 3,
      stderr: 'gen: zz: No such file or directory\n',
    });
  });

  it('execlp looks along PATH', () => {
    const env = { PATH: '/no:/usr/bin:', X: '1' };
    expect(gen(['execlp', 'prog'], { env, programs: ['/usr/bin/prog'] }).executed).toMatchObject({
      path: '/usr/bin/prog',
      argv: ['zero', 'one', 'two'],
      env: ['PATH=/no:/usr/bin:', 'X=1'],
    });
    expect(gen(['execlp', 'prog'], { env, programs: ['./prog'] }).executed?.path).toBe('./prog');
    expect(gen(['execlp', '/x/prog'], { env, programs: ['/x/prog'] }).executed?.path).toBe('/x/prog');
    expect(gen(['execlp', 'prog'], { env })).toMatchObject({
      status: 4,
      stderr: 'gen: prog: No such file or directory\n',
    });
  });

  it('exit runs what atexit was given, last first, and writes out the streams', () => {
    expect(gen(['atexit'])).toMatchObject({ status: 5, stdout: 'main first last ' });
  });

  it('abort ends a program that ignores SIGABRT, a null pointer one that does not look', () => {
    expect(gen(['abort']).status).toBe(128 + 6);
    expect(gen(['null']).status).toBe(128 + 11);
    expect(gen(['errx'])).toMatchObject({ status: 6, stderr: 'gen: no way\n' });
  });
});

it('nothing of a program is visible that it does not name', () => {
  const names = new Process(GEN).symbols().filter((n) => /^(regcomp|fts_open|mergesort|hog)$/.test(n));
  expect(names).toEqual([]);
});
