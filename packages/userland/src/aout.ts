/**
 * Executable files for programs written in TypeScript: a.out as the kernel's sys/imgact.h.ts describes, whose text names the
 * program. The host finds the program by that name when the process enters it.
 */
export const TEXT_ADDR = 0x1000;
export const NAME_ADDR = TEXT_ADDR + 32;
export const ENTRY_ADDR = TEXT_ADDR + 0x80;
const PAGE = 4096;
const MIDMAG = 0x008600cc;
/** Where a program finds its scratch memory: behind text and one page of data. */
export const TEXT_BYTES = 4 * PAGE;
export const DATA_ADDR = TEXT_ADDR + TEXT_BYTES;
export const DATA_BYTES = PAGE;
export const BSS_ADDR = DATA_ADDR + DATA_BYTES;
export const BSS_BYTES = 64 * 1024;
export const HEAP_ADDR = BSS_ADDR + BSS_BYTES;

/** Bytes of the executable of program `name`. The text after the name is filler that differs from page to page. */
export function makeExecutable(name: string): Uint8Array {
  const file = new Uint8Array(TEXT_BYTES + DATA_BYTES);
  const view = new DataView(file.buffer);
  for (let i = 0; i < file.length; i += 4)
    view.setUint32(i, (0x90909090 ^ Math.imul(i, 0x01000193)) >>> 0, true);
  const header = [MIDMAG, TEXT_BYTES, DATA_BYTES, BSS_BYTES, 0, ENTRY_ADDR, 0, 0];
  header.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  file.set(new TextEncoder().encode(`${name}\0`), NAME_ADDR - TEXT_ADDR);
  return file;
}
