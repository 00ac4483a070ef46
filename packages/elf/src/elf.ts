import { ByteWriter } from './bytes.js';

/** Numbers of the ELF format (System V ABI, chapters 4 and 5; its i386 supplement). */
export const ELF = {
  magic: 0x464c457f,
  headerBytes: 52,
  segmentBytes: 32,
  sectionBytes: 40,
  class32: 1,
  littleEndian: 1,
  version: 1,
  machine386: 3,
  typeExecutable: 2,
  typeCore: 4,
  loadSegment: 1,
  noteSegment: 4,
  /** e_phnum, if there are more: the number is then in sh_info of section 0 */
  manySegments: 0xffff,
} as const;

export const SEGMENT = { execute: 1, write: 2, read: 4 } as const;

export const SECTION = {
  progbits: 1,
  symtab: 2,
  strtab: 3,
  note: 7,
  nobits: 8,
  write: 1,
  alloc: 2,
  execute: 4,
} as const;

const LAST_RESERVED_INDEX = 0xfff1;
const GLOBAL = 1;

export interface Section {
  name: string;
  type: number;
  flags: number;
  /** 0 if it is not loaded */
  address: number;
  /** Empty for nobits */
  bytes: Uint8Array;
  /** Given for nobits */
  size?: number;
  link?: number;
  info?: number;
  align: number;
  entryBytes?: number;
}

export interface ElfSymbol {
  name: string;
  address: number;
  size: number;
  type: 'function' | 'object';
  /** Index of its section, or undefined for an absolute value */
  section: number | undefined;
}

/** The first sixteen bytes of a file and the rest of its header. */
export function elfHeader(
  out: ByteWriter,
  fields: {
    type: number;
    entry: number;
    segmentsAt: number;
    segments: number;
    sectionsAt: number;
    sections: number;
    names: number;
  },
): void {
  out.u32(ELF.magic).u8(ELF.class32).u8(ELF.littleEndian).u8(ELF.version).zeros(9);
  out.u16(fields.type).u16(ELF.machine386).u32(ELF.version).u32(fields.entry);
  out.u32(fields.segmentsAt).u32(fields.sectionsAt).u32(0);
  out.u16(ELF.headerBytes).u16(ELF.segmentBytes).u16(Math.min(fields.segments, ELF.manySegments));
  out.u16(ELF.sectionBytes).u16(fields.sections).u16(fields.names);
}

export interface Segment {
  type: number;
  flags: number;
  /** Of its bytes in the file */
  offset: number;
  address: number;
  /** Physical address, or 0 */
  physical: number;
  fileBytes: number;
  memoryBytes: number;
  align: number;
}

/** An entry of the table of segments. */
export function segmentHeader(out: ByteWriter, s: Segment): void {
  out.u32(s.type).u32(s.offset).u32(s.address).u32(s.physical);
  out.u32(s.fileBytes).u32(s.memoryBytes).u32(s.flags).u32(s.align);
}

/** A note: its owner's name, its type, what it says. */
export function note(out: ByteWriter, owner: string, type: number, description: Uint8Array): void {
  out
    .u32(owner.length + 1)
    .u32(description.length)
    .u32(type);
  out.string(owner).align(4).bytes(description).align(4);
}

/**
 * The sections .symtab and .strtab of a list of symbols, all of them global. `index` is that of the first of
 * the two.
 */
export function symbolSections(symbols: readonly ElfSymbol[], index: number): [Section, Section] {
  const names = new ByteWriter().u8(0);
  const table = new ByteWriter().zeros(16);
  for (const { name, address, size, type, section } of symbols) {
    table.u32(names.length).u32(address).u32(size);
    table.u8((GLOBAL << 4) | (type === 'function' ? 2 : 1)).u8(0);
    table.u16(section ?? LAST_RESERVED_INDEX);
    names.string(name);
  }
  return [
    {
      name: '.symtab',
      type: SECTION.symtab,
      flags: 0,
      address: 0,
      bytes: table.finish(),
      link: index + 1,
      info: 1,
      align: 4,
      entryBytes: 16,
    },
    { name: '.strtab', type: SECTION.strtab, flags: 0, address: 0, bytes: names.finish(), align: 1 },
  ];
}

/** Writes an executable file of sections, with a segment for each that is loaded. Section 0 is added. */
export function executableElf(sections: readonly Section[], entry: number): Uint8Array {
  const names = new ByteWriter().u8(0);
  const nameAt = new Map<Section, number>();
  const own: Section = {
    name: '.shstrtab',
    type: SECTION.strtab,
    flags: 0,
    address: 0,
    bytes: new Uint8Array(0),
    align: 1,
  };
  const all = [...sections, own];
  for (const s of all) {
    nameAt.set(s, names.length);
    names.string(s.name);
  }
  own.bytes = names.finish();
  const loaded = sections.filter((s) => (s.flags & SECTION.alloc) !== 0);
  const body = new ByteWriter(1 << 20).zeros(ELF.headerBytes + ELF.segmentBytes * loaded.length);
  const at = new Map<Section, number>();
  for (const s of all) {
    if ((s.flags & SECTION.alloc) === 0) body.align(s.align);
    else body.zeros((s.address - body.length) & 0xfff);
    at.set(s, body.length);
    body.bytes(s.bytes);
  }
  body.align(4);
  const sectionsAt = body.length;
  body.zeros(ELF.sectionBytes);
  for (const s of all) {
    body.u32(nameAt.get(s)!).u32(s.type).u32(s.flags).u32(s.address).u32(at.get(s)!);
    body
      .u32(s.size ?? s.bytes.length)
      .u32(s.link ?? 0)
      .u32(s.info ?? 0);
    body.u32(s.align).u32(s.entryBytes ?? 0);
  }
  const head = new ByteWriter();
  elfHeader(head, {
    type: ELF.typeExecutable,
    entry,
    segmentsAt: ELF.headerBytes,
    segments: loaded.length,
    sectionsAt,
    sections: all.length + 1,
    names: all.length,
  });
  for (const s of loaded) segmentHeader(head, segmentOf(s, at.get(s)!));
  const file = body.finish();
  file.set(head.finish());
  return file;
}

function segmentOf(s: Section, offset: number): Segment {
  const write = (s.flags & SECTION.write) !== 0 ? SEGMENT.write : 0;
  const execute = (s.flags & SECTION.execute) !== 0 ? SEGMENT.execute : 0;
  return {
    type: ELF.loadSegment,
    flags: SEGMENT.read | write | execute,
    offset,
    address: s.address,
    physical: 0,
    fileBytes: s.bytes.length,
    memoryBytes: s.size ?? s.bytes.length,
    align: 0x1000,
  };
}
