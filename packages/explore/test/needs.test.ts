import { coreFile, openDump } from '@trap12/dump';
import { createSystem, type Kernel, runFor } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { Ddb } from '@trap12/ddb';
import { History, completeOptions, snapshotBytes, systemFromSnapshot } from '@trap12/system';
import { compileFile } from '@trap12/system/compile.js';
import { compileKernel, compileScenario, describeScenario } from '@trap12/system/compile-kernel.js';
import { parseReport } from '@trap12/report';
import { SymbolTable } from '@trap12/target';
import {
  Lab,
  lastMessage,
  loadOf,
  matchReports,
  panicText,
  parseCertificate,
  parseSchedule,
  planNamed,
  reproduce,
  type ReproduceOptions,
  search,
} from '../src/index.js';

/* What a program in JavaScript may leave out, or mistake: it is named in one line, with what is accepted. */

const NOTHING = {} as never;
const kernel: Kernel = await loadKernel();

it('each call of docs/api.md names all that it has not got', async () => {
  await expect(reproduce(NOTHING)).rejects.toThrow(
    /^reproduce: no report; accepted: .*; no kernel; .*; no setup; .*SystemOptions.*; no seconds; .*; no attempts; .*; no host; .*$/,
  );
  expect(() => createSystem(undefined as never)).toThrow(
    /^createSystem: no kernel; accepted: what `await loadKernel\(\)` gives$/,
  );
  expect(() => new Lab(NOTHING)).toThrow(
    /^Lab: no kernel; .*; no options; .*; no seconds; .*; no from; accepted: 'start' or 'power-on'$/,
  );
  await expect(search(undefined as never, NOTHING)).rejects.toThrow(
    /^search: no lab; .*; no plan; .*; no seed; .*; no schedules; .*; no host; accepted: a UnitHost/,
  );
  expect(() => openDump(undefined as never, undefined as never)).toThrow(
    /^openDump: no bytes; accepted: a Uint8Array; no symbols; accepted: a SymbolTable$/,
  );
  expect(() => coreFile(undefined as never)).toThrow(
    /^coreFile: no target; accepted: the target of a system/,
  );
  await expect(runFor(undefined as never, undefined as never, undefined as never)).rejects.toThrow(
    /^runFor: no machine; .*; no seconds; .*; no host; accepted: a RunHost, as `new NodeHost\(\)`$/,
  );
});

it('and what is something else', async () => {
  expect(() => createSystem(loadKernel() as never)).toThrow(
    /^createSystem: kernel \(an object\): accepted: .*await/,
  );
  expect(() => createSystem(kernel, null as never)).toThrow(/^createSystem: options null: accepted: /);
  const system = createSystem(kernel, { ramBytes: 8 << 20, swapBytes: 0 });
  expect(() => coreFile(system as never)).toThrow(/^coreFile: target \(an object\): accepted: /);
  const host = { turn: () => Promise.resolve() };
  await expect(runFor(system as never, 1, host)).rejects.toThrow(
    /^runFor: machine \(an object\): accepted: /,
  );
  await expect(runFor(system.machine, Number.NaN, host)).rejects.toThrow(/^runFor: seconds NaN: accepted: /);
  await expect(runFor(system.machine, -1, host)).rejects.toThrow(
    /^runFor: seconds -1: accepted: a number from 0 on, of virtual seconds$/,
  );
  for (const slice of [0, Number.NaN, '1'] as never[])
    await expect(runFor(system.machine, 1, host, slice)).rejects.toThrow(/^runFor: sliceNs .*: accepted: /);
  expect(await runFor(system.machine, 0, host)).toBe('time');
});

const wrong = <T>(value: unknown): T => value as T;
const HOST = { turn: () => Promise.resolve(), clock: () => 0 };
const SMALL = { ramBytes: 8 << 20, swapBytes: 0 };
const report = parseReport(
  'panic: ffs_write: dir write\ncpuid = 0\nKDB: stack backtrace:\npanic() at panic+0x43\nffs_write() at ffs_write+0x2f\n',
);

it('options of a search for a report, of which there are no others', async () => {
  const options = { report, kernel, setup: SMALL, seconds: 1, attempts: 0, looks: 0, host: HOST };
  const bad: [string, unknown, RegExp][] = [
    ['strategy', 'lok-gap', /strategy "lok-gap": accepted: lock-gap, random-delay$/],
    ['load', 'ls', /load "ls": accepted: what loadOf\(\) gives$/],
    ['load', 5, /load 5: accepted: /],
    ['looks', -1, /looks -1: accepted: a whole number from 0 on$/],
    ['looks', 1.5, /looks 1.5: accepted: /],
    ['attempts', 1.5, /attempts 1.5: accepted: a whole number from 0 on$/],
    ['seconds', '1', /seconds "1": accepted: a number from 0 on/],
    ['suspect', 5, /suspect 5: accepted: a string$/],
    ['anyPanic', 'no', /anyPanic "no": accepted: true or false$/],
    ['onOutcome', 5, /onOutcome 5: accepted: a function$/],
    ['make', {}, /make \(an object\): accepted: a function$/],
    ['crew', {}, /crew \(an object\): accepted: a Crew/],
    ['setup', [], /setup \(an array\): accepted: options of a machine/],
    ['atempts', 5, /no option atempts; accepted: report, kernel, .*, looks, /],
  ];
  for (const [name, value, message] of bad) {
    const given = wrong<ReproduceOptions>({ ...options, [name]: value });
    await expect(reproduce(given)).rejects.toThrow(RangeError);
    await expect(reproduce(given)).rejects.toThrow(new RegExp(`^reproduce: ${message.source}`));
  }
  const load = { command: ':', recipe: ':', from: 'given', background: { name: 'none', command: '' } };
  expect(await reproduce(wrong({ ...options, load, strategy: undefined }))).toMatchObject({ outcomes: [] });
});

it('and of a search for schedules, and of its lab', async () => {
  const setup = {
    kernel,
    scenario: undefined,
    options: { ...SMALL, command: ':' },
    seconds: 1,
    from: 'start',
  };
  const lab = new Lab(wrong(setup));
  const options = { plan: planNamed('portfolio'), seed: 1, schedules: 0, host: HOST };
  expect((await search(lab, options)).tries).toBe(0);
  for (const [name, value, message] of [
    ['schedule', 5, /^search: no option schedule; accepted: lab, plan, seed, schedules, host, seconds, /],
    ['seconds', -1, /^search: seconds -1: accepted: a number from 0 on/],
    ['all', 'yes', /^search: all "yes": accepted: true or false$/],
    ['novelty', 1, /^search: novelty 1: accepted: /],
    ['crew', {}, /^search: crew \(an object\): accepted: a function$/],
  ] as const)
    await expect(search(lab, wrong({ ...options, [name]: value }))).rejects.toThrow(message);
  expect(() => new Lab(wrong({ ...setup, second: 1 }))).toThrow(/^Lab: no option second; accepted: kernel, /);
  expect(() => new Lab(wrong({ ...setup, guard: 5 }))).toThrow(/^Lab: guard 5: accepted: a function$/);
  expect(() => new Lab(wrong({ ...setup, scenario: {} }))).toThrow(
    /^Lab: scenario \(an object\): accepted: the scenario that compileScenario\(\) gives$/,
  );
});

it('a past, a debugger, a snapshot', async () => {
  const system = createSystem(await loadKernel(undefined, 'checked'), SMALL);
  const history = new History(system);
  history.run(1e6);
  const { step } = history;
  for (const value of ['x', Number.NaN, -5, 1.5, null, {}]) {
    const refused = /^goTo: step .*: accepted: a whole number from 0 on$/;
    expect(() => history.goTo(wrong(value))).toThrow(refused);
    expect(() => history.goToHistory(wrong(value))).toThrow(/^goToHistory: history .*: accepted: /);
    expect(() => history.goTo(1, wrong(value))).toThrow(/^goTo: history .*: accepted: /);
    expect(() => history.common(wrong(value))).toThrow(/^common: history .*: accepted: /);
    expect(() => history.back('step', wrong(value))).toThrow(/^back: count .*: accepted: /);
    expect(() => history.run(wrong(value === 1.5 ? '1.5' : value))).toThrow(/^run: untilNs .*: accepted: /);
  }
  expect(() => history.goTo(wrong(undefined))).toThrow(/^goTo: no step; accepted: /);
  expect(() => history.goToTime(Number.NaN)).toThrow(/^goToTime: nowNs NaN: accepted: a number from 0 on$/);
  expect(() => history.back(wrong('setp'))).toThrow(/^back: how "setp": accepted: step, until, call, cont/);
  expect(() => history.type(wrong(5))).toThrow(/^type: text 5: accepted: a string$/);
  expect(() => system.machine.type(wrong(5))).toThrow(/^type: text 5: accepted: a string$/);
  expect(() => new History(wrong(5))).toThrow(/^History: system 5: accepted: what createSystem\(\) gives$/);
  expect(() => new History(system, wrong('9'))).toThrow(/^History: most "9": accepted: a number/);
  expect([history.step, history.goTo(0), history.goTo(1e20), history.goTo(step)]).toEqual([
    ...[step, false, false, true],
  ]);
  // What the debugger reads may be any number.
  const ddb = new Ddb(system.target);
  expect(ddb.execute(`goto ${'9'.repeat(400)}`).join()).toContain('accepted: 1 to');
  expect(() => new Ddb(wrong(5))).toThrow(/^Ddb: target 5: accepted: the target of a system or of a dump$/);
  expect(() => new Ddb(system.target, wrong(5))).toThrow(/^Ddb: resume 5: accepted: a function$/);
  expect(() => ddb.complete(wrong(5))).toThrow(/^complete: line 5: accepted: a string$/);
  const options = completeOptions(SMALL);
  expect(() => snapshotBytes(wrong(5), options)).toThrow(/^snapshotBytes: system 5: accepted: what createSy/);
  expect(() => snapshotBytes(system, wrong(undefined))).toThrow(/^snapshotBytes: no options; accepted: all /);
  expect(() => systemFromSnapshot(kernel, wrong('x'))).toThrow(/^systemFromSnapshot: bytes "x": accepted: a/);
  expect(() => systemFromSnapshot(wrong(5), new Uint8Array())).toThrow(/^systemFromSnapshot: kernel 5: acce/);
  expect(() => completeOptions(wrong(undefined))).toThrow(
    /^completeOptions: no options; accepted: options o/,
  );
  expect(() => createSystem(kernel, wrong([]))).toThrow(/^createSystem: options \(an array\): accepted: opt/);
  expect(() => createSystem(kernel, wrong(new Map()))).toThrow(/^createSystem: options \(an object\): accep/);
  expect(() => createSystem(kernel, SMALL, wrong(5))).toThrow(/^createSystem: earlier 5: accepted: what cre/);
});

it('kernels, programs, texts', async () => {
  const system = createSystem(kernel, SMALL);
  await expect(loadKernel(wrong(5))).rejects.toThrow(/^loadKernel: dir 5: accepted: the path of a folder/);
  const calls: [() => unknown, RegExp][] = [
    [() => compileKernel(wrong(undefined)), /^compileKernel: no patches; accepted: an array of paths of pat/],
    [() => compileKernel(wrong('p.ts')), /^compileKernel: patches "p.ts": accepted: an array of paths/],
    [() => compileKernel([], wrong('chekced')), /^compileKernel: form "chekced": accepted: fast, checked$/],
    [() => compileScenario(wrong(5)), /^compileScenario: path 5: accepted: a string$/],
    [
      () => compileScenario('s.ts', wrong([5])),
      /^compileScenario: patches \(an array\): accepted: an array /,
    ],
    [() => describeScenario(wrong(5)), /^describeScenario: path 5: accepted: a string$/],
    [() => compileFile(wrong(5)), /^compileFile: path 5: accepted: a string$/],
    [() => new SymbolTable(wrong(5)), /^SymbolTable: image 5: accepted: a kernel's image/],
    [() => panicText(wrong(5), ''), /^panicText: target 5: accepted: the target of a system or of a dump$/],
    [() => panicText(system.target, wrong(5)), /^panicText: console 5: accepted: a string$/],
    [() => lastMessage(wrong(5)), /^lastMessage: console 5: accepted: a string$/],
    [() => parseSchedule(wrong(5)), /^parseSchedule: text 5: accepted: a string$/],
    [() => parseCertificate(wrong(undefined)), /^parseCertificate: no text; accepted: a string$/],
    [() => loadOf(wrong(undefined), { ramBytes: 1 }), /^loadOf: no report; accepted: what parseReport\(\) g/],
    [() => loadOf(report, wrong(undefined)), /^loadOf: no choice; accepted: an object$/],
    [() => loadOf(report, wrong({})), /^loadOf: no ramBytes; accepted: a number from 0 on$/],
    [() => loadOf(report, wrong({ ramBytes: 1, given: 5 })), /^loadOf: given 5: accepted: a string$/],
    [() => matchReports(wrong(undefined), report), /^matchReports: no wanted; accepted: what parseReport/],
    [() => matchReports(report, wrong(5)), /^matchReports: got 5: accepted: what parseReport/],
  ];
  for (const [call, message] of calls) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  }
});

it('an address, a length, a field, a type', () => {
  const { memory, symbols } = createSystem(kernel, SMALL);
  const proc = symbols.address('proc0');
  expect(memory.bytes(proc, 0)).toHaveLength(0);
  expect(memory.bytes(proc | 0, 4)).toEqual(memory.bytes(proc, 4));
  const calls: [() => unknown, RegExp][] = [
    ...['4', -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY, 1e12].map((length): [() => unknown, RegExp] => [
      () => memory.bytes(proc, wrong(length)),
      /^bytes: length .*: accepted: a whole number from 0 to 2\^32$/,
    ]),
    [
      () => memory.bytes(proc, wrong(undefined)),
      /^bytes: no length; accepted: a whole number from 0 to 2\^32$/,
    ],
    [() => memory.bytes(wrong('x'), 4), /^bytes: va "x": accepted: an address, a whole number$/],
    [() => memory.wordAt(wrong('x')), /^wordAt: va "x": accepted: an address, a whole number$/],
    [() => memory.u32(wrong('x')), /^memory: va "x": accepted: an address/],
    [() => memory.u8(Number.NaN), /^memory: va NaN: accepted: an address/],
    [() => memory.string(proc, -1), /^string: limit -1: accepted: a whole number from 0 to 2\^32$/],
    [() => memory.string(wrong(undefined)), /^string: va undefined: accepted: an address/],
    [() => memory.field('proc', Number.NaN, 'p_pid'), /^field: base NaN: accepted: an address, a whole numb/],
    [() => memory.field('proc', wrong('0'), 'p_pid'), /^field: base "0": accepted: an address/],
    [() => memory.field('proc', proc, wrong(undefined)), /^field: no path; accepted: a string$/],
    [() => memory.address('proc', Number.NaN, 'p_pid'), /^address: base NaN: accepted: an address/],
    [() => memory.value(wrong('nope'), { kind: 'void' }), /^value: at "nope": accepted: an address/],
    [() => memory.value(proc, wrong(undefined)), /^value: type undefined: accepted: a type of the image/],
  ];
  for (const [call, message] of calls) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  }
});
