import { createSystem, History } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, expect, it } from 'vitest';
import { Ddb } from '../src/index.js';

/*
 * Places of a boot at which the machine stands that a debugger is asked about: before anything is there, and
 * where half of it is.
 */

let history: History;
let ddb: Ddb;
let last = 0;
/** In the middle of a fork: the new process has no stack yet. */
const forks: number[] = [];
/** Before that: where its structure has not been filled in, and where what it begins from has not. */
const unfilled: number[] = [];
/** So many steps after the last of these it has begun to have what it begins from. */
const FILLING = 36;

beforeAll(async () => {
  const system = createSystem(await loadKernel(undefined, 'checked'), {
    ramBytes: 16 << 20,
    command: 'true',
  });
  const { machine, symbols, target } = system;
  history = new History(system);
  ddb = new Ddb(target, () => undefined);
  const execution = target.execution!;
  for (const name of ['fork_copyproc', 'cpu_fork']) {
    execution.break(symbols.address(name), 1, true);
    while (history.run(machine.now() + 2e7) !== 'step');
    unfilled.push(history.step + 1);
  }
  // The first page of a stack is looked for: the stack has an address, and nothing is there.
  const places = ['pmap_new_proc', 'kmem_alloc_nofault', 'vm_page_grab'].map((name) => symbols.address(name));
  let next = 0;
  execution.break(places[next]!, 1, true);
  let why: string = 'time';
  while (why !== 'halt') {
    why = history.run(machine.now() + 2e7);
    if (why !== 'step') continue;
    if (next === 2) forks.push(history.step + 1);
    next = (next + 1) % 3;
    execution.break(places[next]!, 1, true);
  }
  last = history.step;
  execution.deleteBreakpoint(places[next]!);
}, 60_000);

/** What the debugger says to a line, of a machine that stands before a step. */
function at(step: number, line: string): string {
  history.goTo(step);
  ddb.stopped();
  return ddb.execute(line).join('\n');
}

it('has each show command an answer wherever the machine stands', { timeout: 120_000 }, () => {
  const commands = [...at(1, 'help').matchAll(/^show (\w+)/gm)].map(([, name]) => name!);
  expect(commands).toContain('buffer');
  expect(commands).toContain('invariants');
  const steps = [
    1,
    1000,
    10_000,
    30_000,
    60_000,
    100_000,
    150_000,
    200_000,
    ...forks.slice(0, 2),
    forks.at(-1)!,
    last,
  ];
  expect(forks.length).toBeGreaterThan(3);
  for (const step of steps)
    for (const name of commands) {
      const said = at(step, `show ${name}`);
      expect([step, name, /^\*\*\* error reading|internal error/m.exec(said)?.[0]]).toEqual([
        step,
        name,
        undefined,
      ]);
      expect([step, name, said === '']).toEqual([step, name, false]);
    }
});

it('is it said what is not there yet?', () => {
  expect(at(1000, 'show buffer')).toBe('no physical buffers yet');
  expect(at(1000, 'show buffer c0142260')).toBe('no physical buffers yet');
  expect(at(1000, 'show invariants')).toBe('the vm system is not set up yet');
  expect(at(1000, 'show page c0142260')).toMatch(/ is no page: there are none yet \*\*\*$/);
  expect(at(forks.at(-1)!, 'show threads')).toMatch(/\) SIDL: being made: its stack is not ready yet$/m);
  const [, pid] = /^ *(\d+) \(.*: being made/m.exec(at(forks.at(-1)!, 'show threads'))!;
  expect(at(forks.at(-1)!, `trace ${pid}`)).toContain('is being made: its stack is not ready yet');
  for (const step of unfilled) {
    expect(at(step, 'show threads')).toMatch(/^ *1 \(.*\) SIDL: being made: its stack is not ready yet$/m);
    expect(at(step, 'trace 1')).toBe('pid 1 is being made: its stack is not ready yet');
    expect(at(step, 'show proc 1')).toMatch(/^ being made: its stack is not ready yet$/m);
  }
  // The stack is filled in piece by piece, the copy of the parent's registers first.
  const said = Array.from({ length: FILLING }, (_, i) => at(unfilled[1]! + i, 'show threads'));
  const ready = said.findIndex((text) => !/^ *1 .* SIDL: being made: /m.test(text));
  expect(ready).toBeGreaterThan(1);
  for (const text of said.slice(ready))
    expect(text).toMatch(/^ *1 .* SIDL: stack .* switched out at fork_trampoline$/m);
  expect(at(last, 'show buffer')).toMatch(/^\d+ physical buffers, \d+ free$/m);
  expect(at(last, 'show invariants')).toMatch(/: 0 problems$/);
});
