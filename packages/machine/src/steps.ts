import { Stateful } from './state.js';

/** What the kernel is about to do at a step. The object is the machine's: valid during the call. */
export interface StepView {
  /** Number of the step since power-on, from 1 */
  readonly number: number;
  /** Text address of the instruction; its kind, width and source line are in the image */
  readonly site: number;
  /** It is an instruction of the program that runs, in user mode: then the image is that program's. */
  readonly user: boolean;
  /**
   * Address that it accesses, int32; 0 for what accesses nothing (the beginning of a function, a division)
   */
  readonly address: number;
  /** Of a copy: where it comes from, and bytes; else 0 */
  readonly from: number;
  readonly bytes: number;
}

/**
 * Somebody who wants to know of each step, and may have the machine stand before it. Changes nothing in the
 * machine.
 */
export interface Stepper {
  /** @returns true: the machine is to stand here, and run() returns 'step' */
  step(view: StepView): boolean;
  /** It wants to know of the steps of programs, too. */
  readonly programs?: boolean;
}

/**
 * Told of each function that returns something, of the kernel or (user) of a program: the frame pointer that
 * it had, and what it returns. Changes nothing in the machine.
 */
export type ReturnListener = (frame: number, value: number | boolean, user: boolean) => void;

/**
 * Why the machine stands at a step: somebody asked for it, or the kernel did (machine_stop) and can be gone
 * on with.
 */
export type StandWhy = 'step' | 'panic' | 'debugger';

interface StepsState {
  /** Steps before those that the counter has counted */
  before: number;
  /**
   * The step at which the machine stood last: going on it comes by there once more; its text address, and
   * what it accesses
   */
  stoodAt: number;
  site: number;
  address: number;
}

/** The counter is brought back to 0 before it could wrap. */
const REBASE = 0x4000_0000;
const COUNT = 0;
const LIMIT = 1;
/** Not 0: somebody wants to know what functions return. */
const RETURNS = 2;

/**
 * Numbers the steps of a kernel in its checked form and of the programs that it runs: each access, copy and
 * division, each system call, and the beginning of each function. Lowered code counts in `counters` and asks
 * only when the limit has come, so that nobody's asking costs next to nothing.
 */
export class Steps extends Stateful<StepsState> {
  /**
   * Steps counted, at which count to ask, and whether to tell of returns. A buffer of its own keeps it out of
   * the host's heap, as with the register file.
   */
  readonly counters = new Int32Array(new ArrayBuffer(128));
  protected state: StepsState = { before: 0, stoodAt: 0, site: 0, address: 0 };
  private stepper: Stepper | null = null;
  private listener: ReturnListener | null = null;
  /** The stepper wants to be asked from this step on. */
  private first = 0;
  private stopping: StandWhy | null = null;
  /** The machine stands at this step in any case; 0: at none. */
  private fixed = 0;
  /** Before this step a decision is to be made; 0: before none. */
  private deciding = 0;
  /** The processor waits for another one: its turn ends before the next step. */
  private spinning = false;
  /**
   * Handlers of traps on the host's stack whose access could not be gone on with: there the machine cannot
   * stand.
   */
  private heldBack = 0;
  private readonly view: { -readonly [K in keyof StepView]: StepView[K] } = {
    number: 0,
    site: 0,
    user: false,
    address: 0,
    from: 0,
    bytes: 0,
  };

  constructor() {
    super();
    this.rebase();
  }

  /** Number of the last step that was begun. */
  get number(): number {
    return this.state.before + this.counters[COUNT]!;
  }

  /** The step that the machine stands before; undefined: it does not stand at one. */
  get standing(): { readonly site: number; readonly address: number } | undefined {
    return this.state.stoodAt === this.number + 1 ? this.state : undefined;
  }

  /** Who is asked. */
  get asked(): Stepper | null {
    return this.stepper;
  }

  /** Asks `stepper` at every step from number `first` on; null: nobody. */
  askFrom(stepper: Stepper | null, first = 0): void {
    this.stepper = stepper;
    this.first = first;
    this.rebase();
  }

  /** Nobody wants to know anything any more. */
  askNobody(): void {
    this.fixed = 0;
    this.deciding = 0;
    this.spinning = false;
    this.tellReturns(null);
    this.askFrom(null);
  }

  /** Has somebody told of what functions return from now on; null: nobody. */
  tellReturns(listener: ReturnListener | null): void {
    this.listener = listener;
    this.counters[RETURNS] = listener === null ? 0 : 1;
  }

  /** Lowered code returns a value from the function whose frame pointer is `frame`. */
  returned(frame: number, value: number | boolean, user = false): void {
    this.listener?.(frame >>> 0, value, user);
  }

  /** Has the machine stand at step `number`, whatever a stepper says; 0: no more. */
  standAt(number: number): void {
    this.fixed = number;
    this.rebase();
  }

  /** Has decides() say so at step `number`; 0: at none. */
  decideAt(number: number): void {
    if (number === this.deciding) return;
    this.deciding = number;
    this.rebase();
  }

  /** Is a decision to be made before the step that the kernel has come to? */
  get decides(): boolean {
    return this.deciding !== 0 && this.number === this.deciding;
  }

  /** Can the host's stack be left at the step that the kernel has come to? */
  get canBeLeft(): boolean {
    return this.heldBack === 0;
  }

  /** The running processor's turn is to end before the next step. */
  leaveAtNext(): void {
    this.spinning = true;
    this.counters[LIMIT] = -0x8000_0000;
  }

  /** Has leaveAtNext() said so? To be asked once. */
  takeSpin(): boolean {
    if (!this.spinning) return false;
    this.spinning = false;
    return true;
  }

  /** The kernel has come to a step and does not take it: whoever goes on takes that number. */
  putOff(): void {
    this.state.stoodAt = 0;
    this.counters[COUNT] = this.counters[COUNT]! - 1;
    this.rebase();
  }

  /**
   * The kernel wants the machine to stop. True if it will, at the next step; false if it cannot be gone on
   * with from there.
   */
  stopAtNext(why: StandWhy): boolean {
    // Without a step there is no checked form.
    if (this.heldBack > 0 || this.number === 0) return false;
    this.stopping = why;
    this.counters[LIMIT] = -0x8000_0000;
    return true;
  }

  /** Why the machine stands; to be asked once when it does. */
  takeWhy(): StandWhy {
    const why = this.stopping ?? 'step';
    this.stopping = null;
    this.rebase();
    return why;
  }

  /**
   * Code of the kernel runs under host code that cannot be left, until `false` is said as often; `run()`
   * begins anew.
   */
  holdBack(on: boolean): void {
    this.heldBack += on ? 1 : -1;
  }

  /** Nothing of the machine is on the host's stack. */
  begin(): void {
    this.heldBack = 0;
  }

  /**
   * Lowered code has come to a step for which the limit says that somebody wants to know. True: it is to be
   * left before it.
   */
  arrived(site: number, address: number, from: number, bytes: number, user = false): boolean {
    const { state, view, stepper } = this;
    const number = this.number;
    if (number === state.stoodAt) return false;
    if (this.counters[COUNT]! >= REBASE) this.rebase();
    if (!this.canBeLeft) return false;
    let stands = this.stopping !== null || number === this.fixed;
    if (stepper !== null && number >= this.first && (!user || stepper.programs === true)) {
      view.number = number;
      view.site = site;
      view.user = user;
      view.address = address;
      view.from = from;
      view.bytes = bytes;
      stands = stepper.step(view) || stands;
    }
    if (!stands) return false;
    state.stoodAt = number;
    state.site = site;
    state.address = address;
    // It has not been taken: going on takes it.
    this.counters[COUNT] = this.counters[COUNT]! - 1;
    return true;
  }

  override save(): StepsState {
    this.rebase();
    return super.save();
  }

  override restore(record: StepsState): void {
    super.restore(record);
    this.counters[COUNT] = 0;
    this.stopping = null;
    this.rebase();
  }

  private rebase(): void {
    const { state, counters } = this;
    state.before += counters[COUNT]!;
    counters[COUNT] = 0;
    const first = this.stepper === null ? Number.POSITIVE_INFINITY : this.first;
    const due = (number: number): number => (number > state.before ? number : Number.POSITIVE_INFINITY);
    const next = Math.min(first, due(this.fixed), due(this.deciding));
    counters[LIMIT] = Math.min(REBASE, Math.max(0, next - state.before));
  }
}
