import { expect, test } from 'vitest';
import { type Clashes, clashesText, clashMarks, type Deed } from '../src/index.js';

const deed = (process: string, ns: number, locks: string[]): Deed => ({
  ...{ process, pid: process === 'pool' ? 7 : 3, ns, locks },
  stack: [{ function: 'f', file: 'a.ts', line: 1 }],
});

/** A process that reads a pointer, waits and dies, with the locks that it holds at each. */
function missing(read: string[] | undefined, wait: string[], use: string[], counter?: string): string {
  const lines = clashesText(clashesOf(read, wait, use, counter));
  return lines.slice(lines.indexOf('What is missing:')).join(' ').replace(/\s+/g, ' ').trim();
}

function clashesOf(read: string[] | undefined, wait: string[], use: string[], counter?: string): Clashes {
  const used = deed('vmdaemon', 500, use);
  const changed = deed('pool', 100, ['Giant', 'vm']);
  return {
    waits: deed('vmdaemon', 0, wait),
    untilNs: 400,
    learnt:
      read === undefined
        ? undefined
        : {
            ...{ what: 'proc.p_vmspace', value: 1, struct: 'vmspace', owner: undefined, counter },
            deed: deed('vmdaemon', -1, read),
          },
    clashes: [{ address: 1, what: 'pmap.pm_pdir', old: 1, now: 2, changed, used }],
    more: 0,
    died: used,
  };
}

test('a lock that is held at both ends, and not during the wait', () => {
  expect(missing(['allproc'], [], ['vm'])).toBe(
    'What is missing: Each change and each use was made with vm held, but that was not held during the wait. ' +
      'From its read of proc.p_vmspace to its use vmdaemon held no lock all the way, so none kept others from changing the vmspace. ' +
      'allproc, held at the read, had been given back before the wait.',
  );
});

test('of a lock that is held wherever it was looked at it is not said that it was held all the time', () => {
  expect(missing(['a'], ['a'], ['a'])).toContain(
    'vmdaemon held a at its read of proc.p_vmspace, at the wait and at its use; that did not keep others',
  );
  expect(missing(undefined, ['a'], ['a'])).toContain('vmdaemon held a at the wait and at its use; that');
});

test('a lock that was held during the wait, too, is not one that was given back', () => {
  expect(missing(undefined, ['vm'], ['vm'])).not.toContain('was not held during the wait');
});

test('a struct that counts its users: a reference would do, unless a lock was held all the time', () => {
  expect(missing(['a'], [], ['vm'], 'vm_refcnt')).toContain(
    'A struct vmspace counts who uses it (vm_refcnt)',
  );
  expect(missing(['a'], ['a'], ['a'], 'vm_refcnt')).not.toContain('counts');
  expect(missing(['a'], [], ['vm'])).not.toContain('counts');
});

test('a picture of it has each thing that the account names, in order', () => {
  expect(clashMarks(clashesOf(['a'], [], [])).map(({ ns, pid, does }) => [ns, pid, does])).toEqual([
    [-1, 3, 'reads proc.p_vmspace'],
    [0, 3, 'is kept waiting'],
    [100, 7, 'sets pmap.pm_pdir'],
    [400, 3, 'goes on'],
    [500, 3, 'uses pmap.pm_pdir'],
  ]);
});

test('what is longer than a lane goes on in the next line, whole, within 80 columns', () => {
  const clashes = clashesOf(['a'], [], []);
  const [first] = clashes.clashes;
  first!.what = 'vm_map_entry.a_member_with_a_very_long_name';
  first!.used.stack = [{ function: 'vm_pageout_map_deactivate_pages_of_all', file: 'a.ts', line: 123 }];
  const lines = clashesText(clashes);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  const lanes = lines.slice(lines.findIndex((line) => line.startsWith('       us'))).join('');
  expect(lanes.replace(/\s+/g, '')).toContain('usesvm_map_entry.a_member_with_a_very_long_name');
  expect(lanes.replace(/\s+/g, '')).toContain('invm_pageout_map_deactivate_pages_of_all:123');
});
