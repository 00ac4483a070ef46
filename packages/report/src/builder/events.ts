import { newEvent } from '../event.js';
import { isStackBase } from '../functions/index.js';
import type { PanicEvent } from '../types.js';
import { Reading } from './reading.js';
import { apart } from './stamps.js';

/** Panics and warnings that are kept. */
const EVENTS_MAX = 2000;

/** The panics of the text: where one begins, and which a fact belongs to. */
export class Events extends Reading {
  readonly events: PanicEvent[] = [];
  /** Boots that the text shows so far, and for every panic the boot and the stamp of its first line. */
  protected boots = 0;
  protected readonly begun = new Map<PanicEvent, { boot: number; stamp: string }>();
  /** Lines at which the latest two panics began. */
  protected begunAt: [number, number] = [0, 0];

  /** Starts a new panic or warning. */
  begin(kind: string, form: string): PanicEvent {
    const event = newEvent(kind, [form], this.span());
    if (this.events.length < EVENTS_MAX) this.events.push(event);
    else this.hitLimit('panics', EVENTS_MAX);
    this.begunAt = [this.begunAt[1], this.lineCount];
    const before = this.events.at(-2);
    const { ending } = this;
    const near = ending !== null && this.lineCount <= ending.until;
    if (near && before !== undefined && !this.isLater(before)) event.consequence = ending.fact;
    this.begun.set(event, { boot: this.boots, stamp: this.lastStamp });
    if (this.s.cpu >= 0) event.cpu = { value: this.s.cpu, span: event.span };
    if (this.s.announced !== null) {
      this.suspect = true;
      const { current } = this;
      if (current !== null && current.otherTraces.length === 0) this.s.waiting = current;
    }
    this.doubtOpenTrace();
    this.current = event;
    this.trace = null;
    this.s.announced = null;
    return event;
  }

  /** Goes on with a panic that another CPU's lines have cut off. */
  resume(event: PanicEvent): void {
    this.doubtOpenTrace();
    this.current = event;
    this.trace = null;
    this.s.announced = null;
  }

  /** What was taken for a panic was none of a kernel. */
  forget(event: PanicEvent): void {
    const at = this.events.indexOf(event);
    if (at >= 0) this.events.splice(at, 1);
    if (this.current === event) this.current = null;
    this.trace = null;
  }

  /** The machine starts again: what follows is of another run. */
  bootMark(): void {
    this.boots++;
    this.ending = null;
    this.closeTraps();
    this.s.announced = null;
    this.current = null;
    this.trace = null;
  }

  /** Whether the line stands in another boot than this event, or minutes from it. */
  isLater(event: PanicEvent): boolean {
    const mark = this.begun.get(event);
    if (mark === undefined) return false;
    return mark.boot !== this.boots || apart(mark.stamp, this.lastStamp);
  }

  /** Whether two events are of different boots, or minutes apart. */
  areApart(a: PanicEvent, b: PanicEvent): boolean {
    const [x, y] = [this.begun.get(a), this.begun.get(b)];
    return x !== undefined && y !== undefined && (x.boot !== y.boot || apart(x.stamp, y.stamp));
  }

  /** An event of an unknown kind that takes nothing from the heading of the trace that follows. */
  unknownEvent(form: string): PanicEvent {
    if (this.current !== null) return this.current;
    const { announced } = this.s;
    this.s.announced = null;
    const event = this.begin('unknown', form);
    this.s.announced = announced;
    return event;
  }

  /** The panic that a fact belongs to; where the text's head is missing, one of an unknown kind. */
  event(form: string): PanicEvent {
    const event = this.current ?? this.begin('unknown', form);
    if (!event.forms.includes(form)) event.forms.push(form);
    this.extend(event);
    return event;
  }

  protected extend(event: PanicEvent): void {
    const [from, to] = this.span();
    event.span = [Math.min(event.span[0], from), Math.max(event.span[1], to)];
  }

  /** A trace that is left before its end may go on later: another CPU's lines may have come between. */
  protected doubtOpenTrace(): void {
    const { trace } = this.s;
    if (trace === null || this.suspect) return;
    const last = trace.frames[trace.frames.length - 1];
    if (last !== undefined && !isStackBase(last.function)) this.suspect = true;
  }
}
