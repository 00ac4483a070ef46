import { DecodeError, decode, encode, type Page, type Snapshot } from '@trap12/machine';
import { checkNeeds, NEED } from '@trap12/target';
import { createSystem } from './create.js';
import type { Executable, Kernel } from './kernel.js';
import type { SystemOptions } from './options.js';
import type { System } from './system.js';

/*
 * The file form of a saved machine: eight bytes that say what it is, the version of the form, then one record
 * (codec.ts). The record has the hash of the kernel's image, for a snapshot fits one kernel only; the options
 * that the machine was made with; and the pages of memory one behind the other, without those that are all
 * zeroes. How the whole is compressed is the host's business (node.ts).
 */
const MAGIC = 'TRAP12SN';
/** Changes with the form, and with anything in the states of machine and devices. */
const VERSION = 4;
const PAGE_BYTES = 4096;

/** A file is no snapshot that can be gone on with; the message says why. */
export class SnapshotError extends Error {}

/** What a machine was made with, as plain data; of programs the code as well. */
interface SavedOptions extends Omit<SystemOptions, 'executables'> {
  executables: { name: string; directory: string; file: Uint8Array; code: string }[];
}

interface SnapshotFile {
  /** Hash of the kernel's image */
  image: string;
  options: SavedOptions;
  devices: Snapshot['devices'];
  tlb: Int32Array;
  pageCount: number;
  /** Numbers of the pages that follow in `contents` */
  pages: Int32Array;
  contents: Uint8Array;
}

/**
 * A machine as the bytes of a file. To be called between two calls of machine.run().
 * @throws RangeError that names what is missing
 */
export function snapshotBytes(system: System, options: SystemOptions): Uint8Array {
  checkNeeds('snapshotBytes', { system, options }, { system: NEED.system, options: NEED.options });
  const { devices, pages, tlb } = system.machine.save();
  const { executables, ...plain } = options;
  const present = pages.flatMap((page, i) => (page === null ? [] : [i]));
  const contents = new Uint8Array(present.length * PAGE_BYTES);
  present.forEach((number, i) => {
    contents.set(pages[number] as Uint8Array, i * PAGE_BYTES);
  });
  const file: SnapshotFile = {
    image: system.image.hash,
    options: {
      ...plain,
      executables: executables.map(({ name, directory, file, code }) => ({
        name,
        directory,
        file: Uint8Array.from(file),
        code: code(),
      })),
    },
    devices,
    tlb,
    pageCount: pages.length,
    pages: Int32Array.from(present),
    contents,
  };
  const body = encode(file);
  const out = new Uint8Array(MAGIC.length + 4 + body.length);
  for (let i = 0; i < MAGIC.length; i++) out[i] = MAGIC.charCodeAt(i);
  new DataView(out.buffer).setInt32(MAGIC.length, VERSION, true);
  out.set(body, MAGIC.length + 4);
  return out;
}

function parse(bytes: Uint8Array): SnapshotFile {
  const head = MAGIC.length + 4;
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new SnapshotError('it is no snapshot of a machine');
  if (bytes.length < head) throw new SnapshotError('it is cut short: it ends too early');
  const version = new DataView(bytes.buffer, bytes.byteOffset).getInt32(MAGIC.length, true);
  if (version !== VERSION)
    throw new SnapshotError(`it is of version ${version} of the form; this program knows version ${VERSION}`);
  try {
    return decode(bytes.subarray(head)) as SnapshotFile;
  } catch (error) {
    if (error instanceof DecodeError) throw new SnapshotError(`it is cut short or damaged: ${error.message}`);
    throw error;
  }
}

/**
 * A machine that stands where the one stood that snapshotBytes() was called for.
 * @throws SnapshotError for a file that is foreign, cut, or of another version or kernel; RangeError that
 * names what is missing
 */
export function systemFromSnapshot(
  kernel: Kernel,
  bytes: Uint8Array,
): { system: System; options: SystemOptions } {
  checkNeeds('systemFromSnapshot', { kernel, bytes }, { kernel: NEED.kernel, bytes: NEED.bytes });
  const file = parse(bytes);
  if (file.image !== kernel.image.hash)
    throw new SnapshotError(`it is of kernel ${file.image}; this one is ${kernel.image.hash}`);
  try {
    return restored(kernel, file);
  } catch (error) {
    // What is no machine's state is refused where it is put into the machine.
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new SnapshotError(`it is damaged: no machine has such a state (${error.message})`);
  }
}

/** @throws RangeError, TypeError: it is not the state of a machine */
function restored(kernel: Kernel, file: SnapshotFile): { system: System; options: SystemOptions } {
  const executables: Executable[] = file.options.executables.map(({ code, ...e }) => ({
    ...e,
    code: () => code,
  }));
  const options: SystemOptions = { ...file.options, executables };
  const system = createSystem(kernel, options);
  const pages = new Array<Page>(file.pageCount).fill(null);
  file.pages.forEach((number, i) => {
    pages[number] = file.contents.slice(i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
  });
  system.machine.restore({ devices: file.devices, pages, tlb: file.tlb });
  return { system, options };
}
