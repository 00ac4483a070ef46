import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { coreFile, DumpError, openDump, sparseBytes } from '../src/index.js';

/* Cores with damages that tools/fuzz has found: they are refused, in one line. */

const system = createSystem(await loadKernel(), { ramBytes: 4 << 20, swapBytes: 0, command: 'sleep 100' });
const { symbols } = system;
let core: Uint8Array;

beforeAll(() => {
  system.machine.run(2e9);
  core = sparseBytes(coreFile(system.target));
});

/** Segments of a core, as its table has them. */
function segments(): { type: number; offset: number; address: number; physical: number; bytes: number }[] {
  const view = new DataView(core.buffer);
  return Array.from({ length: view.getUint16(44, true) }, (_, i) => {
    const word = (n: number): number => view.getUint32(view.getUint32(28, true) + 32 * i + 4 * n, true);
    return { type: word(0), offset: word(1), address: word(2), physical: word(3), bytes: word(4) };
  });
}

describe('a damaged core', () => {
  it('opens when it is not damaged', () => {
    expect(openDump(core, symbols).kind).toBe('core');
  });

  it.each([0xfffffff4, 0xfffffffd, 0x80000000])('a note of %i bytes of owner is no note', (owner) => {
    const damaged = core.slice();
    const note = segments().find(({ type }) => type === 4)!;
    new DataView(damaged.buffer).setUint32(note.offset, owner, true);
    expect(() => openDump(damaged, symbols)).toThrow(DumpError);
    expect(() => openDump(damaged, symbols)).toThrow(/^a core file, but of no machine of this kind/);
  });

  it('without the memory that tells where the kernel stood is refused, with the address', () => {
    const at = symbols.address('ddb_regs') >>> 0;
    const segment = segments().find((s) => s.type === 1 && s.address <= at && at < s.address + s.bytes)!;
    const cut = core.slice(0, segment.offset + (at - segment.address));
    expect(() => openDump(cut, symbols)).toThrow(DumpError);
    expect(() => openDump(cut, symbols)).toThrow(
      /^core: cut short: .*; where the kernel stood is not in it \(address 0x/,
    );
  });
});
