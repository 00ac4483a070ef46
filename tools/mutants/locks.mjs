/**
 * Mutants that do without a lock: all of its taking and giving back in one function is gone. Rows: function,
 * what it takes and gives back (each as often as it stands there), what is wrong.
 */
const shared = (lock) => [`yield* sx_slock(${lock});`, `sx_sunlock(${lock});`];
const exclusive = (lock) => [`yield* sx_xlock(${lock});`, `sx_xunlock(${lock});`];
const process = (p) => [`yield* PROC_LOCK(${p});`, `PROC_UNLOCK(${p});`];

const ALLPROC = shared('allproc_lock');
const ALLPROC_X = exclusive('allproc_lock');
const TREE = shared('proctree_lock');
const TREE_X = exclusive('proctree_lock');

const walks = 'walks the list of processes while it changes';
const changes = 'changes the list of processes while others walk it';
const reads = 'reads the tree of processes while it changes';
const moves = 'changes the tree of processes while others read it';
const unlocked = 'reads or writes what belongs to the lock of a process without it';

const part = (file, mutants) => ({ file, tests: ['taken_locks.test.ts'], mutants });

export default [
  part('kern/kern_proc.ts', [
    ['pfind', ALLPROC, walks],
    ['zpfind', ALLPROC, walks],
    ['pgfind', ALLPROC, walks],
    ['uid_proccnt', ALLPROC, walks],
    ['sysctl_kern_proc', ALLPROC, walks],
    ['enterpgrp', TREE_X, moves],
    ['enterpgrp', process('p'), unlocked],
    ['fill_kinfo_proc', process('p'), unlocked],
  ]),
  part('kern/kern_sched.ts', [
    ['schedcpu', ALLPROC, walks],
    ['loadav', ALLPROC, walks],
  ]),
  part('kern/tty.ts', [['ttyinfo', ALLPROC, walks]]),
  part('kern/kern_sig.ts', [
    ['pgsignal', ALLPROC, walks],
    ['stop_self', TREE, reads],
    ['execsigs', process('p'), unlocked],
  ]),
  part('kern/kern_sigsys.ts', [
    ['killpg1', ALLPROC, walks],
    ['killpg1', process('p'), unlocked],
    ['sigaction', process('p'), unlocked],
    ['sigprocmask', process('p'), unlocked],
  ]),
  part('kern/kern_exit.ts', [
    ['exit_unlist', ALLPROC_X, changes],
    ['exit_orphan', TREE_X, moves],
    ['exit_notify', TREE_X, moves],
    ['wait1', TREE, reads],
    ['wait_reap', ALLPROC_X, changes],
    ['wait_reap', TREE_X, moves],
    ['exit1', process('p'), unlocked],
  ]),
  part('kern/kern_fork.ts', [
    ['fork_enter', ALLPROC_X, changes],
    ['fork_link', TREE_X, moves],
  ]),
  part('kern/kern_kthread.ts', [['kthread_exit', TREE_X, moves]]),
  part('kern/kern_prot.ts', [
    ['getppid', TREE, reads],
    ['setuid', process('p'), unlocked],
  ]),
  part('kern/kern_resource.ts', [
    ['getpriority', ALLPROC, walks],
    ['setpriority', ALLPROC, walks],
    ['setpriority', process('q'), unlocked],
  ]),
  part('kern/kern_time.ts', [
    ['itimer_get', process('p'), unlocked],
    ['itimer_set', process('p'), unlocked],
  ]),
  part('kern/kern_sysctl.ts', [
    ['sysctl_add_oid', exclusive('sysctl_lock'), 'changes the tree of sysctl while others read it'],
    ['kernel_sysctl', exclusive('sysctl_lock'), 'reads the tree of sysctl while it changes'],
  ]),
  part('kern/init_main.ts', [['proc0_post', ALLPROC, walks]]),
  part('vm/vm_meter.ts', [['vmtotal', ALLPROC, walks]]),
  part('vm/vm_swapout.ts', [
    ['scheduler_choose', ALLPROC, walks],
    ['swapout_procs', ALLPROC, walks],
  ]),
  part('vm/vm_pageout.ts', [
    ['vm_daemon_note', ALLPROC, walks],
    ['vm_daemon', ALLPROC, walks],
  ]),
  part('vm/vm_pageout_oom.ts', [['vm_pageout_oom', ALLPROC, walks]]),
];
