/** What the locks and the scheduler stand on, and processes that use them. */
export const LOCK_FILES = [
  'kern/kern_ktr.ts',
  'kern/kern_regime.ts',
  'kern/kern_mutex.ts',
  'kern/kern_sx.ts',
  'kern/kern_lock.ts',
  'kern/kern_synch.ts',
  'kern/kern_sched.ts',
  'kern/kern_switch.ts',
  'kern/kern_timeout.ts',
  'kern/subr_witness.ts',
  'kern/subr_witness_report.ts',
  'kern/subr_prf.ts',
  'kern/subr_prf_fmt.ts',
] as const;

export const LOCK_STUBS = `
export let test_pcpu: embed<pcpu>;
export let test_idle: embed<proc>;
export let test_procs: array<embed<proc>, 16>;
export let proc0: embed<proc>;
export let allproc: embed<LIST_HEAD<proc>>;
export let allproc_lock: embed<sx>;
export let cnt: embed<vmmeter>;
export let panicstr: str = null;
export let smp_started: int = 0;
export let mp_ncpus: int = 1;
export let test_mtx: array<embed<mtx>, 4>;
export let test_sx: array<embed<sx>, 4>;
export let test_lk: array<embed<lock>, 4>;
/* Who is inside: 0 nobody, -1 one exclusively, n shared. */
export let test_in: array<int, 4>;
export let test_rounds: int = 0;
export let test_order: array<int, 64>;
export let test_norder: int = 0;
export let test_chan: int = 0;
export let test_preempt: int = 1;
/*
 * What each process is more important than the next: 0, so that they take turns, unless a test asks who comes
 * first.
 */
export let test_spread: int = 0;

export function panic(fmt: str, ...args: va_list): never {
  printf('panic: ');
  printf(fmt, ...args);
  machine_stop(0);
}
export function Debugger(msg: str): void {}
export function bzero(p: u32, len: u32): void {
  for (let i: u32 = 0; i < len; i++) $st8(p + i, 0);
}
export function cpuid_to_pcpu(cpu: int): pcpu {
  return test_pcpu;
}
export function* CURSIG(p: proc): Sleeps<int> {
  return 0;
}
export function* faultin(p: proc): Sleeps {}

export function* cpu_switch(): Sleeps {
  const p = curproc();
  const newp = chooseproc();
  newp.p_oncpu = 0;
  sched_lock.mtx_lock = $addr(newp);
  if (newp === p) return;
  test_pcpu.curproc = newp;
  yield* $switch();
}

export function* Xintr(eip: u32): Sleeps {
  const p = curproc();
  if (test_preempt === 0 || p === test_idle || cn_getc() % 4 !== 0) return;
  if (p.p_stat !== SRUN) return;
  const crit = intr_disable();
  mtx_lock_spin(sched_lock);
  setrunqueue(p);
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
  intr_restore(crit);
}

export function test_init(): void {
  test_pcpu.curproc = test_idle;
  test_pcpu.idleproc = test_idle;
  test_idle.p_oncpu = 0;
  test_idle.p_stat = SRUN;
  test_idle.p_priority = 255;
  test_idle.p_flag = P_NOLOAD;
  mutex_init();
  sleepinit();
  callout_startup();
  sx_init(allproc_lock, 'allproc');
  cold = 0;
  for (let i = 0; i < 4; i++) {
    test_in[i] = 0;
  }
  mtx_init(test_mtx[0], 'test 0', MTX_DEF);
  mtx_init(test_mtx[1], 'test 1', MTX_DEF);
  mtx_init(test_mtx[2], 'test 2', MTX_DEF);
  mtx_init(test_mtx[3], 'test 3', MTX_DEF | MTX_RECURSE);
  for (let i = 0; i < 4; i++) sx_init(test_sx[i], 'test sx');
  for (let i = 0; i < 4; i++) lockinit(test_lk[i], PVM, 'testlk', 0, 0);
}

export function test_spawn(i: int): u32 {
  const p = test_procs[i];
  p.p_pid = i + 1;
  p.p_oncpu = NOCPU;
  p.p_sflag = PS_INMEM;
  p.p_stat = SRUN;
  p.p_priority = PUSER + i * test_spread;
  p.p_usrpri = p.p_priority;
  if (p.p_mtx.mtx_object.lo_flags === 0) mtx_init(p.p_mtx, 'process lock', MTX_DEF);
  LIST_INIT(p.p_contested);
  callout_init(p.p_slpcallout, 1);
  mtx_lock_spin(sched_lock);
  setrunqueue(p);
  mtx_unlock_spin(sched_lock);
  return $addr(p);
}

/* The current process is done: somebody else's turn. */
export function test_exit(): void {
  const p = curproc();
  KASSERT(p.p_sleeplocks === 0, 'process %d exits with locks', p.p_pid);
  mtx_lock_spin(sched_lock);
  p.p_stat = SZOMB;
  p.p_oncpu = NOCPU;
  test_pcpu.curproc = test_idle;
  sched_lock.mtx_lock = $addr(test_idle);
  mtx_unlock_spin(sched_lock);
}

export function test_idle_pick(): int {
  mtx_lock_spin(sched_lock);
  const newp = chooseproc();
  sched_lock.mtx_lock = $addr(newp);
  newp.p_oncpu = 0;
  test_pcpu.curproc = newp;
  /*
   * A process that runs for the first time finds sched_lock free; one that comes out of cpu_switch owns it.
   */
  if (newp === test_idle || newp.p_sched_arg === 0) {
    newp.p_sched_arg = 1;
    mtx_unlock_spin(sched_lock);
  }
  return newp !== test_idle ? 1 : 0;
}

export function* test_begin(): Sleeps {
  const p = curproc();
  if (p.p_sched_arg === 0) {
    p.p_sched_arg = 1;
    sched_lock.mtx_savecrit = 0x202;
    mtx_unlock_spin(sched_lock);
  }
}

function enter_excl(i: int): void {
  KASSERT(test_in[i] === 0, 'lock %d: exclusive while %d inside', i, test_in[i]);
  test_in[i] = -1;
}
function leave_excl(i: int): void {
  KASSERT(test_in[i] === -1, 'lock %d: leaving %d', i, test_in[i]);
  test_in[i] = 0;
  test_rounds++;
}
function enter_shared(i: int): void {
  KASSERT(test_in[i] >= 0, 'lock %d: shared while %d inside', i, test_in[i]);
  test_in[i]++;
}
function leave_shared(i: int): void {
  KASSERT(test_in[i] > 0, 'lock %d: leaving %d', i, test_in[i]);
  test_in[i]--;
  test_rounds++;
}
function* dawdle(n: int): Sleeps {
  for (let i = 0; i < n; i++) {
    if (cn_getc() % 8 === 0) {
      const p = curproc();
      mtx_lock_spin(sched_lock);
      setrunqueue(p);
      yield* mi_switch();
      mtx_unlock_spin(sched_lock);
    }
  }
}

export function* mutex_user(rounds: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < rounds; i++) {
    const k = cn_getc() % 3;
    yield* mtx_lock(test_mtx[k]);
    enter_excl(k);
    yield* dawdle(3);
    if (k < 2 && cn_getc() % 2 === 0) {
      yield* mtx_lock(test_mtx[k + 1]);
      yield* dawdle(2);
      mtx_unlock(test_mtx[k + 1]);
    }
    leave_excl(k);
    mtx_unlock(test_mtx[k]);
  }
}

export function* sx_user(rounds: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < rounds; i++) {
    const k = cn_getc() % 2;
    switch (cn_getc() % 4) {
      case 0:
        yield* sx_xlock(test_sx[k]);
        enter_excl(k);
        yield* dawdle(3);
        leave_excl(k);
        if (cn_getc() % 2 === 0) {
          sx_downgrade(test_sx[k]);
          enter_shared(k);
          yield* dawdle(2);
          leave_shared(k);
          sx_sunlock(test_sx[k]);
        } else sx_xunlock(test_sx[k]);
        break;
      case 1:
        if (sx_try_xlock(test_sx[k]) !== 0) {
          enter_excl(k);
          yield* dawdle(3);
          leave_excl(k);
          sx_xunlock(test_sx[k]);
        }
        break;
      default:
        yield* sx_slock(test_sx[k]);
        enter_shared(k);
        yield* dawdle(3);
        leave_shared(k);
        if (sx_try_upgrade(test_sx[k]) !== 0) {
          enter_excl(k);
          yield* dawdle(2);
          leave_excl(k);
          sx_xunlock(test_sx[k]);
        } else sx_sunlock(test_sx[k]);
        break;
    }
  }
}

/* Holds it shared until somebody else had time to come and wait. */
export function* sx_reader(rounds: int): Sleeps {
  yield* test_begin();
  yield* sx_slock(test_sx[0]);
  for (let i = 0; i < rounds; i++) yield* give_way();
  sx_sunlock(test_sx[0]);
}
/* The same exclusively, then shared: whoever waits to read is let in meanwhile. */
export function* sx_downgrader(rounds: int): Sleeps {
  yield* test_begin();
  yield* sx_xlock(test_sx[0]);
  for (let i = 0; i < rounds; i++) yield* give_way();
  sx_downgrade(test_sx[0]);
  for (let i = 0; i < rounds; i++) yield* give_way();
  note(test_rounds);
  sx_sunlock(test_sx[0]);
}
/* Comes later. */
export function* sx_late_reader(rounds: int): Sleeps {
  yield* test_begin();
  yield* sx_slock(test_sx[0]);
  test_rounds++;
  sx_sunlock(test_sx[0]);
}
export function* sx_late_writer(rounds: int): Sleeps {
  yield* test_begin();
  yield* sx_xlock(test_sx[0]);
  test_rounds++;
  sx_xunlock(test_sx[0]);
}

export function* lockmgr_user(rounds: int): Sleeps {
  yield* test_begin();
  const p = curproc();
  for (let i = 0; i < rounds; i++) {
    const lk = test_lk[0];
    let error = 0;
    switch (cn_getc() % 4) {
      case 0:
        error = yield* lockmgr(lk, LK_EXCLUSIVE, null, p);
        KASSERT(error === 0, 'exclusive: %d', error);
        enter_excl(0);
        yield* dawdle(3);
        leave_excl(0);
        if (cn_getc() % 2 === 0) {
          KASSERT(lockmgr_try(lk, LK_DOWNGRADE, p) === 0, 'downgrade');
          enter_shared(0);
          yield* dawdle(2);
          leave_shared(0);
        }
        yield* lockmgr(lk, LK_RELEASE, null, p);
        break;
      case 1:
        if ((yield* lockmgr(lk, LK_EXCLUSIVE | LK_NOWAIT, null, p)) === 0) {
          enter_excl(0);
          yield* dawdle(3);
          leave_excl(0);
          yield* lockmgr(lk, LK_RELEASE, null, p);
        }
        break;
      case 2:
        error = yield* lockmgr(lk, LK_SHARED, null, p);
        KASSERT(error === 0, 'shared: %d', error);
        enter_shared(0);
        yield* dawdle(2);
        leave_shared(0);
        error = yield* lockmgr(lk, LK_EXCLUPGRADE, null, p);
        if (error === 0) {
          enter_excl(0);
          yield* dawdle(2);
          leave_excl(0);
          yield* lockmgr(lk, LK_RELEASE, null, p);
        }
        break;
      default:
        yield* mtx_lock(test_mtx[0]);
        error = yield* lockmgr(lk, LK_SHARED | LK_INTERLOCK, test_mtx[0], p);
        KASSERT(error === 0 && !mtx_owned(test_mtx[0]), 'shared: %d', error);
        enter_shared(0);
        yield* dawdle(3);
        leave_shared(0);
        if (cn_getc() % 2 === 0) {
          error = yield* lockmgr(lk, LK_UPGRADE, null, p);
          KASSERT(error === 0, 'upgrade: %d', error);
          enter_excl(0);
          yield* dawdle(2);
          leave_excl(0);
        }
        yield* lockmgr(lk, LK_RELEASE, null, p);
        break;
    }
  }
}

/* A bounded buffer of one: producers and consumers by msleep and wakeup. */
export function* producer(rounds: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < rounds; i++) {
    yield* mtx_lock(test_mtx[0]);
    while (test_chan !== 0) yield* msleep($addr($ref(test_chan)), test_mtx[0], PVM, 'full', 0);
    test_chan = 1;
    wakeup($addr($ref(test_chan)));
    mtx_unlock(test_mtx[0]);
  }
}
export function* consumer(rounds: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < rounds; i++) {
    yield* mtx_lock(test_mtx[0]);
    while (test_chan === 0) yield* msleep($addr($ref(test_chan)), test_mtx[0], PVM, 'empty', 0);
    test_chan = 0;
    test_rounds++;
    wakeup($addr($ref(test_chan)));
    mtx_unlock(test_mtx[0]);
  }
}

function note(n: int): void {
  test_order[test_norder++] = n;
}
/* Priorities: the holder is the least important; a waiter lends its priority along the chain. */
export function* holder(next: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[0]);
  for (let i = 0; i < 200 && (curproc().p_sflag & PS_PRIOLENT) === 0; i++) yield* give_way();
  note(curproc().p_priority);
  mtx_unlock(test_mtx[0]);
  note(curproc().p_priority);
}
export function* middleman(next: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[1]);
  yield* mtx_lock(test_mtx[0]);
  note(curproc().p_priority);
  mtx_unlock(test_mtx[0]);
  mtx_unlock(test_mtx[1]);
}
export function* waiter(pri: int): Sleeps {
  yield* test_begin();
  curproc().p_priority = pri;
  for (let i = 0; i < 20; i++) yield* give_way();
  yield* mtx_lock(test_mtx[1]);
  note(curproc().p_priority);
  mtx_unlock(test_mtx[1]);
}
/* Lets everybody run once, whatever their priority. */
function* give_way(): Sleeps {
  const p = curproc();
  mtx_lock_spin(sched_lock);
  const pri = p.p_priority;
  p.p_priority = 250;
  setrunqueue(p);
  p.p_priority = pri;
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
}

export function* one_order(a: int): Sleeps {
  yield* test_begin();
  const b = 1 - a;
  yield* mtx_lock(test_mtx[a]);
  yield* mtx_lock(test_mtx[b]);
  mtx_unlock(test_mtx[b]);
  mtx_unlock(test_mtx[a]);
}
export function* lock_two(a: int, b: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[a]);
  yield* mtx_lock(test_mtx[b]);
  mtx_unlock(test_mtx[b]);
  mtx_unlock(test_mtx[a]);
}
export function* recurse(a: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[a]);
  yield* mtx_lock(test_mtx[a]);
  mtx_unlock(test_mtx[a]);
  KASSERT(mtx_owned(test_mtx[a]), 'recurse: lost it');
  mtx_unlock(test_mtx[a]);
}
export function* sleep_with(a: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[a]);
  yield* mtx_lock(Giant);
  yield* tsleep($addr($ref(test_chan)), PVM, 'oops', 1);
}
export function* sleep_with_vm(): Sleeps {
  yield* test_begin();
  yield* vm_lock();
  yield* mtx_lock(test_mtx[0]);
  yield* msleep($addr($ref(test_chan)), test_mtx[0], PVM, 'oops', 1);
}
export function* spin_then_sleep(): Sleeps {
  yield* test_begin();
  mtx_lock_spin(sched_lock);
  yield* mtx_lock(test_mtx[0]);
}
export function* unlock_unowned(): Sleeps {
  yield* test_begin();
  mtx_unlock(test_mtx[0]);
}
export function* two_vm(): Sleeps {
  yield* test_begin();
  yield* vm_lock();
  vm_assert();
  KASSERT(vm_owned(), 'not owned');
  vm_unlock();
  vm_assert();
}
export function* timed(pri: int): Sleeps {
  yield* test_begin();
  yield* mtx_lock(test_mtx[0]);
  const error = yield* msleep($addr($ref(test_chan)), test_mtx[0], PVM, 'timed', pri);
  KASSERT(mtx_owned(test_mtx[0]), 'msleep lost its mutex');
  mtx_unlock(test_mtx[0]);
  note(error);
  note(ticks);
}
export function* ticker(n: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < n; i++) {
    if (callout_tick()) yield* softclock(0);
    yield* give_way();
  }
}
export function* runner(n: int): Sleeps {
  yield* test_begin();
  note(curproc().p_pid);
}

export let test_buf: array<char, 256>;
export function fmt1(fmt: u32, a: int, b: int, c: int, d: int): int {
  return snprintf($addr(test_buf), 256, $cast<str>(fmt), a, b, c, d);
}
export function fmt_small(size: int): int {
  return snprintf($addr(test_buf), size, 'hello %s', 'world');
}
`;
