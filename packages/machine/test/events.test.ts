import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EventKind, EventQueue } from '../src/index.js';

const KINDS: EventKind[] = ['clock', 'packet', 'disk'];

/** Runs a list of orders and returns which events came, each as kind and place in the list. */
function model(waiting: { at: number; kind: EventKind }[], until: number): EventKind[] {
  // sort() is stable: of one moment, the first scheduled comes first.
  return waiting
    .filter((e) => e.at <= until)
    .sort((a, b) => a.at - b.at)
    .map((e) => e.kind);
}

test('do events come in the order of time, then of scheduling, never early, and the same from a restored queue?', () => {
  const order = fc.record({ at: fc.nat(50), kind: fc.constantFrom(...KINDS) });
  fc.assert(
    fc.property(fc.array(fc.oneof(order, fc.record({ until: fc.nat(60) }))), (steps) => {
      let came: EventKind[] = [];
      let queue = new EventQueue((kind) => came.push(kind));
      let waiting: { at: number; kind: EventKind }[] = [];
      for (const step of steps) {
        if ('at' in step) {
          waiting.push(step);
          queue.schedule(step.at, step.kind);
        } else {
          const record = queue.save();
          came = [];
          queue.runDue(step.until);
          expect(came).toEqual(model(waiting, step.until));
          came = [];
          queue = new EventQueue((kind) => came.push(kind));
          queue.restore(record);
          queue.runDue(step.until);
          expect(came).toEqual(model(waiting, step.until));
          waiting = waiting.filter((e) => e.at > step.until);
        }
        expect(queue.nextAt).toBe(Math.min(Number.POSITIVE_INFINITY, ...waiting.map((e) => e.at)));
      }
    }),
  );
});

test('does an event that an event schedules come in the same go if it is due, and later otherwise?', () => {
  const came: EventKind[] = [];
  const queue = new EventQueue((kind) => {
    came.push(kind);
    if (kind !== 'clock') return;
    queue.schedule(10, 'disk');
    queue.schedule(21, 'packet');
  });
  queue.schedule(10, 'clock');
  queue.runDue(20);
  expect(came).toEqual(['clock', 'disk']);
  expect(queue.nextAt).toBe(21);
});
