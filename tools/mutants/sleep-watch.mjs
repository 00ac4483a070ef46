/**
 * What is written without the sleep lock that it belongs to, what system calls come back with, and who wakes
 * whom, while a machine runs: for packages/kernel/test/sleep_locks.test.ts and its mutants.
 */
import { lockKeyOf, lockNameText } from '@trap12/explore';
import { compileText } from '@trap12/system/compile.js';
import { EVERY_CALL } from './every-call.mjs';

/**
 * A load (tools/loads.mjs): each system call, and a bit of everything. The program calls sync first, which is
 * the test in the kernel.
 */
export const SLEEP_LOAD = {
  command:
    'every; sleepers 3 4 & echo x > /tmp/f; seq 300 | cat | sort -n > /tmp/a; ps; mv /tmp/a /tmp/b; ' +
    'rm /tmp/f; kill %1; wait; time memcheck 5m; stress signals 1; stress storm 1; ' +
    'stress remote 2; stress wire 2; stress mapfile 2; stress files 2; stress rewrite 30; stress calls 25; ' +
    'memcheck 14m',
  ramMB: 7,
  says: [],
  seconds: 90,
  machine: { swapBytes: 4 << 20, ncpu: 2, executables: [compileText('every', EVERY_CALL)] },
};

/** Where functions that sleep or wake do so for others. */
const PASSED_ON = 'kern/kern_synch.ts';
const FRAME = { caller: 4, first: 8 };
const NAME_MAX = 32;
const STACK_MAX = 6;
/** Locks that most of the kernel runs under. */
const COMMON = new Set(['Giant', 'vm_mtx']);

/**
 * Sleeps that end because somebody does what they wait for, as `function function: sleep`: who wakes, and who
 * called that. The load has each of them, whatever the timing.
 */
export const WOKEN = [
  'buf_daemon kthread_suspend_check: suspkp',
  'execve exec_finish: ppwait',
  'exit1 exit_zombie: ppwait',
  'exit1 exit_zombie: wait',
  'issignal stop_self: wait',
  'kproc_shutdown suspend_kproc: psleep',
  'kproc_shutdown suspend_kproc: syncer',
  'pipe_close pipeclose: piperd',
  'pipe_close pipeclose: pipewr',
  'pipe_read pipewakeup: pipewr',
  'pipe_write pipewakeup: piperd',
  'sched_sync kthread_suspend_check: suspkp',
  'swp_pager_iodone swp_pager_iodone_read: swread',
];

/**
 * Watches a machine that has not been switched on; its kernel is to be in its checked form.
 * @returns a function that tells what has been seen. `kept`: the stores of a function to a field (or
 * variable) whose key names a sleep lock, all of them with what its key wants, as `function struct.field`;
 * `bare`: those of which some were without; `unseen`: those that were never made, if they want another lock
 * than Giant or the vm lock. `left`: what a process held when it began or ended a system call, or went back
 * to user mode, as `call: what`; `ended`: by system call how often it ended well and not; `never`: those that
 * did not end. `others`: how often vm_fork was at it for a parent that is not the running process; `free`:
 * such parents that were not held in memory. `unwoken`: those of WOKEN that nobody woke
 */
export function watchSleepLocks(system) {
  const watches = [stores(system), returns(system), forks(system)];
  const { machine } = system;
  const woken = wakes(system);
  machine.steps.askFrom({
    step: (view) => {
      for (const { step } of watches) step(view);
      return false;
    },
  });
  return () => Object.assign({}, ...watches.map(({ seen }) => seen()), woken());
}

/** Stores to what belongs to sleep locks. */
function stores(system) {
  const { symbols, memory, machine } = system;
  const offset = (struct, field) => symbols.offset(struct, field);
  const flags = symbols.constant('MTX_FLAGMASK');
  const sleeps = symbols.address('lock_class_mtx_sleep');
  const [owner, holder, lockClass] = [
    offset('mtx', 'mtx_lock'),
    offset('sx', 'sx_xholder'),
    offset('lock_object', 'lo_class'),
  ];
  const typeOf = (key, lock) => {
    const type =
      'variable' in lock
        ? symbols.symbol(lock.variable).type
        : symbols.struct(key.struct).fields[lock.field].type;
    return symbols.structBehind(symbols.type(type));
  };
  const isHeld = {
    mtx: (at) => ((memory.u32(at + owner) & ~flags) ^ machine.cpu.context) === 0,
    sx: (at) => (memory.u32(at + holder) | 0) === (machine.cpu.context | 0),
    lock: (at) =>
      memory.field('lock', at, 'lk_lockholder') === memory.field('proc', machine.cpu.context, 'p_pid'),
  };

  const known = storesIn(system);
  const seen = new Map();
  const spins = new Set();
  /** Undefined: it is no sleep lock, or has not been made. */
  const holds = ({ key, inner }, lock, address) => {
    const base = key.struct === '' ? 0 : address - inner - offset(key.struct, key.field);
    const place = 'variable' in lock ? symbols.address(lock.variable) : base + lock.offset;
    const at = (lock.pointer ? memory.u32(place) : place) >>> 0;
    const type = typeOf(key, lock);
    const made = type === 'mtx' ? memory.u32(at + lockClass) >>> 0 : sleeps;
    if (made !== sleeps && made !== 0) spins.add(lockNameText(key, lock));
    return made === sleeps ? isHeld[type](at) : undefined;
  };
  const step = ({ site, address, bytes }) => {
    const store = address >= 0 || bytes > 0 ? undefined : known.get(site >>> 0);
    if (store === undefined || seen.get(store.what) === false) return;
    const { letters, raw } = store;
    let all;
    for (const locks of letters) {
      const usable = raw ? locks.filter((lock) => 'variable' in lock) : locks;
      const held = usable.map((lock) => holds(store, lock, address >>> 0)).filter((is) => is !== undefined);
      if (held.length > 0) all = (all ?? true) && held.some(Boolean);
    }
    if (all !== undefined) seen.set(store.what, all);
  };
  /** Giant and the vm lock are held nearly everywhere: what has others says more. */
  const others = ({ key }) =>
    key.locks.some((lock) => !COMMON.has(lock.variable) && !spins.has(lockNameText(key, lock)));
  const unseen = () => {
    const all = new Set([...known.values()].filter(others).map(({ what }) => what));
    return [...all].filter((what) => !seen.has(what)).sort();
  };
  const told = () => ({
    kept: [...seen].flatMap(([what, all]) => (all ? [what] : [])).sort(),
    bare: [...seen].flatMap(([what, all]) => (all ? [] : [what])).sort(),
    unseen: unseen(),
  });
  return { step, seen: told };
}

/** The stores of a kernel's text to what has locks, by their addresses. */
function storesIn({ symbols }) {
  const out = new Map();
  let link;
  for (const [address] of symbols.image.sites) {
    const site = symbols.site(address);
    if (site === undefined) continue;
    /* What takes an element off a list writes to the place before it, whatever that is in. */
    const raw = site.kind === 'store' && site.lvalue.startsWith('$st32(') && site.lvalue.includes('_prev');
    if (site.kind === 'load' && /^(LIST|TAILQ)_ENTRY</.test(site.struct)) link = site;
    if (site.kind !== 'store' && site.kind !== 'rmw') continue;
    if (raw && (link?.line !== site.line || link.file !== site.file)) continue;
    const key = lockKeyOf(symbols, raw ? link : site);
    if (key?.kind !== 'locks') continue;
    // A key of two letters wants the locks of both.
    const texts = key.text.split(/, (?=\(\w\) )/);
    const letters = texts.map((text) =>
      key.locks.filter((lock) => new RegExp(`\\b${lock.variable ?? lock.field}\\b`).test(text)),
    );
    // Of a list's link or head: where in it.
    const inner = site.struct.includes('<') ? symbols.offset(site.struct, site.field) : 0;
    out.set(address >>> 0, {
      key,
      letters,
      raw,
      inner,
      what: `${site.function.name} ${key.struct}.${key.field}`,
    });
  }
  return out;
}

/** Whether a process has anything when it is through with a system call, or begins one. */
function returns(system) {
  const { symbols, memory, machine } = system;
  const at = new Map(['syscall', 'syscall_return', 'userret'].map((name) => [symbols.address(name), name]));
  const carry = symbols.constant('PSL_C');
  const left = new Set();
  const ended = new Map();
  /** Calls that have ended, by process, until what they give is in the frame */
  const through = new Map();
  const step = ({ site, address }) => {
    const where = address === 0 ? at.get(site >>> 0) : undefined;
    if (where === undefined) return;
    const p = machine.cpu.context;
    const frame = memory.field('proc', p, 'p_md_regs');
    const what =
      where === 'syscall_return' ? callName(system, memory.field('trapframe', frame, 'tf_eax')) : where;
    if (memory.field('proc', p, 'p_sleeplocks') !== 0) left.add(`${what}: locks`);
    if (memory.field('proc', p, 'p_locks') !== 0) left.add(`${what}: locks of lockmgr`);
    if (where === 'syscall_return') through.set(p, what);
    const call = through.get(p);
    if (where !== 'userret' || call === undefined) return;
    through.delete(p);
    const counts = ended.get(call) ?? { well: 0, not: 0 };
    counts[(memory.field('trapframe', frame, 'tf_eflags') & carry) === 0 ? 'well' : 'not']++;
    ended.set(call, counts);
  };
  const never = () => {
    const all = new Set(
      Array.from({ length: symbols.constant('NSYSENT') }, (_, code) => callName(system, code)),
    );
    return [...all].filter((call) => !ended.has(call)).sort();
  };
  return { step, seen: () => ({ left: [...left].sort(), ended, never: never() }) };
}

function callName({ symbols, memory }, code) {
  const { size } = symbols.struct('sysent_t');
  const row = symbols.address('sysent') + (code >>> 0 < symbols.constant('NSYSENT') ? code : 0) * size;
  return symbols.nearest(memory.field('sysent_t', row, 'sy_call'))?.symbol.name ?? '?';
}

/** Whether vm_fork has a parent that stays in memory: the running process, or one that is held. */
function forks({ symbols, memory, machine, target }) {
  const { address: begin, size } = symbols.symbol('vm_fork');
  const first = begin >>> 0;
  const bare = new Set();
  let others = 0;
  const step = ({ site }) => {
    // Before its first instruction it has no frame.
    const at = site >>> 0;
    if (at <= first || at >= first + size) return;
    const p = memory.u32((target.cpu.registers.ebp >>> 0) + FRAME.first) | 0;
    if (p === (machine.cpu.context | 0)) return;
    others++;
    if (memory.field('proc', p, 'p_lock') <= 0)
      bare.add(memory.string(memory.address('proc', p, 'p_comm'), NAME_MAX));
  };
  return { step, seen: () => ({ others, free: [...bare].sort() }) };
}

/** Who ends whose sleep: by what is called of kern_synch.ts, the function and who called that. */
function wakes(system) {
  const { symbols, memory, target } = system;
  const [slept, wakeup, switched] = ['HW_SLEEP', 'HW_WAKEUP', 'HW_SWITCH'].map((name) =>
    symbols.constant(name),
  );
  const asleep = new Map();
  const out = new Set();
  const waker = () => {
    let frame = target.cpu.registers.ebp >>> 0;
    const names = [];
    for (let i = 0; i < STACK_MAX && names.length < 2; i++) {
      const site = symbols.site(memory.u32(frame + FRAME.caller) - 1);
      if (site === undefined) break;
      if (site.file !== PASSED_ON || names.length > 0) names.unshift(site.function.name);
      frame = memory.u32(frame);
    }
    return names.join(' ');
  };
  const happened = (kind, object, _arg, view) => {
    if (kind === slept) asleep.set(view.context, object);
    else if (kind === switched) asleep.delete(object);
    else if (kind === wakeup)
      for (const [p, channel] of asleep)
        if (channel === object && (memory.field('proc', p, 'p_wchan') | 0) === (object | 0))
          out.add(`${waker()}: ${memory.string(memory.field('proc', p, 'p_wmesg'), NAME_MAX)}`);
  };
  system.observe({ happened }, ['KTR_PROC']);
  return () => ({ unwoken: WOKEN.filter((what) => !out.has(what)) });
}
