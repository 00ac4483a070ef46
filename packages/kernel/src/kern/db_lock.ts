import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';
import { complain, each, eachProcess, guarded, nameAt, part } from '../../host/rows.js';
import {
  currentProcess,
  findPid,
  follow,
  linked,
  needStruct,
  processArgument,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structAt,
} from '../../host/show.js';
import { comm, bits, place, processName, ptr, symbolic } from './db_tools.js';

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
  const of = (path: string): string =>
    part(context, 'li_lock', () =>
      nameAt(context, path, memory.field('lock_object', lockAt(memory, lock), path)),
    );
  const [name, kind] = [of('lo_name'), of('lo_class.lc_name')];
  const { LI_EXCLUSIVE, LI_RECURSEMASK } = K(memory);
  const depth = flags & LI_RECURSEMASK;
  const mode = (flags & LI_EXCLUSIVE) !== 0 ? 'exclusive' : 'shared';
  const at = place(memory.target.symbols, memory.field('lock_instance', instance, 'li_site'));
  return `${mode} (${kind}) ${name}${depth === 0 ? '' : ` r = ${depth}`} (${ptr(lock)}) locked @ ${at}`;
}

/** Where a lock_object may be. @throws BadAddress, ShowError */
const lockAt = (memory: Memory, at: number): number =>
  structAt(memory, at, ['lock_object', 'mtx', 'sx'], 'lock');

/**
 * Prints the locks on one of witness's lists, the last taken first. Where there is none it prints nothing.
 * @param whose locks they are
 * @param title printed before the first
 */
export function printLocks(context: ShowContext, whose: string, list: number, title?: string): boolean {
  const { memory } = context;
  const { size } = memory.target.symbols.struct('lock_instance');
  const most = K(memory).LOCK_NCHILDREN;
  let any = false;
  const begin = (): void => {
    if (!any && title !== undefined) context.print(title);
    any = true;
  };
  const { elements, broken } = follow(`locks of ${whose}`, () =>
    linked(memory, list, 'lock_list_entry', 'll_next'),
  );
  for (const lle of elements) {
    const count = memory.field('lock_list_entry', lle, 'll_count');
    const children = memory.address('lock_list_entry', lle, 'll_children');
    if (count !== 0) begin();
    if (count > most || count < 0) {
      complain(context, `lock list entry ${ptr(lle)} counts ${count} locks`);
      continue;
    }
    for (let i = count - 1; i >= 0; i--)
      guarded(context, `lock ${i} of ${ptr(lle)}`, () =>
        context.print(instanceLine(context, children + i * size)),
      );
  }
  if (broken !== undefined) begin();
  complain(context, broken);
  return any;
}

/** Those of a process: its sleep locks. */
const printOwn = (context: ShowContext, p: number, title?: string): boolean =>
  printLocks(context, processName(context.memory, p), context.memory.field('proc', p, 'p_sleeplocks'), title);

export const showLocks: ShowCommand = {
  name: 'locks',
  usage: '[pid | address]',
  help: 'sleep locks that a process (the current one) holds, and spin locks of this CPU',
  empty: 'no lock is held',
  run(context) {
    const { memory } = context;
    let any = false;
    if (context.args[0] !== undefined) any = printOwn(context, processArgument(context, context.args[0]));
    else {
      const told = guarded(context, 'sleep locks', () => {
        const p = currentProcess(context);
        if (p !== 0) any = printOwn(context, p);
      });
      const spin = memory.field('pcpu', context.pcpu, 'spinlocks');
      any = printLocks(context, 'this CPU', spin) || any || !told;
    }
    // Also behind the line that says that no process is there.
    if (!any) context.print('no lock is held');
  },
};

export const showAlllocks: ShowCommand = {
  name: 'alllocks',
  help: 'locks held by all processes and CPUs',
  empty: 'no lock is held',
  run(context) {
    const { memory } = context;
    eachProcess(context, (p) => {
      printOwn(context, p, `Process ${memory.field('proc', p, 'p_pid')} (${comm(memory, p)})`);
    });
    const { size } = memory.target.symbols.struct('pcpu');
    const base = memory.target.symbols.address('__globaldata');
    for (let i = 0; i < Math.min(memory.global('mp_ncpus'), K(memory).MAXCPU); i++)
      printLocks(context, `CPU ${i}`, memory.field('pcpu', base + i * size, 'spinlocks'), `CPU ${i}`);
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
      const holder = mutex === 0 ? sleepHolder(context, p) : mutexHolder(context, p, mutex);
      if (holder === undefined) return;
      p = holder;
    }
  },
};

/** A process by its name, as part of a row. */
const processPart = (context: ShowContext, what: string, p: number): string =>
  part(context, what, () => processName(context.memory, structAt(context.memory, p, ['proc'], 'process')));

/** Prints for which mutex a process waits; who holds it, if that is a process. */
function mutexHolder(context: ShowContext, p: number, mutex: number): number | undefined {
  const { memory } = context;
  const get = (path: string): number => memory.field('mtx', structAt(memory, mutex, ['mtx'], 'mutex'), path);
  const mutexName = part(context, 'p_blocked', () => nameAt(context, 'lo_name', get('mtx_object.lo_name')));
  let next: number | undefined;
  const by = part(context, 'p_blocked', () => {
    const holder = owner(memory, get('mtx_lock'));
    if (holder === 0) return 'nobody';
    const who = processName(memory, structAt(memory, holder, ['proc'], 'process'));
    next = holder;
    return who;
  });
  context.print(`${processName(memory, p)} blocked on mutex "${mutexName}" ${ptr(mutex)}, owned by ${by}`);
  return next;
}

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
  const wait = `${processName(memory, p)} asleep on ${symbolic(memory.target.symbols, channel)} "${nameAt(context, 'p_wmesg', memory.field('proc', p, 'p_wmesg'))}"`;
  const x = sxHolder(context, channel);
  if (x === undefined) {
    context.print(wait);
    return undefined;
  }
  const by = x === 0 ? 'shared holders' : processPart(context, 'sx_xholder', x);
  context.print(`${wait}, an sx lock held by ${by}`);
  return x === 0 || by === '?' ? undefined : x;
}

/** sx locks sleep on their counts of waiters: the exclusive holder (0: shared) if the channel is one. */
function sxHolder(context: ShowContext, channel: number): number | undefined {
  const { memory } = context;
  const { elements, broken } = follow('all_locks', () => allLocks(context));
  for (const lock of elements) {
    if (className(context, lock) !== 'sx') continue;
    if (
      channel !== memory.address('sx', lock, 'sx_shrd_wcnt') &&
      channel !== memory.address('sx', lock, 'sx_excl_wcnt')
    )
      continue;
    return memory.field('sx', lock, 'sx_xholder');
  }
  // Whether it is an sx lock is not known then.
  if (broken !== undefined) context.unsure(broken);
  return undefined;
}

/** Every lock that witness knows. */
function allLocks(context: ShowContext): Generator<number> {
  return queue(context.memory, context.memory.target.symbols.address('all_locks'), 'lock_object', 'lo_list');
}

function className(context: ShowContext, lock: number): string {
  const lc = context.memory.field('lock_object', lock, 'lo_class');
  if (lc === 0 || !isLockClass(context, lc)) return '';
  return nameAt(context, 'lc_name', context.memory.field('lock_class', lc, 'lc_name'));
}

export const showLock: ShowCommand = {
  name: 'lock',
  usage: 'address',
  help: 'a lock: mutex, sx or lockmgr, by what is in memory',
  run(context) {
    const { memory } = context;
    const at = structLock(context);
    const kind = kindOf(context, at);
    if (kind === '') {
      printLockmgr(context, at);
      return;
    }
    const flags = memory.field('lock_object', at, 'lo_flags');
    context.print(` class: ${kind}`);
    context.print(` name: ${nameAt(context, 'lo_name', memory.field('lock_object', at, 'lo_name'))}`);
    context.print(` flags: {${bits(flags & ~(K(memory).LO_INITIALIZED | LO_CLASS_BITS), LO_FLAGS(memory))}}`);
    if (kind === 'sx' || variableOf(context, at) === 'sx') printSx(context, at);
    else printMutex(context, at);
    const site = memory.field('lock_object', at, 'lo_line');
    if (site !== 0) context.print(` last acquired @ ${place(memory.target.symbols, site)}`);
  },
};

/** vm_lockp and other pointers to mutexes stand for the mutex. */
function structLock(context: ShowContext): number {
  return needStruct(context, 'mtx', 'lock', ['lock_object', 'sx', 'lock']);
}

/**
 * The class of the lock that lies there, '' if it has none. A class is a variable of the kernel; of a lock
 * that is a variable itself it is known without it what it is.
 */
function kindOf(context: ShowContext, at: number): string {
  const { memory } = context;
  if ((memory.field('lock_object', at, 'lo_flags') & K(memory).LO_INITIALIZED) === 0) return '';
  const kind = className(context, at);
  if (kind !== '' || variableOf(context, at) === undefined) return kind;
  const lc = memory.field('lock_object', at, 'lo_class');
  context.unsure(`lo_class: no class of locks at ${ptr(lc)}`);
  return '?';
}

/** The structure of a variable of the kernel's that is a lock. */
function variableOf({ memory }: ShowContext, at: number): string | undefined {
  const { symbols } = memory.target;
  const near = symbols.nearest(at);
  if (near === undefined || near.offset !== 0) return undefined;
  return ['mtx', 'sx'].find((struct) => symbols.isStruct(near.symbol.type, struct));
}

function isLockClass({ memory }: ShowContext, lc: number): boolean {
  const { symbols } = memory.target;
  const near = symbols.nearest(lc);
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
  if (p !== 0) context.print(` owner: ${ptr(p)} (${processPart(context, 'mtx_lock', p)})`);
  const depth = memory.field('mtx', m, 'mtx_recurse');
  if (depth !== 0) context.print(` recursed: ${depth}`);
  const blocked = (): Iterable<number> =>
    queue(memory, memory.address('mtx', m, 'mtx_blocked'), 'proc', 'p_procq');
  each(context, 'mtx_blocked', blocked, 'process', (w) =>
    context.print(` waiting: ${ptr(w)} (${processName(memory, w)})`),
  );
}

function printSx(context: ShowContext, s: number): void {
  const { memory } = context;
  const count = memory.field('sx', s, 'sx_cnt');
  const holder = memory.field('sx', s, 'sx_xholder');
  context.print(` state: ${count < 0 ? 'XLOCK' : count === 0 ? 'UNLOCKED' : `SLOCK: ${count} holders`}`);
  if (holder !== 0) context.print(` owner: ${ptr(holder)} (${processPart(context, 'sx_xholder', holder)})`);
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
  context.print(` lock type: lockmgr "${nameAt(context, 'lk_wmesg', get('lk_wmesg'))}"`);
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
  return part(context, 'lk_lockholder', () => {
    const p = findPid(context.memory, pid);
    return p === undefined ? `pid ${pid}` : processName(context.memory, p);
  });
}
