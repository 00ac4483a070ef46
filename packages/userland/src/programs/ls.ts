import type { Libc, Program, User } from '../libc.js';
import {
  groupName,
  isatty,
  isDirectory,
  readDirectory,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Stat,
  stat,
  userName,
} from '../lib/files.js';
import { columns, left, right, strftime } from '../lib/fmt.js';

const USAGE = 'ls [-1AaCdFiklRrSst] [file ...]';
const HALF_YEAR = 182 * 86_400;
const TYPES: Record<number, string> = {
  [S_IFDIR]: 'd',
  [S_IFCHR]: 'c',
  [S_IFIFO]: 'p',
  [S_IFLNK]: 'l',
  [S_IFREG]: '-',
};
const FLAGS = '1AaCdFiklRrSst';

/** strmode(3): drwxr-xr-x, with a blank for the flags that nothing here has. */
export function modeText(mode: number): string {
  const bits = 'rwxrwxrwx';
  let text = TYPES[mode & S_IFMT] ?? '?';
  for (let i = 0; i < 9; i++) text += (mode & (0o400 >> i)) !== 0 ? bits[i] : '-';
  return `${text} `;
}

interface Item {
  name: string;
  s: Stat;
}

interface View {
  flags: Set<string>;
  now: number;
}

function decorated({ name, s }: Item, flags: Set<string>): string {
  let text = name;
  if (flags.has('F')) {
    if (isDirectory(s)) text += '/';
    else if ((s.mode & S_IFMT) === S_IFREG && (s.mode & 0o111) !== 0) text += '*';
  }
  if (flags.has('i')) text = `${s.ino} ${text}`;
  return text;
}

function sizeText(s: Stat): string {
  return (s.mode & S_IFMT) === S_IFCHR
    ? `${right((s.rdev >>> 8) & 0xff, 3)}, ${right(s.rdev & 0xff, 3)}`
    : String(s.size);
}

/** The lines of ls -l: links, sizes and names of users as wide as the widest. */
function long(items: Item[], v: View): string {
  const cells = items.map(({ s }) => [String(s.nlink), userName(s.uid), groupName(s.gid), sizeText(s)]);
  const width = (i: number): number => Math.max(0, ...cells.map((row) => row[i]!.length));
  return items
    .map((item, i) => {
      const [links, user, group, size] = cells[i] as [string, string, string, string];
      const { s } = item;
      const when = strftime(Math.abs(v.now - s.mtime) > HALF_YEAR ? '%b %e  %Y' : '%b %e %H:%M', s.mtime);
      return (
        `${modeText(s.mode)} ${right(links, width(0))} ${left(user, width(1))}  ${left(group, width(2))}  ` +
        `${right(size, width(3))} ${when} ${decorated(item, v.flags)}\n`
      );
    })
    .join('');
}

function sorted(items: Item[], flags: Set<string>): Item[] {
  const byName = (a: Item, b: Item): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  let compare = byName;
  if (flags.has('t')) compare = (a, b) => b.s.mtime - a.s.mtime || byName(a, b);
  if (flags.has('S')) compare = (a, b) => b.s.size - a.s.size || byName(a, b);
  const out = [...items].sort(compare);
  return flags.has('r') ? out.reverse() : out;
}

function render(items: Item[], v: View): string {
  const list = sorted(items, v.flags);
  if (v.flags.has('l')) return long(list, v);
  const names = list.map((item) => decorated(item, v.flags));
  return v.flags.has('C') ? columns(names) : names.map((n) => `${n}\n`).join('');
}

/** Lists one directory, with -R those below it too. */
function* directory(c: Libc, path: string, v: View, header: boolean): User<number> {
  const entries = yield* readDirectory(c, path);
  if (typeof entries === 'number') {
    yield* c.warn(`${path}: ${c.strerror(entries)}`);
    return 1;
  }
  const items: Item[] = [];
  for (const { name } of entries) {
    if (name.startsWith('.') && !v.flags.has('a') && !(v.flags.has('A') && name !== '.' && name !== '..'))
      continue;
    const s = yield* stat(c, `${path}/${name}`, false);
    if (typeof s !== 'number') items.push({ name, s });
  }
  const blocks = items.reduce((sum, { s }) => sum + s.blocks, 0);
  const total = v.flags.has('l') || v.flags.has('s') ? `total ${Math.ceil(blocks / 2)}\n` : '';
  yield* c.print((header ? `${path}:\n` : '') + total + render(items, v));
  let status = 0;
  if (v.flags.has('R')) {
    for (const { name, s } of sorted(items, v.flags)) {
      if (!isDirectory(s) || name === '.' || name === '..') continue;
      yield* c.print('\n');
      status |= yield* directory(c, path === '/' ? `/${name}` : `${path}/${name}`, v, true);
    }
  }
  return status;
}

/** ls(1): on a terminal in columns, otherwise a name a line. */
export const ls: Program = function* (c) {
  const flags = new Set<string>();
  const args = c.argv.slice(1);
  while (args[0]?.startsWith('-') && args[0] !== '-') {
    const word = args.shift()!;
    if (word === '--') break;
    for (const letter of word.slice(1)) {
      if (!FLAGS.includes(letter)) {
        yield* c.puts(2, `ls: illegal option -- ${letter}\n`);
        return yield* c.usage(USAGE);
      }
      flags.add(letter);
    }
  }
  if (!flags.has('1') && (yield* isatty(c, 1))) flags.add('C');
  if (flags.has('1')) flags.delete('C');
  const v: View = { flags, now: (yield* c.now()) / 1e6 };
  const paths = args.length === 0 ? ['.'] : args;
  const files: Item[] = [];
  const directories: Item[] = [];
  let status = 0;
  for (const path of paths) {
    const s = yield* stat(c, path);
    if (typeof s === 'number') {
      yield* c.warn(`${path}: ${c.strerror(s)}`);
      status = 1;
    } else (isDirectory(s) && !flags.has('d') ? directories : files).push({ name: path, s });
  }
  if (files.length > 0) yield* c.print(render(files, v));
  let first = files.length === 0;
  for (const { name } of sorted(directories, flags)) {
    if (!first) yield* c.print('\n');
    first = false;
    status |= yield* directory(c, name, v, paths.length > 1 || flags.has('R'));
  }
  return status;
};
