import { readFileSync } from 'node:fs';
import { parseReport } from '@trap12/report';
import { createSystem, DEFAULT_OPTIONS, type System } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import {
  CHANCES,
  clashesOf,
  clashesText,
  DEFAULT_STRATEGY,
  delaysText,
  disturb,
  examine,
  fateOf,
  fateText,
  judge,
  labOfFound,
  LooseReplay,
  panicText,
  type Reproduction,
  reproduce,
  type SmallFound,
  shrinkFound,
  StrictReplay,
  type Tried,
  TryRunner,
  type TryTask,
} from '../src/index.js';

const PATH = new URL('../../../examples/vmdaemon-2001.txt', import.meta.url);
const report = parseReport(readFileSync(PATH));
const kernel = await loadKernel();
const HOST = { turn: nodeTurn };
/** One attempt in two or three dies; so many in a row without one say that something is broken. */
const ATTEMPTS = 20;
const SECONDS = 30;
/** Searches may be long on a busy machine; what they find does not depend on it. */
const PATIENCE = { timeout: 600_000 };
const ZENTRY_FREE = 0x12342378;

/** The arguments of a function of the trace. */
function argsOf(text: string, name: string): number[] {
  const line = text.split('\n').find((l) => l.startsWith(`${name}(`));
  expect(line, `${name} in the trace`).toBeDefined();
  return line!
    .slice(name.length + 1, line!.indexOf(')'))
    .split(',')
    .map((word) => Number.parseInt(word, 16));
}

const searches = new Map<string, Promise<Reproduction>>();

/** The search from a seed; made once. */
function searched(ramMB: number, seed: number): Promise<Reproduction> {
  const key = `${ramMB} ${seed}`;
  const setup = { ramBytes: ramMB << 20, seed };
  const made =
    searches.get(key) ??
    reproduce({ report, kernel, host: HOST, setup, attempts: ATTEMPTS, looks: 0, seconds: SECONDS });
  searches.set(key, made);
  return made;
}

/** Seeds before the one that dies cost as much as it does; this is a short way. */
const FIRST_SEED = 3;

// From one first seed; from twenty, and with other sizes of memory, npm run acceptance tries it.
describe("does the search find the report's panic?", () => {
  for (const [ramMB, seed] of [[64, FIRST_SEED]] as const) {
    test(`${ramMB}M, from seed ${seed}`, PATIENCE, async () => {
      const setup = { ramBytes: ramMB << 20, seed };
      const { found, outcomes } = await searched(ramMB, seed);
      expect(found, `deaths: ${outcomes.map((o) => o.title).join('; ')}`).toBeDefined();
      const { text } = found!;
      const system = found!.system!;
      const { memory } = system;
      const kernelMap = memory.u32(system.symbols.address('kernel_map'));
      const outerFault = argsOf(text, 'trap_pfault')[2]!;
      expect(outerFault & 0xfff).toBe(0xbfc);
      for (const name of ['vm_fault', 'vm_fault1'])
        expect(argsOf(text, name), name).toEqual([kernelMap, (outerFault & ~0xfff) >>> 0, 1, 0]);
      expect(argsOf(text, 'pmap_remove').slice(1)).toEqual([0, 0xbfc00000]);
      const [map, limit] = argsOf(text, 'vm_pageout_map_deactivate_pages');
      expect(limit).toBe(0);
      // The map's pmap is what pmap_remove got, and its page directory is the page that is not mapped.
      const pmap = argsOf(text, 'pmap_remove')[0]!;
      expect(pmap - map!).toBe(0x6c);
      expect(memory.field('pmap', pmap, 'pm_pdir')).toBe((outerFault & ~0xfff) >>> 0);
      // What the search did is on record: the gap was between vmdaemon's look at the list and its work on the
      // map, and others used it.
      const { delays } = found!;
      const gap = delays.findLast((delay) => delay.untilNs !== undefined)!;
      expect([gap.process, gap.pid, gap.lock]).toEqual(['vmdaemon', 3, 'allproc']);
      expect(gap.stack.map((place) => place.function)).toContain('vm_daemon');
      expect(gap.takings.length).toBeGreaterThan(0);
      for (const taking of gap.takings) expect(taking.process).not.toBe('vmdaemon');
      expect(delaysText(delays).join('\n')).toMatch(
        /given back allproc: in vm_daemon.*\(vm\/vm_pageout\.ts:\d+\)/,
      );
      // The same number, the same death.
      const again = await reproduce({
        report,
        kernel,
        host: HOST,
        setup: { ...setup, seed: found!.seed },
        attempts: 1,
        seconds: SECONDS,
      });
      expect(again.found?.text).toBe(text);
    });
  }
});

describe('is what was found made small, explained and judged?', () => {
  const setup = { ramBytes: 64 << 20 };
  const plain = { kernel, setup, seconds: SECONDS };
  let small: SmallFound;

  test('as small as it can be, with proof, and it is the same death', PATIENCE, async () => {
    const { found } = await searched(64, FIRST_SEED);
    const lengths: number[] = [];
    small = await shrinkFound(found!, plain, { onTry: (choices) => lengths.push(choices) });
    const { lab, shrunk } = small;
    // The last hold alone comes first, and is enough.
    expect(found!.choices.length).toBeGreaterThan(1);
    expect(new Set(lengths)).toEqual(new Set([1, 0]));
    // Others who try, several at the same time, make the same of it.
    const others = [1, 2, 3].map(() => new TryRunner(labOfFound(found!, plain)));
    let asked = 0;
    const seen: string[] = [];
    const run = async (task: TryTask): Promise<Tried> => {
      seen.push(JSON.stringify(task.choices));
      const tried = others[asked++ % others.length]!.run(structuredClone(task));
      return structuredClone(tried);
    };
    const crew = { width: others.length, longNs: 0, run };
    const { shrunk: same } = await shrinkFound(found!, plain, { crew });
    expect(asked).toBeGreaterThan(others.length);
    expect(new Set(seen).size).toBe(seen.length);
    expect({ ...same, examined: same.examined.choices }).toEqual({
      ...shrunk,
      examined: shrunk.examined.choices,
    });
    expect(same.examined.hash).toBe(shrunk.examined.hash);
    const { choices, failure, hash, attempt } = shrunk.examined;
    expect(shrunk.minimal).toBe(true);
    expect(failure?.signature).toBe(found!.report.signature);
    expect(choices.length).toBeLessThanOrEqual(3);
    expect(new Set(choices.map(({ kind, process }) => `${kind} ${process}`))).toEqual(
      new Set(['hold vmdaemon/3']),
    );
    lab.endNs = shrunk.endNs;
    choices.forEach((_, i) => {
      const rest = examine(
        lab,
        new LooseReplay(
          lab,
          choices.filter((_, j) => j !== i),
        ),
      );
      expect(rest.failure?.signature, `without choice ${i + 1}`).not.toBe(failure!.signature);
    });
    // From power-on, as somebody who got the schedule by mail makes it.
    lab.rewind();
    const replay = new StrictReplay(lab, choices);
    const again = examine(lab, replay);
    replay.finish('the run ended');
    expect(replay.divergence).toBeUndefined();
    expect([again.hash, again.attempt.nowNs]).toEqual([hash, attempt.nowNs]);
  });

  test('given up in the middle, it is told as far as it came, with no run more', PATIENCE, async () => {
    const { found } = await searched(64, FIRST_SEED);
    const givenUp = async (n: number) => {
      let asked = 0;
      return { small: await shrinkFound(found!, plain, { cut: () => asked++ >= n }), asked };
    };
    const whole = await givenUp(Number.POSITIVE_INFINITY);
    expect(whole.small.delays).toHaveLength(1);
    const sizes = new Set<number>();
    for (const part of [0, 0.2, 0.7, 0.999]) {
      const n = Math.floor(part * whole.asked);
      const { small: cut, asked } = await givenUp(n);
      const { examined, minimal } = cut.shrunk;
      expect(cut.delays).toBeUndefined();
      // What may still be asked is whether the next run may begin.
      expect(asked).toBeLessThan(n + 10);
      if (minimal) expect(examined.choices).toEqual(whole.small.shrunk.examined.choices);
      const lab = labOfFound(found!, plain);
      const replay = new StrictReplay(lab, examined.choices);
      const again = examine(lab, replay);
      replay.finish('the run ended');
      expect([replay.divergence, again.hash, again.attempt.nowNs, again.failure?.signature]).toEqual([
        ...[undefined, examined.hash, examined.attempt.nowNs, found!.report.signature],
      ]);
      sizes.add(examined.choices.length);
    }
    expect(sizes.size).toBeGreaterThan(1);
  });

  test('with the two operations that met, as the machine had them', PATIENCE, async () => {
    const { found } = await searched(64, FIRST_SEED);
    const checked = await loadKernel(undefined, 'checked');
    small.lab.approach(small.shrunk.examined.firstNs!);
    const clashes = clashesOf(small, found!, { ...plain, kernel: checked })!;
    const { text } = small.shrunk.examined.failure!;
    const [map] = argsOf(text!, 'vm_pageout_map_deactivate_pages');
    const { learnt, waits, died } = clashes;
    expect(learnt).toMatchObject({ what: 'proc.p_vmspace', struct: 'vmspace', value: map });
    expect([learnt!.deed.locks, waits.locks]).toEqual([['allproc'], []]);
    expect(learnt!.owner!.process).not.toBe('vmdaemon');
    expect(learnt!.owner).toMatchObject({ hasEnded: true, parent: { process: 'pool' } });
    expect(learnt!.owner!.parent!.pid).toBe(clashes.clashes.at(-1)!.changed.pid);
    const last = clashes.clashes.at(-1)!;
    expect(last.address & 0xfff).toBe(0xbfc);
    expect([last.now, last.used.process, last.used.stack[0]!.function]).toEqual([
      undefined,
      'vmdaemon',
      'get_ptbase',
    ]);
    expect(last.changed.stack.map((place) => place.function)).toContain('pmap_release');
    for (const { changed, used } of clashes.clashes) {
      expect(changed.process).not.toBe('vmdaemon');
      expect(changed.ns).toBeGreaterThan(waits.ns);
      expect(changed.ns).toBeLessThan(used.ns);
      expect(used.ns).toBeLessThanOrEqual(died.ns);
      expect(changed.locks).toContain('vm');
    }
    const lines = clashesText(clashes);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    // Who took the address space away, and on which way: a parent that reaped its child.
    expect(lines.join(' ').replace(/\s+/g, ' ')).toMatch(
      /on its way through [^:]*\bwait_reap, [^:]*\bvmspace_free\b/,
    );
    expect(lines.join('\n')).toContain('vmdaemon held no lock all the way');
  });

  test('with the moment from which on nothing prevented it', PATIENCE, async () => {
    const { lab, shrunk } = small;
    const { attempt, firstNs } = shrunk.examined;
    const walk = CHANCES.random!;
    const fate = (await fateOf(lab, shrunk.examined, { walk, seed: 1, tries: 5 }))!;
    const { moments, noReturn, jump } = fate;
    // Where four have passed no more are made.
    expect(moments[0]).toMatchObject({ process: 'vmdaemon', ns: firstNs, failed: 0, tries: 4 });
    expect(fateText(fate).join(' ')).toMatch(/5 runs from each\s+moment,\s+or 4 where these all passed/);
    expect([noReturn, jump]).not.toContain(undefined);
    expect(moments[noReturn! - 1]!.failed).toBeLessThan(5);
    for (const moment of moments.slice(noReturn)) expect(moment.failed).toBe(5);
    // Somebody else took the map away, before the death.
    expect(moments[noReturn!]!.process).toBe('pool');
    expect(moments[noReturn!]!.ns).toBeLessThan(attempt.nowNs);
    expect(fateText(fate, moments.at(-1)!.ns).filter((line) => line.endsWith('(dead)'))).toHaveLength(1);
    // The same runs come to the same.
    const again = await fateOf(lab, shrunk.examined, { walk, seed: 1, tries: 5 });
    expect(again).toEqual(fate);
    expect(fate.ended).toBe(undefined);
    // Ended in the middle of a moment, by the host's time or by Ctrl-C, it says so.
    for (const [before, known] of [
      [2, 0],
      [6, 1],
    ] as const)
      for (const by of ['time', 'interrupted'] as const) {
        let turns = 0;
        const turn = async (): Promise<void> => void turns++;
        const end = (): boolean => turns > before;
        const how = by === 'time' ? { turn, isOver: end } : { turn, stop: end };
        const cut = (await fateOf(lab, shrunk.examined, { walk, seed: 1, tries: 5, ...how }))!;
        expect([cut.moments.length, cut.ended]).toEqual([
          known,
          expect.objectContaining({ by, runs: before, tries: 2, wanted: 5 }),
        ]);
        expect(cut.moments).toEqual(moments.slice(0, known));
      }
    for (const line of fateText(fate)) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  for (const [locking, survives] of [
    ['vm_mtx-20010519+swaplocks', false],
    ['vm_mtx-20010519+swaplocks+vmspace-ref', true],
  ] as const)
    test(`${locking}: ${survives ? 'survives' : 'fails in the same way'}`, PATIENCE, async () => {
      const { found } = await searched(64, FIRST_SEED);
      const changed = { ...plain, setup: { ...setup, locking } };
      const judged = (await judge(small.shrunk.examined, found!, changed, { tries: 3 }))!;
      expect(judged.same.tried).toBeGreaterThan(0);
      expect(judged.complete).toBe(survives);
      expect(judged.failed?.isSame).toBe(survives ? undefined : true);
    });
});

/** Runs a load under the default strategy until it dies, and returns how. */
function death(locking: string, seed: number, command: string): { system: System; text: string } | undefined {
  const system = createSystem(kernel, { locking, seed, command });
  disturb(system, { process: 'vmdaemon', strategy: DEFAULT_STRATEGY });
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  const why = system.machine.run(SECONDS * 1e9);
  return why === 'panic' || why === 'debugger'
    ? { system, text: panicText(system.target, console) }
    : undefined;
}

test('is the other death of the report there: a map entry that is ZENTRY_FREE?', PATIENCE, async () => {
  // Forks right after the teardown give the address space to its zone before vmdaemon comes to it.
  const load =
    'pool 6 2600 1 & while true; do hog seq 14m 1 > /dev/null; sleep 1; done & dd if=/dev/zero of=/dev/null bs=52m';
  const seen: string[] = [];
  for (let seed = 1; seed <= ATTEMPTS; seed++) {
    const died = death(DEFAULT_OPTIONS.locking, seed, load);
    if (died === undefined) continue;
    const got = parseReport(died.text);
    seen.push(got.title);
    if (got.stoppedAt?.function !== 'vm_pageout_map_deactivate_pages') continue;
    const { memory } = died.system;
    const object = died.system.symbols.offset('vm_map_entry', 'object');
    expect(Number(got.trap?.faultAddress?.value)).toBe(ZENTRY_FREE + object);
    const map = argsOf(died.text, 'vm_pageout_map_deactivate_pages')[0]!;
    const header = map + died.system.symbols.offset('vm_map', 'header');
    expect(memory.field('vm_map_entry', header, 'next')).toBe(ZENTRY_FREE);
    return;
  }
  expect.fail(`not in ${ATTEMPTS} runs; deaths: ${seen.join('; ') || 'none'}`);
});

test('without the swap locks, does an assertion about the lock come first?', () => {
  const died = death('vm_mtx-20010519', 1, 'dd if=/dev/zero of=/dev/null bs=70m count=2');
  expect(died?.text).toMatch(/panic: mutex vm not owned/);
});

// One run of each; npm run acceptance makes two hundred.
describe('do the regimes that should survive the same load survive it?', () => {
  for (const locking of ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref']) {
    test(locking, PATIENCE, async () => {
      const { outcomes } = await reproduce({
        report,
        kernel,
        host: HOST,
        setup: { locking, seed: 900 },
        attempts: 1,
        seconds: SECONDS,
        anyPanic: true,
      });
      expect(outcomes.map((o) => o.title)).toEqual(['survived']);
    });
  }
});
