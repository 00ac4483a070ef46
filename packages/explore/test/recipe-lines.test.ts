import { parseReport } from '@trap12/report';
import { describe, expect, test } from 'vitest';
import { coverageOf, coverageText, loadOf } from '../src/index.js';

/*
 * Which of a report's commands are run: a script is run whole and in order, and what is not run is told.
 */

const PROGRAMS = ['dd', 'memcheck', 'hog', 'pool', 'churn', 'swapon', 'sysctl', 'stress', 'cat', 'sort'];
const PANIC = 'panic: vm_page_free: freeing wired page\nDebugger("panic")\n';
const DD = 'dd if=/dev/zero of=/dev/null bs=40m';
const reportOf = (text: string) => parseReport(`${text}\n\n${PANIC}`);
const loadFor = (text: string) => loadOf(reportOf(text), { ramBytes: 64 << 20, programs: PROGRAMS });

describe('of a recipe of several lines', () => {
  test('all are run, in order, in one shell', () => {
    for (const first of ['ulimit -d unlimited', 'swapon /dev/ad0b', 'memcheck 20m']) {
      const load = loadFor(`How to repeat:\n  ${first}\n  ${DD}`);
      expect(load.recipe).toBe(`${first}; ${DD}`);
      expect(load.left).toBeUndefined();
    }
    expect(loadFor(`How to repeat:\n  ulimit -d unlimited\n  hog seq 60m 3 &\n  ${DD}`).recipe).toBe(
      `ulimit -d unlimited; hog seq 60m 3 & ${DD}`,
    );
  });

  test('a line whose program is not here is left out, and told', () => {
    const load = loadFor(`How to repeat:\n  kldload zorp\n  memcheck 70m\n  ${DD}`);
    expect(load.recipe).toBe(`memcheck 70m; ${DD}`);
    expect(load.left).toEqual([{ text: 'kldload zorp', because: 'not on this machine: kldload' }]);
  });

  test('nothing is run behind a line that does not end, and that is told', () => {
    const loop = 'while true; do memcheck 20m; done';
    const load = loadFor(`How to repeat:\n  ${loop}\n  ${DD}`);
    expect(load.recipe).toBe(loop);
    expect(load.left).toEqual([{ text: DD, because: `"${loop}" before it goes on without end` }]);
    expect(loadFor(`How to repeat:\n  ${loop} &\n  ${DD}`).recipe).toBe(`${loop} & ${DD}`);
  });

  test('what the text does not join is told, and not run', () => {
    const load = loadFor(`I ran "memcheck 40m" or "${DD}" and it died.`);
    expect(load.recipe).toBe('memcheck 40m');
    expect(load.left).toEqual([{ text: DD, because: 'the text does not say that it goes with what is run' }]);
  });

  test('lines of which the text says that one of them is enough are no script', () => {
    for (const lead of [
      'Either of these brings it on:',
      'I can reproduce it with any of the following:',
      'How to repeat: run one of these:',
    ])
      expect(loadFor(`${lead}\n\n# memcheck 40m\n# ${DD}`).recipe).toBe('memcheck 40m');
    expect(loadFor(`How to repeat:\n  memcheck 40m\nor\n  ${DD}`).recipe).toBe('memcheck 40m');
  });
});

describe('what only prepares', () => {
  test('is run before what it prepares, wherever that stands', () => {
    expect(loadFor(`How to repeat:\n\n  swapon /dev/ad0b\n\nthen, some days later\n\n  ${DD}`).recipe).toBe(
      `swapon /dev/ad0b; ${DD}`,
    );
  });

  test('is no load by itself, where what it prepares cannot be run', () => {
    expect(() => loadFor('How to repeat:\n  swapon /dev/ad0b\n  make -j4 buildworld')).toThrow(
      /no command that loads this machine: "swapon \/dev\/ad0b" \(by itself it only prepares something\), "make -j4 buildworld" \(not on this machine: make\)/,
    );
    expect(() => loadFor('How to repeat:\n  ulimit -d unlimited\n  make -j4 buildworld')).toThrow(
      /no command that loads this machine: "ulimit -d unlimited" \(by itself it only prepares something\)/,
    );
    expect(() => loadFor('How to repeat:\n  ulimit -d unlimited')).toThrow(/names no command/);
  });

  test('is the load where it is all that the text names', () => {
    expect(loadFor('It panics when I run swapon /dev/ad0b.').recipe).toBe('swapon /dev/ad0b');
  });
});

test('that a program of the name is here is not said to mean that the command can be run', () => {
  const report = reportOf('How to repeat:\n  stress -m 4 --vm-bytes 20m');
  const kernel = { image: { symbols: [] }, executables: PROGRAMS.map((name) => ({ name })) };
  const said = coverageText(report, coverageOf(report, kernel));
  expect(said).toContain('Of the commands that it names, all are here by name.');
  expect(said).not.toContain('can be run');
  const more = reportOf('How to repeat:\n  zorpfs -m 4 && zorp -x\n  stress -m 4 --vm-bytes 20m');
  expect(coverageText(more, coverageOf(more, kernel))).toContain(
    'Of the command lines that it names, 1 of 2 have all their programs here. Programs that are not here: zorpfs, zorp.',
  );
});
