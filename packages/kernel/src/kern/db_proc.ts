import {
  currentProcess,
  processArgument,
  processes,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
} from '../../host/show.js';
import { bits, comm, hex, nameOf, ptr, symbolic, text } from './db_tools.js';
import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';

const STATES = kernelConstants('SIDL', 'SRUN', 'SSLEEP', 'SSTOP', 'SZOMB', 'SWAIT', 'SMTX');
const K = kernelConstants('NOCPU', 'PAGE_SIZE', 'PS_INMEM', 'SMTX', 'SZOMB', 'UPAGES');
const FLAGS = kernelFlags(
  'P_',
  'ADVLOCK',
  'CONTROLT',
  'KTHREAD',
  'NOLOAD',
  'PPWAIT',
  'SUGID',
  'SYSTEM',
  'WAITED',
  'WEXIT',
  'EXEC',
  'KILLED',
  'STOPPED_SIG',
);
const SFLAGS = kernelFlags(
  'PS_',
  'INMEM',
  'PROFIL',
  'ALRMPEND',
  'CVWAITQ',
  'SINTR',
  'TIMEOUT',
  'SWAPINREQ',
  'SWAPPING',
  'ASTPENDING',
  'NEEDRESCHED',
  'PRIOLENT',
  'PREEMPT',
  'SLPTIMO',
  'PROFPEND',
  'XCPU',
);

const PS_HEADER = '  pid   proc     addr    uid  ppid  pgrp  flag stat wmesg   wchan   cmd';

export function stateName(memory: Memory, stat: number): string {
  return nameOf(stat, STATES(memory)) ?? `stat ${stat}`;
}

/** One line of `ps`, in the columns of May 2001. */
export function psLine(memory: Memory, p: number): string {
  const get = (field: string): number => memory.field('proc', p, field);
  const parent = get('p_pptr');
  const ppid = parent === 0 ? 0 : memory.field('proc', parent, 'p_pid');
  const column = (value: number, width: number): string => String(value).padStart(width);
  const left = `${column(get('p_pid'), 5)} ${hex(p).padStart(8)} ${hex(get('p_addr')).padStart(8)} ${column(get('p_ucred_uid'), 4)} ${column(ppid, 5)} ${column(get('p_pgid'), 5)} ${hex(get('p_flag')).padStart(6, '0')} ${get('p_stat')}`;
  let wait = ' '.repeat(19);
  if (get('p_wchan') !== 0)
    wait = `  ${text(memory, get('p_wmesg'), 16).padStart(6)} ${hex(get('p_wchan')).padStart(8)}`;
  else if (get('p_stat') === K(memory).SMTX)
    wait = `  ${text(memory, get('p_mtxname'), 16).padStart(6)} ${hex(get('p_blocked')).padStart(8)}`;
  return `${left}${wait} ${comm(memory, p)}`;
}

export const showProcs: ShowCommand = {
  name: 'procs',
  aliases: ['ps'],
  help: 'all processes, as `ps`',
  run({ memory, print }) {
    print(PS_HEADER);
    for (const p of processes(memory)) print(psLine(memory, p));
  },
};

/** Where a process's kernel stack is and how deep it is in use. */
function stackState(memory: Memory, p: number): string {
  const get = (field: string): number => memory.field('proc', p, field);
  const addr = get('p_addr');
  const { NOCPU, PAGE_SIZE, PS_INMEM, SZOMB, UPAGES } = K(memory);
  if (get('p_stat') === SZOMB) return 'zombie: stack freed or about to be';
  if ((get('p_sflag') & PS_INMEM) === 0) return 'swapped out: stack not in memory';
  if (addr === 0) return 'no stack';
  const top = addr + UPAGES * PAGE_SIZE;
  if (get('p_oncpu') !== NOCPU) return `running on cpu ${get('p_oncpu')}, stack ${ptr(addr)}-${ptr(top)}`;
  const pcb = memory.address('user', addr, 'u_pcb');
  /* In the middle of a fork. */
  if (memory.wordAt(pcb) === undefined) return `being made: stack ${ptr(addr)} not mapped yet`;
  const esp = memory.field('pcb', pcb, 'pcb_esp');
  const eip = symbolic(memory.target.symbols, memory.field('pcb', pcb, 'pcb_eip'));
  if (esp < addr || esp > top) return `*** esp ${ptr(esp)} outside stack ${ptr(addr)}-${ptr(top)} ***`;
  return `stack ${ptr(addr)}-${ptr(top)}, ${top - esp} bytes in use, switched out at ${eip}`;
}

export const showThreads: ShowCommand = {
  name: 'threads',
  help: 'processes with the state of their kernel stacks',
  empty: 'no process',
  run({ memory, print }) {
    for (const p of processes(memory)) {
      const pid = memory.field('proc', p, 'p_pid');
      print(
        `${String(pid).padStart(5)} (${comm(memory, p)}) ${stateName(memory, memory.field('proc', p, 'p_stat'))}: ${stackState(memory, p)}`,
      );
    }
  },
};

function printWait(context: ShowContext, p: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('proc', p, field);
  if (get('p_wchan') !== 0)
    context.print(
      ` asleep on ${symbolic(memory.target.symbols, get('p_wchan'))} "${text(memory, get('p_wmesg'))}" for ${get('p_slptime')} s`,
    );
  if (get('p_blocked') !== 0)
    context.print(` blocked on mutex ${ptr(get('p_blocked'))} "${text(memory, get('p_mtxname'))}"`);
}

export const showProc: ShowCommand = {
  name: 'proc',
  usage: '[pid | address]',
  help: 'a process (the current one)',
  run(context) {
    const { memory } = context;
    const p =
      context.args[0] === undefined ? currentProcess(context) : processArgument(context, context.args[0]);
    if (p === 0) throw new ShowError('no current process');
    const get = (field: string): number => memory.field('proc', p, field);
    const parent = get('p_pptr');
    context.print(`Process ${get('p_pid')} (${comm(memory, p)}) at ${ptr(p)}:`);
    context.print(` state: ${stateName(memory, get('p_stat'))}`);
    context.print(
      ` flag: ${bits(get('p_flag'), FLAGS(memory)) || '0'}  sflag: ${bits(get('p_sflag'), SFLAGS(memory)) || '0'}`,
    );
    if (parent !== 0)
      context.print(` parent: pid ${memory.field('proc', parent, 'p_pid')} at ${ptr(parent)}`);
    context.print(` uid: ${get('p_ucred_uid')}  pgrp: ${get('p_pgid')}  session: ${get('p_sid')}`);
    context.print(
      ` priority: ${get('p_priority')} (user ${get('p_usrpri')}, native ${get('p_nativepri')}), nice ${get('p_nice')}, estcpu ${get('p_estcpu')}`,
    );
    context.print(
      ` ticks: user ${get('p_uticks')}, system ${get('p_sticks')}, interrupt ${get('p_iticks')}; run ${get('p_runtime')} us; in or out ${get('p_swtime')} s`,
    );
    context.print(
      ` signals: pending ${ptr(get('p_siglist'))}, masked ${ptr(get('p_sigmask'))}, ignored ${ptr(get('p_sigignore'))}, caught ${ptr(get('p_sigcatch'))}`,
    );
    context.print(
      ` vmspace: ${ptr(get('p_vmspace'))}  upages: ${ptr(get('p_addr'))} (object ${ptr(get('p_upages_obj'))})  holds: ${get('p_lock')}`,
    );
    context.print(` ${stackState(memory, p)}`);
    printWait(context, p);
    if (get('p_stat') === K(memory).SZOMB) context.print(` exit status: ${ptr(get('p_xstat'))}`);
  },
};

export const showSleepq: ShowCommand = {
  name: 'sleepq',
  help: 'the sleep queues: who waits for which address',
  run({ memory, print }) {
    const { symbols } = memory.target;
    const base = symbols.address('slpque');
    const count = symbols.symbol('slpque').size / 8;
    let n = 0;
    for (let i = 0; i < count; i++)
      for (const p of queue(memory, base + i * 8, 'proc', 'p_slpq')) {
        const channel = memory.field('proc', p, 'p_wchan');
        print(
          `${String(i).padStart(3)}: ${symbolic(symbols, channel)} "${text(memory, memory.field('proc', p, 'p_wmesg'))}" pid ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`,
        );
        n++;
      }
    print(`${n} asleep`);
  },
};

export const showRunq: ShowCommand = {
  name: 'runq',
  help: 'the run queues: who waits for a processor',
  run({ memory, print }) {
    const { symbols } = memory.target;
    const base = symbols.address('runq');
    const count = symbols.symbol('runq').size / 8;
    let n = 0;
    for (let i = 0; i < count; i++)
      for (const p of queue(memory, base + i * 8, 'proc', 'p_procq')) {
        print(
          `${String(i).padStart(3)}: priority ${memory.field('proc', p, 'p_priority')} pid ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`,
        );
        n++;
      }
    print(`${n} runnable, runq_length ${memory.global('runq_length') | 0}`);
  },
};
