import { fileURLToPath } from 'node:url';
import type { MachineView } from '@trap12/machine';
import { addMutation, type Mutation, readSources } from '@trap12/kcc';
import { completeOptions, createSystem } from '@trap12/system';
import { compileKernel, compileScenario } from '@trap12/system/compile-kernel.js';
import { loadKernel } from '@trap12/system/node.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  examine,
  explain,
  Lab,
  lockKeyOf,
  pairText,
  type RaceReport,
  racesText,
  RaceWatch,
  racingPair,
  search,
  CHANCES,
  planNamed,
  shrink,
  STANDARD,
  type Onlooker,
  Order,
  StaleTlb,
  WrongMappings,
  wrongMappingText,
} from '../src/index.js';
import { commandAt, pidAt, whoAt, whoText } from '../src/processes.js';
import { EXAMPLES } from './scenario.js';

const PATIENCE = { timeout: 200_000 };
/** A kind of locks, as the kernel's trace points tell it (sys/ktr.h.ts). */
const HW_LOCKMGR = 4;
const HW_MTX_EXCLUSIVE = 0x101;
/** And what happens to processes. */
const HW_ACQUIRED = 1;
const HW_SWITCH = 6;
const SRC = fileURLToPath(new URL('../../kernel/src', import.meta.url));

function inDirectory<T>(name: string, text: string, use: (path: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-races-'));
  try {
    const path = join(dir, name);
    writeFileSync(path, text);
    return use(path);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A lab whose kernel is in its checked form. */
function checkedLab(path: string, patches: readonly string[] = []): Lab {
  const { kernel, scenario, executables } = compileScenario(path, patches, 'checked');
  const options = { ...completeOptions({}), executables };
  return new Lab({ kernel, scenario, options, seconds: scenario.seconds, from: 'start' });
}

/** What is seen in some schedules, up to the first that fails. */
async function watched(lab: Lab, schedules: number) {
  const watch = new RaceWatch(lab.system);
  const { tries, found } = await search(lab, {
    plan: planNamed('portfolio'),
    seed: 1,
    schedules,
    host: { turn: async () => {}, clock: () => 0 },
    onlooker: watch,
  });
  watch.end();
  return { races: watch.races, stale: watch.stale, tries, found };
}

/** What is seen in some schedules of threads, all of which run in one machine. */
async function racesOf(threads: readonly string[], data: string, functions: string): Promise<RaceReport[]> {
  const text = `$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [${threads.map((run) => `{ run: ${run} }`).join(', ')}],
});
let guard: embed<mtx>;
let door: embed<sx>;
${data}
function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
  sx_init(door, 'door');
}
${functions}`;
  const lab = inDirectory('threads.ts', text, (path) => checkedLab(path));
  // More than a unit of each strategy: the first tries are alike in what comes first.
  return (await watched(lab, 40)).races;
}

describe('is what is in order left in peace?', PATIENCE, () => {
  // Those with data; of all of them, over more schedules, docs/scenarios.md has the numbers.
  const CURED = 'bounded-buffer flag-before-data last-reference lockmgr-upgrade lost-update readers-writers';
  for (const name of CURED.split(' '))
    test(`${name}, cured`, async () => {
      const lab = checkedLab(`${EXAMPLES}${name}.ts`, [`${EXAMPLES}${name}.cure.ts`]);
      const { races, stale, tries, found } = await watched(lab, 12);
      expect(found?.failure?.title).toBeUndefined();
      expect(tries).toBeGreaterThan(5);
      expect(racesText(races)).toEqual([]);
      expect(stale).toEqual([]);
    });

  test('three threads and a mutex', async () => {
    const { races, tries } = await watched(checkedLab(`${EXAMPLES}counter.ts`), 60);
    expect([races, tries]).toEqual([[], 60]);
  });
});

/** Who did what, of each pair. */
const pairs = (races: readonly RaceReport[]): string[] =>
  races.map(({ first, second }) =>
    [first, second]
      .map((a) => `${a.function} ${a.does}`)
      .sort()
      .join(', '),
  );

describe('is each race told with its two places?', PATIENCE, () => {
  test('a flag before what it stands for', async () => {
    const { races } = await watched(checkedLab(`${EXAMPLES}flag-before-data.ts`), 30);
    const race = races.find(({ object }) => object === 'table')!;
    expect(race.judgement).toBe('unprotected');
    expect([race.first.does, race.second.does].sort()).toEqual(['reads', 'writes']);
    expect([race.first.line, race.second.line].sort()).toEqual([28, 29]);
    expect(race.first.process).not.toBe(race.second.process);
    expect([race.first.holds, race.second.holds]).toEqual([[], []]);
  });

  test('a look without the lock under which others write', async () => {
    const { races } = await watched(checkedLab(`${EXAMPLES}last-reference.ts`), 30);
    expect(races.map(({ object }) => object)).toContain('references');
    const { first, second } = races[0]!;
    const reader = first.does === 'reads' ? first : second;
    const writer = first.does === 'reads' ? second : first;
    expect([reader.holds, reader.line]).toEqual([[], 30]);
    expect([writer.holds, writer.line]).toEqual([['guard'], 27]);
    expect(racesText(races).join('\n')).toContain('drop (line 27) had guard, the other had not');
  });

  test('an increment without a lock prefix', async () => {
    const { races } = await watched(checkedLab(`${EXAMPLES}lost-update.ts`), 1);
    expect(races.map(({ object }) => object)).toContain('counter');
    expect(pairs(races)).toContain('nonatomic_add_int reads, nonatomic_add_int writes');
  });

  test('a field of a struct, what is held shared, a byte of a word', async () => {
    const races = await racesOf(
      ['locked', 'bare', 'share1', 'share2', 'byte', 'word'],
      'let shared: int = 0;\nlet seen: int = 0;\nlet bytes: array<u8, 4>;',
      `function* locked(): Sleeps { mtx_lock_spin(sched_lock); scenario_procs[0].p_swtime = 7; mtx_unlock_spin(sched_lock); }
function* bare(): Sleeps { scenario_procs[0].p_swtime = 8; }
function* share1(): Sleeps { yield* sx_slock(door); shared = 1; sx_sunlock(door); }
function* share2(): Sleeps { yield* sx_slock(door); shared = 2; sx_sunlock(door); }
function* byte(): Sleeps { bytes[1] = 1; }
function* word(): Sleeps { seen = $i32($ld32($addr(bytes))); }`,
    );
    expect(pairs(races).sort()).toEqual([
      'bare writes, locked writes',
      'byte writes, word reads',
      'share1 writes, share2 writes',
    ]);
    const field = races.find(({ object }) => object === 'proc.p_swtime')!;
    expect([field.judgement, field.declared]).toEqual(['unprotected', '(j) sched_lock']);
    const had = field.first.function === 'locked' ? 'first' : 'second';
    expect(field.missing).toEqual([{ lock: 'sched_lock', held: [had] }]);
    expect(racesText(races).join('\n')).toContain('missing: sched_lock, which locked held and bare did not');
    expect(races.find(({ object }) => object === 'shared')!.first.holds).toEqual(['door shared']);
  });
});

test('is what gives order known: locks, wakeups, holds, bytes, single instructions?', PATIENCE, async () => {
  const races = await racesOf(
    ['give', 'take', 'sleeper', 'waker', 'writer', 'reader', 'even', 'odd', 'more1', 'more2'],
    'let a: int = 0;\nlet a_ready: int = 0;\nlet b: int = 0;\nlet b_ready: int = 0;\nlet c: int = 0;\nlet seen: int = 0;\nlet d: array<u8, 4>;\nlet e: int = 0;',
    `function* give(): Sleeps { a = 1; yield* mtx_lock(guard); a_ready = 1; mtx_unlock(guard); }
function* take(): Sleeps { yield* mtx_lock(guard); const come = a_ready; mtx_unlock(guard); if (come !== 0) a = 2; }
function* sleeper(): Sleeps {
  yield* mtx_lock(guard);
  while (b_ready === 0) yield* msleep($addr($ref(b)), guard, PPAUSE, 'b', 0);
  mtx_unlock(guard);
  b = 1;
}
function* waker(): Sleeps { yield* tsleep($addr($ref(seen)), PPAUSE, 'later', 1); b = 2; b_ready++; wakeup($addr($ref(b))); }
function* writer(): Sleeps { yield* sx_xlock(door); c = 1; sx_xunlock(door); }
function* reader(): Sleeps { yield* sx_slock(door); seen = c; sx_sunlock(door); }
function* even(): Sleeps { d[0] = 1; d[2] = 1; }
function* odd(): Sleeps { d[1] = 1; d[3] = 1; }
function* more1(): Sleeps { e++; }
function* more2(): Sleeps { e++; }`,
  );
  // That the flag is looked at without a lock is a race; that the sleeper goes on after the wakeup is none.
  expect(races.map(({ object }) => object).filter((object) => object !== 'b_ready')).toEqual([]);
});

test('do lock keys lead to locks?', async () => {
  const system = createSystem(await loadKernel(), { command: ':' });
  const key = (struct: string, field: string) =>
    lockKeyOf(system.symbols, { struct, field, lvalue: '' } as never);
  const names = (struct: string, field: string) =>
    key(struct, field)?.locks.map((lock) => ('variable' in lock ? lock.variable : `.${lock.field}`));
  expect(names('vm_page', 'flags')).toEqual(['Giant', 'vm_mtx']);
  expect(names('vm_map', 'nentries')).toEqual(['.lock']);
  expect(names('proc', 'p_sflag')).toEqual(['sched_lock']);
  expect(key('mtx', 'mtx_lock')?.kind).toBe('atomic');
  expect(key('vmmeter', 'v_swtch')?.kind).toBe('none');
  expect(key('pcpu', 'need_resched')?.kind).toBe('cpu');
  expect(key('vm_page', 'phys_addr')?.kind).toBe('constant');
  const { symbols } = system;
  const link = { struct: 'LIST_ENTRY<proc>', field: 'le_next', lvalue: 'p.p_list.le_next' };
  expect(lockKeyOf(symbols, link as never)?.text).toContain('allproc_lock');
});

describe('is the pair told that made the difference?', PATIENCE, () => {
  async function pairOf(name: string) {
    const lab = checkedLab(`${EXAMPLES}${name}.ts`);
    const { found } = await watched(lab, 2000);
    const small = (await shrink(lab, found!)).examined;
    const { pair } = await explain(lab, small, {
      walk: CHANCES.random!,
      seed: 1,
      tries: 0,
      checked: () => lab,
    });
    return { pair: pair!, text: pairText(pair).join('\n') };
  }

  test('where one looks without the lock', async () => {
    const { pair } = await pairOf('last-reference');
    const { object, first, second } = pair.report;
    expect([pair.races, pair.otherwise, object]).toEqual([true, 'reversed', 'references']);
    expect([first.line, first.does, second.line, second.does]).toEqual([27, 'writes', 30, 'reads']);
  });

  test('where all is locked, but not for long enough', async () => {
    const { pair, text } = await pairOf('check-then-act');
    expect([pair.races, pair.report.object]).toEqual([false, 'owner']);
    expect(pair.section).toMatchObject({ end: 'before', access: { line: 26 } });
    expect(pair.section!.gaveBack).toEqual(['guard']);
    expect(text).toContain('missing: one section from there to line 30');
  });

  test('where the one that came first comes back, and has given its lock back in between', async () => {
    const { pair, text } = await pairOf('fork-swapout');
    expect([pair.races, pair.report.object]).toEqual([false, 'resident']);
    expect(pair.section).toMatchObject({
      end: 'behind',
      access: { process: 'forker', does: 'reads', line: 46 },
      gaveBack: ['proc_lock'],
    });
    expect(text).toContain('missing: one section from line 44 to there');
    const [first, second, third] = pair.marks;
    expect([first, second, third].map((each) => each!.does)).toEqual([
      'writes resident',
      'writes resident',
      'reads resident',
    ]);
    expect(first!.ns).toBeLessThan(second!.ns);
    expect([first!.pid, third!.pid]).not.toContain(second!.pid);
  });

  test('where what should have come before never comes', async () => {
    const { pair } = await pairOf('flag-before-data');
    const { object, first, second } = pair.report;
    expect([pair.otherwise, object]).toEqual(['too late', 'table']);
    expect([first.does, second.does]).toEqual(['reads', 'writes']);
  });

  test('and none where two runs are alike', () => {
    const lab = checkedLab(`${EXAMPLES}check-then-act.ts`);
    expect(
      racingPair(
        lab,
        () => STANDARD,
        () => STANDARD,
      ),
    ).toBeUndefined();
  });
});

describe('is a translation told of that outlives its page-table entry?', PATIENCE, () => {
  const NO_SHOOTDOWN: Mutation = {
    file: 'i386/pmap.ts',
    fn: 'pmap_inv_page',
    from: 'if ((mask & ~me) !== 0) smp_invlpg(mask & ~me, va);',
    to: '',
  };

  async function staleIn(mutation: Mutation) {
    const files = readSources(SRC);
    const [path] = addMutation(files, mutation);
    const kernel = inDirectory('patch.ts', files.get(path!)!, (patch) => compileKernel([patch], 'checked'));
    const { executables } = await loadKernel();
    const options = { ramBytes: 8 << 20, ncpu: 2, command: 'stress remote 20', executables };
    const system = createSystem(kernel, options);
    system.machine.run(5e6);
    const detector = new StaleTlb(system);
    system.machine.steps.askFrom(detector);
    system.machine.run(0.2e9);
    return detector.found.map(({ how, cpu, store, cached, mapped }) => {
      const { function: within } = system.symbols.site(store.site)!;
      return { how, cpu, by: store.cpu, function: within.name, moved: cached !== mapped };
    });
  }

  test('where the other processor is not told', async () => {
    const found = await staleIn(NO_SHOOTDOWN);
    // Where it became wrong: where the entry was taken away, before another page was entered.
    expect(found).toContainEqual({ how: 'left', cpu: 1, by: 0, function: 'pmap_remove_pte', moved: true });
  });

  test('and of none where it is', async () => {
    expect(await staleIn({ ...NO_SHOOTDOWN, to: NO_SHOOTDOWN.from })).toEqual([]);
  });
});

describe('is a page told of that is mapped where its map does not have it?', PATIENCE, () => {
  async function wrongIn(to: string) {
    const files = readSources(SRC);
    const from = 'pindex[0] = OFF_TO_IDX(entry.offset + (vaddr - entry.start));';
    const [path] = addMutation(files, { file: 'vm/vm_map_fault.ts', fn: 'vm_map_lookup', from, to });
    const kernel = inDirectory('patch.ts', files.get(path!)!, (patch) => compileKernel([patch], 'checked'));
    const { executables } = await loadKernel();
    const system = createSystem(kernel, { ramBytes: 8 << 20, command: 'stress remote 2', executables });
    system.machine.run(5e6);
    const detector = new WrongMappings(system);
    system.set('ktr_mask', system.symbols.constant('KTR_LOCK') | system.symbols.constant('KTR_MTX'));
    system.machine.observe({
      happened: (kind, object, _, { context }) => detector.happened(kind, object, context),
    });
    system.machine.steps.askFrom(detector);
    system.machine.run(0.1e9);
    system.machine.steps.askFrom(null);
    return detector.found;
  }

  test('where its neighbour is looked up', async () => {
    // Of the memory that the load maps there.
    const [first] = await wrongIn(
      'pindex[0] = OFF_TO_IDX(entry.offset + (vaddr - entry.start)) ^ (vaddr >>> 24 === 0x44 ? 1 : 0);',
    );
    const { page, given, entered } = first!;
    expect(page).not.toBeNull();
    expect(page).not.toEqual(given);
    const functions = entered.stack.map((place) => place.function);
    expect([entered.process, functions.includes('vm_fault1')]).toEqual(['stress', true]);
    expect(wrongMappingText(first!)[0]).toMatch(/^wrong translation: 0x[0-9a-f]+ leads to page /);
  });

  test('and of none where it is the right one', async () => {
    expect(await wrongIn('pindex[0] = OFF_TO_IDX(entry.offset + (vaddr - entry.start) + 0);')).toEqual([]);
  });
});

test('does a run that is watched stay the run that nobody sees?', () => {
  const lab = checkedLab(`${EXAMPLES}counter.ts`);
  const alone = examine(lab, STANDARD).hash;
  const watch = new RaceWatch(lab.system);
  lab.attempt(STANDARD, watch);
  watch.told();
  watch.end();
  expect(examine(lab, STANDARD).hash).toBe(alone);
});

test('does what runs between the tries of a search count for nothing?', PATIENCE, () => {
  const lab = checkedLab(join(EXAMPLES, '../races/map-lock/race.ts'));
  const watch = new RaceWatch(lab.system);
  const attempt = () => lab.attempt(STANDARD, watch);
  attempt();
  watch.begins();
  attempt();
  watch.told();
  const seen = watch.keys;
  expect(seen.length).toBeGreaterThan(0);
  attempt();
  expect(watch.keys).toEqual(seen);
  watch.begins();
  attempt();
  watch.told();
  watch.end();
  expect(watch.keys.map(({ times, locked }) => [times, locked])).toEqual(
    seen.map(({ times, locked }) => [2 * times, 2 * locked]),
  );
});

test('has a process that is met late the locks that it took before?', PATIENCE, () => {
  const lab = checkedLab(`${EXAMPLES}readers-writers.ts`);
  const { system } = lab;
  const always = new Order(system);
  let looks = 0;
  const names = new Set<string>();
  const lookOn: Onlooker = {
    classes: ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_PROC'],
    happened: (kind, object, arg, view) => {
      always.happened(kind, object, arg, view);
      // The lock of the event itself is on its way; with a switch sched_lock is the next one's.
      if (kind === HW_SWITCH) return;
      const known = (order: Order): string[] =>
        [...order.thread(view.context, object).held.locks]
          .filter(([lock]) => lock !== object && always.kinds.get(lock) !== HW_LOCKMGR)
          .map(([lock, how]) => `${system.symbols.nearest(lock)?.symbol.name ?? lock} ${how}`)
          .sort();
      const expected = known(always);
      expect(known(new Order(system))).toEqual(expected);
      for (const each of expected) names.add(each);
      looks++;
    },
  };
  lab.attempt(STANDARD, lookOn);
  expect(looks).toBeGreaterThan(20);
  // What is no process, or none whose struct is mapped, is told so, and nobody dies of it.
  const nobody = 0xdeadbe00 | 0;
  expect([pidAt(system.memory, nobody), commandAt(system.memory, nobody)]).toEqual([-1, '?']);
  expect(whoText(whoAt(system.memory, nobody))).toBe('? (pid not known)');
  expect(always.thread(nobody).held.locks.size).toBe(0);
  // A lock that was destroyed while it was held, and made anew: it is the next one's.
  const [first, second] = always.threads;
  for (const { context } of [first!, second!])
    always.happened(HW_ACQUIRED, 64, HW_MTX_EXCLUSIVE, { context } as MachineView);
  expect([first, second].map((each) => each!.held.locks.has(64))).toEqual([false, true]);
  expect([...names].sort()).toEqual(['counts exclusive', 'table exclusive', 'table shared']);
});
