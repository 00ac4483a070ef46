import { LOCK_ORDERS } from './forms/witness-order.js';
import { plainName } from './functions/index.js';
import type { Lock, PanicEvent, Trace } from './types.js';

/*
 * Which lock of a reversal was held and which was asked for. FreeBSD's witness lists the lock that is asked
 * for last. OpenBSD's lists two locks and where each order was first seen, and not always in that order: its
 * backtrace and its lists of held locks tell.
 */

/**
 * Gives the locks of a reversal their parts, and its backtraces the orders they are of, as far as it is told.
 *
 * @param openbsd OpenBSD's witness has found it
 */
export function orientReversal(event: PanicEvent, openbsd: boolean): void {
  if (!LOCK_ORDERS.has(event.kind)) return;
  const ordered = event.locks.filter((lock) => lock.nth !== undefined);
  const seen = event.otherTraces.filter((trace) => trace.firstSeen === true);
  const wanted = openbsd ? wantedLock(event, ordered, seen) : lastOf(ordered);
  if (wanted === undefined) {
    for (const trace of seen) trace.purpose = 'order';
    return;
  }
  if (ordered.length < 2) return;
  for (const lock of ordered) lock.part = lock === wanted ? 'asked for' : 'held';
  if (wanted === lastOf(ordered)) return;
  for (const trace of seen) trace.purpose = trace.purpose === 'attempted' ? 'established' : 'attempted';
}

function lastOf(ordered: readonly Lock[]): Lock | undefined {
  return ordered.at(-1);
}

function wantedLock(event: PanicEvent, ordered: readonly Lock[], seen: readonly Trace[]): Lock | undefined {
  if (ordered.length !== 2) return undefined;
  const [first, second] = [ordered[0]!, ordered[1]!];
  // Witness is given the lock that is asked for.
  const asked = event.otherTraces
    .flatMap((trace) => trace.frames)
    .find((frame) => plainName(frame.function) === 'witness_checkorder' && frame.args.length > 0)?.args[0];
  const called = ordered.filter((lock) => lock.address !== undefined && lock.address === asked);
  if (called.length === 1) return called[0];
  const held = ordered.filter((lock) => isHeld(event, lock));
  if (held.length === 1) return held[0] === first ? second : first;
  // The established order is printed before that of this very moment.
  const purposes = seen.map((each) => each.purpose);
  return purposes.length === 2 && purposes[0] === 'established' && purposes[1] === 'attempted'
    ? second
    : undefined;
}

/** Whether the thread's list of held locks has this one. */
function isHeld({ locks, process }: PanicEvent, lock: Lock): boolean {
  const of = process?.value;
  return locks.some(
    (each) =>
      each.nth === undefined &&
      each.address !== undefined &&
      each.address === lock.address &&
      (each.holder?.tid === undefined || of?.tid === undefined || each.holder.tid === of.tid),
  );
}
