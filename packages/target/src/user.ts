import { kernelConstants } from './constants.js';
import { type Boundary, describeFrame, type TraceItem } from './frames.js';
import { Memory } from './memory.js';
import { inUserMode, type Registers } from './registers.js';
import { SymbolTable } from './symbols.js';
import { BadAddress, type Target, type TargetCpu } from './target.js';

const K = kernelConstants(
  'EXEC_HDR_SIZE',
  'EXEC_TEXT_ADDR',
  'PAGE_SIZE',
  'PG_V',
  'T_TRCTRAP',
  'VM_MAXUSER_ADDRESS',
);
/** From ebp to the first argument. */
const ARGUMENTS = 8;
const MAX_FRAMES = 1024;

/** What identifies the text of a program: two words behind the header of its executable file. */
export type ProgramIdentity = readonly [first: number, second: number];

/** A program that debuggers know. */
export interface KnownProgram {
  readonly name: string;
  readonly identity: ProgramIdentity;
  readonly symbols: SymbolTable;
}

/** The programs that debuggers know. */
export interface Programs {
  /** The one whose text the two words identify; undefined if nobody has heard of it. */
  identified(first: number, second: number): KnownProgram | undefined;
  /** The one of that name in /bin or /sbin; undefined if there is none, or nobody has kept its symbols. */
  named(name: string): KnownProgram | undefined;
  readonly names: readonly string[];
}

/**
 * A process's address space in user mode, with the symbols of the program that it executes: what is in memory
 * of it. A page that is on disk, or was never touched, is not mapped.
 */
export class UserSpace implements Target {
  readonly symbols: SymbolTable;
  readonly memory: Memory;
  /** What it executes; undefined: nobody has heard of it */
  readonly program: KnownProgram | undefined;
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
    const first = this.memory.i32(identity);
    this.program = kernel.target.programs?.identified(first, this.memory.i32(identity + 4));
    this.symbols =
      this.program?.symbols ?? new SymbolTable({ ...kernel.symbols.image, symbols: [], sites: [] });
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
export function moreRegisters(kernel: Memory, { frame }: Boundary): number[] {
  const at = frame + kernel.symbols.struct('trapframe').size;
  const count = Math.min(kernel.field('xregs', at, 'xr_count'), kernel.symbols.constant('XREGS_MAX'));
  const regs = kernel.address('xregs', at, 'xr_regs');
  return Array.from({ length: count }, (_, i) => kernel.u32(regs + 4 * i));
}

/** What addresses are called. */
export type Names = Pick<SymbolTable, 'nearest' | 'site'>;

/** The kernel's names, and beside them those of a program for its addresses, as `PROGRAM:symbol`. */
export function namesWith(kernel: SymbolTable, program: KnownProgram | undefined): Names {
  if (program === undefined) return kernel;
  const { VM_MAXUSER_ADDRESS } = K({ symbols: kernel });
  const isUser = (address: number): boolean => address >>> 0 < VM_MAXUSER_ADDRESS >>> 0;
  const { name, symbols } = program;
  return {
    site: (address) => (isUser(address) ? symbols : kernel).site(address),
    nearest(address) {
      if (!isUser(address)) return kernel.nearest(address);
      const near = symbols.nearest(address);
      return near && { ...near, symbol: { ...near.symbol, name: `${name}:${near.symbol.name}` } };
    },
  };
}

/** A process that stands in user mode: its space, and where it stands, as a trap's frame has it. */
export interface UserStand {
  readonly space: UserSpace;
  readonly boundary: Boundary;
}

/**
 * Where the running process stands in its program, if the machine stands in user mode; undefined: in the
 * kernel, or what identifies its text is not in memory.
 * @param pcpu struct pcpu of the CPU that stopped
 */
export function userStand(memory: Memory, registers: Registers, pcpu: number): UserStand | undefined {
  if (!inUserMode(memory, registers)) return undefined;
  const { eip, esp, ebp } = registers;
  const trapno = K(memory).T_TRCTRAP;
  try {
    const p = memory.field('pcpu', pcpu, 'curproc');
    const frame = memory.field('proc', p, 'p_md_regs') >>> 0;
    return standAt(memory, p, { kind: 'trap', trapno, eip, esp, ebp, frame, user: true });
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}

/** A process at a place of its program; undefined: what identifies its text is not in memory. */
export function standAt(memory: Memory, p: number, boundary: Boundary): UserStand | undefined {
  try {
    return { space: new UserSpace(memory, p), boundary };
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}

/** Where a process came into the kernel from its program, by its stack; undefined: it did not. */
export function entryFromUser(items: Iterable<TraceItem>): Boundary | undefined {
  for (const item of items) if ('boundary' in item && item.boundary.user) return item.boundary;
  return undefined;
}

/**
 * What the function that a process stands at the beginning of was called with: return address and arguments.
 * They are in registers, and will be pushed by its first instructions. Undefined: it stands elsewhere.
 */
export function calledWith(kernel: Memory, { space, boundary }: UserStand): number[] | undefined {
  const near = space.symbols.nearest(boundary.eip);
  if (near?.offset !== 0 || near.symbol.kind !== 'text') return undefined;
  const registers = moreRegisters(kernel, boundary);
  return registers.length === 0 ? undefined : registers;
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
    const called = calledWith(kernel, { space, boundary });
    if (near !== undefined && called !== undefined) {
      const [back, ...args] = called;
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
