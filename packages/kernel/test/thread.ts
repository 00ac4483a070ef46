/** Indexes of the register file: esp, ebp, where the running context goes on, why it waits. */
const [ESP, EBP, EIP, WAIT] = [0, 1, 11, 12];
/** What stands in REG[WAIT] when the bottom of a stack has been reached. */
const ENDED = -1;
/** The bottom of every stack: no address of a function. */
export const BOTTOM = 0x1234;

export interface Step {
  done: boolean;
  /** Result of the function, if it is done; else why it waits. */
  value: unknown;
}

/** Runs lowered functions that may wait, each on a stack of its own, as the machine's loop does. */
export class Threads {
  private ended: Step | undefined;

  constructor(
    private readonly reg: Int32Array,
    private readonly go: () => number,
  ) {}

  /** hw.leave of the module under test: a stack has come to its end. */
  readonly leave = (value: unknown): void => {
    this.ended = { done: true, value };
    this.reg[WAIT] = ENDED;
  };

  /** A thread that calls `begin` on the stack that ends at `top`, as far as each next() brings it. */
  start(top: number, begin: () => unknown): { next(): Step } {
    const { reg } = this;
    const at = { esp: top, ebp: top, eip: 0 };
    let begun = false;
    return {
      next: () => {
        reg[ESP] = at.esp;
        reg[EBP] = at.ebp;
        const step = begun ? this.resume(at.eip) : this.first(begin);
        begun = true;
        at.esp = reg[ESP]!;
        at.ebp = reg[EBP]!;
        at.eip = reg[EIP]!;
        return step;
      },
    };
  }

  private first(begin: () => unknown): Step {
    const { reg } = this;
    const value = begin();
    if (reg[WAIT] === 0) return { done: true, value };
    const why = reg[WAIT];
    reg[WAIT] = 0;
    return { done: false, value: why };
  }

  private resume(eip: number): Step {
    this.ended = undefined;
    this.reg[EIP] = eip;
    const value = this.go();
    return this.ended ?? { done: false, value };
  }
}
