import { createHash } from 'node:crypto';
import { type Choice, type Decider, type DecisionKind, Recording, replay } from '@trap12/machine';
import { createSystem, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { kernelView, strategyNamed } from '../src/index.js';

const kernel = await loadKernel();

/** Swaps and sleeps for a while; every kind of decision but the network's is made. */
const LOAD = 'sleepers 3 & memcheck 18m; ps';
const SETUP = { ramBytes: 16 << 20, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' };
const LIMIT_NS = 3e9;
const CLASSES = ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_PROC', 'KTR_INTR', 'KTR_TRAP'];
/** Who looks on stands in the kernel's memory; a hash is of everything else. */
const ONLOOKERS = ['ktr_mask', 'witness_watch'];

interface Run {
  hash: string;
  text: string;
  nowNs: number;
  system: System;
}

async function run(seed: number, ncpu: number, prepare: (system: System) => void = () => {}): Promise<Run> {
  const system = createSystem(kernel, { ...SETUP, seed, ncpu, command: LOAD });
  const { machine } = system;
  let text = '';
  machine.console.onOutput = (s) => {
    text += s;
  };
  prepare(system);
  machine.run(LIMIT_NS);
  for (const name of ONLOOKERS) system.set(name, 0);
  const { board, disk, ...devices } = machine.saveDevices();
  const hash = createHash('sha256').update(machine.ram.u8).update(text);
  for (const { number, bytes } of disk.platter.chunks) hash.update(`${number}`).update(bytes);
  hash.update(JSON.stringify([devices, disk.drive, { ...board, happenings: 0 }]));
  return { hash: hash.digest('hex'), text, nowNs: machine.now(), system };
}

const standard: Decider = { decide: (decision) => decision.standard };

describe('is a run the same whoever looks on, if nobody decides otherwise?', () => {
  for (const ncpu of [1, 2, 4])
    for (const seed of [1, 2])
      test(`${ncpu} CPUs, seed ${seed}`, { timeout: 120_000 }, async () => {
        const plain = await run(seed, ncpu);
        expect(plain.system.machine.disk.sectorsWritten, 'the load swaps').toBeGreaterThan(0);
        const decided = await run(seed, ncpu, (system) => system.decideBy(standard));
        expect([decided.hash, decided.nowNs], 'a decider that takes the standard').toEqual([
          plain.hash,
          plain.nowNs,
        ]);
        let told = 0;
        const observed = await run(seed, ncpu, (system) => {
          system.observe({ happened: () => told++ }, CLASSES);
          system.decideBy(standard);
        });
        expect(told).toBeGreaterThan(10_000);
        expect([observed.hash, observed.nowNs], 'and an observer of everything').toEqual([
          plain.hash,
          plain.nowNs,
        ]);
      });

  test('a strategy that suspects nobody holds nobody', { timeout: 120_000 }, async () => {
    const plain = await run(3, 1);
    const idle = await run(3, 1, (system) => {
      const strategy = strategyNamed('lock-gap')(kernelView(system), { process: 'nobody', seed: 3 });
      system.observe(strategy, strategy.classes);
      system.decideBy(strategy);
    });
    expect([idle.hash, idle.nowNs]).toEqual([plain.hash, plain.nowNs]);
  });
});

/** Keeps a process waiting now and then; records what it decided. */
async function disturbed(seed: number, ncpu: number): Promise<{ run: Run; choices: Choice[] }> {
  const recording = new Recording();
  const result = await run(seed, ncpu, (system) => {
    const strategy = strategyNamed('random-delay')(kernelView(system), { process: 'memcheck', seed });
    system.observe(recording, []);
    system.decideBy(strategy);
  });
  return { run: result, choices: recording.choices };
}

describe('is a schedule a list?', () => {
  for (const ncpu of [1, 2])
    test(`${ncpu} CPUs: what a strategy decided, given back, is its run`, { timeout: 120_000 }, async () => {
      const { run: first, choices } = await disturbed(5, ncpu);
      expect(choices.filter((c) => c.kind === 'preempt').length).toBeGreaterThan(0);
      const plain = await run(5, ncpu);
      expect(first.hash, 'it made a difference').not.toBe(plain.hash);
      const list = JSON.parse(JSON.stringify(choices)) as Choice[];
      const again = await run(5, ncpu, (system) => system.decideBy(replay(list)));
      expect([again.hash, again.nowNs]).toEqual([first.hash, first.nowNs]);
    });
});

test(
  'does one decision more leave the numbers and values of all other kinds?',
  { timeout: 120_000 },
  async () => {
    const values = async (choices: Choice[]) => {
      const seen: Partial<Record<DecisionKind, number[]>> = {};
      const given = replay(choices);
      await run(7, 2, (system) =>
        system.decideBy({
          decide(decision) {
            const choice = given.decide(decision);
            const { kind, standard: value } = decision;
            if (kind === 'preempt' || kind === 'run') return choice;
            // How long a command takes depends on where the head stands, so on what came before: the draw as
            // a part of its range.
            (seen[kind] ??= []).push(value / decision.n);
            return choice;
          },
        }),
      );
      return seen;
    };
    const plain = await values([]);
    const changed = await values([{ kind: 'preempt', number: 5000, choice: 1 }]);
    for (const kind of ['slice', 'seek', 'clock', 'diskerror'] as const) {
      const n = Math.min(plain[kind]!.length, changed[kind]!.length);
      expect(n, kind).toBeGreaterThan(0);
      const differing = plain[kind]!.slice(0, n).filter((v, i) => Math.abs(v - changed[kind]![i]!) > 0.01);
      expect(differing.length, kind).toBe(0);
    }
  },
);

test('is there a card only where there is traffic, whoever decides?', async () => {
  const text = (await run(1, 1, (system) => system.decideBy(standard))).text;
  expect(text).not.toContain('fxp0');
});
