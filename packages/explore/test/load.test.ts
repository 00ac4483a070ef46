import { readFileSync } from 'node:fs';
import { parseReport } from '@trap12/report';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { BACKGROUNDS, examine, Lab, loadOf, reproduce, STANDARD, unfailedText } from '../src/index.js';
import { mutate } from './mutant.js';

const example = parseReport(readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url)));
const kernel = await loadKernel();
const PROGRAMS = kernel.executables.map((each) => each.name);
const MB = 1 << 20;

describe('what is a machine loaded with?', () => {
  test("the report's recipe, for this memory, beside the usual background", () => {
    const load = loadOf(example, { ramBytes: 64 * MB, programs: PROGRAMS });
    expect(load.recipe).toBe('dd if=/dev/zero of=/dev/null bs=54525952');
    expect(load.from).toBe('report');
    expect(load.command).toBe(
      `ulimit -d unlimited; ${BACKGROUNDS.servers!.command} dd if=/dev/zero of=/dev/null bs=54525952`,
    );
  });

  test('a command that was given, beside nothing', () => {
    const load = loadOf({ recipe: [] }, { given: 'memcheck 8m', background: 'none', ramBytes: 64 * MB });
    expect(load).toMatchObject({ command: 'ulimit -d unlimited; memcheck 8m', from: 'given' });
  });

  test("what a shell has itself is no program that is missing, and neither is a script's own function", () => {
    const given =
      'f() { echo "no; such | program" 2>&1; }; for i in 1 2; do f & done; wait; case $i in x) f;; esac';
    expect(() => loadOf({ recipe: [] }, { given, ramBytes: 64 * MB, programs: PROGRAMS })).not.toThrow();
  });

  const ofText = (text: string) =>
    loadOf(parseReport(`${text}\npanic: vm_page_free: freeing busy page\n`), {
      ...{ ramBytes: 64 * MB, programs: PROGRAMS },
    }).recipe;

  test('what was run several times is, in a loop if it is not said how often; quotes are kept', () => {
    expect(ofText('I ran memcheck 40m three times.')).toBe('for i in $(jot 3); do memcheck 40m; done');
    expect(ofText('I ran memcheck 40m several times.')).toBe('while true; do memcheck 40m; done');
    expect(ofText('I ran memcheck 40m.')).toBe('memcheck 40m');
    expect(ofText('In one window run memcheck 40m, in another hog burst 14m 60.')).toBe(
      'memcheck 40m & hog burst 14m 60',
    );
    expect(ofText('Run three copies of "memcheck 40m" at once.')).toBe(
      'memcheck 40m & memcheck 40m & memcheck 40m',
    );
    expect(ofText("Run sh -c 'sleep 1; memcheck 40m' as root.")).toBe("sh -c 'sleep 1; memcheck 40m'");
  });

  test("a report's variable that is worth nothing known is an error", () => {
    expect(() => ofText('I ran dd if=/dev/zero of=/dev/null bs=N and it died.')).toThrow(
      /does not say what N is in its command "dd/,
    );
    expect(ofText('I ran dd if=/dev/zero of=/dev/null bs=N and it died. N = RAM - 4 MB')).toContain(
      `bs=${60 * MB}`,
    );
  });

  test('every background can be run here', () => {
    for (const background of Object.keys(BACKGROUNDS))
      expect(() => loadOf(example, { background, ramBytes: 64 * MB, programs: PROGRAMS })).not.toThrow();
  });
});

describe('what makes no sense on a machine?', () => {
  const refused = (choice: object) => () =>
    loadOf(example, { ramBytes: 64 * MB, programs: PROGRAMS, ...choice });

  test('a size below nothing', () =>
    expect(refused({ ramBytes: 4 * MB })).toThrow(
      /N is the size of memory less 12 MB, which leaves -8 MB of 4 MB; accepted: ramBytes above 12 MB, or a command of your own as given/,
    ));
  test('a program that is not there', () =>
    expect(refused({ given: 'frob 1 | cat' })).toThrow(/no program frob to run "frob 1 \| cat"/));
  test('nothing', () => expect(refused({ given: '  ' })).toThrow(/empty/));
  test('a background that is none', () =>
    expect(refused({ background: 'toString' })).toThrow(/accepted: servers, forks, none/));
  test('it is said before the first seed', async () => {
    const seeds: number[] = [];
    const search = reproduce({
      report: example,
      kernel,
      setup: { ramBytes: 4 * MB },
      attempts: 1,
      seconds: 1,
      onOutcome: ({ seed }) => seeds.push(seed),
      host: { turn: nodeTurn },
    });
    await expect(search).rejects.toThrow(/which leaves -8 MB/);
    expect(seeds).toEqual([]);
  });
});

/**
 * As somebody would mail it who has another build of the kernel with the hole, and does not say what was run.
 */
const MAILED = `
FreeBSD 5.0-CURRENT #3: Tue May 22 2001
panic: vm_page_unqueue: queue 33 is empty
Debugger("panic")
Stopped at      Debugger+0x44:  pushl   %ebx
db> t
Debugger(c02e9b3b) at Debugger+0x44
panic(c02e8a60,21) at panic+0x70
vm_page_alloc(c325adc0,0,0) at vm_page_alloc+0x1d3
`;

test("does a command of one's own find the panic of a planted hole, from a report without a recipe?", async () => {
  const report = parseReport(MAILED);
  expect(report.recipe).toEqual([]);
  const hole = await mutate({ file: 'vm/vm_page.ts', fn: 'vm_page_free_toq', from: 'vpq.lcnt++;', to: '' });
  const load = loadOf(report, { given: 'churn 20 & memcheck 20m', background: 'none', ramBytes: 64 * MB });
  const setup = { ramBytes: 16 * MB, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' };
  const options = { report, load, setup, attempts: 2, seconds: 12, host: { turn: nodeTurn } };
  const { found, outcomes } = await reproduce({ ...options, kernel: hole });
  expect(found?.same, outcomes.map((each) => each.title).join('; ')).toBe(true);
  const healthy = await reproduce({ ...options, kernel, attempts: 1, seconds: 3 });
  expect(healthy.found).toBeUndefined();
});

test('is each seed told of as soon as it has ended, before further ones are run?', async () => {
  const log: string[] = [];
  await reproduce({
    report: example,
    kernel,
    setup: {},
    attempts: 3,
    seconds: 1,
    host: { turn: nodeTurn },
    onOutcome: ({ seed }) => log.push(`told ${seed}`),
    crew: {
      width: 1,
      run({ setup: { seed } }) {
        log.push(`run ${seed}`);
        const none = { seconds: 1, differences: [], equivalences: [] };
        const outcome = { seed, result: 'survived' as const, title: 'survived', ...none };
        return Promise.resolve({ outcome, text: '', found: undefined });
      },
    },
  });
  expect(log).toEqual(['run 1', 'told 1', 'run 2', 'told 2', 'run 3', 'told 3']);
});

test('is a load that does not end, or says so by its status, a failure only where that was asked for?', () => {
  const options = { ramBytes: 8 * MB, swapBytes: 0 };
  const failureOf = (command: string, from: 'start' | 'power-on') => {
    const setup = { kernel, options: { ...options, command }, scenario: undefined, seconds: 1, from };
    const { failure, attempt } = examine(new Lab(setup), STANDARD, undefined, false);
    return failure?.signature ?? unfailedText(attempt.ended);
  };
  expect(failureOf('sleep 100', 'start')).toBe('does not end');
  expect(failureOf('sleep 100', 'power-on')).toBe('it lives as long as it was run');
  expect(failureOf('false', 'start')).toBe('status 1');
  expect(failureOf('false', 'power-on')).toBe('it ends in order');
});
