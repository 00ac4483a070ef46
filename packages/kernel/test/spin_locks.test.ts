import { fileURLToPath } from 'node:url';
import { readSources } from '@trap12/kcc';
import { expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { SPIN_LOAD, watchSpins } from '../../../tools/mutants/spin-watch.mjs';
import { kernelTests } from './module.js';

/**
 * Does each function that says so take its spin mutex, and is what belongs to a spin mutex written with it
 * held? The host watches a machine that boots, does a bit of everything, and then calls what that seldom or
 * never comes to. Plain functions exclude each other on this machine, so that nothing else shows a spin mutex
 * that is not taken.
 */
const TEST = `
let t_sx: embed<sx>;
let t_mtx: embed<mtx>;
let t_spin: embed<mtx>;
let t_lock: embed<lock>;
let t_go: int = 0;
let t_calls: array<embed<callout>, 110>;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_go)) + 1, PVM, 'tnap', 3);
}
export function* t_nothing(arg: u32): Sleeps {}
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_go)), PVM, 'tgo', 0);
  yield* kthread_exit(0);
}
/** When it is woken it waits for the mutex, or for the lock, without Giant. */
export function* t_waiter(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_go)), PVM, 'tgo', 0);
  mtx_unlock(Giant);
  if (arg === 0) {
    yield* mtx_lock(t_mtx);
    mtx_unlock(t_mtx);
  } else {
    yield* lockmgr(t_lock, LK_EXCLUSIVE, null, curproc());
    yield* lockmgr(t_lock, LK_RELEASE, null, curproc());
  }
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
/** Another process, which sleeps until it is woken. */
function* t_make(func: (arg: u32, frame: trapframe) => Sleeps, arg: u32): Sleeps<proc> {
  const pp = $var<proc>();
  yield* kthread_create(func, arg, pp, 0, 'tother');
  const q = pp[0];
  while (q.p_stat !== SSLEEP) yield* t_nap();
  return q;
}

function* t_sxs(): Sleeps {
  sx_init(t_sx, 'tsx');
  say('sx: shared', sx_try_slock(t_sx));
  say('sx: upgraded', sx_try_upgrade(t_sx));
  sx_downgrade(t_sx);
  sx_sunlock(t_sx);
  say('sx: exclusive', sx_try_xlock(t_sx));
  sx_xunlock(t_sx);
}
/** Two wait for the mutex; it is free, and one still waits, when it is tried. */
function* t_mutex(p: proc): Sleeps {
  mtx_init(t_mtx, 'tmtx', MTX_DEF);
  const q = yield* t_make(t_waiter, 0);
  const r = yield* t_make(t_waiter, 0);
  const depth = drop_giant();
  yield* mtx_lock(t_mtx);
  wakeup($addr($ref(t_go)));
  for (let i = 0; i < 1000 && (q.p_blocked !== t_mtx || r.p_blocked !== t_mtx); i++) yield* t_turn(p);
  say('mutex: both wait', t_is(q.p_blocked === t_mtx && r.p_blocked === t_mtx));
  mtx_unlock(t_mtx);
  say('mutex: tried', mtx_trylock(t_mtx));
  mtx_unlock(t_mtx);
  yield* pickup_giant(depth);
  yield* t_nap();
}
function* t_lockmgr(p: proc): Sleeps {
  lockinit(t_lock, PVM, 'tlock', 0, 0);
  yield* lockmgr(t_lock, LK_EXCLUSIVE, null, p);
  const q = yield* t_make(t_waiter, 1);
  wakeup($addr($ref(t_go)));
  while (q.p_wchan !== $addr(t_lock)) yield* t_nap();
  yield* lockmgr(t_lock, LK_RELEASE, null, p);
  yield* t_nap();
}
/** One that sleeps for ever is taken off its queue, and made to run. */
function* t_sleep(): Sleeps {
  const q = yield* t_make(t_sleeper, 0);
  unsleep(q);
  say('sleep: channel', t_is(q.p_wchan === 0));
  setrunnable(q);
  yield* t_nap();
  /* Before the scheduler runs a sleep is a moment. */
  mtx_init(t_spin, 'tspin', MTX_SPIN);
  cold = 1;
  mtx_lock_spin(t_spin);
  yield* msleep_spin($addr($ref(t_go)), t_spin, PVM, 'tcold', 0);
  mtx_unlock_spin(t_spin);
  cold = 0;
}
/** A bucket of so many calls that are not due that softclock rests in between. */
function* t_callouts(): Sleeps {
  timeout(t_nothing, 0, 1);
  for (let i = 0; i < 110; i++) {
    callout_init(t_calls[i], 1);
    callout_reset(t_calls[i], CALLWHEELSIZE + 4, t_nothing, 0);
  }
  for (let i = 0; i < 4; i++) yield* t_nap();
  for (let i = 0; i < 110; i++) callout_stop(t_calls[i]);
  yield* ad_timeout($addr(ad0_softc));
}
/** Timers of virtual time that go off, and what is left of them. */
function* t_clock(p: proc): Sleeps {
  p.p_stats.p_timer[ITIMER_VIRTUAL].it_value.tv_usec = tick;
  p.p_stats.p_timer[ITIMER_PROF].it_value.tv_usec = tick;
  hardclock_process(p, p.p_md_regs);
  say('clock: pending', t_is((p.p_sflag & (PS_ALRMPEND | PS_PROFPEND)) === (PS_ALRMPEND | PS_PROFPEND)));
  yield* clock_signals(p);
  p.p_siglist = 0;
  get_pcpu().switchticks = ticks - sched_quantum;
  hardclock(p.p_md_regs);
  intr_ipi(IPI_AST, p.p_md_regs);
  yield* intr_resched(p);
  yield* intr_preempt(p);
}
function* t_calls_of(p: proc): Sleeps {
  const args = $local<getrusage_args>();
  args.who = RUSAGE_SELF;
  args.rusage = 0;
  say('calls: no place', t_is((yield* getrusage(p, $addr(args))) === EFAULT));
  yield* sched_yield(p, 0);
  resetpriority(p);
  const pgid = constty.t_pgid;
  constty.t_pgid = p.p_pgid;
  yield* ttyinfo(constty);
  constty.t_pgid = pgid;
  printf('\\n');
  /* More than there is address space for. */
  say('calls: no zone', t_is((yield* zinit('tzone', 4096, 0x70000, ZONE_INTERRUPT, 1)) === null));
}

function* test(p: proc): Sleeps {
  yield* t_sxs();
  yield* t_mutex(p);
  yield* t_lockmgr(p);
  yield* t_sleep();
  yield* t_callouts();
  yield* t_clock(p);
  yield* t_calls_of(p);
}
`;

interface Seen {
  taken: string[];
  places: Map<string, number>;
  kept: string[];
  bare: string[];
}

let seen: () => Seen;
const { command, ramMB, machine } = SPIN_LOAD;
kernelTests(
  'what is called',
  TEST,
  {
    sx: { shared: 1, upgraded: 1, exclusive: 1 },
    mutex: { 'both wait': 1, tried: 1 },
    sleep: { channel: 1 },
    clock: { pending: 1 },
    calls: { 'no place': 1, 'no zone': 1 },
  },
  {
    form: 'checked',
    command,
    ramBytes: ramMB << 20,
    ...machine,
    prepare: (system) => {
      seen = watchSpins(system);
    },
  },
);

/** Functions by the mutex that they take, as that is called. */
const TAKERS: Record<string, string> = {
  ata0: 'ad_intr ad_taskq ad_timeout adstrategy',
  callout: 'callout_reset callout_stop callout_tick softclock timeout',
  malloc: 'free malloc_fill malloc_large malloc_overlimit malloc_reap malloc_take',
  'pbuf mutex': 'getpbuf msleep_spin relpbuf trypbuf',
  'pool mutex': 'lockmgr msleep_spin',
  'sched lock':
    'ast clock_signals donice endtsleep exit_rusage exit_zombie faultin fill_kinfo_sched fork1 fork_copyproc ' +
    'fork_trampoline getrusage hardclock hardclock_process idle_proc intr_ipi intr_preempt intr_resched ' +
    'ithread_add_handler ithread_create ithread_loop ithread_schedule kick_init kthread_create msleep ' +
    'msleep_spin mtx_block mtx_hand_over mtx_trylock proc0_post psignal resetpriority sched_yield schedcpu ' +
    'scheduler_choose setrunnable statclock stop_self swapout swapout_eligible swi_sched ttyinfo_proc ttypick ' +
    'unsleep userret vm_daemon_limit vm_pageout_oom vm_pageout_oom_size vmtotal_proc wait1 wait_reap wakeup_n',
  'sx backing lock':
    'sx_downgrade sx_slock sx_sunlock sx_try_slock sx_try_upgrade sx_try_xlock sx_xlock sx_xunlock',
  tspin: 'msleep_spin',
  'vnode inactive queue': 'vinact_next vrele_async',
  'vnode interlock': 'vget vinact_next vref vrele_async',
  zone: 'zalloc zfree zget',
  'zone subsystem': 'zinit zone_list_insert',
};

test('does each function take its spin mutex?', () => {
  const grouped: Record<string, string[]> = {};
  for (const what of seen().taken) {
    const [taker, mutex] = what.split(': ') as [string, string];
    if (!/^t_/.test(taker)) (grouped[mutex] ??= []).push(taker);
  }
  const text = Object.fromEntries(
    Object.entries(grouped).map(([mutex, takers]) => [mutex, takers.join(' ')]),
  );
  expect(text).toEqual(TAKERS);
});

/** In how many places functions take spin mutexes, by their text. */
function takers(): Map<string, number> {
  const files = [...readSources(fileURLToPath(new URL('../src/', import.meta.url))).values()];
  const functions = files.flatMap((text) => text.split(/^(?=(?:export )?function\*? )/m));
  return new Map(
    functions.flatMap((text) => {
      const name = /^(?:export )?function\*? (\w+)/.exec(text)?.[1];
      const n = [...text.matchAll(/^ .*\bmtx_lock_spin\((?!\))/gm)].length;
      return name === undefined || n === 0 || name === 'mtx_lock_spin' ? [] : [[name, n] as const];
    }),
  );
}

test('in each of the places in which it says so?', () => {
  const { places } = seen();
  expect(takers().size).toBeGreaterThan(80);
  expect([...takers()].filter(([name, n]) => places.get(name) !== n)).toEqual([]);
});

/** Stores without the mutex that the field's key names: by function, with a struct's fields. */
const BARE: Record<string, string> = {
  // Whoever makes a thing, before others can find it.
  'callout_init callout': 'c_arg c_flags c_func c_links c_time',
  'cpu_fork pcb': 'pcb_cr3 pcb_ebp pcb_ebx pcb_edi pcb_eip pcb_esi pcb_esp pcb_onfault pcb_schednest',
  'cpu_set_fork_handler pcb': 'pcb_ebx pcb_esi',
  'fork_copyproc proc': 'p_contested p_nativepri p_nice p_oncpu p_priority p_usrpri',
  'fork_enter proc': 'p_stat',
  'idle_setup proc': 'p_nativepri p_priority p_stat p_usrpri',
  'inthand_add ': 'ithds',
  'ithread_add_handler intrhand': 'ih_need',
  'ithread_create ithd': 'it_count it_handlers it_need',
  'mtx_init mtx': 'mtx_blocked',
  'smp_start proc': 'p_lastcpu p_oncpu',
  // A process does it to itself, which the key allows.
  'savectx pcb': 'pcb_cr3 pcb_ebp pcb_eip pcb_esp',
  'uaccess_fault pcb': 'pcb_onfault',
  // Without the mutex although it is declared: before the handlers look, and by code that has Giant or the
  // vm lock.
  'ithread_execute_handlers intrhand': 'ih_need',
  'ithread_loop ithd': 'it_need',
  'exec_aout_imgact vnode': 'v_flag',
  'memfs_drop vnode': 'v_flag',
  'spec_open vnode': 'v_flag',
  'vm_object_vndeallocate vnode': 'v_flag',
  'vnode_pager_dealloc vnode': 'v_flag',
};

test('is what belongs to a spin mutex written with it?', () => {
  const { kept, bare } = seen();
  expect(kept.length).toBeGreaterThan(100);
  const grouped: Record<string, string[]> = {};
  for (const what of bare) {
    const [maker, field] = what.split('.') as [string, string];
    (grouped[maker] ??= []).push(field);
  }
  const text = Object.fromEntries(
    Object.entries(grouped).map(([maker, fields]) => [maker, fields.join(' ')]),
  );
  expect(text).toEqual(BARE);
});
