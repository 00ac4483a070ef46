/** ls(1) */
import { TIOCGWINSZ } from '../../../../kernel/src/sys/ioccom.h.js';
import type { winsize } from '../../../../kernel/src/sys/tty.h.js';
import { S_ISDIR } from '../../include/sys/stat.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { getbsize } from '../../lib/libc/gen/getbsize.js';
import { closedir, opendir, readdir } from '../../lib/libc/gen/opendir.js';
import { isatty } from '../../lib/libc/gen/termios.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { asprintf, fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getenv, setenv } from '../../lib/libc/stdlib/getenv.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { calloc, free, malloc } from '../../lib/libc/stdlib/malloc.js';
import { mergesort } from '../../lib/libc/stdlib/merge.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { bzero } from '../../lib/libc/string/memset.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strdup } from '../../lib/libc/string/strdup.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { ioctl, lstat, stat } from '../../lib/libc/sys/syscalls.js';
import type { display, item } from './ls.h.js';
import { measure, printitems } from './print.js';

export let f_column: int = 0; // -C, and at a terminal
export let f_across: int = 0; // -x
export let f_inode: int = 0; // -i
export let f_longform: int = 0; // -l
export let f_numeric: int = 0; // -n
export let f_nonprint: int = 0; // -q, and at a terminal
export let f_sectime: int = 0; // -T
export let f_size: int = 0; // -s
export let f_slash: int = 0; // -p
export let f_type: int = 0; // -F
let f_listall: int = 0; // -a
let f_listdot: int = 0; // -A
let f_listdir: int = 0; // -d
let f_nosort: int = 0; // -f
let f_recursive: int = 0; // -R
let f_reversesort: int = 0; // -r
let f_sizesort: int = 0; // -S
let f_timesort: int = 0; // -t
/** Unit of -s and of the total, in blocks of 512 bytes. */
export let blocksize: int = 0;
export let termwidth: int = 80;
let rval: int = 0;
/** Something was listed already: an empty line goes before the next directory. */
let output: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: ls [-1ACFRSTadfiklnpqrstx] [file ...]\n');
  exit(1);
}

/** Is the standard output a terminal? How wide? */
function terminal(): void {
  const win = $local<winsize>();
  const columns = getenv('COLUMNS');
  if (isatty(1)) {
    f_column = 1;
    f_nonprint = 1;
    if (ioctl(1, TIOCGWINSZ, $addr(win)) === 0 && win.ws_col > 0) termwidth = win.ws_col;
  }
  if (columns !== null && atoi(columns) > 0) termwidth = atoi(columns);
}

function option(ch: int): void {
  switch (ch) {
    case $ch('1'):
    case $ch('C'):
    case $ch('x'):
      f_column = ch === $ch('1') ? 0 : 1;
      f_across = ch === $ch('x') ? 1 : 0;
      f_longform = 0;
      break;
    case $ch('A'):
      f_listdot = 1;
      break;
    case $ch('F'):
      f_type = 1;
      f_slash = 0;
      break;
    case $ch('R'):
      f_recursive = 1;
      break;
    case $ch('S'):
      f_sizesort = 1;
      break;
    case $ch('T'):
      f_sectime = 1;
      break;
    case $ch('a'):
      f_listall = 1;
      break;
    case $ch('d'):
      f_listdir = 1;
      break;
    case $ch('f'):
      f_nosort = 1;
      f_listall = 1;
      break;
    case $ch('i'):
      f_inode = 1;
      break;
    case $ch('k'):
      setenv('BLOCKSIZE', 'k', 1);
      break;
    case $ch('n'):
    case $ch('l'):
      if (ch === $ch('n')) f_numeric = 1;
      f_longform = 1;
      f_column = 0;
      break;
    case $ch('p'):
      f_slash = 1;
      f_type = 1;
      break;
    case $ch('q'):
      f_nonprint = 1;
      break;
    case $ch('r'):
      f_reversesort = 1;
      break;
    case $ch('s'):
      f_size = 1;
      break;
    case $ch('t'):
      f_timesort = 1;
      break;
    default:
      usage();
  }
}

export function main(argc: int, argv: ptr<str>): int {
  const notused = $var<int>();
  const bsize = $var<int>();
  const here = $local<array<str, 2>>();
  terminal();
  for (let ch = 0; (ch = getopt(argc, argv, '1ACFRSTadfiklnpqrstx')) !== -1; ) option(ch);
  getbsize(notused, bsize);
  blocksize = bsize[0] / 512;
  here[0] = '.';
  here[1] = null;
  if (optind < argc) traverse(argc - optind, $padd(argv, optind));
  else traverse(1, here);
  if (fflush(stdout) !== 0) err(1, 'stdout');
  return rval;
}

/** The operands: first what is no directory, then the directories. */
function traverse(argc: int, argv: ptr<str>): void {
  let files: item = null;
  let dirs: item = null;
  for (let i = 0; i < argc; i++) {
    const it = newitem(argv[i], argv[i], f_listdir === 0);
    if (it === null) continue;
    if (f_listdir === 0 && S_ISDIR(it.i_sb.st_mode)) {
      it.i_next = dirs;
      dirs = it;
    } else {
      it.i_next = files;
      files = it;
    }
  }
  const d = $local<display>();
  arrange(files, d);
  if (d.d_n > 0) {
    printitems(d);
    output = 1;
  }
  free($addr(d.d_list));
  arrange(dirs, d);
  for (let i = 0; i < d.d_n; i++) directory(d.d_list[i].i_path, argc > 1 || f_recursive !== 0);
  free($addr(d.d_list));
}

/** A file with its status; null after a complaint. Operands are looked up through links, unless -l or -F ask for the links. */
function newitem(path: str, name: str, follow: boolean): item {
  const it = $cast<item>(calloc(1, $sizeof<item>()));
  if (it === null) err(1, null);
  it.i_path = strdup(path);
  if (it.i_path === null) err(1, null);
  it.i_name = $padd(it.i_path, strlen(path) - strlen(name));
  const through = follow && (f_longform | f_type) === 0;
  if ((through && stat(path, it.i_sb) === 0) || lstat(path, it.i_sb) === 0) return it;
  warn('%s', path);
  rval = 1;
  freeitem(it);
  return null;
}

function freeitem(it: item): void {
  free($addr(it.i_path));
  free($addr(it));
}

/** What is in a directory, -R also in those below it. */
function directory(path: str, header: boolean): void {
  const dirp = opendir(path);
  if (dirp === null) {
    warn('%s', path);
    rval = 1;
    return;
  }
  if (output !== 0) putchar($ch('\n'));
  if (header) printf('%s:\n', path);
  output = 1;
  let list: item = null;
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) {
    if (dp.d_name[0] === 46 && f_listall === 0) {
      const dots = dp.d_namlen === 1 || (dp.d_namlen === 2 && dp.d_name[1] === 46);
      if (f_listdot === 0 || dots) continue;
    }
    const full = $var<str>();
    const slash = path[strlen(path) - 1] === 47 ? '' : '/';
    if (asprintf(full, '%s%s%s', path, slash, dp.d_name) < 0) err(1, null);
    const it = newitem(full[0], dp.d_name, false);
    free($addr(full[0]));
    if (it === null) continue;
    it.i_next = list;
    list = it;
  }
  closedir(dirp);
  const d = $local<display>();
  arrange(list, d);
  if (f_longform !== 0 || f_size !== 0)
    printf('total %lld\n', (d.d_btotal + $i64(blocksize - 1)) / $i64(blocksize));
  printitems(d);
  for (let i = 0; i < d.d_n && f_recursive !== 0; i++) {
    const it = d.d_list[i];
    const dots = strcmp(it.i_name, '.') === 0 || strcmp(it.i_name, '..') === 0;
    if (S_ISDIR(it.i_sb.st_mode) && !dots) directory(it.i_path, true);
  }
  for (let i = 0; i < d.d_n; i++) freeitem(d.d_list[i]);
  free($addr(d.d_list));
}

/** A list, which is backwards, in the order that is asked for, with the widths of its columns. */
function arrange(list: item, d: display): void {
  bzero($addr(d), $sizeof<display>());
  for (let it = list; it !== null; it = it.i_next) d.d_n++;
  d.d_list = $cast<ptr<item>>(malloc(4 * $u32(d.d_n)));
  if (d.d_list === null) err(1, null);
  let i = d.d_n;
  for (let it = list; it !== null; it = it.i_next) {
    d.d_list[--i] = it;
    measure(it, d);
  }
  if (f_nosort === 0) mergesort($addr(d.d_list), $u32(d.d_n), 4, order);
}

function order(a: u32, b: u32): int {
  const x = $cast<item>($ld32(a));
  const y = $cast<item>($ld32(b));
  let d = 0;
  if (f_timesort !== 0)
    d = y.i_sb.st_mtime < x.i_sb.st_mtime ? -1 : y.i_sb.st_mtime > x.i_sb.st_mtime ? 1 : 0;
  else if (f_sizesort !== 0)
    d = y.i_sb.st_size < x.i_sb.st_size ? -1 : y.i_sb.st_size > x.i_sb.st_size ? 1 : 0;
  if (d === 0) d = strcmp(x.i_name, y.i_name);
  return f_reversesort !== 0 ? -d : d;
}
