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

describe('is it said of a trace that is cut where another one goes on from there?', () => {
  const block = [
    'Fatal trap 12: page fault while in kernel mode',
    'fault virtual address\t= 0x28',
    'instruction pointer\t= 0x20:0xffffffff82a1c0d5',
    'KDB: stack backtrace:',
    'trap_pfault() at trap_pfault+0x4f/frame 0xfffffe0055d4e7d0',
    'calltrap() at calltrap+0x8/frame 0xfffffe0055d4e8e0',
    '--- trap 0xc, rip = 0xffffffff82a1c0d5, rsp = 0xfffffe0055d4e9a8, rbp = 0xfffffe0055d4e9e0 ---',
    'zorp_take() at zorp_take+0x1f5/frame 0xfffffe0055d4ea30',
    'zorp_call() at zorp_call+0x7ec/frame 0xfffffe0055d4ea90',
    'zorp_run() at zorp_run+0x137/frame 0xfffffe0055d4eb20',
    'fork_exit() at fork_exit+0x7e/frame 0xfffffe0055d4eb60',
  ];
  // A debugger on the dump has the arguments, and shows what the kernel did behind its panic as well.
  const handled = ['doadump', 'db_dump', 'db_command', 'db_command_loop', 'db_trap', 'kdb_trap', 'trap'];
  const more = ['kdb_enter', 'vpanic', 'panic', 'trap_fatal', 'trap_pfault', 'trap'];
  const kgdb = (...names: string[]): string[] => {
    const all = [...handled, '<signal handler called>', ...more, '<signal handler called>', ...names];
    const line = (name: string, i: number): string =>
      name.startsWith('<')
        ? `#${i}  ${name}`
        : `#${i}  0xffffffff82a1c0d5 in ${name} (a=1) at /usr/src/sys/kern/${name}.c:2249`;
    return ['', '(kgdb) bt', ...all.map(line), '(kgdb) '];
  };
  const reasonOf = (...names: string[]): string | undefined =>
    parseReport(`${[...block, ...kgdb(...names)].join('\n')}\n`).damage.find(({ what }) =>
      what.startsWith('outer end'),
    )?.reason;
  const END = 'it ends in zorp_call, where no kernel stack is known to begin';

  test('with the same two functions', () => {
    expect(reasonOf('zorp_take', 'zorp_call')).toBe(
      `${END}; another backtrace in the text goes on from there`,
    );
  });
  test('and not where that came to its last function another way', () => {
    expect(reasonOf('zorp_take', 'zorp_other', 'zorp_call')).toBe(END);
  });
});
