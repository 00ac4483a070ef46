import { R_ESP, type StepView } from '@trap12/machine';
import { type Memory, stopRegisters, walkFrom } from '@trap12/target';
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
  const out = new Set<number>();
  for (const item of walkFrom(memory, stopRegisters(memory))) {
    if (!('boundary' in item)) continue;
    const { kind, frame, user, esp: interrupted } = item.boundary;
    // At its beginning what a function pushes is not there yet.
    out.add(kind === 'interrupt' && !user ? interrupted : frame);
  }
  return out;
}

/** Of what a program has called the kernel for, only this goes on for it: the others come in between. */
const CALL = 'syscall';

/** How a follower takes the way between a program and the kernel. */
export interface Follow {
  /** Stack pointer of the context; where it is not known, nothing has returned before the first step */
  esp?: number;
  /** Stack pointers at which handlers begin that are not to be gone over (handlersAround) */
  inside?: ReadonlySet<number>;
  /** The steps of its program alone are its own: system calls are gone over */
  program?: boolean;
}

/** Tells which steps are a context's own, and not of what interrupts it, and which of them call or return. */
export class Follower {
  private readonly handlers: ReadonlySet<number>;
  private readonly beginnings: ReadonlySet<number>;
  private readonly call: number;
  private context = 0;
  private inside: ReadonlySet<number> = NONE;
  private programAlone = false;
  /** Stack pointer under a handler that is gone over; 0: none is */
  private over = 0;
  /** Was the context's last step one of its program? */
  private wasUser = false;
  /** Stack pointer at the context's last step */
  private lastEsp = 0;
  /**
   * Has a function returned since the last step? It does so without one: the next step, further up the stack,
   * tells. The kernel returns to the program.
   */
  returned = false;

  constructor(private readonly system: System) {
    const { symbols } = system;
    this.handlers = new Set(HANDLERS.map((name) => symbols.address(name) | 0));
    this.call = symbols.address(CALL) | 0;
    const texts = symbols.image.symbols.filter((s) => s.kind === 'text');
    this.beginnings = new Set(texts.map((s) => s.address | 0));
  }

  /** From now on the steps of `context`. The machine stands where the search begins. */
  follow(context: number, { esp = 0xffff_ffff, inside = NONE, program = false }: Follow = {}): void {
    this.context = context;
    this.inside = inside;
    this.programAlone = program;
    this.over = 0;
    this.wasUser = program;
    this.lastEsp = esp;
    this.returned = false;
    const { machine } = this.system;
    if (machine.cpu.context === context) this.wasUser = machine.program !== null;
  }

  /** Does a function begin at this step? */
  begins({ site, user }: Pick<StepView, 'site' | 'user'>): boolean {
    if (!user) return this.beginsAt(site);
    return this.system.program?.symbols.nearest(site)?.offset === 0;
  }

  /** Does a function of the kernel begin at this text address (int32)? */
  beginsAt(site: number): boolean {
    return this.beginnings.has(site);
  }

  /** Is the step that the machine has come to the context's own? */
  own({ site, user }: Pick<StepView, 'site' | 'user'>): boolean {
    const { machine } = this.system;
    if (machine.cpu.context !== this.context) return false;
    const esp = machine.reg[R_ESP]! >>> 0;
    const { wasUser } = this;
    this.wasUser = user;
    if (user) {
      this.over = 0;
      this.returned = !wasUser || esp > this.lastEsp;
      this.lastEsp = esp;
      return true;
    }
    if (this.programAlone) return false;
    // Entered from user mode: that stack is another one.
    if (wasUser) this.lastEsp = 0xffff_ffff;
    if (wasUser && site !== this.call && !this.inside.has(esp)) this.over = Number.POSITIVE_INFINITY;
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
