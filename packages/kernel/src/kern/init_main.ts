/**
 * The start of the kernel (kern/init_main.c): mi_startup runs the SYSINIT table, which ends with process 0 as
 * the swapper.
 *
 * The machine-dependent start (init386) has set up process 0's pcb and stack, the physical map, Giant,
 * sched_lock and the message buffer. Everything after that is in `sysinit`, in the order of FreeBSD's
 * subsystems.
 *
 * The processes: 0 swapper, 1 init, 2 pagedaemon, 3 vmdaemon, 4 bufdaemon, 5 syncer, by the order of
 * SI_SUB_CREATE_INIT and SI_SUB_KTHREAD_*; interrupt and idle processes are made earlier and ask for ids from
 * 10 on (RFHIGHPID).
 */
import { ata_attach } from '../dev/ata.js';
import { cninit } from '../dev/cons.js';
import { fxp_attach } from '../dev/fxp.js';
import type { trapframe } from '../i386/frame.h.js';
import { cpu_startup } from '../i386/machdep.js';
import { smp_start } from '../i386/mp_machdep.js';
import { curproc } from '../i386/pcpu.h.js';
import { pmap_pinit0 } from '../i386/pmap_pinit.js';
import { copyout, copystr } from '../i386/support.js';
import { cpu_set_fork_handler } from '../i386/vm_machdep.js';
import { PS_INMEM, P_SYSTEM, SRUN } from '../sys/_proc.h.js';
import { ENOENT } from '../sys/errno.h.js';
import type { sysinit_t } from '../sys/kernel.h.js';
import {
  SI_ORDER_ANY,
  SI_ORDER_FIRST,
  SI_SUB_CLOCKS,
  SI_SUB_CONFIGURE,
  SI_SUB_COPYRIGHT,
  SI_SUB_CPU,
  SI_SUB_CREATE_INIT,
  SI_SUB_DONE,
  SI_SUB_DRIVERS,
  SI_SUB_INTRINSIC,
  SI_SUB_INTRINSIC_POST,
  SI_SUB_KMEM,
  SI_SUB_KTHREAD_BUF,
  SI_SUB_KTHREAD_INIT,
  SI_SUB_KTHREAD_PAGE,
  SI_SUB_KTHREAD_UPDATE,
  SI_SUB_KTHREAD_VM,
  SI_SUB_MOUNT_ROOT,
  SI_SUB_RUN_QUEUE,
  SI_SUB_RUN_SCHEDULER,
  SI_SUB_SCHED_IDLE,
  SI_SUB_SMP,
  SI_SUB_SYSCTL,
  SI_SUB_VFS,
  SI_SUB_VM,
  SI_SUB_VM_CONF,
} from '../sys/kernel.h.js';
import type { kproc_desc } from '../sys/kthread.h.js';
import { MTX_DEF, mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { MAXCOMLEN, PAGE_SIZE, PUSER, PVM } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { execve_args } from '../sys/sysproto.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { RFFDG, RFPROC, RFSTOPPED } from '../sys/unistd.h.js';
import { vm_init_limits } from '../vm/vm_glue.js';
import { vm_mem_init } from '../vm/vm_init.js';
import type { vmspace } from '../vm/vm_map.h.js';
import { vm_map_find, vm_map_init } from '../vm/vm_map.js';
import { vm_daemon, vm_pageout } from '../vm/vm_pageout.js';
import {
  KERN_SUCCESS,
  USRSTACK,
  VM_MAXUSER_ADDRESS,
  VM_MIN_ADDRESS,
  VM_PROT_ALL,
  trunc_page,
} from '../vm/vm_param.h.js';
import { scheduler } from '../vm/vm_swapout.js';
import { initclocks } from './kern_clock.js';
import { fdinit } from './kern_descrip.js';
import { execve } from './kern_exec.js';
import { fork1 } from './kern_fork.js';
import { idle_setup } from './kern_idle.js';
import { start_softintr_threads } from './kern_intr.js';
import { kproc_start } from './kern_kthread.js';
import { kmeminit } from './kern_malloc.js';
import { sysctl_register_all } from './kern_mib.js';
import { Giant, mtx_init, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { allproc, allproc_lock, proc0, proc_enter, procinit } from './kern_proc.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { limit0, limit_init } from './kern_resource.js';
import { sched_setup } from './kern_sched.js';
import { bootverbose, panic } from './kern_shutdown.js';
import { siginit } from './kern_sig.js';
import { setrunqueue } from './kern_switch.js';
import { sx_slock, sx_sunlock, sx_xlock, sx_xunlock } from './kern_sx.js';
import { sleepinit } from './kern_synch.js';
import { sysctl_init } from './kern_sysctl.js';
import { microtime } from './kern_tc.js';
import { callout_init, callout_startup } from './kern_timeout.js';
import { copyright, version } from './kern_xxx.js';
import { strlen } from './libkern.js';
import { printf } from './subr_prf.js';
import { buf_daemon, bufdaemonproc } from './vfs_bio.js';
import { vfs_mountroot, vfsinit } from './vfs_init.js';
import { sched_sync, updateproc } from './vfs_subr.js';

/** Address space of process 0 and of all kernel processes. */
export let vmspace0: embed<vmspace>;
/** The processes that the kernel starts. */
export let pageproc: proc = null;
export let vmproc: proc = null;
/** Where to look for init, separated by colons. */
let init_path: array<char, 32> = $init('/sbin/init:/stand/sysinstall');

let page_kp: embed<kproc_desc> = $init({
  arg0: 'pagedaemon',
  kp_func: vm_pageout,
  global_procpp: $ref(pageproc),
});
let vm_kp: embed<kproc_desc> = $init({ arg0: 'vmdaemon', kp_func: vm_daemon, global_procpp: $ref(vmproc) });
let buf_kp: embed<kproc_desc> = $init({
  arg0: 'bufdaemon',
  kp_func: buf_daemon,
  global_procpp: $ref(bufdaemonproc),
});
let up_kp: embed<kproc_desc> = $init({
  arg0: 'syncer',
  kp_func: sched_sync,
  global_procpp: $ref(updateproc),
});

/** Number of entries of sysinit. */
const NSYSINIT = 25;

/** What the start consists of. mi_startup sorts it; the order here is for the reader. */
export let sysinit: array<embed<sysinit_t>, 25> = $init([
  { subsystem: SI_SUB_COPYRIGHT, order: SI_ORDER_FIRST, func: print_copyright, udata: 0 },
  { subsystem: SI_SUB_VM, order: SI_ORDER_FIRST, func: start_vm, udata: 0 },
  { subsystem: SI_SUB_KMEM, order: SI_ORDER_FIRST, func: kmeminit, udata: 0 },
  { subsystem: SI_SUB_KMEM, order: SI_ORDER_ANY, func: sysctl_init, udata: 0 },
  { subsystem: SI_SUB_CPU, order: SI_ORDER_FIRST, func: start_cpu_resources, udata: 0 },
  { subsystem: SI_SUB_INTRINSIC, order: SI_ORDER_FIRST, func: proc0_init, udata: 0 },
  { subsystem: SI_SUB_VM_CONF, order: SI_ORDER_FIRST, func: start_limits, udata: 0 },
  { subsystem: SI_SUB_CREATE_INIT, order: SI_ORDER_FIRST, func: create_init, udata: 0 },
  { subsystem: SI_SUB_SCHED_IDLE, order: SI_ORDER_FIRST, func: start_idle, udata: 0 },
  { subsystem: SI_SUB_DRIVERS, order: SI_ORDER_FIRST, func: start_drivers, udata: 0 },
  { subsystem: SI_SUB_CONFIGURE, order: SI_ORDER_FIRST, func: start_configure, udata: 0 },
  { subsystem: SI_SUB_CONFIGURE, order: SI_ORDER_ANY, func: configure_final, udata: 0 },
  { subsystem: SI_SUB_VFS, order: SI_ORDER_FIRST, func: vfsinit, udata: 0 },
  { subsystem: SI_SUB_CLOCKS, order: SI_ORDER_FIRST, func: start_clocks, udata: 0 },
  { subsystem: SI_SUB_SYSCTL, order: SI_ORDER_FIRST, func: sysctl_register_all, udata: 0 },
  { subsystem: SI_SUB_RUN_QUEUE, order: SI_ORDER_FIRST, func: start_runqueue, udata: 0 },
  { subsystem: SI_SUB_MOUNT_ROOT, order: SI_ORDER_FIRST, func: vfs_mountroot, udata: 0 },
  { subsystem: SI_SUB_INTRINSIC_POST, order: SI_ORDER_FIRST, func: proc0_post, udata: 0 },
  { subsystem: SI_SUB_KTHREAD_INIT, order: SI_ORDER_FIRST, func: kick_init, udata: 0 },
  { subsystem: SI_SUB_KTHREAD_PAGE, order: SI_ORDER_FIRST, func: kproc_start, udata: $addr(page_kp) },
  { subsystem: SI_SUB_KTHREAD_VM, order: SI_ORDER_FIRST, func: kproc_start, udata: $addr(vm_kp) },
  { subsystem: SI_SUB_KTHREAD_BUF, order: SI_ORDER_FIRST, func: kproc_start, udata: $addr(buf_kp) },
  { subsystem: SI_SUB_KTHREAD_UPDATE, order: SI_ORDER_FIRST, func: kproc_start, udata: $addr(up_kp) },
  { subsystem: SI_SUB_SMP, order: SI_ORDER_FIRST, func: start_smp, udata: 0 },
  { subsystem: SI_SUB_RUN_SCHEDULER, order: SI_ORDER_FIRST, func: start_scheduler, udata: 0 },
]);

/**
 * Runs the start. Process 0, on its own stack, never returns.
 * Locks: none on entry; Giant is held from here to the swapper's loop. May sleep once `cold` is 0.
 */
export function* mi_startup(): Sleeps {
  yield* mtx_lock(Giant);
  sysinit_sort();
  for (let i: int = 0; i < NSYSINIT; i++) {
    const sip = sysinit[i];
    if (sip.subsystem === SI_SUB_DONE) continue;
    if (bootverbose !== 0) printf('sysinit: %x.%x\n', sip.subsystem, sip.order);
    yield* sip.func(sip.udata);
    sip.subsystem = SI_SUB_DONE;
  }
  panic("Shouldn't get here!");
}

/**
 * Sorts the table by subsystem and order; equal entries stay as they are. Locks: none (boot). Does not sleep.
 */
function sysinit_sort(): void {
  const tmp = $local<sysinit_t>();
  for (let i: int = 1; i < NSYSINIT; i++) {
    for (let j = i; j > 0 && sysinit_before(sysinit[j], sysinit[j - 1]); j--) {
      $copy(tmp, sysinit[j]);
      $copy(sysinit[j], sysinit[j - 1]);
      $copy(sysinit[j - 1], tmp);
    }
  }
}

/** Does a come before b? Locks: none. Does not sleep. */
function sysinit_before(a: sysinit_t, b: sysinit_t): boolean {
  if (a.subsystem !== b.subsystem) return a.subsystem < b.subsystem;
  return a.order < b.order;
}

/** Says who we are. Locks: none. Does not sleep. */
function* print_copyright(dummy: u32): Sleeps {
  printf('%s%s', $addr(copyright), $addr(version));
}

/** Memory. Locks: Giant. */
function* start_vm(dummy: u32): Sleeps {
  yield* vm_mem_init();
}

/** The processor, and the submaps of kernel memory. Locks: Giant. */
function* start_cpu_resources(dummy: u32): Sleeps {
  yield* cpu_startup();
}

/**
 * Process 0: lists, sleep queues, signals, descriptors, limits, address space. init386 has given it its
 * stack. Locks: Giant. Does not sleep (boot).
 */
function* proc0_init(dummy: u32): Sleeps {
  const p = proc0;
  yield* procinit();
  sleepinit();
  callout_startup();
  mtx_init(p.p_mtx, 'process lock', MTX_DEF);
  LIST_INIT(p.p_children);
  p.p_pid = 0;
  p.p_flag = P_SYSTEM;
  p.p_sflag = PS_INMEM;
  p.p_stat = SRUN;
  p.p_leader = p;
  p.p_priority = PVM;
  p.p_usrpri = PUSER;
  p.p_nativepri = PVM;
  copystr($addr('swapper'), $addr(p.p_comm), MAXCOMLEN + 1, null);
  callout_init(p.p_slpcallout, 1);
  callout_init(p.p_itcallout, 0);
  yield* sx_xlock(allproc_lock);
  proc_enter(p);
  sx_xunlock(allproc_lock);
  KASSERT(p.p_addr !== null, 'proc0_init: init386 left no stack');
  p.p_stats = p.p_addr.u_stats;
  p.p_sigacts = p.p_addr.u_sigacts;
  siginit(p);
  p.p_fd = yield* fdinit(p);
  p.p_limit = limit0;
  yield* proc0_vmspace(p);
}

/** A prototype address space, to have something to fork. Locks: Giant; takes and drops the vm lock. */
function* proc0_vmspace(p: proc): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  yield* pmap_pinit0(vmspace0.vm_pmap);
  vmspace0.vm_refcnt = 1;
  vm_map_init(vmspace0.vm_map, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  vmspace0.vm_map.pmap = vmspace0.vm_pmap;
  p.p_vmspace = vmspace0;
  if (!had) vm_unlock();
}

/** The limits, now that it is known how much memory there is. Locks: Giant. Does not sleep. */
function* start_limits(dummy: u32): Sleeps {
  limit_init();
  vm_init_limits($addr(proc0));
}

/**
 * Now that the clock runs: no process has used any time yet. Locks: Giant; allproc_lock, sched_lock. May
 * sleep.
 */
function* proc0_post(dummy: u32): Sleeps {
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    microtime(p.p_stats.p_start);
    mtx_lock_spin(sched_lock);
    p.p_runtime = 0;
    mtx_unlock_spin(sched_lock);
  }
  sx_sunlock(allproc_lock);
}

/** Makes process 1, which waits for kick_init. Locks: Giant. May sleep. */
function* create_init(dummy: u32): Sleeps {
  const pp = $var<proc>();
  const error = yield* fork1(proc0, RFFDG | RFPROC | RFSTOPPED, pp);
  if (error !== 0) panic('cannot fork init: %d', error);
  const p = pp[0];
  KASSERT(p.p_pid === 1, 'create_init: init is process %d', p.p_pid);
  initproc = p;
  yield* PROC_LOCK(p);
  p.p_flag |= P_SYSTEM;
  PROC_UNLOCK(p);
  copystr($addr('init'), $addr(p.p_comm), MAXCOMLEN + 1, null);
  cpu_set_fork_handler(p, start_init, 0);
}

/** Lets init run. Locks: Giant; takes and drops sched_lock. Does not sleep. */
function* kick_init(dummy: u32): Sleeps {
  mtx_lock_spin(sched_lock);
  initproc.p_stat = SRUN;
  setrunqueue(initproc);
  mtx_unlock_spin(sched_lock);
}

/**
 * What process 1 does first: executes init. It returns to user mode, as a fork does.
 * Locks: none; takes and drops Giant. May sleep.
 */
function* start_init(dummy: u32, frame: trapframe): Sleeps {
  const p = curproc();
  yield* mtx_lock(Giant);
  KASSERT(rootvnode !== null && p.p_fd.fd_cdir !== null, 'start_init: no root file system');
  yield* init_page(p);
  const path = $local<array<char, 32>>();
  let from: u32 = $addr(init_path);
  let error: int = ENOENT;
  while ($ld8(from) !== 0) {
    let n: int = 0;
    while ($ld8(from) !== 0 && $ld8(from) !== 58) path[n++] = $ld8(from++);
    path[n] = 0;
    if ($ld8(from) === 58) from++;
    error = yield* init_exec(p, $addr(path));
    if (error === 0) break;
    if (error !== ENOENT) printf('exec %s: error %d\n', $addr(path), error);
  }
  if (error !== 0) {
    printf('init: not found in path %s\n', $addr(init_path));
    panic('no init');
  }
  mtx_unlock(Giant);
}

/**
 * A page at the top of init's empty address space for the arguments of execve. Locks: Giant; takes and drops
 * the vm lock.
 */
function* init_page(p: proc): Sleeps {
  const addr = $var<vm_offset_t>();
  addr[0] = trunc_page(USRSTACK - PAGE_SIZE);
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const rv = yield* vm_map_find(
    p.p_vmspace.vm_map,
    null,
    0,
    addr,
    PAGE_SIZE,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  if (rv !== KERN_SUCCESS) panic("init: couldn't allocate argument space");
  p.p_vmspace.vm_maxsaddr = addr[0];
  p.p_vmspace.vm_minsaddr = USRSTACK;
  p.p_vmspace.vm_ssize = 1;
  if (!had) vm_unlock();
}

/**
 * Executes `path` (a kernel address) with the arguments that are laid out in init's page: the name alone.
 * Locks: Giant. May sleep.
 */
function* init_exec(p: proc, path: u32): Sleeps<int> {
  const args = $local<execve_args>();
  const words = $local<array<u32, 2>>();
  const len: u32 = strlen($cast<str>(path)) + 1;
  const name: u32 = USRSTACK - ((len + 3) & ~3);
  let error = yield* copyout(path, name, len);
  if (error !== 0) return error;
  words[0] = name;
  words[1] = 0;
  error = yield* copyout($addr(words), name - 8, 8);
  if (error !== 0) return error;
  args.fname = name;
  args.argv = name - 8;
  args.envv = 0;
  return yield* execve(p, $addr(args));
}

/** The sleep and run queues' users: nothing left to do, sleepinit made them. Locks: Giant. Does not sleep. */
function* start_runqueue(dummy: u32): Sleeps {
  KASSERT(curproc() === proc0, 'start_runqueue: process %d runs', curproc().p_pid);
  proc0.p_oncpu = 0;
  proc0.p_lastcpu = 0;
}

/** Idle processes. Locks: Giant. May sleep. */
function* start_idle(dummy: u32): Sleeps {
  yield* idle_setup();
  yield* start_softintr_threads();
}

/** The console. Locks: Giant. May sleep. */
function* start_drivers(dummy: u32): Sleeps {
  yield* cninit();
}

/** Disks. Locks: Giant. May sleep. */
function* start_configure(dummy: u32): Sleeps {
  yield* ata_attach();
  yield* fxp_attach();
}

/** From here on processes can sleep and the scheduler runs. Locks: Giant. Does not sleep. */
function* configure_final(dummy: u32): Sleeps {
  cold = 0;
}

/** The clock. Locks: Giant. May sleep. */
function* start_clocks(dummy: u32): Sleeps {
  yield* sched_setup(0);
  yield* initclocks();
}

/** The other processors. Locks: Giant. May sleep. */
function* start_smp(dummy: u32): Sleeps {
  yield* smp_start();
}

/** Process 0 becomes the swapper. Locks: Giant held. Never returns. */
function* start_scheduler(dummy: u32): Sleeps {
  yield* scheduler(0);
}
