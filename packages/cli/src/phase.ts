import { R_EBP } from '@trap12/machine';
import type { System } from '@trap12/system';

/**
 * Whose the console's output is. `kernel`: a message of its own, while the command runs; `death`: what it
 * says once it has panicked.
 */
export type Phase = 'startup' | 'command' | 'kernel' | 'death' | 'shutdown';

/** What programs write comes by the terminal, what the kernel prints does not: functions of this file... */
const TERMINAL_FILE = 'kern/tty.ts';
/** ...or this one, which a patch may have put another in place of. */
const TERMINAL_OUT = 'ttyoutput';

/**
 * Tells in which phase the console's chunk at hand was printed: before init has started the shell, or after
 * somebody has said what the machine is to end with, is not the command's. Where a phase changes in the
 * middle of a line, the console is flushed.
 * @param apart tell the kernel's own messages from what programs write, too; else both are `command`
 */
export function watchPhase(system: System, apart = false): () => Phase {
  const { console } = system.machine;
  const memory = system.memory;
  const isKernels = apart ? kernelPrints(system) : (): boolean => false;
  const hasShell = (): boolean => {
    const init = system.get('initproc');
    return init !== 0 && memory.field('proc', init, 'p_children.lh_first') !== 0;
  };
  const next = (phase: Phase): Phase => {
    if (phase === 'shutdown' || (phase === 'startup' && !hasShell())) return phase;
    if (system.exitStatus !== undefined) return 'shutdown';
    if (!isKernels()) return 'command';
    return system.get('panicstr') === 0 ? 'kernel' : 'death';
  };
  let phase: Phase = 'startup';
  console.onByte = () => {
    const now = next(phase);
    if (now === phase) return;
    console.flush();
    phase = now;
  };
  return () => phase;
}

/**
 * Is the byte at hand one that the kernel prints? The console has one way in, with the function that calls it
 * on the stack.
 */
function kernelPrints({ machine, memory, symbols }: System): () => boolean {
  const known = new Map<number, boolean>();
  return () => {
    const back = memory.wordAt((machine.reg[R_EBP]! + 4) >>> 0);
    if (back === undefined) return false;
    let is = known.get(back);
    if (is === undefined) {
      const caller = symbols.nearest(back)?.symbol;
      is = caller !== undefined && caller.name !== TERMINAL_OUT && caller.file !== TERMINAL_FILE;
      known.set(back, is);
    }
    return is;
  };
}
