import { HELP } from './help.js';

/** Where init looks for the command that it gives to the shell. */
export const BOOT_COMMAND = '/etc/boot.command';

/** What the boot command reads as its standard input; without it that is the console. */
export const BOOT_INPUT = '/etc/boot.input';

/** The record format is described in the kernel's fs/memfs.h.ts. */
const MAGIC = 0x3153464d;
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

/** What the root file system holds before a user's own files. */
function standardFiles(executables: readonly ExecutableFile[]): Entry[] {
  const out: Entry[] = [{ path: 'tmp', mode: S_IFDIR | 0o777, data: new Uint8Array() }];
  for (const { name, directory, file } of executables)
    out.push({ path: `${directory}/${name}`, mode: S_IFREG | 0o755, data: file });
  out.push({
    path: 'etc/motd',
    mode: S_IFREG | 0o644,
    data: encoder.encode('trap12: a BSD kernel of 2001, crashed on purpose.\n'),
  });
  out.push({ path: 'usr/share/misc/help', mode: S_IFREG | 0o644, data: encoder.encode(HELP) });
  return out;
}

/**
 * Makes the image of the root file system: programs, and `files` of the caller's, by path from the root.
 * @param command what init gives to the shell; without it the console gets an interactive shell
 */
export function makeRootImage(
  executables: readonly ExecutableFile[],
  command?: string,
  files: Readonly<Record<string, Uint8Array | string>> = {},
): Uint8Array {
  const entries = standardFiles(executables);
  if (command !== undefined)
    entries.push({ path: BOOT_COMMAND.slice(1), mode: S_IFREG | 0o644, data: encoder.encode(command) });
  for (const [path, content] of Object.entries(files))
    entries.push({
      path,
      mode: S_IFREG | 0o644,
      data: typeof content === 'string' ? encoder.encode(content) : content,
    });
  let size = 0;
  const places = entries.map((e) => {
    const at = size;
    const path = encoder.encode(e.path);
    let dataAt = at + 16 + align(path.length, 4);
    if ((e.mode & 0xf000) === S_IFREG && e.data.length > 0) dataAt = align(dataAt, PAGE);
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
