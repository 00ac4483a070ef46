import { kernelConstants } from '@trap12/target';
import { part } from '../../host/rows.js';
import { type ShowCommand, type ShowContext, ShowError, structAt } from '../../host/show.js';
import { alt, processName, ptr, symbolic } from '../kern/db_tools.js';
import { printLocks } from '../kern/db_lock.js';

const K = kernelConstants('MAXCPU');

function printPcpu(context: ShowContext, pc: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('pcpu', pc, field);
  const who = (field: string): string => {
    const p = get(field);
    if (p === 0) return 'none';
    const name = part(context, field, () => processName(memory, structAt(memory, p, ['proc'], 'process')));
    return `${ptr(p)}: ${name}`;
  };
  const line = (name: string, value: string | number): void => context.print(`${name.padEnd(13)}= ${value}`);
  line('cpuid', get('cpuid'));
  line('curproc', who('curproc'));
  line('curpcb', ptr(get('curpcb')));
  line('idleproc', who('idleproc'));
  line('currentpmap', symbolic(memory.target.symbols, get('currentpmap')));
  line('esp0', ptr(get('esp0')));
  line('switchticks', get('switchticks'));
  line('intr nesting', get('intr_nesting_level'));
  line('need resched', get('need_resched'));
  context.print('spin locks held:');
  printLocks(context, `CPU ${get('cpuid')}`, get('spinlocks'));
}

/** struct pcpu of each CPU that the kernel has. */
function cpus(context: ShowContext): number[] {
  const { memory } = context;
  const base = memory.target.symbols.address('__globaldata');
  const { size } = memory.target.symbols.struct('pcpu');
  const count = Math.min(Math.max(memory.global('mp_ncpus'), 1), K(memory).MAXCPU);
  return Array.from({ length: count }, (_, i) => base + i * size);
}

export const showPcpu: ShowCommand = {
  name: 'pcpu',
  usage: '[number]',
  help: 'per-CPU data of this CPU, or of another one',
  run(context) {
    const n = context.args[0];
    const pc = n === undefined ? context.pcpu : cpus(context)[n];
    if (pc === undefined)
      throw new ShowError(`CPU ${alt(n!)} does not exist: accepted: 0 to ${alt(cpus(context).length - 1)}`);
    printPcpu(context, pc);
  },
};

export const showAllpcpu: ShowCommand = {
  name: 'allpcpu',
  help: 'per-CPU data of all CPUs',
  run(context) {
    context.print(`Current CPU: ${context.memory.field('pcpu', context.pcpu, 'cpuid')}`);
    for (const pc of cpus(context)) {
      context.print('');
      printPcpu(context, pc);
    }
  },
};
