import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../src/index.js';

test('do events run in the order of time, then of scheduling, and never early?', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.record({ at: fc.nat(50) }), fc.record({ until: fc.nat(60) }))),
      (steps) => {
        const queue = new EventQueue();
        let waiting: { at: number; id: number }[] = [];
        let ran: number[] = [];
        let id = 0;
        for (const step of steps) {
          if ('at' in step) {
            const mine = id++;
            waiting.push({ at: step.at, id: mine });
            queue.schedule(step.at, () => ran.push(mine));
          } else {
            ran = [];
            queue.runDue(step.until);
            const due = waiting.filter((e) => e.at <= step.until).sort((a, b) => a.at - b.at || a.id - b.id);
            expect(ran).toEqual(due.map((e) => e.id));
            waiting = waiting.filter((e) => e.at > step.until);
          }
          expect(queue.nextAt).toBe(Math.min(Number.POSITIVE_INFINITY, ...waiting.map((e) => e.at)));
        }
      },
    ),
  );
});

test('does an event that an event schedules run in the same go if it is due, and later otherwise?', () => {
  const queue = new EventQueue();
  const ran: string[] = [];
  queue.schedule(10, () => {
    ran.push('first');
    queue.schedule(10, () => ran.push('at once'));
    queue.schedule(21, () => ran.push('later'));
  });
  queue.runDue(20);
  expect(ran).toEqual(['first', 'at once']);
  expect(queue.nextAt).toBe(21);
});
