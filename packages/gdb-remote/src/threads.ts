import { registersOf, threadNumber, threads } from '@trap12/dump';
import {
  BadAddress,
  calledWith,
  commandName,
  entryFromUser,
  kernelConstants,
  keptRegisters,
  type Memory,
  type RegisterName,
  standAt,
  type StoppedCpu,
  stoppedPcpu,
  stopRegisters,
  type UserStand,
  userStand,
  walkStack,
} from '@trap12/target';

const K = kernelConstants(
  ...(['PAGE_SIZE', 'PG_FRAME', 'PG_PS', 'PG_V', 'PTDPTDI', 'PS_INMEM', 'SMTX', 'SSLEEP'] as const),
  ...(['UPAGES', 'VM_MAXUSER_ADDRESS'] as const),
);
const STATES = kernelConstants('SIDL', 'SRUN', 'SSLEEP', 'SSTOP', 'SZOMB', 'SWAIT', 'SMTX');

/** A process, as gdb sees it. */
export interface Thread {
  id: number;
  /** Its struct proc; 0 where there is none yet */
  p: number;
}

/** Where a thread stands: what is known of its registers. */
export type KnownRegisters = Partial<Record<RegisterName, number>>;

/** What cpu_switch leaves, beside the segment registers, which are always the kernel's. */
const SWITCHED: readonly RegisterName[] = ['eip', 'esp', 'ebp', 'efl', 'cs', 'ss', 'ds', 'es', 'fs'];
const PDE_SHIFT = 22;

/** The processor that stopped. */
interface Stopped {
  readonly cpu: StoppedCpu;
  readonly current: Thread;
  /**
   * What gdb is to find on the stack where the thread stands at the beginning of a program's function: there
   * return address and arguments are still in registers
   */
  readonly pushed: Stored | undefined;
}

/** Bytes at an address. */
export interface Stored {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What was read from an address, with other bytes over it. */
export function overlaid(va: number, bytes: Uint8Array, over: Stored): Uint8Array {
  const from = Math.max(va, over.at);
  const to = Math.min(va + bytes.length, over.at + over.bytes.length);
  if (from >= to) return bytes;
  const out = bytes.slice();
  out.set(over.bytes.subarray(from - over.at, to - over.at), from - va);
  return out;
}

/**
 * The processes of a machine that stands, as threads. Which one stopped is looked for once, until forget().
 */
export class Threads {
  private stopped: Stopped | undefined;

  constructor(private readonly memory: Memory) {}

  /** The machine has gone on, or its memory was changed. */
  forget(): void {
    this.stopped = undefined;
  }

  private stop(): Stopped {
    if (this.stopped === undefined) {
      const { memory } = this;
      const registers = stopRegisters(memory);
      const cpu = { registers, pcpu: stoppedPcpu(memory, registers) };
      const current = this.threadOf(memory.field('pcpu', cpu.pcpu, 'curproc'));
      this.stopped = { cpu, current, pushed: this.pushed(cpu) };
    }
    return this.stopped;
  }

  private threadOf(p: number): Thread {
    const { memory } = this;
    try {
      return { id: threadNumber(memory, p), p };
    } catch (error) {
      if (!(error instanceof BadAddress)) throw error;
      // What the kernel calls its process is none.
      return { id: threadNumber(memory, 0), p: 0 };
    }
  }

  /** The one that stopped. */
  current(): Thread {
    return this.stop().current;
  }

  /** All of them, that one first. */
  all(): Thread[] {
    const current = this.current();
    return [current, ...threads(this.memory, current.p).map(({ p, pid }) => ({ id: pid, p }))];
  }

  find(id: number): Thread | undefined {
    const current = this.current();
    return id === current.id ? current : this.all().find((t) => t.id === id);
  }

  /** Registers by name; none if the thread's stack is not in memory. */
  registers({ p }: Thread): KnownRegisters {
    const { memory } = this;
    const { cpu, current } = this.stop();
    const all = p === current.p ? cpu.registers : registersOf(memory, p, cpu);
    if (all === undefined) return {};
    const kept: Iterable<RegisterName> = p === current.p ? keptRegisters(memory, all) : SWITCHED;
    const known: KnownRegisters = Object.fromEntries([...kept].map((name) => [name, all[name]]));
    const pushed = p === current.p ? this.stop().pushed : undefined;
    return pushed === undefined ? known : { ...known, esp: pushed.at };
  }

  /** Where a process stands in its program, or came from there into the kernel. */
  userStand(p: number): UserStand | undefined {
    const { memory } = this;
    const { cpu, current } = this.stop();
    const stands = p === current.p ? userStand(memory, cpu.registers, cpu.pcpu) : undefined;
    const registers = p === current.p ? cpu.registers : registersOf(memory, p, cpu);
    if (stands !== undefined || registers === undefined) return stands;
    const { eip, ebp, esp } = registers;
    const entry = entryFromUser(walkStack(memory, eip, ebp, undefined, p === current.p ? esp : undefined));
    return entry && standAt(memory, p, entry);
  }

  private pushed(cpu: StoppedCpu): Stopped['pushed'] {
    const stand = userStand(this.memory, cpu.registers, cpu.pcpu);
    const words = stand && calledWith(this.memory, stand);
    if (words === undefined) return undefined;
    return {
      at: cpu.registers.esp - 4 * words.length,
      bytes: new Uint8Array(Uint32Array.from(words).buffer),
    };
  }

  name({ p }: Thread): string {
    return p === 0 ? 'boot' : commandName(this.memory, p);
  }

  /** Its state, and what it waits for. */
  state({ p }: Thread): string {
    if (p === 0) return '';
    const { memory } = this;
    const get = (field: string): number => memory.field('proc', p, field);
    const { PS_INMEM, SMTX, SSLEEP } = K(memory);
    const stat = get('p_stat');
    const words = [Object.entries(STATES(memory)).find(([, value]) => value === stat)?.[0] ?? `stat ${stat}`];
    if (stat === SSLEEP && get('p_wchan') !== 0) words.push(memory.string(get('p_wmesg'), 16));
    if (stat === SMTX) words.push(`mutex ${memory.string(get('p_mtxname'), 16)}`);
    if ((get('p_sflag') & PS_INMEM) === 0) words.push('swapped out');
    return words.join(' ');
  }

  /**
   * Is what a thread has at an address what the processor that stopped has there? The kernel's part is
   * everybody's.
   */
  sees(thread: Thread, va: number): boolean {
    return va >>> PDE_SHIFT >= K(this.memory).PTDPTDI || thread.p === this.current().p;
  }

  /**
   * Does an address lie in the unused part of a thread's stack, below `esp`? Nobody has anything there but a
   * gdb that prepares a call, which cannot be made.
   */
  belowStack({ p }: Thread, esp: number | undefined, va: number): boolean {
    if (esp === undefined || va >= esp) return false;
    const { memory } = this;
    const { UPAGES, PAGE_SIZE, VM_MAXUSER_ADDRESS } = K(memory);
    // The first stack of all has no process.
    if (p === 0) return va >= esp - UPAGES * PAGE_SIZE;
    const bottom =
      esp >= VM_MAXUSER_ADDRESS >>> 0
        ? memory.field('proc', p, 'p_addr') + memory.symbols.struct('user').size
        : memory.field('proc', p, 'p_vmspace.vm_maxsaddr');
    return va >= bottom >>> 0;
  }

  /**
   * Bytes of memory as a thread sees it: below the kernel's part each process has its own. Fewer than asked
   * for where the mapping ends.
   */
  read(thread: Thread, va: number, length: number): Uint8Array {
    const { memory } = this;
    const { PAGE_SIZE } = K(memory);
    if (this.sees(thread, va)) return this.withPushed(va, memory.target.read(va, length));
    const directory = this.directory(thread.p);
    const out = new Uint8Array(length);
    let done = 0;
    while (directory !== 0 && done < length) {
      const at = va + done;
      const pa = this.physical(directory, at);
      if (pa === undefined) break;
      const n = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const bytes = memory.target.readPhysical(pa, n);
      out.set(bytes, done);
      done += bytes.length;
      if (bytes.length < n) break;
    }
    return out.subarray(0, done);
  }

  private withPushed(va: number, bytes: Uint8Array): Uint8Array {
    const { pushed } = this.stop();
    return pushed === undefined ? bytes : overlaid(va, bytes, pushed);
  }

  /** Address of the page directory of a process; 0: it has none. */
  private directory(p: number): number {
    try {
      return p === 0 ? 0 : this.memory.field('proc', p, 'p_vmspace.vm_pmap.pm_pdir');
    } catch (error) {
      if (error instanceof BadAddress) return 0;
      throw error;
    }
  }

  private physical(directory: number, va: number): number | undefined {
    const { PAGE_SIZE, PG_FRAME, PG_PS, PG_V } = K(this.memory);
    const frame = PG_FRAME >>> 0;
    const { target } = this.memory;
    const entry = (bytes: Uint8Array): number =>
      bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const pde = entry(target.read(directory + 4 * (va >>> PDE_SHIFT), 4));
    if ((pde & PG_V) === 0 || (pde & PG_PS) !== 0) return undefined;
    const table = (pde & frame) >>> 0;
    const pte = entry(target.readPhysical(table + 4 * ((va / PAGE_SIZE) & 1023), 4));
    return (pte & PG_V) === 0 ? undefined : ((pte & frame) >>> 0) + (va & (PAGE_SIZE - 1));
  }
}
