import {
  closeSync,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** A file's content, which may have holes. */
export interface Content {
  size: number;
  /** In ascending order, none over another; what none covers is zeroes */
  pieces: Iterable<{ offset: number; bytes: Uint8Array }>;
}

/** As the kernel of the host follows them, at most. */
const LINKS_MAX = 40;

/**
 * Where a file of that name lies, or would be made: symbolic links are followed, those of its folders and its
 * own, also where what its own names is not there yet.
 * @throws an error of Node's: a folder is not there, or the links have no end
 */
export function realPlace(path: string): string {
  let place = path;
  for (let i = 0; i < LINKS_MAX; i++) {
    place = join(realpathSync(dirname(place)), basename(place));
    const link = linkAt(place);
    if (link === undefined) return place;
    place = resolve(dirname(place), link);
  }
  const error = new Error(`ELOOP: too many symbolic links encountered, open '${path}'`);
  throw Object.assign(error, { code: 'ELOOP', syscall: 'open' });
}

/** What a symbolic link says; undefined: there is none. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What makes it impossible to put another file in the place of one that can be written into all the same. */
const FIXED = ['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV'];

/**
 * Writes a result to a file, the one way there is. A regular file is replaced in one step, so that there is
 * never half of one: what is written beside it takes its place, and its owner and mode. Symbolic links stay,
 * and what they name is written. Into a device, a pipe or anything else it is written; so it is into the file
 * that standard output or standard error goes to, behind what is there, and into one that cannot be replaced.
 * @throws an error of Node's
 */
export function placeFile(path: string, content: Content): void {
  const there = statSync(path, { throwIfNoEntry: false });
  const open = [1, 2].find((fd) => there?.isFile() === true && isFile(fd, there));
  if (open !== undefined) writeInOrder(open, content);
  else if (there?.isFile() === false) writeInto(path, content);
  else replace(realPlace(path), there, content);
}

/**
 * Would placeFile() put a file in the place of what is there, if anything is? Otherwise what it writes is
 * added to what was written before.
 */
export function isReplaced(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there === undefined || (there.isFile() && ![1, 2].some((fd) => isFile(fd, there)));
}

/** Is that what this process has open so? */
function isFile(fd: number, { dev, ino }: Stats): boolean {
  try {
    const open = fstatSync(fd);
    return open.dev === dev && open.ino === ino;
  } catch {
    return false;
  }
}

/** A file beside a place, of a name that nothing there has. */
function fileBeside(place: string): { beside: string; fd: number } {
  for (let n = 0; ; n++) {
    const beside = join(dirname(place), `.trap12-${process.pid}-${n}.new`);
    try {
      return { beside, fd: openSync(beside, 'wx') };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** @param there what is to be replaced; undefined: nothing is there yet */
function replace(place: string, there: Stats | undefined, content: Content): void {
  let made: ReturnType<typeof fileBeside>;
  try {
    made = fileBeside(place);
  } catch (error) {
    if (there === undefined || !FIXED.includes(codeOf(error))) throw error;
    writeInto(place, content);
    return;
  }
  const { beside, fd } = made;
  try {
    try {
      if (there !== undefined) keepRights(fd, there);
      for (const { offset, bytes } of content.pieces) writeAll(fd, bytes, offset);
      ftruncateSync(fd, content.size);
    } finally {
      closeSync(fd);
    }
    moveTo(place, beside, there !== undefined);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function moveTo(place: string, beside: string, isThere: boolean): void {
  try {
    renameSync(beside, place);
  } catch (error) {
    if (!isThere || !FIXED.includes(codeOf(error))) throw error;
    copyFileSync(beside, place);
    rmSync(beside);
  }
}

function keepRights(fd: number, { mode, uid, gid }: Stats): void {
  const own = fstatSync(fd);
  // Only the host's superuser may give files away; to others theirs is good.
  if (own.uid !== uid || own.gid !== gid)
    try {
      fchownSync(fd, uid, gid);
    } catch {}
  fchmodSync(fd, mode & 0o7777);
}

function writeInto(path: string, content: Content): void {
  const fd = openSync(path, 'w');
  try {
    writeInOrder(fd, content);
  } finally {
    closeSync(fd);
  }
}

const ZEROES = new Uint8Array(1 << 16);

/** Where there may be no places to go to, one byte comes behind the other, and holes are zeroes. */
function writeInOrder(fd: number, { size, pieces }: Content): void {
  let at = 0;
  const fill = (to: number): void => {
    for (; at < to; at += Math.min(ZEROES.length, to - at))
      writeAll(fd, ZEROES.subarray(0, Math.min(ZEROES.length, to - at)), null);
  };
  for (const { offset, bytes } of pieces) {
    fill(offset);
    writeAll(fd, bytes, null);
    at += bytes.length;
  }
  fill(size);
}

/** @param offset null: where the last one ended */
function writeAll(fd: number, bytes: Uint8Array, offset: number | null): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset === null ? null : offset + done);
}

/** Content without holes. */
export const wholeContent = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  pieces: [{ offset: 0, bytes }],
});
