import type { Builder } from './builder.js';
import { WARNINGS } from './merge-events.js';
import type { PanicEvent } from './types.js';

/**
 * Notes of each fault whether it came of an access that a sanitizer has told of before: its address lies in
 * that. Some kernels print the one and run on into the other.
 */
export function noteCame(events: readonly PanicEvent[], b: Builder): void {
  for (const event of events) {
    const at = event.trap?.faultAddress?.value;
    if (at === undefined || event.consequence !== undefined) continue;
    const before = events.find(
      (each) => each.kind === 'kasan' && each.span[0] < event.span[0] && !b.areApart(each, event),
    );
    if (before === undefined || WARNINGS.has(event.kind) || !liesIn(before, BigInt(at))) continue;
    event.consequence = {
      value: 'its address lies in that access',
      span: before.message?.span ?? before.span,
    };
  }
}

/** The events of a text in the order in which they stand there. */
const inOrder = (event: PanicEvent, others: readonly PanicEvent[]): PanicEvent[] =>
  [event, ...others].sort((a, b) => a.span[0] - b.span[0]);

/**
 * The further events of a text that came of one: those that follow on it, with none of its own between.
 *
 * @param others all events of the text but that one
 */
export function cameOf(event: PanicEvent, others: readonly PanicEvent[]): PanicEvent[] {
  let follows = false;
  return inOrder(event, others).filter((each) => {
    if (each.consequence === undefined) follows = each === event;
    return follows && each !== event;
  });
}

/** Whether what stands at a position was told behind an event, or behind what came of it, and of no other. */
export function isTold(at: number, event: PanicEvent, others: readonly PanicEvent[]): boolean {
  const last = inOrder(event, others).findLast((each) => each.span[0] <= at);
  return last === undefined || last === event || cameOf(event, others).includes(last);
}

/**
 * Whether what a kernel printed as it started is of another boot: it stands behind the event, and the next
 * event after it is another one.
 */
export function isOfNextBoot(at: number, event: PanicEvent, others: readonly PanicEvent[]): boolean {
  if (event.span[0] >= at) return false;
  const next = inOrder(event, others).find((each) => each.span[0] >= at);
  return next !== undefined && !cameOf(event, others).includes(next);
}

function liesIn({ details }: PanicEvent, at: bigint): boolean {
  const { address, size } = details;
  if (typeof address?.value !== 'string' || !/^\d+$/.test(String(size?.value))) return false;
  const [from, length] = [BigInt(address.value), BigInt(size!.value)];
  // A negative length is a very large one here: such an access runs on until it meets no memory.
  return at >= from && at < from + length;
}
