import {
  type Execution,
  type How,
  keptRegisters,
  type KnownProgram,
  type Memory,
  type Names,
  namesWith,
  REGISTER_NAMES,
  type RegisterName,
  type Registers,
  stoppedInDebugger,
  stoppedPcpu,
  stopRegisters,
  type Told,
  type TraceItem,
  userStand,
  type UserStand,
  walkFrom,
  walkUserStack,
} from '@trap12/target';
import type { Page } from './commands/page.js';
import { DdbError, OutputFull } from './errors.js';
import { ExpressionParser, type Scope, type Wanted } from './expression.js';
import { DEFAULT_MAXOFF, symbolic } from './format.js';
import { frameValues, type OfSource, typedPath } from './path.js';
import { type Typed, Values } from './values.js';

/** Asks the host to let the machine run, once the command is done. */
export type Resume = () => void;

/** Of a panic under `run --ddb`, a dump, a core file. */
const STANDS_STILL =
  'This machine does not go on from here. One that does: trap12 boot, run --debug or --break, replay --ddb.';

/** No command prints more at once, whatever memory holds. */
const LINES_MAX = 20_000;

/** What `address[,count]` on a command line says. */
export interface Arguments {
  address: number | undefined;
  count: number | undefined;
  /** The program whose address that is, if it was named so (`sh:main`) or the process stands in it */
  program: KnownProgram | undefined;
  /** What of the source that is, if it is that alone */
  source: OfSource | undefined;
  /** That as a pid: typed in decimal; undefined: it cannot be one */
  pid: number | undefined;
}

/** A variable of the debugger itself: its value at first, and what it can be set to. */
interface Setting {
  first: number;
  accepted: readonly number[] | { from: number; to: number };
}

/** Lines and tab stops are not wider than this. */
const WIDTH_MAX = 1000;

const SETTINGS: Readonly<Record<string, Setting>> = {
  radix: { first: 16, accepted: [8, 10, 16] },
  maxoff: { first: DEFAULT_MAXOFF, accepted: { from: 0, to: 0xffffffff } },
  maxwidth: { first: 79, accepted: { from: 1, to: WIDTH_MAX } },
  lines: { first: 0, accepted: { from: 0, to: LINES_MAX } },
  tabstops: { first: 8, accepted: { from: 1, to: WIDTH_MAX } },
  srclines: { first: 0, accepted: [0, 1] },
};

/** A number as it can be typed whatever $radix is. */
const decimal = (value: number): string => (value < 8 ? String(value) : `0t${value}`);

/** The same of what was typed: a large one may have been meant as a negative one. */
const typedText = (value: number): string => ((value | 0) < 0 ? `-${decimal(-(value | 0))}` : decimal(value));

const acceptedText = (accepted: Setting['accepted']): string =>
  'from' in accepted
    ? `${decimal(accepted.from)} to ${decimal(accepted.to)}`
    : accepted.map(decimal).join(', ');

const isAccepted = (accepted: Setting['accepted'], value: number): boolean =>
  'from' in accepted ? value >= accepted.from && value <= accepted.to : accepted.includes(value);

/** State of a session: what the commands work on. */
export class Session implements Scope {
  dot = 0;
  prev = 0;
  next = 0;
  last = 0;
  registers!: Registers;
  /** The registers that have a value */
  kept!: Set<RegisterName>;
  /** It was taken out of an endless loop of the kernel: eip is older than that */
  inLoop = false;
  /** struct pcpu of the CPU that stopped */
  pcpu = 0;
  /** Where the process stands in its program; undefined: in the kernel */
  user: UserStand | undefined;
  /** What addresses are called: the kernel's, and those of that program */
  names!: Names;
  readonly values: Values;
  readonly settings: Record<string, number> = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { first }]) => [name, first]),
  );
  /** Steps by the names that were given to them, and the histories that they are of */
  readonly marks = new Map<string, { step: number; history: number }>();
  /** Format and size that examine and print used last */
  examineFormat = 'x';
  printFormat = 'x';
  /** What an empty line does: a command that can go on sets it; else the command runs once more */
  continuation: (() => void) | undefined;
  /** What the prompt does itself that stands in front of this session, for help */
  prompts: readonly Page[] = [];
  private lines: string[] = [];

  constructor(
    readonly memory: Memory,
    private readonly resume: Resume | undefined,
  ) {
    this.values = new Values(memory);
    this.stopped();
  }

  /** The machine has come to a stand: looks where. */
  stopped(): void {
    const { memory } = this;
    this.registers = stopRegisters(memory);
    this.pcpu = stoppedPcpu(memory, this.registers);
    this.kept = keptRegisters(memory, this.registers);
    this.user = userStand(memory, this.registers, this.pcpu);
    this.names = namesWith(memory.symbols, this.user?.space.program);
    this.inLoop = false;
    const { eip } = this.registers;
    this.dot = eip;
    this.prev = eip;
    this.next = eip;
    this.last = eip;
  }

  /** The machine was taken out of an endless loop of its kernel, where it cannot be left and gone on with. */
  stoppedInLoop(): void {
    this.stopped();
    this.inLoop = true;
    this.kept.delete('eip');
  }

  /**
   * What something of the source's kind means, with a field or an element in it or the name of a local: a
   * variable of the function that stands, of the processor's own data (curproc), of the kernel. Undefined:
   * that is an expression of the debugger's.
   * @throws DdbError if it has no such part
   */
  typed(text: string): OfSource | undefined {
    const { user } = this;
    if (user !== undefined) {
      const { memory } = user.space;
      const [top] = walkUserStack(user.space, this.memory, user.boundary, 1);
      const found = this.typedIn(memory, new Values(memory), top, [], text);
      if (found !== undefined) return found;
    }
    const { memory, registers, values } = this;
    const [top] = walkFrom(memory, registers, 1);
    return this.typedIn(memory, values, top, values.ofProcessor(this.pcpu), text);
  }

  private typedIn(
    memory: Memory,
    values: Values,
    top: TraceItem | undefined,
    others: readonly Typed[],
    text: string,
  ): OfSource | undefined {
    // The name of a symbol alone is an address.
    if (memory.symbols.has(text)) return undefined;
    const { execution } = this.memory.target;
    const locals = top === undefined || execution === undefined ? [] : frameValues(memory, top, true);
    const found = typedPath(values, [...others, ...locals], text);
    return found && { ...found, values };
  }

  /** What the machine can be asked to do. @throws DdbError if it does not go on */
  get execution(): Execution {
    const { execution } = this.memory.target;
    if (execution === undefined || this.resume === undefined) throw new DdbError(STANDS_STILL);
    return execution;
  }

  /** Has the machine go on when the command is done. */
  go(how: How, count?: number, told?: Told): void {
    this.execution.go(how, count, told);
    this.resume?.();
  }

  get radix(): number {
    return this.settings.radix!;
  }

  /** Is there a register or a setting of that name? */
  hasVariable(name: string): boolean {
    return REGISTER_NAMES.some((r) => r === name) || Object.hasOwn(this.settings, name);
  }

  variable(name: string): number | undefined {
    const register = REGISTER_NAMES.find((r) => r === name);
    if (register !== undefined && !this.kept.has(register))
      throw new DdbError(`Register ${register} is not kept`);
    if (register !== undefined) return this.registers[register];
    const { cr2, cr3 } = this.memory.target.cpu;
    if (name === 'cr3') return cr3;
    if (name === 'cr2' && cr2 !== undefined) return cr2;
    return Object.hasOwn(this.settings, name) ? this.settings[name] : undefined;
  }

  /**
   * Sets a register (also where the kernel left it) or a setting. False if there is no such variable.
   * @throws DdbError that says what is accepted
   */
  setVariable(name: string, value: number): boolean {
    const register = REGISTER_NAMES.find((r) => r === name);
    if (register !== undefined) {
      this.registers[register] = value >>> 0;
      this.kept.add(register);
      if (stoppedInDebugger(this.memory)) this.storeRegister(register, value);
      return true;
    }
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (setting === undefined) return false;
    if (!isAccepted(setting.accepted, value >>> 0))
      throw new DdbError(`$${name} ${typedText(value)}: accepted: ${acceptedText(setting.accepted)}`);
    this.settings[name] = value >>> 0;
    return true;
  }

  private storeRegister(name: keyof Registers, value: number): void {
    const { target } = this.memory;
    const field = name === 'efl' ? 'tf_eflags' : `tf_${name}`;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
    target.write(this.memory.address('trapframe', target.symbols.address('ddb_regs'), field), bytes);
  }

  /** symbol+offset, by $maxoff. */
  symbol(address: number): string {
    return symbolic(this.names, address, this.settings.maxoff);
  }

  /** Reads `address[,count]`; what follows is an error. Notes the address as dot. */
  arguments(rest: string, wanted: Wanted = 'value'): Arguments {
    const parser = new ExpressionParser(rest, this);
    const address = parser.optional(wanted);
    const { program, source, pid } = parser;
    if (address !== undefined) {
      this.dot = address;
      this.last = address;
    }
    let count: number | undefined;
    if (parser.separator(',')) {
      count = parser.optional();
      if (count === undefined) throw new DdbError('Count missing');
    }
    parser.end();
    return { address, count, program: this.programAt(address ?? this.dot, program), source, pid };
  }

  /** The program that an address belongs to: the one named, else, of a user's address, that which stands. */
  private programAt(address: number, named: KnownProgram | undefined): KnownProgram | undefined {
    const isUser = address < this.memory.symbols.constant('VM_MAXUSER_ADDRESS') >>> 0;
    return named ?? (isUser ? this.user?.space.program : undefined);
  }

  /**
   * Reads any number of expressions, set apart by blanks or commas.
   * @param first what the first of them is to be
   */
  list(rest: string, first: Wanted = 'value'): number[] {
    return this.operands(rest, first).args;
  }

  /** The same, and the first one as a pid, typed in decimal; undefined: it cannot be one. */
  operands(rest: string, first: Wanted = 'value'): { args: number[]; pid: number | undefined } {
    const parser = new ExpressionParser(rest, this);
    const args: number[] = [];
    let value = parser.optional(first);
    const { pid } = parser;
    for (; value !== undefined; value = parser.optional()) {
      args.push(value);
      parser.separator(',');
    }
    parser.end();
    return { args, pid };
  }

  /** Adds a line to what the command prints. @throws OutputFull after 20000 lines */
  readonly print = (line: string): void => {
    if (this.lines.length >= LINES_MAX) throw new OutputFull(`*** more than ${LINES_MAX} lines ***`);
    this.lines.push(line);
  };

  /** The lines printed since the last call. */
  takeLines(): string[] {
    const { lines } = this;
    this.lines = [];
    const most = this.settings.lines!;
    if (most === 0 || lines.length <= most) return lines;
    const left = lines.length - most;
    return [
      ...lines.slice(0, most),
      `--More-- (${left} line${left === 1 ? '' : 's'}; set $lines=0 shows all)`,
    ];
  }
}
