import { imageBytes } from '@trap12/kcc/image.js';
import {
  BadAddress,
  checkNeeds,
  Memory,
  NEED,
  stoppedPcpu,
  stopRegisters,
  type SymbolTable,
} from '@trap12/target';
import { isElf, openCore } from './core-read.js';
import { DumpTarget } from './dump-target.js';
import { isKernelDump, openKernelDump } from './kernel-dump.js';
import { DumpError, type Opened } from './opened.js';
import { signalOf } from './threads.js';

/** A dump, ready for a debugger. */
export interface Dump extends Opened {
  target: DumpTarget;
}

/**
 * Opens a dump of any form over the image of the kernel that it is of.
 * @throws DumpError if it is none, or of another kernel: the message says what is known of it; RangeError for
 * arguments that are something else
 */
export function openDump(bytes: Uint8Array, symbols: SymbolTable): Dump {
  checkNeeds('openDump', { bytes, symbols }, { bytes: NEED.bytes, symbols: NEED.symbols });
  const opened = openAny(bytes, symbols);
  const target = new DumpTarget(symbols, opened.memory, opened.facts);
  const other = otherKernel(opened, target);
  // Nothing of the kernel is left to tell by.
  if (other === NO_TEXT && opened.problems.length > 0)
    throw new DumpError(`${opened.kind}: ${opened.problems.join('; ')}; nothing of the kernel is left`);
  if (other !== undefined) {
    const told =
      opened.panic === undefined || opened.panic === '' ? '' : `; it panicked with "${opened.panic}"`;
    throw new DumpError(`${opened.kind} of another kernel: ${other}${told}`);
  }
  checkStand(opened, target);
  return { ...opened, target };
}

/** A debugger begins where the kernel stood: that much must be in the dump. */
function checkStand({ kind, problems }: Opened, target: DumpTarget): void {
  try {
    const memory = new Memory(target);
    const pcpu = stoppedPcpu(memory, stopRegisters(memory));
    memory.field('pcpu', pcpu, 'curproc');
    signalOf(memory);
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    const all = [...problems, `where the kernel stood is not in it (${error.message})`];
    throw new DumpError(`${kind}: ${all.join('; ')}`);
  }
}

/** Does a file begin as a dump of some form does? @param head its first bytes, 8 at least */
export const isDump = (head: Uint8Array, symbols: SymbolTable): boolean =>
  isElf(head) || isKernelDump(head, symbols);

function openAny(bytes: Uint8Array, symbols: SymbolTable): Opened {
  if (isElf(bytes)) return openCore(bytes);
  if (isKernelDump(bytes, symbols)) return openKernelDump(bytes, symbols);
  throw new DumpError('no crash dump: neither a dump of the kernel nor a core file');
}

const NO_TEXT = 'there is no kernel text where this one has it';

/** What shows that a dump is of another kernel than the image: its hash, or else the text in its memory. */
function otherKernel({ facts }: Opened, target: DumpTarget): string | undefined {
  const { image } = target.symbols;
  if (facts.hash !== '')
    return facts.hash === image.hash ? undefined : `its image is ${facts.hash}, this one ${image.hash}`;
  const text = image.segments.find((s) => s.name === 'text')!;
  const expected = imageBytes(image).subarray(0, text.size);
  const got = target.read(text.address >>> 0, text.size);
  if (got.length === 0) return NO_TEXT;
  for (let i = 0; i < got.length; i++)
    if (got[i] !== expected[i]) {
      const at = ((text.address >>> 0) + i).toString(16);
      return `its text at 0x${at} is not that of this one`;
    }
  return undefined;
}
