import { Handles } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Ddb, formatTraceItem, frameValues, hash, symbolic, type Typed, Values } from '@trap12/ddb';
import { processes, showCommands, ShowError } from '@trap12/kernel';
import {
  BadAddress,
  commandName,
  entryFromUser,
  kernelConstants,
  keptRegisters,
  Memory,
  namesWith,
  processRegisters,
  REGISTER_NAMES,
  type RegisterName,
  type Registers,
  standAt,
  stoppedPcpu,
  stopRegisters,
  type Target,
  type TraceItem,
  type UserSpace,
  userStand,
  walkStack,
  walkUserStack,
} from '@trap12/target';
import { RequestError } from './debuggee.js';
import type { Sources } from './sources.js';

const K = kernelConstants('PID_MAX', 'SZOMB');
/** What the debugger says instead of locks. */
const NO_LOCK = showCommands.find(({ name }) => name === 'locks')?.empty;
/** Frames of a stack that are told when a client asks for all. */
const FRAMES_MAX = 1024;

/** A process, as a thread of the session. */
export interface Thread {
  id: number;
  name: string;
  /** Its struct proc */
  p: number;
}

/** A line of a thread's stack. */
export interface StackFrame {
  thread: Thread;
  item: TraceItem;
  /** Of a program's function: the process's memory in user mode */
  space: UserSpace | undefined;
  /** The function stands before its pc; else the pc is where it goes on */
  exact: boolean;
  /** Of the innermost frame: where the thread stands, and which registers are kept */
  registers: Registers | undefined;
  kept: ReadonlySet<RegisterName>;
}

/** A line of a list of variables that is only text. */
export interface Line {
  name: string;
  text: string;
  address?: number;
}

/** What a client can look into: the parts of a value, or lines. */
export type Opened = { values: Values } & ({ typed: Typed } | { list: () => (Typed | Line)[] });

/**
 * A machine as it stands: its processes as threads, their stacks, what is in them. A new one for each stop,
 * so that numbers of frames and variables are those of that stop only.
 */
export class Stand {
  readonly memory: Memory;
  readonly values: Values;
  readonly registers: Registers;
  /** struct pcpu of the processor that stopped */
  readonly pcpu: number;
  /** The process that stands on it; 0 before there is one */
  readonly current: number;
  private readonly frames = new Handles<StackFrame>();
  private readonly opened = new Handles<Opened>();
  private threadList: Thread[] | undefined;

  constructor(
    private readonly target: Target,
    private readonly sources: Sources,
  ) {
    this.memory = new Memory(target);
    this.values = new Values(this.memory);
    this.registers = stopRegisters(this.memory);
    this.pcpu = stoppedPcpu(this.memory, this.registers);
    this.current = this.memory.field('pcpu', this.pcpu, 'curproc');
  }

  /**
   * The number of a process as a thread: its pid; of process 0, which no client takes, one that no process
   * has.
   */
  threadId(p: number): number {
    return (p === 0 ? 0 : this.memory.field('proc', p, 'p_pid')) || K(this.memory).PID_MAX + 1;
  }

  /** All processes but zombies, by number. A list that is damaged ends where it is. */
  threads(): Thread[] {
    if (this.threadList !== undefined) return this.threadList;
    const { memory } = this;
    const { SZOMB } = K(memory);
    const found = new Set<number>([this.current]);
    try {
      for (const p of processes(memory)) if (memory.field('proc', p, 'p_stat') !== SZOMB) found.add(p);
    } catch (error) {
      if (!(error instanceof BadAddress || error instanceof ShowError)) throw error;
    }
    this.threadList = [...found].map((p) => this.thread(p)).sort((a, b) => a.id - b.id);
    return this.threadList;
  }

  private thread(p: number): Thread {
    const name = p === 0 ? 'no process' : commandName(this.memory, p);
    const wait = p === 0 || p === this.current ? 0 : this.memory.field('proc', p, 'p_wmesg');
    const what = wait === 0 ? '' : `, waits: ${this.memory.string(wait, 16)}`;
    return { id: this.threadId(p), name: `${name}${p === this.current ? ', runs' : what}`, p };
  }

  private threadOf(id: number): Thread {
    const thread = this.threads().find((each) => each.id === id);
    if (thread === undefined) throw new RequestError(`there is no process ${id}`);
    return thread;
  }

  /** The stack of a process: its frames, and lines for the traps between them. */
  private stackOf(thread: Thread): StackFrame[] {
    const { memory, pcpu, registers: stop } = this;
    const own = thread.p === this.current;
    const where =
      thread.p === 0 ? { registers: stop } : processRegisters(memory, thread.p, { registers: stop, pcpu });
    if ('missing' in where) throw new RequestError(`pid ${thread.id} ${where.missing}`);
    const { registers } = where;
    const kept = own
      ? keptRegisters(memory, registers)
      : new Set<RegisterName>(['eip', 'esp', 'ebp', 'cs', 'ds', 'es', 'fs', 'ss']);
    const out: StackFrame[] = [];
    const add = (items: Iterable<TraceItem>, space?: UserSpace): void => {
      let exact = true;
      for (const item of items) {
        const top = out.length === 0;
        out.push({ thread, item, space, exact, registers: top ? registers : undefined, kept });
        exact = 'boundary' in item;
      }
    };
    const stands = own ? userStand(memory, registers, pcpu) : undefined;
    if (stands === undefined) {
      const { eip, ebp, esp } = registers;
      add(walkStack(memory, eip, ebp, FRAMES_MAX, own ? esp : undefined));
    }
    const entry = entryFromUser(out.map(({ item }) => item));
    const user = stands ?? (entry && standAt(memory, thread.p, entry));
    if (user !== undefined) add(walkUserStack(user.space, memory, user.boundary, FRAMES_MAX), user.space);
    return out;
  }

  /** Some frames of a stack, and how many there are. */
  stack(
    threadId: number,
    start: number,
    count: number,
  ): { stackFrames: DebugProtocol.StackFrame[]; totalFrames: number } {
    const all = this.stackOf(this.threadOf(threadId));
    const wanted = all.slice(start, count === 0 ? undefined : start + count);
    return { stackFrames: wanted.map((frame) => this.describe(frame)), totalFrames: all.length };
  }

  private describe(frame: StackFrame): DebugProtocol.StackFrame {
    const { item, exact, space } = frame;
    const id = this.frames.create(frame);
    if (!('frame' in item))
      return { id, name: formatTraceItem(item), line: 0, column: 0, presentationHint: 'label' };
    const { pc, function: name } = item.frame;
    const names = namesWith(this.target.symbols, space?.program);
    const site = names.site(exact ? pc : pc - 1);
    const place = symbolic(names, pc);
    const told = { id, name: name ?? hash(pc), instructionPointerReference: hash(pc) };
    if (site === undefined) return { ...told, name: place, line: 0, column: 0, presentationHint: 'subtle' };
    const source = space === undefined ? this.sources.byName(site.file) : this.sources.ofProgram(site.file);
    return { ...told, source, line: site.line, column: site.column };
  }

  /** The innermost function on the stack that the machine stands on. */
  topFrame(): StackFrame | undefined {
    return this.stackOf(this.thread(this.current))[0];
  }

  frame(id: number): StackFrame {
    const frame = this.frames.get(id);
    if (frame === undefined) throw new RequestError(`there is no frame ${id} at this stop`);
    return frame;
  }

  /** The parameters and locals of a frame that are alive. */
  variablesOf({ item, exact, space }: StackFrame): Typed[] {
    return frameValues(space?.memory ?? this.memory, item, exact);
  }

  /** Values of the memory and the types that a frame's function knows. */
  valuesOf(frame: StackFrame | undefined): Values {
    return frame?.space === undefined ? this.values : new Values(frame.space.memory);
  }

  scopes(frameId: number): DebugProtocol.Scope[] {
    const frame = this.frame(frameId);
    const { registers } = frame;
    const scope = (
      name: string,
      list: () => (Typed | Line)[],
      hint?: string,
      values = this.values,
    ): DebugProtocol.Scope => ({
      name,
      variablesReference: this.opened.create({ list, values }),
      expensive: name === 'Locks held' || name === 'CPU',
      ...(hint === undefined ? {} : { presentationHint: hint }),
    });
    return [
      scope('Locals', () => this.variablesOf(frame), 'locals', this.valuesOf(frame)),
      ...(registers === undefined
        ? []
        : [scope('Registers', () => this.registerLines(registers, frame.kept), 'registers')]),
      scope('Locks held', () => this.locks(frame.thread)),
      scope('CPU', () => this.values.children(this.cpu())),
    ];
  }

  /** The per-CPU data of the processor that stopped. */
  private cpu(): Typed {
    const { symbols } = this.memory;
    const type = symbols.image.types.findIndex((each) => each.kind === 'struct' && each.name === 'pcpu');
    return this.values.at('pcpu', type, this.pcpu, 'pcpu');
  }

  private registerLines(registers: Registers, kept: ReadonlySet<RegisterName>): Line[] {
    const { symbols } = this.target;
    return REGISTER_NAMES.map((name) => {
      if (!kept.has(name)) return { name, text: 'not kept' };
      const value = registers[name];
      const known = symbols.nearest(value) !== undefined;
      return {
        name,
        text: known ? `${hash(value)} ${symbolic(symbols, value)}` : hash(value),
        address: value,
      };
    });
  }

  /** As `show locks` tells them. */
  private locks({ p }: Thread): Line[] {
    const argument = p === this.current || p === 0 ? '' : ` ${p.toString(16).padStart(8, '0')}`;
    const lines = new Ddb(this.target).execute(`show locks${argument}`);
    const held = lines.filter((line) => line !== NO_LOCK);
    return held.map((text, i) => ({ name: String(i + 1), text }));
  }

  /** A number by which the client can ask for the parts of a value; 0: it has none. */
  open(typed: Typed, values: Values): number {
    const { named, indexed } = values.parts(typed);
    return named + indexed === 0 ? 0 : this.opened.create({ typed, values });
  }

  get(reference: number): Opened {
    const opened = this.opened.get(reference);
    if (opened === undefined) throw new RequestError(`there is no variable ${reference} at this stop`);
    return opened;
  }

  /** The variables behind a reference, some elements of an array only. */
  variables(reference: number, start: number, count: number): DebugProtocol.Variable[] {
    const opened = this.get(reference);
    const { values } = opened;
    const all = 'list' in opened ? opened.list() : values.children(opened.typed, start, count || undefined);
    return all.map((each) => ('type' in each ? this.variable(each, values) : line(each)));
  }

  private variable(typed: Typed, values: Values): DebugProtocol.Variable {
    const { named, indexed } = values.parts(typed);
    const own = values === this.values;
    const reference = values.isPointer(typed) ? typed.value : typed.address;
    return {
      name: typed.name,
      value: values.text(typed),
      type: values.typeText(typed.type),
      evaluateName: typed.expression,
      variablesReference: this.open(typed, values),
      ...(named > 0 ? { namedVariables: named } : {}),
      ...(indexed > 0 ? { indexedVariables: indexed } : {}),
      ...(reference === undefined || reference === 0 || !own ? {} : { memoryReference: hash(reference) }),
      ...(own && values.settable(typed) ? {} : { presentationHint: { attributes: ['readOnly'] } }),
    };
  }
}

function line({ name, text, address }: Line): DebugProtocol.Variable {
  return {
    name,
    value: text,
    variablesReference: 0,
    presentationHint: { attributes: ['readOnly'] },
    ...(address === undefined ? {} : { memoryReference: hash(address) }),
  };
}
