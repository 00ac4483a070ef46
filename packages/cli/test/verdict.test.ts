import type { Judged, SmallFound } from '@trap12/explore';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { expect, test } from 'vitest';
import { verdictLines } from '../src/reproduce-judge.js';

const symbols = new SymbolTable(loadImage());
const hold = { place: 'vm_daemon_note:362', nth: 1, forNs: 8e5 };
const small = { shrunk: { examined: { choices: [{ process: 'vmdaemon/3', hold }] } } };
const judged = (comings: number, other: number, rest: Partial<Judged> = {}): Judged => ({
  ...{ fromNs: 2e9, toNs: 5e9, failed: undefined, complete: true },
  same: { comings, tried: Math.min(comings, 2) },
  other: { comings: other, tried: Math.min(other, 6) },
  ...rest,
});

/** What is said of a regime in a line. */
function saidOf(each: Judged): string {
  const verdicts = [{ locking: 'giant', judged: each }];
  const lines = verdictLines(verdicts, small as unknown as SmallFound, symbols, 'vm_mtx-20010519');
  expect(lines[0]).toBe('The kernel that failed so: vm_mtx-20010519');
  return /^ {2}giant: (.*)$/m.exec(lines.join('\n'))![1]!;
}

test('does a regime survive only where its process came by the place of the failure?', () => {
  expect(saidOf(judged(2, 51))).toBe('survived');
  expect(saidOf(judged(0, 75))).toBe('the place was not reached; nothing failed elsewhere');
  expect(saidOf(judged(2, 51, { complete: false }))).toBe('not judged to the end');
  const failed = { failure: { title: 'panic: x' }, choices: [], coming: undefined, isSame: false };
  expect(saidOf(judged(0, 75, { failed: failed as unknown as Judged['failed'] }))).toBe('fails: panic: x');
});
