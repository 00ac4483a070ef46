import { beforeAll, describe, expect, it } from 'vitest';
import { Live } from './live.js';

/** A fault of a process with memory of its own: curproc and what is behind it are there. */
let live: Live;
let pid = 0;
const say = (line: string): string[] => live.type(line);
const one = (line: string): string => say(line).join('\n').trim();
const number = (line: string): number => Number.parseInt(one(line), 16);

beforeAll(() => {
  live = new Live({ command: `${'sleep 0 | '.repeat(12)}true; memcheck 1m` });
  say('break vm_fault1');
  const { memory, machine } = live.system;
  const name = (): string => memory.string(memory.address('proc', machine.cpu.context, 'p_comm'));
  for (let i = 0; i < 2000 && (machine.cpu.context === 0 || name() !== 'memcheck'); i++) say('continue');
  expect(name()).toBe('memcheck');
  pid = memory.field('proc', machine.cpu.context, 'p_pid');
  // As many digits in decimal as a pid that is typed, and others than in hexadecimal.
  expect(pid).toBeGreaterThan(15);
}, 60_000);

describe('what the source has a name for, in expressions', () => {
  it('is read by every command: its value, in arithmetic and alone', () => {
    expect(number('p/x curproc->p_pid')).toBe(pid);
    expect(number('p/x curproc->p_pid + 0t100 * 2')).toBe(pid + 200);
    expect(number('p/x curproc')).toBe(live.system.machine.cpu.context >>> 0);
    expect(number('p/x *kernel_map')).toBe(live.system.memory.global('kernel_map') >>> 0);
    // The name of a symbol alone is its address, as ever.
    expect(number('p/x kernel_map')).toBe(live.system.symbols.address('kernel_map'));
    expect(number('p/x kernel_map->size')).toBe(
      live.system.memory.field('vm_map', live.system.memory.global('kernel_map'), 'size'),
    );
    expect(one('p curproc->p_comm')).toBe('"memcheck"');
  });

  it('of a parameter of the function that stands, too', () => {
    const passed = say('t/f').find((line) => line.startsWith('\tvaddr = '))!;
    expect(number('p/x vaddr')).toBe(Number.parseInt(/0x(\w+)/.exec(passed)![1]!, 16));
    expect(number('p/x vaddr + 4')).toBe(number('p/x vaddr') + 4);
    expect(one('x vaddr')).toBe('vaddr lies in no memory: its function has it in a register');
  });

  it('a struct is shown field by field, with numbers in the format that is asked for', () => {
    const shown = say('p *curproc');
    expect(shown).toContain(`p_pid = ${pid} (int)`);
    expect(shown).toContain('p_comm = "memcheck" (array<u8, 17>)');
    expect(say('p/o *curproc')).toContain(`p_pid = ${pid.toString(8)} (int)`);
    expect(one('p *curproc->p_ithd')).toBe('*** error reading from address 0 ***');
    expect(one('p curproc->p_ithd->it_proc')).toBe('curproc.p_ithd is NULL: there is no it_proc behind it');
  });

  it('commands that work on memory take where it lies, & says it', () => {
    const at = number('p/x &curproc->p_nice');
    const { memory, machine } = live.system;
    expect(at).toBe(memory.address('proc', machine.cpu.context, 'p_nice'));
    expect(one('x/bd curproc->p_nice')).toMatch(/:\t0$/);
    expect(one('write/b curproc->p_nice ff')).toMatch(/0\t=\t +0xff$/);
    expect(one('p/d curproc->p_nice')).toBe('-1');
    expect(one('x/bd curproc->p_nice')).toMatch(/:\t-1$/);
    expect(one('search/b curproc->p_nice ff')).toMatch(/:\t0xff$/);
    expect(number('p/x .')).toBe(at);
    say('write/b curproc->p_nice 0');
    say('watch *curproc');
    const { watchpoints } = live.system.target.execution!;
    expect(watchpoints.map(({ address, bytes }) => ({ address, bytes }))).toEqual([
      { address: machine.cpu.context >>> 0, bytes: memory.symbols.struct('proc').size },
    ]);
    expect(say('dwatch *curproc')).toEqual([]);
    expect(one('p &kernel_map')).toMatch(/^&: accepted: something of the source/);
  });

  it('and a null pointer, an unknown field, a name alone that is none are told', () => {
    expect(one('p curproc->p_nope')).toMatch(/^curproc, 0xc\w+, has no part p_nope$/);
    expect(one('p no_such->p_pid + 1')).toBe('Symbol not found');
    expect(one('x/x no_such')).toBe('Symbol not found');
    // Digits are a number: a pointer behind it is none.
    expect(one('p 0t10->p_pid')).toBe('Syntax error');
  });

  it('a pid that is read is that pid, not digits that were typed', () => {
    expect(one('show proc curproc->p_pid')).toMatch(new RegExp(`^Process ${pid} \\(memcheck\\)`));
    expect(say('t curproc->p_pid')).toEqual(say('t'));
    expect(say(`t ${pid}`)).toEqual(say('t'));
    // Nor is one that says its base, or that is reckoned.
    for (const typed of [`0t${pid}`, `0x${pid.toString(16)}`, `${(pid - 1).toString(16)}+1`, `(0t${pid})`]) {
      expect(one(`show proc ${typed}`)).toMatch(new RegExp(`^Process ${pid} \\(memcheck\\)`));
      expect(say(`t ${typed}`)).toEqual(say('t'));
    }
    expect(say('set $radix=0t10')).toEqual([]);
    expect(one(`show proc ${pid}`)).toMatch(new RegExp(`^Process ${pid} \\(memcheck\\)`));
    expect(say('set $radix=0t16')).toEqual([]);
    // Digits that are no decimal ones are no pid.
    for (const command of ['show proc 1f', 't 1f', 't/u 1f'])
      expect(one(command)).toBe('1f: a pid is decimal (0x1f: hexadecimal)');
  });
});

describe('variables of the debugger', () => {
  it.each([
    ['radix=1', '$radix 1: accepted: 0t8, 0t10, 0t16'],
    ['radix=0t99', '$radix 0t99: accepted: 0t8, 0t10, 0t16'],
    ['radix=16', '$radix 0t22: accepted: 0t8, 0t10, 0t16'],
    ['lines=-5', '$lines -5: accepted: 0 to 0t20000'],
    ['lines=0t20001', '$lines 0t20001: accepted: 0 to 0t20000'],
    ['maxwidth=-1', '$maxwidth -1: accepted: 1 to 0t1000'],
    ['maxwidth=0', '$maxwidth 0: accepted: 1 to 0t1000'],
    ['tabstops=0', '$tabstops 0: accepted: 1 to 0t1000'],
    ['srclines=2', '$srclines 2: accepted: 0, 1'],
  ])('set $%s: %s', (what, said) => {
    const before = say('show variables');
    expect(one(`set $${what}`)).toBe(said);
    expect(say('show variables')).toEqual(before);
  });

  it('what is accepted is set, and tab stops count', () => {
    for (const what of ['radix=0t8', 'radix=0t10', 'radix=0t16', 'lines=0', 'maxwidth=1', 'maxoff=-1'])
      expect(say(`set $${what}`), what).toEqual([]);
    expect(say('x/c version,4')).toHaveLength(4);
    say('set $maxwidth=0t24');
    const wide = say('x/c version,0t20');
    // The name and its colon end in column 8; the next stop is then the line's end.
    say('set $tabstops=0t24');
    expect(say('x/c version,0t20').length).toBeGreaterThan(wide.length);
    for (const what of ['tabstops=8', 'maxwidth=0t79', 'maxoff=10000']) say(`set $${what}`);
  });
});
