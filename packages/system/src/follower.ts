import { R_ESP } from '@trap12/machine';
import { type Memory, stopRegisters, walkStack } from '@trap12/target';
import type { System } from './system.js';

/**
 * What is entered on the stack of whoever runs, without a call: a processor that steps through instructions
 * goes over it.
 */
const HANDLERS = ['Xintr', 'trap'];

const NONE: ReadonlySet<number> = new Set();

/**
 * The handlers of traps and interrupts in which the machine stands, by the stack pointer at which each began.
 */
export function handlersAround(memory: Memory): ReadonlySet<number> {
  const { eip, ebp, esp } = stopRegisters(memory);
  const out = new Set<number>();
  for (const item of walkStack(memory, eip, ebp, undefined, esp)) {
    if (!('boundary' in item)) continue;
    const { kind, frame, user, esp: interrupted } = item.boundary;
    // At its beginning what a function pushes is not there yet.
    out.add(kind === 'interrupt' && !user ? interrupted : frame);
  }
  return out;
}

/** Tells which steps are a context's own, and not of what interrupts it, and which of them call or return. */
export class Follower {
  private readonly handlers: ReadonlySet<number>;
  private readonly beginnings: ReadonlySet<number>;
  private context = 0;
  private inside: ReadonlySet<number> = NONE;
  /** Stack pointer under a handler that is gone over; 0: none is */
  private over = 0;
  /** Stack pointer at the context's last step */
  private lastEsp = 0;
  /**
   * Has a function returned since the last step? It does so without one: the next step, further up the stack,
   * tells.
   */
  returned = false;

  constructor(private readonly system: System) {
    const { symbols } = system;
    this.handlers = new Set(HANDLERS.map((name) => symbols.address(name) | 0));
    const texts = symbols.image.symbols.filter((s) => s.kind === 'text');
    this.beginnings = new Set(texts.map((s) => s.address | 0));
  }

  /**
   * From now on the steps of `context`, which has its stack pointer at `esp`.
   * @param inside stack pointers at which handlers begin that are not to be gone over (handlersAround)
   */
  follow(context: number, esp = 0xffff_ffff, inside: ReadonlySet<number> = NONE): void {
    this.context = context;
    this.inside = inside;
    this.over = 0;
    this.lastEsp = esp;
    this.returned = false;
  }

  /** Does a function begin at this text address? */
  begins(site: number): boolean {
    return this.beginnings.has(site);
  }

  /** Is the step that the machine has come to the context's own? */
  own(site: number): boolean {
    const { machine } = this.system;
    if (machine.cpu.context !== this.context) return false;
    const esp = machine.reg[R_ESP]! >>> 0;
    const handler = this.handlers.has(site) && !this.inside.has(esp);
    if (this.over !== 0 && (esp < this.over || handler)) return false;
    if (handler) {
      this.over = esp;
      return false;
    }
    this.over = 0;
    this.returned = esp > this.lastEsp;
    this.lastEsp = esp;
    return true;
  }
}
