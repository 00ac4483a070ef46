/**
 * What exit, the parent's wait and the swapper do with one address space: a process gives it up, the swapper
 * refers to it for a moment, and the parent frees what is left. Each of them is a thread here.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: exiter }, { run: swapper }, { run: parent }],
  check: check,
});

let list: embed<sx>;
let body: proc;
let reaped: int = 0;

/** An address space with a page in it, of the process that is about to exit. */
function* setup(): Sleeps {
  sx_init(list, 'processes');
}

/** Exits as far as its address space is concerned; on the list of processes it is until its parent comes. */
function* exiter(): Sleeps {
  const p = curproc();
  yield* vmspace_unshare(p);
  body = p;
  yield* exit_vmspace(p);
  yield* sx_xlock(list);
  reaped = 1;
  sx_xunlock(list);
  wakeup($addr($ref(reaped)));
}
