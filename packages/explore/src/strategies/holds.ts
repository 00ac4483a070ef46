import type { Decision } from '@trap12/machine';

/**
 * Makes the two decisions that keep a process waiting: it goes back to the run queue where `wantsToWait` says
 * so, and is passed over there as long as `isHeld`. All else is left as it is.
 */
export function decideHolds(
  decision: Decision,
  wantsToWait: (context: number) => boolean,
  isHeld: (context: number) => boolean,
): number {
  const { kind, objects, standard } = decision;
  if (kind === 'preempt') return wantsToWait(objects[0]!) ? 1 : standard;
  if (kind !== 'run') return standard;
  const first = objects.findIndex((context) => !isHeld(context));
  return first < 0 ? objects.length : first;
}
