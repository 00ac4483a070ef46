/**
 * A process exits, the swapper looks at it, and its parent frees what is left of it.
 *
 * The process that exits is a thread that gives up its address space as exit does, and never runs again. The
 * others use the kernel's own functions on it, under the locks under which the kernel uses them.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  threads: [{ run: swapper }, { run: exiter }, { run: parent }],
});

/** Which of them exits. */
const EXITER = 1;
/** It is on no list any more. */
let reaped: int = 0;

/** exit1, as far as the address space goes. */
function* exiter(): Sleeps {
  const p = curproc();
  yield* vmspace_unshare(p);
  yield* exit_vmspace(p);
}

/** swapout_procs, for the one process. */
function* swapper(): Sleeps {
  const p = scenario_procs[EXITER];
  yield* sx_slock(allproc_lock);
  if (reaped === 0) {
    yield* PROC_LOCK(p);
    yield* swapout_one(p, VM_SWAP_NORMAL);
  }
  sx_sunlock(allproc_lock);
}

/** wait1, when the process has left the processor for good. */
function* parent(): Sleeps {
  const p = scenario_procs[EXITER];
  while (scenario_done[EXITER] === 0 || p.p_stat !== SSLEEP)
    yield* tsleep($addr($ref(reaped)), PPAUSE, 'wait', 1);
  yield* sx_xlock(allproc_lock);
  reaped = 1;
  sx_xunlock(allproc_lock);
  yield* cpu_wait(p);
}
