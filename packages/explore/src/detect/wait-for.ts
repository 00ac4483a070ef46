import type { Hold, LockEvent, LockLog, Wait } from './lock-log.js';

/** One who waits, and those who would have to do something first. */
export interface Waiter {
  context: number;
  wait: Wait;
  /** Who holds the lock that it waits for; nobody for a channel */
  holders: { context: number; hold: Hold }[];
}

export interface Stuck {
  /** All that wait, in the order in which they began to */
  waiters: Waiter[];
  /** Of those, one that waits for the next, and the last for the first; empty if there is no such cycle */
  cycle: Waiter[];
}

/** Who waits for whom, by what a log of the run up to here knows; of `contexts` only. */
export function waitForGraph(log: LockLog, contexts: readonly number[]): Stuck {
  const waiters: Waiter[] = [];
  for (const context of contexts) {
    const wait = log.waits.get(context);
    if (wait === undefined) continue;
    const holders = wait.isLock
      ? [...log.held].flatMap(([other, locks]) => {
          const hold = locks.get(wait.object);
          return hold === undefined ? [] : [{ context: other, hold }];
        })
      : [];
    waiters.push({ context, wait, holders });
  }
  waiters.sort((a, b) => a.wait.since.index - b.wait.since.index);
  return { waiters, cycle: cycleOf(waiters) };
}

function cycleOf(waiters: readonly Waiter[]): Waiter[] {
  const byContext = new Map(waiters.map((w) => [w.context, w]));
  for (const first of waiters) {
    const path: Waiter[] = [];
    const visit = (w: Waiter): Waiter[] | undefined => {
      const at = path.indexOf(w);
      if (at >= 0) return path.slice(at);
      path.push(w);
      for (const { context } of w.holders) {
        const next = byContext.get(context);
        const found = next === undefined ? undefined : visit(next);
        if (found !== undefined) return found;
      }
      path.pop();
      return undefined;
    };
    const found = visit(first);
    if (found !== undefined) return found;
  }
  return [];
}

/** A wakeup that came to nobody, before the sleep that then had none. */
export interface LostWakeup {
  sleeper: Waiter;
  /** The last wakeup of its channel before it slept, when nobody slept there */
  wakeup: LockEvent;
}

/**
 * Of those who sleep without an end: was their channel woken before they slept, and never since? Only wakeups
 * are looked at that came after the sleeper had begun the stretch that ended in the sleep: behind its sleep
 * before on that channel.
 */
export function lostWakeups(log: LockLog, { waiters }: Stuck): LostWakeup[] {
  const out: LostWakeup[] = [];
  for (const sleeper of waiters) {
    const { wait, context } = sleeper;
    if (wait.isLock) continue;
    const { events } = log;
    const asleep = wait.since.index;
    const before = events.findLast(
      (e) => e.index < asleep && e.act === 'sleeps on' && e.context === context && e.object === wait.object,
    );
    const wakeup = events.findLast(
      (e) =>
        e.act === 'wakes' &&
        e.object === wait.object &&
        e.context !== context &&
        e.index < asleep &&
        e.index > (before?.index ?? -1) &&
        e.arg === 0,
    );
    const since = events.some((e) => e.act === 'wakes' && e.object === wait.object && e.index > asleep);
    if (wakeup !== undefined && !since) out.push({ sleeper, wakeup });
  }
  return out;
}

/** Names with the numbers that tell like threads apart taken off. */
const kindOf = (name: string): string => name.replace(/[ #]?\d+$/, '');

/**
 * A line that is the same for the same way of being stuck: no addresses, no order in time, threads that
 * differ in a number only are alike.
 */
export function stuckSignature(log: LockLog, stuck: Stuck): string {
  const of = stuck.cycle.length > 0 ? stuck.cycle : stuck.waiters;
  const lines = of.map(({ context, wait }) => {
    const verb = wait.isLock ? 'waits for' : 'sleeps on';
    return `${kindOf(log.process(context))} ${verb} ${kindOf(log.name(wait.object))}`;
  });
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const parts = [...counts].map(([line, n]) => (n > 1 ? `${n} x ${line}` : line)).sort();
  return `${stuck.cycle.length > 0 ? 'deadlock' : 'stuck'}; ${parts.join('; ')}`;
}
