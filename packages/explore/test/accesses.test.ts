import { expect, test } from 'vitest';
import {
  CHANCES,
  explain,
  parseSchedule,
  planNamed,
  replaySchedule,
  scheduleText,
  search,
  shrink,
  STANDARD,
  stallPlaces,
  stallsIn,
  verify,
} from '../src/index.js';
import { labOfText, scheduleWith } from './scenario.js';

/* A processor that stands before an access: does the search find what no lock and no sleep comes by? */
const PATIENCE = { timeout: 120_000 };
const HOST = { turn: async () => {}, clock: () => 0 };

const racing = (bump: string, ncpu: number): string => `
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: ${ncpu} },
  threads: [{ run: count, name: 'count 1' }, { run: count, name: 'count 2' }],
  setup: setup,
  check: check,
});
let counter: int = 0;
let guard: embed<mtx>;
function setup(): void { mtx_init(guard, 'guard', MTX_DEF); }
function bump(): void { const c = counter; counter = c + 1; }
function* count(): Sleeps { for (let i = 0; i < 4; i++) { ${bump} } }
function check(): void { KASSERT(counter === 8, 'counter is %d', counter); }
`;

test.each([1, 2])('an update is lost in a plain function, on %i processors', PATIENCE, async (ncpu) => {
  const text = racing('bump();', ncpu);
  const lab = labOfText(text, 'checked');
  const { found } = await search(lab, { plan: planNamed('accesses'), seed: 1, schedules: 300, host: HOST });
  expect(found?.failure?.title).toBe('panic: counter is N in check');
  expect(found!.choices.map(({ kind }) => kind)).toContain('stall');
  const schedule = parseSchedule(
    scheduleText(
      scheduleWith(lab, {
        choices: found!.choices,
        ended: found!.failure!.signature,
        endedNs: found!.attempt.nowNs,
        hash: found!.hash,
      }),
    ),
  );
  const { examined, divergence } = replaySchedule(labOfText(text, 'checked'), schedule);
  expect(divergence).toBeUndefined();
  expect(examined.hash).toBe(found!.hash);
});

test('what is said of such a schedule is of its run', PATIENCE, async () => {
  const lab = labOfText(racing('bump(); yield* mtx_lock(guard); mtx_unlock(guard);', 2), 'checked');
  const { found } = await search(lab, { plan: planNamed('accesses'), seed: 1, schedules: 300, host: HOST });
  const { examined, fewest } = await shrink(lab, found!);
  expect(examined.choices.map(({ kind }) => kind)).toContain('stall');
  // A processor that stands is an interruption that the schedules without one say nothing of.
  expect(fewest).toBe(false);
  const { odds } = await explain(lab, examined, { walk: CHANCES.random!, seed: 1, tries: 5 });
  // Behind the last event nothing is left to chance: the update is lost.
  expect(odds.at(-1)).toMatchObject({ failed: 5, tries: 5 });
});

test('and is not where a lock is held', PATIENCE, async () => {
  const lab = labOfText(racing('yield* mtx_lock(guard); bump(); mtx_unlock(guard);', 2), 'checked');
  const { found, tries } = await search(lab, {
    ...{ plan: planNamed('accesses'), seed: 1, schedules: 40, host: HOST },
  });
  expect([found?.failure?.title, tries]).toEqual([undefined, 40]);
});

test('a walk depends on its seed, and on nothing else', PATIENCE, () => {
  const lab = labOfText(racing('bump();', 2), 'checked');
  const ends = (seed: number): number[] =>
    Array.from({ length: 12 }, (_, n) => {
      lab.attempt(CHANCES.accesses!(lab, seed, n));
      return lab.system.machine.now();
    });
  expect(ends(1)).toEqual(ends(1));
  expect(ends(1)).not.toEqual(ends(2));
});

test('on one processor no interruption at locks and sleeps finds it', PATIENCE, async () => {
  const lab = labOfText(racing('bump();', 1), 'checked');
  const result = await search(lab, { plan: planNamed('bounded'), seed: 1, schedules: 2000, host: HOST });
  expect(result.found).toBeUndefined();
});

test(
  'with a change of the kernel a processor stands where it stood, not at the step of that number',
  PATIENCE,
  async () => {
    const text = racing('bump();', 1);
    const early = `
let spare: int = 0;
function setup(): void { for (let i = 0; i < 100; i++) spare += i; mtx_init(guard, 'guard', MTX_DEF); }
function bump(): void { spare = 1; const c = counter; spare = 2; counter = c + 1; }
`;
    const lab = labOfText(text, 'checked');
    const { found } = await search(lab, { plan: planNamed('accesses'), seed: 1, schedules: 300, host: HOST });
    const { examined } = await shrink(lab, found!);
    const { choices, failure, attempt, hash } = examined;
    const places = stallPlaces(lab, choices);
    expect([...places.values()].map(({ site }) => site.function.name)).toContain('bump');
    const changed = labOfText(text, 'checked', early);
    const moved = stallsIn(changed, choices, places);
    expect(moved.filter(({ kind }) => kind === 'stall')).toHaveLength(places.size);
    expect(moved).not.toEqual(choices);
    const where = [...stallPlaces(changed, moved).values()].map(
      ({ process, site: { function: f, kind, lvalue } }) => [process, f.name, kind, lvalue],
    );
    expect(where).toEqual(
      [...places.values()].map(({ process, site: { function: f, kind, lvalue } }) => [
        process,
        f.name,
        kind,
        lvalue,
      ]),
    );
    // The change is no cure: the schedule says so at once, and by the numbers alone it would not.
    const failing = [scheduleWith(lab, { choices, ended: failure!.signature, endedNs: attempt.nowNs, hash })];
    const options = { seed: 1, schedules: 4, host: HOST };
    const { replayed } = await verify(changed, failing, { ...options, original: () => lab });
    expect(replayed).toEqual([expect.objectContaining({ now: failure!.signature, made: choices.length })]);
    const byNumber = await verify(changed, failing, options);
    expect(byNumber.replayed[0]!.now).toBeUndefined();
  },
);

test('nor in a program at the step of that number', PATIENCE, () => {
  const text = `$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, command: 'echo a | cat', seconds: 5 });`;
  // It does what it did, and a little more.
  const more = `
let spare: int = 0;
export function* fork(p: proc, uap: u32): Sleeps<int> {
  const p2 = $var<proc>();
  spare++;
  const error = yield* fork1(p, RFFDG | RFPROC, p2);
  if (error === 0) {
    p.p_retval[0] = p2[0].p_pid;
    p.p_retval[1] = 0;
  }
  return error;
}
`;
  const lab = labOfText(text, 'checked');
  const { system } = lab;
  const steps: number[] = [];
  lab.begin(STANDARD);
  system.machine.steps.askFrom({
    programs: true,
    step: ({ user, number }) => {
      if (user && system.program?.name === 'cat') steps.push(number);
      return false;
    },
  });
  lab.runOn();
  system.machine.steps.askFrom(null);
  const number = steps[steps.length >> 1]!;
  const choices = [
    { kind: 'stall' as const, number, process: undefined, own: 0, choice: 1, chosen: undefined },
  ];
  const places = stallPlaces(lab, choices);
  expect([...places.values()]).toEqual([expect.objectContaining({ program: 'cat' })]);
  const changed = labOfText(text, 'checked', more);
  const moved = stallsIn(changed, choices, places);
  expect(moved).toEqual([{ ...choices[0], number: expect.any(Number) }]);
  expect(moved[0]!.number).toBeGreaterThan(number);
  expect(stallPlaces(changed, moved)).toEqual(places);
});
