import { Ddb } from '@trap12/ddb';
import { processes } from '@trap12/kernel';

import { createSystem, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, have } from './gdb.js';

/**
 * The kernel of 2001-05-19 dies of the first page that goes to swap; by then two programs wait for memory.
 */
async function panicked(): Promise<System> {
  const system = createSystem(await loadKernel(), {
    ramBytes: 16 << 20,
    swapBytes: 32 << 20,
    locking: 'vm_mtx-20010519',
    command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=20m',
  });
  expect(system.machine.run(60e9)).toBe('debugger');
  return system;
}

/** Functions of gdb's backtrace; where the interrupted code begins it has no name for what lies between. */
const functionsOf = (backtrace: string): string[] =>
  [...backtrace.matchAll(/^#\d+ +(?:0x[0-9a-f]+ in )?(<signal handler called>|[\w?]+)/gm)].map((m) => m[1]!);

/** The same of DDB's, which ends at the boundary to user mode. */
function ddbFunctions(lines: readonly string[]): string[] {
  const names = lines
    .map((line) => /^(\w+)\(/.exec(line)?.[1])
    .filter((name): name is string => name !== undefined)
    .map((name) => (name === 'calltrap' || name === 'Xintr' ? '<signal handler called>' : name));
  const user = /^--- .* eip = 0x[0-9a-f]{1,7}, esp = 0xbf/.test(lines.at(-1) ?? '');
  return user ? [...names, '??'] : names;
}

/** Number of a process's thread: 0 would be none. */
const threadOf = (pid: number): number => (pid === 0 ? 100_000 : pid);

/** The stacks that `thread apply all` prints, by thread. */
const stacksOf = (text: string): Map<number, string> =>
  new Map(
    text
      .split(/^Thread \d+ \(LWP /m)
      .slice(1)
      .map((stack) => [Number.parseInt(stack, 10), stack.slice(stack.indexOf('\n') + 1)]),
  );

/** What `bt all` of lldb prints, by thread: each frame's address, function, file and line. */
function lldbStacks(text: string): Map<number, { pc: number; name: string; place: string }[]> {
  const tids = [...text.matchAll(/^[* ] thread #\d+: tid = (\d+),/gm)].map((m) => Number(m[1]));
  const all = text
    .slice(text.indexOf('(lldb) bt all'))
    .split(/^[* ] thread #\d+/m)
    .slice(1);
  const frame = /^ {2}[* ] frame #\d+: (0x[0-9a-f]{8})(?: [^\s`]+`(\w+).* at (\S+:\d+):\d+)?$/gm;
  return new Map(
    all.map((stack, i) => [
      tids[i]!,
      [...stack.matchAll(frame)].map((m) => ({ pc: Number(m[1]), name: m[2] ?? '??', place: m[3] ?? '' })),
    ]),
  );
}

(have('lldb') ? describe : describe.skip)('lldb opens a core of a panicked machine', () => {
  const bench = new Bench();
  let system: System;
  beforeAll(async () => {
    system = await panicked();
    bench.putMachine(system.target);
  });
  afterAll(() => bench.remove());

  it('with the functions and lines of every process, across traps, as DDB shows them', () => {
    const stacks = lldbStacks(bench.lldb(['thread list', 'bt all']));
    const ddb = new Ddb(system.target);
    const { memory, symbols } = system;
    let frames = 0;
    for (const p of processes(memory)) {
      if (memory.field('proc', p, 'p_stat') === symbols.image.constants.SZOMB) continue;
      const pid = memory.field('proc', p, 'p_pid');
      const lines = ddb.execute(`t ${pid}`);
      // A function that a trap has interrupted behind its first instructions lldb looks up one byte too low.
      const names = lines.flatMap((line, n) => {
        const begins = /^--- /.test(lines[n - 1] ?? '') && / at \w+(\+0x[1-3])?$/.test(line);
        return begins ? [] : (/^(\w+)\(/.exec(line)?.[1] ?? []);
      });
      const stack = stacks.get(threadOf(pid))!;
      const none = /has no stack|not in memory/.test(lines[0]!);
      expect([pid, stack.map(({ name }) => name)]).toEqual([pid, none ? ['??'] : names]);
      stack.forEach(({ pc, name, place }, i) => {
        // What a trap has interrupted it takes for a caller, too.
        if (name === '??' || /^(calltrap|Xintr)$/.test(stack[i - 1]?.name ?? '')) return;
        const { file, line } = symbols.site(i === 0 ? pc : pc - 1)!;
        expect([name, place]).toEqual([name, `${file.split('/').at(-1)}:${line}`]);
        frames++;
      });
    }
    expect(frames).toBeGreaterThan(60);
  });

  it('and with values as they are in memory', () => {
    const { memory } = system;
    const faults = memory.field('vmmeter', system.symbols.address('cnt'), 'v_vm_faults');
    const map = memory.global('kernel_map');
    const out = bench.lldb(['target variable cnt.v_vm_faults', 'target variable kernel_map->nentries']);
    expect(out).toContain(`cnt.v_vm_faults = ${faults}\n`);
    expect(out).toContain(`kernel_map->nentries = ${memory.field('vm_map', map, 'nentries')}\n`);
  });
});

const judge = have('gdb') ? describe : describe.skip;

judge('gdb opens a core of a panicked machine', () => {
  const bench = new Bench();
  let system: System;
  let ddb: Ddb;
  beforeAll(async () => {
    system = await panicked();
    ddb = new Ddb(system.target);
    bench.putMachine(system.target);
  });
  afterAll(() => bench.remove());

  const values = (expressions: readonly string[]): string[] =>
    bench
      .gdb(expressions.map((e) => `print ${e}`))
      .split('\n')
      .flatMap((line) => /^\$\d+ = (.*)$/.exec(line)?.[1] ?? []);

  it('with a backtrace of the functions that DDB shows', () => {
    const expected = ddbFunctions(ddb.execute('t'));
    expect(expected).toContain('swp_pager_async_iodone');
    expect(functionsOf(bench.gdb(['bt']).replace(/^[\s\S]*?\[Current thread.*$/m, ''))).toEqual(expected);
  });

  it('and so for every process, across traps, interrupts and system calls', () => {
    const stacks = stacksOf(bench.gdb(['thread apply all bt']));
    const seen = new Set<string>();
    const { memory } = system;
    const { SZOMB } = system.symbols.image.constants;
    const pids = [...processes(memory)]
      .filter((p) => memory.field('proc', p, 'p_stat') !== SZOMB)
      .map((p) => memory.field('proc', p, 'p_pid'));
    expect(stacks.size).toBe(pids.length);
    for (const pid of pids) {
      const lines = ddb.execute(`t ${pid}`);
      const expected = /has no stack|not in memory/.test(lines[0]!) ? ['??'] : ddbFunctions(lines);
      expect([pid, functionsOf(stacks.get(threadOf(pid))!)]).toEqual([pid, expected]);
      for (const line of lines) seen.add(/^--- (\w+)/.exec(line)?.[1] ?? '');
    }
    expect([...seen]).toEqual(expect.arrayContaining(['interrupt', 'syscall', 'trap']));
  });

  it('with values as they are in memory', () => {
    const { memory } = system;
    const kernel_map = memory.global('kernel_map');
    const at = `(struct vm_map *) 0x${kernel_map.toString(16)}`;
    expect(
      values([
        'kernel_map',
        'kernel_map->size',
        '(*(struct vm_map *)kernel_map).nentries',
        '(char *)curproc->p_comm',
        'curproc->p_pid',
        'kernel_map->system_map',
        '(char *)panicstr',
        'sizeof(allproc)',
        'PAGE_SIZE',
        'vm_fault1',
      ]),
    ).toEqual([
      expect.stringContaining(at),
      String(memory.field('vm_map', kernel_map, 'size')),
      String(memory.field('vm_map', kernel_map, 'nentries')),
      expect.stringContaining('"irq14: ata0"'),
      '13',
      expect.stringMatching(/^1/),
      expect.stringContaining(`"${memory.string(memory.global('panicstr'))}"`),
      String(system.symbols.struct('LIST_HEAD<proc>').size),
      '4096',
      expect.stringMatching(/^\{int \(struct vm_map \*, u32, u8, int\)\} 0xc0[0-9a-f]{6} <vm_fault1>$/),
    ]);
  });

  it('with the places of all fields of all structs', () => {
    const wanted: [string, string][] = [];
    for (const [name, { size, fields }] of Object.entries(system.symbols.image.structs)) {
      if (!/^\w+$/.test(name)) continue;
      wanted.push([`sizeof(struct ${name})`, String(size)]);
      for (const [field, { offset }] of Object.entries(fields))
        wanted.push([`(unsigned)&((struct ${name} *)0)->${field}`, String(offset)]);
    }
    expect(wanted.length).toBeGreaterThan(1200);
    const got = values(wanted.map(([expression]) => expression));
    expect(wanted.map(([expression], i) => [expression, got[i]])).toEqual(wanted);
  });

  it('with the line of every function', () => {
    const functions = system.symbols.image.symbols.filter((s) => s.kind === 'text' && s.size > 3);
    const lines = bench
      .gdb(functions.map((f) => `info line *0x${(f.address >>> 0).toString(16)}`))
      .split('\n');
    const got = lines.flatMap(
      (l) => /^Line (\d+) of "(.*)" starts at address \w+ <(\w+)>/.exec(l)?.slice(1) ?? [],
    );
    expect(got).toEqual(functions.flatMap((f) => [String(f.line), f.file, f.name]));
  });

  it('with the locals of whoever waits', () => {
    const { memory } = system;
    const stacks = stacksOf(bench.gdb(['thread apply all bt full']));
    let seen = 0;
    for (const p of processes(memory)) {
      const stack = stacks.get(threadOf(memory.field('proc', p, 'p_pid')))!;
      // What these functions have in their variable p is the process that runs there, of whichever process it
      // is.
      for (const frame of stack.split(/^(?=#)/m)) {
        if (!/ (cpu_switch|mi_switch|msleep|fork_exit) /.test(frame) || frame.includes('optimized out'))
          continue;
        const value = /^ {8}p = 0x([0-9a-f]+)/m.exec(frame)?.[1];
        // Those of macros that have been expanded before are no more.
        const names = [...frame.matchAll(/^ {8}(\w+) = /gm)].map((m) => m[1]);
        if (frame.includes('mi_switch')) expect(names).toEqual(['p', 'crit']);
        expect([frame, Number.parseInt(value ?? '', 16)]).toEqual([frame, p]);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('and without locals that are in no memory', () => {
    const out = bench.gdb(['bt full']);
    const locals = [...out.matchAll(/^ {8}(\w+) = (.*)$/gm)].map((m) => [m[1], m[2]]);
    // Room in a frame has an address, whatever else is known.
    const values = new Set(locals.filter(([, value]) => !value!.startsWith('0xc')).map(([, value]) => value));
    expect([...values]).toEqual(['<optimized out>']);
  });

  it('and looks at the sources', async () => {
    const out = bench.gdb([
      'list vm_fault1',
      'info line vm_fault1',
      'ptype struct vm_map_entry',
      'whatis vm_fault1',
    ]);
    const golden = out
      .slice(out.indexOf('[Current thread'))
      .replace(/\[Current thread.*\n/, '')
      .replaceAll(/0xc[0-9a-f]{7}/g, 'ADDRESS')
      .replaceAll(/^\d+\t/gm, 'N\t')
      .replaceAll(/Line \d+/g, 'Line N');
    await expect(golden).toMatchFileSnapshot('transcripts/gdb-sources.txt');
  });
});
