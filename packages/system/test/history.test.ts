import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type How, stopRegisters } from '@trap12/target';
import { createSystem, History, type System } from '../src/index.js';
import { loadKernel } from '../src/node.js';

const checked = await loadKernel(undefined, 'checked');
const SLICE_NS = 2e7;

function boot(command: string | undefined, ncpu = 1): System {
  const files = {};
  return createSystem(checked, { ramBytes: 16 << 20, swapBytes: 24 << 20, command, ncpu, files, seed: 3 });
}

const hash = ({ machine }: System): string =>
  createHash('sha256').update(machine.ram.u8).update(String(machine.now())).digest('hex');

/** Runs until it ends or virtual time is up, in slices as a host does. */
function runOn(system: System, history: History, untilNs: number): string {
  const { machine } = system;
  let why: string = 'time';
  while (why === 'time' && machine.now() < untilNs) why = history.run(machine.now() + SLICE_NS);
  return why;
}

/** The machine at a step, by plain execution from power-on. */
function plainly(system: System, step: number): string {
  system.machine.steps.askFrom({ programs: true, step: (view) => view.number >= step }, step);
  expect(system.machine.run()).toBe('step');
  return hash(system);
}

describe('a machine with a past', () => {
  let system: System;
  let history: History;
  let end = 0;
  beforeAll(() => {
    system = boot('memcheck 14m & cat /bin/sh | wc -c; wait', 2);
    history = new History(system);
    expect(runOn(system, history, 20e9)).toBe('halt');
    end = history.end;
  }, 60_000);

  it('stands at any step as one that has come there plainly', () => {
    for (const part of [0.9, 0.2, 0.55, 0.5501, 0.01]) {
      const step = Math.floor(end * part);
      expect(history.goTo(step)).toBe(true);
      expect(history.step).toBe(step - 1);
      expect(hash(system)).toBe(plainly(boot('memcheck 14m & cat /bin/sh | wc -c; wait', 2), step));
    }
  }, 120_000);

  it('has no steps before the first and behind the last', () => {
    expect(history.goTo(0)).toBe(false);
    expect(history.goTo(end + 2)).toBe(false);
    expect(history.goTo(1)).toBe(true);
    expect(history.back('step')).toBe(false);
    expect(history.step).toBe(0);
  });

  it('goes back by single steps to where each began, and forwards to the same', () => {
    history.goTo(Math.floor(end / 2));
    const from = history.step;
    const before = hash(system);
    const { context } = system.machine.cpu;
    expect(history.back('step', 25)).toBe(true);
    expect(history.step).toBeLessThan(from);
    expect(system.machine.cpu.context).toBe(context);
    const execution = system.target.execution!;
    execution.go('step', 25);
    expect(history.run(1e12)).toBe('step');
    expect(history.step).toBe(from);
    expect(hash(system)).toBe(before);
  }, 60_000);

  it('finds the last store to a word, as watching it from the beginning does', () => {
    const address = system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_vm_faults');
    const here = Math.floor(end * 0.7);
    history.goTo(here);
    const mine = hash(system);
    const written = history.write('last', { address, bytes: 4 })!;
    expect(hash(system)).toBe(mine);
    // Plainly: every change before that step, by comparing at each.
    const other = boot('memcheck 14m & cat /bin/sh | wc -c; wait', 2);
    const pa = (address >>> 0) - 0xc000_0000;
    let word = 0;
    let last = 0;
    other.machine.steps.askFrom(
      {
        step: ({ number }) => {
          const now = other.machine.ram.i32[pa >>> 2]!;
          if (now !== word) last = number - 1;
          word = now;
          return number >= here;
        },
      },
      1,
    );
    other.machine.run();
    expect(written.step).toBe(last);
    expect(written.site?.function.name).toBe('vm_fault1');
    expect(written.now[0]).toBe((written.old[0]! + 1) & 255);
    // A breakpoint behind it, and back to before it.
    const { execution } = system.target;
    execution!.watch(address, 4);
    expect(history.back('continue')).toBe(true);
    expect(history.step).toBe(written.step - 1);
    execution!.deleteWatchpoint(address);
  }, 120_000);

  it('goes on from the past to the same end', () => {
    history.goTo(Math.floor(end / 3));
    expect(runOn(system, history, 60e9)).toBe('halt');
    expect(history.end).toBe(end);
  }, 60_000);
});

describe('lines of the source', () => {
  const system = boot('echo done');
  const history = new History(system);
  const execution = system.target.execution!;
  const go = (how: How): number => {
    execution.go(how);
    expect(history.run(60e9)).toBe('step');
    return history.step;
  };
  const stopAt = (name: string): void => {
    execution.break(system.symbols.address(name), 1, true);
    go('continue');
  };
  /** Function and line of what stands. */
  const place = (): [string, number] => {
    const { eip } = stopRegisters(system.memory);
    return [system.symbols.nearest(eip)!.symbol.name, system.symbols.site(eip)!.line];
  };
  const ebp = (): number => stopRegisters(system.memory).ebp;

  it('are gone through forwards and backwards, over calls, in the handler of a fault of a program', () => {
    stopAt('trap_uservm');
    stopAt('vm_fault1');
    const begin = history.step;
    expect(history.back('step')).toBe(true);
    expect(history.step).toBe(begin - 1);
    expect(go('step')).toBe(begin);
    const passed: (string | number | undefined)[][] = [];
    const frames = new Set<number>();
    for (let i = 0; i < 12; i++) {
      passed.push([history.step, ...place()]);
      go('line');
      frames.add(ebp());
    }
    expect(passed.every(([, name]) => name === 'vm_fault1')).toBe(true);
    expect(frames.size).toBe(1);
    // Some of the lines call functions, some do not.
    const lengths = passed.slice(1).map(([step], i) => Number(step) - Number(passed[i]![0]));
    expect(Math.max(...lengths)).toBeGreaterThan(10);
    expect(lengths).toContain(1);
    // From the middle of a line to where it began.
    go('step');
    for (const before of passed.toReversed()) {
      while (history.step > Number(before[0])) expect(history.back('line')).toBe(true);
      expect([history.step, ...place()]).toEqual(before);
    }
    expect(history.back('line')).toBe(true);
    expect(place()[0]).toBe('vm_fault');
  });

  it('out of a function to its caller, into what it calls, over instructions', () => {
    stopAt('vm_map_lookup');
    const caller = ebp();
    const begin = history.step;
    expect(go('into')).toBe(begin + 1);
    go('out');
    expect([place()[0], ebp()]).toEqual(['vm_fault1', caller]);
    expect(history.back('line')).toBe(true);
    while (place()[0] === 'vm_fault1') go('into');
    expect(ebp()).toBe(caller);
    history.goTo(begin + 1);
    go('step');
    const own = ebp();
    let called = 0;
    for (let from = history.step; place()[0] === 'vm_map_lookup'; from = history.step) {
      expect(ebp()).toBe(own);
      if (go('over') > from + 1) called++;
    }
    expect([place()[0], ebp()]).toEqual(['vm_fault1', caller]);
    expect(called).toBeGreaterThan(0);
  });

  it('a way back that is given up leaves the machine where it stood', () => {
    const before = [history.step, hash(system)];
    const way = history.goingBack('continue');
    for (let pass = 0; pass < 2; pass++) expect(way.next().done).toBe(false);
    expect(history.step).not.toBe(before[0]);
    way.return(false);
    expect([history.step, hash(system)]).toEqual(before);
    expect(go('step')).toBe(Number(before[0]) + 1);
  });
});

describe('histories', () => {
  const system = boot('echo done; cat /bin/sh | wc -c');
  const history = new History(system);
  const faults = system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_vm_faults');
  const write = (value: number): void => system.target.write(faults, Uint8Array.from([value, 0, 0, 0]));
  const [first, middle, later] = [150_000, 200_000, 240_000];
  const at = (step: number, n?: number): string => {
    expect(history.goTo(step, n)).toBe(true);
    return hash(system);
  };
  const origins = (): unknown[] =>
    history.histories.map((h) => h.origin && [h.origin.history, h.origin.step, h.origin.by]);
  let end = '';
  let steps: string[];
  beforeAll(() => {
    runOn(system, history, 60e9);
    steps = [first, middle, later].map((step) => at(step));
    expect(history.goToHistory(1)).toBe(true);
    end = hash(system);
    expect(history.end).toBeGreaterThan(later + 10_000);
  }, 60_000);

  it('what is changed in the past makes one of its own; the other is as it was, at any step and its end', () => {
    history.goTo(middle);
    write(7);
    expect(history.history).toBe(2);
    expect(history.end).toBe(middle - 1);
    runOn(system, history, 60e9);
    const mine = hash(system);
    expect(mine).not.toBe(end);
    expect(at(first)).toBe(steps[0]);
    expect(history.history).toBe(2);
    expect(at(middle)).not.toBe(steps[1]);
    expect(system.memory.u32(faults)).toBe(7);
    expect([1, 2, 9].map((n) => history.common(n))).toEqual([middle - 1, history.end, 0]);
    expect(at(middle, 1)).toBe(steps[1]);
    expect(history.history).toBe(1);
    expect(at(later, 1)).toBe(steps[2]);
    history.goToHistory(2);
    expect(history.history).toBe(2);
    history.goToHistory(1);
    expect(hash(system)).toBe(end);
    history.goToHistory(2);
    runOn(system, history, 60e9);
    expect(hash(system)).toBe(mine);
    expect(origins()).toEqual([undefined, [1, middle - 1, { written: faults, bytes: 4 }]]);
  }, 60_000);

  it('a branch of a branch; at the end of one nothing branches; two writes at one place are one change', () => {
    expect(history.goTo(later, 2)).toBe(true);
    history.type('x');
    expect(history.history).toBe(3);
    write(3);
    write(4);
    history.goTo(first);
    history.goTo(later);
    expect([history.history, system.memory.u32(faults)]).toEqual([3, 4]);
    const { courses } = history as unknown as { courses: { current: { changes: unknown[] } } };
    expect(courses.current.changes).toHaveLength(3);
    expect(origins()[2]).toEqual([2, later - 1, { typed: 'x' }]);
    expect(at(later, 1)).toBe(steps[2]);
    expect(history.goTo(later, 9)).toBe(false);
    expect(history.goToHistory(9)).toBe(false);
    expect(history.goTo(1e9, 2)).toBe(false);
    expect([history.history, hash(system)]).toEqual([1, steps[2]]);
  }, 60_000);

  it('those of other histories go first when there is no room; what is left is gone through again', () => {
    const small = boot('echo done; cat /bin/sh | wc -c');
    const past = new History(small, 6 << 20);
    runOn(small, past, 60e9);
    const early = 20_000;
    for (let i = 69; i >= 0; i--) {
      past.goTo(early + 100 * i);
      small.target.write(faults, Uint8Array.from([i]));
    }
    const numbers = past.histories.map((h) => h.number);
    expect(numbers).toHaveLength(64);
    expect(numbers.at(-1)).toBe(71);
    expect(past.goToHistory(1)).toBe(false);
    // History 2 has what 69 stands for, and so on.
    expect(past.goToHistory(60)).toBe(true);
    expect([past.history, past.step]).toEqual([60, early + 100 * 11 - 1]);
    expect(small.memory.u8(faults)).toBe(11);
    past.goTo(early + 1);
    small.target.write(faults, Uint8Array.of(99));
    expect(past.goToHistory(60)).toBe(true);
    expect(small.memory.u8(faults)).toBe(11);
  }, 60_000);
});

describe('what comes from outside', () => {
  it('comes again: what was typed, and what the debugger changed', () => {
    const system = boot(undefined);
    let text = '';
    system.machine.console.onOutput = (s) => {
      text += s;
    };
    const history = new History(system);
    runOn(system, history, 1e9);
    history.type('echo fi');
    runOn(system, history, 1.1e9);
    history.type('rst\n');
    runOn(system, history, 2e9);
    expect(text).toContain('first');
    const marked = history.step;
    const execution = system.target.execution!;
    execution.break(system.symbols.address('vm_fault'), 1, true);
    history.type('/bin/echo second\n');
    expect(runOn(system, history, 3e9)).toBe('step');
    // The debugger counts a fault that was none.
    const faults = system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_vm_faults');
    const count = system.memory.u32(faults);
    system.target.write(faults, Uint8Array.from([7, 0, 0, 0]));
    const changedAt = history.step;
    runOn(system, history, 4e9);
    const end = history.step;
    const last = hash(system);
    expect(system.memory.u32(faults)).toBeLessThan(count);

    history.goTo(changedAt - 1000);
    expect(system.memory.u32(faults)).toBe(count);
    history.goTo(marked - 1000);
    history.goTo(end);
    expect(system.memory.u32(faults)).toBeLessThan(count);
    history.goTo(marked - 1000);
    const before = text;
    runOn(system, history, 4e9);
    expect(hash(system)).toBe(last);
    expect(text.slice(before.length)).toContain('second');

    // Another line at an earlier time: a history of its own.
    history.goTo(marked - 1000);
    const otherwise = text.length;
    history.type('echo other\n');
    expect(history.end).toBe(history.step);
    runOn(system, history, 4e9);
    expect(text.slice(otherwise)).toContain('other');
    expect(text.slice(otherwise)).not.toContain('second');
    expect(history.goToHistory(1)).toBe(true);
    expect([history.step, hash(system)]).toEqual([end, last]);
  }, 120_000);

  it('keeps to the memory that it is given', () => {
    const system = boot('memcheck 14m & cat /bin/sh | wc -c; wait');
    const history = new History(system, 12 << 20);
    expect(runOn(system, history, 20e9)).toBe('halt');
    const { kept } = history as unknown as { kept: { bytes: number; step: number }[] };
    expect(kept.reduce((sum, k) => sum + k.bytes, 0)).toBeLessThan(12 << 20);
    expect(kept[0]!.step).toBe(0);
    const step = history.end >> 2;
    history.goTo(step);
    expect(hash(system)).toBe(plainly(boot('memcheck 14m & cat /bin/sh | wc -c; wait'), step));
  }, 120_000);

  it('needs a kernel that has steps', async () => {
    const fast = createSystem(await loadKernel(), {});
    expect(() => new History(fast)).toThrow('only a kernel in its checked form has steps');
  });
});
