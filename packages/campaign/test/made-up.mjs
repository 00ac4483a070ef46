import { createHash } from 'node:crypto';

/* Workers that answer at once: what they say of a unit depends on the unit alone, as with real ones. */

/** A scenario that nobody has to compile. */
export const subject = (name, more = {}) => ({
  ...{ name, build: 'b1', image: 'i1', canary: false, record: '{}', count: 10 },
  ...more,
});

/** What a campaign of these searches. */
export const WANTED = [subject('canary', { canary: true }), subject('a'), subject('b')];
export const STRATEGIES = ['one', 'two', 'three'];

/** A canary always fails; of the others about one unit in eight, in one of three ways. */
export function outcome({ subject: { name, canary, build }, strategy, number, count }) {
  const text = `${name}/${strategy}/${number}`;
  const [hit, way, at] = createHash('sha256').update(text).digest();
  if (!canary && hit >= 32) return { tries: count, failures: [] };
  const signature = `way ${way % 3}`;
  const schedule = `schedule of ${build}/${text}`;
  return {
    tries: count,
    failures: [
      {
        signature,
        title: `it fails in ${signature}`,
        times: 2,
        at: at % (count - 1),
        schedule,
        size: at % 7,
      },
    ],
  };
}
