import { BadAddress, kernelConstants, type Memory, type SymbolTable } from '@trap12/target';

/**
 * What a `show` command gets: memory, its arguments as addresses, modifiers (`show map/f` has "f"), and a
 * place to print.
 */
export interface ShowContext {
  memory: Memory;
  /** Values of the expressions on the command line */
  args: number[];
  /** The first argument as it was typed, for names */
  text: string;
  /** The first one as a pid, which is typed in decimal; undefined: it cannot be one */
  pid?: number | undefined;
  modifiers: string;
  /** struct pcpu of the CPU that stopped */
  pcpu: number;
  /** Prints a line; what was said by `unsure` since the last one stands behind it. */
  print(line: string): void;
  /** Says of the line that is printed next what could not be read for it, and why. */
  unsure(reason: string): void;
}

/** One `show` command. It lives beside its subsystem, in src/.../db_*.ts, and is listed in showCommands. */
export interface ShowCommand {
  name: string;
  /** Shortest unambiguous form is found by the debugger; these are other names */
  aliases?: string[];
  /** Arguments and modifiers, for help: "address", "[pid | address]", "[/f] address" */
  usage?: string;
  /** One line for `help` */
  help: string;
  /** Said where it prints nothing, as there is nothing to list: `no process`. */
  empty?: string;
  run(context: ShowContext): void;
}

/** Ends a show command with one line. */
export class ShowError extends Error {}

/**
 * Why something cannot be told, of what a wild address or a corrupt list throws, without stars. Anything else
 * is thrown on.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof BadAddress) return `error reading from address ${(error.address >>> 0).toString(16)}`;
  if (error instanceof ShowError) return error.message.replace(/^\*\*\* | \*\*\*$/g, '');
  throw error;
}

const K = kernelConstants('KERNBASE');

/** Is this an address of the kernel, and thus no pid, physical address or address of a user's? */
export function isKernelAddress(memory: Memory, value: number): boolean {
  return value >>> 0 >= K(memory).KERNBASE;
}

/**
 * The address of a structure, if something is mapped there. Without this an address that is wild would be
 * told as that of the field which happens to be read first, and 0 as the end of a list.
 * @throws BadAddress
 */
export function mapped(memory: Memory, at: number): number {
  memory.u8(at >>> 0);
  return at >>> 0;
}

/** Structures have words, and lie at multiples of one. */
const WORD = 4;

/** No list of this kernel is longer in good order: so many pages has a machine of 2 GB. */
const LIST_MAX = 1 << 19;

/**
 * Follows a list: `first`, then what `next` says, up to 0. A list that comes back to an element, or does not
 * end, is corrupt and ends with DDB's kind of answer; so does one that leads to memory that is not there
 * (BadAddress). What has no link is no element: a wild link ends the list before what it leads to is shown.
 */
export function* walkList(first: number, next: (at: number) => number): Generator<number> {
  const seen = new Set<number>();
  for (let at = first >>> 0; at !== 0; ) {
    if (seen.has(at)) throw new ShowError(`*** list loops: 0x${at.toString(16)} was here before ***`);
    if (seen.size >= LIST_MAX) throw new ShowError(`*** list does not end after ${LIST_MAX} elements ***`);
    seen.add(at);
    const to = next(at) >>> 0;
    yield at;
    at = to;
  }
}

/** Follows structures that are linked by a field; what can be none of the kind ends the list. */
export function linked(memory: Memory, first: number, struct: string, link: string): Generator<number> {
  const offset = memory.target.symbols.offset(struct, link);
  const structs = [struct];
  return walkList(first, (at) => memory.u32(structAt(memory, at, structs, struct) + offset));
}

/** A list as far as it leads. */
export interface Followed {
  elements: number[];
  /** Which list does not lead on, behind what, and why */
  broken?: string;
}

/** Follows a list to its end, or to where it breaks off. @param list what it is called */
export function follow(list: string, walk: () => Iterable<number>): Followed {
  const elements: number[] = [];
  try {
    for (const at of walk()) elements.push(at);
    return { elements };
  } catch (error) {
    const behind = elements.length === 0 ? '' : `, behind 0x${elements.at(-1)!.toString(16)}`;
    return { elements, broken: `${list}${behind}: ${reasonOf(error)}` };
  }
}

/**
 * Elements of a TAILQ or LIST (whose heads and links begin with a pointer) with head at `head`, linked by
 * `link` in `struct`.
 */
export function queue(memory: Memory, head: number, struct: string, link: string): Generator<number> {
  return linked(memory, memory.u32(head), struct, link);
}

/** The lists of processes: of those that live, then of the zombies. */
export const PROCESS_LISTS = ['allproc', 'zombproc'] as const;

/** One of them. */
export const processList = (memory: Memory, list: (typeof PROCESS_LISTS)[number]): Generator<number> =>
  queue(memory, memory.target.symbols.address(list), 'proc', 'p_list');

/** Every process: allproc, then the zombies. */
export function* processes(memory: Memory): Generator<number> {
  for (const list of PROCESS_LISTS) yield* processList(memory, list);
}

/**
 * The process with a pid, or undefined.
 * @throws ShowError if it is on no list, as far as they lead, and one of them breaks off
 */
export function findPid(memory: Memory, pid: number): number | undefined {
  const odd: string[] = [];
  for (const list of PROCESS_LISTS) {
    const { elements, broken } = follow(list, () => processList(memory, list));
    for (const p of elements) if (memory.field('proc', p, 'p_pid') === pid) return p;
    if (broken !== undefined) odd.push(broken);
  }
  if (odd.length > 0) throw new ShowError(`*** pid ${pid} not found; ${odd.join('; ')} ***`);
  return undefined;
}

/**
 * The process that an argument means which is no address.
 * @param pid it as a pid, see ShowContext
 * @throws ShowError
 */
export function processOf(memory: Memory, value: number, pid: number | undefined): number {
  const digits = value.toString(16);
  if (pid === undefined) throw new ShowError(`${digits}: a pid is decimal (0x${digits}: hexadecimal)`);
  const p = findPid(memory, pid);
  if (p === undefined) throw new ShowError(`pid ${pid} not found`);
  return p;
}

/** May it be one of a list's? Of a list that cannot be walked that is not known. */
export function mayBeOf(list: () => Iterable<number>, at: number): boolean {
  try {
    for (const each of list()) if (each === at) return true;
    return false;
  } catch (error) {
    if (error instanceof ShowError || error instanceof BadAddress) return true;
    throw error;
  }
}

/**
 * The process that an argument means: an address of the kernel, else a pid. Of an address where no process
 * is, says so: one that was freed may be worth a look. @throws BadAddress, ShowError
 */
export function processArgument({ memory, print, pid }: ShowContext, value: number): number {
  if (isKernelAddress(memory, value)) {
    const at = structAt(memory, value >>> 0, ['proc'], 'process');
    if (!mayBeOf(() => processes(memory), at))
      print(`*** 0x${at.toString(16)} is not on allproc or zombproc: no process, or a freed one ***`);
    return at;
  }
  return processOf(memory, value, pid);
}

/** The running process of the stopped CPU, 0 before there is one. @throws ShowError if it can be none */
export function currentProcess({ memory, pcpu }: Pick<ShowContext, 'memory' | 'pcpu'>): number {
  const p = memory.field('pcpu', pcpu, 'curproc');
  if (p === 0) return 0;
  try {
    return structAt(memory, p, ['proc'], 'process');
  } catch (error) {
    throw new ShowError(`*** curproc 0x${p.toString(16)}: ${reasonOf(error)} ***`);
  }
}

/**
 * The first argument as the address of a structure. The name of a kernel variable that points to one
 * (kernel_map) stands for what it points to.
 */
export function structArgument(context: ShowContext, struct: string): number | undefined {
  const value = context.args[0];
  if (value === undefined) return undefined;
  const { symbols } = context.memory.target;
  const near = symbols.nearest(value);
  const variable =
    near !== undefined &&
    near.offset === 0 &&
    near.symbol.kind !== 'text' &&
    symbols.isPointerTo(near.symbol.type, struct);
  return variable ? context.memory.u32(value) : value >>> 0;
}

/**
 * The same; without an argument, says what is missing, and of an address in the kernel's code, or in a
 * variable that is another one or too small, what lies there instead.
 * @param others structures that the command shows as well
 * @throws BadAddress where nothing is mapped
 */
export function needStruct(
  context: ShowContext,
  struct: string,
  command: string,
  others: readonly string[] = [],
): number {
  const at = structArgument(context, struct);
  if (at === undefined) throw new ShowError(`usage: show ${command} address`);
  return structAt(context.memory, at, [struct, ...others], command);
}

/** May one of these structures lie at an offset of something of a type? In an array of words anything may. */
function mayHold(symbols: SymbolTable, index: number, offset: number, structs: readonly string[]): boolean {
  const type = symbols.type(index);
  if (type.kind === 'array') {
    const of = symbols.type(type.of);
    if (of.kind !== 'struct') return of.kind !== 'pointer';
    return mayHold(symbols, type.of, offset % symbols.struct(of.name).size, structs);
  }
  if (type.kind !== 'struct') return false;
  if (offset === 0 && structs.includes(type.name)) return true;
  const fields = Object.values(symbols.struct(type.name).fields);
  const around = fields.filter((field) => field.offset <= offset).sort((a, b) => b.offset - a.offset)[0];
  return around !== undefined && mayHold(symbols, around.type, offset - around.offset, structs);
}

/**
 * The same of an address: it, if one of these structures may be there. What a pointer of the kernel's leads
 * to is taken by it, as what is typed.
 * @throws BadAddress, ShowError
 */
export function structAt(memory: Memory, at: number, structs: readonly string[], what: string): number {
  const { symbols } = memory.target;
  const near = symbols.nearest(at);
  if (near !== undefined) {
    const { kind, name, size, type } = near.symbol;
    const fits =
      kind !== 'text' &&
      size >= symbols.struct(structs[0]!).size &&
      mayHold(symbols, type, near.offset, structs);
    const is = kind === 'text' ? 'function' : 'variable';
    if (!fits) throw new ShowError(`no ${what} at 0x${at.toString(16)}: the kernel's ${is} ${name} is there`);
  }
  mapped(memory, at);
  if (at % WORD !== 0) throw new ShowError(`no ${what} at 0x${at.toString(16)}: no multiple of ${WORD}`);
  return at;
}

/** An array of structures in the kernel, for what may be one of its elements. */
export interface Elements {
  struct: string;
  /** Address of the first */
  first: number;
  count: number;
  /** How one of them is called */
  what: string;
}

/**
 * The address of an element.
 * @param isElsewhere whether one that lies in no array is at the address, of what is outside this one
 * @throws ShowError
 */
export function elementAt(
  memory: Memory,
  at: number,
  { struct, first, count, what }: Elements,
  isElsewhere: () => boolean = () => false,
): number {
  const { size } = memory.target.symbols.struct(struct);
  const end = first + size * count;
  const hex = (address: number): string => `0x${(address >>> 0).toString(16)}`;
  if (at < first || at >= end) {
    if (isElsewhere()) return at;
    if (first === 0) throw new ShowError(`*** ${hex(at)} is no ${what}: there are none yet ***`);
    throw new ShowError(`*** ${hex(at)} is no ${what}: they lie from ${hex(first)} to ${hex(end)} ***`);
  }
  const behind = (at - first) % size;
  if (behind !== 0)
    throw new ShowError(
      `*** ${hex(at)} is no ${what}, but ${behind} bytes behind that at ${hex(at - behind)} ***`,
    );
  return at;
}
