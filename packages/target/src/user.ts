import { kernelConstants } from './constants.js';
import { type Boundary, describeFrame, type TraceItem } from './frames.js';
import { Memory } from './memory.js';
import { SymbolTable } from './symbols.js';
import { BadAddress, type Target, type TargetCpu } from './target.js';

const K = kernelConstants('EXEC_HDR_SIZE', 'EXEC_TEXT_ADDR', 'PAGE_SIZE', 'PG_V', 'VM_MAXUSER_ADDRESS');
/** From ebp to the first argument. */
const ARGUMENTS = 8;
const MAX_FRAMES = 1024;

/**
 * Symbols of the program whose text the two words identify; undefined if this program has never heard of it.
 */
export type ProgramSymbols = (first: number, second: number) => SymbolTable | undefined;

/**
 * A process's address space in user mode, with the symbols of the program that it executes: what is in memory
 * of it. A page that is on disk, or was never touched, is not mapped.
 */
export class UserSpace implements Target {
  readonly symbols: SymbolTable;
  readonly memory: Memory;
  private readonly directory: number;
  private readonly constants: ReturnType<typeof K>;

  /**
   * @param p address of the process's struct proc
   * @throws BadAddress if the process has no address space, or what identifies its text is not in memory
   */
  constructor(
    private readonly kernel: Memory,
    p: number,
  ) {
    this.constants = K(kernel);
    const { EXEC_HDR_SIZE, EXEC_TEXT_ADDR } = this.constants;
    // Behind the header of the executable file.
    const identity = EXEC_TEXT_ADDR + EXEC_HDR_SIZE;
    if (kernel.field('proc', p, 'p_vmspace') === 0) throw new BadAddress(identity);
    this.directory = kernel.field('proc', p, 'p_vmspace.vm_pmap.pm_pdir') >>> 0;
    this.memory = new Memory(this);
    const found = kernel.target.programs?.(this.memory.i32(identity), this.memory.i32(identity + 4));
    this.symbols = found ?? new SymbolTable({ ...kernel.symbols.image, symbols: [], sites: [] });
  }

  read(va: number, length: number): Uint8Array {
    const { PAGE_SIZE } = this.constants;
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = (va + done) >>> 0;
      const pa = this.physical(at);
      if (pa === undefined) return out.subarray(0, done);
      const n = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
      const bytes = this.kernel.target.readPhysical(pa, n);
      out.set(bytes, done);
      if (bytes.length < n) return out.subarray(0, done + bytes.length);
      done += n;
    }
    return out;
  }

  /** Where an address lies in physical memory, by the process's own page tables. */
  private physical(va: number): number | undefined {
    const { PAGE_SIZE, PG_V, VM_MAXUSER_ADDRESS } = this.constants;
    if (this.directory === 0 || va >= VM_MAXUSER_ADDRESS >>> 0) return undefined;
    const { target } = this.kernel;
    const pde = word(target.read(this.directory + 4 * (va >>> 22), 4));
    if ((pde & PG_V) === 0) return undefined;
    const pte = word(target.readPhysical(((pde & -PAGE_SIZE) >>> 0) + 4 * ((va >>> 12) & 1023), 4));
    return (pte & PG_V) === 0 ? undefined : ((pte & -PAGE_SIZE) >>> 0) + (va % PAGE_SIZE);
  }

  write(va: number): never {
    throw new BadAddress(va);
  }

  readPhysical(pa: number, length: number): Uint8Array {
    return this.kernel.target.readPhysical(pa, length);
  }

  get ramBytes(): number {
    return this.kernel.target.ramBytes;
  }

  get cpu(): TargetCpu {
    return this.kernel.target.cpu;
  }

  get cpus(): readonly TargetCpu[] {
    return this.kernel.target.cpus;
  }
}

/** An entry of a page table; 0 where there is none. */
const word = (bytes: Uint8Array): number =>
  bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);

/**
 * The registers beyond those of the trap frame that a process was in user mode with (struct xregs,
 * i386/frame.h.ts).
 */
function moreRegisters(kernel: Memory, { frame }: Boundary): number[] {
  const at = frame + kernel.symbols.struct('trapframe').size;
  const count = Math.min(kernel.field('xregs', at, 'xr_count'), kernel.symbols.constant('XREGS_MAX'));
  const regs = kernel.address('xregs', at, 'xr_regs');
  return Array.from({ length: count }, (_, i) => kernel.u32(regs + 4 * i));
}

/**
 * Walks a process's stack in user mode from where it entered the kernel. A function that the kernel was
 * entered in before it had a frame has its return address and arguments in registers.
 */
export function* walkUserStack(
  space: UserSpace,
  kernel: Memory,
  boundary: Boundary,
  limit = MAX_FRAMES,
): Generator<TraceItem> {
  const { memory } = space;
  const registers = moreRegisters(kernel, boundary);
  let { eip: pc, ebp: fp } = boundary;
  let left = Math.min(limit, MAX_FRAMES);
  try {
    const near = space.symbols.nearest(pc);
    if (near?.offset === 0 && near.symbol.kind === 'text' && registers.length > 0) {
      const [back, ...args] = registers;
      const inRegisters = new Map(args.map((word, i) => [ARGUMENTS + 4 * i, word]));
      yield { frame: { function: near.symbol.name, offset: 0, pc, fp: 0, args, inRegisters } };
      left--;
      pc = back!;
      if (pc === 0) return;
    } else if (near !== undefined && left > 0) {
      const row = near.symbol.registers?.find(([at]) => at! >>> 0 === pc) ?? [];
      const inRegisters = new Map(row.slice(1).map((place, i) => [place, registers[i] ?? 0]));
      yield { frame: { ...describeFrame(memory, pc, fp, true), inRegisters } };
      left--;
      pc = memory.u32(fp + 4);
      fp = memory.u32(fp);
    }
    for (; left > 0 && pc !== 0; left--) {
      yield { frame: describeFrame(memory, pc, fp, fp !== 0) };
      if (fp === 0) return;
      const next = memory.u32(fp);
      pc = memory.u32(fp + 4);
      if (next !== 0 && next <= fp && pc !== 0) {
        yield { note: `frame pointer ${next.toString(16)} leads back into the stack` };
        return;
      }
      fp = next;
    }
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    yield { bad: error.address >>> 0 };
  }
}
