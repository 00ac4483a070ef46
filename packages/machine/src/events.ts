import { Stateful } from './state.js';

/** What happens at a moment of virtual time; the machine knows what to do. */
export type EventKind = 'clock' | 'packet' | 'disk';

/** One thing to come, as plain data. */
export interface MachineEvent {
  /** ns since power-on */
  at: number;
  /** Of those at one moment, the one scheduled first comes first */
  order: number;
  kind: EventKind;
}

export interface EventQueueState {
  /** Binary heap by time, then order */
  heap: MachineEvent[];
  order: number;
}

/** Things that happen at a moment of virtual time, in order of time, then of scheduling. */
export class EventQueue extends Stateful<EventQueueState> {
  protected state: EventQueueState = { heap: [], order: 0 };

  /** @param handle does what an event of that kind stands for; it may schedule more */
  constructor(private readonly handle: (kind: EventKind) => void) {
    super();
  }

  /** Time of the next event in ns, or Infinity. */
  get nextAt(): number {
    const { heap } = this.state;
    return heap.length > 0 ? heap[0]!.at : Number.POSITIVE_INFINITY;
  }

  /** Has `kind` happen once virtual time reaches `at` (ns). */
  schedule(at: number, kind: EventKind): void {
    const { heap } = this.state;
    const item = { at, order: this.state.order++, kind };
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(item, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = item;
  }

  /** Lets everything happen that is due at `now`. */
  runDue(now: number): void {
    while (this.nextAt <= now) this.handle(this.pop().kind);
  }

  private pop(): MachineEvent {
    const { heap } = this.state;
    const top = heap[0]!;
    const last = heap.pop()!;
    const n = heap.length;
    if (n > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[i] = heap[child]!;
        i = child;
      }
      heap[i] = last;
    }
    return top;
  }
}

function before(a: MachineEvent, b: MachineEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
