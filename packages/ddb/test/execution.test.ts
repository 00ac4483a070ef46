import { readFileSync } from 'node:fs';
import { kernelConstants } from '@trap12/target';
import { NoProgressError, type System } from '@trap12/system';
import { beforeAll, describe, expect, it } from 'vitest';
import { END_NS, Live, place } from './live.js';

/** A load of which the kernel of 19 May 2001 dies with that seed. */
const PANICS = 'memcheck 14m & cat /bin/sh | wc -c; wait';

describe('breakpoints', () => {
  it('stop at the beginning of a function, with its arguments and callers, and let the machine go on', () => {
    const live = new Live();
    expect(live.type('b vm_fault')).toEqual([]);
    expect(live.type('c')).toEqual([
      'Breakpoint at\tvm_fault:\tpushl\t%ebp',
      expect.stringMatching(/vm\/vm_fault.ts:\d+$/),
    ]);
    const map = live.system.get('kernel_map');
    expect(live.ddb.execute('t')[0]).toMatch(
      new RegExp(`^vm_fault\\(${map.toString(16)},[0-9a-f]+000,3,1\\) at vm_fault$`),
    );
    expect(live.trace().slice(0, 3)).toEqual(['vm_fault', 'vm_fault_wire_range', 'vm_fault_wire']);
    expect(live.type('delete vm_fault')).toEqual([]);
    expect(live.type('delete vm_fault')).toEqual(['Not set']);
    expect(live.type('c')).toEqual(['halt']);
    expect(live.console).toContain('done\n');
  });

  it('are set where the machine can stand next, count, and go if they are temporary', () => {
    const live = new Live();
    expect(live.type('b vm_fault+1')).toEqual([expect.stringMatching(/^breakpoint at vm_fault\+0x/)]);
    live.type('d vm_fault+1');
    live.type('b vm_map_lookup,5');
    live.type('tbreak vm_fault1');
    expect(live.type('show breaks')).toEqual([
      ' Map      Count    Address',
      '*kernel       5    vm_map_lookup',
      'tkernel       1    vm_fault1',
    ]);
    expect(place(live.type('c'))).toBe('vm_fault1');
    const faults = live.system.symbols.address('cnt') + live.system.symbols.offset('vmmeter', 'v_vm_faults');
    const before = live.system.memory.u32(faults);
    expect(live.type('show breaks')).toHaveLength(2);
    expect(place(live.type('c'))).toBe('vm_map_lookup');
    expect(live.type('show breaks')[1]).toContain('  1 ');
    // The fifth look-up since the breakpoint was set, and the first was of the fault that the machine stood
    // at.
    expect(live.system.memory.u32(faults)).toBe(before + 5);
    expect(live.type('b c0ffee00')).toEqual(['no instruction to stop at from 0xc0ffee00 on']);
  });
});

describe('breakpoints at lines', () => {
  const live = new Live();
  const { symbols } = live.system;
  /** The line of a function's own first place. */
  const lineOf = (name: string): number => symbols.site(symbols.address(name))!.line;
  const first = lineOf('vm_map_lookup');

  it('of a function and of a file are the same place, which delete knows by either', () => {
    expect(live.type(`b vm_map_lookup:${first}`)).toEqual([]);
    expect(live.type('show breaks')[1]).toMatch(/ vm_map_lookup$/);
    expect(live.type(`delete vm_map_lookup.ts:${first}`)).toEqual([
      'neither the kernel nor a program has a file vm_map_lookup.ts',
    ]);
    expect(live.type(`delete ${symbols.site(symbols.address('vm_map_lookup'))!.file}:${first}`)).toEqual([]);
    expect(live.type(`delete vm_map_lookup:${first}`)).toEqual(['Not set']);
  });

  it('are the next below where the machine can stand, told of; not outside the function', () => {
    const [said] = live.type(`b vm_map_lookup:${first + 1}`);
    const { place, line } = /^breakpoint at (?<place>vm_map_lookup\+0x\w+), line (?<line>\d+)$/.exec(said!)!
      .groups!;
    expect(Number(line)).toBeGreaterThan(first);
    expect(live.type('show breaks')[1]).toContain(place);
    expect(live.type('c').join('\n')).toMatch(new RegExp(`:${line}$`));
    live.type(`delete vm_map_lookup:${line}`);
    expect(live.type('show breaks')).toEqual(['No breakpoints set']);
    for (const line of [0, first - 1, 99_999])
      expect(live.type(`b vm_map_lookup:${line}`)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^the machine can stand in vm_map_lookup at lines from ${first} to \\d+, not at ${line}$`,
          ),
        ),
      ]);
  });

  it('take a count; nonsense is told', () => {
    expect(live.type(`b vm_map_lookup:${first},3`)).toEqual([]);
    expect(live.type('show breaks')[1]).toMatch(/^\*kernel +3 /);
    // As behind an address: dot is the place, not the count.
    expect(live.type('x/a .')[0]).toMatch(/^vm_map_lookup:/);
    expect(live.type(`b vm_map_lookup:${first},`)).toEqual(['Count missing']);
    expect(live.type('b cnt:5')).toEqual([
      'Program not found: cnt is a symbol, and lines are for break and delete',
    ]);
    expect(live.type('b nothing:5')).toEqual(['Program not found']);
    expect(live.type('b vm_fault.ts:0')).toEqual([
      'the machine cannot stand at line 0 of vm_fault.ts, nor below it',
    ]);
    expect(live.type('b sh:main:1')).toEqual([
      expect.stringMatching(/^the machine can stand in main at lines from \d+ to \d+, not at 1$/),
    ]);
  });
});

describe('the lines of the source', () => {
  it('stand behind frames and instructions where they are wanted, each that of its call', () => {
    const live = new Live();
    const { symbols } = live.system;
    live.type('tbreak vm_map_lookup');
    live.type('c');
    const bare = live.type('t');
    expect(bare.join()).not.toContain('[');
    live.type('set $srclines = 1');
    const lined = live.type('t');
    expect(lined.map((l) => l.replace(/\t\[[\w/.]+:\d+\]$/, ''))).toEqual(bare);
    const at = (n: number): string => /\[(.*)\]$/.exec(lined[n]!)![1]!;
    const { file, line } = symbols.site(symbols.address('vm_map_lookup'))!;
    expect(at(0)).toBe(`${file}:${line}`);
    // Where the caller goes on may be another line than that of its call.
    const [, offset] = / at vm_fault1\+0x([\da-f]+)/.exec(lined[1]!)!;
    const back = symbols.address('vm_fault1') + Number.parseInt(offset!, 16);
    const call = symbols.callBefore(back)!;
    expect(at(1)).toBe(`${call.file}:${call.line}`);
    const source = readFileSync(new URL(`../../kernel/src/${call.file}`, import.meta.url), 'utf8');
    expect(source.split('\n')[call.line - 1]).toContain('vm_map_lookup(');
    expect(live.type('x/i vm_map_lookup')).toEqual([`vm_map_lookup:\tpushl\t%ebp\t[${file}:${line}]`]);
  });
});

describe('steps', () => {
  const atLookup = (): Live => {
    const live = new Live();
    live.type('tbreak vm_map_lookup');
    live.type('c');
    return live;
  };

  it('go into calls, until to calls and returns, next to the matching return', () => {
    const live = atLookup();
    expect(live.trace()[0]).toBe('vm_map_lookup');
    expect(place(live.type('s'))).toMatch(/^vm_map_lookup\+/);
    expect(live.trace().slice(0, 2)).toEqual(['vm_map_lookup', 'vm_fault1']);
    const next = live.type('until');
    expect(place(next)).not.toMatch(/^vm_map_lookup\+/);
    live.type('next');
    expect(live.trace()[0]).toBe('vm_map_lookup');
    live.type('next');
    expect(live.trace()[0]).toBe('vm_fault1');
    expect(place(live.type('s'))).toMatch(/^vm_fault1\+/);
  });

  it('count, and print what they pass', () => {
    const live = atLookup();
    const said = live.type('s/p,4');
    expect(said.filter((l) => l.startsWith('\t') && !l.startsWith('\t\t'))).toHaveLength(4);
    expect(said).toContainEqual(expect.stringMatching(/^After 4 steps \(\d loads, \d stores\),$/));
    const lines = atLookup().type('next/p');
    expect(lines.some((l) => /^ {2}\w/.test(l))).toBe(true);
  });

  it('of a process do not follow others, nor what interrupts it', () => {
    const live = new Live({ command: 'sleep 1; echo done' });
    live.type('tbreak nanosleep');
    live.type('c');
    const running = (): number => live.system.machine.cpu.context;
    const p = running();
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) {
      live.type('s');
      seen.add(live.trace()[0]!);
      expect(running()).toBe(p);
      if (live.system.machine.now() > 2e9) break;
    }
    expect(seen).toContain('mi_switch');
    expect(seen).not.toContain('intr_execute');
  });
});

describe('watchpoints', () => {
  it('stop behind the store that changed the word, and name it', () => {
    const live = new Live();
    live.type('tbreak vm_fault1');
    live.type('c');
    live.type('watch cnt+14');
    expect(live.type('show watches')[1]).toMatch(/cnt\+0x14$/);
    const [first] = live.type('c');
    expect(first).toMatch(/^cnt\+0x14\t([0-9a-f]+)\t=\t([0-9a-f]+)\tstored by vm_fault1\+0x7$/);
    const [, old, now] = /\t([0-9a-f]+)\t=\t([0-9a-f]+)/.exec(first!)!;
    expect(Number.parseInt(now!, 16) - Number.parseInt(old!, 16)).toBe(1);
    live.type('dwatch cnt+14');
    expect(live.type('c')).toEqual(['halt']);
  });

  it('see what no instruction of the kernel stored: a disk that writes to memory', () => {
    const live = new Live({ command: 'memcheck 20m', swapBytes: 64 << 20 });
    const { memory } = live.system;
    const { BIO_READ } = kernelConstants('BIO_READ')(memory);
    live.type('b adstrategy');
    let bp = 0;
    do {
      expect(place(live.type('c'))).toBe('adstrategy');
      bp = Number.parseInt(/^adstrategy\(([0-9a-f]+)\)/.exec(live.ddb.execute('t')[0]!)![1]!, 16);
    } while (memory.field('bio', bp, 'bio_cmd') !== BIO_READ);
    live.type('delete adstrategy');
    const data = memory.field('bio', bp, 'bio_data');
    live.type(`watch ${(data + 0x10).toString(16)},0t16`);
    const [first] = live.type('c');
    expect(first).toMatch(/\tstored by what is not known: no single access$/);
    expect(live.trace().join(' ')).toMatch(/intr_execute|ata_intr|idle|Xintr/);
  });

  it('on reads stop behind a load, and on the way back before it; a store of the same is an access', () => {
    const live = new Live().remember();
    live.type('tbreak vm_map_lookup');
    live.type('c');
    expect(live.type('rwatch kernel_map')).toEqual([]);
    expect(live.type('show watches')[1]).toMatch(/kernel_map, read$/);
    const stop = live.type('c');
    const by = /^kernel_map\t\w+\taccessed by (\w+\+0x\w+)$/.exec(stop[0]!)?.[1];
    expect(by).toBeDefined();
    expect(place(live.type('rc'))).toBe(by);
    live.type('dwatch kernel_map');
    live.type('awatch time_second');
    expect(live.type('c')[0]).toMatch(/^time_second\t\w+\taccessed by tc_tick\+0x/);
    expect(live.type('awatch 10')).toEqual(['address 0x10 is not mapped']);
  });

  it('need memory that is mapped, and not too much of it', () => {
    const live = new Live();
    expect(live.type('watch 10')).toEqual(['address 0x10 is not mapped']);
    expect(live.type('watch cnt,0t5000')).toEqual(['size 5000: accepted: 1 to 4096']);
  });
});

describe('calls', () => {
  it('give the result of a function, and leave what they must not do undone', () => {
    const live = new Live();
    live.type('tbreak vm_map_lookup');
    live.type('c');
    const before = live.system.machine.now();
    expect(live.type('call no_such(1001)')).toEqual(['Symbol not found']);
    expect(live.type('call pmap_extract(*kernel_pmap, c0100005)')).toEqual(['= 0x100005']);
    expect(live.type('call vm_fault(0,0,0,0)')).toEqual([
      'vm_fault may sleep: the debugger has no process to wait in',
    ]);
    expect(live.type('call pmap_extract(1)')).toEqual(['pmap_extract takes 2 arguments, not 1']);
    expect(live.type('call vm_fault+2()')).toEqual([
      expect.stringMatching(/is not the beginning of a function$/),
    ]);
    expect(live.type('call panic(version)')).toEqual([
      'panic stopped the machine (debugger); the machine is as it was before the call',
    ]);
    expect(live.system.machine.now()).toBe(before);
    expect(live.type('c')).toEqual(['halt']);
  });

  it('what the host takes back, or breaks in, leaves the machine as it was, which goes on by steps', () => {
    const live = new Live();
    live.type('tbreak vm_map_lookup');
    live.type('c');
    const { target, symbols } = live.system;
    const execution = target.execution!;
    const ticks = symbols.address('ticks');
    const before = target.read(ticks, 4);
    const breaksBy = (error: Error): void => {
      execution.guard = (call) => {
        call();
        target.write(ticks, new Uint8Array([1, 2, 3, 4]));
        throw error;
      };
    };
    breaksBy(new NoProgressError('was interrupted'));
    expect(live.type('call pmap_extract(*kernel_pmap, c0100005)')).toEqual([
      'pmap_extract was interrupted; the machine is as it was before the call',
    ]);
    expect(target.read(ticks, 4)).toEqual(before);
    breaksBy(new Error('of the host'));
    expect(live.type('call pmap_extract(*kernel_pmap, c0100005)')).toEqual([
      '*** internal error of the debugger: of the host ***',
    ]);
    expect(target.read(ticks, 4)).toEqual(before);
    execution.guard = (call) => call();
    expect(live.type('s')[0]).toMatch(/^Stopped at\tvm_map_lookup\+/);
    expect(live.type('c')).toEqual(['halt']);
  });

  it('kill sends a signal', () => {
    const live = new Live({ command: 'sleep 1000; echo status $?' });
    live.type('tbreak nanosleep');
    live.type('c');
    const pid = /^\s*(\d+).*sleep$/m.exec(live.type('ps').join('\n'))![1];
    expect(live.type(`kill 15,${pid}`)).toEqual([]);
    expect(live.type('c')).toEqual(['halt']);
    expect(live.console).toContain('status 143');
    expect(live.type('kill 15')).toEqual(['kill: signal,pid in decimal']);
  });
});

describe('a stop of the kernel itself goes on as the kernel does', () => {
  it('a fatal trap: the instruction is tried again', () => {
    const live = new Live();
    live.type('tbreak vm_fault1');
    live.type('c');
    // A map that is none.
    const esp = live.system.machine.reg[0]! >>> 0;
    live.type(`w ${(esp + 4).toString(16)} 0`);
    const stop = live.type('c');
    expect(stop[0]).toBe('kernel: type 12 trap, code=0');
    expect(stop).toHaveLength(2);
    expect(live.type('c')).toEqual(stop);
    expect(live.console.match(/Fatal trap 12: page fault while in kernel mode/g)).toHaveLength(2);
  });

  it('a panic: the machine restarts', () => {
    const live = new Live({
      locking: 'vm_mtx-20010519',
      ncpu: 2,
      seed: 2,
      swapBytes: 24 << 20,
      command: PANICS,
    });
    const stop = live.type('c');
    expect(stop.at(-1)).toMatch(/^Stopped at\tDebugger\+0x/);
    expect(live.console).toContain('Debugger("panic")');
    expect(live.type('c')).toEqual(['reboot']);
    expect(live.console).toMatch(/Rebooting\.\.\.|rebooting/i);
  });
});

describe('locals', () => {
  it('of what stands are in the trace, with their types', () => {
    const live = new Live();
    live.type('tbreak vm_map_lookup');
    live.type('c');
    const map = live.system.get('kernel_map');
    const at = (lines: string[], frame: string): string[] => {
      const from = lines.findIndex((l) => l.startsWith(`${frame}(`));
      const to = lines.findIndex((l, i) => i > from && !l.startsWith('\t'));
      return lines.slice(from + 1, to);
    };
    const full = live.type('bt full');
    expect(at(full, 'vm_map_lookup')[0]).toMatch(/^\tmapp = 0xc[0-9a-f]+ \(ptr<vm_map>\)$/);
    expect(at(full, 'vm_map_lookup').some((l) => l.startsWith('\tentry ='))).toBe(false);
    const fault = at(full, 'vm_fault1');
    expect(fault[0]).toMatch(new RegExp(`^\\tmap = 0x${map.toString(16)} .*\\(vm_map\\)$`));
    expect(fault).toContain('\tfault_type = 0x3 (u8)');
    expect(fault.at(-1)).toMatch(/^\tfs = 0xc[0-9a-f]+ \(faultstate\)$/);
    // Where it has gone on, there are more.
    live.type('s,0t12');
    const begun = at(live.type('t/f'), 'vm_map_lookup');
    expect(begun.length).toBeGreaterThan(at(full, 'vm_map_lookup').length);
    expect(begun.join()).not.toContain('not kept');
    // A value is what the function works with: the address of the entry is one of the map's.
    const word = /\bvaddr = (0x[0-9a-f]+) /.exec(begun.join('\n'))![1]!;
    expect(live.type('bt full,2').join('\n')).toContain(`vaddr = ${word} (u32)`);
  });

  it('of processes that sleep are in their traces', () => {
    const live = new Live({ command: 'sleep 1000' });
    expect(live.system.machine.run(2e9)).toBe('time');
    const pid = /^\s*(\d+).*sleep$/m.exec(live.ddb.execute('ps').join('\n'))![1];
    const full = live.ddb.execute(`bt full ${pid}`);
    expect(full.join('\n')).toMatch(
      /\nmsleep\(.*\n\tident = 0x[0-9a-f]+ .*\n\tm = (NULL|0x[0-9a-f]+ .*) \(mtx\)\n/,
    );
    expect(full).toContainEqual(expect.stringMatching(/^\twmesg = 0x[0-9a-f]+ "\w+" \(str\)$/));
  });
});

describe('the past', () => {
  const remembered = (): Live => {
    const live = new Live().remember();
    live.type('tbreak vm_map_lookup,0t20');
    live.type('c');
    return live;
  };
  const step = (lines: string[]): number => Number(/step (\d+)$/.exec(lines.at(-1)!)?.[1]);

  it('is gone back to by single steps, calls and returns, and to the call of the function', () => {
    const live = remembered();
    expect(live.trace().slice(0, 2)).toEqual(['vm_map_lookup', 'vm_fault1']);
    const here = step(live.ddb.stopped());
    const back = live.type('rs');
    expect(step(back)).toBeLessThan(here);
    expect(place(back)).toMatch(/^vm_fault1\+/);
    expect(step(live.type('s'))).toBe(here);
    expect(step(live.type('rs,3'))).toBeLessThan(step(back));
    expect(place(live.type('rnext'))).toBe('vm_fault1');
    expect(place(live.type('rnext'))).toBe('vm_fault');
    expect(place(live.type('runtil'))).toBeDefined();
    live.type(`goto ${here}`);
    expect(step(live.ddb.stopped())).toBe(here);
  });

  it('has names for its steps, and says what it has not', () => {
    const live = remembered();
    const here = step(live.ddb.stopped());
    expect(live.type('mark here')).toEqual([]);
    live.type('rs,5');
    expect(live.type('mark')).toEqual([`${String(here).padStart(12)}  here`]);
    expect(step(live.type('goto here'))).toBe(here);
    expect(live.type('mark 1')).toEqual(['a name: letters, digits and _, a letter first']);
    expect(live.type('goto nowhere')).toEqual(['no mark nowhere']);
    expect(live.type('goto')).toEqual(['goto: a step, a time, or the name of a mark']);
    expect(live.type('goto 0')).toEqual([`step 0: accepted: 1 to ${here}`]);
    expect(live.type(`goto ${here + 1}`)).toEqual([`step ${here + 1}: accepted: 1 to ${here}`]);
    live.type('goto 1');
    expect(live.type('rs')).toEqual(['There is no such place since power-on.']);
    expect(new Live().type('rs')[0]).toMatch(/^Needs a machine whose past is remembered/);
  });

  it('tells who wrote a word last, and stands before that', () => {
    const live = remembered();
    const here = step(live.ddb.stopped());
    const said = live.type('last-write cnt+14');
    expect(said[0]).toMatch(/^cnt\+0x14\t[0-9a-f]+\t=\t[0-9a-f]+$/);
    expect(said[1]).toMatch(/^\tstep \d+, \d+\.\d{9} s, pid 0 /);
    expect(said[2]).toMatch(/^\tby vm_fault1\+0x7\tvm\/vm_fault\.ts:\d+$/);
    expect(step(live.ddb.stopped())).toBe(here);
    live.type('watch cnt+14');
    const before = live.type('rc');
    expect(place(before)).toBe('vm_fault1+0x7');
    expect(step(before)).toBe(Number(/step (\d+)/.exec(said[1]!)![1]));
    // What the debugger changes makes another history.
    live.type('dwatch cnt+14');
    live.type('w cnt+14 0t77');
    live.type('tbreak vm_map_lookup');
    live.type('c');
    expect(live.system.memory.u32(live.system.symbols.address('cnt') + 0x14)).toBe(78);
    expect(live.type('last-write version')).toEqual(['not stored to since power-on, or since it is mapped']);
  });
});

describe('watched registers', () => {
  const options = { ncpu: 2, seed: 5 };
  const FROM = 150_000;
  const MOST = 6;
  type Change = { after: number; seen: number; value: number };
  const READ: [string, (system: System) => number][] = [
    ['cr3', ({ machine }) => machine.mmu.cr3],
    ['cr2', ({ machine }) => machine.cpu.cr2],
    ['esp', ({ machine }) => machine.reg[0]!],
    ['ebp', ({ machine }) => machine.reg[1]!],
    ['efl', ({ machine }) => (machine.cpu.interruptsEnabled ? 0x202 : 2)],
  ];

  /** Behind which of its steps the registers of the first processor change, by looking at each. */
  function plainly(): Map<string, Change[]> {
    const { system } = new Live(options);
    const { machine } = system;
    const out = new Map(READ.map(([name]) => [name, [] as Change[]]));
    const last = new Map<string, number>();
    let after = 0;
    machine.steps.askFrom({
      programs: true,
      step: ({ number }) => {
        if (machine.cpu.id !== 0) return false;
        for (const [name, read] of READ) {
          const value = read(system) >>> 0;
          const list = out.get(name)!;
          if (after >= FROM && list.length < MOST && value !== last.get(name))
            list.push({ after, seen: number, value });
          last.set(name, value);
        }
        after = number;
        return [...out.values()].every((list) => list.length === MOST);
      },
    });
    machine.run(END_NS);
    return out;
  }

  let live: Live;
  let expected: Map<string, Change[]>;
  beforeAll(() => {
    expected = plainly();
    live = new Live(options).remember();
    live.system.machine.steps.askFrom(null);
    live.type('c');
  }, 60_000);

  it.each(READ.map(([name]) => name))('$%s stops where it changes, forwards and backwards', (name) => {
    const { machine, target } = live.system;
    const past = target.execution!.past!;
    const own = expected.get(name)!;
    expect(own).toHaveLength(MOST);
    past.goTo(FROM + 1);
    // Its own processor is to stand.
    while (machine.cpu.id !== 0) past.goTo(past.step);
    expect(live.type(`watch $${name}`)).toEqual([]);
    expect(live.type('show watches').at(-1)).toMatch(new RegExp(`\\$${name}  4  of cpu0$`));
    for (const { seen, value } of own) {
      let said = '';
      while (past.step + 1 < seen) said = live.type('c').join('\n');
      expect(past.step + 1).toBe(seen);
      expect(said).toMatch(
        new RegExp(`^\\$${name}\t[\\da-f]+\t=\t${value.toString(16)}\tof cpu0\nWatchpoint at`),
      );
    }
    for (const { after } of own.toReversed()) {
      live.type('rcontinue');
      expect(past.step + 1).toBe(after);
    }
    expect(live.type(`dwatch $${name}`)).toEqual([]);
    expect(live.type(`dwatch $${name}`)).not.toEqual([]);
  });

  it('are those that have a value of their own between two steps; of others it is said why not', () => {
    const other = new Live();
    const accepted = 'accepted: esp ebp efl cr2 cr3';
    expect(other.type('watch $eip')).toEqual([
      `$eip: each step changes it: break, step and until stop by it; ${accepted}`,
    ]);
    expect(other.type('watch $eax')[0]).toMatch(/^\$eax: compiled code keeps it nowhere between two steps/);
    expect(other.type('watch $cs')).toEqual([
      `$cs: it tells kernel from program and changes with nothing else; break in either; ${accepted}`,
    ]);
    for (const name of ['cr4', 'radix', 'toString'])
      expect(other.type(`watch $${name}`)).toEqual([`$${name}: there is no such register; ${accepted}`]);
    expect(other.type('rwatch $cr3')).toEqual(['$cr3: only changes of a register can be watched']);
    expect(other.type('show watches')).toEqual(['No watchpoints set']);
    other.type('b vm_fault');
    other.type('c');
    expect(other.type('print $cr3')[0]?.trim()).toBe(other.system.machine.mmu.cr3.toString(16));
    expect(other.type('print $cr2')[0]?.trim()).toBe((other.system.machine.cpu.cr2 >>> 0).toString(16));
    // What it points to is memory, as before.
    expect(other.type('watch $esp+0')).toEqual([]);
    expect(other.type('show watches').at(-1)).toContain(
      `0x${(other.system.machine.reg[0]! >>> 0).toString(16)}`.slice(2),
    );
    expect(other.type('dwatch $esp+0')).toEqual([]);
    other.type('d vm_fault');
    // What a processor has in memory is a word like any other.
    expect(other.type('watch curproc')).toEqual([]);
    expect(other.type('c').join()).toMatch(/__globaldata/);
  });
});
