import { kernelTests } from './module.js';

/**
 * Two processors. One that idles is told of a process that can run, and does not find it at its next tick
 * only; one that has a page of the kernel in its TLB is told when another page is put there.
 */
const TEST = `
let t_ran: int = 0;

export function* t_other(arg: u32, frame: trapframe): Sleeps {
  t_ran = 1;
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}

let t_window: u32 = 0;
let t_seen: int = 0;
let t_stop: int = 0;
/** Reads the kernel's window on and on. */
export function* t_looks(arg: u32, frame: trapframe): Sleeps {
  while (t_stop === 0) {
    t_seen = $i32($ld32(t_window));
    mtx_lock_spin(sched_lock);
    mtx_unlock_spin(sched_lock);
  }
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
function* t_until(word: int): Sleeps<int> {
  for (let n = 0; n < 2000 && t_seen !== word; n++) {
    mtx_lock_spin(sched_lock);
    mtx_unlock_spin(sched_lock);
  }
  return t_seen;
}
function* t_stale(): Sleeps {
  const o = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  const m = yield* vm_page_grab(o, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  const n = yield* vm_page_grab(o, 1, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  t_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  $st32(t_window, 5);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(n));
  $st32(t_window, 6);
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(m));
  yield* kthread_create(t_looks, 0, null, 0, 'tlooks');
  say('window: before', yield* t_until(5));
  pmap_kenter(t_window, VM_PAGE_TO_PHYS(n));
  say('window: after', yield* t_until(6));
  t_stop = 1;
  yield* tsleep($addr($ref(t_stop)), PVM, 'tidle', 5);
}

function* test(p: proc): Sleeps {
  /* Just after a tick, with all others asleep. */
  yield* tsleep($addr($ref(t_ran)), PVM, 'tidle', 20);
  const begun = ticks;
  yield* kthread_create(t_other, 0, null, 0, 'tother');
  for (let n = 0; n < 2000 && t_ran === 0; n++) {
    mtx_lock_spin(sched_lock);
    mtx_unlock_spin(sched_lock);
  }
  say('other: runs meanwhile', t_ran);
  say('other: ticks', ticks - begun);
  yield* t_stale();
}
`;

kernelTests(
  'two processors',
  TEST,
  { other: { 'runs meanwhile': 1, ticks: 0 }, window: { before: 5, after: 6 } },
  { ncpu: 2 },
);
