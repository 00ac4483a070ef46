/**
 * Mutants that do without a spin mutex. Here all of its taking and giving back in one function is gone. Each
 * line: file, mutex, functions.
 */
const part = (file, lock, functions, pieces) => ({
  file,
  tests: ['spin_locks.test.ts'],
  mutants: functions
    .split(' ')
    .map((fn) => [
      fn,
      pieces ?? [`mtx_lock_spin(${lock});`, `mtx_unlock_spin(${lock});`],
      `does what belongs to ${lock} without it`,
    ]),
});

export default [
  part('dev/ata.ts', 'ad_mtx', 'adstrategy ad_intr ad_taskq ad_timeout'),
  part('i386/locore.ts', 'sched_lock', 'fork_trampoline', [
    'if (p === get_pcpu().idleproc && !mtx_owned(sched_lock)) mtx_lock_spin(sched_lock);',
  ]),
  part('i386/trap.ts', 'sched_lock', 'userret ast'),
  part('kern/init_main.ts', 'sched_lock', 'proc0_post kick_init'),
  part('kern/kern_clock.ts', 'sched_lock', 'hardclock clock_signals hardclock_process statclock'),
  part('kern/kern_exit.ts', 'sched_lock', 'exit_rusage wait1 wait_reap'),
  // Its process goes away with it.
  part('kern/kern_exit.ts', 'sched_lock', 'exit_zombie', ['mtx_lock_spin(sched_lock);']),
  part('kern/kern_fork.ts', 'sched_lock', 'fork_copyproc fork1'),
  part('kern/kern_idle.ts', 'sched_lock', 'idle_proc'),
  part(
    'kern/kern_intr.ts',
    'sched_lock',
    'ithread_create ithread_add_handler ithread_loop ithread_schedule intr_ipi intr_resched intr_preempt swi_sched',
  ),
  part('kern/kern_kthread.ts', 'sched_lock', 'kthread_create'),
  part('kern/kern_lock.ts', 'lkp.lk_interlock', 'lockmgr'),
  part(
    'kern/kern_malloc.ts',
    'malloc_mtx',
    'free malloc_overlimit malloc_take malloc_fill malloc_large malloc_reap',
  ),
  part('kern/kern_mutex.ts', 'sched_lock', 'mtx_trylock mtx_block mtx_hand_over'),
  part('kern/kern_proc.ts', 'sched_lock', 'fill_kinfo_sched'),
  part('kern/kern_resource.ts', 'sched_lock', 'donice getrusage'),
  part('kern/kern_sched.ts', 'sched_lock', 'schedcpu resetpriority'),
  part('kern/kern_sig.ts', 'sched_lock', 'psignal stop_self'),
  part(
    'kern/kern_sx.ts',
    's.sx_lock',
    'sx_slock sx_try_slock sx_xlock sx_try_xlock sx_sunlock sx_xunlock sx_try_upgrade sx_downgrade',
  ),
  part('kern/kern_synch.ts', 'm', 'msleep_spin'),
  part('kern/kern_synch.ts', 'sched_lock', 'msleep msleep_spin endtsleep unsleep wakeup_n setrunnable'),
  part('kern/kern_timeout.ts', 'callout_lock', 'callout_reset callout_stop timeout callout_tick softclock'),
  part('kern/kern_xxx.ts', 'sched_lock', 'sched_yield'),
  part('kern/tty.ts', 'sched_lock', 'ttypick ttyinfo_proc'),
  part('kern/vfs_pbuf.ts', 'pbuf_mtx', 'getpbuf trypbuf relpbuf'),
  part('kern/vfs_subr.ts', 'vp.v_interlock', 'vref vget vrele_async vinact_next'),
  part('kern/vfs_subr.ts', 'vinactq_mtx', 'vrele_async vinact_next'),
  part('vm/vm_meter.ts', 'sched_lock', 'vmtotal_proc'),
  part('vm/vm_pageout.ts', 'sched_lock', 'vm_daemon_limit'),
  part('vm/vm_pageout_oom.ts', 'sched_lock', 'vm_pageout_oom_size vm_pageout_oom'),
  part('vm/vm_swapout.ts', 'sched_lock', 'faultin scheduler_choose swapout_eligible swapout'),
  part('vm/vm_zone.ts', 'zone_mtx', 'zone_list_insert zinit'),
  part('vm/vm_zone.ts', 'z.zmtx', 'zget zalloc zfree'),
];

const moved = (file, fn, from, to) => ({
  file,
  tests: ['spin_locks.test.ts'],
  mutants: [[fn, from, to, 'writes before it has the mutex, or when it has given it back']],
});

/** Those that take and give it back still, and write outside; rows as in map.mjs. */
export const outside = [
  moved(
    'kern/kern_malloc.ts',
    'malloc_take',
    'malloc_account(type, $u32(1 << indx), indx);\n  mtx_unlock_spin(malloc_mtx);',
    'mtx_unlock_spin(malloc_mtx);\n  malloc_account(type, $u32(1 << indx), indx);',
  ),
  moved(
    'kern/kern_sx.ts',
    'sx_xunlock',
    'mtx_lock_spin(s.sx_lock);\n  s.sx_cnt = 0;',
    's.sx_cnt = 0;\n  mtx_lock_spin(s.sx_lock);',
  ),
  moved(
    'kern/kern_timeout.ts',
    'callout_tick',
    'mtx_lock_spin(callout_lock);\n  ticks++;',
    'ticks++;\n  mtx_lock_spin(callout_lock);',
  ),
  moved(
    'kern/vfs_pbuf.ts',
    'relpbuf',
    "mtx_lock_spin(pbuf_mtx);\n  TAILQ_INSERT_HEAD(bswlist, bp, 'b_freelist');",
    "TAILQ_INSERT_HEAD(bswlist, bp, 'b_freelist');\n  mtx_lock_spin(pbuf_mtx);",
  ),
  moved(
    'kern/vfs_subr.ts',
    'vref',
    'vp.v_usecount++;\n  mtx_unlock_spin(vp.v_interlock);',
    'mtx_unlock_spin(vp.v_interlock);\n  vp.v_usecount++;',
  ),
  moved(
    'vm/vm_zone.ts',
    'zfree',
    'zone_push(z, item);\n  mtx_unlock_spin(z.zmtx);',
    'mtx_unlock_spin(z.zmtx);\n  zone_push(z, item);',
  ),
];
