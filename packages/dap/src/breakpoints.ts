import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Execution, SymbolTable, WatchKind } from '@trap12/target';
import type { Arguments } from './arguments.js';
import type { Sources } from './sources.js';

/** What a stop at one is called in the protocol. */
export type BreakpointKind =
  | 'breakpoint'
  | 'function breakpoint'
  | 'instruction breakpoint'
  | 'data breakpoint';

/** A breakpoint that the client wants. */
export interface Wanted {
  id: number;
  kind: BreakpointKind;
  /** Where the machine is to stop; of a data breakpoint, where what it watches lies */
  addresses: readonly number[];
  /** Of a data breakpoint: how much it watches */
  bytes: number;
  watch: WatchKind;
  /** It stops the so-manieth time */
  count: number;
  /** Expression that has to be true */
  condition: string | undefined;
  /** What is told instead of stopping, with expressions in braces */
  log: string | undefined;
  /** Why it is none */
  problem: string | undefined;
  source: DebugProtocol.Source | undefined;
  line: number | undefined;
}

const COUNT_MAX = 1_000_000_000;
const WATCH_MAX = 4096;
/** How the protocol calls what stops the machine. */
const ACCESS: Readonly<Record<string, WatchKind>> = { write: 'write', read: 'read', readWrite: 'access' };
export const ACCESSES = Object.keys(ACCESS);

/**
 * The breakpoints of a session, and how they are set in its machine. Those that the debugger's own commands
 * set are not touched.
 */
export class Breakpoints {
  private readonly lists = new Map<string, Wanted[]>();
  /** What is set in the machine, by address */
  private readonly breaks = new Map<number, number>();
  private readonly watches = new Map<number, Watch>();
  private ids = 0;

  private wanted(kind: BreakpointKind, args: Arguments, made: Partial<Wanted>): Wanted {
    const hit = args.maybeText('hitCondition')?.trim() ?? '';
    const count = hit === '' ? 1 : Number(hit);
    const counts = Number.isSafeInteger(count) && count >= 1 && count <= COUNT_MAX;
    return {
      id: ++this.ids,
      kind,
      addresses: [],
      bytes: 0,
      watch: 'write',
      count: counts ? count : 1,
      condition: args.maybeText('condition')?.trim() || undefined,
      log: args.maybeText('logMessage') || undefined,
      problem: counts ? undefined : `hit condition: accepted: 1 to ${COUNT_MAX}`,
      source: undefined,
      line: undefined,
      ...made,
    };
  }

  /** Those of a file of the kernel's, in place of the ones before. */
  inSource(sources: Sources, source: Arguments, list: readonly Arguments[]): Wanted[] {
    const path = source.maybeText('path');
    const file = sources.find(path, source.maybeNumber('sourceReference'));
    const made = list.map((args) => {
      const line = args.number('line');
      if (file === undefined)
        return this.wanted('breakpoint', args, { line, problem: 'the kernel has no such file' });
      const places = sources.places(file, line);
      if (places === undefined)
        return this.wanted('breakpoint', args, {
          line,
          problem: 'the machine can stand nowhere below this line',
        });
      return this.wanted('breakpoint', args, { ...places, source: sources.describe(file) });
    });
    this.lists.set(`source ${file ?? path}`, made);
    return made;
  }

  functions(symbols: SymbolTable, execution: Execution, list: readonly Arguments[]): Wanted[] {
    const made = list.map((args) => {
      const name = args.text('name').trim();
      const known = symbols.has(name) && symbols.symbol(name).kind === 'text';
      const place = known ? execution.place(symbols.address(name)) : undefined;
      if (place !== undefined) return this.wanted('function breakpoint', args, { addresses: [place] });
      const problem = known
        ? `the machine can stand nowhere in ${name}`
        : `the kernel has no function ${name}`;
      return this.wanted('function breakpoint', args, { problem });
    });
    this.lists.set('functions', made);
    return made;
  }

  instructions(execution: Execution, list: readonly Arguments[]): Wanted[] {
    const made = list.map((args) => {
      const address = args.address('instructionReference') + (args.maybeNumber('offset') ?? 0);
      const place = execution.place(address);
      if (place === address >>> 0) return this.wanted('instruction breakpoint', args, { addresses: [place] });
      const next = place === undefined ? '' : `; the next place is 0x${place.toString(16)}`;
      return this.wanted('instruction breakpoint', args, { problem: `the machine cannot stand here${next}` });
    });
    this.lists.set('instructions', made);
    return made;
  }

  data(list: readonly Arguments[]): Wanted[] {
    const made = list.map((args) => {
      const area = parseDataId(args.text('dataId'));
      const access = args.maybeText('accessType') ?? 'write';
      if (area === undefined || area.bytes < 1 || area.bytes > WATCH_MAX)
        return this.wanted('data breakpoint', args, { problem: `accepted: 1 to ${WATCH_MAX} bytes` });
      const watch = ACCESS[access];
      if (watch === undefined)
        return this.wanted('data breakpoint', args, {
          problem: `accessType: accepted: ${ACCESSES.join(', ')}`,
        });
      return this.wanted('data breakpoint', args, { addresses: [area.address], bytes: area.bytes, watch });
    });
    this.lists.set('data', made);
    return made;
  }

  /** Those that can be set; what cannot be watched now may be later. */
  private all(): Wanted[] {
    return [...this.lists.values()].flat().filter((each) => each.problem === undefined || each.bytes > 0);
  }

  /** All that stop the machine at an address. */
  at(address: number): Wanted[] {
    return this.all().filter((each) => each.bytes === 0 && each.addresses.includes(address >>> 0));
  }

  /** All that watch a piece of memory which an address lies in. */
  watching(address: number): Wanted[] {
    const watches = ({ addresses: [at = 0], bytes }: Wanted): boolean =>
      address >>> 0 >= at && address >>> 0 < at + bytes;
    return this.all().filter((each) => each.bytes > 0 && watches(each));
  }

  /**
   * Sets in the machine what is wanted.
   * @returns those that can be watched no more, or can be now
   */
  apply(execution: Execution): Wanted[] {
    const counts = new Map<number, number>();
    const watches = new Map<number, Watch>();
    for (const each of this.all())
      for (const at of each.addresses)
        if (each.kind === 'data breakpoint') watches.set(at, both(each, watches.get(at)));
        else counts.set(at, each.count);
    for (const at of this.breaks.keys()) if (!counts.has(at)) execution.deleteBreakpoint(at);
    for (const at of this.watches.keys()) if (!watches.has(at)) execution.deleteWatchpoint(at);
    for (const [at, count] of counts) if (this.breaks.get(at) !== count) execution.break(at, count, false);
    refill(this.breaks, counts);
    const failed = new Map<number, string>();
    for (const [at, { bytes, watch }] of watches) {
      const set = this.watches.get(at);
      if (set?.bytes === bytes && set.watch === watch) continue;
      try {
        execution.watch(at, bytes, watch);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        failed.set(at, error.message);
      }
    }
    for (const at of failed.keys()) watches.delete(at);
    refill(this.watches, watches);
    const changed = this.all().filter(
      (each) => each.bytes > 0 && each.problem !== failed.get(each.addresses[0]!),
    );
    for (const each of changed) each.problem = failed.get(each.addresses[0]!);
    return changed;
  }

  /** Takes them out of a machine that goes where breakpoints do not count; apply() sets them again. */
  takeOut(execution: Execution): void {
    for (const at of this.breaks.keys()) execution.deleteBreakpoint(at);
    for (const at of this.watches.keys()) execution.deleteWatchpoint(at);
    this.breaks.clear();
    this.watches.clear();
  }

  /** Another machine: nothing is set in it yet. */
  forget(): void {
    this.breaks.clear();
    this.watches.clear();
  }
}

type Watch = Pick<Wanted, 'bytes' | 'watch'>;

/** Two data breakpoints at the same address are one watchpoint. */
function both({ bytes, watch }: Watch, other: Watch = { bytes, watch }): Watch {
  return { bytes: Math.max(bytes, other.bytes), watch: watch === other.watch ? watch : 'access' };
}

function refill<T>(map: Map<number, T>, from: ReadonlyMap<number, T>): void {
  map.clear();
  for (const [at, value] of from) map.set(at, value);
}

/** What the client is told of a breakpoint. */
export function describe({ id, problem, source, line, addresses, kind }: Wanted): DebugProtocol.Breakpoint {
  const at = addresses[0];
  return {
    id,
    verified: problem === undefined,
    ...(problem === undefined ? {} : { message: problem }),
    ...(source === undefined ? {} : { source }),
    ...(line === undefined ? {} : { line }),
    ...(at === undefined || kind === 'data breakpoint'
      ? {}
      : { instructionReference: `0x${at.toString(16)}` }),
  };
}

/** The name of a piece of memory as data breakpoints have it. */
export const dataId = (address: number, bytes: number): string =>
  `0x${(address >>> 0).toString(16)},${bytes}`;

function parseDataId(id: string): { address: number; bytes: number } | undefined {
  const match = /^(0x[0-9a-f]{1,8}),(\d{1,9})$/.exec(id);
  return match === null ? undefined : { address: Number(match[1]), bytes: Number(match[2]) };
}
