/**
 * Mutants that write outside of a sleep lock, that keep one, that wake nobody, and that hold nobody in
 * memory; rows as in map.mjs. Those that do without a lock altogether are in locks.mjs.
 */
const part = (file, mutants) => ({ file, tests: ['sleep_locks.test.ts'], mutants });

const outside = 'writes before it has the lock, or when it has given it back';
const keeps = 'comes back with the lock';
const late = 'who sleeps for it is not woken';

export default [
  part('kern/kern_exit.ts', [
    [
      'wait_reap',
      "yield* sx_xlock(allproc_lock);\n  LIST_REMOVE(q, 'p_list');",
      "LIST_REMOVE(q, 'p_list');\n  yield* sx_xlock(allproc_lock);",
      outside,
    ],
    [
      'wait_reap',
      "yield* sx_xlock(allproc_lock);\n  LIST_REMOVE(q, 'p_list');\n  sx_xunlock(allproc_lock);",
      "yield* sx_slock(allproc_lock);\n  LIST_REMOVE(q, 'p_list');\n  sx_sunlock(allproc_lock);",
      'writes with the lock shared',
    ],
    [
      'wait_reap',
      "LIST_REMOVE(q, 'p_sibling');\n  sx_xunlock(proctree_lock);",
      "sx_xunlock(proctree_lock);\n  LIST_REMOVE(q, 'p_sibling');",
      outside,
    ],
    ['wait_reap', 'yield* PROC_LOCK(q);\n  q.p_xstat = 0;\n  PROC_UNLOCK(q);', 'q.p_xstat = 0;', outside],
    [
      'exit_unlist',
      "LIST_REMOVE(p, 'p_hash');\n  sx_xunlock(allproc_lock);",
      "sx_xunlock(allproc_lock);\n  LIST_REMOVE(p, 'p_hash');",
      outside,
    ],
  ]),
  part('kern/kern_fork.ts', [
    [
      'fork_link',
      "LIST_INSERT_HEAD(pptr.p_children, p2, 'p_sibling');\n  sx_xunlock(proctree_lock);",
      "sx_xunlock(proctree_lock);\n  LIST_INSERT_HEAD(pptr.p_children, p2, 'p_sibling');",
      outside,
    ],
    [
      'fork1',
      "yield* PHOLD(p1);\n  KASSERT(p2.p_vmspace === null, 'fork1: new process %d has an address space', p2.p_pid);\n  yield* vm_fork(p1, p2, flags);",
      "KASSERT(p2.p_vmspace === null, 'fork1: new process %d has an address space', p2.p_pid);\n  yield* vm_fork(p1, p2, flags);\n  yield* PHOLD(p1);",
      'the parent may be swapped out while it is copied',
    ],
  ]),
  part('kern/kern_proc.ts', [
    [
      'enterpgrp',
      'yield* sx_xlock(proctree_lock);\n  p.p_pgid = pgid;',
      'p.p_pgid = pgid;\n  yield* sx_xlock(proctree_lock);',
      outside,
    ],
    [
      'enterpgrp',
      'yield* PROC_LOCK(p);\n    p.p_flag &= ~P_CONTROLT;',
      'p.p_flag &= ~P_CONTROLT;\n    yield* PROC_LOCK(p);',
      outside,
    ],
    ['enterpgrp', 'sx_xunlock(proctree_lock);', '', keeps],
  ]),
  part('kern/kern_exec.ts', [
    [
      'exec_finish',
      'p.p_acflag &= ~AFORK;\n  PROC_UNLOCK(p);',
      'PROC_UNLOCK(p);\n  p.p_acflag &= ~AFORK;',
      outside,
    ],
    ['exec_finish', 'wakeup($addr(p.p_pptr));', '', late],
  ]),
  part('kern/kern_prot.ts', [
    ['setpgid', 'PROC_UNLOCK(targp);', '', keeps],
    [
      'setpgid',
      'PROC_UNLOCK(targp);\n    if (error !== 0) return error;',
      'if (error !== 0) return error;\n    PROC_UNLOCK(targp);',
      keeps,
    ],
    ['getpgid', 'PROC_UNLOCK(q);', '', keeps],
    ['getsid', 'PROC_UNLOCK(q);', '', keeps],
    ['getppid', 'sx_sunlock(proctree_lock);', '', keeps],
    ['setuid', 'p.p_flag |= P_SUGID;\n  PROC_UNLOCK(p);', 'PROC_UNLOCK(p);\n  p.p_flag |= P_SUGID;', outside],
  ]),
  part('kern/kern_resource.ts', [
    [
      'getpriority',
      'sx_sunlock(allproc_lock);\n  if (low === PRIO_MAX + 1) return ESRCH;',
      'if (low === PRIO_MAX + 1) return ESRCH;\n  sx_sunlock(allproc_lock);',
      keeps,
    ],
  ]),
  part('kern/kern_sigsys.ts', [
    ['kill', 'PROC_UNLOCK(z);', '', keeps],
    ['kill', 'PROC_UNLOCK(q);\n    return error;', 'return error;', keeps],
    [
      'sigprocmask',
      'error = EINVAL;\n        break;\n    }\n  }\n  PROC_UNLOCK(p);',
      'return EINVAL;\n    }\n  }\n  PROC_UNLOCK(p);',
      keeps,
    ],
  ]),
  part('kern/kern_sig.ts', [['stop_self', 'wakeup($addr(parent));', '', late]]),
  part('kern/sys_pipe.ts', [
    ['pipewakeup', 'wakeup($addr(cpipe));', 'if (what !== PIPE_WANTR) wakeup($addr(cpipe));', late],
    ['pipewakeup', 'wakeup($addr(cpipe));', 'if (what !== PIPE_WANTW) wakeup($addr(cpipe));', late],
  ]),
  part('kern/vfs_syscalls.ts', [
    ['setsize', 'VOP_UNLOCK(vp, 0, p);', '', keeps],
    [
      'setsize',
      'let error = vn_writechk(vp);',
      'let error = vn_writechk(vp);\n  if (error !== 0) return error;',
      keeps,
    ],
    ['getdirentries', 'VOP_UNLOCK(vp, 0, p);', '', keeps],
  ]),
];
