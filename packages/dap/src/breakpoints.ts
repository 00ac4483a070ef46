import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Execution, KnownProgram, Target, WatchKind } from '@trap12/target';
import type { Arguments } from './arguments.js';
import type { Place, Sources } from './sources.js';

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
  places: readonly Place[];
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
  /** What is set in the machine, by program and address */
  private readonly breaks = new Map<string, Place & { count: number }>();
  private readonly watches = new Map<number, Watch>();
  private ids = 0;

  private wanted(kind: BreakpointKind, args: Arguments, made: Partial<Wanted>): Wanted {
    const hit = args.maybeText('hitCondition')?.trim() ?? '';
    const count = hit === '' ? 1 : Number(hit);
    const counts = Number.isSafeInteger(count) && count >= 1 && count <= COUNT_MAX;
    return {
      id: ++this.ids,
      kind,
      places: [],
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

  /** Those of a file of the kernel's or of programs, in place of the ones before. */
  inSource(sources: Sources, source: Arguments, list: readonly Arguments[]): Wanted[] {
    const path = source.maybeText('path');
    const found = sources.find(path, source.maybeNumber('sourceReference'));
    const made = list.map((args) => {
      const line = args.number('line');
      if ('problem' in found) return this.wanted('breakpoint', args, { line, ...found });
      const at = sources.places(found.files, line);
      if (at === undefined)
        return this.wanted('breakpoint', args, {
          line,
          problem: 'the machine can stand nowhere below this line',
        });
      return this.wanted('breakpoint', args, { ...at, source: sources.describe(found.files[0]!) });
    });
    this.lists.set(`source ${'problem' in found ? path : found.files[0]!.name}`, made);
    return made;
  }

  /** At functions of the kernel, or of a program: `PROGRAM:function`. */
  functions(target: Target, execution: Execution, list: readonly Arguments[]): Wanted[] {
    const made = list.map((args) => {
      const name = args.text('name').trim();
      return this.wanted('function breakpoint', args, functionPlace(target, execution, name));
    });
    this.lists.set('functions', made);
    return made;
  }

  /** @param standing the program that runs: addresses of user space are its own */
  instructions(
    { symbols }: Target,
    execution: Execution,
    list: readonly Arguments[],
    standing: KnownProgram | undefined,
  ): Wanted[] {
    const made = list.map((args) => {
      const address = args.address('instructionReference') + (args.maybeNumber('offset') ?? 0);
      const program = address < symbols.constant('VM_MAXUSER_ADDRESS') >>> 0 ? standing : undefined;
      const place = execution.place(address, program);
      if (place === address >>> 0)
        return this.wanted('instruction breakpoint', args, { places: [{ address: place, program }] });
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
      const { address, bytes } = area;
      return this.wanted('data breakpoint', args, { places: [{ address }], bytes, watch });
    });
    this.lists.set('data', made);
    return made;
  }

  /** Those that can be set; what cannot be watched now may be later. */
  private all(): Wanted[] {
    return [...this.lists.values()].flat().filter((each) => each.problem === undefined || each.bytes > 0);
  }

  /** All that stop the machine at an address, of the program or else of the kernel. */
  at(address: number, program: KnownProgram | undefined): Wanted[] {
    const key = keyOf({ address: address >>> 0, program });
    return this.all().filter((each) => each.bytes === 0 && each.places.some((place) => keyOf(place) === key));
  }

  /** All that watch a piece of memory which an address lies in. */
  watching(address: number): Wanted[] {
    const watches = ({ places: [place], bytes }: Wanted): boolean => {
      const at = place?.address ?? 0;
      return address >>> 0 >= at && address >>> 0 < at + bytes;
    };
    return this.all().filter((each) => each.bytes > 0 && watches(each));
  }

  /**
   * Sets in the machine what is wanted.
   * @returns those that can be watched no more, or can be now
   */
  apply(execution: Execution): Wanted[] {
    const counts = new Map<string, Place & { count: number }>();
    const watches = new Map<number, Watch>();
    for (const each of this.all())
      for (const place of each.places) {
        const { address } = place;
        if (each.kind === 'data breakpoint') watches.set(address, both(each, watches.get(address)));
        else counts.set(keyOf(place), { ...place, count: each.count });
      }
    for (const [key, { address, program }] of this.breaks)
      if (!counts.has(key)) execution.deleteBreakpoint(address, program);
    for (const at of this.watches.keys()) if (!watches.has(at)) execution.deleteWatchpoint(at);
    for (const [key, { address, program, count }] of counts)
      if (this.breaks.get(key)?.count !== count) execution.break(address, count, false, program);
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
      (each) => each.bytes > 0 && each.problem !== failed.get(each.places[0]!.address),
    );
    for (const each of changed) each.problem = failed.get(each.places[0]!.address);
    return changed;
  }

  /** Takes them out of a machine that goes where breakpoints do not count; apply() sets them again. */
  takeOut(execution: Execution): void {
    for (const { address, program } of this.breaks.values()) execution.deleteBreakpoint(address, program);
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

/** In user space those of several programs may lie at the same address. */
const keyOf = ({ address, program }: Place): string => `${program?.name ?? ''}:${address}`;

/** Where a function begins; the names are those of the debugger's `break`. */
function functionPlace(target: Target, execution: Execution, text: string): Partial<Wanted> {
  const [whole = '', owner, own] = /^(?:([^:]*):)?([^:]*)$/.exec(text) ?? [];
  if (whole === '') return { problem: 'accepted: FUNCTION, kernel:FUNCTION, PROGRAM:FUNCTION' };
  const name = own!;
  const inKernel = owner === undefined || owner === 'kernel';
  const program = inKernel ? undefined : target.programs?.named(owner);
  if (!inKernel && program === undefined) return { problem: `there is no program ${owner}` };
  const { symbols } = program ?? target;
  const whose = program === undefined ? 'the kernel' : program.name;
  if (!symbols.has(name) || symbols.symbol(name).kind !== 'text')
    return { problem: `${whose} has no function ${name}` };
  const address = execution.place(symbols.address(name), program);
  if (address === undefined) return { problem: `the machine can stand nowhere in ${text}` };
  return { places: [{ address, program }] };
}

type Watch = Pick<Wanted, 'bytes' | 'watch'>;

/** Two data breakpoints at the same address are one watchpoint. */
function both({ bytes, watch }: Watch, other: Watch = { bytes, watch }): Watch {
  return { bytes: Math.max(bytes, other.bytes), watch: watch === other.watch ? watch : 'access' };
}

function refill<K, T>(map: Map<K, T>, from: ReadonlyMap<K, T>): void {
  map.clear();
  for (const [at, value] of from) map.set(at, value);
}

/** What the client is told of a breakpoint. */
export function describe({ id, problem, source, line, places, kind }: Wanted): DebugProtocol.Breakpoint {
  const at = places[0]?.address;
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
