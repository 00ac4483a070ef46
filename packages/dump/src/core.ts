import {
  BadAddress,
  checkNeeds,
  commandName,
  kernelConstants,
  loopRegisters,
  Memory,
  NEED,
  type Registers,
  type StoppedCpu,
  stoppedPcpu,
  stopRegisters,
  type Target,
} from '@trap12/target';
import { ByteWriter, ELF, elfHeader, note, SEGMENT, type Segment, segmentHeader } from '@trap12/elf';
import { encodeFacts, factsOf, type MachineFacts } from './facts.js';
import { kernelMappings } from './mappings.js';
import { piecesOf, type SparseFile } from './sparse.js';
import { registersOf, signalOf, threadNumber, threads } from './threads.js';

const K = kernelConstants('PAGE_SIZE');

/** Owner of the notes that debuggers of programs know, and of the one that tells what only a kernel has. */
const CORE = 'CORE';
/** Owner of the note that has what ELF's own notes cannot hold. */
export const OWN_NOTE = 'TRAP12';
/** Its type: MachineFacts. */
export const FACTS_NOTE = 1;
const PRSTATUS = 1;
const PRPSINFO = 3;

/** struct elf_prstatus and elf_prpsinfo of the i386, as debuggers read them. */
const PRSTATUS_BYTES = 144;
const PRPSINFO_BYTES = 124;
const GENERAL_REGISTERS = [
  ...['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'eax', 'ds', 'es', 'fs', 'gs', 'orig_eax', 'eip', 'cs'],
  ...['efl', 'esp', 'ss'],
];

/** Name of the symbol file that a core belongs to. */
export const SYMBOL_FILE = 'kernel.debug';

/**
 * An ELF core file of a machine: all of its memory, the kernel's address space as segments of it, a thread
 * for each process with the registers of where it stands in the kernel. The first thread is the one that
 * stopped. One that has no stack in memory has zeroes for registers.
 * @param inLoop it was taken out of an endless loop of its kernel
 */
export function coreFile(target: Target, inLoop = false): SparseFile {
  checkNeeds('coreFile', { target }, { target: NEED.target });
  const memory = new Memory(target);
  const { PAGE_SIZE } = K(memory);
  const notes = coreNotes(memory, inLoop);
  const mappings = kernelMappings(target);
  const segments = mappings.length + 1;
  if (segments >= ELF.manySegments)
    throw new RangeError(`core: ${segments} pieces of address space, 65534 is the most`);
  const notesAt = ELF.headerBytes + ELF.segmentBytes * segments;
  const ramAt = Math.ceil((notesAt + notes.length) / PAGE_SIZE) * PAGE_SIZE;
  const out = new ByteWriter(ramAt);
  elfHeader(out, {
    type: ELF.typeCore,
    entry: 0,
    segmentsAt: ELF.headerBytes,
    segments,
    sectionsAt: 0,
    sections: 0,
    names: 0,
  });
  const plain = { type: ELF.noteSegment, flags: 0, address: 0, physical: 0, memoryBytes: 0, align: 4 };
  segmentHeader(out, { ...plain, offset: notesAt, fileBytes: notes.length });
  for (const { va, pa, bytes } of mappings) {
    const load: Segment = {
      type: ELF.loadSegment,
      flags: SEGMENT.read | SEGMENT.write | SEGMENT.execute,
      offset: ramAt + pa,
      address: va,
      physical: pa,
      fileBytes: bytes,
      memoryBytes: bytes,
      align: PAGE_SIZE,
    };
    segmentHeader(out, load);
  }
  out.bytes(notes);
  return {
    size: ramAt + target.ramBytes,
    pieces: concat(
      out.finish(),
      piecesOf((at, n) => physical(target, at, n), target.ramBytes, ramAt),
    ),
  };
}

/** Physical memory, with zeroes where a dump has none. */
function physical(target: Target, at: number, length: number): Uint8Array {
  const bytes = target.readPhysical(at, length);
  if (bytes.length === length) return bytes;
  const { PAGE_SIZE } = K(target);
  const out = new Uint8Array(length);
  for (let done = 0; done < length; done += PAGE_SIZE)
    out.set(target.readPhysical(at + done, Math.min(PAGE_SIZE, length - done)), done);
  return out;
}

function* concat(head: Uint8Array, rest: SparseFile['pieces']): SparseFile['pieces'] {
  yield { offset: 0, bytes: head };
  yield* rest;
}

function coreNotes(memory: Memory, inLoop: boolean): Uint8Array {
  const stopped = stopRegisters(memory);
  const registers = inLoop ? loopRegisters(memory, stopped) : stopped;
  const facts = factsOf(memory.target);
  const stop: StoppedCpu = { registers, pcpu: stoppedPcpu(memory, registers) };
  const current = runningProcess(memory, stop);
  const out = new ByteWriter(1 << 16);
  const signal = signalOf(memory);
  note(out, CORE, PRSTATUS, processStatus(threadNumber(memory, current), registers, signal));
  note(out, CORE, PRPSINFO, processInfo(memory, current));
  note(out, OWN_NOTE, FACTS_NOTE, encodeFacts(inLoop ? standing(facts, registers) : facts));
  for (const { p } of threads(memory, current)) {
    const known = registersOf(memory, p, stop);
    note(out, CORE, PRSTATUS, processStatus(threadNumber(memory, p), known, signal));
  }
  return out.finish();
}

/** A machine whose processor that has stopped stands by these registers. */
const standing = (facts: MachineFacts, registers: Registers): MachineFacts => ({
  ...facts,
  cpus: facts.cpus.map((cpu) => (cpu.id === facts.stopped ? { ...cpu, registers } : cpu)),
});

/** The process that ran; 0: there is none, or what it was is not in memory. */
function runningProcess(memory: Memory, { pcpu }: StoppedCpu): number {
  try {
    const current = memory.field('pcpu', pcpu, 'curproc');
    if (current === 0) return 0;
    threadNumber(memory, current);
    commandName(memory, current);
    return current;
  } catch (error) {
    if (error instanceof BadAddress) return 0;
    throw error;
  }
}

function processStatus(pid: number, registers: Registers | undefined, signal: number): Uint8Array {
  const out = new ByteWriter(PRSTATUS_BYTES);
  out.u32(signal).zeros(8).u16(signal).zeros(10).u32(pid).zeros(44);
  const values = { ...registers } as Record<string, number | undefined>;
  for (const name of GENERAL_REGISTERS) out.u32(name === 'orig_eax' ? 0xffffffff : (values[name] ?? 0));
  return out.u32(0).finish();
}

function processInfo(memory: Memory, current: number): Uint8Array {
  const comm = current === 0 ? '' : commandName(memory, current);
  const out = new ByteWriter(PRPSINFO_BYTES).zeros(12);
  out.u32(threadNumber(memory, current)).zeros(12);
  return out.field(SYMBOL_FILE, 16).field(`trap12 kernel, in process "${comm}"`, 80).finish();
}
