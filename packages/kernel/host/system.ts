import type { KernelImage } from '@trap12/kcc/image.js';
import {
  type Decider,
  Machine,
  MachineStop,
  type Observer,
  PTE_A,
  PTE_D,
  PTE_P,
  PTE_W,
  primitives,
  type ProgramLoader,
  R_EBP,
  R_ESP,
  TextLabels,
  UserCpu,
} from '@trap12/machine';
import type { BoundKernel, KernelFunction, KernelModule } from './files.js';
import { frameLayout } from './frame.js';
import type { Regime } from './regime.js';
import { SymbolTable } from './symbols.js';

export const KERNBASE = 0xc0000000;
const PAGE = 4096;
const UPAGES = 2;
const PTDPTDI = 0x2ff;
const KPTDI = 0x300;
/** Length of `call trap` in alltraps: trap() returns behind it. */
const CALL_BYTES = 5;

/** What the machine is and what the kernel is told before it starts. */
export interface BootOptions {
  ramBytes: number;
  ncpu: number;
  /** Size of disk 0, all of it swap, in bytes; 0 for none */
  diskBytes: number;
  seed: number;
  regime: Regime;
  /** The root file system (fs/memfs.h.ts) */
  rootImage: Uint8Array;
  /** Stop in the debugger on a panic; otherwise dump and reboot as BSD does */
  debuggerOnPanic: boolean;
  /** Runs user programs */
  loader: ProgramLoader;
  /** Traffic of the network that the machine is on (machine option of that name) */
  packetsPerSecond?: number;
  /** More kernel variables to set, by name */
  tunables?: Record<string, number>;
}

/** A machine with the kernel in it. */
export class System {
  readonly machine: Machine;
  readonly symbols: SymbolTable;
  readonly functions: Record<string, KernelFunction>;
  private readonly labels = new TextLabels();
  private bootDirectory = 0;
  private doubleFaulted = false;

  /**
   * Puts the kernel into a new machine's memory, as a boot loader does, and sets the first context to run. Nothing runs yet.
   */
  constructor(
    module: KernelModule,
    readonly image: KernelImage,
    readonly options: BootOptions,
  ) {
    this.symbols = new SymbolTable(image);
    const pcpu = this.symbols.address('__globaldata');
    const pcpuSize = this.symbols.struct('pcpu').size;
    this.machine = new Machine({
      ramBytes: options.ramBytes,
      ncpu: options.ncpu,
      diskSectors: Math.floor(options.diskBytes / 512),
      seed: options.seed,
      packetsPerSecond: options.packetsPerSecond ?? 0,
      pcpuAddresses: Array.from({ length: 8 }, (_, i) => (pcpu + i * pcpuSize) | 0),
    });
    this.load();
    const kernel = module.createKernel(primitives(this.machine));
    this.functions = kernel.functions;
    this.setVectors(kernel);
    this.setTunables();
    const proc0 = this.symbols.address('proc0') | 0;
    this.machine.cpu.context = proc0;
    this.machine.setContext(proc0, this.boot());
  }

  /** Places image, root file system, process 0's stack and page tables; enters the tables' facts into kernel variables. */
  private load(): void {
    const { machine, image, options } = this;
    const { ram } = machine;
    for (const segment of image.segments) {
      if (segment.data === '') continue;
      ram.u8.set(Buffer.from(segment.data, 'base64'), (segment.address >>> 0) - KERNBASE);
    }
    let free = roundPage((image.base >>> 0) + image.size - KERNBASE);
    const rootAt = free;
    free = roundPage(free + options.rootImage.length);
    if (free + (1 << 20) > options.ramBytes)
      throw new RangeError(
        `${options.ramBytes >> 20}M of RAM do not hold kernel and root file system (${free >> 20}M)`,
      );
    ram.u8.set(options.rootImage, rootAt);
    // A guard page below process 0's stack.
    const stack = free + PAGE;
    const ptd = stack + UPAGES * PAGE;
    const nkpt = Math.ceil((ptd + options.ramBytes / 32 + (10 << 20)) / (4 << 20));
    free = ptd + PAGE + nkpt * PAGE;
    this.makePageTables(ptd, nkpt, free, stack - PAGE);
    this.bootDirectory = ptd;
    this.set('IdlePTD', ptd);
    this.set('nkpt', nkpt);
    this.set('physfree', free);
    this.set('proc0paddr', KERNBASE + stack);
    this.set('mdroot_start', KERNBASE + rootAt);
    this.set('mdroot_size', options.rootImage.length);
    machine.reg[R_ESP] = (KERNBASE + stack + UPAGES * PAGE - 16) | 0;
    machine.reg[R_EBP] = 0;
  }

  /** Maps physical memory up to `end` at KERNBASE, text read-only, and the directory into itself. */
  private makePageTables(ptd: number, nkpt: number, end: number, guard: number): void {
    const { i32 } = this.machine.ram;
    const text = this.image.segments.find((s) => s.name === 'text')!;
    const textFrom = (text.address >>> 0) - KERNBASE;
    const textTo = textFrom + text.size;
    const tables = ptd + PAGE;
    for (let i = 0; i < nkpt; i++)
      i32[(ptd >>> 2) + KPTDI + i] = (tables + i * PAGE) | PTE_P | PTE_W | PTE_A | PTE_D;
    i32[(ptd >>> 2) + PTDPTDI] = ptd | PTE_P | PTE_W | PTE_A | PTE_D;
    for (let pa = PAGE; pa < end; pa += PAGE) {
      if (pa === guard) continue;
      const writable = pa < textFrom || pa >= textTo - (textTo % PAGE) ? PTE_W : 0;
      i32[(tables >>> 2) + (pa >>> 12)] = pa | PTE_P | writable;
    }
    this.machine.mmu.load(ptd);
  }

  private setTunables(): void {
    const { options } = this;
    this.set('debugger_on_panic', options.debuggerOnPanic ? 1 : 0);
    const regime = this.symbols.address('regime');
    for (const [name, value] of Object.entries(options.regime))
      this.poke32(regime + this.symbols.offset('regime_t', name), value);
    for (const [name, value] of Object.entries(options.tunables ?? {})) this.set(name, value);
  }

  private *boot(): Generator<number, void, unknown> {
    const f = this.functions;
    f.init386!(0);
    yield* f.mi_startup!(0) as Generator<number, void, unknown>;
  }

  private setVectors({ functions: f, first, suspended }: BoundKernel): void {
    const { machine, symbols } = this;
    const { trap, syscall, Xintr_user } = first as Record<string, KernelFunction>;
    const calltrap = (symbols.address('calltrap') + CALL_BYTES) | 0;
    machine.vectors = {
      trap: () => {
        trap!(calltrap);
        return suspended();
      },
      syscall: () => {
        syscall!(calltrap);
        return suspended();
      },
      interruptUser: () => {
        Xintr_user!(calltrap);
        return suspended();
      },
      doubleFault: (eip, esp, ebp): never => {
        // The handler's task has a stack and a page directory of its own. A fault in it is the third: the processor shuts down.
        if (this.doubleFaulted) throw new MachineStop('reboot');
        this.doubleFaulted = true;
        machine.mmu.load(this.bootDirectory);
        const stack = symbols.symbol('dblfault_stack');
        machine.reg[R_ESP] = (stack.address + stack.size - 16) | 0;
        machine.reg[R_EBP] = ebp;
        f.dblfault_handler!(0, eip, esp, ebp);
        throw new Error('dblfault_handler returned');
      },
      startContext: (id) => this.process(id),
      displacement: (site) => symbols.displacement(site),
      panic: (message): never => {
        this.writeString('hw_panicstr', message);
        f.hw_panic!(0);
        throw new Error(`hw_panic returned: ${message}`);
      },
      frame: frameLayout(symbols),
    };
  }

  /** A process from its first instruction: fork_trampoline, then user mode, if it has any. */
  private *process(p: number): Generator<number, void, unknown> {
    yield* this.functions.fork_trampoline!(0) as Generator<number, void, unknown>;
    const user = new UserCpu(this.machine, this.labels, this.options.loader);
    yield* user.run(this.machine.loadWord((p + this.symbols.offset('proc', 'p_md_regs')) | 0));
  }

  /** Gives the machine's decisions to `decider`, from now on; null: the standard choices. */
  decideBy(decider: Decider | null): void {
    this.machine.decisions.decider = decider;
  }

  /**
   * Has `observer` told of what happens from now on, and the kernel pass its trace points of these classes.
   * @param classes names of KTR_* constants (the kernel's sys/ktr.h.ts)
   */
  observe(observer: Observer, classes: readonly string[]): void {
    let mask = this.get('ktr_mask');
    for (const name of classes) mask |= this.symbols.constant(name);
    this.set('ktr_mask', mask);
    this.machine.observe(observer);
  }

  /** Has the process at address `p` that command name? Read from simulated memory. */
  isNamed(p: number, name: string): boolean {
    const at = this.physical(p + this.symbols.offset('proc', 'p_comm'));
    const wanted = Buffer.from(`${name.slice(0, 16)}\0`, 'latin1');
    return at >= 0 && wanted.every((byte, i) => this.machine.ram.u8[at + i] === byte);
  }

  /** Does the process at address `p` hold a sleep lock, as far as WITNESS knows? Read from simulated memory. */
  holdsSleepLock(p: number): boolean {
    const list = this.peek32(p + this.symbols.offset('proc', 'p_sleeplocks'));
    if (list === undefined || list === 0) return false;
    return this.peek32(list + this.symbols.offset('lock_list_entry', 'll_count')) !== 0;
  }

  /** Physical address of a kernel address, by the page tables as they are; -1 if it is not mapped. */
  physical(va: number): number {
    return this.machine.mmu.inspect(va | 0).pa;
  }

  /** Reads a word as a debugger does; undefined where nothing is mapped. Unsigned. */
  peek32(va: number): number | undefined {
    const pa = this.physical(va);
    if (pa < 0 || pa + 4 > this.machine.ram.bytes) return undefined;
    const { u8 } = this.machine.ram;
    return (u8[pa]! | (u8[pa + 1]! << 8) | (u8[pa + 2]! << 16) | (u8[pa + 3]! << 24)) >>> 0;
  }

  poke32(va: number, value: number): void {
    const pa = this.physical(va);
    if (pa < 0) throw new RangeError(`address 0x${(va >>> 0).toString(16)} is not mapped`);
    this.machine.ram.i32[pa >>> 2] = value | 0;
  }

  /** Value of a one-word kernel variable, unsigned. */
  get(name: string): number {
    const value = this.peek32(this.symbols.address(name));
    if (value === undefined) throw new Error(`kernel variable ${name} is not mapped`);
    return value;
  }

  /** Sets a one-word kernel variable. */
  set(name: string, value: number): void {
    // Before paging is on the image lies at its physical place all the same.
    this.machine.ram.i32[(this.symbols.address(name) - KERNBASE) >>> 2] = value | 0;
  }

  private writeString(name: string, text: string): void {
    const symbol = this.symbols.symbol(name);
    const bytes = Buffer.from(`${text.slice(0, symbol.size - 1)}\0`, 'latin1');
    this.machine.ram.u8.set(bytes, (symbol.address >>> 0) - KERNBASE);
  }
}

function roundPage(n: number): number {
  return Math.ceil(n / PAGE) * PAGE;
}
