import { describe, expect, test } from 'vitest';
import {
  boundedPlan,
  CHANCES,
  hasFailed,
  type Lab,
  type Onlooker,
  PLANS,
  search,
  type TreeWalk,
  TREES,
} from '../src/index.js';
import { labFor, labOfText } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };

/**
 * Threads that write their names, each `times` times, each time under one mutex. The order of names is what
 * comes of a run.
 */
function writers(threads: number, times: number): string {
  const list = Array.from(
    { length: threads },
    (_, i) => `{ run: note, name: 'writer ${i + 1}', arg: ${i + 1} }`,
  );
  return `
$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, setup: setup, threads: [${list.join(', ')}], check: check });
let guard: embed<mtx>;
let order: u32 = 0;
let forbidden: u32 = 0;
function setup(): void { mtx_init(guard, 'guard', MTX_DEF); }
function* note(me: u32): Sleeps {
  for (let i = 0; i < ${times}; i++) {
    yield* mtx_lock(guard);
    order = order * 10 + me;
    mtx_unlock(guard);
  }
}
function check(): void { KASSERT(order !== forbidden, 'forbidden order %d', order); }
`;
}

/** All orders of `times` times each of the digits 1 to `threads`, by brute force. */
function allOrders(threads: number, times: number): string[] {
  const out: string[] = [];
  const left = new Array<number>(threads).fill(times);
  const go = (text: string): void => {
    if (text.length === threads * times) out.push(text);
    left.forEach((n, i) => {
      if (n === 0) return;
      left[i] = n - 1;
      go(`${text}${i + 1}`);
      left[i] = n;
    });
  };
  go('');
  return out.sort();
}

/** The values of a variable that tries of a strategy end with, up to its end if it has one. */
function valuesOf(lab: Lab, strategy: string, variable: string, most: number) {
  const plan = PLANS[strategy]!(7, 1);
  const seen = new Set<string>();
  let tries = 0;
  for (; tries < most; tries++) {
    const unit = plan.next(1);
    if (unit === 'wait' || unit === undefined) break;
    const { strategy: name, seed, first, prefixes } = unit;
    const tree = prefixes === undefined ? undefined : TREES[name]!.walk(lab, prefixes[0]!);
    const attempt = lab.attempt(
      tree ?? CHANCES[name]!(lab, seed, first),
      tree === undefined ? null : looker(tree),
    );
    expect(hasFailed(lab, attempt)).toBe(false);
    plan.told(unit, {
      tries: 1,
      growth: tree === undefined ? [] : [tree.growth()],
      turns: tree?.turns ?? false,
    });
    seen.add(String(lab.system.get(variable)));
  }
  return { values: [...seen].sort(), complete: plan.complete(), tries };
}

const looker = (walk: TreeWalk): Onlooker => ({
  classes: walk.classes ?? [],
  happened: (...told) => walk.happened?.(...told),
});

for (const [threads, times] of [
  [2, 2],
  [3, 1],
  [2, 3],
] as const)
  describe(`${threads} threads, ${times} times: does a strategy come to all orders that there are, and to no other?`, () => {
    const lab = labOfText(writers(threads, times));
    const wanted = allOrders(threads, times);
    // PCT of depth 3 takes the processor away twice at most.
    // In the fast form nobody stands before an access, and who is only delayed does not come by everything.
    for (const name of Object.keys(PLANS).filter((each) => each !== 'accesses'))
      test(name, () => {
        const { values: orders, complete } = valuesOf(lab, name, 'order', 3000);
        const some = name === 'delays' || (name === 'pct' && times === 3);
        if (some) for (const order of orders) expect(wanted).toContain(order);
        else expect(orders).toEqual(wanted);
        if (name === 'bounded' || name === 'reduced') expect(complete).toBe(true);
      });
  });

describe('is a bug found with as many preemptions as it needs, and with no fewer?', () => {
  const lab = labOfText(writers(2, 3));
  /**
   * Preemptions that an order of two threads needs: each change of thread but those where one has come to its
   * end.
   */
  const needs = (order: string): number => {
    const left = new Map([...new Set(order)].map((d) => [d, [...order].filter((c) => c === d).length]));
    let n = 0;
    for (let i = 0; i < order.length; i++) {
      left.set(order[i]!, left.get(order[i]!)! - 1);
      if (i + 1 < order.length && order[i + 1] !== order[i] && left.get(order[i]!)! > 0) n++;
    }
    return n;
  };
  const run = (order: string, limit: number) => {
    const forbidden = lab.system.symbols.address('forbidden');
    const before = lab.start;
    lab.begin(null);
    lab.system.set('forbidden', Number(order));
    const planted = lab.system.machine.save();
    (lab as { start: typeof before }).start = planted;
    const result = search(lab, {
      plan: boundedPlan(limit),
      seed: 1,
      schedules: 50_000,
      host: HOST,
    });
    return result.then((r) => {
      (lab as { start: typeof before }).start = before;
      expect(forbidden).toBeGreaterThan(0);
      return r;
    });
  };
  for (const order of ['222111', '122211', '121122', '121212'])
    test(`${order}: ${needs(order)}`, async () => {
      const k = needs(order);
      if (k > 0) {
        const fewer = await run(order, k - 1);
        expect([fewer.found, fewer.exhausted], fewer.covered).toEqual([undefined, true]);
        expect(fewer.covered).toMatch(
          new RegExp(`^all schedules with at most ${k - 1} preemptions? at locks and sleeps`),
        );
      }
      const enough = await run(order, k);
      expect(enough.found?.failure?.title).toMatch(/^panic: forbidden order/);
    });
});

describe('does a walk depend on its seed, and on nothing else?', () => {
  const lab = labOfText(writers(3, 1));
  for (const name of Object.keys(CHANCES).filter((each) => each !== 'accesses'))
    test(name, () => {
      const orders = (seed: number): string[] => {
        return Array.from({ length: 30 }, (_, n) => {
          lab.attempt(CHANCES[name]!(lab, seed, n));
          return String(lab.system.get('order'));
        });
      };
      expect(orders(1)).toEqual(orders(1));
      expect(orders(1)).not.toEqual(orders(2));
    });
});

/** Two threads with locks of their own beside one that both use, and a third that uses neither. */
const APART = `
$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, setup: setup, threads: [{ run: first }, { run: second }, { run: alone }] });
let shared: embed<mtx>;
let a: embed<mtx>;
let b: embed<mtx>;
let c: embed<mtx>;
let order: u32 = 0;
function setup(): void {
  mtx_init(shared, 'shared', MTX_DEF);
  mtx_init(a, 'a', MTX_DEF);
  mtx_init(b, 'b', MTX_DEF);
  mtx_init(c, 'c', MTX_DEF);
}
function* once(own: mtx): Sleeps {
  yield* mtx_lock(own);
  mtx_unlock(own);
}
function* note(me: u32): Sleeps {
  yield* mtx_lock(shared);
  order = order * 10 + me;
  mtx_unlock(shared);
}
function* first(): Sleeps {
  yield* once(a);
  yield* note(1);
}
function* second(): Sleeps {
  yield* once(b);
  yield* note(2);
}
function* alone(): Sleeps {
  yield* once(c);
}
`;

describe('does the reduced search come to the same as the whole one, with fewer schedules?', () => {
  test('where threads use locks of their own', () => {
    const lab = labOfText(APART);
    const whole = valuesOf(lab, 'bounded', 'order', 20_000);
    const reduced = valuesOf(lab, 'reduced', 'order', 20_000);
    expect([whole.complete, reduced.complete]).toEqual([true, true]);
    expect(whole.values).toEqual(['12', '21']);
    expect(reduced.values).toEqual(whole.values);
    expect(reduced.tries).toBeLessThan(whole.tries / 4);
  });

  for (const name of ['ab-ba', 'check-then-act', 'missed-wakeup', 'last-reference'])
    test(name, async () => {
      const lab = labFor(name);
      const all = async (strategy: string) => {
        const options = { plan: PLANS[strategy]!, seed: 1, schedules: 20_000, host: HOST, all: true };
        const { buckets, complete, tries } = await search(lab, options);
        return { failures: buckets.map(({ signature }) => signature).sort(), complete, tries };
      };
      const [whole, reduced] = [await all('bounded'), await all('reduced')];
      expect([whole.complete, reduced.complete]).toEqual([true, true]);
      expect(reduced.failures).toEqual(whole.failures);
      expect(reduced.failures.length).toBeGreaterThan(0);
    });
});

test('is every order as likely as any other, of those that count?', () => {
  const lab = labOfText(writers(2, 3));
  const tries = 2000;
  const ordersBy = (name: string) => {
    const counts = new Map<string, number>();
    for (let n = 0; n < tries; n++) {
      lab.attempt(CHANCES[name]!(lab, 1, n));
      const order = String(lab.system.get('order'));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    return [...counts.values()];
  };
  // Twenty orders, a hundred times each; four deviations of a binomial either way. By a random walk the
  // rarest comes forty times less often than the most frequent.
  const counts = ordersBy('surw');
  expect(counts).toHaveLength(20);
  expect(Math.min(...counts)).toBeGreaterThan(60);
  expect(Math.max(...counts)).toBeLessThan(140);
  const walk = ordersBy('random');
  expect(Math.max(...walk)).toBeGreaterThan(200);
});
