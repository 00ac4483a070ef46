import { HELP } from './help.js';

/** Where init looks for the command that it gives to the shell. */
export const BOOT_COMMAND = '/etc/boot.command';

/** What the boot command reads as its standard input; without it that is the console. */
export const BOOT_INPUT = '/etc/boot.input';

/** The record format is described in the kernel's fs/memfs.h.ts. */
const MAGIC = 0x3153464d;
const S_IFMT = 0xf000;
const S_IFDIR = 0x4000;
const S_IFREG = 0x8000;
const PAGE = 4096;

/** A compiled program and the directory that it belongs to. */
export interface ExecutableFile {
  name: string;
  directory: string;
  file: Uint8Array;
}

interface Entry {
  path: string;
  mode: number;
  data: Uint8Array;
}

const encoder = new TextEncoder();
const align = (n: number, to: number): number => Math.ceil(n / to) * to;

/** What the root file system holds before what a user gives. */
function addStandard(tree: Tree, executables: readonly ExecutableFile[]): void {
  const text = (path: string, content: string): void =>
    tree.add('standard file', { path, mode: S_IFREG | 0o644, data: encoder.encode(content) });
  tree.add('standard file', { path: 'tmp', mode: S_IFDIR | 0o777, data: new Uint8Array() });
  const given = new Set<string>();
  for (const { name, directory, file } of executables)
    tree.add('executables', { path: `${directory}/${name}`, mode: S_IFREG | 0o755, data: file }, given);
  text('etc/motd', 'trap12: a BSD kernel of 2001, crashed on purpose.\n');
  text('usr/share/misc/help', HELP);
}

/** Device nodes, which the kernel makes where the image has no file of their name. */
export const DEVICES = ['console', 'tty', 'mem', 'kmem', 'null', 'zero', 'ad0', 'ad0b'].map(
  (name) => `dev/${name}`,
);

/** Below MAXPATHLEN and up to MAXNAMLEN of the kernel. */
const PATH_BYTES = 1023;
const NAME_BYTES = 255;
const PATH_TEXT = `a path from the root, as "etc/motd" or "/etc/motd", without empty parts, ".", ".." and NUL, of at most ${PATH_BYTES} bytes, each part of at most ${NAME_BYTES}`;

const quoted = (path: string): string => JSON.stringify(path.length > 60 ? `${path.slice(0, 60)}...` : path);

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? encoder.encode(content) : content;

/** A path as the image has it; undefined for one that the kernel would not take, or take for another. */
function imagePath(path: string): string | undefined {
  const inside = path.replace(/^\//, '');
  const isName = (name: string): boolean =>
    !['', '.', '..'].includes(name) && encoder.encode(name).length <= NAME_BYTES;
  const fits = !inside.includes('\0') && encoder.encode(inside).length <= PATH_BYTES;
  return fits && inside.split('/').every(isName) ? inside : undefined;
}

/** The files of the image by path, in their order: none that the kernel would lose. */
class Tree {
  private readonly entries = new Map<string, Entry>();
  private readonly directories = new Set(['dev']);

  get all(): Entry[] {
    return [...this.entries.values()];
  }

  /**
   * Adds a file, in place of the one that is there and with its mode.
   * @param option whose path it is, for messages
   * @param given the paths that the option has given so far, for what cannot be in place of another
   * @throws RangeError that names it and says why it cannot be
   */
  add(option: string, { path, mode, data }: Entry, given = new Set<string>()): void {
    const inside = imagePath(path);
    if (inside === undefined) throw new RangeError(`${option} ${quoted(path)}: accepted: ${PATH_TEXT}`);
    const parts = inside.split('/');
    const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
    const isFile = (each: string): boolean =>
      DEVICES.includes(each) || (this.entries.has(each) && !this.directories.has(each));
    const file = above.find(isFile);
    let why: string | undefined;
    if (given.has(inside)) why = 'it is given twice';
    else if (DEVICES.includes(inside)) why = 'it is a device of the kernel';
    else if (this.directories.has(inside)) why = 'it is a directory';
    else if (file !== undefined) why = `/${file} is no directory`;
    if (why !== undefined) throw new RangeError(`${option} ${quoted(path)}: ${why}`);
    given.add(inside);
    this.entries.set(inside, { path: inside, mode: this.entries.get(inside)?.mode ?? mode, data });
    for (const each of (mode & S_IFMT) === S_IFDIR ? [...above, inside] : above) this.directories.add(each);
  }
}

/** What the root file system holds besides the standard files. */
export interface RootFiles {
  /** What init gives to the shell; without it the console gets an interactive one */
  command?: string | undefined;
  /** What the command reads as its standard input */
  input?: Uint8Array | undefined;
  /** By path from the root, with or without a slash in front; in place of a standard file with its mode */
  files?: Readonly<Record<string, Uint8Array | string>>;
}

/**
 * Makes the image of the root file system: programs, and what the caller wants to be in it.
 * @throws RangeError that names a path which cannot be in it, and the option that it is of
 */
export function makeRootImage(
  executables: readonly ExecutableFile[],
  { command, input, files = {} }: RootFiles = {},
): Uint8Array {
  const tree = new Tree();
  addStandard(tree, executables);
  const given = new Set<string>();
  const mode = S_IFREG | 0o644;
  // What these two options make, a path of `files` may not replace.
  if (command !== undefined)
    tree.add('command', { path: BOOT_COMMAND, mode, data: encoder.encode(command) }, given);
  if (input !== undefined) tree.add('input', { path: BOOT_INPUT, mode, data: input }, given);
  for (const [path, content] of Object.entries(files))
    tree.add('files', { path, mode, data: bytesOf(content) }, given);
  const entries = tree.all;
  let size = 0;
  const places = entries.map((e) => {
    const at = size;
    const path = encoder.encode(e.path);
    let dataAt = at + 16 + align(path.length, 4);
    if ((e.mode & S_IFMT) === S_IFREG && e.data.length > 0) dataAt = align(dataAt, PAGE);
    size = align(dataAt + e.data.length, 4);
    return { at, path, dataAt };
  });
  const image = new Uint8Array(align(size, PAGE));
  const view = new DataView(image.buffer);
  entries.forEach((e, i) => {
    const { at, path, dataAt } = places[i]!;
    [MAGIC, e.mode, path.length, e.data.length].forEach((w, k) => {
      view.setUint32(at + 4 * k, w, true);
    });
    image.set(path, at + 16);
    image.set(e.data, dataAt);
  });
  return image;
}
