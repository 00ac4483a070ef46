import { imageBytes, type KernelImage } from '@trap12/kcc/image.js';
import {
  type Decider,
  type FrameLayout,
  Machine,
  MachineStop,
  type Observer,
  PTE_A,
  PTE_D,
  PTE_P,
  PTE_W,
  primitives,
  R_EBP,
  R_EIP,
  R_ESP,
  R_WAIT,
  UserPrograms,
} from '@trap12/machine';
import type { Regime } from '@trap12/kernel';
import {
  kernelConstants,
  type KnownProgram,
  latin1Bytes,
  MachineTarget,
  Memory,
  type SymbolTable,
} from '@trap12/target';
import { Control } from './control.js';
import { frameLayout } from './frame.js';
import {
  type BoundKernel,
  type Executable,
  type KernelFunction,
  type KernelModule,
  programTable,
} from './kernel.js';

const K = kernelConstants('KERNBASE', 'KPTDI', 'KSTACK_TOP', 'MAXCPU', 'PAGE_SIZE', 'PTDPTDI', 'UPAGES');
/** Length of `call trap` in alltraps: trap() returns behind it. */
const CALL_BYTES = 5;

/**
 * What createSystem makes of the options: what the machine is, and what the kernel is told before it starts.
 */
export interface BootOptions {
  ramBytes: number;
  ncpu: number;
  /** Size of disk 0, all of it swap, in bytes; 0 for none */
  diskBytes: number;
  seed: number;
  packetsPerSecond: number;
  /** Probability with which a disk command fails by chance */
  diskErrorRate: number;
  regime: Regime;
  /** The root file system (fs/memfs.h.ts) */
  rootImage: Uint8Array;
  debuggerOnPanic: boolean;
  /** The programs that the machine may come to execute */
  executables: readonly Executable[];
  /** More kernel variables to set, by name */
  tunables: Readonly<Record<string, number>>;
}

/** Options that a machine is built for; all others are what it is loaded with. */
const HARDWARE = ['ramBytes', 'ncpu', 'diskBytes', 'packetsPerSecond', 'diskErrorRate'] as const;

/** A machine with the kernel in it. */
export class System {
  readonly machine: Machine;
  readonly image: KernelImage;
  /** What a debugger sees of it */
  readonly target: MachineTarget;
  readonly memory: Memory;
  readonly functions: Record<string, KernelFunction>;
  /** Functions by text address */
  readonly table: ReadonlyMap<number, KernelFunction>;
  private readonly constants: ReturnType<typeof K>;
  private bootDirectory = 0;
  private readonly bound: BoundKernel;

  /**
   * Puts the kernel into a new machine's memory, as a boot loader does, and sets the first context to run.
   * Nothing runs yet.
   * @param earlier a system that nobody needs any more: its machine is taken, if it suits
   */
  constructor(
    private readonly module: KernelModule,
    readonly symbols: SymbolTable,
    readonly options: BootOptions,
    earlier?: System,
  ) {
    this.image = symbols.image;
    this.constants = K(this);
    const renewed = earlier?.suits(module, symbols.image, options) === true ? earlier : undefined;
    this.machine = renewed === undefined ? this.newMachine() : renewed.machine;
    renewed?.machine.renew(options.seed);
    this.target = new MachineTarget(this.machine, this.symbols);
    this.memory = new Memory(this.target.onlooker);
    this.load();
    this.bound = renewed?.bound ?? module.createKernel(primitives(this.machine));
    this.functions = this.bound.functions;
    this.table = this.bound.table;
    const { isStep } = this.bound;
    if (isStep !== undefined) this.target.execution = new Control(this, isStep);
    this.setVectors(this.bound, renewed);
    this.setTunables();
    this.machine.cpu.context = this.symbols.address('proc0') | 0;
    this.machine.reg[R_EIP] = this.symbols.address('begin') | 0;
  }

  /** Would a machine for these be like this one's, with the same kernel bound to it? */
  private suits(module: KernelModule, image: KernelImage, options: BootOptions): boolean {
    const mine = this.options;
    return (
      this.module === module && this.image === image && HARDWARE.every((name) => mine[name] === options[name])
    );
  }

  private newMachine(): Machine {
    const { options } = this;
    const pcpu = this.symbols.address('__globaldata');
    const pcpuSize = this.symbols.struct('pcpu').size;
    return new Machine({
      ramBytes: options.ramBytes,
      ncpu: options.ncpu,
      diskSectors: Math.floor(options.diskBytes / 512),
      seed: options.seed,
      packetsPerSecond: options.packetsPerSecond,
      diskErrorRate: options.diskErrorRate,
      pcpuAddresses: Array.from({ length: this.constants.MAXCPU }, (_, i) => (pcpu + i * pcpuSize) | 0),
    });
  }

  /** The user mode for the programs, as an earlier system had it if it had the same ones. */
  private userMode(form: BoundKernel['form'], layout: FrameLayout, earlier: System | undefined) {
    const { machine, options } = this;
    const { executables } = options;
    const before = earlier?.options.executables ?? [];
    if (before.length !== executables.length || executables.some((each, i) => each !== before[i]))
      return new UserPrograms(machine, programTable(executables, form), layout);
    const { user } = machine.vectors;
    user.forget();
    return user;
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

  /**
   * Places image, root file system, process 0's stack and page tables; enters the tables' facts into kernel
   * variables.
   */
  private load(): void {
    const { machine, image, options } = this;
    const { ram } = machine;
    const { KERNBASE, KSTACK_TOP, PAGE_SIZE, UPAGES } = this.constants;
    const roundPage = (n: number): number => Math.ceil(n / PAGE_SIZE) * PAGE_SIZE;
    ram.u8.set(imageBytes(image), (image.base >>> 0) - KERNBASE);
    let free = roundPage((image.base >>> 0) + image.size - KERNBASE);
    const rootAt = free;
    free = roundPage(free + options.rootImage.length);
    if (free + (1 << 20) > options.ramBytes)
      throw new RangeError(
        `${options.ramBytes >> 20}M of RAM do not hold kernel and root file system (${free >> 20}M)`,
      );
    ram.u8.set(options.rootImage, rootAt);
    // A guard page below process 0's stack.
    const stack = free + PAGE_SIZE;
    const ptd = stack + UPAGES * PAGE_SIZE;
    const nkpt = Math.ceil((ptd + options.ramBytes / 32 + (10 << 20)) / (4 << 20));
    free = ptd + PAGE_SIZE + nkpt * PAGE_SIZE;
    this.makePageTables(ptd, nkpt, free, stack - PAGE_SIZE);
    this.bootDirectory = ptd;
    this.set('IdlePTD', ptd);
    this.set('nkpt', nkpt);
    this.set('physfree', free);
    this.set('proc0paddr', KERNBASE + stack);
    this.set('mdroot_start', KERNBASE + rootAt);
    this.set('mdroot_size', options.rootImage.length);
    machine.reg[R_ESP] = (KERNBASE + stack + UPAGES * PAGE_SIZE - KSTACK_TOP) | 0;
    machine.reg[R_EBP] = 0;
  }

  /** Maps physical memory up to `end` at KERNBASE, text read-only, and the directory into itself. */
  private makePageTables(ptd: number, nkpt: number, end: number, guard: number): void {
    const { i32 } = this.machine.ram;
    const { KERNBASE, KPTDI, PAGE_SIZE, PTDPTDI } = this.constants;
    const text = this.image.segments.find((s) => s.name === 'text')!;
    const textFrom = (text.address >>> 0) - KERNBASE;
    const textTo = textFrom + text.size;
    const tables = ptd + PAGE_SIZE;
    for (let i = 0; i < nkpt; i++)
      i32[(ptd >>> 2) + KPTDI + i] = (tables + i * PAGE_SIZE) | PTE_P | PTE_W | PTE_A | PTE_D;
    i32[(ptd >>> 2) + PTDPTDI] = ptd | PTE_P | PTE_W | PTE_A | PTE_D;
    for (let pa = PAGE_SIZE; pa < end; pa += PAGE_SIZE) {
      if (pa === guard) continue;
      const writable = pa < textFrom || pa >= textTo - (textTo % PAGE_SIZE) ? PTE_W : 0;
      i32[(tables >>> 2) + (pa >>> 12)] = pa | PTE_P | writable;
    }
    this.machine.mmu.load(ptd);
  }

  private setTunables(): void {
    const { options } = this;
    this.set('debugger_on_panic', options.debuggerOnPanic ? 1 : 0);
    const regime = this.symbols.address('regime');
    for (const [name, value] of Object.entries(options.regime))
      this.poke(regime + this.symbols.offset('regime_t', name), value);
    for (const [name, value] of Object.entries(options.tunables)) this.set(name, value);
  }

  private setVectors(
    { functions: f, table, go, form, isPoint }: BoundKernel,
    earlier: System | undefined,
  ): void {
    const { machine, symbols } = this;
    const { reg } = machine;
    const { trap, syscall, Xintr, Xintr_user } = f as Record<string, KernelFunction>;
    const frame = frameLayout(symbols);
    const calltrap = (symbols.address('calltrap') + CALL_BYTES) | 0;
    const entry = (handler: KernelFunction) => (): boolean => {
      handler(calltrap);
      return reg[R_WAIT] !== 0;
    };
    machine.vectors = {
      go,
      resumable: (site) => form === 'checked' && isPoint(site),
      divisible: (site, ebp) => this.isDivisible(site, ebp),
      calltrap,
      trap: entry(trap!),
      syscall: entry(syscall!),
      interruptKernel: (eip) => {
        Xintr!(eip, eip);
        return reg[R_WAIT] !== 0;
      },
      interruptUser: entry(Xintr_user!),
      enter: (address) => {
        const begin = table.get(address);
        return begin === undefined ? undefined : (begin(0) ?? 0);
      },
      doubleFault: (eip, esp, ebp): never => {
        // The handler's task has a stack and a page directory of its own. A fault in it is the third: the
        // processor shuts down.
        if (machine.cpu.doubleFault) throw new MachineStop('reboot');
        machine.steps.holdBack(true);
        machine.cpu.doubleFault = true;
        machine.mmu.load(this.bootDirectory);
        const stack = symbols.symbol('dblfault_stack');
        machine.reg[R_ESP] = (stack.address + stack.size - 16) | 0;
        machine.reg[R_EBP] = ebp;
        f.dblfault_handler!(0, eip, esp, ebp);
        throw new Error('dblfault_handler returned');
      },
      user: this.userMode(form, frame, earlier),
      displacement: (site) => symbols.displacement(site),
      panic: (message): never => {
        // Host code stands behind it, which cannot be left.
        machine.steps.holdBack(true);
        this.writeString('hw_panicstr', message);
        f.hw_panic!(0);
        throw new Error(`hw_panic returned: ${message}`);
      },
      frame,
    };
  }

  /** Does no function on the stack say that nothing comes in between its accesses? */
  private isDivisible(site: number, ebp: number): boolean {
    const { memory, symbols } = this;
    const at = symbols.site(site);
    // At the beginning of a function there is no frame yet; what %fs reaches is one instruction with its
    // base.
    if (at === undefined || at.address === at.function.address || at.struct === 'pcpu') return false;
    if (symbols.isIndivisible(at)) return false;
    for (let bp = ebp, n = 0; bp >>> 0 >= this.constants.KERNBASE && n < 64; n++) {
      const back = memory.u32(bp + 4);
      const call = symbols.site(back - 1);
      if (call === undefined) return true;
      if (symbols.isIndivisible(call)) return false;
      bp = memory.u32(bp);
    }
    return true;
  }

  /** The program that ran last in user mode, if anybody knows it. */
  get program(): KnownProgram | undefined {
    const { machine, target } = this;
    return target.programs?.identified(...(machine.program ?? machine.vectors.user.running));
  }

  /** What the first process or halt(8) said that the machine is to end with; undefined if nobody has. */
  get exitStatus(): number | undefined {
    const status = this.get('exit_status') | 0;
    return status < 0 ? undefined : status;
  }

  /** Value of a one-word kernel variable, unsigned. */
  get(name: string): number {
    const pa = this.symbols.address(name) - this.constants.KERNBASE;
    return this.machine.ram.i32[pa >>> 2]! >>> 0;
  }

  /** Sets a one-word kernel variable. */
  set(name: string, value: number): void {
    this.poke(this.symbols.address(name), value);
  }

  /** Before paging is on, and ever after, the image lies at its physical place. */
  private poke(va: number, value: number): void {
    const { ram } = this.machine;
    const pa = va - this.constants.KERNBASE;
    ram.i32[pa >>> 2] = value | 0;
    ram.touch(pa);
  }

  private writeString(name: string, text: string): void {
    const symbol = this.symbols.symbol(name);
    const bytes = latin1Bytes(`${text.slice(0, symbol.size - 1)}\0`);
    const at = (symbol.address >>> 0) - this.constants.KERNBASE;
    this.machine.ram.u8.set(bytes, at);
    this.machine.ram.touch(at);
    this.machine.ram.touch(at + bytes.length - 1);
  }
}
