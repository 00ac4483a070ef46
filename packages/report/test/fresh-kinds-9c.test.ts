import { describe, expect, test } from 'vitest';
import { parseReport } from '../src/index.js';

/*
 * What is a step on the way to a panic, and what was only tried against it.
 */

const PANIC = [
  'Fatal trap 9: general protection fault while in kernel mode',
  'instruction pointer\t= 0x20:0xffffffff80a9ee51',
  'current process\t\t= 12 (irq27: zorp1)',
  'zorp_done() at zorp_done+0x51/frame 0xfffffe0053f3fcc0',
  'fork_trampoline() at fork_trampoline+0xe/frame 0xfffffe0053f3fdf0',
].join('\n');

const wayOf = (...above: string[]): string[] =>
  parseReport(`${above.join('\n')}\n\n${PANIC}\n`).recipe.map(({ text }) => text);

const TRIED = 'sysctl vfs.zfs.arc_max=4G';

describe('is what was tried in vain no way to the panic?', () => {
  test.each([
    `I tried "${TRIED}", no help. Now it panics daily:`,
    `I tried "${TRIED}", but it still panics:`,
    `We tried ${TRIED} but it still crashes:`,
    `After changing "${TRIED}" it made no difference, it panics:`,
  ])('%s', (said) => {
    expect(wayOf(said)).toEqual([]);
  });
  test('and what was tried, and brought it on, is one', () => {
    expect(wayOf('I tried "dd if=/dev/zero of=/dev/null bs=90m", and it panics:')).toHaveLength(1);
    expect(wayOf('I tried "dd if=/dev/zero of=/dev/null bs=90m" again and it still panics:')).toHaveLength(1);
  });
});

describe('is every step of a list one of the way?', () => {
  const steps = [
    '1. `truncate -s 20G disk.img`',
    '2. start the guest with 4 CPUs: `sh vmrun.sh -c 4 -m 2G -d disk.img vm0`',
    '3. inside: `fio --name=x --rw=randwrite`',
    '4. after a while:',
  ];
  const commands = [
    'truncate -s 20G disk.img',
    'sh vmrun.sh -c 4 -m 2G -d disk.img vm0',
    'fio --name=x --rw=randwrite',
  ];
  test.each(['**Steps to reproduce**', 'Steps to reproduce:', '## To reproduce'])('%s', (heading) => {
    expect(wayOf(heading, ...steps)).toEqual(commands);
  });
  test('without marks', () => {
    expect(wayOf('Steps to reproduce:', '1. zorpcat -s 20G disk.img', '2. zorpio --rw=x --size=4g')).toEqual([
      'zorpcat -s 20G disk.img',
      'zorpio --rw=x --size=4g',
    ]);
  });
  test('but for what is quoted of something else', () => {
    const quotes = [
      '1. expected: `no panic at all`',
      '2. look at it: `dmesg -a`',
      '3. he said: "it dies -a"',
    ];
    expect(wayOf('Steps to reproduce:', ...quotes)).toEqual([]);
    // Where nobody tells of the way, a list is a list.
    expect(wayOf('My machine:', ...steps.slice(1, 3))).toEqual([]);
  });
});
