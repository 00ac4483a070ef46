import type { Judged, SmallFound } from '@trap12/explore';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { expect, test } from 'vitest';
import { judgingText, verdictLines } from '../src/reproduce-judge.js';

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
  const lines = verdictLines(
    { verdicts, unjudged: [] },
    small as unknown as SmallFound,
    symbols,
    'vm_mtx-20010519',
  );
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

test('is a regime that was to be judged, and is not, named as such?', () => {
  const verdicts = [{ locking: 'giant', judged: judged(2, 51) }];
  const lines = (given: typeof verdicts): string =>
    verdictLines(
      { verdicts: given, unjudged: ['cure'] },
      small as unknown as SmallFound,
      symbols,
      'broken',
    ).join('\n');
  expect(lines(verdicts)).toMatch(/^ {2}giant: survived\n[\s\S]*^ {2}cure: not judged \(interrupted\)\n$/m);
  expect(lines([])).toBe('Whether others fail so is not known:\n  cure: not judged (interrupted)\n');
});

test('does a line on how far judging is name only who is waited for?', () => {
  expect(judgingText(3, ['giant', 'cure'], 12_400)).toBe(
    'judging: 1 of 3 done, waiting for giant, cure since 12 s',
  );
  expect(judgingText(2, [], 10_000)).toBe('judging: 2 of 2 done');
});
