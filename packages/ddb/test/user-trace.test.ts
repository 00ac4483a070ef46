import { createSystem, type System } from '@trap12/system';
import { compileText } from '@trap12/system/compile.js';
import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { Ddb } from '../src/index.js';

/** Recurses, waits for a child that sleeps, then stores to nowhere. */
const DEEP = `
function down(left: int, sum: int): int {
  const here = sum + left;
  const long = $i64(here) * 5000000000;
  if (left === 0) {
    const pid = fork();
    if (pid === 0) {
      sleep(1);
      _exit(0);
    }
    wait(null);
    let p: ptr<int> = null;
    p[here] = $int(long);
    return here;
  }
  const below = down(left - 1, here);
  return $int(long) + below;
}

export function main(argc: int, argv: ptr<str>): int {
  return down(argc > 1 ? atoi(argv[1]) : 3, 0);
}
`;

const checked = await loadKernel(undefined, 'checked');

function machine(): { system: System; type(line: string): string } {
  const executables = [compileText('deep', DEEP)];
  const system = createSystem(checked, { ramBytes: 16 << 20, command: 'deep 3', executables });
  let goes = false;
  const ddb = new Ddb(system.target, () => {
    goes = true;
  });
  const type = (line: string): string => {
    goes = false;
    const said = ddb.execute(line);
    if (!goes) return said.join('\n');
    const why = system.machine.run(30e9);
    return [...said, ...(why === 'step' ? ddb.stopped() : [why])].join('\n');
  };
  return { system, type };
}

const pidOf = (ps: string, command: string): string[] =>
  ps
    .split('\n')
    .filter((line) => line.endsWith(` ${command}`))
    .map((line) => line.trim().split(/\s+/)[0]!);

it('t/u: the functions of a program, with parameters and locals, of who runs and of who sleeps', () => {
  const { system, type } = machine();
  type('b nanosleep');
  expect(type('c')).toContain('nanosleep:');
  const [child, parent] = pidOf(type('ps'), 'deep').sort((a, b) => Number(b) - Number(a));
  const shown = type(`t/uf ${parent}`);
  expect(shown).toMatch(/^wait4\(ffffffff,0,0,0\) at wait4\+0x\w+\n/);
  // Four of them, each with what it was called with, what it has computed.
  expect(shown.match(/^down\(.*$/gm)?.map((l) => l.replace(/ at .*/, ''))).toEqual([
    'down(0,6)',
    'down(1,5)',
    'down(2,3)',
    'down(3,0)',
  ]);
  expect(shown).toMatch(
    /down\(0,6\).*\n\tleft = 0 \(int\)\n\tsum = 6 \(int\)\n\there = 6 \(int\)\n\tlong = 30000000000 /,
  );
  expect(shown).toMatch(
    /down\(2,3\).*\n\tleft = 2 \(int\)\n\tsum = 3 \(int\)\n\there = 5 \(int\)\n\tlong = 25000000000 /,
  );
  expect(shown).toMatch(/\nstart\(2,[^\n]*\n\targc = 2 \(int\)\n\targv = [^\n]*$/);
  expect(type('t/u')).toContain('down(0,6)');
  expect(type(`t/u ${child},2`).split('\n')).toHaveLength(2);
  expect(type('t/u 2')).toBe('The process is not in the kernel from user mode.');
  expect(type('t/u 99')).toBe('pid 99 not found');
  type('d nanosleep');
  type('b trapsignal');
  expect(type('c')).toContain('trapsignal:');
  const fault = type('t/uf');
  expect(fault).toMatch(
    /^down\(0,6\) at down\+0x\w+\n\tleft = 0 \(int\)\n\tsum = 6 \(int\)\n\there = 6 .*\n\tlong = 30000000000 /,
  );
  expect(fault).toMatch(/\tp = NULL \(ptr<int>\)\n/);
  type('d trapsignal');
  expect(type('c')).toBe('halt');
  expect(system.exitStatus).toBe(139);
});
