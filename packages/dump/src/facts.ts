import { ByteWriter } from '@trap12/elf';
import { PAGE_SIZE } from '@trap12/machine';
import { type CpuRegisters, latin1Text, REGISTER_NAMES, type Target } from '@trap12/target';
import { DumpTarget } from './dump-target.js';

/** Version of the description of a machine that the files of this package hold. */
const FACTS_VERSION = 2;
const HASH_LENGTH = 32;
const NOBODY = 0xffffffff;

/** A processor when the machine stopped; what is not known is undefined. */
export interface CpuFacts {
  id: number;
  cr3: number;
  pcpu: number | undefined;
  registers: CpuRegisters | undefined;
}

/** What a dump tells of its machine beside memory. */
export interface MachineFacts {
  /** Hash of the kernel's image */
  hash: string;
  ramBytes: number;
  cpus: CpuFacts[];
  /** Number of the CPU that stopped */
  stopped: number;
  /** Is not all of its memory there? */
  partial: boolean;
}

/** What is kept of a target beside its memory. */
export function factsOf(target: Target): MachineFacts {
  const { hash } = target.symbols.image;
  const cpus = target.cpus.map(({ id, cr3, pcpu, registers }) => ({ id, cr3, pcpu, registers }));
  const partial = target instanceof DumpTarget && target.memory.pages * PAGE_SIZE < target.ramBytes;
  return { hash, ramBytes: target.ramBytes, cpus, stopped: target.cpu.id, partial };
}

/** Facts as the description of a note. */
export function encodeFacts({ hash, ramBytes, cpus, stopped, partial }: MachineFacts): Uint8Array {
  const out = new ByteWriter();
  out
    .u32(FACTS_VERSION)
    .field(hash, HASH_LENGTH + 1)
    .align(4);
  out
    .u32(ramBytes)
    .u32(stopped)
    .u32(partial ? 1 : 0);
  out.u32(cpus.length);
  for (const { id, cr3, pcpu, registers } of cpus) {
    out
      .u32(id)
      .u32(cr3)
      .u32(pcpu ?? NOBODY);
    out.u32(registers === undefined ? 0 : 1);
    for (const name of REGISTER_NAMES) out.u32(registers?.[name] ?? 0);
  }
  return out.finish();
}

/** The inverse of encodeFacts(); undefined if it is of another version or cut short. */
export function decodeFacts(bytes: Uint8Array): MachineFacts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const word = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  try {
    if (word() !== FACTS_VERSION) return undefined;
    const hash = latin1Text(bytes.subarray(4, 4 + HASH_LENGTH)).replace(/\0.*$/s, '');
    at = 4 + HASH_LENGTH + 4;
    const [ramBytes, stopped, partial, count] = [word(), word(), word() === 1, word()];
    const cpus: CpuFacts[] = [];
    for (let i = 0; i < count; i++) {
      const [id, cr3, pcpu, known] = [word(), word(), word(), word()];
      const registers = {} as CpuRegisters;
      for (const name of REGISTER_NAMES) registers[name] = word();
      cpus.push({
        id,
        cr3,
        pcpu: pcpu === NOBODY ? undefined : pcpu,
        registers: known === 1 ? registers : undefined,
      });
    }
    return cpus.some((cpu) => cpu.id === stopped) ? { hash, ramBytes, cpus, stopped, partial } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
