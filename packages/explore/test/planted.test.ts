import { completeOptions } from '@trap12/system';
import { compileKernel } from '@trap12/system/compile-kernel.js';
import { loadKernel } from '@trap12/system/node.js';
import type { Kernel } from '@trap12/system';
import { fileURLToPath } from 'node:url';
import type { Decision } from '@trap12/machine';
import { describe, expect, test } from 'vitest';
import {
  type Cause,
  causeOf,
  causeText,
  examine,
  fair,
  focusOf,
  Lab,
  missedWakeups,
  missedWakeupsText,
  RaceWatch,
  STANDARD,
  type Walk,
  type WalkView,
} from '../src/index.js';
import { labOfText } from './scenario.js';

const RACES = fileURLToPath(new URL('../../../examples/races/', import.meta.url));
const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
const PATIENCE = { timeout: 200_000 };

const planted = (name: string): Kernel => compileKernel([`${RACES}${name}/patch.ts`], 'checked');

/** A lab of a command whose kernel is in its checked form. */
function labOf(kernel: Kernel, command: string): Lab {
  const options = { ...completeOptions({}), ramBytes: 8 << 20, locking: CURE, command };
  return new Lab({
    kernel,
    options: { ...options, executables: kernel.executables },
    scenario: undefined,
    seconds: 5,
    from: 'start',
  });
}

/** Functions by file that did something with an object before the end, the last first. */
const turnsOf = (cause: Cause, struct: string): string[] =>
  cause.histories
    .filter((history) => history.struct === struct)
    .flatMap(({ turns }) => turns.map((turn) => `${turn.function} ${turn.file}`).reverse());

describe('does an answer lead to the change that was planted?', PATIENCE, () => {
  test('a reference that is not taken: what the dying process had looked at, and who came before', () => {
    const lab = labOf(planted('lost-reference'), 'true');
    const { failure, choices } = examine(lab, STANDARD);
    expect(failure!.title).toMatch(/^panic: vm_page_free: page N is still mapped/);
    const cause = causeOf(lab, choices)!;
    expect(cause.stack[0]!.function).toBe('vm_page_free_toq');
    const [page] = cause.histories;
    expect([page!.struct, page!.field, page!.value]).toEqual(['vm_page', 'md_pv_list_count', 1]);
    const writer = page!.written.at(-1)!;
    expect([writer.old, writer.now, writer.deed.stack[0]!.function]).toEqual([0, 1, 'pmap_insert_entry']);
    const turns = turnsOf(cause, 'vm_object');
    expect(turns.indexOf('vm_object_lone_shadow patch/0-patch.ts')).toBeGreaterThanOrEqual(0);
    expect(causeText(cause)[0]).toBe('What it died over:');
  });

  test('a mapping whose pv entry stays: the word at which it was trapped', () => {
    const lab = labOf(planted('pv-lost'), 'true');
    const { failure, choices } = examine(lab, STANDARD);
    expect(failure!.title).toMatch(/^page fault in pmap_remove_pages/);
    const cause = causeOf(lab, choices)!;
    expect(cause.stack[0]!.function).toBe('pmap_remove_pages');
    expect(cause.histories[0]!.field).toBe('pte[0]');
    expect(turnsOf(cause, '')).toContain('pmap_remove_pte patch/0-patch.ts');
  });

  test('a lock of a map that is not taken, where nothing races; and nothing where it is', async () => {
    const keysOf = (kernel: Kernel): string[] => {
      const lab = labOf(kernel, 'threads 2 20 64');
      const watch = new RaceWatch(lab.system);
      expect(lab.attempt(STANDARD, watch).ended).toBe('done');
      watch.told();
      watch.end();
      expect(watch.mappings).toEqual([]);
      return watch.keys.flatMap(({ object, missing, stack }) =>
        stack.map((place) => `${object} ${missing} ${place.function}`),
      );
    };
    expect(keysOf(planted('map-lock'))).toContain('vm_map.size vm_map.lock vm_map_remove');
    expect(keysOf(await loadKernel(undefined, 'checked'))).toEqual([]);
  });
});

test('is it told by which pointer a process came to what it died over?', PATIENCE, () => {
  const lab = labOfText(
    `
$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, setup: setup, threads: [{ run: setter }, { run: user }] });
/**
 * Something to be used.
 * @lock g guard
 */
interface leaf extends struct {
  alive: int; // (g) it may be used
}
/**
 * Leads there.
 * @lock g guard
 */
interface holder extends struct {
  to: leaf; // (g) what is used
}
let good: embed<leaf>;
let bad: embed<leaf>;
let it: embed<holder>;
let guard: embed<mtx>;
function setup(): void { mtx_init(guard, 'guard', MTX_DEF); good.alive = 1; it.to = good; }
function* setter(): Sleeps { yield* mtx_lock(guard); it.to = bad; mtx_unlock(guard); }
function* user(): Sleeps {
  yield* mtx_lock(guard);
  const found = it.to;
  KASSERT(found.alive !== 0, 'it is dead');
  mtx_unlock(guard);
}
`,
    'checked',
  );
  const { failure, choices } = examine(lab, STANDARD);
  expect(failure!.title).toBe('panic: it is dead in user');
  const { histories } = causeOf(lab, choices)!;
  expect(histories.slice(0, 2).map(({ struct, field }) => `${struct}.${field}`)).toEqual([
    'leaf.alive',
    'holder.to',
  ]);
  const { written, turns } = histories[1]!;
  expect(written.at(-1)!.deed.stack[0]!.function).toBe('setter');
  expect(turns.map((turn) => turn.function)).toContain('setter');
});

describe('a command that has not ended in its time', PATIENCE, () => {
  const lab = async (seconds: number): Promise<Lab> => {
    const kernel = await loadKernel();
    const { executables } = kernel;
    const options = { ...completeOptions({}), ramBytes: 8 << 20, command: 'sleep 3', executables };
    return new Lab({ kernel, options, scenario: undefined, seconds, from: 'start' });
  };

  test('may only be late, and has as much again; but no more', async () => {
    const ended = async (seconds: number) => (await lab(seconds)).attempt(STANDARD).ended;
    expect([await ended(2), await ended(1)]).toEqual(['done', 'time']);
  });

  test('is not gone on with where its time was cut short', async () => {
    const short = await lab(2);
    short.endNs -= 1e6;
    expect(short.attempt(STANDARD).ended).toBe('time');
    expect(short.system.machine.now()).toBeLessThan(short.startNs + 2.1e9);
  });
});

test('is a wakeup missed that ought to have followed a change?', PATIENCE, () => {
  const text = (wake: string): string => `
$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, setup: setup, threads: [{ run: sleeper }, { run: setter }] });
/**
 * Something to wait for.
 * @lock g guard
 */
interface thing extends struct {
  set: int; // (g) it is there
}
let it: embed<thing>;
let guard: embed<mtx>;
function setup(): void { mtx_init(guard, 'guard', MTX_DEF); }
function* sleeper(): Sleeps {
  yield* mtx_lock(guard);
  while (it.set === 0) yield* msleep($addr(it), guard, PPAUSE, 'thing', 0);
  mtx_unlock(guard);
}
function* setter(): Sleeps {
  yield* mtx_lock(guard);
  it.set = 1;
  ${wake}
  mtx_unlock(guard);
}
`;
  const missed = missedWakeups(labOfText(text(''), 'checked'), []);
  expect(missed.map(({ process, message, struct, field }) => [process, message, struct, field])).toEqual([
    ['sleeper', 'thing', 'thing', 'set'],
  ]);
  const { old, now, deed } = missed[0]!.changed;
  expect([old, now, deed.stack[0]!.function, deed.process]).toEqual([0, 1, 'setter', 'setter']);
  expect(missedWakeupsText(missed)[0]).toMatch(
    /^A wakeup is lost: sleeper \(pid \d+\) sleeps on .* \("thing"\)/,
  );
  expect(missedWakeups(labOfText(text('wakeup($addr(it));'), 'checked'), [])).toEqual([]);
});

const VIEW: WalkView = {
  ...{ inScope: () => true, runnable: () => 1, now: () => 0, isNear: () => false },
  ...{ profile: () => ({ points: 0, byObject: new Map() }), shared: () => [], processors: 1 },
};

describe('is a load kept going whatever a strategy does?', () => {
  /** Decisions of who runs, at one time each, by a walk that always takes the last. */
  function chosen(times: readonly number[], candidates: readonly number[]): number[] {
    let now = 0;
    const view = { ...VIEW, now: () => now };
    const last: Walk = {
      classes: [],
      decide: ({ kind, objects }) => (kind === 'run' ? objects.length - 1 : 1),
    };
    const walk = fair(last, view);
    const run = (objects: readonly number[]): number => {
      const decision: Decision = { kind: 'run', number: 0, n: objects.length + 1, standard: 0, objects };
      return objects[walk.decide(decision)]!;
    };
    // Those of the beginning have come to their first sleep.
    run([91]);
    run([92]);
    return times.map((time) => {
      now = time;
      return run(candidates);
    });
  }

  test('whom the kernel would take is passed over, but not for ever', () => {
    expect(chosen([0, 5e7, 9e7, 11e7, 12e7], [1, 2])).toEqual([2, 2, 2, 1, 2]);
  });

  test('who waits at the beginning comes to its first sleep', () => {
    const view = { ...VIEW, now: () => 0 };
    const walk = fair({ classes: [], decide: ({ kind, n }) => (kind === 'run' ? n - 2 : 1) }, view);
    const ask = (kind: 'run' | 'preempt', objects: readonly number[]): number =>
      walk.decide({ kind, number: 0, n: objects.length + 1, standard: 0, objects });
    expect(ask('run', [1, 2])).toBe(0);
    expect(ask('preempt', [1])).toBe(0);
    expect(ask('run', [2, 3])).toBe(0);
    expect(ask('run', [4, 5])).toBe(1);
    expect(ask('preempt', [4])).toBe(1);
  });
});

test('is what lies around a change in focus?', async () => {
  const focus = focusOf(await loadKernel(), ['swapout']);
  expect([focus.has('swapout'), focus.has('faultin'), focus.has('vm_fault1')]).toEqual([true, true, false]);
});
