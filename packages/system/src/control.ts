import { MachineStop, R_BEGIN, R_EBP, R_ESP, R_WAIT, type Stepper, type StepView } from '@trap12/machine';
import type {
  Breakpoint,
  Changed,
  Execution,
  How,
  Judge,
  KnownProgram,
  Past,
  Stop,
  Told,
  Watcher,
  WatchKind,
  Watchpoint,
} from '@trap12/target';
import { NoProgressError } from './run.js';
import { LastStep } from './accesses.js';
import { Follower } from './follower.js';
import type { KernelFunction } from './kernel.js';
import { type LinePlace, linePlace } from './lines.js';
import { RegisterWatch, watchedRegister } from './registers.js';
import type { System } from './system.js';
import { Watched } from './watched.js';

/** Characters that a function prints under a debugger's call before the rest is left out */
const PRINTED_MAX = 1 << 16;

/** Where the machine was told to go on from. */
interface Going {
  how: How;
  left: number;
  /** Stack pointer of the function that it went on in */
  esp: number;
  depth: number;
  /** It went on in user mode */
  user: boolean;
  told: Told;
  /** Where it stood */
  from: LinePlace;
}

/**
 * Control of a machine with a kernel in its checked form: where it is to stop, and how it goes on. Watches
 * and waits; what it changes it changes while the machine stands.
 */
export class Control implements Execution, Stepper {
  stop: Stop | undefined;
  readonly counts = { steps: 0, loads: 0, stores: 0 };
  readonly programs = true;
  /** By address: in user space those of several programs may lie at the same one */
  private readonly breaks = new Map<number, Breakpoint[]>();
  private watched: Watchpoint[] = [];
  private watching: Watcher | undefined;
  private going: Going | undefined;
  /** Somebody else who says where to stand */
  private judge: Judge | undefined;
  /** Virtual time from which on it is to stand, ns since power-on */
  private stopNs: number | undefined;
  /** What the last stop has ended */
  private left: Going | undefined;
  private readonly follower: Follower;
  /** What came before, if it is remembered */
  past: Past | undefined;
  guard = <T>(call: () => T): T => call();

  constructor(
    private readonly system: System,
    private readonly isStep: (address: number) => boolean,
  ) {
    this.follower = new Follower(system);
  }

  get breakpoints(): readonly Breakpoint[] {
    return [...this.breaks.values()].flat();
  }

  get watchpoints(): readonly Watchpoint[] {
    return this.watched;
  }

  place(address: number, program?: KnownProgram): number | undefined {
    if (program !== undefined) return program.symbols.placeBehind(address);
    return this.system.symbols.placeBehind(address, (at) => this.isStep(at | 0));
  }

  break(address: number, count: number, temporary: boolean, program?: KnownProgram): void {
    if (!(program === undefined ? this.isStep(address | 0) : program.symbols.isPlace(address)))
      throw new RangeError(`the machine cannot stand at 0x${(address >>> 0).toString(16)}`);
    this.deleteBreakpoint(address, program);
    const breakpoint = { address: address >>> 0, program, count: Math.max(1, count), temporary };
    this.breaks.set(address | 0, [...(this.breaks.get(address | 0) ?? []), breakpoint]);
    this.ask();
  }

  deleteBreakpoint(address: number, program?: KnownProgram): boolean {
    const there = this.breaks.get(address | 0) ?? [];
    const left = there.filter((b) => b.program?.name !== program?.name);
    if (left.length > 0) this.breaks.set(address | 0, left);
    else this.breaks.delete(address | 0);
    this.ask();
    return left.length < there.length;
  }

  watch(address: number, bytes: number, kind: WatchKind = 'write'): void {
    if (this.system.target.read(address, bytes).length < bytes)
      throw new RangeError(`address 0x${(address >>> 0).toString(16)} is not mapped`);
    this.deleteWatchpoint(address);
    this.watched.push({ address: address >>> 0, bytes, kind });
    this.ask();
  }

  deleteWatchpoint(address: number): boolean {
    const before = this.watched.length;
    this.watched = this.watched.filter((w) => w.register !== undefined || w.address !== address >>> 0);
    this.ask();
    return this.watched.length < before;
  }

  watchRegister(name: string): void {
    const register = { name: watchedRegister(name), cpu: this.system.machine.cpu.id };
    this.deleteRegisterWatch(name);
    this.watched.push({ address: 0, bytes: 4, register });
    this.ask();
  }

  deleteRegisterWatch(name: string): boolean {
    const before = this.watched.length;
    const { id } = this.system.machine.cpu;
    this.watched = this.watched.filter((w) => w.register?.name !== name || w.register.cpu !== id);
    this.ask();
    return this.watched.length < before;
  }

  go(how: How, count = 1, told: Told = {}): void {
    const { machine } = this.system;
    const esp = machine.reg[R_ESP]! >>> 0;
    this.stop = undefined;
    Object.assign(this.counts, { steps: 0, loads: 0, stores: 0 });
    const user = machine.program !== null;
    this.follower.follow(machine.cpu.context, { esp, program: user && how !== 'step' && how !== 'until' });
    const from = linePlace(this.system);
    this.going = how === 'continue' ? undefined : { how, left: count, esp, depth: 0, user, told, from };
    this.judge = undefined;
    this.ask();
  }

  goUntil(judge: Judge): void {
    this.go('continue');
    this.judge = judge;
    this.ask();
  }

  stopAtTime(ns: number | undefined): void {
    this.stopNs = ns;
    this.ask();
  }

  goOn(): void {
    this.stop = undefined;
    this.going = this.left;
    this.ask();
  }

  /** Asks to be told of every step as long as there is something to stop for. */
  askAgain(): void {
    this.stop = undefined;
    this.going = undefined;
    this.judge = undefined;
    this.ask();
  }

  private ask(): void {
    this.watching = this.watched.length === 0 ? undefined : this.watcher();
    const { going, judge, stopNs } = this;
    const idle =
      this.breaks.size === 0 && this.watched.length === 0 && (going ?? judge ?? stopNs) === undefined;
    this.system.machine.steps.askFrom(idle ? null : this);
  }

  step(view: StepView): boolean {
    const stop =
      this.watching?.(view) ?? this.breaking(view) ?? this.ends(view) ?? this.judged(view) ?? this.late();
    if (stop === undefined) return false;
    this.stop = stop;
    this.left = this.going;
    this.going = undefined;
    this.judge = undefined;
    return true;
  }

  private late(): Stop | undefined {
    const { stopNs } = this;
    return stopNs !== undefined && this.system.machine.now() >= stopNs ? { why: 'step' } : undefined;
  }

  private judged(view: StepView): Stop | undefined {
    return this.judge?.(view) === undefined ? undefined : { why: 'step' };
  }

  breaksAt(view: Pick<StepView, 'site' | 'user'>): boolean {
    return this.breakpointAt(view) !== undefined;
  }

  private breakpointAt({ site, user }: Pick<StepView, 'site' | 'user'>): Breakpoint | undefined {
    const there = this.breaks.get(site);
    if (there === undefined || !user) return there?.[0];
    const { program } = this.system;
    return there.find((b) => b.program === undefined || b.program.name === program?.name);
  }

  private count({ site, user }: StepView): void {
    const { counts, system } = this;
    counts.steps++;
    const kind = (user ? system.program : system)?.symbols.site(site)?.kind;
    if (kind === 'load' || kind === 'rmw') counts.loads++;
    if (kind === 'store' || kind === 'rmw') counts.stores++;
  }

  watcher(watchpoints: readonly Watchpoint[] = this.watched): Watcher {
    const { machine, target } = this.system;
    const changing = watchpoints.filter((w) => w.kind !== 'read' && w.register === undefined);
    const registers = watchpoints.flatMap(({ register, ...w }) =>
      register === undefined ? [] : [new RegisterWatch(machine, { ...w, register })],
    );
    const watched = changing.map((w) => new Watched(machine, w));
    const reading = watchpoints.filter((w) => w.kind === 'read' || w.kind === 'access');
    const last = new LastStep(this.system);
    return (view) => {
      let stop: Changed | undefined;
      watched.forEach((w, i) => {
        const change = w.changed();
        if (change !== undefined) stop ??= this.stored(changing[i]!, change, last);
      });
      for (const watch of registers) {
        const change = watch.changed(view.number);
        const { watchpoint } = watch;
        if (change !== undefined) stop ??= { why: 'watchpoint', watchpoint, ...change, site: undefined };
      }
      for (const watchpoint of stop === undefined ? reading : []) {
        if (!last.accesses(watchpoint, watchpoint.kind === 'access')) continue;
        const now = target.read(watchpoint.address, watchpoint.bytes);
        const { program, site } = last;
        stop ??= { why: 'watchpoint', watchpoint, old: now, now, site: site >>> 0, program, accessed: true };
      }
      last.step(view);
      return stop;
    };
  }

  private stored(
    watchpoint: Watchpoint,
    change: { old: Uint8Array; now: Uint8Array },
    last: LastStep,
  ): Changed {
    const site = last.stored(watchpoint) ? last.site >>> 0 : undefined;
    return { why: 'watchpoint', watchpoint, ...change, site, program: last.program };
  }

  private breaking(view: StepView): Stop | undefined {
    const breakpoint = this.breakpointAt(view);
    if (breakpoint === undefined) return undefined;
    if (--breakpoint.count > 0) return undefined;
    breakpoint.count = 1;
    if (breakpoint.temporary) this.deleteBreakpoint(breakpoint.address, breakpoint.program);
    return { why: 'breakpoint', breakpoint };
  }

  /** Has it gone as far as it was told to? */
  private ends(view: StepView): Stop | undefined {
    const { going, follower } = this;
    if (going === undefined || !follower.own(view)) return undefined;
    this.count(view);
    const called = follower.begins(view);
    const { returned } = follower;
    const told = { site: view.site, program: view.user ? this.system.program : undefined };
    going.told.onStep?.(told);
    if (called || returned) {
      going.depth += called ? 1 : -1;
      going.told.onCall?.(told, going.depth);
    }
    return this.arrives(going, view, called, returned) && --going.left === 0 ? { why: 'step' } : undefined;
  }

  private arrives(going: Going, view: StepView, called: boolean, returned: boolean): boolean {
    // The kernel is left: what was to be gone to in it has been passed.
    if (view.user && !going.user) return true;
    switch (going.how) {
      case 'step':
        return true;
      case 'until':
        return called || returned;
      case 'match':
        return returned && this.system.machine.reg[R_ESP]! >>> 0 > going.esp;
      case 'into':
        return called || this.leavesLine(going, view, called);
      case 'over':
      case 'out':
      case 'line':
        return this.leavesLine(going, view, called);
      case 'continue':
        return false;
    }
  }

  /**
   * Is it in another line (instruction) of the function in which it went on, or has that returned to its
   * caller?
   */
  private leavesLine(going: Going, { site, user }: StepView, begins: boolean): boolean {
    const { how, from } = going;
    const { program, symbols, machine } = this.system;
    const { reg } = machine;
    const ebp = reg[R_EBP]! >>> 0;
    if (reg[R_ESP]! >>> 0 > from.frame) {
      if (!begins) return true;
      // The caller has no step between: it is already calling another function.
      going.how = 'over';
      from.frame = ebp;
      return false;
    }
    if (begins || ebp !== from.frame || how === 'out') return false;
    return how === 'over' || (user ? program?.symbols : symbols)?.line(site) !== from.line;
  }

  call(address: number, args: readonly number[]): number {
    const { symbols, table } = this.system;
    const near = symbols.nearest(address);
    const f: KernelFunction | undefined = near?.offset === 0 ? table.get(address | 0) : undefined;
    if (near === undefined || f === undefined)
      throw new RangeError(`0x${(address >>> 0).toString(16)} is not the beginning of a function`);
    const type = symbols.image.types[near.symbol.type];
    if (type?.kind !== 'function' || type.sleeps)
      throw new RangeError(`${near.symbol.name} may sleep: the debugger has no process to wait in`);
    if (args.length < type.params.length || (args.length > type.params.length && !type.variadic))
      throw new RangeError(
        `${near.symbol.name} takes ${type.params.length} argument${type.params.length === 1 ? '' : 's'}, not ${args.length}`,
      );
    return this.callNow(near.symbol.name, () => f(0, ...args.map((a) => a | 0)));
  }

  private callNow(name: string, f: () => number | boolean | undefined): number {
    const { machine } = this.system;
    const before = machine.save();
    const registers = machine.reg.slice();
    const counted = machine.steps.save();
    machine.reg[R_BEGIN] = 0;
    if (machine.program !== null) machine.reg[R_ESP] = machine.vectors.user.frameAddress;
    machine.steps.holdBack(true);
    let result: number | boolean | undefined;
    let failed: string | undefined = 'failed';
    try {
      result = this.printing(() => this.guard(f));
      failed = machine.reg[R_WAIT] !== 0 ? 'would have to wait' : undefined;
    } catch (error) {
      if (error instanceof MachineStop) failed = `stopped the machine (${error.why})`;
      else if (error instanceof NoProgressError) failed = error.message;
      else throw error;
    } finally {
      machine.steps.holdBack(false);
      // It may have been left anywhere.
      if (failed !== undefined) machine.restore(before);
    }
    if (failed !== undefined)
      throw new RangeError(`${name} ${failed}; the machine is as it was before the call`);
    machine.reg.set(registers);
    machine.steps.restore(counted);
    this.past?.changed({ called: name });
    return Number(result ?? 0) >>> 0;
  }
  /**
   * Has what a function prints shown when it is over: one that is taken back in the middle of that would
   * leave the host's stream in it.
   */
  private printing<T>(call: () => T): T {
    const { console } = this.system.machine;
    const { onOutput } = console;
    let printed = '';
    console.onOutput = (text) => {
      if (printed.length <= PRINTED_MAX) printed += text;
    };
    try {
      return call();
    } finally {
      console.onOutput = onOutput;
      const rest = printed.length > PRINTED_MAX ? '\n[what it printed behind that is left out]\n' : '';
      if (printed !== '') onOutput(printed.slice(0, PRINTED_MAX) + rest);
    }
  }
}
