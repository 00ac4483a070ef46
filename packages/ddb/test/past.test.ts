import { createSystem, History, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { Ddb } from '../src/index.js';

const checked = await loadKernel(undefined, 'checked');
const KERNBASE = 0xc000_0000;

/** One run, gone back in by all tests: they leave it where it stands. */
let system: System;
let history: History;
let ddb: Ddb;
let fault = 0;
beforeAll(() => {
  system = createSystem(checked, {
    ramBytes: 16 << 20,
    command: 'memcheck 2m; cat /bin/sh | wc -c',
    seed: 7,
  });
  history = new History(system);
  const execution = system.target.execution!;
  ddb = new Ddb(system.target, () => undefined);
  const { machine, memory, symbols } = system;
  execution.break(symbols.address('vm_page_insert'), 1, false);
  // In a page fault of memcheck's, with a page just allocated.
  let why: string = 'time';
  for (let faults = 0; why !== 'halt' && faults < 40; ) {
    why = history.run(machine.now() + 2e7);
    const mine = memory.string(memory.address('proc', machine.cpu.context, 'p_comm')) === 'memcheck';
    if (why !== 'step' || !mine) continue;
    ddb.stopped();
    if (say('t').some((line) => line.startsWith('trap_uservm'))) faults++;
  }
  expect(why).toBe('step');
  fault = history.step + 1;
  execution.deleteBreakpoint(symbols.address('vm_page_insert'));
  while (why !== 'halt') why = history.run(machine.now() + 2e7);
  history.goTo(fault);
  ddb.stopped();
}, 60_000);

const say = (line: string): string[] => ddb.execute(line);
const stepOf = (lines: string[], n = 0): number =>
  Number(lines.map((l) => /^\tstep (\d+), /.exec(l)?.[1]).filter((s) => s !== undefined)[n]);
/** What memory holds before a step; the machine stands where it stood afterwards. */
function at<T>(step: number, look: () => T): T {
  history.goTo(step);
  ddb.stopped();
  const seen = look();
  history.goTo(fault);
  ddb.stopped();
  return seen;
}

it('a way that is given up, wherever that is: the machine stands where it stood', () => {
  const state = (): number[] => [history.step + 1, history.now(), ...system.machine.reg];
  const before = state();
  const back = (): void => {
    history.goTo(fault);
    ddb.stopped();
  };
  const asked: string[] = [];
  const commands = ['rcontinue', 'rstep,3', 'goto 0.1s', 'first-write cnt.v_vm_faults'];
  for (const command of commands) {
    const answer = say(command);
    back();
    let givenUp = 0;
    for (let isOver = false; !isOver; ) {
      let asks = 0;
      history.givesUp = () => ++asks > givenUp;
      const said = say(command);
      isOver = asks <= givenUp;
      history.givesUp = () => false;
      const interrupted = ['interrupted: no answer up to there; the machine stands where it stood'];
      expect(said).toEqual(isOver ? answer : interrupted);
      if (isOver) back();
      else givenUp++;
      expect(state()).toEqual(before);
    }
    if (givenUp > 0) asked.push(command);
  }
  // Of a way that is short nobody is asked.
  expect(asked).toEqual(expect.arrayContaining(['rcontinue', 'rstep,3', 'first-write cnt.v_vm_faults']));
}, 60_000);

describe('stores and loads', () => {
  const word = (): number => system.memory.u32(system.symbols.address('cnt') + 0x14);

  it('of a field by its name: the last, the first, the next, each as memory was and became', () => {
    const now = word();
    const last = say('last-write cnt.v_vm_faults');
    expect(last[0]).toBe(`cnt+0x14\t${(now - 1).toString(16)}\t=\t${now.toString(16)}`);
    expect(last[2]).toMatch(/^\tby vm_fault1\+0x7\tvm\/vm_fault\.ts:\d+$/);
    expect(at(stepOf(last), word)).toBe(now - 1);
    expect(at(stepOf(last) + 1, word)).toBe(now);
    const next = say('next-write cnt+14');
    expect(next[0]).toBe(`cnt+0x14\t${now.toString(16)}\t=\t${(now + 1).toString(16)}`);
    expect(at(stepOf(next), word)).toBe(now);
    const first = say('first-write cnt+14');
    expect(first[0]).toBe('cnt+0x14\t0\t=\t1');
    expect(at(stepOf(first), word)).toBe(0);
    // What increments it reads it.
    const read = say('next-read cnt+14');
    expect(read[0]).toBe(`cnt+0x14\t${now.toString(16)}`);
    expect(stepOf(read)).toBe(stepOf(next));
    expect(history.step + 1).toBe(fault);
  }, 60_000);

  it('of what was there before count, unless only changes are wanted; with the stack', () => {
    const same = say('last-write time_second');
    expect(same[0]).toMatch(/^time_second\t(\w+)\t=\t\1$/);
    // So short a time after power-on it is what it was.
    expect(say('last-write/c time_second')).toEqual(['not stored to since power-on, or since it is mapped']);
    const faults = say('last-write/ct cnt.v_vm_faults');
    expect(faults.slice(3).map((l) => l.replace(/\(.*/, ''))).toEqual(
      expect.arrayContaining(['\tvm_fault1', '\tvm_fault', '\ttrap_uservm']),
    );
  }, 60_000);

  it('of a program: in the memory of the process that stands, by the instruction of the program', () => {
    const heap = say('last-write 6000');
    expect(heap[1]).toMatch(/, pid \d+ "memcheck"$/);
    expect(heap[2]).toMatch(/^\tby \w+\+0x\w+ of the program\tuserland\/usr\//);
    expect(say('next-write 6000')).toEqual([
      expect.stringMatching(/^0x6000\t\w+\t=\tnot mapped$/),
      expect.any(String),
      expect.stringMatching(/^\tby pmap_remove_pages\+0x\w+, unmapped\ti386\/pmap\.ts:\d+$/),
    ]);
  }, 60_000);

  it('and any time can be gone to: the first step that is not before it', () => {
    const { machine } = system;
    const wanted = machine.now() - 100_000;
    const seconds = (wanted / 1e9).toFixed(9);
    const step = at(fault, () => Number(/step (\d+)$/.exec(say(`goto ${seconds}`).at(-1)!)?.[1]));
    expect(at(step, () => machine.now())).toBeGreaterThanOrEqual(wanted);
    expect(at(step - 1, () => machine.now())).toBeLessThan(wanted);
    expect(at(fault, () => say('goto 0s').at(-1))).toMatch(/step 1$/);
    expect(say('goto 99s')).toEqual(['99 s: the machine has not been there']);
    expect(history.step + 1).toBe(fault);
    expect(say('goto 1.5.5')[0]).toMatch(/^no mark/);
  }, 60_000);

  it('say what they cannot look for', () => {
    expect(say('last-write m')).toEqual(['m lies in no memory: its function has it in a register']);
    expect(say('last-write curproc->p_nothing')[0]).toMatch(/^curproc, 0x\w+, has no part p_nothing$/);
    expect(say('last-write cnt,1001')).toEqual(['size 4097: accepted: 1 to 4096']);
    expect(say('next-read cnt,0')).toEqual(['size 0: accepted: 1 to 4096']);
    expect(say('first-write 10')).toEqual([
      'not stored to since power-on, or since it is mapped; nothing is mapped there now',
    ]);
    expect(say('last-write no_such')).toEqual(['Symbol not found']);
    const other = new Ddb(
      createSystem(checked, { ramBytes: 16 << 20, command: ':' }).target,
      () => undefined,
    );
    for (const command of ['next-write cnt', 'next-read cnt', 'first-write cnt', 'who cnt', 'events'])
      expect(other.execute(command)[0]).toMatch(/^Needs a machine whose past is remembered/);
  }, 60_000);
});

describe('who', () => {
  const functions = (lines: string[]): string[] =>
    lines.map((l) => /^\t(\w+)\(/.exec(l)?.[1] ?? '').filter((name) => name !== '');

  it('has an item of a zone: who took it, with the stack', () => {
    const said = say('who curproc->p_stat');
    expect(said[0]).toMatch(/^an item of zone "PROC", \d+ bytes at 0x(\w+), 0x\w+ into it: in use$/);
    const item = Number.parseInt(/at 0x(\w+)/.exec(said[0]!)![1]!, 16);
    expect(item).toBe(system.machine.cpu.context >>> 0);
    expect(functions(said)).toEqual(expect.arrayContaining(['zone_pop', 'zalloc', 'fork1']));
    // The mark that says that it is free was there before that store, and was not behind it.
    const mark = (): number => system.memory.u32(item + 4);
    const step = stepOf(said);
    const free = system.symbols.constant('ZENTRY_FREE');
    expect([at(step, mark), at(step + 1, mark)]).toEqual([free, 0]);
  }, 60_000);

  it('has a page of a process, and the vm_page for it: taken in the fault that stands', () => {
    const said = say('who m');
    expect(said[0]).toBe('who: m lies in no memory: its function has it in a register'.slice(5));
    const m = /\bm = (0x\w+) /.exec(say('bt full').join('\n'))![1]!;
    const page = say(`who ${m.slice(2)}`);
    expect(page[0]).toMatch(/^the vm_page of a page, \d+ bytes at 0xc\w+: in use$/);
    expect(functions(page).slice(0, 3)).toEqual(['vm_page_alloc', 'vm_fault_walk', 'vm_fault1']);
    expect(stepOf(page)).toBeLessThan(fault);
    expect(stepOf(page)).toBeGreaterThan(fault - 200);
    expect(say('who 6000')[0]).toMatch(/^0x6000 lies in memory of pid \d+ "memcheck", in the page$/);
    expect(say('who $esp')[0]).toMatch(/lies in the kernel stack of pid \d+ "memcheck", in the page$/);
  }, 60_000);

  it('has a block of malloc, and says what was never allocated or is nowhere', () => {
    const said = say('who *kmembase+20');
    expect(said[0]).toMatch(/^a block of malloc\(9\), \d+ bytes at 0x\w+, 0x20 into it: in use$/);
    expect(functions(said).slice(0, 3)).toEqual(['malloc_check', 'malloc_take', 'malloc']);
    expect(say('who cnt+14')).toEqual([
      expect.stringMatching(/ lies in the kernel's variable cnt, never allocated$/),
    ]);
    expect(say('who vm_fault')).toEqual([
      expect.stringMatching(/ lies in the kernel's function vm_fault, never/),
    ]);
    expect(say('who 10')).toEqual(['*** error reading from address 10 ***']);
    expect(say('who')).toEqual(['who: an address']);
    // Everywhere, it gives an answer of its own.
    for (let at = KERNBASE; at < KERNBASE + (16 << 20); at += 0x3f_f0f3)
      expect(say(`who ${at.toString(16)}`).join()).not.toContain('internal error');
  }, 60_000);
});

describe('events', () => {
  it('tell of locks, traps, allocations, at the steps of the run itself', () => {
    const hashes = [history.step, system.machine.now()];
    const said = say(`events ${fault - 400} ${fault}`);
    const steps = said.map((l) => Number(/^ *(\d+) /.exec(l)?.[1]));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const text = said.join('\n');
    expect(text).toMatch(/trap 0xc at 0x\w+\n/);
    expect(text).toMatch(/takes mutex "vm" \(vm_mtx\)\n/);
    expect(text).toMatch(/calls vm_page_alloc\(\w+,\w+,\w+\)/);
    expect([history.step, system.machine.now()]).toEqual(hashes);
    // The step that is told of the lock is the one that takes it: the owner is there behind it.
    const taken = Number(/(\d+) [^\n]*takes mutex "vm"/.exec(text)![1]);
    const owner = (): number => system.memory.field('mtx', system.symbols.address('vm_mtx'), 'mtx_lock') & ~3;
    expect(at(taken + 1, owner)).toBe(system.machine.cpu.context & ~3);
    const called = Number(/(\d+) [^\n]*calls vm_page_alloc/.exec(text)![1]);
    expect(at(called, () => say('t')[0])).toMatch(/^vm_page_alloc\(/);
  }, 60_000);

  it('have steps that the machine has been at, in order, and not too many', () => {
    const end = history.end + 1;
    expect(say('events 0')).toEqual([`steps 0 to 1000: accepted: 1 to ${end}, in order`]);
    expect(say('events 5 4')).toEqual([`steps 5 to 4: accepted: 1 to ${end}, in order`]);
    expect(say(`events ${end} ${end + 1}`)[0]).toContain(`accepted: 1 to ${end}`);
    expect(say('events 1 300000')).toEqual(['299999 steps: accepted: up to 200000']);
    expect(say('events x')).toEqual(['events: x is neither a step nor a mark']);
    expect(say('events 1 2 3')).toEqual(['events: [from [to]]']);
    expect(say('events 1 1')).toEqual(['nothing between steps 1 and 1']);
  });
});

describe('histories', () => {
  it('begin where somebody changes the past, say so, and can be gone over to', () => {
    const { end } = history;
    const told = (n: number, from: number): string =>
      `history ${n} begins at step ${fault}; what came after stays: 'history ${from}' goes to its end, step `;
    const count = system.memory.u32(system.symbols.address('cnt') + 0x14);
    say('mark here');
    expect(say('write cnt+14 77').at(-1)).toBe(`${told(2, 1)}${end + 1}`);
    expect(say('write cnt+14 78')).toHaveLength(1);
    expect(say('print/x *(cnt+14)')[0]?.trim()).toBe('78');
    expect(say('history')).toEqual([
      expect.stringMatching(new RegExp(`^   1  from power-on; to step ${end + 1}, [\\d.]+ s, it halts$`)),
      expect.stringMatching(
        new RegExp(`^\\*  2  from 1 at step ${fault}, [\\d.]+ s: cnt\\+0x14 written; to step ${fault}, `),
      ),
    ]);
    expect(say('rstep').at(-1)).toMatch(/step \d+ of history 2$/);
    expect(say('call mi_switch')).toEqual([expect.stringContaining('may sleep')]);
    expect(say('call procrunnable()').at(-1)).toMatch(/^history 3 begins at step \d+; .*'history 2' goes/);
    expect(say('history').at(-1)).toMatch(/: procrunnable called; to step/);
    // A mark is of its history; its step is one of them all up to where they part.
    expect(say('mark')).toEqual([expect.stringMatching(/^ *\d+ {2}here, of history 1$/)]);
    expect(say('goto here').at(-1)).toMatch(new RegExp(`step ${fault} of history 1$`));
    expect(say('print/d *(cnt+14)')[0]?.trim()).toBe(String(count));
    expect(say('history 2').at(-1)).toMatch(new RegExp(`step ${fault} of history 2$`));
    expect(say('print/x *(cnt+14)')[0]?.trim()).toBe('78');
    expect(say('history 1 5').at(-1)).toMatch(/step 5 of history 1$/);
    expect(say('history 9')).toEqual(['history 9: accepted: 1, 2, 3']);
    expect(say('history 2 99999999')).toEqual([`step 99999999: accepted: 1 to ${fault}`]);
    expect(say('history x')).toEqual(['history: [number [step]]']);
    expect(say('histories')).toEqual(say('history'));
    say(`history 1 ${fault}`);
    expect([history.history, history.end]).toEqual([1, end]);
  }, 60_000);
});
