import { describe, expect, test } from 'vitest';
import { type Choice, DECISION_KINDS, Decisions, Recording, replay } from '../src/index.js';

const draws = (d: Decisions, kind: 'slice' | 'seek' | 'packet', n = 50): number[] =>
  Array.from({ length: n }, () => d.draw(kind, 1000));

test('has each kind a stream of its own, that no other kind shifts?', () => {
  const alone = draws(new Decisions(7), 'seek');
  const mixed = new Decisions(7);
  draws(mixed, 'slice', 13);
  const seeks = Array.from({ length: 50 }, () => {
    mixed.draw('packet', 9);
    mixed.happens('diskerror', 0.5);
    return mixed.draw('seek', 1000);
  });
  expect(seeks).toEqual(alone);
  expect(draws(new Decisions(7), 'slice'), 'another stream').not.toEqual(alone);
  expect(draws(new Decisions(8), 'seek'), 'another seed').not.toEqual(alone);
});

test('does a changed decision leave all that come after it, of its kind, too?', () => {
  const plain = draws(new Decisions(7), 'seek');
  const changed = new Decisions(7);
  changed.decider = replay([{ kind: 'seek', number: 3, choice: 999 }]);
  expect(draws(changed, 'seek')).toEqual(plain.map((value, i) => (i === 3 ? 999 : value)));
});

test('are seeds of more than 32 bits different ones?', () => {
  expect(draws(new Decisions(2 ** 40 + 1), 'seek')).not.toEqual(draws(new Decisions(1), 'seek'));
});

describe('a recording', () => {
  /** All kinds of decisions, under a decider that now and then wants something else. */
  function run(d: Decisions): number[] {
    const out: number[] = [];
    for (let i = 0; i < 40; i++) {
      out.push(d.draw('slice', 100), d.draw('seek', 50), d.happens('diskerror', 0.1));
      out.push(Number(d.preempts(i)), d.choose('run', 4, 0, [1, 2, 3]));
    }
    return out;
  }

  test('holds what was not standard, and nothing else; given back, it makes the same decisions', () => {
    const first = new Decisions(5);
    const recording = new Recording();
    first.onChoice = (decision, choice) => recording.decided(decision, choice);
    first.decider = {
      decide: ({ kind, number, n, standard }) => (number % 9 === 4 && kind !== 'seek' ? n - 1 : standard),
    };
    const decided = run(first);
    expect(recording.choices.length).toBeGreaterThan(10);
    expect(recording.choices.length).toBeLessThan(21);
    const again = new Decisions(5);
    again.decider = replay(JSON.parse(JSON.stringify(recording.choices)) as Choice[]);
    expect(run(again)).toEqual(decided);
    expect(again.save()).toEqual(first.save());
  });

  test('of a decider that takes the standard is empty, and its run is the one without', () => {
    const without = new Decisions(5);
    const plain = run(without);
    const recording = new Recording();
    const d = new Decisions(5);
    d.onChoice = (decision, choice) => recording.decided(decision, choice);
    d.decider = { decide: ({ standard }) => standard };
    expect(run(d)).toEqual(plain);
    expect(recording.choices).toEqual([]);
    expect(d.save(), 'counts and streams').toEqual(without.save());
  });

  test('that no run can have made is refused', () => {
    const twice: Choice[] = [
      { kind: 'run', number: 1, choice: 0 },
      { kind: 'run', number: 1, choice: 1 },
    ];
    expect(() => replay(twice)).toThrow('decision run 1 is there twice');
    expect(() => replay([{ kind: 'hope' as 'run', number: 1, choice: 0 }])).toThrow(
      `accepted: ${DECISION_KINDS.join(', ')}`,
    );
    for (const choice of [4, -1, 0.5]) {
      const d = new Decisions(1);
      d.decider = replay([{ kind: 'run', number: 0, choice }]);
      expect(() => d.choose('run', 4, 0, [])).toThrow(`decision run 0: ${choice} is not from 0 to 3`);
    }
  });
});

test('does it go on from a record where it was saved?', () => {
  const d = new Decisions(3);
  run13(d);
  const record = d.save();
  const rest = draws(d, 'seek');
  const other = new Decisions(99);
  other.restore(record);
  expect(draws(other, 'seek')).toEqual(rest);
  expect(other.count('slice')).toBe(13);
});

function run13(d: Decisions): void {
  draws(d, 'slice', 13);
}
