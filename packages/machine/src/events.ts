/** Things that happen at a moment of virtual time, in order of time, then of scheduling. */
export class EventQueue {
  private readonly heap: { at: number; order: number; run: () => void }[] = [];
  private order = 0;

  /** Time of the next event in ns, or Infinity. */
  get nextAt(): number {
    return this.heap.length > 0 ? this.heap[0]!.at : Number.POSITIVE_INFINITY;
  }

  /** Runs `run` once virtual time reaches `at` (ns). */
  schedule(at: number, run: () => void): void {
    const heap = this.heap;
    const item = { at, order: this.order++, run };
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

  /** Runs everything that is due at `now`. */
  runDue(now: number): void {
    while (this.heap.length > 0 && this.heap[0]!.at <= now) this.pop().run();
  }

  private pop(): { run: () => void } {
    const heap = this.heap;
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

function before(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
