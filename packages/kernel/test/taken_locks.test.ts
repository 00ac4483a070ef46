import { fileURLToPath } from 'node:url';
import { readSources } from '@trap12/kcc';
import { expect, test } from 'vitest';
import { kernelTests } from './module.js';

/**
 * Does each function that says so take the lock of the process table, of the process tree, of the sysctl tree
 * or of a process? Here this process has the lock while another one calls the function: that one must stand
 * where it waits for the lock, in the way in which it wants it, and be through when the lock is given back.
 * A lock that is wanted exclusively is held shared, so that taking it shared would not do.
 */
const TEST = `
const T_ALLPROC = 0;
const T_TREE = 1;
const T_SYSCTL = 2;
/** The lock of the process that calls. */
const T_OWN = 3;
/** That of this process, whom the call is about. */
const T_MINE = 4;

let t_me: proc = null;
let t_worker: proc = null;
let t_go: int = 0;
let t_ready: int = 0;
let t_done: int = 0;
let t_kid: proc = null;
let t_int: int = 0;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_go)) + 1, PVM, 'tnap', 3);
}
export function* t_ends(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
/** Ends as a child of whoever it belongs to by then. */
export function* t_child(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  yield* exit1(curproc(), 0);
}
/** A zombie that is the caller's child. */
function* t_zombie(p: proc): Sleeps {
  const pp = $var<proc>();
  p.p_sigacts.ps_flag &= ~PS_NOCLDWAIT;
  yield* kthread_create(t_child, 0, pp, 0, 'tchild');
  yield* sx_xlock(proctree_lock);
  proc_reparent(pp[0], p);
  sx_xunlock(proctree_lock);
  while (pp[0].p_stat !== SZOMB) yield* t_nap();
  t_kid = pp[0];
}
function* t_sysctl(p: proc): Sleeps {
  const oid = $local<sysctl_oid>();
  const req = $local<sysctl_req>();
  bzero($addr(oid), $sizeof<sysctl_oid>());
  bzero($addr(req), $sizeof<sysctl_req>());
  oid.oid_number = KERN_PROC_ALL;
  req.rq_p = p;
  yield* sysctl_kern_proc(oid, 0, 0, req);
}
function* t_kernel_sysctl(p: proc): Sleeps {
  const name = $local<array<int, 2>>();
  const n = $var<u32>();
  name[0] = CTL_KERN;
  name[1] = KERN_OSTYPE;
  yield* kernel_sysctl(p, $ref(name[0]), 2, 0, 0, 0, 0, n);
}
function* t_info(q: proc): Sleeps {
  const kp = $local<kinfo_proc>();
  yield* fill_kinfo_proc(q, kp);
}
function* t_wait(p: proc, options: int): Sleeps {
  const args = $local<wait_args>();
  bzero($addr(args), $sizeof<wait_args>());
  args.pid = WAIT_ANY;
  args.options = options;
  yield* wait1(p, $addr(args), 0);
}
function* t_priority(p: proc, set: boolean, who: int): Sleeps {
  const args = $local<setpriority_args>();
  args.which = PRIO_PROCESS;
  args.who = who;
  args.prio = t_me.p_nice;
  if (set) yield* setpriority(p, $addr(args));
  else yield* getpriority(p, $addr(args));
}
function* t_setuid(p: proc): Sleeps {
  const args = $local<setuid_args>();
  args.uid = 1;
  yield* setuid(p, $addr(args));
}
function* t_sigprocmask(p: proc): Sleeps {
  const args = $local<sigprocmask_args>();
  bzero($addr(args), $sizeof<sigprocmask_args>());
  yield* sigprocmask(p, $addr(args));
}
function* t_sigaction(p: proc): Sleeps {
  const args = $local<sigaction_args>();
  bzero($addr(args), $sizeof<sigaction_args>());
  args.sig = SIGUSR1;
  yield* sigaction(p, $addr(args));
}
function* t_itimer(p: proc, set: boolean): Sleeps {
  const itv = $local<itimerval>();
  bzero($addr(itv), $sizeof<itimerval>());
  if (set) yield* itimer_set(p, ITIMER_REAL, itv);
  else yield* itimer_get(p, ITIMER_REAL, itv);
}
function* t_ttyinfo(): Sleeps {
  const pgid = constty.t_pgid;
  constty.t_pgid = 9999;
  yield* ttyinfo(constty);
  constty.t_pgid = pgid;
}
function* t_vmtotal(): Sleeps {
  const total = $local<vmtotal_t>();
  yield* vmtotal(total);
}
function* t_note(): Sleeps {
  const vms = $local<array<vmspace, 32>>();
  const limits = $local<array<vm_pindex_t, 32>>();
  yield* vm_daemon_note($ref(vms[0]), $ref(limits[0]), 0);
}
/** Memory is used up, as far as it looks, and nobody is there who may be killed. */
function* t_oom(): Sleeps {
  const target = cnt.v_free_target;
  const spared = $local<array<proc, 16>>();
  let n = 0;
  cnt.v_free_target = 1000000;
  swap_pager_full = 1;
  for (let q = LIST_FIRST(allproc); q !== null && n < 16; q = LIST_NEXT(q, 'p_list')) {
    if ((q.p_flag & P_SYSTEM) !== 0) continue;
    q.p_flag |= P_SYSTEM;
    spared[n++] = q;
  }
  yield* vm_lock();
  yield* vm_pageout_oom();
  vm_unlock();
  while (n > 0) spared[--n].p_flag &= ~P_SYSTEM;
  swap_pager_full = 0;
  cnt.v_free_target = target;
}
function* t_stop_self(p: proc): Sleeps {
  yield* PROC_LOCK(p);
  /* It is continued before it has stopped. */
  p.p_siglist |= sigmask(SIGCONT);
  yield* stop_self(p, SIGSTOP);
  p.p_siglist = 0;
  PROC_UNLOCK(p);
}

/** Case i: how its lock is wanted. */
let t_lock: int = 0;
let t_excl: boolean = false;
let t_name: str = null;
let t_what: int = 0;

function t_case(i: int, what: str, lock: int, excl: boolean): boolean {
  if (i !== t_what) return false;
  t_name = what;
  t_lock = lock;
  t_excl = excl;
  return true;
}

/** Makes the call of case t_what if go; else only says which it is. False if there is none. */
function* t_call(p: proc, go: boolean): Sleeps<boolean> {
  if (t_case(0, 'pfind', T_ALLPROC, false)) {
    if (go) {
      const q = yield* pfind(t_me.p_pid);
      PROC_UNLOCK(q);
    }
  } else if (t_case(1, 'zpfind', T_ALLPROC, false)) {
    if (go) yield* zpfind(9999);
  } else if (t_case(2, 'pgfind', T_ALLPROC, false)) {
    if (go) yield* pgfind(9999);
  } else if (t_case(3, 'enterpgrp', T_TREE, true)) {
    if (go) yield* enterpgrp(p, p.p_pgid, false);
  } else if (t_case(4, 'uid_proccnt', T_ALLPROC, false)) {
    if (go) yield* uid_proccnt(0);
  } else if (t_case(5, 'sysctl_kern_proc', T_ALLPROC, false)) {
    if (go) yield* t_sysctl(p);
  } else if (t_case(6, 'schedcpu', T_ALLPROC, false)) {
    loadav_seconds = 0;
    if (go) yield* schedcpu(0);
  } else if (t_case(7, 'loadav', T_ALLPROC, false)) {
    if (go) yield* loadav();
  } else if (t_case(8, 'ttyinfo', T_ALLPROC, false)) {
    if (go) yield* t_ttyinfo();
  } else if (t_case(9, 'pgsignal', T_ALLPROC, false)) {
    if (go) yield* pgsignal(9999, SIGCHLD, 0);
  } else if (t_case(10, 'stop_self', T_TREE, false)) {
    if (go) yield* t_stop_self(p);
  } else if (t_case(11, 'exit_unlist', T_ALLPROC, true)) {
    if (go) yield* kthread_exit(0);
  } else if (t_case(12, 'exit_orphan', T_TREE, true)) {
    if (go) yield* exit_orphan(p);
  } else if (t_case(13, 'exit_notify', T_TREE, true)) {
    if (go) yield* exit_notify(p);
  } else if (t_case(14, 'wait1', T_TREE, false)) {
    if (go) yield* t_wait(p, WNOHANG);
  } else if (t_case(15, 'wait_reap', T_ALLPROC, true)) {
    if (go) yield* t_wait(p, 0);
  } else if (t_case(16, 'wait_reap, tree', T_TREE, true)) {
    if (go) yield* t_wait(p, 0);
  } else if (t_case(17, 'killpg1', T_ALLPROC, false)) {
    if (go) yield* killpg1(p, 0, 9999);
  } else if (t_case(18, 'proc0_post', T_ALLPROC, false)) {
    if (go) yield* proc0_post(0);
  } else if (t_case(19, 'getpriority', T_ALLPROC, false)) {
    if (go) yield* t_priority(p, false, 9999);
  } else if (t_case(20, 'setpriority', T_ALLPROC, false)) {
    if (go) yield* t_priority(p, true, 9999);
  } else if (t_case(21, 'fork_link', T_TREE, true)) {
    if (go) yield* kthread_create(t_ends, 0, null, 0, 'tends');
  } else if (t_case(22, 'fork_enter', T_ALLPROC, true)) {
    if (go) yield* kthread_create(t_ends, 0, null, 0, 'tends');
  } else return yield* t_call2(p, go);
  return true;
}
function* t_call2(p: proc, go: boolean): Sleeps<boolean> {
  if (t_case(23, 'kthread_exit', T_TREE, true)) {
    if (go) yield* kthread_exit(0);
  } else if (t_case(24, 'getppid', T_TREE, false)) {
    if (go) yield* getppid(p, 0);
  } else if (t_case(25, 'vmtotal', T_ALLPROC, false)) {
    if (go) yield* t_vmtotal();
  } else if (t_case(26, 'scheduler_choose', T_ALLPROC, false)) {
    if (go) {
      const q = yield* scheduler_choose();
      if (q !== null) PROC_UNLOCK(q);
    }
  } else if (t_case(27, 'swapout_procs', T_ALLPROC, false)) {
    if (go) yield* swapout_procs(0);
  } else if (t_case(28, 'vm_daemon_note', T_ALLPROC, false)) {
    if (go) yield* t_note();
  } else if (t_case(29, 'vm_pageout_oom', T_ALLPROC, false)) {
    if (go) yield* t_oom();
  } else if (t_case(30, 'sysctl_add_oid', T_SYSCTL, true)) {
    if (go) yield* SYSCTL_ADD_INT(null, 999, 'tlocks', CTLFLAG_RD, $ref(t_int));
  } else if (t_case(31, 'kernel_sysctl', T_SYSCTL, true)) {
    if (go) yield* t_kernel_sysctl(p);
  } else if (t_case(32, 'pfind, process', T_MINE, true)) {
    if (go) {
      const q = yield* pfind(t_me.p_pid);
      PROC_UNLOCK(q);
    }
  } else if (t_case(33, 'enterpgrp, process', T_OWN, true)) {
    if (go) yield* enterpgrp(p, p.p_pid, true);
  } else if (t_case(34, 'fill_kinfo_proc', T_MINE, true)) {
    if (go) yield* t_info(t_me);
  } else if (t_case(35, 'killpg1, process', T_MINE, true)) {
    if (go) yield* killpg1(p, 0, t_me.p_pgid);
  } else if (t_case(36, 'setpriority, process', T_MINE, true)) {
    if (go) yield* t_priority(p, true, t_me.p_pid);
  } else if (t_case(37, 'setuid', T_OWN, true)) {
    if (go) yield* t_setuid(p);
  } else if (t_case(38, 'sigprocmask', T_OWN, true)) {
    if (go) yield* t_sigprocmask(p);
  } else if (t_case(39, 'sigaction', T_OWN, true)) {
    if (go) yield* t_sigaction(p);
  } else if (t_case(40, 'itimer_get', T_OWN, true)) {
    if (go) yield* t_itimer(p, false);
  } else if (t_case(41, 'itimer_set', T_OWN, true)) {
    if (go) yield* t_itimer(p, true);
  } else if (t_case(42, 'execsigs', T_OWN, true)) {
    if (go) yield* execsigs(p);
  } else if (t_case(43, 'exit1', T_OWN, true)) {
    if (go) yield* kthread_exit(0);
  } else if (t_case(44, 'swapout_procs, process', T_MINE, true)) {
    if (go) yield* swapout_procs(0);
  } else return false;
  return true;
}

export function* t_work(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  const p = curproc();
  if (t_what === 15 || t_what === 16) yield* t_zombie(p);
  t_ready = 1;
  yield* tsleep($addr($ref(t_go)), PVM, 'tgo', 0);
  yield* t_call(p, true);
  t_done = 1;
  yield* kthread_exit(0);
}

function t_sx(): sx {
  if (t_lock === T_TREE) return proctree_lock;
  return t_lock === T_SYSCTL ? sysctl_lock : allproc_lock;
}
function t_mtx(): mtx {
  return t_lock === T_OWN ? t_worker.p_mtx : t_me.p_mtx;
}
/** Does the process stand where it waits for the lock? */
function t_waits(q: proc): int {
  if (t_lock >= T_OWN) return t_is(q.p_stat === SMTX && q.p_blocked === t_mtx());
  const s = t_sx();
  const chan = t_excl ? $addr($ref(s.sx_excl_wcnt)) : $addr($ref(s.sx_shrd_wcnt));
  return t_is(q.p_stat === SSLEEP && q.p_wchan === chan);
}
function* t_take(): Sleeps {
  if (t_lock >= T_OWN) yield* mtx_lock(t_mtx());
  else if (t_excl) yield* sx_slock(t_sx());
  else yield* sx_xlock(t_sx());
}
function t_give(): void {
  if (t_lock >= T_OWN) mtx_unlock(t_mtx());
  else if (t_excl) sx_sunlock(t_sx());
  else sx_xunlock(t_sx());
}
/** Gone, for one that ends by what it calls. */
function* t_gone(): Sleeps<int> {
  yield* sx_slock(allproc_lock);
  let q = LIST_FIRST(allproc);
  while (q !== null && q !== t_worker) q = LIST_NEXT(q, 'p_list');
  sx_sunlock(allproc_lock);
  return t_is(q === null);
}

/**
 * Wakes q, which sleeps for chan, while this process has the lock: does it come to wait for it? Without
 * Giant, which q wants first. No timer: schedcpu is one of them, and waits for allproc_lock, too.
 */
function* t_held(q: proc, chan: u32): Sleeps<int> {
  const depth = drop_giant();
  yield* t_take();
  wakeup(chan);
  for (let i = 0; i < 8 && t_waits(q) === 0; i++) yield* t_turn(t_me);
  const waits = t_waits(q) & (1 - t_done);
  t_give();
  yield* pickup_giant(depth);
  return waits;
}

function* t_one(p: proc): Sleeps {
  const pp = $var<proc>();
  t_ready = 0;
  t_done = 0;
  yield* kthread_create(t_work, 0, pp, 0, 'tworker');
  t_worker = pp[0];
  while (t_ready === 0) yield* t_nap();
  yield* t_nap();
  const waits = yield* t_held(t_worker, $addr($ref(t_go)));
  /* ttyinfo has begun a line. */
  printf('\\n= %s: waits %d\\n', t_name, waits);
  for (let i = 0; i < 4; i++) yield* t_nap();
  const gone = yield* t_gone();
  printf('= %s: done %d\\n', t_name, t_done | gone);
  if (t_lock < T_OWN) printf('= %s: free %d\\n', t_name, t_is(t_sx().sx_cnt === 0));
  else printf('= %s: free %d\\n', t_name, t_is(t_lock === T_OWN || !mtx_owned(p.p_mtx)));
}

/** The daemon, which never returns: it holds the lock, or notes whom it finds under it, by the regime. */
function* t_daemon(keeps: int): Sleeps {
  const q = yield* pfind(3);
  PROC_UNLOCK(q);
  const before = regime.vm_daemon_allproc;
  regime.vm_daemon_allproc = keeps;
  t_lock = T_ALLPROC;
  t_excl = false;
  t_done = 0;
  const waits = yield* t_held(q, $addr($ref(vm_daemon_needed)));
  printf('= vm_daemon %d: waits %d\\n', keeps, waits);
  yield* t_nap();
  yield* t_nap();
  printf('= vm_daemon %d: done %d\\n', keeps, t_is(q.p_wchan === $addr($ref(vm_daemon_needed))));
  printf('= vm_daemon %d: free %d\\n', keeps, t_is(allproc_lock.sx_cnt === 0));
  regime.vm_daemon_allproc = before;
}

function* test(p: proc): Sleeps {
  t_me = p;
  for (t_what = 0; yield* t_call(p, false); t_what++) yield* t_one(p);
  say('cases', t_what);
  yield* t_daemon(0);
  yield* t_daemon(1);
}
`;

const NAMES = [...TEST.matchAll(/t_case\(\d+, '([^']+)'/g)].map((m) => m[1]!);
const through = { waits: 1, done: 1, free: 1 };

const answers = kernelTests(
  'takes its lock and gives it back',
  TEST,
  Object.fromEntries([...NAMES, 'vm_daemon 0', 'vm_daemon 1'].map((name) => [name, through])),
);

test('has each of the cases been tried?', () => {
  expect(NAMES.length).toBeGreaterThan(40);
  expect(answers().said.get('cases')).toBe(NAMES.length);
});

/** Functions that take one of the three, by their text. */
function takers(): string[] {
  const files = [...readSources(fileURLToPath(new URL('../src/', import.meta.url))).values()];
  const functions = files.flatMap((text) => text.split(/^(?=(?:export )?function\*? )/m));
  return functions
    .filter((text) => /\bsx_[sx]lock\((?:allproc|proctree|sysctl)_lock\)/.test(text))
    .map((text) => /^(?:export )?function\*? (\w+)/.exec(text)![1]!);
}

test('has each function that takes such a lock a case?', () => {
  const had = new Set([...NAMES.map((name) => name.split(',')[0]!), 'vm_daemon']);
  // It runs once, when there is nobody else; what it calls asserts that the lock is held.
  had.add('proc0_init');
  expect(takers().length).toBeGreaterThan(30);
  expect(takers().filter((name) => !had.has(name))).toEqual([]);
});
