/*
 * Are the programs that look for a check still the system's? Somebody's work may have put its own in the
 * place of procstat or grep. It is looked at from outside, in the memory file system, when the run is over:
 * whoever runs on the machine may have replaced what would look there.
 */
import { kernelConstants, Memory } from '@trap12/target';
import type { System } from '@trap12/system';

const K = kernelConstants('MDROOT_MAGIC');
const RECORD_BYTES = 16;
const PAGE = 4096;
const S_IFMT = 0xf000;
const S_IFREG = 0x8000;
const S_IFLNK = 0xa000;
/** Offset of a directory's first entry: 0 and 1 are "." and "..". */
const FIRST_OFF = 2;

const align = (n: number, to: number): number => Math.ceil(n / to) * to;

/** What the loader has put into a directory, by name, in order: its data's address, and how many bytes. */
type Loaded = Map<string, { at: number; size: number; isFile: boolean }>;

/** The directories of the root image that hold programs. */
function loadedPrograms(memory: Memory): Map<string, Loaded> {
  const start = memory.global('mdroot_start');
  const end = start + memory.global('mdroot_size');
  const { MDROOT_MAGIC } = K(memory);
  const all = new Map<string, Loaded>();
  const withPrograms = new Set<string>();
  for (let at = start; at + RECORD_BYTES <= end && memory.u32(at) === MDROOT_MAGIC; ) {
    const [mode, pathlen, size] = [4, 8, 12].map((field) => memory.u32(at + field)) as [
      number,
      number,
      number,
    ];
    const path = memory.string(at + RECORD_BYTES, pathlen);
    const isFile = (mode & S_IFMT) === S_IFREG;
    let data = at + RECORD_BYTES + align(pathlen, 4);
    if (isFile && size > 0) data = start + align(data - start, PAGE);
    at = start + align(data - start + size, 4);
    const slash = path.lastIndexOf('/');
    const dir = path.slice(0, Math.max(slash, 0));
    const inIt: Loaded = all.get(dir) ?? new Map();
    all.set(dir, inIt);
    const hasData = isFile || (mode & S_IFMT) === S_IFLNK;
    inIt.set(path.slice(slash + 1), { at: hasData && size > 0 ? data : 0, size, isFile });
    if (isFile && (mode & 0o111) !== 0) withPrograms.add(dir);
  }
  return new Map([...all].filter(([dir]) => withPrograms.has(dir)));
}

/** An entry of a directory as it is now. */
interface Entry {
  name: string;
  off: number;
  node: number;
}

function entriesOf(memory: Memory, dir: number): Entry[] {
  const entries: Entry[] = [];
  const { size } = memory.symbols.struct('memdirent');
  for (
    let at = memory.field('memnode', dir, 'mn_entries.tqh_first');
    at !== 0;
    at = memory.field('memdirent', at, 'me_list.tqe_next')
  )
    entries.push({
      name: memory.string(at + size, memory.field('memdirent', at, 'me_namelen')),
      off: memory.field('memdirent', at, 'me_off'),
      node: memory.field('memdirent', at, 'me_node'),
    });
  return entries;
}

function nodeAt(memory: Memory, path: string): number | undefined {
  let node: number | undefined = memory.global('memfs_root');
  for (const name of path.split('/'))
    node = node === undefined ? undefined : entriesOf(memory, node).find((each) => each.name === name)?.node;
  return node;
}

/**
 * The first program that is not what the loader has put there, or that stands where none was: `/bin/grep`.
 * `none` if all are. One that was moved away and back is told, too: its entry is a new one. What is written
 * to a program through a mapping, and not written back yet, is not seen.
 */
export function replacedProgram({ target }: System): string {
  const memory = new Memory(target);
  for (const [dir, loaded] of loadedPrograms(memory)) {
    const node = nodeAt(memory, dir);
    if (node === undefined) return `/${dir}`;
    const now = entriesOf(memory, node);
    let off = FIRST_OFF;
    for (const [name, { at, size, isFile }] of loaded) {
      const entry = now.find((each) => each.name === name);
      const field = (of: string): number => memory.field('memnode', entry!.node, of);
      if (entry === undefined || entry.off !== off++ || field('mn_image') !== at) return `/${dir}/${name}`;
      if (isFile && (field('mn_imgsize') !== size || field('mn_size') !== size || field('mn_aobj') !== 0))
        return `/${dir}/${name}`;
    }
    const more = now.find(({ name }) => !loaded.has(name));
    if (more !== undefined) return `/${dir}/${more.name}`;
    if (memory.field('memnode', node, 'mn_nextoff') !== off) return `/${dir}`;
  }
  return 'none';
}
