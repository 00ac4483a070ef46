import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';
import {
  currentProcess,
  findPid,
  needStruct,
  processArgument,
  processes,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  walkList,
} from '../../host/show.js';
import { comm, bits, place, processName, ptr, symbolic, text } from './db_tools.js';

const K = kernelConstants(
  'LI_EXCLUSIVE',
  'LI_RECURSEMASK',
  'LK_EXTFLG_MASK',
  'LK_KERNPROC',
  'LK_TYPE_MASK',
  'LOCK_NCHILDREN',
  'LO_INITIALIZED',
  'MAXCPU',
  'MTX_CONTESTED',
  'MTX_FLAGMASK',
  'MTX_RECURSED',
  'MTX_UNOWNED',
);
const LO_FLAGS = kernelFlags('LO_', 'WITNESS', 'QUIET', 'RECURSABLE', 'SLEEPABLE');
/** Bits of lo_flags below those: what the class of the lock keeps there. */
const LO_CLASS_BITS = 0xffff;
const LK_FLAGS = kernelFlags(
  'LK_',
  'WANT_UPGRADE',
  'WANT_EXCL',
  'HAVE_EXCL',
  'WAITDRAIN',
  'DRAINED',
  'SHARE_NONZERO',
);

/** `exclusive (sleep mutex) vm (0xc03...) locked @ vm/vm_fault.ts:88` */
function instanceLine(context: ShowContext, instance: number): string {
  const { memory } = context;
  const lock = memory.field('lock_instance', instance, 'li_lock');
  const flags = memory.field('lock_instance', instance, 'li_flags');
  const name = text(memory, memory.field('lock_object', lock, 'lo_name'));
  const kind = text(memory, memory.field('lock_object', lock, 'lo_class.lc_name'));
  const { LI_EXCLUSIVE, LI_RECURSEMASK } = K(memory);
  const depth = flags & LI_RECURSEMASK;
  const mode = (flags & LI_EXCLUSIVE) !== 0 ? 'exclusive' : 'shared';
  const at = place(memory.target.symbols, memory.field('lock_instance', instance, 'li_site'));
  return `${mode} (${kind}) ${name}${depth === 0 ? '' : ` r = ${depth}`} (${ptr(lock)}) locked @ ${at}`;
}

/** Locks on one of witness's lists, the last taken first. */
export function heldLocks(context: ShowContext, list: number): string[] {
  const { memory } = context;
  const { size } = memory.target.symbols.struct('lock_instance');
  const lines: string[] = [];
  for (const lle of walkList(list, (at) => memory.field('lock_list_entry', at, 'll_next'))) {
    const count = memory.field('lock_list_entry', lle, 'll_count');
    if (count > K(memory).LOCK_NCHILDREN)
      throw new ShowError(`*** lock list entry ${ptr(lle)} counts ${count} locks ***`);
    const children = memory.address('lock_list_entry', lle, 'll_children');
    for (let i = count - 1; i >= 0; i--) lines.push(instanceLine(context, children + i * size));
  }
  return lines;
}

export const showLocks: ShowCommand = {
  name: 'locks',
  usage: '[pid | address]',
  help: 'sleep locks that a process (the current one) holds, and spin locks of this CPU',
  empty: 'no lock is held',
  run(context) {
    const { memory } = context;
    const own = context.args[0] === undefined;
    const p = own ? currentProcess(context) : processArgument(context, context.args[0]!);
    if (p !== 0)
      for (const line of heldLocks(context, memory.field('proc', p, 'p_sleeplocks'))) context.print(line);
    if (own)
      for (const line of heldLocks(context, memory.field('pcpu', context.pcpu, 'spinlocks')))
        context.print(line);
  },
};

export const showAlllocks: ShowCommand = {
  name: 'alllocks',
  help: 'locks held by all processes and CPUs',
  empty: 'no lock is held',
  run(context) {
    const { memory } = context;
    for (const p of processes(memory)) {
      const lines = heldLocks(context, memory.field('proc', p, 'p_sleeplocks'));
      if (lines.length === 0) continue;
      context.print(`Process ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`);
      for (const line of lines) context.print(line);
    }
    const { size } = memory.target.symbols.struct('pcpu');
    for (let i = 0; i < Math.min(memory.global('mp_ncpus'), K(memory).MAXCPU); i++) {
      const lines = heldLocks(
        context,
        memory.field('pcpu', memory.target.symbols.address('__globaldata') + i * size, 'spinlocks'),
      );
      if (lines.length > 0) context.print(`CPU ${i}`);
      for (const line of lines) context.print(line);
    }
  },
};

function owner(memory: Memory, word: number): number {
  const { MTX_FLAGMASK, MTX_UNOWNED } = K(memory);
  const p = (word & ~MTX_FLAGMASK) >>> 0;
  return p === MTX_UNOWNED || p === 0 ? 0 : p;
}

export const showLockchain: ShowCommand = {
  name: 'lockchain',
  usage: '[pid | address]',
  help: 'what a process waits for, who holds that, what that one waits for, and so on',
  run(context) {
    const { memory } = context;
    let p =
      context.args[0] === undefined ? currentProcess(context) : processArgument(context, context.args[0]);
    if (p === 0) throw new ShowError('no current process');
    for (const seen = new Set<number>(); ; ) {
      if (seen.has(p)) {
        context.print(`${processName(memory, p)}: DEADLOCK, the chain is a ring`);
        return;
      }
      seen.add(p);
      const mutex = memory.field('proc', p, 'p_blocked');
      if (mutex !== 0) {
        const holder = owner(memory, memory.field('mtx', mutex, 'mtx_lock'));
        context.print(
          `${processName(memory, p)} blocked on mutex "${text(memory, memory.field('mtx', mutex, 'mtx_object.lo_name'))}" ${ptr(mutex)}, owned by ${holder === 0 ? 'nobody' : processName(memory, holder)}`,
        );
        if (holder === 0) return;
        p = holder;
        continue;
      }
      const holder = sleepHolder(context, p);
      if (holder === undefined) return;
      p = holder;
    }
  },
};

/**
 * Prints what a process that is not blocked on a mutex does; the holder, if it sleeps for a lock that has
 * one.
 */
function sleepHolder(context: ShowContext, p: number): number | undefined {
  const { memory } = context;
  const channel = memory.field('proc', p, 'p_wchan');
  if (channel === 0) {
    context.print(`${processName(memory, p)} waits for nothing, stat ${memory.field('proc', p, 'p_stat')}`);
    return undefined;
  }
  const wait = `${processName(memory, p)} asleep on ${symbolic(memory.target.symbols, channel)} "${text(memory, memory.field('proc', p, 'p_wmesg'))}"`;
  const x = sxHolder(context, channel);
  if (x !== undefined) {
    context.print(`${wait}, an sx lock held by ${x === 0 ? 'shared holders' : processName(memory, x)}`);
    return x === 0 ? undefined : x;
  }
  context.print(wait);
  return undefined;
}

/** sx locks sleep on their counts of waiters: the exclusive holder (0: shared) if the channel is one. */
function sxHolder(context: ShowContext, channel: number): number | undefined {
  const { memory } = context;
  for (const lock of allLocks(context)) {
    if (className(context, lock) !== 'sx') continue;
    if (
      channel !== memory.address('sx', lock, 'sx_shrd_wcnt') &&
      channel !== memory.address('sx', lock, 'sx_excl_wcnt')
    )
      continue;
    return memory.field('sx', lock, 'sx_xholder');
  }
  return undefined;
}

/** Every lock that witness knows. */
function allLocks(context: ShowContext): Generator<number> {
  return queue(context.memory, context.memory.target.symbols.address('all_locks'), 'lock_object', 'lo_list');
}

function className(context: ShowContext, lock: number): string {
  const lc = context.memory.field('lock_object', lock, 'lo_class');
  return lc === 0 ? '' : text(context.memory, context.memory.field('lock_class', lc, 'lc_name'));
}

export const showLock: ShowCommand = {
  name: 'lock',
  usage: 'address',
  help: 'a lock: mutex, sx or lockmgr, by what is in memory',
  run(context) {
    const { memory } = context;
    const at = structLock(context);
    const kind = isLockObject(context, at) ? className(context, at) : '';
    if (kind === '') {
      printLockmgr(context, at);
      return;
    }
    const flags = memory.field('lock_object', at, 'lo_flags');
    context.print(` class: ${kind}`);
    context.print(` name: ${text(memory, memory.field('lock_object', at, 'lo_name'))}`);
    context.print(` flags: {${bits(flags & ~(K(memory).LO_INITIALIZED | LO_CLASS_BITS), LO_FLAGS(memory))}}`);
    if (kind === 'sx') printSx(context, at);
    else printMutex(context, at);
    const site = memory.field('lock_object', at, 'lo_line');
    if (site !== 0) context.print(` last acquired @ ${place(memory.target.symbols, site)}`);
  },
};

/** vm_lockp and other pointers to mutexes stand for the mutex. */
function structLock(context: ShowContext): number {
  return needStruct(context, 'mtx', 'lock', ['lock_object', 'sx', 'lock']);
}

/** Does a lock_object that was initialised lie there? Its class is a variable of the kernel. */
function isLockObject(context: ShowContext, at: number): boolean {
  const { memory } = context;
  if ((memory.field('lock_object', at, 'lo_flags') & K(memory).LO_INITIALIZED) === 0) return false;
  const { symbols } = memory.target;
  const near = symbols.nearest(memory.field('lock_object', at, 'lo_class'));
  return near !== undefined && near.offset === 0 && symbols.isStruct(near.symbol.type, 'lock_class');
}

function printMutex(context: ShowContext, m: number): void {
  const { memory } = context;
  const word = memory.field('mtx', m, 'mtx_lock');
  const { MTX_CONTESTED, MTX_RECURSED } = K(memory);
  const p = owner(memory, word);
  const states = [p === 0 ? 'UNOWNED' : 'OWNED'];
  if ((word & MTX_CONTESTED) !== 0) states.push('CONTESTED');
  if ((word & MTX_RECURSED) !== 0) states.push('RECURSED');
  context.print(` state: {${states.join(', ')}}`);
  if (p !== 0) context.print(` owner: ${ptr(p)} (${processName(memory, p)})`);
  const depth = memory.field('mtx', m, 'mtx_recurse');
  if (depth !== 0) context.print(` recursed: ${depth}`);
  for (const w of queue(memory, memory.address('mtx', m, 'mtx_blocked'), 'proc', 'p_procq'))
    context.print(` waiting: ${ptr(w)} (${processName(memory, w)})`);
}

function printSx(context: ShowContext, s: number): void {
  const { memory } = context;
  const count = memory.field('sx', s, 'sx_cnt');
  const holder = memory.field('sx', s, 'sx_xholder');
  context.print(` state: ${count < 0 ? 'XLOCK' : count === 0 ? 'UNLOCKED' : `SLOCK: ${count} holders`}`);
  if (holder !== 0) context.print(` owner: ${ptr(holder)} (${processName(memory, holder)})`);
  context.print(
    ` waiters: ${memory.field('sx', s, 'sx_shrd_wcnt')} shared, ${memory.field('sx', s, 'sx_excl_wcnt')} exclusive`,
  );
}

/** lockmgr locks know no class: what makes one is an interlock from the pool. */
function printLockmgr(context: ShowContext, at: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('lock', at, field);
  const { LK_EXTFLG_MASK, LK_TYPE_MASK } = K(memory);
  const interlock = memory.target.symbols.nearest(get('lk_interlock'));
  if (interlock?.symbol.name !== 'mtx_pool_ary') throw new ShowError(`no lock at ${ptr(at)}`);
  const pid = get('lk_lockholder');
  context.print(` lock type: lockmgr "${text(memory, get('lk_wmesg'))}"`);
  context.print(` flags: {${bits(get('lk_flags') & ~(LK_TYPE_MASK | LK_EXTFLG_MASK), LK_FLAGS(memory))}}`);
  const exclusive = get('lk_exclusivecount');
  if (exclusive !== 0) context.print(` state: EXCL (count ${exclusive}) by ${holderName(context, pid)}`);
  else if (get('lk_sharecount') !== 0) context.print(` state: SHARED (count ${get('lk_sharecount')})`);
  else context.print(' state: UNLOCKED');
  context.print(
    ` waiters: ${get('lk_waitcount')}, priority ${get('lk_prio')}, interlock ${symbolic(memory.target.symbols, get('lk_interlock'))}`,
  );
}

function holderName(context: ShowContext, pid: number): string {
  if (pid === K(context.memory).LK_KERNPROC) return 'the kernel';
  const p = findPid(context.memory, pid);
  return p === undefined ? `pid ${pid}` : processName(context.memory, p);
}
