import { ELF } from '@trap12/elf';
import { latin1Text } from '@trap12/target';
import { FACTS_NOTE, OWN_NOTE } from './core.js';
import { decodeFacts, type MachineFacts } from './facts.js';
import { memoryOf } from './kernel-dump.js';
import { DumpError, type Opened } from './opened.js';

/** Is this the beginning of an ELF file? */
export function isElf(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === ELF.magic
  );
}

interface Header {
  type: number;
  offset: number;
  physical: number;
  fileBytes: number;
}

/** Reads a core file as coreFile() makes them. What is cut off is said; the rest is there. */
export function openCore(bytes: Uint8Array): Opened {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < ELF.headerBytes) throw new DumpError('it ends within the ELF header');
  if (view.getUint16(16, true) !== ELF.typeCore || view.getUint16(18, true) !== ELF.machine386)
    throw new DumpError('an ELF file, but no core file of an i386');
  const segments = headers(view, bytes.length);
  const facts = findFacts(bytes, segments);
  const loads = segments.filter((s) => s.type === ELF.loadSegment);
  const load = loads[0];
  if (load === undefined) throw new DumpError('a core file without memory');
  const at = load.offset - load.physical;
  const memory = memoryOf(facts.ramBytes);
  const pieces = facts.partial ? loads : [{ physical: 0, fileBytes: facts.ramBytes }];
  for (const { physical, fileBytes } of pieces)
    memory.put(physical, bytes.subarray(at + physical, at + physical + fileBytes));
  const problems =
    bytes.length < at + facts.ramBytes
      ? [
          `cut short: physical memory from 0x${(Math.max(0, bytes.length - at) & ~4095).toString(16)} on is missing`,
        ]
      : [];
  return { kind: 'core', memory, facts, problems };
}

function headers(view: DataView, length: number): Header[] {
  const at = view.getUint32(28, true);
  const count = view.getUint16(44, true);
  const out: Header[] = [];
  for (let i = 0; i < count; i++) {
    const p = at + i * ELF.segmentBytes;
    if (p + ELF.segmentBytes > length) throw new DumpError('it ends within the table of segments');
    const word = (n: number): number => view.getUint32(p + 4 * n, true);
    out.push({ type: word(0), offset: word(1), physical: word(3), fileBytes: word(4) });
  }
  return out;
}

/** A length with what fills it up to a word; both may be anything in a file. */
const padded = (length: number): number => 4 * Math.ceil(length / 4);

/** The note with which this program tells of the machine. */
function findFacts(bytes: Uint8Array, segments: readonly Header[]): MachineFacts {
  for (const { type, offset, fileBytes } of segments) {
    if (type !== ELF.noteSegment) continue;
    const notes = bytes.subarray(offset, offset + fileBytes);
    if (notes.length < fileBytes) throw new DumpError('it ends within the notes');
    const view = new DataView(notes.buffer, notes.byteOffset, notes.length);
    for (let at = 0; at + 12 <= notes.length; ) {
      const [owner, size, kind] = [0, 4, 8].map((n) => view.getUint32(at + n, true)) as [
        number,
        number,
        number,
      ];
      const description = at + 12 + padded(owner);
      const name = latin1Text(notes.subarray(at + 12, at + 12 + Math.max(0, owner - 1)));
      if (name === OWN_NOTE && kind === FACTS_NOTE) {
        const facts = decodeFacts(notes.subarray(description, description + size));
        if (facts === undefined)
          throw new DumpError('the note about the machine is damaged or of another version');
        return facts;
      }
      at = description + padded(size);
    }
  }
  throw new DumpError('a core file, but of no machine of this kind: there is no note about one');
}
