import { readFileSync } from 'node:fs';
import { parseReport } from '@trap12/report';
import { around } from '@trap12/machine';
import { completeOptions, oneAtATime, type SystemOptions } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { expect, test } from 'vitest';
import {
  CHANCES,
  type Crew,
  examine,
  fateOf,
  Lab,
  loadOf,
  reproduce,
  type SeedResult,
  type SeedTask,
  StrictReplay,
  workOffSeed,
} from '../src/index.js';

const report = parseReport(readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url)));
const kernel = await loadKernel();
const HOST = { turn: nodeTurn };
const PATIENCE = { timeout: 600_000 };
const make = oneAtATime();

/** A look around a seed of the example's load. */
function lookOf(seed: number, given: Partial<SystemOptions> = {}, seconds = 30): SeedTask {
  const { executables: _, ...setup } = completeOptions({ ...given, seed });
  const programs = kernel.executables.map(({ name }) => name);
  const { command } = loadOf(report, { ramBytes: setup.ramBytes, programs });
  return { report, seconds, look: true, setup: { ...setup, command } };
}

const look = (task: SeedTask): Promise<SeedResult | null> => workOffSeed(kernel, task, HOST, undefined, make);

test("the example's panic is met by one wait, and the run from power-on is the same", PATIENCE, async () => {
  const task = lookOf(1);
  const { outcome, found } = (await look(task))!;
  expect(outcome).toMatchObject({ seed: 1, result: 'same', look: true, differences: [] });
  const { choices, hash, text, nowNs, delays, firstNs } = found!;
  expect(choices.map(({ kind, process }) => [kind, process])).toEqual([['hold', 'vmdaemon/3']]);
  expect(choices[0]!.hold!.forNs).toBeLessThan(1e9);
  expect(delays.map(({ process, lock }) => [process, lock])).toEqual([['vmdaemon', 'allproc']]);
  // Everything that was tried before, and left again, has left no trace.
  const { command, ...setup } = task.setup;
  const options = { ...setup, command: command! };
  const lab = new Lab({ kernel, options, scenario: undefined, seconds: 30, from: 'power-on' });
  const strict = new StrictReplay(lab, choices);
  const chosenAt = new Map<number, number>();
  const noting = around(strict, (decision) => {
    const choice = strict.decide(decision);
    const context = decision.kind === 'run' ? decision.objects[choice] : undefined;
    const { machine, memory } = lab.system;
    if (context !== undefined) chosenAt.set(machine.now(), memory.field('proc', context, 'p_pid'));
    return choice;
  });
  const again = examine(lab, noting);
  strict.finish('the run ended');
  expect(strict.divergence).toBeUndefined();
  expect([again.hash, again.failure?.text, again.attempt.nowNs, again.firstNs]).toEqual([
    ...[hash, text, nowNs, firstNs],
  ]);
  // The odds say who is chosen where that is what is decided.
  const fate = (await fateOf(lab, again, { walk: CHANCES.random!, seed: 1, tries: 1 }))!;
  const chosen = fate.moments.filter((moment) => moment.chosen !== undefined);
  expect(chosen.length).toBeGreaterThan(0);
  for (const moment of chosen) expect(moment.chosen!.pid).toBe(chosenAt.get(moment.ns));
});

test('the cure survives it, and without a suspect there is nothing to look at', PATIENCE, async () => {
  const cured = lookOf(1, { locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' }, 18);
  expect(await look(cured)).toBeNull();
  expect(await look({ ...lookOf(1), suspect: 'nobody' })).toBeNull();
});

test('another panic than the one of the report is not taken for it, but for any', PATIENCE, async () => {
  const other = parseReport('panic: vm_page_wakeup: page not busy\n');
  const task: SeedTask = { ...lookOf(1, {}, 13), report: other, suspect: 'vmdaemon' };
  expect(await look(task)).toBeNull();
  const any = await look({ ...task, anyPanic: true });
  expect(any?.found).toMatchObject({ same: false });
  expect(any?.outcome.result).not.toBe('same');
});

test('what is the same but for little is told, and the look goes on', PATIENCE, async () => {
  // The report is of a kernel for one processor.
  const near = (await look(lookOf(104_730, { ncpu: 2 }, 24)))!;
  expect(near.outcome).toMatchObject({ seed: 104_730, result: 'near', look: true });
  expect(near.outcome.differences.map(({ what }) => what)).toEqual(['processors']);
  expect(near.found).toBeUndefined();
  expect(near.text).toContain('get_ptbase');
});

test('it can be stopped', PATIENCE, async () => {
  let turns = 0;
  const host = { turn: nodeTurn, stop: () => ++turns > 3 };
  expect(await workOffSeed(kernel, lookOf(1), host, undefined, make)).toBeNull();
  expect(turns).toBeLessThan(6);
});

test('the first look is alone, a few come before any run, and what they find ends the search', async () => {
  const given: string[] = [];
  let atWork = 0;
  let beside = 0;
  const outcomeOf = (seed: number): SeedResult => ({
    ...{ text: '', found: undefined },
    outcome: { seed, result: 'survived', title: 'survived', seconds: 30, differences: [], equivalences: [] },
  });
  const crew: Crew<SeedTask, SeedResult | null> = {
    width: 3,
    async run(task) {
      given.push(`${task.look === true ? 'look' : 'run'} ${task.setup.seed}`);
      if (given.length === 1) beside = -1;
      atWork++;
      await nodeTurn();
      if (given.length === 1) beside = atWork;
      atWork--;
      return task.look === true ? null : outcomeOf(task.setup.seed);
    },
  };
  const search = { report, kernel, host: HOST, crew, seconds: 30, setup: { seed: 5 } };
  const { outcomes, found } = await reproduce({ ...search, attempts: 8 });
  expect(given).toEqual(['look 5', 'look 6', ...[5, 6, 7, 8, 9, 10, 11, 12].map((seed) => `run ${seed}`)]);
  expect(beside).toBe(1);
  expect(found).toBeUndefined();
  // A look that met nothing is no run.
  expect(outcomes.map(({ seed }) => seed)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  given.length = 0;
  await reproduce({ ...search, attempts: 3 });
  expect(given).toEqual(['run 5', 'run 6', 'run 7']);
  given.length = 0;
  await reproduce({ ...search, attempts: 1, looks: 2 });
  expect(given).toEqual(['look 5', 'look 6', 'run 5']);
});
