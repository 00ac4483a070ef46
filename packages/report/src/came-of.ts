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

function liesIn({ details }: PanicEvent, at: bigint): boolean {
  const { address, size } = details;
  if (typeof address?.value !== 'string' || !/^\d+$/.test(String(size?.value))) return false;
  const [from, length] = [BigInt(address.value), BigInt(size!.value)];
  // A negative length is a very large one here: such an access runs on until it meets no memory.
  return at >= from && at < from + length;
}
