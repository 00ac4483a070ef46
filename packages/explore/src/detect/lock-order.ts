import { deeds } from './deeds.js';
import type { LockEvent, LockLog } from './lock-log.js';

/** A process took a lock while it held another one. */
export interface OrderEdge {
  from: number;
  to: number;
  context: number;
  /** Where it took the first, and the second */
  first: LockEvent;
  second: LockEvent;
}

/**
 * Circles in the order in which a run took locks, each of them by different processes: a run in which they
 * meet stands still, even if this one did not. The whole chain is given, each link with the process and both
 * places. Of like circles the first is given.
 */
export function lockOrderCircles(log: LockLog): OrderEdge[][] {
  const edges = orderEdges(log);
  const out: OrderEdge[][] = [];
  const known = new Set<string>();
  const path: OrderEdge[] = [];
  const visit = (from: number, start: number): void => {
    for (const edge of edges.get(from) ?? []) {
      if (path.some((e) => e.context === edge.context)) continue;
      path.push(edge);
      if (edge.to === start) {
        const key = path
          .map((e) => e.from)
          .sort((a, b) => a - b)
          .join(' ');
        if (!known.has(key)) {
          known.add(key);
          out.push([...path]);
        }
      } else if (!path.some((e) => e.from === edge.to)) visit(edge.to, start);
      path.pop();
    }
  };
  for (const lock of edges.keys()) visit(lock, lock);
  return out;
}

function orderEdges(log: LockLog): Map<number, OrderEdge[]> {
  const edges = new Map<number, OrderEdge[]>();
  const held = new Map<number, LockEvent[]>();
  for (const event of deeds(log)) {
    const mine = held.get(event.context) ?? [];
    if (event.act === 'gives back') {
      const at = mine.findLastIndex((e) => e.object === event.object);
      if (at >= 0) mine.splice(at, 1);
    }
    if (event.act !== 'takes') continue;
    for (const first of mine) {
      const { object: from, context } = first;
      if (from === event.object) continue;
      const list = edges.get(from) ?? [];
      edges.set(from, list);
      if (!list.some((e) => e.to === event.object && e.context === context))
        list.push({ from, to: event.object, context, first, second: event });
    }
    held.set(event.context, [...mine, event]);
  }
  return edges;
}
