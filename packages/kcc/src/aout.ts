import { type KernelImage, imageBytes } from './image.js';

const PAGE = 4096;
/** MID_I386 << 16 | QMAGIC */
const MIDMAG = 0x008600cc;
const HEADER_BYTES = 32;

/**
 * The executable file of a program, as the kernel's sys/imgact.h.ts describes it: demand-paged a.out. Behind
 * the header lies the hash of what it was compiled from, by which the machine finds the code of the text.
 */
export function executableFile(image: KernelImage): Uint8Array {
  const at = (name: string) => image.segments.find((s) => s.name === name) as KernelImage['segments'][number];
  const [data, bss] = [at('data'), at('bss')];
  const textBytes = data.address - image.base;
  const dataBytes = Math.ceil(data.size / PAGE) * PAGE;
  const file = new Uint8Array(textBytes + dataBytes);
  file.set(imageBytes(image));
  const entry = image.symbols.find((s) => s.name === 'start')?.address ?? 0;
  const header = [MIDMAG, textBytes, dataBytes, bss.size, 0, entry, 0, 0];
  const view = new DataView(file.buffer);
  header.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  for (let i = 0; i < image.hash.length / 2; i++)
    file[HEADER_BYTES + i] = Number.parseInt(image.hash.slice(2 * i, 2 * i + 2), 16);
  return file;
}
