import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, Store } from '../src/index.js';
import { Connection, RESULTS, UNITS } from '../src/queue/connection.js';
import { parseBundle, parseResult, parseTask } from '../src/queue/index.js';
import { outcome } from './made-up.mjs';
import { HAS_NATS, NatsServer } from './nats.js';

const FOLDER = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trap12-queue-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
const CHILD = fileURLToPath(new URL('queue-child.mjs', import.meta.url));
const FULL = process.env.TRAP12_FULL !== undefined;
const PATIENCE = { timeout: FULL ? 900_000 : 120_000 };

/** A process that may be killed; what it has said. */
class Child {
  out = '';
  err = '';
  readonly process: ChildProcess;
  readonly ended: Promise<void>;

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout!.on('data', (chunk: Buffer) => {
      this.out += chunk.toString();
    });
    this.process.stderr!.on('data', (chunk: Buffer) => {
      this.err += chunk.toString();
    });
    this.ended = once(this.process, 'close').then(() => {});
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Until it has said something, or has ended without it. */
  async says(what: RegExp): Promise<void> {
    while (!what.test(this.out + this.err)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`it ended (${this.process.exitCode ?? this.process.signalCode}): ${this.err}`);
      await pause(20);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each unit of a campaign is there once, with what comes of it; how many there are. */
function counted(dir: string): number {
  const store = Store.open(dir, false);
  try {
    const subjects = new Map(store.allSubjects().map((each) => [each.id, each]));
    let units = 0;
    for (const { subject, strategy, next, ahead, ...lane } of store.allLanes()) {
      const done = [...Array.from({ length: next }, (_, n) => n), ...ahead];
      const failed = done
        .flatMap(
          (number) => outcome({ subject: subjects.get(subject)!, strategy, number, count: 10 }).failures,
        )
        .reduce((sum, { times }) => sum + times, 0);
      const all = { units: done.length, tries: 10 * done.length, failed };
      expect({ units: lane.units, tries: lane.tries, failed: lane.failed }).toEqual(all);
      units += done.length;
    }
    return units;
  } finally {
    store.close();
  }
}

describe.skipIf(!HAS_NATS)(
  'a queue (skipped without nats-server: apt-get install nats-server)',
  PATIENCE,
  () => {
    let server: NatsServer;
    const children: Child[] = [];
    const child = (...args: string[]): Child => {
      const made = new Child(...args);
      children.push(made);
      return made;
    };
    beforeEach(async () => {
      server = await NatsServer.start();
    });
    afterEach(async () => {
      await Promise.all(children.splice(0).map((each) => each.kill()));
      await server.end();
    });

    it('loses no unit and has none twice, whoever is killed', async () => {
      const [dir, units, kills] = [join(FOLDER, 'killed'), FULL ? 3000 : 150, FULL ? 60 : 4];
      const campaign = (): Child => child('campaign', server.url, dir, String(units));
      const worker = (): Child => child('worker', server.url);
      let owner = campaign();
      const workers = [worker(), worker()];
      let random = 4711;
      const draw = (below: number): number => {
        random = (random * 1103515245 + 12345) % 2 ** 31;
        return (random >>> 8) % below;
      };
      await owner.says(/^open$/m);
      for (let kill = 0; kill < kills && owner.process.exitCode === null; kill++) {
        await pause(100 + draw(400));
        // Each kind of victim once, then by chance.
        const victim = kill < 3 ? kill : draw(3);
        if (victim === 0) {
          const which = draw(workers.length);
          await workers[which]!.kill();
          workers[which] = worker();
        } else if (victim === 1) {
          await owner.kill();
          owner = campaign();
          await owner.says(/^open$/m);
        } else {
          await server.kill();
          await pause(draw(300));
          await server.start();
        }
      }
      await owner.says(/^all$/m);
      await owner.ended;
      expect(counted(dir)).toBe(units);
    });

    it('is waited for when it goes away, even if it comes back without what it had', async () => {
      const dir = join(FOLDER, 'forgotten');
      const owner = child('campaign', server.url, dir, '30');
      // Units are put there, and nobody takes them.
      await owner.says(/^open$/m);
      await pause(500);
      await server.kill();
      await owner.says(/the queue at 127\.0\.0\.1:\d+ is gone; waiting for it\n/);
      server.forget();
      await server.start();
      await owner.says(/the queue at .* is back\n/);
      const worker = child('worker', server.url);
      await owner.says(/^all$/m);
      await owner.ended;
      expect(counted(dir)).toBe(30);
      expect(worker.process.exitCode).toBe(null);
    });

    it('that has other things in it than units and results is worked off all the same', async () => {
      const dir = join(FOLDER, 'hostile');
      const owner = child('campaign', server.url, dir, '20');
      await owner.says(/^open$/m);
      const stranger = child('stranger', server.url, dir);
      await stranger.says(/^put$/m);
      const worker = child('worker', server.url);
      await owner.says(/^all$/m);
      await owner.ended;
      expect(counted(dir)).toBe(20);
      expect(owner.err).toMatch(/a message in the queue is no result: .*; it is dropped\n/);
      expect(worker.err).toMatch(/a message in the queue is no unit: .*; it is dropped\n/);
      expect(worker.err).toMatch(/the files \w+ of a unit are not in the queue; /);
      expect(worker.err).toMatch(/somebody else’s: it cannot be done here; it is left to others\n/);
      // What was dropped is gone: nobody is told of it again.
      const connection = await Connection.open(server.url, () => {});
      const left = async (stream: string) => (await connection.manager.streams.info(stream)).state.messages;
      expect([await left(UNITS), await left(RESULTS)]).toEqual([1, 0]);
      await connection.close();
    });

    it('is left by a worker that has done its share, though units are there', async () => {
      const owner = child('campaign', server.url, join(FOLDER, 'share'), '1000');
      await owner.says(/^open$/m);
      const worker = child('worker', server.url, 'b1', '10');
      await worker.says(/^done \d+$/m);
      await worker.ended;
      expect(worker.process.exitCode).toBe(0);
    });

    it('keeps units of another build for those who have it', async () => {
      const dir = join(FOLDER, 'foreign');
      const owner = child('campaign', server.url, dir, '10');
      const other = child('worker', server.url, 'b2');
      await other.says(/units of another build wait at .*: b1, this is b2\n/);
      expect(owner.out).toBe('open\n');
      child('worker', server.url);
      await owner.says(/^all$/m);
      await owner.ended;
      expect(counted(dir)).toBe(10);
    });
  },
);

describe('what comes out of a queue', () => {
  const task = {
    ...{ campaign: 'c-1', bundle: 'b0' },
    task: {
      subject: { name: 'a', build: 'b1', image: 'i', canary: false, record: '{}' },
      ...{ strategy: 'one', number: 3, count: 10 },
    },
  };
  const result = {
    unit: { subject: { name: 'a', build: 'b1', canary: false }, strategy: 'one', number: 3 },
    outcome: {
      tries: 10,
      failures: [{ signature: 's', title: 't', times: 1, at: 2, schedule: '', size: 1 }],
    },
  };
  const bundle = { scenario: 'a.ts', patches: [], files: [{ path: 'x/a.ts', text: '' }] };
  const json = JSON.stringify;

  it('is read, if it is whole', () => {
    expect(parseTask(json(task))).toEqual(task);
    expect(keyOf(parseResult(json(result)).unit)).toBe('b1/search/a/one/3');
    expect(parseResult(json(result))).toEqual(result);
    expect(parseBundle(json(bundle))).toEqual(bundle);
  });

  it('is refused, if it is not', () => {
    for (const text of ['', 'null', '[]', '{}', '{"task":1}', json(result), json(task).slice(0, -3)])
      expect(() => parseTask(text), text).toThrow();
    for (const number of [-1, 1.5, 1e300, '3', null])
      expect(() => parseTask(json({ ...task, task: { ...task.task, number } }))).toThrow();
    const [failure] = result.outcome.failures;
    for (const failures of [
      {},
      [1],
      [{ ...failure, times: 0 }],
      [failure, failure],
      [{ ...failure, at: 'x' }],
    ])
      expect(() => parseResult(json({ ...result, outcome: { tries: 1, failures } }))).toThrow();
    for (const path of ['../a', '/etc/passwd', 'a/../../b', '..', 'a\\b', 'a//b', './a', 'c:x', '', 'a\0'])
      expect(() => parseBundle(json({ ...bundle, files: [{ path, text: '' }] })), path).toThrow();
    expect(() => parseBundle(json({ ...bundle, scenario: '../a.ts' }))).toThrow();
    for (const paths of [['a', 'a'], ['a/b', 'a'], ['a', 'a/b/c'], ['x'.repeat(300)]])
      expect(() =>
        parseBundle(json({ ...bundle, files: paths.map((path) => ({ path, text: '' })) })),
      ).toThrow();
    for (const campaign of ['', 'a.b', '*', '>', 'a b', 'x'.repeat(65)])
      expect(() => parseTask(json({ ...task, campaign })), campaign).toThrow();
    expect(() =>
      parseResult(json({ ...result, outcome: { tries: 10, failures: [{ ...failure, times: 11 }] } })),
    ).toThrow();
  });
});
