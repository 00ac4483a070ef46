import { type TraceItem, walkStack } from '@trap12/target';
import { describe, expect, it } from 'vitest';
import { Ddb, formatTraceItem } from '../src/index.js';
import { callToStop, idle, kernelString, machine, runUntil, type Stopped, standsIn } from './machines.js';

/** An address of the kernel where there is nothing. */
const NOWHERE = 0xff800000;

/** The functions and boundaries of a trace, without offsets and arguments. */
function chain(lines: readonly string[]): string[] {
  return lines.map((l) => /^--- (\w+)/.exec(l)?.[0] ?? /^(\w+)\(/.exec(l)?.[1] ?? l);
}

const trace = (m: Stopped, args = ''): string[] => new Ddb(m.target).execute(`t ${args}`);

describe('backtraces', () => {
  it('of a user process in a system call end in user mode', async () => {
    const lines = trace(await idle(), '1');
    expect(chain(lines)).toEqual([
      'cpu_switch',
      'mi_switch',
      'msleep',
      'tsleep',
      'wait1',
      'wait4',
      'syscall',
      'calltrap',
      '--- syscall',
    ]);
    // wait4 is system call 7, its frame holds a user eip, and calltrap has no arguments.
    expect(lines.at(-1)).toMatch(
      /^--- syscall 0x7, eip = 0x[0-9a-f]{1,7}, esp = 0xbf[0-9a-f]+, ebp = (0|0x[0-9a-f]+) ---$/,
    );
    expect(lines.at(-2)).toBe('calltrap() at calltrap+0x5');
  });

  it('of a kernel thread asleep end in its first code', async () => {
    const lines = trace(await idle(), '3');
    expect(chain(lines)).toEqual([
      'cpu_switch',
      'mi_switch',
      'msleep',
      'vm_sleep',
      'vm_daemon',
      'fork_exit',
      'fork_trampoline',
    ]);
    expect(lines.at(-1)).toMatch(/^fork_trampoline\(\) at fork_trampoline\+0x[0-9a-f]+$/);
  });

  it('have as many arguments as the call cleans up', async () => {
    const m = await idle();
    const { memory } = m;
    const daemon = memory.target.symbols.address('vm_daemon');
    const needed = memory.target.symbols.address('vm_daemon_needed').toString(16);
    const lines = trace(m, '3');
    expect(lines[5]).toContain(`fork_exit(${daemon.toString(16)},0,`);
    expect(lines[3]).toContain(`vm_sleep(${needed},`);
    expect(/\((.*)\)/.exec(lines[3]!)![1]!.split(',')).toHaveLength(4);
    expect(/\((.*)\)/.exec(lines[4]!)![1]!.split(',')).toHaveLength(2);
  });

  it('of the idle machine begin where it gave way', async () => {
    expect(chain(trace(await idle()))).toEqual(['cpu_idle', 'idle_proc', 'fork_exit', 'fork_trampoline']);
  });

  it('of a process that runs on another CPU begin at the registers of that CPU', async () => {
    const m = await machine({ command: 'sleep 1000', ncpu: 2 });
    m.system.machine.run(3e9);
    const idlers = new Ddb(m.target).execute('show threads').filter((l) => l.includes('running on cpu'));
    expect(idlers).toHaveLength(2);
    for (const line of idlers)
      expect(chain(trace(m, /\d+/.exec(line)![0]))).toEqual([
        'cpu_idle',
        'idle_proc',
        'fork_exit',
        'fork_trampoline',
      ]);
  });

  it('of a process that has never run are its first code', async () => {
    const m = await idle();
    const ddb = new Ddb(m.target);
    const fresh = ddb.execute('show threads').find((l) => l.includes('switched out at fork_trampoline'))!;
    expect(trace(m, /\d+/.exec(fresh)![0])).toEqual(['fork_trampoline() at fork_trampoline']);
  });

  it('cross an interrupt of user code', async () => {
    const m = await machine({ command: Array(40).fill('memcheck 8m').join(';') });
    runUntil(m, () => standsIn(m) === 'Xintr_user', 1e6);
    const lines = trace(m);
    expect(chain(lines)).toEqual(['Xintr_user', 'calltrap', '--- interrupt']);
    expect(lines.at(-1)).toMatch(/^--- interrupt, eip = 0x[0-9a-f]{1,7}, /);
  });

  it('cross an interrupt of kernel code', async () => {
    const m = await machine({
      command: 'dd if=/dev/zero of=/dev/null bs=8k count=4000; dd if=/dev/zero of=/dev/null bs=8k count=4000',
    });
    runUntil(m, () => standsIn(m) === 'Xintr', 1e6);
    const names = chain(trace(m));
    expect(names.slice(0, 2)).toEqual(['Xintr', '--- interrupt']);
    expect(['--- syscall', '--- trap', '--- interrupt', 'fork_trampoline']).toContain(names.at(-1));
    expect(names.length).toBeGreaterThan(4);
  });

  it('start at the instruction that faulted', async () => {
    const m = await idle();
    callToStop(m, 'mtx_trylock', NOWHERE | 0);
    const lines = trace(m);
    expect(chain(lines)).toEqual(['mtx_trylock', 'cpu_idle', 'idle_proc', 'fork_exit', 'fork_trampoline']);
    expect(lines[0]).toMatch(/^mtx_trylock\(ff800000[,)]/);
    expect(m.console()).toContain('Fatal trap 12: page fault while in kernel mode');
    const ddb = new Ddb(m.target);
    expect(ddb.banner()[0]).toBe('kernel: type 12 trap, code=0');
    expect(ddb.banner()[1]).toMatch(
      /^Stopped at\tmtx_trylock\+0x[0-9a-f]+:\tmovl\t(0x[0-9a-f]+)?\(%eax\),%eax$/,
    );
    expect(ddb.execute('sh r').at(-1)).toBe(ddb.banner()[1]!.replace('Stopped at\t', ''));
  });

  it('cross a page fault in the kernel, out of the fault handler', async () => {
    const m = await idle();
    // The page below a kernel stack is never to be touched: vm_fault panics.
    const stack = new Ddb(m.target)
      .execute('ps')
      .find((l) => l.endsWith(' vmdaemon'))!
      .slice(15, 23);
    callToStop(m, 'mtx_trylock', (Number.parseInt(stack, 16) - 0x1000) | 0);
    const lines = trace(m);
    const names = chain(lines);
    expect(names.slice(0, 2)).toEqual(['Debugger', 'panic']);
    const at = names.indexOf('trap_pfault');
    expect(names.slice(at)).toEqual([
      'trap_pfault',
      'trap',
      'calltrap',
      '--- trap',
      'mtx_trylock',
      'cpu_idle',
      'idle_proc',
      'fork_exit',
      'fork_trampoline',
    ]);
    expect(lines[at + 3]).toMatch(
      /^--- trap 0xc, eip = 0xc[0-9a-f]+, esp = 0xc[0-9a-f]+, ebp = 0xc[0-9a-f]+ ---$/,
    );
    const eva = (Number.parseInt(stack, 16) - 0x1000).toString(16);
    expect(lines[at]).toMatch(new RegExp(`^trap_pfault\\([0-9a-f]+,0,${eva}[,)]`));
  });

  it('cross a double fault, from the stack of the processor to the one that ran over', async () => {
    const m = await idle();
    const stack = Number.parseInt(
      new Ddb(m.target)
        .execute('ps')
        .find((l) => l.endsWith(' idle'))!
        .slice(15, 23),
      16,
    );
    m.system.machine.reg[0] = (stack + 8) | 0;
    callToStop(m, 'mtx_trylock', m.target.symbols.address('Giant') | 0);
    expect(m.console()).toContain('panic: double fault');
    const lines = trace(m);
    const names = chain(lines);
    expect(names.slice(0, 4)).toEqual(['Debugger', 'panic', 'dblfault_handler', '--- trap']);
    expect(lines[3]).toMatch(
      /^--- trap 0x17, eip = 0xc[0-9a-f]+, esp = 0xc[0-9a-f]+, ebp = 0xc[0-9a-f]+ ---$/,
    );
    expect(names[4]).toBe('mtx_trylock');
  });

  it("have the report's own layout: get_ptbase on an unmapped directory, vm_fault1 on an entry without an object", async () => {
    const m = await idle();
    const ddb = new Ddb(m.target);
    const [, pmap, pdir] = /pmap (0x\w+): pm_pdir=(0x\w+)/.exec(ddb.execute('show pmap 1')[0]!)!;
    // pmap_kremove(pm_pdir), as pmap_release does.
    const { mmu, ram } = m.system.machine;
    ram.i32[mmu.inspect(Number(pdir)).ptePa >>> 2] = 0;
    mmu.invalidate(Number(pdir));
    callToStop(m, 'get_ptbase', Number(pmap) | 0);
    const stop = new Ddb(m.target);
    expect(stop.banner()[0]).toBe('kernel: type 12 trap, code=0');
    expect(stop.banner()[1]).toMatch(/^Stopped at\tvm_fault1\+0x[0-9a-f]+:\tincw\t0x3a\(%eax\)$/);
    const lines = stop.execute('t');
    expect(chain(lines).slice(0, 7)).toEqual([
      'vm_fault1',
      'vm_fault',
      'trap_pfault',
      'trap',
      'calltrap',
      '--- trap',
      'get_ptbase',
    ]);
    const map = m.memory.global('kernel_map').toString(16);
    expect(lines[0]).toContain(`vm_fault1(${map},${Number(pdir).toString(16)},1,0`);
    expect(lines[1]).toContain(`vm_fault(${map},${Number(pdir).toString(16)},1,0`);
    expect(lines[2]).toMatch(
      new RegExp(`^trap_pfault\\([0-9a-f]+,0,${(Number(pdir) + 0xbfc).toString(16)}[,)]`),
    );
    expect(lines[6]).toMatch(new RegExp(`^get_ptbase\\(${Number(pmap).toString(16)}[,)]`));
    expect(m.console()).toMatch(
      /fault virtual address\t= 0x3a\r?\nfault code\t\t= supervisor write, page not present/,
    );
  });

  it('stop after the count, and start at a frame', async () => {
    const m = await idle();
    const whole = trace(m, '3');
    expect(trace(m, '3,2')).toEqual(whole.slice(0, 2));
    const fp = [...walkStack(m.memory, ...start(m, 3))].find(
      (i): i is Extract<TraceItem, { frame: unknown }> => 'frame' in i && i.frame.function === 'msleep',
    )!;
    const from = trace(m, fp.frame.fp.toString(16));
    expect(from[0]).toBe(whole[2]!.replace(/\+0x[0-9a-f]+$/, ''));
    expect(from.slice(1)).toEqual(whole.slice(3));
  });

  it('end where frame pointers lead in circles or out of memory', async () => {
    const m = await idle();
    const { registers } = new Ddb(m.target).session;
    m.target.write(registers.ebp, words(registers.ebp));
    expect(trace(m).at(-1)).toBe(
      `*** frame pointer ${registers.ebp.toString(16)} leads back into the stack ***`,
    );
    for (const low of [1, 0x30]) {
      m.target.write(registers.ebp, words(low));
      expect(trace(m).at(-1)).toBe(`*** frame pointer ${low.toString(16)} leads out of the kernel ***`);
    }
    m.target.write(registers.ebp, words(0xffb00000));
    expect(trace(m).at(-1)).toBe('*** error reading from address ffb00000 ***');
    expect(trace(m, 'ffb00000')).toEqual(['*** error reading from address ffb00004 ***']);
  });

  it('have a form for programs', async () => {
    const m = await idle();
    callToStop(m, 'panic', kernelString(m, 'json'));
    const ddb = new Ddb(m.target);
    const json = ddb.traceJson();
    const { registers } = ddb.session;
    const text = [...walkStack(m.memory, registers.eip, registers.ebp)].map(formatTraceItem);
    expect(json).toHaveLength(text.length);
    expect(json[1]).toMatchObject({
      kind: 'frame',
      function: 'panic',
      file: 'kern/kern_shutdown.ts',
      instruction: 'call Debugger',
    });
    expect(ddb.registersJson().map((r) => r.name)).toEqual(
      ddb
        .execute('sh r')
        .slice(0, 15)
        .map((l) => /^\w+/.exec(l)![0]),
    );
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});

function words(value: number): Uint8Array {
  const b = new Uint8Array(4);
  new DataView(b.buffer).setUint32(0, value, true);
  return b;
}

/** eip and ebp that a sleeping process was switched out with. */
function start(m: Stopped, pid: number): [number, number] {
  const { memory } = m;
  const line = new Ddb(m.target).execute('ps').find((l) => Number(l.slice(0, 5)) === pid)!;
  const pcb = memory.address('user', Number.parseInt(line.slice(15, 23), 16), 'u_pcb');
  return [memory.field('pcb', pcb, 'pcb_eip'), memory.field('pcb', pcb, 'pcb_ebp')];
}
