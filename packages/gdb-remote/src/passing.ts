import { R_EBP, R_ESP, type StepView } from '@trap12/machine';
import { Follower } from '@trap12/system';
import type { System } from '@trap12/system';
import {
  BadAddress,
  calledBy,
  inUserMode,
  type KnownProgram,
  type Memory,
  type SymbolTable,
  type TextSymbol,
  type TraceItem,
  walkStack,
  walkUserStack,
} from '@trap12/target';
import { type CodePoint, frameBytes } from './code-points.js';
import { type Stored, Threads } from './threads.js';

/** Where a thread is said to stand, when that is before the instruction at which the machine does. */
export interface Position {
  readonly eip: number;
  readonly esp?: number;
  readonly ebp?: number;
  /** What the function has returned from which the thread comes, where that is known */
  readonly result?: Result;
  /** What gdb is to find in the frame, if that has gone as well and others push over it */
  readonly frame?: Stored;
}

/** What a function has returned, in the registers by which gdb expects it; edx if it has 8 bytes. */
export interface Result {
  readonly eax: number;
  readonly edx?: number;
}

/** A point that was passed on the way to the step at hand. */
export interface Passed {
  readonly point: CodePoint;
  /** undefined: what its frame held has been overwritten, so that it cannot be shown any more */
  readonly position: Position | undefined;
}

/** A function that a context has just entered. */
interface Entered {
  symbol: TextSymbol;
  /** Of its caller */
  esp: number;
  ebp: number;
  /** The call lies behind */
  called: boolean;
}

/** A frame of which somebody wants to know when it goes. */
interface Frame {
  context: number;
  /** Where its return address lies */
  at: number;
  back: number;
  /** Of its caller */
  ebp: number;
  point: CodePoint;
  /** Whose frame it is, and what it has returned */
  symbol: TextSymbol | undefined;
  returned: number | boolean | undefined;
  /** Its caller's frame as far as that does not change: from the frame pointer on, with the arguments */
  callers: Stored;
}

const EBP_AND_RETURN = 8;

/**
 * Tells at each step which code points have been passed since the step before. Begins where the machine
 * stands.
 */
export class Passing {
  private readonly places = new Map<number, CodePoint>();
  /**
   * Points that wait for a function to be entered, by its beginning; 0: for whichever is called by a pointer
   */
  private readonly byFunction = new Map<number, CodePoint[]>();
  /**
   * Those functions in which the machine cannot stand at the beginning, as they take any number of arguments
   */
  private readonly unseen: TextSymbol[] = [];
  /** Frame pointer of the last of them that a context was in */
  private readonly lastUnseen = new Map<number, number>();
  private readonly entered = new Map<number, Entered>();
  private readonly followers = new Map<number, Follower>();
  private frames: Frame[] = [];
  private readonly begins: Follower;
  private readonly symbols: SymbolTable;

  /** @param program the points are of its text, in user mode; undefined: of the kernel's */
  constructor(
    private readonly system: System,
    points: Iterable<CodePoint>,
    private readonly program?: KnownProgram,
  ) {
    this.begins = new Follower(system);
    this.symbols = (program ?? system).symbols;
    let stacks = false;
    for (const point of points) {
      const { trigger } = point;
      if (trigger.at === 'place') this.places.set(trigger.place | 0, point);
      else if (trigger.at === 'program') continue;
      else this.waitFor('function' in trigger ? trigger.function : trigger.callee, point);
      stacks ||= trigger.at === 'return' || trigger.at === 'leave';
    }
    if (stacks) this.scanStacks();
    this.standsAtBeginning();
  }

  /** The machine may stand where a function begins: going on, that is not come by any more. */
  private standsAtBeginning(): void {
    const { machine } = this.system;
    const { standing } = machine.steps;
    if (standing === undefined || !this.sees(machine.program !== null)) return;
    if (!this.beginsAt(standing.site)) return;
    const { symbol } = this.symbols.nearest(standing.site)!;
    const pushed = machine.reg[R_ESP]! >>> 0;
    // What a program's function was called with is in registers there.
    const esp = this.program !== undefined ? pushed : pushed + 4 + 4 * (this.argumentWords(symbol) ?? 0);
    this.enters({ symbol, esp, ebp: machine.reg[R_EBP]! >>> 0, called: true });
  }

  /** Are steps of that mode those of its text? */
  private sees(user: boolean): boolean {
    if (!user || this.program === undefined) return user === (this.program !== undefined);
    return this.system.program === this.program;
  }

  private beginsAt(site: number): boolean {
    if (this.program === undefined) return this.begins.beginsAt(site);
    return this.symbols.nearest(site)?.offset === 0;
  }

  private enters(entered: Entered): void {
    const { context } = this.system.machine.cpu;
    const key = entered.symbol.address | 0;
    if (!this.byFunction.has(key) && !this.byFunction.has(0)) return;
    this.entered.set(context, entered);
    let follower = this.followers.get(context);
    if (follower === undefined) {
      follower = new Follower(this.system);
      this.followers.set(context, follower);
    }
    follower.follow(context, { esp: entered.esp, program: this.program !== undefined });
  }

  private waitFor(symbol: TextSymbol | undefined, point: CodePoint): void {
    const key = symbol === undefined ? 0 : symbol.address | 0;
    const known = this.byFunction.get(key);
    if (known !== undefined) known.push(point);
    else {
      this.byFunction.set(key, [point]);
      if (symbol !== undefined && !this.symbols.isPlace(symbol.address)) this.unseen.push(symbol);
    }
  }

  /** Frames that are there when it begins. */
  private scanStacks(): void {
    const { memory } = this.system;
    const threads = new Threads(memory);
    for (const thread of threads.all()) {
      const { cs, eip, esp, ebp } = threads.registers(thread);
      if (cs === undefined || eip === undefined || ebp === undefined) continue;
      if (this.program !== undefined) this.scanProgram(thread.p, threads);
      else if (!inUserMode(memory, { cs }))
        this.scan(thread.p, eip, ebp, memory, walkStack(memory, eip, ebp, undefined, esp));
    }
  }

  /** The frames of a process in the program. */
  private scanProgram(p: number, threads: Threads): void {
    const { memory } = this.system;
    if (p === 0) return;
    try {
      const stand = threads.userStand(p);
      if (stand?.space.program !== this.program) return;
      const { boundary, space } = stand!;
      const items = walkUserStack(space, memory, boundary);
      this.scan(p, boundary.eip, boundary.ebp, space.memory, items);
    } catch (error) {
      if (!(error instanceof BadAddress)) throw error;
    }
  }

  private scan(p: number, eip: number, ebp: number, memory: Memory, items: Iterable<TraceItem>): void {
    const points = [...new Set([...this.byFunction.values()].flat())];
    for (const item of items) {
      if (!('frame' in item) || item.frame.fp === 0) continue;
      const { fp, pc } = item.frame;
      const symbol = this.symbols.nearest(pc)?.symbol;
      const back = wordOf(memory, fp + 4);
      for (const point of points) {
        const { trigger } = point;
        if (
          (trigger.at === 'return' && trigger.back === back) ||
          (trigger.at === 'leave' && trigger.function.address === symbol?.address)
        )
          this.frames.push(
            this.frameAt(memory, p | 0, fp, this.callersEbp(memory, eip, ebp, fp), point, symbol),
          );
      }
    }
  }

  /**
   * A function that stands at its first instruction has not pushed its caller's frame pointer yet: it is the
   * register.
   */
  private callersEbp(memory: Memory, eip: number, ebp: number, fp: number): number {
    const begins = this.beginsAt(eip | 0) && fp < ebp;
    return begins ? ebp : (wordOf(memory, fp) ?? 0);
  }

  private word(at: number): number | undefined {
    return wordOf(this.system.memory, at);
  }

  /**
   * The points that the machine has passed when it comes to a step, in order; where that is one itself, it is
   * the last.
   */
  step(view: StepView): Passed[] {
    const out: Passed[] = [];
    if (!this.sees(view.user)) return out;
    const { site } = view;
    if (this.byFunction.size > 0) this.calls(site, out);
    if (this.frames.length > 0) this.returns(out);
    const point = this.places.get(site);
    if (point !== undefined)
      out.push({
        point,
        position: point.address === site >>> 0 ? { eip: site >>> 0 } : { eip: point.address },
      });
    return out;
  }

  private calls(site: number, out: Passed[]): void {
    const { machine } = this.system;
    const { context } = machine.cpu;
    const esp = machine.reg[R_ESP]! >>> 0;
    const ebp = machine.reg[R_EBP]! >>> 0;
    const entered = this.entered.get(context);
    if (
      entered !== undefined &&
      this.followers.get(context)!.own({ site, user: this.program !== undefined })
    ) {
      this.entered.delete(context);
      this.begun(context, entered, out);
    }
    if (this.unseen.length > 0) this.lookForUnseen(context, site, esp, ebp, out);
    if (!this.beginsAt(site)) return;
    this.enters({ symbol: this.symbols.nearest(site)!.symbol, esp, ebp, called: false });
  }

  /** The step behind the beginning of a function has come: where its frame is can be seen now. */
  private begun(context: number, entered: Entered, out: Passed[]): void {
    const { machine } = this.system;
    let frame = machine.reg[R_EBP]! >>> 0;
    const last = this.argumentsEnd(entered);
    if (frame >= entered.esp) {
      // It has returned without a step. Its frame may still be there, below the stack.
      if (last === undefined || this.word(last) !== entered.ebp) return;
      frame = last;
    }
    for (let up = this.word(frame); up !== undefined && up > frame && up < entered.esp; up = this.word(frame))
      frame = up;
    this.inFrame(context, entered, frame, out);
  }

  /**
   * Where the frame pointer of a function is, as it was called; undefined: it takes any number of arguments.
   */
  private argumentsEnd({ symbol, esp }: Entered): number | undefined {
    const words = this.argumentWords(symbol);
    return words === undefined ? undefined : esp - 4 * words - EBP_AND_RETURN;
  }

  private argumentWords(symbol: TextSymbol): number | undefined {
    const { symbols } = this;
    const type = symbols.type(symbol.type);
    if (type.kind !== 'function' || type.variadic) return undefined;
    return type.params.reduce((sum, index) => {
      const t = symbols.type(index);
      return sum + (t.kind === 'int' && t.size === 8 ? 2 : 1);
    }, 0);
  }

  /** A context is in a new frame of a function that is waited for. */
  private inFrame(
    context: number,
    { symbol, esp, ebp, called }: Entered,
    frame: number,
    out: Passed[],
  ): void {
    const back = this.word(frame + 4);
    const points = [...(this.byFunction.get(symbol.address | 0) ?? []), ...(this.byFunction.get(0) ?? [])];
    for (const point of points) {
      const { address, trigger } = point;
      if (trigger.at === 'call') {
        if (trigger.back !== back || called) continue;
        const pushed = address + CALL_BYTES >= back;
        out.unshift({ point, position: { eip: address, ebp, esp: pushed ? frame + EBP_AND_RETURN : esp } });
      } else if (trigger.at === 'entry')
        out.push({ point, position: { eip: address, ...this.prologue(symbol, address, frame, ebp) } });
      else if (trigger.at === 'leave' || (trigger.at === 'return' && trigger.back === back))
        this.frames.push(this.frameAt(this.system.memory, context, frame, ebp, point, symbol));
    }
  }

  /** Stack and frame pointer at an address in a prologue, or behind it. */
  private prologue(symbol: TextSymbol, address: number, frame: number, ebp: number): Omit<Position, 'eip'> {
    const done = address - (symbol.address >>> 0);
    if (done === 0) return { esp: frame + 4, ebp };
    if (done < 3) return { esp: frame, ebp };
    const bytes = frameBytes(this.symbols, symbol);
    return { esp: done < 6 ? frame : frame - bytes, ebp: frame };
  }

  /**
   * A function that cannot be stood at the beginning of: its frame shows when a step comes in it, or where it
   * calls another.
   */
  private lookForUnseen(context: number, site: number, esp: number, ebp: number, out: Passed[]): void {
    const { symbols } = this;
    const was = this.lastUnseen.get(context);
    if (was !== undefined && esp > was) this.lastUnseen.delete(context);
    const at = site >>> 0;
    for (const symbol of this.unseen) {
      const inside = at - (symbol.address >>> 0) < symbol.size && at >= symbol.address >>> 0;
      if (!inside && !this.beginsAt(site)) continue;
      const back = this.word(ebp + 4);
      const call = back === undefined ? undefined : symbols.site(back - 1);
      if (call === undefined || calledBy(symbols, call)?.address !== symbol.address) continue;
      if (this.lastUnseen.get(context) === ebp) continue;
      this.lastUnseen.set(context, ebp);
      const callers = this.word(ebp) ?? 0;
      this.inFrame(context, { symbol, ebp: callers, esp: ebp + EBP_AND_RETURN, called: false }, ebp, out);
    }
  }

  private frameAt(
    memory: Memory,
    context: number,
    fp: number,
    ebp: number,
    point: CodePoint,
    symbol: TextSymbol | undefined,
  ): Frame {
    const back = wordOf(memory, fp + 4) ?? 0;
    const caller = this.symbols.nearest(back)?.symbol;
    const words = caller === undefined ? 0 : (this.argumentWords(caller) ?? 0);
    const bytes = memory.target.read(ebp >>> 0, EBP_AND_RETURN + 4 * words).slice();
    const callers = { at: ebp >>> 0, bytes };
    return { context, at: fp + 4, back, ebp, point, symbol, returned: undefined, callers };
  }

  /** A function returns: that of one of the frames, perhaps. The step that shows it gone comes later. */
  returned(fp: number, value: number | boolean): void {
    const { context } = this.system.machine.cpu;
    for (const frame of this.frames)
      if (frame.at === fp + 4 && frame.context === context) frame.returned = value;
  }

  /** In registers, what a function has returned. */
  private result({ symbol, returned }: Frame): { result?: Result } {
    const type = symbol && this.symbols.type(symbol.type);
    if (returned === undefined || type?.kind !== 'function') return {};
    const value = Number(returned);
    const returns = this.symbols.type(type.returns);
    if (returns.kind !== 'int' || returns.size !== 8) return { result: { eax: value >>> 0 } };
    return { result: { eax: value >>> 0, edx: Math.floor(value / 2 ** 32) >>> 0 } };
  }

  private returns(out: Passed[]): void {
    const { machine } = this.system;
    const esp = machine.reg[R_ESP]! >>> 0;
    const { context } = machine.cpu;
    if (!this.frames.some((f) => f.context === context && esp > f.at)) return;
    const gone = this.frames.filter((f) => f.context === context && esp > f.at).sort((a, b) => a.at - b.at);
    this.frames = this.frames.filter((f) => !gone.includes(f));
    for (const frame of gone) {
      const { at, back, ebp, point } = frame;
      const there = this.word(at) === back && this.word(ebp + 4) !== undefined;
      const bytes = point.trigger.at === 'leave' ? frameBytes(this.symbols, point.trigger.function) : 0;
      const atRet = this.symbols.site(point.address)?.instruction === 'ret';
      const own =
        point.trigger.at === 'return'
          ? { esp: at + 4, ebp, frame: frame.callers }
          : atRet
            ? { esp: at, ebp }
            : { esp: at - 4 - bytes, ebp: at - 4 };
      out.push({
        point,
        position: there ? { eip: point.address, ...own, ...this.result(frame) } : undefined,
      });
    }
  }
}

const CALL_BYTES = 5;

function wordOf(memory: Memory, at: number): number | undefined {
  try {
    return memory.u32(at >>> 0);
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}
