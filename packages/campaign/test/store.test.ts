import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CampaignError,
  type CampaignState,
  type Crew,
  keyOf,
  runCampaign,
  type RunOptions,
  smallestOf,
  stateOf,
  Store,
  type Task,
  WORKER_DIES,
} from '../src/index.js';
import { outcome, STRATEGIES, subject, WANTED } from './made-up.mjs';

/** In memory where that can be had: a commit waits for the disk, and here only processes are killed. */
const FOLDER = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trap12-campaign-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
let folders = 0;
const folder = (): string => join(FOLDER, `c${folders++}`);

/** What a campaign keeps, without how long it took. */
function contents(dir: string): unknown {
  const store = Store.open(dir, false);
  const { seconds: _, id: __, ...state } = stateOf(store);
  const kept = { ...state, failures: store.failures().map(({ id: _id, ...failure }) => failure) };
  store.close();
  return kept;
}

/** Works at the campaign in a directory; the keys of the units that were given to workers, in their order. */
async function work(dir: string, more: Partial<RunOptions> & { wanted?: typeof WANTED }): Promise<string[]> {
  const given: string[] = [];
  const crew: Crew = {
    width: 3,
    run: async (task) => {
      given.push(keyOf(task));
      // Some answer later than others that were asked later.
      for (let turns = task.number % 4; turns > 0; turns--) await Promise.resolve();
      return outcome(task);
    },
  };
  const store = Store.open(dir, true);
  try {
    const subjects = (more.wanted ?? WANTED).map((each) => store.subject(each));
    await runCampaign(store, {
      ...{ subjects, strategies: () => STRATEGIES, crew, clock: () => 0, stop: () => false, units: 100 },
      ...more,
    });
  } finally {
    store.close();
  }
  return given;
}

describe('a campaign', () => {
  it('has each unit once, the canary first, all scenarios in turn', async () => {
    const given = await work(folder(), {});
    expect(given.length).toBe(100);
    expect(new Set(given).size).toBe(100);
    expect(given.slice(0, 3).every((key) => key.includes('/canary/'))).toBe(true);
    const of = (name: string): number => given.filter((key) => key.includes(`/search/${name}/`)).length;
    expect([of('a'), of('b')].sort()).toEqual([48, 49]);
    for (const strategy of STRATEGIES)
      expect(given.filter((key) => key.includes(`/a/${strategy}/`)).length).toBeGreaterThanOrEqual(16);
  });

  it('comes to the same in pieces as at a stretch, whoever is done first', async () => {
    const [whole, pieces] = [folder(), folder()];
    await work(whole, {});
    let given: string[] = [];
    for (const units of [1, 2, 30, 17, 50]) given = given.concat(await work(pieces, { units }));
    expect(new Set(given).size).toBe(100);
    expect(contents(pieces)).toEqual(contents(whole));
  });

  it('is as if a unit that was given up had not been begun', async () => {
    const dir = folder();
    let left = 40;
    const crew: Crew = {
      width: 4,
      run: async (task) => (left-- > 0 ? outcome(task) : undefined),
    };
    await work(dir, { crew, stop: () => left <= -4 });
    await work(dir, { units: 60 });
    const whole = folder();
    await work(whole, {});
    expect(contents(dir)).toEqual(contents(whole));
  });

  it('ends where all of its strategies do, and keeps what they have covered', async () => {
    const dir = folder();
    const of = (_: unknown, strategy: string): { units: number; count: number } | undefined =>
      strategy === 'three' ? undefined : { units: 2, count: 70 };
    const crew: Crew = {
      width: 3,
      run: async (task) => ({ ...outcome(task), covered: `${task.strategy} ${task.number} ${task.count}` }),
    };
    const strategies = (): string[] => ['one', 'two'];
    const seen: string[] = [];
    const onKept: RunOptions['onKept'] = (results) => seen.push(...results.map(({ task }) => keyOf(task)));
    for (const units of [3, 100]) await work(dir, { crew, strategies, finite: of, units, onKept });
    // Of the canary a unit each, of the others all there are.
    expect(new Set(seen).size).toBe(2 + 2 * 2 * 2);
    expect(seen.length).toBe(10);
    const { scenarios } = contents(dir) as CampaignState;
    expect(scenarios[1]!.covered.map(({ covered }) => covered)).toEqual([
      ...['one 0 70', 'one 1 70', 'two 0 70', 'two 1 70'],
    ]);
    // One that has no end goes on.
    const more: string[] = await work(dir, { finite: of, units: 20 });
    expect(new Set(more).size).toBe(20);
    expect(more.every((key) => key.includes('/three/'))).toBe(true);
  });

  it('keeps the first seeds of a failure and its smallest schedule', async () => {
    const dir = folder();
    await work(dir, { units: 300 });
    const store = Store.open(dir, false);
    const subjects = new Map(store.allSubjects().map((each) => [each.id, each]));
    for (const { subject: id, signature, seeds } of store.failures()) {
      const all = store
        .allLanes()
        .filter((lane) => lane.subject === id)
        .flatMap(({ strategy, next, ahead }) =>
          [...Array.from({ length: next }, (_, n) => n), ...ahead].flatMap((number) =>
            outcome({ subject: subjects.get(id)!, strategy, number, count: 10 })
              .failures.filter((failure) => failure.signature === signature)
              .map(({ at, schedule, size }) => ({ strategy, number, at, schedule, size })),
          ),
        );
      const [smallest] = [...all].sort((a, b) => a.size - b.size);
      expect(seeds.slice(0, 3)).toEqual(all.slice(0, 3));
      expect(smallestOf({ seeds })).toEqual(smallest);
      expect(seeds.length).toBeLessThanOrEqual(4);
    }
    store.close();
  });

  it('takes a result once', async () => {
    const dir = folder();
    const store = Store.open(dir, true);
    const a = store.subject(subject('a'));
    const task: Task = { subject: a, strategy: 'one', number: 5, count: 10 };
    const result = { task, outcome: { tries: 10, failures: [] } };
    expect(store.commit([result, result], 0).length).toBe(1);
    expect(store.commit([result], 0)).toEqual([]);
    const stranger = { ...result, task: { ...task, subject: { ...a, name: 'somebody else’s' } } };
    expect(store.commit([stranger], 0)).toEqual([]);
    store.close();
    expect(contents(dir)).toMatchObject({ units: 1, tries: 10 });
  });

  it('searches first what failed in an older build', async () => {
    const dir = folder();
    await work(dir, {});
    const store = Store.open(dir, false);
    const failing = store.failures().filter(({ subject: id }) => id === 2);
    store.close();
    expect(failing.length).toBeGreaterThan(0);
    const newer = WANTED.map((each) => (each.name === 'a' ? { ...each, build: 'b2', image: 'i2' } : each));
    const given = await work(dir, { wanted: newer, units: 40 });
    const again = failing.map(({ id }) => `b2/search/a/again/${id}`);
    const seeds = failing.flatMap((each) =>
      each.seeds.map(({ strategy, number }) => `b2/search/a/${strategy}/${number}`),
    );
    expect(given.slice(0, again.length)).toEqual(again);
    expect(new Set(given.slice(again.length, again.length + seeds.length))).toEqual(new Set(seeds));
    // None of them is done twice, now or later.
    const later = await work(dir, { wanted: newer, units: 40 });
    expect(new Set([...given, ...later]).size).toBe(given.length + later.length);
  });

  it('is red without its canary’s failure, and when something else fails', async () => {
    const dir = folder();
    const harmless: Crew = { width: 1, run: async ({ count }) => ({ tries: count, failures: [] }) };
    await work(dir, { crew: harmless });
    expect(contents(dir)).toMatchObject({ red: ['the canary canary did not fail'] });
    const other = folder();
    await work(other, { units: 2 });
    expect(contents(other)).toMatchObject({ red: ['a was not tried yet', 'b was not tried yet'] });
    await work(other, {});
    expect(contents(other)).toMatchObject({ red: ['a fails', 'b fails'] });
    const quiet = folder();
    const onlyCanary: Crew = {
      ...harmless,
      run: async (task) => (task.subject.canary ? outcome(task) : harmless.run(task)),
    };
    await work(quiet, { crew: onlyCanary });
    expect(contents(quiet)).toMatchObject({ red: [] });
  });

  it('has not found a canary that its workers die of', async () => {
    const dir = folder();
    const failure = {
      signature: WORKER_DIES,
      title: 'a worker dies of it',
      times: 1,
      at: 0,
      schedule: '',
      size: 0,
    };
    const dies: Crew = {
      width: 1,
      run: async ({ subject: { canary }, count }) => ({ tries: count, failures: canary ? [failure] : [] }),
    };
    await work(dir, { crew: dies });
    expect(contents(dir)).toMatchObject({ red: ['the canary canary did not fail'] });
  });
});

describe('a directory', () => {
  const refusal = (dir: string, create = false): string => {
    try {
      Store.open(dir, create).close();
    } catch (error) {
      expect(error).toBeInstanceOf(CampaignError);
      expect((error as Error).message).not.toContain('\n');
      return (error as Error).message;
    }
    return 'taken';
  };

  /** A campaign with a few units, copied and spoilt. */
  const spoilt = (from: string, spoil: (db: string) => void): string => {
    const dir = folder();
    cpSync(from, dir, { recursive: true });
    spoil(join(dir, 'campaign.db'));
    return refusal(dir);
  };

  it('that is none, of something else, or in use is refused in a line', async () => {
    expect(refusal(join(FOLDER, 'nowhere'))).toMatch(/there is no campaign$/);
    const other = folder();
    mkdirSync(other);
    expect(refusal(other)).toMatch(/there is no campaign in it$/);
    writeFileSync(join(other, 'letter.txt'), 'dear');
    expect(refusal(other, true)).toMatch(/it has letter.txt in it and no campaign/);
    expect(refusal(join(other, 'letter.txt'), true)).toMatch(/it is no directory$/);
    writeFileSync(join(other, 'campaign.db'), 'dear campaign, '.repeat(1000));
    expect(refusal(other, true)).toMatch(/file is not a database$/);
    const used = folder();
    const store = Store.open(used, true);
    expect(refusal(used)).toMatch(/this process has it already$/);
    store.close();
    expect(refusal(used)).toBe('taken');
  });

  it('that is truncated or was edited is refused in a line', async () => {
    const dir = folder();
    await work(dir, {});
    expect(refusal(dir)).toBe('taken');
    const { length } = readFileSync(join(dir, 'campaign.db'));
    for (const bytes of [100, 4096, length - 4096, length - 1])
      expect(
        spoilt(dir, (db) => truncateSync(db, bytes)),
        `${bytes} of ${length} bytes`,
      ).not.toBe('taken');
    const edits = [
      'DELETE FROM unit WHERE lane = 4 AND number = 3',
      'INSERT INTO unit VALUES (4, 1000, 10, 0)',
      'UPDATE unit SET failed = 1 WHERE lane = 4 AND number = 3',
      'UPDATE lane SET next = next - 1',
      "UPDATE lane SET strategy = 'four' WHERE strategy = 'one'",
      "UPDATE subject SET build = 'b7'",
      'UPDATE failure SET times = times + 1',
      'DELETE FROM seed WHERE failure = 4; DELETE FROM failure WHERE id = 4',
      "UPDATE failure SET title = 'all is well'",
      "UPDATE seed SET schedule = ''",
      'DROP TABLE seed',
      'PRAGMA user_version = 1',
      'PRAGMA application_id = 7',
    ];
    for (const sql of edits) {
      const said = spoilt(dir, (path) => {
        const db = new sqlite.Database(path);
        db.exec(`PRAGMA locking_mode = EXCLUSIVE; ${sql}`);
        db.close();
      });
      expect(said, sql).not.toBe('taken');
    }
  });

  it('is another one than its copy, which nobody has yet', () => {
    const dir = folder();
    const store = Store.open(dir, true);
    const copy = folder();
    cpSync(dir, copy, { recursive: true });
    expect(refusal(dir)).toMatch(/this process has it already$/);
    expect(refusal(copy)).toBe('taken');
    store.close();
  });

  it('in which a campaign was only about to begin is none to be shown, and can be begun', () => {
    const dir = folder();
    mkdirSync(dir);
    writeFileSync(join(dir, 'campaign.db'), '');
    expect(refusal(dir)).toMatch(/campaign.db: it is empty$/);
    expect(refusal(dir, true)).toBe('taken');
    expect(refusal(dir)).toBe('taken');
  });

  it('whose owner is dead can be taken', () => {
    const dir = folder();
    Store.open(dir, true).close();
    writeFileSync(join(dir, 'lock', `${process.env.HOSTNAME ?? 'x'}@1@1`), '');
    expect(refusal(dir)).toMatch(/process 1 on .* has it; if that is gone, remove |taken/);
  });
});

/** Kills a campaign at random moments; a few times where time is short. */
const KILLS = process.env.TRAP12_FULL === undefined ? 6 : 100;

it(`a campaign that is killed ${KILLS} times has every unit once`, { timeout: 600_000 }, async () => {
  const dir = folder();
  const script = fileURLToPath(new URL('campaign-child.mjs', import.meta.url));
  let random = 12345;
  const told = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    random = (random * 1103515245 + 12345) % 2 ** 31;
    // Some are killed soon after they have opened it, all in the midst of transactions.
    const after = kill === 0 ? 5 : random % 60;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        if (out.split('\n').length > after) resolve();
      });
      void ended.then(resolve);
    });
    // Somebody else wants it at the same time.
    if (kill === 0) expect(() => Store.open(dir, false)).toThrow(/process \d+ has it$/);
    child.kill('SIGKILL');
    await ended;
    for (const line of out.split('\n').slice(0, -1)) {
      expect(told.has(line), `twice: ${line}`).toBe(false);
      told.add(line);
    }
  }
  const store = Store.open(dir, false);
  const subjects = new Map(store.allSubjects().map((each) => [each.id, each]));
  let units = 0;
  for (const { subject: id, strategy, next, ahead, ...lane } of store.allLanes()) {
    const done = [...Array.from({ length: next }, (_, n) => n), ...ahead];
    const tasks = done.map((number) => ({ subject: subjects.get(id)!, strategy, number, count: 10 }));
    for (const task of tasks) told.delete(`kept ${keyOf(task)}`);
    // What is counted is what comes of each of them, once.
    const failed = tasks.flatMap((task) => outcome(task).failures).reduce((sum, { times }) => sum + times, 0);
    expect(lane, `${id} ${strategy}`).toEqual({
      id: lane.id,
      units: done.length,
      tries: 10 * done.length,
      failed,
    });
    units += done.length;
  }
  expect([...told], 'lost').toEqual([]);
  expect(units).toBeGreaterThan(10 * KILLS);
  store.close();
});
