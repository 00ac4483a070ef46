import type { System } from '@trap12/system';

/** Whose the console's output is. */
export type Phase = 'startup' | 'command' | 'shutdown';

/**
 * Tells in which phase the console's chunk at hand was printed: before init has started the shell, or after
 * somebody has said what the machine is to end with, is not the command's. Where a phase changes in the
 * middle of a line, the console is flushed.
 */
export function watchPhase(system: System): () => Phase {
  const { console } = system.machine;
  const memory = system.memory;
  const hasShell = (): boolean => {
    const init = system.get('initproc');
    return init !== 0 && memory.field('proc', init, 'p_children.lh_first') !== 0;
  };
  let phase: Phase = 'startup';
  console.onByte = () => {
    if (phase === 'startup' && hasShell()) {
      console.flush();
      phase = 'command';
    }
    if (phase === 'command' && system.exitStatus !== undefined) {
      console.flush();
      phase = 'shutdown';
    }
  };
  return () => phase;
}
