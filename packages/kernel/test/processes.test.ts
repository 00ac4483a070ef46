import { kernelTests } from './module.js';

/**
 * What a process gets and leaves: a child of vfork that ends without another program, what a child has of its
 * parent and its parent of it, a signal that is there before a sleep, and a priority that is lent to somebody
 * who waits to run.
 */
const TEST = `
let t_chan: int = 0;
let t_mtx: embed<mtx>;

/** How often a process stands on the run queue of its priority. */
function t_queued(p: proc): int {
  let n = 0;
  for (let q = TAILQ_FIRST(runq[p.p_priority >> 2]); q !== null; q = TAILQ_NEXT(q, 'p_procq')) if (q === p) n++;
  return n;
}
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_mtx)), PVM, 'tsleep', 0);
  yield* kthread_exit(0);
}
/** The owner of a mutex can run and does not; this process, which is more important, waits for it. */
function* t_lent(p: proc): Sleeps {
  const pp = $var<proc>();
  yield* kthread_create(t_sleeper, 0, pp, 0, 'tsleeper');
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
  const owner = pp[0];
  const priority = p.p_priority;
  mtx_init(t_mtx, 'test', MTX_DEF | MTX_NOWITNESS);
  mtx_lock_spin(sched_lock);
  owner.p_priority = PUSER;
  wakeup($addr($ref(t_mtx)));
  say('lent: can run', t_queued(owner));
  t_mtx.mtx_lock = $addr(owner);
  p.p_blocked = t_mtx;
  p.p_priority = PSWP;
  propagate_priority(p);
  say('lent: priority', owner.p_priority - PSWP);
  say('lent: own priority', owner.p_nativepri - PUSER);
  say('lent: on its queue', t_queued(owner));
  p.p_blocked = null;
  p.p_priority = priority;
  t_mtx.mtx_lock = MTX_UNOWNED;
  owner.p_sflag &= ~PS_PRIOLENT;
  remrunqueue(owner);
  owner.p_priority = owner.p_nativepri;
  setrunqueue(owner);
  mtx_unlock_spin(sched_lock);
  mtx_destroy(t_mtx);
}

/** A signal came before the sleep. */
function* t_signalled(p: proc): Sleeps {
  const begun = ticks;
  yield* PROC_LOCK(p);
  psignal(p, SIGUSR1);
  PROC_UNLOCK(p);
  const error = yield* tsleep($addr($ref(t_chan)), PVM | PCATCH, 'tsig', hz);
  say('signalled: told', t_is(error === EINTR || error === ERESTART));
  say('signalled: at once', t_is(ticks - begun < hz / 2));
  say('signalled: waits no more', t_is(p.p_wchan === 0));
  p.p_siglist = 0;
}

/** A signal comes during the sleep of another process. */
let t_woken: int = 0;
export function* t_catches(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(t_woken)), PVM | PCATCH, 'tcatch', 0);
  t_woken = 1;
  yield* kthread_exit(0);
}
function* t_woken_by_signal(): Sleeps {
  const pp = $var<proc>();
  yield* kthread_create(t_catches, 0, pp, 0, 'tcatches');
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
  say('signalled: asleep', 1 - t_woken);
  yield* PROC_LOCK(pp[0]);
  psignal(pp[0], SIGUSR1);
  PROC_UNLOCK(pp[0]);
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
  say('signalled: awake', t_woken);
}

/** A child that is waited for as after vfork: it goes on behind this system call, and ends. */
function* t_child(p: proc): Sleeps {
  const pp = $var<proc>();
  const mask = p.p_sigmask;
  const held = p.p_lock;
  p.p_sigmask = sigmask(SIGUSR2);
  say('child: made', yield* fork1(p, RFFDG | RFPROC | RFPPWAIT, pp));
  p.p_sigmask = mask;
  say('child: ended', t_is(pp[0].p_stat === SZOMB));
  say('child: waited for', pp[0].p_flag & P_PPWAIT);
  say('child: blocks the same signals', t_is(pp[0].p_sigmask === sigmask(SIGUSR2)));
  say('child: parent is held as before', p.p_lock - held);
}

/** What a process and its children have used. */
let t_used: embed<rusage>;
function* t_usage(p: proc): Sleeps {
  const status = p.p_xstat;
  const before = p.p_stats.p_cru.ru_nsignals;
  p.p_stats.p_cru.ru_nsignals = 1000;
  p.p_ru = t_used;
  exit_rusage(p, 0);
  say('used: by the children, too', p.p_ru.ru_nsignals - p.p_stats.p_ru.ru_nsignals);
  p.p_ru = null;
  p.p_xstat = status;
  p.p_stats.p_cru.ru_nsignals = before;
}

/** Init does not look, and is told that a process which is its own has ended. */
export function* t_ends(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
function* t_told(): Sleeps {
  const ignored = initproc.p_sigignore;
  const mask = initproc.p_sigmask;
  initproc.p_sigignore &= ~sigmask(SIGCHLD);
  initproc.p_sigmask |= sigmask(SIGCHLD);
  initproc.p_siglist &= ~sigmask(SIGCHLD);
  yield* kthread_create(t_ends, 0, null, 0, 'tends');
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
  say('init: told', t_is((initproc.p_siglist & sigmask(SIGCHLD)) !== 0));
  initproc.p_siglist &= ~sigmask(SIGCHLD);
  initproc.p_sigignore = ignored;
  initproc.p_sigmask = mask;
}

function* test(p: proc): Sleeps {
  yield* t_lent(p);
  yield* t_signalled(p);
  yield* t_woken_by_signal();
  yield* t_usage(p);
  yield* t_told();
  yield* t_child(p);
}
`;

const expected: Record<string, Record<string, number>> = {
  lent: { 'can run': 1, priority: 0, 'own priority': 0, 'on its queue': 1 },
  signalled: { told: 1, 'at once': 1, 'waits no more': 1, asleep: 1, awake: 1 },
  used: { 'by the children, too': 1000 },
  init: { told: 1 },
  child: {
    made: 0,
    ended: 1,
    'waited for': 0,
    'blocks the same signals': 1,
    'parent is held as before': 0,
  },
};

kernelTests('processes', TEST, expected);
