import type { LockEvent, LockLog, Mark, Place } from '@trap12/explore';

/** One thing that a process did, with who held what when it was done. */
export interface Step {
  process: string;
  pid: number;
  /** Virtual time, ns since power-on */
  ns: number;
  does: string;
  /** 'told': the account of the run names it; 'choice': the schedule's */
  kind: 'told' | 'choice' | 'other';
  /** Innermost first */
  stack: readonly Place[];
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
 * @param fromNs steps before that time are left out, but for those in `marks`
 * @param marks what the account of the run names, in order of time
 */
export function stepsOf(log: LockLog, fromNs = 0, marks: readonly Mark[] = []): Step[] {
  const locks = new Locks(log);
  const out: Step[] = [];
  let told = 0;
  const tellUntil = (ns: number): void => {
    for (; told < marks.length && marks[told]!.ns < ns; told++)
      out.push({ ...marks[told]!, kind: 'told', ...locks.now() });
  };
  const first = Math.max(0, log.events.length - STEPS_MAX);
  log.events.forEach((event, i) => {
    const { act, object, context, ns, stack } = event;
    tellUntil(ns);
    locks.follow(event);
    if (ns < fromNs || i < first) return;
    const kind = act === 'is made to wait' || act === 'is chosen' ? 'choice' : 'other';
    const does = object === 0 ? act : `${act} ${log.name(object)}`;
    const who = { process: log.process(context), pid: log.pid(context) };
    out.push({ ...who, ns, does, kind, stack, ...locks.now() });
  });
  tellUntil(Number.POSITIVE_INFINITY);
  return out;
}

/** Who holds what, and who waits for what. */
class Locks {
  private readonly held = new Map<number, Map<number, number>>();
  private readonly waiting = new Map<number, string>();

  constructor(private readonly log: LockLog) {}

  now(): Pick<Step, 'held' | 'waiting'> {
    const { log } = this;
    return {
      held: [...this.held]
        .filter(([, by]) => by.size > 0)
        .map(([lock, by]) => ({ lock: log.name(lock), by: [...by.keys()].map((each) => log.process(each)) })),
      waiting: [...this.waiting].map(([context, what]) => ({ who: log.process(context), what })),
    };
  }

  follow({ act, object, context }: LockEvent): void {
    const by = this.held.get(object) ?? new Map<number, number>();
    if (act === 'waits for' || act === 'sleeps on')
      this.waiting.set(context, `${act} ${this.log.name(object)}`);
    else if (act !== 'is made to wait' && act !== 'is chosen') this.waiting.delete(context);
    if (act === 'takes') {
      by.set(context, (by.get(context) ?? 0) + 1);
      this.held.set(object, by);
    } else if (act === 'gives back') {
      const left = (by.get(context) ?? 1) - 1;
      if (left > 0) by.set(context, left);
      else by.delete(context);
    }
  }
}
