import { imageBytes, type ImageSegment } from '@trap12/kcc/image.js';
import type { SymbolTable } from '@trap12/target';
import { frameSection } from './dwarf/frame.js';
import { debugInfo, type UnitOptions } from './dwarf/info.js';
import { lineSection } from './dwarf/line.js';
import { ByteWriter } from './bytes.js';
import { executableElf, note, SECTION, type Section, symbolSections } from './elf.js';

const BUILD_ID = 3;
/** Where a kernel begins, or a program. */
const ENTRIES = ['begin', '_start', 'start', 'main'];

const FLAGS: Record<ImageSegment['name'], number> = {
  text: SECTION.alloc | SECTION.execute,
  rodata: SECTION.alloc,
  data: SECTION.alloc | SECTION.write,
  bss: SECTION.alloc | SECTION.write,
};

/**
 * A symbol file for debuggers: an executable ELF file for i386 with the text as it is listed, all symbols,
 * and DWARF 4 from the image: lines, types, functions with parameters and locals, frames.
 */
export function symbolFile(symbols: SymbolTable, options: UnitOptions): Uint8Array {
  const { image } = symbols;
  const contents = imageBytes(image);
  const sections: Section[] = image.segments
    .filter((s) => s.size > 0)
    .map((s) => {
      const at = (s.address - image.base) >>> 0;
      const bytes = s.name === 'bss' ? new Uint8Array(0) : contents.subarray(at, at + s.size);
      const type = s.name === 'bss' ? SECTION.nobits : SECTION.progbits;
      const { address, size } = s;
      return {
        name: `.${s.name}`,
        type,
        flags: FLAGS[s.name],
        address: address >>> 0,
        bytes,
        size,
        align: 32,
      };
    });
  const segments = image.segments.filter((s) => s.size > 0).map((s) => s.name);
  const table = image.symbols.map(({ name, address, size, kind }) => ({
    name,
    address: address >>> 0,
    size,
    type: kind === 'text' ? ('function' as const) : ('object' as const),
    section: segments.indexOf(kind) + 1,
  }));
  const debug = debugInfo(symbols, options);
  const unloaded = (name: string, bytes: Uint8Array, align = 1): Section => ({
    name,
    type: SECTION.progbits,
    flags: 0,
    address: 0,
    bytes,
    align,
  });
  sections.push(
    { ...unloaded('.note.gnu.build-id', buildId(image.hash), 4), type: SECTION.note },
    unloaded('.debug_info', debug.info),
    unloaded('.debug_abbrev', debug.abbrev),
    unloaded('.debug_str', debug.strings),
    unloaded('.debug_loc', debug.locations),
    unloaded('.debug_line', lineSection(symbols)),
    unloaded('.debug_frame', frameSection(symbols), 4),
  );
  sections.push(...symbolSections(table, sections.length + 1));
  const entry = ENTRIES.find((name) => symbols.has(name));
  return executableElf(sections, entry === undefined ? 0 : symbols.address(entry));
}

/** A note with the image's hash, by which a file is known to belong to it. */
function buildId(hash: string): Uint8Array {
  const bytes = Uint8Array.from(hash.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  const out = new ByteWriter();
  note(out, 'GNU', BUILD_ID, bytes);
  return out.finish();
}
