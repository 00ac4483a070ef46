import type { Execution } from './execution.js';
import type { SymbolTable } from './symbols.js';
import type { Programs } from './user.js';

/** An access to an address that is not mapped. */
export class BadAddress extends Error {
  constructor(readonly address: number) {
    super(`address 0x${(address >>> 0).toString(16)} is not mapped`);
  }
}

/** What a processor holds of its registers while the machine stands; unsigned. */
export interface CpuRegisters {
  cs: number;
  ds: number;
  es: number;
  fs: number;
  ss: number;
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  esp: number;
  ebp: number;
  esi: number;
  edi: number;
  eip: number;
  efl: number;
}

/**
 * What a TLB holds for one page: physical addresses by the access they serve, -1 where that access would
 * miss.
 */
export interface TlbEntry {
  kernelRead: number;
  kernelWrite: number;
  userRead: number;
  userWrite: number;
}

/** One processor, as far as the target knows it. What it does not know is undefined. */
export interface TargetCpu {
  readonly id: number;
  /** Page directory that it has loaded */
  readonly cr3: number;
  /** Address of its last page fault; undefined: not known, as in a dump */
  readonly cr2?: number;
  /** Address of its struct pcpu */
  readonly pcpu: number | undefined;
  readonly registers: CpuRegisters | undefined;
  /**
   * Looks a page up as the processor's TLB does, without side effects; undefined if its entries are not
   * known.
   */
  readonly tlb: ((va: number) => TlbEntry | undefined) | undefined;
}

/**
 * A machine that stands still, or the dump of one: memory by kernel virtual address, processors, and the
 * facts of the kernel's build. Everything that a debugger shows comes from here.
 */
export interface Target {
  readonly symbols: SymbolTable;
  /** Bytes of memory, fewer than asked for where the mapping ends; none if `va` is not mapped. */
  read(va: number, length: number): Uint8Array;
  /**
   * A little-endian word of it, unsigned; undefined where it is not all mapped. To be had where there is a
   * quicker way than read()
   */
  word?(va: number): number | undefined;
  /** @throws BadAddress where nothing is mapped; what lies before may be written */
  write(va: number, bytes: Uint8Array): void;
  /** Physical memory, for the walks of page tables; fewer bytes where RAM ends */
  readPhysical(pa: number, length: number): Uint8Array;
  readonly ramBytes: number;
  /** The processor that stopped: by its page directory addresses are looked up */
  readonly cpu: TargetCpu;
  /** All processors that are known, `cpu` among them */
  readonly cpus: readonly TargetCpu[];
  /** The programs that processes may execute; undefined: none is known */
  readonly programs?: Programs | undefined;
  /**
   * The same for who looks on while it runs: kernel memory does not go by a page directory that a processor
   * may have lost; undefined: there is no other way than read()
   */
  readonly onlooker?: Target;
  /** How the machine goes on; undefined: it does not */
  readonly execution?: Execution | undefined;
}
