import { expect, test } from 'vitest';
import { CHANCES, parseSchedule, planNamed, replaySchedule, scheduleText, search } from '../src/index.js';
import { labOfText, scheduleWith } from './scenario.js';

/* A processor that stands before an access: does the search find what no lock and no sleep comes by? */
const PATIENCE = { timeout: 120_000 };
const HOST = { turn: async () => {}, clock: () => 0 };

const racing = (bump: string, ncpu: number): string => `
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: ${ncpu} },
  threads: [{ run: count, name: 'count 1' }, { run: count, name: 'count 2' }],
  check: check,
});
let counter: int = 0;
let guard: embed<mtx>;
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

test('and is not where a lock is held', PATIENCE, async () => {
  const text = racing('yield* mtx_lock(guard); bump(); mtx_unlock(guard);', 2).replace(
    'check: check,',
    'check: check, setup: setup,',
  );
  const setup = "function setup(): void { mtx_init(guard, 'guard', MTX_DEF); }";
  const lab = labOfText(`${text}${setup}\n`, 'checked');
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
