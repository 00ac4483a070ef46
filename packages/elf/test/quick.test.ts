import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { expect, it } from 'vitest';
import { symbolFile } from '../src/index.js';

it('an ELF file of this machine, in which symbols have the addresses of the image', () => {
  const symbols = new SymbolTable(loadImage());
  const file = symbolFile(symbols, { name: 'kernel', sources: '/src', producer: 'kcc' });
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  expect(new TextDecoder('latin1').decode(file.subarray(0, 4))).toBe('\x7fELF');
  // 32 bits, low byte first, of an i386.
  expect([file[4], file[5], view.getUint16(18, true)]).toEqual([1, 1, 3]);
  const headers = Array.from({ length: view.getUint16(48, true) }, (_, i) => {
    const word = (n: number): number =>
      view.getUint32(view.getUint32(32, true) + i * view.getUint16(46, true) + 4 * n, true);
    return { type: word(1), offset: word(4), bytes: word(5), link: word(6) };
  });
  const table = headers.find(({ type }) => type === 2)!;
  const strings = headers[table.link]!.offset;
  const found = new Map<string, number>();
  for (let at = table.offset; at < table.offset + table.bytes; at += 16) {
    const from = strings + view.getUint32(at, true);
    const name = new TextDecoder('latin1').decode(file.subarray(from, file.indexOf(0, from)));
    found.set(name, view.getUint32(at + 4, true));
  }
  for (const name of ['vm_fault', 'curproc', 'panic', 'kernel_map'])
    if (symbols.image.symbols.some((s) => s.name === name))
      expect(found.get(name), name).toBe(symbols.address(name) >>> 0);
  expect(symbols.image.symbols.filter((s) => !found.has(s.name))).toEqual([]);
});
