import { counted, each, eachProcess, nameAt, part } from '../../host/rows.js';
import {
  currentProcess,
  processArgument,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structAt,
} from '../../host/show.js';
import { bits, comm, hex, nameOf, ptr, symbolic } from './db_tools.js';
import { isHalfMade, kernelConstants, kernelFlags, type Memory } from '@trap12/target';

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

/** The pid of the parent, 0 without one. */
function parentPid({ memory }: ShowContext, p: number): number {
  const parent = memory.field('proc', p, 'p_pptr');
  return parent === 0 ? 0 : memory.field('proc', structAt(memory, parent, ['proc'], 'process'), 'p_pid');
}

/** One line of `ps`, in the columns of May 2001. */
function psLine(context: ShowContext, p: number): string {
  const { memory } = context;
  const get = (field: string): number => memory.field('proc', p, field);
  const ppid = part(context, 'p_pptr', () => parentPid(context, p));
  const column = (value: number | string, width: number): string => String(value).padStart(width);
  const left = `${column(get('p_pid'), 5)} ${hex(p).padStart(8)} ${hex(get('p_addr')).padStart(8)} ${column(get('p_ucred_uid'), 4)} ${column(ppid, 5)} ${column(get('p_pgid'), 5)} ${hex(get('p_flag')).padStart(6, '0')} ${get('p_stat')}`;
  let wait = ' '.repeat(19);
  const waits = (name: string, where: string): string =>
    `  ${nameAt(context, name, get(name), 16).padStart(6)} ${hex(get(where)).padStart(8)}`;
  if (get('p_wchan') !== 0) wait = waits('p_wmesg', 'p_wchan');
  else if (get('p_stat') === K(memory).SMTX) wait = waits('p_mtxname', 'p_blocked');
  return `${left}${wait} ${comm(memory, p)}`;
}

export const showProcs: ShowCommand = {
  name: 'procs',
  aliases: ['ps'],
  help: 'all processes, as `ps`',
  run(context) {
    context.print(PS_HEADER);
    eachProcess(context, (p) => context.print(psLine(context, p)));
  },
};

/** Where a process's kernel stack is and how deep it is in use. */
function stackState(memory: Memory, p: number): string {
  const get = (field: string): number => memory.field('proc', p, field);
  const addr = get('p_addr');
  const { NOCPU, PAGE_SIZE, PS_INMEM, SZOMB, UPAGES } = K(memory);
  if (get('p_stat') === SZOMB) return 'zombie: stack freed or about to be';
  if (isHalfMade(memory, p)) return 'being made: its stack is not ready yet';
  if ((get('p_sflag') & PS_INMEM) === 0) return 'swapped out: stack not in memory';
  if (addr === 0) return 'no stack';
  const top = addr + UPAGES * PAGE_SIZE;
  if (get('p_oncpu') !== NOCPU) return `running on cpu ${get('p_oncpu')}, stack ${ptr(addr)}-${ptr(top)}`;
  const pcb = memory.address('user', addr, 'u_pcb');
  if (memory.wordAt(pcb) === undefined) return `*** stack ${ptr(addr)}-${ptr(top)} is not mapped ***`;
  const esp = memory.field('pcb', pcb, 'pcb_esp');
  const eip = symbolic(memory.target.symbols, memory.field('pcb', pcb, 'pcb_eip'));
  if (esp < addr || esp > top) return `*** esp ${ptr(esp)} outside stack ${ptr(addr)}-${ptr(top)} ***`;
  return `stack ${ptr(addr)}-${ptr(top)}, ${top - esp} bytes in use, switched out at ${eip}`;
}

export const showThreads: ShowCommand = {
  name: 'threads',
  help: 'processes with the state of their kernel stacks',
  empty: 'no process',
  run(context) {
    const { memory } = context;
    eachProcess(context, (p) => {
      const pid = memory.field('proc', p, 'p_pid');
      const stack = part(context, 'p_addr', () => stackState(memory, p));
      context.print(
        `${String(pid).padStart(5)} (${comm(memory, p)}) ${stateName(memory, memory.field('proc', p, 'p_stat'))}: ${stack}`,
      );
    });
  },
};

function printWait(context: ShowContext, p: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('proc', p, field);
  if (get('p_wchan') !== 0)
    context.print(
      ` asleep on ${symbolic(memory.target.symbols, get('p_wchan'))} "${nameAt(context, 'p_wmesg', get('p_wmesg'))}" for ${get('p_slptime')} s`,
    );
  if (get('p_blocked') !== 0)
    context.print(
      ` blocked on mutex ${ptr(get('p_blocked'))} "${nameAt(context, 'p_mtxname', get('p_mtxname'))}"`,
    );
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
      context.print(` parent: pid ${part(context, 'p_pptr', () => parentPid(context, p))} at ${ptr(parent)}`);
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
    context.print(` ${part(context, 'p_addr', () => stackState(memory, p))}`);
    printWait(context, p);
    if (get('p_stat') === K(memory).SZOMB) context.print(` exit status: ${ptr(get('p_xstat'))}`);
  },
};

/** The queues of processes in an array of heads: how many are on them, with whether that is all. */
function eachQueued(
  context: ShowContext,
  array: string,
  link: string,
  tell: (p: number, index: string) => void,
): string {
  const { memory } = context;
  const { symbols } = memory.target;
  const base = symbols.address(array);
  const count = symbols.symbol(array).size / 8;
  let n = 0;
  let whole = true;
  for (let i = 0; i < count; i++) {
    const walk = (): Iterable<number> => queue(memory, base + i * 8, 'proc', link);
    const index = String(i).padStart(3);
    const { elements, broken } = each(context, `${array}[${i}]`, walk, 'process', (p) => tell(p, index));
    n += elements.length;
    if (broken !== undefined) whole = false;
  }
  return counted(n, whole);
}

export const showSleepq: ShowCommand = {
  name: 'sleepq',
  help: 'the sleep queues: who waits for which address',
  run(context) {
    const { memory, print } = context;
    const { symbols } = memory.target;
    const n = eachQueued(context, 'slpque', 'p_slpq', (p, index) => {
      const channel = memory.field('proc', p, 'p_wchan');
      const why = nameAt(context, 'p_wmesg', memory.field('proc', p, 'p_wmesg'));
      print(
        `${index}: ${symbolic(symbols, channel)} "${why}" pid ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`,
      );
    });
    print(`${n} asleep`);
  },
};

export const showRunq: ShowCommand = {
  name: 'runq',
  help: 'the run queues: who waits for a processor',
  run(context) {
    const { memory, print } = context;
    const n = eachQueued(context, 'runq', 'p_procq', (p, index) =>
      print(
        `${index}: priority ${memory.field('proc', p, 'p_priority')} pid ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`,
      ),
    );
    print(`${n} runnable, runq_length ${memory.global('runq_length') | 0}`);
  },
};
