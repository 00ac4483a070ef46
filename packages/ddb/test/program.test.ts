import { beforeAll, describe, expect, it } from 'vitest';
import { Live, place } from './live.js';

/* Programs in user mode under the debugger: the same breakpoints, steps and ways back as in the kernel. */
const COMMAND = 'echo one; memcheck 1m';

describe('a program', () => {
  const live = new Live({ command: COMMAND }).remember();
  const type = (line: string): string[] => live.type(line);
  const step = (): number => live.system.machine.steps.number + 1;

  beforeAll(() => {
    expect(type('b sh:main')).toEqual([]);
    expect(place(type('c'))).toBe('sh:main');
  });

  it('stops where it is named, and the stack is its own', () => {
    expect(type('show breaks')[1]).toMatch(/^\*sh {6}\s+1 {4}sh:main$/);
    expect(live.trace()).toEqual(['main', 'start']);
    const full = type('bt full');
    expect(full[1]).toBe('\targc = 3 (int)');
    expect(full).toContainEqual(expect.stringMatching(/^\targv = 0xbfbf[\da-f]+ \(ptr<str>\)$/));
    expect(type('bt/u')).toEqual(type('bt'));
    const { machine, memory } = live.system;
    expect(type(`bt ${memory.field('proc', machine.cpu.context, 'p_pid')}`)).toEqual(type('bt'));
    expect(type('show registers')).toContainEqual(expect.stringMatching(/^eip\s+0x[\da-f]+\tsh:main$/));
    expect(type('x/i sh:main')[0]).toBe('sh:main:\tpushl\t%ebp');
    expect(type('x/x kernel:printf')[0]).toMatch(/^printf:/);
  });

  it('is stepped through, into the kernel by a system call, and back', () => {
    const from = step();
    expect(place(type('s'))).toBe('sh:initjobs');
    expect(place(type('s'))).toBe('sh:getpid');
    expect(place(type('s'))).toMatch(/^sh:getpid\+/);
    expect(place(type('s'))).toBe('syscall');
    expect(step()).toBe(from + 4);
    expect(live.trace()).toEqual(['syscall', 'calltrap', expect.stringMatching(/^--- syscall 0x14,/)]);
    expect(type('bt/u').map((l) => l.replace(/\(.*/, ''))).toEqual(['getpid', 'initjobs', 'main', 'start']);
    // Out of the kernel: behind the call.
    expect(place(type('match'))).toMatch(/^sh:/);
    expect(place(type('rs'))).toMatch(/^\w+\+/);
    expect(place(type(`goto ${from + 4}`))).toBe('syscall');
    for (const before of [/^sh:getpid\+/, /^sh:getpid$/, /^sh:initjobs$/, /^sh:main$/, /^sh:start\+/])
      expect(place(type('rs'))).toMatch(before);
    expect(place(type('s'))).toBe('sh:main');
    expect(step()).toBe(from);
  });

  it('has its own names before the kernel', () => {
    expect(type('b malloc')).toEqual([]);
    expect(type('b kernel:malloc')).toEqual([]);
    const breaks = type('show breaks');
    expect(breaks).toContainEqual(expect.stringMatching(/^\*sh .* sh:malloc$/));
    expect(breaks).toContainEqual(expect.stringMatching(/^\*kernel .* malloc$/));
    expect(type('delete malloc')).toEqual([]);
    expect(type('delete kernel:malloc')).toEqual([]);
    expect(type('delete malloc')).toEqual(['Not set']);
    expect(type('b memcheck:nothing')).toEqual(['Symbol not found in memcheck']);
    expect(type('b nothing:main')).toEqual(['Program not found']);
    expect(type('x vm_fault:20')).toEqual([
      'Program not found: vm_fault is a symbol, and lines are for break and delete',
    ]);
    expect(type('b memcheck:0')).toEqual(['no instruction to stop at from 0 on']);
  });

  it('is told of when it stores to what is watched, and on the way back before that', () => {
    expect(type('b memcheck:main')).toEqual([]);
    expect(type('delete sh:main')).toEqual([]);
    expect(place(type('c'))).toBe('memcheck:main');
    type('delete memcheck:main');
    type('watch memcheck:_curbrk');
    const [stored] = type('c');
    const by = /^memcheck:_curbrk\t[\da-f]+\t=\t[\da-f]+\tstored by (memcheck:\w+\+0x[\da-f]+)$/.exec(
      stored!,
    )?.[1];
    expect(by).toBeDefined();
    expect(place(type('rc'))).toBe(by);
    const next = type('next-write memcheck:_curbrk');
    expect(next[0]).toBe(stored!.replace(/\tstored by.*/, ''));
    expect(next.join()).toContain(`by ${by!.replace('memcheck:', '')} of the program`);
    type('dwatch memcheck:_curbrk');
    // Reads of programs, too.
    type('rwatch memcheck:_curbrk');
    expect(type('c')[0]).toMatch(/^memcheck:_curbrk\t[\da-f]+\taccessed by memcheck:\w+\+0x[\da-f]+$/);
    type('dwatch memcheck:_curbrk');
  });

  it('can be left alone by a call of the debugger, and the run comes to its end', () => {
    const before = live.system.machine.reg.slice();
    expect(type('call db_kill(0,0)')).toEqual(['= 0x16']);
    expect(live.system.machine.reg).toEqual(before);
    expect(type('c')).toEqual(['halt']);
    expect(live.console).toContain('memcheck: 1048576 bytes in 256 pages verified, 0 errors');
  });
});

it('goes on to the same end whether it was looked at or not', () => {
  const plain = new Live({ command: COMMAND });
  expect(plain.type('c')).toEqual(['halt']);
  const looked = new Live({ command: COMMAND });
  looked.type('b memcheck:main');
  looked.type('c');
  for (let i = 0; i < 60; i++) looked.type('s,7');
  looked.type('delete memcheck:main');
  expect(looked.type('c')).toEqual(['halt']);
  const [a, b] = [plain, looked].map(({ system: { machine } }) => machine);
  expect(b!.now()).toBe(a!.now());
  expect(b!.steps.number).toBe(a!.steps.number);
  expect(Buffer.compare(b!.ram.u8, a!.ram.u8)).toBe(0);
});
