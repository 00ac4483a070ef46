import { expect, test } from 'vitest';
import { AtaDisk, Decisions, type DiskTransfer, EventQueue, PhysicalMemory, SECTOR } from '../src/index.js';

const READ = 0xc8;
const WRITE = 0xca;
const READY = 0x40;
const BUSY = 0x80;
const ERROR = 0x01;
const PRDT = 0x1000;
const LAST = 0x80000000;

function drive(seed = 1, errorRate = 0) {
  const ram = new PhysicalMemory(4 << 20);
  let time = 0;
  let interrupts = 0;
  const told: [ns: number, transfer: DiskTransfer][] = [];
  const decisions = new Decisions(seed);
  const events = new EventQueue(() => disk.complete());
  const host = {
    ram,
    decisions,
    now: () => time,
    completeAt: (at: number) => events.schedule(at, 'disk'),
    interrupt: () => {
      interrupts++;
    },
    tell: (transfer: DiskTransfer) => told.push([time, transfer]),
  };
  const disk = new AtaDisk(4096, host, errorRate);
  /** Runs a command to its end; returns how long it took in ns. */
  const run = (cmd: number, lba: number, count: number, parts: [pa: number, bytes: number][]): number => {
    parts.forEach(([pa, bytes], i) => {
      ram.i32[(PRDT >>> 2) + 2 * i] = pa;
      ram.i32[(PRDT >>> 2) + 2 * i + 1] = bytes | (i === parts.length - 1 ? LAST : 0);
    });
    const start = time;
    disk.command(cmd, lba, count, PRDT);
    expect(disk.readStatus()).toBe(BUSY);
    expect(events.nextAt).toBe(disk.doneAt);
    time = events.nextAt;
    events.runDue(time);
    return time - start;
  };
  return { ram, disk, run, decisions, told, interrupts: () => interrupts };
}

const fill = (ram: PhysicalMemory, pa: number, bytes: number, salt: number): void => {
  for (let i = 0; i < bytes; i++) ram.u8[pa + i] = (i * 7 + salt) & 255;
};

test('does what was written come back, through scattered memory, with one interrupt a command?', () => {
  const d = drive();
  fill(d.ram, 0x10000, 4 * SECTOR, 3);
  d.run(WRITE, 100, 4, [
    [0x10000, SECTOR + 100],
    [0x10000 + SECTOR + 100, 3 * SECTOR - 100],
  ]);
  expect(d.disk.readStatus()).toBe(READY);
  d.run(READ, 100, 4, [
    [0x20000, 3 * SECTOR],
    [0x30000, SECTOR],
  ]);
  expect([...d.ram.u8.subarray(0x20000, 0x20000 + 3 * SECTOR)]).toEqual([
    ...d.ram.u8.subarray(0x10000, 0x10000 + 3 * SECTOR),
  ]);
  expect([...d.ram.u8.subarray(0x30000, 0x30000 + SECTOR)]).toEqual([
    ...d.ram.u8.subarray(0x10000 + 3 * SECTOR, 0x10000 + 4 * SECTOR),
  ]);
  expect([...d.disk.sector(101)]).toEqual([...d.ram.u8.subarray(0x10000 + SECTOR, 0x10000 + 2 * SECTOR)]);
  expect([d.interrupts(), d.disk.sectorsRead, d.disk.sectorsWritten]).toEqual([2, 4, 4]);
});

test('are sectors that nobody wrote zeroes?', () => {
  const d = drive();
  fill(d.ram, 0x10000, SECTOR, 1);
  d.run(READ, 7, 1, [[0x10000, SECTOR]]);
  expect(d.ram.u8.subarray(0x10000, 0x10000 + SECTOR).every((b) => b === 0)).toBe(true);
});

test('does an injected error hit commands of its kind in its range, as often as asked, and move no data?', () => {
  const d = drive();
  fill(d.ram, 0x10000, 8 * SECTOR, 9);
  d.run(WRITE, 0, 8, [[0x10000, 8 * SECTOR]]);
  d.disk.faults.push({ op: 'read', firstSector: 4, lastSector: 5, times: 2 });
  const touching = [
    { lba: 0, count: 4, fails: false },
    { lba: 0, count: 5, fails: true },
    { lba: 6, count: 2, fails: false },
    { lba: 5, count: 3, fails: true },
    { lba: 4, count: 1, fails: false },
  ];
  for (const { lba, count, fails } of touching) {
    d.ram.u8.fill(0xee, 0x20000, 0x20000 + 8 * SECTOR);
    d.run(READ, lba, count, [[0x20000, count * SECTOR]]);
    expect(d.disk.readStatus(), `read ${lba}+${count}`).toBe(fails ? READY | ERROR : READY);
    expect(d.disk.readError()).toBe(fails ? 0x40 : 0);
    expect(d.ram.u8[0x20000] === 0xee, 'memory untouched').toBe(fails);
  }
  d.disk.faults.push({ op: 'write', firstSector: 0, lastSector: 4095, times: 1 });
  d.ram.u8.fill(0, 0x10000, 0x10000 + SECTOR);
  d.run(WRITE, 0, 1, [[0x10000, SECTOR]]);
  expect(d.disk.readStatus() & ERROR).toBe(ERROR);
  expect(d.disk.sector(0)[0], 'the platter is as it was').toBe(9);
  d.run(WRITE, 0, 1, [[0x10000, SECTOR]]);
  expect(d.disk.readStatus()).toBe(READY);
  expect(d.disk.sector(0)[0]).toBe(0);
});

test('what about sectors behind the end, no sectors, and commands that it does not know?', () => {
  const d = drive();
  for (const [cmd, lba, count, error] of [
    [READ, 4096, 1, 0x10],
    [WRITE, 4090, 7, 0x10],
    [READ, -1, 1, 0x10],
    [READ, 0, 0, 0x10],
    [0x20, 0, 1, 0x04],
  ] as const) {
    d.run(cmd, lba, count, [[0x10000, SECTOR]]);
    expect([d.disk.readStatus(), d.disk.readError()]).toEqual([READY | ERROR, error]);
  }
});

test('does a command take time: a seek unless the head is there, the transfer, the same for the same seed?', () => {
  const times = (seed: number): number[] => {
    const d = drive(seed);
    return [
      d.run(READ, 1000, 8, [[0x10000, 8 * SECTOR]]),
      d.run(READ, 1008, 8, [[0x10000, 8 * SECTOR]]),
      d.run(READ, 2000, 128, [[0x10000, 128 * SECTOR]]),
    ];
  };
  const [seek, sequential, long] = times(5) as [number, number, number];
  expect(seek).toBeGreaterThan(2_000_000);
  expect(sequential).toBeLessThan(2_000_000);
  expect(long).toBeGreaterThan(128 * 25_600 + 2_000_000);
  expect(times(5)).toEqual([seek, sequential, long]);
  expect(times(6)).not.toEqual([seek, sequential, long]);
});

test('is a command to a busy drive a defect of the driver?', () => {
  const d = drive();
  d.disk.command(READ, 0, 1, PRDT);
  expect(() => d.disk.command(READ, 0, 1, PRDT)).toThrow('busy');
});

test('does a drive with an error rate fail about so often, one without never, and one whose errors are decided when they are?', () => {
  const failures = (d: ReturnType<typeof drive>): number => {
    let n = 0;
    for (let i = 0; i < 200; i++) {
      d.run(READ, i, 1, [[0x10000, SECTOR]]);
      if ((d.disk.readStatus() & ERROR) !== 0) n++;
    }
    return n;
  };
  expect(failures(drive(3))).toBe(0);
  const some = failures(drive(3, 0.25));
  expect(some).toBeGreaterThan(25);
  expect(some).toBeLessThan(80);
  const d = drive(3);
  d.decisions.decider = {
    decide: ({ kind, number, standard }) => (kind === 'diskerror' && number === 7 ? 1 : standard),
  };
  expect(failures(d)).toBe(1);
});

test('does a snapshot share what is written and see none of the writes after it; and does it bring back all of it?', () => {
  const d = drive();
  const write = (lba: number, salt: number) => {
    fill(d.ram, 0x10000, SECTOR, salt);
    d.run(WRITE, lba, 1, [[0x10000, SECTOR]]);
  };
  write(5, 1);
  write(1000, 2);
  const record = d.disk.save();
  const [first] = d.disk.save().platter.chunks;
  expect(record.platter.chunks[0]!.bytes, 'one copy for both').toBe(first!.bytes);
  write(5, 77);
  write(3000, 3);
  expect([d.disk.sector(5)[0], d.disk.sector(3000)[0]]).toEqual([77, 3]);
  for (const other of [d, drive(9)]) {
    other.disk.restore(record);
    expect([5, 1000, 3000].map((lba) => other.disk.sector(lba)[0])).toEqual([1, 2, 0]);
    expect([other.disk.sectorsWritten, other.disk.readStatus()]).toEqual([2, READY]);
  }
  write(5, 99);
  d.disk.restore(record);
  expect(d.disk.sector(5)[0], 'a write after restore spares the record').toBe(1);
});

test('is a command that was in progress at the snapshot done after it?', () => {
  const d = drive();
  fill(d.ram, 0x10000, SECTOR, 4);
  d.ram.i32[PRDT >>> 2] = 0x10000;
  d.ram.i32[(PRDT >>> 2) + 1] = SECTOR | LAST;
  d.disk.command(WRITE, 9, 1, PRDT);
  const other = drive();
  other.ram.u8.set(d.ram.u8);
  other.disk.restore(d.disk.save());
  expect(other.disk.readStatus()).toBe(BUSY);
  other.disk.complete();
  expect([other.disk.readStatus(), other.disk.sector(9)[0], d.disk.sector(9)[0]]).toEqual([READY, 4, 0]);
});

test('is a request told of when it begins and when it ends, with what became of it?', () => {
  const d = drive();
  const took = d.run(WRITE, 7, 2, [[0x10000, 2 * SECTOR]]);
  d.disk.faults.push({ op: 'read', firstSector: 8, lastSector: 8, times: 1 });
  d.run(READ, 8, 1, [[0x10000, SECTOR]]);
  const [begun, done, ...read] = d.told;
  expect(begun).toEqual([0, { op: 'write', sector: 7, count: 2, done: false, failed: false }]);
  expect(done).toEqual([took, { op: 'write', sector: 7, count: 2, done: true, failed: false }]);
  expect(read.map(([, { op, done, failed }]) => [op, done, failed])).toEqual([
    ['read', false, false],
    ['read', true, true],
  ]);
  d.run(0xec, 0, 1, [[0x10000, SECTOR]]);
  expect(d.told.at(-1)![1]).toMatchObject({ op: 'other', done: true, failed: true });
});
