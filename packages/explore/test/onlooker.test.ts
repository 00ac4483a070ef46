import { createSystem, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Who, whoAt } from '../src/processes.js';
import { lockName, SpeedscopeLog, TraceLog } from '../src/index.js';

/*
 * A processor may be on a page directory that is gone: a process's that has ended, whose page is all zeros
 * or somebody else's by now. It goes on by its TLB; who looks on has to know the kernel's own structs all the
 * same.
 */

let system: System;
/** struct proc of who runs */
let running = 0;
let who: Who;
/** Nothing is mapped there, in any directory. */
const NOWHERE = 0x1000;

beforeAll(async () => {
  system = createSystem(await loadKernel(), { ramBytes: 16 << 20, command: 'sleep 100' });
  const { machine } = system;
  machine.run(1e9);
  running = machine.cpu.context;
  who = whoAt(system.memory, running);
  // The page directory of nothing.
  const page = machine.ram.bytes - 4096;
  machine.ram.i32.fill(0, page >>> 2);
  machine.mmu.cr3 = page;
});

describe('on a page directory that is gone', () => {
  test('are kernel structs known to who looks on, and to the debugger not?', () => {
    expect(system.target.read(running, 4)).toHaveLength(0);
    expect(who.process).toMatch(/^[a-z]+/);
    expect(whoAt(system.memory, running)).toEqual(who);
    expect(system.memory.global('allproc')).toBeGreaterThan(0xc0000000);
  });

  test('is what a process has of its own not taken from the kernel?', () => {
    expect(system.target.onlooker.read(NOWHERE, 4)).toHaveLength(0);
  });

  test('does a trace name who runs?', () => {
    const log = new TraceLog(system.target);
    for (const object of [running, NOWHERE])
      for (const [name, kind] of Object.entries(kinds()))
        expect(() => log.happened(kind, object, 0, viewOf(running)), name).not.toThrow();
    expect(text(log.finish())).toContain(who.process);
  });
});

describe('of a process whose struct is not mapped', () => {
  test.each([TraceLog, SpeedscopeLog])('does $name say that it is not known who it is?', (Log) => {
    const log = new Log(system.target);
    for (const [name, kind] of Object.entries(kinds()))
      expect(() => log.happened(kind, NOWHERE, 0, viewOf(NOWHERE)), name).not.toThrow();
    const end = log.finish();
    expect(typeof end === 'string' ? end : text(end)).toContain('?');
  });
});

test('is the name of a lock that is not mapped said to be not known?', () => {
  expect(lockName(system.memory, NOWHERE, system.symbols.constant('HW_MTX'))).toBe(
    'a lock whose name is not known',
  );
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const kinds = (): Record<string, number> =>
  Object.fromEntries(
    ['ACQUIRED', 'CONTESTED', 'EXIT', 'FORK', 'INTR', 'RELEASED', 'SLEEP', 'SWITCH', 'TRAP', 'WAKEUP'].map(
      (name) => [name, system.symbols.constant(`HW_${name}`)],
    ),
  );

let ns = 0;
const viewOf = (context: number) => {
  ns += 1e6;
  return { nowNs: ns, context, cpuId: 0, happenings: 0 };
};
