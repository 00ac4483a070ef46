import { describe, expect, test } from 'vitest';
import { copyState, Machine } from '../src/index.js';
import { FRAME } from './tables.js';

function machine(seed = 4): Machine {
  const m = new Machine({ ramBytes: 4 << 20, ncpu: 2, diskSectors: 64, seed, pcpuAddresses: [0x100, 0x200] });
  m.vectors = { frame: FRAME } as Machine['vectors'];
  return m;
}

/**
 * What parts hold besides their state: wires to other parts, and what the caller gave. RAM, TLB and user
 * modes are saved by others. A property that is neither here nor in what save() returns is state that a
 * snapshot forgets.
 */
const WIRING: Record<string, readonly string[]> = {
  machine: ['ram', 'mmu', 'given', 'vectors', 'observers', 'view', 'candidates'],
  processors: ['host', 'untilPoll', 'stopping'],
  events: ['handle'],
  traps: ['machine'],
  lent: ['reg', 'memory'],
  decisions: ['decider', 'onChoice', 'asked'],
  console: ['onByte', 'onOutput'],
  disk: ['host', 'sectors', 'errorRate'],
};

/** How the properties that are state are called in the record. */
const SAVED: Record<string, Record<string, string>> = {
  machine: {
    state: 'board',
    processors: 'processors',
    reg: 'reg',
    traps: 'traps',
    lent: 'lent',
    decisions: 'decisions',
    steps: 'steps',
    console: 'console',
    disk: 'disk',
  },
  processors: { state: 'lines', cpu: 'running', cpus: 'cpus', events: 'events' },
  disk: { state: 'drive', platter: 'platter' },
};

describe('is every property of the machine and its devices state that is saved, or declared wiring?', () => {
  const m = machine();
  const record = m.saveDevices();
  const own = (o: object): string[] => Object.getOwnPropertyNames(o);

  test('machine', () => {
    const saved = SAVED.machine!;
    expect(own(m).sort()).toEqual([...WIRING.machine!, ...Object.keys(saved)].sort());
    expect(Object.keys(record).sort()).toEqual(Object.values(saved).sort());
  });

  test('processors', () => {
    const saved = SAVED.processors!;
    expect(own(m.processors).sort()).toEqual([...WIRING.processors!, ...Object.keys(saved)].sort());
    expect(Object.keys(record.processors).sort()).toEqual(Object.values(saved).sort());
  });

  const parts: Record<string, [part: object, saved: unknown]> = {
    events: [(m.processors as unknown as { events: object }).events, record.processors.events],
    traps: [m.traps, record.traps],
    lent: [m.lent, record.lent],
    decisions: [m.decisions, record.decisions],
    console: [m.console, record.console],
    disk: [m.disk, record.disk],
  };
  for (const [name, [part, kept]] of Object.entries(parts))
    test(name, () => {
      const saved = SAVED[name] ?? { state: '' };
      expect(own(part).sort()).toEqual([...WIRING[name]!, ...Object.keys(saved)].sort());
      if (name !== 'disk') expect(kept).toEqual((part as { state: object }).state);
      else expect(Object.keys(record.disk).sort()).toEqual(Object.values(saved).sort());
    });

  test('CPUs are plain data, all of it', () => {
    const { cpus } = record.processors;
    expect(cpus).toEqual(m.cpus);
    expect(cpus[0]).not.toBe(m.cpus[0]);
  });
});

test('does a record outlive what the machine does next, and bring all of it back, here and elsewhere?', () => {
  const m = machine();
  m.console.put(65);
  m.type('xyz');
  m.ram.i32.set([0x2000, 512 | 0x80000000], 0x1000 >>> 2);
  m.disk.command(0xc8, 3, 1, 0x1000);
  m.cpus[1]!.savedTlb.entries.push(1, 2, 3, 4, 5);
  const record = m.saveDevices();
  const before = JSON.stringify(record);
  const change = (o: Machine) => {
    o.console.get();
    o.console.put(66);
    o.disk.complete();
    o.reg[4] = 77;
    o.cpu.cr2 = 5;
    o.cpus[1]!.savedTlb.entries.length = 0;
    o.decisions.draw('slice', 10);
    o.processors.maskIrq(3, true);
  };
  change(m);
  expect(JSON.stringify(record)).toBe(before);
  expect(JSON.stringify(m.saveDevices())).not.toBe(before);
  m.restoreDevices(record);
  expect(JSON.stringify(m.saveDevices())).toBe(before);
  change(m);
  expect(JSON.stringify(record), 'restoring gives nothing of the record away').toBe(before);
  const other = machine(1234);
  other.restoreDevices(structuredClone(record));
  expect(JSON.stringify(other.saveDevices())).toBe(before);
  expect(other.cpu).toBe(other.cpus[0]);
});

test('does a record of another number of CPUs not fit?', () => {
  const one = new Machine({ ramBytes: 4 << 20, ncpu: 1, diskSectors: 0, seed: 1, pcpuAddresses: [0] });
  expect(() => one.restoreDevices(machine().saveDevices())).toThrow(
    'a machine of 2 CPUs does not fit one of 1',
  );
});

describe('copyState', () => {
  test('copies deeply, typed arrays as such', () => {
    const value = { a: [1, { b: 'x' }], t: new Int32Array([1, 2]), u: undefined, n: null };
    const copy = copyState(value);
    expect(copy).toEqual(value);
    value.t[0] = 9;
    (value.a[1] as { b: string }).b = 'y';
    expect([copy.t[0], copy.a[1]]).toEqual([1, { b: 'x' }]);
  });

  test('refuses what could not be written to a file, and says where', () => {
    expect(() => copyState({ a: [{ run: () => 1 }] })).toThrow('state.a[0].run is no plain data: a function');
    expect(() => copyState({ m: new Map() })).toThrow('state.m is no plain data: an object of class Map');
  });
});
