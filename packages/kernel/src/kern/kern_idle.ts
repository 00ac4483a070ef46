/** The idle process of each CPU (kern/kern_idle.c). */
import { bios_ncpu } from '../i386/cpufunc.h.js';
import type { trapframe } from '../i386/frame.h.js';
import { cpu_idle, cpuid_to_pcpu } from '../i386/machdep.js';
import { vm_page_zero_idle } from '../i386/vm_machdep.js';
import { P_NOLOAD, SRUN } from '../sys/_proc.h.js';
import { mtx_owned } from '../sys/mutex.h.js';
import { PRI_MAX_IDLE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { RFHIGHPID, RFSTOPPED } from '../sys/unistd.h.js';
import { kthread_create } from './kern_kthread.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';
import { procrunnable } from './kern_switch.js';
import { mi_switch } from './kern_synch.js';

/** Makes the idle processes. Locks: Giant (boot). May sleep. */
export function* idle_setup(): Sleeps {
  const pp = $var<proc>();
  const n = bios_ncpu();
  for (let cpu: u32 = 0; cpu < n; cpu++) {
    const error = yield* kthread_create(
      idle_proc,
      0,
      pp,
      RFSTOPPED | RFHIGHPID,
      n > 1 ? 'idle: cpu%d' : 'idle',
      cpu,
    );
    if (error !== 0) panic('idle_setup: kthread_create error %d', error);
    const p = pp[0];
    p.p_flag |= P_NOLOAD;
    p.p_stat = SRUN;
    p.p_priority = PRI_MAX_IDLE;
    p.p_usrpri = PRI_MAX_IDLE;
    p.p_nativepri = PRI_MAX_IDLE;
    cpuid_to_pcpu($int(cpu)).idleproc = p;
  }
}

/** Waits for something to do. Locks: none. Never returns. */
function* idle_proc(arg: u32, frame: trapframe): Sleeps {
  KASSERT(!mtx_owned(Giant), 'idle process with Giant');
  for (;;) {
    while (!procrunnable()) {
      if (vm_page_zero_idle() === 0) yield* cpu_idle(false);
    }
    mtx_lock_spin(sched_lock);
    yield* mi_switch();
    const held = runq_held;
    runq_held = 0;
    mtx_unlock_spin(sched_lock);
    /* Whoever could run is kept waiting by the machine: look again after the next interrupt. */
    if (held !== 0) yield* cpu_idle(true);
  }
}
