import { MachineStop, R_BEGIN, R_ESP, R_WAIT, type Stepper, type StepView } from '@trap12/machine';
import type { Breakpoint, Execution, How, Stop, Told, Watchpoint } from '@trap12/target';
import type { KernelFunction } from './kernel.js';
import type { System } from './system.js';

/** What is entered on the stack of whoever runs, without a call: a processor that steps through instructions goes over it. */
const HANDLERS = ['Xintr', 'trap'];

interface Watched extends Watchpoint {
  /** What was there last; undefined: nothing was mapped */
  last: Uint8Array | undefined;
}

/** Where the machine was told to go on from. */
interface Going {
  how: How;
  left: number;
  context: number;
  /** Stack pointer of the function that it went on in */
  esp: number;
  /** Stack pointer at the last step */
  lastEsp: number;
  depth: number;
  told: Told;
}

/**
 * Control of a machine with a kernel in its checked form: where it is to stop, and how it goes on. Watches and waits; what it changes it
 * changes while the machine stands.
 */
export class Control implements Execution, Stepper {
  stop: Stop | undefined;
  readonly counts = { steps: 0, loads: 0, stores: 0 };
  private readonly breaks = new Map<number, Breakpoint>();
  private watched: Watched[] = [];
  private going: Going | undefined;
  /** Stack pointer under a handler that is gone over; 0: none is */
  private over = 0;
  private readonly handlers: ReadonlySet<number>;
  private readonly beginnings: ReadonlySet<number>;
  /** The last access: by which instruction, and whether it could have stored to an address. */
  private last = { site: 0, address: 0 };

  constructor(
    private readonly system: System,
    private readonly isStep: (address: number) => boolean,
  ) {
    const { symbols } = system;
    this.handlers = new Set(HANDLERS.map((name) => symbols.address(name) | 0));
    const texts = symbols.image.symbols.filter((s) => s.kind === 'text');
    this.beginnings = new Set(texts.map((s) => s.address | 0));
  }

  get breakpoints(): readonly Breakpoint[] {
    return [...this.breaks.values()];
  }

  get watchpoints(): readonly Watchpoint[] {
    return this.watched;
  }

  place(address: number): number | undefined {
    const near = this.system.symbols.nearest(address);
    if (near === undefined) return undefined;
    const end = (near.symbol.address >>> 0) + near.symbol.size;
    for (let at = address >>> 0; at < end; at++) if (this.isStep(at | 0)) return at;
    return undefined;
  }

  break(address: number, count: number, temporary: boolean): void {
    if (!this.isStep(address | 0))
      throw new RangeError(`the machine cannot stand at 0x${(address >>> 0).toString(16)}`);
    this.breaks.set(address | 0, { address: address >>> 0, count: Math.max(1, count), temporary });
    this.ask();
  }

  deleteBreakpoint(address: number): boolean {
    const was = this.breaks.delete(address | 0);
    this.ask();
    return was;
  }

  watch(address: number, bytes: number): void {
    const last = this.contents(address, bytes);
    if (last === undefined) throw new RangeError(`address 0x${(address >>> 0).toString(16)} is not mapped`);
    this.deleteWatchpoint(address);
    this.watched.push({ address: address >>> 0, bytes, last });
    this.ask();
  }

  deleteWatchpoint(address: number): boolean {
    const before = this.watched.length;
    this.watched = this.watched.filter((w) => w.address !== address >>> 0);
    this.ask();
    return this.watched.length < before;
  }

  go(how: How, count = 1, told: Told = {}): void {
    const { machine } = this.system;
    const esp = machine.reg[R_ESP]! >>> 0;
    this.stop = undefined;
    this.over = 0;
    Object.assign(this.counts, { steps: 0, loads: 0, stores: 0 });
    for (const w of this.watched) w.last = this.contents(w.address, w.bytes);
    this.going =
      how === 'continue'
        ? undefined
        : { how, left: count, context: machine.cpu.context, esp, lastEsp: esp, depth: 0, told };
    this.ask();
  }

  /** Asks to be told of every step as long as there is something to stop for. */
  private ask(): void {
    const idle = this.breaks.size === 0 && this.watched.length === 0 && this.going === undefined;
    this.system.machine.steps.askFrom(idle ? null : this);
  }

  step(view: StepView): boolean {
    const { last } = this;
    const stop = this.watching() ?? this.breaking(view.site) ?? this.ends(view);
    last.site = view.site;
    last.address = view.address;
    this.count(view.site);
    if (stop === undefined) return false;
    this.stop = stop;
    this.going = undefined;
    return true;
  }

  private count(site: number): void {
    const { counts, system } = this;
    counts.steps++;
    if (this.going === undefined) return;
    const kind = system.symbols.site(site)?.kind;
    if (kind === 'load' || kind === 'rmw') counts.loads++;
    if (kind === 'store' || kind === 'rmw') counts.stores++;
  }

  private watching(): Stop | undefined {
    for (const w of this.watched) {
      const now = this.contents(w.address, w.bytes);
      const old = w.last;
      if (same(old, now)) continue;
      w.last = now;
      const { symbols } = this.system;
      const site = symbols.site(this.last.site >>> 0);
      const from = this.last.address >>> 0;
      const stored = site !== undefined && ['store', 'rmw'].includes(site.kind);
      const here = stored && from < w.address + w.bytes && from + site.width > w.address;
      return {
        why: 'watchpoint',
        watchpoint: { address: w.address, bytes: w.bytes },
        old: old ?? new Uint8Array(0),
        now: now ?? new Uint8Array(0),
        site: here ? this.last.site >>> 0 : undefined,
      };
    }
    return undefined;
  }

  private breaking(site: number): Stop | undefined {
    const breakpoint = this.breaks.get(site);
    if (breakpoint === undefined) return undefined;
    if (--breakpoint.count > 0) return undefined;
    breakpoint.count = 1;
    if (breakpoint.temporary) this.breaks.delete(site);
    return { why: 'breakpoint', breakpoint };
  }

  /** Has it gone as far as it was told to? */
  private ends({ site }: StepView): Stop | undefined {
    const { going } = this;
    const { machine } = this.system;
    if (going === undefined || machine.cpu.context !== going.context) return undefined;
    const esp = machine.reg[R_ESP]! >>> 0;
    if (this.over !== 0) {
      if (esp < this.over || this.handlers.has(site)) return undefined;
      this.over = 0;
    } else if (this.handlers.has(site)) {
      this.over = esp;
      return undefined;
    }
    const called = this.beginnings.has(site);
    // A function returns without a step: the first one behind it, further up the stack, tells.
    const returned = esp > going.lastEsp;
    going.lastEsp = esp;
    going.told.onStep?.(site >>> 0);
    if (called || returned) {
      going.depth += called ? 1 : -1;
      going.told.onCall?.(site >>> 0, going.depth);
    }
    return this.arrives(going, esp, called, returned) && --going.left === 0 ? { why: 'step' } : undefined;
  }

  private arrives({ how, esp: from }: Going, esp: number, called: boolean, returned: boolean): boolean {
    switch (how) {
      case 'step':
        return true;
      case 'until':
        return called || returned;
      case 'match':
        return returned && esp > from;
      case 'continue':
        return false;
    }
  }

  private contents(address: number, bytes: number): Uint8Array | undefined {
    const read = this.system.target.read(address, bytes);
    return read.length === bytes ? read : undefined;
  }

  call(address: number, args: readonly number[]): number {
    const { machine, symbols, table } = this.system;
    const near = symbols.nearest(address);
    const f: KernelFunction | undefined = near?.offset === 0 ? table.get(address | 0) : undefined;
    if (near === undefined || f === undefined)
      throw new RangeError(`0x${(address >>> 0).toString(16)} is not the beginning of a function`);
    const type = symbols.image.types[near.symbol.type];
    if (type?.kind !== 'function' || type.sleeps)
      throw new RangeError(`${near.symbol.name} may sleep: the debugger has no process to wait in`);
    if (args.length < type.params.length || (args.length > type.params.length && !type.variadic))
      throw new RangeError(`${near.symbol.name} takes ${type.params.length} arguments, not ${args.length}`);
    return this.callNow(near.symbol.name, () => f(0, ...args.map((a) => a | 0)));
  }

  private callNow(name: string, f: () => number | boolean | undefined): number {
    const { machine } = this.system;
    const before = machine.save();
    const registers = machine.reg.slice();
    const counted = machine.steps.save();
    machine.reg[R_BEGIN] = 0;
    machine.steps.holdBack(true);
    let result: number | boolean | undefined;
    let failed: string | undefined;
    try {
      result = f();
      if (machine.reg[R_WAIT] !== 0) failed = 'would have to wait';
    } catch (error) {
      if (!(error instanceof MachineStop)) throw error;
      failed = `stopped the machine (${error.why})`;
    }
    machine.steps.holdBack(false);
    if (failed !== undefined) {
      machine.restore(before);
      throw new RangeError(`${name} ${failed}; the machine is as it was before the call`);
    }
    machine.reg.set(registers);
    machine.steps.restore(counted);
    return Number(result ?? 0) >>> 0;
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.every((byte, i) => byte === b[i]);
}
