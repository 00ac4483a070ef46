import { R_EBP, R_EIP, R_ESP, R_NSAVED, type StepView } from '@trap12/machine';
import type { Follower } from './follower.js';
import type { System } from './system.js';

/** A place in a function on a stack, for steps by lines of the source. */
export interface LinePlace {
  /** Frame pointer of the function */
  frame: number;
  /** SymbolTable.line of where it stands */
  line: number | undefined;
}

/**
 * The function that a machine stands in: at its beginning its own frame is still to be made, and of a
 * program's what it was called with is in registers.
 */
export function linePlace({ machine, program, symbols: kernel }: System): LinePlace {
  const user = machine.program !== null;
  const symbols = user ? program?.symbols : kernel;
  const [eip, esp, ebp] = [R_EIP, R_ESP, R_EBP].map((r) => machine.reg[r]! >>> 0) as [number, number, number];
  const begins = symbols?.nearest(eip)?.offset === 0;
  const above = user ? 4 * machine.reg[R_NSAVED]! + 4 : 4;
  return { frame: begins ? (esp - above) >>> 0 : ebp, line: symbols?.line(eip) };
}

/**
 * Looks for the step at which the line of the source began that a function stands in: going back by one line.
 * It is asked in passes through the past, each of which begins earlier than the one before and ends where
 * that one began, at each step of the context that stands. Where the function itself began there is nothing
 * of it before: then it is the last step of its caller.
 */
export class LineSearch {
  /** The first step of the function in the pass behind, whose line may have begun before that pass */
  private behind: { number: number; line: number | undefined } | undefined;

  /**
   * @param frame the function's frame pointer
   * @param found told of the last place in this pass so far; undefined: what it was told before is none
   */
  constructor(
    private readonly system: System,
    private readonly follower: Follower,
    private readonly frame: number,
  ) {}

  /** A pass begins. What it gives is to be called at each step that is the context's own. */
  pass(found: (step: number | undefined) => void): (view: StepView) => void {
    const { behind, frame, system, follower } = this;
    const { reg } = system.machine;
    let line: number | undefined;
    let inside = false;
    let began: number | undefined;
    // Whether the function has been called in this pass: then its first step begins a line.
    let fresh = false;
    return (view) => {
      const { number, site } = view;
      // The caller's, or the beginning of the function, which has pushed nothing yet.
      if (reg[R_ESP]! >>> 0 > frame) {
        inside = false;
        fresh = true;
        found(behind?.number ?? number);
        return;
      }
      if (follower.begins(view) || reg[R_EBP]! >>> 0 !== frame) return;
      const here = (view.user ? system.program?.symbols : system.symbols)?.line(site);
      if (inside ? here !== line : fresh) began = number;
      else if (!inside) this.behind = { number, line: here };
      inside = true;
      line = here;
      found(behind === undefined || behind.line === here ? began : behind.number);
    };
  }
}
