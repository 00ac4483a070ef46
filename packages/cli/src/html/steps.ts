import type { LockEvent, LockLog } from '@trap12/explore';

/** One thing that a process did, with who held what when it was done. */
export interface Step {
  event: LockEvent;
  /** Locks that are held behind it, each with those who hold them */
  held: { lock: string; by: string[] }[];
  /** Who waits for what, or sleeps on what, behind it */
  waiting: { who: string; what: string }[];
}

/** A page of more steps would be of no use to anybody. */
const STEPS_MAX = 400;

/**
 * The last steps of a run, each with the locks as they are behind it. They are followed from the log's
 * beginning: what was held before it is not known.
 * @param fromNs steps before that time are left out
 */
export function stepsOf(log: LockLog, fromNs = 0): Step[] {
  const held = new Map<number, Map<number, number>>();
  const waiting = new Map<number, { what: string }>();
  const out: Step[] = [];
  const nameOf = (context: number): string => log.process(context);
  for (const event of log.events) {
    follow(event, log, held, waiting);
    if (event.ns < fromNs) continue;
    out.push({
      event,
      held: [...held]
        .filter(([, by]) => by.size > 0)
        .map(([lock, by]) => ({ lock: log.name(lock), by: [...by.keys()].map(nameOf) })),
      waiting: [...waiting].map(([context, { what }]) => ({ who: nameOf(context), what })),
    });
  }
  return out.slice(-STEPS_MAX);
}

function follow(
  { act, object, context }: LockEvent,
  log: LockLog,
  held: Map<number, Map<number, number>>,
  waiting: Map<number, { what: string }>,
): void {
  const by = held.get(object) ?? new Map<number, number>();
  if (act === 'waits for' || act === 'sleeps on')
    waiting.set(context, { what: `${act} ${log.name(object)}` });
  else if (act !== 'is made to wait' && act !== 'is chosen') waiting.delete(context);
  if (act === 'takes') {
    by.set(context, (by.get(context) ?? 0) + 1);
    held.set(object, by);
  } else if (act === 'gives back') {
    const left = (by.get(context) ?? 1) - 1;
    if (left > 0) by.set(context, left);
    else by.delete(context);
  }
}
