import { kernelFlags, latin1Text, type SymbolTable } from '@trap12/target';
import { DumpedMemory } from './dump-target.js';
import type { CpuFacts, MachineFacts } from './facts.js';
import { DumpError, type Opened } from './opened.js';

const K = kernelFlags(
  'KDH_',
  'COMPLETE',
  'FULL',
  'GROUP',
  'MAGIC0',
  'MAGIC1',
  'MINI',
  'SAVED',
  'SECTOR',
  'STARTED',
  'VERSION',
);

const SECTOR_BYTES = 512;
const PAGE = 4096;

/** What the header of a kernel's own dump says (sys/kerneldump.h.ts). */
export interface KernelDumpHeader {
  form: 'full' | 'mini';
  state: 'started' | 'complete' | 'saved';
  /** First sector of the disk, and how many */
  blkno: number;
  count: number;
  pages: number;
  ramBytes: number;
  sum: number;
  /** Seconds since 1970 of the machine's clock */
  time: number;
  cr3: number;
  cpuId: number;
  panic: string;
  release: string;
}

/** Reads a disk's sectors. */
export type ReadSector = (sector: number) => Uint8Array;

/** Is this the beginning of a kernel's dump? */
export function isKernelDump(bytes: Uint8Array, symbols: SymbolTable): boolean {
  if (bytes.length < 8) return false;
  const view = viewOf(bytes);
  const { MAGIC0, MAGIC1 } = K({ symbols });
  return view.getUint32(0, true) === MAGIC0 >>> 0 && view.getUint32(4, true) === MAGIC1 >>> 0;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function sumOf(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let sum = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum = (sum + view.getUint32(at, true)) >>> 0;
  return sum;
}

/**
 * Reads the header of a dump.
 * @throws DumpError if it is none, damaged, or of another version
 */
export function readHeader(sector: Uint8Array, symbols: SymbolTable): KernelDumpHeader {
  if (!isKernelDump(sector, symbols)) throw new DumpError('there is no header of a crash dump');
  if (sector.length < SECTOR_BYTES) throw new DumpError('it ends within the header');
  const view = viewOf(sector);
  const at = (field: string): number => symbols.offset('kerneldumpheader', `kdh_${field}`);
  const word = (field: string): number => view.getUint32(at(field), true);
  const { COMPLETE, MINI, SAVED, VERSION } = K({ symbols });
  if (sumOf(sector.subarray(0, SECTOR_BYTES)) !== 0)
    throw new DumpError('the header is damaged: its words do not add up');
  if (word('version') !== VERSION)
    throw new DumpError(`the header is of version ${word('version')}, not ${VERSION}`);
  const text = (field: string): string =>
    latin1Text(sector.subarray(at(field), at(field) + 128)).replace(/\0.*$/s, '');
  const state = word('state');
  return {
    form: word('form') === MINI ? 'mini' : 'full',
    state: state === SAVED ? 'saved' : state === COMPLETE ? 'complete' : 'started',
    blkno: word('blkno'),
    count: word('count'),
    pages: word('pages'),
    ramBytes: word('ramsize'),
    sum: word('sum'),
    time: word('time'),
    cr3: word('cr3'),
    cpuId: word('cpuid'),
    panic: text('panic'),
    release: text('release').trimEnd(),
  };
}

/**
 * Takes a dump off a disk, as savecore(8) does: the header, then the dump.
 * @throws DumpError if there is none
 */
export function savecore(read: ReadSector, sectors: number, symbols: SymbolTable): Uint8Array {
  const sector = K({ symbols }).SECTOR;
  if (sector >= sectors) throw new DumpError('the disk is too small to have a dump');
  const first = read(sector);
  const header = readHeader(first, symbols);
  if (header.blkno + header.count > sectors)
    throw new DumpError(
      `the header says that the dump ends at sector ${header.blkno + header.count} of ${sectors}`,
    );
  const out = new Uint8Array(SECTOR_BYTES * (header.count + 1));
  out.set(first);
  for (let i = 0; i < header.count; i++) out.set(read(header.blkno + i), SECTOR_BYTES * (i + 1));
  return out;
}

/** Reads the file that savecore() makes. What is missing or damaged is said; the rest is there. */
export function openKernelDump(bytes: Uint8Array, symbols: SymbolTable): Opened {
  const header = readHeader(bytes.subarray(0, SECTOR_BYTES), symbols);
  const problems: string[] = [];
  const data = bytes.subarray(SECTOR_BYTES, SECTOR_BYTES * (1 + header.count));
  const kilobytes = (n: number): string => `${Math.floor(n / 1024)} KB`;
  if (header.state === 'started')
    problems.push(
      'the kernel did not get to the end of the dump: what it did not write is what was on the disk before',
    );
  if (data.length < SECTOR_BYTES * header.count)
    problems.push(
      `cut short: ${kilobytes(data.length)} of ${kilobytes(SECTOR_BYTES * header.count)} are there`,
    );
  else if (sumOf(data) !== header.sum && header.state !== 'started')
    problems.push('damaged: the contents do not have the sum that the header tells');
  const memory = memoryOf(header.ramBytes);
  if (header.form === 'full') memory.put(0, data);
  else putGroups(memory, data, K({ symbols }).GROUP, problems);
  const { form, panic, release, time } = header;
  return {
    kind: form === 'full' ? 'full dump' : 'minidump',
    memory,
    facts: factsOf(header, symbols),
    problems,
    panic,
    release,
    time,
  };
}

/** @throws DumpError if no machine has so much memory */
export function memoryOf(ramBytes: number): DumpedMemory {
  try {
    return new DumpedMemory(ramBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new DumpError(`damaged: ${error.message}`);
    throw error;
  }
}

/** Groups of pages: a page with their number and places, then the pages. */
function putGroups(memory: DumpedMemory, data: Uint8Array, most: number, problems: string[]): void {
  const view = viewOf(data);
  let at = 0;
  while (at + PAGE <= data.length) {
    const count = view.getUint32(at, true);
    if (count === 0 || count > most) {
      problems.push(`damaged: at ${at / 1024} KB there should be the table of a group of pages`);
      return;
    }
    for (let i = 1; i <= count; i++) {
      const pa = view.getUint32(at + 4 * i, true);
      const page = data.subarray(at + PAGE * i, at + PAGE * (i + 1));
      if (pa % PAGE === 0 && pa < memory.ram.bytes) memory.put(pa, page);
      else problems.push(`damaged: a page of physical address 0x${pa.toString(16)}`);
    }
    at += PAGE * (count + 1);
  }
}

/** The processor that dumped. The others stood still meanwhile; what they had loaded is not in the dump. */
function factsOf(header: KernelDumpHeader, symbols: SymbolTable): MachineFacts {
  const pcpu = symbols.address('__globaldata') + header.cpuId * symbols.struct('pcpu').size;
  const cpu: CpuFacts = { id: header.cpuId, cr3: header.cr3, pcpu, registers: undefined };
  return {
    hash: '',
    ramBytes: header.ramBytes,
    cpus: [cpu],
    stopped: header.cpuId,
    partial: header.form === 'mini',
  };
}
