import { coreFile, openDump } from '@trap12/dump';
import { createSystem, type Kernel, runFor } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { Lab, reproduce, search } from '../src/index.js';

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
    /^createSystem: kernel is none; accepted: .*await/,
  );
  expect(() => createSystem(kernel, null as never)).toThrow(/^createSystem: options is none; accepted: /);
  const system = createSystem(kernel, { ramBytes: 8 << 20, swapBytes: 0 });
  expect(() => coreFile(system as never)).toThrow(/^coreFile: target is none; /);
  const host = { turn: () => Promise.resolve() };
  await expect(runFor(system as never, 1, host)).rejects.toThrow(/^runFor: machine is none; /);
  await expect(runFor(system.machine, Number.NaN, host)).rejects.toThrow(/^runFor: seconds is none; /);
  expect(await runFor(system.machine, 0, host)).toBe('time');
});
