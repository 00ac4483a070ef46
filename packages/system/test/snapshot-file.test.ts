import { decode, encode } from '@trap12/machine';
import { expect, it } from 'vitest';
import {
  createSystem,
  DEFAULT_OPTIONS,
  snapshotBytes,
  SnapshotError,
  systemFromSnapshot,
} from '../src/index.js';
import { loadKernel } from '../src/node.js';

/* A saved machine that somebody has made by hand, or that was damaged where no sum tells. */

const HEAD = 12;
const kernel = await loadKernel();
const options = { ...DEFAULT_OPTIONS, ramBytes: 4 << 20, swapBytes: 0, command: 'sleep 100' };
const saved = snapshotBytes(createSystem(kernel, options), options);

/** The file with its record changed. */
function changed(change: (record: Record<string, unknown>) => void): Uint8Array {
  const record = decode(saved.subarray(HEAD)) as Record<string, unknown>;
  change(record);
  return new Uint8Array([...saved.subarray(0, HEAD), ...encode(record)]);
}

const cases: [string, (record: Record<string, unknown>) => void][] = [
  ['no options', (r) => delete r.options],
  ['an option that is none', (r) => Object.assign(r.options as object, { nope: 1 })],
  ['an impossible machine', (r) => Object.assign(r.options as object, { ncpu: 99 })],
  ['more memory than it is of', (r) => Object.assign(r, { pageCount: 1 << 20 })],
  ['a number of pages that is none', (r) => Object.assign(r, { pageCount: -1 })],
  ['no devices', (r) => Object.assign(r, { devices: null })],
];

it.each(cases)('%s: what is wrong, in one line', (_, change) => {
  const bytes = changed(change);
  expect(() => systemFromSnapshot(kernel, bytes)).toThrow(SnapshotError);
  expect(() => systemFromSnapshot(kernel, bytes)).toThrow(
    /^it is damaged: no machine has such a state \([^\n]*\)$/,
  );
});

it('as it was it is read', () => {
  expect(
    systemFromSnapshot(
      kernel,
      changed(() => {}),
    ).options.command,
  ).toBe('sleep 100');
});
